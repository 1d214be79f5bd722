/* SPDX-License-Identifier: Apache-2.0 */

/* Who is there, who comes and goes, and who they are. */

#include "plimsoll/host/census.h"

#include <sys/xattr.h>

#include "known.h"

#define ID "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static void finds_who_is_there(void **state)
{
        (void) state;
        cgroup_make(&tree, "init.scope");
        cgroup_make(&tree, "system.slice");
        cgroup_make(&tree, "system.slice/a.service");
        cgroup_make(&tree, "system.slice/a.service/inner");
        cgroup_make(&tree, "system.slice/docker-" ID ".scope");
        cgroup_make(&tree, "system.slice/docker-" ID ".scope/system.slice");
        cgroup_make(&tree, "docker");
        cgroup_make(&tree, "docker/" ID);
        cgroup_make(&tree, "plain");
        cgroup_make(&tree, "plain/deeper");
        start((struct pl_census_options){});

        assert_int_equal(census.workload_count, 5);
        assert_int_equal(census.holder_count, 3);
        assert_int_equal(entry_of("init.scope")->standing.flags, PL_STANDING_VITAL);
        assert_int_equal(entry_of("system.slice")->standing.kind, PL_WORKLOAD_HOLDER);
        assert_int_equal(entry_of("system.slice/a.service")->standing.kind, PL_WORKLOAD_SERVICE);
        assert_int_equal(entry_of("docker/" ID)->standing.runtime, PL_RUNTIME_DOCKER);
        assert_int_equal(entry_of("plain")->depth, 1);
        assert_true(entry_of("plain")->fd >= 0);
        assert_string_equal(path_of(PL_CENSUS_ROOT), "/");
        assert_int_equal(
                pl_census_find(&census, cgroup_id(&tree, "plain/deeper"), &(uint32_t){ 0 }),
                PL_CENSUS_E_NONE);
        assert_int_equal(pl_census_take_notes(&census), 0);
}

/* Who is known is seen by his id in the directory, without asking after him. */
static void sees_whom_it_knows(void **state)
{
        (void) state;
        cgroup_make(&tree, "a.slice");
        cgroup_make(&tree, "a.slice/x.service");
        cgroup_make(&tree, "a.slice/y.service");
        start((struct pl_census_options){});
        census_scan_all(&census);
        assert_int_equal(entry_of("a.slice/x.service")->seen, census.listing.stamp);
        assert_int_equal(entry_of("a.slice/y.service")->seen, census.listing.stamp);
}

/* Who asks for a scan in the middle of one has changed something behind it. */
static void looks_again_behind_a_scan(void **state)
{
        (void) state;
        for (int i = 0; i < 9; i++) {
                char path[32];

                (void) snprintf(path, sizeof path, "%d.slice", i);
                cgroup_make(&tree, path);
        }
        start((struct pl_census_options){ .no_inotify = true });
        (void) drain();
        pl_census_begin(&census);
        assert_int_equal(pl_census_scan(&census, 40), PL_CENSUS_E_MORE);
        cgroup_make(&tree, "late.service");
        census_scan_all(&census);
        assert_string_equal(drain(), "+/late.service");
}

static void tells_parents_first(void **state)
{
        (void) state;
        cgroup_make(&tree, "a.slice");
        cgroup_make(&tree, "a.slice/a-b.slice");
        cgroup_make(&tree, "a.slice/a-b.slice/c.service");
        start((struct pl_census_options){});
        assert_string_equal(drain(), "+/a.slice +/a.slice/a-b.slice +/a.slice/a-b.slice/c.service");
        assert_string_equal(drain(), "");

        cgroup_drop(&tree, "a.slice/a-b.slice/c.service");
        cgroup_drop(&tree, "a.slice/a-b.slice");
        cgroup_drop(&tree, "a.slice");
        census_settle(&census);
        assert_string_equal(drain(), "-/a.slice/a-b.slice/c.service -/a.slice/a-b.slice -/a.slice");
        assert_int_equal(census.workload_count, 0);
        assert_int_equal(census.holder_count, 1);
        assert_int_equal(census.fd_count, 1);
}

static void hears_of_it_at_once(void **state)
{
        (void) state;
        cgroup_make(&tree, "a.slice");
        start((struct pl_census_options){});
        (void) drain();
        cgroup_make(&tree, "a.slice/new.slice");
        cgroup_make(&tree, "a.slice/new.slice/x.service");
        census_settle(&census);
        assert_string_equal(drain(), "+/a.slice/new.slice +/a.slice/new.slice/x.service");
        /* A file that comes is no news. */
        cgroup_put(&tree, "a.slice", "memory.max", "max\n");
        assert_int_equal(pl_census_notice(&census), 0);
        assert_int_equal(census.dirty.first, PL_CENSUS_NONE);
}

