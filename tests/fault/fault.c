/* SPDX-License-Identifier: Apache-2.0 */

/* Each __wrap_x() stands where x() was called, and __real_x() is the x() of the C library: that is the linker's
 * --wrap. The code under test knows nothing of it, so there is no seam in it that could rot, and no interface between
 * what is tested and what is shipped.
 */

#include "fault/fault.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"
#include "plimsoll/base/table.h"

/* A text of the longest length the reader takes has some 200 000 allocations under the address sanitizer. */
enum { ALLOCATIONS_MAX = 1 << 19 };

/* Every wrapper and what it wraps. */
#define WRAPPED(type, name, ...)                                                                   \
        type __real_##name(__VA_ARGS__);                                                           \
        type __wrap_##name(__VA_ARGS__);

WRAPPED(void *, malloc, size_t size)
WRAPPED(void *, calloc, size_t count, size_t size)
WRAPPED(void *, realloc, void *pointer, size_t size)
WRAPPED(void *, reallocarray, void *pointer, size_t count, size_t size)
WRAPPED(char *, strdup, const char *string)
WRAPPED(void, free, void *pointer)
WRAPPED(int, openat, int fd, const char *path, int flags, ...)
WRAPPED(int, openat64, int fd, const char *path, int flags, ...)
WRAPPED(int, __openat_2, int fd, const char *path, int flags)
WRAPPED(int, __openat64_2, int fd, const char *path, int flags)
WRAPPED(int, close, int fd)
WRAPPED(int, fstat, int fd, struct stat *status)
WRAPPED(int, fstat64, int fd, struct stat *status)
WRAPPED(ssize_t, read, int fd, void *buffer, size_t size)
WRAPPED(ssize_t, __read_chk, int fd, void *buffer, size_t size, size_t room)
WRAPPED(ssize_t, pread, int fd, void *buffer, size_t size, off_t offset)
WRAPPED(ssize_t, pread64, int fd, void *buffer, size_t size, off_t offset)
WRAPPED(ssize_t, __pread_chk, int fd, void *buffer, size_t size, off_t offset, size_t room)
WRAPPED(ssize_t, __pread64_chk, int fd, void *buffer, size_t size, off_t offset, size_t room)
WRAPPED(DIR *, fdopendir, int fd)
WRAPPED(struct dirent *, readdir, DIR *directory)
WRAPPED(struct dirent *, readdir64, DIR *directory)
WRAPPED(ssize_t, readlinkat, int fd, const char *path, char *buffer, size_t size)
WRAPPED(ssize_t, __readlinkat_chk, int fd, const char *path, char *buffer, size_t size, size_t room)
WRAPPED(int, fstatvfs, int fd, struct statvfs *status)
WRAPPED(int, fstatvfs64, int fd, struct statvfs *status)
WRAPPED(ssize_t, write, int fd, const void *buffer, size_t size)
WRAPPED(int, ftruncate, int fd, off_t length)
WRAPPED(int, ftruncate64, int fd, off_t length)
WRAPPED(void *, mmap, void *address, size_t length, int protection, int flags, int fd, off_t offset)
WRAPPED(void *, mmap64, void *address, size_t length, int protection, int flags, int fd,
        off_t offset)
WRAPPED(int, poll, struct pollfd *fds, nfds_t count, int timeout)
WRAPPED(int, __poll_chk, struct pollfd *fds, nfds_t count, int timeout, size_t room)
WRAPPED(int, fcntl, int fd, int command, ...)
WRAPPED(int, fcntl64, int fd, int command, ...)
WRAPPED(int, fallocate, int fd, int mode, off_t offset, off_t length)
WRAPPED(int, fallocate64, int fd, int mode, off_t offset, off_t length)
WRAPPED(int, renameat, int old_fd, const char *old_path, int new_fd, const char *new_path)

#define PL_FAULT_CALL(name) #name,
static const char *const names[] = { PL_FAULT_CALLS };
#undef PL_FAULT_CALL

/* How each call fails when a function is run under every fault: what the manual says of it, and what has to be lived
 * with. */
