/* SPDX-License-Identifier: Apache-2.0 */

#include "plimsoll/kernel/swap.h"

#include "edit.h"
#include "plimsoll/base/size.h"
#include "tree.h"

#define HEADER "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n"

static struct pl_file_buffer buffer;

static const struct {
        const char *name;
        enum pl_swap_kind kind;
        uint64_t size_kib, used_kib;
        int32_t priority;
        uint32_t zram_index;
        bool is_deleted;
} expected[] = {
        { "/dev/zram0", PL_SWAP_ZRAM, 2097148, 524288, 100, 0, false },
        { "/dev/zram1", PL_SWAP_ZRAM, 1048572, 262144, 100, 1, false },
        { "/dev/nvme0n1p3", PL_SWAP_DISK, 8388604, 4096, -2, 0, false },
        { "/dev/dm-1", PL_SWAP_DISK, 4194300, 0, -3, 0, false },
        { "/swap and\tmore/file\\one", PL_SWAP_FILE, 1048572, 1024, -4, 0, false },
        { "/old/swapfile", PL_SWAP_FILE, 524284, 12, 5, 0, true },
};

static void test_areas(void **state)
{
        _cleanup_close_ int proc_fd = test_fixture("proc/host");
        struct pl_swap_areas areas;

        (void) state;
        assert_int_equal(pl_swap_read_areas(proc_fd, &buffer, &areas), 0);
        assert_int_equal(areas.count, PL_ARRAY_LENGTH(expected));
        for (size_t i = 0; i < PL_ARRAY_LENGTH(expected); i++) {
                const struct pl_swap_area *area = &areas.areas[i];

                assert_string_equal(area->name, expected[i].name);
                assert_row(area->name, area->kind == expected[i].kind);
                assert_row(area->name, area->size_bytes == expected[i].size_kib * 1024);
                assert_row(area->name, area->used_bytes == expected[i].used_kib * 1024);
                assert_row(area->name, area->priority == expected[i].priority);
                assert_row(area->name, area->zram_index == expected[i].zram_index);
                assert_row(area->name, area->is_deleted == expected[i].is_deleted);
                assert_row(area->name, !area->name_is_cut);
        }
}

static void test_totals_by_kind(void **state)
{
        _cleanup_close_ int proc_fd = test_fixture("proc/host");
        struct pl_swap_areas areas;

        (void) state;
        assert_int_equal(pl_swap_read_areas(proc_fd, &buffer, &areas), 0);
        assert_int_equal(areas.total.count, 6);
        assert_int_equal(areas.total.size_bytes, UINT64_C(17301480) * 1024);
        assert_int_equal(areas.of_kind[PL_SWAP_ZRAM].count, 2);
        assert_int_equal(areas.of_kind[PL_SWAP_ZRAM].used_bytes, 786432 * 1024);
        assert_int_equal(areas.of_kind[PL_SWAP_DISK].count, 2);
        assert_int_equal(areas.of_kind[PL_SWAP_DISK].size_bytes, UINT64_C(12582904) * 1024);
        assert_int_equal(areas.of_kind[PL_SWAP_FILE].count, 2);
        assert_int_equal(areas.of_kind[PL_SWAP_FILE].used_bytes, 1036 * 1024);
}

