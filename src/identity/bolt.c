/* SPDX-License-Identifier: Apache-2.0 */

/* The file is pages of a tree (bbolt's page.go and bucket.go): a page has a header and then its elements, each of which says
 * how far behind itself its key lies. In a branch an element leads to another page, in a leaf it has a value, and a value can
 * be a bucket, which is another tree: the number of its first page or, of a small one, that page itself. Numbers are in the
 * order of the machine.
 *
 * Its owner never writes to a page that the last transaction has made known: what changes is written elsewhere, and then one
 * of two pages at the front, in turn, says where the tree begins from now on, under a number that rises and a checksum.
 * Pages that went out of use are written to from the next transaction but one. So what was read is of one time if the
 * number is still the same behind it, and a lock is not needed.
 */

#include "plimsoll/identity/bolt.h"

#include <stdbool.h>

#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"

enum {
        MAGIC = (int) 0xED0CDAED,
        VERSION = 2,
        IS_BRANCH = 0x01,
        IS_LEAF = 0x02,
        IS_BUCKET = 0x01, /* of an element */
        HEADER_BYTES = 16,
        ELEMENT_BYTES = 16,
        BUCKET_BYTES = 16,
        /* bbolt takes that of the kernel; where the first of the two is spoilt it is this one's. */
        USUAL_PAGE_BYTES = 4096,
        PAGE_BYTES_MAX = 65536,
        /* Pages from the root to a leaf: with two elements in each, more than any disk has room for. */
        DEPTH_MAX = 40,
};

/* As it is in the file. */
struct meta {
        uint32_t magic, version, page_bytes, flags;
        uint64_t root, sequence, free_list, high_water, transaction, checksum;
};

struct page {
        uint64_t at;
        uint32_t count;
        bool is_leaf;
};

struct element {
        uint64_t key_at, value_at;
        uint32_t key_length, value_length;
        uint64_t child; /* of a branch: a page's number */
        bool is_bucket;
};

struct tree {
        const struct pl_pages *pages;
        uint32_t page_bytes;
        uint64_t root, transaction;
};

/* ---- where it begins ---- */

/* FNV-1a of all that stands before it. */
static uint64_t checksum_of(const struct meta *meta)
{
        const unsigned char *bytes = (const unsigned char *) meta;
        uint64_t sum = UINT64_C(14695981039346656037);

        for (size_t i = 0; i < offsetof(struct meta, checksum); i++)
                sum = (sum ^ bytes[i]) * UINT64_C(1099511628211);
        return sum;
}

static bool is_whole(const struct meta *meta)
{
        return meta->magic == (uint32_t) MAGIC && meta->version == VERSION &&
               meta->checksum == checksum_of(meta) && meta->page_bytes >= sizeof *meta &&
               meta->page_bytes <= PAGE_BYTES_MAX;
}

/* The younger of the two that is whole. */
static int read_beginning(const struct pl_pages *pages, struct tree *ret_tree)
{
        struct meta metas[2] = {};
        const struct meta *meta = NULL;
        uint32_t page_bytes = USUAL_PAGE_BYTES;

        for (uint64_t i = 0; i < PL_ARRAY_LENGTH(metas); i++) {
                int r = pages->read(pages->from, i * page_bytes + HEADER_BYTES, &metas[i],
                                    sizeof metas[i]);

                if (r != 0)
                        return r;
                if (!is_whole(&metas[i]))
                        continue;
                page_bytes = metas[i].page_bytes;
                if (!meta || metas[i].transaction > meta->transaction)
                        meta = &metas[i];
        }
        if (!meta)
                return PL_PAGES_E_MALFORMED;
        *ret_tree = (struct tree){ pages, meta->page_bytes, meta->root, meta->transaction };
        return 0;
}

/* ---- pages and elements ---- */

static int page_at(const struct tree *tree, uint64_t number, uint64_t *ret_at)
{
        if (number > INT64_MAX / tree->page_bytes)
                return PL_PAGES_E_MALFORMED;
        *ret_at = number * tree->page_bytes;
        return 0;
}

