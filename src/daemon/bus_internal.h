/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* bus_internal - what the files of bus share: the connection, the calls that wait, and the judgement over a drift, which is
 * pure and can be tried without any bus.
 */

#include <limits.h>
#include <systemd/sd-bus.h>

#include "bus.h"
#include "plimsoll/base/span.h"

#define PL_BUS_SYSTEMD "org.freedesktop.systemd1"
#define PL_BUS_OBJECT  "/org/freedesktop/systemd1"
#define PL_BUS_MANAGER "org.freedesktop.systemd1.Manager"

enum {
        PL_BUS_PLACES_MAX = 2,
        PL_BUS_OWNER_BYTES =
                64, /* ":1.0"; the specification allows 255, and no bus makes use of it */
        PL_BUS_UNIT_BYTES = 256, /* systemd's own bound for the name of a unit, with the NUL */
        PL_BUS_JOB_BYTES = 64,   /* "/org/freedesktop/systemd1/job/4294967295" */
        PL_BUS_WHY_BYTES = 256,
        /* The paths that are looked at of one unit; a unit with ten is a curiosity. */
        PL_BUS_DROP_INS_MAX = 64,
};

/* How long a job may take once systemd has taken it: what systemd gives a service to start or stop, and a little more. */
#define PL_BUS_JOB_PATIENCE_USEC (100 * PL_USEC_PER_SEC)
#define PL_BUS_RETRY_USEC        (10 * PL_USEC_PER_SEC)

/* Where systemd may be reached. */
struct pl_bus_place {
        const char *address;
        bool is_own; /* systemd's own socket: nobody else is there, and signals come unasked */
};

enum pl_bus_state {
        PL_BUS_DOWN,
        PL_BUS_CONNECTING, /* until systemd has said its version */
        PL_BUS_UP,
};

struct pl_bus_call;
typedef void pl_bus_step(struct pl_bus_call *call, sd_bus_message *reply);

enum pl_bus_kind {
        PL_BUS_FREE,
        PL_BUS_SET,
        PL_BUS_CAUSE,
        PL_BUS_JOB,
        PL_BUS_SERVICE,
};

/* One thing that was asked, over as many messages as it takes. */
struct pl_bus_call {
        struct pl_bus *bus;
        enum pl_bus_kind kind;
        uint64_t tag;
        uint64_t deadline_usec; /* of the whole */
        sd_bus_slot *slot;      /* owned: the message that waits */
        pl_bus_step *step;      /* what is done with its reply; NULL: none waits */
        bool is_answered;       /* without asking systemd; told from the event loop */
        bool is_second;         /* already without the newest properties */
        char unit[PL_BUS_UNIT_BYTES];
        char job[PL_BUS_JOB_BYTES]; /* that is awaited; or empty */
        struct pl_limits limits;
        struct pl_bus_question question;
        uint64_t property_bytes;
        struct pl_bus_service service;
};

struct pl_bus {
        sd_event *event; /* owned reference */
        sd_event_source
                *wake; /* owned: all that is due, and all that may not be done within a call */
        struct pl_bus_handlers handlers;
        struct pl_bus_place places[PL_BUS_PLACES_MAX];
        uint32_t place_count;
        uint64_t patience_usec, job_patience_usec;

        enum pl_bus_state state;
        sd_bus *link; /* owned; NULL while down */
        uint32_t place;
        bool is_wanted; /* to be tried at the next wake */
        bool is_lost;   /* to be let go at the next wake */
        bool has_said_down;
        uint64_t tried_usec;
        uint64_t deadline_usec;         /* while connecting */
        char owner[PL_BUS_OWNER_BYTES]; /* systemd's own name on the bus; empty on its own socket */
        uint32_t major;                 /* of its version */
        uint32_t withheld;      /* bit `1 << limit` of each that it turned out not to know */
        uint64_t reloaded_usec; /* CLOCK_BOOTTIME: the last sign of a reload; 0: none was seen */
        bool is_reloading;      /* it has begun, and nobody has said that it is over */
        char why_bytes[PL_BUS_WHY_BYTES];
        struct pl_text why;
        struct pl_bus_call calls[PL_BUS_CALLS_MAX];
};

/* ---- bus.c: the connection ---- */

/* Whether a reply or signal that arrives now is worth anything; while the connection ends, libsystemd makes replies up. */
bool pl_bus_is_alive(const struct pl_bus *bus);

/* Ended. What hangs on it is let go at the next turn of the loop, for this may come from within libsystemd. */
void pl_bus_lose(struct pl_bus *bus, const char *why);

