/* SPDX-License-Identifier: Apache-2.0 */

#include "plimsoll/base/decimal.h"

#include "plimsoll/base/assert.h"

int pl_decimal_cut(struct pl_span *rest, struct pl_decimal *ret_decimal)
{
        struct pl_decimal decimal = { .digits = 0, .scale = 1 };
        bool after_point = false, expect_digit = true;
        size_t i;

        pl_assert(rest);
        pl_assert(ret_decimal);

        for (i = 0; i < rest->length; i++) {
                char byte = rest->data[i];

                if (byte == '.' && !after_point && !expect_digit) {
                        after_point = expect_digit = true;
                        continue;
                }
                if (!pl_is_digit(byte))
                        break;
                expect_digit = false;
                if (__builtin_mul_overflow(decimal.digits, 10, &decimal.digits) ||
                    __builtin_add_overflow(decimal.digits, (uint64_t) (byte - '0'),
                                           &decimal.digits) ||
                    (after_point && __builtin_mul_overflow(decimal.scale, 10, &decimal.scale)))
                        return PL_DECIMAL_E_RANGE;
        }
        if (expect_digit)
                return PL_DECIMAL_E_SYNTAX;

        *rest = pl_span_from(*rest, i);
        *ret_decimal = decimal;
        return 0;
}

static int times(struct pl_decimal decimal, uint64_t unit, bool exactly, uint64_t *ret_value)
{
        unsigned __int128 product = (unsigned __int128) decimal.digits * unit;

        pl_assert(decimal.scale > 0);
        pl_assert(ret_value);

        if (exactly && product % decimal.scale != 0)
                return PL_DECIMAL_E_RANGE;
        product /= decimal.scale;
        if (product > UINT64_MAX)
                return PL_DECIMAL_E_RANGE;

        *ret_value = (uint64_t) product;
        return 0;
}

int pl_decimal_times(struct pl_decimal decimal, uint64_t unit, uint64_t *ret_value)
{
        return times(decimal, unit, false, ret_value);
}

int pl_decimal_times_exactly(struct pl_decimal decimal, uint64_t unit, uint64_t *ret_value)
{
        return times(decimal, unit, true, ret_value);
}
