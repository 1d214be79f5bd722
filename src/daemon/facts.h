/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* facts - who a cgroup is and what the policy makes of it: a row of the board, and from that what the engine is given.
 * Pure, allocates nothing.
 */

#include <stdbool.h>
#include <stdint.h>

#include "orders.h"
#include "plimsoll/host/census.h"
#include "plimsoll/journal/board.h"
#include "plimsoll/model/snapshot.h"
#include "plimsoll/policy/load.h"
#include "plimsoll/policy/resolve.h"

#define PL_FACTS_NO_PROFILE UINT32_MAX

/* The profiles' numbers are of this policy, and no other. */
struct pl_facts_policy {
        const struct pl_policy *policy; /* NULL: none */
        struct pl_host_facts host;
};

/* What does not change while it lives: ids, kind, names. */
void pl_facts_identify(const struct pl_census *census, uint32_t index,
                       const struct pl_census_identity *identity, struct pl_journal_row *row);

/* The oom_score_adj that its processes have; 0 where it is not known. */
struct pl_facts_score {
        int32_t adj;
        bool is_known;
};

/* Profile, order, oom_score_adj and flags. The score is shown as it is, and is the order where there is no profile: what a
 * profile wants is its order alone. */
void pl_facts_match(const struct pl_facts_policy *policy, const struct pl_census_entry *entry,
                    const struct pl_census_identity *identity, struct pl_facts_score score,
                    struct pl_journal_row *row);

/* What orders say of it, on top of that. */
void pl_facts_obey(const struct pl_orders_word *word, struct pl_journal_row *row);

/* It has no profile any more, and its order is what its processes have. That it may not be touched, if so, stays until it is
 * matched anew. */
void pl_facts_forget_profile(struct pl_journal_row *row);

/* Whether somebody is in it, and whether it stands still. */
void pl_facts_set_state(const struct pl_census_entry *entry, struct pl_journal_row *row);

/* Its limits, its own and what they come to. Nothing as long as they were not read. */
void pl_facts_set_limits(const struct pl_reach *reach, struct pl_journal_row *row);

struct pl_cgroup_facts pl_facts_of(const struct pl_facts_policy *policy,
                                   const struct pl_journal_row *row);

/* What pl_facts_match() goes by and can change while it lives, as a number: two that are equal are the same but for one case
 * in four thousand million. */
uint32_t pl_facts_claim(const struct pl_census_identity *identity, struct pl_facts_score score);
