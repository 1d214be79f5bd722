/* SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>
#include <fcntl.h>

#include "doctor.h"
#include "plimsoll/base/assert.h"
#include "plimsoll/kernel/swap.h"

static void collect_swap(const struct pl_roots *roots, struct pl_file_buffer *buffer,
                         struct pl_doctor_swap *ret_swap)
{
        struct pl_swap swap;

        *ret_swap = (struct pl_doctor_swap){};
        if (pl_swap_read(roots, buffer, &swap) != 0)
                return;
        *ret_swap = (struct pl_doctor_swap){
                .known = true,
                .total_bytes = swap.areas.total.size_bytes,
                .on_zram = swap.areas.of_kind[PL_SWAP_ZRAM].count > 0,
                .on_disk = swap.areas.of_kind[PL_SWAP_DISK].count > 0 ||
                           swap.areas.of_kind[PL_SWAP_FILE].count > 0,
                .zswap = swap.has_zswap && swap.zswap.enabled,
        };
}

/* −1 where there is none: its absence is a finding, not a failure. */
static int open_directory(const char *path)
{
        return open(path, O_RDONLY | O_CLOEXEC | O_DIRECTORY);
}

int pl_doctor_collect(struct pl_doctor_facts *ret_facts)
{
        static struct pl_file_buffer buffer;
        _cleanup_close_ int proc_fd = open_directory("/proc"), sys_fd = open_directory("/sys");
        _cleanup_close_ int dev_fd = open_directory("/dev"), cgroup_fd = -1;
        struct pl_cgroup_mounts mounts;
        struct pl_roots roots;
        int r;

        pl_assert(ret_facts);

        if (proc_fd < 0)
                return -ENOENT;
        if (pl_cgroup_mounts_read(proc_fd, &buffer, &mounts) == 0 && mounts.unified_path[0] != '\0')
                cgroup_fd = open_directory(mounts.unified_path);

        roots = (struct pl_roots){ cgroup_fd, proc_fd, sys_fd, dev_fd };
        r = pl_features_probe(&roots, &ret_facts->features);
        if (r < 0)
                return r;
        collect_swap(&roots, &buffer, &ret_facts->swap);
        pl_doctor_collect_systemd(proc_fd, &buffer, &ret_facts->systemd);
        pl_killers_find(proc_fd, &buffer, &ret_facts->killers);
        return 0;
}
