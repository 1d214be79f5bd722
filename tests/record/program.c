/* SPDX-License-Identifier: Apache-2.0 */

/* The built program: killed again and again while a daemon writes, started twice, on a disk that is full, waiting for a journal
 * and for the next one. What is waited for is what it writes, with a deadline.
 */

#include "record/stage.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

enum {
        KILLS = 25,
        DEADLINE_SECONDS = 100, /* of the test's 120 */
};

static char *journal_option, *directory_option;

static void boot_id(uint8_t *ret_id)
{
        char text[64];
        int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
        ssize_t count = read(fd, text, sizeof text - 1);
        size_t digits = 0;

        assert_true(count > 32);
        (void) close(fd);
        for (ssize_t i = 0; i < count && digits < 32; i++) {
                const char *hex = "0123456789abcdef", *found = strchr(hex, text[i]);

                if (!found || text[i] == '\0')
                        continue;
                ret_id[digits / 2] = (uint8_t) (ret_id[digits / 2] << 4 | (found - hex));
                digits++;
        }
}

/* ---- the program ---- */

/* Its standard error goes to `words`, or nowhere. */
static pid_t start_heard(const char *more, int words)
{
        char *arguments[] = { (char *) (uintptr_t) PROGRAM, journal_option, directory_option,
                              (char *) (uintptr_t) more, NULL };
        char *environment[] = { NULL };
        posix_spawn_file_actions_t actions;
        pid_t pid;

        assert_int_equal(posix_spawn_file_actions_init(&actions), 0);
        if (words >= 0)
                assert_int_equal(posix_spawn_file_actions_adddup2(&actions, words, 2), 0);
        else
                assert_int_equal(
                        posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0), 0);
        assert_int_equal(posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0),
                         0);
        assert_int_equal(posix_spawn(&pid, PROGRAM, &actions, NULL, arguments, environment), 0);
        (void) posix_spawn_file_actions_destroy(&actions);
        return pid;
}

static pid_t start(const char *more)
{
        return start_heard(more, -1);
}

