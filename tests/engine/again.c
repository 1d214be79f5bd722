/* SPDX-License-Identifier: Apache-2.0 */

/* Services that come back to be killed again and again: when they count as such, and what follows for whom. */

#include "told.h"

#define BEGIN(settings)                                                                            \
        "step 10s\nsettings cool_down=0s " settings "\nhost available=5GiB full=0s kswapd=0\n"
/* A life of a service: it comes, it is killed at the second look, it is gone. */
#define LIFE(name, facts, number)                                                                  \
        "step +2s\nhost available=600MiB\nfacts " name " kin=7 " facts "\nsample " name            \
        " current=4GiB anon=4GiB\n" SCARCE "sample " name                                          \
        "\nstep +500ms\nhost available=5GiB\noutcome " number " " name                             \
        " done bytes=4GiB\ngone " name "\n"
#define RETURNS "step +1s\nhost available=5GiB\nfacts back kin=7\n"

static void kills_that_are_far_apart_are_not_again_and_again(void **state)
{
        static const char near[] = BEGIN("kills=2 within=1m") LIFE("a", "", "1") LIFE("b", "", "2")
                RETURNS;
        static const char far[] = BEGIN("kills=2 within=1m")
                LIFE("a", "", "1") "step +1m\nhost\n" LIFE("b", "", "2") RETURNS;

        (void) state;
        assert_said(judged(near), "#3 cap back, again, amount 3GiB, until 1h16s");
        assert_not_said(judged(far), "cap");
}

static void a_cap_is_of_what_it_had_with_what_was_in_swap(void **state)
{
        const char *told = judged(BEGIN("kills=1") LIFE(
                "a", "",
                "1") "step +1s\nhost\nfacts b kin=9\nsample b current=64MiB anon=64MiB "
                     "swap=4032MiB\nhost available=600MiB\n" SCARCE
                     "step +500ms\nhost available=5GiB\noutcome 2 b done bytes=4GiB\ngone b\n"
                     "step +1s\nhost\nfacts c kin=9\n");

        (void) state;
        assert_said(told, "cap c, again, amount 3GiB");
}

static void what_may_not_be_touched_keeps_what_it_has(void **state)
{
        static const char *const lines[] = {
                "facts back kin=7 flags=+protected\n",
                "facts back kin=7 flags=+observed\n",
                "facts back kin=8\n",
                "facts back kin=0\n",
                "settings flags=+paused\nfacts back kin=7\n",
                "settings flags=-host,local\nfacts back kin=7\n",
                "facts back kin=7\ngone back\n",
        };

        (void) state;
        assert_said(judged(BEGIN("kills=1") LIFE("a", "", "1") RETURNS), "cap back");
        assert_said(judged(BEGIN("kills=1") LIFE("a", "", "1") "settings flags=-host\n" RETURNS),
                    "cap back");
        /* Who has come a moment ago is known, whatever of the others. */
        assert_said(judged(BEGIN("kills=1") LIFE("a", "", "1") "settings flags=+blind\n" RETURNS),
                    "cap back");
        for (size_t i = 0; i < PL_ARRAY_LENGTH(lines); i++) {
                struct pl_text trace = trace_begin(BEGIN("kills=1")
                                                           LIFE("a", "", "1") "step +1s\nhost\n");

                pl_text_add(&trace, lines[i]);
                assert_not_said(judged_trace(&trace), " again, ");
        }
}

/* Its facts come twice at one step, and the second time they say that it is of another kin, or of none. */
static void one_that_turns_out_to_be_another_is_not_held(void **state)
{
        static const char *const kins[] = { "0", "8" };

        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(kins); i++) {
                struct pl_text trace = trace_begin(BEGIN("kills=1") LIFE("a", "", "1") RETURNS);

                pl_text_addf(&trace, "facts back kin=%s\n", kins[i]);
                assert_not_said(judged_trace(&trace), "cap");
        }
}

static void whose_service_is_not_known_is_not_counted(void **state)
{
        const char *told = judged(BEGIN("kills=1") LIFE("a", "kin=0 again=down",
                                                        "1") "step +1s\nhost\nfacts back kin=0\n");

        (void) state;
        assert_not_said(told, "again");
}

static void one_that_goes_while_others_return_is_not_answered(void **state)
{
        const char *told = judged(BEGIN("kills=1") LIFE(
                "a", "", "1") "step +1s\nhost\nfacts b kin=7\nfacts c kin=7\nfacts d kin=7\n"
                              "gone c\n");

        (void) state;
        assert_said(told, "#2 cap b");
        assert_said(told, "#3 cap d");
        assert_not_said(told, "#4");
}

/* The one that was killed longest ago makes room for the sixty-fifth. */
static void of_many_services_the_last_are_remembered(void **state)
{
        struct pl_text trace = trace_begin(BEGIN("kills=1"));

        (void) state;
        trace_each(&trace, 1, PL_KIN_MAX + 1,
                   "step +2s\nhost available=600MiB\nfacts a%u kin=%u\n"
                   "sample a%u current=4GiB anon=4GiB\n" SCARCE
                   "step +500ms\nhost available=5GiB\noutcome %u a%u done bytes=4GiB\ngone a%u\n");
        trace_each(&trace, 1, 2, "step +1s\nhost\nfacts back%u kin=%u\n");
        assert_said(judged_trace(&trace), "cap back2");
        assert_not_said(told_buffer, "cap back1");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(kills_that_are_far_apart_are_not_again_and_again),
                cmocka_unit_test(a_cap_is_of_what_it_had_with_what_was_in_swap),
                cmocka_unit_test(what_may_not_be_touched_keeps_what_it_has),
                cmocka_unit_test(one_that_turns_out_to_be_another_is_not_held),
                cmocka_unit_test(whose_service_is_not_known_is_not_counted),
                cmocka_unit_test(one_that_goes_while_others_return_is_not_answered),
                cmocka_unit_test(of_many_services_the_last_are_remembered),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
