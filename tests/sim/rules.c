/* SPDX-License-Identifier: Apache-2.0 */

#include "rules.h"

#include <inttypes.h>
#include <stdarg.h>

#include "plimsoll/base/clock.h"
#include "plimsoll/base/ratio.h"

void sim_break(struct sim_run *run, const char *format, ...)
{
        va_list arguments;

        if (run->broken)
                return;
        va_start(arguments, format);
        vsnprintf(run->why, sizeof run->why, format, arguments);
        va_end(arguments);
        run->broken = run->why;
}

bool sim_knows_below(const struct sim_run *run, uint32_t cgroup, uint64_t scope_id)
{
        for (; scope_id != 0 && cgroup != SIM_HOST; cgroup = run->scenario.cgroups[cgroup].parent)
                if (run->sights[cgroup].id == scope_id)
                        return true;
        return scope_id == 0;
}

/* ---- who may be taken ---- */

enum pl_turn sim_turn(const struct pl_cgroup_facts *facts)
{
        static const struct {
                uint32_t flag;
                enum pl_turn turn;
        } rows[] = {
                { PL_CGROUP_PROTECTED, PL_TURN_PROTECTED },
                { PL_CGROUP_OBSERVED, PL_TURN_OBSERVED },
                { PL_CGROUP_RESTORED, PL_TURN_RESTORED },
                { PL_CGROUP_PAUSED, PL_TURN_PAUSED },
        };

        for (size_t i = 0; i < PL_ARRAY_LENGTH(rows); i++)
                if (facts->flags & rows[i].flag)
                        return rows[i].turn;
        if (!(facts->flags & PL_CGROUP_POPULATED))
                return PL_TURN_EMPTY;
        return facts->rungs & (1U << PL_RUNG_TERM | 1U << PL_RUNG_KILL) ? PL_TURN_NEXT
                                                                        : PL_TURN_NO_RUNG;
}

int32_t sim_order(const struct pl_cgroup_facts *facts)
{
        if (facts->flags & PL_CGROUP_PROFILE)
                return facts->order;
        if (facts->score_adj < 0 && !(facts->flags & PL_CGROUP_SYSTEM))
                return 0;
        return facts->score_adj;
}

uint64_t sim_gives_back(const struct sim_sight *sight)
{
        uint64_t use = sim_used(&sight->sample);

        if (sight->sample.stat_at_usec == 0)
                return use;
        return sim_min(use, sight->sample.anon_bytes + sight->told_swap_bytes +
                                    sim_less(use, sight->told_use_bytes));
}

bool sim_may_be_taken(const struct sim_run *run, uint32_t cgroup)
{
        const struct sim_sight *sight = &run->sights[cgroup];
        const struct sim_deal *deal = &run->deals[cgroup];

        return sight->id != 0 && sight->sample.have != 0 &&
               sight->facts.flags & PL_CGROUP_WORKLOAD && sim_turn(&sight->facts) == PL_TURN_NEXT &&
               sim_gives_back(sight) >= SIM_PAGE && deal->decision == 0 && deal->ended_usec == 0 &&
               deal->stuck_usec == 0;
}

/* ---- what is under way ---- */

static void end_deal(struct sim_run *run, uint32_t cgroup, const struct pl_outcome *outcome)
{
        struct sim_deal *deal = &run->deals[cgroup];
        bool kills = run->sights[cgroup].facts.rungs >> PL_RUNG_KILL & 1;
        bool is_done = outcome->result == PL_RESULT_DONE || outcome->result == PL_RESULT_PARTLY ||
                       outcome->result == PL_RESULT_GONE;

        /* Who did not die in time is not taken for dead because its cgroup was not found. */
        if (deal->ended_usec != 0 ||
            (deal->decision == 0 && (!is_done || outcome->result == PL_RESULT_GONE)))
                return;
        /* That grace is over, or was of no use, ends it, or is looked at with the shortage: for a while it may be either. */
        if (outcome->measure == PL_MEASURE_TERM && !is_done && kills) {
                deal->decision = 0;
                deal->loose_usec = run->host.now_usec + 2 * PL_USEC_PER_SEC;
                return;
        }
        deal->stuck_usec = 0;
        if (is_done) {
                deal->ended_usec = run->host.now_usec;
                deal->last_decision = 0;
        } else
                deal->stuck_usec = run->host.now_usec + run->engine.settings.kill_deadline_usec;
        if (deal->scope_id == 0 && is_done)
                run->shortage.ended_usec = run->host.now_usec;
        if (deal->scope_id == 0 && is_done && outcome->bytes >= deal->expected_bytes / 2)
                run->shortage.helped_usec = run->host.now_usec;
        deal->decision = 0;
}

