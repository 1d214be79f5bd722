/* SPDX-License-Identifier: Apache-2.0 */

#include "walk.h"

#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"
#include "type.h"

static void enter(struct pl_walk *walk, const struct pl_key *key, const struct pl_object *object,
                  const void *base, size_t count, bool is_list)
{
        pl_assert(walk->depth < PL_ARRAY_LENGTH(walk->levels));

        walk->levels[walk->depth].object = object;
        walk->levels[walk->depth].base = base;
        walk->levels[walk->depth].key = key;
        walk->levels[walk->depth].next = 0;
        walk->levels[walk->depth].count = count;
        walk->levels[walk->depth].is_list = is_list;
        walk->depth++;
}

void pl_walk_init(struct pl_walk *walk, const struct pl_document *document)
{
        pl_assert(walk);
        pl_assert(document);

        *walk = (struct pl_walk){};
        enter(walk, NULL, pl_vocabulary_object(document->kind), &document->profile, 0, false);
}

static enum pl_step next_element(struct pl_walk *walk)
{
        size_t top = walk->depth - 1, index = walk->levels[top].next++;
        const struct pl_object *object = walk->levels[top].object;

        if (index >= walk->levels[top].count) {
                walk->key = walk->levels[top].key;
                walk->depth--;
                return PL_STEP_LIST_END;
        }
        walk->key = NULL;
        enter(walk, NULL, object, (const char *) walk->levels[top].base + index * object->size, 0,
              false);
        return PL_STEP_OBJECT_BEGIN;
}

static enum pl_step visit(struct pl_walk *walk, const struct pl_key *key, const void *field)
{
        const struct pl_selectors *list = field;

        walk->key = key;
        walk->field = field;
        if (key->type == &pl_type_object) {
                enter(walk, key, key->object, field, 0, false);
                return PL_STEP_OBJECT_BEGIN;
        }
        if (key->type == &pl_type_objects) {
                enter(walk, key, key->object, list->entries, list->count, true);
                return PL_STEP_LIST_BEGIN;
        }
        return PL_STEP_VALUE;
}

static enum pl_step next_key(struct pl_walk *walk)
{
        size_t top = walk->depth - 1;
        const struct pl_object *object = walk->levels[top].object;
        const char *base = walk->levels[top].base;

        while (walk->levels[top].next < object->count) {
                size_t index = walk->levels[top].next++;

                if (pl_fields_has(base, index))
                        return visit(walk, &object->keys[index], base + object->keys[index].offset);
        }
        walk->key = walk->levels[top].key;
        walk->depth--;
        return PL_STEP_OBJECT_END;
}

enum pl_step pl_walk_next(struct pl_walk *walk)
{
        pl_assert(walk);

        if (!walk->has_begun) {
                walk->has_begun = true;
                return PL_STEP_OBJECT_BEGIN;
        }
        if (walk->depth == 0)
                return PL_STEP_DONE;
        return walk->levels[walk->depth - 1].is_list ? next_element(walk) : next_key(walk);
}

void pl_walk_add_path(struct pl_text *text, const struct pl_walk *walk)
{
        pl_assert(walk->key);

        for (size_t i = 0; i < walk->depth; i++)
                if (walk->levels[i].key)
                        pl_text_addf(text, "%s.", walk->levels[i].key->name);
        pl_text_add(text, walk->key->name);
}
