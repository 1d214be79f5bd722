/* SPDX-License-Identifier: Apache-2.0 */

#include <string.h>

#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"
#include "plimsoll/policy/glob.h"
#include "type.h"

/* What the schema sees of a class is where it ends; how it is made inside is the reader's. */
#define CLASS_OF_NAME "\\[(?:![^\\u0000]|[^!^])[^\\]]*\\]"
#define CLASS_OF_PATH "\\[(?:![^/]|[^!^/])[^\\]/]*\\]"
#define NAME          "(?:[^\\[]|" CLASS_OF_NAME ")"
#define PART_OF_PATH  "(?:\\*\\*|\\*|\\*?(?:(?:[^*/\\[]|" CLASS_OF_PATH ")\\*?)+)"
#define PATH          "^(?:/|\\*\\*|(?:\\*\\*)?(?:/" PART_OF_PATH ")+)$"
#define PAIR          "^[^=\\u0000-\\u001f\\u007f]{1,255}(?:=" NAME "{1,255})?$"

enum { KEY_MAX = 255 /* as long as the name of an extended attribute (XATTR_NAME_MAX) */ };

static const struct {
        const char *message, *hint;
} mistakes[] = {
        [PL_GLOB_E_EMPTY] = { "an empty pattern matches nothing", "write * for anything" },
        [PL_GLOB_E_TOO_LONG] = { "a pattern has at most 255 bytes", "use * for a part of it" },
        [PL_GLOB_E_NOT_UTF8] = { "this is not UTF-8", "save the file as UTF-8" },
        [PL_GLOB_E_RELATIVE] = { "a path begins with / or **",
                                 "**/ before it stands for any depth" },
        [PL_GLOB_E_EMPTY_PART] = { "a path has a name behind each /", "leave out this /" },
        [PL_GLOB_E_STARS] = { "** stands alone between slashes",
                              "write * for a run of characters" },
        [PL_GLOB_E_OPEN_CLASS] = { "this [ is never closed", "write [[] for a bracket itself" },
        [PL_GLOB_E_EMPTY_CLASS] = { "these brackets hold nothing",
                                    "write []] for a bracket itself" },
        [PL_GLOB_E_BACKWARD_RANGE] = { "this range goes backward",
                                       "write the smaller first: [a-z]" },
        [PL_GLOB_E_UNCLEAR_CLASS] = { "this means something else elsewhere",
                                      "[!a-z] is none of a to z; put - first or last, and no [ "
                                      "inside" },
};

/* `offset` is where in the value's string the pattern begins. */
static bool pattern_is_well(const struct pl_reading *reading, const struct pl_key *key,
                            const struct pl_json_value *value, size_t offset,
                            enum pl_glob_kind kind)
{
        struct pl_json_value part = *value;
        size_t wrong = 0;
        int r = pl_glob_check(pl_span_of(value->string + offset), kind, &wrong);

        if (r == 0)
                return true;
        pl_assert((size_t) r < PL_ARRAY_LENGTH(mistakes) && mistakes[r].message);
        part.place = pl_type_place(value, offset + wrong);
        return pl_type_wrong(reading, key, &part, mistakes[r].hint, "%s", mistakes[r].message);
}

static bool read_pattern(const struct pl_reading *reading, const struct pl_key *key,
                         const struct pl_json_value *value, void *field, enum pl_glob_kind kind)
{
        if (!pl_type_is(reading, key, value, PL_JSON_STRING) ||
            !pattern_is_well(reading, key, value, 0, kind))
                return false;
        *(const char **) field = pl_type_keep(reading, value);
        return true;
}

static bool read_glob(const struct pl_reading *reading, const struct pl_key *key,
                      const struct pl_json_value *value, void *field)
{
        return read_pattern(reading, key, value, field, PL_GLOB_NAME);
}

static bool read_path(const struct pl_reading *reading, const struct pl_key *key,
                      const struct pl_json_value *value, void *field)
{
        return read_pattern(reading, key, value, field, PL_GLOB_PATH);
}

static void print_pattern(struct pl_json_writer *writer, const struct pl_key *key,
                          const void *field)
{
        (void) key;
        pl_json_string(writer, pl_span_of(*(const char *const *) field));
}

