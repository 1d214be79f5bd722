/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* duplicate - finds keys that stand twice in one object. Within the room. Allocates for objects of many members. */

#include <stddef.h>
#include <stdint.h>

#include "plimsoll/json/read.h"

#define PL_JSON_NO_DUPLICATE UINT32_MAX

/* For each value, the index of the first one in its object that has its key, or PL_JSON_NO_DUPLICATE when that is none
 * but itself. *ret_first is the caller's to free. 0 or −ENOMEM. */
int pl_json_find_duplicates(const struct pl_json_value *values, size_t count, uint32_t **ret_first);
