/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* bus - what plimsolld asks of systemd: properties of units, so that a limit outlives a daemon-reload; what systemd knows of
 * a limit that has changed; how a service ends and whether it comes back; a unit to be started. And what systemd tells: that
 * it has read its units anew.
 *
 * Everything is asynchronous: nothing here waits for PID 1, which blocks in the same reclaim as everybody. The system bus is
 * taken where there is one, else systemd's own socket; where neither is, pl_bus_is_up() is false and every call comes to
 * PL_BUS_E_DOWN. Owns the connection; allocates as libsystemd does. Reads drop-ins, which are small files.
 */

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <systemd/sd-event.h>

#include "plimsoll/base/clock.h"
#include "plimsoll/base/text.h"
#include "plimsoll/model/limits.h"
#include "plimsoll/model/order.h"

enum {
        /* Calls that wait for their answers. More than that PID 1 would not answer in time either. */
        PL_BUS_CALLS_MAX = 64,
        PL_BUS_WORDS_BYTES = 128,
};

/* What D-Bus gives a call. */
#define PL_BUS_PATIENCE_USEC (25 * PL_USEC_PER_SEC)

/* Outcomes of asking. */
enum {
        PL_BUS_E_DOWN = 1, /* there is no connection */
        PL_BUS_E_FULL,     /* as many calls as there may be wait */
};

/* Restart= of a service. */
enum pl_bus_restart {
        PL_BUS_RESTARTS_NEVER,
        PL_BUS_RESTARTS_ON_SUCCESS,
        PL_BUS_RESTARTS_ON_FAILURE,
        PL_BUS_RESTARTS_ON_ABNORMAL,
        PL_BUS_RESTARTS_ON_WATCHDOG,
        PL_BUS_RESTARTS_ON_ABORT,
        PL_BUS_RESTARTS_ALWAYS,
};

/* A service that runs. */
struct pl_bus_service {
        enum pl_bus_restart restart;
        int stop_signal;  /* KillSignal= */
        pid_t main_pid;   /* 0: it has none */
        const char *path; /* of its cgroup, as long as the handler runs */
};

/* Whether it would come back after a clean end, by its stop signal. Pure. */
bool pl_bus_returns(const struct pl_bus_service *service);

/* The answers; `tag` is the caller's. Never called from within a call to this module, but from the event loop. */
struct pl_bus_handlers {
        void *userdata;
        /* Came up, or went away: then `why` says it, and nothing that was asked is answered any more: all of it counts as LATE.
         * Also when it could not be had in the first place, once. */
        void (*on_state)(void *userdata, bool is_up, const char *why);
        /* systemd has read its units anew and is through with it. */
        void (*on_reloaded)(void *userdata);
        void (*on_set)(void *userdata, uint64_t tag, enum pl_write_result result, int error);
        /* Words name what was found, "/etc/systemd/system/x.service.d/90.conf" say; or are empty. */
        void (*on_cause)(void *userdata, uint64_t tag, enum pl_drift_cause cause,
                         const char *words);
        /* A unit that was to be started, restarted or stopped has come to its end (or failed to). */
        void (*on_job)(void *userdata, uint64_t tag, bool is_done, const char *why);
        /* NULL: it is no service that runs, or systemd has not said all of it in time. */
        void (*on_service)(void *userdata, uint64_t tag, const struct pl_bus_service *service);
};

struct pl_bus_options {
        sd_event *event;     /* borrowed */
        const char *address; /* NULL: the system's. Else this one alone, for tests */
        struct pl_bus_handlers handlers;
};

struct pl_bus; /* heap */

/* Also where there is no bus: 0. Only −ENOMEM and the like. */
int pl_bus_new(const struct pl_bus_options *options, struct pl_bus **ret_bus);
void pl_bus_free(struct pl_bus *bus);

/* Tries again where it is down; does nothing else, and seldom. At every scan. */
void pl_bus_retry(struct pl_bus *bus, uint64_t now_usec);

bool pl_bus_is_up(const struct pl_bus *bus);

/* Bit `1 << limit` of each that this systemd can set at runtime; 0 as long as its version is not known. */
uint32_t pl_bus_properties(const struct pl_bus *bus);

struct pl_bus_unit {
        const char *name; /* "nginx.service" */
        const char *path; /* of its cgroup, "/system.slice/nginx.service" */
};

/* One SetUnitProperties with all of `limits`, at runtime alone; before it, whether systemd says that this cgroup is that
 * unit's: if not, or if there is no such unit, ABSENT. If it turns out not to know the newest of the properties, the others
 * are set, and those are not among pl_bus_properties() any more. */
int pl_bus_set(struct pl_bus *bus, uint64_t tag, const struct pl_bus_unit *unit,
               const struct pl_limits *limits);

/* Who has changed a limit from what we had set, as far as systemd knows. */
struct pl_bus_question {
        enum pl_limit limit;
        uint64_t found_bytes; /* what the file has */
        uint64_t set_bytes;   /* what we had set */
        bool was_kept;        /* and what its property carried as well */
        bool is_container;
        uint64_t good_usec; /* CLOCK_BOOTTIME: when it was last seen as we had set it */
};
int pl_bus_ask_cause(struct pl_bus *bus, uint64_t tag, const struct pl_bus_unit *unit,
                     const struct pl_bus_question *question);

/* By its name alone: that the unit's cgroup is the one that is meant, the path in the answer says. */
int pl_bus_ask_service(struct pl_bus *bus, uint64_t tag, const char *unit);

enum pl_bus_job {
        PL_BUS_START,
        PL_BUS_RESTART,
        PL_BUS_STOP,
};
int pl_bus_run(struct pl_bus *bus, uint64_t tag, enum pl_bus_job job, const char *unit);
