/* SPDX-License-Identifier: Apache-2.0 */

/* Statement by statement to a snapshot, and the step that is taken with it. */

#include "trace.h"

#include <stdlib.h>
#include <string.h>

#include "plimsoll/base/assert.h"
#include "plimsoll/base/clock.h"
#include "plimsoll/base/macro.h"

/* The same whatever it is; another after each checkpoint. */
enum { SEED = 1, LINES_MAX = 100000 };

static int wrong(struct trace *trace, const char *what, struct pl_span at)
{
        pl_text_add(trace->mistake, what);
        pl_text_add(trace->mistake, " \"");
        pl_text_add_clean(trace->mistake, at);
        pl_text_add(trace->mistake, "\"");
        return -1;
}

/* ---- cgroups by their names ---- */

static struct trace_cgroup *add_cgroup(struct trace *trace, struct pl_span name)
{
        struct trace_cgroup *cgroup;
        uint64_t id;

        if (trace->cgroup_count == TRACE_CGROUPS_MAX || name.length >= TRACE_NAME_MAX)
                return NULL;
        cgroup = &trace->cgroups[trace->cgroup_count++];
        memcpy(cgroup->name, name.data, name.length);
        cgroup->facts = trace_ordinary;
        cgroup->facts.id = pl_span_to_u64(name, &id) == 0 ? id : trace->cgroup_count;
        return cgroup;
}

static struct trace_cgroup *find_cgroup(struct trace *trace, struct pl_span name)
{
        for (uint32_t i = 0; i < trace->cgroup_count; i++)
                if (pl_span_equals(name, trace->cgroups[i].name))
                        return &trace->cgroups[i];
        return NULL;
}

static struct trace_cgroup *find_or_add(struct trace *trace, struct pl_span name)
{
        struct trace_cgroup *cgroup = find_cgroup(trace, name);

        return cgroup || pl_span_empty(name) ? cgroup : add_cgroup(trace, name);
}

/* ---- statements ---- */

static struct pl_update *add_update(struct trace *trace, enum pl_update_kind kind, uint64_t id)
{
        struct pl_update *update;

        if (trace->update_count == TRACE_UPDATES_MAX)
                return NULL;
        update = &trace->updates[trace->update_count++];
        *update = (struct pl_update){ .kind = (uint32_t) kind, .id = id };
        return update;
}

/* KEY=VALUE…; the bit of each figure that is mentioned goes to *have, where there is one. */
static int put_all(struct trace *trace, struct pl_span rest, const struct trace_key *keys,
                   void *object, uint64_t *have)
{
        for (struct pl_span word = pl_span_word(&rest); !pl_span_empty(word);
             word = pl_span_word(&rest)) {
                struct pl_span value = word, name = pl_span_until(&value, '=');
                const struct trace_key *key = trace_find_key(keys, name);

                if (!key)
                        return wrong(trace, "there is no key", name);
                if (trace_put(key, object, value) != 0)
                        return wrong(trace, "this value cannot be", word);
                if (have)
                        *have |= UINT64_C(1) << (key->offset / sizeof(uint64_t));
        }
        return 0;
}

static int take_settings(struct trace *trace, struct pl_span rest)
{
        struct pl_update *update = add_update(trace, PL_UPDATE_SETTINGS, 1);

        if (!update)
                return wrong(trace, "too many updates before", rest);
        if (put_all(trace, rest, trace_settings_keys, &trace->settings, NULL) < 0)
                return -1;
        update->settings = trace->settings;
        return 0;
}

static int take_host(struct trace *trace, struct pl_span rest)
{
        int r;

        trace->host.at_usec = trace->now_usec;
        r = put_all(trace, rest, trace_host_keys, &trace->host, &trace->host.have);
        /* The time is no figure. */
        trace->host.have &= ~PL_HOST_BIT(at_usec);
        return r;
}

/* "parent=NAME", which is no number of its own. */
static int take_parent(struct trace *trace, struct pl_span *rest, struct pl_cgroup_facts *facts)
{
        struct pl_span after = *rest, word = pl_span_word(&after);
        const struct trace_cgroup *parent;

        if (!pl_span_starts_with(word, "parent="))
                return 0;
        word = pl_span_from(word, strlen("parent="));
        parent = find_or_add(trace, word);
        if (!parent && !pl_span_empty(word))
                return wrong(trace, "there is no room for", word);
        facts->parent_id = parent ? parent->facts.id : 0;
        *rest = after;
        return 0;
}

