/* SPDX-License-Identifier: Apache-2.0 */

/* What was decided and is under way. Whatever comes of it is judged at once, by a look at the host: the next victim, or that
 * there is no need of one, does not wait for the tick.
 */

#include "plimsoll/base/clock.h"
#include "plimsoll/base/macro.h"
#include "supervisor_internal.h"

/* What comes of a measure within a turn of the loop has brought about no other for so long: then it is for the loop to
 * breathe. */
#define TURN_USEC PL_USEC_PER_MSEC

static void work(struct pl_supervisor *s)
{
        if (pl_measures_work(&s->measures, pl_clock_now_usec()))
                pl_supervisor_hurry(s);
        pl_supervisor_await_measures(s);
}

static int on_news(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
        (void) source, (void) fd, (void) events;
        work(userdata);
        return 0;
}

static int on_due(sd_event_source *source, uint64_t usec, void *userdata)
{
        (void) source, (void) usec;
        work(userdata);
        return 0;
}

/* The enforcer's wake is for a look at who has an overlay. */
void pl_supervisor_await_measures(struct pl_supervisor *s)
{
        uint64_t next_usec = pl_measures_next_usec(&s->measures);
        uint64_t now_usec = pl_clock_now_usec();

        if (!s->measure)
                return;
        if (pl_enforce_due_usec(&s->enforcer) <= now_usec)
                pl_supervisor_work(s);
        if (next_usec == UINT64_MAX) {
                (void) sd_event_source_set_enabled(s->measure, SD_EVENT_OFF);
                return;
        }
        next_usec -= PL_MIN(next_usec, now_usec);
        (void) sd_event_source_set_time_relative(s->measure,
                                                 next_usec == 0 ? 0 : PL_MAX(next_usec, TURN_USEC));
        (void) sd_event_source_set_enabled(s->measure, SD_EVENT_ONESHOT);
}

int pl_supervisor_add_measures(struct pl_supervisor *s)
{
        int fd = pl_measures_fd(&s->measures);
        int r;

        if (fd < 0)
                return 0;
        r = sd_event_add_io(s->event, NULL, fd, EPOLLIN, on_news, s);
        if (r >= 0)
                r = sd_event_add_time_relative(s->event, &s->measure, CLOCK_MONOTONIC, 0,
                                               PL_USEC_PER_MSEC, on_due, s);
        return r < 0 ? r : sd_event_source_set_priority(s->measure, SD_EVENT_PRIORITY_IMPORTANT);
}
