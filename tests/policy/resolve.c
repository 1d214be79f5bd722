/* SPDX-License-Identifier: Apache-2.0 */
#include "plimsoll/policy/resolve.h"

#include "plimsoll/policy/document.h"
#include "test.h"

static struct pl_diag diag;

static struct pl_document *parse(const char *members)
{
        struct pl_document *document = NULL;
        char json[1024];

        (void) snprintf(json, sizeof json,
                        "{ \"profile\": \"p\", \"match\": [ { \"unit\": \"u\" } ], %s }", members);
        pl_diag_clear(&diag);
        assert_row(members,
                   pl_document_parse(&(struct pl_document_source){ pl_span_of(json), "p.json", 1 },
                                     &diag, &document) == 0);
        return document;
}

#define _cleanup_document_ _cleanup_(pl_cleanup_document)

static const struct pl_host_facts host = { 16 * PL_GIB, 4 * PL_GIB };
static const struct pl_host_facts without_swap = { 16 * PL_GIB, 0 };

enum { UNSET = -1 };

static void check_limit(const char *name, const struct pl_limits *limits, enum pl_limit limit,
                        int64_t wanted)
{
        assert_row(name, pl_limits_has(limits, limit) == (wanted != UNSET));
        assert_row(name, wanted == UNSET || limits->values[limit] == (uint64_t) wanted);
}

static void test_amounts(void **state)
{
        static const struct {
                const char *memory;
                int64_t max, high, low, swap_max;
        } rows[] = {
                { "", UNSET, UNSET, UNSET, UNSET },
                { "\"max\": \"1GiB\"", PL_GIB, UNSET, UNSET, UNSET },
                { "\"max\": \"25%\"", 4 * PL_GIB, UNSET, UNSET, UNSET },
                { "\"max\": 4096", 4096, UNSET, UNSET, UNSET },
                /* The order in the file is nobody's business. */
                { "\"low\": \"25% of max\", \"high\": \"50% of max\", \"max\": \"2GiB\"",
                  2 * PL_GIB, PL_GIB, PL_GIB / 2, UNSET },
                { "\"max\": \"max\", \"high\": \"50% of max\"", INT64_MIN, INT64_MIN, UNSET,
                  UNSET },
                { "\"swap_max\": \"min(8GiB, 50% of swap)\"", UNSET, UNSET, UNSET, 2 * PL_GIB },
                { "\"swappiness\": 0", UNSET, UNSET, UNSET, 0 },
                { "\"swappiness\": 0, \"swap_max\": \"1GiB\"", UNSET, UNSET, UNSET, PL_GIB },
                { "\"swappiness\": 1", UNSET, UNSET, UNSET, UNSET },
        };

        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(rows); i++) {
                _cleanup_document_ struct pl_document *document = NULL;
                struct pl_resolved resolved;
                enum pl_memory_key key;
                char members[512];
                bool is_endless = rows[i].max == INT64_MIN;

                (void) snprintf(members, sizeof members, "\"memory\": { %s }", rows[i].memory);
                document = parse(members);
                assert_row(members,
                           pl_profile_resolve(&document->profile, &host, &resolved, &key) == 0);
                if (is_endless) {
                        assert_row(members, resolved.limits.values[PL_LIMIT_HIGH] == PL_SIZE_MAX);
                        continue;
                }
                check_limit(members, &resolved.limits, PL_LIMIT_MAX, rows[i].max);
                check_limit(members, &resolved.limits, PL_LIMIT_HIGH, rows[i].high);
                check_limit(members, &resolved.limits, PL_LIMIT_LOW, rows[i].low);
                check_limit(members, &resolved.limits, PL_LIMIT_SWAP_MAX, rows[i].swap_max);
        }
}

static void test_switches(void **state)
{
        _cleanup_document_ struct pl_document *document = parse(
                "\"memory\": { \"zswap_writeback\": false, \"oom_group\": true }");
        struct pl_resolved resolved;
        enum pl_memory_key key;

        (void) state;
        assert_int_equal(pl_profile_resolve(&document->profile, &host, &resolved, &key), 0);
        check_limit("writeback", &resolved.limits, PL_LIMIT_ZSWAP_WRITEBACK, 0);
        check_limit("group", &resolved.limits, PL_LIMIT_OOM_GROUP, 1);
        assert_false(resolved.has_score_adj);
        assert_false(resolved.is_protected);
}

/* A standing memory.high without swap makes a leak sleep for ever. */
static void test_high_needs_swap(void **state)
{
        static const struct {
                const char *memory;
                bool applied_with, applied_without;
        } rows[] = {
                { "\"high\": \"1GiB\"", true, false },
                { "\"high\": \"1GiB\", \"swap_max\": \"max\"", true, false },
                { "\"high\": \"1GiB\", \"swap_max\": 0", false, false },
                { "\"high\": \"1GiB\", \"swap_max\": \"4KiB\"", true, false },
                { "\"high\": \"1GiB\", \"swappiness\": 0", false, false },
                { "\"high\": \"1GiB\", \"swap_max\": 0, \"high_without_swap\": true", true, true },
                { "\"high\": \"max\", \"swap_max\": 0", true, true },
        };

        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(rows); i++) {
                _cleanup_document_ struct pl_document *document = NULL;
                struct pl_resolved with, without;
                enum pl_memory_key key;
                char members[512];

                (void) snprintf(members, sizeof members, "\"memory\": { %s }", rows[i].memory);
                document = parse(members);
                assert_int_equal(pl_profile_resolve(&document->profile, &host, &with, &key), 0);
                assert_int_equal(
                        pl_profile_resolve(&document->profile, &without_swap, &without, &key), 0);
                assert_row(members,
                           pl_limits_has(&with.limits, PL_LIMIT_HIGH) == rows[i].applied_with);
                assert_row(members, with.high_left_out != rows[i].applied_with);
                assert_row(members, pl_limits_has(&without.limits, PL_LIMIT_HIGH) ==
                                            rows[i].applied_without);
                assert_row(members, pl_limits_has(&without.wanted, PL_LIMIT_HIGH));
        }
}

