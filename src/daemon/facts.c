/* SPDX-License-Identifier: Apache-2.0 */

#include "facts.h"

#include <string.h>

#include "plimsoll/base/assert.h"
#include "plimsoll/base/clock.h"
#include "plimsoll/base/macro.h"
#include "plimsoll/identity/identity.h"
#include "plimsoll/policy/match.h"

/* Where no profile says what is to follow it is an alarm and no more, after the vocabulary's default. */
#define UNASKED_LIVELOCK_AFTER_USEC (60 * PL_USEC_PER_SEC)

enum {
        /* What kubelet gives Guaranteed pods and those that a node cannot do without. */
        KUBELET_CRITICAL = -997,
        /* Characters of the uid of a static pod, which is a hash of its file; those of others have dashes. */
        STATIC_UID = 32,
};

static struct pl_span span_or_empty(const char *words)
{
        return pl_span_of(words ? words : "");
}

void pl_facts_identify(const struct pl_census *census, uint32_t index,
                       const struct pl_census_identity *identity, struct pl_journal_row *row)
{
        const struct pl_census_entry *entry = pl_census_at(census, index);
        const struct pl_workload_identity *who = &identity->identity;

        pl_assert(index != PL_CENSUS_ROOT && entry->id != 0);

        row->id = entry->id;
        row->parent_id = entry->parent == PL_CENSUS_ROOT ? 0
                                                         : pl_census_at(census, entry->parent)->id;
        row->kind = (uint32_t) who->kind;
        row->runtime = who->runtime;
        pl_journal_set_text(row->name, sizeof row->name, span_or_empty(who->name));
        pl_journal_set_text(row->unit, sizeof row->unit,
                            span_or_empty(who->container_id ? who->container_id : who->unit));
        pl_journal_set_path(row->path, sizeof row->path, pl_span_of(who->path));
}

/* ---- what the policy makes of it ---- */

static bool is_protected_by_host(const struct pl_policy *policy,
                                 const struct pl_workload_identity *who)
{
        const struct pl_selectors *protect;

        if (!policy->host)
                return false;
        protect = &policy->host->host.protect;
        return pl_selectors_match(protect, who) < protect->count;
}

/* A unit of root's in system.slice: the host's own services, and not what runs on it. */
static bool is_system(const struct pl_workload_identity *who)
{
        static const char prefix[] = "/system.slice/";

        return who->owner_uid == 0 && who->runtime == PL_RUNTIME_SYSTEMD &&
               strncmp(who->path, prefix, sizeof prefix - 1) == 0;
}

/* What systemd starts for a drill (drill.h). Nobody but root has such a path. */
static bool is_drill(const struct pl_workload_identity *who)
{
        return who->owner_uid == 0 && who->kind == PL_WORKLOAD_SERVICE &&
               strcmp(who->path, "/system.slice/plimsoll-drill.service") == 0;
}

/* What holds a pod's namespaces, what kubelet promised in full, what runs on the node by its own files, and what it protects from
 * the kernel itself. Who has no name may be any of them. */
static bool is_kubelets_own(const struct pl_workload_identity *who, struct pl_facts_score score)
{
        return who->kind == PL_WORKLOAD_SANDBOX || who->qos < 0 || who->qos == PL_QOS_GUARANTEED ||
               !who->k8s_pod || (who->pod_uid && strlen(who->pod_uid) == STATIC_UID) ||
               !score.is_known || score.adj <= KUBELET_CRITICAL;
}

static bool is_killed_by_process(const struct pl_profile *profile, const struct pl_limits *limits)
{
        if (PL_HAS(&profile->oom, PL_OOM_KILL))
                return profile->oom.kill == PL_KILL_PROCESS;
        return pl_limits_has(limits, PL_LIMIT_OOM_GROUP) && limits->values[PL_LIMIT_OOM_GROUP] == 0;
}

static void take_profile(const struct pl_facts_policy *policy, size_t number,
                         const struct pl_workload_identity *who, struct pl_facts_score score,
                         struct pl_journal_row *row)
{
        const struct pl_profile *profile = &policy->policy->profiles[number]->profile;
        enum pl_memory_key key;
        struct pl_resolved resolved;

        row->profile = (uint32_t) number;
        row->flags |= PL_CGROUP_PROFILE;
        pl_journal_set_text(row->profile_name, sizeof row->profile_name, pl_span_of(profile->name));
        if (row->flags & PL_CGROUP_POD && profile->kubepods == PL_MODE_ENFORCE &&
            !is_kubelets_own(who, score))
                row->flags &= ~(uint32_t) PL_CGROUP_OBSERVED;
        if (profile->mode == PL_MODE_OBSERVE)
                row->flags |= PL_CGROUP_OBSERVED;
        /* A profile that could not be resolved on this host was refused before it came here. */
        if (pl_profile_resolve(profile, &policy->host, &resolved, &key) != 0)
                return;
        row->order = resolved.order;
        if (resolved.is_protected)
                row->flags |= PL_CGROUP_PROTECTED;
        if (is_killed_by_process(profile, &resolved.limits))
                row->flags |= PL_CGROUP_BY_PROCESS;
}

