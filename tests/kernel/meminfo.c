/* SPDX-License-Identifier: Apache-2.0 */

#include "plimsoll/kernel/meminfo.h"

#include "edit.h"
#include "tree.h"

static struct pl_file_buffer buffer;

static const struct {
        const char *name;
        size_t offset;
        uint64_t kib;
} figures[] = {
        { "total", offsetof(struct pl_meminfo, total_bytes), 16393216 },
        { "free", offsetof(struct pl_meminfo, free_bytes), 1203344 },
        { "available", offsetof(struct pl_meminfo, available_bytes), 9023104 },
        { "buffers", offsetof(struct pl_meminfo, buffers_bytes), 411236 },
        { "cached", offsetof(struct pl_meminfo, cached_bytes), 7200512 },
        { "swap cached", offsetof(struct pl_meminfo, swap_cached_bytes), 30720 },
        { "active anon", offsetof(struct pl_meminfo, active_anon_bytes), 1220608 },
        { "inactive anon", offsetof(struct pl_meminfo, inactive_anon_bytes), 3310592 },
        { "active file", offsetof(struct pl_meminfo, active_file_bytes), 3983268 },
        { "inactive file", offsetof(struct pl_meminfo, inactive_file_bytes), 3497532 },
        { "unevictable", offsetof(struct pl_meminfo, unevictable_bytes), 18236 },
        { "mlocked", offsetof(struct pl_meminfo, mlocked_bytes), 15164 },
        { "swap total", offsetof(struct pl_meminfo, swap_total_bytes), 4194300 },
        { "swap free", offsetof(struct pl_meminfo, swap_free_bytes), 3801084 },
        { "zswap", offsetof(struct pl_meminfo, zswap_bytes), 81920 },
        { "zswapped", offsetof(struct pl_meminfo, zswapped_bytes), 262144 },
        { "dirty", offsetof(struct pl_meminfo, dirty_bytes), 1432 },
        { "writeback", offsetof(struct pl_meminfo, writeback_bytes), 64 },
        { "anon", offsetof(struct pl_meminfo, anon_bytes), 4410880 },
        { "mapped", offsetof(struct pl_meminfo, mapped_bytes), 820224 },
        { "shmem", offsetof(struct pl_meminfo, shmem_bytes), 120832 },
        { "kreclaimable", offsetof(struct pl_meminfo, kreclaimable_bytes), 605184 },
        { "slab", offsetof(struct pl_meminfo, slab_bytes), 812032 },
        { "slab reclaimable", offsetof(struct pl_meminfo, slab_reclaimable_bytes), 598016 },
        { "slab unreclaimable", offsetof(struct pl_meminfo, slab_unreclaimable_bytes), 214016 },
        { "kernel stack", offsetof(struct pl_meminfo, kernel_stack_bytes), 14336 },
        { "page tables", offsetof(struct pl_meminfo, page_tables_bytes), 51200 },
        { "secondary", offsetof(struct pl_meminfo, secondary_page_tables_bytes), 4096 },
        { "commit limit", offsetof(struct pl_meminfo, commit_limit_bytes), 12390908 },
        { "committed", offsetof(struct pl_meminfo, committed_bytes), 11002880 },
        { "per cpu", offsetof(struct pl_meminfo, per_cpu_bytes), 8448 },
        { "huge page size", offsetof(struct pl_meminfo, huge_page_bytes), 2048 },
        { "hugetlb", offsetof(struct pl_meminfo, hugetlb_bytes), 1310720 },
};

static void test_every_figure_has_its_place(void **state)
{
        _cleanup_close_ int proc_fd = test_fixture("proc/host");
        struct pl_meminfo meminfo;

        (void) state;
        assert_int_equal(pl_meminfo_read(proc_fd, &buffer, &meminfo), 0);
        for (size_t i = 0; i < PL_ARRAY_LENGTH(figures); i++) {
                uint64_t value;

                memcpy(&value, (const char *) &meminfo + figures[i].offset, sizeof value);
                assert_row(figures[i].name, value == figures[i].kib * 1024);
        }
        assert_int_equal(meminfo.huge_total_count, 128);
        assert_int_equal(meminfo.have, (UINT64_C(1) << PL_MEMINFO_KEYS_) - 1);
        /* Nothing of the struct is left that no row above speaks of. */
        assert_int_equal(PL_ARRAY_LENGTH(figures) + 1, PL_MEMINFO_KEYS_);
}

static const struct {
        const char *file;
        bool zswap, secondary, hugetlb;
} kernels[] = {
        { "meminfo-5.10", false, false, true },       { "meminfo-6.1", false, true, true },
        { "meminfo-6.12", false, true, true },        { "meminfo-7.2", true, true, true },
        { "meminfo-no-hugetlb", false, true, false },
};

