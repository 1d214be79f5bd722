/* SPDX-License-Identifier: Apache-2.0 */

#include "plimsoll/policy/glob.h"

#include "test.h"

enum { TEXT_MAX = 4096 };

static const struct {
        const char *name, *pattern;
        enum pl_glob_kind kind;
        int error;
        size_t offset;
} checked[] = {
        { "nothing", "", PL_GLOB_NAME, PL_GLOB_E_EMPTY, 0 },
        { "no path", "", PL_GLOB_PATH, PL_GLOB_E_EMPTY, 0 },
        { "a name", "nginx.service", PL_GLOB_NAME, 0, 0 },
        { "an image", "docker.io/library/*:[0-9]*", PL_GLOB_NAME, 0, 0 },
        { "a backslash is a character", "dev-disk\\x2duuid*", PL_GLOB_NAME, 0, 0 },
        { "stars at will in a name", "a***b**", PL_GLOB_NAME, 0, 0 },
        { "slashes at will in a name", "//a//", PL_GLOB_NAME, 0, 0 },
        { "the root", "/", PL_GLOB_PATH, 0, 0 },
        { "parts", "/a/b", PL_GLOB_PATH, 0, 0 },
        { "stars of all kinds", "/**/a*/*/**", PL_GLOB_PATH, 0, 0 },
        { "stars twice", "/**/**", PL_GLOB_PATH, 0, 0 },
        { "everything, briefly", "**", PL_GLOB_PATH, 0, 0 },
        { "stars first", "**/a", PL_GLOB_PATH, 0, 0 },
        { "no slash first", "a/b", PL_GLOB_PATH, PL_GLOB_E_RELATIVE, 0 },
        { "a star is not all depths", "*.service", PL_GLOB_PATH, PL_GLOB_E_RELATIVE, 0 },
        { "a class first", "[/]a", PL_GLOB_PATH, PL_GLOB_E_RELATIVE, 0 },
        { "slash at the end", "/a/", PL_GLOB_PATH, PL_GLOB_E_EMPTY_PART, 2 },
        { "slash at the end, behind stars", "/a/**/", PL_GLOB_PATH, PL_GLOB_E_EMPTY_PART, 5 },
        { "two slashes", "/a//b", PL_GLOB_PATH, PL_GLOB_E_EMPTY_PART, 3 },
        { "two slashes alone", "//", PL_GLOB_PATH, PL_GLOB_E_EMPTY_PART, 1 },
        { "stars in front of a word", "**.service", PL_GLOB_PATH, PL_GLOB_E_STARS, 0 },
        { "stars behind a word", "/a**", PL_GLOB_PATH, PL_GLOB_E_STARS, 2 },
        { "stars within a word", "/a/b**c/d", PL_GLOB_PATH, PL_GLOB_E_STARS, 4 },
        { "stars behind a class", "/[a]**", PL_GLOB_PATH, PL_GLOB_E_STARS, 4 },
        { "three stars", "/***", PL_GLOB_PATH, PL_GLOB_E_STARS, 1 },
        { "four stars", "/a/****/b", PL_GLOB_PATH, PL_GLOB_E_STARS, 3 },
        { "stars in a class are a set", "/[**]", PL_GLOB_PATH, 0, 0 },
        { "classes", "[a][!a][a-z0-9_][]][!]][]-a][-a][a-][!-][-][!!][[]", PL_GLOB_NAME, 0, 0 },
        { "a range from a dash", "[--0]", PL_GLOB_NAME, 0, 0 },
        { "a range to a dash", "[+--]", PL_GLOB_NAME, 0, 0 },
        { "a range of one", "[a-a]", PL_GLOB_NAME, 0, 0 },
        { "a bracket that opens nothing", "a]b", PL_GLOB_NAME, 0, 0 },
        { "not closed", "ab[c", PL_GLOB_NAME, PL_GLOB_E_OPEN_CLASS, 2 },
        { "opened at the end", "ab[", PL_GLOB_NAME, PL_GLOB_E_OPEN_CLASS, 2 },
        { "opened and turned at the end", "ab[!", PL_GLOB_NAME, PL_GLOB_E_OPEN_CLASS, 2 },
        { "closed in the next part", "/a[b/c]", PL_GLOB_PATH, PL_GLOB_E_OPEN_CLASS, 2 },
        { "a slash of a path", "/a[/]", PL_GLOB_PATH, PL_GLOB_E_OPEN_CLASS, 2 },
        { "a slash of a name", "a[/]", PL_GLOB_NAME, 0, 0 },
        { "a range over the slash", "/a[+-9]", PL_GLOB_PATH, 0, 0 },
        { "empty", "a[]", PL_GLOB_NAME, PL_GLOB_E_EMPTY_CLASS, 1 },
        { "not of nothing", "a[!]b", PL_GLOB_NAME, PL_GLOB_E_EMPTY_CLASS, 1 },
        { "empty in its part", "/a[]/]", PL_GLOB_PATH, PL_GLOB_E_EMPTY_CLASS, 2 },
        { "backward", "a[0-9z-a]", PL_GLOB_NAME, PL_GLOB_E_BACKWARD_RANGE, 5 },
        { "backward beyond ASCII", "[é-a]", PL_GLOB_NAME, PL_GLOB_E_BACKWARD_RANGE, 1 },
        { "not, as others write it", "a[^b]", PL_GLOB_NAME, PL_GLOB_E_UNCLEAR_CLASS, 2 },
        { "a caret elsewhere", "[a^][!^]", PL_GLOB_NAME, 0, 0 },
        { "a class by name", "[[:alpha:]]", PL_GLOB_NAME, PL_GLOB_E_UNCLEAR_CLASS, 1 },
        { "an equivalence", "[a[=e=]]", PL_GLOB_NAME, PL_GLOB_E_UNCLEAR_CLASS, 2 },
        { "colon before bracket", "[:[]", PL_GLOB_NAME, 0, 0 },
        { "a dash behind a range", "[a-c-e]", PL_GLOB_NAME, PL_GLOB_E_UNCLEAR_CLASS, 4 },
        { "not UTF-8", "a\xFF", PL_GLOB_NAME, PL_GLOB_E_NOT_UTF8, 1 },
        { "cut UTF-8", "aé[\xC3]", PL_GLOB_NAME, PL_GLOB_E_NOT_UTF8, 4 },
        { "overlong", "/\xC0\xAF", PL_GLOB_PATH, PL_GLOB_E_NOT_UTF8, 1 },
};