static void tells_recreated_ones_apart(void **state)
{
        uint64_t before;

        (void) state;
        if (!cgroups_have_ids(&tree))
                skip();
        cgroup_make(&tree, "x.service");
        start((struct pl_census_options){});
        (void) drain();
        before = cgroup_id(&tree, "x.service");
        cgroup_drop(&tree, "x.service");
        cgroup_make(&tree, "x.service");
        census_settle(&census);
        assert_string_equal(drain(), "-/x.service +/x.service");
        assert_true(entry_of("x.service")->id != before);
        assert_int_equal(pl_census_find(&census, before, &(uint32_t){ 0 }), PL_CENSUS_E_NONE);
}

static void who_came_and_went_was_never_there(void **state)
{
        (void) state;
        start((struct pl_census_options){});
        cgroup_make(&tree, "short.slice");
        cgroup_make(&tree, "short.slice/x.service");
        census_settle(&census);
        cgroup_drop(&tree, "short.slice/x.service");
        cgroup_drop(&tree, "short.slice");
        census_settle(&census);
        assert_string_equal(drain(), "");
        assert_int_equal(census.ids.count, 1);
}

/* A whole slice at once, in pieces of one step each, without a notice of inotify's. */
static void buries_in_pieces(void **state)
{
        int steps = 0;

        (void) state;
        cgroup_make(&tree, "a.slice");
        for (int i = 0; i < 50; i++) {
                char path[64];

                (void) snprintf(path, sizeof path, "a.slice/%d.service", i);
                cgroup_make(&tree, path);
        }
        start((struct pl_census_options){ .no_inotify = true });
        (void) drain();
        for (int i = 0; i < 50; i++) {
                char path[64];

                (void) snprintf(path, sizeof path, "a.slice/%d.service", i);
                cgroup_drop(&tree, path);
        }
        cgroup_drop(&tree, "a.slice");
        pl_census_begin(&census);
        while (pl_census_scan(&census, 1) == PL_CENSUS_E_MORE)
                assert_true(++steps < 10000);
        assert_true(steps > 50);
        assert_int_equal(census.ids.count, 1);
        (void) drain();
        assert_int_equal(pl_census_next(&census, 1), PL_CENSUS_NONE);
}

/* The kernel's count, beside which ours has to stand. */
static size_t count_watches(void)
{
        char path[64], line[256];
        size_t count = 0;
        FILE *file;

        (void) snprintf(path, sizeof path, "/proc/self/fdinfo/%d", pl_census_fd(&census));
        file = fopen(path, "re");
        assert_non_null(file);
        while (fgets(line, sizeof line, file))
                count += strncmp(line, "inotify ", 8) == 0;
        (void) fclose(file);
        return count;
}

static void sees_who_moves_in_and_out(void **state)
{
        (void) state;
        cgroup_make(&tree, "x.service");
        cgroup_put(&tree, "x.service", "cgroup.events", "populated 0\nfrozen 0\n");
        start((struct pl_census_options){});
        assert_int_equal(entry_of("x.service")->flags, 0);
        (void) drain();
        cgroup_put(&tree, "x.service", "cgroup.events", "populated 1\nfrozen 0\n");
        census_settle(&census);
        assert_string_equal(drain(), "~/x.service");
        assert_int_equal(entry_of("x.service")->flags, PL_CENSUS_TOLD | PL_CENSUS_POPULATED);
        assert_int_equal(entry_of("x.service")->watch, -1);
        assert_int_equal(count_watches(), 1); /* the root's */
        /* Who moves out is seen at the scan. */
        cgroup_put(&tree, "x.service", "cgroup.events", "populated 0\nfrozen 1\n");
        census_settle(&census);
        assert_string_equal(drain(), "");
        census_scan_all(&census);
        assert_string_equal(drain(), "~/x.service");
        assert_int_equal(entry_of("x.service")->flags, PL_CENSUS_TOLD | PL_CENSUS_FROZEN);
        assert_true(entry_of("x.service")->watch >= 0);
        assert_int_equal(count_watches(), 2);
}

