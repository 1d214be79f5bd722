/* SPDX-License-Identifier: Apache-2.0 */

/* What the two threads have to do, and what they make of it.
 *
 * process_mrelease() is refused of who is not dying, so that nobody has to be held from before the kill on: who took a
 * dead one's number meanwhile loses nothing. That keeps the way to the kill short.
 */

#include <errno.h>
#include <sched.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "kill_internal.h"
#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"
#include "plimsoll/kernel/memcg.h"

enum {
        /* The lock is held for a while by who is exiting: asked again so often, he has done it himself by then. */
        RELEASE_ATTEMPTS = 8,
};

static void lock(struct pl_kill_threads *threads)
{
        pl_assert(pthread_mutex_lock(&threads->mutex) == 0);
}

static void unlock(struct pl_kill_threads *threads)
{
        pl_assert(pthread_mutex_unlock(&threads->mutex) == 0);
}

/* ---- jobs ---- */

static struct pl_kill_job *find(struct pl_kill_thread *thread, enum pl_kill_job_state state)
{
        struct pl_kill_job *found = NULL;

        for (size_t i = 0; i < PL_KILL_JOBS_MAX; i++) {
                struct pl_kill_job *job = &thread->jobs[i];

                if (job->state == state && (!found || job->serial < found->serial))
                        found = job;
        }
        return found;
}

/* The fd is to be closed when the mutex is not held any more. */
static int release(struct pl_kill_job *job)
{
        job->state = PL_KILL_JOB_NONE;
        return PL_TAKE_FD(job->cgroup_fd);
}

bool pl_kill_threads_put(struct pl_kill_thread *thread, const struct pl_kill_job *job)
{
        struct pl_kill_job *place;

        pl_assert(job->serial != 0);
        pl_assert(job->pid_count <= PL_KILL_RELEASED_MAX);

        lock(thread->threads);
        place = find(thread, PL_KILL_JOB_NONE);
        if (place) {
                *place = *job;
                place->is_dropped = false;
                place->state = PL_KILL_JOB_WAITS;
        }
        unlock(thread->threads);
        (void) pthread_cond_broadcast(&thread->threads->wanted);
        return place != NULL;
}

static struct pl_kill_job *find_serial(struct pl_kill_thread *thread, uint64_t serial)
{
        for (size_t i = 0; i < PL_KILL_JOBS_MAX; i++)
                if (thread->jobs[i].state != PL_KILL_JOB_NONE && thread->jobs[i].serial == serial)
                        return &thread->jobs[i];
        return NULL;
}

bool pl_kill_threads_take(struct pl_kill_threads *threads, uint64_t serial,
                          struct pl_kill_job *ret_job)
{
        struct pl_kill_job *job;
        int fd = -1;
        bool is_done;

        pl_assert(ret_job);

        lock(threads);
        job = find_serial(&threads->pusher, serial);
        is_done = job && job->state == PL_KILL_JOB_DONE;
        if (is_done) {
                *ret_job = *job;
                ret_job->cgroup_fd = -1;
                fd = release(job);
        }
        unlock(threads);
        pl_cleanup_close(&fd);
        return is_done;
}

void pl_kill_threads_drop(struct pl_kill_threads *threads, uint64_t serial)
{
        struct pl_kill_job *job;
        int fd = -1;

        lock(threads);
        job = find_serial(&threads->pusher, serial);
        if (job && job->state == PL_KILL_JOB_RUNS)
                job->is_dropped = true;
        else if (job)
                fd = release(job);
        unlock(threads);
        pl_cleanup_close(&fd);
}

void pl_kill_threads_notice(struct pl_kill_threads *threads)
{
        eventfd_t count;

        (void) eventfd_read(threads->event_fd, &count);
}

bool pl_kill_threads_cannot_release(struct pl_kill_threads *threads)
{
        bool cannot;

        lock(threads);
        cannot = threads->cannot_release;
        unlock(threads);
        return cannot;
}

/* ---- what they do ---- */

/* A patience of 0 would be a timer that never comes. */
void pl_kill_push(struct pl_kill_thread *thread, struct pl_kill_job *job)
{
        const struct pl_memcg_reclaim reclaim = { job->bytes, job->swappiness };

        pl_kill_thread_arm(thread, PL_MAX(job->patience_usec, UINT64_C(1)));
        job->result = pl_memcg_reclaim(job->cgroup_fd, reclaim);
        job->error = errno;
        pl_kill_thread_arm(thread, 0);
}

/* Who began after the list was made is not who is on it, and who is gone has given his memory back. */
static int release_one(struct pl_kill_thread *thread, const struct pl_kill_job *job, pid_t pid)
{
        _cleanup_(pl_pidfd_done) struct pl_pidfd process = PL_PIDFD_NONE;
        _cleanup_close_ int dir_fd = -1;
        struct pl_process_stat stat;
        int r;

        if (pid == 1 || pid == getpid())
                return 0;
        r = pl_process_open(thread->threads->proc_fd, pid, &dir_fd);
        if (r == 0)
                r = pl_process_read_stat(dir_fd, &thread->buffer, &stat);
        if (r == 0 && stat.start_ticks > job->listed_ticks)
                return 0;
        if (r == 0)
                r = pl_pidfd_open(thread->threads->proc_fd, pid, stat.start_ticks, &thread->buffer,
                                  &process);
        for (int i = 0; r == 0 && i < RELEASE_ATTEMPTS; i++) {
                r = pl_pidfd_mrelease(&process);
                if (r != PL_FILE_E_AGAIN)
                        break;
                (void) sched_yield();
                r = 0;
        }
        return r;
}

void pl_kill_reap(struct pl_kill_thread *thread, struct pl_kill_job *job)
{
        bool cannot = false;

        for (uint32_t i = 0; i < job->pid_count && !cannot; i++)
                cannot = release_one(thread, job, job->pids[i]) == PL_PIDFD_E_UNSUPPORTED;
        if (!cannot)
                return;
        lock(thread->threads);
        thread->threads->cannot_release = true;
        unlock(thread->threads);
}

/* ---- from one to the next ---- */

struct pl_kill_job *pl_kill_job_next(struct pl_kill_thread *thread)
{
        struct pl_kill_threads *threads = thread->threads;
        struct pl_kill_job *job = NULL;

        lock(threads);
        while (!threads->is_ending && !(job = find(thread, PL_KILL_JOB_WAITS)))
                (void) pthread_cond_wait(&threads->wanted, &threads->mutex);
        if (threads->is_ending)
                job = NULL;
        if (job)
                job->state = PL_KILL_JOB_RUNS;
        unlock(threads);
        return job;
}

void pl_kill_job_finish(struct pl_kill_thread *thread, struct pl_kill_job *job)
{
        int fd = -1;

        pl_assert(job->state == PL_KILL_JOB_RUNS);

        lock(thread->threads);
        if (thread->reports && !job->is_dropped)
                job->state = PL_KILL_JOB_DONE;
        else
                fd = release(job);
        unlock(thread->threads);
        pl_cleanup_close(&fd);
        /* Cannot fail: the counter is far from its end, and the fd is ours. */
        if (thread->reports)
                (void) eventfd_write(thread->threads->event_fd, 1);
}