static void says_what_is_a_pattern(void **state)
{
        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(checked); i++) {
                size_t offset = 0;
                int r = pl_glob_check(pl_span_of(checked[i].pattern), checked[i].kind, &offset);

                if (r != checked[i].error || offset != checked[i].offset)
                        fail_msg("row \"%s\": error %d at %zu", checked[i].name, r, offset);
                assert_row(checked[i].name, pl_glob_check(pl_span_of(checked[i].pattern),
                                                          checked[i].kind, NULL) == r);
        }
}

static void a_pattern_is_as_long_as_a_name(void **state)
{
        char pattern[PL_GLOB_MAX + 1];
        size_t offset = 99;

        (void) state;
        memset(pattern, 'a', sizeof pattern);
        assert_int_equal(pl_glob_check(pl_span(pattern, PL_GLOB_MAX), PL_GLOB_NAME, &offset), 0);
        assert_int_equal(offset, 99);
        assert_int_equal(pl_glob_check(pl_span(pattern, PL_GLOB_MAX + 1), PL_GLOB_NAME, &offset),
                         PL_GLOB_E_TOO_LONG);
        assert_int_equal(offset, PL_GLOB_MAX);

        /* All positions that there can be, the one behind the last byte too. */
        memset(pattern, '*', sizeof pattern);
        assert_true(pl_glob_matches(pl_span(pattern, PL_GLOB_MAX), PL_GLOB_NAME, pl_span_of("ab")));
        memset(pattern, '?', sizeof pattern);
        assert_true(pl_glob_matches(pl_span(pattern, PL_GLOB_MAX), PL_GLOB_NAME,
                                    pl_span(pattern, PL_GLOB_MAX)));
        assert_false(pl_glob_matches(pl_span(pattern, PL_GLOB_MAX), PL_GLOB_NAME,
                                     pl_span(pattern, PL_GLOB_MAX + 1)));
}

