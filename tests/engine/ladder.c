/* SPDX-License-Identifier: Apache-2.0 */

/* What is done to one workload, what becomes of it, and what follows: outcomes of every kind in every state, and measures that
 * are taken back when they are not needed or not allowed any more.
 */

#include "told.h"

/* "a" is killed at 12 s, "b" would be next. */
#define KILLED                                                                                     \
        "step 10s\nsettings kill_deadline=3s\nhost available=650MiB full=0s kswapd=0\n"            \
        "facts a\nsample a current=4GiB anon=4GiB\nfacts b\nsample b current=3GiB anon=3GiB\n"     \
        "step +1s\nhost kswapd=+1\n" SCARCE
/* "a" is throttled at 10.5 s, for it grows. */
#define THROTTLED                                                                                  \
        "step 10s\nsettings throttle=3s\nhost available=1200MiB full=0s kswapd=0\n"                \
        "facts a rungs=throttle,kill\nsample a current=4GiB anon=4GiB\n" GROWS
#define GROWS "step +500ms\nhost available=-70MiB kswapd=+1\nsample a current=+70MiB anon=+70MiB\n"
#define CALM  "step +500ms\nhost available=8GiB\n"

/* ---- an end ---- */

static void what_is_said_last_of_one_that_died_counts(void **state)
{
        static const char *const lasts[] = { "failed", "late", "gone", "done bytes=4GiB" };

        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(lasts); i++) {
                struct pl_text trace = trace_begin(
                        KILLED "step +100ms\nhost\noutcome 1 a done bytes=10MiB\n"
                               "step +100ms\nhost\n");

                pl_text_addf(&trace, "outcome 1 a %s\nstep +500ms\nhost\n" SCARCE, lasts[i]);
                /* Ten MiB were no help, so there is no cool-down; four GiB are. It is dead in any case. */
                assert_said_times(judged_trace(&trace), i == 3 ? 0 : 1, "#2 kill b");
        }
}

static void an_outcome_of_another_decision_says_nothing(void **state)
{
        const char *told = judged(KILLED
                                  "step +100ms\nhost\noutcome 7 a done bytes=10MiB\n" SCARCE);

        (void) state;
        assert_not_said(told, "#2");
}

static void one_that_was_not_there_any_more_is_dead(void **state)
{
        const char *told = judged(KILLED "step +100ms\nhost\noutcome 1 a gone\n"
                                         "step +500ms\nhost\n" SCARCE);

        (void) state;
        assert_said(told, "#2 kill b");
}

static void one_that_could_not_be_killed_is_stuck_and_the_next_goes(void **state)
{
        static const char *const results[] = { "failed", "refused measure=kill", "late" };

        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(results); i++) {
                struct pl_text trace = trace_begin(KILLED "step +500ms\nhost\n");

                pl_text_addf(&trace, "outcome 1 a %s\n" SCARCE, results[i]);
                assert_said(judged_trace(&trace), "#2 kill b");
                assert_said(told_buffer, "a stuck, order 0");
        }
}

static void that_it_is_late_is_said_after_it_was_seen(void **state)
{
        /* Its deadline is at 15 s, and from then on it is stuck for as long. */
        const char *told = judged(KILLED "step +3s\nhost kswapd=+9 full=+1s\n"
                                         "step +100ms\nhost\noutcome 1 a late\n"
                                         "step +100ms\nhost\n");

        (void) state;
        assert_said(told, "#2 kill b");
        assert_said_times(told, 3, "a=stuck");
}

static void one_that_was_stuck_and_goes_is_one_that_died(void **state)
{
        const char *told = judged(KILLED SCARCE
                                  "outcome 1 a failed\n" SCARCE
                                  "outcome 2 b failed\ngone a\n" SCARCE SCARCE SCARCE SCARCE);

        (void) state;
        /* b is stuck until 17 s, and is spared in the cool-down of a kill that helped. */
        assert_said(told, "    #2 kill b");
        assert_said(
                told,
                "18s host is scarce: scarce stall reclaim; 600MiB left, stalls 30%; needs 200MiB; "
                "look in 100ms\n    order b; hot b\n");
}

