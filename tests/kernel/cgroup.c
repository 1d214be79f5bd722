/* SPDX-License-Identifier: Apache-2.0 */

#include "plimsoll/kernel/cgroup.h"

#include <sys/resource.h>

#include "tree.h"

static struct pl_file_buffer buffer;
static struct pl_cgroup_walk walk;

static const char *const kernels[] = { "5.10", "6.1", "6.12", "7.2" };

static int open_fixture(const char *kernel, const char *cgroup)
{
        char path[128];

        assert_true(snprintf(path, sizeof path, "cgroup/%s/%s", kernel, cgroup) <
                    (int) sizeof path);
        return test_fixture(path);
}

static void reads_the_trees_of_five_years(void **state)
{
        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(kernels); i++) {
                _cleanup_close_ int root = open_fixture(kernels[i], ".");
                _cleanup_close_ int api = open_fixture(kernels[i], "web.slice/api");
                _cleanup_close_ int slice = open_fixture(kernels[i], "web.slice");
                struct pl_cgroup_events events;
                struct pl_cgroup_stat stat;
                enum pl_cgroup_type type;
                uint32_t mask;

                assert_int_equal(pl_cgroup_read_controllers(root, &buffer, &mask), 0);
                assert_row(kernels[i], mask & PL_CGROUP_MEMORY);
                assert_int_equal(pl_cgroup_read_subtree_control(slice, &buffer, &mask), 0);
                assert_row(kernels[i], mask == (PL_CGROUP_MEMORY | PL_CGROUP_PIDS));
                assert_int_equal(pl_cgroup_read_subtree_control(api, &buffer, &mask), 0);
                assert_row(kernels[i], mask == 0);
                assert_int_equal(pl_cgroup_read_events(api, &buffer, &events), 0);
                assert_row(kernels[i], events.populated == 1 && events.frozen == 0);
                assert_int_equal(pl_cgroup_read_stat(slice, &buffer, &stat), 0);
                assert_row(kernels[i], stat.descendants_count == 2);
                assert_int_equal(pl_cgroup_read_type(api, &buffer, &type), 0);
                assert_row(kernels[i], type == PL_CGROUP_DOMAIN);
                /* The root has neither: that is absence, and not a cgroup that is gone. */
                assert_int_equal(pl_cgroup_read_events(root, &buffer, &events), PL_FILE_E_ABSENT);
                assert_int_equal(pl_cgroup_read_type(root, &buffer, &type), PL_FILE_E_ABSENT);
        }
}

static void parses_controllers(void **state)
{
        uint32_t mask = 77;

        (void) state;
        assert_int_equal(pl_cgroup_parse_controllers(
                                 pl_span_of("cpuset cpu io memory hugetlb pids\n"), &mask),
                         0);
        assert_int_equal(mask, PL_CGROUP_CPUSET | PL_CGROUP_CPU | PL_CGROUP_IO | PL_CGROUP_MEMORY |
                                       PL_CGROUP_PIDS);
        assert_int_equal(pl_cgroup_parse_controllers(pl_span_of("\n"), &mask), 0);
        assert_int_equal(mask, 0);
        assert_int_equal(pl_cgroup_parse_controllers(pl_span_of(""), &mask), 0);
        assert_int_equal(pl_cgroup_parse_controllers(pl_span_of("memory_v2\n"), &mask), 0);
        assert_int_equal(mask, 0);
        assert_int_equal(pl_cgroup_parse_controllers(pl_span_of("cpu memo"), &mask),
                         PL_FILE_E_MALFORMED);
}

