/* SPDX-License-Identifier: Apache-2.0 */

#include "plimsoll/journal/history_writer.h"

#include <string.h>
#include <unistd.h>

#include "act.h"
#include "history.h"
#include "plimsoll/base/assert.h"
#include "plimsoll/base/clock.h"
#include "plimsoll/base/macro.h"
#include "plimsoll/model/bounds.h"

static struct pl_history_frame *head_of(struct pl_history_writer *writer)
{
        return (struct pl_history_frame *) (void *) writer->frame;
}

static uint8_t *payload_of(struct pl_history_writer *writer)
{
        return writer->frame + sizeof(struct pl_history_frame);
}

/* What is in the frame was never there. */
static int give_up(struct pl_history_writer *writer, int error)
{
        head_of(writer)->bytes = 0;
        writer->acts_next = writer->mark.acts_next;
        writer->broken = true;
        return error;
}

/* Half a frame is taken back, so that what comes next follows what is good. */
static int append(struct pl_history_writer *writer, uint64_t bytes)
{
        struct pl_history_segment *segment;
        int r = pl_history_make_room(writer, bytes);

        segment = pl_history_newest(writer);
        if (r != 0)
                return r;
        pl_history_seal_frame(head_of(writer), payload_of(writer), writer->salt, segment->bytes);
        r = pl_history_write_at(writer->fd, writer->frame, (size_t) bytes, segment->bytes);
        if (r != 0) {
                if (ftruncate(writer->fd, (off_t) segment->bytes) < 0)
                        pl_history_end_segment(writer);
                return r;
        }
        segment->bytes += bytes;
        writer->total_bytes += bytes;
        return 0;
}

static int flush(struct pl_history_writer *writer)
{
        struct pl_history_frame *frame = head_of(writer);
        const uint64_t bytes = pl_history_frame_bytes(frame);
        int r;

        if (frame->bytes == 0)
                return 0;
        pl_assert(writer->fd >= 0);
        memset(payload_of(writer) + frame->bytes, 0, bytes - sizeof *frame - frame->bytes);
        frame->acts_next = writer->acts_next;
        r = append(writer, bytes);
        if (r != 0)
                return give_up(writer, r);
        if (frame->kinds & PL_HISTORY_BIT(PL_HISTORY_HOST))
                writer->mark.host_boot_usec = frame->boot_usec;
        writer->mark.acts_next = writer->acts_next;
        frame->bytes = frame->kinds = 0;
        return 0;
}

int pl_history_end(struct pl_history_writer *writer)
{
        return flush(writer);
}

/* Where the next item goes. */
static int room(struct pl_history_writer *writer, uint8_t **ret_to)
{
        const struct pl_history_frame *frame = head_of(writer);

        pl_assert(frame->run != 0);

        if (frame->bytes + PL_HISTORY_ITEM_MAX > PL_HISTORY_PAYLOAD_MAX) {
                int r = flush(writer);

                if (r != 0)
                        return r;
        }
        *ret_to = payload_of(writer) + frame->bytes;
        return 0;
}

static void added(struct pl_history_writer *writer, enum pl_history_kind kind, size_t size)
{
        struct pl_history_frame *frame = head_of(writer);

        frame->bytes += (uint32_t) size;
        frame->kinds |= PL_HISTORY_BIT(kind);
        pl_assert(frame->bytes <= PL_HISTORY_PAYLOAD_MAX);
}

static int begin_run(struct pl_history_writer *writer, const struct pl_history_identity *identity)
{
        struct pl_history_mark *mark = &writer->mark;
        uint8_t *to;
        int r;

        if (!pl_history_same_identity(&mark->identity, identity))
                *mark = (struct pl_history_mark){ .identity = *identity, .run = mark->run };
        /* 0 is no run, also after four thousand million of them. */
        mark->run = mark->run == UINT32_MAX ? 1 : mark->run + 1;
        head_of(writer)->run = mark->run;
        writer->acts_next = mark->acts_next;
        writer->number_count = 0;
        writer->broken = false;
        r = room(writer, &to);
        if (r == 0)
                added(writer, PL_HISTORY_RUN, pl_history_put_run(to, identity));
        return r;
}

