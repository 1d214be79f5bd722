/* SPDX-License-Identifier: Apache-2.0 */

/* A segment is thinned into a new file that takes its name when it is whole and on the disk; who reads the old one meanwhile
 * goes on with it. Of each workload the first row in each quarter of an hour stays, and so do all acts, names and terms.
 *
 * Ages are of the clock on the wall, which may be wrong. That they are looked at once an hour, and for one segment, bounds
 * what an hour with a wrong clock can cost to one segment of two weeks.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "history.h"
#include "plimsoll/base/assert.h"
#include "plimsoll/base/clock.h"
#include "plimsoll/base/macro.h"
#include "plimsoll/journal/history_writer.h"

enum { MODE = 0640 };

#define TIDY_USEC PL_USEC_PER_HOUR

struct thinning {
        struct pl_history_frames from;
        int fd;
        uint64_t offset;
        uint32_t run;
        uint32_t *slots; /* by number; 0 is the host */
        uint8_t *to;     /* a frame */
};

/* ---- what stays ---- */

/* Whether it is the first one of this workload, or of the host, in its quarter of an hour. Slots count from 1. */
static bool is_first(struct thinning *thinning, uint32_t number, uint64_t realtime_usec)
{
        const uint32_t slot = (uint32_t) (realtime_usec / PL_HISTORY_SLOT_USEC) + 1;
        bool first;

        pl_assert(number < PL_HISTORY_WORKLOADS_MAX);

        first = thinning->slots[number] != slot;
        thinning->slots[number] = slot;
        return first;
}

static bool stays(struct thinning *thinning, const struct pl_history_frame *frame,
                  const struct pl_history_item *item)
{
        struct pl_cgroup_sample sample;
        uint32_t number;

        switch (item->kind) {
        case PL_HISTORY_HOST:
                return is_first(thinning, 0, frame->realtime_usec);
        case PL_HISTORY_ROW:
                return pl_history_take_row(item, frame->boot_usec, &number, &sample) &&
                       is_first(thinning, number, frame->realtime_usec);
        default:
                return true;
        }
}

static void forget_slots(struct thinning *thinning)
{
        memset(thinning->slots, 0, PL_HISTORY_WORKLOADS_MAX * sizeof *thinning->slots);
}

/* A frame of the same time with what stays; none where that is nothing. */
static int thin_frame(struct thinning *thinning, const struct pl_history_frame *frame)
{
        struct pl_history_frame *to = (struct pl_history_frame *) (void *) thinning->to;
        uint8_t *payload = thinning->to + sizeof *to;
        struct pl_history_item item;
        uint64_t bytes;
        int r;

        if (frame->run != thinning->run)
                forget_slots(thinning);
        thinning->run = frame->run;
        *to = *frame;
        to->bytes = to->kinds = 0;
        for (size_t at = 0; pl_history_cut_item(thinning->from.buffer, frame->bytes, at, &item);
             at += item.size)
                if (stays(thinning, frame, &item)) {
                        memcpy(payload + to->bytes, thinning->from.buffer + at, item.size);
                        to->bytes += (uint32_t) item.size;
                        to->kinds |= item.kind < 32 ? PL_HISTORY_BIT(item.kind) : 0;
                }
        if (to->bytes == 0)
                return 0;
        bytes = pl_history_frame_bytes(to);
        memset(payload + to->bytes, 0, bytes - sizeof *to - to->bytes);
        pl_history_seal_frame(to, payload, thinning->from.header.salt, thinning->offset);
        r = pl_history_write_at(thinning->fd, to, (size_t) bytes, thinning->offset);
        thinning->offset += bytes;
        return r;
}

static int thin_all(struct thinning *thinning, uint64_t realtime_usec)
{
        struct pl_history_segment_header header = thinning->from.header;
        struct pl_history_frame frame;
        int r;

        /* 0 would say that it was not. */
        header.thinned_usec = PL_MAX(realtime_usec, UINT64_C(1));
        pl_history_seal_segment(&header);
        r = pl_history_write_at(thinning->fd, &header, sizeof header, 0);
        thinning->offset = sizeof header;
        while (r == 0 && (r = pl_history_frames_next(&thinning->from, &frame)) == 0) {
                r = pl_history_frames_payload(&thinning->from, &frame);
                if (r == 0)
                        r = thin_frame(thinning, &frame);
                else if (r == PL_JOURNAL_E_TORN)
                        r = 0;
        }
        return r == PL_JOURNAL_E_END ? 0 : r;
}

