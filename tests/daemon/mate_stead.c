/* SPDX-License-Identifier: Apache-2.0 */

/* What a mate does in the stead of a daemon that is dead, late or stands still: real ones, over trees that stand in for the
 * kernel's. That the mate kills takes it three seconds, for it counts its own ticks.
 */

#include "mate_run.h"

#include <sys/prctl.h>

#include "host/marked.h"
#include "meminfo_made.h"
#include "plimsoll/base/size.h"

enum { RANKED = 2 };

static struct test_tree tree, proc;

int __wrap_pl_cgroup_kill(int cgroup_fd);

/* In the mate: what the kernel would do to who is listed there, and say of it. */
int __wrap_pl_cgroup_kill(int cgroup_fd)
{
        static struct pl_file_buffer buffer;
        static const char events[] = "populated 0\nfrozen 0\n";
        _cleanup_close_ int fd = openat(cgroup_fd, "cgroup.events", O_WRONLY | O_TRUNC);
        size_t count = 0, foreign;
        pid_t pid;

        pl_assert(pl_cgroup_read_procs(cgroup_fd, &buffer, &pid, 1, &count, &foreign) == 0);
        pl_assert(count == 1 && kill(pid, SIGKILL) == 0);
        pl_assert(write(fd, events, sizeof events - 1) > 0);
        return 0;
}

static int set_up(void **state)
{
        (void) run_set_up(state);
        cgroups_make(&tree);
        test_tree_make(&proc);
        test_tree_mkdir(&proc, "pressure");
        meminfo_put(&proc, (struct meminfo_made){ .available_kib = 2048 });
        test_tree_mkdir(&proc, "1");
        test_tree_put(&proc, "1/cgroup", "0::/init.scope\n");
        cgroup_make(&tree, "init.scope");
        return 0;
}

static int tear_down(void **state)
{
        (void) run_tear_down(state);
        test_tree_remove(&tree);
        test_tree_remove(&proc);
        return 0;
}

static void start_here(void)
{
        const struct pl_mate_options options = { .journald_path = fake.path,
                                                 .silence_usec = PATIENCE_USEC,
                                                 .proc = proc.path,
                                                 .cgroup_root = tree.path };
        char name[32];

        assert_int_equal(pl_mate_start(&options, &mate), 0);
        (void) snprintf(name, sizeof name, "%d", mate.pid);
        test_tree_mkdir(&proc, name);
        (void) snprintf(name, sizeof name, "%d/cgroup", mate.pid);
        test_tree_put(&proc, name, "0::/init.scope\n");
}

