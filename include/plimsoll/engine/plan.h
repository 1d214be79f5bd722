/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* plan - what is to be written so that a workload gets its limits and keeps them. The only source of limit orders.
 *
 * Pure: no clock, no I/O, no allocation; the same inputs give the same bytes. The caller keeps 256 bytes for each
 * workload and asks at each look at it, when outcomes of orders are in, and at wake_usec. A workload whose limits are all
 * in force costs a glance at nine numbers.
 *
 * What holds of the orders, whatever comes in:
 *  - no order makes a disorder in min <= low <= high <= max that is not there already or in what is wanted in the end. A
 *    limit that says nothing (no min, no low; "max") is in nobody's way;
 *  - memory.max is never ordered below the use and a margin, so that lowering it kills nobody: it goes down in steps, as the
 *    use falls. What makes it fall is memory.high, the profile's or a push of our own that ends after a while; without
 *    swap only if the profile says high_without_swap, for a workload that cannot swap would stand still;
 *  - one row of orders at a time: nothing more until each of the last row has an outcome;
 *  - max and high are never 0.
 *
 * A state of all zeroes knows nothing, and that is safe at any moment: a new daemon goes on from what the files say.
 * It loses only that limits were yielded or said to have drifted; whoever keeps the state over a restart loses nothing.
 */

#include <stdbool.h>
#include <stdint.h>

#include "plimsoll/base/clock.h"
#include "plimsoll/base/size.h"
#include "plimsoll/model/limits.h"
#include "plimsoll/model/order.h"
#include "plimsoll/model/profile.h"

enum pl_plan_mode {
        PL_PLAN_APPLY,
        PL_PLAN_RESTORE, /* back to the originals, then leave it alone */
        PL_PLAN_PAUSED, /* no orders, so a push stays where it is; whoever changes a limit meanwhile may */
        PL_PLAN_OBSERVED,
};

struct pl_plan_input {
        uint64_t now_usec; /* CLOCK_BOOTTIME; never before that of the last call */
        uint64_t page_bytes;
        enum pl_plan_mode mode;
        enum pl_drift drift;
        const struct pl_limits *wanted;  /* the profile's, memory.high in any case */
        const struct pl_limits *overlay; /* what goes before them for now; may be empty */
        /* Read after the outcomes below came in. What is not there, this kernel does not have. */
        const struct pl_limits *actual;
        /* What was there before our first write of each file: noted by the caller before he writes, and kept over
         * restarts until PL_NEWS_RETURNED. */
        const struct pl_limits *originals;
        uint64_t current_bytes; /* not known: PL_SIZE_MAX */
        uint64_t swap_bytes;
        /* Of it, page cache and what fits into swap; not known: as much as current_bytes. */
        uint64_t reclaimable_bytes;
        bool has_swap;          /* the host and every ancestor let it have some */
        bool high_without_swap; /* the profile's word */
        bool is_unit;           /* systemd's own: what is written is kept by properties as well */
        uint32_t properties;    /* bit `1 << limit` of each that this systemd can set at runtime */
        /* What property calls that went well have carried, the last value of each; kept over restarts like originals, and
         * empty again when the drop-ins are removed. */
        const struct pl_limits *kept;
        uint32_t outcome_count;
        const struct pl_limit_outcome *outcomes;
};

struct pl_plan {
        uint32_t order_count;
        uint32_t ended; /* 1: restored, or gone: nothing will ever be ordered in this mode */
        struct pl_limit_order orders[PL_LIMIT_ORDERS_MAX];
        struct pl_limits properties; /* what the order of PL_LIMIT_UNIT carries, all of it */
        struct pl_limit_standing limits[PL_LIMIT_COUNT + 1]; /* the last is the unit's */
        uint64_t wake_usec; /* ask again then at the latest; UINT64_MAX: at the next look */
};

/* What is remembered of a limit. Times are in stamps, PL_PLAN_STAMP_USEC of boot time each. */
struct pl_plan_memory {
        uint64_t value; /* last ordered, or found to be right */
        uint32_t until; /* not before; while it is sent: late after */
        uint32_t since; /* begin of the window of drifts; while contended: last touched */
        uint8_t phase;
        uint8_t cause;
        uint8_t tries;
        uint8_t drifts;
        uint8_t level; /* of contention; 0: none */
        uint8_t reserved[3];
};

