/* SPDX-License-Identifier: Apache-2.0 */

/* Ending a workload: who may be, that everybody is, by cgroup.kill and without it, and what is said of it. */

#include "kill_rig.h"

/* ---- everybody ---- */

static void everybody_is_killed_and_it_is_proven(void **state)
{
        pid_t first, second;

        (void) state;
        first = rig_process("a", (struct rig_size){ 100, 10, 0, 0 });
        second = rig_process("a", (struct rig_size){ 101, 10, 0, 0 });
        begin_with("a", PL_MEASURE_KILL, 0);
        assert_int_equal(rig.kills, 1);
        assert_int_equal(rig.signals, 0);
        rig_await_death(first);
        rig_await_death(second);
        assert_int_equal(pl_killer_count(killer), 1);
        step(1000);
        assert_nothing_to_take();
        assert_true(pl_killer_next_usec(killer) > now_usec);

        rig_bury();
        rig_use("a", 4 * PL_MIB, 0);
        step(2000);
        assert_taken(PL_MEASURE_KILL, PL_RESULT_DONE, 0);
        assert_int_equal(outcome.bytes, 76 * PL_MIB);
        assert_int_equal(outcome.processes, 2);
        assert_int_equal(outcome.ended_usec - outcome.began_usec, 3000);
        assert_int_equal(outcome.id, cgroup_id(&tree, "a"));
        assert_int_equal(pl_killer_count(killer), 0);
        assert_int_equal(pl_killer_next_usec(killer), UINT64_MAX);
        assert_nothing_to_take();
}

/* systemd reads both when it hears of the first death, so they are there by then. */
static void systemd_is_told_before(void **state)
{
        (void) state;
        (void) rig_process("a", (struct rig_size){ 100, 10, 0, 0 });
        (void) rig_process("a", (struct rig_size){ 100, 10, 0, 0 });
        assert_int_equal(fsetxattr(0, "user.oomd_ooms", "4", 1, 0), 0);
        begin_with("a", PL_MEASURE_KILL, 0);
        assert_string_equal(rig_value("user.oomd_ooms"), "5");
        assert_string_equal(rig_value("user.oomd_kill"), "2");
}

/* Nobody died, so systemd is told nothing. */
static void a_kill_that_failed_leaves_no_mark(void **state)
{
        pid_t pid;

        (void) state;
        pid = rig_process("a", (struct rig_size){ 100, 10, 0, 0 });
        assert_int_equal(fsetxattr(0, "user.oomd_ooms", "4", 1, 0), 0);
        rig.kill_outcome = PL_FILE_E_DENIED;
        rig.signal_outcome = PL_FILE_E_DENIED;
        begin_with("a", PL_MEASURE_KILL, 0);
        step(0);
        assert_taken(PL_MEASURE_KILL, PL_RESULT_FAILED, EPERM);
        assert_int_equal(outcome.bytes, 0);
        assert_true(rig_is_alive(pid));
        assert_string_equal(rig_value("user.oomd_ooms"), "4");
        assert_string_equal(rig_value("user.oomd_kill"), "");
        assert_string_equal(rig_value("user.plimsoll.held"), "");
        assert_string_equal(test_tree_get(&tree, "a/cgroup.freeze"), "0\n");
}

static void without_attributes_it_is_killed_all_the_same(void **state)
{
        pid_t pid;

        (void) state;
        pid = rig_process("a", (struct rig_size){ 100, 10, 0, 0 });
        rig.attribute_error = EOPNOTSUPP;
        begin_with("a", PL_MEASURE_KILL, 0);
        rig_await_death(pid);
        rig_bury();
        step(0);
        assert_taken(PL_MEASURE_KILL, PL_RESULT_DONE, 0);
}

/* ---- without cgroup.kill ---- */

