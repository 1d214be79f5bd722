/* SPDX-License-Identifier: Apache-2.0 */

#include <string.h>

#include "plimsoll/base/assert.h"
#include "type.h"

/* No control characters: descriptions and names are shown on terminals. */
#define LINE "^[^\\u0000-\\u001f\\u007f]*$"

enum {
        UNIT_NAME_MAX = 255, /* systemd's UNIT_NAME_MAX is 256 with the NUL */
        USER_NAME_MAX = 32,  /* useradd(8) */
        ARGUMENT_MAX = 1024, /* characters: a path and then some */
};

static size_t characters(const char *string)
{
        size_t count = 0;

        for (; *string; string++)
                count += ((unsigned char) *string & 0xC0) != 0x80;
        return count;
}

static bool is_line(const char *string)
{
        for (; *string; string++)
                if ((unsigned char) *string < 0x20 || *string == 0x7F)
                        return false;
        return true;
}

static void print_text(struct pl_json_writer *writer, const struct pl_key *key, const void *field)
{
        (void) key;
        pl_json_string(writer, pl_span_of(*(const char *const *) field));
}

static bool text_is_well(const struct pl_reading *reading, const struct pl_key *key,
                         const struct pl_json_value *value, int64_t least, int64_t most)
{
        int64_t count;

        if (!pl_type_is(reading, key, value, PL_JSON_STRING))
                return false;
        count = (int64_t) characters(value->string);
        if (count < least)
                return pl_type_wrong(reading, key, value, "", "\"%s\" is empty", key->name);
        if (count > most)
                return pl_type_wrong(reading, key, value, "", "\"%s\" has at most %lld characters",
                                     key->name, (long long) most);
        if (!is_line(value->string))
                return pl_type_wrong(reading, key, value, "write it in one line",
                                     "\"%s\" holds a control character", key->name);
        return true;
}

static bool read_text(const struct pl_reading *reading, const struct pl_key *key,
                      const struct pl_json_value *value, void *field)
{
        if (!text_is_well(reading, key, value, key->least, key->most))
                return false;
        *(const char **) field = pl_type_keep(reading, value);
        return true;
}

static void schema_text(struct pl_json_writer *writer, const struct pl_key *key)
{
        pl_schema_pattern(writer, LINE);
        pl_json_put_i64(writer, "minLength", key->least);
        pl_json_put_i64(writer, "maxLength", key->most);
}

const struct pl_type pl_type_text = {
        .noun = "a text",
        .read = read_text,
        .print = print_text,
        .schema = schema_text,
};

/* ---- names: a first character, others behind it, an end, a length ---- */

#define SMALL  "abcdefghijklmnopqrstuvwxyz"
#define LARGE  "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS "0123456789"

static bool consists(const char *string, const char *first, const char *others, size_t most)
{
        size_t length = strlen(string);

        return length > 0 && length <= most && strchr(first, string[0]) &&
               strspn(string + 1, others) == length - 1;
}

static bool read_name(const struct pl_reading *reading, const struct pl_key *key,
                      const struct pl_json_value *value, void *field)
{
        if (!pl_type_is(reading, key, value, PL_JSON_STRING))
                return false;
        if (!consists(value->string, SMALL DIGITS, SMALL DIGITS "-_", PL_NAME_MAX))
                return pl_type_wrong(
                        reading, key, value,
                        "small letters, digits, - and _, at most 64, a letter or digit first",
                        "\"%s\" is no name", value->string);
        *(const char **) field = pl_type_keep(reading, value);
        return true;
}

static void schema_name(struct pl_json_writer *writer, const struct pl_key *key)
{
        (void) key;
        pl_schema_pattern(writer, "^[a-z0-9][a-z0-9_-]{0,63}$");
}

const struct pl_type pl_type_name = {
        .noun = "a name",
        .forms = "\"api\", \"web-frontend\"",
        .read = read_name,
        .print = print_text,
        .schema = schema_name,
};

static bool read_user(const struct pl_reading *reading, const struct pl_key *key,
                      const struct pl_json_value *value, void *field)
{
        if (!pl_type_is(reading, key, value, PL_JSON_STRING))
                return false;
        if (!consists(value->string, SMALL "_", SMALL DIGITS "-_", USER_NAME_MAX))
                return pl_type_wrong(reading, key, value, NULL, "\"%s\" is no name of a user",
                                     value->string);
        *(const char **) field = pl_type_keep(reading, value);
        return true;
}

