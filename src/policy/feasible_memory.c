/* SPDX-License-Identifier: Apache-2.0 */

#include "feasible_internal.h"
#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"

/* One of min ≤ low ≤ high ≤ max. */
struct line {
        const char *name;
        enum pl_limit limit;
        struct pl_place place;
};

enum { LINES = 4 };

/* What follows when `lower` lies above `upper`. */
static const char *consequence(enum pl_limit lower, enum pl_limit upper)
{
        if (lower == PL_LIMIT_HIGH)
                return "it would be killed before it is throttled";
        if (upper == PL_LIMIT_LOW)
                return "what may be taken last would be less than what is never taken";
        if (upper == PL_LIMIT_HIGH)
                return "it would be throttled before it has what it is promised";
        return "it can never have what it is promised";
}

static void judge_lines(const struct pl_judging *judging, const struct pl_limits *limits,
                        const struct line lines[LINES])
{
        const struct line *lower = NULL;

        for (size_t i = 0; i < LINES; i++) {
                if (!pl_limits_has(limits, lines[i].limit))
                        continue;
                if (lower && limits->values[lower->limit] > limits->values[lines[i].limit])
                        pl_diag_error(judging->diag, judging->document->origin, lower->place,
                                      "%s (%s) is above %s (%s): %s", lower->name,
                                      pl_in_words_beside(limits->values[lower->limit],
                                                         limits->values[lines[i].limit])
                                              .text,
                                      lines[i].name,
                                      pl_in_words_beside(limits->values[lines[i].limit],
                                                         limits->values[lower->limit])
                                              .text,
                                      consequence(lower->limit, lines[i].limit));
                lower = &lines[i];
        }
}

static bool is_tiny(const struct pl_limits *limits, enum pl_limit limit)
{
        return pl_limits_has(limits, limit) && limits->values[limit] < PL_LIMIT_LEAST_BYTES;
}

static void drop(struct pl_limits *limits, enum pl_limit limit)
{
        limits->set &= ~(UINT32_C(1) << limit);
}

static void say_tiny(const struct pl_judging *judging, const struct pl_limits *limits,
                     const struct line *line)
{
        pl_diag_error(judging->diag, judging->document->origin, line->place,
                      "%s is %s: nothing can live in that", line->name,
                      pl_in_words(limits->values[line->limit]).text);
        pl_diag_hint(judging->diag, "a number alone is of bytes: write \"512MiB\"");
}

/* A limit so small that nobody means it. It is said once and then left out, for all that it is held against would be wrong
 * as well; so would be a high that is a share of such a max. */
static void judge_units(const struct pl_judging *judging, struct pl_limits *limits,
                        const struct line *high, const struct line *max)
{
        if (is_tiny(limits, max->limit))
                say_tiny(judging, limits, max);
        else if (is_tiny(limits, high->limit))
                say_tiny(judging, limits, high);
        if (is_tiny(limits, high->limit))
                drop(limits, high->limit);
        if (is_tiny(limits, max->limit))
                drop(limits, max->limit);
}

static void judge_ram(const struct pl_judging *judging, const struct pl_limits *limits,
                      const struct line *line)
{
        uint64_t bytes = limits->values[line->limit];

        if (!pl_limits_has(limits, line->limit) || bytes == PL_SIZE_MAX ||
            bytes <= judging->host->ram_bytes)
                return;
        pl_diag_error(judging->diag, judging->document->origin, line->place,
                      "%s (%s) is more than the host's RAM (%s)", line->name,
                      pl_in_words_beside(bytes, judging->host->ram_bytes).text,
                      pl_in_words_beside(judging->host->ram_bytes, bytes).text);
        pl_diag_hint(judging->diag, "a share fits every host: \"min(8GiB, 50%%)\"");
}

/* "50% of max" of a max that is no limit. */
static void judge_end(const struct pl_judging *judging, struct pl_limits *limits,
                      const struct line *line)
{
        if (!pl_limits_has(limits, line->limit) || limits->values[line->limit] != PL_SIZE_MAX)
                return;
        pl_diag_error(judging->diag, judging->document->origin, line->place,
                      "%s is a share of no limit", line->name);
        pl_diag_hint(judging->diag, "write a share of RAM: \"10%%\"");
        drop(limits, line->limit);
}

/* What was wrong by itself is not in the limits afterwards. */
static void judge_all_lines(const struct pl_judging *judging, struct pl_limits *limits,
                            const struct line lines[LINES])
{
        judge_end(judging, limits, &lines[0]);
        judge_end(judging, limits, &lines[1]);
        judge_units(judging, limits, &lines[2], &lines[3]);
        judge_lines(judging, limits, lines);
        judge_ram(judging, limits, &lines[3]);
        if (!pl_limits_has(limits, PL_LIMIT_MAX) || limits->values[PL_LIMIT_MAX] == PL_SIZE_MAX)
                judge_ram(judging, limits, &lines[2]);
}

static void say_unresolved(const struct pl_judging *judging, struct pl_place place, int error,
                           const char *max)
{
        if (error == PL_RESOLVE_E_RANGE) {
                pl_diag_error(judging->diag, judging->document->origin, place,
                              "this is more than 64 bits hold");
                return;
        }
        /* A max that is wrong has been said already. */
        if (judging->document->is_partial)
                return;
        pl_diag_error(judging->diag, judging->document->origin, place,
                      "this is a share of max, and %s is not set", max);
        pl_diag_hint(judging->diag, "set \"max\", or write a share of RAM: \"50%%\"");
}

