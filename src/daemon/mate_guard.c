/* SPDX-License-Identifier: Apache-2.0 */

#include "mate_guard.h"

#include "mate_watch.h"
#include "plimsoll/base/assert.h"
#include "plimsoll/base/size.h"
#include "plimsoll/kernel/process.h"

/* One that is too quick to think the daemon stuck kills a second workload beside the daemon's own. */
#define STALE_USEC (2 * PL_MATE_TICK_USEC)

/* Longer than the engine bears with one while memory is scarce. */
#define THROTTLED_USEC (5 * PL_USEC_PER_SEC)

/* A kill that gives back less is not worth it while there is anybody else: as the engine has it. */
#define LEAST_BYTES PL_MIB

/* ---- whether ---- */

/* As the engine judges: stalls do not count while a throttle of the daemon's makes some, and do when it has been laid for long,
 * for who stands still does not lift it. */
static bool is_short(const struct pl_mate_brief *brief, const struct pl_guard_view *view)
{
        const struct pl_guard_host *host = &view->host;
        bool is_throttled = brief->has_throttle && view->now_usec < brief->at_usec + THROTTLED_USEC;

        if (!host->knows_memory || host->available_bytes >= brief->floor_bytes)
                return false;
        if (host->available_bytes < brief->critical_bytes &&
            host->swap_free_bytes < brief->floor_bytes)
                return true;
        return !is_throttled && host->knows_stall &&
               host->stall_permyriad >= brief->stall_permyriad;
}

bool pl_guard_wants(const struct pl_mate_brief *brief, const struct pl_guard_view *view)
{
        pl_assert(brief && view);
        pl_assert(brief->count <= PL_MATE_RANKED_MAX);

        return brief->may_act && brief->count > 0 && !view->is_busy &&
               view->now_usec >= brief->busy_until_usec && view->silent_usec > STALE_USEC &&
               is_short(brief, view);
}

/* ---- whom ---- */

static bool may_be_taken(const struct pl_mate_ranked *ranked, const struct pl_guard_one *one)
{
        static const uint32_t never = PL_CGROUP_PROTECTED | PL_CGROUP_OBSERVED | PL_CGROUP_PAUSED |
                                      PL_CGROUP_RESTORED;

        return (ranked->flags & never) == 0 && (ranked->flags & PL_CGROUP_WORKLOAD) &&
               one->is_there && !one->is_tried && one->use_bytes >= LEAST_BYTES;
}

/* What is worth it falls until somebody is. */
static uint64_t worth_of(const struct pl_mate_brief *brief, const struct pl_guard_one *ones)
{
        uint64_t most = 0;

        for (uint32_t i = 0; i < brief->count; i++)
                if (may_be_taken(&brief->ranked[i], &ones[i]) && ones[i].use_bytes > most)
                        most = ones[i].use_bytes;
        return brief->worth_bytes < most ? brief->worth_bytes : most;
}

/* Without the daemon's order: who says of himself that he may go, and then who gives back most. */
static bool goes_before(const struct pl_guard_one *a, const struct pl_guard_one *b)
{
        return a->score_adj != b->score_adj ? a->score_adj > b->score_adj
                                            : a->use_bytes > b->use_bytes;
}

int pl_guard_choose(const struct pl_mate_brief *brief,
                    const struct pl_guard_one ones[PL_MATE_RANKED_MAX], uint64_t now_usec)
{
        const bool is_young = now_usec < brief->at_usec ||
                              now_usec - brief->at_usec <= PL_GUARD_RANKING_USEC;
        const uint64_t worth_bytes = worth_of(brief, ones);
        int chosen = -1;

        pl_assert(brief->count <= PL_MATE_RANKED_MAX);

        for (uint32_t i = 0; i < brief->count; i++) {
                if (!may_be_taken(&brief->ranked[i], &ones[i]) || ones[i].use_bytes < worth_bytes)
                        continue;
                if (!is_young && ones[i].score_adj == PL_PROCESS_SCORE_ADJ_MIN)
                        continue; /* nor would the kernel */
                if (chosen < 0 || (!is_young && goes_before(&ones[i], &ones[chosen])))
                        chosen = (int) i;
        }
        return chosen;
}
