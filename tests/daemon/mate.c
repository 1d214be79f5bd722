/* SPDX-License-Identifier: Apache-2.0 */

/* How a mate lives and ends, and its daemon. */

#include "mate_run.h"

#include <dirent.h>
#include <sys/prctl.h>

#if defined(__SANITIZE_ADDRESS__)
#define HAS_SHADOW true
#else
#define HAS_SHADOW false
#endif

static void read_proc(const char *file, char *buffer, size_t size)
{
        char path[64];
        _cleanup_close_ int fd = -1;
        ssize_t length;

        (void) snprintf(path, sizeof path, "/proc/%d/%s", (int) mate.pid, file);
        fd = open(path, O_RDONLY | O_CLOEXEC);
        assert_true(fd >= 0);
        length = read(fd, buffer, size - 1);
        assert_true(length >= 0);
        buffer[length] = '\0';
}

/* ---- the daemon's heart and end ---- */

static void a_heart_that_stops_is_said_once(void **state)
{
        (void) state;
        fake_open();
        start(1200 * PL_USEC_PER_MSEC);
        begin_journal();
        assert_news("stuck");
        assert_field("PRIORITY", "3");
        assert_int_equal(fake_number("PLIMSOLL_PID"), getpid());
        assert_true(fake_number("PLIMSOLL_VALUE") > 1200 * PL_USEC_PER_MSEC);
        write_notes(1);
        assert_notes(1, 1);
        /* And goes on to, as far as this test is long. */
        pl_journal_put_heartbeat(&writer, pl_clock_now_usec() + PATIENCE_USEC);
        pl_mate_wake(&mate);
        assert_news("moves");
        write_notes(1);
        assert_notes(2, 1);
}

/* Starts a mate, says so, and goes on as it is told to. */
_Noreturn static void be_daemon(void (*end)(void))
{
        (void) prctl(PR_SET_PDEATHSIG, SIGKILL);
        start(0);
        begin_journal();
        write_notes(2);
        end();
        _exit(EXIT_SUCCESS);
}

/* Its mate is the test's child when it has gone. */
static void run_daemon(void (*end)(void))
{
        pid_t pid;

        assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
        pid = fork();
        assert_true(pid >= 0);
        if (pid == 0)
                be_daemon(end);
        assert_int_equal(waitpid(pid, NULL, 0), pid);
        assert_notes(1, 2);
}

static void assert_mate_ends_well(void)
{
        int status = -1;

        assert_true(waitpid(-1, &status, 0) > 0);
        assert_true(WIFEXITED(status));
        assert_int_equal(WEXITSTATUS(status), 0);
        assert_int_equal(waitpid(-1, NULL, 0), -1);
        assert_false(fake_receives_within(0));
}

static void be_killed(void)
{
        (void) raise(SIGKILL);
}

static void a_daemon_that_is_killed_is_spoken_of(void **state)
{
        (void) state;
        fake_open();
        run_daemon(be_killed);
        assert_news("died");
        assert_field("PRIORITY", "2");
        assert_mate_ends_well();
}

static void stop_well(void)
{
        const struct pl_journal_act act = { .type = PL_JOURNAL_ENDED };

        pl_journal_write_act(&writer, &act);
        put_phase(PL_JOURNAL_STOPPED);
        _exit(EXIT_SUCCESS);
}

static void a_daemon_that_stops_says_so_itself(void **state)
{
        (void) state;
        fake_open();
        run_daemon(stop_well);
        assert_news("ended");
        assert_mate_ends_well();
}

static void the_last_words_are_written_at_a_stop(void **state)
{
        (void) state;
        fake_open();
        start(0);
        begin_journal();
        write_notes(30);
        put_phase(PL_JOURNAL_STOPPED);
        /* It waits until they were read, so somebody has to. */
        assert_int_equal(shutdown(mate.socket_fd, SHUT_WR), 0);
        assert_notes(1, 30);
        pl_mate_stop(&mate, PATIENCE_USEC);
        assert_int_equal(mate.socket_fd, -1);
        assert_int_equal(waitpid(-1, NULL, 0), -1);
        assert_false(fake_receives_within(0));
        pl_mate_stop(&mate, 0);
}

/* A daemon that ends before it has a journal has told why itself. */
static void without_a_journal_there_is_nothing_to_say(void **state)
{
        (void) state;
        fake_open();
        start(0);
        pl_mate_stop(&mate, PATIENCE_USEC);
        assert_int_equal(waitpid(-1, NULL, 0), -1);
        assert_false(fake_receives_within(0));
}

/* ---- its own end ---- */

static bool mate_has_gone(void)
{
        struct pollfd fd = { .fd = mate.socket_fd, .events = POLLIN };

        return poll(&fd, 1, 0) == 1;
}

static void it_outlives_the_signals_of_an_end(void **state)
{
        static const int signals[] = { SIGTERM, SIGINT, SIGHUP, SIGPIPE, SIGABRT };

        (void) state;
        fake_open();
        start(0);
        begin_journal();
        write_notes(1);
        assert_notes(1, 1);
        for (size_t i = 0; i < PL_ARRAY_LENGTH(signals); i++)
                assert_int_equal(kill(mate.pid, signals[i]), 0);
        write_notes(1);
        assert_notes(2, 1);
        assert_false(mate_has_gone());
}

