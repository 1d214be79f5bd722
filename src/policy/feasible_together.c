/* SPDX-License-Identifier: Apache-2.0 */

/* Promises are kept at the cost of everybody else, so what counts is their sum: one workload of each profile where nobody
 * knows better, and what is kept for the operator.
 */

#include <string.h>

#include "feasible_internal.h"
#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"
#include "plimsoll/base/ratio.h"
#include "vocabulary_internal.h"

enum {
        SLICE_MAX = 256, /* of the name of a unit, with its NUL */
        NAMED_MAX = 3,   /* contributors that a sentence names */
        PROMISED_MOST_PERMYRIAD =
                8000, /* what is left has to hold the kernel, the page cache and everybody else */
        MIN_MOST_PERMYRIAD =
                5000,          /* what is never reclaimed makes OOM kills of others (KEP-2570) */
        DISAGREEMENTS_MAX = 8, /* more than that says: this is another order altogether */
};

struct promise {
        const struct pl_document *document; /* NULL: the reserve of no document */
        uint64_t bytes;                     /* of all its workloads */
        uint64_t min_bytes;                 /* the part that is never reclaimed */
};

struct sum {
        struct promise largest[NAMED_MAX];
        struct promise most_min;        /* the one that is never reclaimed the most */
        const struct pl_document *over; /* the one that went above RAM */
        uint64_t bytes, min_bytes, ram_bytes;
};

static uint64_t add(uint64_t a, uint64_t b)
{
        uint64_t sum;

        return __builtin_add_overflow(a, b, &sum) ? UINT64_MAX : sum;
}

static uint64_t times(uint64_t bytes, size_t count)
{
        uint64_t product;

        return __builtin_mul_overflow(bytes, count, &product) ? UINT64_MAX : product;
}

static void add_promise(struct sum *sum, struct promise promise)
{
        struct promise sinking = promise;

        sum->bytes = add(sum->bytes, promise.bytes);
        sum->min_bytes = add(sum->min_bytes, promise.min_bytes);
        if (sum->bytes > sum->ram_bytes && !sum->over)
                sum->over = promise.document;
        if (promise.min_bytes > sum->most_min.min_bytes)
                sum->most_min = promise;
        for (size_t i = 0; i < NAMED_MAX; i++)
                if (sinking.bytes > sum->largest[i].bytes) {
                        struct promise above = sum->largest[i];

                        sum->largest[i] = sinking;
                        sinking = above;
                }
}

static uint64_t value(const struct pl_limits *limits, enum pl_limit limit)
{
        /* What has no end has been said already. */
        return pl_limits_has(limits, limit) && limits->values[limit] != PL_SIZE_MAX
                       ? limits->values[limit]
                       : 0;
}

/* What a class keeps for itself: all of its workloads, or the slice that they are in if that keeps more. */
static struct promise promise_of(const struct pl_document *document,
                                 const struct pl_host_facts *host, size_t count)
{
        struct promise promise = { .document = document };
        struct pl_resolved one;
        struct pl_limits all;
        enum pl_memory_key key;
        enum pl_budget_key budget_key;

        /* Whoever may have more than there is promises too much for that reason, which has been said. */
        if (pl_profile_resolve(&document->profile, host, &one, &key) == 0 &&
            value(&one.wanted, PL_LIMIT_MAX) <= host->ram_bytes) {
                promise.min_bytes = times(value(&one.wanted, PL_LIMIT_MIN), count);
                promise.bytes = PL_MAX(promise.min_bytes,
                                       times(value(&one.wanted, PL_LIMIT_LOW), count));
        }
        if (pl_budget_resolve(&document->profile.budget, host, &all, &budget_key) == 0) {
                promise.min_bytes = PL_MAX(promise.min_bytes, value(&all, PL_LIMIT_MIN));
                promise.bytes = PL_MAX(promise.bytes, value(&all, PL_LIMIT_LOW));
                promise.bytes = PL_MAX(promise.bytes, promise.min_bytes);
        }
        return promise;
}

static uint64_t reserve_of(const struct pl_policy *policy, const struct pl_host_facts *host)
{
        const struct pl_size_base base = { host->ram_bytes, host->swap_bytes, PL_SIZE_MAX };
        const struct pl_host_policy *defaults = pl_object_host.fallback;
        const struct pl_size *reserve = policy->host ? &policy->host->host.reserve
                                                     : &defaults->reserve;
        uint64_t bytes;

        /* Before any document was read there are no defaults, and nobody who is promised anything. One that leaves nothing
         * has been said already. */
        return reserve->count > 0 && pl_size_resolve(reserve, &base, &bytes) == 0 &&
                               bytes < host->ram_bytes
                       ? bytes
                       : 0;
}

