/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* memcg - the memory controller of one cgroup: what it uses, what it may use, what happened at its limits.
 *
 * The root cgroup has memory.stat, memory.numa_stat, memory.pressure, memory.reclaim and, from 6.8 on,
 * memory.zswap.writeback; every other file of it is ABSENT. Files that
 * came with later kernels (peak 5.19, swap.peak 6.5, zswap.* 5.19, zswap.writeback 6.8) are ABSENT before, which is
 * not 0. Allocates nothing. Reading memory.stat costs a flush of per-CPU counters and can be 2 s old: the hot figures
 * are current, swap.current, events and pressure.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "plimsoll/base/span.h"
#include "plimsoll/kernel/file.h"
#include "plimsoll/model/limits.h"

enum pl_memcg_figure {
        PL_MEMCG_CURRENT,
        PL_MEMCG_PEAK,
        PL_MEMCG_SWAP_CURRENT,
        PL_MEMCG_SWAP_PEAK,
        PL_MEMCG_ZSWAP_CURRENT,
        PL_MEMCG_FIGURE_COUNT,
};

const char *pl_memcg_figure_file(enum pl_memcg_figure figure);
int pl_memcg_read_figure(int cgroup_fd, enum pl_memcg_figure figure, struct pl_file_buffer *buffer,
                         uint64_t *ret_bytes);

/* One limit, or every limit that this cgroup has (ABSENT ones are not in the set). */
int pl_memcg_read_limit(int cgroup_fd, enum pl_limit limit, struct pl_file_buffer *buffer,
                        uint64_t *ret_value);
int pl_memcg_read_limits(int cgroup_fd, struct pl_file_buffer *buffer,
                         struct pl_limits *ret_limits);

/* Writes one limit. The kernel rounds down to pages, so compare what is read back after rounding. Lowering max below use
 * kills, lowering high below use reclaims, both inside this call and for seconds: see kernel.md 1.3 and leave it to those
 * who know the order. A switch takes 0 and 1 alone: asserted. */
int pl_memcg_write_limit(int cgroup_fd, enum pl_limit limit, uint64_t value);

struct pl_memcg_events {
        uint64_t low;
        uint64_t high;
        uint64_t max;
        uint64_t
                oom; /* not a number of kills: one lowered limit can raise it by tens of thousands */
        uint64_t oom_kill;       /* processes */
        uint64_t oom_group_kill; /* 5.17; 0 before */
};

/* memory.events counts what happened here and below, memory.events.local here alone (5.3). */
int pl_memcg_read_events(int cgroup_fd, struct pl_file_buffer *buffer,
                         struct pl_memcg_events *ret_events);
int pl_memcg_read_events_local(int cgroup_fd, struct pl_file_buffer *buffer,
                               struct pl_memcg_events *ret_events);
int pl_memcg_parse_events(struct pl_span text, struct pl_memcg_events *ret_events);

struct pl_memcg_swap_events {
        uint64_t high; /* 5.8; 0 before */
        uint64_t max;
        uint64_t fail;
};
int pl_memcg_read_swap_events(int cgroup_fd, struct pl_file_buffer *buffer,
                              struct pl_memcg_swap_events *ret_events);
int pl_memcg_parse_swap_events(struct pl_span text, struct pl_memcg_swap_events *ret_events);

/* Bytes where the name says so, else counts since the cgroup was made. A key that a kernel does not have is not in `have`
 * (PL_MEMCG_STAT_…, in the order of the fields). Before 5.9 there was one workingset_refault: it goes to the file side,
 * since anonymous refaults were not counted then. */
