/* SPDX-License-Identifier: Apache-2.0 */

/* Where entries lie. They come in chunks, so that a host with forty services pays for sixty-four entries and not for
 * sixteen thousand, and a chunk never moves, so that a pointer to an entry is good as long as the entry. Chunks are kept
 * until the end: who had ten thousand workloads once is likely to have them again.
 *
 * The lists are links by index inside of the entries. An event or a piece of work so needs no memory of its own, cannot
 * be lost for want of it, and there is never more than one of each kind for a cgroup.
 */

#include "census_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>
#include <unistd.h>

#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"

/* Keys of a table at first: a small host's cgroups, in 4 KiB. */
enum { TABLE_START = 128 };

static const struct pl_census_list no_list = { PL_CENSUS_NONE, PL_CENSUS_NONE };

int pl_census_store_init(struct pl_census *census)
{
        uint64_t seed = 0;
        int r;

        pl_assert(census);

        census->first_free = census->handed_out = PL_CENSUS_NONE;
        census->arrived = census->appeared = census->changed = census->gone = no_list;
        census->dirty = census->doomed = no_list;
        /* Without randomness, early at boot, nobody is there yet who could choose ids. */
        if (getrandom(&seed, sizeof seed, GRND_NONBLOCK) != sizeof seed)
                seed = 0;
        r = pl_table_init(&census->ids, TABLE_START, seed);
        return r != 0 ? r : pl_table_init(&census->watches, TABLE_START, seed);
}

void pl_census_store_done(struct pl_census *census)
{
        pl_assert(census);

        for (uint32_t i = 0; i < census->slot_count; i++) {
                struct pl_census_entry *entry = pl_census_slot(census, i);

                free(entry->name);
                if (entry->id != 0)
                        pl_cleanup_close(&entry->fd);
        }
        for (size_t i = 0; i < PL_CENSUS_CHUNKS_MAX; i++)
                free(census->chunks[i]);
        pl_table_done(&census->ids);
        pl_table_done(&census->watches);
}

struct pl_census_entry *pl_census_slot(const struct pl_census *census, uint32_t index)
{
        pl_assert(index < census->slot_count);

        return &census->chunks[index / PL_CENSUS_CHUNK][index % PL_CENSUS_CHUNK];
}

/* Free slots are linked by what links siblings otherwise. */
static int add_chunk(struct pl_census *census)
{
        uint32_t chunk = census->slot_count / PL_CENSUS_CHUNK;

        /* The bounds on workloads and holders hold before this one does; those that are gone and not handed out count
         * for neither. */
        if (chunk == PL_CENSUS_CHUNKS_MAX)
                return -ENOBUFS;
        census->chunks[chunk] = calloc(PL_CENSUS_CHUNK, sizeof *census->chunks[chunk]);
        if (!census->chunks[chunk])
                return -ENOMEM;
        census->slot_count += PL_CENSUS_CHUNK;
        for (uint32_t i = census->slot_count; i > census->slot_count - PL_CENSUS_CHUNK; i--) {
                pl_census_slot(census, i - 1)->links[PL_CENSUS_SIBLINGS].next = census->first_free;
                census->first_free = i - 1;
        }
        return 0;
}

/* The slot still is the first free one. */
static void fill_slot(struct pl_census *census, uint32_t index, uint64_t id, char *name)
{
        struct pl_census_entry *entry = pl_census_slot(census, index);

        pl_assert(entry->id == 0);

        census->first_free = entry->links[PL_CENSUS_SIBLINGS].next;
        *entry = (struct pl_census_entry){
                .id = id,
                .name = name,
                .index = index,
                .parent = PL_CENSUS_NONE,
                .fd = -1,
                .watch = -1,
                .children = no_list,
        };
        pl_reach_init(&entry->reach);
}

