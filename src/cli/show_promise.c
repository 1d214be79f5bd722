/* SPDX-License-Identifier: Apache-2.0 */

/* A promise is read as kept by whoever sees it alone; what the path leaves of it is said beside it. */

#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"
#include "plimsoll/base/size.h"
#include "show.h"

/* What a promise is worth: no more than is used, and no more than every cgroup above it grants. */
static const char *worth(uint64_t own, uint64_t effective, bool has_use, uint64_t use)
{
        if (own == 0)
                return effective > 0 ? ", which the cgroups above it grant" : "";
        if (!has_use)
                return "";
        if (effective == 0 && use > 0)
                return ": no effect, because a cgroup above it grants nothing";
        if (effective < PL_MIN(own, use))
                return ": the cgroups above it grant no more";
        return effective < own ? ": all that it uses" : "";
}

void pl_show_add_promise(struct pl_text *text, struct pl_cli_style style,
                         const struct pl_journal_row *row, enum pl_limit limit)
{
        uint64_t own = 0, effective = 0;
        bool has_own = pl_live_limit(&row->limits, limit, &own);

        pl_assert(text && row);

        pl_live_add_bytes(text, style, has_own, own);
        if (!has_own || !pl_live_limit(&row->effective, limit, &effective) || effective == own)
                return;
        pl_text_add(text, "; effective ");
        pl_bytes_format_short(text, effective);
        pl_text_add(text, worth(own, effective, PL_LIVE_HAS(row, current_bytes),
                                row->sample.current_bytes));
}
