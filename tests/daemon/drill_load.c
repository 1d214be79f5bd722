/* SPDX-License-Identifier: Apache-2.0 */

/* How much of a limit a drill's load takes, and where it refuses to. That it meets the limit and is not killed for it is for a
 * real kernel to show.
 */

#include "daemon/drill_load.h"

#include <errno.h>
#include <sys/mman.h>
#include <time.h>

#include "host/cgroups.h"
#include "plimsoll/base/size.h"

#define UNIT "system.slice/plimsoll-drill.service"

static struct test_tree tree, proc;
static unsigned pauses, frees;
static int free_error;

/* ---- what stands in for the kernel ---- */

int __wrap_madvise(void *memory, size_t length, int advice);
int __wrap_nanosleep(const struct timespec *pause, struct timespec *rest);

int __wrap_madvise(void *memory, size_t length, int advice)
{
        assert_non_null(memory);
        assert_true(length > 0);
        if (advice != MADV_FREE)
                return 0;
        frees++;
        errno = free_error;
        return -1;
}

int __wrap_nanosleep(const struct timespec *pause, struct timespec *rest)
{
        assert_true(pause->tv_sec == 0 && pause->tv_nsec > 0);
        assert_null(rest);
        pauses++;
        return 0;
}

/* ---- the rig ---- */

static int set_up(void **state)
{
        char name[32];

        (void) state;
        cgroups_make(&tree);
        test_tree_make(&proc);
        cgroup_make(&tree, "system.slice");
        cgroup_make(&tree, UNIT);
        (void) snprintf(name, sizeof name, "%d", getpid());
        test_tree_mkdir(&proc, name);
        pauses = frees = 0;
        free_error = EINVAL;
        return 0;
}

static int tear_down(void **state)
{
        (void) state;
        test_tree_remove(&tree);
        test_tree_remove(&proc);
        return 0;
}

static enum pl_daemon_exit load(const char *path, const char *max, const char *current)
{
        const struct pl_roots roots = { tree.fd, proc.fd, -1, -1 };
        char name[32], text[128];

        (void) snprintf(name, sizeof name, "%d/cgroup", getpid());
        (void) snprintf(text, sizeof text, "0::/%s\n", path);
        test_tree_put(&proc, name, text);
        cgroup_put(&tree, UNIT, "memory.max", max);
        cgroup_put(&tree, UNIT, "memory.current", current);
        return pl_drill_load(&roots);
}

/* ---- how much ---- */

static void what_is_held_stays_below_the_limit_and_what_is_turned_over_goes_beyond_it(void **state)
{
        struct pl_drill_load plan;

        (void) state;
        for (uint64_t max = PL_DRILL_MEBIBYTES_MIN * PL_MIB; max <= PL_DRILL_MEBIBYTES_MAX * PL_MIB;
             max += PL_MIB)
                for (uint64_t used = 0; used <= max / 2; used += max / 8) {
                        assert_true(pl_drill_load_plan(max, used, &plan));
                        assert_true(used + plan.held_bytes <= max - max / 16);
                        assert_true(used + plan.held_bytes + plan.turned_bytes > max);
                        /* The shipped "limit" is 95 %, and what is turned over counts. */
                        assert_true(plan.held_bytes >= max / 4);
                }
}

static void a_limit_that_is_not_the_units_is_not_filled(void **state)
{
        struct pl_drill_load plan;

        (void) state;
        assert_false(pl_drill_load_plan(PL_SIZE_MAX, 0, &plan));
        assert_false(pl_drill_load_plan(PL_DRILL_MEBIBYTES_MAX * PL_MIB + 1, 0, &plan));
        assert_false(pl_drill_load_plan(PL_DRILL_MEBIBYTES_MIN * PL_MIB - 1, 0, &plan));
        assert_false(pl_drill_load_plan(0, 0, &plan));
        assert_false(pl_drill_load_plan(64 * PL_MIB, 32 * PL_MIB + 1, &plan));
}

/* ---- where ---- */

static void nothing_is_filled_elsewhere(void **state)
{
        (void) state;
        assert_int_equal(load("system.slice/ssh.service", "67108864\n", "1048576\n"),
                         PL_DAEMON_FAILED);
        assert_int_equal(load(UNIT, "max\n", "1048576\n"), PL_DAEMON_FAILED);
        assert_int_equal(load(UNIT, "67108864\n", "x\n"), PL_DAEMON_FAILED);
        assert_int_equal(load("system.slice/plimsoll-drill.service/inner", "67108864\n", "0\n"),
                         PL_DAEMON_FAILED);
        assert_int_equal(pauses, 0);
        assert_int_equal(frees, 0);
}

static void what_is_held_is_filled_slowly_and_then_it_is_turned_over(void **state)
{
        (void) state;
        assert_int_equal(load(UNIT, "16777216\n", "1048576\n"), PL_DAEMON_FAILED);
        /* 16 less 1 less 1, a mebibyte at a time; and a kernel that takes nothing back ends it. */
        assert_int_equal(pauses, 14);
        assert_int_equal(frees, 1);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
        const struct CMUnitTest tests[] = {
                TEST(what_is_held_stays_below_the_limit_and_what_is_turned_over_goes_beyond_it),
                TEST(a_limit_that_is_not_the_units_is_not_filled),
                TEST(nothing_is_filled_elsewhere),
                TEST(what_is_held_is_filled_slowly_and_then_it_is_turned_over),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
