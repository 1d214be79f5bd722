/* SPDX-License-Identifier: Apache-2.0 */

/* More of everything than there is room for: nothing is lost but what waits for the next step, and nobody is overlooked. */

#include "plimsoll/base/clock.h"
#include "plimsoll/base/size.h"
#include "told.h"

static void the_sixteen_largest_of_those_that_may_not_go_are_named(void **state)
{
        struct pl_text trace = trace_begin(WELL);

        (void) state;
        trace_each(&trace, 1, 80, "facts a%u\nsample a%u current=%uMiB anon=%uMiB\n");
        trace_each(&trace, 81, 110, "facts p%u flags=+protected\nsample p%u current=%uMiB\n");
        judged_trace(&trace);
        assert_said_times(told_buffer, 16, "=protected");
        assert_said(told_buffer, "p110=protected p109=protected");
        assert_said(told_buffer, "p95=protected;");
        /* Of those that may, as many as there is room for. */
        assert_said(told_buffer, "    order a80 a79 ");
        assert_said(told_buffer, " a34 a33 p110=protected");
}

static void of_a_slice_as_many_are_named(void **state)
{
        struct pl_text trace = trace_begin(WELL "facts s flags=-workload max=1GiB\n"
                                                "sample s current=1GiB anon=1GiB max=0\n");

        (void) state;
        /* The larger come later, and some of them between the smaller. */
        trace_each(&trace, 11, 70, "facts a%u parent=s\nsample a%u current=%uMiB anon=%uMiB\n");
        trace_each(&trace, 1, 10, "facts a%u parent=s\nsample a%u current=%uMiB anon=%uMiB\n");
        trace_each(&trace, 81, 110,
                   "facts p%u parent=s flags=+protected\nsample p%u current=%uMiB\n");
        trace_each(&trace, 71, 80,
                   "facts p%u parent=s flags=+protected\nsample p%u current=%uMiB\n");
        pl_text_add(&trace, "step +1s\nhost\nsample s max=+9 full=+500ms\n");
        assert_said(judged_trace(&trace), "#1 kill a70, order");
        assert_said(told_buffer, "        48. a23 next");
        assert_not_said(told_buffer, "49. ");
        assert_said_times(told_buffer, 16, " protected, order");
        assert_said(told_buffer, "p95 protected, order");
}

static void the_first_of_the_order_goes_though_sixty_four_before_it_are_on_their_way(void **state)
{
        /* Critical, sixteen at a time, until there is no room for more that are under way. */
        struct pl_text trace = trace_begin(
                "step 10s\nsettings together=16 kill_floor=1MiB kill_deadline=1m\n"
                "host available=100MiB\nfacts last\nsample last current=2GiB anon=2GiB\n");

        (void) state;
        trace_each(&trace, 1, 70,
                   "facts a%u flags=+profile order=500\nsample a%u current=5MiB anon=5MiB\n");
        pl_text_add(&trace, "repeat 5\nstep +100ms\nhost\nend\n"
                            "repeat 2\nstep +100ms\nhost available=-20MiB\n"
                            "sample last current=+20MiB anon=+20MiB\nend\n");
        judged_trace(&trace);
        assert_said(told_buffer, "#64 kill a7, order");
        assert_not_said(told_buffer, "#65");
        /* Those that are not on their way are in the list, and the culprit with them. */
        assert_said(told_buffer, "    order a6 a5 a4 a3 a2 a1 last a");
}

/* Two decisions each, and thirty-two at a step. */
static void what_does_not_fit_into_a_step_is_not_decided(void **state)
{
        struct pl_text trace = trace_begin(
                "step 10s\nsettings together=16 kills=1 kill_floor=1MiB\nhost available=100MiB\n");

        (void) state;
        trace_each(&trace, 1, 20,
                   "facts a%u kin=%u again=down\nsample a%u current=5MiB anon=5MiB\n");
        judged_trace(&trace);
        assert_said_times(told_buffer, 15, " kill a");
        assert_said_times(told_buffer, 15, " down a");
        assert_said_times(told_buffer, 16, " chosen, ");
}

/* They are throttled, one at each step; their time is over when nobody has looked for a while. */
#define THROTTLES                                                                                  \
        "step 10s\nsettings patience=0s throttle=10s\nhost available=2600MiB full=0s kswapd=0\n"

static struct pl_text throttle(unsigned count)
{
        struct pl_text trace = trace_begin(THROTTLES);

