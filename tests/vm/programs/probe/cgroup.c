/* SPDX-License-Identifier: Apache-2.0 */

/* The part of the probe that looks at one cgroup. Keys are the names of the files, and behind a dot the kernel's own keys
 * inside: "memory.stat.anon".
 */

#include "plimsoll/kernel/cgroup.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "plimsoll/base/clock.h"
#include "plimsoll/base/macro.h"
#include "plimsoll/base/size.h"
#include "plimsoll/kernel/memcg.h"
#include "probe.h"

#define STAT(field, key)                                                                           \
        {                                                                                          \
                offsetof(struct pl_memcg_stat, field), key                                         \
        }

/* Written down a second time on purpose: a key under the wrong field shows up as a difference. */
static const struct {
        size_t offset;
        const char *key;
} stat_keys[] = {
        STAT(anon_bytes, "anon"),
        STAT(file_bytes, "file"),
        STAT(kernel_bytes, "kernel"),
        STAT(kernel_stack_bytes, "kernel_stack"),
        STAT(pagetables_bytes, "pagetables"),
        STAT(sec_pagetables_bytes, "sec_pagetables"),
        STAT(percpu_bytes, "percpu"),
        STAT(sock_bytes, "sock"),
        STAT(vmalloc_bytes, "vmalloc"),
        STAT(shmem_bytes, "shmem"),
        STAT(zswap_bytes, "zswap"),
        STAT(zswapped_bytes, "zswapped"),
        STAT(file_mapped_bytes, "file_mapped"),
        STAT(file_dirty_bytes, "file_dirty"),
        STAT(file_writeback_bytes, "file_writeback"),
        STAT(swapcached_bytes, "swapcached"),
        STAT(anon_thp_bytes, "anon_thp"),
        STAT(file_thp_bytes, "file_thp"),
        STAT(shmem_thp_bytes, "shmem_thp"),
        STAT(inactive_anon_bytes, "inactive_anon"),
        STAT(active_anon_bytes, "active_anon"),
        STAT(inactive_file_bytes, "inactive_file"),
        STAT(active_file_bytes, "active_file"),
        STAT(unevictable_bytes, "unevictable"),
        STAT(slab_reclaimable_bytes, "slab_reclaimable"),
        STAT(slab_unreclaimable_bytes, "slab_unreclaimable"),
        STAT(workingset_refault_anon, "workingset_refault_anon"),
        STAT(workingset_refault_file, "workingset_refault_file"),
        STAT(workingset_activate_anon, "workingset_activate_anon"),
        STAT(workingset_activate_file, "workingset_activate_file"),
        STAT(workingset_restore_anon, "workingset_restore_anon"),
        STAT(workingset_restore_file, "workingset_restore_file"),
        STAT(pgscan, "pgscan"),
        STAT(pgsteal, "pgsteal"),
        STAT(pgscan_kswapd, "pgscan_kswapd"),
        STAT(pgscan_direct, "pgscan_direct"),
        STAT(pgscan_khugepaged, "pgscan_khugepaged"),
        STAT(pgscan_proactive, "pgscan_proactive"),
        STAT(pgsteal_kswapd, "pgsteal_kswapd"),
        STAT(pgsteal_direct, "pgsteal_direct"),
        STAT(pgsteal_khugepaged, "pgsteal_khugepaged"),
        STAT(pgsteal_proactive, "pgsteal_proactive"),
        STAT(pswpin, "pswpin"),
        STAT(pswpout, "pswpout"),
        STAT(pgfault, "pgfault"),
        STAT(pgmajfault, "pgmajfault"),
        STAT(pgrefill, "pgrefill"),
        STAT(pgactivate, "pgactivate"),
        STAT(pgdeactivate, "pgdeactivate"),
        STAT(zswpin, "zswpin"),
        STAT(zswpout, "zswpout"),
        STAT(zswpwb, "zswpwb"),
};

static int print_figures(struct probe *probe, int fd)
{
        for (enum pl_memcg_figure figure = 0; figure < PL_MEMCG_FIGURE_COUNT; figure++) {
                uint64_t bytes;
                int r = pl_memcg_read_figure(fd, figure, &probe->buffer, &bytes);

                if (r == 0)
                        probe_print_memory(probe, pl_memcg_figure_file(figure), bytes);
                else if (r != PL_FILE_E_ABSENT)
                        return r;
        }
        return 0;
}

static int print_limits(struct probe *probe, int fd)
{
        struct pl_limits limits;
        int r;

        r = pl_memcg_read_limits(fd, &probe->buffer, &limits);
        if (r != 0)
                return r;
        for (enum pl_limit limit = 0; limit < PL_LIMIT_COUNT; limit++)
                if (pl_limits_has(&limits, limit))
                        probe_print_limit(pl_limit_file(limit), limits.values[limit]);
        return 0;
}

