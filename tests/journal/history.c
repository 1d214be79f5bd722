/* SPDX-License-Identifier: Apache-2.0 */

/* The history on disk: what is written is read, whole, and what is not ours is left alone. */

#include "journal/swept.h"

#include <errno.h>
#include <signal.h>
#include <sys/resource.h>

/* ---- names ---- */

static void names(void **state)
{
        static const struct {
                const char *name;
                uint32_t number;
                bool new;
        } rows[] = {
                { "history-0000000001", 1, false },
                { "history-4294967295", UINT32_MAX, false },
                { "history-0000000001.new", 1, true },
                { "history-0000000000", 0, false },
                { "history-4294967296", 0, false },
                { "history-1", 0, false },
                { "history-00000000001", 0, false },
                { "history-000000001 ", 0, false },
                { "history-+000000001", 0, false },
                { "history--000000001", 0, false },
                { "History-0000000001", 0, false },
                { "history-0000000001.old", 0, false },
                { "history-0000000001.new.new", 0, true },
                { ".new", 0, true },
                { "history.lock", 0, false },
                { "", 0, false },
        };

        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(rows); i++) {
                bool new = !rows[i].new;

                assert_row(rows[i].name,
                           pl_history_number(pl_span_of(rows[i].name), &new) == rows[i].number);
                assert_row(rows[i].name, new == rows[i].new);
                if (rows[i].number > 0)
                        assert_string_equal(pl_history_name(rows[i].number, rows[i].new).bytes,
                                            rows[i].name);
        }
}

/* ---- what is written is read ---- */

struct expected {
        const struct pl_history_time *now;
        uint64_t state;
        size_t runs, hosts, workloads, terms, rows;
};

static void look_at_entry(const struct pl_history_entry *entry, void *userdata)
{
        struct expected *expected = userdata;
        struct pl_history_workload workload;
        struct pl_cgroup_sample sample;
        struct pl_history_host host;

        assert_memory_equal(&entry->at, expected->now, sizeof entry->at);
        assert_int_equal(entry->identity.boot_id[0], 7);
        assert_int_equal(entry->identity.created_usec, 70);
        switch (entry->kind) {
        case PL_HISTORY_HOST:
                make_host(&expected->state, &host);
                assert_memory_equal(entry->host, &host, sizeof host);
                expected->hosts++;
                break;
        case PL_HISTORY_WORKLOAD:
                kept_workload((uint32_t) ++expected->workloads, &workload);
                assert_string_equal(entry->workload->name, workload.name);
                assert_string_equal(entry->workload->unit, workload.unit);
                assert_string_equal(entry->workload->profile_name, workload.profile_name);
                assert_string_equal(entry->workload->path, workload.path);
                assert_int_equal(entry->workload->limits.set, 0);
                break;
        case PL_HISTORY_TERMS:
                kept_workload((uint32_t) ++expected->terms, &workload);
                workload.limits.reserved = workload.effective.reserved = 0;
                assert_memory_equal(entry->workload, &workload, sizeof workload);
                break;
        case PL_HISTORY_ROW:
                make_sample(&expected->state, expected->now->boot_usec, &sample);
                assert_memory_equal(entry->sample, &sample, sizeof sample);
                assert_int_equal(entry->workload->id, 1000 + ++expected->rows);
                break;
        case PL_HISTORY_RUN:
                assert_int_equal(++expected->runs, 1);
                break;
        case PL_HISTORY_ACT:
        case PL_HISTORY_KINDS:
                fail();
        }
}

static void everything_comes_back(void **state)
{
        const struct pl_history_time now = { 5 * PL_USEC_PER_DAY, PL_USEC_PER_DAY };
        struct expected expected = { .now = &now, .state = 42 };
        struct pl_history_last last;
        struct pl_history_host host;
        uint64_t made = 42, again;

        (void) state;
        kept_open_writer(&writer);
        assert_int_equal(pl_history_last(place_fd, &last), PL_JOURNAL_E_EMPTY);
        /* Many frames: one has room for some hundred. */
        assert_int_equal(write_sweep(&now, &seven, 2000, &made), 0);
        pl_history_writer_close(&writer);
        assert_int_equal(kept_each(look_at_entry, &expected), 0);
        assert_int_equal(expected.rows, 2000);
        assert_int_equal(expected.terms, 2000);
        assert_int_equal(expected.workloads, 2000);
        assert_int_equal(expected.hosts, 1);
        assert_int_equal(pl_history_last(place_fd, &last), 0);
        again = 42;
        make_host(&again, &host);
        assert_memory_equal(&last.host, &host, sizeof host);
        assert_memory_equal(&last.at, &now, sizeof now);
}