static void parses_events_types_and_counts(void **state)
{
        struct pl_cgroup_events events = { 7, 7 };
        struct pl_cgroup_stat stat;
        enum pl_cgroup_type type;

        (void) state;
        assert_int_equal(pl_cgroup_parse_events(pl_span_of("populated 2\n"), &events),
                         PL_FILE_E_MALFORMED);
        assert_int_equal(pl_cgroup_parse_events(pl_span_of("frozen 0\n"), &events),
                         PL_FILE_E_MALFORMED);
        assert_int_equal(pl_cgroup_parse_events(pl_span_of(""), &events), PL_FILE_E_MALFORMED);
        assert_true(events.populated == 7);
        assert_int_equal(pl_cgroup_parse_events(pl_span_of("populated 0\n"), &events), 0);
        assert_true(events.populated == 0 && events.frozen == 0);

        assert_int_equal(pl_cgroup_parse_type(pl_span_of("domain threaded\n"), &type), 0);
        assert_int_equal(type, PL_CGROUP_DOMAIN_THREADED);
        assert_int_equal(pl_cgroup_parse_type(pl_span_of("threaded\n"), &type), 0);
        assert_int_equal(type, PL_CGROUP_THREADED);
        assert_int_equal(pl_cgroup_parse_type(pl_span_of("domain invalid\n"), &type), 0);
        assert_int_equal(type, PL_CGROUP_DOMAIN_INVALID);
        assert_int_equal(pl_cgroup_parse_type(pl_span_of("domain"), &type), PL_FILE_E_MALFORMED);
        assert_int_equal(pl_cgroup_parse_stat(pl_span_of("nr_descendants 1\n"), &stat),
                         PL_FILE_E_MALFORMED);
}

static void lists_processes(void **state)
{
        struct test_tree tree;
        pid_t pids[3] = {};
        size_t count = 77, foreign = 77;

        (void) state;
        test_tree_make(&tree);
        test_tree_put(&tree, "cgroup.procs", "");
        assert_int_equal(pl_cgroup_read_procs(tree.fd, &buffer, pids, 3, &count, &foreign), 0);
        assert_int_equal(count, 0);
        test_tree_put(&tree, "cgroup.procs", "1\n0\n4194304\n0\n");
        assert_int_equal(pl_cgroup_read_procs(tree.fd, &buffer, pids, 3, &count, &foreign), 0);
        assert_int_equal(count, 2);
        assert_int_equal(foreign, 2);
        assert_int_equal(pids[1], 4194304);
        test_tree_put(&tree, "cgroup.procs", "1\n2\n3\n4\n");
        assert_int_equal(pl_cgroup_read_procs(tree.fd, &buffer, pids, 3, &count, &foreign),
                         PL_CGROUP_E_MORE);
        assert_int_equal(count, 3);

        count = 77;
        test_tree_put(&tree, "cgroup.procs", "1\n2");
        assert_int_equal(pl_cgroup_read_procs(tree.fd, &buffer, pids, 3, &count, &foreign),
                         PL_FILE_E_MALFORMED);
        test_tree_put(&tree, "cgroup.procs", "1\n-5\n");
        assert_int_equal(pl_cgroup_read_procs(tree.fd, &buffer, pids, 3, &count, &foreign),
                         PL_FILE_E_MALFORMED);
        test_tree_put(&tree, "cgroup.procs", "99999999999\n");
        assert_int_equal(pl_cgroup_read_procs(tree.fd, &buffer, pids, 3, &count, &foreign),
                         PL_FILE_E_MALFORMED);
        assert_int_equal(count, 77);
        test_tree_remove(&tree);
}

/* More processes than the buffer holds: lines that a piece cuts in two are put together again. */
static void lists_more_processes_than_a_buffer_holds(void **state)
{
        enum { PROCESSES = 40000 };
        static char text[PROCESSES * 7 + 1];
        static pid_t pids[PROCESSES];
        size_t length = 0, count, foreign;
        struct test_tree tree;

        (void) state;
        for (int pid = 1; pid <= PROCESSES; pid++)
                length += (size_t) sprintf(text + length, "%d\n", 100000 + pid);
        test_tree_make(&tree);
        test_tree_put(&tree, "cgroup.procs", text);
        assert_int_equal(pl_cgroup_read_procs(tree.fd, &buffer, pids, PROCESSES, &count, &foreign),
                         0);
        assert_int_equal(count, PROCESSES);
        for (int i = 0; i < PROCESSES; i++)
                assert_int_equal(pids[i], 100001 + i);
        test_tree_remove(&tree);
}