void pl_facts_forget_profile(struct pl_journal_row *row)
{
        row->profile = PL_FACTS_NO_PROFILE;
        row->flags &= ~(uint32_t) PL_CGROUP_PROFILE;
        row->order = row->score_adj;
        pl_journal_set_text(row->profile_name, sizeof row->profile_name, pl_span_of(""));
}

void pl_facts_match(const struct pl_facts_policy *policy, const struct pl_census_entry *entry,
                    const struct pl_census_identity *identity, struct pl_facts_score score,
                    struct pl_journal_row *row)
{
        const struct pl_workload_identity *who = &identity->identity;
        size_t number;

        pl_assert(score.is_known || score.adj == 0);

        row->score_adj = score.adj;
        pl_facts_forget_profile(row);
        row->flags = score.is_known ? PL_CGROUP_SCORE_KNOWN : 0;
        if (pl_census_is_workload(entry))
                row->flags |= PL_CGROUP_WORKLOAD;
        if (entry->standing.flags & PL_STANDING_VITAL || pl_workload_is_runtimes_own(who))
                row->flags |= PL_CGROUP_PROTECTED;
        if (is_system(who))
                row->flags |= PL_CGROUP_SYSTEM;
        if (who->kind == PL_WORKLOAD_SESSION)
                row->flags |= PL_CGROUP_BY_PROCESS;
        if (is_drill(who))
                row->flags |= PL_CGROUP_DRILL;
        /* Pods are kubelet's until a profile says that it is otherwise; also what does not look like one and is where they are.
         * Root's alone: a user may call his own by any name. */
        if (pl_census_is_workload(entry) && who->owner_uid == 0 &&
            pl_identity_is_in_kubepods(pl_span_of(who->path)))
                row->flags |= PL_CGROUP_POD | PL_CGROUP_OBSERVED;
        pl_facts_set_state(entry, row);
        if (!policy->policy || !pl_census_is_workload(entry))
                return;

        if (is_protected_by_host(policy->policy, who))
                row->flags |= PL_CGROUP_PROTECTED;
        /* It is the same on every host. */
        if (row->flags & PL_CGROUP_DRILL)
                return;
        number = pl_policy_match(policy->policy, who, NULL);
        if (number < policy->policy->profile_count)
                take_profile(policy, number, who, score, row);
}

void pl_facts_obey(const struct pl_orders_word *word, struct pl_journal_row *row)
{
        row->flags &= ~(uint32_t) (PL_CGROUP_PAUSED | PL_CGROUP_RESTORED);
        if (word->is_protected)
                row->flags |= PL_CGROUP_PROTECTED;
        if (word->is_paused)
                row->flags |= PL_CGROUP_PAUSED;
        if (word->is_restored)
                row->flags |= PL_CGROUP_RESTORED;
}

void pl_facts_set_state(const struct pl_census_entry *entry, struct pl_journal_row *row)
{
        row->flags &= ~(uint32_t) (PL_CGROUP_POPULATED | PL_CGROUP_FROZEN);
        /* A holder is asked for nothing but who is in it. */
        if (entry->flags & PL_CENSUS_POPULATED || !pl_census_is_workload(entry))
                row->flags |= PL_CGROUP_POPULATED;
        if (entry->flags & PL_CENSUS_FROZEN)
                row->flags |= PL_CGROUP_FROZEN;
}

/* ---- limits ---- */

static void put(struct pl_journal_limits *limits, enum pl_limit limit, uint64_t value)
{
        limits->values[limit] = value;
        limits->set |= UINT32_C(1) << limit;
}

void pl_facts_set_limits(const struct pl_reach *reach, struct pl_journal_row *row)
{
        if (reach->stamp == 0)
                return;
        row->limits = (struct pl_journal_limits){};
        put(&row->limits, PL_LIMIT_MAX, reach->own_max);
        put(&row->limits, PL_LIMIT_HIGH, reach->own_high);
        put(&row->limits, PL_LIMIT_SWAP_MAX, reach->own_swap_max);
        put(&row->limits, PL_LIMIT_MIN, reach->min.own);
        put(&row->limits, PL_LIMIT_LOW, reach->low.own);
        row->effective = (struct pl_journal_limits){};
        put(&row->effective, PL_LIMIT_MAX, reach->max);
        put(&row->effective, PL_LIMIT_HIGH, reach->high);
        put(&row->effective, PL_LIMIT_SWAP_MAX, reach->swap_max);
        put(&row->effective, PL_LIMIT_MIN, reach->min.effective);
        put(&row->effective, PL_LIMIT_LOW, reach->low.effective);
}

