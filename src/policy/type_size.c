/* SPDX-License-Identifier: Apache-2.0 */

/* A policy file is also judged by its schema, in editors, which knows only regular expressions. So sizes are as wide as one
 * can say: functions hold functions once, a number has at most so many digits before its unit and nine behind its point,
 * and nothing begins or ends with a blank.
 */

#include <ctype.h>
#include <string.h>

#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"
#include "type.h"

enum {
        FRACTION_DIGITS_MAX = 9,
        WHOLE_DIGITS_MAX =
                18, /* of bytes; of each larger unit three less. All of them stay below 2^63. */
        EXPRESSION_MAX = 4096,
};

#define AMOUNT_MAX UINT64_C(999999999999999999)

#define FRACTION "(?:\\.[0-9]{1,9})?"

/* ---- sizes ---- */

/* The units as an expression has them, and how many digits may stand before them. */
static const struct {
        const char *expression;
        unsigned digits;
} units[] = {
        { "(?: *B)?", WHOLE_DIGITS_MAX },
        { " *(?:K|KiB|kB)", WHOLE_DIGITS_MAX - 3 },
        { " *(?:M|MiB|MB)", WHOLE_DIGITS_MAX - 6 },
        { " *(?:G|GiB|GB)", WHOLE_DIGITS_MAX - 9 },
        { " *(?:T|TiB|TB)", WHOLE_DIGITS_MAX - 12 },
        { " *(?:P|PiB|PB)", WHOLE_DIGITS_MAX - 15 },
};

/* Behind the letter: "", "b", "i", "ib" in any case, and then no letter. */
static bool is_tail_of_unit(struct pl_span rest)
{
        if (rest.length > 0 && tolower((unsigned char) rest.data[0]) == 'i')
                rest = pl_span_from(rest, 1);
        if (rest.length > 0 && tolower((unsigned char) rest.data[0]) == 'b')
                rest = pl_span_from(rest, 1);
        return rest.length == 0 || !isalpha((unsigned char) rest.data[0]);
}

/* What people write who know another system's units. */
static const char *unit_hint(struct pl_span rest)
{
        static const struct {
                char letter;
                const char *hint;
        } hints[] = {
                { 'k', "write KiB (1024 bytes) or kB (1000)" },
                { 'm', "write MiB (1024 KiB) or MB (1000 kB)" },
                { 'g', "write GiB (1024 MiB) or GB (1000 MB)" },
                { 't', "write TiB (1024 GiB) or TB (1000 GB)" },
                { 'p', "write PiB (1024 TiB) or PB (1000 TB)" },
        };

        for (size_t i = 0; rest.length > 0 && i < PL_ARRAY_LENGTH(hints); i++)
                if (tolower((unsigned char) rest.data[0]) == hints[i].letter &&
                    is_tail_of_unit(pl_span_from(rest, 1)))
                        return hints[i].hint;
        return "units are KiB, MiB, GiB, TiB, or kB, MB, GB, TB";
}

static size_t cut_digits(struct pl_span *rest)
{
        struct pl_span digits = *rest;

        while (rest->length > 0 && pl_is_digit(rest->data[0]))
                *rest = pl_span_from(*rest, 1);
        return digits.length - rest->length;
}

/* How many digits may stand before the unit that the rest begins with. */
static size_t digits_max(struct pl_span rest)
{
        static const char letters[] = "kmgtp";
        const char *at;

        pl_span_skip(&rest, ' ');
        at = rest.length > 0 ? strchr(letters, tolower((unsigned char) rest.data[0])) : NULL;
        return at && *at ? WHOLE_DIGITS_MAX - 3 * (size_t) (at - letters + 1) : WHOLE_DIGITS_MAX;
}

