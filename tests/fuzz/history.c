/* SPDX-License-Identifier: Apache-2.0 */

/* A segment of history with bytes changed: the first byte of the input says whose checks are made good again afterwards, so
 * that what lies behind them is reached; then come changes, each a place of two bytes, a length, and the bytes. It is read,
 * and then a writer goes on with it: what he writes has to be read, whatever lies before it.
 */

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "journal/made.h"

#include "history.h"
#include "plimsoll/base/assert.h"
#include "plimsoll/base/clock.h"
#include "plimsoll/base/macro.h"
#include "plimsoll/journal/history_writer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
        IMAGE_BYTES = 8192,
        SEAL_HEADER = 1 << 0,
        SEAL_FRAMES = 1 << 1,
        WORKLOADS = 4,
};

static uint64_t good[IMAGE_BYTES / sizeof(uint64_t)], image[IMAGE_BYTES / sizeof(uint64_t)];
static size_t good_bytes;
static char place[] = "/tmp/plimsoll-fuzz-XXXXXX";
static int place_fd = -1;

static const struct pl_history_options options = { .size_bytes = PL_HISTORY_SIZE_MIN,
                                                   .keep_usec = PL_USEC_PER_DAY,
                                                   .unsynced = true };
static const struct pl_history_identity identity = { .created_usec = 1 };
static const struct pl_history_time now = { PL_USEC_PER_DAY, 1000 };

/* ---- a good one ---- */

static void write_some(struct pl_history_writer *writer)
{
        const struct pl_history_workload workload = { .id = 7, .name = "name", .path = "/path" };
        const struct pl_cgroup_sample sample = { .at_usec = 900, .current_bytes = 4096 };
        const struct pl_journal_gap gap = { .first = 1, .count = 2 };
        uint64_t bytes = 0;

        pl_assert(pl_history_begin(writer, &now, &identity) == 0);
        pl_assert(pl_history_add_host(writer, &(struct pl_history_host){}) == 0);
        for (int i = 0; i < WORKLOADS; i++) {
                uint32_t number = pl_history_take_number(writer);

                pl_assert(pl_history_add_workload(writer, number, &workload) == 0);
                pl_assert(pl_history_add_terms(writer, number, &workload) == 0);
                pl_assert(pl_history_add_row(writer, number, &sample, &bytes) == 0);
        }
        pl_assert(pl_history_add_gap(writer, &gap, 5) == 0);
        pl_assert(pl_history_end(writer) == 0);
}

static void put_file(const void *bytes, size_t size)
{
        _cleanup_close_ int fd = openat(place_fd, pl_history_name(1, false).bytes,
                                        O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

        pl_assert(fd >= 0);
        pl_assert(pl_history_write_at(fd, bytes, size, 0) == 0);
}

static void remove_all(void)
{
        struct pl_history_list list;

        pl_assert(pl_history_list(place_fd, &list) == 0);
        for (size_t i = 0; i < list.count; i++)
                pl_assert(unlinkat(place_fd, pl_history_name(list.numbers[i], false).bytes, 0) ==
                          0);
}

static void leave_no_trace(void)
{
        remove_all();
        (void) unlinkat(place_fd, "history.lock", 0);
        (void) rmdir(place);
}

static void make_good(void)
{
        static struct pl_history_writer writer;
        _cleanup_close_ int fd = -1;
        ssize_t count;

        pl_assert(mkdtemp(place));
        place_fd = open(place, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        (void) atexit(leave_no_trace);
        pl_assert(pl_history_writer_open(place_fd, &options, &writer) == 0);
        for (int i = 0; i < 3; i++)
                write_some(&writer);
        pl_history_writer_close(&writer);
        fd = openat(place_fd, pl_history_name(1, false).bytes, O_RDONLY | O_CLOEXEC);
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

/* Of the frames, as far as their lengths lead. */
static void seal(unsigned flags)
{
        struct pl_history_segment_header header;
        struct pl_history_frame frame;
        size_t at = sizeof header;

        memcpy(&header, image, sizeof header);
        if (flags & SEAL_HEADER)
                pl_history_seal_segment(&header);
        memcpy(image, &header, sizeof header);
        while (flags & SEAL_FRAMES && at + sizeof frame <= good_bytes) {
                char *bytes = (char *) image + at;

                memcpy(&frame, bytes, sizeof frame);
                if (frame.bytes == 0 || at + sizeof frame + frame.bytes > good_bytes)
                        return;
                pl_history_seal_frame(&frame, bytes + sizeof frame, header.salt, at);
                memcpy(bytes, &frame, sizeof frame);
                at += pl_history_frame_bytes(&frame);
        }
}

/* ---- what is made of it ---- */

static void look_at(const struct pl_history_entry *entry)
{
        pl_assert(entry->kind > 0 && entry->kind < PL_HISTORY_KINDS);
        if (entry->workload) {
                pl_assert(entry->workload->id != 0);
                pl_assert(memchr(entry->workload->name, 0, sizeof entry->workload->name));
                pl_assert(memchr(entry->workload->path, 0, sizeof entry->workload->path));
        }
        pl_assert((entry->kind == PL_HISTORY_ROW) == (entry->sample != NULL));
        pl_assert((entry->kind == PL_HISTORY_HOST) == (entry->host != NULL));
        pl_assert((entry->kind == PL_HISTORY_ACT) == (entry->act != NULL));
}

/* How many rows of the host there are. */
static size_t read_all(void)
{
        struct pl_history_list list;
        struct pl_history_last last;
        size_t hosts = 0;

        pl_assert(pl_history_list(place_fd, &list) == 0);
        for (size_t i = 0; i < list.count; i++) {
                struct pl_history_reader *reader;
                struct pl_history_entry entry;
                int r = pl_history_open(place_fd, list.numbers[i], &PL_HISTORY_EVERYTHING, &reader);

                pl_assert(r >= 0);
                if (r != 0)
                        continue;
                while ((r = pl_history_next(reader, &entry)) == 0) {
                        look_at(&entry);
                        hosts += entry.kind == PL_HISTORY_HOST;
                }
                pl_assert(r == PL_JOURNAL_E_END);
                reader = pl_history_close(reader);
        }
        pl_assert(pl_history_last(place_fd, &last) >= 0);
        return hosts;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        static struct pl_history_writer writer;
        const struct pl_history_time later = { 10 * PL_USEC_PER_DAY, PL_USEC_PER_DAY };
        size_t hosts;

        if (size == 0)
                return 0;
        if (place_fd < 0)
                make_good();
        memcpy(image, good, sizeof image);
        change(data + 1, size - 1);
        seal(data[0]);
        remove_all();
        put_file(image, good_bytes);
        hosts = read_all();
        pl_assert(pl_history_writer_open(place_fd, &options, &writer) == 0);
        write_some(&writer);
        pl_assert(read_all() == hosts + 1);
        (void) pl_history_tidy(&writer, &later);
        pl_history_writer_close(&writer);
        (void) read_all();
        return 0;
}
