/* SPDX-License-Identifier: Apache-2.0 */

/* What is noted is there for the next one, the first value counts, and nothing that lies in the way is believed. */

#include "host/noted.h"

#include <time.h>

/* ---- limits ---- */

static void first_value_counts(void **state)
{
        (void) state;
        noted_open();
        assert_int_equal(noted_opened.aside, 0);
        assert_int_equal(note(1, PL_LIMIT_MAX, 100), 0);
        assert_int_equal(note(1, PL_LIMIT_MAX, 200), PL_ORIGINALS_E_EXISTS);
        assert_int_equal(note(1, PL_LIMIT_HIGH, 50), 0);
        assert_string_equal(noted_words(), "1 /system.slice/a  b2=50 b3=100\n");
        noted_reopen();
        assert_int_equal(noted_opened.cgroup_count, 1);
        assert_int_equal(noted_opened.cut_bytes, 0);
        assert_string_equal(noted_words(), "1 /system.slice/a  b2=50 b3=100\n");
        assert_int_equal(note(1, PL_LIMIT_MAX, 300), PL_ORIGINALS_E_EXISTS);
        /* Put back: whatever is there the next time is an original again. */
        assert_int_equal(pl_originals_drop_limits(&noted, 1, 1 << PL_LIMIT_MAX), 0);
        assert_int_equal(pl_originals_drop_limits(&noted, 1, 1 << PL_LIMIT_MAX),
                         PL_ORIGINALS_E_ABSENT);
        assert_int_equal(note(1, PL_LIMIT_MAX, 400), 0);
        noted_reopen();
        assert_string_equal(noted_words(), "1 /system.slice/a  b2=50 b3=400\n");
        pl_originals_close(&noted);
        pl_originals_close(&noted);
}

static void all_at_once(void **state)
{
        const struct pl_original_name name = { .id = 1,
                                               .path = pl_span_of("/a.service"),
                                               .unit = pl_span_of("a.service") };
        struct pl_limits before = { .set = (1 << PL_LIMIT_COUNT) - 1 };

        (void) state;
        noted_open();
        for (enum pl_limit i = 0; i < PL_LIMIT_COUNT; i++)
                before.values[i] = i == PL_LIMIT_SWAP_MAX ? UINT64_MAX : 10U + i;
        assert_int_equal(pl_originals_note_limits(&noted, &name, &before), 0);
        assert_int_equal(pl_originals_note_limits(&noted, &name, &before), PL_ORIGINALS_E_EXISTS);
        noted_reopen();
        assert_string_equal(noted_words(), "1 /a.service a.service b0=10 b1=11 b2=12 b3=13 b4=14 "
                                           "b5=18446744073709551615 b6=16 b7=17 b8=18\n");
        assert_int_equal(pl_originals_drop_limits(&noted, 1, UINT32_MAX), 0);
        assert_null(pl_originals_find_cgroup(&noted, 1));
        assert_int_equal(pl_originals_drop_cgroup(&noted, 1), PL_ORIGINALS_E_ABSENT);
        noted_reopen();
        assert_string_equal(noted_words(), "");
        pl_originals_close(&noted);
}

