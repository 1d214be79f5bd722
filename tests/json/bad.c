/* SPDX-License-Identifier: Apache-2.0 */

/* Texts that are refused: where each is wrong, and in which words. */

#include "json/parse.h"

#include <stdlib.h>
#include <string.h>

#include "plimsoll/base/macro.h"

/* A text with NULs in it; every other text ends at its first. */
#define TEXT(literal) literal, sizeof(literal) - 1

static const struct {
        const char *name;
        const char *text;
        size_t length;
        uint32_t line, column;
        const char *message;
        const char *hint; /* a part of it; "" for none */
} texts[] = {
        { "nothing", TEXT(""), 1, 1, "the text is empty", "{}" },
        { "blanks alone", TEXT(" \n\t"), 2, 2, "nothing but blanks and comments", "{}" },
        { "a comment alone", TEXT("// {}"), 1, 6, "nothing but blanks and comments", "{}" },

        /* Where it does not end */
        { "an open object", TEXT("{"), 1, 2,
          "the text ends within the object that begins in line 1, column 1", "close it with }" },
        { "an open array within", TEXT("{\n  \"a\": [1,"), 2, 11,
          "the text ends within the array that begins in line 2, column 8", "close it with ]" },
        { "an open object behind a value", TEXT("{\"a\":1"), 1, 7,
          "the text ends within the object that begins in line 1, column 1", "close it with }" },
        { "an open object behind a key", TEXT("{\"a\""), 1, 5,
          "the text ends within the object that begins in line 1, column 1", "close it with }" },
        { "an open object behind a colon", TEXT("{\"a\":"), 1, 6,
          "the text ends within the object that begins in line 1, column 1", "close it with }" },
        { "an open object behind a comma", TEXT("{\"a\":1,"), 1, 8,
          "the text ends within the object that begins in line 1, column 1", "close it with }" },
        { "an open string", TEXT("[\"abc"), 1, 2, "this string is not closed", "end it with \"" },
        { "an open key", TEXT("{\"abc"), 1, 2, "this string is not closed", "end it with \"" },
        { "a string cut within an escape", TEXT("\"abc\\"), 1, 1, "this string is not closed",
          "end it with \"" },
        { "a string cut within \\u", TEXT("\"abc\\u00"), 1, 1, "this string is not closed",
          "end it with \"" },
        { "a string cut within a pair", TEXT("\"\\ud83d"), 1, 1, "this string is not closed",
          "end it with \"" },
        { "a string cut in a pair's second half", TEXT("\"\\ud83d\\ude"), 1, 1,
          "this string is not closed", "end it with \"" },
        { "a string over two lines", TEXT("{\"a\": \"one\ntwo\"}"), 1, 7,
          "this string does not end in its line", "write \\n" },
        { "a string over two lines of DOS", TEXT("[\"one\r\ntwo\"]"), 1, 2,
          "this string does not end in its line", "write \\n" },
        { "an open comment", TEXT("{} /* there"), 1, 4, "this comment is not closed", "*/" },
        { "an open comment that looks closed", TEXT("{} /*/"), 1, 4, "this comment is not closed",
          "*/" },
        { "a word cut", TEXT("tru"), 1, 1, "tru is no value of JSON", "\"tru\"" },
        { "a number cut behind its sign", TEXT("-"), 1, 1, "a digit is missing in this number",
          "" },
        { "a number cut behind its point", TEXT("1."), 1, 1, "a digit is missing in this number",
          "" },
        { "a number cut behind its e", TEXT("1e"), 1, 1, "a digit is missing in this number", "" },
        { "a number cut in its exponent", TEXT("1e-"), 1, 1, "a digit is missing in this number",
          "" },

        /* Bytes that are not text */
        { "a byte order mark", TEXT("\xEF\xBB\xBF{}"), 1, 1,
          "the text begins with a byte order mark", "without one" },
        { "a byte order mark further on", TEXT("[\xEF\xBB\xBF]"), 1, 2,
          "this is an invisible character (U+FEFF)", "remove it" },
        { "UTF-16", TEXT("\xFF\xFE{\0}\0"), 1, 1, "the byte 0xFF is not UTF-8",
          "save the text as UTF-8" },
        { "UTF-16 without a mark", TEXT("{\0}\0"), 1, 2, "a NUL byte", "UTF-16" },
        { "a NUL behind the document", TEXT("{}\0"), 1, 3, "a NUL byte", "UTF-16" },
        { "a NUL in a string", TEXT("[\"a\0b\"]"), 1, 4, "a NUL byte", "UTF-16" },
        { "a NUL in a key", TEXT("{\"\0\": 1}"), 1, 3, "a NUL byte", "UTF-16" },
        { "a NUL in a comment", TEXT("{} // \0"), 1, 7, "a NUL byte", "UTF-16" },
        { "an escaped NUL", TEXT("[\"a\\u0000b\"]"), 1, 4, "a NUL within a string", "remove it" },
        { "a bell", TEXT("[\a]"), 1, 2, "a control character (U+0007)", "remove it" },
        { "a bell in a string", TEXT("[\"\xC3\xA4\a\"]"), 1, 4, "a control character (U+0007)",
          "remove it" },
        { "DEL outside of strings", TEXT("[\x7F]"), 1, 2, "a control character (U+007F)",
          "remove it" },
        { "a tab in a string", TEXT("[\"a\tb\"]"), 1, 4, "a raw tab within a string", "write \\t" },
        { "Latin 1 in a string", TEXT("[\"M\xFCnchen\"]"), 1, 4, "the byte 0xFC is not UTF-8",
          "save the text as UTF-8" },
        { "Latin 1 in a comment", TEXT("/* M\xFCnchen */ 1"), 1, 5, "the byte 0xFC is not UTF-8",
          "save the text as UTF-8" },
        { "an overlong slash", TEXT("[\"\xC0\xAF\"]"), 1, 3, "the byte 0xC0 is not UTF-8",
          "save the text as UTF-8" },
        { "a surrogate in UTF-8", TEXT("[\"\xED\xA0\x80\"]"), 1, 3, "the byte 0xED is not UTF-8",
          "save the text as UTF-8" },
        { "above U+10FFFF", TEXT("[\"\xF4\x90\x80\x80\"]"), 1, 3, "the byte 0xF4 is not UTF-8",
          "save the text as UTF-8" },
        { "a sequence cut", TEXT("[\"\xE2\x82\"]"), 1, 3, "the byte 0xE2 is not UTF-8",
          "save the text as UTF-8" },
        { "a no-break space", TEXT("{\xC2\xA0}"), 1, 2,
          "this is a no-break space, which is no blank", "write a blank" },

        /* Escapes */
        { "an escape that is none", TEXT("[\"C:\\p\"]"), 1, 5, "this backslash escapes nothing",
          "\\\\" },
        { "an escaped NUL byte", TEXT("[\"\\\0\"]"), 1, 3, "this backslash escapes nothing",
          "\\\\" },
        { "\\u without digits", TEXT("[\"\\u00g0\"]"), 1, 3,
          "\\u without four hexadecimal digits behind it", "\\u00e4" },
        { "a high surrogate alone", TEXT("[\"\\ud83d!\"]"), 1, 3,
          "this is one half of a character without the other", "two escapes" },
        { "a high surrogate at the end", TEXT("[\"\\ud83d\"]"), 1, 3,
          "this is one half of a character without the other", "two escapes" },
        { "a low surrogate alone", TEXT("[\"\\ude00\"]"), 1, 3,
          "this is one half of a character without the other", "two escapes" },
        { "two high surrogates", TEXT("[\"\\ud83d\\ud83d\"]"), 1, 3,
          "this is one half of a character without the other", "two escapes" },
        { "a high surrogate, another escape", TEXT("[\"\\ud83d\\n00000\"]"), 1, 3,
          "this is one half of a character without the other", "two escapes" },
        { "a lone surrogate in a key", TEXT("{\"\\udfff\": 1}"), 1, 3,
          "this is one half of a character without the other", "two escapes" },

        /* Numbers */
        { "a zero before it", TEXT("[012]"), 1, 2, "a number with zeros before it",
          "leave them out" },
        { "a zero before it and a sign", TEXT("[-00]"), 1, 2, "a number with zeros before it",
          "leave them out" },
        { "hexadecimal", TEXT("[0x1F]"), 1, 2, "JSON has no hexadecimal numbers", "decimal" },
        { "a plus sign", TEXT("[+1]"), 1, 2, "a number has no plus sign", "leave it out" },
        { "no digit before the point", TEXT("[.5]"), 1, 2, "a number begins with a digit", "0.5" },
        { "no digit behind the point", TEXT("[5.]"), 1, 2, "a digit is missing in this number",
          "" },
        { "no digit in the exponent", TEXT("[5e+]"), 1, 2, "a digit is missing in this number",
          "" },
        { "a sign alone", TEXT("[-]"), 1, 2, "a digit is missing in this number", "" },
        { "NaN", TEXT("[NaN]"), 1, 2, "NaN is no value of JSON", "finite" },
        { "infinity", TEXT("[Infinity]"), 1, 2, "Infinity is no value of JSON", "finite" },
        { "minus infinity", TEXT("[-Infinity]"), 1, 2, "Infinity is no value of JSON", "finite" },
        { "1e400", TEXT("{\n\t\"a\": 1e400\n}"), 2, 7, "the number does not fit", "1.8e308" },
        { "-1e400", TEXT("-1e400"), 1, 1, "the number does not fit", "1.8e308" },
        { "1e-400, which would become 0", TEXT("[1e-400]"), 1, 2, "the number does not fit",
          "1.8e308" },
        { "an exponent beyond any", TEXT("[1e99999999999999999999]"), 1, 2,
          "the number does not fit", "1.8e308" },
        { "a number of 64 bytes",
          TEXT("[1.00000000000000000000000000000000000000000000000000000000000000]"), 1, 2,
          "this number has more than 63 characters", "" },
        { "a size without quotes", TEXT("{\"max\": 512M}"), 1, 9, "512M is no number of JSON",
          "\"512M\"" },
        { "a share without quotes", TEXT("{\"max\": 12.5%}"), 1, 9, "12.5% is no number of JSON",
          "\"12.5%\"" },
        { "an address without quotes", TEXT("[10.0.0.1]"), 1, 2, "10.0.0.1 is no number of JSON",
          "\"10.0.0.1\"" },
        { "a time without quotes", TEXT("[12:30]"), 1, 2, "12:30 is no number of JSON",
          "\"12:30\"" },
        { "a size alone", TEXT("4GiB"), 1, 1, "4GiB is no number of JSON", "\"4GiB\"" },

        /* What people type */
        { "a trailing comma in an object", TEXT("{\n  \"a\": 1,\n}"), 2, 9,
          "a comma before the closing }", "remove the comma" },
        { "a trailing comma in an array", TEXT("[1, 2, /* */ ]"), 1, 6,
          "a comma before the closing ]", "remove the comma" },
        { "a comma alone in an array", TEXT("[,]"), 1, 2, "a value is missing before this comma",
          "" },
        { "two commas in an array", TEXT("[1,,2]"), 1, 4, "a value is missing before this comma",
          "" },
        { "two commas in an object", TEXT("{\"a\":1,,\"b\":2}"), 1, 8,
          "this comma has no member before it", "remove it" },
        { "a comma alone in an object", TEXT("{,}"), 1, 2, "this comma has no member before it",
          "remove it" },
        { "single quotes", TEXT("['a']"), 1, 2, "single quotes are not JSON", "write \"" },
        { "a key in single quotes", TEXT("{'a': 1}"), 1, 2, "single quotes are not JSON",
          "write \"" },
        { "typographic quotes",
          TEXT("[\xE2\x80\x9C"
               "a\xE2\x80\x9D]"),
          1, 2, "typographic quotes are not JSON", "write \"" },
        { "backquotes", TEXT("[`a`]"), 1, 2, "backquotes are not JSON", "write \"" },
        { "a missing comma in an object", TEXT("{\"a\": 1\n \"b\": 2}"), 2, 2,
          "a comma is missing before this", "" },
        { "a missing comma in an array", TEXT("[1 2]"), 1, 4, "a comma is missing before this",
          "" },
        { "a quote within a string", TEXT("[\"say \"hi\"\"]"), 1, 8,
          "a comma is missing before this", "\\\"" },
        { "a missing colon", TEXT("{\"a\" 1}"), 1, 6, "a colon is missing behind the key \"a\"",
          "" },
        { "a comma for a colon", TEXT("{\"a\", 1}"), 1, 5,
          "a colon is missing behind the key \"a\"", "" },
        { "an equals sign for a colon", TEXT("{\"a\" = 1}"), 1, 6, "JSON has no equals signs",
          "write :" },
        { "a semicolon for a comma", TEXT("{\"a\": 1; \"b\": 2}"), 1, 8, "JSON has no semicolons",
          "write ," },
        { "a key without a value", TEXT("{\"a\": }"), 1, 2, "the key \"a\" has no value", "colon" },
        { "a key alone", TEXT("{\"a\"}"), 1, 2, "the key \"a\" has no value", "colon" },
        { "a value missing between", TEXT("{\"a\": , \"b\": 1}"), 1, 7,
          "a value is missing before this comma", "" },
        { "two colons", TEXT("{\"a\":: 1}"), 1, 6, "this begins no value", "values are" },
        { "a key without quotes", TEXT("{max: 1}"), 1, 2, "the key max has no quotes", "\"max\"" },
        { "a number for a key", TEXT("{1: 1}"), 1, 2, "the key 1 has no quotes", "\"1\"" },
        { "an object for a key", TEXT("{{}: 1}"), 1, 2, "this is no key", "double quotes" },
        { "True", TEXT("[True]"), 1, 2, "True is no value of JSON", "write true" },
        { "FALSE", TEXT("[FALSE]"), 1, 2, "FALSE is no value of JSON", "write false" },
        { "None", TEXT("[None]"), 1, 2, "None is no value of JSON", "write null" },
        { "yes", TEXT("{\"a\": yes}"), 1, 7, "yes is no value of JSON", "write true" },
        { "undefined", TEXT("[undefined]"), 1, 2, "undefined is no value of JSON", "write null" },
        { "a word without quotes", TEXT("{\"drift\": repair}"), 1, 11, "repair is no value of JSON",
          "\"repair\"" },
        { "a word with a tail", TEXT("[truely]"), 1, 2, "truely is no value of JSON",
          "\"truely\"" },
        { "a # comment", TEXT("# a policy\n{}"), 1, 1, "# begins no comment", "write //" },
        { "a # comment behind a member", TEXT("{\"a\": 1, # one\n}"), 1, 10, "# begins no comment",
          "write //" },
        { "a -- comment", TEXT("-- a policy\n{}"), 1, 1, "-- begins no comment", "write //" },
        { "one slash", TEXT("/ {}"), 1, 1, "one slash begins no comment", "//" },
        { "a slash at the end", TEXT("{} /"), 1, 4, "one slash begins no comment", "//" },
        { "a key in an array", TEXT("[\"a\": 1]"), 1, 5, "an array has no keys", "{ }" },
        { "} for ]", TEXT("[1}"), 1, 3,
          "this } does not close the [ that begins in line 1, column 1", "write ]" },
        { "] for }", TEXT("{\"a\": 1]"), 1, 8,
          "this ] does not close the { that begins in line 1, column 1", "write }" },
        { "} at once for ]", TEXT("\n[}"), 2, 2,
          "this } does not close the [ that begins in line 2, column 1", "write ]" },
        { "a closing bracket alone", TEXT("]"), 1, 1, "this ] closes nothing", "remove it" },
        { "a closing bracket too many", TEXT("{} }"), 1, 4, "this } closes nothing", "remove it" },
        { "two documents", TEXT("{} {}"), 1, 4, "something stands behind the end of the document",
          "one value" },
        { "two numbers", TEXT("1 2"), 1, 3, "something stands behind the end of the document",
          "one value" },
        { "a character that means nothing", TEXT("[\xE2\x82\xAC]"), 1, 2, "this begins no value",
          "values are" },

        /* A key twice */
        { "a key twice", TEXT("{\"a\": 1,\n \"b\": 2,\n \"a\": 3}"), 3, 2,
          "the key \"a\" stands twice in this object", "line 1, column 2" },
        { "a key twice, once escaped", TEXT("{\"a\": 1, \"\\u0061\": 2}"), 1, 10,
          "the key \"a\" stands twice in this object", "line 1, column 2" },
        { "the empty key twice", TEXT("{\"\": 1, \"\": 2}"), 1, 9,
          "the key \"\" stands twice in this object", "line 1, column 2" },
        { "a key twice further in", TEXT("[{\"b\": {\"a\": {}, \"a\": []}}]"), 1, 18,
          "the key \"a\" stands twice in this object", "line 1, column 9" },
};

