/* SPDX-License-Identifier: Apache-2.0 */

/* What the engine makes of steps is in the journal: verdicts that are news, decisions, the order, and what it knows. Whoever
 * takes the steps again from there comes to the same.
 */

#include "daemon/steps.h"

#include "journal/place.h"
#include "plimsoll/base/clock.h"
#include "plimsoll/model/profile.h"
#include "shipped.h"

enum { WORKLOADS = 20, ROUNDS = 4 };

#define SECOND PL_USEC_PER_SEC

static struct pl_logbook logbook;
static struct pl_steps steps;
static struct pl_journal_reader reader;
static struct pl_journal_cursor acts;
static struct pl_journal_act act;
static uint64_t now;

static const struct pl_settings settings = {
        SHIPPED_SETTINGS,
        .flags = PL_SETTING_OBSERVE | PL_SETTING_HOST | PL_SETTING_LOCAL,
        .floor_bytes = 256 * PL_MIB,
        .thrash_bytes_per_sec = 4 * PL_MIB,
        .kill_floor_bytes = 16 * PL_MIB,
        .kill_together = 8,
        .kill_cool_down_usec = 15 * SECOND,
        .backoff_within_usec = 600 * SECOND,
        .backoff_hold_usec = 1800 * SECOND,
};

static void name_of(const void *from, uint64_t id, char name[PL_JOURNAL_NAME_BYTES])
{
        assert_ptr_equal(from, &now);
        (void) snprintf(name, PL_JOURNAL_NAME_BYTES, "w%u", (unsigned) id);
}

