/* SPDX-License-Identifier: Apache-2.0 */

/* Reading a holder's directory, in steps of one name. The kernel says the id of a cgroup with its name, so that those who
 * are known cost no system call at all: a directory of ten thousand is read in some forty. Who was not in the directory
 * is asked after by name before he counts as gone, for a directory that changes while it is read may leave somebody out.
 *
 * A directory is watched before it is read: who comes later makes news, who came before is in it.
 */

#include "census_internal.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"

void pl_census_listing_init(struct pl_census *census)
{
        census->listing.holder = PL_CENSUS_NONE;
        census->listing.fd = -1;
}

void pl_census_list_end(struct pl_census *census)
{
        struct pl_census_listing *listing = &census->listing;

        if (listing->owns_fd)
                pl_cleanup_close(&listing->fd);
        listing->owns_fd = false;
        listing->fd = -1;
        listing->holder = PL_CENSUS_NONE;
        /* Only now is it known whose place they have taken. */
        pl_census_append(census, &census->appeared, &census->arrived, PL_CENSUS_EVENTS);
}

int pl_census_list_begin(struct pl_census *census, uint32_t holder)
{
        struct pl_census_listing *listing = &census->listing;
        struct pl_census_entry *entry = pl_census_at(census, holder);
        int r;

        pl_assert(!pl_census_is_listing(census));
        pl_assert(!pl_census_is_workload(entry));

        r = pl_census_directory(census, holder, &listing->fd, &listing->owns_fd);
        if (r != 0)
                return r;
        if (listing->owns_fd && pl_census_keep_fd(census, entry, listing->fd))
                listing->owns_fd = false;
        listing->holder = holder;
        listing->sweeping = false;
        listing->filled = listing->used = 0;
        listing->stamp++;
        (void) pl_census_watch(census, entry, listing->fd);
        if (lseek(listing->fd, 0, SEEK_SET) < 0) {
                r = -errno;
                pl_census_list_end(census);
        }
        return r;
}

/* ---- names ---- */

/* Whether there is room for another one like this. */
static bool is_within_bounds(struct pl_census *census, const struct pl_census_entry *parent,
                             const char *name, bool is_workload)
{
        if (parent->depth >= census->options.depth_max ||
            parent->path_length + 1 + strlen(name) >= PL_CGROUP_PATH_MAX) {
                pl_census_raise(census, PL_CENSUS_NOTE_DEPTH);
                return false;
        }
        if (is_workload && census->workload_count >= census->options.workloads_max) {
                pl_census_raise(census, PL_CENSUS_NOTE_WORKLOADS);
                return false;
        }
        if (!is_workload && census->holder_count >= census->options.holders_max) {
                pl_census_raise(census, PL_CENSUS_NOTE_HOLDERS);
                return false;
        }
        return true;
}

/* Gives a new entry its place in the tree and tells of it. */
static void settle(struct pl_census *census, uint32_t index, const struct pl_standing *standing)
{
        uint32_t holder = census->listing.holder;
        struct pl_census_entry *entry = pl_census_slot(census, index);
        struct pl_census_entry *parent = pl_census_slot(census, holder);
        /* With the slash behind it, which the root does not have. */
        size_t length = parent->depth > 0 ? parent->path_length + 1 : 0;

        entry->parent = holder;
        entry->standing = *standing;
        entry->depth = (uint16_t) (parent->depth + 1);
        entry->path_length = (uint16_t) (length + strlen(entry->name));
        entry->seen = census->listing.stamp;
        entry->pass = census->pass;
        pl_census_put_last(census, &parent->children, PL_CENSUS_SIBLINGS, index);
        pl_census_put_last(census, &census->arrived, PL_CENSUS_EVENTS, index);
        if (pl_census_is_workload(entry)) {
                census->workload_count++;
        } else {
                census->holder_count++;
                pl_census_put_last(census, &census->dirty, PL_CENSUS_WORK, index);
        }
}

/* A cgroup that was opened just now. */
static int add_child(struct pl_census *census, const char *name, int *fd, uint64_t id,
                     const struct pl_standing *standing)
{
        struct pl_census_entry *entry;
        uint32_t index;
        int r = pl_census_add(census, id, name, &index);

        if (r != 0)
                return r;
        settle(census, index, standing);
        entry = pl_census_slot(census, index);
        if (pl_census_is_workload(entry))
                r = pl_census_read_state(census, entry, *fd);
        if (pl_census_keep_fd(census, entry, *fd))
                *fd = -1;
        return r == PL_FILE_E_GONE ? 0 : r;
}

