/* SPDX-License-Identifier: Apache-2.0 */

/* When a drill is held, what it makes of the acts that follow, and what is said of it. systemd is the test's, and so is the
 * cgroup.
 */

#include "rig.h"

#include <errno.h>

#include "daemon/drill.h"

#define SECOND PL_USEC_PER_SEC
#define UNIT   "system.slice/plimsoll-drill.service"

enum { NOW_SEC = 1000000, OTHER_ID = 3 };

static struct pl_drill drill;
static struct pl_drill_given given;
static char bus; /* nobody looks into it */

static struct {
        bool is_down, is_full;
        unsigned starts, stops;
} fake;

/* ---- what stands in for systemd ---- */

int __wrap_pl_bus_run(struct pl_bus *asked, uint64_t tag, enum pl_bus_job job, const char *unit);
bool __wrap_pl_bus_is_up(const struct pl_bus *asked);

int __wrap_pl_bus_run(struct pl_bus *asked, uint64_t tag, enum pl_bus_job job, const char *unit)
{
        assert_ptr_equal(asked, &bus);
        assert_string_equal(unit, "plimsoll-drill.service");
        if (fake.is_full)
                return PL_BUS_E_FULL;
        assert_true(tag == (job == PL_BUS_START ? PL_DRILL_TAG : PL_DRILL_TAG_STOP));
        *(job == PL_BUS_START ? &fake.starts : &fake.stops) += 1;
        return 0;
}

bool __wrap_pl_bus_is_up(const struct pl_bus *asked)
{
        assert_ptr_equal(asked, &bus);
        return !fake.is_down;
}

/* ---- the rig ---- */

static int set_up(void **state)
{
        const struct rig_options options = {};

        (void) rig_set_up(state);
        cgroup_make(&tree, "system.slice");
        rig_start(&options);
        (void) rig_look();
        steps.judgement.verdict_count = 1;
        steps.judgement.verdicts[0] = (struct pl_verdict){ .severity = PL_SEVERITY_CALM };
        steps.host.available_bytes = 8 * PL_GIB;
        steps.settings.floor_bytes = 640 * PL_MIB;
        memset(&fake, 0, sizeof fake);
        drill = (struct pl_drill){};
        given = (struct pl_drill_given){ (struct pl_bus *) &bus, &board, false, NOW_SEC,
                                         1000 * SECOND };
        return 0;
}

/* The last note of a drill, and how many there are. */
static unsigned notes(struct pl_journal_note *ret_last)
{
        struct pl_journal_cursor cursor = pl_journal_cursor_oldest(&reader, PL_JOURNAL_ACTS);
        static struct pl_journal_act act;
        unsigned count = 0;

        while (pl_journal_next_act(&cursor, &act) == 0)
                if (act.type == PL_JOURNAL_NOTE && act.note.code == PL_NOTE_DRILL) {
                        *ret_last = act.note;
                        count++;
                }
        return count;
}

static void assert_told(unsigned count, enum pl_drill_news news, const char *words)
{
        struct pl_journal_note last;

        assert_int_equal(notes(&last), count);
        assert_int_equal(last.value, news);
        if (!strstr(last.words, words))
                fail_msg("\"%s\" is not in \"%s\"", words, last.words);
}

static struct pl_order order_of(int64_t issued_sec)
{
        struct pl_order order = { .verb = PL_ORDER_DRILL, .issued_sec = issued_sec };

        order.fields.set = UINT32_C(1) << PL_ORDER_VERB | UINT32_C(1) << PL_ORDER_ISSUED;
        return order;
}

static void obey(void)
{
        const struct pl_order order = order_of(given.now_sec);

        pl_drill_obey(&drill, &given, &order);
}

static void step(uint64_t later_usec)
{
        given.now_usec += later_usec;
        given.now_sec = NOW_SEC + (int64_t) ((given.now_usec - 1000 * SECOND) / SECOND);
        pl_drill_step(&drill, &given);
}

