/* SPDX-License-Identifier: Apache-2.0 */

/* What a person reads who has mistyped a policy: which of the mistakes that people make this one is, where it is, and
 * what to write instead. Everything here runs once, at the end of a scan that has failed, so nothing here is in a
 * hurry.
 */

#include <strings.h>

#include "plimsoll/base/assert.h"
#include "plimsoll/base/text.h"
#include "scan.h"

/* As much of a foreign word as a line of a terminal has room for beside ours. */
enum { QUOTED_MAX = 48 };

#define BIT(expected) (1U << (expected))
#define ANYWHERE      (~0U)

/* Where something is meant and written as another language or a word processor has it. The first that fits counts. */
static const struct slip {
        const char *begins;
        unsigned where;
        const char *message;
        const char *hint;
} slips[] = {
        { "'", ANYWHERE, "single quotes are not JSON", "write \" for '" },
        { "`", ANYWHERE, "backquotes are not JSON", "write \" for `" },
        { "\xE2\x80\x98", ANYWHERE, "typographic quotes are not JSON", "write \"" },
        { "\xE2\x80\x99", ANYWHERE, "typographic quotes are not JSON", "write \"" },
        { "\xE2\x80\x9C", ANYWHERE, "typographic quotes are not JSON", "write \"" },
        { "\xE2\x80\x9D", ANYWHERE, "typographic quotes are not JSON", "write \"" },
        { "\xE2\x80\x9E", ANYWHERE, "typographic quotes are not JSON", "write \"" },
        { "\xC2\xA0", ANYWHERE, "this is a no-break space, which is no blank", "write a blank" },
        { "\xE2\x80\x8B", ANYWHERE, "this is an invisible character (U+200B)", "remove it" },
        { "\xEF\xBB\xBF", ANYWHERE, "this is an invisible character (U+FEFF)", "remove it" },
        { "#", ANYWHERE, "# begins no comment", "write // for #" },
        { "--", ANYWHERE, "-- begins no comment", "write // for --" },
        { "/", ANYWHERE, "one slash begins no comment", "write // or /* */" },
        { ";", ANYWHERE, "JSON has no semicolons", "write , between members" },
        { "=", ANYWHERE, "JSON has no equals signs", "write : between key and value" },
        { "+", BIT(PL_JSON_EXPECTED_VALUE), "a number has no plus sign", "leave it out" },
        { ".", BIT(PL_JSON_EXPECTED_VALUE), "a number begins with a digit", "write 0.5 for .5" },
        { ",", BIT(PL_JSON_EXPECTED_VALUE), "a value is missing before this comma", NULL },
        { ",", BIT(PL_JSON_EXPECTED_KEY), "this comma has no member before it", "remove it" },
};

/* Words that other languages have for values. */
static const struct {
        const char *word; /* in any case */
        const char *hint;
} words[] = {
        { "true", "write true, in small letters" },
        { "false", "write false, in small letters" },
        { "null", "write null, in small letters" },
        { "yes", "write true" },
        { "on", "write true" },
        { "no", "write false" },
        { "off", "write false" },
        { "none", "write null" },
        { "nil", "write null" },
        { "undefined", "write null, or leave the member out" },
        { "nan", "JSON has only finite numbers: write null, or leave the member out" },
        { "inf", "JSON has only finite numbers: write null, or leave the member out" },
        { "infinity", "JSON has only finite numbers: write null, or leave the member out" },
};

static int quoted_length(struct pl_span span)
{
        return (int) pl_lexeme_front(span, QUOTED_MAX).length;
}

static const struct pl_json_value *innermost(const struct pl_json_scanner *scanner)
{
        return scanner->depth ? &scanner->values[scanner->open[scanner->depth - 1]] : NULL;
}

static char closing(const struct pl_json_value *open)
{
        return open->type == PL_JSON_OBJECT ? '}' : ']';
}

/* Adds the words; the hint may be NULL. */
static int say(struct pl_json_scanner *scanner, struct pl_place place, const char *message,
               const char *hint)
{
        pl_diag_error(scanner->diag, scanner->file, place, "%s", message);
        if (hint)
                pl_diag_hint(scanner->diag, "%s", hint);
        return PL_JSON_E_INVALID;
}

