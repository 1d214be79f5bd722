/* SPDX-License-Identifier: Apache-2.0 */

/* Names belong to a run, and every frame says of which run it is. So when the frame with a name is spoilt, rows that need it
 * are passed over, and none is ever given to somebody who had that number in another run.
 *
 * Acts are kept as the records they had in the ring. They are put into a small ring in memory and read from there by the
 * cursor that reads any ring, so that there is one decoder of acts and a spoilt one is found out as anywhere.
 */

#include <errno.h>
#include <string.h>

#include "history.h"
#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"
#include "plimsoll/journal/cursor.h"
#include "ring.h"

enum {
        /* A decision with 64 candidates whose names are of the longest has 40 records. */
        RECORDS = 64,
        RECORDS_OFFSET = 512,
        IMAGE_BYTES = RECORDS_OFFSET + RECORDS * PL_JOURNAL_RECORD_BYTES,
        WORKLOADS_FIRST = 64,
};

#define NEEDED_FOR_NAMES                                                                           \
        (PL_HISTORY_BIT(PL_HISTORY_RUN) | PL_HISTORY_BIT(PL_HISTORY_WORKLOAD) |                    \
         PL_HISTORY_BIT(PL_HISTORY_TERMS))

/* Records of an act on their way to being one. */
struct ring {
        struct pl_journal_reader reader;
        uint64_t next;     /* number of the next record in this ring */
        uint64_t first;    /* of the act's first; 0: there is none */
        uint64_t sequence; /* that its first record had in the journal */
        _Atomic uint64_t words[IMAGE_BYTES / sizeof(uint64_t)];
};

struct pl_history_reader {
        struct pl_history_frames frames;
        struct pl_history_range range;
        struct pl_history_frame frame;
        size_t at; /* of the next item in the frame */
        uint32_t run;
        struct pl_history_identity identity;
        struct pl_history_workload *workloads; /* owned, by number; id 0: no such */
        uint32_t capacity;
        struct pl_history_host host;
        struct pl_cgroup_sample sample;
        struct pl_journal_act act;
        struct ring ring;
        uint64_t buffer[PL_HISTORY_PAYLOAD_MAX / sizeof(uint64_t)];
};

/* ---- names ---- */

static int grow(struct pl_history_reader *reader, uint32_t number)
{
        uint32_t capacity = PL_MAX(reader->capacity, UINT32_C(1) * WORKLOADS_FIRST);
        struct pl_history_workload *workloads;

        pl_assert(number < PL_HISTORY_WORKLOADS_MAX);

        while (capacity <= number)
                capacity *= 2;
        if (capacity == reader->capacity)
                return 0;
        workloads = reallocarray(reader->workloads, capacity, sizeof *workloads);
        if (!workloads)
                return -ENOMEM;
        memset(workloads + reader->capacity, 0, (capacity - reader->capacity) * sizeof *workloads);
        reader->workloads = workloads;
        reader->capacity = capacity;
        return 0;
}

static void forget_names(struct pl_history_reader *reader)
{
        for (uint32_t i = 0; i < reader->capacity; i++)
                reader->workloads[i].id = 0;
        reader->identity = (struct pl_history_identity){};
}

static struct pl_history_workload *find(struct pl_history_reader *reader, uint32_t number)
{
        return number < reader->capacity && reader->workloads[number].id != 0
                       ? &reader->workloads[number]
                       : NULL;
}

/* ---- acts ---- */

static void ring_init(struct ring *ring)
{
        struct pl_journal_layout *layout = &ring->reader.layout;

        layout->file_bytes = IMAGE_BYTES;
        layout->ring_offset[PL_JOURNAL_ACTS] = RECORDS_OFFSET;
        layout->ring_capacity[PL_JOURNAL_ACTS] = RECORDS;
        ring->reader.words = ring->words;
        ring->next = 1;
}

