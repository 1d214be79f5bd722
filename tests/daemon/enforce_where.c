/* SPDX-License-Identifier: Apache-2.0 */

/* Where a container's limits are: crun keeps a cgroup of its own for it inside of the scope. That comes later than the scope, is
 * made anew within it, and is found again by the next daemon; the scope's own limits are nobody's business then. */

#include "enforced.h"

static const char scope[] = "machine.slice/libpod-" CONTAINER ".scope";
static const char scope_row[] = "/machine.slice/libpod-" CONTAINER ".scope";
static const char inner[] = "machine.slice/libpod-" CONTAINER ".scope/container";

static const char policy_text[] =
        "// origin: a.json\n"
        "{ \"profile\": \"web\", \"match\": [ { \"runtime\": \"podman\", " RIG_OWNER " } ],\n"
        "  \"memory\": { \"max\": \"64MiB\" } }\n";

static const char larger_text[] =
        "// origin: a.json\n"
        "{ \"profile\": \"web\", \"match\": [ { \"runtime\": \"podman\", " RIG_OWNER " } ],\n"
        "  \"memory\": { \"max\": \"128MiB\" } }\n";

static const char scored_text[] =
        "// origin: a.json\n"
        "{ \"profile\": \"web\", \"match\": [ { \"runtime\": \"podman\", " RIG_OWNER " } ],\n"
        "  \"memory\": { \"max\": \"64MiB\" }, \"oom\": { \"score_adj\": 300 } }\n";

static const char nobody_text[] =
        "// origin: a.json\n"
        "{ \"profile\": \"nobody\", \"match\": [ { \"path\": \"/void\", " RIG_OWNER " } ] }\n";

static void make_container(void)
{
        cgroup_make(&tree, "machine.slice");
        make(scope);
        make(inner);
}

static void assert_nothing_is_left(void)
{
        assert_file(scope, "memory.max", "1048576\n");
        assert_file(inner, "memory.max", "1048576\n");
        assert_int_equal(enforcer.enforced.count, 0);
        assert_null(first_noted());
}

static void crun_has_a_cgroup_for_the_container(void **state)
{
        (void) state;
        make_container();
        start("// origin: a.json\n"
              "{ \"profile\": \"web\", \"match\": [ { \"runtime\": \"podman\", " RIG_OWNER " } ],\n"
              "  \"memory\": { \"max\": \"64MiB\", \"low\": \"1MiB\" } }\n");
        assert_file(inner, "memory.max", "67108864\n");
        assert_file(scope, "memory.max", "1048576\n");
        assert_int_equal(rig_row(scope_row).standing.backend, PL_BACKEND_INNER);
        cgroup_put(&tree, inner, "memory.max", "4096\n");
        look();
        assert_file(inner, "memory.max", "67108864\n");
        rig_set_policy(NULL);
        look_often(2);
        assert_file(inner, "memory.max", "1048576\n");
}

static void the_scope_may_be_there_first(void **state)
{
        (void) state;
        cgroup_make(&tree, "machine.slice");
        start(policy_text);
        make(scope);
        look();
        assert_file(scope, "memory.max", "1048576\n");
        make(inner);
        look_often(2);
        assert_file(scope, "memory.max", "1048576\n");
        assert_file(inner, "memory.max", "67108864\n");
        rig_set_policy(rig_policy(larger_text));
        look_often(2);
        assert_file(scope, "memory.max", "1048576\n");
        assert_file(inner, "memory.max", "134217728\n");
        rig_set_policy(rig_policy(nobody_text));
        look_often(6);
        assert_nothing_is_left();
}

