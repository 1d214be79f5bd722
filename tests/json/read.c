/* SPDX-License-Identifier: Apache-2.0 */

/* Documents that are read: values, numbers to the last bit, places to the character, the way from one to the next. */

#include "json/parse.h"

#include <math.h>
#include <string.h>

#include "plimsoll/base/macro.h"

static void reads_a_profile(void **state)
{
        _cleanup_document_ struct pl_json_document *document = parse_good(
                pl_span_of("{\n"
                           "  // Throughput work\n"
                           "  \"profile\": \"batch\",\n"
                           "  \"memory\": { \"max\": \"50%\", \"oom_group\": true, /* the whole */ "
                           "\"weights\": [] },\n"
                           "  \"oom\": { \"score_adj\": 500 },\n"
                           "  \"rungs\": [\"reclaim\", \"kill\", null]\n"
                           "}\n"));
        const struct pl_json_value *root = pl_json_root(document), *memory, *rungs, *value;
        int64_t score;

        (void) state;
        assert_int_equal(pl_json_count(document), 12);
        assert_int_equal(root->type, PL_JSON_OBJECT);
        assert_int_equal(root->count, 4);
        assert_null(root->parent);
        assert_null(root->next);
        assert_null(root->key);

        assert_string_equal(root->child->key, "profile");
        assert_string_equal(root->child->string, "batch");
        assert_null(root->child->child);

        memory = pl_json_member(root, "memory");
        assert_non_null(memory);
        assert_ptr_equal(memory->parent, root);
        assert_ptr_equal(root->child->next, memory);
        assert_int_equal(memory->count, 3);
        assert_true(pl_json_member(memory, "oom_group")->boolean);
        assert_int_equal(pl_json_member(memory, "weights")->type, PL_JSON_ARRAY);
        assert_int_equal(pl_json_member(memory, "weights")->count, 0);
        assert_null(pl_json_member(memory, "Max"));

        value = pl_json_member(pl_json_member(root, "oom"), "score_adj");
        assert_int_equal(pl_json_to_i64(value, &score), 0);
        assert_int_equal(score, 500);

        rungs = memory->next->next;
        assert_string_equal(rungs->key, "rungs");
        assert_null(rungs->next);
        assert_string_equal(rungs->child->string, "reclaim");
        assert_null(rungs->child->key);
        assert_int_equal(rungs->child->next->next->type, PL_JSON_NULL);
        assert_null(rungs->child->next->next->next);
        assert_ptr_equal(pl_json_at(document, 11), rungs->child->next->next);
}

static void lists_values_in_the_order_of_the_text(void **state)
{
        static const char *const sources[] = { "{", "[", "1", "[", "{", "2", "{", "3", "\"4\"" };
        _cleanup_document_ struct pl_json_document *document = parse_good(
                pl_span_of("{\"a\":[1,[{\"b\":2}],{}],\"c\":3,\"d\":\"4\"}"));

        (void) state;
        assert_int_equal(pl_json_count(document), PL_ARRAY_LENGTH(sources));
        for (size_t i = 0; i < PL_ARRAY_LENGTH(sources); i++)
                assert_true(pl_span_equals(pl_json_at(document, i)->source, sources[i]));
}

static const struct {
        const char *name;
        const char *text;
        const char *string;
} strings[] = {
        { "empty", "\"\"", "" },
        { "all short escapes", "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\/\b\f\n\r\t" },
        { "escapes in both cases", "\"\\u00E4\\u00e4\"", "\xC3\xA4\xC3\xA4" },
        { "a pair", "\"\\ud83d\\uDE00\"", "\xF0\x9F\x98\x80" },
        { "the last character", "\"\\udbff\\udfff\"", "\xF4\x8F\xBF\xBF" },
        { "the last before the surrogates", "\"\\ud7ff\"", "\xED\x9F\xBF" },
        { "the first behind them", "\"\\ue000\"", "\xEE\x80\x80" },
        { "two, three and four bytes", "\"\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80\"",
          "\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80" },
        { "DEL, which RFC 8259 allows", "\"\x7F\"", "\x7F" },
        { "what looks like comments", "\"// # /* */\"", "// # /* */" },
        { "what looks like the end", "\"]}\\\"\"", "]}\"" },
        { "a backslash at its end", "\"\\\\\"", "\\" },
};

static void reads_strings(void **state)
{
        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(strings); i++) {
                _cleanup_document_ struct pl_json_document *document = parse_good(
                        pl_span_of(strings[i].text));

                if (strcmp(pl_json_root(document)->string, strings[i].string) != 0)
                        fail_msg("%s: \"%s\"", strings[i].name, pl_json_root(document)->string);
        }
}

#define FRACTION PL_JSON_E_FRACTION
#define RANGE    PL_JSON_E_RANGE

