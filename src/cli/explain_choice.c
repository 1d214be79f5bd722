/* SPDX-License-Identifier: Apache-2.0 */

/* Why it was this one. */

#include "explain.h"
#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"
#include "rank.h"

bool pl_explain_is_mild(uint32_t measure)
{
        return measure == PL_MEASURE_RECLAIM || measure == PL_MEASURE_THROTTLE ||
               measure == PL_MEASURE_FREEZE;
}

static void add_nobody(struct pl_text *text, const struct pl_explain *explain)
{
        const struct pl_journal_decision *table = pl_explain_table(explain);
        size_t counts[PL_TURNS] = {}, said = 0;

        pl_text_add(text, "There was nobody who may be taken");
        for (uint32_t i = 0; table && i < pl_explain_candidate_count(table); i++)
                if (table->decision.candidates[i].turn < PL_TURNS)
                        counts[table->decision.candidates[i].turn]++;
        for (enum pl_turn i = PL_TURN_PROTECTED; i < PL_TURNS; i++)
                if (counts[i] > 0)
                        pl_text_addf(text, "%s%zu %s", said++ == 0 ? ": " : ", ", counts[i],
                                     pl_rank_turn_words(i));
        pl_text_add(text, said > 0 ? ", of the largest." : ".");
}

static uint32_t place_of(const struct pl_journal_decision *table, uint64_t id)
{
        uint32_t place = 0;

        while (place < pl_explain_candidate_count(table) &&
               table->decision.candidates[place].id != id)
                place++;
        return place;
}

/* The one that would have been next. */
static void add_order(struct pl_text *text, const struct pl_explain *explain)
{
        const struct pl_journal_decision *table = pl_explain_table(explain);
        const uint32_t count = table ? pl_explain_candidate_count(table) : 0;
        const uint32_t own = table ? place_of(table, explain->act.decision.decision.id) : 0;

        pl_text_add(text, "It was its turn");
        for (uint32_t i = own + 1; i < count; i++) {
                const struct pl_candidate *other = &table->decision.candidates[i];

                if (other->turn != PL_TURN_NEXT ||
                    other->rank <= table->decision.candidates[own].rank)
                        continue;
                pl_text_add(text, ", before ");
                pl_explain_add_name(text, table->names[i], other->id);
                pl_text_add(text, ": ");
                pl_explain_add_rule(text, table, own, i);
                break;
        }
        pl_text_add(text, ".");
}

/* What is milder than an end goes by the order as well, but passes over those to whom it would do nothing. */
static void add_mild(struct pl_text *text, const struct pl_explain *explain)
{
        const struct pl_decision *made = &explain->act.decision.decision;
        const struct pl_journal_decision *table = pl_explain_table(explain);
        const uint32_t own = table ? place_of(table, made->id) : 0;

        if (made->measure == PL_MEASURE_RECLAIM)
                pl_text_add(text, "In order, it was the first that had something to give back "
                                  "without an end, and was not asked yet");
        else
                pl_text_add(text, "In order, it was the first that grew and could be slowed down "
                                  "without an end, and was not yet");
        if (table && own < pl_explain_candidate_count(table) &&
            table->decision.candidates[own].rank > 1)
                pl_text_addf(text, "; it has rank %lu, and those before it were passed over",
                             (unsigned long) table->decision.candidates[own].rank);
        pl_text_add(text, ".");
}

static void add_why_this(struct pl_text *text, const struct pl_explain *explain)
{
        switch (explain->act.decision.decision.choice) {
        case PL_CHOICE_ORDER:
                if (pl_explain_is_mild(explain->act.decision.decision.measure))
                        add_mild(text, explain);
                else
                        add_order(text, explain);
                break;
        case PL_CHOICE_GROWER:
                pl_text_add(text, "It made most of what was going, and those before it would not "
                                  "have made up for that for long.");
                break;
        case PL_CHOICE_LIVELOCK:
                pl_text_add(text, "It hung at its own memory.high.");
                break;
        case PL_CHOICE_AGAIN:
                pl_text_add(text, "It had been killed again and again.");
                break;
        case PL_CHOICE_OVER:
                pl_text_add(text, "What had begun came to its end: its time was over, it was calm "
                                  "again, or something stronger followed.");
                break;
        case PL_CHOICE_NOBODY:
                add_nobody(text, explain);
                break;
        default:
                pl_text_add(text, "For a reason that a later version knows.");
                break;
        }
}

void pl_explain_add_choice(struct pl_text *text, const struct pl_explain *explain)
{
        const struct pl_decision *made = &explain->act.decision.decision;

        pl_assert(text);

        add_why_this(text, explain);
        if (made->need_bytes == 0)
                return;
        pl_text_add(text, " Relief took ");
        pl_explain_add_bytes(text, explain, made->need_bytes);
        if (made->expected_bytes > 0) {
                pl_text_add(text, pl_explain_is_mild(made->measure) ? "; this was to bring "
                                                                    : "; it gives back ");
                pl_explain_add_bytes(text, explain, made->expected_bytes);
        }
        pl_text_add(text, ".");
}
