/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* jobs - many seeds, on several processors. Each worker is a process of its own, so that one that an assertion ends costs one
 * seed and not the run.
 */

#include <stdbool.h>
#include <stdint.h>

enum {
        SIM_JOBS_WORKERS_MAX = 64,
        SIM_FAILURES_MAX = 16,
};

struct sim_failure {
        uint64_t seed;
        uint64_t step;
        char rule[32];
        char why[256];
};

struct sim_range {
        uint64_t first, last;
        uint32_t workers;
        bool stops; /* at the first failure of a worker */
};

/* What has come of it all. */
struct sim_count {
        uint64_t seeds, broken, kills, short_seeds, kernel_kills, alarms, locals, growers, steps;
        uint32_t failure_count;
        struct sim_failure failures[SIM_FAILURES_MAX]; /* the first of them, by seed */
};

void sim_jobs_run(const struct sim_range *range, struct sim_count *ret_count);

/* How a seed is run: every fiftieth with a second engine, and twice. True: no rule was broken. */
bool sim_seed_run(uint64_t seed, struct sim_count *count);