int pl_json_mistake_in_character(struct pl_json_scanner *scanner)
{
        unsigned char byte = (unsigned char) scanner->text[scanner->at];
        struct pl_place place = pl_json_here(scanner, 1);

        if (byte >= 0x80) {
                pl_diag_error(scanner->diag, scanner->file, place, "the byte 0x%02X is not UTF-8",
                              byte);
                pl_diag_hint(scanner->diag, "save the text as UTF-8");
        } else if (byte == 0) {
                pl_diag_error(scanner->diag, scanner->file, place, "a NUL byte");
                pl_diag_hint(scanner->diag,
                             "this may be no text file, or UTF-16: save it as UTF-8");
        } else {
                pl_diag_error(scanner->diag, scanner->file, place, "a control character (U+%04X)",
                              byte);
                pl_diag_hint(scanner->diag, "remove it");
        }
        return PL_JSON_E_INVALID;
}

static bool at_bad_character(const struct pl_json_scanner *scanner)
{
        unsigned char byte = (unsigned char) scanner->text[scanner->at];

        return byte < 0x20 || byte == 0x7F || pl_utf8_length(pl_json_rest(scanner)) == 0;
}

static int mistake_at_end(struct pl_json_scanner *scanner)
{
        const struct pl_json_value *open = innermost(scanner);

        if (!open)
                return say(scanner, pl_json_here(scanner, 0),
                           scanner->length == 0 ? "the text is empty"
                                                : "nothing but blanks and comments",
                           "an empty document is {}");
        pl_diag_error(scanner->diag, scanner->file, pl_json_here(scanner, 0),
                      "the text ends within the %s that begins in line %u, column %u",
                      open->type == PL_JSON_OBJECT ? "object" : "array", open->place.line,
                      open->place.column);
        pl_diag_hint(scanner->diag, "close it with %c", closing(open));
        return PL_JSON_E_INVALID;
}

static int mistake_at_closing(struct pl_json_scanner *scanner, enum pl_json_expected expected)
{
        const struct pl_json_value *open = innermost(scanner);
        char byte = scanner->text[scanner->at];
        struct pl_place here = pl_json_here(scanner, 1);

        if (!open) {
                pl_diag_error(scanner->diag, scanner->file, here, "this %c closes nothing", byte);
                pl_diag_hint(scanner->diag, "remove it");
        } else if (byte != closing(open)) {
                pl_diag_error(scanner->diag, scanner->file, here,
                              "this %c does not close the %c that begins in line %u, column %u",
                              byte, open->type == PL_JSON_OBJECT ? '{' : '[', open->place.line,
                              open->place.column);
                pl_diag_hint(scanner->diag, "write %c", closing(open));
        } else if (expected == PL_JSON_EXPECTED_COLON || scanner->key_place.line > 0) {
                pl_diag_error(scanner->diag, scanner->file, scanner->key_place,
                              "the key %.*s has no value", quoted_length(scanner->key),
                              scanner->key.data);
                pl_diag_hint(scanner->diag, "write a colon and a value behind it");
        } else {
                pl_diag_error(scanner->diag, scanner->file, scanner->comma_place,
                              "a comma before the closing %c", byte);
                pl_diag_hint(scanner->diag, "remove the comma");
        }
        return PL_JSON_E_INVALID;
}

/* Whether nothing lies between a value and where the scanner looks. */
static bool ends_here(const struct pl_json_scanner *scanner, const struct pl_json_value *value)
{
        return value->source.data + value->source.length == scanner->text + scanner->at;
}

static bool is_unit_byte(char byte)
{
        return byte == '%' || byte == '.' || byte == '-' || byte == '+' || byte == ':' ||
               pl_lexeme_word(pl_span(&byte, 1)).length > 0;
}

/* "max": 512M */
static bool at_unit(const struct pl_json_scanner *scanner)
{
        const struct pl_json_value *last;

        if (scanner->count == 0)
                return false;
        last = &scanner->values[scanner->count - 1];
        return last->type == PL_JSON_NUMBER && ends_here(scanner, last) &&
               is_unit_byte(scanner->text[scanner->at]);
}

