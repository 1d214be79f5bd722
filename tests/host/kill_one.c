/* SPDX-License-Identifier: Apache-2.0 */

/* One process of a workload, killed or asked to end; and the self-test. */

#include "kill_rig.h"

static void request_term(pid_t hint)
{
        int fd;
        struct pl_kill_request request = request_of("a", PL_MEASURE_TERM, &fd);

        request.pid = hint;
        assert_int_equal(pl_killer_begin(killer, &request, now_usec), 0);
        (void) close(fd);
}

/* ---- who is ending ---- */

/* Whoever is held still or reclaimed from goes on; who was asked to end or is killed does not. */
static void only_who_is_to_end_is_ending(void **state)
{
        uint64_t asked_until_usec;

        (void) state;
        (void) rig_process("a", (struct rig_size){ 100, 1000, 0, 0 });
        assert_int_equal(pl_killer_ending_until_usec(killer), 0);
        begin_with("a", PL_MEASURE_FREEZE, 0);
        assert_int_equal(pl_killer_count(killer), 1);
        assert_int_equal(pl_killer_ending_until_usec(killer), 0);
        request_term(0);
        asked_until_usec = pl_killer_ending_until_usec(killer);
        assert_true(asked_until_usec > now_usec);
        step(1000);
        begin_with("a", PL_MEASURE_KILL, 0);
        assert_true(pl_killer_ending_until_usec(killer) == asked_until_usec + 1000);
}

static void who_has_ended_is_not_ending(void **state)
{
        pid_t pid;

        (void) state;
        pid = rig_process("a", (struct rig_size){ 100, 1000, 0, 0 });
        begin_with("a", PL_MEASURE_KILL, 0);
        rig_await_death(pid);
        rig_bury();
        step(1000);
        assert_int_equal(pl_killer_count(killer), 1);
        assert_int_equal(pl_killer_ending_until_usec(killer), 0);
        assert_taken(PL_MEASURE_KILL, PL_RESULT_DONE, 0);
}

/* ---- the largest ---- */

static void the_largest_is_killed_and_nobody_else(void **state)
{
        pid_t small, large, sacred;

        (void) state;
        small = rig_process("a", (struct rig_size){ 100, 5000, 0, 0 });
        large = rig_process("a", (struct rig_size){ 101, 3000, 2001, 0 });
        sacred = rig_process("a", (struct rig_size){ 102, 9000, 0, -1000 });
        begin_with("a", PL_MEASURE_KILL, PL_CGROUP_BY_PROCESS);
        assert_int_equal(rig.kills, 0);
        assert_int_equal(rig.signals, 1);
        rig_await_death(large);
        rig_use("a", 50 * PL_MIB, 0);
        step(1000);
        assert_taken(PL_MEASURE_KILL, PL_RESULT_DONE, 0);
        assert_int_equal(outcome.processes, 1);
        assert_int_equal(outcome.bytes, 30 * PL_MIB);
        assert_true(rig_is_alive(small));
        assert_true(rig_is_alive(sacred));
        assert_string_equal(rig_value("user.oomd_ooms"), "");
}

/* Its death wakes whoever waits for the killer's fd. */
static void its_death_is_heard_of(void **state)
{
        struct pollfd pollfd = { .events = POLLIN };

        (void) state;
        (void) rig_process("a", (struct rig_size){ 100, 5000, 0, 0 });
        begin_with("a", PL_MEASURE_KILL, PL_CGROUP_BY_PROCESS);
        pollfd.fd = pl_killer_fd(killer);
        assert_int_equal(poll(&pollfd, 1, DEADLINE_MSEC), 1);
        step(0);
        assert_taken(PL_MEASURE_KILL, PL_RESULT_DONE, 0);
        assert_int_equal(poll(&pollfd, 1, 0), 0);
}

static void nobody_to_be_killed(void **state)
{
        (void) state;
        begin_with("a", PL_MEASURE_KILL, PL_CGROUP_BY_PROCESS);
        assert_taken(PL_MEASURE_KILL, PL_RESULT_DONE, 0);
        (void) rig_process("a", (struct rig_size){ 102, 9000, 0, -1000 });
        begin_with("a", PL_MEASURE_KILL, PL_CGROUP_BY_PROCESS);
        assert_taken(PL_MEASURE_KILL, PL_RESULT_FAILED, ESRCH);
        assert_int_equal(rig.signals, 0);
}