struct pl_memcg_stat {
        uint64_t anon_bytes;
        uint64_t file_bytes;
        uint64_t kernel_bytes;
        uint64_t kernel_stack_bytes;
        uint64_t pagetables_bytes;
        uint64_t sec_pagetables_bytes;
        uint64_t percpu_bytes;
        uint64_t sock_bytes;
        uint64_t vmalloc_bytes;
        uint64_t shmem_bytes;
        uint64_t zswap_bytes;
        uint64_t zswapped_bytes;
        uint64_t file_mapped_bytes;
        uint64_t file_dirty_bytes;
        uint64_t file_writeback_bytes;
        uint64_t swapcached_bytes;
        uint64_t anon_thp_bytes;
        uint64_t file_thp_bytes;
        uint64_t shmem_thp_bytes;
        uint64_t inactive_anon_bytes;
        uint64_t active_anon_bytes;
        uint64_t inactive_file_bytes;
        uint64_t active_file_bytes;
        uint64_t unevictable_bytes;
        uint64_t slab_reclaimable_bytes;
        uint64_t slab_unreclaimable_bytes;
        uint64_t workingset_refault_anon;
        uint64_t workingset_refault_file;
        uint64_t workingset_activate_anon;
        uint64_t workingset_activate_file;
        uint64_t workingset_restore_anon;
        uint64_t workingset_restore_file;
        uint64_t pgscan;
        uint64_t pgsteal;
        uint64_t pgscan_kswapd;
        uint64_t pgscan_direct;
        uint64_t pgscan_khugepaged;
        uint64_t pgscan_proactive;
        uint64_t pgsteal_kswapd;
        uint64_t pgsteal_direct;
        uint64_t pgsteal_khugepaged;
        uint64_t pgsteal_proactive;
        uint64_t pswpin;
        uint64_t pswpout;
        uint64_t pgfault;
        uint64_t pgmajfault;
        uint64_t pgrefill;
        uint64_t pgactivate;
        uint64_t pgdeactivate;
        uint64_t zswpin;
        uint64_t zswpout;
        uint64_t zswpwb;
        uint64_t have; /* bit i: the i-th field above was there */
};

/* The bit of a field in `have`. */
#define PL_MEMCG_STAT_BIT(field)                                                                   \
        (UINT64_C(1) << (offsetof(struct pl_memcg_stat, field) / sizeof(uint64_t)))

int pl_memcg_read_stat(int cgroup_fd, struct pl_file_buffer *buffer,
                       struct pl_memcg_stat *ret_stat);
int pl_memcg_parse_stat(struct pl_span text, struct pl_memcg_stat *ret_stat);

enum { PL_MEMCG_NODES_MAX = 64 };

/* Bytes by NUMA node; nodes beyond the bound are malformed. 5.10. */
struct pl_memcg_numa_node {
        uint64_t anon_bytes;
        uint64_t file_bytes;
        uint64_t shmem_bytes;
        uint64_t kernel_stack_bytes;
        uint64_t anon_thp_bytes;
        uint64_t slab_unreclaimable_bytes;
};
struct pl_memcg_numa_stat {
        uint64_t node_mask;
        struct pl_memcg_numa_node nodes[PL_MEMCG_NODES_MAX];
};
int pl_memcg_read_numa_stat(int cgroup_fd, struct pl_file_buffer *buffer,
                            struct pl_memcg_numa_stat *ret_stat);
int pl_memcg_parse_numa_stat(struct pl_span text, struct pl_memcg_numa_stat *ret_stat);

/* Asks the kernel to take so many bytes back from the cgroup and what is below it, in our time: it can block for seconds.
 * PL_FILE_E_AGAIN says that less came back, which is ordinary. 5.19. */
#define PL_MEMCG_SWAPPINESS_DEFAULT (-1)
struct pl_memcg_reclaim {
        uint64_t bytes;
        int swappiness; /* 0 to 200 (6.11), or PL_MEMCG_SWAPPINESS_DEFAULT */
};
int pl_memcg_reclaim(int cgroup_fd, struct pl_memcg_reclaim reclaim);

/* The files that are read at every tick, kept open. An fd is −1 where this cgroup has no such file. */
struct pl_memcg_hot {
        int current_fd;
        int swap_current_fd;
        int events_fd;
        int pressure_fd;
};
struct pl_memcg_hot_figures {
        bool has_swap;     /* swap is accounted for; else swap_bytes says nothing */
        bool has_pressure; /* it is measured here and now; else the two below say nothing */
        uint64_t current_bytes;
        uint64_t swap_bytes;
        uint64_t some_usec; /* of memory pressure, since the cgroup was made */
        uint64_t full_usec;
        struct pl_memcg_events events;
};

/* memory.current and memory.events must be there, the other two may be absent. On failure nothing stays open. */
int pl_memcg_hot_open(int cgroup_fd, struct pl_memcg_hot *ret_hot);
void pl_memcg_hot_close(struct pl_memcg_hot *hot);
int pl_memcg_hot_read(const struct pl_memcg_hot *hot, struct pl_file_buffer *buffer,
                      struct pl_memcg_hot_figures *ret_figures);
