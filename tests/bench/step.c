/* SPDX-License-Identifier: Apache-2.0 */

/* A step of the engine with the same updates, the host and eight workloads that grow, among ten, a hundred, a thousand and
 * ten thousand: in calm weather, and in a shortage in which somebody is taken. The script `flat` counts the instructions
 * of step_counted() under callgrind, a number that does not depend on the machine's other work, and holds them against
 * bounds.
 *
 * Usage: bench_step [calm|short COUNT]
 */

#include <stdbool.h>

#include "../shipped.h"
#include "bench.h"
#include "plimsoll/base/clock.h"
#include "plimsoll/base/macro.h"
#include "plimsoll/base/size.h"
#include "plimsoll/engine/engine.h"

enum { UPDATES = 8, COUNT_MAX = 10000, LOOKS = 4 };

static const uint32_t counts[] = { 10, 100, 1000, COUNT_MAX };

static struct pl_engine engine;
static struct pl_judgement judgement;
static struct pl_update all[2 * COUNT_MAX + 1], few[UPDATES];
static struct pl_snapshot snapshot;
static uint64_t available_bytes;

static const struct pl_settings settings = {
        SHIPPED_SETTINGS,
        .flags = PL_SETTING_HOST | PL_SETTING_LOCAL,
        .floor_bytes = 640 * PL_MIB,
        .thrash_bytes_per_sec = 80 * PL_MIB,
        .kill_floor_bytes = PL_MIB,
        .kill_together = 1,
};

/* ---- a host ---- */

static struct pl_cgroup_sample sample_of(uint32_t i)
{
        return (struct pl_cgroup_sample){
                .at_usec = snapshot.now_usec,
                .have = PL_CGROUP_BIT(current_bytes),
                .current_bytes = (8 + i % 64) * PL_MIB + snapshot.step * PL_MIB * (i % 8),
        };
}

static void step(struct pl_update *updates, uint64_t count)
{
        snapshot.step++;
        snapshot.host = (struct pl_host_sample){
                .at_usec = snapshot.now_usec,
                .have = UINT64_MAX,
                .available_bytes = available_bytes,
        };
        snapshot.updates = updates;
        snapshot.update_count = count;
        pl_assert(pl_engine_step(&engine, &snapshot, &judgement) == 0);
        snapshot.now_usec += PL_USEC_PER_SEC / 4;
}

static void build(uint32_t count)
{
        uint64_t added = 0;

        snapshot = (struct pl_snapshot){ .now_usec = PL_USEC_PER_HOUR };
        pl_assert(pl_engine_init(&engine, COUNT_MAX, 1) == 0);
        all[added++] = (struct pl_update){ .kind = PL_UPDATE_SETTINGS,
                                           .id = 1,
                                           .settings = settings };
        for (uint32_t i = 0; i < count; i++) {
                struct pl_cgroup_facts facts = {
                        .id = i + 1,
                        .flags = PL_CGROUP_WORKLOAD | PL_CGROUP_POPULATED,
                        .rungs = 1 << PL_RUNG_KILL,
                        .max_bytes = PL_SIZE_MAX,
                        .high_bytes = PL_SIZE_MAX,
                };

                all[added++] = (struct pl_update){ .id = i + 1, .facts = facts };
                all[added++] = (struct pl_update){ .kind = PL_UPDATE_SAMPLE,
                                                   .id = i + 1,
                                                   .sample = sample_of(i) };
        }
        step(all, added);
}

/* The same eight in every crowd: spread over all, so that they rise and sink in the orders. */
static void draw_few(uint32_t count)
{
        for (uint32_t i = 0; i < UPDATES; i++) {
                uint32_t which = i * (count / UPDATES) % count;

                few[i] = (struct pl_update){ .kind = PL_UPDATE_SAMPLE,
                                             .id = which + 1,
                                             .sample = sample_of(which) };
        }
}

/* ---- the weather ---- */

/* What is counted, and nothing but that. */
__attribute__((noinline)) void step_counted(void);

void step_counted(void)
{
        step(few, UPDATES);
}

static void look(uint32_t count, uint64_t available)
{
        available_bytes = available;
        draw_few(count);
        step(few, UPDATES);
}

static void count_one(const char *weather, uint32_t count)
{
        bool is_short = strcmp(weather, "short") == 0;

        available_bytes = 8 * PL_GIB;
        build(count);
        for (unsigned i = 0; i < LOOKS; i++)
                look(count, 8 * PL_GIB);
        available_bytes = is_short ? 100 * PL_MIB : 8 * PL_GIB;
        draw_few(count);
        step_counted();
        /* Else it is not what it is called. */
        pl_assert(judgement.verdicts[0].severity ==
                  (is_short ? PL_SEVERITY_CRITICAL : PL_SEVERITY_CALM));
        pl_assert(judgement.decision_count == (is_short ? 1 : 0));
        printf("step %s among %u: %u updates, %u candidates\n", weather, count, UPDATES,
               judgement.candidate_count);
        pl_engine_done(&engine);
}

int main(int argc, char **argv)
{
        static const char *const weathers[] = { "calm", "short" };

        if (argc == 3) {
                count_one(argv[1], (uint32_t) strtoul(argv[2], NULL, 10));
                return EXIT_SUCCESS;
        }
        for (size_t i = 0; i < PL_ARRAY_LENGTH(weathers); i++)
                for (size_t j = 0; j < PL_ARRAY_LENGTH(counts); j++)
                        count_one(weathers[i], counts[j]);
        return EXIT_SUCCESS;
}
