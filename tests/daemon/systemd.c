/* SPDX-License-Identifier: Apache-2.0 */

/* One that answers, refuses, says nothing, goes away in the middle, or is not there. */

#include "daemon/systemd.h"

#include "daemon/manager_fake.h"

static struct test_tree tree;
static struct manager manager;
static struct pl_systemd ours;

static int set_up(void **state)
{
        (void) state;
        test_tree_make(&tree);
        test_tree_mkdir(&tree, "run");
        test_tree_mkdir(&tree, "run/systemd");
        test_tree_mkdir(&tree, "run/systemd/system.control");
        manager = (struct manager){ .tree = &tree, .said = manager.said };
        return 0;
}

static int tear_down(void **state)
{
        (void) state;
        pl_systemd_close(&ours);
        pl_systemd_close(&ours);
        manager_stop(&manager);
        test_tree_remove(&tree);
        return 0;
}

#define MANAGER_TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

static void is_asked_and_answers(void **state)
{
        struct pl_limits limits = {};

        (void) state;
        manager_start(&manager);
        assert_true(pl_systemd_open(&ours, manager.address));
        assert_true(pl_systemd_reload(&ours));
        pl_limits_put(&limits, PL_LIMIT_MAX, 1048576);
        pl_limits_put(&limits, PL_LIMIT_SWAP_MAX, UINT64_MAX);
        pl_limits_put(&limits, PL_LIMIT_OOM_GROUP, 1); /* no property */
        assert_true(pl_systemd_set(&ours, "x.service", &limits));
        assert_string_equal(manager.said->words, "reload\nset x.service MemoryMax=1048576 "
                                                 "MemorySwapMax=18446744073709551615\n");
}

static void says_where_a_unit_is(void **state)
{
        char path[PL_CGROUP_PATH_MAX];

        (void) state;
        manager.cgroup = "/system.slice/x.service";
        manager_start(&manager);
        assert_true(pl_systemd_open(&ours, manager.address));
        assert_true(pl_systemd_find(&ours, "x.service", path));
        assert_string_equal(path, "/system.slice/x.service");
        /* One that it does not know, and one that it need not be asked about. */
        assert_true(pl_systemd_find(&ours, "x.scope", path));
        assert_string_equal(path, "");
        assert_true(pl_systemd_find(&ours, "\xff.service", path));
        assert_string_equal(path, "");
        assert_true(pl_systemd_find(&ours, "x.service", path));
        assert_string_equal(path, "/system.slice/x.service");
        manager_stop(&manager);
        assert_false(pl_systemd_find(&ours, "x.service", path));
        assert_string_equal(path, "");
}

static void is_not_there(void **state)
{
        (void) state;
        assert_false(pl_systemd_open(&ours, "unix:path=/nonexistent/socket"));
        assert_non_null(strstr(ours.words, "there is no way to systemd"));
        assert_false(pl_systemd_open(&ours, "nonsense"));
}

static void refuses(void **state)
{
        struct pl_limits limits = {};

        (void) state;
        manager.way = MANAGER_REFUSES;
        manager.member = "SetUnitProperties";
        manager_start(&manager);
        pl_limits_put(&limits, PL_LIMIT_LOW, 0);
        assert_true(pl_systemd_open(&ours, manager.address));
        assert_false(pl_systemd_set(&ours, "x.service", &limits));
        assert_string_equal(ours.words, "systemd refuses: Not today?[2J");
        assert_true(pl_systemd_reload(&ours));
}

static void goes_away(void **state)
{
        static const char *const members[] = { "Get", "Reload" };

        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(members); i++) {
                manager.way = MANAGER_ENDS;
                manager.member = members[i];
                manager_start(&manager);
                if (i == 0)
                        assert_false(pl_systemd_open(&ours, manager.address));
                else
                        assert_true(pl_systemd_open(&ours, manager.address) &&
                                    !pl_systemd_reload(&ours));
                assert_true(strlen(ours.words) > 0);
                pl_systemd_close(&ours);
                manager_stop(&manager);
        }
}

static void says_nothing(void **state)
{
        (void) state;
        manager.way = MANAGER_IS_SILENT;
        manager.member = "Reload";
        manager_start(&manager);
        assert_true(pl_systemd_open(&ours, manager.address));
        ours.patience_usec = 1;
        assert_false(pl_systemd_reload(&ours));
        assert_string_equal(ours.words, "systemd does not answer");
        /* And is not asked again, which would take as long once more. */
        ours.patience_usec = PL_SYSTEMD_PATIENCE_USEC;
        assert_false(pl_systemd_set(&ours, "x.service", &(struct pl_limits){}));
        assert_string_equal(ours.words, "systemd does not answer");
        assert_string_equal(manager.said->words, "");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                MANAGER_TEST(is_asked_and_answers),
                MANAGER_TEST(says_where_a_unit_is),
                MANAGER_TEST(is_not_there),
                MANAGER_TEST(refuses),
                MANAGER_TEST(goes_away),
                MANAGER_TEST(says_nothing),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
