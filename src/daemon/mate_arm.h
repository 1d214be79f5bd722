/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* mate_arm - the mate's hand: what the daemon has briefed it of, a killer, and who is dying by it. One at a time: nobody else
 * is killed before that one is dead, or its time is over, and the host was looked at anew.
 *
 * Made at the start; after that nothing allocates. Owns the fds of those who are ranked, and the killer.
 */

#include "mate_guard.h"
#include "mate_order.h"
#include "plimsoll/host/kill.h"

struct pl_mate_arm {
        struct pl_roots roots;    /* borrowed */
        struct pl_killer *killer; /* owned; NULL: it cannot act */
        bool is_rehearsed;
        struct pl_mate_brief brief;         /* the last one */
        int fds[PL_MATE_RANKED_MAX];        /* owned, as many as are ranked */
        uint64_t tried[PL_MATE_RANKED_MAX]; /* ids of those of no avail; 0: none */
        uint64_t rest_until_usec;           /* nobody else is killed before that */
        char name[PL_JOURNAL_NAME_BYTES];   /* of who is dying */
        uint64_t dying_id;                  /* who that is, until it was told; 0: it was */
        uint64_t dying_until_usec;
};

/* Without a tree of cgroups, or memory, it does nothing ever. */
void pl_mate_arm_init(struct pl_mate_arm *arm, const struct pl_roots *roots);
void pl_mate_arm_done(struct pl_mate_arm *arm);

/* Takes over the fds; the brief before is forgotten. With the first who is ranked, ever, it goes the way of a kill once,
 * short of killing: so that the memory that it takes is there. */
void pl_mate_arm_brief(struct pl_mate_arm *arm, const struct pl_mate_brief *brief, const int *fds);

/* Whether the host has to be looked at: it may act, and the daemon has been silent for a tick. */
bool pl_mate_arm_looks(const struct pl_mate_arm *arm, uint64_t silent_usec);

/* Judges, and begins a kill. */
void pl_mate_arm_judge(struct pl_mate_arm *arm, uint64_t now_usec, uint64_t silent_usec,
                       const struct pl_guard_host *host, struct pl_file_buffer *buffer);

/* Whom it has begun to kill since this was asked last, and until when he is waited for. */
bool pl_mate_arm_begun(struct pl_mate_arm *arm, struct pl_mate_deed *ret_deed);

/* Goes on with what is under way. True: that is over. */
bool pl_mate_arm_step(struct pl_mate_arm *arm, uint64_t now_usec, struct pl_mate_deed *ret_deed);

/* What wakes it: an fd, or −1; and when to step at the latest, or UINT64_MAX. */
int pl_mate_arm_fd(const struct pl_mate_arm *arm);
uint64_t pl_mate_arm_next_usec(const struct pl_mate_arm *arm);
