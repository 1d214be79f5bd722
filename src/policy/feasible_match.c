/* SPDX-License-Identifier: Apache-2.0 */

/* What a selector says that can never be so, or is so for everybody. */

#include <string.h>

#include "feasible_internal.h"
#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"
#include "plimsoll/policy/match.h"

/* Units that have a cgroup. */
static const char *const unit_suffixes[] = { ".service", ".scope", ".socket", ".mount", ".swap" };
static const char *const slice_suffixes[] = { ".slice" };

/* A pattern may end in a wildcard, which takes the suffix. */
static bool may_end_in(const char *pattern, const char *const *suffixes, size_t count)
{
        struct pl_span span = pl_span_of(pattern);

        if (strchr("*?]", span.data[span.length - 1]))
                return true;
        for (size_t i = 0; i < count; i++)
                if (pl_span_ends_with(span, suffixes[i]))
                        return true;
        return false;
}

static void judge_suffixes(const struct pl_judging *judging, const struct pl_selector *selector)
{
        if (selector->unit &&
            !may_end_in(selector->unit, unit_suffixes, PL_ARRAY_LENGTH(unit_suffixes))) {
                pl_diag_warning(judging->diag, judging->document->origin,
                                selector->fields.at[PL_SELECT_UNIT],
                                "no unit is called \"%s\": the suffix is a part of the name",
                                selector->unit);
                pl_diag_hint(judging->diag, "\"%s.service\"", selector->unit);
        }
        if (selector->slice &&
            !may_end_in(selector->slice, slice_suffixes, PL_ARRAY_LENGTH(slice_suffixes))) {
                pl_diag_warning(judging->diag, judging->document->origin,
                                selector->fields.at[PL_SELECT_SLICE],
                                "no slice is called \"%s\": the suffix is a part of the name",
                                selector->slice);
                pl_diag_hint(judging->diag, "\"%s.slice\"", selector->slice);
        }
}

void pl_judge_selector(const struct pl_judging *judging, const struct pl_selector *selector)
{
        judge_suffixes(judging, selector);
        if (selector->path && pl_span_starts_with(pl_span_of(selector->path), "/sys/fs/cgroup")) {
                pl_diag_warning(judging->diag, judging->document->origin,
                                selector->fields.at[PL_SELECT_PATH],
                                "a path begins at the root of the cgroups, not of the files");
                pl_diag_hint(judging->diag, "leave out /sys/fs/cgroup");
        }
        /* Labels of pods are known to Kubernetes alone. */
        if (PL_HAS(selector, PL_SELECT_K8S) && PL_HAS(selector, PL_SELECT_LABEL)) {
                pl_diag_warning(judging->diag, judging->document->origin,
                                selector->fields.at[PL_SELECT_LABEL],
                                "labels of pods are not on the node, and this may never hold");
                pl_diag_hint(judging->diag, "use the namespace, the pod's name, or its QoS class");
        }
}

static bool is_stars(const char *pattern)
{
        return pattern && strspn(pattern, "*") == strlen(pattern);
}

/* What is so for all that have a unit, a slice, a container: every workload, or every container. */
struct everything {
        bool is_all;
        bool is_containers;
};

/* An entry that says no more than "any path", or "any unit". One that is for a user's workloads leaves those of others. */
static struct everything takes_all(const struct pl_selector *selector)
{
        uint32_t keys = selector->fields.set & ~(UINT32_C(1) << PL_SELECT_OWNER);
        bool is_containers = is_stars(selector->container) || is_stars(selector->image);

        if (selector->owner.first > 0)
                return (struct everything){};
        if (pl_selector_takes_every_path(selector))
                keys &= ~(UINT32_C(1) << PL_SELECT_PATH);
        if (is_stars(selector->unit))
                keys &= ~(UINT32_C(1) << PL_SELECT_UNIT);
        if (is_stars(selector->slice))
                keys &= ~(UINT32_C(1) << PL_SELECT_SLICE);
        if (is_stars(selector->container))
                keys &= ~(UINT32_C(1) << PL_SELECT_CONTAINER);
        if (is_stars(selector->image))
                keys &= ~(UINT32_C(1) << PL_SELECT_IMAGE);
        return (struct everything){ keys == 0, is_containers };
}