static const struct {
        const char *text;
        int u64_result;
        uint64_t u64;
        int i64_result;
        int64_t i64;
} numbers[] = {
        { "0", 0, 0, 0, 0 },
        { "-0", 0, 0, 0, 0 },
        { "-0.0", 0, 0, 0, 0 },
        { "0e5", 0, 0, 0, 0 },
        { "0e-99999999999", 0, 0, 0, 0 },
        { "0.000E+99999999999", 0, 0, 0, 0 },
        { "7", 0, 7, 0, 7 },
        { "-7", RANGE, 0, 0, -7 },
        { "1.0", 0, 1, 0, 1 },
        { "1.50", FRACTION, 0, FRACTION, 0 },
        { "1e3", 0, 1000, 0, 1000 },
        { "1E+3", 0, 1000, 0, 1000 },
        { "1e0000000000000000000000000000000000000000000000000000000000003", 0, 1000, 0, 1000 },
        { "1500e-2", 0, 15, 0, 15 },
        { "1500e-3", FRACTION, 0, FRACTION, 0 },
        { "1.5e1", 0, 15, 0, 15 },
        { "0.00012e5", 0, 12, 0, 12 },
        { "1e-1", FRACTION, 0, FRACTION, 0 },
        { "1e-300", FRACTION, 0, FRACTION, 0 },
        { "9007199254740993", 0, UINT64_C(9007199254740993), 0, INT64_C(9007199254740993) },
        { "9223372036854775807", 0, INT64_MAX, 0, INT64_MAX },
        { "9223372036854775808", 0, UINT64_C(1) << 63, RANGE, 0 },
        { "-9223372036854775808", RANGE, 0, 0, INT64_MIN },
        { "-9223372036854775809", RANGE, 0, RANGE, 0 },
        { "18446744073709551615", 0, UINT64_MAX, RANGE, 0 },
        { "1844674407370955161500e-2", 0, UINT64_MAX, RANGE, 0 },
        { "1.8446744073709551615e19", 0, UINT64_MAX, RANGE, 0 },
        { "18446744073709551616", RANGE, 0, RANGE, 0 },
        { "18446744073709551625", RANGE, 0, RANGE, 0 },
        { "99999999999999999999", RANGE, 0, RANGE, 0 },
        { "1e20", RANGE, 0, RANGE, 0 },
        { "1e19", 0, UINT64_C(10000000000000000000), RANGE, 0 },
        { "1e308", RANGE, 0, RANGE, 0 },
        { "123456789012345678901234567890123456789012345678901234567890123", RANGE, 0, RANGE, 0 },
        { "\"1\"", PL_JSON_E_TYPE, 0, PL_JSON_E_TYPE, 0 },
        { "true", PL_JSON_E_TYPE, 0, PL_JSON_E_TYPE, 0 },
};

static void reads_whole_numbers_exactly(void **state)
{
        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(numbers); i++) {
                _cleanup_document_ struct pl_json_document *document = parse_good(
                        pl_span_of(numbers[i].text));
                uint64_t u64 = 42;
                int64_t i64 = 42;
                int r_u64 = pl_json_to_u64(pl_json_root(document), &u64);
                int r_i64 = pl_json_to_i64(pl_json_root(document), &i64);

                if (r_u64 != numbers[i].u64_result || u64 != (r_u64 ? 42 : numbers[i].u64) ||
                    r_i64 != numbers[i].i64_result || i64 != (r_i64 ? 42 : numbers[i].i64))
                        fail_msg("%s: unsigned %d %llu, signed %d %lld", numbers[i].text, r_u64,
                                 (unsigned long long) u64, r_i64, (long long) i64);
        }
}

static void reads_doubles(void **state)
{
        static const struct {
                const char *text;
                double number;
        } doubles[] = {
                { "1.5", 1.5 },
                { "-2.5e-1", -0.25 },
                { "1.7976931348623157e308", 1.7976931348623157e308 },
                { "2.2250738585072014e-308", 2.2250738585072014e-308 },
                { "4.9e-324", 4.9e-324 },
        };

        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(doubles); i++) {
                _cleanup_document_ struct pl_json_document *document = parse_good(
                        pl_span_of(doubles[i].text));

                assert_true(pl_json_root(document)->number == doubles[i].number);
        }
}

struct expected_place {
        uint32_t line, column, length;
        uint32_t key_column; /* in the same line; 0 for none */
};

static void expect_places(const char *text, const struct expected_place *places, size_t count)
{
        _cleanup_document_ struct pl_json_document *document = parse_good(pl_span_of(text));

        assert_int_equal(pl_json_count(document), count);
        for (size_t i = 0; i < count; i++) {
                const struct pl_json_value *value = pl_json_at(document, i);

                if (value->place.line != places[i].line ||
                    value->place.column != places[i].column ||
                    value->place.length != places[i].length ||
                    value->key_place.column != places[i].key_column)
                        fail_msg("value %zu of %s: %u:%u, %u long, key at %u", i, text,
                                 value->place.line, value->place.column, value->place.length,
                                 value->key_place.column);
        }
}

