/* SPDX-License-Identifier: Apache-2.0 */

#include "plimsoll/kernel/vmstat.h"

#include "edit.h"
#include "tree.h"

static struct pl_file_buffer buffer;

static const struct {
        const char *name;
        enum pl_vmstat_key key;
        size_t offset;
        uint64_t value;
} figures[] = {
        { "refault anon", PL_VMSTAT_REFAULT_ANON, offsetof(struct pl_vmstat, refault_anon_pages),
          103699 },
        { "refault file", PL_VMSTAT_REFAULT_FILE, offsetof(struct pl_vmstat, refault_file_pages),
          103836 },
        { "pswpin", PL_VMSTAT_PSWPIN, offsetof(struct pl_vmstat, pswpin_pages), 110138 },
        { "pswpout", PL_VMSTAT_PSWPOUT, offsetof(struct pl_vmstat, pswpout_pages), 110275 },
        { "allocstall of five zones", PL_VMSTAT_ALLOCSTALL,
          offsetof(struct pl_vmstat, allocstall_count), 4175 },
        { "pgfault", PL_VMSTAT_PGFAULT, offsetof(struct pl_vmstat, pgfault_count), 113015 },
        { "pgmajfault", PL_VMSTAT_PGMAJFAULT, offsetof(struct pl_vmstat, pgmajfault_count),
          113152 },
        { "pgsteal kswapd", PL_VMSTAT_PGSTEAL_KSWAPD,
          offsetof(struct pl_vmstat, pgsteal_kswapd_pages), 113700 },
        { "pgsteal direct", PL_VMSTAT_PGSTEAL_DIRECT,
          offsetof(struct pl_vmstat, pgsteal_direct_pages), 113837 },
        { "pgsteal khugepaged", PL_VMSTAT_PGSTEAL_KHUGEPAGED,
          offsetof(struct pl_vmstat, pgsteal_khugepaged_pages), 113974 },
        { "pgsteal proactive", PL_VMSTAT_PGSTEAL_PROACTIVE,
          offsetof(struct pl_vmstat, pgsteal_proactive_pages), 114111 },
        { "pgscan kswapd", PL_VMSTAT_PGSCAN_KSWAPD, offsetof(struct pl_vmstat, pgscan_kswapd_pages),
          114248 },
        { "pgscan direct", PL_VMSTAT_PGSCAN_DIRECT, offsetof(struct pl_vmstat, pgscan_direct_pages),
          114385 },
        { "pgscan khugepaged", PL_VMSTAT_PGSCAN_KHUGEPAGED,
          offsetof(struct pl_vmstat, pgscan_khugepaged_pages), 114522 },
        { "pgscan proactive", PL_VMSTAT_PGSCAN_PROACTIVE,
          offsetof(struct pl_vmstat, pgscan_proactive_pages), 114659 },
        { "oom_kill", PL_VMSTAT_OOM_KILL, offsetof(struct pl_vmstat, oom_kill_count), 134 },
        { "compact_stall", PL_VMSTAT_COMPACT_STALL, offsetof(struct pl_vmstat, compact_stall_count),
          118906 },
        { "thp_fault_alloc", PL_VMSTAT_THP_FAULT_ALLOC,
          offsetof(struct pl_vmstat, thp_fault_alloc_count), 163 },
        { "thp_fault_fallback", PL_VMSTAT_THP_FAULT_FALLBACK,
          offsetof(struct pl_vmstat, thp_fault_fallback_count), 164 },
        { "zswpin", PL_VMSTAT_ZSWPIN, offsetof(struct pl_vmstat, zswpin_pages), 194 },
        { "zswpout", PL_VMSTAT_ZSWPOUT, offsetof(struct pl_vmstat, zswpout_pages), 195 },
        { "zswpwb", PL_VMSTAT_ZSWPWB, offsetof(struct pl_vmstat, zswpwb_pages), 196 },
};

static void test_every_figure_has_its_place(void **state)
{
        _cleanup_close_ int proc_fd = test_fixture("proc/host");
        struct pl_vmstat vmstat;

        (void) state;
        assert_int_equal(pl_vmstat_read(proc_fd, &buffer, &vmstat), 0);
        for (size_t i = 0; i < PL_ARRAY_LENGTH(figures); i++) {
                uint64_t value;

                memcpy(&value, (const char *) &vmstat + figures[i].offset, sizeof value);
                assert_row(figures[i].name, value == figures[i].value);
                assert_row(figures[i].name, pl_vmstat_has(&vmstat, figures[i].key));
        }
        /* All but the one figure that kernels before 5.9 had instead of two. */
        assert_int_equal(PL_ARRAY_LENGTH(figures) + 1, PL_VMSTAT_KEYS_);
        assert_false(pl_vmstat_has(&vmstat, PL_VMSTAT_REFAULT));
}

static const struct {
        const char *file;
        bool split_refault, khugepaged, proactive, zswap;
} kernels[] = {
        { "vmstat-5.4", false, false, false, false }, { "vmstat-5.10", true, false, false, false },
        { "vmstat-6.1", true, false, false, false },  { "vmstat-6.12", true, true, false, true },
        { "vmstat-6.18", true, true, true, true },    { "vmstat-7.2", true, true, true, true },
};

