/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* source - the journal that is recorded: waited for, opened, and exchanged when plimsolld has begun a new one. */

#include "plimsoll/journal/reader.h"

struct pl_source {
        const char *path; /* borrowed */
        uint8_t boot_id[16];
        bool open;
        struct pl_journal_reader reader;
};

/* With the id of this boot, from /proc. An errno. */
int pl_source_init(struct pl_source *source, const char *path);
void pl_source_done(struct pl_source *source);

/* 0 also when it was open already. PL_JOURNAL_E_* of pl_journal_reader_open(), OTHER_BOOT, or an errno: for now there is
 * nothing to record. */
int pl_source_open(struct pl_source *source);

/* Whether the open one has a successor; then the caller reads what is left in it, and closes it. */
bool pl_source_is_replaced(const struct pl_source *source);
void pl_source_close(struct pl_source *source);
