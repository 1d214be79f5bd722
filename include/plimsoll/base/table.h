/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* table - 64-bit keys to 32-bit values, in constant time: cgroup ids to indices of a pool.
 *
 * Memory is allocated at init, and where more room is asked for; at most `capacity` keys, in twice as many slots or more. A key
 * touches a page of its own as a rule, so a table of a size for the most there can be is dear for few. Key 0 is never a key: no cgroup has
 * that id, and it marks an empty slot. Removal closes the gap, so there are no tombstones and lookups do not slow with
 * age. Keys are mixed with a seed, because whoever makes cgroups has a say in their ids.
 */

#include <stddef.h>
#include <stdint.h>

enum {
        PL_TABLE_E_FULL = 1,
        PL_TABLE_E_ABSENT,
        PL_TABLE_E_EXISTS,
};

struct pl_table_slot {
        uint64_t key;
        uint32_t value;
};

struct pl_table {
        struct pl_table_slot *slots; /* owned */
        uint32_t mask;               /* number of slots − 1 */
        uint32_t capacity;
        uint32_t count;
        uint64_t seed;
};

/* 0 or −ENOMEM. */
int pl_table_init(struct pl_table *table, uint32_t capacity, uint64_t seed);
void pl_table_done(struct pl_table *table); /* safe on a zeroed or already finished table */

/* Makes room for as many, by another table in place of this one. 0, also where there is room already; or −ENOMEM, and all is as it
 * was. */
int pl_table_reserve(struct pl_table *table, uint32_t capacity);

int pl_table_add(struct pl_table *table, uint64_t key, uint32_t value);
int pl_table_find(const struct pl_table *table, uint64_t key, uint32_t *ret_value);
int pl_table_remove(struct pl_table *table, uint64_t key);
