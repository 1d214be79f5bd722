/* SPDX-License-Identifier: Apache-2.0 */

/* One writer at a time. */

#include "journal/place.h"

static int open_with(const struct pl_journal_options *options, struct pl_journal_writer *ret_writer,
                     struct pl_journal_opened *ret_opened)
{
        return pl_journal_writer_open(place_fd, "journal", options, ret_writer, ret_opened);
}

static void a_second_writer_is_refused(void **state)
{
        const struct pl_journal_options options = made_options();
        struct pl_journal_writer writer = place_writer(NULL), second;
        struct pl_journal_opened opened;

        (void) state;
        assert_int_equal(open_with(&options, &second, &opened), PL_JOURNAL_E_LOCKED);
        assert_int_equal(second.lock_fd, -1);
        pl_journal_writer_close(&second);
        pl_journal_writer_close(&writer);
        writer = place_writer(&opened);
        assert_true(opened.continued);
        pl_journal_writer_close(&writer);
}

/* Whoever holds the lock himself is the only one with a journal and without. */
static void a_lock_can_be_the_callers(void **state)
{
        struct pl_journal_options options = made_options();
        struct pl_journal_writer writer, second;
        struct pl_journal_opened opened;
        int lock_fd = -1, again_fd = -1;

        (void) state;
        assert_int_equal(pl_journal_lock(place_fd, "journal", &lock_fd), 0);
        assert_int_equal(pl_journal_lock(place_fd, "journal", &again_fd), PL_JOURNAL_E_LOCKED);
        assert_int_equal(again_fd, -1);
        assert_int_equal(open_with(&options, &second, &opened), PL_JOURNAL_E_LOCKED);
        assert_false(place_has("journal"));
        options.is_locked = true;
        assert_int_equal(open_with(&options, &writer, &opened), 0);
        assert_int_equal(writer.lock_fd, -1);
        made_write_act(&writer);
        pl_journal_writer_close(&writer);
        options.is_locked = false;
        assert_int_equal(open_with(&options, &second, &opened), PL_JOURNAL_E_LOCKED);
        assert_int_equal(close(lock_fd), 0);
        assert_int_equal(open_with(&options, &writer, &opened), 0);
        assert_true(opened.continued);
        pl_journal_writer_close(&writer);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                PLACE_TEST(a_second_writer_is_refused),
                PLACE_TEST(a_lock_can_be_the_callers),
        };

        return cmocka_run_group_tests(tests, place_set_up, place_tear_down);
}
