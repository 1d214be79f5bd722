/* SPDX-License-Identifier: Apache-2.0 */

#include "plimsoll/host/reach.h"

#include "plimsoll/base/size.h"
#include "test.h"

static const struct pl_reach_rules top = { .parent_is_root = true, .recursive_protection = true };
static const struct pl_reach_rules recursive = { .recursive_protection = true };
static const struct pl_reach_rules strict = {};

static struct pl_limits low(uint64_t bytes)
{
        struct pl_limits limits = {};

        pl_limits_put(&limits, PL_LIMIT_LOW, bytes);
        return limits;
}

/* Two children of a slice below the root, with what each claims and uses, and what the kernel would grant: worked out
 * by hand after effective_protection() of Linux 6.12. */
static const struct {
        const char *what;
        uint64_t parent_low, parent_usage;
        struct {
                uint64_t low, usage;
        } children[2];
        uint64_t recursive[2], strict[2];
} rows[] = {
        { "as claimed", 100, 200, { { 50, 100 }, { 50, 100 } }, { 50, 50 }, { 50, 50 } },
        { "too much is claimed", 100, 200, { { 100, 100 }, { 100, 100 } }, { 50, 50 }, { 50, 50 } },
        { "by what may be claimed",
          100,
          400,
          { { 300, 300 }, { 300, 100 } },
          { 75, 25 },
          { 75, 25 } },
        { "the parent has none", 0, 200, { { 100, 100 }, { 50, 100 } }, { 0, 0 }, { 0, 0 } },
        { "nobody claims", 100, 200, { { 0, 150 }, { 0, 50 } }, { 75, 25 }, { 0, 0 } },
        { "one claims", 100, 200, { { 50, 100 }, { 0, 100 } }, { 66, 33 }, { 50, 0 } },
        { "one who uses less than he claims",
          100,
          100,
          { { 100, 20 }, { 0, 80 } },
          { 20, 80 },
          { 20, 0 } },
        { "the slice uses less than it is granted",
          1000,
          100,
          { { 0, 50 }, { 0, 50 } },
          { 500, 500 },
          { 0, 0 } },
        { "all of it",
          PL_SIZE_MAX,
          100,
          { { PL_SIZE_MAX, 50 }, { 0, 50 } },
          { 50, PL_SIZE_MAX - 50 },
          { 50, 0 } },
};

static void shares_protection_as_the_kernel_does(void **state)
{
        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(rows); i++) {
                struct pl_limits limits = low(rows[i].parent_low);
                struct pl_reach root, slice, children[2];

                pl_reach_init(&root);
                pl_reach_init(&slice);
                pl_reach_set(&slice, &root, &limits, rows[i].parent_usage);
                pl_reach_derive(&slice, &root, top);
                assert_row(rows[i].what, slice.low.effective == rows[i].parent_low);
                for (size_t j = 0; j < 2; j++) {
                        limits = low(rows[i].children[j].low);
                        pl_reach_init(&children[j]);
                        pl_reach_set(&children[j], &slice, &limits, rows[i].children[j].usage);
                }
                for (size_t j = 0; j < 2; j++) {
                        pl_reach_derive(&children[j], &slice, recursive);
                        assert_row(rows[i].what, children[j].low.effective == rows[i].recursive[j]);
                        pl_reach_derive(&children[j], &slice, strict);
                        assert_row(rows[i].what, children[j].low.effective == rows[i].strict[j]);
                        assert_row(rows[i].what, children[j].min.effective == 0);
                }
        }
}

static void the_lowest_ceiling_counts(void **state)
{
        struct pl_reach root, slice, service;
        struct pl_limits limits = {}, inner = {};

        (void) state;
        pl_reach_init(&root);
        pl_reach_init(&slice);
        pl_reach_init(&service);
        pl_limits_put(&limits, PL_LIMIT_MAX, 1000);
        pl_limits_put(&limits, PL_LIMIT_SWAP_MAX, 0);
        pl_reach_set(&slice, &root, &limits, 10);
        pl_reach_derive(&slice, &root, top);
        pl_limits_put(&limits, PL_LIMIT_MAX, 2000);
        pl_limits_put(&limits, PL_LIMIT_HIGH, 500);
        pl_limits_put(&limits, PL_LIMIT_SWAP_MAX, PL_SIZE_MAX);
        pl_reach_set(&service, &slice, &limits, 10);
        pl_reach_derive(&service, &slice, recursive);
        assert_true(service.own_max == 2000 && service.max == 1000);
        assert_true(service.high == 500 && service.own_high == 500);
        assert_true(service.own_swap_max == PL_SIZE_MAX && service.swap_max == 0);
        assert_true(slice.high == PL_SIZE_MAX);

        pl_limits_put(&inner, PL_LIMIT_MAX, 800);
        pl_limits_put(&inner, PL_LIMIT_HIGH, 900);
        pl_reach_lower(&service, &inner);
        assert_true(service.max == 800 && service.high == 500 && service.own_max == 2000);
}

/* However often each is read, changes and leaves, a sum is the sum. */
static void sums_stay_right(void **state)
{
        struct pl_reach parent, children[20];
        struct test_random random = { 7 };

        (void) state;
        pl_reach_init(&parent);
        for (size_t i = 0; i < PL_ARRAY_LENGTH(children); i++)
                pl_reach_init(&children[i]);
        for (int step = 0; step < 5000; step++) {
                struct pl_reach *one =
                        &children[test_random_below(&random, PL_ARRAY_LENGTH(children))];
                struct pl_limits limits = low(test_random_size(&random));
                uint64_t sum = 0;

                if (test_random_below(&random, 4) == 0)
                        pl_reach_leave(one, &parent);
                else
                        pl_reach_set(one, &parent, &limits, test_random_size(&random));
                for (size_t i = 0; i < PL_ARRAY_LENGTH(children); i++)
                        sum += children[i].low.claimed;
                assert_true(parent.low.children == sum);
        }
        for (size_t i = 0; i < PL_ARRAY_LENGTH(children); i++)
                pl_reach_leave(&children[i], &parent);
        assert_true(parent.low.children == 0 && parent.min.children == 0);
}

/* Nobody is granted what is not there: the children together never more than the parent, where its use is theirs. */
static void grants_no_more_than_there_is(void **state)
{
        struct test_random random = { 11 };

        (void) state;
        for (int turn = 0; turn < 20000; turn++) {
                struct pl_reach root, parent, children[4];
                uint64_t usages[4], whole = 0, sum = 0;
                struct pl_limits limits;

                pl_reach_init(&root);
                pl_reach_init(&parent);
                for (size_t i = 0; i < 4; i++)
                        whole += usages[i] = test_random_size(&random) >> 20;
                limits = low(test_random_below(&random, whole + 1));
                pl_reach_set(&parent, &root, &limits, whole);
                pl_reach_derive(&parent, &root, top);
                for (size_t i = 0; i < 4; i++) {
                        limits = low(test_random_size(&random) >> 20);
                        pl_reach_init(&children[i]);
                        pl_reach_set(&children[i], &parent, &limits, usages[i]);
                }
                for (size_t i = 0; i < 4; i++) {
                        pl_reach_derive(&children[i], &parent, recursive);
                        sum += children[i].low.effective;
                }
                assert_true(sum <= parent.low.effective);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(shares_protection_as_the_kernel_does),
                cmocka_unit_test(the_lowest_ceiling_counts),
                cmocka_unit_test(sums_stay_right),
                cmocka_unit_test(grants_no_more_than_there_is),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
