/* SPDX-License-Identifier: Apache-2.0 */

/* Names are not credentials. A user who may run containers or user services calls them what he likes, gives them the
 * labels he likes and makes slices named like those of the system; if names alone decided, one user would protect his
 * batch jobs by calling them "database", and another's mail would go first. What he cannot choose is who owns the
 * directory that his cgroups are made in. So every selector trusts a range of users, root alone unless the file widens it,
 * and the range counts whether the file gave it or not. It is the last of the keys, as it is in the vocabulary: who is
 * told that an entry fails for its owner knows that the names were right.
 *
 * What a workload does not have matches nothing, not even "*": that something has no label is not a value of the label,
 * and an entry that means "in a container" can be written as { "container": "*" }. A path everybody has, so that "**" holds
 * even for one that is not known.
 *
 * With a thousand profiles nearly every comparison fails, and nearly all of those at the first letters, or for want of the
 * word behind a star. may_match() and may_match_behind_star() find that out without the walk of a pattern, which makes a
 * search that finds nothing twenty times as fast (tests/bench/match.c).
 */

#include "plimsoll/policy/match.h"

#include "plimsoll/base/assert.h"
#include "plimsoll/policy/glob.h"
#include "plimsoll/policy/words.h"

static bool is_special(char byte)
{
        return byte == '*' || byte == '?' || byte == '[';
}

/* False only where it is certain that the text does not match, and neither does what begins with it. */
static bool may_match(const char *pattern, const char *text)
{
        while (*pattern == *text && *pattern != '\0' && !is_special(*pattern)) {
                pattern++;
                text++;
        }
        /* A path may end before the '/' of a "**". */
        return *pattern == '\0' || is_special(*pattern) || (*pattern == '/' && pattern[1] == '*');
}

/* Likewise for a name and a pattern that begins with stars: what is written behind those has to be in the name. */
static bool may_match_behind_star(const char *pattern, struct pl_span name)
{
        size_t length = 0;

        while (*pattern == '*')
                pattern++;
        while (pattern[length] != '\0' && !is_special(pattern[length]))
                length++;
        return memmem(name.data, name.length, pattern, length);
}

static bool glob_holds(const char *pattern, enum pl_glob_kind kind, const char *text)
{
        struct pl_span span;

        if (!text || !may_match(pattern, text))
                return false;
        span = pl_span_of(text);
        if (kind == PL_GLOB_NAME && *pattern == '*' && !may_match_behind_star(pattern, span))
                return false;
        return pl_glob_matches(pl_span_of(pattern), kind, span);
}

static bool text_holds(const char *pattern, enum pl_glob_kind kind, const char *text,
                       struct pl_mismatch *mismatch)
{
        mismatch->wanted = pattern;
        mismatch->found = text;
        return glob_holds(pattern, kind, text);
}

/* The innermost slice, which the path may not show, and those that the path goes through. */
static bool slice_holds(const char *pattern, const struct pl_workload_identity *workload,
                        struct pl_mismatch *mismatch)
{
        struct pl_span rest;

        if (text_holds(pattern, PL_GLOB_NAME, workload->slice, mismatch))
                return true;
        if (!workload->path)
                return false;

        rest = pl_span_of(workload->path);
        while (!pl_span_empty(rest)) {
                struct pl_span part = pl_span_until(&rest, '/');

                if (may_match(pattern, part.data) && pl_span_ends_with(part, ".slice") &&
                    pl_glob_matches(pl_span_of(pattern), PL_GLOB_NAME, part))
                        return true;
        }
        return false;
}

/* Behind the key of "KEY" or "KEY=GLOB", if it is that one; else NULL. */
static const char *behind_key(const char *wanted, const char *key)
{
        while (*wanted == *key && *key != '\0' && *wanted != '=') {
                wanted++;
                key++;
        }
        return *key == '\0' && (*wanted == '\0' || *wanted == '=') ? wanted : NULL;
}

/* Were a key there twice, either would do. */
static bool pair_holds(const char *wanted, const struct pl_pairs *pairs,
                       struct pl_mismatch *mismatch)
{
        mismatch->wanted = wanted;
        mismatch->found = NULL;

        for (size_t i = 0; i < pairs->count; i++) {
                const struct pl_pair *pair = &pairs->items[i];
                const char *behind = behind_key(wanted, pair->key);

                if (!behind)
                        continue;
                if (*behind == '\0' || glob_holds(behind + 1, PL_GLOB_NAME, pair->value))
                        return true;
                if (!mismatch->found)
                        mismatch->found = pair->value;
        }
        return false;
}

static bool pairs_hold(const struct pl_strings *wanted, const struct pl_pairs *pairs,
                       struct pl_mismatch *mismatch)
{
        for (size_t i = 0; i < wanted->count; i++)
                if (!pair_holds(wanted->items[i], pairs, mismatch))
                        return false;
        return true;
}

static bool word_holds(const char *const *words, unsigned wanted, int found,
                       struct pl_mismatch *mismatch)
{
        mismatch->wanted = words[wanted];
        mismatch->found = found < 0 ? NULL : words[found];
        return found >= 0 && (unsigned) found == wanted;
}