/* Both lists are separated by blanks; a "" stands for the empty text. */
static const struct {
        const char *pattern;
        enum pl_glob_kind kind;
        const char *matching, *others;
} matched[] = {
        { "nginx", PL_GLOB_NAME, "nginx", "\"\" ngin nginx2 Nginx xnginx" },
        { "*", PL_GLOB_NAME, "\"\" a / /a/b é \xFF", "" },
        { "a*", PL_GLOB_NAME, "a ab a/b aa", "\"\" b ba" },
        { "*a", PL_GLOB_NAME, "a ba aaa /a", "\"\" ab" },
        { "*.service", PL_GLOB_NAME, "a.service .service a.service.service", "a.services" },
        { "a*b*c", PL_GLOB_NAME, "abc aXbXc abcbc abbcc a/b/c", "ac acb abcd" },
        { "a**c", PL_GLOB_NAME, "ac abc a/b/c", "acb" },
        { "?", PL_GLOB_NAME, "a / é € 𝄞 \xFF \xC3", "\"\" ab éé \xC3\xC3 \xE2\x82" },
        { "??", PL_GLOB_NAME, "ab é\xFF \xC3\xC3 \xE2\x82", "é a" },
        { "*??", PL_GLOB_NAME, "ab abc", "\"\" a é" },
        { "[abc]", PL_GLOB_NAME, "a b c", "\"\" d A ab \xFF" },
        { "[!abc]", PL_GLOB_NAME, "d / é \xFF", "\"\" a b c de" },
        { "[a-cx]", PL_GLOB_NAME, "a b c x", "d - w" },
        { "[]a]", PL_GLOB_NAME, "] a", "b [ ]a]" },
        { "[!]a]", PL_GLOB_NAME, "b [", "] a" },
        { "[-a]", PL_GLOB_NAME, "- a", "b ," },
        { "[a-]", PL_GLOB_NAME, "- a", "b" },
        { "[a-]]", PL_GLOB_NAME, "-] a]", "b ] a" },
        { "[--0]", PL_GLOB_NAME, "- . / 0", ", 1" },
        { "[*][?][[]", PL_GLOB_NAME, "*?[", "a?[ *a[ *?a" },
        { "[a!]", PL_GLOB_NAME, "a !", "b" },
        { "[à-ÿ]", PL_GLOB_NAME, "à é ÿ", "a \xC3 \xC3\xC3 ß Ā" },
        { "[!à-ÿ]x", PL_GLOB_NAME, "ax ßx \xC3x", "éx x" },
        { "é*", PL_GLOB_NAME, "é éa", "e \xC3 \xC3\xA8" },
        { "a\\x2db*", PL_GLOB_NAME, "a\\x2db a\\x2dbc", "a-b ax2db" },
        { "{a,b}", PL_GLOB_NAME, "{a,b}", "a b" },
        { "/", PL_GLOB_PATH, "/", "\"\" // /a a" },
        { "/a/b", PL_GLOB_PATH, "/a/b", "/ /a /a/b/ /a/b/c /a/bc a/b /A/b" },
        { "/*", PL_GLOB_PATH, "/a /aé\xFF", "\"\" / a /a/b" },
        { "/a/*", PL_GLOB_PATH, "/a/b /a/bb", "/a /a/b/c /b/b /aa/b" },
        { "/a*/b", PL_GLOB_PATH, "/a/b /axx/b", "/ax/x/b /a/x/b /b" },
        { "/*/*", PL_GLOB_PATH, "/a/b", "/ /a /a/b/c" },
        { "/?", PL_GLOB_PATH, "/a /é /\xFF", "/ // /ab" },
        { "/a?b", PL_GLOB_PATH, "/axb", "/a/b /ab" },
        { "/a[!x]b", PL_GLOB_PATH, "/ayb", "/a/b /axb" },
        { "/a[+-9]b", PL_GLOB_PATH, "/a+b /a0b /a.b", "/a/b" },
        { "**", PL_GLOB_PATH, "/ /a /a/b/c /\xFF", "\"\" a a/b" },
        { "/**", PL_GLOB_PATH, "/ /a /a/b/c /\xFF", "\"\" a a/b" },
        { "/a/**", PL_GLOB_PATH, "/a /a/b /a/b/c", "/ /ab /ab/c /b/a" },
        { "**/b", PL_GLOB_PATH, "/b /a/b /a/x/b /b/b", "/ /ab /a/ab /b/a b a/b" },
        { "/**/b", PL_GLOB_PATH, "/b /a/b /a/x/b /b/b", "/ /ab /a/ab /b/a" },
        { "/a/**/b", PL_GLOB_PATH, "/a/b /a/x/b /a/x/y/b /a/b/b",
          "/a /ab /a/xb /ax/b /a/b/x /b /x/a/b" },
        { "/**/a/**", PL_GLOB_PATH, "/a /x/a /a/x /x/y/a/x/y", "/ /x /xa /x/ax" },
        { "/a/**/**/b", PL_GLOB_PATH, "/a/b /a/x/b /a/x/y/b", "/a /ab" },
        { "/**/**", PL_GLOB_PATH, "/ /a /a/b", "a" },
        { "/**/*", PL_GLOB_PATH, "/a /a/b", "/" },
        { "/*/**", PL_GLOB_PATH, "/a /a/b /a/b/c", "/" },
        { "/**/*.service/**", PL_GLOB_PATH,
          "/x.service /system.slice/x.service /system.slice/x.service/payload",
          "/ /system.slice /system.slice/x.services" },
        { "/**/a*b/c", PL_GLOB_PATH, "/ab/c /x/axb/c /ab/ab/c", "/a/b/c /ab/x/c /abc" },
};

