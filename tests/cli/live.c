/* SPDX-License-Identifier: Apache-2.0 */

/* What the live verbs share: journals of all conditions opened, a daemon's health told, workloads called by their names, and
 * all that while somebody writes.
 */

#include "cli/live.h"

#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "cli/live_made.h"

/* ---- opening ---- */

static const struct pl_cli_verb verb = { .name = "list", .operands = "" };

static enum pl_cli_exit open_it(const char *path, struct pl_live *ret_live)
{
        struct pl_cli *cli = made_cli_begin(made_unicode);

        cli->verb = &verb;
        return pl_live_open(cli, path, ret_live);
}

static void leave_it(struct made *made)
{
        (void) made;
}

static void remove_it(struct made *made)
{
        assert_int_equal(unlink(made->path), 0);
}

static void make_it_empty(struct made *made)
{
        assert_int_equal(truncate(made->path, 0), 0);
}

static void make_it_a_directory(struct made *made)
{
        remove_it(made);
        assert_int_equal(mkdir(made->path, 0755), 0);
}

static void make_it_a_fifo(struct made *made)
{
        remove_it(made);
        assert_int_equal(mkfifo(made->path, 0644), 0);
}

static void spoil_the_magic(struct made *made)
{
        made_patch(made, 0, "NOTMINE!", 8);
}

static void turn_the_bytes(struct made *made)
{
        const uint32_t turned = 0x04030201;

        made_patch(made, offsetof(struct pl_journal_header, byte_order), &turned, sizeof turned);
}

static void be_of_tomorrow(struct made *made)
{
        const uint32_t version = PL_JOURNAL_VERSION + 1;

        made_patch(made, offsetof(struct pl_journal_header, version), &version, sizeof version);
}

static void spoil_the_header(struct made *made)
{
        made_patch(made, offsetof(struct pl_journal_header, boot_id), "x", 1);
}

static void cut_it(struct made *made)
{
        assert_int_equal(truncate(made->path, (off_t) PL_JOURNAL_BYTES_MIN / 2), 0);
}

static const struct {
        const char *name;
        void (*change)(struct made *made);
        enum pl_cli_exit exit_code;
        const char *words;
} openings[] = {
        { "good", leave_it, PL_CLI_FINE, "" },
        { "absent", remove_it, PL_CLI_NO_DAEMON,
          "/journal\n\xE2\x86\x92 systemctl start plimsolld\n" },
        { "empty", make_it_empty, PL_CLI_FAILED, "is not a journal of plimsolld" },
        { "a directory", make_it_a_directory, PL_CLI_FAILED, "/journal is not a journal" },
        { "a FIFO", make_it_a_fifo, PL_CLI_FAILED, "is not a journal of plimsolld" },
        { "somebody else's", spoil_the_magic, PL_CLI_FAILED, "is not a journal of plimsolld" },
        { "of another machine", turn_the_bytes, PL_CLI_FAILED, "with another byte order" },
        { "of tomorrow", be_of_tomorrow, PL_CLI_FAILED,
          "by another version of plimsolld\n\xE2\x86\x92 install" },
        { "spoilt", spoil_the_header, PL_CLI_FAILED, "is damaged at its beginning\n" },
        { "cut", cut_it, PL_CLI_FAILED, "is damaged at its beginning\n" },
};

static void each_journal_is_opened_or_the_reason_is_told(void **state)
{
        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(openings); i++) {
                struct pl_live live;
                struct made made;

                made_open(&made, PL_JOURNAL_BYTES_MIN);
                openings[i].change(&made);
                assert_row(openings[i].name, open_it(made.path, &live) == openings[i].exit_code);
                if (openings[i].exit_code == PL_CLI_FINE)
                        pl_live_close(&live);
                if (!strstr(test_words, openings[i].words))
                        fail_msg("row \"%s\": %s", openings[i].name, test_words);
                assert_row(openings[i].name,
                           (openings[i].words[0] == '\0') == (test_words[0] == '\0'));
                made_close(&made);
        }
}

/* Root may read everything; so as somebody else, in a process of its own. */
static void who_may_not_read_is_told_whom_to_ask(void **state)
{
        struct pl_live live;
        struct made made;
        int status;
        pid_t pid;

        (void) state;
        made_open(&made, PL_JOURNAL_BYTES_MIN);
        assert_int_equal(chmod(made.path, 0), 0);
        pid = fork();
        assert_true(pid >= 0);
        if (pid == 0) {
                if (geteuid() == 0 && (setgid(65534) < 0 || setuid(65534) < 0))
                        _exit(100);
                if (open_it(made.path, &live) != PL_CLI_DENIED)
                        _exit(101);
                _exit(strstr(test_words, "sudo plimsoll list, or join the group plimsoll") ? 0
                                                                                           : 102);
        }
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_true(WIFEXITED(status));
        assert_int_equal(WEXITSTATUS(status), 0);
        made_close(&made);
}

