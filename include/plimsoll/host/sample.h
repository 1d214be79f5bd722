/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* sample - what the host and its workloads use, and what their limits come to.
 *
 * Owns open files of the host and of a hot set of at most PL_SAMPLE_HOT_MAX cgroups; borrows the roots. Allocates
 * nothing. Does not block, but that opening a file can stall in reclaim: what is read while memory is short has to be in the
 * hot set by then. memory.stat costs a flush of the kernel's counters and is read with PL_SAMPLE_SLOW alone.
 *
 * A sample is kept by the caller from one reading to the next: what is not read now stays as it was, and
 * stat_at_usec says how old that is. On any outcome but 0 it is untouched, but for the host's. Where both parts are asked for and
 * memory.stat alone cannot be read, the outcome is that of the other. A cgroup that goes between any two of the calls is
 * PL_FILE_E_GONE; one without the memory controller is PL_FILE_E_ABSENT.
 */

#include <stdbool.h>
#include <stdint.h>

#include "plimsoll/host/census.h"
#include "plimsoll/kernel/file.h"
#include "plimsoll/kernel/memcg.h"
#include "plimsoll/model/sample.h"

enum {
        PL_SAMPLE_HOT =
                1 << 0, /* current, swap, events, pressure; of the host memory and counters */
        PL_SAMPLE_SLOW = 1 << 1, /* memory.stat; of the host its zram devices */
};

enum {
        /* As many as the engine has candidates. Six files each, with 4 KiB of kernel memory for each file once read, and 8 KiB
         * for memory.stat. */
        PL_SAMPLE_HOT_MAX = 64,
};

enum {
        PL_SAMPLE_E_FULL = 300, /* the hot set is */
};

/* A cgroup whose files are open. */
struct pl_sample_kept {
        uint64_t id; /* 0: a free place */
        struct pl_memcg_hot files;
        int local_fd; /* memory.events.local, or −1 */
        int stat_fd;  /* memory.stat, or −1 */
};

struct pl_sampler {
        struct pl_roots roots; /* borrowed */
        bool recursive_protection;
        int meminfo_fd;  /* owned, or −1 */
        int pressure_fd; /* owned, or −1: this kernel does not measure it */
        int vmstat_fd;   /* owned, or −1 */
        const char *
                unread; /* the first file of the host that could not be read at the last reading; NULL: none */
        uint32_t stamp; /* of the scan */
        uint32_t kept_count;
        struct pl_sample_kept kept[PL_SAMPLE_HOT_MAX];
        struct pl_file_buffer buffer;
};

/* `recursive_protection`: the cgroup file system is mounted with memory_recursiveprot (kernel/features.h). */
void pl_sampler_init(struct pl_sampler *sampler, const struct pl_roots *roots,
                     bool recursive_protection);
void pl_sampler_done(struct pl_sampler *sampler);

/* `parts` is one of PL_SAMPLE_HOT and PL_SAMPLE_SLOW, or both. What a file of the host's says is had whether the others can be
 * read or not; the outcome is that of the first that cannot, which is sampler->unread. Its figures are as they were and have
 * no bit. at_usec is when meminfo was read. */
int pl_sample_host(struct pl_sampler *sampler, unsigned parts, uint64_t now_usec,
                   struct pl_host_sample *sample);
int pl_sample_cgroup(struct pl_sampler *sampler, int cgroup_fd, unsigned parts, uint64_t now_usec,
                     struct pl_cgroup_sample *sample);

/* The hot set. To keep who is kept already is 0; to drop who is not is nothing. */
int pl_sample_keep(struct pl_sampler *sampler, uint64_t id, int cgroup_fd);
void pl_sample_drop(struct pl_sampler *sampler, uint64_t id);
bool pl_sample_is_kept(const struct pl_sampler *sampler, uint64_t id);

/* From the open files, PL_SAMPLE_HOT or both parts; it is kept: asserted. After GONE it is not any more. */
int pl_sample_again(struct pl_sampler *sampler, uint64_t id, unsigned parts, uint64_t now_usec,
                    struct pl_cgroup_sample *sample);

/* A scan over those whom the census knows, workloads and holders but the root: pl_sample_begin(), then for each
 * pl_sample_known(), which reads its sample and, with `limits`, its own and its ancestors' limits into the census' `reach`,
 * each cgroup's once in a scan. */
void pl_sample_begin(struct pl_sampler *sampler);
struct pl_sample_request {
        unsigned parts;
        bool limits;
        uint64_t now_usec;
};
int pl_sample_known(struct pl_sampler *sampler, struct pl_census *census, uint32_t index,
                    struct pl_sample_request request, struct pl_cgroup_sample *sample);

/* The limits alone. */
int pl_sample_limits(struct pl_sampler *sampler, struct pl_census *census, uint32_t index);
