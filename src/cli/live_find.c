/* SPDX-License-Identifier: Apache-2.0 */

/* Whoever types a name has most often seen it in `plimsoll list`, so the name as it is printed there is taken too. Texts of
 * the board are cut where they are too long; what is looked for is cut likewise before the two are compared.
 *
 * The board is gone through again for a message about what was not found: it is seldom, and nothing has to be kept.
 */

#include <string.h>

#include "live_view.h"
#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"
#include "plimsoll/base/nearest.h"
#include "plimsoll/identity/identity.h"
#include "plimsoll/model/workload.h"

enum {
        ID_LEAST = 4,     /* characters of a container's id; fewer are too often somebody else's */
        LISTED_MAX = 10,  /* workloads in a message */
        LIKELY_MAX = 5,   /* guesses, of which the first two are read */
        PART_LEAST = 3,   /* characters that make a word likely to be a part of a name */
        QUOTED_MAX = 120, /* bytes of what was given that are repeated */
};

/* How well a row fits, the best last. */
enum fit {
        FIT_NONE,
        FIT_NUMBER, /* the beginning of a container's id, the id of a cgroup */
        FIT_CUT,    /* a name or a unit, as far as the board has it */
        FIT_NAME,   /* the name without its profile, the unit, a path inside of it */
        FIT_WHOLE,  /* the name as it is shown, the path */
};

struct wanted {
        struct pl_cli_style style;
        const char *given;
        char name[PL_JOURNAL_NAME_BYTES]; /* cut as the board's are */
        bool is_cut;                      /* and so it was */
        struct pl_span whole_path;        /* empty where it is none */
        char path[PL_JOURNAL_PATH_BYTES]; /* likewise, cut */
        bool has_id;
        uint64_t id;
        bool is_hexadecimal; /* and may so be the beginning of a container's id */
};

/* ---- what is wanted ---- */

static bool is_hexadecimal(const char *words)
{
        return words[0] != '\0' && words[strspn(words, "0123456789abcdef")] == '\0';
}

/* As a cgroup file shows it, from what a person copies out of a shell. */
static struct pl_span path_of(const char *given)
{
        static const char mount[] = "/sys/fs/cgroup/";
        struct pl_span path = pl_span_of(given);

        if (pl_span_starts_with(path, mount))
                path = pl_span_from(path, sizeof mount - 2);
        while (path.length > 1 && path.data[path.length - 1] == '/')
                path.length--;
        return path;
}

static void want(struct pl_cli_style style, const char *given, struct wanted *ret_wanted)
{
        *ret_wanted = (struct wanted){ .style = style, .given = given };
        pl_journal_set_text(ret_wanted->name, sizeof ret_wanted->name, pl_span_of(given));
        ret_wanted->is_cut = strcmp(ret_wanted->name, given) != 0;
        if (given[0] == '/') {
                ret_wanted->whole_path = path_of(given);
                pl_journal_set_path(ret_wanted->path, sizeof ret_wanted->path,
                                    ret_wanted->whole_path);
        }
        ret_wanted->has_id = pl_span_to_u64(pl_span_of(given), &ret_wanted->id) == 0;
        ret_wanted->is_hexadecimal = is_hexadecimal(given);
}

/* ---- whether a row is it ---- */

/* A helper has its container's id in its name, and is not meant by it. */
static bool id_begins(const struct pl_journal_row *row, const char *given)
{
        struct pl_identity identity;
        size_t length;

        if (row->kind != PL_WORKLOAD_CONTAINER && row->kind != PL_WORKLOAD_SANDBOX)
                return false;
        pl_identity_resolve(pl_span_of(row->path), &identity, &length);
        return pl_span_starts_with(identity.container_id, given) ||
               pl_span_starts_with(pl_span_of(row->unit), given) ||
               pl_span_starts_with(pl_span_of(row->name), given);
}

/* By the last part of its path, which is whole and as systemd has escaped it. */
static bool is_its_unit(struct pl_span given, const struct pl_journal_row *row)
{
        return !pl_span_empty(given) && (pl_span_equals_span(given, pl_live_last_part(row)) ||
                                         pl_span_equals_span(given, pl_live_stem(row)));
}

/* "worker/" and its whole unit; shown is what a list calls it, which may be cut. */
static bool is_unit_of_profile(const struct wanted *wanted, const struct pl_journal_row *row,
                               const char *shown)
{
        size_t prefix = strlen(shown) - strlen(row->name);

        if (row->name[0] == '\0' || prefix == 0 || strncmp(wanted->given, shown, prefix) != 0)
                return false;
        return is_its_unit(pl_span_of(wanted->given + prefix), row);
}

