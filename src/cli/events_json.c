/* SPDX-License-Identifier: Apache-2.0 */

/* An object a line, complete in itself: when, which, the sentence, and every figure of the act by its name. Of an
 * enumeration it has the word, or null for a number that this version has none for.
 */

#include <string.h>
#include <time.h>

#include "events.h"
#include "live_view.h"
#include "plimsoll/base/macro.h"
#include "plimsoll/base/sha256.h"
#include "plimsoll/base/size.h"

/* 9999-12-31T23:59:59Z, the last that RFC 3339 has. */
#define TIME_MAX_SEC INT64_C(253402300799)

/* A number of which one value says that there is none. */
static void put_unless(struct pl_json_writer *writer, const char *key, uint64_t value,
                       uint64_t nothing)
{
        if (value == nothing)
                pl_json_put_null(writer, key);
        else
                pl_json_put_u64(writer, key, value);
}

static void put_digest(struct pl_json_writer *writer, const uint8_t digest[PL_JOURNAL_DIGEST_BYTES])
{
        static const uint8_t none[PL_JOURNAL_DIGEST_BYTES];
        char buffer[2 * PL_JOURNAL_DIGEST_BYTES + 1];
        struct pl_text text;

        _Static_assert((int) PL_JOURNAL_DIGEST_BYTES == (int) PL_SHA256_BYTES, "the same digest");
        pl_text_init(&text, buffer, sizeof buffer);
        pl_sha256_format(&text, digest);
        pl_live_put_words(writer, "digest", memcmp(digest, none, sizeof none) == 0 ? NULL : buffer);
}

static void put_started(struct pl_json_writer *writer, const struct pl_journal_started *started)
{
        pl_live_put_words(writer, "version", started->version);
        pl_json_put_u64(writer, "pid", started->pid);
        pl_json_put_u64(writer, "generation", started->generation);
        pl_json_put_bool(writer, "continued", started->aside == 0 && started->generation > 1);
        put_unless(writer, "put_aside_code", started->aside, 0);
}

static void put_ended(struct pl_json_writer *writer, const struct pl_journal_ended *ended)
{
        put_unless(writer, "signal", ended->signal, 0);
        pl_json_put_u64(writer, "exit_code", ended->code);
        pl_live_put_words(writer, "words", ended->words);
}

static void put_policy(struct pl_json_writer *writer, const struct pl_journal_policy *policy)
{
        put_digest(writer, policy->digest);
        pl_json_put_u64(writer, "number", policy->number);
        pl_json_put_u64(writer, "profile_count", policy->profile_count);
        pl_json_put_u64(writer, "order_count", policy->order_count);
        pl_json_put_u64(writer, "file_count", policy->file_count);
        pl_json_put_u64(writer, "error_count", policy->error_count);
        pl_json_put_u64(writer, "warning_count", policy->warning_count);
        pl_live_put_words(writer, "words", policy->words);
}

struct pl_journal_row pl_events_row(const struct pl_journal_workload *workload)
{
        struct pl_journal_row row = {
                .id = workload->id,
                .kind = workload->kind,
                .runtime = workload->runtime,
                .profile = workload->profile,
        };

        memcpy(row.name, workload->name, sizeof row.name);
        memcpy(row.profile_name, workload->profile_name, sizeof row.profile_name);
        memcpy(row.path, workload->path, sizeof row.path);
        return row;
}

struct pl_journal_row pl_events_set_row(const struct pl_journal_set *set)
{
        struct pl_journal_row row = { .id = set->id };

        memcpy(row.name, set->name, sizeof row.name);
        memcpy(row.profile_name, set->profile_name, sizeof row.profile_name);
        return row;
}

static void put_container(struct pl_json_writer *writer, const struct pl_journal_row *row)
{
        struct pl_span id = pl_live_container_id(row);

        if (pl_span_empty(id))
                pl_json_put_null(writer, "container_id");
        else
                pl_json_put_string(writer, "container_id", id);
}

