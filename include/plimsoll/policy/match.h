/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* match - whose profile is it: the first one, in the order of file names, of which an entry of `match` holds. Pure, never
 * allocates. Patterns are asserted to be what glob.h calls patterns, as those of documents are.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "plimsoll/model/profile.h"
#include "plimsoll/model/workload.h"
#include "plimsoll/policy/load.h"

/* Why a selector does not hold: the first of its keys, in the order of the vocabulary, that does not. */
struct pl_mismatch {
        enum pl_selector_key key;
        enum pl_kubernetes_selector_key k8s_key; /* where key is PL_SELECT_K8S */
        /* The pattern, or word; the first of several labels that is not there. NULL for an owner, who is in the selector. */
        const char *wanted;
        /* What the workload has: of a slice the innermost, of a label the value. NULL: nothing; or the owner, who is in the
         * workload. */
        const char *found;
};

/* PL_HAS(owner) or not, a selector holds only for workloads of the users it trusts: root's alone, unless it says more.
 * A slice is the workload's own or any part of its path that ends in ".slice". ret_mismatch may be NULL; it is written where
 * the answer is false. */
bool pl_selector_matches(const struct pl_selector *selector,
                         const struct pl_workload_identity *workload,
                         struct pl_mismatch *ret_mismatch);

/* Whether its `path` is one that every workload has, "**": then that key says nothing, also where no path is known. */
bool pl_selector_takes_every_path(const struct pl_selector *selector);

/* The index of the first entry that holds; selectors->count when none does. */
size_t pl_selectors_match(const struct pl_selectors *selectors,
                          const struct pl_workload_identity *workload);

/* What a runtime keeps beside its containers: conmon, a monitor, what holds a pod's namespaces. Containers do not go on without
 * them, so they are protected and no profile is for them, however wide it matches. Root's alone: a user may call his own by
 * any name. */
bool pl_workload_is_runtimes_own(const struct pl_workload_identity *workload);

/* The index of the profile that wins; policy->profile_count when none does. *ret_entry, where that is wanted, is the entry
 * that held. */
size_t pl_policy_match(const struct pl_policy *policy, const struct pl_workload_identity *workload,
                       size_t *ret_entry);

/* Whether an order is over, as if it were not there; and whether it means everybody. */
bool pl_order_has_ended(const struct pl_order *order, int64_t now_sec);
bool pl_order_names_nobody(const struct pl_order *order);

/* Whether everything that `narrower` holds for, `wider` holds for as well. True only when that is certain. */
bool pl_selector_covers(const struct pl_selector *wider, const struct pl_selector *narrower);

/* The labels that its selectors name, each key once, as they stand there: "KEY" or "KEY=GLOB". The array is the caller's to
 * free; its words are the policy's. −ENOMEM. */
int pl_policy_labels(const struct pl_policy *policy, const char ***ret_items, size_t *ret_count);
