/* SPDX-License-Identifier: Apache-2.0 */

/* That it can act is proved in two ways: by itself, with nobody harmed (selftest), and on an order, with a workload that is there
 * to be ended (drill).
 */

#include <time.h>

#include "orders.h"
#include "plimsoll/base/clock.h"
#include "plimsoll/base/macro.h"
#include "supervisor_internal.h"

/* The vocabulary's default, for where there is no room to read it. */
#define SELF_TEST_USEC PL_USEC_PER_HOUR

static struct pl_drill_given given_of(struct pl_supervisor *s, uint64_t now_usec)
{
        int64_t now_sec = (int64_t) time(NULL);

        return (struct pl_drill_given){
                .bus = s->bus,
                .board = &s->board,
                .is_paused = pl_orders_pause_all(s->policies.in_force, now_sec),
                .now_sec = now_sec,
                .now_usec = now_usec,
        };
}

static uint64_t period_of(const struct pl_policy *policy)
{
        const struct pl_host_policy *host;

        return policy && pl_policy_host(policy, &host) == 0 ? host->self_test_usec : SELF_TEST_USEC;
}

void pl_supervisor_prove(struct pl_supervisor *s, uint64_t now_usec)
{
        const struct pl_drill_given drill = given_of(s, now_usec);
        const struct pl_selftest_given selftest = {
                .killer = s->measures.killer,
                .board = &s->board,
                .period_usec = period_of(s->policies.in_force),
        };
        bool was_unfit = pl_selftest_is_unfit(&s->selftest);

        if (selftest.killer)
                pl_selftest_step(&s->selftest, &selftest, now_usec);
        if (was_unfit != pl_selftest_is_unfit(&s->selftest)) {
                pl_supervisor_put_host(s, pl_supervisor_wait_usec(s));
                pl_supervisor_tell_of_status(s);
        }
        pl_drill_step(&s->drill, &drill);
}

void pl_supervisor_hold_drill(struct pl_supervisor *s, const struct pl_order *order,
                              uint64_t now_usec)
{
        const struct pl_drill_given given = given_of(s, now_usec);

        pl_drill_obey(&s->drill, &given, order);
}

bool pl_supervisor_on_drill_job(struct pl_supervisor *s, uint64_t tag, bool is_done,
                                const char *why)
{
        const struct pl_drill_given given = given_of(s, pl_clock_now_usec());

        return pl_drill_on_job(&s->drill, &given, tag, is_done, why);
}
