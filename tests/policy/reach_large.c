/* SPDX-License-Identifier: Apache-2.0 */

/* Policies of the largest size that is permitted: they are looked at to the end, or it is said that they were not. */

#include "policy/reach.h"
#include "selector.h"

/* As many entries as are permitted, all made from one format with the number of each, in profiles of 64. */
struct large {
        struct pl_document *documents;
        const struct pl_document **profiles;
        struct pl_selector *entries;
        char (*texts)[PL_GLOB_MAX + 1];
        struct pl_policy policy;
};

static void large_init(struct large *large, size_t profiles)
{
        size_t count = profiles * PL_SELECTORS_MAX;

        *large = (struct large){ .documents = calloc(profiles, sizeof *large->documents),
                                 .profiles = calloc(profiles, sizeof(void *)),
                                 .entries = calloc(count, sizeof *large->entries),
                                 .texts = calloc(count, sizeof *large->texts) };
        assert_true(large->documents && large->profiles && large->entries && large->texts);
        large->policy.profile_count = profiles;
        large->policy.profiles = large->profiles;
        for (size_t i = 0; i < profiles; i++) {
                large->documents[i].origin = "/etc/x.json";
                large->documents[i].profile.name = "x";
                large->documents[i].profile.match = (struct pl_selectors){
                        PL_SELECTORS_MAX, &large->entries[i * PL_SELECTORS_MAX]
                };
                large->profiles[i] = &large->documents[i];
        }
}

static void large_done(struct large *large)
{
        free(large->documents);
        free(large->profiles);
        free(large->entries);
        free(large->texts);
}

static void large_put(struct large *large, size_t number, const char *key)
{
        struct pl_selector *entry = &large->entries[number];

        *entry = (struct pl_selector){};
        test_selector_put(entry, key, large->texts[number]);
}

static void a_policy_of_the_largest_size_is_looked_at(void **state)
{
        struct pl_diag diag = {};
        struct large large;
        size_t count = (size_t) PL_POLICY_FILES_MAX * PL_SELECTORS_MAX;

        (void) state;
        large_init(&large, PL_POLICY_FILES_MAX);
        for (size_t i = 0; i < count; i++) {
                snprintf(large.texts[i], sizeof *large.texts, "com.example.app=web-%zu-*", i);
                large_put(&large, i, "label");
        }
        /* The last profile is as the first. */
        for (size_t i = 0; i < PL_SELECTORS_MAX; i++)
                memcpy(large.texts[count - PL_SELECTORS_MAX + i], large.texts[i],
                       sizeof *large.texts);
        assert_int_equal(pl_policy_find_unreachable(&large.policy, &diag), 0);
        assert_int_equal(diag.count, 1);
        assert_int_equal(diag.errors, 1);

        /* All the same: nothing piles up. */
        for (size_t i = 0; i < count; i++)
                memcpy(large.texts[i], "app", 4);
        pl_diag_clear(&diag);
        assert_int_equal(pl_policy_find_unreachable(&large.policy, &diag), 0);
        assert_int_equal(diag.errors, PL_POLICY_FILES_MAX - 1);
        assert_int_equal(diag.warnings, PL_SELECTORS_MAX - 1);
        assert_int_equal(diag.notes, 0);
        large_done(&large);
}

/* Letters between stars: each may be any star's, and no two of the patterns cover each other. */
static void write_costly(char *text, size_t number)
{
        for (size_t k = 0; k + 1 < PL_GLOB_MAX; k += 2)
                memcpy(&text[k], (number >> k / 2 % 16 & 1) ? "*b" : "*a", 3);
}

static void the_search_ends(void **state)
{
        size_t count = (size_t) PL_POLICY_FILES_MAX * PL_SELECTORS_MAX;
        struct pl_diag diag = {};
        struct large large;

        (void) state;
        large_init(&large, PL_POLICY_FILES_MAX);
        for (size_t i = 0; i < count; i++) {
                write_costly(large.texts[i], i);
                large_put(&large, i, "image");
        }
        assert_int_equal(pl_policy_find_unreachable(&large.policy, &diag), 0);
        assert_int_equal(diag.errors + diag.warnings, 0);
        assert_int_equal(diag.notes, 1);
        assert_non_null(strstr(diag.entries[0].message, "would take too long"));
        large_done(&large);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_policy_of_the_largest_size_is_looked_at),
                cmocka_unit_test(the_search_ends),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