static void check_list(const char *pattern, enum pl_glob_kind kind, const char *texts,
                       bool expected)
{
        struct pl_span rest = pl_span_of(texts);

        while (rest.length > 0) {
                struct pl_span text = pl_span_until(&rest, ' ');

                if (pl_span_equals(text, "\"\""))
                        text.length = 0;
                if (pl_glob_matches(pl_span_of(pattern), kind, text) != expected)
                        fail_msg("row \"%s\": %.*s", pattern, (int) text.length, text.data);
        }
}

static void matches_what_it_says(void **state)
{
        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(matched); i++) {
                const char *pattern = matched[i].pattern;

                assert_row(pattern, pl_glob_check(pl_span_of(pattern), matched[i].kind, NULL) == 0);
                check_list(pattern, matched[i].kind, matched[i].matching, true);
                check_list(pattern, matched[i].kind, matched[i].others, false);
        }
}

static void no_bytes_are_a_text(void **state)
{
        const struct pl_span nothing = { NULL, 0 };

        (void) state;
        assert_true(pl_glob_matches(pl_span_of("*"), PL_GLOB_NAME, nothing));
        assert_false(pl_glob_matches(pl_span_of("a"), PL_GLOB_NAME, nothing));
        assert_false(pl_glob_matches(pl_span_of("a*"), PL_GLOB_NAME, nothing));
        assert_false(pl_glob_matches(pl_span_of("**"), PL_GLOB_PATH, nothing));
        assert_int_equal(pl_glob_check(nothing, PL_GLOB_NAME, NULL), PL_GLOB_E_EMPTY);
        /* A NUL is a byte like others. */
        assert_true(pl_glob_matches(pl_span_of("a?b"), PL_GLOB_NAME, pl_span("a\0b", 3)));
        assert_false(pl_glob_matches(pl_span_of("a"), PL_GLOB_NAME, pl_span("a\0", 2)));
}

static void knows_what_is_literal(void **state)
{
        static const struct {
                const char *pattern;
                enum pl_glob_kind kind;
                const char *literal;
                bool whole;
        } rows[] = {
                { "nginx", PL_GLOB_NAME, "nginx", true },
                { "a]b", PL_GLOB_NAME, "a]b", true },
                { "nginx*", PL_GLOB_NAME, "nginx", false },
                { "a?b", PL_GLOB_NAME, "a", false },
                { "é[x]", PL_GLOB_NAME, "é", false },
                { "*", PL_GLOB_NAME, "", false },
                { "a/**", PL_GLOB_NAME, "a/", false },
                { "/", PL_GLOB_PATH, "/", true },
                { "/a/b", PL_GLOB_PATH, "/a/b", true },
                { "/a/*", PL_GLOB_PATH, "/a/", false },
                { "/a/**", PL_GLOB_PATH, "/a", false },
                { "/a/**/b", PL_GLOB_PATH, "/a", false },
                { "/**", PL_GLOB_PATH, "", false },
                { "**/a", PL_GLOB_PATH, "", false },
        };

        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(rows); i++) {
                bool whole = !rows[i].whole;
                struct pl_span literal = pl_glob_literal(pl_span_of(rows[i].pattern), rows[i].kind,
                                                         &whole);

                assert_row(rows[i].pattern, pl_span_equals(literal, rows[i].literal));
                assert_row(rows[i].pattern, whole == rows[i].whole);
        }
}

/* What the header says, as slowly as it can be said: both texts as arrays of characters, and for every star all that it
 * might take. Paths are compared part by part. */

struct characters {
        uint32_t at[64];
        size_t count;
};

static void read_characters(struct pl_span bytes, struct characters *characters)
{
        characters->count = 0;
        while (bytes.length > 0) {
                unsigned char lead = (unsigned char) bytes.data[0];
                uint32_t value = lead;
                size_t length = 1;

                assert_true(characters->count < PL_ARRAY_LENGTH(characters->at));
                /* The alphabets below have é (two bytes) and lone bytes, and nothing longer. */
                if (lead == 0xC3 && bytes.length > 1 && ((unsigned char) bytes.data[1] >> 6) == 2) {
                        value = 0xC0u + ((unsigned char) bytes.data[1] & 0x3Fu);
                        length = 2;
                } else if (lead >= 0x80) {
                        value = 0xFFFF0000u + lead;
                }
                characters->at[characters->count++] = value;
                bytes = pl_span_from(bytes, length);
        }
}

/* Whether the set whose '[' is at the front has the character; *ret_length is how long it is. */
static bool slow_set(const uint32_t *set, uint32_t character, size_t *ret_length)
{
        size_t first = set[1] == '!' ? 2 : 1, i = first;
        bool found = false;

        while (set[i] != ']' || i == first) {
                bool range = set[i + 1] == '-' && set[i + 2] != ']';
                uint32_t last = range ? set[i + 2] : set[i];

                found = found || (character >= set[i] && character <= last);
                i += range ? 3 : 1;
        }
        *ret_length = i + 1;
        return found != (first == 2);
}

