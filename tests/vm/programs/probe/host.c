/* SPDX-License-Identifier: Apache-2.0 */

/* The part of the probe that looks at the host and at single processes. Keys are those of the kernel's own files. */

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "plimsoll/base/clock.h"
#include "plimsoll/base/macro.h"
#include "plimsoll/base/text.h"
#include "plimsoll/kernel/kmsg.h"
#include "plimsoll/kernel/meminfo.h"
#include "plimsoll/kernel/pidfd.h"
#include "plimsoll/kernel/process.h"
#include "plimsoll/kernel/psi.h"
#include "plimsoll/kernel/swap.h"
#include "plimsoll/kernel/vmstat.h"
#include "probe.h"

static void print_text(const char *key, struct pl_span value)
{
        char buffer[4096];
        struct pl_text text;

        pl_text_init(&text, buffer, sizeof buffer);
        pl_text_add_clean(&text, value);
        printf("%s %s\n", key, buffer);
}

/* "host" is the whole machine, anything else a cgroup. */
static const char *open_pressure(const char *where, int *ret_fd)
{
        bool host = strcmp(where, "host") == 0;

        *ret_fd = probe_open(host ? "/proc/pressure" : where);
        return host ? "memory" : "memory.pressure";
}

int probe_psi(struct probe *probe, int argc, char **argv)
{
        _cleanup_close_ int fd = -1;
        const char *name = open_pressure(argv[0], &fd);
        struct pl_psi psi;
        int r;

        (void) argc;
        r = pl_psi_read(fd, name, &probe->buffer, &psi);
        if (r != 0)
                return r;
        probe_print("some.avg10", psi.some.avg10_permyriad);
        probe_print("some.total", psi.some.total_usec);
        probe_print("full.avg10", psi.full.avg10_permyriad);
        probe_print("full.total", psi.full.total_usec);
        return 0;
}

int probe_trigger(struct probe *probe, int argc, char **argv)
{
        struct pl_psi_trigger trigger = {
                .full = strcmp(argv[1], "full") == 0,
                .unprivileged = argc > 5,
                .stall_usec = probe_number(argv[2]),
                .window_usec = probe_number(argv[3]),
        };
        static const char *const news[] = { "none", "stall", "gone" };
        _cleanup_close_ int fd = -1, trigger_fd = -1;
        const char *name = open_pressure(argv[0], &fd);
        struct pollfd waiting;
        int r;

        (void) probe;
        r = pl_psi_trigger_open(fd, name, trigger, &trigger_fd);
        if (r != 0)
                return r;
        printf("armed\n");
        (void) fflush(stdout);
        waiting = (struct pollfd){ .fd = trigger_fd, .events = POLLPRI };
        if (poll(&waiting, 1, (int) probe_number(argv[4]) * 1000) < 0)
                return -errno;
        printf("news %s\n", news[pl_psi_trigger_news((unsigned) waiting.revents)]);
        return 0;
}

int probe_meminfo(struct probe *probe, int argc, char **argv)
{
        struct pl_meminfo meminfo;
        int r;

        (void) argc;
        (void) argv;
        r = pl_meminfo_read(probe->roots.proc_fd, &probe->buffer, &meminfo);
        if (r != 0)
                return r;
        probe_print_memory(probe, "MemTotal", meminfo.total_bytes);
        probe_print_memory(probe, "MemFree", meminfo.free_bytes);
        probe_print_memory(probe, "MemAvailable", meminfo.available_bytes);
        probe_print_memory(probe, "Cached", meminfo.cached_bytes);
        probe_print_memory(probe, "SwapTotal", meminfo.swap_total_bytes);
        probe_print_memory(probe, "SwapFree", meminfo.swap_free_bytes);
        probe_print_memory(probe, "AnonPages", meminfo.anon_bytes);
        probe_print_memory(probe, "Shmem", meminfo.shmem_bytes);
        probe_print_memory(probe, "SReclaimable", meminfo.slab_reclaimable_bytes);
        if (pl_meminfo_has(&meminfo, PL_MEMINFO_ZSWAPPED)) {
                probe_print_memory(probe, "Zswap", meminfo.zswap_bytes);
                probe_print_memory(probe, "Zswapped", meminfo.zswapped_bytes);
        }
        return 0;
}

