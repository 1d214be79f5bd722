/* SPDX-License-Identifier: Apache-2.0 */

/* Limits as properties of a unit, and units to be started.
 *
 * One property that systemd does not know refuses the whole call, and what it knows goes by its version; but versions are
 * patched by whoever packages them. So a call that is refused that way is sent once more without the properties that are new,
 * and if that goes well they are not offered again.
 */

#include <errno.h>
#include <string.h>

#include "bus_internal.h"
#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"
#include "plimsoll/host/dropins.h"
#include "property.h"

/* Since which version they can be set at runtime: its NEWS, and tried on 252 and 257. The others can in every version that we
 * run on. */
static const uint32_t since[PL_LIMIT_COUNT] = {
        [PL_LIMIT_ZSWAP_MAX] = 253,
        [PL_LIMIT_ZSWAP_WRITEBACK] = 256,
};

static bool is_new(enum pl_limit limit)
{
        return since[limit] > 0;
}

uint32_t pl_bus_properties(const struct pl_bus *bus)
{
        uint32_t offered = 0;

        if (!pl_bus_is_up(bus))
                return 0;
        for (unsigned i = 0; i < PL_LIMIT_COUNT; i++)
                if (pl_dropin_property(i) && bus->major >= since[i])
                        offered |= UINT32_C(1) << i;
        return offered & ~bus->withheld;
}

/* ---- limits ---- */

void pl_bus_answer_set(struct pl_bus_call *call, enum pl_write_result result, int error)
{
        struct pl_bus_call over;

        pl_assert(call->kind == PL_BUS_SET);

        pl_bus_end(call, &over);
        over.bus->handlers.on_set(over.bus->handlers.userdata, over.tag, result, error);
}

static void on_set(struct pl_bus_call *call, sd_bus_message *reply);

static int send_properties(struct pl_bus_call *call)
{
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *message = NULL;
        int r = pl_bus_message(call->bus, PL_BUS_OBJECT, PL_BUS_MANAGER, "SetUnitProperties",
                               &message);

        if (r >= 0)
                r = sd_bus_message_append(message, "sb", call->unit, true);
        if (r >= 0)
                r = pl_property_append(message, &call->limits);
        return r < 0 ? r : pl_bus_send(call, message, on_set);
}

static void send_or_answer(struct pl_bus_call *call)
{
        int r = send_properties(call);

        if (r < 0)
                pl_bus_answer_set(call, PL_WRITE_E_AGAIN, -r);
}

/* False when there are none, or nothing else. */
static bool leave_out_new(struct pl_bus_call *call)
{
        uint32_t before = call->limits.set;

        for (unsigned i = 0; i < PL_LIMIT_COUNT; i++)
                if (is_new(i))
                        call->limits.set &= ~(UINT32_C(1) << i);
        return call->limits.set != 0 && call->limits.set != before;
}

static void withhold_new(struct pl_bus *bus)
{
        for (unsigned i = 0; i < PL_LIMIT_COUNT; i++)
                if (is_new(i))
                        bus->withheld |= UINT32_C(1) << i;
}

/* A message that changes nothing, for what comes behind its answer. Negative: `step` will not come. */
static int ask_for_unit(struct pl_bus_call *call, pl_bus_step *step)
{
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *message = NULL;
        int r = pl_bus_message(call->bus, PL_BUS_OBJECT, PL_BUS_MANAGER, "GetUnit", &message);

        if (r >= 0)
                r = sd_bus_message_append(message, "s", call->unit);
        return r < 0 ? r : pl_bus_send(call, message, step);
}

static void on_applied(struct pl_bus_call *call, sd_bus_message *reply)
{
        (void) reply;
        pl_bus_answer_set(call, PL_WRITTEN, 0);
}

/* The answer comes before the unit's files are written: systemd queues that, and does it before it reads the next message
 * (manager_loop(), src/core/manager.c, 252 and 257). Whoever writes one of them behind the answer would be overwritten. */
static void await_files(struct pl_bus_call *call)
{
        if (ask_for_unit(call, on_applied) < 0)
                pl_bus_answer_set(call, PL_WRITTEN, 0);
}

static void on_set(struct pl_bus_call *call, sd_bus_message *reply)
{
        int error;
        enum pl_write_result result = pl_bus_result(reply, &error);

        if (sd_bus_message_is_method_error(reply, SD_BUS_ERROR_PROPERTY_READ_ONLY) > 0 &&
            leave_out_new(call)) {
                call->is_second = true;
                send_or_answer(call);
                return;
        }
        if (result == PL_WRITTEN && call->is_second)
                withhold_new(call->bus);
        if (result == PL_WRITTEN)
                await_files(call);
        else
                pl_bus_answer_set(call, result, error);
}

