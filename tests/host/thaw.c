/* SPDX-License-Identifier: Apache-2.0 */

/* Whom we hold goes on, wherever he is in the tree, and nobody else. */

#include "plimsoll/host/thaw.h"

#include "marked.h"

enum { FOUND_MAX = 16 };

static struct test_tree tree;
static struct pl_thaw thaw;
static struct {
        char path[64];
        uint64_t id;
        enum pl_thaw_result result;
        size_t above_length;
        int outcome;
} found[FOUND_MAX];
static size_t found_count;

static void tell(void *to, const struct pl_thaw_found *one)
{
        assert_ptr_equal(to, &thaw);
        assert_true(found_count < FOUND_MAX);
        (void) snprintf(found[found_count].path, sizeof found->path, "%s", one->path);
        found[found_count].id = one->id;
        found[found_count].outcome = one->outcome;
        found[found_count].above_length = one->above_length;
        found[found_count++].result = one->result;
}

static int set_up(void **state)
{
        (void) state;
        cgroups_make(&tree);
        marked_make(&tree, "theirs", false);
        marked_make(&tree, "theirs/ours", true);
        cgroup_make(&tree, "slice");
        marked_make(&tree, "slice/ours", true);
        cgroup_make(&tree, "slice/free");
        cgroup_put(&tree, "slice/free", "cgroup.freeze", "0\n");
        marked_error = 0;
        memset(&thaw, 0, sizeof thaw);
        thaw.options.cgroup_fd = tree.fd;
        thaw.tell = tell;
        thaw.to = &thaw;
        found_count = 0;
        return 0;
}

static int tear_down(void **state)
{
        (void) state;
        test_tree_remove(&tree);
        return 0;
}

static const char *found_as(enum pl_thaw_result result)
{
        const char *path = NULL;

        for (size_t i = 0; i < found_count; i++)
                if (found[i].result == result) {
                        assert_null(path);
                        assert_int_equal(found[i].id, cgroup_id(&tree, found[i].path));
                        path = found[i].path;
                }
        return path ? path : "";
}

static void everybody_whom_we_hold_goes_on(void **state)
{
        (void) state;
        assert_int_equal(pl_thaw_run(&thaw), 0);
        assert_int_equal(found_count, 2);
        assert_int_equal(thaw.counts[PL_THAW_DONE], 2);
        assert_false(marked_stands_still(&tree, "slice/ours"));
        assert_false(marked_is_ours(&tree, "slice/ours"));
        assert_false(marked_is_ours(&tree, "theirs/ours"));
        assert_true(marked_stands_still(&tree, "theirs"));
        assert_false(thaw.is_partial);
        found_count = 0;
        assert_int_equal(pl_thaw_run(&thaw), 0);
        assert_int_equal(found_count, 0);
        assert_int_equal(thaw.counts[PL_THAW_DONE], 0);
}

static void who_only_asks_changes_nothing(void **state)
{
        (void) state;
        thaw.options.is_dry = true;
        assert_int_equal(pl_thaw_run(&thaw), 0);
        assert_int_equal(thaw.counts[PL_THAW_DONE], 2);
        assert_true(marked_stands_still(&tree, "slice/ours"));
        assert_true(marked_is_ours(&tree, "slice/ours"));
}

static void who_is_named_alone_goes_on(void **state)
{
        const uint64_t ids[] = { cgroup_id(&tree, "slice/ours"), cgroup_id(&tree, "slice/free"),
                                 cgroup_id(&tree, "theirs"), 4711 };

        (void) state;
        thaw.options.ids = ids;
        thaw.options.id_count = PL_ARRAY_LENGTH(ids);
        for (int i = 0; i < 2; i++) {
                found_count = 0;
                thaw.options.is_dry = i == 0;
                assert_int_equal(pl_thaw_run(&thaw), 0);
                assert_int_equal(found_count, 3);
                assert_string_equal(found_as(PL_THAW_DONE), "slice/ours");
                assert_string_equal(found_as(PL_THAW_NOT), "slice/free");
                assert_string_equal(found_as(PL_THAW_FOREIGN), "theirs");
                assert_int_equal(marked_stands_still(&tree, "slice/ours"), i == 0);
        }
        assert_true(marked_is_ours(&tree, "theirs/ours"));
        assert_true(marked_stands_still(&tree, "theirs"));
}

