/* SPDX-License-Identifier: Apache-2.0 */

/* policies/ is what people get: sound on every host, small ones without swap too, and with the figures that the manual
 * gives. The examples beside it are sound as well, each by itself.
 */

#include "shipped.h"
#include "plimsoll/base/size.h"
#include "plimsoll/policy/feasible.h"
#include "plimsoll/policy/load.h"
#include "plimsoll/policy/resolve.h"
#include "test.h"

static const struct {
        const char *name;
        struct pl_host_facts facts;
} hosts[] = {
        { "1 GiB", { PL_GIB, 0 } },
        { "1 GiB, 1 GiB of swap", { PL_GIB, PL_GIB } },
        { "2 GiB", { 2 * PL_GIB, 0 } },
        { "4 GiB", { 4 * PL_GIB, 0 } },
        { "4 GiB, 2 GiB of zram", { 4 * PL_GIB, 2 * PL_GIB } },
        { "8 GiB", { 8 * PL_GIB, 0 } },
        { "16 GiB", { 16 * PL_GIB, 0 } },
        { "16 GiB, 4 GiB of swap", { 16 * PL_GIB, 4 * PL_GIB } },
        { "15.5 GiB, as firmware leaves it", { 15872 * PL_MIB, 4095 * PL_MIB } },
        { "64 GiB", { 64 * PL_GIB, 0 } },
        { "64 GiB, as much swap", { 64 * PL_GIB, 64 * PL_GIB } },
        { "1 TiB", { PL_TIB, 0 } },
        { "1 TiB, 64 GiB of swap", { PL_TIB, 64 * PL_GIB } },
};

static void check_is_silent(const struct pl_policy *policy, const struct pl_host_facts *host,
                            const char *row)
{
        pl_diag_clear(&diag);
        pl_policy_check(policy, host, NULL, &diag);
        if (diag.errors > 0 || diag.warnings > 0)
                print_diag(row);
        assert_row(row, diag.errors == 0 && diag.warnings == 0);
}

static struct pl_resolved resolve(const struct pl_profile *profile,
                                  const struct pl_host_facts *host)
{
        struct pl_resolved resolved;
        enum pl_memory_key key;

        assert_row(profile->name, pl_profile_resolve(profile, host, &resolved, &key) == 0);
        return resolved;
}

/* ---- sound ---- */

static void it_is_these_six(void **state)
{
        struct pl_policy *policy = load_shipped();

        (void) state;
        assert_int_equal(policy->document_count, PL_ARRAY_LENGTH(names) + 1);
        assert_int_equal(policy->profile_count, PL_ARRAY_LENGTH(names));
        for (size_t i = 0; i < PL_ARRAY_LENGTH(names); i++) {
                struct pl_span origin = pl_span_of(policy->profiles[i]->origin);
                char file[TEST_PATH_MAX];

                (void) snprintf(file, sizeof file, "/%s.json", names[i]);
                assert_row(names[i], strcmp(policy->profiles[i]->profile.name, names[i]) == 0);
                assert_row(names[i], pl_span_ends_with(origin, file));
        }
        assert_non_null(policy->host);
        pl_policy_free(policy);
}

static void they_are_sound_on_every_host(void **state)
{
        struct pl_policy *policy = load_shipped();

        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(hosts); i++)
                check_is_silent(policy, &hosts[i].facts, hosts[i].name);
        pl_policy_free(policy);
}

static void promises_stay_below_half_of_memory(void **state)
{
        struct pl_policy *policy = load_shipped();

        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(hosts); i++) {
                const struct pl_host_facts *host = &hosts[i].facts;
                uint64_t sum, low;

                assert_int_equal(pl_size_resolve(&policy->host->host.reserve,
                                                 &(struct pl_size_base){ host->ram_bytes,
                                                                         host->swap_bytes, 0 },
                                                 &sum),
                                 0);
                assert_row(hosts[i].name, sum > 0);
                for (size_t p = 0; p < PL_ARRAY_LENGTH(names); p++) {
                        low = resolve(find(policy, names[p]), host).promise_bytes;
                        sum += low;
                }
                assert_row(hosts[i].name, sum < host->ram_bytes / 2);
                assert_row(hosts[i].name, sum > host->ram_bytes / 16);
        }
        pl_policy_free(policy);
}

/* ---- the table ---- */

#define NOT_SET UINT64_C(1)

struct figures {
        const char *profile;
        uint64_t max, high, low, swap_max;
        int32_t score_adj, order;
        int oom_group;
};

static void compare(const struct figures *figures, const struct pl_policy *policy,
                    const struct pl_host_facts *host)
{
        static const enum pl_limit limits[] = { PL_LIMIT_MAX, PL_LIMIT_HIGH, PL_LIMIT_LOW,
                                                PL_LIMIT_SWAP_MAX };
        const uint64_t wanted[] = { figures->max, figures->high, figures->low, figures->swap_max };
        struct pl_resolved resolved = resolve(find(policy, figures->profile), host);

        for (size_t i = 0; i < PL_ARRAY_LENGTH(limits); i++) {
                bool is_set = pl_limits_has(&resolved.limits, limits[i]);

                assert_row(figures->profile, is_set == (wanted[i] != NOT_SET));
                if (is_set)
                        assert_int_equal(resolved.limits.values[limits[i]], wanted[i]);
        }
        assert_false(pl_limits_has(&resolved.limits, PL_LIMIT_MIN));
        assert_int_equal(resolved.limits.values[PL_LIMIT_OOM_GROUP], figures->oom_group);
        assert_row(figures->profile, resolved.has_score_adj);
        assert_int_equal(resolved.score_adj, figures->score_adj);
        assert_int_equal(resolved.order, figures->order);
        assert_row(figures->profile, !resolved.is_protected);
}

