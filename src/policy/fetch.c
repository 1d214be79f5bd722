/* SPDX-License-Identifier: Apache-2.0 */

/* A name is opened once, and everything is asked of the fd: between a question about a name and its opening somebody else
 * could put another file there.
 *
 * A link is followed by hand, hop by hop: whoever may write in a directory that one of the links lies in has the last word
 * on what is read, as much as whoever may write where the file lies, so each of them is judged. ConfigMaps are like that:
 * web.json is a link to ..data/web.json, and ..data is one to a directory with a date. What a hop ends at is opened as a
 * path at first (O_PATH), because opening some devices does things.
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
enum {
        OPEN_FLAGS = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY,
        /* The kernel follows 40 links of one path; a policy has one or two. */
        HOPS_MAX = 8,
};

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

/* A link that is followed: where it is now, and what it says. */
struct hop {
        const struct pl_fetch *fetch;
        int dir_fd; /* owned, but for the first */
        char first[PATH_MAX], target[PATH_MAX];
        const char *name; /* in the directory: at first the link's own, then the end of target */
};

static int refuse_dangling(const struct hop *hop)
{
        pl_diag_error(hop->fetch->adding->diag, hop->fetch->origin, (struct pl_place){},
                      "it is a link to %s, which does not exist", hop->first);
        pl_diag_hint(hop->fetch->adding->diag,
                     "remove it; a link to /dev/null masks the files of that name");
        return PL_FETCH_E_REFUSED;
}

static int refuse_target(const struct hop *hop, int error)
{
        int r;

        if (error == ENAMETOOLONG)
                return refuse(hop->fetch, "it is a link to a path that is too long", NULL);
        r = pl_fetch_refuse_opening(hop->fetch, error);
        return r == PL_FETCH_E_GONE ? refuse_dangling(hop) : r;
}

/* Cuts the target into the directory and the name in it. */
static const char *cut_target(struct hop *hop)
{
        size_t length = strlen(hop->target);
        char *slash;

        while (length > 1 && hop->target[length - 1] == '/')
                hop->target[--length] = '\0';
        slash = strrchr(hop->target, '/');
        hop->name = slash ? slash + 1 : hop->target;
        if (!slash)
                return ".";
        if (slash[1] == '\0') /* nothing but slashes */
                hop->name = ".";
        if (slash == hop->target)
                return "/";
        *slash = '\0';
        return hop->target;
}

static int judge_directory(const struct hop *hop, int fd, const char *called)
{
        char proc[sizeof "/proc/self/fd/-2147483648"], path[PATH_MAX];
        struct pl_trust_place place = {
                .fd = fd,
                .use = PL_TRUST_HOLDS,
                .file = hop->fetch->origin,
                .called = "the directory of the file it links to",
                .path = called,
        };
        bool accepted;
        ssize_t length;
        int r;

        /* A whole path for the words, where there is a /proc. */
        (void) snprintf(proc, sizeof proc, "/proc/self/fd/%d", fd);
        length = readlinkat(AT_FDCWD, proc, path, sizeof path - 1);
        if (length > 0) {
                path[length] = '\0';
                place.path = path;
        }
        r = pl_trust_accepts_directory(hop->fetch->adding, &place, &accepted);
        return r == 0 && !accepted ? PL_FETCH_E_REFUSED : r;
}

/* From a link to what it says: the directory is judged and becomes the hop's. */
static int follow(struct hop *hop, bool is_first)
{
        ssize_t length = readlinkat(hop->dir_fd, hop->name, hop->target, sizeof hop->target - 1);
        const char *directory;
        int fd;

        if (length < 0) /* EINVAL: it is no link any more, and what it was is gone */
                return errno == EINVAL ? PL_FETCH_E_GONE
                                       : pl_fetch_refuse_opening(hop->fetch, errno);
        hop->target[length] = '\0';
        if (is_first)
                memcpy(hop->first, hop->target, (size_t) length + 1);
        /* Also where there is no /dev. */
        if (strcmp(hop->target, "/dev/null") == 0)
                return PL_FETCH_E_MASK;

        directory = cut_target(hop);
        fd = openat(hop->dir_fd, directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (fd < 0)
                return refuse_target(hop, errno);
        if (hop->dir_fd != hop->fetch->dir_fd)
                (void) close(hop->dir_fd);
        hop->dir_fd = fd;
        return judge_directory(hop, fd, directory);
}

/* 0: the hop has come to a regular file. PL_FETCH_E_GONE: to another link. */
static int arrive(const struct hop *hop)
{
        _cleanup_close_ int fd = -1;
        struct stat status;

        fd = openat(hop->dir_fd, hop->name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
        if (fd < 0)
                return refuse_target(hop, errno);
        if (fstat(fd, &status) < 0)
                return -errno;
        if (S_ISLNK(status.st_mode))
                return PL_FETCH_E_GONE;
        if (is_null_device(&status))
                return PL_FETCH_E_MASK;
        if (!S_ISREG(status.st_mode))
                return refuse(hop->fetch, "it is a link to what is not a regular file",
                              "only a link to /dev/null means something: it masks");
        return pl_is_policy_name(pl_span_of(hop->name))
                       ? 0
                       : refuse(hop->fetch, "it is a link to a file that is not called *.json",
                                "link to a file whose own name ends in \".json\"");
}

static int read_target(const struct hop *hop, char **ret_text, size_t *ret_length)
{
        _cleanup_close_ int fd = openat(hop->dir_fd, hop->name, OPEN_FLAGS | O_NOFOLLOW);

        return fd < 0 ? refuse_target(hop, errno) : read_text(hop->fetch, fd, ret_text, ret_length);
}

static int fetch_target(const struct pl_fetch *fetch, char **ret_text, size_t *ret_length)
{
        struct hop hop = { .fetch = fetch, .dir_fd = fetch->dir_fd, .name = fetch->name };
        int r = PL_FETCH_E_GONE;

        for (unsigned hops = 0; r == PL_FETCH_E_GONE && hops < HOPS_MAX; hops++) {
                r = follow(&hop, hops == 0);
                if (r != 0)
                        break;
                r = arrive(&hop);
        }
        if (r == 0)
                r = read_target(&hop, ret_text, ret_length);
        else if (r == PL_FETCH_E_GONE && hop.dir_fd != fetch->dir_fd)
                r = pl_fetch_refuse_opening(fetch, ELOOP);
        if (hop.dir_fd != fetch->dir_fd)
                (void) close(hop.dir_fd);
        return r;
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