/* Takes a record; true when an act is complete with it, and good. */
static bool ring_take(struct ring *ring, struct pl_journal_record *record,
                      struct pl_journal_act *ret_act)
{
        const bool last = record->flags & PL_JOURNAL_LAST;
        struct pl_journal_cursor cursor;

        if (record->part == 0) {
                ring->first = ring->next;
                ring->sequence = record->sequence;
        }
        /* Parts that do not follow each other are not of one act. */
        if (ring->first == 0 || record->part >= RECORDS ||
            record->part != ring->next - ring->first) {
                ring->first = 0;
                return false;
        }
        pl_ring_write(ring->words, &ring->reader.layout, PL_JOURNAL_ACTS, ring->next, record);
        ring->next++;
        if (!last)
                return false;
        pl_ring_publish(ring->words, PL_JOURNAL_ACTS, ring->next - 1);
        cursor = pl_journal_cursor_at(&ring->reader, PL_JOURNAL_ACTS, ring->first);
        ring->first = 0;
        if (pl_journal_next_act(&cursor, ret_act) != 0)
                return false;
        ret_act->sequence = ring->sequence;
        return true;
}

/* ---- items ---- */

static bool is_within(const struct pl_history_reader *reader, uint64_t realtime_usec)
{
        return realtime_usec >= reader->range.from_usec && realtime_usec <= reader->range.to_usec;
}

/* 0 when there is an entry, END when not: the item said something that is needed later, or nothing. */
static int take_workload(struct pl_history_reader *reader, const struct pl_history_item *item,
                         struct pl_history_entry *entry)
{
        struct pl_history_workload workload;
        uint32_t number;
        int r;

        if (!pl_history_take_workload(item, &number, &workload))
                return PL_JOURNAL_E_END;
        r = grow(reader, number);
        if (r != 0)
                return r;
        reader->workloads[number] = workload;
        entry->workload = &reader->workloads[number];
        return 0;
}

static int take_terms(struct pl_history_reader *reader, const struct pl_history_item *item,
                      struct pl_history_entry *entry)
{
        struct pl_history_workload terms = {}, *workload;
        uint32_t number;

        if (!pl_history_take_terms(item, &number, &terms))
                return PL_JOURNAL_E_END;
        workload = find(reader, number);
        if (!workload)
                return PL_JOURNAL_E_END;
        (void) pl_history_take_terms(item, &number, workload);
        entry->workload = workload;
        return 0;
}

static int take_row(struct pl_history_reader *reader, const struct pl_history_item *item,
                    struct pl_history_entry *entry)
{
        uint32_t number;

        if (!pl_history_take_row(item, reader->frame.boot_usec, &number, &reader->sample))
                return PL_JOURNAL_E_END;
        entry->workload = find(reader, number);
        entry->sample = &reader->sample;
        return entry->workload ? 0 : PL_JOURNAL_E_END;
}

static int take_act(struct pl_history_reader *reader, const struct pl_history_item *item,
                    struct pl_history_entry *entry)
{
        struct pl_journal_record record;

        if (!pl_history_take_record(item, &record) ||
            !ring_take(&reader->ring, &record, &reader->act))
                return PL_JOURNAL_E_END;
        entry->act = &reader->act;
        return 0;
}

static int take_item(struct pl_history_reader *reader, const struct pl_history_item *item,
                     struct pl_history_entry *entry)
{
        switch (item->kind) {
        case PL_HISTORY_RUN:
                return pl_history_take_run(item, &reader->identity) ? 0 : PL_JOURNAL_E_END;
        case PL_HISTORY_WORKLOAD:
                return take_workload(reader, item, entry);
        case PL_HISTORY_TERMS:
                return take_terms(reader, item, entry);
        case PL_HISTORY_HOST:
                entry->host = &reader->host;
                return pl_history_take_host(item, &reader->host) ? 0 : PL_JOURNAL_E_END;
        case PL_HISTORY_ROW:
                return take_row(reader, item, entry);
        case PL_HISTORY_ACT:
                return take_act(reader, item, entry);
        default: /* of a later version, which keeps what was there before as it is */
                return PL_JOURNAL_E_END;
        }
}

