/* SPDX-License-Identifier: Apache-2.0 */

#include "journal/place.h"

#include "block.h"

static void rows_come_back(void **state)
{
        struct pl_journal_writer writer = place_writer(NULL);
        struct pl_journal_reader reader = place_reader();
        const uint32_t count = (uint32_t) reader.layout.row_count;
        struct pl_journal_row row;

        (void) state;
        assert_int_equal(pl_journal_rows_used(&reader), 0);
        for (uint32_t i = 0; i < count; i++) {
                made_row(i, i % 7 + 1, &row);
                assert_int_equal(pl_journal_put_row(&writer, i, &row), 0);
                assert_int_equal(pl_journal_rows_used(&reader), i + 1);
        }
        assert_int_equal(pl_journal_put_row(&writer, count, &row), PL_JOURNAL_E_FULL);
        assert_int_equal(pl_journal_put_row(&writer, UINT32_MAX, &row), PL_JOURNAL_E_FULL);
        pl_journal_clear_row(&writer, 5);
        pl_journal_clear_row(&writer, UINT32_MAX);
        for (uint32_t i = 0; i < count; i++) {
                int r = pl_journal_read_row(&reader, i, &row);

                assert_int_equal(r, i == 5 ? PL_JOURNAL_E_EMPTY : 0);
                assert_true(i == 5 || made_is_row(i, &row));
        }
        assert_int_equal(pl_journal_rows_used(&reader), count);
        pl_journal_reader_close(&reader);
        pl_journal_writer_close(&writer);
}

static void state_host_and_ranking_come_back(void **state)
{
        struct pl_journal_writer writer = place_writer(NULL);
        struct pl_journal_reader reader = place_reader();
        struct pl_journal_state board = { .phase = PL_JOURNAL_RUNNING, .version = "1.2" },
                                board_back;
        struct pl_journal_host host = { .sample.at_usec = 1, .workload_count = 5 }, host_back;
        struct pl_journal_ranking ranking = { .at_usec = 2, .count = 64 }, ranking_back;

        (void) state;
        assert_int_equal(pl_journal_read_host(&reader, &host_back), PL_JOURNAL_E_EMPTY);
        assert_int_equal(pl_journal_read_ranking(&reader, &ranking_back), PL_JOURNAL_E_EMPTY);
        memset(board.in_force.digest, 7, sizeof board.in_force.digest);
        ranking.candidates[63].gives_back_bytes = 99;
        pl_journal_put_state(&writer, &board);
        pl_journal_put_host(&writer, &host);
        pl_journal_put_ranking(&writer, &ranking);
        assert_int_equal(pl_journal_read_state(&reader, &board_back), 0);
        assert_int_equal(pl_journal_read_host(&reader, &host_back), 0);
        assert_int_equal(pl_journal_read_ranking(&reader, &ranking_back), 0);
        assert_memory_equal(&board_back, &board, sizeof board);
        assert_memory_equal(&host_back, &host, sizeof host);
        assert_memory_equal(&ranking_back, &ranking, sizeof ranking);
        pl_journal_reader_close(&reader);

        /* The next writer's board is empty. */
        pl_journal_writer_close(&writer);
        writer = place_writer(NULL);
        reader = place_reader();
        assert_int_equal(pl_journal_read_host(&reader, &host_back), PL_JOURNAL_E_EMPTY);
        assert_int_equal(pl_journal_read_ranking(&reader, &ranking_back), PL_JOURNAL_E_EMPTY);
        assert_int_equal(pl_journal_read_state(&reader, &board_back), 0);
        assert_int_equal(board_back.phase, PL_JOURNAL_STARTING);
        pl_journal_reader_close(&reader);
        pl_journal_writer_close(&writer);
}

static void the_pulse_is_felt(void **state)
{
        struct pl_journal_writer writer = place_writer(NULL);
        struct pl_journal_reader reader = place_reader();
        struct pl_journal_pulse pulse;

        (void) state;
        pl_journal_put_heartbeat(&writer, 12345);
        assert_int_equal(pl_journal_begin_step(&writer, &(struct pl_snapshot){ .step = 3 }), 0);
        pl_journal_read_pulse(&reader, &pulse);
        assert_int_equal(pulse.heartbeat_usec, 12345);
        assert_int_equal(pulse.step_begun, 3);
        assert_int_equal(pulse.step_done, 0);
        pl_journal_end_step(&writer, 3);
        pl_journal_read_pulse(&reader, &pulse);
        assert_int_equal(pulse.step_done, 3);
        pl_journal_reader_close(&reader);
        pl_journal_writer_close(&writer);
}

