/* SPDX-License-Identifier: Apache-2.0 */

/* Profiles and entries that can never decide: what is said of whom, and that the index finds what comparing all with all
 * finds. */

#include "policy/reach.h"

#include "plimsoll/base/size.h"
#include "plimsoll/policy/match.h"
#include "policy/reach_index.h"
#include "selector.h"

enum { PROFILES_MAX = 6, ENTRIES_MAX = 4 };

/* Profiles "a", "b", … from "/etc/a.json" and so on. An entry of profile i in place k stands in line 100·i + k, the key
 * "match" in line 1000·i. */
struct built {
        struct test_selector keepers[PROFILES_MAX][ENTRIES_MAX];
        struct pl_selector entries[PROFILES_MAX][ENTRIES_MAX];
        struct pl_document documents[PROFILES_MAX];
        const struct pl_document *profiles[PROFILES_MAX];
        struct pl_policy policy;
};

static void add_profile(struct built *built, size_t entries)
{
        static const char *const names[] = { "a", "b", "c", "d", "e", "f" };
        static const char *const origins[] = { "/etc/a.json", "/etc/b.json", "/etc/c.json",
                                               "/etc/d.json", "e.json",      "/f.json" };
        size_t i = built->policy.profile_count++;
        struct pl_document *document = &built->documents[i];

        assert_true(i < PROFILES_MAX);
        for (size_t k = 0; k < entries; k++)
                built->entries[i][k] = built->keepers[i][k].selector;
        *document = (struct pl_document){ .kind = PL_DOCUMENT_PROFILE, .origin = origins[i] };
        document->profile.name = names[i];
        document->profile.fields.at[PL_PROFILE_MATCH].line = (uint32_t) (1000 * i);
        document->profile.match = (struct pl_selectors){ entries, built->entries[i] };
        built->profiles[i] = document;
        built->policy.profiles = built->profiles;
}

static void build(struct built *built, const char *const lines[PROFILES_MAX][ENTRIES_MAX])
{
        built->policy = (struct pl_policy){};
        for (size_t i = 0; i < PROFILES_MAX && lines[i][0]; i++) {
                size_t k = 0;

                for (; k < ENTRIES_MAX && lines[i][k]; k++)
                        test_selector_parse(&built->keepers[i][k], lines[i][k],
                                            (uint32_t) (100 * i + k));
                add_profile(built, k);
        }
}

