/* SPDX-License-Identifier: Apache-2.0 */

/* What is being done to a workload, and what comes next: one table. Whatever is taken back is taken back here, before anything
 * stronger: neither a throttled nor a frozen process would hear SIGTERM.
 */

#include "engine_internal.h"
#include "plimsoll/base/assert.h"

enum { NOTHING = PL_MEASURE_KINDS };

/* One that has ended is looked at again within this, or is taken for what it was. */
#define DEAD_USEC (10 * PL_USEC_PER_SEC)

struct transition {
        uint8_t next;
        uint8_t undo;   /* enum pl_measure, before the action */
        uint8_t action; /* enum pl_measure */
};

#define STAY(state)                                                                                \
        {                                                                                          \
                PL_STATE_##state, NOTHING, NOTHING                                                 \
        }
#define GO(state)                                                                                  \
        {                                                                                          \
                PL_STATE_##state, NOTHING, NOTHING                                                 \
        }
#define DO(state, act)                                                                             \
        {                                                                                          \
                PL_STATE_##state, NOTHING, PL_MEASURE_##act                                        \
        }
#define END(undo)                                                                                  \
        {                                                                                          \
                PL_STATE_IDLE, PL_MEASURE_##undo, NOTHING                                          \
        }
#define CHANGE(state, undo, act)                                                                   \
        {                                                                                          \
                PL_STATE_##state, PL_MEASURE_##undo, PL_MEASURE_##act                              \
        }

/* clang-format off */
static const struct transition table[PL_STATES][PL_EVENTS] = {
        /*                 RECLAIM                 THROTTLE                    FREEZE
         *                 TERM                    KILL                        CALM
         *                 LATE                    DONE                        FAILED             FRESH */
        [PL_STATE_IDLE] = {
                           DO(RECLAIMED, RECLAIM), DO(THROTTLED, THROTTLE),    DO(FROZEN, FREEZE),
                           DO(TERMED, TERM),       DO(DYING, KILL),            STAY(IDLE),
                           STAY(IDLE),             STAY(IDLE),                 STAY(IDLE),        STAY(IDLE) },
        [PL_STATE_RECLAIMED] = {
                           STAY(RECLAIMED),        DO(THROTTLED, THROTTLE),    DO(FROZEN, FREEZE),
                           DO(TERMED, TERM),       DO(DYING, KILL),            GO(IDLE),
                           GO(IDLE),               GO(IDLE),                   GO(IDLE),          STAY(RECLAIMED) },
        [PL_STATE_THROTTLED] = {
                           STAY(THROTTLED),        STAY(THROTTLED),            CHANGE(FROZEN, RELEASE, FREEZE),
                           CHANGE(TERMED, RELEASE, TERM), CHANGE(DYING, RELEASE, KILL), END(RELEASE),
                           END(RELEASE),           STAY(THROTTLED),            END(RELEASE),      STAY(THROTTLED) },
        [PL_STATE_FROZEN] = {
                           STAY(FROZEN),           STAY(FROZEN),               STAY(FROZEN),
                           CHANGE(TERMED, THAW, TERM), CHANGE(DYING, THAW, KILL), END(THAW),
                           END(THAW),              STAY(FROZEN),               END(THAW),         STAY(FROZEN) },
        [PL_STATE_TERMED] = {
                           STAY(TERMED),           STAY(TERMED),               STAY(TERMED),
                           STAY(TERMED),           DO(DYING, KILL),            GO(IDLE),
                           DO(DYING, KILL),        GO(DEAD),                   GO(STUCK),         STAY(TERMED) },
        [PL_STATE_DYING] = {
                           STAY(DYING),            STAY(DYING),                STAY(DYING),
                           STAY(DYING),            STAY(DYING),                STAY(DYING),
                           GO(STUCK),              GO(DEAD),                   GO(STUCK),         STAY(DYING) },
        [PL_STATE_DEAD] = {
                           STAY(DEAD),             STAY(DEAD),                 STAY(DEAD),
                           STAY(DEAD),             STAY(DEAD),                 STAY(DEAD),
                           GO(IDLE),               STAY(DEAD),                 STAY(DEAD),        GO(IDLE) },
        [PL_STATE_STUCK] = {
                           STAY(STUCK),            STAY(STUCK),                STAY(STUCK),
                           STAY(STUCK),            STAY(STUCK),                STAY(STUCK),
                           GO(IDLE),               GO(DEAD),                   STAY(STUCK),       STAY(STUCK) },
};
/* clang-format on */

