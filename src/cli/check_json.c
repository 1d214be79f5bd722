/* SPDX-License-Identifier: Apache-2.0 */

/* Limits go by the names of the kernel's files, and what has no limit is "max", as the kernel has it: null would be a limit
 * that is not spoken of. With errors, what can be said of the profiles that are well is said nevertheless.
 */

#include "check.h"
#include "plimsoll/base/assert.h"
#include "plimsoll/policy/feasible.h"

static void put_host(struct pl_json_writer *writer, const struct pl_check_host *host)
{
        pl_json_key(writer, "host");
        pl_json_object_begin(writer);
        pl_json_put_u64(writer, "ram_bytes", host->facts.ram_bytes);
        pl_json_put_u64(writer, "swap_bytes", host->facts.swap_bytes);
        pl_json_put_string(writer, "source", pl_span_of(host->is_given ? "--host" : "this host"));
        pl_json_object_end(writer);
}

static void put_files(struct pl_json_writer *writer, const struct pl_policy_files *files)
{
        pl_json_key(writer, "files");
        pl_json_array_begin(writer);
        for (size_t i = 0; i < files->count; i++)
                if (files->items[i].text)
                        pl_json_string(writer, pl_span_of(files->items[i].origin));
        pl_json_array_end(writer);
}

/* A number of a place that is not known is null. */
static void put_number(struct pl_json_writer *writer, const char *key, uint32_t number)
{
        if (number == 0)
                pl_json_put_null(writer, key);
        else
                pl_json_put_u64(writer, key, number);
}

static void put_words(struct pl_json_writer *writer, const char *key, const char *words)
{
        if (!words || words[0] == '\0')
                pl_json_put_null(writer, key);
        else
                pl_json_put_string(writer, key, pl_span_of(words));
}

static void put_finding(struct pl_json_writer *writer, const struct pl_diag_entry *entry)
{
        pl_json_object_begin(writer);
        pl_json_put_string(writer, "severity", pl_span_of(pl_cli_severity_name(entry->severity)));
        put_words(writer, "file", entry->file);
        put_number(writer, "line", entry->place.line);
        put_number(writer, "column", entry->place.column);
        put_number(writer, "length", entry->place.length);
        put_words(writer, "message", entry->message);
        put_words(writer, "hint", entry->hint);
        pl_json_object_end(writer);
}

static void put_findings(struct pl_json_writer *writer, const struct pl_cli_policy *policy)
{
        const struct pl_diag *diag = &policy->diag;
        struct pl_cli_findings findings;

        pl_cli_findings_sort(policy, &findings);
        pl_json_put_u64(writer, "errors", diag->errors);
        pl_json_put_u64(writer, "warnings", diag->warnings);
        pl_json_put_u64(writer, "notes", diag->notes);
        pl_json_key(writer, "findings");
        pl_json_array_begin(writer);
        for (size_t i = 0; i < findings.count; i++)
                put_finding(writer, findings.entries[i]);
        pl_json_array_end(writer);
        pl_json_put_u64(writer, "findings_dropped",
                        diag->errors + diag->warnings + diag->notes - diag->count);
}

static void put_limits(struct pl_json_writer *writer, const struct pl_limits *limits)
{
        for (unsigned i = 0; i < PL_LIMIT_COUNT; i++) {
                const char *file = pl_limit_file(i);

                if (!pl_limits_has(limits, i))
                        continue;
                if (pl_limit_is_switch(i))
                        pl_json_put_bool(writer, file, limits->values[i] != 0);
                else if (limits->values[i] == PL_SIZE_MAX)
                        pl_json_put_string(writer, file, pl_span_of("max"));
                else
                        pl_json_put_u64(writer, file, limits->values[i]);
        }
}

static void put_resolved(struct pl_json_writer *writer, const struct pl_resolved *resolved)
{
        put_limits(writer, &resolved->wanted);
        if (pl_limits_has(&resolved->wanted, PL_LIMIT_HIGH))
                pl_json_put_bool(writer, "high_applied", !resolved->high_left_out);
        pl_json_put_u64(writer, "promise_bytes", resolved->promise_bytes);
        if (resolved->has_score_adj)
                pl_json_put_i64(writer, "oom_score_adj", resolved->score_adj);
        pl_json_put_i64(writer, "order", resolved->order);
        pl_json_put_bool(writer, "protected", resolved->is_protected);
}

static void put_profiles(struct pl_json_writer *writer, const struct pl_check *check)
{
        const struct pl_policy *policy = check->policy->policy;

        pl_json_key(writer, "profiles");
        pl_json_array_begin(writer);
        for (size_t i = 0; i < policy->profile_count; i++) {
                const struct pl_document *document = policy->profiles[i];
                struct pl_resolved resolved;
                enum pl_memory_key key;

                pl_json_object_begin(writer);
                pl_json_put_string(writer, "name", pl_span_of(document->profile.name));
                pl_json_put_string(writer, "file", pl_span_of(document->origin));
                if (pl_profile_resolve(&document->profile, &check->host.facts, &resolved, &key) ==
                    0)
                        put_resolved(writer, &resolved);
                pl_json_object_end(writer);
        }
        pl_json_array_end(writer);
}

static void put_budget(struct pl_json_writer *writer, const struct pl_check *check,
                       const struct pl_document *document)
{
        struct pl_limits limits;
        enum pl_budget_key key;
        char buffer[256];
        struct pl_text slice;

        pl_text_init(&slice, buffer, sizeof buffer);
        pl_budget_slice(&slice, &document->profile);
        pl_json_object_begin(writer);
        pl_json_put_string(writer, "slice", pl_text_span(&slice));
        pl_json_put_string(writer, "profile", pl_span_of(document->profile.name));
        pl_json_put_string(writer, "file", pl_span_of(document->origin));
        if (pl_budget_resolve(&document->profile.budget, &check->host.facts, &limits, &key) == 0)
                put_limits(writer, &limits);
        pl_json_object_end(writer);
}

static void put_budgets(struct pl_json_writer *writer, const struct pl_check *check)
{
        const struct pl_policy *policy = check->policy->policy;

        pl_json_key(writer, "budgets");
        pl_json_array_begin(writer);
        for (size_t i = 0; i < policy->profile_count; i++)
                if (PL_HAS(&policy->profiles[i]->profile, PL_PROFILE_BUDGET))
                        put_budget(writer, check, policy->profiles[i]);
        pl_json_array_end(writer);
}

static void put_ahead(struct pl_json_writer *writer, const struct pl_policy *policy)
{
        static struct pl_check_ahead ahead;

        pl_check_find_ahead(policy, &ahead);
        pl_json_key(writer, "not_acted_upon");
        pl_json_array_begin(writer);
        for (size_t i = 0; i < ahead.count; i++)
                pl_json_string(writer, pl_span_of(ahead.paths[i]));
        pl_json_array_end(writer);
}

void pl_check_print_json(struct pl_cli *cli, const struct pl_check *check)
{
        struct pl_promises promises;
        struct pl_json_writer writer;

        pl_assert(cli && check && check->policy->policy);

        pl_cli_json_begin(cli, &writer);
        put_host(&writer, &check->host);
        put_files(&writer, &check->policy->files);
        put_findings(&writer, check->policy);
        put_profiles(&writer, check);
        put_budgets(&writer, check);
        pl_policy_promises(check->policy->policy, &check->host.facts, NULL, &promises);
        pl_json_put_u64(&writer, "promised_bytes", promises.bytes);
        pl_json_put_u64(&writer, "reserve_bytes", promises.reserve_bytes);
        put_ahead(&writer, check->policy->policy);
        pl_cli_json_end(&writer);
}
