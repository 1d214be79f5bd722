/* SPDX-License-Identifier: Apache-2.0 */

/* What is gathered comes back from the ring as it was given, in steps that are numbered without a gap. */

#include "daemon/steps.h"

#include "journal/place.h"

static struct pl_logbook logbook;
static struct pl_steps steps;
static struct pl_journal_reader reader;
static struct pl_journal_cursor cursor;
static struct pl_update updates[4096]; /* a checkpoint's, too */
static struct pl_snapshot snapshot;

static int set_up(void **state)
{
        const struct pl_logbook_options options = { .directory = place_path,
                                                    .version = "1",
                                                    .file_bytes = PL_JOURNAL_BYTES_MIN };

        (void) place_clear(state);
        pl_assert(pl_logbook_open(&logbook, &options) == 0);
        pl_assert(pl_steps_init(&steps, &logbook) == 0);
        reader = place_reader();
        cursor = pl_journal_cursor_oldest(&reader, PL_JOURNAL_SAMPLES);
        return 0;
}

static int tear_down(void **state)
{
        (void) state;
        pl_journal_reader_close(&reader);
        pl_steps_done(&steps);
        pl_logbook_close(&logbook);
        return 0;
}

/* The next step that stands there. */
static bool next(void)
{
        const struct pl_journal_space space = { updates, PL_ARRAY_LENGTH(updates), NULL, 0 };
        int r;

        do
                r = pl_journal_next_snapshot(&cursor, &space, &snapshot);
        while (r == 0 && snapshot.flags & PL_SNAPSHOT_CHECKPOINT);
        assert_true(r == 0 || r == PL_JOURNAL_E_END);
        return r == 0;
}

static struct pl_cgroup_facts facts_of(uint64_t id)
{
        return (struct pl_cgroup_facts){ .id = id,
                                         .parent_id = id / 2,
                                         .flags = (uint32_t) id,
                                         .profile = UINT32_MAX,
                                         .order = -(int32_t) id,
                                         .max_bytes = UINT64_MAX };
}

static struct pl_cgroup_sample sample_of(uint64_t id)
{
        return (struct pl_cgroup_sample){
                .at_usec = id, .have = UINT64_MAX, .current_bytes = ~id, .pgscan = id << 40
        };
}

static void without_anything_a_step_is_a_step(void **state)
{
        (void) state;
        steps.host = (struct pl_host_sample){ .at_usec = 7, .have = 1, .total_bytes = UINT64_MAX };
        steps.policy = 5;
        pl_steps_take(&steps, 42);
        assert_true(next());
        assert_true(snapshot.step == 1 && snapshot.now_usec == 42 && snapshot.policy == 5);
        assert_true(snapshot.update_count == 0 && snapshot.outcome_count == 0);
        assert_memory_equal(&snapshot.host, &steps.host, sizeof steps.host);
        assert_false(next());
}

static void each_kind_comes_back_as_it_was(void **state)
{
        const struct pl_cgroup_facts facts = facts_of(9);
        const struct pl_cgroup_sample sample = sample_of(9);
        struct pl_update gone = { .kind = PL_UPDATE_GONE, .id = 9 };

        (void) state;
        pl_steps_add_facts(&steps, 1, &facts);
        pl_steps_add_sample(&steps, 1, 9, &sample);
        pl_steps_add_gone(&steps, 1, 9);
        assert_false(next());
        pl_steps_take(&steps, 2);
        assert_true(next());
        assert_int_equal(snapshot.update_count, 3);
        assert_true(updates[0].kind == PL_UPDATE_FACTS && updates[0].id == 9);
        assert_memory_equal(&updates[0].facts, &facts, sizeof facts);
        assert_true(updates[1].kind == PL_UPDATE_SAMPLE && updates[1].id == 9);
        assert_memory_equal(&updates[1].sample, &sample, sizeof sample);
        assert_memory_equal(&updates[2], &gone, sizeof gone);
        pl_steps_take(&steps, 3);
        assert_true(next());
        assert_int_equal(snapshot.update_count, 0);
}

static void the_one_too_many_takes_a_step(void **state)
{
        (void) state;
        for (uint64_t id = 1; id <= PL_STEPS_UPDATES; id++)
                pl_steps_add_gone(&steps, id, id);
        assert_false(next());
        pl_steps_add_gone(&steps, 1000, 1000);
        assert_true(next());
        assert_int_equal(snapshot.update_count, PL_STEPS_UPDATES);
        assert_true(snapshot.now_usec == 1000 && updates[PL_STEPS_UPDATES - 1].id == 64);
        assert_false(next());
        pl_steps_take(&steps, 1001);
        assert_true(next());
        assert_true(snapshot.update_count == 1 && updates[0].id == 1000);
}

