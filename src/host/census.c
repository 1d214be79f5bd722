/* SPDX-License-Identifier: Apache-2.0 */

/* The census keeps a tree of those cgroups that somebody would call by a name, and of what is above them. Three things keep it
 * true: reading directories (census_list.c), inotify, which says which to read soon (census_watch.c), and a scan of
 * everybody now and then, which needs no inotify and finds what that has missed (census_scan.c). Only the first changes
 * anything, so however the news come, there is one way to be right.
 *
 * All work is done in steps, and the caller says how many: between two pieces the loop can look whether memory is running
 * out. Events are handed out when the caller asks, the gone before the new, so that nobody has to hold two cgroups of one
 * path apart.
 */

#include "plimsoll/host/census.h"

#include <errno.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "census_internal.h"
#include <string.h>

#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"

enum {
        /* Of RLIMIT_NOFILE, for everybody else: the hot set has 64 workloads with five files each, the journal, policies,
         * the bus and the mate some dozens. */
        FDS_RESERVED = 512,
        FDS_LEAST = 64, /* so that a small limit still keeps the holders open */
};

static uint32_t fds_left(void)
{
        struct rlimit limit;

        if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur <= FDS_RESERVED + FDS_LEAST)
                return FDS_LEAST;
        return (uint32_t) PL_MIN(limit.rlim_cur - FDS_RESERVED, (rlim_t) UINT32_MAX);
}

static struct pl_census_options with_defaults(const struct pl_census_options *options)
{
        struct pl_census_options chosen = *options;

        pl_assert(chosen.workloads_max <= PL_WORKLOADS_MAX);
        pl_assert(chosen.holders_max <= PL_HOLDERS_MAX);
        pl_assert(chosen.depth_max <= PL_WORKLOAD_DEPTH_MAX);

        if (chosen.workloads_max == 0)
                chosen.workloads_max = PL_WORKLOADS_MAX;
        if (chosen.holders_max == 0)
                chosen.holders_max = PL_HOLDERS_MAX;
        if (chosen.depth_max == 0)
                chosen.depth_max = PL_WORKLOAD_DEPTH_MAX;
        if (chosen.fds_max == 0)
                chosen.fds_max = fds_left();
        return chosen;
}

static int add_root(struct pl_census *census)
{
        _cleanup_close_ int fd = -1;
        struct pl_census_entry *root;
        struct pl_identity identity;
        struct stat status;
        uint32_t index;
        int r = pl_file_open_directory(census->roots.cgroup_fd, ".", &fd);

        if (r != 0)
                return r;
        if (fstat(fd, &status) < 0)
                return pl_file_outcome(errno);
        r = pl_census_add(census, status.st_ino, "", &index);
        if (r != 0)
                return r;
        pl_assert(index == PL_CENSUS_ROOT);

        census->device = status.st_dev;
        pl_identity_root(&identity);
        root = pl_census_slot(census, index);
        root->standing = identity.standing;
        root->flags = PL_CENSUS_TOLD | PL_CENSUS_POPULATED;
        root->fd = PL_TAKE_FD(fd);
        census->holder_count = census->fd_count = 1;
        return 0;
}

/* All but the room for texts, some 80 KiB that nobody has to touch before there are any. */
static void clear(struct pl_census *census)
{
        memset(census, 0, offsetof(struct pl_census, listing));
        census->inotify_fd = -1;
        census->cursor = PL_CENSUS_NONE;
        pl_census_listing_init(census);
        census->buffer.length = 0;
        census->path[0] = '\0';
}

int pl_census_open(struct pl_census *census, const struct pl_roots *roots,
                   const struct pl_census_options *options)
{
        int r;

        pl_assert(census && roots && options);
        pl_assert(roots->cgroup_fd >= 0);

        clear(census);
        census->roots = *roots;
        census->options = with_defaults(options);
        r = pl_census_store_init(census);
        if (r == 0)
                r = add_root(census);
        if (r != 0) {
                pl_census_close(census);
                return r;
        }
        pl_census_watch_init(census);
        return 0;
}

void pl_census_close(struct pl_census *census)
{
        pl_assert(census);

        if (pl_census_is_listing(census))
                pl_census_list_end(census);
        pl_census_store_done(census);
        pl_cleanup_close(&census->inotify_fd);
        clear(census);
}

int pl_census_fd(const struct pl_census *census)
{
        pl_assert(census);

        return census->inotify_fd;
}

/* ---- events ---- */

static bool take_event(struct pl_census *census, struct pl_census_list *list,
                       enum pl_census_event_kind kind, struct pl_census_event *ret_event)
{
        uint32_t index = list->first;

        if (index == PL_CENSUS_NONE)
                return false;
        pl_census_take_out(census, PL_CENSUS_EVENTS, index);
        *ret_event = (struct pl_census_event){
                .kind = kind,
                .index = index,
                .id = pl_census_slot(census, index)->id,
        };
        return true;
}

int pl_census_next_event(struct pl_census *census, struct pl_census_event *ret_event)
{
        pl_assert(census);
        pl_assert(ret_event);

        if (census->handed_out != PL_CENSUS_NONE)
                pl_census_release(census, census->handed_out);
        census->handed_out = PL_CENSUS_NONE;
        if (take_event(census, &census->gone, PL_CENSUS_VANISHED, ret_event)) {
                census->handed_out = ret_event->index;
                return 0;
        }
        if (take_event(census, &census->appeared, PL_CENSUS_APPEARED, ret_event)) {
                pl_census_slot(census, ret_event->index)->flags |= PL_CENSUS_TOLD;
                return 0;
        }
        return take_event(census, &census->changed, PL_CENSUS_CHANGED, ret_event)
                       ? 0
                       : PL_CENSUS_E_NONE;
}

uint32_t pl_census_take_notes(struct pl_census *census)
{
        uint32_t fresh = census->notes & ~census->taken_notes;

        census->taken_notes |= fresh;
        return fresh;
}

/* ---- who is known ---- */

bool pl_census_is_known(const struct pl_census *census, uint32_t index)
{
        const struct pl_census_entry *entry;

        if (index >= census->slot_count)
                return false;
        entry = pl_census_slot(census, index);
        return entry->id != 0 && !(entry->flags & PL_CENSUS_GONE);
}

/* One that is gone can be asked for until its event was handled. */
struct pl_census_entry *pl_census_at(const struct pl_census *census, uint32_t index)
{
        struct pl_census_entry *entry = pl_census_slot(census, index);

        pl_assert(entry->id != 0);

        return entry;
}

int pl_census_find(const struct pl_census *census, uint64_t id, uint32_t *ret_index)
{
        pl_assert(census);
        pl_assert(ret_index);

        if (id == 0 || pl_table_find(&census->ids, id, ret_index) != 0)
                return PL_CENSUS_E_NONE;
        return 0;
}

uint32_t pl_census_next(const struct pl_census *census, uint32_t index)
{
        pl_assert(census);

        for (; index < census->slot_count; index++)
                if (pl_census_is_known(census, index))
                        return index;
        return PL_CENSUS_NONE;
}
