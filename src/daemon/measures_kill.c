/* SPDX-License-Identifier: Apache-2.0 */

/* What the killer does: given to it at once, or as soon as there is room and the policy has been asked of whom it is about. */

#include <errno.h>
#include <string.h>

#include "board_internal.h"
#include "measures_internal.h"
#include "plimsoll/base/assert.h"
#include "plimsoll/base/clock.h"
#include "plimsoll/base/fd.h"
#include "plimsoll/base/macro.h"
#include "plimsoll/kernel/memcg.h"
#include "plimsoll/policy/resolve.h"

static void drop_queued(struct pl_measures *measures, uint64_t id)
{
        struct pl_measures_queue *queue = &measures->queue;
        uint32_t count = 0;

        for (uint32_t i = 0; i < queue->count; i++)
                if (queue->requests[i].kill.id != id)
                        queue->requests[count++] = queue->requests[i];
        queue->count = count;
}

/* Whom there is no room for is not the next one's turn: he waits for a place, and his time runs. As many as the engine has measures
 * under way. What was to be done to him before is of no use any more. */
static bool put_off(struct pl_measures *measures, const struct pl_measures_request *request)
{
        struct pl_measures_queue *queue = &measures->queue;

        drop_queued(measures, request->kill.id);
        if (queue->count == PL_ARRAY_LENGTH(queue->requests))
                return false;
        queue->requests[queue->count++] = *request;
        return true;
}

/* ---- whether the policy in force wants it ---- */

static bool acts_for(const struct pl_measures *measures, uint64_t scope_id)
{
        const uint64_t flags = measures->options.steps->settings.flags;
        struct pl_measures_whom scope;

        if (scope_id == 0)
                return flags & PL_SETTING_HOST;
        return flags & PL_SETTING_LOCAL ||
               (pl_measures_find(measures, scope_id, &scope) && scope.row.flags & PL_CGROUP_DRILL);
}

/* As the judge asks: it may have been decided by the policy before, and have waited. */
static bool is_wanted(const struct pl_measures *measures, const struct pl_measures_whom *whom,
                      const struct pl_measures_request *request)
{
        static const enum pl_rung rungs[PL_MEASURE_KINDS] = {
                [PL_MEASURE_RECLAIM] = PL_RUNG_RECLAIM,
                [PL_MEASURE_FREEZE] = PL_RUNG_FREEZE,
                [PL_MEASURE_TERM] = PL_RUNG_TERM,
                [PL_MEASURE_KILL] = PL_RUNG_KILL,
        };
        const struct pl_facts_policy policy = pl_board_policy(measures->options.board);
        struct pl_cgroup_facts facts;

        if (pl_measures_takes_back(request->kill.measure))
                return true;
        facts = pl_facts_of(&policy, &whom->row);
        if (!(facts.rungs >> rungs[request->kill.measure] & 1))
                return false;
        if (!request->is_for_livelock)
                return acts_for(measures, request->scope_id);
        return facts.livelock == PL_LIVELOCK_KILL &&
               (acts_for(measures, 0) || acts_for(measures, request->scope_id));
}

/* ---- beginning ---- */

/* NULL: no profile says anything of it. */
static const struct pl_profile *profile_of(const struct pl_measures *measures,
                                           const struct pl_measures_whom *whom)
{
        const struct pl_policy *policy = measures->options.board->policy;

        if (!(whom->row.flags & PL_CGROUP_PROFILE) || !policy ||
            pl_measures_is_stale(measures, whom))
                return NULL;
        pl_assert(whom->row.profile < policy->profile_count);
        return &policy->profiles[whom->row.profile]->profile;
}

/* How a profile wants its pages chosen: a kernel that cannot do that goes by vm.swappiness. */
static int swappiness_of(const struct pl_measures *measures, const struct pl_profile *profile)
{
        if (!measures->options.enforcer->options.can_reclaim_with_swappiness || !profile ||
            !PL_HAS(&profile->memory, PL_MEMORY_SWAPPINESS))
                return PL_MEMCG_SWAPPINESS_DEFAULT;
        return profile->memory.swappiness;
}

static struct pl_kill_request request_for(const struct pl_measures *measures,
                                          const struct pl_measures_whom *whom,
                                          const struct pl_measures_request *request)
{
        const struct pl_profile *profile = profile_of(measures, whom);
        struct pl_kill_request kill = request->kill;

        kill.flags = whom->row.flags;
        kill.swappiness = swappiness_of(measures, profile);
        if (kill.measure == PL_MEASURE_TERM && profile &&
            PL_HAS(&profile->ladder, PL_LADDER_SIGNAL))
                kill.signal = pl_policy_signal(profile->ladder.signal);
        return kill;
}

static int give(struct pl_measures *measures, const struct pl_measures_request *request,
                const struct pl_kill_request *kill)
{
        int r = pl_killer_begin(measures->killer, kill, pl_clock_now_usec());

        if (r == PL_KILLER_E_FULL && put_off(measures, request))
                return 0;
        return r == 0 ? 0 : -EBUSY;
}