static void schema_glob(struct pl_json_writer *writer, const struct pl_key *key)
{
        (void) key;
        pl_schema_pattern(writer, "^" NAME "+$");
        pl_json_put_u64(writer, "maxLength", PL_GLOB_MAX);
}

static void schema_path(struct pl_json_writer *writer, const struct pl_key *key)
{
        (void) key;
        pl_schema_pattern(writer, PATH);
        pl_json_put_u64(writer, "maxLength", PL_GLOB_MAX);
}

const struct pl_type pl_type_glob = {
        .noun = "a pattern",
        .forms = "\"web-*\", \"db-[0-9]\"",
        .read = read_glob,
        .print = print_pattern,
        .schema = schema_glob,
};

const struct pl_type pl_type_path = {
        .noun = "a pattern of paths",
        .forms = "\"/system.slice/nginx.service\", \"**/payload-*\"",
        .read = read_path,
        .print = print_pattern,
        .schema = schema_path,
};

/* ---- KEY and KEY=PATTERN ---- */

static bool key_is_well(const char *string, size_t length)
{
        if (length == 0 || length > KEY_MAX)
                return false;
        for (size_t i = 0; i < length; i++)
                if ((unsigned char) string[i] < 0x20 || string[i] == 0x7F)
                        return false;
        return true;
}

static bool add_pair(const struct pl_reading *reading, const struct pl_key *key,
                     const struct pl_json_value *value, struct pl_strings *strings)
{
        const char *equals;

        if (!pl_type_is(reading, key, value, PL_JSON_STRING))
                return false;
        equals = strchrnul(value->string, '=');
        if (!key_is_well(value->string, (size_t) (equals - value->string)))
                return pl_type_wrong(reading, key, value, NULL, "\"%s\" begins with no key",
                                     value->string);
        if (*equals && !pattern_is_well(reading, key, value, (size_t) (equals + 1 - value->string),
                                        PL_GLOB_NAME))
                return false;
        strings->items[strings->count++] = pl_type_keep(reading, value);
        return true;
}

static bool read_pairs(const struct pl_reading *reading, const struct pl_key *key,
                       const struct pl_json_value *value, void *field)
{
        struct pl_strings strings = {};
        bool is_well = true;

        if (value->type == PL_JSON_STRING) {
                is_well = add_pair(reading, key, value, &strings);
        } else if (!pl_type_is(reading, key, value, PL_JSON_ARRAY)) {
                return false;
        } else if (value->count < key->least || value->count > key->most) {
                return pl_type_wrong(reading, key, value, "", "\"%s\" takes a list of 1 to %d",
                                     key->name, PL_STRINGS_MAX);
        }
        for (const struct pl_json_value *item = value->child; item; item = item->next)
                is_well &= pl_type_is_string_of(reading, key, item, "a text") &&
                           add_pair(reading, key, item, &strings);
        if (is_well)
                *(struct pl_strings *) field = strings;
        return is_well;
}

static void print_pairs(struct pl_json_writer *writer, const struct pl_key *key, const void *field)
{
        const struct pl_strings *strings = field;

        (void) key;
        if (strings->count == 1) {
                pl_json_string(writer, pl_span_of(strings->items[0]));
                return;
        }
        pl_json_array_begin(writer);
        for (size_t i = 0; i < strings->count; i++)
                pl_json_string(writer, pl_span_of(strings->items[i]));
        pl_json_array_end(writer);
}

static void put_pair(struct pl_json_writer *writer)
{
        pl_json_object_begin(writer);
        pl_schema_pattern(writer, PAIR);
        pl_json_object_end(writer);
}

static void schema_pairs(struct pl_json_writer *writer, const struct pl_key *key)
{
        pl_json_key(writer, "anyOf");
        pl_json_array_begin(writer);
        put_pair(writer);
        pl_json_object_begin(writer);
        pl_json_put_string(writer, "type", pl_span_of("array"));
        pl_json_put_i64(writer, "minItems", key->least);
        pl_json_put_i64(writer, "maxItems", key->most);
        pl_json_key(writer, "items");
        put_pair(writer);
        pl_json_object_end(writer);
        pl_json_array_end(writer);
}

const struct pl_type pl_type_pairs = {
        .noun = "a text or a list of them",
        .forms = "\"plimsoll.profile=batch\", \"com.example.tier=front*\"",
        .read = read_pairs,
        .print = print_pairs,
        .schema = schema_pairs,
};
