/* SPDX-License-Identifier: Apache-2.0 */

#include "keep.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "plimsoll/base/assert.h"
#include "plimsoll/base/fd.h"
#include "plimsoll/base/macro.h"
#include "plimsoll/base/text.h"
#include "plimsoll/policy/print.h"

enum {
        DIRECTORY_MODE = 0750,
        MODE = 0640,
        NAME_BYTES = 2 * (size_t) PL_SHA256_BYTES + sizeof ".json",
};

static const char new_name[] = ".new";

static int sink(void *userdata, struct pl_span bytes)
{
        return pl_fd_write_all(*(int *) userdata, bytes);
}

static void name_of(const uint8_t digest[PL_SHA256_BYTES], char name[NAME_BYTES])
{
        struct pl_text text;

        pl_text_init(&text, name, NAME_BYTES);
        pl_sha256_format(&text, digest);
        pl_text_add(&text, ".json");
        pl_assert(!text.cut);
}

/* Whole under its name, or not at all. */
static int write_whole(int dir_fd, const struct pl_policy *policy, const char *name)
{
        _cleanup_close_ int fd = -1;
        int r;

        if (unlinkat(dir_fd, new_name, 0) < 0 && errno != ENOENT)
                return -errno;
        fd = openat(dir_fd, new_name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, MODE);
        if (fd < 0)
                return -errno;
        /* Whatever the umask is: the group reads the journal, too. */
        r = fchmod(fd, MODE) < 0 ? -errno : pl_policy_print(policy, sink, &fd);
        if (r == 0 && renameat(dir_fd, new_name, dir_fd, name) < 0)
                r = -errno;
        if (r != 0)
                (void) unlinkat(dir_fd, new_name, 0);
        return r;
}

struct found {
        struct timespec at;
        char name[NAME_BYTES];
};

static bool is_older(const struct timespec *a, const struct timespec *b)
{
        return a->tv_sec != b->tv_sec ? a->tv_sec < b->tv_sec : a->tv_nsec < b->tv_nsec;
}

/* How many other policies lie there, and the oldest of them. */
static size_t find_oldest(DIR *directory, const char *keep, struct found *ret_oldest)
{
        const struct dirent *entry;
        size_t count = 0;

        rewinddir(directory);
        for (unsigned i = 0; i < PL_KEEP_LOOKED_AT && (entry = readdir(directory)); i++) {
                struct stat status;

                if (strlen(entry->d_name) != NAME_BYTES - 1 || strcmp(entry->d_name, keep) == 0 ||
                    fstatat(dirfd(directory), entry->d_name, &status, AT_SYMLINK_NOFOLLOW) < 0 ||
                    !S_ISREG(status.st_mode))
                        continue;
                if (count++ == 0 || is_older(&status.st_mtim, &ret_oldest->at)) {
                        ret_oldest->at = status.st_mtim;
                        memcpy(ret_oldest->name, entry->d_name, sizeof ret_oldest->name);
                }
        }
        return count;
}

/* The one in force stays, whatever the clock said when it was written. */
static void prune(int dir_fd, const char *keep)
{
        int fd = openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        DIR *directory = fd >= 0 ? fdopendir(fd) : NULL;
        struct found oldest = {};

        if (!directory) {
                pl_cleanup_close(&fd);
                return;
        }
        for (unsigned i = 0; i < PL_KEEP_LOOKED_AT; i++) {
                if (find_oldest(directory, keep, &oldest) < PL_KEEP_COUNT ||
                    unlinkat(dir_fd, oldest.name, 0) < 0)
                        break;
        }
        (void) closedir(directory);
}

int pl_keep_policy(int dir_fd, const struct pl_policy *policy,
                   const uint8_t digest[PL_SHA256_BYTES])
{
        _cleanup_close_ int fd = -1;
        char name[NAME_BYTES];
        int r;

        pl_assert(policy && digest);

        if (mkdirat(dir_fd, "policy", DIRECTORY_MODE) < 0 && errno != EEXIST)
                return -errno;
        fd = openat(dir_fd, "policy", O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
        if (fd < 0)
                return -errno;
        name_of(digest, name);
        r = write_whole(fd, policy, name);
        if (r == 0)
                prune(fd, name);
        return r;
}

int pl_keep_open(int dir_fd, const uint8_t digest[PL_SHA256_BYTES], int *ret_fd)
{
        _cleanup_close_ int fd = openat(dir_fd, "policy",
                                        O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
        char name[NAME_BYTES];
        int file;

        pl_assert(digest && ret_fd);

        if (fd < 0)
                return -errno;
        name_of(digest, name);
        file = openat(fd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
        if (file < 0)
                return -errno;
        *ret_fd = file;
        return 0;
}
