/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* macro - the few words of C that C lacks: array length, taking ownership, cleanup on leaving a scope. */

#include <stdlib.h>
#include <unistd.h>

#define PL_ARRAY_LENGTH(array) (sizeof(array) / sizeof *(array))

#define PL_MIN(a, b)                                                                               \
        ({                                                                                         \
                __typeof__(a) pl_min_a_ = (a);                                                     \
                __typeof__(b) pl_min_b_ = (b);                                                     \
                pl_min_a_ < pl_min_b_ ? pl_min_a_ : pl_min_b_;                                     \
        })

#define PL_MAX(a, b)                                                                               \
        ({                                                                                         \
                __typeof__(a) pl_max_a_ = (a);                                                     \
                __typeof__(b) pl_max_b_ = (b);                                                     \
                pl_max_a_ > pl_max_b_ ? pl_max_a_ : pl_max_b_;                                     \
        })

/* Hands the value out and leaves nothing behind, so that exactly one owner remains. */
#define PL_TAKE(variable, nothing)                                                                 \
        ({                                                                                         \
                __typeof__(variable) pl_taken_ = (variable);                                       \
                (variable) = (nothing);                                                            \
                pl_taken_;                                                                         \
        })
#define PL_TAKE_FD(fd)   PL_TAKE(fd, -1)
#define PL_TAKE_PTR(ptr) PL_TAKE(ptr, NULL)

#define _cleanup_(function) __attribute__((cleanup(function)))
#define _cleanup_free_      _cleanup_(pl_cleanup_free)
#define _cleanup_close_     _cleanup_(pl_cleanup_close)

#define PL_PRINTF(words, first) __attribute__((format(printf, words, first)))

static inline void pl_cleanup_free(void *pointer)
{
        free(*(void **) pointer);
}

/* An fd that was never opened is −1. close() is not repeated on EINTR: Linux has released the fd by then. */
static inline void pl_cleanup_close(int *fd)
{
        if (*fd >= 0)
                (void) close(*fd);
}
