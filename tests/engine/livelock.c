/* SPDX-License-Identifier: Apache-2.0 */

/* memory.high that only stalls a workload: what counts as that, and what follows. */

#include "told.h"

/* At its memory.high from 10 s on, where it does not get on; it is time at 20 s. */
#define LOCKED(facts)                                                                              \
        WELL "facts a high=1GiB livelock_after=10s " facts                                         \
             "\nsample a current=1GiB anon=1GiB high=0 full=0s\n"
#define LOOK "step +5s\nhost\nsample a high=+900 full=+3s\n"

static void it_takes_a_while_that_nothing_interrupts(void **state)
{
        static const char *const interruptions[] = {
                "sample a\n",
                "sample a high=+900 full=+2s\n",
                "sample a full=+5s\n",
                "sample a high=+900 full=+5s current=-20MiB\nstep +1ms\nsample a current=+20MiB\n",
        };

        (void) state;
        assert_said(judged(LOCKED("") LOOK LOOK), "20s host is calm; 8GiB left; look in 1s\n    "
                                                  "#1 alarm a, livelock");
        for (size_t i = 0; i < PL_ARRAY_LENGTH(interruptions); i++) {
                struct pl_text trace = trace_begin(LOCKED("") LOOK "step +5s\nhost\n");

                pl_text_addf(&trace, "%s" LOOK, interruptions[i]);
                assert_not_said(judged_trace(&trace), "#1");
        }
}

static void without_a_high_there_is_none(void **state)
{
        (void) state;
        assert_not_said(judged(LOCKED("high=max") LOOK LOOK LOOK), "#1");
}

static void what_we_throttled_hangs_by_our_own_hand(void **state)
{
        const char *told = judged(
                "step 10s\nsettings\nhost available=1200MiB full=0s kswapd=0\n"
                "facts a high=4300MiB livelock_after=0s rungs=throttle,kill\n"
                "sample a current=4GiB anon=4GiB high=0 full=0s\n"
                "step +1s\nhost available=-200MiB\nsample a current=+200MiB anon=+200MiB\n"
                "step +1s\nhost available=-200MiB\nsample a high=+900 full=+1s\n");

        (void) state;
        assert_said(told, "#1 throttle a");
        assert_not_said(told, "livelock");
}

static void it_is_answered_again_when_it_lasts(void **state)
{
        const char *told = judged(LOCKED("") "settings hold=15s\n" LOOK LOOK LOOK LOOK LOOK LOOK);

        (void) state;
        assert_said_times(told, 2, "alarm a, livelock");
        assert_said(told, "35s host is calm; 8GiB left; look in 1s\n    #2 alarm a");
}

static void who_may_not_be_touched_gets_an_alarm(void **state)
{
        static const char *const facts[] = {
                "flags=+protected",
                "flags=+observed",
                "flags=+paused",
                "flags=-workload",
        };

        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(facts); i++) {
                struct pl_text trace = trace_begin(LOCKED("livelock=relax"));

                pl_text_addf(&trace, "facts a %s\n" LOOK LOOK, facts[i]);
                assert_said(judged_trace(&trace), "#1 alarm a, livelock");
                trace = trace_begin(LOCKED("livelock=kill"));
                pl_text_addf(&trace, "facts a %s\n" LOOK LOOK, facts[i]);
                assert_said(judged_trace(&trace), "#1 alarm a, livelock");
        }
        assert_said(judged(LOCKED("livelock=kill rungs=term") LOOK LOOK), "#1 alarm a, livelock");
}

static void while_all_is_paused_nothing_is_said(void **state)
{
        (void) state;
        assert_not_said(judged(LOCKED("livelock=kill") "settings flags=+paused\n" LOOK LOOK), "#1");
}

static void where_nothing_is_acted_upon_there_is_an_alarm(void **state)
{
        static const char *const livelocks[] = { "livelock=kill", "livelock=relax" };

        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(livelocks); i++) {
                struct pl_text trace = trace_begin(LOCKED("") "settings flags=-host,local\n");

                pl_text_addf(&trace, "facts a %s\n" LOOK LOOK, livelocks[i]);
                assert_said(judged_trace(&trace), "#1 alarm a, livelock");
        }
}

