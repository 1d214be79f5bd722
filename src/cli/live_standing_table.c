/* SPDX-License-Identifier: Apache-2.0 */

/* Amounts are as wide as they have to be, and what they leave is for the sentence, which is broken into lines; where that is
 * too little, it stands below them. What is effective is shown only where it is another value than that of the file, and
 * has a column only where there is such a one.
 */

#include <string.h>

#include "live_standing.h"
#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"

enum {
        INDENT = 2,
        GAP = 2,
        CELL_MAX = 16,    /* "16384P", "-1000", "EFFECTIVE" */
        WORDS_LEAST = 30, /* columns in which a sentence still reads well: most have two lines */
        BELOW_INDENT = 6,
};

struct line {
        const char *title;
        char intended[CELL_MAX], actual[CELL_MAX], effective[CELL_MAX];
};

static const struct line titles = { "LIMIT", "INTENDED", "ACTUAL", "EFFECTIVE" };

/* ---- cells ---- */

const char *pl_standing_title(unsigned item)
{
        static const char *const others[PL_STANDING_ITEMS] = {
                [PL_STANDING_UNIT] = "unit properties",
                [PL_STANDING_SCORE_ADJ] = "oom_score_adj",
                [PL_STANDING_SWAPPINESS] = "swappiness",
        };

        pl_assert(item < PL_STANDING_ITEMS);

        return item < PL_LIMIT_COUNT ? pl_limit_file(item) : others[item];
}

static void set_amount(char cell[CELL_MAX], struct pl_cli_style style, unsigned limit,
                       bool is_known, uint64_t value)
{
        struct pl_text text;

        pl_text_init(&text, cell, CELL_MAX);
        if (is_known && pl_limit_is_switch(limit))
                pl_text_add(&text, value != 0 ? "on" : "off");
        else
                pl_live_add_amount(&text, style, is_known, value);
        pl_assert(!text.cut);
}

static void set_score_adj(char cell[CELL_MAX], struct pl_cli_style style, bool is_known,
                          int32_t score_adj)
{
        struct pl_text text;

        pl_text_init(&text, cell, CELL_MAX);
        if (is_known)
                pl_text_addf(&text, "%d", score_adj);
        else
                pl_text_add(&text, pl_live_dash(style));
}

static void set_limit(struct line *line, struct pl_cli_style style,
                      const struct pl_journal_row *row, enum pl_limit limit)
{
        uint64_t actual = 0, effective = 0;
        bool is_known = pl_live_limit(&row->limits, limit, &actual);

        set_amount(line->intended, style, limit, true, row->standing.targets[limit]);
        set_amount(line->actual, style, limit, is_known, actual);
        if (is_known && pl_live_limit(&row->effective, limit, &effective) && effective != actual)
                set_amount(line->effective, style, limit, true, effective);
}

static void make_line(struct pl_cli_style style, const struct pl_journal_row *row, unsigned item,
                      struct line *ret_line)
{
        int32_t score_adj = 0;
        bool is_known = pl_live_score_adj(row, &score_adj);

        *ret_line = (struct line){ .title = pl_standing_title(item) };
        if (item < PL_LIMIT_COUNT) {
                set_limit(ret_line, style, row, item);
        } else if (item == PL_STANDING_SCORE_ADJ) {
                /* What each process had before is not on the board. */
                set_score_adj(ret_line->intended, style, row->standing.mode != PL_STANDING_RESTORED,
                              row->standing.score_adj);
                set_score_adj(ret_line->actual, style, is_known, score_adj);
        }
}

/* ---- widths ---- */

static void widen(size_t *columns, const char *cell)
{
        *columns = PL_MAX(*columns, pl_cli_columns(pl_span_of(cell)));
}

static void measure(struct pl_standing_table *table, const struct line *line)
{
        widen(&table->title, line->title);
        widen(&table->intended, line->intended);
        widen(&table->actual, line->actual);
        widen(&table->effective, line->effective);
}

