/* SPDX-License-Identifier: Apache-2.0 */

/* Orders lie among policy files, and which of them are new is told by what was there at the policy before: by a hash of all that
 * they say, for the same order given again is no news.
 */

#include <string.h>
#include <time.h>

#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"
#include "supervisor_internal.h"

static uint64_t add_words(uint64_t hash, const char *words)
{
        struct pl_span span = pl_span_of(words ? words : "");

        /* FNV-1a of 64 bits, by its published constants; the NUL keeps "ab","c" and "a","bc" apart. */
        for (size_t i = 0; i <= span.length; i++)
                hash = (hash ^ (uint8_t) (i < span.length ? span.data[i] : 0)) *
                       UINT64_C(1099511628211);
        return hash;
}

static uint64_t add_number(uint64_t hash, uint64_t number)
{
        for (unsigned i = 0; i < sizeof number; i++)
                hash = (hash ^ (uint8_t) (number >> 8 * i)) * UINT64_C(1099511628211);
        return hash;
}

/* Who is meant, as far as one name can say it. */
static const char *called(const struct pl_order *order)
{
        const struct pl_selector *workload = &order->workload;

        if (!PL_HAS(order, PL_ORDER_WORKLOAD))
                return "";
        return workload->unit        ? workload->unit
               : workload->container ? workload->container
               : workload->path      ? workload->path
               : workload->slice     ? workload->slice
                                     : "";
}

static uint64_t hash_of(const struct pl_order *order)
{
        uint64_t hash = UINT64_C(14695981039346656037);

        hash = add_number(hash, (uint64_t) order->verb);
        hash = add_number(hash, order->cgroup_id);
        hash = add_number(hash, (uint64_t) order->issued_sec);
        hash = add_number(hash, (uint64_t) order->expires_sec);
        hash = add_words(hash, order->by);
        hash = add_words(hash, order->reason);
        return add_words(hash, called(order));
}

static bool is_known(const struct pl_supervisor *s, uint64_t hash)
{
        for (uint32_t i = 0; i < s->order_count; i++)
                if (s->orders[i] == hash)
                        return true;
        return false;
}

static void tell(struct pl_supervisor *s, const struct pl_order *order, uint64_t now_usec)
{
        struct pl_journal_act act = {
                .at_usec = now_usec,
                .type = PL_JOURNAL_ORDER,
                .order = { .id = order->cgroup_id,
                           .issued_sec = order->issued_sec,
                           .expires_sec = order->expires_sec,
                           .verb = (uint32_t) order->verb,
                           .acknowledged = 1 },
        };

        memcpy(act.order.digest, s->policies.digest, sizeof act.order.digest);
        pl_journal_set_text(act.order.by, sizeof act.order.by,
                            pl_span_of(order->by ? order->by : ""));
        pl_journal_set_text(act.order.workload, sizeof act.order.workload,
                            pl_span_of(called(order)));
        pl_journal_set_text(act.order.words, sizeof act.order.words,
                            pl_span_of(order->reason ? order->reason : ""));
        pl_logbook_act(&s->logbook, &act);
}

static void take(struct pl_supervisor *s, const struct pl_order *order, uint64_t now_usec)
{
        tell(s, order, now_usec);
        if (order->verb == PL_ORDER_DRILL)
                pl_supervisor_hold_drill(s, order, now_usec);
}

void pl_supervisor_tell_of_orders(struct pl_supervisor *s, uint64_t now_usec)
{
        const struct pl_policy *policy = s->policies.in_force;
        uint64_t hashes[PL_SUPERVISOR_ORDERS_MAX];
        uint32_t count = 0;

        pl_assert(policy);

        for (size_t i = 0; i < policy->order_count && count < PL_SUPERVISOR_ORDERS_MAX; i++) {
                const struct pl_order *order = &policy->orders[i]->order;

                if (PL_HAS(order, PL_ORDER_EXPIRES) && order->expires_sec <= (int64_t) time(NULL))
                        continue;
                hashes[count] = hash_of(order);
                if (!is_known(s, hashes[count]))
                        take(s, order, now_usec);
                count++;
        }
        memcpy(s->orders, hashes, count * sizeof hashes[0]);
        s->order_count = count;
}