static void held_still_and_signalled_one_by_one(void **state)
{
        static const int outcomes[] = { PL_FILE_E_ABSENT, PL_FILE_E_DENIED, PL_FILE_E_OFF, -EIO };
        pid_t pids[3];

        (void) state;
        rig_cgroup("a/b");
        for (size_t i = 0; i < PL_ARRAY_LENGTH(outcomes); i++) {
                rig.kill_outcome = outcomes[i];
                for (size_t k = 0; k < 3; k++)
                        pids[k] = rig_process(k < 2 ? "a" : "a/b",
                                              (struct rig_size){ 100, 10, 0, 0 });
                rig_list("a");
                begin_with("a", PL_MEASURE_KILL, 0);
                assert_string_equal(test_tree_get(&tree, "a/cgroup.freeze"), "1\n");
                assert_string_equal(rig_value("user.plimsoll.held"), "1");
                for (size_t k = 0; k < 3; k++)
                        rig_await_death(pids[k]);
                rig_bury();
                rig_list("a");
                step(20 * 1000);
                assert_taken(PL_MEASURE_KILL, PL_RESULT_DONE, 0);
                assert_int_equal(outcome.processes, 3);
                assert_string_equal(test_tree_get(&tree, "a/cgroup.freeze"), "0\n");
                assert_string_equal(rig_value("user.plimsoll.held"), "");
        }
}

static pid_t child_of_the_bomb;

static void forks(pid_t pid)
{
        (void) pid;
        child_of_the_bomb = rig_process("a", (struct rig_size){ 200, 10, 0, 0 });
}

static void who_forked_meanwhile_is_met_in_the_next_round(void **state)
{
        pid_t pid;

        (void) state;
        pid = rig_process("a", (struct rig_size){ 100, 10, 0, 0 });
        rig.kill_outcome = PL_FILE_E_ABSENT;
        rig.before_signal = forks;
        begin_with("a", PL_MEASURE_KILL, 0);
        rig_await_death(pid);
        rig_bury();
        assert_true(rig_is_alive(child_of_the_bomb));
        step(1000); /* too soon for another round */
        assert_true(rig_is_alive(child_of_the_bomb));
        step(10 * 1000);
        rig_await_death(child_of_the_bomb);
        rig_bury();
        step(10 * 1000);
        assert_taken(PL_MEASURE_KILL, PL_RESULT_DONE, 0);
}

static void moves_away(pid_t pid)
{
        for (uint32_t i = 0; i < rig.process_count; i++)
                if (rig.processes[i].pid != pid) {
                        (void) snprintf(rig.processes[i].path, 32, "own");
                        rig_say_where(rig.processes[i].pid, "own");
                }
}

/* It is on the list, and somewhere else by the time that its turn comes. */
static void who_was_moved_away_is_spared(void **state)
{
        pid_t victim, moved;

        (void) state;
        victim = rig_process("a", (struct rig_size){ 100, 10, 0, 0 });
        moved = rig_process("a", (struct rig_size){ 101, 10, 0, 0 });
        rig.kill_outcome = PL_FILE_E_ABSENT;
        rig.before_signal = moves_away;
        begin_with("a", PL_MEASURE_KILL, 0);
        rig_await_death(victim);
        rig_bury();
        rig_list("a");
        step(10 * 1000);
        assert_taken(PL_MEASURE_KILL, PL_RESULT_DONE, 0);
        assert_true(rig_is_alive(moved));
        assert_int_equal(rig.signals, 1);
}

/* In pieces, and the other one's list is made anew when a kill has come between. */
static void two_are_gone_over_in_pieces(void **state)
{
        pid_t pids[6];
        int more = 0;

        (void) state;
        rig_cgroup("b");
        rig.kill_outcome = PL_FILE_E_ABSENT;
        for (size_t i = 0; i < 6; i++)
                pids[i] = rig_process(i < 3 ? "a" : "b", (struct rig_size){ 100, 10, 0, 0 });
        rig.signal_outcome = PL_FILE_E_GONE; /* nobody dies in the first rounds */
        begin_with("a", PL_MEASURE_KILL, 0);
        begin_with("b", PL_MEASURE_KILL, 0);
        rig.signal_outcome = 0;
        now_usec += 20 * 1000;
        while (pl_killer_step(killer, now_usec, 1) == PL_KILLER_E_MORE)
                more++;
        step(0);
        assert_true(more >= 2);
        for (size_t i = 0; i < 6; i++)
                rig_await_death(pids[i]);
        rig_bury();
        step(20 * 1000);
        assert_taken(PL_MEASURE_KILL, PL_RESULT_DONE, 0);
        assert_taken(PL_MEASURE_KILL, PL_RESULT_DONE, 0);
}

/* ---- the end ---- */

static void who_does_not_die_is_late(void **state)
{
        (void) state;
        (void) rig_process("a", (struct rig_size){ 100, 10, 0, 0 });
        begin_with("a", PL_MEASURE_KILL, 0);
        rig_use("a", 60 * PL_MIB, 16 * PL_MIB);
        step(PL_USEC_PER_SEC - 1);
        assert_nothing_to_take();
        assert_int_equal(pl_killer_next_usec(killer), now_usec + 1);
        step(1);
        assert_taken(PL_MEASURE_KILL, PL_RESULT_LATE, 0);
        assert_int_equal(outcome.bytes, 4 * PL_MIB);
}

