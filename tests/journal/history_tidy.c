/* SPDX-License-Identifier: Apache-2.0 */

/* What becomes of history as time goes: thinned to the row, removed by age and by size, and no more of either than is due when
 * the clock is wrong.
 */

#include "journal/kept.h"

#include "history.h"

static struct pl_history_writer writer;
static const struct pl_history_identity identity = { .boot_id = { 1 }, .created_usec = 1 };

#define START_USEC (1000 * PL_USEC_PER_DAY)

static struct pl_history_time minute(uint64_t number)
{
        return (struct pl_history_time){ START_USEC + number * PL_USEC_PER_MINUTE,
                                         (1 + number) * PL_USEC_PER_MINUTE };
}

/* Rows of the workloads whose bit is set, each of which has its name from the first on. */
static void write_rows(const struct pl_history_time *now, uint32_t who)
{
        const struct pl_history_host host = { .sample.at_usec = now->boot_usec };
        const struct pl_cgroup_sample sample = { .at_usec = now->boot_usec,
                                                 .current_bytes = now->realtime_usec };
        struct pl_history_workload workload;
        uint64_t bytes = 0;

        assert_int_equal(pl_history_begin(&writer, now, &identity), 0);
        for (uint32_t i = 1; writer.number_count < 3 && i <= 3; i++) {
                kept_workload(i, &workload);
                assert_int_equal(pl_history_take_number(&writer), i);
                assert_int_equal(pl_history_add_workload(&writer, i, &workload), 0);
        }
        assert_int_equal(pl_history_add_host(&writer, &host), 0);
        for (uint32_t i = 1; i <= 3; i++)
                if (who & UINT32_C(1) << i)
                        assert_int_equal(pl_history_add_row(&writer, i, &sample, &bytes), 0);
        assert_int_equal(pl_history_end(&writer), 0);
}

/* ---- thinning ---- */

enum { MINUTES = 30 * 60 };

struct seen {
        uint8_t rows[4][MINUTES]; /* 0: the host */
};

static void look(const struct pl_history_entry *entry, void *userdata)
{
        struct seen *seen = userdata;
        uint64_t at = (entry->at.realtime_usec - START_USEC) / PL_USEC_PER_MINUTE;

        if (entry->kind == PL_HISTORY_HOST) {
                assert_int_equal(entry->host->sample.at_usec, entry->at.boot_usec);
                seen->rows[0][at]++;
        }
        if (entry->kind == PL_HISTORY_ROW) {
                assert_int_equal(entry->sample->at_usec, entry->at.boot_usec);
                assert_int_equal(entry->sample->current_bytes, entry->at.realtime_usec);
                seen->rows[entry->workload->id - 1000][at]++;
        }
}

/* 1 is always there, 2 comes in the middle of a quarter, 3 lives for four minutes. */
static uint32_t who_at(uint64_t at)
{
        return 1 << 1 | (at % 120 >= 37 ? 1 << 2 : 0) | (at >= 125 && at < 129 ? 1 << 3 : 0);
}

static void thinned_to_the_row(void **state)
{
        static struct seen seen;
        const uint64_t segment = PL_HISTORY_SEGMENT_USEC / PL_USEC_PER_MINUTE;
        uint64_t before;

        (void) state;
        kept_open_writer(&writer);
        for (uint64_t at = 0; at < MINUTES; at++) {
                const struct pl_history_time now = minute(at);

                write_rows(&now, who_at(at));
        }
        assert_int_equal(writer.segment_count, MINUTES / segment);
        before = writer.total_bytes;
        /* The first ended 24 hours ago, which is not longer than a day. */
        assert_int_equal(pl_history_tidy(&writer, (struct pl_history_time[]){ minute(MINUTES) }),
                         0);
        assert_int_equal(writer.total_bytes, before);
        assert_int_equal(
                pl_history_tidy(&writer, (struct pl_history_time[]){ minute(MINUTES + 1) }), 0);
        assert_true(writer.total_bytes < before);
        assert_true(writer.segments[0].thinned && !writer.segments[1].thinned);
        pl_history_writer_close(&writer);
        assert_false(place_has("history-0000000001.new"));

        memset(&seen, 0, sizeof seen);
        assert_int_equal(kept_each(look, &seen), 0);
        for (uint64_t at = 0; at < MINUTES; at++)
                for (uint32_t i = 0; i <= 3; i++) {
                        const bool was = i == 0 || who_at(at) & UINT32_C(1) << i;
                        bool earlier = false;

                        for (uint64_t k = at / 15 * 15; k < at; k++)
                                earlier = earlier || i == 0 || who_at(k) & UINT32_C(1) << i;
                        assert_int_equal(seen.rows[i][at],
                                         was && (at >= segment || !earlier) ? 1 : 0);
                }
}

