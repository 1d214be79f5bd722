/* SPDX-License-Identifier: Apache-2.0 */

/* Who died in an incident, and when; how short memory was meanwhile. Locked in memory and never taken by anybody, so that it
 * sees what others are too stuck to see.
 *
 *     coroner [OPTION]… FILE CGROUP…
 *
 *     --go FILE          made when the clock begins
 *     --seconds N        it is over after so long (90)
 *     --until N          or when so many have died, of those whose path has WORD in it, and so long after that:
 *     --whom WORD        (all)
 *     --settle MSEC      (3000)
 *
 * It writes into FILE as it goes, a line for each that died, whenever it did, "died USEC CGROUP"; and at the end:
 *
 *     low_kib N          the least that was available
 *     scarce_usec N      when less than a tenth of memory was available first; 0: never
 *     short_usec N       when last
 *     is_short N         1: it is so at the end
 *     oom_kills N        by the kernel
 *     sleep_usec N       the worst of how late its own sleeps ended: that much is due to the machine and not to memory
 *     usec N             in all
 */

#include <fcntl.h>
#include <getopt.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "plimsoll/base/clock.h"
#include "plimsoll/base/macro.h"
#include "plimsoll/base/span.h"
#include "plimsoll/kernel/cgroup.h"
#include "plimsoll/kernel/meminfo.h"
#include "plimsoll/kernel/vmstat.h"

enum {
        CGROUPS_MAX = 64,
        /* Between two looks at memory. */
        LOOK_MSEC = 20,
        OOM_SCORE_ADJ_MIN = -1000,
};

struct coroner {
        const char *go, *whom;
        uint64_t seconds, until, settle_msec;
        FILE *file;
        int proc_fd, meminfo_fd;
        size_t count;
        const char *paths[CGROUPS_MAX];
        int dir_fds[CGROUPS_MAX];
        bool lives[CGROUPS_MAX];
        struct pollfd files[CGROUPS_MAX];
        uint64_t began_usec, end_usec;
        uint64_t deaths, low_bytes, scarce_usec, short_usec, oom_kills, sleep_usec;
        bool is_short;
};

static struct pl_file_buffer buffer;

static _Noreturn void stop(const char *what)
{
        perror(what);
        exit(EXIT_FAILURE);
}

/* ---- who died ---- */

static bool is_populated(int dir_fd)
{
        struct pl_cgroup_events events;

        return pl_cgroup_read_events(dir_fd, &buffer, &events) == 0 && events.populated;
}

static void note_death(struct coroner *coroner, size_t i, uint64_t now_usec)
{
        fprintf(coroner->file, "died %llu %s\n",
                (unsigned long long) (now_usec - coroner->began_usec), coroner->paths[i]);
        (void) fflush(coroner->file);
        if (coroner->whom && !strstr(coroner->paths[i], coroner->whom))
                return;
        if (++coroner->deaths == coroner->until)
                coroner->end_usec = PL_MIN(coroner->end_usec,
                                           now_usec + coroner->settle_msec * PL_USEC_PER_MSEC);
}

/* The file of a cgroup that was removed is ready for ever. */
static void look_at_cgroup(struct coroner *coroner, size_t i)
{
        bool lived = coroner->lives[i];

        (void) lseek(coroner->files[i].fd, 0, SEEK_SET);
        if (read(coroner->files[i].fd, buffer.data, sizeof buffer.data) < 0)
                coroner->files[i].fd = -1;
        coroner->lives[i] = coroner->files[i].fd >= 0 && is_populated(coroner->dir_fds[i]);
        if (lived && !coroner->lives[i])
                note_death(coroner, i, pl_clock_now_usec());
}

static void open_cgroup(struct coroner *coroner, const char *path)
{
        size_t i = coroner->count++;
        int dir_fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        int fd = dir_fd < 0 ? -1 : openat(dir_fd, "cgroup.events", O_RDONLY | O_CLOEXEC);

        if (fd < 0)
                stop(path);
        coroner->paths[i] = path;
        coroner->dir_fds[i] = dir_fd;
        coroner->files[i] = (struct pollfd){ .fd = fd, .events = POLLPRI };
        look_at_cgroup(coroner, i);
}

/* ---- the machine ---- */

static void look_at_memory(struct coroner *coroner, uint64_t now_usec)
{
        struct pl_meminfo meminfo;

        if (pl_meminfo_read_again(coroner->meminfo_fd, &buffer, &meminfo) != 0)
                stop("meminfo");
        coroner->low_bytes = PL_MIN(coroner->low_bytes, meminfo.available_bytes);
        coroner->is_short = meminfo.available_bytes < meminfo.total_bytes / 10;
        if (!coroner->is_short)
                return;
        coroner->short_usec = now_usec - coroner->began_usec;
        if (coroner->scarce_usec == 0)
                coroner->scarce_usec = coroner->short_usec;
}

