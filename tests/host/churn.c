/* SPDX-License-Identifier: Apache-2.0 */

/* A tree that changes at random under a census that is given its turns at random, beside somebody who believes every event
 * he is told. Now and then everything comes to rest: then he, the census and the tree must agree.
 */

#include <malloc.h>

#include "cgroups.h"

enum { CGROUPS_MAX = 300, STEPS = 8000, REST_EVERY = 40, PATH_SIZE = 256 };

static struct pl_census census;
static struct test_tree tree;
static struct test_random chance;

/* What is in the tree: every cgroup, by path. */
static struct {
        size_t count;
        char paths[CGROUPS_MAX][PATH_SIZE];
} real;

/* What was told: who has appeared and has not vanished. */
static struct {
        size_t count;
        struct {
                uint64_t id;
                char path[PATH_SIZE];
        } items[2 * CGROUPS_MAX];
} told;

/* ---- the tree ---- */

static bool has_children(const char *path)
{
        size_t length = strlen(path);

        for (size_t i = 0; i < real.count; i++)
                if (strncmp(real.paths[i], path, length) == 0 && real.paths[i][length] == '/')
                        return true;
        return false;
}

static bool is_real(const char *path)
{
        for (size_t i = 0; i < real.count; i++)
                if (strcmp(real.paths[i], path) == 0)
                        return true;
        return false;
}

static void create(void)
{
        static const char *const parts[] = { "a.slice", "b.slice", "x.service",     "y.scope",
                                             "plain",   "docker",  "user@7.service" };
        char path[2 * PATH_SIZE] = "";
        size_t parent = test_random_below(&chance, real.count + 1);

        if (parent < real.count)
                (void) snprintf(path, sizeof path, "%s/", real.paths[parent]);
        (void) snprintf(path + strlen(path), PATH_SIZE, "%s",
                        parts[test_random_below(&chance, PL_ARRAY_LENGTH(parts))]);
        if (real.count == CGROUPS_MAX || strlen(path) >= PATH_SIZE - 8 || is_real(path))
                return;
        cgroup_make(&tree, path);
        memcpy(real.paths[real.count++], path, strlen(path) + 1);
}

static void drop(size_t i)
{
        cgroup_drop(&tree, real.paths[i]);
        real.count--;
        memmove(real.paths[i], real.paths[real.count], PATH_SIZE);
}

static void change(void)
{
        size_t i = real.count > 0 ? test_random_below(&chance, real.count) : 0;
        uint64_t what = test_random_below(&chance, 10);
        char path[PATH_SIZE];

        if (what < 5 || real.count == 0 || has_children(real.paths[i])) {
                create();
                return;
        }
        memcpy(path, real.paths[i], PATH_SIZE);
        drop(i);
        if (what < 7)
                return;
        /* Made anew under the same name. */
        cgroup_make(&tree, path);
        memcpy(real.paths[real.count++], path, PATH_SIZE);
}

/* Whole slices at once. */
static void fell(void)
{
        for (size_t i = real.count; i > 0; i--)
                if (!has_children(real.paths[i - 1]) && test_random_below(&chance, 3) > 0)
                        drop(i - 1);
}

/* ---- who is told ---- */

static size_t find_told(uint64_t id)
{
        size_t i = 0;

        while (i < told.count && told.items[i].id != id)
                i++;
        return i;
}

static void hear_appeared(const struct pl_census_event *event)
{
        const struct pl_census_entry *entry = pl_census_at(&census, event->index);
        struct pl_text text;

        assert_int_equal(find_told(event->id), told.count);
        assert_true(told.count < PL_ARRAY_LENGTH(told.items));
        pl_text_init(&text, told.items[told.count].path, PATH_SIZE);
        pl_census_path(&census, event->index, &text);
        for (size_t i = 0; i < told.count; i++)
                assert_string_not_equal(told.items[i].path, told.items[told.count].path);
        if (entry->depth > 1)
                assert_true(find_told(pl_census_at(&census, entry->parent)->id) < told.count);
        told.items[told.count++].id = event->id;
}

static void hear_vanished(const struct pl_census_event *event)
{
        size_t i = find_told(event->id), length;

        assert_true(i < told.count);
        length = strlen(told.items[i].path);
        for (size_t j = 0; j < told.count; j++)
                assert_false(strncmp(told.items[j].path, told.items[i].path, length) == 0 &&
                             told.items[j].path[length] == '/');
        told.items[i] = told.items[--told.count];
}

static void hear(size_t most)
{
        struct pl_census_event event;

        while (most-- > 0 && pl_census_next_event(&census, &event) == 0) {
                if (event.kind == PL_CENSUS_APPEARED)
                        hear_appeared(&event);
                else if (event.kind == PL_CENSUS_VANISHED)
                        hear_vanished(&event);
                else
                        assert_true(find_told(event.id) < told.count);
        }
}