bool pl_ladder_is_ending(const struct pl_engine_cgroup *cgroup)
{
        uint64_t state = cgroup->memory.state;

        return state == PL_STATE_TERMED || state == PL_STATE_DYING || state == PL_STATE_DEAD;
}

/* Who is frozen does not stall; who is throttled does nothing else. */
bool pl_ladder_holds(const struct pl_engine *engine, uint64_t scope_id)
{
        for (uint32_t i = 0; i < engine->acting_count; i++)
                if (pl_cgroup_at(engine, engine->acting[i])->memory.state == PL_STATE_THROTTLED &&
                    pl_cgroup_is_below(engine, engine->acting[i], scope_id))
                        return true;
        return false;
}

/* What is undone, what is done, and what follows for one that is killed again and again. */
static bool has_decisions(const struct pl_step *step)
{
        return step->judgement->decision_count + 3 <= PL_DECISIONS_MAX;
}

bool pl_ladder_has_room(const struct pl_step *step, uint32_t most_acting)
{
        return has_decisions(step) && step->engine->acting_count < most_acting;
}

/* ---- decisions ---- */

/* The first of a choice has the table, the others name it. */
static void add_table(struct pl_decision *decision, struct pl_choosing *choosing)
{
        decision->need_bytes = choosing->need_bytes;
        if (choosing->table == 0 && choosing->count > 0) {
                choosing->table = decision->number;
                decision->candidate_count = choosing->count;
                for (uint32_t i = 0; i < choosing->count; i++)
                        decision->candidates[i] = choosing->candidates[i];
        }
        decision->table = choosing->table;
}

void pl_ladder_decide(struct pl_step *step, enum pl_measure measure, uint64_t id,
                      uint64_t deadline_usec, const struct pl_measure_options *options)
{
        struct pl_judgement *judgement = step->judgement;
        struct pl_decision *decision = &judgement->decisions[judgement->decision_count++];

        pl_assert(judgement->decision_count <= PL_DECISIONS_MAX);

        decision->number = ++step->engine->memory.decisions;
        decision->step = judgement->step;
        decision->at_usec = step->now_usec;
        decision->measure = (uint32_t) measure;
        decision->candidate_count = 0;
        decision->id = id;
        decision->amount_bytes = options->amount_bytes;
        decision->deadline_usec = deadline_usec;
        decision->expected_bytes = options->expected_bytes;
        decision->need_bytes = 0;
        decision->table = 0;
        decision->choice = (uint32_t) options->choice;
        decision->reserved = 0;
        decision->verdict = pl_scope_verdict(step, options->scope);
        if (options->choosing)
                add_table(decision, options->choosing);
}

/* The shortage for which something is done to it, or the host's if that has passed. */
static struct pl_scope_state *scope_of(struct pl_engine *engine,
                                       const struct pl_engine_cgroup *cgroup)
{
        struct pl_scope_state *scope = pl_scope_find(engine, cgroup->memory.scope_id);

        return scope ? scope : pl_scope_find(engine, 0);
}

/* How long it is given. */
static uint64_t time_for(const struct pl_settings *settings, const struct pl_cgroup_facts *facts,
                         enum pl_measure measure)
{
        if (measure == PL_MEASURE_THROTTLE)
                return settings->throttle_usec;
        if (measure == PL_MEASURE_FREEZE)
                return facts->freeze_max_usec;
        if (measure == PL_MEASURE_TERM)
                return facts->grace_usec;
        if (measure == PL_MEASURE_KILL)
                return settings->kill_deadline_usec;
        pl_assert(measure == PL_MEASURE_RECLAIM);
        return settings->patience_usec;
}

/* ---- the change ---- */

