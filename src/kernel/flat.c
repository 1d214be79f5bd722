/* SPDX-License-Identifier: Apache-2.0 */

/* memory.stat has fifty to eighty lines and is read for every workload, so this loop is worth a thought. Kernels print
 * keys in an order that hardly changes: the key behind the one found last is tried first, which hits on nearly every line
 * that is wanted and spares looking for the end of the key. On a miss the key's length sorts out nearly all others.
 */

#include "plimsoll/kernel/flat.h"

#include <stdbool.h>
#include <string.h>

#include "plimsoll/base/assert.h"
#include "plimsoll/kernel/file.h"

struct cursor {
        const char *at;
        const char *end;
};

static inline bool ends_key(char byte)
{
        return byte == ' ' || byte == ':';
}

static inline bool key_is_at(const struct cursor *cursor, const struct pl_flat_key *key)
{
        size_t left = (size_t) (cursor->end - cursor->at);

        return left > key->length && ends_key(cursor->at[key->length]) &&
               memcmp(cursor->at, key->name, key->length) == 0;
}

/* The key at the cursor: printable, and something behind it. Empty where there is none, and what follows is garbage. */
static inline struct pl_span peek_key(const struct cursor *cursor)
{
        const char *at = cursor->at;

        while (at != cursor->end && *at > ' ' && *at < 0x7F && *at != ':')
                at++;
        return pl_span(cursor->at, (size_t) (at - cursor->at));
}

/* The index of a key between two others, or the table's count. */
static inline size_t find_between(const struct pl_flat_table *table, struct pl_span key,
                                  size_t from, size_t to)
{
        for (size_t i = from; i < to; i++)
                if (table->keys[i].length == key.length &&
                    memcmp(table->keys[i].name, key.data, key.length) == 0)
                        return i;
        return table->count;
}

/* Cuts the key off. Its index in the table, or the table's count when it is none of ours. */
static inline bool cut_key(struct cursor *cursor, const struct pl_flat_table *table, size_t hint,
                           size_t *ret_index)
{
        struct pl_span key;
        size_t i = hint;

        if (hint < table->count && key_is_at(cursor, &table->keys[hint])) {
                cursor->at += table->keys[hint].length;
        } else {
                key = peek_key(cursor);
                i = find_between(table, key, hint, table->count);
                if (i == table->count)
                        i = find_between(table, key, 0, hint);
                cursor->at += key.length;
                if (pl_span_empty(key))
                        return false;
        }

        *ret_index = i;
        return true;
}

static inline bool take(struct cursor *cursor, char byte)
{
        if (cursor->at == cursor->end || *cursor->at != byte)
                return false;
        cursor->at++;
        return true;
}

static inline bool cut_number(struct cursor *cursor, uint64_t *ret_value)
{
        const char *first = cursor->at;
        uint64_t value = 0;

        for (; cursor->at < cursor->end && pl_is_digit(*cursor->at); cursor->at++)
                if (__builtin_mul_overflow(value, 10, &value) ||
                    __builtin_add_overflow(value, (uint64_t) (*cursor->at - '0'), &value))
                        return false;

        *ret_value = value;
        return cursor->at > first;
}

/* Behind the key: an optional colon, blanks, the number, an optional " kB", the newline. */
static inline bool cut_value(struct cursor *cursor, uint64_t *ret_value)
{
        (void) take(cursor, ':');
        if (!take(cursor, ' '))
                return false;
        while (take(cursor, ' '))
                ;
        if (!cut_number(cursor, ret_value))
                return false;
        if (take(cursor, '\n'))
                return true;
        return take(cursor, ' ') && take(cursor, 'k') && take(cursor, 'B') && take(cursor, '\n') &&
               !__builtin_mul_overflow(*ret_value, 1024, ret_value);
}

static int parse_lines(struct pl_span text, const struct pl_flat_table *table,
                       uint64_t values[PL_FLAT_KEYS_MAX], uint64_t *ret_have)
{
        struct cursor cursor = { text.data, text.data + text.length };
        uint64_t have = 0, value;
        size_t next = 0;

        while (cursor.at < cursor.end) {
                size_t i;

                if (!cut_key(&cursor, table, next, &i) || !cut_value(&cursor, &value))
                        return PL_FILE_E_MALFORMED;
                if (i == table->count)
                        continue;
                if (have & UINT64_C(1) << i)
                        return PL_FILE_E_MALFORMED;

                have |= UINT64_C(1) << i;
                values[i] = value;
                next = i + 1;
        }

        *ret_have = have;
        return 0;
}

int pl_flat_parse(struct pl_span text, const struct pl_flat_table *table, void *ret_values,
                  uint64_t *ret_have)
{
        uint64_t values[PL_FLAT_KEYS_MAX] = {}, have;
        int r;

        pl_assert(table && table->count <= PL_FLAT_KEYS_MAX);
        pl_assert(ret_values);
        pl_assert(ret_have);

        r = parse_lines(text, table, values, &have);
        if (r != 0)
                return r;
        if ((have & table->required) != table->required)
                return PL_FILE_E_MALFORMED;

        for (size_t i = 0; i < table->count; i++)
                memcpy((char *) ret_values + table->keys[i].offset, &values[i], sizeof values[i]);
        *ret_have = have;
        return 0;
}
