/* SPDX-License-Identifier: Apache-2.0 */

/* What the census does when there is no more to be had: of its own bounds, of files, of inotify. */

#include "plimsoll/host/census.h"

#include <sys/inotify.h>
#include <sys/resource.h>

#include "known.h"

/* ---- inotify that can be had no more ---- */

static int watches_left = -1; /* −1: as many as the kernel gives */
static bool no_instances;

int __real_inotify_add_watch(int fd, const char *path, uint32_t mask);
int __real_inotify_init1(int flags);
int __wrap_inotify_add_watch(int fd, const char *path, uint32_t mask);
int __wrap_inotify_init1(int flags);

int __wrap_inotify_add_watch(int fd, const char *path, uint32_t mask)
{
        if (watches_left == 0) {
                errno = ENOSPC;
                return -1;
        }
        if (watches_left > 0)
                watches_left--;
        return __real_inotify_add_watch(fd, path, mask);
}

int __wrap_inotify_init1(int flags)
{
        if (no_instances) {
                errno = EMFILE;
                return -1;
        }
        return __real_inotify_init1(flags);
}

/* ---- tests ---- */

static int begin(void **state)
{
        watches_left = -1;
        no_instances = false;
        return set_up(state);
}

static void keeps_to_its_bounds(void **state)
{
        const struct pl_census_options options = { .workloads_max = 3,
                                                   .holders_max = 3,
                                                   .depth_max = 2 };

        (void) state;
        cgroup_make(&tree, "a.slice");
        cgroup_make(&tree, "a.slice/a-b.slice");
        cgroup_make(&tree, "a.slice/a-b.slice/deep.service");
        for (int i = 0; i < 5; i++) {
                char path[64];

                (void) snprintf(path, sizeof path, "%d.service", i);
                cgroup_make(&tree, path);
        }
        start(options);
        assert_int_equal(census.workload_count, 3);
        assert_int_equal(census.holder_count, 3);
        assert_int_equal(pl_census_take_notes(&census),
                         1 << PL_CENSUS_NOTE_WORKLOADS | 1 << PL_CENSUS_NOTE_DEPTH);
        cgroup_make(&tree, "more.slice");
        census_settle(&census);
        assert_int_equal(pl_census_take_notes(&census), 1 << PL_CENSUS_NOTE_HOLDERS);
        census_scan_all(&census);
        assert_int_equal(pl_census_take_notes(&census), 0); /* once */
        assert_true(census.note_counts[PL_CENSUS_NOTE_WORKLOADS] > 2);

        /* Room that is made is used. */
        (void) drain();
        cgroup_drop(&tree, path_of(pl_census_next(&census, 2)) + 1);
        census_scan_all(&census);
        census_scan_all(&census);
        (void) drain();
        assert_int_equal(census.workload_count, 3);
}

static void goes_on_without_fds(void **state)
{
        const struct pl_census_entry *entry;
        bool opened;
        int fd;

        (void) state;
        cgroup_make(&tree, "a.slice");
        cgroup_make(&tree, "a.slice/a-b.slice");
        cgroup_make(&tree, "a.slice/a-b.slice/x.service");
        cgroup_make(&tree, "y.service");
        start((struct pl_census_options){ .fds_max = 1 });
        assert_int_equal(census.workload_count, 2);
        assert_int_equal(census.fd_count, 1);
        assert_int_equal(pl_census_take_notes(&census), 1 << PL_CENSUS_NOTE_FILES);

        entry = entry_of("a.slice/a-b.slice/x.service");
        assert_int_equal(entry->fd, -1);
        assert_int_equal(pl_census_directory(&census, entry->index, &fd, &opened), 0);
        assert_true(opened);
        assert_int_equal(close(fd), 0);
        (void) drain();
        cgroup_make(&tree, "a.slice/a-b.slice/z.service");
        census_settle(&census);
        assert_string_equal(drain(), "+/a.slice/a-b.slice/z.service");
        if (!cgroups_have_ids(&tree))
                return;
        /* Another one under the same path is not taken for it. */
        cgroup_drop(&tree, "a.slice/a-b.slice/x.service");
        cgroup_make(&tree, "a.slice/a-b.slice/x.service");
        assert_int_equal(pl_census_directory(&census, entry->index, &fd, &opened), PL_FILE_E_GONE);
        census_settle(&census);
        assert_string_equal(drain(), "-/a.slice/a-b.slice/x.service +/a.slice/a-b.slice/x.service");
}

static void takes_fds_when_there_are_some(void **state)
{
        (void) state;
        cgroup_make(&tree, "a.service");
        cgroup_make(&tree, "b.service");
        start((struct pl_census_options){ .fds_max = 2 });
        assert_int_equal((entry_of("a.service")->fd < 0) + (entry_of("b.service")->fd < 0), 1);
        census.options.fds_max = 3;
        census_scan_all(&census);
        assert_int_equal((entry_of("a.service")->fd < 0) + (entry_of("b.service")->fd < 0), 0);
}