static int meet(struct pl_census *census, const char *name)
{
        const struct pl_census_entry *parent = pl_census_slot(census, census->listing.holder);
        struct pl_identity identity;
        _cleanup_close_ int fd = -1;
        struct stat status;
        uint32_t index;
        int r;

        pl_identity_at(&identity, &parent->standing);
        pl_identity_enter(&identity, pl_span_of(name));
        if (!is_within_bounds(census, parent, name, identity.standing.kind != PL_WORKLOAD_HOLDER))
                return 0;
        r = pl_file_open_directory(census->listing.fd, name, &fd);
        if (r != 0)
                return r;
        if (fstat(fd, &status) < 0)
                return pl_file_outcome(errno);
        /* One that we know by another name of this listing was made while it was read; another listing settles that. */
        if (status.st_dev != census->device ||
            pl_table_find(&census->ids, status.st_ino, &index) == 0)
                return 0;
        return add_child(census, name, &fd, status.st_ino, &identity.standing);
}

/* What cannot be looked at is noted, and tried again at the next look. Gone is ordinary. */
static int note_outcome(struct pl_census *census, int r)
{
        if (r == PL_FILE_E_DENIED)
                pl_census_raise(census, PL_CENSUS_NOTE_DENIED);
        else if (r == -EMFILE || r == -ENFILE)
                pl_census_raise(census, PL_CENSUS_NOTE_FILES);
        else if (r == -ENOBUFS)
                pl_census_raise(census, PL_CENSUS_NOTE_WORKLOADS);
        else if (r < 0)
                return r;
        return 0;
}

/* True when the entry is the one of this name in this directory. Else it was moved or its id is used again, which cgroupfs
 * does not do and a fixture may. */
static bool is_here(const struct pl_census *census, const struct pl_census_entry *entry,
                    const char *name)
{
        return entry->parent == census->listing.holder && strcmp(entry->name, name) == 0;
}

static int see(struct pl_census *census, const struct dirent64 *found)
{
        struct pl_census_entry *entry;
        uint32_t index;

        if ((found->d_type != DT_DIR && found->d_type != DT_UNKNOWN) ||
            strcmp(found->d_name, ".") == 0 || strcmp(found->d_name, "..") == 0)
                return 0;
        if (found->d_ino != 0 && pl_table_find(&census->ids, found->d_ino, &index) == 0) {
                entry = pl_census_slot(census, index);
                if (is_here(census, entry, found->d_name)) {
                        entry->seen = census->listing.stamp;
                        return 0;
                }
                if (index != PL_CENSUS_ROOT && index != census->listing.holder)
                        pl_census_doom(census, index);
        }
        return note_outcome(census, meet(census, found->d_name));
}

/* ---- who is not there any more ---- */

/* Asks by name. Only a certain no is one. */
static bool is_there(const struct pl_census *census, const struct pl_census_entry *entry)
{
        struct stat status;

        if (fstatat(census->listing.fd, entry->name, &status, AT_SYMLINK_NOFOLLOW) < 0)
                return errno != ENOENT && errno != ENODEV && errno != ENOTDIR;
        return status.st_ino == entry->id;
}

static void sweep(struct pl_census *census)
{
        struct pl_census_listing *listing = &census->listing;
        uint32_t index = listing->next;
        struct pl_census_entry *entry;

        if (index == PL_CENSUS_NONE) {
                pl_census_list_end(census);
                return;
        }
        entry = pl_census_slot(census, index);
        listing->next = entry->links[PL_CENSUS_SIBLINGS].next;
        if (entry->seen != listing->stamp && !is_there(census, entry))
                pl_census_doom(census, index);
}

/* ---- the steps ---- */

static int fill_page(struct pl_census *census)
{
        struct pl_census_listing *listing = &census->listing;
        ssize_t filled = getdents64(listing->fd, listing->names, sizeof listing->names);
        int r = filled < 0 ? pl_file_outcome(errno) : 0;

        listing->used = 0;
        listing->filled = filled > 0 ? (uint32_t) filled : 0;
        if (filled > 0)
                return 0;
        /* A directory that was removed has no children; one that could not be read tells nothing of them. */
        if (r != 0 && r != PL_FILE_E_ABSENT && r != PL_FILE_E_GONE) {
                pl_census_list_end(census);
                return note_outcome(census, r);
        }
        listing->sweeping = true;
        listing->next = pl_census_slot(census, listing->holder)->children.first;
        return 0;
}

int pl_census_list_step(struct pl_census *census)
{
        struct pl_census_listing *listing = &census->listing;
        const struct dirent64 *found;

        pl_assert(pl_census_is_listing(census));

        if (listing->sweeping) {
                sweep(census);
                return 0;
        }
        if (listing->used == listing->filled)
                return fill_page(census);
        found = (const struct dirent64 *) (const void *) (listing->names + listing->used);
        listing->used += found->d_reclen;
        return see(census, found);
}
