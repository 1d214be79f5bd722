/* SPDX-License-Identifier: Apache-2.0 */

#include "fill.h"

#include <string.h>

#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"

enum { PAGE = 4096 };

/* Xorshift, by the shifts that Marsaglia gives for 64 bits. */
uint64_t vm_noise(uint64_t *state)
{
        pl_assert(*state != 0);

        *state ^= *state << 13;
        *state ^= *state >> 7;
        *state ^= *state << 17;
        return *state;
}

/* A page is compressed by itself, so the noise may be the same in all; that it is at another place in each keeps two pages
 * from being the same one. */
void vm_fill(char *memory, size_t size)
{
        static uint64_t noise[PAGE / 2 / sizeof(uint64_t)];
        static uint64_t state = 1;

        if (noise[0] == 0)
                for (size_t i = 0; i < PL_ARRAY_LENGTH(noise); i++)
                        noise[i] = vm_noise(&state);
        for (size_t at = 0; at < size; at += PAGE) {
                size_t length = PL_MIN(sizeof noise, size - at);

                memcpy(memory + at, noise, length);
                memcpy(memory + at, &(uint64_t){ vm_noise(&state) },
                       PL_MIN(sizeof(uint64_t), length));
        }
}
