/* SPDX-License-Identifier: Apache-2.0 */

#include "diff.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"

enum { OPTION_ALL, OPTION_JOURNAL };

static const struct pl_cli_option options[] = {
        [OPTION_ALL] = { "all", 'a', NULL, "Also what is as wanted" },
        [OPTION_JOURNAL] = { "journal", '\0', "FILE",
                             "Read this journal, and not /run/plimsoll/journal" },
        {},
};

/* ---- picking ---- */

static bool is_asked_for(const struct pl_diff *diff, const struct pl_diff_entry *entry,
                         const uint64_t *ids)
{
        bool is_workload = pl_live_is_workload(entry->row);

        if (diff->request->name_count == 0)
                return entry->verdict != PL_STANDING_NONE &&
                       (is_workload || pl_standing_is_slice(entry->row));
        if (!is_workload)
                return false;
        for (size_t i = 0; i < diff->request->name_count; i++)
                if (ids[i] == entry->row->id)
                        return true;
        return false;
}

static void take(struct pl_diff *diff, const struct pl_diff_entry *entry)
{
        struct pl_diff_entry *taken = &diff->entries[diff->count++];
        struct pl_text name;

        *taken = *entry;
        pl_text_init(&name, taken->name, sizeof taken->name);
        pl_live_add_raw_name(&name, taken->row);
        pl_standing_count_row(diff->board->live, taken->row, &diff->counted);
        diff->left_count += taken->verdict == PL_STANDING_LEFT;
}

/* By name, and by id where that is equal, so that the order is one and the same each time. */
static int compare(const void *left, const void *right)
{
        const struct pl_diff_entry *a = left, *b = right;
        int r = strcmp(a->name, b->name);

        return r != 0 ? r : (a->row->id > b->row->id) - (a->row->id < b->row->id);
}

int pl_diff_pick(const struct pl_standing_board *board, const struct pl_diff_request *request,
                 const uint64_t *ids, struct pl_diff *ret_diff)
{
        pl_assert(board && request);
        pl_assert(ret_diff);

        *ret_diff = (struct pl_diff){ .request = request, .board = board };
        ret_diff->entries = calloc(PL_MAX(board->row_count, (size_t) 1), sizeof *ret_diff->entries);
        if (!ret_diff->entries)
                return -ENOMEM;
        for (size_t i = 0; i < board->row_count; i++) {
                const struct pl_journal_row *row = &board->rows[i];
                const struct pl_diff_entry entry = {
                        .row = row,
                        .verdict = pl_standing_judge_all(board->live, row),
                };

                if (is_asked_for(ret_diff, &entry, ids))
                        take(ret_diff, &entry);
        }
        qsort(ret_diff->entries, ret_diff->count, sizeof *ret_diff->entries, compare);
        return 0;
}

void pl_diff_done(struct pl_diff *diff)
{
        pl_assert(diff);

        free(diff->entries);
        *diff = (struct pl_diff){};
}

/* ---- showing ---- */

static bool was_run_for(const struct pl_diff_request *request)
{
        return request->is_over || request->rehearsal;
}

static enum pl_cli_exit find_names(struct pl_cli *cli, const struct pl_live *live,
                                   const struct pl_diff_request *request, uint64_t *ids)
{
        pl_assert(request->name_count <= PL_CLI_OPERANDS_MAX);

        for (size_t i = 0; i < request->name_count; i++) {
                struct pl_journal_row row;
                enum pl_cli_exit exit_code = pl_live_find(cli, live, request->names[i], &row);

                if (exit_code != PL_CLI_FINE)
                        return exit_code;
                ids[i] = row.id;
        }
        return PL_CLI_FINE;
}

static enum pl_cli_exit answer(struct pl_cli *cli, const struct pl_standing_board *board,
                               const struct pl_diff_request *request, const uint64_t *ids)
{
        _cleanup_(pl_diff_done) struct pl_diff diff = {};

        if (pl_diff_pick(board, request, ids, &diff) < 0)
                return pl_live_say_no_memory(cli);
        if (cli->json)
                pl_diff_print_json(cli, &diff);
        else
                pl_diff_print(cli, &diff);
        if (!was_run_for(request) && !pl_live_is_running(board->live))
                return PL_CLI_NO_DAEMON;
        return diff.counted.differing > 0 ? PL_CLI_FINDINGS : PL_CLI_FINE;
}

enum pl_cli_exit pl_diff_show(struct pl_cli *cli, const struct pl_diff_request *request)
{
        _cleanup_(pl_cleanup_live) struct pl_live live = {};
        _cleanup_(pl_cleanup_standing) struct pl_standing_board board = {};
        uint64_t ids[PL_CLI_OPERANDS_MAX] = {};
        enum pl_cli_exit exit_code;

        pl_assert(cli && request);

        exit_code = pl_live_open_named(cli, request->journal, &live);
        if (exit_code == PL_CLI_NO_DAEMON && !request->journal)
                pl_text_addf(cli->words, "%s plimsoll apply --dry-run, to see what it would set\n",
                             pl_live_arrow(cli->style));
        if (exit_code != PL_CLI_FINE)
                return exit_code;
        if (!was_run_for(request))
                pl_live_add_trouble(cli, &live);
        exit_code = find_names(cli, &live, request, ids);
        if (exit_code != PL_CLI_FINE)
                return exit_code;
        if (pl_standing_open(&live, &board) < 0)
                return pl_live_say_no_memory(cli);
        board.vm_swappiness = pl_standing_read_swappiness();
        if (request->rehearsal)
                pl_standing_rehearse(&board);
        return answer(cli, &board, request, ids);
}

static enum pl_cli_exit run(struct pl_cli *cli)
{
        const struct pl_diff_request request = {
                .journal = cli->values[OPTION_JOURNAL],
                .names = cli->operands,
                .name_count = cli->operand_count,
                .all = cli->values[OPTION_ALL] != NULL,
        };

        return pl_diff_show(cli, &request);
}

const struct pl_cli_verb pl_cli_verb_diff = {
        .name = "diff",
        .summary = "Say which limits are not as they are wanted, and why",
        .operands = "[NAME]...",
        .operands_max = PL_CLI_OPERANDS_MAX,
        .description =
                "Holds what the profiles want of workloads, or what was there before where that is "
                "to come back, against what their files have: intended, actual, what the path "
                "leaves of it, and why it is not as it should be. Without a name, of everybody of "
                "whom something is wanted, and of slices that have limits of their own. Exits with "
                "7 when something differs that plimsolld is "
                "to bring about; what it only observes, leaves to others or cannot have on this "
                "host is shown and does not count. Exits with 6 when there is no such workload, "
                "with 4 when plimsolld is not running. Changes nothing.",
        .options = options,
        .examples =
                (const struct pl_cli_example[]){
                        { "plimsoll diff", "Is everything as it should be?" },
                        { "plimsoll diff api/web --all",
                          "What is wanted of one, and how it stands" },
                        { "plimsoll diff --json", "The same for a script" },
                        {},
                },
        .run = run,
};
