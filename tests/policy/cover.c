/* SPDX-License-Identifier: Apache-2.0 */

/* Which selector covers which, and that whoever covers another matches all that it matches. */

#include "plimsoll/policy/match.h"
#include "selector.h"

static const struct {
        const char *wider, *narrower;
        bool covers;
} covers[] = {
        { "unit=a*", "unit=ab", true },
        { "unit=a*", "unit=b", false },
        { "unit=a", "container=a", false },
        { "unit=a", "unit=a container=b", true },
        { "unit=a container=b", "unit=a", false },
        { "path=/a/**", "path=/a/b/*", true },
        { "path=/a/*", "path=/a/b/*", false },
        { "path=/a.slice/**", "slice=a.slice", false },
        { "slice=a.slice", "path=/a.slice/**", false },
        { "slice=*", "slice=a.slice", true },
        { "image=*", "image=*/x:*", true },
        { "label=a", "label=a", true },
        { "label=a", "label=a=x", true },
        { "label=a=*", "label=a", false },
        { "label=a=x*", "label=a=xy", true },
        { "label=a=xy", "label=a=x*", false },
        { "label=a", "label=ab", false },
        { "label=ab", "label=a", false },
        { "label=a", "label=b label=a=1", true },
        { "label=a label=b", "label=b label=a=1", true },
        { "label=a label=b", "label=a=1 label=a=2", false },
        { "label=a", "xattr=a", false },
        { "xattr=a=*", "xattr=a=1", true },
        { "runtime=docker", "runtime=docker", true },
        { "runtime=docker", "runtime=crio", false },
        { "namespace=a", "namespace=a pod=b", true },
        { "namespace=a pod=b", "namespace=a", false },
        { "namespace=a", "pod=a", false },
        { "qos=Burstable", "qos=Burstable", true },
        { "qos=Burstable", "qos=BestEffort", false },
        { "k8s-container=a*", "k8s-container=a", true },
        { "unit=a", "unit=a owner=any", false },
        { "unit=a owner=any", "unit=a", true },
        { "unit=a owner=any", "unit=a owner=5-9", true },
        { "unit=a owner=5-9", "unit=a owner=5-9", true },
        { "unit=a owner=5-9", "unit=a owner=5-10", false },
        { "unit=a owner=5-9", "unit=a owner=4-9", false },
        { "unit=a owner=0-0", "unit=a", true },
        { "owner=any", "unit=a", true },
        { "unit=a", "owner=any", false },
};

static void covers_what_is_certain(void **state)
{
        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(covers); i++) {
                struct test_selector wider, narrower;
                char row[128];

                snprintf(row, sizeof row, "%s over %s", covers[i].wider, covers[i].narrower);
                test_selector_parse(&wider, covers[i].wider, 1);
                test_selector_parse(&narrower, covers[i].narrower, 1);
                assert_row(row, pl_selector_covers(&wider.selector, &narrower.selector) ==
                                        covers[i].covers);
                assert_row(row, pl_selector_covers(&wider.selector, &wider.selector));
        }
}

static const char *random_name(struct test_random *random)
{
        static const char *const names[] = { NULL, "",   "a",   "b",    "ab",  "ba",
                                             "aa", "a/", "a/b", "abab", "b/a", "c" };

        return names[test_random_below(random, PL_ARRAY_LENGTH(names))];
}

static const char *random_path(struct test_random *random)
{
        static const char *const paths[] = { NULL,   "/",      "/a",   "/b",     "/a/b",
                                             "/b/a", "/a/b/a", "/a/c", "/ab/ba", "/a.slice/b" };

        return paths[test_random_below(random, PL_ARRAY_LENGTH(paths))];
}

static void random_workload(struct test_random *random, struct pl_pair pairs[4],
                            struct pl_workload_identity *ret_workload)
{
        for (size_t i = 0; i < 4; i++)
                pairs[i] = (struct pl_pair){ i % 2 ? "a" : "b", random_name(random) };
        *ret_workload = (struct pl_workload_identity){
                .path = random_path(random),
                .unit = random_name(random),
                .slice = random_name(random),
                .container = random_name(random),
                .image = random_name(random),
                .labels = { test_random_below(random, 3), pairs },
                .xattrs = { test_random_below(random, 3), pairs + 2 },
                .k8s_namespace = random_name(random),
                .k8s_pod = random_name(random),
                .k8s_container = random_name(random),
                .qos = (int) test_random_below(random, 4) - 1,
                .runtime = (int) test_random_below(random, 5) - 1,
                .owner_uid = (uint32_t) (test_random_below(random, 12) * (test_random(random) & 1)),
        };
}

/* The reason for all of covers: whoever is covered is matched. */
static void whoever_covers_matches_as_well(void **state)
{
        struct test_random random = { 20240611 };
        size_t covered = 0, matched = 0;

        (void) state;
        for (size_t i = 0; i < 100000; i++) {
                struct test_selector wider, narrower;

                test_random_selector(&random, &wider);
                test_random_selector(&random, &narrower);
                if (!pl_selector_covers(&wider.selector, &narrower.selector))
                        continue;
                covered++;
                for (size_t k = 0; k < 200; k++) {
                        struct pl_workload_identity workload;
                        struct pl_pair pairs[4];

                        random_workload(&random, pairs, &workload);
                        if (!pl_selector_matches(&narrower.selector, &workload, NULL))
                                continue;
                        matched++;
                        if (!pl_selector_matches(&wider.selector, &workload, NULL))
                                fail_msg("pair %zu: \"%s\" and \"%s\"", i, wider.text,
                                         narrower.text);
                }
        }
        /* Were it seldom so, nothing would have been shown. */
        assert_true(covered > 1000);
        assert_true(matched > 5000);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(covers_what_is_certain),
                cmocka_unit_test(whoever_covers_matches_as_well),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
