/* SPDX-License-Identifier: Apache-2.0 */

/* Columns are as wide as what is in them, names have what they leave, and titles two lines, so that there is room for names.
 * Rows are made twice, to measure and to print.
 */

#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"
#include "rank.h"

enum column {
        COLUMN_RANK,
        COLUMN_ORDER,
        COLUMN_OVER,
        COLUMN_GROWTH,
        COLUMN_BACK,
        COLUMN_STAYS,
        COLUMN_KERNELS,
        COLUMN_COUNT,
};

/* Each over its column; the name's place is behind the first. */
static const char *const titles[2][COLUMN_COUNT] = {
        { "", "", "OVER", "", "GIVES", "", "KERNEL'S" },
        { "RANK", "ORDER", "PROMISE", "GROWTH", "BACK", "STAYS", "RANK" },
};

enum {
        GAP = 2,
        CELL_MAX = 32,
        NAME_LEAST = 12,
        NAME_MOST = 60, /* columns; a line stays together to the eye */
};

struct line {
        char name[PL_LIVE_NAME_BYTES];
        char cells[COLUMN_COUNT][CELL_MAX];
};

struct layout {
        size_t name, cells[COLUMN_COUNT];
        bool has_stays;
};

/* ---- lines ---- */

static struct pl_text cell_of(struct line *line, enum column column)
{
        struct pl_text text;

        pl_text_init(&text, line->cells[column], CELL_MAX);
        return text;
}

static void set_amount(struct line *line, enum column column, struct pl_cli_style style,
                       uint64_t bytes)
{
        struct pl_text text = cell_of(line, column);

        pl_live_add_amount(&text, style, bytes > 0, bytes);
}

static void set_growth(struct line *line, struct pl_cli_style style,
                       const struct pl_candidate *candidate)
{
        struct pl_text text = cell_of(line, COLUMN_GROWTH);

        pl_rank_add_growth(&text, style, candidate);
}

/* The first that the kernel would not take in its turn has a mark. */
static void set_kernels(struct line *line, struct pl_cli_style style, const struct pl_rank *rank,
                        const struct pl_rank_entry *entry)
{
        struct pl_text text = cell_of(line, COLUMN_KERNELS);

        if (entry->kernels == 0) {
                pl_text_add(&text, pl_live_dash(style));
                return;
        }
        if (rank->ours == entry)
                pl_text_add(&text, style.unicode ? "\xE2\x89\xA0 " : "!= ");
        pl_text_addf(&text, "%s%lu", entry->score_from == PL_RANK_SCORE_ESTIMATED ? "~" : "",
                     (unsigned long) entry->kernels);
}

/* Whom the need takes now has a mark. */
static void set_rank(struct pl_text *text, struct pl_cli_style style, const struct pl_rank *rank,
                     const struct pl_candidate *candidate)
{
        if (candidate->rank > 0 && candidate->turn == PL_TURN_CHOSEN &&
            rank->board->ranking.need_bytes > 0)
                pl_text_addf(text, "%s ", pl_live_arrow(style));
        if (candidate->rank > 0)
                pl_text_addf(text, "%lu", (unsigned long) candidate->rank);
        else
                pl_text_add(text, pl_live_dash(style));
}

static void make_line(const struct pl_rank *rank, struct pl_cli_style style,
                      const struct pl_rank_entry *entry, struct line *ret_line)
{
        const struct pl_candidate *candidate = &entry->candidate;
        struct pl_text text;

        pl_text_init(&text, ret_line->name, sizeof ret_line->name);
        pl_cli_add_plain(&text, style, pl_span_of(entry->name));
        text = cell_of(ret_line, COLUMN_RANK);
        set_rank(&text, style, rank, candidate);
        text = cell_of(ret_line, COLUMN_ORDER);
        pl_rank_add_order(&text, candidate->order);
        set_amount(ret_line, COLUMN_OVER, style, candidate->over_promise_bytes);
        set_growth(ret_line, style, candidate);
        set_amount(ret_line, COLUMN_BACK, style, candidate->gives_back_bytes);
        set_amount(ret_line, COLUMN_STAYS, style, candidate->stays_bytes);
        set_kernels(ret_line, style, rank, entry);
}

