/* SPDX-License-Identifier: Apache-2.0 */

/* A matcher that goes back to its last star and tries again lets whoever writes the pattern or chooses the name decide
 * how long we are busy. This one never goes back: it keeps the set of all positions in the pattern that the text may
 * have come to, one bit a position, and moves all of them over each character at once. There are no more positions than
 * bytes in the pattern, and each is left and reached once a character; that is the bound.
 *
 * A star is a position that stays where it is over what it takes; whoever comes to a star has come to what is behind it
 * as well. A whole part "**" has two positions. At the '/' before it no part was taken yet, so that it may be passed
 * over together with its '/'; at its stars anything is taken, and since the pattern has a '/' or its end behind them,
 * they can be left only where a part ends. The root is matched as the empty text: no part with a '/' before it.
 *
 * Whether one pattern covers another is the same walk with the tokens of the narrower in place of characters. A
 * position moves over a token only if it would move over every text that the token stands for, and to a position from
 * where the same can follow; so the end, when it is reached, is reached by all texts of the narrower.
 */

#include "plimsoll/policy/glob.h"

#include <stdint.h>

#include "glob_class.h"
#include "plimsoll/base/assert.h"
#include "plimsoll/base/text.h"

enum token_kind {
        TOKEN_CHARACTER,
        TOKEN_SLASH, /* of a path, where no "**" is behind it */
        TOKEN_ONE,   /* "?" */
        TOKEN_SET,   /* "[…]" */
        TOKEN_RUN,   /* "*"; in a name there is no TOKEN_SLASH, so that it is everything */
        TOKEN_ALL,   /* "**" of a path without the '/' before it */
        TOKEN_PARTS, /* "**" of a path with the '/' before it */
};

/* Of a pattern; a character of a text is one as well. */
struct token {
        enum token_kind kind;
        uint32_t character; /* for TOKEN_CHARACTER */
        struct pl_span bytes;
};

enum {
        WORD_BITS = 64,
        WORDS = (PL_GLOB_MAX + WORD_BITS) / WORD_BITS, /* one position behind the last byte */
};

/* Positions within the pattern, as offsets of bytes. */
struct positions {
        uint64_t words[WORDS];
};

struct walk {
        struct pl_span pattern;
        enum pl_glob_kind kind;
        struct positions reached;
        size_t steps;
};

static struct token character_at(struct pl_span at, enum pl_glob_kind kind)
{
        struct pl_span rest = at;
        struct token token = { .character = pl_glob_cut_character(&rest) };

        token.kind = kind == PL_GLOB_PATH && token.character == '/' ? TOKEN_SLASH : TOKEN_CHARACTER;
        token.bytes = pl_span(at.data, at.length - rest.length);
        return token;
}

/* The token at the front of what remains of a checked pattern. */
static struct token token_at(struct pl_span at, enum pl_glob_kind kind)
{
        bool path = kind == PL_GLOB_PATH;
        struct token token = character_at(at, kind);

        if (at.data[0] == '?') {
                token.kind = TOKEN_ONE;
        } else if (at.data[0] == '[') {
                token.kind = TOKEN_SET;
                token.bytes.length = pl_glob_class_length(at, kind);
                pl_assert(token.bytes.length > 0);
        } else if (path && pl_span_starts_with(at, "/**")) {
                token.kind = TOKEN_PARTS;
                token.bytes.length = 3;
        } else if (path && pl_span_starts_with(at, "**")) {
                token.kind = TOKEN_ALL;
                token.bytes.length = 2;
        } else if (at.data[0] == '*') {
                token.kind = TOKEN_RUN;
        }
        return token;
}

static bool can_be_empty(const struct token *token)
{
        return token->kind == TOKEN_RUN || token->kind == TOKEN_ALL || token->kind == TOKEN_PARTS;
}

/* Whether it is one character, and in a path not '/'. */
static bool is_one(const struct token *token)
{
        return token->kind == TOKEN_CHARACTER || token->kind == TOKEN_ONE ||
               token->kind == TOKEN_SET;
}