/* Acts, names and terms are what they were. */
static void acts_outlive_thinning(void **state)
{
        struct pl_journal_writer journal = kept_journal(1, 1);
        const struct pl_journal_reader reader = kept_journal_reader();
        struct kept before, *after;

        (void) state;
        kept_open_writer(&writer);
        for (uint64_t at = 0; at < 100; at++) {
                const struct pl_history_time now = minute(at);

                made_write_act(&journal);
                assert_int_equal(kept_record_acts(&writer, &reader, &now), 0);
                write_rows(&now, 2);
        }
        before = *kept_count(NULL);
        write_rows((struct pl_history_time[]){ minute(MINUTES) }, 2);
        assert_int_equal(
                pl_history_tidy(&writer, (struct pl_history_time[]){ minute(2 * MINUTES) }), 0);
        pl_history_writer_close(&writer);
        after = kept_count(NULL);
        assert_int_equal(after->act_count, 100);
        assert_memory_equal(after->acts, before.acts, 100 * sizeof *before.acts);
        assert_int_equal(after->count[PL_HISTORY_ROW], 100 / 15 + 1 + 1);
        assert_int_equal(after->count[PL_HISTORY_WORKLOAD], before.count[PL_HISTORY_WORKLOAD] + 3);
        /* The next writer goes on as if nothing had been. */
        kept_open_writer(&writer);
        assert_int_equal(writer.mark.acts_next, journal.next[PL_JOURNAL_ACTS]);
        pl_history_writer_close(&writer);
}

