/* SPDX-License-Identifier: Apache-2.0 */

/* What stands below the table, or in its place. What is not measured is no 0, and is counted by itself. */

#include <string.h>

#include "list.h"
#include "plimsoll/base/assert.h"
#include "plimsoll/base/clock.h"
#include "plimsoll/base/size.h"
#include "plimsoll/identity/identity.h"

/* " use 4.10 GiB of memory and 0 of swap; 1 is not measured yet." */
static void add_sums(struct pl_text *text, const struct pl_list *list)
{
        size_t unmeasured = list->count - list->measured_count;

        pl_assert(list->measured_count <= list->count);

        if (list->measured_count > 0) {
                pl_text_add(text, list->count == 1 ? " uses " : " use ");
                pl_bytes_format_short(text, list->current_bytes);
                pl_text_add(text, " of memory");
        }
        if (list->measured_count > 0 && list->has_swap) {
                pl_text_add(text, " and ");
                pl_bytes_format_short(text, list->swap_bytes);
                pl_text_add(text, " of swap");
        }
        if (list->measured_count == 0)
                pl_text_add(text,
                            list->count == 1 ? " is not measured yet" : " are not measured yet");
        else if (unmeasured > 0)
                pl_text_addf(text, "; %zu %s not measured yet", unmeasured,
                             unmeasured == 1 ? "is" : "are");
        pl_text_add(text, ".");
}

void pl_list_print_totals(struct pl_cli *cli, const struct pl_list *list)
{
        size_t shown = pl_list_shown(list);
        char buffer[512];
        struct pl_text text;

        pl_text_init(&text, buffer, sizeof buffer);
        pl_text_addf(&text, "%zu workload%s", list->count, list->count == 1 ? "" : "s");
        if (shown < list->count)
                pl_text_addf(&text, ", of which the first %zu %s shown,", shown,
                             shown == 1 ? "is" : "are");
        add_sums(&text, list);
        if (list->empty_count > 0)
                pl_text_addf(&text, " %zu more %s no process (--all).", list->empty_count,
                             list->empty_count == 1 ? "has" : "have");
        if (list->limits.differing > 0)
                pl_text_addf(&text, " %u %s not yet as wanted (plimsoll diff).",
                             list->limits.differing,
                             list->limits.differing == 1 ? "has a limit that is"
                                                         : "have limits that are");
        if (list->stall_usec > 0) {
                pl_text_add(&text, " STALL is of the last ");
                pl_duration_format_short(&text, list->stall_usec);
                pl_text_add(&text, ".");
        }
        pl_cli_add_wrapped(cli->out, cli->style, 0, 0, buffer);
}

/* Whether anybody has the profile, of whatever kind and with or without a process. */
static bool is_taken(const struct pl_live *live, const char *profile)
{
        uint32_t used = pl_journal_rows_used(&live->reader);
        struct pl_journal_row row;

        for (uint32_t i = 0; i < used; i++)
                if (pl_journal_read_row(&live->reader, i, &row) == 0 && pl_live_is_workload(&row) &&
                    pl_live_has_profile(&row) && strcmp(row.profile_name, profile) == 0)
                        return true;
        return false;
}

/* "No workload has the profile 'api' and is of the kind session." The journal has the names of those profiles only that
 * somebody has. */
static void add_none_of(struct pl_text *text, struct pl_cli_style style, const struct pl_list *list)
{
        const char *profile = list->request->profile;
        bool has_kind = list->request->kind != PL_WORKLOAD_HOLDER;
        bool is_none = profile && strcmp(profile, "none") == 0;

        pl_text_add(text, is_none ? "No workload is without a profile" : "No workload ");
        if (profile && !is_none) {
                pl_text_add(text, "has the profile '");
                pl_cli_add_plain(text, style, pl_span_of(profile));
                pl_text_add(text, "'");
        }
        if (has_kind)
                pl_text_addf(text, "%sis of the kind %s", profile ? " and " : "",
                             pl_workload_kind_word(list->request->kind));
        pl_text_add(text, ".\n");
        if (profile && !is_none && !is_taken(list->live, profile))
                pl_text_add(text, "No profile of that name is in force for anybody: 'plimsoll "
                                  "check' shows which there are.\n");
}

/* That a name is nobody's is a mistake; that there is nobody is an answer. */
void pl_list_print_none(struct pl_cli *cli, const struct pl_list *list)
{
        const struct pl_list_request *request = list->request;
        struct pl_text *text = request->pattern_count > 0 ? cli->words : cli->out;

        if (request->pattern_count > 0)
                pl_text_add(text, "plimsoll: no workload fits the pattern\n");
        else if (request->profile || request->kind != PL_WORKLOAD_HOLDER)
                add_none_of(text, cli->style, list);
        else
                pl_text_add(text, "There is no workload.\n");
        if (list->empty_count > 0)
                pl_text_addf(text, "%zu that fit%s no process: plimsoll list --all\n",
                             list->empty_count, list->empty_count == 1 ? "s has" : " have");
}
