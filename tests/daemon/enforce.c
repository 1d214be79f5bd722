/* SPDX-License-Identifier: Apache-2.0 */

/* What is wanted comes into the files and stays there, what was there before comes back: over a tree of ordinary files, with
 * the threads that write and without systemd. */

#include "enforced.h"

static const char policy_text[] =
        "// origin: a.json\n"
        "{ \"profile\": \"web\", \"match\": [ { \"path\": \"/web*\", " RIG_OWNER " } ],\n"
        "  \"memory\": { \"max\": \"64MiB\", \"high\": \"32MiB\", \"low\": \"1MiB\", "
        "\"oom_group\": true },\n"
        "  \"oom\": { \"score_adj\": 300 } }\n"
        "// origin: b.json\n"
        "{ \"profile\": \"calm\", \"match\": [ { \"path\": \"/calm*\", " RIG_OWNER " } ],\n"
        "  \"memory\": { \"max\": \"64MiB\" }, \"drift\": \"yield\" }\n"
        "// origin: c.json\n"
        "{ \"profile\": \"seen\", \"match\": [ { \"path\": \"/seen*\", " RIG_OWNER " } ],\n"
        "  \"memory\": { \"max\": \"64MiB\" }, \"mode\": \"observe\" }\n";

static const char other_text[] =
        "// origin: a.json\n"
        "{ \"profile\": \"web\", \"match\": [ { \"path\": \"/web*\", " RIG_OWNER " } ],\n"
        "  \"memory\": { \"max\": \"128MiB\", \"oom_group\": true } }\n";

static const char nobody_text[] =
        "// origin: a.json\n"
        "{ \"profile\": \"nobody\", \"match\": [ { \"path\": \"/void\", " RIG_OWNER " } ] }\n";

static void the_limits_of_a_profile_come_into_force(void **state)
{
        struct pl_journal_act act;
        struct pl_journal_row row;

        (void) state;
        make("web");
        make("nobody");
        start(policy_text);

        assert_file("web", "memory.max", "67108864\n");
        assert_file("web", "memory.high", "33554432\n");
        assert_file("web", "memory.low", "1048576\n");
        assert_file("web", "memory.oom.group", "1\n");
        assert_file("nobody", "memory.max", "1048576\n");
        row = rig_row("/web");
        assert_int_equal(row.standing.backend, PL_BACKEND_DIRECT);
        assert_int_equal(row.standing.states[PL_LIMIT_MAX], PL_LIMIT_IN_FORCE);
        assert_int_equal(row.standing.targets[PL_LIMIT_HIGH], 32 * PL_MIB);
        assert_int_equal(row.limits.values[PL_LIMIT_OOM_GROUP], 1);
        assert_int_equal(row.standing.states[PL_LIMIT_UNIT], PL_LIMIT_UNSET);
        assert_int_equal(rig_row("/nobody").standing.backend, PL_BACKEND_NONE);
        assert_int_not_equal(rig_acts(PL_JOURNAL_SET, &act), 0);
        assert_string_equal(act.set.name, "web");
        assert_int_equal(enforcer.enforced.count, 1);
}

static void who_comes_later_gets_them_at_once(void **state)
{
        (void) state;
        start(policy_text);
        make("web2");
        /* Without a look at everybody: news alone. */
        for (unsigned i = 0; i < 10 && enforcer.enforced.count == 0; i++)
                (void) rig_work();
        if (enforcer.enforced.count == 0)
                look();
        settle();
        assert_file("web2", "memory.max", "67108864\n");
}

static void what_somebody_changes_is_set_again(void **state)
{
        struct pl_journal_act act;

        (void) state;
        make("web");
        start(policy_text);
        cgroup_put(&tree, "web", "memory.max", "99\n");
        look();
        assert_file("web", "memory.max", "67108864\n");
        assert_int_equal(rig_acts(PL_JOURNAL_DRIFT, &act), 1);
        assert_int_equal(act.drift.limit, PL_LIMIT_MAX);
        assert_int_equal(act.drift.from, 64 * PL_MIB);
        assert_int_equal(act.drift.to, 99);
        assert_int_equal(act.drift.cause, PL_DRIFT_BY_HAND);
        assert_int_equal(act.drift.answer, PL_DRIFT_REPAIR);
        assert_int_equal(rig_row("/web").standing.drift_count, 1);
        look();
        assert_int_equal(rig_acts(PL_JOURNAL_DRIFT, &act), 1);
}

