/* SPDX-License-Identifier: Apache-2.0 */

/* What the judgement over a drift needs, asked of systemd: what it holds of the unit, and which drop-ins it has read. Also
 * where the answer would not need them: the reply comes behind every sign of a reload that was given before. */

#include <errno.h>
#include <unistd.h>

#include "bus_internal.h"
#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"
#include "plimsoll/base/size.h"
#include "plimsoll/engine/plan.h"
#include "plimsoll/host/dropins.h"
#include "property.h"

/* 257 reads units anew without writing their files again; those before and after it write (systemd's pull request 38190).
 * Tried on 252 and 257. */
enum { MAJOR_THAT_KEEPS = 257 };

void pl_bus_answer_cause(struct pl_bus_call *call, enum pl_drift_cause cause, const char *words)
{
        struct pl_bus_call over;
        char clean[PL_BUS_WORDS_BYTES];
        struct pl_text text;

        pl_assert(call->kind == PL_BUS_CAUSE);

        pl_text_init(&text, clean, sizeof clean);
        pl_text_add_clean(&text, pl_span_of(words));
        pl_bus_end(call, &over);
        over.bus->handlers.on_cause(over.bus->handlers.userdata, over.tag, cause, clean);
}

uint64_t pl_bus_as_file(enum pl_limit limit, uint64_t bytes)
{
        return pl_limit_is_switch(limit) ? bytes
                                         : pl_plan_round(bytes, (uint64_t) sysconf(_SC_PAGESIZE));
}

static bool has_property(const struct pl_bus_call *call)
{
        return pl_bus_properties(call->bus) & UINT32_C(1) << call->question.limit;
}

static void answer_unknown(struct pl_bus_call *call)
{
        pl_bus_answer_cause(call, PL_DRIFT_BY_UNKNOWN, "");
}

/* ---- judging ---- */

static const char *unless_empty(const char *text)
{
        return text[0] ? text : NULL;
}

static void judge(struct pl_bus_call *call, const struct pl_bus_traces *traces)
{
        const struct pl_bus *bus = call->bus;
        const struct pl_bus_evidence evidence = {
                .question = call->question,
                .has_property = has_property(call),
                .property_bytes = call->property_bytes,
                .was_reloaded = bus->reloaded_usec > call->question.good_usec,
                .reload_applies = bus->major != MAJOR_THAT_KEEPS,
                .later = unless_empty(traces->later),
                .same = unless_empty(traces->same),
                .newer = unless_empty(traces->newer),
        };
        const char *words;
        enum pl_drift_cause cause = pl_bus_judge(&evidence, &words);

        pl_bus_answer_cause(call, cause, words);
}

static void on_drop_ins(struct pl_bus_call *call, sd_bus_message *reply)
{
        struct pl_bus_traces traces = {};
        const char *path;
        int r = sd_bus_message_enter_container(reply, SD_BUS_TYPE_VARIANT, "as");

        if (r > 0)
                r = sd_bus_message_enter_container(reply, SD_BUS_TYPE_ARRAY, "s");
        for (unsigned i = 0; i < PL_BUS_DROP_INS_MAX && r > 0; i++) {
                r = sd_bus_message_read(reply, "s", &path);
                if (r > 0)
                        pl_bus_trace(&traces, &call->question, path);
        }
        if (r < 0)
                answer_unknown(call);
        else
                judge(call, &traces);
}

static void ask_drop_ins(struct pl_bus_call *call)
{
        if (pl_bus_get(call, PL_BUS_SYSTEMD ".Unit", "DropInPaths", on_drop_ins) < 0)
                answer_unknown(call);
}

static void on_property(struct pl_bus_call *call, sd_bus_message *reply)
{
        const enum pl_limit limit = call->question.limit;
        uint64_t bytes = 0;
        int is_on = 0, r;

        if (pl_limit_is_switch(limit))
                r = sd_bus_message_read(reply, "v", "b", &is_on);
        else
                r = sd_bus_message_read(reply, "v", "t", &bytes);
        if (r <= 0) {
                answer_unknown(call);
                return;
        }
        call->property_bytes = pl_limit_is_switch(limit) ? is_on != 0
                                                         : pl_bus_as_file(limit, bytes);
        ask_drop_ins(call);
}

static void on_found(struct pl_bus_call *call, sd_bus_message *reply)
{
        char interface[PL_PROPERTY_INTERFACE_BYTES];
        int r = pl_property_interface(call->unit, interface) && pl_bus_is_found(call, reply)
                        ? 0
                        : -ENOENT;

        if (r == 0 && !has_property(call)) {
                ask_drop_ins(call);
                return;
        }
        if (r == 0)
                r = pl_bus_get(call, interface, pl_dropin_property(call->question.limit),
                               on_property);
        if (r < 0)
                answer_unknown(call);
}

int pl_bus_ask_cause(struct pl_bus *bus, uint64_t tag, const struct pl_bus_unit *unit,
                     const struct pl_bus_question *question)
{
        struct pl_bus_call *call;

        pl_assert(bus && unit && question);
        pl_assert(question->limit < PL_LIMIT_COUNT);

        if (!pl_bus_is_up(bus))
                return PL_BUS_E_DOWN;
        call = pl_bus_begin(bus, PL_BUS_CAUSE, tag);
        if (!call)
                return PL_BUS_E_FULL;
        call->question = *question;
        return pl_bus_name(call, unit->name)
                       ? pl_bus_sent(call, pl_bus_find(call, unit->path, on_found))
                       : 0;
}
