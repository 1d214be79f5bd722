/* SPDX-License-Identifier: Apache-2.0 */

/* What the daemon says of a limit is believed, but for one thing: a file that does not have what is wanted of it is not in
 * force, whatever is said. The other way round a state that is not "in force" is believed: what has the right value by
 * chance may be on its way elsewhere.
 *
 * Not all that is otherwise is anybody's concern. Whoever runs `diff` in a script wants to hear of what Plimsoll should
 * have brought about and has not, and not each time of a kernel without zswap.
 */

#include "live_standing.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"
#include "plimsoll/base/size.h"
#include "plimsoll/kernel/file.h"
#include "plimsoll/model/bounds.h"
#include "plimsoll/model/order.h"
#include "plimsoll/model/workload.h"

/* ---- one limit ---- */

/* As the kernel keeps it: whole pages, and no limit from 2^63 bytes on (page_counter_memparse(), mm/page_counter.c). */
static uint64_t rounded(const struct pl_live *live, enum pl_limit limit, uint64_t value)
{
        uint64_t page = live->reader.header.page_bytes;

        if (pl_limit_is_switch(limit) || page == 0)
                return value;
        return value >= UINT64_C(1) << 63 ? PL_SIZE_MAX : value - value % page;
}

/* Whether its file has what is wanted; false as well where the file was not read. */
static bool has_value(const struct pl_live *live, const struct pl_journal_row *row,
                      enum pl_limit limit)
{
        uint64_t value;

        return pl_live_limit(&row->limits, limit, &value) &&
               rounded(live, limit, value) == rounded(live, limit, row->standing.targets[limit]);
}

static bool is_read(const struct pl_journal_row *row, enum pl_limit limit)
{
        return row->limits.set >> limit & 1;
}

bool pl_standing_is_void(const struct pl_journal_row *row, enum pl_limit limit)
{
        uint64_t own = 0, effective = 0;

        pl_assert(row);

        return (limit == PL_LIMIT_MIN || limit == PL_LIMIT_LOW) &&
               pl_live_limit(&row->limits, limit, &own) && own > 0 &&
               pl_live_limit(&row->effective, limit, &effective) && effective == 0 &&
               PL_LIVE_HAS(row, current_bytes) && row->sample.current_bytes > 0;
}

static enum pl_standing_verdict judge_in_force(const struct pl_live *live,
                                               const struct pl_journal_row *row,
                                               enum pl_limit limit)
{
        if (is_read(row, limit) && !has_value(live, row, limit))
                return PL_STANDING_DIFFERS;
        return pl_standing_is_void(row, limit) ? PL_STANDING_LEFT : PL_STANDING_FINE;
}

static enum pl_standing_verdict judge_limit(const struct pl_live *live,
                                            const struct pl_journal_row *row, enum pl_limit limit)
{
        uint8_t cause = row->standing.causes[limit];

        switch (row->standing.states[limit]) {
        case PL_LIMIT_IN_FORCE:
                return judge_in_force(live, row, limit);
        case PL_LIMIT_OBSERVED:
                if (has_value(live, row, limit))
                        return PL_STANDING_FINE;
                return cause == PL_CAUSE_PAUSED ? PL_STANDING_DIFFERS : PL_STANDING_LEFT;
        case PL_LIMIT_LEFT:
                if (has_value(live, row, limit))
                        return PL_STANDING_FINE;
                return cause == PL_CAUSE_YIELD ? PL_STANDING_LEFT : PL_STANDING_DIFFERS;
        case PL_LIMIT_ABSENT:
                return PL_STANDING_LEFT;
        case PL_LIMIT_WAITING:
                return limit == PL_LIMIT_HIGH && cause == PL_CAUSE_NO_SWAP ? PL_STANDING_LEFT
                                                                           : PL_STANDING_DIFFERS;
        default:
                return PL_STANDING_DIFFERS;
        }
}

/* ---- the rest ---- */

/* What systemd does not know it does not write either: what is in the files is all there is to have. */
static enum pl_standing_verdict judge_unit(const struct pl_journal_row *row)
{
        uint8_t cause = row->standing.causes[PL_STANDING_UNIT];

        switch (row->standing.states[PL_STANDING_UNIT]) {
        case PL_LIMIT_UNSET:
                return PL_STANDING_NONE;
        case PL_LIMIT_IN_FORCE:
                return PL_STANDING_FINE;
        case PL_LIMIT_OBSERVED:
                return PL_STANDING_LEFT;
        case PL_LIMIT_REFUSED:
                return cause == PL_CAUSE_FILE_ABSENT ? PL_STANDING_LEFT : PL_STANDING_DIFFERS;
        default:
                return PL_STANDING_DIFFERS;
        }
}

