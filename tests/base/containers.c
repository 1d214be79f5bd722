/* SPDX-License-Identifier: Apache-2.0 */

/* pool and table against the simplest thing that could be right: arrays that are searched. */

#include "plimsoll/base/pool.h"
#include "plimsoll/base/table.h"
#include "test.h"

enum { CAPACITY = 61, TURNS = 200000 };

static void a_pool_gives_each_object_once(void **state)
{
        struct pl_pool pool;
        bool taken[CAPACITY] = {};
        uint32_t count = 0;
        struct test_random random = { 4 };

        (void) state;
        assert_int_equal(pl_pool_init(&pool, CAPACITY, sizeof(uint64_t)), 0);
        for (int turn = 0; turn < TURNS; turn++) {
                uint32_t index = (uint32_t) test_random_below(&random, CAPACITY);

                if (test_random_below(&random, 2)) {
                        int r = pl_pool_take(&pool, &index);

                        assert_int_equal(r, count == CAPACITY ? PL_POOL_E_FULL : 0);
                        if (r != 0)
                                continue;
                        assert_false(taken[index]);
                        assert_true(*(uint64_t *) pl_pool_at(&pool, index) == 0);
                        *(uint64_t *) pl_pool_at(&pool, index) = index + 1;
                        taken[index] = true;
                        count++;
                } else if (taken[index]) {
                        assert_true(*(uint64_t *) pl_pool_at(&pool, index) == index + 1);
                        pl_pool_give_back(&pool, index);
                        taken[index] = false;
                        count--;
                }
                assert_int_equal(pool.count, count);
        }

        uint32_t walked = 0;
        for (uint32_t i = pl_pool_next(&pool, 0); i != PL_POOL_NONE;
             i = pl_pool_next(&pool, i + 1)) {
                assert_true(taken[i]);
                walked++;
        }
        assert_int_equal(walked, count);
        pl_pool_done(&pool);
        pl_pool_done(&pool);
}

struct model {
        uint64_t key;
        uint32_t value;
};

static struct model *find(struct model *model, uint64_t key)
{
        for (int i = 0; i < CAPACITY; i++)
                if (model[i].key == key)
                        return &model[i];
        return NULL;
}

static void check_same(const struct pl_table *table, struct model *model, uint64_t keys)
{
        uint32_t value;

        for (uint64_t key = 1; key <= keys; key++) {
                struct model *expected = find(model, key);

                assert_int_equal(pl_table_find(table, key, &value),
                                 expected ? 0 : PL_TABLE_E_ABSENT);
                if (expected)
                        assert_int_equal(value, expected->value);
        }
}

/* Few keys over a small table, so that runs of slots grow, wrap round the end, and close again. */
static void a_table_is_a_map(void **state)
{
        enum { KEYS = 90 };
        struct model model[CAPACITY] = {};
        struct test_random random = { 5 };
        struct pl_table table;
        uint32_t count = 0;

        (void) state;
        assert_int_equal(pl_table_init(&table, CAPACITY, 12345), 0);
        for (int turn = 0; turn < TURNS; turn++) {
                uint64_t key = 1 + test_random_below(&random, KEYS);
                struct model *held = find(model, key), *room = find(model, 0);

                if (test_random_below(&random, 2)) {
                        int expected = held ? PL_TABLE_E_EXISTS : room ? 0 : PL_TABLE_E_FULL;

                        assert_int_equal(pl_table_add(&table, key, (uint32_t) turn), expected);
                        if (expected == 0)
                                *room = (struct model){ key, (uint32_t) turn };
                        count += expected == 0;
                } else {
                        assert_int_equal(pl_table_remove(&table, key),
                                         held ? 0 : PL_TABLE_E_ABSENT);
                        if (held)
                                *held = (struct model){};
                        count -= held != NULL;
                }
                assert_int_equal(table.count, count);
                if (turn % 100 == 0)
                        check_same(&table, model, KEYS);
        }
        pl_table_done(&table);
        pl_table_done(&table);
}

static void a_table_of_one(void **state)
{
        struct pl_table table;
        uint32_t value;

        (void) state;
        assert_int_equal(pl_table_init(&table, 1, 0), 0);
        assert_int_equal(pl_table_add(&table, UINT64_MAX, 7), 0);
        assert_int_equal(pl_table_add(&table, 1, 8), PL_TABLE_E_FULL);
        assert_int_equal(pl_table_find(&table, UINT64_MAX, &value), 0);
        assert_int_equal(value, 7);
        assert_int_equal(pl_table_remove(&table, UINT64_MAX), 0);
        assert_int_equal(pl_table_find(&table, UINT64_MAX, &value), PL_TABLE_E_ABSENT);
        pl_table_done(&table);
}

static void a_table_can_be_given_more_room(void **state)
{
        struct pl_table table;
        uint32_t value;

        (void) state;
        assert_int_equal(pl_table_init(&table, 1, 7), 0);
        for (uint64_t key = 1; key <= 1000; key++) {
                assert_int_equal(pl_table_reserve(&table, (uint32_t) key), 0);
                assert_int_equal(pl_table_add(&table, key << 20, (uint32_t) key), 0);
        }
        assert_int_equal(table.capacity, 1024);
        assert_int_equal(pl_table_reserve(&table, 3), 0);
        assert_int_equal(table.capacity, 1024);
        for (uint64_t key = 1; key <= 1000; key++) {
                assert_int_equal(pl_table_find(&table, key << 20, &value), 0);
                assert_int_equal(value, key);
        }
        assert_int_equal(pl_table_find(&table, 1, &value), PL_TABLE_E_ABSENT);
        pl_table_done(&table);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_pool_gives_each_object_once),
                cmocka_unit_test(a_table_is_a_map),
                cmocka_unit_test(a_table_of_one),
                cmocka_unit_test(a_table_can_be_given_more_room),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
