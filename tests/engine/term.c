/* SPDX-License-Identifier: Apache-2.0 */

/* Who is asked to go, and what follows: he goes, he cannot be asked, his grace is over, or it is not needed any more. */

#include "told.h"

#define ASKED(facts)                                                                               \
        "step 10s\nsettings\nhost available=650MiB full=0s kswapd=0\n"                             \
        "facts a flags=+returns rungs=term,kill grace=5s " facts                                   \
        "\nsample a current=4GiB anon=4GiB\nstep +1s\nhost kswapd=+1\n" SCARCE

static void who_has_time_to_go_is_asked(void **state)
{
        (void) state;
        assert_said(judged(ASKED("")), "#1 term a");
        assert_said(judged(ASKED("flags=-returns")), "#1 kill a");
        assert_said(judged(ASKED("rungs=kill")), "#1 kill a");
        assert_said(judged(ASKED("rungs=term flags=-returns")), "#1 term a");
        /* The end is nearer than its grace. */
        assert_said(judged(ASKED("grace=5s") "host available=480MiB\n"), "#1 kill a");
        assert_said(judged(ASKED("") "host available=300MiB\n"), "#1 kill a");
}

static void when_it_gets_critical_there_is_no_time_for_grace(void **state)
{
        const char *told = judged(ASKED("") "step +1s\nhost available=300MiB\n");

        (void) state;
        assert_said(told, "#2 kill a, over, expects 4GiB, until 23s");
        assert_not_said(judged(ASKED("rungs=term") "step +1s\nhost available=300MiB\n"), "#2");
}

/* It may be the mate who ends somebody just now. */
static void while_nobody_may_be_ended_grace_goes_on(void **state)
{
        const char *blind = ASKED("") "step +1s\nsettings flags=+blind\nhost available=300MiB\n";
        const char *sees = ASKED("") "step +1s\nsettings flags=+blind\nhost available=300MiB\n"
                                     "step +1s\nsettings flags=-blind\nhost available=300MiB\n";

        (void) state;
        assert_not_said(judged(blind), " kill a");
        assert_said(judged(sees), "#2 kill a, over");
}

static void who_was_asked_and_may_not_be_killed_any_more_stays(void **state)
{
        const char *told = judged(ASKED("") "step +1s\nhost\nfacts a flags=+protected\n"
                                            "step +5s\nhost kswapd=+5000 full=+2s\n");

        (void) state;
        assert_said(told, "    order a=protected; hot a\n");
        assert_not_said(told, " kill a");
}

static void a_step_without_evidence_at_the_end_of_grace_is_waited_out(void **state)
{
        /* At 17 s, when grace is over, nothing has stalled for a second. */
        const char *told = judged(
                ASKED("") "repeat 4\nstep +1s\nhost kswapd=+1000 full=+300ms\nend\n"
                          "step +500ms\nhost\nstep +500ms\nhost\n"
                          "step +400ms\nhost kswapd=+1000 full=+300ms\n");

        (void) state;
        assert_said_times(told, 1, " term a");
        assert_said_times(told, 1, " kill a, over");
        assert_said(told, "17s400ms host is scarce");
}

static void who_was_asked_for_a_shortage_that_has_passed_stays(void **state)
{
        /* The slice's, which is calm twelve seconds after it was seen last. */
        const char *told = judged(
                WELL "facts s flags=-workload max=4GiB\nsample s current=4GiB anon=4GiB "
                     "max=0\n"
                     "facts a parent=s flags=+returns rungs=term,kill grace=20s\n"
                     "sample a current=4GiB anon=4GiB\n"
                     "step +1s\nhost\nsample s max=+9 full=+500ms\n"
                     "step +12s\nhost\nstep +8s\nhost\n");

        (void) state;
        assert_said(told, "#1 term a, order");
        assert_said(told, "31s host is calm; 8GiB left; look in 1s\n    order a; hot a\n");
}

static void a_drill_that_was_asked_is_killed_where_no_other_limit_is_acted_for(void **state)
{
        const char *told = judged(
                WELL "settings flags=host\nfacts d flags=+drill,returns rungs=term,kill grace=2s "
                     "max=64MiB swap_max=0\nsample d current=64MiB anon=63MiB max=0 full=0s\n"
                     "repeat 4\nstep +1s\nhost\nsample d max=+9 full=+500ms\nend\n");

        (void) state;
        assert_said(told, "#1 term d, order");
        assert_said(told, "#2 kill d, over");
}

/* ---- what becomes of it ---- */

#define NEXT "facts b flags=+profile order=-9\nsample b current=3GiB anon=3GiB\n"

