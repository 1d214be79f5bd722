/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* ratio - shares in fixed point, permyriad: 10000 is the whole.
 *
 * No floating point, so that the same inputs give the same bits everywhere.
 */

#include <stddef.h>
#include <stdint.h>

#include "plimsoll/base/span.h"
#include "plimsoll/base/text.h"

#define PL_PERMYRIAD UINT64_C(10000)

enum {
        PL_RATIO_E_SYNTAX = 1, /* not a percentage */
        PL_RATIO_E_RANGE,      /* above what fits, or finer than 0.01 % */
};

/* part × scale ÷ whole, rounded down, through 128 bits; UINT64_MAX when the result does not fit. whole is not 0. */
uint64_t pl_ratio_scale(uint64_t part, uint64_t scale, uint64_t whole);

/* The share that part is of whole, in permyriad; 0 of nothing is 0, something of nothing is UINT32_MAX. Saturates. */
uint32_t pl_ratio_permyriad(uint64_t part, uint64_t whole);

/* "12.5%" or "12.5 %" as 1250. */
int pl_ratio_parse(struct pl_span text, uint32_t *ret_permyriad, size_t *ret_offset);

/* What pl_ratio_parse() takes: "12.5%". */
void pl_ratio_format(struct pl_text *text, uint32_t permyriad);
