/* SPDX-License-Identifier: Apache-2.0 */

/* Rules are by what they look at: a profile's memory and budget, what it says of acts, the host's document, and all of them
 * together. Each says one thing once: a value that is out of order with two others is out of order with the nearest.
 *
 * Of a document that has errors only amounts are held against each other, those that are there: what is missing in it may
 * be what was mistyped.
 */

#include "plimsoll/policy/feasible.h"

#include "feasible_internal.h"
#include "plimsoll/base/assert.h"

static void judge(const struct pl_judging *judging)
{
        if (judging->document->kind == PL_DOCUMENT_PROFILE) {
                pl_judge_memory(judging);
                pl_judge_budget(judging);
        }
        if (judging->document->is_partial)
                return;
        if (judging->document->kind == PL_DOCUMENT_PROFILE) {
                pl_judge_match(judging);
                pl_judge_acts(judging);
        } else if (judging->document->kind == PL_DOCUMENT_HOST) {
                pl_judge_host(judging);
        } else {
                pl_judge_order(judging);
        }
}

void pl_policy_check(const struct pl_policy *policy, const struct pl_host_facts *host,
                     const size_t *counts, struct pl_diag *diag)
{
        pl_assert(policy);
        pl_assert(host && host->ram_bytes > 0);
        pl_assert(diag);

        for (size_t i = 0; i < policy->document_count; i++)
                judge(&(struct pl_judging){ policy->documents[i], host, diag });
        pl_judge_promises(policy, host, counts, diag);
        pl_judge_budgets(policy, diag);
        pl_judge_orders(policy, diag);
}
