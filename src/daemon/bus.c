/* SPDX-License-Identifier: Apache-2.0 */

/* libsystemd connects without waiting, but it is up to us never to ask it for what waits: matches are installed and names
 * asked for asynchronously, messages are not flushed at the end. A bus that takes a connection and then says nothing is left
 * after a while of our own, because libsystemd's begins only when the bus has said hello. So a connection is up when systemd
 * has answered over it, and not before; a bus without systemd on it, in early boot, is none.
 *
 * systemd's own socket is the second choice, since PID 1 takes care of each of its clients itself; but it is there without
 * any bus, and root may use it.
 *
 * Nothing is taken apart within a call of libsystemd's or of the caller's: that is marked, and done by the next turn of the
 * loop, which is `on_wake`.
 */

#include "bus_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"

static const struct pl_bus_place usual_places[PL_BUS_PLACES_MAX] = {
        { "unix:path=/run/dbus/system_bus_socket", false },
        { "unix:path=/run/systemd/private", true },
};

bool pl_bus_is_up(const struct pl_bus *bus)
{
        pl_assert(bus);

        return bus->state == PL_BUS_UP && !bus->is_lost;
}

bool pl_bus_is_alive(const struct pl_bus *bus)
{
        pl_assert(bus);

        return bus->link && !bus->is_lost && sd_bus_is_open(bus->link) > 0;
}

static void add_why(struct pl_bus *bus, const char *why)
{
        pl_assert(bus->place < bus->place_count);

        pl_text_addf(&bus->why, "%s%s: ", bus->why.length > 0 ? "; " : "",
                     bus->places[bus->place].address);
        pl_text_add_clean(&bus->why, pl_span_of(why));
}

void pl_bus_lose(struct pl_bus *bus, const char *why)
{
        pl_assert(bus->state != PL_BUS_DOWN);

        if (bus->is_lost)
                return;
        if (bus->state == PL_BUS_UP)
                pl_text_clear(&bus->why);
        add_why(bus, why);
        bus->is_lost = true;
        pl_bus_arm(bus);
}

/* ---- the version ---- */

uint32_t pl_bus_major(const char *version)
{
        struct pl_span digits = pl_span_of(version);
        uint32_t major;

        if (pl_span_starts_with(digits, "v"))
                digits = pl_span_from(digits, 1);
        for (size_t i = 0; i < digits.length; i++)
                if (!pl_is_digit(digits.data[i]))
                        digits.length = i;
        return pl_span_to_u32(digits, &major) == 0 ? major : 0;
}

static void come_up(struct pl_bus *bus)
{
        pl_assert(bus->state == PL_BUS_CONNECTING);

        bus->state = PL_BUS_UP;
        bus->has_said_down = false;
        pl_bus_arm(bus);
        bus->handlers.on_state(bus->handlers.userdata, true, bus->places[bus->place].address);
        /* To be executed anew, systemd shuts its own socket, and has no word for us behind it. */
        if (bus->is_reloading)
                pl_bus_tell_of_reload(bus);
}

/* Who answers is systemd: the bus sees to that. Others may send signals that look like its own. */
static void note_owner(struct pl_bus *bus, sd_bus_message *reply)
{
        const char *sender = sd_bus_message_get_sender(reply);
        struct pl_text owner;

        pl_text_init(&owner, bus->owner, sizeof bus->owner);
        if (sender && !bus->places[bus->place].is_own)
                pl_text_add(&owner, sender);
        if (owner.cut)
                pl_text_clear(&owner);
}

