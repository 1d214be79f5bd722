/* SPDX-License-Identifier: Apache-2.0 */

#include "recorder.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "plimsoll/base/assert.h"
#include "plimsoll/base/clock.h"
#include "plimsoll/base/macro.h"
#include "plimsoll/journal/cursor.h"

enum {
        MINUTES_A_DAY = 24 * 60,
        /* Of the cap, for the rows of a day. */
        PARTS = 2,
};

/* plimsolld says every second that it is well. */
#define SILENCE_USEC (10 * PL_USEC_PER_SEC)
/* A disk that is full or broken is asked no more often. */
#define RETRY_USEC (10 * PL_USEC_PER_SEC)

/* All that makes a workload who it is, and what it is held to: see struct pl_history_workload. */
enum {
        TERMS_OFFSET = offsetof(struct pl_history_workload, flags),
        TEXTS_OFFSET = offsetof(struct pl_history_workload, name),
        WORKLOAD_BYTES = sizeof(struct pl_history_workload),
};

_Static_assert(TERMS_OFFSET % sizeof(uint64_t) == 0 && TEXTS_OFFSET % sizeof(uint64_t) == 0 &&
                       WORKLOAD_BYTES % sizeof(uint64_t) == 0,
               "whole words");

int pl_recorder_init(struct pl_recorder *recorder, struct pl_history_writer *writer)
{
        pl_assert(writer);

        *recorder = (struct pl_recorder){ .writer = writer, .interval_usec = PL_USEC_PER_MINUTE };
        recorder->rows = calloc(PL_JOURNAL_ROWS_MAX, sizeof *recorder->rows);
        return recorder->rows ? 0 : -ENOMEM;
}

void pl_recorder_done(struct pl_recorder *recorder)
{
        free(recorder->rows);
        *recorder = (struct pl_recorder){};
}

static struct pl_history_identity identity_of(const struct pl_journal_reader *reader)
{
        struct pl_history_identity identity = { .created_usec = reader->header.created_usec };

        memcpy(identity.boot_id, reader->header.boot_id, sizeof identity.boot_id);
        return identity;
}

static bool is_of(const struct pl_history_writer *writer, const struct pl_journal_reader *reader)
{
        const struct pl_history_identity identity = identity_of(reader);

        return memcmp(&writer->mark.identity, &identity, sizeof identity) == 0;
}

static int begin(struct pl_recorder *recorder, const struct pl_journal_reader *reader,
                 const struct pl_history_time *now)
{
        const struct pl_history_identity identity = identity_of(reader);
        int r = pl_history_begin(recorder->writer, now, &identity);

        if (r == 0 && recorder->run != recorder->writer->mark.run) {
                memset(recorder->rows, 0, PL_JOURNAL_ROWS_MAX * sizeof *recorder->rows);
                recorder->run = recorder->writer->mark.run;
        }
        return r;
}

/* ---- acts ---- */

static int add_gap(struct pl_recorder *recorder, const struct pl_journal_cursor *cursor,
                   uint64_t count, uint32_t reason, const char *words)
{
        struct pl_journal_gap gap = { .first = cursor->position - count,
                                      .count = count,
                                      .ring = PL_JOURNAL_ACTS,
                                      .reason = reason };

        pl_journal_set_text(gap.words, sizeof gap.words, pl_span_of(words));
        return pl_history_add_gap(recorder->writer, &gap, cursor->position);
}

/* What is worth a write of its own, so that a power cut right after it does not take it. */
static bool is_weighty(unsigned type)
{
        return type == PL_JOURNAL_DECISION || type == PL_JOURNAL_OUTCOME ||
               type == PL_JOURNAL_ALARM || type == PL_JOURNAL_REFUSED || type == PL_JOURNAL_ENDED;
}

static int add_act(struct pl_recorder *recorder, const struct pl_journal_cursor *cursor, int read,
                   const struct pl_journal_record *record, bool *weighty)
{
        switch (read) {
        case 0:
                *weighty |= is_weighty(record->type);
                return pl_history_add_record(recorder->writer, record);
        case PL_JOURNAL_E_OVERTAKEN:
                if (cursor->lost == 0)
                        return 0;
                return add_gap(recorder, cursor, cursor->lost, PL_HISTORY_GAP_OVERTAKEN,
                               "more happened than plimsoll-record could write down in time");
        default:
                return add_gap(recorder, cursor, 1, PL_HISTORY_GAP_TORN,
                               "a record was spoilt in the journal");
        }
}