/* The profile's word is of this workload, and stands where shortages of others at their limits are left alone. */
static void what_its_profile_says_stands_above_what_is_said_of_all(void **state)
{
        (void) state;
        assert_said(judged(LOCKED("livelock=kill") "settings flags=-local\n" LOOK LOOK),
                    "#1 kill a, livelock");
        assert_said(judged(LOCKED("livelock=kill") "settings flags=-host\n" LOOK LOOK),
                    "#1 kill a, livelock");
}

static void before_everybody_is_known_it_waits(void **state)
{
        const char *told = judged(LOCKED("livelock=kill") "settings flags=+blind\n" LOOK LOOK
                                                          "step +5s\nhost\nsettings flags=-blind\n"
                                                          "sample a high=+900 full=+3s\n");

        (void) state;
        assert_said(told, "#1 kill a, livelock");
        assert_said(told, "until 35s");
        assert_not_said(told, "alarm");
}

static void high_is_relaxed_by_a_quarter_and_not_above_max(void **state)
{
        (void) state;
        assert_said(judged(LOCKED("livelock=relax") LOOK LOOK),
                    "#1 relax a, livelock, amount 1280MiB");
        assert_said(judged(LOCKED("livelock=relax max=1100MiB") LOOK LOOK), "amount 1100MiB");
}

static void who_is_being_ended_already_is_not_killed_for_it(void **state)
{
        const char *told = judged(
                LOCKED("livelock=kill") "settings hold=0s kill_deadline=6s\n" LOOK LOOK LOOK LOOK);

        (void) state;
        assert_said(told,
                    "#1 kill a, livelock, expects 1GiB, until 26s; a is scarce: high; max left");
        /* Dying, and stuck. */
        assert_said(told, "25s host is calm; 8GiB left; look in 100ms\n    #2 alarm a, livelock");
        assert_said(told, "30s host is calm; 8GiB left; look in 100ms\n    #3 alarm a, livelock");
}

static void without_a_max_its_end_is_not_in_sight(void **state)
{
        const char *told = judged(LOCKED("") LOOK
                                  "step +5s\nhost\nsample a current=+5MiB high=+900 full=+3s\n");

        (void) state;
        assert_said(
                told,
                "#1 alarm a, livelock, expects 1029MiB; a is scarce: high; max left, falls 1MiB/s, "
                "ends in never");
}

/* There is no shortage of its name, so nothing is counted anew when it has ended. */
static void a_kill_for_it_ends_like_any_other(void **state)
{
        const char *told = judged(LOCKED("livelock=kill") LOOK LOOK
                                  "step +1s\nhost\noutcome 1 a done bytes=1GiB\n"
                                  "step +1s\nhost\ngone a\n");

        (void) state;
        assert_said(told, "21s host is calm; 8GiB left; look in 100ms\n    order a=dying");
        assert_said(told, "22s host is calm; 8GiB left; look in 1s\n    order; hot");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(it_takes_a_while_that_nothing_interrupts),
                cmocka_unit_test(without_a_high_there_is_none),
                cmocka_unit_test(what_we_throttled_hangs_by_our_own_hand),
                cmocka_unit_test(it_is_answered_again_when_it_lasts),
                cmocka_unit_test(who_may_not_be_touched_gets_an_alarm),
                cmocka_unit_test(while_all_is_paused_nothing_is_said),
                cmocka_unit_test(where_nothing_is_acted_upon_there_is_an_alarm),
                cmocka_unit_test(what_its_profile_says_stands_above_what_is_said_of_all),
                cmocka_unit_test(before_everybody_is_known_it_waits),
                cmocka_unit_test(high_is_relaxed_by_a_quarter_and_not_above_max),
                cmocka_unit_test(who_is_being_ended_already_is_not_killed_for_it),
                cmocka_unit_test(without_a_max_its_end_is_not_in_sight),
                cmocka_unit_test(a_kill_for_it_ends_like_any_other),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
