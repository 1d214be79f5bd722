/* SPDX-License-Identifier: Apache-2.0 */

/* The order of plimsoll-ranking(7), written down once more from the page. */

#include "rules.h"

#include <inttypes.h>

#include "plimsoll/base/clock.h"

#define STALE_USEC (10 * PL_USEC_PER_SEC)

struct terms {
        int32_t order;
        bool is_hosts_own, is_over, leaks;
        uint64_t growth_class, gives_back, id;
};

static uint64_t class_of(const struct sim_run *run, uint64_t growth)
{
        uint64_t least = run->scenario.settings.growth_bytes_per_sec, class = 0;

        for (; growth > 0 && growth >= least; least *= 2)
                class ++;
        return class;
}

static struct terms terms_of(const struct sim_run *run, uint32_t cgroup, uint64_t growth)
{
        const struct sim_sight *sight = &run->sights[cgroup];
        const struct pl_cgroup_facts *facts = &sight->facts;

        return (struct terms){
                .order = sim_order(facts),
                .is_hosts_own = facts->flags & PL_CGROUP_SYSTEM &&
                                !(facts->flags & PL_CGROUP_PROFILE) && facts->score_adj <= 0,
                .is_over = sight->sample.current_bytes >
                           sim_max(facts->low_bytes, facts->min_bytes),
                .leaks = facts->flags & PL_CGROUP_LEAKS,
                .growth_class = class_of(run, growth),
                .gives_back = sim_gives_back(sight),
                .id = facts->id,
        };
}

/* By rules 1 to 4, which do not go by how fast it grows: -1, 0 or 1. */
static int compare_standing(const struct terms *a, const struct terms *b)
{
        if (a->order != b->order)
                return a->order > b->order ? -1 : 1;
        if (a->is_hosts_own != b->is_hosts_own)
                return a->is_hosts_own ? 1 : -1;
        if (a->is_over != b->is_over)
                return a->is_over ? -1 : 1;
        if (a->leaks != b->leaks)
                return a->leaks ? -1 : 1;
        return 0;
}

static bool dies_before(const struct terms *a, const struct terms *b)
{
        int standing = compare_standing(a, b);

        if (standing != 0)
                return standing < 0;
        if (a->growth_class != b->growth_class)
                return a->growth_class > b->growth_class;
        if (a->gives_back != b->gives_back)
                return a->gives_back > b->gives_back;
        return a->id > b->id;
}

/* ---- a list of candidates ---- */

struct sim_list sim_list_of(const struct pl_candidate *candidates, uint32_t count,
                            const struct pl_verdict *verdict)
{
        bool is_local = verdict->scope == PL_SCOPE_CGROUP;
        struct sim_list list = { candidates, count, 0, is_local ? verdict->scope_id : 0,
                                 is_local && SIM_HAS(verdict, REFAULTS) };

        while (list.ranked < count && candidates[list.ranked].rank != 0)
                list.ranked++;
        return list;
}

static struct terms terms_at(const struct sim_run *run, const struct sim_list *list, uint32_t i)
{
        return terms_of(run, sim_run_find(run, list->candidates[i].id),
                        list->candidates[i].growth_bytes_per_sec);
}

static void check_sorted(struct sim_run *run, const struct sim_list *list)
{
        for (uint32_t i = 1; i < list->ranked; i++) {
                struct terms before = terms_at(run, list, i - 1), after = terms_at(run, list, i);

                if (dies_before(&after, &before))
                        sim_break(run, "%" PRIu64 " stands behind %" PRIu64, after.id, before.id);
        }
}

static void check_figures(struct sim_run *run, const struct pl_candidate *candidate)
{
        uint32_t cgroup = sim_run_find(run, candidate->id);
        const struct sim_sight *sight = &run->sights[cgroup];
        struct terms terms = terms_of(run, cgroup, 0);

        if (candidate->order != terms.order || (candidate->leaks != 0) != terms.leaks ||
            (candidate->over_promise_bytes > 0) != terms.is_over ||
            candidate->gives_back_bytes != terms.gives_back)
                sim_break(run, "the terms of %" PRIu64 " are others", candidate->id);
        if (candidate->growth_bytes_per_sec == 0)
                return;
        if (run->host.now_usec > sight->sample.at_usec + STALE_USEC)
                sim_break(run, "%" PRIu64 " was not seen for long, and is said to grow",
                          candidate->id);
        if (sight->before.have == 0)
                sim_break(run, "%" PRIu64 " was seen once, and is said to grow", candidate->id);
}

