/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Selectors for tests of matching and reach: from a line of words, "unit=web.service label=tier=*  owner=any", and at random
 * over an alphabet so small that they often agree. */

#include "plimsoll/model/profile.h"
#include "plimsoll/policy/glob.h"
#include "test.h"

enum { TEST_SELECTOR_TEXT_MAX = 256 };

/* Its strings point into its own text, so that it must not be copied. */
struct test_selector {
        struct pl_selector selector;
        char text[TEST_SELECTOR_TEXT_MAX];
        size_t used;
};

static inline const char *test_selector_keep(struct test_selector *keeper, const char *string)
{
        size_t size = strlen(string) + 1;
        char *copy = &keeper->text[keeper->used];

        assert_true(keeper->used + size <= sizeof keeper->text);
        memcpy(copy, string, size);
        keeper->used += size;
        return copy;
}

static inline void test_selector_give(struct pl_selector *selector, enum pl_selector_key key)
{
        selector->fields.set |= 1U << key;
}

static inline unsigned test_word(const char *value, const char *const *words)
{
        unsigned i = 0;

        while (words[i] && strcmp(words[i], value) != 0)
                i++;
        assert_non_null(words[i]);
        return i;
}

static inline void test_selector_put_k8s(struct pl_selector *selector, const char *key,
                                         const char *value)
{
        static const char *const classes[] = { "Guaranteed", "Burstable", "BestEffort", NULL };
        static const char *const keys[] = { "namespace", "pod", "k8s-container", "qos", NULL };
        struct pl_kubernetes_selector *k8s = &selector->k8s;
        unsigned index = test_word(key, keys);

        test_selector_give(selector, PL_SELECT_K8S);
        k8s->fields.set |= 1U << index;
        if (index == PL_K8S_NAMESPACE)
                k8s->namespace_ = value;
        else if (index == PL_K8S_POD)
                k8s->pod = value;
        else if (index == PL_K8S_CONTAINER)
                k8s->container = value;
        else
                k8s->qos = test_word(value, classes);
}

static inline void test_selector_put_owner(struct pl_selector *selector, const char *value)
{
        struct pl_span last = pl_span_of(value), first = pl_span_until(&last, '-');

        test_selector_give(selector, PL_SELECT_OWNER);
        selector->owner = (struct pl_users){ 0, PL_USERS_ANY };
        if (strcmp(value, "any") == 0)
                return;
        assert_int_equal(pl_span_to_u32(first, &selector->owner.first), 0);
        assert_int_equal(pl_span_to_u32(last, &selector->owner.last), 0);
}

/* Where the value of a key goes that is a pattern, or one more of a list. */
static inline const char **test_selector_text(struct pl_selector *selector, unsigned key)
{
        switch (key) {
        case PL_SELECT_PATH:
                return &selector->path;
        case PL_SELECT_UNIT:
                return &selector->unit;
        case PL_SELECT_SLICE:
                return &selector->slice;
        case PL_SELECT_CONTAINER:
                return &selector->container;
        case PL_SELECT_IMAGE:
                return &selector->image;
        case PL_SELECT_LABEL:
                return &selector->labels.items[selector->labels.count++];
        default:
                assert_int_equal(key, PL_SELECT_XATTR);
                return &selector->xattrs.items[selector->xattrs.count++];
        }
}

static inline void test_selector_put(struct pl_selector *selector, const char *key,
                                     const char *value)
{
        static const char *const keys[] = { "path",  "unit",  "slice",   "container",
                                            "image", "label", "runtime", "-unused",
                                            "xattr", "owner", NULL };
        static const char *const runtimes[] = { "systemd", "docker", "podman", "containerd",
                                                "crio",    "lxc",    "nspawn", NULL };
        unsigned index = 0;

        while (keys[index] && strcmp(keys[index], key) != 0)
                index++;
        if (!keys[index]) {
                test_selector_put_k8s(selector, key, value);
                return;
        }
        test_selector_give(selector, (enum pl_selector_key) index);
        if (index == PL_SELECT_OWNER)
                test_selector_put_owner(selector, value);
        else if (index == PL_SELECT_RUNTIME)
                selector->runtime = test_word(value, runtimes);
        else
                *test_selector_text(selector, index) = value;
}