static struct sum add_all(const struct pl_policy *policy, const struct pl_host_facts *host,
                          const size_t *counts)
{
        struct sum sum = { .ram_bytes = host->ram_bytes };
        uint64_t reserve_bytes = reserve_of(policy, host);

        add_promise(&sum, (struct promise){ policy->host, reserve_bytes, 0 });
        for (size_t i = 0; i < policy->profile_count; i++)
                add_promise(&sum, promise_of(policy->profiles[i], host, counts ? counts[i] : 1));
        return sum;
}

void pl_policy_promises(const struct pl_policy *policy, const struct pl_host_facts *host,
                        const size_t *counts, struct pl_promises *ret_promises)
{
        struct sum sum;

        pl_assert(policy && host);
        pl_assert(ret_promises);

        sum = add_all(policy, host, counts);
        *ret_promises = (struct pl_promises){
                .bytes = sum.bytes,
                .reserve_bytes = reserve_of(policy, host),
        };
}

/* Where a promise stands in its file. */
static struct pl_place place_of(const struct pl_document *document)
{
        const struct pl_memory *memory = &document->profile.memory;

        if (document->kind == PL_DOCUMENT_HOST)
                return document->host.fields.at[PL_HOST_RESERVE];
        if (PL_HAS(memory, PL_MEMORY_LOW) || PL_HAS(memory, PL_MEMORY_MIN))
                return memory->fields
                        .at[PL_HAS(memory, PL_MEMORY_LOW) ? PL_MEMORY_LOW : PL_MEMORY_MIN];
        return document->profile.fields.at[PL_PROFILE_BUDGET];
}

static bool is_reserve(const struct promise *promise)
{
        return !promise->document || promise->document->kind == PL_DOCUMENT_HOST;
}

/* "api 4 GiB, worker 2 GiB" */
static void add_largest(struct pl_text *text, const struct sum *sum)
{
        for (size_t i = 0; i < NAMED_MAX && sum->largest[i].bytes > 0; i++)
                pl_text_addf(text, "%s%s %s", i ? ", " : "",
                             is_reserve(&sum->largest[i])
                                     ? "the reserve"
                                     : pl_document_name(sum->largest[i].document),
                             pl_in_words(sum->largest[i].bytes).text);
}

/* The largest that stands in a file. */
static const struct pl_document *first_of(const struct sum *sum)
{
        return sum->largest[0].document ? sum->largest[0].document : sum->largest[1].document;
}

static void judge_sum(const struct sum *sum, struct pl_diag *diag)
{
        const struct pl_document *first = first_of(sum);
        char buffer[PL_DIAG_WORDS_MAX];
        struct pl_text largest;

        if (!first)
                return;
        pl_text_init(&largest, buffer, sizeof buffer);
        add_largest(&largest, sum);
        if (sum->over)
                pl_diag_error(diag, sum->over->origin, place_of(sum->over),
                              "%s are promised in all, and the host has %s of RAM",
                              pl_in_words_beside(sum->bytes, sum->ram_bytes).text,
                              pl_in_words_beside(sum->ram_bytes, sum->bytes).text);
        else if (sum->bytes > pl_ratio_scale(sum->ram_bytes, PROMISED_MOST_PERMYRIAD, PL_PERMYRIAD))
                pl_diag_warning(
                        diag, first->origin, place_of(first),
                        "%s of the host's %s are promised, which leaves little for all else",
                        pl_in_words(sum->bytes).text, pl_in_words(sum->ram_bytes).text);
        else
                return;
        pl_diag_hint(diag, "the most by: %s", buffer);
}

static void judge_min(const struct sum *sum, struct pl_diag *diag)
{
        const struct pl_document *most = sum->most_min.document;

        if (!most || sum->over ||
            sum->min_bytes <= pl_ratio_scale(sum->ram_bytes, MIN_MOST_PERMYRIAD, PL_PERMYRIAD))
                return;
        pl_diag_warning(diag, most->origin, place_of(most),
                        "%s of the host's %s are never reclaimed, by memory.min alone",
                        pl_in_words(sum->min_bytes).text, pl_in_words(sum->ram_bytes).text);
        pl_diag_hint(diag, "\"low\" is kept as well while others can give");
}

void pl_judge_promises(const struct pl_policy *policy, const struct pl_host_facts *host,
                       const size_t *counts, struct pl_diag *diag)
{
        struct sum sum = add_all(policy, host, counts);

        judge_sum(&sum, diag);
        judge_min(&sum, diag);
}

/* ---- budgets ---- */

