/* SPDX-License-Identifier: Apache-2.0 */

/* A sequence lock between processes. The writer makes the number odd, writes, and makes it even; a reader copies between
 * two looks at the number and keeps the copy if both saw the same even one.
 *
 * Why that is no data race: every word of it is an atomic object, so that a copy taken meanwhile is a mixture of old and
 * new words and never undefined. Why a mixture is never kept: say the copy has a word of a later writing. The writer had
 * stored the odd number, then came its release fence, then the word; the reader loaded the word, then comes its acquire
 * fence, then its second look. Fence meets fence over that word, so the second look sees the odd number or a later one and
 * not the first look's. And that the copy has no word older than the first look is what its acquire load of the number,
 * which was stored with release, is for. (H. Boehm, "Can seqlocks get along with programming language memory models?",
 * 2012.) C speaks of threads only; that the words are lock-free makes them good between processes as well.
 *
 * The number has 64 bits, so it never comes round while a reader sleeps. A writer that was killed leaves it odd: a reader
 * gives up after a bounded number of looks, and the next writer goes on from the next even number.
 */

#include "block.h"

#include <sched.h>

#include "plimsoll/base/assert.h"
#include "plimsoll/journal/format.h"
#include "words.h"

enum {
        SEQUENCE,
        CHECK,
        CONTENT,
        /* A row takes a fifth of a microsecond to write. Whoever is in the middle for longer does not run: it was killed, or
         * waits for the processor that the reader then gives up, at every turn after the first few. */
        LOOKS = 256,
        BUSY_LOOKS = 16,
};

static uint64_t check_of(uint64_t sequence, const void *content, size_t size)
{
        return pl_journal_check(PL_JOURNAL_CHECK_SEED ^ sequence, content, size / sizeof(uint64_t));
}

void pl_block_write(_Atomic uint64_t *block, const void *content, size_t size)
{
        /* After an odd number, which a killed writer has left, the next odd one: nobody may take that for the same. */
        uint64_t odd = (pl_word_get(&block[SEQUENCE]) + 1) | 1;

        pl_assert(size % sizeof(uint64_t) == 0);

        pl_word_set(&block[SEQUENCE], odd);
        atomic_thread_fence(memory_order_release);
        pl_word_set(&block[CHECK], check_of(odd + 1, content, size));
        pl_words_in(&block[CONTENT], content, size / sizeof(uint64_t));
        pl_word_release(&block[SEQUENCE], odd + 1);
}

/* One look: whether what was copied is whole. */
static bool copied(const _Atomic uint64_t *block, void *content, size_t size,
                   uint64_t *ret_sequence, uint64_t *ret_check)
{
        *ret_sequence = pl_word_acquire(&block[SEQUENCE]);
        if (*ret_sequence & 1)
                return false;
        *ret_check = pl_word_get(&block[CHECK]);
        pl_words_out(content, &block[CONTENT], size / sizeof(uint64_t));
        atomic_thread_fence(memory_order_acquire);
        return pl_word_get(&block[SEQUENCE]) == *ret_sequence;
}

int pl_block_read(const _Atomic uint64_t *block, void *content, size_t size)
{
        uint64_t sequence, check;

        pl_assert(size % sizeof(uint64_t) == 0);

        for (int look = 0; look < LOOKS; look++) {
                if (copied(block, content, size, &sequence, &check)) {
                        if (sequence == 0)
                                return PL_JOURNAL_E_EMPTY;
                        return check == check_of(sequence, content, size) ? 0
                                                                          : PL_JOURNAL_E_CORRUPT;
                }
                if (look >= BUSY_LOOKS)
                        (void) sched_yield();
        }
        return PL_JOURNAL_E_TORN;
}

bool pl_block_is_torn(const _Atomic uint64_t *block)
{
        return pl_word_get(&block[SEQUENCE]) & 1;
}

bool pl_block_is_unused(const _Atomic uint64_t *block)
{
        return pl_word_get(&block[SEQUENCE]) == 0;
}
