/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* place - a directory of its own for a test program, and journals in it. */

#include "test.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "journal/made.h"

static char place_path[] = "/tmp/plimsoll-journal-XXXXXX";
static int place_fd = -1;

static inline void place_empty(void)
{
        DIR *directory = opendir(place_path);
        struct dirent *entry;

        pl_assert(directory);
        while ((entry = readdir(directory)))
                if (entry->d_name[0] != '.' && unlinkat(place_fd, entry->d_name, 0) < 0)
                        pl_assert(unlinkat(place_fd, entry->d_name, AT_REMOVEDIR) == 0);
        (void) closedir(directory);
}

static inline int place_set_up(void **state)
{
        (void) state;
        pl_assert(mkdtemp(place_path));
        place_fd = open(place_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        pl_assert(place_fd >= 0);
        return 0;
}

static inline int place_tear_down(void **state)
{
        (void) state;
        place_empty();
        (void) close(place_fd);
        return rmdir(place_path);
}

/* Before each test. */
static inline int place_clear(void **state)
{
        (void) state;
        place_empty();
        return 0;
}

static inline struct pl_journal_writer place_writer(struct pl_journal_opened *ret_opened)
{
        const struct pl_journal_options options = made_options();
        struct pl_journal_opened opened;
        struct pl_journal_writer writer;

        assert_int_equal(pl_journal_writer_open(place_fd, "journal", &options, &writer, &opened),
                         0);
        if (ret_opened)
                *ret_opened = opened;
        return writer;
}

static inline struct pl_journal_reader place_reader(void)
{
        struct pl_journal_reader reader;

        assert_int_equal(pl_journal_reader_open(place_fd, "journal", &reader), 0);
        return reader;
}

/* Bytes over a part of the file, as a hostile or broken hand would. */
static inline void place_patch(const char *name, uint64_t offset, const void *bytes, size_t size)
{
        _cleanup_close_ int fd = openat(place_fd, name, O_WRONLY | O_CLOEXEC);

        assert_true(fd >= 0);
        assert_int_equal(pwrite(fd, bytes, size, (off_t) offset), (ssize_t) size);
}

static inline bool place_has(const char *name)
{
        return faccessat(place_fd, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

#define PLACE_TEST(function) cmocka_unit_test_setup(function, place_clear)