static void a_mate_that_is_killed_is_seen(void **state)
{
        struct pollfd fd;

        (void) state;
        start(0);
        begin_journal();
        fd = (struct pollfd){ .fd = mate.socket_fd, .events = POLLIN };
        assert_false(mate_has_gone());
        assert_int_equal(kill(mate.pid, SIGKILL), 0);
        assert_int_equal(poll(&fd, 1, FAKE_PATIENCE_MSEC), 1);
        assert_true(mate_has_gone());
        assert_int_equal(show("journal", 1), -EPIPE);
        pl_mate_wake(&mate);
        pl_mate_stop(&mate, PATIENCE_USEC);
        assert_int_equal(waitpid(-1, NULL, 0), -1);
}

/* A mate that stands still hinders nobody: not with wakes, not with journals, not with its end. */
static void a_mate_that_stands_still_is_not_waited_for(void **state)
{
        int r;

        (void) state;
        start(0);
        begin_journal();
        assert_int_equal(kill(mate.pid, SIGSTOP), 0);
        for (int i = 0; i < 10000; i++)
                pl_mate_wake(&mate);
        r = show("journal", 1);
        assert_int_equal(r, -EAGAIN);
        pl_mate_stop(&mate, 10 * PL_USEC_PER_MSEC);
        assert_int_equal(waitpid(-1, NULL, 0), -1);
}

/* ---- what it is ---- */

/* The socket of the daemon's and that of journald's, and its own eyes and hand on what stands in for the host. */
static bool is_its_own(const char *link)
{
        return strstr(link, "socket:") || strcmp(link, "anon_inode:[eventpoll]") == 0 ||
               strcmp(link, place_path) == 0;
}

static void it_holds_nothing_of_the_daemons(void **state)
{
        _cleanup_close_ int kept = open("/dev/null", O_RDONLY);
        struct pl_journal_opened opened;
        char path[64], link[512];
        struct dirent *entry;
        DIR *directory;
        int count = 0;

        (void) state;
        assert_true(kept > 2);
        fake_open();
        writer = place_writer(NULL);
        start(0);
        assert_int_equal(show("journal", 1), 0);
        write_notes(1);
        assert_notes(1, 1);
        (void) snprintf(path, sizeof path, "/proc/%d/fd", (int) mate.pid);
        directory = opendir(path);
        assert_non_null(directory);
        while ((entry = readdir(directory))) {
                ssize_t length = readlinkat(dirfd(directory), entry->d_name, link, sizeof link - 1);

                if (length < 0 || atoi(entry->d_name) <= 2)
                        continue;
                link[length] = '\0';
                if (!is_its_own(link))
                        fail_msg("it holds %s", link);
                count += strstr(link, "socket:") != NULL;
        }
        (void) closedir(directory);
        assert_int_equal(count, 2);
        pl_journal_writer_close(&writer);
        writer = place_writer(&opened);
        assert_true(opened.continued);
}

static uint64_t private_dirty_kib(char *rollup)
{
        const char *line = strstr(rollup, "Private_Dirty:");

        assert_non_null(line);
        return strtoull(line + strlen("Private_Dirty:"), NULL, 10);
}

static void it_is_small_and_has_a_name(void **state)
{
        char buffer[4096];
        sigset_t some;

        (void) state;
        fake_open();
        (void) sigemptyset(&some);
        (void) sigaddset(&some, SIGUSR1);
        assert_int_equal(sigprocmask(SIG_BLOCK, &some, NULL), 0);
        start(0);
        assert_int_equal(sigprocmask(SIG_UNBLOCK, &some, NULL), 0);
        begin_journal();
        write_notes(200);
        assert_notes(1, 200);
        read_proc("comm", buffer, sizeof buffer);
        assert_string_equal(buffer, "plimsoll-mate\n");
        read_proc("smaps_rollup", buffer, sizeof buffer);
        print_message("private memory of the mate: %llu KiB\n",
                      (unsigned long long) private_dirty_kib(buffer));
        assert_true(HAS_SHADOW || private_dirty_kib(buffer) < 512);
        read_proc("status", buffer, sizeof buffer);
        assert_non_null(strstr(buffer, "SigBlk:\t0000000000000000\n"));
}

static void a_path_that_no_socket_has_starts_no_mate(void **state)
{
        static char path[200];
        const struct pl_mate_options options = { .journald_path = path };

        (void) state;
        memset(path, 'x', sizeof path - 1);
        assert_int_equal(pl_mate_start(&options, &mate), -ENAMETOOLONG);
        assert_int_equal(mate.socket_fd, -1);
        assert_int_equal(waitpid(-1, NULL, 0), -1);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                RUN_TEST(a_heart_that_stops_is_said_once),
                RUN_TEST(a_daemon_that_is_killed_is_spoken_of),
                RUN_TEST(a_daemon_that_stops_says_so_itself),
                RUN_TEST(the_last_words_are_written_at_a_stop),
                RUN_TEST(without_a_journal_there_is_nothing_to_say),
                RUN_TEST(it_outlives_the_signals_of_an_end),
                RUN_TEST(a_mate_that_is_killed_is_seen),
                RUN_TEST(a_mate_that_stands_still_is_not_waited_for),
                RUN_TEST(it_holds_nothing_of_the_daemons),
                RUN_TEST(it_is_small_and_has_a_name),
                RUN_TEST(a_path_that_no_socket_has_starts_no_mate),
        };

        return cmocka_run_group_tests(tests, place_set_up, place_tear_down);
}
