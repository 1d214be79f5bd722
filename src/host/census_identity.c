/* SPDX-License-Identifier: Apache-2.0 */

/* Who a workload is, put together when somebody asks: the names lie along the tree once, and not as whole paths of ten
 * thousand containers that share their first half.
 */

#include <errno.h>
#include <sys/stat.h>

#include "census_internal.h"
#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"
#include "plimsoll/host/who.h"

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

int pl_census_identity(const struct pl_census *census, uint32_t index,
                       struct pl_census_identity *ret_identity)
{
        const struct pl_census_entry *entry = pl_census_at(census, index);
        uint32_t parent = entry->depth > 0 ? entry->parent : index;
        bool opened = false, parent_opened = false;
        int fd = -1, parent_fd = -1, r;

        pl_assert(ret_identity);

        r = pl_census_directory(census, index, &fd, &opened);
        if (r == 0)
                r = pl_census_directory(census, parent, &parent_fd, &parent_opened);
        if (r == 0) {
                ret_identity->path[0] = '/';
                (void) fill_path(census, index, ret_identity->path + 1,
                                 sizeof ret_identity->path - 1);
                r = pl_who_read(fd, parent_fd, ret_identity);
        }
        if (opened)
                pl_cleanup_close(&fd);
        if (parent_opened)
                pl_cleanup_close(&parent_fd);
        return r;
}