static const struct {
        const char *name, *text;
        int error;
        uint32_t count;
} texts[] = {
        { "no swap", HEADER, 0, 0 },
        { "one area", HEADER "/dev/sda2 partition 8 4 -2\n", 0, 1 },
        { "zram in the name of a file is a file", HEADER "/dev/zram7 file 8 4 -2\n", 0, 1 },
        { "nothing", "", PL_FILE_E_MALFORMED, 0 },
        { "no header", "/dev/sda2 partition 8 4 -2\n", PL_FILE_E_MALFORMED, 0 },
        { "another header", "Filename Type Size Used\n", PL_FILE_E_MALFORMED, 0 },
        { "a header that goes on", "Filename Type Size Used Priority More\n", PL_FILE_E_MALFORMED,
          0 },
        { "cut in a row", HEADER "/dev/sda2 partition 8 4 -2", PL_FILE_E_MALFORMED, 0 },
        { "cut between rows is a file with fewer", HEADER "/dev/sda2 partition 8 4 -2\n", 0, 1 },
        { "a column missing", HEADER "/dev/sda2 partition 8 4\n", PL_FILE_E_MALFORMED, 0 },
        { "a column more", HEADER "/dev/sda2 partition 8 4 -2 1\n", PL_FILE_E_MALFORMED, 0 },
        { "an unknown type", HEADER "/dev/sda2 network 8 4 -2\n", PL_FILE_E_MALFORMED, 0 },
        { "no number", HEADER "/dev/sda2 partition x 4 -2\n", PL_FILE_E_MALFORMED, 0 },
        { "more than 64 bits of bytes", HEADER "/dev/sda2 partition 18446744073709551615 4 -2\n",
          PL_FILE_E_MALFORMED, 0 },
        { "a sum of more than 64 bits",
          HEADER "/a file 10000000000000000 4 -2\n/b file 10000000000000000 4 -2\n",
          PL_FILE_E_MALFORMED, 0 },
        { "an escape that is none", HEADER "/a\\08 file 8 4 -2\n", PL_FILE_E_MALFORMED, 0 },
        { "an escape of more than a byte", HEADER "/a\\400 file 8 4 -2\n", PL_FILE_E_MALFORMED, 0 },
        { "an escape cut short", HEADER "/a\\04 file 8 4 -2\n", PL_FILE_E_MALFORMED, 0 },
        { "a name that is all suffix", HEADER "\\040(deleted) file 8 4 -2\n", PL_FILE_E_MALFORMED,
          0 },
};

static void test_texts(void **state)
{
        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(texts); i++) {
                struct pl_swap_areas areas = { .count = 99 };
                int r = pl_swap_parse_areas(pl_span_of(texts[i].text), &areas);

                assert_row(texts[i].name, r == texts[i].error);
                assert_row(texts[i].name, areas.count == (r == 0 ? texts[i].count : 99));
                assert_row(texts[i].name, r != 0 || areas.of_kind[PL_SWAP_ZRAM].count == 0);
        }
}

/* The kernel has no room for more areas, and neither have we. */
static void test_as_many_as_there_can_be(void **state)
{
        char text[4096] = HEADER;
        struct pl_swap_areas areas;

        (void) state;
        for (size_t i = 0; i < PL_SWAP_AREAS_MAX; i++)
                strcat(text, "/dev/sda2 partition 8 4 -2\n");
        assert_int_equal(pl_swap_parse_areas(pl_span_of(text), &areas), 0);
        assert_int_equal(areas.count, PL_SWAP_AREAS_MAX);
        strcat(text, "/dev/sda2 partition 8 4 -2\n");
        assert_int_equal(pl_swap_parse_areas(pl_span_of(text), &areas), PL_FILE_E_MALFORMED);
}

static void test_long_names_are_cut(void **state)
{
        char text[1024] = HEADER "/";
        struct pl_swap_areas areas;

        (void) state;
        memset(text + strlen(text), 'x', 300);
        strcat(text, " file 8 4 -2\n");
        assert_int_equal(pl_swap_parse_areas(pl_span_of(text), &areas), 0);
        assert_true(areas.areas[0].name_is_cut);
        assert_int_equal(strlen(areas.areas[0].name), PL_SWAP_NAME_MAX);
}

static void test_zram(void **state)
{
        _cleanup_close_ int sys_fd = test_fixture("sys");
        struct pl_swap_zram zram;

        (void) state;
        assert_int_equal(pl_swap_read_zram(sys_fd, 0, &buffer, &zram), 0);
        assert_int_equal(zram.disk_bytes, 2 * PL_GIB);
        assert_int_equal(zram.original_bytes, 512 * PL_MIB);
        assert_int_equal(zram.compressed_bytes, 128 * PL_MIB);
        assert_int_equal(zram.used_bytes, 134 * PL_MIB);
        assert_int_equal(zram.limit_bytes, PL_SIZE_MAX);
        assert_string_equal(zram.algorithm, "zstd");
        assert_int_equal(pl_swap_read_zram(sys_fd, 1, &buffer, &zram), 0);
        assert_int_equal(zram.limit_bytes, 512 * PL_MIB);
        assert_string_equal(zram.algorithm, "lzo-rle");
        assert_int_equal(pl_swap_read_zram(sys_fd, UINT32_MAX, &buffer, &zram), PL_FILE_E_ABSENT);
}