/* Where to go on. Of a journal that was not recorded before: with all it has. */
static struct pl_journal_cursor cursor_of(const struct pl_recorder *recorder,
                                          const struct pl_journal_reader *reader)
{
        const struct pl_history_writer *writer = recorder->writer;

        return is_of(writer, reader) && writer->acts_next > 0
                       ? pl_journal_cursor_at(reader, PL_JOURNAL_ACTS, writer->acts_next)
                       : pl_journal_cursor_oldest(reader, PL_JOURNAL_ACTS);
}

static int record_acts(struct pl_recorder *recorder, const struct pl_journal_reader *reader,
                       const struct pl_history_time *now)
{
        struct pl_journal_cursor cursor = cursor_of(recorder, reader);
        const uint64_t capacity = reader->layout.ring_capacity[PL_JOURNAL_ACTS];
        struct pl_journal_record record;
        bool begun = false, weighty = false;
        int r = 0;

        /* A ring that is written faster than it is read has its end at the next turn. */
        for (uint64_t i = 0; r == 0 && i <= capacity; i++) {
                int read = pl_journal_next_record(&cursor, &record);

                if (read == PL_JOURNAL_E_END)
                        break;
                if (!begun)
                        r = begin(recorder, reader, now);
                begun = true;
                if (r == 0)
                        r = add_act(recorder, &cursor, read, &record, &weighty);
        }
        if (r == 0 && begun)
                r = pl_history_end(recorder->writer);
        if (r == 0 && weighty)
                r = pl_history_sync(recorder->writer);
        return r;
}

/* ---- rows ---- */

static void describe(const struct pl_journal_row *row, struct pl_history_workload *ret_workload)
{
        *ret_workload = (struct pl_history_workload){
                .id = row->id,
                .parent_id = row->parent_id,
                .since_usec = row->since_usec,
                .kind = row->kind,
                .runtime = row->runtime,
                .flags = row->flags,
                .state = row->state,
                .order = row->order,
                .score_adj = row->score_adj,
                .limits = row->limits,
                .effective = row->effective,
        };
        memcpy(ret_workload->name, row->name, sizeof row->name);
        memcpy(ret_workload->unit, row->unit, sizeof row->unit);
        memcpy(ret_workload->profile_name, row->profile_name, sizeof row->profile_name);
        memcpy(ret_workload->path, row->path, sizeof row->path);
}

static uint64_t check(uint64_t seed, const struct pl_history_workload *workload, size_t from,
                      size_t to)
{
        return pl_journal_check(seed, (const char *) workload + from,
                                (to - from) / sizeof(uint64_t));
}

/* Who it is and what it is held to, where that has not been said yet. */
static int introduce(struct pl_recorder *recorder, struct pl_recorder_row *known,
                     const struct pl_journal_row *row)
{
        struct pl_history_workload workload;
        uint64_t identity, terms;
        int r = 0;

        describe(row, &workload);
        identity = check(check(PL_JOURNAL_CHECK_SEED, &workload, 0, TERMS_OFFSET), &workload,
                         TEXTS_OFFSET, WORKLOAD_BYTES);
        terms = check(PL_JOURNAL_CHECK_SEED, &workload, TERMS_OFFSET, TEXTS_OFFSET);
        if (known->id != row->id || known->identity_check != identity) {
                *known = (struct pl_recorder_row){
                        .id = row->id,
                        .identity_check = identity,
                        .terms_check = ~terms,
                        .number = pl_history_take_number(recorder->writer),
                };
                r = pl_history_add_workload(recorder->writer, known->number, &workload);
        }
        if (r == 0 && known->terms_check != terms) {
                known->terms_check = terms;
                r = pl_history_add_terms(recorder->writer, known->number, &workload);
        }
        return r;
}

static int record_row(struct pl_recorder *recorder, uint32_t index,
                      const struct pl_journal_row *row, uint64_t *bytes)
{
        struct pl_recorder_row *known = &recorder->rows[index];
        int r;

        pl_assert(index < PL_JOURNAL_ROWS_MAX);

        recorder->workload_count++;
        if (row->sample.at_usec == 0 ||
            (known->id == row->id && known->at_usec == row->sample.at_usec))
                return 0;
        r = introduce(recorder, known, row);
        if (r != 0)
                return r;
        known->at_usec = row->sample.at_usec;
        recorder->row_count++;
        return pl_history_add_row(recorder->writer, known->number, &row->sample, bytes);
}

