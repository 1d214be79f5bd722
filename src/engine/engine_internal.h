/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the files of the judge share. A step goes through them in this order: cgroups takes the updates, ladder the outcomes and
 * what time has brought; weather, forecast and attribute say whose shortage it is; rank and choose who would go; answer what is
 * done, which again and livelock may add to.
 */

#include "plimsoll/base/clock.h"
#include "plimsoll/base/macro.h"
#include "plimsoll/engine/engine.h"

/* Growth that was measured longer ago is none: twice the time in which everybody is looked at. */
#define PL_STALE_USEC (10 * PL_USEC_PER_SEC)
/* For so long what memory.stat said is good enough to end somebody for his growth. */
#define PL_STAT_KNOWN_USEC (PL_USEC_PER_SEC / 2)

enum pl_ladder_state {
        PL_STATE_IDLE,
        PL_STATE_RECLAIMED, /* we wait for what comes back */
        PL_STATE_THROTTLED,
        PL_STATE_FROZEN,
        PL_STATE_TERMED,
        PL_STATE_DYING,
        PL_STATE_DEAD,  /* as it says; its figures are not read again yet */
        PL_STATE_STUCK, /* did not die */
        PL_STATES,
};

enum pl_ladder_event {
        PL_EVENT_RECLAIM, /* wanted, as the four below */
        PL_EVENT_THROTTLE,
        PL_EVENT_FREEZE,
        PL_EVENT_TERM,
        PL_EVENT_KILL,
        PL_EVENT_CALM, /* it is not needed, or not allowed, any more */
        PL_EVENT_LATE,
        PL_EVENT_DONE,
        PL_EVENT_FAILED,
        PL_EVENT_FRESH, /* it was looked at again */
        PL_EVENTS,
};

/* A cgroup at one time. */
struct pl_cgroup_point {
        uint64_t at_usec;     /* 0: it was not looked at yet */
        uint64_t stat_usec;   /* when memory.stat was read */
        uint64_t both_bytes;  /* memory and swap, as the kernel counts them */
        uint64_t other_bytes; /* of that, page cache, and what is in both: as of memory.stat */
};

/* What is remembered of a cgroup beside its facts and its last sample. Only whole words: a checkpoint takes it as it is. */
struct pl_cgroup_memory {
        uint64_t growth_bytes_per_sec;
        uint64_t stat_usec;      /* when memory.stat was last read; 0: never */
        uint64_t stat_use_bytes; /* of memory and swap, at that time */
        uint64_t stat_swap_bytes;
        /* What its growth is measured from: two looks, half a second apart or more. */
        struct pl_cgroup_point newer, older;
        uint64_t is_counted; /* among the kills of its kin, and has not died yet */
        uint64_t state;      /* enum pl_ladder_state */
        uint64_t until_usec;
        uint64_t decision; /* the measure that is under way */
        uint64_t expected_bytes;
        uint64_t scope_id; /* whose shortage it is for */
        uint64_t ended_usec;
        uint64_t tried;      /* bit `1 << rung` */
        uint64_t tried_usec; /* the episode's beginning */
        uint64_t lock_usec;  /* memory.high only stalls it since; 0: it does not */
        uint64_t lock_answered_usec;
        uint64_t lock_met_usec; /* when memory.high was last seen to be met */
};

struct pl_engine_cgroup {
        struct pl_cgroup_facts facts;
        struct pl_cgroup_sample sample; /* have is 0: not yet */
        struct pl_cgroup_memory memory;
        /* The tree: indices, or PL_POOL_NONE. */
        uint32_t parent;
        uint32_t child;
        uint32_t next;
        uint32_t previous;
};

/* Who would be taken, and how it was found. */
struct pl_choosing {
        uint32_t count;  /* of candidates */
        uint32_t ranked; /* the first of them may be taken */
        uint32_t chosen;
        uint32_t culprit; /* index of the cgroup, or PL_POOL_NONE: who explains the fall */
        uint64_t culprit_growth;
        uint64_t need_bytes;
        enum pl_choice choice;
        uint64_t table; /* number of the decision that has the table; 0: none yet */
        uint32_t indices[PL_CANDIDATES_MAX];
        struct pl_candidate candidates[PL_CANDIDATES_MAX];
};