static bool is_being_judged(const struct pl_bus_call *call)
{
        for (size_t i = 0; i < PL_BUS_CALLS_MAX; i++) {
                const struct pl_bus_call *other = &call->bus->calls[i];

                if (other->kind == PL_BUS_CAUSE && !other->is_answered &&
                    strcmp(other->unit, call->unit) == 0)
                        return true;
        }
        return false;
}

/* What systemd is to set here would take the place of the traces by which somebody else is told: it waits until they were read, or
 * their question has run out of time. */
static void send_when_judged(struct pl_bus_call *call, sd_bus_message *reply)
{
        (void) reply;
        if (!is_being_judged(call) || ask_for_unit(call, send_when_judged) < 0)
                send_or_answer(call);
}

static void on_found(struct pl_bus_call *call, sd_bus_message *reply)
{
        int error;
        enum pl_write_result result = pl_bus_result(reply, &error);

        if (result != PL_WRITTEN)
                pl_bus_answer_set(call, result, error);
        else if (!pl_bus_is_found(call, reply))
                pl_bus_answer_set(call, PL_WRITE_E_ABSENT, ENOENT);
        else
                send_when_judged(call, reply);
}

int pl_bus_set(struct pl_bus *bus, uint64_t tag, const struct pl_bus_unit *unit,
               const struct pl_limits *limits)
{
        struct pl_bus_call *call;

        pl_assert(bus && unit && limits);
        pl_assert(limits->set != 0);
        pl_assert(!pl_limits_has(limits, PL_LIMIT_MAX) || limits->values[PL_LIMIT_MAX] > 0);

        if (!pl_bus_is_up(bus))
                return PL_BUS_E_DOWN;
        call = pl_bus_begin(bus, PL_BUS_SET, tag);
        if (!call)
                return PL_BUS_E_FULL;
        call->limits = *limits;
        return pl_bus_name(call, unit->name)
                       ? pl_bus_sent(call, pl_bus_find(call, unit->path, on_found))
                       : 0;
}

/* ---- jobs ---- */

void pl_bus_answer_job(struct pl_bus_call *call, bool is_done, const char *why)
{
        struct pl_bus_call over;
        char words[PL_BUS_WORDS_BYTES];
        struct pl_text text;

        pl_assert(call->kind == PL_BUS_JOB);

        pl_text_init(&text, words, sizeof words);
        pl_text_add_clean(&text, pl_span_of(why));
        pl_bus_end(call, &over);
        over.bus->handlers.on_job(over.bus->handlers.userdata, over.tag, is_done, words);
}

/* systemd tells of a job's end behind the answer that there is one. */
static void on_queued(struct pl_bus_call *call, sd_bus_message *reply)
{
        const sd_bus_error *error = sd_bus_message_get_error(reply);
        struct pl_text job;
        const char *path;

        pl_text_init(&job, call->job, sizeof call->job);
        if (error)
                pl_bus_answer_job(call, false, error->message ? error->message : error->name);
        else if (sd_bus_message_read(reply, "o", &path) <= 0)
                pl_bus_answer_job(call, false, "systemd did not say which job it is");
        else {
                pl_text_add(&job, path);
                call->deadline_usec = pl_clock_now_usec() + call->bus->job_patience_usec;
                pl_bus_arm(call->bus);
        }
}

int pl_bus_run(struct pl_bus *bus, uint64_t tag, enum pl_bus_job job, const char *unit)
{
        static const char *const members[] = {
                [PL_BUS_START] = "StartUnit",
                [PL_BUS_RESTART] = "RestartUnit",
                [PL_BUS_STOP] = "StopUnit",
        };
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *message = NULL;
        struct pl_bus_call *call;
        int r;

        pl_assert(bus && unit);
        pl_assert((size_t) job < PL_ARRAY_LENGTH(members));

        if (!pl_bus_is_up(bus))
                return PL_BUS_E_DOWN;
        call = pl_bus_begin(bus, PL_BUS_JOB, tag);
        if (!call)
                return PL_BUS_E_FULL;
        if (!pl_bus_name(call, unit))
                return 0;
        r = pl_bus_message(bus, PL_BUS_OBJECT, PL_BUS_MANAGER, members[job], &message);
        if (r >= 0)
                r = sd_bus_message_append(message, "ss", unit, "replace");
        return pl_bus_sent(call, r < 0 ? r : pl_bus_send(call, message, on_queued));
}