/* In the order of their ids, so that it does not matter where in memory they are. */
static void note_acting(struct pl_engine *engine, uint32_t index, bool is_acting)
{
        uint64_t id = pl_cgroup_at(engine, index)->facts.id;
        uint32_t count = 0, i;

        for (i = 0; i < engine->acting_count; i++)
                if (engine->acting[i] != index)
                        engine->acting[count++] = engine->acting[i];
        if (is_acting) {
                pl_assert(count < PL_ACTING_MAX);
                for (i = count++;
                     i > 0 && pl_cgroup_at(engine, engine->acting[i - 1])->facts.id > id; i--)
                        engine->acting[i] = engine->acting[i - 1];
                engine->acting[i] = index;
        }
        engine->acting_count = count;
}

void pl_ladder_note(struct pl_engine *engine, uint32_t index)
{
        note_acting(engine, index, true);
}

static void undo(struct pl_step *step, const struct pl_engine_cgroup *cgroup,
                 enum pl_measure measure)
{
        struct pl_scope_state *scope = scope_of(step->engine, cgroup);
        const struct pl_measure_options options = { .choice = PL_CHOICE_OVER, .scope = scope };

        /* What stood still because of us says nothing of what comes now. */
        scope->fresh_usec = step->now_usec;
        step->engine->memory.scopes[0].fresh_usec = step->now_usec;
        pl_ladder_decide(step, measure, cgroup->facts.id, 0, &options);
}

static void act(struct pl_step *step, uint32_t index, enum pl_measure measure,
                const struct pl_measure_options *options)
{
        struct pl_engine_cgroup *cgroup = pl_cgroup_at(step->engine, index);
        struct pl_cgroup_memory *memory = &cgroup->memory;

        memory->until_usec = step->now_usec +
                             time_for(&step->engine->settings, &cgroup->facts, measure);
        memory->expected_bytes = options->expected_bytes;
        memory->scope_id = options->scope->id;
        pl_ladder_decide(step, measure, cgroup->facts.id, memory->until_usec, options);
        memory->decision = step->engine->memory.decisions;
        /* KILL after TERM is the same end. */
        if (measure == PL_MEASURE_TERM ||
            (measure == PL_MEASURE_KILL && memory->state != PL_STATE_TERMED))
                pl_again_count(step, index, options);
}

/* With an outcome or a deadline there is no shortage at hand: it is still the one that it was taken for. */
void pl_ladder_change(struct pl_step *step, uint32_t index, enum pl_ladder_event event,
                      const struct pl_measure_options *options)
{
        struct pl_engine *engine = step->engine;
        struct pl_engine_cgroup *cgroup = pl_cgroup_at(engine, index);
        struct pl_cgroup_memory *memory = &cgroup->memory;
        const struct transition *transition = &table[memory->state][event];
        const struct pl_measure_options same = { .choice = PL_CHOICE_OVER,
                                                 .scope = scope_of(engine, cgroup),
                                                 .expected_bytes = memory->expected_bytes };

        if (transition->undo != NOTHING)
                undo(step, cgroup, transition->undo);
        if (transition->action != NOTHING)
                act(step, index, transition->action, options ? options : &same);
        if (transition->next == memory->state)
                return;
        memory->state = transition->next;
        if (memory->state == PL_STATE_DEAD)
                memory->until_usec = step->now_usec + DEAD_USEC;
        if (memory->state == PL_STATE_STUCK)
                memory->until_usec = step->now_usec + engine->settings.kill_deadline_usec;
        note_acting(engine, index, memory->state != PL_STATE_IDLE);
}

/* ---- what became of it ---- */

/* What was seen before is no evidence any more, of any shortage that it was part of. */
static void begin_anew(struct pl_step *step, struct pl_scope_state *scope)
{
        scope->evidence = 0;
        scope->fresh_usec = step->now_usec;
        scope->near_count = 0;
        scope->thrash_usec = 0;
}

/* A kill that helped is given time to show it, in the shortage that it was for. */
static void end_kill(struct pl_step *step, uint32_t index, bool helped)
{
        struct pl_engine *engine = step->engine;
        struct pl_cgroup_memory *memory = &pl_cgroup_at(engine, index)->memory;
        struct pl_scope_state *own = pl_scope_find(engine, memory->scope_id);

        memory->ended_usec = step->now_usec;
        memory->is_counted = 0;
        begin_anew(step, &engine->memory.scopes[0]);
        for (uint32_t i = 1; i < PL_SCOPES_MAX; i++)
                if (engine->memory.scopes[i].id != 0 &&
                    pl_cgroup_is_below(engine, index, engine->memory.scopes[i].id))
                        begin_anew(step, &engine->memory.scopes[i]);
        if (helped && own)
                own->cool_usec = step->now_usec + engine->settings.kill_cool_down_usec;
}

