/* SPDX-License-Identifier: Apache-2.0 */

/* Acts come back as they were written, whichever way the cursor goes, and what was written over is counted. */

#include "journal/place.h"

static struct pl_journal_writer writer;
static struct pl_journal_reader reader;

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

static uint64_t capacity(void)
{
        return reader.layout.ring_capacity[PL_JOURNAL_ACTS];
}

static void every_type_comes_back(void **state)
{
        struct pl_journal_cursor cursor = pl_journal_cursor_oldest(&reader, PL_JOURNAL_ACTS);
        struct pl_journal_act act, back;

        (void) state;
        for (uint32_t type = 1; type < PL_JOURNAL_SNAPSHOT; type++)
                for (uint64_t number = 0; number < 500; number++) {
                        uint64_t sequence = writer.next[PL_JOURNAL_ACTS];

                        made_act_of(number, type, &act);
                        pl_journal_write_act(&writer, &act);
                        assert_int_equal(pl_journal_next_act(&cursor, &back), 0);
                        assert_int_equal(back.sequence, sequence);
                        assert_int_equal(back.at_usec, act.at_usec);
                        assert_int_equal(back.type, act.type);
                        assert_memory_equal(&back.decision, &act.decision, sizeof act.decision);
                        assert_int_equal(pl_journal_next_act(&cursor, &back), PL_JOURNAL_E_END);
                }
}

/* The longest decision there can be. */
static void the_largest_decision_fits(void **state)
{
        struct pl_journal_cursor cursor = pl_journal_cursor_oldest(&reader, PL_JOURNAL_ACTS);
        struct pl_journal_act act = { .type = PL_JOURNAL_DECISION }, back;

        (void) state;
        memset(&act.decision, 0xFE, sizeof act.decision);
        act.decision.decision.candidate_count = PL_CANDIDATES_MAX;
        act.decision.name[PL_JOURNAL_NAME_BYTES - 1] = '\0';
        act.decision.scope[PL_JOURNAL_NAME_BYTES - 1] = '\0';
        for (size_t i = 0; i < PL_CANDIDATES_MAX; i++)
                act.decision.names[i][PL_JOURNAL_NAME_BYTES - 1] = '\0';
        pl_journal_write_act(&writer, &act);
        assert_int_equal(writer.next[PL_JOURNAL_ACTS], 1 + 45);
        assert_int_equal(pl_journal_next_act(&cursor, &back), 0);
        assert_memory_equal(&back.decision, &act.decision, sizeof act.decision);
}

static void long_texts_are_cut_at_the_last(void **state)
{
        struct pl_journal_cursor cursor = pl_journal_cursor_oldest(&reader, PL_JOURNAL_ACTS);
        struct pl_journal_act act = { .type = PL_JOURNAL_APPEARED }, back;

        (void) state;
        memset(act.workload.name, 'n', sizeof act.workload.name - 1);
        memset(act.workload.profile_name, 'p', sizeof act.workload.profile_name - 1);
        memset(act.workload.path, '/', sizeof act.workload.path - 1);
        act.workload.path[0] = '<';
        act.workload.path[sizeof act.workload.path - 2] = '>';
        pl_journal_write_act(&writer, &act);
        assert_int_equal(pl_journal_next_act(&cursor, &back), 0);
        assert_string_equal(back.workload.name, act.workload.name);
        assert_string_equal(back.workload.profile_name, act.workload.profile_name);
        assert_int_equal(strlen(back.workload.path), 224 - 40 - 64 - 72 - 1);
        assert_int_equal(back.workload.path[0], '<');
        assert_int_equal(back.workload.path[strlen(back.workload.path) - 1], '>');
        assert_non_null(strstr(back.workload.path, "…"));

        /* With short names before it, the path has what they leave. */
        memset(act.workload.name, 0, sizeof act.workload.name);
        memset(act.workload.profile_name, 0, sizeof act.workload.profile_name);
        pl_journal_write_act(&writer, &act);
        assert_int_equal(pl_journal_next_act(&cursor, &back), 0);
        assert_int_equal(strlen(back.workload.path), 224 - 40 - 1 - 1 - 1);

        memset(&act, 'x', sizeof act);
        act.type = PL_JOURNAL_ORDER;
        pl_journal_write_act(&writer, &act);
        assert_int_equal(pl_journal_next_act(&cursor, &back), 0);
        assert_int_equal(strlen(back.order.by), 63);
        assert_int_equal(strlen(back.order.workload), 63);
        assert_int_equal(strlen(back.order.words), 31);

        memset(&act, 'x', sizeof act);
        act.type = PL_JOURNAL_SET;
        pl_journal_write_act(&writer, &act);
        assert_int_equal(pl_journal_next_act(&cursor, &back), 0);
        assert_memory_equal(back.set.values, act.set.values, sizeof act.set.values);
        assert_int_equal(strlen(back.set.name), 63);
        assert_int_equal(strlen(back.set.profile_name), 63);
}