static const struct {
        const char *name, *text;
        int error;
} mm_stats[] = {
        { "a kernel of today", "1 2 3 4 5 6 7 8 9\n", 0 },
        { "the first four", "1 2 3 4\n", 0 },
        { "nothing", "", PL_FILE_E_MALFORMED },
        { "a newline alone", "\n", PL_FILE_E_MALFORMED },
        { "too few", "1 2 3\n", PL_FILE_E_MALFORMED },
        { "a minus", "1 -2 3 4\n", PL_FILE_E_MALFORMED },
        { "cut", "1 2 3 4", PL_FILE_E_MALFORMED },
};

static void test_mm_stat_texts(void **state)
{
        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(mm_stats); i++) {
                struct pl_swap_zram zram = { .original_bytes = 99 };
                int r = pl_swap_parse_mm_stat(pl_span_of(mm_stats[i].text), &zram);

                assert_row(mm_stats[i].name, r == mm_stats[i].error);
                assert_row(mm_stats[i].name, zram.original_bytes == (r == 0 ? 1 : 99));
        }
}

static void test_zswap(void **state)
{
        _cleanup_close_ int sys_fd = test_fixture("sys"), other_fd = test_fixture("kmsg");
        struct pl_swap_zswap zswap;

        (void) state;
        assert_int_equal(pl_swap_read_zswap(sys_fd, &buffer, &zswap), 0);
        assert_true(zswap.enabled);
        assert_int_equal(zswap.pool_max_percent, 20);
        assert_string_equal(zswap.compressor, "zstd");
        assert_int_equal(pl_swap_read_zswap(other_fd, &buffer, &zswap), PL_FILE_E_ABSENT);
}

static const struct {
        const char *name, *file, *text;
        int error;
} sysfs_texts[] = {
        { "off", "module/zswap/parameters/enabled", "N\n", 0 },
        { "neither on nor off", "module/zswap/parameters/enabled", "maybe\n", PL_FILE_E_MALFORMED },
        { "an empty switch", "module/zswap/parameters/enabled", "", PL_FILE_E_MALFORMED },
        { "no percentage", "module/zswap/parameters/max_pool_percent", "\n", PL_FILE_E_MALFORMED },
        { "a compressor that could not be loaded", "module/zswap/parameters/compressor", "\n", 0 },
        { "one algorithm without brackets", "block/zram0/comp_algorithm", "lzo\n", 0 },
        { "several, none in use", "block/zram0/comp_algorithm", "lzo lz4\n", PL_FILE_E_MALFORMED },
        { "an algorithm of great length", "block/zram0/comp_algorithm",
          "[aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa]\n", PL_FILE_E_MALFORMED },
        { "no size of the disk", "block/zram0/disksize", "", PL_FILE_E_MALFORMED },
        { "garbage in mm_stat", "block/zram0/mm_stat", "\x01\x02\n", PL_FILE_E_MALFORMED },
};

static void make_sysfs(struct test_tree *tree)
{
        static const char *const directories[] = { "module", "module/zswap",
                                                   "module/zswap/parameters", "block",
                                                   "block/zram0" };

        test_tree_make(tree);
        for (size_t i = 0; i < PL_ARRAY_LENGTH(directories); i++)
                test_tree_mkdir(tree, directories[i]);
        test_tree_put(tree, "module/zswap/parameters/enabled", "Y\n");
        test_tree_put(tree, "module/zswap/parameters/max_pool_percent", "20\n");
        test_tree_put(tree, "module/zswap/parameters/compressor", "lzo\n");
        test_tree_put(tree, "block/zram0/disksize", "4096\n");
        test_tree_put(tree, "block/zram0/mm_stat", "1 2 3 0\n");
        test_tree_put(tree, "block/zram0/comp_algorithm", "[lzo]\n");
        test_tree_put(tree, "swaps",
                      HEADER "/dev/zram0 partition 8 4 -2\n/dev/zram5 partition 8 4 -2\n");
}

