/* SPDX-License-Identifier: Apache-2.0 */

#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"
#include "plimsoll/journal/sentence.h"
#include "rank.h"

static void put_unless_zero(struct pl_json_writer *writer, const char *key, uint64_t value)
{
        if (value == 0)
                pl_json_put_null(writer, key);
        else
                pl_json_put_u64(writer, key, value);
}

static void put_who(struct pl_json_writer *writer, const struct pl_rank_entry *entry)
{
        const struct pl_journal_row *row = entry->row;

        pl_json_put_string(writer, "name", pl_span_of(entry->name));
        pl_live_put_words(writer, "kind", row ? pl_live_kind_word(row) : NULL);
        pl_json_put_u64(writer, "cgroup_id", entry->candidate.id);
        pl_live_put_words(writer, "path", row ? row->path : NULL);
        pl_live_put_words(writer, "profile",
                          row && pl_live_has_profile(row) ? row->profile_name : NULL);
}

static void put_kernels(struct pl_json_writer *writer, const struct pl_rank_entry *entry)
{
        put_unless_zero(writer, "kernels_rank", entry->kernels);
        if (entry->score_from == PL_RANK_SCORE_NONE)
                pl_json_put_null(writer, "oom_score");
        else
                pl_json_put_u64(writer, "oom_score", entry->score);
        pl_json_put_bool(writer, "oom_score_estimated",
                         entry->score_from == PL_RANK_SCORE_ESTIMATED);
}

/* Of those that are not in the ranking, no amounts are known. */
static void put_entry(struct pl_json_writer *writer, const struct pl_rank_entry *entry,
                      bool is_listed)
{
        const struct pl_candidate *candidate = &entry->candidate;

        pl_json_object_begin(writer);
        put_unless_zero(writer, "rank", candidate->rank);
        put_who(writer, entry);
        pl_live_put_words(writer, "turn", pl_journal_turn_word(candidate->turn));
        pl_live_put_words(writer, "why", pl_rank_reason(candidate->turn, entry->row));
        pl_json_put_i64(writer, "order", candidate->order);
        if (is_listed) {
                pl_json_put_u64(writer, "over_promise_bytes", candidate->over_promise_bytes);
                pl_json_put_bool(writer, "leaks", candidate->leaks != 0);
                pl_json_put_u64(writer, "growth_bytes_per_second", candidate->growth_bytes_per_sec);
                pl_json_put_u64(writer, "gives_back_bytes", candidate->gives_back_bytes);
                pl_json_put_u64(writer, "stays_bytes", candidate->stays_bytes);
        }
        put_kernels(writer, entry);
        pl_json_object_end(writer);
}

static void put_difference(struct pl_json_writer *writer, const struct pl_rank *rank)
{
        char buffer[1024];
        struct pl_text why;

        if (!rank->ours) {
                pl_json_put_null(writer, "first_difference");
                return;
        }
        pl_text_init(&why, buffer, sizeof buffer);
        pl_rank_add_why(&why, (struct pl_cli_style){ .unicode = true }, rank->ours, rank->kernels);
        pl_json_key(writer, "first_difference");
        pl_json_object_begin(writer);
        pl_json_put_u64(writer, "ours", rank->ours->candidate.id);
        pl_json_put_u64(writer, "kernels", rank->kernels->candidate.id);
        pl_json_put_string(writer, "why", pl_text_span(&why));
        pl_json_object_end(writer);
}

static void put_counts(struct pl_json_writer *writer, const struct pl_rank *rank)
{
        pl_json_put_u64(writer, "ranked_count", rank->ranked_count);
        pl_json_put_u64(writer, "behind_count", rank->behind_count);
        pl_json_key(writer, "safe_counts");
        pl_json_object_begin(writer);
        for (enum pl_turn i = PL_TURN_PROTECTED; i < PL_TURNS; i++)
                pl_json_put_u64(writer, pl_journal_turn_word(i), rank->safe_counts[i]);
        pl_json_object_end(writer);
}

static void put_entries(struct pl_json_writer *writer, const struct pl_rank *rank,
                        const struct pl_rank_request *request)
{
        pl_json_key(writer, "workloads");
        pl_json_array_begin(writer);
        for (size_t i = 0; i < rank->count; i++) {
                const struct pl_rank_entry *entry = &rank->entries[i];

                if (pl_rank_is_asked_for(request, entry) ||
                    (request->all && request->name_count == 0 && pl_rank_is_safe(entry)))
                        put_entry(writer, entry, i < rank->listed_count);
        }
        pl_json_array_end(writer);
}

void pl_rank_print_json(struct pl_cli *cli, const struct pl_rank *rank,
                        const struct pl_rank_request *request)
{
        const struct pl_rank_board *board = rank->board;
        struct pl_json_writer writer;

        pl_assert(cli);
        pl_assert(board && board->live);

        pl_cli_json_begin(cli, &writer);
        if (!board->is_replayed)
                pl_live_put_health(&writer, board->live);
        pl_json_put_bool(&writer, "replayed", board->is_replayed);
        pl_live_put_time(&writer, "ranked_at", board->live, board->ranking.at_usec);
        pl_json_put_u64(&writer, "step", board->ranking.step);
        put_unless_zero(&writer, "need_bytes", board->ranking.need_bytes);
        put_counts(&writer, rank);
        put_difference(&writer, rank);
        put_entries(&writer, rank, request);
        pl_cli_json_end(&writer);
}
