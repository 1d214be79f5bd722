/* SPDX-License-Identifier: Apache-2.0 */

/* What is wanted of a cgroup: the limits of its profile, those of a class on its slice, and what a slice has to promise so
 * that the promises of those below it count. A promise counts only as far as every ancestor grants it, so `raise_ancestors` asks
 * them for the sum of what is wanted below, or for what they had if that is more.
 *
 * Whether systemd keeps a cgroup is told by its name: systemd escapes those that would look like a unit and are none. Below
 * the manager of a user it is his own, and we cannot ask it. Should the name lie nevertheless, systemd says so
 * when it is asked to keep the limits.
 *
 * Of a pod memory.high alone is ours, by leave of the profile. systemd is not told of it: to set one property it would write all
 * others of the unit, too, which are kubelet's.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "enforce_internal.h"
#include "plimsoll/base/text.h"
#include "plimsoll/host/dropins.h"
#include "plimsoll/identity/identity.h"

/* ---- what the profiles come to ---- */

/* "a-b.slice" is at "a.slice/a-b.slice". */
static void add_slice_path(struct pl_text *text, struct pl_span slice)
{
        static const char suffix[] = ".slice";
        struct pl_span stem = slice;

        pl_assert(pl_span_ends_with(slice, suffix));

        stem.length -= sizeof suffix - 1;
        for (size_t i = 1; i < stem.length; i++)
                if (stem.data[i] == '-') {
                        pl_text_add_span(text, pl_span(stem.data, i));
                        pl_text_addf(text, "%s/", suffix);
                }
        pl_text_add_span(text, slice);
}

static void take_budget(struct pl_enforcer *enforcer, uint32_t number)
{
        const struct pl_profile *profile = &enforcer->policy->profiles[number]->profile;
        struct pl_enforce_budget *budget = &enforcer->budgets[enforcer->budget_count];
        enum pl_budget_key key;
        char slice[PL_CGROUP_NAME_MAX + 1];
        struct pl_text name, path;

        if (!PL_HAS(profile, PL_PROFILE_BUDGET))
                return;
        pl_text_init(&name, slice, sizeof slice);
        pl_budget_slice(&name, profile);
        pl_text_init(&path, budget->path, sizeof budget->path);
        if (name.cut || !pl_span_ends_with(pl_text_span(&name), ".slice"))
                return;
        add_slice_path(&path, pl_text_span(&name));
        /* What cannot be worked out was refused before it came here. */
        if (path.cut ||
            pl_budget_resolve(&profile->budget, &enforcer->host, &budget->limits, &key) != 0)
                return;
        budget->profile = number;
        enforcer->budget_count++;
}

void pl_enforce_unresolve(struct pl_enforcer *enforcer)
{
        free(enforcer->resolved);
        free(enforcer->is_sound);
        free(enforcer->budgets);
        enforcer->resolved = NULL;
        enforcer->is_sound = NULL;
        enforcer->budgets = NULL;
        enforcer->budget_count = 0;
        enforcer->policy = NULL;
}

int pl_enforce_resolve(struct pl_enforcer *enforcer, const struct pl_policy *policy,
                       const struct pl_host_facts *host)
{
        size_t count = policy ? policy->profile_count : 0;

        pl_enforce_unresolve(enforcer);
        enforcer->host = *host;
        enforcer->policy = policy;
        if (count == 0)
                return 0;
        enforcer->resolved = calloc(count, sizeof *enforcer->resolved);
        enforcer->is_sound = calloc(count, sizeof *enforcer->is_sound);
        enforcer->budgets = calloc(count, sizeof *enforcer->budgets);
        if (!enforcer->resolved || !enforcer->is_sound || !enforcer->budgets) {
                pl_enforce_unresolve(enforcer);
                return -ENOMEM;
        }
        for (uint32_t i = 0; i < count; i++) {
                enum pl_memory_key key;

                enforcer->is_sound[i] = pl_profile_resolve(&policy->profiles[i]->profile, host,
                                                           &enforcer->resolved[i], &key) == 0;
                take_budget(enforcer, i);
        }
        return 0;
}

/* ---- whose it is ---- */

bool pl_enforce_is_unit(const struct pl_enforcer *enforcer, uint32_t index)
{
        const struct pl_census_entry *entry = pl_census_at(enforcer->options.census, index);

        return index != PL_CENSUS_ROOT && !(entry->standing.flags & PL_STANDING_USER) &&
               pl_dropin_section(entry->name) != NULL;
}

/* PID 1's own, and Plimsoll's: who limits them limits everybody. */
bool pl_enforce_never_touches(const struct pl_journal_row *row)
{
        static const char own[] = "/plimsolld.slice";

        return strcmp(row->path, "/init.scope") == 0 ||
               strncmp(row->path, own, sizeof own - 1) == 0;
}