static bool is_whole_name(const struct wanted *wanted, const struct pl_journal_row *row)
{
        char buffer[PL_LIVE_NAME_BYTES];
        struct pl_text text;

        pl_text_init(&text, buffer, sizeof buffer);
        pl_live_add_raw_name(&text, row);
        if (strcmp(buffer, wanted->given) == 0 || is_unit_of_profile(wanted, row, buffer))
                return true;
        pl_text_clear(&text);
        pl_live_add_name(&text, wanted->style, row);
        return strcmp(buffer, wanted->given) == 0;
}

/* The path of something inside of it, as a process of it has. */
static bool is_inside(const struct wanted *wanted, const struct pl_journal_row *row)
{
        size_t length = strlen(row->path);

        return length > 1 && wanted->whole_path.length > length &&
               wanted->whole_path.data[length] == '/' &&
               pl_span_starts_with(wanted->whole_path, row->path);
}

static enum fit fit_of(const struct wanted *wanted, const struct pl_journal_row *row)
{
        if (is_whole_name(wanted, row))
                return FIT_WHOLE;
        if (wanted->path[0] != '\0' && strcmp(row->path, wanted->path) == 0)
                return FIT_WHOLE;
        if (is_its_unit(pl_span_of(wanted->given), row) || is_inside(wanted, row))
                return FIT_NAME;
        if (strcmp(row->name, wanted->name) == 0 || strcmp(row->unit, wanted->name) == 0)
                return wanted->is_cut ? FIT_CUT : FIT_NAME;
        if (wanted->has_id && row->id == wanted->id)
                return FIT_NUMBER;
        if (wanted->is_hexadecimal && strlen(wanted->given) >= ID_LEAST &&
            id_begins(row, wanted->given))
                return FIT_NUMBER;
        return FIT_NONE;
}

/* ---- going through the board ---- */

/* The next workload from *index on, which is moved behind it. */
static bool next_workload(const struct pl_live *live, uint32_t *index,
                          struct pl_journal_row *ret_row)
{
        uint32_t used = pl_journal_rows_used(&live->reader);

        while (*index < used)
                if (pl_journal_read_row(&live->reader, (*index)++, ret_row) == 0 &&
                    pl_live_is_workload(ret_row))
                        return true;
        return false;
}

/* How many rows fit best, and the first of them. */
static size_t find_best(const struct pl_live *live, const struct wanted *wanted, enum fit *ret_fit,
                        struct pl_journal_row *ret_row)
{
        struct pl_journal_row row;
        enum fit best = FIT_NONE;
        size_t count = 0;

        for (uint32_t i = 0; next_workload(live, &i, &row);) {
                enum fit fit = fit_of(wanted, &row);

                if (fit == FIT_NONE || fit < best)
                        continue;
                if (fit > best) {
                        best = fit;
                        count = 0;
                        *ret_row = row;
                }
                count++;
        }
        *ret_fit = best;
        return count;
}

/* ---- in words ---- */

static void add_given(struct pl_cli *cli, const char *given)
{
        struct pl_span span = pl_span_of(given);
        bool is_long = span.length > QUOTED_MAX;

        span.length = PL_MIN(span.length, (size_t) QUOTED_MAX);
        pl_text_add(cli->words, "'");
        pl_cli_add_plain(cli->words, cli->style, span);
        pl_text_add(cli->words, is_long ? "...'" : "'");
}

static enum pl_cli_exit say_ambiguous(struct pl_cli *cli, const struct pl_live *live,
                                      const struct wanted *wanted, enum fit best, size_t count)
{
        struct pl_journal_row row;
        size_t listed = 0;

        pl_text_add(cli->words, "plimsoll: ");
        add_given(cli, wanted->given);
        pl_text_addf(cli->words, " may be any of %zu workloads:\n", count);
        for (uint32_t i = 0; listed < LISTED_MAX && next_workload(live, &i, &row);) {
                if (fit_of(wanted, &row) != best)
                        continue;
                listed++;
                pl_text_add(cli->words, "  ");
                pl_live_add_name(cli->words, cli->style, &row);
                pl_text_add(cli->words, ": ");
                pl_cli_add_plain(cli->words, cli->style, pl_span_of(row.path));
                pl_text_addf(cli->words, ", cgroup id %llu\n", (unsigned long long) row.id);
        }
        if (count > listed)
                pl_text_addf(cli->words, "  and %zu more\n", count - listed);
        pl_text_add(cli->words, "Name one by its profile, its path, or the id of its cgroup.\n");
        return PL_CLI_USAGE;
}

/* How a message calls it: nobody can type a name that was cut, but its path, if that is whole. */
static void add_call(struct pl_text *text, const struct pl_journal_row *row)
{
        if (!pl_live_is_cut(row->name))
                pl_live_add_raw_name(text, row);
        else if (!pl_live_is_cut(row->path))
                pl_text_add(text, row->path);
}

