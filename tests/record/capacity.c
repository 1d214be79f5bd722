/* SPDX-License-Identifier: Apache-2.0 */

/* Thirty days of hosts of several sizes, within the cap: what it takes, and how far back it then reaches. */

#include "record/stage.h"

#include "history.h"

static _Alignas(PL_JOURNAL_PAGE_BYTES) unsigned char image[32 * PL_MIB];
static struct stage stage;

/* A build for looking for mistakes takes a minute and more for thirty days of a large host; the cap is reached in three. */
#if defined(__OPTIMIZE__) && !defined(__SANITIZE_ADDRESS__)
#define DAYS_OF_MANY UINT64_C(30)
#else
#define DAYS_OF_MANY UINT64_C(4)
#endif

#define SIZE      (200 * PL_MIB)
#define KEEP_USEC (14 * PL_USEC_PER_DAY)

static void begin(void)
{
        const struct pl_history_options options = { SIZE, KEEP_USEC, true };

        memset(&stage, 0, sizeof stage);
        stage.now = (struct pl_history_time){ STAGE_START_USEC, PL_USEC_PER_HOUR };
        stage.journal = look_writer(image, sizeof image);
        assert_int_equal(pl_journal_reader_init(image, sizeof image, &stage.reader), 0);
        stage_open(&stage, &options);
}

/* The largest that all files ever were, with one that is being made. */
static uint64_t bytes_of_all(void)
{
        DIR *directory = opendir(place_path);
        struct dirent *entry;
        uint64_t bytes = 0;

        assert_non_null(directory);
        while ((entry = readdir(directory))) {
                struct stat status;

                if (entry->d_name[0] == '.' ||
                    fstatat(place_fd, entry->d_name, &status, AT_SYMLINK_NOFOLLOW) < 0)
                        continue;
                bytes += (uint64_t) status.st_size;
        }
        (void) closedir(directory);
        return bytes;
}

struct span {
        uint64_t first_usec, last_usec;
        size_t rows;
};

static void measure(const struct pl_history_entry *entry, void *userdata)
{
        struct span *span = userdata;

        span->rows += entry->kind == PL_HISTORY_ROW;
        if (entry->kind != PL_HISTORY_HOST)
                return;
        if (span->first_usec == 0)
                span->first_usec = entry->at.realtime_usec;
        span->last_usec = entry->at.realtime_usec;
}

/* A turn when rows are due: what is in between is the same as what the other tests look at. */
static uint64_t live(uint32_t workloads, uint64_t days, uint64_t *ret_fine_bytes)
{
        const uint64_t end_usec = STAGE_START_USEC + days * PL_USEC_PER_DAY;
        uint64_t largest = 0, sweeps = 0;

        while (stage.now.realtime_usec < end_usec) {
                assert_int_equal(stage_look(&stage, workloads), 0);
                assert_true(stage.writer.total_bytes <= SIZE);
                if (stage.now.realtime_usec < STAGE_START_USEC + PL_USEC_PER_DAY)
                        *ret_fine_bytes = stage.writer.total_bytes;
                if (sweeps++ % 64 == 0)
                        largest = PL_MAX(largest, bytes_of_all());
                stage_wait(&stage, stage.recorder.interval_usec);
        }
        return largest;
}

static double mib(uint64_t bytes)
{
        return (double) bytes / (double) PL_MIB;
}

static void live_through(uint32_t workloads, uint64_t lived, uint64_t days_min)
{
        uint64_t fine_bytes = 0, largest, total;
        struct span span = {};
        double days;

        begin();
        largest = live(workloads, lived, &fine_bytes);
        total = stage.writer.total_bytes;
        assert_int_equal(bytes_of_all(), total);
        (void) kept_each(measure, &span);
        days = (double) (span.last_usec - span.first_usec) / (double) PL_USEC_PER_DAY;
        print_message("%u workloads, %llu days: a row every %llu min, %.1f MiB on the first day, "
                      "%.1f MiB at the most; %.1f days, %zu rows in %.1f MiB and %zu files\n",
                      workloads, (unsigned long long) lived,
                      (unsigned long long) (stage.recorder.interval_usec / PL_USEC_PER_MINUTE),
                      mib(fine_bytes), mib(largest), days, span.rows, mib(total),
                      stage.writer.segment_count);
        assert_true(largest <= SIZE);
        assert_true(span.last_usec - span.first_usec >= days_min * PL_USEC_PER_DAY);
        assert_true(span.last_usec - span.first_usec <= KEEP_USEC + PL_USEC_PER_DAY / 2);
        stage_close(&stage);
}

static void of_fifty(void **state)
{
        (void) state;
        live_through(50, 30, 14);
        assert_true(stage.recorder.interval_usec <= PL_USEC_PER_MINUTE);
}

static void of_a_thousand(void **state)
{
        (void) state;
        live_through(1000, DAYS_OF_MANY, 2);
}

static void of_as_many_as_there_may_be(void **state)
{
        (void) state;
        live_through(PL_WORKLOADS_MAX, DAYS_OF_MANY, 1);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                PLACE_TEST(of_fifty),
                PLACE_TEST(of_a_thousand),
                PLACE_TEST(of_as_many_as_there_may_be),
        };

        return cmocka_run_group_tests(tests, place_set_up, place_tear_down);
}