void pl_standing_measure(struct pl_standing_table *table, struct pl_cli_style style,
                         const struct pl_journal_row *row)
{
        struct line line;

        pl_assert(table && table->board);
        pl_assert(row);

        for (unsigned i = 0; i < PL_STANDING_ITEMS; i++)
                if (pl_standing_is_at_least(table->board->live, row, i, table->least)) {
                        make_line(style, row, i, &line);
                        measure(table, &line);
                }
        if (table->title == 0)
                return;
        line = titles;
        if (table->effective == 0)
                line.effective[0] = '\0';
        measure(table, &line);
}

/* ---- printing ---- */

/* How far a line has come; blanks are printed only before something. */
struct pen {
        struct pl_text *out;
        size_t blanks;
};

static void add_cell(struct pen *pen, const char *cell, size_t columns)
{
        size_t own = pl_cli_columns(pl_span_of(cell));

        pl_assert(own <= columns);

        pen->blanks += GAP + columns - own;
        if (own == 0)
                return;
        pl_cli_add_blanks(pen->out, pen->blanks);
        pl_text_add(pen->out, cell);
        pen->blanks = 0;
}

static struct pen add_cells(struct pl_cli *cli, const struct pl_standing_table *table,
                            const struct line *line, enum pl_cli_mark mark)
{
        struct pen pen = { cli->out, table->title - strlen(line->title) };

        pl_assert(table->title >= strlen(line->title));

        pl_cli_add_blanks(cli->out, INDENT);
        if (mark == PL_CLI_MARK_OK)
                pl_text_add(cli->out, line->title);
        else
                pl_cli_add_coloured(cli->out, cli->style, mark, line->title);
        add_cell(&pen, line->intended, table->intended);
        add_cell(&pen, line->actual, table->actual);
        if (table->effective > 0)
                add_cell(&pen, line->effective, table->effective);
        return pen;
}

/* Where sentences begin: behind the amounts, or below them where there is too little room. */
static size_t column_of_words(const struct pl_standing_table *table, bool *ret_below)
{
        size_t column = INDENT + table->title + GAP + table->intended + GAP + table->actual + GAP;

        column += table->effective > 0 ? table->effective + GAP : 0;
        *ret_below = column + WORDS_LEAST > PL_CLI_COLUMNS;
        return *ret_below ? BELOW_INDENT : column;
}

void pl_standing_print_titles(struct pl_cli *cli, const struct pl_standing_table *table)
{
        struct line line = titles;
        struct pen pen;
        bool below;

        pl_assert(cli && table);

        (void) column_of_words(table, &below);
        if (table->effective == 0)
                line.effective[0] = '\0';
        pen = add_cells(cli, table, &line, PL_CLI_MARK_OK);
        if (!below) {
                pl_cli_add_blanks(cli->out, pen.blanks + GAP);
                pl_text_add(cli->out, "WHY");
        }
        pl_text_add(cli->out, "\n");
}

static void print_words(struct pl_cli *cli, const struct pl_standing_table *table,
                        const struct pl_journal_row *row, unsigned item, struct pen pen)
{
        struct pl_live_sentence sentence;
        bool below;
        size_t column = column_of_words(table, &below);

        if (below)
                pl_text_add(cli->out, "\n");
        pl_cli_add_blanks(cli->out, below ? BELOW_INDENT : pen.blanks + GAP);
        pl_standing_add_words(pl_live_begin(&sentence), cli->style, table->board, row, item);
        pl_cli_add_wrapped(cli->out, cli->style, column, column, sentence.buffer);
}

void pl_standing_print(struct pl_cli *cli, const struct pl_standing_table *table,
                       const struct pl_journal_row *row)
{
        struct line line;

        pl_assert(cli && table);
        pl_assert(row);

        for (unsigned i = 0; i < PL_STANDING_ITEMS; i++) {
                bool differs = pl_standing_judge(table->board->live, row, i) == PL_STANDING_DIFFERS;
                struct pen pen;

                if (!pl_standing_is_at_least(table->board->live, row, i, table->least))
                        continue;
                make_line(cli->style, row, i, &line);
                pen = add_cells(cli, table, &line, differs ? PL_CLI_MARK_WARNING : PL_CLI_MARK_OK);
                print_words(cli, table, row, i, pen);
        }
}
