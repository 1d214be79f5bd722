/* SPDX-License-Identifier: Apache-2.0 */

/* Who a workload is, put together when somebody asks: the names lie along the tree once, and not as whole paths of ten
 * thousand containers that share their first half.
 *
 * Who could have chosen those names is the user that owns the directory in which the cgroup was made, for nobody else but
 * root could make it there. The extended attribute is taken from a directory that root owns and no other: whoever owns it
 * can write there what he likes.
 */

#include <errno.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include "census_internal.h"
#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"

static const char profile_xattr[] = "user.plimsoll.profile";

/* From its end to its beginning, because each knows who is above it. The length is known beforehand. */
static size_t fill_path(const struct pl_census *census, uint32_t index, char *path, size_t size)
{
        const struct pl_census_entry *entry = pl_census_at(census, index);
        size_t at = entry->path_length;

        pl_assert(at < size);

        path[at] = '\0';
        while (entry->depth > 0) {
                size_t length = strlen(entry->name);

                pl_assert(length <= at);
                at -= length;
                memcpy(path + at, entry->name, length);
                if (at > 0)
                        path[--at] = '/';
                entry = pl_census_at(census, entry->parent);
        }
        pl_assert(at == 0);
        return strlen(path);
}

void pl_census_path(const struct pl_census *census, uint32_t index, struct pl_text *text)
{
        char path[PL_CGROUP_PATH_MAX];

        pl_assert(text);

        pl_text_add_byte(text, '/');
        pl_text_add_span(text, pl_span(path, fill_path(census, index, path, sizeof path)));
}

/* The nearest above whose directory is open; the root's always is. */
static const struct pl_census_entry *open_above(const struct pl_census *census,
                                                const struct pl_census_entry *entry)
{
        do
                entry = pl_census_at(census, entry->parent);
        while (entry->fd < 0);
        return entry;
}

static int open_by_path(const struct pl_census *census, const struct pl_census_entry *entry,
                        int *ret_fd)
{
        const struct pl_census_entry *above = open_above(census, entry);
        char path[PL_CGROUP_PATH_MAX];
        _cleanup_close_ int fd = -1;
        struct stat status;
        int r;

        (void) fill_path(census, entry->index, path, sizeof path);
        r = pl_file_open_directory(above->fd, path + above->path_length + (above->depth > 0), &fd);
        if (r != 0)
                return r == PL_FILE_E_ABSENT ? PL_FILE_E_GONE : r;
        if (fstat(fd, &status) < 0)
                return pl_file_outcome(errno);
        if (status.st_ino != entry->id)
                return PL_FILE_E_GONE;
        *ret_fd = PL_TAKE_FD(fd);
        return 0;
}

int pl_census_directory(const struct pl_census *census, uint32_t index, int *ret_fd,
                        bool *ret_opened)
{
        const struct pl_census_entry *entry = pl_census_at(census, index);
        int r = 0;

        pl_assert(ret_fd && ret_opened);

        *ret_opened = false;
        if (entry->flags & PL_CENSUS_GONE)
                return PL_FILE_E_GONE;
        if (entry->fd >= 0) {
                *ret_fd = entry->fd;
                return 0;
        }
        r = open_by_path(census, entry, ret_fd);
        *ret_opened = r == 0;
        return r;
}

/* ---- what selectors are held against ---- */

static int owner_of(const struct pl_census *census, uint32_t index, uint32_t *ret_uid)
{
        struct stat status;
        bool opened = false;
        int fd = -1, r;

        r = pl_census_directory(census, index, &fd, &opened);
        if (r != 0)
                return r;
        if (fstat(fd, &status) < 0)
                r = pl_file_outcome(errno);
        else
                *ret_uid = status.st_uid;
        if (opened)
                pl_cleanup_close(&fd);
        return r;
}

