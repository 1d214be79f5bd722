/* SPDX-License-Identifier: Apache-2.0 */

/* Limits while calls fail: what is said to be written is, what is not said to be is not, and the errno arrives. And threads
 * that cannot be started: nothing is left of those that could.
 */

#include "fault/check.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <time.h>

#include "fault/directory.h"
#include "host/writers.h"
#include "plimsoll/base/size.h"
#include "plimsoll/host/write.h"

/* ---- a row ---- */

static const struct {
        enum pl_limit limit;
        uint64_t value_bytes, use_below_bytes;
        const char *text;
} orders[] = {
        { PL_LIMIT_LOW, 0, PL_SIZE_MAX, "0\n" },
        { PL_LIMIT_MAX, 8192, 4096, "8192\n" },
        { PL_LIMIT_OOM_GROUP, 1, PL_SIZE_MAX, "1\n" },
};

static struct pl_file_buffer buffer;

static bool is_written(size_t i)
{
        return directory_has(pl_limit_file(orders[i].limit), pl_span_of(orders[i].text));
}

static void make_files(void)
{
        directory_write("cgroup.procs", pl_span_of(""));
        directory_write("memory.current", pl_span_of("4096\n"));
        for (size_t i = 0; i < PL_ARRAY_LENGTH(orders); i++)
                directory_write(pl_limit_file(orders[i].limit), pl_span_of(""));
}

/* It is the error that struck; half of a value is none of these. */
static bool says_what_struck(const struct pl_limit_outcome *outcome)
{
        const struct pl_fault *fault = pl_fault_armed();

        if (!pl_fault_struck())
                return false;
        if (fault->error == ENODEV)
                return outcome->result == PL_WRITE_E_GONE && outcome->error == ENODEV;
        return outcome->error == (fault->error == PL_FAULT_SHORT ? EIO : fault->error);
}

static void make_row(struct pl_write_row *ret_row)
{
        *ret_row = (struct pl_write_row){ .tag = 1, .cgroup_fd = directory_fd };
        for (size_t i = 0; i < PL_ARRAY_LENGTH(orders); i++)
                ret_row->orders[ret_row->order_count++] = (struct pl_limit_order){
                        .limit = orders[i].limit,
                        .value_bytes = orders[i].value_bytes,
                        .use_below_bytes = orders[i].use_below_bytes,
                };
}

/* As many as were written, then the one that failed, then those that were skipped. */
static bool is_in_order(const struct pl_write_report *report, uint32_t written_count)
{
        for (uint32_t i = 0; i < report->outcome_count; i++) {
                const struct pl_limit_outcome *outcome = &report->outcomes[i];

                if (i < written_count && outcome->error != 0)
                        return false;
                if (i == written_count && !says_what_struck(outcome))
                        return false;
                if (i > written_count &&
                    (outcome->result != PL_WRITE_E_SKIPPED || outcome->error != 0))
                        return false;
        }
        return report->outcome_count == PL_ARRAY_LENGTH(orders);
}

static bool carries_out(void *userdata)
{
        struct pl_write_row row;
        struct pl_write_report report;
        uint32_t written_count = 0;
        bool good;

        (void) userdata;
        make_row(&row);
        pl_write_row(&row, &buffer, &report);
        while (written_count < report.outcome_count &&
               report.outcomes[written_count].result == PL_WRITTEN)
                written_count++;
        good = is_in_order(&report, written_count);

        pl_fault_disarm();
        for (uint32_t i = 0; i < PL_ARRAY_LENGTH(orders); i++)
                good = good && is_written(i) == (i < written_count);
        make_files();
        return good;
}

static void a_row_survives(void **state)
{
        (void) state;
        survives_every_fault(carries_out, NULL);
}

/* ---- threads that cannot be started ---- */

enum start_call { EVENTFD, SIGACTION, PTHREAD_CREATE, TIMER_CREATE, START_CALLS };

