/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* file - reading and writing the small text files through which the kernel speaks: the one place of the room where a
 * system call's errno becomes one of the outcomes below.
 *
 * Everything goes through directory fds, into one buffer of the caller's that the daemon keeps for its life, so nothing
 * here allocates. Reading never blocks for long; writing a memory limit can (kernel.md, 1.3) and is its caller's concern.
 * On any outcome but 0 nothing that was asked for is touched, except the buffer.
 */

#include <stddef.h>
#include <stdint.h>

#include "plimsoll/base/span.h"

/* What a caller of any reader or writer in this room must expect; anything below zero is an errno and unexpected. */
enum {
        PL_FILE_E_ABSENT = 1, /* this kernel, or this cgroup, has no such file */
        PL_FILE_E_GONE,   /* the cgroup or process went away while we looked: an ordinary case */
        PL_FILE_E_OFF,    /* there, but switched off or not for this kind of cgroup (EOPNOTSUPP) */
        PL_FILE_E_DENIED, /* we may not, or the mount is read-only */
        PL_FILE_E_MALFORMED, /* not what such a file holds, or a form of it that we do not understand */
        PL_FILE_E_TOO_BIG, /* longer than the buffer */
        PL_FILE_E_REFUSED, /* written, and the kernel does not take this value (EINVAL, ERANGE) */
        PL_FILE_E_AGAIN, /* busy, interrupted, or less reclaimed than asked for (EAGAIN, EBUSY, EINTR) */
};

/* memory.numa_stat of a machine with 64 nodes has some 32 KiB; everything else is far below. */
enum { PL_FILE_MAX = 64 * 1024 };

struct pl_file_buffer {
        size_t length;
        char data[PL_FILE_MAX];
};

/* Where the kernel's trees are; a fixture tree can stand in. The fds are borrowed, −1 where there is none. */
struct pl_roots {
        int cgroup_fd; /* the cgroup2 mount */
        int proc_fd;
        int sys_fd;
        int dev_fd;
};

static inline struct pl_span pl_file_span(const struct pl_file_buffer *buffer)
{
        return pl_span(buffer->data, buffer->length);
}

/* Turns the errno of a failed system call into an outcome, or into −errno when it is none of them. */
int pl_file_outcome(int error);

/* Opens a file for reading, close-on-exec. */
int pl_file_open(int dir_fd, const char *name, int *ret_fd);

/* Opens a directory, close-on-exec; never follows a link at the last part of the path. */
int pl_file_open_directory(int dir_fd, const char *path, int *ret_fd);

/* Reads an open file from its beginning in one system call. For files that the kernel prints in one go: all of cgroupfs
 * but cgroup.procs and cgroup.threads, /proc/PID/…, meminfo, pressure. */
int pl_file_read_again(int fd, struct pl_file_buffer *buffer);

/* The same with open and close around it. */
int pl_file_read(int dir_fd, const char *name, struct pl_file_buffer *buffer);

/* Reads to the end, in as many calls as it takes: for files of many records (vmstat, swaps), which come a page at a time. */
int pl_file_read_long(int dir_fd, const char *name, struct pl_file_buffer *buffer);

/* The same from the beginning of a file that the caller keeps open. */
int pl_file_read_long_again(int fd, struct pl_file_buffer *buffer);

/* Writes one value in one system call. There is no way to write bytes of one's own, because blank bytes mean 0 to the
 * kernel and 0 is the deadliest limit there is: a number, PL_SIZE_MAX as "max", or words that are
 * asserted to be printable and to begin with a number. Opened O_NONBLOCK, which from 6.16 on keeps a lowered limit from reclaiming in our time. */
int pl_file_write_u64(int dir_fd, const char *name, uint64_t value);
int pl_file_write_limit(int dir_fd, const char *name, uint64_t value);
int pl_file_write_i64(int dir_fd, const char *name, int64_t value);
int pl_file_write_words(int dir_fd, const char *name, struct pl_span words);

/* The whole of a buffer as one number and its newline; for _limit, "max" is PL_SIZE_MAX. Pure. */
int pl_file_parse_u64(struct pl_span text, uint64_t *ret_value);
int pl_file_parse_limit(struct pl_span text, uint64_t *ret_value);
