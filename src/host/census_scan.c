/* SPDX-License-Identifier: Apache-2.0 */

/* What is looked at next. First those who are gone are buried, so that an id or a name is free before it is used again.
 * Then the directory that is being read, to its end. Then, by turns, what inotify has told of and the next entry of the
 * whole scan, so that a busy directory cannot keep the rest from being looked at, nor a long scan hold up what is new.
 *
 * Burying takes as many steps as there are cgroups below, children first: a slice with ten thousand scopes in it is not
 * closed and forgotten in one breath.
 */

#include "census_internal.h"

#include <errno.h>

#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"

/* ---- burying ---- */

void pl_census_doom(struct pl_census *census, uint32_t index)
{
        struct pl_census_entry *entry = pl_census_slot(census, index);

        pl_assert(index != PL_CENSUS_ROOT);
        pl_assert(entry->id != 0 && !(entry->flags & PL_CENSUS_GONE));

        if (census->listing.holder == index)
                pl_census_list_end(census);
        pl_census_forget_id(census, entry);
        entry->flags |= PL_CENSUS_GONE;
        pl_census_take_out(census, PL_CENSUS_SIBLINGS, index);
        pl_census_put_first(census, &census->doomed, PL_CENSUS_WORK, index);
}

static void bury(struct pl_census *census, uint32_t index)
{
        struct pl_census_entry *entry = pl_census_slot(census, index);

        pl_census_unwatch(census, entry);
        if (entry->fd >= 0)
                census->fd_count--;
        pl_cleanup_close(&entry->fd);
        entry->fd = -1;
        pl_reach_leave(&entry->reach, &pl_census_slot(census, entry->parent)->reach);
        if (pl_census_is_workload(entry))
                census->workload_count--;
        else
                census->holder_count--;
        pl_census_take_out(census, PL_CENSUS_WORK, index);
        pl_census_take_out(census, PL_CENSUS_EVENTS, index);
        if (entry->flags & PL_CENSUS_TOLD)
                pl_census_put_last(census, &census->gone, PL_CENSUS_EVENTS, index);
        else
                pl_census_release(census, index);
}

/* The first of the doomed, or a child of its, which then is the first. */
static void bury_step(struct pl_census *census)
{
        uint32_t index = census->doomed.first;
        uint32_t child = pl_census_slot(census, index)->children.first;

        if (child != PL_CENSUS_NONE)
                pl_census_doom(census, child);
        else
                bury(census, index);
}

/* ---- a workload's state ---- */

bool pl_census_keep_fd(struct pl_census *census, struct pl_census_entry *entry, int fd)
{
        pl_assert(entry->fd < 0 && fd >= 0);

        if (census->fd_count >= census->options.fds_max) {
                pl_census_raise(census, PL_CENSUS_NOTE_FILES);
                return false;
        }
        entry->fd = fd;
        census->fd_count++;
        return true;
}

/* Without the file, as in a tree that is not cgroupfs, somebody may be in it. */
static int read_flags(struct pl_census *census, int fd, uint32_t *ret_flags)
{
        struct pl_cgroup_events events;
        int r = pl_cgroup_read_events(fd, &census->buffer, &events);

        if (r == PL_FILE_E_ABSENT || r == PL_FILE_E_DENIED)
                events = (struct pl_cgroup_events){ .populated = 1 };
        else if (r != 0)
                return r;
        *ret_flags = (events.populated ? PL_CENSUS_POPULATED : 0) |
                     (events.frozen ? PL_CENSUS_FROZEN : 0);
        return 0;
}

static void set_flags(struct pl_census *census, struct pl_census_entry *entry, uint32_t flags)
{
        const uint32_t mask = PL_CENSUS_POPULATED | PL_CENSUS_FROZEN;

        if ((entry->flags & mask) == flags)
                return;
        entry->flags = (entry->flags & ~mask) | flags;
        if (entry->flags & PL_CENSUS_TOLD)
                pl_census_put_last(census, &census->changed, PL_CENSUS_EVENTS, entry->index);
}

