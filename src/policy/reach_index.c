/* SPDX-License-Identifier: Apache-2.0 */

/* Comparing each entry with each takes 12 million comparisons for a thousand profiles of five entries, hundreds of times
 * what reading them takes. Most can be known to fail beforehand: if a pattern covers another, what it literally begins
 * with is a prefix of what the other literally begins with. So an entry is filed in a hash table under one of its keys,
 * with what its pattern begins with, and an entry that may be covered is looked up under each of its keys with each
 * prefix of what that begins with; one pass over its bytes, as the hash of a prefix is a step on the way to the next. A
 * pattern without wildcards is filed apart from one that goes on, and costs a single look.
 *
 * Of several keys the one with the emptiest bucket is taken, so that a label that all have in common, or a namespace, is
 * soon left for what tells them apart.
 *
 * Of a pattern that begins with a wildcard ("*-web") a second thing is known: the letters that stand side by side in it
 * stand side by side in what it covers. So it is filed under three of them, again those with the emptiest bucket, and
 * looked up with every three bytes. What has not even three ("*") is filed under its key alone; nobody needs many of those.
 *
 * Nothing of this helps with patterns that were made to defeat it, so that every step is counted, and there is an end to
 * them (PL_REACH_STEPS_MAX). That is also why the hash needs no seed.
 */

#include "reach_index.h"

#include <errno.h>
#include <stdlib.h>

#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"
#include "plimsoll/policy/match.h"

/* FNV-1a, 64 bits (Fowler, Noll, Vo); and 2^64 divided by the golden ratio: what is multiplied with it has every bit at the
 * top (Knuth, volume 3, 6.4). */
#define HASH_BASIS  UINT64_C(0xCBF29CE484222325)
#define HASH_PRIME  UINT64_C(0x100000001B3)
#define HASH_GOLDEN UINT64_C(0x9E3779B97F4A7C15)

enum {
        PART_BYTES = 3, /* of a run */

        /* What keeps the kinds of hashes apart, for no byte is above 255. */
        MARK_WHOLE = 256,
        MARK_PART,
        MARK_REST,
};

static uint64_t hash_step(uint64_t hash, unsigned byte)
{
        return (hash ^ byte) * HASH_PRIME;
}

static uint64_t hash_begin(unsigned kind)
{
        return hash_step(HASH_BASIS, kind);
}

static uint64_t hash_rest(unsigned kind)
{
        return hash_step(hash_begin(kind), MARK_REST);
}

static uint64_t hash_part(unsigned kind, const char *bytes)
{
        unsigned part = 0;

        for (size_t i = 0; i < PART_BYTES; i++)
                part = part << 8 | (unsigned char) bytes[i];
        return hash_step(hash_step(hash_begin(kind), MARK_PART), part);
}

int pl_reach_index_init(struct pl_reach_index *index, size_t capacity, size_t steps)
{
        unsigned bits = 4;

        pl_assert(index);
        pl_assert(capacity <= (size_t) PL_POLICY_FILES_MAX * PL_SELECTORS_MAX);

        while (UINT64_C(1) << bits < 2 * capacity)
                bits++;
        *index = (struct pl_reach_index){ .shift = 64 - bits, .steps_left = steps };
        index->entries = calloc(capacity + 1, sizeof *index->entries);
        index->buckets = calloc(UINT64_C(1) << bits, sizeof *index->buckets);
        if (!index->entries || !index->buckets) {
                pl_reach_index_done(index);
                return -ENOMEM;
        }
        return 0;
}

void pl_reach_index_done(struct pl_reach_index *index)
{
        pl_assert(index);

        free(index->buckets);
        free(index->entries);
        *index = (struct pl_reach_index){};
}

static void take_steps(struct pl_reach_index *index, size_t count)
{
        index->steps_left -= PL_MIN(index->steps_left, count);
}

static struct pl_reach_bucket *bucket_of(const struct pl_reach_index *index, uint64_t hash)
{
        return &index->buckets[hash * HASH_GOLDEN >> index->shift];
}

/* ---- looking for what covers ---- */

struct search {
        struct pl_reach_index *index;
        const struct pl_reach_entry *entry;
        const struct pl_reach_trait *trait;
        uint32_t covering; /* the first so far */
};

static bool has_run(const struct pl_reach_trait *trait, struct pl_span run)
{
        return run.length == 0 ||
               memmem(trait->pattern.data, trait->pattern.length, run.data, run.length);
}

enum {
        /* A letter of a pattern that is passed over takes as long as four entries of a bucket (measured: 40 and 10 ns). */
        STEPS_PER_BYTE = 4,
};

/* Where both patterns are wild each letter of one may be compared with each of the other. */
static void try_entry(struct search *search, uint32_t number)
{
        const struct pl_reach_entry *wider = &search->index->entries[number];
        const struct pl_reach_entry *narrower = search->entry;

        if (number >= search->covering || !has_run(search->trait, wider->run))
                return;
        take_steps(search->index, STEPS_PER_BYTE * (size_t) (wider->bytes + narrower->bytes) +
                                          (size_t) wider->wild_bytes * narrower->wild_bytes);
        if (pl_selector_covers(wider->selector, narrower->selector))
                search->covering = number;
}

