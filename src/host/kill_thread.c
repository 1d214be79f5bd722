/* SPDX-License-Identifier: Apache-2.0 */

/* Two threads for what may block. The one that reclaims is interrupted when its time is over, as in write_thread.c: by a
 * signal that comes again and again. Taking the memory of the dying waits for the lock of their address space, which only
 * the thread's own death would end. So nobody waits for that one: what it has no room for is left out.
 */

#include <errno.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "kill_internal.h"
#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"

/* timer_create(2) calls it so, older C libraries have no name for it. */
#ifndef sigev_notify_thread_id
#define sigev_notify_thread_id _sigev_un._tid
#endif

enum {
        INTERRUPT = SIGURG,       /* as in write_thread.c, and for its reasons */
        STACK_BYTES = 128 * 1024, /* likewise */
};

/* Between two signals to a write that does not come back. */
#define AGAIN_USEC (50 * PL_USEC_PER_MSEC)

static void lock(struct pl_kill_threads *threads)
{
        pl_assert(pthread_mutex_lock(&threads->mutex) == 0);
}

static void unlock(struct pl_kill_threads *threads)
{
        pl_assert(pthread_mutex_unlock(&threads->mutex) == 0);
}

/* ---- a thread ---- */

void pl_kill_thread_arm(const struct pl_kill_thread *thread, uint64_t usec)
{
        const struct itimerspec when = {
                .it_value = { (time_t) (usec / PL_USEC_PER_SEC),
                              (long) (usec % PL_USEC_PER_SEC * 1000) },
                .it_interval = { 0, (long) AGAIN_USEC * 1000 },
        };

        pl_assert(timer_settime(thread->timer, 0, &when, NULL) == 0);
}

/* Nothing of the threads may be used after the end was said: that lets the caller free them. */
static void say(struct pl_kill_thread *thread, bool *what, int result)
{
        struct pl_kill_threads *threads = thread->threads;

        lock(threads);
        *what = true;
        thread->result = result;
        (void) pthread_cond_broadcast(&threads->changed);
        unlock(threads);
}

static int make_timer(timer_t *ret_timer)
{
        struct sigevent event = { .sigev_notify = SIGEV_THREAD_ID, .sigev_signo = INTERRUPT };

        event.sigev_notify_thread_id = gettid();
        return timer_create(CLOCK_MONOTONIC, &event, ret_timer) < 0 ? -errno : 0;
}

static void *run(void *userdata)
{
        struct pl_kill_thread *thread = userdata;
        struct pl_kill_job *job;
        int r;

        (void) pthread_setname_np(pthread_self(), thread->name);
        r = make_timer(&thread->timer);
        say(thread, &thread->has_started, r);
        if (r == 0) {
                while ((job = pl_kill_job_next(thread))) {
                        thread->function(thread, job);
                        pl_kill_job_finish(thread, job);
                }
                (void) timer_delete(thread->timer);
        }
        say(thread, &thread->has_ended, r);
        return NULL;
}

static void do_nothing(int number)
{
        (void) number;
}

static int create(struct pl_kill_thread *thread)
{
        pthread_attr_t attributes;
        int r = pthread_attr_init(&attributes);

        if (r != 0)
                return -r;
        r = pthread_attr_setstacksize(&attributes, STACK_BYTES);
        if (r == 0)
                r = pthread_create(&thread->thread, &attributes, run, thread);
        (void) pthread_attr_destroy(&attributes);
        return -r;
}

static int start(struct pl_kill_threads *threads, struct pl_kill_thread *thread)
{
        const struct sigaction action = { .sa_handler = do_nothing };
        sigset_t all, before;
        int r;

        thread->threads = threads;
        if (sigaction(INTERRUPT, &action, NULL) < 0)
                return -errno;
        /* A thread begins with the mask of who makes it. All other signals are for the loop, which waits for them. */
        (void) sigfillset(&all);
        (void) sigdelset(&all, INTERRUPT);
        pl_assert(pthread_sigmask(SIG_SETMASK, &all, &before) == 0);
        r = create(thread);
        pl_assert(pthread_sigmask(SIG_SETMASK, &before, NULL) == 0);
        if (r != 0)
                return r;
        threads->count++;
        lock(threads);
        while (!thread->has_started)
                (void) pthread_cond_wait(&threads->changed, &threads->mutex);
        r = thread->result;
        unlock(threads);
        return r;
}

