/* SPDX-License-Identifier: Apache-2.0 */

/* A reading is whole, with what every kernel prints in it and a total that shares can be of, or it is refused and nothing is
 * touched. */

#include <string.h>

#include "plimsoll/base/assert.h"
#include "plimsoll/kernel/meminfo.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct pl_meminfo meminfo, untouched;
        int r;

        memset(&meminfo, 0xA5, sizeof meminfo);
        memset(&untouched, 0xA5, sizeof untouched);
        r = pl_meminfo_parse(pl_span((const char *) data, size), &meminfo);
        if (r != 0) {
                pl_assert(r == PL_FILE_E_MALFORMED);
                pl_assert(memcmp(&meminfo, &untouched, sizeof meminfo) == 0);
                return 0;
        }

        pl_assert(data[size - 1] == '\n');
        pl_assert(meminfo.total_bytes > 0);
        pl_assert(meminfo.have < UINT64_C(1) << PL_MEMINFO_KEYS_);
        pl_assert(pl_meminfo_has(&meminfo, PL_MEMINFO_AVAILABLE));
        pl_assert(pl_meminfo_has(&meminfo, PL_MEMINFO_ZSWAP) || meminfo.zswap_bytes == 0);
        return 0;
}