bool pl_enforce_may_only_observe(const struct pl_enforcer *enforcer,
                                 const struct pl_journal_row *row)
{
        const struct pl_policy *policy = enforcer->policy;

        if (enforcer->options.is_dry || !enforcer->has_originals || pl_enforce_never_touches(row) ||
            (policy && policy->host && policy->host->host.mode == PL_MODE_OBSERVE))
                return true;
        return policy && row->flags & PL_CGROUP_PROFILE && row->profile < policy->profile_count &&
               policy->profiles[row->profile]->profile.mode == PL_MODE_OBSERVE;
}

/* That nothing is to be done to it, by the policy or for who it is. */
static bool is_observed(const struct pl_enforcer *enforcer, const struct pl_journal_row *row)
{
        return row->flags & PL_CGROUP_OBSERVED || pl_enforce_may_only_observe(enforcer, row);
}

static enum pl_plan_mode mode_of(const struct pl_enforcer *enforcer,
                                 const struct pl_journal_row *row)
{
        if (enforcer->options.is_dry || !enforcer->has_originals)
                return PL_PLAN_OBSERVED;
        /* As long as there was no policy nobody has left one. */
        if (row->flags & PL_CGROUP_PAUSED || !enforcer->had_policy)
                return PL_PLAN_PAUSED;
        /* Who says so in as many words means it, whatever the policy says of all that is done by itself. */
        if (row->flags & PL_CGROUP_RESTORED)
                return PL_PLAN_RESTORE;
        return is_observed(enforcer, row) ? PL_PLAN_OBSERVED : PL_PLAN_APPLY;
}

/* ---- what is wanted ---- */

static enum pl_swappiness_means swappiness_of(const struct pl_enforcer *enforcer,
                                              const struct pl_memory *memory)
{
        if (!PL_HAS(memory, PL_MEMORY_SWAPPINESS))
                return PL_SWAPPINESS_UNSET;
        if (memory->swappiness == enforcer->vm_swappiness)
                return PL_SWAPPINESS_EXACT;
        if (memory->swappiness == 0)
                return PL_SWAPPINESS_SWAP_MAX;
        return enforcer->options.can_reclaim_with_swappiness ? PL_SWAPPINESS_RECLAIM
                                                             : PL_SWAPPINESS_NONE;
}

static void want_profile(const struct pl_enforcer *enforcer, uint32_t number,
                         struct pl_enforce_want *want)
{
        const struct pl_profile *profile = &enforcer->policy->profiles[number]->profile;
        const struct pl_resolved *resolved = &enforcer->resolved[number];

        want->is_left_to_kubelet &= profile->kubepods == PL_MODE_OBSERVE;
        want->limits = resolved->wanted;
        want->drift = profile->drift;
        want->high_without_swap = profile->memory.high_without_swap;
        want->raises = profile->memory.raise_ancestors;
        want->has_score_adj = resolved->has_score_adj;
        want->score_adj = resolved->score_adj;
        want->swappiness = swappiness_of(enforcer, &profile->memory);
        want->backend = PL_BACKEND_DIRECT;
}

static void leave_to_kubelet(struct pl_enforce_want *want)
{
        const uint32_t ours = UINT32_C(1) << PL_LIMIT_HIGH;

        want->kubelets = want->limits;
        want->kubelets.set &= ~ours;
        want->limits.set &= ours;
        want->raises = false;
        want->has_score_adj = false;
        if (want->swappiness == PL_SWAPPINESS_SWAP_MAX)
                want->swappiness = PL_SWAPPINESS_NONE;
}

static void want_budget(const struct pl_enforcer *enforcer, const struct pl_journal_row *row,
                        struct pl_enforce_want *want)
{
        /* kubelet's. */
        if (pl_identity_is_in_kubepods(pl_span_of(row->path)))
                return;
        for (uint32_t i = 0; i < enforcer->budget_count; i++) {
                const struct pl_enforce_budget *budget = &enforcer->budgets[i];
                const struct pl_profile *profile;

                if (row->path[0] != '/' || strcmp(row->path + 1, budget->path) != 0)
                        continue;
                profile = &enforcer->policy->profiles[budget->profile]->profile;
                want->limits = budget->limits;
                want->drift = profile->drift;
                want->backend = profile->mode == PL_MODE_OBSERVE ? PL_BACKEND_OBSERVED
                                                                 : PL_BACKEND_DIRECT;
                return;
        }
}

/* PL_ENFORCE_RAISED_MAX: it is not among them. */
static uint32_t find_raised(const struct pl_enforce_sums *sums, uint64_t id)
{
        for (uint32_t i = 0; i < sums->count; i++)
                if (sums->items[i].id == id)
                        return i;
        return PL_ENFORCE_RAISED_MAX;
}

