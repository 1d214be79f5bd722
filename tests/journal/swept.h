/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* swept - rows of made figures, written without a journal, and segments as files to be changed. */

#include "journal/kept.h"

#include "history.h"
#include "plimsoll/base/fd.h"

enum { WORKLOADS = 3, BYTES_MAX = 1 << 20 };

#define SEGMENT_1 "history-0000000001"

static struct pl_history_writer writer;
static const struct pl_history_time morning = { PL_USEC_PER_DAY, 1000 };

static const struct pl_history_identity seven = { .boot_id = { 7 }, .created_usec = 70 };

static inline uint64_t size_of(const char *name)
{
        struct stat status;

        assert_int_equal(fstatat(place_fd, name, &status, AT_SYMLINK_NOFOLLOW), 0);
        return (uint64_t) status.st_size;
}

static inline void make_sample(uint64_t *state, uint64_t now_usec, struct pl_cgroup_sample *sample)
{
        made_words(state, sample, sizeof *sample);
        sample->at_usec = now_usec - made_bits(state) % now_usec;
        sample->stat_at_usec = made_bits(state) % 4 == 0
                                       ? 0
                                       : now_usec - made_bits(state) % (now_usec - 1);
}

static inline void make_host(uint64_t *state, struct pl_history_host *host)
{
        made_words(state, host, sizeof *host);
}

static inline int add_workload(uint32_t number)
{
        struct pl_history_workload workload;
        int r;

        kept_workload(number, &workload);
        r = pl_history_add_workload(&writer, number, &workload);
        return r == 0 ? pl_history_add_terms(&writer, number, &workload) : r;
}

/* A row of the host and of each workload, with its name where the run is new. */
static inline int write_sweep(const struct pl_history_time *now,
                              const struct pl_history_identity *identity, uint32_t workloads,
                              uint64_t *state)
{
        const uint32_t run = writer.mark.run;
        struct pl_cgroup_sample sample;
        struct pl_history_host host;
        uint64_t bytes = 0;
        int r = pl_history_begin(&writer, now, identity);
        const bool name_them = writer.mark.run != run;

        make_host(state, &host);
        if (r == 0)
                r = pl_history_add_host(&writer, &host);
        for (uint32_t i = 1; i <= workloads && r == 0; i++) {
                if (name_them)
                        r = add_workload(pl_history_take_number(&writer));
                make_sample(state, now->boot_usec, &sample);
                if (r == 0)
                        r = pl_history_add_row(&writer, i, &sample, &bytes);
        }
        return r == 0 ? pl_history_end(&writer) : r;
}

static unsigned char whole[BYTES_MAX];

static inline size_t take_file(const char *name)
{
        _cleanup_close_ int fd = openat(place_fd, name, O_RDONLY | O_CLOEXEC);
        ssize_t count = read(fd, whole, sizeof whole);

        assert_in_range(count, 1, sizeof whole - 1);
        return (size_t) count;
}

static inline void put_file(const char *name, const void *bytes, size_t size)
{
        _cleanup_close_ int fd = openat(place_fd, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC,
                                        0640);

        assert_int_equal(pl_fd_write_all(fd, pl_span(bytes, size)), 0);
}