static int set_up(void **state)
{
        const struct pl_logbook_options options = { .directory = place_path,
                                                    .version = "1",
                                                    .file_bytes = PL_JOURNAL_BYTES_MIN };

        (void) place_clear(state);
        pl_assert(pl_logbook_open(&logbook, &options) == 0);
        pl_assert(pl_steps_init(&steps, &logbook) == 0);
        pl_assert(pl_steps_reserve(&steps, 2048) == 0);
        steps.names = (struct pl_steps_names){ name_of, &now };
        reader = place_reader();
        acts = pl_journal_cursor_newest(&reader, PL_JOURNAL_ACTS);
        now = 1000 * SECOND;
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

/* The next act of that type, over those of another; false: none. */
static bool next_act(enum pl_journal_type type)
{
        int r;

        do
                r = pl_journal_next_act(&acts, &act);
        while (r == 0 && act.type != type);
        assert_true(r == 0 || r == PL_JOURNAL_E_END);
        return r == 0;
}

static void add_workload(uint64_t id, uint64_t anon_bytes)
{
        const struct pl_cgroup_facts facts = {
                .id = id,
                .flags = PL_CGROUP_WORKLOAD | PL_CGROUP_POPULATED,
                .profile = UINT32_MAX,
                .rungs = 1U << PL_RUNG_KILL,
                .kin = (uint32_t) id,
                .again = PL_AGAIN_ALARM,
                .livelock_after_usec = 60 * SECOND,
                .max_bytes = PL_SIZE_MAX,
                .high_bytes = PL_SIZE_MAX,
                .swap_max_bytes = PL_SIZE_MAX,
        };
        const struct pl_cgroup_sample sample = {
                .at_usec = now,
                .stat_at_usec = now,
                .have = UINT64_MAX >> (64 - sizeof(struct pl_cgroup_sample) / sizeof(uint64_t)),
                .current_bytes = anon_bytes,
                .anon_bytes = anon_bytes,
        };

        pl_steps_add_facts(&steps, now, &facts);
        pl_steps_add_sample(&steps, now, id, &sample);
}

/* A look at a host of which so much is available, and which stands still half of the time where it reclaims. */
static void look(uint64_t available_bytes, bool stalls)
{
        const uint64_t lasted_usec = SECOND / 2;

        now += lasted_usec;
        steps.host.at_usec = now;
        steps.host.have = UINT64_MAX >> (64 - sizeof(struct pl_host_sample) / sizeof(uint64_t));
        steps.host.total_bytes = 8 * PL_GIB;
        steps.host.available_bytes = available_bytes;
        if (stalls) {
                steps.host.full_usec += lasted_usec / 2;
                steps.host.some_usec += lasted_usec / 2;
                steps.host.pgscan_kswapd_pages += 1000;
        }
        pl_steps_take(&steps, now);
}

static void without_settings_nothing_is_judged(void **state)
{
        struct pl_journal_ranking ranking;

        (void) state;
        add_workload(9, PL_GIB);
        look(PL_MIB, true);
        look(PL_MIB, true);
        assert_int_equal(steps.judgement.verdict_count, 0);
        assert_false(next_act(PL_JOURNAL_VERDICT));
        assert_int_equal(pl_journal_read_ranking(&reader, &ranking), PL_JOURNAL_E_EMPTY);
}

static void the_order_is_on_the_board(void **state)
{
        struct pl_journal_ranking ranking;

        (void) state;
        pl_steps_set(&steps, now, &settings);
        add_workload(8, PL_MIB);
        add_workload(9, PL_GIB);
        look(4 * PL_GIB, false);
        assert_int_equal(pl_journal_read_ranking(&reader, &ranking), 0);
        assert_true(ranking.at_usec == now && ranking.step == 1 && ranking.count == 2);
        assert_true(ranking.candidates[0].id == 9 && ranking.candidates[0].rank == 1);
        assert_true(ranking.candidates[0].gives_back_bytes == PL_GIB);
        assert_false(next_act(PL_JOURNAL_VERDICT));
}

static void assert_verdict(uint32_t severity)
{
        assert_true(next_act(PL_JOURNAL_VERDICT));
        assert_int_equal(act.judged.verdict.severity, severity);
        assert_int_equal(act.judged.verdict.scope, PL_SCOPE_HOST);
        assert_memory_equal(&act.judged.verdict, &steps.judgement.verdicts[0],
                            sizeof act.judged.verdict);
        assert_true(act.judged.step == steps.taken_count && act.at_usec == now);
        assert_false(next_act(PL_JOURNAL_VERDICT));
}

/* Not what is so at every step, and nothing too often. */
static void a_verdict_is_told_when_it_is_news(void **state)
{
        (void) state;
        pl_steps_set(&steps, now, &settings);
        look(4 * PL_GIB, false);
        look(4 * PL_GIB, false);
        assert_false(next_act(PL_JOURNAL_VERDICT));
        look(200 * PL_MIB, false);
        assert_verdict(PL_SEVERITY_SHORT);
        look(200 * PL_MIB, false);
        assert_false(next_act(PL_JOURNAL_VERDICT));
        look(200 * PL_MIB, true);
        assert_verdict(PL_SEVERITY_SCARCE);
        /* Better is told later. */
        for (uint64_t until = now + 10 * SECOND; now + SECOND / 2 < until;) {
                look(4 * PL_GIB, false);
                assert_false(next_act(PL_JOURNAL_VERDICT));
        }
        look(4 * PL_GIB, false);
        assert_verdict(PL_SEVERITY_CALM);
        look(200 * PL_MIB, false);
        assert_verdict(PL_SEVERITY_SHORT);
}

static void a_decision_has_names_and_candidates(void **state)
{
        const struct pl_judgement *judgement = &steps.judgement;

        (void) state;
        pl_steps_set(&steps, now, &settings);
        add_workload(8, 64 * PL_MIB);
        add_workload(9, PL_GIB);
        for (unsigned i = 0; i < 10 && judgement->decision_count == 0; i++)
                look(200 * PL_MIB, true);
        assert_int_equal(judgement->decision_count, 1);
        assert_true(next_act(PL_JOURNAL_DECISION));
        assert_memory_equal(&act.decision.decision, &judgement->decisions[0],
                            offsetof(struct pl_decision, candidates));
        assert_memory_equal(act.decision.decision.candidates, judgement->decisions[0].candidates,
                            2 * sizeof *judgement->decisions[0].candidates);
        assert_true(act.decision.decision.measure == PL_MEASURE_KILL &&
                    act.decision.decision.candidate_count == 2);
        assert_string_equal(act.decision.name, "w9");
        assert_string_equal(act.decision.names[0], "w9");
        assert_string_equal(act.decision.names[1], "w8");
        assert_string_equal(act.decision.scope, "");
        assert_true(act.decision.flags == PL_JOURNAL_DECISION_OBSERVED);
        assert_false(next_act(PL_JOURNAL_DECISION));
}

/* Memory that is gone every three seconds and comes back: the table of a decision is some forty records, of which the
 * smallest journal has 412. */
static void shortages_that_come_and_go_do_not_fill_the_ring(void **state)
{
        enum { HOUR_LOOKS = 2 * 60 * 60, PERIOD_LOOKS = 6 };
        unsigned decisions = 0;

        (void) state;
        pl_steps_set(&steps, now, &settings);
        for (uint64_t id = 1; id <= WORKLOADS; id++)
                add_workload(id, id * 32 * PL_MIB);
        for (unsigned i = 0; i < HOUR_LOOKS; i++) {
                bool is_short = i % PERIOD_LOOKS < PERIOD_LOOKS / 2;

                look(is_short ? 64 * PL_MIB : 4 * PL_GIB, is_short);
                decisions += steps.judgement.decision_count;
        }
        assert_in_range(decisions, 1, 19);
}

/* ---- again, by somebody who comes later ---- */

static void make_something_happen(struct test_random *random)
{
        uint64_t id = 1 + test_random_below(random, WORKLOADS);
        unsigned what = (unsigned) test_random_below(random, 20);

        if (what == 0)
                pl_steps_add_gone(&steps, now, id);
        else
                add_workload(id, test_random_below(random, PL_GIB));
        if (what < 10)
                look(test_random_below(random, 600 * PL_MIB), what < 5);
}

enum { JUDGED_MAX = 40 * 1000 };

/* A hash of each judgement, as it was made. */
static uint64_t judged[JUDGED_MAX];

static uint64_t hash_of(const struct pl_judgement *judgement)
{
        uint64_t check = pl_journal_check(judgement->need_bytes, judgement->verdicts,
                                          judgement->verdict_count * sizeof *judgement->verdicts /
                                                  sizeof(uint64_t));

        check = pl_journal_check(check, judgement->candidates,
                                 judgement->candidate_count * sizeof *judgement->candidates /
                                         sizeof(uint64_t));
        for (uint32_t i = 0; i < judgement->decision_count; i++)
                check = pl_journal_check(check, &judgement->decisions[i],
                                         offsetof(struct pl_decision, candidates) /
                                                 sizeof(uint64_t));
        return check;
}

/* From the first checkpoint that is there to the end of the ring. */
static uint64_t judge_again(void)
{
        static struct pl_update updates[4096];
        const struct pl_journal_space space = { updates, PL_ARRAY_LENGTH(updates), NULL, 0 };
        struct pl_journal_cursor cursor = pl_journal_cursor_oldest(&reader, PL_JOURNAL_SAMPLES);
        static struct pl_judgement judgement;
        struct pl_snapshot snapshot;
        struct pl_engine engine;
        bool has_begun = false;
        uint64_t count = 0;

        assert_int_equal(pl_engine_init(&engine, PL_JOURNAL_ROWS_MAX, 42), 0);
        while (pl_journal_next_snapshot(&cursor, &space, &snapshot) == 0) {
                bool is_checkpoint = snapshot.flags & PL_SNAPSHOT_CHECKPOINT;

                if (has_begun ? is_checkpoint : !is_checkpoint)
                        continue;
                assert_int_equal(pl_engine_step(&engine, &snapshot, &judgement), 0);
                if (has_begun) {
                        assert_true(judged[snapshot.step] == hash_of(&judgement));
                        count++;
                }
                has_begun = true;
        }
        pl_engine_done(&engine);
        return count;
}

static void what_is_left_of_the_ring_is_judged_the_same_again(void **state)
{
        const uint64_t capacity = logbook.writer.layout.ring_capacity[PL_JOURNAL_SAMPLES];
        struct test_random random = { 7 };
        struct pl_settings hasty = settings;
        uint64_t last = 0, decisions = 0;

        (void) state;
        /* What is only observed is decided once in this time. */
        hasty.backoff_hold_usec = 20 * SECOND;
        pl_steps_set(&steps, now, &hasty);
        while (logbook.writer.next[PL_JOURNAL_SAMPLES] < ROUNDS * capacity) {
                make_something_happen(&random);
                assert_true(steps.taken_count < JUDGED_MAX);
                if (steps.taken_count == last)
                        continue;
                last++;
                assert_int_equal(steps.taken_count, last);
                judged[last] = hash_of(&steps.judgement);
                decisions += steps.judgement.decision_count;
        }
        assert_true(decisions > 10);
        /* Three quarters of the ring, but for what the checkpoint itself takes. */
        assert_true(judge_again() * (ROUNDS * capacity) >= last * capacity / 2);
}

/* Too many for the smallest journal: said once, and nothing is written that is not whole. */
static void what_does_not_fit_is_left_out(void **state)
{
        const uint64_t capacity = logbook.writer.layout.ring_capacity[PL_JOURNAL_SAMPLES];
        struct pl_journal_cursor cursor;
        static struct pl_update updates[4096];
        const struct pl_journal_space space = { updates, PL_ARRAY_LENGTH(updates), NULL, 0 };
        struct pl_snapshot snapshot;
        uint64_t count = 0;

        (void) state;
        pl_steps_set(&steps, now, &settings);
        for (uint64_t id = 1; id <= 2000; id++)
                add_workload(id, id * PL_MIB);
        while (logbook.writer.next[PL_JOURNAL_SAMPLES] < 6 * capacity)
                look(4 * PL_GIB, false);
        assert_true(next_act(PL_JOURNAL_NOTE));
        assert_true(act.note.code == PL_NOTE_NO_CHECKPOINT && act.note.value > 300);
        assert_false(next_act(PL_JOURNAL_NOTE));
        cursor = pl_journal_cursor_oldest(&reader, PL_JOURNAL_SAMPLES);
        while (pl_journal_next_snapshot(&cursor, &space, &snapshot) == 0) {
                assert_int_equal(snapshot.flags, 0);
                count++;
        }
        assert_true(count > 100);
}

#define JUDGE_TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
        const struct CMUnitTest tests[] = {
                JUDGE_TEST(without_settings_nothing_is_judged),
                JUDGE_TEST(the_order_is_on_the_board),
                JUDGE_TEST(a_verdict_is_told_when_it_is_news),
                JUDGE_TEST(a_decision_has_names_and_candidates),
                JUDGE_TEST(shortages_that_come_and_go_do_not_fill_the_ring),
                JUDGE_TEST(what_is_left_of_the_ring_is_judged_the_same_again),
                JUDGE_TEST(what_does_not_fit_is_left_out),
        };

        return cmocka_run_group_tests(tests, place_set_up, place_tear_down);
}
