/* SPDX-License-Identifier: Apache-2.0 */

#include "plimsoll/base/text.h"
#include "test.h"

static void adds_until_full_and_never_beyond(void **state)
{
        char buffer[8 + 1] = "xxxxxxxx#";
        struct pl_text text;

        (void) state;
        pl_text_init(&text, buffer, 8);
        pl_text_add(&text, "abc");
        pl_text_add_u64(&text, 12);
        assert_false(text.cut);
        assert_string_equal(buffer, "abc12");
        pl_text_add(&text, "defgh");
        assert_true(text.cut);
        assert_string_equal(buffer, "abc12de");
        pl_text_add(&text, "x");
        assert_string_equal(buffer, "abc12de");
        assert_int_equal(buffer[8], '#');

        pl_text_clear(&text);
        pl_text_addf(&text, "%s-%d", "ab", 12345);
        assert_true(text.cut);
        assert_string_equal(buffer, "ab-1234");
        assert_int_equal(text.length, 7);
        pl_text_addf(&text, "more");
        assert_string_equal(buffer, "ab-1234");
        assert_int_equal(buffer[8], '#');
}

static void a_buffer_of_one_byte_holds_nothing(void **state)
{
        char buffer[1];
        struct pl_text text;

        (void) state;
        pl_text_init(&text, buffer, sizeof buffer);
        pl_text_add(&text, "");
        assert_false(text.cut);
        pl_text_add_byte(&text, 'a');
        assert_true(text.cut);
        assert_int_equal(text.length, 0);
}

static void prints_numbers(void **state)
{
        char buffer[64];
        struct pl_text text;

        (void) state;
        pl_text_init(&text, buffer, sizeof buffer);
        pl_text_add_u64(&text, 0);
        pl_text_add_byte(&text, ' ');
        pl_text_add_u64(&text, UINT64_MAX);
        assert_string_equal(buffer, "0 18446744073709551615");
}

static void names_cannot_move_the_cursor(void **state)
{
        static const struct {
                const char *name, *in, *out;
        } rows[] = {
                { "plain", "web-1", "web-1" },
                { "UTF-8 stays", "caf\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x9A\xA2",
                  "caf\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x9A\xA2" },
                { "escape sequence", "\x1B[31mred", "?[31mred" },
                { "newline forges no line", "a\nERROR b\r", "a?ERROR b?" },
                { "delete", "a\x7F", "a?" },
                { "C1 control sequence introducer",
                  "a\xC2\x9B"
                  "1m",
                  "a?1m" },
                { "turned direction of writing",
                  "a\xE2\x80\xAE"
                  "b",
                  "a?b" },
                { "isolate",
                  "a\xE2\x81\xA6"
                  "b",
                  "a?b" },
                { "line separator",
                  "a\xE2\x80\xA8"
                  "b",
                  "a?b" },
                { "lone continuation byte",
                  "a\x80"
                  "b",
                  "a?b" },
                { "overlong slash", "\xC0\xAF", "??" },
                { "surrogate", "\xED\xA0\x80", "???" },
                { "above the last code point", "\xF4\x90\x80\x80", "????" },
                { "cut sequence", "a\xE2\x82", "a??" },
        };

        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(rows); i++) {
                char buffer[64];
                struct pl_text text;

                pl_text_init(&text, buffer, sizeof buffer);
                pl_text_add_clean(&text, pl_span_of(rows[i].in));
                assert_row(rows[i].name, strcmp(buffer, rows[i].out) == 0);
        }
}

static void a_cut_leaves_no_half_character(void **state)
{
        char buffer[4];
        struct pl_text text;

        (void) state;
        pl_text_init(&text, buffer, sizeof buffer);
        pl_text_add_clean(&text, pl_span_of("ab\xE2\x82\xAC"));
        assert_true(text.cut);
        assert_string_equal(buffer, "ab");
}

/* Every code point, encoded here by hand, is taken whole; and nothing else of one to four bytes is. */
static void knows_utf8(void **state)
{
        (void) state;
        for (uint32_t point = 0; point < 0x110000; point++) {
                char bytes[4];
                size_t length = point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
                static const unsigned char lead[] = { 0, 0, 0xC0, 0xE0, 0xF0 };
                bool surrogate = point >= 0xD800 && point <= 0xDFFF;

                for (size_t i = 0; i < length; i++)
                        bytes[i] = (char) ((point >> (6 * (length - 1 - i)) & (i ? 0x3F : 0xFF)) |
                                           (i ? 0x80 : lead[length]));
                if (pl_utf8_length(pl_span(bytes, length)) != (surrogate ? 0 : length))
                        fail_msg("U+%04X", point);
                if (length > 1 && pl_utf8_length(pl_span(bytes, length - 1)) != 0)
                        fail_msg("U+%04X cut", point);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(adds_until_full_and_never_beyond),
                cmocka_unit_test(a_buffer_of_one_byte_holds_nothing),
                cmocka_unit_test(prints_numbers),
                cmocka_unit_test(names_cannot_move_the_cursor),
                cmocka_unit_test(a_cut_leaves_no_half_character),
                cmocka_unit_test(knows_utf8),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
