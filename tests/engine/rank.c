/* SPDX-License-Identifier: Apache-2.0 */

/* plimsoll-ranking(7), rule by rule, by what the engine ranks: each rule decides against all rules behind it, whoever came
 * first; a table of workloads has one order however they come; and the order is one for workloads of any kind.
 */

#include "engine/court.h"

enum { GROUPS = 300, GROUP_MOST = 6, CROWDED = 200 };

/* ---- pairs ---- */

static bool goes_before(const struct court_one *a, const struct court_one *b, bool a_comes_first)
{
        const struct court_one both[2] = { a_comes_first ? *a : *b, a_comes_first ? *b : *a };

        court_open();
        court_hear(both, 2);
        assert_int_equal(court.judgement.candidate_count, 2);
        assert_int_equal(court_rank(a->id) + court_rank(b->id), 3);
        return court_rank(a->id) < court_rank(b->id);
}

static void assert_before(const char *name, struct court_one a, struct court_one b)
{
        assert_row(name, goes_before(&a, &b, true));
        assert_row(name, goes_before(&a, &b, false));
        assert_row(name, !goes_before(&b, &a, true));
}

struct pair {
        const char *name;
        struct court_one first, second;
};

/* The first by this rule, while the second is ahead by every rule behind it. */
static void check_pairs(const struct pair *pairs, size_t count)
{
        for (size_t i = 0; i < count; i++) {
                struct court_one a = pairs[i].first, b = pairs[i].second;

                a.id = 10;
                b.id = 11;
                assert_before(pairs[i].name, a, b);
        }
}

#define PROFILED .flags = PL_CGROUP_PROFILE

static void rule_1_the_higher_order(void **state)
{
        static const struct pair pairs[] = {
                { "of a profile",
                  { PROFILED, .order = 1, .low_bytes = PL_GIB, .anon_bytes = PL_MIB },
                  { .flags = PL_CGROUP_PROFILE | PL_CGROUP_LEAKS,
                    .order = 0,
                    .anon_bytes = PL_GIB,
                    .growth_bytes_per_sec = 100 * PL_MIB } },
                { "below 0",
                  { PROFILED, .order = -500, .anon_bytes = PL_MIB },
                  { PROFILED, .order = -501, .anon_bytes = PL_GIB } },
                { "with a profile it is not what its processes have",
                  { PROFILED, .order = 1, .score_adj = -900, .anon_bytes = PL_MIB },
                  { PROFILED, .order = 0, .score_adj = 900, .anon_bytes = PL_GIB } },
                { "without one it is",
                  { .score_adj = 300, .order = -7, .anon_bytes = PL_MIB },
                  { .score_adj = 200, .order = 900, .anon_bytes = PL_GIB } },
                { "and it is held against orders of profiles",
                  { .score_adj = 300, .anon_bytes = PL_MIB },
                  { PROFILED, .order = 299, .anon_bytes = PL_GIB } },
                { "below 0 it is no promise, and counts as 0",
                  { .score_adj = -900, .anon_bytes = PL_MIB },
                  { PROFILED, .order = -1, .anon_bytes = PL_GIB } },
                { "but of the system's own, whose it is",
                  { .flags = PL_CGROUP_SYSTEM, .score_adj = -100, .anon_bytes = PL_MIB },
                  { .flags = PL_CGROUP_SYSTEM, .score_adj = -900, .anon_bytes = PL_GIB } },
        };

        (void) state;
        check_pairs(pairs, PL_ARRAY_LENGTH(pairs));
}

static void rule_1_what_counts_as_0_is_as_good_as_0(void **state)
{
        const struct court_one low = { .id = 10, .score_adj = -900, .anon_bytes = PL_GIB };
        const struct court_one zero = { .id = 11, .anon_bytes = PL_MIB };

        (void) state;
        assert_before("it is left to what they give back", low, zero);
        assert_int_equal(court_candidate(10)->order, 0);
}

