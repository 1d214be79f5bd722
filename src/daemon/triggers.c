/* SPDX-License-Identifier: Apache-2.0 */

/* Pressure is the one thing that tells of a shortage by itself. memory.events would, too, but it changes with every page that
 * somebody reads beyond his limit, which is ordinary; what is not ordinary is that all of his tasks stand still. And with one
 * that is woken for, what is looked at is everything: a trigger is a reason to look, and never evidence.
 *
 * Somebody can stall all day, and may mean to. That must cost next to nothing: the kernel fires once in a window, all
 * triggers together make one look in a tenth of a second, and who goes on is left alone for longer and longer.
 */

#include "triggers.h"

#include <errno.h>

#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"
#include "triggers_internal.h"

/* Fires that are further apart are not one stall: of a steady one a window is left out now and then, and not three. */
enum { WINDOWS_OF_BREAK = 3 };

/* By then it fires again, if it goes on: two of its windows. */
#define HOT_USEC (4 * PL_USEC_PER_SEC)

void pl_triggers_init(struct pl_triggers *triggers, const struct pl_triggers_options *options,
                      sd_event *event)
{
        pl_assert(triggers && options->census && options->logbook && options->on_stall);

        *triggers = (struct pl_triggers){ .options = *options, .event = event };
        for (unsigned i = 0; i < PL_TRIGGERS_OF_HOST; i++)
                triggers->host[i].triggers = triggers;
        for (unsigned i = 0; i < PL_TRIGGERS_LOCAL_MAX; i++)
                triggers->local[i].triggers = triggers;
}

static void forget(struct pl_trigger *trigger)
{
        pl_trigger_shut(trigger);
        *trigger = (struct pl_trigger){ .triggers = trigger->triggers };
}

static void forget_all(struct pl_triggers *triggers)
{
        for (unsigned i = 0; i < PL_TRIGGERS_OF_HOST; i++)
                forget(&triggers->host[i]);
        for (unsigned i = 0; i < PL_TRIGGERS_LOCAL_MAX; i++)
                forget(&triggers->local[i]);
}

void pl_triggers_done(struct pl_triggers *triggers)
{
        pl_assert(triggers);

        forget_all(triggers);
        triggers->event = NULL;
}

void pl_triggers_set(struct pl_triggers *triggers, const struct pl_pressure *pressure)
{
        pl_assert(triggers && pressure->stall_usec > 0);
        pl_assert(pressure->stall_usec <= pressure->window_usec && pressure->workloads >= 0);

        triggers->local_max = PL_MIN((uint32_t) pressure->workloads,
                                     (uint32_t) PL_TRIGGERS_LOCAL_MAX);
        if (triggers->stall_usec == pressure->stall_usec &&
            triggers->window_usec == pressure->window_usec)
                return;
        triggers->stall_usec = pressure->stall_usec;
        triggers->window_usec = pressure->window_usec;
        forget_all(triggers);
}

/* ---- what fires ---- */

bool pl_trigger_pace_fire(struct pl_trigger_pace *pace, uint64_t window_usec, uint64_t now_usec)
{
        const uint64_t last_usec = pace->last_usec;

        pl_assert(window_usec > 0 && now_usec >= last_usec);

        if (now_usec - PL_MIN(now_usec, PL_MAX(last_usec, pace->until_usec)) >
            PL_TRIGGERS_BREAK_USEC)
                pace->rest_usec = 0;
        if (last_usec == 0 || last_usec < pace->until_usec ||
            now_usec - last_usec > WINDOWS_OF_BREAK * window_usec)
                pace->begun_usec = now_usec;
        pace->last_usec = now_usec;
        if (now_usec - pace->begun_usec < PL_TRIGGERS_STEADY_USEC)
                return false;
        pace->rest_usec = pace->rest_usec == 0
                                  ? PL_TRIGGERS_REST_LEAST_USEC
                                  : PL_MIN(2 * pace->rest_usec, PL_TRIGGERS_REST_MOST_USEC);
        pace->until_usec = now_usec + pace->rest_usec;
        return true;
}

