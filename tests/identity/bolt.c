/* SPDX-License-Identifier: Apache-2.0 */

/* Databases that are made here page by page, and then spoilt. */

#include "plimsoll/identity/bolt.h"

#include "test.h"

enum {
        PAGE = 4096,
        PAGES = 16,
        LEAF = 2,
        BRANCH = 1,
        BUCKET = 1,
        ROOT_PAGE = 3,
};

static char file[PAGES * PAGE];
static size_t file_length;
/* After so many readings somebody has written to it. */
static int readings_left;

/* ---- making ---- */

static void put_u16(size_t at, uint16_t value)
{
        memcpy(file + at, &value, sizeof value);
}

static void put_u32(size_t at, uint32_t value)
{
        memcpy(file + at, &value, sizeof value);
}

static void put_u64(size_t at, uint64_t value)
{
        memcpy(file + at, &value, sizeof value);
}

static void put_checksum(size_t at)
{
        uint64_t sum = UINT64_C(14695981039346656037);

        for (size_t i = at; i < at + 56; i++)
                sum = (sum ^ (unsigned char) file[i]) * UINT64_C(1099511628211);
        put_u64(at + 56, sum);
}

static void put_meta(uint32_t number, uint64_t root, uint64_t transaction)
{
        size_t at = number * PAGE + 16;

        put_u32(at, 0xED0CDAED);
        put_u32(at + 4, 2);
        put_u32(at + 8, PAGE);
        put_u64(at + 16, root);
        put_u64(at + 48, transaction);
        put_checksum(at);
}

struct item {
        uint32_t flags;
        const char *key;
        const char *value;
        size_t value_length; /* 0: that of the text */
        uint64_t child;
};

/* A page at any place, which need not be where pages are. Returns its length. */
static size_t put_page(size_t at, uint16_t flags, const struct item *items, uint16_t count)
{
        size_t free_at = at + 16 + count * (size_t) 16;

        put_u16(at + 8, flags);
        put_u16(at + 10, count);
        for (uint16_t i = 0; i < count; i++) {
                const struct item *item = &items[i];
                size_t element = at + 16 + i * (size_t) 16, key_length = strlen(item->key);
                size_t length = item->value ? strlen(item->value) : 0;

                if (item->value_length > 0)
                        length = item->value_length;
                if (flags == LEAF) {
                        put_u32(element, item->flags);
                        put_u32(element + 4, (uint32_t) (free_at - element));
                        put_u32(element + 8, (uint32_t) key_length);
                        put_u32(element + 12, (uint32_t) length);
                } else {
                        put_u32(element, (uint32_t) (free_at - element));
                        put_u32(element + 4, (uint32_t) key_length);
                        put_u64(element + 8, item->child);
                }
                memcpy(file + free_at, item->key, key_length);
                free_at += key_length;
                if (flags == LEAF && item->value)
                        memcpy(file + free_at, item->value, length);
                free_at += flags == LEAF ? length : 0;
        }
        return free_at - at;
}

/* "ctr" is a bucket with a page, 5, and "small" one that stands in its value; "text" is none. */
static void make(void)
{
        static const char page_5[16] = { 5 };
        static const struct item in_small[] = {
                { 0, "a", "one", 0, 0 },
                { BUCKET, "b", page_5, 16, 0 },
                { 0, "c", "", 0, 0 },
        };
        static const struct item branches[] = {
                { .key = "a", .child = 6 },
                { .key = "f", .child = 7 },
                { .key = "m", .child = 8 },
        };
        static const struct item leaves[][2] = {
                { { 0, "a", "1", 0, 0 }, { 0, "ab", "2", 0, 0 } },
                { { 0, "f", "3", 0, 0 }, { 0, "g", "4", 0, 0 } },
                { { 0, "m", "5", 0, 0 }, { 0, "zz", "6", 0, 0 } },
        };
        char small[512] = {};
        struct item root[] = { { BUCKET, "ctr", page_5, sizeof page_5, 0 },
                               { BUCKET, "small", small, 0, 0 },
                               { 0, "text", "words", 0, 0 } };

        memset(file, 0, sizeof file);
        file_length = sizeof file;
        readings_left = -1;
        /* The page in a value is made where there is room, and moved. */
        root[1].value_length = 16 + put_page(10 * PAGE, LEAF, in_small, PL_ARRAY_LENGTH(in_small));
        memcpy(small + 16, file + 10 * PAGE, root[1].value_length - 16);
        memset(file + 10 * PAGE, 0, PAGE);
        (void) put_page(ROOT_PAGE * PAGE, LEAF, root, PL_ARRAY_LENGTH(root));
        (void) put_page(5 * PAGE, BRANCH, branches, PL_ARRAY_LENGTH(branches));
        for (uint16_t i = 0; i < PL_ARRAY_LENGTH(leaves); i++)
                (void) put_page((6 + i) * (size_t) PAGE, LEAF, leaves[i], 2);
        put_meta(0, 9, 4);
        put_meta(1, ROOT_PAGE, 5);
}

