/* SPDX-License-Identifier: Apache-2.0 */

/* Columns are as wide as what is in them, and names have what they leave. Rows are made twice, to measure and to print.
 */

#include "explain.h"
#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"
#include "rank.h"

enum column {
        COLUMN_RANK,
        COLUMN_NAME,
        COLUMN_ORDER,
        COLUMN_OVER,
        COLUMN_GROWTH,
        COLUMN_BACK,
        COLUMN_STAYS,
        COLUMN_VERDICT,
        COLUMN_COUNT,
};

/* Each over its column. */
static const char *const titles[2][COLUMN_COUNT] = {
        { "", "", "", "OVER", "", "GIVES", "", "" },
        { "RANK", "WORKLOAD", "ORDER", "PROMISE", "GROWTH", "BACK", "STAYS", "VERDICT" },
};

enum {
        GAP = 2,           /* also before the first */
        RANKED_SHOWN = 10, /* and those that were chosen */
        ASIDE_SHOWN = 6,   /* of those that may not be taken: the largest */
};

/* What a daemon writes fits; what does not is cut, so that names keep some columns. */
static const size_t widest[COLUMN_COUNT] = {
        [COLUMN_RANK] = 4,    [COLUMN_NAME] = 24, [COLUMN_ORDER] = 6, [COLUMN_OVER] = 7,
        [COLUMN_GROWTH] = 13, [COLUMN_BACK] = 6,  [COLUMN_STAYS] = 6, [COLUMN_VERDICT] = 14,
};

struct line {
        char cells[COLUMN_COUNT][PL_LIVE_NAME_BYTES];
};

struct layout {
        size_t widths[COLUMN_COUNT];
        bool has_stays;
};

/* ---- lines ---- */

static struct pl_text cell_of(struct line *line, enum column column)
{
        struct pl_text text;

        pl_text_init(&text, line->cells[column], sizeof line->cells[column]);
        return text;
}

