/* SPDX-License-Identifier: Apache-2.0 */

/* The log gets its name when it is whole, whether it is the first or takes the place of one that has grown too long: a process
 * that is killed while it makes one leaves "originals.new", which nobody reads and the next one removes. One that is killed
 * while it appends leaves half a record at the end, which the next one cuts off; nobody has written a limit for it.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "originals_internal.h"
#include "plimsoll/base/assert.h"
#include "plimsoll/base/fd.h"
#include "plimsoll/base/macro.h"

enum {
        MODE = 0600,
        /* Written at a time, and on the stack. */
        WRITE_BYTES = 8 * 1024,
};

int pl_originals_outcome(int error)
{
        switch (error) {
        case ENOSPC:
        case EDQUOT:
                return PL_ORIGINALS_E_NO_SPACE;
        case EACCES:
        case EPERM:
        case EROFS:
                return PL_ORIGINALS_E_DENIED;
        default:
                return -error;
        }
}

/* ---- appending ---- */

int pl_originals_cut_back(struct pl_originals *originals)
{
        originals->torn = ftruncate(originals->fd, (off_t) originals->end_bytes) < 0;
        return originals->torn ? pl_originals_outcome(errno) : 0;
}

static int make_room(struct pl_originals *originals, size_t bytes)
{
        int r = 0;

        if (originals->end_bytes + bytes > PL_ORIGINALS_BYTES_MAX)
                r = pl_originals_rewrite(originals);
        return r == 0 && originals->torn ? pl_originals_cut_back(originals) : r;
}

int pl_originals_append(struct pl_originals *originals, struct pl_originals_record *record)
{
        const size_t bytes = pl_originals_record_bytes(record->kind);
        int r;

        pl_assert(originals->fd >= 0);

        pl_originals_seal(record, originals->seed);
        r = make_room(originals, bytes);
        if (r != 0)
                return r;
        pl_assert(originals->end_bytes + bytes <= PL_ORIGINALS_BYTES_MAX);
        r = pl_fd_write_all(originals->fd, pl_span((const char *) record, bytes));
        if (r != 0) {
                /* If half of it cannot be taken back now, it is before the next one. */
                (void) pl_originals_cut_back(originals);
                return pl_originals_outcome(-r);
        }
        originals->end_bytes += bytes;
        return 0;
}

/* ---- writing it anew ---- */

struct writing {
        int fd;
        int result;
        uint64_t seed;
        uint64_t written_bytes;
        size_t filled;
        char bytes[WRITE_BYTES];
};

static void flush(struct writing *writing)
{
        if (writing->result == 0)
                writing->result = pl_fd_write_all(writing->fd,
                                                  pl_span(writing->bytes, writing->filled));
        writing->written_bytes += writing->filled;
        writing->filled = 0;
}

static void put(struct writing *writing, const void *bytes, size_t size)
{
        if (writing->filled + size > sizeof writing->bytes)
                flush(writing);
        memcpy(writing->bytes + writing->filled, bytes, size);
        writing->filled += size;
}

static void put_header(struct writing *writing, const struct pl_originals *originals)
{
        struct pl_originals_header header = { .version = PL_ORIGINALS_VERSION };

        memcpy(header.magic, PL_ORIGINALS_MAGIC, sizeof header.magic);
        memcpy(header.boot_id, originals->boot_id, sizeof header.boot_id);
        pl_originals_seal_header(&header);
        put(writing, &header, sizeof header);
}

static void put_shelf(struct writing *writing, const struct pl_originals_shelf *shelf,
                      enum pl_originals_record_kind kind)
{
        struct pl_originals_record record = { .kind = kind };

        for (uint32_t i = pl_pool_next(&shelf->pool, 0); i != PL_POOL_NONE && writing->result == 0;
             i = pl_pool_next(&shelf->pool, i + 1)) {
                memcpy(&record.cgroup, pl_pool_at(&shelf->pool, i), shelf->pool.object_size);
                pl_originals_seal(&record, writing->seed);
                put(writing, &record, pl_originals_record_bytes(kind));
        }
}

/* All of it, under the name that nobody reads. */
static int write_new(const struct pl_originals *originals, int *ret_fd)
{
        struct writing writing = { .seed = originals->seed };
        _cleanup_close_ int fd = -1;

        if (unlinkat(originals->dir_fd, PL_ORIGINALS_NAME_NEW, 0) < 0 && errno != ENOENT)
                return pl_originals_outcome(errno);
        fd = openat(originals->dir_fd, PL_ORIGINALS_NAME_NEW,
                    O_RDWR | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC | O_NOFOLLOW, MODE);
        if (fd < 0)
                return pl_originals_outcome(errno);
        writing.fd = fd;
        put_header(&writing, originals);
        put_shelf(&writing, &originals->cgroups, PL_ORIGINALS_CGROUP);
        put_shelf(&writing, &originals->values, PL_ORIGINALS_VALUE);
        flush(&writing);
        if (writing.result != 0)
                return pl_originals_outcome(-writing.result);
        pl_assert(writing.written_bytes == originals->live_bytes);
        *ret_fd = PL_TAKE_FD(fd);
        return 0;
}

int pl_originals_rewrite(struct pl_originals *originals)
{
        _cleanup_close_ int fd = -1;
        int r = write_new(originals, &fd);

        if (r == 0 && renameat(originals->dir_fd, PL_ORIGINALS_NAME_NEW, originals->dir_fd,
                               PL_ORIGINALS_NAME) < 0)
                r = pl_originals_outcome(errno);
        if (r != 0) {
                (void) unlinkat(originals->dir_fd, PL_ORIGINALS_NAME_NEW, 0);
                originals->retry_bytes = originals->end_bytes + originals->end_bytes / 4;
                return r;
        }
        pl_cleanup_close(&originals->fd);
        originals->fd = PL_TAKE_FD(fd);
        originals->end_bytes = originals->live_bytes;
        originals->retry_bytes = 0;
        originals->torn = false;
        return 0;
}

void pl_originals_tidy(struct pl_originals *originals)
{
        if (originals->end_bytes > PL_ORIGINALS_REWRITE_BYTES &&
            originals->end_bytes > 2 * originals->live_bytes &&
            originals->end_bytes >= originals->retry_bytes)
                (void) pl_originals_rewrite(originals);
}