static void knows_who_could_have_named_it(void **state)
{
        struct pl_census_identity identity;

        (void) state;
        cgroup_make(&tree, "user.slice");
        cgroup_make(&tree, "user.slice/user-7.slice");
        cgroup_make(&tree, "user.slice/user-7.slice/user@7.service");
        cgroup_make(&tree, "user.slice/user-7.slice/user@7.service/my.service");
        cgroup_make(&tree, "user.slice/user-7.slice/session-3.scope");
        if (geteuid() != 0 ||
            fchownat(tree.fd, "user.slice/user-7.slice/user@7.service", 7, 7, 0) != 0)
                skip();
        start((struct pl_census_options){});

        assert_int_equal(
                pl_census_identity(
                        &census,
                        entry_of("user.slice/user-7.slice/user@7.service/my.service")->index,
                        &identity),
                0);
        assert_int_equal(identity.identity.owner_uid, 7);
        assert_string_equal(identity.identity.unit, "my.service");
        assert_string_equal(identity.identity.name, "my");
        assert_string_equal(identity.identity.slice, "user-7.slice");
        assert_string_equal(identity.identity.path,
                            "/user.slice/user-7.slice/user@7.service/my.service");
        assert_int_equal(identity.identity.runtime, PL_RUNTIME_SYSTEMD);
        assert_null(identity.identity.container);
        assert_int_equal(identity.identity.qos, -1);
        assert_int_equal(
                pl_census_identity(&census,
                                   entry_of("user.slice/user-7.slice/session-3.scope")->index,
                                   &identity),
                0);
        assert_int_equal(identity.identity.owner_uid, 0);
        assert_string_equal(identity.identity.name, "session 3 of user 7");
}

static void set_profile(const char *path, const char *profile, size_t length)
{
        _cleanup_close_ int fd = openat(tree.fd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

        if (fsetxattr(fd, "user.plimsoll.profile", profile, length, 0) != 0)
                skip();
}

static void believes_roots_attributes_alone(void **state)
{
        struct pl_census_identity identity;
        char longest[PL_NAME_MAX + 1];

        (void) state;
        memset(longest, 'x', sizeof longest);
        cgroup_make(&tree, "docker");
        cgroup_make(&tree, "docker/" ID);
        cgroup_make(&tree, "theirs");
        cgroup_make(&tree, "long");
        cgroup_make(&tree, "zero");
        set_profile("docker/" ID, "batch", 5);
        set_profile("theirs", "batch", 5);
        set_profile("long", longest, sizeof longest);
        set_profile("zero", "a\0b", 3);
        if (geteuid() != 0 || fchownat(tree.fd, "theirs", 7, 7, 0) != 0)
                skip();
        start((struct pl_census_options){});

        assert_int_equal(pl_census_identity(&census, entry_of("docker/" ID)->index, &identity), 0);
        assert_int_equal(identity.identity.xattrs.count, 1);
        assert_string_equal(identity.identity.xattrs.items[0].key, "user.plimsoll.profile");
        assert_string_equal(identity.identity.xattrs.items[0].value, "batch");
        assert_string_equal(identity.identity.container, "0123456789ab");
        assert_string_equal(identity.identity.container_id, ID);
        assert_int_equal(identity.identity.runtime, PL_RUNTIME_DOCKER);
        assert_int_equal(pl_census_identity(&census, entry_of("theirs")->index, &identity), 0);
        assert_int_equal(identity.identity.xattrs.count, 0);
        assert_int_equal(pl_census_identity(&census, entry_of("long")->index, &identity), 0);
        assert_int_equal(identity.identity.xattrs.count, 0);
        assert_int_equal(pl_census_identity(&census, entry_of("zero")->index, &identity), 0);
        assert_int_equal(identity.identity.xattrs.count, 0);
}

static void takes_hostile_names(void **state)
{
        char longest[NAME_MAX + 1];
        struct pl_census_identity identity;

        (void) state;
        memset(longest, 'y', NAME_MAX);
        longest[NAME_MAX] = '\0';
        cgroup_make(&tree, longest);
        cgroup_make(&tree, "two\nlines.service");
        cgroup_make(&tree, "\xff\xfe\x1b[2J.scope");
        cgroup_make(&tree, "a.slice");
        cgroup_make(&tree, "a.slice/\\x2d\\x00.service");
        start((struct pl_census_options){});
        assert_int_equal(census.workload_count, 4);
        for (uint32_t i = pl_census_next(&census, 1); i != PL_CENSUS_NONE;
             i = pl_census_next(&census, i + 1)) {
                assert_int_equal(pl_census_identity(&census, i, &identity), 0);
                assert_non_null(identity.identity.name);
        }
        assert_int_equal(
                pl_census_identity(&census, entry_of("two\nlines.service")->index, &identity), 0);
        assert_string_equal(identity.identity.unit, "two\nlines.service");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                TEST(finds_who_is_there),
                TEST(sees_whom_it_knows),
                TEST(looks_again_behind_a_scan),
                TEST(tells_parents_first),
                TEST(hears_of_it_at_once),
                TEST(tells_recreated_ones_apart),
                TEST(who_came_and_went_was_never_there),
                TEST(buries_in_pieces),
                TEST(sees_who_moves_in_and_out),
                TEST(knows_who_could_have_named_it),
                TEST(believes_roots_attributes_alone),
                TEST(takes_hostile_names),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