static void refuses_with_place_and_words(void **state)
{
        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(texts); i++) {
                struct pl_json_document *document = NULL;
                int r = parse_span(pl_span(texts[i].text, texts[i].length), &document);
                const struct pl_diag_entry *entry = &diag.entries[0];

                if (r != PL_JSON_E_INVALID || diag.errors != 1 ||
                    entry->place.line != texts[i].line || entry->place.column != texts[i].column ||
                    strcmp(entry->message, texts[i].message) != 0 ||
                    !strstr(entry->hint, texts[i].hint) ||
                    (texts[i].hint[0] == '\0' && entry->hint[0] != '\0')) {
                        print_diag();
                        fail_msg("%s: %d, %zu errors, expected %u:%u: %s (%s)", texts[i].name, r,
                                 diag.errors, texts[i].line, texts[i].column, texts[i].message,
                                 texts[i].hint);
                }
                assert_null(document);
                assert_string_equal(entry->file, "test.json");
        }
}

static const char *repeat(char *buffer, const char *unit, size_t count)
{
        size_t length = strlen(unit);

        for (size_t i = 0; i < count; i++)
                memcpy(buffer + i * length, unit, length);
        buffer[count * length] = '\0';
        return buffer;
}

static void expect_error(struct pl_span text, uint32_t line, uint32_t column, const char *message)
{
        struct pl_json_document *document = NULL;
        int r = parse_span(text, &document);

        print_diag();
        assert_int_equal(r, PL_JSON_E_INVALID);
        assert_null(document);
        assert_int_equal(diag.entries[0].place.line, line);
        assert_int_equal(diag.entries[0].place.column, column);
        assert_string_equal(diag.entries[0].message, message);
}

