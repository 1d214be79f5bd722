/* SPDX-License-Identifier: Apache-2.0 */

/* A name is opened once, and everything is asked of the fd: between a question about a name and its opening somebody else
 * could put another file there.
 *
 * A name that is a link takes a few steps more. It is opened as a path at first (O_PATH), because opening some devices does
 * things; only a regular file is opened for reading, through /proc/self/fd, which is that same file whatever has become of
 * the name. Where that file really lies is asked of /proc as well, and then checked against the directory: that is
 * the directory by which somebody else could have replaced it. ConfigMaps are like that: web.json is a link to
 * ..data/web.json, and ..data is one to a directory with a date.
 */

#include "fetch.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "plimsoll/base/assert.h"
#include "plimsoll/base/fd.h"
#include "plimsoll/base/macro.h"
#include "plimsoll/json/bounds.h"
#include "trust.h"

/* O_NONBLOCK so that a FIFO without a writer is refused and does not hang the open. */
enum { OPEN_FLAGS = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY };

bool pl_is_policy_name(struct pl_span path)
{
        const size_t length = strlen(".json");

        return pl_span_ends_with(path, ".json") && path.length > length &&
               path.data[path.length - length - 1] != '/';
}

static int refuse(const struct pl_fetch *fetch, const char *message, const char *advice)
{
        pl_diag_error(fetch->adding->diag, fetch->origin, (struct pl_place){}, "%s", message);
        if (advice)
                pl_diag_hint(fetch->adding->diag, "%s", advice);
        return PL_FETCH_E_REFUSED;
}

int pl_fetch_refuse_opening(const struct pl_fetch *fetch, int error)
{
        switch (error) {
        case ENOENT:
        case ENOTDIR:
        case ENAMETOOLONG:
                return PL_FETCH_E_GONE;
        case EACCES:
        case EPERM:
                (void) refuse(fetch, "it may not be read",
                              "check the permissions of the file and of the directories above it");
                return PL_FETCH_E_DENIED;
        case ENXIO: /* a socket, or a FIFO */
                return refuse(fetch, "not a regular file",
                              "directories, FIFOs, sockets and devices are not read");
        case ELOOP:
                return refuse(fetch, "it is a link that leads back to itself",
                              "remove it, or link it to a file");
        default:
                return -error;
        }
}

/* Through an fd that was opened for reading. */
static int read_text(const struct pl_fetch *fetch, int fd, char **ret_text, size_t *ret_length)
{
        struct stat status;
        int r;

        if (fstat(fd, &status) < 0)
                return -errno;
        if (!S_ISREG(status.st_mode))
                return pl_fetch_refuse_opening(fetch, ENXIO);
        if (!pl_trust_accepts_file(fetch->adding, fetch->origin, &status))
                return PL_FETCH_E_REFUSED;

        r = pl_fd_read_open_file(fd, (uint64_t) status.st_size, PL_JSON_TEXT_MAX, ret_text,
                                 ret_length);
        if (r == PL_FD_E_TOO_BIG)
                return refuse(fetch, "longer than 1 MiB", "split it into several files");
        return r;
}

/* ---- links ---- */

static bool is_null_device(const struct stat *status)
{
        return S_ISCHR(status->st_mode) && status->st_rdev == makedev(1, 3);
}

static int refuse_dangling(const struct pl_fetch *fetch, const char *target)
{
        pl_diag_error(fetch->adding->diag, fetch->origin, (struct pl_place){},
                      "it is a link to %s, which does not exist", target);
        pl_diag_hint(fetch->adding->diag,
                     "remove it; a link to /dev/null masks the files of that name");
        return PL_FETCH_E_REFUSED;
}

/* Opens what the link leads to as a path. */
static int open_target(const struct pl_fetch *fetch, int *ret_fd)
{
        char target[PATH_MAX];
        ssize_t length = readlinkat(fetch->dir_fd, fetch->name, target, sizeof target - 1);
        int r;

        if (length < 0) /* EINVAL: it is no link any more, and what it was is gone */
                return errno == EINVAL ? PL_FETCH_E_GONE : pl_fetch_refuse_opening(fetch, errno);
        target[length] = '\0';
        /* Also where there is no /dev. */
        if (strcmp(target, "/dev/null") == 0)
                return PL_FETCH_E_MASK;

        *ret_fd = openat(fetch->dir_fd, fetch->name, O_PATH | O_CLOEXEC);
        if (*ret_fd >= 0)
                return 0;
        r = pl_fetch_refuse_opening(fetch, errno);
        return r == PL_FETCH_E_GONE ? refuse_dangling(fetch, target) : r;
}

