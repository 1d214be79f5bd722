/* SPDX-License-Identifier: Apache-2.0 */

/* Amounts lose the "iB" of their unit, as in the tables of `check`, and columns are as wide as what is in them. What that
 * leaves is for names; where it is not enough, the column of profiles goes first, for a name begins with its profile, and
 * then names lose their middles, whose two ends tell them apart. Rows are made twice, to measure and to print.
 */

#include <string.h>

#include "list.h"
#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"
#include "plimsoll/base/ratio.h"
#include "plimsoll/base/size.h"

enum column {
        COLUMN_CURRENT,
        COLUMN_MAX,
        COLUMN_USE,
        COLUMN_SWAP,
        COLUMN_STALL,
        COLUMN_ADJ,
        COLUMN_RANK,
        COLUMN_COUNT,
};

static const char *const titles[] = { "CURRENT", "MAX", "USE         ", "SWAP",
                                      "STALL",   "ADJ", "RANK" };

enum {
        GAP = 2,
        CELL_MAX = 32, /* a bar of characters of three bytes, and a share */
        BAR_COLUMNS = 6,
        EIGHTHS = 8,
        TREE_INDENT = 2,
        TREE_INDENT_MAX = 16, /* deeper ones are told by their names */
        NAME_LEAST = 12,      /* with every amount at its widest */
        NAME_MOST = 60,       /* columns; a line stays together to the eye */
};

struct line {
        char name[PL_LIVE_NAME_BYTES + TREE_INDENT_MAX];
        char profile[PL_JOURNAL_PROFILE_BYTES];
        char cells[COLUMN_COUNT][CELL_MAX];
};

struct layout {
        size_t name, profile, cells[COLUMN_COUNT];
        bool has_profiles;
};

/* ---- cells ---- */

static struct pl_text cell_of(struct line *line, enum column column)
{
        struct pl_text text;

        pl_text_init(&text, line->cells[column], CELL_MAX);
        return text;
}

/* Eighths of a character where there are such characters. */
static void add_bar(struct pl_text *text, struct pl_cli_style style, uint32_t permyriad)
{
        uint32_t eighths = (uint32_t) (PL_MIN((uint64_t) permyriad, PL_PERMYRIAD) * BAR_COLUMNS *
                                       EIGHTHS / PL_PERMYRIAD);

        for (uint32_t i = 0; i < BAR_COLUMNS; i++, eighths -= PL_MIN(eighths, (uint32_t) EIGHTHS)) {
                if (eighths >= EIGHTHS)
                        pl_text_add(text, style.unicode ? "\xE2\x96\x88" : "#");
                else if (eighths > 0 && style.unicode)
                        pl_text_addf(text, "\xE2\x96%c", (char) (0x90 - eighths));
                else
                        pl_text_add(text, " ");
        }
}

static void set_use(struct line *line, struct pl_cli_style style, const struct pl_journal_row *row)
{
        struct pl_text text = cell_of(line, COLUMN_USE);
        uint32_t permyriad;

        if (!pl_live_use(row, &permyriad)) {
                pl_text_add(&text, pl_live_dash(style));
                return;
        }
        add_bar(&text, style, permyriad);
        pl_text_addf(&text, " %3u %%", PL_MIN(permyriad / 100, 999U));
        pl_assert(!text.cut);
}

static void set_amounts(struct line *line, struct pl_cli_style style,
                        const struct pl_journal_row *row)
{
        struct pl_text text = cell_of(line, COLUMN_CURRENT);
        uint64_t max = 0;
        bool has_max = pl_live_limit(&row->effective, PL_LIMIT_MAX, &max);

        pl_live_add_amount(&text, style, PL_LIVE_HAS(row, current_bytes),
                           row->sample.current_bytes);
        text = cell_of(line, COLUMN_MAX);
        pl_live_add_amount(&text, style, has_max, max);
        text = cell_of(line, COLUMN_SWAP);
        pl_live_add_amount(&text, style, PL_LIVE_HAS(row, swap_bytes), row->sample.swap_bytes);
}

