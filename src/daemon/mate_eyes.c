/* SPDX-License-Identifier: Apache-2.0 */

#include "mate_eyes.h"

#include <fcntl.h>
#include <unistd.h>

#include "look.h"
#include "mate_watch.h"
#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"
#include "plimsoll/kernel/meminfo.h"
#include "plimsoll/kernel/psi.h"

/* Between two looks at pressure, which come more often while something is under way: a share of less says nothing. And one
 * of a longer time is not of the last second. */
#define SHARE_USEC_MIN (PL_MATE_TICK_USEC / 2)
#define SHARE_USEC_MAX (3 * PL_MATE_TICK_USEC)

void pl_mate_eyes_open(struct pl_mate_eyes *eyes, const struct pl_mate_options *options)
{
        pl_assert(eyes && options);

        *eyes = (struct pl_mate_eyes){ .roots = { -1, -1, -1, -1 },
                                       .meminfo_fd = -1,
                                       .pressure_fd = -1 };
        eyes->roots.proc_fd = open(options->proc ? options->proc : "/proc",
                                   O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (eyes->roots.proc_fd < 0)
                return;
        eyes->roots.cgroup_fd = pl_look_open_cgroups(options->cgroup_root, eyes->roots.proc_fd);
        if (pl_file_open(eyes->roots.proc_fd, "meminfo", &eyes->meminfo_fd) != 0)
                eyes->meminfo_fd = -1;
        if (pl_file_open(eyes->roots.proc_fd, "pressure/memory", &eyes->pressure_fd) != 0)
                eyes->pressure_fd = -1;
}

void pl_mate_eyes_close(struct pl_mate_eyes *eyes)
{
        pl_assert(eyes);

        pl_cleanup_close(&eyes->pressure_fd);
        pl_cleanup_close(&eyes->meminfo_fd);
        pl_cleanup_close(&eyes->roots.cgroup_fd);
        pl_cleanup_close(&eyes->roots.proc_fd);
}

static void look_at_memory(struct pl_mate_eyes *eyes, struct pl_file_buffer *buffer)
{
        struct pl_meminfo meminfo;

        eyes->host.knows_memory = eyes->meminfo_fd >= 0 &&
                                  pl_meminfo_read_again(eyes->meminfo_fd, buffer, &meminfo) == 0 &&
                                  pl_meminfo_has(&meminfo, PL_MEMINFO_AVAILABLE);
        if (!eyes->host.knows_memory)
                return;
        eyes->host.available_bytes = meminfo.available_bytes;
        eyes->host.swap_free_bytes = meminfo.swap_free_bytes;
}

static void begin_share(struct pl_mate_eyes *eyes, uint64_t now_usec, uint64_t stall_usec)
{
        eyes->looked_usec = now_usec;
        eyes->stall_usec = stall_usec;
}

static void look_at_stalls(struct pl_mate_eyes *eyes, uint64_t now_usec,
                           struct pl_file_buffer *buffer)
{
        const uint64_t passed_usec = now_usec - eyes->looked_usec;
        const bool has_base = eyes->looked_usec != 0 && now_usec > eyes->looked_usec &&
                              passed_usec <= SHARE_USEC_MAX;
        struct pl_psi psi;
        uint64_t stalled_usec;

        if (has_base && passed_usec < SHARE_USEC_MIN)
                return;
        eyes->host.knows_stall = false;
        if (eyes->pressure_fd < 0 || pl_psi_read_again(eyes->pressure_fd, buffer, &psi) != 0)
                return;
        if (has_base && psi.full.total_usec >= eyes->stall_usec) {
                stalled_usec = PL_MIN(psi.full.total_usec - eyes->stall_usec, passed_usec);
                eyes->host.knows_stall = true;
                eyes->host.stall_permyriad = (uint32_t) (stalled_usec * 10000 / passed_usec);
        }
        begin_share(eyes, now_usec, psi.full.total_usec);
}

void pl_mate_eyes_look(struct pl_mate_eyes *eyes, uint64_t now_usec, struct pl_file_buffer *buffer)
{
        pl_assert(eyes && buffer);

        look_at_memory(eyes, buffer);
        look_at_stalls(eyes, now_usec, buffer);
}