static void goes_on_at_the_process_limit(void **state)
{
        struct rlimit limit, tight;

        (void) state;
        for (int i = 0; i < 20; i++) {
                char path[64];

                (void) snprintf(path, sizeof path, "%d.service", i);
                cgroup_make(&tree, path);
        }
        census_start(&census, &tree, (struct pl_census_options){ .fds_max = 1000 });
        assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
        tight = limit;
        tight.rlim_cur = (rlim_t) test_open_fds() + 8;
        assert_int_equal(setrlimit(RLIMIT_NOFILE, &tight), 0);
        census_scan_all(&census);
        assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
        assert_int_equal(pl_census_take_notes(&census), 1 << PL_CENSUS_NOTE_FILES);
        assert_in_range(census.workload_count, 1, 19);
        census_scan_all(&census);
        assert_int_equal(census.workload_count, 20);
}

static void goes_on_without_watches(void **state)
{
        (void) state;
        cgroup_make(&tree, "a.slice");
        watches_left = 1;
        start((struct pl_census_options){});
        assert_int_equal(pl_census_take_notes(&census), 1 << PL_CENSUS_NOTE_WATCHES);
        (void) drain();
        cgroup_make(&tree, "a.slice/x.service");
        census_settle(&census);
        assert_string_equal(drain(), "");
        census_scan_all(&census);
        assert_string_equal(drain(), "+/a.slice/x.service");
        /* There are some again: the next whole scan takes them. */
        watches_left = -1;
        census_scan_all(&census);
        cgroup_make(&tree, "a.slice/y.service");
        census_settle(&census);
        assert_string_equal(drain(), "+/a.slice/y.service");
}

static void goes_on_without_inotify(void **state)
{
        (void) state;
        no_instances = true;
        start((struct pl_census_options){});
        assert_int_equal(pl_census_fd(&census), -1);
        assert_int_equal(pl_census_take_notes(&census), 1 << PL_CENSUS_NOTE_INOTIFY);
        cgroup_make(&tree, "x.service");
        census_scan_all(&census);
        assert_string_equal(drain(), "+/x.service");
}

/* More news than the queue holds: a whole scan finds what was lost. */
static void makes_up_for_lost_news(void **state)
{
        char path[64];

        (void) state;
        cgroup_make(&tree, "a.slice");
        start((struct pl_census_options){});
        for (int i = 0; i < 10000; i++) {
                (void) snprintf(path, sizeof path, "a.slice/%d", i);
                test_tree_mkdir(&tree, path);
                if (i % 10 != 0)
                        assert_int_equal(unlinkat(tree.fd, path, AT_REMOVEDIR), 0);
        }
        cgroup_make(&tree, "b.slice");
        cgroup_make(&tree, "b.slice/x.service");
        census_settle(&census);
        assert_true(pl_census_take_notes(&census) & 1 << PL_CENSUS_NOTE_OVERFLOW);
        assert_int_equal(census.workload_count, 1001);
}

/* As deep as it goes, and one deeper. */
static void stops_at_its_depth(void **state)
{
        char path[PL_CGROUP_PATH_MAX] = "s.slice";

        (void) state;
        for (int depth = 1; depth <= PL_WORKLOAD_DEPTH_MAX; depth++) {
                cgroup_make(&tree, path);
                strcat(path, depth < PL_WORKLOAD_DEPTH_MAX ? "/s.slice" : "/x.service");
        }
        cgroup_make(&tree, path);
        start((struct pl_census_options){});
        assert_int_equal(census.holder_count, PL_WORKLOAD_DEPTH_MAX + 1);
        assert_int_equal(census.workload_count, 0);
        assert_int_equal(pl_census_take_notes(&census), 1 << PL_CENSUS_NOTE_DEPTH);
}

static void an_entry_is_small(void **state)
{
        (void) state;
        /* Hot, for a workload: the entry, its slots in the two tables at their emptiest, and its name. */
        assert_true(sizeof(struct pl_census_entry) + 8 * sizeof(struct pl_table_slot) + 96 <= 512);
        printf("an entry has %zu bytes, the census %zu\n", sizeof(struct pl_census_entry),
               sizeof(struct pl_census));
}

#define LIMITED(function) cmocka_unit_test_setup_teardown(function, begin, tear_down)

int main(void)
{
        const struct CMUnitTest tests[] = {
                LIMITED(keeps_to_its_bounds),           LIMITED(goes_on_without_fds),
                LIMITED(takes_fds_when_there_are_some), LIMITED(goes_on_at_the_process_limit),
                LIMITED(goes_on_without_watches),       LIMITED(goes_on_without_inotify),
                LIMITED(makes_up_for_lost_news),        LIMITED(stops_at_its_depth),
                cmocka_unit_test(an_entry_is_small),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
