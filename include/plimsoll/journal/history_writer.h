/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* history_writer - the one who appends to the history, within a cap. Opening allocates; all of it blocks as writing to a disk
 * does. Linux 3.15, for locks that belong to an open file.
 *
 * Items are collected in a frame, which reaches the file in one piece and under one check: a writer that is killed at any
 * instruction, and a power cut, leave whole frames and at most one torn at the end, which the next writer cuts off.
 *
 * After an errno of any call nothing of the frame was kept. Whoever goes on begins again with pl_history_begin(), which
 * starts a new run, in which names have to be said anew.
 */

#include <stdbool.h>

#include "plimsoll/journal/format.h"
#include "plimsoll/journal/history.h"

/* A segment is ended after this long, and rows of one that ended a day ago are thinned to one in a quarter of an hour. */
#define PL_HISTORY_SEGMENT_USEC (6 * PL_USEC_PER_HOUR)
#define PL_HISTORY_FINE_USEC    PL_USEC_PER_DAY
#define PL_HISTORY_SLOT_USEC    (15 * PL_USEC_PER_MINUTE)

/* Sixteen thousand workloads whose texts are all of the longest, once, take 13 MB. */
#define PL_HISTORY_SIZE_MIN (16 * PL_MIB)
#define PL_HISTORY_SIZE_MAX (16 * PL_GIB)

struct pl_history_options {
        uint64_t size_bytes; /* of all files together, at no moment more */
        uint64_t keep_usec;
        bool unsynced; /* nothing is forced to the disk: for tests */
};

struct pl_history_segment {
        uint64_t bytes;
        uint64_t created_usec; /* CLOCK_REALTIME; as the one before it where that cannot be read */
        uint32_t number;
        bool thinned; /* or not to be read, which comes to the same */
};

/* How far the last writer came. */
struct pl_history_mark {
        struct pl_history_identity identity;
        uint64_t
                acts_next; /* sequence number of the next act of this journal; 0: none was recorded */
        uint64_t host_boot_usec; /* of its last row of the host */
        uint32_t run;
};

struct pl_history_writer {
        struct pl_history_options options;
        int dir_fd;  /* borrowed */
        int lock_fd; /* owned */
        int fd; /* owned: the segment that is appended to, the last of the list; -1: none yet */
        bool broken; /* a new run is due */
        bool dir_changed;
        uint64_t salt;
        struct pl_history_mark mark; /* of what is in the file */
        uint64_t acts_next;          /* with what is in the frame */
        uint64_t cut_bytes;          /* what was torn at the end when it was opened */
        uint32_t number_count;
        uint64_t
                tidied_usec; /* CLOCK_BOOTTIME, when something was last removed or thinned for its age; 0: never */
        uint64_t total_bytes;
        size_t segment_count;
        struct pl_history_segment segments[PL_HISTORY_SEGMENTS_MAX];
        uint8_t *frame;   /* owned: what is collected */
        uint8_t *scratch; /* owned: what is read */
};

/* Takes the lock, cuts off what is torn, and finds out how far it came. The directory stays the caller's. LOCKED, DENIED,
 * NO_SPACE, TOO_LONG; or an errno. */
int pl_history_writer_open(int dir_fd, const struct pl_history_options *options,
                           struct pl_history_writer *ret_writer);
/* Safe on a closed one, and after an open that failed. */
void pl_history_writer_close(struct pl_history_writer *writer);

/* Begins a frame, with a new segment or run where one is due: mark.run tells, and then no workload has a number. */
int pl_history_begin(struct pl_history_writer *writer, const struct pl_history_time *now,
                     const struct pl_history_identity *identity);

/* A number for a workload, in this run; there are as many as a full board has rows, in each frame that is begun. */
uint32_t pl_history_take_number(struct pl_history_writer *writer);

/* Each is an errno, or PL_JOURNAL_E_NO_SPACE where the cap has no room for it. */
int pl_history_add_workload(struct pl_history_writer *writer, uint32_t number,
                            const struct pl_history_workload *workload);
int pl_history_add_terms(struct pl_history_writer *writer, uint32_t number,
                         const struct pl_history_workload *workload);
int pl_history_add_host(struct pl_history_writer *writer, const struct pl_history_host *host);
/* *added_bytes goes up by what it takes. */
int pl_history_add_row(struct pl_history_writer *writer, uint32_t number,
                       const struct pl_cgroup_sample *sample, uint64_t *added_bytes);
/* One record of the ring of acts; acts_next is then the one behind it. */
int pl_history_add_record(struct pl_history_writer *writer, const struct pl_journal_record *record);
/* What the recorder has to say itself: a gap before the record that comes next. */
int pl_history_add_gap(struct pl_history_writer *writer, const struct pl_journal_gap *gap,
                       uint64_t next);
int pl_history_end(struct pl_history_writer *writer);

/* Forces what was appended to the disk. */
int pl_history_sync(struct pl_history_writer *writer);

/* Removes one segment that is too old and thins one that is due, at most once an hour each, so that a clock which is set
 * wrong for a moment costs little. Between end() and begin(). */
int pl_history_tidy(struct pl_history_writer *writer, const struct pl_history_time *now);
