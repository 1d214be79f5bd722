/* SPDX-License-Identifier: Apache-2.0 */

/* Whether the mate kills, and whom: case by case, and that nobody who may not be taken ever is. */

#include "daemon/mate_guard.h"

#include "plimsoll/base/size.h"
#include "plimsoll/kernel/process.h"
#include "test.h"

enum { NOW_SEC = 1000, FLOOR_MIB = 640, CRITICAL_MIB = 320, STALL_PERMYRIAD = 1000 };

static struct pl_mate_brief brief;
static struct pl_guard_view view;
static struct pl_guard_one ones[PL_MATE_RANKED_MAX];

/* Three workloads of a host that is short, whose daemon has been silent for long enough. */
static int set_up(void **state)
{
        (void) state;
        memset(ones, 0, sizeof ones);
        brief = (struct pl_mate_brief){
                .may_act = true,
                .count = 3,
                .stall_permyriad = STALL_PERMYRIAD,
                .at_usec = NOW_SEC * PL_USEC_PER_SEC,
                .floor_bytes = FLOOR_MIB * PL_MIB,
                .critical_bytes = CRITICAL_MIB * PL_MIB,
                .worth_bytes = 64 * PL_MIB,
        };
        for (uint32_t i = 0; i < brief.count; i++) {
                brief.ranked[i] = (struct pl_mate_ranked){ .id = 1 + i,
                                                           .flags = PL_CGROUP_WORKLOAD };
                ones[i] = (struct pl_guard_one){ .is_there = true, .use_bytes = 512 * PL_MIB };
        }
        view = (struct pl_guard_view){
                .now_usec = NOW_SEC * PL_USEC_PER_SEC,
                .silent_usec = 3 * PL_USEC_PER_SEC,
                .host = { .knows_memory = true,
                          .knows_stall = true,
                          .available_bytes = 100 * PL_MIB,
                          .stall_permyriad = STALL_PERMYRIAD },
        };
        return 0;
}

static int choose(uint64_t later_sec)
{
        return pl_guard_choose(&brief, ones, brief.at_usec + later_sec * PL_USEC_PER_SEC);
}

/* ---- whether ---- */

static void who_stands_still_while_memory_is_short_is_stood_in_for(void **state)
{
        (void) state;
        assert_true(pl_guard_wants(&brief, &view));
}

/* More than two ticks of the mate's, and not just as long. */
static void a_daemon_that_moves_is_left_to_it(void **state)
{
        static const uint64_t silences[] = { 0, 1, PL_USEC_PER_SEC, 2 * PL_USEC_PER_SEC };

        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(silences); i++) {
                view.silent_usec = silences[i];
                assert_false(pl_guard_wants(&brief, &view));
        }
        view.silent_usec = 2 * PL_USEC_PER_SEC + 1;
        assert_true(pl_guard_wants(&brief, &view));
}

static void what_the_policy_does_not_do_it_does_not(void **state)
{
        (void) state;
        brief.may_act = false;
        assert_false(pl_guard_wants(&brief, &view));
}

static void without_a_brief_there_is_nobody(void **state)
{
        (void) state;
        brief.count = 0;
        assert_false(pl_guard_wants(&brief, &view));
        brief = (struct pl_mate_brief){};
        assert_false(pl_guard_wants(&brief, &view));
}

static void one_dies_at_a_time(void **state)
{
        (void) state;
        view.is_busy = true;
        assert_false(pl_guard_wants(&brief, &view));
}

