/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* board - the latest of everything: the writer's state, the host, the ranking, a row for each workload.
 *
 * Each of them is a block: a sequence number that is odd while the block is written, a check, and the struct below as it
 * is. Plain data without padding and without pointers. Texts end with a NUL; what did not fit is cut where a character
 * begins, and "…" stands where something is missing.
 */

#include <stdint.h>

#include "plimsoll/base/span.h"
#include "plimsoll/journal/format.h"
#include "plimsoll/model/bounds.h"
#include "plimsoll/model/limits.h"

enum {
        PL_JOURNAL_DIGEST_BYTES = 32, /* SHA-256 */
        /* Of a workload or who gave an order. A unit may have 255, and is cut. */
        PL_JOURNAL_NAME_BYTES = 64,
        /* A whole PL_NAME_MAX and its NUL, in whole words. */
        PL_JOURNAL_PROFILE_BYTES = 72,
        /* A pod's container has a path of some 190 bytes, a Docker container of 91. */
        PL_JOURNAL_PATH_BYTES = 200,
        /* A sentence with a file and a line. */
        PL_JOURNAL_WORDS_BYTES = 160,
};

enum pl_journal_phase {
        PL_JOURNAL_STARTING,
        PL_JOURNAL_RUNNING,
        PL_JOURNAL_STOPPING,
        PL_JOURNAL_STOPPED, /* of its own will; a writer that was killed never says so */
        PL_JOURNAL_PHASES,
};

/* A policy that was loaded, or one that was refused; with a digest of zeros there was none. */
struct pl_journal_policy {
        uint8_t digest[PL_JOURNAL_DIGEST_BYTES];
        uint64_t at_usec;
        uint64_t number; /* struct pl_snapshot has it */
        uint32_t profile_count;
        uint32_t order_count;
        uint32_t file_count;
        uint32_t error_count;
        uint32_t warning_count;
        uint32_t reserved;                  /* 0 */
        char words[PL_JOURNAL_WORDS_BYTES]; /* the first error */
};

struct pl_journal_state {
        uint32_t pid;
        uint32_t phase;        /* enum pl_journal_phase */
        uint64_t started_usec; /* CLOCK_BOOTTIME */
        char version[32];
        struct pl_journal_policy in_force;
        struct pl_journal_policy refused; /* the last one */
};

struct pl_journal_host {
        struct pl_host_sample sample;
        struct pl_verdict verdict;
        uint64_t interval_usec;   /* from one look to the next, now */
        uint64_t scanned_at_usec; /* the whole tree */
        uint32_t workload_count;
        uint32_t unlisted_count; /* of them, without a row on the board */
        uint32_t profile_count;  /* of them, with a profile */
        uint32_t flags;          /* the daemon's; 0 when nothing is to be said */
};

/* Who would go first, as of a step. */
struct pl_journal_ranking {
        uint64_t at_usec;
        uint64_t step;
        uint64_t need_bytes;
        uint32_t count;
        uint32_t reserved; /* 0 */
        struct pl_candidate candidates[PL_CANDIDATES_MAX];
};

/* struct pl_limits without its padding. */
struct pl_journal_limits {
        uint32_t set;
        uint32_t reserved; /* 0 */
        uint64_t values[PL_LIMIT_COUNT];
};

/* How it stands with what is wanted of a workload. What is not wanted is UNSET. */
struct pl_journal_standing {
        uint64_t targets[PL_LIMIT_COUNT]; /* as it should come to be; for those in `governed` */
        uint32_t governed;                /* bit `1 << limit`: wanted, or on its way back */
        uint32_t drift_count;             /* changes by others, since the daemon started */
        uint8_t states[PL_LIMIT_COUNT +
                       1]; /* enum pl_limit_state; the last is the unit's properties */
        uint8_t causes[PL_LIMIT_COUNT + 1]; /* enum pl_limit_cause */
        uint8_t backend;                    /* enum pl_backend */
        uint8_t mode;                       /* enum pl_plan_mode: 0 is applied */
        uint8_t swappiness;                 /* enum pl_swappiness_means */
        uint8_t has_score_adj;              /* the profile wants one */
        int32_t score_adj;                  /* that is wanted */
        uint32_t process_count;             /* of the last sweep: all of them */
        uint32_t adjusted_count;            /* that have it */
        uint32_t own_count;                 /* that have set their own, and are left alone */
};

struct pl_journal_row {
        uint64_t id; /* of the cgroup; 0: the row is nobody's */
        uint64_t parent_id;
        uint64_t since_usec; /* first seen */
        uint64_t at_usec;    /* of this row */
        uint32_t kind;       /* what identity says it is */
        int32_t runtime;     /* enum pl_runtime, or -1 */
        uint32_t profile;    /* as in struct pl_cgroup_facts */
        uint32_t flags;      /* enum pl_cgroup_flag */
        int32_t order;
        int32_t score_adj;
        uint32_t rank;  /* from 1; 0: not ranked */
        uint32_t state; /* of the ladder; 0: nothing is done to it */
        struct pl_cgroup_sample sample;
        struct pl_journal_limits limits;    /* as its files have them */
        struct pl_journal_limits effective; /* as the path grants them */
        struct pl_journal_standing standing;
        char name[PL_JOURNAL_NAME_BYTES];
        char unit[PL_JOURNAL_NAME_BYTES]; /* or the container */
        char profile_name[PL_JOURNAL_PROFILE_BYTES];
        char path[PL_JOURNAL_PATH_BYTES]; /* cut in its middle */
};

struct pl_journal_limits pl_journal_limits(const struct pl_limits *limits);
struct pl_limits pl_journal_limits_back(const struct pl_journal_limits *limits);

/* Fills a text of the structs here and in act.h, up to a NUL in the span if there is one, and zeros behind it: cut at the
 * end, or in the middle, as paths are, whose two ends tell more. */
void pl_journal_set_text(char *field, size_t size, struct pl_span text);
void pl_journal_set_path(char *field, size_t size, struct pl_span path);

_Static_assert((int) PL_JOURNAL_PROFILE_BYTES > (int) PL_NAME_MAX, "no profile's name is cut");
_Static_assert(sizeof(struct pl_journal_row) + 2 * sizeof(uint64_t) == PL_JOURNAL_ROW_BYTES,
               "no padding");
_Static_assert(sizeof(struct pl_journal_ranking) + 2 * sizeof(uint64_t) <= PL_JOURNAL_PAGE_BYTES,
               "one page");
_Static_assert(PL_JOURNAL_AT_STATE + sizeof(struct pl_journal_state) + 2 * sizeof(uint64_t) <=
                       PL_JOURNAL_PAGE_BYTES,
               "in the header page");
