/* SPDX-License-Identifier: Apache-2.0 */

#include "lexeme.h"

#include <stdbool.h>

#include "plimsoll/base/assert.h"
#include "plimsoll/base/text.h"

uint32_t pl_lexeme_decode(struct pl_span sequence)
{
        const unsigned char *bytes = (const unsigned char *) sequence.data;
        uint32_t character;

        pl_assert(sequence.length > 0 && sequence.length == pl_utf8_length(sequence));

        if (sequence.length == 1)
                return bytes[0];
        /* The first byte of a sequence of n has n ones and a nought before its bits of the code point. */
        character = bytes[0] & (0x7FU >> sequence.length);
        for (size_t i = 1; i < sequence.length; i++)
                character = character << 6 | (bytes[i] & 0x3FU);
        return character;
}

/* Bytes that stand for themselves in a string and are one character each: all of ASCII but controls, '"' and '\'. */
static bool is_plain(char byte)
{
        return (unsigned char) byte >= 0x20 && (unsigned char) byte < 0x80 && byte != '"' &&
               byte != '\\';
}

static int hex_digit(char byte)
{
        if (pl_is_digit(byte))
                return byte - '0';
        if (byte >= 'a' && byte <= 'f')
                return byte - 'a' + 10;
        if (byte >= 'A' && byte <= 'F')
                return byte - 'A' + 10;
        return -1;
}

/* The four digits behind "\u". */
static int read_unit(struct pl_span text, uint32_t *ret_unit)
{
        uint32_t unit = 0;

        for (size_t i = 0; i < 4; i++) {
                int digit;

                if (i == text.length)
                        return PL_LEXEME_E_CUT;
                digit = hex_digit(text.data[i]);
                if (digit < 0)
                        return PL_LEXEME_E_HEX;
                unit = unit << 4 | (uint32_t) digit;
        }

        *ret_unit = unit;
        return 0;
}

/* "\uD83D\uDE00" is one character in two halves; either half alone is none. */
static int read_unicode_escape(struct pl_span text, size_t *ret_length)
{
        uint32_t unit;
        int r;

        r = read_unit(pl_span_from(text, 2), &unit);
        if (r != 0)
                return r;
        if (unit == 0)
                return PL_LEXEME_E_NUL;
        *ret_length = 6;
        if (unit < 0xD800 || unit > 0xDFFF)
                return 0;
        if (unit > 0xDBFF || text.length < 8 || text.data[6] != '\\' || text.data[7] != 'u')
                return text.length == 6 ? PL_LEXEME_E_CUT : PL_LEXEME_E_SURROGATE;
        r = read_unit(pl_span_from(text, 8), &unit);
        if (r != 0)
                return r;

        *ret_length = 12;
        return unit >= 0xDC00 && unit <= 0xDFFF ? 0 : PL_LEXEME_E_SURROGATE;
}

static int read_escape(struct pl_span text, size_t *ret_length)
{
        if (text.length < 2)
                return PL_LEXEME_E_CUT;
        if (text.data[1] == 'u')
                return read_unicode_escape(text, ret_length);
        if (text.data[1] == '\0' || !strchr("\"\\/bfnrt", text.data[1]))
                return PL_LEXEME_E_ESCAPE;

        *ret_length = 2;
        return 0;
}

/* One character that is not plain, or an escape. */
static int pass_special(struct pl_span rest, struct pl_lexeme *lexeme)
{
        size_t length = 0;
        int r;

        if (rest.data[0] == '\\') {
                r = read_escape(rest, &length);
                if (r != 0)
                        return r;
                lexeme->bytes += length;
                lexeme->characters += length;
                return 0;
        }
        if ((unsigned char) rest.data[0] < 0x20)
                return PL_LEXEME_E_CONTROL;
        length = pl_utf8_length(rest);
        if (length == 0)
                return PL_LEXEME_E_UTF8;
        lexeme->bytes += length;
        lexeme->characters++;
        return 0;
}

int pl_lexeme_string(struct pl_span text, struct pl_lexeme *ret_lexeme)
{
        struct pl_lexeme *lexeme = ret_lexeme;

        pl_assert(pl_span_starts_with(text, "\""));
        pl_assert(lexeme);

        *lexeme = (struct pl_lexeme){ 1, 1 };
        while (lexeme->bytes < text.length) {
                size_t start = lexeme->bytes, end = start;
                int r;

                while (end < text.length && is_plain(text.data[end]))
                        end++;
                lexeme->bytes = end;
                lexeme->characters += end - start;
                if (end == text.length)
                        break;
                if (text.data[end] == '"') {
                        lexeme->bytes++;
                        lexeme->characters++;
                        return 0;
                }
                r = pass_special(pl_span_from(text, end), lexeme);
                if (r != 0)
                        return r;
        }
        return PL_LEXEME_E_CUT;
}

/* At least one digit must stand here. */
static int pass_digits(struct pl_span text, size_t *at)
{
        if (*at == text.length)
                return PL_LEXEME_E_CUT;
        if (!pl_is_digit(text.data[*at]))
                return PL_LEXEME_E_DIGIT;
        while (*at < text.length && pl_is_digit(text.data[*at]))
                (*at)++;
        return 0;
}

static bool is_at(struct pl_span text, size_t at, char lower, char upper)
{
        return at < text.length && (text.data[at] == lower || text.data[at] == upper);
}

static int pass_whole_part(struct pl_span text, size_t *at)
{
        bool zero;

        *at += is_at(text, *at, '-', '-');
        zero = is_at(text, *at, '0', '0');
        if (zero && is_at(text, *at + 1, 'x', 'X'))
                return PL_LEXEME_E_BASE;
        if (zero && *at + 1 < text.length && pl_is_digit(text.data[*at + 1]))
                return PL_LEXEME_E_LEADING_ZERO;
        return pass_digits(text, at);
}

static int pass_number(struct pl_span text, size_t *at)
{
        int r;

        r = pass_whole_part(text, at);
        if (r == 0 && is_at(text, *at, '.', '.')) {
                (*at)++;
                r = pass_digits(text, at);
        }
        if (r == 0 && is_at(text, *at, 'e', 'E')) {
                (*at)++;
                *at += is_at(text, *at, '+', '-');
                r = pass_digits(text, at);
        }
        return r;
}

int pl_lexeme_number(struct pl_span text, struct pl_lexeme *ret_lexeme)
{
        size_t at = 0;
        int r;

        pl_assert(ret_lexeme);

        r = pass_number(text, &at);
        *ret_lexeme = (struct pl_lexeme){ at, at };
        return r;
}

static bool is_word_byte(char byte)
{
        return pl_is_digit(byte) || byte == '_' || (byte >= 'a' && byte <= 'z') ||
               (byte >= 'A' && byte <= 'Z');
}

struct pl_span pl_lexeme_word(struct pl_span text)
{
        size_t length = 0;

        while (length < text.length && is_word_byte(text.data[length]))
                length++;
        return pl_span(text.data, length);
}

struct pl_span pl_lexeme_front(struct pl_span text, size_t max_bytes)
{
        if (text.length <= max_bytes)
                return text;
        text.length = max_bytes;
        /* Bytes that continue a sequence begin with 10. */
        while (text.length > 0 && (text.data[text.length] & 0xC0) == 0x80)
                text.length--;
        return text;
}
