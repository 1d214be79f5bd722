/* SPDX-License-Identifier: Apache-2.0 */

/* What keeping limits costs a scan in which everything is as it should be: system calls a workload under a profile and scan,
 * with all processes at their oom_score_adj, against bare calls that read each needed file once and make nothing of it.
 *
 * Needed are the hot files, the five limits that every profile has to agree with, memory.oom.group, which this one sets, the
 * list of processes with the value of each, and the list of cgroups below; of a third of them memory.stat, whose cgroup it is and
 * what selectors ask of it. The same look without an enforcer, which keeps nothing, is told beside it.
 *
 * Calls are counted by a parent that traces a child; where that is not permitted there is no count.
 */

#include <dirent.h>
#include <sys/xattr.h>

#include "calls.h"
#include "enforce.h"

enum { COUNT = 100, COUNT_QUICK = 10, FIRST_PID = 100000, PROCESSES_MAX = 16 };

static struct {
        unsigned count, process_count;
        unsigned look;
        uint64_t sum; /* of what was read, so that reading cannot be left out */
        char buffer[PL_FILE_MAX];
} bare;

/* ---- bare ---- */

static void read_at(int dir_fd, const char *name)
{
        _cleanup_close_ int fd = openat(dir_fd, name, O_RDONLY | O_CLOEXEC);
        ssize_t length = pread(fd, bare.buffer, sizeof bare.buffer, 0);

        pl_assert(length > 0);
        bare.sum += (uint64_t) length;
}

static void read_files(int dir_fd, const char *const *names, size_t count)
{
        for (size_t i = 0; i < count; i++)
                read_at(dir_fd, names[i]);
}

static void read_list(int dir_fd)
{
        _cleanup_close_ int fd = openat(dir_fd, "cgroup.procs", O_RDONLY | O_CLOEXEC);
        ssize_t length;

        while ((length = read(fd, bare.buffer, sizeof bare.buffer)) > 0)
                bare.sum += (uint64_t) length;
}

static void list(int dir_fd)
{
        _cleanup_close_ int fd = openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        ssize_t length;

        while ((length = getdents64(fd, bare.buffer, sizeof bare.buffer)) > 0)
                bare.sum += (uint64_t) length;
}

static void read_scores(int dir_fd, unsigned number)
{
        char path[ENFORCE_NAME_MAX];

        read_list(dir_fd);
        for (unsigned i = 0; i < bare.process_count; i++) {
                (void) snprintf(path, sizeof path, "%u/oom_score_adj",
                                FIRST_PID + number * bare.process_count + i);
                read_at(enforce_now.proc_fd, path);
        }
        list(dir_fd);
}

/* The oom_score_adj of the first process is one of the things that selectors and the order of kills go by. */
static void read_identity(int dir_fd, unsigned number)
{
        char path[ENFORCE_NAME_MAX];
        struct stat own, above;

        pl_assert(fstat(dir_fd, &own) == 0 && fstat(enforce_now.tree_fd, &above) == 0);
        bare.sum += own.st_uid + above.st_uid;
        (void) fgetxattr(dir_fd, "user.plimsoll.profile", bare.buffer, PL_NAME_MAX);
        read_list(dir_fd);
        (void) snprintf(path, sizeof path, "%u/oom_score_adj",
                        FIRST_PID + number * bare.process_count);
        read_at(enforce_now.proc_fd, path);
        read_at(dir_fd, "memory.stat");
}

static void look_bare(void *userdata)
{
        static const char *const every[] = {
                "cgroup.events",       "memory.current",  "memory.swap.current", "memory.events",
                "memory.events.local", "memory.pressure", "memory.high",         "memory.max",
                "memory.swap.max",     "memory.min",      "memory.low",          "memory.oom.group",
        };
        const int *fds = userdata;

        bare.look++;
        list(enforce_now.tree_fd);
        for (unsigned i = 0; i < bare.count; i++) {
                if ((i + bare.look) % PL_BOARD_SLOW_EVERY == 0)
                        read_identity(fds[i], i);
                read_files(fds[i], every, PL_ARRAY_LENGTH(every));
                read_scores(fds[i], i);
        }
}

/* Until everybody's turn of what is slow has come. */
static void look_bare_at_all(void *userdata)
{
        for (unsigned i = 0; i < PL_BOARD_SLOW_EVERY; i++)
                look_bare(userdata);
}

/* ---- ours ---- */

static void look_ours_at_all(void *userdata)
{
        (void) userdata;
        for (unsigned i = 0; i < PL_BOARD_SLOW_EVERY; i++)
                enforce_look();
}

/* In a child, whose board is not looked at again. */
static void look_without_enforcer(void *userdata)
{
        enforce_now.board.options.enforcer = NULL;
        look_ours_at_all(userdata);
}

static void make_workload(unsigned number)
{
        char pids[16 * PROCESSES_MAX];
        struct pl_text text;

        pl_text_init(&text, pids, sizeof pids);
        for (unsigned i = 0; i < bare.process_count; i++) {
                unsigned pid = FIRST_PID + number * bare.process_count + i;

                enforce_make_process(pid);
                pl_text_addf(&text, "%u\n", pid);
        }
        pl_assert(!text.cut);
        enforce_make_cgroup(number, pids);
}

static void check_all(void)
{
        for (unsigned i = 0; i < bare.count; i++) {
                struct pl_journal_row row;

                pl_assert(pl_board_read_row(&enforce_now.board, i, &row));
                pl_assert(row.standing.states[PL_LIMIT_OOM_GROUP] == PL_LIMIT_IN_FORCE);
                pl_assert(row.standing.adjusted_count == bare.process_count);
                enforce_check_cgroup(i);
        }
}

static void print_calls(int *fds)
{
        const double looks = (double) bare.count * PL_BOARD_SLOW_EVERY;
        uint64_t ours = calls_count(look_ours_at_all, NULL);
        uint64_t without = calls_count(look_without_enforcer, NULL);
        uint64_t least = calls_count(look_bare_at_all, fds);

        if (ours == 0 || without == 0 || least == 0) {
                printf("enforce-calls were not counted: nobody may trace here\n");
                return;
        }
        printf("enforce-calls ours/bare ratio %.2f (aim 1.10); %.2f and %.2f system calls a "
               "workload "
               "and scan, %.2f of them to keep limits, of %u workloads, processes of each: %u\n",
               (double) ours / (double) least, (double) ours / looks, (double) least / looks,
               (double) (ours - without) / looks, bare.count, bare.process_count);
}

static void measure(unsigned count, unsigned process_count)
{
        static int fds[COUNT];

        bare.count = count;
        bare.process_count = process_count;
        enforce_make_roots(NULL);
        for (unsigned i = 0; i < count; i++)
                make_workload(i);
        enforce_open(pl_clock_now_usec());
        enforce_look();
        enforce_settle(count);
        look_ours_at_all(NULL);
        check_all();
        for (unsigned i = 0; i < count; i++) {
                char name[ENFORCE_NAME_MAX];

                enforce_name(i, name);
                fds[i] = openat(enforce_now.tree_fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
                pl_assert(fds[i] >= 0);
        }
        print_calls(fds);
        for (unsigned i = 0; i < count; i++)
                pl_cleanup_close(&fds[i]);
        enforce_close();
        enforce_remove_roots();
}

int main(int argc, char **argv)
{
        unsigned count = bench_turns(argc, argv, COUNT) == COUNT ? COUNT : COUNT_QUICK;

        pl_assert(atexit(enforce_remove_roots) == 0);
        measure(count, 1);
        measure(count, 4);
        measure(count, PROCESSES_MAX);
        return EXIT_SUCCESS;
}