/* A text that is an amount and that no schema could tell from one that is none. *ret_offset is where. */
static bool is_untidy(struct pl_span text, size_t *ret_offset)
{
        struct pl_span rest = text;

        *ret_offset = 0;
        if (text.length > 0 && text.data[0] == ' ')
                return true;
        *ret_offset = text.length - 1;
        if (text.length > 0 && text.data[text.length - 1] == ' ')
                return true;
        while (rest.length > 0) {
                size_t whole, fraction = 0;

                *ret_offset = text.length - rest.length;
                pl_span_skip(&rest, '0');
                whole = cut_digits(&rest);
                if (pl_span_starts_with(rest, ".")) {
                        rest = pl_span_from(rest, 1);
                        fraction = cut_digits(&rest);
                }
                if (fraction > FRACTION_DIGITS_MAX || whole > digits_max(rest))
                        return true;
                rest = pl_span_from(rest, 1);
        }
        return false;
}

/* What people write who know another system's sizes; NULL for what is nobody's. */
static const char *syntax_hint(const struct pl_key *key, struct pl_span text, struct pl_span rest)
{
        static const char *const endless[] = { "unlimited", "infinity", "infinite", "none", "-1" };

        for (size_t i = 0; i < PL_ARRAY_LENGTH(endless); i++)
                if (pl_span_equals(text, endless[i]))
                        return key->flags & PL_KEY_NO_LIMIT ? "write \"max\" for no limit" : NULL;
        if (text.length > 0 && (text.data[0] == ' ' || text.data[text.length - 1] == ' '))
                return "leave out the blank at its end";
        if (rest.data > text.data && pl_is_digit(rest.data[-1]) && rest.data[0] == ',')
                return "parts stand behind a point: \"1.5GiB\"";
        if (memmem(text.data, text.length, "% of", 4))
                return "a share alone, \"50%\", is of the host's RAM";
        return NULL;
}

/* Says what is wrong with a text at a byte of it. */
static bool wrong_at(const struct pl_reading *reading, const struct pl_key *key,
                     const struct pl_json_value *value, size_t offset, int error)
{
        struct pl_span rest = pl_span_from(pl_span_of(value->string), offset);
        const char *hint = NULL;
        char buffer[PL_DIAG_WORDS_MAX];
        struct pl_json_value part = *value;
        struct pl_text words;

        pl_text_init(&words, buffer, sizeof buffer);
        part.place = pl_type_place(value, offset);
        if (error == PL_SIZE_E_UNIT) {
                pl_text_add(&words, "this is no unit of memory");
                hint = unit_hint(rest);
        } else if (error == PL_SIZE_E_RANGE) {
                pl_text_add(&words, "this is out of range");
                hint = "shares go to 1000 % in steps of 0.01 %, sizes to 999 PiB";
        } else if (error == PL_SIZE_E_TOO_LONG) {
                pl_text_add(&words, "there are too many terms, or too deep within each other");
                hint = "min(…) or max(…) may hold the other once: max(96MiB, min(1GiB, 4%))";
        } else {
                pl_text_addf(&words, "\"%s\" is not %s", value->string, key->type->noun);
                hint = syntax_hint(key, pl_span_of(value->string), rest);
        }
        return pl_type_wrong(reading, key, &part, hint, "%s", buffer);
}

static const char *share_word(enum pl_size_kind kind)
{
        return kind == PL_SIZE_SHARE_OF_MAX ? "of max" : "of swap";
}

/* Whether every term may stand in this key. */
static bool terms_are_allowed(const struct pl_reading *reading, const struct pl_key *key,
                              const struct pl_json_value *value, const struct pl_size *size)
{
        for (size_t i = 0; i < size->count; i++) {
                const struct pl_size_node *node = &size->nodes[i];
                bool is_share = node->kind == PL_SIZE_SHARE_OF_MAX ||
                                node->kind == PL_SIZE_SHARE_OF_SWAP;
                unsigned flag = node->kind == PL_SIZE_SHARE_OF_MAX ? PL_KEY_OF_MAX : PL_KEY_OF_SWAP;

                if (is_share && !(key->flags & flag))
                        return pl_type_wrong(
                                reading, key, value, "a share alone, \"50%\", is of the host's RAM",
                                "\"%s\" cannot be a share %s", key->name, share_word(node->kind));
                if (node->kind != PL_SIZE_BYTES)
                        continue;
                if (node->value == PL_SIZE_MAX && !(key->flags & PL_KEY_NO_LIMIT))
                        return pl_type_wrong(reading, key, value,
                                             key->flags & PL_KEY_OF_MAX
                                                     ? "\"100% of max\" is all that it may have"
                                                     : "write an amount",
                                             "\"%s\" cannot be \"max\", which has no end",
                                             key->name);
        }
        return true;
}

