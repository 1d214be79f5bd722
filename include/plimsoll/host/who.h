/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* who - who lives in a cgroup, as selectors ask for it, read where it lies: what its path says, who could have chosen that
 * path, and what root has written on it. The census asks it of those it knows; others of any path.
 *
 * Allocates nothing; some five system calls. What is found is good for the moment: a cgroup may go at any time.
 */

#include "plimsoll/host/census.h"
#include "plimsoll/host/names.h"

/* Beyond the outcomes of kernel/file.h. */
enum {
        PL_WHO_E_ABOVE =
                300, /* the path leads above the root: "/../x", as a cgroup namespace shows what is outside of it */
};

/* Fills in all but the path, which is there already and begins with a slash, from the cgroup's directory and the one in
 * which it was made; for the root that is itself. */
int pl_who_read(int cgroup_fd, int parent_fd, struct pl_census_identity *who);

/* The workload in which a path below the root lies, which may go on inside of it, and its id; a slice or the root, where it
 * ends at one. The path has slashes where it likes. ABSENT where any part of it is not there, TOO_BIG where no path is as
 * long. */
int pl_who_find(int root_fd, struct pl_span path, struct pl_census_identity *ret_who,
                uint64_t *ret_id);

/* What is to be asked of its runtime's files; false where none has written anything down. The tag and the stamp are left to the
 * asker. */
bool pl_who_question(const struct pl_identity *parts, struct pl_names_question *ret_question);

/* What a runtime has written of it takes the place of what its path alone says. The names are borrowed. */
void pl_who_dress(struct pl_census_identity *who, const struct pl_names *names);
