/* SPDX-License-Identifier: Apache-2.0 */

/* The policy is another one, speaks of less, or is not to be had: while orders are out, after a restart, and what is said
 * when everything is back. */

#include "enforced.h"

#define WEB "{ \"profile\": \"web\", \"match\": [ { \"path\": \"/web\", " RIG_OWNER " } ],\n"

static const char policy_text[] = "// origin: a.json\n" WEB
                                  "  \"memory\": { \"max\": \"64MiB\" } }\n";

/* The profile is the same, and its number is another. */
static const char longer_text[] =
        "// origin: a.json\n"
        "{ \"profile\": \"aaa\", \"match\": [ { \"path\": \"/none\", " RIG_OWNER " } ],\n"
        "  \"memory\": { \"max\": \"8MiB\" } }\n"
        "// origin: b.json\n" WEB "  \"memory\": { \"max\": \"64MiB\" } }\n";

static const char scored_text[] =
        "// origin: a.json\n" WEB
        "  \"memory\": { \"max\": \"64MiB\" }, \"oom\": { \"score_adj\": 300 } }\n";

/* What /web has anyway. */
static const char idle_text[] = "// origin: a.json\n" WEB "  \"memory\": { \"max\": \"1MiB\" } }\n";

static const char nobody_text[] =
        "// origin: a.json\n"
        "{ \"profile\": \"nobody\", \"match\": [ { \"path\": \"/void\", " RIG_OWNER " } ] }\n";

static void numbers_of_the_policy_before_mean_nothing(void **state)
{
        static const char *const texts[] = { longer_text, policy_text, longer_text };

        (void) state;
        make("web");
        begin(policy_text);
        now += 5 * PL_USEC_PER_SEC;
        (void) rig_look();
        for (size_t i = 0; i < PL_ARRAY_LENGTH(texts); i++) {
                assert_int_equal(enforcer.rows.count, 1);
                rig_set_policy(rig_policy(texts[i]));
                /* Its orders come back, and it is looked at before everybody is. */
                settle();
                assert_file("web", "memory.max", "67108864\n");
                assert_string_equal(rig_row("/web").profile_name, "web");
                assert_int_equal(rig_row("/web").standing.targets[PL_LIMIT_MAX], 64 * PL_MIB);
                cgroup_put(&tree, "web", "memory.max", "99\n");
                now += 5 * PL_USEC_PER_SEC;
                (void) rig_look();
        }
        settle();
        assert_file("web", "memory.max", "67108864\n");
}

static void a_score_that_nobody_wants_any_more_is_taken_back(void **state)
{
        struct pl_journal_row row;

        (void) state;
        make("web");
        make_process(100001, "0\n");
        cgroup_put(&tree, "web", "cgroup.procs", "100001\n");
        start(scored_text);
        look();
        assert_score(100001, "300\n");
        rig_set_policy(rig_policy(policy_text));
        look_often(6);
        assert_score(100001, "0\n");
        row = rig_row("/web");
        assert_int_equal(row.standing.has_score_adj, 0);
        assert_int_equal(row.standing.adjusted_count, 0);
        assert_int_equal(pl_originals_next_value(&enforcer.originals, 0), PL_POOL_NONE);
        /* The rest stays. */
        assert_file("web", "memory.max", "67108864\n");
        assert_int_equal(row.standing.states[PL_LIMIT_MAX], PL_LIMIT_IN_FORCE);
        rig_set_policy(rig_policy(scored_text));
        look_often(2);
        assert_score(100001, "300\n");
}

static void that_everything_is_back_is_said_once(void **state)
{
        uint64_t value;

        (void) state;
        make("web");
        start(policy_text);
        look();
        assert_int_equal(rig_notes(PL_NOTE_RESTORED, &value), 0);
        rig_set_policy(rig_policy(nobody_text));
        look_often(4);
        assert_file("web", "memory.max", "1048576\n");
        assert_int_equal(rig_notes(PL_NOTE_RESTORED, &value), 1);
}

static void and_not_of_whom_nothing_was_changed(void **state)
{
        uint64_t value;

        (void) state;
        make("web");
        start(idle_text);
        assert_int_equal(state_of("/web", PL_LIMIT_MAX), PL_LIMIT_IN_FORCE);
        assert_null(first_noted());
        rig_set_policy(rig_policy(nobody_text));
        look_often(4);
        assert_int_equal(enforcer.enforced.count, 0);
        assert_int_equal(rig_notes(PL_NOTE_RESTORED, &value), 0);
}

