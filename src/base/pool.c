/* SPDX-License-Identifier: Apache-2.0 */

#include "plimsoll/base/pool.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "plimsoll/base/assert.h"

int pl_pool_init(struct pl_pool *pool, uint32_t capacity, size_t object_size)
{
        pl_assert(pool);
        pl_assert(capacity > 0 && capacity < PL_POOL_NONE);
        pl_assert(object_size > 0);

        *pool = (struct pl_pool){ .object_size = object_size,
                                  .capacity = capacity,
                                  .first_free = PL_POOL_NONE };
        pool->objects = calloc(capacity, object_size);
        pool->next = calloc(capacity, sizeof *pool->next);
        if (!pool->objects || !pool->next) {
                pl_pool_done(pool);
                return -ENOMEM;
        }
        return 0;
}

void pl_pool_done(struct pl_pool *pool)
{
        pl_assert(pool);

        free(pool->objects);
        free(pool->next);
        *pool = (struct pl_pool){};
}

bool pl_pool_is_taken(const struct pl_pool *pool, uint32_t index)
{
        pl_assert(pool);

        /* No free entry points to itself, so a taken one can say so with its own index. */
        return index < pool->used && pool->next[index] == index;
}

int pl_pool_take(struct pl_pool *pool, uint32_t *ret_index)
{
        uint32_t index;

        pl_assert(pool);
        pl_assert(ret_index);

        index = pool->first_free;
        if (index != PL_POOL_NONE)
                pool->first_free = pool->next[index];
        else if (pool->used < pool->capacity)
                index = pool->used++;
        else
                return PL_POOL_E_FULL;
        pool->next[index] = index;
        pool->count++;
        memset(pl_pool_at(pool, index), 0, pool->object_size);
        *ret_index = index;
        return 0;
}

void pl_pool_give_back(struct pl_pool *pool, uint32_t index)
{
        pl_assert(pl_pool_is_taken(pool, index));
        pl_assert(pool->first_free != index);

        pool->next[index] = pool->first_free;
        pool->first_free = index;
        pool->count--;
}

void *pl_pool_at(const struct pl_pool *pool, uint32_t index)
{
        pl_assert(pl_pool_is_taken(pool, index));

        return pool->objects + (size_t) index * pool->object_size;
}

uint32_t pl_pool_next(const struct pl_pool *pool, uint32_t index)
{
        pl_assert(pool);

        for (; index < pool->used; index++)
                if (pl_pool_is_taken(pool, index))
                        return index;
        return PL_POOL_NONE;
}
