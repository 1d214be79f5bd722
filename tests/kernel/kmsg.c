/* SPDX-License-Identifier: Apache-2.0 */

/* Records and their outcomes; and the log of seven kinds of OOM on five kernels, read line by line: as many of each form as
 * are in the file must be found in it. What single lines say is in kmsg_oom.c. */

#include "plimsoll/kernel/kmsg.h"

#include <errno.h>

#include "tree.h"

static struct pl_file_buffer buffer;
static struct pl_kmsg_record record;

/* What the next read() says, in place of the kernel; 0 lets it through. */
static int next_error;

ssize_t __real_read(int fd, void *data, size_t size);
ssize_t __wrap_read(int fd, void *data, size_t size);

ssize_t __wrap_read(int fd, void *data, size_t size)
{
        if (next_error == 0)
                return __real_read(fd, data, size);
        errno = next_error;
        next_error = 0;
        return -1;
}

static const struct {
        const char *name, *raw;
        int error;
        uint32_t level, facility;
        uint64_t sequence, usec;
        const char *text;
} records[] = {
        { "a plain one", "4,372,12283579,-;hello\n", 0, 4, 0, 372, 12283579, "hello" },
        { "of user space", "12,371,5,-;hello\n", 0, 4, 1, 371, 5, "hello" },
        { "no text", "6,1,2,-;\n", 0, 6, 0, 1, 2, "" },
        { "a semicolon in the text", "6,1,2,-;a;b\n", 0, 6, 0, 1, 2, "a;b" },
        { "who printed it", "6,1,2,-,caller=T123;a\n", 0, 6, 0, 1, 2, "a" },
        { "fields to come", "6,1,2,-,caller=T123,new=1,x;a\n", 0, 6, 0, 1, 2, "a" },
        { "lines of keys behind", "6,1,2,-;a\n SUBSYSTEM=pci\n DEVICE=+pci:0\n", 0, 6, 0, 1, 2,
          "a" },
        { "escapes", "6,1,2,-;a\\x0ab\\x5cx0a\\xff\n", 0, 6, 0, 1, 2, "a\nb\\x0a\xff" },
        { "the end of 64 bits", "6,18446744073709551615,18446744073709551615,-;a\n", 0, 6, 0,
          UINT64_MAX, UINT64_MAX, "a" },
        { "nothing", "", PL_FILE_E_MALFORMED, 0, 0, 0, 0, NULL },
        { "a newline alone", "\n", PL_FILE_E_MALFORMED, 0, 0, 0, 0, NULL },
        { "cut", "6,1,2,-;hel", PL_FILE_E_MALFORMED, 0, 0, 0, 0, NULL },
        { "cut in a key", "6,1,2,-;a\n SUBSYS", PL_FILE_E_MALFORMED, 0, 0, 0, 0, NULL },
        { "a second line that is no key", "6,1,2,-;a\nb\n", PL_FILE_E_MALFORMED, 0, 0, 0, 0, NULL },
        { "no semicolon", "6,1,2,-\n", PL_FILE_E_MALFORMED, 0, 0, 0, 0, NULL },
        { "no flags", "6,1,2;a\n", PL_FILE_E_MALFORMED, 0, 0, 0, 0, NULL },
        { "no time", "6,1,,-;a\n", PL_FILE_E_MALFORMED, 0, 0, 0, 0, NULL },
        { "a minus", "-6,1,2,-;a\n", PL_FILE_E_MALFORMED, 0, 0, 0, 0, NULL },
        { "above 64 bits", "6,18446744073709551616,2,-;a\n", PL_FILE_E_MALFORMED, 0, 0, 0, 0,
          NULL },
        { "an escape cut short", "6,1,2,-;a\\x0\n", PL_FILE_E_MALFORMED, 0, 0, 0, 0, NULL },
        { "an escape that is none", "6,1,2,-;a\\n\n", PL_FILE_E_MALFORMED, 0, 0, 0, 0, NULL },
        { "an escape in capitals", "6,1,2,-;a\\x0A\n", PL_FILE_E_MALFORMED, 0, 0, 0, 0, NULL },
};

