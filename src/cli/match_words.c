/* SPDX-License-Identifier: Apache-2.0 */

/* Values come from files and from the command line and may be pages long: in a sentence each is cut, and cleaned when the
 * sentence is printed.
 */

#include <string.h>

#include "match.h"
#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"
#include "plimsoll/policy/words.h"

enum { VALUE_MAX = 256 }; /* bytes of a value that are shown: a pattern is not longer */

static void add_value(struct pl_text *text, const char *value)
{
        size_t length = strnlen(value, VALUE_MAX + 1);

        pl_text_add_span(text, pl_span(value, PL_MIN(length, (size_t) VALUE_MAX)));
        pl_text_add(text, length > VALUE_MAX ? "..." : "");
}

/* "unit nginx.service", with " and " before it where it is not the first. */
static void add_condition(struct pl_text *text, const char *key, const char *value)
{
        pl_text_addf(text, "%s%s ", text->length > 0 ? " and " : "", key);
        add_value(text, value);
}

static void add_strings(struct pl_text *text, const char *key, const struct pl_strings *strings)
{
        for (size_t i = 0; i < strings->count; i++)
                add_condition(text, key, strings->items[i]);
}

static void add_k8s(struct pl_text *text, const struct pl_kubernetes_selector *k8s)
{
        const char *const values[] = {
                [PL_K8S_NAMESPACE] = k8s->namespace_,
                [PL_K8S_POD] = k8s->pod,
                [PL_K8S_CONTAINER] = k8s->container,
                [PL_K8S_QOS] = pl_qos_words()[k8s->qos],
        };
        char key[64];
        struct pl_text name;

        for (unsigned i = 0; i < PL_K8S_KEYS; i++) {
                if (!PL_HAS(k8s, i))
                        continue;
                pl_text_init(&name, key, sizeof key);
                pl_text_addf(&name, "%s.%s", pl_selector_word(PL_SELECT_K8S),
                             pl_kubernetes_word(i));
                add_condition(text, key, values[i]);
        }
}

static void add_owner(struct pl_text *text, const struct pl_users *owner)
{
        char buffer[VALUE_MAX + 1]; /* as long as add_value() looks */
        struct pl_text users;

        pl_text_init(&users, buffer, sizeof buffer);
        pl_users_format(&users, owner);
        add_condition(text, pl_selector_word(PL_SELECT_OWNER), buffer);
}

void pl_match_add_selector(struct pl_text *text, const struct pl_selector *selector)
{
        char buffer[16 * 1024]; /* every key with its longest values: 25 of them */
        struct pl_text words;
        const char *const values[] = {
                [PL_SELECT_PATH] = selector->path,
                [PL_SELECT_UNIT] = selector->unit,
                [PL_SELECT_SLICE] = selector->slice,
                [PL_SELECT_CONTAINER] = selector->container,
                [PL_SELECT_IMAGE] = selector->image,
                [PL_SELECT_RUNTIME] = pl_runtime_words()[selector->runtime],
        };

        pl_text_init(&words, buffer, sizeof buffer);
        for (unsigned i = 0; i < PL_SELECT_KEYS; i++) {
                if (!PL_HAS(selector, i))
                        continue;
                if (i == PL_SELECT_LABEL)
                        add_strings(&words, pl_selector_word(i), &selector->labels);
                else if (i == PL_SELECT_XATTR)
                        add_strings(&words, pl_selector_word(i), &selector->xattrs);
                else if (i == PL_SELECT_K8S)
                        add_k8s(&words, &selector->k8s);
                else if (i == PL_SELECT_OWNER)
                        add_owner(&words, &selector->owner);
                else
                        add_condition(&words, pl_selector_word(i), values[i]);
        }
        pl_text_add_span(text, pl_text_span(&words));
}

void pl_match_add_key(struct pl_text *text, const struct pl_mismatch *mismatch)
{
        pl_text_add(text, pl_selector_word(mismatch->key));
        if (mismatch->key == PL_SELECT_K8S)
                pl_text_addf(text, ".%s", pl_kubernetes_word(mismatch->k8s_key));
}

void pl_match_add_wanted(struct pl_text *text, const struct pl_selector *selector,
                         const struct pl_mismatch *mismatch)
{
        if (mismatch->key == PL_SELECT_OWNER)
                pl_users_format(text, &selector->owner);
        else
                add_value(text, mismatch->wanted);
}

/* A label that is there with another value is shown as it would be written. */
static void add_found_pair(struct pl_text *text, const struct pl_mismatch *mismatch)
{
        struct pl_span rest = pl_span_of(mismatch->wanted), key = pl_span_until(&rest, '=');

        pl_text_add_span(text, pl_span(key.data, PL_MIN(key.length, (size_t) VALUE_MAX)));
        pl_text_add(text, "=");
        add_value(text, mismatch->found);
}

void pl_match_add_found(struct pl_text *text, const struct pl_workload_identity *identity,
                        const struct pl_mismatch *mismatch)
{
        const struct pl_users owner = { identity->owner_uid, identity->owner_uid };

        if (mismatch->key == PL_SELECT_OWNER)
                pl_users_format(text, &owner);
        else if (!mismatch->found)
                return;
        else if (mismatch->key == PL_SELECT_LABEL || mismatch->key == PL_SELECT_XATTR)
                add_found_pair(text, mismatch);
        else
                add_value(text, mismatch->found);
}

/* ---- who it is ---- */

static const char *kind_words(int kind)
{
        static const char *const words[PL_WORKLOAD_KINDS] = {
                [PL_WORKLOAD_HOLDER] = "a slice",
                [PL_WORKLOAD_SERVICE] = "a service",
                [PL_WORKLOAD_SCOPE] = "a scope",
                [PL_WORKLOAD_SESSION] = "a session",
                [PL_WORKLOAD_CONTAINER] = "a container",
                [PL_WORKLOAD_SANDBOX] = "the sandbox of a pod",
                [PL_WORKLOAD_MACHINE] = "a machine",
                [PL_WORKLOAD_HELPER] = "the helper of a container",
                [PL_WORKLOAD_UNIT] = "a unit",
                [PL_WORKLOAD_PLAIN] = "a cgroup",
        };

        pl_assert(kind >= 0 && kind < PL_WORKLOAD_KINDS);

        return words[kind];
}

bool pl_match_is_vital(const struct pl_match_target *target)
{
        pl_assert(target);

        return target->who.parts.standing.flags & PL_STANDING_VITAL ||
               pl_workload_is_runtimes_own(&target->who.identity);
}

void pl_match_add_target(struct pl_text *text, const struct pl_match_target *target)
{
        const struct pl_workload_identity *identity = &target->who.identity;
        const struct pl_users owner = { identity->owner_uid, identity->owner_uid };

        pl_assert(text && target);

        if (target->pid != 0)
                pl_text_addf(text, "process %lu lives in ", (unsigned long) target->pid);
        pl_text_addf(text, "%s, %s at %s, made by ", identity->name ? identity->name : "?",
                     kind_words(identity->kind), identity->path);
        if (identity->owner_uid != 0)
                pl_text_add(text, "user ");
        pl_users_format(text, &owner);
        for (size_t i = 0; i < identity->xattrs.count; i++)
                pl_text_addf(text, "%s%s=%s", i == 0 ? ", with " : ", ",
                             identity->xattrs.items[i].key, identity->xattrs.items[i].value);
        pl_text_add(text, ".");
        if (pl_match_is_vital(target))
                pl_text_add(text,
                            " It is protected whatever the policy says: others depend on it.");
        pl_match_add_names(text, target);
}
