/* SPDX-License-Identifier: Apache-2.0 */

/* Whose shortage it is, and how bad.
 *
 * That tasks stand still says nothing of the host by itself: a container at its own limit stalls, and the pressure of the whole
 * host rises with it. So the host's stalls count only while it is the host that reclaims, and are asked for together with
 * memory that is scarce. A cgroup at its limit is the other way round: its own stalls count, and only for itself.
 *
 * Severity rises at once and falls when it was better for a while. Whoever kills does not go by it but by the evidence, which is
 * of this very step.
 */

#include "engine_internal.h"
#include "plimsoll/base/assert.h"
#include "plimsoll/base/ratio.h"
#include "plimsoll/base/size.h"

/* How long it has to be better, for the host, and for a cgroup, which may be looked at every five seconds. */
#define SETTLE_USEC       PL_USEC_PER_SEC
#define LOCAL_SETTLE_USEC (12 * PL_USEC_PER_SEC)

/* At memory.high the kernel lets a task sleep for 2 s at a time, and counts it once. */
#define MET_USEC (4 * PL_USEC_PER_SEC)

#define EVIDENCE(name) (UINT64_C(1) << PL_EVIDENCE_##name)

struct pl_scope_state *pl_scope_find(struct pl_engine *engine, uint64_t id)
{
        struct pl_scope_state *scopes = engine->memory.scopes;

        if (id == 0)
                return &scopes[0];
        for (uint32_t i = 1; i < PL_SCOPES_MAX; i++)
                if (scopes[i].id == id)
                        return &scopes[i];
        return NULL;
}

bool pl_scope_is_critical(const struct pl_scope_state *scope)
{
        return scope->evidence & EVIDENCE(CRITICAL);
}

bool pl_scope_is_sure(const struct pl_scope_state *scope)
{
        const uint64_t pressing = EVIDENCE(STALL) | EVIDENCE(END_NEAR);
        uint64_t evidence = scope->evidence;

        if (scope->id != 0)
                return evidence & (EVIDENCE(REFAULTS) | EVIDENCE(UNRECLAIMABLE));
        return evidence & (EVIDENCE(CRITICAL) | EVIDENCE(THRASH)) ||
               (evidence & EVIDENCE(SCARCE) && evidence & pressing);
}

/* ---- how bad ---- */

/* A page that kswapd takes now and then is no shortage, and stalls may be somebody's own. */
static bool goes_in_circles(const struct pl_step *step)
{
        return step->weather.circles_bytes_per_sec >= step->engine->settings.thrash_bytes_per_sec;
}

static enum pl_severity severity_of(const struct pl_step *step, const struct pl_scope_state *scope)
{
        const struct pl_settings *settings = &step->engine->settings;
        uint64_t available = step->weather.available_bytes, evidence = scope->evidence;

        if (pl_scope_is_critical(scope))
                return PL_SEVERITY_CRITICAL;
        if (pl_scope_is_sure(scope))
                return PL_SEVERITY_SCARCE;
        if (evidence & EVIDENCE(SCARCE) ||
            (available < 4 * settings->floor_bytes &&
             (evidence & EVIDENCE(END_COMES) ||
              (evidence & EVIDENCE(STALL) && goes_in_circles(step)))))
                return PL_SEVERITY_SHORT;
        if (evidence & EVIDENCE(STALL) || step->weather.end_usec < settings->need_usec ||
            available < 2 * settings->floor_bytes)
                return PL_SEVERITY_WATCH;
        return PL_SEVERITY_CALM;
}

/* Who only watches need not say the same of each of many short episodes. */
static void begin_calm(const struct pl_engine *engine, struct pl_scope_state *scope)
{
        scope->since_usec = 0;
        scope->mild_usec = 0;
        if (!pl_setting(engine, PL_SETTING_OBSERVE))
                scope->answered_usec = 0;
}

static void set_severity(const struct pl_step *step, struct pl_scope_state *scope,
                         enum pl_severity severity, uint64_t settle_usec)
{
        uint64_t now_usec = step->now_usec;

        if (severity >= scope->severity)
                scope->rough_usec = now_usec;
        else if (now_usec - scope->rough_usec < settle_usec)
                return;
        if (severity >= PL_SEVERITY_SHORT && scope->since_usec == 0)
                scope->since_usec = now_usec;
        if (severity == PL_SEVERITY_CALM)
                begin_calm(step->engine, scope);
        scope->severity = severity;
}

/* ---- the host ---- */

static bool is_thrashing(struct pl_step *step, struct pl_scope_state *scope)
{
        const struct pl_settings *settings = &step->engine->settings;

        /* What we caused ourselves hides it, and does not end it. */
        if (scope->evidence & EVIDENCE(OWN_MEASURE))
                return false;
        if (!(scope->evidence & EVIDENCE(STALL)) || !goes_in_circles(step) ||
            step->weather.available_bytes >= 4 * settings->floor_bytes) {
                scope->thrash_usec = 0;
                return false;
        }
        if (scope->thrash_usec == 0)
                scope->thrash_usec = step->now_usec;
        return step->now_usec - scope->thrash_usec >= settings->thrash_usec;
}

