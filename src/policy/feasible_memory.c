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
                                      pl_in_words(limits->values[lower->limit]).text, lines[i].name,
                                      pl_in_words(limits->values[lines[i].limit]).text,
                                      consequence(lower->limit, lines[i].limit));
                lower = &lines[i];
        }
}

/* A limit so small that nobody means it. */
static void judge_unit(const struct pl_judging *judging, const struct pl_limits *limits,
                       const struct line *line)
{
        uint64_t bytes = limits->values[line->limit];

        if (!pl_limits_has(limits, line->limit) || bytes >= PL_LIMIT_LEAST_BYTES)
                return;
        pl_diag_error(judging->diag, judging->document->origin, line->place,
                      "%s is %s: nothing can live in that", line->name, pl_in_words(bytes).text);
        pl_diag_hint(judging->diag, "a number alone is of bytes: write \"512MiB\"");
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
                      pl_in_words(bytes).text, pl_in_words(judging->host->ram_bytes).text);
        pl_diag_hint(judging->diag, "a share fits every host: \"min(8GiB, 50%%)\"");
}

/* "50% of max" of a max that is no limit. */
static bool is_endless(const struct pl_judging *judging, const struct pl_limits *limits,
                       const struct line *line)
{
        if (!pl_limits_has(limits, line->limit) || limits->values[line->limit] != PL_SIZE_MAX)
                return false;
        pl_diag_error(judging->diag, judging->document->origin, line->place,
                      "%s is a share of no limit", line->name);
        pl_diag_hint(judging->diag, "write a share of RAM: \"10%%\"");
        return true;
}