/* As a writer leaves it that was killed there: the odd number stays. */
static void a_torn_row_is_told_and_mended(void **state)
{
        struct pl_journal_writer writer = place_writer(NULL);
        struct pl_journal_reader reader = place_reader();
        const size_t at = (reader.layout.rows_offset + PL_JOURNAL_ROW_BYTES) / 8;
        struct pl_journal_opened opened;
        struct pl_journal_row row, back;
        uint64_t sequence;

        (void) state;
        made_row(1, 1, &row);
        assert_int_equal(pl_journal_put_row(&writer, 1, &row), 0);
        sequence = ++writer.words[at];
        assert_int_equal(pl_journal_read_row(&reader, 1, &back), PL_JOURNAL_E_TORN);
        pl_journal_writer_close(&writer);

        writer = place_writer(&opened);
        assert_int_equal(opened.cleared_count, 1);
        assert_int_equal(pl_journal_read_row(&reader, 1, &back), PL_JOURNAL_E_EMPTY);
        assert_true(writer.words[at] > sequence);
        assert_int_equal(pl_journal_put_row(&writer, 1, &row), 0);
        assert_int_equal(pl_journal_read_row(&reader, 1, &back), 0);
        assert_memory_equal(&row, &back, sizeof row);
        pl_journal_reader_close(&reader);
        pl_journal_writer_close(&writer);
}

static void a_spoilt_block_is_told(void **state)
{
        struct pl_journal_writer writer = place_writer(NULL);
        struct pl_journal_reader reader = place_reader();
        const size_t at = (reader.layout.rows_offset + PL_JOURNAL_ROW_BYTES) / 8;
        struct pl_journal_row row;

        (void) state;
        made_row(1, 1, &row);
        assert_int_equal(pl_journal_put_row(&writer, 1, &row), 0);
        for (size_t word = 1; word < PL_JOURNAL_ROW_BYTES / 8; word++) {
                writer.words[at + word] ^= 1;
                assert_int_equal(pl_journal_read_row(&reader, 1, &row), PL_JOURNAL_E_CORRUPT);
                writer.words[at + word] ^= 1;
        }
        assert_int_equal(pl_journal_read_row(&reader, 1, &row), 0);
        pl_journal_reader_close(&reader);
        pl_journal_writer_close(&writer);
}

/* Written by somebody who knows how, and wants us to read on. */
static void figures_out_of_bounds_are_refused(void **state)
{
        struct pl_journal_writer writer = place_writer(NULL);
        struct pl_journal_reader reader = place_reader();
        struct pl_journal_state board = { .phase = PL_JOURNAL_PHASES };
        struct pl_journal_host host = { .sample.at_usec = 1, .verdict.scope = PL_SCOPES };
        struct pl_journal_ranking ranking = { .at_usec = 1, .count = PL_CANDIDATES_MAX + 1 };
        struct pl_journal_row row;

        (void) state;
        pl_block_write(&writer.words[PL_JOURNAL_AT_STATE / 8], &board, sizeof board);
        assert_int_equal(pl_journal_read_state(&reader, &board), PL_JOURNAL_E_CORRUPT);
        pl_block_write(&writer.words[reader.layout.host_offset / 8], &host, sizeof host);
        assert_int_equal(pl_journal_read_host(&reader, &host), PL_JOURNAL_E_CORRUPT);
        host.verdict.scope = 0;
        host.verdict.severity = PL_SEVERITIES;
        pl_block_write(&writer.words[reader.layout.host_offset / 8], &host, sizeof host);
        assert_int_equal(pl_journal_read_host(&reader, &host), PL_JOURNAL_E_CORRUPT);
        pl_block_write(&writer.words[reader.layout.ranking_offset / 8], &ranking, sizeof ranking);
        assert_int_equal(pl_journal_read_ranking(&reader, &ranking), PL_JOURNAL_E_CORRUPT);
        memset(&row, 'x', sizeof row);
        assert_int_equal(pl_journal_put_row(&writer, 0, &row), 0);
        assert_int_equal(pl_journal_read_row(&reader, 0, &row), 0);
        assert_int_equal(strlen(row.name), sizeof row.name - 1);
        assert_int_equal(strlen(row.path), sizeof row.path - 1);
        writer.words[PL_JOURNAL_AT_ROWS_USED / 8] = UINT64_MAX;
        assert_int_equal(pl_journal_rows_used(&reader), reader.layout.row_count);
        pl_journal_reader_close(&reader);
        pl_journal_writer_close(&writer);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                PLACE_TEST(rows_come_back),         PLACE_TEST(state_host_and_ranking_come_back),
                PLACE_TEST(the_pulse_is_felt),      PLACE_TEST(a_torn_row_is_told_and_mended),
                PLACE_TEST(a_spoilt_block_is_told), PLACE_TEST(figures_out_of_bounds_are_refused),
        };

        return cmocka_run_group_tests(tests, place_set_up, place_tear_down);
}
