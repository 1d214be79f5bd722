/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* drill - on an order, systemd starts a workload that is there for it (plimsoll-drill.service); that is to be seen short at its own
 * limit, and ended, as any other would be. What came of it is a note.
 *
 * One at a time, and none while the host is short or would be with it. What the drill follows are acts in the journal, as
 * everybody else would. Borrows what it is given; allocates nothing; opens a directory at each tick while one is under way.
 */

#include <stdbool.h>
#include <stdint.h>

#include "board.h"
#include "bus.h"
#include "plimsoll/base/clock.h"
#include "plimsoll/journal/cursor.h"
#include "plimsoll/model/profile.h"

/* The upper 16 bits of its tags: measures.h has those before it, and enforce the ones below. */
#define PL_DRILL_TAG      (UINT64_C(0x13) << 48)
#define PL_DRILL_TAG_STOP (PL_DRILL_TAG | 1)

/* What the unit may take: its MemoryMax=. */
#define PL_DRILL_BYTES (UINT64_C(64) * 1024 * 1024)

/* From one to the next. */
#define PL_DRILL_PAUSE_USEC PL_USEC_PER_MINUTE
/* The unit ends by itself after 30 s, and starts within 10. */
#define PL_DRILL_MOST_USEC (40 * PL_USEC_PER_SEC)
/* An order that lies there for longer is one that nobody waits for any more: of a plimsolld before this one, say. */
#define PL_DRILL_FRESH_SEC INT64_C(30)
/* Its cgroup may be gone before it is told why. */
#define PL_DRILL_GONE_USEC (3 * PL_USEC_PER_SEC)

enum pl_drill_phase {
        PL_DRILL_RESTS,
        PL_DRILL_STARTS, /* systemd was asked */
        PL_DRILL_RUNS,
};

struct pl_drill {
        enum pl_drill_phase phase;
        uint64_t begun_usec; /* the last; 0: there was none */
        uint64_t id;         /* of its cgroup; 0: not known */
        uint64_t decision;   /* by which it is ended; 0: none yet */
        uint64_t gone_usec;  /* when its cgroup was first missed; 0: it is there */
        struct pl_journal_cursor cursor;
};

struct pl_drill_given {
        struct pl_bus *bus; /* NULL: none */
        struct pl_board *board;
        bool is_paused; /* everything */
        int64_t now_sec;
        uint64_t now_usec;
};

/* An order that is new: begins, or says why not. */
void pl_drill_obey(struct pl_drill *drill, const struct pl_drill_given *given,
                   const struct pl_order *order);

/* What systemd answers; false: the tag is none of ours. */
bool pl_drill_on_job(struct pl_drill *drill, const struct pl_drill_given *given, uint64_t tag,
                     bool is_done, const char *why);

/* At each tick. */
void pl_drill_step(struct pl_drill *drill, const struct pl_drill_given *given);

/* The cgroup that is to be looked at as often as the host; 0: there is none. */
uint64_t pl_drill_id(const struct pl_drill *drill);