static void test_records(void **state)
{
        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(records); i++) {
                const char *name = records[i].name;
                int r;

                record.sequence = 99;
                r = pl_kmsg_parse(pl_span_of(records[i].raw), &record);
                assert_row(name, r == records[i].error);
                if (r != 0) {
                        assert_row(name, record.sequence == 99);
                        continue;
                }
                assert_row(name, record.have == (PL_KMSG_HAS_PRIORITY | PL_KMSG_HAS_SEQUENCE));
                assert_row(name, record.level == records[i].level);
                assert_row(name, record.facility == records[i].facility);
                assert_row(name, record.sequence == records[i].sequence);
                assert_row(name, record.time_usec == records[i].usec);
                assert_row(name, pl_span_equals(pl_kmsg_text(&record), records[i].text));
                assert_row(name, !record.is_fragment);
        }
}

static void test_fragments(void **state)
{
        (void) state;
        assert_int_equal(pl_kmsg_parse(pl_span_of("6,1,2,c;half\n"), &record), 0);
        assert_true(record.is_fragment);
        assert_int_equal(pl_kmsg_parse(pl_span_of("6,1,2,+;half\n"), &record), 0);
        assert_true(record.is_fragment);
}

static void test_the_longest_text(void **state)
{
        static char raw[PL_KMSG_TEXT_MAX + 64];
        size_t head = (size_t) snprintf(raw, sizeof raw, "6,1,2,-;");

        (void) state;
        memset(raw + head, 'x', PL_KMSG_TEXT_MAX + 1);
        raw[head + PL_KMSG_TEXT_MAX] = '\n';
        assert_int_equal(pl_kmsg_parse(pl_span(raw, head + PL_KMSG_TEXT_MAX + 1), &record), 0);
        assert_int_equal(record.length, PL_KMSG_TEXT_MAX);
        raw[head + PL_KMSG_TEXT_MAX] = 'x';
        raw[head + PL_KMSG_TEXT_MAX + 1] = '\n';
        assert_int_equal(pl_kmsg_parse(pl_span(raw, head + PL_KMSG_TEXT_MAX + 2), &record),
                         PL_FILE_E_TOO_BIG);
        /* dmesg may join what the kernel printed apart. */
        raw[0] = '[';
        memcpy(raw + 1, "1.000000]", 9);
        assert_int_equal(pl_kmsg_parse_line(pl_span(raw, head + PL_KMSG_TEXT_MAX + 4), &record),
                         PL_FILE_E_TOO_BIG);
}

static const struct {
        const char *name, *line;
        int error;
        uint32_t have;
        uint64_t usec;
        const char *text;
} lines[] = {
        { "a record without its newline", "3,1,2000000,-;a\\x0ab", 0,
          PL_KMSG_HAS_PRIORITY | PL_KMSG_HAS_SEQUENCE, 2000000, "a\nb" },
        { "dmesg", "[   12.345678] hello", 0, 0, 12345678, "hello" },
        { "dmesg --raw", "<3>[   12.345678] hello", 0, PL_KMSG_HAS_PRIORITY, 12345678, "hello" },
        { "days later", "[98765432.000001] a", 0, 0, UINT64_C(98765432000001), "a" },
        { "with its caller", "[   12.345678][  T123] hello", 0, 0, 12345678, "hello" },
        { "with its caller, apart", "[   12.345678] [    C0] hello", 0, 0, 12345678, "hello" },
        { "a row of the table is no caller", "[    1.000000] [    108]     0", 0, 0, 1000000,
          "[    108]     0" },
        { "an indented text", "[    1.000000]  dump_stack", 0, 0, 1000000, " dump_stack" },
        { "what looks like an escape is none", "[    1.000000] a\\x0ab", 0, 0, 1000000, "a\\x0ab" },
        { "no text", "[    1.000000]", 0, 0, 1000000, "" },
        { "nothing", "", PL_FILE_E_MALFORMED, 0, 0, NULL },
        { "a text alone", "hello", PL_FILE_E_MALFORMED, 0, 0, NULL },
        { "no end of the time", "[   12.345678 hello", PL_FILE_E_MALFORMED, 0, 0, NULL },
        { "milliseconds", "[   12.345] hello", PL_FILE_E_MALFORMED, 0, 0, NULL },
        { "no point", "[   12345678] hello", PL_FILE_E_MALFORMED, 0, 0, NULL },
        { "a date", "[Mon Jan  1 00:00:00 2024] hello", PL_FILE_E_MALFORMED, 0, 0, NULL },
        { "a time of more than 64 bits", "[18446744073710.000000] a", PL_FILE_E_MALFORMED, 0, 0,
          NULL },
        { "a level that is none", "<x>[    1.000000] a", PL_FILE_E_MALFORMED, 0, 0, NULL },
        { "a level never ended", "<3[    1.000000] a", PL_FILE_E_MALFORMED, 0, 0, NULL },
};

