/* SPDX-License-Identifier: Apache-2.0 */

/* One table for all, so that the columns of a workload stand below those of the one before. */

#include "diff.h"
#include "plimsoll/base/assert.h"
#include "plimsoll/model/order.h"

static enum pl_standing_verdict least_of(const struct pl_diff *diff)
{
        return diff->request->all ? PL_STANDING_FINE : PL_STANDING_LEFT;
}

static const char *mode_words(const struct pl_journal_row *row)
{
        switch (row->standing.mode) {
        case PL_STANDING_RESTORED:
                return ", on its way back to what was there before";
        case PL_STANDING_PAUSED:
                return ", paused by an order";
        case PL_STANDING_OBSERVED:
                return row->standing.backend == PL_BACKEND_OBSERVED ? "" : ", only observed";
        default:
                return "";
        }
}

/* ---- text ---- */

/* Not all that hold workloads are slices of systemd's. */
static const char *holder_words(const struct pl_journal_row *row)
{
        if (!pl_standing_is_slice(row))
                return "";
        return pl_span_ends_with(pl_span_of(row->path), ".slice") ? "slice, " : "holds workloads, ";
}

/* "api/web: systemd unit", "app.slice: slice, systemd unit" */
static void print_heading(struct pl_cli *cli, const struct pl_diff_entry *entry)
{
        char buffer[PL_LIVE_NAME_BYTES];
        struct pl_live_sentence sentence;
        struct pl_text *rest = pl_live_begin(&sentence), clean;

        pl_text_addf(rest, ": %s%s%s", holder_words(entry->row),
                     pl_standing_backend_words(entry->row), mode_words(entry->row));
        pl_text_init(&clean, buffer, sizeof buffer);
        pl_cli_add_plain(&clean, cli->style, pl_span_of(entry->name));
        pl_live_add_cut(cli->out, cli->style, pl_text_span(&clean), PL_CLI_COLUMNS - rest->length);
        pl_text_addf(cli->out, "%s\n", sentence.buffer);
}

static void print_nothing_wanted(struct pl_cli *cli, const struct pl_diff_entry *entry)
{
        struct pl_live_sentence sentence;
        struct pl_text *text = pl_live_begin(&sentence);

        pl_cli_add_plain(text, cli->style, pl_span_of(entry->name));
        if (entry->row->flags & PL_CGROUP_RESTORED)
                pl_text_add(text, ": it is as it was before, until 'plimsoll apply'");
        else if (pl_live_has_profile(entry->row))
                pl_text_add(text, ": its profile sets no limits");
        else
                pl_text_add(text, ": it has no profile, and nothing is wanted of its limits");
        pl_cli_add_wrapped(cli->out, cli->style, 0, 0, sentence.buffer);
}

static void print_entry(struct pl_cli *cli, const struct pl_diff *diff,
                        const struct pl_standing_table *table, const struct pl_diff_entry *entry)
{
        if (entry->verdict == PL_STANDING_NONE) {
                print_nothing_wanted(cli, entry);
        } else if (entry->verdict >= least_of(diff)) {
                print_heading(cli, entry);
                pl_standing_print(cli, table, entry->row);
        }
        (void) pl_cli_flush(cli); /* a failure is kept and told by main() */
}

static void add_differing(struct pl_text *text, const struct pl_diff *diff)
{
        pl_text_addf(text, "%u of ", diff->counted.differing);
        pl_standing_add_counted(text, &diff->counted, diff->counted.wanted);
        pl_text_add(text, diff->request->rehearsal       ? " would be changed."
                          : diff->counted.differing == 1 ? " is not as wanted."
                                                         : " are not as wanted.");
}

static void add_none_differs(struct pl_text *text, const struct pl_diff *diff)
{
        size_t alike = diff->counted.wanted - diff->left_count;

        pl_text_add(text,
                    diff->request->rehearsal ? "Nothing would be changed" : "Nothing differs");
        if (diff->left_count > 0)
                pl_text_add(text, " but what is left as it is");
        if (alike == 0) {
                pl_text_add(text, diff->left_count > 0 ? "." : ": nothing is wanted of anybody.");
                return;
        }
        pl_text_add(text, ": ");
        pl_standing_add_counted(text, &diff->counted, alike);
        pl_text_add(text,
                    alike == 1 ? " has what is wanted of it." : " have what is wanted of them.");
}

/* Like diff(1), it has nothing to say to a script of what is as it should be. */
static void print_totals(struct pl_cli *cli, const struct pl_diff *diff)
{
        struct pl_live_sentence sentence;
        struct pl_text *text = pl_live_begin(&sentence);

        pl_assert(diff->left_count + diff->counted.differing <= diff->counted.wanted);

        if (diff->counted.differing > 0)
                add_differing(text, diff);
        else if (cli->style.terminal &&
                 (diff->request->name_count == 0 || diff->counted.wanted > 0))
                add_none_differs(text, diff);
        if (text->length > 0)
                pl_cli_add_wrapped(cli->out, cli->style, 0, 0, sentence.buffer);
}

void pl_diff_print(struct pl_cli *cli, const struct pl_diff *diff)
{
        struct pl_standing_table table = { .board = diff->board, .least = least_of(diff) };

        pl_assert(cli && diff->request);

        for (size_t i = 0; i < diff->count; i++)
                pl_standing_measure(&table, cli->style, diff->entries[i].row);
        if (table.title > 0)
                pl_standing_print_titles(cli, &table);
        for (size_t i = 0; i < diff->count; i++)
                print_entry(cli, diff, &table, &diff->entries[i]);
        print_totals(cli, diff);
}

/* ---- JSON ---- */

static void put_entry(struct pl_json_writer *writer, const struct pl_diff *diff,
                      const struct pl_diff_entry *entry)
{
        const struct pl_journal_row *row = entry->row;

        pl_json_object_begin(writer);
        pl_live_put_name(writer, row);
        pl_live_put_words(writer, "kind", pl_live_kind_word(row));
        pl_json_put_u64(writer, "cgroup_id", row->id);
        pl_live_put_words(writer, "path", row->path);
        pl_live_put_words(writer, "profile", pl_live_has_profile(row) ? row->profile_name : NULL);
        pl_standing_put(writer, "standing", diff->board, row, least_of(diff));
        pl_json_object_end(writer);
}

void pl_diff_print_json(struct pl_cli *cli, const struct pl_diff *diff)
{
        struct pl_json_writer writer;

        pl_assert(cli && diff->request);

        pl_cli_json_begin(cli, &writer);
        pl_live_put_health(&writer, diff->board->live);
        pl_json_put_u64(&writer, "wanted_count", diff->counted.wanted);
        pl_json_put_u64(&writer, "differing_count", diff->counted.differing);
        pl_json_put_u64(&writer, "left_count", diff->left_count);
        pl_json_key(&writer, "workloads");
        pl_json_array_begin(&writer);
        for (size_t i = 0; i < diff->count; i++)
                if (diff->entries[i].verdict >= least_of(diff) || diff->request->name_count > 0)
                        put_entry(&writer, diff, &diff->entries[i]);
        pl_json_array_end(&writer);
        pl_cli_json_end(&writer);
}
