/* SPDX-License-Identifier: Apache-2.0 */

/* A profile is the first thing a person knows of a workload, and "system" what he knows of the host's own services. */

#include "live.h"
#include "plimsoll/base/assert.h"
#include "plimsoll/journal/sentence.h"
#include "plimsoll/model/workload.h"

bool pl_live_is_workload(const struct pl_journal_row *row)
{
        return row->id != 0 && row->kind != PL_WORKLOAD_HOLDER && row->kind < PL_WORKLOAD_KINDS;
}

bool pl_live_has_profile(const struct pl_journal_row *row)
{
        return row->profile != UINT32_MAX && row->profile_name[0] != '\0';
}

void pl_live_add_raw_name(struct pl_text *text, const struct pl_journal_row *row)
{
        pl_assert(text);
        pl_assert(row);

        if (pl_live_has_profile(row))
                pl_text_addf(text, "%s/", row->profile_name);
        else if (pl_journal_is_of_system(row->kind, pl_span_of(row->path)))
                pl_text_add(text, "system/");
        pl_text_add(text, row->name[0] != '\0' ? row->name : row->path);
}

void pl_live_add_name(struct pl_text *text, struct pl_cli_style style,
                      const struct pl_journal_row *row)
{
        char buffer[PL_LIVE_NAME_BYTES];
        struct pl_text raw;

        pl_text_init(&raw, buffer, sizeof buffer);
        pl_live_add_raw_name(&raw, row);
        pl_assert(!raw.cut);
        pl_cli_add_plain(text, style, pl_text_span(&raw));
}
