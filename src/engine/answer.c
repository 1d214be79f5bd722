/* SPDX-License-Identifier: Apache-2.0 */

/* What is done about a shortage: what can be taken back first, while there is time; an end for as many as relief takes when
 * the evidence of this very step asks for it; and if there is nobody, a cry.
 */

#include "engine_internal.h"
#include "plimsoll/base/assert.h"
#include "plimsoll/base/size.h"

static bool may_act(const struct pl_engine *engine, const struct pl_scope_state *scope)
{
        if (pl_engine_waits(engine))
                return false;
        if (scope->id == 0)
                return pl_setting(engine, PL_SETTING_HOST);
        return pl_acts_locally(engine, pl_cgroup_at(engine, pl_cgroup_find(engine, scope->id)));
}

/* Once in an episode, and again when it lasts. */
static bool is_answered(const struct pl_step *step, const struct pl_scope_state *scope)
{
        return scope->answered_usec != 0 &&
               step->now_usec - scope->answered_usec < step->engine->settings.backoff_hold_usec;
}

static void decide_or_change(struct pl_step *step, uint32_t index, enum pl_ladder_event event,
                             const struct pl_measure_options *options)
{
        static const enum pl_measure measures[] = {
                [PL_EVENT_RECLAIM] = PL_MEASURE_RECLAIM, [PL_EVENT_THROTTLE] = PL_MEASURE_THROTTLE,
                [PL_EVENT_FREEZE] = PL_MEASURE_FREEZE,   [PL_EVENT_TERM] = PL_MEASURE_TERM,
                [PL_EVENT_KILL] = PL_MEASURE_KILL,
        };

        pl_assert(event <= PL_EVENT_KILL);

        if (pl_setting(step->engine, PL_SETTING_OBSERVE))
                pl_ladder_decide(step, measures[event], pl_cgroup_at(step->engine, index)->facts.id,
                                 0, options);
        else
                pl_ladder_change(step, index, event, options);
}

/* ---- an end ---- */

static bool has_rung(const struct pl_engine_cgroup *cgroup, enum pl_rung rung)
{
        return cgroup->facts.rungs >> rung & 1;
}

/* SIGTERM takes time, and to who has started it a clean exit is one: so only where it comes back, and while there is time. */
static enum pl_ladder_event end_for(const struct pl_step *step, const struct pl_scope_state *scope,
                                    const struct pl_engine_cgroup *cgroup)
{
        if (!has_rung(cgroup, PL_RUNG_KILL))
                return PL_EVENT_TERM;
        if (!has_rung(cgroup, PL_RUNG_TERM) || !(cgroup->facts.flags & PL_CGROUP_RETURNS) ||
            pl_scope_is_critical(scope) ||
            pl_scope_verdict(step, scope).end_usec <= cgroup->facts.grace_usec)
                return PL_EVENT_KILL;
        return PL_EVENT_TERM;
}

static void cry(struct pl_step *step, struct pl_scope_state *scope, struct pl_choosing *choosing)
{
        const struct pl_measure_options options = { .choice = PL_CHOICE_NOBODY,
                                                    .scope = scope,
                                                    .choosing = choosing };

        if (is_answered(step, scope))
                return;
        scope->answered_usec = step->now_usec;
        pl_ladder_decide(step, PL_MEASURE_ALARM, scope->id, 0, &options);
}

static void end_chosen(struct pl_step *step, struct pl_scope_state *scope,
                       struct pl_choosing *choosing)
{
        bool observes = pl_setting(step->engine, PL_SETTING_OBSERVE);

        if (observes && is_answered(step, scope))
                return;
        if (observes)
                scope->answered_usec = step->now_usec;
        for (uint32_t i = 0; i < choosing->ranked; i++) {
                const struct pl_engine_cgroup *cgroup = pl_cgroup_at(step->engine,
                                                                     choosing->indices[i]);
                const struct pl_measure_options options = {
                        .choice = choosing->choice,
                        .scope = scope,
                        .choosing = choosing,
                        .expected_bytes = choosing->candidates[i].gives_back_bytes,
                };

                if (choosing->candidates[i].turn == PL_TURN_CHOSEN &&
                    pl_ladder_has_room(step, PL_ACTING_MAX))
                        decide_or_change(step, choosing->indices[i], end_for(step, scope, cgroup),
                                         &options);
        }
}

/* ---- what can be taken back ---- */

