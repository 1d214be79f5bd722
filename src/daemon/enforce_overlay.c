/* SPDX-License-Identifier: Apache-2.0 */

/* What the engine lays over limits for a while. They are few and seldom, so a workload finds its own by looking through all of
 * them, and nothing of it is kept where everybody is looked at.
 */

#include <errno.h>

#include "enforce_internal.h"

enum {
        /* Until a limit for a while is in force: longer is not worth waiting for while memory is short. */
        PATIENCE_USEC = 2 * PL_USEC_PER_SEC,
        ORDERED_USEC = 10 * PL_USEC_PER_SEC,
};

static enum pl_limit limit_of(uint32_t measure)
{
        return measure == PL_MEASURE_CAP ? PL_LIMIT_MAX : PL_LIMIT_HIGH;
}

/* PL_ENFORCE_OVERLAYS_MAX: there is none. That of id 0 is a free place. */
static uint32_t find(const struct pl_enforcer *enforcer, uint64_t id, uint32_t measure)
{
        for (uint32_t i = 0; i < PL_ENFORCE_OVERLAYS_MAX; i++)
                if (enforcer->overlays[i].id == id &&
                    (id == 0 || enforcer->overlays[i].measure == measure))
                        return i;
        return PL_ENFORCE_OVERLAYS_MAX;
}

static const struct pl_enforce_overlay *look_for(const struct pl_enforcer *enforcer, uint64_t id,
                                                 enum pl_measure measure)
{
        uint32_t i = enforcer->overlay_count > 0 ? find(enforcer, id, (uint32_t) measure)
                                                 : (uint32_t) PL_ENFORCE_OVERLAYS_MAX;

        return i < PL_ENFORCE_OVERLAYS_MAX ? &enforcer->overlays[i] : NULL;
}

static void drop(struct pl_enforcer *enforcer, struct pl_enforce_overlay *overlay)
{
        pl_assert(overlay->id != 0 && enforcer->overlay_count > 0);

        *overlay = (struct pl_enforce_overlay){};
        enforcer->overlay_count--;
}

/* ---- laying it, and lifting it ---- */

int pl_enforce_lay(struct pl_enforcer *enforcer, uint32_t number,
                   const struct pl_enforce_overlay *overlay, uint64_t now_usec)
{
        uint32_t i = find(enforcer, overlay->id, overlay->measure);
        struct pl_enforce_overlay *place;

        pl_assert(overlay->id != 0 && overlay->value_bytes != 0);

        if (number == PL_POOL_NONE || pl_enforced_at(enforcer, number)->id != overlay->id)
                return -ENOENT;
        if (i == PL_ENFORCE_OVERLAYS_MAX) {
                i = find(enforcer, 0, 0);
                if (i == PL_ENFORCE_OVERLAYS_MAX)
                        return -ENOSPC;
                enforcer->overlay_count++;
        }
        place = &enforcer->overlays[i];
        *place = *overlay;
        place->number = number;
        place->result = PL_RESULTS;
        place->is_answered = false;
        place->began_usec = now_usec;
        pl_enforced_at(enforcer, number)->loosened &= ~(UINT32_C(1) << limit_of(overlay->measure));
        pl_enforce_wake(enforcer, pl_enforced_at(enforcer, number), now_usec);
        return 0;
}

void pl_enforce_lift(struct pl_enforcer *enforcer, uint64_t id, enum pl_measure measure,
                     uint64_t now_usec)
{
        const struct pl_enforce_overlay *overlay = look_for(enforcer, id, measure);

        if (!overlay)
                return;
        pl_enforced_at(enforcer, overlay->number)->loosened |= UINT32_C(1) << limit_of(measure);
        pl_enforce_wake(enforcer, pl_enforced_at(enforcer, overlay->number), now_usec);
        drop(enforcer, &enforcer->overlays[overlay - enforcer->overlays]);
}

void pl_enforce_end_overlays(struct pl_enforcer *enforcer, uint64_t now_usec)
{
        for (uint32_t i = 0; enforcer->overlay_count > 0 && i < PL_ENFORCE_OVERLAYS_MAX; i++) {
                struct pl_enforce_overlay *overlay = &enforcer->overlays[i];

                if (overlay->id != 0 && now_usec >= overlay->until_usec)
                        pl_enforce_lift(enforcer, overlay->id, overlay->measure, now_usec);
        }
}

void pl_enforce_drop_overlays(struct pl_enforcer *enforcer, uint64_t id)
{
        for (uint32_t i = 0; enforcer->overlay_count > 0 && i < PL_ENFORCE_OVERLAYS_MAX; i++)
                if (enforcer->overlays[i].id == id)
                        drop(enforcer, &enforcer->overlays[i]);
}

bool pl_enforce_has_overlay(const struct pl_enforcer *enforcer, uint64_t id, enum pl_limit limit)
{
        if (limit == PL_LIMIT_MAX)
                return look_for(enforcer, id, PL_MEASURE_CAP) != NULL;
        return look_for(enforcer, id, PL_MEASURE_THROTTLE) ||
               look_for(enforcer, id, PL_MEASURE_RELAX);
}

/* ---- what it comes to ---- */

/* A cap is never above what the profile says, and memory.high comes down with it. */
static void cap(const struct pl_limits *wanted, uint64_t value, struct pl_limits *overlay)
{
        if (pl_limits_has(wanted, PL_LIMIT_MAX))
                value = PL_MIN(value, wanted->values[PL_LIMIT_MAX]);
        pl_limits_put(overlay, PL_LIMIT_MAX, value);
        if (!pl_limits_has(overlay, PL_LIMIT_HIGH) && pl_limits_has(wanted, PL_LIMIT_HIGH) &&
            wanted->values[PL_LIMIT_HIGH] > value)
                pl_limits_put(overlay, PL_LIMIT_HIGH, value);
}

