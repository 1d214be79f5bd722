/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* undo_internal - one run of it, as its parts see it. */

#include "systemd.h"
#include "undo.h"

#include "plimsoll/base/table.h"
#include "plimsoll/engine/plan.h"
#include "plimsoll/host/adjust.h"
#include "plimsoll/host/originals.h"
#include "plimsoll/host/write.h"
#include "plimsoll/kernel/cgroup.h"

/* A cgroup of which something is noted. */
struct pl_undo_one {
        uint64_t id;
        bool is_chosen;    /* it is what was asked for */
        bool has_begun;    /* its goal is known */
        bool is_there;     /* seen in this round */
        bool is_clean;     /* nothing of ours is left with systemd */
        uint32_t refused;  /* limits that cannot be had back */
        uint32_t waiting;  /* that are not back yet */
        uint32_t others;   /* that somebody else has changed since */
        uint32_t restored; /* that were written */
        struct pl_limits goal;
        uint64_t current_bytes;
        struct pl_plan_state state;
};

struct pl_undo_counts {
        uint32_t cgroups, limits, others, left;
        uint32_t dropins, processes, processes_left;
};

struct pl_undoing {
        const struct pl_undo_options *options;
        int dir_fd, lock_fd; /* owned */
        bool has_trouble;    /* it was said */
        bool has_said_wait;
        bool has_connected; /* or tried to */
        bool is_partial;    /* who was not seen need not be gone */
        uint64_t page_bytes;
        struct pl_originals originals;
        struct pl_undo_one *ones; /* owned */
        uint32_t one_count;
        struct pl_table ids;   /* of the ones */
        struct pl_table paths; /* hashes of paths of units' cgroups, to the ones */
        struct pl_undo_counts counts;
        struct pl_systemd systemd;
        struct pl_file_buffer buffer;
        struct pl_cgroup_walk walk;
        struct pl_adjuster adjuster;
};

static inline const struct pl_original_cgroup *pl_undo_noted(const struct pl_undoing *run,
                                                             const struct pl_undo_one *one)
{
        return pl_originals_find_cgroup(&run->originals, one->id);
}

/* Whether it is what was asked for, or below it. */
bool pl_undo_chooses(const struct pl_undoing *run, const char *path);

/* Whether the path, from the tree's root, is the one that is noted; of a long one the end is. */
bool pl_undo_is_at(const struct pl_original_cgroup *noted, const char *path);

/* ---- undo_limits.c ---- */

/* Of every cgroup that is noted; −ENOMEM. */
int pl_undo_gather(struct pl_undoing *run);

/* Puts limits back until all are, or patience ends. */
void pl_undo_limits(struct pl_undoing *run);

/* ---- undo_units.c ---- */

/* The limits that systemd may hold on our word: whose drop-ins may be ours. */
uint32_t pl_undo_held(const struct pl_original_cgroup *noted);

/* Takes back what systemd holds on our word. True: it has read its units anew, and may have undone what was put back. */
bool pl_undo_units(struct pl_undoing *run);

/* ---- undo_processes.c ---- */

void pl_undo_processes(struct pl_undoing *run);
