/* SPDX-License-Identifier: Apache-2.0 */

/* The first byte says which runtime wrote the rest. What is kept lies within its bounds, and only what was asked for is. */

#include "plimsoll/identity/names.h"

#include <stdlib.h>

#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void is_bounded(const char *words, size_t max)
{
        pl_assert(!words || (words[0] != '\0' && strlen(words) <= max));
}

static void check(const struct pl_names *names)
{
        size_t bytes = 0;

        is_bounded(names->name, PL_NAMES_NAME_MAX);
        is_bounded(names->image, PL_NAMES_IMAGE_MAX);
        is_bounded(names->k8s_namespace, PL_NAMES_NAME_MAX);
        is_bounded(names->k8s_pod, PL_NAMES_NAME_MAX);
        is_bounded(names->k8s_container, PL_NAMES_NAME_MAX);
        pl_assert(names->labels.count <= PL_NAMES_LABELS_MAX);
        for (size_t i = 0; i < names->labels.count; i++) {
                const struct pl_pair *label = &names->labels.items[i];

                pl_assert(strcmp(label->key, "a") == 0 || strcmp(label->key, "team") == 0);
                bytes += strlen(label->key) + strlen(label->value) + 2;
        }
        pl_assert(bytes <= PL_NAMES_LABEL_BYTES_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        static const char *const asked[] = { "a=*", "team" };
        static const struct pl_names_keys keys = { PL_ARRAY_LENGTH(asked), asked };
        struct pl_names *names = NULL;
        struct pl_span text;

        if (size == 0)
                return 0;
        text = pl_span((const char *) data + 1, size - 1);
        if (pl_names_read((enum pl_names_format)(data[0] % PL_NAMES_FORMATS), text,
                          pl_span_of("id"), &keys, &names) == 0)
                check(names);
        pl_names_free(names);
        return 0;
}
