/* SPDX-License-Identifier: Apache-2.0 */

/* Who of the list is taken, written down once more from plimsoll-ranking(7): in the order, or the one that grows. */

#include "rules.h"

#include <inttypes.h>

#include "plimsoll/base/clock.h"
#include "plimsoll/base/ratio.h"

#define STALE_USEC (10 * PL_USEC_PER_SEC)
/* Longer than what is measured lags behind, and less than a shortage lasts. */
#define TOOK_USEC (5 * PL_USEC_PER_SEC)

/* The fastest of those who are there, the newer of two, and what those before it would give back. */
struct culprit {
        uint32_t at;
        uint64_t id, growth, before_least, before_most;
};

/* In a cgroup that goes in circles page cache counts as well. */
static uint64_t worth(const struct sim_run *run, const struct sim_list *list, uint32_t i)
{
        const struct pl_candidate *candidate = &list->candidates[i];
        const struct pl_cgroup_sample *sample =
                &run->sights[sim_run_find(run, candidate->id)].sample;

        return candidate->gives_back_bytes +
               (list->is_in_circles ? sample->active_file_bytes + sample->inactive_file_bytes : 0);
}

/* The same, and what it would have taken, at most: limits may keep it from it. */
static uint64_t relief(const struct sim_run *run, const struct sim_list *list, uint32_t i)
{
        return worth(run, list, i) +
               list->candidates[i].growth_bytes_per_sec *
                       (run->scenario.settings.need_usec / PL_USEC_PER_SEC + 1);
}

/* What a kill has to give back to be worth it: less and less, until somebody does. */
static uint64_t floor_for(const struct sim_run *run, const struct sim_list *list)
{
        uint64_t floor = run->scenario.settings.kill_floor_bytes, most = 0;

        if (list->scope_id != 0)
                floor = sim_min(
                        floor, run->sights[sim_run_find(run, list->scope_id)].facts.max_bytes / 16);
        for (uint32_t i = 0; i < list->ranked; i++)
                most = sim_max(most, worth(run, list, i));
        while (floor > most && floor > SIM_PAGE)
                floor /= 2;
        return sim_max(floor, SIM_PAGE);
}

static bool is_faster(const struct pl_candidate *candidate, const struct culprit *culprit)
{
        if (candidate->growth_bytes_per_sec != culprit->growth)
                return candidate->growth_bytes_per_sec > culprit->growth;
        return culprit->growth > 0 && candidate->id > culprit->id;
}

static struct culprit find_culprit(const struct sim_run *run, const struct sim_list *list)
{
        uint64_t floor = floor_for(run, list), together = 0;
        struct culprit culprit = { .at = list->count };

        for (uint32_t i = 0; i < list->ranked; i++)
                if (is_faster(&list->candidates[i], &culprit)) {
                        culprit.at = i;
                        culprit.id = list->candidates[i].id;
                        culprit.growth = list->candidates[i].growth_bytes_per_sec;
                }
        for (uint32_t i = 0; i < culprit.at && i < list->ranked; i++) {
                if (worth(run, list, i) < floor ||
                    together++ >= run->scenario.settings.kill_together)
                        continue;
                culprit.before_least += worth(run, list, i);
                culprit.before_most += relief(run, list, i);
        }
        return culprit;
}

/* Nobody before the last that was chosen was passed over, unless he is too small to be worth it. Whoever goes is not, by what he
 * gives back or by how he grows. */
static void check_in_order(struct sim_run *run, const struct sim_list *list)
{
        uint64_t floor = floor_for(run, list);
        bool is_passed = false;

        for (uint32_t i = 0; i < list->ranked; i++) {
                const struct pl_candidate *candidate = &list->candidates[i];

                if (candidate->turn == PL_TURN_CHOSEN && is_passed)
                        sim_break(run, "%" PRIu64 " is taken out of its turn", candidate->id);
                if (candidate->turn == PL_TURN_NEXT)
                        is_passed = true;
                if (candidate->turn == PL_TURN_TOO_SMALL && worth(run, list, i) >= floor)
                        sim_break(run, "%" PRIu64 " is not too small", candidate->id);
                if (candidate->turn == PL_TURN_CHOSEN && relief(run, list, i) < floor)
                        sim_break(run, "%" PRIu64 " is too small to be taken", candidate->id);
        }
}

/* How far its growth reaches of what it would have to be, in ten-thousandths. */
static uint64_t explains(const struct sim_run *run, const struct pl_decision *decision,
                         uint64_t growth)
{
        uint64_t share = pl_ratio_scale(decision->verdict.fall_bytes_per_sec,
                                        run->scenario.settings.culprit_permyriad, 10000);

        return share == 0 ? UINT64_MAX : pl_ratio_scale(growth, 10000, share);
}

