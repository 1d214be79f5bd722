/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* feasible - whether what was written can be had: values that contradict each other, and a host that has not enough.
 *
 * An error is what cannot be meant: high above max, more promised than there is. A warning is what will not do what it
 * says. A note is what this host makes of it. Pure but for the diag, never allocates.
 */

#include <stddef.h>
#include <stdint.h>

#include "plimsoll/base/diag.h"
#include "plimsoll/policy/load.h"
#include "plimsoll/policy/resolve.h"

/* Looks at every document and at all of them together. `counts` says how many workloads each profile has, in the order of
 * policy->profiles; NULL for one of each, which is what can be said without a host. */
void pl_policy_check(const struct pl_policy *policy, const struct pl_host_facts *host,
                     const size_t *counts, struct pl_diag *diag);

/* What is kept for whoever it was promised to, at the cost of everybody else. */
struct pl_promises {
        uint64_t
                bytes; /* in all: the larger of min and low of every workload, or of the slice of its class */
        uint64_t reserve_bytes; /* the part of it that is for the operator */
};

void pl_policy_promises(const struct pl_policy *policy, const struct pl_host_facts *host,
                        const size_t *counts, struct pl_promises *ret_promises);
