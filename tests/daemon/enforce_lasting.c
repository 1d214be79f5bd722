/* SPDX-License-Identifier: Apache-2.0 */

/* What the engine lays over limits for a while, and what is put back when that is over: nothing that is tighter than what is
 * there, for nobody looks at the use there.
 */

#include "enforced.h"

#define PROFILE(max, high)                                                                         \
        "// origin: a.json\n"                                                                      \
        "{ \"profile\": \"web\", \"match\": [ { \"path\": \"/web*\", " RIG_OWNER " } ],\n"         \
        "  \"memory\": { \"max\": \"" max "\", \"high\": \"" high "\" } }\n"
#define ONLY_MAX(max)                                                                              \
        "// origin: a.json\n"                                                                      \
        "{ \"profile\": \"web\", \"match\": [ { \"path\": \"/web*\", " RIG_OWNER " } ],\n"         \
        "  \"memory\": { \"max\": \"" max "\" } }\n"
#define PAUSED "// origin: o.json\n{ \"order\": \"pause\" }\n"

static struct pl_enforced *web(void)
{
        struct pl_journal_row row;
        uint32_t index;

        assert_true(pl_board_find(&board, rig_row("/web").id, &index, &row));
        return pl_enforced_at(&enforcer, board.places[index].enforced);
}

static void lay(enum pl_measure measure, uint64_t value_bytes)
{
        const struct pl_enforce_overlay overlay = { .id = web()->id,
                                                    .decision = 1,
                                                    .measure = (uint32_t) measure,
                                                    .value_bytes = value_bytes,
                                                    .until_usec = UINT64_MAX };

        assert_int_equal(
                pl_enforce_lay(&enforcer, pl_enforced_number(&enforcer, web()), &overlay, now), 0);
}

static void lay_and_look(enum pl_measure measure, uint64_t value_bytes)
{
        lay(measure, value_bytes);
        look();
}

/* ---- what is put back ---- */

static void a_limit_from_before_that_is_tighter_than_a_cap_is_not_put_back(void **state)
{
        (void) state;
        make("web");
        cgroup_put(&tree, "web", "memory.max", "50331648\n");
        start(ONLY_MAX("128MiB"));
        assert_file("web", "memory.max", "134217728\n");
        /* As of one that was capped before its first look. */
        lay(PL_MEASURE_CAP, 96 * PL_MIB);
        web()->max_bytes = 0;
        look();
        assert_file("web", "memory.max", "100663296\n");
        pl_enforcer_close(&enforcer);
        assert_file("web", "memory.max", "134217728\n");
}

static void nobody_is_lowered_because_he_is_paused(void **state)
{
        (void) state;
        make("web");
        start(ONLY_MAX("128MiB"));
        lay_and_look(PL_MEASURE_CAP, 96 * PL_MIB);
        assert_file("web", "memory.max", "100663296\n");
        cgroup_put(&tree, "web", "memory.current", "94371840\n");
        rig_set_policy(rig_policy(ONLY_MAX("64MiB") PAUSED));
        web()->max_bytes = 64 * PL_MIB;
        pl_enforce_lift(&enforcer, web()->id, PL_MEASURE_CAP, now);
        look();
        assert_file("web", "memory.max", "100663296\n");
        pl_enforcer_close(&enforcer);
        assert_file("web", "memory.max", "100663296\n");
}

static void what_was_relaxed_is_not_tightened_at_the_end(void **state)
{
        (void) state;
        make("web");
        start(PROFILE("64MiB", "32MiB"));
        lay_and_look(PL_MEASURE_RELAX, 40 * PL_MIB);
        assert_file("web", "memory.high", "41943040\n");
        pl_enforcer_close(&enforcer);
        assert_file("web", "memory.high", "41943040\n");
}

/* ---- what it comes to ---- */

static void a_throttle_is_never_looser_than_the_profile(void **state)
{
        (void) state;
        make("web");
        start(PROFILE("64MiB", "32MiB"));
        lay_and_look(PL_MEASURE_THROTTLE, 48 * PL_MIB);
        assert_file("web", "memory.high", "33554432\n");
}

