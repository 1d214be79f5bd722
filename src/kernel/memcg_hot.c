/* SPDX-License-Identifier: Apache-2.0 */

/* Four files kept open cost 16 KiB of kernel memory for each workload, so only the hot set is held like this. What it
 * buys: opening can stall in reclaim just when a reading is needed most, and reading again is one system call a file.
 */

#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"
#include "plimsoll/kernel/cgroup.h"
#include "plimsoll/kernel/memcg.h"
#include "plimsoll/kernel/psi.h"

static int open_if_there(int cgroup_fd, const char *name, int *ret_fd)
{
        int r = pl_file_open(cgroup_fd, name, ret_fd);

        return r == PL_FILE_E_ABSENT ? 0 : r;
}

int pl_memcg_hot_open(int cgroup_fd, struct pl_memcg_hot *ret_hot)
{
        struct pl_memcg_hot hot = { -1, -1, -1, -1 };
        int r;

        pl_assert(ret_hot);

        r = pl_file_open(cgroup_fd, "memory.current", &hot.current_fd);
        if (r == 0)
                r = pl_file_open(cgroup_fd, "memory.events", &hot.events_fd);
        if (r == 0)
                r = open_if_there(cgroup_fd, "memory.swap.current", &hot.swap_current_fd);
        if (r == 0)
                r = open_if_there(cgroup_fd, "memory.pressure", &hot.pressure_fd);
        if (r != 0) {
                pl_memcg_hot_close(&hot);
                return pl_cgroup_absent_or_gone(cgroup_fd, r);
        }

        *ret_hot = hot;
        return 0;
}

void pl_memcg_hot_close(struct pl_memcg_hot *hot)
{
        pl_assert(hot);

        pl_cleanup_close(&hot->current_fd);
        pl_cleanup_close(&hot->swap_current_fd);
        pl_cleanup_close(&hot->events_fd);
        pl_cleanup_close(&hot->pressure_fd);
        *hot = (struct pl_memcg_hot){ -1, -1, -1, -1 };
}

static int read_number(int fd, struct pl_file_buffer *buffer, uint64_t *ret_value)
{
        int r = pl_file_read_again(fd, buffer);

        pl_assert(fd >= 0);

        return r == 0 ? pl_file_parse_u64(pl_file_span(buffer), ret_value) : r;
}

static int read_pressure(int fd, struct pl_file_buffer *buffer,
                         struct pl_memcg_hot_figures *figures)
{
        struct pl_psi psi;
        int r;

        pl_assert(fd >= 0);

        r = pl_psi_read_again(fd, buffer, &psi);
        /* The other figures were read a moment ago, so the cgroup is there: whoever owns it has switched its pressure off
         * (cgroup.pressure, 6.1), and must not be able to pass for gone by that. */
        if (r == PL_FILE_E_OFF || r == PL_FILE_E_GONE)
                return 0;
        if (r != 0)
                return r;

        figures->has_pressure = true;
        figures->some_usec = psi.some.total_usec;
        figures->full_usec = psi.full.total_usec;
        return 0;
}

int pl_memcg_hot_read(const struct pl_memcg_hot *hot, struct pl_file_buffer *buffer,
                      struct pl_memcg_hot_figures *ret_figures)
{
        struct pl_memcg_hot_figures figures = {};
        int r;

        pl_assert(hot);
        pl_assert(ret_figures);

        figures.has_swap = hot->swap_current_fd >= 0;

        r = read_number(hot->current_fd, buffer, &figures.current_bytes);
        if (r == 0 && hot->swap_current_fd >= 0)
                r = read_number(hot->swap_current_fd, buffer, &figures.swap_bytes);
        if (r == 0)
                r = pl_file_read_again(hot->events_fd, buffer);
        if (r == 0)
                r = pl_memcg_parse_events(pl_file_span(buffer), &figures.events);
        if (r == 0 && hot->pressure_fd >= 0)
                r = read_pressure(hot->pressure_fd, buffer, &figures);
        if (r != 0)
                return r;

        *ret_figures = figures;
        return 0;
}