/* After whatever changes when something is due. */
void pl_bus_arm(struct pl_bus *bus);

int pl_bus_ask_version(struct pl_bus *bus);

/* Leading digits, with or without a "v" before them; 0: none. */
uint32_t pl_bus_major(const char *version);

/* ---- bus_news.c: what systemd tells unasked ---- */

/* It is through with a reload. */
void pl_bus_tell_of_reload(struct pl_bus *bus);

/* So that it is told. Before the first question, whose answer then says that all of this is in place. */
int pl_bus_listen(struct pl_bus *bus);

/* ---- bus_call.c, bus_set.c: calls ---- */

/* NULL: as many as there may be wait already. */
struct pl_bus_call *pl_bus_begin(struct pl_bus *bus, enum pl_bus_kind kind, uint64_t tag);

/* The unit by name; false when no unit can be called that, and then it is answered without systemd. */
bool pl_bus_name(struct pl_bus_call *call, const char *unit);

/* Over: its place is free, and what it was goes to *ret_call where that is wanted. */
void pl_bus_end(struct pl_bus_call *call, struct pl_bus_call *ret_call);

int pl_bus_message(struct pl_bus *bus, const char *object, const char *interface,
                   const char *member, sd_bus_message **ret_message);

/* With what is left of the call's time. Negative: `step` will not come. */
int pl_bus_send(struct pl_bus_call *call, sd_bus_message *message, pl_bus_step *step);

/* Asks whether this cgroup is the unit's; `step` looks at the answer with pl_bus_is_found(). */
int pl_bus_find(struct pl_bus_call *call, const char *path, pl_bus_step *step);
bool pl_bus_is_found(const struct pl_bus_call *call, sd_bus_message *reply);

/* Asks for a property of the unit; `step` reads it. */
int pl_bus_get(struct pl_bus_call *call, const char *interface, const char *property,
               pl_bus_step *step);

/* What the first message of a call came to, for the caller of the module: 0, or a PL_BUS_E_… and the call is over. */
int pl_bus_sent(struct pl_bus_call *call, int r);

/* When something is due that nobody else tells of: 0 at once, UINT64_MAX nothing; and then. */
uint64_t pl_bus_call_due_usec(const struct pl_bus_call *call);
void pl_bus_call_wake(struct pl_bus_call *call);

enum pl_write_result pl_bus_result(sd_bus_message *reply, int *ret_error);

void pl_bus_answer_set(struct pl_bus_call *call, enum pl_write_result result, int error);
void pl_bus_answer_job(struct pl_bus_call *call, bool is_done, const char *why);
void pl_bus_answer_service(struct pl_bus_call *call, const struct pl_bus_service *service);

/* ---- bus_cause.c, bus_drop_in.c, bus_judge.c: whose hand it was ---- */

void pl_bus_answer_cause(struct pl_bus_call *call, enum pl_drift_cause cause, const char *words);

/* What the file of the limit has when systemd writes that much. */
uint64_t pl_bus_as_file(enum pl_limit limit, uint64_t bytes);

/* What a drop-in says of a property: the last of its lines counts. Pure. */
enum pl_bus_setting {
        PL_BUS_SETS_NOTHING,
        PL_BUS_SETS_BYTES,
        PL_BUS_SETS_OTHER, /* a value that is not a plain amount: a share, say */
};
enum pl_bus_setting pl_bus_read_setting(struct pl_span text, enum pl_limit limit,
                                        uint64_t *ret_bytes);

/* The drop-ins of a unit that may have done it; empty where there is none. */
struct pl_bus_traces {
        char later[PATH_MAX]; /* sorts behind ours, and says what was found */
        char same[PATH_MAX];  /* stands where ours would, is not ours, and says what was found */
        char newer[PATH_MAX]; /* of another property, set since the limit was good */
};

/* Looks at one of them. Reads a file: a regular one, and not much of it. */
void pl_bus_trace(struct pl_bus_traces *traces, const struct pl_bus_question *question,
                  const char *path);

struct pl_bus_evidence {
        struct pl_bus_question question;
        bool has_property;                /* that this systemd knows */
        uint64_t property_bytes;          /* as the file would have it */
        bool was_reloaded;                /* since it was good */
        bool reload_applies;              /* what a reload reads is also written */
        const char *later, *same, *newer; /* pl_bus_traces; NULL: none */
};

/* Pure. *ret_words is one of the evidence's texts, or "". */
enum pl_drift_cause pl_bus_judge(const struct pl_bus_evidence *evidence, const char **ret_words);