        trace_each(
                &trace, 1, count,
                "facts a%u rungs=throttle,reclaim,kill\nsample a%u current=300MiB anon=300MiB\n");
        pl_text_add(&trace, "step +500ms\nhost available=-200MiB kswapd=+1\n");
        trace_each(&trace, 1, count, "sample a%u current=+3MiB anon=+3MiB\n");
        pl_text_addf(&trace, "repeat %u\nstep +100ms\nhost available=-28MiB kswapd=+1\nend\n",
                     count);
        return trace;
}

static void what_is_taken_back_comes_first(void **state)
{
        struct pl_text trace = throttle(40);

        (void) state;
        pl_text_add(&trace, "step +12s\nhost available=600MiB kswapd=+1\n"
                            "facts b rungs=throttle,kill\nsample b current=300MiB\n"
                            "step +100ms\nhost available=600MiB kswapd=+1\n"
                            "sample b current=+100MiB\n");
        judged_trace(&trace);
        assert_said_times(told_buffer, 40, " throttle a");
        assert_said_times(told_buffer, 40, " release a");
        /* Thirty at once, and then the rest. */
        assert_said(told_buffer, "#70 release");
        assert_said(told_buffer, "14s500ms ");
        assert_said(told_buffer, "26s600ms host");
}

static void what_failed_and_does_not_fit_is_taken_back_at_the_next_step(void **state)
{
        struct pl_text trace = throttle(40);

        (void) state;
        pl_text_add(&trace, "step +100ms\nhost kswapd=+1\n");
        for (unsigned i = 1; i <= 40; i++)
                pl_text_addf(&trace, "outcome %u a%u failed\n", i, 41 - i);
        assert_said_times(judged_trace(&trace), 40, " throttle a");
        assert_said_times(told_buffer, 30, " release a");
        pl_text_add(&trace, "step +100ms\nhost kswapd=+1\n");
        assert_said_times(judged_trace(&trace), 40, " release a");
        assert_said_times(told_buffer, 40, " throttle a");
}

/* That one has died decides nothing: it is taken where there is no room for a decision. */
static void who_has_died_is_dead_however_much_there_is_to_do(void **state)
{
        struct pl_text trace = throttle(40);

        (void) state;
        pl_text_add(&trace, "step +100ms\nsettings patience=1m together=1 kill_deadline=200ms\n"
                            "host available=300MiB\nfacts b flags=+profile order=900\n"
                            "sample b current=300MiB anon=300MiB\n"
                            "step +100ms\nhost available=300MiB\n");
        for (unsigned i = 1; i <= 40; i++)
                pl_text_addf(&trace, "outcome %u a%u failed\n", i, 41 - i);
        pl_text_add(&trace, "outcome 41 b done bytes=300MiB\nstep +200ms\nhost\n");
        assert_said(judged_trace(&trace), "#41 kill b");
        assert_not_said(told_buffer, "b=stuck");
}

static void what_can_be_taken_back_leaves_room_for_ends(void **state)
{
        struct pl_text trace = throttle(60);

        (void) state;
        pl_text_add(&trace, "step +100ms\nsettings patience=1m\nhost available=100MiB kswapd=+1\n");
        judged_trace(&trace);
        /* Of sixty-four that are under way sixteen are ends. */
        assert_said_times(told_buffer, 48, " throttle a");
        assert_said(told_buffer, "16s600ms host is critical: ");
        assert_said_times(told_buffer, 8, " kill a");
        assert_said_times(told_buffer, 8, " release a");
}

static void an_alarm_waits_for_room(void **state)
{
        struct pl_text trace = throttle(40);

        (void) state;
        pl_text_add(&trace, "step +100ms\nhost available=300MiB kswapd=+1\n");
        trace_each(&trace, 1, 40, "facts a%u flags=+protected\n");
        pl_text_add(&trace, "step +100ms\nhost available=300MiB kswapd=+1\n");
        judged_trace(&trace);
        assert_said_times(told_buffer, 40, " release a");
        assert_said_times(told_buffer, 1, " alarm host, nobody");
        assert_said(told_buffer, "#81 alarm host");
}