static void look_at_one(const struct pl_history_entry *entry, void *userdata)
{
        uint64_t *next = userdata;

        if (entry->kind != PL_HISTORY_ACT)
                return;
        assert_true(made_is_act(entry->act));
        assert_true(entry->act->sequence >= *next);
        *next = entry->act->sequence + 1;
}

/* Decisions take many records, and go over the ends of frames and of runs. */
static void acts_come_back(void **state)
{
        struct pl_journal_writer journal = kept_journal(1, 1);
        const struct pl_journal_reader reader = kept_journal_reader();
        uint64_t next = 1;

        (void) state;
        for (int round = 0; round < 20; round++) {
                kept_open_writer(&writer);
                for (int i = 0; i < 50; i++)
                        made_write_act(&journal);
                assert_int_equal(kept_record_acts(&writer, &reader, &morning), 0);
                assert_int_equal(writer.mark.acts_next, journal.next[PL_JOURNAL_ACTS]);
                pl_history_writer_close(&writer);
        }
        assert_int_equal(kept_each(look_at_one, &next), 0);
        assert_true(next > journal.next[PL_JOURNAL_ACTS] - 64 && next > 1000);
        assert_int_equal(kept_count(NULL)->act_count, 1000);
}

static void ranges(void **state)
{
        struct pl_history_range range = { 1003 * PL_USEC_PER_MINUTE, 1005 * PL_USEC_PER_MINUTE,
                                          PL_HISTORY_BIT(PL_HISTORY_ROW) };
        uint64_t made = 1;
        struct kept kept = {};

        (void) state;
        kept_open_writer(&writer);
        for (uint64_t i = 0; i < 10; i++) {
                const struct pl_history_time now = { (1000 + i) * PL_USEC_PER_MINUTE,
                                                     (1 + i) * PL_USEC_PER_MINUTE };

                assert_int_equal(write_sweep(&now, &seven, WORKLOADS, &made), 0);
        }
        pl_history_writer_close(&writer);
        (void) kept_each_in(&range, kept_count_one, &kept);
        assert_int_equal(kept.count[PL_HISTORY_ROW], 3 * WORKLOADS);
        assert_int_equal(kept.count[PL_HISTORY_HOST], 0);
        assert_int_equal(kept.count[PL_HISTORY_WORKLOAD], 0);
        range.kinds = PL_HISTORY_BIT(PL_HISTORY_HOST);
        range.to_usec = UINT64_MAX;
        (void) kept_each_in(&range, kept_count_one, &kept);
        assert_int_equal(kept.count[PL_HISTORY_HOST], 7);
        assert_int_equal(kept.count[PL_HISTORY_ROW], 3 * WORKLOADS);
}

/* ---- files of others ---- */

static void segments_that_are_not_ours(void **state)
{
        struct pl_history_reader *reader;
        uint64_t made = 3;

        (void) state;
        assert_int_equal(mkdirat(place_fd, "history-0000000001", 0700), 0);
        assert_int_equal(symlinkat("/etc/passwd", place_fd, "history-0000000002"), 0);
        assert_int_equal(mkfifoat(place_fd, "history-0000000003", 0600), 0);
        put_file("history-0000000004", "", 0);
        memset(whole, 'x', 500);
        put_file("history-0000000005", whole, 500);
        for (uint32_t i = 1; i <= 5; i++)
                assert_int_equal(pl_history_open(place_fd, i, &PL_HISTORY_EVERYTHING, &reader),
                                 PL_JOURNAL_E_FOREIGN);
        assert_int_equal(pl_history_open(place_fd, 6, &PL_HISTORY_EVERYTHING, &reader),
                         PL_JOURNAL_E_ABSENT);
        assert_int_equal(unlinkat(place_fd, "history-0000000001", AT_REMOVEDIR), 0);
        kept_open_writer(&writer);
        assert_false(place_has("history-0000000002"));
        assert_false(place_has("history-0000000003"));
        assert_false(place_has("history-0000000004"));
        assert_int_equal(write_sweep(&morning, &seven, WORKLOADS, &made), 0);
        pl_history_writer_close(&writer);
        /* What is long enough to be one of another version is left, and counts, and goes when it is its turn. */
        assert_true(place_has("history-0000000005"));
        assert_true(place_has("history-0000000006"));
        assert_int_equal(size_of("history-0000000005"), 500);
}

