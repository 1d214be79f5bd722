/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* files - the sorted list of what was added, and the names that outlive it. Within the room.
 *
 * A name that was kept lives until pl_files_done(), also when the file it belongs to was replaced, because a diag may point
 * to it.
 */

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "plimsoll/base/span.h"
#include "plimsoll/policy/load.h"

enum {
        /* A bound is reached, and the diag says so: go no further. Behind those of load.h, which stand beside it. */
        PL_FILES_E_FULL = PL_POLICY_E_DENIED + 1,

        /* Bytes of an origin: the kernel takes no longer path (PATH_MAX, with its NUL). */
        PL_ORIGIN_MAX = 4095,
};

/* What every step of adding is given. */
struct pl_adding {
        struct pl_policy_files *files;
        const struct pl_load_options *options;
        struct pl_diag *diag;
        uid_t caller; /* geteuid(), asked once */
};

/* Keeps a copy of first and second in one. 0 or -ENOMEM. */
int pl_files_keep(struct pl_policy_files *files, struct pl_span first, struct pl_span second,
                  const char **ret_name);

/* True when the directory was not given to it before: so that it is warned of once. Only so many are remembered, as there
 * may be, in a sound system, directories that are not: a few. */
bool pl_files_is_new_directory(struct pl_policy_files *files, const struct stat *status);

/* Why an origin cannot be one, or NULL when it can. */
const char *pl_origin_mistake(struct pl_span origin);

/* The part behind the last slash. */
const char *pl_origin_name(const char *origin);

/* The file of that name, or NULL. */
const struct pl_policy_file *pl_files_find(const struct pl_policy_files *files, const char *name);

/* Adds a file, or puts it in the place of the one with its name, whose text is released. Its origin is one that was kept.
 * Takes its text whatever the outcome: 0, PL_FILES_E_FULL or -ENOMEM. */
int pl_files_put(struct pl_policy_files *files, struct pl_policy_file file, struct pl_diag *diag);

/* For a file that a person named, before it is put: a note when it will replace one. */
void pl_files_note_replaced(const struct pl_policy_files *files, const char *origin,
                            struct pl_diag *diag);