/* One that is on its way will do. */
static void ask_for_look(struct pl_triggers *triggers, uint64_t now_usec)
{
        uint64_t next_usec = triggers->look_usec == 0
                                     ? now_usec
                                     : triggers->look_usec + PL_TRIGGERS_SPACING_USEC;

        if (triggers->look_usec > now_usec)
                return;
        triggers->look_usec = PL_MAX(next_usec, now_usec);
        triggers->options.on_stall(triggers->options.userdata, triggers->look_usec - now_usec);
}

static void fire(struct pl_trigger *trigger, uint64_t now_usec)
{
        struct pl_triggers *triggers = trigger->triggers;

        if (trigger->id != 0) {
                triggers->local_count++;
                trigger->hot_until_usec = now_usec + HOT_USEC;
        } else
                triggers->host_count++;
        if (pl_trigger_pace_fire(&trigger->pace, trigger->window_usec, now_usec))
                pl_trigger_shut(trigger);
        ask_for_look(triggers, now_usec);
}

void pl_trigger_take_news(struct pl_trigger *trigger, uint32_t poll_events, uint64_t now_usec)
{
        pl_assert(trigger->source);

        switch (pl_psi_trigger_news(poll_events)) {
        case PL_PSI_NEWS_STALL:
                fire(trigger, now_usec);
                break;
        case PL_PSI_NEWS_GONE:
                /* The cgroup has gone, or somebody hides its pressure: then it cannot be opened again. */
                forget(trigger);
                break;
        case PL_PSI_NEWS_NONE:
                break;
        }
}

uint32_t pl_triggers_add_stalled(const struct pl_triggers *triggers, uint64_t now_usec,
                                 uint64_t *ids, uint32_t count)
{
        const uint32_t before = count;

        pl_assert(count <= PL_SAMPLE_HOT_MAX);

        for (unsigned i = 0; i < PL_TRIGGERS_LOCAL_MAX && count < PL_SAMPLE_HOT_MAX; i++) {
                const struct pl_trigger *trigger = &triggers->local[i];
                bool is_among = trigger->id == 0 || trigger->hot_until_usec <= now_usec;

                for (uint32_t k = 0; k < before && !is_among; k++)
                        is_among = ids[k] == trigger->id;
                if (!is_among)
                        ids[count++] = trigger->id;
        }
        return count;
}

/* ---- who is waited for ---- */

void pl_triggers_begin(struct pl_triggers *triggers)
{
        triggers->offer_count = 0;
}

static struct pl_triggers_offer *least(struct pl_triggers *triggers)
{
        struct pl_triggers_offer *found = &triggers->offers[0];

        for (uint32_t i = 1; i < triggers->offer_count; i++)
                if (triggers->offers[i].bytes < found->bytes)
                        found = &triggers->offers[i];
        return found;
}

static uint32_t local_max(struct pl_triggers *triggers)
{
        if (!triggers->event || triggers->local_is_refused || triggers->local_max == 0)
                return 0;
        return pl_triggers_make_threads(triggers)
                       ? PL_MIN(triggers->local_max, (uint32_t) PL_TRIGGERS_LOCAL_WITH_THREADS)
                       : triggers->local_max;
}

void pl_triggers_offer(struct pl_triggers *triggers, uint64_t id, uint64_t bytes)
{
        const struct pl_triggers_offer offer = { id, bytes };
        const uint32_t most = local_max(triggers);

        pl_assert(id != 0);

        if (triggers->offer_count < most)
                triggers->offers[triggers->offer_count++] = offer;
        else if (most > 0 && bytes > least(triggers)->bytes)
                *least(triggers) = offer;
}

static struct pl_trigger *find(struct pl_triggers *triggers, uint64_t id)
{
        for (unsigned i = 0; i < PL_TRIGGERS_LOCAL_MAX; i++)
                if (triggers->local[i].id == id)
                        return &triggers->local[i];
        return NULL;
}

