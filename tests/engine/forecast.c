/* SPDX-License-Identifier: Apache-2.0 */

/* When nothing is left: what grows stops at the nearest limit above it, and what nobody explains goes on. */

#include "told.h"

/* A second in which this much is lost of so much; who takes it is said behind. */
#define LOSES(left, lost)                                                                          \
        "step 10s\nsettings\nhost available=" left "\n" GROWERS "step +1s\nhost available=-" lost  \
        "\n"
#define GROWERS                                                                                    \
        "facts slice flags=-workload\nfacts a\nfacts b\n"                                          \
        "sample a current=1GiB\nsample b current=1GiB\n"

static void what_nobody_explains_goes_on(void **state)
{
        (void) state;
        assert_said(judged(LOSES("8GiB", "1GiB")), "7GiB left, falls 1GiB/s, ends in 7s;");
}

static void who_grows_stops_at_its_limit(void **state)
{
        (void) state;
        assert_said(judged(LOSES("8GiB", "1GiB") "facts a max=3GiB\nsample a current=2GiB\n"),
                    "7GiB left, falls 1GiB/s, ends in never;");
        assert_said(judged(LOSES("8GiB", "1GiB") "facts a max=12GiB\nsample a current=2GiB\n"),
                    "7GiB left, falls 1GiB/s, ends in 7s;");
}

static void the_nearest_limit_above_it_counts(void **state)
{
        const char *told = judged(
                LOSES("8GiB", "1GiB") "facts a parent=slice max=12GiB\n"
                                      "facts slice max=20GiB\nsample a current=2GiB\n"
                                      "step +1s\nhost available=-1GiB\nsample a current=3GiB\n"
                                      "sample slice current=19GiB\n");

        (void) state;
        /* A limit of which nobody knows how much is used is none. */
        assert_said(told, "7GiB left, falls 1GiB/s, ends in 7s;");
        assert_said(told, "6GiB left, falls 1GiB/s, ends in never;");
}

static void the_fall_slows_down_with_each_that_gets_there(void **state)
{
        /* a has a GiB left at a GiB/s, b three at a GiB/s, and half a GiB/s is nobody's. */
        const char *told = judged(
                LOSES("12GiB", "2560MiB") "facts a max=3GiB\nsample a current=2GiB\n"
                                          "facts b max=5GiB\nsample b current=2GiB\n");

        (void) state;
        assert_said(told, "9728MiB left, falls 2560MiB/s, ends in 11s;");
}

static void the_order_in_which_they_get_there_is_not_that_of_their_growth(void **state)
{
        /* The faster one has the longer way. */
        const char *told = judged(
                LOSES("12GiB", "3GiB") "facts a max=8GiB\nsample a current=3GiB\n"
                                       "facts b max=3GiB\nsample b current=2GiB\n");

        (void) state;
        assert_said(told, "9GiB left, falls 3GiB/s, ends in never;");
}

static void no_more_than_what_was_lost_counts_of_their_growth(void **state)
{
        /* Three GiB/s of growth, of which a reclaimed cache has made up for all but a half: a sixth of each counts. */
        const char *told = judged(
                LOSES("4GiB",
                      "512MiB") "facts a max=4GiB\nsample a current=3GiB\nsample b current=2GiB\n");

        (void) state;
        assert_said(told, "3584MiB left, falls 512MiB/s, ends in 14s999ms999us");
}

static void an_end_that_no_clock_can_say_is_never(void **state)
{
        /* Twenty TiB and, when a is at its limit, a byte a second. */
        const char *told = judged("step 10s\nsettings\nhost available=20TiB\nfacts a max=2GiB\n"
                                  "sample a current=1GiB\n"
                                  "step +1s\nhost available=-536870913\n"
                                  "sample a current=+512MiB\n");

        (void) state;
        assert_said(told, "falls 536870913/s, ends in never;");
}

static void swap_takes_some_of_it(void **state)
{
        static const char disk[] = "step 10s\nsettings\nhost available=4GiB swap_free=2GiB\n"
                                   "step +1s\nhost available=-1GiB\n";
        static const char zram[] = "step 10s\nsettings\nhost available=4GiB swap_free=2GiB "
                                   "zram=512MiB zram_data=1GiB\nstep +1s\nhost available=-1GiB\n";
        static const char nothing[] = "step 10s\nsettings\nhost available=4GiB swap_free=2GiB "
                                      "zram=2GiB zram_data=1GiB\nstep +1s\nhost available=-1GiB\n";

        (void) state;
        assert_said(judged(disk), "3GiB left, falls 1GiB/s, ends in 5s;");
        /* Half of it is saved; or nothing. */
        assert_said(judged(zram), "3GiB left, falls 1GiB/s, ends in 4s;");
        assert_said(judged(nothing), "3GiB left, falls 1GiB/s, ends in 3s;");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(what_nobody_explains_goes_on),
                cmocka_unit_test(who_grows_stops_at_its_limit),
                cmocka_unit_test(the_nearest_limit_above_it_counts),
                cmocka_unit_test(the_fall_slows_down_with_each_that_gets_there),
                cmocka_unit_test(the_order_in_which_they_get_there_is_not_that_of_their_growth),
                cmocka_unit_test(no_more_than_what_was_lost_counts_of_their_growth),
                cmocka_unit_test(an_end_that_no_clock_can_say_is_never),
                cmocka_unit_test(swap_takes_some_of_it),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
