/* SPDX-License-Identifier: Apache-2.0 */

#include "plimsoll/policy/print.h"

#include "plimsoll/base/assert.h"
#include "type.h"
#include "walk.h"

void pl_document_print(struct pl_json_writer *writer, const struct pl_document *document)
{
        struct pl_walk walk;
        enum pl_step step;

        pl_assert(writer);

        pl_walk_init(&walk, document);
        while ((step = pl_walk_next(&walk)) != PL_STEP_DONE) {
                bool is_begin = step == PL_STEP_OBJECT_BEGIN || step == PL_STEP_LIST_BEGIN;

                if ((is_begin || step == PL_STEP_VALUE) && walk.key)
                        pl_json_key(writer, walk.key->name);
                if (step == PL_STEP_OBJECT_BEGIN)
                        pl_json_object_begin(writer);
                else if (step == PL_STEP_OBJECT_END)
                        pl_json_object_end(writer);
                else if (step == PL_STEP_LIST_BEGIN)
                        pl_json_array_begin(writer);
                else if (step == PL_STEP_LIST_END)
                        pl_json_array_end(writer);
                else
                        walk.key->type->print(writer, walk.key, walk.field);
        }
}