static void who_stands_still_through_one_above_is_not_taken_for_free(void **state)
{
        uint64_t id;

        (void) state;
        cgroup_make(&tree, "theirs/slice");
        cgroup_put(&tree, "theirs/slice", "cgroup.freeze", "0\n");
        marked_make(&tree, "theirs/slice/app", false);
        cgroup_put(&tree, "theirs/slice/app", "cgroup.freeze", "0\n");
        id = cgroup_id(&tree, "theirs/slice/app");
        thaw.options.ids = &id;
        thaw.options.id_count = 1;
        for (int i = 0; i < 2; i++) {
                found_count = 0;
                thaw.options.is_dry = i == 0;
                assert_int_equal(pl_thaw_run(&thaw), 0);
                assert_string_equal(found_as(PL_THAW_ABOVE), "theirs/slice/app");
                assert_int_equal(found[0].above_length, strlen("theirs"));
        }
        /* Also where it has not come to rest yet. */
        cgroup_put(&tree, "theirs/slice/app", "cgroup.events", "populated 1\nfrozen 0\n");
        found_count = 0;
        assert_int_equal(pl_thaw_run(&thaw), 0);
        assert_string_equal(found_as(PL_THAW_ABOVE), "theirs/slice/app");
        assert_true(marked_stands_still(&tree, "theirs"));
}

/* One above the tree that is seen may hold it, as a host does a container's. */
static void who_stands_still_through_nobody_seen_is_not_free_either(void **state)
{
        const uint64_t id = cgroup_id(&tree, "slice/free");

        (void) state;
        cgroup_put(&tree, "slice/free", "cgroup.events", "populated 1\nfrozen 1\n");
        thaw.options.ids = &id;
        thaw.options.id_count = 1;
        assert_int_equal(pl_thaw_run(&thaw), 0);
        assert_string_equal(found_as(PL_THAW_ABOVE), "slice/free");
        assert_int_equal(found[0].above_length, 0);
}

static void what_fails_is_told_and_the_others_go_on(void **state)
{
        (void) state;
        assert_int_equal(unlinkat(tree.fd, "slice/ours/cgroup.freeze", 0), 0);
        test_tree_mkdir(&tree, "slice/ours/cgroup.freeze");
        assert_int_equal(pl_thaw_run(&thaw), 0);
        assert_string_equal(found_as(PL_THAW_FAILED), "slice/ours");
        assert_string_equal(found_as(PL_THAW_DONE), "theirs/ours");
        assert_true(marked_is_ours(&tree, "slice/ours"));
}

/* Before Linux 5.2: nobody can be held. */
static void without_the_file_nobody_is_held(void **state)
{
        const uint64_t id = cgroup_id(&tree, "slice/free");

        (void) state;
        assert_int_equal(unlinkat(tree.fd, "slice/free/cgroup.freeze", 0), 0);
        thaw.options.ids = &id;
        thaw.options.id_count = 1;
        assert_int_equal(pl_thaw_run(&thaw), 0);
        assert_string_equal(found_as(PL_THAW_NOT), "slice/free");
}

static void a_tree_that_is_none_is_an_error(void **state)
{
        int fds[2];

        (void) state;
        assert_int_equal(pipe(fds), 0);
        thaw.options.cgroup_fd = fds[0];
        assert_int_equal(pl_thaw_run(&thaw), -ESPIPE);
        assert_int_equal(found_count, 0);
        (void) close(fds[0]);
        (void) close(fds[1]);
}

#define THAW_TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
        const struct CMUnitTest tests[] = {
                THAW_TEST(everybody_whom_we_hold_goes_on),
                THAW_TEST(who_only_asks_changes_nothing),
                THAW_TEST(who_is_named_alone_goes_on),
                THAW_TEST(who_stands_still_through_one_above_is_not_taken_for_free),
                THAW_TEST(who_stands_still_through_nobody_seen_is_not_free_either),
                THAW_TEST(what_fails_is_told_and_the_others_go_on),
                THAW_TEST(without_the_file_nobody_is_held),
                THAW_TEST(a_tree_that_is_none_is_an_error),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
