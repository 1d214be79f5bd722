/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* selftest - whether this daemon could act, found out while nobody has to die: at the start, every so often, and each minute as
 * long as it could not.
 *
 * With the first of the ranking it is tried what their end would take, short of doing anything; and all of it, into a cgroup
 * and dead by its cgroup.kill, with a child of ours. For that child the daemon's own cgroup gets one inside of it, which is
 * removed again; what a daemon before this one has left there is removed first. What fails is an alarm.
 *
 * Goes on at each tick: one workload a time, then the child, then looking whether that is dead. Nobody is tried while the host
 * is short or anybody is acted on. Borrows what it is given; owns a directory fd and the child while a test is under way.
 * Allocates nothing; opens some files at a time, and forks once in a test, which takes a process that has touched and locked
 * 32 MiB some 1.5 ms. Linux 5.14 for the child.
 */

#include <stdbool.h>
#include <stdint.h>

#include "board.h"
#include "plimsoll/base/clock.h"
#include "plimsoll/host/kill.h"

enum {
        /* Of the ranking: enough to come upon what is somebody else's, and three of a few system calls each. */
        PL_SELFTEST_CANDIDATES_MAX = 3,
};

/* A child that is killed dies within milliseconds; on a host that is busy, with everything else on it, within this. */
#define PL_SELFTEST_DEATH_USEC (5 * PL_USEC_PER_SEC)
/* As long as something fails. */
#define PL_SELFTEST_RETRY_USEC PL_USEC_PER_MINUTE
/* That the same still fails is said again after so long. */
#define PL_SELFTEST_REMIND_USEC PL_USEC_PER_HOUR

enum pl_selftest_phase {
        PL_SELFTEST_RESTS,
        PL_SELFTEST_TRIES, /* what the end of a candidate takes */
        PL_SELFTEST_BURIES /* the child */
};

/* The first thing that fails. */
struct pl_selftest_finding {
        int part;    /* enum pl_kill_part; PL_KILL_PARTS: all works */
        int error;   /* a positive errno */
        uint64_t id; /* of whom; 0: the child */
};

struct pl_selftest {
        enum pl_selftest_phase phase;
        bool has_run;
        uint64_t tested_usec;               /* when the last one was over */
        struct pl_selftest_finding finding; /* of the last one */
        struct pl_selftest_finding told;
        uint64_t told_usec;
        /* That the whole way cannot be tried here: a positive errno, or 0. */
        int untried_error;

        /* Of the one that is under way. */
        struct pl_selftest_finding found;
        uint32_t candidate_count, next;
        uint64_t candidates[PL_SELFTEST_CANDIDATES_MAX];
        struct pl_kill_test child;
        uint64_t give_up_usec;
        int own_fd;                   /* owned: the daemon's cgroup; −1: none */
        struct pl_file_buffer buffer; /* large */
};

struct pl_selftest_given {
        struct pl_killer *killer;
        struct pl_board *board; /* its rows, and what the last step made of them */
        uint64_t period_usec;
};

void pl_selftest_init(struct pl_selftest *test);

/* A child that still lives is killed, and its cgroup removed. Safe on one that was never stepped. */
void pl_selftest_done(struct pl_selftest *test);

/* The next piece, if it is time for one. */
void pl_selftest_step(struct pl_selftest *test, const struct pl_selftest_given *given,
                      uint64_t now_usec);

/* The last test says that this daemon cannot act as it should. */
bool pl_selftest_is_unfit(const struct pl_selftest *test);