int probe_vmstat(struct probe *probe, int argc, char **argv)
{
        struct pl_vmstat vmstat;
        int r;

        (void) argc;
        (void) argv;
        r = pl_vmstat_read(probe->roots.proc_fd, &probe->buffer, &vmstat);
        if (r != 0)
                return r;
        probe_print("workingset_refault_anon", vmstat.refault_anon_pages);
        probe_print("workingset_refault_file", vmstat.refault_file_pages);
        probe_print("pswpin", vmstat.pswpin_pages);
        probe_print("pswpout", vmstat.pswpout_pages);
        probe_print("allocstall", vmstat.allocstall_count);
        probe_print("pgfault", vmstat.pgfault_count);
        probe_print("pgmajfault", vmstat.pgmajfault_count);
        probe_print("pgscan_kswapd", vmstat.pgscan_kswapd_pages);
        probe_print("pgscan_direct", vmstat.pgscan_direct_pages);
        probe_print("oom_kill", vmstat.oom_kill_count);
        return 0;
}

int probe_swap(struct probe *probe, int argc, char **argv)
{
        static const char *const kinds[] = { "disk", "file", "zram" };
        static struct pl_swap swap;
        int r;

        (void) argc;
        (void) argv;
        r = pl_swap_read(&probe->roots, &probe->buffer, &swap);
        if (r != 0)
                return r;
        for (uint32_t i = 0; i < swap.areas.count; i++)
                printf("area %s %s %llu %llu %d\n", kinds[swap.areas.areas[i].kind],
                       swap.areas.areas[i].name,
                       (unsigned long long) swap.areas.areas[i].size_bytes + probe->planted_bytes,
                       (unsigned long long) swap.areas.areas[i].used_bytes,
                       swap.areas.areas[i].priority);
        if (swap.zram_count > 0) {
                probe_print_memory(probe, "zram.disk", swap.zram.disk_bytes);
                probe_print_memory(probe, "zram.original", swap.zram.original_bytes);
                probe_print_memory(probe, "zram.used", swap.zram.used_bytes);
                printf("zram.algorithm %s\n", swap.zram.algorithm);
        }
        probe_print("zswap.there", swap.has_zswap);
        if (swap.has_zswap)
                printf("zswap.enabled %d\nzswap.compressor %s\n", swap.zswap.enabled,
                       swap.zswap.compressor);
        return 0;
}

int probe_kmsg(struct probe *probe, int argc, char **argv)
{
        _cleanup_close_ int fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
        static struct pl_kmsg_record record;
        uint64_t records = 0;
        int r;

        (void) argc;
        (void) argv;
        if (fd < 0)
                return pl_file_outcome(errno);
        for (; (r = pl_kmsg_read(fd, &probe->buffer, &record)) == 0; records++) {
                struct pl_kmsg_oom oom;

                if (pl_kmsg_parse_oom(&record, &oom) != 0)
                        continue;
                if (oom.kind == PL_KMSG_OOM_KILLED) {
                        printf("killed %d adj %lld anon %lld ", oom.victim.pid,
                               (long long) oom.victim.score_adj, (long long) oom.victim.anon_bytes);
                        print_text("comm", oom.victim.comm);
                }
                if (oom.kind == PL_KMSG_OOM_CHOSEN) {
                        print_text("oom_memcg", oom.chosen.oom_memcg);
                        print_text("task_memcg", oom.chosen.task_memcg);
                }
                if (oom.kind == PL_KMSG_OOM_GROUP)
                        print_text("group", oom.path);
        }
        probe_print("records", records);
        return r == PL_FILE_E_AGAIN ? 0 : r;
}

static int print_status(struct probe *probe, int fd)
{
        struct pl_process_status status;
        int r;

        r = pl_process_read_status(fd, &probe->buffer, &status);
        if (r != 0)
                return r;
        probe_print("uid", status.uid);
        probe_print("ns_pid", status.ns_pid);
        probe_print("threads", status.thread_count);
        if (status.have & PL_PROCESS_HAS_RSS_ANON) {
                probe_print_memory(probe, "rss_anon", status.rss_anon_bytes);
                probe_print_memory(probe, "rss_shmem", status.rss_shmem_bytes);
                probe_print_memory(probe, "swap", status.swap_bytes);
        }
        return 0;
}