static const struct {
        enum pl_fault_call call;
        int error;
} ways[] = {
        { PL_FAULT_malloc, ENOMEM },
        { PL_FAULT_calloc, ENOMEM },
        { PL_FAULT_realloc, ENOMEM },
        { PL_FAULT_reallocarray, ENOMEM },
        { PL_FAULT_strdup, ENOMEM },
        { PL_FAULT_openat, ENOENT },
        { PL_FAULT_openat, EACCES },
        { PL_FAULT_openat, EMFILE },
        { PL_FAULT_openat, EINTR },
        { PL_FAULT_close, EIO },
        { PL_FAULT_fstat, EIO },
        { PL_FAULT_read, EIO },
        { PL_FAULT_read, EINTR },
        { PL_FAULT_read, ENODEV },
        { PL_FAULT_read, PL_FAULT_SHORT },
        { PL_FAULT_pread, EIO },
        { PL_FAULT_pread, EINTR },
        { PL_FAULT_pread, ENODEV },
        { PL_FAULT_pread, PL_FAULT_SHORT },
        { PL_FAULT_write, EIO },
        { PL_FAULT_write, EINTR },
        { PL_FAULT_write, ENOSPC },
        { PL_FAULT_write, PL_FAULT_SHORT },
        { PL_FAULT_ftruncate, ENOSPC },
        { PL_FAULT_ftruncate, EINTR },
        { PL_FAULT_fdopendir, ENOMEM },
        { PL_FAULT_readdir, EIO },
        { PL_FAULT_readlinkat, ENOENT },
        { PL_FAULT_readlinkat, EIO },
        { PL_FAULT_fstatvfs, EIO },
        { PL_FAULT_mmap, ENOMEM },
        { PL_FAULT_poll, EINTR },
        { PL_FAULT_poll, ENOMEM },
        { PL_FAULT_fcntl, EBADF },
        { PL_FAULT_fallocate, ENOSPC },
        { PL_FAULT_fallocate, EINTR },
        { PL_FAULT_fallocate, EOPNOTSUPP },
        { PL_FAULT_renameat, EIO },
};

static struct pl_fault armed;
static bool is_armed, has_struck;
static uint64_t calls[PL_FAULT_COUNT];

static struct pl_table outstanding; /* the addresses of allocations */
static bool in_bookkeeping;         /* what the table itself allocates is not counted */
static size_t bytes_now, bytes_peak;

static bool strikes(enum pl_fault_call call)
{
        calls[call]++;
        if (!is_armed || armed.call != call || armed.nth != calls[call])
                return false;
        has_struck = true;
        return true;
}

/* For calls that cannot fall short. */
static bool fails(enum pl_fault_call call)
{
        if (!strikes(call))
                return false;
        errno = armed.error;
        return true;
}

/* For calls that can: the size to ask for, or 0 when it fails. */
static size_t size_left(enum pl_fault_call call, size_t size)
{
        if (!strikes(call))
                return size;
        if (armed.error == PL_FAULT_SHORT)
                return size > 1 ? size / 2 : size;
        errno = armed.error;
        return 0;
}

static void remember(void *pointer)
{
        if (!pointer || in_bookkeeping)
                return;
        in_bookkeeping = true;
        if (!outstanding.slots)
                pl_assert(pl_table_init(&outstanding, ALLOCATIONS_MAX, 0) == 0);
        pl_assert(pl_table_add(&outstanding, (uintptr_t) pointer, 0) == 0);
        in_bookkeeping = false;
        bytes_now += malloc_usable_size(pointer);
        bytes_peak = PL_MAX(bytes_peak, bytes_now);
}

/* What was allocated within the C library, or before, is not in the table and no concern of ours. */
static void forget(void *pointer)
{
        if (!pointer || in_bookkeeping || !outstanding.slots)
                return;
        if (pl_table_remove(&outstanding, (uintptr_t) pointer) == 0)
                bytes_now -= malloc_usable_size(pointer);
}

void *__wrap_malloc(size_t size)
{
        void *pointer = fails(PL_FAULT_malloc) ? NULL : __real_malloc(size);

        remember(pointer);
        return pointer;
}

void *__wrap_calloc(size_t count, size_t size)
{
        void *pointer = fails(PL_FAULT_calloc) ? NULL : __real_calloc(count, size);

        remember(pointer);
        return pointer;
}

/* When it fails, the old memory stays. */
static void *resize(void *pointer, size_t count, size_t size)
{
        void *moved;

        forget(pointer);
        moved = __real_reallocarray(pointer, count, size);
        remember(moved ? moved : pointer);
        return moved;
}

void *__wrap_realloc(void *pointer, size_t size)
{
        return fails(PL_FAULT_realloc) ? NULL : resize(pointer, 1, size);
}

void *__wrap_reallocarray(void *pointer, size_t count, size_t size)
{
        return fails(PL_FAULT_reallocarray) ? NULL : resize(pointer, count, size);
}

char *__wrap_strdup(const char *string)
{
        char *copy = fails(PL_FAULT_strdup) ? NULL : __real_strdup(string);

        remember(copy);
        return copy;
}

void __wrap_free(void *pointer)
{
        forget(pointer);
        __real_free(pointer);
}

static int open_with(int fd, const char *path, int flags, unsigned mode)
{
        return fails(PL_FAULT_openat) ? -1 : __real_openat64(fd, path, flags, mode);
}