static enum pl_ladder_event event_of(const struct pl_outcome *outcome, uint64_t state)
{
        bool is_end = state == PL_STATE_TERMED || state == PL_STATE_DYING;

        switch (outcome->result) {
        case PL_RESULT_DONE:
        case PL_RESULT_PARTLY:
                return PL_EVENT_DONE;
        case PL_RESULT_GONE:
                return is_end ? PL_EVENT_DONE : PL_EVENT_FAILED;
        case PL_RESULT_LATE:
                return PL_EVENT_LATE;
        default:
                return PL_EVENT_FAILED;
        }
}

/* A cgroup that went in circles fought for page cache, and that stays in it when who read it has died: at the limit it is seen
 * whether that helped, and not by what came back. */
static bool has_helped(struct pl_engine *engine, const struct pl_engine_cgroup *cgroup,
                       const struct pl_outcome *outcome)
{
        const struct pl_scope_state *scope = pl_scope_find(engine, cgroup->memory.scope_id);

        return (scope && scope->id != 0 && scope->thrash_usec != 0) ||
               outcome->bytes >= cgroup->memory.expected_bytes / 2;
}

/* All that an outcome brings about by itself: that one has died decides nothing. */
static bool takes_back(uint64_t state, enum pl_ladder_event event)
{
        return table[state][event].undo != NOTHING;
}

void pl_ladder_take_outcome(struct pl_step *step, const struct pl_outcome *outcome)
{
        uint32_t index = pl_cgroup_find(step->engine, outcome->id);
        bool is_end = outcome->measure == PL_MEASURE_TERM || outcome->measure == PL_MEASURE_KILL;
        struct pl_engine_cgroup *cgroup;
        enum pl_ladder_event event;

        if (index == PL_POOL_NONE)
                return;
        cgroup = pl_cgroup_at(step->engine, index);
        event = event_of(outcome, cgroup->memory.state);
        /* What was done without a decision, while nobody decided, is true all the same. */
        if ((outcome->decision != 0 && cgroup->memory.decision != outcome->decision) ||
            (cgroup->memory.state == PL_STATE_DEAD && event != PL_EVENT_DONE))
                return;
        /* That it is stuck was found out before it was said, and lasts its time. */
        if (event == PL_EVENT_LATE && cgroup->memory.state == PL_STATE_STUCK)
                return;
        /* Grace is over, or was of no use: that is looked at with the shortage. What there is no room for waits as well. */
        if ((cgroup->memory.state == PL_STATE_TERMED && event != PL_EVENT_DONE) ||
            (takes_back(cgroup->memory.state, event) && !has_decisions(step))) {
                cgroup->memory.until_usec = step->now_usec;
                return;
        }
        pl_ladder_change(step, index, event, NULL);
        /* It may have been seen to be empty, and looked at again, before it was said. */
        if (cgroup->memory.state == PL_STATE_DEAD ||
            (is_end && event == PL_EVENT_DONE && cgroup->memory.state == PL_STATE_IDLE))
                end_kill(step, index, has_helped(step->engine, cgroup, outcome));
}

void pl_ladder_gone(struct pl_step *step, uint32_t index)
{
        struct pl_engine_cgroup *cgroup = pl_cgroup_at(step->engine, index);

        if (cgroup->memory.state == PL_STATE_TERMED || cgroup->memory.state == PL_STATE_DYING ||
            cgroup->memory.state == PL_STATE_STUCK)
                end_kill(step, index, true);
        note_acting(step->engine, index, false);
}

/* ---- what time brings ---- */

static bool may_go_on(const struct pl_engine *engine, const struct pl_engine_cgroup *cgroup)
{
        if (pl_setting(engine, PL_SETTING_OBSERVE) || pl_setting(engine, PL_SETTING_PAUSED) ||
            pl_engine_turn(&cgroup->facts) != PL_TURN_NEXT)
                return false;
        return cgroup->memory.scope_id == 0 ? pl_setting(engine, PL_SETTING_HOST)
                                            : pl_acts_locally(engine, cgroup);
}