static void rule_2_the_hosts_own_services_last(void **state)
{
        static const struct pair pairs[] = {
                { "behind a container",
                  { .anon_bytes = PL_MIB, .low_bytes = PL_GIB },
                  { .flags = PL_CGROUP_SYSTEM | PL_CGROUP_LEAKS,
                    .anon_bytes = PL_GIB,
                    .growth_bytes_per_sec = 100 * PL_MIB } },
                { "behind a profile of the order 0",
                  { PROFILED, .anon_bytes = PL_MIB },
                  { .flags = PL_CGROUP_SYSTEM, .anon_bytes = PL_GIB } },
                { "but before a lower order",
                  { .flags = PL_CGROUP_SYSTEM, .anon_bytes = PL_MIB },
                  { PROFILED, .order = -1, .anon_bytes = PL_GIB } },
                { "a profile makes one like all others",
                  { .flags = PL_CGROUP_SYSTEM | PL_CGROUP_PROFILE, .anon_bytes = PL_GIB },
                  { .anon_bytes = PL_MIB } },
                { "and so does an oom_score_adj above 0",
                  { .flags = PL_CGROUP_SYSTEM, .score_adj = 5, .anon_bytes = PL_GIB },
                  { .score_adj = 5, .anon_bytes = PL_MIB } },
        };

        (void) state;
        check_pairs(pairs, PL_ARRAY_LENGTH(pairs));
}

static void rule_3_above_the_promise_first(void **state)
{
        static const struct pair pairs[] = {
                { "by a little",
                  { .anon_bytes = 101 * PL_MIB, .low_bytes = 100 * PL_MIB },
                  { .flags = PL_CGROUP_LEAKS,
                    .anon_bytes = PL_GIB,
                    .low_bytes = PL_GIB,
                    .growth_bytes_per_sec = 100 * PL_MIB } },
                { "memory.min is one as well",
                  { .anon_bytes = 2 * PL_MIB, .low_bytes = PL_MIB },
                  { .anon_bytes = PL_GIB, .min_bytes = PL_GIB } },
                { "the larger of the two counts",
                  { .anon_bytes = 2 * PL_MIB, .low_bytes = PL_MIB, .min_bytes = PL_MIB },
                  { .anon_bytes = PL_GIB, .low_bytes = PL_GIB, .min_bytes = PL_MIB } },
                { "by how much does not matter",
                  { .anon_bytes = 900 * PL_MIB, .low_bytes = 899 * PL_MIB },
                  { .anon_bytes = 800 * PL_MIB } },
        };

        (void) state;
        check_pairs(pairs, PL_ARRAY_LENGTH(pairs));
}

static void rule_4_certain_leakers_first(void **state)
{
        static const struct pair pairs[] = {
                { "it leaks",
                  { .flags = PL_CGROUP_LEAKS, .anon_bytes = PL_MIB },
                  { .anon_bytes = PL_GIB, .growth_bytes_per_sec = 500 * PL_MIB } },
        };

        (void) state;
        check_pairs(pairs, PL_ARRAY_LENGTH(pairs));
}

static void rule_5_the_faster_growth_first(void **state)
{
        static const struct pair pairs[] = {
                { "growth and none",
                  { .anon_bytes = 100 * PL_MIB, .growth_bytes_per_sec = PL_MIB },
                  { .anon_bytes = PL_GIB } },
                { "less than shortage.growth is none",
                  { .anon_bytes = PL_GIB },
                  { .anon_bytes = 100 * PL_MIB, .growth_bytes_per_sec = PL_MIB - 1 } },
                { "twice as fast is a class of its own",
                  { .anon_bytes = 100 * PL_MIB, .growth_bytes_per_sec = 8 * PL_MIB },
                  { .anon_bytes = PL_GIB, .growth_bytes_per_sec = 8 * PL_MIB - 1 } },
                { "in one class nobody is the faster",
                  { .anon_bytes = PL_GIB, .growth_bytes_per_sec = 8 * PL_MIB },
                  { .anon_bytes = 100 * PL_MIB, .growth_bytes_per_sec = 16 * PL_MIB - 1 } },
        };

        (void) state;
        check_pairs(pairs, PL_ARRAY_LENGTH(pairs));
}

static void rule_5_growth_of_long_ago_is_none(void **state)
{
        struct court_one all[] = {
                { .id = 10, .anon_bytes = 500 * PL_MIB, .growth_bytes_per_sec = 50 * PL_MIB },
                { .id = 11, .anon_bytes = PL_GIB },
        };

        (void) state;
        court_hear(all, 2);
        assert_int_equal(court_rank(10), 1);
        court_wait(10 * PL_USEC_PER_SEC);
        court_step();
        assert_int_equal(court_rank(10), 1);
        court_wait(1);
        court_step();
        assert_int_equal(court_rank(11), 1);
        assert_true(court_candidate(10)->growth_bytes_per_sec == 0);
}

