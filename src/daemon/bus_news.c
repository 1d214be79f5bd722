/* SPDX-License-Identifier: Apache-2.0 */

/* On the bus systemd tells nothing before somebody subscribes, and anybody may send a signal that looks like systemd's: a bus
 * keeps people from taking a name, and not from using its interface. So a signal counts only from whoever has answered for
 * systemd. When systemd is executed anew it comes back with another name, another version perhaps, and all units read anew.
 *
 * The end of a reload comes behind what it has written, because systemd goes through its units first; and before the answer
 * to any question that is asked later, because all of it goes over one connection in turn.
 */

#include <errno.h>
#include <string.h>

#include "bus_internal.h"
#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"

#define BUS                       "org.freedesktop.DBus"
#define SIGNAL(interface, member) "type='signal',interface='" interface "',member='" member "'"
#define FROM_SYSTEMD              ",sender='" PL_BUS_SYSTEMD "'"

static bool is_from_systemd(const struct pl_bus *bus, sd_bus_message *signal)
{
        const char *sender = sd_bus_message_get_sender(signal);

        if (!pl_bus_is_alive(bus) || bus->state != PL_BUS_UP)
                return false;
        return bus->places[bus->place].is_own || (sender && strcmp(sender, bus->owner) == 0);
}

void pl_bus_tell_of_reload(struct pl_bus *bus)
{
        pl_assert(bus->state == PL_BUS_UP);

        bus->is_reloading = false;
        bus->reloaded_usec = pl_clock_now_usec();
        bus->handlers.on_reloaded(bus->handlers.userdata);
}

static int on_reloading(sd_bus_message *signal, void *userdata, sd_bus_error *error)
{
        struct pl_bus *bus = userdata;
        int is_active;

        (void) error;
        if (!is_from_systemd(bus, signal) || sd_bus_message_read(signal, "b", &is_active) <= 0)
                return 0;
        if (!is_active) {
                pl_bus_tell_of_reload(bus);
                return 0;
        }
        bus->is_reloading = true;
        bus->reloaded_usec = pl_clock_now_usec();
        return 0;
}

static int on_job_removed(sd_bus_message *signal, void *userdata, sd_bus_error *error)
{
        struct pl_bus *bus = userdata;
        const char *job, *unit, *result;
        uint32_t number;

        (void) error;
        if (!is_from_systemd(bus, signal) ||
            sd_bus_message_read(signal, "uoss", &number, &job, &unit, &result) <= 0)
                return 0;
        for (uint32_t i = 0; i < PL_BUS_CALLS_MAX; i++)
                if (bus->calls[i].job[0] && strcmp(bus->calls[i].job, job) == 0)
                        pl_bus_answer_job(&bus->calls[i], strcmp(result, "done") == 0, result);
        return 0;
}

/* A refusal is that it was asked before, and no harm. */
static int subscribe(struct pl_bus *bus)
{
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *message = NULL;
        int r = pl_bus_message(bus, PL_BUS_OBJECT, PL_BUS_MANAGER, "Subscribe", &message);

        if (r >= 0)
                r = sd_bus_message_set_expect_reply(message, false);
        return r < 0 ? r : sd_bus_send(bus->link, message, NULL);
}

static int on_owner(sd_bus_message *signal, void *userdata, sd_bus_error *error)
{
        struct pl_bus *bus = userdata;
        const char *sender = sd_bus_message_get_sender(signal);
        const char *name, *before, *after;
        struct pl_text owner;
        int r;

        (void) error;
        /* Nobody but the bus itself can send by this name. */
        if (!pl_bus_is_alive(bus) || bus->state != PL_BUS_UP || !sender ||
            strcmp(sender, BUS) != 0 ||
            sd_bus_message_read(signal, "sss", &name, &before, &after) <= 0)
                return 0;
        pl_text_init(&owner, bus->owner, sizeof bus->owner);
        pl_text_add(&owner, after);
        if (owner.length == 0)
                return 0;
        r = subscribe(bus);
        if (r >= 0)
                r = pl_bus_ask_version(bus);
        if (r < 0)
                pl_bus_lose(bus, strerrordesc_np(-r));
        pl_bus_tell_of_reload(bus);
        return 0;
}

static int on_disconnected(sd_bus_message *signal, void *userdata, sd_bus_error *error)
{
        struct pl_bus *bus = userdata;

        (void) signal, (void) error;
        pl_bus_lose(bus, "the connection has ended");
        return 0;
}

/* A match that cannot be had ends the connection: so libsystemd does it, and that is right. Of the connection itself. */
static int match(struct pl_bus *bus, const char *rule, sd_bus_message_handler_t handler)
{
        return sd_bus_add_match_async(bus->link, NULL, rule, handler, NULL, bus);
}

int pl_bus_listen(struct pl_bus *bus)
{
        int r;

        pl_assert(bus->link);

        r = match(bus, SIGNAL(BUS ".Local", "Disconnected"), on_disconnected);
        if (bus->places[bus->place].is_own) {
                if (r >= 0)
                        r = match(bus, SIGNAL(PL_BUS_MANAGER, "Reloading"), on_reloading);
                return r < 0 ? r : match(bus, SIGNAL(PL_BUS_MANAGER, "JobRemoved"), on_job_removed);
        }
        if (r >= 0)
                r = match(bus, SIGNAL(PL_BUS_MANAGER, "Reloading") FROM_SYSTEMD, on_reloading);
        if (r >= 0)
                r = match(bus, SIGNAL(PL_BUS_MANAGER, "JobRemoved") FROM_SYSTEMD, on_job_removed);
        if (r >= 0)
                r = match(bus, SIGNAL(BUS, "NameOwnerChanged") ",arg0='" PL_BUS_SYSTEMD "'",
                          on_owner);
        return r < 0 ? r : subscribe(bus);
}