static bool slow_run(const uint32_t *pattern, size_t length, const uint32_t *text, size_t count)
{
        size_t set;
        bool has;

        if (length == 0)
                return count == 0;
        if (pattern[0] == '*') {
                for (size_t taken = 0; taken <= count; taken++)
                        if (slow_run(pattern + 1, length - 1, text + taken, count - taken))
                                return true;
                return false;
        }
        if (count == 0)
                return false;
        if (pattern[0] == '[') {
                has = slow_set(pattern, text[0], &set);
                return has && slow_run(pattern + set, length - set, text + 1, count - 1);
        }
        return (pattern[0] == '?' || pattern[0] == text[0]) &&
               slow_run(pattern + 1, length - 1, text + 1, count - 1);
}

static size_t part_length(const uint32_t *rest, size_t length)
{
        size_t end = 0;

        while (end < length && rest[end] != '/')
                end++;
        return end;
}

/* Both begin with the '/' of a part or are at their end. */
static bool slow_parts(const uint32_t *pattern, size_t length, const uint32_t *text, size_t count)
{
        size_t wanted, given = 0;

        if (length == 0)
                return count == 0;
        wanted = part_length(pattern + 1, length - 1) + 1;
        if (count > 0)
                given = part_length(text + 1, count - 1) + 1;
        if (wanted == 3 && pattern[1] == '*' && pattern[2] == '*')
                return slow_parts(pattern + wanted, length - wanted, text, count) ||
                       (count > 0 && slow_parts(pattern, length, text + given, count - given));
        return count > 0 && slow_run(pattern + 1, wanted - 1, text + 1, given - 1) &&
               slow_parts(pattern + wanted, length - wanted, text + given, count - given);
}

static bool slow_matches(struct pl_span pattern, enum pl_glob_kind kind, struct pl_span text)
{
        struct characters wanted, given;

        read_characters(pattern, &wanted);
        read_characters(text, &given);
        if (kind == PL_GLOB_NAME)
                return slow_run(wanted.at, wanted.count, given.at, given.count);
        if (given.count == 0 || given.at[0] != '/')
                return false;
        if (wanted.at[0] != '/') { /* a leading "**" without its '/' */
                memmove(wanted.at + 1, wanted.at, wanted.count * sizeof *wanted.at);
                wanted.at[0] = '/';
                wanted.count++;
        }
        if (wanted.count == 1) /* the root has no parts */
                wanted.count = 0;
        if (given.count == 1)
                given.count = 0;
        return slow_parts(wanted.at, wanted.count, given.at, given.count);
}

struct pieces {
        const char *const *words;
        size_t count;
};

static const char *const of_names[] = { "a",    "b",    "a",     "*",     "*",     "?", "/", "é",
                                        "[ab]", "[!a]", "[a-é]", "[!é/]", "[]a-]", "-", "**" };
static const char *const of_paths[] = { "a",  "b",   "*",   "*",    "?",    "/",    "/a",   "/*",
                                        "/b", "/**", "/**", "/**/", "[ab]", "[!a]", "[+-b]" };
static const char *const of_texts[] = { "a",  "b", "a",    "/",    "/", "/a",
                                        "/b", "é", "\xC3", "\xA9", "-" };

/* Up to `most` pieces. */
static struct pl_span random_text(struct test_random *random, struct pieces pieces, size_t most,
                                  char buffer[static TEXT_MAX])
{
        size_t count = test_random_below(random, most + 1), length = 0;

        while (count-- > 0) {
                const char *word = pieces.words[test_random_below(random, pieces.count)];

                memcpy(buffer + length, word, strlen(word));
                length += strlen(word);
        }
        return pl_span(buffer, length);
}

static struct pl_span random_pattern(struct test_random *random, enum pl_glob_kind kind,
                                     size_t most, char buffer[static TEXT_MAX])
{
        static const struct pieces pieces[] = {
                [PL_GLOB_NAME] = { of_names, PL_ARRAY_LENGTH(of_names) },
                [PL_GLOB_PATH] = { of_paths, PL_ARRAY_LENGTH(of_paths) },
        };
        struct pl_span pattern;

        do
                pattern = random_text(random, pieces[kind], most, buffer);
        while (pl_glob_check(pattern, kind, NULL) != 0);
        return pattern;
}

static void fail_pair(const char *what, struct pl_span one, struct pl_span other)
{
        fail_msg("%s (seed 1): \"%.*s\" and \"%.*s\"", what, (int) one.length, one.data,
                 (int) other.length, other.data);
}