static void rule_5_page_cache_is_no_growth(void **state)
{
        struct court_one reader = { .id = 10, .anon_bytes = PL_MIB, .cache_bytes = PL_MIB };
        const struct court_one other = { .id = 11, .anon_bytes = 2 * PL_MIB };

        (void) state;
        court_hear((struct court_one[]){ reader, other }, 2);
        reader.cache_bytes = PL_GIB;
        court_wait(PL_USEC_PER_SEC);
        court_put_sample(&reader, 0);
        court_step();
        assert_int_equal(court_rank(11), 1);
        assert_true(court_candidate(10)->growth_bytes_per_sec == 0);
}

static void rule_6_what_gives_back_more_first(void **state)
{
        static const struct pair pairs[] = {
                { "by a byte", { .anon_bytes = PL_GIB + 1 }, { .anon_bytes = PL_GIB } },
                { "swap counts",
                  { .anon_bytes = PL_MIB, .swap_bytes = PL_GIB },
                  { .anon_bytes = PL_GIB } },
                { "page cache does not",
                  { .anon_bytes = 2 * PL_MIB },
                  { .anon_bytes = PL_MIB, .cache_bytes = 8 * PL_GIB } },
                { "nor does what outlives it",
                  { .anon_bytes = 2 * PL_MIB },
                  { .anon_bytes = PL_MIB, .shmem_bytes = 8 * PL_GIB } },
        };

        (void) state;
        check_pairs(pairs, PL_ARRAY_LENGTH(pairs));
        assert_true(court_candidate(11)->stays_bytes == 8 * PL_GIB);
}

static void rule_7_the_newer_first(void **state)
{
        const struct court_one older = { .id = 10, .anon_bytes = PL_MIB };
        const struct court_one newer = { .id = 11, .anon_bytes = PL_MIB };

        (void) state;
        assert_before("they are alike", newer, older);
}

/* ---- a table ---- */

/* In its order; the ids are not. */
static const struct court_one table[] = {
        { .id = 14, PROFILED, .order = 500, .anon_bytes = 200 * PL_MIB },
        { .id = 12, PROFILED, .order = 500, .anon_bytes = PL_GIB, .low_bytes = PL_GIB },
        { .id = 17, .flags = PL_CGROUP_LEAKS, .anon_bytes = 50 * PL_MIB },
        { .id = 11, .anon_bytes = PL_GIB, .growth_bytes_per_sec = 40 * PL_MIB },
        { .id = 16, .score_adj = -500, .anon_bytes = 300 * PL_MIB },
        { .id = 15, .anon_bytes = 300 * PL_MIB },
        { .id = 18, .flags = PL_CGROUP_SYSTEM, .anon_bytes = 2 * PL_GIB },
        { .id = 13, PROFILED, .order = -500, .anon_bytes = 4 * PL_GIB },
};

static void assert_is_table(void)
{
        assert_int_equal(court.judgement.candidate_count, PL_ARRAY_LENGTH(table));
        for (uint32_t i = 0; i < PL_ARRAY_LENGTH(table); i++) {
                assert_true(court.judgement.candidates[i].id == table[i].id);
                assert_int_equal(court.judgement.candidates[i].rank, i + 1);
                assert_int_equal(court.judgement.candidates[i].turn, PL_TURN_NEXT);
        }
}

static void all_pairs_of_the_table_are_in_its_order(void **state)
{
        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(table); i++)
                for (size_t j = i + 1; j < PL_ARRAY_LENGTH(table); j++)
                        assert_before("of the table", table[i], table[j]);
}

/* Heap's algorithm: each permutation by one exchange. */
static void all_permutations_of_the_table_come_to_its_order(void **state)
{
        struct court_one all[PL_ARRAY_LENGTH(table)];
        size_t turns[PL_ARRAY_LENGTH(table)] = {}, count = 1;

        (void) state;
        memcpy(all, table, sizeof all);
        court_hear(all, PL_ARRAY_LENGTH(all));
        assert_is_table();
        for (size_t i = 1; i < PL_ARRAY_LENGTH(all);) {
                size_t other = i % 2 == 0 ? 0 : turns[i];
                struct court_one one = all[other];

                if (turns[i] == i) {
                        turns[i++] = 0;
                        continue;
                }
                all[other] = all[i];
                all[i] = one;
                turns[i]++;
                i = 1;
                count++;
                court_open();
                court_hear(all, PL_ARRAY_LENGTH(all));
                assert_is_table();
        }
        assert_int_equal(count, 40320);
}

/* ---- of any kind ---- */

static uint64_t pick(struct test_random *random, const uint64_t *values, size_t count)
{
        return values[test_random_below(random, count)];
}