static int mistake_at_unit(struct pl_json_scanner *scanner)
{
        const struct pl_json_value *number = &scanner->values[scanner->count - 1];
        struct pl_place place = number->place;
        struct pl_span word = number->source;

        while (word.data + word.length < scanner->text + scanner->length &&
               is_unit_byte(word.data[word.length]))
                word.length++;
        place.length = (uint32_t) word.length;
        pl_diag_error(scanner->diag, scanner->file, place, "%.*s is no number of JSON",
                      quoted_length(word), word.data);
        pl_diag_hint(scanner->diag, "what has a unit is a string: \"%.*s\"", quoted_length(word),
                     word.data);
        return PL_JSON_E_INVALID;
}

static int mistake_at_word(struct pl_json_scanner *scanner, struct pl_span word)
{
        struct pl_place place = pl_json_here(scanner, word.length);

        pl_diag_error(scanner->diag, scanner->file, place, "%.*s is no value of JSON",
                      quoted_length(word), word.data);
        for (size_t i = 0; i < PL_ARRAY_LENGTH(words); i++)
                if (strlen(words[i].word) == word.length &&
                    strncasecmp(words[i].word, word.data, word.length) == 0) {
                        pl_diag_hint(scanner->diag, "%s", words[i].hint);
                        return PL_JSON_E_INVALID;
                }
        pl_diag_hint(scanner->diag, "a string stands in double quotes: \"%.*s\"",
                     quoted_length(word), word.data);
        return PL_JSON_E_INVALID;
}

static int mistake_for_key(struct pl_json_scanner *scanner)
{
        struct pl_span word = pl_lexeme_word(pl_json_rest(scanner));

        if (word.length == 0)
                return say(scanner, pl_json_here(scanner, 1), "this is no key",
                           "a key is a string in double quotes");
        pl_diag_error(scanner->diag, scanner->file, pl_json_here(scanner, word.length),
                      "the key %.*s has no quotes", quoted_length(word), word.data);
        pl_diag_hint(scanner->diag, "write \"%.*s\"", quoted_length(word), word.data);
        return PL_JSON_E_INVALID;
}

static int mistake_for_colon(struct pl_json_scanner *scanner)
{
        pl_diag_error(scanner->diag, scanner->file, pl_json_here(scanner, 1),
                      "a colon is missing behind the key %.*s", quoted_length(scanner->key),
                      scanner->key.data);
        return PL_JSON_E_INVALID;
}

static int mistake_for_comma(struct pl_json_scanner *scanner)
{
        const struct pl_json_value *open = innermost(scanner);
        const struct pl_json_value *last = &scanner->values[scanner->count - 1];
        bool behind_quote = last->type == PL_JSON_STRING && ends_here(scanner, last);

        if (scanner->text[scanner->at] == ':' && open->type == PL_JSON_ARRAY)
                return say(scanner, pl_json_here(scanner, 1), "an array has no keys",
                           "members with keys stand in { }");
        return say(scanner, pl_json_here(scanner, 1), "a comma is missing before this",
                   behind_quote ? "a quote within a string is written \\\"" : NULL);
}

static const struct slip *find_slip(const struct pl_json_scanner *scanner,
                                    enum pl_json_expected expected)
{
        for (size_t i = 0; i < PL_ARRAY_LENGTH(slips); i++)
                if (slips[i].where & BIT(expected) &&
                    pl_span_starts_with(pl_json_rest(scanner), slips[i].begins))
                        return &slips[i];
        return NULL;
}

static int mistake_by_expectation(struct pl_json_scanner *scanner, enum pl_json_expected expected)
{
        struct pl_span word = pl_lexeme_word(pl_json_rest(scanner));

        switch (expected) {
        case PL_JSON_EXPECTED_KEY:
                return mistake_for_key(scanner);
        case PL_JSON_EXPECTED_COLON:
                return mistake_for_colon(scanner);
        case PL_JSON_EXPECTED_COMMA:
                return mistake_for_comma(scanner);
        case PL_JSON_EXPECTED_END:
                return say(scanner, pl_json_here(scanner, 1),
                           "something stands behind the end of the document",
                           "one text holds one value");
        case PL_JSON_EXPECTED_VALUE:
                if (word.length > 0)
                        return mistake_at_word(scanner, word);
                return say(scanner, pl_json_here(scanner, 1), "this begins no value",
                           "values are \"strings\", numbers, true, false, null, [ ] and { }");
        }
        pl_unreachable();
}

