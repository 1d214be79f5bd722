/* SPDX-License-Identifier: Apache-2.0 */

/* What of a journal is recorded, when, and that it is recorded once. The clock is an argument, so nobody waits. */

#include "record/stage.h"

#include <errno.h>
#include <signal.h>
#include <sys/resource.h>

static struct stage stage;

static void a_row_a_minute(void **state)
{
        const struct kept *kept;

        (void) state;
        stage_begin(&stage);
        for (int second = 0; second < 600; second++) {
                assert_int_equal(stage_look(&stage, 5), 0);
                stage_wait(&stage, PL_USEC_PER_SEC);
        }
        stage_close(&stage);
        kept = kept_count(NULL);
        assert_int_equal(kept->count[PL_HISTORY_HOST], 10);
        assert_int_equal(kept->count[PL_HISTORY_ROW], 50);
        assert_int_equal(kept->count[PL_HISTORY_WORKLOAD], 5);
        assert_int_equal(kept->count[PL_HISTORY_TERMS], 5);
        assert_int_equal(kept->count[PL_HISTORY_RUN], 1);
}

/* Restarts, however many: no act twice, none left out, and no row sooner than the next is due. */
static void restarts_record_nothing_twice(void **state)
{
        const struct kept *kept;
        uint64_t acts = 0;

        (void) state;
        stage_begin(&stage);
        for (int second = 0; second < 300; second++) {
                made_write_act(&stage.journal);
                acts++;
                assert_int_equal(stage_look(&stage, 2), 0);
                stage_wait(&stage, PL_USEC_PER_SEC);
                if (second % 7 == 0)
                        stage_restart(&stage);
        }
        stage_close(&stage);
        kept = kept_count(NULL);
        assert_int_equal(kept->act_count, acts);
        for (size_t i = 1; i < kept->act_count; i++)
                assert_true(kept->acts[i] > kept->acts[i - 1]);
        assert_int_equal(kept->count[PL_HISTORY_HOST], 5);
        assert_int_equal(kept->count[PL_HISTORY_ROW], 10);
}

/* ---- journals that change ---- */

struct boots {
        size_t acts[4];
        size_t rows[4];
        uint64_t last_realtime;
};

static void count_boots(const struct pl_history_entry *entry, void *userdata)
{
        struct boots *boots = userdata;

        assert_in_range(entry->identity.boot_id[0], 1, 3);
        boots->acts[entry->identity.boot_id[0]] += entry->kind == PL_HISTORY_ACT;
        boots->rows[entry->identity.boot_id[0]] += entry->kind == PL_HISTORY_ROW;
}

static void a_reboot_begins_anew(void **state)
{
        struct boots boots = {};

        (void) state;
        stage_begin(&stage);
        for (uint8_t boot = 1; boot <= 3; boot++) {
                stage_boot(&stage, boot);
                stage.now.boot_usec = PL_USEC_PER_MINUTE;
                if (boot > 1)
                        stage_restart(&stage);
                for (int i = 0; i < 5; i++)
                        made_write_act(&stage.journal);
                assert_int_equal(stage_look(&stage, boot), 0);
                stage_wait(&stage, PL_USEC_PER_SEC);
                assert_int_equal(stage_look(&stage, boot), 0);
                stage_wait(&stage, 10 * PL_USEC_PER_MINUTE);
        }
        stage_close(&stage);
        (void) kept_each(count_boots, &boots);
        for (size_t boot = 1; boot <= 3; boot++) {
                assert_int_equal(boots.acts[boot], 5);
                assert_int_equal(boots.rows[boot], boot);
        }
}

/* The daemon put the journal aside and made a new one, in the same boot. */
static void a_new_journal_is_recorded_from_its_beginning(void **state)
{
        (void) state;
        stage_begin(&stage);
        for (int i = 0; i < 5; i++)
                made_write_act(&stage.journal);
        assert_int_equal(stage_look(&stage, 1), 0);
        stage.journal = kept_journal(1, 2);
        stage.reader = kept_journal_reader();
        for (int i = 0; i < 3; i++)
                made_write_act(&stage.journal);
        stage_wait(&stage, PL_USEC_PER_MINUTE);
        assert_int_equal(stage_look(&stage, 1), 0);
        stage_close(&stage);
        assert_int_equal(kept_count(NULL)->act_count, 8);
        assert_int_equal(kept_count(NULL)->count[PL_HISTORY_ROW], 2);
        assert_int_equal(kept_count(NULL)->count[PL_HISTORY_WORKLOAD], 2);
}

/* ---- what is missing ---- */

