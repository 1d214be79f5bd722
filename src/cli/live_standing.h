/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* live_standing - how it stands with what is wanted of a workload: judged, in words, as a table and as JSON, the same in
 * `diff`, `show`, `status` and `list`.
 *
 * A row may be anybody's: any number in it is taken, and what no enumeration knows is called not known. Only
 * pl_standing_open() allocates.
 */

#include "live_view.h"

/* What may be wanted: each limit by its number, and behind them these. */
enum {
        PL_STANDING_UNIT =
                PL_LIMIT_COUNT, /* properties of a unit, by which systemd keeps the limits */
        PL_STANDING_SCORE_ADJ,
        PL_STANDING_SWAPPINESS,
        PL_STANDING_ITEMS,
};

/* Of what is wanted, in the order of enum pl_plan_mode, which is the engine's and not to be seen from here. */
enum pl_standing_mode {
        PL_STANDING_APPLIED,
        PL_STANDING_RESTORED,
        PL_STANDING_PAUSED,
        PL_STANDING_OBSERVED,
};

/* From the best to the worst. */
enum pl_standing_verdict {
        PL_STANDING_NONE, /* nothing is wanted */
        PL_STANDING_FINE, /* as wanted */
        /* Not as wanted, or without effect, and not for plimsolld to change: it is only observed, the profile yields,
         * this kernel has no such file, memory.high is held back without swap, a cgroup above grants nothing. */
        PL_STANDING_LEFT,
        PL_STANDING_DIFFERS, /* not as wanted */
};

enum pl_standing_verdict pl_standing_judge(const struct pl_live *live,
                                           const struct pl_journal_row *row, unsigned item);
/* The worst of them. */
enum pl_standing_verdict pl_standing_judge_all(const struct pl_live *live,
                                               const struct pl_journal_row *row);

/* Whether something is wanted, and is no less than that. */
bool pl_standing_is_at_least(const struct pl_live *live, const struct pl_journal_row *row,
                             unsigned item, enum pl_standing_verdict least);

/* Whether its processes still have an oom_score_adj of ours that is being taken back. */
bool pl_standing_has_score_left(const struct pl_journal_row *row);

/* Whether it has processes, and plimsolld has not been at them yet: that takes up to two looks at everybody. */
bool pl_standing_is_unswept(const struct pl_journal_row *row);

/* A cgroup that holds workloads and has limits of its own from us: the slice of a class, or one that has to promise what
 * those below it are promised. */
bool pl_standing_is_slice(const struct pl_journal_row *row);

/* Of how many workloads and slices something is wanted, of how many of them something differs, and how many are slices. */
struct pl_standing_count {
        uint32_t wanted, differing, slices;
};
void pl_standing_count_row(const struct pl_live *live, const struct pl_journal_row *row,
                           struct pl_standing_count *count);

/* Whether a promise (memory.min, memory.low) protects nothing of what is used. */
bool pl_standing_is_void(const struct pl_journal_row *row, enum pl_limit limit);

/* ---- the whole board, for what cgroups above a workload have to do with it ---- */

struct pl_standing_board {
        const struct pl_live *live;  /* borrowed */
        struct pl_journal_row *rows; /* of everybody, holders too, by their ids */
        size_t row_count;
        int64_t vm_swappiness; /* −1: not known */
        bool rehearsal;        /* nothing is written: what is ordered would be */
};

/* 0 or -ENOMEM; to be closed in either case. */
int pl_standing_open(const struct pl_live *live, struct pl_standing_board *ret_board);
void pl_standing_close(struct pl_standing_board *board);

static inline void pl_cleanup_standing(struct pl_standing_board *board)
{
        pl_standing_close(board);
}

/* The journal is of a plimsolld that observed everybody, to find out what it would do: whom it would write to stands then as
 * if that was ordered. Who is observed by the policy, paused or restored stays so. */
void pl_standing_rehearse(struct pl_standing_board *board);

/* vm.swappiness of this host; −1 where it cannot be read. */
int64_t pl_standing_read_swappiness(void);

/* The nearest cgroup above it that has less of a promise than the workload, nothing where nothing is effective; or whose
 * ceiling is what is effective. NULL where the board does not know it. */
const struct pl_journal_row *pl_standing_find_holder(const struct pl_standing_board *board,
                                                     const struct pl_journal_row *row,
                                                     enum pl_limit limit);

/* ---- words ---- */

/* "systemd unit", "cgroup". */
const char *pl_standing_backend_words(const struct pl_journal_row *row);

/* "3 workloads", "1 slice", "4 workloads and slices": so many, of all that were counted. */
void pl_standing_add_counted(struct pl_text *text, const struct pl_standing_count *count,
                             size_t number);

/* "memory.max", "oom_score_adj". */
const char *pl_standing_title(unsigned item);

/* "waits: 1.20 GiB are in use, 900 MiB of which cannot be reclaimed": how it stands, why, and what the path leaves of it. */
void pl_standing_add_words(struct pl_text *text, struct pl_cli_style style,
                           const struct pl_standing_board *board, const struct pl_journal_row *row,
                           unsigned item);

/* "no effect, because system.slice has 0": what the path leaves of what is set, where that is less; else nothing. */
void pl_standing_add_reach(struct pl_text *text, struct pl_cli_style style,
                           const struct pl_standing_board *board, const struct pl_journal_row *row,
                           enum pl_limit limit);

/* ---- a table ---- */

struct pl_standing_table {
        const struct pl_standing_board *board;     /* borrowed */
        enum pl_standing_verdict least;            /* lines of less are left out */
        size_t title, intended, actual, effective; /* columns; 0: there is nothing in it */
};

/* Makes the columns wide enough for a workload. */
void pl_standing_measure(struct pl_standing_table *table, struct pl_cli_style style,
                         const struct pl_journal_row *row);
void pl_standing_print_titles(struct pl_cli *cli, const struct pl_standing_table *table);
void pl_standing_print(struct pl_cli *cli, const struct pl_standing_table *table,
                       const struct pl_journal_row *row);

/* ---- JSON ---- */

/* An object: of what is judged as no less than that. */
void pl_standing_put(struct pl_json_writer *writer, const char *key,
                     const struct pl_standing_board *board, const struct pl_journal_row *row,
                     enum pl_standing_verdict least);
