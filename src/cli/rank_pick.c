/* SPDX-License-Identifier: Apache-2.0 */

/* The ranking has numbers of cgroups, and at most 64 of them: those who would go first, and the largest of those who may not.
 * Names, and why all the others may not be taken, are in the rows. The two are not written in one, so somebody may be in the
 * ranking who is on the board no more.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"
#include "plimsoll/engine/engine.h"
#include "rank.h"

/* ---- the board ---- */

int pl_rank_open(const struct pl_live *live, const struct pl_roots *roots,
                 struct pl_rank_board *ret_board)
{
        uint32_t used = pl_journal_rows_used(&live->reader);
        int r;

        pl_assert(live);
        pl_assert(ret_board);

        *ret_board = (struct pl_rank_board){ .live = live, .roots = roots };
        ret_board->host = live->host.sample;
        r = pl_journal_read_ranking(&live->reader, &ret_board->ranking);
        if (r != 0)
                return r;
        ret_board->rows = malloc(PL_MAX(used, 1U) * sizeof *ret_board->rows);
        if (!ret_board->rows)
                return -ENOMEM;
        for (uint32_t i = 0; i < used; i++) {
                struct pl_journal_row *row = &ret_board->rows[ret_board->row_count];

                if (pl_journal_read_row(&live->reader, i, row) == 0 && pl_live_is_workload(row))
                        ret_board->row_count++;
        }
        return 0;
}

void pl_rank_close(struct pl_rank_board *board)
{
        pl_assert(board);

        free(board->rows);
        *board = (struct pl_rank_board){};
}

/* ---- who is in it ---- */

static const struct pl_journal_row *row_of(const struct pl_rank_board *board, uint64_t id)
{
        for (size_t i = 0; i < board->row_count; i++)
                if (board->rows[i].id == id)
                        return &board->rows[i];
        return NULL;
}

static bool is_in_ranking(const struct pl_journal_ranking *ranking, uint64_t id)
{
        for (uint32_t i = 0; i < ranking->count; i++)
                if (ranking->candidates[i].id == id)
                        return true;
        return false;
}

static void add(struct pl_rank *rank, const struct pl_candidate *candidate,
                const struct pl_journal_row *row)
{
        struct pl_rank_entry *entry = &rank->entries[rank->count++];
        struct pl_text name;

        entry->candidate = *candidate;
        entry->row = row;
        pl_text_init(&name, entry->name, sizeof entry->name);
        if (row)
                pl_live_add_raw_name(&name, row);
        else
                pl_text_addf(&name, "cgroup %llu", (unsigned long long) candidate->id);
}

/* A writer ranks from 1 on and without a gap; what is otherwise is taken for not ranked. */
static void add_listed(struct pl_rank *rank)
{
        const struct pl_journal_ranking *ranking = &rank->board->ranking;

        for (uint32_t i = 0; i < ranking->count; i++)
                if (ranking->candidates[i].rank == i + 1 && rank->ranked_count == i) {
                        add(rank, &ranking->candidates[i],
                            row_of(rank->board, ranking->candidates[i].id));
                        rank->ranked_count++;
                }
        for (uint32_t i = (uint32_t) rank->ranked_count; i < ranking->count; i++)
                add(rank, &ranking->candidates[i], row_of(rank->board, ranking->candidates[i].id));
        rank->listed_count = rank->count;
}

/* What its row tells of why it may not be taken. Which rungs it has, and what became of a kill, no row tells. */
static enum pl_turn turn_of(const struct pl_journal_row *row)
{
        const struct pl_cgroup_facts facts = {
                .id = row->id,
                .parent_id = row->parent_id,
                .flags = row->flags | PL_CGROUP_WORKLOAD,
                .profile = row->profile,
                .order = row->order,
                .score_adj = row->score_adj,
                .rungs = UINT32_MAX,
        };
        enum pl_turn turn = pl_engine_turn(&facts);

        return turn == PL_TURN_NEXT && !PL_LIVE_HAS(row, current_bytes) ? PL_TURN_UNKNOWN : turn;
}

static void add_others(struct pl_rank *rank)
{
        const struct pl_rank_board *board = rank->board;

        for (size_t i = 0; i < board->row_count; i++) {
                const struct pl_journal_row *row = &board->rows[i];
                const struct pl_candidate candidate = {
                        .id = row->id,
                        .turn = turn_of(row),
                        .order = row->order,
                };

                if (!is_in_ranking(&board->ranking, row->id))
                        add(rank, &candidate, row);
        }
}

bool pl_rank_is_safe(const struct pl_rank_entry *entry)
{
        return entry->candidate.rank == 0 && entry->candidate.turn != PL_TURN_NEXT;
}

static uint64_t size_of(const struct pl_rank_entry *entry)
{
        return entry->row && PL_LIVE_HAS(entry->row, current_bytes)
                       ? entry->row->sample.current_bytes
                       : 0;
}

/* The largest first, and by name and id where that is equal, so that the order is one and the same each time. */
static int compare_others(const void *left, const void *right)
{
        const struct pl_rank_entry *a = left, *b = right;
        uint64_t a_size = size_of(a), b_size = size_of(b);
        int r = (b_size > a_size) - (b_size < a_size);

        if (r == 0)
                r = strcmp(a->name, b->name);
        return r != 0 ? r
                      : (a->candidate.id > b->candidate.id) - (a->candidate.id < b->candidate.id);
}

static void count_others(struct pl_rank *rank)
{
        for (size_t i = rank->ranked_count; i < rank->count; i++) {
                const struct pl_rank_entry *entry = &rank->entries[i];

                if (!pl_rank_is_safe(entry))
                        rank->behind_count++;
                else if (entry->candidate.turn < PL_TURNS)
                        rank->safe_counts[entry->candidate.turn]++;
        }
}

int pl_rank_pick(const struct pl_rank_board *board, struct pl_rank *ret_rank)
{
        pl_assert(board);
        pl_assert(board->ranking.count <= PL_CANDIDATES_MAX);
        pl_assert(ret_rank);

        *ret_rank = (struct pl_rank){ .board = board };
        ret_rank->entries = calloc(board->row_count + PL_CANDIDATES_MAX, sizeof *ret_rank->entries);
        if (!ret_rank->entries)
                return -ENOMEM;
        add_listed(ret_rank);
        pl_rank_ask_kernel(ret_rank);
        add_others(ret_rank);
        qsort(ret_rank->entries + ret_rank->listed_count, ret_rank->count - ret_rank->listed_count,
              sizeof *ret_rank->entries, compare_others);
        count_others(ret_rank);
        return 0;
}

void pl_rank_done(struct pl_rank *rank)
{
        pl_assert(rank);

        free(rank->entries);
        *rank = (struct pl_rank){};
}
