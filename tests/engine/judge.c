/* SPDX-License-Identifier: Apache-2.0 */

/* Whose shortage it is and how bad: what counts as evidence of the host's and of a cgroup's own, and what does not. */

#include "told.h"

/* ---- the host ---- */

static void a_host_that_was_not_looked_at_is_not_short(void **state)
{
        (void) state;
        assert_said(judged("step 10s\nsettings\nhost total=16GiB\n"), "10s host is calm; 0 left");
        /* A look that is missing says nothing of now. */
        assert_said(judged(WELL "step +1001ms\nhost at=10s available=1MiB\n"),
                    "host is calm; 8GiB");
        assert_said(judged(WELL SCARCE "step +3s\nhost at=11s\n"),
                    "14s host is scarce; 600MiB left");
}

static void looks_that_are_too_near_to_each_other_are_one(void **state)
{
        const char *told = judged(WELL "step +49ms\nhost available=600MiB\n"
                                       "step +1ms\nhost available=600MiB\n");

        (void) state;
        assert_said(told, "10s49ms host is calm; 8GiB left");
        assert_said(told, "10s50ms host is short: scarce");
}

static void an_allocation_that_has_to_reclaim_is_the_hosts_reclaim(void **state)
{
        const char *told = judged("step 10s\nsettings\nhost available=1GiB full=0s allocstall=7\n"
                                  "step +1s\nhost allocstall=+1 full=+100ms\n"
                                  "step +1s\nhost allocstall=+0 full=+100ms\n");

        (void) state;
        assert_said(told, "11s host is watch: stall reclaim; 1GiB left, stalls 10%");
        assert_said(told, "12s host is watch; 1GiB left, stalls 10%");
}

static void stalls_are_a_shortage_where_pages_go_in_circles_and_memory_is_little(void **state)
{
        static const struct {
                const char *available, *swapped_in;
                unsigned is_short;
        } rows[] = {
                { "2559MiB", "20480", 1 },
                { "2559MiB", "20479", 0 },
                { "2560MiB", "20480", 0 },
        };

        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(rows); i++) {
                struct pl_text trace = trace_begin(
                        "step 10s\nsettings\nhost full=0s kswapd=0 swapped_in=0 ");

                pl_text_addf(&trace, "available=%s\nstep +1s\n", rows[i].available);
                pl_text_addf(&trace, "host kswapd=+9 full=+100ms swapped_in=+%s\n",
                             rows[i].swapped_in);
                judged_trace(&trace);
                assert_said_times(told_buffer, rows[i].is_short,
                                  "11s host is short: stall reclaim;");
                assert_said_times(told_buffer, 1 - rows[i].is_short,
                                  "11s host is watch: stall reclaim;");
        }
}

static void stalls_with_memory_to_spare_are_watched(void **state)
{
        const char *told = judged(WELL "step +1s\nhost kswapd=+9 full=+500ms\n");

        (void) state;
        assert_said(told, "11s host is watch: stall reclaim; 8GiB left, stalls 50%; look in 250ms");
}

static void nobody_stalls_longer_than_it_lasts(void **state)
{
        (void) state;
        /* The two clocks are not read at the same time. */
        assert_said(judged(WELL "step +1s\nhost kswapd=+9 full=+1001ms\n"), "stalls 100%;");
}

static void without_pressure_in_the_kernel_amounts_decide(void **state)
{
        const char *told = judged("step 10s\nsettings\nhost available=600MiB kswapd=0\nfacts a\n"
                                  "sample a current=4GiB\n"
                                  "repeat 3\nstep +1s\nhost kswapd=+900 available=-100MiB\nend\n");

        (void) state;
        assert_said(told, "11s host is short: scarce end-comes reclaim; 500MiB left");
        assert_said(told, "13s host is critical: scarce critical end-comes reclaim; 300MiB left");
        assert_said(told, "#1 kill a, order");
}

static void room_in_swap_keeps_it_from_being_critical(void **state)
{
        static const char few[] = "step 10s\nsettings\nhost available=300MiB swap_free=640MiB\n";
        static const char none[] = "step 10s\nsettings\nhost available=300MiB swap_free=639MiB\n";

        (void) state;
        assert_said(judged(few), "host is short: scarce;");
        assert_said(judged(none), "host is critical: scarce critical;");
}