static void test_what_a_kernel_lacks_is_not_zero(void **state)
{
        _cleanup_close_ int proc_fd = test_fixture("proc");

        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(kernels); i++) {
                struct pl_meminfo meminfo;

                assert_int_equal(pl_file_read(proc_fd, kernels[i].file, &buffer), 0);
                assert_row(kernels[i].file, pl_meminfo_parse(pl_file_span(&buffer), &meminfo) == 0);
                assert_row(kernels[i].file,
                           pl_meminfo_has(&meminfo, PL_MEMINFO_ZSWAP) == kernels[i].zswap);
                assert_row(kernels[i].file,
                           pl_meminfo_has(&meminfo, PL_MEMINFO_ZSWAPPED) == kernels[i].zswap);
                assert_row(kernels[i].file,
                           pl_meminfo_has(&meminfo, PL_MEMINFO_SECONDARY_PAGE_TABLES) ==
                                   kernels[i].secondary);
                assert_row(kernels[i].file,
                           pl_meminfo_has(&meminfo, PL_MEMINFO_HUGETLB) == kernels[i].hugetlb);
                assert_row(kernels[i].file, pl_meminfo_has(&meminfo, PL_MEMINFO_AVAILABLE));
                assert_row(kernels[i].file, meminfo.available_bytes == UINT64_C(9023104) * 1024);
        }
}

static const struct test_edit bad[] = {
        { "a line missing", "MemAvailable:    9023104 kB\n", "" },
        { "a line twice", "MemFree:         1203344 kB\n", "MemFree: 1 kB\nMemFree: 1 kB\n" },
        { "a minus", "MemFree:         1203344 kB\n", "MemFree: -1203344 kB\n" },
        { "no number", "MemFree:         1203344 kB\n", "MemFree: kB\n" },
        { "no colon and no blank", "MemFree:         1203344 kB\n", "MemFree1203344\n" },
        { "another unit", "MemFree:         1203344 kB\n", "MemFree: 1203344 MB\n" },
        { "more than 64 bits of bytes", "MemFree:         1203344 kB\n",
          "MemFree: 18446744073709551615 kB\n" },
        { "an empty line", "MemFree:         1203344 kB\n", "MemFree: 1203344 kB\n\n" },
        { "no memory at all", "MemTotal:       16393216 kB\n", "MemTotal: 0 kB\n" },
        { "bytes that are none of it", "Bounce:                0 kB\n", "\x01\xff\x80 0 kB\n" },
};

static void test_bad_files_leave_the_result_alone(void **state)
{
        _cleanup_close_ int proc_fd = test_fixture("proc/host");
        struct pl_meminfo meminfo, before;

        (void) state;
        memset(&meminfo, 0xA5, sizeof meminfo);
        memcpy(&before, &meminfo, sizeof before);
        assert_int_equal(pl_file_read(proc_fd, "meminfo", &buffer), 0);
        for (size_t i = 0; i < PL_ARRAY_LENGTH(bad); i++) {
                struct pl_span text = test_edited(pl_file_span(&buffer), &bad[i]);

                assert_row(bad[i].name, pl_meminfo_parse(text, &meminfo) == PL_FILE_E_MALFORMED);
                assert_row(bad[i].name, memcmp(&meminfo, &before, sizeof before) == 0);
        }
}

/* A file that was cut anywhere before its last required line is no reading; behind it, only whole lines are. */
static void test_cut_at_every_length(void **state)
{
        _cleanup_close_ int proc_fd = test_fixture("proc/host");
        struct pl_meminfo meminfo;
        size_t whole = 0;

        (void) state;
        assert_int_equal(pl_file_read(proc_fd, "meminfo", &buffer), 0);
        for (size_t length = 0; length <= buffer.length; length++) {
                int r = pl_meminfo_parse(pl_span(buffer.data, length), &meminfo);

                if (r != 0) {
                        assert_int_equal(r, PL_FILE_E_MALFORMED);
                        continue;
                }
                assert_int_equal(buffer.data[length - 1], '\n');
                whole++;
        }
        assert_in_range(whole, 1, 25);
}

static void test_absent(void **state)
{
        _cleanup_close_ int fd = test_fixture("kmsg");
        struct pl_meminfo meminfo;

        (void) state;
        assert_int_equal(pl_meminfo_read(fd, &buffer, &meminfo), PL_FILE_E_ABSENT);
}

static void test_live(void **state)
{
        _cleanup_close_ int fd = -1;
        struct pl_meminfo meminfo;

        (void) state;
        assert_int_equal(pl_file_open(AT_FDCWD, "/proc/meminfo", &fd), 0);
        for (int i = 0; i < 3;
             i++) { /* the kernel makes the file anew for every reading of a kept fd */
                assert_int_equal(pl_meminfo_read_again(fd, &buffer, &meminfo), 0);
                assert_true(meminfo.total_bytes >= meminfo.free_bytes);
                assert_true(meminfo.available_bytes > 0);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_every_figure_has_its_place),
                cmocka_unit_test(test_what_a_kernel_lacks_is_not_zero),
                cmocka_unit_test(test_bad_files_leave_the_result_alone),
                cmocka_unit_test(test_cut_at_every_length),
                cmocka_unit_test(test_absent),
                cmocka_unit_test(test_live),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
