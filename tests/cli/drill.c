/* SPDX-License-Identifier: Apache-2.0 */

/* The verb as it is run, with a child in the place of plimsolld, which takes the order and writes what a drill is made of; and which
 * acts belong to one.
 */

#include "cli/drill.h"

#include "cli/order_place.h"

#define FILE_NAME "90-drill.json"
#define WAIT      "--wait=1min"

enum { DRILL_ID = 77, OTHER_ID = 78, NUMBER = 17 };

static void assert_says(const char *text, const char *wanted)
{
        if (!strstr(text, wanted))
                fail_msg("\"%s\" is not in \"%s\"", wanted, text);
}

static void assert_not_says(const char *text, const char *unwanted)
{
        if (strstr(text, unwanted))
                fail_msg("\"%s\" is in \"%s\"", unwanted, text);
}

/* ---- acts ---- */

static struct pl_journal_act note_of(enum pl_drill_news news, const char *words)
{
        struct pl_journal_act act = {
                .at_usec = pl_clock_now_usec(),
                .type = PL_JOURNAL_NOTE,
                .note = { .id = news == PL_DRILL_REFUSED ? 0 : DRILL_ID,
                          .value = news,
                          .code = PL_NOTE_DRILL },
        };

        pl_journal_set_text(act.note.words, sizeof act.note.words, pl_span_of(words));
        return act;
}

static struct pl_journal_act *decision_of(uint64_t id, uint64_t flags)
{
        static struct pl_journal_act act;

        act = (struct pl_journal_act){ .at_usec = pl_clock_now_usec(),
                                       .type = PL_JOURNAL_DECISION };
        act.decision.decision.id = id;
        act.decision.decision.number = NUMBER;
        act.decision.decision.measure = PL_MEASURE_KILL;
        act.decision.decision.verdict.scope = PL_SCOPE_CGROUP;
        act.decision.decision.verdict.scope_id = id;
        act.decision.flags = flags;
        (void) snprintf(act.decision.name, sizeof act.decision.name, "system/%s",
                        id == DRILL_ID ? "plimsoll-drill" : "other");
        return &act;
}

static struct pl_journal_act verdict_of(uint32_t scope, uint64_t id)
{
        return (struct pl_journal_act){
                .at_usec = pl_clock_now_usec(),
                .type = PL_JOURNAL_VERDICT,
                .judged = { .verdict = { .scope = scope,
                                         .severity = PL_SEVERITY_SCARCE,
                                         .scope_id = id,
                                         .end_usec = UINT64_MAX } },
        };
}

static struct pl_journal_act outcome_of(uint64_t id)
{
        return (struct pl_journal_act){
                .at_usec = pl_clock_now_usec(),
                .type = PL_JOURNAL_OUTCOME,
                .outcome.outcome = { .decision = NUMBER,
                                     .id = id,
                                     .measure = PL_MEASURE_KILL,
                                     .result = PL_RESULT_DONE,
                                     .processes = 1,
                                     .bytes = 63 * PL_MIB },
        };
}

static void write_act(struct pl_journal_act act)
{
        pl_journal_write_act(&place.made.writer, &act);
}

static void begin_and_decide(uint64_t flags)
{
        write_act(note_of(PL_DRILL_BEGINS, "begins"));
        write_act(verdict_of(PL_SCOPE_CGROUP, DRILL_ID));
        pl_journal_write_act(&place.made.writer, decision_of(OTHER_ID, 0));
        pl_journal_write_act(&place.made.writer, decision_of(DRILL_ID, flags));
}

static void act_well(void)
{
        begin_and_decide(0);
        write_act(outcome_of(DRILL_ID));
        write_act(note_of(PL_DRILL_ACTED, "it was ended: plimsoll explain 17"));
}

static void only_observe(void)
{
        begin_and_decide(PL_JOURNAL_DECISION_OBSERVED);
        write_act(note_of(PL_DRILL_OBSERVED, "it would have been ended: plimsoll explain 17"));
}

static void refuse(void)
{
        write_act(note_of(PL_DRILL_REFUSED, "refused: the host is short of \x1b memory"));
}

static void come_to_nothing(void)
{
        write_act(note_of(PL_DRILL_BEGINS, "begins"));
        write_act(note_of(PL_DRILL_FAILED, "failed: it has ended, and not by plimsolld"));
}

/* ---- the verb ---- */

static struct test_answer run_with(void (*before)(void), const char *option)
{
        const struct place_child child = { .awaited = FILE_NAME,
                                           .word = PLACE_TAKES,
                                           .before = before };
        const struct pl_journal_state well = place_state();
        pid_t pid;
        struct test_answer answer;

        place_put_state(&well);
        pid = place_fork(&child);
        answer = PLACE_RUN(drill, WAIT, option);
        place_reap(pid);
        assert_false(place_has(FILE_NAME));
        return answer;
}

