/* SPDX-License-Identifier: Apache-2.0 */

/* What a calm look of plimsolld's board costs, nobody coming or going: system calls and time, against the bare calls that
 * read the same files in the same way and make nothing of them. At each look everybody's hot files are read, and of a
 * third of them memory.stat, limits, owners and the oom_score_adj of a process; of those under a profile limits each time,
 * and the one more that every shipped profile sets. Nothing is written: that is for enforce.c.
 *
 * Calls are counted by a parent that traces a child through as many looks as it takes until everything was read once; where
 * that is not permitted there is no count. What a tick takes is that of the host's figures and of the journal, without
 * the loop's own.
 */

#include <dirent.h>
#include <sys/xattr.h>

#include "calls.h"
#include "daemon.h"
#include "plimsoll/base/clock.h"

enum { TURNS = 21, PAGE = 16 * 1024, CPU_LOOKS = 9 };

static const char *const hot[] = { "memory.current", "memory.swap.current", "memory.events",
                                   "memory.events.local", "memory.pressure" };
static const char *const limits[] = { "memory.high", "memory.max", "memory.swap.max", "memory.min",
                                      "memory.low" };

/* What the bare calls are made on: the directories that the census has open. */
static struct {
        struct {
                int fd, parent_fd;
                bool is_workload;
        } cgroups[2 * DAEMON_LARGEST];
        unsigned count, look;
        char pid[16];
        char buffer[PL_FILE_MAX];
        uint64_t sum; /* of what was read, so that reading cannot be left out */
} bare;

static struct bench bench;
static uint64_t cpu_nsec[CPU_LOOKS];

/* ---- one look, ours and bare ---- */

static void look_ours(void *userdata)
{
        (void) userdata;
        daemon_look(pl_clock_now_usec());
}

static void list(int fd)
{
        ssize_t length;

        pl_assert(lseek(fd, 0, SEEK_SET) == 0);
        while ((length = getdents64(fd, bare.buffer, PAGE)) > 0)
                bare.sum += (uint64_t) length;
}

static void read_file(int dir_fd, const char *name)
{
        _cleanup_close_ int fd = openat(dir_fd, name, O_RDONLY | O_CLOEXEC);
        ssize_t length = pread(fd, bare.buffer, sizeof bare.buffer, 0);

        pl_assert(length > 0);
        bare.sum += (uint64_t) length;
}

static void read_files(int dir_fd, const char *const *names, size_t count)
{
        for (size_t i = 0; i < count; i++)
                read_file(dir_fd, names[i]);
}

/* The list of processes has any length, and is read to its end. */
static void read_process(int dir_fd)
{
        _cleanup_close_ int fd = openat(dir_fd, "cgroup.procs", O_RDONLY | O_CLOEXEC);
        _cleanup_close_ int process_fd = -1;
        ssize_t length;

        while ((length = read(fd, bare.buffer, sizeof bare.buffer)) > 0)
                bare.sum += (uint64_t) length;
        process_fd = openat(daemon_now.supervisor.roots.proc_fd, bare.pid,
                            O_RDONLY | O_CLOEXEC | O_DIRECTORY | O_NOFOLLOW);
        read_file(process_fd, "oom_score_adj");
}

static void read_owners(int fd, int parent_fd)
{
        struct stat own, above;

        pl_assert(fstat(fd, &own) == 0 && fstat(parent_fd, &above) == 0);
        bare.sum += own.st_uid + above.st_uid;
        (void) fgetxattr(fd, "user.plimsoll.profile", bare.buffer, PL_NAME_MAX);
}

/* What a holder uses is asked once more, for what is below it. */
static void read_figures(unsigned i)
{
        bool slow = (i + bare.look) % PL_BOARD_SLOW_EVERY == 0;
        bool is_workload = bare.cgroups[i].is_workload;
        int fd = bare.cgroups[i].fd;

        if (slow)
                read_owners(fd, bare.cgroups[i].parent_fd);
        if (slow && is_workload)
                read_process(fd);
        read_files(fd, hot, PL_ARRAY_LENGTH(hot));
        if (slow)
                read_file(fd, "memory.stat");
        else if (!is_workload)
                read_file(fd, "memory.current");
        if (slow || !is_workload || daemon_tree.has_profiles)
                read_files(fd, limits, PL_ARRAY_LENGTH(limits));
        if (is_workload && daemon_tree.has_profiles)
                read_file(fd, "memory.oom.group");
}

static void look_bare(void *userdata)
{
        (void) userdata;
        bare.look++;
        for (unsigned i = 0; i < bare.count; i++)
                if (bare.cgroups[i].is_workload)
                        read_file(bare.cgroups[i].fd, "cgroup.events");
                else
                        list(bare.cgroups[i].fd);
        for (unsigned i = 1; i < bare.count; i++) /* behind the root */
                read_figures(i);
}

