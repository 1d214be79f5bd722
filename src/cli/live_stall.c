/* SPDX-License-Identifier: Apache-2.0 */

/* The kernel counts for how long tasks stood still, since boot; of which share of the last seconds takes a count of some
 * seconds ago as well, and the ring of samples has those. It is gone through once, from its end, for all rows together: a
 * reading counts for its row as long as none of ten seconds ago was found. What lies a minute back is no answer any more.
 */

#include <errno.h>
#include <stdlib.h>

#include "live_view.h"
#include "plimsoll/base/assert.h"
#include "plimsoll/base/clock.h"
#include "plimsoll/base/macro.h"
#include "plimsoll/base/ratio.h"
#include "plimsoll/base/table.h"
#include "plimsoll/journal/cursor.h"
#include "replay.h"

#define WANTED_USEC   (10 * PL_USEC_PER_SEC)
#define LEAST_USEC    (1 * PL_USEC_PER_SEC) /* less is one hiccup */
#define FARTHEST_USEC PL_USEC_PER_MINUTE

enum { UPDATES_FIRST = 1024 };

struct reading {
        uint64_t at_usec, some_usec, full_usec;
};

struct search {
        const struct pl_live *live;
        const struct pl_journal_row *rows;
        struct pl_live_stall *host, *stalls;
        struct pl_table places; /* of a row, by its id */
        size_t open_count; /* rows and the host, of which nothing of ten seconds ago was found yet */
        struct pl_journal_space space;
};

static void done(struct search *search)
{
        pl_table_done(&search->places);
        free(search->space.updates);
        free(search->space.outcomes);
}

static bool is_settled(const struct pl_live_stall *stall)
{
        return stall->over_usec >= WANTED_USEC;
}

static uint32_t share(uint64_t part_usec, uint64_t over_usec)
{
        return (uint32_t) PL_MIN((uint64_t) pl_ratio_permyriad(part_usec, over_usec), PL_PERMYRIAD);
}

/* Nothing where a count is smaller than it was: it began anew. */
static void measure(struct search *search, struct pl_live_stall *stall, const struct reading *now,
                    const struct reading *then)
{
        uint64_t over_usec = now->at_usec - then->at_usec;

        if (is_settled(stall) || then->at_usec >= now->at_usec || over_usec < LEAST_USEC ||
            now->some_usec < then->some_usec || now->full_usec < then->full_usec)
                return;
        stall->over_usec = over_usec;
        stall->some_permyriad = share(now->some_usec - then->some_usec, over_usec);
        stall->full_permyriad = share(now->full_usec - then->full_usec, over_usec);
        if (is_settled(stall)) {
                pl_assert(search->open_count > 0);
                search->open_count--;
        }
}

static bool host_reading(const struct pl_host_sample *sample, struct reading *ret_reading)
{
        const uint64_t needed = PL_HOST_BIT(some_usec) | PL_HOST_BIT(full_usec);

        *ret_reading = (struct reading){ sample->at_usec, sample->some_usec, sample->full_usec };
        return (sample->have & needed) == needed;
}

static bool cgroup_reading(const struct pl_cgroup_sample *sample, struct reading *ret_reading)
{
        const uint64_t needed = PL_CGROUP_BIT(some_usec) | PL_CGROUP_BIT(full_usec);

        *ret_reading = (struct reading){ sample->at_usec, sample->some_usec, sample->full_usec };
        return (sample->have & needed) == needed;
}

static void take_update(struct search *search, const struct pl_update *update)
{
        struct reading now, then;
        uint32_t place;

        if (update->kind != PL_UPDATE_SAMPLE || update->id == 0 || !search->places.slots ||
            pl_table_find(&search->places, update->id, &place) != 0)
                return;
        if (cgroup_reading(&search->rows[place].sample, &now) &&
            cgroup_reading(&update->sample, &then))
                measure(search, &search->stalls[place], &now, &then);
}

static void take_snapshot(struct search *search, const struct pl_snapshot *snapshot)
{
        struct reading now, then;

        if (search->live->has_host && host_reading(&search->live->host.sample, &now) &&
            host_reading(&snapshot->host, &then))
                measure(search, search->host, &now, &then);
        for (uint64_t i = 0; i < snapshot->update_count; i++)
                take_update(search, &snapshot->updates[i]);
}

/* Each call passes a record or ends, but for the one that says how much room it wants. */
static int go_back(struct search *search)
{
        const struct pl_journal_reader *reader = &search->live->reader;
        struct pl_journal_cursor cursor = pl_journal_cursor_newest(reader, PL_JOURNAL_SAMPLES);
        uint64_t left = 2 * reader->layout.ring_capacity[PL_JOURNAL_SAMPLES] + 4, newest_usec = 0;

        for (; left > 0 && search->open_count > 0; left--) {
                struct pl_snapshot snapshot;
                /* For the host alone, heads are enough. */
                int r = search->places.slots
                                ? pl_journal_previous_snapshot(&cursor, &search->space, &snapshot)
                                : pl_journal_previous_head(&cursor, &snapshot);

                if (r == PL_JOURNAL_E_TORN)
                        continue;
                if (r == PL_JOURNAL_E_TOO_LONG) {
                        r = pl_replay_make_room(&search->space, snapshot.update_count,
                                                snapshot.outcome_count);
                        if (r < 0)
                                return r;
                        continue;
                }
                if (r != 0)
                        break;
                /* What it has was seen at steps before it. */
                if (snapshot.flags & PL_SNAPSHOT_CHECKPOINT)
                        continue;
                newest_usec = PL_MAX(newest_usec, snapshot.now_usec);
                if (newest_usec - snapshot.now_usec > FARTHEST_USEC)
                        break;
                take_snapshot(search, &snapshot);
                /* Before it the host slept, and time went by in which nobody could stand still. */
                if (snapshot.flags & PL_SNAPSHOT_RESUMED)
                        break;
        }
        return 0;
}

static int begin(struct search *search, size_t count)
{
        int r;

        if (count == 0)
                return 0;
        r = pl_table_init(&search->places, (uint32_t) count, search->live->now_usec);
        for (size_t i = 0; r == 0 && i < count; i++)
                if (pl_table_add(&search->places, search->rows[i].id, (uint32_t) i) == 0)
                        search->open_count++;
        return r == 0 ? pl_replay_make_room(&search->space, UPDATES_FIRST, 0) : r;
}

int pl_live_stalls(const struct pl_live *live, const struct pl_journal_row *rows, size_t count,
                   struct pl_live_stall *ret_host, struct pl_live_stall *ret_stalls)
{
        _cleanup_(done) struct search search = {
                .live = live,
                .rows = rows,
                .host = ret_host,
                .stalls = ret_stalls,
                .open_count = 1,
        };
        int r;

        pl_assert(live && ret_host);
        pl_assert(count <= PL_JOURNAL_ROWS_MAX && (count == 0 || (rows && ret_stalls)));

        *ret_host = (struct pl_live_stall){};
        for (size_t i = 0; i < count; i++)
                ret_stalls[i] = (struct pl_live_stall){};
        r = begin(&search, count);
        return r == 0 ? go_back(&search) : r;
}
