/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* lexeme - the words of JSON, by RFC 8259 and nothing beyond it: how far a string or number reaches, and why it is
 * none.
 *
 * Within the room. Pure.
 */

#include <stddef.h>
#include <stdint.h>

#include "plimsoll/base/span.h"

enum {
        PL_LEXEME_E_CUT = 1,      /* the text ends within it */
        PL_LEXEME_E_CONTROL,      /* a raw control character, a newline among them */
        PL_LEXEME_E_UTF8,         /* bytes that are not UTF-8 */
        PL_LEXEME_E_ESCAPE,       /* a backslash before something that has no meaning there */
        PL_LEXEME_E_HEX,          /* \u without four hexadecimal digits */
        PL_LEXEME_E_SURROGATE,    /* one half of a pair without the other */
        PL_LEXEME_E_NUL,          /* \u0000, which no C string can hold */
        PL_LEXEME_E_LEADING_ZERO, /* 012 */
        PL_LEXEME_E_BASE,         /* 0x1F */
        PL_LEXEME_E_DIGIT,        /* no digit behind '-', '.' or the exponent's sign */
};

/* What a string or number takes of the text; on failure, how far it is well formed. */
struct pl_lexeme {
        size_t bytes;
        size_t characters;
};

/* Both begin where the text does: with the opening quote; with '-' or a digit. A number ends before the first byte that
 * cannot belong to it. */
int pl_lexeme_string(struct pl_span text, struct pl_lexeme *ret_lexeme);
int pl_lexeme_number(struct pl_span text, struct pl_lexeme *ret_lexeme);

/* The ASCII letters, digits and underscores at the front; empty when there are none. */
struct pl_span pl_lexeme_word(struct pl_span text);

/* The front of a text for quoting it: whole characters, at most max_bytes. */
struct pl_span pl_lexeme_front(struct pl_span text, size_t max_bytes);

/* The code point that a sequence of UTF-8 stands for. The sequence is asserted to be one. */
uint32_t pl_lexeme_decode(struct pl_span sequence);