static void check_literal(struct pl_span pattern, enum pl_glob_kind kind, struct pl_span text)
{
        bool whole;
        struct pl_span literal = pl_glob_literal(pattern, kind, &whole);

        if (text.length < literal.length ||
            !pl_span_equals_span(pl_span(text.data, literal.length), literal))
                fail_pair("does not begin with what is literal", pattern, text);
        if (whole != pl_span_equals_span(pattern, literal))
                fail_pair("whole or not", pattern, text);
}

/* The header's promise. */
static size_t most_steps(struct pl_span pattern, struct pl_span text)
{
        return 2 * pattern.length * (text.length + 1);
}

static void matches_as_the_slow_way_does(void **state)
{
        const struct pieces texts = { of_texts, PL_ARRAY_LENGTH(of_texts) };
        char first[TEXT_MAX], second[TEXT_MAX];
        size_t found[2][2] = { { 0 } };

        (void) state;
        for (enum pl_glob_kind kind = PL_GLOB_NAME; kind <= PL_GLOB_PATH; kind++) {
                struct test_random random = { 1 };

                for (int i = 0; i < 40000; i++) {
                        struct pl_span pattern = random_pattern(&random, kind, 7, first);
                        struct pl_span text = random_text(&random, texts, 7, second);
                        size_t steps = 0;
                        bool yes = pl_glob_matches_counted(pattern, kind, text, &steps);

                        if (yes != slow_matches(pattern, kind, text))
                                fail_pair(yes ? "matches" : "does not match", pattern, text);
                        if (steps > most_steps(pattern, text))
                                fail_pair("too many steps", pattern, text);
                        if (yes)
                                check_literal(pattern, kind, text);
                        found[kind][yes]++;
                }
                /* Else the patterns and texts are made so that the property says little. */
                assert_true(found[kind][false] > 2000 && found[kind][true] > 2000);
        }
}

static struct pl_span repeat(const char *unit, const char *end, size_t length, char *buffer)
{
        size_t unit_length = strlen(unit), at = 0;

        assert_true(length >= strlen(end));
        length -= strlen(end);
        for (; at + unit_length <= length; at += unit_length)
                memcpy(buffer + at, unit, unit_length);
        memcpy(buffer + at, end, strlen(end));
        return pl_span(buffer, at + strlen(end));
}

/* Each takes a matcher that goes back exponentially long, or with one star to go back to, quadratically. */
static const struct {
        enum pl_glob_kind kind;
        const char *unit, *end;    /* of the pattern, of 255 bytes */
        const char *filler, *last; /* of the text, of 4096 bytes */
} adversaries[] = {
        { PL_GLOB_NAME, "a*", "b", "a", "" },
        { PL_GLOB_NAME, "*a", "b", "a", "" },
        { PL_GLOB_NAME, "*", "b", "a", "" },
        { PL_GLOB_NAME, "?*", "b", "a", "" },
        { PL_GLOB_NAME, "*?", "b", "\xFF", "" },
        { PL_GLOB_NAME, "*[!b]", "b", "a", "" },
        { PL_GLOB_NAME, "*[abcdefghijklmnopqrstuvwxyz]", "0", "z", "" },
        { PL_GLOB_NAME, "[!0-9]*", "0", "é", "" },
        { PL_GLOB_NAME, "a*", "b", "a", "b" },
        { PL_GLOB_PATH, "/**", "/b", "/a", "" },
        { PL_GLOB_PATH, "/**/*", "/b", "/a", "" },
        { PL_GLOB_PATH, "/**/a", "/b", "/a", "" },
        { PL_GLOB_PATH, "/**/*a", "/b", "/aaaaaaa", "" },
        { PL_GLOB_PATH, "/**/*a*a*a", "/b", "/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "" },
        { PL_GLOB_PATH, "/*", "/b", "/a", "" },
        { PL_GLOB_PATH, "/**", "/*a", "/", "" },
};

static size_t hostile_steps(size_t row, size_t text_length)
{
        char pattern_bytes[PL_GLOB_MAX], text_bytes[TEXT_MAX];
        const char *name = adversaries[row].unit;
        enum pl_glob_kind kind = adversaries[row].kind;
        struct pl_span pattern = repeat(name, adversaries[row].end, PL_GLOB_MAX, pattern_bytes);
        struct pl_span text = repeat(adversaries[row].filler, adversaries[row].last, text_length,
                                     text_bytes);
        bool expected = adversaries[row].last[0] != '\0';
        size_t steps;

        assert_row(name, pl_glob_check(pattern, kind, NULL) == 0);
        assert_row(name, pl_glob_matches_counted(pattern, kind, text, &steps) == expected);
        assert_row(name, steps <= most_steps(pattern, text));
        return steps;
}

static void no_pattern_takes_more_than_the_product_of_lengths(void **state)
{
        size_t most = 0;

        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(adversaries); i++)
                for (size_t length = TEXT_MAX / 8; length <= TEXT_MAX; length *= 8)
                        most = PL_MAX(most, hostile_steps(i, length));
        /* A counter that stands still, or patterns that are not hostile, would pass all of the above. */
        assert_true(most > (size_t) 2 * PL_GLOB_MAX * TEXT_MAX * 9 / 10);
}

