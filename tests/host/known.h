/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A census over a tree, and what it tells as words that a test can compare. */

#include "cgroups.h"

static struct pl_census census;
static struct test_tree tree;
static int fds_before;

static inline const char *path_of(uint32_t index)
{
        static char buffer[PL_CGROUP_PATH_MAX + 1];
        struct pl_text text;

        pl_text_init(&text, buffer, sizeof buffer);
        pl_census_path(&census, index, &text);
        return buffer;
}

/* The events as one text: "+/system.slice +/system.slice/a.service -/b ~/c". */
static inline const char *drain(void)
{
        static const char marks[] = {
                [PL_CENSUS_APPEARED] = '+', [PL_CENSUS_CHANGED] = '~', [PL_CENSUS_VANISHED] = '-'
        };
        static char buffer[64 * 1024];
        struct pl_census_event event;
        struct pl_text text;

        pl_text_init(&text, buffer, sizeof buffer);
        while (pl_census_next_event(&census, &event) == 0) {
                assert_true(pl_census_at(&census, event.index)->id == event.id);
                pl_text_addf(&text, "%s%c%s", text.length > 0 ? " " : "", marks[event.kind],
                             path_of(event.index));
        }
        return buffer;
}

static inline const struct pl_census_entry *entry_of(const char *path)
{
        uint32_t index;

        if (pl_census_find(&census, cgroup_id(&tree, path), &index) != 0)
                fail_msg("%s is not known", path);
        assert_string_equal(path_of(index) + 1, path);
        return pl_census_at(&census, index);
}

static inline int set_up(void **state)
{
        (void) state;
        fds_before = test_open_fds();
        cgroups_make(&tree);
        return 0;
}

/* Everything that a test leaves is given back. */
static inline int tear_down(void **state)
{
        (void) state;
        pl_census_close(&census);
        pl_census_close(&census);
        test_tree_remove(&tree);
        return test_open_fds() == fds_before ? 0 : -1;
}

static inline void start(struct pl_census_options options)
{
        census_start(&census, &tree, options);
        census_scan_all(&census);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)