static void thirty_two_return_and_hang_at_a_step(void **state)
{
        struct pl_text trace = trace_begin(
                "step 10s\nsettings kills=1 hold=1h cool_down=0s\nhost available=100MiB\n"
                "facts a kin=7\nsample a current=4GiB anon=4GiB\n"
                "step +1s\nhost available=8GiB\noutcome 1 a done bytes=4GiB\ngone a\n"
                "step +2s\nhost\n");

        (void) state;
        trace_each(&trace, 1, 40, "facts b%u kin=7\n");
        judged_trace(&trace);
        assert_said_times(told_buffer, 30, " cap b");

        trace = trace_begin(WELL);
        trace_each(
                &trace, 1, 40,
                "facts b%u high=1GiB livelock_after=0s\nsample b%u current=1GiB high=0 full=0s\n");
        pl_text_add(&trace, "step +1s\nhost\n");
        trace_each(&trace, 1, 40, "sample b%u high=+9 full=+1s\n");
        pl_text_add(&trace, "step +1s\nhost\n");
        trace_each(&trace, 1, 40, "sample b%u high=+9 full=+1s\n");
        judged_trace(&trace);
        /* The others at the step after. */
        assert_said_times(told_buffer, 32, " alarm b");
}

static void fifteen_cgroups_are_short_at_a_time(void **state)
{
        struct pl_text trace = trace_begin(WELL "settings flags=-local\n");

        (void) state;
        trace_each(&trace, 1, 20, "facts b%u max=1GiB\nsample b%u current=1GiB anon=1GiB max=0\n");
        pl_text_add(&trace, "step +1s\nhost\n");
        trace_each(&trace, 1, 20, "sample b%u max=+9 full=+500ms\n");
        pl_text_add(&trace, "step +1s\nhost\ngone b3\nsample b20 max=+9 full=+500ms\n");
        judged_trace(&trace);
        assert_said_times(told_buffer, 15 + 15, " is scarce");
        assert_said_times(told_buffer, 1, "    b20 is scarce: limit unreclaimable");
}

/* ---- more than capacity ---- */

enum { CAPACITY = 3 };

static void who_does_not_fit_is_not_known_until_there_is_room(void **state)
{
        struct pl_update updates[2 * (CAPACITY + 1) + 1] = {};
        const struct pl_snapshot snapshot = {
                .step = 1,
                .now_usec = PL_USEC_PER_SEC,
                .update_count = PL_ARRAY_LENGTH(updates),
                .updates = updates,
        };
        struct pl_judgement judgement;
        struct pl_engine engine;

        (void) state;
        updates[0] = (struct pl_update){ .kind = PL_UPDATE_SETTINGS,
                                         .id = 1,
                                         .settings = trace_shipped };
        for (uint64_t i = 0; i <= CAPACITY; i++) {
                updates[1 + i] = (struct pl_update){ .id = 1 + i, .facts = trace_ordinary };
                updates[1 + i].facts.id = 1 + i;
                updates[2 + CAPACITY + i] = (struct pl_update){
                        .kind = PL_UPDATE_SAMPLE,
                        .id = 1 + i,
                        .sample = { .at_usec = 1, .have = 1, .current_bytes = PL_GIB },
                };
        }
        assert_int_equal(pl_engine_init_for(&engine, CAPACITY, 1, 1), 0);
        assert_int_equal(pl_engine_reserve(&engine, CAPACITY), 0);
        assert_int_equal(pl_engine_step(&engine, &snapshot, &judgement), PL_ENGINE_E_FULL);
        assert_int_equal(judgement.candidate_count, CAPACITY);
        updates[0] = (struct pl_update){ .kind = PL_UPDATE_GONE, .id = 1 };
        updates[1] = updates[1 + CAPACITY];
        assert_int_equal(pl_engine_step(&engine, &snapshot, &judgement), 0);
        assert_int_equal(judgement.candidate_count, CAPACITY);
        assert_int_equal(judgement.candidates[0].id, CAPACITY + 1);
        pl_engine_done(&engine);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(the_sixteen_largest_of_those_that_may_not_go_are_named),
                cmocka_unit_test(of_a_slice_as_many_are_named),
                cmocka_unit_test(
                        the_first_of_the_order_goes_though_sixty_four_before_it_are_on_their_way),
                cmocka_unit_test(what_does_not_fit_into_a_step_is_not_decided),
                cmocka_unit_test(what_is_taken_back_comes_first),
                cmocka_unit_test(what_failed_and_does_not_fit_is_taken_back_at_the_next_step),
                cmocka_unit_test(who_has_died_is_dead_however_much_there_is_to_do),
                cmocka_unit_test(what_can_be_taken_back_leaves_room_for_ends),
                cmocka_unit_test(an_alarm_waits_for_room),
                cmocka_unit_test(thirty_two_return_and_hang_at_a_step),
                cmocka_unit_test(fifteen_cgroups_are_short_at_a_time),
                cmocka_unit_test(who_does_not_fit_is_not_known_until_there_is_room),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
