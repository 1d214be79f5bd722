/* SPDX-License-Identifier: Apache-2.0 */

/* Where each rule begins and where it does not yet: the answers themselves are in tests/policy/wrong. And over random
 * profiles, that what is said to be sound holds what it promises.
 */

#include "plimsoll/policy/feasible.h"

#include "test.h"

static struct pl_diag diag;

#define _cleanup_document_ _cleanup_(pl_cleanup_document)

static struct pl_document *parse(const char *json)
{
        struct pl_document *document = NULL;

        pl_diag_clear(&diag);
        assert_row(json,
                   pl_document_parse(&(struct pl_document_source){ pl_span_of(json), "p.json", 1 },
                                     &diag, &document) == 0);
        return document;
}

/* Checks one document alone; a profile beside a host document that keeps nothing for itself. */
static void check(struct pl_document *document, const struct pl_host_facts *host, size_t count)
{
        _cleanup_document_ struct pl_document *without_reserve = parse(
                "{ \"host\": \"h\", \"reserve\": 0 }");
        const struct pl_document *only = document;
        bool is_profile = document->kind == PL_DOCUMENT_PROFILE;
        const struct pl_policy policy = {
                .document_count = 1,
                .documents = &document,
                .profile_count = is_profile,
                .profiles = &only,
                .host = document->kind == PL_DOCUMENT_HOST ? document : without_reserve,
        };

        pl_policy_check(&policy, host, &count, &diag);
}

#define PROFILE "{ \"profile\": \"p\", \"match\": [ { \"unit\": \"u.service\" } ], "

/* The worst that is said: 0 nothing, n a note, w a warning, e an error. */
static char worst(void)
{
        return diag.errors ? 'e' : diag.warnings ? 'w' : diag.notes ? 'n' : '0';
}

