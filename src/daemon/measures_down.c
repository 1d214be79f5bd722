/* SPDX-License-Identifier: Apache-2.0 */

/* A service that returns to be killed again and again, and whose profile says that it is to stay down, is stopped, as an
 * operator would stop it: whoever kills it alone would see it come back. When its time is over it is started. That is for
 * services that systemd runs; a container is its runtime's, whom nobody here talks to, and of that an alarm is left. Whoever
 * starts it in between wants it to run: it is his from then on, and neither stopped for that nor started later.
 *
 * A daemon that ends starts them, for nobody would do it after it, and waits for that for a moment; one that was killed
 * cannot, and what it said when it stopped them says how to.
 */

#include <errno.h>
#include <string.h>

#include "enforce_internal.h"
#include "measures_internal.h"
#include "plimsoll/base/assert.h"
#include "plimsoll/base/fd.h"
#include "plimsoll/base/macro.h"
#include "plimsoll/base/text.h"

/* Where systemd is away when one is to be started; and where it could not be. */
#define RETRY_USEC PL_USEC_PER_SEC
#define AGAIN_USEC (30 * PL_USEC_PER_SEC)

enum { STARTS_MAX = 10 };

const char *pl_measures_unit(const struct pl_measures *measures,
                             const struct pl_measures_whom *whom)
{
        const struct pl_census_entry *entry = pl_census_at(&measures->options.board->census,
                                                           whom->index);

        if (whom->row.kind != PL_WORKLOAD_SERVICE || entry->standing.flags & PL_STANDING_USER ||
            !pl_span_ends_with(pl_span_of(entry->name), ".service"))
                return NULL;
        return entry->name;
}

static uint64_t tag_of(const struct pl_measures *measures, const struct pl_measures_down *down,
                       enum pl_bus_job job)
{
        _Static_assert(PL_MEASURES_DOWN_MAX <= PL_MEASURES_TAG_START, "below it is an index");

        return PL_MEASURES_TAG_DOWN << 48 | (down->decision & 0xffffffff) << 8 |
               (job == PL_BUS_START ? PL_MEASURES_TAG_START : 0) |
               (uint64_t) (down - measures->downs);
}

static bool run(struct pl_measures *measures, const struct pl_measures_down *down,
                enum pl_bus_job job)
{
        return measures->bus && pl_bus_is_up(measures->bus) &&
               pl_bus_run(measures->bus, tag_of(measures, down, job), job, down->unit) == 0;
}

static void say(struct pl_measures *measures, const struct pl_journal_row *row,
                enum pl_note_code code, uint64_t value, const char *words)
{
        pl_enforce_say(measures->options.enforcer, row, pl_clock_now_usec(),
                       &(struct pl_enforce_note){ code, code == PL_NOTE_NOT_DOWN, value, words });
}

static void conclude(struct pl_measures *measures, const struct pl_measures_down *down, int error)
{
        pl_measures_end(measures, &(struct pl_measures_end){ .decision = down->decision,
                                                             .id = down->id,
                                                             .measure = PL_MEASURE_DOWN,
                                                             .result = error ? PL_RESULT_FAILED
                                                                             : PL_RESULT_DONE,
                                                             .error = error,
                                                             .began_usec = down->began_usec });
}

/* By its name: its cgroup is another one each time. */
static struct pl_measures_down *find(struct pl_measures *measures, const char *unit)
{
        for (size_t i = 0; i < PL_ARRAY_LENGTH(measures->downs); i++)
                if (measures->downs[i].decision != 0 && strcmp(measures->downs[i].unit, unit) == 0)
                        return &measures->downs[i];
        return NULL;
}

static struct pl_measures_down *find_free(struct pl_measures *measures)
{
        for (size_t i = 0; i < PL_ARRAY_LENGTH(measures->downs); i++)
                if (measures->downs[i].decision == 0)
                        return &measures->downs[i];
        return NULL;
}

/* What hinders it, as an errno; 0: it is on its way. */
static int begin(struct pl_measures *measures, const struct pl_measures_down *down,
                 const char *unit)
{
        struct pl_measures_down *place, before;

        if (!unit || strlen(unit) >= sizeof down->unit)
                return ENOTSUP;
        place = find(measures, unit);
        place = place ? place : find_free(measures);
        if (!place)
                return ENOBUFS;
        before = *place;
        *place = *down;
        pl_journal_set_text(place->unit, sizeof place->unit, pl_span_of(unit));
        if (run(measures, place, PL_BUS_STOP))
                return 0;
        *place = before;
        return ENOTCONN;
}

/* That it has returned is by somebody's will; a kill since then is another hold, with a later end. */
static bool is_wanted_up(struct pl_measures *measures, const struct pl_decision *decision,
                         const char *unit)
{
        const struct pl_measures_down *down = unit ? find(measures, unit) : NULL;

        return down && down->is_back && decision->deadline_usec <= down->hold_usec;
}

void pl_measures_down(struct pl_measures *measures, const struct pl_decision *decision,
                      const struct pl_measures_whom *whom)
{
        const struct pl_measures_down down = { .decision = decision->number,
                                               .id = decision->id,
                                               .began_usec = decision->at_usec,
                                               .until_usec = decision->deadline_usec,
                                               .hold_usec = decision->deadline_usec,
                                               .row = whom->row };
        const char *unit = pl_measures_unit(measures, whom);
        int error;

        if (is_wanted_up(measures, decision, unit)) {
                pl_measures_conclude(measures, decision, PL_RESULT_REFUSED, 0);
                return;
        }
        error = begin(measures, &down, unit);
        if (error == 0)
                return;
        conclude(measures, &down, error);
        say(measures, &whom->row, PL_NOTE_NOT_DOWN, 0,
            error == ENOTSUP   ? "systemd does not run it"
            : error == ENOBUFS ? "as many are kept down as there may be"
                               : "systemd cannot be reached");
}