/* The mode is an argument only where a file may be created; read where there is none, it would be rubbish. */
#define OPEN(fd, path, flags)                                                                      \
        ({                                                                                         \
                unsigned mode_ = 0;                                                                \
                va_list arguments_;                                                                \
                                                                                                   \
                va_start(arguments_, flags);                                                       \
                if ((flags) &O_CREAT || ((flags) &O_TMPFILE) == O_TMPFILE)                         \
                        mode_ = va_arg(arguments_, unsigned);                                      \
                va_end(arguments_);                                                                \
                open_with(fd, path, flags, mode_);                                                 \
        })

int __wrap_openat(int fd, const char *path, int flags, ...)
{
        return OPEN(fd, path, flags);
}

int __wrap_openat64(int fd, const char *path, int flags, ...)
{
        return OPEN(fd, path, flags);
}

int __wrap___openat_2(int fd, const char *path, int flags)
{
        return open_with(fd, path, flags, 0);
}

int __wrap___openat64_2(int fd, const char *path, int flags)
{
        return open_with(fd, path, flags, 0);
}

/* Linux releases the descriptor whatever close() returns. */
int __wrap_close(int fd)
{
        bool failing = fails(PL_FAULT_close);
        int r = __real_close(fd);

        if (!failing)
                return r;
        errno = armed.error;
        return -1;
}

int __wrap_fstat(int fd, struct stat *status)
{
        return fails(PL_FAULT_fstat) ? -1 : __real_fstat(fd, status);
}

int __wrap_fstat64(int fd, struct stat *status)
{
        return fails(PL_FAULT_fstat) ? -1 : __real_fstat64(fd, status);
}

DIR *__wrap_fdopendir(int fd)
{
        return fails(PL_FAULT_fdopendir) ? NULL : __real_fdopendir(fd);
}

struct dirent *__wrap_readdir64(DIR *directory)
{
        return fails(PL_FAULT_readdir) ? NULL : __real_readdir64(directory);
}

struct dirent *__wrap_readdir(DIR *directory)
{
        return __wrap_readdir64(directory);
}

ssize_t __wrap_readlinkat(int fd, const char *path, char *buffer, size_t size)
{
        return fails(PL_FAULT_readlinkat) ? -1 : __real_readlinkat(fd, path, buffer, size);
}

ssize_t __wrap___readlinkat_chk(int fd, const char *path, char *buffer, size_t size, size_t room)
{
        pl_assert(size <= room);
        return __wrap_readlinkat(fd, path, buffer, size);
}

int __wrap_fstatvfs64(int fd, struct statvfs *status)
{
        return fails(PL_FAULT_fstatvfs) ? -1 : __real_fstatvfs64(fd, status);
}

int __wrap_fstatvfs(int fd, struct statvfs *status)
{
        return __wrap_fstatvfs64(fd, status);
}

ssize_t __wrap_read(int fd, void *buffer, size_t size)
{
        size_t left = size_left(PL_FAULT_read, size);

        return size > 0 && left == 0 ? -1 : __real_read(fd, buffer, left);
}

ssize_t __wrap___read_chk(int fd, void *buffer, size_t size, size_t room)
{
        pl_assert(size <= room);
        return __wrap_read(fd, buffer, size);
}

ssize_t __wrap_pread64(int fd, void *buffer, size_t size, off_t offset)
{
        size_t left = size_left(PL_FAULT_pread, size);

        return size > 0 && left == 0 ? -1 : __real_pread64(fd, buffer, left, offset);
}

ssize_t __wrap_pread(int fd, void *buffer, size_t size, off_t offset)
{
        return __wrap_pread64(fd, buffer, size, offset);
}

ssize_t __wrap___pread64_chk(int fd, void *buffer, size_t size, off_t offset, size_t room)
{
        pl_assert(size <= room);
        return __wrap_pread64(fd, buffer, size, offset);
}

ssize_t __wrap___pread_chk(int fd, void *buffer, size_t size, off_t offset, size_t room)
{
        return __wrap___pread64_chk(fd, buffer, size, offset, room);
}

ssize_t __wrap_write(int fd, const void *buffer, size_t size)
{
        size_t left = size_left(PL_FAULT_write, size);

        return size > 0 && left == 0 ? -1 : __real_write(fd, buffer, left);
}

int __wrap_ftruncate64(int fd, off_t length)
{
        return fails(PL_FAULT_ftruncate) ? -1 : __real_ftruncate64(fd, length);
}

int __wrap_ftruncate(int fd, off_t length)
{
        return __wrap_ftruncate64(fd, length);
}

void *__wrap_mmap64(void *address, size_t length, int protection, int flags, int fd, off_t offset)
{
        return fails(PL_FAULT_mmap) ? MAP_FAILED
                                    : __real_mmap64(address, length, protection, flags, fd, offset);
}

