/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* enforce - every workload gets the limits of its profile, and keeps them.
 *
 * At each look at a workload what is wanted is held against what is, the engine says what to do now, and that is given to
 * the writing threads or to systemd; what comes of it is awaited, and looked at again. What was there before is noted
 * first. A workload that is not under a profile any more, or is restored by an order, gets that back.
 *
 *     pl_enforce_look(&enforcer, &view, &row)        at each look; fills in the row's standing
 *     pl_enforce_next_due(&enforcer, now, &index)    whoever has to be looked at before the next scan
 *     pl_enforce_sweep(&enforcer, now)               a piece of the sweep over processes that a look has begun
 *
 * Owns the writing threads, the log of originals and what is remembered of each workload; borrows census, logbook and
 * bus. Allocates when it is opened, when a policy comes into force and, as libsystemd does, in calls to systemd. Does not
 * block.
 */

#include <stdbool.h>
#include <stdint.h>

#include "bus.h"
#include "logbook.h"
#include "plimsoll/base/pool.h"
#include "plimsoll/engine/plan.h"
#include "plimsoll/host/adjust.h"
#include "plimsoll/host/census.h"
#include "plimsoll/host/originals.h"
#include "plimsoll/host/write.h"
#include "plimsoll/model/decision.h"
#include "plimsoll/policy/load.h"
#include "plimsoll/policy/resolve.h"

enum {
        PL_ENFORCED_MAX = PL_WORKLOADS_MAX + PL_HOLDERS_MAX,
        /* Units that have ended with drop-ins of ours: services that were stopped. Those of more are found by a purge alone. */
        PL_ENFORCE_DEPARTED_MAX = 1024,
        /* Slices that are raised for the sake of those below them. */
        PL_ENFORCE_RAISED_MAX = 256,
        /* Drifts whose cause systemd is being asked for. */
        PL_ENFORCE_CAUSES_MAX = 32,
        /* Overlays at a time: as many throttles as the engine has measures, and as many caps as it has services that come
         * back. */
        PL_ENFORCE_OVERLAYS_MAX = 128,
        /* Processes that are looked at in one piece of a sweep, each three system calls. */
        PL_ENFORCE_SWEEP = 256,
};

/* How far a unit's drop-ins are taken back. */
enum pl_enforce_undo {
        PL_UNDO_NONE,
        PL_UNDO_WANTED,
        PL_UNDO_ASKED,  /* somebody else's properties are being set again */
        PL_UNDO_LISTED, /* plimsoll-tidy.service is at it */
};

/* Decided once: a container could make itself a cgroup of any name later. */
enum pl_enforce_where {
        PL_WHERE_OPEN,  /* not known yet */
        PL_WHERE_OWN,   /* its limits are those of its cgroup */
        PL_WHERE_INNER, /* of the one that the runtime keeps for the container */
};

/* What is remembered of a workload, or of a slice with a budget. */
struct pl_enforced {
        uint64_t id; /* of its cgroup */
        uint64_t
                target_id; /* of the one that is written: the same, or the container's own inside of it */
        uint32_t index;      /* the census' */
        uint32_t row;        /* of orders that is out; PL_POOL_NONE */
        uint64_t wake_usec;  /* to be looked at again then; UINT64_MAX: at the next look */
        uint64_t ready_usec; /* not before: it is being set up; 0: it is */
        uint32_t
                left; /* bit `1 << limit`: changed by others before this daemon, and left to them */
        bool is_early;      /* it was there when the daemon began, and was not looked at yet */
        uint64_t good_usec; /* when what we had set was seen to be so, last */
        int64_t applied_sec;
        uint32_t drift_count;
        uint32_t previous_due, next_due; /* while wake_usec is a time */
        uint8_t backend;                 /* enum pl_backend */
        uint8_t undo;                    /* enum pl_enforce_undo */
        uint8_t last_cause;              /* enum pl_drift_cause */
        uint8_t last_why;                /* enum pl_limit_why, of the last row */
        uint8_t place;                   /* enum pl_enforce_where */
        bool has_noted; /* something of it, since it was looked after or was last restored */
        bool has_said_wait;
        bool has_said_score;
        bool has_been_scanned; /* its processes have had the time to be set up by who starts them */
        bool is_tidied;        /* its drop-ins were taken back */
        bool has_been_swept;   /* once */
        bool is_swept_back;    /* its processes have what they had */
        uint64_t high_bytes;   /* memory.high, where it is not pushed and no overlay lies over it */
        uint64_t max_bytes;    /* memory.max likewise */
        uint32_t
                loosened; /* bit `1 << limit`: an overlay was lifted, and the file has its value still */
        struct pl_plan_state state;
        struct pl_adjusted adjusted;
};

