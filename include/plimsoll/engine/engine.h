/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* engine - judges: whose shortage it is, how bad, who goes, in which order, and what is tried before.
 *
 * Pure: no clock, no I/O, no allocation but where room is made; the same snapshots give the same judgements, byte for byte. A step costs
 * what its updates cost and a bounded number of candidates, however many workloads there are; a shortage of a slice costs what is
 * in the slice, too. Not for several threads at a time.
 *
 * The caller carries out what is decided and reports what became of each measure as an outcome, under the decision's number;
 * with PL_SETTING_OBSERVE he does nothing but release and thaw. An outcome that never comes is taken for failed at the decision's
 * deadline. What holds of decisions, whatever comes in:
 *  - nothing is decided against a cgroup that is protected, observed, paused, restored or not known; against one that is
 *    empty or of which nothing was read, no kill;
 *  - nobody is killed but for a shortage whose evidence holds at that step: the host's, one of the cgroup or of one that holds
 *    it, or the cgroup's own livelock if its profile wants that;
 *  - while a victim is dying no other is taken for the same shortage, unless memory is critical and more is needed than those
 *    on their way give back;
 *  - every throttle is released and every freeze thawed: at its deadline, when it is calm, before TERM or KILL;
 *  - while a kill is due and somebody may be taken, he is; else there is an alarm.
 */

#include <stdbool.h>
#include <stdint.h>

#include "plimsoll/base/heap.h"
#include "plimsoll/base/pool.h"
#include "plimsoll/base/table.h"
#include "plimsoll/model/bounds.h"
#include "plimsoll/model/decision.h"
#include "plimsoll/model/profile.h"
#include "plimsoll/model/snapshot.h"

enum {
        /* Measures that are under way at a time. */
        PL_ACTING_MAX = 64,
        /* Looks at the host that are remembered: at 20 a second, the fastest there is, a second and a half. */
        PL_WEATHER_POINTS = 32,
        /* Services that are remembered as killed; the one longest ago makes room. */
        PL_KIN_MAX = 64,
};

/* The host at one look, as far as rates are made of it. */
struct pl_weather_point {
        uint64_t at_usec;
        uint64_t left_bytes; /* available, and what swap still takes off memory */
        uint64_t full_usec;
        uint64_t kswapd_pages;
        uint64_t allocstall_count;
        uint64_t circles_pages; /* read again after they were reclaimed, or from swap */
};

/* A shortage that is followed. Only whole words: a checkpoint takes them as they are. */
struct pl_scope_state {
        uint64_t id; /* of the cgroup; 0: the host's, which is the first of them, or a free place */
        uint64_t severity;
        uint64_t since_usec; /* of the episode; 0: it is calm */
        uint64_t rough_usec; /* when it was last as bad as `severity` */
        uint64_t evidence;
        uint64_t
                fresh_usec; /* what was counted before means nothing: a kill, a measure of ours, a sleep */
        uint64_t cool_usec; /* no kill before, unless it is critical */
        uint64_t mild_usec; /* no reversible measure before */
        uint64_t
                thrash_usec; /* it goes in circles: the host since, a cgroup at its last evidence; 0: not */
        uint64_t near_count;    /* looks in a row */
        uint64_t answered_usec; /* observed or alarmed: not again before; 0: not in this episode */
        uint64_t looked_usec;   /* the look that the evidence is of */
};

/* A service that was killed. */
struct pl_kin_state {
        uint64_t kin; /* 0: a free place */
        uint64_t kills;
        uint64_t first_usec;
        uint64_t last_usec;
        uint64_t hold_usec; /* until; 0: it is not again and again */
        uint64_t cap_bytes;
        uint64_t again; /* enum pl_again */
};

/* What is remembered beside the cgroups. Only whole words. */
struct pl_engine_memory {
        uint64_t step;
        uint64_t now_usec;
        uint64_t decisions;
        uint64_t point_count;
        uint64_t point_next;
        struct pl_host_sample host; /* of the newest point */
        struct pl_weather_point points[PL_WEATHER_POINTS];
        struct pl_scope_state scopes[PL_SCOPES_MAX];
        struct pl_kin_state kin[PL_KIN_MAX];
};

struct pl_engine {
        struct pl_pool cgroups; /* owned: struct pl_engine_cgroup */
        struct pl_table index;  /* owned: of ids */
        struct pl_heap order;   /* owned: who goes first, of those who may */
        struct pl_heap aside;   /* owned: those who may not, the largest first */
        struct pl_heap growth;  /* owned: all workloads, the fastest first */
        uint32_t root_child;    /* the first of those right below the host */
        uint32_t acting_count;
        uint32_t acting[PL_ACTING_MAX];
        struct pl_settings settings;
        struct pl_engine_memory memory;
};

/* For at most `capacity` cgroups; it stays where it is from then on. 0 or −ENOMEM. The seed is for the table of ids, and changes no judgement. */
int pl_engine_init(struct pl_engine *engine, uint32_t capacity, uint64_t seed);
/* The same, with room for `count` at first. Whoever tells it of another one sees to the room before: pl_engine_reserve(). So a host
 * of few does not pay for one of many. */
int pl_engine_init_for(struct pl_engine *engine, uint32_t capacity, uint32_t count, uint64_t seed);
int pl_engine_reserve(struct pl_engine *engine, uint32_t count); /* 0 or −ENOMEM */
void pl_engine_done(struct pl_engine *engine); /* safe on a zeroed or already finished engine */

enum {
        PL_ENGINE_E_FULL = 1, /* more cgroups than capacity: those that came last are not known */
        PL_ENGINE_E_BAD, /* a snapshot that nobody could have made: a checkpoint of another build, say */
};

/* Judges. The judgement is written in any case, and is empty for a snapshot that is refused, such as one
 * before the last. Before settings came nothing is decided.
 * A checkpoint is taken up instead, and its judgement is empty. 0 or one of the above. */
int pl_engine_step(struct pl_engine *engine, const struct pl_snapshot *snapshot,
                   struct pl_judgement *ret_judgement);

/* ---- checkpoints ---- */

/* How many updates a checkpoint takes now. */
uint64_t pl_engine_checkpoint_count(const struct pl_engine *engine);
/* Writes them, all of them: the caller has room for as many. */
void pl_engine_checkpoint(const struct pl_engine *engine, struct pl_update *ret_updates);

/* ---- the order, for who explains it ---- */

/* Why it may not be killed, by what it is; PL_TURN_NEXT if it may. */
enum pl_turn pl_engine_turn(const struct pl_cgroup_facts *facts);

/* The order that counts, which is not facts->order for everybody: plimsoll-ranking(7), rule 2. */
int32_t pl_engine_order(const struct pl_cgroup_facts *facts);