/* Says every key that cannot be resolved, and resolves what is left. False if there is nothing left to judge: without max
 * all that is a share of it would be wrong as well. */
static bool resolve(const struct pl_judging *judging, struct pl_resolved *resolved)
{
        struct pl_profile rest = judging->document->profile;
        enum pl_memory_key key;

        for (size_t i = 0; i < PL_MEMORY_KEYS; i++) {
                int r = pl_profile_resolve(&rest, judging->host, resolved, &key);

                if (r == 0)
                        return true;
                say_unresolved(judging, rest.memory.fields.at[key], r, "memory.max");
                if (key == PL_MEMORY_MAX)
                        return false;
                rest.memory.fields.set &= ~(UINT32_C(1) << key);
        }
        pl_unreachable();
}

static void judge_ancestors(const struct pl_judging *judging, const struct pl_resolved *resolved)
{
        const struct pl_memory *memory = &judging->document->profile.memory;

        if (!memory->raise_ancestors || resolved->promise_bytes > 0 ||
            judging->document->is_partial)
                return;
        /* A promise that could not be resolved has been said. */
        if ((PL_HAS(memory, PL_MEMORY_LOW) && !pl_limits_has(&resolved->wanted, PL_LIMIT_LOW)) ||
            (PL_HAS(memory, PL_MEMORY_MIN) && !pl_limits_has(&resolved->wanted, PL_LIMIT_MIN)))
                return;
        pl_diag_warning(judging->diag, judging->document->origin,
                        memory->fields.at[PL_MEMORY_RAISE_ANCESTORS],
                        "raise_ancestors has no effect without \"min\" or \"low\"");
}

void pl_judge_memory(const struct pl_judging *judging)
{
        const struct pl_memory *memory = &judging->document->profile.memory;
        const struct line lines[LINES] = {
                { "memory.min", PL_LIMIT_MIN, memory->fields.at[PL_MEMORY_MIN] },
                { "memory.low", PL_LIMIT_LOW, memory->fields.at[PL_MEMORY_LOW] },
                { "memory.high", PL_LIMIT_HIGH, memory->fields.at[PL_MEMORY_HIGH] },
                { "memory.max", PL_LIMIT_MAX, memory->fields.at[PL_MEMORY_MAX] },
        };
        struct pl_resolved resolved;
        struct pl_limits limits;

        if (!resolve(judging, &resolved))
                return;
        limits = resolved.wanted;
        judge_all_lines(judging, &limits, lines);
        pl_judge_swap(judging, &resolved);
        judge_ancestors(judging, &resolved);
}

static bool resolve_budget(const struct pl_judging *judging, struct pl_limits *limits)
{
        struct pl_budget rest = judging->document->profile.budget;
        enum pl_budget_key key;

        for (size_t i = 0; i < PL_BUDGET_KEYS; i++) {
                int r = pl_budget_resolve(&rest, judging->host, limits, &key);

                if (r == 0)
                        return true;
                say_unresolved(judging, rest.fields.at[key], r, "budget.max");
                if (key == PL_BUDGET_MAX)
                        return false;
                rest.fields.set &= ~(UINT32_C(1) << key);
        }
        pl_unreachable();
}

/* A class that may have less together than one of it alone. */
static void judge_share(const struct pl_judging *judging, const struct pl_limits *limits)
{
        const struct pl_profile *profile = &judging->document->profile;
        struct pl_resolved one;
        enum pl_memory_key key;
        uint64_t most = limits->values[PL_LIMIT_MAX], needed;

        if (!pl_limits_has(limits, PL_LIMIT_MAX) ||
            pl_profile_resolve(profile, judging->host, &one, &key) != 0)
                return;
        needed = pl_limits_has(&one.wanted, PL_LIMIT_MAX) &&
                                 one.wanted.values[PL_LIMIT_MAX] != PL_SIZE_MAX
                         ? one.wanted.values[PL_LIMIT_MAX]
                         : one.promise_bytes;
        if (most < needed)
                pl_diag_error(judging->diag, judging->document->origin,
                              profile->budget.fields.at[PL_BUDGET_MAX],
                              "the budget of all (%s) is less than what one workload may have (%s)",
                              pl_in_words_beside(most, needed).text,
                              pl_in_words_beside(needed, most).text);
}

void pl_judge_budget(const struct pl_judging *judging)
{
        const struct pl_budget *budget = &judging->document->profile.budget;
        const struct line lines[LINES] = {
                { "budget.min", PL_LIMIT_MIN, budget->fields.at[PL_BUDGET_MIN] },
                { "budget.low", PL_LIMIT_LOW, budget->fields.at[PL_BUDGET_LOW] },
                { "budget.high", PL_LIMIT_HIGH, budget->fields.at[PL_BUDGET_HIGH] },
                { "budget.max", PL_LIMIT_MAX, budget->fields.at[PL_BUDGET_MAX] },
        };
        struct pl_limits limits;

        if (!resolve_budget(judging, &limits))
                return;
        judge_all_lines(judging, &limits, lines);
        judge_share(judging, &limits);
        if (pl_budget_leaves_out_high(&limits, judging->host))
                pl_diag_note(judging->diag, judging->document->origin,
                             budget->fields.at[PL_BUDGET_HIGH],
                             "budget.high is not applied: the slice can have no swap");
        if (pl_limits_has(&limits, PL_LIMIT_SWAP_MAX))
                (void) pl_judge_swap_limit(judging, budget->fields.at[PL_BUDGET_SWAP_MAX],
                                           "budget.swap_max", limits.values[PL_LIMIT_SWAP_MAX]);
}
