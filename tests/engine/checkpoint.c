/* SPDX-License-Identifier: Apache-2.0 */

/* Another engine goes on from a checkpoint as if it had seen all before it: over random lives of a host, at random moments,
 * byte for byte.
 */

#include "plimsoll/base/clock.h"
#include "plimsoll/base/size.h"
#include "test.h"
#include "trace.h"

enum {
        CAPACITY = 96,
        SEEDS = 60,
        STEPS = 120,
        UPDATES_MAX = 64,
        OUTCOMES_MAX = PL_DECISIONS_MAX,
        CHECKPOINT_MAX = 3 * CAPACITY + 512,
};

/* ---- a random host ---- */

struct life {
        struct test_random random;
        struct pl_cgroup_facts facts[CAPACITY]; /* id is 0: nobody */
        struct pl_cgroup_sample samples[CAPACITY];
        uint64_t next_id;
        struct pl_host_sample host;
        struct pl_snapshot snapshot;
        struct pl_update updates[UPDATES_MAX];
        struct pl_outcome outcomes[OUTCOMES_MAX];
        struct pl_judgement judgement;
};

static uint64_t below(struct life *life, uint64_t bound)
{
        return test_random_below(&life->random, bound);
}

static struct pl_update *add(struct life *life, enum pl_update_kind kind, uint64_t id)
{
        struct pl_update *update = &life->updates[life->snapshot.update_count++];

        memset(update, 0, sizeof *update);
        update->kind = (uint32_t) kind;
        update->id = id;
        return update;
}

static void draw_facts(struct life *life, struct pl_cgroup_facts *facts)
{
        *facts = trace_ordinary;
        facts->flags |= (uint32_t) (1 << below(life, 13) & ~1);
        if (below(life, 6) == 0)
                facts->flags &= ~(uint32_t) PL_CGROUP_WORKLOAD;
        /* One that does not exist, exists later, or would make a ring is as good as any. */
        facts->parent_id = below(life, 2) * below(life, life->next_id + 3);
        facts->order = (int32_t) below(life, 3);
        facts->rungs = (uint32_t) below(life, 32);
        facts->kin = (uint32_t) below(life, 5);
        facts->again = (uint32_t) below(life, 3);
        facts->livelock = (uint32_t) below(life, 3);
        facts->grace_usec = below(life, 3) * PL_USEC_PER_SEC;
        facts->livelock_after_usec = below(life, 3) * PL_USEC_PER_SEC;
        if (below(life, 2))
                facts->max_bytes = (1 + below(life, 4)) * PL_GIB;
        if (below(life, 3) == 0)
                facts->high_bytes = (1 + below(life, 2)) * PL_GIB;
}

static void draw_sample(struct life *life, struct pl_cgroup_sample *sample)
{
        sample->at_usec = life->snapshot.now_usec - below(life, 100);
        sample->have = PL_CGROUP_BIT(current_bytes);
        sample->current_bytes = below(life, 3) ? sample->current_bytes + below(life, 64) * PL_MIB
                                               : (1 + below(life, 2048)) * PL_MIB;
        sample->full_usec += below(life, 400) * PL_USEC_PER_MSEC;
        sample->local_high += below(life, 2);
        sample->local_max += below(life, 2);
        sample->refault_file += below(life, 2) * 100;
        if (below(life, 2)) {
                sample->stat_at_usec = sample->at_usec;
                sample->anon_bytes = sample->current_bytes / 4 * 3;
                sample->file_bytes = sample->current_bytes / 4;
                sample->inactive_file_bytes = sample->file_bytes / 2;
        }
}

static void draw_updates(struct life *life)
{
        for (uint64_t i = below(life, 16); i > 0; i--) {
                uint32_t at = (uint32_t) below(life, CAPACITY);
                struct pl_cgroup_facts *facts = &life->facts[at];

                if (facts->id != 0 && below(life, 6) == 0) {
                        (void) add(life, PL_UPDATE_GONE, facts->id);
                        facts->id = 0;
                } else if (facts->id == 0 || below(life, 8) == 0) {
                        uint64_t id = facts->id ? facts->id : ++life->next_id;

                        if (facts->id == 0)
                                life->samples[at] = (struct pl_cgroup_sample){};
                        draw_facts(life, facts);
                        facts->id = id;
                        add(life, PL_UPDATE_FACTS, id)->facts = *facts;
                } else {
                        draw_sample(life, &life->samples[at]);
                        add(life, PL_UPDATE_SAMPLE, facts->id)->sample = life->samples[at];
                }
        }
}

static void draw_host(struct life *life)
{
        struct pl_host_sample *host = &life->host;

        host->at_usec = life->snapshot.now_usec;
        host->have = UINT64_MAX;
        host->available_bytes = (below(life, 3) ? 300 + below(life, 600) : 4096) * PL_MIB;
        host->swap_free_bytes = below(life, 2) * PL_GIB;
        host->full_usec += below(life, 500) * PL_USEC_PER_MSEC;
        host->pgscan_kswapd_pages += below(life, 3) * 1000;
        host->refault_anon_pages += below(life, 2) * 50000;
}

/* Of what was decided at the step before, in any way. */
static void draw_outcomes(struct life *life)
{
        for (uint32_t i = 0; i < life->judgement.decision_count; i++)
                if (below(life, 3))
                        life->outcomes[life->snapshot.outcome_count++] = (struct pl_outcome){
                                .decision = life->judgement.decisions[i].number,
                                .id = life->judgement.decisions[i].id,
                                .measure = life->judgement.decisions[i].measure,
                                .result = (uint32_t) below(life, PL_RESULTS),
                                .bytes = below(life, 2) *
                                         life->judgement.decisions[i].expected_bytes,
                        };
}

