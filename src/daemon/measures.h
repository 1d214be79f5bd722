/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* measures - what the engine has decided is carried out, and what came of it goes back to it and into the journal.
 *
 * A kill, a freeze, a reclaim are the killer's; a throttle, a looser memory.high and a cap are laid over the limits that the
 * enforcer keeps; a service that is to stay down is stopped by systemd, and started again when its time is over. Each
 * comes to one outcome. Before each the row on the board is read anew, so that whoever was protected since the decision is
 * not touched.
 *
 * Owns the killer; borrows the rest. Allocates when it is opened, and as libsystemd does. A kill is carried out by the call that
 * begins it; nothing else here waits.
 */

#include <stdbool.h>
#include <stdint.h>

#include "board.h"
#include "bus.h"
#include "mate.h"
#include "plimsoll/host/kill.h"
#include "plimsoll/model/decision.h"
#include "steps.h"

enum {
        /* Services that are kept down at a time. */
        PL_MEASURES_DOWN_MAX = 16,
        PL_MEASURES_UNIT_BYTES = 256,
        /* Processes that are looked at in one piece of a kill, each two system calls. */
        PL_MEASURES_BUDGET = 256,
};

/* The upper 16 bits of tags of ours; below them is an index. */
#define PL_MEASURES_TAG_TERM UINT64_C(0x11)
#define PL_MEASURES_TAG_DOWN UINT64_C(0x12)
/* In the tag of the job that starts one again; that of the job before it, which stops it, may end later. */
#define PL_MEASURES_TAG_START UINT64_C(0x80)

/* How long systemd is given to say whom to ask and how, out of the grace. */
#define PL_MEASURES_ASK_USEC (500 * PL_USEC_PER_MSEC)

struct pl_measures_options {
        struct pl_roots roots;
        struct pl_board *board; /* borrowed, and so are those below */
        struct pl_steps *steps;
        struct pl_enforcer *enforcer;
        struct pl_logbook *logbook;
        struct pl_mate *mate; /* NULL: none, so nobody is frozen */
};

/* Somebody who is to be asked to end, as soon as systemd has said how. */
struct pl_measures_term {
        uint64_t decision; /* 0: the place is free */
        uint64_t id;
        uint64_t deadline_usec;
        uint64_t expected_bytes;
        uint64_t ask_until_usec;
        uint64_t scope_id; /* whose shortage it is for; 0: the host's */
};

/* For the killer, and what the policy in force is asked before. */
struct pl_measures_request {
        struct pl_kill_request
                kill; /* of TERM the signal is the unit's, and a profile's goes before it */
        uint64_t scope_id;
        bool is_for_livelock;
};

/* What the killer has no room for now. */
struct pl_measures_queue {
        uint32_t count;
        struct pl_measures_request requests[PL_ACTING_MAX];
};

struct pl_measures_down {
        uint64_t decision; /* 0: the place is free */
        uint64_t id;       /* of the cgroup that it had */
        uint64_t began_usec;
        uint64_t until_usec;
        uint64_t hold_usec; /* the time it was to stay down until; until_usec may be later */
        bool is_down;       /* it is to be started in time; else it is on its way to be stopped */
        bool is_stopped;    /* systemd has said so: it comes back by somebody else's hand alone */
        bool is_leaving;    /* it is being started */
        bool is_back;       /* somebody else has started it: it is his affair */
        uint32_t tries;     /* to start it, that failed */
        char unit[PL_MEASURES_UNIT_BYTES];
        struct pl_journal_row row; /* who it was */
};

struct pl_measures {
        struct pl_measures_options options;
        struct pl_bus *bus;       /* borrowed; NULL: none */
        struct pl_killer *killer; /* owned */
        bool is_due;              /* something came of a measure that no step has seen */
        bool has_thawed;          /* what a daemon before this one held still */
        struct pl_measures_queue queue;
        struct pl_measures_term terms[PL_KILL_ACTS_MAX];
        struct pl_measures_down downs[PL_MEASURES_DOWN_MAX];
};

/* Starts the killer, and has the steps call pl_measures_take(). −errno, and then it need not be closed. */
int pl_measures_open(struct pl_measures *measures, const struct pl_measures_options *options);

/* Whoever is held still the mate lets go when the daemon ends, and overlays the enforcer takes back. Safe on one that was not
 * opened. */
void pl_measures_close(struct pl_measures *measures);

/* Starts who is kept down, before the daemon ends, and says who cannot be. True: some are on their way, and their jobs' ends
 * will be told. */
bool pl_measures_leave(struct pl_measures *measures);

/* NULL: it is about to be closed. */
void pl_measures_set_bus(struct pl_measures *measures, struct pl_bus *bus);

/* Carries out what a step has decided. */
void pl_measures_take(struct pl_measures *measures, const struct pl_judgement *judgement);

/* Readable when there is something for pl_measures_work(). */
int pl_measures_fd(const struct pl_measures *measures);
/* When it is due at the latest; UINT64_MAX: nothing is under way. */
uint64_t pl_measures_next_usec(const struct pl_measures *measures);

/* Goes on with what is under way. True: something came of it, and a step is to be taken. */
bool pl_measures_work(struct pl_measures *measures, uint64_t now_usec);

/* After the first look at everybody: whoever a daemon before this one held still is let go. */
void pl_measures_thaw_left(struct pl_measures *measures, uint64_t now_usec);

/* What systemd answers to questions with our tags; false: the tag is none of ours. NULL: it does not know. */
bool pl_measures_on_service(struct pl_measures *measures, uint64_t tag,
                            const struct pl_bus_service *service);
/* systemd cannot be reached any more. */
void pl_measures_on_bus_down(struct pl_measures *measures);
bool pl_measures_on_job(struct pl_measures *measures, uint64_t tag, bool is_done, const char *why);