void *__wrap_mmap(void *address, size_t length, int protection, int flags, int fd, off_t offset)
{
        return __wrap_mmap64(address, length, protection, flags, fd, offset);
}

int __wrap_poll(struct pollfd *fds, nfds_t count, int timeout)
{
        return fails(PL_FAULT_poll) ? -1 : __real_poll(fds, count, timeout);
}

int __wrap___poll_chk(struct pollfd *fds, nfds_t count, int timeout, size_t room)
{
        pl_assert(count * sizeof *fds <= room);
        return __wrap_poll(fds, count, timeout);
}

/* Every argument of fcntl() fits into a pointer, and one too many does no harm. */
#define FCNTL(fd, command)                                                                         \
        ({                                                                                         \
                void *argument_;                                                                   \
                va_list arguments_;                                                                \
                                                                                                   \
                va_start(arguments_, command);                                                     \
                argument_ = va_arg(arguments_, void *);                                            \
                va_end(arguments_);                                                                \
                fails(PL_FAULT_fcntl) ? -1 : __real_fcntl64(fd, command, argument_);               \
        })

int __wrap_fcntl(int fd, int command, ...)
{
        return FCNTL(fd, command);
}

int __wrap_fcntl64(int fd, int command, ...)
{
        return FCNTL(fd, command);
}

int __wrap_fallocate64(int fd, int mode, off_t offset, off_t length)
{
        return fails(PL_FAULT_fallocate) ? -1 : __real_fallocate64(fd, mode, offset, length);
}

int __wrap_fallocate(int fd, int mode, off_t offset, off_t length)
{
        return __wrap_fallocate64(fd, mode, offset, length);
}

int __wrap_renameat(int old_fd, const char *old_path, int new_fd, const char *new_path)
{
        return fails(PL_FAULT_renameat) ? -1 : __real_renameat(old_fd, old_path, new_fd, new_path);
}

void pl_fault_arm(enum pl_fault_call call, uint64_t nth, int error)
{
        pl_assert(call < PL_FAULT_COUNT);
        pl_assert(nth > 0);
        pl_assert(error > 0 || error == PL_FAULT_SHORT);

        armed = (struct pl_fault){ call, nth, error };
        is_armed = true;
        has_struck = false;
        memset(calls, 0, sizeof calls);
        bytes_peak = bytes_now;
}

void pl_fault_disarm(void)
{
        is_armed = false;
}

const struct pl_fault *pl_fault_armed(void)
{
        return is_armed ? &armed : NULL;
}

bool pl_fault_struck(void)
{
        return has_struck;
}

uint64_t pl_fault_calls(enum pl_fault_call call)
{
        pl_assert(call < PL_FAULT_COUNT);

        return calls[call];
}

size_t pl_fault_allocations(void)
{
        return outstanding.count;
}

size_t pl_fault_peak_bytes(void)
{
        return bytes_peak;
}

size_t pl_fault_descriptors(void)
{
        DIR *directory = opendir("/proc/self/fd");
        size_t count = 0;

        pl_assert(directory);
        while (readdir(directory))
                count++;
        (void) closedir(directory);
        return count;
}

static void complain(struct pl_text *complaint, const struct pl_fault *fault, const char *words)
{
        pl_text_addf(complaint, "call %llu of %s, %s: %s", (unsigned long long) fault->nth,
                     names[fault->call],
                     fault->error == PL_FAULT_SHORT ? "short" : strerrorname_np(fault->error),
                     words);
}

static bool run_once(pl_fault_function function, void *userdata, const struct pl_fault *fault,
                     struct pl_text *complaint)
{
        size_t descriptors = pl_fault_descriptors(), allocations = pl_fault_allocations();
        bool good;

        pl_fault_arm(fault->call, fault->nth, fault->error);
        good = function(userdata);
        pl_fault_disarm();

        if (!good)
                complain(complaint, fault, "a promise is broken");
        else if (pl_fault_allocations() != allocations)
                complain(complaint, fault, "memory is left behind");
        else if (pl_fault_descriptors() != descriptors)
                complain(complaint, fault, "a descriptor is left behind");
        else
                return true;
        return false;
}

bool pl_fault_each(pl_fault_function function, void *userdata, struct pl_text *complaint)
{
        pl_assert(function);
        pl_assert(complaint);

        for (size_t i = 0; i < PL_ARRAY_LENGTH(ways); i++) {
                struct pl_fault fault = { ways[i].call, 0, ways[i].error };

                do {
                        fault.nth++;
                        if (!run_once(function, userdata, &fault, complaint))
                                return false;
                } while (has_struck && fault.nth < PL_FAULT_NTH_MAX);
                if (has_struck) {
                        complain(complaint, &fault, "it makes no end of calls");
                        return false;
                }
        }
        return true;
}