/* Killed between what is said and what is written, either value is ours. */
static void knows_own_hand(void **state)
{
        const struct pl_original_cgroup *cgroup;

        (void) state;
        noted_open();
        assert_int_equal(set(1, PL_LIMIT_MAX, 80, 100), PL_ORIGINALS_E_ABSENT);
        assert_int_equal(note(1, PL_LIMIT_MAX, 100), 0);
        assert_int_equal(set(1, PL_LIMIT_HIGH, 80, 100), PL_ORIGINALS_E_ABSENT);
        cgroup = pl_originals_find_cgroup(&noted, 1);
        assert_false(pl_original_limit_is_ours(cgroup, PL_LIMIT_MAX, 100));
        assert_int_equal(set(1, PL_LIMIT_MAX, 80, 100), 0);
        assert_true(pl_original_limit_is_ours(cgroup, PL_LIMIT_MAX, 80));
        assert_false(pl_original_limit_is_ours(cgroup, PL_LIMIT_MAX, 100));
        /* 80 was written, 60 is about to be, was refused, and 70 is next. */
        assert_int_equal(set(1, PL_LIMIT_MAX, 60, 80), 0);
        assert_int_equal(set(1, PL_LIMIT_MAX, 70, 80), 0);
        noted_reopen();
        cgroup = pl_originals_find_cgroup(&noted, 1);
        assert_true(pl_original_limit_is_ours(cgroup, PL_LIMIT_MAX, 80));
        assert_true(pl_original_limit_is_ours(cgroup, PL_LIMIT_MAX, 70));
        assert_false(pl_original_limit_is_ours(cgroup, PL_LIMIT_MAX, 60));
        assert_false(pl_original_limit_is_ours(cgroup, PL_LIMIT_HIGH, 70));
        /* Somebody else has set 75. Repairing it is nothing new. */
        assert_false(pl_original_limit_is_ours(cgroup, PL_LIMIT_MAX, 75));
        assert_int_equal(set(1, PL_LIMIT_MAX, 70, 75), 0);
        assert_string_equal(noted_words(), "1 /system.slice/a  b3=100 s3=70 p3=80\n");
        pl_originals_close(&noted);
}

static void nothing_is_written_for_nothing(void **state)
{
        const struct pl_limits kept = limits_one(PL_LIMIT_MAX, 80), none = {};
        uint64_t end;

        (void) state;
        noted_open();
        assert_int_equal(note(1, PL_LIMIT_MAX, 100), 0);
        assert_int_equal(set(1, PL_LIMIT_MAX, 80, 100), 0);
        assert_int_equal(pl_originals_keep_limits(&noted, 1, &kept), 0);
        end = noted.end_bytes;
        assert_int_equal(note(1, PL_LIMIT_MAX, 80), PL_ORIGINALS_E_EXISTS);
        assert_int_equal(set(1, PL_LIMIT_MAX, 80, 80), 0);
        assert_int_equal(pl_originals_keep_limits(&noted, 1, &kept), 0);
        assert_int_equal(pl_originals_keep_limits(&noted, 2, &kept), PL_ORIGINALS_E_ABSENT);
        assert_int_equal(pl_originals_drop_limits(&noted, 1, 1 << PL_LIMIT_HIGH),
                         PL_ORIGINALS_E_ABSENT);
        assert_int_equal(noted.end_bytes, end);
        /* What the unit carries keeps the cgroup until that, too, is taken back. */
        assert_int_equal(pl_originals_drop_limits(&noted, 1, 1 << PL_LIMIT_MAX), 0);
        noted_reopen();
        assert_string_equal(noted_words(), "1 /system.slice/a  k3=80\n");
        assert_true(
                pl_original_limit_is_ours(pl_originals_find_cgroup(&noted, 1), PL_LIMIT_MAX, 80));
        assert_int_equal(pl_originals_keep_limits(&noted, 1, &none), 0);
        assert_null(pl_originals_find_cgroup(&noted, 1));
        noted_reopen();
        assert_int_equal(noted_opened.cgroup_count, 0);
        pl_originals_close(&noted);
}

