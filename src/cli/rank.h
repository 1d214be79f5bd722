/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* rank - who goes first: the ranking of a moment joined with the rows of those who are in it (rank_pick.c), the order in which
 * the kernel's OOM killer would go beside it (rank_kernel.c), and where the two part (rank_words.c); printed (rank_table.c,
 * rank_print.c, rank_json.c). The moment is now, of the board, or one of a journal that is judged anew (rank_from.c, rank_verify.c).
 */

#include "live_view.h"
#include "plimsoll/kernel/cgroup.h"
#include "plimsoll/model/decision.h"

/* All that is looked at, as of one moment. */
struct pl_rank_board {
        const struct pl_live *live;   /* borrowed; for times, and for whether it acts */
        const struct pl_roots *roots; /* borrowed; where the kernel is asked; NULL: it is not */
        struct pl_journal_ranking ranking;
        struct pl_host_sample host;
        struct pl_journal_row *rows; /* owned: of workloads alone */
        size_t row_count;
        bool is_replayed;
};

/* The board as the daemon keeps it. 0, -ENOMEM, or what pl_journal_read_ranking() says. To be released in any case. */
int pl_rank_open(const struct pl_live *live, const struct pl_roots *roots,
                 struct pl_rank_board *ret_board);
void pl_rank_close(struct pl_rank_board *board);

enum pl_rank_score {
        PL_RANK_SCORE_NONE,      /* nobody is in it, or nothing is known */
        PL_RANK_SCORE_ESTIMATED, /* or not all of its processes answered */
        PL_RANK_SCORE_READ,
};

struct pl_rank_entry {
        struct pl_candidate candidate;
        const struct pl_journal_row *row; /* borrowed; NULL: it is on the board no more */
        uint64_t score;                   /* oom_score of the process that has most of it */
        enum pl_rank_score score_from;
        uint32_t
                kernels; /* place in the kernel's order, from 1; those alike share it; 0: not known */
        char name[PL_LIVE_NAME_BYTES]; /* raw */
};

struct pl_rank {
        const struct pl_rank_board *board; /* borrowed */
        /* Owned: in order, then those of the ranking that may not be taken, then all others. */
        struct pl_rank_entry *entries;
        size_t count, ranked_count, listed_count; /* listed: of the ranking */
        size_t behind_count;          /* who may be taken and is behind those that are listed */
        size_t safe_counts[PL_TURNS]; /* who may not, by why */
        bool is_estimated;            /* one at least of the kernel's scores */
        /* The first of ours where the kernel would take another, and that one; NULL: nowhere. */
        const struct pl_rank_entry *ours, *kernels;
};

/* 0 or -ENOMEM. To be released in any case. */
int pl_rank_pick(const struct pl_rank_board *board, struct pl_rank *ret_rank);
void pl_rank_done(struct pl_rank *rank);

/* Whether it may not be taken, as far as that is known. */
bool pl_rank_is_safe(const struct pl_rank_entry *entry);

/* ---- the kernel's order ---- */

/* The scores of those in the ranking and the places that follow from them. */
void pl_rank_ask_kernel(struct pl_rank *rank);

/* What the kernel would make of a process that has all of it, from 5.9 on. False where that is not known. */
bool pl_rank_estimate(const struct pl_host_sample *host, const struct pl_journal_row *row,
                      uint64_t *ret_score);

/* ---- words ---- */

/* "protected", "without a process": what one or many are. */
const char *pl_rank_turn_words(enum pl_turn turn);
/* "only observed: the policy says so, or it is kubelet's"; NULL for a number that this version does not know. */
const char *pl_rank_turn_sentence(uint32_t turn);
/* The same, with what its row, which may be NULL, says of it beside. */
const char *pl_rank_reason(uint32_t turn, const struct pl_journal_row *row);

/* Why `ours` is before `kernels`, as a sentence without its full stop. */
void pl_rank_add_why(struct pl_text *text, struct pl_cli_style style,
                     const struct pl_rank_entry *ours, const struct pl_rank_entry *kernels);

/* Rule 5, with the default of shortage.growth: 0 for one that does not count as growing. */
uint32_t pl_rank_growth_class(uint64_t bytes_per_sec);

/* As a cell of a table: "leaks 12.0M/s". */
void pl_rank_add_growth(struct pl_text *text, struct pl_cli_style style,
                        const struct pl_candidate *candidate);

/* "+500", "0". */
void pl_rank_add_order(struct pl_text *text, int32_t order);

struct pl_rank_request {
        bool all;       /* also each of those who may not be taken */
        size_t columns; /* of the terminal; 0: PL_CLI_COLUMNS */
        size_t name_count;
        uint64_t ids[PL_CLI_OPERANDS_MAX]; /* of the names */
};

/* Without names it is of all that are ranked. */
bool pl_rank_is_asked_for(const struct pl_rank_request *request, const struct pl_rank_entry *entry);

void pl_rank_print_table(struct pl_cli *cli, const struct pl_rank *rank,
                         const struct pl_rank_request *request);
void pl_rank_print(struct pl_cli *cli, const struct pl_rank *rank,
                   const struct pl_rank_request *request);
void pl_rank_print_json(struct pl_cli *cli, const struct pl_rank *rank,
                        const struct pl_rank_request *request);

/* Whom the operands mean, on the board of a journal. What cannot be found is said. */
enum pl_cli_exit pl_rank_find_names(struct pl_cli *cli, const struct pl_live *live,
                                    struct pl_rank_request *request);

/* The whole answer, and the exit code. */
enum pl_cli_exit pl_rank_answer(struct pl_cli *cli, const struct pl_rank_board *board,
                                const struct pl_rank_request *request);