static void one_that_died_is_looked_at_again_before_it_counts(void **state)
{
        static const char died[] = KILLED "step +500ms\nhost\noutcome 1 a partly bytes=1GiB\n"
                                          "sample a at=12400ms current=2GiB anon=2GiB\n"
                                          "step +100ms\nhost\nsample a at=12450ms\n";
        struct pl_text trace = trace_begin(died);

        (void) state;
        assert_said_times(judged_trace(&trace), 2, "    order b a=dying; hot b a\n");
        pl_text_add(&trace, "step +100ms\nhost\nsample a\n");
        assert_said_times(judged_trace(&trace), 1, "    order b a; hot b a\n");
        /* Whom nobody looks at is what he was, after ten seconds. */
        trace = trace_begin(died);
        pl_text_add(&trace, "step +9s\nhost\nstep +1s\nhost\n");
        assert_said_times(judged_trace(&trace), 3, "    order b a=dying; hot b a\n");
        assert_said_times(told_buffer, 1, "    order b a; hot b a\n");
}

/* ---- what is taken back ---- */

static void a_throttle_that_was_set_stays_until_its_deadline(void **state)
{
        const char *told = judged(THROTTLED "repeat 7\n" GROWS "outcome 1 a done\nend\n");

        (void) state;
        assert_said(told,
                    "#1 throttle a, order, amount 4166MiB, expects 280MiB, needs 4200MiB, until "
                    "13s500ms");
        assert_said(told, "\n13s500ms ");
        assert_said_times(told, 1, "release a, over");
}

static void nobody_has_died_of_a_throttle_whatever_is_said(void **state)
{
        const char *told = judged(THROTTLED GROWS "outcome 1 a done measure=kill\n" GROWS);

        (void) state;
        assert_said(told, "11s host is short: end-comes reclaim own-measure; ");
        assert_not_said(told, "a=dying");
        assert_not_said(told, "#2");
}

static void a_throttle_that_failed_is_undone_and_not_tried_again(void **state)
{
        static const char *const results[] = { "failed", "refused", "gone", "late" };

        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(results); i++) {
                struct pl_text trace = trace_begin(THROTTLED GROWS);

                pl_text_addf(&trace, "outcome 1 a %s\n" GROWS GROWS, results[i]);
                assert_said(judged_trace(&trace), "#2 release a, over");
                assert_not_said(told_buffer, "#3");
        }
}

static void a_throttle_is_released_when_nothing_may_be_done_to_it(void **state)
{
        static const char *const changes[] = {
                "facts a flags=+paused",    "facts a flags=+restored", "facts a flags=+protected",
                "settings flags=+observe",  "settings flags=+paused",  "settings flags=-host",
                "facts a flags=-populated",
        };

        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(changes); i++) {
                struct pl_text trace = trace_begin(THROTTLED GROWS);

                pl_text_addf(&trace, "%s\n" GROWS, changes[i]);
                assert_said(judged_trace(&trace), "#2 release a, over");
        }
}

static void who_is_gone_while_throttled_needs_no_release(void **state)
{
        const char *told = judged(THROTTLED CALM "gone a\n" CALM CALM CALM);

        (void) state;
        assert_not_said(told, "release");
}

static void what_was_reclaimed_is_over_with_its_outcome(void **state)
{
        static const char reclaims[] =
                "step 10s\nsettings\nhost available=700MiB full=0s kswapd=0\n"
                "facts a flags=+profile order=5 rungs=reclaim,kill\n"
                "sample a current=4GiB anon=1GiB file=3GiB inactive_file=2GiB\n"
                "facts b\nsample b current=1GiB\n"
                "step +1s\nhost available=600MiB kswapd=+1\n"
                "step +1s\nhost\noutcome 1 a failed\nstep +1s\nhost available=8GiB\n";

        (void) state;
        assert_said(judged(reclaims), "#1 reclaim a, order, amount 200MiB, expects 200MiB");
        assert_said(told_buffer, "13s host is calm; 8GiB left; look in 1s");
        assert_not_said(told_buffer, "#2");
}

/* ---- which measure ---- */

#define EASES(facts)                                                                               \
        "step 10s\nsettings patience=500ms\nhost available=1200MiB full=0s kswapd=0\n"             \
        "facts a " facts "\nsample a current=4GiB anon=4GiB\n" GROWS

