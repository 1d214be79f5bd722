/* SPDX-License-Identifier: Apache-2.0 */

/* Whether a workload may swap is said in three places that can contradict each other: swap_max, swappiness, and the host,
 * which may have no swap at all. A contradiction within the file is a warning on every host, so that it is not found only
 * where the file is taken next; what a host makes of a file that is sound is a note.
 */

#include "feasible_internal.h"
#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"

/* Whether the file itself leaves no swap, however much a host has. */
static bool never_swaps(const struct pl_memory *memory)
{
        const struct pl_size_base plenty = { PL_TIB, PL_TIB, PL_TIB };
        uint64_t bytes;

        if (!PL_HAS(memory, PL_MEMORY_SWAP_MAX))
                return PL_HAS(memory, PL_MEMORY_SWAPPINESS) && memory->swappiness == 0;
        return pl_size_resolve(&memory->swap_max, &plenty, &bytes) == 0 && bytes == 0;
}

bool pl_judge_swap_limit(const struct pl_judging *judging, struct pl_place place, const char *name,
                         uint64_t bytes)
{
        uint64_t has_bytes = judging->host->swap_bytes;

        /* "max" takes what there is. */
        if (bytes == PL_SIZE_MAX || bytes <= has_bytes)
                return false;
        if (has_bytes == 0)
                pl_diag_warning(judging->diag, judging->document->origin, place,
                                "%s is %s, and the host has no swap", name,
                                pl_in_words(bytes).text);
        else
                pl_diag_warning(judging->diag, judging->document->origin, place,
                                "%s (%s) is more than the host's swap (%s)", name,
                                pl_in_words_beside(bytes, has_bytes).text,
                                pl_in_words_beside(has_bytes, bytes).text);
        pl_diag_hint(judging->diag, "\"min(8GiB, 50%% of swap)\" fits every host");
        return true;
}

static void judge_limits(const struct pl_judging *judging, const struct pl_limits *wanted)
{
        const struct pl_memory *memory = &judging->document->profile.memory;
        uint64_t high = wanted->values[PL_LIMIT_SWAP_HIGH], max = wanted->values[PL_LIMIT_SWAP_MAX];
        struct pl_place place = memory->fields.at[PL_MEMORY_SWAP_HIGH];
        bool has_max = pl_limits_has(wanted, PL_LIMIT_SWAP_MAX);

        if (has_max && pl_judge_swap_limit(judging, memory->fields.at[PL_MEMORY_SWAP_MAX],
                                           "memory.swap.max", max))
                return;
        if (!pl_limits_has(wanted, PL_LIMIT_SWAP_HIGH) || high == PL_SIZE_MAX)
                return;
        if (has_max && high > max && (judging->host->swap_bytes > 0 || never_swaps(memory)))
                pl_diag_warning(
                        judging->diag, judging->document->origin, place,
                        "memory.swap.high (%s) is above memory.swap.max (%s) and does nothing",
                        pl_in_words_beside(high, max).text, pl_in_words_beside(max, high).text);
        else
                (void) pl_judge_swap_limit(judging, place, "memory.swap.high", high);
}

static void judge_swappiness(const struct pl_judging *judging)
{
        const struct pl_memory *memory = &judging->document->profile.memory;

        if (!PL_HAS(memory, PL_MEMORY_SWAPPINESS) || !PL_HAS(memory, PL_MEMORY_SWAP_MAX) ||
            (memory->swappiness == 0) == never_swaps(memory))
                return;
        pl_diag_warning(judging->diag, judging->document->origin,
                        memory->fields.at[PL_MEMORY_SWAPPINESS], "%s",
                        memory->swappiness == 0
                                ? "swappiness 0 says never to swap, and swap_max allows it"
                                : "swappiness has no effect where swap_max is 0");
        pl_diag_hint(judging->diag, "leave one of the two out");
}

/* What zswap may not keep goes to the disk, unless that is forbidden as well (cgroup-v2.rst on memory.zswap.writeback, 6.8). */
static void judge_zswap(const struct pl_judging *judging, const struct pl_limits *wanted)
{
        const struct pl_memory *memory = &judging->document->profile.memory;

        if (!pl_limits_has(wanted, PL_LIMIT_ZSWAP_MAX) || wanted->values[PL_LIMIT_ZSWAP_MAX] != 0 ||
            !PL_HAS(memory, PL_MEMORY_ZSWAP_WRITEBACK) || memory->zswap_writeback ||
            never_swaps(memory))
                return;
        pl_diag_warning(judging->diag, judging->document->origin,
                        memory->fields.at[PL_MEMORY_ZSWAP_WRITEBACK],
                        "with zswap_max 0 and zswap_writeback false nothing can be swapped where "
                        "zswap is on");
        pl_diag_hint(judging->diag, "\"swap_max\": 0 says so everywhere");
}

/* The host's doing is a note; the file's own contradiction is a warning. */
static void judge_high(const struct pl_judging *judging, const struct pl_resolved *resolved)
{
        const struct pl_memory *memory = &judging->document->profile.memory;
        struct pl_place place = memory->fields.at[PL_MEMORY_HIGH];

        if (!resolved->high_left_out)
                return;
        if (!never_swaps(memory)) {
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

void pl_judge_swap(const struct pl_judging *judging, const struct pl_resolved *resolved)
{
        pl_assert(judging);
        pl_assert(resolved);

        judge_limits(judging, &resolved->wanted);
        judge_swappiness(judging);
        judge_zswap(judging, &resolved->wanted);
        judge_high(judging, resolved);
}
