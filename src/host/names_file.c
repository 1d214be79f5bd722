/* SPDX-License-Identifier: Apache-2.0 */

/* These files are root's, and his directories may be wherever he wants: links on the way to them are followed. What is in them
 * was put there by a runtime, which leaves no links. A user's own containers are written down in his home, and he can put
 * there what he likes: something that never answers, a link to somebody else's, a pipe. So nothing is followed, nothing of
 * another file system is opened, and what is opened must be a file of his.
 */

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "names_internal.h"
#include "plimsoll/base/assert.h"
#include "plimsoll/base/fd.h"
#include "plimsoll/base/macro.h"

enum {
        /* Of a user's entry, where a directory service has put many words into it. */
        PASSWD_LINE_MAX = 16 * 1024,
};

static int outcome_of(int error)
{
        switch (error) {
        case ENOENT:
        case ENOTDIR:
                return PL_NAMES_E_ABSENT;
        case ELOOP:
        case EACCES:
        case EPERM:
                return PL_NAMES_E_REFUSED;
        default:
                return -error;
        }
}

int pl_names_open_directory(int dir_fd, const char *path, int *ret_fd)
{
        int fd = openat(dir_fd, path, O_PATH | O_DIRECTORY | O_CLOEXEC);

        if (fd < 0)
                return outcome_of(errno);
        *ret_fd = fd;
        return 0;
}

/* One more part of the way. A link is no directory. */
static int enter(const struct pl_names_fetching *fetch, int *dir_fd, struct pl_span part)
{
        char name[PL_CGROUP_NAME_MAX + 1];
        struct stat above, below;
        int fd;

        pl_assert(part.length < sizeof name);

        memcpy(name, part.data, part.length);
        name[part.length] = '\0';
        fd = openat(*dir_fd, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (fd < 0)
                return errno == ENOTDIR ? PL_NAMES_E_REFUSED : outcome_of(errno);
        if (pl_names_are_users(fetch) &&
            (fstat(*dir_fd, &above) < 0 || fstat(fd, &below) < 0 || above.st_dev != below.st_dev)) {
                (void) close(fd);
                return PL_NAMES_E_REFUSED;
        }
        (void) close(*dir_fd);
        *dir_fd = fd;
        return 0;
}

/* Part by part, and not by openat2(), which RestrictSUIDSGID= of our unit forbids. */
static int open_below(const struct pl_names_fetching *fetch, int dir_fd, const char *path,
                      int *ret_fd)
{
        _cleanup_close_ int at_fd = fcntl(dir_fd, F_DUPFD_CLOEXEC, 0);
        struct pl_span rest = pl_span_of(path), part;
        int fd, r = at_fd < 0 ? -errno : 0;

        part = pl_span_until(&rest, '/');
        while (r == 0 && !pl_span_empty(rest)) {
                r = enter(fetch, &at_fd, part);
                part = pl_span_until(&rest, '/');
        }
        if (r != 0)
                return r;
        fd = openat(at_fd, part.data, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW | O_CLOEXEC);
        if (fd < 0)
                return outcome_of(errno);
        *ret_fd = fd;
        return 0;
}

static struct pl_names_stamp stamp_of(const struct stat *status)
{
        return (struct pl_names_stamp){
                .device = status->st_dev,
                .inode = status->st_ino,
                .size = (uint64_t) status->st_size,
                .changed_nsec = status->st_mtim.tv_sec * INT64_C(1000000000) +
                                status->st_mtim.tv_nsec,
        };
}

int pl_names_open_file(const struct pl_names_fetching *fetch, int dir_fd, const char *path,
                       int *ret_fd)
{
        _cleanup_close_ int fd = -1;
        struct stat status;
        int r = open_below(fetch, dir_fd, path, &fd);

        if (r != 0)
                return r;
        if (fstat(fd, &status) < 0)
                return -errno;
        if (!S_ISREG(status.st_mode) || status.st_uid != fetch->question->uid)
                return PL_NAMES_E_REFUSED;
        fetch->answer->stamp = stamp_of(&status);
        if (memcmp(&fetch->answer->stamp, &fetch->question->stamp, sizeof fetch->answer->stamp) ==
            0)
                return PL_NAMES_E_SAME;
        *ret_fd = PL_TAKE_FD(fd);
        return 0;
}

/* To its end, or as much as there may be of it. */
static int read_text(int fd, struct pl_page_bytes *text)
{
        while (text->length < text->size) {
                ssize_t length = read(fd, text->data + text->length, text->size - text->length);

                if (length < 0 && errno == EINTR)
                        continue;
                if (length < 0)
                        return -errno;
                if (length == 0)
                        return 0;
                text->length += (size_t) length;
        }
        return PL_NAMES_E_TOO_BIG;
}

int pl_names_read_file(const struct pl_names_fetching *fetch, int dir_fd, const char *path,
                       struct pl_page_bytes *text)
{
        _cleanup_close_ int fd = -1;
        int r = pl_names_open_file(fetch, dir_fd, path, &fd);

        return r == 0 ? read_text(fd, text) : r;
}

static FILE *open_passwd(const struct pl_names_fetching *fetch)
{
        int fd = openat(fetch->root_fd, "etc/passwd", O_RDONLY | O_CLOEXEC);
        FILE *file = fd < 0 ? NULL : fdopen(fd, "re");

        if (!file)
                pl_cleanup_close(&fd);
        return file;
}

int pl_names_open_home(const struct pl_names_fetching *fetch, int *ret_fd)
{
        FILE *file = open_passwd(fetch);
        char line[PASSWD_LINE_MAX];
        struct passwd entry, *found;
        int r = PL_NAMES_E_ABSENT;

        if (!file)
                return r;
        while (fgetpwent_r(file, &entry, line, sizeof line, &found) == 0)
                if (entry.pw_uid == fetch->question->uid && entry.pw_dir[0] == '/') {
                        r = pl_names_open_directory(fetch->root_fd, entry.pw_dir + 1, ret_fd);
                        break;
                }
        (void) fclose(file);
        return r;
}
