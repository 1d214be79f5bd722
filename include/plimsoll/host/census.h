/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* census - who is on this host: every workload, and the cgroups that hold them, from the root down.
 *
 * Owns directory fds and an inotify instance; borrows the roots. Allocates in chunks as cgroups appear, never while
 * somebody asks. The struct must stay where it is while it is open. Blocks no longer than a directory takes to read. Not for threads. Linux 5.5.
 *
 *     pl_census_open(&census, &roots, &options);
 *     pl_census_begin(&census);                          at the start, and at every scan period
 *     when pl_census_fd() can be read:
 *             pl_census_notice(&census);
 *     while (pl_census_scan(&census, budget) == PL_CENSUS_E_MORE)
 *             let others run;
 *     while (pl_census_next_event(&census, &event) == 0)
 *             …
 *
 * A cgroup is known by its id. One that was removed and made anew under the same path is another: GONE comes first, then
 * APPEARED. Cgroups inside of a workload are its own affair and not kept.
 *
 * An index is good from the moment its APPEARED was handed out until the call behind the one that handed out its
 * GONE, and is used again afterwards.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "plimsoll/base/table.h"
#include "plimsoll/base/text.h"
#include "plimsoll/host/reach.h"
#include "plimsoll/identity/identity.h"
#include "plimsoll/kernel/cgroup.h"
#include "plimsoll/kernel/file.h"
#include "plimsoll/model/bounds.h"
#include "plimsoll/model/workload.h"

/* Beyond the outcomes of kernel/file.h. */
enum {
        PL_CENSUS_E_MORE =
                200,      /* there is more to do; call again when others have had their turn */
        PL_CENSUS_E_NONE, /* no more events; no cgroup of that id */
};

#define PL_CENSUS_NONE UINT32_MAX
#define PL_CENSUS_ROOT UINT32_C(0) /* the index of the root cgroup */

/* What could not be done as it should be. Each is said once, with how often it has come to pass since. */
enum pl_census_note {
        PL_CENSUS_NOTE_WORKLOADS, /* more workloads than the bound: the rest is not known */
        PL_CENSUS_NOTE_HOLDERS, /* more slices and pods than the bound: what is in them is not known */
        PL_CENSUS_NOTE_DEPTH,    /* deeper, or with a longer path, than is looked at */
        PL_CENSUS_NOTE_FILES,    /* no more open files: the rest is found by path at every look */
        PL_CENSUS_NOTE_WATCHES,  /* no more inotify watches: the rest is found at the next scan */
        PL_CENSUS_NOTE_INOTIFY,  /* no inotify at all: everything is found at the next scan */
        PL_CENSUS_NOTE_OVERFLOW, /* news were lost; a whole scan makes up for them */
        PL_CENSUS_NOTE_DENIED,   /* a cgroup that may not be looked at */
        PL_CENSUS_NOTES,
};

enum {
        PL_CENSUS_POPULATED = 1 << 0, /* a live process is in it or below it */
        PL_CENSUS_FROZEN = 1 << 1,
        PL_CENSUS_GONE = 1 << 2, /* its GONE was not handed out yet */
        PL_CENSUS_TOLD = 1 << 3, /* its APPEARED was handed out */
};

/* A double link in one of the lists that an entry can be in, and such a list; both by index. */
struct pl_census_link {
        uint32_t previous, next;
};
struct pl_census_list {
        uint32_t first, last;
};

enum pl_census_lists {
        PL_CENSUS_SIBLINGS,
        PL_CENSUS_EVENTS, /* appeared, changed or gone, to be handed out */
        PL_CENSUS_WORK,   /* to be looked at, or to be buried */
        PL_CENSUS_LISTS,
};

/* A known cgroup. To be read by others, but for `reach`, which host/sample fills. */
struct pl_census_entry {
        uint64_t id; /* 0: the slot is free */
        char *name;  /* owned: the last part of the path */
        uint32_t index;
        uint32_t parent;
        uint32_t flags;
        struct pl_standing standing; /* .kind: enum pl_workload_kind */
        int fd;                      /* owned: the directory; −1 where there was no room for it */
        int watch;                   /* inotify's number, or −1 */
        uint16_t depth;              /* 0: the root */
        uint16_t path_length;        /* without the slash in front */
        uint32_t seen;               /* the listing that has seen it last */
        uint32_t pass;               /* the whole scan that it was looked at in */
        struct pl_census_list children;
        struct pl_census_link links[PL_CENSUS_LISTS];
        struct pl_census_list *lists[PL_CENSUS_LISTS]; /* the one of each kind it is in, or NULL */
        struct pl_reach reach;
};

/* 0 in any of them stands for the default. */
struct pl_census_options {
        uint32_t workloads_max; /* PL_WORKLOADS_MAX */
        uint32_t holders_max;   /* PL_HOLDERS_MAX */
        uint32_t depth_max;     /* PL_WORKLOAD_DEPTH_MAX */
        uint32_t fds_max;       /* what RLIMIT_NOFILE leaves when everybody else has his */
        bool no_inotify;        /* for `--once`, and for tests */
};

enum {
        PL_CENSUS_CHUNK = 64, /* entries allocated at a time: some 20 KiB */
        PL_CENSUS_CHUNKS_MAX = (PL_WORKLOADS_MAX + PL_HOLDERS_MAX) / PL_CENSUS_CHUNK,
        /* Of one getdents64(): some 200 scopes of containers. glibc's readdir() takes 32 KiB; half of it costs one call
         * more for every 200. */
        PL_CENSUS_PAGE = 16 * 1024,
};

