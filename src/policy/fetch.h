/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* fetch - one policy file by its name in an open directory: followed if it is a link, judged, and read. Within the room.
 */

#include "files.h"

enum {
        PL_FETCH_E_MASK = 1, /* a link to /dev/null */
        PL_FETCH_E_GONE,     /* there is nothing of that name; not in the diag */
        PL_FETCH_E_REFUSED,  /* it was not read, and the diag says why */
        PL_FETCH_E_DENIED,   /* the same, for want of permission */
};

struct pl_fetch {
        const struct pl_adding *adding;
        int dir_fd;
        const char *name;   /* in the directory, without a slash */
        const char *origin; /* for the diag; kept */
};

/* 0 when it was read: *ret_text is the caller's to free then. Below 0 a negative errno. */
int pl_fetch(const struct pl_fetch *fetch, char **ret_text, size_t *ret_length);

/* What an open that failed with this errno means: one of the above, or -errno. */
int pl_fetch_refuse_opening(const struct pl_fetch *fetch, int error);

/* Whether the last part of a path ends in ".json", with something before that. */
bool pl_is_policy_name(struct pl_span path);