/* The number is somebody else's by the time that he is taken hold of, or he is elsewhere. */
static void who_is_not_there_any_more_is_looked_for_again(void **state)
{
        pid_t pid, other;

        (void) state;
        other = rig_process("a", (struct rig_size){ 100, 1000, 0, 0 });
        pid = rig_process("a", (struct rig_size){ 101, 5000, 0, 0 });
        rig_say_where(pid, "own");
        begin_with("a", PL_MEASURE_KILL, PL_CGROUP_BY_PROCESS);
        assert_int_equal(rig.signals, 0);
        rig_find(pid)->is_away = true;
        rig_list("a");
        step(10 * 1000);
        rig_await_death(other);
        step(0);
        assert_taken(PL_MEASURE_KILL, PL_RESULT_DONE, 0);
        assert_true(rig_is_alive(pid));
        rig_find(pid)->is_away = false;
}

static void one_who_may_not_be_signalled(void **state)
{
        (void) state;
        (void) rig_process("a", (struct rig_size){ 100, 1000, 0, 0 });
        rig.signal_outcome = PL_FILE_E_DENIED;
        begin_with("a", PL_MEASURE_KILL, PL_CGROUP_BY_PROCESS);
        assert_taken(PL_MEASURE_KILL, PL_RESULT_FAILED, EPERM);
}

/* A container may call a cgroup so: what is asked is whether it is there. */
static void a_name_that_sounds_removed(void **state)
{
        pid_t pid;

        (void) state;
        rig_cgroup("a/b (deleted)");
        pid = rig_process("a/b (deleted)", (struct rig_size){ 100, 1000, 0, 0 });
        rig_list("a");
        begin_with("a", PL_MEASURE_KILL, PL_CGROUP_BY_PROCESS);
        rig_await_death(pid);
}

/* Its cgroup was removed, and there is another one of that path: it is not in there. */
static void in_a_cgroup_that_was_removed(void **state)
{
        pid_t pid;

        (void) state;
        pid = rig_process("a", (struct rig_size){ 100, 1000, 0, 0 });
        rig_say_where(pid, "a (deleted)");
        begin_with("a", PL_MEASURE_KILL, PL_CGROUP_BY_PROCESS);
        assert_int_equal(rig.signals, 0);
        assert_true(rig_is_alive(pid));
}

/* ---- asked to end ---- */

static void whom_the_caller_names_is_asked(void **state)
{
        pid_t first, named;

        (void) state;
        first = rig_process("a", (struct rig_size){ 100, 10, 0, 0 });
        named = rig_process("a", (struct rig_size){ 101, 10, 0, 0 });
        request_term(named);
        rig_await_death(named);
        rig_bury();
        step(1000);
        assert_nothing_to_take();
        assert_true(rig_is_alive(first));
        step(PL_USEC_PER_SEC);
        assert_taken(PL_MEASURE_TERM, PL_RESULT_PARTLY, 0);
        assert_int_equal(outcome.processes, 1);
}

/* What it was told of may be about somebody else by now. */
static void else_the_eldest_is(void **state)
{
        pid_t eldest, stranger;

        (void) state;
        rig_cgroup("b");
        stranger = rig_process("b", (struct rig_size){ 1, 10, 0, 0 });
        (void) rig_process("a", (struct rig_size){ 102, 10, 0, 0 });
        eldest = rig_process("a", (struct rig_size){ 100, 10, 0, 0 });
        (void) rig_process("a", (struct rig_size){ 101, 10, 0, 0 });
        request_term(stranger);
        rig_await_death(eldest);
        assert_int_equal(rig.signals, 1);
        assert_true(rig_is_alive(stranger));
}

static void who_ignores_it_is_late_and_killed(void **state)
{
        pid_t pid;

        (void) state;
        pid = rig_process("a", (struct rig_size){ 100, 10, 0, 0 });
        rig.signal_outcome = PL_FILE_E_GONE; /* it does not arrive */
        request_term(0);
        rig.signal_outcome = 0;
        step(PL_USEC_PER_SEC - 1);
        assert_nothing_to_take();
        step(1);
        assert_taken(PL_MEASURE_TERM, PL_RESULT_LATE, 0);
        assert_true(rig_is_alive(pid));

        request_term(0);
        begin_with("a", PL_MEASURE_KILL, 0);
        assert_taken(PL_MEASURE_TERM, PL_RESULT_LATE, 0);
        rig_await_death(pid);
        rig_bury();
        step(1000);
        assert_taken(PL_MEASURE_KILL, PL_RESULT_DONE, 0);
}

