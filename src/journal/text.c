/* SPDX-License-Identifier: Apache-2.0 */

/* A text that was cut says so with "…", and is cut where a character begins, so that what was UTF-8 stays UTF-8. Bytes that
 * are not count as a character each: names come from containers, and are cleaned where they are printed.
 */

#include "plimsoll/base/text.h"

#include <string.h>

#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"
#include "text.h"

static const char ellipsis[] = "\xE2\x80\xA6";
enum { ELLIPSIS_BYTES = sizeof ellipsis - 1 };

static size_t character(struct pl_span rest)
{
        size_t length = pl_utf8_length(rest);

        return length > 0 ? length : 1;
}

/* The last place before or at `limit` where a character begins, or the first one from there on. */
static size_t border(struct pl_span text, size_t limit, bool after)
{
        size_t at = 0;

        while (at < limit) {
                size_t next = at + character(pl_span_from(text, at));

                if (next > limit)
                        return after ? next : at;
                at = next;
        }
        return at;
}

size_t pl_text_fit(char *field, size_t size, struct pl_span text, bool in_the_middle)
{
        size_t keep, head, tail_begin, length;

        pl_assert(field);
        pl_assert(size > ELLIPSIS_BYTES);

        if (text.length < size) {
                if (text.length > 0)
                        memmove(field, text.data, text.length);
                memset(field + text.length, 0, size - text.length);
                return text.length;
        }
        keep = size - 1 - ELLIPSIS_BYTES;
        head = border(text, in_the_middle ? keep / 2 : keep, false);
        tail_begin = in_the_middle ? border(text, text.length - (keep - keep / 2), true)
                                   : text.length;
        length = head + ELLIPSIS_BYTES + text.length - tail_begin;
        memmove(field, text.data, head);
        memmove(field + head + ELLIPSIS_BYTES, text.data + tail_begin, text.length - tail_begin);
        memcpy(field + head, ellipsis, ELLIPSIS_BYTES);
        memset(field + length, 0, size - length);
        return length;
}

static struct pl_span up_to_nul(struct pl_span text)
{
        return pl_span(text.data, text.length > 0 ? strnlen(text.data, text.length) : 0);
}

void pl_journal_set_text(char *field, size_t size, struct pl_span text)
{
        (void) pl_text_fit(field, size, up_to_nul(text), false);
}

void pl_journal_set_path(char *field, size_t size, struct pl_span path)
{
        (void) pl_text_fit(field, size, up_to_nul(path), true);
}

/* By hand and not as a copy of the whole: the compiler need not keep the zeros of a struct's padding. */
struct pl_journal_limits pl_journal_limits(const struct pl_limits *limits)
{
        struct pl_journal_limits copy = { .set = limits->set };

        pl_assert(limits);

        memcpy(copy.values, limits->values, sizeof copy.values);
        return copy;
}

struct pl_limits pl_journal_limits_back(const struct pl_journal_limits *limits)
{
        struct pl_limits copy = { .set = limits->set };

        pl_assert(limits);

        memcpy(copy.values, limits->values, sizeof copy.values);
        return copy;
}