static void thrash_is_with_little_memory_alone(void **state)
{
        struct pl_text trace = trace_begin(WELL "host available=2560MiB swapped_in=0\n");
        static const char thrashes[] = "repeat 12\nstep +1s\nhost kswapd=+90000 full=+500ms "
                                       "swapped_in=+90000\nend\n";

        (void) state;
        pl_text_add(&trace, thrashes);
        assert_said(judged_trace(&trace), "22s host is watch: stall reclaim; 2560MiB left");
        assert_not_said(told_buffer, "thrash");
        trace = trace_begin(WELL "host available=2559MiB swapped_in=0\n");
        pl_text_add(&trace, thrashes);
        assert_said(judged_trace(&trace), "20s host is short: stall reclaim; 2559MiB left");
        assert_said(told_buffer, "21s host is scarce: stall thrash reclaim; 2559MiB left");
}

static void thrash_that_pauses_begins_anew(void **state)
{
        const char *told = judged(
                "step 10s\nsettings thrash=3s\nhost available=1GiB full=0s kswapd=0 "
                "refault_file=0 refault_anon=0\n"
                "repeat 3\nstep +1s\nhost kswapd=+90000 full=+500ms refault_file=+90000\nend\n"
                "step +1s\nhost kswapd=+90000 full=+500ms\n"
                "repeat 4\nstep +1s\nhost kswapd=+90000 full=+500ms refault_anon=+90000\nend\n");

        (void) state;
        assert_said(told, "17s host is short: stall reclaim;");
        assert_said(told, "18s host is scarce: stall thrash reclaim");
}

static void the_end_is_near_when_two_looks_say_so(void **state)
{
        static const char falls[] = "step 10s\nsettings\nhost available=1800MiB\n"
                                    "step +500ms\nhost available=1200MiB\n"
                                    "step +100ms\nhost at=10500ms\nstep +100ms\nhost at=10500ms\n";
        const char *told = judged(falls);

        (void) state;
        /* The same look again is no second one. */
        assert_not_said(told, "end-near");
        assert_said_times(told, 3, "host is short: end-comes");
}

static void what_could_not_be_read_for_a_while_has_not_risen_at_once(void **state)
{
        /* Sixty seconds of stalls and a million pages, with the third look. */
        static const char unread[] = "step 10s\nsettings\nhost available=1GiB kswapd=0\n"
                                     "step +1s\nhost available=-10MiB kswapd=+9\n"
                                     "step +1s\nhost available=-10MiB kswapd=+9 full=60s "
                                     "swapped_in=1000000\n";
        struct pl_text trace = trace_begin(unread);

        (void) state;
        assert_said(judged_trace(&trace),
                    "11s host is watch: reclaim; 1014MiB left, falls 10MiB/s");
        assert_said(told_buffer, "12s host is watch; 1004MiB left; look in 122ms558us");
        pl_text_add(&trace, "step +1s\nhost kswapd=+9 full=+200ms swapped_in=+100000\n");
        assert_said(judged_trace(&trace),
                    "13s host is short: stall reclaim; 1004MiB left, stalls 20%");
}

/* ---- when it is looked at again ---- */

static void the_less_is_left_the_sooner_is_the_next_look(void **state)
{
        (void) state;
        assert_said(judged("step 10s\nsettings floor=1MiB\nhost available=100GiB\n"), "look in 1s");
        assert_said(judged("step 10s\nsettings floor=1MiB\nhost available=4GiB\n"),
                    "look in 500ms");
        assert_said(judged("step 10s\nsettings floor=1MiB\nhost available=3MiB\n"),
                    "look in 100ms");
}

/* ---- a cgroup at its own limit ---- */

#define LIMITED                                                                                    \
        WELL "facts app max=1GiB\nsample app current=1GiB anon=1000MiB max=0 full=0s "             \
             "refault_file=0\n"

static void meeting_the_limit_is_watched_and_no_more(void **state)
{
        const char *told = judged(WELL "facts app max=1GiB\nsample app current=1GiB anon=100MiB "
                                       "max=0 full=0s refault_file=0\n"
                                       "step +1s\nhost\nsample app max=+9 refault_file=+900\n"
                                       "step +1s\nhost\nsample app max=+9 full=+900ms\n"
                                       "step +1s\nhost\nsample app\n");

        (void) state;
        assert_said_times(told, 2, "app is watch: limit; 0 left");
        /* One look in which it is not met is enough. */
        assert_said_times(told, 2, "app is watch");
        assert_not_said(told, "#1");
}

static void what_fits_into_swap_can_be_reclaimed(void **state)
{
        const char *told = judged(LIMITED "host swap_free=1GiB\nstep +1s\nhost\n"
                                          "sample app max=+9 full=+500ms\n"
                                          "facts app swap_max=10MiB\nstep +1s\nhost\n"
                                          "sample app max=+9 full=+500ms\n");

        (void) state;
        assert_said(told, "app is watch: limit;");
        assert_said(told, "app is scarce: limit unreclaimable;");
}

