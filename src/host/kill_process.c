/* SPDX-License-Identifier: Apache-2.0 */

/* One process of a workload: the largest, to be killed, or the one that stands for the whole, to be asked to end.
 *
 * How large one is, is read from /proc/PID/status: resident and swapped, added up by the kernel without a lock of the address
 * space. Anything finer would wait for that lock, which is held for seconds by who is short of memory. At an
 * oom_score_adj of −1000 the kernel would not kill it either.
 *
 * The eldest is the init of a container and the main process of most services. Whom the caller names comes first, if it is
 * in the cgroup at all: what systemd or a runtime said of a pid may be about somebody else by now.
 */

#include <errno.h>
#include <unistd.h>

#include "kill_internal.h"
#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"

/* Who was found has died meanwhile, or was moved: looked for again. */
#define SEARCH_USEC (10 * PL_USEC_PER_MSEC)

static void search(struct pl_kill_act *act, enum pl_kill_aim aim)
{
        act->aim = aim;
        act->phase = PL_KILL_SWEEPING;
        act->look_usec = 0;
}

static int signal_of(const struct pl_kill_act *act)
{
        return act->request.measure == PL_MEASURE_KILL ? SIGKILL : act->request.signal;
}

/* Takes the process over. */
static void signal_it(struct pl_killer *killer, struct pl_kill_act *act, struct pl_pidfd *process,
                      uint64_t now_usec)
{
        int r, error;

        pl_assert(!pl_kill_is_forbidden(act->request.measure, act->request.flags));
        pl_assert(!act->is_group);

        r = pl_pidfd_signal(process, signal_of(act));
        error = errno;
        act->process = PL_TAKE(*process, PL_PIDFD_NONE);
        if (r != 0 && r != PL_FILE_E_GONE) {
                pl_kill_conclude_failed(killer, act, r, error, now_usec);
                return;
        }
        act->outcome.processes = 1;
        if (signal_of(act) == SIGKILL)
                pl_kill_put_to_reaper(killer, act, &act->process.pid, 1);
        pl_kill_wait_for_death(killer, act, now_usec);
}

void pl_kill_begin_process(struct pl_kill_act *act)
{
        pl_assert(act->request.measure == PL_MEASURE_KILL);

        search(act, PL_KILL_LARGEST);
}

void pl_kill_begin_term(struct pl_killer *killer, struct pl_kill_act *act, uint64_t now_usec)
{
        _cleanup_(pl_pidfd_done) struct pl_pidfd process = PL_PIDFD_NONE;
        const struct pl_kill_request *request = &act->request;

        pl_assert(request->measure == PL_MEASURE_TERM);
        pl_assert(request->signal > 0 && request->signal <= SIGRTMAX);

        if (request->pid > 0 && pl_kill_catch(killer, request->id, request->pid, &process) == 0)
                signal_it(killer, act, &process, now_usec);
        else
                search(act, PL_KILL_ELDEST);
}

/* ---- who it is ---- */

static bool may_be_killed(struct pl_killer *killer, int dir_fd)
{
        int32_t score_adj = 0;

        return pl_process_read_oom_score_adj(dir_fd, &killer->buffer, &score_adj) == 0 &&
               score_adj > PL_PROCESS_SCORE_ADJ_MIN;
}

/* One whose first thread has ended looks dead, and goes on with the others. */
static bool is_over(const struct pl_process_stat *stat)
{
        return stat->state == 'X' || (stat->state == 'Z' && stat->thread_count <= 1);
}

/* False: it is not better than the best so far. Who goes on without his first thread hides what he has, and is taken for the
 * largest: otherwise it would be all others that die, one by one. */
static bool is_larger(struct pl_killer *killer, const struct pl_kill_act *act, int dir_fd,
                      const struct pl_process_stat *stat, uint64_t *ret_bytes)
{
        struct pl_process_status status;

        if (stat->state == 'Z') {
                *ret_bytes = UINT64_MAX;
        } else {
                if (pl_process_read_status(dir_fd, &killer->buffer, &status) != 0)
                        return false;
                *ret_bytes = (status.have & PL_PROCESS_HAS_RSS ? status.rss_bytes : 0) +
                             (status.have & PL_PROCESS_HAS_SWAP ? status.swap_bytes : 0);
        }
        return *ret_bytes > act->best_bytes && may_be_killed(killer, dir_fd);
}

void pl_kill_weigh_one(struct pl_killer *killer, struct pl_kill_act *act, pid_t pid)
{
        _cleanup_close_ int dir_fd = -1;
        struct pl_process_stat stat;
        uint64_t bytes = 0;

        pl_assert(act->aim == PL_KILL_LARGEST || act->aim == PL_KILL_ELDEST);

        if (pid == 1 || pid == getpid() ||
            pl_process_open(killer->roots.proc_fd, pid, &dir_fd) != 0 ||
            pl_process_read_stat(dir_fd, &killer->buffer, &stat) != 0)
                return;
        if (pl_process_is_kernel_thread(&stat) || is_over(&stat))
                return;
        if (act->aim == PL_KILL_LARGEST ? !is_larger(killer, act, dir_fd, &stat, &bytes)
                                        : act->best_pid != 0 && stat.start_ticks >= act->best_ticks)
                return;
        act->best_pid = pid;
        act->best_ticks = stat.start_ticks;
        act->best_bytes = bytes;
}

/* There was nobody to be found: that is well if nobody is there. */
static void find_nobody(struct pl_killer *killer, struct pl_kill_act *act, uint64_t now_usec)
{
        pl_kill_look_at_dying(killer, act, now_usec);
        if (act->phase == PL_KILL_SWEEPING)
                pl_kill_conclude(killer, act, PL_RESULT_FAILED, ESRCH, now_usec);
}

void pl_kill_end_search(struct pl_killer *killer, struct pl_kill_act *act, uint64_t now_usec)
{
        _cleanup_(pl_pidfd_done) struct pl_pidfd process = PL_PIDFD_NONE;
        int r, error;

        pl_assert(act->phase == PL_KILL_SWEEPING);

        if (act->best_pid == 0) {
                find_nobody(killer, act, now_usec);
                return;
        }
        r = pl_kill_catch(killer, act->request.id, act->best_pid, &process);
        error = errno;
        if (r == 0 && process.start_ticks == act->best_ticks) {
                signal_it(killer, act, &process, now_usec);
        } else if (r == 0 || r == PL_FILE_E_GONE) {
                pl_kill_look_at_dying(killer, act, now_usec);
                if (act->phase == PL_KILL_SWEEPING)
                        act->look_usec = now_usec + SEARCH_USEC;
        } else {
                pl_kill_conclude_failed(killer, act, r, error, now_usec);
        }
}
