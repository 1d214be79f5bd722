/* SPDX-License-Identifier: Apache-2.0 */

/* Three files that stand for those below /proc/sys/vm, and a log of originals. */

#include "plimsoll/host/settings.h"

#include "host/noted.h"
#include "kernel/tree.h"

static struct test_tree proc;
static struct pl_file_buffer buffer;
static struct pl_setting_change change;

static int set_up(void **state)
{
        noted_clear(state);
        test_tree_make(&proc);
        test_tree_mkdir(&proc, "sys");
        test_tree_mkdir(&proc, "sys/vm");
        test_tree_put(&proc, "sys/vm/swappiness", "60\n");
        test_tree_put(&proc, "sys/vm/watermark_scale_factor", "10\n");
        test_tree_put(&proc, "sys/vm/min_free_kbytes", "45056\n");
        noted_open();
        return 0;
}

static int tear_down(void **state)
{
        (void) state;
        pl_originals_close(&noted);
        test_tree_remove(&proc);
        return 0;
}

#define SETTING_TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

static int apply(enum pl_setting setting, int64_t value)
{
        return pl_setting_apply(&noted, proc.fd, setting, value, &buffer, &change);
}

static int put_back(enum pl_setting setting)
{
        return pl_setting_restore(&noted, proc.fd, setting, &buffer, &change);
}

static void set_and_put_back(void **state)
{
        (void) state;
        assert_int_equal(apply(PL_SETTING_SWAPPINESS, 10), 0);
        assert_int_equal(change.before, 60);
        assert_string_equal(test_tree_get(&proc, "sys/vm/swappiness"), "10\n");
        assert_int_equal(apply(PL_SETTING_MIN_FREE_KBYTES, 90112), 0);
        assert_string_equal(test_tree_get(&proc, "sys/vm/min_free_kbytes"), "90112\n");
        noted_reopen();
        /* What was there before us is what counts, also at another value. */
        assert_int_equal(apply(PL_SETTING_SWAPPINESS, 20), 0);
        assert_int_equal(change.before, 60);
        assert_int_equal(change.found, 10);
        assert_int_equal(put_back(PL_SETTING_SWAPPINESS), 0);
        assert_string_equal(test_tree_get(&proc, "sys/vm/swappiness"), "60\n");
        assert_int_equal(put_back(PL_SETTING_SWAPPINESS), PL_SETTING_E_NOT_OURS);
        assert_string_equal(noted_words(), "2/2/0 for 0 before 45056 set 90112\n");
}

static void what_is_so_already_is_not_ours(void **state)
{
        (void) state;
        assert_int_equal(apply(PL_SETTING_SWAPPINESS, 60), 0);
        assert_string_equal(noted_words(), "");
        assert_int_equal(put_back(PL_SETTING_SWAPPINESS), PL_SETTING_E_NOT_OURS);
}

static void somebody_elses_stays(void **state)
{
        (void) state;
        assert_int_equal(apply(PL_SETTING_SWAPPINESS, 10), 0);
        test_tree_put(&proc, "sys/vm/swappiness", "33\n");
        assert_int_equal(put_back(PL_SETTING_SWAPPINESS), PL_SETTING_E_OTHER);
        assert_int_equal(change.found, 33);
        assert_string_equal(test_tree_get(&proc, "sys/vm/swappiness"), "33\n");
        assert_string_equal(noted_words(), "");
        /* As it was before us, by another hand: nothing to do. */
        assert_int_equal(apply(PL_SETTING_SWAPPINESS, 10), 0);
        test_tree_put(&proc, "sys/vm/swappiness", "33\n");
        assert_int_equal(put_back(PL_SETTING_SWAPPINESS), 0);
}

static void what_is_strange_is_left(void **state)
{
        static const char *const texts[] = { "", "60", "x\n", "-1\n", "6 0\n", "99999999999\n" };

        (void) state;
        assert_int_equal(apply(PL_SETTING_WATERMARK_SCALE_FACTOR, 50), 0);
        for (size_t i = 0; i < PL_ARRAY_LENGTH(texts); i++) {
                test_tree_put(&proc, "sys/vm/watermark_scale_factor", texts[i]);
                assert_row(texts[i],
                           apply(PL_SETTING_WATERMARK_SCALE_FACTOR, 50) == PL_FILE_E_MALFORMED);
                assert_row(texts[i],
                           put_back(PL_SETTING_WATERMARK_SCALE_FACTOR) == PL_FILE_E_MALFORMED);
        }
        assert_int_equal(unlinkat(proc.fd, "sys/vm/watermark_scale_factor", 0), 0);
        assert_int_equal(apply(PL_SETTING_WATERMARK_SCALE_FACTOR, 50), PL_FILE_E_ABSENT);
        assert_int_equal(put_back(PL_SETTING_WATERMARK_SCALE_FACTOR), PL_FILE_E_ABSENT);
        /* It is noted still. */
        test_tree_put(&proc, "sys/vm/watermark_scale_factor", "50\n");
        assert_int_equal(put_back(PL_SETTING_WATERMARK_SCALE_FACTOR), 0);
        assert_string_equal(test_tree_get(&proc, "sys/vm/watermark_scale_factor"), "10\n");
}

/* A file of the kernel that takes 0, and means something else by it (proc(5)). */
static void what_was_not_taken_is_said(void **state)
{
        int64_t before = 0;

        (void) state;
        assert_int_equal(unlinkat(proc.fd, "sys/vm/swappiness", 0), 0);
        assert_int_equal(symlinkat("/proc/self/timerslack_ns", proc.fd, "sys/vm/swappiness"), 0);
        assert_int_equal(pl_setting_read(proc.fd, PL_SETTING_SWAPPINESS, &buffer, &before), 0);
        assert_true(before > 0);
        assert_int_equal(apply(PL_SETTING_SWAPPINESS, 0), PL_SETTING_E_IGNORED);
        assert_int_equal(noted.values.pool.count, 1);
        assert_int_equal(put_back(PL_SETTING_SWAPPINESS), 0);
        assert_int_equal(noted.values.pool.count, 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                SETTING_TEST(set_and_put_back),
                SETTING_TEST(what_is_so_already_is_not_ours),
                SETTING_TEST(somebody_elses_stays),
                SETTING_TEST(what_is_strange_is_left),
                SETTING_TEST(what_was_not_taken_is_said),
        };

        return cmocka_run_group_tests(tests, noted_set_up, noted_tear_down);
}
