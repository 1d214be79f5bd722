/* SPDX-License-Identifier: Apache-2.0 */

/* Units that systemd owns: written first, then told to systemd in one call, then oom.group again. */

#include "engine/desk.h"

static const uint32_t known_to_252 = 1U << PL_LIMIT_MIN | 1U << PL_LIMIT_LOW | 1U << PL_LIMIT_HIGH |
                                     1U << PL_LIMIT_MAX | 1U << PL_LIMIT_SWAP_MAX;

static int unit_setup(void **state)
{
        (void) desk_setup(state);
        desk.input.is_unit = true;
        desk.input.properties = known_to_252;
        desk_want(PL_LIMIT_MAX, PL_GIB + 1);
        desk_want(PL_LIMIT_SWAP_MAX, PL_GIB);
        desk_want(PL_LIMIT_SWAP_HIGH, PL_GIB);
        desk_want(PL_LIMIT_OOM_GROUP, 1);
        return 0;
}

/* What systemd does in the call beside what it was told. */
static void systemd_applies(void)
{
        desk.actual.values[PL_LIMIT_OOM_GROUP] = 0;
}

static void written(void)
{
        assert_string_equal(desk_plan(), "oom.group=1 swap.max=1024M swap.high=1024M max=1024M");
        assert_stands(PL_LIMIT_UNIT, PL_LIMIT_WAITING, PL_CAUSE_BEHIND);
        assert_string_equal(desk_next(), "unit oom.group=1");
}

static void kept(void)
{
        written();
        assert_string_equal(desk_next(), "");
        assert_stands(PL_LIMIT_UNIT, PL_LIMIT_IN_FORCE, PL_CAUSE_NONE);
}

static void it_goes_in_phases(void **state)
{
        (void) state;
        written();
        assert_int_equal(desk.plan.orders[0].why, PL_WHY_KEEP);
        assert_int_equal(desk.plan.orders[0].verify_usec,
                         desk.input.now_usec + PL_PLAN_UNIT_VERIFY_USEC);
        assert_int_equal(desk.plan.orders[1].why, PL_WHY_AGAIN);
        assert_stands(PL_LIMIT_UNIT, PL_LIMIT_ORDERED, PL_CAUSE_NONE);
        /* Every property of the profile that systemd knows, and no other; as the kernel has them. */
        assert_int_equal(desk.plan.properties.set, 1U << PL_LIMIT_MAX | 1U << PL_LIMIT_SWAP_MAX);
        assert_int_equal(desk.plan.properties.values[PL_LIMIT_MAX], PL_GIB);
        assert_int_equal(desk.plan.properties.values[PL_LIMIT_SWAP_MAX], PL_GIB);
        systemd_applies();
        assert_string_equal(desk_next(), "");
        assert_stands(PL_LIMIT_UNIT, PL_LIMIT_IN_FORCE, PL_CAUSE_NONE);
        assert_stands(PL_LIMIT_OOM_GROUP, PL_LIMIT_IN_FORCE, PL_CAUSE_NONE);
        assert_int_equal(desk.plan.properties.set, 0);
}

/* The call went well, oom.group behind it did not: that it is 0 is no other hand's doing. */
static void what_the_call_undoes_is_no_drift(void **state)
{
        (void) state;
        written();
        desk_do_until(1, PL_WRITE_E_AGAIN);
        systemd_applies();
        assert_string_equal(desk_plan(), "");
        assert_int_equal(desk_standing(PL_LIMIT_OOM_GROUP)->news, 0);
        desk_later(PL_USEC_PER_SEC);
        assert_string_equal(desk_plan(), "oom.group=1");
        assert_int_equal(desk_standing(PL_LIMIT_OOM_GROUP)->drifts, 0);
}

/* And where the profile says nothing of it, it is not touched. */
static void oom_group_is_written_again_only_if_it_is_ours(void **state)
{
        (void) state;
        desk_want_no_more(&desk.wanted, PL_LIMIT_OOM_GROUP);
        (void) desk_plan();
        assert_string_equal(desk_next(), "unit");
}

static void nobody_calls_for_what_is_not_systemds(void **state)
{
        (void) state;
        desk.input.is_unit = false;
        desk_settle();
        assert_stands(PL_LIMIT_UNIT, PL_LIMIT_UNSET, PL_CAUSE_NONE);
        assert_int_equal(desk.kept.set, 0);

        (void) unit_setup(state);
        desk.input.properties = 0;
        desk_settle();
        assert_stands(PL_LIMIT_UNIT, PL_LIMIT_UNSET, PL_CAUSE_NONE);
}

