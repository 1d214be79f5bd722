/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* enforce_internal - what the files of enforce share. */

#include "enforce.h"
#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"
#include "plimsoll/journal/sentence.h"

/* What calls to systemd are about, in the upper 16 bits of their tags; the lower half is an index, and between them are bits of
 * an id where an index could be somebody else's by the time of the answer. */
enum pl_enforce_tag {
        PL_TAG_ROW = 1,
        PL_TAG_CAUSE,
        PL_TAG_FOREIGN, /* by the index of the enforced */
        PL_TAG_TIDY,
};

static inline uint64_t pl_enforce_tag(enum pl_enforce_tag kind, uint32_t index, uint64_t id)
{
        return (uint64_t) kind << 48 | (id & 0xffff) << 32 | index;
}

static inline bool pl_enforce_is_tag(uint64_t tag, enum pl_enforce_tag kind)
{
        return tag >> 48 == (uint64_t) kind;
}

static inline struct pl_enforced *pl_enforced_at(struct pl_enforcer *enforcer, uint32_t number)
{
        return pl_pool_at(&enforcer->enforced, number);
}

static inline struct pl_enforce_row *pl_enforce_row_at(struct pl_enforcer *enforcer,
                                                       uint32_t number)
{
        return pl_pool_at(&enforcer->rows, number);
}

/* What is noted of a cgroup; NULL: nothing. */
static inline const struct pl_original_cgroup *pl_enforce_original(
        const struct pl_enforcer *enforcer, uint64_t id)
{
        return enforcer->has_originals ? pl_originals_find_cgroup(&enforcer->originals, id) : NULL;
}

/* Whether a cgroup of that id, or one with such a cgroup inside, is among those that are looked after. */
bool pl_enforce_knows(const struct pl_enforcer *enforcer, uint64_t id);

uint32_t pl_enforced_number(const struct pl_enforcer *enforcer, const struct pl_enforced *enforced);

/* ---- enforce.c: who is due ---- */

/* UINT64_MAX: at the next look at everybody. */
void pl_enforce_wake(struct pl_enforcer *enforcer, struct pl_enforced *enforced,
                     uint64_t wake_usec);

/* Looked after from now on, and not any more; NULL: there is no room. */
struct pl_enforced *pl_enforce_begin(struct pl_enforcer *enforcer,
                                     const struct pl_enforce_view *view, uint64_t id);
void pl_enforce_end(struct pl_enforcer *enforcer, uint32_t *number);

/* −1: it could not be read. */
int32_t pl_enforce_read_swappiness(struct pl_enforcer *enforcer);

/* ---- enforce_want.c ---- */

/* What is wanted of a workload, or of a slice with a budget. */
struct pl_enforce_want {
        struct pl_limits limits;
        struct pl_limits kubelets; /* what the profile wants of a pod, and kubelet decides */
        enum pl_plan_mode mode;
        enum pl_drift drift;
        enum pl_backend backend; /* NONE: nothing is wanted */
        enum pl_swappiness_means swappiness;
        bool high_without_swap;
        bool raises; /* the promises of those above it */
        bool is_in_pod;
        bool is_left_to_kubelet; /* no profile says that the pod is more than observed */
        bool has_score_adj;
        int32_t score_adj;
};

void pl_enforce_find_want(const struct pl_enforcer *enforcer, uint32_t index,
                          const struct pl_journal_row *row, struct pl_enforce_want *ret_want);

/* That nothing at all is written of it, by the policy or because nothing may be noted. */
bool pl_enforce_may_only_observe(const struct pl_enforcer *enforcer,
                                 const struct pl_journal_row *row);

/* PID 1's own, and Plimsoll's. */
bool pl_enforce_never_touches(const struct pl_journal_row *row);

/* Whether systemd keeps it, by its name and those above it. */
bool pl_enforce_is_unit(const struct pl_enforcer *enforcer, uint32_t index);

/* Works out what the profiles of a policy come to, and forgets that of the one before. −ENOMEM. */
int pl_enforce_resolve(struct pl_enforcer *enforcer, const struct pl_policy *policy,
                       const struct pl_host_facts *host);
void pl_enforce_unresolve(struct pl_enforcer *enforcer);

/* Counts what is wanted of a workload among what those above it have to promise. */
void pl_enforce_gather(struct pl_enforcer *enforcer, uint32_t index,
                       const struct pl_limits *limits);

/* Adds to what is wanted of a slice what those below it need, beyond what it had before us. */
void pl_enforce_add_raised(const struct pl_enforcer *enforcer, uint64_t id,
                           const struct pl_limits *before, const struct pl_limits *actual,
                           struct pl_limits *limits);

/* ---- enforce_overlay.c ---- */

/* What goes before what is wanted of it, now. */
void pl_enforce_find_overlay(const struct pl_enforcer *enforcer, uint64_t id,
                             const struct pl_limits *wanted, struct pl_limits *ret_overlay);

/* How its limits stand, at a look: whether what was laid over them is in force, or will never be. */
void pl_enforce_watch_overlays(struct pl_enforcer *enforcer, uint64_t id,
                               const struct pl_plan *plan, uint64_t now_usec);

/* Those whose time is over, and those of one that is gone. */
void pl_enforce_end_overlays(struct pl_enforcer *enforcer, uint64_t now_usec);
void pl_enforce_drop_overlays(struct pl_enforcer *enforcer, uint64_t id);

/* Writes what holds without the overlays that were lifted, here and now. */
void pl_enforce_loosen(struct pl_enforcer *enforcer, struct pl_enforced *enforced, int fd);

/* Whether one lies over that limit of a workload. */
bool pl_enforce_has_overlay(const struct pl_enforcer *enforcer, uint64_t id, enum pl_limit limit);

