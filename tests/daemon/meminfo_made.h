/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A /proc/meminfo as a kernel prints it, with amounts of the test's. */

#include "kernel/tree.h"

struct meminfo_made {
        uint64_t available_kib, swap_free_kib;
};

static inline void meminfo_put(struct test_tree *proc, struct meminfo_made made)
{
        _cleanup_free_ char *fixture = NULL;
        _cleanup_close_ int fd = openat(proc->fd, "meminfo", O_CREAT | O_WRONLY | O_TRUNC, 0644);
        struct pl_span rest;
        size_t length;

        assert_true(fd >= 0);
        assert_int_equal(
                pl_fd_read_file(AT_FDCWD, FIXTURES "/proc/meminfo-6.1", 16384, &fixture, &length),
                0);
        rest = pl_span(fixture, length);
        while (!pl_span_empty(rest)) {
                struct pl_span line = pl_span_until(&rest, '\n');

                if (pl_span_starts_with(line, "MemAvailable:"))
                        (void) dprintf(fd, "MemAvailable: %llu kB\n",
                                       (unsigned long long) made.available_kib);
                else if (pl_span_starts_with(line, "SwapFree:"))
                        (void) dprintf(fd, "SwapFree: %llu kB\n",
                                       (unsigned long long) made.swap_free_kib);
                else
                        (void) dprintf(fd, "%.*s\n", (int) line.length, line.data);
        }
}
