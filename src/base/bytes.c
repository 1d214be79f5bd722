/* SPDX-License-Identifier: Apache-2.0 */

#include "bytes.h"

#include "plimsoll/base/assert.h"
#include "plimsoll/base/clock.h"
#include "plimsoll/base/macro.h"
#include "plimsoll/base/ratio.h"
#include "plimsoll/base/size.h"

static const struct unit {
        const char *name;
        uint64_t bytes;
} units[] = {
        { "", 1 },
        { "B", 1 },
        { "K", PL_KIB },
        { "KiB", PL_KIB },
        { "M", PL_MIB },
        { "MiB", PL_MIB },
        { "G", PL_GIB },
        { "GiB", PL_GIB },
        { "T", PL_TIB },
        { "TiB", PL_TIB },
        { "P", PL_TIB * 1024 },
        { "PiB", PL_TIB * 1024 },
        { "kB", UINT64_C(1000) },
        { "MB", UINT64_C(1000000) },
        { "GB", UINT64_C(1000000000) },
        { "TB", UINT64_C(1000000000000) },
        { "PB", UINT64_C(1000000000000000) },
};

/* What sizes are printed in, from the largest. */
static const struct unit printed_units[] = {
        { "PiB", PL_TIB * 1024 }, { "TiB", PL_TIB }, { "GiB", PL_GIB },
        { "MiB", PL_MIB },        { "KiB", PL_KIB },
};

static const struct rate_unit {
        const char *name;
        uint64_t usec;
} rate_units[] = {
        { "s", PL_USEC_PER_SEC },
        { "min", PL_USEC_PER_MINUTE },
        { "h", PL_USEC_PER_HOUR },
        { "d", PL_USEC_PER_DAY },
};

static bool is_letter(char byte)
{
        return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
}

struct pl_span pl_bytes_peek_letters(struct pl_span rest)
{
        size_t length = 0;

        while (length < rest.length && is_letter(rest.data[length]))
                length++;
        return pl_span(rest.data, length);
}

int pl_bytes_cut(struct pl_span *rest, struct pl_decimal decimal, uint64_t *ret_bytes)
{
        struct pl_span at = *rest, name;

        pl_span_skip(&at, ' ');
        name = pl_bytes_peek_letters(at);
        for (size_t i = 0; i < PL_ARRAY_LENGTH(units); i++)
                if (pl_span_equals(name, units[i].name)) {
                        /* 2^64 − 1 is how "max" is held, and no amount of memory. */
                        if (pl_decimal_times(decimal, units[i].bytes, ret_bytes) != 0 ||
                            *ret_bytes == PL_SIZE_MAX)
                                return PL_SIZE_E_RANGE;
                        *rest = pl_span_from(at, name.length);
                        return 0;
                }

        *rest = at;
        return PL_SIZE_E_UNIT;
}

void pl_bytes_format(struct pl_text *text, uint64_t bytes)
{
        pl_assert(text);

        if (bytes == PL_SIZE_MAX) {
                pl_text_add(text, "max");
                return;
        }
        for (size_t i = 0; i < PL_ARRAY_LENGTH(printed_units); i++)
                if (bytes > 0 && bytes % printed_units[i].bytes == 0) {
                        pl_text_add_u64(text, bytes / printed_units[i].bytes);
                        pl_text_add(text, printed_units[i].name);
                        return;
                }
        pl_text_add_u64(text, bytes);
}

/* value ÷ unit × scale, rounded to the nearest. */
static unsigned long long rounded(uint64_t bytes, uint64_t unit, unsigned scale)
{
        return (unsigned long long) (((unsigned __int128) bytes * scale + unit / 2) / unit);
}

void pl_bytes_format_short(struct pl_text *text, uint64_t bytes)
{
        size_t i = 0;
        uint64_t unit;

        pl_assert(text);

        if (bytes == PL_SIZE_MAX || bytes == 0) {
                pl_text_add(text, bytes ? "no limit" : "0");
                return;
        }
        if (bytes < PL_KIB) {
                pl_text_addf(text, "%u B", (unsigned) bytes);
                return;
        }
        while (bytes < printed_units[i].bytes)
                i++;
        /* 1023.9 MiB is 1 GiB to a person. */
        if (i > 0 && rounded(bytes, printed_units[i].bytes, 1) >= 1024)
                i--;
        unit = printed_units[i].bytes;

        if (rounded(bytes, unit, 100) < 1000)
                pl_text_addf(text, "%llu.%02llu", rounded(bytes, unit, 100) / 100,
                             rounded(bytes, unit, 100) % 100);
        else if (rounded(bytes, unit, 10) < 1000)
                pl_text_addf(text, "%llu.%llu", rounded(bytes, unit, 10) / 10,
                             rounded(bytes, unit, 10) % 10);
        else
                pl_text_addf(text, "%llu", rounded(bytes, unit, 1));
        pl_text_addf(text, " %s", printed_units[i].name);
}

int pl_bytes_parse(struct pl_span text, uint64_t *ret_bytes, size_t *ret_offset)
{
        struct pl_span rest = text;
        struct pl_decimal decimal;
        uint64_t bytes;
        int r;

        pl_assert(ret_bytes);

        r = pl_decimal_cut(&rest, &decimal);
        if (r != 0)
                r = r == PL_DECIMAL_E_RANGE ? PL_SIZE_E_RANGE : PL_SIZE_E_SYNTAX;
        else
                r = pl_bytes_cut(&rest, decimal, &bytes);
        if (r == PL_SIZE_E_RANGE)
                rest = text;
        if (r == 0 && !pl_span_empty(rest))
                r = PL_SIZE_E_SYNTAX;
        if (r != 0) {
                if (ret_offset)
                        *ret_offset = text.length - rest.length;
                return r;
        }

        *ret_bytes = bytes;
        return 0;
}

int pl_rate_parse(struct pl_span text, struct pl_rate *ret_rate, size_t *ret_offset)
{
        struct pl_span rest = text, size = pl_span_until(&rest, '/');
        struct pl_rate rate = {};
        int r;

        pl_assert(ret_rate);

        size = pl_span_trim(size);
        r = pl_bytes_parse(size, &rate.bytes, ret_offset);
        if (r != 0 && ret_offset)
                *ret_offset += (size_t) (size.data - text.data);
        if (r != 0)
                return r;
        rest = pl_span_trim(rest);
        for (size_t i = 0; i < PL_ARRAY_LENGTH(rate_units); i++)
                if (pl_span_equals(rest, rate_units[i].name))
                        rate.per_usec = rate_units[i].usec;
        if (rate.per_usec == 0) {
                if (ret_offset)
                        *ret_offset = (size_t) (rest.data - text.data);
                return pl_span_empty(rest) ? PL_SIZE_E_SYNTAX : PL_SIZE_E_UNIT;
        }

        *ret_rate = rate;
        return 0;
}

void pl_rate_format(struct pl_text *text, const struct pl_rate *rate)
{
        pl_assert(text);
        pl_assert(rate);

        pl_bytes_format(text, rate->bytes);
        for (size_t i = 0; i < PL_ARRAY_LENGTH(rate_units); i++)
                if (rate->per_usec == rate_units[i].usec)
                        pl_text_addf(text, "/%s", rate_units[i].name);
}

uint64_t pl_rate_over(const struct pl_rate *rate, uint64_t usec)
{
        pl_assert(rate);
        pl_assert(rate->per_usec > 0);

        return pl_ratio_scale(rate->bytes, usec, rate->per_usec);
}