static void a_limit_that_is_met_after_twelve_calm_seconds_is_forgotten(void **state)
{
        const char *told = judged(WELL "facts app max=1GiB\nsample app current=1000MiB max=0\n"
                                       "step +1s\nhost\nsample app max=+9 current=+10MiB\n"
                                       "step +11s\nhost\nstep +1s\nhost\nstep +1s\nhost\n");

        (void) state;
        assert_said(told, "app is watch: limit; 14MiB left, falls 10MiB/s, ends in 1s400ms");
        assert_said_times(told, 2, "app is watch");
}

static void our_own_measure_in_a_cgroup_makes_its_stalls_no_evidence(void **state)
{
        const char *told = judged(
                "step 10s\nsettings\nhost available=1200MiB full=0s kswapd=0\n"
                "facts app max=16GiB rungs=throttle,kill\n"
                "sample app current=3GiB anon=2GiB max=0 full=0s refault_file=0\n"
                "step +500ms\nhost available=-100MiB kswapd=+1\nsample app current=+100MiB\n"
                "step +500ms\nhost available=-100MiB kswapd=+1\n"
                "sample app current=+100MiB max=+9 full=+400ms refault_file=+9000\n");

        (void) state;
        assert_said(told, "#1 throttle app");
        assert_said(told, "app is watch: own-measure limit;");
}

static void what_was_counted_before_a_kill_ended_is_no_evidence_after_it(void **state)
{
        /* It gave nothing back, so there is no cool-down either. */
        struct pl_text trace = trace_begin(
                LIMITED "facts b parent=app flags=+profile order=9\nsample b current=900MiB\n"
                        "step +1s\nhost\nsample app max=+9 full=+500ms\n"
                        "step +500ms\nhost\noutcome 1 b done bytes=1MiB\n"
                        "step +500ms\nhost\nsample app max=+9 full=+500ms\n");

        (void) state;
        assert_said(judged_trace(&trace), "#1 kill b, order");
        assert_not_said(told_buffer, "#2");
        pl_text_add(&trace, "step +500ms\nhost\nsample app max=+9 full=+500ms\n");
        assert_said(judged_trace(&trace), "#2 kill app, order");
}

static void a_local_shortage_is_not_answered_where_the_policy_says_so(void **state)
{
        const char *told = judged(LIMITED "settings flags=-local\nstep +1s\nhost\n"
                                          "sample app max=+9 full=+500ms\n");

        (void) state;
        assert_said(told, "app is scarce: limit unreclaimable");
        assert_not_said(told, "#1");
}

static void a_shortage_of_the_host_is_not_answered_where_the_policy_says_so(void **state)
{
        const char *told = judged(WELL "settings flags=-host\nfacts a\nsample a current=4GiB\n"
                                       "host available=700MiB\n" SCARCE SCARCE);

        (void) state;
        assert_said(told, "host is scarce: scarce stall reclaim");
        assert_not_said(told, "#1");
}

#define APP        "facts app max=4GiB\nsample app current=4GiB anon=2GiB max=0 full=0s refault_file=0\n"
#define APP_STALLS "step +500ms\nhost kswapd=+1\nsample app max=+9 full=+1s refault_file=+9000\n"

static void what_is_done_elsewhere_is_no_matter_of_a_cgroup(void **state)
{
        static const char throttled[] =
                "step 10s\nsettings\nhost available=1200MiB full=0s kswapd=0\n"
                "facts a rungs=throttle,kill\nsample a current=1GiB anon=1GiB\n" APP
                "step +500ms\nhost available=-100MiB kswapd=+1\n"
                "sample a current=+100MiB anon=+100MiB\n" APP_STALLS;
        static const char dying[] =
                "step 10s\nsettings\nhost available=600MiB full=0s kswapd=0\n"
                "facts b flags=+profile order=9\nsample b current=1GiB anon=1GiB\n" APP SCARCE
                        APP_STALLS;

        (void) state;
        assert_said(judged(throttled), "#1 throttle a, order");
        assert_said(told_buffer, "#2 kill app, order, expects 2GiB, needs 256MiB");
        assert_said(judged(dying), "#1 kill b, order");
        assert_said(told_buffer, "#2 kill app, order, expects 2GiB, needs 256MiB");
}

/* A moment of it would seem as much as all others have. */
static void for_what_a_protected_one_takes_others_do_not_go_beforehand(void **state)
{
        const char *told = judged("step 10s\nsettings\nhost available=3GiB full=0s kswapd=0\n"
                                  "facts p flags=+protected\nsample p current=1GiB anon=1GiB\n"
                                  "facts a\nsample a current=700MiB anon=700MiB\n"
                                  "facts b\nsample b current=600MiB anon=600MiB\n"
                                  "facts c\nsample c current=500MiB anon=500MiB\n" SCARCE
                                  "sample p current=+2400MiB anon=+2400MiB\n");

        (void) state;
        assert_said(told, "#1 kill a, order");
        assert_said(told, "needs 200MiB");
        assert_not_said(told, "#2");
}