static const struct {
        const char *json;
        uint64_t ram_bytes, swap_bytes;
        size_t count;
        char worst;
} rows[] = {
        { PROFILE "\"memory\": { \"max\": \"1GiB\", \"low\": \"1GiB\" } }", 16 * PL_GIB, 0, 1,
          '0' },
        { PROFILE "\"memory\": { \"max\": \"1GiB\", \"low\": 1073741825 } }", 16 * PL_GIB, 0, 1,
          'e' },
        { PROFILE "\"memory\": { \"min\": \"1GiB\", \"low\": \"1GiB\" } }", 16 * PL_GIB, 0, 1,
          '0' },
        { PROFILE "\"memory\": { \"min\": 1073741825, \"low\": \"1GiB\" } }", 16 * PL_GIB, 0, 1,
          'e' },
        { PROFILE "\"memory\": { \"max\": \"1MiB\" } }", 16 * PL_GIB, 0, 1, '0' },
        { PROFILE "\"memory\": { \"max\": 1048575 } }", 16 * PL_GIB, 0, 1, 'e' },
        { PROFILE "\"memory\": { \"max\": \"4GiB\" } }", 4 * PL_GIB, 0, 1, '0' },
        { PROFILE "\"memory\": { \"max\": 4294967297 } }", 4 * PL_GIB, 0, 1, 'e' },
        { PROFILE "\"memory\": { \"max\": \"max\" } }", 4 * PL_GIB, 0, 1, '0' },
        /* Promises, of one and of several. */
        { PROFILE "\"memory\": { \"low\": \"80%\" } }", 10 * PL_GIB, 0, 1, '0' },
        { PROFILE "\"memory\": { \"low\": \"80.01%\" } }", 10 * PL_GIB, 0, 1, 'w' },
        { PROFILE "\"memory\": { \"low\": \"10%\" } }", 10 * PL_GIB, 0, 8, '0' },
        { PROFILE "\"memory\": { \"low\": \"10%\" } }", 10 * PL_GIB, 0, 9, 'w' },
        { PROFILE "\"memory\": { \"low\": \"10%\" } }", 10 * PL_GIB, 0, 11, 'e' },
        { PROFILE "\"memory\": { \"low\": \"100%\" } }", 10 * PL_GIB, 0, 0, '0' },
        { PROFILE "\"memory\": { \"min\": \"50%\" } }", 10 * PL_GIB, 0, 1, '0' },
        { PROFILE "\"memory\": { \"min\": \"50.01%\" } }", 10 * PL_GIB, 0, 1, 'w' },
        { PROFILE "\"memory\": { \"low\": \"1GiB\" } }", 10 * PL_GIB, 0, SIZE_MAX, 'e' },
        /* Swap. */
        { PROFILE "\"memory\": { \"swap_max\": \"4GiB\" } }", 16 * PL_GIB, 4 * PL_GIB, 1, '0' },
        { PROFILE "\"memory\": { \"swap_max\": 4294967297 } }", 16 * PL_GIB, 4 * PL_GIB, 1, 'w' },
        { PROFILE "\"memory\": { \"swap_max\": 0 } }", 16 * PL_GIB, 0, 1, '0' },
        { PROFILE "\"memory\": { \"swap_max\": \"max\" } }", 16 * PL_GIB, 0, 1, '0' },
        { PROFILE "\"memory\": { \"swap_max\": \"50% of swap\" } }", 16 * PL_GIB, 0, 1, '0' },
        { PROFILE "\"memory\": { \"swap_max\": 1 } }", 16 * PL_GIB, 0, 1, 'w' },
        { PROFILE "\"memory\": { \"swappiness\": 60, \"swap_max\": 0 } }", 16 * PL_GIB, PL_GIB, 1,
          'w' },
        { PROFILE "\"memory\": { \"swappiness\": 0, \"swap_max\": 0 } }", 16 * PL_GIB, PL_GIB, 1,
          '0' },
        { PROFILE "\"memory\": { \"swappiness\": 60, \"swap_max\": \"50% of swap\" } }",
          16 * PL_GIB, 0, 1, '0' },
        /* memory.high: the file's doing, the host's doing, wanted. */
        { PROFILE "\"memory\": { \"high\": \"1GiB\", \"swap_max\": 0 } }", 16 * PL_GIB, PL_GIB, 1,
          'w' },
        { PROFILE "\"memory\": { \"high\": \"1GiB\", \"swap_max\": 0 } }", 16 * PL_GIB, 0, 1, 'w' },
        { PROFILE "\"memory\": { \"high\": \"1GiB\" } }", 16 * PL_GIB, 0, 1, 'n' },
        { PROFILE "\"memory\": { \"high\": \"1GiB\" } }", 16 * PL_GIB, PL_GIB, 1, '0' },
        { PROFILE "\"memory\": { \"high\": \"1GiB\", \"high_without_swap\": true } }", 16 * PL_GIB,
          0, 1, '0' },
        { PROFILE "\"memory\": { \"high\": \"max\", \"swap_max\": 0 } }", 16 * PL_GIB, 0, 1, '0' },
        { PROFILE "\"memory\": { \"max\": \"max\", \"high\": \"100%\" } }", 16 * PL_GIB, PL_GIB, 1,
          '0' },
        { PROFILE "\"memory\": { \"max\": \"max\", \"high\": \"100.01%\" } }", 16 * PL_GIB, PL_GIB,
          1, 'e' },
        /* swap_high, beside the file's swap_max and the host's swap. */
        { PROFILE "\"memory\": { \"swap_high\": \"1GiB\", \"swap_max\": \"1GiB\" } }", 16 * PL_GIB,
          PL_GIB, 1, '0' },
        { PROFILE "\"memory\": { \"swap_high\": 1073741825, \"swap_max\": \"1GiB\" } }",
          16 * PL_GIB, PL_GIB, 1, 'w' },
        { PROFILE "\"memory\": { \"swap_high\": \"max\", \"swap_max\": \"1GiB\" } }", 16 * PL_GIB,
          PL_GIB, 1, '0' },
        { PROFILE "\"memory\": { \"swap_high\": 1, \"swappiness\": 0 } }", 16 * PL_GIB, PL_GIB, 1,
          'w' },
        { PROFILE "\"memory\": { \"swap_high\": 1, \"swappiness\": 1 } }", 16 * PL_GIB, PL_GIB, 1,
          '0' },
        { PROFILE "\"memory\": { \"swap_high\": 1 } }", 16 * PL_GIB, 0, 1, 'w' },
        { PROFILE "\"memory\": { \"swap_high\": \"40% of swap\" } }", 16 * PL_GIB, 0, 1, '0' },
        { PROFILE "\"memory\": { \"swap_high\": \"40% of swap\", \"swap_max\": \"50% of swap\" } }",
          16 * PL_GIB, 0, 1, '0' },
        /* What the file contradicts it contradicts on every host. */
        { PROFILE "\"memory\": { \"swappiness\": 0, \"swap_max\": \"50% of swap\" } }", 16 * PL_GIB,
          0, 1, 'w' },
        { PROFILE "\"memory\": { \"swappiness\": 0, \"swap_max\": \"max\" } }", 16 * PL_GIB, PL_GIB,
          1, 'w' },
        { PROFILE "\"memory\": { \"swappiness\": 60, \"swap_max\": 0 } }", 16 * PL_GIB, 0, 1, 'w' },
        { PROFILE "\"memory\": { \"zswap_max\": 0, \"zswap_writeback\": false } }", 16 * PL_GIB,
          PL_GIB, 1, 'w' },
        { PROFILE "\"memory\": { \"zswap_max\": 1, \"zswap_writeback\": false } }", 16 * PL_GIB,
          PL_GIB, 1, '0' },
        { PROFILE "\"memory\": { \"zswap_max\": 0, \"zswap_writeback\": true } }", 16 * PL_GIB,
          PL_GIB, 1, '0' },
        { PROFILE "\"memory\": { \"zswap_max\": 0, \"zswap_writeback\": false, \"swap_max\": 0 } }",
          16 * PL_GIB, PL_GIB, 1, '0' },
        { PROFILE "\"budget\": { \"swap_max\": \"1GiB\" } }", 16 * PL_GIB, PL_GIB, 1, '0' },
        { PROFILE "\"budget\": { \"swap_max\": 1073741825 } }", 16 * PL_GIB, PL_GIB, 1, 'w' },
        /* Acts. */
        { PROFILE "\"oom\": { \"score_adj\": -999 } }", PL_GIB, 0, 1, '0' },
        { PROFILE "\"oom\": { \"score_adj\": -1000 } }", PL_GIB, 0, 1, 'n' },
        { PROFILE "\"oom\": { \"score_adj\": -1000, \"order\": 5 } }", PL_GIB, 0, 1, 'w' },
        { PROFILE "\"oom\": { \"score_adj\": -1000 }, \"ladder\": { \"rungs\": [\"reclaim\"] } }",
          PL_GIB, 0, 1, 'n' },
        { PROFILE "\"ladder\": { \"rungs\": [\"reclaim\"] } }", PL_GIB, 0, 1, 'w' },
        { PROFILE "\"ladder\": { \"freeze_max\": \"1s\", \"rungs\": [\"freeze\", \"kill\"] } }",
          PL_GIB, 0, 1, '0' },
        { PROFILE "\"leak\": { \"restart\": { \"window\": \"02:00-02:00\" } } }", PL_GIB, 0, 1,
          'e' },
        { PROFILE "\"leak\": { \"restart\": { \"window\": \"23:00-02:00\" } } }", PL_GIB, 0, 1,
          '0' },
        { PROFILE "\"mode\": \"observe\" }", PL_GIB, 0, 1, 'n' },
        /* Budgets. */
        { PROFILE "\"memory\": { \"max\": \"50%\" }, \"budget\": { \"max\": \"50%\" } }", PL_GIB, 0,
          1, '0' },
        { PROFILE "\"memory\": { \"max\": \"50%\" }, \"budget\": { \"max\": \"49.99%\" } }", PL_GIB,
          0, 1, 'e' },
        { PROFILE "\"memory\": { \"low\": \"50%\" }, \"budget\": { \"max\": \"49.99%\" } }", PL_GIB,
          0, 1, 'e' },
        /* The host. */
        { "{ \"host\": \"h\" }", PL_GIB, 0, 1, '0' },
        { "{ \"host\": \"h\", \"reserve\": \"25%\" }", PL_GIB, 0, 1, '0' },
        { "{ \"host\": \"h\", \"reserve\": \"25.01%\" }", PL_GIB, 0, 1, 'w' },
        { "{ \"host\": \"h\", \"reserve\": \"100%\" }", PL_GIB, 0, 1, 'e' },
        { "{ \"host\": \"h\", \"pressure\": { \"stall\": \"1s\" } }", PL_GIB, 0, 1, '0' },
        { "{ \"host\": \"h\", \"pressure\": { \"stall\": \"1001ms\" } }", PL_GIB, 0, 1, 'e' },
        { "{ \"host\": \"h\", \"act\": { \"host\": false } }", PL_GIB, 0, 1, 'w' },
        { "{ \"host\": \"h\", \"act\": { \"host\": false, \"local\": true } }", PL_GIB, 0, 1, '0' },
        { "{ \"host\": \"h\", \"mode\": \"observe\", \"act\": { \"host\": false } }", PL_GIB, 0, 1,
          'n' },
        { "{ \"host\": \"h\", \"protect\": [ { \"path\": \"/**\" } ] }", PL_GIB, 0, 1, 'w' },
        { "{ \"host\": \"h\", \"protect\": [ { \"path\": \"/a/**\" } ] }", PL_GIB, 0, 1, '0' },
        { "{ \"host\": \"h\", \"protect\": [ { \"unit\": \"**\" } ] }", PL_GIB, 0, 1, 'w' },
        { "{ \"host\": \"h\", \"protect\": [ { \"unit\": \"*\", \"slice\": \"a.slice\" } ] }",
          PL_GIB, 0, 1, '0' },
        { "{ \"host\": \"h\", \"protect\": [ { \"owner\": \"any\" } ] }", PL_GIB, 0, 1, 'w' },
        { "{ \"host\": \"h\", \"protect\": [ { \"owner\": \"1000\" } ] }", PL_GIB, 0, 1, '0' },
        { "{ \"host\": \"h\", \"protect\": [ { \"path\": \"**\", \"owner\": \"1000\" } ] }", PL_GIB,
          0, 1, '0' },
        { "{ \"host\": \"h\", \"protect\": [ { \"container\": \"*\" } ] }", PL_GIB, 0, 1, 'w' },
        { "{ \"host\": \"h\", \"protect\": [ { \"container\": \"a*\" } ] }", PL_GIB, 0, 1, '0' },
        /* A default is nobody's mistake. */
        { "{ \"host\": \"h\" }", 96 * PL_MIB, 0, 1, '0' },
        { "{ \"host\": \"h\", \"shortage\": { \"floor\": \"96MiB\" } }", 96 * PL_MIB, 0, 1, 'e' },
        { "{ \"host\": \"h\", \"shortage\": { \"floor\": \"256MiB\" } }", PL_GIB, 0, 1, '0' },
        { "{ \"host\": \"h\", \"shortage\": { \"floor\": \"257MiB\" } }", PL_GIB, 0, 1, 'e' },
        { "{ \"host\": \"h\", \"kill\": { \"floor\": \"1023MiB\" } }", PL_GIB, 0, 1, 'w' },
        { "{ \"host\": \"h\", \"kill\": { \"floor\": \"1GiB\" } }", PL_GIB, 0, 1, 'e' },
        { "{ \"order\": \"pause\", \"issued\": \"2026-01-01T00:00:00Z\", \"expires\": "
          "\"2026-01-01T00:00:01Z\" }",
          PL_GIB, 0, 1, '0' },
        { "{ \"order\": \"pause\", \"issued\": \"2026-01-01T00:00:00Z\", \"expires\": "
          "\"2026-01-01T00:00:00Z\" }",
          PL_GIB, 0, 1, 'e' },
};