/* ---- asking ---- */

static int read_piece(void *from, uint64_t offset, void *to, size_t length)
{
        (void) from;
        if (offset > file_length || length > file_length - offset)
                return PL_PAGES_E_MALFORMED;
        memcpy(to, file + offset, length);
        if (readings_left > 0 && --readings_left == 0)
                put_meta(0, ROOT_PAGE, 6);
        return 0;
}

static const struct pl_pages pages = { read_piece, NULL };
static char bytes[256];
static struct pl_page_bytes value;

static int ask(int (*find)(const struct pl_pages *, const struct pl_bolt_way *,
                           struct pl_page_bytes *),
               const char *words)
{
        struct pl_span rest = pl_span_of(words);
        struct pl_bolt_way way = {};

        while (!pl_span_empty(rest))
                way.keys[way.count++] = pl_span_until(&rest, '/');
        memset(bytes, 0, sizeof bytes);
        value = (struct pl_page_bytes){ .size = sizeof bytes - 1, .data = bytes };
        return find(&pages, &way, &value);
}

static int find(const char *words)
{
        return ask(pl_bolt_find, words);
}

/* ---- tests ---- */

static void finds(void **state)
{
        static const char *const rows[][2] = {
                { "text", "words" }, { "small/a", "one" }, { "small/c", "" }, { "small/b/g", "4" },
                { "ctr/a", "1" },    { "ctr/ab", "2" },    { "ctr/f", "3" },  { "ctr/g", "4" },
                { "ctr/m", "5" },    { "ctr/zz", "6" },
        };

        (void) state;
        make();
        for (size_t i = 0; i < PL_ARRAY_LENGTH(rows); i++) {
                assert_row(rows[i][0], find(rows[i][0]) == 0);
                assert_row(rows[i][0], strcmp(bytes, rows[i][1]) == 0);
                assert_int_equal(value.length, strlen(rows[i][1]));
        }
}

static void finds_nothing(void **state)
{
        static const char *const rows[] = { "x",     "tex",      "texts",   "ctr",     "ctr/b",
                                            "ctr/A", "ctr/zzz",  "text/a",  "small/b", "small/aa",
                                            "ctr/l", "ctr/ab/x", "small/d", "a" };

        (void) state;
        make();
        for (size_t i = 0; i < PL_ARRAY_LENGTH(rows); i++)
                assert_row(rows[i], find(rows[i]) == PL_PAGES_E_ABSENT);
}

static void a_key_that_is_too_long(void **state)
{
        static char key[PL_BOLT_KEY_MAX + 2];

        (void) state;
        make();
        memset(key, 'k', PL_BOLT_KEY_MAX);
        assert_int_equal(find(key), PL_PAGES_E_ABSENT);
        key[PL_BOLT_KEY_MAX] = 'k';
        assert_int_equal(find(key), PL_PAGES_E_ABSENT);
}

static void pairs(void **state)
{
        static const char all[] = "a\0one\0c\0\0";

        (void) state;
        make();
        assert_int_equal(ask(pl_bolt_find_pairs, "small"), 0);
        assert_int_equal(value.length, sizeof all - 1);
        assert_memory_equal(bytes, all, sizeof all - 1);
        assert_int_equal(ask(pl_bolt_find_pairs, "text"), PL_PAGES_E_ABSENT);
        assert_int_equal(ask(pl_bolt_find_pairs, "ctr"), PL_PAGES_E_TOO_BIG);
}

