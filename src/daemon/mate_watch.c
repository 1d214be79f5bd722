/* SPDX-License-Identifier: Apache-2.0 */

/* A host that sleeps, or a machine that its hypervisor has stopped, stops the mate as well: then its own look comes late,
 * and what it has missed is not the daemon's fault. Time that the mate did not see is taken off the silence, so that after
 * an hour's sleep the daemon has as long to move as ever.
 */

#include "mate_watch.h"

#include "plimsoll/base/assert.h"
#include "plimsoll/base/clock.h"
#include "plimsoll/base/macro.h"

/* A tenth of a tick: whoever is only busy has room again by then, or a little later. */
#define SOON_USEC (100 * PL_USEC_PER_MSEC)

uint64_t pl_watch_pause_usec(unsigned failures)
{
        uint64_t pause = SOON_USEC;

        if (failures == 0)
                return PL_MATE_TICK_USEC;
        for (unsigned i = 1; i < failures && pause < PL_MATE_TICK_USEC; i++)
                pause *= 2;
        return PL_MIN(pause, PL_MATE_TICK_USEC);
}

void pl_watch_begin(struct pl_watch *watch, uint64_t silence_usec, uint64_t now_usec)
{
        pl_assert(watch);
        pl_assert(silence_usec > PL_MATE_TICK_USEC);

        *watch = (struct pl_watch){
                .silence_usec = silence_usec,
                .heartbeat_usec = now_usec,
                .looked_usec = now_usec,
        };
}

static uint64_t less(uint64_t from, uint64_t what)
{
        return from > what ? from - what : 0;
}

enum pl_watch_news pl_watch_look(struct pl_watch *watch, uint64_t now_usec, uint64_t heartbeat_usec,
                                 uint64_t *ret_usec)
{
        const uint64_t late = less(less(now_usec, watch->looked_usec), PL_MATE_TICK_USEC);
        const uint64_t silent = less(less(now_usec, watch->heartbeat_usec), watch->late_usec);
        const bool was_stuck = watch->is_stuck;

        pl_assert(ret_usec);

        watch->looked_usec = now_usec;
        if (heartbeat_usec > watch->heartbeat_usec) {
                *ret_usec = less(less(heartbeat_usec, watch->heartbeat_usec), watch->late_usec);
                watch->heartbeat_usec = heartbeat_usec;
                watch->late_usec = late;
                watch->silent_usec = 0;
                watch->is_stuck = false;
                return was_stuck ? PL_WATCH_MOVES : PL_WATCH_NOTHING;
        }
        watch->late_usec += late;
        *ret_usec = watch->silent_usec = less(silent, late);
        if (was_stuck || *ret_usec <= watch->silence_usec)
                return PL_WATCH_NOTHING;
        watch->is_stuck = true;
        return PL_WATCH_STUCK;
}