struct pl_plan_state {
        struct pl_plan_memory limits[PL_LIMIT_COUNT + 1];
        uint32_t profile; /* digest of what was wanted */
        uint32_t number;  /* of the last row of orders */
        uint32_t push_until;
        uint8_t is_pushing;
        uint8_t rests;
        uint8_t is_gone;
        uint8_t unit_is_stale; /* its properties are to be sent again */
};
_Static_assert(sizeof(struct pl_plan_state) == 256, "a host has 16,384 of them");

enum {
        /* The 16 bits that microseconds lose, so that 32 hold nine years of uptime. */
        PL_PLAN_STAMP_BITS = 16,
        /* A hand that comes five times in five minutes comes by itself: kubelet does once a minute, a package
         * upgrade with its two or three reloads does not. */
        PL_PLAN_DRIFTS = 5,
};
#define PL_PLAN_STAMP_USEC  (UINT64_C(1) << PL_PLAN_STAMP_BITS)
#define PL_PLAN_WINDOW_USEC (5 * PL_USEC_PER_MINUTE)
/* Standing back from somebody: doubled from the first to the last. Below the first, both would only make noise; above the
 * last, the limit would be gone for longer than an operator looks. */
#define PL_PLAN_BACK_FIRST_USEC (10 * PL_USEC_PER_SEC)
#define PL_PLAN_BACK_LAST_USEC  (10 * PL_USEC_PER_MINUTE)
/* After EBUSY and the like. */
#define PL_PLAN_RETRY_FIRST_USEC (250 * PL_USEC_PER_MSEC)
#define PL_PLAN_RETRY_LAST_USEC  PL_USEC_PER_MINUTE
/* After a refusal, which only a remount, a new kernel or a new profile would change. */
#define PL_PLAN_SELDOM_USEC (10 * PL_USEC_PER_MINUTE)
/* A write is ended after 200 ms; ten times that. A property call waits for PID 1, which D-Bus gives 25 s. */
#define PL_PLAN_VERIFY_USEC      (2 * PL_USEC_PER_SEC)
#define PL_PLAN_UNIT_VERIFY_USEC (25 * PL_USEC_PER_SEC)
/* Each call writes files and lets PID 1 apply all of the unit: never at every look. */
#define PL_PLAN_UNIT_GAP_USEC (10 * PL_USEC_PER_SEC)
/* A push without effect ends after this, and comes again after a rest that is doubled from the first to the last. */
#define PL_PLAN_PUSH_USEC       (15 * PL_USEC_PER_SEC)
#define PL_PLAN_REST_FIRST_USEC PL_USEC_PER_MINUTE
#define PL_PLAN_REST_LAST_USEC  PL_USEC_PER_HOUR
/* How long between two looks while a push goes on. */
#define PL_PLAN_PUSH_LOOK_USEC PL_USEC_PER_SEC

/* By how much memory.max has to be above the use to be ordered: a 64th of it and at most 64 MiB; below 64 MiB of use 1 MiB, or
 * a 16th of it where that is less, and at least 64 KiB, for a workload of 2 MiB is to get its 2.5. A workload
 * that fills a GiB a second grows by that within 1 to 64 ms, and the writer reads the use once more just before he writes.
 * More would keep a workload that fills its memory.high, a few percent below max, from ever getting there. */
uint64_t pl_plan_margin(uint64_t use_bytes);

/* What the kernel makes of a value: rounded down to pages, and "max" from 2^63 bytes on. */
uint64_t pl_plan_round(uint64_t bytes, uint64_t page_bytes);

/* Whether the workload could swap, or has the profile's word that memory.high is meant without: where it is not so, what the
 * profile says of memory.high is not applied. */
bool pl_plan_may_throttle(const struct pl_plan_input *input);

void pl_plan_limits(struct pl_plan_state *state, const struct pl_plan_input *input,
                    struct pl_plan *ret_plan);
