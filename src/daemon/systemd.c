/* SPDX-License-Identifier: Apache-2.0 */

/* The library's blocking calls wait up to 90 s for a bus that accepts and then says nothing, before any time-out of a call
 * begins. So each call is made without blocking, and waited for until a deadline of its own.
 */

#include "systemd.h"

#include <string.h>

#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"
#include "plimsoll/base/text.h"
#include "property.h"

static const char service[] = "org.freedesktop.systemd1";
static const char object[] = "/org/freedesktop/systemd1";
static const char manager[] = "org.freedesktop.systemd1.Manager";
static const char own_address[] = "unix:path=/run/systemd/private";

struct answer {
        struct pl_systemd *systemd;
        sd_bus_message *reply;  /* owned; NULL: it is a refusal */
        bool given, is_unknown; /* there is nothing of that name */
};

static void cleanup_answer(struct answer *answer)
{
        answer->reply = sd_bus_message_unref(answer->reply);
}

static bool fail(struct pl_systemd *systemd, const char *what, const char *why)
{
        struct pl_text words;

        pl_text_init(&words, systemd->words, sizeof systemd->words);
        pl_text_add(&words, what);
        if (why) {
                pl_text_add(&words, ": ");
                pl_text_add_clean(&words, pl_span_of(why));
        }
        return false;
}

/* Nothing more is asked over it: each question would take its patience. */
static bool lose(struct pl_systemd *systemd, const char *what, const char *why)
{
        systemd->is_lost = true;
        return fail(systemd, what, why);
}

static int take_answer(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
        struct answer *answer = (struct answer *) userdata;
        const sd_bus_error *refusal = sd_bus_message_get_error(message);

        (void) error;
        answer->given = true;
        if (!refusal) {
                answer->reply = sd_bus_message_ref(message);
                return 0;
        }
        /* libsystemd's own words for a call whose time is over, and for one whose connection is. */
        if (sd_bus_error_has_names(refusal, SD_BUS_ERROR_NO_REPLY, SD_BUS_ERROR_TIMEOUT,
                                   SD_BUS_ERROR_DISCONNECTED)) {
                (void) lose(answer->systemd, "systemd does not answer", NULL);
                return 0;
        }
        answer->is_unknown = sd_bus_error_has_names(refusal, SD_BUS_ERROR_UNKNOWN_OBJECT,
                                                    SD_BUS_ERROR_UNKNOWN_INTERFACE,
                                                    "org.freedesktop.systemd1.NoSuchUnit");
        (void) fail(answer->systemd, "systemd refuses",
                    refusal->message ? refusal->message : refusal->name);
        return 0;
}

/* Every turn handles a message or sleeps for what is left of the time, so it ends. */
static bool wait_for(struct pl_systemd *systemd, const struct answer *answer)
{
        const uint64_t deadline_usec = pl_clock_now_usec() + systemd->patience_usec;

        while (!answer->given) {
                uint64_t now_usec = pl_clock_now_usec();
                int r = sd_bus_process(systemd->bus, NULL);

                if (r == 0 && now_usec < deadline_usec)
                        r = sd_bus_wait(systemd->bus, deadline_usec - now_usec);
                if (r < 0 && !answer->given)
                        return lose(systemd, "the connection to systemd broke",
                                    strerrordesc_np(-r));
                if (now_usec >= deadline_usec && !answer->given)
                        return lose(systemd, "systemd does not answer", NULL);
        }
        return answer->reply != NULL;
}

static bool ask(struct pl_systemd *systemd, sd_bus_message *message, struct answer *answer)
{
        _cleanup_(sd_bus_slot_unrefp) sd_bus_slot *slot = NULL;
        int r;

        answer->systemd = systemd;
        if (systemd->is_lost)
                return false;
        r = sd_bus_call_async(systemd->bus, &slot, message, take_answer, answer,
                              systemd->patience_usec);
        if (r < 0)
                return fail(systemd, "systemd cannot be asked", strerrordesc_np(-r));
        return wait_for(systemd, answer);
}

static bool call(struct pl_systemd *systemd, sd_bus_message *message)
{
        _cleanup_(cleanup_answer) struct answer answer = {};

        return ask(systemd, message, &answer);
}

static bool call_plain(struct pl_systemd *systemd, const char *method)
{
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *message = NULL;
        int r = sd_bus_message_new_method_call(systemd->bus, &message, service, object, manager,
                                               method);

        return r < 0 ? fail(systemd, "systemd cannot be asked", strerrordesc_np(-r))
                     : call(systemd, message);
}

