/* SPDX-License-Identifier: Apache-2.0 */

/* The one file that knows cJSON. The scanner has found the text good before cJSON sees it, and cJSON's tree is walked
 * in step with the scanner's list: same types, same numbers of members, in the same order, or the process stops, because
 * one of the two has then read something else than what stands there.
 *
 * cJSON_Parse() gives NULL both for a text that it does not like and for want of memory. Of a text that the scanner
 * likes only the second remains (tests/fuzz/json.c looks for a counterexample), so it is reported as -ENOMEM.
 *
 * cJSON takes its memory from functions without an argument of ours, which are the same for the whole process. So it has
 * ours for the length of one call, and the C library's again behind it.
 */

#include "tree.h"

#include <cjson/cJSON.h>
#include <errno.h>

#include "plimsoll/base/assert.h"

/* Of the document that is being read; NULL in between. */
static struct pl_json_arena *current;

static void *take(size_t size)
{
        pl_assert(current);

        return pl_json_arena_take(current, size);
}

/* What cJSON gives back, on a failure or of its own, goes with the document. */
static void leave(void *pointer)
{
        (void) pointer;
}

/* A walk over cJSON's tree in the order of the text, and the scanner's values that it has reached: `open` are those it is
 * within, and `last` is the newest at each depth. */
struct walk {
        const cJSON *node;
        uint32_t depth;
        struct {
                const cJSON *node;
                struct pl_json_value *value;
                uint32_t seen; /* of what is directly within it */
        } open[PL_JSON_DEPTH_MAX];
        struct pl_json_value *last[PL_JSON_DEPTH_MAX + 1];
};

static enum pl_json_type type_of(const cJSON *node)
{
        switch (node->type) {
        case cJSON_False:
        case cJSON_True:
                return PL_JSON_BOOL;
        case cJSON_NULL:
                return PL_JSON_NULL;
        case cJSON_Number:
                return PL_JSON_NUMBER;
        case cJSON_String:
                return PL_JSON_STRING;
        case cJSON_Array:
                return PL_JSON_ARRAY;
        case cJSON_Object:
                return PL_JSON_OBJECT;
        default:
                pl_unreachable();
        }
}

/* Adds what cJSON has read to what the scanner has. */
static void fill(struct pl_json_value *value, const cJSON *node)
{
        pl_assert(value->type == type_of(node));
        pl_assert((value->count > 0) == (node->child != NULL));
        pl_assert((value->key_place.line > 0) == (node->string != NULL));

        value->parent = value->child = value->next = NULL;
        value->key = node->string;
        value->string = node->valuestring;
        value->number = value->type == PL_JSON_NUMBER ? node->valuedouble : 0;
        value->boolean = node->type == cJSON_True;
}

static void link_up(struct walk *walk, struct pl_json_value *value)
{
        if (walk->depth > 0) {
                struct pl_json_value *parent = walk->open[walk->depth - 1].value;

                value->parent = parent;
                if (walk->open[walk->depth - 1].seen++ == 0)
                        parent->child = value;
                else
                        walk->last[walk->depth]->next = value;
        }
        walk->last[walk->depth] = value;
}

/* From the node of `value` to the next: into it, behind it, or out of what ends with it. */
static void step(struct walk *walk, struct pl_json_value *value)
{
        if (walk->node->child) {
                pl_assert(walk->depth < PL_JSON_DEPTH_MAX);
                walk->open[walk->depth].node = walk->node;
                walk->open[walk->depth].value = value;
                walk->open[walk->depth].seen = 0;
                walk->depth++;
                walk->node = walk->node->child;
                return;
        }
        while (!walk->node->next && walk->depth > 0) {
                walk->depth--;
                pl_assert(walk->open[walk->depth].seen == walk->open[walk->depth].value->count);
                walk->node = walk->open[walk->depth].node;
        }
        walk->node = walk->node->next;
}

/* Pairs cJSON's tree with the scanner's list. */
static void build(const cJSON *tree, struct pl_json_value *values, size_t count)
{
        struct walk walk = { .node = tree };

        for (size_t i = 0; i < count; i++) {
                pl_assert(walk.node);
                fill(&values[i], walk.node);
                link_up(&walk, &values[i]);
                step(&walk, &values[i]);
        }
        pl_assert(!walk.node);
}

static const cJSON *parse(struct pl_span text, struct pl_json_arena *arena)
{
        cJSON_Hooks hooks = { take, leave };
        const cJSON *tree;

        pl_assert(!current);

        current = arena;
        cJSON_InitHooks(&hooks);
        tree = cJSON_ParseWithLength(text.data, text.length);
        cJSON_InitHooks(NULL);
        current = NULL;
        return tree;
}

int pl_json_fill_values(struct pl_span text, struct pl_json_value *values, size_t count,
                        struct pl_json_arena *arena)
{
        const cJSON *tree;

        pl_assert(values);
        pl_assert(arena);

        tree = parse(text, arena);
        if (!tree)
                return -ENOMEM;
        build(tree, values, count);
        return 0;
}
