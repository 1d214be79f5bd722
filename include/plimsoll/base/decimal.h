/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* decimal - the number at the start of a text, exactly: what sizes, durations and shares have in common.
 *
 * "1.5" is 15 ÷ 10. Holding the two integers instead of a double keeps 64-bit values exact and makes "does not fit" a
 * certainty and not a rounding.
 */

#include <stddef.h>
#include <stdint.h>

#include "plimsoll/base/span.h"

enum {
        PL_DECIMAL_E_SYNTAX = 1, /* no digit where one must be */
        PL_DECIMAL_E_RANGE,      /* more digits than 64 bits hold */
};

struct pl_decimal {
        uint64_t digits; /* without the point */
        uint64_t scale;  /* a power of ten: value = digits ÷ scale */
};

/* Cuts the number off *rest. There are digits on both sides of a point. On failure *rest is untouched. */
int pl_decimal_cut(struct pl_span *rest, struct pl_decimal *ret_decimal);

/* value × unit, rounded down. */
int pl_decimal_times(struct pl_decimal decimal, uint64_t unit, uint64_t *ret_value);

/* value × unit where that is a whole number, else PL_DECIMAL_E_RANGE. */
int pl_decimal_times_exactly(struct pl_decimal decimal, uint64_t unit, uint64_t *ret_value);