static int begin(struct pl_measures *measures, const struct pl_measures_whom *whom,
                 const struct pl_measures_request *request)
{
        struct pl_kill_request kill = request_for(measures, whom, request);
        struct pl_census *census = &measures->options.board->census;
        bool opened = false;
        int r;

        r = pl_census_directory(census, whom->index, &kill.cgroup_fd, &opened);
        if (r != 0)
                return r < 0 ? -r : ENOENT;
        r = 0;
        /* Who holds one still has told the mate before, so that it goes on whatever becomes of him. */
        if (kill.measure == PL_MEASURE_FREEZE)
                r = measures->options.mate ? pl_mate_hold(measures->options.mate, kill.cgroup_fd,
                                                          kill.id, kill.deadline_usec)
                                           : -ENOTSUP;
        if (r == 0)
                r = give(measures, request, &kill);
        if (r != 0 && kill.measure == PL_MEASURE_FREEZE && measures->options.mate)
                (void) pl_mate_let_go(measures->options.mate, kill.id);
        if (opened)
                pl_cleanup_close(&kill.cgroup_fd);
        return -r;
}

static void conclude(struct pl_measures *measures, const struct pl_measures_request *request,
                     enum pl_result result, int error)
{
        const struct pl_kill_request *kill = &request->kill;

        pl_measures_end(measures, &(struct pl_measures_end){ .decision = kill->decision,
                                                             .id = kill->id,
                                                             .measure = kill->measure,
                                                             .result = result,
                                                             .error = error,
                                                             .began_usec = pl_clock_now_usec() });
}

/* For whoever was matched by another policy until he is by this one; to end somebody, while the mate does. */
static bool must_wait(const struct pl_measures *measures, const struct pl_measures_whom *whom,
                      uint32_t measure)
{
        const struct pl_mate *mate = measures->options.mate;
        bool ends = measure == PL_MEASURE_KILL || measure == PL_MEASURE_TERM;

        return (!pl_measures_takes_back(measure) && pl_measures_is_stale(measures, whom)) ||
               (ends && mate && pl_mate_acts(mate, pl_clock_now_usec()));
}

void pl_measures_begin(struct pl_measures *measures, const struct pl_measures_request *request)
{
        const uint32_t measure = request->kill.measure;
        struct pl_measures_whom whom;
        int error;

        measures->is_due = true;
        if (!pl_measures_find(measures, request->kill.id, &whom)) {
                conclude(measures, request, PL_RESULT_GONE, 0);
                return;
        }
        if (!pl_measures_is_meant(measures, measure) || !pl_measures_may_touch(&whom, measure)) {
                conclude(measures, request, PL_RESULT_REFUSED, 0);
                return;
        }
        if (must_wait(measures, &whom, measure)) {
                if (!put_off(measures, request))
                        conclude(measures, request, PL_RESULT_FAILED, EBUSY);
                return;
        }
        if (!is_wanted(measures, &whom, request)) {
                conclude(measures, request, PL_RESULT_REFUSED, 0);
                return;
        }
        error = begin(measures, &whom, request);
        if (error != 0)
                conclude(measures, request, error == ENOENT ? PL_RESULT_GONE : PL_RESULT_FAILED,
                         error == ENOENT ? 0 : error);
}

bool pl_measures_has_room(const struct pl_measures *measures)
{
        return measures->queue.count > 0 && pl_killer_count(measures->killer) < PL_KILL_ACTS_MAX;
}

/* Those who had to wait, as long as there is room: whoever is gone or protected by now is an outcome, and so is whose time is over. */
void pl_measures_begin_waiting(struct pl_measures *measures, uint64_t now_usec)
{
        struct pl_measures_queue *queue = &measures->queue;
        uint32_t count = queue->count;

        for (uint32_t i = 0; i < count && pl_measures_has_room(measures); i++) {
                const struct pl_measures_request request = queue->requests[0];

                queue->count--;
                memmove(&queue->requests[0], &queue->requests[1], queue->count * sizeof request);
                if (!pl_measures_takes_back(request.kill.measure) &&
                    now_usec >= request.kill.deadline_usec)
                        conclude(measures, &request, PL_RESULT_LATE, 0);
                else
                        pl_measures_begin(measures, &request);
        }
}

void pl_measures_give(struct pl_measures *measures, const struct pl_decision *decision)
{
        const struct pl_measures_request request = {
                .kill = { .decision = decision->number,
                          .id = decision->id,
                          .cgroup_fd = -1,
                          .measure = decision->measure,
                          .deadline_usec = decision->deadline_usec,
                          .amount_bytes = decision->amount_bytes,
                          .expected_bytes = decision->expected_bytes },
                .scope_id = decision->verdict.scope_id,
                .is_for_livelock = decision->choice == PL_CHOICE_LIVELOCK,
        };

        if (decision->measure == PL_MEASURE_RECLAIM &&
            decision->amount_bytes < measures->options.enforcer->page_bytes) {
                pl_measures_conclude(measures, decision, PL_RESULT_FAILED, EINVAL);
                return;
        }
        /* Who is killed is not asked any more. */
        if (decision->measure == PL_MEASURE_KILL)
                pl_measures_term_drop(measures, decision->id);
        pl_measures_begin(measures, &request);
}
