/* SPDX-License-Identifier: Apache-2.0 */

/* From the first of a thousand cgroups that appear to the last limit that is known to be in force, against a bare loop that
 * makes the same cgroups and sets the same limits.
 *
 * Somebody else makes them meanwhile, a thread, as a runtime would. The daemon hears of each by inotify, finds out who it is,
 * reads what is there, notes that, has five limits set by the threads that write, and reads them all again.
 *
 * With --cgroup-root DIR the cgroups are the kernel's, below that directory; where the kernel lacks one of the limits, the
 * program ends there.
 */

#include <getopt.h>
#include <pthread.h>

#include "enforce.h"

enum { COUNT = 1000, COUNT_QUICK = 100, TURNS = 11, TURNS_QUICK = 3 };

static struct {
        const char *cgroup_root;
        unsigned count;
} options = { .count = COUNT };

static struct bench bench = { .name = "enforce-burst", .aim = "1.5" };

/* ---- one turn ---- */

static void *make_all(void *userdata)
{
        (void) userdata;
        for (unsigned i = 0; i < options.count; i++)
                enforce_make_cgroup(i, "");
        return NULL;
}

static void burst_ours(void *userdata)
{
        pthread_t maker;

        pl_assert(pthread_create(&maker, NULL, make_all, userdata) == 0);
        enforce_settle(options.count);
        pl_assert(pthread_join(maker, NULL) == 0);
}

static void write_limits(unsigned number)
{
        char path[2 * ENFORCE_NAME_MAX];

        for (size_t i = 0; i < PL_ARRAY_LENGTH(enforce_limits); i++) {
                struct pl_span value = pl_span_of(enforce_limits[i].value);
                _cleanup_close_ int fd = -1;

                (void) snprintf(path, sizeof path, "bench-%u/%s", number, enforce_limits[i].name);
                fd = openat(enforce_now.tree_fd, path, O_WRONLY | O_TRUNC | O_CLOEXEC);
                pl_assert(write(fd, value.data, value.length) == (ssize_t) value.length);
        }
}

static void burst_bare(void *userdata)
{
        (void) userdata;
        for (unsigned i = 0; i < options.count; i++) {
                enforce_make_cgroup(i, "");
                write_limits(i);
        }
}

/* Not timed: all is as it should be, and goes. */
static void end_turn(void)
{
        for (unsigned i = 0; i < options.count; i++) {
                enforce_check_cgroup(i);
                enforce_remove_cgroup(i);
        }
}

/* Who is there is looked at once before, as by a daemon that has been running for a while. */
static uint64_t time_ours(void)
{
        uint64_t nsec;

        enforce_open(pl_clock_now_usec());
        enforce_look();
        nsec = bench_time(burst_ours, NULL);
        end_turn();
        enforce_settle(0);
        enforce_close();
        return nsec;
}

/* Nobody watches. */
static uint64_t time_bare(void)
{
        uint64_t nsec = bench_time(burst_bare, NULL);

        end_turn();
        return nsec;
}

static void run(void)
{
        (void) time_ours();
        (void) time_bare();
        for (size_t i = 0; i < bench.turns; i++) {
                bench.ours_nsec[i] = time_ours();
                bench.bare_nsec[i] = time_bare();
        }
        bench_print(&bench, options.count);
}

static void parse(int argc, char **argv)
{
        static const struct option known[] = {
                { "quick", no_argument, NULL, 'q' },
                { "cgroup-root", required_argument, NULL, 'c' },
                {},
        };
        int option;

        while ((option = getopt_long(argc, argv, "", known, NULL)) >= 0)
                switch (option) {
                case 'q':
                        bench.turns = TURNS_QUICK;
                        options.count = COUNT_QUICK;
                        break;
                case 'c':
                        options.cgroup_root = optarg;
                        break;
                default:
                        exit(EXIT_FAILURE);
                }
}

int main(int argc, char **argv)
{
        bench.turns = TURNS;
        parse(argc, argv);
        daemon_need_fds("enforce");
        enforce_make_roots(options.cgroup_root);
        pl_assert(atexit(enforce_remove_roots) == 0);
        run();
        return EXIT_SUCCESS;
}
