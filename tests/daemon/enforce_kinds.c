/* SPDX-License-Identifier: Apache-2.0 */

/* Whose limits are where: units, slices with a budget or a promise for those below them, pods; and the oom_score_adj of
 * processes. */

#include "enforced.h"

static void a_unit_is_written_and_waits_for_systemd(void **state)
{
        struct pl_journal_row row;

        (void) state;
        cgroup_make(&tree, "system.slice");
        make("system.slice/web.service");
        start("// origin: a.json\n"
              "{ \"profile\": \"web\", \"match\": [ { \"unit\": \"web.service\", " RIG_OWNER
              " } ],\n"
              "  \"memory\": { \"max\": \"64MiB\" } }\n");
        assert_file("system.slice/web.service", "memory.max", "67108864\n");
        row = rig_row("/system.slice/web.service");
        assert_int_equal(row.standing.backend, PL_BACKEND_UNIT);
        assert_int_equal(row.standing.states[PL_LIMIT_UNIT], PL_LIMIT_UNSET);
        assert_string_equal(pl_originals_cgroup_at(&enforcer.originals, 0)->unit, "web.service");
}

static void what_systemd_may_have_from_us_is_not_forgotten(void **state)
{
        const struct pl_original_cgroup *cgroup;
        uint64_t id;

        (void) state;
        cgroup_make(&tree, "system.slice");
        make("system.slice/web.service");
        start("// origin: a.json\n"
              "{ \"profile\": \"web\", \"match\": [ { \"unit\": \"web.service\", " RIG_OWNER
              " } ],\n"
              "  \"memory\": { \"max\": \"64MiB\", \"oom_group\": true } }\n");
        /* A call to systemd was made, and nobody has seen its end. */
        id = cgroup_id(&tree, "system.slice/web.service");
        assert_int_equal(pl_originals_note_foreign(&enforcer.originals, id, 0), 0);
        rig_set_policy(NULL);
        look();
        look();
        assert_file("system.slice/web.service", "memory.max", "1048576\n");
        cgroup = pl_originals_find_cgroup(&enforcer.originals, id);
        assert_non_null(cgroup);
        assert_true(pl_limits_has(&cgroup->before, PL_LIMIT_MAX));
        assert_int_equal(enforcer.undo_count, 1);
}

static void a_slice_carries_the_budget_of_its_class(void **state)
{
        (void) state;
        make("plimsoll.slice");
        make("plimsoll.slice/plimsoll-web.slice");
        make("plimsoll.slice/plimsoll-web.slice/one.service");
        make("plimsoll-web.slice");
        start("// origin: a.json\n"
              "{ \"profile\": \"web\", \"match\": [ { \"slice\": \"plimsoll-web.slice\", " RIG_OWNER
              " } ],\n  \"memory\": { \"max\": \"64MiB\" }, \"budget\": { \"max\": \"256MiB\" } "
              "}\n");
        assert_file("plimsoll.slice/plimsoll-web.slice", "memory.max", "268435456\n");
        assert_file("plimsoll.slice/plimsoll-web.slice/one.service", "memory.max", "67108864\n");
        assert_file("plimsoll.slice", "memory.max", "1048576\n");
        assert_file("plimsoll-web.slice", "memory.max", "1048576\n");
        rig_set_policy(NULL);
        look();
        look();
        assert_file("plimsoll.slice/plimsoll-web.slice", "memory.max", "1048576\n");
}

static void those_above_are_raised_where_the_profile_asks_for_it(void **state)
{
        char text[1024];

        (void) state;
        make("a.slice");
        make("a.slice/one.service");
        make("a.slice/two.service");
        cgroup_put(&tree, "a.slice", "memory.low", "0\n");
        (void) snprintf(text, sizeof text,
                        "// origin: a.json\n"
                        "{ \"profile\": \"web\", \"match\": [ { \"slice\": \"a.slice\", %s } ],\n"
                        "  \"memory\": { \"low\": \"8MiB\", \"raise_ancestors\": true } }\n",
                        RIG_OWNER);
        start(text);
        look();
        look();
        assert_file("a.slice/one.service", "memory.low", "8388608\n");
        assert_file("a.slice", "memory.low", "16777216\n");
        rig_set_policy(NULL);
        look();
        look();
        look();
        assert_file("a.slice", "memory.low", "0\n");
        assert_file("a.slice/two.service", "memory.low", "8192\n");
}

