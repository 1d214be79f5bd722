/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* board - everybody on this host as the journal shows them: who appears gets a row, a profile and, at every look, figures.
 *
 * The row in the journal is all that is kept of a workload beside the census; what was written there is what the next
 * look goes on from. Owns the census and the sampler; borrows the rest. Allocates when cgroups appear. Never blocks for
 * longer than opening and reading a few files of cgroupfs takes: the work is done in pieces.
 *
 *     pl_board_begin(&board, now)                    at every scan period
 *     while (pl_board_work(&board, now))             a piece at a time, others in between
 */

#include <stdbool.h>
#include <stdint.h>

#include "logbook.h"
#include "plimsoll/host/census.h"
#include "plimsoll/host/sample.h"
#include "plimsoll/policy/load.h"
#include "plimsoll/policy/resolve.h"
#include "steps.h"

enum {
        /* Rows that a board can have, in words of bits. */
        PL_BOARD_WORDS = PL_JOURNAL_ROWS_MAX / 64,
        /* Names, states and directories that the census looks at in one piece of work: below 2 ms, even of a slow disk's
         * machine; a system call of cgroupfs takes 1 to 5 µs. */
        PL_BOARD_LOOKS = 256,
        /* Workloads whose figures are read in one piece of work, each some 25 system calls. */
        PL_BOARD_SAMPLES = 32,
        /* memory.stat makes the kernel add up its counters, and identity needs a handful of calls: both are had at every
         * third look. */
        PL_BOARD_SLOW_EVERY = 3,
};

#define PL_BOARD_NO_ROW UINT32_MAX

/* By the census' index. */
struct pl_board_place {
        uint32_t row;    /* PL_BOARD_NO_ROW: it has none */
        uint32_t claim;  /* what can change of what it is matched by, as a number */
        uint32_t policy; /* that it was matched by: the board's number, or 0 */
        uint32_t told;   /* by whose numbers the engine knows it: the same */
};

struct pl_board_options {
        struct pl_roots roots;
        struct pl_census_options census;
        bool recursive_protection;
        struct pl_logbook *logbook; /* borrowed */
        struct pl_steps *steps;     /* borrowed */
};

struct pl_board {
        struct pl_board_options options;
        const struct pl_policy *policy; /* borrowed; NULL: none */
        uint32_t policy_number;         /* from 1, of those that the board has had */
        struct pl_host_facts host;

        struct pl_board_place *places; /* owned */
        uint32_t place_count;
        uint64_t rows[PL_BOARD_WORDS]; /* a bit for each that is taken */
        uint32_t row_count;
        uint32_t workload_count, profile_count; /* that have a row, now */
        /* Workloads without one, at the last look: neither matched nor measured, and the engine does not know them. */
        uint32_t unlisted_count;

        bool is_looking;         /* a look is under way */
        bool has_looked;         /* one has come to its end */
        uint32_t cursor;         /* of the look */
        uint32_t unlisted;       /* that it has come across */
        uint32_t look;           /* its number */
        uint32_t pieces;         /* of work that the first one has waited for */
        uint64_t begun_usec;     /* the look */
        uint64_t looked_at_usec; /* the last one's end */

        /* Each with large room for texts. */
        struct pl_census census;
        struct pl_sampler sampler;
        struct pl_cgroup_walk walk; /* only while it is used */
};

/* Also after a failure it can be closed. */
int pl_board_open(struct pl_board *board, const struct pl_board_options *options);
void pl_board_close(struct pl_board *board);

/* Another policy, whose numbers of profiles mean something else: the look that is under way, or the next one, matches
 * everybody once, and who cannot be told then has no profile until he can. */
void pl_board_set_policy(struct pl_board *board, const struct pl_policy *policy,
                         const struct pl_host_facts *host);

/* Begins a look at everybody. False when the one before is not over. */
bool pl_board_begin(struct pl_board *board, uint64_t now_usec);

/* The next piece of work, if there is any: news from the kernel, who came and went, then the look. True: there is more. */
bool pl_board_work(struct pl_board *board, uint64_t now_usec);

/* Readable when there is news; −1: only looks tell. */
int pl_board_fd(const struct pl_board *board);
