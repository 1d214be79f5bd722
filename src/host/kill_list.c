/* SPDX-License-Identifier: Apache-2.0 */

/* The processes of a cgroup and all below it, and going over them in pieces.
 *
 * There is one list, for it is large, and it serves the acts in turn. A process is taken hold of first and asked where it is
 * then: who is held cannot turn into somebody else, so the answer is of whom is signalled.
 */

#include <errno.h>
#include <unistd.h>

#include "kill_internal.h"
#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"

enum {
        DEPTH_MAX = 32,
        /* Below one workload: a systemd in a container has a hundred, a whole Kubernetes in one some hundreds. */
        CGROUPS_MAX = 2048,
};

/* In the unit of start times. */
static uint64_t now_ticks(void)
{
        long per_sec = sysconf(_SC_CLK_TCK);

        pl_assert(per_sec > 0 && per_sec <= (long) PL_USEC_PER_SEC);

        return pl_clock_now_usec() / (PL_USEC_PER_SEC / (uint64_t) per_sec);
}

/* A threaded cgroup has no list: its processes are in that of the one above. */
static int add(struct pl_killer *killer, int cgroup_fd, uint32_t processes_max)
{
        size_t count = 0, foreign = 0;
        int r = pl_cgroup_read_procs(cgroup_fd, &killer->buffer, killer->pids + killer->pid_count,
                                     processes_max - killer->pid_count, &count, &foreign);

        killer->pid_count += count;
        pl_assert(killer->pid_count <= processes_max);
        killer->is_cut = killer->is_cut || r == PL_CGROUP_E_MORE;
        return r == PL_CGROUP_E_MORE || r == PL_FILE_E_GONE ? 0 : r;
}

static int add_below(struct pl_killer *killer, struct pl_kill_bounds bounds)
{
        int first = 0;

        /* Asked for one more, it would go through all names that are left. What cannot be opened is passed over. */
        while (killer->walk.visited_count < bounds.cgroups_max && !killer->is_cut) {
                struct pl_cgroup_visit visit;
                int r = pl_cgroup_walk_next(&killer->walk, &visit);

                if (r == PL_CGROUP_E_END)
                        return first;
                if (r == 0 && visit.depth == DEPTH_MAX)
                        pl_cgroup_walk_skip_below(&killer->walk);
                if (r == 0)
                        r = add(killer, visit.fd, bounds.processes_max);
                if (first == 0 && r != PL_FILE_E_OFF)
                        first = r;
        }
        killer->is_cut = true;
        return first;
}

int pl_kill_list(struct pl_killer *killer, int cgroup_fd, struct pl_kill_bounds bounds)
{
        int first, r;

        pl_assert(bounds.processes_max > 0 && bounds.processes_max <= PL_KILL_PROCESSES_MAX);
        pl_assert(bounds.cgroups_max > 0 && bounds.cgroups_max <= CGROUPS_MAX);

        killer->pid_count = killer->pid_next = 0;
        killer->is_cut = false;
        first = add(killer, cgroup_fd, bounds.processes_max);
        r = pl_cgroup_walk_init(&killer->walk, cgroup_fd,
                                (struct pl_cgroup_walk_bounds){ DEPTH_MAX, bounds.cgroups_max });
        if (r == 0) {
                r = add_below(killer, bounds);
                pl_cgroup_walk_done(&killer->walk);
        }
        killer->listed_ticks = now_ticks();
        if (killer->pid_count > 0)
                return 0;
        return first != 0 ? first : r;
}

bool pl_kill_lists_vital(const struct pl_killer *killer)
{
        pid_t self = getpid();

        for (size_t i = 0; i < killer->pid_count; i++)
                if (killer->pids[i] == 1 || killer->pids[i] == self)
                        return true;
        return false;
}

/* ---- one of them ---- */

static int catch (struct pl_killer *killer, pid_t pid, struct pl_pidfd *ret_process)
{
        _cleanup_close_ int dir_fd = -1;
        struct pl_process_stat stat;
        int r = pl_process_open(killer->roots.proc_fd, pid, &dir_fd);

        if (r == 0)
                r = pl_process_read_stat(dir_fd, &killer->buffer, &stat);
        if (r == 0 && (pl_process_is_kernel_thread(&stat) || stat.pid != pid))
                r = PL_FILE_E_GONE;
        return r == 0 ? pl_pidfd_open(killer->roots.proc_fd, pid, stat.start_ticks, &killer->buffer,
                                      ret_process)
                      : r;
}

int pl_kill_catch(struct pl_killer *killer, uint64_t id, pid_t pid, struct pl_pidfd *ret_process)
{
        _cleanup_(pl_pidfd_done) struct pl_pidfd process = PL_PIDFD_NONE;
        bool is_inside;
        int r;

        pl_assert(pid > 0);
        pl_assert(ret_process);

        if (pid == 1 || pid == getpid())
                return PL_FILE_E_GONE;
        r = catch (killer, pid, &process);
        if (r == 0)
                r = pl_kill_is_inside(killer, process.proc_dir_fd, id, &is_inside);
        if (r == 0 && !is_inside)
                r = PL_FILE_E_GONE;
        if (r == 0)
                *ret_process = PL_TAKE(process, PL_PIDFD_NONE);
        return r;
}

/* ---- a sweep ---- */

static void begin(struct pl_killer *killer, struct pl_kill_act *act, uint64_t now_usec)
{
        static const struct pl_kill_bounds all = { CGROUPS_MAX, PL_KILL_PROCESSES_MAX };
        int r = pl_kill_list(killer, act->request.cgroup_fd, all);
        int error = errno;

        act->signalled = 0;
        act->best_pid = 0;
        act->best_ticks = act->best_bytes = 0;
        if (r == 0 && pl_kill_lists_vital(killer))
                pl_kill_conclude(killer, act, PL_RESULT_REFUSED, 0, now_usec);
        else if (r != 0 && act->ever_signalled)
                pl_kill_end_round(killer, act, now_usec); /* one without anybody in it */
        else if (r != 0)
                pl_kill_conclude_failed(killer, act, r, error, now_usec);
        else
                killer->sweeper = act->serial;
}

void pl_kill_sweep(struct pl_killer *killer, struct pl_kill_act *act, uint64_t now_usec,
                   uint32_t *budget)
{
        pl_assert(act->phase == PL_KILL_SWEEPING);

        if (killer->sweeper == 0)
                begin(killer, act, now_usec);
        if (killer->sweeper != act->serial)
                return;
        for (; *budget > 0 && killer->pid_next < killer->pid_count; (*budget)--) {
                pid_t pid = killer->pids[killer->pid_next++];

                if (act->aim == PL_KILL_EVERYBODY)
                        pl_kill_signal_one(killer, act, pid);
                else
                        pl_kill_weigh_one(killer, act, pid);
        }
        if (killer->pid_next < killer->pid_count)
                return;
        killer->sweeper = 0;
        if (act->aim == PL_KILL_EVERYBODY)
                pl_kill_end_round(killer, act, now_usec);
        else
                pl_kill_end_search(killer, act, now_usec);
}