static void pods_are_kubelets(void **state)
{
        static const char pod[] = "kubepods/burstable/pod12345678-1234-1234-1234-123456789abc";
        char path[512];

        (void) state;
        cgroup_make(&tree, "kubepods");
        cgroup_make(&tree, "kubepods/burstable");
        cgroup_make(&tree, pod);
        (void) snprintf(path, sizeof path, "%s/%s", pod, CONTAINER);
        make(path);
        start("// origin: a.json\n"
              "{ \"profile\": \"web\", \"match\": [ { \"path\": \"**\", " RIG_OWNER " } ],\n"
              "  \"memory\": { \"max\": \"64MiB\" } }\n");
        assert_file(path, "memory.max", "1048576\n");
        assert_int_equal(enforcer.rows.count, 0);
}

/* ---- processes ---- */

static void every_process_gets_the_score_and_gets_back_what_it_had(void **state)
{
        static const char text[] =
                "// origin: a.json\n"
                "{ \"profile\": \"web\", \"match\": [ { \"path\": \"/web\", " RIG_OWNER " } ],\n"
                "  \"oom\": { \"score_adj\": 300 } }\n";
        struct pl_journal_row row;

        (void) state;
        make("web");
        make_process(100001, "0\n");
        make_process(100002, "0\n");
        make_process(100003, "-500\n");
        cgroup_put(&tree, "web", "cgroup.procs", "100001\n100002\n100003\n");
        start(text);
        look();
        assert_score(100001, "300\n");
        assert_score(100002, "300\n");
        assert_score(100003, "-500\n");
        row = rig_row("/web");
        assert_int_equal(row.standing.process_count, 3);
        assert_int_equal(row.standing.adjusted_count, 2);
        assert_int_equal(row.standing.own_count, 1);
        assert_int_equal(row.standing.score_adj, 300);

        restart(text);
        look();
        rig_set_policy(NULL);
        for (unsigned i = 0; i < 4; i++)
                look();
        assert_score(100001, "0\n");
        assert_score(100002, "0\n");
        assert_score(100003, "-500\n");
        assert_int_equal(enforcer.enforced.count, 0);
}

static void also_when_nobody_wants_it_any_more_after_a_restart(void **state)
{
        static const char text[] =
                "// origin: a.json\n"
                "{ \"profile\": \"web\", \"match\": [ { \"path\": \"/web\", " RIG_OWNER " } ],\n"
                "  \"oom\": { \"score_adj\": 300 } }\n";

        (void) state;
        make("web");
        make_process(100001, "0\n");
        cgroup_put(&tree, "web", "cgroup.procs", "100001\n");
        start(text);
        look();
        assert_score(100001, "300\n");
        restart("// origin: a.json\n"
                "{ \"profile\": \"x\", \"match\": [ { \"path\": \"/void\", " RIG_OWNER " } ] }\n");
        for (unsigned i = 0; i < 4; i++)
                look();
        assert_score(100001, "0\n");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                RIG_TEST(a_unit_is_written_and_waits_for_systemd),
                RIG_TEST(what_systemd_may_have_from_us_is_not_forgotten),
                RIG_TEST(a_slice_carries_the_budget_of_its_class),
                RIG_TEST(those_above_are_raised_where_the_profile_asks_for_it),
                RIG_TEST(pods_are_kubelets),
                RIG_TEST(every_process_gets_the_score_and_gets_back_what_it_had),
                RIG_TEST(also_when_nobody_wants_it_any_more_after_a_restart),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
