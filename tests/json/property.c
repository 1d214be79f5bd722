/* SPDX-License-Identifier: Apache-2.0 */

/* Random documents: what is written is read back as the same; comments and blanks between change nothing; each part
 * of a document is either one itself or an error with a place. The seed is fixed, and printed with what fails;
 * another comes from the environment as PLIMSOLL_SEED.
 */

#include "json/parse.h"

#include <stdlib.h>
#include <string.h>

#include "plimsoll/base/macro.h"
#include "json/copy.h"

enum { ROUNDS = 400, TEXT_MAX = 64 * 1024, VALUES_IN_ONE = 60 };

static uint64_t seed = 20240229;
static uint64_t random_state;

/* splitmix64 (Steele, Lea, Flood 2014): any seed will do. */
static uint64_t random_bits(void)
{
        uint64_t z = (random_state += UINT64_C(0x9E3779B97F4A7C15));

        z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
        z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
        return z ^ (z >> 31);
}

static unsigned below(unsigned bound)
{
        return (unsigned) (random_bits() % bound);
}

static const char *const pieces[] = {
        "a",
        "Z",
        "0",
        " ",
        "\"",
        "\\",
        "/",
        "//",
        "/*",
        "*/",
        "{",
        "]",
        ",",
        ":",
        "\n",
        "\t",
        "\x1b",
        "\x7F",
        "\xC2\x80",
        "\xC3\xA4",
        "\xE2\x82\xAC",
        "\xE2\x80\xAE",
        "\xF0\x9F\x98\x80",
        "\xF4\x8F\xBF\xBF",
        "\xED\x9F\xBF",
        "u0000",
        "null",
};

static void add_random_string(struct pl_text *text)
{
        for (unsigned i = below(12); i > 0; i--)
                pl_text_add(text, pieces[below(PL_ARRAY_LENGTH(pieces))]);
}

static const char *const numbers[] = {
        "0",
        "-0",
        "-0.0",
        "1e3",
        "1E-3",
        "1.50",
        "-12.75e+10",
        "18446744073709551615",
        "-9223372036854775808",
        "1e308",
        "4.9e-324",
        "0e99999",
};

static void write_scalar(struct pl_json_writer *writer)
{
        char buffer[128];
        struct pl_text text;

        switch (below(8)) {
        case 0:
                pl_json_null(writer);
                break;
        case 1:
                pl_json_bool(writer, below(2));
                break;
        case 2:
                pl_json_u64(writer, random_bits() >> below(64));
                break;
        case 3:
                pl_json_i64(writer, (int64_t) random_bits() >> below(64));
                break;
        case 4:
                pl_json_fixed(writer, (int64_t) random_bits() >> below(64), below(19));
                break;
        case 5:
                pl_json_number(writer, pl_span_of(numbers[below(PL_ARRAY_LENGTH(numbers))]));
                break;
        default:
                pl_text_init(&text, buffer, sizeof buffer);
                add_random_string(&text);
                pl_json_string(writer, pl_text_span(&text));
        }
}

static void write_random_key(struct pl_json_writer *writer, unsigned number)
{
        char buffer[128];
        struct pl_text text;

        pl_text_init(&text, buffer, sizeof buffer);
        add_random_string(&text);
        pl_text_addf(&text, "#%u", number); /* no two are the same */
        pl_json_key(writer, buffer);
}

static void end_innermost(struct pl_json_writer *writer, bool object)
{
        if (object)
                pl_json_object_end(writer);
        else
                pl_json_array_end(writer);
}

static void write_random(struct pl_text *text, bool pretty)
{
        struct pl_json_writer writer;
        bool objects[PL_JSON_DEPTH_MAX];
        unsigned depth = 0, left = 1 + below(VALUES_IN_ONE);

        pl_json_writer_init(&writer,
                            &(struct pl_json_writer_options){ pl_json_sink_text, text, pretty });
        do {
                unsigned kind = below(6);

                if (kind == 0 && depth > 0 && left > 1) {
                        end_innermost(&writer, objects[--depth]);
                        if (depth == 0)
                                break;
                        continue;
                }
                if (depth > 0 && objects[depth - 1])
                        write_random_key(&writer, left);
                if (kind <= 3 && depth < PL_JSON_DEPTH_MAX) {
                        objects[depth] = kind >= 2;
                        if (objects[depth++])
                                pl_json_object_begin(&writer);
                        else
                                pl_json_array_begin(&writer);
                } else {
                        write_scalar(&writer);
                }
        } while (--left > 0 && depth > 0);
        while (depth > 0)
                end_innermost(&writer, objects[--depth]);
        assert_int_equal(pl_json_writer_finish(&writer), 0);
}

/* Between any two lexemes. Line comments end the line, so they go in with their newline. */
static const char *const fillers[] = {
        "", "", "", " ", "\n", "\t", "\r\n", "/**/", "/* \" { */", "// ]\n", "/*\xE2\x82\xAC\n//*/",
};

static void add_filler(struct pl_text *text)
{
        for (unsigned i = below(3); i > 0; i--)
                pl_text_add(text, fillers[below(PL_ARRAY_LENGTH(fillers))]);
}

