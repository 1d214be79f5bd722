/* SPDX-License-Identifier: Apache-2.0 */

/* What is waited for is the digest of all that lies there, and not of the order alone. Where somebody else changes a file
 * meanwhile, another digest comes into force, with this order in it; so what lies there is looked at again while nothing
 * is heard. It may also have come without the order, for somebody has removed it: then nobody is told that it holds.
 */

#include <string.h>
#include <time.h>

#include "order.h"
#include "plimsoll/base/assert.h"
#include "plimsoll/base/clock.h"
#include "plimsoll/base/macro.h"

/* plimsolld lets changes settle for 0.2 s; on a host where that takes ten times as long an operator wants to know. */
#define PATIENCE_USEC (2 * PL_USEC_PER_SEC)

enum {
        PAUSE_NSEC = 20 * 1000 * 1000, /* between two looks; nobody notices so much */
        LOOKS_BEFORE_READING = 10,     /* of the files again, which costs more than a look */
};

enum pl_order_state pl_order_word_of(const struct pl_journal_state *state,
                                     const uint8_t digest[PL_SHA256_BYTES])
{
        _Static_assert((int) PL_SHA256_BYTES == (int) PL_JOURNAL_DIGEST_BYTES, "the same digest");

        pl_assert(state && digest);

        if (state->in_force.at_usec != 0 &&
            memcmp(state->in_force.digest, digest, PL_SHA256_BYTES) == 0)
                return PL_ORDER_IN_FORCE;
        if (state->refused.at_usec != 0 &&
            memcmp(state->refused.digest, digest, PL_SHA256_BYTES) == 0)
                return PL_ORDER_REFUSED;
        return PL_ORDER_WRITTEN;
}

void pl_order_pause(void)
{
        const struct timespec pause = { .tv_nsec = PAUSE_NSEC };

        (void) nanosleep(&pause, NULL);
}

static void take_word(struct pl_order_call *call, const struct pl_journal_state *state)
{
        call->state = pl_order_word_of(state, call->digest);
        if (call->state == PL_ORDER_IN_FORCE && call->undone)
                call->state = PL_ORDER_TAKEN_AWAY;
        else if (call->state == PL_ORDER_IN_FORCE)
                call->in_force_usec = state->in_force.at_usec;
        else if (call->state == PL_ORDER_REFUSED)
                pl_journal_set_text(call->refused, sizeof call->refused,
                                    pl_span_of(state->refused.words));
}

static void give_up(struct pl_order_call *call)
{
        (void) pl_order_digest_now(call, call->digest, &call->undone);
        call->state = call->undone ? PL_ORDER_TAKEN_AWAY : PL_ORDER_UNCONFIRMED;
}

void pl_order_wait(struct pl_order_call *call)
{
        uint64_t until_usec = pl_clock_now_usec() +
                              (call->patience_usec > 0 ? call->patience_usec : PATIENCE_USEC);
        struct pl_journal_state state;

        pl_assert(call->has_live);

        call->state = PL_ORDER_WRITTEN;
        for (unsigned i = 1; call->state == PL_ORDER_WRITTEN; i++) {
                if (pl_journal_read_state(&call->live.reader, &state) == 0)
                        take_word(call, &state);
                if (call->state != PL_ORDER_WRITTEN)
                        return;
                if (pl_clock_now_usec() >= until_usec) {
                        give_up(call);
                        return;
                }
                pl_order_pause();
                if (i % LOOKS_BEFORE_READING == 0)
                        (void) pl_order_digest_now(call, call->digest, &call->undone);
        }
}
