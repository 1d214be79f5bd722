/* SPDX-License-Identifier: Apache-2.0 */

/* A frame's header has a check of its own, so that whoever looks for one thing can go from header to header without reading
 * what lies between. Where a header is spoilt the next good one is looked for, at every whole word: a damaged sector costs
 * the frames that it was in.
 */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "history.h"
#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"

enum {
        /* Names that are looked at: somebody else's files beside ours do not make it endless. */
        NAMES_MAX = 65536,
};

/* ---- the directory ---- */

/* What to do with a number. Not 0 ends it. */
typedef int list_function(int dir_fd, uint32_t number, bool new, void *userdata);

static int each_name(int dir_fd, list_function *function, void *userdata)
{
        _cleanup_close_ int fd = openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        DIR *directory = fd < 0 ? NULL : fdopendir(fd);
        struct dirent *entry;
        int r = 0;

        if (!directory)
                return -errno;
        (void) PL_TAKE_FD(fd);
        errno = 0;
        for (int i = 0; i < NAMES_MAX && r == 0 && (entry = readdir(directory)); i++) {
                bool new;
                uint32_t number = pl_history_number(pl_span_of(entry->d_name), &new);

                if (number > 0)
                        r = function(dir_fd, number, new, userdata);
                errno = 0;
        }
        if (r == 0 && errno != 0)
                r = -errno;
        (void) closedir(directory);
        return r;
}

static int list(int dir_fd, uint32_t number, bool new, void *userdata)
{
        struct pl_history_list *numbers = userdata;

        (void) dir_fd;
        if (new)
                return 0;
        if (numbers->count == PL_HISTORY_SEGMENTS_MAX)
                return PL_JOURNAL_E_TOO_LONG;
        numbers->numbers[numbers->count++] = number;
        return 0;
}

static int compare(const void *a, const void *b)
{
        const uint32_t *left = a, *right = b;

        return (*left > *right) - (*left < *right);
}

int pl_history_list(int dir_fd, struct pl_history_list *ret_list)
{
        int r;

        pl_assert(ret_list);

        ret_list->count = 0;
        r = each_name(dir_fd, list, ret_list);
        if (r == 0)
                qsort(ret_list->numbers, ret_list->count, sizeof *ret_list->numbers, compare);
        return r;
}

static int remove_new(int dir_fd, uint32_t number, bool new, void *userdata)
{
        (void) userdata;
        if (!new || unlinkat(dir_fd, pl_history_name(number, true).bytes, 0) == 0)
                return 0;
        return -errno;
}

int pl_history_remove_new(int dir_fd)
{
        return each_name(dir_fd, remove_new, NULL);
}

/* ---- a segment ---- */

static int open_file(int dir_fd, uint32_t number, bool write, int *ret_fd)
{
        int flags = O_CLOEXEC | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK | (write ? O_RDWR : O_RDONLY);
        int fd = openat(dir_fd, pl_history_name(number, false).bytes, flags);

        if (fd < 0)
                switch (errno) {
                case ENOENT:
                        return PL_JOURNAL_E_ABSENT;
                case EACCES:
                case EPERM:
                        return PL_JOURNAL_E_DENIED;
                case ELOOP:  /* a symbolic link */
                case EISDIR: /* a directory */
                case ENXIO:  /* a socket */
                        return PL_JOURNAL_E_FOREIGN;
                default:
                        return -errno;
                }
        *ret_fd = fd;
        return 0;
}

/* As much as there is, up to `size`. */
static int read_at(int fd, void *bytes, size_t size, uint64_t offset, size_t *ret_length)
{
        size_t length = 0;

        while (length < size) {
                ssize_t count = pread(fd, (char *) bytes + length, size - length,
                                      (off_t) (offset + length));

                if (count < 0 && errno == EINTR)
                        continue;
                if (count < 0)
                        return -errno;
                if (count == 0)
                        break;
                length += (size_t) count;
        }
        *ret_length = length;
        return 0;
}

