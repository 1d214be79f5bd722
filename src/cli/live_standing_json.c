/* SPDX-License-Identifier: Apache-2.0 */

#include "live_standing.h"
#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"
#include "plimsoll/journal/sentence.h"

static const char *verdict_word(enum pl_standing_verdict verdict)
{
        static const char *const words[] = {
                [PL_STANDING_NONE] = NULL,
                [PL_STANDING_FINE] = "as-wanted",
                [PL_STANDING_LEFT] = "left",
                [PL_STANDING_DIFFERS] = "differs",
        };

        return words[verdict];
}

static void put_why(struct pl_json_writer *writer, const struct pl_standing_board *board,
                    const struct pl_journal_row *row, unsigned item)
{
        const struct pl_cli_style style = { .unicode = true };
        struct pl_live_sentence sentence;

        pl_live_put_words(writer, "verdict",
                          verdict_word(pl_standing_judge(board->live, row, item)));
        pl_standing_add_words(pl_live_begin(&sentence), style, board, row, item);
        pl_json_put_string(writer, "why", pl_text_span(&sentence.text));
}

static void put_state(struct pl_json_writer *writer, const struct pl_journal_row *row,
                      unsigned item)
{
        pl_live_put_words(writer, "state", pl_journal_limit_state_word(row->standing.states[item]));
        pl_live_put_words(writer, "cause", pl_journal_limit_cause_word(row->standing.causes[item]));
}

static void put_value(struct pl_json_writer *writer, const char *key,
                      const struct pl_journal_limits *limits, enum pl_limit limit)
{
        uint64_t value;

        if (pl_live_limit(limits, limit, &value))
                pl_live_put_limit(writer, key, limit, value);
        else
                pl_json_put_null(writer, key);
}

static void put_limit(struct pl_json_writer *writer, const struct pl_standing_board *board,
                      const struct pl_journal_row *row, enum pl_limit limit)
{
        pl_json_key(writer, pl_limit_file(limit));
        pl_json_object_begin(writer);
        pl_live_put_limit(writer, "intended", limit, row->standing.targets[limit]);
        put_value(writer, "actual", &row->limits, limit);
        put_value(writer, "effective", &row->effective, limit);
        put_state(writer, row, limit);
        put_why(writer, board, row, limit);
        pl_json_object_end(writer);
}

static void put_unit(struct pl_json_writer *writer, const struct pl_standing_board *board,
                     const struct pl_journal_row *row)
{
        pl_json_object_begin(writer);
        put_state(writer, row, PL_STANDING_UNIT);
        put_why(writer, board, row, PL_STANDING_UNIT);
        pl_json_object_end(writer);
}

static void put_score_adj(struct pl_json_writer *writer, const struct pl_standing_board *board,
                          const struct pl_journal_row *row)
{
        int32_t score_adj;

        pl_json_object_begin(writer);
        if (row->standing.mode == PL_STANDING_RESTORED)
                pl_json_put_null(writer, "intended");
        else
                pl_json_put_i64(writer, "intended", row->standing.score_adj);
        if (pl_live_score_adj(row, &score_adj))
                pl_json_put_i64(writer, "actual", score_adj);
        else
                pl_json_put_null(writer, "actual");
        pl_json_put_u64(writer, "processes", row->standing.process_count);
        pl_json_put_u64(writer, "adjusted", row->standing.adjusted_count);
        pl_json_put_u64(writer, "own", row->standing.own_count);
        put_why(writer, board, row, PL_STANDING_SCORE_ADJ);
        pl_json_object_end(writer);
}

static void put_swappiness(struct pl_json_writer *writer, const struct pl_standing_board *board,
                           const struct pl_journal_row *row)
{
        pl_json_object_begin(writer);
        pl_live_put_words(writer, "means", pl_journal_swappiness_word(row->standing.swappiness));
        put_why(writer, board, row, PL_STANDING_SWAPPINESS);
        pl_json_object_end(writer);
}

static void put_others(struct pl_json_writer *writer, const struct pl_standing_board *board,
                       const struct pl_journal_row *row, enum pl_standing_verdict least)
{
        static const struct {
                const char *key;
                unsigned item;
                void (*put)(struct pl_json_writer *writer, const struct pl_standing_board *board,
                            const struct pl_journal_row *row);
        } others[] = {
                { "unit_properties", PL_STANDING_UNIT, put_unit },
                { "oom_score_adj", PL_STANDING_SCORE_ADJ, put_score_adj },
                { "swappiness", PL_STANDING_SWAPPINESS, put_swappiness },
        };

        for (size_t i = 0; i < PL_ARRAY_LENGTH(others); i++) {
                if (!pl_standing_is_at_least(board->live, row, others[i].item, least)) {
                        pl_json_put_null(writer, others[i].key);
                        continue;
                }
                pl_json_key(writer, others[i].key);
                others[i].put(writer, board, row);
        }
}

void pl_standing_put(struct pl_json_writer *writer, const char *key,
                     const struct pl_standing_board *board, const struct pl_journal_row *row,
                     enum pl_standing_verdict least)
{
        pl_assert(writer && board);
        pl_assert(row);

        pl_json_key(writer, key);
        pl_json_object_begin(writer);
        pl_live_put_words(writer, "verdict", verdict_word(pl_standing_judge_all(board->live, row)));
        pl_live_put_words(writer, "backend", pl_journal_backend_word(row->standing.backend));
        pl_live_put_words(writer, "mode", pl_journal_mode_word(row->standing.mode));
        pl_json_put_u64(writer, "drifts", row->standing.drift_count);
        pl_json_key(writer, "limits");
        pl_json_object_begin(writer);
        for (unsigned i = 0; i < PL_LIMIT_COUNT; i++)
                if (pl_standing_is_at_least(board->live, row, i, least))
                        put_limit(writer, board, row, i);
        pl_json_object_end(writer);
        put_others(writer, board, row, least);
        pl_json_object_end(writer);
}