static void one_that_was_asked_and_goes_is_one_that_died(void **state)
{
        const char *told = judged(
                "step 10s\nsettings\nhost available=650MiB full=0s kswapd=0\n"
                "facts a flags=+returns rungs=term,kill\nsample a current=4GiB anon=4GiB\n"
                "facts b\nsample b current=3GiB anon=3GiB\n"
                "step +1s\nhost kswapd=+1\n" SCARCE SCARCE "gone a\n" SCARCE SCARCE);

        (void) state;
        assert_said(told, "#1 term a");
        assert_not_said(told, "#2");
}

static void one_that_was_asked_and_has_gone_is_dead(void **state)
{
        const char *told = judged(ASKED("") NEXT
                                  "step +500ms\nhost\noutcome 1 a done bytes=4GiB\n" SCARCE SCARCE);

        (void) state;
        assert_said_times(told, 3, "    order b a=dying; ");
        /* It helped, so there is a cool-down. */
        assert_not_said(told, "#2");
}

static void one_that_could_not_be_asked_is_not_waited_for(void **state)
{
        static const char *const results[] = { "failed error=3", "refused", "late" };

        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(results); i++) {
                struct pl_text trace = trace_begin(ASKED("") NEXT SCARCE);

                pl_text_addf(&trace, "outcome 1 a %s\n", results[i]);
                assert_said(judged_trace(&trace), "#2 kill a, over, ");
                /* Who has no other rung is let go, for one who has. */
                trace = trace_begin(ASKED("rungs=term") NEXT SCARCE);
                pl_text_addf(&trace, "outcome 1 a %s\n" SCARCE, results[i]);
                assert_said(judged_trace(&trace), "#2 kill b");
        }
}

static void one_that_was_asked_and_is_empty_has_gone(void **state)
{
        const char *told = judged(ASKED("") NEXT
                                  "step +100ms\nhost\nfacts a flags=-populated\n" SCARCE SCARCE);

        (void) state;
        assert_said(told, "12s100ms host is scarce; 600MiB left");
        assert_said_times(told, 3, "    order b a=dying; ");
        assert_not_said(told, "#2");
}

static void that_it_has_gone_may_be_said_after_it_was_seen(void **state)
{
        static const char *const measures[] = { "term", "kill", "reclaim" };

        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(measures); i++) {
                struct pl_text trace = trace_begin(
                        ASKED("") NEXT "settings cool_down=0s\n"
                                       "step +100ms\nhost\nfacts a flags=-populated\n"
                                       "step +100ms\nhost\nsample a current=0 anon=0\n" SCARCE);

                /* What was counted until then says nothing; of what is no end nothing is said. */
                pl_text_addf(&trace, "outcome 1 a done measure=%s bytes=4GiB\n", measures[i]);
                assert_said_times(judged_trace(&trace), i < 2 ? 0 : 1, "#2 kill b");
                assert_said(told_buffer, "    order b a=empty; ");
        }
}

static void who_was_asked_for_a_slice_that_is_short_still_is_killed(void **state)
{
        const char *told = judged(WELL
                                  "facts s flags=-workload max=4GiB\n"
                                  "sample s current=4GiB anon=4GiB max=0 full=0s\n"
                                  "facts a parent=s flags=+returns rungs=term,kill grace=2s\n"
                                  "sample a current=4GiB anon=4GiB\n"
                                  "repeat 3\nstep +1s\nhost\nsample s max=+9 full=+500ms\nend\n");

        (void) state;
        assert_said(told, "#1 term a, order, expects 4GiB, needs 256MiB, until 13s");
        assert_said(told, "#2 kill a, over, expects 4GiB, until 23s; s is scarce");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(who_has_time_to_go_is_asked),
                cmocka_unit_test(when_it_gets_critical_there_is_no_time_for_grace),
                cmocka_unit_test(who_was_asked_and_may_not_be_killed_any_more_stays),
                cmocka_unit_test(while_nobody_may_be_ended_grace_goes_on),
                cmocka_unit_test(a_step_without_evidence_at_the_end_of_grace_is_waited_out),
                cmocka_unit_test(who_was_asked_for_a_shortage_that_has_passed_stays),
                cmocka_unit_test(
                        a_drill_that_was_asked_is_killed_where_no_other_limit_is_acted_for),
                cmocka_unit_test(one_that_was_asked_and_goes_is_one_that_died),
                cmocka_unit_test(one_that_was_asked_and_has_gone_is_dead),
                cmocka_unit_test(one_that_could_not_be_asked_is_not_waited_for),
                cmocka_unit_test(one_that_was_asked_and_is_empty_has_gone),
                cmocka_unit_test(that_it_has_gone_may_be_said_after_it_was_seen),
                cmocka_unit_test(who_was_asked_for_a_slice_that_is_short_still_is_killed),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