static void test_lines(void **state)
{
        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(lines); i++) {
                const char *name = lines[i].name;

                assert_row(name, pl_kmsg_parse_line(pl_span_of(lines[i].line), &record) ==
                                         lines[i].error);
                if (lines[i].error != 0)
                        continue;
                assert_row(name, record.have == lines[i].have);
                assert_row(name, record.time_usec == lines[i].usec);
                assert_row(name, pl_span_equals(pl_kmsg_text(&record), lines[i].text));
        }
}

static const struct {
        int error, outcome;
} reads[] = {
        { EAGAIN, PL_FILE_E_AGAIN },   { EINTR, PL_FILE_E_AGAIN },  { EPIPE, PL_KMSG_E_LOST },
        { EINVAL, PL_FILE_E_TOO_BIG }, { EPERM, PL_FILE_E_DENIED }, { EIO, -EIO },
};

static void test_reading(void **state)
{
        int ends[2];

        (void) state;
        assert_int_equal(pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
        for (size_t i = 0; i < PL_ARRAY_LENGTH(reads); i++) {
                next_error = reads[i].error;
                assert_row(strerror(reads[i].error),
                           pl_kmsg_read(ends[0], &buffer, &record) == reads[i].outcome);
        }
        assert_int_equal(pl_kmsg_read(ends[0], &buffer, &record), PL_FILE_E_AGAIN);
        assert_int_equal(write(ends[1], "6,7,2,-;a\n", 10), 10);
        assert_int_equal(pl_kmsg_read(ends[0], &buffer, &record), 0);
        assert_int_equal(record.sequence, 7);
        assert_int_equal(write(ends[1], "garbage", 7), 7);
        assert_int_equal(pl_kmsg_read(ends[0], &buffer, &record), PL_FILE_E_MALFORMED);
        (void) close(ends[1]);
        assert_int_equal(pl_kmsg_read(ends[0], &buffer, &record), PL_FILE_E_AGAIN);
        (void) close(ends[0]);
}

/* Every record that this kernel has kept, in its order. */
static void test_live(void **state)
{
        _cleanup_close_ int fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
        uint64_t last = 0;
        int r = 0;

        (void) state;
        if (fd < 0)
                skip(); /* only for those whom the host lets */
        for (int i = 0; i < 100000 && r != PL_FILE_E_AGAIN; i++) {
                r = pl_kmsg_read(fd, &buffer, &record);
                if (r == PL_FILE_E_DENIED)
                        skip();
                assert_true(r == 0 || r == PL_FILE_E_AGAIN || r == PL_KMSG_E_LOST);
                assert_true(r != 0 || last == 0 || record.sequence > last);
                last = record.sequence;
        }
}

enum { KINDS = PL_KMSG_OOM_PINNED + 1 };

/* Of each form how many, as grep counts them. */
static const struct {
        const char *file;
        size_t invoked, usage, stats, tasks, rows, chosen, killed, group, nobody;
        uint32_t columns;
} logs[] = {
        { "kmsg-5.10.txt", 12, 16, 8, 11, 16, 8, 10, 1, 3, 9 },
        { "kmsg-6.1.txt", 12, 16, 8, 11, 15, 8, 10, 1, 3, 9 },
        { "kmsg-6.12.txt", 10, 12, 6, 9, 14, 8, 10, 1, 1, 12 },
        { "kmsg-6.18.txt", 10, 12, 6, 9, 13, 7, 9, 1, 2, 12 },
        { "kmsg-7.2.txt", 10, 12, 6, 9, 12, 7, 9, 1, 2, 12 },
};

static void check_row(const char *file, const struct pl_kmsg_oom_columns *columns)
{
        const uint32_t split = 1 << PL_KMSG_COLUMN_RSS_ANON | 1 << PL_KMSG_COLUMN_RSS_FILE |
                               1 << PL_KMSG_COLUMN_RSS_SHMEM;
        struct pl_kmsg_oom_row row;

        assert_row(file, pl_kmsg_parse_oom_row(&record, columns, &row) == 0);
        assert_row(file, row.pid == row.tgid && row.pid > 0);
        assert_row(file, row.uid == 0 && row.score_adj >= -1000 && row.score_adj <= 1000);
        assert_row(file, row.comm.length > 0 && row.comm.length <= 15);
        assert_row(file, (row.have & split) == (columns->count == 12 ? split : 0));
        assert_row(file, columns->count != 12 || row.rss_pages == row.rss_anon_pages +
                                                                          row.rss_file_pages +
                                                                          row.rss_shmem_pages);
}

static void check_line(const char *file, struct pl_span line, size_t *counts,
                       struct pl_kmsg_oom_columns *columns)
{
        struct pl_kmsg_oom oom;
        int r;

        assert_row(file, pl_kmsg_parse_line(line, &record) == 0);
        r = pl_kmsg_parse_oom(&record, &oom);
        assert_row(file, r == 0 || r == PL_KMSG_E_OTHER);
        if (r != 0)
                return;
        counts[oom.kind]++;
        if (oom.kind == PL_KMSG_OOM_HEADER)
                *columns = oom.columns;
        if (oom.kind == PL_KMSG_OOM_ROW)
                check_row(file, columns);
        if (oom.kind == PL_KMSG_OOM_CHOSEN) {
                assert_row(file, !oom.chosen.is_ambiguous);
                assert_row(file, oom.chosen.have & PL_KMSG_CHOSEN_TASK);
        }
}

static void test_logs_of_five_kernels(void **state)
{
        _cleanup_close_ int fd = test_fixture("kmsg");

        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(logs); i++) {
                const char *file = logs[i].file;
                struct pl_kmsg_oom_columns columns = {};
                size_t counts[KINDS] = {};
                struct pl_span rest;

                assert_row(file, pl_file_read(fd, file, &buffer) == 0);
                rest = pl_file_span(&buffer);
                while (!pl_span_empty(rest))
                        check_line(file, pl_span_until(&rest, '\n'), counts, &columns);
                assert_row(file, columns.count == logs[i].columns);
                assert_row(file, counts[PL_KMSG_OOM_INVOKED] == logs[i].invoked);
                assert_row(file, counts[PL_KMSG_OOM_USAGE] == logs[i].usage);
                assert_row(file, counts[PL_KMSG_OOM_STATS] == logs[i].stats);
                assert_row(file, counts[PL_KMSG_OOM_TASKS] == logs[i].tasks);
                assert_row(file, counts[PL_KMSG_OOM_HEADER] == logs[i].tasks);
                assert_row(file, counts[PL_KMSG_OOM_ROW] == logs[i].rows);
                assert_row(file, counts[PL_KMSG_OOM_CHOSEN] == logs[i].chosen);
                assert_row(file, counts[PL_KMSG_OOM_KILLED] == logs[i].killed);
                assert_row(file, counts[PL_KMSG_OOM_GROUP] == logs[i].group);
                assert_row(file, counts[PL_KMSG_OOM_NOBODY] == logs[i].nobody);
                assert_row(file, counts[PL_KMSG_OOM_REAPED] == 0);
        }
}