static void test_sysfs_texts(void **state)
{
        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(sysfs_texts); i++) {
                struct pl_roots roots;
                struct test_tree tree;
                struct pl_swap swap;
                int r;

                make_sysfs(&tree);
                test_tree_put(&tree, sysfs_texts[i].file, sysfs_texts[i].text);
                roots = (struct pl_roots){ -1, tree.fd, tree.fd, -1 };
                r = pl_swap_read(&roots, &buffer, &swap);
                test_tree_remove(&tree);
                assert_row(sysfs_texts[i].name, r == sysfs_texts[i].error);
                /* zram5 was taken down between the two looks. */
                assert_row(sysfs_texts[i].name, r != 0 || swap.zram_count == 1);
        }
}

static void test_everything_at_once(void **state)
{
        _cleanup_close_ int proc_fd = test_fixture("proc/host"), sys_fd = test_fixture("sys");
        const struct pl_roots roots = { -1, proc_fd, sys_fd, -1 };
        struct pl_swap swap;

        (void) state;
        assert_int_equal(pl_swap_read(&roots, &buffer, &swap), 0);
        assert_int_equal(swap.areas.count, 6);
        assert_int_equal(swap.zram_count, 2);
        assert_int_equal(swap.zram.disk_bytes, 3 * PL_GIB);
        assert_int_equal(swap.zram.original_bytes, 768 * PL_MIB);
        assert_int_equal(swap.zram.limit_bytes, PL_SIZE_MAX);
        assert_true(swap.has_zswap && swap.zswap.enabled);
}

static void test_a_kernel_without_swap(void **state)
{
        _cleanup_close_ int fd = test_fixture("kmsg");
        const struct pl_roots roots = { -1, fd, fd, -1 };
        struct pl_swap_areas areas;
        struct pl_swap swap;

        (void) state;
        assert_int_equal(pl_swap_read_areas(fd, &buffer, &areas), PL_FILE_E_ABSENT);
        assert_int_equal(pl_swap_read(&roots, &buffer, &swap), 0);
        assert_int_equal(swap.areas.count, 0);
        assert_false(swap.has_zswap);
}

static void test_live(void **state)
{
        struct pl_roots roots = { -1, -1, -1, -1 };
        struct pl_swap swap;

        (void) state;
        assert_int_equal(pl_file_open_directory(AT_FDCWD, "/proc", &roots.proc_fd), 0);
        assert_int_equal(pl_file_open_directory(AT_FDCWD, "/sys", &roots.sys_fd), 0);
        assert_int_equal(pl_swap_read(&roots, &buffer, &swap), 0);
        assert_true(swap.areas.total.used_bytes <= swap.areas.total.size_bytes);
        (void) close(roots.proc_fd);
        (void) close(roots.sys_fd);
}

/* /sys/block holds links; the device is read through them. */
static void test_zram_through_a_link(void **state)
{
        struct test_tree tree;
        struct pl_swap_zram zram;

        (void) state;
        make_sysfs(&tree);
        assert_int_equal(symlinkat("zram0", tree.fd, "block/zram3"), 0);
        assert_int_equal(pl_swap_read_zram(tree.fd, 3, &buffer, &zram), 0);
        assert_int_equal(zram.disk_bytes, 4096);
        test_tree_remove(&tree);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_areas),
                cmocka_unit_test(test_totals_by_kind),
                cmocka_unit_test(test_texts),
                cmocka_unit_test(test_as_many_as_there_can_be),
                cmocka_unit_test(test_long_names_are_cut),
                cmocka_unit_test(test_zram),
                cmocka_unit_test(test_mm_stat_texts),
                cmocka_unit_test(test_zswap),
                cmocka_unit_test(test_sysfs_texts),
                cmocka_unit_test(test_everything_at_once),
                cmocka_unit_test(test_a_kernel_without_swap),
                cmocka_unit_test(test_live),
                cmocka_unit_test(test_zram_through_a_link),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
