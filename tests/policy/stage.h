/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A directory for one test that nobody else may write to, with copies of checked-in policy files in it. Where the checkout
 * lies, and who may write there, is the person's business; the loader has an opinion about it, which is tested elsewhere.
 */

#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <sys/stat.h>
#include <unistd.h>

#include "plimsoll/base/fd.h"
#include "plimsoll/policy/load.h"
#include "test.h"

enum { TEST_PATH_MAX = 512, TEST_POLICY_TEXT_MAX = 2 * 1024 * 1024 };

struct test_stage {
        char path[TEST_PATH_MAX];
};

struct test_path {
        char text[TEST_PATH_MAX];
};

static inline struct test_path test_join(const char *directory, const char *name)
{
        struct test_path path;
        int length = snprintf(path.text, sizeof path.text, "%s/%s", directory, name);

        assert_in_range(length, 1, sizeof path.text - 1);
        return path;
}

static inline void test_stage_make(struct test_stage *stage)
{
        const char *root = getenv("TMPDIR");

        (void) snprintf(stage->path, sizeof stage->path, "%s/plimsoll-policy.XXXXXX",
                        root ? root : "/tmp");
        assert_non_null(mkdtemp(stage->path));
}

static inline int test_stage_remove_one(const char *path, const struct stat *status, int flag,
                                        struct FTW *walk)
{
        (void) status;
        (void) flag;
        (void) walk;
        return remove(path);
}

static inline void test_stage_remove(struct test_stage *stage)
{
        assert_int_equal(nftw(stage->path, test_stage_remove_one, 8, FTW_DEPTH | FTW_PHYS), 0);
}

/* A link stays one: what it leads to says something. */
static inline void test_copy_file(const char *from, const char *to)
{
        _cleanup_free_ char *text = NULL;
        char target[TEST_PATH_MAX] = "";
        size_t length;
        int fd;

        if (readlink(from, target, sizeof target - 1) > 0) {
                assert_int_equal(symlink(target, to), 0);
                return;
        }
        assert_int_equal(pl_fd_read_file(AT_FDCWD, from, TEST_POLICY_TEXT_MAX, &text, &length), 0);
        fd = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        assert_true(fd >= 0);
        assert_int_equal(pl_fd_write_all(fd, pl_span(text, length)), 0);
        (void) close(fd);
}

static inline bool test_is_directory(const char *path)
{
        struct stat status;

        assert_int_equal(lstat(path, &status), 0);
        return S_ISDIR(status.st_mode);
}

static inline int test_not_hidden(const struct dirent *entry)
{
        return entry->d_name[0] != '.';
}

static inline int test_compare_entries(const struct dirent **a, const struct dirent **b)
{
        return strcmp((*a)->d_name, (*b)->d_name);
}

/* What is in a directory, sorted; the caller frees it with test_list_free(). */
static inline size_t test_list(const char *path, struct dirent ***ret_entries)
{
        int count = scandir(path, ret_entries, test_not_hidden, test_compare_entries);

        assert_true(count >= 0);
        return (size_t) count;
}

static inline void test_list_free(struct dirent **entries, size_t count)
{
        for (size_t i = 0; i < count; i++)
                free(entries[i]);
        free(entries);
}

/* The files of a directory, but not what is in directories within it. */
static inline void test_copy_directory(const char *from, const char *to)
{
        struct dirent **entries;
        size_t count = test_list(from, &entries);

        for (size_t i = 0; i < count; i++) {
                struct test_path source = test_join(from, entries[i]->d_name);

                if (!test_is_directory(source.text))
                        test_copy_file(source.text, test_join(to, entries[i]->d_name).text);
        }
        test_list_free(entries, count);
}
