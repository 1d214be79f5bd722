/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Planted: a header that leans on what its users happen to include before it. */

static inline uint64_t pl_leaning(uint64_t value)
{
        return value;
}