static void the_host_has_slept_once(void **state)
{
        (void) state;
        pl_steps_take(&steps, 1);
        steps.resumed = true;
        /* Also when it is the one too many that takes the step. */
        for (uint64_t id = 1; id <= PL_STEPS_UPDATES + 1; id++)
                pl_steps_add_gone(&steps, 2, id);
        pl_steps_take(&steps, 3);
        for (uint32_t i = 0; i < 3; i++) {
                assert_true(next());
                assert_int_equal(snapshot.flags, i == 1 ? PL_SNAPSHOT_RESUMED : 0);
        }
        assert_false(next());
}

/* A number of a profile is never read by the wrong policy. */
static void updates_of_two_policies_are_two_steps(void **state)
{
        const struct pl_cgroup_facts facts = facts_of(9);

        (void) state;
        steps.policy = 1;
        pl_steps_add_facts(&steps, 1, &facts);
        steps.policy = 2;
        pl_steps_add_facts(&steps, 2, &facts);
        pl_steps_add_facts(&steps, 2, &facts);
        steps.policy = 3;
        pl_steps_take(&steps, 3);
        pl_steps_take(&steps, 4);
        for (uint32_t i = 1; i <= 3; i++) {
                assert_true(next());
                assert_int_equal(snapshot.policy, i);
                assert_int_equal(snapshot.update_count, i == 3 ? 0 : i);
        }
        assert_false(next());
}

/* Two that have looked at the clock before either took a step. */
static void time_does_not_go_back(void **state)
{
        (void) state;
        pl_steps_take(&steps, 43);
        pl_steps_take(&steps, 42);
        pl_steps_take(&steps, 44);
        for (uint32_t i = 0; i < 3; i++) {
                assert_true(next());
                assert_int_equal(snapshot.now_usec, i == 2 ? 44 : 43);
        }
}

/* Once, before what is judged by them, and again when they change. */
static void settings_are_told_when_they_are_news(void **state)
{
        struct pl_settings settings = { .floor_bytes = 1, .kill_together = 8 };
        const struct pl_cgroup_facts facts = facts_of(9);

        (void) state;
        for (int i = 0; i < 2; i++) {
                pl_steps_set(&steps, 1, &settings);
                pl_steps_add_facts(&steps, 1, &facts);
                pl_steps_set(&steps, 1, &settings);
                pl_steps_take(&steps, 1);
                assert_true(next());
                assert_int_equal(snapshot.update_count, 2);
                assert_true(updates[0].kind == PL_UPDATE_SETTINGS && updates[0].id == 1);
                assert_memory_equal(&updates[0].settings, &settings, sizeof settings);
                settings.floor_bytes++;
        }
        assert_false(next());
}

/* Through many rounds of the ring, with updates as large as they get. */
static void steps_are_numbered_without_a_gap(void **state)
{
        struct test_random random = { 1 };
        struct pl_journal_pulse pulse;
        uint64_t added = 0, seen = 0, step = 0;

        (void) state;
        for (unsigned i = 0; i < 20 * 1000; i++) {
                const struct pl_cgroup_sample sample = sample_of(UINT64_MAX - i);

                if (test_random_below(&random, 100) == 0)
                        pl_steps_take(&steps, i);
                pl_steps_add_sample(&steps, i, ++added, &sample);
                while (next()) {
                        assert_int_equal(snapshot.step, ++step);
                        for (size_t j = 0; j < snapshot.update_count; j++)
                                assert_int_equal(updates[j].id, ++seen);
                }
        }
        assert_int_equal(seen + steps.update_count, added);
        pl_journal_read_pulse(&reader, &pulse);
        assert_true(pulse.step_begun == step && pulse.step_done == step);
}

#define STEPS_TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
        const struct CMUnitTest tests[] = {
                STEPS_TEST(without_anything_a_step_is_a_step),
                STEPS_TEST(each_kind_comes_back_as_it_was),
                STEPS_TEST(the_one_too_many_takes_a_step),
                STEPS_TEST(the_host_has_slept_once),
                STEPS_TEST(updates_of_two_policies_are_two_steps),
                STEPS_TEST(time_does_not_go_back),
                STEPS_TEST(settings_are_told_when_they_are_news),
                STEPS_TEST(steps_are_numbered_without_a_gap),
        };

        return cmocka_run_group_tests(tests, place_set_up, place_tear_down);
}
