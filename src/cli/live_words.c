/* SPDX-License-Identifier: Apache-2.0 */

/* Journals of anybody's can be looked at, so no number of a row is taken for an index before it is held against its bound. */

#include "live_view.h"
#include "plimsoll/base/assert.h"
#include "plimsoll/base/clock.h"
#include "plimsoll/base/macro.h"
#include "plimsoll/base/ratio.h"
#include "plimsoll/base/size.h"
#include "plimsoll/identity/identity.h"
#include "plimsoll/kernel/process.h"
#include "plimsoll/model/note.h"
#include "plimsoll/policy/words.h"

enum { INDENT = 2 }; /* of a line of a list */

const char *pl_live_dash(struct pl_cli_style style)
{
        return style.unicode ? "\xE2\x80\x93" : "-";
}

const char *pl_live_arrow(struct pl_cli_style style)
{
        return style.unicode ? "\xE2\x86\x92" : "->";
}

struct pl_text *pl_live_begin(struct pl_live_sentence *sentence)
{
        pl_text_init(&sentence->text, sentence->buffer, sizeof sentence->buffer);
        return &sentence->text;
}

void pl_live_print_line(struct pl_cli *cli, const struct pl_live_line *line, const char *words)
{
        const size_t column = INDENT + line->title_columns;

        pl_assert(strlen(line->title) < line->title_columns);

        pl_cli_add_blanks(cli->out, INDENT);
        if (line->mark == PL_CLI_MARK_OK)
                pl_text_add(cli->out, line->title);
        else
                pl_cli_add_coloured(cli->out, cli->style, line->mark, line->title);
        pl_cli_add_blanks(cli->out, line->title_columns - strlen(line->title));
        pl_cli_add_wrapped(cli->out, cli->style, column, column, words);
}

void pl_live_add_bytes(struct pl_text *text, struct pl_cli_style style, bool is_known,
                       uint64_t bytes)
{
        if (is_known)
                pl_bytes_format_short(text, bytes);
        else
                pl_text_add(text, pl_live_dash(style));
}

/* "G" for "GiB", as in the tables of `check`. */
void pl_live_add_amount(struct pl_text *text, struct pl_cli_style style, bool is_known,
                        uint64_t bytes)
{
        char buffer[32];
        struct pl_text amount;
        struct pl_span unit, number;

        if (!is_known || bytes == PL_SIZE_MAX) {
                pl_text_add(text, is_known ? "max" : pl_live_dash(style));
                return;
        }
        pl_text_init(&amount, buffer, sizeof buffer);
        pl_bytes_format_short(&amount, bytes);
        unit = pl_text_span(&amount);
        number = pl_span_until(&unit, ' ');
        pl_text_add_span(text, number);
        pl_text_add_span(text, pl_span(unit.data, PL_MIN(unit.length, (size_t) 1)));
}

void pl_live_add_cut(struct pl_text *text, struct pl_cli_style style, struct pl_span words,
                     size_t columns)
{
        const char *mark = style.unicode ? "\xE2\x80\xA6" : "...";
        size_t mark_columns = pl_cli_columns(pl_span_of(mark)), count = pl_cli_columns(words);
        size_t head, tail;

        if (count <= columns) {
                pl_text_add_span(text, words);
                return;
        }
        pl_assert(columns > mark_columns);
        head = (columns - mark_columns + 1) / 2;
        tail = count - (columns - mark_columns - head);
        for (size_t i = 0; !pl_span_empty(words); i++) {
                size_t length = PL_MAX(pl_utf8_length(words), (size_t) 1);

                if (i == head)
                        pl_text_add(text, mark);
                if (i < head || i >= tail)
                        pl_text_add_span(text, pl_span(words.data, length));
                words = pl_span_from(words, length);
        }
}

void pl_live_add_percent(struct pl_text *text, uint32_t permyriad)
{
        pl_text_addf(text, "%u.%u %%", permyriad / 100, permyriad / 10 % 10);
}

void pl_live_add_ago(struct pl_text *text, const struct pl_live *live, uint64_t at_usec)
{
        pl_duration_format_short(text, live->now_usec > at_usec ? live->now_usec - at_usec : 0);
        pl_text_add(text, " ago");
}

enum pl_cli_exit pl_live_say_no_memory(struct pl_cli *cli)
{
        pl_text_add(cli->words,
                    "plimsoll: there is not enough memory to look through the journal\n");
        return PL_CLI_FAILED;
}

const char *pl_live_kind_word(const struct pl_journal_row *row)
{
        return row->kind < PL_WORKLOAD_KINDS
                       ? pl_workload_kind_word((enum pl_workload_kind) row->kind)
                       : NULL;
}

const char *pl_live_runtime_word(const struct pl_journal_row *row)
{
        const char *const *words = pl_runtime_words();

        for (int32_t i = 0; words[i]; i++)
                if (i == row->runtime)
                        return words[i];
        return NULL;
}

const char *pl_live_mode_word(const struct pl_live *live)
{
        if (!live->has_host)
                return NULL;
        if (live->host.flags & PL_HOST_PAUSED)
                return "paused";
        return live->host.flags & PL_HOST_ACTS ? "enforcing" : "watching";
}

bool pl_live_limit(const struct pl_journal_limits *limits, enum pl_limit limit, uint64_t *ret_value)
{
        pl_assert(limit < PL_LIMIT_COUNT);
        pl_assert(ret_value);

        if (!(limits->set >> limit & 1))
                return false;
        *ret_value = limits->values[limit];
        return true;
}

bool pl_live_score_adj(const struct pl_journal_row *row, int32_t *ret_score_adj)
{
        pl_assert(ret_score_adj);

        if (!(row->flags & PL_CGROUP_SCORE_KNOWN) || row->score_adj < PL_PROCESS_SCORE_ADJ_MIN ||
            row->score_adj > PL_PROCESS_SCORE_ADJ_MAX)
                return false;
        *ret_score_adj = row->score_adj;
        return true;
}

bool pl_live_use(const struct pl_journal_row *row, uint32_t *ret_permyriad)
{
        uint64_t max;

        if (!PL_LIVE_HAS(row, current_bytes) ||
            !pl_live_limit(&row->effective, PL_LIMIT_MAX, &max) || max == PL_SIZE_MAX || max == 0)
                return false;
        *ret_permyriad = pl_ratio_permyriad(row->sample.current_bytes, max);
        return true;
}

bool pl_live_can_swap(const struct pl_live *live, const struct pl_journal_row *row)
{
        const struct pl_host_sample *host = &live->host.sample;
        uint64_t swap_max;

        if (pl_live_limit(&row->effective, PL_LIMIT_SWAP_MAX, &swap_max) && swap_max == 0)
                return false;
        return !live->has_host || !(host->have & PL_HOST_BIT(swap_total_bytes)) ||
               host->swap_total_bytes > 0;
}

bool pl_live_droppable(const struct pl_journal_row *row, uint64_t *ret_bytes)
{
        return PL_LIVE_HAS(row, inactive_file_bytes) && PL_LIVE_HAS(row, active_file_bytes) &&
               !__builtin_add_overflow(row->sample.inactive_file_bytes,
                                       row->sample.active_file_bytes, ret_bytes);
}