static void set_rest(struct line *line, struct pl_cli_style style,
                     const struct pl_list_entry *entry)
{
        struct pl_text text = cell_of(line, COLUMN_STALL);
        int32_t score_adj;

        if (entry->stall->over_usec > 0)
                pl_live_add_percent(&text, entry->stall->some_permyriad);
        else
                pl_text_add(&text, pl_live_dash(style));
        text = cell_of(line, COLUMN_ADJ);
        if (pl_live_score_adj(entry->row, &score_adj))
                pl_text_addf(&text, "%d", score_adj);
        else
                pl_text_add(&text, pl_live_dash(style));
        text = cell_of(line, COLUMN_RANK);
        if (entry->row->rank > 0 && entry->row->rank <= PL_WORKLOADS_MAX)
                pl_text_addf(&text, "%u", entry->row->rank);
        else
                pl_text_add(&text, pl_live_dash(style));
}

/* ---- lines ---- */

/* How deep in the tree the last part of a path lies. */
static size_t indent_of(struct pl_span path)
{
        size_t depth = 0;

        for (size_t i = 1; i < path.length; i++)
                depth += path.data[i] == '/';
        return PL_MIN(depth * TREE_INDENT, (size_t) TREE_INDENT_MAX);
}

static void begin_name(struct line *line, size_t indent, struct pl_text *ret_name)
{
        pl_text_init(ret_name, line->name, sizeof line->name);
        pl_cli_add_blanks(ret_name, indent);
}

static void make_line(const struct pl_list *list, struct pl_cli_style style,
                      const struct pl_list_entry *entry, struct line *ret_line)
{
        const char *path = entry->row->path;
        struct pl_text name, profile;

        begin_name(ret_line, list->request->tree ? indent_of(pl_span_of(path)) : 0, &name);
        pl_cli_add_plain(&name, style, pl_span_of(entry->name));
        pl_text_init(&profile, ret_line->profile, sizeof ret_line->profile);
        pl_cli_add_plain(&profile, style,
                         pl_span_of(pl_live_has_profile(entry->row) ? entry->row->profile_name
                                                                    : pl_live_dash(style)));
        set_use(ret_line, style, entry->row);
        set_amounts(ret_line, style, entry->row);
        set_rest(ret_line, style, entry);
}

static void make_titles(struct line *ret_line)
{
        struct pl_text name, profile;

        begin_name(ret_line, 0, &name);
        pl_text_add(&name, "WORKLOAD");
        pl_text_init(&profile, ret_line->profile, sizeof ret_line->profile);
        pl_text_add(&profile, "PROFILE");
        for (size_t i = 0; i < COLUMN_COUNT; i++) {
                struct pl_text text = cell_of(ret_line, (enum column) i);

                pl_text_add(&text, titles[i]);
        }
}

/* ---- widths ---- */

static void measure(struct layout *layout, const struct line *line)
{
        layout->name = PL_MAX(layout->name, pl_cli_columns(pl_span_of(line->name)));
        layout->profile = PL_MAX(layout->profile, pl_cli_columns(pl_span_of(line->profile)));
        for (size_t i = 0; i < COLUMN_COUNT; i++)
                layout->cells[i] = PL_MAX(layout->cells[i],
                                          pl_cli_columns(pl_span_of(line->cells[i])));
}

static bool is_shown(const struct pl_list *list, size_t column)
{
        return column != COLUMN_RANK || list->has_ranks;
}

static size_t columns_of(const struct pl_list *list)
{
        return PL_MAX(list->request->columns, (size_t) PL_CLI_COLUMNS);
}

/* Shares out what the amounts leave. */
static void settle(struct layout *layout, const struct pl_list *list)
{
        const size_t columns = columns_of(list);
        size_t room = columns;

        for (size_t i = 0; i < COLUMN_COUNT; i++)
                if (is_shown(list, i))
                        room -= layout->cells[i] + GAP;
        pl_assert(room >= NAME_LEAST && room <= columns);

        layout->name = PL_MIN(layout->name, (size_t) NAME_MOST);
        layout->has_profiles = layout->name + GAP + layout->profile <= room;
        layout->name = PL_MIN(layout->name, room);
}

