/* SPDX-License-Identifier: Apache-2.0 */

/* memory.stat has fifty to eighty lines and is read for every workload, so this loop is worth a thought. Kernels print
 * keys in an order that hardly changes: the key behind the one found last is compared first, which hits on nearly every
 * line and spares looking for the end of the key. A miss goes round the table once.
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

static inline bool key_is_at(const struct cursor *cursor, const struct pl_flat_key *key)
{
        size_t left = (size_t) (cursor->end - cursor->at);

        return left > key->length &&
               (cursor->at[key->length] == ' ' || cursor->at[key->length] == ':') &&
               memcmp(cursor->at, key->name, key->length) == 0;
}

/* The index of the key at the cursor, or the table's count when it is none of ours. */
static inline size_t find_key(const struct cursor *cursor, const struct pl_flat_table *table,
                              size_t hint)
{
        for (size_t i = hint; i < table->count; i++)
                if (key_is_at(cursor, &table->keys[i]))
                        return i;
        for (size_t i = 0; i < hint; i++)
                if (key_is_at(cursor, &table->keys[i]))
                        return i;
        return table->count;
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

/* Over a key that is not wanted. It must look like one, or what follows is garbage. */
static inline bool skip_key(struct cursor *cursor)
{
        const char *first = cursor->at;

        while (cursor->at<cursor->end && * cursor->at> ' ' && *cursor->at < 0x7F &&
               *cursor->at != ':')
                cursor->at++;
        return cursor->at > first;
}

static int parse_lines(struct pl_span text, const struct pl_flat_table *table,
                       uint64_t values[PL_FLAT_KEYS_MAX], uint64_t *ret_have)
{
        struct cursor cursor = { text.data, text.data + text.length };
        uint64_t have = 0, value;
        size_t next = 0;

        while (cursor.at < cursor.end) {
                size_t i = find_key(&cursor, table, next);

                if (i < table->count)
                        cursor.at += table->keys[i].length;
                else if (!skip_key(&cursor))
                        return PL_FILE_E_MALFORMED;
                if (!cut_value(&cursor, &value))
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
