/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* keep - the policy in force as JSON beside the journal, under its digest: what numbers of profiles in the journal mean, for
 * whoever reads it later. Blocks as the file system of /run does.
 */

#include "plimsoll/base/sha256.h"
#include "plimsoll/policy/load.h"

enum {
        /* The newest that are kept: the one in force, and those that a ring of steps may still speak of. */
        PL_KEEP_COUNT = 8,
        /* As many are looked at in search of what to remove. */
        PL_KEEP_LOOKED_AT = 64,
};

/* As "policy/DIGEST.json" in the directory. A negative errno: what was there is as it was. */
int pl_keep_policy(int dir_fd, const struct pl_policy *policy,
                   const uint8_t digest[PL_SHA256_BYTES]);

/* One that was kept, for reading. -ENOENT, or another errno. */
int pl_keep_open(int dir_fd, const uint8_t digest[PL_SHA256_BYTES], int *ret_fd);
