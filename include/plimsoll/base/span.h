/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* span - a view of bytes that somebody else owns, and the few cuts that parsing kernel files needs.
 *
 * Never allocates, never writes through the view, needs no terminating NUL. Bytes are bytes: nothing here depends on the
 * locale. The cuts are inline because they are all that parsing a kernel file on the hot path consists of.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum {
        PL_SPAN_E_NUMBER = 1, /* not a number, or with something behind it */
        PL_SPAN_E_RANGE,      /* a number, but it does not fit */
};

struct pl_span {
        const char *data;
        size_t length;
};

static inline struct pl_span pl_span(const char *data, size_t length)
{
        return (struct pl_span){ data, length };
}

static inline struct pl_span pl_span_of(const char *string)
{
        return (struct pl_span){ string, strlen(string) };
}

static inline bool pl_span_empty(struct pl_span span)
{
        return span.length == 0;
}

static inline bool pl_span_equals_span(struct pl_span a, struct pl_span b)
{
        return a.length == b.length && (a.length == 0 || memcmp(a.data, b.data, a.length) == 0);
}

static inline bool pl_span_equals(struct pl_span span, const char *string)
{
        return pl_span_equals_span(span, pl_span_of(string));
}

static inline bool pl_span_starts_with(struct pl_span span, const char *prefix)
{
        size_t length = strlen(prefix);

        return span.length >= length && memcmp(span.data, prefix, length) == 0;
}

static inline bool pl_span_ends_with(struct pl_span span, const char *suffix)
{
        size_t length = strlen(suffix);

        return span.length >= length &&
               memcmp(span.data + span.length - length, suffix, length) == 0;
}

/* What remains behind the first `count` bytes. */
static inline struct pl_span pl_span_from(struct pl_span span, size_t count)
{
        count = count < span.length ? count : span.length;
        return (struct pl_span){ span.data + count, span.length - count };
}

/* Cuts off everything before the first delimiter, and the delimiter with it; all that is left when there is none. */
static inline struct pl_span pl_span_until(struct pl_span *rest, char delimiter)
{
        const char *end = rest->length ? (const char *) memchr(rest->data, delimiter, rest->length)
                                       : NULL;
        size_t length = end ? (size_t) (end - rest->data) : rest->length;
        struct pl_span head = { rest->data, length };

        *rest = pl_span_from(*rest, end ? length + 1 : length);
        return head;
}

/* Cuts off the run of this byte at the front, if there is one. */
static inline void pl_span_skip(struct pl_span *rest, char byte)
{
        while (rest->length > 0 && rest->data[0] == byte)
                *rest = pl_span_from(*rest, 1);
}

static inline bool pl_is_blank(char byte)
{
        return byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r';
}

static inline bool pl_is_digit(char byte)
{
        return byte >= '0' && byte <= '9';
}

/* Without blanks at either end. */
struct pl_span pl_span_trim(struct pl_span span);

/* Cuts off the next run of bytes that are not blank, passing over blanks before it. Empty at the end. */
struct pl_span pl_span_word(struct pl_span *rest);

/* Decimal digits alone, or a '-' before them for i64: no sign, blank, or base otherwise. Untouched on failure. */
int pl_span_to_u64(struct pl_span span, uint64_t *ret_value);
int pl_span_to_u32(struct pl_span span, uint32_t *ret_value);
int pl_span_to_i64(struct pl_span span, int64_t *ret_value);
int pl_span_to_i32(struct pl_span span, int32_t *ret_value);

/* "12.34" as 1234: at most two decimals, as PSI prints percentages. */
int pl_span_to_permyriad(struct pl_span span, uint32_t *ret_permyriad);