static bool on_job(uint64_t tag, bool is_done, const char *why)
{
        return pl_drill_on_job(&drill, &given, tag, is_done, why);
}

static uint64_t begin(void)
{
        obey();
        assert_int_equal(drill.phase, PL_DRILL_STARTS);
        cgroup_make(&tree, UNIT);
        assert_true(on_job(PL_DRILL_TAG, true, "done"));
        step(0);
        assert_true(pl_drill_id(&drill) != 0);
        return pl_drill_id(&drill);
}

static void decide(uint64_t id, uint64_t scope_id, uint64_t number, enum pl_measure measure,
                   uint64_t flags)
{
        static struct pl_journal_act act;

        act = (struct pl_journal_act){ .at_usec = given.now_usec, .type = PL_JOURNAL_DECISION };
        act.decision.decision.number = number;
        act.decision.decision.measure = measure;
        act.decision.decision.id = id;
        act.decision.decision.verdict.scope = PL_SCOPE_CGROUP;
        act.decision.decision.verdict.scope_id = scope_id;
        act.decision.flags = flags;
        pl_logbook_act(&logbook, &act);
}

static void come_of(uint64_t id, uint64_t number, enum pl_result result)
{
        const struct pl_journal_act act = {
                .at_usec = given.now_usec,
                .type = PL_JOURNAL_OUTCOME,
                .outcome.outcome = { .decision = number,
                                     .id = id,
                                     .measure = PL_MEASURE_KILL,
                                     .result = result },
        };

        pl_logbook_act(&logbook, &act);
}

/* ---- beginning ---- */

static void assert_refused(const char *words)
{
        static unsigned count;
        struct pl_journal_note last;

        count = notes(&last);
        obey();
        assert_told(count + 1, PL_DRILL_REFUSED, words);
        assert_int_equal(fake.starts, 0);
        assert_int_equal(drill.phase, PL_DRILL_RESTS);
}

static void it_is_refused_where_it_could_harm_or_would_prove_nothing(void **state)
{
        (void) state;
        given.is_paused = true;
        assert_refused("everything is paused");
        given.is_paused = false;
        board.has_looked = false;
        assert_refused("has not looked at everybody yet");
        board.has_looked = true;
        steps.judgement.verdict_count = 0;
        assert_refused("has not looked at everybody yet");
        steps.judgement.verdict_count = 1;
        steps.judgement.verdicts[0].severity = PL_SEVERITY_SHORT;
        assert_refused("short of memory");
        steps.judgement.verdicts[0].severity = PL_SEVERITY_WATCH;
        steps.host.available_bytes = 64 * PL_MIB + 2 * 640 * PL_MIB - 1;
        assert_refused("twice shortage.floor");
        steps.host.available_bytes++;
        fake.is_down = true;
        assert_refused("systemd cannot be reached");
        fake.is_down = false;
        given.bus = NULL;
        assert_refused("systemd cannot be reached");
        given.bus = (struct pl_bus *) &bus;
        fake.is_full = true;
        assert_refused("too much at a time");
        fake.is_full = false;
        obey();
        assert_int_equal(fake.starts, 1);
}

static void an_order_that_names_somebody_is_refused(void **state)
{
        static const enum pl_order_key keys[] = { PL_ORDER_WORKLOAD, PL_ORDER_CGROUP_ID };

        (void) state;
        for (unsigned i = 0; i < PL_ARRAY_LENGTH(keys); i++) {
                struct pl_order order = order_of(NOW_SEC);

                order.fields.set |= UINT32_C(1) << keys[i];
                pl_drill_obey(&drill, &given, &order);
                assert_told(i + 1, PL_DRILL_REFUSED, "names a workload");
        }
        assert_int_equal(fake.starts, 0);
}

