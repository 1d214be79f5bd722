/* SPDX-License-Identifier: Apache-2.0 */

/* The kernel prints numbers in decimal and nothing else, so numbers are read here and not by strtoull(), which takes
 * blanks, signs, octal and the empty string, needs a NUL behind the digits, and reports overflow through errno.
 */

#include "plimsoll/base/span.h"

#include "plimsoll/base/assert.h"

struct pl_span pl_span_trim(struct pl_span span)
{
        while (span.length > 0 && pl_is_blank(span.data[0]))
                span = pl_span_from(span, 1);
        while (span.length > 0 && pl_is_blank(span.data[span.length - 1]))
                span.length--;
        return span;
}

struct pl_span pl_span_word(struct pl_span *rest)
{
        struct pl_span word;
        size_t length = 0;

        pl_assert(rest);

        while (rest->length > 0 && pl_is_blank(rest->data[0]))
                *rest = pl_span_from(*rest, 1);
        while (length < rest->length && !pl_is_blank(rest->data[length]))
                length++;

        word = pl_span(rest->data, length);
        *rest = pl_span_from(*rest, length);
        return word;
}

int pl_span_to_u64(struct pl_span span, uint64_t *ret_value)
{
        uint64_t value = 0;

        pl_assert(ret_value);

        if (span.length == 0)
                return PL_SPAN_E_NUMBER;
        for (size_t i = 0; i < span.length; i++)
                if (!pl_is_digit(span.data[i]))
                        return PL_SPAN_E_NUMBER;
        for (size_t i = 0; i < span.length; i++) {
                uint64_t digit = (uint64_t) (span.data[i] - '0');

                if (value > (UINT64_MAX - digit) / 10)
                        return PL_SPAN_E_RANGE;
                value = value * 10 + digit;
        }

        *ret_value = value;
        return 0;
}

int pl_span_to_u32(struct pl_span span, uint32_t *ret_value)
{
        uint64_t value;
        int r;

        pl_assert(ret_value);

        r = pl_span_to_u64(span, &value);
        if (r != 0)
                return r;
        if (value > UINT32_MAX)
                return PL_SPAN_E_RANGE;

        *ret_value = (uint32_t) value;
        return 0;
}

int pl_span_to_i64(struct pl_span span, int64_t *ret_value)
{
        bool negative = span.length > 0 && span.data[0] == '-';
        uint64_t limit = (uint64_t) INT64_MAX + negative;
        uint64_t magnitude;
        int r;

        pl_assert(ret_value);

        r = pl_span_to_u64(pl_span_from(span, negative), &magnitude);
        if (r != 0)
                return r;
        if (magnitude > limit)
                return PL_SPAN_E_RANGE;

        /* Negated as unsigned, because −2^63 has no positive twin. */
        *ret_value = (int64_t) (negative ? -magnitude : magnitude);
        return 0;
}

int pl_span_to_i32(struct pl_span span, int32_t *ret_value)
{
        int64_t value;
        int r;

        pl_assert(ret_value);

        r = pl_span_to_i64(span, &value);
        if (r != 0)
                return r;
        if (value < INT32_MIN || value > INT32_MAX)
                return PL_SPAN_E_RANGE;

        *ret_value = (int32_t) value;
        return 0;
}

int pl_span_to_permyriad(struct pl_span span, uint32_t *ret_permyriad)
{
        struct pl_span fraction = span, whole = pl_span_until(&fraction, '.');
        bool has_point = whole.length < span.length;
        uint64_t units, parts = 0;
        int r;

        pl_assert(ret_permyriad);

        r = pl_span_to_u64(whole, &units);
        if (r != 0)
                return r;
        if (has_point) {
                if (fraction.length > 2 || pl_span_to_u64(fraction, &parts) != 0)
                        return PL_SPAN_E_NUMBER;
                if (fraction.length == 1)
                        parts *= 10;
        }
        if (units > (UINT32_MAX - parts) / 100)
                return PL_SPAN_E_RANGE;

        *ret_permyriad = (uint32_t) (units * 100 + parts);
        return 0;
}