static void other_versions_are_left_alone(void **state)
{
        struct pl_history_segment_header header;
        struct pl_history_reader *reader;
        const uint32_t swapped = 0x04030201, another = PL_HISTORY_VERSION + 1;

        (void) state;
        kept_open_writer(&writer);
        assert_int_equal(write_sweep(&morning, &seven, 1, &(uint64_t){ 1 }), 0);
        pl_history_writer_close(&writer);
        (void) take_file(SEGMENT_1);
        memcpy(&header, whole, sizeof header);
        place_patch(SEGMENT_1, 12, &another, sizeof another);
        assert_int_equal(pl_history_open(place_fd, 1, &PL_HISTORY_EVERYTHING, &reader),
                         PL_JOURNAL_E_VERSION);
        place_patch(SEGMENT_1, 8, &swapped, sizeof swapped);
        assert_int_equal(pl_history_open(place_fd, 1, &PL_HISTORY_EVERYTHING, &reader),
                         PL_JOURNAL_E_BYTE_ORDER);
        kept_open_writer(&writer);
        assert_int_equal(write_sweep(&morning, &seven, 1, &(uint64_t){ 1 }), 0);
        pl_history_writer_close(&writer);
        assert_true(place_has("history-0000000002"));
        /* And a file that was renamed is not the one its header says. */
        assert_int_equal(renameat(place_fd, "history-0000000002", place_fd, "history-0000000009"),
                         0);
        assert_int_equal(pl_history_open(place_fd, 9, &PL_HISTORY_EVERYTHING, &reader),
                         PL_JOURNAL_E_CORRUPT);
}

static void one_writer_at_a_time(void **state)
{
        static struct pl_history_writer second;
        const struct pl_history_options options = kept_options();

        (void) state;
        kept_open_writer(&writer);
        assert_int_equal(pl_history_writer_open(place_fd, &options, &second), PL_JOURNAL_E_LOCKED);
        pl_history_writer_close(&second);
        pl_history_writer_close(&writer);
        kept_open_writer(&second);
        pl_history_writer_close(&second);
}

static void files_are_for_the_group(void **state)
{
        struct stat status;
        mode_t before = umask(0777);

        (void) state;
        kept_open_writer(&writer);
        assert_int_equal(write_sweep(&morning, &seven, 1, &(uint64_t){ 1 }), 0);
        pl_history_writer_close(&writer);
        (void) umask(before);
        assert_int_equal(fstatat(place_fd, SEGMENT_1, &status, 0), 0);
        assert_int_equal(status.st_mode & 07777, 0640);
}

/* ---- a disk that is full ---- */

/* A write that ends in the middle of a frame is taken back, whatever of it went through. */
static void a_full_disk_costs_what_did_not_fit(void **state)
{
        struct rlimit unlimited, limit;
        uint64_t made = 3, good;
        const struct kept *kept;

        (void) state;
        (void) signal(SIGXFSZ, SIG_IGN);
        assert_int_equal(getrlimit(RLIMIT_FSIZE, &unlimited), 0);
        kept_open_writer(&writer);
        assert_int_equal(write_sweep(&morning, &seven, WORKLOADS, &made), 0);
        good = size_of(SEGMENT_1);
        for (uint64_t more = 0; more < 300; more += 13) {
                limit = (struct rlimit){ good + more, unlimited.rlim_max };
                assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
                assert_int_equal(write_sweep(&morning, &seven, WORKLOADS, &made), -EFBIG);
                assert_int_equal(setrlimit(RLIMIT_FSIZE, &unlimited), 0);
                assert_int_equal(size_of(SEGMENT_1), good);
                assert_int_equal(writer.total_bytes, good);
        }
        /* Afterwards it goes on, and says all names anew. */
        assert_int_equal(write_sweep(&morning, &seven, WORKLOADS, &made), 0);
        pl_history_writer_close(&writer);
        kept = kept_count(NULL);
        assert_int_equal(kept->count[PL_HISTORY_ROW], 2 * WORKLOADS);
        assert_int_equal(kept->count[PL_HISTORY_WORKLOAD], 2 * WORKLOADS);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                PLACE_TEST(names),
                PLACE_TEST(everything_comes_back),
                PLACE_TEST(acts_come_back),
                PLACE_TEST(ranges),
                PLACE_TEST(segments_that_are_not_ours),
                PLACE_TEST(other_versions_are_left_alone),
                PLACE_TEST(one_writer_at_a_time),
                PLACE_TEST(files_are_for_the_group),
                PLACE_TEST(a_full_disk_costs_what_did_not_fit),
        };

        return cmocka_run_group_tests(tests, place_set_up, place_tear_down);
}