/* Whether a token of the pattern takes all that the other stands for. */
static bool takes(const struct token *token, const struct token *other)
{
        switch (token->kind) {
        case TOKEN_CHARACTER:
                return other->kind == TOKEN_CHARACTER && other->character == token->character;
        case TOKEN_SLASH:
                return other->kind == TOKEN_SLASH;
        case TOKEN_ONE:
                return is_one(other);
        case TOKEN_SET:
                if (other->kind == TOKEN_SET)
                        return pl_glob_set_covers(token->bytes, other->bytes);
                return other->kind == TOKEN_CHARACTER &&
                       pl_glob_set_has(token->bytes, other->character);
        case TOKEN_RUN:
                return is_one(other) || other->kind == TOKEN_RUN;
        case TOKEN_ALL:
                return true;
        case TOKEN_PARTS: /* a leading "**" of the other is parts too, its '/' left out */
                return other->kind == TOKEN_SLASH || other->kind == TOKEN_PARTS ||
                       other->kind == TOKEN_ALL;
        }
        pl_unreachable();
}

/* How far a position moves when its token has taken the other. */
static size_t advance(const struct token *token, const struct token *other)
{
        if (token->kind == TOKEN_PARTS) /* the '/' of a first part leads to the stars behind it */
                return other->kind == TOKEN_SLASH ? 1 : 0;
        return can_be_empty(token) ? 0 : token->bytes.length;
}

static bool has(const struct positions *positions, size_t position)
{
        return positions->words[position / WORD_BITS] >> position % WORD_BITS & 1;
}

static struct token look_at(struct walk *walk, size_t position)
{
        struct token token = token_at(pl_span_from(walk->pattern, position), walk->kind);

        walk->steps += token.kind == TOKEN_SET ? token.bytes.length : 1;
        return token;
}

/* Reaches a position, and those behind it with nothing but what can be empty between. Ends at the first that was
 * reached before, so that all calls for one set together look at each position once. */
static void reach(struct walk *walk, struct positions *reached, size_t position)
{
        pl_assert(position <= walk->pattern.length);

        while (!has(reached, position)) {
                struct token token;

                reached->words[position / WORD_BITS] |= UINT64_C(1) << position % WORD_BITS;
                if (position == walk->pattern.length)
                        return;
                token = look_at(walk, position);
                if (!can_be_empty(&token))
                        return;
                position += token.bytes.length;
        }
}

static void move_position(struct walk *walk, struct positions *next, size_t position,
                          const struct token *over)
{
        struct token token;

        if (position == walk->pattern.length)
                return; /* nothing may come behind the end */
        token = look_at(walk, position);
        if (takes(&token, over))
                reach(walk, next, position + advance(&token, over));
}

/* Moves all positions over one token. False when none is left. */
static bool move_all(struct walk *walk, const struct token *over)
{
        struct positions next = {};
        uint64_t any = 0;

        for (size_t i = 0; i < WORDS; i++)
                for (uint64_t bits = walk->reached.words[i]; bits != 0; bits &= bits - 1)
                        move_position(walk, &next, i * WORD_BITS + (size_t) __builtin_ctzll(bits),
                                      over);
        for (size_t i = 0; i < WORDS; i++)
                any |= next.words[i];
        walk->reached = next;
        return any != 0;
}

static void walk_init(struct walk *walk, struct pl_span pattern, enum pl_glob_kind kind,
                      size_t position)
{
        pl_assert(pattern.length > 0);
        pl_assert(pattern.length <= PL_GLOB_MAX);

        *walk = (struct walk){ .pattern = pattern, .kind = kind };
        reach(walk, &walk->reached, position);
}

static bool walk_at_end(const struct walk *walk)
{
        return has(&walk->reached, walk->pattern.length);
}

static int check_whole(struct pl_span pattern, enum pl_glob_kind kind, size_t *offset)
{
        if (pattern.length == 0)
                return PL_GLOB_E_EMPTY;
        if (pattern.length > PL_GLOB_MAX) {
                *offset = PL_GLOB_MAX;
                return PL_GLOB_E_TOO_LONG;
        }
        for (size_t i = 0; i < pattern.length; i += pl_utf8_length(pl_span_from(pattern, i)))
                if (pl_utf8_length(pl_span_from(pattern, i)) == 0) {
                        *offset = i;
                        return PL_GLOB_E_NOT_UTF8;
                }
        if (kind == PL_GLOB_PATH && pattern.data[0] != '/' && !pl_span_starts_with(pattern, "**"))
                return PL_GLOB_E_RELATIVE;
        return 0;
}