static void writes_switches(void **state)
{
        struct test_tree tree;

        (void) state;
        test_tree_make(&tree);
        test_tree_put(&tree, "cgroup.procs", "");
        assert_int_equal(pl_cgroup_kill(tree.fd), PL_FILE_E_ABSENT);
        test_tree_put(&tree, "cgroup.kill", "");
        test_tree_put(&tree, "cgroup.freeze", "");
        assert_int_equal(pl_cgroup_kill(tree.fd), 0);
        assert_string_equal(test_tree_get(&tree, "cgroup.kill"), "1\n");
        assert_int_equal(pl_cgroup_freeze(tree.fd, true), 0);
        assert_string_equal(test_tree_get(&tree, "cgroup.freeze"), "1\n");
        assert_int_equal(pl_cgroup_freeze(tree.fd, false), 0);
        assert_string_equal(test_tree_get(&tree, "cgroup.freeze"), "0\n");
        assert_int_equal(pl_cgroup_read(tree.fd, "memory.peak", &buffer), PL_FILE_E_ABSENT);
        test_tree_remove(&tree);

        /* Without even a cgroup.procs the directory is no longer a cgroup. */
        test_tree_make(&tree);
        assert_int_equal(pl_cgroup_kill(tree.fd), PL_FILE_E_GONE);
        assert_int_equal(pl_cgroup_read(tree.fd, "memory.peak", &buffer), PL_FILE_E_GONE);
        test_tree_remove(&tree);
}

struct seen {
        size_t count;
        char paths[64][128];
};

static void walk_all(int root, struct pl_cgroup_walk_bounds bounds, struct seen *seen)
{
        struct pl_cgroup_visit visit;
        int r;

        *seen = (struct seen){};
        assert_int_equal(pl_cgroup_walk_init(&walk, root, bounds), 0);
        while ((r = pl_cgroup_walk_next(&walk, &visit)) == 0) {
                uint64_t id;

                assert_true(seen->count < PL_ARRAY_LENGTH(seen->paths));
                assert_true(snprintf(seen->paths[seen->count++], 128, "%s", visit.path) < 128);
                assert_int_equal(pl_cgroup_id(visit.fd, &id), 0);
                assert_true(id == visit.id);
                assert_true(pl_span_ends_with(pl_span_of(visit.path), visit.name));
        }
        assert_int_equal(r, PL_CGROUP_E_END);
        pl_cgroup_walk_done(&walk);
        pl_cgroup_walk_done(&walk);
}

static bool saw(const struct seen *seen, const char *path)
{
        for (size_t i = 0; i < seen->count; i++)
                if (strcmp(seen->paths[i], path) == 0)
                        return true;
        return false;
}

static const struct pl_cgroup_walk_bounds wide = { PL_CGROUP_DEPTH_MAX, PL_CGROUP_COUNT_MAX };

static void walks_parents_before_children(void **state)
{
        _cleanup_close_ int root = open_fixture("6.1", ".");
        int fds = test_open_fds();
        struct seen seen;

        (void) state;
        for (int turn = 0; turn < 2; turn++) { /* the same fd can be walked again */
                walk_all(root, wide, &seen);
                assert_int_equal(seen.count, 3);
                assert_string_equal(seen.paths[0], "web.slice");
                assert_true(saw(&seen, "web.slice/api"));
                assert_true(saw(&seen, "web.slice/idle"));
                assert_int_equal(walk.unvisited_count, 0);
        }
        assert_int_equal(test_open_fds(), fds);
}

