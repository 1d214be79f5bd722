/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* heap - indices in an order of the caller's, whose first few can be had without sorting the rest.
 *
 * Which of two goes first is asked of a function that has to be a strict total order, and that may change its mind about an
 * index only between its removal and its next put, or just before it is put anew. Memory is allocated once, at init.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
        /* That can be asked for at once. */
        PL_HEAP_FIRST_MAX = 128,
};

#define PL_HEAP_NOWHERE UINT32_MAX

struct pl_heap {
        uint32_t *slots;  /* owned: indices, each before both below it */
        uint32_t *places; /* owned: where an index is, or NOWHERE */
        uint32_t capacity;
        uint32_t count;
        bool (*before)(const void *context, uint32_t a, uint32_t b);
        const void *context; /* borrowed */
};

/* For indices below `capacity`. 0 or −ENOMEM. */
int pl_heap_init(struct pl_heap *heap, uint32_t capacity,
                 bool (*before)(const void *context, uint32_t a, uint32_t b), const void *context);
void pl_heap_done(struct pl_heap *heap); /* safe on a zeroed or already finished heap */
void pl_heap_clear(struct pl_heap *heap);

/* Adds it, or finds it another place if it is there. In the time of the logarithm of the count. */
void pl_heap_put(struct pl_heap *heap, uint32_t index);
void pl_heap_remove(struct pl_heap *heap, uint32_t index); /* nothing if it is not there */
bool pl_heap_has(const struct pl_heap *heap, uint32_t index);

/* The first `most` in order, at most PL_HEAP_FIRST_MAX; how many there are. In a time that grows with `most` alone. */
uint32_t pl_heap_first(const struct pl_heap *heap, uint32_t most, uint32_t *ret_indices);
