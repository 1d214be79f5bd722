/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A directory of its own for a test program, a log of originals in it, and what the log says as a text that can be compared. */

#include "test.h"

#include <dirent.h>
#include <fcntl.h>
#include <malloc.h>
#include <sys/stat.h>
#include <unistd.h>

#include "plimsoll/base/assert.h"
#include "plimsoll/base/fd.h"
#include "plimsoll/base/text.h"
#include "plimsoll/host/originals.h"

enum { NOTED_IDS = 32, NOTED_FILE_MAX = 64 << 20 };

/* On a tmpfs, as the real one: others write a file to the disk when it is renamed over another. */
static char noted_path[] = "/dev/shm/plimsoll-originals-XXXXXX";
static int noted_fd = -1;
static const uint8_t noted_boot[16] = "our own boot";
static struct pl_originals noted;
static struct pl_originals_opened noted_opened;

static inline void noted_empty(void)
{
        DIR *directory = opendir(noted_path);
        struct dirent *entry;

        pl_assert(directory);
        while ((entry = readdir(directory)))
                if (entry->d_name[0] != '.' && unlinkat(noted_fd, entry->d_name, 0) < 0)
                        pl_assert(unlinkat(noted_fd, entry->d_name, AT_REMOVEDIR) == 0);
        (void) closedir(directory);
}

static inline int noted_set_up(void **state)
{
        (void) state;
        /* Opened thousands of times, the log gets fresh memory each time, as a daemon does that opens it once: memory that was
         * used before would have to be cleared, all 20 MB of it. */
        (void) mallopt(M_MMAP_THRESHOLD, 1 << 20);
        if (!mkdtemp(noted_path)) {
                (void) strcpy(noted_path, "/tmp/plimsoll-originals-XXXXXX");
                pl_assert(mkdtemp(noted_path));
        }
        noted_fd = open(noted_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        pl_assert(noted_fd >= 0);
        return 0;
}

static inline int noted_tear_down(void **state)
{
        (void) state;
        noted_empty();
        (void) close(noted_fd);
        return rmdir(noted_path);
}

/* Before each test. */
static inline int noted_clear(void **state)
{
        (void) state;
        noted_empty();
        return 0;
}

#define NOTED_TEST(function) cmocka_unit_test_setup(function, noted_clear)

static inline bool noted_has(const char *name)
{
        return faccessat(noted_fd, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

static inline void noted_open(void)
{
        assert_int_equal(pl_originals_open(&noted, noted_fd, noted_boot, &noted_opened), 0);
        assert_false(noted_has("originals.new"));
}

static inline void noted_reopen(void)
{
        pl_originals_close(&noted);
        noted_open();
}

static inline void noted_read_file(const char *name, char **ret_data, size_t *ret_length)
{
        assert_int_equal(pl_fd_read_file(noted_fd, name, NOTED_FILE_MAX, ret_data, ret_length), 0);
}

static inline void noted_write_file(const char *name, const void *data, size_t length)
{
        _cleanup_close_ int fd = openat(noted_fd, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC,
                                        0600);

        assert_true(fd >= 0);
        assert_int_equal(pl_fd_write_all(fd, pl_span(data, length)), 0);
}

/* ---- words for calls ---- */

static inline struct pl_limits limits_one(enum pl_limit limit, uint64_t value)
{
        struct pl_limits limits = {};

        pl_limits_put(&limits, limit, value);
        return limits;
}

static inline int note(uint64_t id, enum pl_limit limit, uint64_t before)
{
        const struct pl_original_name name = { .id = id, .path = pl_span_of("/system.slice/a") };
        const struct pl_limits limits = limits_one(limit, before);

        return pl_originals_note_limits(&noted, &name, &limits);
}

static inline int set(uint64_t id, enum pl_limit limit, uint64_t value, uint64_t actual)
{
        const struct pl_limits limits = limits_one(limit, value), now = limits_one(limit, actual);

        return pl_originals_set_limits(&noted, id, &limits, &now);
}

static inline struct pl_original_value process(uint32_t pid, uint64_t start, int64_t before)
{
        return (struct pl_original_value){ .kind = PL_ORIGINAL_PROCESS,
                                           .number = pid,
                                           .start_ticks = start,
                                           .cgroup_id = 7,
                                           .before = before };
}

static inline struct pl_original_value setting(uint32_t number, int64_t before)
{
        return (struct pl_original_value){ .kind = PL_ORIGINAL_SETTING,
                                           .number = number,
                                           .before = before };
}

/* ---- what it says ---- */

static inline void noted_add_limits(struct pl_text *text, char mark, const struct pl_limits *limits)
{
        for (enum pl_limit i = 0; i < PL_LIMIT_COUNT; i++)
                if (pl_limits_has(limits, i))
                        pl_text_addf(text, " %c%d=%llu", mark, (int) i,
                                     (unsigned long long) limits->values[i]);
}

static inline void noted_add_foreign(struct pl_text *text, const struct pl_original_cgroup *cgroup)
{
        const uint32_t limits = cgroup->foreign;

        if (cgroup->asked)
                pl_text_add(text, " asked");
        for (enum pl_limit i = 0; i < PL_LIMIT_COUNT; i++)
                if (limits & UINT32_C(1) << i)
                        pl_text_addf(text, " f%d", (int) i);
}

static inline void noted_add_value(struct pl_text *text, const struct pl_original_value *value)
{
        pl_text_addf(text, "%d/%u/%llu for %llu before %lld", value->kind, value->number,
                     (unsigned long long) value->start_ticks, (unsigned long long) value->cgroup_id,
                     (long long) value->before);
        if (value->have & PL_ORIGINAL_HAS_SET)
                pl_text_addf(text, " set %lld", (long long) value->set);
        if (value->have & PL_ORIGINAL_HAS_PRIOR)
                pl_text_addf(text, " prior %lld", (long long) value->prior);
        pl_text_add(text, "\n");
}

/* Of cgroups with ids up to NOTED_IDS in their order; of values by their numbers. */
static inline const char *noted_words(void)
{
        const struct pl_original_value *values[NOTED_IDS + 1][PL_ORIGINAL_KINDS] = {};
        static char buffer[64 * 1024];
        struct pl_text text;

        pl_text_init(&text, buffer, sizeof buffer);
        for (uint64_t id = 1; id <= NOTED_IDS; id++) {
                const struct pl_original_cgroup *cgroup = pl_originals_find_cgroup(&noted, id);

                if (!cgroup)
                        continue;
                pl_text_addf(&text, "%llu %s %s", (unsigned long long) id, cgroup->path,
                             cgroup->unit);
                noted_add_limits(&text, 'b', &cgroup->before);
                noted_add_limits(&text, 's', &cgroup->set);
                noted_add_limits(&text, 'p', &cgroup->prior);
                noted_add_limits(&text, 'k', &cgroup->kept);
                noted_add_foreign(&text, cgroup);
                pl_text_add(&text, "\n");
        }
        /* No further than there are any: there is room for many more. */
        for (uint32_t i = 0, left = noted.values.pool.count; left > 0; i++, left--) {
                const struct pl_original_value *value;

                i = pl_originals_next_value(&noted, i);
                value = pl_originals_value_at(&noted, i);
                assert_true(value->number <= NOTED_IDS && !values[value->number][value->kind]);
                values[value->number][value->kind] = value;
        }
        for (size_t i = 0; i < PL_ARRAY_LENGTH(values); i++)
                for (size_t kind = 0; kind < PL_ORIGINAL_KINDS; kind++)
                        if (values[i][kind])
                                noted_add_value(&text, values[i][kind]);
        assert_false(text.cut);
        return buffer;
}