/* Whether few letters of it differ, or it is a part of the name. */
static bool is_likely(const char *given, const struct pl_journal_row *row)
{
        char buffer[PL_LIVE_NAME_BYTES];
        const char *const candidates[] = { buffer, row->name };
        struct pl_text text;

        pl_text_init(&text, buffer, sizeof buffer);
        add_call(&text, row);
        if (text.length == 0)
                return false;
        if (strlen(given) >= PART_LEAST && strstr(buffer, given))
                return true;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(candidates); i++)
                if (strlen(candidates[i]) < PL_NEAREST_MAX && pl_nearest(given, &candidates[i], 1))
                        return true;
        return false;
}

bool pl_live_add_likely(struct pl_cli *cli, const struct pl_live *live, const char *name)
{
        struct pl_journal_row row;
        size_t count = 0;

        pl_assert(cli && live);
        pl_assert(name);

        for (uint32_t i = 0; count < LIKELY_MAX && next_workload(live, &i, &row);) {
                char buffer[PL_LIVE_NAME_BYTES];
                struct pl_text call;

                if (!is_likely(name, &row))
                        continue;
                pl_text_init(&call, buffer, sizeof buffer);
                add_call(&call, &row);
                pl_text_add(cli->words, count == 0 ? "Did you mean '" : ", or '");
                pl_cli_add_plain(cli->words, cli->style, pl_text_span(&call));
                pl_text_add(cli->words, "'");
                count++;
        }
        pl_text_add(cli->words, count > 0 ? "?\n" : "");
        return count > 0;
}

/* Whether a path leads through it: from the root for a path, at any part for a name. */
static bool leads_through(const char *path, struct pl_span holder)
{
        const char *at = memmem(path, strlen(path), holder.data, holder.length);

        return at && (at == path || (holder.data[0] != '/' && at[-1] == '/')) &&
               at[holder.length] == '/';
}

/* Whether workloads are in it: it is their holder then, or has a row as one. */
static bool is_holder(const struct pl_live *live, const struct wanted *wanted)
{
        uint32_t used = pl_journal_rows_used(&live->reader);
        struct pl_span holder = wanted->given[0] == '/' ? wanted->whole_path
                                                        : pl_span_of(wanted->given);
        struct pl_journal_row row;

        if (pl_span_empty(holder) || pl_span_equals(holder, "/"))
                return false;
        for (uint32_t i = 0; i < used; i++) {
                if (pl_journal_read_row(&live->reader, i, &row) != 0)
                        continue;
                if (row.kind == PL_WORKLOAD_HOLDER &&
                    (strcmp(row.path, wanted->path) == 0 || strcmp(row.name, wanted->given) == 0))
                        return true;
                if (pl_live_is_workload(&row) && leads_through(row.path, holder))
                        return true;
        }
        return false;
}

static enum pl_cli_exit say_holder(struct pl_cli *cli, const struct wanted *wanted)
{
        bool is_slice = pl_span_ends_with(wanted->whole_path, ".slice") ||
                        pl_span_ends_with(pl_span_of(wanted->given), ".slice");

        pl_text_add(cli->words, "plimsoll: ");
        add_given(cli, wanted->given);
        pl_text_addf(cli->words, " is a %s, which holds workloads and is none\n%s %s\n",
                     is_slice ? "slice" : "cgroup", pl_live_arrow(cli->style),
                     "plimsoll list --tree");
        return PL_CLI_NOT_FOUND;
}

static enum pl_cli_exit say_not_found(struct pl_cli *cli, const struct pl_live *live,
                                      const struct wanted *wanted)
{
        pl_text_add(cli->words, "plimsoll: there is no workload ");
        add_given(cli, wanted->given);
        pl_text_add(cli->words, "\n");
        if (wanted->is_hexadecimal && strlen(wanted->given) < ID_LEAST)
                pl_text_addf(cli->words, "The id of a container needs %d characters or more.\n",
                             ID_LEAST);
        if (!pl_live_add_likely(cli, live, wanted->given))
                pl_text_add(cli->words, "'plimsoll list --all' shows them all.\n");
        return PL_CLI_NOT_FOUND;
}

enum pl_cli_exit pl_live_find(struct pl_cli *cli, const struct pl_live *live, const char *name,
                              struct pl_journal_row *ret_row)
{
        struct pl_journal_row row;
        struct wanted wanted;
        enum fit best;
        size_t count;

        pl_assert(cli && live);
        pl_assert(name && ret_row);

        want(cli->style, name, &wanted);
        count = find_best(live, &wanted, &best, &row);
        if (count == 0 && is_holder(live, &wanted))
                return say_holder(cli, &wanted);
        if (count == 0)
                return say_not_found(cli, live, &wanted);
        if (count > 1)
                return say_ambiguous(cli, live, &wanted, best, count);
        *ret_row = row;
        return PL_CLI_FINE;
}
