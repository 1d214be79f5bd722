/* SPDX-License-Identifier: Apache-2.0 */

/* Nothing has to be remembered between two writers but what the files say. The last good frame knows how far the acts of
 * which journal were recorded, and the next writer goes on there: an act is recorded once, whenever its recorder is killed.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file.h"
#include "history.h"
#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"
#include "plimsoll/journal/history_writer.h"

/* A run begins with its journal. Where that is lost nobody knows which one the numbers of its acts are of. */
static void follow_run(struct pl_history_mark *mark, const uint8_t *payload, size_t bytes)
{
        struct pl_history_identity identity = {};
        struct pl_history_item item;

        if (pl_history_cut_item(payload, bytes, 0, &item))
                (void) pl_history_take_run(&item, &identity);
        if (!pl_history_same_identity(&mark->identity, &identity))
                mark->host_boot_usec = 0;
        mark->identity = identity;
}

/* What a segment's frames say, and where the last good one ends. */
static int follow(struct pl_history_frames *frames, struct pl_history_mark *mark, uint64_t *ret_end)
{
        struct pl_history_frame frame;
        int r;

        *ret_end = sizeof frames->header;
        while ((r = pl_history_frames_next(frames, &frame)) == 0) {
                r = pl_history_frames_payload(frames, &frame);
                if (r == PL_JOURNAL_E_TORN)
                        continue;
                if (r != 0)
                        return r;
                if (frame.run != mark->run)
                        follow_run(mark, frames->buffer, frame.bytes);
                if (frame.kinds & PL_HISTORY_BIT(PL_HISTORY_HOST))
                        mark->host_boot_usec = frame.boot_usec;
                mark->run = frame.run;
                mark->acts_next = frame.acts_next;
                *ret_end = frames->at + pl_history_frame_bytes(&frame);
        }
        return r == PL_JOURNAL_E_END ? 0 : r;
}

/* Goes on with the newest segment, behind what is good in it. One without a good frame has no mark: then the one before it
 * is asked for that alone. */
static int go_on(struct pl_history_writer *writer, size_t index)
{
        struct pl_history_segment *segment = &writer->segments[index];
        const bool last = index + 1 == writer->segment_count;
        struct pl_history_frames frames;
        uint64_t end = 0;
        int r = pl_history_frames_open(writer->dir_fd, segment->number, last, writer->scratch,
                                       &frames);

        if (r != 0)
                return r < 0 ? r : 0;
        r = follow(&frames, &writer->mark, &end);
        if (r == 0 && last && !segment->thinned) {
                writer->cut_bytes = segment->bytes - end;
                if (writer->cut_bytes > 0 && ftruncate(frames.fd, (off_t) end) < 0)
                        r = -errno;
                else {
                        writer->total_bytes -= writer->cut_bytes;
                        segment->bytes = end;
                        writer->salt = frames.header.salt;
                        writer->fd = PL_TAKE_FD(frames.fd);
                }
        }
        pl_history_frames_close(&frames);
        return r;
}

/* A file that ends before its header does holds nothing: its writer was stopped as it began. */
static int add_segment(struct pl_history_writer *writer, uint32_t number)
{
        const struct pl_history_name name = pl_history_name(number, false);
        struct pl_history_segment segment = { .number = number };
        struct pl_history_frames frames;
        struct stat status;
        int r;

        if (fstatat(writer->dir_fd, name.bytes, &status, AT_SYMLINK_NOFOLLOW) < 0)
                return -errno;
        if (!S_ISREG(status.st_mode) ||
            (uint64_t) status.st_size < sizeof(struct pl_history_segment_header))
                return unlinkat(writer->dir_fd, name.bytes, 0) < 0 ? -errno : 0;
        segment.bytes = (uint64_t) status.st_size;
        r = pl_history_frames_open(writer->dir_fd, number, false, writer->scratch, &frames);
        if (r < 0)
                return r;
        segment.thinned = r != 0 || frames.header.thinned_usec != 0;
        if (r == 0)
                segment.created_usec = frames.header.created_usec;
        else if (writer->segment_count > 0)
                segment.created_usec = pl_history_newest(writer)->created_usec;
        if (r == 0)
                pl_history_frames_close(&frames);
        writer->segments[writer->segment_count++] = segment;
        writer->total_bytes += segment.bytes;
        return 0;
}

static int take_stock(struct pl_history_writer *writer)
{
        struct pl_history_list list;
        int r = pl_history_remove_new(writer->dir_fd);

        if (r == 0)
                r = pl_history_list(writer->dir_fd, &list);
        for (size_t i = 0; r == 0 && i < list.count; i++)
                r = add_segment(writer, list.numbers[i]);
        for (size_t i = writer->segment_count; r == 0 && i > 0 && writer->mark.run == 0; i--)
                r = go_on(writer, i - 1);
        writer->acts_next = writer->mark.acts_next;
        return r;
}

int pl_history_writer_open(int dir_fd, const struct pl_history_options *options,
                           struct pl_history_writer *ret_writer)
{
        struct pl_history_writer *writer = ret_writer;
        int r;

        pl_assert(options->size_bytes >= PL_HISTORY_SIZE_MIN);
        pl_assert(options->size_bytes <= PL_HISTORY_SIZE_MAX);

        *writer = (struct pl_history_writer){
                .options = *options, .dir_fd = dir_fd, .lock_fd = -1, .fd = -1, .broken = true
        };
        r = pl_file_lock(dir_fd, "history", &writer->lock_fd);
        if (r == 0) {
                writer->frame = malloc(sizeof(struct pl_history_frame) + PL_HISTORY_PAYLOAD_MAX);
                writer->scratch = malloc(PL_HISTORY_PAYLOAD_MAX);
                r = writer->frame && writer->scratch ? take_stock(writer) : -ENOMEM;
        }
        if (r != 0)
                pl_history_writer_close(writer);
        else
                memset(writer->frame, 0, sizeof(struct pl_history_frame));
        return r;
}

void pl_history_writer_close(struct pl_history_writer *writer)
{
        pl_cleanup_close(&writer->fd);
        pl_cleanup_close(&writer->lock_fd);
        free(writer->frame);
        free(writer->scratch);
        *writer = (struct pl_history_writer){ .lock_fd = -1, .fd = -1 };
}
