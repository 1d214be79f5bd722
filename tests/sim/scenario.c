/* SPDX-License-Identifier: Apache-2.0 */

/* A statement is its first word, then what it is about, then pairs of a name and a value from the tables of words.c. So what
 * the reader knows the writer knows, and a scenario that was shrunk can be read again.
 *
 * `NAME*30` after `workload` makes thirty of them, NAME-1 to NAME-30, and `NAME*` elsewhere means each whose name begins so.
 */

#include "scenario.h"

#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "plimsoll/base/assert.h"
#include "plimsoll/base/fd.h"
#include "plimsoll/base/macro.h"
#include "plimsoll/base/size.h"
#include "words.h"

enum { FILE_BYTES_MAX = 256 * 1024 };

struct reading {
        struct sim_scenario *scenario;
        const char *file;
        unsigned line;
        struct pl_span rest; /* of the line */
};

/* Says what is wrong, and is −1. */
static int PL_PRINTF(2, 3) wrong(const struct reading *reading, const char *format, ...)
{
        va_list arguments;

        fprintf(stderr, "%s:%u: ", reading->file, reading->line);
        va_start(arguments, format);
        vfprintf(stderr, format, arguments);
        va_end(arguments);
        fputc('\n', stderr);
        return -1;
}

#define TEXT(span) (int) (span).length, (span).data

/* ---- values ---- */

static int read_value(struct reading *reading, const struct sim_word *word, uint64_t *ret_value)
{
        struct pl_span text = pl_span_word(&reading->rest);

        if (pl_span_empty(text))
                return wrong(reading, "there is no value behind \"%s\"", word->name);
        if (sim_word_parse(word, text, ret_value) != 0)
                return wrong(reading, "\"%.*s\" is no value of \"%s\"", TEXT(text), word->name);
        return 0;
}

/* Pairs up to the end of the line. A flag at the end or before another name needs no value. */
static int read_pairs(struct reading *reading, const struct sim_word *words, void *object)
{
        for (;;) {
                struct pl_span name = pl_span_word(&reading->rest), ahead = reading->rest;
                const struct sim_word *word = sim_word_find(words, name);
                uint64_t value = 1;

                if (pl_span_empty(name))
                        return 0;
                if (!word)
                        return wrong(reading, "\"%.*s\" is not known here", TEXT(name));
                if (word->type == SIM_WORD_FLAG &&
                    sim_word_parse(word, pl_span_word(&ahead), &value) != 0)
                        value = 1;
                else if (word->type == SIM_WORD_FLAG)
                        reading->rest = ahead;
                else if (read_value(reading, word, &value) != 0)
                        return -1;
                sim_word_set(word, object, value);
        }
}

static int read_span(struct reading *reading, const char *name, uint64_t *ret_usec)
{
        const struct sim_word word = { name, SIM_WORD_SPAN, 0, 0, NULL };

        return read_value(reading, &word, ret_usec);
}

/* ---- names ---- */

static bool is_meant(const struct sim_cgroup *cgroup, struct pl_span name)
{
        if (pl_span_ends_with(name, "*"))
                return strncmp(cgroup->name, name.data, name.length - 1) == 0;
        return pl_span_equals(name, cgroup->name);
}

static int read_name(struct reading *reading, struct pl_span *ret_name, uint32_t *ret_first)
{
        const struct sim_scenario *scenario = reading->scenario;

        *ret_name = pl_span_word(&reading->rest);
        for (uint32_t i = 0; i < scenario->cgroup_count; i++)
                if (is_meant(&scenario->cgroups[i], *ret_name)) {
                        *ret_first = i;
                        return 0;
                }
        return wrong(reading, "nobody is named \"%.*s\" above this line", TEXT(*ret_name));
}

static int read_parent(struct reading *reading, uint32_t *ret_parent)
{
        struct pl_span ahead = reading->rest, name;

        *ret_parent = SIM_HOST;
        if (!pl_span_equals(pl_span_word(&ahead), "in"))
                return 0;
        reading->rest = ahead;
        if (read_name(reading, &name, ret_parent) != 0)
                return -1;
        if (reading->scenario->cgroups[*ret_parent].is_workload)
                return wrong(reading, "\"%.*s\" is a workload and holds none", TEXT(name));
        return 0;
}

/* ---- statements ---- */

