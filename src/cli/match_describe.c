/* SPDX-License-Identifier: Apache-2.0 */

/* The keys are those of an entry of `match`, so that what stands in a file can be typed here. What a path says of itself
 * need not be said again: its last part is the unit, where it has a unit's name, and its innermost slice the slice.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "match.h"
#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"
#include "plimsoll/base/nearest.h"
#include "plimsoll/policy/words.h"

enum {
        KEY_MAX = 32, /* "k8s.container" */
        KEYS_MAX = PL_SELECT_KEYS - 1 + PL_K8S_KEYS,
        QUOTED_MAX = 120, /* of a word that is not understood: a line of a terminal and a half */
};

static const char example[] = "Such as 'plimsoll match nginx', by its path or a pid, or one that "
                              "is described: --describe "
                              "label=plimsoll.profile=batch\n";

/* The names of all keys; those of Kubernetes have that before them. */
struct keys {
        size_t count;
        const char *names[KEYS_MAX];
        char k8s[PL_K8S_KEYS][KEY_MAX];
};

static void list_keys(struct keys *keys)
{
        struct pl_text text;

        keys->count = 0;
        for (unsigned i = 0; i < PL_SELECT_KEYS; i++)
                if (i != PL_SELECT_K8S)
                        keys->names[keys->count++] = pl_selector_word(i);
        for (unsigned i = 0; i < PL_K8S_KEYS; i++) {
                pl_text_init(&text, keys->k8s[i], KEY_MAX);
                pl_text_addf(&text, "%s.%s", pl_selector_word(PL_SELECT_K8S),
                             pl_kubernetes_word(i));
                keys->names[keys->count++] = keys->k8s[i];
        }
        pl_assert(keys->count == KEYS_MAX);
}

/* ---- what is not understood ---- */

static void add_quoted(struct pl_text *words, struct pl_span span)
{
        pl_text_add(words, "'");
        pl_text_add_clean(words, pl_span(span.data, PL_MIN(span.length, (size_t) QUOTED_MAX)));
        pl_text_add(words, span.length > QUOTED_MAX ? "...'" : "'");
}

static enum pl_cli_exit refuse(struct pl_text *words, struct pl_span pair, const char *why,
                               const char *advice)
{
        pl_text_add(words, "plimsoll: --describe ");
        add_quoted(words, pair);
        pl_text_addf(words, " %s\n%s", why, advice);
        return PL_CLI_USAGE;
}

/* "namespace" is meant as "k8s.namespace". */
static const char *find_k8s(const struct keys *keys, const char *word)
{
        for (size_t i = 0; i < PL_K8S_KEYS; i++)
                if (strcmp(strchr(keys->k8s[i], '.') + 1, word) == 0)
                        return keys->k8s[i];
        return NULL;
}

static enum pl_cli_exit refuse_key(struct pl_text *words, const struct keys *keys,
                                   struct pl_span pair, struct pl_span key)
{
        char buffer[KEY_MAX];
        struct pl_text word;
        const char *meant;

        pl_text_init(&word, buffer, sizeof buffer);
        pl_text_add_span(&word, key);
        meant = find_k8s(keys, buffer);
        if (!meant)
                meant = pl_nearest(buffer, keys->names, keys->count);
        (void) refuse(words, pair, "has a key that is not known", "");
        if (meant) {
                pl_text_addf(words, "Did you mean '%s'?\n", meant);
                return PL_CLI_USAGE;
        }
        pl_text_add(words, "The keys are");
        for (size_t i = 0; i < keys->count; i++)
                pl_text_addf(words, "%s %s", i == 0 ? "" : ",", keys->names[i]);
        pl_text_add(words, ".\n");
        return PL_CLI_USAGE;
}

/* ---- values ---- */