static void the_call_waits_until_all_is_in_force(void **state)
{
        (void) state;
        desk.input.has_swap = false;
        desk_use(2 * PL_GIB, 0);
        (void) desk_plan();
        assert_string_equal(desk_next(), "");
        assert_stands(PL_LIMIT_MAX, PL_LIMIT_LOWERING, PL_CAUSE_WOULD_OOM);
        assert_stands(PL_LIMIT_UNIT, PL_LIMIT_WAITING, PL_CAUSE_BEHIND);
        desk_use(PL_GIB / 2, 0);
        assert_string_equal(desk_plan(), "max=1024M");
        assert_string_equal(desk_next(), "unit oom.group=1");
}

/* PID 1 would reclaim down to high in its own time. */
static void the_call_waits_while_far_more_than_high_is_in_use(void **state)
{
        (void) state;
        desk_want(PL_LIMIT_HIGH, 512 * PL_MIB);
        desk_use(576 * PL_MIB + 1, PL_GIB);
        (void) desk_plan();
        assert_string_equal(desk_next(), "");
        assert_stands(PL_LIMIT_UNIT, PL_LIMIT_WAITING, PL_CAUSE_USE);
        desk_use(576 * PL_MIB, PL_GIB);
        assert_string_equal(desk_plan(), "unit oom.group=1");
}

static void the_call_waits_for_an_overlay_and_a_push_to_end(void **state)
{
        (void) state;
        pl_limits_put(&desk.overlay, PL_LIMIT_HIGH, PL_GIB / 2);
        (void) desk_plan();
        assert_string_equal(desk_next(), "");
        assert_stands(PL_LIMIT_UNIT, PL_LIMIT_WAITING, PL_CAUSE_OVERLAY);
        desk.overlay.set = 0;
        assert_string_equal(desk_plan(), "high=max");
        assert_string_equal(desk_next(), "unit oom.group=1");
        /* A throttle does not change what systemd has been told. */
        (void) desk_next();
        pl_limits_put(&desk.overlay, PL_LIMIT_HIGH, PL_GIB / 2);
        assert_string_equal(desk_plan(), "high=512M");
        (void) desk_next();
        assert_stands(PL_LIMIT_UNIT, PL_LIMIT_IN_FORCE, PL_CAUSE_NONE);
        desk.overlay.set = 0;
        assert_string_equal(desk_plan(), "high=max");
        desk_later(PL_PLAN_UNIT_GAP_USEC);
        assert_string_equal(desk_next(), "");

        (void) unit_setup(state);
        desk_use(2 * PL_GIB, 2 * PL_GIB);
        assert_string_equal(desk_plan(),
                            "oom.group=1 swap.max=1024M swap.high=1024M high=1792M max=2080M");
        assert_string_equal(desk_next(), "");
        assert_stands(PL_LIMIT_UNIT, PL_LIMIT_WAITING, PL_CAUSE_BEHIND);
}

static void another_profile_is_told_at_once(void **state)
{
        (void) state;
        kept();
        desk_want(PL_LIMIT_MAX, 2 * PL_GIB);
        assert_string_equal(desk_plan(), "max=2048M");
        assert_string_equal(desk_next(), "unit oom.group=1");
        assert_int_equal(desk.plan.properties.values[PL_LIMIT_MAX], 2 * PL_GIB);
        (void) desk_next();
        assert_int_equal(desk.plan.wake_usec, UINT64_MAX);
}

static void drift_of_a_property_is_told_again(void **state)
{
        (void) state;
        kept();
        desk.actual.values[PL_LIMIT_MAX] = PL_SIZE_MAX;
        assert_string_equal(desk_plan(), "max=1024M");
        /* But not at every look. */
        assert_string_equal(desk_next(), "");
        assert_stands(PL_LIMIT_UNIT, PL_LIMIT_RETRYING, PL_CAUSE_NONE);
        assert_in_range(desk.plan.wake_usec - desk.input.now_usec,
                        PL_PLAN_UNIT_GAP_USEC - 2 * PL_USEC_PER_SEC, PL_PLAN_UNIT_GAP_USEC);
        desk.input.now_usec = desk.plan.wake_usec;
        assert_string_equal(desk_plan(), "unit oom.group=1");
        assert_string_equal(desk_next(), "");
        /* What systemd cannot be told is written and no more. */
        desk_later(PL_USEC_PER_MINUTE);
        desk.actual.values[PL_LIMIT_SWAP_HIGH] = PL_SIZE_MAX;
        assert_string_equal(desk_plan(), "swap.high=1024M");
        assert_string_equal(desk_next(), "");
        assert_stands(PL_LIMIT_UNIT, PL_LIMIT_IN_FORCE, PL_CAUSE_NONE);
}

/* What was told is known, so a new daemon does not call for every unit of the host; but what is not as it was told was
 * changed while nobody looked. */
