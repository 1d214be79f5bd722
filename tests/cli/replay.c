/* SPDX-License-Identifier: Apache-2.0 */

/* Steps are taken again from the oldest beginning on, and anew behind whatever is missing. */

#include "cli/replay.h"

#include "journal/place.h"
#include "plimsoll/base/clock.h"

static struct pl_journal_writer writer;
static struct pl_engine engine;
static struct pl_judgement judgement;
static struct pl_update everything[256];
static struct pl_replay replay;
static uint64_t step, now;

static void begin_daemon(void)
{
        pl_engine_done(&engine);
        pl_assert(pl_engine_init(&engine, 64, 5) == 0);
        step = 0;
}

static int set_up(void **state)
{
        (void) place_clear(state);
        writer = place_writer(NULL);
        now = 1000 * PL_USEC_PER_SEC;
        begin_daemon();
        return 0;
}

static int tear_down(void **state)
{
        (void) state;
        pl_replay_close(&replay);
        pl_engine_done(&engine);
        pl_journal_writer_close(&writer);
        return 0;
}

/* A step with a workload that is of this size now, and the settings with the first. */
static void take(uint64_t bytes)
{
        const struct pl_update updates[] = {
                { .kind = PL_UPDATE_SETTINGS, .id = 1, .settings = { .floor_bytes = PL_MIB } },
                { .kind = PL_UPDATE_FACTS,
                  .id = 7,
                  .facts = { .id = 7,
                             .flags = PL_CGROUP_WORKLOAD | PL_CGROUP_POPULATED,
                             .rungs = 1U << PL_RUNG_KILL,
                             .max_bytes = PL_SIZE_MAX,
                             .high_bytes = PL_SIZE_MAX } },
                { .kind = PL_UPDATE_SAMPLE,
                  .id = 7,
                  .sample = { .at_usec = now,
                              .stat_at_usec = now,
                              .have = PL_CGROUP_BIT(current_bytes) | PL_CGROUP_BIT(anon_bytes),
                              .current_bytes = bytes,
                              .anon_bytes = bytes } },
        };
        const bool is_first = ++step == 1;
        struct pl_snapshot snapshot = {
                .step = step,
                .now_usec = now,
                .host = { .at_usec = now,
                          .have = PL_HOST_BIT(available_bytes),
                          .available_bytes = PL_GIB },
                .update_count = is_first ? 3 : 1,
                .updates = is_first ? updates : &updates[2],
        };

        now += PL_USEC_PER_SEC;
        assert_int_equal(pl_engine_step(&engine, &snapshot, &judgement), 0);
        assert_int_equal(pl_journal_begin_step(&writer, &snapshot), 0);
        pl_journal_end_step(&writer, step);
}

static void keep(void)
{
        struct pl_snapshot snapshot = { .step = step,
                                        .now_usec = now,
                                        .flags = PL_SNAPSHOT_CHECKPOINT,
                                        .update_count = pl_engine_checkpoint_count(&engine),
                                        .updates = everything };

        assert_true(snapshot.update_count <= PL_ARRAY_LENGTH(everything));
        pl_engine_checkpoint(&engine, everything);
        assert_int_equal(pl_journal_write_checkpoint(&writer, &snapshot, UINT64_MAX), 0);
}

/* That step next, with this size as it is ranked. */
static void expect(uint64_t wanted, uint64_t bytes, bool is_first)
{
        struct pl_replay_step taken;

        assert_int_equal(pl_replay_next(&replay, &taken), 0);
        assert_true(taken.snapshot->step == wanted && taken.judgement->step == wanted);
        assert_true(taken.is_first == is_first);
        assert_int_equal(taken.judgement->candidate_count, 1);
        assert_int_equal(taken.judgement->candidates[0].gives_back_bytes, bytes);
}

static void expect_end(void)
{
        struct pl_replay_step taken;

        assert_int_equal(pl_replay_next(&replay, &taken), PL_JOURNAL_E_END);
}

/* Without what was begun with: as a ring has it that went round. */
static void lose_record(uint64_t sequence)
{
        uint64_t at = writer.layout.ring_offset[PL_JOURNAL_SAMPLES] +
                      (sequence - 1) * PL_JOURNAL_RECORD_BYTES;

        place_patch("journal", at + 64, "spoilt", 6);
}

static void open_it(void)
{
        assert_int_equal(pl_replay_open(&replay, place_fd, "journal"), 0);
}

static void a_daemon_begins_with_nothing(void **state)
{
        (void) state;
        for (uint64_t i = 1; i <= 3; i++)
                take(i * PL_MIB);
        open_it();
        expect(1, 1 * PL_MIB, true);
        expect(2, 2 * PL_MIB, false);
        expect(3, 3 * PL_MIB, false);
        expect_end();
        /* One that is still written goes on. */
        take(4 * PL_MIB);
        expect(4, 4 * PL_MIB, false);
        assert_true(replay.step_count == 4 && replay.left_out_count == 0);
        assert_int_equal(replay.beginning_count, 1);
}

