/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* scan - checks a whole text, blanks its comments, and lists where its values stand, in the order of the text.
 *
 * Within the room. Allocates the list of values and nothing else.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "lexeme.h"
#include "plimsoll/base/assert.h"
#include "plimsoll/base/diag.h"
#include "plimsoll/json/bounds.h"
#include "plimsoll/json/read.h"

struct pl_json_scanner {
        char *text; /* borrowed; comments are blanked in it */
        size_t length;
        const char *file;
        struct pl_diag *diag;

        size_t at;     /* the byte that is looked at, and its place */
        uint32_t line; /* at first that of the beginning of the text */
        uint32_t column;

        uint32_t open[PL_JSON_DEPTH_MAX]; /* the values that are not closed yet */
        uint32_t depth;
        struct pl_place key_place; /* of the key whose value comes next */
        struct pl_span key;
        struct pl_place comma_place; /* of the last comma */

        struct pl_json_arena *arena; /* borrowed; the values are in it */
        struct pl_json_value *values;
        size_t count;
        size_t capacity;
};

/* What may stand where the scanner looks. */
enum pl_json_expected {
        PL_JSON_EXPECTED_VALUE,
        PL_JSON_EXPECTED_KEY,
        PL_JSON_EXPECTED_COLON,
        PL_JSON_EXPECTED_COMMA,
        PL_JSON_EXPECTED_END,
};

/* Scans text[0 … length). Of each value it fills in the type, the source, both places and the count of what is directly
 * within it; the rest is not even zeroed, because pl_json_fill_values() comes next. 0, PL_JSON_E_INVALID with one error
 * in the diag, or −ENOMEM. */
int pl_json_scan(struct pl_json_scanner *scanner);

/* What was not looked at yet. */
static inline struct pl_span pl_json_rest(const struct pl_json_scanner *scanner)
{
        return pl_span(scanner->text + scanner->at, scanner->length - scanner->at);
}

static inline bool pl_json_is_at(const struct pl_json_scanner *scanner, const char *string)
{
        return pl_span_starts_with(pl_json_rest(scanner), string);
}

/* The place of `length` characters from where the scanner looks. */
static inline struct pl_place pl_json_here(const struct pl_json_scanner *scanner, size_t length)
{
        return (struct pl_place){ scanner->line, scanner->column, (uint32_t) length };
}

/* Steps over what has no newline in it. */
static inline void pl_json_advance(struct pl_json_scanner *scanner, struct pl_lexeme lexeme)
{
        pl_assert(scanner->length - scanner->at >= lexeme.bytes);

        scanner->at += lexeme.bytes;
        scanner->column += (uint32_t) lexeme.characters;
}

/* Steps over blanks, newlines and comments, and blanks the comments. */
int pl_json_pass_gap(struct pl_json_scanner *scanner);

/* Steps to the next byte that means something, or to the end. Every other word has no gap before it, so that is looked at
 * first. */
static inline int pl_json_pass_blanks(struct pl_json_scanner *scanner)
{
        char byte = '\0';

        if (scanner->at < scanner->length)
                byte = scanner->text[scanner->at];
        return pl_is_blank(byte) || byte == '/' ? pl_json_pass_gap(scanner) : 0;
}

/* Each finds words for what stands there instead, adds them to the diag, and returns PL_JSON_E_INVALID. */
int pl_json_mistake(struct pl_json_scanner *scanner, enum pl_json_expected expected);
int pl_json_mistake_in_string(struct pl_json_scanner *scanner, int error, struct pl_lexeme good);
int pl_json_mistake_in_number(struct pl_json_scanner *scanner, int error, struct pl_lexeme good);
int pl_json_mistake_in_character(struct pl_json_scanner *scanner);