static int read_seed(struct reading *reading)
{
        struct pl_span text = pl_span_word(&reading->rest);

        if (pl_span_to_u64(text, &reading->scenario->seed) != 0)
                return wrong(reading, "\"%.*s\" is no seed", TEXT(text));
        return 0;
}

static int read_lasts(struct reading *reading)
{
        return read_span(reading, "lasts", &reading->scenario->lasts_usec);
}

static int read_machine(struct reading *reading)
{
        return read_pairs(reading, sim_machine_words, &reading->scenario->machine);
}

static int read_set(struct reading *reading)
{
        return read_pairs(reading, sim_setting_words, &reading->scenario->settings);
}

static int read_fault(struct reading *reading)
{
        return read_pairs(reading, sim_fault_words, &reading->scenario->faults);
}

static int add_cgroup(struct reading *reading, const struct sim_cgroup *cgroup, const char *name)
{
        struct sim_scenario *scenario = reading->scenario;

        for (uint32_t i = 0; i < scenario->cgroup_count; i++)
                if (strcmp(scenario->cgroups[i].name, name) == 0)
                        return wrong(reading, "\"%s\" is there already", name);
        if (scenario->cgroup_count == SIM_CGROUPS_MAX)
                return wrong(reading, "more than %d cgroups", SIM_CGROUPS_MAX);
        scenario->cgroups[scenario->cgroup_count] = *cgroup;
        memcpy(scenario->cgroups[scenario->cgroup_count++].name, name, SIM_NAME_MAX);
        return 0;
}

static int read_cgroup(struct reading *reading, bool is_workload)
{
        struct pl_span name = pl_span_word(&reading->rest), stem = pl_span_until(&name, '*');
        struct sim_cgroup cgroup;
        char full[SIM_NAME_MAX] = "";
        uint32_t count = 1;

        if (stem.length == 0 || stem.length > SIM_NAME_MAX - 5)
                return wrong(reading, "\"%.*s\" is no name", TEXT(stem));
        if (!pl_span_empty(name) && (pl_span_to_u32(name, &count) != 0 || count > SIM_CGROUPS_MAX))
                return wrong(reading, "\"%.*s\" is no number of them", TEXT(name));
        sim_cgroup_init(&cgroup, is_workload);
        if (read_parent(reading, &cgroup.parent) != 0 ||
            read_pairs(reading, sim_cgroup_words, &cgroup) != 0)
                return -1;
        for (uint32_t i = 1; i <= count; i++) {
                if (pl_span_empty(name))
                        snprintf(full, sizeof full, "%.*s", TEXT(stem));
                else
                        snprintf(full, sizeof full, "%.*s-%u", TEXT(stem), i);
                if (add_cgroup(reading, &cgroup, full) != 0)
                        return -1;
        }
        return 0;
}

static int read_slice(struct reading *reading)
{
        return read_cgroup(reading, false);
}

static int read_workload(struct reading *reading)
{
        return read_cgroup(reading, true);
}

static int read_does(struct reading *reading)
{
        struct sim_scenario *scenario = reading->scenario;
        struct sim_act act = { .until_usec = SIM_NEVER, .bytes = PL_SIZE_MAX };
        struct pl_span name, verb;
        uint32_t first;
        int kind;

        if (read_name(reading, &name, &first) != 0)
                return -1;
        verb = pl_span_word(&reading->rest);
        kind = sim_name_find(sim_act_names, verb);
        if (kind < 0)
                return wrong(reading, "\"%.*s\" is nothing that a workload does", TEXT(verb));
        act.kind = (uint32_t) kind;
        if (read_pairs(reading, sim_act_words, &act) != 0)
                return -1;
        for (act.cgroup = first; act.cgroup < scenario->cgroup_count; act.cgroup++) {
                if (!is_meant(&scenario->cgroups[act.cgroup], name))
                        continue;
                if (!scenario->cgroups[act.cgroup].is_workload)
                        return wrong(reading, "a slice does nothing");
                if (scenario->act_count == SIM_ACTS_MAX)
                        return wrong(reading, "more than %d acts", SIM_ACTS_MAX);
                scenario->acts[scenario->act_count++] = act;
        }
        return 0;
}

/* A name of the table and its value. */
static int read_field(struct reading *reading, const struct sim_word *words,
                      struct sim_event *event)
{
        struct pl_span name = pl_span_word(&reading->rest);
        const struct sim_word *word = sim_word_find(words, name);