static bool ask_version(struct pl_systemd *systemd)
{
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *message = NULL;
        int r = sd_bus_message_new_method_call(systemd->bus, &message, service, object,
                                               "org.freedesktop.DBus.Properties", "Get");

        if (r >= 0)
                r = sd_bus_message_append(message, "ss", manager, "Version");
        return r < 0 ? fail(systemd, "systemd cannot be asked", strerrordesc_np(-r))
                     : call(systemd, message);
}

static int open_address(const char *address, sd_bus **ret_bus)
{
        _cleanup_(sd_bus_unrefp) sd_bus *bus = NULL;
        int r = sd_bus_new(&bus);

        if (r >= 0)
                r = sd_bus_set_address(bus, address);
        if (r >= 0)
                r = sd_bus_start(bus);
        if (r < 0)
                return r;
        *ret_bus = PL_TAKE_PTR(bus);
        return 0;
}

/* A bus that is there and does not answer is no bus. */
static bool is_up(struct pl_systemd *systemd, int opened)
{
        if (opened < 0)
                return fail(systemd, "there is no way to systemd", strerrordesc_np(-opened));
        return ask_version(systemd);
}

/* As systemctl(1): root speaks to systemd itself, and nobody has to be there in between. */
bool pl_systemd_open(struct pl_systemd *systemd, const char *address)
{
        pl_assert(systemd);

        *systemd = (struct pl_systemd){ .patience_usec = PL_SYSTEMD_PATIENCE_USEC };
        if (is_up(systemd, open_address(address ? address : own_address, &systemd->bus)))
                return true;
        pl_systemd_close(systemd);
        if (!address && is_up(systemd, sd_bus_open_system(&systemd->bus)))
                return true;
        pl_systemd_close(systemd);
        return false;
}

void pl_systemd_close(struct pl_systemd *systemd)
{
        pl_assert(systemd);

        systemd->bus = sd_bus_close_unref(systemd->bus);
        systemd->is_lost = false;
}

/* The answer to Reload comes before what it changes is written to the cgroups; the one to the question behind it does not
 * (manager_loop() dispatches the queue of cgroups before it takes the next message). */
bool pl_systemd_reload(struct pl_systemd *systemd)
{
        pl_assert(systemd && systemd->bus);

        return call_plain(systemd, "Reload") && ask_version(systemd);
}

/* A unit that is not loaded is loaded for that, as by systemctl(1). */
static int ask_control_group(struct pl_systemd *systemd, const char *unit, const char *interface,
                             sd_bus_message **ret_message)
{
        _cleanup_free_ char *path = NULL;
        int r = sd_bus_path_encode("/org/freedesktop/systemd1/unit", unit, &path);

        if (r >= 0)
                r = sd_bus_message_new_method_call(systemd->bus, ret_message, service, path,
                                                   "org.freedesktop.DBus.Properties", "Get");
        return r < 0 ? r : sd_bus_message_append(*ret_message, "ss", interface, "ControlGroup");
}

bool pl_systemd_find(struct pl_systemd *systemd, const char *unit, char path[PL_CGROUP_PATH_MAX])
{
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *message = NULL;
        _cleanup_(cleanup_answer) struct answer answer = {};
        char interface[PL_PROPERTY_INTERFACE_BYTES];
        struct pl_text text;
        const char *found;
        int r;

        pl_assert(systemd && systemd->bus);
        pl_assert(unit && path);

        pl_text_init(&text, path, PL_CGROUP_PATH_MAX);
        if (!pl_property_interface(unit, interface))
                return true;
        r = ask_control_group(systemd, unit, interface, &message);
        if (r < 0)
                return fail(systemd, "systemd cannot be asked", strerrordesc_np(-r));
        if (!ask(systemd, message, &answer))
                return answer.is_unknown;
        if (sd_bus_message_read(answer.reply, "v", "s", &found) <= 0)
                return fail(systemd, "systemd did not say where the unit's cgroup is", NULL);
        pl_text_add(&text, found);
        return true;
}

bool pl_systemd_set(struct pl_systemd *systemd, const char *unit, const struct pl_limits *limits)
{
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *message = NULL;
        int r;

        pl_assert(systemd && systemd->bus);
        pl_assert(unit && limits);

        r = sd_bus_message_new_method_call(systemd->bus, &message, service, object, manager,
                                           "SetUnitProperties");
        if (r >= 0)
                r = sd_bus_message_append(message, "sb", unit, 1);
        if (r >= 0)
                r = pl_property_append(message, limits);
        return r < 0 ? fail(systemd, "systemd cannot be asked", strerrordesc_np(-r))
                     : call(systemd, message);
}
