/* SPDX-License-Identifier: Apache-2.0 */

/* Everybody of a workload. cgroup.kill is the kernel's own way, and no fork escapes it. Without it, before 5.14 or where it is
 * denied, the cgroup is held still, so that nobody forks any more, and each is signalled; who is held still dies of SIGKILL
 * all the same. Who forked before he stood still is met in the next round: rounds go on until nobody is left.
 *
 * Who is in it is listed first, for the number that systemd says, and to take their memory. The list is bounded there: a
 * kill must not wait for ten thousand names.
 */

#include <errno.h>
#include <unistd.h>

#include "kill_internal.h"
#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"

/* Between two rounds: who was signalled in one should have had the time to die. */
#define ROUND_USEC (10 * PL_USEC_PER_MSEC)

static const struct pl_kill_bounds before_a_kill = { .cgroups_max = 64, .processes_max = 4096 };

/* Whoever was going over the list begins anew. */
static int list(struct pl_killer *killer, struct pl_kill_act *act)
{
        int r;

        killer->sweeper = 0;
        r = pl_kill_list(killer, act->request.cgroup_fd, before_a_kill);
        act->outcome.processes = (uint32_t) killer->pid_count;
        return r;
}

/* A list that cannot be made is no reason not to kill, unless it has to say whether pid 1 is in there. */
void pl_kill_begin_group(struct pl_killer *killer, struct pl_kill_act *act, uint64_t now_usec)
{
        int r = list(killer, act), error = errno;

        pl_assert(act->request.measure == PL_MEASURE_KILL);
        pl_assert(!pl_kill_is_forbidden(act->request.measure, act->request.flags));

        if (r == 0 && pl_kill_lists_vital(killer)) {
                pl_kill_conclude(killer, act, PL_RESULT_REFUSED, 0, now_usec);
                return;
        }
        if (r != 0 && killer->is_first_hidden) {
                pl_kill_conclude_failed(killer, act, r, error, now_usec);
                return;
        }
        act->is_group = true;
        if (killer->pid_count > 0)
                pl_kill_mark_set(act->request.cgroup_fd, killer->pid_count, &act->mark);
        r = pl_cgroup_kill(act->request.cgroup_fd);
        if (r == 0) {
                pl_kill_put_to_reaper(killer, act, killer->pids, killer->pid_count);
                pl_kill_wait_for_death(killer, act, now_usec);
        } else if (r == PL_FILE_E_GONE) {
                pl_kill_conclude_failed(killer, act, r, errno, now_usec);
        } else {
                (void) pl_kill_hold(act->request.cgroup_fd, &killer->buffer);
                pl_kill_watch(killer, act);
                act->aim = PL_KILL_EVERYBODY;
                act->phase = PL_KILL_SWEEPING;
        }
}

void pl_kill_signal_one(struct pl_killer *killer, struct pl_kill_act *act, pid_t pid)
{
        _cleanup_(pl_pidfd_done) struct pl_pidfd process = PL_PIDFD_NONE;
        int r;

        pl_assert(act->request.measure == PL_MEASURE_KILL && act->is_group);
        pl_assert(!pl_kill_is_forbidden(act->request.measure, act->request.flags));

        r = pl_kill_catch(killer, act->request.id, pid, &process);
        if (r == 0)
                r = pl_pidfd_signal(&process, SIGKILL);
        if (r == 0)
                act->signalled++;
        else if (r != PL_FILE_E_GONE)
                act->denied_error = pl_kill_error_of(r, errno);
}

void pl_kill_end_round(struct pl_killer *killer, struct pl_kill_act *act, uint64_t now_usec)
{
        pl_assert(act->phase == PL_KILL_SWEEPING && act->is_group);

        if (act->signalled > 0 && !act->ever_signalled)
                pl_kill_put_to_reaper(killer, act, killer->pids, killer->pid_count);
        act->ever_signalled = act->ever_signalled || act->signalled > 0;
        act->outcome.processes = PL_MAX(act->outcome.processes, act->signalled);
        if (!act->ever_signalled && act->denied_error != 0) {
                pl_kill_conclude(killer, act, PL_RESULT_FAILED, act->denied_error, now_usec);
                return;
        }
        pl_kill_look_at_dying(killer, act, now_usec);
        if (act->phase == PL_KILL_SWEEPING)
                act->look_usec = now_usec + ROUND_USEC;
}
