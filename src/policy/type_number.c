/* SPDX-License-Identifier: Apache-2.0 */

#include "plimsoll/base/assert.h"
#include "type.h"

static bool read_bool(const struct pl_reading *reading, const struct pl_key *key,
                      const struct pl_json_value *value, void *field)
{
        if (!pl_type_is(reading, key, value, PL_JSON_BOOL))
                return false;
        *(bool *) field = value->boolean;
        return true;
}

static void print_bool(struct pl_json_writer *writer, const struct pl_key *key, const void *field)
{
        (void) key;
        pl_json_bool(writer, *(const bool *) field);
}

static void schema_bool(struct pl_json_writer *writer, const struct pl_key *key)
{
        (void) key;
        pl_json_put_string(writer, "type", pl_span_of("boolean"));
}

const struct pl_type pl_type_bool = {
        .noun = "true or false",
        .read = read_bool,
        .print = print_bool,
        .schema = schema_bool,
};

static void add_range(struct pl_text *text, const struct pl_key *key)
{
        pl_text_addf(text, "%lld to %lld", (long long) key->least, (long long) key->most);
}

static bool read_integer(const struct pl_reading *reading, const struct pl_key *key,
                         const struct pl_json_value *value, void *field)
{
        int64_t number;
        int r;

        if (!pl_type_is(reading, key, value, PL_JSON_NUMBER))
                return false;
        r = pl_json_to_i64(value, &number);
        if (r == PL_JSON_E_FRACTION)
                return pl_type_wrong(reading, key, value, "leave out the fraction",
                                     "\"%s\" has to be a whole number", key->name);
        if (r != 0 || number < key->least || number > key->most)
                return pl_type_out_of_range(reading, key, value);
        *(int32_t *) field = (int32_t) number;
        return true;
}

static void print_integer(struct pl_json_writer *writer, const struct pl_key *key,
                          const void *field)
{
        (void) key;
        pl_json_i64(writer, *(const int32_t *) field);
}

static void schema_integer(struct pl_json_writer *writer, const struct pl_key *key)
{
        pl_json_put_string(writer, "type", pl_span_of("integer"));
        pl_json_put_i64(writer, "minimum", key->least);
        pl_json_put_i64(writer, "maximum", key->most);
}

const struct pl_type pl_type_integer = {
        .noun = "a whole number",
        .read = read_integer,
        .print = print_integer,
        .range = add_range,
        .schema = schema_integer,
};

static bool read_id(const struct pl_reading *reading, const struct pl_key *key,
                    const struct pl_json_value *value, void *field)
{
        uint64_t number;

        if (!pl_type_is(reading, key, value, PL_JSON_NUMBER))
                return false;
        if (pl_json_to_u64(value, &number) != 0 || number == 0)
                return pl_type_wrong(reading, key, value, "`stat -c %i` of its directory prints it",
                                     "\"%s\" has to be the inode of a cgroup", key->name);
        *(uint64_t *) field = number;
        return true;
}

static void print_id(struct pl_json_writer *writer, const struct pl_key *key, const void *field)
{
        (void) key;
        pl_json_u64(writer, *(const uint64_t *) field);
}

static void schema_id(struct pl_json_writer *writer, const struct pl_key *key)
{
        (void) key;
        pl_json_put_string(writer, "type", pl_span_of("integer"));
        pl_json_put_u64(writer, "minimum", 1);
        pl_json_put_u64(writer, "maximum", UINT64_MAX);
}

const struct pl_type pl_type_id = {
        .noun = "a whole number",
        .read = read_id,
        .print = print_id,
        .schema = schema_id,
};
