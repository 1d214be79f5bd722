/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* decision - what the engine made of a step: whose shortage it saw, what is to be done, and why that one and not another.
 * Plain data without padding or pointers: it is written into the journal as it is. Reasons are data.
 */

#include <stdint.h>

#include "plimsoll/model/snapshot.h"

enum {
        /* A kill considers no more; cost does not grow with the number of workloads. */
        PL_CANDIDATES_MAX = 64,
};

enum pl_scope {
        PL_SCOPE_HOST,
        PL_SCOPE_NODE,   /* a NUMA node */
        PL_SCOPE_CGROUP, /* a workload or a slice at its own limit */
        PL_SCOPES,
};

enum pl_severity {
        PL_SEVERITY_CALM,
        PL_SEVERITY_WATCH,    /* sampled more often */
        PL_SEVERITY_SHORT,    /* reversible measures */
        PL_SEVERITY_SCARCE,   /* a kill may follow */
        PL_SEVERITY_CRITICAL, /* overrides cool-downs */
        PL_SEVERITIES,
};

/* Whose shortage, how bad, and by what. */
struct pl_verdict {
        uint32_t scope;    /* enum pl_scope */
        uint32_t severity; /* enum pl_severity */
        uint64_t scope_id; /* of the cgroup or node; 0: the host */
        uint64_t available_bytes;
        uint64_t floor_bytes;
        uint64_t fall_bytes_per_sec; /* of what is available */
        uint64_t end_usec;           /* from now, at that rate; UINT64_MAX: not in sight */
        uint32_t stall_permyriad;    /* all tasks, of the last second */
        uint32_t evidence; /* a bit for each kind that held; engine/attribute names them */
};

/* Why a workload is or is not taken. */
enum pl_turn {
        PL_TURN_CHOSEN,
        PL_TURN_NEXT, /* not needed after those before it */
        PL_TURN_PROTECTED,
        PL_TURN_OBSERVED,
        PL_TURN_OUTSIDE, /* of the scope */
        PL_TURN_TOO_SMALL,
        PL_TURN_DYING, /* killed already */
        PL_TURN_BACKING_OFF,
        PL_TURNS,
};

struct pl_candidate {
        uint64_t id;
        uint32_t turn; /* enum pl_turn */
        uint32_t rank; /* from 1; 0: not ranked */
        int32_t order;
        uint32_t leaks; /* 1: certain */
        uint64_t over_promise_bytes;
        uint64_t growth_bytes_per_sec;
        uint64_t gives_back_bytes;
};

struct pl_decision {
        uint64_t number; /* counts from 1 */
        uint64_t step;
        uint64_t at_usec;
        uint32_t measure; /* enum pl_measure */
        uint32_t candidate_count;
        uint64_t id;            /* of the cgroup that it is done to */
        uint64_t amount_bytes;  /* to reclaim, or the limit to set */
        uint64_t deadline_usec; /* by when it should have helped */
        uint64_t expected_bytes;
        struct pl_verdict verdict;
        struct pl_candidate candidates[PL_CANDIDATES_MAX];
};
