/* SPDX-License-Identifier: Apache-2.0 */

#include <ctype.h>
#include <string.h>
#include <time.h>

#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"
#include "plimsoll/policy/words.h"
#include "type.h"

/* Whether a text has the form of a picture: 0 in it is a digit, anything else itself. */
static bool has_form(const char *string, const char *picture)
{
        for (; *picture; picture++, string++)
                if (*picture == '0' ? !pl_is_digit(*string) : *string != *picture)
                        return false;
        return *string == '\0';
}

static unsigned digits_at(const char *string, size_t offset, size_t count)
{
        uint32_t value;

        pl_assert(pl_span_to_u32(pl_span(string + offset, count), &value) == 0);
        return value;
}

/* ---- windows of the day ---- */

static bool read_window(const struct pl_reading *reading, const struct pl_key *key,
                        const struct pl_json_value *value, void *field)
{
        struct pl_window window;
        const char *text;

        if (!pl_type_is(reading, key, value, PL_JSON_STRING))
                return false;
        text = value->string;
        if (!has_form(text, "00:00-00:00") || digits_at(text, 0, 2) > 23 ||
            digits_at(text, 3, 2) > 59 || digits_at(text, 6, 2) > 23 || digits_at(text, 9, 2) > 59)
                return pl_type_wrong(reading, key, value,
                                     strstr(text, "24:00") ? "midnight is 00:00" : NULL,
                                     "\"%s\" is no part of a day", text);
        window.begin_minutes = digits_at(text, 0, 2) * 60 + digits_at(text, 3, 2);
        window.end_minutes = digits_at(text, 6, 2) * 60 + digits_at(text, 9, 2);
        *(struct pl_window *) field = window;
        return true;
}

static void print_window(struct pl_json_writer *writer, const struct pl_key *key, const void *field)
{
        const struct pl_window *window = field;
        char buffer[PL_TYPE_TEXT_MAX];
        struct pl_text text;

        (void) key;
        pl_text_init(&text, buffer, sizeof buffer);
        pl_text_addf(&text, "%02u:%02u-%02u:%02u", window->begin_minutes / 60,
                     window->begin_minutes % 60, window->end_minutes / 60,
                     window->end_minutes % 60);
        pl_json_string(writer, pl_text_span(&text));
}

#define CLOCK "(?:[01][0-9]|2[0-3]):[0-5][0-9]"

static void schema_window(struct pl_json_writer *writer, const struct pl_key *key)
{
        (void) key;
        pl_schema_pattern(writer, "^" CLOCK "-" CLOCK "$");
}

const struct pl_type pl_type_window = {
        .noun = "a part of the day",
        .forms = "\"02:00-05:00\"",
        .read = read_window,
        .print = print_window,
        .schema = schema_window,
};

/* ---- points in time: RFC 3339 in UTC, whole seconds ---- */

static bool is_a_day(unsigned year, unsigned month, unsigned day)
{
        static const unsigned days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
        bool is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

        return month >= 1 && month <= 12 && day >= 1 &&
               day <= days[month - 1] + (month == 2 && is_leap);
}

static bool read_time(const struct pl_reading *reading, const struct pl_key *key,
                      const struct pl_json_value *value, void *field)
{
        const char *text;
        struct tm parts = {};

        if (!pl_type_is(reading, key, value, PL_JSON_STRING))
                return false;
        text = value->string;
        if (!has_form(text, "0000-00-00T00:00:00Z") || digits_at(text, 11, 2) > 23 ||
            digits_at(text, 14, 2) > 59 || digits_at(text, 17, 2) > 59 ||
            digits_at(text, 0, 4) < 1970)
                return pl_type_wrong(reading, key, value, NULL, "\"%s\" is no time in UTC", text);
        if (!is_a_day(digits_at(text, 0, 4), digits_at(text, 5, 2), digits_at(text, 8, 2)))
                return pl_type_wrong(reading, key, value, "the calendar has no such day",
                                     "\"%s\" is no time in UTC", text);
        parts.tm_year = (int) digits_at(text, 0, 4) - 1900;
        parts.tm_mon = (int) digits_at(text, 5, 2) - 1;
        parts.tm_mday = (int) digits_at(text, 8, 2);
        parts.tm_hour = (int) digits_at(text, 11, 2);
        parts.tm_min = (int) digits_at(text, 14, 2);
        parts.tm_sec = (int) digits_at(text, 17, 2);
        *(int64_t *) field = timegm(&parts);
        return true;
}