static void test_borders(void **state)
{
        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(rows); i++) {
                const struct pl_host_facts host = { rows[i].ram_bytes, rows[i].swap_bytes };
                _cleanup_document_ struct pl_document *document = parse(rows[i].json);

                check(document, &host, rows[i].count);
                if (worst() != rows[i].worst)
                        print_message("%s: %s\n", rows[i].json,
                                      diag.count ? diag.entries[0].message : "nothing is said");
                assert_row(rows[i].json, worst() == rows[i].worst);
        }
}

/* One mistake is one finding, and several are several. */
static const struct {
        const char *memory;
        size_t errors;
        const char *first;
} findings[] = {
        { "\"high\": \"90% of max\", \"low\": \"50% of max\", \"swap_max\": \"1% of max\"", 3,
          "this is a share of max, and memory.max is not set" },
        { "\"high\": \"90% of max\", \"min\": \"2GiB\", \"low\": \"1GiB\"", 2,
          "this is a share of max, and memory.max is not set" },
        { "\"low\": \"50% of max\", \"raise_ancestors\": true", 1,
          "this is a share of max, and memory.max is not set" },
        { "\"max\": 512, \"high\": \"90% of max\", \"low\": \"256MiB\"", 1,
          "memory.max is 512 B: nothing can live in that" },
        { "\"max\": \"1GiB\", \"high\": 512, \"low\": \"256MiB\"", 1,
          "memory.high is 512 B: nothing can live in that" },
        { "\"max\": \"300%\", \"low\": \"50% of max\"", 1,
          "memory.max (48.0 GiB) is more than the host's RAM (16.0 GiB)" },
        { "\"max\": \"1GiB\", \"high\": \"2GiB\", \"low\": \"2GiB\", \"min\": \"2GiB\"", 1,
          "memory.high (2.00 GiB) is above memory.max (1.00 GiB): it would be killed "
          "before it "
          "is throttled" },
        { "\"max\": \"1GiB\", \"high\": 1073741825", 1,
          "memory.high (1073741825 B) is above memory.max (1GiB): it would be killed "
          "before it "
          "is throttled" },
};

