/* SPDX-License-Identifier: Apache-2.0 */

#include "plimsoll/base/clock.h"

#include "test.h"

static void durations(void **state)
{
        static const struct {
                const char *text, *printed;
                uint64_t usec;
        } rows[] = {
                { "0", "0s", 0 },
                { "10s", "10s", 10 * PL_USEC_PER_SEC },
                { "500ms", "500ms", 500 * PL_USEC_PER_MSEC },
                { "500 ms", "500ms", 500 * PL_USEC_PER_MSEC },
                { "2h30m", "2h30m", 150 * PL_USEC_PER_MINUTE },
                { "2h 30 min", "2h30m", 150 * PL_USEC_PER_MINUTE },
                { "1.5h", "1h30m", 90 * PL_USEC_PER_MINUTE },
                { "90s", "1m30s", 90 * PL_USEC_PER_SEC },
                { "14 days", "2w", 14 * PL_USEC_PER_DAY },
                { "1w1d1h1m1s1ms1us", "1w1d1h1m1s1ms1us",
                  PL_USEC_PER_WEEK + PL_USEC_PER_DAY + PL_USEC_PER_HOUR + PL_USEC_PER_MINUTE +
                          PL_USEC_PER_SEC + PL_USEC_PER_MSEC + 1 },
                { "7\xC2\xB5s", "7us", 7 },
        };

        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(rows); i++) {
                char buffer[64];
                struct pl_text text;
                uint64_t usec;

                assert_row(rows[i].text,
                           pl_duration_parse(pl_span_of(rows[i].text), &usec, NULL) == 0);
                assert_row(rows[i].text, usec == rows[i].usec);
                pl_text_init(&text, buffer, sizeof buffer);
                pl_duration_format(&text, usec);
                assert_string_equal(buffer, rows[i].printed);
        }
}

static void says_where_a_duration_is_wrong(void **state)
{
        static const struct {
                const char *name, *text;
                int error;
                size_t offset;
        } rows[] = {
                { "nothing", "", PL_CLOCK_E_SYNTAX, 0 },
                { "no unit", "10", PL_CLOCK_E_UNIT, 2 },
                { "a zero and more", "0 0", PL_CLOCK_E_UNIT, 2 },
                { "an unknown unit", "10 parsecs", PL_CLOCK_E_UNIT, 3 },
                { "months differ", "1M", PL_CLOCK_E_UNIT, 1 },
                { "a unit twice", "1h1h", PL_CLOCK_E_UNIT, 3 },
                { "the smaller first", "5m 2h", PL_CLOCK_E_UNIT, 4 },
                { "a minus", "-5s", PL_CLOCK_E_SYNTAX, 0 },
                { "finer than a microsecond", "0.5us", PL_CLOCK_E_RANGE, 0 },
                { "longer than 64 bits", "99999999999999w", PL_CLOCK_E_RANGE, 0 },
                { "too long together", "30500567w 40000000d", PL_CLOCK_E_RANGE, 10 },
                { "junk behind", "5s!", PL_CLOCK_E_UNIT, 1 },
                { "a comma", "5s, 3ms", PL_CLOCK_E_UNIT, 1 },
        };

        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(rows); i++) {
                uint64_t usec = 77;
                size_t offset = 99;
                int r = pl_duration_parse(pl_span_of(rows[i].text), &usec, &offset);

                if (r != rows[i].error || offset != rows[i].offset || usec != 77)
                        fail_msg("row \"%s\": error %d at %zu", rows[i].name, r, offset);
        }
}

static void any_duration_prints_to_what_it_was(void **state)
{
        struct test_random random = { 2 };

        (void) state;
        for (int i = 0; i < 20000; i++) {
                uint64_t usec = test_random_size(&random), again;
                char buffer[128];
                struct pl_text text;

                pl_text_init(&text, buffer, sizeof buffer);
                pl_duration_format(&text, usec);
                if (pl_duration_parse(pl_text_span(&text), &again, NULL) != 0 || again != usec)
                        fail_msg("seed 2, %llu: %s", (unsigned long long) usec, buffer);
        }
}

static void prints_durations_for_people(void **state)
{
        static const struct {
                uint64_t usec;
                const char *text;
        } rows[] = {
                { 0, "0 s" },
                { 400 * PL_USEC_PER_MSEC, "0.4 s" },
                { 38 * PL_USEC_PER_MSEC, "38 ms" },
                { 500, "< 1 ms" },
                { 6200 * PL_USEC_PER_MSEC, "6.2 s" },
                { 41 * PL_USEC_PER_SEC, "41 s" },
                { 125 * PL_USEC_PER_MINUTE, "2 h 5 min" },
                { 76 * PL_USEC_PER_HOUR, "3 days 4 h" },
                { 25 * PL_USEC_PER_HOUR, "1 day 1 h" },
                { 61 * PL_USEC_PER_SEC, "1 min 1 s" },
        };

        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(rows); i++) {
                char buffer[64];
                struct pl_text text;

                pl_text_init(&text, buffer, sizeof buffer);
                pl_duration_format_short(&text, rows[i].usec);
                assert_string_equal(buffer, rows[i].text);
        }
}

static void time_goes_on(void **state)
{
        uint64_t before = pl_clock_now_usec();

        (void) state;
        assert_true(before > 0);
        assert_true(pl_clock_now_usec() >= before);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(durations),
                cmocka_unit_test(says_where_a_duration_is_wrong),
                cmocka_unit_test(any_duration_prints_to_what_it_was),
                cmocka_unit_test(prints_durations_for_people),
                cmocka_unit_test(time_goes_on),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
