/* SPDX-License-Identifier: Apache-2.0 */

/* A call is a few messages, one after the other: what is to be done with the reply to the one that is under way is its step.
 * All of them share one deadline, the caller's; a message gets what is left of it.
 *
 * The name of a unit comes out of a path that whoever makes a cgroup may choose. A bus ends the connection of who sends
 * bytes that are no UTF-8, so such a name is answered here; what else is strange about a name systemd says by itself.
 */

#include "bus_internal.h"

#include <errno.h>
#include <string.h>

#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"

/* ---- beginning and end ---- */

struct pl_bus_call *pl_bus_begin(struct pl_bus *bus, enum pl_bus_kind kind, uint64_t tag)
{
        pl_assert(kind != PL_BUS_FREE);
        pl_assert(pl_bus_is_up(bus));

        for (uint32_t i = 0; i < PL_BUS_CALLS_MAX; i++)
                if (bus->calls[i].kind == PL_BUS_FREE) {
                        bus->calls[i] = (struct pl_bus_call){
                                .bus = bus,
                                .kind = kind,
                                .tag = tag,
                                .deadline_usec = pl_clock_now_usec() + bus->patience_usec,
                        };
                        return &bus->calls[i];
                }
        return NULL;
}

void pl_bus_end(struct pl_bus_call *call, struct pl_bus_call *ret_call)
{
        call->slot = sd_bus_slot_unref(call->slot);
        if (ret_call)
                *ret_call = *call;
        *call = (struct pl_bus_call){};
}

static bool is_text(struct pl_span bytes)
{
        while (bytes.length > 0) {
                size_t length = pl_utf8_length(bytes);

                if (length == 0)
                        return false;
                bytes = pl_span_from(bytes, length);
        }
        return true;
}

bool pl_bus_name(struct pl_bus_call *call, const char *unit)
{
        struct pl_text name;

        pl_text_init(&name, call->unit, sizeof call->unit);
        pl_text_add(&name, unit);
        call->is_answered = name.length == 0 || name.cut || !is_text(pl_text_span(&name));
        if (call->is_answered)
                pl_bus_arm(call->bus);
        return !call->is_answered;
}

int pl_bus_sent(struct pl_bus_call *call, int r)
{
        if (r >= 0)
                return 0;
        pl_bus_end(call, NULL);
        if (r == -ENOMEM)
                return r;
        /* No room for more until the socket takes some. Whatever else it is, there is nobody to talk to. */
        return r == -ENOBUFS ? PL_BUS_E_FULL : PL_BUS_E_DOWN;
}

/* ---- messages ---- */

int pl_bus_message(struct pl_bus *bus, const char *object, const char *interface,
                   const char *member, sd_bus_message **ret_message)
{
        int r = sd_bus_message_new_method_call(bus->link, ret_message, PL_BUS_SYSTEMD, object,
                                               interface, member);

        /* Nobody starts systemd; asked to, a bus would try, and answer late. */
        return r < 0 ? r : sd_bus_message_set_auto_start(*ret_message, false);
}

static int on_reply(sd_bus_message *reply, void *userdata, sd_bus_error *error)
{
        struct pl_bus_call *call = userdata;

        (void) error;
        pl_assert(call->kind != PL_BUS_FREE && call->step);

        call->slot = sd_bus_slot_unref(call->slot);
        if (pl_bus_is_alive(call->bus))
                PL_TAKE_PTR(call->step)(call, reply);
        else
                pl_bus_lose(call->bus, "the connection has ended");
        return 0;
}

int pl_bus_send(struct pl_bus_call *call, sd_bus_message *message, pl_bus_step *step)
{
        const uint64_t now_usec = pl_clock_now_usec();

        pl_assert(!call->slot && !call->step);

        /* 0 would be libsystemd's own. */
        uint64_t left_usec = now_usec < call->deadline_usec ? call->deadline_usec - now_usec : 1;
        int r = sd_bus_call_async(call->bus->link, &call->slot, message, on_reply, call, left_usec);

        if (r >= 0)
                call->step = step;
        return r;
}

int pl_bus_find(struct pl_bus_call *call, const char *path, pl_bus_step *step)
{
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *message = NULL;
        int r;

        if (!is_text(pl_span_of(path))) {
                call->is_answered = true;
                pl_bus_arm(call->bus);
                return 0;
        }
        r = pl_bus_message(call->bus, PL_BUS_OBJECT, PL_BUS_MANAGER, "GetUnitByControlGroup",
                           &message);
        if (r >= 0)
                r = sd_bus_message_append(message, "s", path);
        return r < 0 ? r : pl_bus_send(call, message, step);
}

bool pl_bus_is_found(const struct pl_bus_call *call, sd_bus_message *reply)
{
        _cleanup_free_ char *wanted = NULL;
        const char *found;

        pl_assert(call->unit[0]);

        return sd_bus_message_read(reply, "o", &found) > 0 &&
               sd_bus_path_encode(PL_BUS_OBJECT "/unit", call->unit, &wanted) >= 0 &&
               strcmp(found, wanted) == 0;
}