static void a_new_daemon_calls_only_for_what_has_changed(void **state)
{
        (void) state;
        kept();
        memset(&desk.state, 0, sizeof desk.state);
        assert_string_equal(desk_plan(), "");
        assert_stands(PL_LIMIT_UNIT, PL_LIMIT_IN_FORCE, PL_CAUSE_NONE);
        memset(&desk.state, 0, sizeof desk.state);
        desk.actual.values[PL_LIMIT_MAX] = PL_SIZE_MAX;
        assert_string_equal(desk_plan(), "max=1024M");
        assert_int_equal(desk_standing(PL_LIMIT_MAX)->news, 0);
        assert_string_equal(desk_next(), "unit oom.group=1");
}

static void what_another_hand_may_keep_is_not_told(void **state)
{
        (void) state;
        desk.input.drift = PL_DRIFT_YIELD;
        desk.input.has_swap = false;
        desk_use(2 * PL_GIB, 0);
        desk_settle();
        desk.actual.values[PL_LIMIT_SWAP_MAX] = 2 * PL_GIB;
        assert_string_equal(desk_plan(), "");
        desk_use(PL_GIB / 2, 0);
        assert_string_equal(desk_plan(), "max=1024M");
        assert_string_equal(desk_next(), "unit oom.group=1");
        assert_int_equal(desk.plan.properties.set, 1U << PL_LIMIT_MAX);
        assert_string_equal(desk_next(), "");
        /* Nor is it told for the sake of what he has changed. */
        desk.actual.values[PL_LIMIT_MAX] = 2 * PL_GIB;
        desk_later(PL_USEC_PER_MINUTE);
        assert_string_equal(desk_plan(), "");
}

static void what_leaves_the_profile_is_taken_back(void **state)
{
        (void) state;
        kept();
        desk_later(PL_PLAN_UNIT_GAP_USEC);
        desk_want_no_more(&desk.wanted, PL_LIMIT_MAX);
        desk_want_no_more(&desk.wanted, PL_LIMIT_SWAP_HIGH);
        assert_string_equal(desk_plan(), "max=max swap.high=max");
        /* Not forgotten before systemd has forgotten it. */
        assert_string_equal(desk_next(), "unit oom.group=1");
        assert_int_equal(desk_standing(PL_LIMIT_MAX)->news, PL_NEWS_ARRIVED);
        assert_int_equal(desk_standing(PL_LIMIT_SWAP_HIGH)->news,
                         PL_NEWS_ARRIVED | PL_NEWS_RETURNED);
        assert_int_equal(desk.plan.properties.set, 1U << PL_LIMIT_MAX | 1U << PL_LIMIT_SWAP_MAX);
        assert_int_equal(desk.plan.properties.values[PL_LIMIT_MAX], PL_SIZE_MAX);
        assert_string_equal(desk_next(), "");
        assert_int_equal(desk_standing(PL_LIMIT_MAX)->news, PL_NEWS_RETURNED);
        assert_string_equal(desk_next(), "");
        assert_int_equal(desk_standing(PL_LIMIT_MAX)->news, 0);
        assert_stands(PL_LIMIT_MAX, PL_LIMIT_UNSET, PL_CAUSE_NONE);
}

/* So is a high that is no longer applied, for systemd would go on applying it. */
static void what_is_withheld_is_taken_back(void **state)
{
        (void) state;
        desk_want(PL_LIMIT_HIGH, PL_GIB / 2);
        desk_settle();
        assert_int_equal(desk.kept.values[PL_LIMIT_HIGH], PL_GIB / 2);
        desk.input.has_swap = false;
        desk_later(PL_PLAN_UNIT_GAP_USEC);
        assert_string_equal(desk_plan(), "high=max");
        assert_stands(PL_LIMIT_HIGH, PL_LIMIT_ORDERED, PL_CAUSE_NONE);
        assert_string_equal(desk_next(), "unit oom.group=1");
        assert_stands(PL_LIMIT_HIGH, PL_LIMIT_WAITING, PL_CAUSE_NO_SWAP);
        assert_int_equal(desk.plan.properties.values[PL_LIMIT_HIGH], PL_SIZE_MAX);
        assert_string_equal(desk_next(), "");
        assert_int_equal(desk_standing(PL_LIMIT_HIGH)->news, PL_NEWS_RETURNED);
        assert_stands(PL_LIMIT_HIGH, PL_LIMIT_WAITING, PL_CAUSE_NO_SWAP);
}

static void restore_leaves_the_call_to_whoever_removes_the_files(void **state)
{
        (void) state;
        kept();
        desk.input.mode = PL_PLAN_RESTORE;
        assert_string_equal(desk_plan(), "oom.group=0 max=max swap.max=max swap.high=max");
        assert_string_equal(desk_next(), "");
        assert_true(desk.plan.ended);
        assert_stands(PL_LIMIT_UNIT, PL_LIMIT_UNSET, PL_CAUSE_NONE);
}

