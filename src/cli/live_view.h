/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* live_view - what `status`, `list` and `show` share: amounts, shares and times as they are printed, rows as JSON, and how
 * much of the last seconds tasks stood still.
 *
 * A figure that is not there is a dash, or null, and never 0. Only pl_live_stalls() allocates, for as long as it runs.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "live.h"

/* ---- words ---- */

const char *pl_live_dash(struct pl_cli_style style);
const char *pl_live_arrow(struct pl_cli_style style);

/* A sentence that is made before it is broken into lines. */
struct pl_live_sentence {
        char buffer[1024];
        struct pl_text text;
};
struct pl_text *pl_live_begin(struct pl_live_sentence *sentence);

/* A line of a list: its title, coloured unless it is OK, and its words from a column on. */
struct pl_live_line {
        enum pl_cli_mark mark;
        const char *title;
        size_t title_columns; /* with the gap behind it */
};
void pl_live_print_line(struct pl_cli *cli, const struct pl_live_line *line, const char *words);

/* "1.31 GiB", "no limit". */
void pl_live_add_bytes(struct pl_text *text, struct pl_cli_style style, bool is_known,
                       uint64_t bytes);
/* For tables: "1.31G", "max". */
void pl_live_add_amount(struct pl_text *text, struct pl_cli_style style, bool is_known,
                        uint64_t bytes);
/* Words that are clean, without their middle where they are too long. */
void pl_live_add_cut(struct pl_text *text, struct pl_cli_style style, struct pl_span words,
                     size_t columns);
/* "0.8 %", of permyriad, rounded down to a tenth. */
void pl_live_add_percent(struct pl_text *text, uint32_t permyriad);
/* "12 s ago". */
void pl_live_add_ago(struct pl_text *text, const struct pl_live *live, uint64_t at_usec);

/* Says so, and is the exit code. */
enum pl_cli_exit pl_live_say_no_memory(struct pl_cli *cli);

/* "service", "docker"; NULL for what this version does not know. */
const char *pl_live_kind_word(const struct pl_journal_row *row);
const char *pl_live_runtime_word(const struct pl_journal_row *row);

/* "watching", "enforcing", "paused"; NULL where it is not known. */
const char *pl_live_mode_word(const struct pl_live *live);

/* ---- figures ---- */

#define PL_LIVE_HAS(row, figure) (((row)->sample.have & PL_CGROUP_BIT(figure)) != 0)

bool pl_live_limit(const struct pl_journal_limits *limits, enum pl_limit limit,
                   uint64_t *ret_value);

/* What its processes have, whatever its profile says. False where it could not be read. */
bool pl_live_score_adj(const struct pl_journal_row *row, int32_t *ret_score_adj);

/* Of what may be used along the whole path. False where there is no limit or it is not known. */
bool pl_live_use(const struct pl_journal_row *row, uint32_t *ret_permyriad);

/* Whether any of it may go to swap, as far as is known: not where its path forbids it or the host has none. */
bool pl_live_can_swap(const struct pl_live *live, const struct pl_journal_row *row);

/* Page cache that can be dropped without swap: at most, for what is dirty has to be written first and what is under an
 * effective memory.min is left alone. */
bool pl_live_droppable(const struct pl_journal_row *row, uint64_t *ret_bytes);

/* How much of a stretch of time tasks stood still for want of memory. */
struct pl_live_stall {
        uint64_t over_usec; /* 0: not known, and the other two say nothing */
        uint32_t some_permyriad, full_permyriad;
};

/* Of the host and of each row, whose ids differ, over the last ten seconds or, where that is longer, since the figures were
 * read before that; from what the ring of samples has kept. 0 or -ENOMEM. */
int pl_live_stalls(const struct pl_live *live, const struct pl_journal_row *rows, size_t count,
                   struct pl_live_stall *ret_host, struct pl_live_stall *ret_stalls);

/* ---- JSON ---- */

/* Null for what is empty or not there. */
void pl_live_put_words(struct pl_json_writer *writer, const char *key, const char *words);
/* 0 is one as well. */
void pl_live_put_seconds(struct pl_json_writer *writer, const char *key, uint64_t usec);
/* RFC 3339 in UTC, from a time of CLOCK_BOOTTIME; null for 0. */
void pl_live_put_time(struct pl_json_writer *writer, const char *key, const struct pl_live *live,
                      uint64_t at_usec);
void pl_live_put_stall(struct pl_json_writer *writer, const char *key,
                       const struct pl_live_stall *stall);

/* A table of figures: words of 64 bits, with a bit each in `have`. */
enum pl_live_unit { PL_LIVE_COUNT, PL_LIVE_USEC };
struct pl_live_figure {
        const char *key;
        size_t offset;
        enum pl_live_unit unit;
};
void pl_live_put_figures(struct pl_json_writer *writer, const struct pl_live_figure *figures,
                         size_t count, const void *sample, uint64_t have);

/* Bytes, "max", or true and false of a switch. */
void pl_live_put_limit(struct pl_json_writer *writer, const char *key, enum pl_limit limit,
                       uint64_t value);
/* The name, as `list` shows it but whole. */
void pl_live_put_name(struct pl_json_writer *writer, const struct pl_journal_row *row);
/* "health", "version", "as_of": what each answer begins with. */
void pl_live_put_health(struct pl_json_writer *writer, const struct pl_live *live);
/* A whole row, as an object. */
void pl_live_put_row(struct pl_json_writer *writer, const struct pl_live *live,
                     const struct pl_journal_row *row, const struct pl_live_stall *stall);
