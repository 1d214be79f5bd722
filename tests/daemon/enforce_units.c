/* SPDX-License-Identifier: Apache-2.0 */

/* Units that end and come again, with what systemd holds on our word between the two: a drop-in that makes the next cgroup of
 * the unit ours from the beginning. systemd itself is not there; its directories are. */

#include "enforced.h"

static const char service[] = "system.slice/web.service";

static const char drop_in[] = "run/systemd/system.control/web.service.d/50-MemoryMax.conf";

static const char policy_text[] =
        "// origin: a.json\n"
        "{ \"profile\": \"web\", \"match\": [ { \"unit\": \"web.service\", " RIG_OWNER " } ],\n"
        "  \"memory\": { \"max\": \"64MiB\" } }\n";

static const char nobody_text[] =
        "// origin: a.json\n"
        "{ \"profile\": \"nobody\", \"match\": [ { \"path\": \"/void\", " RIG_OWNER " } ] }\n";

/* ---- a systemd that has our word ---- */

static struct test_tree root;

static int set_up(void **state)
{
        static const char *const directories[] = { "run", "run/systemd",
                                                   "run/systemd/system.control",
                                                   "run/systemd/system.control/web.service.d" };

        test_tree_make(&root);
        for (size_t i = 0; i < PL_ARRAY_LENGTH(directories); i++)
                test_tree_mkdir(&root, directories[i]);
        test_tree_put(&root, drop_in, "[Service]\nMemoryMax=67108864\n");
        return rig_set_up(state);
}

static int tear_down(void **state)
{
        test_tree_remove(&root);
        return rig_tear_down(state);
}

#define UNIT_TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

/* It is under its profile, and a call to systemd was made whose end nobody has seen. */
static void start_asked(void)
{
        cgroup_make(&tree, "system.slice");
        make(service);
        start(policy_text);
        enforcer.root_fd = fcntl(root.fd, F_DUPFD_CLOEXEC, 3);
        assert_true(enforcer.root_fd >= 0);
        assert_int_equal(
                pl_originals_note_foreign(&enforcer.originals, cgroup_id(&tree, service), 0), 0);
}

/* The same, and systemd has said that it was done. */
static void start_kept(void)
{
        struct pl_limits kept = {};

        start_asked();
        pl_limits_put(&kept, PL_LIMIT_MAX, 64 * PL_MIB);
        assert_int_equal(
                pl_originals_keep_limits(&enforcer.originals, cgroup_id(&tree, service), &kept), 0);
}

static void end_service(void)
{
        drop(service);
        look();
        assert_int_equal(enforcer.departed_count, 1);
        assert_non_null(first_noted());
}

static void begin_service(const char *max)
{
        make(service);
        cgroup_put(&tree, service, "memory.max", max);
}

/* What is noted is noted of its cgroup of now, and of none before. */
static const struct pl_original_cgroup *only_noted(void)
{
        const struct pl_original_cgroup *cgroup = first_noted();

        assert_non_null(cgroup);
        assert_int_equal(cgroup->id, cgroup_id(&tree, service));
        assert_int_equal(enforcer.originals.cgroups.pool.count, 1);
        assert_int_equal(enforcer.departed_count, 0);
        return cgroup;
}

/* ---- the next cgroup of a unit ---- */

static void who_has_left_the_policy_meanwhile_gets_back_what_it_had(void **state)
{
        (void) state;
        start_kept();
        end_service();
        rig_set_policy(rig_policy(nobody_text));
        look();
        begin_service("67108864\n");
        look_often(4);
        assert_file(service, "memory.max", "1048576\n");
        /* The drop-in is still to be taken back. */
        assert_true(pl_limits_has(&only_noted()->kept, PL_LIMIT_MAX));
        assert_int_equal(enforcer.undo_count, 1);
}