/* Amounts in MiB; who reads nothing sees nothing short. */
static void a_host_is_short_as_the_engine_has_it(void **state)
{
        static const struct {
                const char *name;
                bool knows_memory, knows_stall;
                uint64_t available, swap_free;
                uint32_t stall;
                bool wants;
        } rows[] = {
                { "scarce and stalled", true, true, 639, 4096, 1000, true },
                { "just the floor", true, true, 640, 0, 10000, false },
                { "stalled a little less", true, true, 639, 4096, 999, false },
                { "no stall is known", true, false, 639, 4096, 10000, false },
                { "critical without a stall", true, false, 319, 0, 0, true },
                { "just not critical", true, true, 320, 0, 0, false },
                { "swap has room", true, true, 319, 640, 0, false },
                { "swap has less than that", true, true, 319, 639, 0, true },
                { "swap has room, and it stalls", true, true, 319, 640, 1000, true },
                { "nothing is left", true, true, 0, 0, 0, true },
                { "memory cannot be read", false, true, 0, 0, 10000, false },
        };

        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(rows); i++) {
                view.host = (struct pl_guard_host){
                        .knows_memory = rows[i].knows_memory,
                        .knows_stall = rows[i].knows_stall,
                        .available_bytes = rows[i].available * PL_MIB,
                        .swap_free_bytes = rows[i].swap_free * PL_MIB,
                        .stall_permyriad = rows[i].stall,
                };
                assert_row(rows[i].name, pl_guard_wants(&brief, &view) == rows[i].wants);
        }
}

/* It may be the throttle that makes them: what is critical is so nevertheless. */
static void stalls_do_not_count_while_a_throttle_is_laid(void **state)
{
        (void) state;
        brief.has_throttle = true;
        view.host.available_bytes = (FLOOR_MIB - 1) * PL_MIB;
        view.host.stall_permyriad = 10000;
        brief.at_usec = view.now_usec - 5 * PL_USEC_PER_SEC + 1;
        assert_false(pl_guard_wants(&brief, &view));
        /* Nobody has lifted it since. */
        brief.at_usec--;
        assert_true(pl_guard_wants(&brief, &view));
        brief.at_usec++;
        view.host.available_bytes = (CRITICAL_MIB - 1) * PL_MIB;
        view.host.stall_permyriad = 0;
        assert_true(pl_guard_wants(&brief, &view));
}

/* ---- whom ---- */

static void the_first_of_the_ranking_goes(void **state)
{
        (void) state;
        ones[1].use_bytes = 4 * PL_GIB;
        ones[2].score_adj = 1000;
        assert_int_equal(choose(0), 0);
        assert_int_equal(choose(30), 0);
        /* From a clock that goes ahead, too. */
        assert_int_equal(pl_guard_choose(&brief, ones, 0), 0);
}

static void nobody_goes_who_may_not(void **state)
{
        static const uint32_t flags[] = { PL_CGROUP_PROTECTED, PL_CGROUP_OBSERVED, PL_CGROUP_PAUSED,
                                          PL_CGROUP_RESTORED };

        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(flags); i++)
                for (uint64_t later_sec = 0; later_sec < 100; later_sec += 50) {
                        (void) set_up(NULL);
                        ones[0].score_adj = 1000;
                        ones[0].use_bytes = 16 * PL_GIB;
                        brief.ranked[0].flags |= flags[i];
                        assert_int_equal(choose(later_sec), 1);
                        brief.ranked[1].flags |= flags[i];
                        brief.ranked[2].flags |= flags[i];
                        assert_int_equal(choose(later_sec), -1);
                }
}

static void what_holds_workloads_is_none(void **state)
{
        (void) state;
        brief.ranked[0].flags = PL_CGROUP_POPULATED;
        assert_int_equal(choose(0), 1);
}

static void who_is_gone_or_was_tried_is_passed_over(void **state)
{
        (void) state;
        ones[0].is_there = false;
        assert_int_equal(choose(0), 1);
        ones[1].is_tried = true;
        assert_int_equal(choose(0), 2);
        ones[2].is_tried = true;
        assert_int_equal(choose(0), -1);
}

/* And what that is falls, until somebody is left. */
static void who_gives_back_too_little_is_passed_over(void **state)
{
        (void) state;
        ones[0].use_bytes = 64 * PL_MIB - 1;
        assert_int_equal(choose(0), 1);
        ones[1].use_bytes = 10 * PL_MIB;
        ones[2].use_bytes = 20 * PL_MIB;
        ones[0].use_bytes = 15 * PL_MIB;
        assert_int_equal(choose(0), 2);
        for (uint32_t i = 0; i < brief.count; i++)
                ones[i].use_bytes = PL_MIB - 1;
        assert_int_equal(choose(0), -1);
        /* A large one that may not be taken makes nobody else worth less. */
        ones[1].use_bytes = 2 * PL_MIB;
        ones[2].use_bytes = 8 * PL_GIB;
        brief.ranked[2].flags |= PL_CGROUP_PROTECTED;
        assert_int_equal(choose(0), 1);
}