/* Copies a compact document with fillers before and behind every punctuation mark outside of strings. */
static void scatter(struct pl_text *text, struct pl_span compact)
{
        bool in_string = false;

        add_filler(text);
        for (size_t i = 0; i < compact.length; i++) {
                char byte = compact.data[i];
                bool mark = !in_string && strchr("{}[],:\n", byte);

                if (byte == '"')
                        in_string = !in_string;
                if (mark)
                        add_filler(text);
                pl_text_add_byte(text, byte);
                if (in_string && byte == '\\')
                        pl_text_add_byte(text, compact.data[++i]);
                if (mark)
                        add_filler(text);
        }
}

static char compact_bytes[TEXT_MAX], pretty_bytes[TEXT_MAX], again_bytes[TEXT_MAX];
static struct pl_text compact, pretty, again;

static void start_round(unsigned round)
{
        random_state = seed + round;
        pl_text_init(&compact, compact_bytes, sizeof compact_bytes);
        pl_text_init(&pretty, pretty_bytes, sizeof pretty_bytes);
        pl_text_init(&again, again_bytes, sizeof again_bytes);
}

static void say_seed(unsigned round, const char *what)
{
        fail_msg("%s, with PLIMSOLL_SEED=%llu: %s", what, (unsigned long long) (seed + round),
                 compact_bytes);
}

static void written_read_written(void **state)
{
        (void) state;
        for (unsigned round = 0; round < ROUNDS; round++) {
                _cleanup_document_ struct pl_json_document *first = NULL, *second = NULL;

                start_round(round);
                write_random(&compact, false);
                if (parse_span(pl_text_span(&compact), &first) != 0)
                        say_seed(round, "not read back");
                copy_to_text(&pretty, first, true);
                if (parse_span(pl_text_span(&pretty), &second) != 0)
                        say_seed(round, "not read back when indented");
                copy_to_text(&again, second, false);
                if (strcmp(compact_bytes, again_bytes) != 0)
                        say_seed(round, "not the same bytes");
        }
}

static void blanks_and_comments_change_nothing(void **state)
{
        (void) state;
        for (unsigned round = 0; round < ROUNDS; round++) {
                _cleanup_document_ struct pl_json_document *document = NULL;

                start_round(round);
                write_random(&compact, false);
                scatter(&pretty, pl_text_span(&compact));
                assert_false(pretty.cut);
                if (parse_span(pl_text_span(&pretty), &document) != 0) {
                        print_diag();
                        say_seed(round, "not read with comments");
                }
                copy_to_text(&again, document, false);
                if (strcmp(compact_bytes, again_bytes) != 0)
                        say_seed(round, "comments change it");
        }
}

/* The place where a value is said to stand, found by walking over the text once more in another way. */
static const char *find_place(struct pl_span text, struct pl_place place)
{
        uint32_t line = 1, column = 1;

        while (text.length > 0 && (line != place.line || column != place.column)) {
                size_t length = pl_utf8_length(text);

                column = text.data[0] == '\n' ? 1 : column + 1;
                line += text.data[0] == '\n';
                text = pl_span_from(text, length);
        }
        return text.data;
}

static void places_lead_to_the_source(void **state)
{
        (void) state;
        for (unsigned round = 0; round < ROUNDS; round++) {
                _cleanup_document_ struct pl_json_document *document = NULL;

                start_round(round);
                write_random(&compact, false);
                scatter(&pretty, pl_text_span(&compact));
                assert_int_equal(parse_span(pl_text_span(&pretty), &document), 0);
                for (size_t i = 0; i < pl_json_count(document); i++) {
                        const struct pl_json_value *value = pl_json_at(document, i);
                        const char *at = find_place(pl_text_span(&pretty), value->place);

                        if (memcmp(at, value->source.data, value->source.length) != 0)
                                say_seed(round, "a place is wrong");
                        if (value->key &&
                            *find_place(pl_text_span(&pretty), value->key_place) != '"')
                                say_seed(round, "the place of a key is wrong");
                }
        }
}

static void every_prefix_is_a_document_or_an_error(void **state)
{
        (void) state;
        for (unsigned round = 0; round < ROUNDS / 8; round++) {
                start_round(round);
                write_random(&compact, false);
                scatter(&pretty, pl_text_span(&compact));
                for (size_t length = 0; length <= pretty.length; length++) {
                        struct pl_json_document *document = NULL;
                        int r = parse_span(pl_span(pretty.data, length), &document);

                        if (r != (diag.errors ? PL_JSON_E_INVALID : 0) || !document != (r != 0))
                                say_seed(round, "a prefix is neither good nor bad");
                        if (r != 0 &&
                            (diag.entries[0].place.line == 0 || diag.entries[0].place.column == 0))
                                say_seed(round, "an error without a place");
                        pl_json_document_free(document);
                }
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(written_read_written),
                cmocka_unit_test(blanks_and_comments_change_nothing),
                cmocka_unit_test(places_lead_to_the_source),
                cmocka_unit_test(every_prefix_is_a_document_or_an_error),
        };
        const char *wanted = getenv("PLIMSOLL_SEED");

        if (wanted)
                seed = strtoull(wanted, NULL, 10);
        return cmocka_run_group_tests(tests, NULL, NULL);
}