/* Forwards from the oldest; how many are there. */
static uint64_t read_all(struct pl_journal_cursor *cursor)
{
        struct pl_journal_act act;
        uint64_t count = 0;
        int r;

        while ((r = pl_journal_next_act(cursor, &act)) == 0) {
                assert_true(made_is_act(&act));
                count++;
        }
        assert_int_equal(r, PL_JOURNAL_E_END);
        return count;
}

static uint64_t read_all_backwards(struct pl_journal_cursor *cursor)
{
        struct pl_journal_act act;
        uint64_t count = 0;
        int r;

        while ((r = pl_journal_previous_act(cursor, &act)) == 0) {
                assert_true(made_is_act(&act));
                count++;
        }
        assert_int_equal(r, PL_JOURNAL_E_END);
        return count;
}

static void a_ring_that_went_round_reads_both_ways(void **state)
{
        struct test_random random = { 4 };

        (void) state;
        for (int round = 0; round < 60; round++) {
                struct pl_journal_cursor cursor = pl_journal_cursor_oldest(&reader,
                                                                           PL_JOURNAL_ACTS);
                struct pl_journal_cursor back = pl_journal_cursor_newest(&reader, PL_JOURNAL_ACTS);
                uint64_t count = read_all(&cursor);

                assert_int_equal(cursor.position, writer.next[PL_JOURNAL_ACTS]);
                assert_int_equal(back.position, writer.next[PL_JOURNAL_ACTS]);
                assert_int_equal(read_all_backwards(&back), count);
                assert_int_equal(read_all(&back), count);
                for (uint64_t i = test_random_below(&random, capacity()); i > 0; i--)
                        made_write_act(&writer);
        }
}

static void a_cursor_that_was_overtaken_says_by_how_much(void **state)
{
        struct pl_journal_cursor cursor = pl_journal_cursor_oldest(&reader, PL_JOURNAL_ACTS);
        struct pl_journal_act note = { .type = PL_JOURNAL_NOTE }, act;

        (void) state;
        for (uint64_t i = 0; i < capacity() + 10; i++)
                pl_journal_write_act(&writer, &note);
        assert_int_equal(pl_journal_next_act(&cursor, &act), PL_JOURNAL_E_OVERTAKEN);
        assert_int_equal(cursor.lost, 10);
        assert_int_equal(cursor.position, 11);
        assert_int_equal(pl_journal_next_act(&cursor, &act), 0);
        assert_int_equal(act.sequence, 11);

        /* Backwards it is only an end. */
        cursor = pl_journal_cursor_at(&reader, PL_JOURNAL_ACTS, 5);
        assert_int_equal(pl_journal_previous_act(&cursor, &act), PL_JOURNAL_E_END);
        cursor = pl_journal_cursor_at(&reader, PL_JOURNAL_ACTS, 1);
        assert_int_equal(pl_journal_previous_act(&cursor, &act), PL_JOURNAL_E_END);
}

