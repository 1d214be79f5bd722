/* SPDX-License-Identifier: Apache-2.0 */

/* The rules of plimsoll-ranking(7), said of two who stand in one table, in the order in which they are asked. A table does not
 * say who is a unit of the system and has no profile, but such a one is called so.
 */

#include "explain.h"

#include <string.h>

#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"
#include "plimsoll/base/size.h"
#include "rank.h"

const char *pl_explain_turn_words(uint32_t turn)
{
        static const char *const words[PL_TURNS] = {
                [PL_TURN_CHOSEN] = "chosen",         [PL_TURN_NEXT] = "not needed",
                [PL_TURN_PROTECTED] = "protected",   [PL_TURN_OBSERVED] = "only observed",
                [PL_TURN_OUTSIDE] = "outside of it", [PL_TURN_TOO_SMALL] = "too small",
                [PL_TURN_DYING] = "dying already",   [PL_TURN_STUCK] = "does not die",
                [PL_TURN_PAUSED] = "paused",         [PL_TURN_RESTORED] = "restored",
                [PL_TURN_EMPTY] = "nobody in it",    [PL_TURN_NO_RUNG] = "no such rung",
                [PL_TURN_UNKNOWN] = "not read yet",
        };

        return turn < PL_TURNS ? words[turn] : NULL;
}

/* ---- one before another ---- */

static void add_rates(struct pl_text *text, uint64_t a, uint64_t b)
{
        pl_bytes_format_short(text, a);
        pl_text_add(text, "/s against ");
        pl_bytes_format_short(text, b);
        pl_text_add(text, b > 0 ? "/s" : "");
}

/* To the byte where it is no more than bytes that tell them apart. */
void pl_explain_add_amounts(struct pl_text *text, uint64_t a, const char *between, uint64_t b)
{
        char buffers[2][32];
        struct pl_text amounts[2];

        pl_assert(text && between);

        for (size_t i = 0; i < 2; i++) {
                pl_text_init(&amounts[i], buffers[i], sizeof buffers[i]);
                pl_bytes_format_short(&amounts[i], i == 0 ? a : b);
        }
        if (a != b && strcmp(buffers[0], buffers[1]) == 0)
                pl_text_addf(text, "%llu%s%llu bytes", (unsigned long long) a, between,
                             (unsigned long long) b);
        else
                pl_text_addf(text, "%s%s%s", buffers[0], between, buffers[1]);
}

static bool is_of_system(const struct pl_journal_decision *table, uint32_t index)
{
        return table->decision.candidates[index].order <= 0 &&
               strncmp(table->names[index], "system/", sizeof "system/" - 1) == 0;
}

/* Below 0: `a` comes first; 0: the rule does not tell. */
static int by_class(const struct pl_candidate *a, const struct pl_candidate *b)
{
        uint32_t a_class = pl_rank_growth_class(a->growth_bytes_per_sec);
        uint32_t b_class = pl_rank_growth_class(b->growth_bytes_per_sec);

        return (a_class < b_class) - (a_class > b_class);
}

/* Who is a unit of the system without being called so, and what shortage.growth is. */
static void add_unshown(struct pl_text *text)
{
        pl_text_add(text, "by what the table does not show (rules 2 and 5 of plimsoll-ranking)");
}

/* Of those that are alike in all that is looked at before. */
static void add_last_rules(struct pl_text *text, const struct pl_candidate *a,
                           const struct pl_candidate *b)
{
        int class = by_class(a, b);

        if (class < 0) {
                pl_text_add(text, "it grows faster, ");
                add_rates(text, a->growth_bytes_per_sec, b->growth_bytes_per_sec);
        } else if (class == 0 && a->gives_back_bytes > b->gives_back_bytes) {
                pl_text_add(text, "it gives back more, ");
                pl_explain_add_amounts(text, a->gives_back_bytes, " against ", b->gives_back_bytes);
        } else if (class == 0 && a->gives_back_bytes == b->gives_back_bytes && a->id >= b->id)
                pl_text_add(text, "they are alike, and the one that was made later goes first");
        else
                add_unshown(text);
}

static bool is_as_promised(const struct pl_candidate *a, const struct pl_candidate *b)
{
        return (a->over_promise_bytes > 0) == (b->over_promise_bytes > 0);
}