/* The directory in which /proc says the file lies, if it does lie there. */
static int open_parent(const struct pl_fetch *fetch, char *path, const struct stat *file,
                       int *ret_fd)
{
        char *slash = strrchr(path, '/');
        _cleanup_close_ int fd = -1;
        struct stat there;

        if (!slash)
                return refuse(fetch, "it is a link to what is no file", NULL);
        *slash = '\0';
        fd = openat(AT_FDCWD, slash == path ? "/" : path, O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (fd < 0 && errno != ENOENT && errno != ENOTDIR)
                return pl_fetch_refuse_opening(fetch, errno);
        if (fd < 0 || fstatat(fd, slash + 1, &there, AT_SYMLINK_NOFOLLOW) < 0 ||
            there.st_dev != file->st_dev || there.st_ino != file->st_ino)
                return refuse(fetch, "what it links to was moved while it was looked at",
                              "try again");

        *ret_fd = PL_TAKE_FD(fd);
        return 0;
}

/* Where the file lies, and by which name. */
static int judge_place(const struct pl_fetch *fetch, int target_fd, const struct stat *status)
{
        char proc[sizeof "/proc/self/fd/-2147483648"], path[PATH_MAX];
        _cleanup_close_ int fd = -1;
        struct pl_trust_place place = { .use = PL_TRUST_HOLDS, .file = fetch->origin };
        bool accepted, is_policy;
        ssize_t length;
        int r;

        (void) snprintf(proc, sizeof proc, "/proc/self/fd/%d", target_fd);
        length = readlinkat(AT_FDCWD, proc, path, sizeof path - 1);
        if (length < 0)
                return errno == ENOENT ? refuse(fetch, "where it links to cannot be found out",
                                                "mount /proc")
                                       : -errno;
        path[length] = '\0';
        is_policy = pl_is_policy_name(pl_span_of(path));
        r = open_parent(fetch, path, status, &fd);
        if (r != 0)
                return r;
        if (!is_policy) /* said last, for the kernel adds words to the name of a file that was removed */
                return refuse(fetch, "it is a link to a file that is not called *.json",
                              "link to a file whose own name ends in \".json\"");
        place.fd = fd;
        place.called = "the directory of the file it links to";
        place.path = path[0] == '\0' ? "/" : path;
        r = pl_trust_accepts_directory(fetch->adding, &place, &accepted);
        return r == 0 && !accepted ? PL_FETCH_E_REFUSED : r;
}

static int fetch_target(const struct pl_fetch *fetch, char **ret_text, size_t *ret_length)
{
        char proc[sizeof "/proc/self/fd/-2147483648"];
        _cleanup_close_ int target_fd = -1, fd = -1;
        struct stat status;
        int r;

        r = open_target(fetch, &target_fd);
        if (r != 0)
                return r;
        if (fstat(target_fd, &status) < 0)
                return -errno;
        if (is_null_device(&status))
                return PL_FETCH_E_MASK;
        if (!S_ISREG(status.st_mode))
                return refuse(fetch, "it is a link to what is not a regular file",
                              "only a link to /dev/null means something: it masks");
        r = judge_place(fetch, target_fd, &status);
        if (r != 0)
                return r;

        (void) snprintf(proc, sizeof proc, "/proc/self/fd/%d", target_fd);
        fd = openat(AT_FDCWD, proc, OPEN_FLAGS);
        if (fd < 0)
                return pl_fetch_refuse_opening(fetch, errno);
        return read_text(fetch, fd, ret_text, ret_length);
}

int pl_fetch(const struct pl_fetch *fetch, char **ret_text, size_t *ret_length)
{
        _cleanup_close_ int fd = -1;

        pl_assert(fetch && fetch->adding);
        pl_assert(fetch->name && fetch->origin);
        pl_assert(ret_text && ret_length);

        fd = openat(fetch->dir_fd, fetch->name, OPEN_FLAGS | O_NOFOLLOW);
        if (fd >= 0)
                return read_text(fetch, fd, ret_text, ret_length);
        /* That is what O_NOFOLLOW says of a link. */
        if (errno == ELOOP)
                return fetch_target(fetch, ret_text, ret_length);
        return pl_fetch_refuse_opening(fetch, errno);
}
