/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the files of the board share: places by the census' index, and the rows of the journal. */

#include "board.h"
#include "facts.h"

struct pl_facts_policy pl_board_policy(const struct pl_board *board);

/* Makes room for that index. -ENOMEM. */
int pl_board_grow(struct pl_board *board, uint32_t index);
/* The row of a cgroup, or PL_BOARD_NO_ROW. */
uint32_t pl_board_row_at(const struct pl_board *board, uint32_t index);

uint32_t pl_board_take_row(struct pl_board *board); /* PL_BOARD_NO_ROW: none is left */
void pl_board_give_row_back(struct pl_board *board, uint32_t row);

/* The oom_score_adj of the first of its processes that answers. */
struct pl_facts_score pl_board_read_score(struct pl_board *board, uint32_t index);

/* How a cgroup is called, by its row; "" where it has none. For steps: `from` is the board. */
void pl_board_find_name(const void *from, uint64_t id, char name[PL_JOURNAL_NAME_BYTES]);

/* What was put there last. */
bool pl_board_read_row(const struct pl_board *board, uint32_t row, struct pl_journal_row *ret_row);

/* Shows the row of a cgroup; `before` is what it was, zeroed for a new one. The engine is told what concerns it. */
void pl_board_put_row(struct pl_board *board, uint32_t index, const struct pl_journal_row *before,
                      const struct pl_journal_row *row, uint64_t now_usec);

/* A service under a profile that would end it gently: whether it comes back is asked of systemd, once. */
void pl_board_ask_returns(struct pl_board *board, uint32_t index);

/* One more or, with UINT32_MAX, one less. */
void pl_board_count(struct pl_board *board, const struct pl_journal_row *row, uint32_t by);
