/* SPDX-License-Identifier: Apache-2.0 */

/* One thing to do, and where. It follows from what the decision rested on: a limit that was met, an order that put it first,
 * growth that nothing stopped, or that nobody may be taken. The key is told in any case, its file and line where the files
 * are still those that were in force.
 */

#include <string.h>

#include "explain.h"
#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"
#include "plimsoll/base/size.h"

struct hint {
        struct pl_text *text;
        const struct pl_explain *explain;
        const struct pl_explain_policy *policy;
        const char *name;                  /* of whom it is about */
        const struct pl_document *profile; /* of theirs, or NULL */
};

/* "oom.order of profile batch (FILE:9)"; the object is one of the profile's. */
#define ADD_KEY(hint, title, object, key)                                                          \
        do {                                                                                       \
                pl_text_addf((hint)->text, title " of profile %s", (hint)->profile->profile.name); \
                pl_explain_add_origin((hint)->text, (hint)->policy, (hint)->profile,               \
                                      PL_HAS(object, key), (object)->fields.at[key]);              \
        } while (0)

static const struct pl_candidate *own_candidate(const struct pl_explain *explain)
{
        const struct pl_journal_decision *table = pl_explain_table(explain);

        for (uint32_t i = 0; table && i < pl_explain_candidate_count(table); i++)
                if (table->decision.candidates[i].id == explain->act.decision.decision.id)
                        return &table->decision.candidates[i];
        return NULL;
}

/* ---- nobody ---- */

static void add_nobody(const struct hint *hint)
{
        const struct pl_document *host = hint->policy->policy ? hint->policy->policy->host : NULL;

        pl_text_add(hint->text, "Let somebody go: shorten 'protect' of the host's policy");
        if (host)
                pl_explain_add_origin(hint->text, hint->policy, host,
                                      PL_HAS(&host->host, PL_HOST_PROTECT),
                                      host->host.fields.at[PL_HOST_PROTECT]);
        pl_text_add(hint->text, ", or give a profile 'kill' among its ladder.rungs. 'plimsoll rank "
                                "--all' says who may not be taken, and why.");
}

/* ---- one with a profile ---- */

static void add_again(const struct hint *hint)
{
        const struct pl_oom *oom = &hint->profile->profile.oom;

        pl_text_add(hint->text, "It needs more than it has, or it leaks. What follows when it is "
                                "killed again and again is ");
        ADD_KEY(hint, "oom.again", oom, PL_OOM_AGAIN);
        pl_text_add(hint->text, ".");
}

static void add_livelock(const struct hint *hint)
{
        const struct pl_memory *memory = &hint->profile->profile.memory;
        const struct pl_ladder *ladder = &hint->profile->profile.ladder;

        pl_text_add(hint->text, "Raise ");
        ADD_KEY(hint, "memory.high", memory, PL_MEMORY_HIGH);
        pl_text_add(hint->text, ", or let it be ended: ");
        ADD_KEY(hint, "ladder.livelock", ladder, PL_LADDER_LIVELOCK);
        pl_text_add(hint->text, ".");
}

/* What they may use is kubelet's to say. */
static bool is_for_pods(const struct hint *hint)
{
        return hint->profile->profile.kubepods == PL_MODE_ENFORCE;
}

static void add_local(const struct hint *hint)
{
        const struct pl_memory *memory = &hint->profile->profile.memory;

        pl_text_add(hint->text, "It needs more than it may use: raise ");
        if (is_for_pods(hint))
                pl_text_add(hint->text, "resources.limits.memory of its pod");
        else
                ADD_KEY(hint, "memory.max", memory, PL_MEMORY_MAX);
        pl_text_add(hint->text, ", or find out what it keeps: plimsoll show ");
        pl_text_addf(hint->text, "%s.", hint->name);
}

static void add_grower(const struct hint *hint)
{
        const struct pl_memory *memory = &hint->profile->profile.memory;

        if (is_for_pods(hint)) {
                pl_text_add(hint->text, "It grew until the host was short: a lower "
                                        "resources.limits.memory of its pod stops it before.");
                return;
        }
        ADD_KEY(hint, "memory.max", memory, PL_MEMORY_MAX);
        if (PL_HAS(memory, PL_MEMORY_MAX)) {
                pl_text_add(hint->text, ", ");
                pl_size_format(hint->text, &memory->max);
                pl_text_add(hint->text, ", lets");
        } else
                pl_text_add(hint->text, " is not given, and that lets");
        pl_text_add(hint->text, " it grow until the host is short: a lower one stops it before.");
}

