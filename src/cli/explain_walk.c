/* SPDX-License-Identifier: Apache-2.0 */

/* The ring is enough nearly always. The history is read only for what the ring has no more, for to read a disk is the last
 * thing that a host needs that is short of memory.
 */

#include "explain.h"
#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"
#include "plimsoll/journal/cursor.h"
#include "plimsoll/journal/history.h"

struct walk {
        pl_explain_visit *visit;
        void *userdata;
        struct pl_explain_run run;
        uint64_t number; /* of the last decision of the run */
};

bool pl_explain_is_same_run(struct pl_explain_run a, struct pl_explain_run b)
{
        return a.journal == b.journal && a.first == b.first;
}

/* Where its start is lost, numbers that begin anew tell of another run. */
static void follow_run(struct walk *walk, const struct pl_journal_act *act, uint64_t journal)
{
        uint64_t number = act->type == PL_JOURNAL_DECISION ? act->decision.decision.number : 0;

        if (act->type == PL_JOURNAL_STARTED || walk->run.journal != journal ||
            (number > 0 && number <= walk->number)) {
                walk->run = (struct pl_explain_run){ journal, act->sequence };
                walk->number = 0;
        }
        if (number > 0)
                walk->number = number;
}

static void visit_act(struct walk *walk, const struct pl_journal_act *act, uint64_t journal,
                      int64_t offset_usec)
{
        struct pl_explain_seen seen = { .act = act, .offset_usec = offset_usec };

        /* A time that is none is of a journal that nobody could have written. */
        if (act->at_usec > INT64_MAX / 2)
                return;
        follow_run(walk, act, journal);
        seen.run = walk->run;
        walk->visit(walk->userdata, &seen);
}

/* ---- the ring ---- */

/* Up to what was the newest when it began: whoever writes fast does not keep it from ending. */
static void walk_ring(const struct pl_live *live, struct walk *walk)
{
        static struct pl_journal_act act;
        const struct pl_journal_reader *reader = &live->reader;
        const uint64_t end = pl_journal_cursor_newest(reader, PL_JOURNAL_ACTS).position;
        struct pl_journal_cursor cursor = pl_journal_cursor_oldest(reader, PL_JOURNAL_ACTS);
        const int64_t offset_usec = live->realtime_usec - (int64_t) live->now_usec;
        int r = 0;

        while (cursor.position < end && r != PL_JOURNAL_E_END) {
                r = pl_journal_next_act(&cursor, &act);
                if (r == 0)
                        visit_act(walk, &act, reader->header.created_usec, offset_usec);
        }
}

/* ---- the history ---- */

static void visit_entry(struct walk *walk, const struct pl_history_entry *entry)
{
        uint64_t offset_usec = entry->at.realtime_usec - entry->at.boot_usec;

        if (entry->kind == PL_HISTORY_ACT && entry->at.realtime_usec <= INT64_MAX / 2 &&
            entry->at.boot_usec <= INT64_MAX / 2)
                visit_act(walk, entry->act, entry->identity.created_usec, (int64_t) offset_usec);
}

/* One that was removed meanwhile, or is not to be read, is passed over. */
static int walk_segment(int dir_fd, uint32_t number, struct walk *walk)
{
        const struct pl_history_range range = {
                .to_usec = UINT64_MAX,
                .kinds = PL_HISTORY_BIT(PL_HISTORY_ACT),
        };
        struct pl_history_reader *reader;
        struct pl_history_entry entry;
        int r = pl_history_open(dir_fd, number, &range, &reader);

        if (r != 0)
                return PL_MIN(r, 0);
        while ((r = pl_history_next(reader, &entry)) == 0)
                visit_entry(walk, &entry);
        (void) pl_history_close(reader);
        return PL_MIN(r, 0);
}

static int walk_history(int dir_fd, struct walk *walk)
{
        struct pl_history_list list;
        int r = pl_history_list(dir_fd, &list);

        if (r != 0)
                return PL_MIN(r, 0);
        for (size_t i = 0; i < list.count && r == 0; i++)
                r = walk_segment(dir_fd, list.numbers[i], walk);
        return r;
}

int pl_explain_walk(const struct pl_explain_source *source, pl_explain_visit *visit, void *userdata)
{
        struct walk walk = { .visit = visit, .userdata = userdata };

        pl_assert(source);
        pl_assert(visit);

        if (!source->live)
                return walk_history(source->history_fd, &walk);
        walk_ring(source->live, &walk);
        return 0;
}
