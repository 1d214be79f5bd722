/* SPDX-License-Identifier: Apache-2.0 */

/* The kernel keeps a floor for each process, below which only CAP_SYS_RESOURCE lowers it, and a write by whoever has that
 * capability in effect moves the floor to what is written (__set_oom_adj() of 5.10 to 7.2). A daemon that raised with it
 * would thereby forbid the payload to lower itself again. So it is out of effect whenever something is raised, and where
 * that cannot be brought about nothing is.
 *
 * What was raised in this way can be lowered again without it, down to the floor, and that leaves the floor where it was.
 * So lowering, too, is tried without, and only when it is refused is the capability brought into effect: then for the rest
 * of the step, as the processes of a workload mostly have the same floor. Where it is not to be had the refusal stands.
 */

#include <linux/capability.h>

#include "adjust_internal.h"
#include "plimsoll/base/assert.h"
#include "plimsoll/kernel/capability.h"
#include "plimsoll/kernel/process.h"

static int go_without(struct pl_adjust_power *power)
{
        bool was;
        int r;

        if (power->is_settled && !power->is_in_effect)
                return 0;
        r = pl_capability_lower(CAP_SYS_RESOURCE, &was);
        if (r == 0)
                *power = (struct pl_adjust_power){ .is_settled = true };
        return r;
}

static int lower(struct pl_adjust_power *power, int dir_fd, int32_t wanted)
{
        int r = PL_FILE_E_DENIED;

        if (!power->is_in_effect) {
                r = go_without(power);
                if (r == 0)
                        r = pl_process_write_oom_score_adj(dir_fd, wanted);
                if (r != PL_FILE_E_DENIED || pl_capability_raise(CAP_SYS_RESOURCE) != 0)
                        return r;
                power->is_in_effect = true;
        }
        return pl_process_write_oom_score_adj(dir_fd, wanted);
}

int pl_adjust_write(struct pl_adjust_power *power, int dir_fd, int32_t actual, int32_t wanted)
{
        int r;

        pl_assert(power);
        pl_assert(dir_fd >= 0);
        pl_assert(actual != wanted);

        if (wanted < actual)
                return lower(power, dir_fd, wanted);
        r = go_without(power);
        return r != 0 ? r : pl_process_write_oom_score_adj(dir_fd, wanted);
}

int pl_adjust_end_power(struct pl_adjust_power *power)
{
        pl_assert(power);

        return power->is_in_effect ? go_without(power) : 0;
}
