/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* arena - memory that is taken in small pieces and given back all at once. Within the room.
 *
 * A document is a thousand small things that live and die together. Taken from malloc() and given back one by one, they
 * would be half of what it costs to read it.
 */

#include <stddef.h>

struct pl_json_chunk;

struct pl_json_arena {
        struct pl_json_chunk *newest; /* owned, and through it those before it */
        size_t chunk_size;            /* of the next one */
};

/* Life cycle. The first chunk is of this size, which should be a little more than what is likely to be taken in all; those
 * behind it are smaller, but for a piece that is larger. */
void pl_json_arena_init(struct pl_json_arena *arena, size_t first_size);
void pl_json_arena_done(struct pl_json_arena *arena);

/* Aligned as malloc() does it; NULL when there is no memory. */
void *pl_json_arena_take(struct pl_json_arena *arena, size_t size);