static int print_memory_map(struct probe *probe, int fd)
{
        struct pl_process_smaps smaps;
        int r;

        r = pl_process_read_smaps(fd, &probe->buffer, &smaps);
        if (r == PL_FILE_E_ABSENT) {
                printf("smaps absent\n");
                return 0;
        }
        if (r != 0)
                return r;
        probe_print_memory(probe, "pss", smaps.pss_bytes);
        probe_print_memory(probe, "private_dirty", smaps.private_dirty_bytes);
        probe_print_memory(probe, "anonymous", smaps.anonymous_bytes);
        return 0;
}

static int print_stat(struct probe *probe, int fd)
{
        struct pl_process_cgroup cgroup;
        struct pl_process_stat stat;
        int32_t adj;
        uint64_t score;
        int r;

        r = pl_process_read_stat(fd, &probe->buffer, &stat);
        if (r != 0)
                return r;
        print_text("comm", pl_span_of(stat.comm));
        printf("state %c\n", stat.state);
        probe_print("parent", (uint64_t) stat.parent_pid);
        probe_print("start", stat.start_ticks);
        probe_print("kernel_thread", pl_process_is_kernel_thread(&stat));
        r = pl_process_read_oom_score_adj(fd, &probe->buffer, &adj);
        if (r == 0)
                r = pl_process_read_oom_score(fd, &probe->buffer, &score);
        if (r != 0)
                return r;
        printf("oom_score_adj %d\n", adj);
        probe_print("oom_score", score);
        r = pl_process_read_cgroup(fd, &probe->buffer, &cgroup);
        if (r == 0)
                print_text("cgroup", cgroup.path);
        return r;
}

int probe_process(struct probe *probe, int argc, char **argv)
{
        _cleanup_close_ int fd = -1;
        int r;

        (void) argc;
        r = pl_process_open(probe->roots.proc_fd, (pid_t) probe_number(argv[0]), &fd);
        if (r == 0)
                r = print_stat(probe, fd);
        if (r == 0)
                r = print_status(probe, fd);
        return r == 0 ? print_memory_map(probe, fd) : r;
}

int probe_adjust(struct probe *probe, int argc, char **argv)
{
        _cleanup_close_ int fd = -1;
        int32_t adj;
        int r;

        (void) argc;
        if (pl_span_to_i32(pl_span_of(argv[1]), &adj) != 0)
                return -EINVAL;
        r = pl_process_open(probe->roots.proc_fd, (pid_t) probe_number(argv[0]), &fd);
        if (r == 0)
                r = pl_process_write_oom_score_adj(fd, adj);
        if (r == 0)
                r = pl_process_read_oom_score_adj(fd, &probe->buffer, &adj);
        if (r == 0)
                printf("oom_score_adj %d\n", adj);
        return r;
}

static int wait_for_death(struct probe *probe, const struct pl_pidfd *pidfd)
{
        for (uint64_t end = pl_clock_now_usec() + PL_USEC_PER_MINUTE; pl_clock_now_usec() < end;) {
                bool dead;
                int r = pl_pidfd_is_dead(pidfd, &probe->buffer, &dead);

                if (r != 0 && r != PL_FILE_E_GONE)
                        return r;
                if (r == PL_FILE_E_GONE || dead) {
                        printf("dead\n");
                        return 0;
                }
                (void) usleep(10 * 1000);
        }
        return -ETIMEDOUT;
}

int probe_signal(struct probe *probe, int argc, char **argv)
{
        struct pl_pidfd pidfd = PL_PIDFD_NONE;
        pid_t pid = (pid_t) probe_number(argv[0]);
        int signal = (int) probe_number(argv[1]);
        struct pl_process_stat stat;
        _cleanup_close_ int fd = -1;
        int r;

        (void) argc;
        r = pl_process_open(probe->roots.proc_fd, pid, &fd);
        if (r == 0)
                r = pl_process_read_stat(fd, &probe->buffer, &stat);
        if (r == 0)
                r = pl_pidfd_open(probe->roots.proc_fd, pid, stat.start_ticks, &probe->buffer,
                                  &pidfd);
        if (r == 0)
                r = pl_pidfd_signal(&pidfd, signal);
        if (r == 0 && signal == SIGKILL) {
                printf("mrelease %d\n", pl_pidfd_mrelease(&pidfd));
                r = wait_for_death(probe, &pidfd);
        }
        pl_pidfd_done(&pidfd);
        return r;
}
