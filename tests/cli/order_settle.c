/* SPDX-License-Identifier: Apache-2.0 */

#include "cli/order_settle.h"

#include "cli/live_made.h"
#include "cli/live_standing.h"
#include "plimsoll/model/order.h"

#define SINCE (MADE_NOW - 10 * PL_USEC_PER_SEC)

static struct made made;
static struct pl_live live;

/* Under a profile that wants memory.max, which its file has. */
static struct pl_journal_row wanting(uint64_t id)
{
        struct pl_journal_row row = made_row(id, PL_WORKLOAD_SERVICE, 0, "api", "web",
                                             "web.service", "/system.slice/web.service");

        made_fill(&row, PL_GIB, 0);
        made_limit(&row, PL_LIMIT_MAX, 2 * PL_GIB, 2 * PL_GIB);
        row.standing.governed = 1U << PL_LIMIT_MAX;
        row.standing.targets[PL_LIMIT_MAX] = 2 * PL_GIB;
        row.standing.states[PL_LIMIT_MAX] = PL_LIMIT_IN_FORCE;
        row.standing.backend = PL_BACKEND_DIRECT;
        return row;
}

static bool is_settled(enum pl_order_goal goal, const struct pl_journal_row *row)
{
        const struct pl_order_settling settling = { .goal = goal, .since_usec = SINCE };

        return pl_order_is_settled(&live, &settling, row);
}

static void each_state_of_a_limit(void **state)
{
        static const struct {
                const char *name;
                enum pl_limit_state state;
                enum pl_limit_cause cause;
                bool is_settled;
        } rows[] = {
                { "in force", PL_LIMIT_IN_FORCE, PL_CAUSE_NONE, true },
                { "draining", PL_LIMIT_IN_FORCE, PL_CAUSE_DRAINS, true },
                { "ordered", PL_LIMIT_ORDERED, PL_CAUSE_NONE, false },
                { "lowering", PL_LIMIT_LOWERING, PL_CAUSE_USE, false },
                { "waiting", PL_LIMIT_WAITING, PL_CAUSE_WOULD_OOM, false },
                { "retrying", PL_LIMIT_RETRYING, PL_CAUSE_BUSY, false },
                { "refused", PL_LIMIT_REFUSED, PL_CAUSE_INVALID, true },
                { "contended", PL_LIMIT_CONTENDED, PL_CAUSE_NONE, true },
                { "left", PL_LIMIT_LEFT, PL_CAUSE_ALARM, true },
                { "absent", PL_LIMIT_ABSENT, PL_CAUSE_FILE_ABSENT, true },
                { "observed", PL_LIMIT_OBSERVED, PL_CAUSE_NONE, true },
        };

        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(rows); i++) {
                struct pl_journal_row row = wanting(1);

                row.standing.states[PL_LIMIT_MAX] = (uint8_t) rows[i].state;
                row.standing.causes[PL_LIMIT_MAX] = (uint8_t) rows[i].cause;
                assert_row(rows[i].name,
                           is_settled(PL_ORDER_GOAL_APPLIED, &row) == rows[i].is_settled);
                assert_row(rows[i].name, !is_settled(PL_ORDER_GOAL_RESTORED, &row));
        }
}

/* Without swap it is never applied: waiting for it would be for ever. */
static void what_is_held_back(void **state)
{
        struct pl_journal_row row = wanting(1);

        (void) state;
        row.standing.governed |= 1U << PL_LIMIT_HIGH;
        row.standing.states[PL_LIMIT_HIGH] = PL_LIMIT_WAITING;
        row.standing.causes[PL_LIMIT_HIGH] = PL_CAUSE_NO_SWAP;
        assert_true(is_settled(PL_ORDER_GOAL_APPLIED, &row));
        row.standing.causes[PL_LIMIT_HIGH] = PL_CAUSE_BEHIND;
        assert_false(is_settled(PL_ORDER_GOAL_APPLIED, &row));
}

static void a_file_that_says_otherwise(void **state)
{
        struct pl_journal_row row = wanting(1);

        (void) state;
        made_limit(&row, PL_LIMIT_MAX, 3 * PL_GIB, 3 * PL_GIB);
        assert_false(is_settled(PL_ORDER_GOAL_APPLIED, &row));
}

