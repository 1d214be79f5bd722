/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* bolt - one value out of a bbolt database, in which podman up to 4 and containerd keep what they know.
 *
 * Takes no lock, allocates nothing, and reads some ten small pieces of the file for each key of the way.
 */

#include "plimsoll/base/span.h"
#include "plimsoll/identity/pages.h"

enum {
        /* Buckets on the way and the key in the last of them: containerd's labels are five deep. */
        PL_BOLT_WAY_MAX = 8,
        /* Bytes of a key: a label's, and no more than JSON may have. */
        PL_BOLT_KEY_MAX = 1024,
};

struct pl_bolt_way {
        size_t count;
        struct pl_span keys[PL_BOLT_WAY_MAX];
};

/* Copies the value. One of PL_PAGES_E_…; below 0, −errno of reading. */
int pl_bolt_find(const struct pl_pages *pages, const struct pl_bolt_way *way,
                 struct pl_page_bytes *value);

/* Adds all pairs of a small bucket, which the way ends at, as texts: each key and each value with a NUL behind it. One with a NUL
 * in it is left out. TOO_BIG where they do not fit, or are more than a page has. */
int pl_bolt_find_pairs(const struct pl_pages *pages, const struct pl_bolt_way *way,
                       struct pl_page_bytes *pairs);