/* Both check what begins at the offset, and step over it or stay at the byte that is wrong. */
static int check_stars(struct pl_span pattern, size_t *offset)
{
        size_t end = *offset;
        bool begins = end == 0 || pattern.data[end - 1] == '/';

        while (end < pattern.length && pattern.data[end] == '*')
                end++;
        if (end - *offset > 1) {
                bool ends = end == pattern.length || pattern.data[end] == '/';

                if (!begins || !ends || end - *offset != 2)
                        return PL_GLOB_E_STARS;
        }
        *offset = end;
        return 0;
}

static int check_slash(struct pl_span pattern, size_t *offset)
{
        size_t at = *offset;

        if (at > 0 && (pattern.data[at - 1] == '/' || at + 1 == pattern.length))
                return PL_GLOB_E_EMPTY_PART;
        *offset = at + 1;
        return 0;
}

int pl_glob_check(struct pl_span pattern, enum pl_glob_kind kind, size_t *ret_offset)
{
        size_t offset = 0;
        int r = check_whole(pattern, kind, &offset);

        while (r == 0 && offset < pattern.length) {
                if (pattern.data[offset] == '[')
                        r = pl_glob_class_check(pl_span_from(pattern, offset), kind, &offset);
                else if (pattern.data[offset] == '*' && kind == PL_GLOB_PATH)
                        r = check_stars(pattern, &offset);
                else if (pattern.data[offset] == '/' && kind == PL_GLOB_PATH)
                        r = check_slash(pattern, &offset);
                else
                        offset++;
        }
        if (r != 0 && ret_offset)
                *ret_offset = offset;
        return r;
}

static bool is_special(char byte)
{
        return byte == '*' || byte == '?' || byte == '[';
}

struct pl_span pl_glob_literal(struct pl_span pattern, enum pl_glob_kind kind, bool *ret_whole)
{
        size_t end = 0;

        pl_assert(ret_whole);

        while (end < pattern.length && !is_special(pattern.data[end]))
                end++;
        *ret_whole = end == pattern.length;
        /* The '/' before a "**" is not there when it stands for no part. */
        if (kind == PL_GLOB_PATH && end > 0 &&
            pl_span_starts_with(pl_span_from(pattern, end), "**"))
                end--;
        return pl_span(pattern.data, end);
}

bool pl_glob_matches_counted(struct pl_span pattern, enum pl_glob_kind kind, struct pl_span text,
                             size_t *ret_steps)
{
        bool whole, alive = true;
        struct pl_span literal = pl_glob_literal(pattern, kind, &whole);
        struct walk walk;

        pl_assert(ret_steps);

        *ret_steps = 0;
        if (kind == PL_GLOB_PATH && !pl_span_starts_with(text, "/"))
                return false;
        if (whole)
                return pl_span_equals_span(text, pattern);
        if (kind == PL_GLOB_PATH && text.length == 1)
                text.length = 0;
        if (text.length < literal.length ||
            !pl_span_equals_span(pl_span(text.data, literal.length), literal))
                return false;

        walk_init(&walk, pattern, kind, literal.length);
        for (size_t i = literal.length; alive && i < text.length;) {
                struct token character = character_at(pl_span_from(text, i), kind);

                alive = move_all(&walk, &character);
                i += character.bytes.length;
        }
        *ret_steps = walk.steps;
        return walk_at_end(&walk);
}

bool pl_glob_matches(struct pl_span pattern, enum pl_glob_kind kind, struct pl_span text)
{
        size_t steps;

        return pl_glob_matches_counted(pattern, kind, text, &steps);
}

bool pl_glob_covers(struct pl_span wider, struct pl_span narrower, enum pl_glob_kind kind)
{
        bool whole, alive = true;
        struct walk walk;

        (void) pl_glob_literal(narrower, kind, &whole);
        if (whole) /* also the root, which is no text like others */
                return pl_glob_matches(wider, kind, narrower);

        walk_init(&walk, wider, kind, 0);
        for (struct pl_span rest = narrower; alive && rest.length > 0;) {
                struct token token = token_at(rest, kind);

                alive = move_all(&walk, &token);
                rest = pl_span_from(rest, token.bytes.length);
        }
        return walk_at_end(&walk);
}