static void what_happens_is_said_and_how_it_ended(void **state)
{
        struct test_answer answer = run_with(act_well, NULL);

        (void) state;
        assert_int_equal(answer.exit_code, PL_CLI_FINE);
        assert_string_equal(answer.words.data, "");
        assert_says(test_out, "(begins)");
        assert_says(test_out, "system/plimsoll-drill");
        assert_says(test_out, "63.0 MiB");
        assert_not_says(test_out, "system/other");
        assert_says(test_out, "\nThis host can act: plimsoll explain 17\n");
}

static void a_host_that_only_observes_says_so(void **state)
{
        struct test_answer answer = run_with(only_observe, NULL);

        (void) state;
        assert_int_equal(answer.exit_code, PL_CLI_FINE);
        assert_says(test_out, "would have acted, and only observes: plimsoll explain 17\n");
}

static void a_drill_that_is_refused_says_why(void **state)
{
        struct test_answer answer = run_with(refuse, NULL);

        (void) state;
        assert_int_equal(answer.exit_code, PL_CLI_FAILED);
        assert_string_equal(test_out, "");
        assert_string_equal(answer.words.data,
                            "plimsoll: drill refused: the host is short of ? memory\n");
}

static void a_drill_that_fails_says_what_was_missing(void **state)
{
        struct test_answer answer = run_with(come_to_nothing, NULL);

        (void) state;
        assert_int_equal(answer.exit_code, PL_CLI_FAILED);
        assert_says(answer.words.data, "plimsoll: drill failed: it has ended, and not by");
        assert_not_says(test_out, "This host can act");
}

static void the_answer_for_a_script(void **state)
{
        struct test_answer answer = run_with(act_well, "--json");

        (void) state;
        assert_int_equal(answer.exit_code, PL_CLI_FINE);
        assert_says(test_out, "\"drill\": \"acted\"");
        assert_says(test_out, "\"decision\": 17");
        assert_says(test_out, "\"type\": \"verdict\"");
        assert_says(test_out, "\"type\": \"outcome\"");
}

static void the_answer_for_a_script_that_is_refused(void **state)
{
        struct test_answer answer = run_with(refuse, "--json");

        (void) state;
        assert_int_equal(answer.exit_code, PL_CLI_FAILED);
        assert_says(test_out, "\"events\": []");
        assert_says(test_out, "\"drill\": \"refused\"");
        assert_says(test_out, "\"decision\": null");
}

static void an_order_that_is_refused_begins_nothing(void **state)
{
        const struct place_child refuses = { .awaited = FILE_NAME, .word = PLACE_REFUSES };
        const struct pl_journal_state well = place_state();
        pid_t pid = place_fork(&refuses);
        struct test_answer answer = PLACE_RUN(drill, WAIT);

        (void) state;
        place_reap(pid);
        place_put_state(&well);
        assert_int_equal(answer.exit_code, PL_CLI_POLICY);
        assert_false(place_has(FILE_NAME));
}

static void nothing_is_waited_for_that_was_not_ordered(void **state)
{
        struct test_answer answer = PLACE_RUN(drill, "--dry-run");

        (void) state;
        assert_int_equal(answer.exit_code, PL_CLI_FINE);
        assert_says(test_out, "\"order\": \"drill\"");
        assert_false(place_has(FILE_NAME));
        answer = PLACE_RUN(drill, "--no-wait");
        assert_int_equal(answer.exit_code, PL_CLI_FINE);
        assert_says(test_out, "The order to hold a drill stands until ");
        assert_true(place_has(FILE_NAME));
        place_remove(FILE_NAME);
}

static void without_a_daemon_there_is_nobody_to_hold_one(void **state)
{
        struct pl_journal_state stopped = place_state();
        struct test_answer answer;

        (void) state;
        stopped.phase = PL_JOURNAL_STOPPED;
        place_put_state(&stopped);
        answer = PLACE_RUN(drill, WAIT);
        assert_int_equal(answer.exit_code, PL_CLI_NO_DAEMON);
        assert_false(place_has(FILE_NAME));
        stopped = place_state();
        place_put_state(&stopped);
}

/* ---- which acts ---- */

static void before_it_begins_nothing_belongs_to_it(void **state)
{
        struct pl_drill_view view = {};
        struct pl_journal_act act = verdict_of(PL_SCOPE_HOST, 0);

        (void) state;
        assert_false(pl_drill_view_take(&view, &act));
        act = outcome_of(0);
        assert_false(pl_drill_view_take(&view, &act));
        act = note_of(PL_DRILL_BEGINS, "");
        act.note.code = PL_NOTE_CALM;
        assert_false(pl_drill_view_take(&view, &act));
        assert_true(view.id == 0 && !view.is_over);
}

static void only_what_is_about_its_workload_belongs_to_it(void **state)
{
        struct pl_drill_view view = { .id = DRILL_ID };
        struct pl_journal_act act = verdict_of(PL_SCOPE_CGROUP, OTHER_ID);

        (void) state;
        assert_false(pl_drill_view_take(&view, &act));
        act = verdict_of(PL_SCOPE_NODE, DRILL_ID);
        assert_false(pl_drill_view_take(&view, &act));
        act = outcome_of(OTHER_ID);
        assert_false(pl_drill_view_take(&view, &act));
        assert_false(pl_drill_view_take(&view, decision_of(OTHER_ID, 0)));
        assert_true(view.decision == 0);
        act = (struct pl_journal_act){ .type = PL_JOURNAL_ORDER };
        assert_false(pl_drill_view_take(&view, &act));
        assert_true(pl_drill_view_take(&view, decision_of(DRILL_ID, 0)));
        assert_true(view.decision == NUMBER);
}

