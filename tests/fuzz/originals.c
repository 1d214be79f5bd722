/* SPDX-License-Identifier: Apache-2.0 */

/* A log of originals with bytes changed: the first byte of the input says whose checks are made good again afterwards, so that
 * what lies behind them is reached; then come changes, each a place of two bytes, a length, and the bytes. It is opened, all of
 * it is looked at, and more is noted: the next one has to read just that.
 */

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/originals_internal.h"
#include "plimsoll/base/assert.h"
#include "plimsoll/base/fd.h"
#include "plimsoll/base/macro.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { IMAGE_BYTES = 8192, SEAL_HEADER = 1 << 0, SEAL_RECORDS = 1 << 1 };

static const uint8_t boot[16] = "our own boot";
static uint64_t good[IMAGE_BYTES / sizeof(uint64_t)], image[IMAGE_BYTES / sizeof(uint64_t)];
static size_t good_bytes;
static char place[] = "/tmp/plimsoll-fuzz-XXXXXX";
static int place_fd = -1;

static struct pl_originals originals;
static struct pl_originals_opened opened;

static void open_log(void)
{
        pl_assert(pl_originals_open(&originals, place_fd, boot, &opened) == 0);
}

static void leave_no_trace(void)
{
        (void) unlinkat(place_fd, PL_ORIGINALS_NAME, 0);
        (void) unlinkat(place_fd, PL_ORIGINALS_NAME_OLD, 0);
        (void) rmdir(place);
}

static int note(uint64_t id)
{
        const struct pl_original_name name = { .id = id,
                                               .path = pl_span_of("/a.service"),
                                               .unit = pl_span_of("a.service") };
        struct pl_limits before = {};

        pl_limits_put(&before, PL_LIMIT_HIGH, 1);
        pl_limits_put(&before, PL_LIMIT_MAX, 2);
        return pl_originals_note_limits(&originals, &name, &before);
}

/* ---- a good one ---- */

static void make_good(void)
{
        const struct pl_original_value process = { .kind = PL_ORIGINAL_PROCESS, .number = 1 },
                                       setting = { .kind = PL_ORIGINAL_SETTING, .number = 1 };
        struct pl_limits set = {};
        _cleanup_close_ int fd = -1;
        ssize_t count;

        pl_limits_put(&set, PL_LIMIT_MAX, 1);
        pl_assert(mkdtemp(place));
        place_fd = open(place, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        (void) atexit(leave_no_trace);
        open_log();
        pl_assert(note(1) == 0);
        pl_assert(pl_originals_note_value(&originals, &process) == 0);
        pl_assert(pl_originals_set_limits(&originals, 1, &set, &set) == 0);
        pl_assert(pl_originals_note_value(&originals, &setting) == 0);
        pl_assert(pl_originals_drop_value(&originals, &process) == 0);
        pl_assert(note(2) == 0);
        pl_assert(pl_originals_drop_cgroup(&originals, 2) == 0);
        pl_assert(note(3) == 0);
        pl_originals_close(&originals);
        fd = openat(place_fd, PL_ORIGINALS_NAME, O_RDONLY | O_CLOEXEC);
        count = read(fd, good, sizeof good);
        pl_assert(count > 0 && (size_t) count < sizeof good);
        good_bytes = (size_t) count;
}

/* ---- changes ---- */

static void change(const uint8_t *data, size_t size)
{
        size_t at = 0;

        while (size - at >= 4) {
                size_t to = (size_t) (data[at] | data[at + 1] << 8) % good_bytes,
                       length = data[at + 2] % 64U + 1;

                at += 3;
                length = PL_MIN(length, size - at);
                length = PL_MIN(length, good_bytes - to);
                memcpy((char *) image + to, data + at, length);
                at += length;
        }
}

/* Of the records, as far as their kinds lead. */
static void seal(unsigned flags)
{
        struct pl_originals_header header;
        struct pl_originals_record record;
        size_t at = sizeof header;

        memcpy(&header, image, sizeof header);
        if (flags & SEAL_HEADER)
                pl_originals_seal_header(&header);
        memcpy(image, &header, sizeof header);
        while (flags & SEAL_RECORDS && at + PL_ORIGINALS_UNIT_BYTES <= good_bytes) {
                size_t bytes;

                memcpy(&record, (char *) image + at, PL_ORIGINALS_UNIT_BYTES);
                bytes = pl_originals_record_bytes(record.kind);
                if (bytes == 0 || at + bytes > good_bytes)
                        return;
                memcpy(&record, (char *) image + at, bytes);
                pl_originals_seal(&record, pl_originals_seed(boot));
                memcpy((char *) image + at, &record, bytes);
                at += bytes;
        }
}

/* ---- what is made of it ---- */

static void look_at_all(void)
{
        uint64_t cgroups = 0, values = 0;

        for (uint32_t i = pl_originals_next_cgroup(&originals, 0); i != PL_POOL_NONE;
             i = pl_originals_next_cgroup(&originals, i + 1), cgroups++) {
                const struct pl_original_cgroup *cgroup = pl_originals_cgroup_at(&originals, i);

                pl_assert(pl_originals_find_cgroup(&originals, cgroup->id) == cgroup);
                pl_assert(strlen(cgroup->unit) < sizeof cgroup->unit);
                pl_assert(strlen(cgroup->path) < sizeof cgroup->path);
                pl_assert((cgroup->set.set & ~cgroup->before.set) == 0);
                for (enum pl_limit limit = 0; limit < PL_LIMIT_COUNT; limit++)
                        (void) pl_original_limit_is_ours(cgroup, limit, 1);
        }
        for (uint32_t i = pl_originals_next_value(&originals, 0); i != PL_POOL_NONE;
             i = pl_originals_next_value(&originals, i + 1), values++) {
                const struct pl_original_value *value = pl_originals_value_at(&originals, i);

                pl_assert(pl_originals_find_value(&originals, value) == value);
        }
        pl_assert(cgroups == opened.cgroup_count && values == opened.value_count);
}

static void put_image(void)
{
        _cleanup_close_ int fd = openat(place_fd, PL_ORIGINALS_NAME,
                                        O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

        pl_assert(fd >= 0);
        pl_assert(pl_fd_write_all(fd, pl_span((const char *) image, good_bytes)) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        const uint64_t another = UINT64_C(1) << 60;
        uint64_t cgroups;
        int r;

        if (size == 0)
                return 0;
        if (place_fd < 0)
                make_good();
        memcpy(image, good, sizeof image);
        change(data + 1, size - 1);
        seal(data[0]);
        put_image();
        open_log();
        look_at_all();
        r = note(another);
        pl_assert(r == 0 || r == PL_ORIGINALS_E_EXISTS);
        cgroups = originals.cgroups.pool.count;
        pl_assert(cgroups >= opened.cgroup_count && cgroups <= opened.cgroup_count + 1);
        pl_originals_close(&originals);
        open_log();
        pl_assert(opened.aside == 0 && opened.spoilt_count == 0 && opened.cut_bytes == 0);
        pl_assert(opened.cgroup_count == cgroups);
        look_at_all();
        pl_originals_close(&originals);
        return 0;
}