static void bounds_hold_and_are_told(void **state)
{
        struct test_tree tree;
        struct seen seen;
        char path[512] = "";

        (void) state;
        test_tree_make(&tree);
        for (int depth = 0; depth < 70; depth++) { /* deeper than any walk goes */
                strcat(path, depth ? "/d" : "d");
                test_tree_mkdir(&tree, path);
        }
        walk_all(tree.fd, wide, &seen);
        assert_int_equal(seen.count, PL_CGROUP_DEPTH_MAX);
        assert_int_equal(walk.unvisited_count, 1);
        walk_all(tree.fd, (struct pl_cgroup_walk_bounds){ 1, 10 }, &seen);
        assert_int_equal(seen.count, 1);
        assert_int_equal(walk.unvisited_count, 1);

        for (int i = 0; i < 20; i++) {
                char name[8];

                assert_true(snprintf(name, sizeof name, "w%d", i) > 0);
                test_tree_mkdir(&tree, name);
        }
        walk_all(tree.fd, (struct pl_cgroup_walk_bounds){ 1, 5 }, &seen);
        assert_int_equal(seen.count, 5);
        assert_int_equal(walk.unvisited_count, 16);
        test_tree_remove(&tree);
}

static void hostile_names_and_links(void **state)
{
        struct test_tree tree;
        struct seen seen;
        char longest[256];

        (void) state;
        memset(longest, 'x', 100);
        longest[100] = '\0';
        test_tree_make(&tree);
        test_tree_mkdir(&tree, "a b");
        test_tree_mkdir(&tree, "...");
        test_tree_mkdir(&tree, "\x1B[2J");
        test_tree_mkdir(&tree, "-rf");
        test_tree_mkdir(&tree, longest);
        assert_int_equal(symlinkat("/", tree.fd, "link"), 0);
        test_tree_put(&tree, "file", "");
        walk_all(tree.fd, wide, &seen);
        assert_int_equal(seen.count, 5);
        assert_true(saw(&seen, "..."));
        assert_true(saw(&seen, "\x1B[2J"));
        assert_true(saw(&seen, longest));
        test_tree_remove(&tree);
}

