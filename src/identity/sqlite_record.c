/* SPDX-License-Identifier: Apache-2.0 */

/* A page has a list of where its cells are. A record begins with how long its head is and a number for each column, which says what
 * it is and how long; then come the columns. What of it does not stand in its page goes on in a chain of others, of which
 * each begins with the number of the next.
 */

#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"
#include "sqlite_internal.h"

enum {
        FILE_HEADER_BYTES = 100,
        VARINT_BYTES_MAX = 9,
        /* A left child and two varints. */
        CELL_BYTES_MAX = 4 + 2 * VARINT_BYTES_MAX,
        UTF8 = 1,
        /* Below 480 bytes of a page SQLite makes no database. */
        USABLE_BYTES_MIN = 480,
        /* Columns that a record is looked through for. */
        COLUMNS_MAX = 16,
        /* Pages that a record goes on in: half a mebibyte in the smallest that there are. */
        CHAIN_MAX = 1024,
};

struct column {
        uint64_t offset, length; /* within the record */
        uint64_t type;
};

static uint32_t big_endian(const unsigned char *bytes, size_t length)
{
        uint32_t value = 0;

        for (size_t i = 0; i < length; i++)
                value = value << 8 | bytes[i];
        return value;
}

static int read_bytes(const struct pl_sqlite *tree, uint64_t at, void *to, size_t length)
{
        return tree->pages->read(tree->pages->from, at, to, length);
}

static int read_number(const struct pl_sqlite *tree, uint64_t at, size_t length,
                       uint32_t *ret_value)
{
        unsigned char bytes[sizeof(uint32_t)];
        int r = read_bytes(tree, at, bytes, length);

        if (r == 0)
                *ret_value = big_endian(bytes, length);
        return r;
}

/* Its length, or 0 where it goes on behind the end. */
static size_t parse_varint(const unsigned char *bytes, size_t length, uint64_t *ret_value)
{
        uint64_t value = 0;

        for (size_t i = 0; i < length && i < VARINT_BYTES_MAX; i++) {
                if (i + 1 == VARINT_BYTES_MAX) {
                        *ret_value = value << 8 | bytes[i];
                        return i + 1;
                }
                value = value << 7 | (bytes[i] & 0x7F);
                if (!(bytes[i] & 0x80)) {
                        *ret_value = value;
                        return i + 1;
                }
        }
        return 0;
}

/* ---- the file ---- */

int pl_sqlite_read_header(const struct pl_pages *pages, struct pl_sqlite *ret_tree)
{
        static const char magic[16] = "SQLite format 3";
        unsigned char header[FILE_HEADER_BYTES];
        uint32_t page_bytes;
        int r = pages->read(pages->from, 0, header, sizeof header);

        if (r != 0)
                return r;
        page_bytes = big_endian(header + 16, 2);
        if (page_bytes == 1)
                page_bytes = 65536;
        if (memcmp(header, magic, sizeof magic) != 0 || page_bytes < 512 ||
            (page_bytes & (page_bytes - 1)) != 0 || page_bytes - header[20] < USABLE_BYTES_MIN ||
            big_endian(header + 56, 4) != UTF8)
                return PL_PAGES_E_MALFORMED;
        *ret_tree = (struct pl_sqlite){ pages, page_bytes, page_bytes - header[20],
                                        big_endian(header + 24, 4) };
        return 0;
}

int pl_sqlite_read_page(const struct pl_sqlite *tree, uint32_t number,
                        struct pl_sqlite_page *ret_page)
{
        uint64_t at, header;
        unsigned char bytes[12] = {};
        bool is_leaf;
        int r;

        if (number == 0)
                return PL_PAGES_E_MALFORMED;
        at = (uint64_t) (number - 1) * tree->page_bytes;
        header = at + (number == 1 ? FILE_HEADER_BYTES : 0);
        r = read_bytes(tree, header, bytes, sizeof bytes);
        if (r != 0)
                return r;
        is_leaf = bytes[0] == PL_SQLITE_LEAF_INDEX || bytes[0] == PL_SQLITE_LEAF_TABLE;
        if (!is_leaf && bytes[0] != PL_SQLITE_INTERIOR_INDEX &&
            bytes[0] != PL_SQLITE_INTERIOR_TABLE)
                return PL_PAGES_E_MALFORMED;
        *ret_page = (struct pl_sqlite_page){ .at = at,
                                             .cells = header + (is_leaf ? 8 : 12),
                                             .count = big_endian(bytes + 3, 2),
                                             .right = is_leaf ? 0 : big_endian(bytes + 8, 4),
                                             .type = bytes[0] };
        return 0;
}