static void under_yield_it_stays(void **state)
{
        struct pl_journal_act act;

        (void) state;
        make("calm");
        start(policy_text);
        assert_file("calm", "memory.max", "67108864\n");
        cgroup_put(&tree, "calm", "memory.max", "8388608\n");
        look();
        look();
        assert_file("calm", "memory.max", "8388608\n");
        assert_int_equal(rig_acts(PL_JOURNAL_DRIFT, &act), 1);
        assert_int_equal(state_of("/calm", PL_LIMIT_MAX), PL_LIMIT_LEFT);
}

static void who_is_observed_is_not_touched(void **state)
{
        (void) state;
        make("seen");
        start(policy_text);
        assert_file("seen", "memory.max", "1048576\n");
        assert_int_equal(state_of("/seen", PL_LIMIT_MAX), PL_LIMIT_OBSERVED);
        assert_int_equal(rig_row("/seen").standing.backend, PL_BACKEND_OBSERVED);
        assert_int_equal(rig_row("/seen").standing.targets[PL_LIMIT_MAX], 64 * PL_MIB);
}

static void a_dry_run_touches_nobody(void **state)
{
        (void) state;
        make("web");
        rig_start(&(struct rig_options){ .enforce = true, .is_dry = true });
        rig_set_policy(rig_policy(policy_text));
        (void) rig_look();
        assert_file("web", "memory.max", "1048576\n");
        assert_int_equal(state_of("/web", PL_LIMIT_MAX), PL_LIMIT_OBSERVED);
        assert_int_equal(faccessat(place.fd, "originals", F_OK, 0), -1);
}

static void who_leaves_the_policy_gets_back_what_he_had(void **state)
{
        (void) state;
        make("web");
        make("calm");
        start(policy_text);
        rig_set_policy(rig_policy(other_text));
        look();
        look();
        assert_file("web", "memory.max", "134217728\n");
        assert_file("web", "memory.high", "max\n");
        assert_file("web", "memory.low", "8192\n");
        assert_file("calm", "memory.max", "1048576\n");
        assert_int_equal(enforcer.enforced.count, 1);
        rig_set_policy(NULL);
        look();
        look();
        assert_file("web", "memory.max", "1048576\n");
        assert_file("web", "memory.oom.group", "0\n");
        assert_int_equal(enforcer.enforced.count, 0);
        assert_int_equal(pl_originals_next_cgroup(&enforcer.originals, 0), PL_POOL_NONE);
}

static void what_another_has_set_since_is_his(void **state)
{
        (void) state;
        make("calm");
        start(policy_text);
        cgroup_put(&tree, "calm", "memory.max", "8388608\n");
        look();
        rig_set_policy(NULL);
        look();
        look();
        assert_file("calm", "memory.max", "8388608\n");
        assert_int_equal(enforcer.enforced.count, 0);
}

static void a_restart_goes_on_and_still_knows_what_was_there(void **state)
{
        struct pl_journal_act act;

        (void) state;
        make("web");
        start(policy_text);
        (void) rig_acts(PL_JOURNAL_SET, &act);
        restart(policy_text);
        assert_file("web", "memory.max", "67108864\n");
        assert_int_equal(state_of("/web", PL_LIMIT_MAX), PL_LIMIT_IN_FORCE);
        assert_int_equal(rig_acts(PL_JOURNAL_DRIFT, &act), 0);
        restart(nobody_text);
        look();
        assert_file("web", "memory.max", "1048576\n");
        assert_file("web", "memory.high", "max\n");
}

