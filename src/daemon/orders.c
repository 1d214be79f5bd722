/* SPDX-License-Identifier: Apache-2.0 */

/* `restore` and `apply` contradict each other, and both may lie there for the same workload: one for everybody, and later the
 * other for one of them. So the later one counts. Of two that were given in the same second the restoring one does, for it
 * is the one that does less.
 *
 * An order that has ended is as if it were not there: a restoring one that an `apply` for a minute stood before counts again
 * when the minute is over.
 */

#include "orders.h"

#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"
#include "plimsoll/policy/match.h"

/* Given first, and given nevertheless: nobody gave one in the first second of 1970. */
#define FIRST_SEC INT64_C(1)

static const struct pl_order *order_at(const struct pl_policy *policy, size_t index)
{
        pl_assert(index < policy->order_count);
        pl_assert(policy->orders[index]->kind == PL_DOCUMENT_ORDER);
        return &policy->orders[index]->order;
}

static size_t count_of(const struct pl_policy *policy)
{
        return policy ? policy->order_count : 0;
}

static bool is_meant(const struct pl_order *order, const struct pl_workload_identity *who,
                     uint64_t id)
{
        if (PL_HAS(order, PL_ORDER_CGROUP_ID) && order->cgroup_id != id)
                return false;
        return !PL_HAS(order, PL_ORDER_WORKLOAD) ||
               pl_selector_matches(&order->workload, who, NULL);
}

static int64_t given_sec(const struct pl_order *order)
{
        return PL_HAS(order, PL_ORDER_ISSUED) ? PL_MAX(order->issued_sec, FIRST_SEC) : FIRST_SEC;
}

struct pl_orders_word pl_orders_of(const struct pl_policy *policy,
                                   const struct pl_workload_identity *who, uint64_t id,
                                   int64_t now_sec)
{
        struct pl_orders_word word = {};
        int64_t restored_sec = 0;

        pl_assert(who);

        for (size_t i = 0; i < count_of(policy); i++) {
                const struct pl_order *order = order_at(policy, i);

                if (pl_order_has_ended(order, now_sec) || !is_meant(order, who, id))
                        continue;
                if (order->verb == PL_ORDER_PROTECT)
                        word.is_protected = true;
                else if (order->verb == PL_ORDER_PAUSE)
                        word.is_paused = true;
                else if (order->verb == PL_ORDER_RESTORE)
                        restored_sec = PL_MAX(restored_sec, given_sec(order));
                else if (order->verb == PL_ORDER_APPLY)
                        word.applied_sec = PL_MAX(word.applied_sec, given_sec(order));
        }
        word.is_restored = restored_sec != 0 && restored_sec >= word.applied_sec;
        return word;
}

bool pl_orders_pause_all(const struct pl_policy *policy, int64_t now_sec)
{
        for (size_t i = 0; i < count_of(policy); i++) {
                const struct pl_order *order = order_at(policy, i);

                if (order->verb == PL_ORDER_PAUSE && pl_order_names_nobody(order) &&
                    !pl_order_has_ended(order, now_sec))
                        return true;
        }
        return false;
}

int64_t pl_orders_next_end_sec(const struct pl_policy *policy, int64_t now_sec)
{
        int64_t next_sec = INT64_MAX;

        for (size_t i = 0; i < count_of(policy); i++) {
                const struct pl_order *order = order_at(policy, i);

                if (PL_HAS(order, PL_ORDER_EXPIRES) && order->expires_sec > now_sec)
                        next_sec = PL_MIN(next_sec, order->expires_sec);
        }
        return next_sec;
}
