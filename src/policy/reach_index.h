/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* reach_index - entries of profiles, found again by what can cover another. For reach.c alone. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "plimsoll/base/span.h"
#include "plimsoll/model/profile.h"

#define PL_REACH_NONE UINT32_MAX

enum {
        /* What is compared by itself: a key of a selector, or of its k8s. An entry that has nothing but an owner is filed
         * under that. */
        PL_REACH_KINDS = PL_SELECT_KEYS + PL_K8S_KEYS,
        /* Of one entry: a list of labels and one of xattrs count with each of their strings. */
        PL_REACH_TRAITS_MAX = PL_REACH_KINDS + 2 * PL_STRINGS_MAX,
};

/* One thing that an entry asks for. */
struct pl_reach_trait {
        unsigned kind;
        struct pl_span pattern; /* all of it; empty for an owner */
        struct pl_span literal; /* what it begins with */
        struct pl_span run; /* where it begins with nothing: the longest run of letters within it */
        bool whole;         /* there is nothing but the literal */
        uint64_t hash;      /* of kind, literal and whole */
};

struct pl_reach_traits {
        size_t count;
        struct pl_reach_trait items[PL_REACH_TRAITS_MAX];
};

struct pl_reach_entry {
        const struct pl_selector *selector;
        struct pl_span run;  /* of the trait it is filed under */
        uint64_t hash;       /* what it is filed under */
        uint32_t profile;    /* index */
        uint32_t next;       /* in its bucket */
        uint32_t bytes;      /* of its patterns */
        uint32_t wild_bytes; /* of them, behind their literals */
};

struct pl_reach_bucket {
        uint32_t first;
        uint32_t count;
};

struct pl_reach_index {
        struct pl_reach_entry *entries;  /* owned; in the order in which they are tried */
        uint32_t count;                  /* of entries begun */
        struct pl_reach_bucket *buckets; /* owned */
        unsigned shift;                  /* a hash >> shift is its bucket */
        uint64_t lengths
                [PL_REACH_KINDS]; /* of prefixes under which entries are filed: a bit each, modulo 64 */
        bool has_runs[PL_REACH_KINDS]; /* entries are filed under a part of a run */
        size_t steps_left;
        /* Of the entry that is looked at; here because it is large. */
        struct pl_reach_traits traits;
};

/* All but the hashes. The strings are the selector's. */
void pl_reach_find_traits(struct pl_reach_traits *traits, const struct pl_selector *selector);

/* 0 or -ENOMEM. */
int pl_reach_index_init(struct pl_reach_index *index, size_t capacity, size_t steps);
void pl_reach_index_done(struct pl_reach_index *index);

/* Takes the next entry, in the order in which they are tried, and returns the index of the first of those before it that
 * covers it, or PL_REACH_NONE. An entry that is not covered is filed; one that is adds nothing to what covers it. When
 * steps_left is 0 the answer is of no use. */
uint32_t pl_reach_index_add(struct pl_reach_index *index, const struct pl_selector *selector,
                            uint32_t profile);
