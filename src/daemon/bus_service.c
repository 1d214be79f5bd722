/* SPDX-License-Identifier: Apache-2.0 */

/* A service, as far as it matters to who would end it: one property after the other. All of them in one answer are some two
 * hundred, for a good part of which PID 1 reads files of the cgroup.
 *
 * systemd knows a service of any name that it is asked for, by making one up; but that has no cgroup.
 */

#include <errno.h>
#include <signal.h>
#include <string.h>

#include "bus_internal.h"
#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"

#define SERVICE PL_BUS_SYSTEMD ".Service"

static const char *const restarts[] = {
        [PL_BUS_RESTARTS_NEVER] = "no",
        [PL_BUS_RESTARTS_ON_SUCCESS] = "on-success",
        [PL_BUS_RESTARTS_ON_FAILURE] = "on-failure",
        [PL_BUS_RESTARTS_ON_ABNORMAL] = "on-abnormal",
        [PL_BUS_RESTARTS_ON_WATCHDOG] = "on-watchdog",
        [PL_BUS_RESTARTS_ON_ABORT] = "on-abort",
        [PL_BUS_RESTARTS_ALWAYS] = "always",
};

/* SIGTERM, SIGINT, SIGHUP and SIGPIPE are a clean end to systemd, and so is a 0 of who takes another one and ends by himself
 * (is_clean_exit(), src/shared/exit-status.c, 252 and 257). */
bool pl_bus_returns(const struct pl_bus_service *service)
{
        pl_assert(service);

        return service->restart == PL_BUS_RESTARTS_ALWAYS ||
               service->restart == PL_BUS_RESTARTS_ON_SUCCESS;
}

void pl_bus_answer_service(struct pl_bus_call *call, const struct pl_bus_service *service)
{
        struct pl_bus_call over;

        pl_assert(call->kind == PL_BUS_SERVICE);

        pl_bus_end(call, &over);
        over.bus->handlers.on_service(over.bus->handlers.userdata, over.tag, service);
}

static void get_or_answer(struct pl_bus_call *call, const char *property, pl_bus_step *step)
{
        if (pl_bus_get(call, SERVICE, property, step) < 0)
                pl_bus_answer_service(call, NULL);
}

static void on_path(struct pl_bus_call *call, sd_bus_message *reply)
{
        struct pl_bus_service service = call->service;
        int r = sd_bus_message_read(reply, "v", "s", &service.path);

        pl_bus_answer_service(call, r > 0 && service.path[0] ? &service : NULL);
}

static void on_main_pid(struct pl_bus_call *call, sd_bus_message *reply)
{
        uint32_t pid;

        if (sd_bus_message_read(reply, "v", "u", &pid) <= 0 || pid > INT32_MAX) {
                pl_bus_answer_service(call, NULL);
                return;
        }
        call->service.main_pid = (pid_t) pid;
        get_or_answer(call, "ControlGroup", on_path);
}

static void on_stop_signal(struct pl_bus_call *call, sd_bus_message *reply)
{
        int32_t number;

        if (sd_bus_message_read(reply, "v", "i", &number) <= 0 || number <= 0 || number >= _NSIG) {
                pl_bus_answer_service(call, NULL);
                return;
        }
        call->service.stop_signal = number;
        get_or_answer(call, "MainPID", on_main_pid);
}

/* False for a word that nobody knew of when this was written. */
static bool read_restart(sd_bus_message *reply, enum pl_bus_restart *ret_restart)
{
        const char *word;

        if (sd_bus_message_read(reply, "v", "s", &word) <= 0)
                return false;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(restarts); i++)
                if (strcmp(word, restarts[i]) == 0) {
                        *ret_restart = (enum pl_bus_restart) i;
                        return true;
                }
        return false;
}

static void on_restart(struct pl_bus_call *call, sd_bus_message *reply)
{
        if (read_restart(reply, &call->service.restart))
                get_or_answer(call, "KillSignal", on_stop_signal);
        else
                pl_bus_answer_service(call, NULL);
}

int pl_bus_ask_service(struct pl_bus *bus, uint64_t tag, const char *unit)
{
        struct pl_bus_call *call;

        pl_assert(bus && unit);

        if (!pl_bus_is_up(bus))
                return PL_BUS_E_DOWN;
        call = pl_bus_begin(bus, PL_BUS_SERVICE, tag);
        if (!call)
                return PL_BUS_E_FULL;
        /* A scope, a session, a container's: nobody starts it again but who has made it. */
        if (!pl_span_ends_with(pl_span_of(unit), ".service")) {
                call->is_answered = true;
                pl_bus_arm(bus);
                return 0;
        }
        return pl_bus_name(call, unit)
                       ? pl_bus_sent(call, pl_bus_get(call, SERVICE, "Restart", on_restart))
                       : 0;
}