static bool is_wanted(const struct pl_history_reader *reader, const struct pl_history_entry *entry)
{
        uint64_t realtime_usec = entry->at.realtime_usec;

        if (!(reader->range.kinds & PL_HISTORY_BIT(entry->kind)))
                return false;
        /* Acts of hours may be recorded at once, by a recorder that was not there before. */
        if (entry->kind == PL_HISTORY_ACT)
                realtime_usec = pl_history_realtime(&entry->at, entry->act->at_usec);
        return is_within(reader, realtime_usec);
}

/* What is left of the frame. END at its end. */
static int next_item(struct pl_history_reader *reader, struct pl_history_entry *ret_entry)
{
        struct pl_history_item item;

        while (pl_history_cut_item((const uint8_t *) reader->buffer, reader->frame.bytes,
                                   reader->at, &item)) {
                struct pl_history_entry entry = {
                        .kind = item.kind,
                        .at = { reader->frame.realtime_usec, reader->frame.boot_usec },
                };
                int r = take_item(reader, &item, &entry);

                reader->at += item.size;
                if (r != 0 && r != PL_JOURNAL_E_END)
                        return r;
                entry.identity = reader->identity;
                if (r == 0 && is_wanted(reader, &entry)) {
                        *ret_entry = entry;
                        return 0;
                }
        }
        return PL_JOURNAL_E_END;
}

/* ---- frames ---- */

static bool is_needed(const struct pl_history_reader *reader, const struct pl_history_frame *frame)
{
        if (frame->kinds & NEEDED_FOR_NAMES)
                return true;
        if (!(frame->kinds & reader->range.kinds))
                return false;
        return frame->kinds & PL_HISTORY_BIT(PL_HISTORY_ACT) ||
               is_within(reader, frame->realtime_usec);
}

/* The next frame that has something for us, at its first item. */
static int next_frame(struct pl_history_reader *reader)
{
        struct pl_history_frame frame;
        int r;

        /* Each turn moves on in the file. */
        while ((r = pl_history_frames_next(&reader->frames, &frame)) == 0) {
                if (frame.run != reader->run)
                        forget_names(reader);
                reader->run = frame.run;
                if (!is_needed(reader, &frame))
                        continue;
                r = pl_history_frames_payload(&reader->frames, &frame);
                if (r == PL_JOURNAL_E_TORN)
                        continue;
                reader->frame = frame;
                reader->at = 0;
                return r;
        }
        return r;
}

int pl_history_next(struct pl_history_reader *reader, struct pl_history_entry *ret_entry)
{
        pl_assert(reader);
        pl_assert(ret_entry);

        for (;;) {
                int r = next_item(reader, ret_entry);

                if (r != PL_JOURNAL_E_END)
                        return r;
                reader->frame.bytes = 0;
                reader->at = 0;
                r = next_frame(reader);
                if (r != 0)
                        return r;
        }
}

int pl_history_open(int dir_fd, uint32_t number, const struct pl_history_range *range,
                    struct pl_history_reader **ret_reader)
{
        struct pl_history_reader *reader = calloc(1, sizeof *reader);
        int r;

        pl_assert(number > 0);
        pl_assert(range);
        pl_assert(ret_reader);

        if (!reader)
                return -ENOMEM;
        r = pl_history_frames_open(dir_fd, number, false, (uint8_t *) reader->buffer,
                                   &reader->frames);
        if (r != 0) {
                free(reader);
                return r;
        }
        reader->range = *range;
        ring_init(&reader->ring);
        *ret_reader = reader;
        return 0;
}

struct pl_history_reader *pl_history_close(struct pl_history_reader *reader)
{
        if (!reader)
                return NULL;
        pl_history_frames_close(&reader->frames);
        free(reader->workloads);
        free(reader);
        return NULL;
}

uint64_t pl_history_spoilt_bytes(const struct pl_history_reader *reader)
{
        pl_assert(reader);

        return reader->frames.spoilt_bytes;
}