static bool segment_is_full(struct pl_history_writer *writer, const struct pl_history_time *now)
{
        const struct pl_history_segment *segment = pl_history_newest(writer);
        const uint64_t before = PL_MIN(segment->created_usec, now->realtime_usec),
                       after = PL_MAX(segment->created_usec, now->realtime_usec);

        return segment->bytes >= writer->options.size_bytes / PL_HISTORY_PARTS ||
               after - before >= PL_HISTORY_SEGMENT_USEC;
}

int pl_history_begin(struct pl_history_writer *writer, const struct pl_history_time *now,
                     const struct pl_history_identity *identity)
{
        int r = 0;

        pl_assert(head_of(writer)->bytes == 0);

        if (writer->fd < 0 || segment_is_full(writer, now))
                r = pl_history_begin_segment(writer, now);
        if (r != 0)
                return r;
        *head_of(writer) = (struct pl_history_frame){ .realtime_usec = now->realtime_usec,
                                                      .boot_usec = now->boot_usec,
                                                      .run = writer->mark.run };
        if (writer->broken || !pl_history_same_identity(&writer->mark.identity, identity) ||
            writer->number_count + PL_WORKLOADS_MAX >= PL_HISTORY_WORKLOADS_MAX)
                r = begin_run(writer, identity);
        return r;
}

/* ---- items ---- */

uint32_t pl_history_take_number(struct pl_history_writer *writer)
{
        pl_assert(writer->number_count + 1 < PL_HISTORY_WORKLOADS_MAX);

        return ++writer->number_count;
}

int pl_history_add_workload(struct pl_history_writer *writer, uint32_t number,
                            const struct pl_history_workload *workload)
{
        uint8_t *to;
        int r = room(writer, &to);

        if (r == 0)
                added(writer, PL_HISTORY_WORKLOAD, pl_history_put_workload(to, number, workload));
        return r;
}

int pl_history_add_terms(struct pl_history_writer *writer, uint32_t number,
                         const struct pl_history_workload *workload)
{
        uint8_t *to;
        int r = room(writer, &to);

        if (r == 0)
                added(writer, PL_HISTORY_TERMS, pl_history_put_terms(to, number, workload));
        return r;
}

int pl_history_add_host(struct pl_history_writer *writer, const struct pl_history_host *host)
{
        uint8_t *to;
        int r = room(writer, &to);

        if (r == 0)
                added(writer, PL_HISTORY_HOST, pl_history_put_host(to, host));
        return r;
}

int pl_history_add_row(struct pl_history_writer *writer, uint32_t number,
                       const struct pl_cgroup_sample *sample, uint64_t *added_bytes)
{
        uint8_t *to;
        size_t size;
        int r = room(writer, &to);

        if (r != 0)
                return r;
        size = pl_history_put_row(to, number, head_of(writer)->boot_usec, sample);
        added(writer, PL_HISTORY_ROW, size);
        *added_bytes += size;
        return 0;
}

int pl_history_add_record(struct pl_history_writer *writer, const struct pl_journal_record *record)
{
        uint8_t *to;
        int r = room(writer, &to);

        if (r != 0)
                return r;
        added(writer, PL_HISTORY_ACT, pl_history_put_record(to, record));
        writer->acts_next = record->sequence + 1;
        return 0;
}

int pl_history_add_gap(struct pl_history_writer *writer, const struct pl_journal_gap *gap,
                       uint64_t next)
{
        const struct pl_journal_act act = { .at_usec = head_of(writer)->boot_usec,
                                            .type = PL_JOURNAL_GAP,
                                            .gap = *gap };
        struct pl_journal_record record;

        pl_assert(next > 1);

        pl_act_encode(&act, &record);
        record.sequence = next - 1;
        return pl_history_add_record(writer, &record);
}