/* One that is looser than the profile slows nobody: it is as if it were not there. */
static void throttle(const struct pl_limits *wanted, uint64_t value, struct pl_limits *overlay)
{
        if (pl_limits_has(wanted, PL_LIMIT_HIGH))
                value = PL_MIN(value, wanted->values[PL_LIMIT_HIGH]);
        pl_limits_put(overlay, PL_LIMIT_HIGH, value);
}

/* A profile that has come to say more since is not held back by what once was more. */
static void relax(const struct pl_limits *wanted, uint64_t value, struct pl_limits *overlay)
{
        if (!pl_limits_has(wanted, PL_LIMIT_HIGH) || value > wanted->values[PL_LIMIT_HIGH])
                pl_limits_put(overlay, PL_LIMIT_HIGH, value);
}

/* A throttle is the tighter of the two, and the shorter. */
void pl_enforce_find_overlay(const struct pl_enforcer *enforcer, uint64_t id,
                             const struct pl_limits *wanted, struct pl_limits *ret_overlay)
{
        const struct pl_enforce_overlay *throttled = look_for(enforcer, id, PL_MEASURE_THROTTLE);
        const struct pl_enforce_overlay *relaxed = look_for(enforcer, id, PL_MEASURE_RELAX);
        const struct pl_enforce_overlay *capped = look_for(enforcer, id, PL_MEASURE_CAP);

        *ret_overlay = (struct pl_limits){};
        if (throttled)
                throttle(wanted, throttled->value_bytes, ret_overlay);
        else if (relaxed)
                relax(wanted, relaxed->value_bytes, ret_overlay);
        if (capped)
                cap(wanted, capped->value_bytes, ret_overlay);
}

/* ---- what becomes of it ---- */

/* Of a limit that cannot be set, the errno that says why best; 0: it may still come to be. */
static int error_of(const struct pl_limit_standing *limit)
{
        switch (limit->state) {
        case PL_LIMIT_ABSENT:
                return ENOENT;
        case PL_LIMIT_OBSERVED:
                return EPERM;
        case PL_LIMIT_CONTENDED:
        case PL_LIMIT_LEFT:
                return EBUSY;
        case PL_LIMIT_REFUSED:
                return limit->cause == PL_CAUSE_DENIED    ? EACCES
                       : limit->cause == PL_CAUSE_INVALID ? EINVAL
                                                          : EIO;
        default:
                return 0;
        }
}

/* One that is being written holds already, however long the kernel reclaims meanwhile; the others come or they do not. A cap
 * is for later, and comes down step by step. */
static void watch(struct pl_enforce_overlay *overlay, const struct pl_limit_standing *limit,
                  uint64_t now_usec)
{
        uint64_t patience_usec = limit->state == PL_LIMIT_ORDERED ? ORDERED_USEC : PATIENCE_USEC;

        if (limit->state == PL_LIMIT_IN_FORCE && limit->why == PL_WHY_OVERLAY)
                overlay->result = PL_RESULT_DONE;
        else if (error_of(limit) != 0) {
                overlay->result = PL_RESULT_FAILED;
                overlay->error = error_of(limit);
        } else if (overlay->measure != PL_MEASURE_CAP &&
                   now_usec - overlay->began_usec >= patience_usec) {
                overlay->result = PL_RESULT_FAILED;
                overlay->error = ETIMEDOUT;
        }
}

void pl_enforce_watch_overlays(struct pl_enforcer *enforcer, uint64_t id,
                               const struct pl_plan *plan, uint64_t now_usec)
{
        for (uint32_t i = 0; enforcer->overlay_count > 0 && i < PL_ENFORCE_OVERLAYS_MAX; i++) {
                struct pl_enforce_overlay *overlay = &enforcer->overlays[i];

                if (overlay->id == id && overlay->result == PL_RESULTS &&
                    now_usec > overlay->began_usec)
                        watch(overlay, &plan->limits[limit_of(overlay->measure)], now_usec);
        }
}

static struct pl_outcome outcome_of(const struct pl_enforce_overlay *overlay, uint64_t now_usec)
{
        return (struct pl_outcome){
                .decision = overlay->decision,
                .id = overlay->id,
                .measure = overlay->measure,
                .result = overlay->result,
                .error = overlay->error,
                .began_usec = overlay->began_usec,
                .ended_usec = now_usec,
        };
}

/* PL_ENFORCE_OVERLAYS_MAX: there is none. */
static uint32_t find_untold(const struct pl_enforcer *enforcer)
{
        for (uint32_t i = 0; enforcer->overlay_count > 0 && i < PL_ENFORCE_OVERLAYS_MAX; i++) {
                const struct pl_enforce_overlay *overlay = &enforcer->overlays[i];

                if (overlay->id != 0 && overlay->result != PL_RESULTS && !overlay->is_answered)
                        return i;
        }
        return PL_ENFORCE_OVERLAYS_MAX;
}

bool pl_enforce_has_outcome(const struct pl_enforcer *enforcer)
{
        return find_untold(enforcer) < PL_ENFORCE_OVERLAYS_MAX;
}

bool pl_enforce_take_outcome(struct pl_enforcer *enforcer, uint64_t now_usec,
                             struct pl_outcome *ret_outcome)
{
        uint32_t i = find_untold(enforcer);

        if (i == PL_ENFORCE_OVERLAYS_MAX)
                return false;
        enforcer->overlays[i].is_answered = true;
        *ret_outcome = outcome_of(&enforcer->overlays[i], now_usec);
        return true;
}