static void make_titles(size_t which, struct line *ret_line)
{
        struct pl_text text;

        pl_text_init(&text, ret_line->name, sizeof ret_line->name);
        pl_text_add(&text, which == 0 ? "" : "WORKLOAD");
        for (enum column i = 0; i < COLUMN_COUNT; i++) {
                text = cell_of(ret_line, i);
                pl_text_add(&text, titles[which][i]);
        }
}

bool pl_rank_is_asked_for(const struct pl_rank_request *request, const struct pl_rank_entry *entry)
{
        if (request->name_count == 0)
                return entry->candidate.rank > 0;
        for (size_t i = 0; i < request->name_count; i++)
                if (request->ids[i] == entry->candidate.id)
                        return true;
        return false;
}

/* ---- the table ---- */

static void measure(struct layout *layout, const struct line *line)
{
        layout->name = PL_MAX(layout->name, pl_cli_columns(pl_span_of(line->name)));
        for (size_t i = 0; i < COLUMN_COUNT; i++)
                layout->cells[i] = PL_MAX(layout->cells[i],
                                          pl_cli_columns(pl_span_of(line->cells[i])));
}

static bool is_shown(const struct layout *layout, size_t column)
{
        return column != COLUMN_STAYS || layout->has_stays;
}

static void measure_all(struct pl_cli *cli, const struct pl_rank *rank,
                        const struct pl_rank_request *request, struct layout *ret_layout)
{
        size_t room = PL_MAX(request->columns, (size_t) PL_CLI_COLUMNS);
        struct line line;

        *ret_layout = (struct layout){};
        for (size_t i = 0; i < 2; i++) {
                make_titles(i, &line);
                measure(ret_layout, &line);
        }
        for (size_t i = 0; i < rank->count; i++) {
                const struct pl_rank_entry *entry = &rank->entries[i];

                if (!pl_rank_is_asked_for(request, entry))
                        continue;
                ret_layout->has_stays |= entry->candidate.stays_bytes > 0;
                make_line(rank, cli->style, entry, &line);
                measure(ret_layout, &line);
        }
        for (size_t i = 0; i < COLUMN_COUNT; i++)
                if (is_shown(ret_layout, i))
                        room -= ret_layout->cells[i] + GAP;
        pl_assert(room >= NAME_LEAST);
        room = PL_MIN(room, (size_t) NAME_MOST);
        ret_layout->name = PL_MIN(ret_layout->name, room);
}

static void add_left(struct pl_text *text, struct pl_cli_style style, const char *words,
                     size_t width)
{
        size_t start = text->length, columns;

        pl_live_add_cut(text, style, pl_span_of(words), width);
        columns = pl_cli_columns(pl_span(text->data + start, text->length - start));
        pl_assert(columns <= width);
        pl_cli_add_blanks(text, width - columns);
}

static void print_row(struct pl_cli *cli, const struct layout *layout, const struct line *line)
{
        for (size_t i = 0; i < COLUMN_COUNT; i++) {
                size_t columns = pl_cli_columns(pl_span_of(line->cells[i]));

                if (!is_shown(layout, i))
                        continue;
                pl_cli_add_blanks(cli->out, (i > 0 ? GAP : 0) + layout->cells[i] - columns);
                pl_text_add(cli->out, line->cells[i]);
                if (i != COLUMN_RANK)
                        continue;
                pl_cli_add_blanks(cli->out, GAP);
                add_left(cli->out, cli->style, line->name, layout->name);
        }
        pl_text_add(cli->out, "\n");
        (void) pl_cli_flush(cli); /* a failure is kept and told by main() */
}

void pl_rank_print_table(struct pl_cli *cli, const struct pl_rank *rank,
                         const struct pl_rank_request *request)
{
        struct layout layout;
        struct line line;

        measure_all(cli, rank, request, &layout);
        for (size_t i = 0; i < 2; i++) {
                make_titles(i, &line);
                print_row(cli, &layout, &line);
        }
        for (size_t i = 0; i < rank->count; i++) {
                if (!pl_rank_is_asked_for(request, &rank->entries[i]))
                        continue;
                make_line(rank, cli->style, &rank->entries[i], &line);
                print_row(cli, &layout, &line);
        }
}
