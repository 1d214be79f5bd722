/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* pages - a file of somebody's database, read here and there while its owner may be writing to it.
 *
 * Whoever opened it gives the function; this room opens nothing. Numbers in it are hostile: each offset and length is held
 * against the bounds of its reader, and a walk has an end whatever the file says.
 */

#include <stddef.h>
#include <stdint.h>

enum {
        PL_PAGES_E_ABSENT = 1, /* no such entry, or no such table */
        PL_PAGES_E_MALFORMED,  /* not such a file, or one that leads nowhere */
        PL_PAGES_E_TOO_BIG,    /* larger than the buffer */
        PL_PAGES_E_CHANGED, /* somebody wrote to it meanwhile: what was read may be of two times */
};

struct pl_pages {
        /* Exactly so many bytes from there on: 0, −errno, or MALFORMED where the file ends before. */
        int (*read)(void *from, uint64_t offset, void *to, size_t length);
        void *from;
};

struct pl_page_bytes {
        size_t size; /* of the buffer */
        size_t length;
        char *data;
};
