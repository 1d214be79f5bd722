/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* read - JSON that a person wrote, with the place of every value, and a sentence for every mistake.
 *
 * RFC 8259 in UTF-8, and comments: from two slashes to the end of the line, or between slash-star and star-slash.
 * Refused are a byte order mark, trailing commas, a key twice in one object (compared without their escapes), and
 * what C cannot hold: \u0000 within a string, a number that no double holds. -0 is the integer 0.
 *
 * Allocates; pl_json_read_file() also blocks as long as the disk does. Time is linear in the text, but n log n in the
 * members of one object; no text within the bounds takes more than 32 MiB while it is read (tests/fault/json.c measures
 * the worst). Single-threaded, as cJSON is, which is told for the whole process where to get its memory while it reads.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "plimsoll/base/diag.h"
#include "plimsoll/base/span.h"
#include "plimsoll/json/bounds.h"

enum {
        PL_JSON_E_INVALID = 1, /* nothing to work with; the diag says why */
        PL_JSON_E_NO_FILE,     /* no such file; the diag says so as well */
        PL_JSON_E_DENIED,      /* it may not be opened; the diag says so as well */
        PL_JSON_E_TYPE,        /* not a number */
        PL_JSON_E_FRACTION,    /* a number, but not a whole one */
        PL_JSON_E_RANGE,       /* a whole number that does not fit */
};

enum pl_json_type {
        PL_JSON_NULL,
        PL_JSON_BOOL,
        PL_JSON_NUMBER,
        PL_JSON_STRING,
        PL_JSON_ARRAY,
        PL_JSON_OBJECT,
};

/* Lives as long as its document and never moves. Pointers are NULL where there is nothing to point to. */
struct pl_json_value {
        enum pl_json_type type;
        uint32_t count;                     /* members or elements directly within it */
        const struct pl_json_value *parent; /* the object or array it stands in */
        const struct pl_json_value *child;  /* the first of those within it */
        const struct pl_json_value *next;   /* the one behind it in its parent */
        const char *key;                    /* of a member, without escapes */
        const char *string;                 /* of a string, without escapes */
        double number;                      /* the nearest to a number; see pl_json_to_u64() */
        bool boolean;
        struct pl_span source;     /* as it is written; the bracket of objects and arrays */
        struct pl_place place;     /* of the source */
        struct pl_place key_place; /* of the key with its quotes; all 0 when there is none */
};

struct pl_json_document;

/* Life cycle. The text is copied and need not outlive the call. The diag, which may hold entries from before, has at
 * least one error more when PL_JSON_E_INVALID is returned; file is the name that stands in them, or NULL. Syntax
 * errors stop at the first; keys that stand twice and numbers that do not fit are all reported. On anything but 0,
 * *ret_document is untouched; below 0 it is -ENOMEM. */
int pl_json_parse(struct pl_span text, const char *file, struct pl_diag *diag,
                  struct pl_json_document **ret_document);

/* The same for a text that begins in line first_line of its file, as one of several in a stream does. Places count from
 * there. It is asserted to be at least 1 and small enough for the lines behind it to have numbers. */
int pl_json_parse_at(struct pl_span text, const char *file, uint32_t first_line,
                     struct pl_diag *diag, struct pl_json_document **ret_document);

/* The same as pl_json_parse() for a file, whose path is the name in the diag and has to outlive that. Besides what is
 * above, a negative errno of reading it. */
int pl_json_read_file(int dir_fd, const char *path, struct pl_diag *diag,
                      struct pl_json_document **ret_document);

void pl_json_document_free(struct pl_json_document *document); /* NULL is fine */

static inline void pl_cleanup_json_document(struct pl_json_document **document)
{
        pl_json_document_free(*document);
}

/* The value that is the document. */
const struct pl_json_value *pl_json_root(const struct pl_json_document *document);

/* All values in the order of the text, each before what is within it: index 0 is the root. */
size_t pl_json_count(const struct pl_json_document *document);
const struct pl_json_value *pl_json_at(const struct pl_json_document *document, size_t index);

/* The member with that key, in time linear in their number; NULL when there is none. */
const struct pl_json_value *pl_json_member(const struct pl_json_value *object, const char *key);

/* Exactly, by decimal arithmetic on the text: 18446744073709551615, 1e3 and 1.0 are whole numbers; 1.5 is none. */
int pl_json_to_u64(const struct pl_json_value *value, uint64_t *ret_value);
int pl_json_to_i64(const struct pl_json_value *value, int64_t *ret_value);

/* What a person calls it: "an object", "a string". */
const char *pl_json_type_name(enum pl_json_type type);
