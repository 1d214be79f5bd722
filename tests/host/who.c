/* SPDX-License-Identifier: Apache-2.0 */

/* Who lives at a path says the same as the census does, and no path leads out of the tree. */

#include "plimsoll/host/who.h"

#include <sys/xattr.h>

#include "host/cgroups.h"

#define ID "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static struct test_tree tree;
static struct pl_census_identity who;
static uint64_t id;

static int find(const char *path)
{
        return pl_who_find(tree.fd, pl_span_of(path), &who, &id);
}

static int set_up(void **state)
{
        static const char *const paths[] = {
                "a.slice",
                "a.slice/x.service",
                "a.slice/x.service/libpod-payload-" ID,
                "docker",
                "docker/" ID,
                "docker/" ID "/init",
                "two\nlines.service",
        };

        (void) state;
        (void) umask(022);
        cgroups_make(&tree);
        cgroup_put(&tree, ".", "cgroup.procs", "");
        for (size_t i = 0; i < PL_ARRAY_LENGTH(paths); i++)
                cgroup_make(&tree, paths[i]);
        return 0;
}

static int tear_down(void **state)
{
        (void) state;
        test_tree_remove(&tree);
        return 0;
}

static void says_what_the_census_says(void **state)
{
        static struct pl_census census;
        static struct pl_census_identity known;
        unsigned count = 0;

        (void) state;
        census_start(&census, &tree, (struct pl_census_options){});
        census_scan_all(&census);
        for (uint32_t i = pl_census_next(&census, 0); i != PL_CENSUS_NONE;
             i = pl_census_next(&census, i + 1)) {
                assert_int_equal(pl_census_identity(&census, i, &known), 0);
                assert_int_equal(find(known.path), 0);
                assert_int_equal(id, pl_census_at(&census, i)->id);
                assert_string_equal(who.path, known.path);
                assert_int_equal(who.identity.kind, known.identity.kind);
                assert_int_equal(who.identity.runtime, known.identity.runtime);
                assert_int_equal(who.identity.owner_uid, known.identity.owner_uid);
                assert_int_equal(who.identity.xattrs.count, known.identity.xattrs.count);
                assert_true(!who.identity.name == !known.identity.name);
                if (known.identity.name)
                        assert_string_equal(who.identity.name, known.identity.name);
                assert_true(!who.identity.container_id == !known.identity.container_id);
                count++;
        }
        assert_int_equal(count, 6); /* the root as well; what is inside of a workload is its own */
        pl_census_close(&census);
}

static const struct {
        const char *given, *path;
        int outcome;
} rows[] = {
        { "/a.slice/x.service", "/a.slice/x.service", 0 },
        { "a.slice/x.service", "/a.slice/x.service", 0 },
        { "//a.slice/.//x.service//", "/a.slice/x.service", 0 },
        { "/a.slice/x.service/libpod-payload-" ID, "/a.slice/x.service", 0 },
        { "/docker/" ID "/init", "/docker/" ID, 0 },
        { "/docker/" ID "/init/none", NULL, PL_FILE_E_ABSENT },
        { "/a.slice", "/a.slice", 0 },
        { "/", "/", 0 },
        { "", "/", 0 },
        { "/two\nlines.service", "/two\nlines.service", 0 },
        { "/none", NULL, PL_FILE_E_ABSENT },
        { "/a.slice/x.service/cgroup.procs", NULL, PL_FILE_E_ABSENT },
        { "/..", NULL, PL_WHO_E_ABOVE },
        { "/a.slice/../a.slice", NULL, PL_WHO_E_ABOVE },
        { "/../../host.slice", NULL, PL_WHO_E_ABOVE },
        { "/a.slice/..x", NULL, PL_FILE_E_ABSENT },
};

static void a_path_leads_to_its_workload(void **state)
{
        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(rows); i++) {
                int r = find(rows[i].given);

                if (r != rows[i].outcome)
                        fail_msg("row \"%s\": %d", rows[i].given, r);
                if (r == 0)
                        assert_string_equal(who.path, rows[i].path);
        }
        assert_int_equal(find("/a.slice/x.service/libpod-payload-" ID), 0);
        assert_int_equal(id, cgroup_id(&tree, "a.slice/x.service"));
        assert_int_equal(who.identity.owner_uid, geteuid());
}

static void long_paths_are_refused(void **state)
{
        static char path[PL_CGROUP_PATH_MAX + 64];
        char name[PL_CGROUP_NAME_MAX + 3] = "/";

        (void) state;
        memset(name + 1, 'x', sizeof name - 2);
        assert_int_equal(find(name), PL_FILE_E_ABSENT);
        for (size_t i = 0; i < sizeof path - 1; i++)
                path[i] = i % 2 == 0 ? '/' : 'x';
        assert_int_equal(find(path), PL_FILE_E_TOO_BIG);
        assert_int_equal(pl_who_find(tree.fd, pl_span("/a\0b", 4), &who, &id), PL_FILE_E_ABSENT);
}

/* A link is no cgroup, and leads out of the tree. */
static void a_link_is_not_followed(void **state)
{
        (void) state;
        assert_int_equal(symlinkat("/", tree.fd, "out.service"), 0);
        assert_true(find("/out.service") != 0);
        assert_int_equal(unlinkat(tree.fd, "out.service", 0), 0);
}

static void the_owner_is_that_of_the_directory_above(void **state)
{
        _cleanup_close_ int fd = openat(tree.fd, "docker/" ID, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

        (void) state;
        if (geteuid() != 0 || fchownat(tree.fd, "a.slice", 7, 7, 0) != 0 ||
            fsetxattr(fd, "user.plimsoll.profile", "batch", 5, 0) != 0)
                skip();
        assert_int_equal(find("/a.slice/x.service"), 0);
        assert_int_equal(who.identity.owner_uid, 7);
        assert_int_equal(find("/a.slice"), 0);
        assert_int_equal(who.identity.owner_uid, 0);
        assert_int_equal(find("/docker/" ID "/init"), 0);
        assert_int_equal(who.identity.xattrs.count, 1);
        assert_string_equal(who.identity.xattrs.items[0].value, "batch");
        assert_int_equal(fchownat(tree.fd, "docker/" ID, 7, 7, 0), 0);
        assert_int_equal(find("/docker/" ID), 0);
        assert_int_equal(who.identity.xattrs.count, 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(says_what_the_census_says),
                cmocka_unit_test(a_path_leads_to_its_workload),
                cmocka_unit_test(long_paths_are_refused),
                cmocka_unit_test(a_link_is_not_followed),
                cmocka_unit_test(the_owner_is_that_of_the_directory_above),
        };

        return cmocka_run_group_tests(tests, set_up, tear_down);
}