static bool read_bytes(const struct pl_reading *reading, const struct pl_key *key,
                       const struct pl_json_value *value, struct pl_size *size)
{
        uint64_t bytes;
        int r = pl_json_to_u64(value, &bytes);

        if (r == PL_JSON_E_FRACTION)
                return pl_type_wrong(reading, key, value, "write a unit: \"1.5GiB\"",
                                     "a number alone is of bytes, and there are no parts of one");
        if (r != 0 && value->source.data[0] == '-')
                return pl_type_wrong(reading, key, value,
                                     key->flags & PL_KEY_NO_LIMIT ? "write \"max\" for no limit"
                                                                  : "",
                                     "\"%s\" cannot be below 0", key->name);
        if (r != 0 || bytes > AMOUNT_MAX)
                return pl_type_wrong(reading, key, value, "sizes go to 999 PiB",
                                     "this is out of range");
        *size = (struct pl_size){ .count = 1, .nodes = { { PL_SIZE_BYTES, bytes } } };
        return true;
}

static bool read_size(const struct pl_reading *reading, const struct pl_key *key,
                      const struct pl_json_value *value, void *field)
{
        struct pl_size size;
        size_t offset = 0;
        int r;

        if (value->type == PL_JSON_NUMBER)
                return read_bytes(reading, key, value, field);
        if (!pl_type_is(reading, key, value, PL_JSON_STRING))
                return false;
        r = pl_size_parse(pl_span_of(value->string), &size, &offset);
        if (r == 0 && is_untidy(pl_span_of(value->string), &offset))
                r = value->string[offset] == ' ' ? PL_SIZE_E_SYNTAX : PL_SIZE_E_RANGE;
        if (r != 0)
                return wrong_at(reading, key, value, offset, r);
        if (!terms_are_allowed(reading, key, value, &size))
                return false;
        *(struct pl_size *) field = size;
        return true;
}

static void print_size(struct pl_json_writer *writer, const struct pl_key *key, const void *field)
{
        char buffer[PL_TYPE_TEXT_MAX * 2];
        struct pl_text text;

        (void) key;
        pl_text_init(&text, buffer, sizeof buffer);
        pl_size_format(&text, field);
        pl_assert(!text.cut);
        pl_json_string(writer, pl_text_span(&text));
}

static void add_bytes_expression(struct pl_text *text)
{
        pl_text_add(text, "0*(?:");
        for (size_t i = 0; i < PL_ARRAY_LENGTH(units); i++)
                pl_text_addf(text, "%s[0-9]{1,%u}" FRACTION "%s", i ? "|" : "", units[i].digits,
                             units[i].expression);
        pl_text_add(text, ")");
}

/* To 1000 %, in steps of 0.01 %. */
static void add_share_expression(struct pl_text *text, const struct pl_key *key)
{
        bool of_max = key->flags & PL_KEY_OF_MAX, of_swap = key->flags & PL_KEY_OF_SWAP;

        pl_text_add(text, "(?:0*[0-9]{1,3}(?:\\.[0-9]{1,2}0{0,7})?|0*1000(?:\\.0{1,9})?) *%");
        if (of_max || of_swap)
                pl_text_addf(text, "(?: *of +(?:%s%s%s))?", of_max ? "max" : "",
                             of_max && of_swap ? "|" : "", of_swap ? "swap" : "");
}