static void what_somebody_else_froze_is_not_frozen(void **state)
{
        (void) state;
        assert_said(judged(EASES("rungs=freeze,kill")), "#1 freeze a");
        assert_not_said(judged(EASES("rungs=freeze,kill flags=+frozen")), "#1");
}

static void stalls_alone_freeze_nobody(void **state)
{
        const char *told = judged(
                "step 10s\nsettings\nhost available=2GiB full=0s kswapd=0\n"
                "facts a rungs=freeze,kill\nsample a current=4GiB anon=4GiB\n"
                "repeat 3\nstep +1s\nhost kswapd=+1 full=+500ms swapped_in=+90000\n"
                "sample a current=+9MiB anon=+9MiB\nend\n");

        (void) state;
        assert_said(told, "host is short: stall reclaim");
        assert_not_said(told, "#1");
}

static void who_would_be_throttled_below_the_floor_is_not(void **state)
{
        /* A throttle would hide the stalls that tell how scarce it is. */
        (void) state;
        assert_said(judged(EASES("rungs=throttle,freeze,kill")), "#1 throttle a");
        assert_said(judged(EASES("rungs=throttle,freeze,kill") "host available=600MiB\n"),
                    "#1 freeze a");
        assert_not_said(judged(EASES("rungs=throttle,kill") "host available=600MiB\n"), "#1");
}

static void who_is_slowed_by_his_own_high_is_not_throttled(void **state)
{
        /* What he uses is 4166 MiB: a throttle there would slow nobody, and hide the stalls. */
        (void) state;
        assert_said(judged(EASES("rungs=throttle,freeze,kill high=4167MiB")), "#1 throttle a");
        assert_said(judged(EASES("rungs=throttle,freeze,kill high=4166MiB")), "#1 freeze a");
        assert_not_said(judged(EASES("rungs=throttle,kill high=4GiB")), "#1");
}

static void what_is_frozen_is_not_throttled(void **state)
{
        const char *told = judged(EASES("rungs=freeze,kill") GROWS
                                  "facts a rungs=throttle,freeze,kill\n" GROWS GROWS);

        (void) state;
        assert_said(told, "#1 freeze a");
        assert_not_said(told, "throttle");
}

static void what_is_throttled_is_not_reclaimed_from(void **state)
{
        const char *told = judged("step 10s\nsettings patience=500ms\n"
                                  "host available=1200MiB full=0s kswapd=0\n"
                                  "facts b\nsample b current=1GiB\n"
                                  "facts a flags=+profile order=5 rungs=reclaim,throttle,kill\n"
                                  "sample a current=4GiB anon=4GiB\n" GROWS GROWS
                                  "sample a inactive_file=1GiB\n" GROWS GROWS);

        (void) state;
        assert_said(told, "#1 throttle a");
        assert_not_said(told, "reclaim a");
}

static void what_is_frozen_for_the_host_is_not_frozen_again_for_a_slice(void **state)
{
        /* One of the slice has died of the slice's shortage, so that for a while only what can be taken back is. */
        const char *told = judged(
                "step 10s\nsettings patience=500ms\nhost available=1200MiB full=0s kswapd=0\n"
                "facts s flags=-workload max=8GiB\nsample s current=8GiB anon=8GiB max=0\n"
                "facts a parent=s rungs=freeze,kill\nsample a current=4GiB anon=4GiB\n"
                "facts b parent=s flags=+profile order=9\nsample b current=3GiB anon=3GiB\n"
                "step +100ms\nhost\nsample s max=+9 full=+50ms\n"
                "step +100ms\nhost\noutcome 1 b done bytes=3GiB\ngone b\n"
                "repeat 4\nstep +500ms\nhost available=-70MiB kswapd=+1\n"
                "sample a current=+5MiB anon=+5MiB\nsample s max=+9 full=+250ms\nend\n");

        (void) state;
        assert_said(told, "#1 kill b");
        assert_said(told, "#2 freeze a, order");
        assert_said_times(told, 1, " freeze a");
        assert_said(told, "12s200ms host is short: end-comes reclaim; ");
        assert_said(told, "s is scarce: limit unreclaimable; 0 left");
}

