/* SPDX-License-Identifier: Apache-2.0 */

/* Limits, and who is asked for. */

#include "undo_rig.h"

#include "plimsoll/engine/plan.h"

/* As near to 64 MiB as a use of 128 MiB lets a memory.max come. */
static const char *near_the_use(void)
{
        static char text[32];

        (void) snprintf(text, sizeof text, "%ju\n",
                        (uintmax_t) (128 * PL_MIB + pl_plan_margin(128 * PL_MIB)));
        return text;
}

/* ---- limits ---- */

static void limits_go_back(void **state)
{
        (void) state;
        open_log();
        change("plain", PL_LIMIT_MAX, PL_SIZE_MAX, 1 << 20);
        change("plain", PL_LIMIT_HIGH, PL_SIZE_MAX, 1 << 19);
        change("plain", PL_LIMIT_LOW, 8192, 65536);
        change("system.slice", PL_LIMIT_MAX, 1 << 28, 1 << 24);
        assert_int_equal(undo(), PL_DAEMON_FINE);
        assert_string_equal(get("plain", PL_LIMIT_MAX), "max\n");
        assert_string_equal(get("plain", PL_LIMIT_HIGH), "max\n");
        assert_string_equal(get("plain", PL_LIMIT_LOW), "8192\n");
        assert_string_equal(get("system.slice", PL_LIMIT_MAX), "268435456\n");
        assert_noted(0, 0);
        assert_int_equal(undo(), PL_DAEMON_FINE);
}

static void what_somebody_else_set_since_stays(void **state)
{
        (void) state;
        open_log();
        change("plain", PL_LIMIT_MAX, PL_SIZE_MAX, 1 << 20);
        change("plain", PL_LIMIT_LOW, 0, 65536);
        put("plain", PL_LIMIT_MAX, 1 << 21);
        assert_int_equal(undo(), PL_DAEMON_FINE);
        assert_string_equal(get("plain", PL_LIMIT_MAX), "2097152\n");
        assert_string_equal(get("plain", PL_LIMIT_LOW), "0\n");
        assert_noted(0, 0);
}

/* It comes as near as the use lets it, and the rest another time. */
static void max_waits_for_the_use(void **state)
{
        (void) state;
        open_log();
        change("plain", PL_LIMIT_MAX, 64 << 20, 512 << 20);
        change("plain", PL_LIMIT_LOW, 0, 65536);
        cgroup_put(&tree, "plain", "memory.current", "134217728\n");
        assert_int_equal(undo(), PL_DAEMON_FAILED);
        assert_string_equal(get("plain", PL_LIMIT_MAX), near_the_use());
        assert_string_equal(get("plain", PL_LIMIT_LOW), "0\n");
        assert_noted(1, 0);
        cgroup_put(&tree, "plain", "memory.current", "4096\n");
        assert_int_equal(undo(), PL_DAEMON_FINE);
        assert_string_equal(get("plain", PL_LIMIT_MAX), "67108864\n");
        assert_noted(0, 0);
}

/* The use falls while it waits: another process sees to that, as the workload would. */
static void max_comes_when_it_can(void **state)
{
        pid_t child;

        (void) state;
        open_log();
        change("plain", PL_LIMIT_MAX, 64 << 20, 512 << 20);
        cgroup_put(&tree, "plain", "memory.current", "134217728\n");
        options.patience_usec = 60 * PL_USEC_PER_SEC;
        child = fork();
        assert_true(child >= 0);
        if (child == 0) {
                (void) prctl(PR_SET_PDEATHSIG, SIGKILL);
                while (strcmp(get("plain", PL_LIMIT_MAX), near_the_use()) != 0)
                        (void) usleep(1000);
                cgroup_put(&tree, "plain", "memory.current", "4096\n");
                _exit(0);
        }
        assert_int_equal(undo(), PL_DAEMON_FINE);
        assert_int_equal(waitpid(child, NULL, 0), child);
        assert_string_equal(get("plain", PL_LIMIT_MAX), "67108864\n");
        assert_noted(0, 0);
}