/* A NUL in it would make two of one. */
static void a_pair_with_a_nul(void **state)
{
        static const char page_6[16] = { 6 };
        static const struct item root = { BUCKET, "x", page_6, 16, 0 };
        static const struct item items[] = { { 0, "k", "o\0e", 3, 0 }, { 0, "l", "two", 0, 0 } };

        (void) state;
        make();
        (void) put_page(ROOT_PAGE * PAGE, LEAF, &root, 1);
        (void) put_page(6 * PAGE, LEAF, items, PL_ARRAY_LENGTH(items));
        assert_int_equal(ask(pl_bolt_find_pairs, "x"), 0);
        assert_int_equal(value.length, 6);
        assert_memory_equal(bytes, "l\0two\0", 6);
}

static void what_does_not_fit(void **state)
{
        struct pl_bolt_way way = { 1, { pl_span_of("text") } };

        (void) state;
        make();
        value = (struct pl_page_bytes){ .size = 4, .data = bytes };
        assert_int_equal(pl_bolt_find(&pages, &way, &value), PL_PAGES_E_TOO_BIG);
        value.size = 5;
        assert_int_equal(pl_bolt_find(&pages, &way, &value), 0);
        way.keys[0] = pl_span_of("small");
        value = (struct pl_page_bytes){ .size = 7, .data = bytes };
        assert_int_equal(pl_bolt_find_pairs(&pages, &way, &value), PL_PAGES_E_TOO_BIG);
}

/* The younger one, unless it is spoilt: then what was there before is there still. */
static void the_beginning(void **state)
{
        (void) state;
        make();
        put_meta(0, ROOT_PAGE, 6);
        put_meta(1, 9, 5);
        assert_int_equal(find("text"), 0);
        file[16 + 48] ^= 1;
        assert_int_equal(find("text"), PL_PAGES_E_MALFORMED); /* page 9 is none */
        put_meta(1, ROOT_PAGE, 5);
        assert_int_equal(find("text"), 0);
        file[PAGE + 16 + 56] ^= 1;
        assert_int_equal(find("text"), PL_PAGES_E_MALFORMED);
}

static void somebody_writes(void **state)
{
        (void) state;
        for (int after = 3; after < 8; after++) {
                make();
                readings_left = after;
                assert_int_equal(find("text"), PL_PAGES_E_CHANGED);
                assert_int_equal(find("text"), 0);
        }
}

/* A tree that bites its tail has an end. */
static void in_circles(void **state)
{
        static const struct item itself = { .key = "a", .child = 5 };

        (void) state;
        make();
        (void) put_page(5 * PAGE, BRANCH, &itself, 1);
        assert_int_equal(find("ctr/b"), PL_PAGES_E_MALFORMED);
}

static void leads_nowhere(void **state)
{
        static const struct item far = { .key = "a", .child = UINT64_MAX };

        (void) state;
        make();
        (void) put_page(5 * PAGE, BRANCH, &far, 1);
        assert_int_equal(find("ctr/b"), PL_PAGES_E_MALFORMED);
        make();
        put_meta(1, UINT64_MAX / 2, 5);
        assert_int_equal(find("text"), PL_PAGES_E_MALFORMED);
}

/* Cut anywhere, and with any byte of it spoilt, it is answered. */
static void cut_and_spoilt(void **state)
{
        (void) state;
        for (size_t length = 0; length < 9 * PAGE; length += 97) {
                make();
                file_length = length;
                (void) find("ctr/g");
                (void) ask(pl_bolt_find_pairs, "small");
        }
        for (size_t at = 2 * PAGE; at < 9 * PAGE; at += 3) {
                make();
                file[at] ^= 0x55;
                (void) find("ctr/g");
                (void) ask(pl_bolt_find_pairs, "small");
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(finds),
                cmocka_unit_test(finds_nothing),
                cmocka_unit_test(a_key_that_is_too_long),
                cmocka_unit_test(pairs),
                cmocka_unit_test(a_pair_with_a_nul),
                cmocka_unit_test(what_does_not_fit),
                cmocka_unit_test(the_beginning),
                cmocka_unit_test(somebody_writes),
                cmocka_unit_test(in_circles),
                cmocka_unit_test(leads_nowhere),
                cmocka_unit_test(cut_and_spoilt),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
