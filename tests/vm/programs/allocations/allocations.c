/* SPDX-License-Identifier: Apache-2.0 */

/* Counts what plimsolld allocates from waking up to killing, while the machine it runs on is short of memory.
 *
 *     LD_PRELOAD=…/allocations.so ALLOCATIONS_FILE=FILE plimsolld
 *
 * For each "1" that is written into a cgroup.kill there is a line in FILE: how often the allocator was called in this thread since
 * it woke up last, how often since it began, and the file. Between waking up and that is all of a look: sense, judge, act.
 */

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

/* The C library's own, by the names under which it lets others stand in front of them. */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t number, size_t size);
void *__libc_realloc(void *memory, size_t size);
void *__libc_memalign(size_t alignment, size_t size);
void __libc_free(void *memory);

static __thread uint64_t since_waking, since_beginning;
static int file_fd = -1;

static void count(void)
{
        since_waking++;
        since_beginning++;
}

/* ---- the allocator ---- */

void *malloc(size_t size)
{
        count();
        return __libc_malloc(size);
}

void *calloc(size_t number, size_t size)
{
        count();
        return __libc_calloc(number, size);
}

void *realloc(void *memory, size_t size)
{
        count();
        return __libc_realloc(memory, size);
}

void *reallocarray(void *memory, size_t number, size_t size)
{
        size_t bytes;

        count();
        if (__builtin_mul_overflow(number, size, &bytes)) {
                errno = ENOMEM;
                return NULL;
        }
        return __libc_realloc(memory, bytes);
}

void *aligned_alloc(size_t alignment, size_t size)
{
        count();
        return __libc_memalign(alignment, size);
}

int posix_memalign(void **ret_memory, size_t alignment, size_t size)
{
        count();
        *ret_memory = __libc_memalign(alignment, size);
        return *ret_memory ? 0 : ENOMEM;
}

void free(void *memory)
{
        if (memory)
                count();
        __libc_free(memory);
}

/* ---- from waking up ---- */

/* What stands behind us, found once. */
static void *real(void **found, const char *name)
{
        if (!*found)
                *found = dlsym(RTLD_NEXT, name);
        if (!*found)
                abort();
        return *found;
}

int epoll_wait(int fd, struct epoll_event *events, int most, int wait_msec)
{
        static void *found;
        int (*wait)(int, struct epoll_event *, int, int);
        int r;

        *(void **) &wait = real(&found, "epoll_wait");
        r = wait(fd, events, most, wait_msec);
        since_waking = 0;
        return r;
}

int epoll_pwait2(int fd, struct epoll_event *events, int most, const struct timespec *timeout,
                 const sigset_t *mask)
{
        static void *found;
        int (*wait)(int, struct epoll_event *, int, const struct timespec *, const sigset_t *);
        int r;

        *(void **) &wait = real(&found, "epoll_pwait2");
        r = wait(fd, events, most, timeout, mask);
        since_waking = 0;
        return r;
}

/* ---- to killing ---- */

static void tell(const char *path)
{
        char line[4352];
        int length = snprintf(line, sizeof line, "%llu %llu %s\n",
                              (unsigned long long) since_waking,
                              (unsigned long long) since_beginning, path);
        static void *found;
        ssize_t (*write_real)(int, const void *, size_t);

        *(void **) &write_real = real(&found, "write");
        if (length > 0)
                (void) write_real(file_fd, line, (size_t) length);
}

static void look_at_write(int fd, const char *data, size_t size)
{
        static const char name[] = "/cgroup.kill";
        char link[64], path[4096];
        ssize_t length;

        if (file_fd < 0 || size == 0 || data[0] != '1')
                return;
        (void) snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
        length = readlink(link, path, sizeof path - 1);
        if (length < 0)
                return;
        path[length] = '\0';
        if ((size_t) length >= sizeof name && strcmp(path + length - sizeof name + 1, name) == 0)
                tell(path);
}

ssize_t write(int fd, const void *data, size_t size)
{
        static void *found;
        ssize_t (*write_real)(int, const void *, size_t);

        *(void **) &write_real = real(&found, "write");
        look_at_write(fd, data, size);
        return write_real(fd, data, size);
}

__attribute__((constructor)) static void begin(void)
{
        const char *path = getenv("ALLOCATIONS_FILE");

        if (path)
                file_fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
}