/* How much of a record stands in its page, by the rules of the format. */
static uint64_t local_bytes(const struct pl_sqlite *tree, uint8_t type, uint64_t length)
{
        uint64_t usable = tree->usable_bytes;
        uint64_t most = type == PL_SQLITE_LEAF_TABLE ? usable - 35 : (usable - 12) * 64 / 255 - 23;
        uint64_t least = (usable - 12) * 32 / 255 - 23;
        uint64_t some;

        if (length <= most)
                return length;
        some = least + (length - least) % (usable - 4);
        return some <= most ? some : least;
}

static int parse_cell(const struct pl_sqlite *tree, uint8_t type, uint64_t at,
                      const unsigned char *bytes, size_t size, struct pl_sqlite_cell *ret_cell)
{
        struct pl_sqlite_cell cell = {};
        size_t offset = 0, length = 1;

        if (type == PL_SQLITE_INTERIOR_INDEX || type == PL_SQLITE_INTERIOR_TABLE) {
                cell.left = big_endian(bytes, 4);
                offset = 4;
        }
        if (type != PL_SQLITE_INTERIOR_TABLE) {
                length = parse_varint(bytes + offset, size - offset, &cell.length);
                offset += length;
        }
        if (length > 0 && (type == PL_SQLITE_LEAF_TABLE || type == PL_SQLITE_INTERIOR_TABLE)) {
                length = parse_varint(bytes + offset, size - offset, &cell.row);
                offset += length;
        }
        if (length == 0 || cell.length > INT32_MAX)
                return PL_PAGES_E_MALFORMED;
        cell.at = at + offset;
        cell.local = local_bytes(tree, type, cell.length);
        *ret_cell = cell;
        return 0;
}

int pl_sqlite_read_cell(const struct pl_sqlite *tree, const struct pl_sqlite_page *page,
                        uint32_t index, struct pl_sqlite_cell *ret_cell)
{
        unsigned char bytes[CELL_BYTES_MAX] = {};
        uint32_t offset;
        size_t size;
        int r;

        pl_assert(index < page->count);

        r = read_number(tree, page->cells + 2 * (uint64_t) index, 2, &offset);
        if (r != 0)
                return r;
        if (offset + 4 > tree->page_bytes)
                return PL_PAGES_E_MALFORMED;
        /* A cell at the end of the last page has nothing behind it. */
        size = PL_MIN(sizeof bytes, (size_t) (tree->page_bytes - offset));
        r = read_bytes(tree, page->at + offset, bytes, size);
        return r == 0 ? parse_cell(tree, page->type, page->at + offset, bytes, size, ret_cell) : r;
}

/* ---- records ---- */

/* Bytes of a record, wherever they are. */
static int read_record(const struct pl_sqlite *tree, const struct pl_sqlite_cell *cell,
                       uint64_t offset, char *to, size_t length)
{
        uint64_t at = cell->at, here = cell->local, next_at = cell->at + cell->local;
        uint64_t passed = 0;
        int r = 0;

        if (length > cell->length || offset > cell->length - length)
                return PL_PAGES_E_MALFORMED;
        for (int links = 0; length > 0 && links < CHAIN_MAX; links++) {
                uint32_t next;

                if (offset < passed + here) {
                        size_t part = PL_MIN(length, (size_t) (passed + here - offset));

                        r = read_bytes(tree, at + (offset - passed), to, part);
                        to += part;
                        offset += part;
                        length -= part;
                }
                if (r != 0 || length == 0)
                        return r;
                r = read_number(tree, next_at, 4, &next);
                if (r != 0)
                        return r;
                if (next == 0)
                        return PL_PAGES_E_MALFORMED;
                passed += here;
                next_at = (uint64_t) (next - 1) * tree->page_bytes;
                at = next_at + 4;
                here = tree->usable_bytes - 4;
        }
        return length == 0 ? 0 : PL_PAGES_E_MALFORMED;
}