/* What could come back from it, above what it was promised: page cache that is not in use, and half of what fits into swap. */
static uint64_t reclaim_room(const struct pl_engine *engine, const struct pl_engine_cgroup *cgroup)
{
        const struct pl_cgroup_sample *sample = &cgroup->sample;
        uint64_t above = sample->current_bytes -
                         PL_MIN(sample->current_bytes, cgroup->facts.low_bytes);
        uint64_t swappable = PL_MIN(sample->anon_bytes, pl_cgroup_swap_room(engine, cgroup)) / 2;

        return PL_MIN(above, sample->inactive_file_bytes + swappable);
}

struct rung {
        enum pl_rung rung;
        enum pl_ladder_event event;
        uint64_t amount_bytes;
        uint64_t expected_bytes;
};

static bool is_open(const struct pl_engine_cgroup *cgroup, const struct pl_scope_state *scope,
                    enum pl_rung rung)
{
        uint64_t tried = cgroup->memory.tried_usec == scope->since_usec ? cgroup->memory.tried : 0;

        return has_rung(cgroup, rung) && !(tried >> rung & 1);
}

/* The mildest that may help: reclaim where there is something and others go later; throttle and freeze only what grows. */
static bool find_rung(const struct pl_step *step, const struct pl_scope_state *scope,
                      const struct pl_choosing *choosing, uint32_t i, struct rung *ret_rung)
{
        const uint64_t pressing = UINT64_C(1) << PL_EVIDENCE_SCARCE |
                                  UINT64_C(1) << PL_EVIDENCE_END_COMES |
                                  UINT64_C(1) << PL_EVIDENCE_LIMIT;
        const struct pl_settings *settings = &step->engine->settings;
        const struct pl_engine_cgroup *cgroup = pl_cgroup_at(step->engine, choosing->indices[i]);
        const struct pl_candidate *candidate = &choosing->candidates[i];
        /* It would hide the stalls that tell how bad it is. */
        bool is_scarce = scope->evidence >> PL_EVIDENCE_SCARCE & 1;
        uint64_t room = reclaim_room(step->engine, cgroup);
        uint64_t saved = pl_share(candidate->growth_bytes_per_sec, settings->patience_usec,
                                  PL_USEC_PER_SEC);

        if (is_open(cgroup, scope, PL_RUNG_RECLAIM) && cgroup->memory.state == PL_STATE_IDLE &&
            room >= PL_MIB && candidate->order > choosing->candidates[choosing->ranked - 1].order) {
                room = PL_MIN(room, PL_MAX(choosing->need_bytes, settings->floor_bytes / 4));
                *ret_rung = (struct rung){ PL_RUNG_RECLAIM, PL_EVENT_RECLAIM, room, room };
                return true;
        }
        if (candidate->growth_bytes_per_sec < PL_MAX(settings->growth_bytes_per_sec, UINT64_C(1)))
                return false;
        /* At its own memory.high it is slowed already. */
        if (is_open(cgroup, scope, PL_RUNG_THROTTLE) && !is_scarce &&
            cgroup->memory.state <= PL_STATE_RECLAIMED &&
            cgroup->sample.current_bytes < cgroup->facts.high_bytes) {
                *ret_rung = (struct rung){ PL_RUNG_THROTTLE, PL_EVENT_THROTTLE,
                                           cgroup->sample.current_bytes, saved };
                return true;
        }
        if (!is_open(cgroup, scope, PL_RUNG_FREEZE) || cgroup->memory.state > PL_STATE_THROTTLED ||
            cgroup->facts.flags & PL_CGROUP_FROZEN || !(scope->evidence & pressing))
                return false;
        *ret_rung = (struct rung){ PL_RUNG_FREEZE, PL_EVENT_FREEZE, 0, saved };
        return true;
}

static void climb(struct pl_step *step, struct pl_scope_state *scope, struct pl_choosing *choosing,
                  uint32_t i, const struct rung *rung)
{
        struct pl_cgroup_memory *memory = &pl_cgroup_at(step->engine, choosing->indices[i])->memory;
        const struct pl_measure_options options = { .choice = PL_CHOICE_ORDER,
                                                    .scope = scope,
                                                    .choosing = choosing,
                                                    .amount_bytes = rung->amount_bytes,
                                                    .expected_bytes = rung->expected_bytes };

        for (uint32_t other = 0; other < choosing->ranked; other++)
                choosing->candidates[other].turn = other == i ? PL_TURN_CHOSEN : PL_TURN_NEXT;
        if (memory->tried_usec != scope->since_usec)
                memory->tried = 0;
        memory->tried_usec = scope->since_usec;
        memory->tried |= UINT64_C(1) << rung->rung;
        scope->mild_usec = step->now_usec + step->engine->settings.patience_usec;
        decide_or_change(step, choosing->indices[i], rung->event, &options);
}