static void bounds_depth(void **state)
{
        static char text[20001 * 5];

        (void) state;
        expect_error(pl_span_of(repeat(text, "[", 20000)), 1, 33, "nested deeper than 32 levels");
        expect_error(pl_span_of(repeat(text, "{\"a\":", 20000)), 1, 161,
                     "nested deeper than 32 levels");
        repeat(text, "[", 32);
        repeat(text + 32, "]", 32);
        pl_json_document_free(parse_good(pl_span_of(text)));
}

static void bounds_length(void **state)
{
        _cleanup_free_ char *text = malloc(PL_JSON_TEXT_MAX + 1);

        (void) state;
        assert_non_null(text);
        memset(text, ' ', PL_JSON_TEXT_MAX + 1);
        text[0] = '1';
        expect_error(pl_span(text, PL_JSON_TEXT_MAX + 1), 0, 0, "longer than 1024 KiB");
        pl_json_document_free(parse_good(pl_span(text, PL_JSON_TEXT_MAX)));
}

static void bounds_number_of_values(void **state)
{
        static char text[2 * PL_JSON_VALUES_MAX + 8];
        struct pl_json_document *document;

        (void) state;
        repeat(text, "[", 1);
        repeat(text + 1, "1,", PL_JSON_VALUES_MAX - 1);
        repeat(text + 2 * PL_JSON_VALUES_MAX - 2, "]", 1);
        document = parse_good(pl_span_of(text));
        assert_int_equal(pl_json_count(document), PL_JSON_VALUES_MAX);
        pl_json_document_free(document);

        repeat(text + 2 * PL_JSON_VALUES_MAX - 2, ",1]", 1);
        expect_error(pl_span_of(text), 1, 2 * PL_JSON_VALUES_MAX, "more than 65536 values");
}