bool sim_list_has(const struct sim_list *list, uint64_t id)
{
        for (uint32_t i = 0; i < list->count; i++)
                if (list->candidates[i].id == id)
                        return true;
        return false;
}

uint32_t sim_count_ending(const struct sim_run *run)
{
        uint32_t count = 0;

        for (uint32_t i = 0; i < run->scenario.cgroup_count; i++)
                count += run->deals[i].decision != 0 || run->deals[i].ended_usec != 0 ||
                         run->deals[i].stuck_usec != 0;
        return count;
}

/* One that grows and stands far behind takes the place of the last. */
static uint32_t last_in_order(const struct sim_list *list)
{
        uint32_t last = list->ranked - 1;

        return last > 0 && list->candidates[last].growth_bytes_per_sec > 0 ? last - 1 : last;
}

/* Everybody who would go before the last of them is among them; those who are ending take places, too. */
static void check_whole(struct sim_run *run, const struct sim_list *list)
{
        const uint32_t most = PL_CANDIDATES_MAX - PL_CANDIDATES_ASIDE_MAX;
        uint32_t ending = sim_count_ending(run);

        for (uint32_t i = 0; i < run->scenario.cgroup_count; i++) {
                struct terms last, terms = terms_of(run, i, 0);

                if (!sim_may_be_taken(run, i) || !sim_knows_below(run, i, list->scope_id) ||
                    sim_list_has(list, run->sights[i].id) ||
                    run->deals[i].loose_usec > run->host.now_usec)
                        continue;
                if (list->ranked == 0 && ending < most) {
                        sim_break(run, "%s is missing", run->scenario.cgroups[i].name);
                        return;
                }
                if (list->ranked == 0)
                        return;
                last = terms_at(run, list, last_in_order(list));
                if (list->ranked + ending < most || compare_standing(&terms, &last) < 0)
                        sim_break(run, "%s is missing", run->scenario.cgroups[i].name);
        }
}

static void check_turns(struct sim_run *run, const struct sim_list *list)
{
        for (uint32_t i = 0; i < list->count; i++) {
                const struct pl_candidate *candidate = &list->candidates[i];
                uint32_t cgroup = sim_run_find(run, candidate->id);
                bool may;

                if (cgroup == SIM_HOST || run->sights[cgroup].id != candidate->id) {
                        sim_break(run, "candidate %" PRIu64 " is not there", candidate->id);
                        return;
                }
                may = sim_turn(&run->sights[cgroup].facts) == PL_TURN_NEXT &&
                      run->sights[cgroup].sample.have != 0;
                if (i < list->ranked && (!may || run->deals[cgroup].decision != 0))
                        sim_break(run, "%s is ranked and may not be taken",
                                  run->scenario.cgroups[cgroup].name);
                if (i >= list->ranked && sim_may_be_taken(run, cgroup) &&
                    run->deals[cgroup].loose_usec <= run->host.now_usec)
                        sim_break(run, "%s may be taken and is set aside: turn %u",
                                  run->scenario.cgroups[cgroup].name, candidate->turn);
        }
}

static void check_list(struct sim_run *run, const struct sim_list *list)
{
        check_turns(run, list);
        if (run->broken)
                return;
        for (uint32_t i = 0; i < list->ranked; i++)
                check_figures(run, &list->candidates[i]);
        check_sorted(run, list);
        check_whole(run, list);
}

static void check_order(struct sim_run *run)
{
        struct sim_list list = sim_list_of(run->judgement.candidates,
                                           run->judgement.candidate_count,
                                           &run->judgement.verdicts[0]);

        check_list(run, &list);
        for (uint32_t i = 0; i < run->judgement.decision_count && !run->broken; i++) {
                const struct pl_decision *decision = &run->judgement.decisions[i];

                if (decision->candidate_count == 0 || decision->verdict.scope == PL_SCOPE_HOST)
                        continue;
                list = sim_list_of(decision->candidates, decision->candidate_count,
                                   &decision->verdict);
                check_list(run, &list);
        }
}

const struct sim_rule sim_rules_order[] = {
        { "order", check_order },
        {},
};
