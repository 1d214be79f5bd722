/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* host - a machine's memory as the kernel keeps it, as far as judging goes: who has how much of which kind, what is taken
 * back from whom when it runs short, who stands still for it, and what the kernel counts of all that.
 *
 * Simple, and honest where it matters here: what is left and MemAvailable go apart; kswapd works below a watermark and an
 * allocation reclaims itself below a deeper one; page cache goes before anonymous memory, that needs swap, shared memory
 * outlives its cgroup; a working set that does not fit is read again and again; a cgroup at its own limit stalls itself, which
 * raises the whole host's pressure. Not there: dirty pages, more than one zone, huge pages.
 */

#include "number.h"
#include "scenario.h"

enum {
        SIM_KILLS_MAX = 64,
};

/* A cgroup at its place in the scenario. */
struct sim_body {
        uint64_t id; /* 0: it is not there */
        uint32_t parent;
        bool is_workload;
        bool is_populated;
        bool is_frozen;      /* by us */
        bool is_held;        /* somebody else froze it */
        bool is_killed;      /* it does nothing any more, whenever it dies */
        uint64_t still_usec; /* stands still from then on; SIM_NEVER: it does not */
        uint64_t since_usec;
        uint64_t empty_usec; /* nobody is in it since */
        uint64_t return_usec;
        uint64_t die_usec; /* when it will; SIM_NEVER */
        uint64_t processes;

        uint64_t anon, locked, shmem, active, inactive, swapped; /* bytes; locked is of anon */
        uint64_t cached;        /* of anon: still in swap as well */
        uint64_t use, swap_use; /* with those below it */
        uint64_t took_usec;     /* when it last took what it never had: not page cache */
        uint64_t min, low, high, max, swap_max;
        uint64_t throttle, cap; /* by us; PL_SIZE_MAX: none */

        uint64_t some_usec, full_usec;
        uint64_t local_high, local_max, local_oom, local_oom_kill, oom_kill;
        uint64_t refault_anon, refault_file, majfault, scanned;

        /* Of this tick. */
        uint64_t stall_usec;
        uint64_t work_permyriad;
        uint64_t lost_permyriad; /* of the next: it sleeps */
        uint64_t met_usec; /* when its max was last met, and when its reclaim was for nothing */
};

/* How far an act has come. */
struct sim_deed {
        uint64_t done_bytes;
        uint64_t held_bytes;
        bool is_done;
};

/* The kernel's own kills. */
struct sim_kernel_kill {
        uint64_t at_usec;
        uint32_t cgroup;
        uint32_t scope; /* whose limit; SIM_HOST */
};

struct sim_host {
        const struct sim_scenario *scenario;
        struct sim_random random;
        uint64_t now_usec;
        uint64_t next_id;
        uint64_t used; /* of RAM, by anybody */
        uint64_t orphan_shmem, orphan_file;
        uint64_t swap_used;
        uint64_t swap_budget; /* of this tick */
        uint64_t watermark_min, watermark_low, watermark_high;
        bool kswapd_works;
        uint64_t starved_usec; /* nobody could be given anything for so long */
        bool is_starved;       /* in this tick */
        uint64_t some_usec, full_usec;
        uint64_t kswapd_pages, allocstall, swapped_in, swapped_out, refault_anon, refault_file,
                majfault;
        uint64_t oom_kills;
        uint64_t reclaimed_usec; /* when the host itself last had to reclaim */
        uint32_t kill_count;
        struct sim_kernel_kill kills[SIM_KILLS_MAX];
        struct sim_body bodies[SIM_CGROUPS_MAX];
        struct sim_deed deeds[SIM_ACTS_MAX];
};

void sim_host_init(struct sim_host *host, const struct sim_scenario *scenario);
/* Lives for so long, in one piece: short against whatever should be told apart. */
void sim_host_live(struct sim_host *host, uint64_t usec);

uint64_t sim_host_free(const struct sim_host *host);
uint64_t sim_host_available(const struct sim_host *host);
uint64_t sim_host_swap_free(const struct sim_host *host);
/* Whether the cgroup is the scope or below it; all are of SIM_HOST. */
bool sim_host_is_below(const struct sim_host *host, uint32_t cgroup, uint32_t scope);

/* All of its processes are gone. */
void sim_host_end(struct sim_host *host, uint32_t cgroup);
/* By us, or by others: it stands still when it gets there. */
void sim_host_freeze(struct sim_host *host, uint32_t cgroup, bool is_frozen, bool is_held);
bool sim_host_runs(const struct sim_host *host, uint32_t cgroup);

/* Its cgroup is gone as well. */
void sim_host_remove(struct sim_host *host, uint32_t cgroup);
void sim_host_begin(struct sim_host *host, uint32_t cgroup);
/* Its largest process is gone. */
void sim_host_end_process(struct sim_host *host, uint32_t cgroup);

/* ---- between the parts of the model ---- */

/* So many bytes of a kind for a workload: what it got. */
uint64_t sim_charge(struct sim_host *host, uint32_t cgroup, enum sim_memory memory, uint64_t bytes,
                    uint64_t usec);
uint64_t sim_charge_file(struct sim_host *host, uint32_t cgroup, uint64_t bytes, uint64_t usec);
/* What is above memory.high of those on the path is reclaimed, or slept for. */
void sim_charge_high(struct sim_host *host, uint32_t cgroup, uint64_t usec);
/* Takes back from the scope: how much. At most as much goes to swap as the tick's budget has. */
uint64_t sim_reclaim(struct sim_host *host, uint32_t scope, uint64_t bytes, uint64_t *ret_swapped);
void sim_kswapd(struct sim_host *host, uint64_t usec);
/* The kernel takes somebody. */
void sim_oom(struct sim_host *host, uint32_t scope);
/* All that workloads want of this tick. */
void sim_acts_run(struct sim_host *host, uint64_t usec);

/* Bytes of a change of what a cgroup uses, on all of its path. */
void sim_host_count(struct sim_host *host, uint32_t cgroup, int64_t bytes);
void sim_host_count_swap(struct sim_host *host, uint32_t cgroup, int64_t bytes);