/* One that was there for a moment before it was stopped may be heard of late. */
static bool is_there(const struct pl_measures *measures, uint32_t index)
{
        struct pl_board *board = measures->options.board;
        struct pl_cgroup_events events;
        bool opened = false;
        int fd = -1, r;

        if (pl_census_directory(&board->census, index, &fd, &opened) != 0)
                return false;
        r = pl_cgroup_read_events(fd, &board->sampler.buffer, &events);
        if (opened)
                pl_cleanup_close(&fd);
        return r == 0;
}

void pl_measures_down_appeared(struct pl_measures *measures, uint32_t index,
                               const struct pl_journal_row *row)
{
        for (size_t i = 0; i < PL_ARRAY_LENGTH(measures->downs); i++) {
                struct pl_measures_down *down = &measures->downs[i];

                if (down->decision == 0 || !down->is_stopped || down->is_leaving ||
                    strcmp(down->row.path, row->path) != 0 || !is_there(measures, index))
                        continue;
                down->is_back = true;
                down->until_usec = down->hold_usec;
        }
}

/* It is started, and somebody else's business again. */
static void start(struct pl_measures *measures, struct pl_measures_down *down)
{
        if (down->is_back) {
                *down = (struct pl_measures_down){};
                return;
        }
        if (down->is_leaving)
                return;
        down->is_leaving = run(measures, down, PL_BUS_START);
        if (!down->is_leaving)
                down->until_usec = pl_clock_now_usec() + RETRY_USEC;
}

void pl_measures_down_over(struct pl_measures *measures, uint64_t now_usec)
{
        for (size_t i = 0; i < PL_ARRAY_LENGTH(measures->downs); i++) {
                struct pl_measures_down *down = &measures->downs[i];

                if (down->decision != 0 && down->is_down && now_usec >= down->until_usec)
                        start(measures, down);
        }
}

uint64_t pl_measures_down_next_usec(const struct pl_measures *measures)
{
        uint64_t next_usec = UINT64_MAX;

        for (size_t i = 0; i < PL_ARRAY_LENGTH(measures->downs); i++) {
                const struct pl_measures_down *down = &measures->downs[i];

                if (down->decision != 0 && down->is_down && !down->is_leaving)
                        next_usec = PL_MIN(next_usec, down->until_usec);
        }
        return next_usec;
}

bool pl_measures_leave(struct pl_measures *measures)
{
        bool some = false;

        for (size_t i = 0; i < PL_ARRAY_LENGTH(measures->downs); i++) {
                struct pl_measures_down *down = &measures->downs[i];

                if (down->decision == 0)
                        continue;
                down->is_down = true;
                start(measures, down);
                some = some || down->is_leaving;
                if (down->is_leaving || down->decision == 0)
                        continue;
                /* Nobody tries it again. */
                say(measures, &down->row, PL_NOTE_NOT_UP, 0, "systemd cannot be reached");
                *down = (struct pl_measures_down){};
        }
        return some;
}

/* Whether it was stopped or not, it is started in time: who runs already does not mind. */
static void on_stopped(struct pl_measures *measures, struct pl_measures_down *down, bool is_done,
                       const char *why)
{
        uint64_t for_usec = down->until_usec - PL_MIN(down->until_usec, pl_clock_now_usec());

        conclude(measures, down, is_done ? 0 : EIO);
        down->is_down = true;
        down->is_stopped = is_done;
        /* What becomes of its start is still to come. */
        if (down->is_leaving)
                return;
        if (is_done)
                say(measures, &down->row, PL_NOTE_DOWN, for_usec, NULL);
        else
                say(measures, &down->row, PL_NOTE_NOT_DOWN, 0, why);
}

static void on_started(struct pl_measures *measures, struct pl_measures_down *down, bool is_done,
                       const char *why)
{
        down->is_leaving = false;
        if (!is_done && ++down->tries < STARTS_MAX) {
                down->until_usec = pl_clock_now_usec() + AGAIN_USEC;
                /* systemd may bring it up by itself now, which is nobody's hand. */
                down->is_stopped = false;
                return;
        }
        say(measures, &down->row, is_done ? PL_NOTE_UP : PL_NOTE_NOT_UP, 0, is_done ? NULL : why);
        *down = (struct pl_measures_down){};
}

bool pl_measures_on_job(struct pl_measures *measures, uint64_t tag, bool is_done, const char *why)
{
        const uint64_t index = tag & (PL_MEASURES_TAG_START - 1);
        const bool is_start = tag & PL_MEASURES_TAG_START;
        struct pl_measures_down *down;

        if (tag >> 48 != PL_MEASURES_TAG_DOWN)
                return false;
        pl_assert(index < PL_ARRAY_LENGTH(measures->downs));
        down = &measures->downs[index];
        if (down->decision == 0 ||
            tag_of(measures, down, is_start ? PL_BUS_START : PL_BUS_STOP) != tag)
                return true;
        if (!is_start)
                on_stopped(measures, down, is_done, why);
        else if (down->is_leaving)
                on_started(measures, down, is_done, why);
        return true;
}

/* What was asked is not answered any more: who may have been stopped is started in time, and who may not have been started again. */
void pl_measures_on_bus_down(struct pl_measures *measures)
{
        for (size_t i = 0; i < PL_ARRAY_LENGTH(measures->downs); i++) {
                struct pl_measures_down *down = &measures->downs[i];

                if (down->decision == 0)
                        continue;
                if (!down->is_down)
                        conclude(measures, down, ENOTCONN);
                down->is_down = true;
                down->is_leaving = false;
        }
}