static void put_workload(struct pl_json_writer *writer, const struct pl_journal_workload *workload)
{
        const struct pl_journal_row row = pl_events_row(workload);
        char buffer[PL_LIVE_NAME_BYTES];
        struct pl_text name;

        pl_text_init(&name, buffer, sizeof buffer);
        pl_live_add_raw_name(&name, &row);
        pl_live_put_words(writer, "workload", buffer);
        pl_live_put_words(writer, "own_name", workload->name);
        pl_live_put_words(writer, "profile", workload->profile_name);
        pl_live_put_words(writer, "kind", pl_live_kind_word(&row));
        pl_live_put_words(writer, "runtime", pl_live_runtime_word(&row));
        put_container(writer, &row);
        pl_live_put_words(writer, "path", workload->path);
        pl_json_put_u64(writer, "cgroup_id", workload->id);
        put_unless(writer, "parent_cgroup_id", workload->parent_id, 0);
        pl_live_put_words(writer, "reason", pl_journal_reason_word(workload->reason));
        put_unless(writer, "profile_number", workload->profile, UINT32_MAX);
        put_unless(writer, "profile_number_before", workload->profile_before, UINT32_MAX);
}

/* Of a later version's the bits that are known. */
static void put_evidence(struct pl_json_writer *writer, uint32_t evidence)
{
        pl_json_key(writer, "evidence");
        pl_json_array_begin(writer);
        for (uint32_t i = 0; i < PL_EVIDENCES; i++)
                if (evidence >> i & 1)
                        pl_json_string(writer, pl_span_of(pl_journal_evidence_word(i)));
        pl_json_array_end(writer);
}

static void put_verdict(struct pl_json_writer *writer, const struct pl_verdict *verdict)
{
        pl_live_put_words(writer, "scope", pl_journal_scope_word(verdict->scope));
        put_unless(writer, "scope_id", verdict->scope_id, 0);
        pl_live_put_words(writer, "severity", pl_journal_severity_word(verdict->severity));
        pl_json_put_u64(writer, "available_bytes", verdict->available_bytes);
        pl_json_put_u64(writer, "floor_bytes", verdict->floor_bytes);
        pl_json_put_u64(writer, "fall_bytes_per_second", verdict->fall_bytes_per_sec);
        if (verdict->end_usec == UINT64_MAX)
                pl_json_put_null(writer, "end_seconds");
        else
                pl_live_put_seconds(writer, "end_seconds", verdict->end_usec);
        pl_json_put_fixed(writer, "stall_percent", verdict->stall_permyriad, 2);
        put_evidence(writer, verdict->evidence);
}

static void put_judged(struct pl_json_writer *writer, const struct pl_journal_judged *judged)
{
        pl_json_put_u64(writer, "step", judged->step);
        pl_live_put_words(writer, "workload", judged->name);
        put_verdict(writer, &judged->verdict);
}

static void put_candidate(struct pl_json_writer *writer, const struct pl_candidate *candidate,
                          const char *name)
{
        pl_json_object_begin(writer);
        pl_live_put_words(writer, "workload", name);
        pl_json_put_u64(writer, "cgroup_id", candidate->id);
        pl_live_put_words(writer, "turn", pl_journal_turn_word(candidate->turn));
        put_unless(writer, "rank", candidate->rank, 0);
        pl_json_put_i64(writer, "order", candidate->order);
        pl_json_put_bool(writer, "leaks", candidate->leaks != 0);
        pl_json_put_u64(writer, "over_promise_bytes", candidate->over_promise_bytes);
        pl_json_put_u64(writer, "growth_bytes_per_second", candidate->growth_bytes_per_sec);
        pl_json_put_u64(writer, "gives_back_bytes", candidate->gives_back_bytes);
        pl_json_put_u64(writer, "stays_bytes", candidate->stays_bytes);
        pl_json_object_end(writer);
}

static void put_decision(struct pl_json_writer *writer, const struct pl_live *live,
                         const struct pl_journal_decision *act)
{
        const struct pl_decision *decision = &act->decision;

        pl_json_put_u64(writer, "number", decision->number);
        pl_json_put_u64(writer, "step", decision->step);
        pl_live_put_words(writer, "measure", pl_journal_measure_word(decision->measure));
        pl_live_put_words(writer, "choice", pl_journal_choice_word(decision->choice));
        pl_live_put_words(writer, "workload", act->name);
        put_unless(writer, "cgroup_id", decision->id, 0);
        pl_json_put_u64(writer, "amount_bytes", decision->amount_bytes);
        pl_live_put_time(writer, "deadline", live, decision->deadline_usec);
        pl_json_put_u64(writer, "expected_bytes", decision->expected_bytes);
        pl_json_put_u64(writer, "need_bytes", decision->need_bytes);
        put_unless(writer, "table", decision->table, 0);
        pl_json_put_bool(writer, "observed", act->flags & PL_JOURNAL_DECISION_OBSERVED);
        pl_live_put_words(writer, "scope_name", act->scope);
        put_verdict(writer, &decision->verdict);
        pl_json_key(writer, "candidates");
        pl_json_array_begin(writer);
        for (uint32_t i = 0; i < PL_MIN(decision->candidate_count, (uint32_t) PL_CANDIDATES_MAX);
             i++)
                put_candidate(writer, &decision->candidates[i], act->names[i]);
        pl_json_array_end(writer);
}