/* ---- enforce_sweep.c ---- */

/* Whose processes have an oom_score_adj of ours from before: nothing else may be noted of them. −ENOMEM. */
int pl_enforce_find_scored(struct pl_enforcer *enforcer);
bool pl_enforce_was_scored(const struct pl_enforcer *enforcer, uint64_t id);
bool pl_enforce_has_scores(const struct pl_enforcer *enforcer, const struct pl_enforced *enforced);

/* Of its processes, if they are to be swept now and nobody else's are. */
void pl_enforce_begin_sweep(struct pl_enforcer *enforcer, struct pl_enforced *enforced,
                            const struct pl_enforce_view *view, const struct pl_enforce_want *want);

/* ---- enforce_row.c ---- */

/* Where a workload's limits are: a directory. */
struct pl_enforce_place {
        int fd; /* owned if it was opened */
        bool is_opened;
        bool is_inner;
        uint64_t id;
};

/* GONE, or what opening came to. */
int pl_enforce_open(struct pl_enforcer *enforcer, struct pl_enforced *enforced,
                    struct pl_enforce_place *ret_place);

/* Whether its runtime may keep a cgroup of its own for the container; and the id of that, or 0. */
bool pl_enforce_may_have_inner(const struct pl_enforcer *enforcer, uint32_t index);
uint64_t pl_enforce_inner_id(const struct pl_enforcer *enforcer, uint32_t index);
void pl_enforce_shut(struct pl_enforce_place *place);

/* Whether another row could be given out. */
bool pl_enforce_has_room(const struct pl_enforcer *enforcer);

/* Notes what was there, and gives the orders to the threads or to systemd. */
struct pl_enforce_issue {
        const struct pl_plan *plan;
        const struct pl_limits *actual;
        const struct pl_enforce_place *place;
        uint64_t now_usec;
};
void pl_enforce_issue(struct pl_enforcer *enforcer, struct pl_enforced *enforced,
                      const struct pl_enforce_issue *issue);

/* The outcomes of a row that is back; 0 where none is. It is over then. */
uint32_t pl_enforce_take_outcomes(struct pl_enforcer *enforcer, struct pl_enforced *enforced,
                                  struct pl_limit_outcome outcomes[PL_LIMIT_ORDERS_MAX]);

/* Of the call to systemd in a row; and all those calls, whose answers will not come. */
void pl_enforce_row_set(struct pl_enforcer *enforcer, uint32_t number, enum pl_write_result result,
                        int error);
void pl_enforce_rows_off_bus(struct pl_enforcer *enforcer);

/* The workload has gone: its row is nobody's. */
void pl_enforce_disown(struct pl_enforcer *enforcer, struct pl_enforced *enforced);

/* ---- enforce_tell.c ---- */

struct pl_enforce_news {
        const struct pl_plan *plan;
        const struct pl_limits *actual;
        const struct pl_enforce_want *want;
        const struct pl_journal_row *row;
        uint64_t now_usec;
};
void pl_enforce_tell(struct pl_enforcer *enforcer, struct pl_enforced *enforced,
                     const struct pl_enforce_news *news);

/* Who it was, for an alarm that may follow; and answers that will not come. */
void pl_enforce_note_cause(struct pl_enforcer *enforcer, uint64_t id, enum pl_drift_cause cause);
void pl_enforce_causes_off_bus(struct pl_enforcer *enforcer);

/* The row of one that is spoken of while its own is not at hand: id and name. */
void pl_enforce_name(const struct pl_enforcer *enforcer, const struct pl_enforced *enforced,
                     struct pl_journal_row *ret_row);

/* A note or, if it is one, an alarm about one workload. */
struct pl_enforce_note {
        enum pl_note_code code;
        bool is_alarm;
        uint64_t value;
        const char *words; /* NULL: none */
};
void pl_enforce_say(struct pl_enforcer *enforcer, const struct pl_journal_row *row,
                    uint64_t now_usec, const struct pl_enforce_note *note);

/* ---- enforce_undo.c ---- */

/* Whether a unit of that name has ended with drop-ins of ours. */
bool pl_enforce_has_departed(const struct pl_enforcer *enforcer, const char *unit);

/* A unit's cgroup has appeared: what was ours of the one before is taken over. */
void pl_enforce_inherit(struct pl_enforcer *enforcer, struct pl_enforced *enforced,
                        const struct pl_limits *actual);

/* Before these properties are set: that they may be ours from now on, and which of them somebody else has set before. What
 * noting it came to. */
int pl_enforce_note_foreign(struct pl_enforcer *enforcer, const struct pl_enforced *enforced,
                            uint32_t properties);

/* Whether systemd has this limit on our word, or has it from a call of which nobody has seen the end. */
bool pl_enforce_may_be_kept(const struct pl_original_cgroup *cgroup, enum pl_limit limit);

/* Everything is back but what systemd keeps on our word: that as well. True when nothing is left to be done. */
bool pl_enforce_undo(struct pl_enforcer *enforcer, struct pl_enforced *enforced);

/* A noted cgroup has gone: forgotten, unless its unit has drop-ins of ours. */
void pl_enforce_depart(struct pl_enforcer *enforcer, uint64_t id);
void pl_enforce_find_departed(struct pl_enforcer *enforcer);
void pl_enforce_tidy(struct pl_enforcer *enforcer, uint64_t now_usec);

/* It is over, or the workload is gone, or under a profile again. */
void pl_enforce_end_undo(struct pl_enforcer *enforcer, struct pl_enforced *enforced);

void pl_enforce_foreign_set(struct pl_enforcer *enforcer, uint64_t tag,
                            enum pl_write_result result);
void pl_enforce_undo_off_bus(struct pl_enforcer *enforcer);