static void test_what_a_kernel_lacks_is_not_zero(void **state)
{
        _cleanup_close_ int proc_fd = test_fixture("proc");

        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(kernels); i++) {
                const char *file = kernels[i].file;
                struct pl_vmstat vmstat;

                assert_row(file, pl_file_read_long(proc_fd, file, &buffer) == 0);
                assert_row(file, pl_vmstat_parse(pl_file_span(&buffer), &vmstat) == 0);
                assert_row(file, pl_vmstat_has(&vmstat, PL_VMSTAT_REFAULT_FILE) ==
                                         kernels[i].split_refault);
                assert_row(file,
                           pl_vmstat_has(&vmstat, PL_VMSTAT_REFAULT) != kernels[i].split_refault);
                assert_row(file, pl_vmstat_has(&vmstat, PL_VMSTAT_PGSCAN_KHUGEPAGED) ==
                                         kernels[i].khugepaged);
                assert_row(file, pl_vmstat_has(&vmstat, PL_VMSTAT_PGSCAN_PROACTIVE) ==
                                         kernels[i].proactive);
                assert_row(file, pl_vmstat_has(&vmstat, PL_VMSTAT_ZSWPIN) == kernels[i].zswap);
                assert_row(file, vmstat.allocstall_count == 4175);
        }
}

static void test_one_allocstall_for_all_zones(void **state)
{
        static const struct test_edit edits[] = {
                { "zone dma", "allocstall_dma 0\n", "allocstall 77\n" },
                { "zone dma32", "allocstall_dma32 5\n", "" },
                { "zone normal", "allocstall_normal 4100\n", "" },
                { "zone movable", "allocstall_movable 70\n", "" },
                { "zone device", "allocstall_device 0\n", "" },
        };
        _cleanup_close_ int proc_fd = test_fixture("proc/host");
        struct pl_vmstat vmstat;

        (void) state;
        assert_int_equal(pl_file_read_long(proc_fd, "vmstat", &buffer), 0);
        for (size_t i = 0; i < PL_ARRAY_LENGTH(edits); i++) {
                struct pl_span text = test_edited(pl_file_span(&buffer), &edits[i]);

                memcpy(buffer.data, text.data, text.length);
                buffer.length = text.length;
        }
        assert_int_equal(pl_vmstat_parse(pl_file_span(&buffer), &vmstat), 0);
        assert_int_equal(vmstat.allocstall_count, 77);
}

static const struct test_edit bad[] = {
        { "a required line missing", "pgscan_kswapd 114248\n", "" },
        { "a line twice", "oom_kill 134\n", "oom_kill 134\noom_kill 134\n" },
        { "a zone twice", "allocstall_dma32 5\n", "allocstall_dma32 5\nallocstall_dma32 5\n" },
        { "a minus", "pgfault 113015\n", "pgfault -113015\n" },
        { "above 64 bits", "pgfault 113015\n", "pgfault 18446744073709551616\n" },
        { "two numbers", "pgfault 113015\n", "pgfault 113015 1\n" },
        { "no number", "pgfault 113015\n", "pgfault \n" },
};

static void test_bad_files_leave_the_result_alone(void **state)
{
        _cleanup_close_ int proc_fd = test_fixture("proc/host");
        struct pl_vmstat vmstat, before;

        (void) state;
        memset(&vmstat, 0xA5, sizeof vmstat);
        memcpy(&before, &vmstat, sizeof before);
        assert_int_equal(pl_file_read_long(proc_fd, "vmstat", &buffer), 0);
        for (size_t i = 0; i < PL_ARRAY_LENGTH(bad); i++) {
                struct pl_span text = test_edited(pl_file_span(&buffer), &bad[i]);

                assert_row(bad[i].name, pl_vmstat_parse(text, &vmstat) == PL_FILE_E_MALFORMED);
                assert_row(bad[i].name, memcmp(&vmstat, &before, sizeof before) == 0);
        }
        assert_int_equal(pl_vmstat_parse(pl_span_of(""), &vmstat), PL_FILE_E_MALFORMED);
        assert_int_equal(pl_vmstat_parse(pl_span_of("pgfault 1\n"), &vmstat), PL_FILE_E_MALFORMED);
}

static void test_no_allocstall_at_all(void **state)
{
        struct pl_vmstat vmstat;

        (void) state;
        assert_int_equal(pl_vmstat_parse(pl_span_of("pswpin 1\npswpout 1\npgfault 1\npgmajfault 1\n"
                                                    "pgsteal_kswapd 1\npgsteal_direct 1\n"
                                                    "pgscan_kswapd 1\npgscan_direct 1\n"
                                                    "oom_kill 1\n"),
                                         &vmstat),
                         PL_FILE_E_MALFORMED);
}

static void test_live(void **state)
{
        struct pl_vmstat vmstat;
        int proc_fd = -1;

        (void) state;
        assert_int_equal(pl_file_open_directory(AT_FDCWD, "/proc", &proc_fd), 0);
        assert_int_equal(pl_vmstat_read(proc_fd, &buffer, &vmstat), 0);
        assert_true(vmstat.pgfault_count > 0);
        assert_int_equal(close(proc_fd), 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_every_figure_has_its_place),
                cmocka_unit_test(test_what_a_kernel_lacks_is_not_zero),
                cmocka_unit_test(test_one_allocstall_for_all_zones),
                cmocka_unit_test(test_bad_files_leave_the_result_alone),
                cmocka_unit_test(test_no_allocstall_at_all),
                cmocka_unit_test(test_live),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
