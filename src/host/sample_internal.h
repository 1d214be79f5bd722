/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the files of sample share. */

#include "plimsoll/host/sample.h"

/* One figure from a struct of uint64_t with a bit in `have` for each to another, with its bit. */
void pl_sample_copy(const void *from, uint64_t from_have, size_t from_offset, void *to,
                    uint64_t *to_have, size_t to_offset);
