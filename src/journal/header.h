/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* header - the part of the file that is written once. Internal to journal. */

#include "plimsoll/journal/format.h"

/* What a header for this layout says; boot and times are left to the caller, and then pl_header_seal(). */
struct pl_journal_header pl_header_make(const struct pl_journal_layout *layout);
void pl_header_seal(struct pl_journal_header *header);

/* Whether a file of so many bytes can begin with this. FOREIGN, BYTE_ORDER, VERSION, CORRUPT. Pure. */
int pl_header_check(const struct pl_journal_header *header, uint64_t file_bytes,
                    struct pl_journal_layout *ret_layout);
