/* SPDX-License-Identifier: Apache-2.0 */

/* The reader of traces, which tests rely on: each mistake is found, in its line, and each value comes out as it was said. */

#include "plimsoll/base/clock.h"
#include "plimsoll/base/size.h"
#include "told.h"

static void a_mistake_is_told_with_its_line(void **state)
{
        static const struct {
                const char *text, *mistake;
        } rows[] = {
                { "host available=1\n", "line 1: no step has begun before \"host\"" },
                { "\n# so\nstep\n", "line 3: this is no time: \"\"" },
                { "step 1s\nstep +1x\n", "line 2: this is no time: \"+1x\"" },
                { "step 1s\nhots available=1\n", "line 2: there is no statement \"hots\"" },
                { "step 1s\nhost avail=1\n", "line 2: there is no key \"avail\"" },
                { "step 1s\nhost available\n", "line 2: this value cannot be \"available\"" },
                { "step 1s\nhost available=1x\n", "line 2: this value cannot be \"available=1x\"" },
                { "step 1s\nsettings floor=-\n", "line 2: this value cannot be \"floor=-\"" },
                { "step 1s\nsettings stall=10\n", "line 2: this value cannot be \"stall=10\"" },
                { "step 1s\nsettings flags=a\n", "line 2: this value cannot be \"flags=a\"" },
                { "step 1s\nfacts a order=x\n", "line 2: this value cannot be \"order=x\"" },
                { "step 1s\nfacts a again=x\n", "line 2: this value cannot be \"again=x\"" },
                { "step 1s\nfacts a kin=-x\n", "line 2: this value cannot be \"kin=-x\"" },
                { "step 1s\nfacts\n", "line 2: this name cannot be \"\"" },
                { "step 1s\nfacts a234567890123456789012345\n",
                  "line 2: this name cannot be \"a234567890123456789012345\"" },
                { "step 1s\nfacts a parent=a234567890123456789012345\n",
                  "line 2: there is no room for \"a234567890123456789012345\"" },
                { "step 1s\nsample a current=1\n", "line 2: there are no facts of \"a\"" },
                { "step 1s\ngone a\n", "line 2: there are no facts of \"a\"" },
                { "step 1s\noutcome x a done\n", "line 2: this is no decision's number: \"x\"" },
                { "step 1s\noutcome 1 a done\n", "line 2: there are no facts of \"a\"" },
                { "step 1s\nfacts a\noutcome 1 a well\n", "line 3: there is no result \"well\"" },
                { "end\n", "line 1: nothing is repeated before \"end\"" },
                { "repeat 0\nend\n", "line 1: how often? in \"repeat 0\"" },
                { "repeat 2\nrepeat 2\n", "line 2: this is within a repeat: \"repeat\"" },
                { "step 1s\nrepeat 2\nhost\n", "line 3: there is no end of \"repeat\"" },
                { "repeat 700\nstep +1s\nend\nrepeat 700\ngone a\nend\n",
                  "line 5: there are no facts of \"a\"" },
                { "step 1s\nfacts a\nrepeat 700\ngone a\nend\n",
                  "line 4: too many updates before \"a\"" },
        };
        char told_words[4096], words[256];
        struct pl_text told, mistake;

        (void) state;
        pl_text_init(&told, told_words, sizeof told_words);
        for (size_t i = 0; i < PL_ARRAY_LENGTH(rows); i++) {
                pl_text_init(&mistake, words, sizeof words);
                assert_row(rows[i].text,
                           trace_judge(pl_span_of(rows[i].text), &told, &mistake) == -1);
                assert_string_equal(words, rows[i].mistake);
        }
}

static void values_are_what_they_say(void **state)
{
        struct pl_cgroup_facts facts = trace_ordinary;
        struct pl_settings settings = trace_shipped;
        const struct trace_key *order = trace_find_key(trace_facts_keys, pl_span_of("order"));
        const struct trace_key *flags = trace_find_key(trace_facts_keys, pl_span_of("flags"));
        const struct trace_key *max = trace_find_key(trace_facts_keys, pl_span_of("max"));
        const struct trace_key *need = trace_find_key(trace_settings_keys, pl_span_of("need"));

        (void) state;
        assert_int_equal(trace_put(order, &facts, pl_span_of("-600")), 0);
        assert_int_equal(facts.order, -600);
        assert_int_equal(trace_put(flags, &facts, pl_span_of("+leaks,frozen")), 0);
        assert_int_equal(trace_put(flags, &facts, pl_span_of("-populated")), 0);
        assert_int_equal(facts.flags, PL_CGROUP_WORKLOAD | PL_CGROUP_SCORE_KNOWN | PL_CGROUP_LEAKS |
                                              PL_CGROUP_FROZEN);
        assert_int_equal(trace_put(max, &facts, pl_span_of("2GiB")), 0);
        assert_int_equal(trace_put(max, &facts, pl_span_of("-1MiB")), 0);
        assert_int_equal(facts.max_bytes, 2047 * PL_MIB);
        assert_int_equal(trace_put(need, &settings, pl_span_of("+500ms")), 0);
        assert_int_equal(settings.need_usec, 30500 * PL_USEC_PER_MSEC);
}

static void a_name_that_is_a_number_is_the_id(void **state)
{
        (void) state;
        /* The last rule of the order is the greater id. */
        assert_said(
                judged(WELL "facts 70\nsample 70 current=1GiB\nfacts 9\nsample 9 current=1GiB\n"),
                "order 70 9;");
}

static void what_is_repeated_is_taken_so_many_times(void **state)
{
        assert_string_equal(judged("step 1s\nrepeat 3\nstep +1s\nend\nstep +1s\n"),
                            "1s\n2s\n3s\n4s\n5s\n");
        (void) state;
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_mistake_is_told_with_its_line),
                cmocka_unit_test(values_are_what_they_say),
                cmocka_unit_test(a_name_that_is_a_number_is_the_id),
                cmocka_unit_test(what_is_repeated_is_taken_so_many_times),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
