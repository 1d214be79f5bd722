/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* history - the history as it lies in its files. Internal to journal.
 *
 *     segment: header │ frame │ frame …        frame: header │ items, filled with zeros to whole words
 *
 * Integers are in the byte order that the segment's header names; those within items have the low byte first.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "plimsoll/base/span.h"
#include "plimsoll/journal/format.h"
#include "plimsoll/journal/history.h"

#define PL_HISTORY_MAGIC "PLIMHIST"

enum {
        PL_HISTORY_FRAME_MAGIC = 0x504C4846,
        /* Of a frame: what is lost with one that is spoilt, and large enough for 700 rows in one write. */
        PL_HISTORY_PAYLOAD_MAX = 65536,
        /* A workload whose texts are all of the longest has 460, an act 255. */
        PL_HISTORY_ITEM_MAX = 512,
        PL_HISTORY_NAME_BYTES = 32,
};

/* Nobody makes larger ones (an eighth of the largest cap): what lies behind is not looked at. */
#define PL_HISTORY_SEGMENT_BYTES_MAX (UINT64_C(4) << 30)

struct pl_history_segment_header {
        char magic[8]; /* PL_HISTORY_MAGIC, without its NUL */
        uint32_t byte_order;
        uint32_t version;
        uint64_t number; /* that of the name */
        uint64_t created_usec;
        uint64_t salt; /* a number nobody can know: no name of a container can look like a frame */
        uint64_t thinned_usec; /* 0: it was not */
        uint64_t reserved;     /* 0 */
        uint64_t check;        /* of the seven words before it */
};

struct pl_history_frame {
        uint32_t magic;
        uint32_t bytes; /* of the items */
        uint64_t realtime_usec;
        uint64_t boot_usec;
        uint32_t run;
        uint32_t kinds;     /* PL_HISTORY_BIT() of each kind that is in it */
        uint64_t acts_next; /* struct pl_history_mark */
        uint64_t payload_check;
        uint64_t check; /* of the six words before it */
};

_Static_assert(sizeof(struct pl_history_segment_header) == 64, "no padding");
_Static_assert(sizeof(struct pl_history_frame) == 56, "no padding");

static inline uint64_t pl_history_whole_words(uint64_t bytes)
{
        return (bytes + 7) / 8 * 8;
}

static inline uint64_t pl_history_frame_bytes(const struct pl_history_frame *frame)
{
        return sizeof *frame + pl_history_whole_words(frame->bytes);
}

/* ---- files ---- */

struct pl_history_name {
        char bytes[PL_HISTORY_NAME_BYTES];
};

/* "history-0000000042", and ".new" behind it for one that is being made. */
struct pl_history_name pl_history_name(uint32_t number, bool new);
/* 0: it is no such name. */
uint32_t pl_history_number(struct pl_span name, bool *ret_new);

/* Removes what an interrupted rewriting has left. */
int pl_history_remove_new(int dir_fd);

/* ---- headers. Pure. ---- */

void pl_history_seal_segment(struct pl_history_segment_header *header);
/* FOREIGN, BYTE_ORDER, VERSION, CORRUPT. */
int pl_history_check_segment(const struct pl_history_segment_header *header, uint32_t number);

/* The payload's words follow. The checks hold at this place of this file alone. */
void pl_history_seal_frame(struct pl_history_frame *frame, const void *payload, uint64_t salt,
                           uint64_t offset);
bool pl_history_frame_is_good(const struct pl_history_frame *frame, uint64_t salt, uint64_t offset);
bool pl_history_payload_is_good(const struct pl_history_frame *frame, const void *payload,
                                uint64_t salt, uint64_t offset);

/* ---- items: the kind, two bytes with the length of the body, the body. Pure. ---- */

/* At most PL_HISTORY_ITEM_MAX bytes each; how many. */
size_t pl_history_put_run(uint8_t *to, const struct pl_history_identity *identity);
size_t pl_history_put_workload(uint8_t *to, uint32_t number,
                               const struct pl_history_workload *workload);
