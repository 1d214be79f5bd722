/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* bench - time, medians and the one line that a comparison prints.
 *
 * Ours and the bare thing run in turns within one run, so that whatever else the machine does hits both. The programs
 * judge nothing: they print a ratio with its aim, and scripts/bench shows them all.
 */

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "plimsoll/base/assert.h"

enum { BENCH_TURNS_MAX = 1001 };

struct bench {
        const char *name;
        const char *aim; /* "1.25" */
        size_t turns;    /* odd, so that there is a middle */
        uint64_t ours_nsec[BENCH_TURNS_MAX];
        uint64_t bare_nsec[BENCH_TURNS_MAX];
};

/* One pass over the whole work. */
typedef void (*bench_pass)(void *userdata);

static inline uint64_t bench_now_nsec(void)
{
        struct timespec now;

        pl_assert(clock_gettime(CLOCK_MONOTONIC, &now) == 0);
        return (uint64_t) now.tv_sec * 1000000000 + (uint64_t) now.tv_nsec;
}

static inline uint64_t bench_time(bench_pass pass, void *userdata)
{
        uint64_t start = bench_now_nsec();

        pass(userdata);
        return bench_now_nsec() - start;
}

static inline int bench_compare(const void *a, const void *b)
{
        const uint64_t *left = a, *right = b;

        return (*left > *right) - (*left < *right);
}

static inline uint64_t bench_median(uint64_t *values, size_t count)
{
        qsort(values, count, sizeof *values, bench_compare);
        return values[count / 2];
}

/* The line, with the ratio of the medians. `pieces` are what one pass works on: cgroups, say. */
static inline void bench_print(struct bench *bench, size_t pieces)
{
        uint64_t ours_median = bench_median(bench->ours_nsec, bench->turns);
        uint64_t bare_median = bench_median(bench->bare_nsec, bench->turns);

        printf("%s ours/bare ratio %.2f (aim %s); %.0f and %.0f ns each of %zu\n", bench->name,
               (double) ours_median / (double) bare_median, bench->aim,
               (double) ours_median / (double) pieces, (double) bare_median / (double) pieces,
               pieces);
}

/* Takes turns, the one that begins changing with each, and prints what has come of it. */
static inline void bench_run(struct bench *bench, bench_pass ours, bench_pass bare, void *userdata,
                             size_t pieces)
{
        pl_assert(bench->turns > 0 && bench->turns <= BENCH_TURNS_MAX);

        ours(userdata);
        bare(userdata);
        for (size_t i = 0; i < bench->turns; i++) {
                if (i % 2 == 0)
                        bench->ours_nsec[i] = bench_time(ours, userdata);
                bench->bare_nsec[i] = bench_time(bare, userdata);
                if (i % 2 == 1)
                        bench->ours_nsec[i] = bench_time(ours, userdata);
        }
        bench_print(bench, pieces);
}

/* `--quick` alone: a run that only shows that the program works. */
static inline size_t bench_turns(int argc, char **argv, size_t turns)
{
        return argc > 1 && strcmp(argv[1], "--quick") == 0 ? 3 : turns;
}