/* What is literal takes none. A star is looked at twice for each byte, when it is left and when it is reached; so is
 * what is behind it. */
static void ordinary_patterns_take_a_few_steps_a_byte(void **state)
{
        static const struct {
                const char *pattern, *text;
                enum pl_glob_kind kind;
                size_t per_byte;
        } rows[] = {
                { "/system.slice/nginx.service", "/system.slice/nginx.service", PL_GLOB_PATH, 0 },
                { "/user.slice/**", "/system.slice/nginx.service", PL_GLOB_PATH, 0 },
                { "docker.io/*", "docker.io/library/postgres:16", PL_GLOB_NAME, 2 },
                { "/kubepods.slice/**", "/kubepods.slice/besteffort/pod1/c2", PL_GLOB_PATH, 2 },
                { "/system.slice/*.service", "/system.slice/nginx.service", PL_GLOB_PATH, 4 },
                { "/**/pg@*.service", "/system.slice/pg@16-main.service", PL_GLOB_PATH, 8 },
        };

        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(rows); i++) {
                size_t steps;

                (void) pl_glob_matches_counted(pl_span_of(rows[i].pattern), rows[i].kind,
                                               pl_span_of(rows[i].text), &steps);
                if (steps > rows[i].per_byte * strlen(rows[i].text))
                        fail_msg("row \"%s\": %zu steps", rows[i].pattern, steps);
        }
}

static const struct {
        const char *wider, *narrower;
        enum pl_glob_kind kind;
        bool covers;
} covered[] = {
        { "a", "a", PL_GLOB_NAME, true },
        { "*", "a", PL_GLOB_NAME, true },
        { "*", "*", PL_GLOB_NAME, true },
        { "*", "a*b?[c]", PL_GLOB_NAME, true },
        { "**", "*", PL_GLOB_NAME, true },
        { "*", "**", PL_GLOB_NAME, true },
        { "*", "/a/**", PL_GLOB_NAME, true },
        { "a*", "a", PL_GLOB_NAME, true },
        { "a*", "ab*", PL_GLOB_NAME, true },
        { "a*", "a*b", PL_GLOB_NAME, true },
        { "*.service", "nginx*.service", PL_GLOB_NAME, true },
        { "*a*", "*bab*", PL_GLOB_NAME, true },
        { "*a", "*?a", PL_GLOB_NAME, true },
        { "?", "a", PL_GLOB_NAME, true },
        { "?", "/", PL_GLOB_NAME, true },
        { "?", "[!a]", PL_GLOB_NAME, true },
        { "?*", "a*", PL_GLOB_NAME, true },
        { "[ab]", "a", PL_GLOB_NAME, true },
        { "[a-z]", "[a-fx]", PL_GLOB_NAME, true },
        { "[!a]", "[!a]", PL_GLOB_NAME, true },
        { "[!a]", "b", PL_GLOB_NAME, true },
        { "**", "/", PL_GLOB_PATH, true },
        { "/**", "/", PL_GLOB_PATH, true },
        { "**", "/**", PL_GLOB_PATH, true },
        { "/**", "**", PL_GLOB_PATH, true },
        { "/**", "/*", PL_GLOB_PATH, true },
        { "/**", "/a/**/b", PL_GLOB_PATH, true },
        { "/**/**", "/**", PL_GLOB_PATH, true },
        { "/**", "/**/**", PL_GLOB_PATH, true },
        { "/*", "/a", PL_GLOB_PATH, true },
        { "/*", "/a?[b]*", PL_GLOB_PATH, true },
        { "/a/**", "/a", PL_GLOB_PATH, true },
        { "/a/**", "/a/b", PL_GLOB_PATH, true },
        { "/a/**", "/a/*", PL_GLOB_PATH, true },
        { "/a/**", "/a/*/**", PL_GLOB_PATH, true },
        { "/*/**", "/a/**", PL_GLOB_PATH, true },
        { "**/b", "/a/**/b", PL_GLOB_PATH, true },
        { "**/b", "/**/**/b", PL_GLOB_PATH, true },
        { "/**/*.service", "/system.slice/*.service", PL_GLOB_PATH, true },

        { "a", "b", PL_GLOB_NAME, false },
        { "a", "a*", PL_GLOB_NAME, false },
        { "a*", "*", PL_GLOB_NAME, false },
        { "a*", "?*", PL_GLOB_NAME, false },
        { "?", "*", PL_GLOB_NAME, false },
        { "?", "??", PL_GLOB_NAME, false },
        { "?*", "*", PL_GLOB_NAME, false },
        { "[ab]", "?", PL_GLOB_NAME, false },
        { "[ab]", "[a-c]", PL_GLOB_NAME, false },
        { "[ab]", "[!c]", PL_GLOB_NAME, false },
        { "[!a]", "[a]", PL_GLOB_NAME, false },
        { "/*", "/", PL_GLOB_PATH, false },
        { "/", "/*", PL_GLOB_PATH, false },
        { "/", "/**", PL_GLOB_PATH, false },
        { "/*", "/**", PL_GLOB_PATH, false },
        { "/*", "/a/b", PL_GLOB_PATH, false },
        { "/*/**", "/**", PL_GLOB_PATH, false },
        { "/**/*", "/**", PL_GLOB_PATH, false },
        { "/a/**", "/ab", PL_GLOB_PATH, false },
        { "/a/**", "/a*", PL_GLOB_PATH, false },
        { "/a/*", "/a/**", PL_GLOB_PATH, false },
        { "/a?b", "/a/b", PL_GLOB_PATH, false },
        { "**/b", "**", PL_GLOB_PATH, false },
};