/* Those who are offered keep their places, others lose them, and then there is one for each of the rest. */
static void choose(struct pl_triggers *triggers)
{
        for (unsigned i = 0; i < PL_TRIGGERS_LOCAL_MAX; i++)
                triggers->local[i].is_wanted = false;
        for (uint32_t i = 0; i < triggers->offer_count; i++) {
                struct pl_trigger *trigger = find(triggers, triggers->offers[i].id);

                if (trigger)
                        trigger->is_wanted = true;
        }
        for (unsigned i = 0; i < PL_TRIGGERS_LOCAL_MAX; i++)
                if (!triggers->local[i].is_wanted)
                        forget(&triggers->local[i]);
        for (uint32_t i = 0; i < triggers->offer_count; i++) {
                struct pl_trigger *trigger = find(triggers, triggers->offers[i].id);

                if (trigger)
                        continue;
                trigger = find(triggers, 0);
                pl_assert(trigger);
                trigger->id = triggers->offers[i].id;
        }
}

/* ---- opening ---- */

static uint64_t error_of(int r)
{
        switch (r) {
        case PL_FILE_E_ABSENT:
        case PL_FILE_E_GONE:
                return ENOENT;
        case PL_FILE_E_OFF:
                return EOPNOTSUPP;
        case PL_FILE_E_DENIED:
                return EACCES;
        case PL_FILE_E_REFUSED:
                return EINVAL;
        default:
                return r < 0 ? (uint64_t) -r : EAGAIN;
        }
}

/* What the kernel does not do now it does not do later, either; want of memory or of files may pass. */
static bool note_refusal(struct pl_triggers *triggers, enum pl_note_code code, int r,
                         uint64_t now_usec)
{
        pl_logbook_say_once(triggers->options.logbook, now_usec,
                            &(struct pl_logbook_note){ code, error_of(r), NULL });
        return r > 0 && r != PL_FILE_E_AGAIN;
}

static bool is_due(const struct pl_trigger *trigger, uint64_t now_usec)
{
        return !trigger->source && trigger->pace.until_usec <= now_usec;
}

static void open_host(struct pl_triggers *triggers, uint64_t now_usec)
{
        for (unsigned i = 0; i < PL_TRIGGERS_OF_HOST && !triggers->host_is_refused; i++) {
                int r;

                if (!is_due(&triggers->host[i], now_usec))
                        continue;
                r = pl_trigger_open_host(triggers, &triggers->host[i], i > 0);
                if (r != 0)
                        triggers->host_is_refused = note_refusal(triggers, PL_NOTE_NO_TRIGGERS, r,
                                                                 now_usec);
        }
}

static void open_local(struct pl_triggers *triggers, uint64_t now_usec)
{
        for (unsigned i = 0; i < PL_TRIGGERS_LOCAL_MAX && !triggers->local_is_refused; i++) {
                struct pl_trigger *trigger = &triggers->local[i];
                int r;

                if (trigger->id == 0 || !is_due(trigger, now_usec))
                        continue;
                r = pl_trigger_open_local(triggers, trigger);
                /* It has gone, or its owner hides its pressure: that is his affair. */
                if (r == PL_FILE_E_GONE || r == PL_FILE_E_ABSENT)
                        forget(trigger);
                else if (r != 0)
                        triggers->local_is_refused = note_refusal(
                                triggers, PL_NOTE_NO_LOCAL_TRIGGERS, r, now_usec);
        }
}

void pl_triggers_settle(struct pl_triggers *triggers, uint64_t now_usec)
{
        pl_assert(triggers);

        /* Before there is a policy there is nothing that they could be asked for. */
        if (!triggers->event || triggers->window_usec == 0)
                return;
        choose(triggers);
        open_host(triggers, now_usec);
        open_local(triggers, now_usec);
}
