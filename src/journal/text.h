/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* text - cutting texts to what a record or a row has room for. Internal to journal. */

#include <stdbool.h>
#include <stddef.h>

#include "plimsoll/journal/board.h"

/* Fills the field with the text and a NUL at the least, cut if need be; how many bytes it took, without the NUL. The text
 * may stand where the field does only if it fits. */
size_t pl_text_fit(char *field, size_t size, struct pl_span text, bool in_the_middle);
