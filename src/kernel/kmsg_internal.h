/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* kmsg_internal - the cuts that reading the OOM killer's lines consists of, and its forms that have a file of their own.
 *
 * Pure. A cut that does not find its words leaves everything as it is.
 */

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "plimsoll/base/assert.h"
#include "plimsoll/base/span.h"
#include "plimsoll/kernel/kmsg.h"

/* TASK_COMM_LEN − 1, include/linux/sched.h, 5.10 to 7.2. */
enum { COMM_MAX = 15 };

/* Each is 0, PL_KMSG_E_OTHER when the line is of another form, or PL_FILE_E_MALFORMED. */
int pl_kmsg_parse_oom_table(struct pl_span text, struct pl_kmsg_oom *oom);
int pl_kmsg_parse_oom_chosen(struct pl_span text, struct pl_kmsg_oom *oom);

static inline bool find_first(struct pl_span text, const char *needle, size_t *ret_offset)
{
        size_t length = strlen(needle);
        const char *at = text.length ? memmem(text.data, text.length, needle, length) : NULL;

        pl_assert(length > 0);
        pl_assert(ret_offset);

        if (!at)
                return false;
        *ret_offset = (size_t) (at - text.data);
        return true;
}

/* From the left, because nearly every line has none and memmem() says so at once. */
static inline bool find_last(struct pl_span text, const char *needle, size_t *ret_offset)
{
        size_t behind = 0, offset;

        pl_assert(ret_offset);

        /* Ends: every turn goes on behind the byte where the one before began. */
        while (find_first(pl_span_from(text, behind), needle, &offset))
                behind += offset + 1;

        if (behind == 0)
                return false;
        *ret_offset = behind - 1;
        return true;
}

/* Cuts off what stands before the first needle, and the needle. */
static inline bool cut_first(struct pl_span *rest, const char *needle, struct pl_span *ret_head)
{
        size_t offset;

        pl_assert(rest && ret_head);

        if (!find_first(*rest, needle, &offset))
                return false;
        *ret_head = pl_span(rest->data, offset);
        *rest = pl_span_from(*rest, offset + strlen(needle));
        return true;
}

static inline bool cut_last(struct pl_span *rest, const char *needle, struct pl_span *ret_head)
{
        size_t offset;

        pl_assert(rest && ret_head);

        if (!find_last(*rest, needle, &offset))
                return false;
        *ret_head = pl_span(rest->data, offset);
        *rest = pl_span_from(*rest, offset + strlen(needle));
        return true;
}

static inline bool cut_prefix(struct pl_span *rest, const char *prefix)
{
        pl_assert(rest && prefix);

        if (!pl_span_starts_with(*rest, prefix))
                return false;
        *rest = pl_span_from(*rest, strlen(prefix));
        return true;
}