/* ---- health ---- */

static const struct {
        const char *name;
        uint32_t phase;
        uint64_t heartbeat_usec;
        bool is_gone;
        enum pl_live_health health;
        const char *words;
} healths[] = {
        { "well", PL_JOURNAL_RUNNING, MADE_NOW, false, PL_LIVE_WELL, "" },
        { "late", PL_JOURNAL_RUNNING, MADE_NOW - 5 * PL_USEC_PER_SEC, false, PL_LIVE_WELL, "" },
        { "too late", PL_JOURNAL_RUNNING, MADE_NOW - 5 * PL_USEC_PER_SEC - 1, false, PL_LIVE_STUCK,
          "plimsolld (pid 812) is stuck: it has said nothing for 5 s" },
        { "starting", PL_JOURNAL_STARTING, MADE_NOW, false, PL_LIVE_STARTING, "is starting" },
        { "stuck at the start", PL_JOURNAL_STARTING, MADE_NOW - PL_USEC_PER_MINUTE, false,
          PL_LIVE_STUCK, "is stuck" },
        { "stopping", PL_JOURNAL_STOPPING, MADE_NOW, false, PL_LIVE_WELL, "" },
        { "stopped", PL_JOURNAL_STOPPED, MADE_NOW - PL_USEC_PER_MINUTE, true, PL_LIVE_STOPPED,
          "it has ended; what follows is as of 1 min 0 s ago" },
        { "stopped, and its process lingers", PL_JOURNAL_STOPPED, MADE_NOW, false, PL_LIVE_STOPPED,
          "it has ended" },
        { "killed", PL_JOURNAL_RUNNING, MADE_NOW - PL_USEC_PER_SEC, true, PL_LIVE_DEAD,
          "it ended without saying so; what follows is as of 1 s ago" },
        { "killed while it stopped", PL_JOURNAL_STOPPING, MADE_NOW, true, PL_LIVE_DEAD, "ended" },
        { "a little ahead", PL_JOURNAL_RUNNING, MADE_NOW + PL_USEC_PER_SEC, false, PL_LIVE_WELL,
          "" },
        { "of another boot", PL_JOURNAL_RUNNING, MADE_NOW + PL_USEC_PER_DAY, false, PL_LIVE_DEAD,
          "what follows is as of then" },
};

static void a_daemon_is_well_or_what_is_the_matter_is_told(void **state)
{
        struct made made;

        (void) state;
        made_open(&made, PL_JOURNAL_BYTES_MIN);
        for (size_t i = 0; i < PL_ARRAY_LENGTH(healths); i++) {
                const struct pl_live_moment moment = { MADE_NOW, MADE_WALL, healths[i].is_gone };
                struct pl_journal_state written = made_state();
                struct pl_live live;

                written.phase = healths[i].phase;
                pl_journal_put_state(&made.writer, &written);
                pl_journal_put_heartbeat(&made.writer, healths[i].heartbeat_usec);
                made_look_at(&made, &moment, &live);
                assert_row(healths[i].name, live.health == healths[i].health);
                pl_live_add_trouble(made_cli_begin(made_unicode), &live);
                if (!strstr(test_words, healths[i].words))
                        fail_msg("row \"%s\": %s", healths[i].name, test_words);
                assert_row(healths[i].name,
                           (healths[i].words[0] == '\0') == (test_words[0] == '\0'));
                pl_live_close(&live);
        }
        made_close(&made);
}

static enum pl_live_health health_of(struct made *made, pid_t pid, uint64_t started_usec)
{
        struct pl_journal_state written = made_state();
        struct pl_live live;

        written.pid = (uint32_t) pid;
        written.started_usec = started_usec;
        pl_journal_put_state(&made->writer, &written);
        pl_journal_put_heartbeat(&made->writer, pl_clock_now_usec());
        assert_int_equal(open_it(made->path, &live), PL_CLI_FINE);
        pl_live_close(&live);
        return live.health;
}

