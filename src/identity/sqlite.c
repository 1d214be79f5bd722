/* SPDX-License-Identifier: Apache-2.0 */

/* What https://www.sqlite.org/fileformat2.html says. The file is pages of trees; a tree has rows in its leaves under numbers, or
 * is an index, whose cells are records of their own in every page: the columns, and then the number of the row. The tree that
 * begins on page 1 has a row for each table and index, with its name and the page where it begins. A primary key that is
 * a text has an index that SQLite makes by itself. Numbers have their highest byte first; those called varints have seven
 * bits in each byte.
 *
 * A record that does not fit into its page goes on in a chain of others.
 *
 * Its owner writes to pages in use, the first page first, which counts its changes. So what was read is of one time if the
 * counter is the same behind it, unless the writing was under way before: then what was read is old, makes no sense, or is
 * found to be a mixture by whoever reads the text. He has to come again anyway when the file has changed.
 */

#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"
#include "plimsoll/base/text.h"
#include "sqlite_internal.h"

enum {
        /* A tree of pages with two cells each, of as many pages as there can be. */
        DEPTH_MAX = 32,
        /* podman has some twenty tables, and an index or two of each. */
        SCHEMA_ROWS_MAX = 256,
        /* Columns of the table of tables. */
        SCHEMA_NAME = 1,
        SCHEMA_ROOT = 3,
};

/* ---- trees ---- */

/* Where to go on from a page: what is sought by number, or by text where `key` has one. */
struct sought {
        struct pl_span key;
        uint64_t row;
};

static int order_of(const struct pl_sqlite *tree, const struct pl_sqlite_cell *cell,
                    const struct sought *sought, int *ret_order)
{
        if (!pl_span_empty(sought->key))
                return pl_sqlite_compare(tree, cell, 0, sought->key, ret_order);
        *ret_order = (cell->row > sought->row) - (cell->row < sought->row);
        return 0;
}

/* The first cell of a page that is not before it; page->count when all are. */
static int lower_bound(const struct pl_sqlite *tree, const struct pl_sqlite_page *page,
                       const struct sought *sought, uint32_t *ret_index,
                       struct pl_sqlite_cell *ret_cell, bool *ret_is_it)
{
        uint32_t first = 0, end = page->count;

        *ret_is_it = false;
        while (first < end) {
                uint32_t middle = first + (end - first) / 2;
                struct pl_sqlite_cell cell;
                int order, r;

                r = pl_sqlite_read_cell(tree, page, middle, &cell);
                if (r == 0)
                        r = order_of(tree, &cell, sought, &order);
                if (r != 0)
                        return r;
                if (order < 0) {
                        first = middle + 1;
                        continue;
                }
                end = middle;
                *ret_cell = cell;
                *ret_is_it = order == 0;
        }
        *ret_index = first;
        return 0;
}

static int find(const struct pl_sqlite *tree, uint32_t root, const struct sought *sought,
                struct pl_sqlite_cell *ret_cell)
{
        uint32_t number = root;

        for (int depth = 0; depth < DEPTH_MAX; depth++) {
                struct pl_sqlite_page page;
                uint32_t index;
                bool is_it;
                int r;

                r = pl_sqlite_read_page(tree, number, &page);
                if (r != 0)
                        return r;
                if (pl_span_empty(sought->key) !=
                    (page.type == PL_SQLITE_INTERIOR_TABLE || page.type == PL_SQLITE_LEAF_TABLE))
                        return PL_PAGES_E_MALFORMED;
                r = lower_bound(tree, &page, sought, &index, ret_cell, &is_it);
                if (r != 0)
                        return r;
                /* Rows are in the leaves alone; records of an index are everywhere. */
                if (is_it && page.type != PL_SQLITE_INTERIOR_TABLE)
                        return 0;
                if (page.type == PL_SQLITE_LEAF_TABLE || page.type == PL_SQLITE_LEAF_INDEX)
                        return PL_PAGES_E_ABSENT;
                number = index < page.count ? ret_cell->left : page.right;
        }
        return PL_PAGES_E_MALFORMED;
}

/* The page where a table or an index begins. Its row is sought by its number, one after the other. */
static int find_root(const struct pl_sqlite *tree, struct pl_span name, uint32_t *ret_root)
{
        for (uint64_t row = 1; row <= SCHEMA_ROWS_MAX; row++) {
                struct pl_sqlite_cell cell = {};
                uint64_t root = 0;
                int order = -1;
                int r = find(tree, 1, &(struct sought){ .row = row }, &cell);

                if (r == PL_PAGES_E_ABSENT)
                        continue;
                if (r == 0)
                        r = pl_sqlite_compare(tree, &cell, SCHEMA_NAME, name, &order);
                if (r == 0 && order == 0)
                        r = pl_sqlite_read_integer(tree, &cell, SCHEMA_ROOT, &root);
                if (r != 0)
                        return r;
                if (order != 0)
                        continue;
                *ret_root = (uint32_t) root;
                return root > 0 && root <= UINT32_MAX ? 0 : PL_PAGES_E_MALFORMED;
        }
        return PL_PAGES_E_ABSENT;
}

static int go(const struct pl_sqlite *tree, const struct pl_sqlite_place *place,
              struct pl_page_bytes *value)
{
        char name[PL_SQLITE_KEY_MAX];
        struct pl_text index;
        struct pl_sqlite_cell cell = {};
        struct sought row = {};
        uint32_t root;
        int r;

        pl_text_init(&index, name, sizeof name);
        pl_text_add(&index, "sqlite_autoindex_");
        pl_text_add_span(&index, place->table);
        pl_text_add(&index, "_1");
        pl_assert(!index.cut);

        r = find_root(tree, pl_text_span(&index), &root);
        if (r == 0)
                r = find(tree, root, &(struct sought){ .key = place->key }, &cell);
        if (r == 0)
                r = pl_sqlite_read_integer(tree, &cell, 1, &row.row);
        if (r == 0)
                r = find_root(tree, place->table, &root);
        if (r == 0)
                r = find(tree, root, &row, &cell);
        return r == 0 ? pl_sqlite_copy(tree, &cell, place->column, value) : r;
}

int pl_sqlite_find(const struct pl_pages *pages, const struct pl_sqlite_place *place,
                   struct pl_page_bytes *value)
{
        struct pl_sqlite tree, after;
        int r, found;

        pl_assert(pages && value);
        pl_assert(!pl_span_empty(place->key) && !pl_span_empty(place->table));
        pl_assert(place->key.length <= PL_SQLITE_KEY_MAX);

        r = pl_sqlite_read_header(pages, &tree);
        if (r != 0)
                return r;
        found = go(&tree, place, value);
        r = pl_sqlite_read_header(pages, &after);
        if (r != 0)
                return r;
        return after.changes == tree.changes ? found : PL_PAGES_E_CHANGED;
}