static void schema_user(struct pl_json_writer *writer, const struct pl_key *key)
{
        (void) key;
        pl_schema_pattern(writer, "^[a-z_][a-z0-9_-]{0,31}$");
}

const struct pl_type pl_type_user = {
        .noun = "the name of a user",
        .forms = "\"nobody\", \"backup\"",
        .read = read_user,
        .print = print_text,
        .schema = schema_user,
};

static bool is_slice(const char *string)
{
        static const char characters_of_units[] = SMALL LARGE DIGITS ":_.\\@-";
        size_t length = strlen(string);

        return length > strlen(".slice") && length <= UNIT_NAME_MAX &&
               strcmp(string + length - strlen(".slice"), ".slice") == 0 &&
               strspn(string, characters_of_units) == length;
}

static bool read_slice(const struct pl_reading *reading, const struct pl_key *key,
                       const struct pl_json_value *value, void *field)
{
        if (!pl_type_is(reading, key, value, PL_JSON_STRING))
                return false;
        if (!is_slice(value->string))
                return pl_type_wrong(reading, key, value, NULL, "\"%s\" is no name of a slice",
                                     value->string);
        *(const char **) field = pl_type_keep(reading, value);
        return true;
}

static void schema_slice(struct pl_json_writer *writer, const struct pl_key *key)
{
        (void) key;
        pl_schema_pattern(writer, "^[A-Za-z0-9:_.\\\\@-]{1,249}\\.slice$");
}

const struct pl_type pl_type_slice = {
        .noun = "the name of a slice",
        .forms = "\"plimsoll-batch.slice\"",
        .read = read_slice,
        .print = print_text,
        .schema = schema_slice,
};

/* ---- commands ---- */

static bool read_command(const struct pl_reading *reading, const struct pl_key *key,
                         const struct pl_json_value *value, void *field)
{
        struct pl_strings strings = {};
        bool is_well = true;

        if (!pl_type_is(reading, key, value, PL_JSON_ARRAY))
                return false;
        if (value->count == 0 || value->count > PL_STRINGS_MAX)
                return pl_type_wrong(reading, key, value, "put more than that into a script",
                                     "\"%s\" has 1 to %d parts", key->name, PL_STRINGS_MAX);
        for (const struct pl_json_value *item = value->child; item; item = item->next) {
                if (pl_type_is_string_of(reading, key, item, "a text") &&
                    text_is_well(reading, key, item, 0, ARGUMENT_MAX))
                        strings.items[strings.count++] = pl_type_keep(reading, item);
                else
                        is_well = false;
        }
        pl_assert(!is_well || strings.items[0]);
        if (is_well && strings.items[0][0] != '/')
                return pl_type_wrong(reading, key, value->child, "begin it with a slash",
                                     "a program is named by its whole path");
        if (is_well)
                *(struct pl_strings *) field = strings;
        return is_well;
}

static void print_strings(struct pl_json_writer *writer, const struct pl_key *key,
                          const void *field)
{
        const struct pl_strings *strings = field;

        (void) key;
        pl_json_array_begin(writer);
        for (size_t i = 0; i < strings->count; i++)
                pl_json_string(writer, pl_span_of(strings->items[i]));
        pl_json_array_end(writer);
}

static void put_argument(struct pl_json_writer *writer, const char *pattern)
{
        pl_json_object_begin(writer);
        pl_schema_pattern(writer, pattern);
        pl_json_put_u64(writer, "maxLength", ARGUMENT_MAX);
        pl_json_object_end(writer);
}

static void schema_command(struct pl_json_writer *writer, const struct pl_key *key)
{
        (void) key;
        pl_json_put_string(writer, "type", pl_span_of("array"));
        pl_json_put_u64(writer, "minItems", 1);
        pl_json_put_u64(writer, "maxItems", PL_STRINGS_MAX);
        pl_json_key(writer, "items");
        pl_json_array_begin(writer);
        put_argument(writer, "^/[^\\u0000-\\u001f\\u007f]*$");
        pl_json_array_end(writer);
        pl_json_key(writer, "additionalItems");
        put_argument(writer, LINE);
}

const struct pl_type pl_type_command = {
        .noun = "a list of texts",
        .forms = "[\"/usr/local/bin/heap-dump\", \"--all\"]",
        .read = read_command,
        .print = print_strings,
        .schema = schema_command,
};