bool pl_standing_has_score_left(const struct pl_journal_row *row)
{
        pl_assert(row);

        return row->standing.mode == PL_STANDING_RESTORED && row->standing.adjusted_count > 0;
}

bool pl_standing_is_unswept(const struct pl_journal_row *row)
{
        pl_assert(row);

        return row->flags & PL_CGROUP_POPULATED && row->standing.process_count == 0;
}

/* What is taken back may be that of a profile which nobody has any more. */
static enum pl_standing_verdict judge_score_adj(const struct pl_journal_row *row)
{
        const struct pl_journal_standing *standing = &row->standing;
        uint64_t done = (uint64_t) standing->adjusted_count + standing->own_count;

        if (standing->mode == PL_STANDING_RESTORED)
                return pl_standing_has_score_left(row) ? PL_STANDING_DIFFERS : PL_STANDING_NONE;
        if (!standing->has_score_adj)
                return PL_STANDING_NONE;
        if (done >= standing->process_count && !pl_standing_is_unswept(row))
                return PL_STANDING_FINE;
        return standing->mode == PL_STANDING_OBSERVED ? PL_STANDING_LEFT : PL_STANDING_DIFFERS;
}

static enum pl_standing_verdict judge_swappiness(const struct pl_journal_row *row)
{
        if (row->standing.swappiness == PL_SWAPPINESS_UNSET ||
            row->standing.mode == PL_STANDING_RESTORED)
                return PL_STANDING_NONE;
        return row->standing.swappiness == PL_SWAPPINESS_NONE ? PL_STANDING_LEFT : PL_STANDING_FINE;
}

enum pl_standing_verdict pl_standing_judge(const struct pl_live *live,
                                           const struct pl_journal_row *row, unsigned item)
{
        pl_assert(live && row);
        pl_assert(item < PL_STANDING_ITEMS);

        switch (item) {
        case PL_STANDING_UNIT:
                return judge_unit(row);
        case PL_STANDING_SCORE_ADJ:
                return judge_score_adj(row);
        case PL_STANDING_SWAPPINESS:
                return judge_swappiness(row);
        default:
                return row->standing.governed >> item & 1 ? judge_limit(live, row, item)
                                                          : PL_STANDING_NONE;
        }
}

enum pl_standing_verdict pl_standing_judge_all(const struct pl_live *live,
                                               const struct pl_journal_row *row)
{
        enum pl_standing_verdict worst = PL_STANDING_NONE;

        for (unsigned i = 0; i < PL_STANDING_ITEMS; i++) {
                enum pl_standing_verdict verdict = pl_standing_judge(live, row, i);

                worst = PL_MAX(worst, verdict);
        }
        return worst;
}

bool pl_standing_is_at_least(const struct pl_live *live, const struct pl_journal_row *row,
                             unsigned item, enum pl_standing_verdict least)
{
        enum pl_standing_verdict verdict = pl_standing_judge(live, row, item);

        return verdict != PL_STANDING_NONE && verdict >= least;
}

bool pl_standing_is_slice(const struct pl_journal_row *row)
{
        pl_assert(row);

        return row->id != 0 && row->kind == PL_WORKLOAD_HOLDER && row->standing.governed != 0;
}

void pl_standing_count_row(const struct pl_live *live, const struct pl_journal_row *row,
                           struct pl_standing_count *count)
{
        enum pl_standing_verdict verdict = pl_standing_judge_all(live, row);

        pl_assert(count);

        count->wanted += verdict != PL_STANDING_NONE;
        count->slices += verdict != PL_STANDING_NONE && pl_standing_is_slice(row);
        count->differing += verdict == PL_STANDING_DIFFERS;
}

/* ---- the whole board ---- */

static int compare(const void *left, const void *right)
{
        const struct pl_journal_row *a = left, *b = right;

        return (a->id > b->id) - (a->id < b->id);
}

int pl_standing_open(const struct pl_live *live, struct pl_standing_board *ret_board)
{
        uint32_t used = pl_journal_rows_used(&live->reader);

        pl_assert(ret_board);

        *ret_board = (struct pl_standing_board){ .live = live, .vm_swappiness = -1 };
        ret_board->rows = malloc(PL_MAX(used, 1U) * sizeof *ret_board->rows);
        if (!ret_board->rows)
                return -ENOMEM;
        for (uint32_t i = 0; i < used; i++)
                if (pl_journal_read_row(&live->reader, i, &ret_board->rows[ret_board->row_count]) ==
                    0)
                        ret_board->row_count++;
        qsort(ret_board->rows, ret_board->row_count, sizeof *ret_board->rows, compare);
        return 0;
}