static void measure_all(struct pl_cli *cli, const struct pl_list *list, struct layout *ret_layout)
{
        struct line line;

        *ret_layout = (struct layout){};
        make_titles(&line);
        measure(ret_layout, &line);
        for (size_t i = 0; i < pl_list_shown(list); i++) {
                make_line(list, cli->style, &list->entries[i], &line);
                measure(ret_layout, &line);
        }
        settle(ret_layout, list);
}

/* ---- printing ---- */

static void add_left(struct pl_text *text, struct pl_cli_style style, const char *words,
                     size_t width)
{
        size_t start = text->length, columns;

        pl_live_add_cut(text, style, pl_span_of(words), width);
        columns = pl_cli_columns(pl_span(text->data + start, text->length - start));
        pl_assert(columns <= width);
        pl_cli_add_blanks(text, width - columns);
}

static void print_line(struct pl_cli *cli, const struct pl_list *list, const struct layout *layout,
                       const struct line *line)
{
        add_left(cli->out, cli->style, line->name, layout->name);
        if (layout->has_profiles) {
                pl_cli_add_blanks(cli->out, GAP);
                add_left(cli->out, cli->style, line->profile, layout->profile);
        }
        for (size_t i = 0; i < COLUMN_COUNT; i++) {
                size_t columns = pl_cli_columns(pl_span_of(line->cells[i]));

                if (!is_shown(list, i))
                        continue;
                pl_cli_add_blanks(cli->out, GAP + layout->cells[i] - columns);
                pl_text_add(cli->out, line->cells[i]);
        }
        pl_text_add(cli->out, "\n");
        (void) pl_cli_flush(cli); /* a failure is kept and told by main() */
}

/* A part of a path, as deep as it lies. */
static void print_holder(struct pl_cli *cli, const struct pl_list *list, struct pl_span path,
                         struct pl_span part)
{
        size_t indent = indent_of(path);
        char buffer[PL_JOURNAL_PATH_BYTES];
        struct pl_text clean;

        pl_text_init(&clean, buffer, sizeof buffer);
        pl_cli_add_plain(&clean, cli->style, part);
        pl_cli_add_blanks(cli->out, indent);
        pl_live_add_cut(cli->out, cli->style, pl_text_span(&clean), columns_of(list) - indent);
        pl_text_add(cli->out, "\n");
}

/* The holders on the way to a workload that were not on the way to the one before it. */
static void print_holders(struct pl_cli *cli, const struct pl_list *list, const char *path,
                          const char *before)
{
        size_t begin = 1; /* of a part */

        if (path[0] != '/')
                return;
        for (size_t i = 1; path[i] != '\0'; i++) {
                if (path[i] != '/')
                        continue;
                if (strncmp(before, path, i + 1) != 0)
                        print_holder(cli, list, pl_span(path, i), pl_span(path + begin, i - begin));
                begin = i + 1;
        }
}

void pl_list_print(struct pl_cli *cli, const struct pl_list *list)
{
        struct layout layout;
        struct line line;

        pl_assert(cli);
        pl_assert(list->request);

        if (list->count == 0) {
                pl_list_print_none(cli, list);
                return;
        }
        measure_all(cli, list, &layout);
        make_titles(&line);
        print_line(cli, list, &layout, &line);
        for (size_t i = 0; i < pl_list_shown(list); i++) {
                const char *path = list->entries[i].row->path;

                if (list->request->tree)
                        print_holders(cli, list, path, i > 0 ? list->entries[i - 1].row->path : "");
                make_line(list, cli->style, &list->entries[i], &line);
                print_line(cli, list, &layout, &line);
        }
        pl_list_print_totals(cli, list);
}
