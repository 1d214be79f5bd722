/* SPDX-License-Identifier: Apache-2.0 */

#include <string.h>

#include "plimsoll/base/assert.h"
#include "plimsoll/base/nearest.h"
#include "type.h"

static size_t count_words(const struct pl_key *key)
{
        size_t count = 0;

        while (key->words[count])
                count++;
        return count;
}

/* "reclaim, throttle or kill" */
static void add_words(struct pl_text *text, const struct pl_key *key)
{
        size_t count = count_words(key);

        for (size_t i = 0; i < count; i++)
                pl_text_addf(text, "%s%s",
                             i == 0          ? ""
                             : i + 1 < count ? ", "
                                             : " or ",
                             key->words[i]);
}

/* "TERM" for "SIGTERM", "monday" for "mon". */
static const char *nearest_word(const struct pl_key *key, const char *string)
{
        struct pl_span span = pl_span_of(string);
        const char *nearest = pl_nearest(string, key->words, count_words(key));

        for (size_t i = 0; !nearest && span.length > 1 && key->words[i]; i++)
                if (pl_span_starts_with(span, key->words[i]) ||
                    pl_span_ends_with(pl_span_of(key->words[i]), string))
                        nearest = key->words[i];
        return nearest;
}

static bool unknown_word(const struct pl_reading *reading, const struct pl_key *key,
                         const struct pl_json_value *value)
{
        const char *nearest = nearest_word(key, value->string);
        char buffer[PL_DIAG_WORDS_MAX];
        struct pl_text words;

        pl_text_init(&words, buffer, sizeof buffer);
        if (nearest)
                pl_text_addf(&words, "did you mean \"%s\"?", nearest);
        else
                add_words(&words, key);
        return pl_type_wrong(reading, key, value, buffer, "\"%s\" knows no \"%s\"", key->name,
                             value->string);
}

static bool find_word(const struct pl_reading *reading, const struct pl_key *key,
                      const struct pl_json_value *value, unsigned *ret_index)
{
        if (value->type != PL_JSON_STRING)
                return pl_type_is(reading, key, value, PL_JSON_STRING);
        for (unsigned i = 0; key->words[i]; i++)
                if (strcmp(value->string, key->words[i]) == 0) {
                        *ret_index = i;
                        return true;
                }
        return unknown_word(reading, key, value);
}

static bool read_word(const struct pl_reading *reading, const struct pl_key *key,
                      const struct pl_json_value *value, void *field)
{
        return find_word(reading, key, value, field);
}

static void print_word(struct pl_json_writer *writer, const struct pl_key *key, const void *field)
{
        pl_json_string(writer, pl_span_of(key->words[*(const unsigned *) field]));
}

static void schema_word(struct pl_json_writer *writer, const struct pl_key *key)
{
        pl_json_key(writer, "enum");
        pl_json_array_begin(writer);
        for (size_t i = 0; key->words[i]; i++)
                pl_json_string(writer, pl_span_of(key->words[i]));
        pl_json_array_end(writer);
}

const struct pl_type pl_type_word = {
        .noun = "a word",
        .read = read_word,
        .print = print_word,
        .schema = schema_word,
};

/* Sorted in: the vocabulary has the only order that these words have. */
static bool add_word(const struct pl_reading *reading, const struct pl_key *key,
                     const struct pl_json_value *value, struct pl_words *words)
{
        unsigned index = 0;
        size_t at = words->count;

        if (!pl_type_is_string_of(reading, key, value, "a word") ||
            !find_word(reading, key, value, &index))
                return false;
        for (size_t i = 0; i < words->count; i++)
                if (words->items[i] == index)
                        return pl_type_wrong(reading, key, value, "name it once",
                                             "\"%s\" stands twice", value->string);
        pl_assert(words->count < PL_WORDS_MAX);
        for (words->count++; at > 0 && words->items[at - 1] > index; at--)
                words->items[at] = words->items[at - 1];
        words->items[at] = index;
        return true;
}

static bool read_words(const struct pl_reading *reading, const struct pl_key *key,
                       const struct pl_json_value *value, void *field)
{
        const struct pl_json_value *item;
        struct pl_words words = {};
        bool is_well = true;

        if (!pl_type_is(reading, key, value, PL_JSON_ARRAY))
                return false;
        if (value->count == 0)
                return pl_type_wrong(reading, key, value, "", "\"%s\" is empty", key->name);
        /* What follows a wrong word is judged without it. */
        for (item = value->child; item; item = item->next)
                is_well &= add_word(reading, key, item, &words);
        if (is_well)
                *(struct pl_words *) field = words;
        return is_well;
}

static void print_words(struct pl_json_writer *writer, const struct pl_key *key, const void *field)
{
        const struct pl_words *words = field;

        pl_json_array_begin(writer);
        for (size_t i = 0; i < words->count; i++)
                pl_json_string(writer, pl_span_of(key->words[words->items[i]]));
        pl_json_array_end(writer);
}

static void schema_words(struct pl_json_writer *writer, const struct pl_key *key)
{
        pl_json_put_string(writer, "type", pl_span_of("array"));
        pl_json_put_u64(writer, "minItems", 1);
        pl_json_put_bool(writer, "uniqueItems", true);
        pl_json_key(writer, "items");
        pl_json_object_begin(writer);
        schema_word(writer, key);
        pl_json_object_end(writer);
}

const struct pl_type pl_type_words = {
        .noun = "a list of words",
        .read = read_words,
        .print = print_words,
        .schema = schema_words,
};
