/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* counted - how often the allocator is called meanwhile, to allocate or to release.
 *
 * Calls of the allocator are redirected by the linker in what is linked statically: our rooms, and the test itself. What the
 * C library allocates for its own callers is seen by those that we call for it.
 */

#include <dirent.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>

static atomic_bool is_counting;
static atomic_uint allocator_calls;

static inline void count(void)
{
        if (is_counting)
                allocator_calls++;
}

static inline void begin_counting(void)
{
        allocator_calls = 0;
        is_counting = true;
}

static inline unsigned end_counting(void)
{
        is_counting = false;
        return allocator_calls;
}

/* One call each, with what it is given and what it returns. */
#define COUNTED(type, name, parameters, arguments)                                                 \
        type __real_##name parameters;                                                             \
        type __wrap_##name parameters;                                                             \
        type __wrap_##name parameters                                                              \
        {                                                                                          \
                count();                                                                           \
                return __real_##name arguments;                                                    \
        }

COUNTED(void *, malloc, (size_t size), (size))
COUNTED(void *, calloc, (size_t number, size_t size), (number, size))
COUNTED(void *, realloc, (void *memory, size_t size), (memory, size))
COUNTED(void *, reallocarray, (void *memory, size_t number, size_t size), (memory, number, size))
COUNTED(char *, strdup, (const char *text), (text))
COUNTED(DIR *, opendir, (const char *path), (path))
COUNTED(DIR *, fdopendir, (int fd), (fd))

void __real_free(void *memory);
void __wrap_free(void *memory);
void __wrap_free(void *memory)
{
        count();
        __real_free(memory);
}
