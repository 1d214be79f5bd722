/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* sqlite - what its files share: pages and their cells, and the records in them (_record). Internal to identity. */

#include <stdbool.h>

#include "plimsoll/identity/sqlite.h"

enum {
        PL_SQLITE_INTERIOR_INDEX = 2,
        PL_SQLITE_INTERIOR_TABLE = 5,
        PL_SQLITE_LEAF_INDEX = 10,
        PL_SQLITE_LEAF_TABLE = 13,
        /* Bytes of a text that others are compared with. */
        PL_SQLITE_KEY_MAX = 256,
};

struct pl_sqlite {
        const struct pl_pages *pages;
        uint32_t page_bytes, usable_bytes, changes;
};

struct pl_sqlite_page {
        uint64_t at;    /* of the page: what its offsets count from */
        uint64_t cells; /* where the list of its cells is */
        uint32_t count, right;
        uint8_t type;
};

/* A cell, and the record in it. */
struct pl_sqlite_cell {
        uint32_t left;
        uint64_t row, length; /* of the record; 0: it has none */
        uint64_t at;          /* of its first byte */
        uint64_t local;       /* bytes of it that are here */
};

int pl_sqlite_read_header(const struct pl_pages *pages, struct pl_sqlite *ret_tree);
int pl_sqlite_read_page(const struct pl_sqlite *tree, uint32_t number,
                        struct pl_sqlite_page *ret_page);
/* An index below page->count: asserted. */
int pl_sqlite_read_cell(const struct pl_sqlite *tree, const struct pl_sqlite_page *page,
                        uint32_t index, struct pl_sqlite_cell *ret_cell);

/* A column of a record that is a whole number. */
int pl_sqlite_read_integer(const struct pl_sqlite *tree, const struct pl_sqlite_cell *cell,
                           uint32_t index, uint64_t *ret_value);
/* Below 0 in *ret_order: the text of that column comes before this one, which has PL_SQLITE_KEY_MAX bytes at most. */
int pl_sqlite_compare(const struct pl_sqlite *tree, const struct pl_sqlite_cell *cell,
                      uint32_t index, struct pl_span key, int *ret_order);
int pl_sqlite_copy(const struct pl_sqlite *tree, const struct pl_sqlite_cell *cell, uint32_t index,
                   struct pl_page_bytes *value);
