/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* made - acts, snapshots and rows whose every byte follows from a number, so that whoever reads one knows what it has to
 * be. Without cmocka, for programs that are no tests use it too.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "plimsoll/base/assert.h"
#include "plimsoll/journal/cursor.h"
#include "plimsoll/journal/writer.h"

/* SplitMix64, as test.h has it. */
static inline uint64_t made_bits(uint64_t *state)
{
        uint64_t z = (*state += UINT64_C(0x9E3779B97F4A7C15));

        z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
        z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
        return z ^ (z >> 31);
}

/* Of any length in bytes: 0 and all bits set are as likely as others. */
static inline uint64_t made_word(uint64_t *state)
{
        uint64_t kind = made_bits(state) % 10;

        if (kind == 0)
                return 0;
        if (kind == 1)
                return UINT64_MAX;
        return made_bits(state) >> made_bits(state) % 64;
}

static inline void made_words(uint64_t *state, void *to, size_t size)
{
        for (size_t at = 0; at < size; at += sizeof(uint64_t)) {
                uint64_t word = made_word(state);

                memcpy((char *) to + at, &word, sizeof word);
        }
}

/* Letters, at most as many as leave the other texts of a record their place. */
static inline void made_text(uint64_t *state, char *field, size_t longest)
{
        size_t length = made_bits(state) % (longest + 1);

        for (size_t i = 0; i < length; i++)
                field[i] = (char) ('a' + made_bits(state) % 26);
}

static inline struct pl_journal_decision *made_decision(uint64_t *state, struct pl_journal_act *act)
{
        struct pl_decision *decision = &act->decision.decision;

        made_words(state, decision, offsetof(struct pl_decision, candidates));
        act->decision.flags = made_word(state);
        made_text(state, act->decision.name, PL_JOURNAL_NAME_BYTES - 1);
        made_text(state, act->decision.scope, PL_JOURNAL_NAME_BYTES - 1);
        decision->candidate_count = (uint32_t) (made_bits(state) % (PL_CANDIDATES_MAX + 1));
        made_words(state, decision->candidates,
                   decision->candidate_count * sizeof *decision->candidates);
        for (uint32_t i = 0; i < decision->candidate_count; i++)
                made_text(state, act->decision.names[i], PL_JOURNAL_NAME_BYTES - 1);
        return &act->decision;
}

#define MADE(member, first_text)                                                                   \
        made_words(&state, &act->member, offsetof(__typeof__(act->member), first_text))

static inline void made_judging(uint64_t state, struct pl_journal_act *act)
{
        switch (act->type) {
        case PL_JOURNAL_VERDICT:
                MADE(judged, name);
                made_text(&state, act->judged.name, PL_JOURNAL_NAME_BYTES - 1);
                break;
        case PL_JOURNAL_DECISION:
                (void) made_decision(&state, act);
                break;
        case PL_JOURNAL_OUTCOME:
                MADE(outcome, name);
                made_text(&state, act->outcome.name, PL_JOURNAL_NAME_BYTES - 1);
                break;
        default:
                pl_unreachable();
        }
}

static inline void made_texts_of(uint64_t state, struct pl_journal_act *act)
{
        switch (act->type) {
        case PL_JOURNAL_STARTED:
                MADE(started, version);
                made_text(&state, act->started.version, sizeof act->started.version - 1);
                break;
        case PL_JOURNAL_ENDED:
                MADE(ended, words);
                made_text(&state, act->ended.words, sizeof act->ended.words - 1);
                break;
        case PL_JOURNAL_IN_FORCE:
        case PL_JOURNAL_REFUSED:
                MADE(policy, words);
                made_text(&state, act->policy.words, 120);
                break;
        case PL_JOURNAL_VERDICT:
        case PL_JOURNAL_DECISION:
        case PL_JOURNAL_OUTCOME:
                made_judging(state, act);
                break;
        case PL_JOURNAL_DRIFT:
                MADE(drift, name);
                made_text(&state, act->drift.name, PL_JOURNAL_NAME_BYTES - 1);
                made_text(&state, act->drift.words, 80);
                break;
        case PL_JOURNAL_SET:
                MADE(set, name);
                made_text(&state, act->set.name, PL_JOURNAL_NAME_BYTES - 1);
                made_text(&state, act->set.profile_name, 60);
                break;
        case PL_JOURNAL_ALARM:
        case PL_JOURNAL_NOTE:
                MADE(note, name);
                made_text(&state, act->note.name, PL_JOURNAL_NAME_BYTES - 1);
                made_text(&state, act->note.words, 100);
                break;
        case PL_JOURNAL_ORDER:
                MADE(order, by);
                made_text(&state, act->order.by, PL_JOURNAL_NAME_BYTES - 1);
                made_text(&state, act->order.workload, PL_JOURNAL_NAME_BYTES - 1);
                made_text(&state, act->order.words, 30);
                break;
        case PL_JOURNAL_GAP:
                MADE(gap, words);
                made_text(&state, act->gap.words, PL_JOURNAL_WORDS_BYTES - 1);
                break;
        default:
                MADE(workload, name);
                made_text(&state, act->workload.name, 50);
                made_text(&state, act->workload.profile_name, 50);
                made_text(&state, act->workload.path, 80);
        }
}

static inline void made_act_of(uint64_t number, uint32_t type, struct pl_journal_act *ret_act)
{
        memset(ret_act, 0, sizeof *ret_act);
        ret_act->at_usec = number * 7;
        ret_act->type = type;
        made_texts_of(number, ret_act);
}

/* Of a type that follows from the number as well. */
static inline void made_act(uint64_t number, struct pl_journal_act *ret_act)
{
        uint64_t state = ~number;

        made_act_of(number, 1 + (uint32_t) (made_bits(&state) % (PL_JOURNAL_SNAPSHOT - 1)),
                    ret_act);
}