/* ---- who is worth it ---- */

#define SHORT "step 10s\nsettings\nhost available=600MiB full=0s kswapd=0\n"

static void growth_that_is_none_makes_no_culprit(void **state)
{
        const char *told = judged(SHORT "facts a\nsample a current=4GiB anon=4GiB\n" SCARCE
                                        "sample a current=+500KiB anon=+500KiB\n");

        (void) state;
        assert_said(told, "#1 kill a, order, expects 4194804KiB, needs 200MiB");
        assert_said(told, "1. a chosen, order 0, over 4194804KiB, grows 500KiB/s");
}

static void who_gives_back_less_than_a_kill_is_worth_is_left_alone(void **state)
{
        const char *told = judged(
                SHORT "facts a flags=+profile order=9\nsample a current=159MiB anon=159MiB\n"
                      "facts b\nsample b current=160MiB anon=160MiB\n" SCARCE);

        (void) state;
        assert_said(told, "#1 kill b, order");
        assert_said(told, "1. a small, order 9");
}

static void less_than_a_page_is_nothing(void **state)
{
        const char *told = judged(
                SHORT "facts a flags=+profile order=9\nsample a current=1GiB anon=4095 file=1GiB\n"
                      "facts b flags=+profile order=9\nsample b current=1GiB anon=4KiB file=1GiB\n"
                      "facts c\nsample c current=1GiB anon=1GiB\n" SCARCE);

        (void) state;
        assert_said(told, "    order b c a=small; ");
        assert_said(told, "#1 kill c, order");
}

static void who_is_not_worth_a_kill_does_not_cover_for_one_that_grows(void **state)
{
        /* Twice 159 MiB would be enough for what a takes, which has a limit. */
        const char *told = judged(
                SHORT "facts b flags=+profile order=9\nsample b current=159MiB anon=159MiB\n"
                      "facts c flags=+profile order=9\nsample c current=159MiB anon=159MiB\n"
                      "facts a max=1074MiB\nsample a current=1000MiB anon=1000MiB\n" SCARCE
                      "sample a current=+50MiB anon=+50MiB\n");

        (void) state;
        assert_said(told, "#1 kill a, grower, expects 1050MiB, needs 224MiB");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_host_that_was_not_looked_at_is_not_short),
                cmocka_unit_test(looks_that_are_too_near_to_each_other_are_one),
                cmocka_unit_test(an_allocation_that_has_to_reclaim_is_the_hosts_reclaim),
                cmocka_unit_test(
                        stalls_are_a_shortage_where_pages_go_in_circles_and_memory_is_little),
                cmocka_unit_test(stalls_with_memory_to_spare_are_watched),
                cmocka_unit_test(nobody_stalls_longer_than_it_lasts),
                cmocka_unit_test(without_pressure_in_the_kernel_amounts_decide),
                cmocka_unit_test(room_in_swap_keeps_it_from_being_critical),
                cmocka_unit_test(thrash_is_with_little_memory_alone),
                cmocka_unit_test(thrash_that_pauses_begins_anew),
                cmocka_unit_test(the_end_is_near_when_two_looks_say_so),
                cmocka_unit_test(what_could_not_be_read_for_a_while_has_not_risen_at_once),
                cmocka_unit_test(the_less_is_left_the_sooner_is_the_next_look),
                cmocka_unit_test(meeting_the_limit_is_watched_and_no_more),
                cmocka_unit_test(what_fits_into_swap_can_be_reclaimed),
                cmocka_unit_test(a_limit_that_is_met_after_twelve_calm_seconds_is_forgotten),
                cmocka_unit_test(our_own_measure_in_a_cgroup_makes_its_stalls_no_evidence),
                cmocka_unit_test(what_was_counted_before_a_kill_ended_is_no_evidence_after_it),
                cmocka_unit_test(a_local_shortage_is_not_answered_where_the_policy_says_so),
                cmocka_unit_test(a_shortage_of_the_host_is_not_answered_where_the_policy_says_so),
                cmocka_unit_test(what_is_done_elsewhere_is_no_matter_of_a_cgroup),
                cmocka_unit_test(for_what_a_protected_one_takes_others_do_not_go_beforehand),
                cmocka_unit_test(growth_that_is_none_makes_no_culprit),
                cmocka_unit_test(who_gives_back_less_than_a_kill_is_worth_is_left_alone),
                cmocka_unit_test(less_than_a_page_is_nothing),
                cmocka_unit_test(who_is_not_worth_a_kill_does_not_cover_for_one_that_grows),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
