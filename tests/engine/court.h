/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* court - workloads before the judge, through the engine's own door: who they are and what they use, two looks at each a
 * second apart, so that growth is known, and a host that is well or short as a test says.
 */

#include "plimsoll/base/clock.h"
#include "plimsoll/base/size.h"
#include "plimsoll/engine/engine.h"
#include "shipped.h"
#include "test.h"

enum {
        COURT_CAPACITY = 256,
        COURT_UPDATES = 2 * COURT_CAPACITY + 2,
        COURT_OUTCOMES = 32,
};

#define COURT_FLOOR (640 * PL_MIB)
#define COURT_BEGAN PL_USEC_PER_HOUR

/* What a rule may go by. Zeros are a container without a profile, of the order 0, that uses nothing. */
struct court_one {
        uint64_t id;
        uint64_t parent_id;
        uint32_t flags; /* beside that it is a workload, and populated */
        int32_t order;
        int32_t score_adj;
        uint32_t rungs; /* 0: KILL */
        uint64_t anon_bytes, swap_bytes, cache_bytes, shmem_bytes;
        uint64_t growth_bytes_per_sec; /* of anon */
        uint64_t low_bytes, min_bytes;
        uint64_t max_bytes; /* 0: none */
        bool is_empty;
        bool is_unread;
};

struct court {
        struct pl_engine engine;
        struct pl_settings settings;
        struct pl_host_sample host;
        uint64_t step, now_usec;
        uint64_t update_count, outcome_count;
        struct pl_update updates[COURT_UPDATES];
        struct pl_outcome outcomes[COURT_OUTCOMES];
        struct pl_judgement judgement;
};

static struct court court;

/* As they are shipped, on a host of 16 GiB without swap. */
static inline struct pl_settings court_settings(void)
{
        return (struct pl_settings){
                SHIPPED_SETTINGS,
                .flags = PL_SETTING_HOST,
                .floor_bytes = COURT_FLOOR,
                .thrash_bytes_per_sec = 80 * PL_MIB,
                .kill_floor_bytes = 160 * PL_MIB,
                .kill_together = 16,
                .kill_cool_down_usec = 15 * PL_USEC_PER_SEC,
                .backoff_within_usec = 10 * PL_USEC_PER_MINUTE,
                .backoff_hold_usec = 30 * PL_USEC_PER_MINUTE,
        };
}

static inline struct pl_update *court_update(uint32_t kind, uint64_t id)
{
        struct pl_update *update = &court.updates[court.update_count++];

        assert_true(court.update_count <= COURT_UPDATES);
        *update = (struct pl_update){ .kind = kind, .id = id };
        return update;
}

static inline void court_open(void)
{
        pl_engine_done(&court.engine);
        memset(&court, 0, sizeof court);
        assert_int_equal(pl_engine_init(&court.engine, COURT_CAPACITY, 1), 0);
        court.now_usec = COURT_BEGAN;
        court.settings = court_settings();
        court.host = (struct pl_host_sample){
                .have = (UINT64_C(1) << sizeof(struct pl_host_sample) / sizeof(uint64_t)) - 1,
                .total_bytes = 16 * PL_GIB,
                .available_bytes = 8 * PL_GIB,
        };
}

static inline int court_setup(void **state)
{
        (void) state;
        court_open();
        return 0;
}

static inline int court_teardown(void **state)
{
        (void) state;
        pl_engine_done(&court.engine);
        return 0;
}

static inline struct pl_cgroup_facts court_facts(const struct court_one *one)
{
        return (struct pl_cgroup_facts){
                .id = one->id,
                .parent_id = one->parent_id,
                .flags = PL_CGROUP_WORKLOAD | one->flags |
                         (one->is_empty ? 0 : (uint32_t) PL_CGROUP_POPULATED),
                .profile = one->flags & PL_CGROUP_PROFILE ? 1 : UINT32_MAX,
                .order = one->order,
                .score_adj = one->score_adj,
                .rungs = one->rungs ? one->rungs : UINT32_C(1) << PL_RUNG_KILL,
                .grace_usec = 10 * PL_USEC_PER_SEC,
                .freeze_max_usec = 5 * PL_USEC_PER_SEC,
                .livelock_after_usec = PL_USEC_PER_MINUTE,
                .low_bytes = one->low_bytes,
                .min_bytes = one->min_bytes,
                .max_bytes = one->max_bytes ? one->max_bytes : PL_SIZE_MAX,
                .high_bytes = PL_SIZE_MAX,
                .swap_max_bytes = PL_SIZE_MAX,
        };
}

static inline void court_put_facts(const struct court_one *one)
{
        court_update(PL_UPDATE_FACTS, one->id)->facts = court_facts(one);
}

/* As of so many seconds before what it says. */
static inline void court_put_sample(const struct court_one *one, uint64_t seconds_before)
{
        uint64_t less = PL_MIN(one->anon_bytes, one->growth_bytes_per_sec * seconds_before);
        uint64_t anon_bytes = one->anon_bytes - less;

        if (one->is_unread)
                return;
        court_update(PL_UPDATE_SAMPLE, one->id)->sample = (struct pl_cgroup_sample){
                .at_usec = court.now_usec,
                .stat_at_usec = court.now_usec,
                .have = (UINT64_C(1) << sizeof(struct pl_cgroup_sample) / sizeof(uint64_t)) - 1,
                .current_bytes = anon_bytes + one->cache_bytes + one->shmem_bytes,
                .swap_bytes = one->swap_bytes,
                .anon_bytes = anon_bytes,
                .file_bytes = one->cache_bytes + one->shmem_bytes,
                .shmem_bytes = one->shmem_bytes,
        };
}

/* With what was put since the last step. */
static inline struct pl_snapshot court_snapshot(void)
{
        court.host.at_usec = court.now_usec;
        return (struct pl_snapshot){
                .step = ++court.step,
                .now_usec = court.now_usec,
                .host = court.host,
                .update_count = court.update_count,
                .outcome_count = court.outcome_count,
                .updates = court.updates,
                .outcomes = court.outcomes,
        };
}

static inline void court_step(void)
{
        const struct pl_snapshot snapshot = court_snapshot();

        assert_int_equal(pl_engine_step(&court.engine, &snapshot, &court.judgement), 0);
        court.update_count = court.outcome_count = 0;
}

static inline void court_wait(uint64_t usec)
{
        court.now_usec += usec;
}

static inline void court_put_settings(void)
{
        court_update(PL_UPDATE_SETTINGS, 1)->settings = court.settings;
}

/* All of them come, and are looked at twice. */
static inline void court_hear(const struct court_one *all, size_t count)
{
        court_put_settings();
        for (size_t i = 0; i < count; i++)
                court_put_facts(&all[i]);
        for (size_t i = 0; i < count; i++)
                court_put_sample(&all[i], 1);
        court_step();
        court_wait(PL_USEC_PER_SEC);
        for (size_t i = 0; i < count; i++)
                court_put_sample(&all[i], 0);
        court_step();
}

static inline const struct pl_candidate *court_candidate(uint64_t id)
{
        for (uint32_t i = 0; i < court.judgement.candidate_count; i++)
                if (court.judgement.candidates[i].id == id)
                        return &court.judgement.candidates[i];
        return NULL;
}

/* Its place in the ranking, from 1; 0: it has none. */
static inline uint32_t court_rank(uint64_t id)
{
        const struct pl_candidate *candidate = court_candidate(id);

        return candidate ? candidate->rank : 0;
}