/* Its cgroup was seen before systemd has written to it. */
static void what_is_not_written_yet_is_no_original(void **state)
{
        const struct pl_original_cgroup *cgroup;

        (void) state;
        start_kept();
        end_service();
        begin_service("max\n");
        look();
        cgroup = only_noted();
        assert_int_equal(cgroup->before.values[PL_LIMIT_MAX], 1048576);
        assert_int_equal(cgroup->kept.set, UINT32_C(1) << PL_LIMIT_MAX);
        assert_int_equal(cgroup->asked, 1);
        assert_file(service, "memory.max", "67108864\n");
        rig_set_policy(rig_policy(nobody_text));
        look_often(2);
        assert_file(service, "memory.max", "1048576\n");
}

static void what_may_be_ours_stays_so(void **state)
{
        const struct pl_original_cgroup *cgroup;
        const struct pl_enforced *enforced;

        (void) state;
        start_asked();
        end_service();
        begin_service("67108864\n");
        look();
        cgroup = only_noted();
        assert_int_equal(cgroup->before.values[PL_LIMIT_MAX], 1048576);
        assert_int_equal(cgroup->asked, 1);
        /* The next call does not take our own drop-in for somebody else's. */
        enforced = pl_enforced_at(&enforcer, pl_pool_next(&enforcer.enforced, 0));
        assert_int_equal(pl_enforce_note_foreign(&enforcer, enforced, UINT32_C(1) << PL_LIMIT_MAX),
                         0);
        assert_int_equal(only_noted()->foreign, 0);
}

static void what_says_something_else_is_somebody_elses(void **state)
{
        const struct pl_enforced *enforced;

        (void) state;
        start_asked();
        test_tree_put(&root, drop_in, "[Service]\nMemoryMax=4194304\n");
        enforced = pl_enforced_at(&enforcer, pl_pool_next(&enforcer.enforced, 0));
        assert_int_equal(pl_enforce_note_foreign(&enforcer, enforced, UINT32_C(1) << PL_LIMIT_MAX),
                         0);
        assert_int_equal(only_noted()->foreign, UINT32_C(1) << PL_LIMIT_MAX);
}

static void who_has_no_drop_ins_any_more_is_forgotten(void **state)
{
        (void) state;
        start_kept();
        end_service();
        assert_int_equal(unlinkat(root.fd, drop_in, 0), 0);
        look();
        assert_int_equal(enforcer.departed_count, 0);
        assert_null(first_noted());
        begin_service("8388608\n");
        look();
        assert_int_equal(only_noted()->before.values[PL_LIMIT_MAX], 8388608);
}

/* ---- and those that are none ---- */

static void a_name_that_is_no_units_is_none(void **state)
{
        (void) state;
        cgroup_make(&tree, "system.slice");
        make("system.slice/a b.service");
        start("// origin: a.json\n"
              "{ \"profile\": \"web\", \"match\": [ { \"path\": \"/system.slice/*\", " RIG_OWNER
              " } ],\n  \"memory\": { \"max\": \"64MiB\" } }\n");
        assert_file("system.slice/a b.service", "memory.max", "67108864\n");
        assert_int_equal(rig_row("/system.slice/a b.service").standing.backend, PL_BACKEND_DIRECT);
        assert_string_equal(first_noted()->unit, "");
        rig_set_policy(rig_policy(nobody_text));
        look_often(2);
        assert_file("system.slice/a b.service", "memory.max", "1048576\n");
        assert_null(first_noted());
        assert_int_equal(enforcer.enforced.count, 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                UNIT_TEST(who_has_left_the_policy_meanwhile_gets_back_what_it_had),
                UNIT_TEST(what_is_not_written_yet_is_no_original),
                UNIT_TEST(what_may_be_ours_stays_so),
                UNIT_TEST(what_says_something_else_is_somebody_elses),
                UNIT_TEST(who_has_no_drop_ins_any_more_is_forgotten),
                UNIT_TEST(a_name_that_is_no_units_is_none),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
