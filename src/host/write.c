/* SPDX-License-Identifier: Apache-2.0 */

/* Two rings under one mutex: rows to the threads, reports to the caller. All rows that are out have their place in both, so
 * neither ever overflows. The mutex is never held over a system call, so that whoever wants it waits for copying and no
 * more.
 *
 * The eventfd is written when the first report lies there, and read when the caller finds none. Between his look and his
 * reading one may come: he looks once more, and if there are more, it is written again. So it is readable, or about to be,
 * while there is something to take. At worst it is readable once for nothing.
 */

#include "plimsoll/host/write.h"

#include <errno.h>
#include <sys/eventfd.h>

#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"
#include "write_internal.h"

/* Where not all could be started, the others have nothing in hand: they end when they are let run. */
#define START_PATIENCE_USEC PL_USEC_PER_MINUTE

static void lock(struct pl_writers *writers)
{
        pl_assert(pthread_mutex_lock(&writers->mutex) == 0);
}

static void unlock(struct pl_writers *writers)
{
        pl_assert(pthread_mutex_unlock(&writers->mutex) == 0);
}

/* ---- the threads' side ---- */

static uint32_t place(uint32_t first, uint32_t count)
{
        return (first + count) % PL_WRITE_ROWS_MAX;
}

bool pl_writers_next(struct pl_writers *writers, struct pl_write_row *ret_row)
{
        bool has;

        lock(writers);
        while (!writers->is_ending && writers->row_count == 0)
                (void) pthread_cond_wait(&writers->wanted, &writers->mutex);
        has = !writers->is_ending;
        if (has) {
                *ret_row = writers->rows[writers->row_first];
                writers->row_first = place(writers->row_first, 1);
                writers->row_count--;
        }
        unlock(writers);
        return has;
}

bool pl_writers_are_ending(struct pl_writers *writers)
{
        bool is_ending;

        lock(writers);
        is_ending = writers->is_ending;
        unlock(writers);
        return is_ending;
}

/* Cannot fail: the counter is far from its end, and the fd is ours. */
static void make_readable(const struct pl_writers *writers)
{
        (void) eventfd_write(writers->fd, 1);
}

void pl_writers_report(struct pl_writers *writers, const struct pl_write_report *report)
{
        bool is_first;

        lock(writers);
        pl_assert(writers->report_count < PL_WRITE_ROWS_MAX);
        is_first = writers->report_count == 0;
        writers->reports[place(writers->report_first, writers->report_count++)] = *report;
        unlock(writers);
        if (is_first)
                make_readable(writers);
}

void pl_writers_say_started(struct pl_writer *writer, int result)
{
        struct pl_writers *writers = writer->writers;

        lock(writers);
        writer->has_started = true;
        writer->result = result;
        unlock(writers);
        (void) pthread_cond_signal(&writers->changed);
}

void pl_writers_say_ended(struct pl_writer *writer)
{
        struct pl_writers *writers = writer->writers;

        lock(writers);
        writer->has_ended = true;
        unlock(writers);
        /* It is joined before anything is freed. */
        (void) pthread_cond_signal(&writers->changed);
}

/* ---- putting and taking ---- */

int pl_writers_put(struct pl_writers *writers, const struct pl_write_row *row)
{
        pl_assert(row->cgroup_fd >= 0);
        pl_assert(row->order_count > 0 && row->order_count <= PL_LIMIT_ORDERS_MAX);

        if (writers->out_count == PL_WRITE_ROWS_MAX)
                return PL_WRITERS_E_FULL;
        writers->out_count++;
        lock(writers);
        pl_assert(writers->row_count < PL_WRITE_ROWS_MAX);
        writers->rows[place(writers->row_first, writers->row_count++)] = *row;
        unlock(writers);
        (void) pthread_cond_signal(&writers->wanted);
        return 0;
}

int pl_writers_fd(const struct pl_writers *writers)
{
        return writers->fd;
}

static bool take(struct pl_writers *writers, struct pl_write_report *ret_report, bool *ret_more)
{
        bool has;

        lock(writers);
        has = writers->report_count > 0;
        if (has) {
                *ret_report = writers->reports[writers->report_first];
                writers->report_first = place(writers->report_first, 1);
                writers->report_count--;
        }
        *ret_more = writers->report_count > 0;
        unlock(writers);
        if (has) {
                pl_assert(writers->out_count > 0);
                writers->out_count--;
        }
        return has;
}

bool pl_writers_take(struct pl_writers *writers, struct pl_write_report *ret_report)
{
        eventfd_t count;
        bool more;

        pl_assert(ret_report);

        if (take(writers, ret_report, &more))
                return true;
        (void) eventfd_read(writers->fd, &count);
        if (!take(writers, ret_report, &more))
                return false;
        if (more)
                make_readable(writers);
        return true;
}

uint32_t pl_writers_count(const struct pl_writers *writers)
{
        return writers->out_count;
}

/* ---- begin and end ---- */