/* The rules that are known would have it the other way round. */
static bool is_unshown(const struct pl_candidate *a, const struct pl_candidate *b, bool is_system)
{
        if (a->order != b->order)
                return a->order < b->order;
        if (is_system)
                return false;
        if (!is_as_promised(a, b))
                return a->over_promise_bytes == 0;
        return a->leaks < b->leaks;
}

void pl_explain_add_rule(struct pl_text *text, const struct pl_journal_decision *table,
                         uint32_t first, uint32_t second)
{
        const struct pl_candidate *a = &table->decision.candidates[first];
        const struct pl_candidate *b = &table->decision.candidates[second];
        bool is_system;

        pl_assert(text);
        pl_assert(first < PL_CANDIDATES_MAX && second < PL_CANDIDATES_MAX);

        is_system = is_of_system(table, second) && !is_of_system(table, first);
        if (is_unshown(a, b, is_system))
                add_unshown(text);
        else if (a->order > b->order) {
                pl_text_add(text, "its order is higher, ");
                pl_rank_add_order(text, a->order);
                pl_text_add(text, " against ");
                pl_rank_add_order(text, b->order);
        } else if (is_system)
                pl_text_add(text, "a unit of the system comes after the others of its order");
        else if (a->over_promise_bytes > 0 && b->over_promise_bytes == 0)
                pl_text_add(text, "it is above what it was promised, and the other is not");
        else if (a->leaks > b->leaks)
                pl_text_add(text, "it leaks for certain");
        else
                add_last_rules(text, a, b);
}

/* ---- why a candidate went, or did not ---- */

/* Of those that went, the one that is the last in order. */
static const struct pl_candidate *last_chosen(const struct pl_journal_decision *table,
                                              uint32_t *ret_index)
{
        const struct pl_candidate *found = NULL;

        for (uint32_t i = 0; i < pl_explain_candidate_count(table); i++)
                if (table->decision.candidates[i].turn == PL_TURN_CHOSEN) {
                        found = &table->decision.candidates[i];
                        *ret_index = i;
                }
        return found;
}

/* It stands before the one that was taken. */
static void add_passed_over(struct pl_text *text, const struct pl_journal_decision *table)
{
        if (table->decision.choice == PL_CHOICE_GROWER)
                pl_text_add(text, " made most of what was going, and was to go alone: those before "
                                  "it would not have made up for that for long");
        else if (pl_explain_is_mild(table->decision.measure))
                pl_text_add(text, " comes after it, and was to be spared an end: of those before "
                                  "it, nothing could be taken back just then, or that had been "
                                  "tried already");
        else
                pl_text_add(text, " comes after it, and was taken all the same");
}

static void add_not_needed(struct pl_text *text, const struct pl_journal_decision *table,
                           uint32_t index)
{
        const struct pl_candidate *candidate = &table->decision.candidates[index];
        uint32_t at = 0;
        const struct pl_candidate *chosen = last_chosen(table, &at);

        if (!chosen) {
                pl_text_add(text, "it could have been taken, and was not needed");
                return;
        }
        if (candidate->rank < chosen->rank) {
                pl_explain_add_name(text, table->names[at], chosen->id);
                add_passed_over(text, table);
                return;
        }
        if (table->decision.choice == PL_CHOICE_GROWER) {
                pl_explain_add_name(text, table->names[at], chosen->id);
                pl_text_add(text, " made most of what was going, and was to go alone");
                return;
        }
        pl_text_add(text, "not needed after ");
        pl_explain_add_name(text, table->names[at], chosen->id);
        pl_text_add(text, ", which comes first: ");
        pl_explain_add_rule(text, table, at, index);
}

void pl_explain_add_why(struct pl_text *text, const struct pl_journal_decision *table,
                        uint32_t index)
{
        const struct pl_candidate *candidate;
        const char *sentence;

        pl_assert(text && table);
        pl_assert(index < pl_explain_candidate_count(table));

        candidate = &table->decision.candidates[index];
        sentence = pl_rank_turn_sentence(candidate->turn);
        if (candidate->turn == PL_TURN_CHOSEN)
                pl_text_add(text, "it was chosen");
        else if (candidate->turn == PL_TURN_NEXT)
                add_not_needed(text, table, index);
        else
                pl_text_add(text, sentence ? sentence : "for a reason that a later version knows");
}
