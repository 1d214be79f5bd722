/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* originals - what was there before Plimsoll's first write of it, so that it can be put back: limits of cgroups, the
 * oom_score_adj of processes, settings of the host.
 *
 * A log that is only ever appended to, under the name "originals" in a directory that is the caller's. Nobody may write a
 * limit before the note of it has come to 0 or EXISTS. What is noted outlives the process, however that ends, and the next
 * one reads it. It does not outlive the boot: neither do limits and ids of cgroups. The directory is on a tmpfs, where
 * fdatasync() does nothing, so nothing is synced: a write that has returned is there for whoever opens the file next.
 *
 * One writer at a time; who calls holds a lock of his own, such as the journal's. Bytes that are read are not trusted: any
 * are read within bounds, and what is spoilt costs only the record it was in. Opening allocates, adding does now and then.
 * Calls write to a tmpfs and do not block; one in many writes the log anew, which takes time in proportion to what lives.
 * Linux 3.15.
 */

#include <stdbool.h>
#include <stdint.h>

#include "plimsoll/base/pool.h"
#include "plimsoll/base/span.h"
#include "plimsoll/base/table.h"
#include "plimsoll/model/bounds.h"
#include "plimsoll/model/limits.h"

enum {
        PL_ORIGINALS_E_EXISTS = 1, /* was noted before, and that is what counts */
        PL_ORIGINALS_E_ABSENT,     /* is not noted */
        PL_ORIGINALS_E_FULL,       /* as many are noted as there may be */
        PL_ORIGINALS_E_NO_SPACE, /* the file system is full, or the log is and cannot be rewritten */
        PL_ORIGINALS_E_DENIED,   /* not our directory, or it is read-only */
        /* Why what lay there was put aside. */
        PL_ORIGINALS_E_OTHER_BOOT,
        PL_ORIGINALS_E_VERSION,
        PL_ORIGINALS_E_FOREIGN, /* not a file of ours, or nothing in it is good */
};

enum {
        /* Every cgroup that the census may know. 17 MB, in the file and in memory, if all of them have limits of ours. */
        PL_ORIGINALS_CGROUPS_MAX = PL_WORKLOADS_MAX + PL_HOLDERS_MAX,
        /* Processes and settings: four processes for each workload that may be known. 4 MB. */
        PL_ORIGINALS_VALUES_MAX = 4 * PL_WORKLOADS_MAX,
        PL_ORIGINALS_PATH_BYTES = 96,
        /* Below this size the log is not rewritten: 370 records of cgroups. */
        PL_ORIGINALS_REWRITE_BYTES = 256 * 1024,
};

/* Limits of a cgroup. Values are as the kernel shows them: in whole pages. */
struct pl_original_cgroup {
        uint64_t id;
        struct pl_limits before; /* what was there */
        /* What we set it to last, said before it is written, and what was in force by our own hand at that time: a process
         * that ends between the two leaves one or the other. */
        struct pl_limits set, prior;
        struct pl_limits
                kept; /* what the unit's properties carry, by the last call that went well */
        /* Bit `1 << limit` of each property that had a drop-in of somebody else's, which ours has taken the place of: it is not
         * deleted, but set to what was before. */
        uint32_t foreign;
        uint32_t asked;                    /* 1: a call may have set properties, and ended unseen */
        char unit[PL_CGROUP_NAME_MAX + 1]; /* systemd's, if its properties may be ours; or empty */
        char path[PL_ORIGINALS_PATH_BYTES]; /* for people: the end of it, if it is long */
};

enum pl_original_kind {
        PL_ORIGINAL_PROCESS = 1,
        PL_ORIGINAL_SETTING,
        PL_ORIGINAL_KINDS,
};

enum pl_original_have {
        PL_ORIGINAL_HAS_SET = 1 << 0,
        PL_ORIGINAL_HAS_PRIOR = 1 << 1,
};

/* The oom_score_adj of a process, or a setting of the host. */
struct pl_original_value {
        uint16_t kind;        /* enum pl_original_kind */
        uint16_t have;        /* enum pl_original_have */
        uint32_t number;      /* pid; of a setting: the caller's */
        uint64_t start_ticks; /* of a process, which with its pid is its identity; else 0 */
        uint64_t cgroup_id;   /* of the workload for whose sake it was changed; else 0 */
        int64_t before, set, prior;
};

struct pl_originals_shelf {
        struct pl_pool pool;
        struct pl_table index; /* key to index of the pool */
};

struct pl_originals {
        int dir_fd; /* borrowed */
        int fd;     /* owned */
        uint8_t boot_id[16];
        uint64_t seed;        /* of the checks */
        uint64_t end_bytes;   /* up to here the file is good */
        uint64_t live_bytes;  /* what it would take written anew */
        uint64_t retry_bytes; /* not rewritten below this size, because it has just failed */
        bool torn;            /* there is half a record behind the end */
        struct pl_originals_shelf cgroups, values;
};