static const struct {
        const char *name;
        const char *lines[PROFILES_MAX][ENTRIES_MAX];
        const char *said[4]; /* "SEVERITY LINE: MESSAGE — HINT" */
} rows[] = {
        { "one profile", { { "container=*" } }, {} },
        { "two that have nothing in common", { { "container=web" }, { "container=db" } }, {} },
        { "the special one first", { { "container=web-1" }, { "container=web-*" } }, {} },
        { "the special one behind",
          { { "container=web-*" }, { "container=web-1" } },
          { "error 1000: profile \"b\" can never be reached: \"a\" (a.json) comes first and "
            "matches "
            "all that it matches — rename b.json so that it sorts before a.json, or narrow the "
            "other" } },
        { "the same",
          { { "label=plimsoll.profile=web" }, { "label=plimsoll.profile=web" } },
          { "error 1000: profile \"b\" can never be reached: \"a\"" } },
        { "the same of other users", { { "unit=web" }, { "unit=web owner=any" } }, {} },
        { "all of a key", { { "image=*" }, { "image=*/web:*" } }, { "error 1000: " } },
        { "another key", { { "image=*" }, { "container=*" } }, {} },
        { "more asked for",
          { { "container=a*" }, { "image=x container=ab" } },
          { "error 1000: " } },
        { "less asked for", { { "image=x container=ab" }, { "container=ab" } }, {} },
        { "one entry of two is free",
          { { "unit=a" }, { "unit=a", "unit=b" } },
          { "warning 100: this entry never decides: \"a\" (a.json) comes first and matches all "
            "that "
            "it matches — remove it, or rename b.json so that it sorts before a.json" } },
        { "two of one profile",
          { { "unit=a*", "unit=b*" }, { "unit=ab", "unit=bc" } },
          { "error 1000: profile \"b\" can never be reached: \"a\" (a.json) comes first" } },
        { "two together",
          { { "unit=b*" }, { "unit=a*" }, { "unit=ab", "unit=bc" } },
          { "error 2000: profile \"c\" can never be reached: \"a\" (a.json) and \"b\" (b.json) "
            "come "
            "first and together match all that it matches — rename c.json so that it sorts before "
            "a.json, or narrow the others" } },
        { "three together",
          { { "unit=a" }, { "unit=b" }, { "unit=c" }, { "unit=c", "unit=a", "unit=b" } },
          { "error 3000: profile \"d\" can never be reached: \"a\" (a.json), \"b\" (b.json) and "
            "\"c\" (c.json) come first" } },
        { "four together",
          { { "unit=a" },
            { "unit=b" },
            { "unit=c" },
            { "unit=d" },
            { "unit=d", "unit=c", "unit=b", "unit=a" } },
          { "error 4000: profile \"e\" can never be reached: \"a\" (a.json), \"b\" (b.json), \"c\" "
            "(c.json) and 1 more come first and together match all that it matches — rename e.json "
            "so" } },
        { "a part together is not seen, for none alone covers",
          { { "unit=a*" }, { "unit=[!a]*" }, { "unit=?*" } },
          {} },
        { "an entry twice",
          { { "unit=a", "unit=b", "unit=a" } },
          { "warning 2: this entry never decides: the one in line 0 matches all that it matches — "
            "remove it, or narrow the other" } },
        { "a narrower entry behind a wider one",
          { { "slice=x.slice" }, { "unit=a*", "unit=ab" } },
          { "warning 101: this entry never decides: the one in line 100" } },
        { "a wider entry behind a narrower one", { { "unit=ab", "unit=a*" } }, {} },
        { "the first is named, not the nearest",
          { { "unit=*" }, { "unit=a*" }, { "unit=ab" } },
          { "error 1000: profile \"b\" can never be reached: \"a\"",
            "error 2000: profile \"c\" can never be reached: \"a\"" } },
        { "an own entry that is itself covered is no reason",
          { { "unit=a" }, { "unit=a", "unit=b", "unit=a" } },
          { "warning 100: this entry never decides: \"a\"",
            "warning 102: this entry never decides: \"a\"" } },
        { "covered in part by its own: it can be reached",
          { { "unit=a" }, { "unit=a", "unit=b", "unit=b owner=0-0" } },
          { "warning 100: ", "warning 102: this entry never decides: the one in line 101" } },
        { "an owner alone", { { "owner=any" }, { "container=x" } }, { "error 1000: " } },
        { "an owner alone behind", { { "container=x" }, { "owner=any" } }, {} },
        { "an owner alone over another", { { "owner=0-9" }, { "owner=5-9" } }, { "error 1000: " } },
        { "a label over its values", { { "label=k" }, { "label=k=v" } }, { "error 1000: " } },
        { "values over the label", { { "label=k=*" }, { "label=k" } }, {} },
        { "a key that begins alike", { { "label=k" }, { "label=key=v" } }, {} },
        { "the other label of two",
          { { "label=z=1" }, { "label=a=1 label=z=1" } },
          { "error 1000: " } },
        { "the runtime",
          { { "runtime=docker" }, { "unit=x runtime=docker" } },
          { "error 1000: " } },
        { "another runtime", { { "runtime=docker" }, { "unit=x runtime=podman" } }, {} },
        { "the class",
          { { "qos=BestEffort" }, { "namespace=x qos=BestEffort" } },
          { "error 1000: " } },
        { "a namespace is not a pod", { { "namespace=x" }, { "pod=x" } }, {} },
        { "a pod's container is not a container",
          { { "k8s-container=x" }, { "container=x" } },
          {} },
        { "all below a path", { { "path=/a.slice/**" }, { "path=/a.slice" } }, { "error 1000: " } },
        { "all paths",
          { { "path=/**" }, { "path=/" }, { "path=**/x" } },
          { "error 1000: ", "error 2000: " } },
        { "parts at both sides of a slash",
          { { "path=/a/**/b" }, { "path=/a/b" } },
          { "error 1000: " } },
        { "the end of names",
          { { "image=*-web:*" }, { "image=x/y-web:[12]" } },
          { "error 1000: " } },
        { "a set over its letters", { { "unit=[a-c]*" }, { "unit=b1" } }, { "error 1000: " } },
        { "a set is not its letters",
          { { "unit=*[ab]c*" }, { "unit=*xac*" } },
          { "error 1000: " } },
        { "a bracket in a set", { { "unit=*[]ab]cd" }, { "unit=*acd" } }, { "error 1000: " } },
        { "a set of what is not", { { "unit=*[!]a]cd" }, { "unit=*xcd" } }, { "error 1000: " } },
        { "all letters beyond ASCII",
          { { "unit=\xC3\xA4*" }, { "unit=\xC3\xA4\xC3\xB6" } },
          { "error 1000: " } },
        { "half a letter in common", { { "unit=\xC3\xA4*" }, { "unit=\xC3\xB6\xC3\xB6" } }, {} },
};

static size_t count_said(const char *const said[4])
{
        size_t count = 0;

        while (count < 4 && said[count])
                count++;
        return count;
}

static void format_entry(const struct pl_diag_entry *entry, char *buffer, size_t size)
{
        static const char *const severities[] = { "error", "warning", "note" };

        snprintf(buffer, size, "%s %u: %s — %s", severities[entry->severity], entry->place.line,
                 entry->message, entry->hint);
}

static void says_who_cannot_be_reached(void **state)
{
        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(rows); i++) {
                struct pl_diag diag = {};
                struct built built;

                build(&built, rows[i].lines);
                assert_row(rows[i].name, pl_policy_find_unreachable(&built.policy, &diag) == 0);
                if (diag.count != count_said(rows[i].said))
                        fail_msg("row \"%s\": %zu entries, the first: %s", rows[i].name, diag.count,
                                 diag.entries[0].message);
                for (size_t k = 0; k < diag.count; k++) {
                        char words[2 * PL_DIAG_WORDS_MAX + 32];

                        format_entry(&diag.entries[k], words, sizeof words);
                        if (!pl_span_starts_with(pl_span_of(words), rows[i].said[k]))
                                fail_msg("row \"%s\": %s", rows[i].name, words);
                        assert_row(rows[i].name, diag.entries[k].file != NULL);
                }
        }
}