static void print_time(struct pl_json_writer *writer, const struct pl_key *key, const void *field)
{
        time_t seconds = (time_t) * (const int64_t *) field;
        char buffer[PL_TYPE_TEXT_MAX];
        struct tm parts;

        (void) key;
        pl_assert(gmtime_r(&seconds, &parts));
        pl_assert(strftime(buffer, sizeof buffer, "%Y-%m-%dT%H:%M:%SZ", &parts) > 0);
        pl_json_string(writer, pl_span_of(buffer));
}

static void schema_time(struct pl_json_writer *writer, const struct pl_key *key)
{
        (void) key;
        pl_schema_pattern(
                writer,
                "^(?:19[7-9][0-9]|[2-9][0-9]{3})-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])|"
                "(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)|02-(?:0[1-9]|[12][0-9]))T" CLOCK
                ":[0-5][0-9]Z$");
}

const struct pl_type pl_type_time = {
        .noun = "a time in UTC",
        .forms = "\"2026-03-01T12:00:00Z\"",
        .read = read_time,
        .print = print_time,
        .schema = schema_time,
};

/* ---- users ---- */

/* 2^32 − 1 is nobody's number (chown(2) takes it for "leave it as it is"). */
#define UID_MAX_ UINT64_C(4294967294)

static bool parse_users(struct pl_span text, struct pl_users *users)
{
        struct pl_span first = pl_span_until(&text, '-');
        bool is_range = text.data != first.data + first.length;

        if (pl_span_to_u32(first, &users->first) != 0)
                return false;
        users->last = users->first;
        if (is_range && pl_span_to_u32(text, &users->last) != 0)
                return false;
        return users->first <= UID_MAX_ && users->last <= UID_MAX_;
}

static bool read_users(const struct pl_reading *reading, const struct pl_key *key,
                       const struct pl_json_value *value, void *field)
{
        struct pl_users users = {};
        struct pl_span text;

        if (!pl_type_is(reading, key, value, PL_JSON_STRING))
                return false;
        text = pl_span_of(value->string);
        if (pl_span_equals(text, "any"))
                users.last = PL_USERS_ANY;
        else if (!pl_span_equals(text, "root") && !parse_users(text, &users))
                return pl_type_wrong(reading, key, value,
                                     isalpha((unsigned char) value->string[0])
                                             ? "write the number; `id -u NAME` prints it"
                                             : NULL,
                                     "\"%s\" is no user", value->string);
        if (users.first > users.last)
                return pl_type_wrong(reading, key, value, "the smaller number comes first",
                                     "\"%s\" holds nobody", value->string);
        *(struct pl_users *) field = users;
        return true;
}

static void print_users(struct pl_json_writer *writer, const struct pl_key *key, const void *field)
{
        char buffer[PL_TYPE_TEXT_MAX];
        struct pl_text text;

        (void) key;
        pl_text_init(&text, buffer, sizeof buffer);
        pl_users_format(&text, field);
        pl_json_string(writer, pl_text_span(&text));
}

static void schema_users(struct pl_json_writer *writer, const struct pl_key *key)
{
        char expression[2048];
        struct pl_text text;

        (void) key;
        pl_text_init(&text, expression, sizeof expression);
        pl_text_add(&text, "^(?:any|root|");
        pl_schema_range(&text, 0, UID_MAX_);
        pl_text_add(&text, "(?:-");
        pl_schema_range(&text, 0, UID_MAX_);
        pl_text_add(&text, ")?)$");
        pl_assert(!text.cut);
        pl_schema_pattern(writer, expression);
}

const struct pl_type pl_type_users = {
        .noun = "a user or a range of them",
        .forms = "\"root\", \"any\", \"1000\", \"1000-1999\"",
        .read = read_users,
        .print = print_users,
        .schema = schema_users,
};
