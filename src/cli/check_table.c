/* SPDX-License-Identifier: Apache-2.0 */

/* Nine columns in eighty: amounts lose the "iB" of their unit, columns are as wide as what is in them, and names of files
 * lose their directories, and then their beginnings, before anything else is cut. Rows are made twice, once to measure and
 * once to print, because nothing bounds how many there are but the number of files.
 */

#include <string.h>

#include "check.h"
#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"
#include "plimsoll/base/size.h"

enum column {
        COLUMN_MAX,
        COLUMN_HIGH,
        COLUMN_LOW,
        COLUMN_MIN,
        COLUMN_SWAP,
        COLUMN_ADJ,
        COLUMN_ORDER,
        COLUMN_COUNT,
};

static const char *const titles[] = { "MAX", "HIGH", "LOW", "MIN", "SWAP", "ADJ", "ORDER" };

static const enum pl_limit limits[] = {
        [COLUMN_MAX] = PL_LIMIT_MAX, [COLUMN_HIGH] = PL_LIMIT_HIGH,     [COLUMN_LOW] = PL_LIMIT_LOW,
        [COLUMN_MIN] = PL_LIMIT_MIN, [COLUMN_SWAP] = PL_LIMIT_SWAP_MAX,
};

enum {
        GAP = 2,
        CELL_MAX = 16,   /* "(1000M)", and an en dash has three bytes */
        NAME_MAX_ = 256, /* of a slice, which is longer than that of a profile */
        CUT_MAX =
                1024, /* bytes of a path that may be seen: more than there are columns, at four a character */
        NAME_LEAST = 12, /* columns that a name gets in any case */
        FILE_LEAST = 13, /* likewise: "database.json" */
};

struct row {
        char name[NAME_MAX_];
        char cells[COLUMN_COUNT][CELL_MAX];
        const char *origin;
};

struct layout {
        size_t name, cells[COLUMN_COUNT], file, last_part;
        bool with_directories;
        bool has_left_out, has_protected; /* marks that want explaining */
};

/* ---- rows ---- */

static void set(char cell[CELL_MAX], const char *words)
{
        struct pl_text text;

        pl_text_init(&text, cell, CELL_MAX);
        pl_text_add(&text, words);
        pl_assert(!text.cut);
}

/* "3.88G"; "max" as the kernel has it. */
static void set_bytes(char cell[CELL_MAX], uint64_t bytes, bool in_brackets)
{
        char buffer[32];
        struct pl_text amount, text;
        struct pl_span unit, number;

        pl_text_init(&amount, buffer, sizeof buffer);
        if (bytes == PL_SIZE_MAX)
                pl_text_add(&amount, "max");
        else
                pl_bytes_format_short(&amount, bytes);
        unit = pl_text_span(&amount);
        number = pl_span_until(&unit, ' ');

        pl_text_init(&text, cell, CELL_MAX);
        pl_text_add(&text, in_brackets ? "(" : "");
        pl_text_add_span(&text, number);
        pl_text_add_span(&text, pl_span(unit.data, PL_MIN(unit.length, (size_t) 1)));
        pl_text_add(&text, in_brackets ? ")" : "");
        pl_assert(!text.cut);
}

static void set_number(char cell[CELL_MAX], int32_t number)
{
        struct pl_text text;

        pl_text_init(&text, cell, CELL_MAX);
        pl_text_addf(&text, "%d", number);
}

static void set_limits(struct row *row, const struct pl_limits *values, bool high_left_out)
{
        for (size_t i = 0; i < PL_ARRAY_LENGTH(limits); i++)
                if (pl_limits_has(values, limits[i]))
                        set_bytes(row->cells[i], values->values[limits[i]],
                                  high_left_out && i == COLUMN_HIGH);
}

static void begin_row(struct row *row, struct pl_cli_style style,
                      const struct pl_document *document)
{
        row->name[0] = '\0';
        row->origin = document->origin;
        for (size_t i = 0; i < COLUMN_COUNT; i++)
                set(row->cells[i], style.unicode ? "\xE2\x80\x93" : "-");
}

/* What cannot be resolved is an error that was told; such a row has nothing in it. */
static void make_profile(const struct pl_check *check, const struct pl_document *document,
                         struct row *row, struct layout *layout)
{
        struct pl_resolved resolved;
        enum pl_memory_key key;
        struct pl_text name;

        pl_text_init(&name, row->name, sizeof row->name);
        pl_text_add(&name, document->profile.name);
        if (pl_profile_resolve(&document->profile, &check->host.facts, &resolved, &key) != 0)
                return;
        set_limits(row, &resolved.wanted, resolved.high_left_out);
        if (resolved.has_score_adj)
                set_number(row->cells[COLUMN_ADJ], resolved.score_adj);
        set_number(row->cells[COLUMN_ORDER], resolved.order);
        if (resolved.is_protected)
                set(row->cells[COLUMN_ORDER], "safe");
        layout->has_left_out |= resolved.high_left_out;
        layout->has_protected |= resolved.is_protected;
}

static void make_budget(const struct pl_check *check, const struct pl_document *document,
                        struct row *row)
{
        struct pl_limits values;
        enum pl_budget_key key;
        struct pl_text name;

        pl_text_init(&name, row->name, sizeof row->name);
        pl_budget_slice(&name, &document->profile);
        if (pl_budget_resolve(&document->profile.budget, &check->host.facts, &values, &key) == 0)
                set_limits(row, &values, pl_budget_leaves_out_high(&values, &check->host.facts));
}

/* ---- widths ---- */

static const char *last_part(const char *path)
{
        const char *slash = strrchr(path, '/');

        return slash ? slash + 1 : path;
}