/* The figures that people are told, on the host that they are told for. */
static void the_table_on_16_gib(void **state)
{
        const struct pl_host_facts host = { 16 * PL_GIB, 4 * PL_GIB };
        const uint64_t eight = 8 * PL_GIB;
        const struct figures table[] = {
                { "api", 4 * PL_GIB, NOT_SET, 2 * PL_GIB, 0, -500, -500, 1 },
                { "worker", 2 * PL_GIB, NOT_SET, 512 * PL_MIB, 0, 0, 0, 1 },
                { "cache", PL_GIB, NOT_SET, NOT_SET, 0, 500, 500, 1 },
                { "batch", eight, eight * 9 / 10, NOT_SET, 2 * PL_GIB, 500, 500, 1 },
                { "database", eight, NOT_SET, 4 * PL_GIB, 0, -500, -600, 0 },
        };
        struct pl_policy *policy = load_shipped();

        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(table); i++)
                compare(&table[i], policy, &host);
        pl_policy_free(policy);
}

/* A fourth of the memory, no swap: no limit is larger than the host, and "high" is not applied. */
static void the_table_on_4_gib_without_swap(void **state)
{
        const struct pl_host_facts host = { 4 * PL_GIB, 0 };
        const struct figures table[] = {
                { "api", PL_GIB, NOT_SET, 512 * PL_MIB, 0, -500, -500, 1 },
                { "worker", 512 * PL_MIB, NOT_SET, 128 * PL_MIB, 0, 0, 0, 1 },
                { "cache", 4 * PL_GIB / 10, NOT_SET, NOT_SET, 0, 500, 500, 1 },
                { "batch", 2 * PL_GIB, NOT_SET, NOT_SET, 0, 500, 500, 1 },
                { "database", 2 * PL_GIB, NOT_SET, PL_GIB, 0, -500, -600, 0 },
        };
        struct pl_policy *policy = load_shipped();

        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(table); i++)
                compare(&table[i], policy, &host);
        assert_true(resolve(find(policy, "batch"), &host).high_left_out);
        pl_policy_free(policy);
}

/* The fixed figures of the table hold where shares would be larger, and swap is never more than 8 GiB for a job. */
static void the_table_on_1_tib(void **state)
{
        const struct pl_host_facts host = { PL_TIB, 64 * PL_GIB };
        struct pl_policy *policy = load_shipped();

        (void) state;
        compare(&(struct figures){ "api", 4 * PL_GIB, NOT_SET, 2 * PL_GIB, 0, -500, -500, 1 },
                policy, &host);
        compare(&(struct figures){ "cache", PL_GIB, NOT_SET, NOT_SET, 0, 500, 500, 1 }, policy,
                &host);
        compare(&(struct figures){ "batch", PL_TIB / 2, PL_TIB / 2 * 9 / 10, NOT_SET, 8 * PL_GIB,
                                   500, 500, 1 },
                policy, &host);
        pl_policy_free(policy);
}

static void they_die_in_the_order_of_the_table(void **state)
{
        static const char *const order[] = { "batch", "cache", "worker", "api", "database" };
        const struct pl_host_facts host = { 16 * PL_GIB, 4 * PL_GIB };
        struct pl_policy *policy = load_shipped();
        int32_t before = INT32_MAX, now;

        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(order); i++) {
                now = resolve(find(policy, order[i]), &host).order;
                /* Batch work and caches are of one class; what is growing decides there. */
                assert_row(order[i], i == 1 ? now == before : now < before);
                before = now;
        }
        assert_true(PL_HAS(&find(policy, "database")->memory, PL_MEMORY_SWAPPINESS));
        assert_int_equal(find(policy, "database")->memory.swappiness, 0);
        pl_policy_free(policy);
}

/* ---- examples ---- */

static void each_example_is_sound(void **state)
{
        static const char *const examples[] = { "development.json", "kubernetes-node.json",
                                                "production-web.json" };
        const struct pl_host_facts host = { 16 * PL_GIB, 4 * PL_GIB };
        struct dirent **entries;
        size_t count = test_list(POLICIES "/examples", &entries);

        (void) state;
        assert_int_equal(count, PL_ARRAY_LENGTH(examples));
        for (size_t i = 0; i < count; i++) {
                struct pl_policy *policy = load_example(examples[i]);

                assert_string_equal(entries[i]->d_name, examples[i]);
                check_is_silent(policy, &host, examples[i]);
                pl_policy_free(policy);
        }
        test_list_free(entries, count);
}

static void the_examples_say_what_docker_would(void **state)
{
        const struct pl_host_facts host = { 16 * PL_GIB, 4 * PL_GIB };
        struct pl_policy *web = load_example("production-web.json");
        struct pl_policy *development = load_example("development.json");

        (void) state;
        compare(&(struct figures){ "web", 2 * PL_GIB, NOT_SET, PL_GIB, 0, -500, -500, 1 }, web,
                &host);
        compare(&(struct figures){ "development", PL_GIB, NOT_SET, 512 * PL_MIB, PL_GIB, 0, 0, 0 },
                development, &host);
        pl_policy_free(web);
        pl_policy_free(development);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(it_is_these_six),
                cmocka_unit_test(they_are_sound_on_every_host),
                cmocka_unit_test(promises_stay_below_half_of_memory),
                cmocka_unit_test(the_table_on_16_gib),
                cmocka_unit_test(the_table_on_4_gib_without_swap),
                cmocka_unit_test(the_table_on_1_tib),
                cmocka_unit_test(they_die_in_the_order_of_the_table),
                cmocka_unit_test(each_example_is_sound),
                cmocka_unit_test(the_examples_say_what_docker_would),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
