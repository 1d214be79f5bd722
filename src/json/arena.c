/* SPDX-License-Identifier: Apache-2.0 */

#include "arena.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"

/* Under the address sanitizer every piece is a chunk of its own and as large as was asked for, so that it sees what is
 * written or read behind the end of one. */
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define PIECES_APART true
#endif
#endif
#if defined(__SANITIZE_ADDRESS__)
#define PIECES_APART true
#endif
#if !defined(PIECES_APART)
#define PIECES_APART false
#endif

/* Where the first chunk does not suffice, half of a further one like it would lie idle on the average: of a quarter that is
 * an eighth, for a few more calls of malloc(). */
enum { ALIGNMENT = _Alignof(max_align_t), FURTHER_PART = 4 };

struct pl_json_chunk {
        struct pl_json_chunk *before; /* owned */
        size_t size;                  /* of the data */
        size_t used;
        _Alignas(ALIGNMENT) unsigned char data[];
};

void pl_json_arena_init(struct pl_json_arena *arena, size_t first_size)
{
        pl_assert(arena);

        *arena = (struct pl_json_arena){ .chunk_size = PIECES_APART ? 0 : first_size };
}

static struct pl_json_chunk *add_chunk(struct pl_json_arena *arena, size_t size_min)
{
        size_t size = PL_MAX(arena->chunk_size, size_min);
        struct pl_json_chunk *chunk = malloc(sizeof *chunk + size);

        if (!chunk)
                return NULL;
        if (!arena->newest)
                arena->chunk_size /= FURTHER_PART;
        chunk->before = arena->newest;
        chunk->size = size;
        chunk->used = 0;
        arena->newest = chunk;
        return chunk;
}

void *pl_json_arena_take(struct pl_json_arena *arena, size_t size)
{
        struct pl_json_chunk *chunk = arena->newest;
        void *piece;

        pl_assert(size < SIZE_MAX / 4);

        if (!PIECES_APART)
                size = (size + ALIGNMENT - 1) & ~(size_t) (ALIGNMENT - 1);
        if (!chunk || chunk->size - chunk->used < size)
                chunk = add_chunk(arena, size);
        if (!chunk)
                return NULL;
        piece = chunk->data + chunk->used;
        chunk->used += size;
        return piece;
}

void pl_json_arena_done(struct pl_json_arena *arena)
{
        pl_assert(arena);

        while (arena->newest) {
                struct pl_json_chunk *before = arena->newest->before;

                free(arena->newest);
                arena->newest = before;
        }
}