static void an_old_ranking_counts_no_more(void **state)
{
        (void) state;
        ones[1].score_adj = 500;
        ones[2].score_adj = 500;
        ones[2].use_bytes = PL_GIB;
        assert_int_equal(choose(30), 0);
        assert_int_equal(choose(31), 2);
        ones[1].score_adj = 501;
        assert_int_equal(choose(31), 1);
        /* Of equals the one that the ranking had first. */
        ones[1] = ones[2];
        assert_int_equal(choose(31), 1);
}

/* The kernel takes none, and nobody else says that one may go. */
static void then_who_may_never_be_killed_is_not(void **state)
{
        (void) state;
        brief.count = 1;
        ones[0].score_adj = PL_PROCESS_SCORE_ADJ_MIN;
        assert_int_equal(choose(0), 0);
        assert_int_equal(choose(31), -1);
}

/* Whatever there is: who is chosen may be. */
static void no_choice_is_ever_wrong(void **state)
{
        static const uint32_t never = PL_CGROUP_PROTECTED | PL_CGROUP_OBSERVED | PL_CGROUP_PAUSED |
                                      PL_CGROUP_RESTORED;
        struct test_random random = { .state = 7 };
        uint32_t chosen_count = 0;

        (void) state;
        for (int run = 0; run < 20000; run++) {
                int chosen;

                brief.count = (uint32_t) test_random_below(&random, PL_MATE_RANKED_MAX + 1);
                brief.worth_bytes = test_random_size(&random);
                for (uint32_t i = 0; i < PL_MATE_RANKED_MAX; i++) {
                        brief.ranked[i].flags = (uint32_t) test_random(&random) &
                                                (uint32_t) test_random(&random);
                        ones[i] = (struct pl_guard_one){
                                .is_there = test_random_below(&random, 4) > 0,
                                .is_tried = test_random_below(&random, 4) == 0,
                                .use_bytes = test_random_size(&random),
                                .score_adj = (int32_t) test_random_below(&random, 2001) - 1000,
                        };
                }
                chosen = choose(test_random_below(&random, 60));
                if (chosen < 0)
                        continue;
                chosen_count++;
                assert_true((uint32_t) chosen < brief.count);
                assert_int_equal(brief.ranked[chosen].flags & never, 0);
                assert_true(brief.ranked[chosen].flags & PL_CGROUP_WORKLOAD);
                assert_true(ones[chosen].is_there && !ones[chosen].is_tried);
                assert_true(ones[chosen].use_bytes >= PL_MIB);
        }
        assert_true(chosen_count > 1000);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup(who_stands_still_while_memory_is_short_is_stood_in_for,
                                       set_up),
                cmocka_unit_test_setup(a_daemon_that_moves_is_left_to_it, set_up),
                cmocka_unit_test_setup(what_the_policy_does_not_do_it_does_not, set_up),
                cmocka_unit_test_setup(without_a_brief_there_is_nobody, set_up),
                cmocka_unit_test_setup(one_dies_at_a_time, set_up),
                cmocka_unit_test_setup(a_host_is_short_as_the_engine_has_it, set_up),
                cmocka_unit_test_setup(stalls_do_not_count_while_a_throttle_is_laid, set_up),
                cmocka_unit_test_setup(the_first_of_the_ranking_goes, set_up),
                cmocka_unit_test_setup(nobody_goes_who_may_not, set_up),
                cmocka_unit_test_setup(what_holds_workloads_is_none, set_up),
                cmocka_unit_test_setup(who_is_gone_or_was_tried_is_passed_over, set_up),
                cmocka_unit_test_setup(who_gives_back_too_little_is_passed_over, set_up),
                cmocka_unit_test_setup(an_old_ranking_counts_no_more, set_up),
                cmocka_unit_test_setup(then_who_may_never_be_killed_is_not, set_up),
                cmocka_unit_test_setup(no_choice_is_ever_wrong, set_up),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