static void places_count_characters(void **state)
{
        static const struct expected_place places[] = {
                { 1, 1, 1, 0 }, { 1, 12, 6, 2 }, { 1, 24, 8, 20 }, { 2, 6, 4, 2 }, { 3, 5, 4, 1 },
        };

        (void) state;
        /* A, O and U with dots, a euro, a face; an escape is as many characters as are written; a tab is one. */
        expect_places("{\"\xC3\xA4\xC3\xB6\xC3\xBC\"  : \t\"\xE2\x82\xAC\xF0\x9F\x98\x80!!\", "
                      "\"x\":\"\\u00e4\",\n"
                      "\t\"a\":true,\n"
                      "\"b\":-1.5}",
                      places, PL_ARRAY_LENGTH(places));
}

static void places_behind_comments(void **state)
{
        static const struct expected_place places[] = {
                { 2, 8, 1, 0 },
                { 4, 6, 1, 0 },
                { 5, 12, 2, 0 },
                { 6, 1, 3, 0 },
        };

        (void) state;
        expect_places("// \xC3\xA4\n"
                      "/* \xE2\x82\xAC */[ // one, two\n"
                      "/* over\n"
                      " * */1, /**/ // [\n"
                      "/*\xF0\x9F\x98\x80/ //*/ \t22,\n"
                      "333/***/]//",
                      places, PL_ARRAY_LENGTH(places));
}

static void places_with_lines_of_dos(void **state)
{
        static const struct expected_place places[] = {
                { 1, 1, 1, 0 },
                { 2, 3, 1, 0 },
                { 3, 3, 1, 0 },
                { 5, 1, 1, 0 },
        };

        (void) state;
        expect_places("[ // one\r\n  1,\r\n  2,\r\n\r\n3\r\n]\r\n", places,
                      PL_ARRAY_LENGTH(places));
}

static void places_of_empty_things(void **state)
{
        static const struct expected_place places[] = {
                { 1, 1, 1, 0 },
                { 1, 5, 2, 2 },
                { 1, 13, 1, 9 },
                { 1, 21, 1, 17 },
        };

        (void) state;
        expect_places("{\"\":\"\", \"a\":[], \"b\":{}}", places, PL_ARRAY_LENGTH(places));
}

static void a_text_may_begin_further_down(void **state)
{
        _cleanup_document_ struct pl_json_document *document = NULL;
        struct pl_json_document *none = NULL;

        (void) state;
        pl_diag_clear(&diag);
        assert_int_equal(pl_json_parse_at(pl_span_of("// one\n{\"a\":\n 2}"), "test.json", 40,
                                          &diag, &document),
                         0);
        assert_int_equal(pl_json_root(document)->place.line, 41);
        assert_int_equal(pl_json_root(document)->child->key_place.line, 41);
        assert_int_equal(pl_json_root(document)->child->place.line, 42);
        assert_int_equal(pl_json_root(document)->child->place.column, 2);

        assert_int_equal(pl_json_parse_at(pl_span_of("{}\n{}"), "test.json", 7, &diag, &none),
                         PL_JSON_E_INVALID);
        assert_int_equal(diag.entries[0].place.line, 8);
        assert_int_equal(diag.entries[0].place.column, 1);
        assert_int_equal(
                pl_json_parse_at(pl_span_of("{\"a\": 1,\n\"a\": 2}"), "test.json", 7, &diag, &none),
                PL_JSON_E_INVALID);
        assert_int_equal(diag.entries[1].place.line, 8);
        assert_string_equal(diag.entries[1].hint, "it stands first in line 7, column 2");
        assert_null(none);
}

static void the_text_may_go(void **state)
{
        char text[] = "[123456789012, \"abc\"] // x";
        _cleanup_document_ struct pl_json_document *document = parse_good(pl_span_of(text));
        uint64_t value;

        (void) state;
        memset(text, '!', sizeof text);
        assert_int_equal(pl_json_to_u64(pl_json_root(document)->child, &value), 0);
        assert_int_equal(value, UINT64_C(123456789012));
        assert_string_equal(pl_json_root(document)->child->next->string, "abc");
}

static void needs_no_nul(void **state)
{
        (void) state;
        pl_json_document_free(parse_good(pl_span("123", 2)));
        pl_json_document_free(parse_good(pl_span("[]]", 2)));
        pl_json_document_free(NULL);
}

static void type_names(void **state)
{
        (void) state;
        assert_string_equal(pl_json_type_name(PL_JSON_NULL), "null");
        assert_string_equal(pl_json_type_name(PL_JSON_OBJECT), "an object");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(reads_a_profile),
                cmocka_unit_test(lists_values_in_the_order_of_the_text),
                cmocka_unit_test(reads_strings),
                cmocka_unit_test(reads_whole_numbers_exactly),
                cmocka_unit_test(reads_doubles),
                cmocka_unit_test(places_count_characters),
                cmocka_unit_test(places_behind_comments),
                cmocka_unit_test(places_with_lines_of_dos),
                cmocka_unit_test(places_of_empty_things),
                cmocka_unit_test(a_text_may_begin_further_down),
                cmocka_unit_test(the_text_may_go),
                cmocka_unit_test(needs_no_nul),
                cmocka_unit_test(type_names),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
