/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* replay - the steps of a journal, taken again: what the daemon was given goes through the same engine, which has to come to
 * the same judgements. Allocates; owns the engine and room for a snapshot, and maps the file.
 *
 * It begins with the oldest thing in the ring that needs nothing before it: the first step of a daemon, which has the number 1,
 * or a checkpoint. Where steps are missing or spoilt it begins anew behind them in the same way; what another daemon has
 * written behind the first begins anew by itself.
 *
 * Of what the daemon wrote of a step, acts of type DECISION are the decisions of its judgement, all of them and in their order.
 * Acts of type VERDICT are some of its verdicts, and say of a cgroup that it is calm where the judgement has none of it. Both
 * have the step's number, and are of its time: a daemon that was started anew has counted from 1 again.
 */

#include <stdbool.h>
#include <stdint.h>

#include "plimsoll/engine/engine.h"
#include "plimsoll/journal/cursor.h"

struct pl_replay_step {
        const struct pl_snapshot *snapshot;
        const struct pl_judgement *judgement;
        bool is_first; /* nothing that was known before counts any more */
};

/* Large, and not to be moved while it is open: the engine knows its own address. */
struct pl_replay {
        struct pl_journal_reader reader; /* owned */
        struct pl_journal_cursor cursor;
        struct pl_journal_space space; /* owned */
        struct pl_engine engine;       /* owned */
        struct pl_snapshot snapshot;
        struct pl_judgement judgement;
        bool has_begun;           /* the engine knows all that there was before the next step */
        bool is_fresh;            /* and has not taken one since it began */
        uint64_t last_step;       /* that it has taken */
        uint64_t step_count;      /* that were taken again */
        uint64_t left_out_count;  /* before the first beginning, or behind a gap */
        uint64_t lost_count;      /* of them, behind a gap */
        uint64_t beginning_count; /* starts and checkpoints that were begun with */
};

/* The engine refuses what stands there: no daemon of this build could have written it. The next call begins anew behind it. */
#define PL_REPLAY_E_BAD 1000

/* Room for a snapshot that did not fit, whose counts are bounded. 0 or −ENOMEM. */
int pl_replay_make_room(struct pl_journal_space *space, size_t updates, size_t outcomes);

/* A journal or a copy of one. What pl_journal_reader_open() says, or −ENOMEM; then there is nothing to close. */
int pl_replay_open(struct pl_replay *replay, int dir_fd, const char *name);
void pl_replay_close(struct pl_replay *replay); /* safe on a zeroed or already closed one */

/* The next step that can be taken again. What *ret_step has is good until the next call. PL_JOURNAL_E_END, PL_REPLAY_E_BAD (go
 * on), or −ENOMEM. */
int pl_replay_next(struct pl_replay *replay, struct pl_replay_step *ret_step);