/* ---- files ---- */

static int show(struct pl_history_writer *writer, int fd, uint32_t number)
{
        const struct pl_history_name new = pl_history_name(number, true),
                                     name = pl_history_name(number, false);

        if (fchmod(fd, MODE) < 0)
                return -errno;
        if (!writer->options.unsynced && fsync(fd) < 0)
                return -errno;
        if (renameat(writer->dir_fd, new.bytes, writer->dir_fd, name.bytes) < 0)
                return -errno;
        writer->dir_changed = true;
        return 0;
}

/* To a file that is open, whose size it then says. */
static int rewrite(struct pl_history_writer *writer, uint32_t number, uint64_t realtime_usec,
                   int fd, uint64_t *ret_bytes)
{
        struct thinning thinning = { .fd = fd, .to = writer->frame };
        int r = pl_history_frames_open(writer->dir_fd, number, false, writer->scratch,
                                       &thinning.from);

        if (r != 0)
                return r;
        thinning.slots = calloc(PL_HISTORY_WORKLOADS_MAX, sizeof *thinning.slots);
        r = thinning.slots ? thin_all(&thinning, realtime_usec) : -ENOMEM;
        free(thinning.slots);
        pl_history_frames_close(&thinning.from);
        *ret_bytes = thinning.offset;
        return r;
}

static int thin(struct pl_history_writer *writer, size_t index, uint64_t realtime_usec)
{
        struct pl_history_segment *segment = &writer->segments[index];
        const struct pl_history_name new = pl_history_name(segment->number, true);
        _cleanup_close_ int fd = openat(writer->dir_fd, new.bytes,
                                        O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, MODE);
        uint64_t bytes = 0;
        int r;

        if (fd < 0)
                return -errno;
        r = rewrite(writer, segment->number, realtime_usec, fd, &bytes);
        if (r == 0)
                r = show(writer, fd, segment->number);
        /* The frame was lent. */
        memset(writer->frame, 0, sizeof(struct pl_history_frame));
        if (r != 0) {
                (void) unlinkat(writer->dir_fd, new.bytes, 0);
                return r;
        }
        segment->thinned = true;
        writer->total_bytes -= segment->bytes;
        writer->total_bytes += bytes;
        segment->bytes = bytes;
        return 0;
}

/* ---- ages ---- */

/* When the next one was begun, this one had ended. */
static bool ended_before(const struct pl_history_writer *writer, size_t index, uint64_t now_usec,
                         uint64_t age_usec)
{
        const uint64_t ended_usec = writer->segments[index + 1].created_usec;

        return now_usec > ended_usec && now_usec - ended_usec > age_usec;
}

static int drop_one(struct pl_history_writer *writer, uint64_t now_usec, bool *done)
{
        if (writer->segment_count < 2 ||
            !ended_before(writer, 0, now_usec, writer->options.keep_usec))
                return 0;
        *done = true;
        return pl_history_drop_oldest(writer);
}

/* One that would go beyond the cap with its copy is left as it is: so large are those alone whose rows are sparse anyway.
 * One that cannot be read any more counts as thinned, so that it is not tried for ever. */
static int thin_one(struct pl_history_writer *writer, uint64_t now_usec, bool *done)
{
        for (size_t i = 0; i + 1 < writer->segment_count; i++) {
                struct pl_history_segment *segment = &writer->segments[i];
                int r;

                if (segment->thinned || !ended_before(writer, i, now_usec, PL_HISTORY_FINE_USEC))
                        continue;
                if (writer->total_bytes + segment->bytes > writer->options.size_bytes)
                        continue;
                *done = true;
                r = thin(writer, i, now_usec);
                if (r > 0)
                        segment->thinned = true;
                return r < 0 ? r : 0;
        }
        return 0;
}

int pl_history_tidy(struct pl_history_writer *writer, const struct pl_history_time *now)
{
        bool done = false;
        int r, thinned;

        pl_assert(((struct pl_history_frame *) (void *) writer->frame)->bytes == 0);

        if (writer->tidied_usec > 0 && now->boot_usec - writer->tidied_usec < TIDY_USEC)
                return 0;
        r = drop_one(writer, now->realtime_usec, &done);
        thinned = thin_one(writer, now->realtime_usec, &done);
        if (done)
                writer->tidied_usec = now->boot_usec;
        return r != 0 ? r : thinned;
}