/* The host as of this step. */
struct pl_weather {
        bool known;
        uint64_t available_bytes;
        uint64_t swap_left_bytes; /* what swap still takes off memory */
        uint64_t fall_bytes_per_sec;
        uint64_t
                steady_fall_bytes_per_sec; /* over the last second and since the last look: the lesser */
        uint32_t stall_permyriad;
        bool stall_known;
        bool reclaims;
        uint64_t circles_bytes_per_sec;
        uint64_t end_usec; /* from now; UINT64_MAX: not in sight */
};

enum { PL_RETURNED_MAX = PL_DECISIONS_MAX };

/* What is handed through a step. */
struct pl_step {
        struct pl_engine *engine;
        uint64_t now_usec;
        struct pl_judgement *judgement;
        struct pl_weather weather;
        uint32_t returned[PL_RETURNED_MAX]; /* of those that were killed again and again */
        uint32_t returned_count;
        uint32_t locked[PL_RETURNED_MAX]; /* memory.high only stalls them, for too long */
        uint32_t locked_count;
        bool is_full; /* there was no room for a cgroup */
        struct pl_choosing choosing;
};

/* ---- cgroups ---- */

static inline struct pl_engine_cgroup *pl_cgroup_at(const struct pl_engine *engine, uint32_t index)
{
        return pl_pool_at(&engine->cgroups, index);
}

uint32_t pl_cgroup_find(const struct pl_engine *engine, uint64_t id); /* or PL_POOL_NONE */
bool pl_cgroup_is_below(const struct pl_engine *engine, uint32_t index, uint64_t scope_id);
void pl_cgroup_take_facts(struct pl_step *step, const struct pl_cgroup_facts *facts);
void pl_cgroup_take_sample(struct pl_step *step, uint64_t id,
                           const struct pl_cgroup_sample *sample);
void pl_cgroup_take_gone(struct pl_step *step, uint64_t id);
/* In its place in the orders, after anything has changed that they go by. */
void pl_cgroup_place(struct pl_engine *engine, uint32_t index);
/* All of them, when what they are ordered by has changed at once. */
void pl_cgroup_place_all(struct pl_engine *engine);
void pl_cgroup_forget_all(struct pl_engine *engine);

/* The next of those below a cgroup, or it itself, in an order of the tree's own; PL_POOL_NONE after the last. */
uint32_t pl_cgroup_walk(const struct pl_engine *engine, uint32_t scope, uint32_t index);

/* To the nearest limit above it, its own among them. UINT64_MAX: there is none. */
uint64_t pl_cgroup_headroom(const struct pl_engine *engine, uint32_t index);
uint64_t pl_cgroup_growth(const struct pl_engine_cgroup *cgroup, uint64_t now_usec);
/* Less than a page is nothing: whoever gives back no more is not killed for it. */
#define PL_LEAST_BYTES UINT64_C(4096)
uint64_t pl_cgroup_gives_back(const struct pl_engine_cgroup *cgroup);
/* What can still be swapped out of it. */
uint64_t pl_cgroup_swap_room(const struct pl_engine *engine, const struct pl_engine_cgroup *cgroup);

/* ---- weather, forecast, attribute ---- */

void pl_weather_look(struct pl_engine *engine, const struct pl_host_sample *host);
struct pl_weather pl_weather_now(const struct pl_engine *engine, uint64_t now_usec);

/* From now, by the weather of the step; or UINT64_MAX. */
uint64_t pl_forecast_end(const struct pl_step *step);

/* part·scale/whole without overflow, and nothing of nothing. */
uint64_t pl_share(uint64_t part, uint64_t scale, uint64_t whole);

void pl_attribute_host(struct pl_step *step);
/* From the two last samples of a cgroup. */
void pl_attribute_local(struct pl_step *step, uint32_t index,
                        const struct pl_cgroup_sample *before);
void pl_attribute_settle(struct pl_step *step); /* those that have become calm */
struct pl_scope_state *pl_scope_find(struct pl_engine *engine, uint64_t id); /* or NULL */
struct pl_verdict pl_scope_verdict(const struct pl_step *step, const struct pl_scope_state *scope);
bool pl_scope_is_sure(
        const struct pl_scope_state *scope); /* a kill is due, by the evidence of this step */