/* Its status has no size, as that of a process that has ended. */
static void who_goes_on_without_his_first_thread_is_no_dead_one(void **state)
{
        pid_t small, hidden, ended;
        char text[256];

        (void) state;
        small = rig_process("a", (struct rig_size){ 100, 5000, 0, 0 });
        hidden = rig_process("a", (struct rig_size){ 101, 0, 0, 0 });
        ended = rig_process("a", (struct rig_size){ 102, 0, 0, 0 });
        (void) snprintf(text, sizeof text,
                        "%d (x) Z 1 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 2 0 101 4096 10 99\n", hidden);
        rig_write(hidden, "stat", text);
        (void) snprintf(text, sizeof text,
                        "%d (x) Z 1 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 102 4096 10 99\n", ended);
        rig_write(ended, "stat", text);
        begin_with("a", PL_MEASURE_KILL, PL_CGROUP_BY_PROCESS);
        assert_int_equal(rig.signals, 1);
        rig_await_death(hidden);
        assert_true(rig_is_alive(small));
        assert_true(rig_is_alive(ended));
}

/* ---- the self-test ---- */

static int test_candidate(struct pl_kill_test *test)
{
        _cleanup_close_ int fd = openat(tree.fd, "a", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

        pl_kill_test_init(test);
        return pl_kill_test_candidate(killer, fd, cgroup_id(&tree, "a"), test);
}

static void what_a_kill_takes_is_tried(void **state)
{
        struct pl_kill_test test;
        pid_t pid;

        (void) state;
        assert_int_equal(test_candidate(&test), PL_KILLER_E_NOBODY);
        pid = rig_process("a", (struct rig_size){ 100, 10, 0, 0 });
        cgroup_put(&tree, "a", "cgroup.kill", "");
        assert_int_equal(test_candidate(&test), 0);
        assert_int_equal(test.first_part, PL_KILL_PARTS);
        assert_string_equal(test_tree_get(&tree, "a/cgroup.kill"), "");
        assert_true(rig_is_alive(pid));

        rig.signal_outcome = PL_FILE_E_DENIED;
        assert_int_equal(test_candidate(&test), 0);
        assert_int_equal(test.first_part, PL_KILL_PART_SIGNAL);
        assert_int_equal(test.errors[PL_KILL_PART_SIGNAL], EPERM);

        /* A directory is not to be written: for whoever runs this test, root or not. */
        assert_int_equal(unlinkat(tree.fd, "a/cgroup.kill", 0), 0);
        test_tree_mkdir(&tree, "a/cgroup.kill");
        rig.signal_outcome = 0;
        assert_int_equal(test_candidate(&test), 0);
        assert_int_equal(test.first_part, PL_KILL_PART_OPEN);
        assert_int_equal(test.errors[PL_KILL_PART_OPEN], EISDIR);

        rig_say_where(getpid(), "a");
        assert_int_equal(test_candidate(&test), 0);
        assert_int_equal(test.first_part, PL_KILL_PART_FIND);
        assert_int_equal(test.errors[PL_KILL_PART_FIND], EBUSY);
}

static bool none_is_buried;

pid_t __real_waitpid(pid_t pid, int *status, int options);
pid_t __wrap_waitpid(pid_t pid, int *status, int options);
pid_t __wrap_waitpid(pid_t pid, int *status, int options)
{
        if (none_is_buried)
                assert_true(options & WNOHANG);
        return none_is_buried ? 0 : __real_waitpid(pid, status, options);
}

static void try_scratch_again(struct pl_kill_test *test)
{
        _cleanup_close_ int fd = openat(tree.fd, "a", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

        pl_kill_test_begin(killer, fd, cgroup_id(&tree, "a"), test);
}

static void try_scratch(struct pl_kill_test *test)
{
        pl_kill_test_init(test);
        try_scratch_again(test);
}

static void a_child_that_is_not_killed_is_noticed(void **state)
{
        struct pl_kill_test test;

        (void) state;
        rig.kill_outcome = PL_FILE_E_DENIED;
        try_scratch(&test);
        assert_int_equal(test.first_part, PL_KILL_PART_KILL);
        assert_int_equal(test.errors[PL_KILL_PART_KILL], EPERM);
        assert_true(test.child > 0);
        assert_int_equal(kill(test.child, 0), 0);
        rig_await_death(test.child);
        assert_int_equal(pl_kill_test_end(&test, false), 0);
        assert_int_equal(test.child, 0);
        assert_int_equal(test.errors[PL_KILL_PART_DEATH], 0);
}

static void a_child_that_does_not_die_is_given_up(void **state)
{
        struct pl_kill_test test;

        (void) state;
        rig.kill_says_done = true;
        try_scratch(&test);
        assert_int_equal(test.first_part, PL_KILL_PARTS);
        assert_int_equal(pl_kill_test_end(&test, false), PL_KILLER_E_MORE);
        assert_int_equal(pl_kill_test_end(&test, true), 0);
        assert_int_equal(test.errors[PL_KILL_PART_DEATH], ETIMEDOUT);
        if (test.child != 0)
                rig_await_death(test.child);
        assert_int_equal(pl_kill_test_end(&test, true), 0);
        assert_int_equal(test.child, 0);
}

/* The mate's socket and the journal's lock are the daemon's: whoever else has them, too, keeps them when it is gone. */
static void the_child_keeps_nothing_open(void **state)
{
        struct pollfd pollfd = { .events = POLLIN };
        struct pl_kill_test test;
        int fds[2];

        (void) state;
        assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
        rig.kill_says_done = true;
        try_scratch(&test);
        assert_int_equal(test.first_part, PL_KILL_PARTS);
        (void) close(fds[1]);
        pollfd.fd = fds[0];
        assert_int_equal(poll(&pollfd, 1, 10 * 1000), 1);
        assert_int_equal(kill(test.child, 0), 0);
        assert_int_equal(pl_kill_test_end(&test, false), PL_KILLER_E_MORE);
        (void) close(fds[0]);
        assert_int_equal(kill(test.child, SIGKILL), 0);
        rig_await_death(test.child);
        assert_int_equal(pl_kill_test_end(&test, false), 0);
}

/* As one that waits for a disk. */
static void nobody_waits_for_a_child_that_cannot_die(void **state)
{
        struct pl_kill_test test;
        pid_t stuck;

        (void) state;
        rig.kill_says_done = true;
        try_scratch(&test);
        stuck = test.child;
        none_is_buried = true;
        assert_int_equal(pl_kill_test_end(&test, true), 0);
        assert_int_equal(test.errors[PL_KILL_PART_DEATH], ETIMEDOUT);
        assert_int_equal(test.child, stuck);
        pl_kill_test_forget(&test);
        assert_int_equal(test.first_part, PL_KILL_PARTS);
        try_scratch_again(&test);
        assert_int_equal(test.first_part, PL_KILL_PART_DEATH);
        assert_int_equal(test.child, stuck);
        none_is_buried = false;
        rig_await_death(stuck);
        pl_kill_test_forget(&test);
        try_scratch_again(&test);
        assert_int_equal(test.first_part, PL_KILL_PARTS);
        assert_int_not_equal(test.child, stuck);
        assert_int_equal(kill(test.child, SIGKILL), 0);
        rig_await_death(test.child);
        assert_int_equal(pl_kill_test_end(&test, false), 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                RIG_TEST(only_who_is_to_end_is_ending),
                RIG_TEST(who_has_ended_is_not_ending),
                RIG_TEST(the_largest_is_killed_and_nobody_else),
                RIG_TEST(who_goes_on_without_his_first_thread_is_no_dead_one),
                RIG_TEST(its_death_is_heard_of),
                RIG_TEST(nobody_to_be_killed),
                RIG_TEST(who_is_not_there_any_more_is_looked_for_again),
                RIG_TEST(one_who_may_not_be_signalled),
                RIG_TEST(a_name_that_sounds_removed),
                RIG_TEST(in_a_cgroup_that_was_removed),
                RIG_TEST(whom_the_caller_names_is_asked),
                RIG_TEST(else_the_eldest_is),
                RIG_TEST(who_ignores_it_is_late_and_killed),
                RIG_TEST(what_a_kill_takes_is_tried),
                RIG_TEST(a_child_that_is_not_killed_is_noticed),
                RIG_TEST(a_child_that_does_not_die_is_given_up),
                RIG_TEST(the_child_keeps_nothing_open),
                RIG_TEST(nobody_waits_for_a_child_that_cannot_die),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
