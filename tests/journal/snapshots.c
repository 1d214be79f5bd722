/* SPDX-License-Identifier: Apache-2.0 */

/* What the engine is given comes back byte for byte; a snapshot is whole or it is not there. */

#include "journal/place.h"

static struct pl_journal_writer writer;
static struct pl_journal_reader reader;
static struct made_snapshot made, back;

static int begin(void **state)
{
        (void) place_clear(state);
        writer = place_writer(NULL);
        reader = place_reader();
        return 0;
}

static int end(void **state)
{
        (void) state;
        pl_journal_reader_close(&reader);
        pl_journal_writer_close(&writer);
        return 0;
}

static void snapshots_come_back(void **state)
{
        struct pl_journal_cursor cursor = pl_journal_cursor_oldest(&reader, PL_JOURNAL_SAMPLES);
        const struct pl_journal_space space = made_space(&back);

        (void) state;
        for (uint64_t number = 1; number <= 3000; number++) {
                made_snapshot(number, MADE_UPDATES_MAX, &made);
                assert_int_equal(pl_journal_begin_step(&writer, &made.snapshot), 0);
                memset(&back, 0xA5, sizeof back);
                assert_int_equal(pl_journal_next_snapshot(&cursor, &space, &back.snapshot), 0);
                assert_true(made_same_snapshot(&made.snapshot, &back.snapshot));
                assert_int_equal(pl_journal_next_snapshot(&cursor, &space, &back.snapshot),
                                 PL_JOURNAL_E_END);
                memset(&back, 0xA5, sizeof back);
                assert_int_equal(pl_journal_previous_snapshot(&cursor, &space, &back.snapshot), 0);
                assert_true(made_same_snapshot(&made.snapshot, &back.snapshot));
                assert_int_equal(pl_journal_next_snapshot(&cursor, &space, &back.snapshot), 0);
        }
}

/* All that is left of a ring that went round, in either direction: steps without a gap. */
static void a_ring_that_went_round_has_whole_ones(void **state)
{
        const struct pl_journal_space space = made_space(&back);
        struct pl_journal_cursor cursor;
        uint64_t last = 0, count = 0, again = 0;
        int r;

        (void) state;
        for (uint64_t number = 1; number <= 500; number++) {
                made_snapshot(number, MADE_UPDATES_MAX, &made);
                assert_int_equal(pl_journal_begin_step(&writer, &made.snapshot), 0);
        }
        cursor = pl_journal_cursor_oldest(&reader, PL_JOURNAL_SAMPLES);
        while ((r = pl_journal_next_snapshot(&cursor, &space, &back.snapshot)) == 0) {
                made_snapshot(back.snapshot.step, MADE_UPDATES_MAX, &made);
                assert_true(made_same_snapshot(&made.snapshot, &back.snapshot));
                assert_true(last == 0 || back.snapshot.step == last + 1);
                last = back.snapshot.step;
                count++;
        }
        assert_int_equal(r, PL_JOURNAL_E_END);
        assert_int_equal(last, 500);
        while ((r = pl_journal_previous_snapshot(&cursor, &space, &back.snapshot)) == 0)
                again++;
        assert_int_equal(r, PL_JOURNAL_E_END);
        assert_int_equal(again, count);
        assert_true(count > 10);
}

/* Backwards, heads alone: of every step that is there, and as they were. */
static void heads_are_the_same_without_the_rest(void **state)
{
        const struct pl_journal_space space = made_space(&back);
        struct pl_journal_cursor cursor, whole;
        struct pl_snapshot head;
        uint64_t count = 0;
        int r;

        (void) state;
        for (uint64_t number = 1; number <= 500; number++) {
                made_snapshot(number, MADE_UPDATES_MAX, &made);
                assert_int_equal(pl_journal_begin_step(&writer, &made.snapshot), 0);
        }
        cursor = whole = pl_journal_cursor_newest(&reader, PL_JOURNAL_SAMPLES);
        while ((r = pl_journal_previous_head(&cursor, &head)) == 0) {
                assert_int_equal(pl_journal_previous_snapshot(&whole, &space, &back.snapshot), 0);
                assert_true(cursor.position == whole.position);
                assert_true(head.step == back.snapshot.step &&
                            head.now_usec == back.snapshot.now_usec);
                assert_true(head.flags == back.snapshot.flags &&
                            head.policy == back.snapshot.policy);
                assert_memory_equal(&head.host, &back.snapshot.host, sizeof head.host);
                assert_true(head.update_count == 0 && head.outcome_count == 0);
                count++;
        }
        assert_int_equal(r, PL_JOURNAL_E_END);
        assert_true(count > 10);
}