static int wait_for(pid_t pid)
{
        int status;

        assert_int_equal(waitpid(pid, &status, 0), pid);
        return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static int end(pid_t pid, int signal)
{
        assert_int_equal(kill(pid, signal), 0);
        return wait_for(pid);
}

static int run(const char *option)
{
        return wait_for(start(option));
}

/* ---- the daemon ---- */

static struct pl_journal_writer daemon_begin(uint64_t bytes)
{
        struct pl_journal_options options = made_options();
        struct pl_journal_opened opened;
        struct pl_journal_writer writer;

        boot_id(options.boot_id);
        options.file_bytes = bytes;
        options.now_usec = pl_clock_now_usec();
        assert_int_equal(pl_journal_writer_open(place_fd, "journal", &options, &writer, &opened),
                         0);
        pl_journal_put_heartbeat(&writer, pl_clock_now_usec());
        pl_journal_put_host(&writer, &(struct pl_journal_host){ .sample.at_usec = 1 });
        return writer;
}

static size_t acts_kept(void)
{
        return kept_count(NULL)->act_count;
}

/* Until so many acts are in the history, which is looked at as any reader does, while it is written. */
static void wait_for_acts(size_t acts)
{
        const struct timespec moment = { .tv_nsec = 5000000 };

        while (acts_kept() < acts)
                (void) nanosleep(&moment, NULL);
}

static void assert_in_order(size_t acts)
{
        const struct kept *kept = kept_count(NULL);

        assert_int_equal(kept->act_count, acts);
        for (size_t i = 1; i < kept->act_count; i++)
                assert_true(kept->acts[i] > kept->acts[i - 1]);
}

/* ---- tests ---- */

static void once(void **state)
{
        struct pl_journal_writer journal;

        (void) state;
        assert_int_equal(run("--once"), 4); /* there is no journal */
        journal = daemon_begin(PL_JOURNAL_BYTES_MIN);
        for (int i = 0; i < 7; i++)
                made_write_act(&journal);
        assert_int_equal(run("--once"), 0);
        assert_int_equal(run("--once"), 0);
        assert_in_order(7);
        assert_int_equal(kept_count(NULL)->count[PL_HISTORY_HOST], 1);
        pl_journal_writer_close(&journal);
}

/* At no moment that it is killed is an act lost or recorded twice. */
static void killed_again_and_again(void **state)
{
        struct pl_journal_writer journal = daemon_begin(PL_JOURNAL_BYTES_MIN);
        struct test_random random = { 8 };
        size_t acts = 0;

        (void) state;
        for (int i = 0; i < KILLS; i++) {
                const struct timespec moment = { .tv_nsec = (long) test_random_below(&random,
                                                                                     8000000) };
                pid_t pid = start(NULL);

                for (int k = 0; k < 10; k++, acts++)
                        made_write_act(&journal);
                /* Half of them as it starts, half of them when it has recorded something. */
                if (i % 2 == 0)
                        (void) nanosleep(&moment, NULL);
                else
                        wait_for_acts(acts);
                assert_int_equal(end(pid, SIGKILL), -SIGKILL);
        }
        assert_int_equal(run("--once"), 0);
        assert_in_order(acts);
        pl_journal_writer_close(&journal);
}

static void one_at_a_time(void **state)
{
        struct pl_journal_writer journal = daemon_begin(PL_JOURNAL_BYTES_MIN);
        pid_t pid = start(NULL);

        (void) state;
        made_write_act(&journal);
        wait_for_acts(1);
        assert_int_equal(run("--once"), 1);
        assert_int_equal(end(pid, SIGTERM), 0);
        assert_int_equal(run("--once"), 0);
        pl_journal_writer_close(&journal);
}

/* It waits for a journal, and goes on with the one that takes its place. */
static void journals_come_and_go(void **state)
{
        pid_t pid = start(NULL);
        struct pl_journal_writer journal = daemon_begin(PL_JOURNAL_BYTES_MIN);

        (void) state;
        made_write_act(&journal);
        wait_for_acts(1);
        made_write_act(&journal);
        pl_journal_writer_close(&journal);
        /* Of another size, so that the old one is put aside; its last act is read all the same. */
        journal = daemon_begin(2 * PL_JOURNAL_BYTES_MIN);
        made_write_act(&journal);
        wait_for_acts(3);
        assert_int_equal(end(pid, SIGINT), 0);
        assert_int_equal(acts_kept(), 3);
        pl_journal_writer_close(&journal);
}

/* The next line it says. */
static void hear(int fd, const char *words)
{
        char line[512] = "";
        size_t length = 0;

        do
                assert_int_equal(read(fd, line + length, 1), 1);
        while (line[length++] != '\n' && length < sizeof line - 1);
        assert_non_null(strstr(line, words));
}

static void a_full_disk_ends_nothing(void **state)
{
        struct pl_journal_writer journal = daemon_begin(PL_JOURNAL_BYTES_MIN);
        struct rlimit unlimited, none = {};
        int heard[2];
        pid_t pid;

        (void) state;
        assert_int_equal(pipe2(heard, O_CLOEXEC), 0);
        assert_int_equal(getrlimit(RLIMIT_FSIZE, &unlimited), 0);
        none.rlim_max = unlimited.rlim_max;
        made_write_act(&journal);
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &none), 0);
        pid = start_heard(NULL, heard[1]);
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &unlimited), 0);
        hear(heard[0], "history cannot be written");
        assert_int_equal(acts_kept(), 0);
        /* Its own bound is lifted: what it could not write is there after its next try. */
        assert_int_equal(prlimit(pid, RLIMIT_FSIZE, &unlimited, NULL), 0);
        hear(heard[0], "history is written again");
        assert_int_equal(acts_kept(), 1);
        assert_int_equal(end(pid, SIGTERM), 0);
        (void) close(heard[0]);
        (void) close(heard[1]);
        pl_journal_writer_close(&journal);
}

static void what_is_refused(void **state)
{
        static const struct {
                const char *option;
                int exit_code;
        } rows[] = {
                { "--keep=1s", 2 },        { "--keep=", 2 },      { "--keep=99999d", 2 },
                { "--size=1MiB", 2 },      { "--size=50%", 2 },   { "--size=17GiB", 2 },
                { "--size", 2 },           { "--directory=", 2 }, { "--once=1", 2 },
                { "--nonsense", 2 },       { "operand", 2 },      { "--directory=/nonexistent", 1 },
                { "--directory=/tmp", 5 }, { "--help", 0 },       { "--version", 0 },
        };

        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(rows); i++)
                assert_row(rows[i].option, run(rows[i].option) == rows[i].exit_code);
        assert_int_equal(chmod(place_path, 0770), 0);
        assert_int_equal(run("--once"), 5);
        assert_int_equal(chmod(place_path, 0700), 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                PLACE_TEST(once),
                PLACE_TEST(killed_again_and_again),
                PLACE_TEST(one_at_a_time),
                PLACE_TEST(journals_come_and_go),
                PLACE_TEST(a_full_disk_ends_nothing),
                PLACE_TEST(what_is_refused),
        };
        int r;

        (void) alarm(DEADLINE_SECONDS);
        (void) place_set_up(NULL);
        pl_assert(asprintf(&journal_option, "--journal=%s/journal", place_path) > 0);
        pl_assert(asprintf(&directory_option, "--directory=%s", place_path) > 0);
        r = cmocka_run_group_tests(tests, NULL, place_tear_down);
        free(journal_option);
        free(directory_option);
        return r;
}
