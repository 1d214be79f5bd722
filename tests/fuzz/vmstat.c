/* SPDX-License-Identifier: Apache-2.0 */

/* A reading is whole, with the counters that every kernel has, or it is refused and nothing is touched. */

#include <string.h>

#include "plimsoll/base/assert.h"
#include "plimsoll/kernel/vmstat.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct pl_vmstat vmstat, untouched;
        int r;

        memset(&vmstat, 0xA5, sizeof vmstat);
        memset(&untouched, 0xA5, sizeof untouched);
        r = pl_vmstat_parse(pl_span((const char *) data, size), &vmstat);
        if (r != 0) {
                pl_assert(r == PL_FILE_E_MALFORMED);
                pl_assert(memcmp(&vmstat, &untouched, sizeof vmstat) == 0);
                return 0;
        }

        pl_assert(data[size - 1] == '\n');
        pl_assert(vmstat.have < UINT64_C(1) << PL_VMSTAT_KEYS_);
        pl_assert(pl_vmstat_has(&vmstat, PL_VMSTAT_ALLOCSTALL));
        pl_assert(pl_vmstat_has(&vmstat, PL_VMSTAT_OOM_KILL));
        pl_assert(pl_vmstat_has(&vmstat, PL_VMSTAT_REFAULT) || vmstat.refault_pages == 0);
        return 0;
}
