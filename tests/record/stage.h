/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* stage - a journal in memory with workloads that are told what to be, a recorder that looks at it, and a clock that is told
 * what it is.
 */

#include "journal/kept.h"

#include "record/recorder.h"

#define STAGE_START_USEC (20000 * PL_USEC_PER_DAY)

struct stage {
        struct pl_journal_writer journal;
        struct pl_journal_reader reader;
        struct pl_history_writer writer;
        struct pl_recorder recorder;
        struct pl_history_time now;
};

static inline void stage_open(struct stage *stage, const struct pl_history_options *options)
{
        assert_int_equal(pl_history_writer_open(place_fd, options, &stage->writer), 0);
        assert_int_equal(pl_recorder_init(&stage->recorder, &stage->writer), 0);
}

static inline void stage_close(struct stage *stage)
{
        pl_recorder_done(&stage->recorder);
        pl_history_writer_close(&stage->writer);
}

/* Another boot, if the number is another one. */
static inline void stage_boot(struct stage *stage, uint8_t boot)
{
        stage->journal = kept_journal(boot, 1);
        stage->reader = kept_journal_reader();
}

static inline void stage_begin(struct stage *stage)
{
        const struct pl_history_options options = kept_options();

        memset(stage, 0, sizeof *stage);
        stage->now = (struct pl_history_time){ STAGE_START_USEC, PL_USEC_PER_HOUR };
        stage_boot(stage, 1);
        stage_open(stage, &options);
}

/* The recorder is stopped, and another one started. */
static inline void stage_restart(struct stage *stage)
{
        const struct pl_history_options options = kept_options();

        stage_close(stage);
        stage_open(stage, &options);
}

/* A look at a workload of usual figures: of each a few digits follow from time and index. */
static inline void stage_put_row(struct stage *stage, uint32_t index, uint64_t id)
{
        const uint64_t now_usec = stage->now.boot_usec, mib = PL_MIB + id % 4096 * 4096;
        struct pl_journal_row row = {
                .id = id,
                .parent_id = 1,
                .since_usec = 5,
                .at_usec = now_usec,
                .runtime = -1,
                .profile = UINT32_MAX,
                .sample = { .at_usec = now_usec - 300000,
                            .stat_at_usec = now_usec - 4000000,
                            .have = 0x7FFFF8,
                            .current_bytes = 300 * mib,
                            .some_usec = now_usec / 4096 + id,
                            .full_usec = now_usec / 8192 + id,
                            .anon_bytes = 200 * mib,
                            .file_bytes = 90 * mib,
                            .shmem_bytes = mib / 4096 * 4096,
                            .kernel_bytes = 10 * mib,
                            .slab_unreclaimable_bytes = 3 * mib,
                            .inactive_file_bytes = 50 * mib,
                            .active_file_bytes = 40 * mib,
                            .refault_file = now_usec / 1000000,
                            .pgmajfault = now_usec / 5000000 },
                .limits = { .set = 8, .values[PL_LIMIT_MAX] = PL_GIB },
                .effective = { .set = 8, .values[PL_LIMIT_MAX] = PL_GIB },
        };

        (void) snprintf(row.name, sizeof row.name, "workload-%llu", (unsigned long long) id);
        (void) snprintf(row.path, sizeof row.path, "/system.slice/docker-%064llu.scope",
                        (unsigned long long) id);
        assert_int_equal(pl_journal_put_row(&stage->journal, index, &row), 0);
}

static inline void stage_put_host(struct stage *stage, uint32_t workloads)
{
        const struct pl_journal_host host = { .sample = { .at_usec = stage->now.boot_usec,
                                                          .have = 7,
                                                          .total_bytes = 16 * PL_GIB,
                                                          .available_bytes = 4 * PL_GIB },
                                              .workload_count = workloads };

        pl_journal_put_host(&stage->journal, &host);
        pl_journal_put_heartbeat(&stage->journal, stage->now.boot_usec);
}

static inline void stage_wait(struct stage *stage, uint64_t usec)
{
        stage->now.boot_usec += usec;
        stage->now.realtime_usec += usec;
}

static inline int stage_turn(struct stage *stage)
{
        return pl_recorder_turn(&stage->recorder, &stage->reader, &stage->now);
}

/* The daemon looks at so many, and the recorder has its turn. */
static inline int stage_look(struct stage *stage, uint32_t workloads)
{
        stage_put_host(stage, workloads);
        for (uint32_t i = 0; i < workloads; i++)
                stage_put_row(stage, i, UINT64_C(1000) + i);
        return stage_turn(stage);
}
