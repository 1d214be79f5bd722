/* SPDX-License-Identifier: Apache-2.0 */

/* The vocabulary itself stays within the room: its rows hold functions and offsets that are nobody else's business. */

#include "plimsoll/policy/words.h"

#include "plimsoll/base/assert.h"
#include "vocabulary_internal.h"

const char *pl_selector_word(enum pl_selector_key key)
{
        pl_assert(key < PL_SELECT_KEYS);
        return pl_object_selector.keys[key].name;
}

const char *pl_kubernetes_word(enum pl_kubernetes_selector_key key)
{
        pl_assert(key < PL_K8S_KEYS);
        return pl_object_k8s.keys[key].name;
}

const char *const *pl_runtime_words(void)
{
        return pl_object_selector.keys[PL_SELECT_RUNTIME].words;
}

const char *const *pl_qos_words(void)
{
        return pl_object_k8s.keys[PL_K8S_QOS].words;
}

void pl_users_format(struct pl_text *text, const struct pl_users *users)
{
        pl_assert(text);
        pl_assert(users && users->first <= users->last);

        if (users->last == PL_USERS_ANY)
                pl_text_add(text, "any");
        else if (users->last == 0)
                pl_text_add(text, "root");
        else
                pl_text_addf(text, "%u", users->first);
        if (users->last != PL_USERS_ANY && users->last != users->first)
                pl_text_addf(text, "-%u", users->last);
}
