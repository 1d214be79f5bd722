/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The threads that write, seen from outside: by their name, for sanitizers have threads of their own. */

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include "test.h"

static inline bool is_writer(int tasks_fd, const char *task)
{
        char path[64], name[32];
        _cleanup_close_ int fd = -1;
        ssize_t length;

        assert_true(snprintf(path, sizeof path, "%s/comm", task) < (int) sizeof path);
        fd = openat(tasks_fd, path, O_RDONLY | O_CLOEXEC);
        if (fd < 0)
                return false;
        length = read(fd, name, sizeof name);
        return length > 0 && pl_span_equals(pl_span(name, (size_t) length), "plimsoll-write\n");
}

static inline int count_writers(void)
{
        DIR *directory = opendir("/proc/self/task");
        const struct dirent *entry;
        int count = 0;

        assert_non_null(directory);
        while ((entry = readdir(directory)))
                count += is_writer(dirfd(directory), entry->d_name);
        (void) closedir(directory);
        return count;
}

/* Who was joined is for a moment still there. */
static inline void wait_for_writers(int count)
{
        for (int i = 0; i < 60000 && count_writers() != count; i++)
                (void) poll(NULL, 0, 1);
        assert_int_equal(count_writers(), count);
}
