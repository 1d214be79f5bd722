/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* glob - patterns over names and paths, by which workloads are selected.
 *
 *     *        any run of characters, none included; in a path no '/'
 *     ?        one character; in a path not '/'
 *     [a-z_]   one character of a set; in a path never '/'
 *     [!a-z_]  one character not of a set; in a path never '/'
 *     **       in a path, as a whole part: any number of parts, none included
 *
 * Everything else is itself, and case matters. There is no escape character, because names of units hold backslashes
 * ("\x2d"): a literal star is "[*]". In a set, ']' is literal when it comes first and '-' when it comes first or last.
 *
 * A name (PL_GLOB_NAME) is any text. '/' is a character like others, as names of images hold it, and "**" is "*".
 *
 * A path (PL_GLOB_PATH) is what a cgroup file shows: parts with a '/' before each, or "/" alone for the root, which has
 * no parts. Patterns are made of parts likewise and have to match from the first part to the last. The parts "a", "**",
 * "b" match /a/b and /a/x/y/b; the parts "a", "**" match /a itself and everything below it; the part "*" alone matches
 * what is directly below the root, and not the root; the part "**" alone matches every path. Before a "**" that comes
 * first the '/' may be left out, and nowhere else: what would match at any depth has to say so. A text that does not
 * begin with '/' is no path and matches nothing.
 *
 * A character is a UTF-8 sequence. Patterns are UTF-8. Texts come from anywhere: a byte of them that is not UTF-8
 * counts as one character, which '*', '?', "**" and the sets with '!' take and nothing else does.
 *
 * Pure: no allocation, no recursion, no locale. One pass over the text, of at most 2 × pattern length × (text length +
 * 1) steps, whatever the pattern and the text are; a step is one byte of the pattern looked at. What a pattern begins
 * with literally costs one comparison of memory, and a star behind it two or a few steps a byte of the text.
 */

#include <stdbool.h>
#include <stddef.h>

#include "plimsoll/base/span.h"

/* Bytes of a pattern: as long as the longest name of a cgroup (NAME_MAX), so that each can be written in full. */
enum { PL_GLOB_MAX = 255 };

enum pl_glob_kind { PL_GLOB_NAME, PL_GLOB_PATH };

/* Refused is also what could never match, and what other languages read otherwise: a pattern that selects nothing would
 * be noticed only when the workload that it should have protected is dead. */
enum {
        PL_GLOB_E_EMPTY = 1,      /* no pattern; at 0 */
        PL_GLOB_E_TOO_LONG,       /* at the first byte too many */
        PL_GLOB_E_NOT_UTF8,       /* at the byte */
        PL_GLOB_E_RELATIVE,       /* a path that begins with neither '/' nor "**"; at 0 */
        PL_GLOB_E_EMPTY_PART,     /* a path with "//" or a '/' at its end; at the '/' too many */
        PL_GLOB_E_STARS,          /* a path with "**" that is not a whole part; at the first star */
        PL_GLOB_E_OPEN_CLASS,     /* no ']' before the end, or in a path before a '/'; at the '[' */
        PL_GLOB_E_EMPTY_CLASS,    /* "[]" or "[!]", and no later ']' closes it; at the '[' */
        PL_GLOB_E_BACKWARD_RANGE, /* "[z-a]"; at the 'z' */
        PL_GLOB_E_UNCLEAR_CLASS, /* "[^a]", "[[:alpha:]]", "[a-c-e]"; at the '^', second '[', '-' */
};

/* Whether this is a pattern of this kind. When it is not, *ret_offset, where that is wanted, says which byte is wrong.
 * The functions below take only patterns that passed, for the kind they passed for; what did not pass may match
 * anything or fail an assertion, but is never read outside of. */
int pl_glob_check(struct pl_span pattern, enum pl_glob_kind kind, size_t *ret_offset);

bool pl_glob_matches(struct pl_span pattern, enum pl_glob_kind kind, struct pl_span text);

/* The same, and the steps it took, so that a test can hold the bound without a clock. */
bool pl_glob_matches_counted(struct pl_span pattern, enum pl_glob_kind kind, struct pl_span text,
                             size_t *ret_steps);

/* The bytes that every matching text begins with, as far as the pattern writes them out; a view of the pattern.
 * *ret_whole when it is nothing else: then it matches these bytes alone. */
struct pl_span pl_glob_literal(struct pl_span pattern, enum pl_glob_kind kind, bool *ret_whole);

/* True only if the wider matches everything that the narrower matches. It reads both from left to right once, as a
 * text is read, and so may be false where that holds: "*a" is seen to cover "a", "b*a" and
 * "*?a", but "*?" is not seen to cover "?*". A pattern always covers itself. */
bool pl_glob_covers(struct pl_span wider, struct pl_span narrower, enum pl_glob_kind kind);