struct gaps {
        uint64_t first, count;
        uint32_t reason;
        size_t gaps, acts;
};

static void find_gaps(const struct pl_history_entry *entry, void *userdata)
{
        struct gaps *gaps = userdata;

        if (entry->kind != PL_HISTORY_ACT)
                return;
        gaps->acts++;
        if (entry->act->type != PL_JOURNAL_GAP || entry->act->gap.reason < PL_HISTORY_GAP_OVERTAKEN)
                return;
        gaps->gaps++;
        gaps->first = entry->act->gap.first;
        gaps->count = entry->act->gap.count;
        gaps->reason = entry->act->gap.reason;
        assert_int_equal(entry->act->gap.ring, PL_JOURNAL_ACTS);
        assert_true(entry->act->gap.words[0] != '\0');
}

static void write_notes(uint64_t count)
{
        for (uint64_t i = 0; i < count; i++)
                pl_journal_write_act(&stage.journal,
                                     &(struct pl_journal_act){ .type = PL_JOURNAL_NOTE });
}

static void what_was_written_over_is_a_gap(void **state)
{
        const uint64_t more = 10;
        struct gaps gaps = {};
        uint64_t capacity;

        (void) state;
        stage_begin(&stage);
        capacity = stage.journal.layout.ring_capacity[PL_JOURNAL_ACTS];
        /* What had been written over before there was a recorder is none of its business. */
        write_notes(capacity + 3);
        assert_int_equal(stage_turn(&stage), 0);
        stage_wait(&stage, PL_USEC_PER_SEC);
        write_notes(capacity + more);
        assert_int_equal(stage_turn(&stage), 0);
        stage_close(&stage);
        (void) kept_each(find_gaps, &gaps);
        assert_int_equal(gaps.gaps, 1);
        assert_int_equal(gaps.reason, PL_HISTORY_GAP_OVERTAKEN);
        assert_int_equal(gaps.first, capacity + 4);
        /* The ring keeps a slot for what is being written. */
        assert_in_range(gaps.count, more, more + 1);
        assert_int_equal(gaps.acts + gaps.count, 2 * capacity + more + 1);
}

static void a_spoilt_record_is_a_gap(void **state)
{
        struct gaps gaps = {};

        (void) state;
        stage_begin(&stage);
        write_notes(9);
        kept_image[stage.journal.layout.ring_offset[PL_JOURNAL_ACTS] + 4 * PL_JOURNAL_RECORD_BYTES +
                   40] ^= 1;
        assert_int_equal(stage_turn(&stage), 0);
        stage_close(&stage);
        (void) kept_each(find_gaps, &gaps);
        assert_int_equal(gaps.gaps, 1);
        assert_int_equal(gaps.reason, PL_HISTORY_GAP_TORN);
        assert_int_equal(gaps.first, 5);
        assert_int_equal(gaps.count, 1);
        assert_int_equal(gaps.acts, 9);
}

/* ---- rows ---- */

static void a_dead_daemon_has_no_rows(void **state)
{
        (void) state;
        stage_begin(&stage);
        assert_int_equal(stage_look(&stage, 2), 0);
        for (int i = 0; i < 60; i++) {
                stage_wait(&stage, PL_USEC_PER_MINUTE);
                assert_int_equal(stage_turn(&stage), 0);
        }
        assert_int_equal(kept_count(NULL)->count[PL_HISTORY_ROW], 2);
        /* And has some as soon as it is back. */
        assert_int_equal(stage_look(&stage, 2), 0);
        stage_close(&stage);
        assert_int_equal(kept_count(NULL)->count[PL_HISTORY_ROW], 4);
}

static void what_was_not_measured_again_has_no_row(void **state)
{
        (void) state;
        stage_begin(&stage);
        assert_int_equal(stage_look(&stage, 3), 0);
        stage_wait(&stage, PL_USEC_PER_MINUTE);
        stage_put_host(&stage, 3);
        stage_put_row(&stage, 1, 1001);
        assert_int_equal(stage_turn(&stage), 0);
        stage_close(&stage);
        assert_int_equal(kept_count(NULL)->count[PL_HISTORY_ROW], 4);
}

struct names {
        size_t workloads, terms;
        uint64_t last_id;
};

static void see_names(const struct pl_history_entry *entry, void *userdata)
{
        struct names *names = userdata;

        names->workloads += entry->kind == PL_HISTORY_WORKLOAD;
        names->terms += entry->kind == PL_HISTORY_TERMS;
        if (entry->kind == PL_HISTORY_ROW)
                names->last_id = entry->workload->id;
}

