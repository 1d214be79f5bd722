/* SPDX-License-Identifier: Apache-2.0 */

#include "plimsoll/model/limits.h"

#include "plimsoll/base/assert.h"

static const char *const files[PL_LIMIT_COUNT] = {
        [PL_LIMIT_MIN] = "memory.min",
        [PL_LIMIT_LOW] = "memory.low",
        [PL_LIMIT_HIGH] = "memory.high",
        [PL_LIMIT_MAX] = "memory.max",
        [PL_LIMIT_SWAP_HIGH] = "memory.swap.high",
        [PL_LIMIT_SWAP_MAX] = "memory.swap.max",
        [PL_LIMIT_ZSWAP_MAX] = "memory.zswap.max",
        [PL_LIMIT_ZSWAP_WRITEBACK] = "memory.zswap.writeback",
        [PL_LIMIT_OOM_GROUP] = "memory.oom.group",
};

const char *pl_limit_file(enum pl_limit limit)
{
        pl_assert(limit < PL_LIMIT_COUNT);
        pl_assert(files[limit]);

        return files[limit];
}

bool pl_limit_is_switch(enum pl_limit limit)
{
        pl_assert(limit < PL_LIMIT_COUNT);

        return limit == PL_LIMIT_ZSWAP_WRITEBACK || limit == PL_LIMIT_OOM_GROUP;
}