/* ---- begin and end ---- */

static void init(struct pl_kill_threads *threads, int proc_fd)
{
        pthread_condattr_t monotonic;

        threads->proc_fd = proc_fd;
        threads->pusher.function = pl_kill_push;
        threads->pusher.name = "plimsoll-push";
        threads->pusher.reports = true;
        threads->reaper.function = pl_kill_reap;
        threads->reaper.name = "plimsoll-reap";
        for (size_t i = 0; i < PL_KILL_JOBS_MAX; i++)
                threads->pusher.jobs[i].cgroup_fd = threads->reaper.jobs[i].cgroup_fd = -1;
        /* None of these fails: the C library only writes into the memory given. */
        pl_assert(pthread_mutex_init(&threads->mutex, NULL) == 0);
        pl_assert(pthread_cond_init(&threads->wanted, NULL) == 0);
        pl_assert(pthread_condattr_init(&monotonic) == 0);
        pl_assert(pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC) == 0);
        pl_assert(pthread_cond_init(&threads->changed, &monotonic) == 0);
        pl_assert(pthread_condattr_destroy(&monotonic) == 0);
}

int pl_kill_threads_new(int proc_fd, struct pl_kill_threads **ret_threads)
{
        struct pl_kill_threads *threads = calloc(1, sizeof *threads);
        int r;

        pl_assert(ret_threads);

        if (!threads)
                return -ENOMEM;
        init(threads, proc_fd);
        threads->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        r = threads->event_fd < 0 ? -errno : 0;
        if (r == 0)
                r = start(threads, &threads->pusher);
        if (r == 0)
                r = start(threads, &threads->reaper);
        if (r != 0) {
                pl_kill_threads_free(threads, PL_USEC_PER_MINUTE);
                return r;
        }
        *ret_threads = threads;
        return 0;
}

static bool all_ended(const struct pl_kill_threads *threads)
{
        return (threads->count < 1 || threads->pusher.has_ended) &&
               (threads->count < 2 || threads->reaper.has_ended);
}

/* Whether all have ended, within this time, with a signal to whoever is in a write. */
static bool end(struct pl_kill_threads *threads, uint64_t patience_usec)
{
        bool ended;

        lock(threads);
        threads->is_ending = true;
        (void) pthread_cond_broadcast(&threads->wanted);
        while (!(ended = all_ended(threads)) && patience_usec > 0) {
                uint64_t slice_usec = PL_MIN(patience_usec, AGAIN_USEC);
                struct timespec until;

                if (!threads->pusher.has_ended)
                        (void) pthread_kill(threads->pusher.thread, INTERRUPT);
                pl_assert(clock_gettime(CLOCK_MONOTONIC, &until) == 0);
                until.tv_nsec += (long) slice_usec * 1000;
                until.tv_sec += until.tv_nsec / 1000000000;
                until.tv_nsec %= 1000000000;
                (void) pthread_cond_timedwait(&threads->changed, &threads->mutex, &until);
                patience_usec -= slice_usec;
        }
        unlock(threads);
        return ended;
}

static void destroy(struct pl_kill_threads *threads)
{
        if (threads->count > 0)
                pl_assert(pthread_join(threads->pusher.thread, NULL) == 0);
        if (threads->count > 1)
                pl_assert(pthread_join(threads->reaper.thread, NULL) == 0);
        for (size_t i = 0; i < PL_KILL_JOBS_MAX; i++)
                pl_cleanup_close(&threads->pusher.jobs[i].cgroup_fd);
        (void) pthread_cond_destroy(&threads->changed);
        (void) pthread_cond_destroy(&threads->wanted);
        (void) pthread_mutex_destroy(&threads->mutex);
        pl_cleanup_close(&threads->event_fd);
        free(threads);
}

void pl_kill_threads_free(struct pl_kill_threads *threads, uint64_t patience_usec)
{
        if (!threads)
                return;
        if (end(threads, patience_usec)) {
                destroy(threads);
                return;
        }
        /* Who comes back later finds all as he left it. It is never freed: the process is about to end. */
        (void) pthread_detach(threads->pusher.thread);
        (void) pthread_detach(threads->reaper.thread);
}
