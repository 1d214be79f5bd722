/* SPDX-License-Identifier: Apache-2.0 */

/* The mate's hand over workloads of real processes, in trees that stand in for the kernel's (host/kill_rig.h). */

#include "host/kill_rig.h"

#include "daemon/mate_arm.h"

enum { LONG_SEC = 3, RANKED = 3 };

static const char *const paths[RANKED] = { "a", "b", "c" };
static struct pl_mate_arm arm;
static struct pl_mate_brief brief;
static struct pl_mate_deed deed;
static struct pl_file_buffer buffer;
static pid_t pids[RANKED];

static const struct pl_guard_host short_host = { .knows_memory = true, .available_bytes = PL_MIB };

/* The daemon's end of it: fds that are the arm's from then on. */
static void give_brief(void)
{
        int fds[PL_MATE_RANKED_MAX];

        for (uint32_t i = 0; i < brief.count; i++) {
                fds[i] = openat(tree.fd, paths[i], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
                assert_true(fds[i] >= 0);
        }
        pl_mate_arm_brief(&arm, &brief, fds);
}

static int set_up(void **state)
{
        struct pl_roots roots;

        (void) rig_set_up(state);
        roots = (struct pl_roots){ tree.fd, proc.fd, -1, -1 };
        rig_cgroup("b");
        rig_cgroup("c");
        brief = (struct pl_mate_brief){ .may_act = true,
                                        .count = RANKED,
                                        .at_usec = now_usec,
                                        .floor_bytes = 512 * PL_MIB,
                                        .critical_bytes = 256 * PL_MIB,
                                        .worth_bytes = PL_MIB };
        for (uint32_t i = 0; i < RANKED; i++) {
                struct pl_mate_ranked *ranked = &brief.ranked[i];

                pids[i] = rig_process(paths[i], (struct rig_size){ .start_ticks = 7 });
                *ranked = (struct pl_mate_ranked){ .id = cgroup_id(&tree, paths[i]),
                                                   .flags = PL_CGROUP_WORKLOAD };
                (void) snprintf(ranked->name, sizeof ranked->name, "batch/%s", paths[i]);
        }
        pl_mate_arm_init(&arm, &roots);
        assert_non_null(arm.killer);
        return 0;
}

static int tear_down(void **state)
{
        pl_mate_arm_done(&arm);
        return rig_tear_down(state);
}

static void judge(void)
{
        pl_mate_arm_judge(&arm, now_usec, LONG_SEC * PL_USEC_PER_SEC, &short_host, &buffer);
}

static bool is_over(uint64_t passed_usec)
{
        now_usec += passed_usec;
        return pl_mate_arm_step(&arm, now_usec, &deed);
}

/* Somebody is killed, and it is this one. */
static void assert_kills(uint32_t i)
{
        judge();
        rig_await_death(pids[i]);
        rig_bury();
        assert_true(is_over(0));
        assert_int_equal(deed.outcome.decision, 0);
        assert_int_equal(deed.outcome.id, brief.ranked[i].id);
        assert_int_equal(deed.outcome.measure, PL_MEASURE_KILL);
        assert_int_equal(deed.outcome.result, PL_RESULT_DONE);
        assert_string_equal(deed.name, brief.ranked[i].name);
        now_usec += PL_USEC_PER_SEC;
}

static void assert_kills_nobody(void)
{
        uint32_t kills = rig.kills;

        judge();
        assert_false(is_over(0));
        assert_int_equal(rig.kills, kills);
}

/* ---- one after the other ---- */

static void they_die_in_their_order(void **state)
{
        (void) state;
        give_brief();
        for (uint32_t i = 0; i < RANKED; i++)
                assert_kills(i);
        assert_kills_nobody();
        assert_int_equal(rig.kills, RANKED);
}

/* Before anything has come of it, and once. */
static void that_one_is_dying_is_told(void **state)
{
        (void) state;
        give_brief();
        assert_false(pl_mate_arm_begun(&arm, &deed));
        judge();
        assert_true(pl_mate_arm_begun(&arm, &deed));
        assert_int_equal(deed.outcome.id, brief.ranked[0].id);
        assert_int_equal(deed.outcome.measure, PL_MEASURE_KILL);
        assert_true(deed.until_usec == now_usec + 10 * PL_USEC_PER_SEC);
        assert_string_equal(deed.name, "batch/a");
        assert_false(pl_mate_arm_begun(&arm, &deed));
        judge();
        assert_false(pl_mate_arm_begun(&arm, &deed));
        rig_await_death(pids[0]);
        rig_bury();
        assert_true(is_over(0));
        assert_int_equal(deed.until_usec, 0);
}

/* What it gave back is known of the cgroup that is left. */
static void what_came_back_is_told(void **state)
{
        (void) state;
        give_brief();
        judge();
        rig_await_death(pids[0]);
        rig_bury();
        rig_use("a", PL_MIB, 0);
        assert_true(is_over(0));
        assert_int_equal(deed.outcome.bytes, 79 * PL_MIB);
        assert_int_equal(deed.outcome.processes, 1);
}

static void nobody_dies_before_the_host_was_looked_at_anew(void **state)
{
        (void) state;
        give_brief();
        assert_kills(0);
        now_usec -= 1;
        assert_kills_nobody();
        now_usec += 1;
        assert_kills(1);
}

/* Then it is the next one's turn, and not the same one's again. */
static void who_does_not_die_in_time_is_left(void **state)
{
        (void) state;
        give_brief();
        rig.kill_says_done = true;
        judge();
        assert_int_equal(rig.kills, 1);
        for (int i = 0; i < 9; i++) {
                assert_false(is_over(PL_USEC_PER_SEC));
                assert_kills_nobody();
        }
        assert_true(is_over(PL_USEC_PER_SEC));
        assert_int_equal(deed.outcome.result, PL_RESULT_LATE);
        rig.kill_says_done = false;
        now_usec += PL_USEC_PER_SEC;
        assert_kills(1);
        assert_kills(2);
        assert_kills_nobody();
}

static void when_the_daemon_has_moved_he_may_be_tried_again(void **state)
{
        (void) state;
        brief.count = 1;
        give_brief();
        rig.kill_says_done = true;
        judge();
        assert_true(is_over(10 * PL_USEC_PER_SEC));
        rig.kill_says_done = false;
        now_usec += PL_USEC_PER_SEC;
        assert_kills_nobody();
        pl_mate_arm_judge(&arm, now_usec, 0, &short_host, &buffer);
        assert_kills(0);
}

/* ---- who may not be ---- */

static void the_protected_live(void **state)
{
        (void) state;
        brief.ranked[0].flags |= PL_CGROUP_PROTECTED;
        brief.ranked[2].flags |= PL_CGROUP_OBSERVED;
        give_brief();
        assert_kills(1);
        assert_kills_nobody();
        assert_true(rig_is_alive(pids[0]) && rig_is_alive(pids[2]));
}

static void who_is_somebody_else_by_now_lives(void **state)
{
        (void) state;
        brief.ranked[0].id += 1000000;
        give_brief();
        assert_kills(1);
        assert_true(rig_is_alive(pids[0]));
}

static void an_empty_one_is_passed_over(void **state)
{
        (void) state;
        give_brief();
        cgroup_put(&tree, "a", "cgroup.events", "populated 0\nfrozen 0\n");
        assert_kills(1);
}

static void one_that_is_gone_is_passed_over(void **state)
{
        (void) state;
        give_brief();
        assert_int_equal(unlinkat(tree.fd, "a/cgroup.events", 0), 0);
        assert_kills(1);
        assert_true(rig_is_alive(pids[0]));
}

/* Ranked or not: the killer refuses where we are ourselves, and that is one that was tried. */
static void its_own_cgroup_is_none(void **state)
{
        (void) state;
        rig_say_where(getpid(), "a");
        give_brief();
        judge();
        assert_true(is_over(0));
        assert_int_equal(deed.outcome.result, PL_RESULT_REFUSED);
        now_usec += PL_USEC_PER_SEC;
        assert_kills(1);
        assert_true(rig_is_alive(pids[0]));
}

static void who_may_not_act_kills_nobody(void **state)
{
        (void) state;
        brief.may_act = false;
        give_brief();
        assert_false(pl_mate_arm_looks(&arm, LONG_SEC * PL_USEC_PER_SEC));
        assert_kills_nobody();
        brief.may_act = true;
        give_brief();
        assert_true(pl_mate_arm_looks(&arm, LONG_SEC * PL_USEC_PER_SEC));
        /* And takes it back again. */
        brief = (struct pl_mate_brief){};
        give_brief();
        assert_kills_nobody();
}

/* ---- without the daemon's order ---- */

static void of_an_old_ranking_the_score_decides(void **state)
{
        (void) state;
        brief.at_usec -= 31 * PL_USEC_PER_SEC;
        give_brief();
        rig_write(pids[0], "oom_score_adj", "-300\n");
        rig_write(pids[1], "oom_score_adj", "200\n");
        rig_write(pids[2], "oom_score_adj", "200\n");
        rig_use("c", 65 * PL_MIB, 16 * PL_MIB);
        assert_kills(2);
        assert_kills(1);
        assert_kills(0);
}

/* Who has none of his own processes there: what was known of those below. */
static void what_cannot_be_asked_is_what_was_known(void **state)
{
        (void) state;
        brief.at_usec -= 31 * PL_USEC_PER_SEC;
        brief.ranked[1].score_adj = 900;
        give_brief();
        cgroup_put(&tree, "b", "cgroup.procs", "");
        judge();
        assert_int_equal(rig.kills, 1);
        assert_string_equal(arm.name, "batch/b");
}

/* ---- what it has ---- */

static void a_brief_takes_the_place_of_the_one_before(void **state)
{
        size_t fds;

        (void) state;
        give_brief();
        fds = (size_t) test_open_fds();
        for (int i = 0; i < 100; i++)
                give_brief();
        assert_int_equal(test_open_fds(), fds);
        brief.count = 0;
        give_brief();
        assert_int_equal(test_open_fds(), fds - RANKED);
}

static void without_a_tree_it_does_nothing(void **state)
{
        const struct pl_roots none = { -1, proc.fd, -1, -1 };

        (void) state;
        pl_mate_arm_done(&arm);
        pl_mate_arm_init(&arm, &none);
        assert_null(arm.killer);
        give_brief();
        assert_false(pl_mate_arm_looks(&arm, LONG_SEC * PL_USEC_PER_SEC));
        assert_kills_nobody();
        assert_int_equal(pl_mate_arm_fd(&arm), -1);
        assert_true(pl_mate_arm_next_usec(&arm) == UINT64_MAX);
}

#define ARM_TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
        const struct CMUnitTest tests[] = {
                ARM_TEST(they_die_in_their_order),
                ARM_TEST(that_one_is_dying_is_told),
                ARM_TEST(what_came_back_is_told),
                ARM_TEST(nobody_dies_before_the_host_was_looked_at_anew),
                ARM_TEST(who_does_not_die_in_time_is_left),
                ARM_TEST(when_the_daemon_has_moved_he_may_be_tried_again),
                ARM_TEST(the_protected_live),
                ARM_TEST(who_is_somebody_else_by_now_lives),
                ARM_TEST(an_empty_one_is_passed_over),
                ARM_TEST(one_that_is_gone_is_passed_over),
                ARM_TEST(its_own_cgroup_is_none),
                ARM_TEST(who_may_not_act_kills_nobody),
                ARM_TEST(of_an_old_ranking_the_score_decides),
                ARM_TEST(what_cannot_be_asked_is_what_was_known),
                ARM_TEST(a_brief_takes_the_place_of_the_one_before),
                ARM_TEST(without_a_tree_it_does_nothing),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
