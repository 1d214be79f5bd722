/* SPDX-License-Identifier: Apache-2.0 */

/* Names that others chose: whose are believed, and what hostile ones can do. */

#include "plimsoll/policy/match.h"
#include "selector.h"

#define LONG_NAME_BYTES 100000

static const struct pl_workload_identity empty = { .qos = -1, .runtime = -1 };

static const struct {
        const char *name, *selector;
        uint32_t uid;
        bool holds;
} owners[] = {
        { "root by default", "container=web-1", 0, true },
        { "another user with root's names", "container=web-1", 1000, false },
        { "nobody", "container=web-1", 65534, false },
        { "the user who is not known", "container=web-1", UINT32_MAX, false },
        { "anybody", "container=web-1 owner=any", 1000, true },
        { "anybody and root", "container=web-1 owner=any", 0, true },
        { "the largest number", "container=web-1 owner=any", UINT32_MAX, true },
        { "within a range", "container=web-1 owner=1000-1999", 1500, true },
        { "its first", "container=web-1 owner=1000-1999", 1000, true },
        { "its last", "container=web-1 owner=1000-1999", 1999, true },
        { "before it", "container=web-1 owner=1000-1999", 999, false },
        { "behind it", "container=web-1 owner=1000-1999", 2000, false },
        { "root is in no range of others", "container=web-1 owner=1000-1999", 0, false },
        { "an owner is no name", "container=web-2 owner=any", 1000, false },
        { "the owner alone", "owner=1000-1000", 1000, true },
        { "nothing but the default, another", "", 1000, false },
        { "nothing but the default, root", "", 0, true },
};

static void only_those_who_are_trusted(void **state)
{
        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(owners); i++) {
                struct pl_workload_identity workload = empty;
                struct pl_mismatch mismatch = { .key = PL_SELECT_KEYS };
                struct test_selector keeper;

                workload.container = "web-1";
                workload.owner_uid = owners[i].uid;
                test_selector_parse(&keeper, owners[i].selector, 1);
                assert_row(owners[i].name, pl_selector_matches(&keeper.selector, &workload,
                                                               &mismatch) == owners[i].holds);
                if (!owners[i].holds && strstr(owners[i].selector, "web-1"))
                        assert_row(owners[i].name, mismatch.key == PL_SELECT_OWNER);
        }
}

/* What is asked for is KEY=PATTERN, whatever the keys of the workload look like. */
static void a_key_with_an_equals_sign_is_never_meant(void **state)
{
        static const struct pl_pair odd[] = { { "a=b", "c" } };
        static const char *const rows[] = { "label=a=b", "label=a=b=c", "label=a" };
        struct pl_workload_identity workload = empty;

        (void) state;
        workload.labels = (struct pl_pairs){ 1, odd };
        for (size_t i = 0; i < PL_ARRAY_LENGTH(rows); i++) {
                struct test_selector keeper;

                test_selector_parse(&keeper, rows[i], 1);
                assert_row(rows[i], !pl_selector_matches(&keeper.selector, &workload, NULL));
        }
}

static const struct {
        const char *name, *pattern, *text;
        bool holds;
} hostile[] = {
        { "a line end is a character", "a?b", "a\nb", true },
        { "a line end behind the name", "web", "web\n", false },
        { "a line end and a star", "web*", "web\n\x1b[2J", true },
        { "not UTF-8 and a star", "web-*", "web-\xFF\xFE", true },
        { "not UTF-8 is one character", "web-?", "web-\xFF", true },
        { "not UTF-8 is not the letter", "web-\xC3\xA4", "web-\xC3", false },
        { "half a character", "web-\xC3\xA4", "web-\xC3\xA5", false },
        { "a name that is a pattern", "a", "*", false },
        { "a pattern against itself", "*", "*", true },
        { "a literal star", "[*]", "*", true },
        { "a set is not its text", "[*]", "[*]", false },
        { "an empty name", "*", "", true },
        { "an empty name and a letter", "?", "", false },
        { "an equals sign", "a=b", "a=b", true },
};

static void hostile_names_are_only_names(void **state)
{
        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(hostile); i++) {
                const struct pl_pair pair = { "k", hostile[i].text };
                struct pl_workload_identity workload = empty;
                struct pl_selector selector = { .container = hostile[i].pattern };
                struct pl_selector label = { .labels.count = 1 };
                char wanted[64];

                workload.container = hostile[i].text;
                workload.labels = (struct pl_pairs){ 1, &pair };
                test_selector_give(&selector, PL_SELECT_CONTAINER);
                assert_row(hostile[i].name,
                           pl_selector_matches(&selector, &workload, NULL) == hostile[i].holds);

                snprintf(wanted, sizeof wanted, "k=%s", hostile[i].pattern);
                label.labels.items[0] = wanted;
                test_selector_give(&label, PL_SELECT_LABEL);
                assert_row(hostile[i].name,
                           pl_selector_matches(&label, &workload, NULL) == hostile[i].holds);
        }
}

static void long_names_are_read_to_their_end(void **state)
{
        _cleanup_free_ char *name = malloc(LONG_NAME_BYTES + 1);
        struct pl_workload_identity workload = empty;
        struct pl_pair pair = { .value = "x" };
        struct test_selector keeper;

        (void) state;
        assert_non_null(name);
        memset(name, 'a', LONG_NAME_BYTES);
        memcpy(&name[LONG_NAME_BYTES - 6], ".slice", 7);
        pair.key = workload.container = workload.slice = workload.path = name;
        workload.labels = (struct pl_pairs){ 1, &pair };

        test_selector_parse(&keeper, "container=a*a*a*.slice slice=*aa.slice", 1);
        assert_true(pl_selector_matches(&keeper.selector, &workload, NULL));
        test_selector_parse(&keeper, "container=a*a*a*b.slice", 1);
        assert_false(pl_selector_matches(&keeper.selector, &workload, NULL));
        test_selector_parse(&keeper, "label=aaaaaaaaaaaaaaaa", 1);
        assert_false(pl_selector_matches(&keeper.selector, &workload, NULL));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(only_those_who_are_trusted),
                cmocka_unit_test(a_key_with_an_equals_sign_is_never_meant),
                cmocka_unit_test(hostile_names_are_only_names),
                cmocka_unit_test(long_names_are_read_to_their_end),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
