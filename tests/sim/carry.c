/* SPDX-License-Identifier: Apache-2.0 */

/* What the daemon does with a decision: it takes a few milliseconds, some of it fails, some outcomes are late, come twice or
 * never. A kill is over when nobody is left, or at its deadline.
 */

#include "run.h"

#include "plimsoll/base/assert.h"
#include "plimsoll/base/clock.h"
#include "plimsoll/base/size.h"

static bool is_there(const struct sim_run *run, const struct sim_job *job)
{
        return job->cgroup != SIM_HOST && run->host.bodies[job->cgroup].id == job->id;
}

static bool ends_it(const struct sim_job *job)
{
        return job->measure == PL_MEASURE_KILL || job->measure == PL_MEASURE_TERM;
}

/* ---- over ---- */

static void finish(struct sim_run *run, struct sim_job *job, enum pl_result result, uint64_t bytes)
{
        const struct sim_body *body = is_there(run, job) ? &run->host.bodies[job->cgroup] : NULL;

        job->is_over = true;
        job->outcome = (struct pl_outcome){
                .decision = job->decision,
                .id = job->id,
                .measure = job->measure,
                .result = (uint32_t) result,
                .error = result == PL_RESULT_FAILED ? 5 : 0,
                .processes = ends_it(job) ? 1 : 0,
                .began_usec = job->began_usec,
                .ended_usec = run->host.now_usec,
                .bytes = bytes,
        };
        job->tell_usec = job->is_lost ? SIM_NEVER : run->host.now_usec + job->delay_usec;
        if (body == NULL && result == PL_RESULT_FAILED)
                job->outcome.result = PL_RESULT_GONE;
}

static uint64_t solid(const struct sim_body *body)
{
        return body->anon + body->swapped;
}

/* ---- to the host ---- */

static void do_reclaim(struct sim_run *run, struct sim_job *job)
{
        uint64_t bytes = sim_min(job->amount, run->host.bodies[job->cgroup].use), swapped, got;

        if (sim_chance(&run->random, run->scenario.faults.partly))
                bytes /= 4;
        got = sim_reclaim(&run->host, job->cgroup, bytes, &swapped);
        finish(run, job, got >= job->amount ? PL_RESULT_DONE : PL_RESULT_PARTLY, got);
}

static void do_kill(struct sim_run *run, struct sim_job *job)
{
        const struct sim_cgroup *plan = &run->scenario.cgroups[job->cgroup];
        struct sim_body *body = &run->host.bodies[job->cgroup];
        uint64_t anon = body->anon;

        if (job->is_futile) {
                body->shmem += anon;
                sim_host_count_swap(&run->host, job->cgroup, -(int64_t) body->cached);
                body->anon = body->locked = body->cached = 0;
        }
        if (plan->flags & PL_CGROUP_BY_PROCESS && body->processes > 1) {
                sim_host_end_process(&run->host, job->cgroup);
                finish(run, job, PL_RESULT_DONE, sim_less(job->had_bytes, solid(body)));
                return;
        }
        body->is_killed = true;
        if (plan->die_usec != SIM_NEVER)
                body->die_usec = sim_min(body->die_usec, run->host.now_usec + plan->die_usec);
}

static void do_term(struct sim_run *run, struct sim_job *job)
{
        const struct sim_cgroup *plan = &run->scenario.cgroups[job->cgroup];
        struct sim_body *body = &run->host.bodies[job->cgroup];

        /* It would hear it when it is thawed; that nobody does that is what a rule is for. */
        if (plan->term_usec != SIM_NEVER && !body->is_frozen && !body->is_held)
                body->die_usec = sim_min(body->die_usec, run->host.now_usec + plan->term_usec);
}

static void hold_down(struct sim_run *run, struct sim_job *job)
{
        struct sim_body *body = &run->host.bodies[job->cgroup];

        run->held_usec[job->cgroup] = job->deadline_usec;
        if (job->measure == PL_MEASURE_DOWN) {
                body->die_usec = sim_min(body->die_usec, run->host.now_usec + PL_USEC_PER_SEC);
                return;
        }
        run->capped_bytes[job->cgroup] = job->amount;
        body->cap = job->amount;
}

static void act(struct sim_run *run, struct sim_job *job)
{
        struct sim_body *body = &run->host.bodies[job->cgroup];

        switch ((enum pl_measure) job->measure) {
        case PL_MEASURE_RECLAIM:
                do_reclaim(run, job);
                return;
        case PL_MEASURE_KILL:
                do_kill(run, job);
                return;
        case PL_MEASURE_TERM:
                do_term(run, job);
                return;
        case PL_MEASURE_THROTTLE:
                body->throttle = job->amount;
                break;
        case PL_MEASURE_RELEASE:
                body->throttle = PL_SIZE_MAX;
                break;
        case PL_MEASURE_FREEZE:
                sim_host_freeze(&run->host, job->cgroup, true, body->is_held);
                break;
        case PL_MEASURE_THAW:
                sim_host_freeze(&run->host, job->cgroup, false, body->is_held);
                break;
        case PL_MEASURE_RELAX:
                body->high = job->amount;
                break;
        case PL_MEASURE_CAP:
        case PL_MEASURE_DOWN:
                hold_down(run, job);
                break;
        case PL_MEASURE_ALARM:
        case PL_MEASURE_KINDS:
                break;
        }
        finish(run, job, PL_RESULT_DONE, 0);
}