static void what_is_gone_is_forgotten(void **state)
{
        (void) state;
        open_log();
        make("other");
        change("other", PL_LIMIT_MAX, PL_SIZE_MAX, 1 << 20);
        change("plain", PL_LIMIT_MAX, PL_SIZE_MAX, 1 << 20);
        drop("other");
        assert_int_equal(undo(), PL_DAEMON_FINE);
        assert_string_equal(get("plain", PL_LIMIT_MAX), "max\n");
        assert_noted(0, 0);
}

static void a_limit_that_cannot_be_written_is_said(void **state)
{
        (void) state;
        open_log();
        change("plain", PL_LIMIT_MAX, 0,
               1 << 20); /* by another hand: memory.max 0 is never written */
        change("plain", PL_LIMIT_LOW, 0, 65536);
        assert_int_equal(undo(), PL_DAEMON_FAILED);
        assert_string_equal(get("plain", PL_LIMIT_MAX), "1048576\n");
        assert_string_equal(get("plain", PL_LIMIT_LOW), "0\n");
        assert_noted(1, 0);
}

/* ---- what is asked for ---- */

static void only_one_and_those_below_it(void **state)
{
        (void) state;
        open_log();
        make("plain/inner");
        make("plainer");
        change("plain", PL_LIMIT_MAX, PL_SIZE_MAX, 1 << 20);
        change("plain/inner", PL_LIMIT_MAX, PL_SIZE_MAX, 1 << 20);
        change("plainer", PL_LIMIT_MAX, PL_SIZE_MAX, 1 << 20);
        options.path = "plain";
        assert_int_equal(undo(), PL_DAEMON_FINE);
        assert_string_equal(get("plain", PL_LIMIT_MAX), "max\n");
        assert_string_equal(get("plain/inner", PL_LIMIT_MAX), "max\n");
        assert_string_equal(get("plainer", PL_LIMIT_MAX), "1048576\n");
        assert_noted(1, 0);
        options.path = "plain/nobody";
        assert_int_equal(undo(), PL_DAEMON_FAILED);
        options.path = "system.slice"; /* there, and nothing is noted of it */
        assert_int_equal(undo(), PL_DAEMON_FINE);
}

static void not_while_a_daemon_runs(void **state)
{
        int lock_fd = -1;

        (void) state;
        open_log();
        change("plain", PL_LIMIT_MAX, PL_SIZE_MAX, 1 << 20);
        assert_int_equal(pl_journal_lock(place.fd, "journal", &lock_fd), 0);
        assert_int_equal(undo(), PL_DAEMON_OCCUPIED);
        assert_string_equal(get("plain", PL_LIMIT_MAX), "1048576\n");
        (void) close(lock_fd);
        assert_int_equal(undo(), PL_DAEMON_FINE);
}

static void where_nothing_was_changed_nothing_is_made(void **state)
{
        int before = test_open_fds();

        (void) state;
        assert_int_equal(pl_undo_run(&options), PL_DAEMON_FINE);
        assert_int_not_equal(faccessat(place.fd, "originals", F_OK, 0), 0);
        options.directory = "/nonexistent/plimsoll";
        assert_int_equal(pl_undo_run(&options), PL_DAEMON_FINE);
        options.directory = "/dev/null";
        assert_int_equal(pl_undo_run(&options), PL_DAEMON_FAILED);
        assert_int_equal(test_open_fds(), before);
}

static void a_log_of_something_else_is_said(void **state)
{
        (void) state;
        test_tree_put(&place, "originals", "what is this?\n");
        assert_int_equal(pl_undo_run(&options), PL_DAEMON_FAILED);
        assert_int_equal(faccessat(place.fd, "originals.old", F_OK, 0), 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                UNDO_TEST(limits_go_back),
                UNDO_TEST(what_somebody_else_set_since_stays),
                UNDO_TEST(max_waits_for_the_use),
                UNDO_TEST(max_comes_when_it_can),
                UNDO_TEST(what_is_gone_is_forgotten),
                UNDO_TEST(a_limit_that_cannot_be_written_is_said),
                UNDO_TEST(only_one_and_those_below_it),
                UNDO_TEST(not_while_a_daemon_runs),
                UNDO_TEST(where_nothing_was_changed_nothing_is_made),
                UNDO_TEST(a_log_of_something_else_is_said),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
