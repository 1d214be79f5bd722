/* SPDX-License-Identifier: Apache-2.0 */

#include "type.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"

bool pl_type_wrong(const struct pl_reading *reading, const struct pl_key *key,
                   const struct pl_json_value *value, const char *hint, const char *format, ...)
{
        char words[PL_DIAG_WORDS_MAX];
        va_list arguments;

        pl_assert(reading);
        pl_assert(value);

        va_start(arguments, format);
        pl_assert(vsnprintf(words, sizeof words, format, arguments) >= 0);
        va_end(arguments);
        pl_diag_error(reading->diag, reading->file, value->place, "%s", words);
        if (hint)
                pl_diag_hint(reading->diag, "%s", hint);
        else if (key->type->forms)
                pl_diag_hint(reading->diag, "such as %s", key->type->forms);
        return false;
}

bool pl_type_out_of_range(const struct pl_reading *reading, const struct pl_key *key,
                          const struct pl_json_value *value)
{
        char buffer[PL_TYPE_TEXT_MAX];
        struct pl_text range;

        pl_assert(key->type->range);

        pl_text_init(&range, buffer, sizeof buffer);
        key->type->range(&range, key);
        return pl_type_wrong(reading, key, value, "", "\"%s\" goes from %s", key->name, buffer);
}

bool pl_type_is(const struct pl_reading *reading, const struct pl_key *key,
                const struct pl_json_value *value, enum pl_json_type type)
{
        const char *hint = NULL;

        if (value->type == type)
                return true;
        if (value->type == PL_JSON_STRING && (type == PL_JSON_NUMBER || type == PL_JSON_BOOL))
                hint = "write it without quotes";
        return pl_type_wrong(reading, key, value, hint, "\"%s\" has to be %s, not %s", key->name,
                             key->type->noun, pl_json_type_name(value->type));
}

bool pl_type_is_string_of(const struct pl_reading *reading, const struct pl_key *key,
                          const struct pl_json_value *item, const char *noun)
{
        if (item->type == PL_JSON_STRING)
                return true;
        return pl_type_wrong(reading, key, item, NULL, "each of \"%s\" has to be %s, not %s",
                             key->name, noun, pl_json_type_name(item->type));
}

const char *pl_type_keep(const struct pl_reading *reading, const struct pl_json_value *value)
{
        const char *copy = reading->kept->data + reading->kept->length;

        pl_assert(value->type == PL_JSON_STRING);

        pl_text_add(reading->kept, value->string);
        pl_text_add_byte(reading->kept, '\0');
        pl_assert(!reading->kept->cut);
        return copy;
}

struct pl_place pl_type_place(const struct pl_json_value *value, size_t offset)
{
        struct pl_place place = value->place;
        struct pl_span text = pl_span_of(value->string);

        pl_assert(value->type == PL_JSON_STRING);

        if (offset > text.length || memchr(value->source.data, '\\', value->source.length))
                return place;
        place.column++; /* the quote */
        for (size_t i = 0; i < offset; i++)
                place.column += ((unsigned char) text.data[i] & 0xC0) != 0x80;
        place.length = 1;
        return place;
}

void pl_schema_pattern(struct pl_json_writer *writer, const char *pattern)
{
        pl_json_put_string(writer, "type", pl_span_of("string"));
        pl_json_put_string(writer, "pattern", pl_span_of(pattern));
}

static void add_digits(struct pl_text *text, size_t least, size_t most)
{
        if (most == 1 && least == 1)
                pl_text_add(text, "[0-9]");
        else if (most == least)
                pl_text_addf(text, "[0-9]{%zu}", most);
        else
                pl_text_addf(text, "[0-9]{%zu,%zu}", least, most);
}

/* Adds the longest run of numbers from `from` on that one expression can stand for, and returns the number behind it.
 * Such a run is a head that all have, one digit that runs from one value to another, and any digits behind it. */
static uint64_t add_run(struct pl_text *text, uint64_t from, uint64_t most)
{
        uint64_t block = 1, head, digit, last;
        size_t free_digits = 0;

        while (block <= most / 10 && from % (block * 10) == 0 && most - from >= block * 10 - 1) {
                block *= 10;
                free_digits++;
        }
        head = from / block / 10;
        digit = last = from / block % 10;
        while (last < 9 && most - from >= (last + 1 - digit) * block + (block - 1))
                last++;

        if (head > 0)
                pl_text_add_u64(text, head);
        if (last > digit)
                pl_text_addf(text, "[%u-%u]", (unsigned) digit, (unsigned) last);
        else
                pl_text_addf(text, "%u", (unsigned) digit);
        if (free_digits > 0)
                add_digits(text, free_digits, free_digits);
        return from + (last - digit) * block + (block - 1);
}

void pl_schema_range(struct pl_text *text, uint64_t least, uint64_t most)
{
        uint64_t power = 1, at = least, last;
        size_t digits = 0;

        pl_assert(least <= most);

        pl_text_add(text, "0*(?:");
        while (power <= most / 10) {
                power *= 10;
                digits++;
        }
        /* All that is shorter than the largest, in one go. */
        if (least == 0 && digits > 0) {
                add_digits(text, 1, digits);
                pl_text_add(text, "|");
                at = power;
        }
        while ((last = add_run(text, at, most)) < most) {
                pl_text_add(text, "|");
                at = last + 1;
        }
        pl_text_add(text, ")");
}

const struct pl_type pl_type_object = { .noun = "an object" };
const struct pl_type pl_type_objects = { .noun = "a list of objects" };
