/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* flat - files of one number a line: "anon 4096", "MemTotal:  16384 kB". memory.stat, memory.events, vmstat, meminfo.
 *
 * A table names the keys that are wanted and where in a struct of uint64_t each goes. Unknown keys are passed over,
 * because every kernel adds some; their order is only a hint for speed. A wanted key that stands twice, a line that is not
 * a key and a number, or a last line without its newline (a file cut short) is malformed: a figure that was not read must
 * never look like a zero. Which keys were there is told by a bit for each. Pure, allocates nothing.
 */

#include <stddef.h>
#include <stdint.h>

#include "plimsoll/base/span.h"

enum { PL_FLAT_KEYS_MAX = 64 }; /* one bit of `have` for each */

struct pl_flat_key {
        const char *name;
        uint16_t length;
        uint16_t offset; /* of the uint64_t in the struct */
};

/* For tables: PL_FLAT_KEY(struct pl_memcg_stat, anon_bytes, "anon"). */
#define PL_FLAT_KEY(type, field, key)                                                              \
        {                                                                                          \
                .name = (key), .length = sizeof(key) - 1, .offset = offsetof(type, field)          \
        }

struct pl_flat_table {
        const struct pl_flat_key *keys; /* fastest in the order in which the kernel prints them */
        size_t count;
        uint64_t required; /* bit i: without key i the file is malformed */
};

/* Bytes behind "kB" are scaled. On success every field that the table names is written, 0 where the key was not there; on
 * anything else nothing is. */
int pl_flat_parse(struct pl_span text, const struct pl_flat_table *table, void *ret_values,
                  uint64_t *ret_have);
