/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Cgroups of files whose limits are written no further than to here: write() is redirected by the linker, a value of a limit is
 * put into a log, and the test says what the kernel makes of it. */

#include <pthread.h>

#include "cgroups.h"
#include "plimsoll/base/assert.h"
#include "plimsoll/base/size.h"
#include "plimsoll/base/text.h"
#include "plimsoll/host/write.h"

static struct test_tree tree;

/* What the kernel says of a value: 0 or an errno. Called by whoever writes it; NULL: it takes all. */
static int (*kernel_says)(const char *value);

static pthread_mutex_t log_mutex = PTHREAD_MUTEX_INITIALIZER;
static char log_bytes[64 * 1024];
static struct pl_text log_text;

ssize_t __real_write(int fd, const void *bytes, size_t size);
ssize_t __wrap_write(int fd, const void *bytes, size_t size);

static inline void log_write(int fd, const char *value)
{
        char link[64], path[PATH_MAX];
        ssize_t length;

        (void) snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
        length = readlink(link, path, sizeof path - 1);
        pl_assert(length > 0); /* cmocka's are for the first thread alone */
        path[length] = '\0';
        (void) pthread_mutex_lock(&log_mutex);
        pl_assert(strncmp(path, tree.path, strlen(tree.path)) == 0);
        pl_text_addf(&log_text, "%s=%s ", path + strlen(tree.path) + 1, value);
        (void) pthread_mutex_unlock(&log_mutex);
}

/* Files that a test makes are opened without O_NONBLOCK, limits never. */
ssize_t __wrap_write(int fd, const void *bytes, size_t size)
{
        char value[64] = "";
        int error;

        if (!(fcntl(fd, F_GETFL) & O_NONBLOCK))
                return __real_write(fd, bytes, size);
        pl_assert(size < sizeof value);
        memcpy(value, bytes, size);
        value[strcspn(value, "\n")] = '\0';
        error = kernel_says ? kernel_says(value) : 0;
        if (error != 0) {
                errno = error;
                return -1;
        }
        log_write(fd, value);
        return (ssize_t) size;
}

/* What was written since the last call, in its order. */
static inline const char *drain_log(void)
{
        static char text[sizeof log_bytes];

        (void) pthread_mutex_lock(&log_mutex);
        (void) snprintf(text, sizeof text, "%s", log_bytes);
        pl_text_init(&log_text, log_bytes, sizeof log_bytes);
        (void) pthread_mutex_unlock(&log_mutex);
        return text;
}

static inline int written_set_up(void **state)
{
        (void) state;
        (void) drain_log();
        kernel_says = NULL;
        cgroups_make(&tree);
        return 0;
}

static inline int written_tear_down(void **state)
{
        (void) state;
        test_tree_remove(&tree);
        return 0;
}

/* A cgroup with all of its limits, and as much in use. */
static inline void cgroup_make_limited(const char *path, const char *current)
{
        cgroup_make(&tree, path);
        cgroup_put(&tree, path, "memory.current", current);
        for (enum pl_limit limit = 0; limit < PL_LIMIT_COUNT; limit++)
                cgroup_put(&tree, path, pl_limit_file(limit), "0\n");
}

static inline int cgroup_open(const char *path)
{
        int fd = openat(tree.fd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

        assert_true(fd >= 0);
        return fd;
}

static inline void add_order(struct pl_write_row *row, enum pl_limit limit, uint64_t value_bytes,
                             uint64_t use_below_bytes)
{
        assert_true(row->order_count < PL_LIMIT_ORDERS_MAX);
        row->orders[row->order_count++] = (struct pl_limit_order){
                .limit = limit,
                .number = 7,
                .value_bytes = value_bytes,
                .use_below_bytes = use_below_bytes
        };
}