static bool same_slice(const struct pl_profile *a, const struct pl_profile *b)
{
        char first[SLICE_MAX], second[SLICE_MAX];
        struct pl_text text;

        if (!a->budget.slice && !b->budget.slice)
                return false; /* each has that of its own name, and names differ */
        pl_text_init(&text, first, sizeof first);
        pl_budget_slice(&text, a);
        pl_text_init(&text, second, sizeof second);
        pl_budget_slice(&text, b);
        pl_assert(!text.cut);
        return strcmp(first, second) == 0;
}

/* The first profile before it whose budget is of the same slice. */
static const struct pl_document *find_same_slice(const struct pl_policy *policy, size_t index)
{
        const struct pl_profile *profile = &policy->profiles[index]->profile;

        for (size_t i = 0; PL_HAS(profile, PL_PROFILE_BUDGET) && i < index; i++) {
                const struct pl_profile *other = &policy->profiles[i]->profile;

                if (PL_HAS(other, PL_PROFILE_BUDGET) && same_slice(profile, other))
                        return policy->profiles[i];
        }
        return NULL;
}

void pl_judge_budgets(const struct pl_policy *policy, struct pl_diag *diag)
{
        for (size_t i = 0; i < policy->profile_count; i++) {
                const struct pl_document *document = policy->profiles[i];
                const struct pl_document *other = find_same_slice(policy, i);

                if (!other)
                        continue;
                pl_diag_error(diag, document->origin,
                              document->profile.fields.at[PL_PROFILE_BUDGET],
                              "\"%s\" (%s) has a budget for the same slice",
                              pl_document_name(other), other->origin);
                pl_diag_hint(diag, "give it to one of them");
        }
}

/* ---- the kernel's order and ours ---- */

enum {
        ADJ_LEAST = -999, /* of those that are not protected */
        ADJ_COUNT = 1000 - ADJ_LEAST + 1,
};

/* For each score_adj whom we would take last and first of those that have it. In buckets, because qsort() of libc
 * allocates for as many as there may be. */
struct standings {
        const struct pl_document *last[ADJ_COUNT];
        const struct pl_document *first[ADJ_COUNT];
};

static int32_t order_of(const struct pl_document *document)
{
        return document->profile.oom.order;
}

static void add_standing(struct standings *standings, const struct pl_document *document)
{
        const struct pl_oom *oom = &document->profile.oom;
        size_t i;

        if (!PL_HAS(oom, PL_OOM_SCORE_ADJ) || oom->score_adj < ADJ_LEAST)
                return;
        i = (size_t) (oom->score_adj - ADJ_LEAST);
        pl_assert(i < ADJ_COUNT);
        if (!standings->last[i] || oom->order < order_of(standings->last[i]))
                standings->last[i] = document;
        if (!standings->first[i] || oom->order > order_of(standings->first[i]))
                standings->first[i] = document;
}

static void say_disagreement(const struct pl_document *ours, const struct pl_document *kernels,
                             struct pl_diag *diag)
{
        const struct pl_oom *oom = &ours->profile.oom;
        bool has_order = PL_HAS(oom, PL_OOM_ORDER);

        pl_diag_warning(diag, ours->origin,
                        oom->fields.at[has_order ? PL_OOM_ORDER : PL_OOM_SCORE_ADJ],
                        "Plimsoll would take \"%s\" before \"%s\", the kernel the other way round",
                        pl_document_name(ours), pl_document_name(kernels));
        pl_diag_hint(diag,
                     "give the higher \"score_adj\" to whom \"order\" gives the higher place");
}

/* From the least score_adj up: whom we would take later than one with less the kernel takes earlier. Said once of each that
 * stands too early, so that one profile in the wrong place is one warning. */
static void find_disagreements(const struct standings *standings, struct pl_diag *diag)
{
        const struct pl_document *earliest = NULL, *said_of = NULL;
        size_t said = 0;

        for (size_t i = 0; i < ADJ_COUNT && said < DISAGREEMENTS_MAX; i++) {
                const struct pl_document *last = standings->last[i], *first = standings->first[i];

                if (!last)
                        continue;
                if (earliest && earliest != said_of && order_of(last) < order_of(earliest)) {
                        say_disagreement(earliest, last, diag);
                        said_of = earliest;
                        said++;
                }
                if (!earliest || order_of(first) > order_of(earliest))
                        earliest = first;
        }
}

void pl_judge_orders(const struct pl_policy *policy, struct pl_diag *diag)
{
        struct standings standings = {};

        for (size_t i = 0; i < policy->profile_count; i++)
                add_standing(&standings, policy->profiles[i]);
        find_disagreements(&standings, diag);
}
