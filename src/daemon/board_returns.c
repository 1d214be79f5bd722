/* SPDX-License-Identifier: Apache-2.0 */

/* Who ends a service with the signal that it knows wants to see it come back, and whether it does is systemd's to say. It is
 * asked ahead of time, for a shortage does not wait: when the service is there and again when units were read anew. Until
 * there is an answer it counts as one that stays away; until there is another, the last one holds.
 *
 * Anybody with cgroups of his own can have one that is called like a service of somebody else's. So the answer counts only
 * for the cgroup that systemd says is the service's.
 */

#include <string.h>

#include "board_internal.h"
#include "plimsoll/base/assert.h"

void pl_board_set_bus(struct pl_board *board, struct pl_bus *bus)
{
        pl_assert(board);

        board->bus = bus;
        memset(board->questions, 0, sizeof board->questions);
        /* Nobody has told of a reload in between. */
        pl_board_on_reloaded(board);
}

void pl_board_on_reloaded(struct pl_board *board)
{
        pl_assert(board->units > 0);

        board->units++;
}

/* ---- asking ---- */

/* A free place; NULL: as many as there may be wait, or this one does. */
static struct pl_board_question *find_place(struct pl_board *board, uint64_t id)
{
        struct pl_board_question *found = NULL;

        for (uint32_t i = 0; i < PL_BOARD_QUESTIONS; i++) {
                struct pl_board_question *question = &board->questions[i];

                if (question->id == id)
                        return NULL;
                if (question->id == 0)
                        found = question;
        }
        return found;
}

static bool matters(const struct pl_board *board, uint32_t index)
{
        const struct pl_facts_policy policy = pl_board_policy(board);
        struct pl_journal_row row;

        return pl_board_read_row(board, board->places[index].row, &row) &&
               row.flags & PL_CGROUP_PROFILE &&
               pl_facts_of(&policy, &row).rungs >> PL_RUNG_TERM & 1;
}

void pl_board_ask_returns(struct pl_board *board, uint32_t index)
{
        const struct pl_census_entry *entry = pl_census_at(&board->census, index);
        struct pl_board_question *question;
        uint64_t tag;

        if (!board->bus || entry->standing.kind != PL_WORKLOAD_SERVICE ||
            pl_board_row_at(board, index) == PL_BOARD_NO_ROW ||
            board->places[index].units == board->units)
                return;
        question = find_place(board, entry->id);
        if (!question || !matters(board, index))
                return;
        tag = PL_BOARD_TAG << 48 | (uint64_t) (question - board->questions);
        if (pl_bus_ask_service(board->bus, tag, entry->name) == 0)
                *question = (struct pl_board_question){ entry->id, board->units };
}

/* ---- the answer ---- */

static bool is_its_own(const struct pl_board *board, uint32_t index,
                       const struct pl_bus_service *service)
{
        char buffer[PL_CGROUP_PATH_MAX + 1];
        struct pl_text path;

        pl_text_init(&path, buffer, sizeof buffer);
        pl_census_path(&board->census, index, &path);
        return !path.cut && strcmp(path.data, service->path) == 0;
}

static void show(struct pl_board *board, uint32_t index, uint64_t now_usec)
{
        const struct pl_board_place *place = &board->places[index];
        struct pl_journal_row row, before;

        /* One that is to be matched anew is shown with it then. */
        if (place->policy != board->policy_number || !pl_board_read_row(board, place->row, &row) ||
            place->returns == ((row.flags & PL_CGROUP_RETURNS) != 0))
                return;
        before = row;
        row.flags ^= PL_CGROUP_RETURNS;
        pl_board_put_row(board, index, &before, &row, now_usec);
}

bool pl_board_on_service(struct pl_board *board, uint64_t tag, const struct pl_bus_service *service,
                         uint64_t now_usec)
{
        struct pl_board_question question;
        uint64_t number = tag & UINT32_MAX;
        uint32_t index;

        if (tag >> 48 != PL_BOARD_TAG)
                return false;
        pl_assert(number < PL_BOARD_QUESTIONS);
        question = board->questions[number];
        board->questions[number] = (struct pl_board_question){};
        /* It may have gone since. */
        if (question.id == 0 || pl_census_find(&board->census, question.id, &index) != 0 ||
            pl_board_row_at(board, index) == PL_BOARD_NO_ROW)
                return true;
        board->places[index].units = question.units;
        board->places[index].returns = service && is_its_own(board, index, service) &&
                                       pl_bus_returns(service);
        show(board, index, now_usec);
        return true;
}