static void schema_size(struct pl_json_writer *writer, const struct pl_key *key)
{
        static char plain[EXPRESSION_MAX], inner[EXPRESSION_MAX * 2], whole[EXPRESSION_MAX * 6];
        struct pl_text text;

        pl_text_init(&text, plain, sizeof plain);
        pl_text_add(&text, "(?:");
        add_bytes_expression(&text);
        if (key->flags & PL_KEY_OF_RAM) {
                pl_text_add(&text, "|");
                add_share_expression(&text, key);
        }
        pl_text_addf(&text, "%s)", key->flags & PL_KEY_NO_LIMIT ? "|max" : "");
        pl_assert(!text.cut);

        pl_text_init(&text, inner, sizeof inner);
        pl_text_addf(&text, "(?:%s|(?:min|max)\\( *%s(?: *, *%s){0,6} *\\))", plain, plain, plain);
        pl_assert(!text.cut);

        pl_text_init(&text, whole, sizeof whole);
        pl_text_addf(&text, "^(?:%s|(?:min|max)\\( *%s(?: *, *%s){0,6} *\\))$", plain, inner,
                     inner);
        pl_assert(!text.cut);

        pl_json_key(writer, "anyOf");
        pl_json_array_begin(writer);
        pl_json_object_begin(writer);
        pl_schema_pattern(writer, whole);
        pl_json_object_end(writer);
        pl_json_object_begin(writer);
        pl_json_put_string(writer, "type", pl_span_of("integer"));
        pl_json_put_u64(writer, "minimum", 0);
        pl_json_put_u64(writer, "maximum", AMOUNT_MAX);
        pl_json_object_end(writer);
        pl_json_array_end(writer);
}

const struct pl_type pl_type_size = {
        .noun = "a size",
        .forms = "\"512MiB\", \"50%\", \"min(8GiB, 50%)\"",
        .read = read_size,
        .print = print_size,
        .schema = schema_size,
};

/* ---- rates ---- */

static bool read_rate(const struct pl_reading *reading, const struct pl_key *key,
                      const struct pl_json_value *value, void *field)
{
        struct pl_rate rate;
        struct pl_span text;
        size_t offset = 0;
        int r;

        if (!pl_type_is(reading, key, value, PL_JSON_STRING))
                return false;
        text = pl_span_of(value->string);
        r = pl_rate_parse(text, &rate, &offset);
        if (r == 0 && (strpbrk(value->string, "\t\r\n") || is_untidy(text, &offset)))
                r = PL_SIZE_E_RANGE;
        if (r == PL_SIZE_E_UNIT && strchr(value->string, '/') &&
            offset > (size_t) (strchr(value->string, '/') - value->string))
                return pl_type_wrong(reading, key, value, "write /s, /min, /h or /d",
                                     "this is no unit of time");
        if (r != 0)
                return wrong_at(reading, key, value, offset, r);
        *(struct pl_rate *) field = rate;
        return true;
}

static void print_rate(struct pl_json_writer *writer, const struct pl_key *key, const void *field)
{
        char buffer[PL_TYPE_TEXT_MAX];
        struct pl_text text;

        (void) key;
        pl_text_init(&text, buffer, sizeof buffer);
        pl_rate_format(&text, field);
        pl_json_string(writer, pl_text_span(&text));
}

static void schema_rate(struct pl_json_writer *writer, const struct pl_key *key)
{
        static char expression[EXPRESSION_MAX];
        struct pl_text text;

        (void) key;
        pl_text_init(&text, expression, sizeof expression);
        pl_text_add(&text, "^");
        add_bytes_expression(&text);
        pl_text_add(&text, " */ *(?:s|min|h|d)$");
        pl_assert(!text.cut);
        pl_schema_pattern(writer, expression);
}

const struct pl_type pl_type_rate = {
        .noun = "a rate of growth",
        .forms = "\"10MiB/h\", \"1GiB/d\"",
        .read = read_rate,
        .print = print_rate,
        .schema = schema_rate,
};