static void ease(struct pl_step *step, struct pl_scope_state *scope, struct pl_choosing *choosing)
{
        struct rung rung;

        if (step->now_usec < scope->mild_usec ||
            !pl_ladder_has_room(step, PL_ACTING_MAX - PL_ACTING_FOR_ENDS))
                return;
        for (uint32_t i = 0; i < choosing->ranked; i++)
                if (find_rung(step, scope, choosing, i, &rung)) {
                        climb(step, scope, choosing, i, &rung);
                        return;
                }
}

/* ---- the answer ---- */

void pl_answer(struct pl_step *step, struct pl_scope_state *scope, struct pl_choosing *choosing)
{
        struct pl_engine *engine = step->engine;
        bool is_critical = pl_scope_is_critical(scope);
        uint32_t dying;
        uint64_t growth;

        pl_assert(scope->severity >= PL_SEVERITY_SHORT);

        if (!may_act(engine, scope))
                return;
        (void) pl_choose_in_flight(engine, scope, &dying, &growth, step->now_usec);
        /* Those who are on their way are given their time, unless they are not enough. */
        if (dying > 0 && (!is_critical || choosing->need_bytes == 0 || choosing->chosen == 0))
                return;
        if (!pl_scope_is_sure(scope) || (step->now_usec < scope->cool_usec && !is_critical)) {
                /* Not while it is getting better. */
                if (scope->rough_usec == step->now_usec)
                        ease(step, scope, choosing);
        } else if (choosing->chosen > 0)
                end_chosen(step, scope, choosing);
        else if (pl_ladder_has_room(step, UINT32_MAX))
                cry(step, scope, choosing);
}

/* ---- memory.high only stalls it ---- */

static void relax(struct pl_step *step, const struct pl_engine_cgroup *cgroup,
                  struct pl_measure_options *options)
{
        options->amount_bytes = PL_MIN(cgroup->facts.max_bytes,
                                       cgroup->facts.high_bytes + cgroup->facts.high_bytes / 4);
        pl_ladder_decide(step, PL_MEASURE_RELAX, cgroup->facts.id, 0, options);
}

static bool may_end(const struct pl_engine_cgroup *cgroup)
{
        return has_rung(cgroup, PL_RUNG_KILL) && !pl_ladder_is_ending(cgroup) &&
               cgroup->memory.state != PL_STATE_STUCK;
}

void pl_answer_livelock(struct pl_step *step, uint32_t index)
{
        struct pl_engine *engine = step->engine;
        struct pl_engine_cgroup *cgroup = pl_cgroup_at(engine, index);
        const struct pl_scope_state scope = { .id = cgroup->facts.id,
                                              .severity = PL_SEVERITY_SCARCE,
                                              .evidence = UINT64_C(1) << PL_EVIDENCE_HIGH };
        struct pl_measure_options options = { .choice = PL_CHOICE_LIVELOCK, .scope = &scope };
        bool may = cgroup->facts.flags & PL_CGROUP_WORKLOAD &&
                   pl_engine_turn(&cgroup->facts) == PL_TURN_NEXT && pl_acts_on_any(engine, cgroup);
        uint64_t *answered_usec = &cgroup->memory.lock_answered_usec;

        if (pl_engine_waits(engine) || !pl_ladder_has_room(step, PL_ACTING_MAX) ||
            (*answered_usec != 0 &&
             step->now_usec - *answered_usec < engine->settings.backoff_hold_usec))
                return;
        *answered_usec = step->now_usec;
        options.expected_bytes = pl_cgroup_gives_back(cgroup);
        if (may && cgroup->facts.livelock == PL_LIVELOCK_RELAX)
                relax(step, cgroup, &options);
        else if (may && cgroup->facts.livelock == PL_LIVELOCK_KILL && may_end(cgroup))
                decide_or_change(step, index, PL_EVENT_KILL, &options);
        else
                pl_ladder_decide(step, PL_MEASURE_ALARM, cgroup->facts.id, 0, &options);
}
