/* SPDX-License-Identifier: Apache-2.0 */

#include "mate_arm.h"

#include <string.h>
#include <unistd.h>

#include "mate_watch.h"
#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"
#include "plimsoll/kernel/cgroup.h"
#include "plimsoll/kernel/memcg.h"
#include "plimsoll/kernel/process.h"

/* Whoever has not died of a kill by then is held by the kernel, and others may help sooner. */
#define DEADLINE_USEC (10 * PL_USEC_PER_SEC)

enum {
        STEP_BUDGET = 512, /* processes that are looked at in a turn */
        /* Of a workload, to be asked for their score: the first may end just then. */
        ASKED_MAX = 4,
};

/* ---- life cycle ---- */

void pl_mate_arm_init(struct pl_mate_arm *arm, const struct pl_roots *roots)
{
        const struct pl_killer_options options = { .without_threads = true };

        pl_assert(arm && roots);

        *arm = (struct pl_mate_arm){ .roots = *roots };
        if (roots->cgroup_fd < 0 || roots->proc_fd < 0 ||
            pl_killer_new(roots, &options, &arm->killer) != 0)
                arm->killer = NULL;
}

static void forget(struct pl_mate_arm *arm)
{
        for (uint32_t i = 0; i < arm->brief.count; i++)
                (void) close(arm->fds[i]);
        arm->brief = (struct pl_mate_brief){};
}

void pl_mate_arm_done(struct pl_mate_arm *arm)
{
        pl_assert(arm);

        forget(arm);
        pl_killer_free(PL_TAKE_PTR(arm->killer), 0);
}

/* What comes of it is the self-test's to say, in the daemon. */
static void rehearse(struct pl_mate_arm *arm)
{
        struct pl_kill_test test;

        if (arm->is_rehearsed || !arm->killer || arm->brief.count == 0)
                return;
        pl_kill_test_init(&test);
        (void) pl_kill_test_candidate(arm->killer, arm->fds[0], arm->brief.ranked[0].id, &test);
        arm->is_rehearsed = true;
}

void pl_mate_arm_brief(struct pl_mate_arm *arm, const struct pl_mate_brief *brief, const int *fds)
{
        pl_assert(arm && brief);
        pl_assert(brief->count <= PL_MATE_RANKED_MAX);

        forget(arm);
        arm->brief = *brief;
        if (brief->count > 0)
                memcpy(arm->fds, fds, brief->count * sizeof *fds);
        rehearse(arm);
}

/* ---- who is there ---- */

static bool is_tried(const struct pl_mate_arm *arm, uint64_t id)
{
        for (size_t i = 0; i < PL_MATE_RANKED_MAX; i++)
                if (arm->tried[i] == id)
                        return true;
        return false;
}

/* Of the first of its own processes that says; else what was known. */
static int32_t score_of(const struct pl_mate_arm *arm, uint32_t i, struct pl_file_buffer *buffer)
{
        pid_t pids[ASKED_MAX];
        size_t count = 0, foreign = 0;
        int32_t score_adj;

        (void) pl_cgroup_read_procs(arm->fds[i], buffer, pids, ASKED_MAX, &count, &foreign);
        for (size_t k = 0; k < count; k++) {
                _cleanup_close_ int fd = -1;

                if (pl_process_open(arm->roots.proc_fd, pids[k], &fd) == 0 &&
                    pl_process_read_oom_score_adj(fd, buffer, &score_adj) == 0)
                        return score_adj;
        }
        return arm->brief.ranked[i].score_adj;
}

static uint64_t use_of(int fd, struct pl_file_buffer *buffer)
{
        uint64_t current_bytes = 0, swap_bytes = 0;

        (void) pl_memcg_read_figure(fd, PL_MEMCG_CURRENT, buffer, &current_bytes);
        (void) pl_memcg_read_figure(fd, PL_MEMCG_SWAP_CURRENT, buffer, &swap_bytes);
        return current_bytes + swap_bytes;
}

/* Read anew, all of it: the ranking is of some time ago. */
static struct pl_guard_one look_at(const struct pl_mate_arm *arm, uint32_t i,
                                   struct pl_file_buffer *buffer)
{
        struct pl_cgroup_events events = {};
        struct pl_guard_one one = {};
        uint64_t id = 0;

        one.is_there = pl_cgroup_id(arm->fds[i], &id) == 0 && id == arm->brief.ranked[i].id &&
                       pl_cgroup_read_events(arm->fds[i], buffer, &events) == 0 &&
                       events.populated != 0;
        if (!one.is_there)
                return one;
        one.is_tried = is_tried(arm, id);
        one.use_bytes = use_of(arm->fds[i], buffer);
        /* Of it page cache comes back by itself, and shared memory stays: what that is takes memory.stat to know. */
        if (arm->brief.ranked[i].gives_back_bytes > 0)
                one.use_bytes = PL_MIN(one.use_bytes, arm->brief.ranked[i].gives_back_bytes);
        one.score_adj = score_of(arm, i, buffer);
        return one;
}

