/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* snapshot - decisions and snapshots as items of a whole. Internal to journal. */

#include "pack.h"
#include "plimsoll/journal/cursor.h"

int pl_snapshot_write(struct pl_journal_writer *writer, const struct pl_snapshot *snapshot);
/* The records that it would take; UINT64_MAX: more than any whole has. */
uint64_t pl_snapshot_count(const struct pl_snapshot *snapshot);
void pl_decision_write(struct pl_journal_writer *writer, const struct pl_journal_act *act);

/* What is no array; the rest is not looked at. OVERTAKEN, TORN. */
int pl_snapshot_read_head(struct pl_unpacker *unpacker, struct pl_snapshot *ret_snapshot);

/* Over the parts of the whole that begins with this record. OVERTAKEN, TORN, TOO_LONG. */
int pl_snapshot_read(struct pl_unpacker *unpacker, const struct pl_journal_space *space,
                     struct pl_snapshot *ret_snapshot);
int pl_decision_read(struct pl_unpacker *unpacker, struct pl_journal_act *ret_act);