static int read_page(const struct tree *tree, uint64_t at, struct page *ret_page)
{
        struct {
                uint64_t number;
                uint16_t flags, count;
                uint32_t overflow;
        } header;
        int r = tree->pages->read(tree->pages->from, at, &header, sizeof header);

        if (r != 0)
                return r;
        if (header.flags != IS_BRANCH && header.flags != IS_LEAF)
                return PL_PAGES_E_MALFORMED;
        *ret_page = (struct page){ at, header.count, header.flags == IS_LEAF };
        return 0;
}

static int read_element(const struct tree *tree, const struct page *page, uint32_t index,
                        struct element *ret_element)
{
        uint64_t at = page->at + HEADER_BYTES + (uint64_t) index * ELEMENT_BYTES;
        uint32_t words[ELEMENT_BYTES / sizeof(uint32_t)];
        int r;

        pl_assert(index < page->count);

        r = tree->pages->read(tree->pages->from, at, words, sizeof words);
        if (r != 0)
                return r;
        if (page->is_leaf)
                *ret_element = (struct element){ .is_bucket = words[0] & IS_BUCKET,
                                                 .key_at = at + words[1],
                                                 .key_length = words[2],
                                                 .value_at = at + words[1] + words[2],
                                                 .value_length = words[3] };
        else
                *ret_element = (struct element){ .key_at = at + words[0],
                                                 .key_length = words[1],
                                                 .child = words[2] | (uint64_t) words[3] << 32 };
        return 0;
}

/* Below 0 in *ret_order: the element's key comes before this one. */
static int compare(const struct tree *tree, const struct element *element, struct pl_span key,
                   int *ret_order)
{
        size_t length = PL_MIN((size_t) element->key_length, key.length);
        char bytes[PL_BOLT_KEY_MAX];
        int r;

        pl_assert(key.length <= sizeof bytes);

        r = length > 0 ? tree->pages->read(tree->pages->from, element->key_at, bytes, length) : 0;
        if (r != 0)
                return r;
        *ret_order = length > 0 ? memcmp(bytes, key.data, length) : 0;
        if (*ret_order == 0)
                *ret_order = (element->key_length > key.length) -
                             (element->key_length < key.length);
        return 0;
}

/* ---- the way ---- */

/* How many elements of a page come before the key, or are it. */
static int count_up_to(const struct tree *tree, const struct page *page, struct pl_span key,
                       uint32_t *ret_count, struct element *ret_last, int *ret_order)
{
        uint32_t first = 0, end = page->count;

        while (first < end) {
                uint32_t middle = first + (end - first) / 2;
                struct element element;
                int order, r;

                r = read_element(tree, page, middle, &element);
                if (r == 0)
                        r = compare(tree, &element, key, &order);
                if (r != 0)
                        return r;
                if (order > 0) {
                        end = middle;
                        continue;
                }
                first = middle + 1;
                *ret_last = element;
                *ret_order = order;
        }
        *ret_count = first;
        return 0;
}

/* From the page where a bucket begins. */
static int find(const struct tree *tree, uint64_t at, struct pl_span key,
                struct element *ret_element)
{
        for (int depth = 0; depth < DEPTH_MAX; depth++) {
                struct page page;
                uint32_t count;
                int order = -1, r;

                r = read_page(tree, at, &page);
                if (r == 0)
                        r = count_up_to(tree, &page, key, &count, ret_element, &order);
                if (r != 0)
                        return r;
                if (page.is_leaf)
                        return order == 0 ? 0 : PL_PAGES_E_ABSENT;
                /* What comes before the first of a branch is in none of them. */
                if (count == 0)
                        return PL_PAGES_E_ABSENT;
                r = page_at(tree, ret_element->child, &at);
                if (r != 0)
                        return r;
        }
        return PL_PAGES_E_MALFORMED;
}

/* The first page of a bucket: another one, or the one that stands in its own value. */
static int enter(const struct tree *tree, const struct element *element, uint64_t *ret_at)
{
        uint64_t numbers[BUCKET_BYTES / sizeof(uint64_t)];
        int r;

        if (!element->is_bucket)
                return PL_PAGES_E_ABSENT;
        r = tree->pages->read(tree->pages->from, element->value_at, numbers, sizeof numbers);
        if (r != 0)
                return r;
        *ret_at = element->value_at + BUCKET_BYTES;
        return numbers[0] == 0 ? 0 : page_at(tree, numbers[0], ret_at);
}