static void bounds_keys(void **state)
{
        static char text[PL_JSON_KEY_MAX + 8];

        (void) state;
        repeat(text, "{\"", 1);
        repeat(text + 2, "k", PL_JSON_KEY_MAX - 2);
        strcpy(text + PL_JSON_KEY_MAX, "\":1}");
        pl_json_document_free(parse_good(pl_span_of(text)));
        strcpy(text + PL_JSON_KEY_MAX, "k\":1}");
        expect_error(pl_span_of(text), 1, 2, "this key is longer than 1024 bytes");
}

/* {"k00000":0,…}: within one text and as many values as there may be. */
static struct pl_span many_members(char *text, size_t size, unsigned count, unsigned distinct)
{
        struct pl_text out;

        pl_text_init(&out, text, size);
        pl_text_add(&out, "{");
        for (unsigned i = 0; i < count; i++)
                pl_text_addf(&out, "%s\"k%05u\":0", i ? "," : "", i * 7919 % distinct);
        pl_text_add(&out, "}");
        assert_false(out.cut);
        return pl_text_span(&out);
}

/* Compared each with each, this would be two thousand million comparisons; it is to take no time worth a deadline. */
static void sixty_thousand_keys_are_no_work(void **state)
{
        _cleanup_free_ char *text = malloc(PL_JSON_TEXT_MAX);
        struct pl_json_document *document;

        (void) state;
        assert_non_null(text);
        document = parse_good(many_members(text, PL_JSON_TEXT_MAX, 60000, 60013));
        assert_int_equal(pl_json_root(document)->count, 60000);
        pl_json_document_free(document);
}

