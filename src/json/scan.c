/* SPDX-License-Identifier: Apache-2.0 */

/* cJSON says that a text is wrong, but not where in a person's terms, takes more than JSON (trailing garbage, a byte
 * order mark, control characters, half surrogates, numbers beyond a double), knows no comments, and keeps no
 * positions. So the text is read twice: here, where everything is checked and every place is noted, and by cJSON,
 * which then builds values from a text that is known to be good. tree.c walks both results side by side and asserts
 * that they agree, so that each checks the other.
 *
 * The grammar is small enough for a loop with one state and a stack of the open brackets: no recursion, and every turn
 * moves forward by at least one byte.
 */

#include "scan.h"

#include <errno.h>
#include <string.h>

#include "plimsoll/base/assert.h"

enum state {
        STATE_VALUE,
        STATE_FIRST_ELEMENT, /* a value, or the end of an empty array */
        STATE_KEY,
        STATE_FIRST_KEY, /* a key, or the end of an empty object */
        STATE_BEHIND,    /* a comma or an end */
};

/* Profiles have a value in some 18 bytes, so the list is not moved for them; for a denser text it doubles. */
enum { VALUES_AT_FIRST = 16, BYTES_A_VALUE = 16 };

static void advance_byte(struct pl_json_scanner *scanner)
{
        pl_json_advance(scanner, (struct pl_lexeme){ 1, 1 });
}

static int grow(struct pl_json_scanner *scanner)
{
        size_t capacity = scanner->capacity ? 2 * scanner->capacity
                                            : VALUES_AT_FIRST + scanner->length / BYTES_A_VALUE;
        struct pl_json_value *values;

        capacity = PL_MIN(capacity, (size_t) PL_JSON_VALUES_MAX);
        values = pl_json_arena_take(scanner->arena, capacity * sizeof *values);
        if (!values)
                return -ENOMEM;

        if (scanner->count > 0)
                memcpy(values, scanner->values, scanner->count * sizeof *values);
        scanner->values = values;
        scanner->capacity = capacity;
        return 0;
}

static int make_room(struct pl_json_scanner *scanner)
{
        if (scanner->count == PL_JSON_VALUES_MAX) {
                pl_diag_error(scanner->diag, scanner->file, pl_json_here(scanner, 1),
                              "more than %d values", PL_JSON_VALUES_MAX);
                pl_diag_hint(scanner->diag, "split it into several files");
                return PL_JSON_E_INVALID;
        }
        return scanner->count < scanner->capacity ? 0 : grow(scanner);
}

/* Notes a value and steps over it. */
static int take(struct pl_json_scanner *scanner, enum pl_json_type type, struct pl_lexeme lexeme)
{
        struct pl_json_value *value;
        int r;

        r = make_room(scanner);
        if (r != 0)
                return r;

        value = &scanner->values[scanner->count++];
        value->type = type;
        value->count = 0;
        value->source = pl_span(scanner->text + scanner->at, lexeme.bytes);
        value->place = pl_json_here(scanner, lexeme.characters);
        value->key_place = scanner->key_place;
        if (scanner->depth > 0)
                scanner->values[scanner->open[scanner->depth - 1]].count++;
        scanner->key_place = (struct pl_place){};
        pl_json_advance(scanner, lexeme);
        return 0;
}

static int take_string(struct pl_json_scanner *scanner)
{
        struct pl_lexeme lexeme;
        int r;

        r = pl_lexeme_string(pl_json_rest(scanner), &lexeme);
        if (r != 0)
                return pl_json_mistake_in_string(scanner, r, lexeme);
        return take(scanner, PL_JSON_STRING, lexeme);
}

static int take_number(struct pl_json_scanner *scanner)
{
        struct pl_lexeme lexeme;
        int r;

        r = pl_lexeme_number(pl_json_rest(scanner), &lexeme);
        if (r != 0)
                return pl_json_mistake_in_number(scanner, r, lexeme);
        if (lexeme.bytes > PL_JSON_NUMBER_MAX) {
                pl_diag_error(scanner->diag, scanner->file,
                              pl_json_here(scanner, lexeme.characters),
                              "this number has more than %d characters", PL_JSON_NUMBER_MAX);
                return PL_JSON_E_INVALID;
        }
        return take(scanner, PL_JSON_NUMBER, lexeme);
}

/* A word is read to its end before it is compared: "nullx" is none. */
static int take_word(struct pl_json_scanner *scanner)
{
        static const struct {
                const char *word;
                enum pl_json_type type;
        } words[] = {
                { "true", PL_JSON_BOOL },
                { "false", PL_JSON_BOOL },
                { "null", PL_JSON_NULL },
        };
        struct pl_span word = pl_lexeme_word(pl_json_rest(scanner));

        for (size_t i = 0; i < PL_ARRAY_LENGTH(words); i++)
                if (pl_span_equals(word, words[i].word))
                        return take(scanner, words[i].type,
                                    (struct pl_lexeme){ word.length, word.length });
        return pl_json_mistake(scanner, PL_JSON_EXPECTED_VALUE);
}

static int open_bracket(struct pl_json_scanner *scanner, enum state *state)
{
        bool object = scanner->text[scanner->at] == '{';
        int r;

        if (scanner->depth == PL_JSON_DEPTH_MAX) {
                pl_diag_error(scanner->diag, scanner->file, pl_json_here(scanner, 1),
                              "nested deeper than %d levels", PL_JSON_DEPTH_MAX);
                return PL_JSON_E_INVALID;
        }
        r = take(scanner, object ? PL_JSON_OBJECT : PL_JSON_ARRAY, (struct pl_lexeme){ 1, 1 });
        if (r != 0)
                return r;

        scanner->open[scanner->depth++] = (uint32_t) scanner->count - 1;
        *state = object ? STATE_FIRST_KEY : STATE_FIRST_ELEMENT;
        return 0;
}

