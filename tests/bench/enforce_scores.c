/* SPDX-License-Identifier: Apache-2.0 */

/* A thousand processes of one workload get their oom_score_adj, against a loop that opens, reads, writes and closes that file of
 * each; and once they have it, the next sweep, which only reads, against a loop that opens, reads and closes.
 *
 * Ours takes hold of each process, makes sure that it is the one it was taken for, and notes in the log of originals what it
 * had, before it writes; the loop does none of that. Processes are files here.
 */

#include "enforce.h"
#include "plimsoll/host/adjust.h"

enum { COUNT = 1000, FIRST_PID = 100000, TURNS = 51, SCORE = 300, CGROUP = 7 };

static struct bench bench;
static struct pl_originals originals;
static struct pl_adjuster adjuster;
static struct pl_adjusted adjusted;
static int cgroup_fd;
static uint64_t sum; /* of what was read, so that reading cannot be left out */

static void sweep(void)
{
        const struct pl_adjust_request request = { .cgroup_fd = cgroup_fd,
                                                   .cgroup_id = CGROUP,
                                                   .aim = PL_ADJUST_APPLY,
                                                   .score_adj = SCORE };
        int r;

        pl_assert(pl_adjust_begin(&adjuster, &request, &adjusted) == 0);
        while ((r = pl_adjust_step(&adjuster, PL_ENFORCE_SWEEP)) == PL_ADJUST_E_MORE)
                ;
        pl_assert(r == 0 && adjusted.error == 0);
        pl_assert(adjusted.process_count == COUNT && adjusted.adjusted_count == COUNT);
}

static void touch_all(bool writes)
{
        char path[ENFORCE_NAME_MAX], text[16];

        for (unsigned i = 0; i < COUNT; i++) {
                _cleanup_close_ int fd = -1;
                ssize_t length;

                (void) snprintf(path, sizeof path, "%u/oom_score_adj", FIRST_PID + i);
                fd = openat(enforce_now.proc_fd, path, (writes ? O_RDWR : O_RDONLY) | O_CLOEXEC);
                length = read(fd, text, sizeof text);
                pl_assert(length > 0);
                sum += (uint64_t) length;
                if (writes)
                        pl_assert(pwrite(fd, "300\n", 4, 0) == 4);
        }
}

/* ---- turns ---- */

static void sweep_pass(void *userdata)
{
        (void) userdata;
        sweep();
}

static void write_pass(void *userdata)
{
        (void) userdata;
        touch_all(true);
}

static void read_pass(void *userdata)
{
        (void) userdata;
        touch_all(false);
}

/* Not timed: everybody has 0 again, and nothing is noted of anybody. */
static void begin_turn(void)
{
        static const uint8_t boot_id[16] = { 1 };
        struct pl_originals_opened opened;

        for (unsigned i = 0; i < COUNT; i++)
                enforce_put_score(FIRST_PID + i, "0\n");
        pl_originals_close(&originals);
        (void) unlinkat(enforce_now.beside_fd, "originals", 0);
        pl_assert(pl_originals_open(&originals, enforce_now.beside_fd, boot_id, &opened) == 0);
        adjusted = (struct pl_adjusted){};
}

static uint64_t time_ours(void)
{
        uint64_t nsec;

        begin_turn();
        nsec = bench_time(sweep_pass, NULL);
        pl_assert(adjusted.changed_count == COUNT);
        return nsec;
}

static uint64_t time_bare(void)
{
        begin_turn();
        return bench_time(write_pass, NULL);
}

static void run_first(void)
{
        (void) time_ours();
        (void) time_bare();
        for (size_t i = 0; i < bench.turns; i++) {
                bench.ours_nsec[i] = time_ours();
                bench.bare_nsec[i] = time_bare();
        }
        bench_print(&bench, COUNT);
}

static void make_workload(void)
{
        char *pids = malloc(8 * COUNT);
        struct pl_text text;

        pl_assert(pids);
        pl_text_init(&text, pids, 8 * COUNT);
        for (unsigned i = 0; i < COUNT; i++) {
                enforce_make_process(FIRST_PID + i);
                pl_text_addf(&text, "%u\n", FIRST_PID + i);
        }
        pl_assert(!text.cut);
        enforce_make_cgroup(0, pids);
        free(pids);
        cgroup_fd = openat(enforce_now.tree_fd, "bench-0", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        pl_assert(cgroup_fd >= 0);
}

int main(int argc, char **argv)
{
        struct pl_roots roots = { -1, -1, -1, -1 };

        pl_assert(atexit(enforce_remove_roots) == 0);
        enforce_make_roots(NULL);
        make_workload();
        roots.proc_fd = enforce_now.proc_fd;
        pl_adjuster_init(&adjuster, &roots, &originals);
        bench.turns = bench_turns(argc, argv, TURNS);
        bench.name = "enforce-scores";
        bench.aim = "5";
        run_first();
        bench.name = "enforce-scores-kept";
        bench.aim = "1.25";
        begin_turn();
        sweep();
        bench_run(&bench, sweep_pass, read_pass, NULL, COUNT);
        pl_adjuster_done(&adjuster);
        pl_originals_close(&originals);
        (void) close(cgroup_fd);
        return sum > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