enum pl_enforce_stage {
        PL_OUT_ON_BUS,
        PL_OUT_WRITING,
        PL_OUT_BACK, /* its outcomes wait for the next look */
};

/* A row of orders that is out. */
struct pl_enforce_row {
        uint32_t enforced; /* PL_POOL_NONE: gone meanwhile */
        uint64_t target_id;
        uint8_t stage; /* enum pl_enforce_stage */
        bool is_late;
        int cgroup_fd; /* owned, until the threads have it */
        uint32_t order_count, outcome_count;
        struct pl_limit_order orders[PL_LIMIT_ORDERS_MAX];
        struct pl_limit_outcome outcomes[PL_LIMIT_ORDERS_MAX];
        struct pl_limits properties;
};

struct pl_enforce_cause {
        uint64_t at_usec;
        struct pl_journal_drift drift; /* but for its cause */
};

struct pl_enforce_raised {
        uint64_t id; /* of the slice */
        uint64_t min_bytes, low_bytes;
};

struct pl_enforce_sums {
        uint32_t count;
        struct pl_enforce_raised items[PL_ENFORCE_RAISED_MAX];
};

/* What goes before a workload's limits for a while, by a decision of the engine: a throttle or a looser memory.high, a cap of
 * memory.max. */
struct pl_enforce_overlay {
        uint64_t id; /* of the workload's cgroup; 0: the place is free */
        uint64_t decision;
        uint32_t measure; /* THROTTLE, RELAX or CAP of enum pl_measure */
        uint32_t number;  /* the enforcer's, of the workload */
        uint32_t result;  /* enum pl_result; PL_RESULTS: not known yet */
        int32_t error;    /* a positive errno, where it failed */
        bool is_answered; /* what became of it was told */
        uint64_t value_bytes;
        uint64_t began_usec;
        uint64_t until_usec; /* it ends by itself then; UINT64_MAX: as long as the workload lives */
};

struct pl_enforce_budget {
        uint32_t profile;
        struct pl_limits limits;
        char path[2 * PL_CGROUP_NAME_MAX]; /* of the slice's cgroup, without the slash in front */
};

struct pl_enforce_options {
        struct pl_roots roots;            /* borrowed */
        const struct pl_census *census;   /* borrowed */
        struct pl_logbook *logbook;       /* borrowed */
        bool is_dry;                      /* everything is decided, nothing is written */
        bool can_reclaim_with_swappiness; /* this kernel takes it with memory.reclaim */
};

struct pl_enforcer {
        struct pl_enforce_options options;
        struct pl_bus *bus; /* borrowed; NULL: none */
        uint64_t page_bytes;
        int32_t vm_swappiness;    /* −1: not known */
        uint64_t swap_free_bytes; /* of the host; whoever knows it keeps it right */

        const struct pl_policy *policy; /* borrowed; NULL: none */
        struct pl_host_facts host;
        struct pl_resolved *resolved; /* owned: by the profiles' numbers */
        bool *is_sound;               /* owned: whether that could be worked out */
        struct pl_enforce_budget *budgets;
        uint32_t budget_count;

        struct pl_writers *writers; /* owned; NULL: none yet */
        bool has_originals;
        struct pl_originals originals;
        struct pl_table scored;  /* ids of cgroups whose processes the daemon before had adjusted */
        struct pl_pool enforced; /* of struct pl_enforced */
        struct pl_pool rows;     /* of struct pl_enforce_row */
        uint32_t first_due;
        uint32_t sweeping; /* whose processes; PL_POOL_NONE */
        enum pl_adjust_aim sweep_aim;
        uint32_t departed_count, departed_next;
        int root_fd;           /* owned: "/", where drop-ins lie; −1: none are looked for */
        uint32_t undo_count;   /* of those whose drop-ins are taken back */
        uint64_t tidy_at_usec; /* not before */
        bool is_tidying;
        bool had_policy;
        bool has_looked; /* at everybody, once */
        uint32_t
                early_looks; /* of the first ones, at which those of the daemon before are recognised */

        uint32_t causes_used; /* bit `1 << i` of each that is */

        uint32_t overlay_count;
        struct pl_enforce_overlay overlays[PL_ENFORCE_OVERLAYS_MAX];

