/* SPDX-License-Identifier: Apache-2.0 */

/* An entry covers another if each of its keys is one of the other's too and takes at least as much there. That leaves
 * things unseen, a slice that implies a path for one, and is never wrong: a profile that is said to be out of reach is.
 * It has a file beside match.c because it holds patterns against patterns and never sees a workload.
 */

#include "plimsoll/policy/match.h"

#include "plimsoll/base/assert.h"
#include "plimsoll/policy/glob.h"

static bool glob_covers(const char *wider, const char *narrower, enum pl_glob_kind kind)
{
        return pl_glob_covers(pl_span_of(wider), pl_span_of(narrower), kind);
}

/* "KEY" covers "KEY=GLOB" and not the other way round: who has a label need not have given it a value. */
static bool pair_covers(const char *wider, const char *narrower)
{
        size_t length = strcspn(wider, "=");

        if (length != strcspn(narrower, "=") || memcmp(wider, narrower, length) != 0)
                return false;
        if (wider[length] == '\0')
                return true;
        return narrower[length] != '\0' &&
               glob_covers(wider + length + 1, narrower + length + 1, PL_GLOB_NAME);
}

static bool pairs_cover(const struct pl_strings *wider, const struct pl_strings *narrower)
{
        for (size_t i = 0; i < wider->count; i++) {
                size_t k = 0;

                while (k < narrower->count && !pair_covers(wider->items[i], narrower->items[k]))
                        k++;
                if (k == narrower->count)
                        return false;
        }
        return true;
}

static bool k8s_key_covers(const struct pl_kubernetes_selector *wider,
                           const struct pl_kubernetes_selector *narrower,
                           enum pl_kubernetes_selector_key key)
{
        switch (key) {
        case PL_K8S_NAMESPACE:
                return glob_covers(wider->namespace_, narrower->namespace_, PL_GLOB_NAME);
        case PL_K8S_POD:
                return glob_covers(wider->pod, narrower->pod, PL_GLOB_NAME);
        case PL_K8S_CONTAINER:
                return glob_covers(wider->container, narrower->container, PL_GLOB_NAME);
        case PL_K8S_QOS:
                return wider->qos == narrower->qos;
        case PL_K8S_KEYS:
                break;
        }
        pl_unreachable();
}

static bool k8s_covers(const struct pl_kubernetes_selector *wider,
                       const struct pl_kubernetes_selector *narrower)
{
        if ((wider->fields.set & ~narrower->fields.set) != 0)
                return false;
        for (uint32_t keys = wider->fields.set; keys != 0; keys &= keys - 1)
                if (!k8s_key_covers(wider, narrower,
                                    (enum pl_kubernetes_selector_key) __builtin_ctz(keys)))
                        return false;
        return true;
}

static bool key_covers(const struct pl_selector *wider, const struct pl_selector *narrower,
                       enum pl_selector_key key)
{
        switch (key) {
        case PL_SELECT_PATH:
                return glob_covers(wider->path, narrower->path, PL_GLOB_PATH);
        case PL_SELECT_UNIT:
                return glob_covers(wider->unit, narrower->unit, PL_GLOB_NAME);
        case PL_SELECT_SLICE:
                return glob_covers(wider->slice, narrower->slice, PL_GLOB_NAME);
        case PL_SELECT_CONTAINER:
                return glob_covers(wider->container, narrower->container, PL_GLOB_NAME);
        case PL_SELECT_IMAGE:
                return glob_covers(wider->image, narrower->image, PL_GLOB_NAME);
        case PL_SELECT_LABEL:
                return pairs_cover(&wider->labels, &narrower->labels);
        case PL_SELECT_RUNTIME:
                return wider->runtime == narrower->runtime;
        case PL_SELECT_K8S:
                return k8s_covers(&wider->k8s, &narrower->k8s);
        case PL_SELECT_XATTR:
                return pairs_cover(&wider->xattrs, &narrower->xattrs);
        case PL_SELECT_OWNER: /* given or not, looked at before the others */
                return true;
        case PL_SELECT_KEYS:
                break;
        }
        pl_unreachable();
}

bool pl_selector_covers(const struct pl_selector *wider, const struct pl_selector *narrower)
{
        uint32_t keys;

        pl_assert(wider);
        pl_assert(narrower);

        if (wider->owner.first > narrower->owner.first || wider->owner.last < narrower->owner.last)
                return false;
        keys = wider->fields.set & ~(1U << PL_SELECT_OWNER);
        if (pl_selector_takes_every_path(wider))
                keys &= ~(1U << PL_SELECT_PATH);
        if ((keys & ~narrower->fields.set) != 0)
                return false;
        for (; keys != 0; keys &= keys - 1)
                if (!key_covers(wider, narrower, (enum pl_selector_key) __builtin_ctz(keys)))
                        return false;
        return true;
}
