/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* number - a JSON number as a whole number, exactly. Within the room. Pure. */

#include <stdbool.h>
#include <stdint.h>

#include "plimsoll/base/span.h"

/* source is asserted to be a number of at most PL_JSON_NUMBER_MAX bytes. PL_JSON_E_FRACTION, or PL_JSON_E_RANGE when 64
 * bits do not hold the magnitude. Zero is not negative. */
int pl_json_number_to_whole(struct pl_span source, bool *ret_negative, uint64_t *ret_magnitude);

/* Whether it stands for 0, as -0.0e9 does and 1e-400 does not. */
bool pl_json_number_is_zero(struct pl_span source);