/* Without swap what the profile says of memory.high is not applied: it neither bounds a throttle nor stays when that is over. */
static void a_high_that_is_not_applied_does_not_come_with_a_throttle(void **state)
{
        (void) state;
        make("web");
        start("// origin: a.json\n"
              "{ \"profile\": \"web\", \"match\": [ { \"path\": \"/web*\", " RIG_OWNER " } ],\n"
              "  \"memory\": { \"max\": \"64MiB\", \"high\": \"32MiB\", \"swap_max\": 0 } }\n");
        assert_file("web", "memory.high", "max\n");
        lay_and_look(PL_MEASURE_THROTTLE, 48 * PL_MIB);
        assert_file("web", "memory.high", "50331648\n");
        pl_enforcer_close(&enforcer);
        assert_file("web", "memory.high", "max\n");
}

static void a_profile_that_says_more_is_not_held_back_by_what_was_relaxed(void **state)
{
        (void) state;
        make("web");
        start(PROFILE("256MiB", "32MiB"));
        lay_and_look(PL_MEASURE_RELAX, 40 * PL_MIB);
        assert_file("web", "memory.high", "41943040\n");
        rig_set_policy(rig_policy(PROFILE("256MiB", "128MiB")));
        look();
        assert_file("web", "memory.high", "134217728\n");
}

/* ---- what becomes of it ---- */

static void one_that_does_not_come_into_force_has_failed(void **state)
{
        struct pl_plan plan = {};
        struct pl_outcome outcome;

        (void) state;
        make("web");
        start(PROFILE("64MiB", "32MiB"));
        lay(PL_MEASURE_THROTTLE, 16 * PL_MIB);
        plan.limits[PL_LIMIT_HIGH].state = PL_LIMIT_RETRYING;
        pl_enforce_watch_overlays(&enforcer, web()->id, &plan, now + 2 * PL_USEC_PER_SEC - 1);
        assert_false(pl_enforce_has_outcome(&enforcer));
        plan.limits[PL_LIMIT_HIGH].state = PL_LIMIT_ORDERED;
        pl_enforce_watch_overlays(&enforcer, web()->id, &plan, now + 10 * PL_USEC_PER_SEC - 1);
        assert_false(pl_enforce_has_outcome(&enforcer));
        plan.limits[PL_LIMIT_HIGH].state = PL_LIMIT_RETRYING;
        pl_enforce_watch_overlays(&enforcer, web()->id, &plan, now + 2 * PL_USEC_PER_SEC);
        assert_true(pl_enforce_take_outcome(&enforcer, now, &outcome));
        assert_int_equal(outcome.result, PL_RESULT_FAILED);
        assert_int_equal(outcome.error, ETIMEDOUT);
}

static void a_cap_has_time(void **state)
{
        struct pl_plan plan = {};

        (void) state;
        make("web");
        start(PROFILE("64MiB", "32MiB"));
        lay(PL_MEASURE_CAP, 48 * PL_MIB);
        plan.limits[PL_LIMIT_MAX].state = PL_LIMIT_LOWERING;
        pl_enforce_watch_overlays(&enforcer, web()->id, &plan, now + PL_USEC_PER_MINUTE);
        assert_false(pl_enforce_has_outcome(&enforcer));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                RIG_TEST(a_limit_from_before_that_is_tighter_than_a_cap_is_not_put_back),
                RIG_TEST(nobody_is_lowered_because_he_is_paused),
                RIG_TEST(what_was_relaxed_is_not_tightened_at_the_end),
                RIG_TEST(a_throttle_is_never_looser_than_the_profile),
                RIG_TEST(a_high_that_is_not_applied_does_not_come_with_a_throttle),
                RIG_TEST(a_profile_that_says_more_is_not_held_back_by_what_was_relaxed),
                RIG_TEST(one_that_does_not_come_into_force_has_failed),
                RIG_TEST(a_cap_has_time),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
