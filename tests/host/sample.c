/* SPDX-License-Identifier: Apache-2.0 */

#include "plimsoll/host/sample.h"

#include "cgroups.h"
#include "plimsoll/base/size.h"

#define ID "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static struct pl_sampler sampler;
static struct pl_census census;
static struct test_tree tree;
static int fds_before;

static int set_up(void **state)
{
        (void) state;
        fds_before = test_open_fds();
        cgroups_make(&tree);
        census_start(&census, &tree, (struct pl_census_options){});
        pl_sampler_init(&sampler, &(struct pl_roots){ tree.fd, tree.fd, -1, -1 }, true);
        return 0;
}

static int tear_down(void **state)
{
        (void) state;
        pl_sampler_done(&sampler);
        pl_sampler_done(&sampler);
        pl_census_close(&census);
        test_tree_remove(&tree);
        return test_open_fds() == fds_before ? 0 : -1;
}

static int open_cgroup(const char *path)
{
        int fd = openat(tree.fd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

        assert_true(fd >= 0);
        return fd;
}

#define HAS(sample, figure) (((sample).have & PL_CGROUP_BIT(figure)) != 0)

static void reads_a_cgroup_of_every_kernel(void **state)
{
        static const char *const kernels[] = { "5.10", "6.1", "6.12", "7.2" };

        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(kernels); i++) {
                struct pl_cgroup_sample sample = {}, hot = {};
                char path[64];
                _cleanup_close_ int fd = -1;

                (void) snprintf(path, sizeof path, "cgroup/%s/web.slice/api", kernels[i]);
                fd = test_fixture(path);
                assert_int_equal(
                        pl_sample_cgroup(&sampler, fd, PL_SAMPLE_HOT | PL_SAMPLE_SLOW, 42, &sample),
                        0);
                assert_row(kernels[i], sample.at_usec == 42 && sample.stat_at_usec == 42);
                assert_row(kernels[i], sample.current_bytes > PL_MIB && sample.anon_bytes > 0);
                assert_row(kernels[i], HAS(sample, current_bytes) && HAS(sample, anon_bytes) &&
                                               HAS(sample, oom_kill) && HAS(sample, local_max) &&
                                               HAS(sample, full_usec) && HAS(sample, pgscan));
                assert_row(kernels[i], sample.local_max > 0 && sample.full_usec > 0);

                /* The same from files kept open, memory.stat only where it is asked for. */
                assert_int_equal(pl_sample_keep(&sampler, i + 1, fd), 0);
                assert_int_equal(pl_sample_again(&sampler, i + 1, PL_SAMPLE_HOT, 42, &hot), 0);
                assert_row(kernels[i], hot.stat_at_usec == 0 && !HAS(hot, anon_bytes));
                assert_int_equal(
                        pl_sample_again(&sampler, i + 1, PL_SAMPLE_HOT | PL_SAMPLE_SLOW, 42, &hot),
                        0);
                assert_row(kernels[i], memcmp(&sample, &hot, sizeof sample) == 0);
        }
}

/* What is not there is no 0. */
static void tells_nothing_from_nought(void **state)
{
        struct pl_cgroup_sample sample = {};
        _cleanup_close_ int fd = -1;

        (void) state;
        cgroup_make(&tree, "a");
        fd = open_cgroup("a");
        assert_int_equal(pl_sample_cgroup(&sampler, fd, PL_SAMPLE_HOT, 1, &sample),
                         PL_FILE_E_ABSENT);
        assert_true(sample.have == 0 && sample.at_usec == 0);
        cgroup_put(&tree, "a", "memory.current", "4096\n");
        assert_int_equal(pl_sample_cgroup(&sampler, fd, PL_SAMPLE_HOT, 2, &sample), 0);
        assert_true(sample.have == PL_CGROUP_BIT(current_bytes));
        cgroup_put(&tree, "a", "memory.pressure",
                   "some avg10=0.00 avg60=0.00 avg300=0.00 total=9\n"
                   "full avg10=0.00 avg60=0.00 avg300=0.00 total=7\n");
        cgroup_put(&tree, "a", "memory.swap.current", "0\n");
        assert_int_equal(pl_sample_cgroup(&sampler, fd, PL_SAMPLE_HOT, 3, &sample), 0);
        assert_true(HAS(sample, swap_bytes) && sample.some_usec == 9 && sample.full_usec == 7);
        assert_false(HAS(sample, oom_kill));
        /* Hidden by its owner: what was known before is not known any more. */
        assert_int_equal(unlinkat(tree.fd, "a/memory.pressure", 0), 0);
        assert_int_equal(pl_sample_cgroup(&sampler, fd, PL_SAMPLE_HOT, 4, &sample), 0);
        assert_false(HAS(sample, some_usec));
        assert_true(sample.some_usec == 0 && sample.at_usec == 4);

        /* What it is made of cannot be read: what it uses is. */
        cgroup_put(&tree, "a", "memory.current", "8192\n");
        cgroup_put(&tree, "a", "memory.stat", "anon");
        assert_int_equal(pl_sample_cgroup(&sampler, fd, PL_SAMPLE_HOT | PL_SAMPLE_SLOW, 4, &sample),
                         0);
        assert_true(sample.current_bytes == 8192 && sample.stat_at_usec == 0);
        assert_int_equal(pl_sample_cgroup(&sampler, fd, PL_SAMPLE_SLOW, 4, &sample),
                         PL_FILE_E_MALFORMED);

        cgroup_put(&tree, "a", "memory.current", "40");
        assert_int_equal(pl_sample_cgroup(&sampler, fd, PL_SAMPLE_HOT, 5, &sample),
                         PL_FILE_E_MALFORMED);
        assert_true(sample.current_bytes == 8192 && sample.at_usec == 4);
}

