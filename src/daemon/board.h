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

#include "enforce.h"
#include "logbook.h"
#include "plimsoll/host/census.h"
#include "plimsoll/host/names.h"
#include "plimsoll/host/sample.h"
#include "plimsoll/policy/load.h"
#include "plimsoll/policy/resolve.h"
#include "steps.h"
#include "triggers.h"

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
        /* Looks between two questions whether a container is still called so: a minute, by default. */
        PL_BOARD_NAMES_EVERY = 12,
        /* Services that systemd is asked about at a time: a quarter of the calls that may wait, so that limits need not. */
        PL_BOARD_QUESTIONS = 16,
};

#define PL_BOARD_NO_ROW UINT32_MAX
#define PL_BOARD_NEVER  UINT64_MAX

/* The upper 16 bits of the tags of the board's questions to systemd; those of the enforcer's are below. */
#define PL_BOARD_TAG UINT64_C(0x10)

/* Of a container: what its runtime has written of it. */
struct pl_board_naming {
        struct pl_names *names;      /* owned; NULL: not known */
        struct pl_names_stamp stamp; /* of the file that they are from */
        uint64_t due_usec;           /* when it is to be asked for; PL_BOARD_NEVER: it is not */
        uint64_t until_usec;         /* as long as that it is nobody's; 0: it is not waited for */
        uint32_t attempts;           /* that came to nothing */
        int result;                  /* of the last of them */
        bool is_asked;               /* the answer is on its way */
        bool is_untold;              /* that it has appeared */
        bool is_users;               /* a user's runtime has made it, and not the system's */
};

/* By the census' index. */
struct pl_board_place {
        uint32_t row;        /* PL_BOARD_NO_ROW: it has none */
        uint32_t claim;      /* what can change of what it is matched by, as a number */
        uint32_t policy;     /* that it was matched by: the board's number, or 0 */
        uint32_t told;       /* by whose numbers the engine knows it: the same */
        uint32_t enforced;   /* the enforcer's number, or PL_POOL_NONE */
        int64_t applied_sec; /* when an order said `apply` to it last */
        uint32_t units;      /* the reading of units that `returns` is of; 0: not known */
        bool returns;        /* as a service, after a clean end */
        struct pl_board_naming *naming; /* owned; NULL: its path says all that there is to know */
};

struct pl_board_question {
        uint64_t id;    /* of the cgroup; 0: none */
        uint32_t units; /* the reading when it was asked */
};

/* Who hears of everybody who appears, after the first look; zeroed: nobody. */
struct pl_board_ear {
        void (*appeared)(void *to, uint32_t index, const struct pl_journal_row *row);
        void *to;
};

struct pl_board_options {
        struct pl_roots roots;
        struct pl_census_options census;
        bool recursive_protection;
        struct pl_logbook *logbook;   /* borrowed */
        struct pl_steps *steps;       /* borrowed */
        struct pl_enforcer *enforcer; /* borrowed; NULL: nothing is enforced */
        struct pl_triggers *triggers; /* borrowed; NULL: nobody is waited for */
        struct pl_namer *namer;       /* borrowed; NULL: containers have the names of their paths */
};

struct pl_board {
        struct pl_board_options options;
        const struct pl_policy *policy; /* borrowed; NULL: none */
        uint32_t policy_number;         /* from 1, of those that the board has had */
        uint32_t matched_number;        /* by which everybody has been matched */
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

        const char **labels; /* owned; those that the policy's selectors name */
        size_t label_count;
        uint64_t labels_sum;    /* of their words */
        bool lacks_labels;      /* there was no room for them */
        uint32_t unnamed_count; /* containers that are to be asked after, now or later */
        uint32_t awaited_count; /* those that are nobody's until they have names */
        uint64_t
                names_due_usec; /* when there is something to do about them; PL_BOARD_NEVER: when an answer comes */

        struct pl_board_ear ear;
        struct pl_bus *bus; /* borrowed; NULL: nobody is asked */
        uint32_t units;     /* how often systemd has read its units, counted from 1 */
        struct pl_board_question questions[PL_BOARD_QUESTIONS];
        uint32_t
                hot_first; /* of those who are looked at closely: whose memory.stat was left out last time */

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

/* A look at those alone whom memory hangs on, at most PL_SAMPLE_HOT_MAX; none: their files are closed. memory.stat is read of
 * whom it is at least that old. Allocates nothing. */
void pl_board_look_hot(struct pl_board *board, const uint64_t *ids, uint32_t count,
                       uint64_t stat_usec, uint64_t now_usec);

/* A cgroup as it is shown; false: it is not. */
bool pl_board_find(const struct pl_board *board, uint64_t id, uint32_t *ret_index,
                   struct pl_journal_row *ret_row);

/* Whoever is asked whether services come back; NULL: nobody. Also when the connection has come up or gone: what was asked is
 * not answered any more. */
void pl_board_set_bus(struct pl_board *board, struct pl_bus *bus);
/* Units may be other ones now. */
void pl_board_on_reloaded(struct pl_board *board);
/* What systemd answers to questions with our tag; false: it is none of ours. */
bool pl_board_on_service(struct pl_board *board, uint64_t tag, const struct pl_bus_service *service,
                         uint64_t now_usec);

/* Readable when there is news; −1: only looks tell. */
int pl_board_fd(const struct pl_board *board);
