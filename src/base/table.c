/* SPDX-License-Identifier: Apache-2.0 */

/* Open addressing with linear probing and removal by shifting back (Knuth, volume 3, 6.4, algorithm R). At half full a
 * lookup that fails touches 2.5 slots on average.
 */

#include "plimsoll/base/table.h"

#include <errno.h>
#include <stdlib.h>

#include "plimsoll/base/assert.h"

/* Half of 2^31 slots is as far as the doubling below may go. */
enum { CAPACITY_MAX = 1 << 30 };

int pl_table_init(struct pl_table *table, uint32_t capacity, uint64_t seed)
{
        uint32_t slots = 2;

        pl_assert(table);
        pl_assert(capacity > 0 && capacity <= CAPACITY_MAX);

        while (slots < 2 * capacity)
                slots *= 2;
        *table = (struct pl_table){ .mask = slots - 1, .capacity = capacity, .seed = seed };
        table->slots = calloc(slots, sizeof *table->slots);
        return table->slots ? 0 : -ENOMEM;
}

void pl_table_done(struct pl_table *table)
{
        pl_assert(table);

        free(table->slots);
        *table = (struct pl_table){};
}

/* The finaliser of MurmurHash3: every bit of the key reaches every bit of the slot's number. */
static uint32_t home(const struct pl_table *table, uint64_t key)
{
        key ^= table->seed;
        key = (key ^ (key >> 33)) * UINT64_C(0xFF51AFD7ED558CCD);
        key = (key ^ (key >> 33)) * UINT64_C(0xC4CEB9FE1A85EC53);
        return (uint32_t) (key ^ (key >> 33)) & table->mask;
}

/* The slot that holds the key, or the empty one where it would go. Ends, because half of the slots are empty. */
static uint32_t probe(const struct pl_table *table, uint64_t key)
{
        uint32_t i = home(table, key);

        pl_assert(table->slots);
        pl_assert(key != 0);

        while (table->slots[i].key != 0 && table->slots[i].key != key)
                i = (i + 1) & table->mask;
        return i;
}

int pl_table_add(struct pl_table *table, uint64_t key, uint32_t value)
{
        uint32_t i;

        pl_assert(table);

        i = probe(table, key);
        if (table->slots[i].key == key)
                return PL_TABLE_E_EXISTS;
        if (table->count == table->capacity)
                return PL_TABLE_E_FULL;

        table->slots[i] = (struct pl_table_slot){ key, value };
        table->count++;
        return 0;
}

int pl_table_find(const struct pl_table *table, uint64_t key, uint32_t *ret_value)
{
        uint32_t i;

        pl_assert(table);
        pl_assert(ret_value);

        i = probe(table, key);
        if (table->slots[i].key != key)
                return PL_TABLE_E_ABSENT;

        *ret_value = table->slots[i].value;
        return 0;
}

/* Whether `home` lies in the cyclic interval (gap, at]: then the entry at `at` is already as near as it can be. */
static int stays(uint32_t gap, uint32_t home_slot, uint32_t at)
{
        return gap <= at ? gap < home_slot && home_slot <= at : gap < home_slot || home_slot <= at;
}

int pl_table_reserve(struct pl_table *table, uint32_t capacity)
{
        struct pl_table larger;
        uint32_t wanted;
        int r;

        pl_assert(table);

        if (capacity <= table->capacity)
                return 0;
        /* So that who asks for one more each time is not given a new table each time. */
        wanted = table->capacity > CAPACITY_MAX / 2 ? CAPACITY_MAX : table->capacity * 2;
        r = pl_table_init(&larger, capacity > wanted ? capacity : wanted, table->seed);
        if (r != 0)
                return r;
        for (uint32_t i = 0; i <= table->mask; i++)
                if (table->slots[i].key != 0)
                        pl_assert(pl_table_add(&larger, table->slots[i].key,
                                               table->slots[i].value) == 0);
        pl_table_done(table);
        *table = larger;
        return 0;
}

int pl_table_remove(struct pl_table *table, uint64_t key)
{
        uint32_t gap, at;

        pl_assert(table);

        gap = probe(table, key);
        if (table->slots[gap].key != key)
                return PL_TABLE_E_ABSENT;

        for (at = (gap + 1) & table->mask; table->slots[at].key != 0; at = (at + 1) & table->mask)
                if (!stays(gap, home(table, table->slots[at].key), at)) {
                        table->slots[gap] = table->slots[at];
                        gap = at;
                }
        table->slots[gap] = (struct pl_table_slot){};
        table->count--;
        return 0;
}
