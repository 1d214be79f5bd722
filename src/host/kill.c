/* SPDX-License-Identifier: Apache-2.0 */

/* Acts from their beginning to their outcome: what each phase does at a step, and when it wants the next.
 *
 * One fd wakes the loop for all of them. It carries cgroup.events of those who die, the pidfd of a single victim, and the
 * threads' eventfd. A step looks at every act, for they are few.
 */

#include "plimsoll/host/kill.h"

#include <errno.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "kill_internal.h"
#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"

enum {
        /* Looked at within the call that begins an act, so that one of a usual size is done by then. */
        BEGIN_BUDGET = 512,
};

/* ---- steps ---- */

/* Between two rounds; woken by a change of cgroup.events, which has to be read. */
static void rest(struct pl_killer *killer, struct pl_kill_act *act, uint64_t now_usec)
{
        uint64_t look_usec = act->look_usec;

        if (!act->is_group)
                return;
        pl_kill_look_at_dying(killer, act, now_usec);
        act->look_usec = look_usec;
}

/* The step of each phase. */
static void go_on(struct pl_killer *killer, struct pl_kill_act *act, uint64_t now_usec,
                  uint32_t *budget)
{
        switch (act->phase) {
        case PL_KILL_SWEEPING:
                if (killer->sweeper == act->serial || now_usec >= act->look_usec)
                        pl_kill_sweep(killer, act, now_usec, budget);
                else
                        rest(killer, act, now_usec);
                break;
        case PL_KILL_PUSHING:
                pl_kill_look_at_pushed(killer, act, now_usec);
                break;
        case PL_KILL_HOLDING:
                pl_kill_look_at_held(killer, act, now_usec);
                break;
        case PL_KILL_DYING:
                pl_kill_look_at_dying(killer, act, now_usec);
                break;
        case PL_KILL_FREE:
        case PL_KILL_OVER:
                break;
        case PL_KILL_PHASES:
        default:
                pl_unreachable();
        }
}

/* The act with the least serial above this one; NULL: none. */
static struct pl_kill_act *next_act(struct pl_killer *killer, uint64_t after)
{
        struct pl_kill_act *next = NULL;

        for (size_t i = 0; i < PL_KILL_ACTS_MAX; i++) {
                struct pl_kill_act *act = &killer->acts[i];

                if (act->phase != PL_KILL_FREE && act->serial > after &&
                    (!next || act->serial < next->serial))
                        next = act;
        }
        return next;
}

int pl_killer_step(struct pl_killer *killer, uint64_t now_usec, uint32_t budget)
{
        struct pl_kill_act *act;
        uint64_t after = 0;

        pl_assert(killer);
        pl_assert(budget > 0);

        if (killer->threads)
                pl_kill_threads_notice(killer->threads);
        while ((act = next_act(killer, after))) {
                after = act->serial;
                go_on(killer, act, now_usec, &budget);
        }
        return killer->sweeper != 0 ? PL_KILLER_E_MORE : 0;
}

uint64_t pl_killer_next_usec(const struct pl_killer *killer)
{
        uint64_t next_usec = UINT64_MAX;

        pl_assert(killer);

        for (size_t i = 0; i < PL_KILL_ACTS_MAX; i++) {
                const struct pl_kill_act *act = &killer->acts[i];
                uint64_t at_usec = act->look_usec;

                if (act->phase == PL_KILL_FREE)
                        continue;
                if (act->phase == PL_KILL_OVER)
                        return 0;
                if (act->phase == PL_KILL_DYING)
                        at_usec = PL_MIN(at_usec, act->request.deadline_usec);
                next_usec = PL_MIN(next_usec, at_usec);
        }
        return next_usec;
}

/* ---- beginning and taking ---- */

static struct pl_kill_act *find_place(struct pl_killer *killer)
{
        for (size_t i = 0; i < PL_KILL_ACTS_MAX; i++)
                if (killer->acts[i].phase == PL_KILL_FREE)
                        return &killer->acts[i];
        return NULL;
}

/* Of the same cgroup. */
static bool comes_to_nothing(uint32_t measure, uint32_t begun)
{
        return begun == PL_MEASURE_KILL ||
               (begun == PL_MEASURE_THAW && measure == PL_MEASURE_FREEZE);
}

/* What is under way for the same cgroup is over when it is killed; a kill does not come twice. */
static int settle_others(struct pl_killer *killer, const struct pl_kill_request *request,
                         uint64_t now_usec)
{
        for (size_t i = 0; i < PL_KILL_ACTS_MAX; i++) {
                struct pl_kill_act *act = &killer->acts[i];

                if (act->phase == PL_KILL_FREE || act->phase == PL_KILL_OVER ||
                    act->request.id != request->id)
                        continue;
                if (act->request.measure == PL_MEASURE_KILL)
                        return PL_KILLER_E_BUSY;
                if (!comes_to_nothing(act->request.measure, request->measure))
                        continue;
                if (act->phase == PL_KILL_PUSHING)
                        pl_kill_threads_drop(killer->threads, act->serial);
                pl_kill_conclude(killer, act, PL_RESULT_LATE, 0, now_usec);
        }
        return 0;
}

/* False: the act is over already. To let go of something is always allowed. */
static bool is_allowed(struct pl_killer *killer, struct pl_kill_act *act, uint64_t now_usec)
{
        const struct pl_kill_request *request = &act->request;
        bool is_vital = false;
        int r = pl_kill_confirm(request->cgroup_fd, request->id);

        if (r == 0 && request->measure != PL_MEASURE_THAW)
                r = pl_kill_is_vital(killer, request->id, &is_vital);
        if (r != 0)
                pl_kill_conclude_failed(killer, act, r, errno, now_usec);
        else if (is_vital || pl_kill_is_forbidden(request->measure, request->flags))
                pl_kill_conclude(killer, act, PL_RESULT_REFUSED, 0, now_usec);
        return act->phase != PL_KILL_OVER;
}