size_t pl_history_put_terms(uint8_t *to, uint32_t number,
                            const struct pl_history_workload *workload);
size_t pl_history_put_host(uint8_t *to, const struct pl_history_host *host);
size_t pl_history_put_row(uint8_t *to, uint32_t number, uint64_t boot_usec,
                          const struct pl_cgroup_sample *sample);
size_t pl_history_put_record(uint8_t *to, const struct pl_journal_record *record);

struct pl_history_item {
        unsigned kind;
        const uint8_t *body;
        size_t length;
        size_t size; /* with its head */
};

/* False at the end, and where no item can be. */
bool pl_history_cut_item(const uint8_t *payload, size_t bytes, size_t at,
                         struct pl_history_item *ret_item);

/* False: it is none of ours. Numbers are below PL_HISTORY_WORKLOADS_MAX. What terms do not say of the workload is left
 * as it is. */
bool pl_history_take_run(const struct pl_history_item *item,
                         struct pl_history_identity *ret_identity);
bool pl_history_take_workload(const struct pl_history_item *item, uint32_t *ret_number,
                              struct pl_history_workload *ret_workload);
bool pl_history_take_terms(const struct pl_history_item *item, uint32_t *ret_number,
                           struct pl_history_workload *workload);
bool pl_history_take_host(const struct pl_history_item *item, struct pl_history_host *ret_host);
bool pl_history_take_row(const struct pl_history_item *item, uint64_t boot_usec,
                         uint32_t *ret_number, struct pl_cgroup_sample *ret_sample);
bool pl_history_take_record(const struct pl_history_item *item,
                            struct pl_journal_record *ret_record);

/* ---- frames of a segment, one after the other ---- */

struct pl_history_frames {
        int fd; /* owned */
        struct pl_history_segment_header header;
        uint64_t size;   /* of the file when it was opened */
        uint64_t offset; /* of the next frame */
        uint64_t at;     /* of the one that was given last */
        uint64_t spoilt_bytes;
        uint8_t *buffer; /* the caller's, PL_HISTORY_PAYLOAD_MAX bytes, aligned to 8 */
};

/* With `write`, for a writer who goes on with it. As pl_history_open(). */
int pl_history_frames_open(int dir_fd, uint32_t number, bool write, uint8_t *buffer,
                           struct pl_history_frames *ret_frames);
void pl_history_frames_close(struct pl_history_frames *frames);

/* The next whose header is good. END; or an errno. */
int pl_history_frames_next(struct pl_history_frames *frames, struct pl_history_frame *ret_frame);
/* Its items, to the buffer. TORN; or an errno. */
int pl_history_frames_payload(struct pl_history_frames *frames,
                              const struct pl_history_frame *frame);

/* ---- for the writer's parts ---- */

enum {
        /* Of the cap: the largest segment, and what is kept free for rewriting one. */
        PL_HISTORY_PARTS = 8,
};

struct pl_history_writer;
struct pl_history_segment;

static inline bool pl_history_same_identity(const struct pl_history_identity *a,
                                            const struct pl_history_identity *b)
{
        return memcmp(a->boot_id, b->boot_id, sizeof a->boot_id) == 0 &&
               a->created_usec == b->created_usec;
}

/* There is one. */
struct pl_history_segment *pl_history_newest(struct pl_history_writer *writer);
/* Another segment, and so another run. */
int pl_history_begin_segment(struct pl_history_writer *writer, const struct pl_history_time *now);
/* The next frame begins another one. */
void pl_history_end_segment(struct pl_history_writer *writer);
/* Removes from the list and the disk. */
int pl_history_drop_oldest(struct pl_history_writer *writer);
/* Removes the oldest until so many bytes more are within the cap, also while a segment is rewritten; but not the one that is
 * written. NO_SPACE: that alone leaves no room. */
int pl_history_make_room(struct pl_history_writer *writer, uint64_t bytes);
/* All of it at this place of the file. */
int pl_history_write_at(int fd, const void *bytes, size_t size, uint64_t offset);