static void sees_the_obvious_of_two_patterns(void **state)
{
        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(covered); i++) {
                struct pl_span wider = pl_span_of(covered[i].wider);
                struct pl_span narrower = pl_span_of(covered[i].narrower);

                if (pl_glob_covers(wider, narrower, covered[i].kind) != covered[i].covers)
                        fail_msg("row \"%s\" over \"%s\"", covered[i].wider, covered[i].narrower);
        }
        for (size_t i = 0; i < PL_ARRAY_LENGTH(matched); i++) {
                struct pl_span pattern = pl_span_of(matched[i].pattern);

                assert_row(matched[i].pattern, pl_glob_covers(pattern, pattern, matched[i].kind));
        }
}

/* Every text of at most five of these characters. Returns false behind the last. */
static bool short_text(size_t number, char buffer[static 16], struct pl_span *ret_text)
{
        static const char *const alphabet[] = { "/", "a", "b", "é", "\xC3" };
        size_t length = 0, count = 0;

        /* Digits from 1, so that every number is another text. */
        for (; number > 0; number = (number - 1) / PL_ARRAY_LENGTH(alphabet), count++) {
                const char *word = alphabet[(number - 1) % PL_ARRAY_LENGTH(alphabet)];

                if (count == 5)
                        return false;
                memcpy(buffer + length, word, strlen(word));
                length += strlen(word);
        }
        *ret_text = pl_span(buffer, length);
        return true;
}

/* With a text that the narrower matches and the wider does not. */
static void check_cover(struct pl_span wider, struct pl_span narrower, enum pl_glob_kind kind)
{
        char buffer[16];
        struct pl_span text;

        for (size_t i = 0; short_text(i, buffer, &text); i++)
                if (pl_glob_matches(narrower, kind, text) && !pl_glob_matches(wider, kind, text))
                        fail_msg("seed 1: \"%.*s\" over \"%.*s\" but for \"%.*s\"",
                                 (int) wider.length, wider.data, (int) narrower.length,
                                 narrower.data, (int) text.length, text.data);
}

static void what_is_covered_is_matched(void **state)
{
        char first[TEXT_MAX], second[TEXT_MAX];

        (void) state;
        for (enum pl_glob_kind kind = PL_GLOB_NAME; kind <= PL_GLOB_PATH; kind++) {
                struct test_random random = { 1 };
                size_t found = 0;

                for (int i = 0; found < 100 && i < 40000; i++) {
                        struct pl_span wider = random_pattern(&random, kind, 4, first);
                        struct pl_span narrower = random_pattern(&random, kind, 4, second);
                        bool whole;

                        assert_true(pl_glob_covers(wider, wider, kind));
                        (void) pl_glob_literal(narrower, kind, &whole);
                        if (whole || pl_span_equals_span(wider, narrower) ||
                            !pl_glob_covers(wider, narrower, kind))
                                continue;
                        check_cover(wider, narrower, kind);
                        found++;
                }
                assert_int_equal(found, 100);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(says_what_is_a_pattern),
                cmocka_unit_test(a_pattern_is_as_long_as_a_name),
                cmocka_unit_test(matches_what_it_says),
                cmocka_unit_test(no_bytes_are_a_text),
                cmocka_unit_test(knows_what_is_literal),
                cmocka_unit_test(matches_as_the_slow_way_does),
                cmocka_unit_test(no_pattern_takes_more_than_the_product_of_lengths),
                cmocka_unit_test(ordinary_patterns_take_a_few_steps_a_byte),
                cmocka_unit_test(sees_the_obvious_of_two_patterns),
                cmocka_unit_test(what_is_covered_is_matched),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