static void print_events(const char *file, const struct pl_memcg_events *events)
{
        const struct {
                const char *key;
                uint64_t value;
        } lines[] = {
                { "low", events->low },           { "high", events->high },
                { "max", events->max },           { "oom", events->oom },
                { "oom_kill", events->oom_kill }, { "oom_group_kill", events->oom_group_kill },
        };

        for (size_t i = 0; i < PL_ARRAY_LENGTH(lines); i++)
                printf("%s.%s %llu\n", file, lines[i].key, (unsigned long long) lines[i].value);
}

static int print_all_events(struct probe *probe, int fd)
{
        struct pl_memcg_swap_events swap_events;
        struct pl_memcg_events events;
        int r;

        r = pl_memcg_read_events(fd, &probe->buffer, &events);
        if (r != 0)
                return r;
        print_events("memory.events", &events);
        r = pl_memcg_read_events_local(fd, &probe->buffer, &events);
        if (r != 0)
                return r;
        print_events("memory.events.local", &events);
        r = pl_memcg_read_swap_events(fd, &probe->buffer, &swap_events);
        if (r != 0)
                return r;
        probe_print("memory.swap.events.high", swap_events.high);
        probe_print("memory.swap.events.max", swap_events.max);
        probe_print("memory.swap.events.fail", swap_events.fail);
        return 0;
}

static int print_stat(struct probe *probe, int fd)
{
        struct pl_memcg_numa_stat numa;
        struct pl_memcg_stat stat;
        int r;

        r = pl_memcg_read_stat(fd, &probe->buffer, &stat);
        if (r != 0)
                return r;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(stat_keys); i++)
                if (stat.have & UINT64_C(1) << stat_keys[i].offset / sizeof(uint64_t)) {
                        uint64_t value;

                        memcpy(&value, (const char *) &stat + stat_keys[i].offset, sizeof value);
                        printf("memory.stat.%s %llu\n", stat_keys[i].key,
                               (unsigned long long) value);
                }
        r = pl_memcg_read_numa_stat(fd, &probe->buffer, &numa);
        if (r != 0)
                return r;
        probe_print_memory(probe, "memory.numa_stat.anon.N0", numa.nodes[0].anon_bytes);
        probe_print_memory(probe, "memory.numa_stat.file.N0", numa.nodes[0].file_bytes);
        return 0;
}

static int print_hot(struct probe *probe, int fd)
{
        struct pl_memcg_hot_figures figures;
        struct pl_memcg_hot hot;
        int r;

        r = pl_memcg_hot_open(fd, &hot);
        if (r != 0)
                return r;
        r = pl_memcg_hot_read(&hot, &probe->buffer, &figures);
        pl_memcg_hot_close(&hot);
        if (r != 0)
                return r;
        probe_print_memory(probe, "hot.current", figures.current_bytes);
        probe_print_memory(probe, "hot.swap", figures.swap_bytes);
        probe_print("hot.some", figures.some_usec);
        probe_print("hot.full", figures.full_usec);
        probe_print("hot.max", figures.events.max);
        return 0;
}

int probe_memcg(struct probe *probe, int argc, char **argv)
{
        _cleanup_close_ int fd = probe_open(argv[0]);
        int r;

        (void) argc;
        r = print_figures(probe, fd);
        if (r == 0)
                r = print_limits(probe, fd);
        if (r == 0)
                r = print_all_events(probe, fd);
        if (r == 0)
                r = print_stat(probe, fd);
        return r == 0 ? print_hot(probe, fd) : r;
}

static int print_processes(struct probe *probe, int fd)
{
        pid_t pids[1024];
        size_t count, foreign;
        int r;

        r = pl_cgroup_read_procs(fd, &probe->buffer, pids, PL_ARRAY_LENGTH(pids), &count, &foreign);
        if (r != 0)
                return r == PL_FILE_E_OFF ? 0 : r;
        for (size_t i = 0; i < count; i++)
                probe_print("process", (uint64_t) pids[i]);
        probe_print("foreign", foreign);
        return 0;
}