static void a_unit_and_its_processes(void **state)
{
        struct pl_journal_row row = wanting(1);

        (void) state;
        row.standing.states[PL_STANDING_UNIT] = PL_LIMIT_ORDERED;
        assert_false(is_settled(PL_ORDER_GOAL_APPLIED, &row));
        row.standing.states[PL_STANDING_UNIT] = PL_LIMIT_REFUSED;
        assert_true(is_settled(PL_ORDER_GOAL_APPLIED, &row));
        row.standing.has_score_adj = 1;
        row.standing.process_count = 3;
        row.standing.adjusted_count = 1;
        row.standing.own_count = 1;
        assert_false(is_settled(PL_ORDER_GOAL_APPLIED, &row));
        row.standing.adjusted_count = 2;
        assert_true(is_settled(PL_ORDER_GOAL_APPLIED, &row));
}

static void a_row_from_before_says_nothing(void **state)
{
        struct pl_journal_row row = wanting(1);

        (void) state;
        row.at_usec = SINCE;
        assert_false(is_settled(PL_ORDER_GOAL_APPLIED, &row));
        row.at_usec = SINCE + 1;
        assert_true(is_settled(PL_ORDER_GOAL_APPLIED, &row));
}

/* Of whom nobody wants anything. */
static void nobodys(void **state)
{
        struct pl_journal_row row = made_row(1, PL_WORKLOAD_SERVICE, 0, NULL, "web", "web.service",
                                             "/system.slice/web.service");

        (void) state;
        row.at_usec = 1;
        assert_true(is_settled(PL_ORDER_GOAL_APPLIED, &row));
        assert_true(is_settled(PL_ORDER_GOAL_RESTORED, &row));
        row.standing.governed = 1U << PL_LIMIT_MAX; /* it is on its way back */
        assert_false(is_settled(PL_ORDER_GOAL_RESTORED, &row));
}

static void each_mode(void **state)
{
        static const struct {
                const char *name;
                enum pl_standing_mode mode;
                bool is_governed, is_applied, is_restored;
        } rows[] = {
                { "applied", PL_STANDING_APPLIED, true, true, false },
                { "about to be restored", PL_STANDING_APPLIED, false, true, false },
                { "on its way back", PL_STANDING_RESTORED, true, false, false },
                { "restored", PL_STANDING_RESTORED, false, false, true },
                { "paused", PL_STANDING_PAUSED, true, true, false },
                { "observed", PL_STANDING_OBSERVED, true, true, true },
        };

        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(rows); i++) {
                struct pl_journal_row row = wanting(1);

                row.standing.mode = (uint8_t) rows[i].mode;
                if (!rows[i].is_governed)
                        row.standing.governed = 0;
                assert_row(rows[i].name,
                           is_settled(PL_ORDER_GOAL_APPLIED, &row) == rows[i].is_applied);
                assert_row(rows[i].name,
                           is_settled(PL_ORDER_GOAL_RESTORED, &row) == rows[i].is_restored);
        }
}

/* Also of one who has lost his profile. */
static void processes_have_it_back(void **state)
{
        struct pl_journal_row row = wanting(1);

        (void) state;
        row.standing.mode = PL_STANDING_RESTORED;
        row.standing.governed = 0;
        row.standing.has_score_adj = 1;
        row.standing.process_count = 3;
        assert_true(is_settled(PL_ORDER_GOAL_RESTORED, &row));
        row.standing.adjusted_count = 1;
        assert_false(is_settled(PL_ORDER_GOAL_RESTORED, &row));
        row.standing.has_score_adj = 0;
        row.profile = UINT32_MAX;
        assert_false(is_settled(PL_ORDER_GOAL_RESTORED, &row));
        row.standing.adjusted_count = 0;
        assert_true(is_settled(PL_ORDER_GOAL_RESTORED, &row));
}

