/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* history - what plimsoll-record keeps on disk of the journal: acts, and rows of the host and of each workload from time to
 * time. The reading side; plimsoll-history(5) says the same for those who write a reader of their own.
 *
 * A directory of segments, files that are only ever appended to, each readable alone. What is read is not trusted: any bytes
 * are read within bounds and in time that grows with the file, and what is spoilt or cut off is passed over, with nothing
 * lost but itself. Reading allocates when a segment is opened and when it tells of more workloads than before; it blocks as
 * reading a disk does. A segment may be read while it is written to, rewritten or removed.
 */

#include <stddef.h>
#include <stdint.h>

#include "plimsoll/journal/act.h"

enum {
        /* Goes up with every change of what is below, and of the nouns in model/ that are recorded as they are. */
        PL_HISTORY_VERSION = 2,
        /* At six hours each two weeks are 56, and by size there are about ten: far more is not ours. */
        PL_HISTORY_SEGMENTS_MAX = 1024,
        /* Names given in one run: a quarter of it is a full board. */
        PL_HISTORY_WORKLOADS_MAX = 65536,
};

/* Of a row, when it was read; of an act, when it was recorded. The clock on the wall may be set, forward and back: what
 * stands later in the history was written later. */
struct pl_history_time {
        uint64_t realtime_usec;
        uint64_t boot_usec;
};

/* Which journal it was: microseconds of boot mean something within one boot alone. */
struct pl_history_identity {
        uint8_t boot_id[16];
        uint64_t created_usec;
};

enum pl_history_kind {
        PL_HISTORY_RUN = 1,  /* from here on: this journal, and no names */
        PL_HISTORY_WORKLOAD, /* a name, from here on */
        PL_HISTORY_TERMS,    /* what a workload is held to, from here on */
        PL_HISTORY_HOST,
        PL_HISTORY_ROW,
        PL_HISTORY_ACT,
        PL_HISTORY_KINDS,
};

#define PL_HISTORY_BIT(kind) (UINT32_C(1) << (kind))

/* Reasons of a gap among the acts that the recorder saw, beside those of model/note.h: acts were written over before they
 * were recorded, or a record was spoilt. */
enum {
        PL_HISTORY_GAP_OVERTAKEN = 1000,
        PL_HISTORY_GAP_TORN,
};

/* What is said once of a workload, and again when it has changed. The same name under another id is one that was started
 * anew. */
struct pl_history_workload {
        uint64_t id; /* of the cgroup */
        uint64_t parent_id;
        uint64_t since_usec; /* first seen, CLOCK_BOOTTIME */
        uint32_t kind;       /* enum pl_workload_kind */
        int32_t runtime;     /* enum pl_runtime, or -1 */
        uint32_t flags;      /* enum pl_cgroup_flag */
        uint32_t state;      /* of the ladder */
        int32_t order;
        int32_t score_adj;
        struct pl_journal_limits limits;
        struct pl_journal_limits effective;
        char name[PL_JOURNAL_NAME_BYTES];
        char unit[PL_JOURNAL_NAME_BYTES];
        char profile_name[PL_JOURNAL_PROFILE_BYTES];
        char path[PL_JOURNAL_PATH_BYTES];
};

struct pl_history_host {
        struct pl_host_sample sample;
        uint32_t workload_count;
        uint32_t profile_count;
        uint32_t unlisted_count;
        uint32_t flags; /* enum pl_host_flag */
};

/* What pl_history_next() gives: what its kind says is there, borrowed until the next call. */
struct pl_history_entry {
        enum pl_history_kind kind;
        struct pl_history_time at;
        struct pl_history_identity identity;        /* zeros where its beginning is lost */
        const struct pl_history_workload *workload; /* of WORKLOAD, TERMS, ROW */
        const struct pl_history_host *host;
        const struct pl_cgroup_sample *sample; /* of ROW */
        const struct pl_journal_act *act;
};

/* A time of the same boot, on the wall. */
uint64_t pl_history_realtime(const struct pl_history_time *at, uint64_t boot_usec);

/* Numbers of segments, from the oldest to the newest. Names that are not a segment's are not looked at. */
struct pl_history_list {
        size_t count;
        uint32_t numbers[PL_HISTORY_SEGMENTS_MAX];
};

/* PL_JOURNAL_E_TOO_LONG: more than there may be; or an errno. */
int pl_history_list(int dir_fd, struct pl_history_list *ret_list);

/* What is wanted: the rest is passed over. */
struct pl_history_range {
        uint64_t from_usec; /* CLOCK_REALTIME, both included */
        uint64_t to_usec;
        uint32_t kinds; /* PL_HISTORY_BIT() */
};

#define PL_HISTORY_EVERYTHING                                                                      \
        ((struct pl_history_range){ 0, UINT64_MAX, PL_HISTORY_BIT(PL_HISTORY_KINDS) - 1 })

struct pl_history_reader;

/* One segment, from its beginning. ABSENT (removed meanwhile: go on with the next), DENIED, FOREIGN, BYTE_ORDER, VERSION,
 * CORRUPT; or an errno. */
int pl_history_open(int dir_fd, uint32_t number, const struct pl_history_range *range,
                    struct pl_history_reader **ret_reader);

/* Safe on NULL; NULL. */
struct pl_history_reader *pl_history_close(struct pl_history_reader *reader);

/* PL_JOURNAL_E_END: of what was there when it was opened; or an errno. */
int pl_history_next(struct pl_history_reader *reader, struct pl_history_entry *ret_entry);

/* Bytes that were passed over because they were spoilt, so far. A tail that was not written to its end does not count. */
uint64_t pl_history_spoilt_bytes(const struct pl_history_reader *reader);

/* The last row of the host that there is, whoever is running now. Reads little of the newest segment. EMPTY: there is none; or
 * an errno. */
struct pl_history_last {
        struct pl_history_time at;
        struct pl_history_host host;
};
int pl_history_last(int dir_fd, struct pl_history_last *ret_last);
