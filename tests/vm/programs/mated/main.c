/* SPDX-License-Identifier: Apache-2.0 */

/* A daemon that has nothing but a mate, to die or to stand still when it is told to.
 *
 *     mated hold MSEC CGROUP…            holds them still, to be let go then, and waits
 *     mated brief DIRECTORY CGROUP…      with a journal in that directory: who goes first is first, and waits. One behind
 *                                        "protected:" may not be taken. Whoever is not short has less than 1 TiB
 *
 * Says "ready" and the mate's pid; then a line for each deed of the mate: its name, result and bytes.
 */

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/mate.h"
#include "plimsoll/base/clock.h"
#include "plimsoll/base/macro.h"
#include "plimsoll/base/size.h"
#include "plimsoll/host/kill.h"
#include "plimsoll/journal/writer.h"

static struct pl_mate mate = PL_MATE_NONE;

static _Noreturn void stop(const char *what, int r)
{
        fprintf(stderr, "mated: %s: %d %s\n", what, r, strerror(r < 0 ? -r : errno));
        exit(2);
}

static int open_directory(const char *path)
{
        int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

        if (fd < 0)
                stop(path, -errno);
        return fd;
}

static uint64_t id_of(int fd)
{
        uint64_t id = 0;
        int r = pl_cgroup_id(fd, &id);

        if (r != 0)
                stop("id", r);
        return id;
}

static struct pl_killer *make_killer(void)
{
        static struct pl_roots roots;
        struct pl_killer *killer = NULL;
        int r;

        roots = (struct pl_roots){ open_directory("/sys/fs/cgroup"), open_directory("/proc"), -1,
                                   -1 };
        r = pl_killer_new(&roots, &(struct pl_killer_options){ .without_threads = true }, &killer);
        if (r != 0)
                stop("killer", r);
        return killer;
}

/* Until it stands still. */
static void freeze(struct pl_killer *killer, int fd)
{
        const struct pl_kill_request request = { .id = id_of(fd),
                                                 .cgroup_fd = fd,
                                                 .flags = PL_CGROUP_WORKLOAD,
                                                 .measure = PL_MEASURE_FREEZE };
        struct pl_outcome outcome;
        int r = pl_killer_begin(killer, &request, pl_clock_now_usec());

        if (r != 0)
                stop("freeze", r);
        while (!pl_killer_take(killer, &outcome)) {
                (void) poll(NULL, 0, 10);
                (void) pl_killer_step(killer, pl_clock_now_usec(), 100);
        }
        if (outcome.result != PL_RESULT_DONE)
                stop("freeze", (int) outcome.result);
}

static void hold(const char *msec, char *const *paths)
{
        struct pl_killer *killer = make_killer();

        for (size_t i = 0; paths[i]; i++) {
                int fd = open_directory(paths[i]);
                int r = pl_mate_hold(&mate, fd, id_of(fd),
                                     pl_clock_now_usec() +
                                             strtoull(msec, NULL, 10) * PL_USEC_PER_MSEC);

                if (r != 0)
                        stop("hold", r);
                freeze(killer, fd);
        }
}

static void show_journal(const char *directory)
{
        static struct pl_journal_writer writer;
        const struct pl_journal_options options = { .file_bytes = PL_JOURNAL_BYTES_MIN,
                                                    .now_usec = pl_clock_now_usec() };
        struct pl_journal_opened opened;
        int dir_fd = open_directory(directory), fd, r;

        r = pl_journal_writer_open(dir_fd, "journal", &options, &writer, &opened);
        if (r != 0)
                stop("journal", r);
        fd = openat(dir_fd, "journal", O_RDONLY | O_CLOEXEC);
        pl_journal_put_heartbeat(&writer, pl_clock_now_usec());
        r = pl_mate_show(&mate, fd, 1);
        if (r != 0)
                stop("show", r);
}

static void give_brief(char *const *paths)
{
        static const char prefix[] = "protected:";
        struct pl_mate_brief brief = { .may_act = true,
                                       .at_usec = pl_clock_now_usec(),
                                       .floor_bytes = PL_TIB,
                                       .critical_bytes = PL_TIB,
                                       .worth_bytes = PL_MIB };
        int fds[PL_MATE_RANKED_MAX], r;

        for (; brief.count < PL_MATE_RANKED_MAX && paths[brief.count]; brief.count++) {
                struct pl_mate_ranked *ranked = &brief.ranked[brief.count];
                const char *path = paths[brief.count], *name;

                ranked->flags = PL_CGROUP_WORKLOAD;
                if (strncmp(path, prefix, strlen(prefix)) == 0) {
                        path += strlen(prefix);
                        ranked->flags |= PL_CGROUP_PROTECTED;
                }
                name = strrchr(path, '/');
                fds[brief.count] = open_directory(path);
                ranked->id = id_of(fds[brief.count]);
                (void) snprintf(ranked->name, sizeof ranked->name, "%s", name ? name + 1 : path);
        }
        r = pl_mate_brief(&mate, &brief, fds);
        if (r != 0)
                stop("brief", r);
}

/* For ever, or until the mate has gone. */
static void tell_deeds(void)
{
        struct pollfd fd = { .fd = mate.socket_fd, .events = POLLIN };
        char name[PL_JOURNAL_NAME_BYTES];
        struct pl_outcome outcome;

        printf("ready %d\n", mate.pid);
        while (!mate.has_gone) {
                (void) fflush(stdout);
                (void) poll(&fd, 1, -1);
                while (pl_mate_take(&mate, &outcome, name))
                        printf("deed %s result %u bytes %llu\n", name, outcome.result,
                               (unsigned long long) outcome.bytes);
        }
}

int main(int argc, char **argv)
{
        const struct pl_mate_options options = { .to_stderr = true };
        int r;

        if (argc < 4)
                return 2;
        r = pl_mate_start(&options, &mate);
        if (r != 0)
                stop("mate", r);
        if (strcmp(argv[1], "hold") == 0) {
                hold(argv[2], argv + 3);
        } else {
                show_journal(argv[2]);
                give_brief(argv + 3);
        }
        tell_deeds();
        return 0;
}
