/* SPDX-License-Identifier: Apache-2.0 */

/* Why one that is in no table was not taken. A table has the first 64 and no more, so nothing follows from not being in it but
 * where the shortage was of a cgroup: who is not in that could not be.
 */

#include "explain.h"
#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"
#include "plimsoll/engine/engine.h"
#include "rank.h"

enum { DEPTH_MAX = 64 }; /* of holders above each other; a journal may have a ring of them */

bool pl_explain_is_in_table(const struct pl_explain *explain,
                            const struct pl_explain_wanted *wanted)
{
        const struct pl_journal_decision *table = pl_explain_table(explain);

        for (uint32_t i = 0; table && i < pl_explain_candidate_count(table); i++)
                if (pl_explain_is_called(wanted, table->names[i], table->decision.candidates[i].id))
                        return true;
        return false;
}

/* ---- the scope ---- */

/* 0: nobody that is on the board. */
static uint64_t parent_of(const struct pl_live *live, uint64_t id)
{
        struct pl_journal_row row;

        for (uint32_t i = 0; i < pl_journal_rows_used(&live->reader); i++)
                if (pl_journal_read_row(&live->reader, i, &row) == 0 && row.id == id)
                        return row.parent_id;
        return 0;
}

static bool is_outside(const struct pl_live *live, const struct pl_journal_row *row,
                       const struct pl_verdict *verdict)
{
        uint64_t id = row->id;

        if (verdict->scope != PL_SCOPE_CGROUP)
                return false;
        for (unsigned i = 0; i < DEPTH_MAX && id != 0; i++) {
                if (id == verdict->scope_id)
                        return false;
                id = i == 0 ? row->parent_id : parent_of(live, id);
        }
        return true;
}

/* ---- as things are now ---- */

/* Which rungs it has, no row tells: it is taken for one that has them all. */
static const char *sentence_now(const struct pl_journal_row *row)
{
        const struct pl_cgroup_facts facts = {
                .id = row->id,
                .flags = row->flags | PL_CGROUP_WORKLOAD,
                .rungs = (1U << PL_RUNG_COUNT) - 1,
        };
        enum pl_turn turn = pl_engine_turn(&facts);

        return turn == PL_TURN_NEXT ? "it may be taken (plimsoll rank)" : pl_rank_reason(turn, row);
}

enum pl_cli_exit pl_explain_find_absent(struct pl_cli *cli, const struct pl_live *live,
                                        const char *name, const struct pl_verdict *verdict,
                                        struct pl_explain_absent *ret_absent)
{
        struct pl_journal_row row;
        struct pl_text text;
        enum pl_cli_exit exit_code;

        pl_assert(cli && live);
        pl_assert(name && ret_absent);

        exit_code = pl_live_find(cli, live, name, &row);
        if (exit_code != PL_CLI_FINE)
                return exit_code;
        *ret_absent = (struct pl_explain_absent){
                .is_outside = verdict && is_outside(live, &row, verdict),
        };
        ret_absent->why = ret_absent->is_outside
                                  ? "outside of what was short, and nobody outside of it is touched"
                                  : sentence_now(&row);
        pl_text_init(&text, ret_absent->name, sizeof ret_absent->name);
        pl_live_add_raw_name(&text, &row);
        return PL_CLI_FINE;
}

void pl_explain_add_absent(struct pl_text *text, const struct pl_explain_absent *absent)
{
        pl_assert(text && absent);

        pl_explain_add_name(text, absent->name, 0);
        pl_text_addf(text,
                     absent->is_outside ? ": %s"
                                        : ": it is not among the candidates that were written "
                                          "down. As things are now: %s",
                     absent->why);
}
