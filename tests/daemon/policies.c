/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/policies.h"

#include <poll.h>

#include "tree.h"

/* Static, because it has a diag. */
static struct pl_policies policies;
static const struct pl_host_facts host = { 16 * PL_GIB, 4 * PL_GIB };
static const char *const directories[] = { "low/policies.d", "high/policies.d",
                                           "far/away/policies.d", NULL };

#define WEB(max)                                                                                   \
        "{ \"profile\": \"web\", \"match\": [ { \"unit\": \"web.service\" } ], \"memory\": { "     \
        "\"max\": \"" max "\" } }\n"

static int reload(void)
{
        return pl_policies_reload(&policies, &host, 0);
}

static uint64_t max_in_force(void)
{
        assert_non_null(policies.in_force);
        assert_int_equal(policies.in_force->profile_count, 1);
        return policies.in_force->profiles[0]->profile.memory.max.nodes[0].value;
}

/* News of the kernel's are there when the call that made them returns, so nothing has to be waited for. */
static bool is_told(void)
{
        struct pollfd fd = { .fd = pl_policies_fd(&policies), .events = POLLIN };
        bool can_be_read = poll(&fd, 1, 0) == 1, any = pl_policies_notice(&policies);

        assert_int_equal(can_be_read, any);
        assert_false(pl_policies_notice(&policies));
        return any;
}

static int set_up(void **state)
{
        if (tree_set_up(state) != 0)
                return -1;
        tree_directory("low");
        tree_directory("high");
        tree_directory("low/policies.d");
        pl_policies_init(&policies, directories);
        return 0;
}

static int tear_down(void **state)
{
        pl_policies_done(&policies);
        return tree_tear_down(state);
}

static void without_any_file_there_is_an_empty_policy(void **state)
{
        (void) state;
        assert_false(policies.is_unwatched);
        assert_null(policies.in_force);
        assert_int_equal(reload(), 0);
        assert_int_equal(policies.in_force->document_count, 0);
        assert_int_equal(reload(), PL_POLICIES_E_SAME);
        assert_false(is_told());
}

static void a_change_is_told_and_taken(void **state)
{
        uint8_t before[PL_SHA256_BYTES];

        (void) state;
        tree_file("low/policies.d/web.json", WEB("1GiB"));
        assert_true(is_told());
        assert_int_equal(reload(), 0);
        assert_true(max_in_force() == PL_GIB);
        memcpy(before, policies.digest, sizeof before);

        tree_file("low/policies.d/web.json", WEB("2GiB"));
        assert_true(is_told());
        assert_int_equal(reload(), 0);
        assert_true(max_in_force() == 2 * PL_GIB);
        assert_memory_not_equal(policies.digest, before, sizeof before);
}

/* Other words for the same are no other policy. */
static void what_means_the_same_changes_nothing(void **state)
{
        const struct pl_policy *before = policies.in_force;

        (void) state;
        tree_file("low/policies.d/web.json", "// a comment\n" WEB("2048MiB"));
        assert_true(is_told());
        assert_int_equal(reload(), PL_POLICIES_E_SAME);
        assert_ptr_equal(policies.in_force, before);
}

static void what_is_bad_leaves_the_old_in_force(void **state)
{
        static const char *const wrong[] = { "{ \"profile\": ", WEB("2GB of ram"), WEB("32GiB") };
        const struct pl_policy *before = policies.in_force;
        uint8_t digest[PL_SHA256_BYTES];

        (void) state;
        memcpy(digest, policies.digest, sizeof digest);
        for (size_t i = 0; i < PL_ARRAY_LENGTH(wrong); i++) {
                tree_file("low/policies.d/web.json", wrong[i]);
                assert_int_equal(reload(), PL_POLICIES_E_REFUSED);
                assert_true(policies.diag.errors > 0);
                assert_string_equal(policies.diag.entries[0].file, "low/policies.d/web.json");
                assert_ptr_equal(policies.in_force, before);
                assert_memory_equal(policies.digest, digest, sizeof digest);
        }
        assert_true(is_told());
}

static void what_others_may_write_is_refused(void **state)
{
        (void) state;
        tree_file("low/policies.d/web.json", WEB("3GiB"));
        assert_int_equal(chmod("low/policies.d/web.json", 0666), 0);
        assert_true(is_told());
        assert_int_equal(reload(), PL_POLICIES_E_REFUSED);
        assert_true(max_in_force() == 2 * PL_GIB);
        assert_int_equal(chmod("low/policies.d/web.json", 0644), 0);
        assert_true(is_told());
        assert_int_equal(reload(), 0);
        assert_true(max_in_force() == 3 * PL_GIB);
}

