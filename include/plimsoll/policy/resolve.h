/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* resolve - what a profile means on a host: bytes for shares, and what will be written. Pure, never allocates.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "plimsoll/base/size.h"
#include "plimsoll/model/limits.h"
#include "plimsoll/model/profile.h"

/* A host, as far as sizes depend on it. */
struct pl_host_facts {
        uint64_t ram_bytes;
        uint64_t swap_bytes;
};

enum {
        PL_RESOLVE_E_RANGE = 1, /* a share of something finite does not fit into 64 bits */
        PL_RESOLVE_E_NO_MAX,    /* "of max", and the profile has no memory.max */
};

struct pl_resolved {
        struct pl_limits limits; /* what is to be written; memory.high only where it is applied */
        struct pl_limits
                wanted; /* what the profile asks for: the same, but memory.high in any case */
        uint64_t promise_bytes; /* what min and low keep for one workload: the larger of them */
        uint64_t swap_bytes; /* how much swap it can have: the smaller of swap_max and the host's */
        bool high_left_out;  /* memory.high is wanted and not applied, for it has no swap */
        bool has_score_adj;
        int32_t score_adj; /* to be written: −999 for −1000 */
        int32_t order;
        bool is_protected; /* its oom.score_adj is −1000 */
};

/* *ret_key, on failure, is the key whose size could not be resolved. */
int pl_profile_resolve(const struct pl_profile *profile, const struct pl_host_facts *host,
                       struct pl_resolved *ret_resolved, enum pl_memory_key *ret_key);

/* A budget's limits, likewise; shares "of max" are of the budget's own max. */
int pl_budget_resolve(const struct pl_budget *budget, const struct pl_host_facts *host,
                      struct pl_limits *ret_limits, enum pl_budget_key *ret_key);

/* Whether the slice's memory.high would not be applied, for it can have no swap: limits are what pl_budget_resolve() gave. */
bool pl_budget_leaves_out_high(const struct pl_limits *limits, const struct pl_host_facts *host);

/* The name of the slice that carries the budget: its own word, or plimsoll-NAME.slice. */
void pl_budget_slice(struct pl_text *text, const struct pl_profile *profile);

/* The number of a signal that a profile names, by its place among them. */
int pl_policy_signal(unsigned index);