static int hold(const char *path, uint64_t deadline_usec)
{
        _cleanup_close_ int fd = openat(tree.fd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

        assert_true(fd >= 0);
        return pl_mate_hold(&mate, fd, cgroup_id(&tree, path), deadline_usec);
}

static void wait_until_it_goes_on(const char *path)
{
        while (marked_stands_still(&tree, path) || marked_is_ours(&tree, path))
                (void) sched_yield();
}

/* ---- who is held still ---- */

/* Starts a mate, holds somebody still, and is no more. */
_Noreturn static void be_daemon(void (*before_end)(void))
{
        (void) prctl(PR_SET_PDEATHSIG, SIGKILL);
        start_here();
        begin_journal();
        if (hold("a", UINT64_MAX) != 0)
                _exit(EXIT_FAILURE);
        if (before_end)
                before_end();
        (void) raise(SIGKILL);
        _exit(EXIT_FAILURE);
}

static void who_was_held_by_a_daemon_that_died_goes_on(void **state)
{
        int status = 0;
        pid_t pid;

        (void) state;
        fake_open();
        marked_make(&tree, "a", true);
        marked_make(&tree, "theirs", false);
        assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
        pid = fork();
        assert_true(pid >= 0);
        if (pid == 0)
                be_daemon(NULL);
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_true(WIFSIGNALED(status));
        wait_until_it_goes_on("a");
        assert_news("thawed");
        assert_news("died");
        assert_true(waitpid(-1, &status, 0) > 0);
        assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
        assert_true(marked_stands_still(&tree, "theirs"));
}

/* A child that has every fd of the daemon's, until the test closes this. */
static int leaving_fds[2];

static void leave_child(void)
{
        char byte;

        if (fork() != 0)
                return;
        (void) close(leaving_fds[1]);
        _exit(read(leaving_fds[0], &byte, sizeof byte) < 0 ? EXIT_FAILURE : EXIT_SUCCESS);
}

/* The socket stays open, and nobody is there. */
static void a_child_that_the_daemon_leaves_behind_is_no_daemon(void **state)
{
        int status = 0;
        pid_t pid;

        (void) state;
        marked_make(&tree, "a", true);
        assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
        assert_int_equal(pipe2(leaving_fds, O_CLOEXEC), 0);
        pid = fork();
        assert_true(pid >= 0);
        if (pid == 0)
                be_daemon(leave_child);
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_true(WIFSIGNALED(status));
        wait_until_it_goes_on("a");
        (void) close(leaving_fds[0]);
        (void) close(leaving_fds[1]);
        for (int i = 0; i < 2; i++)
                assert_true(waitpid(-1, &status, 0) > 0 && WIFEXITED(status));
}

static void at_the_deadline_it_goes_on(void **state)
{
        (void) state;
        marked_make(&tree, "a", true);
        start_here();
        assert_int_equal(hold("a", pl_clock_now_usec()), 0);
        while (marked_stands_still(&tree, "a"))
                (void) sched_yield();
}

static void whom_the_daemon_lets_go_is_the_daemons_affair(void **state)
{
        (void) state;
        marked_make(&tree, "a", true);
        start_here();
        assert_int_equal(hold("a", UINT64_MAX), 0);
        assert_int_equal(pl_mate_let_go(&mate, cgroup_id(&tree, "a")), 0);
        assert_int_equal(pl_mate_let_go(&mate, cgroup_id(&tree, "a")), 0);
        pl_mate_stop(&mate, PATIENCE_USEC);
        assert_true(marked_stands_still(&tree, "a"));
}

static void there_is_room_for_so_many(void **state)
{
        char name[16];

        (void) state;
        start_here();
        for (int i = 0; i <= PL_MATE_HELD_MAX; i++) {
                (void) snprintf(name, sizeof name, "%d", i);
                marked_make(&tree, name, true);
                assert_int_equal(hold(name, UINT64_MAX), i < PL_MATE_HELD_MAX ? 0 : -ENOSPC);
        }
        assert_int_equal(hold("3", UINT64_MAX), 0);
        assert_int_equal(pl_mate_let_go(&mate, cgroup_id(&tree, "3")), 0);
        assert_int_equal(hold("16", UINT64_MAX), 0);
        pl_mate_stop(&mate, PATIENCE_USEC);
        for (int i = 0; i <= PL_MATE_HELD_MAX; i++) {
                (void) snprintf(name, sizeof name, "%d", i);
                assert_int_equal(marked_stands_still(&tree, name), i == 3);
        }
}

/* Who cannot be told of it must not be counted upon. */
static void who_cannot_be_told_holds_nobody(void **state)
{
        (void) state;
        marked_make(&tree, "a", true);
        start_here();
        assert_int_equal(kill(mate.pid, SIGSTOP), 0);
        for (int i = 0; i < 10000; i++)
                pl_mate_wake(&mate);
        assert_int_equal(hold("a", UINT64_MAX), -EAGAIN);
        assert_int_equal(kill(mate.pid, SIGKILL), 0);
        while (hold("a", UINT64_MAX) != -EPIPE)
                (void) sched_yield();
        for (size_t i = 0; i < PL_MATE_HELD_MAX; i++)
                assert_int_equal(mate.held[i], 0);
}

/* ---- who is killed ---- */

static pid_t make_workload(const char *path)
{
        pid_t pid = fork();
        char text[32];

        assert_true(pid >= 0);
        if (pid == 0) {
                (void) prctl(PR_SET_PDEATHSIG, SIGKILL);
                for (;;)
                        (void) pause();
        }
        cgroup_make(&tree, path);
        (void) snprintf(text, sizeof text, "%d\n", pid);
        cgroup_put(&tree, path, "cgroup.procs", text);
        cgroup_put(&tree, path, "cgroup.freeze", "0\n");
        cgroup_put(&tree, path, "memory.current", "536870912\n");
        return pid;
}

static void send_brief(void)
{
        static const char *const paths[RANKED] = { "protected", "hog" };
        struct pl_mate_brief brief = { .may_act = true,
                                       .count = RANKED,
                                       .at_usec = pl_clock_now_usec(),
                                       .floor_bytes = 96 * PL_MIB,
                                       .critical_bytes = 48 * PL_MIB,
                                       .worth_bytes = PL_MIB };
        int fds[PL_MATE_RANKED_MAX];

        for (uint32_t i = 0; i < RANKED; i++) {
                struct pl_mate_ranked *ranked = &brief.ranked[i];

                ranked->id = cgroup_id(&tree, paths[i]);
                ranked->flags = PL_CGROUP_WORKLOAD | (i == 0 ? PL_CGROUP_PROTECTED : 0);
                (void) snprintf(ranked->name, sizeof ranked->name, "batch/%s", paths[i]);
                fds[i] = openat(tree.fd, paths[i], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
                assert_true(fds[i] >= 0);
        }
        assert_int_equal(pl_mate_brief(&mate, &brief, fds), 0);
        for (uint32_t i = 0; i < RANKED; i++)
                (void) close(fds[i]);
}

static void wait_for_news(void)
{
        struct pollfd fd = { .fd = mate.socket_fd, .events = POLLIN };

        assert_int_equal(poll(&fd, 1, FAKE_PATIENCE_MSEC), 1);
}

static void who_would_be_next_dies_while_the_daemon_stands_still(void **state)
{
        char name[PL_JOURNAL_NAME_BYTES];
        struct pl_outcome outcome;
        pid_t protected, hog;
        uint64_t begun_usec;

        (void) state;
        fake_open();
        protected = make_workload("protected");
        hog = make_workload("hog");
        start_here();
        begin_journal();
        send_brief();
        begun_usec = pl_clock_now_usec();
        assert_false(pl_mate_take(&mate, &outcome, name));
        assert_false(mate.has_gone);
        assert_int_equal(waitpid(hog, NULL, 0), hog);
        assert_true(pl_clock_now_usec() - begun_usec > 2 * PL_USEC_PER_SEC);
        wait_for_news();
        while (!pl_mate_take(&mate, &outcome, name))
                assert_true(pl_mate_acts(&mate, pl_clock_now_usec()));
        assert_false(pl_mate_acts(&mate, pl_clock_now_usec()));
        assert_string_equal(name, "batch/hog");
        assert_int_equal(outcome.decision, 0);
        assert_int_equal(outcome.id, cgroup_id(&tree, "hog"));
        assert_int_equal(outcome.result, PL_RESULT_DONE);
        assert_news("acted");
        assert_field("PLIMSOLL_WORKLOAD", "batch/hog");
        assert_false(mate.has_gone);
        assert_int_equal(waitpid(protected, NULL, WNOHANG), 0);
        assert_int_equal(kill(protected, SIGKILL), 0);
        assert_int_equal(waitpid(protected, NULL, 0), protected);
        /* A deed is no end, and an end is no deed. */
        assert_int_equal(kill(mate.pid, SIGKILL), 0);
        wait_for_news();
        assert_false(pl_mate_take(&mate, &outcome, name));
        assert_true(mate.has_gone);
}

#define STEAD_TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
        const struct CMUnitTest tests[] = {
                STEAD_TEST(who_was_held_by_a_daemon_that_died_goes_on),
                STEAD_TEST(a_child_that_the_daemon_leaves_behind_is_no_daemon),
                STEAD_TEST(at_the_deadline_it_goes_on),
                STEAD_TEST(whom_the_daemon_lets_go_is_the_daemons_affair),
                STEAD_TEST(there_is_room_for_so_many),
                STEAD_TEST(who_cannot_be_told_holds_nobody),
                STEAD_TEST(who_would_be_next_dies_while_the_daemon_stands_still),
        };

        return cmocka_run_group_tests(tests, place_set_up, place_tear_down);
}