int pl_census_read_state(struct pl_census *census, struct pl_census_entry *entry, int fd)
{
        uint32_t flags;
        int r = read_flags(census, fd, &flags);

        pl_assert(pl_census_is_workload(entry));

        /* Watched first and read then: who comes in between is in one of the two. */
        if (r == 0 && !(flags & PL_CENSUS_POPULATED) && entry->watch < 0 &&
            pl_census_watch(census, entry, fd))
                r = read_flags(census, fd, &flags);
        if (r != 0)
                return r;
        if (flags & PL_CENSUS_POPULATED)
                pl_census_unwatch(census, entry);
        set_flags(census, entry, flags);
        return 0;
}

static int visit_workload(struct pl_census *census, uint32_t index)
{
        struct pl_census_entry *entry = pl_census_slot(census, index);
        bool opened = false;
        int fd = -1, r;

        r = pl_census_directory(census, index, &fd, &opened);
        if (r != 0)
                return r;
        r = pl_census_read_state(census, entry, fd);
        if (opened && (r != 0 || census->fd_count >= census->options.fds_max ||
                       !pl_census_keep_fd(census, entry, fd)))
                pl_cleanup_close(&fd);
        return r;
}

/* ---- what is next ---- */

static int visit(struct pl_census *census, uint32_t index)
{
        struct pl_census_entry *entry = pl_census_slot(census, index);
        int r;

        entry->pass = census->pass;
        if (!pl_census_is_workload(entry))
                r = pl_census_list_begin(census, index);
        else
                r = visit_workload(census, index);
        /* Its parent's directory tells the rest. */
        if ((r == PL_FILE_E_GONE || r == PL_FILE_E_ABSENT) && entry->parent != PL_CENSUS_NONE)
                pl_census_put_last(census, &census->dirty, PL_CENSUS_WORK, entry->parent);
        if (r == -EMFILE || r == -ENFILE) {
                pl_census_raise(census, PL_CENSUS_NOTE_FILES);
                return 0;
        }
        return r < 0 ? r : 0;
}

static void begin_pass(struct pl_census *census)
{
        census->cursor = 0;
        census->again = false;
        census->pass++;
}

/* Who was looked at since the scan began, or has appeared since, was looked at. */
static int visit_cursor(struct pl_census *census)
{
        uint32_t index = census->cursor++;

        if (index == census->slot_count) {
                census->cursor = PL_CENSUS_NONE;
                if (census->again)
                        begin_pass(census);
                return 0;
        }
        if (!pl_census_is_known(census, index) ||
            pl_census_slot(census, index)->pass == census->pass)
                return 0;
        return visit(census, index);
}

static int visit_dirty(struct pl_census *census)
{
        uint32_t index = census->dirty.first;

        pl_census_take_out(census, PL_CENSUS_WORK, index);
        return visit(census, index);
}

/* PL_CENSUS_E_NONE when there is nothing to do. */
static int step(struct pl_census *census)
{
        bool dirty = census->dirty.first != PL_CENSUS_NONE;

        if (census->doomed.first != PL_CENSUS_NONE) {
                bury_step(census);
                return 0;
        }
        if (pl_census_is_listing(census))
                return pl_census_list_step(census);
        census->cursor_has_turn = !census->cursor_has_turn;
        if (census->cursor != PL_CENSUS_NONE && (census->cursor_has_turn || !dirty))
                return visit_cursor(census);
        return dirty ? visit_dirty(census) : PL_CENSUS_E_NONE;
}

void pl_census_begin(struct pl_census *census)
{
        pl_assert(census);

        census->watches_full = false;
        /* Who asks in the middle wants to hear of what has changed behind it, too. */
        if (census->cursor == PL_CENSUS_NONE)
                begin_pass(census);
        else
                census->again = census->cursor > 0;
}

int pl_census_scan(struct pl_census *census, uint32_t budget)
{
        pl_assert(census);
        pl_assert(budget > 0);

        while (budget-- > 0) {
                int r = step(census);

                if (r == PL_CENSUS_E_NONE)
                        return 0;
                if (r < 0)
                        return r;
        }
        return PL_CENSUS_E_MORE;
}
