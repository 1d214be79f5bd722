/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* mate_watch - when to look, and whether the daemon's heart beats. Pure: time is an argument, in microseconds of CLOCK_BOOTTIME. */

#include <stdbool.h>
#include <stdint.h>

/* How often the mate looks by itself. Well below any silence that is worth a word, and one wake-up a second is what an idle
 * laptop does not notice. */
#define PL_MATE_TICK_USEC UINT64_C(1000000)

enum pl_watch_news {
        PL_WATCH_NOTHING, /* that was not said before */
        PL_WATCH_STUCK,   /* it has not moved for *ret_usec */
        PL_WATCH_MOVES,   /* it moves again, after *ret_usec */
};

struct pl_watch {
        uint64_t silence_usec;   /* longer than this is stuck */
        uint64_t heartbeat_usec; /* the newest that was seen */
        uint64_t looked_usec;
        uint64_t silent_usec; /* as of that look; 0: there was a new one */
        uint64_t late_usec;   /* of the time since that heartbeat, what we did not see ourselves */
        bool is_stuck;
};

/* How long to wait for the next look, after so many in a row that found something to write and could write none of it: at
 * first nearly at once, for journald may be busy just now, and soon no sooner than at a tick, for it may not be there at
 * all, for ever. */
uint64_t pl_watch_pause_usec(unsigned failures);

/* As if there had been a heartbeat just now. */
void pl_watch_begin(struct pl_watch *watch, uint64_t silence_usec, uint64_t now_usec);

/* To be called at each tick, at least. */
enum pl_watch_news pl_watch_look(struct pl_watch *watch, uint64_t now_usec, uint64_t heartbeat_usec,
                                 uint64_t *ret_usec);