/* Processes of all fates, each with a heart that has just beaten. */
static void the_process_is_asked_too(void **state)
{
        struct made made;
        siginfo_t info;
        pid_t child;

        (void) state;
        made_open(&made, PL_JOURNAL_BYTES_MIN);
        assert_int_equal(health_of(&made, getpid(), pl_clock_now_usec()), PL_LIVE_WELL);
        assert_int_equal(health_of(&made, 0, 1), PL_LIVE_DEAD);
        assert_int_equal(health_of(&made, -1, 1), PL_LIVE_DEAD); /* a number that no process has */

        child = fork();
        assert_true(child >= 0);
        if (child == 0) {
                (void) prctl(PR_SET_PDEATHSIG, SIGKILL);
                for (;;)
                        (void) pause();
        }
        assert_int_equal(health_of(&made, child, pl_clock_now_usec()), PL_LIVE_WELL);
        /* It has the pid of a daemon that wrote when the host had only just been started. */
        assert_int_equal(health_of(&made, child, 1), PL_LIVE_DEAD);
        assert_int_equal(kill(child, SIGKILL), 0);
        assert_int_equal(waitid(P_PID, (id_t) child, &info, WEXITED | WNOWAIT), 0);
        assert_int_equal(health_of(&made, child, pl_clock_now_usec()), PL_LIVE_DEAD); /* a zombie */
        assert_int_equal(waitpid(child, NULL, 0), child);
        assert_int_equal(health_of(&made, child, pl_clock_now_usec()), PL_LIVE_DEAD);
        made_close(&made);
}

/* Of a host that has slept for longer than anybody may be silent: the clock went on, and the heart could not beat. */
static void make_it_silent(struct made *made)
{
        struct pl_journal_state state = made_state();
        uint64_t now_usec = pl_clock_now_usec();

        assert_true(now_usec > 10 * PL_USEC_PER_SEC);
        state.pid = (uint32_t) getpid();
        state.started_usec = now_usec;
        pl_journal_put_state(&made->writer, &state);
        pl_journal_put_heartbeat(&made->writer, now_usec - 10 * PL_USEC_PER_SEC);
}

/* Whether the process waits for something, as who looks does before he looks again. */
static bool is_waiting(pid_t pid)
{
        char path[64], stat[512];
        const char *state;
        ssize_t length;
        int fd;

        (void) snprintf(path, sizeof path, "/proc/%ld/stat", (long) pid);
        fd = open(path, O_RDONLY | O_CLOEXEC);
        if (fd < 0)
                _exit(100);
        length = read(fd, stat, sizeof stat - 1);
        (void) close(fd);
        if (length <= 0)
                _exit(101);
        stat[length] = '\0';
        state = strrchr(stat, ')');
        return state && strncmp(state, ") S", 3) == 0;
}

static void who_has_just_woken_is_not_called_stuck(void **state)
{
        struct pl_live live;
        struct made made;
        pid_t child;

        (void) state;
        made_open(&made, PL_JOURNAL_BYTES_MIN);
        make_it_silent(&made);
        child = fork();
        assert_true(child >= 0);
        if (child == 0) {
                (void) prctl(PR_SET_PDEATHSIG, SIGKILL);
                while (!is_waiting(getppid()))
                        (void) sched_yield();
                pl_journal_put_heartbeat(&made.writer, pl_clock_now_usec());
                _exit(0);
        }
        assert_int_equal(open_it(made.path, &live), PL_CLI_FINE);
        assert_int_equal(live.health, PL_LIVE_WELL);
        assert_true(live.silent_usec < 5 * PL_USEC_PER_SEC);
        pl_live_close(&live);
        assert_int_equal(waitpid(child, NULL, 0), child);
        made_close(&made);
}

static void who_stays_silent_is_called_stuck(void **state)
{
        struct pl_live live;
        struct made made;

        (void) state;
        made_open(&made, PL_JOURNAL_BYTES_MIN);
        make_it_silent(&made);
        assert_int_equal(open_it(made.path, &live), PL_CLI_FINE);
        assert_int_equal(live.health, PL_LIVE_STUCK);
        assert_true(live.silent_usec >= 10 * PL_USEC_PER_SEC);
        pl_live_close(&live);
        made_close(&made);
}

/* ---- names ---- */

static const struct {
        const char *name;
        enum pl_workload_kind kind;
        const char *profile, *own, *path;
        const char *unicode, *ascii;
} names[] = {
        { "with a profile", PL_WORKLOAD_CONTAINER, "api", "web", "/docker/1", "api/web",
          "api/web" },
        { "a unit of the system", PL_WORKLOAD_SERVICE, NULL, "sshd", "/system.slice/sshd.service",
          "system/sshd", "system/sshd" },
        { "a container in system.slice", PL_WORKLOAD_CONTAINER, NULL, "0a1b", "/system.slice/x",
          "0a1b", "0a1b" },
        { "a unit elsewhere", PL_WORKLOAD_SCOPE, NULL, "init", "/init.scope", "init", "init" },
        { "without a name", PL_WORKLOAD_PLAIN, NULL, "", "/odd", "/odd", "/odd" },
        { "hostile", PL_WORKLOAD_SERVICE, NULL, "\x1B[2J\n\xFF\xC2\x9B", "/x", "?[2J???",
          "?[2J???" },
        { "foreign letters", PL_WORKLOAD_SERVICE, NULL, "gr\xC3\xBC\xC3\x9F", "/x",
          "gr\xC3\xBC\xC3\x9F", "gr??" },
};