/* ---- acting ---- */

static void begin(struct pl_mate_arm *arm, uint32_t i, uint64_t now_usec, uint64_t expected_bytes)
{
        const struct pl_mate_ranked *ranked = &arm->brief.ranked[i];
        const struct pl_kill_request request = { .id = ranked->id,
                                                 .cgroup_fd = arm->fds[i],
                                                 .flags = ranked->flags,
                                                 .measure = PL_MEASURE_KILL,
                                                 .deadline_usec = now_usec + DEADLINE_USEC,
                                                 .expected_bytes = expected_bytes };

        pl_assert(ranked->flags & PL_CGROUP_WORKLOAD);
        pl_assert(!(ranked->flags & (PL_CGROUP_PROTECTED | PL_CGROUP_OBSERVED)));
        pl_assert(pl_killer_count(arm->killer) == 0);

        pl_assert(pl_killer_begin(arm->killer, &request, now_usec) == 0);
        memcpy(arm->name, ranked->name, sizeof arm->name);
        arm->dying_id = ranked->id;
        arm->dying_until_usec = request.deadline_usec;
}

bool pl_mate_arm_looks(const struct pl_mate_arm *arm, uint64_t silent_usec)
{
        return arm->killer && arm->brief.may_act && silent_usec > PL_MATE_TICK_USEC;
}

void pl_mate_arm_judge(struct pl_mate_arm *arm, uint64_t now_usec, uint64_t silent_usec,
                       const struct pl_guard_host *host, struct pl_file_buffer *buffer)
{
        struct pl_guard_one ones[PL_MATE_RANKED_MAX] = {};
        struct pl_guard_view view = { .now_usec = now_usec,
                                      .silent_usec = silent_usec,
                                      .host = *host };
        int chosen;

        /* Who was of no avail then may be now. */
        if (silent_usec == 0)
                memset(arm->tried, 0, sizeof arm->tried);
        if (!arm->killer)
                return;
        view.is_busy = pl_killer_count(arm->killer) > 0 || now_usec < arm->rest_until_usec;
        if (!pl_guard_wants(&arm->brief, &view))
                return;
        for (uint32_t i = 0; i < arm->brief.count; i++)
                ones[i] = look_at(arm, i, buffer);
        chosen = pl_guard_choose(&arm->brief, ones, now_usec);
        if (chosen >= 0)
                begin(arm, (uint32_t) chosen, now_usec, ones[chosen].use_bytes);
}

bool pl_mate_arm_begun(struct pl_mate_arm *arm, struct pl_mate_deed *ret_deed)
{
        pl_assert(arm && ret_deed);

        if (arm->dying_id == 0)
                return false;
        *ret_deed = (struct pl_mate_deed){ .outcome = { .id = arm->dying_id,
                                                        .measure = PL_MEASURE_KILL },
                                           .until_usec = arm->dying_until_usec };
        memcpy(ret_deed->name, arm->name, sizeof ret_deed->name);
        arm->dying_id = 0;
        return true;
}

static void keep_tried(struct pl_mate_arm *arm, uint64_t id)
{
        size_t i = 0;

        while (i + 1 < PL_MATE_RANKED_MAX && arm->tried[i] != 0 && arm->tried[i] != id)
                i++;
        arm->tried[i] = id;
}

bool pl_mate_arm_step(struct pl_mate_arm *arm, uint64_t now_usec, struct pl_mate_deed *ret_deed)
{
        pl_assert(ret_deed);

        if (!arm->killer || pl_killer_count(arm->killer) == 0)
                return false;
        (void) pl_killer_step(arm->killer, now_usec, STEP_BUDGET);
        if (!pl_killer_take(arm->killer, &ret_deed->outcome))
                return false;
        pl_assert(ret_deed->outcome.decision == 0);
        memcpy(ret_deed->name, arm->name, sizeof ret_deed->name);
        ret_deed->until_usec = 0;
        /* By another process of it, too, the same workload may go on to give back. */
        if (ret_deed->outcome.result != PL_RESULT_DONE)
                keep_tried(arm, ret_deed->outcome.id);
        arm->rest_until_usec = now_usec + PL_MATE_TICK_USEC;
        return true;
}

int pl_mate_arm_fd(const struct pl_mate_arm *arm)
{
        return arm->killer ? pl_killer_fd(arm->killer) : -1;
}

uint64_t pl_mate_arm_next_usec(const struct pl_mate_arm *arm)
{
        return arm->killer ? pl_killer_next_usec(arm->killer) : UINT64_MAX;
}
