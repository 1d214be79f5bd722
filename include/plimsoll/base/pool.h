/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* pool - a fixed number of equal objects, taken and given back in constant time.
 *
 * Memory is allocated once, at init, and never moves, so an object's address and index stay good until it is given back.
 * What was never taken is not touched, and takes no memory of the host's. Invariant: every index is taken, on the free list, or
 * was never taken; giving back what is not taken is asserted
 * against. Objects are zeroed when taken.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PL_POOL_E_FULL = 1 };

#define PL_POOL_NONE UINT32_MAX

struct pl_pool {
        unsigned char *objects; /* owned */
        uint32_t *next;         /* owned: the free list; the own index while taken */
        size_t object_size;
        uint32_t capacity;
        uint32_t count; /* taken now */
        uint32_t used;  /* no index from here on was ever taken */
        uint32_t first_free;
};

/* 0 or −ENOMEM. */
int pl_pool_init(struct pl_pool *pool, uint32_t capacity, size_t object_size);
void pl_pool_done(struct pl_pool *pool); /* safe on a zeroed or already finished pool */

int pl_pool_take(struct pl_pool *pool, uint32_t *ret_index);
void pl_pool_give_back(struct pl_pool *pool, uint32_t index);

bool pl_pool_is_taken(const struct pl_pool *pool, uint32_t index);
void *pl_pool_at(const struct pl_pool *pool, uint32_t index); /* a taken object; never NULL */

/* The first taken index from `index` on, or PL_POOL_NONE: for (i = next(p, 0); i != NONE; i = next(p, i + 1)). */
uint32_t pl_pool_next(const struct pl_pool *pool, uint32_t index);