/* Whatever its figures say. What it was not looked at for may have been seen at the last look. */
static bool has_grown(const struct sim_run *run, const struct pl_decision *decision)
{
        uint32_t cgroup = sim_run_find(run, decision->id);

        return run->host.bodies[cgroup].took_usec + TOOK_USEC >= run->sights[cgroup].before.at_usec;
}

static void check_grower(struct sim_run *run, const struct pl_decision *decision,
                         const struct sim_list *list)
{
        struct culprit culprit = find_culprit(run, list);

        if (culprit.at == list->count || culprit.id != decision->id)
                sim_break(run, "%" PRIu64 " is not the one that grows fastest", decision->id);
        else if (relief(run, list, culprit.at) < floor_for(run, list))
                sim_break(run, "%" PRIu64 " is too small to be taken", decision->id);
        else if (culprit.before_least >= decision->need_bytes)
                sim_break(run, "those before %" PRIu64 " would have been enough", decision->id);
        else if (decision->verdict.scope == PL_SCOPE_HOST && sim_count_ending(run) == 0 &&
                 explains(run, decision, culprit.growth) < 9900)
                sim_break(run, "%" PRIu64 " does not explain it", decision->id);
        else if (!has_grown(run, decision))
                sim_break(run, "%" PRIu64 " took back what it had, and grew by nothing",
                          decision->id);
}

/* One that may not be taken, or stands far behind, grows faster still, or as fast and is newer. */
static bool is_outgrown(const struct sim_run *run, const struct sim_list *list,
                        const struct culprit *culprit)
{
        for (uint32_t i = list->ranked; i < list->count; i++)
                if (is_faster(&list->candidates[i], culprit))
                        return true;
        for (uint32_t i = 0; i < run->scenario.cgroup_count; i++)
                if (!sim_list_has(list, run->sights[i].id) &&
                    sim_seen_growth(run, i, STALE_USEC) > culprit->growth)
                        return true;
        return false;
}

/* Who has not been told from page cache of late is not blamed. */
static bool is_known(const struct sim_run *run, uint64_t id)
{
        const struct sim_sight *sight = &run->sights[sim_run_find(run, id)];

        return sight->told_usec + PL_USEC_PER_SEC / 2 >= sight->sample.at_usec;
}

/* The other way round: one explains the fall, those before it do not last, and they went all the same. */
static void check_not_grower(struct sim_run *run, const struct pl_decision *decision,
                             const struct sim_list *list)
{
        struct culprit culprit = find_culprit(run, list);

        if (culprit.at == list->count || culprit.at == 0 || sim_count_ending(run) > 0 ||
            !is_known(run, culprit.id) || is_outgrown(run, list, &culprit) ||
            culprit.growth < run->scenario.settings.growth_bytes_per_sec ||
            worth(run, list, culprit.at) < floor_for(run, list) ||
            decision->verdict.scope != PL_SCOPE_HOST ||
            explains(run, decision, culprit.growth) < 10100)
                return;
        if (culprit.before_most < decision->need_bytes &&
            list->candidates[culprit.at].turn != PL_TURN_CHOSEN)
                sim_break(run, "%" PRIu64 " explains it, and those before it do not last",
                          culprit.id);
}

static const struct pl_candidate *candidate_of(const struct sim_run *run,
                                               const struct pl_decision *decision)
{
        for (uint32_t i = 0; i < run->judgement.decision_count; i++) {
                const struct pl_decision *table = &run->judgement.decisions[i];

                for (uint32_t j = 0; table->number == decision->table && j < table->candidate_count;
                     j++)
                        if (table->candidates[j].id == decision->id)
                                return &table->candidates[j];
        }
        return NULL;
}

static void check_choice(struct sim_run *run, const struct pl_decision *decision)
{
        const struct pl_candidate *candidate = candidate_of(run, decision);
        struct sim_list list = sim_list_of(decision->candidates, decision->candidate_count,
                                           &decision->verdict);

        if (!candidate || candidate->turn != PL_TURN_CHOSEN)
                sim_break(run, "%" PRIu64 " is taken and was not chosen", decision->id);
        else if (candidate->gives_back_bytes != decision->expected_bytes)
                sim_break(run, "%" PRIu64 " is expected to give back something else", decision->id);
        if (decision->table != decision->number)
                return;
        if (decision->choice == PL_CHOICE_GROWER) {
                check_grower(run, decision, &list);
                return;
        }
        check_in_order(run, &list);
        check_not_grower(run, decision, &list);
}

static void check_choices(struct sim_run *run)
{
        for (uint32_t i = 0; i < run->judgement.decision_count; i++) {
                const struct pl_decision *decision = &run->judgement.decisions[i];

                if (sim_is_end(decision->measure) &&
                    (decision->choice == PL_CHOICE_ORDER || decision->choice == PL_CHOICE_GROWER))
                        check_choice(run, decision);
        }
}

const struct sim_rule sim_rules_choice[] = {
        { "choice", check_choices },
        {},
};