void pl_judge_protected(const struct pl_judging *judging, const struct pl_selector *selector)
{
        struct everything what = takes_all(selector);

        if (!what.is_all)
                return;
        pl_diag_warning(judging->diag, judging->document->origin,
                        selector->fields.at[__builtin_ctz(selector->fields.set)],
                        what.is_containers
                                ? "this protects every container, and leaves none to end when "
                                  "memory runs out"
                                : "this protects everybody, and leaves nobody to end when memory "
                                  "runs out");
        pl_diag_hint(judging->diag, "\"mode\": \"observe\" does nothing, and explains it");
}

static bool is_for_pods_alone(const struct pl_profile *profile)
{
        for (size_t i = 0; i < profile->match.count; i++)
                if (!PL_HAS(&profile->match.entries[i], PL_SELECT_K8S))
                        return false;
        return true;
}

/* What belongs to kubelet stays kubelet's, whatever a profile says. */
static void judge_pods(const struct pl_judging *judging)
{
        static const struct {
                enum pl_memory_key key;
                const char *name;
        } kubelets[] = {
                { PL_MEMORY_MAX, "memory.max" },
                { PL_MEMORY_LOW, "memory.low" },
                { PL_MEMORY_MIN, "memory.min" },
                { PL_MEMORY_SWAP_MAX, "memory.swap.max" },
                { PL_MEMORY_SWAP_HIGH, "memory.swap.high" },
                { PL_MEMORY_ZSWAP_MAX, "memory.zswap.max" },
                { PL_MEMORY_ZSWAP_WRITEBACK, "memory.zswap.writeback" },
                { PL_MEMORY_OOM_GROUP, "memory.oom.group" },
        };
        const struct pl_profile *profile = &judging->document->profile;

        if (!is_for_pods_alone(profile))
                return;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(kubelets); i++)
                if (PL_HAS(&profile->memory, kubelets[i].key))
                        pl_diag_warning(judging->diag, judging->document->origin,
                                        profile->memory.fields.at[kubelets[i].key],
                                        "%s of a pod is kubelet's and stays as it is",
                                        kubelets[i].name);
        if (PL_HAS(&profile->oom, PL_OOM_SCORE_ADJ))
                pl_diag_warning(judging->diag, judging->document->origin,
                                profile->oom.fields.at[PL_OOM_SCORE_ADJ],
                                "oom_score_adj of a pod is kubelet's and stays as it is; oom.order "
                                "says who goes first");
        if (PL_HAS(profile, PL_PROFILE_BUDGET))
                pl_diag_warning(judging->diag, judging->document->origin,
                                profile->fields.at[PL_PROFILE_BUDGET],
                                "pods are in slices of kubelet's, which have no budget of ours");
}

/* A slice that holds far more than a class. */
static void judge_slice(const struct pl_judging *judging)
{
        static const char *const slices[] = { "-.slice", "system.slice", "user.slice",
                                              "machine.slice", "kubepods.slice" };
        const struct pl_budget *budget = &judging->document->profile.budget;

        for (size_t i = 0; budget->slice && i < PL_ARRAY_LENGTH(slices); i++)
                if (strcmp(budget->slice, slices[i]) == 0)
                        pl_diag_warning(judging->diag, judging->document->origin,
                                        budget->fields.at[PL_BUDGET_SLICE],
                                        "%s holds far more than the workloads of this profile",
                                        budget->slice);
}

void pl_judge_match(const struct pl_judging *judging)
{
        const struct pl_profile *profile = &judging->document->profile;

        for (size_t i = 0; i < profile->match.count; i++)
                pl_judge_selector(judging, &profile->match.entries[i]);
        judge_pods(judging);
        judge_slice(judging);
}
