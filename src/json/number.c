/* SPDX-License-Identifier: Apache-2.0 */

/* A double has 53 bits, and a limit of 18446744073709551615 bytes has 64. So whole numbers are taken from the digits as
 * they stand: all of them in a row, and a power of ten that says where the point is.
 */

#include "number.h"

#include "lexeme.h"
#include "plimsoll/base/assert.h"
#include "plimsoll/json/read.h"

/* Larger than any exponent that can matter for PL_JSON_NUMBER_MAX digits, small enough never to overflow. */
enum { EXPONENT_MAX = 100000 };

struct digits {
        char data[PL_JSON_NUMBER_MAX]; /* without zeros at either end; values, not characters */
        int count;
        int exponent; /* value = digits × 10^exponent */
        bool negative;
};

static int read_exponent(struct pl_span text)
{
        bool negative = pl_span_starts_with(text, "-");
        int exponent = 0;

        if (negative || pl_span_starts_with(text, "+"))
                text = pl_span_from(text, 1);
        for (size_t i = 0; i < text.length; i++)
                exponent = PL_MIN(exponent * 10 + (text.data[i] - '0'), (int) EXPONENT_MAX);
        return negative ? -exponent : exponent;
}

static struct digits read_digits(struct pl_span source)
{
        struct digits digits = { .negative = source.data[0] == '-' };
        bool behind_point = false;
        size_t i;

        pl_assert(source.length <= PL_JSON_NUMBER_MAX);

        for (i = digits.negative; i < source.length; i++) {
                char byte = source.data[i];

                if (byte == 'e' || byte == 'E')
                        break;
                if (byte == '.') {
                        behind_point = true;
                        continue;
                }
                digits.exponent -= behind_point;
                if (digits.count > 0 || byte != '0')
                        digits.data[digits.count++] = (char) (byte - '0');
        }
        if (i < source.length)
                digits.exponent += read_exponent(pl_span_from(source, i + 1));
        while (digits.count > 0 && digits.data[digits.count - 1] == 0) {
                digits.count--;
                digits.exponent++;
        }
        return digits;
}

int pl_json_number_to_whole(struct pl_span source, bool *ret_negative, uint64_t *ret_magnitude)
{
        struct digits digits;
        struct pl_lexeme lexeme;
        uint64_t magnitude = 0;

        pl_assert(ret_negative);
        pl_assert(ret_magnitude);
        pl_assert(pl_lexeme_number(source, &lexeme) == 0 && lexeme.bytes == source.length);

        digits = read_digits(source);
        if (digits.count > 0 && digits.exponent < 0)
                return PL_JSON_E_FRACTION;
        /* 2^64 has twenty digits. Checked first, so that the loop below ends soon. */
        if (digits.count > 0 && digits.count + digits.exponent > 20)
                return PL_JSON_E_RANGE;
        for (int i = 0; digits.count > 0 && i < digits.count + digits.exponent; i++) {
                uint64_t digit = i < digits.count ? (uint64_t) digits.data[i] : 0;

                if (magnitude > (UINT64_MAX - digit) / 10)
                        return PL_JSON_E_RANGE;
                magnitude = magnitude * 10 + digit;
        }

        *ret_negative = digits.negative && digits.count > 0;
        *ret_magnitude = magnitude;
        return 0;
}

bool pl_json_number_is_zero(struct pl_span source)
{
        return read_digits(source).count == 0;
}
