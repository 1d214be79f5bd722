/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* write - rows of limit orders, carried out by two threads, so that a write which reclaims for seconds holds up nobody else.
 *
 * One row of a workload is out at a time: the caller's to see to, as engine/plan does. Rows are taken in the order in which
 * they were put, by whichever thread is free. The orders of a row are carried out one after the other; the first
 * that comes to anything but PL_WRITTEN ends it, and the rest is PL_WRITE_E_SKIPPED. A write that takes longer than
 * PL_WRITE_PATIENCE_USEC is interrupted by a signal to its thread, again and again until it comes back: the kernel
 * then ends its reclaim, and the limit is set or it is not, which the next look finds out.
 *
 * Starting allocates and makes the threads; putting and taking neither allocates nor blocks. Linux 5.5.
 */

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "plimsoll/base/clock.h"
#include "plimsoll/kernel/file.h"
#include "plimsoll/model/order.h"

enum {
        /* Rows that wait, are carried out, or were not taken yet. A look at thousands of new workloads waits for room. */
        PL_WRITE_ROWS_MAX = 256,
        PL_WRITE_THREADS = 2,
};

/* Outcomes of putting. */
enum {
        PL_WRITERS_E_FULL = 1, /* PL_WRITE_ROWS_MAX are out: take some, and put it then */
};

#define PL_WRITE_PATIENCE_USEC (200 * PL_USEC_PER_MSEC)

struct pl_write_row {
        uint64_t tag;  /* the caller's */
        int cgroup_fd; /* a directory; owned by the row from the moment it was put */
        uint32_t order_count;
        struct pl_limit_order orders[PL_LIMIT_ORDERS_MAX]; /* none of PL_LIMIT_UNIT */
};

struct pl_write_report {
        uint64_t tag;
        uint32_t outcome_count; /* one for each order, in their order */
        uint32_t reserved;
        struct pl_limit_outcome outcomes[PL_LIMIT_ORDERS_MAX];
};

struct pl_writers; /* heap: holds the rows, the threads and their buffers */

/* On failure nothing is left behind: −errno. The calling thread's capabilities are the threads'. */
int pl_writers_new(struct pl_writers **ret_writers);

/* Ends the threads when what they are writing comes back or is interrupted; rows that wait are given up. One that cannot be
 * interrupted is left behind after `patience_usec`, with what it uses. NULL is fine. */
void pl_writers_free(struct pl_writers *writers, uint64_t patience_usec);

/* Copies the row. PL_WRITERS_E_FULL: the fd stays the caller's. */
int pl_writers_put(struct pl_writers *writers, const struct pl_write_row *row);

/* Readable when there is something to take. */
int pl_writers_fd(const struct pl_writers *writers);

/* The next report; false: there is none. */
bool pl_writers_take(struct pl_writers *writers, struct pl_write_report *ret_report);

/* How many rows are out: put, and not taken. */
uint32_t pl_writers_count(const struct pl_writers *writers);

/* Carries a row out here and now, without a thread and without a bound on time; the fd stays the caller's. */
void pl_write_row(const struct pl_write_row *row, struct pl_file_buffer *buffer,
                  struct pl_write_report *ret_report);