/* Stopped in the middle of it: the old one is whole, and what was begun is removed. */
static void an_interrupted_thinning_is_forgotten(void **state)
{
        _cleanup_close_ int fd = -1;

        (void) state;
        kept_open_writer(&writer);
        write_rows((struct pl_history_time[]){ minute(1) }, 2);
        pl_history_writer_close(&writer);
        fd = openat(place_fd, "history-0000000001.new", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
        assert_int_equal(write(fd, "half", 4), 4);
        assert_int_equal(kept_count(NULL)->count[PL_HISTORY_ROW], 1);
        kept_open_writer(&writer);
        pl_history_writer_close(&writer);
        assert_false(place_has("history-0000000001.new"));
        assert_int_equal(kept_count(NULL)->count[PL_HISTORY_ROW], 1);
}

/* ---- age ---- */

static void write_days(uint64_t days)
{
        for (uint64_t at = 0; at < days * 24 * 60; at += 60) {
                const struct pl_history_time now = minute(at);

                write_rows(&now, 2);
                assert_int_equal(pl_history_tidy(&writer, &now), 0);
        }
}

static void old_segments_are_removed(void **state)
{
        (void) state;
        kept_open_writer(&writer);
        write_days(20);
        /* Fourteen days of four segments, the one that is written, and the one that is too old only in part. */
        assert_int_equal(writer.segment_count, 14 * 4 + 1);
        pl_history_writer_close(&writer);
}

/* A clock that jumps a year ahead, and is set right an hour later. */
static void a_wrong_clock_costs_one_segment(void **state)
{
        struct pl_history_time now = minute(24 * 60);
        size_t before, fine = 0;

        (void) state;
        kept_open_writer(&writer);
        write_days(2);
        before = writer.segment_count;
        for (uint64_t at = 0; at < 60; at++) {
                now = minute(2 * 24 * 60 + at);
                now.realtime_usec += 365 * PL_USEC_PER_DAY;
                write_rows(&now, 2);
                assert_int_equal(pl_history_tidy(&writer, &now), 0);
        }
        /* One more was begun, as its time had come, and another when the clock was back. */
        now = minute(2 * 24 * 60 + 60);
        write_rows(&now, 2);
        assert_int_equal(pl_history_tidy(&writer, &now), 0);
        assert_int_equal(writer.segment_count, before + 2 - 1);
        for (size_t i = 0; i < writer.segment_count; i++)
                fine += !writer.segments[i].thinned;
        assert_true(fine >= 5);
        pl_history_writer_close(&writer);
}

/* Back by a day: what is written then comes later in the history all the same. */
static void last_stands_last(const struct pl_history_entry *entry, void *userdata)
{
        uint64_t *boot_usec = userdata;

        assert_true(entry->at.boot_usec >= *boot_usec);
        *boot_usec = entry->at.boot_usec;
}

static void a_clock_that_goes_back(void **state)
{
        struct pl_history_time now = minute(5 * 24 * 60);
        uint64_t boot_usec = 0;
        struct pl_history_last last;

        (void) state;
        kept_open_writer(&writer);
        write_rows(&now, 2);
        now.boot_usec += PL_USEC_PER_MINUTE;
        now.realtime_usec -= PL_USEC_PER_DAY;
        write_rows(&now, 2);
        assert_int_equal(pl_history_tidy(&writer, &now), 0);
        now.boot_usec += PL_USEC_PER_MINUTE;
        now.realtime_usec = 0;
        write_rows(&now, 2);
        assert_int_equal(pl_history_tidy(&writer, &now), 0);
        pl_history_writer_close(&writer);
        assert_int_equal(kept_count(NULL)->count[PL_HISTORY_ROW], 3);
        (void) kept_each(last_stands_last, &boot_usec);
        assert_int_equal(pl_history_last(place_fd, &last), 0);
        assert_int_equal(last.at.boot_usec, now.boot_usec);
}

/* ---- size ---- */

static uint64_t bytes_in_place(void)
{
        struct pl_history_list list;
        uint64_t bytes = 0;

        assert_int_equal(pl_history_list(place_fd, &list), 0);
        for (size_t i = 0; i < list.count; i++) {
                struct stat status;

                assert_int_equal(fstatat(place_fd, pl_history_name(list.numbers[i], false).bytes,
                                         &status, 0),
                                 0);
                bytes += (uint64_t) status.st_size;
        }
        return bytes;
}

/* Acts in so many bytes more; the ring does not go round meanwhile. */
static void write_acts(struct pl_journal_writer *journal, const struct pl_journal_reader *reader,
                       uint64_t bytes)
{
        const struct pl_history_time now = minute(1);
        const uint64_t budget = writer.options.size_bytes -
                                writer.options.size_bytes / PL_HISTORY_PARTS;

        for (uint64_t written = 0, before; written<bytes; written += writer.total_bytes> before
                                                   ? writer.total_bytes - before
                                                   : 0) {
                before = writer.total_bytes;
                for (int i = 0; i < 20; i++)
                        made_write_act(journal);
                assert_int_equal(kept_record_acts(&writer, reader, &now), 0);
                assert_true(writer.total_bytes <= budget);
        }
        assert_int_equal(writer.total_bytes, bytes_in_place());
}

static void the_oldest_go_for_size(void **state)
{
        struct pl_journal_writer journal = kept_journal(1, 1);
        const struct pl_journal_reader reader = kept_journal_reader();

        (void) state;
        kept_open_writer(&writer);
        write_acts(&journal, &reader, 2 * PL_HISTORY_SIZE_MIN);
        assert_true(writer.segments[0].number > 5);
        assert_true(writer.total_bytes > PL_HISTORY_SIZE_MIN / 2);
        pl_history_writer_close(&writer);
}

/* A smaller cap than before takes effect with the next thing that is written. */
static void a_smaller_cap(void **state)
{
        struct pl_history_options options = kept_options();
        struct pl_journal_writer journal = kept_journal(1, 1);
        const struct pl_journal_reader reader = kept_journal_reader();

        (void) state;
        options.size_bytes = 2 * PL_HISTORY_SIZE_MIN;
        assert_int_equal(pl_history_writer_open(place_fd, &options, &writer), 0);
        write_acts(&journal, &reader, PL_HISTORY_SIZE_MIN + PL_HISTORY_SIZE_MIN / 4);
        assert_true(bytes_in_place() > PL_HISTORY_SIZE_MIN);
        pl_history_writer_close(&writer);
        kept_open_writer(&writer);
        write_rows((struct pl_history_time[]){ minute(1) }, 2);
        assert_true(bytes_in_place() <= PL_HISTORY_SIZE_MIN);
        assert_int_equal(writer.total_bytes, bytes_in_place());
        pl_history_writer_close(&writer);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                PLACE_TEST(thinned_to_the_row),
                PLACE_TEST(acts_outlive_thinning),
                PLACE_TEST(an_interrupted_thinning_is_forgotten),
                PLACE_TEST(old_segments_are_removed),
                PLACE_TEST(a_wrong_clock_costs_one_segment),
                PLACE_TEST(a_clock_that_goes_back),
                PLACE_TEST(the_oldest_go_for_size),
                PLACE_TEST(a_smaller_cap),
        };

        return cmocka_run_group_tests(tests, place_set_up, place_tear_down);
}
