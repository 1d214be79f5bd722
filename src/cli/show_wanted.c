/* SPDX-License-Identifier: Apache-2.0 */

/* The table of `diff`, of one workload and with what is as wanted. */

#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"
#include "plimsoll/model/order.h"
#include "show.h"

static const char *heading(const struct pl_journal_row *row)
{
        static const char *const headings[] = {
                [PL_STANDING_APPLIED] = "Wanted by its profile",
                [PL_STANDING_RESTORED] = "On its way back to what was there before",
                [PL_STANDING_PAUSED] = "Wanted by its profile, but paused by an order",
                [PL_STANDING_OBSERVED] = "Wanted by its profile, but only observed",
        };

        return row->standing.mode < PL_ARRAY_LENGTH(headings) ? headings[row->standing.mode]
                                                              : "Wanted";
}

static void print_backend(struct pl_cli *cli, const struct pl_journal_row *row)
{
        static const char *const words[PL_BACKENDS] = {
                [PL_BACKEND_UNIT] = ": its files, and its properties, by which systemd keeps them",
                [PL_BACKEND_DIRECT] = ": its files",
                [PL_BACKEND_INNER] = ": the files of the one inside, which its runtime keeps",
                [PL_BACKEND_OBSERVED] = ": nothing is written",
        };
        struct pl_live_sentence sentence;
        struct pl_text *text = pl_live_begin(&sentence);
        uint8_t backend = row->standing.backend;

        pl_text_add(text, pl_standing_backend_words(row));
        if (backend < PL_BACKENDS && words[backend])
                pl_text_add(text, words[backend]);
        pl_show_print_line(cli, "where", sentence.buffer);
}

static void print_drifts(struct pl_cli *cli, const struct pl_journal_row *row)
{
        uint32_t count = row->standing.drift_count;
        struct pl_live_sentence sentence;
        struct pl_text *text = pl_live_begin(&sentence);

        if (count == 0)
                return;
        pl_text_addf(text, "%u time%s by somebody else since plimsolld started (plimsoll events)",
                     count, count == 1 ? "" : "s");
        pl_show_print_line(cli, "changed", sentence.buffer);
}

void pl_show_print_wanted(struct pl_cli *cli, const struct pl_show *show)
{
        struct pl_standing_table table = { .board = show->board, .least = PL_STANDING_FINE };

        pl_assert(cli);
        pl_assert(show->row);

        if (pl_standing_judge_all(show->board->live, show->row) == PL_STANDING_NONE)
                return;
        pl_text_addf(cli->out, "\n%s\n", heading(show->row));
        print_backend(cli, show->row);
        print_drifts(cli, show->row);
        pl_standing_measure(&table, cli->style, show->row);
        pl_standing_print_titles(cli, &table);
        pl_standing_print(cli, &table, show->row);
}
