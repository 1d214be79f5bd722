/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Writes a parsed document out again, for tests that compare what went in with what came out. No recursion: the way
 * back up is each value's parent. */

#include "plimsoll/base/assert.h"
#include "plimsoll/json/read.h"
#include "plimsoll/json/write.h"

static inline void copy_open(struct pl_json_writer *writer, const struct pl_json_value *value)
{
        if (value->key)
                pl_json_key(writer, value->key);
        switch (value->type) {
        case PL_JSON_NULL:
                pl_json_null(writer);
                break;
        case PL_JSON_BOOL:
                pl_json_bool(writer, value->boolean);
                break;
        case PL_JSON_NUMBER:
                pl_json_number(writer, value->source);
                break;
        case PL_JSON_STRING:
                pl_json_string(writer, pl_span_of(value->string));
                break;
        case PL_JSON_ARRAY:
                pl_json_array_begin(writer);
                break;
        case PL_JSON_OBJECT:
                pl_json_object_begin(writer);
                break;
        }
}

static inline void copy_close(struct pl_json_writer *writer, const struct pl_json_value *value)
{
        if (value->type == PL_JSON_ARRAY)
                pl_json_array_end(writer);
        else if (value->type == PL_JSON_OBJECT)
                pl_json_object_end(writer);
}

static inline void copy_document(struct pl_json_writer *writer,
                                 const struct pl_json_document *document)
{
        const struct pl_json_value *value = pl_json_root(document);

        while (value) {
                copy_open(writer, value);
                if (value->child) {
                        value = value->child;
                        continue;
                }
                copy_close(writer, value);
                while (!value->next && value->parent) {
                        value = value->parent;
                        copy_close(writer, value);
                }
                value = value->next;
        }
}

/* Formats into a buffer, which has to be large enough. */
static inline void copy_to_text(struct pl_text *text, const struct pl_json_document *document,
                                bool pretty)
{
        struct pl_json_writer writer;

        pl_json_writer_init(&writer, &(struct pl_json_writer_options){
                                             .sink = pl_json_sink_text,
                                             .userdata = text,
                                             .pretty = pretty,
                                     });
        copy_document(&writer, document);
        pl_assert(pl_json_writer_finish(&writer) == 0);
}