static void orders_are_obeyed(void **state)
{
        char text[4096];

        (void) state;
        make("web");
        start(policy_text);
        (void) snprintf(text, sizeof text,
                        "%s// origin: z.json\n{ \"order\": \"restore\", \"workload\": { \"path\": "
                        "\"/web\", " RIG_OWNER " } }\n",
                        policy_text);
        rig_set_policy(rig_policy(text));
        look();
        look();
        assert_file("web", "memory.max", "1048576\n");
        assert_int_equal(rig_row("/web").standing.mode, PL_PLAN_RESTORE);
        assert_int_equal(rig_row("/web").standing.governed, 0);
        rig_set_policy(rig_policy(policy_text));
        look();
        assert_file("web", "memory.max", "67108864\n");

        (void) snprintf(text, sizeof text, "%s// origin: z.json\n{ \"order\": \"pause\" }\n",
                        policy_text);
        rig_set_policy(rig_policy(text));
        look();
        cgroup_put(&tree, "web", "memory.max", "99\n");
        look();
        assert_file("web", "memory.max", "99\n");
        assert_int_equal(state_of("/web", PL_LIMIT_MAX), PL_LIMIT_OBSERVED);
        rig_set_policy(rig_policy(policy_text));
        look();
        assert_file("web", "memory.max", "67108864\n");
}

static void a_max_below_the_use_waits(void **state)
{
        (void) state;
        make("web");
        cgroup_put(&tree, "web", "memory.current", "104857600\n");
        cgroup_put(&tree, "web", "memory.max", "max\n");
        start(policy_text);
        for (unsigned i = 0; i < 20; i++)
                look();
        assert_int_not_equal(state_of("/web", PL_LIMIT_MAX), PL_LIMIT_IN_FORCE);
        cgroup_put(&tree, "web", "memory.current", "1048576\n");
        look();
        look();
        assert_file("web", "memory.max", "67108864\n");
        assert_int_equal(state_of("/web", PL_LIMIT_MAX), PL_LIMIT_IN_FORCE);
}

static void who_vanishes_with_orders_out_is_forgotten(void **state)
{
        (void) state;
        make("web");
        begin(policy_text);
        (void) rig_look();
        drop("web");
        look();
        look();
        assert_int_equal(enforcer.rows.count, 0);
}

static void who_may_not_swap_is_not_made_to_stand_still(void **state)
{
        (void) state;
        make("web");
        cgroup_put(&tree, "web", "memory.swap.max", "0\n");
        start("// origin: a.json\n"
              "{ \"profile\": \"web\", \"match\": [ { \"path\": \"/web\", " RIG_OWNER " } ],\n"
              "  \"memory\": { \"high\": \"32MiB\" } }\n");
        look();
        assert_file("web", "memory.high", "max\n");
        assert_int_equal(rig_row("/web").standing.causes[PL_LIMIT_HIGH], PL_CAUSE_NO_SWAP);
        cgroup_put(&tree, "web", "memory.swap.max", "max\n");
        look();
        assert_file("web", "memory.high", "33554432\n");
}

static void a_dry_run_closes_nothing_of_others(void **state)
{
        struct stat status;

        (void) state;
        make("web");
        rig_start(&(struct rig_options){ .enforce = true, .is_dry = true });
        (void) rig_look();
        assert_int_equal(fstat(STDIN_FILENO, &status), 0);
        pl_enforcer_close(&enforcer);
        is_enforcing = false;
        assert_int_equal(fstat(STDIN_FILENO, &status), 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                RIG_TEST(the_limits_of_a_profile_come_into_force),
                RIG_TEST(who_comes_later_gets_them_at_once),
                RIG_TEST(what_somebody_changes_is_set_again),
                RIG_TEST(under_yield_it_stays),
                RIG_TEST(who_is_observed_is_not_touched),
                RIG_TEST(a_dry_run_touches_nobody),
                RIG_TEST(who_leaves_the_policy_gets_back_what_he_had),
                RIG_TEST(what_another_has_set_since_is_his),
                RIG_TEST(a_restart_goes_on_and_still_knows_what_was_there),
                RIG_TEST(orders_are_obeyed),
                RIG_TEST(a_max_below_the_use_waits),
                RIG_TEST(who_vanishes_with_orders_out_is_forgotten),
                RIG_TEST(who_may_not_swap_is_not_made_to_stand_still),
                RIG_TEST(a_dry_run_closes_nothing_of_others),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