/* systemd has removed it before it could be read again: what was expected counts, but not more than there was. */
static void a_cgroup_that_goes_with_its_last_process(void **state)
{
        static const uint64_t expected_bytes[] = { 50 * PL_MIB, 500 * PL_MIB };
        static const uint64_t bytes[] = { 50 * PL_MIB, 80 * PL_MIB };

        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(bytes); i++) {
                struct pl_kill_request request;
                pid_t pid;
                int fd;

                rig_cgroup("c");
                pid = rig_process("c", (struct rig_size){ 100, 10, 0, 0 });
                request = request_of("c", PL_MEASURE_KILL, &fd);
                request.expected_bytes = expected_bytes[i];
                assert_int_equal(pl_killer_begin(killer, &request, now_usec), 0);
                (void) close(fd);
                rig_await_death(pid);
                rig_bury();
                (void) unlinkat(tree.fd, "c/memory.current", 0);
                (void) unlinkat(tree.fd, "c/memory.swap.current", 0);
                (void) unlinkat(tree.fd, "c/cgroup.freeze", 0);
                cgroup_drop(&tree, "c");
                step(0);
                assert_taken(PL_MEASURE_KILL, PL_RESULT_DONE, 0);
                assert_int_equal(outcome.bytes, bytes[i]);
        }
}

/* ---- who may not be ---- */

static void what_is_known_of_it_forbids_it(void **state)
{
        static const uint32_t flags[] = { PL_CGROUP_PROTECTED, PL_CGROUP_OBSERVED, PL_CGROUP_PAUSED,
                                          PL_CGROUP_RESTORED };
        static const enum pl_measure measures[] = { PL_MEASURE_RECLAIM, PL_MEASURE_FREEZE,
                                                    PL_MEASURE_TERM, PL_MEASURE_KILL };
        pid_t pid;

        (void) state;
        pid = rig_process("a", (struct rig_size){ 100, 10, 0, 0 });
        for (size_t i = 0; i < PL_ARRAY_LENGTH(flags); i++)
                for (size_t k = 0; k < PL_ARRAY_LENGTH(measures); k++) {
                        begin_with("a", measures[k], flags[i]);
                        assert_taken(measures[k], PL_RESULT_REFUSED, 0);
                }
        assert_int_equal(rig.kills + rig.signals, 0);
        assert_true(rig_is_alive(pid));
        assert_string_equal(test_tree_get(&tree, "a/cgroup.freeze"), "0\n");
}

static void begin_and_refuse(const char *path)
{
        static const enum pl_measure measures[] = { PL_MEASURE_RECLAIM, PL_MEASURE_FREEZE,
                                                    PL_MEASURE_TERM, PL_MEASURE_KILL };

        for (size_t i = 0; i < PL_ARRAY_LENGTH(measures); i++) {
                begin_with(path, measures[i], 0);
                assert_taken(measures[i], PL_RESULT_REFUSED, 0);
        }
        assert_int_equal(rig.kills + rig.signals, 0);
}

static void not_where_pid_1_is_or_we_are_or_above(void **state)
{
        (void) state;
        rig_cgroup("a/b");
        rig_cgroup("a/b/c");
        begin_and_refuse("own");
        begin_and_refuse("init");
        begin_and_refuse(".");
        rig_say_where(getpid(), "a/b/c");
        begin_and_refuse("a");
        begin_and_refuse("a/b");
        rig_say_where(getpid(), "own");
        rig_say_where(1, "a/b/c");
        begin_and_refuse("a");
}

/* Where /proc hides pid 1, the list of who is in there has it. */
static void a_list_with_pid_1_is_refused(void **state)
{
        char path[16];

        (void) state;
        (void) unlinkat(proc.fd, "1/cgroup", 0);
        assert_int_equal(unlinkat(proc.fd, "1", AT_REMOVEDIR), 0);
        cgroup_put(&tree, "a", "cgroup.procs", "1\n");
        begin_with("a", PL_MEASURE_KILL, 0);
        assert_taken(PL_MEASURE_KILL, PL_RESULT_REFUSED, 0);
        begin_with("a", PL_MEASURE_KILL, PL_CGROUP_BY_PROCESS);
        assert_taken(PL_MEASURE_KILL, PL_RESULT_REFUSED, 0);
        (void) snprintf(path, sizeof path, "%d\n", getpid());
        cgroup_put(&tree, "a", "cgroup.procs", path);
        begin_with("a", PL_MEASURE_KILL, 0);
        assert_taken(PL_MEASURE_KILL, PL_RESULT_REFUSED, 0);
        assert_int_equal(rig.kills + rig.signals, 0);
}

