/* SPDX-License-Identifier: Apache-2.0 */

/* A heap against the simplest thing that could be right: all that is in it, sorted. */

#include "plimsoll/base/heap.h"
#include "test.h"

enum { CAPACITY = 200, TURNS = 20000, KEYS = 50 };

/* What the heap is asked about: a key for each index, of which many are equal. */
static uint64_t keys[CAPACITY];

static bool goes_before(const void *context, uint32_t a, uint32_t b)
{
        const uint64_t *of = context;

        return of[a] != of[b] ? of[a] < of[b] : a < b;
}

static int compare(const void *a, const void *b)
{
        return goes_before(keys, *(const uint32_t *) a, *(const uint32_t *) b) ? -1 : 1;
}

static uint32_t sorted(const bool *there, uint32_t *ret_indices)
{
        uint32_t count = 0;

        for (uint32_t i = 0; i < CAPACITY; i++)
                if (there[i])
                        ret_indices[count++] = i;
        qsort(ret_indices, count, sizeof *ret_indices, compare);
        return count;
}

static void check_first(const struct pl_heap *heap, const bool *there, uint32_t most)
{
        uint32_t expected[CAPACITY], first[PL_HEAP_FIRST_MAX + 1];
        uint32_t count = sorted(there, expected);

        first[most] = UINT32_MAX;
        assert_int_equal(heap->count, count);
        count = PL_MIN(count, most);
        assert_int_equal(pl_heap_first(heap, most, first), count);
        assert_memory_equal(first, expected, count * sizeof *first);
        /* Nothing is written behind what was asked for. */
        assert_int_equal(first[most], UINT32_MAX);
}

static void the_first_few_are_those_of_all_sorted(void **state)
{
        struct test_random random = { 6 };
        bool there[CAPACITY] = {};
        struct pl_heap heap;

        (void) state;
        assert_int_equal(pl_heap_init(&heap, CAPACITY, goes_before, keys), 0);
        for (int turn = 0; turn < TURNS; turn++) {
                uint32_t index = (uint32_t) test_random_below(&random, CAPACITY);

                assert_true(pl_heap_has(&heap, index) == there[index]);
                there[index] = test_random_below(&random, 3) != 0;
                if (there[index]) {
                        /* Its key may change just before it is put, whether it is there or not. */
                        keys[index] = test_random_below(&random, KEYS);
                        pl_heap_put(&heap, index);
                } else {
                        pl_heap_remove(&heap, index);
                }
                assert_true(pl_heap_has(&heap, index) == there[index]);
                check_first(&heap, there,
                            (uint32_t) test_random_below(&random, PL_HEAP_FIRST_MAX + 1));
        }
        pl_heap_done(&heap);
        pl_heap_done(&heap);
}

static void an_empty_one_has_no_first(void **state)
{
        struct pl_heap heap;
        uint32_t first[4] = { 7, 7, 7, 7 };

        (void) state;
        assert_int_equal(pl_heap_init(&heap, 1, goes_before, keys), 0);
        assert_int_equal(pl_heap_first(&heap, 4, first), 0);
        pl_heap_put(&heap, 0);
        pl_heap_put(&heap, 0);
        assert_int_equal(heap.count, 1);
        assert_int_equal(pl_heap_first(&heap, 0, first), 0);
        assert_int_equal(first[0], 7);
        assert_int_equal(pl_heap_first(&heap, 4, first), 1);
        assert_int_equal(first[0], 0);
        pl_heap_remove(&heap, 0);
        pl_heap_remove(&heap, 0);
        assert_int_equal(heap.count, 0);
        pl_heap_done(&heap);
}

static void what_was_cleared_can_be_filled_again(void **state)
{
        bool there[CAPACITY] = {};
        struct pl_heap heap;

        (void) state;
        assert_int_equal(pl_heap_init(&heap, CAPACITY, goes_before, keys), 0);
        for (uint32_t i = 0; i < CAPACITY; i++)
                pl_heap_put(&heap, i);
        /* With nobody in it keys are free to change. */
        pl_heap_clear(&heap);
        for (uint32_t i = 0; i < CAPACITY; i++) {
                assert_false(pl_heap_has(&heap, i));
                keys[i] = CAPACITY - i;
        }
        for (uint32_t i = 0; i < CAPACITY; i += 2) {
                pl_heap_put(&heap, i);
                there[i] = true;
        }
        check_first(&heap, there, PL_HEAP_FIRST_MAX);
        pl_heap_done(&heap);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(the_first_few_are_those_of_all_sorted),
                cmocka_unit_test(an_empty_one_has_no_first),
                cmocka_unit_test(what_was_cleared_can_be_filled_again),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