/* Whether what was read is the act of its number. */
static inline bool made_is_act(const struct pl_journal_act *act)
{
        struct pl_journal_act wanted;

        made_act(act->sequence, &wanted);
        return act->at_usec == wanted.at_usec && act->type == wanted.type &&
               memcmp(&act->decision, &wanted.decision, sizeof wanted.decision) == 0;
}

/* Whether a record is whole by its own check, which the reader should not have needed: the numbers tell already. */
static inline bool made_is_whole(const struct pl_journal_record *record)
{
        return record->check == pl_journal_check(PL_JOURNAL_CHECK_SEED ^ record->sequence,
                                                 &record->at_usec,
                                                 PL_JOURNAL_RECORD_BYTES / sizeof(uint64_t) - 2);
}

/* The act that is next to be written. */
static inline void made_write_act(struct pl_journal_writer *writer)
{
        struct pl_journal_act act;

        made_act(writer->next[PL_JOURNAL_ACTS], &act);
        pl_journal_write_act(writer, &act);
}

enum { MADE_UPDATES_MAX = 96, MADE_OUTCOMES_MAX = 8 };

struct made_snapshot {
        struct pl_snapshot snapshot;
        struct pl_update updates[MADE_UPDATES_MAX];
        struct pl_outcome outcomes[MADE_OUTCOMES_MAX];
};

/* What is behind its id. */
static inline size_t made_update_size(const struct pl_update *update)
{
        static const size_t sizes[PL_UPDATE_KINDS] = {
                [PL_UPDATE_FACTS] = sizeof update->facts,
                [PL_UPDATE_SAMPLE] = sizeof update->sample,
                [PL_UPDATE_NODE] = sizeof update->sample,
                [PL_UPDATE_SETTINGS] = sizeof update->settings,
                [PL_UPDATE_STATE] = sizeof update->state,
                [PL_UPDATE_ENGINE] = sizeof update->state,
        };

        return sizes[update->kind];
}

static inline void made_update(uint64_t *state, struct pl_update *update)
{
        memset(update, 0, sizeof *update);
        update->kind = (uint32_t) (made_bits(state) % PL_UPDATE_KINDS);
        update->id = made_word(state);
        made_words(state, &update->facts, made_update_size(update));
}

/* What the room for updates and outcomes holds behind them stays as it is. */
static inline void made_snapshot(uint64_t number, size_t updates_max,
                                 struct made_snapshot *ret_made)
{
        struct pl_snapshot *snapshot = &ret_made->snapshot;
        uint64_t state = number;

        pl_assert(updates_max <= MADE_UPDATES_MAX);
        memset(snapshot, 0, sizeof *snapshot);
        snapshot->step = number;
        snapshot->now_usec = made_word(&state);
        snapshot->flags = (uint32_t) made_word(&state);
        snapshot->policy = (uint32_t) made_word(&state);
        made_words(&state, &snapshot->host, sizeof snapshot->host);
        snapshot->update_count = made_bits(&state) % (updates_max + 1);
        snapshot->outcome_count = made_bits(&state) % (MADE_OUTCOMES_MAX + 1);
        snapshot->updates = ret_made->updates;
        snapshot->outcomes = ret_made->outcomes;
        for (uint64_t i = 0; i < snapshot->update_count; i++)
                made_update(&state, &ret_made->updates[i]);
        made_words(&state, ret_made->outcomes,
                   snapshot->outcome_count * sizeof *ret_made->outcomes);
}

static inline bool made_same_snapshot(const struct pl_snapshot *a, const struct pl_snapshot *b)
{
        return a->step == b->step && a->now_usec == b->now_usec && a->flags == b->flags &&
               a->policy == b->policy && a->update_count == b->update_count &&
               a->outcome_count == b->outcome_count &&
               memcmp(&a->host, &b->host, sizeof a->host) == 0 &&
               memcmp(a->updates, b->updates, a->update_count * sizeof *a->updates) == 0 &&
               memcmp(a->outcomes, b->outcomes, a->outcome_count * sizeof *a->outcomes) == 0;
}

static inline struct pl_journal_space made_space(struct made_snapshot *made)
{
        return (struct pl_journal_space){ made->updates, MADE_UPDATES_MAX, made->outcomes,
                                          MADE_OUTCOMES_MAX };
}

/* The row that stands at this index in its nth writing. */
static inline void made_row(uint32_t index, uint64_t version, struct pl_journal_row *ret_row)
{
        uint64_t state = version * 65537 + index;

        memset(ret_row, 0, sizeof *ret_row);
        made_words(&state, ret_row, offsetof(struct pl_journal_row, name));
        ret_row->id = UINT64_C(1) + index;
        ret_row->at_usec = version;
        made_text(&state, ret_row->name, sizeof ret_row->name - 1);
        made_text(&state, ret_row->unit, sizeof ret_row->unit - 1);
        made_text(&state, ret_row->profile_name, sizeof ret_row->profile_name - 1);
        made_text(&state, ret_row->path, sizeof ret_row->path - 1);
}

static inline bool made_is_row(uint32_t index, const struct pl_journal_row *row)
{
        struct pl_journal_row wanted;

        made_row(index, row->at_usec, &wanted);
        return memcmp(row, &wanted, sizeof wanted) == 0;
}

static inline struct pl_journal_options made_options(void)
{
        return (struct pl_journal_options){ .file_bytes = PL_JOURNAL_BYTES_MIN,
                                            .boot_id = { 'b', 'o', 'o', 't' },
                                            .now_usec = 1000,
                                            .realtime_usec = 2000 };
}
