/* SPDX-License-Identifier: Apache-2.0 */

/* The oom_score_adj of processes; some of which beget others just when it is put back, or cannot be written. */

#include "undo_rig.h"

#include "plimsoll/kernel/process.h"

/* Called behind each write that went well. */
static void (*on_written)(void);
static unsigned refused_count;

int __real_pl_process_write_oom_score_adj(int dir_fd, int32_t value);
int __wrap_pl_process_write_oom_score_adj(int dir_fd, int32_t value);

int __wrap_pl_process_write_oom_score_adj(int dir_fd, int32_t value)
{
        int r;

        if (refused_count > 0) {
                refused_count--;
                return PL_FILE_E_DENIED;
        }
        r = __real_pl_process_write_oom_score_adj(dir_fd, value);
        if (r == 0 && on_written)
                on_written();
        return r;
}

static int begin(void **state)
{
        on_written = NULL;
        refused_count = 0;
        return set_up(state);
}

#define PROCESS_TEST(function) cmocka_unit_test_setup_teardown(function, begin, tear_down)

static void put_process(unsigned pid, int adj)
{
        char path[64], text[256];

        (void) snprintf(path, sizeof path, "%u", pid);
        (void) mkdirat(proc.fd, path, 0755);
        (void) snprintf(path, sizeof path, "%u/stat", pid);
        (void) snprintf(text, sizeof text,
                        "%u (x) S 1 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 %u 4096 1 1\n", pid,
                        100 + pid);
        test_tree_put(&proc, path, text);
        (void) snprintf(path, sizeof path, "%u/oom_score_adj", pid);
        (void) snprintf(text, sizeof text, "%d\n", adj);
        test_tree_put(&proc, path, text);
}

static const char *adj_of(unsigned pid)
{
        char path[64];

        (void) snprintf(path, sizeof path, "%u/oom_score_adj", pid);
        return test_tree_get(&proc, path);
}

static void note_process(unsigned pid, const char *path)
{
        const struct pl_original_value value = { .kind = PL_ORIGINAL_PROCESS,
                                                 .number = pid,
                                                 .start_ticks = 100 + pid,
                                                 .cgroup_id = cgroup_id(&tree, path),
                                                 .before = 100 };

        assert_int_equal(pl_originals_note_value(&originals, &value), 0);
        assert_int_equal(pl_originals_set_value(&originals, &value, 500, 100), 0);
}

/* Those that were born since as well, and one that has moved elsewhere; not one that has chosen since. */
static void processes_get_theirs_back(void **state)
{
        (void) state;
        open_log();
        put_process(2, 500);
        put_process(3, 500);
        put_process(4, 300);
        put_process(5, 500);
        note_process(2, "plain");
        note_process(4, "plain");
        note_process(5, "plain");
        cgroup_put(&tree, "plain", "cgroup.procs", "2\n3\n4\n");
        cgroup_put(&tree, "system.slice", "cgroup.procs", "5\n");
        assert_int_equal(undo(), PL_DAEMON_FINE);
        assert_string_equal(adj_of(2), "100\n");
        assert_string_equal(adj_of(3), "100\n");
        assert_string_equal(adj_of(4), "300\n");
        assert_string_equal(adj_of(5), "100\n");
        assert_noted(0, 0);
}

static void processes_of_one_cgroup(void **state)
{
        (void) state;
        open_log();
        put_process(2, 500);
        put_process(3, 500);
        note_process(2, "plain");
        note_process(3, UNIT_PATH);
        cgroup_put(&tree, "plain", "cgroup.procs", "2\n");
        cgroup_put(&tree, UNIT_PATH, "cgroup.procs", "3\n");
        options.path = UNIT_PATH;
        assert_int_equal(undo(), PL_DAEMON_FINE);
        assert_string_equal(adj_of(2), "500\n");
        assert_string_equal(adj_of(3), "100\n");
        assert_noted(0, 1);
}

/* ---- born meanwhile ---- */

static unsigned born_count;

