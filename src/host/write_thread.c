/* SPDX-License-Identifier: Apache-2.0 */

/* The kernel looks for a pending signal between two rounds of its reclaim and ends there, with the limit set
 * (memory_high_write() and memory_max_write(), mm/memcontrol.c). So a write is bounded by a signal to the thread that is in it.
 * The signal has a handler, for one that is ignored interrupts nothing; the handler does nothing, and is without
 * SA_RESTART. One that comes just before the thread enters the kernel is spent on nothing. Therefore it comes again and
 * again. A thread that sleeps where no signal reaches it does not come back until the kernel lets it.
 */

#include <errno.h>
#include <unistd.h>

#include "plimsoll/base/assert.h"
#include "write_internal.h"

/* timer_create(2) calls it so, older C libraries have no name for it. */
#ifndef sigev_notify_thread_id
#define sigev_notify_thread_id _sigev_un._tid
#endif

enum {
        /* By default nothing happens at it, and nothing in a daemon without network sends it: one that is late harms nobody. */
        INTERRUPT = SIGURG,
        /* A few frames of two hundred bytes and what the kernel puts there for a handler, 3 to 11 KiB with the registers of
         * newer processors: 16 KiB would do. aarch64 takes no less than this. Of locked memory counts only what was
         * touched, but against RLIMIT_MEMLOCK all of it, where the default of 8 MiB would not fit. */
        STACK_BYTES = 128 * 1024,
};

#define THREAD_NAME "plimsoll-write" /* the kernel's log says it of kills within a write */

static void do_nothing(int number)
{
        (void) number;
}

static struct timespec timespec_of(uint64_t usec)
{
        return (struct timespec){ .tv_sec = (time_t) (usec / PL_USEC_PER_SEC),
                                  .tv_nsec = (long) (usec % PL_USEC_PER_SEC * 1000) };
}

static int make_timer(timer_t *ret_timer)
{
        struct sigevent event = { .sigev_notify = SIGEV_THREAD_ID, .sigev_signo = INTERRUPT };

        event.sigev_notify_thread_id = gettid();
        return timer_create(CLOCK_MONOTONIC, &event, ret_timer) < 0 ? -errno : 0;
}

/* Patience counts from now. */
static void arm(const struct pl_writer *writer)
{
        const struct itimerspec when = { .it_value = timespec_of(PL_WRITE_PATIENCE_USEC),
                                         .it_interval = timespec_of(PL_WRITE_AGAIN_USEC) };

        pl_assert(timer_settime(writer->timer, 0, &when, NULL) == 0);
}

static void disarm(const struct pl_writer *writer)
{
        const struct itimerspec never = {};

        pl_assert(timer_settime(writer->timer, 0, &never, NULL) == 0);
}

/* Ends between two orders if it has to: as after a failure, each value keeps its distance to those before it. */
static void carry_out(struct pl_writer *writer)
{
        bool more;

        pl_write_begin(&writer->row, &writer->report);
        do {
                arm(writer);
                more = pl_write_step(&writer->row, &writer->buffer, &writer->report);
        } while (more && !pl_writers_are_ending(writer->writers));
        disarm(writer);
        pl_cleanup_close(&writer->row.cgroup_fd);
        pl_writers_report(writer->writers, &writer->report);
}

static void *run(void *userdata)
{
        struct pl_writer *writer = userdata;
        int r;

        (void) pthread_setname_np(pthread_self(), THREAD_NAME);
        r = make_timer(&writer->timer);
        pl_writers_say_started(writer, r);
        if (r == 0) {
                while (pl_writers_next(writer->writers, &writer->row))
                        carry_out(writer);
                (void) timer_delete(writer->timer);
        }
        pl_writers_say_ended(writer);
        return NULL;
}

/* For the whole process, and for good: a thread that was left behind may still be sent it. */
static int set_handler(void)
{
        const struct sigaction action = { .sa_handler = do_nothing };

        return sigaction(INTERRUPT, &action, NULL) < 0 ? -errno : 0;
}

static int create(struct pl_writer *writer)
{
        pthread_attr_t attributes;
        int r = pthread_attr_init(&attributes);

        if (r != 0)
                return -r;
        r = pthread_attr_setstacksize(&attributes, STACK_BYTES);
        if (r == 0)
                r = pthread_create(&writer->thread, &attributes, run, writer);
        (void) pthread_attr_destroy(&attributes);
        return -r;
}

int pl_writer_start(struct pl_writer *writer)
{
        sigset_t all, before;
        int r = set_handler();

        if (r < 0)
                return r;
        /* A thread begins with the mask of who makes it. All other signals are for the loop, which waits for them. */
        (void) sigfillset(&all);
        (void) sigdelset(&all, INTERRUPT);
        pl_assert(pthread_sigmask(SIG_SETMASK, &all, &before) == 0);
        r = create(writer);
        pl_assert(pthread_sigmask(SIG_SETMASK, &before, NULL) == 0);
        return r;
}

void pl_writer_interrupt(struct pl_writer *writer)
{
        /* Fails of one that has ended, or not at all. */
        (void) pthread_kill(writer->thread, INTERRUPT);
}
