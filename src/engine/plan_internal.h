/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* plan_internal - one call of pl_plan_limits(), as its parts see it. */

#include "plimsoll/engine/plan.h"

#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"

/* What is known of a limit. */
enum pl_plan_phase {
        PL_PHASE_NEW,     /* nothing, or nothing any more */
        PL_PHASE_SENT,    /* ordered; no outcome yet */
        PL_PHASE_WRITTEN, /* the outcome was good; not read back yet */
        PL_PHASE_HELD,    /* read back, or found to be right: who changes it now is another hand */
        PL_PHASE_LEFT,    /* another hand has changed it, and may */
        PL_PHASE_FREE,    /* the original is back: not ours any more */
};

struct pl_planning {
        struct pl_plan_state *state;
        const struct pl_plan_input *input;
        struct pl_plan *plan;
        uint32_t now;      /* stamp */
        uint32_t governed; /* bit of each limit that has a target, to which it may be brought */
        uint64_t at[PL_LIMIT_COUNT]; /* as read back; of what is absent what says nothing */
        uint64_t target[PL_LIMIT_COUNT];
};

static inline uint32_t pl_limit_bit(enum pl_limit limit)
{
        pl_assert(limit < PL_LIMIT_COUNT);

        return UINT32_C(1) << limit;
}

static inline bool pl_plan_governs(const struct pl_planning *planning, enum pl_limit limit)
{
        return planning->governed & pl_limit_bit(limit);
}

static inline bool pl_plan_offers(const struct pl_planning *planning, enum pl_limit limit)
{
        pl_assert(limit < PL_LIMIT_COUNT);

        return pl_limits_has(planning->input->actual, limit);
}

/* Whether it is in force: there, and what it should be. */
static inline bool pl_plan_arrived(const struct pl_planning *planning, enum pl_limit limit)
{
        pl_assert(limit < PL_LIMIT_COUNT);

        return planning->at[limit] == planning->target[limit];
}

/* Whether it may be ordered now: neither retried nor contended just before. */
static inline bool pl_plan_may(const struct pl_planning *planning, enum pl_limit limit)
{
        pl_assert(limit < PL_LIMIT_COUNT);

        return planning->now >= planning->state->limits[limit].until;
}

static inline void pl_plan_tell(struct pl_planning *planning, unsigned limit,
                                enum pl_limit_news news)
{
        pl_assert(limit <= PL_LIMIT_UNIT);
        pl_assert(news != 0);

        planning->plan->limits[limit].news = (uint8_t) (planning->plan->limits[limit].news | news);
}

/* ---- plan.c ---- */

/* The value of a limit that says nothing: 0 of a promise, "max" of a ceiling. */
uint64_t pl_plan_nothing(enum pl_limit limit);
uint64_t pl_plan_add(uint64_t a, uint64_t b); /* saturates */

/* How many stamps are a time, never less; `first` doubled so many times, `last` at most. */
uint32_t pl_plan_stamps(uint64_t usec);
uint32_t pl_plan_doubled(uint64_t first_usec, uint64_t last_usec, unsigned times);

/* ---- plan_outcome.c ---- */

void pl_plan_take_outcomes(struct pl_planning *planning);

/* Whether orders are out; the answer to whether more may be given is no. */
bool pl_plan_is_out(const struct pl_planning *planning);

/* ---- plan_drift.c ---- */

/* What was in force and is not: counted, and answered. */
void pl_plan_find_drift(struct pl_planning *planning);

/* What has come into force, or come back; after the targets are known. */
void pl_plan_settle(struct pl_planning *planning);

/* ---- plan_target.c ---- */

/* Another profile: what was refused, left or waited for is tried again. */
void pl_plan_notice_profile(struct pl_planning *planning);
void pl_plan_choose_targets(struct pl_planning *planning);

/* ---- plan_lower.c ---- */

/* What memory.max may be ordered to now: its target or a step on the way; what it is if nothing. */
uint64_t pl_plan_max_now(const struct pl_planning *planning);

/* Whether the use is in the way of memory.max, and why. */
bool pl_plan_is_lowering(const struct pl_planning *planning);
enum pl_limit_cause pl_plan_lowering_cause(const struct pl_planning *planning);

/* Gives memory.high a target that makes the use fall, or ends that. */
void pl_plan_push(struct pl_planning *planning);

/* ---- plan_row.c ---- */

/* Orders all that may be ordered now. */
void pl_plan_write_row(struct pl_planning *planning);
struct pl_limit_order *pl_plan_order(struct pl_planning *planning, unsigned limit,
                                     uint64_t value_bytes, enum pl_limit_why why);

/* ---- plan_unit.c ---- */

/* The property call, once everything is in force; then oom.group again. */
void pl_plan_keep(struct pl_planning *planning);

/* How it stands with that, when no call is out. */
enum pl_limit_state pl_plan_unit_state(const struct pl_planning *planning,
                                       enum pl_limit_cause *ret_cause);

/* Whether systemd would still undo the return of a limit that nobody wants any more. */
bool pl_plan_unit_has(const struct pl_planning *planning, enum pl_limit limit);

/* ---- plan_say.c ---- */

/* How it stands with each limit, and when to ask again. */
void pl_plan_say(struct pl_planning *planning);
