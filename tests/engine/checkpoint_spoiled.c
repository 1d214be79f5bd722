/* SPDX-License-Identifier: Apache-2.0 */

/* A checkpoint that nobody could have written is refused as a whole, whatever is wrong with it, and nothing is left of it. */

#include "plimsoll/base/clock.h"
#include "plimsoll/base/size.h"
#include "test.h"
#include "trace.h"

enum {
        CAPACITY = 96,
        CHECKPOINT_MAX = 3 * CAPACITY + 512,
        FIRST_CGROUP = 200,
        /* Of struct pl_cgroup_memory. */
        NEWER_WORD = 4,
        OLDER_WORD = 8,
        STATE_WORD = 13, /* enum pl_ladder_state */
        DYING = 5,
        NO_STATE = 8,
};

static struct pl_update checkpoint[CHECKPOINT_MAX];
static struct pl_judgement judgement;

/* ---- a checkpoint ---- */

static void step(struct pl_engine *engine, const struct pl_update *updates, uint64_t count)
{
        const struct pl_snapshot snapshot = {
                .step = 1,
                .now_usec = PL_USEC_PER_HOUR,
                .host = { .at_usec = PL_USEC_PER_HOUR, .have = UINT64_MAX, .available_bytes = 1 },
                .update_count = count,
                .updates = updates,
        };

        assert_int_equal(pl_engine_step(engine, &snapshot, &judgement), 0);
}

/* Of an engine with two cgroups, of which one is dying. */
static struct pl_snapshot dying(struct pl_engine *engine)
{
        struct pl_update updates[] = {
                { .kind = PL_UPDATE_SETTINGS, .id = 1, .settings = trace_shipped },
                { .kind = PL_UPDATE_FACTS, .id = FIRST_CGROUP, .facts = trace_ordinary },
                { .kind = PL_UPDATE_FACTS, .id = FIRST_CGROUP + 1, .facts = trace_ordinary },
                { .kind = PL_UPDATE_SAMPLE,
                  .id = FIRST_CGROUP,
                  .sample = { .at_usec = 1, .have = 1, .current_bytes = PL_GIB } },
        };
        struct pl_snapshot snapshot = { .step = 1,
                                        .now_usec = PL_USEC_PER_HOUR,
                                        .flags = PL_SNAPSHOT_CHECKPOINT,
                                        .updates = checkpoint };

        updates[1].facts.id = FIRST_CGROUP;
        updates[1].facts.kin = 1;
        updates[2].facts.id = FIRST_CGROUP + 1;
        assert_int_equal(pl_engine_init(engine, CAPACITY, 1), 0);
        step(engine, updates, PL_ARRAY_LENGTH(updates));
        assert_int_equal(judgement.decision_count, 1);
        snapshot.update_count = pl_engine_checkpoint_count(engine);
        assert_in_range(snapshot.update_count, 1, CHECKPOINT_MAX);
        pl_engine_checkpoint(engine, checkpoint);
        return snapshot;
}

/* ---- what is spoiled ---- */

static uint64_t *word_of_memory(size_t offset)
{
        uint64_t word = offset / sizeof(uint64_t);

        return &checkpoint[1 + word / PL_STATE_WORDS].state.words[word % PL_STATE_WORDS];
}

#define WORD(member) word_of_memory(offsetof(struct pl_engine_memory, member))

static struct pl_update *find(enum pl_update_kind kind, uint64_t id)
{
        for (struct pl_update *update = checkpoint;; update++)
                if (update->kind == kind && update->id == id)
                        return update;
}

static void too_many_points(void)
{
        *WORD(point_count) = PL_WEATHER_POINTS + 1;
}

static void a_point_that_is_none(void)
{
        *WORD(point_next) = PL_WEATHER_POINTS;
}

static void a_host_that_is_a_cgroup(void)
{
        *WORD(scopes[0].id) = FIRST_CGROUP;
}

static void a_shortage_of_nobody(void)
{
        *WORD(scopes[3].id) = FIRST_CGROUP + 2;
}

static void two_shortages_of_one(void)
{
        *WORD(scopes[3].id) = FIRST_CGROUP;
        *WORD(scopes[7].id) = FIRST_CGROUP;
}

static void an_answer_that_is_none(void)
{
        *WORD(kin[0].again) = 3;
}

static void a_piece_too_many(void)
{
        checkpoint[1].id = 100000;
}

static void a_state_that_is_none(void)
{
        find(PL_UPDATE_STATE, FIRST_CGROUP)->state.words[STATE_WORD] = NO_STATE;
}

static void a_sample_of_nobody(void)
{
        find(PL_UPDATE_SAMPLE, FIRST_CGROUP)->id = 7;
}

static void a_state_of_nobody(void)
{
        find(PL_UPDATE_STATE, FIRST_CGROUP)->id = 7;
}