/* One whose beginning was not seen. */
static void the_end_of_another_drill_is_not_its_own(void **state)
{
        struct pl_journal_act act = note_of(PL_DRILL_ACTED, "it was ended: plimsoll explain 16");
        struct pl_drill_view view = {};

        (void) state;
        assert_false(pl_drill_view_take(&view, &act));
        assert_false(view.is_over);
        act = note_of(PL_DRILL_REFUSED, "refused: the last one began less than a minute ago");
        assert_false(pl_drill_view_take(&view, &act));
        assert_true(view.is_over);
        assert_true(view.news == PL_DRILL_REFUSED);
        /* What could not be started has no workload either. */
        view = (struct pl_drill_view){};
        act = note_of(PL_DRILL_FAILED, "failed: systemd could not start it");
        act.note.id = 0;
        assert_false(pl_drill_view_take(&view, &act));
        assert_true(view.is_over);
        assert_true(view.news == PL_DRILL_FAILED);
}

static void nor_is_anything_of_another_once_it_has_begun(void **state)
{
        struct pl_journal_act act = note_of(PL_DRILL_BEGINS, "begins");
        struct pl_drill_view view = { .id = OTHER_ID };

        (void) state;
        assert_false(pl_drill_view_take(&view, &act));
        assert_true(view.id == OTHER_ID);
        act = note_of(PL_DRILL_FAILED, "failed: it has ended, and not by plimsolld");
        assert_false(pl_drill_view_take(&view, &act));
        act = note_of(PL_DRILL_REFUSED, "refused: another one is under way");
        assert_false(pl_drill_view_take(&view, &act));
        assert_false(view.is_over);
        act = note_of(PL_DRILL_ACTED, "it was ended: plimsoll explain 17");
        act.note.id = OTHER_ID;
        assert_false(pl_drill_view_take(&view, &act));
        assert_true(view.is_over);
}

/* Another one that was ordered a moment before, and begins meanwhile. */
static void what_was_before_its_order_is_forgotten(void **state)
{
        struct pl_drill_view view = { .issued_sec = 1000 };
        struct pl_journal_act act = note_of(PL_DRILL_BEGINS, "begins");
        struct pl_journal_act order = { .type = PL_JOURNAL_ORDER,
                                        .order = { .verb = PL_ORDER_DRILL, .issued_sec = 1000 } };

        (void) state;
        assert_true(pl_drill_view_take(&view, &act));
        assert_false(pl_drill_view_take(&view, &order));
        assert_true(view.id == 0);
        act = note_of(PL_DRILL_REFUSED, "refused: another one is under way");
        assert_false(pl_drill_view_take(&view, &act));
        assert_true(view.is_over);
        /* Orders of others are nothing to it. */
        view = (struct pl_drill_view){ .id = DRILL_ID, .issued_sec = 1000 };
        order.order.issued_sec = 1001;
        assert_false(pl_drill_view_take(&view, &order));
        order.order.issued_sec = 1000;
        order.order.verb = PL_ORDER_PAUSE;
        assert_false(pl_drill_view_take(&view, &order));
        assert_true(view.id == DRILL_ID);
}

static void words_without_an_end_are_cut(void **state)
{
        struct pl_journal_act act = note_of(PL_DRILL_FAILED, "");
        struct pl_drill_view view = { .id = DRILL_ID };

        (void) state;
        memset(act.note.words, 'x', sizeof act.note.words);
        act.note.value = UINT64_MAX;
        assert_false(pl_drill_view_take(&view, &act));
        assert_true(view.is_over);
        assert_true(strnlen(view.words, sizeof view.words) < sizeof view.words);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, place_set_up, place_tear_down)

int main(void)
{
        const struct CMUnitTest tests[] = {
                TEST(what_happens_is_said_and_how_it_ended),
                TEST(a_host_that_only_observes_says_so),
                TEST(a_drill_that_is_refused_says_why),
                TEST(a_drill_that_fails_says_what_was_missing),
                TEST(the_answer_for_a_script),
                TEST(the_answer_for_a_script_that_is_refused),
                TEST(an_order_that_is_refused_begins_nothing),
                TEST(nothing_is_waited_for_that_was_not_ordered),
                TEST(without_a_daemon_there_is_nobody_to_hold_one),
                TEST(before_it_begins_nothing_belongs_to_it),
                TEST(only_what_is_about_its_workload_belongs_to_it),
                TEST(the_end_of_another_drill_is_not_its_own),
                TEST(nor_is_anything_of_another_once_it_has_begun),
                TEST(what_was_before_its_order_is_forgotten),
                TEST(words_without_an_end_are_cut),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