        if (!word)
                return wrong(reading, "\"%.*s\" is not known here", TEXT(name));
        event->field = (uint32_t) (word - words);
        return read_value(reading, word, &event->value);
}

static int read_event(struct reading *reading, struct sim_event *event)
{
        struct pl_span name = pl_span_word(&reading->rest);
        int kind = sim_name_find(sim_event_names, name);

        if (kind < 0)
                return wrong(reading, "\"%.*s\" is nothing that happens", TEXT(name));
        event->kind = (uint32_t) kind;
        switch (event->kind) {
        case SIM_EVENT_FACT:
                return read_name(reading, &name, &event->cgroup) != 0
                               ? -1
                               : read_field(reading, sim_cgroup_words, event);
        case SIM_EVENT_REPLACE:
                return read_name(reading, &name, &event->cgroup);
        case SIM_EVENT_SETTING:
                return read_field(reading, sim_setting_words, event);
        default:
                return read_span(reading, sim_event_names[kind], &event->value);
        }
}

static int read_at(struct reading *reading)
{
        struct sim_scenario *scenario = reading->scenario;
        struct sim_event event = { .cgroup = SIM_HOST };

        if (read_span(reading, "at", &event.at_usec) != 0 || read_event(reading, &event) != 0)
                return -1;
        if (scenario->event_count == SIM_EVENTS_MAX)
                return wrong(reading, "more than %d events", SIM_EVENTS_MAX);
        scenario->events[scenario->event_count++] = event;
        return 0;
}

static int read_expect(struct reading *reading)
{
        struct sim_scenario *scenario = reading->scenario;
        struct sim_expect expect = { .cgroup = SIM_HOST };
        struct pl_span name = pl_span_word(&reading->rest), ahead = reading->rest;
        int kind = sim_name_find(sim_expect_names, name);

        if (kind < 0)
                return wrong(reading, "\"%.*s\" is nothing to expect", TEXT(name));
        expect.kind = (uint32_t) kind;
        name = pl_span_word(&ahead);
        if (pl_span_equals(name, "all"))
                reading->rest = ahead;
        else if (!pl_span_empty(name) && read_name(reading, &name, &expect.cgroup) != 0)
                return -1;
        if (scenario->expect_count == SIM_EXPECTS_MAX)
                return wrong(reading, "more than %d expectations", SIM_EXPECTS_MAX);
        scenario->expects[scenario->expect_count++] = expect;
        return 0;
}

static const struct {
        const char *name;
        int (*read)(struct reading *reading);
} statements[] = {
        { "seed", read_seed },     { "lasts", read_lasts },       { "machine", read_machine },
        { "set", read_set },       { "fault", read_fault },       { "slice", read_slice },
        { "does", read_does },     { "workload", read_workload }, { "at", read_at },
        { "expect", read_expect },
};

static int read_line(struct reading *reading)
{
        struct pl_span name = pl_span_word(&reading->rest);

        for (size_t i = 0; i < PL_ARRAY_LENGTH(statements); i++)
                if (pl_span_equals(name, statements[i].name)) {
                        if (statements[i].read(reading) != 0)
                                return -1;
                        return pl_span_empty(pl_span_trim(reading->rest))
                                       ? 0
                                       : wrong(reading, "\"%.*s\" is too much",
                                               TEXT(reading->rest));
                }
        return wrong(reading, "\"%.*s\" begins no statement", TEXT(name));
}

int sim_scenario_read(struct sim_scenario *scenario, const char *file)
{
        struct reading reading = { .scenario = scenario, .file = file };
        _cleanup_free_ char *data = NULL;
        struct pl_span text;
        FILE *in = fopen(file, "re");
        size_t length;

        if (!in) {
                fprintf(stderr, "%s: %m\n", file);
                return -1;
        }
        data = malloc(FILE_BYTES_MAX);
        pl_assert(data);
        length = fread(data, 1, FILE_BYTES_MAX, in);
        fclose(in);
        sim_scenario_init(scenario);
        for (text = pl_span(data, length); !pl_span_empty(text);) {
                struct pl_span line = pl_span_until(&text, '\n');

                reading.line++;
                reading.rest = pl_span_trim(pl_span_until(&line, '#'));
                if (!pl_span_empty(reading.rest) && read_line(&reading) != 0)
                        return -1;
        }
        return 0;
}
