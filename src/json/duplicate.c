/* SPDX-License-Identifier: Apache-2.0 */

/* A handful of members is compared each with each. More are sorted, so that an object of sixty thousand costs no more
 * than n log n comparisons whatever its keys are: a hash table would need a seed that whoever writes the file does
 * not know, and qsort() promises no bound. Heap sort (Williams 1964) has one, needs no memory beside the list, and no
 * recursion.
 */

#include "duplicate.h"

#include <errno.h>
#include <stdlib.h>

#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"

/* Up to 120 comparisons of two short strings, less than the sorting of sixteen takes. */
enum { PAIRWISE_MAX = 16 };

struct finder {
        const struct pl_json_value *values;
        uint32_t *first;                     /* owned until it is returned */
        const struct pl_json_value **sorted; /* owned: room for the largest object */
};

static void mark(struct finder *finder, const struct pl_json_value *later,
                 const struct pl_json_value *first)
{
        pl_assert(first < later);
        finder->first[later - finder->values] = (uint32_t) (first - finder->values);
}

/* By key, and by place where keys are the same. */
static bool comes_before(const struct pl_json_value *a, const struct pl_json_value *b)
{
        int order = strcmp(a->key, b->key);

        return order != 0 ? order < 0 : a < b;
}

/* Most keys differ in their first byte, and most of the time would be spent on calling strcmp(). */
static bool is_same(const char *a, const char *b)
{
        return a[0] == b[0] && strcmp(a, b) == 0;
}

static void find_pairwise(struct finder *finder, const struct pl_json_value *object)
{
        for (const struct pl_json_value *a = object->child; a; a = a->next)
                for (const struct pl_json_value *b = object->child; b != a; b = b->next)
                        if (is_same(a->key, b->key)) {
                                mark(finder, a, b);
                                break;
                        }
}

/* Lets the entry at `root` sink to where both below it come before it. */
static void sift_down(const struct pl_json_value **heap, size_t root, size_t count)
{
        const struct pl_json_value *value = heap[root];

        for (size_t child = 2 * root + 1; child < count; child = 2 * root + 1) {
                if (child + 1 < count && comes_before(heap[child], heap[child + 1]))
                        child++;
                if (!comes_before(value, heap[child]))
                        break;
                heap[root] = heap[child];
                root = child;
        }
        heap[root] = value;
}

static void sort(const struct pl_json_value **values, size_t count)
{
        for (size_t i = count / 2; i-- > 0;)
                sift_down(values, i, count);
        for (size_t end = count; end-- > 1;) {
                const struct pl_json_value *largest = values[0];

                values[0] = values[end];
                values[end] = largest;
                sift_down(values, 0, end);
        }
}

static void find_sorted(struct finder *finder, const struct pl_json_value *object)
{
        const struct pl_json_value **sorted = finder->sorted, *first;
        size_t count = 0;

        for (const struct pl_json_value *value = object->child; value; value = value->next)
                sorted[count++] = value;
        pl_assert(count == object->count);

        sort(sorted, count);
        first = sorted[0];
        for (size_t i = 1; i < count; i++)
                if (is_same(first->key, sorted[i]->key))
                        mark(finder, sorted[i], first);
                else
                        first = sorted[i];
}

static size_t largest_object(const struct pl_json_value *values, size_t count)
{
        size_t largest = 0;

        for (size_t i = 0; i < count; i++)
                if (values[i].type == PL_JSON_OBJECT)
                        largest = PL_MAX(largest, (size_t) values[i].count);
        return largest;
}

static int allocate(struct finder *finder, size_t count)
{
        size_t largest = largest_object(finder->values, count);

        finder->first = reallocarray(NULL, count, sizeof *finder->first);
        if (!finder->first)
                return -ENOMEM;
        if (largest <= PAIRWISE_MAX)
                return 0;
        /* NOLINTNEXTLINE(bugprone-sizeof-expression): it is pointers that are listed. */
        finder->sorted = reallocarray(NULL, largest, sizeof *finder->sorted);
        return finder->sorted ? 0 : -ENOMEM;
}

int pl_json_find_duplicates(const struct pl_json_value *values, size_t count, uint32_t **ret_first)
{
        struct finder finder = { .values = values };
        int r;

        pl_assert(values);
        pl_assert(ret_first);

        r = allocate(&finder, count);
        if (r != 0) {
                free(finder.first);
                return r;
        }
        for (size_t i = 0; i < count; i++)
                finder.first[i] = PL_JSON_NO_DUPLICATE;
        for (size_t i = 0; i < count; i++)
                if (values[i].type == PL_JSON_OBJECT) {
                        if (values[i].count > PAIRWISE_MAX)
                                find_sorted(&finder, &values[i]);
                        else
                                find_pairwise(&finder, &values[i]);
                }
        free(finder.sorted);

        *ret_first = finder.first;
        return 0;
}