/* Words of the form KEY=VALUE with blanks between. The place of each key gets that line. */
static inline void test_selector_parse(struct test_selector *selector, const char *line,
                                       uint32_t number)
{
        char words[TEST_SELECTOR_TEXT_MAX], *rest = words, *word;

        *selector = (struct test_selector){};
        assert_true(strlen(line) < sizeof words);
        memcpy(words, line, strlen(line) + 1);
        while ((word = strsep(&rest, " "))) {
                char *value = strchr(word, '=');

                if (!value)
                        continue;
                *value++ = '\0';
                test_selector_put(&selector->selector, word, test_selector_keep(selector, value));
        }
        for (size_t i = 0; i < PL_SELECT_KEYS; i++)
                selector->selector.fields.at[i] = (struct pl_place){ number, 7, 1 };
}

/* One to four pieces of names or paths over two letters; always a pattern. */
static inline void test_random_pattern(struct test_random *random, enum pl_glob_kind kind,
                                       char buffer[16])
{
        static const char *const name_pieces[] = { "a", "b", "a", "*", "?", "[ab]", "[!a]", "/" };
        static const char *const path_pieces[] = {
                "/a", "/b", "/*", "/**", "/?", "b", "*", "/[ab]"
        };
        const char *const *pieces = kind == PL_GLOB_NAME ? name_pieces : path_pieces;

        do {
                size_t count = 1 + test_random_below(random, 3), used = 0;

                for (size_t i = 0; i < count; i++) {
                        const char *piece = pieces[test_random_below(random, 8)];

                        memcpy(&buffer[used], piece, strlen(piece) + 1);
                        used += strlen(piece);
                }
        } while (pl_glob_check(pl_span_of(buffer), kind, NULL) != 0);
}

/* A value for that key, often the same. */
static inline void test_random_value(struct test_random *random, const char *key, char buffer[24])
{
        static const char *const owners[] = { "any", "0-0", "0-9", "5-5" };
        static const char *const labels[] = { "a", "b", "a=", "b=" };
        static const char *const runtimes[] = { "docker", "crio" };
        static const char *const classes[] = { "Burstable", "BestEffort" };
        size_t pick = test_random_below(random, 4);
        bool pair = strcmp(key, "label") == 0 || strcmp(key, "xattr") == 0;
        const char *word = pair                          ? labels[pick]
                           : strcmp(key, "owner") == 0   ? owners[pick]
                           : strcmp(key, "runtime") == 0 ? runtimes[pick / 2]
                           : strcmp(key, "qos") == 0     ? classes[pick / 2]
                                                         : "";
        char pattern[16] = "";

        if (*word == '\0' || (pair && pick > 1))
                test_random_pattern(random, strcmp(key, "path") == 0 ? PL_GLOB_PATH : PL_GLOB_NAME,
                                    pattern);
        snprintf(buffer, 24, "%s%.15s", word, pattern);
}

/* One to three keys. */
static inline void test_random_selector(struct test_random *random, struct test_selector *selector)
{
        static const char *const keys[] = { "path",      "unit",  "slice",        "container",
                                            "image",     "label", "label",        "xattr",
                                            "namespace", "pod",   "owner",        "runtime",
                                            "container", "qos",   "k8s-container" };
        size_t count = 1 + test_random_below(random, 3);

        *selector = (struct test_selector){};
        for (size_t i = 0; i < count; i++) {
                const char *key = keys[test_random_below(random, PL_ARRAY_LENGTH(keys))];
                char value[24];

                test_random_value(random, key, value);
                test_selector_put(&selector->selector, key, test_selector_keep(selector, value));
        }
}