struct pl_originals_opened {
        int aside; /* PL_ORIGINALS_E_* for which what lay there is "originals.old" now; or 0 */
        uint64_t cgroup_count, value_count; /* what was read */
        uint64_t spoilt_count,
                spoilt_bytes; /* passed over: what could not be put back any more, in so many places */
        uint64_t cut_bytes; /* the end, which is spoilt or was never written whole */
};

/* Reads what is there, or begins. DENIED, NO_SPACE, or an errno. A full file system prevents only beginning. */
int pl_originals_open(struct pl_originals *originals, int dir_fd, const uint8_t boot_id[16],
                      struct pl_originals_opened *ret_opened);
void pl_originals_close(struct pl_originals *originals); /* safe on one that was closed */

/* ---- limits of cgroups ----
 *
 * Each call may come to NO_SPACE, or an errno; then nothing has changed, and nothing may be written to the cgroup. */

struct pl_original_name {
        uint64_t id;
        struct pl_span path;
        struct pl_span
                unit; /* at most PL_CGROUP_NAME_MAX; to be given before its properties are set for the first time */
};

/* Before the first write. Of those that were noted before the first value counts, until it is dropped; EXISTS: all were. FULL,
 * −ENOMEM. */
int pl_originals_note_limits(struct pl_originals *originals, const struct pl_original_name *name,
                             const struct pl_limits *before);

/* Before each write: what is about to be written, and what is there by now. ABSENT: not all of them were noted. Cheap when
 * nothing has changed. */
int pl_originals_set_limits(struct pl_originals *originals, uint64_t id,
                            const struct pl_limits *set, const struct pl_limits *actual);

/* Before the first call that sets the unit's properties, also with no limits: from then on its drop-ins may be ours, but those
 * of these limits were somebody else's; for as long as they are noted or kept, and until nothing is kept any more. ABSENT:
 * not all of them are noted. */
int pl_originals_note_foreign(struct pl_originals *originals, uint64_t id, uint32_t limits);

/* After a call that set the unit's properties: all that it has carried, or none when they were taken back. ABSENT: nothing of
 * this cgroup was noted. */
int pl_originals_keep_limits(struct pl_originals *originals, uint64_t id,
                             const struct pl_limits *kept);

/* These limits, as bits, are back, or not ours any more. ABSENT: none of them was noted. Without limits and without kept ones
 * the cgroup is forgotten. */
int pl_originals_drop_limits(struct pl_originals *originals, uint64_t id, uint32_t limits);

/* It is gone. What its unit's properties carry has to be taken back before: its name is forgotten, too. ABSENT. */
int pl_originals_drop_cgroup(struct pl_originals *originals, uint64_t id);

/* NULL: nothing of it is noted. Good until it is dropped. */
const struct pl_original_cgroup *pl_originals_find_cgroup(const struct pl_originals *originals,
                                                          uint64_t id);

/* Whether a limit with this value now has it from us. If not, somebody else has changed it since, and keeps it; or it is as it
 * was before. */
bool pl_original_limit_is_ours(const struct pl_original_cgroup *cgroup, enum pl_limit limit,
                               uint64_t actual);

/* The first from `index` on, or PL_POOL_NONE: for (i = next(o, 0); …; i = next(o, i + 1)). Any may be dropped meanwhile; what
 * is added meanwhile may come or not. */
uint32_t pl_originals_next_cgroup(const struct pl_originals *originals, uint32_t index);
const struct pl_original_cgroup *pl_originals_cgroup_at(const struct pl_originals *originals,
                                                        uint32_t index);

/* ---- processes and settings: the same ----
 *
 * `value` says who by kind, number and start_ticks; note takes cgroup_id and before as well. A process whose pid was noted
 * with another start is gone, and is not found; noting the new one forgets it. */

int pl_originals_note_value(struct pl_originals *originals, const struct pl_original_value *value);
int pl_originals_set_value(struct pl_originals *originals, const struct pl_original_value *value,
                           int64_t set, int64_t actual);
int pl_originals_drop_value(struct pl_originals *originals, const struct pl_original_value *value);
const struct pl_original_value *pl_originals_find_value(const struct pl_originals *originals,
                                                        const struct pl_original_value *value);
bool pl_original_value_is_ours(const struct pl_original_value *value, int64_t actual);
uint32_t pl_originals_next_value(const struct pl_originals *originals, uint32_t index);
const struct pl_original_value *pl_originals_value_at(const struct pl_originals *originals,
                                                      uint32_t index);