/* Of a parent whose turn had not come, when all had been listed. */
static void bear(void)
{
        char list[256] = "2\n";

        on_written = NULL;
        put_process(10 + born_count++, 500);
        for (unsigned i = 0; i < born_count; i++)
                (void) snprintf(list + strlen(list), sizeof list - strlen(list), "%u\n", 10 + i);
        cgroup_put(&tree, "plain", "cgroup.procs", list);
}

static void who_is_born_meanwhile_gets_it_back(void **state)
{
        (void) state;
        open_log();
        put_process(2, 500);
        note_process(2, "plain");
        cgroup_put(&tree, "plain", "cgroup.procs", "2\n");
        born_count = 0;
        on_written = bear;
        assert_int_equal(undo(), PL_DAEMON_FINE);
        assert_int_equal(born_count, 1);
        assert_string_equal(adj_of(2), "100\n");
        assert_string_equal(adj_of(10), "100\n");
        assert_noted(0, 0);
}

static void bear_again(void)
{
        bear();
        on_written = bear_again;
}

/* A bomb is not run after, and it is said. */
static void whose_children_never_end_is_left(void **state)
{
        (void) state;
        open_log();
        put_process(2, 500);
        note_process(2, "plain");
        cgroup_put(&tree, "plain", "cgroup.procs", "2\n");
        born_count = 0;
        on_written = bear_again;
        assert_int_equal(undo(), PL_DAEMON_FAILED);
        assert_int_equal(born_count, 8);
        assert_string_equal(adj_of(16), "100\n");
        assert_string_equal(adj_of(17), "500\n");
}

/* ---- the account ---- */

static enum pl_daemon_exit undo_in_words(char words[1024])
{
        int ends[2], saved[2] = { dup(STDOUT_FILENO), dup(STDERR_FILENO) };
        enum pl_daemon_exit exit_code;
        ssize_t length;

        (void) fflush(NULL);
        assert_int_equal(pipe(ends), 0);
        assert_true(dup2(ends[1], STDOUT_FILENO) >= 0 && dup2(ends[1], STDERR_FILENO) >= 0);
        exit_code = undo();
        assert_true(dup2(saved[0], STDOUT_FILENO) >= 0 && dup2(saved[1], STDERR_FILENO) >= 0);
        (void) close(saved[0]);
        (void) close(saved[1]);
        (void) close(ends[1]);
        length = read(ends[0], words, 1023);
        (void) close(ends[0]);
        assert_true(length >= 0);
        words[length] = '\0';
        return exit_code;
}

/* One by its workload, one that has moved into another. */
static void all_that_are_back_are_counted(void **state)
{
        char words[1024];

        (void) state;
        open_log();
        put_process(2, 500);
        put_process(5, 500);
        note_process(2, "plain");
        note_process(5, "plain");
        cgroup_put(&tree, "plain", "cgroup.procs", "2\n");
        cgroup_put(&tree, "system.slice", "cgroup.procs", "5\n");
        assert_int_equal(undo_in_words(words), PL_DAEMON_FINE);
        assert_non_null(strstr(words, "the oom_score_adj of 2 processes"));
        assert_string_equal(adj_of(5), "100\n");
}

/* Of whom nothing of its own is noted: its workload's sweep alone knows of it. */
static void one_that_cannot_be_written_is_counted(void **state)
{
        char words[1024];

        (void) state;
        open_log();
        put_process(2, 100);
        put_process(3, 500);
        note_process(2, "plain");
        cgroup_put(&tree, "plain", "cgroup.procs", "2\n3\n");
        refused_count = 100;
        assert_int_equal(undo_in_words(words), PL_DAEMON_FAILED);
        assert_non_null(strstr(words, "the oom_score_adj of 0 processes"));
        assert_non_null(strstr(words, "1 have not"));
        assert_string_equal(adj_of(3), "500\n");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                PROCESS_TEST(processes_get_theirs_back),
                PROCESS_TEST(processes_of_one_cgroup),
                PROCESS_TEST(who_is_born_meanwhile_gets_it_back),
                PROCESS_TEST(whose_children_never_end_is_left),
                PROCESS_TEST(all_that_are_back_are_counted),
                PROCESS_TEST(one_that_cannot_be_written_is_counted),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
