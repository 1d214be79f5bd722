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

/* ---- names ---- */

/* A container that has just got its place: it is awaited. False: there was no room. */
bool pl_board_expect_names(struct pl_board *board, uint32_t index,
                           const struct pl_census_identity *who, uint64_t now_usec);
void pl_board_forget_names(struct pl_board *board, uint32_t index);

/* Whether it is nobody's as yet; and whether nobody was told of it for that reason. */
bool pl_board_awaits_names(const struct pl_board *board, uint32_t index);
bool pl_board_is_untold(const struct pl_board *board, uint32_t index);
void pl_board_set_untold(struct pl_board *board, uint32_t index, bool is_untold);

/* Puts what is known in the place of what its path says. What is put there lives as long as the place. */
void pl_board_dress(const struct pl_board *board, uint32_t index, struct pl_census_identity *who);

/* Another policy: other labels may count, and then everybody is awaited anew. */
void pl_board_set_labels(struct pl_board *board, const struct pl_policy *policy, uint64_t now_usec);

/* Whether they are others by now. */
void pl_board_ask_name_again(struct pl_board *board, uint32_t index, uint64_t now_usec);

/* Asks after those who are due, as far as there is room. */
void pl_board_ask_names(struct pl_board *board, uint64_t now_usec);
/* True: there may be more. */
bool pl_board_take_names(struct pl_board *board, uint64_t now_usec);

/* From now on it has these, which are the board's then; NULL: it is not waited for any longer. */
void pl_board_keep_names(struct pl_board *board, uint32_t index, struct pl_names *names);
/* The same, and it is matched anew. */
void pl_board_take_name(struct pl_board *board, uint32_t index, struct pl_names *names,
                        uint64_t now_usec);