static void the_next_daemon_begins_anew(void **state)
{
        (void) state;
        take(5 * PL_MIB);
        take(6 * PL_MIB);
        begin_daemon();
        take(7 * PL_MIB);
        take(8 * PL_MIB);
        open_it();
        expect(1, 5 * PL_MIB, true);
        expect(2, 6 * PL_MIB, false);
        expect(1, 7 * PL_MIB, true);
        expect(2, 8 * PL_MIB, false);
        expect_end();
}

static void a_checkpoint_is_a_beginning(void **state)
{
        uint64_t first;

        (void) state;
        take(PL_MIB);
        take(2 * PL_MIB);
        keep();
        take(3 * PL_MIB);
        first = writer.next[PL_JOURNAL_SAMPLES];
        take(4 * PL_MIB);
        lose_record(1);
        open_it();
        expect(3, 3 * PL_MIB, true);
        expect(4, 4 * PL_MIB, false);
        expect_end();
        assert_int_equal(replay.left_out_count, 1);
        /* Behind what is missing nothing is, until the next. */
        pl_replay_close(&replay);
        lose_record(first);
        take(5 * PL_MIB);
        keep();
        take(6 * PL_MIB);
        open_it();
        expect(3, 3 * PL_MIB, true);
        expect(6, 6 * PL_MIB, true);
        expect_end();
        assert_true(replay.left_out_count == 2 && replay.beginning_count == 2);
}

/* Else it would hide that the engine has come to something else. */
static void a_checkpoint_in_the_middle_changes_nothing(void **state)
{
        const struct pl_update nonsense = { .kind = PL_UPDATE_SAMPLE, .id = 99 };
        const struct pl_snapshot wrong = { .step = 2,
                                           .now_usec = now + 2 * PL_USEC_PER_SEC,
                                           .flags = PL_SNAPSHOT_CHECKPOINT,
                                           .update_count = 1,
                                           .updates = &nonsense };

        (void) state;
        take(PL_MIB);
        take(2 * PL_MIB);
        assert_int_equal(pl_journal_write_checkpoint(&writer, &wrong, UINT64_MAX), 0);
        take(3 * PL_MIB);
        open_it();
        expect(1, PL_MIB, true);
        expect(2, 2 * PL_MIB, false);
        expect(3, 3 * PL_MIB, false);
        expect_end();
        assert_int_equal(replay.beginning_count, 1);
}

/* By a file of anybody's. */
static void what_the_engine_refuses_is_told_and_passed(void **state)
{
        const struct pl_update nobody = { .kind = PL_UPDATE_FACTS, .id = 7, .facts.id = 8 };
        const struct pl_snapshot wrong = { .step = 2,
                                           .now_usec = now + 2 * PL_USEC_PER_SEC,
                                           .update_count = 1,
                                           .updates = &nobody };
        struct pl_replay_step taken;

        (void) state;
        take(PL_MIB);
        assert_int_equal(pl_journal_begin_step(&writer, &wrong), 0);
        step++;
        take(3 * PL_MIB);
        keep();
        take(4 * PL_MIB);
        open_it();
        expect(1, PL_MIB, true);
        assert_int_equal(pl_replay_next(&replay, &taken), PL_REPLAY_E_BAD);
        expect(4, 4 * PL_MIB, true);
        expect_end();
        assert_int_equal(replay.left_out_count, 1);
}

static void nothing_to_begin_with_is_nothing(void **state)
{
        (void) state;
        open_it();
        expect_end();
        pl_replay_close(&replay);
        take(PL_MIB);
        take(2 * PL_MIB);
        lose_record(1);
        open_it();
        expect_end();
        assert_true(replay.left_out_count == 1 && replay.step_count == 0);
        pl_replay_close(&replay);
        assert_int_equal(pl_replay_open(&replay, place_fd, "none"), PL_JOURNAL_E_ABSENT);
}

#define REPLAY_TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
        const struct CMUnitTest tests[] = {
                REPLAY_TEST(a_daemon_begins_with_nothing),
                REPLAY_TEST(the_next_daemon_begins_anew),
                REPLAY_TEST(a_checkpoint_is_a_beginning),
                REPLAY_TEST(a_checkpoint_in_the_middle_changes_nothing),
                REPLAY_TEST(what_the_engine_refuses_is_told_and_passed),
                REPLAY_TEST(nothing_to_begin_with_is_nothing),
        };

        return cmocka_run_group_tests(tests, place_set_up, place_tear_down);
}