/* Is the shortage still there for which it was asked to go? The host's is seen at every step, and waited for as long as it may
 * come back; one of a cgroup is seen at its samples alone. */
static enum pl_ladder_event event_at_end_of_grace(struct pl_engine *engine,
                                                  const struct pl_engine_cgroup *cgroup)
{
        const struct pl_scope_state *scope = pl_scope_find(engine, cgroup->memory.scope_id);

        if (!scope || scope->severity < PL_SEVERITY_SCARCE)
                return PL_EVENT_CALM;
        if (scope->id == 0 && !pl_scope_is_sure(scope))
                return PL_EVENTS;
        return cgroup->facts.rungs >> PL_RUNG_KILL & 1 ? PL_EVENT_LATE : PL_EVENT_FAILED;
}

/* Then there is no time for grace. */
static bool is_critical(struct pl_engine *engine, const struct pl_engine_cgroup *cgroup)
{
        const struct pl_scope_state *scope = pl_scope_find(engine, cgroup->memory.scope_id);

        return scope && pl_scope_is_critical(scope) && cgroup->facts.rungs >> PL_RUNG_KILL & 1;
}

/* Its stalls are not told from others, so once memory is scarce it is held for a short while only. */
static bool hides_shortage(const struct pl_step *step, const struct pl_engine_cgroup *cgroup)
{
        const struct pl_settings *settings = &step->engine->settings;
        uint64_t began_usec = cgroup->memory.until_usec - settings->throttle_usec;

        return scope_of(step->engine, cgroup)->evidence >> PL_EVIDENCE_SCARCE & 1 &&
               step->now_usec >= began_usec + settings->patience_usec;
}

/* Reversible measures go when it is calm; who was asked to go has until his grace is over, and then goes if it is not. */
static enum pl_ladder_event event_now(const struct pl_step *step,
                                      const struct pl_engine_cgroup *cgroup)
{
        const struct pl_cgroup_memory *memory = &cgroup->memory;
        bool is_late = step->now_usec >= memory->until_usec;

        if (memory->state == PL_STATE_DYING || memory->state == PL_STATE_DEAD ||
            memory->state == PL_STATE_STUCK)
                return is_late ? PL_EVENT_LATE : PL_EVENTS;
        /* Who was asked to go has gone; the outcome may say so later. */
        if (memory->state == PL_STATE_TERMED && pl_engine_turn(&cgroup->facts) == PL_TURN_EMPTY)
                return PL_EVENT_DONE;
        if (!may_go_on(step->engine, cgroup))
                return PL_EVENT_CALM;
        /* It may be somebody else who is being ended for it just now. */
        if (memory->state == PL_STATE_TERMED && pl_setting(step->engine, PL_SETTING_BLIND))
                return PL_EVENTS;
        if (memory->state == PL_STATE_TERMED)
                return is_late || is_critical(step->engine, cgroup)
                               ? event_at_end_of_grace(step->engine, cgroup)
                               : PL_EVENTS;
        if (memory->state == PL_STATE_THROTTLED && hides_shortage(step, cgroup))
                return PL_EVENT_LATE;
        /* Not before it is calm: a stall that was the reason is not seen any more because of it. */
        if (scope_of(step->engine, cgroup)->severity == PL_SEVERITY_CALM)
                return PL_EVENT_CALM;
        return is_late ? PL_EVENT_LATE : PL_EVENTS;
}

void pl_ladder_settle(struct pl_step *step)
{
        struct pl_engine *engine = step->engine;

        /* From the end, because whoever is through leaves the list. */
        for (uint32_t i = engine->acting_count; i > 0; i--) {
                uint32_t index = engine->acting[i - 1];
                struct pl_engine_cgroup *cgroup = pl_cgroup_at(engine, index);
                enum pl_ladder_event event = event_now(step, cgroup);

                if (event == PL_EVENTS || !has_decisions(step))
                        continue;
                pl_ladder_change(step, index, event, NULL);
                if (event == PL_EVENT_DONE)
                        end_kill(step, index, true);
        }
}