/* Which properties somebody else had set before us is known for as long as ours are. */
static void whose_drop_ins_they_were_is_kept(void **state)
{
        const struct pl_limits kept = limits_one(PL_LIMIT_MAX, 80), none = {};
        const uint32_t max = 1 << PL_LIMIT_MAX, high = 1 << PL_LIMIT_HIGH;
        uint64_t end;

        (void) state;
        noted_open();
        assert_int_equal(pl_originals_note_foreign(&noted, 1, max), PL_ORIGINALS_E_ABSENT);
        assert_int_equal(note(1, PL_LIMIT_MAX, 100), 0);
        assert_int_equal(pl_originals_note_foreign(&noted, 1, max | high), PL_ORIGINALS_E_ABSENT);
        assert_int_equal(note(1, PL_LIMIT_HIGH, 90), 0);
        assert_int_equal(pl_originals_note_foreign(&noted, 1, max), 0);
        assert_int_equal(pl_originals_note_foreign(&noted, 1, high), 0);
        end = noted.end_bytes;
        assert_int_equal(pl_originals_note_foreign(&noted, 1, max), 0);
        assert_int_equal(pl_originals_note_foreign(&noted, 1, 0), 0);
        assert_int_equal(noted.end_bytes, end);
        assert_int_equal(pl_originals_keep_limits(&noted, 1, &kept), 0);
        noted_reopen();
        assert_string_equal(noted_words(), "1 /system.slice/a  b2=90 b3=100 k3=80 asked f2 f3\n");
        assert_int_equal(pl_originals_drop_limits(&noted, 1, max | high), 0);
        noted_reopen();
        assert_string_equal(noted_words(), "1 /system.slice/a  k3=80 asked f3\n");
        assert_int_equal(pl_originals_keep_limits(&noted, 1, &none), 0);
        assert_null(pl_originals_find_cgroup(&noted, 1));
        pl_originals_close(&noted);
}

/* A call of which nobody saw the end: the drop-ins are there, and nothing is kept. */
static void that_properties_may_be_ours_is_kept(void **state)
{
        const struct pl_limits none = {};

        (void) state;
        noted_open();
        assert_int_equal(note(1, PL_LIMIT_MAX, 100), 0);
        assert_int_equal(pl_originals_note_foreign(&noted, 1, 0), 0);
        noted_reopen();
        assert_string_equal(noted_words(), "1 /system.slice/a  b3=100 asked\n");
        assert_int_equal(pl_originals_keep_limits(&noted, 1, &none), 0);
        noted_reopen();
        assert_string_equal(noted_words(), "1 /system.slice/a  b3=100\n");
        pl_originals_close(&noted);
}

/* The same path again is another cgroup, with another id and without a past. */
static void recreated_is_another(void **state)
{
        (void) state;
        noted_open();
        assert_int_equal(note(1, PL_LIMIT_MAX, 100), 0);
        assert_int_equal(set(1, PL_LIMIT_MAX, 80, 100), 0);
        assert_int_equal(note(2, PL_LIMIT_MAX, UINT64_MAX), 0);
        assert_int_equal(pl_originals_drop_cgroup(&noted, 1), 0);
        noted_reopen();
        assert_null(pl_originals_find_cgroup(&noted, 1));
        assert_int_equal(pl_originals_find_cgroup(&noted, 2)->before.values[PL_LIMIT_MAX],
                         UINT64_MAX);
        assert_false(pl_limits_has(&pl_originals_find_cgroup(&noted, 2)->set, PL_LIMIT_MAX));
        pl_originals_close(&noted);
}

/* Ids are the kernel's, 64 bits wide; names are anybody's. */
static void hostile_names(void **state)
{
        static char path[4000], unit[PL_CGROUP_NAME_MAX];
        const struct pl_limits before = limits_one(PL_LIMIT_MAX, 1);
        const struct pl_original_cgroup *cgroup;
        struct pl_original_name name = { .id = UINT64_MAX, .path = pl_span(path, sizeof path) };

        (void) state;
        memset(path, '\033', sizeof path);
        memset(unit, 'u', sizeof unit);
        noted_open();
        assert_int_equal(pl_originals_note_limits(&noted, &name, &before), 0);
        /* The unit is known later, and is never cut. */
        name.unit = pl_span(unit, sizeof unit);
        assert_int_equal(pl_originals_note_limits(&noted, &name, &before), 0);
        name.unit = pl_span_of("another.service");
        assert_int_equal(pl_originals_note_limits(&noted, &name, &before), PL_ORIGINALS_E_EXISTS);
        name = (struct pl_original_name){ .id = 2, .path = pl_span("/a\0/b", 5) };
        assert_int_equal(pl_originals_note_limits(&noted, &name, &before), 0);
        noted_reopen();
        cgroup = pl_originals_find_cgroup(&noted, UINT64_MAX);
        assert_int_equal(strlen(cgroup->path), PL_ORIGINALS_PATH_BYTES - 1);
        assert_int_equal(strlen(cgroup->unit), PL_CGROUP_NAME_MAX);
        assert_string_equal(pl_originals_find_cgroup(&noted, 2)->path, "/a");
        pl_originals_close(&noted);
}

