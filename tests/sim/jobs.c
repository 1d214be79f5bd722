/* SPDX-License-Identifier: Apache-2.0 */

#include "jobs.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "generate.h"
#include "plimsoll/base/assert.h"
#include "run.h"

enum {
        /* Of real time: the slowest seed takes a second with the sanitizers. */
        SEED_SECONDS_MAX = 100,
        TWICE_EVERY = 50,
        BAR_WIDTH = 40,
        LOOK_MSEC = 100,
        SAME_MAX = 4, /* of one rule, so that it does not hide the others */
};

/* A worker's, which its parent reads. */
struct desk {
        pid_t pid; /* 0: it has ended */
        uint64_t seed;
        struct sim_count count;
};

/* ---- a seed ---- */

static void drop(struct sim_count *count, uint32_t at)
{
        count->failure_count--;
        memmove(&count->failures[at], &count->failures[at + 1],
                (count->failure_count - at) * sizeof *count->failures);
}

/* Into its place by seed. Of too many of its rule, or of all, the last makes room. */
static void keep(struct sim_count *count, const struct sim_failure *failure)
{
        uint32_t at = count->failure_count, same = 0, last = 0;

        for (uint32_t i = 0; i < count->failure_count; i++)
                if (strcmp(count->failures[i].rule, failure->rule) == 0) {
                        same++;
                        last = i;
                }
        if (same < SAME_MAX)
                last = count->failure_count - 1;
        if (same == SAME_MAX || count->failure_count == SIM_FAILURES_MAX) {
                if (count->failures[last].seed < failure->seed)
                        return;
                drop(count, last);
                at--;
        }
        for (; at > 0 && count->failures[at - 1].seed > failure->seed; at--)
                count->failures[at] = count->failures[at - 1];
        count->failures[at] = *failure;
        count->failure_count++;
}

static void note_failure(struct sim_count *count, uint64_t seed, const struct sim_run *run)
{
        struct sim_failure failure = { .seed = seed, .step = run->snapshot.step };

        snprintf(failure.rule, sizeof failure.rule, "%.31s", run->broken);
        snprintf(failure.why, sizeof failure.why, "%s", run->why);
        count->broken++;
        keep(count, &failure);
}

static void add_up(struct sim_count *count, const struct sim_run *run)
{
        uint64_t kills = 0;

        for (uint32_t i = 0; i < run->scenario.cgroup_count; i++) {
                kills += run->tallies[i].kills;
                count->locals += run->tallies[i].was_local;
                count->growers += run->tallies[i].was_grower;
        }
        count->seeds++;
        count->kills += kills;
        count->short_seeds += kills > 0;
        count->kernel_kills += run->host.kill_count;
        count->alarms += run->alarms;
        count->steps += run->snapshot.step;
}

bool sim_seed_run(uint64_t seed, struct sim_count *count)
{
        static struct sim_scenario scenario;
        static struct sim_run run;
        struct sim_run_options options = { .with_twin = seed % TWICE_EVERY == 0 };
        uint64_t digest;

        sim_generate(&scenario, seed);
        if (sim_run(&run, &scenario, &options) == 0 && options.with_twin) {
                digest = run.digest;
                options.with_twin = false;
                if (sim_run(&run, &scenario, &options) == 0 && run.digest != digest) {
                        snprintf(run.why, sizeof run.why, "the second time was another");
                        run.broken = "twice";
                }
        }
        add_up(count, &run);
        if (run.broken)
                note_failure(count, seed, &run);
        return !run.broken;
}

/* ---- workers ---- */

static void work(const struct sim_range *range, uint32_t number, struct desk *desk)
{
        for (desk->seed = range->first + number; desk->seed <= range->last;
             desk->seed += range->workers) {
                alarm(SEED_SECONDS_MAX);
                if (!sim_seed_run(desk->seed, &desk->count) && range->stops)
                        return;
        }
}

static void start(const struct sim_range *range, uint32_t number, struct desk *desk)
{
        pid_t pid = fork();

        pl_assert(pid >= 0);
        if (pid == 0) {
                work(range, number, desk);
                _exit(0);
        }
        /* The desk is the worker's as well, so only one of both may write this. */
        desk->pid = pid;
}

/* An assertion, or a seed that does not end: that is a failure of this seed, and another goes on behind it. */
static void note_death(struct desk *desk, int status)
{
        struct sim_failure failure = { .seed = desk->seed };

        snprintf(failure.rule, sizeof failure.rule, "%s",
                 WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM ? "endless" : "crash");
        snprintf(failure.why, sizeof failure.why, "it ended with status %d", status);
        desk->count.seeds++;
        desk->count.broken++;
        keep(&desk->count, &failure);
}

static void go_on(const struct sim_range *range, uint32_t number, struct desk *desk)
{
        struct sim_range rest = *range;

        rest.first = desk->seed + range->workers - number;
        if (!range->stops && desk->seed + range->workers <= range->last)
                start(&rest, number, desk);
}

static void show(const struct sim_range *range, const struct desk *desks)
{
        uint64_t done = 0, broken = 0, all = range->last - range->first + 1;
        int filled;

        if (!isatty(STDERR_FILENO))
                return;
        for (uint32_t i = 0; i < range->workers; i++) {
                done += desks[i].count.seeds;
                broken += desks[i].count.broken;
        }
        filled = (int) (done * BAR_WIDTH / all);
        fprintf(stderr, "\r\033[K[%.*s%*s] %" PRIu64 " of %" PRIu64 " seeds, %" PRIu64 " broken",
                filled, "########################################", BAR_WIDTH - filled, "", done,
                all, broken);
}

static bool look_after(const struct sim_range *range, struct desk *desks)
{
        bool is_busy = false;

        for (uint32_t i = 0; i < range->workers; i++) {
                int status;

                if (desks[i].pid == 0)
                        continue;
                is_busy = true;
                if (waitpid(desks[i].pid, &status, WNOHANG) != desks[i].pid)
                        continue;
                desks[i].pid = 0;
                if (status == 0)
                        continue;
                note_death(&desks[i], status);
                go_on(range, i, &desks[i]);
        }
        return is_busy;
}

/* ---- what has come of it ---- */

static void gather(struct sim_count *count, const struct sim_count *part)
{
        count->seeds += part->seeds;
        count->broken += part->broken;
        count->kills += part->kills;
        count->short_seeds += part->short_seeds;
        count->kernel_kills += part->kernel_kills;
        count->alarms += part->alarms;
        count->locals += part->locals;
        count->growers += part->growers;
        count->steps += part->steps;
        for (uint32_t i = 0; i < part->failure_count; i++)
                keep(count, &part->failures[i]);
}

void sim_jobs_run(const struct sim_range *range, struct sim_count *ret_count)
{
        const struct timespec pause = { .tv_nsec = LOOK_MSEC * 1000000L };
        size_t size = range->workers * sizeof(struct desk);
        struct desk *desks;

        pl_assert(range->workers > 0 && range->workers <= SIM_JOBS_WORKERS_MAX);

        desks = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        pl_assert(desks != MAP_FAILED);
        fflush(NULL);
        for (uint32_t i = 0; i < range->workers; i++)
                start(range, i, &desks[i]);
        while (look_after(range, desks)) {
                show(range, desks);
                nanosleep(&pause, NULL);
        }
        if (isatty(STDERR_FILENO))
                fprintf(stderr, "\r\033[K");
        *ret_count = (struct sim_count){};
        for (uint32_t i = 0; i < range->workers; i++)
                gather(ret_count, &desks[i].count);
        munmap(desks, size);
}
