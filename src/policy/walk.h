/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* walk - the keys that a document gave, in the order of the vocabulary, without recursion. What printing a document and
 * counting its keys have in common.
 */

#include <stdbool.h>
#include <stddef.h>

#include "plimsoll/policy/document.h"
#include "vocabulary.h"

enum pl_step {
        PL_STEP_VALUE,        /* key, field */
        PL_STEP_OBJECT_BEGIN, /* key: that the object is the value of; NULL for an element of a list */
        PL_STEP_OBJECT_END,
        PL_STEP_LIST_BEGIN, /* key */
        PL_STEP_LIST_END,
        PL_STEP_DONE,
};

struct pl_walk {
        struct {
                const struct pl_object *object;
                const void *base;         /* of the object, or of the list's first element */
                const struct pl_key *key; /* that this is the value of */
                size_t next;              /* the key or element to look at */
                size_t count;             /* of elements; 0 for an object */
                bool is_list;
        } levels[2 * PL_OBJECTS_DEPTH_MAX];
        size_t depth;
        bool has_begun;
        const struct pl_key *key;
        const void *field;
};

void pl_walk_init(struct pl_walk *walk, const struct pl_document *document);
enum pl_step pl_walk_next(struct pl_walk *walk);

/* "memory.max": the key of the value that the walk is at. Elements of lists have no number. */
void pl_walk_add_path(struct pl_text *text, const struct pl_walk *walk);
