/* SPDX-License-Identifier: Apache-2.0 */

/* Every decision is an act. Of verdicts those are that are news: a scope is as badly off as it was not before. How often
 * that is depends on what others do, so it is bounded: what gets worse is told at most once a second for each scope,
 * anything else once in ten. That a cgroup is looked at more often is no news, for one that reads files meets its limit all day.
 */

#include <string.h>

#include "plimsoll/base/assert.h"
#include "plimsoll/base/clock.h"
#include "plimsoll/base/macro.h"
#include "steps_internal.h"

#define WORSE_USEC (1 * PL_USEC_PER_SEC)
#define OTHER_USEC (10 * PL_USEC_PER_SEC)

static void find_name(const struct pl_steps *steps, uint64_t id, char name[PL_JOURNAL_NAME_BYTES])
{
        if (id != 0 && steps->names.find)
                steps->names.find(steps->names.from, id, name);
}

static void find_scope(const struct pl_steps *steps, const struct pl_verdict *verdict,
                       char name[PL_JOURNAL_NAME_BYTES])
{
        if (verdict->scope == PL_SCOPE_CGROUP)
                find_name(steps, verdict->scope_id, name);
}

/* ---- verdicts ---- */

static void tell_verdict(struct pl_steps *steps, uint64_t now_usec,
                         const struct pl_verdict *verdict)
{
        struct pl_journal_act act = {
                .at_usec = now_usec,
                .type = PL_JOURNAL_VERDICT,
                .judged = { .step = steps->judgement.step, .verdict = *verdict },
        };

        find_scope(steps, verdict, act.judged.name);
        pl_logbook_act(steps->logbook, &act);
}

/* As far as it is news. */
static uint32_t level_of(const struct pl_verdict *verdict)
{
        return verdict->scope == PL_SCOPE_CGROUP && verdict->severity == PL_SEVERITY_WATCH
                       ? (uint32_t) PL_SEVERITY_CALM
                       : verdict->severity;
}

static bool is_of(const struct pl_steps_told *told, const struct pl_verdict *verdict)
{
        return told->at_usec != 0 && told->scope == verdict->scope &&
               told->scope_id == verdict->scope_id;
}

/* Its place, or one that is free; NULL: there is none. */
static struct pl_steps_told *place_of(struct pl_steps *steps, const struct pl_verdict *verdict)
{
        struct pl_steps_told *free_one = NULL;

        for (size_t i = 0; i < PL_STEPS_TOLD_MAX; i++) {
                if (is_of(&steps->told[i], verdict))
                        return &steps->told[i];
                if (!free_one && steps->told[i].at_usec == 0)
                        free_one = &steps->told[i];
        }
        return free_one;
}

static bool is_news(const struct pl_steps_told *told, uint32_t level, uint64_t now_usec)
{
        bool is_worse = level > told->severity && level >= PL_SEVERITY_SHORT;

        if (told->at_usec == 0)
                return level != PL_SEVERITY_CALM;
        return level != told->severity &&
               now_usec - told->at_usec >= (is_worse ? WORSE_USEC : OTHER_USEC);
}

static void take_verdict(struct pl_steps *steps, uint64_t now_usec,
                         const struct pl_verdict *verdict)
{
        struct pl_steps_told *told = place_of(steps, verdict);
        uint32_t level = level_of(verdict);

        if (!told || !is_news(told, level, now_usec))
                return;
        tell_verdict(steps, now_usec, verdict);
        *told = (struct pl_steps_told){ .scope = verdict->scope,
                                        .severity = level,
                                        .scope_id = verdict->scope_id,
                                        .at_usec = PL_MAX(now_usec, UINT64_C(1)) };
        if (level == PL_SEVERITY_CALM)
                *told = (struct pl_steps_told){};
}

/* Who is not spoken of any more is calm. */
static void take_absent(struct pl_steps *steps, uint64_t now_usec, const struct pl_steps_told *told)
{
        const struct pl_judgement *judgement = &steps->judgement;
        const struct pl_verdict calm = { .scope = told->scope,
                                         .severity = PL_SEVERITY_CALM,
                                         .scope_id = told->scope_id,
                                         .end_usec = UINT64_MAX };

        if (told->at_usec == 0)
                return;
        for (uint32_t i = 0; i < judgement->verdict_count; i++)
                if (is_of(told, &judgement->verdicts[i]))
                        return;
        take_verdict(steps, now_usec, &calm);
}

/* The worst first. */
static void tell_verdicts(struct pl_steps *steps, uint64_t now_usec)
{
        const struct pl_judgement *judgement = &steps->judgement;

        for (uint32_t severity = PL_SEVERITIES; severity-- > 0;)
                for (uint32_t i = 0; i < judgement->verdict_count; i++)
                        if (judgement->verdicts[i].severity == severity)
                                take_verdict(steps, now_usec, &judgement->verdicts[i]);
        for (size_t i = 0; judgement->verdict_count > 0 && i < PL_STEPS_TOLD_MAX; i++)
                take_absent(steps, now_usec, &steps->told[i]);
}

/* ---- decisions, and the order ---- */

static void tell_decision(struct pl_steps *steps, const struct pl_decision *decision)
{
        struct pl_journal_act act = { .at_usec = decision->at_usec, .type = PL_JOURNAL_DECISION };
        const bool is_observed = steps->settings.flags & PL_SETTING_OBSERVE;

        pl_assert(decision->candidate_count <= PL_CANDIDATES_MAX);

        memcpy(&act.decision.decision, decision, offsetof(struct pl_decision, candidates));
        memcpy(act.decision.decision.candidates, decision->candidates,
               decision->candidate_count * sizeof *decision->candidates);
        act.decision.flags = is_observed ? PL_JOURNAL_DECISION_OBSERVED : 0;
        find_name(steps, decision->id, act.decision.name);
        find_scope(steps, &decision->verdict, act.decision.scope);
        for (uint32_t i = 0; i < decision->candidate_count; i++)
                find_name(steps, decision->candidates[i].id, act.decision.names[i]);
        pl_logbook_act(steps->logbook, &act);
}

void pl_steps_tell_outcome(struct pl_steps *steps, const struct pl_outcome *outcome)
{
        struct pl_journal_act act = { .at_usec = outcome->ended_usec,
                                      .type = PL_JOURNAL_OUTCOME,
                                      .outcome.outcome = *outcome };

        find_name(steps, outcome->id, act.outcome.name);
        pl_logbook_act(steps->logbook, &act);
}

static void put_ranking(struct pl_steps *steps, uint64_t now_usec)
{
        const struct pl_judgement *judgement = &steps->judgement;
        struct pl_journal_ranking ranking = { .at_usec = now_usec,
                                              .step = judgement->step,
                                              .need_bytes = judgement->need_bytes,
                                              .count = judgement->candidate_count };

        pl_assert(judgement->candidate_count <= PL_CANDIDATES_MAX);

        memcpy(ranking.candidates, judgement->candidates,
               judgement->candidate_count * sizeof *judgement->candidates);
        pl_journal_put_ranking(&steps->logbook->writer, &ranking);
}

void pl_steps_tell(struct pl_steps *steps, uint64_t now_usec)
{
        const struct pl_judgement *judgement = &steps->judgement;

        tell_verdicts(steps, now_usec);
        for (uint32_t i = 0; i < judgement->decision_count; i++)
                tell_decision(steps, &judgement->decisions[i]);
        /* Before it has settings the engine has judged nothing. */
        if (judgement->verdict_count > 0)
                put_ranking(steps, now_usec);
}