/* Nothing comes back as long as that lasts: it is said, and not waited for. */
static void who_is_paused_is_not_waited_for(void **state)
{
        struct pl_order_settling settling = { .goal = PL_ORDER_GOAL_RESTORED, .since_usec = SINCE };
        struct pl_journal_row row = wanting(21);
        struct pl_order_call call = { .cli = made_cli_begin(made_unicode),
                                      .live = live,
                                      .has_live = true,
                                      .patience_usec = PL_USEC_PER_HOUR };

        (void) state;
        row.flags |= PL_CGROUP_PAUSED;
        row.standing.mode = PL_STANDING_PAUSED;
        settling.ids[settling.id_count++] = row.id;
        made_put(&made, &row);
        assert_int_equal(pl_order_settle(&call, &settling), PL_CLI_FINDINGS);
        assert_string_equal(call.cli->words->data,
                            "plimsoll: paused by an order, and what was there before comes back "
                            "when that ends: api/web\n"
                            "\xE2\x86\x92 plimsoll resume\n");
        settling.goal = PL_ORDER_GOAL_APPLIED;
        call.cli = made_cli_begin(made_unicode);
        assert_int_equal(pl_order_settle(&call, &settling), PL_CLI_FINE);
        assert_int_equal(call.cli->words->length, 0);
        row.at_usec = SINCE;
        assert_false(is_settled(PL_ORDER_GOAL_RESTORED, &row));
}

static void those_who_are_meant_are_counted(void **state)
{
        struct pl_order_settling settling = { .since_usec = SINCE };
        struct pl_journal_row rows[] = { wanting(11), wanting(12), wanting(13) };
        struct pl_journal_row first;
        struct pl_order_call call = { .cli = made_cli_begin(made_unicode),
                                      .live = live,
                                      .has_live = true,
                                      .patience_usec = 1 };

        (void) state;
        rows[1].standing.states[PL_LIMIT_MAX] = PL_LIMIT_ORDERED;
        rows[2].standing.states[PL_LIMIT_MAX] = PL_LIMIT_WAITING;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(rows); i++)
                made_put(&made, &rows[i]);
        assert_int_equal(pl_order_count_unsettled(&live, &settling, &first), 2);
        assert_int_equal(first.id, 12);
        settling.ids[settling.id_count++] = 11;
        settling.ids[settling.id_count++] = 99; /* who is gone */
        assert_int_equal(pl_order_settle(&call, &settling), PL_CLI_FINE);
        assert_int_equal(call.cli->words->length, 0);
        settling.ids[settling.id_count++] = 13;
        assert_int_equal(pl_order_count_unsettled(&live, &settling, &first), 1);
        assert_int_equal(first.id, 13);
        assert_int_equal(pl_order_settle(&call, &settling), PL_CLI_FINDINGS);
        assert_string_equal(call.cli->words->data,
                            "plimsoll: what the policy wants is on its way, and has not arrived "
                            "yet: api/web\n"
                            "\xE2\x86\x92 plimsoll diff\n");
        settling = (struct pl_order_settling){ .goal = PL_ORDER_GOAL_RESTORED };
        call.cli = made_cli_begin(made_unicode);
        assert_int_equal(pl_order_settle(&call, &settling), PL_CLI_FINDINGS);
        assert_non_null(strstr(call.cli->words->data, "yet: api/web and 2 more\n"));
}

static int set_up(void **state)
{
        const struct pl_journal_state said = made_state();

        (void) state;
        made_open(&made, PL_JOURNAL_BYTES_MIN);
        pl_journal_put_state(&made.writer, &said);
        made_look(&made, &live);
        return 0;
}

static int tear_down(void **state)
{
        (void) state;
        pl_live_close(&live);
        made_close(&made);
        return 0;
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(each_state_of_a_limit),
                cmocka_unit_test(what_is_held_back),
                cmocka_unit_test(a_file_that_says_otherwise),
                cmocka_unit_test(a_unit_and_its_processes),
                cmocka_unit_test(a_row_from_before_says_nothing),
                cmocka_unit_test(nobodys),
                cmocka_unit_test(each_mode),
                cmocka_unit_test(processes_have_it_back),
                cmocka_unit_test(those_who_are_meant_are_counted),
                cmocka_unit_test(who_is_paused_is_not_waited_for),
        };

        return cmocka_run_group_tests(tests, set_up, tear_down);
}