static void an_end_of_one(void)
{
        find(PL_UPDATE_STATE, FIRST_CGROUP)->kind = PL_UPDATE_GONE;
}

static void what_nobody_could_have_written_is_refused(void **state)
{
        static const struct {
                const char *row;
                void (*spoil)(void);
        } rows[] = {
                { "too_many_points", too_many_points },
                { "a_point_that_is_none", a_point_that_is_none },
                { "a_host_that_is_a_cgroup", a_host_that_is_a_cgroup },
                { "a_shortage_of_nobody", a_shortage_of_nobody },
                { "two_shortages_of_one", two_shortages_of_one },
                { "an_answer_that_is_none", an_answer_that_is_none },
                { "a_piece_too_many", a_piece_too_many },
                { "a_state_that_is_none", a_state_that_is_none },
                { "a_sample_of_nobody", a_sample_of_nobody },
                { "a_state_of_nobody", a_state_of_nobody },
                { "an_end_of_one", an_end_of_one },
        };
        struct pl_snapshot snapshot;
        struct pl_engine engine;

        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(rows); i++) {
                snapshot = dying(&engine);
                assert_row(rows[i].row, pl_engine_step(&engine, &snapshot, &judgement) == 0);
                assert_row(rows[i].row,
                           pl_engine_checkpoint_count(&engine) == snapshot.update_count);
                rows[i].spoil();
                assert_row(rows[i].row,
                           pl_engine_step(&engine, &snapshot, &judgement) == PL_ENGINE_E_BAD);
                /* And it knows nothing any more, not even settings. */
                assert_row(rows[i].row, engine.cgroups.count == 0 && engine.acting_count == 0 &&
                                                engine.settings.floor_bytes == 0);
                pl_engine_done(&engine);
        }
}

/* There is room for so many that are under way. */
static void more_than_can_be_under_way_is_refused(void **state)
{
        static struct pl_update updates[2 * CAPACITY];
        struct pl_snapshot snapshot = { .step = 1,
                                        .flags = PL_SNAPSHOT_CHECKPOINT,
                                        .updates = updates };
        struct pl_engine engine;

        (void) state;
        assert_int_equal(pl_engine_init(&engine, CAPACITY, 1), 0);
        for (uint64_t id = 1; id <= PL_ACTING_MAX + 1; id++) {
                struct pl_update *update = &updates[snapshot.update_count];

                update[0] = (struct pl_update){ .id = id, .facts = trace_ordinary };
                update[0].facts.id = id;
                update[1] = (struct pl_update){ .kind = PL_UPDATE_STATE, .id = id };
                update[1].state.words[STATE_WORD] = DYING;
                snapshot.update_count += 2;
                assert_int_equal(pl_engine_step(&engine, &snapshot, &judgement),
                                 id <= PL_ACTING_MAX ? 0 : PL_ENGINE_E_BAD);
        }
        pl_engine_done(&engine);
}

/* It could be written; nobody looks twice at one moment, and then nothing has grown. */
static void what_grew_in_no_time_did_not_grow(void **state)
{
        struct pl_engine engine;
        struct pl_snapshot snapshot = dying(&engine);
        uint64_t *words = find(PL_UPDATE_STATE, FIRST_CGROUP)->state.words;
        const struct pl_update update = {
                .kind = PL_UPDATE_SAMPLE,
                .id = FIRST_CGROUP,
                .sample = { .at_usec = 2, .have = 1, .current_bytes = 2 * PL_GIB },
        };

        (void) state;
        words[NEWER_WORD] = 2;
        words[OLDER_WORD] = 2;
        assert_int_equal(pl_engine_step(&engine, &snapshot, &judgement), 0);
        step(&engine, &update, 1);
        for (uint32_t i = 0; i < judgement.candidate_count; i++)
                assert_true(judgement.candidates[i].growth_bytes_per_sec == 0);
        assert_int_equal(judgement.candidate_count, 2);
        pl_engine_done(&engine);
}

static void a_checkpoint_of_more_than_there_is_room_for_is_refused(void **state)
{
        struct pl_engine engine, small;
        struct pl_snapshot snapshot = dying(&engine);

        (void) state;
        assert_int_equal(pl_engine_init(&small, 1, 1), 0);
        assert_int_equal(pl_engine_step(&small, &snapshot, &judgement), PL_ENGINE_E_FULL);
        assert_int_equal(small.cgroups.count, 0);
        pl_engine_done(&small);
        pl_engine_done(&engine);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(what_nobody_could_have_written_is_refused),
                cmocka_unit_test(more_than_can_be_under_way_is_refused),
                cmocka_unit_test(what_grew_in_no_time_did_not_grow),
                cmocka_unit_test(a_checkpoint_of_more_than_there_is_room_for_is_refused),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