int pl_bus_get(struct pl_bus_call *call, const char *interface, const char *property,
               pl_bus_step *step)
{
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *message = NULL;
        _cleanup_free_ char *object = NULL;
        int r = sd_bus_path_encode(PL_BUS_OBJECT "/unit", call->unit, &object);

        if (r >= 0)
                r = pl_bus_message(call->bus, object, "org.freedesktop.DBus.Properties", "Get",
                                   &message);
        if (r >= 0)
                r = sd_bus_message_append(message, "ss", interface, property);
        return r < 0 ? r : pl_bus_send(call, message, step);
}

/* ---- what an error means ---- */

static const struct {
        const char *name;
        enum pl_write_result result;
        int error;
} results[] = {
        { PL_BUS_SYSTEMD ".NoSuchUnit", PL_WRITE_E_ABSENT, ENOENT },
        { SD_BUS_ERROR_UNKNOWN_OBJECT, PL_WRITE_E_ABSENT, ENOENT },
        { SD_BUS_ERROR_UNKNOWN_INTERFACE, PL_WRITE_E_ABSENT, ENOENT },
        { SD_BUS_ERROR_UNKNOWN_METHOD, PL_WRITE_E_ABSENT, ENOENT },
        { SD_BUS_ERROR_UNKNOWN_PROPERTY, PL_WRITE_E_ABSENT, ENOENT },
        { SD_BUS_ERROR_PROPERTY_READ_ONLY, PL_WRITE_E_ABSENT, ENOENT },
        { SD_BUS_ERROR_NO_REPLY, PL_WRITE_E_AGAIN, ETIMEDOUT },
        { SD_BUS_ERROR_TIMEOUT, PL_WRITE_E_AGAIN, ETIMEDOUT },
        { "org.freedesktop.DBus.Error.TimedOut", PL_WRITE_E_AGAIN, ETIMEDOUT },
        { SD_BUS_ERROR_DISCONNECTED, PL_WRITE_E_AGAIN, ECONNRESET },
        /* It has gone off the bus for a moment: it is being executed anew. */
        { SD_BUS_ERROR_SERVICE_UNKNOWN, PL_WRITE_E_AGAIN, EAGAIN },
        { SD_BUS_ERROR_NAME_HAS_NO_OWNER, PL_WRITE_E_AGAIN, EAGAIN },
        { SD_BUS_ERROR_LIMITS_EXCEEDED, PL_WRITE_E_AGAIN, EAGAIN },
        { SD_BUS_ERROR_NO_MEMORY, PL_WRITE_E_AGAIN, ENOMEM },
        { SD_BUS_ERROR_ACCESS_DENIED, PL_WRITE_E_DENIED, EACCES },
        { SD_BUS_ERROR_AUTH_FAILED, PL_WRITE_E_DENIED, EACCES },
        { SD_BUS_ERROR_INTERACTIVE_AUTHORIZATION_REQUIRED, PL_WRITE_E_DENIED, EACCES },
        { SD_BUS_ERROR_INVALID_ARGS, PL_WRITE_E_REFUSED, EINVAL },
        { SD_BUS_ERROR_INVALID_SIGNATURE, PL_WRITE_E_REFUSED, EINVAL },
};

/* "System.Error.EBUSY": what a system call of systemd's came to. */
static enum pl_write_result result_of_errno(int error)
{
        switch (error) {
        case EAGAIN:
        case EBUSY:
        case EINTR:
        case ENOMEM:
        case ETIMEDOUT:
                return PL_WRITE_E_AGAIN;
        case ENOENT:
                return PL_WRITE_E_ABSENT;
        case EACCES:
        case EPERM:
        case EROFS:
                return PL_WRITE_E_DENIED;
        case EINVAL:
        case ERANGE:
                return PL_WRITE_E_REFUSED;
        default:
                return PL_WRITE_E_FAILED;
        }
}

enum pl_write_result pl_bus_result(sd_bus_message *reply, int *ret_error)
{
        const sd_bus_error *error = sd_bus_message_get_error(reply);

        *ret_error = 0;
        if (!error)
                return PL_WRITTEN;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(results); i++)
                if (strcmp(error->name, results[i].name) == 0) {
                        *ret_error = results[i].error;
                        return results[i].result;
                }
        /* Of the names that are none of these, libsystemd knows the numbers, but calls many a failure a denial. */
        *ret_error = pl_span_starts_with(pl_span_of(error->name), "System.Error.")
                             ? sd_bus_message_get_errno(reply)
                             : EIO;
        return result_of_errno(*ret_error);
}

/* ---- what is due ---- */

uint64_t pl_bus_call_due_usec(const struct pl_bus_call *call)
{
        if (call->is_answered)
                return 0;
        /* As long as a message waits, libsystemd looks at the time. */
        return call->job[0] ? call->deadline_usec : UINT64_MAX;
}

void pl_bus_call_wake(struct pl_bus_call *call)
{
        switch (call->kind) {
        case PL_BUS_SET:
                pl_bus_answer_set(call, PL_WRITE_E_ABSENT, ENOENT);
                break;
        case PL_BUS_CAUSE:
                pl_bus_answer_cause(call, PL_DRIFT_BY_UNKNOWN, "");
                break;
        case PL_BUS_JOB:
                pl_bus_answer_job(call, false,
                                  call->job[0] ? "it has not come to an end in time"
                                               : "this is not the name of a unit");
                break;
        case PL_BUS_SERVICE:
                pl_bus_answer_service(call, NULL);
                break;
        case PL_BUS_FREE:
        default:
                pl_unreachable();
        }
}
