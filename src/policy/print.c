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
                else if (walk.key)
                        walk.key->type->print(writer, walk.key, walk.field);
        }
}

static int print_document(const struct pl_document *document, pl_json_sink sink, void *userdata)
{
        const struct pl_json_writer_options options = {
                .sink = sink,
                .userdata = userdata,
                .pretty = true,
        };
        struct pl_json_writer writer;
        int r;

        r = sink(userdata, pl_span_of("// origin: "));
        if (r == 0)
                r = sink(userdata, pl_span_of(document->origin));
        if (r == 0)
                r = sink(userdata, pl_span_of("\n"));
        if (r != 0)
                return r;
        pl_json_writer_init(&writer, &options);
        pl_document_print(&writer, document);
        return pl_json_writer_finish(&writer);
}

int pl_policy_print(const struct pl_policy *policy, pl_json_sink sink, void *userdata)
{
        int r = 0;

        pl_assert(policy);
        pl_assert(sink);

        for (size_t i = 0; r == 0 && i < policy->document_count; i++)
                r = print_document(policy->documents[i], sink, userdata);
        return r;
}

static int add_to_digest(void *userdata, struct pl_span bytes)
{
        pl_sha256_add(userdata, bytes);
        return 0;
}

void pl_policy_digest(const struct pl_policy *policy, uint8_t ret_digest[PL_SHA256_BYTES])
{
        struct pl_sha256 sha256;

        pl_sha256_init(&sha256);
        pl_assert(pl_policy_print(policy, add_to_digest, &sha256) == 0);
        pl_sha256_finish(&sha256, ret_digest);
}
