/* SPDX-License-Identifier: Apache-2.0 */

/* A judgement in words, exactly: every amount to the byte and every time to the microsecond, for two of them are compared. */

#include "plimsoll/base/clock.h"
#include "plimsoll/base/ratio.h"
#include "plimsoll/base/size.h"
#include "trace.h"

static void add_name(struct trace *trace, uint64_t id)
{
        for (uint32_t i = 0; i < trace->cgroup_count; i++)
                if (trace->cgroups[i].facts.id == id) {
                        pl_text_add(trace->told, trace->cgroups[i].name);
                        return;
                }
        pl_text_addf(trace->told, "cgroup %llu", (unsigned long long) id);
}

static void add_word(struct trace *trace, const char *const *words, uint32_t word)
{
        for (uint32_t i = 0; words[i]; i++)
                if (i == word) {
                        pl_text_add(trace->told, words[i]);
                        return;
                }
        pl_text_addf(trace->told, "?%u", word);
}

static void add_bytes(struct trace *trace, const char *before, uint64_t bytes, const char *behind)
{
        pl_text_add(trace->told, before);
        pl_bytes_format(trace->told, bytes);
        pl_text_add(trace->told, behind);
}

static void add_time(struct trace *trace, const char *before, uint64_t usec)
{
        pl_text_add(trace->told, before);
        if (usec == UINT64_MAX)
                pl_text_add(trace->told, "never");
        else
                pl_duration_format(trace->told, usec);
}

/* What is 0 is not said. */
static void add_if(struct trace *trace, const char *before, uint64_t bytes, const char *behind)
{
        if (bytes != 0)
                add_bytes(trace, before, bytes, behind);
}

static void add_evidence(struct trace *trace, uint32_t evidence)
{
        for (uint32_t i = 0; i < PL_EVIDENCES; i++)
                if (evidence >> i & 1) {
                        pl_text_add(trace->told, " ");
                        add_word(trace, trace_evidence, i);
                }
}

static void add_verdict(struct trace *trace, const struct pl_verdict *verdict)
{
        if (verdict->scope == PL_SCOPE_HOST)
                pl_text_add(trace->told, "host");
        else
                add_name(trace, verdict->scope_id);
        pl_text_add(trace->told, " is ");
        add_word(trace, trace_severities, verdict->severity);
        if (verdict->evidence != 0)
                pl_text_add(trace->told, ":");
        add_evidence(trace, verdict->evidence);
        add_bytes(trace, "; ", verdict->available_bytes, " left");
        if (verdict->fall_bytes_per_sec != 0) {
                add_bytes(trace, ", falls ", verdict->fall_bytes_per_sec, "/s");
                add_time(trace, ", ends in ", verdict->end_usec);
        }
        if (verdict->stall_permyriad != 0) {
                pl_text_add(trace->told, ", stalls ");
                pl_ratio_format(trace->told, verdict->stall_permyriad);
        }
}

static void add_candidate(struct trace *trace, const struct pl_candidate *candidate)
{
        pl_text_add(trace->told, "        ");
        if (candidate->rank != 0)
                pl_text_addf(trace->told, "%u. ", candidate->rank);
        add_name(trace, candidate->id);
        pl_text_add(trace->told, " ");
        add_word(trace, trace_turns, candidate->turn);
        pl_text_addf(trace->told, ", order %d", candidate->order);
        if (candidate->leaks)
                pl_text_add(trace->told, ", leaks");
        add_if(trace, ", over ", candidate->over_promise_bytes, "");
        add_if(trace, ", grows ", candidate->growth_bytes_per_sec, "/s");
        add_bytes(trace, ", gives ", candidate->gives_back_bytes, "");
        add_if(trace, ", leaves ", candidate->stays_bytes, "");
        pl_text_add(trace->told, "\n");
}

static void add_decision(struct trace *trace, const struct pl_decision *decision)
{
        pl_text_addf(trace->told, "    #%llu ", (unsigned long long) decision->number);
        add_word(trace, trace_measures, decision->measure);
        pl_text_add(trace->told, " ");
        if (decision->id == 0)
                pl_text_add(trace->told, "host");
        else
                add_name(trace, decision->id);
        pl_text_add(trace->told, ", ");
        add_word(trace, trace_choices, decision->choice);
        add_if(trace, ", amount ", decision->amount_bytes, "");
        add_if(trace, ", expects ", decision->expected_bytes, "");
        add_if(trace, ", needs ", decision->need_bytes, "");
        if (decision->deadline_usec != 0)
                add_time(trace, ", until ", decision->deadline_usec);
        if (decision->table != 0 && decision->table != decision->number)
                pl_text_addf(trace->told, ", table of #%llu", (unsigned long long) decision->table);
        pl_text_add(trace->told, "; ");
        add_verdict(trace, &decision->verdict);
        pl_text_add(trace->told, "\n");
        for (uint32_t i = 0; i < decision->candidate_count; i++)
                add_candidate(trace, &decision->candidates[i]);
}

/* Who would go, who would not, and who is looked at. */
static void add_order(struct trace *trace)
{
        const struct pl_judgement *judgement = &trace->judgement;

        pl_text_add(trace->told, "    order");
        for (uint32_t i = 0; i < judgement->candidate_count; i++) {
                const struct pl_candidate *candidate = &judgement->candidates[i];

                pl_text_add(trace->told, " ");
                add_name(trace, candidate->id);
                if (candidate->rank == 0) {
                        pl_text_add(trace->told, "=");
                        add_word(trace, trace_turns, candidate->turn);
                }
        }
        pl_text_add(trace->told, "; hot");
        for (uint32_t i = 0; i < judgement->hot_count; i++) {
                pl_text_add(trace->told, " ");
                add_name(trace, judgement->hot[i]);
        }
        pl_text_add(trace->told, "\n");
}

void trace_tell(struct trace *trace, int result)
{
        const struct pl_judgement *judgement = &trace->judgement;

        add_time(trace, "", trace->now_usec);
        if (result != 0)
                pl_text_add(trace->told, result == PL_ENGINE_E_FULL ? " FULL" : " BAD");
        for (uint32_t i = 0; i < judgement->verdict_count; i++) {
                pl_text_add(trace->told, i == 0 ? " " : "    ");
                add_verdict(trace, &judgement->verdicts[i]);
                if (i == 0) {
                        add_if(trace, "; needs ", judgement->need_bytes, "");
                        add_time(trace, "; look in ", judgement->look_usec);
                }
                pl_text_add(trace->told, "\n");
        }
        if (judgement->verdict_count == 0)
                pl_text_add(trace->told, "\n");
        for (uint32_t i = 0; i < judgement->decision_count; i++)
                add_decision(trace, &judgement->decisions[i]);
        if (judgement->verdict_count != 0)
                add_order(trace);
}
