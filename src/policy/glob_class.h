/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* glob_class - characters, and the sets of them that patterns write as [a-z] and [!a-z].
 *
 * Within the room. Pure.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "plimsoll/base/span.h"
#include "plimsoll/policy/glob.h"

/* Cuts one character off what is not empty. A byte that is not UTF-8 is a number above all characters. */
uint32_t pl_glob_cut_character(struct pl_span *rest);

/* Of the class whose '[' is at the front, with both brackets; 0 when it is not closed. */
size_t pl_glob_class_length(struct pl_span at, enum pl_glob_kind kind);

/* Checks the class whose '[' is at the front, and adds its length to the offset, or how far within it the mistake is. */
int pl_glob_class_check(struct pl_span at, enum pl_glob_kind kind, size_t *offset);

/* These take a whole class that was checked, with its brackets. */
bool pl_glob_set_has(struct pl_span set, uint32_t character);
/* True only if the wider has all that the narrower has; may be false where that holds. */
bool pl_glob_set_covers(struct pl_span wider, struct pl_span narrower);