static void the_gone_are_gone(void **state)
{
        struct pl_cgroup_sample sample = {};
        _cleanup_close_ int fd = -1;

        (void) state;
        cgroup_make(&tree, "a");
        fd = open_cgroup("a");
        cgroup_drop(&tree, "a");
        assert_int_equal(pl_sample_cgroup(&sampler, fd, PL_SAMPLE_HOT, 1, &sample), PL_FILE_E_GONE);
        assert_int_equal(pl_sample_cgroup(&sampler, fd, PL_SAMPLE_SLOW, 1, &sample),
                         PL_FILE_E_GONE);
        assert_int_equal(pl_sample_keep(&sampler, 7, fd), PL_FILE_E_GONE);
        assert_false(pl_sample_is_kept(&sampler, 7));
}

static void the_hot_set_is_bounded(void **state)
{
        _cleanup_close_ int fd = test_fixture("cgroup/6.12/web.slice/api");

        (void) state;
        for (uint64_t id = 1; id <= PL_SAMPLE_HOT_MAX; id++) {
                assert_int_equal(pl_sample_keep(&sampler, id, fd), 0);
                assert_int_equal(pl_sample_keep(&sampler, id, fd), 0);
        }
        assert_int_equal(pl_sample_keep(&sampler, 1000, fd), PL_SAMPLE_E_FULL);
        pl_sample_drop(&sampler, 1000);
        pl_sample_drop(&sampler, 5);
        pl_sample_drop(&sampler, 5);
        assert_int_equal(sampler.kept_count, PL_SAMPLE_HOT_MAX - 1);
        assert_int_equal(pl_sample_keep(&sampler, 1000, fd), 0);
}

/* ---- limits ---- */

static void limit(const char *path, const char *file, const char *value)
{
        cgroup_put(&tree, path, file, value);
}

static uint32_t index_of(const char *path)
{
        uint32_t index;

        assert_int_equal(pl_census_find(&census, cgroup_id(&tree, path), &index), 0);
        return index;
}

static void plant_limits(void)
{
        static const char *const cgroups[] = { "a.slice", "a.slice/a-b.slice",
                                               "a.slice/a-b.slice/x.service",
                                               "a.slice/a-b.slice/y.service",
                                               "a.slice/libpod-" ID ".scope" };
        struct pl_census_event event;

        for (size_t i = 0; i < PL_ARRAY_LENGTH(cgroups); i++) {
                cgroup_make(&tree, cgroups[i]);
                limit(cgroups[i], "memory.current", "1000\n");
                limit(cgroups[i], "memory.max", "max\n");
        }
        limit("a.slice", "memory.current", "4000\n");
        limit("a.slice", "memory.max", "9000\n");
        limit("a.slice", "memory.low", "800\n");
        limit("a.slice/a-b.slice", "memory.current", "2000\n");
        limit("a.slice/a-b.slice", "memory.high", "5000\n");
        limit("a.slice/a-b.slice", "memory.low", "400\n");
        limit("a.slice/a-b.slice/x.service", "memory.max", "20000\n");
        limit("a.slice/a-b.slice/x.service", "memory.low", "600\n");
        limit("a.slice/a-b.slice/x.service", "memory.min", "600\n");
        census_scan_all(&census);
        while (pl_census_next_event(&census, &event) == 0)
                ;
}