static uint64_t oom_kills(const struct coroner *coroner)
{
        struct pl_vmstat vmstat;

        if (pl_vmstat_read(coroner->proc_fd, &buffer, &vmstat) != 0)
                stop("vmstat");
        return vmstat.oom_kill_count;
}

/* ---- the watch ---- */

static void watch(struct coroner *coroner)
{
        uint64_t now_usec = coroner->began_usec, slept_usec;

        while (now_usec < coroner->end_usec) {
                int ready = poll(coroner->files, coroner->count, LOOK_MSEC);

                slept_usec = pl_clock_now_usec() - now_usec;
                if (ready == 0 && slept_usec > LOOK_MSEC * PL_USEC_PER_MSEC)
                        coroner->sleep_usec = PL_MAX(coroner->sleep_usec,
                                                     slept_usec - LOOK_MSEC * PL_USEC_PER_MSEC);
                for (size_t i = 0; ready > 0 && i < coroner->count; i++)
                        if (coroner->files[i].revents != 0)
                                look_at_cgroup(coroner, i);
                now_usec = pl_clock_now_usec();
                look_at_memory(coroner, now_usec);
        }
}

static void begin(struct coroner *coroner)
{
        int fd;

        coroner->oom_kills = oom_kills(coroner);
        coroner->low_bytes = UINT64_MAX;
        coroner->began_usec = pl_clock_now_usec();
        coroner->end_usec = coroner->began_usec + coroner->seconds * PL_USEC_PER_SEC;
        if (!coroner->go)
                return;
        fd = open(coroner->go, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
        if (fd < 0)
                stop(coroner->go);
        (void) close(fd);
}

static void say(const struct coroner *coroner, const char *key, uint64_t value)
{
        fprintf(coroner->file, "%s %llu\n", key, (unsigned long long) value);
}

static void finish(struct coroner *coroner)
{
        say(coroner, "low_kib", coroner->low_bytes / 1024);
        say(coroner, "scarce_usec", coroner->scarce_usec);
        say(coroner, "short_usec", coroner->short_usec);
        say(coroner, "is_short", coroner->is_short);
        say(coroner, "oom_kills", oom_kills(coroner) - coroner->oom_kills);
        say(coroner, "sleep_usec", coroner->sleep_usec);
        say(coroner, "usec", pl_clock_now_usec() - coroner->began_usec);
        if (fclose(coroner->file) != 0)
                stop("write");
}

/* ---- main ---- */

static uint64_t number(const char *words)
{
        uint64_t value;

        if (pl_span_to_u64(pl_span_of(words), &value) != 0)
                exit(2);
        return value;
}

static void read_options(int argc, char **argv, struct coroner *coroner)
{
        static const struct option options[] = {
                { "go", required_argument, NULL, 'g' },
                { "seconds", required_argument, NULL, 's' },
                { "until", required_argument, NULL, 'u' },
                { "whom", required_argument, NULL, 'w' },
                { "settle", required_argument, NULL, 'e' },
                {},
        };
        int option;

        while ((option = getopt_long(argc, argv, "+", options, NULL)) >= 0)
                switch (option) {
                case 'g':
                        coroner->go = optarg;
                        break;
                case 's':
                        coroner->seconds = number(optarg);
                        break;
                case 'u':
                        coroner->until = number(optarg);
                        break;
                case 'w':
                        coroner->whom = optarg;
                        break;
                case 'e':
                        coroner->settle_msec = number(optarg);
                        break;
                default:
                        exit(2);
                }
}

static void open_machine(struct coroner *coroner, const char *path)
{
        coroner->proc_fd = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        coroner->meminfo_fd = open("/proc/meminfo", O_RDONLY | O_CLOEXEC);
        coroner->file = fopen(path, "we");
        if (coroner->proc_fd < 0 || coroner->meminfo_fd < 0 || !coroner->file)
                stop(path);
        if (pl_file_write_i64(coroner->proc_fd, "self/oom_score_adj", OOM_SCORE_ADJ_MIN) != 0 ||
            mlockall(MCL_CURRENT | MCL_FUTURE) < 0)
                stop("to outlive it");
}

int main(int argc, char **argv)
{
        static struct coroner coroner = { .seconds = 90, .settle_msec = 3000 };

        read_options(argc, argv, &coroner);
        if (argc - optind < 1 || argc - optind - 1 > CGROUPS_MAX) {
                fprintf(stderr, "usage: coroner [OPTION]... FILE CGROUP...\n");
                return 2;
        }
        open_machine(&coroner, argv[optind]);
        for (int i = optind + 1; i < argc; i++)
                open_cgroup(&coroner, argv[i]);
        begin(&coroner);
        watch(&coroner);
        finish(&coroner);
        return EXIT_SUCCESS;
}
