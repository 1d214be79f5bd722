/* SPDX-License-Identifier: Apache-2.0 */

/* The measures, from the one that reclaims to the one that kills: what each begins with. Those that end a process have their
 * own files.
 */

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "kill_internal.h"
#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"

enum { RECLAIM_LEAST_BYTES = 4096 }; /* no kernel has smaller pages */

/* How long a freeze may take to be complete: who sleeps where no signal reaches him stands still when he comes back. */
#define HOLD_USEC PL_USEC_PER_SEC
/* A write that was interrupted comes back within this, unless it cannot be. */
#define PUSH_SPARE_USEC PL_USEC_PER_SEC

void pl_kill_put_to_reaper(struct pl_killer *killer, const struct pl_kill_act *act,
                           const pid_t *pids, size_t count)
{
        struct pl_kill_job job = { .serial = act->serial,
                                   .cgroup_fd = -1,
                                   .listed_ticks = act->process.proc_dir_fd >= 0
                                                           ? act->process.start_ticks
                                                           : killer->listed_ticks };

        if (!killer->threads || count == 0 || pl_killer_cannot_release(killer))
                return;
        job.pid_count = (uint32_t) PL_MIN(count, (size_t) PL_KILL_RELEASED_MAX);
        memcpy(job.pids, pids, job.pid_count * sizeof job.pids[0]);
        (void) pl_kill_threads_put(&killer->threads->reaper, &job);
}

/* The thread has a descriptor of its own, for the act may be over before it is. */
static void begin_reclaim(struct pl_killer *killer, struct pl_kill_act *act, uint64_t now_usec)
{
        const struct pl_kill_request *request = &act->request;
        struct pl_kill_job job = { .serial = act->serial,
                                   .swappiness = request->swappiness,
                                   .bytes = request->amount_bytes };
        int r;

        pl_assert(request->amount_bytes >= RECLAIM_LEAST_BYTES);

        if (!killer->threads) {
                pl_kill_conclude(killer, act, PL_RESULT_FAILED, ENOSYS, now_usec);
                return;
        }
        if (request->deadline_usec > now_usec)
                job.patience_usec = request->deadline_usec - now_usec;
        r = pl_file_open_directory(request->cgroup_fd, ".", &job.cgroup_fd);
        if (r == 0 && !pl_kill_threads_put(&killer->threads->pusher, &job)) {
                pl_cleanup_close(&job.cgroup_fd);
                r = -EBUSY;
        }
        if (r != 0) {
                pl_kill_conclude_failed(killer, act, r, errno, now_usec);
                return;
        }
        act->phase = PL_KILL_PUSHING;
        act->look_usec = now_usec + job.patience_usec + PUSH_SPARE_USEC;
}

void pl_kill_look_at_pushed(struct pl_killer *killer, struct pl_kill_act *act, uint64_t now_usec)
{
        struct pl_kill_job job;
        uint64_t now_bytes = 0;
        bool is_there = pl_kill_read_use(killer, act, &now_bytes);

        if (!pl_kill_threads_take(killer->threads, act->serial, &job)) {
                if (now_usec >= act->look_usec) {
                        pl_kill_threads_drop(killer->threads, act->serial);
                        pl_kill_conclude(killer, act, PL_RESULT_LATE, 0, now_usec);
                }
                return;
        }
        if (job.result == 0 || (is_there && act->before_bytes >= act->request.amount_bytes &&
                                now_bytes <= act->before_bytes - act->request.amount_bytes))
                pl_kill_conclude(killer, act, PL_RESULT_DONE, 0, now_usec);
        else if (job.result == PL_FILE_E_AGAIN)
                pl_kill_conclude(killer, act,
                                 job.error == EINTR ? PL_RESULT_LATE : PL_RESULT_PARTLY, job.error,
                                 now_usec);
        else
                pl_kill_conclude_failed(killer, act, job.result, job.error, now_usec);
}

static void begin_freeze(struct pl_killer *killer, struct pl_kill_act *act, uint64_t now_usec)
{
        int r = pl_kill_hold(act->request.cgroup_fd, &killer->buffer);

        if (r != 0) {
                pl_kill_conclude_failed(killer, act, r, errno, now_usec);
                return;
        }
        pl_kill_watch(killer, act);
        act->phase = PL_KILL_HOLDING;
        act->look_usec = now_usec;
        act->hold_until_usec = now_usec + HOLD_USEC;
}

static void begin_thaw(struct pl_killer *killer, struct pl_kill_act *act, uint64_t now_usec)
{
        int r = pl_kill_thaw(act->request.cgroup_fd, &killer->buffer);

        if (r == 0)
                pl_kill_conclude(killer, act, PL_RESULT_DONE, 0, now_usec);
        else
                pl_kill_conclude_failed(killer, act, r, errno, now_usec);
}

void pl_kill_begin(struct pl_killer *killer, struct pl_kill_act *act, uint64_t now_usec)
{
        switch (act->request.measure) {
        case PL_MEASURE_RECLAIM:
                begin_reclaim(killer, act, now_usec);
                break;
        case PL_MEASURE_FREEZE:
                begin_freeze(killer, act, now_usec);
                break;
        case PL_MEASURE_THAW:
                begin_thaw(killer, act, now_usec);
                break;
        case PL_MEASURE_TERM:
                pl_kill_begin_term(killer, act, now_usec);
                break;
        case PL_MEASURE_KILL:
                if (act->request.flags & PL_CGROUP_BY_PROCESS)
                        pl_kill_begin_process(act);
                else
                        pl_kill_begin_group(killer, act, now_usec);
                break;
        default:
                pl_unreachable();
        }
}
