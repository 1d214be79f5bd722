/* SPDX-License-Identifier: Apache-2.0 */

#include "order_settle.h"

#include "live_standing.h"
#include "plimsoll/base/assert.h"
#include "plimsoll/base/clock.h"
#include "plimsoll/base/macro.h"
#include "plimsoll/model/order.h"

/* A look at everybody takes 5 s, systemd has 25 s for an answer, and who waits longer than that for memory to be reclaimed
 * had better be told for what. */
#define PATIENCE_USEC (30 * PL_USEC_PER_SEC)

enum {
        PAUSES_A_WORD = 25, /* between two figures that a person can follow: half a second */
        LASTS_SEC = 60,     /* of an order to apply: twice as long as arriving is waited for */
};

/* ---- giving them ---- */

/* An order to apply has to lie there for a moment only; but where another would restore the workload again as soon as this
 * one is gone, it stays. */
static enum pl_cli_exit turn(struct pl_order_call *call, enum pl_order_goal goal,
                             uint32_t withdrawn, const struct pl_journal_row *row)
{
        const struct pl_order_wanted wanted = {
                .verbs = withdrawn,
                .row = row,
                .live = &call->live,
        };
        size_t elsewhere;
        enum pl_cli_exit exit_code = pl_order_withdraw(call, &wanted, &elsewhere);

        if (exit_code != PL_CLI_FINE)
                return exit_code;
        if (goal == PL_ORDER_GOAL_RESTORED)
                return pl_order_give(call, PL_ORDER_RESTORE, row);
        call->expires_sec = pl_order_may_remain(call, PL_ORDER_RESTORE, row)
                                    ? 0
                                    : call->now_sec + LASTS_SEC;
        return pl_order_give(call, PL_ORDER_APPLY, row);
}

enum pl_cli_exit pl_order_turn(struct pl_order_call *call, struct pl_order_settling *settling)
{
        const uint32_t apply = UINT32_C(1) << PL_ORDER_APPLY;
        const uint32_t restore = UINT32_C(1) << PL_ORDER_RESTORE;
        const struct pl_cli *cli = call->cli;
        enum pl_cli_exit exit_code = PL_CLI_FINE;
        struct pl_journal_row row;

        pl_assert(settling && settling->id_count == 0);

        if (cli->operand_count == 0)
                return turn(call, settling->goal, apply | restore, NULL);
        for (size_t i = 0; exit_code == PL_CLI_FINE && i < cli->operand_count; i++) {
                exit_code = pl_live_find(call->cli, &call->live, cli->operands[i], &row);
                if (exit_code == PL_CLI_FINE)
                        exit_code = turn(call, settling->goal,
                                         settling->goal == PL_ORDER_GOAL_APPLIED ? restore : apply,
                                         &row);
                if (exit_code == PL_CLI_FINE)
                        settling->ids[settling->id_count++] = row.id;
        }
        return exit_code;
}

/* ---- one workload ---- */

/* What changes without anybody's doing. */
static bool moves(uint8_t state)
{
        return state == PL_LIMIT_IN_FORCE || state == PL_LIMIT_ORDERED ||
               state == PL_LIMIT_LOWERING || state == PL_LIMIT_WAITING ||
               state == PL_LIMIT_RETRYING;
}

static bool is_applied(const struct pl_live *live, const struct pl_journal_row *row)
{
        const struct pl_journal_standing *standing = &row->standing;

        if (standing->mode == PL_STANDING_PAUSED || standing->mode == PL_STANDING_OBSERVED)
                return true;
        if (standing->mode == PL_STANDING_RESTORED)
                return false;
        for (unsigned i = 0; i < PL_STANDING_ITEMS; i++)
                if (pl_standing_judge(live, row, i) == PL_STANDING_DIFFERS &&
                    (i > PL_STANDING_UNIT || moves(standing->states[i])))
                        return false;
        return true;
}

static bool is_restored(const struct pl_journal_row *row)
{
        const struct pl_journal_standing *standing = &row->standing;

        if (standing->mode == PL_STANDING_OBSERVED || standing->backend == PL_BACKEND_OBSERVED)
                return true;
        return standing->governed == 0 && !pl_standing_has_score_left(row) &&
               (standing->mode == PL_STANDING_RESTORED || !pl_live_has_profile(row));
}

/* What was there before comes back when the pause ends, which is not to be waited for. */
static bool is_held(const struct pl_order_settling *settling, const struct pl_journal_row *row)
{
        return settling->goal == PL_ORDER_GOAL_RESTORED && row->flags & PL_CGROUP_PAUSED &&
               !is_restored(row);
}

static bool is_anybodys(const struct pl_journal_row *row)
{
        return pl_live_has_profile(row) || row->standing.governed != 0 ||
               pl_standing_has_score_left(row);
}