static void a_cursor_begins_where_it_is_told(void **state)
{
        struct pl_journal_cursor cursor;
        struct pl_journal_record record;
        struct pl_journal_act act;

        (void) state;
        for (int i = 0; i < 20; i++)
                made_write_act(&writer);
        for (uint64_t sequence = 1; sequence < writer.next[PL_JOURNAL_ACTS]; sequence++) {
                cursor = pl_journal_cursor_at(&reader, PL_JOURNAL_ACTS, sequence);
                assert_int_equal(pl_journal_next_record(&cursor, &record), 0);
                assert_int_equal(record.sequence, sequence);
                assert_int_equal(pl_journal_previous_record(&cursor, &record), 0);
                assert_int_equal(record.sequence, sequence);
                /* In the middle of a decision: the next whole one. */
                cursor = pl_journal_cursor_at(&reader, PL_JOURNAL_ACTS, sequence);
                if (pl_journal_next_act(&cursor, &act) == 0)
                        assert_true(act.sequence >= sequence && made_is_act(&act));
        }
        cursor = pl_journal_cursor_at(&reader, PL_JOURNAL_ACTS, 1000);
        assert_int_equal(cursor.position, writer.next[PL_JOURNAL_ACTS]);
        assert_int_equal(pl_journal_next_act(&cursor, &act), PL_JOURNAL_E_END);
        assert_int_equal(pl_journal_next_record(&cursor, &record), PL_JOURNAL_E_END);
}

/* One word of one record at a time: that act is missing, and every other is there. */
static void a_spoilt_record_costs_itself_alone(void **state)
{
        const size_t ring = reader.layout.ring_offset[PL_JOURNAL_ACTS] / 8;
        uint64_t count;

        (void) state;
        for (int i = 0; i < 30; i++)
                made_write_act(&writer);
        count = writer.next[PL_JOURNAL_ACTS] - 1;
        for (uint64_t sequence = 1; sequence <= count; sequence++)
                for (size_t word = 0; word < PL_JOURNAL_RECORD_BYTES / 8; word += 5) {
                        struct pl_journal_cursor cursor = pl_journal_cursor_oldest(&reader,
                                                                                   PL_JOURNAL_ACTS);
                        _Atomic uint64_t *at = &writer.words[ring + (sequence - 1) * 32 + word];
                        struct pl_journal_act act;
                        uint64_t read = 0, torn = 0;
                        int r;

                        *at ^= UINT64_C(1) << sequence % 64;
                        while ((r = pl_journal_next_act(&cursor, &act)) != PL_JOURNAL_E_END) {
                                assert_true(r == 0 || r == PL_JOURNAL_E_TORN);
                                assert_true(r != 0 || made_is_act(&act));
                                read += r == 0;
                                torn += r != 0;
                        }
                        /* A decision's middle may count twice: as the decision, and as the record. */
                        assert_int_equal(read, 29);
                        assert_true(torn == 1 || torn == 2);
                        read = 0;
                        while ((r = pl_journal_previous_act(&cursor, &act)) != PL_JOURNAL_E_END)
                                read += r == 0 && made_is_act(&act);
                        assert_int_equal(read, 29);
                        *at ^= UINT64_C(1) << sequence % 64;
                }
}

#define ACT_TEST(function) cmocka_unit_test_setup_teardown(function, begin, end)

int main(void)
{
        const struct CMUnitTest tests[] = {
                ACT_TEST(every_type_comes_back),
                ACT_TEST(the_largest_decision_fits),
                ACT_TEST(long_texts_are_cut_at_the_last),
                ACT_TEST(a_ring_that_went_round_reads_both_ways),
                ACT_TEST(a_cursor_that_was_overtaken_says_by_how_much),
                ACT_TEST(a_cursor_begins_where_it_is_told),
                ACT_TEST(a_spoilt_record_costs_itself_alone),
        };

        return cmocka_run_group_tests(tests, place_set_up, place_tear_down);
}
