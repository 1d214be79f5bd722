/* SPDX-License-Identifier: Apache-2.0 */

/* The end of the threads: at once if a signal gets them out of their write, and without them if none does. */

#include "plimsoll/host/write.h"

#include "write_rig.h"

/* And not only when patience is at its end. */
static void an_end_interrupts(void **state)
{
        (void) state;
        timers_stand_still = true;
        put_reclaiming(1);
        put_reclaiming(2);
        wait_until_entered(2);
        for (uint64_t tag = 3; tag < 10; tag++)
                put_reclaiming(tag);
        end(PL_USEC_PER_MINUTE);
        wait_for_writers(0);
        assert_int_equal(test_open_fds(), fds_before);
        assert_int_equal(atomic_load(&timer_count), 0);
}

/* What is left behind on purpose, for the leak sanitizer to see it. */
static struct pl_writers *volatile left_behind[2];

/* Both threads sleep, and yet it ends. They do no harm when they wake. */
static void an_end_leaves_sleepers_behind(void **state)
{
        struct pl_write_row row = row_of(1);

        (void) state;
        add_order(&row, PL_LIMIT_HIGH, SLEEPS, PL_SIZE_MAX);
        add_order(&row, PL_LIMIT_SWAP_MAX, 0, PL_SIZE_MAX);
        put_row(&row);
        put(2, SLEEPS);
        wait_until_entered(2);
        for (uint64_t tag = 3; tag < 10; tag++)
                put(tag, PL_MIB);
        left_behind[0] = writers;
        end(PL_WRITE_PATIENCE_USEC);
        wait_for_writers(PL_WRITE_THREADS);
        /* The cgroup and the file of each, and the eventfd. */
        assert_int_equal(test_open_fds(), fds_before + 2 * PL_WRITE_THREADS + 1);

        open_gate(2);
        wait_for_writers(0);
        assert_int_equal(atomic_load(&woken_count), 2);
        assert_string_equal(drain_log(), "a/memory.high=232783872 a/memory.high=232783872 ");
        assert_int_equal(test_open_fds(), fds_before + 1);
}

/* One of them sleeps; the other, with nothing to do, ends. */
static void an_end_leaves_one_behind(void **state)
{
        (void) state;
        put(1, SLEEPS);
        wait_until_entered(1);
        left_behind[1] = writers;
        end(0);
        wait_for_writers(1);
        open_gate(1);
        wait_for_writers(0);
        assert_int_equal(atomic_load(&woken_count), 1);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
        const struct CMUnitTest tests[] = {
                TEST(an_end_interrupts),
                TEST(an_end_leaves_sleepers_behind),
                TEST(an_end_leaves_one_behind),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