static uint64_t evidence_of_amounts(const struct pl_step *step)
{
        const struct pl_settings *settings = &step->engine->settings;
        const struct pl_weather *weather = &step->weather;
        uint64_t evidence = 0;

        if (weather->available_bytes < settings->floor_bytes)
                evidence |= EVIDENCE(SCARCE);
        if (weather->available_bytes <
                    pl_share(settings->floor_bytes, settings->critical_permyriad, 10000) &&
            weather->swap_left_bytes < settings->floor_bytes)
                evidence |= EVIDENCE(CRITICAL);
        return evidence;
}

static uint64_t evidence_of_stalls(const struct pl_step *step)
{
        const struct pl_weather *weather = &step->weather;
        uint64_t evidence = weather->reclaims ? EVIDENCE(RECLAIM) : 0;

        if (pl_ladder_holds(step->engine, 0))
                return evidence | EVIDENCE(OWN_MEASURE);
        if (weather->reclaims && weather->stall_known &&
            weather->stall_permyriad >= step->engine->settings.stall_permyriad)
                evidence |= EVIDENCE(STALL);
        return evidence;
}

/* One look alone may have seen a step that stays. */
static uint64_t evidence_of_end(const struct pl_step *step, struct pl_scope_state *scope,
                                bool is_new_look)
{
        const struct pl_settings *settings = &step->engine->settings;
        uint64_t end_usec = step->weather.end_usec;

        if (end_usec >= settings->horizon_usec)
                scope->near_count = 0;
        else if (is_new_look)
                scope->near_count++;
        return (scope->near_count >= 2 ? EVIDENCE(END_NEAR) : 0) |
               (end_usec < settings->early_usec ? EVIDENCE(END_COMES) : 0);
}

void pl_attribute_host(struct pl_step *step)
{
        struct pl_engine *engine = step->engine;
        struct pl_scope_state *scope = &engine->memory.scopes[0];
        bool is_new_look = engine->memory.host.at_usec > scope->looked_usec;

        scope->evidence = 0;
        step->weather = pl_weather_now(engine, step->now_usec);
        step->weather.end_usec = pl_forecast_end(step);
        /* What was seen before a victim was gone is not what there is now. */
        if (!step->weather.known || engine->memory.host.at_usec <= scope->fresh_usec)
                return;
        scope->looked_usec = engine->memory.host.at_usec;
        scope->evidence = evidence_of_amounts(step) | evidence_of_stalls(step) |
                          evidence_of_end(step, scope, is_new_look);
        if (is_thrashing(step, scope))
                scope->evidence |= EVIDENCE(THRASH);
        set_severity(step, scope, severity_of(step, scope), SETTLE_USEC);
}

/* ---- a cgroup at its limit ---- */

static uint64_t stall_between(const struct pl_cgroup_sample *before,
                              const struct pl_cgroup_sample *now)
{
        return pl_share(now->full_usec - PL_MIN(before->full_usec, now->full_usec), PL_PERMYRIAD,
                        now->at_usec - before->at_usec);
}

static bool refaults_between(const struct pl_cgroup_sample *before,
                             const struct pl_cgroup_sample *now)
{
        return before->stat_at_usec != 0 &&
               now->refault_anon + now->refault_file > before->refault_anon + before->refault_file;
}

/* To meet a limit is ordinary; it takes tasks that stand still as well. */
static uint64_t evidence_of_limit(const struct pl_engine *engine,
                                  const struct pl_engine_cgroup *cgroup,
                                  const struct pl_cgroup_sample *before)
{
        const struct pl_cgroup_sample *now = &cgroup->sample;
        uint64_t max = cgroup->facts.max_bytes, evidence = EVIDENCE(LIMIT);
        uint64_t solid = now->anon_bytes + now->shmem_bytes + now->slab_unreclaimable_bytes;

        if (max == PL_SIZE_MAX || now->local_max <= before->local_max)
                return 0;
        if (pl_ladder_holds(engine, cgroup->facts.id))
                return evidence | EVIDENCE(OWN_MEASURE);
        if (stall_between(before, now) < engine->settings.stall_permyriad)
                return evidence;
        if (solid >= pl_share(max, engine->settings.limit_permyriad, PL_PERMYRIAD) &&
            pl_cgroup_swap_room(engine, cgroup) < max / 64)
                evidence |= EVIDENCE(UNRECLAIMABLE);
        if (refaults_between(before, now))
                evidence |= EVIDENCE(REFAULTS);
        return evidence;
}