static void put_outcome(struct pl_json_writer *writer, const struct pl_journal_outcome *act)
{
        const struct pl_outcome *outcome = &act->outcome;
        bool is_timed = outcome->ended_usec >= outcome->began_usec;

        pl_live_put_words(writer, "workload", act->name);
        put_unless(writer, "cgroup_id", outcome->id, 0);
        put_unless(writer, "decision", outcome->decision, 0);
        pl_json_put_bool(writer, "by_mate", outcome->decision == 0);
        pl_live_put_words(writer, "measure", pl_journal_measure_word(outcome->measure));
        pl_live_put_words(writer, "result", pl_journal_result_word(outcome->result));
        put_unless(writer, "errno", outcome->error > 0 ? (uint64_t) outcome->error : 0, 0);
        pl_json_put_u64(writer, "processes", outcome->processes);
        pl_live_put_seconds(writer, "took_seconds",
                            is_timed ? outcome->ended_usec - outcome->began_usec : 0);
        pl_json_put_u64(writer, "bytes", outcome->bytes);
}

/* As rows have it: a switch is true or false, and "max" is none. */
static void put_limit(struct pl_json_writer *writer, const char *key, uint32_t limit,
                      uint64_t value)
{
        if (limit < PL_LIMIT_COUNT && pl_limit_is_switch((enum pl_limit) limit))
                pl_json_put_bool(writer, key, value != 0);
        else if (value == PL_SIZE_MAX)
                pl_json_put_string(writer, key, pl_span_of("max"));
        else
                pl_json_put_u64(writer, key, value);
}

static void put_drift(struct pl_json_writer *writer, const struct pl_journal_drift *drift)
{
        pl_live_put_words(writer, "workload", drift->name);
        put_unless(writer, "cgroup_id", drift->id, 0);
        pl_live_put_words(
                writer, "limit",
                drift->limit < PL_LIMIT_COUNT ? pl_limit_file((enum pl_limit) drift->limit) : NULL);
        put_limit(writer, "from", drift->limit, drift->from);
        put_limit(writer, "to", drift->limit, drift->to);
        pl_live_put_words(writer, "cause", pl_journal_drift_cause_word(drift->cause));
        pl_live_put_words(writer, "answer", pl_journal_drift_word(drift->answer));
        pl_live_put_words(writer, "words", drift->words);
}

/* Of its limits those alone that are meant. */
static void put_set(struct pl_json_writer *writer, const struct pl_journal_set *set)
{
        const struct pl_journal_row row = pl_events_set_row(set);
        char buffer[PL_LIVE_NAME_BYTES];
        struct pl_text name;

        pl_text_init(&name, buffer, sizeof buffer);
        pl_live_add_raw_name(&name, &row);
        pl_live_put_words(writer, "workload", buffer);
        pl_live_put_words(writer, "own_name", set->name);
        pl_live_put_words(writer, "profile", set->profile_name);
        put_unless(writer, "cgroup_id", set->id, 0);
        pl_live_put_words(writer, "why", pl_journal_why_word(set->why));
        pl_live_put_words(writer, "backend", pl_journal_backend_word(set->backend));
        pl_json_key(writer, "limits");
        pl_json_object_begin(writer);
        for (enum pl_limit i = 0; i < PL_LIMIT_COUNT; i++)
                if (set->limits >> i & 1)
                        put_limit(writer, pl_limit_file(i), i, set->values[i]);
        pl_json_object_end(writer);
}

static void put_note(struct pl_json_writer *writer, const struct pl_journal_note *note)
{
        pl_live_put_words(writer, "code", pl_journal_note_word(note->code));
        pl_json_put_u64(writer, "code_number", note->code);
        pl_json_put_u64(writer, "value", note->value);
        pl_live_put_words(writer, "workload", note->name);
        put_unless(writer, "cgroup_id", note->id, 0);
        pl_live_put_words(writer, "severity",
                          note->severity > 0 ? pl_journal_severity_word(note->severity) : NULL);
        pl_live_put_words(writer, "words", note->words);
}

