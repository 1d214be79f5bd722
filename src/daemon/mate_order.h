/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* mate_order - what goes over the socket between the daemon and its mate: packets of one kind each, with descriptors on the
 * way. Both ends are the same program, so a packet is a struct as it is. Never blocks and never allocates.
 */

#include <stddef.h>
#include <stdint.h>

#include "mate.h"

enum pl_mate_order_kind {
        PL_MATE_ORDER_WAKE, /* one byte, and nothing else */
        PL_MATE_ORDER_SHOW, /* an fd: the journal */
        PL_MATE_ORDER_HOLD, /* an fd: the cgroup */
        PL_MATE_ORDER_LET_GO,
        PL_MATE_ORDER_BRIEF, /* an fd for each that is ranked */
        PL_MATE_ORDER_KINDS,
};

struct pl_mate_order {
        uint32_t kind;     /* enum pl_mate_order_kind */
        uint32_t reserved; /* 0 */
        union {
                uint64_t from_sequence; /* SHOW */
                struct {
                        uint64_t id;
                        uint64_t deadline_usec;
                } held;                     /* HOLD and LET_GO */
                struct pl_mate_brief brief; /* BRIEF */
        };
};

/* The other way: what the mate has done; and before that, that it has begun to. */
struct pl_mate_deed {
        struct pl_outcome outcome; /* of one that has begun the id and the measure */
        char name[PL_JOURNAL_NAME_BYTES];
        uint64_t until_usec; /* when it is given up; 0: it is over */
};

enum {
        PL_MATE_ORDER_E_NONE = 1, /* none is there now */
        PL_MATE_ORDER_E_GONE,     /* none will ever come */
        PL_MATE_ORDER_E_FOREIGN,  /* it made no sense, and was thrown away */
};

/* How many descriptors go with it. */
size_t pl_mate_order_fds(const struct pl_mate_order *order);

/* As many fds as that, which stay the caller's. -EPIPE: the other one has gone; -EAGAIN: no more fits. */
int pl_mate_order_send(int socket_fd, const struct pl_mate_order *order, const int *fds);

/* Takes one packet; as many fds as pl_mate_order_fds() says are the caller's then. */
int pl_mate_order_take(int socket_fd, struct pl_mate_order *ret_order,
                       int ret_fds[PL_MATE_RANKED_MAX]);