static void measure(struct pl_cli *cli, struct layout *layout, const struct row *row)
{
        (void) cli;
        layout->name = PL_MAX(layout->name, pl_cli_columns(pl_span_of(row->name)));
        for (size_t i = 0; i < COLUMN_COUNT; i++)
                layout->cells[i] = PL_MAX(layout->cells[i],
                                          pl_cli_columns(pl_span_of(row->cells[i])));
        layout->file = PL_MAX(layout->file, pl_cli_columns(pl_span_of(row->origin)));
        layout->last_part = PL_MAX(layout->last_part,
                                   pl_cli_columns(pl_span_of(last_part(row->origin))));
}

/* Shares out what the amounts leave. */
static void settle(struct layout *layout)
{
        size_t room = PL_CLI_COLUMNS - GAP,
               file_least = PL_MIN(layout->last_part, (size_t) FILE_LEAST);
        size_t longest = layout->file, name_most;

        for (size_t i = 0; i < COLUMN_COUNT; i++)
                room -= layout->cells[i] + GAP;
        pl_assert(room >= NAME_LEAST);

        name_most = room > file_least + NAME_LEAST ? room - file_least : NAME_LEAST;
        layout->name = PL_MIN(layout->name, name_most);
        layout->file = room - layout->name;
        layout->with_directories = longest <= layout->file;
}

/* ---- printing ---- */

/* The end of a name says more than its beginning where that is a path, and the other way round where it is a name. */
static void add_cut(struct pl_text *text, struct pl_cli_style style, const char *words,
                    size_t columns, bool keep_end)
{
        const char *mark = style.unicode ? "\xE2\x80\xA6" : "...";
        size_t mark_columns = pl_cli_columns(pl_span_of(mark)), count;
        char buffer[CUT_MAX];
        struct pl_text clean;
        struct pl_span rest = pl_span_of(words);

        if (keep_end && rest.length >= sizeof buffer)
                rest = pl_span_from(rest, rest.length - sizeof buffer + 1);
        pl_text_init(&clean, buffer, sizeof buffer);
        pl_cli_add_plain(&clean, style, rest);
        rest = pl_text_span(&clean);
        count = pl_cli_columns(rest);
        if (count <= columns) {
                pl_text_add_span(text, rest);
                return;
        }
        if (columns < mark_columns)
                return;
        pl_text_add(text, keep_end ? mark : "");
        for (size_t i = 0; !pl_span_empty(rest); i++) {
                size_t length = PL_MAX(pl_utf8_length(rest), (size_t) 1);

                if (keep_end ? i >= count - columns + mark_columns : i < columns - mark_columns)
                        pl_text_add_span(text, pl_span(rest.data, length));
                rest = pl_span_from(rest, length);
        }
        pl_text_add(text, keep_end ? "" : mark);
}

static void add_left(struct pl_text *text, struct pl_cli_style style, const char *words,
                     size_t width)
{
        size_t start = text->length, columns;

        add_cut(text, style, words, width, false);
        columns = pl_cli_columns(pl_span(text->data + start, text->length - start));
        pl_cli_add_blanks(text, width - PL_MIN(width, columns));
}

static void print_row(struct pl_cli *cli, struct layout *layout, const struct row *row)
{
        add_left(cli->out, cli->style, row->name, layout->name);
        for (size_t i = 0; i < COLUMN_COUNT; i++) {
                size_t columns = pl_cli_columns(pl_span_of(row->cells[i]));

                pl_cli_add_blanks(cli->out, GAP + layout->cells[i] - columns);
                pl_text_add(cli->out, row->cells[i]);
        }
        pl_cli_add_blanks(cli->out, GAP);
        add_cut(cli->out, cli->style,
                layout->with_directories ? row->origin : last_part(row->origin), layout->file,
                true);
        pl_text_add(cli->out, "\n");
        (void) pl_cli_flush(cli); /* a failure is kept and told by main() */
}

static void begin_titles(struct row *row)
{
        struct pl_text name;

        pl_text_init(&name, row->name, sizeof row->name);
        pl_text_add(&name, "PROFILE");
        for (size_t i = 0; i < COLUMN_COUNT; i++)
                set(row->cells[i], titles[i]);
        row->origin = "FILE";
}

/* Gives every row to `take`, to be measured or to be printed. */
static void go_through(struct pl_cli *cli, const struct pl_check *check, struct layout *layout,
                       void (*take)(struct pl_cli *cli, struct layout *layout,
                                    const struct row *row))
{
        const struct pl_policy *policy = check->policy->policy;
        struct row row;

        begin_titles(&row);
        take(cli, layout, &row);
        for (size_t i = 0; i < policy->profile_count; i++) {
                begin_row(&row, cli->style, policy->profiles[i]);
                make_profile(check, policy->profiles[i], &row, layout);
                take(cli, layout, &row);
                if (!PL_HAS(&policy->profiles[i]->profile, PL_PROFILE_BUDGET))
                        continue;
                begin_row(&row, cli->style, policy->profiles[i]);
                make_budget(check, policy->profiles[i], &row);
                take(cli, layout, &row);
        }
}

void pl_check_print_table(struct pl_cli *cli, const struct pl_check *check)
{
        struct layout layout = {};

        pl_assert(cli && check);

        go_through(cli, check, &layout, measure);
        settle(&layout);
        go_through(cli, check, &layout, print_row);
        if (layout.has_left_out)
                pl_text_add(cli->out, "(in brackets): not applied, for want of swap\n");
        if (layout.has_protected)
                pl_text_add(cli->out, "safe: protected, never killed\n");
}
