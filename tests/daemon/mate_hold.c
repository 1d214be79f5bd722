/* SPDX-License-Identifier: Apache-2.0 */

/* Who is held still, and goes on: at his time, at the end, and never somebody else's. */

#include "daemon/mate_hold.h"

#include "daemon/mate_watch.h"
#include "host/marked.h"

#define DEADLINE_USEC (100 * PL_USEC_PER_SEC)
#define DUE_USEC      (DEADLINE_USEC + PL_MATE_HOLD_SLACK_USEC)

static struct test_tree tree;
static struct pl_mate_holds holds;
static struct pl_file_buffer buffer;

static int set_up(void **state)
{
        (void) state;
        memset(&holds, 0, sizeof holds);
        marked_error = 0;
        cgroups_make(&tree);
        marked_make(&tree, "a", true);
        marked_make(&tree, "b", true);
        marked_make(&tree, "theirs", false);
        return 0;
}

static int tear_down(void **state)
{
        (void) state;
        (void) pl_mate_holds_release(&holds, &buffer);
        for (uint64_t id = 1; pl_mate_holds_any(&holds) && id < 100; id++)
                pl_mate_holds_drop(&holds, id);
        test_tree_remove(&tree);
        return 0;
}

static bool add(const char *path, uint64_t id, uint64_t deadline_usec)
{
        int fd = openat(tree.fd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

        assert_true(fd >= 0);
        return pl_mate_holds_add(&holds, id, fd, deadline_usec);
}

static uint32_t expire(uint64_t now_usec)
{
        return pl_mate_holds_expire(&holds, now_usec, &buffer);
}

static void assert_goes_on(const char *path)
{
        assert_false(marked_stands_still(&tree, path));
        assert_false(marked_is_ours(&tree, path));
}

/* And carries the mark that the daemon may have set a moment ago. */
static void assert_goes_on_marked(const char *path)
{
        assert_false(marked_stands_still(&tree, path));
        assert_true(marked_is_ours(&tree, path));
}

static void nobody_is_let_go_before_his_time(void **state)
{
        (void) state;
        assert_true(pl_mate_holds_next_usec(&holds) == UINT64_MAX);
        assert_true(add("a", 1, DEADLINE_USEC));
        assert_true(add("b", 2, DEADLINE_USEC + 1));
        assert_true(pl_mate_holds_next_usec(&holds) == DUE_USEC);
        assert_int_equal(expire(DUE_USEC - 1), 0);
        assert_true(marked_stands_still(&tree, "a"));
        assert_int_equal(expire(DUE_USEC), 1);
        assert_goes_on_marked("a");
        assert_true(marked_stands_still(&tree, "b"));
        assert_true(pl_mate_holds_next_usec(&holds) == DUE_USEC + 1);
        assert_int_equal(expire(DUE_USEC + 1), 1);
        assert_goes_on_marked("b");
        assert_true(pl_mate_holds_next_usec(&holds) == DUE_USEC + PL_MATE_TICK_USEC);
}

static void whom_the_daemon_has_let_go_is_not_touched(void **state)
{
        (void) state;
        assert_true(add("a", 1, DEADLINE_USEC));
        pl_mate_holds_drop(&holds, 1);
        pl_mate_holds_drop(&holds, 1);
        pl_mate_holds_drop(&holds, 4711);
        assert_false(pl_mate_holds_any(&holds));
        assert_int_equal(expire(UINT64_MAX - 1), 0);
        assert_int_equal(pl_mate_holds_release(&holds, &buffer), 0);
        assert_true(marked_stands_still(&tree, "a"));
}

static void at_the_end_all_go_on(void **state)
{
        (void) state;
        assert_true(add("a", 1, UINT64_MAX));
        assert_true(add("b", 2, DEADLINE_USEC));
        assert_int_equal(pl_mate_holds_release(&holds, &buffer), 2);
        assert_goes_on("a");
        assert_goes_on("b");
        assert_false(pl_mate_holds_any(&holds));
}

/* The daemon may have been stopped between its mark and its freeze, and does that one afterwards: it would never be known as
 * ours, had the mark been taken away meanwhile. */
static void who_was_held_after_his_time_is_let_go_again(void **state)
{
        (void) state;
        assert_true(add("a", 1, DEADLINE_USEC));
        assert_int_equal(expire(DUE_USEC), 1);
        cgroup_put(&tree, "a", "cgroup.freeze", "1\n");
        assert_int_equal(expire(DUE_USEC + PL_USEC_PER_MINUTE), 1);
        assert_goes_on_marked("a");
        assert_int_equal(expire(DUE_USEC + 2 * PL_USEC_PER_MINUTE), 0);
        /* Nobody was let go by that; the mark goes with the daemon. */
        assert_int_equal(pl_mate_holds_release(&holds, &buffer), 0);
        assert_goes_on("a");
}

/* Its word has come, and its mark has not. */
static void who_is_held_at_last_is_let_go(void **state)
{
        (void) state;
        cgroup_put(&tree, "theirs", "cgroup.freeze", "0\n");
        assert_true(add("theirs", 1, DEADLINE_USEC));
        assert_int_equal(expire(DUE_USEC), 0);
        cgroup_put(&tree, "theirs", "user.plimsoll.held", "1");
        assert_int_equal(expire(DUE_USEC + PL_MATE_TICK_USEC), 0);
        cgroup_put(&tree, "theirs", "cgroup.freeze", "1\n");
        assert_int_equal(expire(DUE_USEC + 2 * PL_MATE_TICK_USEC), 1);
        assert_goes_on_marked("theirs");
}

static void who_is_somebody_elses_stays_so(void **state)
{
        (void) state;
        assert_true(add("theirs", 1, DEADLINE_USEC));
        assert_int_equal(expire(DUE_USEC), 0);
        assert_true(marked_stands_still(&tree, "theirs"));
        assert_int_equal(pl_mate_holds_release(&holds, &buffer), 0);
        assert_true(marked_stands_still(&tree, "theirs"));
        assert_false(pl_mate_holds_any(&holds));
}

static void one_that_is_gone_is_forgotten(void **state)
{
        (void) state;
        assert_true(add("a", 1, DEADLINE_USEC));
        assert_int_equal(unlinkat(tree.fd, "a/user.plimsoll.held", 0), 0);
        assert_int_equal(unlinkat(tree.fd, "a/cgroup.freeze", 0), 0);
        cgroup_drop(&tree, "a");
        assert_int_equal(expire(DUE_USEC), 0);
        assert_true(pl_mate_holds_next_usec(&holds) == UINT64_MAX);
        assert_int_equal(pl_mate_holds_release(&holds, &buffer), 0);
        assert_false(pl_mate_holds_any(&holds));
}

static void what_fails_is_tried_again(void **state)
{
        (void) state;
        assert_true(add("a", 1, DEADLINE_USEC));
        assert_int_equal(unlinkat(tree.fd, "a/cgroup.freeze", 0), 0);
        test_tree_mkdir(&tree, "a/cgroup.freeze");
        assert_int_equal(expire(DUE_USEC), 0);
        assert_true(pl_mate_holds_next_usec(&holds) == DUE_USEC + PL_MATE_TICK_USEC);
        assert_int_equal(pl_mate_holds_release(&holds, &buffer), 0);
        assert_true(pl_mate_holds_any(&holds));
        assert_int_equal(unlinkat(tree.fd, "a/cgroup.freeze", AT_REMOVEDIR), 0);
        cgroup_put(&tree, "a", "cgroup.freeze", "1\n");
        assert_int_equal(pl_mate_holds_release(&holds, &buffer), 1);
        assert_goes_on("a");
}

static void a_later_time_takes_the_place_of_the_first(void **state)
{
        int fds;

        (void) state;
        assert_true(add("a", 1, DEADLINE_USEC));
        fds = test_open_fds();
        assert_true(add("a", 1, 2 * DEADLINE_USEC));
        assert_int_equal(test_open_fds(), fds);
        assert_int_equal(expire(DUE_USEC), 0);
        assert_true(marked_stands_still(&tree, "a"));
        assert_int_equal(expire(2 * DUE_USEC), 1);
}

static void there_is_room_for_so_many(void **state)
{
        int fds;

        (void) state;
        for (uint64_t id = 1; id <= PL_MATE_HELD_MAX; id++)
                assert_true(add("a", id, DEADLINE_USEC));
        fds = test_open_fds();
        assert_false(add("b", 99, DEADLINE_USEC));
        assert_int_equal(test_open_fds(), fds);
        pl_mate_holds_drop(&holds, 7);
        assert_true(add("b", 99, DEADLINE_USEC));
}

#define HOLD_TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
        const struct CMUnitTest tests[] = {
                HOLD_TEST(nobody_is_let_go_before_his_time),
                HOLD_TEST(whom_the_daemon_has_let_go_is_not_touched),
                HOLD_TEST(at_the_end_all_go_on),
                HOLD_TEST(who_was_held_after_his_time_is_let_go_again),
                HOLD_TEST(who_is_held_at_last_is_let_go),
                HOLD_TEST(who_is_somebody_elses_stays_so),
                HOLD_TEST(one_that_is_gone_is_forgotten),
                HOLD_TEST(what_fails_is_tried_again),
                HOLD_TEST(a_later_time_takes_the_place_of_the_first),
                HOLD_TEST(there_is_room_for_so_many),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
