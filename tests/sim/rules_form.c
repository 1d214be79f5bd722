/* SPDX-License-Identifier: Apache-2.0 */

#include "rules.h"

#include <inttypes.h>

static void check_decision(struct sim_run *run, const struct pl_decision *decision, uint64_t number)
{
        uint64_t now = run->host.now_usec;

        if (decision->number != number)
                sim_break(run, "decision %" PRIu64 " where %" PRIu64 " comes", decision->number,
                          number);
        if (decision->step != run->snapshot.step || decision->at_usec != now)
                sim_break(run, "decision %" PRIu64 " is of another step", number);
        if (decision->deadline_usec != 0 && decision->deadline_usec <= now)
                sim_break(run, "the deadline of decision %" PRIu64 " is over", number);
        if (decision->measure >= PL_MEASURE_KINDS || decision->choice >= PL_CHOICES ||
            decision->reserved != 0)
                sim_break(run, "decision %" PRIu64 " is none", number);
        if (decision->table > number ||
            (decision->candidate_count > 0) != (decision->table == number))
                sim_break(run, "the table of decision %" PRIu64 " is another's", number);
        if (decision->candidate_count > PL_CANDIDATES_MAX)
                sim_break(run, "too many candidates");
}

static void check_numbers(struct sim_run *run)
{
        const struct pl_judgement *judgement = &run->judgement;

        if (judgement->step != run->snapshot.step || judgement->decision_count > PL_DECISIONS_MAX ||
            judgement->look_usec == 0)
                sim_break(run, "the judgement is of another step");
        for (uint32_t i = 0; i < judgement->decision_count && !run->broken; i++)
                check_decision(run, &judgement->decisions[i], run->decisions + i + 1);
}

static void check_verdicts(struct sim_run *run)
{
        const struct pl_judgement *judgement = &run->judgement;

        if (judgement->verdict_count == 0 || judgement->verdict_count > PL_SCOPES_MAX ||
            judgement->verdicts[0].scope != PL_SCOPE_HOST) {
                sim_break(run, "the host has no verdict");
                return;
        }
        for (uint32_t i = 1; i < judgement->verdict_count; i++)
                if (judgement->verdicts[i].scope != PL_SCOPE_CGROUP ||
                    judgement->verdicts[i].severity == PL_SEVERITY_CALM ||
                    judgement->verdicts[i].scope_id == 0)
                        sim_break(run, "verdict %u is none", i);
}

static void check_ranks(struct sim_run *run, const struct pl_candidate *candidates, uint32_t count)
{
        uint32_t ranked = 0;

        while (ranked < count && candidates[ranked].rank == ranked + 1)
                ranked++;
        for (uint32_t i = ranked; i < count; i++)
                if (candidates[i].rank != 0)
                        sim_break(run, "rank %u stands at place %u", candidates[i].rank, i);
        if (count - ranked > PL_CANDIDATES_ASIDE_MAX)
                sim_break(run, "%u are set aside", count - ranked);
}

static void check_tables(struct sim_run *run)
{
        const struct pl_judgement *judgement = &run->judgement;

        check_ranks(run, judgement->candidates, judgement->candidate_count);
        for (uint32_t i = 0; i < judgement->decision_count; i++)
                check_ranks(run, judgement->decisions[i].candidates,
                            judgement->decisions[i].candidate_count);
        for (uint32_t i = 0; i < judgement->hot_count; i++)
                if (sim_run_find(run, judgement->hot[i]) == SIM_HOST)
                        sim_break(run, "%" PRIu64 " is hot and was never there", judgement->hot[i]);
}

const struct sim_rule sim_rules_form[] = {
        { "numbers", check_numbers },
        { "verdicts", check_verdicts },
        { "tables", check_tables },
        {},
};