static void test_findings(void **state)
{
        const struct pl_host_facts host = { 16 * PL_GIB, 4 * PL_GIB };

        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(findings); i++) {
                _cleanup_document_ struct pl_document *document = NULL;
                char json[512];

                (void) snprintf(json, sizeof json, PROFILE "\"memory\": { %s } }",
                                findings[i].memory);
                document = parse(json);
                check(document, &host, 1);
                assert_row(json, diag.errors == findings[i].errors && diag.warnings == 0);
                assert_string_equal(diag.entries[0].message, findings[i].first);
        }
}

enum { STANDINGS_MAX = 4 };

/* The kernel's order against ours: pairs of score_adj and order; names are a, b, c, d. */
static const struct {
        const char *name;
        size_t count;
        struct {
                int score_adj, order;
        } of[STANDINGS_MAX];
        size_t warnings;
        const char *first;
} orders[] = {
        { "agreed", 3, { { 500, 500 }, { 0, 0 }, { -500, -600 } }, 0, NULL },
        { "equal to the kernel", 2, { { 0, 1 }, { 0, 2 } }, 0, NULL },
        { "equal to us", 2, { { 1, 0 }, { 2, 0 } }, 0, NULL },
        { "turned round", 2, { { 0, 1 }, { 1, 0 } }, 1, "\"a\" before \"b\"" },
        { "in the other files", 2, { { 1, 0 }, { 0, 1 } }, 1, "\"b\" before \"a\"" },
        { "at the ends", 2, { { 1000, -1000 }, { -999, -999 } }, 1, "\"b\" before \"a\"" },
        { "the protected have no place", 2, { { 1000, -1000 }, { -1000, 0 } }, 0, NULL },
        { "one too early",
          4,
          { { 500, 3 }, { 400, 2 }, { 300, 1 }, { 0, 9 } },
          1,
          "\"d\" before \"c\"" },
        { "one too late",
          4,
          { { 500, -9 }, { 400, 3 }, { 300, 2 }, { 0, 1 } },
          1,
          "\"b\" before \"a\"" },
        { "two pairs",
          4,
          { { 500, 8 }, { 400, 9 }, { 100, 1 }, { 0, 2 } },
          2,
          "\"d\" before \"c\"" },
};

