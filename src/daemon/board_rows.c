/* SPDX-License-Identifier: Apache-2.0 */

/* A row that is taken has a bit; the lowest that is free is taken next, so that readers have few rows to look through. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "board_internal.h"
#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"
#include "plimsoll/journal/sentence.h"

enum { PLACES_FIRST = 256 };

struct pl_facts_policy pl_board_policy(const struct pl_board *board)
{
        return (struct pl_facts_policy){ board->policy, board->host };
}

int pl_board_grow(struct pl_board *board, uint32_t index)
{
        uint32_t count = PL_MAX(board->place_count, (uint32_t) PLACES_FIRST);
        struct pl_board_place *places;

        while (count <= index)
                count *= 2;
        if (count == board->place_count)
                return 0;
        places = reallocarray(board->places, count, sizeof *places);
        if (!places)
                return -ENOMEM;
        for (uint32_t i = board->place_count; i < count; i++)
                places[i] = (struct pl_board_place){ .row = PL_BOARD_NO_ROW,
                                                     .enforced = PL_POOL_NONE };
        board->places = places;
        board->place_count = count;
        return 0;
}

uint32_t pl_board_row_at(const struct pl_board *board, uint32_t index)
{
        return index < board->place_count ? board->places[index].row : PL_BOARD_NO_ROW;
}

uint32_t pl_board_take_row(struct pl_board *board)
{
        uint64_t row_count = board->options.logbook->writer.layout.row_count;

        for (uint32_t i = 0; i < PL_BOARD_WORDS; i++) {
                uint32_t row;

                if (board->rows[i] == UINT64_MAX)
                        continue;
                row = i * 64 + (uint32_t) __builtin_ctzll(~board->rows[i]);
                if (row >= row_count)
                        break;
                board->rows[i] |= UINT64_C(1) << row % 64;
                board->row_count++;
                return row;
        }
        return PL_BOARD_NO_ROW;
}

void pl_board_give_row_back(struct pl_board *board, uint32_t row)
{
        pl_assert(board->rows[row / 64] >> row % 64 & 1);

        board->rows[row / 64] &= ~(UINT64_C(1) << row % 64);
        board->row_count--;
        pl_journal_clear_row(&board->options.logbook->writer, row);
}

bool pl_board_read_row(const struct pl_board *board, uint32_t row, struct pl_journal_row *ret_row)
{
        return pl_journal_read_row(&board->options.logbook->mirror, row, ret_row) == 0;
}

bool pl_board_find(const struct pl_board *board, uint64_t id, uint32_t *ret_index,
                   struct pl_journal_row *ret_row)
{
        uint32_t number;

        if (pl_census_find(&board->census, id, ret_index) != 0)
                return false;
        number = pl_board_row_at(board, *ret_index);
        return number != PL_BOARD_NO_ROW && pl_board_read_row(board, number, ret_row) &&
               ret_row->id == id;
}

void pl_board_find_name(const void *from, uint64_t id, char name[PL_JOURNAL_NAME_BYTES])
{
        struct pl_journal_row row;
        uint32_t index;

        name[0] = '\0';
        if (pl_board_find(from, id, &index, &row))
                pl_journal_set_name(name, &row);
}

void pl_board_count(struct pl_board *board, const struct pl_journal_row *row, uint32_t by)
{
        if (!(row->flags & PL_CGROUP_WORKLOAD))
                return;
        board->workload_count += by;
        if (row->flags & PL_CGROUP_PROFILE)
                board->profile_count += by;
}

void pl_board_put_row(struct pl_board *board, uint32_t index, const struct pl_journal_row *before,
                      const struct pl_journal_row *row, uint64_t now_usec)
{
        struct pl_board_place *place = &board->places[index];
        const struct pl_facts_policy policy = pl_board_policy(board);
        struct pl_cgroup_facts facts = pl_facts_of(&policy, row);
        struct pl_cgroup_facts facts_before = {};
        int r;

        /* A number of a profile is one of the policy in force, or there is none. */
        pl_assert(place->policy == board->policy_number || !(row->flags & PL_CGROUP_PROFILE));

        if (before->id != 0) {
                pl_board_count(board, before, UINT32_MAX);
                if (place->told == board->policy_number)
                        facts_before = pl_facts_of(&policy, before);
        }
        pl_board_count(board, row, 1);
        r = pl_journal_put_row(&board->options.logbook->writer, place->row, row);
        pl_assert(r == 0);
        /* The engine meets whoever has a name, or is waited for no longer: it asks once whether he has come back. */
        if (place->told == 0 && pl_board_awaits_names(board, index))
                return;
        place->told = board->policy_number;
        if (memcmp(&facts, &facts_before, sizeof facts) != 0)
                pl_steps_add_facts(board->options.steps, now_usec, &facts);
}
