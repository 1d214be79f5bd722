/* SPDX-License-Identifier: Apache-2.0 */

/* What the host itself uses: each file of it for itself. */

#include "plimsoll/base/fd.h"
#include "plimsoll/base/size.h"
#include "plimsoll/host/sample.h"

#include "cgroups.h"

static struct pl_sampler sampler;
static struct test_tree tree;
static int fds_before;

static int set_up(void **state)
{
        (void) state;
        fds_before = test_open_fds();
        test_tree_make(&tree);
        pl_sampler_init(&sampler, &(struct pl_roots){ -1, tree.fd, -1, -1 }, true);
        return 0;
}

static int tear_down(void **state)
{
        (void) state;
        pl_sampler_done(&sampler);
        pl_sampler_done(&sampler);
        test_tree_remove(&tree);
        return test_open_fds() == fds_before ? 0 : -1;
}

#define HAS(sample, figure) (((sample).have & PL_HOST_BIT(figure)) != 0)

static void put_host(void)
{
        _cleanup_close_ int proc_fd = test_fixture("proc/host");
        static const char *const files[] = { "meminfo", "vmstat" };

        for (size_t i = 0; i < PL_ARRAY_LENGTH(files); i++) {
                _cleanup_free_ char *text = NULL;
                size_t length;

                assert_int_equal(pl_fd_read_file(proc_fd, files[i], 1 << 20, &text, &length), 0);
                test_tree_put(&tree, files[i], text);
        }
        (void) mkdirat(tree.fd, "pressure", 0755);
        test_tree_put(&tree, "pressure/memory",
                      "some avg10=0.00 avg60=0.00 avg300=0.00 total=9\n"
                      "full avg10=0.00 avg60=0.00 avg300=0.00 total=7\n");
}

static void reads_the_host(void **state)
{
        _cleanup_close_ int proc_fd = test_fixture("proc/host");
        struct pl_host_sample sample = {};

        (void) state;
        sampler.roots = (struct pl_roots){ -1, proc_fd, -1, -1 };
        assert_int_equal(pl_sample_host(&sampler, PL_SAMPLE_HOT, 3, &sample), 0);
        assert_true(sample.at_usec == 3 && sample.total_bytes > PL_MIB);
        assert_true(sample.available_bytes > 0 && sample.available_bytes < sample.total_bytes);
        assert_true(HAS(sample, available_bytes) && HAS(sample, pgscan_kswapd_pages));
        assert_true(HAS(sample, oom_kill_count));
        /* This one does not measure pressure, and has no zram. */
        assert_false(HAS(sample, some_usec));
        assert_false(HAS(sample, zram_bytes));
        assert_int_equal(pl_sample_host(&sampler, PL_SAMPLE_HOT, 4, &sample), 0);
        assert_true(sample.at_usec == 4);
}

static void reads_its_pressure(void **state)
{
        struct pl_host_sample sample = {};

        (void) state;
        put_host();
        assert_int_equal(pl_sample_host(&sampler, PL_SAMPLE_HOT, 1, &sample), 0);
        assert_true(HAS(sample, full_usec) && sample.some_usec == 9);
        assert_true(sample.full_usec == 7);
}

/* Of each file something, and what is left of the others when it cannot be read. */
static void a_file_that_fails_takes_no_other_with_it(void **state)
{
        static const struct {
                const char *file, *name, *text;
                uint64_t bit;
                int outcome;
        } rows[] = {
                { "meminfo", "/proc/meminfo", "MemTotal: 0 kB\n", PL_HOST_BIT(available_bytes),
                  PL_FILE_E_MALFORMED },
                { "pressure/memory", "/proc/pressure/memory", "some avg10=0\n",
                  PL_HOST_BIT(full_usec), PL_FILE_E_MALFORMED },
                { "vmstat", "/proc/vmstat", "nonsense", PL_HOST_BIT(pgscan_kswapd_pages),
                  PL_FILE_E_MALFORMED },
        };
        const uint64_t all = rows[0].bit | rows[1].bit | rows[2].bit;

        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(rows); i++) {
                struct pl_host_sample sample = {}, before;

                put_host();
                assert_int_equal(pl_sample_host(&sampler, PL_SAMPLE_HOT, 1, &sample), 0);
                assert_row(rows[i].file, (sample.have & all) == all && !sampler.unread);
                before = sample;
                test_tree_put(&tree, rows[i].file, rows[i].text);
                assert_int_equal(pl_sample_host(&sampler, PL_SAMPLE_HOT, 2, &sample),
                                 rows[i].outcome);
                assert_string_equal(sampler.unread, rows[i].name);
                assert_row(rows[i].file, (sample.have & all) == (all & ~rows[i].bit));
                /* When memory was looked at last, and not when it could not be. */
                assert_row(rows[i].file, sample.at_usec == (i == 0 ? 1 : 2));
                /* Counters do not jump when they are back. */
                sample.have = before.have;
                sample.at_usec = before.at_usec;
                assert_memory_equal(&sample, &before, sizeof sample);
        }
}

/* What is short of nothing but files. */
static void files_of_the_host_are_opened_once(void **state)
{
        struct pl_host_sample sample = {};
        int fds;

        (void) state;
        put_host();
        assert_int_equal(pl_sample_host(&sampler, PL_SAMPLE_HOT, 1, &sample), 0);
        fds = test_open_fds();
        (void) unlinkat(tree.fd, "meminfo", 0);
        (void) unlinkat(tree.fd, "vmstat", 0);
        (void) unlinkat(tree.fd, "pressure/memory", 0);
        assert_int_equal(pl_sample_host(&sampler, PL_SAMPLE_HOT, 2, &sample), 0);
        assert_true(sample.at_usec == 2 && test_open_fds() == fds);
        /* One that was not there is tried again. */
        pl_sampler_done(&sampler);
        assert_int_equal(pl_sample_host(&sampler, PL_SAMPLE_HOT, 3, &sample), PL_FILE_E_ABSENT);
        assert_true(sample.at_usec == 2 && sample.have == 0);
        put_host();
        assert_int_equal(pl_sample_host(&sampler, PL_SAMPLE_HOT, 4, &sample), 0);
        assert_true(sample.at_usec == 4 && HAS(sample, oom_kill_count));
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
        const struct CMUnitTest tests[] = {
                TEST(reads_the_host),
                TEST(reads_its_pressure),
                TEST(a_file_that_fails_takes_no_other_with_it),
                TEST(files_of_the_host_are_opened_once),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