static void add_order(const struct hint *hint)
{
        const struct pl_oom *oom = &hint->profile->profile.oom;
        bool has_order = PL_HAS(oom, PL_OOM_ORDER);

        if (has_order)
                ADD_KEY(hint, "oom.order", oom, PL_OOM_ORDER);
        else
                ADD_KEY(hint, "oom.score_adj", oom, PL_OOM_SCORE_ADJ);
        pl_text_addf(hint->text, ", %ld, puts it there: lower it, and others go first.",
                     (long) oom->order);
}

static void add_rungs(const struct hint *hint)
{
        const struct pl_ladder *ladder = &hint->profile->profile.ladder;

        ADD_KEY(hint, "ladder.rungs", ladder, PL_LADDER_RUNGS);
        pl_text_add(hint->text, " says what is tried before it is ended.");
}

/* At least half of what was going. */
static bool is_grower(const struct pl_decision *made, const struct pl_candidate *candidate)
{
        return made->choice == PL_CHOICE_GROWER ||
               (candidate && candidate->growth_bytes_per_sec > 0 &&
                candidate->growth_bytes_per_sec >= made->verdict.fall_bytes_per_sec / 2);
}

static void add_of_profile(const struct hint *hint)
{
        const struct pl_decision *made = &hint->explain->act.decision.decision;

        if (made->measure == PL_MEASURE_CAP || made->measure == PL_MEASURE_DOWN ||
            made->choice == PL_CHOICE_AGAIN)
                add_again(hint);
        else if (made->choice == PL_CHOICE_LIVELOCK)
                add_livelock(hint);
        else if (made->verdict.scope == PL_SCOPE_CGROUP)
                add_local(hint);
        else if (pl_explain_is_mild(made->measure))
                add_rungs(hint);
        else if (is_grower(made, own_candidate(hint->explain)))
                add_grower(hint);
        else
                add_order(hint);
}

/* ---- one without ---- */

static void add_without(const struct hint *hint)
{
        const struct pl_candidate *candidate = own_candidate(hint->explain);

        if (hint->explain->act.decision.decision.verdict.scope == PL_SCOPE_CGROUP) {
                pl_text_addf(hint->text, "It needs more than it may use: raise its memory.max, or "
                                         "find out what it keeps: plimsoll show ");
                pl_text_addf(hint->text, "%s.", hint->name);
                return;
        }
        pl_text_add(hint->text, hint->explain->has_profile
                                        ? "No profile of its own was in force for it"
                                        : "No profile of its own is known");
        if (candidate)
                pl_text_addf(hint->text, ", and its order is %ld", (long) candidate->order);
        pl_text_add(hint->text, ". A profile with memory.max keeps its growth from the host, one "
                                "with a lower oom.order lets others go first: plimsoll match ");
        pl_text_addf(hint->text, strchr(hint->name, ' ') ? "'%s'." : "%s.", hint->name);
}

/* It had one, and it is not among the files that were read. */
static void add_elsewhere(const struct hint *hint)
{
        pl_text_add(hint->text, "What its profile, ");
        pl_text_add_clean(hint->text, pl_span_of(hint->explain->profile));
        pl_text_add(hint->text, ", says of memory.max, oom.order and ladder.rungs decides about "
                                "it. These policy files do not have that: --policy names others.");
}

/* The profile that its name begins with, or that something else tells. */
static struct pl_span profile_name_of(const struct hint *hint)
{
        const char *slash = strchr(hint->name, '/');

        if (hint->explain->has_profile)
                return pl_span_of(hint->explain->profile);
        return slash ? pl_span(hint->name, (size_t) (slash - hint->name)) : pl_span_of("");
}

/* At a limit it is about whose limit that is. */
static const char *name_of(const struct pl_journal_decision *act)
{
        if (act->decision.verdict.scope == PL_SCOPE_CGROUP && act->scope[0] != '\0')
                return act->scope;
        return act->name;
}

void pl_explain_add_hint(struct pl_text *text, const struct pl_explain *explain,
                         const struct pl_explain_policy *policy)
{
        const struct pl_journal_decision *act = &explain->act.decision;
        struct hint hint = { text, explain, policy, name_of(act), NULL };

        pl_assert(text && policy);

        hint.profile = pl_explain_profile(policy, profile_name_of(&hint));
        if (act->decision.choice == PL_CHOICE_NOBODY)
                add_nobody(&hint);
        else if (act->decision.choice == PL_CHOICE_OVER || hint.name[0] == '\0')
                return;
        else if (hint.profile)
                add_of_profile(&hint);
        else if (explain->has_profile && explain->profile[0] != '\0')
                add_elsewhere(&hint);
        else
                add_without(&hint);
}