uint64_t sim_seen_growth(const struct sim_run *run, uint32_t cgroup, uint64_t window_usec)
{
        const struct pl_cgroup_sample *now = &run->sights[cgroup].sample;
        const struct pl_cgroup_sample *before = &run->sights[cgroup].before;
        uint64_t grown = sim_less(now->current_bytes + now->swap_bytes,
                                  before->current_bytes + before->swap_bytes);

        if (run->sights[cgroup].id == 0 || before->have == 0 ||
            now->at_usec + window_usec < run->host.now_usec)
                return 0;
        return pl_ratio_scale(grown, PL_USEC_PER_SEC, now->at_usec - before->at_usec);
}

/* Who was asked to go need not, once he may not be touched or nothing is to be done. */
static bool is_let_go(const struct sim_run *run, uint32_t cgroup)
{
        enum pl_turn turn = sim_turn(&run->sights[cgroup].facts);
        uint64_t flag = run->deals[cgroup].scope_id == 0 ? PL_SETTING_HOST : PL_SETTING_LOCAL;

        return run->deals[cgroup].measure == PL_MEASURE_TERM &&
               (run->scenario.settings.flags & (PL_SETTING_OBSERVE | PL_SETTING_PAUSED) ||
                !(run->scenario.settings.flags & flag) ||
                (turn != PL_TURN_NEXT && turn != PL_TURN_EMPTY));
}

/* What time ends without a word. */
static void age_deal(struct sim_run *run, uint32_t cgroup)
{
        struct sim_deal *deal = &run->deals[cgroup];
        uint64_t now = run->host.now_usec;

        if (deal->decision != 0 && is_let_go(run, cgroup))
                deal->decision = 0;
        /* Who was asked to go and is seen to be empty is gone, whenever that is said. */
        if (deal->decision != 0 && deal->measure == PL_MEASURE_TERM &&
            sim_turn(&run->sights[cgroup].facts) == PL_TURN_EMPTY) {
                deal->ended_usec = now;
                deal->decision = 0;
        }
        if (deal->decision != 0 && now >= deal->deadline_usec) {
                deal->stuck_usec = now + run->engine.settings.kill_deadline_usec;
                deal->decision = 0;
        }
        if (deal->ended_usec != 0 && (run->sights[cgroup].sample.at_usec > deal->ended_usec ||
                                      now > deal->ended_usec + 11 * PL_USEC_PER_SEC))
                deal->ended_usec = 0;
        /* A little longer than the engine's own reckoning, for in between both are right. */
        if (deal->stuck_usec != 0 && now > deal->stuck_usec + 5 * PL_USEC_PER_SEC)
                deal->stuck_usec = 0;
}

/* Whether one that did not go is still to is seen at looks: time in which there was none does not count. */
static void wait_for_looks(struct sim_run *run)
{
        uint64_t unseen = sim_less(run->host.now_usec - run->last_step_usec, SIM_SOON_USEC);

        for (uint32_t i = 0; i < run->scenario.cgroup_count; i++) {
                struct sim_deal *deal = &run->deals[i];

                if (deal->loose_usec > run->last_step_usec)
                        deal->loose_usec += unseen;
                if (deal->stuck_usec != 0)
                        deal->stuck_usec += unseen;
        }
}

void sim_book_outcomes(struct sim_run *run)
{
        wait_for_looks(run);
        for (uint64_t i = 0; i < run->snapshot.update_count; i++)
                if (run->updates[i].kind == PL_UPDATE_GONE)
                        run->deals[sim_run_find(run, run->updates[i].id)] = (struct sim_deal){};
        for (uint64_t i = 0; i < run->snapshot.outcome_count; i++) {
                const struct pl_outcome *outcome = &run->outcomes[i];
                uint32_t cgroup = sim_run_find(run, outcome->id);

                if (cgroup != SIM_HOST && run->sights[cgroup].id == outcome->id &&
                    run->deals[cgroup].last_decision == outcome->decision)
                        end_deal(run, cgroup, outcome);
        }
        for (uint32_t i = 0; i < run->scenario.cgroup_count; i++)
                age_deal(run, i);
}

