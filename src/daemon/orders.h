/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* orders - what the orders of a policy say of a workload. They lie over profiles. Pure, allocates nothing.
 *
 * Of `restore` and `apply` the one that was given later counts; without a time it counts as given first. Who is named by
 * cgroup_id is that one cgroup and no other of the same name.
 */

#include <stdbool.h>
#include <stdint.h>

#include "plimsoll/model/workload.h"
#include "plimsoll/policy/load.h"

struct pl_orders_word {
        bool is_protected;
        bool is_paused;
        bool is_restored;
        int64_t applied_sec; /* when `apply` was said to it last; 0: never */
};

/* `id` is its cgroup's; policy may be NULL. */
struct pl_orders_word pl_orders_of(const struct pl_policy *policy,
                                   const struct pl_workload_identity *who, uint64_t id,
                                   int64_t now_sec);

/* Whether everybody is paused, by an order that names nobody. */
bool pl_orders_pause_all(const struct pl_policy *policy, int64_t now_sec);

/* When the next of them ends by itself; INT64_MAX: none does. */
int64_t pl_orders_next_end_sec(const struct pl_policy *policy, int64_t now_sec);