static int on_version(sd_bus_message *reply, void *userdata, sd_bus_error *ret_error)
{
        struct pl_bus *bus = userdata;
        const sd_bus_error *error = sd_bus_message_get_error(reply);
        const char *version;

        (void) ret_error;
        if (!pl_bus_is_alive(bus))
                pl_bus_lose(bus, "the connection has ended");
        else if (error) {
                /* Executed anew, it has another name soon, and is asked again then. */
                if (bus->state == PL_BUS_CONNECTING)
                        pl_bus_lose(bus, error->message ? error->message : error->name);
        } else if (sd_bus_message_read(reply, "v", "s", &version) > 0) {
                note_owner(bus, reply);
                bus->major = pl_bus_major(version);
                bus->withheld = 0;
                if (bus->state == PL_BUS_CONNECTING)
                        come_up(bus);
        } else if (bus->state == PL_BUS_CONNECTING)
                pl_bus_lose(bus, "systemd did not say its version");
        return 0;
}

int pl_bus_ask_version(struct pl_bus *bus)
{
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *message = NULL;
        int r = pl_bus_message(bus, PL_BUS_OBJECT, "org.freedesktop.DBus.Properties", "Get",
                               &message);

        if (r >= 0)
                r = sd_bus_message_append(message, "ss", PL_BUS_MANAGER, "Version");
        /* Its slot belongs to the connection, and goes with it. */
        if (r >= 0)
                r = sd_bus_call_async(bus->link, NULL, message, on_version, bus,
                                      bus->patience_usec);
        return r;
}

/* ---- coming and going ---- */

static int open_link(struct pl_bus *bus)
{
        const struct pl_bus_place *place = &bus->places[bus->place];
        int r = sd_bus_new(&bus->link);

        if (r >= 0)
                r = sd_bus_set_address(bus->link, place->address);
        if (r >= 0)
                r = sd_bus_set_bus_client(bus->link, !place->is_own);
        /* Or the end of the loop would wait until all is sent. */
        if (r >= 0)
                r = sd_bus_set_close_on_exit(bus->link, false);
        if (r >= 0)
                r = sd_bus_start(bus->link);
        if (r >= 0)
                r = sd_bus_attach_event(bus->link, bus->event, SD_EVENT_PRIORITY_NORMAL);
        if (r >= 0)
                r = pl_bus_listen(bus);
        return r < 0 ? r : pl_bus_ask_version(bus);
}

/* Whoever waited is not told one by one. */
static void shut_link(struct pl_bus *bus)
{
        for (uint32_t i = 0; i < PL_BUS_CALLS_MAX; i++)
                pl_bus_end(&bus->calls[i], NULL);
        bus->link = sd_bus_close_unref(bus->link);
        bus->owner[0] = '\0';
        bus->major = 0;
        bus->withheld = 0;
        bus->is_lost = false;
        bus->state = PL_BUS_DOWN;
}

/* The next place that can be connected to; false: there is none. */
static bool connect_next(struct pl_bus *bus)
{
        pl_assert(bus->state == PL_BUS_DOWN);

        for (; bus->place < bus->place_count; bus->place++) {
                int r = open_link(bus);

                if (r >= 0) {
                        bus->state = PL_BUS_CONNECTING;
                        bus->deadline_usec = pl_clock_now_usec() + bus->patience_usec;
                        return true;
                }
                add_why(bus, strerrordesc_np(-r));
                shut_link(bus);
        }
        return false;
}

/* Once until it has come up again, however often it is tried. */
static void say_down(struct pl_bus *bus)
{
        if (bus->has_said_down)
                return;
        bus->has_said_down = true;
        bus->handlers.on_state(bus->handlers.userdata, false, bus->why.data);
}

static void try_again(struct pl_bus *bus)
{
        bus->is_wanted = false;
        bus->tried_usec = pl_clock_now_usec();
        bus->place = 0;
        pl_text_clear(&bus->why);
        if (!connect_next(bus))
                say_down(bus);
}

static void leave(struct pl_bus *bus)
{
        const bool was_up = bus->state == PL_BUS_UP;

        if (!bus->is_lost)
                pl_bus_lose(bus, "there was no answer");
        shut_link(bus);
        bus->place++;
        if (was_up || !connect_next(bus))
                say_down(bus);
}

/* ---- what is due ---- */

static bool is_late(const struct pl_bus *bus, uint64_t now_usec)
{
        return bus->state == PL_BUS_CONNECTING && now_usec >= bus->deadline_usec;
}