/* ---- processes and settings ---- */

static void processes_and_settings(void **state)
{
        const struct pl_original_value first = process(10, 1000, -5), second = process(10, 2000, 3),
                                       host = setting(10, 60), zero = setting(0, 0);

        (void) state;
        noted_open();
        assert_int_equal(pl_originals_set_value(&noted, &first, 1, 1), PL_ORIGINALS_E_ABSENT);
        assert_int_equal(pl_originals_note_value(&noted, &first), 0);
        assert_int_equal(pl_originals_note_value(&noted, &first), PL_ORIGINALS_E_EXISTS);
        assert_int_equal(pl_originals_note_value(&noted, &host), 0);
        assert_int_equal(pl_originals_note_value(&noted, &zero), 0);
        assert_int_equal(pl_originals_set_value(&noted, &first, 100, -5), 0);
        assert_int_equal(pl_originals_set_value(&noted, &first, 200, 100), 0);
        assert_int_equal(pl_originals_set_value(&noted, &host, 10, 60), 0);
        noted_reopen();
        assert_int_equal(noted_opened.value_count, 3);
        assert_string_equal(noted_words(), "2/0/0 for 0 before 0\n"
                                           "1/10/1000 for 7 before -5 set 200 prior 100\n"
                                           "2/10/0 for 0 before 60 set 10\n");
        assert_true(pl_original_value_is_ours(pl_originals_find_value(&noted, &first), 100));
        assert_true(pl_original_value_is_ours(pl_originals_find_value(&noted, &first), 200));
        assert_false(pl_original_value_is_ours(pl_originals_find_value(&noted, &first), -5));
        assert_false(pl_original_value_is_ours(pl_originals_find_value(&noted, &zero), 0));
        /* The pid belongs to somebody else now. */
        assert_null(pl_originals_find_value(&noted, &second));
        assert_int_equal(pl_originals_drop_value(&noted, &second), PL_ORIGINALS_E_ABSENT);
        assert_int_equal(pl_originals_note_value(&noted, &second), 0);
        assert_null(pl_originals_find_value(&noted, &first));
        noted_reopen();
        assert_int_equal(noted_opened.value_count, 3);
        assert_int_equal(pl_originals_find_value(&noted, &second)->before, 3);
        assert_int_equal(pl_originals_find_value(&noted, &second)->have, 0);
        assert_int_equal(pl_originals_drop_value(&noted, &host), 0);
        assert_int_equal(pl_originals_drop_value(&noted, &second), 0);
        noted_reopen();
        assert_string_equal(noted_words(), "2/0/0 for 0 before 0\n");
        pl_originals_close(&noted);
}

static void dropped_while_counted(void **state)
{
        uint32_t seen = 0;

        (void) state;
        noted_open();
        for (uint32_t i = 1; i <= 1000; i++) {
                const struct pl_original_value value = process(i, i, 0);

                assert_int_equal(note(i, PL_LIMIT_MAX, i), 0);
                assert_int_equal(pl_originals_note_value(&noted, &value), 0);
        }
        for (uint32_t i = pl_originals_next_cgroup(&noted, 0); i != PL_POOL_NONE;
             i = pl_originals_next_cgroup(&noted, i + 1)) {
                assert_int_equal(
                        pl_originals_drop_cgroup(&noted, pl_originals_cgroup_at(&noted, i)->id), 0);
                seen++;
        }
        assert_int_equal(seen, 1000);
        for (uint32_t i = pl_originals_next_value(&noted, 0); i != PL_POOL_NONE;
             i = pl_originals_next_value(&noted, i + 1), seen++)
                assert_int_equal(pl_originals_drop_value(&noted, pl_originals_value_at(&noted, i)),
                                 0);
        assert_int_equal(seen, 2000);
        assert_int_equal(pl_originals_next_cgroup(&noted, 0), PL_POOL_NONE);
        noted_reopen();
        assert_int_equal(noted_opened.cgroup_count + noted_opened.value_count, 0);
        pl_originals_close(&noted);
}

