/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A directory of its own for a test program, with files in it. To be used while nothing is armed. */

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "plimsoll/base/assert.h"
#include "plimsoll/base/fd.h"
#include "plimsoll/base/macro.h"

static char directory_path[] = "/tmp/plimsoll-fault-XXXXXX";
static int directory_fd = -1;

static inline void directory_write(const char *name, struct pl_span bytes)
{
        _cleanup_close_ int fd = openat(directory_fd, name,
                                        O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

        pl_assert(fd >= 0);
        pl_assert(pl_fd_write_all(fd, bytes) == 0);
}

static inline bool directory_has(const char *name, struct pl_span bytes)
{
        _cleanup_free_ char *data = NULL;
        size_t length;

        pl_assert(pl_fd_read_file(directory_fd, name, 1 << 20, &data, &length) == 0);
        return pl_span_equals_span(pl_span(data, length), bytes);
}

static inline int directory_set_up(void **state)
{
        (void) state;
        pl_assert(mkdtemp(directory_path));
        directory_fd = open(directory_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        pl_assert(directory_fd >= 0);
        return 0;
}

/* The one file that tests make is called "file". */
static inline int directory_tear_down(void **state)
{
        (void) state;
        (void) unlinkat(directory_fd, "file", 0);
        (void) close(directory_fd);
        return rmdir(directory_path);
}
