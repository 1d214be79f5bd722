/* SPDX-License-Identifier: Apache-2.0 */

/* systemd is asked for its version over the bus, because the package installed need not be the one that runs. The library's
 * own blocking calls wait for a bus that accepts and then says nothing for up to 90 s, before any time-out of a call begins;
 * and a doctor is most needed on a host that is ill. So the question is asked without blocking, until one deadline. */

#include <systemd/sd-bus.h>

#include "doctor.h"
#include "plimsoll/base/assert.h"
#include "plimsoll/base/clock.h"
#include "plimsoll/kernel/process.h"

/* Longer than a healthy bus takes by a thousand times, and as long as one likes to wait for a question among many. */
#define DEADLINE_USEC (2 * PL_USEC_PER_SEC)

struct answer {
        bool given;
        struct pl_text version;
};

static int take_answer(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
        struct answer *answer = (struct answer *) userdata;
        const char *version;

        (void) error;
        answer->given = true;
        if (sd_bus_message_is_method_error(message, NULL) <= 0 &&
            sd_bus_message_read(message, "v", "s", &version) > 0)
                pl_text_add_clean(&answer->version, pl_span_of(version));
        return 0;
}

/* Every turn handles a message or sleeps for what is left of the time, so it ends. */
static void wait_for_answer(sd_bus *bus, const struct answer *answer)
{
        uint64_t deadline_usec = pl_clock_now_usec() + DEADLINE_USEC;

        while (!answer->given) {
                uint64_t now_usec = pl_clock_now_usec();
                int r = sd_bus_process(bus, NULL);

                if (r < 0 || now_usec >= deadline_usec)
                        return;
                if (r == 0 && sd_bus_wait(bus, deadline_usec - now_usec) < 0)
                        return;
        }
}

static void ask_version(struct answer *answer)
{
        _cleanup_(sd_bus_close_unrefp) sd_bus *bus = NULL;

        if (sd_bus_open_system(&bus) < 0 ||
            sd_bus_call_method_async(bus, NULL, "org.freedesktop.systemd1",
                                     "/org/freedesktop/systemd1", "org.freedesktop.DBus.Properties",
                                     "Get", take_answer, answer, "ss",
                                     "org.freedesktop.systemd1.Manager", "Version") < 0)
                return;
        wait_for_answer(bus, answer);
}

uint32_t pl_doctor_systemd_major(const char *version)
{
        struct pl_span text = pl_span_of(version);
        size_t length = 0;
        uint32_t major;

        if (pl_span_starts_with(text, "v"))
                text = pl_span_from(text, 1);
        while (length < text.length && pl_is_digit(text.data[length]))
                length++;
        return pl_span_to_u32(pl_span(text.data, length), &major) == 0 ? major : 0;
}

static void read_init_name(int proc_fd, struct pl_file_buffer *buffer, char *name)
{
        _cleanup_close_ int process_fd = -1;
        struct pl_process_stat stat;
        struct pl_text text;

        pl_text_init(&text, name, PL_FEATURES_NAME_MAX);
        if (pl_process_open(proc_fd, 1, &process_fd) == 0 &&
            pl_process_read_stat(process_fd, buffer, &stat) == 0)
                pl_text_add_clean(&text, pl_span_of(stat.comm));
}

void pl_doctor_collect_systemd(int proc_fd, struct pl_file_buffer *buffer,
                               struct pl_doctor_systemd *ret_systemd)
{
        struct answer answer = {};

        pl_assert(buffer);
        pl_assert(ret_systemd);

        *ret_systemd = (struct pl_doctor_systemd){};
        read_init_name(proc_fd, buffer, ret_systemd->init_name);
        if (!pl_span_equals(pl_span_of(ret_systemd->init_name), "systemd"))
                return;
        pl_text_init(&answer.version, ret_systemd->version, sizeof ret_systemd->version);
        ask_version(&answer);
        ret_systemd->state = answer.version.length > 0 ? PL_DOCTOR_SYSTEMD_ANSWERS
                                                       : PL_DOCTOR_SYSTEMD_SILENT;
        ret_systemd->major = pl_doctor_systemd_major(ret_systemd->version);
}
