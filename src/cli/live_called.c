/* SPDX-License-Identifier: Apache-2.0 */

/* The board has a name and a unit of 63 bytes at the most, and an id of 64 digits does not fit. The path has both whole
 * nearly always; where it was cut itself, nothing is taken out of it.
 */

#include <string.h>

#include "live.h"
#include "plimsoll/base/assert.h"
#include "plimsoll/identity/identity.h"
#include "plimsoll/model/workload.h"
#include "plimsoll/policy/glob.h"

bool pl_live_is_cut(const char *text)
{
        pl_assert(text);

        return strstr(text, "\xE2\x80\xA6") != NULL;
}

struct pl_span pl_live_last_part(const struct pl_journal_row *row)
{
        const char *slash = strrchr(row->path, '/');
        struct pl_span part = pl_span_of(slash ? slash + 1 : row->path);

        return pl_live_is_cut(part.data) ? pl_span("", 0) : part;
}

struct pl_span pl_live_stem(const struct pl_journal_row *row)
{
        struct pl_span part = pl_live_last_part(row);
        size_t length = part.length;

        if (row->kind != PL_WORKLOAD_SERVICE && row->kind != PL_WORKLOAD_SCOPE &&
            row->kind != PL_WORKLOAD_SESSION && row->kind != PL_WORKLOAD_UNIT)
                return part;
        while (length > 0 && part.data[length - 1] != '.')
                length--;
        return length > 1 ? pl_span(part.data, length - 1) : part;
}

struct pl_span pl_live_container_id(const struct pl_journal_row *row)
{
        struct pl_identity identity;
        size_t length;

        pl_assert(row);

        if ((row->kind != PL_WORKLOAD_CONTAINER && row->kind != PL_WORKLOAD_SANDBOX) ||
            pl_live_is_cut(row->path))
                return pl_span("", 0);
        pl_identity_resolve(pl_span_of(row->path), &identity, &length);
        return identity.container_id;
}

struct pl_span pl_live_unit(const struct pl_journal_row *row)
{
        struct pl_span id = pl_live_container_id(row), part = pl_live_last_part(row);

        if (!pl_live_is_cut(row->unit))
                return pl_span_of(row->unit);
        if (!pl_span_empty(id))
                return id;
        return pl_span_empty(part) ? pl_span_of(row->unit) : part;
}

bool pl_live_matches(const struct pl_journal_row *row, const char *pattern)
{
        const struct pl_span glob = pl_span_of(pattern);
        char buffer[PL_LIVE_NAME_BYTES];
        struct pl_text name;

        pl_assert(row);

        if (pattern[0] == '/')
                return pl_glob_matches(glob, PL_GLOB_PATH, pl_span_of(row->path));
        pl_text_init(&name, buffer, sizeof buffer);
        pl_live_add_raw_name(&name, row);
        return pl_glob_matches(glob, PL_GLOB_NAME, pl_text_span(&name)) ||
               pl_glob_matches(glob, PL_GLOB_NAME, pl_span_of(row->name)) ||
               pl_glob_matches(glob, PL_GLOB_NAME, pl_span_of(row->unit)) ||
               pl_glob_matches(glob, PL_GLOB_NAME, pl_live_last_part(row)) ||
               pl_glob_matches(glob, PL_GLOB_NAME, pl_live_stem(row)) ||
               pl_glob_matches(glob, PL_GLOB_NAME, pl_live_container_id(row));
}
