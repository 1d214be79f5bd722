/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* look - a small journal in memory, made without files, and a reader that looks at everything in one and stops the program
 * when something is not as it must be: a loop that does not end, an act that was never written. For tests and for the fuzz
 * target.
 */

#include "journal/made.h"

#include "header.h"
#include "ring.h"

static inline struct pl_journal_writer look_writer(void *image, size_t bytes)
{
        struct pl_journal_writer writer = { .lock_fd = -1, .words = image, .next = { 1, 1 } };
        struct pl_journal_header header;

        memset(image, 0, bytes);
        pl_assert(pl_journal_layout(bytes, &writer.layout) == 0);
        header = pl_header_make(&writer.layout);
        header.created_usec = 1;
        pl_header_seal(&header);
        memcpy(image, &header, sizeof header);
        return writer;
}

/* A note, or a decision short enough for the ring of a small image. The time follows from the number. */
static inline void look_write_act(struct pl_journal_writer *writer)
{
        static struct pl_journal_act act;
        uint64_t number = writer->next[PL_JOURNAL_ACTS];

        made_act_of(number, number % 3 == 0 ? PL_JOURNAL_DECISION : PL_JOURNAL_NOTE, &act);
        if (act.type == PL_JOURNAL_DECISION && act.decision.decision.candidate_count > 4)
                act.decision.decision.candidate_count = 4;
        pl_journal_write_act(writer, &act);
}

/* Rings that went round, rows, all blocks. */
static inline void look_make(void *image, size_t bytes)
{
        struct pl_journal_writer writer = look_writer(image, bytes);
        static struct made_snapshot made;
        struct pl_journal_row row;

        pl_journal_put_state(&writer, &(struct pl_journal_state){ .pid = 1 });
        pl_journal_put_host(&writer, &(struct pl_journal_host){ .sample.at_usec = 1 });
        pl_journal_put_ranking(&writer, &(struct pl_journal_ranking){ .at_usec = 1, .count = 2 });
        for (uint32_t i = 0; i < writer.layout.row_count && i < 3; i++) {
                made_row(i, 1, &row);
                (void) pl_journal_put_row(&writer, i, &row);
        }
        while (writer.next[PL_JOURNAL_ACTS] < 3 * writer.layout.ring_capacity[PL_JOURNAL_ACTS])
                look_write_act(&writer);
        while (writer.next[PL_JOURNAL_SAMPLES] <
               3 * writer.layout.ring_capacity[PL_JOURNAL_SAMPLES]) {
                made_snapshot(writer.next[PL_JOURNAL_SAMPLES], 8, &made);
                (void) pl_journal_begin_step(&writer, &made.snapshot);
        }
}

/* Each call but the last passes a record at the least. */
static inline uint64_t look_bound(const struct pl_journal_reader *reader, enum pl_journal_ring ring)
{
        return 2 * reader->layout.ring_capacity[ring] + 4;
}

/* Set when the checks of what was changed were made anew: then anything may stand in a record. */
static bool look_forged;

static inline void look_at_act(const struct pl_journal_act *act)
{
        pl_assert(act->type > 0 && act->type < PL_JOURNAL_SNAPSHOT);
        pl_assert(look_forged || act->at_usec == 7 * act->sequence);
        if (act->type == PL_JOURNAL_DECISION)
                pl_assert(act->decision.decision.candidate_count <= PL_CANDIDATES_MAX);
        if (act->type == PL_JOURNAL_NOTE)
                pl_assert(memchr(act->note.words, '\0', sizeof act->note.words));
}

static inline void look_at_acts(const struct pl_journal_reader *reader)
{
        struct pl_journal_cursor cursor = pl_journal_cursor_oldest(reader, PL_JOURNAL_ACTS);
        static struct pl_journal_act act;
        uint64_t calls = 0;
        int r;

        while ((r = pl_journal_next_act(&cursor, &act)) != PL_JOURNAL_E_END) {
                pl_assert(r == 0 || r == PL_JOURNAL_E_TORN || r == PL_JOURNAL_E_OVERTAKEN);
                pl_assert(calls++ < look_bound(reader, PL_JOURNAL_ACTS));
                if (r == 0)
                        look_at_act(&act);
        }
        calls = 0;
        while ((r = pl_journal_previous_act(&cursor, &act)) != PL_JOURNAL_E_END) {
                pl_assert(r == 0 || r == PL_JOURNAL_E_TORN);
                pl_assert(calls++ < look_bound(reader, PL_JOURNAL_ACTS));
                if (r == 0)
                        look_at_act(&act);
        }
}

static inline void look_at_samples(const struct pl_journal_reader *reader)
{
        struct pl_journal_cursor cursor = pl_journal_cursor_oldest(reader, PL_JOURNAL_SAMPLES);
        static struct made_snapshot made;
        const struct pl_journal_space space = made_space(&made);
        uint64_t calls = 0;
        int r;

        while ((r = pl_journal_next_snapshot(&cursor, &space, &made.snapshot)) !=
               PL_JOURNAL_E_END) {
                pl_assert(r >= 0);
                pl_assert(calls++ < look_bound(reader, PL_JOURNAL_SAMPLES));
                cursor.position += r == PL_JOURNAL_E_TOO_LONG;
        }
        calls = 0;
        while ((r = pl_journal_previous_snapshot(&cursor, &space, &made.snapshot)) !=
               PL_JOURNAL_E_END) {
                pl_assert(r >= 0);
                pl_assert(calls++ < look_bound(reader, PL_JOURNAL_SAMPLES));
                cursor.position -= r == PL_JOURNAL_E_TOO_LONG;
        }
}

static inline void look_at_board_and_samples(const struct pl_journal_reader *reader)
{
        struct pl_journal_state state;
        struct pl_journal_host host;
        struct pl_journal_ranking ranking;
        struct pl_journal_row row;
        struct pl_journal_pulse pulse;

        pl_journal_read_pulse(reader, &pulse);
        if (pl_journal_read_state(reader, &state) == 0)
                pl_assert(state.phase < PL_JOURNAL_PHASES && state.version[31] == '\0');
        if (pl_journal_read_host(reader, &host) == 0)
                pl_assert(host.verdict.scope < PL_SCOPES);
        if (pl_journal_read_ranking(reader, &ranking) == 0)
                pl_assert(ranking.count <= PL_CANDIDATES_MAX);
        pl_assert(pl_journal_rows_used(reader) <= reader->layout.row_count);
        for (uint32_t i = 0; i < reader->layout.row_count; i++)
                if (pl_journal_read_row(reader, i, &row) == 0)
                        pl_assert(row.id != 0 && memchr(row.path, '\0', sizeof row.path));
        look_at_samples(reader);
}

static inline void look_at_all(const struct pl_journal_reader *reader)
{
        look_at_acts(reader);
        look_at_board_and_samples(reader);
}