static void without_any_policy_since_the_start_everything_stays(void **state)
{
        (void) state;
        make("web");
        start(policy_text);
        stop();
        rig_start(&(struct rig_options){ .enforce = true });
        look_often(3);
        assert_file("web", "memory.max", "67108864\n");
        assert_non_null(first_noted());
        /* Once there was one, who is not under it has left it. */
        rig_set_policy(rig_policy(nobody_text));
        look_often(3);
        assert_file("web", "memory.max", "1048576\n");
        assert_null(first_noted());
}

/* ---- after a daemon that was killed ---- */

#define THROTTLED_BYTES (512 * PL_KIB)
#define THROTTLED_TEXT  "524288\n"

static void throttle(const char *path)
{
        struct pl_enforce_overlay overlay = { .decision = 1,
                                              .measure = PL_MEASURE_THROTTLE,
                                              .value_bytes = THROTTLED_BYTES,
                                              .until_usec = UINT64_MAX };
        struct pl_journal_row row;
        uint32_t index;

        overlay.id = rig_row(path).id;
        assert_true(pl_board_find(&board, overlay.id, &index, &row));
        assert_int_equal(pl_enforce_lay(&enforcer, board.places[index].enforced, &overlay, now), 0);
        look();
        assert_file(path + 1, "memory.high", THROTTLED_TEXT);
}

/* It takes nothing back, and the next one knows what is in the files and in the log. */
static void killed_and_started(const struct pl_policy *policy)
{
        memset(enforcer.overlays, 0, sizeof enforcer.overlays);
        enforcer.overlay_count = 0;
        stop();
        assert_file("web", "memory.high", THROTTLED_TEXT);
        rig_start(&(struct rig_options){ .enforce = true });
        rig_set_policy(policy);
        look_often(2);
}

static void a_throttle_that_outlives_its_daemon_is_lifted_by_the_next(void **state)
{
        static const struct {
                const char *text, *high;
        } cases[] = {
                { policy_text, "max\n" },
                { "// origin: a.json\n" WEB "  \"memory\": { \"high\": \"32MiB\" } }\n",
                  "33554432\n" },
                { "// origin: a.json\n" WEB
                  "  \"memory\": { \"max\": \"64MiB\" }, \"drift\": \"yield\" }\n",
                  "max\n" },
                { "// origin: a.json\n" WEB
                  "  \"memory\": { \"high\": \"32MiB\" }, \"drift\": \"yield\" }\n",
                  "33554432\n" },
                { "// origin: a.json\n" WEB "  \"oom\": { \"score_adj\": 300 } }\n", "max\n" },
        };

        (void) state;
        make("web");
        rig_start(&(struct rig_options){ .enforce = true });
        for (size_t i = 0; i < PL_ARRAY_LENGTH(cases); i++) {
                const struct pl_policy *policy = rig_policy(cases[i].text);

                rig_set_policy(policy);
                look_often(2);
                throttle("/web");
                killed_and_started(policy);
                assert_file("web", "memory.high", cases[i].high);
                look_often(2);
                assert_file("web", "memory.high", cases[i].high);
        }
}

static void also_of_whom_nobody_wants_anything_any_more(void **state)
{
        (void) state;
        make("web");
        cgroup_put(&tree, "web", "memory.high", "786432\n");
        start(policy_text);
        throttle("/web");
        killed_and_started(rig_policy(nobody_text));
        look_often(2);
        assert_file("web", "memory.high", "786432\n");
        assert_null(first_noted());
}

/* Nothing tells it from a limit of the policy before, and of those a pause leaves all. */
static void a_start_that_is_paused_lifts_it_when_the_pause_is_over(void **state)
{
        char text[1024];

        (void) state;
        make("web");
        start(policy_text);
        throttle("/web");
        (void) snprintf(text, sizeof text, "%s// origin: z.json\n{ \"order\": \"pause\" }\n",
                        policy_text);
        killed_and_started(rig_policy(text));
        assert_file("web", "memory.high", THROTTLED_TEXT);
        rig_set_policy(rig_policy(policy_text));
        look_often(2);
        assert_file("web", "memory.high", "max\n");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                RIG_TEST(numbers_of_the_policy_before_mean_nothing),
                RIG_TEST(a_score_that_nobody_wants_any_more_is_taken_back),
                RIG_TEST(that_everything_is_back_is_said_once),
                RIG_TEST(and_not_of_whom_nothing_was_changed),
                RIG_TEST(without_any_policy_since_the_start_everything_stays),
                RIG_TEST(a_throttle_that_outlives_its_daemon_is_lifted_by_the_next),
                RIG_TEST(also_of_whom_nobody_wants_anything_any_more),
                RIG_TEST(a_start_that_is_paused_lifts_it_when_the_pause_is_over),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
