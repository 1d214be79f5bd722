/* SPDX-License-Identifier: Apache-2.0 */

/* What the mate sees of a host by itself, over a /proc of the test's. */

#include "daemon/mate_eyes.h"

#include "meminfo_made.h"
#include "plimsoll/base/size.h"

static struct test_tree proc;
static struct pl_mate_eyes eyes;
static uint64_t now_usec;

static void put_memory(uint64_t available_mib)
{
        meminfo_put(&proc, (struct meminfo_made){ available_mib * 1024, 512 * 1024 });
}

static void put_stall(uint64_t full_usec)
{
        char text[256];

        (void) snprintf(text, sizeof text,
                        "some avg10=0.00 avg60=0.00 avg300=0.00 total=99\n"
                        "full avg10=0.00 avg60=0.00 avg300=0.00 total=%llu\n",
                        (unsigned long long) full_usec);
        test_tree_put(&proc, "pressure/memory", text);
}

static void look(uint64_t passed_usec, uint64_t full_usec)
{
        static struct pl_file_buffer buffer;

        now_usec += passed_usec;
        put_stall(full_usec);
        pl_mate_eyes_look(&eyes, now_usec, &buffer);
}

static void open_eyes(void)
{
        const struct pl_mate_options options = { .proc = proc.path, .cgroup_root = proc.path };

        pl_mate_eyes_open(&eyes, &options);
}

static int set_up(void **state)
{
        (void) state;
        now_usec = 1000 * PL_USEC_PER_SEC;
        test_tree_make(&proc);
        test_tree_mkdir(&proc, "pressure");
        put_memory(300);
        put_stall(0);
        return 0;
}

static int tear_down(void **state)
{
        (void) state;
        pl_mate_eyes_close(&eyes);
        test_tree_remove(&proc);
        return 0;
}

static void memory_is_seen_at_once(void **state)
{
        (void) state;
        open_eyes();
        look(0, 0);
        assert_true(eyes.host.knows_memory);
        assert_int_equal(eyes.host.available_bytes, 300 * PL_MIB);
        assert_int_equal(eyes.host.swap_free_bytes, 512 * PL_MIB);
        put_memory(7);
        look(1, 0);
        assert_int_equal(eyes.host.available_bytes, 7 * PL_MIB);
}

static void stalls_are_seen_from_the_second_look_on(void **state)
{
        (void) state;
        open_eyes();
        look(0, 5000000);
        assert_false(eyes.host.knows_stall);
        look(PL_USEC_PER_SEC, 5000000 + 123400);
        assert_true(eyes.host.knows_stall);
        assert_int_equal(eyes.host.stall_permyriad, 1234);
        look(2 * PL_USEC_PER_SEC, 5000000 + 123400);
        assert_true(eyes.host.knows_stall);
        assert_int_equal(eyes.host.stall_permyriad, 0);
        /* Of counters that came late no more than all. */
        look(PL_USEC_PER_SEC, 9000000);
        assert_int_equal(eyes.host.stall_permyriad, 10000);
}

/* Looks that come at once after another say nothing new, and take nothing away. */
static void many_looks_in_a_second_are_one(void **state)
{
        (void) state;
        open_eyes();
        look(0, 0);
        look(PL_USEC_PER_SEC, 500000);
        assert_int_equal(eyes.host.stall_permyriad, 5000);
        for (int i = 0; i < 9; i++) {
                look(PL_USEC_PER_SEC / 20, 600000);
                assert_true(eyes.host.knows_stall);
                assert_int_equal(eyes.host.stall_permyriad, 5000);
        }
        look(PL_USEC_PER_SEC / 20, 600000);
        assert_int_equal(eyes.host.stall_permyriad, 2000);
}

/* Nobody looked for longer, or the host slept: that is none of the last second. */
static void a_long_while_is_no_second(void **state)
{
        (void) state;
        open_eyes();
        look(0, 0);
        look(3 * PL_USEC_PER_SEC, 600000);
        assert_int_equal(eyes.host.stall_permyriad, 2000);
        look(3 * PL_USEC_PER_SEC + 1, 4000000);
        assert_false(eyes.host.knows_stall);
        look(PL_USEC_PER_SEC, 4100000);
        assert_int_equal(eyes.host.stall_permyriad, 1000);
}

static void what_goes_backwards_is_not_known(void **state)
{
        (void) state;
        open_eyes();
        look(0, 4000000);
        look(PL_USEC_PER_SEC, 3000000);
        assert_false(eyes.host.knows_stall);
        now_usec -= 5 * PL_USEC_PER_SEC;
        look(0, 3500000);
        assert_false(eyes.host.knows_stall);
}

static void what_is_spoilt_or_absent_is_not_known(void **state)
{
        (void) state;
        open_eyes();
        look(0, 0);
        test_tree_put(&proc, "meminfo", "MemTotal: banana\n");
        look(PL_USEC_PER_SEC, 500000);
        assert_false(eyes.host.knows_memory);
        assert_true(eyes.host.knows_stall);
        pl_mate_eyes_close(&eyes);
        put_memory(1);
        assert_int_equal(unlinkat(proc.fd, "pressure/memory", 0), 0);
        open_eyes();
        assert_int_equal(eyes.pressure_fd, -1);
        test_tree_put(&proc, "pressure/memory", "");
        for (int i = 0; i < 3; i++)
                look(PL_USEC_PER_SEC, 900000 * (uint64_t) i);
        assert_false(eyes.host.knows_stall);
        assert_true(eyes.host.knows_memory);
}

static void without_a_host_it_is_blind(void **state)
{
        const struct pl_mate_options options = { .proc = "/nonexistent" };

        (void) state;
        pl_mate_eyes_open(&eyes, &options);
        assert_int_equal(eyes.roots.proc_fd, -1);
        assert_int_equal(eyes.roots.cgroup_fd, -1);
        look(0, 0);
        look(PL_USEC_PER_SEC, 900000);
        assert_false(eyes.host.knows_memory || eyes.host.knows_stall);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(memory_is_seen_at_once, set_up, tear_down),
                cmocka_unit_test_setup_teardown(stalls_are_seen_from_the_second_look_on, set_up,
                                                tear_down),
                cmocka_unit_test_setup_teardown(many_looks_in_a_second_are_one, set_up, tear_down),
                cmocka_unit_test_setup_teardown(a_long_while_is_no_second, set_up, tear_down),
                cmocka_unit_test_setup_teardown(what_goes_backwards_is_not_known, set_up,
                                                tear_down),
                cmocka_unit_test_setup_teardown(what_is_spoilt_or_absent_is_not_known, set_up,
                                                tear_down),
                cmocka_unit_test_setup_teardown(without_a_host_it_is_blind, set_up, tear_down),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
