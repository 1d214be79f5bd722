/* SPDX-License-Identifier: Apache-2.0 */

/* SIGTERM is for the process that knows what to do with it, and by the signal that it knows: a unit's main process with the
 * unit's stop signal, a container's first process with SIGTERM. systemd is asked whom and how at that moment, for what
 * it said before is another process by now; whoever gets no answer in time takes the eldest process.
 */

#include <errno.h>
#include <signal.h>
#include <string.h>

#include "measures_internal.h"
#include "plimsoll/base/assert.h"
#include "plimsoll/base/clock.h"
#include "plimsoll/base/macro.h"

static void begin(struct pl_measures *measures, struct pl_measures_term *term,
                  const struct pl_bus_service *service)
{
        const struct pl_measures_request request = {
                .kill = { .decision = term->decision,
                          .id = term->id,
                          .cgroup_fd = -1,
                          .measure = PL_MEASURE_TERM,
                          .deadline_usec = term->deadline_usec,
                          .expected_bytes = term->expected_bytes,
                          .signal = service && service->stop_signal > 0 ? service->stop_signal
                                                                        : SIGTERM,
                          .pid = service ? service->main_pid : 0 },
                .scope_id = term->scope_id,
        };

        *term = (struct pl_measures_term){};
        pl_measures_begin(measures, &request);
}

static struct pl_measures_term *find_free(struct pl_measures *measures)
{
        for (size_t i = 0; i < PL_ARRAY_LENGTH(measures->terms); i++)
                if (measures->terms[i].decision == 0)
                        return &measures->terms[i];
        return NULL;
}

static bool ask(struct pl_measures *measures, const struct pl_measures_term *term,
                const struct pl_measures_whom *whom)
{
        const char *unit = pl_measures_unit(measures, whom);
        uint64_t tag = PL_MEASURES_TAG_TERM << 48 | (term->decision & 0xffffffff) << 8 |
                       (uint64_t) (term - measures->terms);

        return unit && measures->bus && pl_bus_is_up(measures->bus) &&
               pl_bus_ask_service(measures->bus, tag, unit) == 0;
}

void pl_measures_term(struct pl_measures *measures, const struct pl_decision *decision,
                      const struct pl_measures_whom *whom)
{
        struct pl_measures_term term = {
                .decision = decision->number,
                .id = decision->id,
                .deadline_usec = decision->deadline_usec,
                .expected_bytes = decision->expected_bytes,
                .ask_until_usec = PL_MIN(decision->at_usec + PL_MEASURES_ASK_USEC,
                                         decision->deadline_usec),
                .scope_id = decision->verdict.scope_id,
        };
        struct pl_measures_term *place = find_free(measures);

        if (place) {
                *place = term;
                if (ask(measures, place, whom))
                        return;
                *place = (struct pl_measures_term){};
        }
        begin(measures, &term, NULL);
}

/* A unit of that name may be another one by now. */
static bool is_of(const struct pl_measures *measures, const struct pl_measures_term *term,
                  const struct pl_bus_service *service)
{
        struct pl_measures_whom whom;

        return service && service->path && pl_measures_find(measures, term->id, &whom) &&
               strcmp(service->path, whom.row.path) == 0;
}

bool pl_measures_on_service(struct pl_measures *measures, uint64_t tag,
                            const struct pl_bus_service *service)
{
        struct pl_measures_term *term;

        if (tag >> 48 != PL_MEASURES_TAG_TERM)
                return false;
        pl_assert((tag & 0xff) < PL_ARRAY_LENGTH(measures->terms));
        term = &measures->terms[tag & 0xff];
        /* It may have been too late, and the place somebody else's by now. */
        if (term->decision != 0 && (term->decision & 0xffffffff) == (tag >> 8 & 0xffffffff))
                begin(measures, term, is_of(measures, term, service) ? service : NULL);
        return true;
}

void pl_measures_term_drop(struct pl_measures *measures, uint64_t id)
{
        for (size_t i = 0; i < PL_ARRAY_LENGTH(measures->terms); i++) {
                struct pl_measures_term *term = &measures->terms[i];
                const uint64_t decision = term->decision;

                if (decision == 0 || term->id != id)
                        continue;
                *term = (struct pl_measures_term){};
                pl_measures_end(measures,
                                &(struct pl_measures_end){ .decision = decision,
                                                           .id = id,
                                                           .measure = PL_MEASURE_TERM,
                                                           .result = PL_RESULT_LATE,
                                                           .began_usec = pl_clock_now_usec() });
        }
}

void pl_measures_term_late(struct pl_measures *measures, uint64_t now_usec)
{
        for (size_t i = 0; i < PL_ARRAY_LENGTH(measures->terms); i++) {
                struct pl_measures_term *term = &measures->terms[i];

                if (term->decision != 0 && now_usec >= term->ask_until_usec)
                        begin(measures, term, NULL);
        }
}

uint64_t pl_measures_term_next_usec(const struct pl_measures *measures)
{
        uint64_t next_usec = UINT64_MAX;

        for (size_t i = 0; i < PL_ARRAY_LENGTH(measures->terms); i++)
                if (measures->terms[i].decision != 0)
                        next_usec = PL_MIN(next_usec, measures->terms[i].ask_until_usec);
        return next_usec;
}