        /* From here on, room that is used as far as counts say. */
        uint64_t departed[PL_ENFORCE_DEPARTED_MAX]; /* ids of cgroups */
        struct pl_enforce_cause causes[PL_ENFORCE_CAUSES_MAX];
        struct pl_enforce_sums sums, gathered; /* of the last look, and of the one under way */
        struct pl_file_buffer buffer;
        struct pl_adjuster adjuster;
};

/* Also where the originals cannot be had: then nothing is ever written, and that is said. −errno. */
int pl_enforcer_open(struct pl_enforcer *enforcer, const struct pl_enforce_options *options,
                     uint64_t now_usec);
/* What is out is awaited for a moment. Limits stay; a push is taken back. */
void pl_enforcer_close(struct pl_enforcer *enforcer);

void pl_enforce_set_bus(struct pl_enforcer *enforcer, struct pl_bus *bus);

/* Another policy; numbers of profiles in rows are of this one from now on. −ENOMEM: nobody is under a profile. */
int pl_enforce_set_policy(struct pl_enforcer *enforcer, const struct pl_policy *policy,
                          const struct pl_host_facts *host);

struct pl_enforce_view {
        uint32_t index; /* the census' */
        uint64_t now_usec;
        bool has_limits;     /* the census' reach was read just now */
        bool is_scan;        /* one at everybody, at which its processes are swept */
        bool is_new;         /* its cgroup has just been made */
        int64_t applied_sec; /* when an order said `apply` to it last */
        uint32_t *enforced;  /* the caller's place for its index; PL_POOL_NONE at first */
};

/* The row has all that is known of it; its limits and its standing are brought up to date. */
void pl_enforce_look(struct pl_enforcer *enforcer, const struct pl_enforce_view *view,
                     struct pl_journal_row *row);

/* Lays an overlay over the limits of a workload, by the enforcer's number for it, in the place of one of the same measure. Its id,
 * measure, decision, value and end are the caller's. −ENOENT: it is not looked after; −ENOSPC. What becomes of it is an
 * outcome, and so is that it could not be laid. */
int pl_enforce_lay(struct pl_enforcer *enforcer, uint32_t number,
                   const struct pl_enforce_overlay *overlay, uint64_t now_usec);

/* Takes one off again. Nothing where there is none. */
void pl_enforce_lift(struct pl_enforcer *enforcer, uint64_t id, enum pl_measure measure,
                     uint64_t now_usec);

/* What became of an overlay, once for each; false: nothing that was not told. */
bool pl_enforce_has_outcome(const struct pl_enforcer *enforcer);
bool pl_enforce_take_outcome(struct pl_enforcer *enforcer, uint64_t now_usec,
                             struct pl_outcome *ret_outcome);

/* Its cgroup is gone. */
void pl_enforce_forget(struct pl_enforcer *enforcer, uint32_t *enforced);

/* A look at everybody begins, or begins anew; and is over. */
void pl_enforce_begin_look(struct pl_enforcer *enforcer);
void pl_enforce_end_look(struct pl_enforcer *enforcer, uint64_t now_usec);

/* The next of those who have to be looked at by now, by the census' index; false: none. It is not due any more. */
bool pl_enforce_next_due(struct pl_enforcer *enforcer, uint64_t now_usec, uint32_t *ret_index);

/* When somebody is due; UINT64_MAX: nobody. */
uint64_t pl_enforce_due_usec(const struct pl_enforcer *enforcer);

/* True while a sweep is under way: no other look until it is over. */
bool pl_enforce_sweep(struct pl_enforcer *enforcer, uint64_t now_usec);

/* Whether nothing is out and nobody is on his way: for a daemon that applies once. */
bool pl_enforce_is_settled(const struct pl_enforcer *enforcer, uint64_t now_usec);

/* Whether what the policy says is done: else it is watched. */
bool pl_enforce_acts(const struct pl_enforcer *enforcer);

/* Readable when threads have something to report; and then. */
int pl_enforce_fd(const struct pl_enforcer *enforcer);
void pl_enforce_take_reports(struct pl_enforcer *enforcer, uint64_t now_usec);

/* At each tick: rows that are late. */
void pl_enforce_tick(struct pl_enforcer *enforcer, uint64_t now_usec);

/* What the bus answers. */
void pl_enforce_on_bus(struct pl_enforcer *enforcer, bool is_up, const char *why);
void pl_enforce_on_set(struct pl_enforcer *enforcer, uint64_t tag, enum pl_write_result result,
                       int error);
void pl_enforce_on_cause(struct pl_enforcer *enforcer, uint64_t tag, enum pl_drift_cause cause,
                         const char *words);
void pl_enforce_on_job(struct pl_enforcer *enforcer, uint64_t tag, bool is_done, const char *why);