/* The word of a directory of root's; empty where there is none, or one that is no name of a profile. */
static int read_profile(const struct pl_census *census, uint32_t index, char *profile, size_t size)
{
        struct stat status;
        ssize_t length = 0;
        bool opened = false;
        int fd = -1, r;

        r = pl_census_directory(census, index, &fd, &opened);
        if (r != 0)
                return r;
        if (fstat(fd, &status) < 0)
                r = pl_file_outcome(errno);
        else if (status.st_uid == 0)
                length = fgetxattr(fd, profile_xattr, profile, size - 1);
        /* A zero in it would make another word of it. */
        if (length < 0 || memchr(profile, '\0', (size_t) length))
                length = 0;
        profile[length] = '\0';
        if (opened)
                pl_cleanup_close(&fd);
        return r;
}

/* A span as a string, or NULL for an empty one. */
static const char *keep(struct pl_span span, char *buffer, size_t size)
{
        struct pl_text text;

        pl_text_init(&text, buffer, size);
        pl_text_add_span(&text, span);
        pl_assert(!text.cut);
        return text.length > 0 ? buffer : NULL;
}

static const char *keep_words(const struct pl_identity *parts, char *buffer, size_t size,
                              void (*add)(const struct pl_identity *, struct pl_text *))
{
        struct pl_text text;

        pl_text_init(&text, buffer, size);
        add(parts, &text);
        pl_assert(!text.cut);
        return text.length > 0 ? buffer : NULL;
}

/* Run by a service manager itself; the scope of a container is its runtime's. */
static bool is_systemds(const struct pl_identity *parts)
{
        uint8_t kind = parts->standing.kind;

        return kind == PL_WORKLOAD_SERVICE || kind == PL_WORKLOAD_SCOPE ||
               kind == PL_WORKLOAD_SESSION || kind == PL_WORKLOAD_UNIT;
}

static void fill_words(struct pl_census_identity *whole)
{
        const struct pl_identity *parts = &whole->parts;
        struct pl_workload_identity *identity = &whole->identity;

        identity->path = whole->path;
        identity->unit = keep(parts->unit, whole->unit, sizeof whole->unit);
        identity->slice = keep(parts->slice, whole->slice, sizeof whole->slice);
        identity->container_id = keep(parts->container_id, whole->container_id,
                                      sizeof whole->container_id);
        identity->name = keep_words(parts, whole->name, sizeof whole->name, pl_identity_name);
        identity->container = keep_words(parts, whole->container, sizeof whole->container,
                                         pl_identity_container);
        identity->pod_uid = keep_words(parts, whole->pod, sizeof whole->pod, pl_identity_pod);
        identity->qos = parts->qos;
        identity->kind = parts->standing.kind;
        identity->runtime = parts->standing.runtime;
        if (identity->runtime < 0 && is_systemds(parts))
                identity->runtime = PL_RUNTIME_SYSTEMD;
        if (whole->profile[0] != '\0') {
                whole->xattrs[0] = (struct pl_pair){ profile_xattr, whole->profile };
                identity->xattrs = (struct pl_pairs){ 1, whole->xattrs };
        }
}

int pl_census_identity(const struct pl_census *census, uint32_t index,
                       struct pl_census_identity *ret_identity)
{
        const struct pl_census_entry *entry = pl_census_at(census, index);
        uint32_t parent = entry->depth > 0 ? entry->parent : index;
        size_t length;
        int r;

        pl_assert(ret_identity);

        ret_identity->identity = (struct pl_workload_identity){};
        r = read_profile(census, index, ret_identity->profile, sizeof ret_identity->profile);
        if (r == 0)
                r = owner_of(census, parent, &ret_identity->identity.owner_uid);
        if (r != 0)
                return r;
        ret_identity->path[0] = '/';
        length = fill_path(census, index, ret_identity->path + 1, sizeof ret_identity->path - 1);
        pl_identity_resolve(pl_span(ret_identity->path, length + 1), &ret_identity->parts, &length);
        fill_words(ret_identity);
        return 0;
}
