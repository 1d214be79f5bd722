/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* tree - what cJSON reads of a text that the scanner has found good. Within the room. */

#include <stddef.h>

#include "arena.h"
#include "plimsoll/base/span.h"
#include "plimsoll/json/read.h"

/* Fills in what the scanner leaves open: the keys and strings without their escapes, the numbers, true and false, and
 * the way from value to value. All that is allocated is in the arena, which has to live as long as the values do.
 * 0 or −ENOMEM. Not for two threads at a time: cJSON is told process-wide where to get its memory. */
int pl_json_fill_values(struct pl_span text, struct pl_json_value *values, size_t count,
                        struct pl_json_arena *arena);
