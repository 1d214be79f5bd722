/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* fd - whole files a person wrote, read once and bounded; whole buffers written out.
 *
 * For configuration and the like. Files of the kernel have their own reader, kernel/file.h. pl_fd_read_file() allocates
 * and may block on a slow disk; it never blocks on a FIFO or a device, because it refuses them.
 */

#include <stddef.h>
#include <stdint.h>

#include "plimsoll/base/span.h"

enum {
        PL_FD_E_ABSENT = 1,  /* no such file, or a part of its path is missing */
        PL_FD_E_NOT_REGULAR, /* a directory, FIFO, socket or device */
        PL_FD_E_TOO_BIG,     /* longer than the caller allows */
        PL_FD_E_DENIED,      /* may not be opened */
};

/* Reads a regular file of at most max_bytes. *ret_data is the caller's to free, and NUL-terminated behind its length,
 * which counts a NUL inside the file like any other byte. A file that grows while it is read is cut off at its bound with
 * PL_FD_E_TOO_BIG. */
int pl_fd_read_file(int dir_fd, const char *path, size_t max_bytes, char **ret_data,
                    size_t *ret_length);

/* The same for a file that the caller has opened and looked at: of the fd it was judged by, and no other. It is a regular
 * one, and the fd stands at its beginning; said_bytes is how long fstat() said that it is. */
int pl_fd_read_open_file(int fd, uint64_t said_bytes, size_t max_bytes, char **ret_data,
                         size_t *ret_length);

/* Writes all of it, over as many system calls as it takes. 0 or a negative errno. */
int pl_fd_write_all(int fd, struct pl_span bytes);