static uint64_t due_usec(const struct pl_bus *bus)
{
        uint64_t due = UINT64_MAX;

        if (bus->is_wanted || bus->is_lost)
                return 0;
        if (bus->state == PL_BUS_CONNECTING)
                due = bus->deadline_usec;
        for (uint32_t i = 0; i < PL_BUS_CALLS_MAX; i++)
                due = PL_MIN(due, pl_bus_call_due_usec(&bus->calls[i]));
        return due;
}

/* Without an event source that can be set nothing would be lost but time: all of it is looked at at the next wake. */
void pl_bus_arm(struct pl_bus *bus)
{
        uint64_t due = due_usec(bus);

        if (due < UINT64_MAX)
                (void) sd_event_source_set_time(bus->wake, due);
        (void) sd_event_source_set_enabled(bus->wake,
                                           due < UINT64_MAX ? SD_EVENT_ONESHOT : SD_EVENT_OFF);
}

static int on_wake(sd_event_source *source, uint64_t usec, void *userdata)
{
        struct pl_bus *bus = userdata;

        (void) source, (void) usec;
        if (bus->is_wanted && bus->state == PL_BUS_DOWN)
                try_again(bus);
        else if (bus->is_lost || is_late(bus, pl_clock_now_usec()))
                leave(bus);
        for (uint32_t i = 0; i < PL_BUS_CALLS_MAX; i++)
                if (pl_bus_call_due_usec(&bus->calls[i]) <= pl_clock_now_usec())
                        pl_bus_call_wake(&bus->calls[i]);
        pl_bus_arm(bus);
        return 0;
}

void pl_bus_retry(struct pl_bus *bus, uint64_t now_usec)
{
        pl_assert(bus);

        if (bus->state != PL_BUS_DOWN || bus->is_wanted ||
            now_usec < bus->tried_usec + PL_BUS_RETRY_USEC)
                return;
        bus->is_wanted = true;
        pl_bus_arm(bus);
}

/* ---- life ---- */

/* Who names one, by the variable that all of D-Bus has for it, gets that one and no other. */
static void choose_places(struct pl_bus *bus, const char *address)
{
        if (!address)
                address = secure_getenv("DBUS_SYSTEM_BUS_ADDRESS");
        if (address)
                bus->places[bus->place_count++] = (struct pl_bus_place){ .address = address };
        else
                for (; bus->place_count < PL_BUS_PLACES_MAX; bus->place_count++)
                        bus->places[bus->place_count] = usual_places[bus->place_count];
}

int pl_bus_new(const struct pl_bus_options *options, struct pl_bus **ret_bus)
{
        struct pl_bus *bus;
        int r;

        pl_assert(options && options->event && ret_bus);
        pl_assert(options->handlers.on_state && options->handlers.on_reloaded);
        pl_assert(options->handlers.on_set && options->handlers.on_cause);
        pl_assert(options->handlers.on_job && options->handlers.on_service);

        bus = calloc(1, sizeof *bus);
        if (!bus)
                return -ENOMEM;
        bus->event = sd_event_ref(options->event);
        bus->handlers = options->handlers;
        bus->patience_usec = PL_BUS_PATIENCE_USEC;
        bus->job_patience_usec = PL_BUS_JOB_PATIENCE_USEC;
        bus->is_wanted = true;
        pl_text_init(&bus->why, bus->why_bytes, sizeof bus->why_bytes);
        choose_places(bus, options->address);
        r = sd_event_add_time(bus->event, &bus->wake, CLOCK_BOOTTIME, 0, PL_USEC_PER_MSEC, on_wake,
                              bus);
        if (r < 0) {
                pl_bus_free(bus);
                return r;
        }
        *ret_bus = bus;
        return 0;
}

void pl_bus_free(struct pl_bus *bus)
{
        if (!bus)
                return;
        shut_link(bus);
        bus->wake = sd_event_source_disable_unref(bus->wake);
        bus->event = sd_event_unref(bus->event);
        free(bus);
}
