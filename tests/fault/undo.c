/* SPDX-License-Identifier: Apache-2.0 */

/* Putting back while calls fail: what could not be put back is put back by the next run, and what is somebody else's stays,
 * whatever failed.
 */

#include "daemon/undo.h"

#include <stdio.h>
#include <string.h>

#include "daemon/tidy.h"
#include "fault/check.h"
#include "kernel/tree.h"
#include "plimsoll/base/assert.h"
#include "plimsoll/base/size.h"
#include "plimsoll/host/dropins.h"
#include "plimsoll/host/originals.h"
#include "plimsoll/host/settings.h"
#include "plimsoll/kernel/cgroup.h"

#define DROP_INS "run/systemd/system.control/x.service.d"

static struct test_tree tree;

static void put(const char *name, const char *text)
{
        test_tree_put(&tree, name, text);
}

static bool is(const char *name, const char *text)
{
        return strcmp(test_tree_get(&tree, name), text) == 0;
}

/* A file of the kernel takes a value whole or not at all. */
static void mend(const char *name, const char *text)
{
        const char *now = test_tree_get(&tree, name);

        if (now[0] == '\0' || now[strlen(now) - 1] != '\n')
                put(name, text);
}

static bool is_there(const char *name)
{
        return faccessat(tree.fd, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

static void put_drop_ins(void)
{
        (void) mkdirat(tree.fd, DROP_INS, 0755);
        put(DROP_INS "/50-MemoryMax.conf", "[Service]\nMemoryMax=1048576\n");
        put(DROP_INS "/50-MemoryHigh.conf", "[Service]\nMemoryHigh=77\n");
}

static int set_up(void **state)
{
        static const char *const directories[] = {
                "run",    "run/systemd",      "run/systemd/system.control",
                "groups", "groups/x.service", "groups/plain",
                "proc",   "proc/sys",         "proc/sys/vm",
                "place"
        };

        (void) state;
        test_tree_make(&tree);
        for (size_t i = 0; i < PL_ARRAY_LENGTH(directories); i++)
                test_tree_mkdir(&tree, directories[i]);
        put("groups/x.service/cgroup.procs", "");
        put("groups/x.service/cgroup.events", "populated 1\n");
        put("groups/x.service/memory.current", "4096\n");
        put("groups/plain/cgroup.procs", "");
        put("groups/plain/cgroup.events", "populated 1\n");
        put("groups/plain/memory.current", "4096\n");
        return 0;
}

static int tear_down(void **state)
{
        (void) state;
        test_tree_remove(&tree);
        return 0;
}

static int sub(const char *name)
{
        int fd = openat(tree.fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

        pl_assert(fd >= 0);
        return fd;
}

/* ---- --restore ---- */

static const uint8_t no_boot[16];

static void note_plain(struct pl_originals *originals, const struct pl_limits *before,
                       const struct pl_limits *set)
{
        _cleanup_close_ int group_fd = sub("groups/plain");
        struct pl_original_name name = { .path = pl_span_of("/plain") };

        pl_assert(pl_cgroup_id(group_fd, &name.id) == 0);
        pl_assert(pl_originals_note_limits(originals, &name, before) == 0);
        pl_assert(pl_originals_set_limits(originals, name.id, set, before) == 0);
        put("groups/plain/memory.max", "1048576\n");
        put("groups/plain/memory.high", "524288\n");
}

/* What a daemon has left: a cgroup with two limits; a unit with two, one of which somebody has changed since, and drop-ins,
 * of which one is not ours. */
static void leave_behind(void)
{
        static struct pl_originals originals;
        _cleanup_close_ int place_fd = sub("place"), group_fd = sub("groups/x.service");
        struct pl_original_name name = { .path = pl_span_of("/x.service"),
                                         .unit = pl_span_of("x.service") };
        struct pl_limits before = {}, set = {};
        struct pl_originals_opened opened;

        (void) unlinkat(place_fd, "originals", 0);
        pl_assert(pl_cgroup_id(group_fd, &name.id) == 0);
        pl_limits_put(&before, PL_LIMIT_MAX, PL_SIZE_MAX);
        pl_limits_put(&before, PL_LIMIT_HIGH, PL_SIZE_MAX);
        pl_limits_put(&set, PL_LIMIT_MAX, 1048576);
        pl_limits_put(&set, PL_LIMIT_HIGH, 524288);
        pl_assert(pl_originals_open(&originals, place_fd, no_boot, &opened) == 0);
        pl_assert(pl_originals_note_limits(&originals, &name, &before) == 0);
        pl_assert(pl_originals_set_limits(&originals, name.id, &set, &before) == 0);
        pl_assert(pl_originals_note_foreign(&originals, name.id, 0) == 0);
        pl_assert(pl_originals_keep_limits(&originals, name.id, &set) == 0);
        note_plain(&originals, &before, &set);
        pl_originals_close(&originals);
        put("groups/x.service/memory.max", "1048576\n");
        put("groups/x.service/memory.high", "262144\n");
        put_drop_ins();
}

static bool undoes(void *userdata)
{
        struct pl_undo_options *options = (struct pl_undo_options *) userdata;
        bool is_misled, good;

        (void) pl_undo_run(options);
        is_misled = pl_fault_struck() &&
                    (pl_fault_armed()->error == ENOENT || pl_fault_armed()->error == ENODEV);
        pl_fault_disarm();
        mend("groups/x.service/memory.max", "1048576\n");
        mend("groups/plain/memory.max", "1048576\n");
        mend("groups/plain/memory.high", "524288\n");
        good = is("groups/x.service/memory.high", "262144\n");
        /* Nobody tells systemd here, so it is never all done. Who was told that a log, a cgroup or a limit is gone, though it is
         * there, has believed it. */
        good = good && (pl_undo_run(options) == PL_DAEMON_FAILED || is_misled);
        good = good && (is("groups/x.service/memory.max", "max\n") || is_misled);
        good = good && (is("groups/plain/memory.max", "max\n") || is_misled);
        good = good && (is("groups/plain/memory.high", "max\n") || is_misled);
        good = good && is("groups/x.service/memory.high", "262144\n");
        good = good && (!is_there(DROP_INS "/50-MemoryMax.conf") || is_misled);
        good = good && is(DROP_INS "/50-MemoryHigh.conf", "[Service]\nMemoryHigh=77\n");
        leave_behind();
        return good;
}

static void undoing_survives(void **state)
{
        _cleanup_close_ int groups_fd = sub("groups"), proc_fd = sub("proc");
        char place[128];
        struct pl_undo_options options = { .roots = { groups_fd, proc_fd, -1, -1 },
                                           .directory = place,
                                           .root_fd = tree.fd,
                                           .bus_address = "unix:path=/nonexistent/socket" };

        (void) state;
        (void) snprintf(place, sizeof place, "%s/place", tree.path);
        leave_behind();
        survives_every_fault(undoes, &options);
}

/* ---- --tidy ---- */

static const char *reload(void *userdata)
{
        (void) userdata;
        return NULL;
}

static bool tidies(void *userdata)
{
        const struct pl_tidy_options *options = (const struct pl_tidy_options *) userdata;
        struct pl_limits limits = {};
        struct pl_tidied tidied;
        bool good;

        pl_limits_put(&limits, PL_LIMIT_MAX, 1048576);
        pl_limits_put(&limits, PL_LIMIT_HIGH, 78);
        if (pl_tidy_add(options->dir_fd, "x.service", &limits) == 0)
                (void) pl_tidy_run(options, &tidied);
        else
                pl_fault_disarm();
        pl_fault_disarm();
        if (is_there(DROP_INS "/50-MemoryMax.conf"))
                (void) pl_tidy_add(options->dir_fd, "x.service", &limits);
        good = pl_tidy_run(options, &tidied) == 0 && !tidied.trouble;
        good = good && !is_there(DROP_INS "/50-MemoryMax.conf") && !is_there("place/tidy") &&
               !is_there("place/tidy.now");
        good = good && is(DROP_INS "/50-MemoryHigh.conf", "[Service]\nMemoryHigh=77\n");
        put_drop_ins();
        return good;
}

static void tidying_survives(void **state)
{
        _cleanup_close_ int place_fd = sub("place");
        struct pl_tidy_options options = { place_fd, tree.fd, reload, NULL };

        (void) state;
        put_drop_ins();
        survives_every_fault(tidies, &options);
}

/* ---- settings ---- */

/* Whatever is written was noted before. */
static bool sets(void *userdata)
{
        static struct pl_originals originals;
        static struct pl_file_buffer buffer;
        const int place_fd = *(const int *) userdata;
        struct pl_originals_opened opened;
        struct pl_setting_change change;
        _cleanup_close_ int proc_fd = -1;
        bool good;

        if (pl_originals_open(&originals, place_fd, no_boot, &opened) == 0) {
                proc_fd = openat(tree.fd, "proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
                if (proc_fd >= 0)
                        (void) pl_setting_apply(&originals, proc_fd, PL_SETTING_SWAPPINESS, 10,
                                                &buffer, &change);
                if (proc_fd >= 0)
                        (void) pl_setting_restore(&originals, proc_fd, PL_SETTING_SWAPPINESS,
                                                  &buffer, &change);
        }
        pl_originals_close(&originals);
        pl_fault_disarm();
        mend("proc/sys/vm/swappiness", "60\n");
        if (proc_fd < 0)
                proc_fd = sub("proc");
        good = pl_originals_open(&originals, place_fd, no_boot, &opened) == 0;
        (void) pl_setting_restore(&originals, proc_fd, PL_SETTING_SWAPPINESS, &buffer, &change);
        good = good && is("proc/sys/vm/swappiness", "60\n") && originals.values.pool.count == 0;
        pl_originals_close(&originals);
        put("proc/sys/vm/swappiness", "60\n");
        return good;
}

static void setting_survives(void **state)
{
        _cleanup_close_ int place_fd = sub("place");

        (void) state;
        put("proc/sys/vm/swappiness", "60\n");
        survives_every_fault(sets, &place_fd);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(undoing_survives, set_up, tear_down),
                cmocka_unit_test_setup_teardown(tidying_survives, set_up, tear_down),
                cmocka_unit_test_setup_teardown(setting_survives, set_up, tear_down),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
