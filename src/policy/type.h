/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* type - the types of values: how each is read, printed and described to others.
 *
 * A type is a struct of three functions over a row of the vocabulary, so that a value cannot be read by one rule and
 * described by another. Objects and lists of them have none: whoever walks a document goes into those.
 */

#include <stdbool.h>

#include "plimsoll/base/diag.h"
#include "plimsoll/json/read.h"
#include "plimsoll/json/write.h"
#include "vocabulary.h"

struct pl_reading {
        struct pl_diag *diag;
        const char *file;
        struct pl_text *kept; /* where strings of the document go */
};

struct pl_type {
        const char *noun;  /* "a size": what a value has to be */
        const char *forms; /* examples for a person: "\"512MiB\", \"50%\"" */
        /* Writes the value into the field, or says what is wrong, leaves the field alone and returns false. */
        bool (*read)(const struct pl_reading *reading, const struct pl_key *key,
                     const struct pl_json_value *value, void *field);
        void (*print)(struct pl_json_writer *writer, const struct pl_key *key, const void *field);
        /* "0s to 10min"; NULL where a type has no range. */
        void (*range)(struct pl_text *text, const struct pl_key *key);
        /* The members of a schema's object that describe it. */
        void (*schema)(struct pl_json_writer *writer, const struct pl_key *key);
};

/* Texts */
extern const struct pl_type
        pl_type_text; /* const char *: a line of words, least to most characters */
extern const struct pl_type pl_type_name;    /* const char *: the name of a profile or host */
extern const struct pl_type pl_type_user;    /* const char *: the name of a user */
extern const struct pl_type pl_type_slice;   /* const char *: the name of a slice */
extern const struct pl_type pl_type_glob;    /* const char *: a pattern over a name */
extern const struct pl_type pl_type_path;    /* const char *: a pattern over the path of a cgroup */
extern const struct pl_type pl_type_pairs;   /* struct pl_strings: KEY or KEY=GLOB, one or a list */
extern const struct pl_type pl_type_command; /* struct pl_strings: a program and its arguments */

/* Words */
extern const struct pl_type pl_type_word;  /* unsigned: an index into key->words */
extern const struct pl_type pl_type_words; /* struct pl_words */

/* Numbers */
extern const struct pl_type pl_type_bool;
extern const struct pl_type pl_type_integer; /* int32_t */
extern const struct pl_type pl_type_id;      /* uint64_t */

/* Amounts */
extern const struct pl_type pl_type_size;     /* struct pl_size */
extern const struct pl_type pl_type_share;    /* uint32_t, permyriad */
extern const struct pl_type pl_type_rate;     /* struct pl_rate */
extern const struct pl_type pl_type_duration; /* uint64_t, microseconds */

/* Times and users */
extern const struct pl_type pl_type_window; /* struct pl_window */
extern const struct pl_type pl_type_time;   /* int64_t, seconds since 1970 */
extern const struct pl_type pl_type_users;  /* struct pl_users */

/* Not values: the walk goes into them. */
extern const struct pl_type pl_type_object;
extern const struct pl_type
        pl_type_objects; /* struct pl_selectors or alike: a count and an array */

/* What the types share. */

enum {
        PL_TYPE_TEXT_MAX = 255
}; /* bytes of a value as it is printed; a text may be longer and is printed as it is */

/* An error at the value, with the forms of its type for a hint where `hint` is NULL. Returns false. */
bool pl_type_wrong(const struct pl_reading *reading, const struct pl_key *key,
                   const struct pl_json_value *value, const char *hint, const char *format, ...)
        PL_PRINTF(5, 6);

/* The same for a value that is outside of its type's range. */
bool pl_type_out_of_range(const struct pl_reading *reading, const struct pl_key *key,
                          const struct pl_json_value *value);

/* Whether the value has that type of JSON; if not says so. */
bool pl_type_is(const struct pl_reading *reading, const struct pl_key *key,
                const struct pl_json_value *value, enum pl_json_type type);

/* Whether an element of a list is a string; if not says so, with the noun for an element. */
bool pl_type_is_string_of(const struct pl_reading *reading, const struct pl_key *key,
                          const struct pl_json_value *item, const char *noun);

/* A copy of a string's value that lives as long as the document that is read. */
const char *pl_type_keep(const struct pl_reading *reading, const struct pl_json_value *value);

/* The place of a byte of a string's value, where its escapes allow to tell; else that of the whole. */
struct pl_place pl_type_place(const struct pl_json_value *value, size_t offset);

/* "type": "string" and a pattern that the whole value has to match. */
void pl_schema_pattern(struct pl_json_writer *writer, const char *pattern);

/* A regular expression for the whole numbers from least to most in decimal, with any zeros before them. */
void pl_schema_range(struct pl_text *text, uint64_t least, uint64_t most);
