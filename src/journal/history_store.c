/* SPDX-License-Identifier: Apache-2.0 */

/* The cap counts an eighth that is kept free for the rewriting of a segment, so that with the copy, too, it is kept. */

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "history.h"
#include "plimsoll/base/assert.h"
#include "plimsoll/base/clock.h"
#include "plimsoll/base/macro.h"
#include "plimsoll/journal/history_writer.h"

enum { MODE = 0640 };

struct pl_history_segment *pl_history_newest(struct pl_history_writer *writer)
{
        pl_assert(writer->segment_count > 0);

        return &writer->segments[writer->segment_count - 1];
}

int pl_history_write_at(int fd, const void *bytes, size_t size, uint64_t offset)
{
        while (size > 0) {
                ssize_t count = pwrite(fd, bytes, size, (off_t) offset);

                if (count < 0 && errno == EINTR)
                        continue;
                if (count < 0)
                        return -errno;
                bytes = (const char *) bytes + count;
                size -= (size_t) count;
                offset += (uint64_t) count;
        }
        return 0;
}

int pl_history_drop_oldest(struct pl_history_writer *writer)
{
        const struct pl_history_segment *oldest = &writer->segments[0];

        pl_assert(writer->segment_count > 0);

        if (unlinkat(writer->dir_fd, pl_history_name(oldest->number, false).bytes, 0) < 0 &&
            errno != ENOENT)
                return -errno;
        pl_assert(writer->total_bytes >= oldest->bytes);
        writer->total_bytes -= oldest->bytes;
        writer->segment_count--;
        memmove(writer->segments, writer->segments + 1,
                writer->segment_count * sizeof *writer->segments);
        return 0;
}

int pl_history_make_room(struct pl_history_writer *writer, uint64_t bytes)
{
        const uint64_t size = writer->options.size_bytes, budget = size - size / PL_HISTORY_PARTS;
        int r = 0;

        while (r == 0 && writer->total_bytes + bytes > budget &&
               writer->segment_count > (writer->fd >= 0 ? 1U : 0U))
                r = pl_history_drop_oldest(writer);
        if (r != 0)
                return r;
        return writer->total_bytes + bytes > budget ? PL_JOURNAL_E_NO_SPACE : 0;
}

void pl_history_end_segment(struct pl_history_writer *writer)
{
        pl_cleanup_close(&writer->fd);
        writer->fd = -1;
        writer->broken = true;
}

static uint64_t any_number(void)
{
        uint64_t number = 0;

        /* Without the kernel's help names of containers could look like frames, to somebody who knows the clock. */
        if (getrandom(&number, sizeof number, GRND_NONBLOCK) != (ssize_t) sizeof number)
                number = pl_clock_now_usec();
        return number;
}

static int make_file(struct pl_history_writer *writer,
                     const struct pl_history_segment_header *header, int *ret_fd)
{
        const struct pl_history_name name = pl_history_name((uint32_t) header->number, false);
        _cleanup_close_ int fd = openat(writer->dir_fd, name.bytes,
                                        O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, MODE);
        int r;

        if (fd < 0)
                return -errno;
        r = fchmod(fd, MODE) < 0 ? -errno : 0;
        if (r == 0)
                r = pl_history_write_at(fd, header, sizeof *header, 0);
        if (r != 0) {
                (void) unlinkat(writer->dir_fd, name.bytes, 0);
                return r;
        }
        *ret_fd = PL_TAKE_FD(fd);
        return 0;
}

int pl_history_begin_segment(struct pl_history_writer *writer, const struct pl_history_time *now)
{
        struct pl_history_segment_header header = {
                .number = writer->segment_count > 0
                                  ? pl_history_newest(writer)->number + UINT64_C(1)
                                  : 1,
                .created_usec = now->realtime_usec,
                .salt = any_number(),
        };
        int r;

        pl_history_end_segment(writer);
        if (header.number > UINT32_MAX)
                return -EOVERFLOW;
        r = writer->segment_count == PL_HISTORY_SEGMENTS_MAX ? pl_history_drop_oldest(writer) : 0;
        if (r == 0)
                r = pl_history_make_room(writer, sizeof header);
        pl_history_seal_segment(&header);
        if (r == 0)
                r = make_file(writer, &header, &writer->fd);
        if (r != 0)
                return r;

        writer->salt = header.salt;
        writer->dir_changed = true;
        writer->segments[writer->segment_count++] = (struct pl_history_segment){
                .bytes = sizeof header,
                .created_usec = header.created_usec,
                .number = (uint32_t) header.number
        };
        writer->total_bytes += sizeof header;
        return 0;
}

int pl_history_sync(struct pl_history_writer *writer)
{
        if (writer->options.unsynced || writer->fd < 0)
                return 0;
        if (fdatasync(writer->fd) < 0) {
                int error = -errno;

                /* What was not written is forgotten by the kernel: another file may lie elsewhere. */
                pl_history_end_segment(writer);
                return error;
        }
        if (writer->dir_changed && fsync(writer->dir_fd) < 0)
                return -errno;
        writer->dir_changed = false;
        return 0;
}
