/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* sqlite - one column of one row out of an SQLite database, in which podman from 5 on keeps what it knows.
 *
 * Takes no lock, allocates nothing, and reads some tens of small pieces of the file.
 */

#include "plimsoll/base/span.h"
#include "plimsoll/identity/pages.h"

/* Of a table whose first column is a text and its primary key. */
struct pl_sqlite_place {
        struct pl_span table;
        struct pl_span key;
        uint32_t column; /* from 0 */
};

/* Copies a text. One of PL_PAGES_E_…; below 0, −errno of reading. */
int pl_sqlite_find(const struct pl_pages *pages, const struct pl_sqlite_place *place,
                   struct pl_page_bytes *value);