static void draw_step(struct life *life)
{
        life->snapshot.step++;
        life->snapshot.now_usec += (50 + below(life, 700)) * PL_USEC_PER_MSEC;
        life->snapshot.flags = below(life, 50) == 0 ? PL_SNAPSHOT_RESUMED : 0;
        life->snapshot.update_count = 0;
        life->snapshot.outcome_count = 0;
        draw_updates(life);
        draw_outcomes(life);
        draw_host(life);
        if (life->snapshot.step == 1 || below(life, 40) == 0) {
                struct pl_settings *settings = &add(life, PL_UPDATE_SETTINGS, 1)->settings;

                *settings = trace_shipped;
                settings->kill_deadline_usec = (1 + below(life, 4)) * PL_USEC_PER_SEC;
                settings->kill_cool_down_usec = below(life, 3) * PL_USEC_PER_SEC;
                settings->backoff_kills = 1 + below(life, 2);
                settings->patience_usec = below(life, 2) * PL_USEC_PER_SEC;
        }
        life->snapshot.host = life->host;
}

/* ---- two engines ---- */

static void assert_same(const struct pl_judgement *a, const struct pl_judgement *b, uint64_t seed)
{
        bool same = a->need_bytes == b->need_bytes && a->look_usec == b->look_usec &&
                    a->verdict_count == b->verdict_count &&
                    a->decision_count == b->decision_count &&
                    a->candidate_count == b->candidate_count && a->hot_count == b->hot_count &&
                    memcmp(a->verdicts, b->verdicts, a->verdict_count * sizeof *a->verdicts) == 0 &&
                    memcmp(a->candidates, b->candidates,
                           a->candidate_count * sizeof *a->candidates) == 0 &&
                    memcmp(a->hot, b->hot, a->hot_count * sizeof *a->hot) == 0;

        for (uint32_t i = 0; same && i < a->decision_count; i++) {
                const struct pl_decision *left = &a->decisions[i], *right = &b->decisions[i];

                same = memcmp(left, right, offsetof(struct pl_decision, candidates)) == 0 &&
                       memcmp(left->candidates, right->candidates,
                              left->candidate_count * sizeof *left->candidates) == 0;
        }
        if (!same)
                fail_msg("seed %llu: another engine judges step %llu otherwise",
                         (unsigned long long) seed, (unsigned long long) a->step);
}

static struct pl_update checkpoint[CHECKPOINT_MAX];

static struct pl_snapshot write_checkpoint(const struct pl_engine *engine,
                                           const struct pl_snapshot *after)
{
        struct pl_snapshot snapshot = {
                .step = after->step,
                .now_usec = after->now_usec,
                .flags = PL_SNAPSHOT_CHECKPOINT,
                .update_count = pl_engine_checkpoint_count(engine),
                .updates = checkpoint,
        };

        assert_in_range(snapshot.update_count, 1, CHECKPOINT_MAX);
        pl_engine_checkpoint(engine, checkpoint);
        return snapshot;
}

static void live(uint64_t seed)
{
        static struct life life;
        static struct pl_judgement judgement;
        struct pl_engine one, other;

        life = (struct life){ .random.state = seed, .snapshot.now_usec = PL_USEC_PER_HOUR };
        life.snapshot.updates = life.updates;
        life.snapshot.outcomes = life.outcomes;
        assert_int_equal(pl_engine_init(&one, CAPACITY, seed), 0);
        assert_int_equal(pl_engine_init(&other, CAPACITY, seed + 1), 0);
        for (unsigned i = 0; i < STEPS; i++) {
                draw_step(&life);
                assert_int_equal(pl_engine_step(&one, &life.snapshot, &life.judgement), 0);
                if (i > 0) {
                        assert_int_equal(pl_engine_step(&other, &life.snapshot, &judgement), 0);
                        assert_same(&life.judgement, &judgement, seed);
                }
                if (i == 0 || below(&life, 8) == 0) {
                        struct pl_snapshot snapshot = write_checkpoint(&one, &life.snapshot);

                        assert_int_equal(pl_engine_step(&other, &snapshot, &judgement), 0);
                        assert_int_equal(judgement.decision_count + judgement.verdict_count, 0);
                }
        }
        pl_engine_done(&other);
        pl_engine_done(&one);
}

static void another_engine_goes_on_as_the_first_would(void **state)
{
        (void) state;
        for (uint64_t seed = 1; seed <= SEEDS; seed++)
                live(seed);
}

/* What a second engine writes of what it took up is what it took up, but for the order of the cgroups. */
static void a_checkpoint_of_a_checkpoint_is_as_long(void **state)
{
        static struct life life;
        struct pl_engine one, other;
        struct pl_snapshot snapshot;
        uint64_t count;

        (void) state;
        life = (struct life){ .random.state = 9, .snapshot.now_usec = PL_USEC_PER_HOUR };
        life.snapshot.updates = life.updates;
        assert_int_equal(pl_engine_init(&one, CAPACITY, 1), 0);
        assert_int_equal(pl_engine_init(&other, CAPACITY, 2), 0);
        draw_step(&life);
        assert_int_equal(pl_engine_step(&one, &life.snapshot, &life.judgement), 0);
        snapshot = write_checkpoint(&one, &life.snapshot);
        count = snapshot.update_count;
        assert_int_equal(pl_engine_step(&other, &snapshot, &life.judgement), 0);
        assert_int_equal(pl_engine_checkpoint_count(&other), count);
        pl_engine_done(&other);
        pl_engine_done(&one);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(another_engine_goes_on_as_the_first_would),
                cmocka_unit_test(a_checkpoint_of_a_checkpoint_is_as_long),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