void pl_standing_close(struct pl_standing_board *board)
{
        pl_assert(board);

        free(board->rows);
        board->rows = NULL;
        board->row_count = 0;
}

/* What it would do at once: nobody can say here how far a memory.max that is below the use would come. */
static void rehearse_limit(const struct pl_live *live, struct pl_journal_row *row,
                           enum pl_limit limit)
{
        struct pl_journal_standing *standing = &row->standing;
        uint8_t *state = &standing->states[limit];

        if (*state != PL_LIMIT_OBSERVED || standing->causes[limit] == PL_CAUSE_KUBELET)
                return;
        if (!is_read(row, limit))
                *state = PL_LIMIT_ABSENT;
        else if (has_value(live, row, limit))
                *state = PL_LIMIT_IN_FORCE;
        else if (limit == PL_LIMIT_MAX && PL_LIVE_HAS(row, current_bytes) &&
                 row->sample.current_bytes > standing->targets[limit])
                *state = PL_LIMIT_LOWERING;
        else
                *state = PL_LIMIT_ORDERED;
}

/* Nobody was at its processes; of the first of them the board has what it has, and that stands for all. */
static void rehearse_score_adj(struct pl_journal_row *row)
{
        struct pl_journal_standing *standing = &row->standing;
        int32_t score_adj;

        if (!pl_standing_is_unswept(row) || !pl_live_score_adj(row, &score_adj))
                return;
        standing->process_count = 1;
        standing->adjusted_count = score_adj == standing->score_adj;
}

static void rehearse(const struct pl_live *live, struct pl_journal_row *row)
{
        struct pl_journal_standing *standing = &row->standing;

        if (standing->mode != PL_STANDING_OBSERVED || standing->backend == PL_BACKEND_OBSERVED ||
            standing->backend == PL_BACKEND_NONE ||
            row->flags & (PL_CGROUP_PAUSED | PL_CGROUP_RESTORED))
                return;
        standing->mode = PL_STANDING_APPLIED;
        for (unsigned i = 0; i < PL_LIMIT_COUNT; i++)
                if (standing->governed >> i & 1)
                        rehearse_limit(live, row, i);
        if (standing->has_score_adj)
                rehearse_score_adj(row);
}

void pl_standing_rehearse(struct pl_standing_board *board)
{
        pl_assert(board && board->live);

        board->rehearsal = true;
        for (size_t i = 0; i < board->row_count; i++)
                rehearse(board->live, &board->rows[i]);
}

int64_t pl_standing_read_swappiness(void)
{
        _cleanup_close_ int proc_fd = open("/proc", O_RDONLY | O_CLOEXEC | O_DIRECTORY);
        static struct pl_file_buffer buffer;
        uint64_t value;

        if (proc_fd < 0 || pl_file_read(proc_fd, "sys/vm/swappiness", &buffer) != 0 ||
            pl_file_parse_u64(pl_file_span(&buffer), &value) != 0 || value > INT64_MAX)
                return -1;
        return (int64_t) value;
}

static const struct pl_journal_row *find(const struct pl_standing_board *board, uint64_t id)
{
        const struct pl_journal_row key = { .id = id };

        return id == 0 ? NULL : bsearch(&key, board->rows, board->row_count, sizeof key, compare);
}

/* Whether it is for this cgroup that a limit of one below it comes to less than what is set. */
static bool takes_away(const struct pl_journal_row *holder, enum pl_limit limit, uint64_t wanted,
                       uint64_t effective)
{
        uint64_t own;

        if (!pl_live_limit(&holder->limits, limit, &own) || own >= wanted)
                return false;
        if (limit == PL_LIMIT_MIN || limit == PL_LIMIT_LOW)
                return effective > 0 || own == 0;
        return own == effective;
}

const struct pl_journal_row *pl_standing_find_holder(const struct pl_standing_board *board,
                                                     const struct pl_journal_row *row,
                                                     enum pl_limit limit)
{
        const struct pl_journal_row *holder = row;
        uint64_t wanted, effective;

        pl_assert(board && row);

        if (!pl_live_limit(&row->limits, limit, &wanted) ||
            !pl_live_limit(&row->effective, limit, &effective))
                return NULL;
        for (unsigned i = 0; i < PL_WORKLOAD_DEPTH_MAX; i++) {
                holder = find(board, holder->parent_id);
                if (!holder)
                        return NULL;
                if (takes_away(holder, limit, wanted, effective))
                        return holder;
        }
        return NULL;
}