/* ---- what may lie there ---- */

static void another_boot_is_put_aside(void **state)
{
        static const uint8_t other[16] = "another boot";
        struct pl_originals_opened opened;

        (void) state;
        noted_open();
        assert_int_equal(note(1, PL_LIMIT_MAX, 100), 0);
        pl_originals_close(&noted);
        assert_int_equal(pl_originals_open(&noted, noted_fd, other, &opened), 0);
        assert_int_equal(opened.aside, PL_ORIGINALS_E_OTHER_BOOT);
        assert_int_equal(opened.cgroup_count, 0);
        assert_null(pl_originals_find_cgroup(&noted, 1));
        assert_true(noted_has("originals.old"));
        assert_int_equal(note(1, PL_LIMIT_MAX, 200), 0);
        pl_originals_close(&noted);
        assert_int_equal(pl_originals_open(&noted, noted_fd, other, &opened), 0);
        assert_int_equal(opened.aside, 0);
        assert_int_equal(opened.cgroup_count, 1);
        pl_originals_close(&noted);
}

static void expect_foreign(const char *name)
{
        noted_open();
        assert_row(name, noted_opened.aside == PL_ORIGINALS_E_FOREIGN);
        assert_row(name, noted_opened.cgroup_count == 0);
        assert_row(name, note(1, PL_LIMIT_MAX, 100) == 0);
        noted_reopen();
        assert_row(name, noted_opened.aside == 0 && noted_opened.cgroup_count == 1);
        pl_originals_close(&noted);
        noted_empty();
}

static void what_is_not_ours_is_put_aside(void **state)
{
        static const char words[5000] = "These are not the bytes of a log.";

        (void) state;
        noted_write_file("originals", "", 0);
        expect_foreign("empty");
        noted_write_file("originals", words, 63);
        expect_foreign("shorter than a header");
        noted_write_file("originals", words, sizeof words);
        expect_foreign("other bytes");
        assert_int_equal(symlinkat("/etc/passwd", noted_fd, "originals"), 0);
        expect_foreign("a link");
        assert_int_equal(mkdirat(noted_fd, "originals", 0700), 0);
        expect_foreign("a directory");
        assert_int_equal(mkfifoat(noted_fd, "originals", 0600), 0);
        expect_foreign("a pipe");
        noted_open();
        assert_int_equal(note(9, PL_LIMIT_MAX, 1), 0);
        pl_originals_close(&noted);
        assert_int_equal(fchmodat(noted_fd, "originals", 0622, 0), 0);
        expect_foreign("others may write to it");
}

static void is_for_nobody_else(void **state)
{
        struct stat status;

        (void) state;
        noted_open();
        assert_int_equal(fstatat(noted_fd, "originals", &status, 0), 0);
        assert_int_equal(status.st_mode & 07777, 0600);
        pl_originals_close(&noted);
}

/* What a process that was killed has left under the other name is no obstacle. */
static void left_over_is_removed(void **state)
{
        (void) state;
        noted_write_file("originals.new", "half", 4);
        noted_open();
        assert_int_equal(note(1, PL_LIMIT_MAX, 100), 0);
        noted_write_file("originals.new", "half", 4);
        noted_reopen();
        assert_int_equal(noted_opened.cgroup_count, 1);
        pl_originals_close(&noted);
}

/* ---- bounds ---- */

static double cpu_seconds(void)
{
        struct timespec now;

        assert_int_equal(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now), 0);
        return (double) now.tv_sec + (double) now.tv_nsec / 1e9;
}

