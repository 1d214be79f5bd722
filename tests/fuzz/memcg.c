/* SPDX-License-Identifier: Apache-2.0 */

/* The first byte chooses the parser, so that one corpus covers every file of a cgroup: 's' memory.stat, 'n' numa_stat,
 * 'e' events, 'w' swap.events, 'p' pressure, 'c' controllers, 'E' cgroup.events, 'S' cgroup.stat, 't' type, 'l' a limit.
 */

#include <string.h>

#include "plimsoll/base/assert.h"
#include "plimsoll/kernel/cgroup.h"
#include "plimsoll/kernel/memcg.h"
#include "plimsoll/kernel/psi.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A result is written on success alone: what was there before must still be there after a failure. */
#define TRY(parse, type, text)                                                                     \
        do {                                                                                       \
                type result, untouched;                                                            \
                memset(&result, 0x5A, sizeof result);                                              \
                memset(&untouched, 0x5A, sizeof untouched);                                        \
                if (parse((text), &result) != 0)                                                   \
                        pl_assert(memcmp(&result, &untouched, sizeof result) == 0);                \
        } while (0)

static void parse_memory(char which, struct pl_span text)
{
        if (which == 's')
                TRY(pl_memcg_parse_stat, struct pl_memcg_stat, text);
        if (which == 'n')
                TRY(pl_memcg_parse_numa_stat, struct pl_memcg_numa_stat, text);
        if (which == 'e')
                TRY(pl_memcg_parse_events, struct pl_memcg_events, text);
        if (which == 'w')
                TRY(pl_memcg_parse_swap_events, struct pl_memcg_swap_events, text);
        if (which == 'p')
                TRY(pl_psi_parse, struct pl_psi, text);
        if (which == 'l')
                TRY(pl_file_parse_limit, uint64_t, text);
}

static void parse_cgroup(char which, struct pl_span text)
{
        if (which == 'c')
                TRY(pl_cgroup_parse_controllers, uint32_t, text);
        if (which == 'E')
                TRY(pl_cgroup_parse_events, struct pl_cgroup_events, text);
        if (which == 'S')
                TRY(pl_cgroup_parse_stat, struct pl_cgroup_stat, text);
        if (which == 't')
                TRY(pl_cgroup_parse_type, enum pl_cgroup_type, text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct pl_span text = pl_span((const char *) data, size);

        if (size == 0)
                return 0;
        parse_memory(text.data[0], pl_span_from(text, 1));
        parse_cgroup(text.data[0], pl_span_from(text, 1));
        return 0;
}
