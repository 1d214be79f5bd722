/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* words - the shared memory, as aligned words of 64 bits that are each read and written at once. Internal to journal. */

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Else an access would take a lock that lives in one process alone, and a load would write to a read-only mapping. */
_Static_assert(ATOMIC_LLONG_LOCK_FREE == 2 && sizeof(long long) == sizeof(uint64_t),
               "words are shared between processes");
_Static_assert(sizeof(_Atomic uint64_t) == sizeof(uint64_t), "words lie side by side");

static inline uint64_t pl_word_get(const _Atomic uint64_t *word)
{
        return atomic_load_explicit(word, memory_order_relaxed);
}

static inline void pl_word_set(_Atomic uint64_t *word, uint64_t value)
{
        atomic_store_explicit(word, value, memory_order_relaxed);
}

static inline uint64_t pl_word_acquire(const _Atomic uint64_t *word)
{
        return atomic_load_explicit(word, memory_order_acquire);
}

static inline void pl_word_release(_Atomic uint64_t *word, uint64_t value)
{
        atomic_store_explicit(word, value, memory_order_release);
}

static inline void pl_words_in(_Atomic uint64_t *to, const void *from, size_t count)
{
        const unsigned char *bytes = from;

        for (size_t i = 0; i < count; i++) {
                uint64_t value;

                memcpy(&value, bytes + i * sizeof value, sizeof value);
                pl_word_set(&to[i], value);
        }
}

static inline void pl_words_out(void *to, const _Atomic uint64_t *from, size_t count)
{
        unsigned char *bytes = to;

        for (size_t i = 0; i < count; i++) {
                uint64_t value = pl_word_get(&from[i]);

                memcpy(bytes + i * sizeof value, &value, sizeof value);
        }
}

/* Where a byte offset of the format is. */
static inline size_t pl_word_at(uint64_t offset)
{
        return (size_t) (offset / sizeof(uint64_t));
}