static void borrow_fds(void)
{
        const struct pl_census *census = &daemon_now.supervisor.board.census;

        (void) snprintf(bare.pid, sizeof bare.pid, "%d", (int) getpid());
        bare.count = 0;
        for (uint32_t i = pl_census_next(census, PL_CENSUS_ROOT); i != PL_CENSUS_NONE;
             i = pl_census_next(census, i + 1)) {
                const struct pl_census_entry *entry = pl_census_at(census, i);
                bool is_root = i == PL_CENSUS_ROOT;

                pl_assert(entry->fd >= 0);
                bare.cgroups[bare.count].fd = entry->fd;
                bare.cgroups[bare.count].is_workload = !is_root && pl_census_is_workload(entry);
                bare.cgroups[bare.count++].parent_fd =
                        is_root ? -1 : pl_census_at(census, entry->parent)->fd;
        }
}

/* ---- system calls ---- */

static void look_ours_at_all(void *userdata)
{
        for (unsigned i = 0; i < PL_BOARD_SLOW_EVERY; i++)
                look_ours(userdata);
}

static void look_bare_at_all(void *userdata)
{
        for (unsigned i = 0; i < PL_BOARD_SLOW_EVERY; i++)
                look_bare(userdata);
}

static void tick(void *userdata)
{
        struct pl_supervisor *s = userdata;

        (void) pl_supervisor_look_at_host(s, pl_clock_now_usec());
}

static void tick_slow(void *userdata)
{
        struct pl_supervisor *s = userdata;

        s->slow_at_usec = 0;
        tick(s);
}

static void print_calls(void)
{
        const double looks = (double) daemon_tree.count * PL_BOARD_SLOW_EVERY;
        uint64_t ours = calls_count(look_ours_at_all, NULL);
        uint64_t least = calls_count(look_bare_at_all, NULL);

        if (ours == 0 || least == 0) {
                printf("daemon-calls were not counted: nobody may trace here\n");
                return;
        }
        printf("daemon-calls ours/bare ratio %.2f (aim 1.01); %.2f and %.2f system calls a "
               "workload and look, of %u %s a profile\n",
               (double) ours / (double) least, (double) ours / looks, (double) least / looks,
               daemon_tree.count, daemon_tree.has_profiles ? "with" : "without");
}

static void print_tick(void)
{
        struct pl_supervisor *s = &daemon_now.supervisor;

        tick_slow(s); /* opens what stays open */
        printf("daemon-tick %lu system calls, %lu with what changes slowly\n",
               (unsigned long) calls_count(tick, s), (unsigned long) calls_count(tick_slow, s));
}

/* ---- time ---- */

static uint64_t now_cpu_nsec(void)
{
        struct timespec now;

        pl_assert(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now) == 0);
        return (uint64_t) now.tv_sec * 1000000000 + (uint64_t) now.tv_nsec;
}

static void print_cpu(void)
{
        const double scan_sec = (double) daemon_now.supervisor.scan_usec / PL_USEC_PER_SEC;
        double look_msec;

        for (size_t i = 0; i < CPU_LOOKS; i++) {
                uint64_t start = now_cpu_nsec();

                look_ours(NULL);
                cpu_nsec[i] = now_cpu_nsec() - start;
        }
        look_msec = (double) bench_median(cpu_nsec, CPU_LOOKS) / 1e6;
        printf("daemon-cpu %.2f ms a look at %u workloads, %.2f ms a second with one every %.0f "
               "s\n",
               look_msec, daemon_tree.count, look_msec / scan_sec, scan_sec);
}

static void open_daemon(unsigned count, bool has_profiles)
{
        daemon_make_tree(count, has_profiles);
        daemon_open(pl_clock_now_usec());
        borrow_fds();
}

static void time_looks(unsigned count)
{
        open_daemon(count, false);
        bench_run(&bench, look_ours, look_bare, NULL, count);
        print_cpu();
        daemon_remove_all();
}

/* What a child has written stands in the journal and is not known here: last of all. */
static void count_all(unsigned count, bool has_profiles)
{
        open_daemon(count, has_profiles);
        print_calls();
        if (has_profiles)
                print_tick();
        daemon_remove_all();
}

int main(int argc, char **argv)
{
        daemon_need_fds("daemon");
        pl_assert(atexit(daemon_remove_all) == 0);
        bench.turns = bench_turns(argc, argv, TURNS);
        bench.name = "daemon-look";
        bench.aim = "1.25";
        time_looks(100);
        if (bench.turns == TURNS) {
                time_looks(1000);
                time_looks(DAEMON_LARGEST);
        }
        count_all(10, false);
        count_all(100, false);
        if (bench.turns == TURNS)
                count_all(1000, false); /* ten thousand are a minute of stops, and the same */
        count_all(100, true);
        return bare.sum > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