int pl_json_mistake(struct pl_json_scanner *scanner, enum pl_json_expected expected)
{
        const struct slip *slip;
        char byte;

        pl_assert(scanner);
        pl_assert(scanner->at <= scanner->length);

        if (scanner->at == scanner->length)
                return mistake_at_end(scanner);
        if (at_bad_character(scanner))
                return pl_json_mistake_in_character(scanner);
        byte = scanner->text[scanner->at];
        if (byte == '}' || byte == ']')
                return mistake_at_closing(scanner, expected);
        if (expected >= PL_JSON_EXPECTED_COMMA && at_unit(scanner))
                return mistake_at_unit(scanner);
        slip = find_slip(scanner, expected);
        if (slip)
                return say(scanner, pl_json_here(scanner, 1), slip->message, slip->hint);
        return mistake_by_expectation(scanner, expected);
}

/* A string that does not end is shown at its beginning, because where its end is missing nobody can know. */
static int mistake_open_string(struct pl_json_scanner *scanner, struct pl_lexeme good)
{
        struct pl_place place = pl_json_here(scanner, good.characters);

        if (scanner->at + good.bytes == scanner->length)
                return say(scanner, place, "this string is not closed", "end it with \"");
        return say(scanner, place, "this string does not end in its line",
                   "end it with \", or write \\n for a new line within it");
}

int pl_json_mistake_in_string(struct pl_json_scanner *scanner, int error, struct pl_lexeme good)
{
        static const struct {
                int error;
                uint32_t length; /* of what is shown */
                const char *message;
                const char *hint;
        } escapes[] = {
                { PL_LEXEME_E_ESCAPE, 2, "this backslash escapes nothing",
                  "a backslash itself is written \\\\" },
                { PL_LEXEME_E_HEX, 2, "\\u without four hexadecimal digits behind it",
                  "write \\u00e4, say" },
                { PL_LEXEME_E_SURROGATE, 6, "this is one half of a character without the other",
                  "characters above \\uffff are two escapes, or stand for themselves" },
                { PL_LEXEME_E_NUL, 6, "a NUL within a string", "remove it" },
        };
        struct pl_place place;

        pl_assert(scanner);
        pl_assert(good.bytes > 0 && scanner->at + good.bytes <= scanner->length);

        if (error == PL_LEXEME_E_CUT)
                return mistake_open_string(
                        scanner,
                        (struct pl_lexeme){ scanner->length - scanner->at, good.characters });
        if (error == PL_LEXEME_E_CONTROL && (scanner->text[scanner->at + good.bytes] == '\n' ||
                                             scanner->text[scanner->at + good.bytes] == '\r'))
                return mistake_open_string(scanner, good);

        scanner->at += good.bytes;
        scanner->column += (uint32_t) good.characters;
        place = pl_json_here(scanner, 1);
        for (size_t i = 0; i < PL_ARRAY_LENGTH(escapes); i++)
                if (escapes[i].error == error) {
                        place.length = escapes[i].length;
                        return say(scanner, place, escapes[i].message, escapes[i].hint);
                }
        if (scanner->text[scanner->at] == '\t')
                return say(scanner, place, "a raw tab within a string", "write \\t");
        return pl_json_mistake_in_character(scanner);
}

int pl_json_mistake_in_number(struct pl_json_scanner *scanner, int error, struct pl_lexeme good)
{
        struct pl_place place = pl_json_here(scanner, good.characters + 1);
        struct pl_span rest = pl_json_rest(scanner), word;

        pl_assert(good.bytes <= rest.length);

        if (error == PL_LEXEME_E_LEADING_ZERO)
                return say(scanner, place, "a number with zeros before it", "leave them out");
        if (error == PL_LEXEME_E_BASE)
                return say(scanner, place, "JSON has no hexadecimal numbers",
                           "write it in decimal");
        word = pl_lexeme_word(pl_span_from(rest, 1));
        if (good.bytes == 1 && word.length > 0)
                return mistake_at_word(scanner, word);
        if (good.bytes == 1 && pl_span_starts_with(rest, "--"))
                return pl_json_mistake(scanner, PL_JSON_EXPECTED_VALUE);
        return say(scanner, place, "a digit is missing in this number", NULL);
}