static void try_bucket(struct search *search, uint64_t hash)
{
        struct pl_reach_index *index = search->index;
        const struct pl_reach_bucket *bucket = bucket_of(index, hash);
        uint32_t number = bucket->first;

        for (uint32_t i = 0; i < bucket->count && index->steps_left > 0; i++) {
                take_steps(index, 1);
                if (index->entries[number].hash == hash)
                        try_entry(search, number);
                number = index->entries[number].next;
        }
}

static void try_literals(struct search *search, struct pl_reach_trait *trait)
{
        uint64_t lengths = search->index->lengths[trait->kind], hash = hash_begin(trait->kind);

        for (size_t i = 0; i < trait->literal.length; i++) {
                hash = hash_step(hash, (unsigned char) trait->literal.data[i]);
                if (lengths >> (i + 1) % 64 & 1)
                        try_bucket(search, hash);
        }
        trait->hash = trait->whole ? hash_step(hash, MARK_WHOLE) : hash;
        if (trait->whole)
                try_bucket(search, trait->hash);
}

static void try_trait(struct search *search, struct pl_reach_trait *trait)
{
        search->trait = trait;
        try_literals(search, trait);
        try_bucket(search, hash_rest(trait->kind));
        if (!search->index->has_runs[trait->kind])
                return;
        for (size_t i = 0; i + PART_BYTES <= trait->pattern.length; i++)
                try_bucket(search, hash_part(trait->kind, trait->pattern.data + i));
}

/* ---- filing ---- */

static uint32_t crowd_of(const struct pl_reach_index *index, uint64_t hash)
{
        return bucket_of(index, hash)->count;
}

static void file_under(struct pl_reach_index *index, uint32_t number, uint64_t hash)
{
        struct pl_reach_bucket *bucket = bucket_of(index, hash);

        index->entries[number].hash = hash;
        index->entries[number].next = bucket->first;
        bucket->first = number;
        bucket->count++;
}

static void file_under_run(struct pl_reach_index *index, uint32_t number,
                           const struct pl_reach_trait *trait)
{
        uint64_t best = hash_rest(trait->kind);

        if (trait->run.length >= PART_BYTES)
                best = hash_part(trait->kind, trait->run.data);
        for (size_t i = 1; i + PART_BYTES <= trait->run.length; i++) {
                uint64_t hash = hash_part(trait->kind, trait->run.data + i);

                if (crowd_of(index, hash) < crowd_of(index, best))
                        best = hash;
        }
        index->entries[number].run = trait->run;
        index->has_runs[trait->kind] |= trait->run.length >= PART_BYTES;
        file_under(index, number, best);
}

/* The literal with the emptiest bucket; without any literal the longest run. */
static bool is_better(const struct pl_reach_index *index, const struct pl_reach_trait *trait,
                      const struct pl_reach_trait *than)
{
        if (pl_span_empty(trait->literal))
                return pl_span_empty(than->literal) && trait->run.length > than->run.length;
        return pl_span_empty(than->literal) ||
               crowd_of(index, trait->hash) < crowd_of(index, than->hash);
}

static void file_entry(struct pl_reach_index *index, uint32_t number)
{
        const struct pl_reach_trait *best = &index->traits.items[0];

        for (size_t i = 1; i < index->traits.count; i++)
                if (is_better(index, &index->traits.items[i], best))
                        best = &index->traits.items[i];
        if (pl_span_empty(best->literal)) {
                file_under_run(index, number, best);
                return;
        }
        if (!best->whole)
                index->lengths[best->kind] |= UINT64_C(1) << best->literal.length % 64;
        file_under(index, number, best->hash);
}

static void measure(struct pl_reach_entry *entry, const struct pl_reach_traits *traits)
{
        for (size_t i = 0; i < traits->count; i++) {
                const struct pl_reach_trait *trait = &traits->items[i];

                entry->bytes += (uint32_t) trait->pattern.length + 1;
                entry->wild_bytes += (uint32_t) (trait->pattern.length - trait->literal.length);
        }
}

uint32_t pl_reach_index_add(struct pl_reach_index *index, const struct pl_selector *selector,
                            uint32_t profile)
{
        struct search search = { .index = index, .covering = PL_REACH_NONE };
        struct pl_reach_traits *traits = &index->traits;
        struct pl_reach_entry *entry;

        pl_assert(index);
        pl_assert(selector);

        entry = &index->entries[index->count];
        *entry = (struct pl_reach_entry){ .selector = selector, .profile = profile };
        pl_reach_find_traits(traits, selector);
        measure(entry, traits);

        search.entry = entry;
        for (size_t i = 0; i < traits->count && index->steps_left > 0; i++)
                try_trait(&search, &traits->items[i]);
        if (search.covering == PL_REACH_NONE)
                file_entry(index, index->count);
        index->count++;
        return search.covering;
}
