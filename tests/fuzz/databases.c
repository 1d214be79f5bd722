/* SPDX-License-Identifier: Apache-2.0 */

/* A file that is taken for a database of either kind. Every reading of it comes to an end, within the file and the buffer. */

#include "plimsoll/base/assert.h"
#include "plimsoll/identity/bolt.h"
#include "plimsoll/identity/sqlite.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
        /* Some hundred for each level of the deepest tree, and a chain of pages for each of them. */
        READINGS_MAX = 16 * 1024 * 1024,
};

static struct pl_span file;
static uint64_t readings;

static int read_piece(void *from, uint64_t offset, void *to, size_t length)
{
        (void) from;
        pl_assert(readings++ < READINGS_MAX);
        if (offset > file.length || length > file.length - offset)
                return PL_PAGES_E_MALFORMED;
        memcpy(to, file.data + offset, length);
        return 0;
}

static void check(int r, const struct pl_page_bytes *value)
{
        pl_assert(r >= 0 && r <= PL_PAGES_E_CHANGED);
        pl_assert(value->length <= value->size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        static const struct pl_pages pages = { read_piece, NULL };
        const struct pl_bolt_way way = { 2, { pl_span_of("ctr"), pl_span_of("g") } };
        const struct pl_sqlite_place place = {
                pl_span_of("ContainerConfig"),
                pl_span_of("5feceb66ffc86f38d952786c6d696c79c2dbc239dd4e91b46729d73a27fb57e9"), 3
        };
        char bytes[4096];
        struct pl_page_bytes value = { .size = sizeof bytes, .data = bytes };

        file = pl_span((const char *) data, size);
        readings = 0;
        check(pl_bolt_find(&pages, &way, &value), &value);
        value.length = 0;
        check(pl_bolt_find_pairs(&pages, &(struct pl_bolt_way){ 1, { pl_span_of("small") } },
                                 &value),
              &value);
        value.length = 0;
        check(pl_sqlite_find(&pages, &place, &value), &value);
        return 0;
}