static void test_oom(void **state)
{
        static const struct {
                const char *oom;
                int score_adj, order;
                bool has, is_protected;
        } rows[] = {
                { "", 0, 0, false, false },
                { "\"score_adj\": -1000", -999, -1000, true, true },
                { "\"score_adj\": -999", -999, -999, true, false },
                { "\"score_adj\": 1000, \"order\": 3", 1000, 3, true, false },
        };

        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(rows); i++) {
                _cleanup_document_ struct pl_document *document = NULL;
                struct pl_resolved resolved;
                enum pl_memory_key key;
                char members[128];

                (void) snprintf(members, sizeof members, "\"oom\": { %s }", rows[i].oom);
                document = parse(members);
                assert_int_equal(pl_profile_resolve(&document->profile, &host, &resolved, &key), 0);
                assert_row(members, resolved.score_adj == rows[i].score_adj);
                assert_row(members, resolved.order == rows[i].order);
                assert_row(members, resolved.has_score_adj == rows[i].has);
                assert_row(members, resolved.is_protected == rows[i].is_protected);
        }
}

static void test_promise_and_swap(void **state)
{
        _cleanup_document_ struct pl_document *document = parse(
                "\"memory\": { \"min\": \"1GiB\", \"low\": \"2GiB\", \"swap_max\": \"8GiB\" }");
        struct pl_resolved resolved;
        enum pl_memory_key key;

        (void) state;
        assert_int_equal(pl_profile_resolve(&document->profile, &host, &resolved, &key), 0);
        assert_int_equal(resolved.promise_bytes, 2 * PL_GIB);
        assert_int_equal(resolved.swap_bytes, 4 * PL_GIB);
        assert_int_equal(pl_profile_resolve(&document->profile, &without_swap, &resolved, &key), 0);
        assert_int_equal(resolved.swap_bytes, 0);
}

/* What cannot be resolved says which key it is and touches nothing else. */
static void test_failures(void **state)
{
        static const struct {
                const char *memory;
                int result;
                enum pl_memory_key key;
        } rows[] = {
                { "\"high\": \"90% of max\"", PL_RESOLVE_E_NO_MAX, PL_MEMORY_HIGH },
                { "\"max\": \"1GiB\", \"swap_high\": \"1000%\"", PL_RESOLVE_E_RANGE,
                  PL_MEMORY_SWAP_HIGH },
        };
        static const struct pl_host_facts huge = { UINT64_MAX / 2, 0 };

        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(rows); i++) {
                _cleanup_document_ struct pl_document *document = NULL;
                struct pl_resolved resolved = { .order = 77 };
                enum pl_memory_key key = PL_MEMORY_KEYS;
                char members[128];

                (void) snprintf(members, sizeof members, "\"memory\": { %s }", rows[i].memory);
                document = parse(members);
                assert_row(members, pl_profile_resolve(&document->profile, &huge, &resolved,
                                                       &key) == rows[i].result);
                assert_row(members, key == rows[i].key);
                assert_row(members, resolved.order == 77);
        }
}

static void test_budget(void **state)
{
        _cleanup_document_ struct pl_document *own = parse(
                "\"budget\": { \"max\": \"50%\", \"high\": \"50% of max\", \"swap_max\": \"50% of "
                "swap\" }");
        _cleanup_document_ struct pl_document *named = parse(
                "\"budget\": { \"slice\": \"jobs.slice\", \"low\": \"10% of max\" }");
        char buffer[128];
        struct pl_limits limits;
        enum pl_budget_key key;
        struct pl_text text;

        (void) state;
        assert_int_equal(pl_budget_resolve(&own->profile.budget, &host, &limits, &key), 0);
        check_limit("max", &limits, PL_LIMIT_MAX, 8 * PL_GIB);
        check_limit("high", &limits, PL_LIMIT_HIGH, 4 * PL_GIB);
        check_limit("swap", &limits, PL_LIMIT_SWAP_MAX, 2 * PL_GIB);
        check_limit("low", &limits, PL_LIMIT_LOW, UNSET);
        assert_int_equal(pl_budget_resolve(&named->profile.budget, &host, &limits, &key),
                         PL_RESOLVE_E_NO_MAX);
        assert_int_equal(key, PL_BUDGET_LOW);

        pl_text_init(&text, buffer, sizeof buffer);
        pl_budget_slice(&text, &own->profile);
        pl_text_add(&text, " ");
        pl_budget_slice(&text, &named->profile);
        assert_string_equal(buffer, "plimsoll-p.slice jobs.slice");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_amounts),          cmocka_unit_test(test_switches),
                cmocka_unit_test(test_high_needs_swap),  cmocka_unit_test(test_oom),
                cmocka_unit_test(test_promise_and_swap), cmocka_unit_test(test_failures),
                cmocka_unit_test(test_budget),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