static void too_little_space_can_be_made_good(void **state)
{
        struct pl_journal_cursor cursor = pl_journal_cursor_oldest(&reader, PL_JOURNAL_SAMPLES);
        struct pl_journal_space space = {};

        (void) state;
        for (uint64_t number = 1;
             number == 1 || made.snapshot.update_count == 0 || made.snapshot.outcome_count == 0;
             number++)
                made_snapshot(number, MADE_UPDATES_MAX, &made);
        assert_int_equal(pl_journal_begin_step(&writer, &made.snapshot), 0);
        assert_int_equal(pl_journal_next_snapshot(&cursor, &space, &back.snapshot),
                         PL_JOURNAL_E_TOO_LONG);
        assert_int_equal(back.snapshot.update_count, made.snapshot.update_count);
        assert_int_equal(back.snapshot.outcome_count, made.snapshot.outcome_count);
        space = made_space(&back);
        space.outcome_capacity = back.snapshot.outcome_count - 1;
        assert_int_equal(pl_journal_next_snapshot(&cursor, &space, &back.snapshot),
                         PL_JOURNAL_E_TOO_LONG);
        space.outcome_capacity++;
        space.update_capacity = back.snapshot.update_count;
        assert_int_equal(pl_journal_next_snapshot(&cursor, &space, &back.snapshot), 0);
        assert_true(made_same_snapshot(&made.snapshot, &back.snapshot));
        space.update_capacity--;
        assert_int_equal(pl_journal_previous_snapshot(&cursor, &space, &back.snapshot),
                         PL_JOURNAL_E_TOO_LONG);
        space.update_capacity++;
        assert_int_equal(pl_journal_previous_snapshot(&cursor, &space, &back.snapshot), 0);
}

static struct pl_update many[8192];

/* More than half the ring: what is before it stays, and it is not taken for whole. */
static void one_that_is_too_long_is_cut(void **state)
{
        const struct pl_journal_space space = { many, PL_ARRAY_LENGTH(many), back.outcomes,
                                                MADE_OUTCOMES_MAX };
        struct pl_snapshot snapshot = { .step = 2,
                                        .update_count = PL_ARRAY_LENGTH(many),
                                        .updates = many };
        struct pl_journal_cursor cursor;
        struct test_random random = { 5 };

        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(many); i++)
                many[i] = (struct pl_update){ .kind = PL_UPDATE_SAMPLE,
                                              .id = i,
                                              .sample.pgscan = test_random(&random) };
        made_snapshot(1, MADE_UPDATES_MAX, &made);
        assert_int_equal(pl_journal_begin_step(&writer, &made.snapshot), 0);
        assert_int_equal(pl_journal_begin_step(&writer, &snapshot), PL_JOURNAL_E_TOO_LONG);
        made_snapshot(3, MADE_UPDATES_MAX, &made);
        assert_int_equal(pl_journal_begin_step(&writer, &made.snapshot), 0);

        cursor = pl_journal_cursor_oldest(&reader, PL_JOURNAL_SAMPLES);
        assert_int_equal(pl_journal_next_snapshot(&cursor, &space, &back.snapshot), 0);
        assert_int_equal(back.snapshot.step, 1);
        assert_int_equal(pl_journal_next_snapshot(&cursor, &space, &back.snapshot),
                         PL_JOURNAL_E_TORN);
        assert_int_equal(pl_journal_next_snapshot(&cursor, &space, &back.snapshot), 0);
        assert_int_equal(back.snapshot.step, 3);
        assert_int_equal(pl_journal_next_snapshot(&cursor, &space, &back.snapshot),
                         PL_JOURNAL_E_END);
        assert_int_equal(pl_journal_previous_snapshot(&cursor, &space, &back.snapshot), 0);
        assert_int_equal(pl_journal_previous_snapshot(&cursor, &space, &back.snapshot),
                         PL_JOURNAL_E_TORN);
        assert_int_equal(pl_journal_previous_snapshot(&cursor, &space, &back.snapshot), 0);
        assert_int_equal(back.snapshot.step, 1);
}