static void set_name(struct line *line, struct pl_cli_style style, const char *name, uint64_t id)
{
        struct pl_text text = cell_of(line, COLUMN_NAME), raw;
        char buffer[PL_LIVE_NAME_BYTES];

        pl_text_init(&raw, buffer, sizeof buffer);
        pl_explain_add_name(&raw, name, id);
        pl_cli_add_plain(&text, style, pl_text_span(&raw));
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

static void make_line(const struct pl_journal_decision *table, uint32_t index,
                      struct pl_cli_style style, struct line *ret_line)
{
        const struct pl_candidate *candidate = &table->decision.candidates[index];
        const char *verdict = pl_explain_turn_words(candidate->turn);
        struct pl_text text = cell_of(ret_line, COLUMN_RANK);

        if (candidate->rank > 0)
                pl_text_addf(&text, "%lu", (unsigned long) candidate->rank);
        else
                pl_text_add(&text, pl_live_dash(style));
        set_name(ret_line, style, table->names[index], candidate->id);
        text = cell_of(ret_line, COLUMN_ORDER);
        pl_rank_add_order(&text, candidate->order);
        set_amount(ret_line, COLUMN_OVER, style, candidate->over_promise_bytes);
        set_growth(ret_line, style, candidate);
        set_amount(ret_line, COLUMN_BACK, style, candidate->gives_back_bytes);
        set_amount(ret_line, COLUMN_STAYS, style, candidate->stays_bytes);
        text = cell_of(ret_line, COLUMN_VERDICT);
        pl_text_add(&text, verdict ? verdict : "not known here");
}

static void make_titles(size_t which, struct line *ret_line)
{
        for (enum column i = 0; i < COLUMN_COUNT; i++) {
                struct pl_text text = cell_of(ret_line, i);

                pl_text_add(&text, titles[which][i]);
        }
}

/* ---- the table ---- */

static void measure(struct layout *layout, const struct line *line)
{
        for (size_t i = 0; i < COLUMN_COUNT; i++)
                layout->widths[i] = PL_MAX(layout->widths[i],
                                           pl_cli_columns(pl_span_of(line->cells[i])));
}

static bool is_column(const struct layout *layout, size_t column)
{
        return column != COLUMN_STAYS || layout->has_stays;
}

/* The name gives way, and never so far that nobody knows it. */
static void fit(struct layout *layout)
{
        size_t taken = 0;

        for (size_t i = 0; i < COLUMN_COUNT; i++) {
                layout->widths[i] = PL_MIN(layout->widths[i], widest[i]);
                if (is_column(layout, i))
                        taken += GAP + (i == COLUMN_NAME ? 0 : layout->widths[i]);
        }
        pl_assert(taken < PL_CLI_COLUMNS);
        layout->widths[COLUMN_NAME] = PL_MIN(layout->widths[COLUMN_NAME],
                                             (size_t) PL_CLI_COLUMNS - taken);
}

static bool is_left(size_t column)
{
        return column == COLUMN_NAME || column == COLUMN_VERDICT;
}

/* Nothing is behind the last cell with something in it. */
static size_t count_cells(const struct line *line)
{
        size_t count = COLUMN_COUNT;

        while (count > 0 && line->cells[count - 1][0] == '\0')
                count--;
        return count;
}

static void print_row(struct pl_cli *cli, const struct layout *layout, const struct line *line)
{
        const size_t count = count_cells(line);

        for (size_t i = 0; i < count; i++) {
                char buffer[PL_LIVE_NAME_BYTES];
                struct pl_text cell;
                size_t blanks;

                if (!is_column(layout, i))
                        continue;
                pl_text_init(&cell, buffer, sizeof buffer);
                pl_live_add_cut(&cell, cli->style, pl_span_of(line->cells[i]), layout->widths[i]);
                blanks = layout->widths[i] - pl_cli_columns(pl_text_span(&cell));
                pl_cli_add_blanks(cli->out, GAP);
                if (!is_left(i))
                        pl_cli_add_blanks(cli->out, blanks);
                pl_text_add(cli->out, buffer);
                if (i == COLUMN_NAME)
                        pl_cli_add_blanks(cli->out, blanks);
        }
        pl_text_add(cli->out, "\n");
        (void) pl_cli_flush(cli); /* a failure is kept and told by main() */
}

/* ---- which ---- */

struct shown {
        size_t ranked, aside, left_ranked, left_aside;
};

static bool is_shown(struct shown *shown, const struct pl_candidate *candidate, bool all)
{
        bool is_ranked = candidate->rank > 0;
        size_t *count = is_ranked ? &shown->ranked : &shown->aside;

        if (all || candidate->turn == PL_TURN_CHOSEN ||
            *count < (size_t) (is_ranked ? RANKED_SHOWN : ASIDE_SHOWN)) {
                ++*count;
                return true;
        }
        ++*(is_ranked ? &shown->left_ranked : &shown->left_aside);
        return false;
}

static void print_left(struct pl_cli *cli, const struct shown *shown)
{
        if (shown->left_ranked + shown->left_aside == 0)
                return;
        pl_cli_add_blanks(cli->out, GAP);
        pl_text_addf(cli->out, "and %zu more, %zu of whom may not be taken (--all)\n",
                     shown->left_ranked + shown->left_aside, shown->left_aside);
}

void pl_explain_print_table(struct pl_cli *cli, const struct pl_explain *explain, bool all)
{
        const struct pl_journal_decision *table = pl_explain_table(explain);
        struct layout layout = {};
        struct shown shown = {};
        struct line line;

        pl_assert(cli && table);

        for (size_t i = 0; i < 2; i++) {
                make_titles(i, &line);
                measure(&layout, &line);
        }
        for (uint32_t i = 0; i < pl_explain_candidate_count(table); i++) {
                layout.has_stays |= table->decision.candidates[i].stays_bytes > 0;
                make_line(table, i, cli->style, &line);
                measure(&layout, &line);
        }
        fit(&layout);
        for (size_t i = 0; i < 2; i++) {
                make_titles(i, &line);
                print_row(cli, &layout, &line);
        }
        for (uint32_t i = 0; i < pl_explain_candidate_count(table); i++) {
                if (!is_shown(&shown, &table->decision.candidates[i], all))
                        continue;
                make_line(table, i, cli->style, &line);
                print_row(cli, &layout, &line);
        }
        print_left(cli, &shown);
}