static int take_facts(struct trace *trace, struct pl_span rest)
{
        struct pl_span name = pl_span_word(&rest);
        struct trace_cgroup *cgroup = find_or_add(trace, name);
        struct pl_update *update;

        if (!cgroup)
                return wrong(trace, "this name cannot be", name);
        if (take_parent(trace, &rest, &cgroup->facts) < 0 ||
            put_all(trace, rest, trace_facts_keys, &cgroup->facts, NULL) < 0)
                return -1;
        update = add_update(trace, PL_UPDATE_FACTS, cgroup->facts.id);
        if (!update)
                return wrong(trace, "too many updates before", name);
        update->facts = cgroup->facts;
        return 0;
}

/* What memory.stat says is as of the step in which a figure of it was mentioned last. */
static bool has_stat(uint64_t have)
{
        return have >= PL_CGROUP_BIT(anon_bytes);
}

static int take_sample(struct trace *trace, struct pl_span rest)
{
        struct pl_span name = pl_span_word(&rest);
        struct trace_cgroup *cgroup = find_cgroup(trace, name);
        struct pl_cgroup_sample *sample;
        struct pl_update *update;
        uint64_t have = 0;

        if (!cgroup)
                return wrong(trace, "there are no facts of", name);
        sample = &cgroup->sample;
        sample->at_usec = trace->now_usec;
        if (put_all(trace, rest, trace_sample_keys, sample, &have) < 0)
                return -1;
        if (has_stat(have) && !(have & PL_CGROUP_BIT(stat_at_usec)))
                sample->stat_at_usec = trace->now_usec;
        sample->have |= have | PL_CGROUP_BIT(current_bytes);
        update = add_update(trace, PL_UPDATE_SAMPLE, cgroup->facts.id);
        if (!update)
                return wrong(trace, "too many updates before", name);
        update->sample = *sample;
        return 0;
}

static int take_gone(struct trace *trace, struct pl_span rest)
{
        struct pl_span name = pl_span_word(&rest);
        struct trace_cgroup *cgroup = find_cgroup(trace, name);

        if (!cgroup)
                return wrong(trace, "there are no facts of", name);
        if (!add_update(trace, PL_UPDATE_GONE, cgroup->facts.id))
                return wrong(trace, "too many updates before", name);
        return 0;
}

static int take_outcome(struct trace *trace, struct pl_span rest)
{
        struct pl_span number = pl_span_word(&rest), name = pl_span_word(&rest);
        struct pl_span result = pl_span_word(&rest);
        const struct trace_cgroup *cgroup = find_cgroup(trace, name);
        struct pl_outcome outcome = { .id = cgroup ? cgroup->facts.id : 0 };

        if (pl_span_to_u64(number, &outcome.decision) != 0)
                return wrong(trace, "this is no decision's number:", number);
        if (!cgroup)
                return wrong(trace, "there are no facts of", name);
        if (trace_find_word(trace_results, result) < 0)
                return wrong(trace, "there is no result", result);
        if (trace->outcome_count == TRACE_OUTCOMES_MAX)
                return wrong(trace, "too many outcomes before", name);
        outcome.result = (uint32_t) trace_find_word(trace_results, result);
        outcome.ended_usec = trace->now_usec;
        if (put_all(trace, rest, trace_outcome_keys, &outcome, NULL) < 0)
                return -1;
        trace->outcomes[trace->outcome_count++] = outcome;
        return 0;
}

/* ---- the step ---- */

static void change_engines(struct trace *trace)
{
        uint64_t count = pl_engine_checkpoint_count(&trace->engine);
        struct pl_update *updates = calloc(count, sizeof *updates);
        struct pl_snapshot snapshot = { .step = trace->step,
                                        .now_usec = trace->now_usec,
                                        .flags = PL_SNAPSHOT_CHECKPOINT,
                                        .update_count = count,
                                        .updates = updates };
        int r;

        pl_assert(updates);
        pl_engine_checkpoint(&trace->engine, updates);
        pl_engine_done(&trace->engine);
        r = pl_engine_init(&trace->engine, TRACE_CGROUPS_MAX, SEED + trace->step);
        pl_assert(r == 0);
        r = pl_engine_step(&trace->engine, &snapshot, &trace->judgement);
        pl_assert(r == 0);
        free(updates);
}

