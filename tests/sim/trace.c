/* SPDX-License-Identifier: Apache-2.0 */

#include "rules.h"

#include <inttypes.h>
#include <stdio.h>

#include "plimsoll/base/size.h"

static const char *const measures[] = { "reclaim", "throttle", "release", "freeze", "thaw", "TERM",
                                        "KILL",    "relax",    "ALARM",   "cap",    "down" };
static const char *const results[] = { "done", "partly", "failed", "gone", "refused", "late" };
static const char *const severities[] = { "calm", "watch", "SHORT", "SCARCE", "CRITICAL" };
static const char *const choices[] = { "order", "grower", "livelock", "again", "over", "nobody" };
static const char *const evidences[] = { "scarce", "critical", "stall",    "near",
                                         "comes",  "thrash",   "reclaim",  "own",
                                         "limit",  "solid",    "refaults", "high" };

static const char *name_of(const struct sim_run *run, uint64_t id)
{
        uint32_t cgroup = sim_run_find(run, id);

        return id == 0 ? "host" : cgroup == SIM_HOST ? "?" : run->scenario.cgroups[cgroup].name;
}

static void print_time(const struct sim_run *run)
{
        uint64_t usec = run->host.now_usec - PL_USEC_PER_HOUR;

        printf("%8" PRIu64 ".%03" PRIu64 "  ", usec / PL_USEC_PER_SEC,
               usec % PL_USEC_PER_SEC / 1000);
}

static void print_verdict(const struct sim_run *run, const struct pl_verdict *verdict)
{
        print_time(run);
        printf("%s %s, available %" PRIu64 " of %" PRIu64 " MiB, falls %" PRIu64
               " MiB/s, stalls %u.%02u %%:",
               name_of(run, verdict->scope_id), severities[verdict->severity],
               verdict->available_bytes / PL_MIB, verdict->floor_bytes / PL_MIB,
               verdict->fall_bytes_per_sec / PL_MIB, verdict->stall_permyriad / 100,
               verdict->stall_permyriad % 100);
        for (unsigned i = 0; i < PL_EVIDENCES; i++)
                if (verdict->evidence >> i & 1)
                        printf(" %s", evidences[i]);
        printf("\n");
}

static void print_table(const struct sim_run *run, const struct pl_candidate *candidates,
                        uint32_t count)
{
        for (uint32_t i = 0; i < count; i++) {
                const struct pl_candidate *candidate = &candidates[i];

                print_time(run);
                printf("    %2u %-12s turn %u, order %d, over %" PRIu64 ", grows %" PRIu64
                       " KiB/s, gives %" PRIu64 " MiB, leaves %" PRIu64 "\n",
                       candidate->rank, name_of(run, candidate->id), candidate->turn,
                       candidate->order, candidate->over_promise_bytes / PL_MIB,
                       candidate->growth_bytes_per_sec / PL_KIB,
                       candidate->gives_back_bytes / PL_MIB, candidate->stays_bytes / PL_MIB);
        }
}

static void print_decision(const struct sim_run *run, const struct pl_decision *decision)
{
        print_time(run);
        printf("%" PRIu64 ": %s %s (%s, for %s), need %" PRIu64 " expects %" PRIu64
               " amount %" PRIu64 " MiB, until %+" PRId64 " ms\n",
               decision->number, measures[decision->measure], name_of(run, decision->id),
               choices[decision->choice], name_of(run, decision->verdict.scope_id),
               decision->need_bytes / PL_MIB, decision->expected_bytes / PL_MIB,
               decision->amount_bytes / PL_MIB,
               decision->deadline_usec == 0
                       ? 0
                       : (int64_t) (decision->deadline_usec - decision->at_usec) / 1000);
        print_table(run, decision->candidates, decision->candidate_count);
}

void sim_trace_step(const struct sim_run *run)
{
        const struct pl_judgement *judgement = &run->judgement;

        for (uint64_t i = 0; i < run->snapshot.outcome_count; i++) {
                const struct pl_outcome *outcome = &run->outcomes[i];

                print_time(run);
                printf("outcome of %" PRIu64 ", %s: %s, %" PRIu64 " MiB\n", outcome->decision,
                       name_of(run, outcome->id), results[outcome->result],
                       outcome->bytes / PL_MIB);
        }
        for (uint64_t i = 0; i < run->snapshot.update_count; i++)
                if (run->updates[i].kind == PL_UPDATE_GONE) {
                        print_time(run);
                        printf("%s (%" PRIu64 ") is gone\n", name_of(run, run->updates[i].id),
                               run->updates[i].id);
                }
        for (uint32_t i = 0; i < judgement->verdict_count; i++)
                if (judgement->verdicts[i].severity != PL_SEVERITY_CALM ||
                    judgement->decision_count > 0)
                        print_verdict(run, &judgement->verdicts[i]);
        if (run->is_loud)
                print_table(run, judgement->candidates, judgement->candidate_count);
        for (uint32_t i = 0; i < judgement->decision_count; i++)
                print_decision(run, &judgement->decisions[i]);
        for (uint32_t i = run->kernel_seen; i < run->host.kill_count; i++) {
                print_time(run);
                printf("the kernel took %s\n",
                       run->scenario.cgroups[run->host.kills[i].cgroup].name);
        }
}