static int copy(const struct tree *tree, const struct element *element, struct pl_page_bytes *value)
{
        if (element->is_bucket)
                return PL_PAGES_E_ABSENT;
        if (element->value_length > value->size)
                return PL_PAGES_E_TOO_BIG;
        value->length = element->value_length;
        return value->length == 0 ? 0
                                  : tree->pages->read(tree->pages->from, element->value_at,
                                                      value->data, value->length);
}

/* ---- what is asked for ---- */

/* From the first page of all to the element that the way ends at. */
static int go(const struct tree *tree, const struct pl_bolt_way *way, struct element *ret_element)
{
        uint64_t at;
        int r = page_at(tree, tree->root, &at);

        for (size_t i = 0; i < way->count && r == 0; i++) {
                if (way->keys[i].length > PL_BOLT_KEY_MAX)
                        return PL_PAGES_E_ABSENT;
                r = find(tree, at, way->keys[i], ret_element);
                if (r == 0 && i + 1 < way->count)
                        r = enter(tree, ret_element, &at);
        }
        return r;
}

/* With a NUL behind it. */
static int add_words(const struct tree *tree, uint64_t at, uint32_t length,
                     struct pl_page_bytes *pairs, bool *is_whole_text)
{
        char *to = pairs->data + pairs->length;
        int r;

        if (length >= pairs->size - pairs->length)
                return PL_PAGES_E_TOO_BIG;
        r = length > 0 ? tree->pages->read(tree->pages->from, at, to, length) : 0;
        if (r != 0)
                return r;
        *is_whole_text &= !memchr(to, '\0', length);
        to[length] = '\0';
        pairs->length += length + 1;
        return 0;
}

static int add_pair(const struct tree *tree, const struct element *element,
                    struct pl_page_bytes *pairs)
{
        size_t before = pairs->length;
        bool is_whole_text = !element->is_bucket;
        int r = 0;

        if (is_whole_text)
                r = add_words(tree, element->key_at, element->key_length, pairs, &is_whole_text);
        if (r == 0 && is_whole_text)
                r = add_words(tree, element->value_at, element->value_length, pairs,
                              &is_whole_text);
        if (r != 0 || !is_whole_text)
                pairs->length = before;
        return r;
}

static int copy_pairs(const struct tree *tree, const struct element *bucket,
                      struct pl_page_bytes *pairs)
{
        struct page page;
        uint64_t at;
        int r = enter(tree, bucket, &at);

        if (r == 0)
                r = read_page(tree, at, &page);
        if (r != 0)
                return r;
        if (!page.is_leaf)
                return PL_PAGES_E_TOO_BIG;
        for (uint32_t i = 0; i < page.count && r == 0; i++) {
                struct element element;

                r = read_element(tree, &page, i, &element);
                if (r == 0)
                        r = add_pair(tree, &element, pairs);
        }
        return r;
}

typedef int copy_function(const struct tree *tree, const struct element *element,
                          struct pl_page_bytes *bytes);

/* What makes no sense may be what somebody is writing, and that is asked behind it. */
static int fetch(const struct pl_pages *pages, const struct pl_bolt_way *way,
                 copy_function *copy_it, struct pl_page_bytes *bytes)
{
        struct element element = {};
        struct tree tree, after;
        int r, found;

        pl_assert(pages && bytes);
        pl_assert(way->count > 0 && way->count <= PL_BOLT_WAY_MAX);

        r = read_beginning(pages, &tree);
        if (r != 0)
                return r;
        found = go(&tree, way, &element);
        if (found == 0)
                found = copy_it(&tree, &element, bytes);
        r = read_beginning(pages, &after);
        if (r != 0)
                return r;
        return after.transaction == tree.transaction ? found : PL_PAGES_E_CHANGED;
}

int pl_bolt_find(const struct pl_pages *pages, const struct pl_bolt_way *way,
                 struct pl_page_bytes *value)
{
        return fetch(pages, way, copy, value);
}

int pl_bolt_find_pairs(const struct pl_pages *pages, const struct pl_bolt_way *way,
                       struct pl_page_bytes *pairs)
{
        return fetch(pages, way, copy_pairs, pairs);
}
