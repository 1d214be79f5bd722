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
        /* Of them, at most so many that may not be taken, the largest: for the question why not that one. */
        PL_CANDIDATES_ASIDE_MAX = 16,
        /* Shortages that are followed at a time: the host's, and of cgroups at their own limits. */
        PL_SCOPES_MAX = 16,
        /* Measures of one step. What does not fit waits for the next. */
        PL_DECISIONS_MAX = 32,
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

/* What a verdict rests on: bit `1 << evidence` of each that held. */
enum pl_evidence {
        PL_EVIDENCE_SCARCE,        /* less is available than the floor */
        PL_EVIDENCE_CRITICAL,      /* less than the critical part of it, and no room in swap */
        PL_EVIDENCE_STALL,         /* tasks stood still, and it was the host that reclaimed */
        PL_EVIDENCE_END_NEAR,      /* nearer than shortage.horizon, two looks in a row */
        PL_EVIDENCE_END_COMES,     /* nearer than shortage.early */
        PL_EVIDENCE_THRASH,        /* swapping in circles, for shortage.thrash by now */
        PL_EVIDENCE_RECLAIM,       /* kswapd or an allocation has had to reclaim */
        PL_EVIDENCE_OWN_MEASURE,   /* stalls do not count: we caused some */
        PL_EVIDENCE_LIMIT,         /* local: memory.max was met */
        PL_EVIDENCE_UNRECLAIMABLE, /* local: what cannot be reclaimed is near the limit */
        PL_EVIDENCE_REFAULTS,      /* local: stalls, and what was reclaimed is read again */
        PL_EVIDENCE_HIGH, /* livelock: memory.high is met, tasks stand still, nothing is gained */
        PL_EVIDENCES,
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
        uint32_t evidence;           /* of enum pl_evidence */
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
        PL_TURN_STUCK, /* killed, and did not die in time */
        PL_TURN_PAUSED,
        PL_TURN_RESTORED,
        PL_TURN_EMPTY,   /* nobody is in it */
        PL_TURN_NO_RUNG, /* its profile lets nobody end it */
        PL_TURN_UNKNOWN, /* what it uses was not read yet */
        PL_TURNS,
};

/* Why it was this one. */
enum pl_choice {
        PL_CHOICE_ORDER, /* it was its turn */
        PL_CHOICE_GROWER, /* those before it would not have helped for long, and it explains the fall */
        PL_CHOICE_LIVELOCK, /* its own memory.high */
        PL_CHOICE_AGAIN,    /* it was killed again and again */
        PL_CHOICE_OVER,     /* a measure comes to its end: time, calm, or a stronger one */
        PL_CHOICE_NOBODY,   /* an alarm: there is nobody who may be taken */
        PL_CHOICES,
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
        uint64_t stays_bytes; /* shared memory and tmpfs, which outlive it */
};

struct pl_decision {
        uint64_t number; /* counts from 1 */
        uint64_t step;
        uint64_t at_usec;
        uint32_t measure; /* enum pl_measure */
        /* A measure that is not the first of its choice, or that took none, has no table of its own. */
        uint32_t candidate_count;
        uint64_t id;             /* of the cgroup that it is done to; 0: an alarm of the host's */
        uint64_t amount_bytes;   /* to reclaim, or the limit to set */
        uint64_t deadline_usec;  /* by when it should have helped, or ends; 0: at once */
        uint64_t expected_bytes; /* that it gives back */
        uint64_t need_bytes;     /* that relief takes */
        uint64_t table;    /* number of the decision that has the candidates; 0: there were none */
        uint32_t choice;   /* enum pl_choice */
        uint32_t reserved; /* 0 */
        struct pl_verdict verdict;
        struct pl_candidate candidates[PL_CANDIDATES_MAX];
};

/* All that is made of a step. Verdicts: the host's first, then those of cgroups that are not calm. */
struct pl_judgement {
        uint64_t step;
        uint64_t need_bytes; /* of the host, now; 0 while it is calm */
        uint64_t look_usec;  /* look at the host again after so long */
        uint32_t verdict_count;
        uint32_t decision_count;
        uint32_t
                candidate_count; /* who goes first if the host is short: in order, then those who may not be taken */
        uint32_t hot_count;
        struct pl_verdict verdicts[PL_SCOPES_MAX];
        struct pl_decision decisions[PL_DECISIONS_MAX];
        struct pl_candidate candidates[PL_CANDIDATES_MAX];
        uint64_t hot
                [PL_CANDIDATES_MAX]; /* ids of those to be looked at every time while it is not calm */
};
