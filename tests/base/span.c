/* SPDX-License-Identifier: Apache-2.0 */

#include "test.h"

static void cuts_at_delimiters(void **state)
{
        struct pl_span rest = pl_span_of("a,b,,c");

        (void) state;
        assert_true(pl_span_equals(pl_span_until(&rest, ','), "a"));
        assert_true(pl_span_equals(pl_span_until(&rest, ','), "b"));
        assert_true(pl_span_equals(pl_span_until(&rest, ','), ""));
        assert_true(pl_span_equals(pl_span_until(&rest, ','), "c"));
        assert_true(pl_span_empty(rest));
        assert_true(pl_span_equals(pl_span_until(&rest, ','), ""));
}

static void cuts_words(void **state)
{
        struct pl_span rest = pl_span_of("  memory\tpids \n");

        (void) state;
        assert_true(pl_span_equals(pl_span_word(&rest), "memory"));
        assert_true(pl_span_equals(pl_span_word(&rest), "pids"));
        assert_true(pl_span_empty(pl_span_word(&rest)));
        rest = pl_span_of("   a ");
        pl_span_skip(&rest, ' ');
        assert_true(pl_span_equals(rest, "a "));
        pl_span_skip(&rest, ' ');
        assert_true(pl_span_equals(rest, "a "));
        assert_true(pl_span_equals(pl_span_trim(pl_span_of(" \n a b\t")), "a b"));
        assert_true(pl_span_empty(pl_span_trim(pl_span_of(" \n "))));
}

static void compares(void **state)
{
        struct pl_span empty = {};

        (void) state;
        assert_true(pl_span_equals(empty, ""));
        assert_false(pl_span_equals(pl_span_of("ab"), "abc"));
        assert_true(pl_span_starts_with(pl_span_of("abc"), "ab"));
        assert_false(pl_span_starts_with(pl_span_of("a"), "ab"));
        assert_true(pl_span_ends_with(pl_span_of("abc"), "bc"));
        assert_false(pl_span_ends_with(pl_span_of("c"), "bc"));
        assert_true(pl_span_empty(pl_span_from(pl_span_of("abc"), 9)));
}

static void reads_numbers(void **state)
{
        static const struct {
                const char *name, *text;
                int error;
                uint64_t value;
        } rows[] = {
                { "zero", "0", 0, 0 },
                { "leading zeros are decimal", "010", 0, 10 },
                { "the largest", "18446744073709551615", 0, UINT64_MAX },
                { "one above the largest", "18446744073709551616", PL_SPAN_E_RANGE, 0 },
                { "far above", "99999999999999999999999", PL_SPAN_E_RANGE, 0 },
                { "nothing", "", PL_SPAN_E_NUMBER, 0 },
                { "a sign", "+1", PL_SPAN_E_NUMBER, 0 },
                { "a minus", "-1", PL_SPAN_E_NUMBER, 0 },
                { "a blank before", " 1", PL_SPAN_E_NUMBER, 0 },
                { "a newline behind", "1\n", PL_SPAN_E_NUMBER, 0 },
                { "hexadecimal", "0x10", PL_SPAN_E_NUMBER, 0 },
                { "long and not a number", "99999999999999999999999x", PL_SPAN_E_NUMBER, 0 },
        };

        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(rows); i++) {
                uint64_t value = 77;

                assert_row(rows[i].name,
                           pl_span_to_u64(pl_span_of(rows[i].text), &value) == rows[i].error);
                assert_row(rows[i].name, value == (rows[i].error ? 77 : rows[i].value));
        }
}

static void reads_signed_and_narrow_numbers(void **state)
{
        int64_t i64 = 7;
        int32_t i32 = 7;
        uint32_t u32 = 7;

        (void) state;
        assert_int_equal(pl_span_to_i64(pl_span_of("-9223372036854775808"), &i64), 0);
        assert_true(i64 == INT64_MIN);
        assert_int_equal(pl_span_to_i64(pl_span_of("9223372036854775807"), &i64), 0);
        assert_true(i64 == INT64_MAX);
        assert_int_equal(pl_span_to_i64(pl_span_of("9223372036854775808"), &i64), PL_SPAN_E_RANGE);
        assert_int_equal(pl_span_to_i64(pl_span_of("-9223372036854775809"), &i64), PL_SPAN_E_RANGE);
        assert_int_equal(pl_span_to_i64(pl_span_of("-"), &i64), PL_SPAN_E_NUMBER);
        assert_true(i64 == INT64_MAX);

        assert_int_equal(pl_span_to_i32(pl_span_of("-1000"), &i32), 0);
        assert_int_equal(i32, -1000);
        assert_int_equal(pl_span_to_i32(pl_span_of("2147483648"), &i32), PL_SPAN_E_RANGE);
        assert_int_equal(pl_span_to_u32(pl_span_of("4294967295"), &u32), 0);
        assert_int_equal(pl_span_to_u32(pl_span_of("4294967296"), &u32), PL_SPAN_E_RANGE);
        assert_true(u32 == UINT32_MAX);
}

static void reads_percentages(void **state)
{
        static const struct {
                const char *text;
                int error;
                uint32_t value;
        } rows[] = {
                { "0.00", 0, 0 },
                { "1.50", 0, 150 },
                { "1.5", 0, 150 },
                { "100.00", 0, 10000 },
                { "7", 0, 700 },
                { "42949672.95", 0, UINT32_MAX },
                { "42949672.96", PL_SPAN_E_RANGE, 0 },
                { "1.500", PL_SPAN_E_NUMBER, 0 },
                { "1.", PL_SPAN_E_NUMBER, 0 },
                { ".5", PL_SPAN_E_NUMBER, 0 },
                { "1.-5", PL_SPAN_E_NUMBER, 0 },
                { "", PL_SPAN_E_NUMBER, 0 },
        };

        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(rows); i++) {
                uint32_t value = 77;

                assert_row(rows[i].text,
                           pl_span_to_permyriad(pl_span_of(rows[i].text), &value) == rows[i].error);
                assert_row(rows[i].text, value == (rows[i].error ? 77 : rows[i].value));
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(cuts_at_delimiters),
                cmocka_unit_test(cuts_words),
                cmocka_unit_test(compares),
                cmocka_unit_test(reads_numbers),
                cmocka_unit_test(reads_signed_and_narrow_numbers),
                cmocka_unit_test(reads_percentages),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
