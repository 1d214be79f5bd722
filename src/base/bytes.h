/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* bytes - what the parsers of sizes share: words, and a number with a unit of bytes. Internal to base. */

#include "plimsoll/base/decimal.h"
#include "plimsoll/base/span.h"

/* The letters at the front, without cutting them off. */
struct pl_span pl_bytes_peek_letters(struct pl_span rest);

/* Cuts the unit off, the number in front of which has been cut already. A blank may stand before it. On a unit that is not
 * known, *rest is where it stands. PL_SIZE_E_UNIT, PL_SIZE_E_RANGE. */
int pl_bytes_cut(struct pl_span *rest, struct pl_decimal decimal, uint64_t *ret_bytes);