int probe_cgroup(struct probe *probe, int argc, char **argv)
{
        _cleanup_close_ int fd = probe_open(argv[0]);
        struct pl_cgroup_events events;
        struct pl_cgroup_stat stat;
        enum pl_cgroup_type type;
        uint32_t mask;
        uint64_t id;
        bool unified;
        int r;

        (void) argc;
        r = pl_cgroup_id(fd, &id);
        if (r == 0)
                r = pl_cgroup_is_unified(fd, &unified);
        if (r != 0)
                return r;
        probe_print("id", id);
        probe_print("unified", unified);
        r = pl_cgroup_read_controllers(fd, &probe->buffer, &mask);
        if (r != 0)
                return r;
        probe_print("memory.available", (mask & PL_CGROUP_MEMORY) != 0);
        r = pl_cgroup_read_subtree_control(fd, &probe->buffer, &mask);
        if (r != 0)
                return r;
        probe_print("memory.enabled", (mask & PL_CGROUP_MEMORY) != 0);
        r = pl_cgroup_read_stat(fd, &probe->buffer, &stat);
        if (r != 0)
                return r;
        probe_print("descendants", stat.descendants_count);
        if (pl_cgroup_read_type(fd, &probe->buffer, &type) == 0)
                probe_print("type", type);
        if (pl_cgroup_read_events(fd, &probe->buffer, &events) == 0) {
                probe_print("populated", events.populated);
                probe_print("frozen", events.frozen);
        }
        return print_processes(probe, fd);
}

int probe_walk(struct probe *probe, int argc, char **argv)
{
        static struct pl_cgroup_walk walk;
        _cleanup_close_ int fd = probe_open(argv[0]);
        struct pl_cgroup_walk_bounds bounds = { PL_CGROUP_DEPTH_MAX, PL_CGROUP_COUNT_MAX };
        struct pl_cgroup_visit visit;
        int r;

        (void) probe;
        if (argc > 1)
                bounds.depth_max = (uint32_t) probe_number(argv[1]);
        if (argc > 2)
                bounds.count_max = (uint32_t) probe_number(argv[2]);
        r = pl_cgroup_walk_init(&walk, fd, bounds);
        if (r != 0)
                return r;
        while ((r = pl_cgroup_walk_next(&walk, &visit)) == 0)
                printf("%llu %u %s\n", (unsigned long long) visit.id, visit.depth, visit.path);
        pl_cgroup_walk_done(&walk);
        probe_print("unvisited", walk.unvisited_count);
        return r == PL_CGROUP_E_END ? 0 : r;
}

int probe_write(struct probe *probe, int argc, char **argv)
{
        _cleanup_close_ int fd = probe_open(argv[0]);
        uint64_t value;
        int r;

        (void) argc;
        for (enum pl_limit limit = 0; limit < PL_LIMIT_COUNT; limit++) {
                if (strcmp(argv[1], pl_limit_file(limit)) != 0)
                        continue;
                r = pl_memcg_write_limit(fd, limit, probe_number(argv[2]));
                if (r == 0)
                        r = pl_memcg_read_limit(fd, limit, &probe->buffer, &value);
                if (r == 0)
                        probe_print_limit(argv[1], value);
                return r;
        }
        fprintf(stderr, "probe: %s is not a limit\n", argv[1]);
        return PL_FILE_E_ABSENT;
}

int probe_reclaim(struct probe *probe, int argc, char **argv)
{
        _cleanup_close_ int fd = probe_open(argv[0]);

        (void) probe;
        return pl_memcg_reclaim(fd, (struct pl_memcg_reclaim){
                                            .bytes = probe_number(argv[1]),
                                            .swappiness = argc > 2 ? (int) probe_number(argv[2])
                                                                   : PL_MEMCG_SWAPPINESS_DEFAULT,
                                    });
}

int probe_kill(struct probe *probe, int argc, char **argv)
{
        _cleanup_close_ int fd = probe_open(argv[0]);

        (void) probe;
        (void) argc;
        return pl_cgroup_kill(fd);
}

int probe_freeze(struct probe *probe, int argc, char **argv)
{
        _cleanup_close_ int fd = probe_open(argv[0]);

        (void) probe;
        (void) argc;
        return pl_cgroup_freeze(fd, probe_number(argv[1]) != 0);
}

int probe_hold(struct probe *probe, int argc, char **argv)
{
        _cleanup_close_ int fd = probe_open(argv[0]);
        struct pl_memcg_hot_figures figures;
        struct pl_memcg_hot hot;
        struct pl_limits limits;
        int r;

        (void) argc;
        r = pl_memcg_hot_open(fd, &hot);
        if (r != 0)
                return r;
        printf("held\n");
        (void) fflush(stdout);
        for (uint64_t end = pl_clock_now_usec() + PL_USEC_PER_MINUTE; pl_clock_now_usec() < end;) {
                r = pl_memcg_hot_read(&hot, &probe->buffer, &figures);
                if (r != 0)
                        break;
                (void) usleep(20 * 1000);
        }
        printf("by-file %d\n", r);
        printf("by-directory %d\n", pl_memcg_read_limits(fd, &probe->buffer, &limits));
        printf("by-write %d\n", pl_memcg_write_limit(fd, PL_LIMIT_MAX, PL_SIZE_MAX));
        printf("by-kill %d\n", pl_cgroup_kill(fd));
        pl_memcg_hot_close(&hot);
        return r;
}