int pl_history_frames_open(int dir_fd, uint32_t number, bool write, uint8_t *buffer,
                           struct pl_history_frames *ret_frames)
{
        struct pl_history_frames frames = { .buffer = buffer, .offset = sizeof frames.header };
        _cleanup_close_ int fd = -1;
        struct stat status;
        size_t length;
        int r;

        pl_assert(buffer && (uintptr_t) buffer % sizeof(uint64_t) == 0);

        r = open_file(dir_fd, number, write, &fd);
        if (r != 0)
                return r;
        if (fstat(fd, &status) < 0)
                return -errno;
        if (!S_ISREG(status.st_mode))
                return PL_JOURNAL_E_FOREIGN;
        frames.size = PL_MIN((uint64_t) status.st_size, PL_HISTORY_SEGMENT_BYTES_MAX);
        r = read_at(fd, &frames.header, sizeof frames.header, 0, &length);
        if (r == 0)
                r = length < sizeof frames.header
                            ? PL_JOURNAL_E_FOREIGN
                            : pl_history_check_segment(&frames.header, number);
        if (r != 0)
                return r;

        frames.fd = PL_TAKE_FD(fd);
        *ret_frames = frames;
        return 0;
}

void pl_history_frames_close(struct pl_history_frames *frames)
{
        pl_cleanup_close(&frames->fd);
        frames->fd = -1;
}

/* Moves on to a place where a good header is. */
static int find_next(struct pl_history_frames *frames)
{
        struct pl_history_frame frame;
        const uint64_t spoilt_at = frames->offset;
        size_t length, i;
        int r;

        while (frames->offset < frames->size) {
                r = read_at(frames->fd, frames->buffer, PL_HISTORY_PAYLOAD_MAX, frames->offset,
                            &length);
                if (r != 0)
                        return r;
                for (i = 0; i + sizeof frame <= length; i += sizeof(uint64_t)) {
                        memcpy(&frame, frames->buffer + i, sizeof frame);
                        if (pl_history_frame_is_good(&frame, frames->header.salt,
                                                     frames->offset + i)) {
                                frames->offset += i;
                                frames->spoilt_bytes += frames->offset - spoilt_at;
                                return 0;
                        }
                }
                if (i == 0)
                        break;
                frames->offset += i;
        }
        return PL_JOURNAL_E_END;
}

int pl_history_frames_next(struct pl_history_frames *frames, struct pl_history_frame *ret_frame)
{
        /* One look, and one more where it is found. */
        for (int look = 0; look < 2; look++) {
                size_t length;
                int r;

                if (frames->offset >= frames->size)
                        return PL_JOURNAL_E_END;
                r = read_at(frames->fd, ret_frame, sizeof *ret_frame, frames->offset, &length);
                if (r != 0)
                        return r;
                if (length < sizeof *ret_frame)
                        return PL_JOURNAL_E_END;
                if (pl_history_frame_is_good(ret_frame, frames->header.salt, frames->offset)) {
                        frames->at = frames->offset;
                        frames->offset += pl_history_frame_bytes(ret_frame);
                        return 0;
                }
                r = find_next(frames);
                if (r != 0)
                        return r;
        }
        /* It was there a moment ago: somebody writes where nobody should. */
        return PL_JOURNAL_E_END;
}

int pl_history_frames_payload(struct pl_history_frames *frames,
                              const struct pl_history_frame *frame)
{
        const size_t size = (size_t) pl_history_whole_words(frame->bytes);
        size_t length = 0;
        int r = read_at(frames->fd, frames->buffer, size, frames->at + sizeof *frame, &length);

        pl_assert(size <= PL_HISTORY_PAYLOAD_MAX);

        if (r != 0)
                return r;
        if (length == size &&
            pl_history_payload_is_good(frame, frames->buffer, frames->header.salt, frames->at))
                return 0;
        if (length == size)
                frames->spoilt_bytes += sizeof *frame + size;
        return PL_JOURNAL_E_TORN;
}