/* It is known before a record of it is written, for half of one would only push out what is older. */
static void a_checkpoint_is_written_where_it_fits(void **state)
{
        const struct pl_journal_space space = made_space(&back);
        struct pl_journal_cursor cursor = pl_journal_cursor_oldest(&reader, PL_JOURNAL_SAMPLES);
        uint64_t before, records;

        (void) state;
        for (uint64_t number = 1; number <= 200; number++) {
                made_snapshot(number, MADE_UPDATES_MAX, &made);
                made.snapshot.flags = PL_SNAPSHOT_CHECKPOINT;
                before = writer.next[PL_JOURNAL_SAMPLES];
                assert_int_equal(pl_journal_begin_step(&writer, &made.snapshot), 0);
                records = writer.next[PL_JOURNAL_SAMPLES] - before;
                before = writer.next[PL_JOURNAL_SAMPLES];
                assert_int_equal(pl_journal_write_checkpoint(&writer, &made.snapshot, records - 1),
                                 PL_JOURNAL_E_TOO_LONG);
                assert_int_equal(writer.next[PL_JOURNAL_SAMPLES], before);
                assert_int_equal(pl_journal_write_checkpoint(&writer, &made.snapshot, records), 0);
                assert_int_equal(writer.next[PL_JOURNAL_SAMPLES], before + records);
                for (int i = 0; i < 2; i++) {
                        assert_int_equal(pl_journal_next_snapshot(&cursor, &space, &back.snapshot),
                                         0);
                        assert_true(made_same_snapshot(&made.snapshot, &back.snapshot));
                }
        }
}

/* No step was begun with it that somebody would have died of. */
static void a_checkpoint_is_no_step(void **state)
{
        const struct pl_snapshot step = { .step = 7 };
        const struct pl_snapshot checkpoint = { .step = 7, .flags = PL_SNAPSHOT_CHECKPOINT };
        struct pl_journal_pulse pulse;

        (void) state;
        assert_int_equal(pl_journal_begin_step(&writer, &step), 0);
        assert_int_equal(pl_journal_write_checkpoint(&writer, &checkpoint, 1), 0);
        pl_journal_read_pulse(&reader, &pulse);
        assert_true(pulse.step_begun == 7 && pulse.step_done == 0);
}

static void samples_never_displace_acts(void **state)
{
        struct pl_journal_cursor cursor = pl_journal_cursor_oldest(&reader, PL_JOURNAL_ACTS);
        struct pl_journal_act act;

        (void) state;
        made_write_act(&writer);
        for (uint64_t number = 1; number <= 500; number++) {
                made_snapshot(number, MADE_UPDATES_MAX, &made);
                assert_int_equal(pl_journal_begin_step(&writer, &made.snapshot), 0);
        }
        assert_true(writer.next[PL_JOURNAL_SAMPLES] >
                    2 * reader.layout.ring_capacity[PL_JOURNAL_SAMPLES]);
        assert_int_equal(pl_journal_next_act(&cursor, &act), 0);
        assert_true(made_is_act(&act));
}

#define SNAPSHOT_TEST(function) cmocka_unit_test_setup_teardown(function, begin, end)

int main(void)
{
        const struct CMUnitTest tests[] = {
                SNAPSHOT_TEST(snapshots_come_back),
                SNAPSHOT_TEST(a_ring_that_went_round_has_whole_ones),
                SNAPSHOT_TEST(heads_are_the_same_without_the_rest),
                SNAPSHOT_TEST(too_little_space_can_be_made_good),
                SNAPSHOT_TEST(one_that_is_too_long_is_cut),
                SNAPSHOT_TEST(a_checkpoint_is_written_where_it_fits),
                SNAPSHOT_TEST(a_checkpoint_is_no_step),
                SNAPSHOT_TEST(samples_never_displace_acts),
        };

        return cmocka_run_group_tests(tests, place_set_up, place_tear_down);
}