/* Each limit by a call of its own, and set once: as many records as there can be for it. */
static double note_each_limit(uint32_t count)
{
        double before;

        noted_empty();
        noted_open();
        before = cpu_seconds();
        for (enum pl_limit limit = 0; limit < PL_LIMIT_COUNT; limit++)
                for (uint32_t id = 1; id <= count; id++) {
                        pl_assert(note(id, limit, id) == 0);
                        pl_assert(noted.end_bytes <= 2 * noted.live_bytes ||
                                  noted.end_bytes <= PL_ORIGINALS_REWRITE_BYTES);
                }
        return cpu_seconds() - before;
}

static void time_is_in_proportion(void **state)
{
        struct stat status;
        double small, large;

        (void) state;
        small = note_each_limit(PL_WORKLOADS_MAX / 8);
        pl_originals_close(&noted);
        large = note_each_limit(PL_WORKLOADS_MAX);
        print_message("%d x %d notes: %.3f s; an eighth of them: %.3f s\n", PL_WORKLOADS_MAX,
                      PL_LIMIT_COUNT, large, small);
        /* In proportion it is 8 times, and with the square 64 times. */
        assert_true(large < 24 * small);
        assert_int_equal(fstat(noted.fd, &status), 0);
        assert_true(status.st_size <= 24 << 20);
        noted_reopen();
        assert_int_equal(noted_opened.cgroup_count, PL_WORKLOADS_MAX);
        for (uint32_t id = 1; id <= PL_WORKLOADS_MAX; id++)
                assert_int_equal(pl_originals_find_cgroup(&noted, id)->before.set,
                                 (1 << PL_LIMIT_COUNT) - 1);
        pl_originals_close(&noted);
}

static void full_is_said(void **state)
{
        struct pl_original_value value;

        (void) state;
        noted_open();
        for (uint32_t id = 1; id <= PL_ORIGINALS_CGROUPS_MAX; id++)
                pl_assert(note(id, PL_LIMIT_MAX, id) == 0);
        for (uint32_t pid = 1; pid <= PL_ORIGINALS_VALUES_MAX; pid++) {
                value = process(pid, 1, 0);
                pl_assert(pl_originals_note_value(&noted, &value) == 0);
        }
        value = process(PL_ORIGINALS_VALUES_MAX + 1, 1, 0);
        assert_int_equal(pl_originals_note_value(&noted, &value), PL_ORIGINALS_E_FULL);
        assert_int_equal(note(PL_ORIGINALS_CGROUPS_MAX + 1, PL_LIMIT_MAX, 1), PL_ORIGINALS_E_FULL);
        /* Who is there already goes on, and one that goes makes room. */
        assert_int_equal(note(1, PL_LIMIT_HIGH, 1), 0);
        assert_int_equal(pl_originals_drop_cgroup(&noted, 2), 0);
        assert_int_equal(note(PL_ORIGINALS_CGROUPS_MAX + 1, PL_LIMIT_MAX, 1), 0);
        noted_reopen();
        assert_int_equal(noted_opened.cgroup_count, PL_ORIGINALS_CGROUPS_MAX);
        assert_int_equal(noted_opened.value_count, PL_ORIGINALS_VALUES_MAX);
        assert_int_equal(noted_opened.spoilt_count, 0);
        pl_originals_close(&noted);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                NOTED_TEST(first_value_counts),
                NOTED_TEST(all_at_once),
                NOTED_TEST(knows_own_hand),
                NOTED_TEST(nothing_is_written_for_nothing),
                NOTED_TEST(whose_drop_ins_they_were_is_kept),
                NOTED_TEST(that_properties_may_be_ours_is_kept),
                NOTED_TEST(recreated_is_another),
                NOTED_TEST(hostile_names),
                NOTED_TEST(processes_and_settings),
                NOTED_TEST(dropped_while_counted),
                NOTED_TEST(another_boot_is_put_aside),
                NOTED_TEST(what_is_not_ours_is_put_aside),
                NOTED_TEST(is_for_nobody_else),
                NOTED_TEST(left_over_is_removed),
                NOTED_TEST(time_is_in_proportion),
                NOTED_TEST(full_is_said),
        };

        return cmocka_run_group_tests(tests, noted_set_up, noted_tear_down);
}