static void nothing_is_nothing(void **state)
{
        const struct pl_policy none = {};
        struct pl_diag diag = {};
        struct built built;

        (void) state;
        assert_int_equal(pl_policy_find_unreachable(&none, &diag), 0);
        built.policy = (struct pl_policy){};
        add_profile(&built, 0);
        add_profile(&built, 0);
        assert_int_equal(pl_policy_find_unreachable(&built.policy, &diag), 0);
        assert_int_equal(diag.count, 0);
}

/* ---- the index against all with all ---- */

/* The first entry before it that covers it and is not covered itself. */
static uint32_t find_by_force(const struct test_selector *selectors, const uint32_t *covering,
                              uint32_t number)
{
        for (uint32_t i = 0; i < number; i++)
                if (covering[i] == PL_REACH_NONE &&
                    pl_selector_covers(&selectors[i].selector, &selectors[number].selector))
                        return i;
        return PL_REACH_NONE;
}

static void finds_what_comparing_all_finds(void **state)
{
        enum { TURNS = 2000, COUNT = 40 };
        static struct test_selector selectors[COUNT];
        struct test_random random = { 77 };
        size_t covered = 0;

        (void) state;
        for (size_t turn = 0; turn < TURNS; turn++) {
                struct pl_reach_index index;
                uint32_t covering[COUNT];

                assert_int_equal(pl_reach_index_init(&index, COUNT, SIZE_MAX), 0);
                for (uint32_t i = 0; i < COUNT; i++) {
                        uint32_t found;

                        test_random_selector(&random, &selectors[i]);
                        covering[i] = find_by_force(selectors, covering, i);
                        covered += covering[i] != PL_REACH_NONE;
                        found = pl_reach_index_add(&index, &selectors[i].selector, i);
                        if (found != covering[i])
                                fail_msg("turn %zu: entry %u (%s): %u and not %u", turn, i,
                                         selectors[i].text, found, covering[i]);
                }
                pl_reach_index_done(&index);
        }
        assert_true(covered > TURNS * COUNT / 20);
        assert_true(covered < TURNS * COUNT / 2);
}

/* What the search leaves out, because it compares no entry that is itself covered, changes nothing: whoever any entry
 * covers is found. */
static void finds_whoever_any_entry_covers(void **state)
{
        enum { TURNS = 500, COUNT = 40 };
        static struct test_selector selectors[COUNT];
        struct test_random random = { 78 };

        (void) state;
        for (size_t turn = 0; turn < TURNS; turn++) {
                uint32_t covering[COUNT];

                for (uint32_t i = 0; i < COUNT; i++) {
                        bool any = false;

                        test_random_selector(&random, &selectors[i]);
                        covering[i] = find_by_force(selectors, covering, i);
                        for (uint32_t k = 0; k < i; k++)
                                any |= pl_selector_covers(&selectors[k].selector,
                                                          &selectors[i].selector);
                        if (any != (covering[i] != PL_REACH_NONE))
                                fail_msg("turn %zu: entry %u (%s)", turn, i, selectors[i].text);
                }
        }
}

static size_t steps_of_second(const char *first, const char *second)
{
        enum { STEPS = 1000 };
        struct test_selector keepers[2];
        struct pl_reach_index index;
        size_t left;

        test_selector_parse(&keepers[0], first, 1);
        test_selector_parse(&keepers[1], second, 2);
        assert_int_equal(pl_reach_index_init(&index, 2, STEPS), 0);
        (void) pl_reach_index_add(&index, &keepers[0].selector, 0);
        assert_int_equal(index.steps_left, STEPS);
        (void) pl_reach_index_add(&index, &keepers[1].selector, 1);
        left = index.steps_left;
        pl_reach_index_done(&index);
        return STEPS - left;
}

static void every_step_is_counted(void **state)
{
        (void) state;
        /* Nothing in common: nothing to look at. */
        assert_int_equal(steps_of_second("unit=x", "image=y"), 0);
        /* The bucket of "aab", but all of the run is not in the other. */
        assert_int_equal(steps_of_second("unit=*aabb", "unit=*aabc"), 1);
        /* The bucket of "ab"; five and four bytes with their ends and one for each owner, four steps each; "*c" by "*". */
        assert_int_equal(steps_of_second("unit=ab*c", "unit=ab*"), 1 + 4 * (5 + 4 + 2) + 2 * 1);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(says_who_cannot_be_reached),
                cmocka_unit_test(nothing_is_nothing),
                cmocka_unit_test(finds_what_comparing_all_finds),
                cmocka_unit_test(finds_whoever_any_entry_covers),
                cmocka_unit_test(every_step_is_counted),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