static int open_act(struct pl_killer *killer, const struct pl_kill_request *request,
                    uint64_t now_usec, struct pl_kill_act *act)
{
        *act = (struct pl_kill_act){ .phase = PL_KILL_SWEEPING,
                                     .serial = ++killer->serial,
                                     .request = *request,
                                     .events_fd = -1,
                                     .process = PL_PIDFD_NONE,
                                     .outcome = { .decision = request->decision,
                                                  .id = request->id,
                                                  .measure = request->measure,
                                                  .began_usec = now_usec } };
        act->request.cgroup_fd = -1;
        killer->act_count++;
        /* Opened anew: a walk moves the position, and a duplicate would share it. */
        return pl_file_open_directory(request->cgroup_fd, ".", &act->request.cgroup_fd);
}

int pl_killer_begin(struct pl_killer *killer, const struct pl_kill_request *request,
                    uint64_t now_usec)
{
        struct pl_kill_act *act;
        uint32_t budget = BEGIN_BUDGET;
        int r;

        pl_assert(killer && request);
        pl_assert(request->id != 0 && request->cgroup_fd >= 0);
        pl_assert(request->measure < PL_MEASURE_KINDS);

        r = pl_kill_is_forbidden(request->measure, request->flags)
                    ? 0
                    : settle_others(killer, request, now_usec);
        if (r != 0)
                return r;
        act = find_place(killer);
        if (!act)
                return PL_KILLER_E_FULL;
        r = open_act(killer, request, now_usec, act);
        if (r != 0) {
                pl_kill_conclude_failed(killer, act, r == PL_FILE_E_ABSENT ? PL_FILE_E_GONE : r,
                                        errno, now_usec);
                return 0;
        }
        if (!is_allowed(killer, act, now_usec))
                return 0;
        if (pl_kill_read_use(killer, act, &act->before_bytes))
                act->least_bytes = act->before_bytes;
        pl_kill_begin(killer, act, now_usec);
        if (act->phase == PL_KILL_SWEEPING)
                pl_kill_sweep(killer, act, now_usec, &budget);
        return 0;
}

bool pl_killer_take(struct pl_killer *killer, struct pl_outcome *ret_outcome)
{
        pl_assert(killer);
        pl_assert(ret_outcome);

        for (struct pl_kill_act *act = next_act(killer, 0); act;
             act = next_act(killer, act->serial))
                if (act->phase == PL_KILL_OVER) {
                        *ret_outcome = act->outcome;
                        act->phase = PL_KILL_FREE;
                        killer->act_count--;
                        return true;
                }
        return false;
}

int pl_killer_fd(const struct pl_killer *killer)
{
        return killer->epoll_fd;
}

uint32_t pl_killer_count(const struct pl_killer *killer)
{
        return killer->act_count;
}

uint64_t pl_killer_ending_until_usec(const struct pl_killer *killer)
{
        uint64_t until_usec = 0;

        pl_assert(killer);

        for (size_t i = 0; i < PL_KILL_ACTS_MAX; i++) {
                const struct pl_kill_act *act = &killer->acts[i];

                if (act->phase != PL_KILL_FREE && act->phase != PL_KILL_OVER &&
                    (act->request.measure == PL_MEASURE_KILL ||
                     act->request.measure == PL_MEASURE_TERM))
                        until_usec = PL_MAX(until_usec, act->request.deadline_usec);
        }
        return until_usec;
}

bool pl_killer_cannot_release(const struct pl_killer *killer)
{
        return killer->threads && pl_kill_threads_cannot_release(killer->threads);
}

/* ---- life cycle ---- */

static int start(struct pl_killer *killer)
{
        struct epoll_event event = { .events = EPOLLIN };
        int r = pl_kill_threads_new(killer->roots.proc_fd, &killer->threads);

        if (r == 0 &&
            epoll_ctl(killer->epoll_fd, EPOLL_CTL_ADD, killer->threads->event_fd, &event) < 0)
                r = -errno;
        return r;
}

int pl_killer_new(const struct pl_roots *roots, const struct pl_killer_options *options,
                  struct pl_killer **ret_killer)
{
        struct pl_killer *killer;
        int r = 0;

        pl_assert(roots && options);
        pl_assert(ret_killer);

        killer = calloc(1, sizeof *killer);
        if (!killer)
                return -ENOMEM;
        killer->roots = *roots;
        killer->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
        if (killer->epoll_fd < 0)
                r = -errno;
        if (r == 0 && !options->without_threads)
                r = start(killer);
        if (r != 0) {
                pl_killer_free(killer, PL_USEC_PER_MINUTE);
                return r;
        }
        *ret_killer = killer;
        return 0;
}

void pl_killer_free(struct pl_killer *killer, uint64_t patience_usec)
{
        if (!killer)
                return;
        for (size_t i = 0; i < PL_KILL_ACTS_MAX; i++) {
                struct pl_kill_act *act = &killer->acts[i];

                if (act->phase == PL_KILL_FREE || act->phase == PL_KILL_OVER)
                        continue;
                pl_cleanup_close(&act->events_fd);
                pl_cleanup_close(&act->request.cgroup_fd);
                pl_pidfd_done(&act->process);
        }
        pl_kill_threads_free(killer->threads, patience_usec);
        pl_cleanup_close(&killer->epoll_fd);
        free(killer);
}
