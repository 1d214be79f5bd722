/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* nearest - what was meant by a word that is not known: a verb, an option, a key of a policy.
 *
 * Never allocates. Pure.
 */

#include <stddef.h>

enum {
        /* Bytes of a candidate, with the NUL: every verb, option and key of a policy fits. */
        PL_NEAREST_MAX = 48,
};

/* The candidate that `word` is most likely a slip of: it begins with it, or few letters differ; the first of those that
 * are equally near, NULL when none is near. Candidates are asserted to be shorter than PL_NEAREST_MAX; a longer word is
 * near to none. */
const char *pl_nearest(const char *word, const char *const *candidates, size_t count);