/* The directory that is being read. */
struct pl_census_listing {
        uint32_t holder; /* PL_CENSUS_NONE: none */
        int fd;          /* of the directory */
        bool owns_fd;
        bool sweeping; /* read to the end; now for those that were not in it */
        uint32_t next; /* child to be asked after */
        uint32_t stamp;
        uint32_t filled, used;
        _Alignas(8) char names[PL_CENSUS_PAGE];
};

struct pl_census {
        struct pl_roots roots; /* borrowed */
        struct pl_census_options options;
        uint64_t device;
        int inotify_fd;
        bool watches_full; /* not tried again before the next whole scan */

        struct pl_census_entry *chunks[PL_CENSUS_CHUNKS_MAX]; /* owned */
        uint32_t slot_count;                                  /* that exist */
        uint32_t first_free;
        struct pl_table ids;     /* id to index */
        struct pl_table watches; /* inotify's number to index */
        uint32_t workload_count;
        uint32_t holder_count;
        uint32_t fd_count;

        struct pl_census_list arrived; /* in the directory that is being read: soon events */
        struct pl_census_list appeared, changed, gone; /* events */
        struct pl_census_list dirty, doomed;           /* work */
        uint32_t handed_out;                           /* GONE, to be released at the next call */
        uint32_t cursor; /* of the whole scan; PL_CENSUS_NONE: none is under way */
        uint32_t pass;   /* its number */
        bool again;      /* another one behind it */
        bool cursor_has_turn;

        uint32_t notes, taken_notes; /* 1 << enum pl_census_note */
        uint64_t note_counts[PL_CENSUS_NOTES];

        /* From here on, room for texts. */
        struct pl_census_listing listing;
        struct pl_file_buffer buffer;
        char path[PL_CGROUP_PATH_MAX];
};

/* The root is known at once and has no event. An inotify that is not to be had is a note and no failure. On failure nothing
 * is left behind. */
int pl_census_open(struct pl_census *census, const struct pl_roots *roots,
                   const struct pl_census_options *options);
void pl_census_close(struct pl_census *census); /* safe on one that was closed */

/* Becomes readable when there is something to notice; −1 without inotify. */
int pl_census_fd(const struct pl_census *census);

/* Takes the news from inotify, which say only where to look; pl_census_scan() looks. PL_CENSUS_E_MORE: some are left. */
int pl_census_notice(struct pl_census *census);

/* Asks for a look at everybody. While one is under way it goes on to its end. */
void pl_census_begin(struct pl_census *census);

/* Looks at up to `budget` things: a name in a directory, a cgroup.events, an entry that is gone. 0 when nothing is left to
 * look at. −errno says that one of them could not be; the next call goes on behind it. */
int pl_census_scan(struct pl_census *census, uint32_t budget);

enum pl_census_event_kind {
        PL_CENSUS_APPEARED, /* parents before children */
        PL_CENSUS_CHANGED,  /* populated or frozen, or not any more */
        PL_CENSUS_VANISHED, /* children before parents, and before who appeared under the same path, unless
                             * their directory could not be read to its end */
};
struct pl_census_event {
        enum pl_census_event_kind kind;
        uint32_t index;
        uint64_t id;
};

/* PL_CENSUS_E_NONE when there are no more. At most one for each cgroup at a time: who came and went between two calls was
 * never there. */
int pl_census_next_event(struct pl_census *census, struct pl_census_event *ret_event);

/* A known cgroup; asserted. */
struct pl_census_entry *pl_census_at(const struct pl_census *census, uint32_t index);
bool pl_census_is_known(const struct pl_census *census, uint32_t index);
/* PL_CENSUS_E_NONE: no living cgroup of that id is known. */
int pl_census_find(const struct pl_census *census, uint64_t id, uint32_t *ret_index);
/* The first from `index` on that is known and not gone, or PL_CENSUS_NONE: for (i = next(c, 0); …; i = next(c, i + 1)). */
uint32_t pl_census_next(const struct pl_census *census, uint32_t index);

static inline bool pl_census_is_workload(const struct pl_census_entry *entry)
{
        return entry->standing.kind != PL_WORKLOAD_HOLDER;
}

/* "/system.slice/nginx.service"; "/" for the root. */
void pl_census_path(const struct pl_census *census, uint32_t index, struct pl_text *text);

/* Its directory: the kept fd, or one that is opened now; *ret_opened says that the caller has to close it. GONE when it is
 * another one by now. */
int pl_census_directory(const struct pl_census *census, uint32_t index, int *ret_fd,
                        bool *ret_opened);

/* What selectors are held against, with room for its words. */
struct pl_census_identity {
        struct pl_workload_identity identity; /* points into the rest */
        struct pl_identity parts;             /* so do its spans */
        struct pl_pair xattrs[1];
        char path[PL_CGROUP_PATH_MAX + 1];
        char unit[PL_CGROUP_NAME_MAX + 1];
        char slice[PL_CGROUP_NAME_MAX + 1];
        char name[2 * PL_CGROUP_NAME_MAX + 2]; /* of a pod and a container in it */
        char container[PL_CGROUP_NAME_MAX + 1];
        char container_id[PL_CGROUP_NAME_MAX + 1];
        char pod[PL_CGROUP_NAME_MAX + 1];
        char profile[PL_NAME_MAX + 1]; /* user.plimsoll.profile, where root owns the directory */
};

/* Reads two owners and an extended attribute: some five system calls. GONE when it has gone. */
int pl_census_identity(const struct pl_census *census, uint32_t index,
                       struct pl_census_identity *ret_identity);

/* The notes that nobody has taken yet, as bits; each comes once in a census' life. */
uint32_t pl_census_take_notes(struct pl_census *census);