static void an_order_that_nobody_waits_for_is_none(void **state)
{
        struct pl_order order = order_of(NOW_SEC - PL_DRILL_FRESH_SEC - 1);
        struct pl_journal_note last;

        (void) state;
        pl_drill_obey(&drill, &given, &order);
        order = order_of(0);
        order.fields.set = UINT32_C(1) << PL_ORDER_VERB;
        pl_drill_obey(&drill, &given, &order);
        assert_int_equal(notes(&last), 0);
        order = order_of(NOW_SEC - PL_DRILL_FRESH_SEC);
        pl_drill_obey(&drill, &given, &order);
        assert_int_equal(fake.starts, 1);
}

static void there_is_one_at_a_time_and_one_a_minute(void **state)
{
        uint64_t id = begin();

        (void) state;
        obey();
        assert_told(2, PL_DRILL_REFUSED, "another one is under way");
        assert_true(pl_drill_id(&drill) == id);
        decide(id, id, 7, PL_MEASURE_KILL, 0);
        come_of(id, 7, PL_RESULT_DONE);
        step(1);
        assert_int_equal(drill.phase, PL_DRILL_RESTS);
        given.now_usec = 1000 * SECOND + PL_DRILL_PAUSE_USEC - 1;
        obey();
        assert_told(4, PL_DRILL_REFUSED, "less than a minute ago");
        assert_int_equal(fake.starts, 1);
        given.now_usec++;
        obey();
        assert_int_equal(fake.starts, 2);
}

/* ---- how it goes ---- */

static void who_is_ended_has_been_acted_on(void **state)
{
        struct pl_journal_note last;
        uint64_t id = begin();

        (void) state;
        assert_told(1, PL_DRILL_BEGINS, "begins");
        assert_int_equal(notes(&last), 1);
        assert_true(last.id == id);
        /* Others are decided upon as well. */
        decide(OTHER_ID, 0, 6, PL_MEASURE_KILL, 0);
        come_of(OTHER_ID, 6, PL_RESULT_DONE);
        decide(id, id, 7, PL_MEASURE_RECLAIM, 0);
        step(SECOND);
        assert_int_equal(drill.phase, PL_DRILL_RUNS);
        decide(id, id, 17, PL_MEASURE_KILL, 0);
        step(SECOND);
        assert_int_equal(drill.phase, PL_DRILL_RUNS);
        come_of(id, 17, PL_RESULT_DONE);
        step(0);
        assert_told(2, PL_DRILL_ACTED, "it was ended: plimsoll explain 17");
        assert_int_equal(fake.stops, 0);
        assert_true(pl_drill_id(&drill) == 0);
}

static void what_is_only_decided_is_observed(void **state)
{
        uint64_t id = begin();

        (void) state;
        decide(id, id, 9, PL_MEASURE_TERM, PL_JOURNAL_DECISION_OBSERVED);
        step(SECOND);
        assert_told(2, PL_DRILL_OBSERVED, "it would have been ended: plimsoll explain 9");
        assert_int_equal(fake.stops, 1);
}

static void who_may_not_be_ended_makes_it_fail(void **state)
{
        uint64_t id = begin();

        (void) state;
        decide(0, 0, 8, PL_MEASURE_ALARM, 0);
        step(0);
        assert_int_equal(drill.phase, PL_DRILL_RUNS);
        decide(id, id, 9, PL_MEASURE_ALARM, 0);
        step(SECOND);
        assert_told(2, PL_DRILL_FAILED, "failed: it may not be ended");
        assert_int_equal(fake.stops, 1);
}

static void an_end_that_fails_makes_it_fail(void **state)
{
        uint64_t id = begin();

        (void) state;
        decide(id, id, 9, PL_MEASURE_KILL, 0);
        come_of(id, 9, PL_RESULT_REFUSED);
        step(SECOND);
        assert_told(2, PL_DRILL_FAILED, "failed: it was to be ended, and was not");
        assert_int_equal(fake.stops, 1);
}

static void a_unit_that_cannot_be_started_makes_it_fail(void **state)
{
        (void) state;
        obey();
        assert_true(on_job(PL_DRILL_TAG, false, "no such unit"));
        assert_told(1, PL_DRILL_FAILED, "could not start plimsoll-drill.service: no such unit");
        assert_int_equal(drill.phase, PL_DRILL_RESTS);
        step(SECOND);
        assert_told(1, PL_DRILL_FAILED, "");
}

