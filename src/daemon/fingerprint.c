/* SPDX-License-Identifier: Apache-2.0 */

/* A link that leads from one name of a watched directory to another, as Kubernetes makes them, is told of as well; to tell
 * these apart from others would take longer than to look at a few files every few seconds.
 *
 * The order of a directory's entries is its own, so what is made of each is added up.
 */

#include "fingerprint.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "plimsoll/base/assert.h"
#include "plimsoll/journal/format.h"
#include "plimsoll/model/bounds.h"

enum {
        /* Directories in one fingerprint; the system has three. */
        DIRECTORIES_MAX = 16,
        /* More than policy files, for others may lie among them. */
        ENTRIES_MAX = 4 * PL_POLICY_FILES_MAX,
};

static uint64_t of_status(const struct stat *status)
{
        const uint64_t words[] = {
                (uint64_t) status->st_dev,          (uint64_t) status->st_ino,
                (uint64_t) status->st_size,         (uint64_t) status->st_mode,
                (uint64_t) status->st_uid,          (uint64_t) status->st_mtim.tv_sec,
                (uint64_t) status->st_mtim.tv_nsec, (uint64_t) status->st_ctim.tv_sec,
                (uint64_t) status->st_ctim.tv_nsec,
        };

        return pl_journal_check(PL_JOURNAL_CHECK_SEED, words, sizeof words / sizeof *words);
}

static bool is_policy_file(const char *name)
{
        static const char suffix[] = ".json";
        size_t length = strlen(name);

        return name[0] != '.' && length > sizeof suffix - 1 &&
               strcmp(name + length - (sizeof suffix - 1), suffix) == 0;
}

static bool is_link(int dir_fd, const char *name)
{
        struct stat status;

        return fstatat(dir_fd, name, &status, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(status.st_mode);
}

static uint64_t of_entries(DIR *directory, bool *indirect)
{
        const struct dirent *entry;
        uint64_t sum = 0;

        for (unsigned i = 0; i < ENTRIES_MAX && (entry = readdir(directory)); i++) {
                struct stat status;

                if (!is_policy_file(entry->d_name))
                        continue;
                *indirect |= is_link(dirfd(directory), entry->d_name);
                if (fstatat(dirfd(directory), entry->d_name, &status, 0) == 0)
                        sum += of_status(&status);
        }
        return sum;
}

/* Whether a link is on the way to it: then its real name is another one. */
static bool is_elsewhere(const char *path)
{
        char real[PATH_MAX];

        return path[0] == '/' && realpath(path, real) && strcmp(real, path) != 0;
}

static uint64_t of_directory(const char *path, bool *indirect)
{
        DIR *directory = opendir(path);
        struct stat status;
        uint64_t sum;

        if (!directory)
                return 1;
        *indirect |= is_elsewhere(path) || is_link(AT_FDCWD, path);
        sum = of_entries(directory, indirect);
        if (fstat(dirfd(directory), &status) == 0)
                sum += of_status(&status);
        (void) closedir(directory);
        return sum;
}

uint64_t pl_fingerprint_take(const char *const *directories, bool *ret_indirect)
{
        uint64_t sums[DIRECTORIES_MAX] = {};
        size_t count = 0;

        pl_assert(directories && ret_indirect);

        *ret_indirect = false;
        for (; directories[count]; count++) {
                pl_assert(count < DIRECTORIES_MAX);
                sums[count] = of_directory(directories[count], ret_indirect);
        }
        return pl_journal_check(PL_JOURNAL_CHECK_SEED, sums, count);
}
