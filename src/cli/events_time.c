/* SPDX-License-Identifier: Apache-2.0 */

/* Acts have times of CLOCK_BOOTTIME, and people look at the clock on the wall. Both clocks were read at one moment, and what
 * lay between them then is taken for all times: who sets the clock moves what is past, too.
 */

#include <time.h>

#include "events.h"
#include "plimsoll/base/clock.h"
#include "plimsoll/base/macro.h"

enum { YEAR_MIN = 1970, YEAR_MAX = 9999 };

/* ---- from the command line ---- */

static bool take_byte(struct pl_span *rest, char byte)
{
        if (pl_span_empty(*rest) || rest->data[0] != byte)
                return false;
        *rest = pl_span_from(*rest, 1);
        return true;
}

/* A number of exactly so many digits. */
static bool take_number(struct pl_span *rest, size_t digits, int least, int most, int *ret_number)
{
        uint32_t number;

        if (rest->length < digits || pl_span_to_u32(pl_span(rest->data, digits), &number) != 0 ||
            (int) number < least || (int) number > most)
                return false;
        *rest = pl_span_from(*rest, digits);
        *ret_number = (int) number;
        return true;
}

/* "14:30", with seconds where they are given; a fraction of one is not looked at. */
static bool take_clock(struct pl_span *rest, struct tm *parts)
{
        if (!take_number(rest, 2, 0, 23, &parts->tm_hour) || !take_byte(rest, ':') ||
            !take_number(rest, 2, 0, 59, &parts->tm_min))
                return false;
        parts->tm_sec = 0;
        if (!take_byte(rest, ':'))
                return true;
        if (!take_number(rest, 2, 0, 59, &parts->tm_sec))
                return false;
        if (take_byte(rest, '.')) {
                if (pl_span_empty(*rest) || !pl_is_digit(rest->data[0]))
                        return false;
                while (!pl_span_empty(*rest) && pl_is_digit(rest->data[0]))
                        *rest = pl_span_from(*rest, 1);
        }
        return true;
}

static bool take_date(struct pl_span *rest, struct tm *parts)
{
        struct tm day = { .tm_hour = 12 };
        int year, month;

        if (!take_number(rest, 4, YEAR_MIN, YEAR_MAX, &year) || !take_byte(rest, '-') ||
            !take_number(rest, 2, 1, 12, &month) || !take_byte(rest, '-') ||
            !take_number(rest, 2, 1, 31, &day.tm_mday))
                return false;
        day.tm_year = year - 1900;
        day.tm_mon = month - 1;
        *parts = (struct tm){ .tm_year = day.tm_year,
                              .tm_mon = day.tm_mon,
                              .tm_mday = day.tm_mday };
        /* The 31st of April becomes the 1st of May. */
        return timegm(&day) >= 0 && day.tm_mday == parts->tm_mday;
}

/* "Z", "+02:00": seconds east of Greenwich. */
static bool take_zone(struct pl_span *rest, int *ret_seconds)
{
        bool is_west = !pl_span_empty(*rest) && rest->data[0] == '-';
        int hours, minutes;

        *ret_seconds = 0;
        if (take_byte(rest, 'Z') || take_byte(rest, 'z'))
                return true;
        if ((!take_byte(rest, '+') && !take_byte(rest, '-')) ||
            !take_number(rest, 2, 0, 23, &hours) || !take_byte(rest, ':') ||
            !take_number(rest, 2, 0, 59, &minutes))
                return false;
        *ret_seconds = (hours * 60 + minutes) * 60 * (is_west ? -1 : 1);
        return true;
}

/* A day, a day with its time, and that with a zone. */
static bool parse_date(struct pl_span rest, time_t *ret_seconds)
{
        struct tm parts;
        int zone;

        if (!take_date(&rest, &parts))
                return false;
        if (!pl_span_empty(rest) &&
            ((!take_byte(&rest, ' ') && !take_byte(&rest, 'T') && !take_byte(&rest, 't')) ||
             !take_clock(&rest, &parts)))
                return false;
        if (pl_span_empty(rest)) {
                parts.tm_isdst = -1;
                *ret_seconds = mktime(&parts);
                return *ret_seconds != (time_t) -1;
        }
        if (!take_zone(&rest, &zone) || !pl_span_empty(rest))
                return false;
        *ret_seconds = timegm(&parts) - zone;
        return true;
}

/* The last time that the clock stood there: today, or yesterday if that is still to come. */
static bool parse_clock(struct pl_span rest, time_t now, time_t *ret_seconds)
{
        struct tm parts;

        if (!localtime_r(&now, &parts) || !take_clock(&rest, &parts) || !pl_span_empty(rest))
                return false;
        for (int days = 0; days < 2; days++) {
                struct tm then = parts;

                then.tm_mday -= days;
                then.tm_isdst = -1;
                *ret_seconds = mktime(&then);
                if (*ret_seconds <= now)
                        break;
        }
        return *ret_seconds != (time_t) -1;
}

bool pl_events_parse_since(const char *text, int64_t now_usec, int64_t *ret_usec)
{
        const int64_t per_sec = (int64_t) PL_USEC_PER_SEC;
        struct pl_span span = pl_span_of(text);
        uint64_t duration_usec;
        time_t seconds;

        if (pl_duration_parse(span, &duration_usec, NULL) == 0) {
                *ret_usec = now_usec - (int64_t) PL_MIN(duration_usec, (uint64_t) now_usec);
                return true;
        }
        if (!parse_clock(span, now_usec / per_sec, &seconds) && !parse_date(span, &seconds))
                return false;
        *ret_usec = seconds < 0 ? 0 : seconds * per_sec;
        return true;
}

/* ---- to a line ---- */

static bool local_time(int64_t realtime_usec, struct tm *ret_parts)
{
        time_t seconds = realtime_usec / (int64_t) PL_USEC_PER_SEC;

        return realtime_usec >= 0 && localtime_r(&seconds, ret_parts) != NULL;
}

void pl_events_add_time(struct pl_text *text, const struct pl_live *live, uint64_t at_usec)
{
        struct tm now, then;
        int64_t wall;
        bool is_today;

        if (at_usec > INT64_MAX || live->now_usec > INT64_MAX ||
            __builtin_add_overflow(live->realtime_usec - (int64_t) live->now_usec,
                                   (int64_t) at_usec, &wall) ||
            !local_time(wall, &then) || !local_time(live->realtime_usec, &now)) {
                pl_text_add(text, "at no time");
                return;
        }
        is_today = now.tm_year == then.tm_year && now.tm_yday == then.tm_yday;
        if (!is_today)
                pl_text_addf(text, "%04ld-%02d-%02d ", (long) then.tm_year + 1900, then.tm_mon + 1,
                             then.tm_mday);
        pl_text_addf(text, "%02d:%02d:%02d", then.tm_hour, then.tm_min, then.tm_sec);
}