/* What comes to nothing, in each way that there is. Kills and what takes something back fail less often. */
static bool fails(struct sim_run *run, struct sim_job *job)
{
        static const enum pl_result results[] = { PL_RESULT_FAILED, PL_RESULT_REFUSED,
                                                  PL_RESULT_LATE, PL_RESULT_GONE };

        if (!sim_chance(&run->random, run->scenario.faults.fails))
                return false;
        finish(run, job, results[sim_below(&run->random, 4)], 0);
        return true;
}

static void begin_acting(struct sim_run *run, struct sim_job *job)
{
        job->is_acted = true;
        job->began_usec = run->host.now_usec;
        if (job->measure == PL_MEASURE_ALARM) {
                finish(run, job, PL_RESULT_DONE, 0);
                return;
        }
        if (!is_there(run, job)) {
                finish(run, job, PL_RESULT_GONE, 0);
                return;
        }
        job->had_bytes = solid(&run->host.bodies[job->cgroup]);
        if (!fails(run, job))
                act(run, job);
}

/* One that waits for an end. */
static void look_after(struct sim_run *run, struct sim_job *job)
{
        bool is_gone = !is_there(run, job) || !run->host.bodies[job->cgroup].is_populated;

        if (is_gone)
                finish(run, job, PL_RESULT_DONE, job->is_futile ? 0 : job->had_bytes);
        else if (job->deadline_usec <= run->host.now_usec)
                finish(run, job, PL_RESULT_LATE, 0);
}

/* Who is kept down does not return before, and who is capped returns so. */
static void keep_held(struct sim_run *run, uint32_t cgroup)
{
        struct sim_body *body = &run->host.bodies[cgroup];

        if (run->held_usec[cgroup] == 0)
                return;
        if (run->held_usec[cgroup] > run->host.now_usec) {
                if (run->capped_bytes[cgroup] == 0 && body->return_usec != SIM_NEVER)
                        body->return_usec = sim_max(body->return_usec, run->held_usec[cgroup]);
                else if (body->id != 0 && run->capped_bytes[cgroup] != 0)
                        body->cap = run->capped_bytes[cgroup];
                return;
        }
        run->held_usec[cgroup] = run->capped_bytes[cgroup] = 0;
        body->cap = PL_SIZE_MAX;
}

void sim_carry_on(struct sim_run *run)
{
        for (uint32_t i = 0; i < run->job_count; i++) {
                struct sim_job *job = &run->jobs[i];

                if (!job->is_acted && job->act_usec <= run->host.now_usec)
                        begin_acting(run, job);
                else if (job->is_acted && !job->is_over)
                        look_after(run, job);
        }
        for (uint32_t i = 0; i < run->scenario.cgroup_count; i++)
                keep_held(run, i);
}

/* ---- from and to the engine ---- */

static void draw_faults(struct sim_run *run, struct sim_job *job)
{
        const struct sim_faults *faults = &run->scenario.faults;

        job->delay_usec = (uint32_t) sim_between(&run->random, 100, 5 * PL_USEC_PER_MSEC);
        if (sim_chance(&run->random, faults->late))
                job->delay_usec = (uint32_t) sim_below(&run->random, 15 * PL_USEC_PER_SEC);
        job->is_lost = sim_chance(&run->random, faults->lost);
        job->is_doubled = sim_chance(&run->random, faults->doubled);
        job->is_futile = sim_chance(&run->random, faults->stays) && job->measure == PL_MEASURE_KILL;
}

/* What is done to one is done in its order. */
static uint64_t when_to_act(struct sim_run *run, uint64_t id)
{
        uint64_t usec = run->host.now_usec + sim_between(&run->random, 200, 5000);

        for (uint32_t i = 0; i < run->job_count; i++)
                if (run->jobs[i].id == id && !run->jobs[i].is_acted)
                        usec = sim_max(usec, run->jobs[i].act_usec);
        return usec;
}

void sim_carry_begin(struct sim_run *run, const struct pl_decision *decision)
{
        uint64_t act_usec = when_to_act(run, decision->id);
        struct sim_job *job = &run->jobs[run->job_count++];

        pl_assert(run->job_count <= SIM_JOBS_MAX);
        *job = (struct sim_job){
                .decision = decision->number,
                .id = decision->id,
                .cgroup = sim_run_find(run, decision->id),
                .measure = decision->measure,
                .amount = decision->amount_bytes,
                .deadline_usec = decision->deadline_usec ? decision->deadline_usec
                                                         : run->host.now_usec + PL_USEC_PER_SEC,
                .act_usec = act_usec,
                .tell_usec = SIM_NEVER,
        };
        draw_faults(run, job);
}

uint64_t sim_carry_next(const struct sim_run *run)
{
        uint64_t next = SIM_NEVER;

        for (uint32_t i = 0; i < run->job_count; i++)
                next = sim_min(next, run->jobs[i].tell_usec);
        return next;
}

/* One that is told twice comes again a second later. */
void sim_carry_collect(struct sim_run *run)
{
        uint32_t kept = 0;

        for (uint32_t i = 0; i < run->job_count; i++) {
                struct sim_job *job = &run->jobs[i];

                if (job->tell_usec <= run->host.now_usec &&
                    run->snapshot.outcome_count < SIM_OUTCOMES_MAX) {
                        run->outcomes[run->snapshot.outcome_count++] = job->outcome;
                        job->tell_usec = job->is_doubled ? run->host.now_usec + PL_USEC_PER_SEC
                                                         : SIM_NEVER;
                        job->is_doubled = false;
                }
                if (job->is_over && job->tell_usec == SIM_NEVER)
                        continue;
                run->jobs[kept++] = *job;
        }
        run->job_count = kept;
}