static void every_duplicate_is_reported_in_order(void **state)
{
        static char text[8192];
        struct pl_json_document *document = NULL;

        (void) state;
        /* 17 distinct keys over and over: sorted, and of each key the first stays without a report. */
        assert_int_equal(parse_span(many_members(text, sizeof text, 60, 17), &document),
                         PL_JSON_E_INVALID);
        assert_int_equal(diag.errors, 60 - 17);
        for (size_t i = 0; i < diag.count; i++) {
                char hint[64];

                assert_int_equal(diag.entries[i].place.column, 2 + (i + 17) * 11);
                snprintf(hint, sizeof hint, "it stands first in line 1, column %zu",
                         2 + i % 17 * 11);
                assert_string_equal(diag.entries[i].hint, hint);
        }

        /* 3 of 9, compared each with each. */
        assert_int_equal(parse_span(many_members(text, sizeof text, 9, 3), &document),
                         PL_JSON_E_INVALID);
        assert_int_equal(diag.errors, 6);

        /* More than a report holds. */
        assert_int_equal(parse_span(many_members(text, sizeof text, 500, 10), &document),
                         PL_JSON_E_INVALID);
        assert_int_equal(diag.errors, 490);
        assert_int_equal(diag.count, PL_DIAG_ENTRIES_MAX);
}

