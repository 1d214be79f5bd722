/* SPDX-License-Identifier: Apache-2.0 */

/* A kill is proven by what the kernel says of the cgroup: nobody is in it any more, or it is gone, and so much less is in
 * use. cgroup.events wakes whoever waits for it; that is a hint and no more, for the look itself asks anew, and it comes
 * from time to time without a hint, too.
 *
 * What came back is what it used before, less what it uses when the last one has left: shared memory and page cache stay.
 * systemd may remove the cgroup before we look, and what it used at the end is not to be read any more; then the least that
 * was read on the way counts, or what the caller expected, whichever is more, and never more than there was.
 */

#include <errno.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "kill_internal.h"
#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"
#include "plimsoll/kernel/memcg.h"

/* Without a hint. A hint comes 10 ms late at most (CGROUP_FILE_NOTIFY_MIN_INTV, kernel/cgroup/cgroup.c). */
#define LOOK_USEC          (20 * PL_USEC_PER_MSEC)
#define LOOK_NOTIFIED_USEC (100 * PL_USEC_PER_MSEC)

int pl_kill_error_of(int outcome, int error)
{
        switch (outcome) {
        case PL_FILE_E_GONE:
                return ENODEV;
        case PL_FILE_E_MALFORMED:
        case PL_FILE_E_TOO_BIG:
                return EBADMSG;
        case PL_PIDFD_E_UNSUPPORTED:
                return ENOSYS;
        case PL_KILLER_E_FOREIGN:
                return EBUSY;
        default:
                return outcome < 0 ? -outcome : error;
        }
}

static uint64_t less(uint64_t a, uint64_t b)
{
        return a > b ? a - b : 0;
}

/* What reclaim puts into swap has come back all the same; what a kill takes out of it is room for others. */
bool pl_kill_read_use(struct pl_killer *killer, const struct pl_kill_act *act, uint64_t *ret_bytes)
{
        const int fd = act->request.cgroup_fd;
        uint64_t current_bytes = 0, swap_bytes = 0;
        int r = pl_memcg_read_figure(fd, PL_MEMCG_CURRENT, &killer->buffer, &current_bytes);

        if (r == 0 && act->request.measure != PL_MEASURE_RECLAIM)
                r = pl_memcg_read_figure(fd, PL_MEMCG_SWAP_CURRENT, &killer->buffer, &swap_bytes);
        *ret_bytes = current_bytes + swap_bytes;
        return r != PL_FILE_E_GONE;
}

static bool add_to_epoll(struct pl_killer *killer, int fd, uint32_t events)
{
        struct epoll_event event = { .events = events };

        return epoll_ctl(killer->epoll_fd, EPOLL_CTL_ADD, fd, &event) == 0;
}

/* As long as nobody has read it, nothing is a change; the first look does. */
void pl_kill_watch(struct pl_killer *killer, struct pl_kill_act *act)
{
        pl_assert(act->events_fd < 0);

        if (pl_file_open(act->request.cgroup_fd, "cgroup.events", &act->events_fd) == 0)
                act->is_notified = add_to_epoll(killer, act->events_fd, EPOLLPRI);
        /* After TERM it is not the one whose end is waited for. */
        if (act->process.fd >= 0 && act->request.measure == PL_MEASURE_KILL)
                act->is_notified = add_to_epoll(killer, act->process.fd, EPOLLIN);
}

static int read_events(struct pl_killer *killer, const struct pl_kill_act *act,
                       struct pl_cgroup_events *ret_events)
{
        int r = pl_kill_confirm(act->request.cgroup_fd, act->request.id);

        if (r != 0)
                return r;
        if (act->events_fd < 0)
                return pl_cgroup_read_events(act->request.cgroup_fd, &killer->buffer, ret_events);
        r = pl_file_read_again(act->events_fd, &killer->buffer);
        return r == 0 ? pl_cgroup_parse_events(pl_file_span(&killer->buffer), ret_events) : r;
}

/* ---- the end of an act ---- */

static void prove(struct pl_killer *killer, struct pl_kill_act *act)
{
        uint64_t now_bytes;

        if (act->request.measure == PL_MEASURE_FREEZE || act->request.measure == PL_MEASURE_THAW)
                return;
        if (pl_kill_read_use(killer, act, &now_bytes))
                act->outcome.bytes = less(act->before_bytes, now_bytes);
        else
                act->outcome.bytes = PL_MIN(act->before_bytes,
                                            PL_MAX(act->request.expected_bytes,
                                                   less(act->before_bytes, act->least_bytes)));
}