/* Of a column, from what stands for its type. */
static uint64_t column_bytes(uint64_t type)
{
        static const uint8_t lengths[] = { 0, 1, 2, 3, 4, 6, 8, 8, 0, 0, 0, 0 };

        return type < PL_ARRAY_LENGTH(lengths) ? lengths[type] : (type - 12) / 2;
}

static bool is_text(const struct column *column)
{
        return column->type >= 13 && column->type % 2 == 1;
}

/* Where it is within its record. */
static int find_column(const struct pl_sqlite *tree, const struct pl_sqlite_cell *cell,
                       uint32_t index, struct column *ret_column)
{
        unsigned char header[COLUMNS_MAX * VARINT_BYTES_MAX];
        size_t size = PL_MIN(sizeof header, (size_t) cell->length), at;
        uint64_t end, offset;
        int r = read_record(tree, cell, 0, (char *) header, size);

        if (r != 0)
                return r;
        at = parse_varint(header, size, &end);
        if (at == 0 || end < at || end > cell->length)
                return PL_PAGES_E_MALFORMED;
        offset = end;
        size = PL_MIN(size, (size_t) end);
        for (uint32_t i = 0;; i++) {
                uint64_t type;
                size_t length = parse_varint(header + at, size - at, &type);

                if (length == 0 || type > INT32_MAX)
                        return PL_PAGES_E_MALFORMED;
                if (i == index) {
                        *ret_column = (struct column){ offset, column_bytes(type), type };
                        return 0;
                }
                offset += column_bytes(type);
                at += length;
        }
}

/* Of the last column, or wherever it is. */
int pl_sqlite_read_integer(const struct pl_sqlite *tree, const struct pl_sqlite_cell *cell,
                           uint32_t index, uint64_t *ret_value)
{
        unsigned char bytes[8];
        struct column column;
        int r = find_column(tree, cell, index, &column);

        if (r != 0)
                return r;
        if (column.type == 8 || column.type == 9) {
                *ret_value = column.type - 8;
                return 0;
        }
        if (column.type == 0 || column.type > 6)
                return PL_PAGES_E_MALFORMED;
        r = read_record(tree, cell, column.offset, (char *) bytes, column.length);
        if (r != 0)
                return r;
        *ret_value = 0;
        for (size_t i = 0; i < column.length; i++)
                *ret_value = *ret_value << 8 | bytes[i];
        return 0;
}

/* Below 0 in *ret_order: the text of the record comes before this one. Bytes are compared. */
int pl_sqlite_compare(const struct pl_sqlite *tree, const struct pl_sqlite_cell *cell,
                      uint32_t index, struct pl_span key, int *ret_order)
{
        char bytes[PL_SQLITE_KEY_MAX];
        struct column column;
        size_t length;
        int r = find_column(tree, cell, index, &column);

        pl_assert(key.length <= sizeof bytes);

        if (r != 0)
                return r;
        if (!is_text(&column))
                return PL_PAGES_E_MALFORMED;
        length = PL_MIN((size_t) column.length, key.length);
        r = read_record(tree, cell, column.offset, bytes, length);
        if (r != 0)
                return r;
        *ret_order = length > 0 ? memcmp(bytes, key.data, length) : 0;
        if (*ret_order == 0)
                *ret_order = (column.length > key.length) - (column.length < key.length);
        return 0;
}

int pl_sqlite_copy(const struct pl_sqlite *tree, const struct pl_sqlite_cell *cell, uint32_t index,
                   struct pl_page_bytes *value)
{
        struct column column;
        int r = find_column(tree, cell, index, &column);

        if (r != 0)
                return r;
        if (!is_text(&column))
                return PL_PAGES_E_MALFORMED;
        if (column.length > value->size)
                return PL_PAGES_E_TOO_BIG;
        value->length = column.length;
        return read_record(tree, cell, column.offset, value->data, value->length);
}