static const struct pl_reach *reach_of(const char *path)
{
        uint32_t index = index_of(path);

        assert_int_equal(pl_sample_limits(&sampler, &census, index), 0);
        return &pl_census_at(&census, index)->reach;
}

static void limits_count_along_the_path(void **state)
{
        const struct pl_reach *reach;

        (void) state;
        plant_limits();
        sampler.recursive_protection = false;
        for (int scan = 0; scan < 2; scan++) {
                pl_sample_begin(&sampler);
                reach = reach_of("a.slice/a-b.slice/y.service");
                assert_true(reach->max == 9000 && reach->high == 5000);
                assert_true(reach->swap_max == PL_SIZE_MAX && reach->low.effective == 0);
                reach = reach_of("a.slice/a-b.slice/x.service");
                assert_true(reach->max == 9000 && reach->own_max == 20000);
                assert_true(reach->low.own == 600 && reach->low.effective == 400);
                assert_true(reach->min.own == 600 && reach->min.effective == 0);
        }
        /* An ancestor is read once a scan. */
        limit("a.slice", "memory.max", "7000\n");
        assert_true(reach_of("a.slice/a-b.slice/x.service")->max == 9000);
        pl_sample_begin(&sampler);
        assert_true(reach_of("a.slice/a-b.slice/x.service")->max == 7000);
}

/* The limits of crun's inner cgroup are the container's. */
static void an_inner_cgroup_lowers_the_ceiling(void **state)
{
        char path[128];

        (void) state;
        plant_limits();
        (void) snprintf(path, sizeof path, "a.slice/libpod-%s.scope", ID);
        pl_sample_begin(&sampler);
        assert_true(reach_of(path)->max == 9000);
        (void) snprintf(path, sizeof path, "a.slice/libpod-%s.scope/container", ID);
        cgroup_make(&tree, path);
        limit(path, "memory.max", "3000\n");
        (void) snprintf(path, sizeof path, "a.slice/libpod-%s.scope", ID);
        pl_sample_begin(&sampler);
        assert_true(reach_of(path)->max == 3000);
        assert_true(reach_of(path)->own_max == PL_SIZE_MAX);
}

static void samples_a_workload(void **state)
{
        const struct pl_sample_request request = { PL_SAMPLE_HOT, true, 5 };
        struct pl_cgroup_sample sample = {};
        uint32_t index;

        (void) state;
        plant_limits();
        index = index_of("a.slice/a-b.slice/x.service");
        pl_sample_begin(&sampler);
        assert_int_equal(pl_sample_known(&sampler, &census, index, request, &sample), 0);
        assert_true(sample.current_bytes == 1000);
        assert_true(pl_census_at(&census, index)->reach.usage_bytes == 1000);
        assert_true(pl_census_at(&census, index)->reach.max == 9000);

        /* A slice has figures like anybody, and its limits were read on the way. */
        test_tree_put(&tree, "a.slice/memory.low", "");
        assert_int_equal(pl_sample_known(&sampler, &census, index_of("a.slice"), request, &sample),
                         0);
        assert_true(sample.current_bytes == 4000);

        /* Its claim goes with it. */
        assert_true(pl_census_at(&census, index_of("a.slice/a-b.slice"))->reach.low.children ==
                    600);
        /* Its limits are read once in a scan. */
        test_tree_put(&tree, "a.slice/a-b.slice/x.service/memory.low", "");
        assert_int_equal(pl_sample_known(&sampler, &census, index, request, &sample), 0);
        pl_sample_begin(&sampler);
        test_tree_put(&tree, "a.slice/memory.low", "0\n");
        assert_int_equal(pl_sample_known(&sampler, &census, index, request, &sample),
                         PL_FILE_E_MALFORMED);
        (void) renameat(tree.fd, "a.slice/a-b.slice/x.service", tree.fd, "away");
        census_scan_all(&census);
        assert_true(pl_census_at(&census, index_of("a.slice/a-b.slice"))->reach.low.children == 0);
        assert_int_equal(pl_sample_known(&sampler, &census, index, request, &sample),
                         PL_FILE_E_GONE);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
        const struct CMUnitTest tests[] = {
                TEST(reads_a_cgroup_of_every_kernel),
                TEST(tells_nothing_from_nought),
                TEST(the_gone_are_gone),
                TEST(the_hot_set_is_bounded),
                TEST(limits_count_along_the_path),
                TEST(an_inner_cgroup_lowers_the_ceiling),
                TEST(samples_a_workload),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