void pl_kill_conclude(struct pl_killer *killer, struct pl_kill_act *act, enum pl_result result,
                      int error, uint64_t now_usec)
{
        pl_assert(act->phase != PL_KILL_FREE && act->phase != PL_KILL_OVER);
        pl_assert(error >= 0);

        if (result == PL_RESULT_DONE || result == PL_RESULT_PARTLY || result == PL_RESULT_LATE)
                prove(killer, act);
        if (result == PL_RESULT_FAILED && act->mark.is_set)
                pl_kill_mark_undo(act->request.cgroup_fd, &act->mark);
        /* What is held still, by a freeze before it or for its sake, would be so for whoever comes into it next. */
        if (act->is_group)
                (void) pl_kill_thaw(act->request.cgroup_fd, &killer->buffer);
        act->outcome.result = result;
        act->outcome.error = error;
        act->outcome.ended_usec = now_usec;
        act->phase = PL_KILL_OVER;
        if (killer->sweeper == act->serial)
                killer->sweeper = 0;
        pl_cleanup_close(&act->events_fd);
        pl_cleanup_close(&act->request.cgroup_fd);
        act->events_fd = act->request.cgroup_fd = -1;
        pl_pidfd_done(&act->process);
}

void pl_kill_conclude_failed(struct pl_killer *killer, struct pl_kill_act *act, int outcome,
                             int error, uint64_t now_usec)
{
        enum pl_result result = PL_RESULT_FAILED;

        pl_assert(outcome != 0);

        if (outcome == PL_FILE_E_GONE)
                result = PL_RESULT_GONE;
        else if (outcome == PL_KILLER_E_FOREIGN)
                result = PL_RESULT_REFUSED;
        pl_kill_conclude(killer, act, result, pl_kill_error_of(outcome, error), now_usec);
}

/* ---- looks ---- */

static bool is_process_dead(struct pl_killer *killer, const struct pl_kill_act *act)
{
        bool is_dead = false;

        return act->process.proc_dir_fd >= 0 &&
               pl_pidfd_is_dead(&act->process, &killer->buffer, &is_dead) == 0 && is_dead;
}

/* Its deadline has come. */
static void conclude_late(struct pl_killer *killer, struct pl_kill_act *act, uint64_t now_usec)
{
        if (act->denied_error != 0)
                pl_kill_conclude(killer, act, PL_RESULT_PARTLY, act->denied_error, now_usec);
        else if (act->request.measure == PL_MEASURE_TERM && is_process_dead(killer, act))
                pl_kill_conclude(killer, act, PL_RESULT_PARTLY, 0, now_usec);
        else
                pl_kill_conclude(killer, act, PL_RESULT_LATE, 0, now_usec);
}

void pl_kill_look_at_dying(struct pl_killer *killer, struct pl_kill_act *act, uint64_t now_usec)
{
        struct pl_cgroup_events events = { .populated = 1 };
        uint64_t now_bytes;
        int r = read_events(killer, act, &events);
        bool is_over = r == PL_FILE_E_GONE || events.populated == 0;

        pl_assert(act->request.measure == PL_MEASURE_KILL ||
                  act->request.measure == PL_MEASURE_TERM);

        if (!is_over && act->request.measure == PL_MEASURE_KILL)
                is_over = is_process_dead(killer, act);
        if (is_over) {
                pl_kill_conclude(killer, act, PL_RESULT_DONE, 0, now_usec);
                return;
        }
        if (now_usec >= act->request.deadline_usec) {
                conclude_late(killer, act, now_usec);
                return;
        }
        if (pl_kill_read_use(killer, act, &now_bytes))
                act->least_bytes = PL_MIN(act->least_bytes, now_bytes);
        act->look_usec = now_usec + (act->is_notified ? LOOK_NOTIFIED_USEC : LOOK_USEC);
}

void pl_kill_wait_for_death(struct pl_killer *killer, struct pl_kill_act *act, uint64_t now_usec)
{
        pl_kill_watch(killer, act);
        act->phase = PL_KILL_DYING;
        act->look_usec = now_usec;
}

void pl_kill_look_at_held(struct pl_killer *killer, struct pl_kill_act *act, uint64_t now_usec)
{
        struct pl_cgroup_events events = {};
        int r = read_events(killer, act, &events);
        int error = errno;

        if (r == 0 && events.frozen != 0)
                pl_kill_conclude(killer, act, PL_RESULT_DONE, 0, now_usec);
        else if (r != 0)
                pl_kill_conclude_failed(killer, act, r, error, now_usec);
        else if (now_usec >= act->hold_until_usec)
                pl_kill_conclude(killer, act, PL_RESULT_PARTLY, 0, now_usec);
        else
                act->look_usec = now_usec + LOOK_USEC;
}
