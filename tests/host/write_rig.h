/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Threads that write while a write waits that a signal ends, or one that nothing ends. Both are in the hand of the test: a write
 * of one value waits for a byte in a pipe and is interrupted as a reclaim is, one of another does not let itself be
 * interrupted. A wait without end fails at the deadline. Links with write and the calls for timers wrapped.
 */

#include "host/write_internal.h"

#include <stdatomic.h>

#include "writers.h"
#include "written.h"

enum { DEADLINE_MSEC = 60 * 1000 };

/* Values of memory.high. */
#define RECLAIMS      (111 * PL_MIB)
#define RECLAIMS_TEXT "116391936"
#define SLEEPS        (222 * PL_MIB)
#define SLEEPS_TEXT   "232783872"

/* ---- writes that wait ---- */

static int entered[2], gate[2]; /* a byte for each write that has begun; a byte lets one go on */
static atomic_int woken_count;  /* of those that no signal ends */
static int interruptions_needed;
static int error_when_interrupted; /* 0: the limit is set */

static inline int wait_interruptibly(void)
{
        int needed = interruptions_needed;
        char byte;

        while (read(gate[0], &byte, 1) < 0) {
                pl_assert(errno == EINTR);
                if (--needed == 0)
                        return error_when_interrupted;
        }
        return 0;
}

static inline int wait_for_the_gate(void)
{
        char byte;

        while (read(gate[0], &byte, 1) < 0)
                pl_assert(errno == EINTR);
        atomic_fetch_add(&woken_count, 1);
        return 0;
}

static inline int wait_if_told(const char *value)
{
        bool reclaims = strcmp(value, RECLAIMS_TEXT) == 0;

        if (!reclaims && strcmp(value, SLEEPS_TEXT) != 0)
                return 0;
        pl_assert(__real_write(entered[1], "", 1) == 1);
        return reclaims ? wait_interruptibly() : wait_for_the_gate();
}

static inline void must_be_readable(int fd)
{
        struct pollfd pollfd = { .fd = fd, .events = POLLIN };

        assert_int_equal(poll(&pollfd, 1, DEADLINE_MSEC), 1);
}

static inline void wait_until_entered(int count)
{
        char byte;

        for (int i = 0; i < count; i++) {
                must_be_readable(entered[0]);
                assert_int_equal(read(entered[0], &byte, 1), 1);
        }
}

static inline void open_gate(int count)
{
        for (int i = 0; i < count; i++)
                assert_int_equal(__real_write(gate[1], "", 1), 1);
}

/* ---- timers ---- */

static atomic_int timer_count, armings_count, armed_count;
static _Thread_local bool is_armed;
static atomic_bool timers_stand_still;

int __real_timer_create(clockid_t clock, struct sigevent *event, timer_t *ret_timer);
int __real_timer_delete(timer_t timer);
int __real_timer_settime(timer_t timer, int flags, const struct itimerspec *when,
                         struct itimerspec *ret_before);
int __wrap_timer_create(clockid_t clock, struct sigevent *event, timer_t *ret_timer);
int __wrap_timer_delete(timer_t timer);
int __wrap_timer_settime(timer_t timer, int flags, const struct itimerspec *when,
                         struct itimerspec *ret_before);

int __wrap_timer_create(clockid_t clock, struct sigevent *event, timer_t *ret_timer)
{
        atomic_fetch_add(&timer_count, 1);
        return __real_timer_create(clock, event, ret_timer);
}

int __wrap_timer_delete(timer_t timer)
{
        atomic_fetch_sub(&timer_count, 1);
        return __real_timer_delete(timer);
}

/* Each thread has one timer. */
int __wrap_timer_settime(timer_t timer, int flags, const struct itimerspec *when,
                         struct itimerspec *ret_before)
{
        bool arms = when->it_value.tv_sec != 0 || when->it_value.tv_nsec != 0;

        atomic_fetch_add(&armings_count, arms);
        atomic_fetch_add(&armed_count, arms - is_armed);
        is_armed = arms;
        return timers_stand_still ? 0 : __real_timer_settime(timer, flags, when, ret_before);
}

/* ---- the writers ---- */

static struct pl_writers *writers;
static struct pl_write_report report;
static int fds_before;

static inline int set_up(void **state)
{
        (void) written_set_up(state);
        cgroup_make_limited("a", "4096\n");
        assert_int_equal(pipe2(entered, O_CLOEXEC), 0);
        assert_int_equal(pipe2(gate, O_CLOEXEC), 0);
        kernel_says = wait_if_told;
        atomic_store(&woken_count, 0);
        atomic_store(&timer_count, 0);
        timers_stand_still = false;
        interruptions_needed = 1;
        error_when_interrupted = EINTR;
        fds_before = test_open_fds();
        assert_int_equal(pl_writers_new(&writers), 0);
        return 0;
}

static inline void end(uint64_t patience_usec)
{
        pl_writers_free(PL_TAKE_PTR(writers), patience_usec);
}

static inline int tear_down(void **state)
{
        end(PL_USEC_PER_MINUTE);
        for (int i = 0; i < 2; i++) {
                (void) close(entered[i]);
                (void) close(gate[i]);
        }
        return written_tear_down(state);
}

static inline struct pl_write_row row_of(uint64_t tag)
{
        return (struct pl_write_row){ .tag = tag, .cgroup_fd = cgroup_open("a") };
}

static inline void put_row(const struct pl_write_row *row)
{
        assert_int_equal(pl_writers_put(writers, row), 0);
}

static inline void put(uint64_t tag, uint64_t high_bytes)
{
        struct pl_write_row row = row_of(tag);

        add_order(&row, PL_LIMIT_HIGH, high_bytes, PL_SIZE_MAX);
        put_row(&row);
}

/* The next report, when it comes. */
static inline uint64_t take(void)
{
        while (!pl_writers_take(writers, &report))
                must_be_readable(pl_writers_fd(writers));
        return report.tag;
}

static inline bool is_readable(void)
{
        struct pollfd pollfd = { .fd = pl_writers_fd(writers), .events = POLLIN };

        return poll(&pollfd, 1, 0) == 1;
}

static inline void put_reclaiming(uint64_t tag)
{
        struct pl_write_row row = row_of(tag);

        add_order(&row, PL_LIMIT_HIGH, RECLAIMS, PL_SIZE_MAX);
        add_order(&row, PL_LIMIT_SWAP_MAX, 0, PL_SIZE_MAX);
        put_row(&row);
}
