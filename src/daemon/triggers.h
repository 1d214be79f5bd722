/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* triggers - being woken by the kernel when tasks stand still for want of memory: all over the host, and in the largest of
 * those that have a limit of their own to meet. The clock alone would look as well, only later.
 *
 * Owns the triggers' fds and their event sources; borrows the rest. Opening one is three system calls and an allocation of
 * libsystemd's; nothing here blocks. Linux 5.2 for the host's, 6.4 or a newer 6.1-stable for the others'.
 *
 *     pl_triggers_begin(&triggers)                    a look at everybody begins
 *     pl_triggers_offer(&triggers, id, bytes)         whoever of them has a limit to meet
 *     pl_triggers_settle(&triggers, now)              it is over: the largest are waited for, and others not any more
 */

#include <stdbool.h>
#include <stdint.h>
#include <systemd/sd-event.h>

#include "logbook.h"
#include "plimsoll/base/clock.h"
#include "plimsoll/host/census.h"
#include "plimsoll/host/sample.h"
#include "plimsoll/kernel/psi.h"
#include "plimsoll/model/profile.h"

enum {
        PL_TRIGGERS_OF_HOST = 2, /* some tasks, and all of them */
        /* As many as are looked at with the host. */
        PL_TRIGGERS_LOCAL_MAX = PL_SAMPLE_HOT_MAX,
        /* Where the kernel serves each with a thread of its own, of real-time priority. */
        PL_TRIGGERS_LOCAL_WITH_THREADS = 8,
};

/* All of them together wake us no more often. A look at the host and at a few workloads takes less than half a millisecond. */
#define PL_TRIGGERS_SPACING_USEC (100 * PL_USEC_PER_MSEC)

/* Who stalls for so long without a break is known by now, and looked at by the clock. His trigger rests, and each time that it
 * begins again as soon as it is back twice as long. A break of a minute is a new beginning. */
#define PL_TRIGGERS_STEADY_USEC     (10 * PL_USEC_PER_SEC)
#define PL_TRIGGERS_REST_LEAST_USEC (10 * PL_USEC_PER_SEC)
#define PL_TRIGGERS_REST_MOST_USEC  (5 * PL_USEC_PER_MINUTE)
#define PL_TRIGGERS_BREAK_USEC      PL_USEC_PER_MINUTE

/* Of one trigger: whether it has something to tell, or tells the same all day. */
struct pl_trigger_pace {
        uint64_t begun_usec; /* the first of those that came one after the other */
        uint64_t last_usec;  /* the last; 0: there was none */
        uint64_t until_usec; /* it rests until then */
        uint64_t rest_usec;  /* how long its last rest was; 0: it had none for long */
};

/* It has fired, which it does at most once in its window. True: from now on it rests. Pure. */
bool pl_trigger_pace_fire(struct pl_trigger_pace *pace, uint64_t window_usec, uint64_t now_usec);

struct pl_triggers;

struct pl_trigger {
        struct pl_triggers *triggers;
        uint64_t id;             /* of the cgroup; 0: the host's, or the place is free */
        uint64_t window_usec;    /* of the one that is open */
        sd_event_source *source; /* owned, with the fd; NULL: it is not open */
        struct pl_trigger_pace pace;
        uint64_t hot_until_usec; /* a workload that stalled is looked at with the host until then */
        bool is_wanted;          /* while it is settled */
};

struct pl_triggers_offer {
        uint64_t id;
        uint64_t bytes;
};

struct pl_triggers_options {
        struct pl_roots roots;
        const struct pl_census *census; /* borrowed */
        struct pl_logbook *logbook;     /* borrowed */
        /* Somebody stands still: the host, and those of pl_triggers_add_stalled(), are to be looked at in that time, or
         * earlier. */
        void (*on_stall)(void *userdata, uint64_t wait_usec);
        void *userdata;
};

struct pl_triggers {
        struct pl_triggers_options options;
        sd_event *event; /* borrowed; NULL: nothing is opened */
        uint64_t stall_usec, window_usec;
        uint32_t local_max;
        bool host_is_refused, local_is_refused; /* by this kernel */
        bool is_probed, makes_threads;
        uint64_t look_usec;               /* when the look is due that was asked for last */
        uint64_t host_count, local_count; /* how often they have fired */
        struct pl_trigger host[PL_TRIGGERS_OF_HOST];
        struct pl_trigger local[PL_TRIGGERS_LOCAL_MAX];
        uint32_t offer_count;
        struct pl_triggers_offer offers[PL_TRIGGERS_LOCAL_MAX];
};

/* Opens nothing yet; `event` may be NULL, and then nothing ever is. */
void pl_triggers_init(struct pl_triggers *triggers, const struct pl_triggers_options *options,
                      sd_event *event);
/* Before the event loop goes. Safe on one that is zeroed. */
void pl_triggers_done(struct pl_triggers *triggers);

/* What the host's policy says of them. */
void pl_triggers_set(struct pl_triggers *triggers, const struct pl_pressure *pressure);

void pl_triggers_begin(struct pl_triggers *triggers);
void pl_triggers_offer(struct pl_triggers *triggers, uint64_t id, uint64_t bytes);
void pl_triggers_settle(struct pl_triggers *triggers, uint64_t now_usec);

/* Adds those that stood still a moment ago and are not among the ids yet, up to PL_SAMPLE_HOT_MAX; returns how many there are
 * then. */
uint32_t pl_triggers_add_stalled(const struct pl_triggers *triggers, uint64_t now_usec,
                                 uint64_t *ids, uint32_t count);
