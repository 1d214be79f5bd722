/* SPDX-License-Identifier: Apache-2.0 */

#include "plimsoll/base/ratio.h"

#include "test.h"

static void scales_through_128_bits(void **state)
{
        (void) state;
        assert_true(pl_ratio_scale(UINT64_MAX, UINT64_MAX, UINT64_MAX) == UINT64_MAX);
        assert_true(pl_ratio_scale(UINT64_MAX, 10000, 10000) == UINT64_MAX);
        assert_true(pl_ratio_scale(UINT64_MAX, 2, 1) == UINT64_MAX);
        assert_true(pl_ratio_scale(10, 1, 3) == 3);
        assert_true(pl_ratio_permyriad(1, 3) == 3333);
        assert_true(pl_ratio_permyriad(0, 0) == 0);
        assert_true(pl_ratio_permyriad(1, 0) == UINT32_MAX);
        assert_true(pl_ratio_permyriad(UINT64_MAX, 1) == UINT32_MAX);
        assert_true(pl_ratio_permyriad(7, 7) == PL_PERMYRIAD);
}

static void percentages(void **state)
{
        static const struct {
                const char *text;
                int error;
                uint32_t value;
                const char *printed;
        } rows[] = {
                { "12.5%", 0, 1250, "12.5%" },
                { "12.50 %", 0, 1250, "12.5%" },
                { "0%", 0, 0, "0%" },
                { "0.05%", 0, 5, "0.05%" },
                { "100%", 0, 10000, "100%" },
                { "12.345%", PL_RATIO_E_RANGE, 0, "" },
                { "50", PL_RATIO_E_SYNTAX, 0, "" },
                { "%", PL_RATIO_E_SYNTAX, 0, "" },
                { "5%%", PL_RATIO_E_SYNTAX, 0, "" },
                { "99999999999%", PL_RATIO_E_RANGE, 0, "" },
        };

        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(rows); i++) {
                uint32_t value = 77;
                char buffer[32];
                struct pl_text text;

                assert_row(rows[i].text,
                           pl_ratio_parse(pl_span_of(rows[i].text), &value, NULL) == rows[i].error);
                assert_row(rows[i].text, value == (rows[i].error ? 77 : rows[i].value));
                pl_text_init(&text, buffer, sizeof buffer);
                pl_ratio_format(&text, value);
                if (!rows[i].error)
                        assert_string_equal(buffer, rows[i].printed);
        }
}

static void any_ratio_prints_to_what_it_was(void **state)
{
        struct test_random random = { 3 };

        (void) state;
        for (int i = 0; i < 20000; i++) {
                uint32_t value = (uint32_t) test_random_size(&random), again;
                char buffer[32];
                struct pl_text text;

                pl_text_init(&text, buffer, sizeof buffer);
                pl_ratio_format(&text, value);
                if (pl_ratio_parse(pl_text_span(&text), &again, NULL) != 0 || again != value)
                        fail_msg("seed 3, %u: %s", value, buffer);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(scales_through_128_bits),
                cmocka_unit_test(percentages),
                cmocka_unit_test(any_ratio_prints_to_what_it_was),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