/* Sixty-four levels of names of 255 bytes do not fit into a path: what does not fit is counted, not cut. */
static void a_path_that_does_not_fit(void **state)
{
        struct test_tree tree;
        struct pl_cgroup_visit visit;
        char name[256];
        int fds[40], depth, at, count = 0;

        (void) state;
        memset(name, 'n', 255);
        name[255] = '\0';
        test_tree_make(&tree);
        at = tree.fd;
        for (depth = 0; depth < 20; depth++) {
                assert_int_equal(mkdirat(at, name, 0755), 0);
                fds[depth] = at = openat(at, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
                assert_true(at >= 0);
        }
        assert_int_equal(pl_cgroup_walk_init(&walk, tree.fd, wide), 0);
        while (pl_cgroup_walk_next(&walk, &visit) == 0)
                count++;
        assert_int_equal(count, 16); /* with slashes and the NUL 4096 bytes, to the last one */
        assert_int_equal(walk.unvisited_count, 1);
        pl_cgroup_walk_done(&walk);
        while (depth-- > 0) {
                (void) unlinkat(depth ? fds[depth - 1] : tree.fd, name, AT_REMOVEDIR);
                (void) close(fds[depth]);
        }
        test_tree_remove(&tree);
}

static void what_vanishes_is_passed_over(void **state)
{
        struct test_tree tree;
        struct pl_cgroup_visit visit;
        int fds, count = 0;

        (void) state;
        test_tree_make(&tree);
        test_tree_mkdir(&tree, "a");
        test_tree_mkdir(&tree, "b");
        test_tree_mkdir(&tree, "c");
        test_tree_mkdir(&tree, "a/below");
        test_tree_mkdir(&tree, "b/below");
        test_tree_mkdir(&tree, "c/below");
        fds = test_open_fds();
        assert_int_equal(pl_cgroup_walk_init(&walk, tree.fd, wide), 0);
        while (pl_cgroup_walk_next(&walk, &visit) == 0) {
                count++;
                if (visit.depth == 1) { /* everything goes as soon as the first is seen */
                        (void) unlinkat(tree.fd, "a/below", AT_REMOVEDIR);
                        (void) unlinkat(tree.fd, "b/below", AT_REMOVEDIR);
                        (void) unlinkat(tree.fd, "c/below", AT_REMOVEDIR);
                        (void) unlinkat(tree.fd, "a", AT_REMOVEDIR);
                        (void) unlinkat(tree.fd, "b", AT_REMOVEDIR);
                        (void) unlinkat(tree.fd, "c", AT_REMOVEDIR);
                }
        }
        pl_cgroup_walk_done(&walk);
        assert_int_equal(count, 1);
        assert_int_equal(test_open_fds(), fds);
        test_tree_remove(&tree);
}

static void a_walk_can_leave_a_branch_out_and_stop_early(void **state)
{
        _cleanup_close_ int root = open_fixture("6.1", ".");
        struct pl_cgroup_visit visit;
        int fds = test_open_fds(), count = 0;

        (void) state;
        assert_int_equal(pl_cgroup_walk_init(&walk, root, wide), 0);
        while (pl_cgroup_walk_next(&walk, &visit) == 0) {
                pl_cgroup_walk_skip_below(&walk);
                count++;
        }
        assert_int_equal(count, 1);
        pl_cgroup_walk_done(&walk);

        assert_int_equal(pl_cgroup_walk_init(&walk, root, wide), 0);
        assert_int_equal(pl_cgroup_walk_next(&walk, &visit), 0);
        assert_int_equal(pl_cgroup_walk_next(&walk, &visit), 0);
        assert_int_equal(visit.depth, 2);
        pl_cgroup_walk_done(&walk);
        assert_int_equal(test_open_fds(), fds);
}

static void a_foreign_mount_is_not_entered(void **state)
{
        _cleanup_close_ int root = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        struct pl_cgroup_visit visit;

        (void) state;
        assert_int_equal(
                pl_cgroup_walk_init(&walk, root, (struct pl_cgroup_walk_bounds){ 1, 1000 }), 0);
        while (pl_cgroup_walk_next(&walk, &visit) == 0)
                assert_string_not_equal(visit.name, "proc");
        pl_cgroup_walk_done(&walk);
}

/* What could not be looked at is said, and is not taken for an empty tree. */
static void a_walk_without_descriptors_says_so(void **state)
{
        _cleanup_close_ int root = open_fixture("6.1", ".");
        struct pl_cgroup_visit visit;
        struct rlimit all, none;
        int free_fd = dup(root);

        (void) state;
        assert_int_equal(getrlimit(RLIMIT_NOFILE, &all), 0);
        none = all;
        none.rlim_cur = (rlim_t) free_fd;
        (void) close(free_fd);
        assert_int_equal(pl_cgroup_walk_init(&walk, root, wide), 0);
        assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
        assert_int_equal(pl_cgroup_walk_next(&walk, &visit), -EMFILE);
        assert_int_equal(setrlimit(RLIMIT_NOFILE, &all), 0);
        assert_int_equal(pl_cgroup_walk_next(&walk, &visit), PL_CGROUP_E_END);
        pl_cgroup_walk_done(&walk);
}

static void an_ordinary_directory_is_not_unified(void **state)
{
        _cleanup_close_ int root = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        bool unified = true;

        (void) state;
        assert_int_equal(pl_cgroup_is_unified(root, &unified), 0);
        assert_false(unified);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(reads_the_trees_of_five_years),
                cmocka_unit_test(parses_controllers),
                cmocka_unit_test(parses_events_types_and_counts),
                cmocka_unit_test(lists_processes),
                cmocka_unit_test(lists_more_processes_than_a_buffer_holds),
                cmocka_unit_test(writes_switches),
                cmocka_unit_test(walks_parents_before_children),
                cmocka_unit_test(bounds_hold_and_are_told),
                cmocka_unit_test(hostile_names_and_links),
                cmocka_unit_test(a_path_that_does_not_fit),
                cmocka_unit_test(what_vanishes_is_passed_over),
                cmocka_unit_test(a_walk_can_leave_a_branch_out_and_stop_early),
                cmocka_unit_test(a_foreign_mount_is_not_entered),
                cmocka_unit_test(a_walk_without_descriptors_says_so),
                cmocka_unit_test(an_ordinary_directory_is_not_unified),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