static void test_orders(void **state)
{
        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(orders); i++) {
                struct pl_document *documents[STANDINGS_MAX] = {};
                const struct pl_document *profiles[STANDINGS_MAX] = {};
                const struct pl_policy policy = {
                        .document_count = 0,
                        .documents = documents,
                        .profile_count = orders[i].count,
                        .profiles = profiles,
                };

                for (size_t p = 0; p < orders[i].count; p++) {
                        char json[256];

                        (void) snprintf(
                                json, sizeof json,
                                "{ \"profile\": \"%c\", \"match\": [ { \"unit\": \"u.service\" } "
                                "], \"oom\": { \"score_adj\": %d, \"order\": %d } }",
                                (char) ('a' + (int) p), orders[i].of[p].score_adj,
                                orders[i].of[p].order);
                        profiles[p] = documents[p] = parse(json);
                }
                pl_policy_check(&policy, &(struct pl_host_facts){ PL_GIB, 0 }, NULL, &diag);
                assert_row(orders[i].name, diag.warnings == orders[i].warnings);
                if (orders[i].first)
                        assert_row(orders[i].name,
                                   strstr(diag.entries[0].message, orders[i].first));
                for (size_t p = 0; p < orders[i].count; p++)
                        pl_document_free(documents[p]);
        }
}