static void begin_end(struct sim_run *run, uint32_t cgroup, const struct pl_decision *decision)
{
        struct sim_deal *deal = &run->deals[cgroup];
        struct sim_tally *tally = &run->tallies[cgroup];
        bool is_local = decision->verdict.scope == PL_SCOPE_CGROUP;

        if (decision->choice != PL_CHOICE_OVER)
                tally->kills++;
        run->irreversible++;
        tally->was_local = tally->was_local || is_local;
        tally->was_grower = tally->was_grower || decision->choice == PL_CHOICE_GROWER;
        if (run->scenario.settings.flags & PL_SETTING_OBSERVE)
                return;
        deal->decision = deal->last_decision = decision->number;
        deal->measure = decision->measure;
        deal->scope_id = decision->verdict.scope_id;
        deal->expected_bytes = decision->expected_bytes;
        deal->deadline_usec = decision->deadline_usec;
        deal->at_usec = decision->at_usec;
        deal->ended_usec = deal->stuck_usec = 0;
}

static void begin_hold(struct sim_run *run, uint32_t cgroup, const struct pl_decision *decision)
{
        struct sim_deal *deal = &run->deals[cgroup];

        if (run->scenario.settings.flags & PL_SETTING_OBSERVE)
                return;
        deal->hold_decision = decision->number;
        deal->hold_measure = decision->measure;
        deal->hold_deadline_usec = decision->deadline_usec;
        deal->hold_scope_id = decision->verdict.scope_id;
}

static void book(struct sim_run *run, const struct pl_decision *decision)
{
        uint32_t cgroup = sim_run_find(run, decision->id);

        run->decisions++;
        if (decision->measure == PL_MEASURE_ALARM) {
                run->alarms++;
                return;
        }
        if (cgroup == SIM_HOST)
                return;
        switch ((enum pl_measure) decision->measure) {
        case PL_MEASURE_TERM:
        case PL_MEASURE_KILL:
                begin_end(run, cgroup, decision);
                break;
        case PL_MEASURE_THROTTLE:
        case PL_MEASURE_FREEZE:
                begin_hold(run, cgroup, decision);
                break;
        case PL_MEASURE_RELEASE:
        case PL_MEASURE_THAW:
                run->deals[cgroup].hold_decision = 0;
                break;
        case PL_MEASURE_CAP:
                run->tallies[cgroup].was_capped = true;
                break;
        case PL_MEASURE_DOWN:
                run->tallies[cgroup].was_downed = true;
                break;
        case PL_MEASURE_RELAX:
                run->tallies[cgroup].was_relaxed = true;
                break;
        case PL_MEASURE_RECLAIM:
        case PL_MEASURE_ALARM:
        case PL_MEASURE_KINDS:
                break;
        }
}

/* Of whom it is said that memory of his stays. */
static void book_stays(struct sim_run *run, const struct pl_decision *decision)
{
        for (uint32_t i = 0; i < decision->candidate_count; i++) {
                const struct pl_candidate *candidate = &decision->candidates[i];

                if (sim_is_end(decision->measure) && candidate->turn == PL_TURN_CHOSEN &&
                    candidate->stays_bytes > 0)
                        run->tallies[sim_run_find(run, candidate->id)].was_stays = true;
        }
}

void sim_book_decisions(struct sim_run *run)
{
        for (uint32_t i = 0; i < run->judgement.decision_count; i++) {
                book_stays(run, &run->judgement.decisions[i]);
                book(run, &run->judgement.decisions[i]);
        }
        run->last_step_usec = run->host.now_usec;
}

/* ---- a step ---- */

static void check_all(struct sim_run *run, const struct sim_rule *rules)
{
        for (; rules->name && !run->broken; rules++) {
                rules->check(run);
                if (run->broken)
                        run->broken = rules->name;
        }
}

void sim_rules_check(struct sim_run *run)
{
        if (run->broken)
                return;
        if (run->snapshot.flags & PL_SNAPSHOT_RESUMED)
                run->shortage = (struct sim_shortage){ .helped_usec = run->shortage.helped_usec,
                                                       .ended_usec = run->shortage.ended_usec,
                                                       .heard_usec = run->shortage.heard_usec };
        run->looks[run->snapshot.step % PL_ARRAY_LENGTH(run->looks)] = run->snapshot.host;
        sim_book_outcomes(run);
        run->shortage.dying = 0;
        for (uint32_t i = 0; i < run->scenario.cgroup_count; i++)
                run->shortage.dying += run->deals[i].decision != 0;
        check_all(run, sim_rules_form);
        check_all(run, sim_rules_who);
        check_all(run, sim_rules_when);
        check_all(run, sim_rules_many);
        check_all(run, sim_rules_hold);
        check_all(run, sim_rules_order);
        check_all(run, sim_rules_choice);
        sim_book_decisions(run);
}