static void judge_all_lines(const struct pl_judging *judging, const struct pl_limits *limits,
                            const struct line lines[LINES])
{
        if (is_endless(judging, limits, &lines[0]) || is_endless(judging, limits, &lines[1]))
                return;
        judge_lines(judging, limits, lines);
        judge_unit(judging, limits, &lines[3]);
        judge_unit(judging, limits, &lines[2]);
        judge_ram(judging, limits, &lines[3]);
        if (!pl_limits_has(limits, PL_LIMIT_MAX))
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

static bool resolve(const struct pl_judging *judging, struct pl_resolved *resolved)
{
        const struct pl_profile *profile = &judging->document->profile;
        enum pl_memory_key key;
        int r = pl_profile_resolve(profile, judging->host, resolved, &key);

        if (r != 0)
                say_unresolved(judging, profile->memory.fields.at[key], r, "memory.max");
        return r == 0;
}

static void say_too_much_swap(const struct pl_judging *judging, uint64_t swap_max)
{
        const struct pl_memory *memory = &judging->document->profile.memory;
        struct pl_place place = memory->fields.at[PL_MEMORY_SWAP_MAX];
        uint64_t has_bytes = judging->host->swap_bytes;

        if (has_bytes == 0)
                pl_diag_warning(judging->diag, judging->document->origin, place,
                                "memory.swap.max is %s, and the host has no swap",
                                pl_in_words(swap_max).text);
        else
                pl_diag_warning(judging->diag, judging->document->origin, place,
                                "memory.swap.max (%s) is more than the host's swap (%s)",
                                pl_in_words(swap_max).text, pl_in_words(has_bytes).text);
        pl_diag_hint(judging->diag, "\"min(8GiB, 50%% of swap)\" fits every host");
}

static void judge_swap(const struct pl_judging *judging, const struct pl_resolved *resolved)
{
        const struct pl_memory *memory = &judging->document->profile.memory;
        const struct pl_limits *wanted = &resolved->wanted;
        uint64_t swap_max = wanted->values[PL_LIMIT_SWAP_MAX];
        uint64_t has_bytes = judging->host->swap_bytes;

        if (!PL_HAS(memory, PL_MEMORY_SWAP_MAX))
                return;
        if (swap_max != PL_SIZE_MAX && swap_max > has_bytes)
                say_too_much_swap(judging, swap_max);
        if (PL_HAS(memory, PL_MEMORY_SWAP_HIGH) && wanted->values[PL_LIMIT_SWAP_HIGH] > swap_max)
                pl_diag_warning(
                        judging->diag, judging->document->origin,
                        memory->fields.at[PL_MEMORY_SWAP_HIGH],
                        "memory.swap.high (%s) is above memory.swap.max (%s) and does nothing",
                        pl_in_words(wanted->values[PL_LIMIT_SWAP_HIGH]).text,
                        pl_in_words(swap_max).text);
}

static void judge_swappiness(const struct pl_judging *judging, const struct pl_resolved *resolved)
{
        const struct pl_memory *memory = &judging->document->profile.memory;
        bool may_swap = resolved->wanted.values[PL_LIMIT_SWAP_MAX] > 0;

        if (!PL_HAS(memory, PL_MEMORY_SWAPPINESS) || !PL_HAS(memory, PL_MEMORY_SWAP_MAX) ||
            (memory->swappiness > 0) == may_swap)
                return;
        /* A share of a swap that this host does not have is no contradiction in the file. */
        if (memory->swappiness > 0 && judging->host->swap_bytes == 0)
                return;
        pl_diag_warning(judging->diag, judging->document->origin,
                        memory->fields.at[PL_MEMORY_SWAPPINESS],
                        may_swap ? "swappiness 0 says never to swap, and swap_max allows %s"
                                 : "swappiness has no effect where swap_max is %s",
                        pl_in_words(resolved->wanted.values[PL_LIMIT_SWAP_MAX]).text);
        pl_diag_hint(judging->diag, "leave one of the two out");
}

/* The host's doing is a note; the file's own contradiction is a warning. */
static void judge_high(const struct pl_judging *judging, const struct pl_resolved *resolved)
{
        const struct pl_memory *memory = &judging->document->profile.memory;
        struct pl_place place = memory->fields.at[PL_MEMORY_HIGH];
        const struct pl_size_base endless = { PL_TIB, PL_TIB, PL_TIB };
        uint64_t swap_bytes = PL_SIZE_MAX;
        bool by_itself;

        if (!resolved->high_left_out)
                return;
        if (PL_HAS(memory, PL_MEMORY_SWAP_MAX) &&
            pl_size_resolve(&memory->swap_max, &endless, &swap_bytes) != 0)
                return;
        by_itself = swap_bytes == 0 ||
                    (PL_HAS(memory, PL_MEMORY_SWAPPINESS) && memory->swappiness == 0 &&
                     !PL_HAS(memory, PL_MEMORY_SWAP_MAX));
        if (!by_itself) {
                pl_diag_note(judging->diag, judging->document->origin, place,
                             "memory.high is not applied: the host has no swap for it");
                return;
        }
        pl_diag_warning(
                judging->diag, judging->document->origin, place,
                "memory.high will not be applied: without swap a leak would sleep there for "
                "ever instead of dying");
        pl_diag_hint(judging->diag, "allow swap, leave \"high\" out, or set \"high_without_swap\"");
}

static void judge_ancestors(const struct pl_judging *judging, const struct pl_resolved *resolved)
{
        const struct pl_memory *memory = &judging->document->profile.memory;

        if (memory->raise_ancestors && resolved->promise_bytes == 0 &&
            !judging->document->is_partial)
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

        if (!resolve(judging, &resolved))
                return;
        judge_all_lines(judging, &resolved.wanted, lines);
        judge_swap(judging, &resolved);
        judge_swappiness(judging, &resolved);
        judge_high(judging, &resolved);
        judge_ancestors(judging, &resolved);
}

static bool resolve_budget(const struct pl_judging *judging, struct pl_limits *limits)
{
        const struct pl_budget *budget = &judging->document->profile.budget;
        enum pl_budget_key key;
        int r = pl_budget_resolve(budget, judging->host, limits, &key);

        if (r != 0)
                say_unresolved(judging, budget->fields.at[key], r, "budget.max");
        return r == 0;
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
                              pl_in_words(most).text, pl_in_words(needed).text);
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
}
