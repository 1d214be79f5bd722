/* SPDX-License-Identifier: Apache-2.0 */

/* A binary heap that knows where everybody is. The first few are found by going down from the top: whoever comes next is below
 * one of those that came already, so it is enough to keep those in a little heap of their own.
 */

#include "plimsoll/base/heap.h"

#include <errno.h>
#include <stdlib.h>

#include "plimsoll/base/assert.h"

int pl_heap_init(struct pl_heap *heap, uint32_t capacity,
                 bool (*before)(const void *context, uint32_t a, uint32_t b), const void *context)
{
        pl_assert(heap && capacity > 0 && capacity < PL_HEAP_NOWHERE && before);

        *heap = (struct pl_heap){ .capacity = capacity, .before = before, .context = context };
        heap->slots = calloc(capacity, sizeof *heap->slots);
        /* One more than the index: what was never written is nowhere, and takes no memory. */
        heap->places = calloc(capacity, sizeof *heap->places);
        if (heap->slots && heap->places)
                return 0;
        pl_heap_done(heap);
        return -ENOMEM;
}

void pl_heap_done(struct pl_heap *heap)
{
        free(heap->slots);
        free(heap->places);
        *heap = (struct pl_heap){};
}

static uint32_t place_of(const struct pl_heap *heap, uint32_t index)
{
        pl_assert(index < heap->capacity);
        return heap->places[index] - 1;
}

bool pl_heap_has(const struct pl_heap *heap, uint32_t index)
{
        return place_of(heap, index) != PL_HEAP_NOWHERE;
}

void pl_heap_clear(struct pl_heap *heap)
{
        for (uint32_t i = 0; i < heap->count; i++)
                heap->places[heap->slots[i]] = 0;
        heap->count = 0;
}

static void set(struct pl_heap *heap, uint32_t place, uint32_t index)
{
        heap->slots[place] = index;
        heap->places[index] = place + 1;
}

static bool goes_before(const struct pl_heap *heap, uint32_t a, uint32_t b)
{
        return heap->before(heap->context, heap->slots[a], heap->slots[b]);
}

static void swap(struct pl_heap *heap, uint32_t a, uint32_t b)
{
        uint32_t index = heap->slots[a];

        set(heap, a, heap->slots[b]);
        set(heap, b, index);
}

static uint32_t rise(struct pl_heap *heap, uint32_t place)
{
        while (place > 0 && goes_before(heap, place, (place - 1) / 2)) {
                swap(heap, place, (place - 1) / 2);
                place = (place - 1) / 2;
        }
        return place;
}

static void sink(struct pl_heap *heap, uint32_t place)
{
        for (uint32_t first = place;; place = first) {
                for (uint32_t below = 2 * place + 1; below <= 2 * place + 2; below++)
                        if (below < heap->count && goes_before(heap, below, first))
                                first = below;
                if (first == place)
                        return;
                swap(heap, place, first);
        }
}

void pl_heap_put(struct pl_heap *heap, uint32_t index)
{
        uint32_t place = place_of(heap, index);

        if (place == PL_HEAP_NOWHERE) {
                pl_assert(heap->count < heap->capacity);
                place = heap->count++;
                set(heap, place, index);
        }
        sink(heap, rise(heap, place));
}

void pl_heap_remove(struct pl_heap *heap, uint32_t index)
{
        uint32_t place = place_of(heap, index), last;

        if (place == PL_HEAP_NOWHERE)
                return;
        last = heap->slots[--heap->count];
        heap->places[index] = 0;
        if (last == index)
                return;
        set(heap, place, last);
        sink(heap, rise(heap, place));
}

/* ---- the first few ---- */

struct frontier {
        uint32_t places[PL_HEAP_FIRST_MAX + 1];
        uint32_t count;
};

static void add(const struct pl_heap *heap, struct frontier *frontier, uint32_t place)
{
        uint32_t at = frontier->count++;

        for (; at > 0 && goes_before(heap, place, frontier->places[(at - 1) / 2]);
             at = (at - 1) / 2)
                frontier->places[at] = frontier->places[(at - 1) / 2];
        frontier->places[at] = place;
}

static uint32_t take_first(const struct pl_heap *heap, struct frontier *frontier)
{
        uint32_t first = frontier->places[0], last = frontier->places[--frontier->count];
        uint32_t at = 0, below;

        while ((below = 2 * at + 1) < frontier->count) {
                if (below + 1 < frontier->count &&
                    goes_before(heap, frontier->places[below + 1], frontier->places[below]))
                        below++;
                if (!goes_before(heap, frontier->places[below], last))
                        break;
                frontier->places[at] = frontier->places[below];
                at = below;
        }
        frontier->places[at] = last;
        return first;
}

uint32_t pl_heap_first(const struct pl_heap *heap, uint32_t most, uint32_t *ret_indices)
{
        struct frontier frontier = { .count = 0 };
        uint32_t count = 0;

        pl_assert(most <= PL_HEAP_FIRST_MAX);

        if (heap->count > 0)
                add(heap, &frontier, 0);
        while (count < most && frontier.count > 0) {
                uint32_t place = take_first(heap, &frontier);

                ret_indices[count++] = heap->slots[place];
                for (uint32_t below = 2 * place + 1; below <= 2 * place + 2; below++)
                        if (below < heap->count)
                                add(heap, &frontier, below);
        }
        return count;
}
