/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Drop-ins as files, and a limit that has changed. */

#include "bus_fake.h"

#include <sys/time.h>

enum { SET = 512, FOUND = 64 };
#define SET_BYTES   (SET * PL_MIB)
#define FOUND_BYTES (FOUND * PL_MIB)

static const struct pl_bus_question question = {
        .limit = PL_LIMIT_MAX,
        .found_bytes = FOUND_BYTES,
        .set_bytes = SET_BYTES,
        .was_kept = true,
};

/* Of this age; in the test's directory, which has those of calls below it. */
static inline const char *put(const char *name, const char *text, uint64_t age_sec)
{
        static char paths[FAKE_DROP_INS_MAX][PATH_MAX];
        static unsigned turn;
        char *path = paths[turn++ % FAKE_DROP_INS_MAX];
        struct timeval times[2];
        FILE *file;

        (void) snprintf(path, PATH_MAX, "%s/%s", place_path, name);
        file = fopen(path, "we");
        assert_non_null(file);
        assert_true(fputs(text, file) >= 0);
        assert_int_equal(fclose(file), 0);
        assert_int_equal(gettimeofday(&times[0], NULL), 0);
        times[0].tv_sec -= (time_t) age_sec;
        times[1] = times[0];
        assert_int_equal(utimes(path, times), 0);
        return path;
}

static inline int files_set_up(void **state)
{
        (void) fake_set_up(state);
        assert_int_equal(mkdirat(place_fd, "system.control", 0755), 0);
        return 0;
}

static inline int files_tear_down(void **state)
{
        char path[128];
        DIR *directory;
        struct dirent *entry;

        (void) snprintf(path, sizeof path, "%s/system.control", place_path);
        directory = opendir(path);
        pl_assert(directory);
        while ((entry = readdir(directory)))
                if (entry->d_name[0] != '.')
                        pl_assert(unlinkat(dirfd(directory), entry->d_name, 0) == 0);
        (void) closedir(directory);
        return fake_tear_down(state);
}

#define FILES_TEST(function)                                                                       \
        cmocka_unit_test_setup_teardown(function, files_set_up, files_tear_down)