/* From few values, so that rules often leave it to those behind them. */
static struct court_one make_one(struct test_random *random, uint64_t id)
{
        static const uint64_t sizes[] = { 0, PL_MIB, 100 * PL_MIB, 100 * PL_MIB + 1, PL_GIB };
        static const uint64_t rates[] = { 0, PL_MIB - 1, PL_MIB, 3 * PL_MIB, 40 * PL_MIB };
        static const uint32_t flags[] = { PL_CGROUP_PROFILE, PL_CGROUP_SYSTEM, PL_CGROUP_LEAKS };
        struct court_one one = { .id = id };

        for (size_t i = 0; i < PL_ARRAY_LENGTH(flags); i++)
                if (test_random_below(random, 2) == 0)
                        one.flags |= flags[i];
        one.order = (int32_t) test_random_below(random, 3) - 1;
        one.score_adj = (int32_t) test_random_below(random, 3) - 1;
        one.anon_bytes = pick(random, sizes + 1, PL_ARRAY_LENGTH(sizes) - 1);
        one.swap_bytes = pick(random, sizes, 2);
        one.cache_bytes = pick(random, sizes, PL_ARRAY_LENGTH(sizes));
        one.shmem_bytes = pick(random, sizes, 2);
        one.low_bytes = pick(random, sizes, PL_ARRAY_LENGTH(sizes));
        one.min_bytes = pick(random, sizes, 2);
        one.growth_bytes_per_sec = pick(random, rates, PL_ARRAY_LENGTH(rates));
        return one;
}

static void check_group(const struct court_one *all, size_t count)
{
        bool before[GROUP_MOST][GROUP_MOST] = {};

        for (size_t i = 0; i < count; i++)
                for (size_t j = 0; j < count; j++)
                        if (i != j)
                                before[i][j] = goes_before(&all[i], &all[j], i < j);
        for (size_t i = 0; i < count; i++)
                for (size_t j = 0; j < count; j++)
                        for (size_t k = 0; k < count; k++) {
                                if (i != j)
                                        assert_true(before[i][j] != before[j][i]);
                                if (before[i][j] && before[j][k])
                                        assert_true(before[i][k]);
                        }
        court_open();
        court_hear(all, count);
        for (size_t i = 0; i < count; i++)
                for (size_t j = 0; j < count; j++)
                        if (i != j)
                                assert_true((court_rank(all[i].id) < court_rank(all[j].id)) ==
                                            before[i][j]);
}

static void the_order_is_strict_and_transitive(void **state)
{
        struct test_random random = { 7 };

        (void) state;
        for (size_t i = 0; i < GROUPS; i++) {
                struct court_one all[GROUP_MOST];

                for (size_t j = 0; j < GROUP_MOST; j++)
                        all[j] = make_one(&random, 100 + test_random_below(&random, 1000) * 10 + j);
                check_group(all, GROUP_MOST);
        }
}

/* More than are listed: those who are, are the first of them all, and nobody is listed twice. */
static void of_a_crowd_the_first_are_listed(void **state)
{
        static struct court_one all[CROWDED];

        (void) state;
        for (size_t i = 0; i < CROWDED; i++)
                all[i] = (struct court_one){ .id = 1000 + i,
                                             .anon_bytes = (1 + i * 37 % CROWDED) * PL_MIB };
        court_hear(all, CROWDED);
        assert_int_equal(court.judgement.candidate_count, PL_CANDIDATES_MAX);
        for (uint32_t i = 0; i < PL_CANDIDATES_MAX; i++) {
                assert_true(court.judgement.candidates[i].gives_back_bytes ==
                            (CROWDED - i) * PL_MIB);
                assert_int_equal(court.judgement.candidates[i].rank, i + 1);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
#define CASE(name) cmocka_unit_test_setup_teardown(name, court_setup, court_teardown)
                CASE(rule_1_the_higher_order),
                CASE(rule_1_what_counts_as_0_is_as_good_as_0),
                CASE(rule_2_the_hosts_own_services_last),
                CASE(rule_3_above_the_promise_first),
                CASE(rule_4_certain_leakers_first),
                CASE(rule_5_the_faster_growth_first),
                CASE(rule_5_growth_of_long_ago_is_none),
                CASE(rule_5_page_cache_is_no_growth),
                CASE(rule_6_what_gives_back_more_first),
                CASE(rule_7_the_newer_first),
                CASE(all_pairs_of_the_table_are_in_its_order),
                CASE(all_permutations_of_the_table_come_to_its_order),
                CASE(the_order_is_strict_and_transitive),
                CASE(of_a_crowd_the_first_are_listed),
#undef CASE
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