static bool k8s_key_holds(const struct pl_kubernetes_selector *k8s,
                          enum pl_kubernetes_selector_key key,
                          const struct pl_workload_identity *workload, struct pl_mismatch *mismatch)
{
        mismatch->k8s_key = key;

        switch (key) {
        case PL_K8S_NAMESPACE:
                return text_holds(k8s->namespace_, PL_GLOB_NAME, workload->k8s_namespace, mismatch);
        case PL_K8S_POD:
                return text_holds(k8s->pod, PL_GLOB_NAME, workload->k8s_pod, mismatch);
        case PL_K8S_CONTAINER:
                return text_holds(k8s->container, PL_GLOB_NAME, workload->k8s_container, mismatch);
        case PL_K8S_QOS:
                pl_assert(workload->qos < PL_QOS_COUNT);
                return word_holds(pl_qos_words(), k8s->qos, workload->qos, mismatch);
        case PL_K8S_KEYS:
                break;
        }
        pl_unreachable();
}

static bool k8s_holds(const struct pl_kubernetes_selector *k8s,
                      const struct pl_workload_identity *workload, struct pl_mismatch *mismatch)
{
        for (uint32_t keys = k8s->fields.set; keys != 0; keys &= keys - 1)
                if (!k8s_key_holds(k8s, (enum pl_kubernetes_selector_key) __builtin_ctz(keys),
                                   workload, mismatch))
                        return false;
        return true;
}

static bool owner_holds(const struct pl_users *trusted, uint32_t uid, struct pl_mismatch *mismatch)
{
        mismatch->wanted = mismatch->found = NULL;
        return trusted->first <= uid && uid <= trusted->last;
}

bool pl_selector_takes_every_path(const struct pl_selector *selector)
{
        pl_assert(selector);
        return PL_HAS(selector, PL_SELECT_PATH) &&
               (strcmp(selector->path, "**") == 0 || strcmp(selector->path, "/**") == 0);
}

static bool key_holds(const struct pl_selector *selector, enum pl_selector_key key,
                      const struct pl_workload_identity *workload, struct pl_mismatch *mismatch)
{
        switch (key) {
        case PL_SELECT_PATH:
                return pl_selector_takes_every_path(selector) ||
                       text_holds(selector->path, PL_GLOB_PATH, workload->path, mismatch);
        case PL_SELECT_UNIT:
                return text_holds(selector->unit, PL_GLOB_NAME, workload->unit, mismatch);
        case PL_SELECT_SLICE:
                return slice_holds(selector->slice, workload, mismatch);
        case PL_SELECT_CONTAINER:
                return text_holds(selector->container, PL_GLOB_NAME, workload->container, mismatch);
        case PL_SELECT_IMAGE:
                return text_holds(selector->image, PL_GLOB_NAME, workload->image, mismatch);
        case PL_SELECT_LABEL:
                return pairs_hold(&selector->labels, &workload->labels, mismatch);
        case PL_SELECT_RUNTIME:
                pl_assert(workload->runtime < PL_RUNTIME_COUNT);
                return word_holds(pl_runtime_words(), selector->runtime, workload->runtime,
                                  mismatch);
        case PL_SELECT_K8S:
                return k8s_holds(&selector->k8s, workload, mismatch);
        case PL_SELECT_XATTR:
                return pairs_hold(&selector->xattrs, &workload->xattrs, mismatch);
        case PL_SELECT_OWNER:
                return owner_holds(&selector->owner, workload->owner_uid, mismatch);
        case PL_SELECT_KEYS:
                break;
        }
        pl_unreachable();
}

bool pl_selector_matches(const struct pl_selector *selector,
                         const struct pl_workload_identity *workload,
                         struct pl_mismatch *ret_mismatch)
{
        struct pl_mismatch mismatch = {};

        pl_assert(selector);
        pl_assert(workload);

        for (uint32_t keys = selector->fields.set | 1U << PL_SELECT_OWNER; keys != 0;
             keys &= keys - 1) {
                mismatch.key = (enum pl_selector_key) __builtin_ctz(keys);
                if (key_holds(selector, mismatch.key, workload, &mismatch))
                        continue;
                if (ret_mismatch)
                        *ret_mismatch = mismatch;
                return false;
        }
        return true;
}

size_t pl_selectors_match(const struct pl_selectors *selectors,
                          const struct pl_workload_identity *workload)
{
        size_t i = 0;

        pl_assert(selectors);

        while (i < selectors->count && !pl_selector_matches(&selectors->entries[i], workload, NULL))
                i++;
        return i;
}

bool pl_workload_is_runtimes_own(const struct pl_workload_identity *workload)
{
        pl_assert(workload);

        return workload->owner_uid == 0 &&
               (workload->kind == PL_WORKLOAD_HELPER || workload->kind == PL_WORKLOAD_SANDBOX);
}

size_t pl_policy_match(const struct pl_policy *policy, const struct pl_workload_identity *workload,
                       size_t *ret_entry)
{
        pl_assert(policy);

        if (pl_workload_is_runtimes_own(workload))
                return policy->profile_count;
        for (size_t i = 0; i < policy->profile_count; i++) {
                const struct pl_document *document = policy->profiles[i];
                size_t entry;

                pl_assert(document->kind == PL_DOCUMENT_PROFILE);
                entry = pl_selectors_match(&document->profile.match, workload);
                if (entry == document->profile.match.count)
                        continue;
                if (ret_entry)
                        *ret_entry = entry;
                return i;
        }
        return policy->profile_count;
}

bool pl_order_has_ended(const struct pl_order *order, int64_t now_sec)
{
        pl_assert(order);

        return PL_HAS(order, PL_ORDER_EXPIRES) && order->expires_sec <= now_sec;
}

bool pl_order_names_nobody(const struct pl_order *order)
{
        pl_assert(order);

        return !PL_HAS(order, PL_ORDER_WORKLOAD) && !PL_HAS(order, PL_ORDER_CGROUP_ID);
}