static void whoever_ends_by_itself_makes_it_fail(void **state)
{
        (void) state;
        (void) begin();
        step(SECOND);
        cgroup_drop(&tree, UNIT);
        step(SECOND);
        step(PL_DRILL_GONE_USEC - 1);
        assert_int_equal(drill.phase, PL_DRILL_RUNS);
        step(1);
        assert_told(2, PL_DRILL_FAILED, "failed: it has ended, and not by plimsolld");
}

static void its_cgroup_may_be_gone_before_it_is_said_why(void **state)
{
        uint64_t id = begin();

        (void) state;
        decide(id, id, 9, PL_MEASURE_KILL, 0);
        cgroup_drop(&tree, UNIT);
        step(SECOND);
        come_of(id, 9, PL_RESULT_DONE);
        step(SECOND);
        assert_told(2, PL_DRILL_ACTED, "explain 9");
}

static void one_that_never_has_a_cgroup_does_not_begin(void **state)
{
        (void) state;
        obey();
        assert_true(on_job(PL_DRILL_TAG, true, "done"));
        step(0);
        assert_true(pl_drill_id(&drill) == 0);
        step(PL_DRILL_GONE_USEC);
        assert_told(1, PL_DRILL_FAILED, "failed: it has ended");
}

static void what_takes_too_long_makes_it_fail(void **state)
{
        uint64_t id = begin();

        (void) state;
        step(PL_DRILL_MOST_USEC - 1);
        assert_int_equal(drill.phase, PL_DRILL_RUNS);
        step(1);
        assert_told(2, PL_DRILL_FAILED, "not seen to be short at its own limit");
        assert_int_equal(fake.stops, 1);
        cgroup_drop(&tree, UNIT);
        step(PL_DRILL_PAUSE_USEC);
        id = begin();
        decide(id, id, 9, PL_MEASURE_KILL, 0);
        step(PL_DRILL_MOST_USEC);
        assert_told(4, PL_DRILL_FAILED, "it was to be ended, and nothing came of it");
        /* systemd does not even answer. */
        cgroup_drop(&tree, UNIT);
        step(PL_DRILL_PAUSE_USEC);
        obey();
        given.bus = NULL;
        step(PL_DRILL_MOST_USEC);
        assert_told(5, PL_DRILL_FAILED, "not seen");
        assert_int_equal(fake.stops, 2);
}

static void answers_to_others_are_not_its_own(void **state)
{
        (void) state;
        assert_false(on_job(0, false, "x"));
        assert_false(on_job(PL_DRILL_TAG + 2, false, "x"));
        obey();
        /* That the one before was stopped. */
        assert_true(on_job(PL_DRILL_TAG_STOP, false, "x"));
        assert_int_equal(drill.phase, PL_DRILL_STARTS);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, rig_tear_down)

int main(void)
{
        const struct CMUnitTest tests[] = {
                TEST(it_is_refused_where_it_could_harm_or_would_prove_nothing),
                TEST(an_order_that_names_somebody_is_refused),
                TEST(an_order_that_nobody_waits_for_is_none),
                TEST(there_is_one_at_a_time_and_one_a_minute),
                TEST(who_is_ended_has_been_acted_on),
                TEST(what_is_only_decided_is_observed),
                TEST(who_may_not_be_ended_makes_it_fail),
                TEST(an_end_that_fails_makes_it_fail),
                TEST(a_unit_that_cannot_be_started_makes_it_fail),
                TEST(whoever_ends_by_itself_makes_it_fail),
                TEST(its_cgroup_may_be_gone_before_it_is_said_why),
                TEST(one_that_never_has_a_cgroup_does_not_begin),
                TEST(what_takes_too_long_makes_it_fail),
                TEST(answers_to_others_are_not_its_own),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
