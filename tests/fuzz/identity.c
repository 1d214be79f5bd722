/* SPDX-License-Identifier: Apache-2.0 */

/* A path, whole. Whatever it says lies within it, and what was said of a workload does not depend on what is below it. */

#include "plimsoll/identity/identity.h"

#include "plimsoll/base/assert.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void within(struct pl_span part, struct pl_span whole)
{
        if (part.length == 0)
                return;
        pl_assert(part.data >= whole.data);
        pl_assert(part.data + part.length <= whole.data + whole.length);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct pl_span path = pl_span((const char *) data, size);
        struct pl_identity identity, again;
        char buffer[4096];
        struct pl_text text;
        size_t length, same;

        pl_identity_resolve(path, &identity, &length);
        pl_assert(length <= size);
        pl_assert(identity.standing.kind < PL_WORKLOAD_KINDS);
        within(identity.unit, path);
        within(identity.prefix, path);
        within(identity.instance, path);
        within(identity.slice, path);
        within(identity.container_id, path);
        within(identity.pod, path);
        within(identity.label, path);

        pl_identity_resolve(pl_span(path.data, length), &again, &same);
        pl_assert(same == length && again.standing.kind == identity.standing.kind);

        pl_text_init(&text, buffer, sizeof buffer);
        pl_identity_name(&identity, &text);
        pl_identity_container(&identity, &text);
        pl_identity_pod(&identity, &text);
        return 0;
}