/* Nor can that be found out: nobody is killed then. */
static void neither_pid_1_nor_a_list(void **state)
{
        (void) state;
        (void) rig_process("a", (struct rig_size){ 100, 10, 0, 0 });
        (void) unlinkat(proc.fd, "1/cgroup", 0);
        cgroup_put(&tree, "a", "cgroup.procs", "x\n");
        begin_with("a", PL_MEASURE_KILL, 0);
        assert_taken(PL_MEASURE_KILL, PL_RESULT_FAILED, EBADMSG);
        assert_int_equal(rig.kills, 0);
        rig_say_where(1, "init");
        begin_with("a", PL_MEASURE_KILL, 0);
        assert_int_equal(rig.kills, 1);
}

/* Who does not know where he is kills nobody. */
static void without_knowing_where_we_are_nothing_is_done(void **state)
{
        char path[32];

        (void) state;
        (void) rig_process("a", (struct rig_size){ 100, 10, 0, 0 });
        (void) snprintf(path, sizeof path, "%d/cgroup", getpid());
        (void) unlinkat(proc.fd, path, 0);
        begin_with("a", PL_MEASURE_KILL, 0);
        assert_taken(PL_MEASURE_KILL, PL_RESULT_FAILED, ESRCH);
        assert_int_equal(rig.kills + rig.signals, 0);
}

static void another_of_the_same_path_is_not_touched(void **state)
{
        struct pl_kill_request request;
        pid_t pid;
        int fd, r;

        (void) state;
        pid = rig_process("a", (struct rig_size){ 100, 10, 0, 0 });
        for (enum pl_measure measure = 0; measure <= PL_MEASURE_KILL; measure++) {
                if (measure == PL_MEASURE_THROTTLE || measure == PL_MEASURE_RELEASE)
                        continue;
                request = request_of("a", measure, &fd);
                request.id++;
                r = pl_killer_begin(killer, &request, now_usec);
                (void) close(fd);
                assert_int_equal(r, 0);
                assert_taken(measure, PL_RESULT_GONE, ENODEV);
                assert_int_equal(outcome.bytes, 0);
        }
        assert_int_equal(rig.kills + rig.signals, 0);
        assert_true(rig_is_alive(pid));
}

/* ---- several ---- */

static void as_many_as_there_is_room_for(void **state)
{
        char path[8];
        struct pl_kill_request request;
        int fd;

        (void) state;
        for (int i = 0; i < PL_KILL_ACTS_MAX; i++) {
                (void) snprintf(path, sizeof path, "x%d", i);
                rig_cgroup(path);
                (void) rig_process(path, (struct rig_size){ 100, 10, 0, 0 });
                begin_with(path, PL_MEASURE_KILL, 0);
        }
        assert_int_equal(pl_killer_count(killer), PL_KILL_ACTS_MAX);
        request = request_of("x3", PL_MEASURE_KILL, &fd);
        assert_int_equal(pl_killer_begin(killer, &request, now_usec), PL_KILLER_E_BUSY);
        (void) close(fd);
        request = request_of("a", PL_MEASURE_KILL, &fd);
        assert_int_equal(pl_killer_begin(killer, &request, now_usec), PL_KILLER_E_FULL);
        for (uint32_t i = 0; i < rig.process_count; i++)
                rig_await_death(rig.processes[i].pid);
        rig_bury();
        step(1000);
        assert_int_equal(pl_killer_next_usec(killer), 0);
        for (int i = 0; i < PL_KILL_ACTS_MAX; i++)
                assert_taken(PL_MEASURE_KILL, PL_RESULT_DONE, 0);
        assert_int_equal(pl_killer_begin(killer, &request, now_usec), 0);
        (void) close(fd);
}

/* ---- allocations ---- */

static atomic_int allocation_count;

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *pointer, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *pointer, size_t size);

