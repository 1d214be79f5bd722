/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* policies - the policy in force, and how another one takes its place while the daemon runs.
 *
 * A new set is read and judged whole beside the old one; if anything is wrong with it the old one stays. Owns the policy and
 * an inotify instance. Reading allocates and blocks as the disk does.
 */

#include <stdbool.h>
#include <stdint.h>

#include "plimsoll/base/sha256.h"
#include "plimsoll/policy/load.h"
#include "plimsoll/policy/resolve.h"

enum {
        PL_POLICIES_E_SAME = 1, /* what was read is what is in force already */
        PL_POLICIES_E_REFUSED,  /* the diag says why; what was in force stays so */
};

enum {
        /* The system has three; more are for tests. */
        PL_POLICIES_DIRECTORIES_MAX = 8,
};

struct pl_policies {
        const char *const
                *directories; /* borrowed; from the lowest, ends with NULL; each may be absent */
        int inotify_fd;       /* −1: there is none, and nobody is told of a change */
        bool is_unwatched;    /* some directory could not be watched */
        bool is_indirect;     /* a link leads out of what is watched */
        uint64_t fingerprint; /* of the files, as of the last reload */

        struct pl_policy *in_force;      /* NULL: none was ever fit */
        uint8_t digest[PL_SHA256_BYTES]; /* of that */
        uint8_t refused_digest
                [PL_SHA256_BYTES]; /* of the last one that was refused; zeros: it could not be read */
        /* What diag points into, besides what is in force; until the next reload. */
        struct pl_policy_files files;
        struct pl_policy
                *left_out;   /* the policy that was read and did not come into force, or NULL */
        struct pl_diag diag; /* of the last reload; empty where that ended in a negative errno */
};

/* The struct must stay where it is. Without inotify it works nevertheless, by pl_policies_reload() alone. */
void pl_policies_init(struct pl_policies *policies, const char *const *directories);
void pl_policies_done(struct pl_policies *policies);

/* Reads and judges all of it. 0: it is in force now. On PL_POLICIES_E_REFUSED, and on a negative errno, nothing has changed
 * but diag and refused_digest. */
int pl_policies_reload(struct pl_policies *policies, const struct pl_host_facts *host,
                       int64_t now_sec);

/* Takes up what was in force before this daemon, from what is kept of it, while there is nothing in force: for a start at which
 * the files are not fit. The diag stays that of the files. PL_POLICIES_E_REFUSED: it is not what its digest says, or not
 * fit for this host; or a negative errno. */
int pl_policies_take_up(struct pl_policies *policies, int fd, const uint8_t digest[PL_SHA256_BYTES],
                        const struct pl_host_facts *host);

/* Lets go of the diag and of what it points into, some hundred KiB that a policy in force does not need: for whoever has
 * said what there was to say. */
void pl_policies_forget(struct pl_policies *policies);

/* Readable when something has changed in a directory. */
int pl_policies_fd(const struct pl_policies *policies);

/* Whether files of which no news come, for either of the two reasons above, are not those that were read last. Looks at each
 * of them, and reads none. False where news do come. */
bool pl_policies_have_changed(struct pl_policies *policies);

/* Takes the news and watches what has come to be. True when a reload is worth it. */
bool pl_policies_notice(struct pl_policies *policies);
