/* SPDX-License-Identifier: Apache-2.0 */

/* The kernel looks at who opens a trigger. With CAP_SYS_RESOURCE it serves the cgroup by a thread of its own, which looks ten
 * times in a window while tasks stand still, and takes any window; without it looks when it adds up its averages, every two
 * seconds, and takes a window of whole multiples of that (psi_trigger_create(), kernel/sched/psi.c, 6.4). One thread
 * is right for the host, where the clock already looks once in a second or more. For workloads it is not, for each thread has
 * real-time priority; and two seconds are soon enough for who meets his own limit.
 *
 * Before 5.13 nobody looked, and each trigger had its thread, of whomever it was; from there to 6.4 who has not the
 * capability gets none. The fixes of 6.4 are in 6.1-stable too. So it is tried and not told by a version.
 */

#include <errno.h>
#include <linux/capability.h>
#include <sys/epoll.h>

#include "plimsoll/base/assert.h"
#include "plimsoll/base/fd.h"
#include "plimsoll/base/macro.h"
#include "plimsoll/base/ratio.h"
#include "plimsoll/kernel/capability.h"
#include "triggers_internal.h"

static const char host_name[] = "pressure/memory";

/* Below that no kernel before 6.5 takes one. With it the kernel looks every 50 ms, twice as often as we care to be woken. */
#define HOST_LEAST_USEC (500 * PL_USEC_PER_MSEC)
/* All that is given without the capability. */
#define LOCAL_WINDOW_USEC (2 * PL_USEC_PER_SEC)

static int on_news(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
        (void) source, (void) fd;
        pl_trigger_take_news(userdata, events, pl_clock_now_usec());
        return 0;
}

static int add_source(struct pl_trigger *trigger, int *fd)
{
        sd_event *event = trigger->triggers->event;
        int r;

        pl_assert(!trigger->source);

        r = sd_event_add_io(event, &trigger->source, *fd, EPOLLPRI, on_news, trigger);
        if (r < 0)
                return r;
        r = sd_event_source_set_io_fd_own(trigger->source, true);
        if (r >= 0) {
                (void) PL_TAKE_FD(*fd);
                r = sd_event_source_set_priority(trigger->source, SD_EVENT_PRIORITY_IMPORTANT);
        }
        if (r < 0)
                pl_trigger_shut(trigger);
        return PL_MIN(r, 0);
}

void pl_trigger_shut(struct pl_trigger *trigger)
{
        trigger->source = sd_event_source_disable_unref(trigger->source);
}

/* The same share of another window. */
static struct pl_psi_trigger scaled(const struct pl_triggers *triggers, uint64_t window_usec)
{
        pl_assert(triggers->stall_usec <= triggers->window_usec);

        return (struct pl_psi_trigger){
                .stall_usec = PL_MAX(
                        pl_ratio_scale(triggers->stall_usec, window_usec, triggers->window_usec),
                        UINT64_C(1)),
                .window_usec = window_usec,
        };
}

/* ---- the host's ---- */

/* As long as it is not in effect the windows that we want are refused. */
static int open_with_power(int proc_fd, struct pl_psi_trigger wanted, int *ret_fd)
{
        bool had = false, has;
        int r;

        if (pl_capability_has(CAP_SYS_RESOURCE, &had) < 0)
                had = false;
        has = had || pl_capability_raise(CAP_SYS_RESOURCE) == 0;
        r = pl_psi_trigger_open(proc_fd, host_name, wanted, ret_fd);
        /* What has just been brought into effect can be taken out of it. */
        if (has && !had)
                pl_assert(pl_capability_lower(CAP_SYS_RESOURCE, &has) == 0);
        else if (!has && r == PL_FILE_E_REFUSED)
                r = PL_FILE_E_DENIED;
        return r;
}

/* Some: as the policy has it, the first sign there is. All: of a window half as long, so that it is told twice as soon; and
 * when some stand still all day, at their own limits, that trigger rests and this one does not. */
int pl_trigger_open_host(struct pl_triggers *triggers, struct pl_trigger *trigger, bool full)
{
        struct pl_psi_trigger wanted = scaled(
                triggers,
                full ? PL_MAX(triggers->window_usec / 2, HOST_LEAST_USEC) : triggers->window_usec);
        _cleanup_close_ int fd = -1;
        int r;

        wanted.full = full;
        r = open_with_power(triggers->options.roots.proc_fd, wanted, &fd);
        if (r == 0)
                r = add_source(trigger, &fd);
        trigger->window_usec = wanted.window_usec;
        return r;
}

/* ---- others' ---- */

/* That all of its tasks stood still is what makes a shortage of its own. */
int pl_trigger_open_local(struct pl_triggers *triggers, struct pl_trigger *trigger)
{
        const struct pl_census *census = triggers->options.census;
        struct pl_psi_trigger wanted = scaled(triggers, LOCAL_WINDOW_USEC);
        _cleanup_close_ int fd = -1;
        bool opened = false;
        int dir_fd = -1, r;
        uint32_t index;

        pl_assert(trigger->id != 0);

        if (pl_census_find(census, trigger->id, &index) != 0)
                return PL_FILE_E_GONE;
        r = pl_census_directory(census, index, &dir_fd, &opened);
        if (r != 0)
                return r < 0 ? r : PL_FILE_E_GONE;
        wanted.full = true;
        wanted.unprivileged = true;
        r = pl_psi_trigger_open(dir_fd, "memory.pressure", wanted, &fd);
        if (opened)
                pl_cleanup_close(&dir_fd);
        if (r == 0)
                r = add_source(trigger, &fd);
        trigger->window_usec = wanted.window_usec;
        return r;
}

bool pl_triggers_make_threads(struct pl_triggers *triggers)
{
        const struct pl_psi_trigger short_one = { .unprivileged = true,
                                                  .stall_usec = LOCAL_WINDOW_USEC / 4,
                                                  .window_usec = LOCAL_WINDOW_USEC / 2 };
        _cleanup_close_ int fd = -1;

        if (!triggers->is_probed)
                triggers->makes_threads = pl_psi_trigger_open(triggers->options.roots.proc_fd,
                                                              host_name, short_one, &fd) == 0;
        triggers->is_probed = true;
        return triggers->makes_threads;
}