/* systemd makes the scope around the process that the runtime has given it, and the runtime moves that one on. */
static void its_process_may_be_in_the_scope_first(void **state)
{
        (void) state;
        cgroup_make(&tree, "machine.slice");
        start(policy_text);
        make(scope);
        make_process(100001, "0\n");
        cgroup_put(&tree, scope, "cgroup.procs", "100001\n");
        (void) rig_work();
        assert_file(scope, "memory.max", "1048576\n");
        make(inner);
        cgroup_put(&tree, scope, "cgroup.procs", "");
        cgroup_put(&tree, inner, "cgroup.procs", "100001\n");
        look_often(2);
        assert_file(scope, "memory.max", "1048576\n");
        assert_file(inner, "memory.max", "67108864\n");
        assert_int_equal(rig_row(scope_row).standing.backend, PL_BACKEND_INNER);
}

static void a_container_without_one_cannot_make_itself_one(void **state)
{
        (void) state;
        cgroup_make(&tree, "machine.slice");
        make(scope);
        make_process(100001, "0\n");
        cgroup_put(&tree, scope, "cgroup.procs", "100001\n");
        start(policy_text);
        assert_file(scope, "memory.max", "67108864\n");
        make(inner);
        cgroup_put(&tree, scope, "memory.max", "max\n");
        look_often(2);
        assert_file(scope, "memory.max", "67108864\n");
        assert_file(inner, "memory.max", "1048576\n");
        assert_int_equal(state_of(scope_row, PL_LIMIT_MAX), PL_LIMIT_IN_FORCE);
}

static void it_gets_back_what_it_had_after_a_restart(void **state)
{
        (void) state;
        make_container();
        start(policy_text);
        assert_file(inner, "memory.max", "67108864\n");
        restart(nobody_text);
        look_often(5);
        assert_nothing_is_left();
}

static void so_do_its_processes(void **state)
{
        (void) state;
        make_container();
        make_process(100001, "0\n");
        cgroup_put(&tree, inner, "cgroup.procs", "100001\n");
        start(scored_text);
        look();
        assert_score(100001, "300\n");
        /* A child that was born with it, and of which nothing is noted. */
        make_process(100002, "300\n");
        cgroup_put(&tree, inner, "cgroup.procs", "100002\n100001\n");
        look_often(2);
        restart(nobody_text);
        look_often(8);
        assert_score(100001, "0\n");
        assert_score(100002, "0\n");
        assert_nothing_is_left();
}

/* The write to the old one has not come back when the new one is there. */
static void it_is_made_anew_while_orders_are_late(void **state)
{
        const struct pl_enforced *enforced;
        uint64_t old_id, value;

        (void) state;
        if (!cgroups_have_ids(&tree))
                skip();
        make_container();
        begin(policy_text);
        (void) rig_look();
        enforced = pl_enforced_at(&enforcer, pl_pool_next(&enforcer.enforced, 0));
        assert_int_not_equal(enforced->row, PL_POOL_NONE);
        old_id = enforced->target_id;
        now += PL_PLAN_VERIFY_USEC + PL_USEC_PER_SEC;
        pl_enforce_tick(&enforcer, now);
        assert_int_equal(rig_notes(PL_NOTE_LIMIT_LATE, &value), 1);

        drop(inner);
        make(inner);
        (void) rig_work();
        assert_int_not_equal(enforced->target_id, old_id);
        assert_int_equal(enforced->target_id, cgroup_id(&tree, inner));
        settle();
        look();
        assert_file(inner, "memory.max", "67108864\n");
        assert_int_equal(state_of(scope_row, PL_LIMIT_MAX), PL_LIMIT_IN_FORCE);
        rig_set_policy(rig_policy(nobody_text));
        look_often(6);
        assert_nothing_is_left();
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                RIG_TEST(crun_has_a_cgroup_for_the_container),
                RIG_TEST(the_scope_may_be_there_first),
                RIG_TEST(its_process_may_be_in_the_scope_first),
                RIG_TEST(a_container_without_one_cannot_make_itself_one),
                RIG_TEST(it_gets_back_what_it_had_after_a_restart),
                RIG_TEST(so_do_its_processes),
                RIG_TEST(it_is_made_anew_while_orders_are_late),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