static void a_call_that_fails_leaves_what_is_written(void **state)
{
        static const struct {
                const char *name;
                enum pl_write_result result;
                enum pl_limit_state state;
                enum pl_limit_cause cause;
                unsigned news;
        } rows[] = {
                { "PID 1 is busy", PL_WRITE_E_AGAIN, PL_LIMIT_RETRYING, PL_CAUSE_BUSY, 0 },
                { "no bus", PL_WRITE_E_ABSENT, PL_LIMIT_REFUSED, PL_CAUSE_FILE_ABSENT,
                  PL_NEWS_REFUSED },
                { "no such unit", PL_WRITE_E_GONE, PL_LIMIT_REFUSED, PL_CAUSE_GONE,
                  PL_NEWS_REFUSED },
                { "not allowed", PL_WRITE_E_DENIED, PL_LIMIT_REFUSED, PL_CAUSE_DENIED,
                  PL_NEWS_REFUSED },
                { "no such property", PL_WRITE_E_REFUSED, PL_LIMIT_REFUSED, PL_CAUSE_INVALID,
                  PL_NEWS_REFUSED },
        };

        for (size_t i = 0; i < PL_ARRAY_LENGTH(rows); i++) {
                (void) unit_setup(state);
                written();
                desk_do_until(0, rows[i].result);
                /* Skipped behind it, and right anyway. */
                assert_row(rows[i].name, desk_plan()[0] == '\0');
                assert_stands(PL_LIMIT_OOM_GROUP, PL_LIMIT_IN_FORCE, PL_CAUSE_NONE);
                assert_row(rows[i].name, desk_standing(PL_LIMIT_UNIT)->state == rows[i].state);
                assert_row(rows[i].name, desk_standing(PL_LIMIT_UNIT)->cause == rows[i].cause);
                assert_row(rows[i].name, desk_standing(PL_LIMIT_UNIT)->news == rows[i].news);
                assert_false(desk.plan.ended);
                assert_stands(PL_LIMIT_MAX, PL_LIMIT_IN_FORCE, PL_CAUSE_NONE);
                desk.input.now_usec = desk.plan.wake_usec;
                assert_row(rows[i].name, strcmp(desk_plan(), "unit oom.group=1") == 0);
        }
}

static void a_call_that_hangs_is_waited_for(void **state)
{
        struct pl_limit_order call;

        (void) state;
        written();
        call = desk.plan.orders[0];
        desk_do_until(0, PL_WRITE_E_LATE);
        desk.outcomes[1].result = PL_WRITE_E_SKIPPED;
        assert_string_equal(desk_plan(), "");
        assert_stands(PL_LIMIT_UNIT, PL_LIMIT_ORDERED, PL_CAUSE_LATE);
        desk_later(PL_USEC_PER_HOUR);
        assert_string_equal(desk_plan(), "");
        desk.outcomes[0] = (struct pl_limit_outcome){ PL_LIMIT_UNIT, call.number, PL_WRITTEN, 0 };
        desk.input.outcome_count = 1;
        desk.kept = desk.wanted;
        desk.kept.values[PL_LIMIT_MAX] = PL_GIB;
        systemd_applies();
        assert_string_equal(desk_plan(), "oom.group=1");
        assert_int_equal(desk_standing(PL_LIMIT_OOM_GROUP)->news, 0);
        assert_stands(PL_LIMIT_UNIT, PL_LIMIT_IN_FORCE, PL_CAUSE_NONE);
}

#define UNIT_TEST(function) cmocka_unit_test_setup(function, unit_setup)

int main(void)
{
        const struct CMUnitTest tests[] = {
                UNIT_TEST(it_goes_in_phases),
                UNIT_TEST(what_the_call_undoes_is_no_drift),
                UNIT_TEST(oom_group_is_written_again_only_if_it_is_ours),
                UNIT_TEST(nobody_calls_for_what_is_not_systemds),
                UNIT_TEST(the_call_waits_until_all_is_in_force),
                UNIT_TEST(the_call_waits_while_far_more_than_high_is_in_use),
                UNIT_TEST(the_call_waits_for_an_overlay_and_a_push_to_end),
                UNIT_TEST(another_profile_is_told_at_once),
                UNIT_TEST(drift_of_a_property_is_told_again),
                UNIT_TEST(a_new_daemon_calls_only_for_what_has_changed),
                UNIT_TEST(what_another_hand_may_keep_is_not_told),
                UNIT_TEST(what_leaves_the_profile_is_taken_back),
                UNIT_TEST(what_is_withheld_is_taken_back),
                UNIT_TEST(restore_leaves_the_call_to_whoever_removes_the_files),
                UNIT_TEST(a_call_that_fails_leaves_what_is_written),
                UNIT_TEST(a_call_that_hangs_is_waited_for),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