void pl_enforce_find_want(const struct pl_enforcer *enforcer, uint32_t index,
                          const struct pl_journal_row *row, struct pl_enforce_want *ret_want)
{
        struct pl_enforce_want want = { .mode = mode_of(enforcer, row),
                                        .drift = PL_DRIFT_REPAIR,
                                        .is_in_pod = row->flags & PL_CGROUP_POD,
                                        .is_left_to_kubelet = row->flags & PL_CGROUP_POD };

        if (row->flags & PL_CGROUP_PROFILE && enforcer->resolved &&
            row->profile < enforcer->policy->profile_count && enforcer->is_sound[row->profile]) {
                want_profile(enforcer, row->profile, &want);
                if (want.is_in_pod)
                        leave_to_kubelet(&want);
        } else if (!(row->flags & PL_CGROUP_WORKLOAD)) {
                want_budget(enforcer, row, &want);
                if (find_raised(&enforcer->sums, row->id) < PL_ENFORCE_RAISED_MAX)
                        want.backend = PL_BACKEND_DIRECT;
        }
        /* Nobody wants anything of it any more: it gets back what it had. Of a slice that is known after a look at those below. */
        if (want.backend == PL_BACKEND_NONE && want.mode == PL_PLAN_APPLY)
                want.mode = row->flags & PL_CGROUP_WORKLOAD || enforcer->has_looked
                                    ? PL_PLAN_RESTORE
                                    : PL_PLAN_PAUSED;
        if (want.backend == PL_BACKEND_OBSERVED)
                want.mode = PL_PLAN_OBSERVED;
        else if (want.backend != PL_BACKEND_NONE && is_observed(enforcer, row))
                want.backend = PL_BACKEND_OBSERVED;
        else if (want.backend != PL_BACKEND_NONE && !want.is_in_pod &&
                 pl_enforce_is_unit(enforcer, index))
                want.backend = PL_BACKEND_UNIT;
        *ret_want = want;
}

/* ---- promises of those above ---- */

static void add_to_sum(struct pl_enforce_sums *sums, uint64_t id, uint64_t min_bytes,
                       uint64_t low_bytes)
{
        uint32_t at = find_raised(sums, id);
        struct pl_enforce_raised *raised;

        if (at == PL_ENFORCE_RAISED_MAX) {
                if (sums->count == PL_ENFORCE_RAISED_MAX)
                        return;
                at = sums->count++;
                sums->items[at] = (struct pl_enforce_raised){ .id = id };
        }
        raised = &sums->items[at];
        /* Claims beyond any host do not overflow. */
        raised->min_bytes += PL_MIN(min_bytes, PL_REACH_USAGE_MAX);
        raised->low_bytes += PL_MIN(low_bytes, PL_REACH_USAGE_MAX);
}

void pl_enforce_gather(struct pl_enforcer *enforcer, uint32_t index, const struct pl_limits *limits)
{
        uint64_t min_bytes = pl_limits_has(limits, PL_LIMIT_MIN) ? limits->values[PL_LIMIT_MIN] : 0;
        uint64_t low_bytes = pl_limits_has(limits, PL_LIMIT_LOW) ? limits->values[PL_LIMIT_LOW] : 0;
        uint32_t at = pl_census_at(enforcer->options.census, index)->parent;

        for (unsigned i = 0; at != PL_CENSUS_ROOT && i < PL_WORKLOAD_DEPTH_MAX; i++) {
                const struct pl_census_entry *entry = pl_census_at(enforcer->options.census, at);

                add_to_sum(&enforcer->gathered, entry->id, min_bytes, low_bytes);
                at = entry->parent;
        }
}

static void raise_one(enum pl_limit limit, uint64_t sum, const struct pl_limits *before,
                      const struct pl_limits *actual, struct pl_limits *limits)
{
        const struct pl_limits *from = pl_limits_has(before, limit) ? before : actual;
        uint64_t had = pl_limits_has(limits, limit) ? limits->values[limit]
                       : pl_limits_has(from, limit) ? from->values[limit]
                                                    : 0;

        if (sum > had)
                pl_limits_put(limits, limit, sum);
}

void pl_enforce_add_raised(const struct pl_enforcer *enforcer, uint64_t id,
                           const struct pl_limits *before, const struct pl_limits *actual,
                           struct pl_limits *limits)
{
        uint32_t at = find_raised(&enforcer->sums, id);

        if (at == PL_ENFORCE_RAISED_MAX)
                return;
        raise_one(PL_LIMIT_MIN, enforcer->sums.items[at].min_bytes, before, actual, limits);
        raise_one(PL_LIMIT_LOW, enforcer->sums.items[at].low_bytes, before, actual, limits);
}
