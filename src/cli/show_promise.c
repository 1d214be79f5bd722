/* SPDX-License-Identifier: Apache-2.0 */

/* A limit is read as it stands by whoever sees it alone; what the path leaves of it is said beside it. */

#include "plimsoll/base/assert.h"
#include "plimsoll/base/size.h"
#include "show.h"

static void add_reach(struct pl_text *text, struct pl_cli_style style, const struct pl_show *show,
                      enum pl_limit limit)
{
        struct pl_live_sentence sentence;
        struct pl_text *reach = pl_live_begin(&sentence);

        pl_standing_add_reach(reach, style, show->board, show->row, limit);
        if (reach->length > 0)
                pl_text_addf(text, ": %s", sentence.buffer);
}

void pl_show_add_ceiling(struct pl_text *text, struct pl_cli_style style,
                         const struct pl_show *show, enum pl_limit limit)
{
        uint64_t own = 0, effective = 0;
        bool has_own = pl_live_limit(&show->row->limits, limit, &own);

        pl_assert(text);

        pl_live_add_bytes(text, style, has_own, own);
        if (!pl_live_limit(&show->row->effective, limit, &effective) ||
            (has_own && effective >= own))
                return;
        pl_text_add(text, "; effective ");
        pl_bytes_format_short(text, effective);
        add_reach(text, style, show, limit);
}

void pl_show_add_promise(struct pl_text *text, struct pl_cli_style style,
                         const struct pl_show *show, enum pl_limit limit)
{
        uint64_t own = 0, effective = 0;
        bool has_own = pl_live_limit(&show->row->limits, limit, &own);

        pl_assert(text);

        pl_live_add_bytes(text, style, has_own, own);
        if (!has_own || !pl_live_limit(&show->row->effective, limit, &effective) ||
            effective == own)
                return;
        pl_text_add(text, "; effective ");
        pl_bytes_format_short(text, effective);
        if (own == 0)
                pl_text_add(text, ", which the cgroups above it grant");
        else
                add_reach(text, style, show, limit);
}