static void one_measure_is_given_its_time_before_the_next(void **state)
{
        const char *told = judged("step 10s\nsettings patience=2s\n"
                                  "host available=1200MiB full=0s kswapd=0\n"
                                  "facts a rungs=throttle,kill\nsample a current=4GiB anon=4GiB\n"
                                  "facts b rungs=throttle,kill\nsample b current=3GiB anon=3GiB\n"
                                  "repeat 5\n" GROWS "sample b current=+50MiB anon=+50MiB\nend\n");

        (void) state;
        assert_said(told,
                    "#1 throttle a, order, amount 4166MiB, expects 280MiB, needs 4200MiB, until "
                    "40s500ms");
        assert_said(told,
                    "#2 throttle b, order, amount 3322MiB, expects 200MiB, needs 4200MiB, until "
                    "42s500ms");
}

/* ---- critical ---- */

static void critical_takes_more_only_where_more_is_needed_and_there(void **state)
{
        static const char enough[] = "step 10s\nsettings\nhost available=650MiB full=0s kswapd=0\n"
                                     "facts a\nsample a current=12GiB anon=12GiB\n"
                                     "facts b\nsample b current=1GiB anon=1GiB\n"
                                     "step +1s\nhost kswapd=+1\n" SCARCE
                                     "step +1s\nhost available=319MiB\n";
        static const char nobody[] = "step 10s\nsettings\nhost available=650MiB full=0s kswapd=0\n"
                                     "facts a\nsample a current=200MiB anon=200MiB\n"
                                     "step +1s\nhost kswapd=+1\n" SCARCE
                                     "step +1s\nhost available=100MiB\n";

        (void) state;
        assert_said(judged(enough), "13s host is critical: scarce critical");
        assert_not_said(told_buffer, "#2");
        assert_said(judged(nobody), "13s host is critical: scarce critical");
        assert_not_said(told_buffer, "#2");
}

static void critical_overrides_a_cool_down(void **state)
{
        static const char cooling[] = KILLED "step +500ms\noutcome 1 a done bytes=4GiB\ngone a\n"
                                             "host available=5GiB\n" SCARCE SCARCE;
        struct pl_text trace = trace_begin(cooling);

        (void) state;
        assert_not_said(judged_trace(&trace), "#2");
        pl_text_add(&trace, "step +1s\nhost available=300MiB\n");
        assert_said(judged_trace(&trace), "#2 kill b");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(what_is_said_last_of_one_that_died_counts),
                cmocka_unit_test(an_outcome_of_another_decision_says_nothing),
                cmocka_unit_test(one_that_was_not_there_any_more_is_dead),
                cmocka_unit_test(one_that_could_not_be_killed_is_stuck_and_the_next_goes),
                cmocka_unit_test(that_it_is_late_is_said_after_it_was_seen),
                cmocka_unit_test(one_that_was_stuck_and_goes_is_one_that_died),
                cmocka_unit_test(one_that_died_is_looked_at_again_before_it_counts),
                cmocka_unit_test(a_throttle_that_was_set_stays_until_its_deadline),
                cmocka_unit_test(nobody_has_died_of_a_throttle_whatever_is_said),
                cmocka_unit_test(a_throttle_that_failed_is_undone_and_not_tried_again),
                cmocka_unit_test(a_throttle_is_released_when_nothing_may_be_done_to_it),
                cmocka_unit_test(who_is_gone_while_throttled_needs_no_release),
                cmocka_unit_test(what_was_reclaimed_is_over_with_its_outcome),
                cmocka_unit_test(what_somebody_else_froze_is_not_frozen),
                cmocka_unit_test(stalls_alone_freeze_nobody),
                cmocka_unit_test(who_would_be_throttled_below_the_floor_is_not),
                cmocka_unit_test(who_is_slowed_by_his_own_high_is_not_throttled),
                cmocka_unit_test(what_is_frozen_is_not_throttled),
                cmocka_unit_test(what_is_throttled_is_not_reclaimed_from),
                cmocka_unit_test(what_is_frozen_for_the_host_is_not_frozen_again_for_a_slice),
                cmocka_unit_test(one_measure_is_given_its_time_before_the_next),
                cmocka_unit_test(critical_takes_more_only_where_more_is_needed_and_there),
                cmocka_unit_test(critical_overrides_a_cool_down),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