static int record_host(struct pl_recorder *recorder, const struct pl_journal_reader *reader)
{
        struct pl_journal_host host;
        struct pl_history_host row;

        /* A daemon that has only just begun has none yet. */
        if (pl_journal_read_host(reader, &host) != 0)
                return 0;
        row = (struct pl_history_host){ .sample = host.sample,
                                        .workload_count = host.workload_count,
                                        .profile_count = host.profile_count,
                                        .unlisted_count = host.unlisted_count,
                                        .flags = host.flags };
        return pl_history_add_host(recorder->writer, &row);
}

static int record_rows(struct pl_recorder *recorder, const struct pl_journal_reader *reader,
                       uint64_t *bytes)
{
        const uint32_t used = pl_journal_rows_used(reader);
        int r = record_host(recorder, reader);

        recorder->row_count = recorder->workload_count = 0;
        for (uint32_t i = 0; r == 0 && i < used; i++) {
                struct pl_journal_row row;

                /* One that is torn has its turn the next time. */
                if (pl_journal_read_row(reader, i, &row) == 0)
                        r = record_row(recorder, i, &row, bytes);
        }
        return r == 0 ? pl_history_end(recorder->writer) : r;
}

/* As often as lets a day fit into its part of the cap, in whole minutes. */
static uint64_t interval_for(const struct pl_recorder *recorder, uint64_t bytes)
{
        const uint64_t part = recorder->writer->options.size_bytes / PARTS,
                       minutes = (bytes * MINUTES_A_DAY + part - 1) / part;

        return PL_MIN(PL_MAX(minutes, UINT64_C(1)), UINT64_C(1) * MINUTES_A_DAY) *
               PL_USEC_PER_MINUTE;
}

static int sweep(struct pl_recorder *recorder, const struct pl_journal_reader *reader,
                 const struct pl_history_time *now)
{
        uint64_t bytes = 0;
        int r = begin(recorder, reader, now);

        if (r == 0)
                r = record_rows(recorder, reader, &bytes);
        if (r == 0)
                r = pl_history_tidy(recorder->writer, now);
        if (r == 0)
                r = pl_history_sync(recorder->writer);
        if (r == 0)
                recorder->interval_usec = interval_for(recorder, bytes);
        return r;
}

/* When nobody writes it, what stands there is what was and not what is. */
static bool is_alive(const struct pl_journal_reader *reader, uint64_t now_usec)
{
        struct pl_journal_pulse pulse;

        pl_journal_read_pulse(reader, &pulse);
        return pulse.heartbeat_usec > 0 &&
               (now_usec < pulse.heartbeat_usec || now_usec - pulse.heartbeat_usec < SILENCE_USEC);
}

/* One that was stopped and started again goes on at the pace of the one before. */
static bool is_due(struct pl_recorder *recorder, const struct pl_journal_reader *reader,
                   uint64_t now_usec)
{
        const struct pl_history_writer *writer = recorder->writer;

        if (recorder->sweep_usec == 0)
                recorder->sweep_usec = is_of(writer, reader) && writer->mark.host_boot_usec > 0
                                               ? writer->mark.host_boot_usec + PL_USEC_PER_MINUTE
                                               : now_usec;
        return now_usec >= recorder->sweep_usec && is_alive(reader, now_usec);
}

static void plan_next(struct pl_recorder *recorder, uint64_t now_usec)
{
        recorder->sweep_usec += recorder->interval_usec;
        /* After a pause the beat begins anew. */
        if (recorder->sweep_usec <= now_usec)
                recorder->sweep_usec = now_usec + recorder->interval_usec;
}

int pl_recorder_turn(struct pl_recorder *recorder, const struct pl_journal_reader *reader,
                     const struct pl_history_time *now)
{
        int r;

        pl_assert(recorder->rows);
        pl_assert(reader->words);

        if (now->boot_usec < recorder->retry_usec)
                return 0;
        r = record_acts(recorder, reader, now);
        if (r == 0 && is_due(recorder, reader, now->boot_usec)) {
                r = sweep(recorder, reader, now);
                plan_next(recorder, now->boot_usec);
        }
        if (r != 0)
                recorder->retry_usec = now->boot_usec + RETRY_USEC;
        return r;
}
