/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* settings - three of the host's own, below /proc/sys/vm: set, and put back.
 *
 * What was there is noted first, in a log of originals of its own. Each is looked at again after it was written. Borrows
 * the originals, which it writes to, and the fd of /proc. Does not block, but min_free_kbytes, for which the kernel works
 * out its watermarks anew. Linux 2.6.
 */

#include <stdint.h>

#include "plimsoll/host/originals.h"
#include "plimsoll/kernel/file.h"

/* Also their numbers in the log: never another one for the same. */
enum pl_setting {
        PL_SETTING_SWAPPINESS,
        PL_SETTING_WATERMARK_SCALE_FACTOR,
        PL_SETTING_MIN_FREE_KBYTES,
        PL_SETTINGS,
};

/* Outcomes beyond those of kernel/file.h. */
enum {
        PL_SETTING_E_OTHER = 500, /* somebody else has changed it since, and that stays */
        PL_SETTING_E_UNNOTED,     /* what was there could not be noted: nothing was written */
        PL_SETTING_E_IGNORED,     /* written, and yet something else is read */
        PL_SETTING_E_NOT_OURS,    /* nothing of it is noted */
};

struct pl_setting_change {
        int64_t before; /* what was there before us */
        int64_t found;  /* what was there at this call */
};

const char *pl_setting_name(enum pl_setting setting); /* "vm.swappiness" */

int pl_setting_read(int proc_fd, enum pl_setting setting, struct pl_file_buffer *buffer,
                    int64_t *ret_value);

/* Nothing is written where it has the value already and nobody noted it: then it is not ours. 0, or an outcome. */
int pl_setting_apply(struct pl_originals *originals, int proc_fd, enum pl_setting setting,
                     int64_t value, struct pl_file_buffer *buffer,
                     struct pl_setting_change *ret_change);

/* 0: it is as it was, and forgotten. OTHER: forgotten as well. On anything else it is still noted. */
int pl_setting_restore(struct pl_originals *originals, int proc_fd, enum pl_setting setting,
                       struct pl_file_buffer *buffer, struct pl_setting_change *ret_change);
