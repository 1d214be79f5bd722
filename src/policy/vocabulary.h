/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* vocabulary - every key of every kind of policy file: its type, range, default and meaning.
 *
 * The one table from which the reader (document.c), the printer (print.c), the schema (schema.c) and the reference page
 * (reference.c) are made. A new key is a member of its struct and enumeration in model/profile.h and a row here, and
 * nothing else.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "plimsoll/policy/document.h"

struct pl_type;

enum pl_key_flag {
        PL_KEY_REQUIRED = 1 << 0,
        PL_KEY_WORKS =
                1
                << 1, /* this version does what the key says; without it `check` tells that it does not yet */

        /* Of sizes: what may stand in them beside bytes. */
        PL_KEY_OF_RAM = 1 << 2,
        PL_KEY_OF_MAX = 1 << 3,
        PL_KEY_OF_SWAP = 1 << 4,
        PL_KEY_NO_LIMIT = 1 << 5, /* "max" */
};

struct pl_key {
        const char *name;
        const struct pl_type *type;
        size_t offset; /* of the value in the object's struct */
        unsigned flags;
        int64_t least,
                most; /* integers; microseconds; permyriad; characters of a text; elements of a list */
        const char *const *words;       /* of an enumeration; ends with NULL */
        const struct pl_object *object; /* what an object or each element of a list is */
        const char *fallback;           /* the default, as JSON; NULL: there is none */
        const char *help;               /* sentences; for the schema and the page */
        const char *features;           /* of the mission's table, for those who build */
};

struct pl_object {
        const char *name;
        const char *help;
        const struct pl_key *keys; /* by the object's enumeration in model/profile.h */
        size_t count;
        size_t size;    /* of its struct */
        void *fallback; /* a struct that holds the defaults, once pl_vocabulary_prepare() has run */
        bool is_never_empty;
};

enum {
        PL_OBJECT_KEYS_MAX = 16,  /* of one object; the longest has 15 */
        PL_OBJECTS_DEPTH_MAX = 4, /* objects and lists within each other: profile, leak, restart */
        PL_KEY_PATH_MAX = 64,     /* bytes of "leak.restart.window" */
};

/* What a document of that kind is. */
const struct pl_object *pl_vocabulary_object(enum pl_document_kind kind);

/* Every object, each behind those it holds; NULL at the end. */
extern const struct pl_object *const pl_vocabulary_objects[];

/* Makes the defaults, once in a program's life. 0 or -ENOMEM. */
int pl_vocabulary_prepare(void);

/* The index of the key of that name; object->count when it has none. */
size_t pl_object_find(const struct pl_object *object, const char *name);

/* An object of a kind of document, by the key that it is first met as the value of. */
struct pl_section {
        const char *name; /* NULL for the document itself */
        const struct pl_section *within;
        const struct pl_object *object;
};

enum { PL_SECTIONS_MAX = 24 };

/* Every object within the root, each once, from the outermost. Returns how many. */
size_t pl_vocabulary_sections(const struct pl_object *root,
                              struct pl_section sections[PL_SECTIONS_MAX]);

/* The names of signals, by the index that struct pl_ladder keeps. */
extern const char *const pl_vocabulary_signals[];

/* The parts of an object's struct that all have. */
static inline uint32_t *pl_fields_set(void *object)
{
        return object;
}

static inline bool pl_fields_has(const void *object, size_t index)
{
        return *(const uint32_t *) object >> index & 1;
}

static inline struct pl_place *pl_fields_at(void *object)
{
        return (struct pl_place *) (void *) ((uint32_t *) object + 1);
}