void *__wrap_malloc(size_t size)
{
        atomic_fetch_add(&allocation_count, 1);
        return __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
        atomic_fetch_add(&allocation_count, 1);
        return __real_calloc(count, size);
}

void *__wrap_realloc(void *pointer, size_t size)
{
        atomic_fetch_add(&allocation_count, 1);
        return __real_realloc(pointer, size);
}

static void nothing_is_allocated_on_the_way(void **state)
{
        static const int outcomes[] = { 0, PL_FILE_E_ABSENT };
        pid_t pid;

        (void) state;
        atomic_store(&allocation_count, 0);
        for (size_t i = 0; i < PL_ARRAY_LENGTH(outcomes); i++) {
                rig.kill_outcome = outcomes[i];
                pid = rig_process("a", (struct rig_size){ 1, 10, 0, 0 });
                begin_with("a", PL_MEASURE_FREEZE, 0);
                begin_with("a", PL_MEASURE_RECLAIM, 0);
                begin_with("a", PL_MEASURE_TERM, 0);
                begin_with("a", PL_MEASURE_KILL, 0);
                rig_await_death(pid);
                rig_bury();
                step(20 * 1000);
                for (int k = 0; k < 4; k++)
                        assert_true(pl_killer_take(killer, &outcome));
                assert_int_equal(outcome.result, PL_RESULT_DONE);
        }
        assert_int_equal(atomic_load(&allocation_count), 0);
        pl_killer_free(PL_TAKE_PTR(killer), PL_USEC_PER_MINUTE);
        assert_int_equal(
                pl_killer_new(&(struct pl_roots){ .cgroup_fd = tree.fd, .proc_fd = proc.fd },
                              &(struct pl_killer_options){}, &killer),
                0);
        assert_true(atomic_load(&allocation_count) > 0); /* the counter counts */
}

/* ---- taking the memory of the dying ---- */

static void wait_for_releases(int count)
{
        for (int i = 0; i < DEADLINE_MSEC && atomic_load(&rig.mreleases) < count; i++)
                (void) poll(NULL, 0, 1);
        assert_int_equal(atomic_load(&rig.mreleases), count);
}

static void their_memory_is_taken(void **state)
{
        (void) state;
        (void) rig_process("a", (struct rig_size){ 1, 10, 0, 0 });
        (void) rig_process("a", (struct rig_size){ 1, 10, 0, 0 });
        begin_with("a", PL_MEASURE_KILL, 0);
        wait_for_releases(2);
        assert_false(pl_killer_cannot_release(killer));
}

static void where_that_is_missing_it_is_noticed_once(void **state)
{
        (void) state;
        rig.mrelease_outcome = PL_PIDFD_E_UNSUPPORTED;
        (void) rig_process("a", (struct rig_size){ 1, 10, 0, 0 });
        (void) rig_process("a", (struct rig_size){ 1, 10, 0, 0 });
        begin_with("a", PL_MEASURE_KILL, 0);
        for (int i = 0; i < DEADLINE_MSEC && !pl_killer_cannot_release(killer); i++)
                (void) poll(NULL, 0, 1);
        assert_true(pl_killer_cannot_release(killer));
        wait_for_releases(1);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                RIG_TEST(everybody_is_killed_and_it_is_proven),
                RIG_TEST(systemd_is_told_before),
                RIG_TEST(a_kill_that_failed_leaves_no_mark),
                RIG_TEST(without_attributes_it_is_killed_all_the_same),
                RIG_TEST(held_still_and_signalled_one_by_one),
                RIG_TEST(who_forked_meanwhile_is_met_in_the_next_round),
                RIG_TEST(who_was_moved_away_is_spared),
                RIG_TEST(two_are_gone_over_in_pieces),
                RIG_TEST(who_does_not_die_is_late),
                RIG_TEST(a_cgroup_that_goes_with_its_last_process),
                RIG_TEST(what_is_known_of_it_forbids_it),
                RIG_TEST(not_where_pid_1_is_or_we_are_or_above),
                RIG_TEST(a_list_with_pid_1_is_refused),
                RIG_TEST(neither_pid_1_nor_a_list),
                RIG_TEST(without_knowing_where_we_are_nothing_is_done),
                RIG_TEST(another_of_the_same_path_is_not_touched),
                RIG_TEST(as_many_as_there_is_room_for),
                RIG_TEST(nothing_is_allocated_on_the_way),
                RIG_TEST(their_memory_is_taken),
                RIG_TEST(where_that_is_missing_it_is_noticed_once),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