/* A line cut anywhere reads as less or as nothing, never as a kill of somebody else. */
static void test_kills_cut_at_every_length(void **state)
{
        static const char line[] =
                "3,526,48383101,-;Memory cgroup out of memory: Killed process 169 (we)ird, pid=1 "
                "() "
                "total-vm:103520kB, anon-rss:50884kB, file-rss:4kB, shmem-rss:744kB, UID:0 "
                "pgtables:136kB oom_score_adj:300";

        (void) state;
        for (size_t length = 0; length < sizeof line; length++) {
                struct pl_kmsg_oom oom;

                if (pl_kmsg_parse_line(pl_span(line, length), &record) != 0 ||
                    pl_kmsg_parse_oom(&record, &oom) != 0)
                        continue;
                assert_int_equal(oom.kind, PL_KMSG_OOM_KILLED);
                assert_int_equal(oom.victim.pid, 169);
                assert_int_equal(oom.victim.anon_bytes, 50884 * 1024);
                assert_int_equal(oom.victim.file_bytes, 4 * 1024);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_records),
                cmocka_unit_test(test_fragments),
                cmocka_unit_test(test_the_longest_text),
                cmocka_unit_test(test_lines),
                cmocka_unit_test(test_reading),
                cmocka_unit_test(test_live),
                cmocka_unit_test(test_logs_of_five_kernels),
                cmocka_unit_test(test_kills_cut_at_every_length),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
