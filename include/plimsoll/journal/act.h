/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* act - what happened, one struct for each type. Plain data. The figures of a struct come first and are recorded as they
 * are; its texts follow and take what they need of the record's 224 bytes, in their order, so that the last one is cut
 * when there is not enough.
 */

#include <stdint.h>

#include "plimsoll/journal/board.h"

enum pl_journal_type {
        PL_JOURNAL_STARTED = 1,
        PL_JOURNAL_ENDED,
        PL_JOURNAL_IN_FORCE,
        PL_JOURNAL_REFUSED,
        PL_JOURNAL_APPEARED,
        PL_JOURNAL_GONE,
        PL_JOURNAL_CHANGED, /* of profile */
        PL_JOURNAL_VERDICT,
        PL_JOURNAL_DECISION,
        PL_JOURNAL_OUTCOME,
        PL_JOURNAL_DRIFT,
        PL_JOURNAL_ALARM,
        PL_JOURNAL_NOTE,
        PL_JOURNAL_ORDER,
        PL_JOURNAL_GAP,
        PL_JOURNAL_SET,      /* limits of a workload are in force */
        PL_JOURNAL_SNAPSHOT, /* the only one in the samples ring */
        PL_JOURNAL_TYPES,
};

struct pl_journal_started {
        uint64_t generation;
        uint32_t pid;
        uint32_t aside; /* PL_JOURNAL_E_* for which the journal before was put aside, or 0 */
        char version[32];
};

struct pl_journal_ended {
        uint32_t signal; /* that asked for it, or 0 */
        uint32_t code;   /* with which it exits */
        char words[PL_JOURNAL_WORDS_BYTES];
};

/* Appeared, gone, or with another profile. */
struct pl_journal_workload {
        uint64_t id;
        uint64_t parent_id;
        uint32_t kind;
        int32_t runtime;
        uint32_t profile;
        uint32_t profile_before; /* where it changed */
        uint32_t reason;         /* the daemon's */
        uint32_t reserved;       /* 0 */
        char name[PL_JOURNAL_NAME_BYTES];
        char profile_name[PL_JOURNAL_PROFILE_BYTES];
        char path[PL_JOURNAL_PATH_BYTES]; /* cut in its middle */
};

struct pl_journal_judged {
        uint64_t step;
        struct pl_verdict verdict;
        char name[PL_JOURNAL_NAME_BYTES]; /* of the scope */
};

enum pl_journal_decision_flag {
        PL_JOURNAL_DECISION_OBSERVED = 1 << 0, /* nothing is done: the host is observed */
};

/* The only act of more than one record. Names stand here because a reader may come when they are on no board any more. */
struct pl_journal_decision {
        struct pl_decision decision;
        uint64_t flags;                    /* enum pl_journal_decision_flag */
        char name[PL_JOURNAL_NAME_BYTES];  /* of whom it is done to */
        char scope[PL_JOURNAL_NAME_BYTES]; /* of the cgroup that is short; the host has none */
        char names[PL_CANDIDATES_MAX][PL_JOURNAL_NAME_BYTES];
};

struct pl_journal_outcome {
        struct pl_outcome outcome;
        char name[PL_JOURNAL_NAME_BYTES];
};

/* A limit that is not what it was set to. */
struct pl_journal_drift {
        uint64_t id;
        uint64_t from;
        uint64_t to;
        uint32_t limit;    /* enum pl_limit */
        uint32_t cause;    /* enum pl_drift_cause */
        uint32_t answer;   /* enum pl_drift: what is done about it */
        uint32_t reserved; /* 0 */
        char name[PL_JOURNAL_NAME_BYTES];
        char words[PL_JOURNAL_WORDS_BYTES];
};

/* Limits that we have set and that are in force now, all of one workload. */
struct pl_journal_set {
        uint64_t id;
        uint64_t values[PL_LIMIT_COUNT];
        uint32_t limits;   /* bit `1 << limit` of those that are meant */
        uint32_t why;      /* enum pl_limit_why */
        uint32_t backend;  /* enum pl_backend */
        uint32_t reserved; /* 0 */
        char name[PL_JOURNAL_NAME_BYTES];
        char profile_name[PL_JOURNAL_PROFILE_BYTES];
};

/* An alarm or a note. */
struct pl_journal_note {
        uint64_t id; /* of the cgroup; 0: the host */
        uint64_t value;
        uint32_t code; /* the daemon's */
        uint32_t severity;
        char name[PL_JOURNAL_NAME_BYTES];
        char words[PL_JOURNAL_WORDS_BYTES];
};

struct pl_journal_order {
        uint8_t digest[PL_JOURNAL_DIGEST_BYTES];
        uint64_t id; /* of the cgroup; 0: not one alone */
        int64_t issued_sec, expires_sec;
        uint32_t verb;         /* enum pl_order_verb */
        uint32_t acknowledged; /* 0: refused, words say why */
        char by[PL_JOURNAL_NAME_BYTES];
        char workload[PL_JOURNAL_NAME_BYTES];
        char words[PL_JOURNAL_WORDS_BYTES];
};

/* Something is missing in a ring, and the writer knows it. */
struct pl_journal_gap {
        uint64_t first; /* what is missing: steps, or what the reason says */
        uint64_t count;
        uint32_t ring; /* enum pl_journal_ring */
        uint32_t reason;
        char words[PL_JOURNAL_WORDS_BYTES];
};

struct pl_journal_act {
        uint64_t sequence; /* the reader's to set */
        uint64_t at_usec;
        uint32_t type; /* enum pl_journal_type */
        union {
                struct pl_journal_started started;
                struct pl_journal_ended ended;
                struct pl_journal_policy policy;
                struct pl_journal_workload workload;
                struct pl_journal_judged judged;
                struct pl_journal_decision decision;
                struct pl_journal_outcome outcome;
                struct pl_journal_drift drift;
                struct pl_journal_set set;
                struct pl_journal_note note;
                struct pl_journal_order order;
                struct pl_journal_gap gap;
        };
};