static void put_and_look(uint64_t id, uint64_t limit, const char *profile)
{
        struct pl_journal_row row;

        stage_put_host(&stage, 1);
        stage_put_row(&stage, 0, id);
        assert_int_equal(pl_journal_read_row(&stage.reader, 0, &row), 0);
        row.limits.values[PL_LIMIT_MAX] = limit;
        pl_journal_set_text(row.profile_name, sizeof row.profile_name, pl_span_of(profile));
        assert_int_equal(pl_journal_put_row(&stage.journal, 0, &row), 0);
        assert_int_equal(stage_turn(&stage), 0);
        stage_wait(&stage, PL_USEC_PER_MINUTE);
}

/* Who has come into the place of another, a new limit, a new profile: each is said once. */
static void changes_are_said_once(void **state)
{
        struct names names = {};

        (void) state;
        stage_begin(&stage);
        put_and_look(7, 100, "api");
        put_and_look(7, 100, "api");
        put_and_look(7, 200, "api");
        put_and_look(7, 200, "batch");
        put_and_look(8, 200, "batch");
        put_and_look(8, 200, "batch");
        stage_close(&stage);
        (void) kept_each(see_names, &names);
        assert_int_equal(names.workloads, 3);
        assert_int_equal(names.terms, 4);
        assert_int_equal(names.last_id, 8);
}

/* Workloads that come and go use up numbers; then a new run begins, and every row has its name all the same. */
static void numbers_never_run_out(void **state)
{
        enum { ROWS = 500, SWEEPS = 150 };
        struct names names = {};

        (void) state;
        stage_begin(&stage);
        for (uint64_t i = 0; i < SWEEPS; i++) {
                stage_put_host(&stage, ROWS);
                for (uint32_t k = 0; k < ROWS; k++)
                        stage_put_row(&stage, k, 1 + i * ROWS + k);
                assert_int_equal(stage_turn(&stage), 0);
                stage_wait(&stage, stage.recorder.interval_usec);
        }
        assert_true(stage.writer.mark.run > 1);
        stage_close(&stage);
        (void) kept_each(see_names, &names);
        assert_int_equal(names.last_id, ROWS * SWEEPS);
        assert_int_equal(kept_count(NULL)->count[PL_HISTORY_ROW],
                         kept_count(NULL)->count[PL_HISTORY_WORKLOAD]);
}

/* ---- a disk that is full ---- */

static void a_full_disk_is_tried_again(void **state)
{
        struct rlimit unlimited, none;
        const struct kept *kept;
        uint64_t acts = 0;
        int failures = 0;

        (void) state;
        (void) signal(SIGXFSZ, SIG_IGN);
        assert_int_equal(getrlimit(RLIMIT_FSIZE, &unlimited), 0);
        stage_begin(&stage);
        assert_int_equal(stage_look(&stage, 2), 0);
        none = (struct rlimit){ stage.writer.total_bytes, unlimited.rlim_max };
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &none), 0);
        for (int second = 0; second < 100; second++) {
                int r;

                stage_wait(&stage, PL_USEC_PER_SEC);
                made_write_act(&stage.journal);
                acts++;
                r = stage_look(&stage, 2);
                assert_true(r == 0 || r == -EFBIG);
                failures += r != 0;
        }
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &unlimited), 0);
        /* Every ten seconds. */
        assert_in_range(failures, 9, 11);
        for (int i = 0; i < 2; i++) {
                stage_wait(&stage, PL_USEC_PER_MINUTE);
                assert_int_equal(stage_look(&stage, 2), 0);
        }
        stage_close(&stage);
        kept = kept_count(NULL);
        assert_int_equal(kept->act_count, acts);
        assert_int_equal(kept->count[PL_HISTORY_ROW], 2 + 2 * 2);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                PLACE_TEST(a_row_a_minute),
                PLACE_TEST(restarts_record_nothing_twice),
                PLACE_TEST(a_reboot_begins_anew),
                PLACE_TEST(a_new_journal_is_recorded_from_its_beginning),
                PLACE_TEST(what_was_written_over_is_a_gap),
                PLACE_TEST(a_spoilt_record_is_a_gap),
                PLACE_TEST(a_dead_daemon_has_no_rows),
                PLACE_TEST(what_was_not_measured_again_has_no_row),
                PLACE_TEST(changes_are_said_once),
                PLACE_TEST(numbers_never_run_out),
                PLACE_TEST(a_full_disk_is_tried_again),
        };

        return cmocka_run_group_tests(tests, place_set_up, place_tear_down);
}