bool pl_order_is_settled(const struct pl_live *live, const struct pl_order_settling *settling,
                         const struct pl_journal_row *row)
{
        pl_assert(live && settling && row);

        if (!is_anybodys(row))
                return true;
        if (row->at_usec <= settling->since_usec)
                return false;
        return settling->goal == PL_ORDER_GOAL_APPLIED ? is_applied(live, row)
                                                       : is_restored(row) || is_held(settling, row);
}

static bool is_unsettled(const struct pl_live *live, const struct pl_order_settling *settling,
                         const struct pl_journal_row *row)
{
        return !pl_order_is_settled(live, settling, row);
}

static bool is_paused(const struct pl_live *live, const struct pl_order_settling *settling,
                      const struct pl_journal_row *row)
{
        return is_anybodys(row) && is_held(settling, row) &&
               pl_order_is_settled(live, settling, row);
}

/* ---- all of them ---- */

static bool is_meant(const struct pl_order_settling *settling, uint64_t id)
{
        for (size_t i = 0; i < settling->id_count; i++)
                if (settling->ids[i] == id)
                        return true;
        return settling->id_count == 0;
}

static size_t count_those(const struct pl_live *live, const struct pl_order_settling *settling,
                          bool (*is_one)(const struct pl_live *live,
                                         const struct pl_order_settling *settling,
                                         const struct pl_journal_row *row),
                          struct pl_journal_row *ret_first)
{
        uint32_t used = pl_journal_rows_used(&live->reader);
        struct pl_journal_row row;
        size_t count = 0;

        pl_assert(settling && settling->id_count <= PL_CLI_OPERANDS_MAX);
        pl_assert(ret_first);

        for (uint32_t i = 0; i < used; i++) {
                if (pl_journal_read_row(&live->reader, i, &row) != 0 || row.id == 0 ||
                    !is_meant(settling, row.id) || !is_one(live, settling, &row))
                        continue;
                if (count++ == 0)
                        *ret_first = row;
        }
        return count;
}

size_t pl_order_count_unsettled(const struct pl_live *live,
                                const struct pl_order_settling *settling,
                                struct pl_journal_row *ret_first)
{
        return count_those(live, settling, is_unsettled, ret_first);
}

/* Written over itself, and gone in the end. */
static void show_progress(struct pl_cli *cli, size_t count)
{
        if (!cli->style.terminal || !cli->say || cli->json)
                return;
        pl_text_add(cli->words, "\r\x1B[K");
        if (count > 0)
                pl_text_addf(cli->words, "%zu %s still on the way ", count,
                             count == 1 ? "workload is" : "workloads are");
        (void) pl_cli_flush(cli);
}

static size_t wait(struct pl_order_call *call, const struct pl_order_settling *settling,
                   struct pl_journal_row *ret_first)
{
        uint64_t until_usec = pl_clock_now_usec() +
                              (call->patience_usec > 0 ? call->patience_usec : PATIENCE_USEC);
        size_t count;

        for (unsigned i = 0;; i++) {
                count = pl_order_count_unsettled(&call->live, settling, ret_first);
                if (count == 0 || pl_clock_now_usec() >= until_usec)
                        break;
                if (i % PAUSES_A_WORD == 0)
                        show_progress(call->cli, count);
                pl_order_pause();
        }
        show_progress(call->cli, 0);
        return count;
}

/* "api/web and 2 more", and what to do. */
static void add_those(struct pl_cli *cli, const struct pl_journal_row *first, size_t count,
                      const char *advice)
{
        pl_live_add_name(cli->words, cli->style, first);
        if (count > 1)
                pl_text_addf(cli->words, " and %zu more", count - 1);
        pl_text_addf(cli->words, "\n%s %s\n", pl_live_arrow(cli->style), advice);
}

enum pl_cli_exit pl_order_settle(struct pl_order_call *call,
                                 const struct pl_order_settling *settling)
{
        struct pl_cli *cli = call->cli;
        struct pl_journal_row first;
        size_t count, paused_count;

        pl_assert(call->has_live && settling);

        count = wait(call, settling, &first);
        if (count > 0) {
                pl_text_addf(cli->words,
                             "plimsoll: what %s is on its way, and has not arrived yet: ",
                             settling->goal == PL_ORDER_GOAL_APPLIED ? "the policy wants"
                                                                     : "was there before");
                add_those(cli, &first, count, "plimsoll diff");
        }
        paused_count = count_those(&call->live, settling, is_paused, &first);
        if (paused_count > 0) {
                pl_text_add(cli->words, "plimsoll: paused by an order, and what was there before "
                                        "comes back when that ends: ");
                add_those(cli, &first, paused_count, "plimsoll resume");
        }
        return count + paused_count > 0 ? PL_CLI_FINDINGS : PL_CLI_FINE;
}