/* memory.high is met and tasks stand still: nobody dies of that, and nobody gets on. */
static void watch_lock(struct pl_step *step, uint32_t index, const struct pl_cgroup_sample *before)
{
        const struct pl_settings *settings = &step->engine->settings;
        struct pl_engine_cgroup *cgroup = pl_cgroup_at(step->engine, index);
        const struct pl_cgroup_sample *now = &cgroup->sample;
        struct pl_cgroup_memory *memory = &cgroup->memory;
        uint64_t high = cgroup->facts.high_bytes;

        if (now->local_high > before->local_high)
                memory->lock_met_usec = now->at_usec;
        if (high == PL_SIZE_MAX || now->at_usec - memory->lock_met_usec > MET_USEC ||
            now->current_bytes < high - high / 64 ||
            stall_between(before, now) < settings->livelock_permyriad ||
            memory->state == PL_STATE_THROTTLED) {
                memory->lock_usec = 0;
                return;
        }
        if (memory->lock_usec == 0)
                memory->lock_usec = before->at_usec;
        if (now->at_usec - memory->lock_usec >= cgroup->facts.livelock_after_usec &&
            step->locked_count < PL_RETURNED_MAX)
                step->locked[step->locked_count++] = index;
}

static struct pl_scope_state *open_scope(struct pl_engine *engine, uint64_t id)
{
        struct pl_scope_state *scope;

        pl_assert(id != 0);

        scope = pl_scope_find(engine, id);
        if (scope)
                return scope;
        for (uint32_t i = 1; i < PL_SCOPES_MAX; i++)
                if (engine->memory.scopes[i].id == 0) {
                        scope = &engine->memory.scopes[i];
                        *scope = (struct pl_scope_state){ .id = id };
                        return scope;
                }
        return NULL;
}

void pl_attribute_local(struct pl_step *step, uint32_t index, const struct pl_cgroup_sample *before)
{
        struct pl_engine *engine = step->engine;
        const struct pl_engine_cgroup *cgroup = pl_cgroup_at(engine, index);
        uint64_t evidence = evidence_of_limit(engine, cgroup, before);
        struct pl_scope_state *scope = evidence == 0 ? pl_scope_find(engine, cgroup->facts.id)
                                                     : open_scope(engine, cgroup->facts.id);

        watch_lock(step, index, before);
        /* All places are taken: it will be heard at its next sample. */
        if (!scope || before->at_usec < scope->fresh_usec)
                return;
        scope->evidence = evidence;
        if (pl_scope_is_sure(scope))
                scope->thrash_usec = evidence & EVIDENCE(REFAULTS) ? step->now_usec : 0;
        if (evidence == 0)
                set_severity(step, scope, PL_SEVERITY_CALM, SETTLE_USEC);
        else
                set_severity(step, scope,
                             pl_scope_is_sure(scope) ? PL_SEVERITY_SCARCE : PL_SEVERITY_WATCH,
                             LOCAL_SETTLE_USEC);
}

void pl_attribute_settle(struct pl_step *step)
{
        struct pl_engine *engine = step->engine;

        for (uint32_t i = 1; i < PL_SCOPES_MAX; i++) {
                struct pl_scope_state *scope = &engine->memory.scopes[i];

                if (scope->id == 0 || scope->evidence != 0)
                        continue;
                set_severity(step, scope, PL_SEVERITY_CALM, LOCAL_SETTLE_USEC);
                if (scope->severity == PL_SEVERITY_CALM)
                        *scope = (struct pl_scope_state){};
        }
}

/* ---- in figures ---- */

static struct pl_verdict host_verdict(const struct pl_step *step,
                                      const struct pl_scope_state *scope)
{
        return (struct pl_verdict){
                .scope = PL_SCOPE_HOST,
                .severity = (uint32_t) scope->severity,
                .available_bytes = step->weather.available_bytes,
                .floor_bytes = step->engine->settings.floor_bytes,
                .fall_bytes_per_sec = step->weather.fall_bytes_per_sec,
                .end_usec = step->weather.end_usec,
                .stall_permyriad = step->weather.stall_permyriad,
                .evidence = (uint32_t) scope->evidence,
        };
}

/* To its own limit; PL_SIZE_MAX: it has none, and is stuck at its memory.high. */
static uint64_t left_of(const struct pl_engine_cgroup *cgroup)
{
        uint64_t max = cgroup->facts.max_bytes;

        return max == PL_SIZE_MAX ? max : max - PL_MIN(max, cgroup->sample.current_bytes);
}

struct pl_verdict pl_scope_verdict(const struct pl_step *step, const struct pl_scope_state *scope)
{
        const struct pl_engine *engine = step->engine;
        const struct pl_engine_cgroup *cgroup;
        uint64_t left, growth;

        if (scope->id == 0)
                return host_verdict(step, scope);
        cgroup = pl_cgroup_at(engine, pl_cgroup_find(engine, scope->id));
        growth = pl_cgroup_growth(cgroup, step->now_usec);
        left = left_of(cgroup);
        return (struct pl_verdict){
                .scope = PL_SCOPE_CGROUP,
                .severity = (uint32_t) scope->severity,
                .scope_id = scope->id,
                .available_bytes = left,
                .fall_bytes_per_sec = growth,
                .end_usec = growth == 0 || left == PL_SIZE_MAX
                                    ? UINT64_MAX
                                    : pl_share(left, PL_USEC_PER_SEC, growth),
                .evidence = (uint32_t) scope->evidence,
        };
}
