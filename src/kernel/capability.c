/* SPDX-License-Identifier: Apache-2.0 */

#include "plimsoll/kernel/capability.h"

#include <errno.h>
#include <linux/capability.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "plimsoll/base/assert.h"

struct sets {
        struct __user_cap_header_struct header;
        struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];
};

/* pid 0 is the calling thread. */
static int get(struct sets *sets)
{
        *sets = (struct sets){ .header = { .version = _LINUX_CAPABILITY_VERSION_3 } };
        return syscall(SYS_capget, &sets->header, sets->data) < 0 ? -errno : 0;
}

static int set_effective(int capability, bool effective)
{
        uint32_t bit = UINT32_C(1) << capability % 32;
        struct sets sets;
        int r;

        pl_assert(capability >= 0 && capability <= CAP_LAST_CAP);

        r = get(&sets);
        if (r < 0)
                return r;
        if (effective)
                sets.data[capability / 32].effective |= bit;
        else
                sets.data[capability / 32].effective &= ~bit;
        return syscall(SYS_capset, &sets.header, sets.data) < 0 ? -errno : 0;
}

int pl_capability_has(int capability, bool *ret_has)
{
        struct sets sets;
        int r;

        pl_assert(capability >= 0 && capability <= CAP_LAST_CAP);
        pl_assert(ret_has);

        r = get(&sets);
        if (r < 0)
                return r;

        *ret_has = sets.data[capability / 32].effective & UINT32_C(1) << capability % 32;
        return 0;
}

int pl_capability_lower(int capability, bool *ret_was)
{
        bool was;
        int r;

        pl_assert(ret_was);

        r = pl_capability_has(capability, &was);
        if (r == 0 && was)
                r = set_effective(capability, false);
        if (r < 0)
                return r;

        *ret_was = was;
        return 0;
}

int pl_capability_raise(int capability)
{
        pl_assert(capability >= 0 && capability <= CAP_LAST_CAP);

        return set_effective(capability, true);
}
