/* SPDX-License-Identifier: Apache-2.0 */

/* The kernel wakes the loop: the next tick comes at once, and with it whoever stands still is looked at. */

#include "supervisor_internal.h"

/* Never later than it would have been. */
static void on_stall(void *userdata, uint64_t wait_usec)
{
        struct pl_supervisor *s = userdata;
        uint64_t now_usec, due_usec;

        if (sd_event_now(s->event, CLOCK_MONOTONIC, &now_usec) < 0 ||
            sd_event_source_get_time(s->tick, &due_usec) < 0 || due_usec <= now_usec + wait_usec)
                return;
        (void) sd_event_source_set_time(s->tick, now_usec + wait_usec);
}

void pl_supervisor_open_triggers(struct pl_supervisor *s)
{
        const struct pl_triggers_options options = {
                .roots = s->roots,
                .census = &s->board.census,
                .logbook = &s->logbook,
                .on_stall = on_stall,
                .userdata = s,
        };

        /* Files of another tree than the host's are nobody's pressure. */
        pl_triggers_init(&s->triggers, &options,
                         s->has_pressure && !s->options->cgroup_root ? s->event : NULL);
        pl_supervisor_await_stalls(s);
}

void pl_supervisor_await_stalls(struct pl_supervisor *s)
{
        const struct pl_host_policy *wanted;

        if (!s->policies.in_force || pl_policy_host(s->policies.in_force, &wanted) != 0)
                return;
        pl_triggers_set(&s->triggers, &wanted->pressure);
        pl_triggers_settle(&s->triggers, pl_clock_now_usec());
}
