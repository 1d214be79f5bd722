/* SPDX-License-Identifier: Apache-2.0 */

/* What four kernels really printed, read by the readers and by a second, simpler one. */

#include "plimsoll/kernel/meminfo.h"
#include "plimsoll/kernel/swap.h"
#include "plimsoll/kernel/vmstat.h"
#include "tree.h"

static struct pl_file_buffer buffer;

static const char *const kernels[] = { "5.10", "6.1", "6.12", "7.2" };

static int open_capture(const char *kernel)
{
        char path[128];

        assert_true(snprintf(path, sizeof path, "proc/captured/%s", kernel) < (int) sizeof path);
        return test_fixture(path);
}

/* The number behind a key at the start of a line, times a unit. */
static uint64_t look_up(const char *key, uint64_t unit)
{
        struct pl_span text = pl_file_span(&buffer);

        while (!pl_span_empty(text)) {
                struct pl_span line = pl_span_until(&text, '\n');
                uint64_t value;

                if (!pl_span_equals(pl_span_word(&line), key))
                        continue;
                assert_int_equal(pl_span_to_u64(pl_span_word(&line), &value), 0);
                return value * unit;
        }
        fail_msg("no key %s", key);
        return 0;
}

static void meminfo(void **state)
{
        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(kernels); i++) {
                _cleanup_close_ int proc = open_capture(kernels[i]);
                struct pl_meminfo meminfo;

                assert_int_equal(pl_meminfo_read(proc, &buffer, &meminfo), 0);
                assert_row(kernels[i], meminfo.total_bytes == look_up("MemTotal:", 1024));
                assert_row(kernels[i], meminfo.available_bytes == look_up("MemAvailable:", 1024));
                assert_row(kernels[i], meminfo.swap_free_bytes == look_up("SwapFree:", 1024));
                assert_row(kernels[i], meminfo.shmem_bytes == look_up("Shmem:", 1024));
                assert_row(kernels[i],
                           meminfo.slab_unreclaimable_bytes == look_up("SUnreclaim:", 1024));
                assert_row(kernels[i], pl_meminfo_has(&meminfo, PL_MEMINFO_ZSWAPPED) ==
                                               (strcmp(kernels[i], "7.2") == 0));
        }
}

static void vmstat(void **state)
{
        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(kernels); i++) {
                _cleanup_close_ int proc = open_capture(kernels[i]);
                struct pl_vmstat vmstat;

                assert_int_equal(pl_vmstat_read(proc, &buffer, &vmstat), 0);
                assert_row(kernels[i], vmstat.pgfault_count == look_up("pgfault", 1));
                assert_row(kernels[i], vmstat.pswpout_pages == look_up("pswpout", 1));
                assert_row(kernels[i], vmstat.pgscan_direct_pages == look_up("pgscan_direct", 1));
                assert_row(kernels[i],
                           vmstat.refault_anon_pages == look_up("workingset_refault_anon", 1));
                assert_row(kernels[i], vmstat.oom_kill_count == look_up("oom_kill", 1));
                assert_row(kernels[i], vmstat.pswpout_pages > 0);
        }
}

static void swaps(void **state)
{
        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(kernels); i++) {
                _cleanup_close_ int proc = open_capture(kernels[i]);
                struct pl_swap_areas areas;

                assert_int_equal(pl_swap_read_areas(proc, &buffer, &areas), 0);
                assert_row(kernels[i], areas.count == 1);
                assert_row(kernels[i], areas.areas[0].kind == PL_SWAP_FILE);
                assert_string_equal(areas.areas[0].name, "/swap");
                assert_row(kernels[i], areas.areas[0].size_bytes == UINT64_C(131068) * 1024);
                assert_row(kernels[i], areas.areas[0].used_bytes > 0);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(meminfo),
                cmocka_unit_test(vmstat),
                cmocka_unit_test(swaps),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