/* Orders come from files, and have times of the wall. */
static void put_wall(struct pl_json_writer *writer, const char *key, int64_t seconds)
{
        char buffer[sizeof "9999-12-31T23:59:59Z"] = "";
        const time_t at = (time_t) seconds;
        struct tm parts;

        if (seconds > 0 && seconds <= TIME_MAX_SEC && gmtime_r(&at, &parts))
                (void) strftime(buffer, sizeof buffer, "%Y-%m-%dT%H:%M:%SZ", &parts);
        pl_live_put_words(writer, key, buffer);
}

static void put_order(struct pl_json_writer *writer, const struct pl_journal_order *order)
{
        put_digest(writer, order->digest);
        pl_live_put_words(writer, "verb", pl_journal_order_word(order->verb));
        pl_json_put_bool(writer, "accepted", order->acknowledged != 0);
        pl_live_put_words(writer, "by", order->by);
        pl_live_put_words(writer, "workload", order->workload);
        put_unless(writer, "cgroup_id", order->id, 0);
        put_wall(writer, "issued", order->issued_sec);
        put_wall(writer, "expires", order->expires_sec);
        pl_live_put_words(writer, "words", order->words);
}

static void put_gap(struct pl_json_writer *writer, const struct pl_journal_gap *gap)
{
        pl_json_put_string(writer, "ring",
                           pl_span_of(gap->ring == PL_JOURNAL_SAMPLES ? "samples" : "acts"));
        pl_live_put_words(writer, "reason", pl_journal_gap_word(gap->reason));
        pl_json_put_u64(writer, "first", gap->first);
        pl_json_put_u64(writer, "count", gap->count);
        pl_live_put_words(writer, "words", gap->words);
}

void pl_events_put_figures(struct pl_json_writer *writer, const struct pl_live *live,
                           const struct pl_journal_act *act)
{
        switch (act->type) {
        case PL_JOURNAL_STARTED:
                put_started(writer, &act->started);
                break;
        case PL_JOURNAL_ENDED:
                put_ended(writer, &act->ended);
                break;
        case PL_JOURNAL_IN_FORCE:
        case PL_JOURNAL_REFUSED:
                put_policy(writer, &act->policy);
                break;
        case PL_JOURNAL_APPEARED:
        case PL_JOURNAL_GONE:
        case PL_JOURNAL_CHANGED:
                put_workload(writer, &act->workload);
                break;
        case PL_JOURNAL_VERDICT:
                put_judged(writer, &act->judged);
                break;
        case PL_JOURNAL_DECISION:
                put_decision(writer, live, &act->decision);
                break;
        case PL_JOURNAL_OUTCOME:
                put_outcome(writer, &act->outcome);
                break;
        case PL_JOURNAL_DRIFT:
                put_drift(writer, &act->drift);
                break;
        case PL_JOURNAL_SET:
                put_set(writer, &act->set);
                break;
        case PL_JOURNAL_ALARM:
        case PL_JOURNAL_NOTE:
                put_note(writer, &act->note);
                break;
        case PL_JOURNAL_ORDER:
                put_order(writer, &act->order);
                break;
        case PL_JOURNAL_GAP:
                put_gap(writer, &act->gap);
                break;
        default: /* of a later version: its sentence says so */
                break;
        }
}

void pl_events_print_json(struct pl_events *events, const struct pl_journal_act *act)
{
        const struct pl_json_writer_options options = { .sink = pl_cli_emit,
                                                        .userdata = events->cli };
        char buffer[PL_JOURNAL_SENTENCE_MAX];
        struct pl_json_writer writer;
        struct pl_text sentence;

        pl_text_init(&sentence, buffer, sizeof buffer);
        pl_journal_add_sentence(&sentence, act);
        pl_json_writer_init(&writer, &options);
        pl_json_object_begin(&writer);
        pl_json_put_u64(&writer, "schema_version", PL_CLI_SCHEMA_VERSION);
        put_unless(&writer, "sequence", act->sequence, 0);
        pl_live_put_time(&writer, "time", &events->live, act->at_usec);
        pl_live_put_seconds(&writer, "boot_seconds", act->at_usec);
        pl_live_put_words(&writer, "type", pl_journal_type_word(act->type));
        pl_json_put_i64(&writer, "priority", pl_journal_priority(act));
        pl_json_put_string(&writer, "message", pl_text_span(&sentence));
        pl_events_put_figures(&writer, &events->live, act);
        pl_json_object_end(&writer);
        (void) pl_json_writer_finish(&writer); /* kept in events->cli->error */
}