/* ---- at rest ---- */

static void compare(uint64_t seed, int step)
{
        size_t expected = 0;

        for (size_t i = 0; i < real.count; i++) {
                struct pl_identity identity;
                size_t length, j;

                pl_identity_resolve(pl_span_of(real.paths[i]), &identity, &length);
                if (length < strlen(real.paths[i]))
                        continue;
                expected++;
                j = find_told(cgroup_id(&tree, real.paths[i]));
                if (j == told.count || strcmp(told.items[j].path + 1, real.paths[i]) != 0)
                        fail_msg("seed %llu, step %d: %s is not known", (unsigned long long) seed,
                                 step, real.paths[i]);
        }
        if (told.count != expected || census.workload_count + census.holder_count != expected + 1 ||
            census.ids.count != expected + 1)
                fail_msg("seed %llu, step %d: %zu told, %zu are there", (unsigned long long) seed,
                         step, told.count, expected);
}

static void give_a_turn(void)
{
        if (test_random_below(&chance, 3) == 0)
                (void) pl_census_notice(&census);
        if (test_random_below(&chance, 20) == 0)
                pl_census_begin(&census);
        if (test_random_below(&chance, 2) == 0)
                assert_true(pl_census_scan(&census,
                                           (uint32_t) (1 + test_random_below(&chance, 60))) >= 0);
        if (test_random_below(&chance, 2) == 0)
                hear(test_random_below(&chance, 8));
}

static void run(struct pl_census_options options, uint64_t seed)
{
        int fds = test_open_fds();

        chance.state = seed;
        real.count = told.count = 0;
        cgroups_make(&tree);
        if (!cgroups_have_ids(&tree)) {
                test_tree_remove(&tree);
                skip();
        }
        census_start(&census, &tree, options);
        pl_census_begin(&census);
        for (int step = 1; step <= STEPS; step++) {
                change();
                if (test_random_below(&chance, 200) == 0)
                        fell();
                give_a_turn();
                if (step % REST_EVERY != 0)
                        continue;
                if (options.no_inotify)
                        pl_census_begin(&census);
                census_settle(&census);
                if (options.no_inotify) /* the first may have been in the middle of another */
                        census_scan_all(&census);
                hear(SIZE_MAX);
                compare(seed, step);
        }
        while (real.count > 0)
                fell();
        census_scan_all(&census);
        hear(SIZE_MAX);
        compare(seed, STEPS);
        assert_int_equal(census.fd_count, 1);
        pl_census_close(&census);
        test_tree_remove(&tree);
        assert_int_equal(test_open_fds(), fds);
}

static void agrees_with_inotify(void **state)
{
        (void) state;
        for (uint64_t seed = 1; seed <= 3; seed++)
                run((struct pl_census_options){ .fds_max = 10000 }, seed);
}

static void agrees_by_scanning_alone(void **state)
{
        (void) state;
        run((struct pl_census_options){ .no_inotify = true }, 4);
}

static void agrees_without_fds(void **state)
{
        (void) state;
        run((struct pl_census_options){ .fds_max = 5 }, 5);
}

/* What a churn took is there for the next: memory does not grow with time. */
static void memory_does_not_grow(void **state)
{
        struct pl_census_event event;
        size_t first = 0;

        (void) state;
        if (mallinfo2().uordblks == 0)
                skip(); /* the address sanitizer's heap does not count */
        cgroups_make(&tree);
        cgroup_make(&tree, "a.slice");
        census_start(&census, &tree, (struct pl_census_options){ .fds_max = 10000 });
        census_scan_all(&census);
        for (int turn = 0; turn < 20; turn++) {
                char path[PATH_SIZE];

                for (int i = 0; i < 500; i++) {
                        (void) snprintf(path, sizeof path, "a.slice/%d.service", i);
                        cgroup_make(&tree, path);
                }
                census_settle(&census);
                assert_int_equal(census.workload_count, 500);
                for (int i = 0; i < 500; i++) {
                        (void) snprintf(path, sizeof path, "a.slice/%d.service", i);
                        cgroup_drop(&tree, path);
                }
                while (pl_census_next_event(&census, &event) == 0)
                        ;
                census_settle(&census);
                while (pl_census_next_event(&census, &event) == 0)
                        ;
                assert_int_equal(census.workload_count, 0);
                if (turn == 1)
                        first = mallinfo2().uordblks;
        }
        assert_in_range(mallinfo2().uordblks, 1, first + 1024);
        pl_census_close(&census);
        test_tree_remove(&tree);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(agrees_with_inotify),
                cmocka_unit_test(agrees_by_scanning_alone),
                cmocka_unit_test(agrees_without_fds),
                cmocka_unit_test(memory_does_not_grow),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
