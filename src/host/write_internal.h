/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* write - what the parts of it share: a row on its way (_row), the threads (_thread), the queue between them and the caller.
 * Internal to host. */

#include <pthread.h>
#include <signal.h>
#include <time.h>

#include "plimsoll/host/write.h"

/* Between two signals to a write that does not come back. */
#define PL_WRITE_AGAIN_USEC (50 * PL_USEC_PER_MSEC)

/* ---- a row ---- */

void pl_write_begin(const struct pl_write_row *row, struct pl_write_report *report);

/* Carries out the next order. False: that was the last, or the rest is skipped. */
bool pl_write_step(const struct pl_write_row *row, struct pl_file_buffer *buffer,
                   struct pl_write_report *report);

/* ---- a thread ---- */

struct pl_writer {
        struct pl_writers *writers;
        pthread_t thread;
        /* Guarded by the mutex of all. */
        bool has_started, has_ended;
        int result; /* of its start: 0 or −errno */
        /* The thread's own. */
        timer_t timer;
        struct pl_write_row row;
        struct pl_write_report report;
        struct pl_file_buffer buffer;
};

/* Makes the thread, which does not wait for it. 0 or −errno. */
int pl_writer_start(struct pl_writer *writer);

/* Lets what the thread is waiting for return early, if a signal can do that. It has not been joined. */
void pl_writer_interrupt(struct pl_writer *writer);

/* ---- the queue ---- */

struct pl_writers {
        int fd;             /* an eventfd */
        uint32_t out_count; /* the caller's: rows that were put and not taken */
        uint32_t thread_count;
        pthread_mutex_t mutex;  /* of what follows, and never held over a system call */
        pthread_cond_t wanted;  /* there is a row, or the end has come */
        pthread_cond_t changed; /* a thread has started, or ended */
        bool is_ending;
        uint32_t row_first, row_count;
        uint32_t report_first, report_count;
        struct pl_write_row rows[PL_WRITE_ROWS_MAX];
        struct pl_write_report reports[PL_WRITE_ROWS_MAX];
        struct pl_writer threads[PL_WRITE_THREADS];
};

/* Waits for a row, which is the thread's from then on. False: it is to end. */
bool pl_writers_next(struct pl_writers *writers, struct pl_write_row *ret_row);
bool pl_writers_are_ending(struct pl_writers *writers);
void pl_writers_report(struct pl_writers *writers, const struct pl_write_report *report);

/* Said by a thread of itself. Nothing of it may be used after the second, which lets the caller free it. */
void pl_writers_say_started(struct pl_writer *writer, int result);
void pl_writers_say_ended(struct pl_writer *writer);
