/* SPDX-License-Identifier: Apache-2.0 */

/* Defaults stand in the tables as JSON, because that is how a person reads them on the reference page; they are read by
 * the same functions as what a file says, into a struct for each object, from which every object begins as a copy. So a
 * default that is no value of its type cannot be written without a test failing.
 */

#include "vocabulary.h"

#include <errno.h>
#include <signal.h>
#include <string.h>

#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"
#include "plimsoll/policy/resolve.h"
#include "type.h"
#include "vocabulary_internal.h"

const struct pl_object *const pl_vocabulary_objects[] = {
        &pl_object_k8s,     &pl_object_selector,   &pl_object_memory,
        &pl_object_budget,  &pl_object_oom,        &pl_object_ladder,
        &pl_object_restart, &pl_object_leak,       &pl_object_hook,
        &pl_object_hooks,   &pl_object_act,        &pl_object_shortage,
        &pl_object_kill,    &pl_object_backoff,    &pl_object_pressure,
        &pl_object_vm,      &pl_object_host_hooks, &pl_object_profile,
        &pl_object_host,    &pl_object_order,      NULL,
};

/* What services use; signal(7) has more, that end nobody. */
const char *const pl_vocabulary_signals[] = {
        "SIGTERM", "SIGINT",   "SIGQUIT",    "SIGHUP", "SIGUSR1",
        "SIGUSR2", "SIGWINCH", "SIGRTMIN+3", NULL,
};

int pl_policy_signal(unsigned index)
{
        const int numbers[] = { SIGTERM, SIGINT,  SIGQUIT,  SIGHUP,
                                SIGUSR1, SIGUSR2, SIGWINCH, SIGRTMIN + 3 };

        _Static_assert(PL_ARRAY_LENGTH(pl_vocabulary_signals) == PL_ARRAY_LENGTH(numbers) + 1,
                       "each name has its number");
        pl_assert(index < PL_ARRAY_LENGTH(numbers));
        return numbers[index];
}

const struct pl_object *pl_vocabulary_object(enum pl_document_kind kind)
{
        static const struct pl_object *const objects[PL_DOCUMENT_KINDS] = {
                [PL_DOCUMENT_PROFILE] = &pl_object_profile,
                [PL_DOCUMENT_HOST] = &pl_object_host,
                [PL_DOCUMENT_ORDER] = &pl_object_order,
        };

        pl_assert(kind < PL_DOCUMENT_KINDS);
        return objects[kind];
}

size_t pl_object_find(const struct pl_object *object, const char *name)
{
        size_t i = 0;

        pl_assert(object);
        pl_assert(name);

        /* Most keys differ in their first letter, and comparing that costs no call. */
        while (i < object->count &&
               (object->keys[i].name[0] != name[0] || strcmp(object->keys[i].name, name) != 0))
                i++;
        return i;
}

static bool is_among(const struct pl_section *sections, size_t count,
                     const struct pl_object *object)
{
        for (size_t i = 0; i < count; i++)
                if (sections[i].object == object)
                        return true;
        return false;
}

size_t pl_vocabulary_sections(const struct pl_object *root,
                              struct pl_section sections[PL_SECTIONS_MAX])
{
        size_t count = 1;

        pl_assert(root);

        sections[0] = (struct pl_section){ .object = root };
        for (size_t i = 0; i < count; i++)
                for (size_t k = 0; k < sections[i].object->count; k++) {
                        const struct pl_key *key = &sections[i].object->keys[k];

                        if (!key->object || is_among(sections, count, key->object))
                                continue;
                        pl_assert(count < PL_SECTIONS_MAX);
                        sections[count++] = (struct pl_section){ key->name, &sections[i],
                                                                 key->object };
                }
        return count;
}

static int prepare_key(const struct pl_key *key, char *field)
{
        static struct pl_diag diag;
        _cleanup_(pl_cleanup_json_document) struct pl_json_document *document = NULL;
        int r;

        if (key->type == &pl_type_object)
                memcpy(field, key->object->fallback, key->object->size);
        if (!key->fallback)
                return 0;

        pl_diag_clear(&diag);
        r = pl_json_parse(pl_span_of(key->fallback), NULL, &diag, &document);
        if (r < 0)
                return r;
        pl_assert(r == 0);
        pl_assert(key->type->read(&(struct pl_reading){ .diag = &diag }, key,
                                  pl_json_root(document), field));
        return 0;
}

int pl_vocabulary_prepare(void)
{
        static bool is_prepared;
        int r;

        for (size_t i = 0; !is_prepared && pl_vocabulary_objects[i]; i++) {
                const struct pl_object *object = pl_vocabulary_objects[i];

                pl_assert(object->count <= PL_OBJECT_KEYS_MAX);
                memset(object->fallback, 0, object->size);
                for (size_t k = 0; k < object->count; k++) {
                        r = prepare_key(&object->keys[k],
                                        (char *) object->fallback + object->keys[k].offset);
                        if (r < 0)
                                return r;
                }
        }
        is_prepared = true;
        return 0;
}
