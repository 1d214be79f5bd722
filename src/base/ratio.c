/* SPDX-License-Identifier: Apache-2.0 */

#include "plimsoll/base/ratio.h"

#include "plimsoll/base/assert.h"
#include "plimsoll/base/decimal.h"

uint64_t pl_ratio_scale(uint64_t part, uint64_t scale, uint64_t whole)
{
        unsigned __int128 value;

        pl_assert(whole > 0);

        value = (unsigned __int128) part * scale / whole;
        return value > UINT64_MAX ? UINT64_MAX : (uint64_t) value;
}

uint32_t pl_ratio_permyriad(uint64_t part, uint64_t whole)
{
        uint64_t permyriad;

        if (part == 0)
                return 0;
        if (whole == 0)
                return UINT32_MAX;
        permyriad = pl_ratio_scale(part, PL_PERMYRIAD, whole);
        return permyriad > UINT32_MAX ? UINT32_MAX : (uint32_t) permyriad;
}

static int fail(struct pl_span text, struct pl_span rest, size_t *ret_offset, int error)
{
        if (ret_offset)
                *ret_offset = text.length - rest.length;
        return error;
}

int pl_ratio_parse(struct pl_span text, uint32_t *ret_permyriad, size_t *ret_offset)
{
        struct pl_span rest = text;
        struct pl_decimal decimal;
        uint64_t permyriad;
        int r;

        pl_assert(ret_permyriad);

        r = pl_decimal_cut(&rest, &decimal);
        if (r != 0)
                return fail(text, rest, ret_offset,
                            r == PL_DECIMAL_E_RANGE ? PL_RATIO_E_RANGE : PL_RATIO_E_SYNTAX);
        if (pl_decimal_times_exactly(decimal, 100, &permyriad) != 0 || permyriad > UINT32_MAX)
                return fail(text, text, ret_offset, PL_RATIO_E_RANGE);

        if (pl_span_starts_with(rest, " "))
                rest = pl_span_from(rest, 1);
        if (!pl_span_equals(rest, "%"))
                return fail(text, rest, ret_offset, PL_RATIO_E_SYNTAX);

        *ret_permyriad = (uint32_t) permyriad;
        return 0;
}

void pl_ratio_format(struct pl_text *text, uint32_t permyriad)
{
        uint32_t fraction = permyriad % 100;

        pl_text_add_u64(text, permyriad / 100);
        if (fraction % 10 != 0)
                pl_text_addf(text, ".%02u", fraction);
        else if (fraction != 0)
                pl_text_addf(text, ".%u", fraction / 10);
        pl_text_add(text, "%");
}