static int scan_value(struct pl_json_scanner *scanner, enum state *state)
{
        char byte = scanner->text[scanner->at];

        if (byte == '{' || byte == '[')
                return open_bracket(scanner, state);
        *state = STATE_BEHIND;
        if (byte == '"')
                return take_string(scanner);
        if (byte == '-' || pl_is_digit(byte))
                return take_number(scanner);
        return take_word(scanner);
}

static int scan_key(struct pl_json_scanner *scanner, enum state *state)
{
        struct pl_span rest = pl_json_rest(scanner);
        struct pl_lexeme lexeme;
        int r;

        if (rest.data[0] != '"')
                return pl_json_mistake(scanner, PL_JSON_EXPECTED_KEY);
        r = pl_lexeme_string(rest, &lexeme);
        if (r != 0)
                return pl_json_mistake_in_string(scanner, r, lexeme);
        if (lexeme.bytes > PL_JSON_KEY_MAX) {
                pl_diag_error(scanner->diag, scanner->file,
                              pl_json_here(scanner, lexeme.characters),
                              "this key is longer than %d bytes", PL_JSON_KEY_MAX);
                return PL_JSON_E_INVALID;
        }
        scanner->key = pl_span(rest.data, lexeme.bytes);
        scanner->key_place = pl_json_here(scanner, lexeme.characters);
        pl_json_advance(scanner, lexeme);

        r = pl_json_pass_blanks(scanner);
        if (r != 0)
                return r;
        if (!pl_json_is_at(scanner, ":"))
                return pl_json_mistake(scanner, PL_JSON_EXPECTED_COLON);
        advance_byte(scanner);
        *state = STATE_VALUE;
        return 0;
}

static bool closes(const struct pl_json_scanner *scanner)
{
        enum pl_json_type type;

        pl_assert(scanner->depth > 0);

        type = scanner->values[scanner->open[scanner->depth - 1]].type;
        return scanner->text[scanner->at] == (type == PL_JSON_OBJECT ? '}' : ']');
}

static void close_bracket(struct pl_json_scanner *scanner, enum state *state)
{
        scanner->depth--;
        advance_byte(scanner);
        *state = STATE_BEHIND;
}

static int scan_behind(struct pl_json_scanner *scanner, enum state *state)
{
        enum pl_json_type type;

        if (scanner->depth == 0)
                return pl_json_mistake(scanner, PL_JSON_EXPECTED_END);
        if (closes(scanner)) {
                close_bracket(scanner, state);
                return 0;
        }
        if (!pl_json_is_at(scanner, ","))
                return pl_json_mistake(scanner, PL_JSON_EXPECTED_COMMA);

        type = scanner->values[scanner->open[scanner->depth - 1]].type;
        scanner->comma_place = pl_json_here(scanner, 1);
        advance_byte(scanner);
        *state = type == PL_JSON_OBJECT ? STATE_KEY : STATE_VALUE;
        return 0;
}

static int scan_next(struct pl_json_scanner *scanner, enum state *state)
{
        switch (*state) {
        case STATE_FIRST_ELEMENT:
        case STATE_FIRST_KEY:
                if (closes(scanner)) {
                        close_bracket(scanner, state);
                        return 0;
                }
                return *state == STATE_FIRST_KEY ? scan_key(scanner, state)
                                                 : scan_value(scanner, state);
        case STATE_VALUE:
                return scan_value(scanner, state);
        case STATE_KEY:
                return scan_key(scanner, state);
        case STATE_BEHIND:
                return scan_behind(scanner, state);
        }
        pl_unreachable();
}

static enum pl_json_expected expected_in(enum state state)
{
        switch (state) {
        case STATE_FIRST_ELEMENT:
        case STATE_VALUE:
                return PL_JSON_EXPECTED_VALUE;
        case STATE_FIRST_KEY:
        case STATE_KEY:
                return PL_JSON_EXPECTED_KEY;
        case STATE_BEHIND:
                return PL_JSON_EXPECTED_COMMA;
        }
        pl_unreachable();
}

int pl_json_scan(struct pl_json_scanner *scanner)
{
        enum state state = STATE_VALUE;
        int r;

        pl_assert(scanner);
        pl_assert(scanner->text);
        pl_assert(scanner->diag);
        pl_assert(scanner->arena);
        pl_assert(scanner->length <= PL_JSON_TEXT_MAX);
        pl_assert(scanner->line > 0 && scanner->line <= UINT32_MAX - PL_JSON_TEXT_MAX);

        scanner->column = 1;
        if (pl_json_is_at(scanner, "\xEF\xBB\xBF")) {
                pl_diag_error(scanner->diag, scanner->file, pl_json_here(scanner, 1),
                              "the text begins with a byte order mark");
                pl_diag_hint(scanner->diag, "save it as UTF-8 without one");
                return PL_JSON_E_INVALID;
        }
        for (r = pl_json_pass_blanks(scanner); r == 0 && scanner->at < scanner->length;) {
                r = scan_next(scanner, &state);
                if (r == 0)
                        r = pl_json_pass_blanks(scanner);
        }
        if (r != 0)
                return r;
        return state == STATE_BEHIND && scanner->depth == 0
                       ? 0
                       : pl_json_mistake(scanner, expected_in(state));
}
