/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the files of the census share. */

#include "plimsoll/host/census.h"

/* ---- census_store.c: entries, lists, ids ---- */

int pl_census_store_init(struct pl_census *census);
void pl_census_store_done(struct pl_census *census);

/* Any slot that exists, taken or not. */
struct pl_census_entry *pl_census_slot(const struct pl_census *census, uint32_t index);

/* A new entry with this id, which nobody has, and this name, in no list and without an fd; −ENOMEM, or −ENOBUFS when there
 * are as many as there may be. */
int pl_census_add(struct pl_census *census, uint64_t id, const char *name, uint32_t *ret_index);

/* From then on its id is free for another. */
void pl_census_forget_id(struct pl_census *census, struct pl_census_entry *entry);
void pl_census_release(struct pl_census *census, uint32_t index);

/* An entry is in at most one list of a kind; to put it into another takes it out of the first. */
void pl_census_put_last(struct pl_census *census, struct pl_census_list *list,
                        enum pl_census_lists kind, uint32_t index);
void pl_census_put_first(struct pl_census *census, struct pl_census_list *list,
                         enum pl_census_lists kind, uint32_t index);
void pl_census_append(struct pl_census *census, struct pl_census_list *list,
                      struct pl_census_list *other, enum pl_census_lists kind);
void pl_census_take_out(struct pl_census *census, enum pl_census_lists kind, uint32_t index);

/* It has come to pass once more. */
void pl_census_raise(struct pl_census *census, enum pl_census_note note);

/* ---- census_watch.c: inotify ---- */

void pl_census_watch_init(struct pl_census *census);

/* Its directory for a holder, its cgroup.events for a workload, unless that is watched already. `fd` is its directory.
 * True when it is watched now. */
bool pl_census_watch(struct pl_census *census, struct pl_census_entry *entry, int fd);
void pl_census_unwatch(struct pl_census *census, struct pl_census_entry *entry);

/* ---- census_list.c: what is in a directory ---- */

void pl_census_listing_init(struct pl_census *census);

/* The next step of the listing that is under way, or its end. */
int pl_census_list_step(struct pl_census *census);

/* Begins to list a holder. Nothing is under way: asserted. */
int pl_census_list_begin(struct pl_census *census, uint32_t holder);
void pl_census_list_end(struct pl_census *census);
static inline bool pl_census_is_listing(const struct pl_census *census)
{
        return census->listing.holder != PL_CENSUS_NONE;
}

/* ---- census_scan.c ---- */

/* It is gone, or is not what we knew; it and all that is below it will be buried. */
void pl_census_doom(struct pl_census *census, uint32_t index);

/* Reads a workload's cgroup.events. `fd` is its directory. */
int pl_census_read_state(struct pl_census *census, struct pl_census_entry *entry, int fd);

/* Keeps the fd if there is room for it: then true, and it is the entry's. */
bool pl_census_keep_fd(struct pl_census *census, struct pl_census_entry *entry, int fd);