/* ---- what the engine is given ---- */

static uint64_t limit_or(const struct pl_journal_limits *limits, enum pl_limit limit,
                         uint64_t otherwise)
{
        return limits->set >> limit & 1 ? limits->values[limit] : otherwise;
}

static void add_ladder(const struct pl_profile *profile, struct pl_cgroup_facts *facts)
{
        const struct pl_ladder *ladder = &profile->ladder;

        for (size_t i = 0; i < ladder->rungs.count; i++)
                facts->rungs |= UINT32_C(1) << ladder->rungs.items[i];
        facts->grace_usec = ladder->grace_usec;
        facts->freeze_max_usec = ladder->freeze_max_usec;
        facts->livelock = (uint32_t) ladder->livelock;
        facts->livelock_after_usec = ladder->livelock_after_usec;
        facts->again = (uint32_t) profile->oom.again;
}

/* Nobody has said of it that it may be throttled, frozen or asked. */
static void add_ladder_of_none(struct pl_cgroup_facts *facts)
{
        facts->rungs = UINT32_C(1) << PL_RUNG_KILL;
        facts->livelock = PL_LIVELOCK_ALARM;
        facts->livelock_after_usec = UNASKED_LIVELOCK_AFTER_USEC;
        facts->again = PL_AGAIN_ALARM;
}

/* FNV-1a of 32 bits, by its published constants. */
#define HASH_BASIS UINT32_C(2166136261)

static uint32_t add_to_hash(uint32_t hash, const void *bytes, size_t length)
{
        for (size_t i = 0; i < length; i++)
                hash = (hash ^ ((const uint8_t *) bytes)[i]) * 16777619;
        return hash;
}

/* Who returns under the same path is the same one: a unit has its name, and a container that its runtime starts again keeps its
 * id. kubelet makes a new one in the old pod, and nothing that lasts tells it from the others of that pod: it has no kin, or
 * one of them would answer for another.
 *
 * Whoever can name his cgroups can find a name with the kin of somebody else's, of four thousand million. For all that he has
 * to be killed again and again: then the other gets what its own profile wants of one that returns so. */
static uint32_t kin_of(const struct pl_journal_row *row)
{
        size_t length = strnlen(row->path, sizeof row->path);
        uint32_t hash = HASH_BASIS;

        if (row->flags & PL_CGROUP_POD)
                return 0;
        /* With its NUL, so that "ab","c" is not "a","bc". */
        hash = add_to_hash(hash, row->profile_name,
                           strnlen(row->profile_name, sizeof row->profile_name - 1) + 1);
        hash = add_to_hash(hash, row->path, length);
        return PL_MAX(hash, UINT32_C(1));
}

struct pl_cgroup_facts pl_facts_of(const struct pl_facts_policy *policy,
                                   const struct pl_journal_row *row)
{
        struct pl_cgroup_facts facts = {
                .id = row->id,
                .parent_id = row->parent_id,
                .flags = row->flags,
                .profile = row->profile,
                .order = row->order,
                .score_adj = row->score_adj,
                .low_bytes = limit_or(&row->effective, PL_LIMIT_LOW, 0),
                .min_bytes = limit_or(&row->effective, PL_LIMIT_MIN, 0),
                .max_bytes = limit_or(&row->limits, PL_LIMIT_MAX, PL_SIZE_MAX),
                .high_bytes = limit_or(&row->limits, PL_LIMIT_HIGH, PL_SIZE_MAX),
                .swap_max_bytes = limit_or(&row->effective, PL_LIMIT_SWAP_MAX, PL_SIZE_MAX),
        };

        if (row->flags & PL_CGROUP_PROFILE) {
                pl_assert(policy->policy && row->profile < policy->policy->profile_count);
                add_ladder(&policy->policy->profiles[row->profile]->profile, &facts);
        } else if (row->flags & PL_CGROUP_WORKLOAD)
                add_ladder_of_none(&facts);
        /* A drill that is held again is not one that comes back. */
        if (row->flags & PL_CGROUP_WORKLOAD && !(row->flags & PL_CGROUP_DRILL))
                facts.kin = kin_of(row);
        return facts;
}

uint32_t pl_facts_claim(const struct pl_census_identity *identity, struct pl_facts_score score)
{
        const int32_t numbers[] = { score.adj, score.is_known };
        uint32_t hash = HASH_BASIS;

        hash = add_to_hash(hash, &identity->identity.owner_uid,
                           sizeof identity->identity.owner_uid);
        hash = add_to_hash(hash, numbers, sizeof numbers);
        return add_to_hash(hash, identity->profile, strlen(identity->profile));
}