static void keys_differ_by_case_and_by_object(void **state)
{
        (void) state;
        pl_json_document_free(parse_good(pl_span_of("{\"a\": {\"a\": {\"a\": 1}}, \"A\": [{\"a\": "
                                                    "1}, {\"a\": 2}], \"b\": {\"a\": 1}}")));
}

static void numbers_and_duplicates_are_all_reported(void **state)
{
        struct pl_json_document *document = NULL;

        (void) state;
        assert_int_equal(
                parse_span(pl_span_of("{\"a\": 1e999, \"b\": 0, \"a\": -1e999}"), &document),
                PL_JSON_E_INVALID);
        assert_int_equal(diag.errors, 3);
        assert_int_equal(diag.entries[0].place.column, 7);
        assert_int_equal(diag.entries[1].place.column, 22);
        assert_int_equal(diag.entries[2].place.column, 27);
}

static void what_the_diag_had_stays(void **state)
{
        struct pl_json_document *document = NULL;

        (void) state;
        pl_diag_clear(&diag);
        pl_diag_warning(&diag, NULL, (struct pl_place){}, "from before");
        assert_int_equal(pl_json_parse(pl_span_of("x"), NULL, &diag, &document), PL_JSON_E_INVALID);
        assert_int_equal(diag.count, 2);
        assert_string_equal(diag.entries[0].message, "from before");
        assert_null(diag.entries[1].file);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(refuses_with_place_and_words),
                cmocka_unit_test(bounds_depth),
                cmocka_unit_test(bounds_length),
                cmocka_unit_test(bounds_number_of_values),
                cmocka_unit_test(bounds_keys),
                cmocka_unit_test(sixty_thousand_keys_are_no_work),
                cmocka_unit_test(every_duplicate_is_reported_in_order),
                cmocka_unit_test(keys_differ_by_case_and_by_object),
                cmocka_unit_test(numbers_and_duplicates_are_all_reported),
                cmocka_unit_test(what_the_diag_had_stays),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