static void take_step(struct trace *trace)
{
        const struct pl_snapshot snapshot = {
                .step = trace->step,
                .now_usec = trace->now_usec,
                .flags = trace->flags,
                .host = trace->host,
                .update_count = trace->update_count,
                .outcome_count = trace->outcome_count,
                .updates = trace->updates,
                .outcomes = trace->outcomes,
        };

        if (trace->step == 0)
                return;
        trace_tell(trace, pl_engine_step(&trace->engine, &snapshot, &trace->judgement));
        if (trace->ends_in_checkpoint)
                change_engines(trace);
}

static int begin_step(struct trace *trace, struct pl_span rest)
{
        struct pl_span word = pl_span_word(&rest);
        bool adds = pl_span_starts_with(word, "+");
        uint64_t usec;

        if (pl_duration_parse(pl_span_from(word, adds ? 1 : 0), &usec, NULL) != 0)
                return wrong(trace, "this is no time:", word);
        take_step(trace);
        trace->step++;
        trace->now_usec = adds ? trace->now_usec + usec : usec;
        trace->flags = 0;
        trace->ends_in_checkpoint = false;
        trace->update_count = 0;
        trace->outcome_count = 0;
        return 0;
}

/* ---- the lines ---- */

static int take_statement(struct trace *trace, struct pl_span line)
{
        static const struct {
                const char *name;
                int (*take)(struct trace *trace, struct pl_span rest);
        } statements[] = {
                { "settings", take_settings }, { "host", take_host }, { "facts", take_facts },
                { "sample", take_sample },     { "gone", take_gone }, { "outcome", take_outcome },
        };
        struct pl_span rest = line, name = pl_span_word(&rest);

        if (pl_span_equals(name, "step"))
                return begin_step(trace, rest);
        if (trace->step == 0)
                return wrong(trace, "no step has begun before", name);
        if (pl_span_equals(name, "resumed"))
                trace->flags = PL_SNAPSHOT_RESUMED;
        else if (pl_span_equals(name, "checkpoint"))
                trace->ends_in_checkpoint = true;
        else
                for (size_t i = 0;; i++) {
                        if (i == PL_ARRAY_LENGTH(statements))
                                return wrong(trace, "there is no statement", name);
                        if (pl_span_equals(name, statements[i].name))
                                return statements[i].take(trace, rest);
                }
        return 0;
}

struct lines {
        struct pl_span rest;
        uint32_t number;      /* of the last that was read */
        struct pl_span begin; /* of what is repeated */
        uint32_t begin_number;
        uint64_t again;
};

static int take_line(struct trace *trace, struct lines *lines, struct pl_span line)
{
        struct pl_span rest = line, name = pl_span_word(&rest);

        if (pl_span_empty(name) || pl_span_starts_with(name, "#"))
                return 0;
        if (pl_span_equals(name, "repeat")) {
                if (lines->begin.data)
                        return wrong(trace, "this is within a repeat:", name);
                if (pl_span_to_u64(pl_span_word(&rest), &lines->again) != 0 || lines->again == 0)
                        return wrong(trace, "how often? in", line);
                lines->begin = lines->rest;
                lines->begin_number = lines->number;
                return 0;
        }
        if (!pl_span_equals(name, "end"))
                return take_statement(trace, line);
        if (!lines->begin.data)
                return wrong(trace, "nothing is repeated before", name);
        if (--lines->again == 0) {
                lines->begin.data = NULL;
                return 0;
        }
        lines->rest = lines->begin;
        lines->number = lines->begin_number;
        return 0;
}

static int take_lines(struct trace *trace, struct pl_span text)
{
        struct lines lines = { .rest = text };

        for (uint32_t i = 0; i < LINES_MAX && !pl_span_empty(lines.rest); i++) {
                lines.number++;
                pl_text_clear(trace->mistake);
                pl_text_addf(trace->mistake, "line %u: ", lines.number);
                if (take_line(trace, &lines, pl_span_until(&lines.rest, '\n')) < 0)
                        return -1;
        }
        if (lines.begin.data)
                return wrong(trace, "there is no end of", pl_span_of("repeat"));
        pl_text_clear(trace->mistake);
        take_step(trace);
        return 0;
}

int trace_judge(struct pl_span text, struct pl_text *told, struct pl_text *mistake)
{
        struct trace *trace = calloc(1, sizeof *trace);
        int r;

        pl_assert(trace);
        trace->told = told;
        trace->mistake = mistake;
        trace->settings = trace_shipped;
        r = pl_engine_init(&trace->engine, TRACE_CGROUPS_MAX, SEED);
        pl_assert(r == 0);
        r = take_lines(trace, text);
        pl_engine_done(&trace->engine);
        free(trace);
        return r;
}
