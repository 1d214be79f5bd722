/* SPDX-License-Identifier: Apache-2.0 */

#include "plimsoll/base/clock.h"

#include <time.h>

#include "plimsoll/base/assert.h"
#include "plimsoll/base/decimal.h"
#include "plimsoll/base/macro.h"

/* From the largest to the smallest: a duration names each at most once and in this order, so that "5m 2h" and "1h1h",
 * which are slips more often than not, are errors. */
static const struct unit {
        uint64_t usec;
        const char *names[6]; /* the first is what is printed */
} units[] = {
        { PL_USEC_PER_WEEK, { "w", "week", "weeks" } },
        { PL_USEC_PER_DAY, { "d", "day", "days" } },
        { PL_USEC_PER_HOUR, { "h", "hour", "hours" } },
        { PL_USEC_PER_MINUTE, { "m", "min", "minute", "minutes" } },
        { PL_USEC_PER_SEC, { "s", "sec", "second", "seconds" } },
        { PL_USEC_PER_MSEC, { "ms", "msec" } },
        { 1, { "us", "usec", "\xC2\xB5s", "\xCE\xBCs" } },
};

uint64_t pl_clock_now_usec(void)
{
        struct timespec now;

        pl_assert(clock_gettime(CLOCK_BOOTTIME, &now) == 0);

        return (uint64_t) now.tv_sec * PL_USEC_PER_SEC + (uint64_t) now.tv_nsec / 1000;
}

static const struct unit *find_unit(struct pl_span name)
{
        for (size_t i = 0; i < PL_ARRAY_LENGTH(units); i++)
                for (size_t j = 0; j < PL_ARRAY_LENGTH(units[i].names) && units[i].names[j]; j++)
                        if (pl_span_equals(name, units[i].names[j]))
                                return &units[i];
        return NULL;
}

static struct pl_span cut_unit_name(struct pl_span *rest)
{
        size_t length = 0;

        while (length < rest->length && !pl_is_digit(rest->data[length]) &&
               rest->data[length] != ' ')
                length++;
        *rest = pl_span_from(*rest, length);
        return pl_span(rest->data - length, length);
}

/* Cuts one "30m" off and adds it up. *floor is the first unit that may still come. */
static int add_term(struct pl_span *rest, const struct unit **floor, uint64_t *total_usec)
{
        const struct unit *unit;
        struct pl_span at;
        struct pl_decimal decimal;
        uint64_t usec;
        int r;

        r = pl_decimal_cut(rest, &decimal);
        if (r != 0)
                return r == PL_DECIMAL_E_RANGE ? PL_CLOCK_E_RANGE : PL_CLOCK_E_SYNTAX;
        pl_span_skip(rest, ' ');
        at = *rest;
        unit = find_unit(cut_unit_name(rest));
        if (!unit || unit < *floor) {
                *rest = at;
                return PL_CLOCK_E_UNIT;
        }
        if (pl_decimal_times_exactly(decimal, unit->usec, &usec) != 0 ||
            __builtin_add_overflow(*total_usec, usec, total_usec))
                return PL_CLOCK_E_RANGE;

        *floor = unit + 1;
        pl_span_skip(rest, ' ');
        return 0;
}

int pl_duration_parse(struct pl_span text, uint64_t *ret_usec, size_t *ret_offset)
{
        struct pl_span rest = text;
        const struct unit *floor = units;
        uint64_t total_usec = 0;
        int r;

        pl_assert(ret_usec);

        if (pl_span_equals(text, "0")) {
                *ret_usec = 0;
                return 0;
        }
        do {
                struct pl_span before = rest;

                r = add_term(&rest, &floor, &total_usec);
                if (r == PL_CLOCK_E_RANGE)
                        rest = before;
        } while (r == 0 && !pl_span_empty(rest));
        if (r != 0) {
                if (ret_offset)
                        *ret_offset = text.length - rest.length;
                return r;
        }

        *ret_usec = total_usec;
        return 0;
}

void pl_duration_format(struct pl_text *text, uint64_t usec)
{
        if (usec == 0)
                pl_text_add(text, "0s");
        for (size_t i = 0; i < PL_ARRAY_LENGTH(units); i++) {
                pl_assert(units[i].usec > 0);
                if (usec >= units[i].usec) {
                        pl_text_add_u64(text, usec / units[i].usec);
                        pl_text_add(text, units[i].names[0]);
                }
                usec %= units[i].usec;
        }
}

void pl_duration_format_short(struct pl_text *text, uint64_t usec)
{
        unsigned long long seconds = usec / PL_USEC_PER_SEC;

        if (usec < 10 * PL_USEC_PER_SEC && usec % PL_USEC_PER_SEC >= PL_USEC_PER_SEC / 10)
                pl_text_addf(text, "%llu.%llu s", seconds,
                             (unsigned long long) usec / (PL_USEC_PER_SEC / 10) % 10);
        else if (usec > 0 && usec < PL_USEC_PER_MSEC)
                pl_text_add(text, "< 1 ms");
        else if (seconds == 0 && usec > 0)
                pl_text_addf(text, "%llu ms", (unsigned long long) usec / PL_USEC_PER_MSEC);
        else if (seconds < 60)
                pl_text_addf(text, "%llu s", seconds);
        else if (seconds < 3600)
                pl_text_addf(text, "%llu min %llu s", seconds / 60, seconds % 60);
        else if (seconds < 86400)
                pl_text_addf(text, "%llu h %llu min", seconds / 3600, seconds / 60 % 60);
        else
                pl_text_addf(text, "%llu %s %llu h", seconds / 86400,
                             seconds / 86400 == 1 ? "day" : "days", seconds / 3600 % 24);
}