int pl_census_add(struct pl_census *census, uint64_t id, const char *name, uint32_t *ret_index)
{
        _cleanup_free_ char *copy = NULL;
        uint32_t index;
        int r = 0;

        pl_assert(id != 0);
        pl_assert(name);

        if (census->first_free == PL_CENSUS_NONE)
                r = add_chunk(census);
        if (r == 0)
                r = pl_table_reserve(&census->ids, census->ids.count + 1);
        if (r != 0)
                return r;
        copy = strdup(name);
        if (!copy)
                return -ENOMEM;
        index = census->first_free;
        pl_assert(pl_table_add(&census->ids, id, index) == 0);
        fill_slot(census, index, id, PL_TAKE_PTR(copy));
        *ret_index = index;
        return 0;
}

void pl_census_forget_id(struct pl_census *census, struct pl_census_entry *entry)
{
        uint32_t index;

        pl_assert(entry->id != 0);

        if (pl_table_find(&census->ids, entry->id, &index) == 0 &&
            pl_census_slot(census, index) == entry)
                (void) pl_table_remove(&census->ids, entry->id);
}

void pl_census_release(struct pl_census *census, uint32_t index)
{
        struct pl_census_entry *entry = pl_census_slot(census, index);

        pl_assert(entry->id != 0 && index != PL_CENSUS_ROOT);
        pl_assert(entry->fd < 0 && entry->watch < 0);
        pl_assert(entry->children.first == PL_CENSUS_NONE);
        for (size_t i = 0; i < PL_CENSUS_LISTS; i++)
                pl_assert(!entry->lists[i]);

        free(entry->name);
        *entry = (struct pl_census_entry){};
        entry->links[PL_CENSUS_SIBLINGS].next = census->first_free;
        census->first_free = index;
}

/* ---- lists ---- */

void pl_census_take_out(struct pl_census *census, enum pl_census_lists kind, uint32_t index)
{
        struct pl_census_entry *entry = pl_census_slot(census, index);
        struct pl_census_link link = entry->links[kind];
        struct pl_census_list *list = entry->lists[kind];

        if (!list)
                return;
        if (link.previous == PL_CENSUS_NONE)
                list->first = link.next;
        else
                pl_census_slot(census, link.previous)->links[kind].next = link.next;
        if (link.next == PL_CENSUS_NONE)
                list->last = link.previous;
        else
                pl_census_slot(census, link.next)->links[kind].previous = link.previous;
        entry->lists[kind] = NULL;
}

void pl_census_put_last(struct pl_census *census, struct pl_census_list *list,
                        enum pl_census_lists kind, uint32_t index)
{
        struct pl_census_entry *entry = pl_census_slot(census, index);

        pl_assert(entry->id != 0);

        pl_census_take_out(census, kind, index);
        entry->links[kind] = (struct pl_census_link){ list->last, PL_CENSUS_NONE };
        if (list->last == PL_CENSUS_NONE)
                list->first = index;
        else
                pl_census_slot(census, list->last)->links[kind].next = index;
        list->last = index;
        entry->lists[kind] = list;
}

void pl_census_put_first(struct pl_census *census, struct pl_census_list *list,
                         enum pl_census_lists kind, uint32_t index)
{
        struct pl_census_entry *entry = pl_census_slot(census, index);

        pl_assert(entry->id != 0);

        pl_census_take_out(census, kind, index);
        entry->links[kind] = (struct pl_census_link){ PL_CENSUS_NONE, list->first };
        if (list->first == PL_CENSUS_NONE)
                list->last = index;
        else
                pl_census_slot(census, list->first)->links[kind].previous = index;
        list->first = index;
        entry->lists[kind] = list;
}

/* Each once more in its life, so that it costs what putting it there did. */
void pl_census_append(struct pl_census *census, struct pl_census_list *list,
                      struct pl_census_list *other, enum pl_census_lists kind)
{
        pl_assert(list != other);

        while (other->first != PL_CENSUS_NONE)
                pl_census_put_last(census, list, kind, other->first);
}

void pl_census_raise(struct pl_census *census, enum pl_census_note note)
{
        pl_assert(note < PL_CENSUS_NOTES);

        census->notes |= UINT32_C(1) << note;
        census->note_counts[note]++;
}
