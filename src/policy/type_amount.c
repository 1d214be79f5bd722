/* SPDX-License-Identifier: Apache-2.0 */

/* A policy file is also judged by its schema, in editors, which knows only regular expressions. So a duration is one whole
 * number with one unit, whose range is then a range of whole numbers for each unit.
 */

#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"
#include "plimsoll/base/ratio.h"
#include "type.h"

enum { EXPRESSION_MAX = 1024 };

/* ---- shares ---- */

static void add_share_range(struct pl_text *text, const struct pl_key *key)
{
        pl_ratio_format(text, (uint32_t) key->least);
        pl_text_add(text, " to ");
        pl_ratio_format(text, (uint32_t) key->most);
        pl_text_add(text, ", in steps of 0.01%");
}

static bool read_share(const struct pl_reading *reading, const struct pl_key *key,
                       const struct pl_json_value *value, void *field)
{
        uint32_t permyriad;
        int r;

        if (!pl_type_is(reading, key, value, PL_JSON_STRING))
                return false;
        r = pl_ratio_parse(pl_span_of(value->string), &permyriad, NULL);
        if (r == PL_RATIO_E_SYNTAX)
                return pl_type_wrong(reading, key, value, NULL, "\"%s\" is not a share",
                                     value->string);
        if (r != 0 || permyriad < key->least || permyriad > key->most)
                return pl_type_out_of_range(reading, key, value);
        *(uint32_t *) field = permyriad;
        return true;
}

static void print_share(struct pl_json_writer *writer, const struct pl_key *key, const void *field)
{
        char buffer[PL_TYPE_TEXT_MAX];
        struct pl_text text;

        (void) key;
        pl_text_init(&text, buffer, sizeof buffer);
        pl_ratio_format(&text, *(const uint32_t *) field);
        pl_json_string(writer, pl_text_span(&text));
}

/* The bounds are whole percents: below the upper one any fraction may follow, behind it only zeros. */
static void schema_share(struct pl_json_writer *writer, const struct pl_key *key)
{
        uint64_t least = (uint64_t) key->least / 100, most = (uint64_t) key->most / 100;
        char expression[EXPRESSION_MAX];
        struct pl_text text;

        pl_assert(key->least % 100 == 0 && key->most % 100 == 0 && least < most);

        pl_text_init(&text, expression, sizeof expression);
        pl_text_add(&text, "^(?:");
        pl_schema_range(&text, least, most - 1);
        pl_text_addf(&text, "(?:\\.[0-9]{1,2}0*)?|0*%u(?:\\.0+)?) ?%%$", (unsigned) most);
        pl_assert(!text.cut);
        pl_schema_pattern(writer, expression);
}

const struct pl_type pl_type_share = {
        .noun = "a share",
        .forms = "\"10%\", \"12.5%\"",
        .read = read_share,
        .print = print_share,
        .range = add_share_range,
        .schema = schema_share,
};

/* ---- durations ---- */

/* From the largest, for printing. */
static const struct time_unit {
        const char *name;
        const char *expression;
        uint64_t usec;
} time_units[] = {
        { "w", "w", PL_USEC_PER_WEEK }, { "d", "d", PL_USEC_PER_DAY },
        { "h", "h", PL_USEC_PER_HOUR }, { "min", "min", PL_USEC_PER_MINUTE },
        { "s", "s", PL_USEC_PER_SEC },  { "ms", "ms", PL_USEC_PER_MSEC },
};

static void format_duration(struct pl_text *text, uint64_t usec)
{
        for (size_t i = 0; i < PL_ARRAY_LENGTH(time_units); i++)
                if ((usec > 0 || time_units[i].usec == PL_USEC_PER_SEC) &&
                    usec % time_units[i].usec == 0) {
                        pl_text_add_u64(text, usec / time_units[i].usec);
                        pl_text_add(text, time_units[i].name);
                        return;
                }
        pl_unreachable();
}

/* One whole number and one unit of ours: of what pl_duration_parse() takes, what a schema can hold to a range. */
static bool is_one_term(struct pl_span text)
{
        struct pl_span unit = text;

        while (unit.length > 0 && pl_is_digit(unit.data[0]))
                unit = pl_span_from(unit, 1);
        if (unit.length == text.length)
                return false;
        pl_span_skip(&unit, ' ');
        for (size_t i = 0; i < PL_ARRAY_LENGTH(time_units); i++)
                if (pl_span_equals(unit, time_units[i].name))
                        return true;
        return false;
}

static void add_duration_range(struct pl_text *text, const struct pl_key *key)
{
        format_duration(text, (uint64_t) key->least);
        pl_text_add(text, " to ");
        format_duration(text, (uint64_t) key->most);
}

static bool read_duration(const struct pl_reading *reading, const struct pl_key *key,
                          const struct pl_json_value *value, void *field)
{
        uint64_t usec;
        int r;

        if (!pl_type_is(reading, key, value, PL_JSON_STRING))
                return false;
        r = pl_duration_parse(pl_span_of(value->string), &usec, NULL);
        if (r == PL_CLOCK_E_SYNTAX || r == PL_CLOCK_E_UNIT ||
            !is_one_term(pl_span_of(value->string)))
                return pl_type_wrong(reading, key, value,
                                     "one whole number and one of ms, s, min, h, d, w: \"90min\"",
                                     "\"%s\" is not a duration", value->string);
        if (r != 0 || usec < (uint64_t) key->least || usec > (uint64_t) key->most)
                return pl_type_out_of_range(reading, key, value);
        *(uint64_t *) field = usec;
        return true;
}

static void print_duration(struct pl_json_writer *writer, const struct pl_key *key,
                           const void *field)
{
        char buffer[PL_TYPE_TEXT_MAX];
        struct pl_text text;

        (void) key;
        pl_text_init(&text, buffer, sizeof buffer);
        format_duration(&text, *(const uint64_t *) field);
        pl_json_string(writer, pl_text_span(&text));
}

static void schema_duration(struct pl_json_writer *writer, const struct pl_key *key)
{
        uint64_t least = (uint64_t) key->least, most = (uint64_t) key->most;
        char expression[EXPRESSION_MAX];
        struct pl_text text;
        bool first = true;

        pl_text_init(&text, expression, sizeof expression);
        pl_text_add(&text, "^(?:");
        for (size_t i = 0; i < PL_ARRAY_LENGTH(time_units); i++) {
                uint64_t from = (least + time_units[i].usec - 1) / time_units[i].usec;
                uint64_t to = most / time_units[i].usec;

                if (from > to)
                        continue;
                pl_text_add(&text, first ? "" : "|");
                pl_schema_range(&text, from, to);
                pl_text_addf(&text, " *%s", time_units[i].expression);
                first = false;
        }
        pl_text_add(&text, ")$");
        pl_assert(!text.cut && !first);
        pl_schema_pattern(writer, expression);
}

const struct pl_type pl_type_duration = {
        .noun = "a duration",
        .forms = "\"10s\", \"90min\"",
        .read = read_duration,
        .print = print_duration,
        .range = add_duration_range,
        .schema = schema_duration,
};
