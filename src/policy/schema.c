/* SPDX-License-Identifier: Apache-2.0 */

/* Draft 7, because that is what the editors know that complete JSON. An object is a definition by its name; a default is
 * printed from the struct that holds it, so that it is one that the reader took.
 */

#include "plimsoll/policy/schema.h"

#include <errno.h>

#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"
#include "type.h"
#include "vocabulary_internal.h"

#define LIMITS                                                                                     \
        "Comments are removed before this schema is applied. It does not see keys that stand "     \
        "twice, nesting, encoding, how long a pattern is in bytes or what its brackets hold, and " \
        "whether values agree with each other and with a host: `plimsoll check` does."

static void put(struct pl_json_writer *writer, const char *key, const char *value)
{
        pl_json_put_string(writer, key, pl_span_of(value));
}

static void put_reference(struct pl_json_writer *writer, const struct pl_object *object)
{
        char buffer[PL_KEY_PATH_MAX];
        struct pl_text text;

        pl_text_init(&text, buffer, sizeof buffer);
        pl_text_addf(&text, "#/definitions/%s", object->name);
        pl_json_object_begin(writer);
        put(writer, "$ref", buffer);
        pl_json_object_end(writer);
}

static void put_list(struct pl_json_writer *writer, const struct pl_key *key)
{
        put(writer, "type", "array");
        pl_json_put_i64(writer, "minItems", key->least);
        pl_json_put_i64(writer, "maxItems", key->most);
        pl_json_key(writer, "items");
        put_reference(writer, key->object);
}

static void put_key(struct pl_json_writer *writer, const struct pl_object *object,
                    const struct pl_key *key)
{
        pl_json_key(writer, key->name);
        pl_json_object_begin(writer);
        put(writer, "description", key->help);
        if (key->type == &pl_type_object) {
                /* Members beside a $ref are not looked at in draft 7. */
                pl_json_key(writer, "allOf");
                pl_json_array_begin(writer);
                put_reference(writer, key->object);
                pl_json_array_end(writer);
        } else if (key->type == &pl_type_objects) {
                put_list(writer, key);
        } else {
                key->type->schema(writer, key);
        }
        if (key->fallback) {
                pl_json_key(writer, "default");
                key->type->print(writer, key, (const char *) object->fallback + key->offset);
        }
        pl_json_object_end(writer);
}

static void put_required(struct pl_json_writer *writer, const struct pl_object *object)
{
        pl_json_key(writer, "required");
        pl_json_array_begin(writer);
        for (size_t i = 0; i < object->count; i++)
                if (object->keys[i].flags & PL_KEY_REQUIRED)
                        pl_json_string(writer, pl_span_of(object->keys[i].name));
        pl_json_array_end(writer);
}

/* The members that describe an object. */
static void put_object(struct pl_json_writer *writer, const struct pl_object *object)
{
        put(writer, "type", "object");
        pl_json_put_bool(writer, "additionalProperties", false);
        if (object->is_never_empty)
                pl_json_put_u64(writer, "minProperties", 1);
        put_required(writer, object);
        pl_json_key(writer, "properties");
        pl_json_object_begin(writer);
        for (size_t i = 0; i < object->count; i++)
                put_key(writer, object, &object->keys[i]);
        pl_json_object_end(writer);
}

static void put_definition(struct pl_json_writer *writer, const struct pl_object *object)
{
        pl_json_key(writer, object->name);
        pl_json_object_begin(writer);
        put(writer, "description", object->help);
        put_object(writer, object);
        pl_json_object_end(writer);
}

/* A document is what the key says that it has. */
static void put_choice(struct pl_json_writer *writer, const struct pl_object *object)
{
        pl_json_key(writer, "if");
        pl_json_object_begin(writer);
        pl_json_key(writer, "required");
        pl_json_array_begin(writer);
        pl_json_string(writer, pl_span_of(object->name));
        pl_json_array_end(writer);
        pl_json_object_end(writer);
        pl_json_key(writer, "then");
        put_reference(writer, object);
        pl_json_key(writer, "else");
}

static void put_any(struct pl_json_writer *writer)
{
        put_choice(writer, &pl_object_host);
        pl_json_object_begin(writer);
        put_choice(writer, &pl_object_order);
        put_reference(writer, &pl_object_profile);
        pl_json_object_end(writer);
        pl_json_key(writer, "definitions");
        pl_json_object_begin(writer);
        for (size_t i = 0; pl_vocabulary_objects[i]; i++)
                put_definition(writer, pl_vocabulary_objects[i]);
        pl_json_object_end(writer);
}

static void put_one(struct pl_json_writer *writer, const struct pl_object *root)
{
        struct pl_section sections[PL_SECTIONS_MAX];
        size_t count = pl_vocabulary_sections(root, sections);

        put_object(writer, root);
        pl_json_key(writer, "definitions");
        pl_json_object_begin(writer);
        for (size_t i = 1; i < count; i++)
                put_definition(writer, sections[i].object);
        pl_json_object_end(writer);
}

int pl_schema_print(struct pl_json_writer *writer, enum pl_document_kind kind)
{
        const struct pl_object *root = kind < PL_DOCUMENT_KINDS ? pl_vocabulary_object(kind) : NULL;
        char buffer[1024];
        struct pl_text text;
        int r;

        pl_assert(writer);

        r = pl_vocabulary_prepare();
        if (r < 0)
                return r;
        pl_text_init(&text, buffer, sizeof buffer);
        pl_text_addf(&text, "%s " LIMITS, root ? root->help : "A policy file of Plimsoll.");

        pl_json_object_begin(writer);
        put(writer, "$schema", "http://json-schema.org/draft-07/schema#");
        put(writer, "title", root ? root->name : "policy");
        put(writer, "description", buffer);
        if (root)
                put_one(writer, root);
        else
                put_any(writer);
        pl_json_object_end(writer);
        return 0;
}