static void a_name_is_what_people_say(void **state)
{
        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(names); i++) {
                struct pl_journal_row row = made_row(1, names[i].kind, -1, names[i].profile,
                                                     names[i].own, "", names[i].path);
                char buffer[PL_LIVE_NAME_BYTES];
                struct pl_text text;

                pl_text_init(&text, buffer, sizeof buffer);
                pl_live_add_name(&text, made_unicode, &row);
                assert_row(names[i].name, strcmp(buffer, names[i].unicode) == 0);
                pl_text_clear(&text);
                pl_live_add_name(&text, made_ascii, &row);
                assert_row(names[i].name, strcmp(buffer, names[i].ascii) == 0);
        }
}

/* ---- while it is written ---- */

enum { SHARED_ROWS = 64, LOOKS = 200 };

static struct pl_journal_row shared_row(uint64_t id, uint64_t version)
{
        char name[32], path[32];

        (void) snprintf(name, sizeof name, "v%llu", (unsigned long long) version);
        (void) snprintf(path, sizeof path, "/v%llu", (unsigned long long) version);
        return made_row(id, PL_WORKLOAD_SERVICE, -1, NULL, name, name, path);
}

/* Whatever a reader sees of a row that changes all the time is one writing of it. */
static void a_board_that_changes_is_read_whole(void **state)
{
        struct pl_journal_row row;
        struct pl_live live;
        struct made made;
        size_t seen = 0;
        pid_t child;

        (void) state;
        made_open(&made, PL_JOURNAL_BYTES_MIN);
        for (uint64_t i = 0; i < SHARED_ROWS; i++) {
                row = shared_row(i + 1, 0);
                made_put(&made, &row);
        }
        child = fork();
        assert_true(child >= 0);
        if (child == 0) {
                (void) prctl(PR_SET_PDEATHSIG, SIGKILL);
                for (uint64_t version = 1;; version++)
                        for (uint32_t i = 0; i < SHARED_ROWS; i++) {
                                row = shared_row(i + 1, version);
                                (void) pl_journal_put_row(&made.writer, i, &row);
                        }
        }
        made_look(&made, &live);
        for (size_t i = 0; i < LOOKS; i++)
                for (uint32_t j = 0; j < SHARED_ROWS; j++)
                        if (pl_journal_read_row(&live.reader, j, &row) == 0) {
                                assert_string_equal(row.name, row.path + 1);
                                assert_string_equal(row.name, row.unit);
                                seen++;
                        }
        assert_true(seen > 0);
        /* Found by a number, which does not change, or not to be had at this moment. */
        assert_in_set(pl_live_find(made_cli_begin(made_unicode), &live, "1", &row),
                      ((const uintmax_t[]){ PL_CLI_FINE, PL_CLI_NOT_FOUND }), 2);
        assert_int_equal(kill(child, SIGKILL), 0);
        assert_int_equal(waitpid(child, NULL, 0), child);
        pl_live_close(&live);
        made_close(&made);
}

/* A row whose writer was killed in its middle is not listed, and does not stop who looks for another. */
static void a_torn_row_is_passed_over(void **state)
{
        const uint64_t odd = 1;
        struct pl_journal_row row;
        struct pl_live live;
        struct made made;

        (void) state;
        made_open(&made, PL_JOURNAL_BYTES_MIN);
        made_fill_all(&made);
        made_patch(&made, made.writer.layout.rows_offset, &odd, sizeof odd);
        made_look(&made, &live);
        assert_int_equal(pl_live_find(made_cli_begin(made_unicode), &live, "api/web", &row),
                         PL_CLI_NOT_FOUND);
        assert_int_equal(pl_live_find(made_cli_begin(made_unicode), &live, "sshd", &row),
                         PL_CLI_FINE);
        pl_live_close(&live);
        made_close(&made);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(each_journal_is_opened_or_the_reason_is_told),
                cmocka_unit_test(who_may_not_read_is_told_whom_to_ask),
                cmocka_unit_test(a_daemon_is_well_or_what_is_the_matter_is_told),
                cmocka_unit_test(the_process_is_asked_too),
                cmocka_unit_test(who_has_just_woken_is_not_called_stuck),
                cmocka_unit_test(who_stays_silent_is_called_stuck),
                cmocka_unit_test(a_name_is_what_people_say),
                cmocka_unit_test(a_board_that_changes_is_read_whole),
                cmocka_unit_test(a_torn_row_is_passed_over),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
