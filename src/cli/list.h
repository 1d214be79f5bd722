/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* list - the workloads of the board: asked for (list.c), picked and sorted (list_pick.c), printed (list_table.c,
 * list_words.c). */

#include "live_standing.h"
#include "plimsoll/model/workload.h"

enum pl_list_key {
        PL_LIST_CURRENT,
        PL_LIST_NAME,
        PL_LIST_PROFILE,
        PL_LIST_KIND,
        PL_LIST_MAX,
        PL_LIST_USE,
        PL_LIST_SWAP,
        PL_LIST_STALL,
        PL_LIST_ADJ,
        PL_LIST_AGE,
        PL_LIST_KEYS,
};

/* Zeros ask for everybody who has a process, the largest first. */
struct pl_list_request {
        enum pl_list_key key;
        bool reverse;               /* texts go upwards and amounts downwards, if not */
        bool all;                   /* also who has no process */
        bool tree;                  /* by path */
        const char *profile;        /* its name, "none", or NULL: any */
        enum pl_workload_kind kind; /* PL_WORKLOAD_HOLDER, which none is: any */
        size_t lines_max;           /* 0: all */
        size_t columns;             /* of the terminal; 0: PL_CLI_COLUMNS */
        size_t pattern_count;
        const char *const *patterns; /* each is a pattern, checked; any of them */
};

/* "name", …: what --sort takes. Ends with NULL. */
const char *const *pl_list_key_words(void);

struct pl_list_entry {
        const struct pl_journal_row *row;
        const struct pl_live_stall *stall;
        /* What it is sorted by, if that is a number. */
        bool is_known;
        uint64_t number;
        char name[PL_LIVE_NAME_BYTES]; /* raw */
};

struct pl_list {
        const struct pl_live *live; /* borrowed */
        const struct pl_list_request *request;
        struct pl_journal_row *rows; /* owned, as the next two */
        struct pl_live_stall *stalls;
        struct pl_list_entry *entries; /* sorted */
        size_t count;
        size_t measured_count; /* of them, whose memory.current is known */
        size_t empty_count;    /* that fit but have no process, and were not asked for */
        uint64_t current_bytes, swap_bytes; /* of them all */
        bool has_swap, has_ranks;
        uint64_t stall_usec; /* the longest stretch that a stall is of */
        struct pl_standing_count limits;
};

/* 0 or -ENOMEM. To be released in any case. */
int pl_list_pick(const struct pl_live *live, const struct pl_list_request *request,
                 struct pl_list *ret_list);
void pl_list_done(struct pl_list *list);

/* How many of them are printed. */
size_t pl_list_shown(const struct pl_list *list);

/* The table, or words on why there is none. */
void pl_list_print(struct pl_cli *cli, const struct pl_list *list);
void pl_list_print_totals(struct pl_cli *cli, const struct pl_list *list);
void pl_list_print_none(struct pl_cli *cli, const struct pl_list *list);
void pl_list_print_json(struct pl_cli *cli, const struct pl_list *list);
