/* SPDX-License-Identifier: Apache-2.0 */

/* Why somebody is not taken, and why one comes before another: the rules of plimsoll-ranking(7), said of those two. */

#include <string.h>

#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"
#include "plimsoll/base/size.h"
#include "plimsoll/kernel/process.h"
#include "rank.h"

/* Below it, growth is no reason: the default of shortage.growth, for the journal does not say what the policy has. */
#define GROWTH_LEAST_BYTES (1 * PL_MIB)

const char *pl_rank_turn_words(enum pl_turn turn)
{
        static const char *const words[PL_TURNS] = {
                [PL_TURN_CHOSEN] = "going",
                [PL_TURN_NEXT] = "that may be taken",
                [PL_TURN_PROTECTED] = "protected",
                [PL_TURN_OBSERVED] = "only observed",
                [PL_TURN_OUTSIDE] = "outside of what is short",
                [PL_TURN_TOO_SMALL] = "too small",
                [PL_TURN_DYING] = "killed already",
                [PL_TURN_STUCK] = "killed and not dead",
                [PL_TURN_PAUSED] = "paused",
                [PL_TURN_RESTORED] = "restored",
                [PL_TURN_EMPTY] = "without a process",
                [PL_TURN_NO_RUNG] = "whose profile has neither term nor kill",
                [PL_TURN_UNKNOWN] = "not read yet",
        };

        pl_assert(turn < PL_TURNS);
        return words[turn];
}

const char *pl_rank_turn_sentence(uint32_t turn)
{
        static const char *const sentences[PL_TURNS] = {
                [PL_TURN_CHOSEN] = "it goes now",
                [PL_TURN_NEXT] = "it may be taken",
                [PL_TURN_PROTECTED] = "protected",
                [PL_TURN_OBSERVED] = "only observed: the policy says so, or it is kubelet's",
                [PL_TURN_OUTSIDE] = "outside of what is short",
                [PL_TURN_TOO_SMALL] = "too small to be worth it while there are larger ones",
                [PL_TURN_DYING] = "killed already: what it had is on its way back",
                [PL_TURN_STUCK] = "was killed and did not die: the kernel holds it",
                [PL_TURN_PAUSED] = "paused by an order (plimsoll resume)",
                [PL_TURN_RESTORED] = "restored: left alone until plimsoll apply",
                [PL_TURN_EMPTY] = "nobody is in it",
                [PL_TURN_NO_RUNG] = "its profile has neither term nor kill among its rungs",
                [PL_TURN_UNKNOWN] = "what it uses was not read yet",
        };

        return turn < PL_TURNS ? sentences[turn] : NULL;
}

/* The first process and plimsolld itself are what nothing goes on without. */
static const char *protected_by(const struct pl_journal_row *row)
{
        if (strcmp(row->unit, "init.scope") == 0 || strcmp(row->unit, "plimsolld.service") == 0)
                return "protected: nothing goes on without it";
        if (row->flags & PL_CGROUP_PROFILE && row->order == PL_PROCESS_SCORE_ADJ_MIN)
                return "protected by its profile, whose oom.score_adj is -1000";
        return "protected by the policy or by an order";
}

const char *pl_rank_reason(uint32_t turn, const struct pl_journal_row *row)
{
        return row && turn == PL_TURN_PROTECTED ? protected_by(row) : pl_rank_turn_sentence(turn);
}

void pl_rank_add_order(struct pl_text *text, int32_t order)
{
        pl_text_addf(text, order > 0 ? "+%ld" : "%ld", (long) order);
}

/* ---- which rule ---- */

static void add_name(struct pl_text *text, struct pl_cli_style style,
                     const struct pl_rank_entry *entry)
{
        pl_cli_add_plain(text, style, pl_span_of(entry->name));
}

/* A root unit of system.slice with neither a profile nor an oom_score_adj above 0, as far as its row has that. */
static bool is_of_system(const struct pl_rank_entry *entry)
{
        const struct pl_journal_row *row = entry->row;

        return row && row->flags & PL_CGROUP_SYSTEM && !(row->flags & PL_CGROUP_PROFILE) &&
               row->score_adj <= 0;
}

uint32_t pl_rank_growth_class(uint64_t bytes_per_sec)
{
        uint32_t class = 0;

        for (; bytes_per_sec >= GROWTH_LEAST_BYTES; bytes_per_sec /= 2)
                class ++;
        return class;
}

static void add_rate(struct pl_text *text, uint64_t bytes_per_sec)
{
        pl_bytes_format_short(text, bytes_per_sec);
        pl_text_add(text, bytes_per_sec > 0 ? "/s" : "");
}

static void add_rule(struct pl_text *text, const struct pl_rank_entry *ours,
                     const struct pl_rank_entry *kernels)
{
        const struct pl_candidate *a = &ours->candidate, *b = &kernels->candidate;

        if (a->order != b->order) {
                pl_text_add(text, "here the order comes first, ");
                pl_rank_add_order(text, a->order);
                pl_text_add(text, " against ");
                pl_rank_add_order(text, b->order);
        } else if (!is_of_system(ours) && is_of_system(kernels))
                pl_text_add(text, "here a unit of the system comes after the others of its order");
        else if (a->over_promise_bytes > 0 && b->over_promise_bytes == 0)
                pl_text_add(text, "here those above what they were promised come first, and only "
                                  "the former is");
        else if (a->leaks > b->leaks)
                pl_text_add(text, "here those that leak for certain come first");
        else if (pl_rank_growth_class(a->growth_bytes_per_sec) >
                 pl_rank_growth_class(b->growth_bytes_per_sec)) {
                pl_text_add(text, "here those that grow faster come first, ");
                add_rate(text, a->growth_bytes_per_sec);
                pl_text_add(text, " against ");
                add_rate(text, b->growth_bytes_per_sec);
        } else if (a->gives_back_bytes != b->gives_back_bytes) {
                pl_text_add(text, "here it counts what all processes of a workload give back, ");
                pl_bytes_format_short(text, a->gives_back_bytes);
                pl_text_add(text, " against ");
                pl_bytes_format_short(text, b->gives_back_bytes);
        } else
                pl_text_add(text,
                            "here they are alike, and the one that was made later goes first");
}

void pl_rank_add_why(struct pl_text *text, struct pl_cli_style style,
                     const struct pl_rank_entry *ours, const struct pl_rank_entry *kernels)
{
        const char *sentence = pl_rank_reason(kernels->candidate.turn, kernels->row);

        pl_assert(text && ours);

        pl_text_add(text, "it would take ");
        add_name(text, style, kernels);
        pl_text_addf(text, " (oom_score %llu) before ", (unsigned long long) kernels->score);
        add_name(text, style, ours);
        pl_text_addf(text, " (%llu): ", (unsigned long long) ours->score);
        if (!pl_rank_is_safe(kernels))
                add_rule(text, ours, kernels);
        else
                pl_text_addf(text, "here that is %s",
                             sentence ? sentence : "not taken, for a reason of a later version");
}

void pl_rank_add_growth(struct pl_text *text, struct pl_cli_style style,
                        const struct pl_candidate *candidate)
{
        pl_assert(text && candidate);

        if (candidate->leaks)
                pl_text_add(text, "leaks ");
        if (candidate->growth_bytes_per_sec > 0 || !candidate->leaks)
                pl_live_add_amount(text, style, candidate->growth_bytes_per_sec > 0,
                                   candidate->growth_bytes_per_sec);
        if (candidate->growth_bytes_per_sec > 0)
                pl_text_add(text, "/s");
}