static enum pl_cli_exit set_word(struct pl_text *words, struct pl_span pair, const char *value,
                                 const char *const *known, int *field)
{
        const char *nearest;
        int i;

        for (i = 0; known[i]; i++)
                if (strcmp(known[i], value) == 0) {
                        *field = i;
                        return PL_CLI_FINE;
                }
        (void) refuse(words, pair, "has a value that is not known", "");
        nearest = pl_nearest(value, known, (size_t) i);
        if (nearest) {
                pl_text_addf(words, "Did you mean '%s'?\n", nearest);
                return PL_CLI_USAGE;
        }
        pl_text_add(words, "There are");
        for (i = 0; known[i]; i++)
                pl_text_addf(words, "%s %s", i == 0 ? "" : ",", known[i]);
        pl_text_add(words, ".\n");
        return PL_CLI_USAGE;
}

static enum pl_cli_exit set_owner(struct pl_text *words, struct pl_span pair, const char *value,
                                  uint32_t *field)
{
        *field = 0;
        if (strcmp(value, "root") == 0)
                return PL_CLI_FINE;
        if (pl_span_to_u32(pl_span_of(value), field) == 0 && *field != PL_USERS_ANY)
                return PL_CLI_FINE;
        return refuse(words, pair, "is no user", "Write root, or a user's number: owner=1000\n");
}

/* Keeps a copy, which lives as long as the description. */
static char *keep(struct pl_match_description *description, struct pl_span span)
{
        char *copy = strndup(span.data, span.length);

        pl_assert(description->owned_count < PL_ARRAY_LENGTH(description->owned));
        if (copy)
                description->owned[description->owned_count++] = copy;
        return copy;
}

static enum pl_cli_exit add_pair(struct pl_match_description *description, struct pl_text *words,
                                 struct pl_span pair, const char *value, struct pl_pair *items,
                                 struct pl_pairs *pairs)
{
        struct pl_span rest = pl_span_of(value), key = pl_span_until(&rest, '=');

        if (pl_span_empty(key))
                return refuse(words, pair, "names none", "Write it as label=KEY=VALUE\n");
        items[pairs->count].key = keep(description, key);
        items[pairs->count].value = rest.data; /* to the end of the argument, or its end */
        if (!items[pairs->count].key) {
                pl_text_addf(words, "plimsoll: %s\n", strerrordesc_np(ENOMEM));
                return PL_CLI_FAILED;
        }
        pairs->items = items;
        pairs->count++;
        return PL_CLI_FINE;
}

static enum pl_cli_exit set_k8s(struct pl_workload_identity *identity, struct pl_text *words,
                                struct pl_span pair, enum pl_kubernetes_selector_key key,
                                const char *value)
{
        switch (key) {
        case PL_K8S_NAMESPACE:
                identity->k8s_namespace = value;
                return PL_CLI_FINE;
        case PL_K8S_POD:
                identity->k8s_pod = value;
                return PL_CLI_FINE;
        case PL_K8S_CONTAINER:
                identity->k8s_container = value;
                return PL_CLI_FINE;
        case PL_K8S_QOS:
                return set_word(words, pair, value, pl_qos_words(), &identity->qos);
        case PL_K8S_KEYS:
                break;
        }
        pl_unreachable();
}

static enum pl_cli_exit set(struct pl_match_description *description, struct pl_text *words,
                            struct pl_span pair, enum pl_selector_key key, const char *value)
{
        struct pl_workload_identity *identity = &description->identity;

        switch (key) {
        case PL_SELECT_PATH:
                identity->path = value;
                return *value == '/' ? PL_CLI_FINE
                                     : refuse(words, pair, "is no path of a cgroup",
                                              "It begins at the root of the hierarchy: "
                                              "path=/system.slice/nginx.service\n");
        case PL_SELECT_UNIT:
                identity->unit = value;
                return PL_CLI_FINE;
        case PL_SELECT_SLICE:
                identity->slice = value;
                return PL_CLI_FINE;
        case PL_SELECT_CONTAINER:
                identity->container = value;
                return PL_CLI_FINE;
        case PL_SELECT_IMAGE:
                identity->image = value;
                return PL_CLI_FINE;
        case PL_SELECT_LABEL:
                return add_pair(description, words, pair, value, description->labels,
                                &identity->labels);
        case PL_SELECT_XATTR:
                return add_pair(description, words, pair, value, description->xattrs,
                                &identity->xattrs);
        case PL_SELECT_RUNTIME:
                return set_word(words, pair, value, pl_runtime_words(), &identity->runtime);
        case PL_SELECT_OWNER:
                return set_owner(words, pair, value, &identity->owner_uid);
        case PL_SELECT_K8S:
        case PL_SELECT_KEYS:
                break;
        }
        pl_unreachable();
}

