/* SPDX-License-Identifier: Apache-2.0 */

/* The header is not needed to read the records, for their checks know the boot: one that is spoilt costs nothing. Where a record
 * is spoilt the next good one is looked for.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "originals_internal.h"
#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"

/* Read at a time: 93 cgroups. */
enum { READ_BYTES = 64 * 1024 };

struct reading {
        int fd;
        uint64_t size;
        uint64_t at;
        uint64_t base; /* of the buffer */
        size_t filled;
        uint8_t bytes[READ_BYTES];
};

static int fill(struct reading *reading)
{
        const size_t wanted = PL_MIN(sizeof reading->bytes, reading->size - reading->at);

        reading->base = reading->at;
        reading->filled = 0;
        while (reading->filled < wanted) {
                ssize_t count = pread(reading->fd, reading->bytes + reading->filled,
                                      wanted - reading->filled,
                                      (off_t) (reading->base + reading->filled));

                if (count < 0 && errno == EINTR)
                        continue;
                if (count < 0)
                        return -errno;
                /* Shorter than it was: somebody has cut it. */
                if (count == 0)
                        reading->size = reading->base + reading->filled;
                if (count == 0)
                        break;
                reading->filled += (size_t) count;
        }
        return 0;
}

/* What lies at `at`, as much as there is of a record. */
static int look(struct reading *reading, struct pl_originals_record *ret_record, size_t *ret_bytes)
{
        uint64_t end = reading->base + reading->filled;

        if (reading->at + sizeof *ret_record > end && end < reading->size) {
                int r = fill(reading);

                if (r != 0)
                        return r;
                end = reading->base + reading->filled;
        }
        pl_assert(reading->at >= reading->base);
        *ret_bytes = reading->at < end ? PL_MIN(sizeof *ret_record, end - reading->at) : 0;
        memset(ret_record, 0, sizeof *ret_record);
        memcpy(ret_record, reading->bytes + (reading->at - reading->base), *ret_bytes);
        return 0;
}

/* The last record of a subject counts. */
static int take(struct pl_originals *originals, const struct pl_originals_record *record)
{
        uint64_t key;
        struct pl_originals_shelf *shelf = pl_originals_shelf_of(originals, record, &key);
        const bool gone = record->kind == PL_ORIGINALS_CGROUP_GONE ||
                          record->kind == PL_ORIGINALS_VALUE_GONE;
        uint32_t index;
        bool new;
        int r;

        if (gone) {
                if (pl_table_find(&shelf->index, key, &index) == 0)
                        pl_originals_release(shelf, key, index);
                return 0;
        }
        r = pl_originals_reserve(shelf, key, &index, &new);
        if (r == 0)
                memcpy(pl_pool_at(&shelf->pool, index), &record->cgroup, shelf->pool.object_size);
        return r;
}

/* From the first record on, to the last one that is good. */
static int follow(struct pl_originals *originals, struct reading *reading,
                  struct pl_originals_opened *opened)
{
        struct pl_originals_record record;

        reading->at = originals->end_bytes = sizeof(struct pl_originals_header);
        while (reading->at < reading->size) {
                size_t bytes;
                int r = look(reading, &record, &bytes);

                if (r != 0)
                        return r;
                if (!pl_originals_is_good(&record, bytes, originals->seed)) {
                        reading->at += PL_ORIGINALS_UNIT_BYTES;
                        continue;
                }
                opened->spoilt_count += reading->at > originals->end_bytes;
                opened->spoilt_bytes += reading->at - originals->end_bytes;
                reading->at += pl_originals_record_bytes(record.kind);
                originals->end_bytes = reading->at;
                r = take(originals, &record);
                /* More than we ever write: a hand that knows the checks has been here. */
                if (r == PL_ORIGINALS_E_FULL)
                        opened->spoilt_count++;
                else if (r != 0)
                        return r;
        }
        return 0;
}

static int judge(const struct pl_originals *originals, struct reading *reading, bool *ret_good)
{
        struct pl_originals_header header;

        reading->at = 0;
        if (reading->size >= sizeof header) {
                int r = fill(reading);

                if (r != 0)
                        return r;
        }
        *ret_good = false;
        if (reading->filled < sizeof header)
                return PL_ORIGINALS_E_FOREIGN;
        memcpy(&header, reading->bytes, sizeof header);
        if (!pl_originals_header_is_good(&header))
                return 0;
        *ret_good = true;
        if (header.version != PL_ORIGINALS_VERSION)
                return PL_ORIGINALS_E_VERSION;
        return memcmp(header.boot_id, originals->boot_id, sizeof header.boot_id) == 0
                       ? 0
                       : PL_ORIGINALS_E_OTHER_BOOT;
}

static int read_all(struct pl_originals *originals, struct reading *reading,
                    struct pl_originals_opened *opened)
{
        bool good;
        int r = judge(originals, reading, &good);

        if (r == 0)
                r = follow(originals, reading, opened);
        if (r != 0)
                return r;
        if (!good) {
                if (originals->end_bytes == sizeof(struct pl_originals_header))
                        return PL_ORIGINALS_E_FOREIGN;
                opened->spoilt_count++;
                opened->spoilt_bytes += sizeof(struct pl_originals_header);
        }
        opened->cut_bytes = reading->size - PL_MIN(reading->size, originals->end_bytes);
        return 0;
}

static int open_old(const struct pl_originals *originals, int *ret_fd, uint64_t *ret_size)
{
        _cleanup_close_ int fd = openat(originals->dir_fd, PL_ORIGINALS_NAME,
                                        O_RDWR | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK |
                                                O_NOCTTY);
        struct stat status;

        if (fd < 0)
                switch (errno) {
                case ENOENT:
                        return PL_ORIGINALS_E_ABSENT;
                case ELOOP:  /* a symbolic link */
                case EISDIR: /* a directory */
                case ENXIO:  /* a socket */
                        return PL_ORIGINALS_E_FOREIGN;
                default:
                        return pl_originals_outcome(errno);
                }
        if (fstat(fd, &status) < 0)
                return -errno;
        /* What others may write to says nothing. */
        if (!S_ISREG(status.st_mode) || status.st_uid != geteuid() || (status.st_mode & 022) != 0)
                return PL_ORIGINALS_E_FOREIGN;
        *ret_size = (uint64_t) status.st_size;
        *ret_fd = PL_TAKE_FD(fd);
        return 0;
}

int pl_originals_read(struct pl_originals *originals, struct pl_originals_opened *opened)
{
        struct reading *reading;
        _cleanup_close_ int fd = -1;
        uint64_t size = 0;
        int r;

        pl_assert(originals->fd < 0);

        r = open_old(originals, &fd, &size);
        if (r != 0)
                return r;
        reading = calloc(1, sizeof *reading);
        if (!reading)
                return -ENOMEM;
        reading->fd = fd;
        reading->size = PL_MIN(size, PL_ORIGINALS_BYTES_MAX);
        r = read_all(originals, reading, opened);
        free(reading);
        if (r != 0)
                return r;
        originals->fd = PL_TAKE_FD(fd);
        /* If it cannot be cut now, it is before something is appended. */
        if (size > originals->end_bytes)
                (void) pl_originals_cut_back(originals);
        return 0;
}
