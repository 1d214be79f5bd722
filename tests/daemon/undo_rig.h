/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* undo_rig - what a daemon that is gone has left behind, over trees that stand for cgroups, /proc, "/" and /run/plimsoll. */

#include "daemon/undo.h"

#include "daemon/boot.h"
#include "daemon/manager_fake.h"
#include "host/cgroups.h"
#include "plimsoll/base/size.h"
#include "plimsoll/host/originals.h"
#include "plimsoll/journal/writer.h"

#define UNIT_PATH "system.slice/x.service"
#define DROP_INS  "run/systemd/system.control/x.service.d"

static struct test_tree tree, proc, place, root;
static struct manager manager;
static struct pl_undo_options options;
static struct pl_originals originals;

/* ---- what there was ---- */

static inline void make(const char *path)
{
        cgroup_make(&tree, path);
        cgroup_put(&tree, path, "memory.current", "4096\n");
        cgroup_put(&tree, path, "memory.max", "max\n");
        cgroup_put(&tree, path, "memory.high", "max\n");
        cgroup_put(&tree, path, "memory.low", "0\n");
}

static inline void drop(const char *path)
{
        static const char *const files[] = { "memory.current", "memory.max", "memory.high",
                                             "memory.low" };
        char whole[512];

        for (size_t i = 0; i < PL_ARRAY_LENGTH(files); i++) {
                (void) snprintf(whole, sizeof whole, "%s/%s", path, files[i]);
                assert_int_equal(unlinkat(tree.fd, whole, 0), 0);
        }
        cgroup_drop(&tree, path);
}

static inline int set_up(void **state)
{
        (void) state;
        cgroups_make(&tree);
        test_tree_make(&proc);
        test_tree_make(&place);
        test_tree_make(&root);
        test_tree_mkdir(&root, "run");
        test_tree_mkdir(&root, "run/systemd");
        test_tree_mkdir(&root, "run/systemd/system.control");
        test_tree_mkdir(&proc, "sys");
        test_tree_mkdir(&proc, "sys/kernel");
        test_tree_mkdir(&proc, "sys/kernel/random");
        test_tree_put(&proc, "sys/kernel/random/boot_id", "3c6d6cd6-7b1e-4d0c-8a5b-0123456789ab\n");
        make("system.slice");
        make(UNIT_PATH);
        make("plain");
        manager = (struct manager){ .tree = &root, .cgroup = "/" UNIT_PATH, .said = manager.said };
        options = (struct pl_undo_options){
                .roots = { tree.fd, proc.fd, -1, -1 },
                .directory = place.path,
                .root_fd = root.fd,
                .bus_address = "unix:path=/nonexistent/socket",
        };
        return 0;
}

static inline int tear_down(void **state)
{
        (void) state;
        manager_stop(&manager);
        test_tree_remove(&tree);
        test_tree_remove(&proc);
        test_tree_remove(&place);
        test_tree_remove(&root);
        return 0;
}

#define UNDO_TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

static inline void open_log(void)
{
        struct pl_originals_opened opened;
        uint8_t boot_id[16];

        pl_boot_id_read(proc.fd, boot_id);
        assert_int_equal(pl_originals_open(&originals, place.fd, boot_id, &opened), 0);
}

static inline void put(const char *path, enum pl_limit limit, uint64_t value)
{
        char text[32];

        if (value == PL_SIZE_MAX)
                (void) snprintf(text, sizeof text, "max\n");
        else
                (void) snprintf(text, sizeof text, "%ju\n", (uintmax_t) value);
        cgroup_put(&tree, path, pl_limit_file(limit), text);
}

static inline const char *get(const char *path, enum pl_limit limit)
{
        char whole[512];

        (void) snprintf(whole, sizeof whole, "%s/%s", path, pl_limit_file(limit));
        return test_tree_get(&tree, whole);
}

/* As the daemon does: noted, said, written. */
static inline void change(const char *path, enum pl_limit limit, uint64_t before, uint64_t set)
{
        char whole[512];
        struct pl_original_name name = { .id = cgroup_id(&tree, path) };
        struct pl_limits limits = {}, actual = {};

        (void) snprintf(whole, sizeof whole, "/%s", path);
        name.path = pl_span_of(whole);
        if (pl_span_ends_with(name.path, "/x.service"))
                name.unit = pl_span_of("x.service");
        pl_limits_put(&actual, limit, before);
        pl_limits_put(&limits, limit, set);
        assert_true(pl_originals_note_limits(&originals, &name, &actual) >= 0);
        assert_int_equal(pl_originals_set_limits(&originals, name.id, &limits, &actual), 0);
        put(path, limit, set);
}

/* And systemd was told; some of it had been set by somebody else before. */
static inline void keep_at(const char *path, uint32_t limits, uint32_t foreign)
{
        const uint64_t id = cgroup_id(&tree, path);
        struct pl_limits kept = {};

        assert_int_equal(pl_originals_note_foreign(&originals, id, foreign), 0);
        for (enum pl_limit i = 0; i < PL_LIMIT_COUNT; i++)
                if (limits & UINT32_C(1) << i)
                        pl_limits_put(&kept, i,
                                      pl_originals_find_cgroup(&originals, id)->set.values[i]);
        assert_int_equal(pl_originals_keep_limits(&originals, id, &kept), 0);
        if (kept.set & 1 << PL_LIMIT_MAX)
                manager_write(&manager, "x.service", "MemoryMax", kept.values[PL_LIMIT_MAX]);
        if (kept.set & 1 << PL_LIMIT_HIGH)
                manager_write(&manager, "x.service", "MemoryHigh", kept.values[PL_LIMIT_HIGH]);
}

static inline void keep(uint32_t limits, uint32_t foreign)
{
        keep_at(UNIT_PATH, limits, foreign);
}

static inline enum pl_daemon_exit undo(void)
{
        pl_originals_close(&originals);
        return pl_undo_run(&options);
}

static inline bool is_there(const char *path)
{
        return faccessat(root.fd, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

static inline void assert_noted(uint64_t cgroups, uint64_t values)
{
        open_log();
        assert_int_equal(originals.cgroups.pool.count, cgroups);
        assert_int_equal(originals.values.pool.count, values);
        pl_originals_close(&originals);
}
