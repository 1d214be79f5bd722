/* SPDX-License-Identifier: Apache-2.0 */

/* More workloads than there is room for orders, and orders that do not come back: nobody waits for ever, nobody spins, and
 * what was read before a write is not held against it. */

#include "enforced.h"

enum {
        CROWD = 400,
        /* Of the loop, for a look at all of them: some twenty are needed, and one that asks again and again takes them all. */
        PIECES_MAX = 2000,
        SOME = 200, /* for whom there is room, in several pieces of a look */
};

_Static_assert((int) CROWD > (int) PL_WRITE_ROWS_MAX, "not all of them find room at once");
_Static_assert((int) SOME < (int) PL_WRITE_ROWS_MAX, "all of them find room");
_Static_assert((int) SOME > (int) PL_BOARD_SAMPLES, "a look at them takes several pieces");

static const char policy_text[] =
        "// origin: a.json\n"
        "{ \"profile\": \"web\", \"match\": [ { \"path\": \"/**\", " RIG_OWNER " } ],\n"
        "  \"memory\": { \"max\": \"64MiB\" } }\n";

static const char yield_text[] =
        "// origin: a.json\n"
        "{ \"profile\": \"web\", \"match\": [ { \"path\": \"/**\", " RIG_OWNER " } ],\n"
        "  \"memory\": { \"max\": \"64MiB\" }, \"drift\": \"yield\" }\n";

static void make_crowd(unsigned count)
{
        for (unsigned i = 0; i < count; i++)
                make(rig_name("w%u", i));
}

/* Of whose memory.max the journal says so. */
static unsigned count_of(enum pl_limit_state wanted)
{
        struct pl_journal_row row;
        unsigned count = 0;

        for (uint32_t i = 0; i < pl_journal_rows_used(&reader); i++)
                count += pl_journal_read_row(&reader, i, &row) == 0 &&
                         row.standing.states[PL_LIMIT_MAX] == wanted;
        return count;
}

static void assert_all_are_set(unsigned count)
{
        for (unsigned i = 0; i < count; i++)
                assert_file(rig_name("w%u", i), "memory.max", "67108864\n");
        assert_int_equal(count_of(PL_LIMIT_IN_FORCE), count);
}

/* Until all that is out has been answered, and nobody has been looked at since. */
static void await_reports(void)
{
        struct pollfd polled = { .fd = pl_enforce_fd(&enforcer), .events = POLLIN };

        while (pl_writers_count(enforcer.writers) > 0) {
                assert_true(poll(&polled, 1, 10000) == 1);
                pl_enforce_take_reports(&enforcer, now);
        }
}

/* ---- no room ---- */

static void who_finds_no_room_does_not_ask_at_once(void **state)
{
        (void) state;
        make_crowd(CROWD);
        begin(policy_text);
        assert_true(pl_board_begin(&board, ++now));
        for (unsigned i = 0; pl_board_work(&board, ++now); i++)
                assert_true(i < PIECES_MAX);
        assert_true(board.has_looked);
        assert_int_equal(enforcer.rows.count, PL_WRITE_ROWS_MAX);
        settle();
        look();
        assert_all_are_set(CROWD);
}

static void and_gets_it_without_another_look_at_everybody(void **state)
{
        uint32_t looks;

        (void) state;
        make_crowd(CROWD);
        begin(policy_text);
        (void) rig_look();
        looks = board.look;
        settle();
        for (unsigned i = 0; i < CROWD && pl_enforce_due_usec(&enforcer) != UINT64_MAX; i++) {
                now = pl_enforce_due_usec(&enforcer);
                settle();
        }
        assert_int_equal(board.look, looks);
        assert_all_are_set(CROWD);
}

/* ---- late ---- */

static void tick_often(void)
{
        for (unsigned i = 0; i < 3; i++) {
                now += PL_USEC_PER_SEC;
                pl_enforce_tick(&enforcer, now);
                (void) rig_work();
        }
}

static void that_a_row_is_late_is_said_once(void **state)
{
        uint64_t value = UINT64_MAX;

        (void) state;
        make("web");
        begin(policy_text);
        (void) rig_look();
        pl_enforce_tick(&enforcer, now);
        assert_int_equal(rig_notes(PL_NOTE_LIMIT_LATE, &value), 0);
        now += PL_PLAN_VERIFY_USEC;
        tick_often();
        (void) rig_look();
        tick_often();
        assert_int_equal(rig_notes(PL_NOTE_LIMIT_LATE, &value), 1);
        assert_int_equal(value, PL_LIMIT_MAX);
        assert_int_equal(rig_row("/web").standing.causes[PL_LIMIT_MAX], PL_CAUSE_LATE);
        /* Nothing is sent behind it. */
        assert_int_equal(enforcer.rows.count, 1);
        settle();
        assert_file("web", "memory.max", "67108864\n");
        assert_int_equal(state_of("/web", PL_LIMIT_MAX), PL_LIMIT_IN_FORCE);

        /* Of another row it is said again. */
        cgroup_put(&tree, "web", "memory.max", "99\n");
        (void) rig_look();
        now += PL_PLAN_VERIFY_USEC;
        tick_often();
        assert_int_equal(rig_notes(PL_NOTE_LIMIT_LATE, &value), 2);
        settle();
        assert_file("web", "memory.max", "67108864\n");
}

/* ---- a look that begins anew ---- */

static void what_was_read_before_a_write_is_no_drift(void **state)
{
        struct pl_journal_act act;
        const struct pl_policy *policy;

        (void) state;
        make_crowd(SOME);
        rig_start(&(struct rig_options){ .enforce = true });
        (void) rig_look();
        policy = rig_policy(yield_text);
        rig_set_policy(policy);
        now += 5 * PL_USEC_PER_SEC;
        assert_true(pl_board_begin(&board, ++now));
        while (enforcer.rows.count == 0)
                assert_true(pl_board_work(&board, ++now));
        await_reports();
        assert_true(pl_board_work(&board, ++now));
        assert_int_not_equal(count_of(PL_LIMIT_IN_FORCE), 0);
        assert_true(board.is_looking);

        /* As at the end of an order. */
        pl_board_set_policy(&board, policy, &host);
        settle();
        look();
        assert_int_equal(count_of(PL_LIMIT_LEFT), 0);
        assert_int_equal(rig_acts(PL_JOURNAL_DRIFT, &act), 0);
        assert_all_are_set(SOME);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                RIG_TEST(who_finds_no_room_does_not_ask_at_once),
                RIG_TEST(and_gets_it_without_another_look_at_everybody),
                RIG_TEST(that_a_row_is_late_is_said_once),
                RIG_TEST(what_was_read_before_a_write_is_no_drift),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