/* Also one that was not there at the start, and what comes into it afterwards. */
static void a_directory_that_comes_later_is_watched(void **state)
{
        (void) state;
        tree_directory("high/policies.d");
        assert_true(is_told());
        assert_int_equal(reload(), PL_POLICIES_E_SAME);
        tree_file("high/policies.d/web.json", WEB("4GiB"));
        assert_true(is_told());
        assert_int_equal(reload(), 0);
        assert_true(max_in_force() == 4 * PL_GIB);
}

/* As kubelet updates a ConfigMap: a new directory, and a link that is moved over the old one. */
static void a_set_that_is_swapped_is_told_once_it_is_whole(void **state)
{
        (void) state;
        assert_int_equal(remove("high/policies.d/web.json"), 0);
        tree_directory("high/policies.d/..1");
        tree_file("high/policies.d/..1/web.json", WEB("5GiB"));
        tree_link("high/policies.d/..data", "..1");
        tree_link("high/policies.d/web.json", "..data/web.json");
        assert_true(is_told());
        assert_int_equal(reload(), 0);
        assert_true(max_in_force() == 5 * PL_GIB);

        tree_directory("high/policies.d/..2");
        tree_file("high/policies.d/..2/web.json", WEB("6GiB"));
        tree_link("high/policies.d/..next", "..2");
        assert_true(is_told());
        assert_int_equal(reload(), PL_POLICIES_E_SAME);
        assert_int_equal(rename("high/policies.d/..next", "high/policies.d/..data"), 0);
        assert_true(is_told());
        assert_int_equal(reload(), 0);
        assert_true(max_in_force() == 6 * PL_GIB);
}

static void a_directory_that_is_swapped_is_watched_again(void **state)
{
        (void) state;
        tree_directory("high/next");
        tree_file("high/next/web.json", WEB("7GiB"));
        assert_int_equal(rename("high/policies.d", "high/old"), 0);
        assert_int_equal(rename("high/next", "high/policies.d"), 0);
        assert_true(is_told());
        assert_int_equal(reload(), 0);
        assert_true(max_in_force() == 7 * PL_GIB);
        tree_file("high/policies.d/web.json", WEB("8GiB"));
        assert_true(is_told());
        assert_int_equal(reload(), 0);
        assert_true(max_in_force() == 8 * PL_GIB);
}

/* As /etc/plimsoll on a host where nobody has made it. */
static void also_one_whose_parents_come_later(void **state)
{
        (void) state;
        assert_false(policies.is_unwatched);
        tree_directory("far");
        assert_true(is_told());
        tree_directory("far/away");
        tree_directory("far/away/policies.d");
        assert_true(is_told());
        tree_file("far/away/policies.d/web.json", WEB("9GiB"));
        assert_true(is_told());
        assert_int_equal(reload(), 0);
        assert_true(max_in_force() == 9 * PL_GIB);
        assert_int_equal(remove("far/away/policies.d/web.json"), 0);
        assert_int_equal(remove("far/away/policies.d"), 0);
        assert_int_equal(remove("far/away"), 0);
        assert_true(is_told());
        assert_int_equal(reload(), 0);
        assert_true(max_in_force() == 8 * PL_GIB);
        assert_false(policies.is_unwatched);
}

static void policies_that_vanish_are_gone(void **state)
{
        (void) state;
        assert_int_equal(remove("high/policies.d/web.json"), 0);
        assert_int_equal(remove("low/policies.d/web.json"), 0);
        assert_true(is_told());
        assert_int_equal(reload(), 0);
        assert_int_equal(policies.in_force->document_count, 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(without_any_file_there_is_an_empty_policy),
                cmocka_unit_test(a_change_is_told_and_taken),
                cmocka_unit_test(what_means_the_same_changes_nothing),
                cmocka_unit_test(what_is_bad_leaves_the_old_in_force),
                cmocka_unit_test(what_others_may_write_is_refused),
                cmocka_unit_test(a_directory_that_comes_later_is_watched),
                cmocka_unit_test(a_set_that_is_swapped_is_told_once_it_is_whole),
                cmocka_unit_test(a_directory_that_is_swapped_is_watched_again),
                cmocka_unit_test(also_one_whose_parents_come_later),
                cmocka_unit_test(policies_that_vanish_are_gone),
        };

        return cmocka_run_group_tests(tests, set_up, tear_down);
}
