/* SPDX-License-Identifier: Apache-2.0 */

/* Every key of a selector comes down to the same few facts: which key, what its pattern literally begins with, and where
 * that is nothing, the longest run of letters in it. The key of a label is literal and so the beginning of its pattern; a
 * word of a list is its number, taken as bytes. Every entry has a last trait, its owner, that says nothing: those that have
 * no other are filed there.
 */

#include "glob_class.h"
#include "plimsoll/base/assert.h"
#include "plimsoll/policy/match.h"
#include "reach_index.h"

/* Bytes of the wildcard at the front: 0 where there is a letter. In a path the '/' before a "**" belongs to that. */
static size_t wildcard_length(struct pl_span at, enum pl_glob_kind kind)
{
        if (at.data[0] == '[')
                return pl_glob_class_length(at, kind);
        if (at.data[0] == '*' || at.data[0] == '?')
                return 1;
        return kind == PL_GLOB_PATH && pl_span_starts_with(at, "/**") ? 3 : 0;
}

static struct pl_span longest_run(struct pl_span pattern, enum pl_glob_kind kind)
{
        struct pl_span longest = {}, run = {};

        while (pattern.length > 0) {
                size_t wild = wildcard_length(pattern, kind);

                run = wild ? pl_span(NULL, 0)
                           : pl_span(run.length ? run.data : pattern.data, run.length + 1);
                if (run.length > longest.length)
                        longest = run;
                pattern = pl_span_from(pattern, wild ? wild : 1);
        }
        return longest;
}

static struct pl_reach_trait *add_trait(struct pl_reach_traits *traits, unsigned kind)
{
        pl_assert(traits->count < PL_REACH_TRAITS_MAX);

        traits->items[traits->count] = (struct pl_reach_trait){ .kind = kind };
        return &traits->items[traits->count++];
}

static void add_glob(struct pl_reach_traits *traits, unsigned kind, enum pl_glob_kind glob_kind,
                     const char *pattern)
{
        struct pl_reach_trait *trait = add_trait(traits, kind);

        trait->pattern = pl_span_of(pattern);
        trait->literal = pl_glob_literal(trait->pattern, glob_kind, &trait->whole);
        if (pl_span_empty(trait->literal))
                trait->run = longest_run(trait->pattern, glob_kind);
}

/* "KEY" is a prefix and no more, for it covers "KEY=GLOB". */
static void add_pairs(struct pl_reach_traits *traits, unsigned kind,
                      const struct pl_strings *strings)
{
        for (size_t i = 0; i < strings->count; i++) {
                struct pl_reach_trait *trait = add_trait(traits, kind);
                struct pl_span glob;

                glob = trait->pattern = trait->literal = pl_span_of(strings->items[i]);
                (void) pl_span_until(&glob, '=');
                if (pl_span_empty(glob))
                        continue;
                trait->literal.length -= glob.length;
                trait->literal.length += pl_glob_literal(glob, PL_GLOB_NAME, &trait->whole).length;
        }
}

static void add_word(struct pl_reach_traits *traits, unsigned kind, const unsigned *word)
{
        struct pl_reach_trait *trait = add_trait(traits, kind);

        trait->pattern = trait->literal = pl_span((const char *) word, sizeof *word);
        trait->whole = true;
}

static void add_k8s(struct pl_reach_traits *traits, const struct pl_kubernetes_selector *k8s)
{
        if (PL_HAS(k8s, PL_K8S_NAMESPACE))
                add_glob(traits, PL_SELECT_KEYS + PL_K8S_NAMESPACE, PL_GLOB_NAME, k8s->namespace_);
        if (PL_HAS(k8s, PL_K8S_POD))
                add_glob(traits, PL_SELECT_KEYS + PL_K8S_POD, PL_GLOB_NAME, k8s->pod);
        if (PL_HAS(k8s, PL_K8S_CONTAINER))
                add_glob(traits, PL_SELECT_KEYS + PL_K8S_CONTAINER, PL_GLOB_NAME, k8s->container);
        if (PL_HAS(k8s, PL_K8S_QOS))
                add_word(traits, PL_SELECT_KEYS + PL_K8S_QOS, &k8s->qos);
}

void pl_reach_find_traits(struct pl_reach_traits *traits, const struct pl_selector *selector)
{
        pl_assert(traits);
        pl_assert(selector);

        traits->count = 0;
        if (PL_HAS(selector, PL_SELECT_PATH) && !pl_selector_takes_every_path(selector))
                add_glob(traits, PL_SELECT_PATH, PL_GLOB_PATH, selector->path);
        if (PL_HAS(selector, PL_SELECT_UNIT))
                add_glob(traits, PL_SELECT_UNIT, PL_GLOB_NAME, selector->unit);
        if (PL_HAS(selector, PL_SELECT_SLICE))
                add_glob(traits, PL_SELECT_SLICE, PL_GLOB_NAME, selector->slice);
        if (PL_HAS(selector, PL_SELECT_CONTAINER))
                add_glob(traits, PL_SELECT_CONTAINER, PL_GLOB_NAME, selector->container);
        if (PL_HAS(selector, PL_SELECT_IMAGE))
                add_glob(traits, PL_SELECT_IMAGE, PL_GLOB_NAME, selector->image);
        if (PL_HAS(selector, PL_SELECT_LABEL))
                add_pairs(traits, PL_SELECT_LABEL, &selector->labels);
        if (PL_HAS(selector, PL_SELECT_RUNTIME))
                add_word(traits, PL_SELECT_RUNTIME, &selector->runtime);
        if (PL_HAS(selector, PL_SELECT_K8S))
                add_k8s(traits, &selector->k8s);
        if (PL_HAS(selector, PL_SELECT_XATTR))
                add_pairs(traits, PL_SELECT_XATTR, &selector->xattrs);
        (void) add_trait(traits, PL_SELECT_OWNER);
}