bool pl_scope_is_critical(const struct pl_scope_state *scope);

/* ---- rank, choose ---- */

bool pl_rank_before(const void *engine, uint32_t a, uint32_t b);
bool pl_rank_larger(const void *engine, uint32_t a, uint32_t b);
bool pl_rank_faster(const void *engine, uint32_t a, uint32_t b);
struct pl_candidate pl_rank_candidate(const struct pl_step *step, uint32_t index);
void pl_rank_list(const struct pl_step *step, const struct pl_scope_state *scope,
                  struct pl_choosing *choosing);

/* Fills everything in but the table. */
void pl_choose(struct pl_step *step, const struct pl_scope_state *scope,
               struct pl_choosing *choosing);
/* What those that are dying for this shortage, or inside of it, give back; 0 with *ret_count 0: nobody is. */
uint64_t pl_choose_in_flight(const struct pl_engine *engine, const struct pl_scope_state *scope,
                             uint32_t *ret_count, uint64_t *ret_growth, uint64_t now_usec);

/* ---- ladder, answer, again, livelock ---- */

/* Why, and what a decision says beside who and what. */
struct pl_measure_options {
        enum pl_choice choice;
        const struct pl_scope_state *scope;
        struct pl_choosing *choosing; /* or NULL */
        uint64_t amount_bytes;
        uint64_t expected_bytes;
};

enum {
        /* Places that are kept for ends: what can be taken back never stands in their way. */
        PL_ACTING_FOR_ENDS = 16,
};

/* Room for what one change of state may decide, while so many at most are acted on. */
bool pl_ladder_has_room(const struct pl_step *step, uint32_t most_acting);
void pl_ladder_change(struct pl_step *step, uint32_t index, enum pl_ladder_event event,
                      const struct pl_measure_options *options);
void pl_ladder_take_outcome(struct pl_step *step, const struct pl_outcome *outcome);
void pl_ladder_settle(struct pl_step *step); /* deadlines, and what is not allowed any more */
void pl_ladder_gone(struct pl_step *step, uint32_t index);
void pl_ladder_decide(struct pl_step *step, enum pl_measure measure, uint64_t id,
                      uint64_t deadline_usec, const struct pl_measure_options *options);
void pl_ladder_note(struct pl_engine *engine, uint32_t index);   /* something is being done to it */
bool pl_ladder_is_ending(const struct pl_engine_cgroup *cgroup); /* termed, dying or dead */
bool pl_ladder_holds(const struct pl_engine *engine,
                     uint64_t scope_id); /* throttled or frozen in there */

void pl_answer(struct pl_step *step, struct pl_scope_state *scope, struct pl_choosing *choosing);
void pl_answer_livelock(struct pl_step *step, uint32_t index);

void pl_again_count(struct pl_step *step, uint32_t index, const struct pl_measure_options *options);
bool pl_again_is_held(const struct pl_engine *engine, uint64_t kin, uint64_t now_usec);
void pl_again_returned(struct pl_step *step, uint32_t index);

static inline bool pl_setting(const struct pl_engine *engine, enum pl_setting_flag flag)
{
        return engine->settings.flags & flag;
}

/* Before everybody is known by the policy in force nothing is begun. */
static inline bool pl_engine_waits(const struct pl_engine *engine)
{
        return pl_setting(engine, PL_SETTING_PAUSED) || pl_setting(engine, PL_SETTING_BLIND);
}

/* At a limit of its own. A drill is there to be ended at its limit, whatever the policy says of others. */
static inline bool pl_acts_locally(const struct pl_engine *engine,
                                   const struct pl_engine_cgroup *cgroup)
{
        return pl_setting(engine, PL_SETTING_LOCAL) || cgroup->facts.flags & PL_CGROUP_DRILL;
}

/* Of what is no shortage by itself: where the policy acts upon none, nothing is done at all. */
static inline bool pl_acts_on_any(const struct pl_engine *engine,
                                  const struct pl_engine_cgroup *cgroup)
{
        return pl_setting(engine, PL_SETTING_HOST) || pl_acts_locally(engine, cgroup);
}