static void add_size(struct pl_text *text, struct test_random *random, const char *key, bool of_max)
{
        static const char *const units[] = { "", "KiB", "MiB", "MiB", "MiB", "GiB", "GiB" };

        if (test_random_below(random, 3) == 0)
                return;
        pl_text_addf(text, ", \"%s\": \"", key);
        if (test_random_below(random, 2))
                pl_text_addf(text, "%u%%%s", (unsigned) test_random_below(random, 130),
                             of_max && test_random_below(random, 2) ? " of max" : "");
        else
                pl_text_addf(text, "%u%s", (unsigned) test_random_below(random, 2000),
                             units[test_random_below(random, PL_ARRAY_LENGTH(units))]);
        pl_text_add(text, "\"");
}

static uint64_t value_or(const struct pl_limits *limits, enum pl_limit limit, uint64_t otherwise)
{
        return pl_limits_has(limits, limit) ? limits->values[limit] : otherwise;
}

/* Without an error: 0 ≤ min ≤ low ≤ high ≤ max ≤ RAM, and what all promise is there. */
static void test_sound_is_sound(void **state)
{
        struct test_random random = { 20261121 };
        size_t sound = 0;

        (void) state;
        for (size_t i = 0; i < 20000; i++) {
                const struct pl_host_facts host = { PL_GIB << test_random_below(&random, 8),
                                                    test_random_below(&random, 3) * PL_GIB };
                _cleanup_document_ struct pl_document *document = NULL;
                uint64_t min, low, high, max;
                struct pl_resolved resolved;
                enum pl_memory_key key;
                char json[512];
                struct pl_text text;

                pl_text_init(&text, json, sizeof json);
                pl_text_add(&text, PROFILE "\"memory\": { \"oom_group\": true");
                add_size(&text, &random, "max", false);
                add_size(&text, &random, "high", true);
                add_size(&text, &random, "low", true);
                add_size(&text, &random, "min", true);
                pl_text_add(&text, " } }");
                document = parse(json);
                check(document, &host, 1);
                if (diag.errors > 0)
                        continue;
                sound++;
                assert_row(json,
                           pl_profile_resolve(&document->profile, &host, &resolved, &key) == 0);
                min = value_or(&resolved.wanted, PL_LIMIT_MIN, 0);
                low = value_or(&resolved.wanted, PL_LIMIT_LOW, min);
                max = value_or(&resolved.wanted, PL_LIMIT_MAX, host.ram_bytes);
                high = value_or(&resolved.wanted, PL_LIMIT_HIGH, max);
                assert_row(json, min <= low && low <= high && high <= max && max <= host.ram_bytes);
                assert_row(json, resolved.promise_bytes <= host.ram_bytes);
        }
        assert_in_range(sound, 1000, 19000);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_borders),
                cmocka_unit_test(test_findings),
                cmocka_unit_test(test_orders),
                cmocka_unit_test(test_sound_is_sound),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