static const struct {
        const char *name;
        int error, calls; /* how it fails, and how often it is called */
} starts[START_CALLS] = {
        [EVENTFD] = { "eventfd", EMFILE, 1 },
        [SIGACTION] = { "sigaction", EINVAL, PL_WRITE_THREADS },
        [PTHREAD_CREATE] = { "pthread_create", EAGAIN, PL_WRITE_THREADS },
        [TIMER_CREATE] = { "timer_create", EAGAIN, PL_WRITE_THREADS },
};

static enum start_call failing_call = START_CALLS;
static atomic_int calls_left; /* until it fails */

int __real_eventfd(unsigned count, int flags);
int __real_sigaction(int number, const struct sigaction *action, struct sigaction *ret_before);
int __real_pthread_create(pthread_t *ret_thread, const pthread_attr_t *attributes,
                          void *(*function)(void *), void *userdata);
int __real_timer_create(clockid_t clock, struct sigevent *event, timer_t *ret_timer);
int __wrap_eventfd(unsigned count, int flags);
int __wrap_sigaction(int number, const struct sigaction *action, struct sigaction *ret_before);
int __wrap_pthread_create(pthread_t *ret_thread, const pthread_attr_t *attributes,
                          void *(*function)(void *), void *userdata);
int __wrap_timer_create(clockid_t clock, struct sigevent *event, timer_t *ret_timer);

static bool fails(enum start_call call)
{
        if (call != failing_call || atomic_fetch_sub(&calls_left, 1) != 1)
                return false;
        errno = starts[call].error;
        return true;
}

int __wrap_eventfd(unsigned count, int flags)
{
        return fails(EVENTFD) ? -1 : __real_eventfd(count, flags);
}

int __wrap_sigaction(int number, const struct sigaction *action, struct sigaction *ret_before)
{
        return fails(SIGACTION) ? -1 : __real_sigaction(number, action, ret_before);
}

int __wrap_pthread_create(pthread_t *ret_thread, const pthread_attr_t *attributes,
                          void *(*function)(void *), void *userdata)
{
        return fails(PTHREAD_CREATE)
                       ? errno
                       : __real_pthread_create(ret_thread, attributes, function, userdata);
}

int __wrap_timer_create(clockid_t clock, struct sigevent *event, timer_t *ret_timer)
{
        return fails(TIMER_CREATE) ? -1 : __real_timer_create(clock, event, ret_timer);
}

static void what_was_started_ends(void **state)
{
        (void) state;
        for (enum start_call call = 0; call < START_CALLS; call++)
                for (int nth = 1; nth <= starts[call].calls; nth++) {
                        struct pl_writers *writers = NULL;
                        size_t fds = pl_fault_descriptors();

                        failing_call = call;
                        atomic_store(&calls_left, nth);
                        if (pl_writers_new(&writers) != -starts[call].error)
                                fail_msg("call %d of %s", nth, starts[call].name);
                        failing_call = START_CALLS;
                        assert_null(writers);
                        assert_int_equal(pl_fault_descriptors(), fds);
                        wait_for_writers(0);
                }
}

static bool starts_and_ends(void *userdata)
{
        struct pl_writers *writers = NULL;
        int r = pl_writers_new(&writers);

        (void) userdata;
        pl_writers_free(writers, PL_USEC_PER_MINUTE);
        return r == 0 || (!writers && is_armed_error(r));
}

static void starting_survives(void **state)
{
        (void) state;
        survives_every_fault(starts_and_ends, NULL);
}

static int plant(void **state)
{
        (void) directory_set_up(state);
        make_files();
        return 0;
}

static int uproot(void **state)
{
        (void) unlinkat(directory_fd, "cgroup.procs", 0);
        (void) unlinkat(directory_fd, "memory.current", 0);
        for (size_t i = 0; i < PL_ARRAY_LENGTH(orders); i++)
                (void) unlinkat(directory_fd, pl_limit_file(orders[i].limit), 0);
        return directory_tear_down(state);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_row_survives),
                cmocka_unit_test(what_was_started_ends),
                cmocka_unit_test(starting_survives),
        };

        return cmocka_run_group_tests(tests, plant, uproot);
}