/* ---- pairs ---- */

/* The index in the list of keys; its count when it is none. */
static size_t find_key(const struct keys *keys, struct pl_span key)
{
        size_t i = 0;

        while (i < keys->count && !pl_span_equals(key, keys->names[i]))
                i++;
        return i;
}

static enum pl_cli_exit add(struct pl_match_description *description, struct pl_text *words,
                            const struct keys *keys, const char *argument)
{
        struct pl_span pair = pl_span_of(argument), rest = pair, key = pl_span_until(&rest, '=');
        size_t index = find_key(keys, key);
        enum pl_selector_key selector_key;

        if (index == keys->count)
                return refuse_key(words, keys, pair, key);
        if (pl_span_empty(rest))
                return refuse(words, pair, "has no value", "Write it as KEY=VALUE\n");
        if (index >= PL_SELECT_KEYS - 1)
                selector_key = PL_SELECT_K8S;
        else
                selector_key = (enum pl_selector_key)(index + (index >= PL_SELECT_K8S));
        if (selector_key != PL_SELECT_LABEL && selector_key != PL_SELECT_XATTR &&
            description->given & 1U << index)
                return refuse(words, pair, "comes second: a workload has one", "Say it once\n");
        description->given |= 1U << index;

        if (selector_key == PL_SELECT_K8S)
                return set_k8s(&description->identity, words, pair,
                               (enum pl_kubernetes_selector_key)(index - (PL_SELECT_KEYS - 1)),
                               rest.data);
        return set(description, words, pair, selector_key, rest.data);
}

static bool is_unit(struct pl_span part)
{
        return pl_span_ends_with(part, ".service") || pl_span_ends_with(part, ".scope");
}

/* What the path says, where nobody has said otherwise. Without memory for it, it stays unsaid. */
static void derive(struct pl_match_description *description)
{
        struct pl_workload_identity *identity = &description->identity;
        struct pl_span rest, part = {}, slice = {};

        if (!identity->path)
                return;
        rest = pl_span_of(identity->path);
        while (!pl_span_empty(rest)) {
                part = pl_span_until(&rest, '/');
                if (pl_span_ends_with(part, ".slice"))
                        slice = part;
        }
        if (!identity->unit && is_unit(part))
                identity->unit = keep(description, part);
        if (!identity->slice && !pl_span_empty(slice))
                identity->slice = keep(description, slice);
}

enum pl_cli_exit pl_match_describe(const char *const *pairs, size_t count, struct pl_text *words,
                                   struct pl_match_description *ret_description)
{
        enum pl_cli_exit exit_code = PL_CLI_FINE;
        struct keys keys;

        pl_assert(count <= PL_CLI_REPEATS_MAX);
        pl_assert(words && ret_description);

        *ret_description = (struct pl_match_description){ .identity = { .qos = -1,
                                                                        .runtime = -1 } };
        if (count == 0) {
                pl_text_addf(words, "plimsoll: match needs a workload\n%s", example);
                return PL_CLI_USAGE;
        }
        list_keys(&keys);
        for (size_t i = 0; i < count && exit_code == PL_CLI_FINE; i++)
                exit_code = add(ret_description, words, &keys, pairs[i]);
        derive(ret_description);
        return exit_code;
}

void pl_match_description_done(struct pl_match_description *description)
{
        pl_assert(description);

        for (size_t i = 0; i < description->owned_count; i++)
                free(description->owned[i]);
        *description = (struct pl_match_description){};
}