/* Under the mutex. */
static bool all_ended(const struct pl_writers *writers)
{
        for (uint32_t i = 0; i < writers->thread_count; i++)
                if (!writers->threads[i].has_ended)
                        return false;
        return true;
}

/* By a clock that nobody sets and that condition variables know. */
static struct timespec from_now(uint64_t usec)
{
        struct timespec at;

        pl_assert(clock_gettime(CLOCK_MONOTONIC, &at) == 0);
        usec += (uint64_t) at.tv_nsec / 1000;
        at.tv_sec += (time_t) (usec / PL_USEC_PER_SEC);
        at.tv_nsec = (long) (usec % PL_USEC_PER_SEC * 1000);
        return at;
}

/* Whether all have ended, within this time. */
static bool wait_for_end(struct pl_writers *writers, uint64_t usec)
{
        const struct timespec until = from_now(usec);
        bool ended;
        int r = 0;

        lock(writers);
        while (!(ended = all_ended(writers)) && r == 0)
                r = pthread_cond_timedwait(&writers->changed, &writers->mutex, &until);
        unlock(writers);
        return ended;
}

static bool end_threads(struct pl_writers *writers, uint64_t patience_usec)
{
        uint64_t left_usec = patience_usec;
        bool ended;

        do {
                uint64_t slice_usec = PL_MIN(left_usec, PL_WRITE_AGAIN_USEC);

                for (uint32_t i = 0; i < writers->thread_count; i++)
                        pl_writer_interrupt(&writers->threads[i]);
                ended = wait_for_end(writers, slice_usec);
                left_usec -= slice_usec;
        } while (!ended && left_usec > 0);
        return ended;
}

/* No thread takes a row any more, so those that wait are the caller's alone. */
static void give_up_rows(struct pl_writers *writers)
{
        lock(writers);
        writers->is_ending = true;
        unlock(writers);
        (void) pthread_cond_broadcast(&writers->wanted);
        while (writers->row_count > 0) {
                pl_cleanup_close(&writers->rows[writers->row_first].cgroup_fd);
                writers->row_first = place(writers->row_first, 1);
                writers->row_count--;
        }
}

static void destroy(struct pl_writers *writers)
{
        for (uint32_t i = 0; i < writers->thread_count; i++)
                pl_assert(pthread_join(writers->threads[i].thread, NULL) == 0);
        (void) pthread_cond_destroy(&writers->changed);
        (void) pthread_cond_destroy(&writers->wanted);
        (void) pthread_mutex_destroy(&writers->mutex);
        pl_cleanup_close(&writers->fd);
        free(writers);
}

void pl_writers_free(struct pl_writers *writers, uint64_t patience_usec)
{
        if (!writers)
                return;
        give_up_rows(writers);
        if (end_threads(writers, patience_usec)) {
                destroy(writers);
                return;
        }
        /* Who comes back later finds all as he left it, the fd as well, whose number must not be another's by then. That is
         * never freed: the process is about to end, and who frees would have to know who comes last. */
        for (uint32_t i = 0; i < writers->thread_count; i++)
                (void) pthread_detach(writers->threads[i].thread);
}

/* None of these fails: the C library only writes into the memory given. */
static void init_locks(struct pl_writers *writers)
{
        pthread_condattr_t monotonic;

        pl_assert(pthread_mutex_init(&writers->mutex, NULL) == 0);
        pl_assert(pthread_cond_init(&writers->wanted, NULL) == 0);
        pl_assert(pthread_condattr_init(&monotonic) == 0);
        pl_assert(pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC) == 0);
        pl_assert(pthread_cond_init(&writers->changed, &monotonic) == 0);
        pl_assert(pthread_condattr_destroy(&monotonic) == 0);
}

static int wait_for_start(struct pl_writers *writers)
{
        int r = 0;

        lock(writers);
        for (uint32_t i = 0; i < writers->thread_count; i++) {
                const struct pl_writer *writer = &writers->threads[i];

                while (!writer->has_started)
                        (void) pthread_cond_wait(&writers->changed, &writers->mutex);
                if (r == 0)
                        r = writer->result;
        }
        unlock(writers);
        return r;
}

static int start_threads(struct pl_writers *writers)
{
        for (uint32_t i = 0; i < PL_WRITE_THREADS; i++) {
                int r;

                writers->threads[i].writers = writers;
                r = pl_writer_start(&writers->threads[i]);
                if (r < 0)
                        return r;
                writers->thread_count++;
        }
        return wait_for_start(writers);
}

int pl_writers_new(struct pl_writers **ret_writers)
{
        struct pl_writers *writers;
        int r;

        pl_assert(ret_writers);

        writers = calloc(1, sizeof *writers);
        if (!writers)
                return -ENOMEM;
        init_locks(writers);
        writers->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        r = writers->fd < 0 ? -errno : start_threads(writers);
        if (r < 0) {
                pl_writers_free(writers, START_PATIENCE_USEC);
                return r;
        }
        *ret_writers = writers;
        return 0;
}
