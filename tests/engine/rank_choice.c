/* SPDX-License-Identifier: Apache-2.0 */

/* plimsoll-ranking(7), what follows upon the order: who may not be taken, how many are, what is worth it, and when one goes
 * before its turn.
 */

#include "engine/court.h"

#include "plimsoll/model/profile.h"

#define MIB(count) ((count) *PL_MIB)

/* ---- a shortage ---- */

/* Everybody is there and looked at, and nothing may be done yet. */
static void hear_quietly(const struct court_one *all, size_t count, uint64_t available_bytes)
{
        court.settings.flags = 0;
        court.host.available_bytes = available_bytes;
        court_hear(all, count);
        assert_int_equal(court.judgement.decision_count, 0);
}

/* A second later so much less is there, and it may. */
static void strike(uint64_t fall_bytes)
{
        court.settings.flags |= PL_SETTING_HOST;
        court_put_settings();
        court_wait(PL_USEC_PER_SEC);
        court.host.available_bytes -= fall_bytes;
        court_step();
}

/* The host reclaims, and half of the last second was lost: scarce, and not critical. */
static void strike_with_stalls(void)
{
        court.host.full_usec += PL_USEC_PER_SEC / 2;
        court.host.pgscan_kswapd_pages += 1000;
        strike(0);
}

static void again_later(uint64_t usec)
{
        court_wait(usec);
        court_step();
}

static size_t killed(void)
{
        size_t count = 0;

        for (uint32_t i = 0; i < court.judgement.decision_count; i++)
                count += court.judgement.decisions[i].measure == PL_MEASURE_KILL;
        return count;
}

static bool is_killed(uint64_t id)
{
        for (uint32_t i = 0; i < court.judgement.decision_count; i++)
                if (court.judgement.decisions[i].measure == PL_MEASURE_KILL &&
                    court.judgement.decisions[i].id == id)
                        return true;
        return false;
}

static const struct pl_decision *only_decision(void)
{
        assert_int_equal(court.judgement.decision_count, 1);
        return &court.judgement.decisions[0];
}

static enum pl_turn turn_of(uint64_t id)
{
        assert_non_null(court_candidate(id));
        return court_candidate(id)->turn;
}

static void report(const struct pl_decision *decision, enum pl_result result, uint64_t bytes)
{
        court.outcomes[court.outcome_count++] = (struct pl_outcome){
                .decision = decision->number,
                .id = decision->id,
                .measure = decision->measure,
                .result = result,
                .ended_usec = court.now_usec,
                .bytes = bytes,
        };
}

/* ---- who may not be taken ---- */

/* In the order in which the page lists them. */
static const struct {
        const char *name;
        struct court_one one;
        enum pl_turn turn;
} reasons[] = {
        { "protected", { .flags = PL_CGROUP_PROTECTED }, PL_TURN_PROTECTED },
        { "observed", { .flags = PL_CGROUP_OBSERVED }, PL_TURN_OBSERVED },
        { "restored", { .flags = PL_CGROUP_RESTORED }, PL_TURN_RESTORED },
        { "paused", { .flags = PL_CGROUP_PAUSED }, PL_TURN_PAUSED },
        { "empty", { .is_empty = true }, PL_TURN_EMPTY },
        { "no rung", { .rungs = 1 << PL_RUNG_RECLAIM | 1 << PL_RUNG_FREEZE }, PL_TURN_NO_RUNG },
        { "unknown", { .is_unread = true }, PL_TURN_UNKNOWN },
};

static struct court_one with_reasons(size_t a, size_t b)
{
        return (struct court_one){
                .id = 10,
                .anon_bytes = PL_GIB,
                .flags = reasons[a].one.flags | reasons[b].one.flags,
                .rungs = reasons[a].one.rungs | reasons[b].one.rungs,
                .is_empty = reasons[a].one.is_empty || reasons[b].one.is_empty,
                .is_unread = reasons[a].one.is_unread || reasons[b].one.is_unread,
        };
}

static void each_reason_holds_and_the_first_is_told(void **state)
{
        (void) state;
        for (size_t a = 0; a < PL_ARRAY_LENGTH(reasons); a++)
                for (size_t b = a; b < PL_ARRAY_LENGTH(reasons); b++) {
                        const struct court_one one = with_reasons(a, b);
                        struct pl_cgroup_facts facts = court_facts(&one);

                        court_open();
                        hear_quietly(&one, 1, MIB(200));
                        strike(0);
                        assert_row(reasons[a].name, turn_of(10) == reasons[a].turn);
                        assert_row(reasons[a].name, court_rank(10) == 0);
                        assert_row(reasons[a].name, killed() == 0);
                        if (reasons[a].turn != PL_TURN_UNKNOWN)
                                assert_row(reasons[a].name,
                                           pl_engine_turn(&facts) == reasons[a].turn);
                }
}

static void without_a_reason_it_may_be_taken(void **state)
{
        static const uint32_t rungs[] = { 1 << PL_RUNG_TERM, 1 << PL_RUNG_KILL };

        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(rungs); i++) {
                const struct court_one one = { .id = 10,
                                               .anon_bytes = PL_GIB,
                                               .rungs = rungs[i],
                                               .flags = PL_CGROUP_RETURNS | PL_CGROUP_FROZEN |
                                                        PL_CGROUP_BY_PROCESS };
                const struct pl_cgroup_facts facts = court_facts(&one);

                court_open();
                assert_int_equal(pl_engine_turn(&facts), PL_TURN_NEXT);
                hear_quietly(&one, 1, MIB(200));
                strike(0);
                assert_int_equal(turn_of(10), PL_TURN_CHOSEN);
                assert_int_equal(only_decision()->measure,
                                 i == 0 ? PL_MEASURE_TERM : PL_MEASURE_KILL);
        }
}

static void who_was_killed_is_dying_until_it_is_looked_at_again(void **state)
{
        struct court_one one = { .id = 10, .anon_bytes = PL_GIB };

        (void) state;
        hear_quietly(&one, 1, MIB(200));
        strike(0);
        court_wait(PL_USEC_PER_SEC);
        report(only_decision(), PL_RESULT_DONE, PL_GIB);
        court.host.available_bytes = PL_GIB;
        court_step();
        assert_int_equal(turn_of(10), PL_TURN_DYING);
        assert_int_equal(court_rank(10), 0);
        court_wait(PL_USEC_PER_SEC);
        one.anon_bytes = PL_MIB;
        court_put_sample(&one, 0);
        court_step();
        assert_int_equal(turn_of(10), PL_TURN_NEXT);
}

static void who_does_not_die_is_stuck_and_another_goes(void **state)
{
        const struct court_one all[] = {
                { .id = 10, .score_adj = 1, .anon_bytes = PL_GIB },
                { .id = 11, .anon_bytes = PL_GIB },
        };

        (void) state;
        hear_quietly(all, 2, MIB(200));
        strike(0);
        assert_true(is_killed(10) && killed() == 1);
        again_later(court.settings.kill_deadline_usec - 1);
        assert_int_equal(turn_of(10), PL_TURN_DYING);
        assert_int_equal(killed(), 0);
        again_later(1);
        assert_int_equal(turn_of(10), PL_TURN_STUCK);
        assert_true(is_killed(11) && killed() == 1);
}

static void the_largest_who_may_not_are_listed(void **state)
{
        struct court_one all[40];

        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(all); i++)
                all[i] = (struct court_one){ .id = 100 + i,
                                             .anon_bytes = MIB(1 + i * 7 % 40),
                                             .flags = i % 2 ? PL_CGROUP_OBSERVED
                                                            : PL_CGROUP_PROTECTED };
        court_hear(all, PL_ARRAY_LENGTH(all));
        assert_int_equal(court.judgement.candidate_count, PL_CANDIDATES_ASIDE_MAX);
        for (uint32_t i = 0; i < PL_CANDIDATES_ASIDE_MAX; i++)
                assert_true(court.judgement.candidates[i].gives_back_bytes == MIB(40 - i));
}

/* ---- how many ---- */

static void a_crowd_goes_as_far_as_it_is_needed(void **state)
{
        struct court_one all[30];

        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(all); i++)
                all[i] = (struct court_one){ .id = 100 + i, .anon_bytes = MIB(50) };
        hear_quietly(all, PL_ARRAY_LENGTH(all), MIB(200));
        strike(0);
        /* 640 and a quarter, of which 200 are there. */
        assert_true(court.judgement.need_bytes == MIB(600));
        assert_int_equal(killed(), 12);
        for (size_t i = 0; i < PL_ARRAY_LENGTH(all); i++)
                assert_true(is_killed(all[i].id) == (i >= 18));
        for (uint32_t i = 0; i < 12; i++) {
                const struct pl_decision *decision = &court.judgement.decisions[i];

                assert_true(decision->id == 129 - i);
                assert_true(decision->need_bytes == MIB(600));
                assert_true(decision->table == court.judgement.decisions[0].number);
                assert_int_equal(decision->candidate_count, i == 0 ? 30 : 0);
        }
}

static void no_more_go_at_once_than_the_policy_says(void **state)
{
        struct court_one all[30];

        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(all); i++)
                all[i] = (struct court_one){ .id = 100 + i, .anon_bytes = MIB(50) };
        court.settings.kill_together = 5;
        hear_quietly(all, PL_ARRAY_LENGTH(all), MIB(200));
        strike(0);
        assert_int_equal(killed(), 5);
}

static void while_one_is_on_its_way_no_other_goes(void **state)
{
        const struct court_one all[] = { { .id = 10, .anon_bytes = MIB(450) },
                                         { .id = 11, .anon_bytes = MIB(400) } };

        (void) state;
        court.settings.kill_together = 1;
        hear_quietly(all, 2, MIB(500));
        strike_with_stalls();
        assert_true(is_killed(10) && killed() == 1);
        assert_int_equal(court.judgement.verdicts[0].severity, PL_SEVERITY_SCARCE);
        for (size_t i = 0; i < 5; i++) {
                strike_with_stalls();
                assert_int_equal(killed(), 0);
        }
        /* Critical, but those on their way are enough: 800 − 360 < 450. */
        strike(MIB(140));
        assert_int_equal(killed(), 0);
        court.settings.critical_permyriad = 9000;
        strike(0);
        assert_int_equal(court.judgement.verdicts[0].severity, PL_SEVERITY_CRITICAL);
        assert_int_equal(killed(), 0);
}

static void unless_it_is_critical_and_they_are_not_enough(void **state)
{
        const struct court_one all[] = { { .id = 10, .anon_bytes = MIB(450) },
                                         { .id = 11, .anon_bytes = MIB(400) },
                                         { .id = 12, .anon_bytes = MIB(390) } };

        (void) state;
        court.settings.kill_together = 1;
        hear_quietly(all, 3, MIB(200));
        strike(0);
        assert_true(is_killed(10) && killed() == 1);
        again_later(PL_USEC_PER_SEC);
        assert_true(is_killed(11) && killed() == 1);
        assert_true(only_decision()->need_bytes == MIB(150));
        again_later(PL_USEC_PER_SEC);
        assert_int_equal(killed(), 0);
}

static void after_one_that_helped_there_is_a_pause(void **state)
{
        const struct court_one all[] = { { .id = 10, .anon_bytes = MIB(450) },
                                         { .id = 11, .anon_bytes = MIB(400) } };
        uint64_t ended_usec;

        (void) state;
        hear_quietly(all, 2, MIB(500));
        strike_with_stalls();
        report(only_decision(), PL_RESULT_DONE, MIB(450));
        (void) court_update(PL_UPDATE_GONE, 10);
        strike_with_stalls();
        ended_usec = court.now_usec;
        while (court.now_usec < ended_usec + court.settings.kill_cool_down_usec) {
                assert_int_equal(killed(), 0);
                strike_with_stalls();
        }
        assert_true(is_killed(11));
}

/* ---- what is worth it ---- */

static void the_small_are_passed_over(void **state)
{
        const struct court_one all[] = { { .id = 10, .score_adj = 900, .anon_bytes = MIB(20) },
                                         { .id = 11, .anon_bytes = MIB(700) } };

        (void) state;
        hear_quietly(all, 2, MIB(200));
        strike(0);
        assert_true(is_killed(11) && killed() == 1);
        assert_int_equal(turn_of(10), PL_TURN_TOO_SMALL);
        assert_int_equal(court_rank(10), 1);
        assert_int_equal(only_decision()->choice, PL_CHOICE_ORDER);
}

static void the_floor_falls_until_somebody_is_worth_it(void **state)
{
        const struct court_one all[] = { { .id = 10, .score_adj = 900, .anon_bytes = MIB(39) },
                                         { .id = 11, .anon_bytes = MIB(41) },
                                         { .id = 12, .anon_bytes = MIB(44) } };

        (void) state;
        hear_quietly(all, 3, MIB(200));
        strike(0); /* 160, 80, 40 */
        assert_true(is_killed(11) && is_killed(12) && killed() == 2);
        assert_int_equal(turn_of(10), PL_TURN_TOO_SMALL);
}

static void a_page_is_worth_it_if_nobody_has_more(void **state)
{
        const struct court_one page = { .id = 10, .anon_bytes = 4096 };
        const struct court_one less = { .id = 10, .anon_bytes = 4095 };

        (void) state;
        hear_quietly(&page, 1, MIB(200));
        strike(0);
        assert_true(is_killed(10));
        court_open();
        hear_quietly(&less, 1, MIB(200));
        strike(0);
        assert_int_equal(only_decision()->measure, PL_MEASURE_ALARM);
}

static void if_nobody_may_be_taken_there_is_one_alarm(void **state)
{
        const struct court_one all[] = {
                { .id = 10, .flags = PL_CGROUP_PROTECTED, .anon_bytes = PL_GIB },
                { .id = 11, .flags = PL_CGROUP_OBSERVED, .anon_bytes = PL_GIB },
        };

        (void) state;
        hear_quietly(all, 2, MIB(200));
        strike(0);
        assert_int_equal(only_decision()->measure, PL_MEASURE_ALARM);
        assert_int_equal(only_decision()->choice, PL_CHOICE_NOBODY);
        assert_true(only_decision()->id == 0);
        assert_int_equal(only_decision()->candidate_count, 2);
        for (size_t i = 0; i < 60; i++) {
                again_later(PL_USEC_PER_SEC);
                assert_int_equal(court.judgement.decision_count, 0);
        }
}

/* ---- relief must last ---- */

/* A small one whose turn it is, and one that grows behind it. */
static const struct court_one growing[] = {
        { .id = 10, .score_adj = 500, .anon_bytes = MIB(400) },
        { .id = 11, .anon_bytes = PL_GIB, .growth_bytes_per_sec = MIB(100) },
};

static void who_grows_goes_before_its_turn(void **state)
{
        (void) state;
        hear_quietly(growing, 2, MIB(300));
        strike(MIB(100));
        /* 800 − 200, and 30 times 100. */
        assert_true(court.judgement.need_bytes == MIB(3600));
        assert_true(is_killed(11) && killed() == 1);
        assert_int_equal(only_decision()->choice, PL_CHOICE_GROWER);
        assert_int_equal(turn_of(10), PL_TURN_NEXT);
}

static void unless_those_before_it_cover_the_need(void **state)
{
        struct court_one all[] = { growing[0], growing[1] };

        (void) state;
        all[0].anon_bytes = MIB(3600);
        hear_quietly(all, 2, MIB(300));
        strike(MIB(100));
        assert_true(is_killed(10) && killed() == 1);
        assert_int_equal(only_decision()->choice, PL_CHOICE_ORDER);
        court_open();
        all[0].anon_bytes--;
        hear_quietly(all, 2, MIB(300));
        strike(MIB(100));
        assert_true(is_killed(11) && killed() == 1);
}

/* What is before it may grow as well, and would not any more. */
static void what_those_before_it_would_take_counts(void **state)
{
        struct court_one all[] = { growing[0], growing[1] };

        (void) state;
        all[0].anon_bytes = MIB(2100);
        all[0].growth_bytes_per_sec = MIB(50);
        hear_quietly(all, 2, MIB(350));
        strike(MIB(150));
        assert_true(is_killed(10) && killed() == 1);
}

static void unless_its_limit_stops_it(void **state)
{
        struct court_one all[] = { growing[0], growing[1] };

        (void) state;
        all[0].anon_bytes = MIB(650);
        all[1].max_bytes = PL_GIB + MIB(50);
        hear_quietly(all, 2, MIB(300));
        strike(MIB(100));
        assert_true(court.judgement.need_bytes == MIB(650));
        assert_true(is_killed(10) && killed() == 1);
        assert_int_equal(only_decision()->choice, PL_CHOICE_ORDER);
}

static void unless_it_makes_less_than_half_of_the_fall(void **state)
{
        (void) state;
        hear_quietly(growing, 2, MIB(400) + 2);
        strike(MIB(200));
        assert_int_equal(only_decision()->choice, PL_CHOICE_GROWER);
        court_open();
        hear_quietly(growing, 2, MIB(400) + 2);
        strike(MIB(200) + 2);
        assert_true(is_killed(10) && is_killed(11)); /* in order, and both are needed */
        assert_int_equal(court.judgement.decisions[0].choice, PL_CHOICE_ORDER);
}

static void unless_it_may_not_be_taken(void **state)
{
        for (size_t i = 0; i < PL_ARRAY_LENGTH(reasons); i++) {
                struct court_one all[] = { growing[0], growing[1] };

                if (reasons[i].one.is_unread)
                        continue;
                all[1].flags |= reasons[i].one.flags;
                all[1].is_empty = reasons[i].one.is_empty;
                all[1].rungs = reasons[i].one.rungs;
                court_open();
                hear_quietly(all, 2, MIB(300));
                strike(MIB(100));
                assert_row(reasons[i].name, is_killed(10) && killed() == 1);
                assert_row(reasons[i].name, only_decision()->choice == PL_CHOICE_ORDER);
        }
        (void) state;
}

static void whose_turn_it_is_anyway_is_not_before_it(void **state)
{
        struct court_one all[] = { growing[0], growing[1] };

        (void) state;
        all[1].score_adj = 501;
        hear_quietly(all, 2, MIB(300));
        strike(MIB(100));
        assert_true(is_killed(11) && killed() == 1);
        assert_int_equal(only_decision()->choice, PL_CHOICE_ORDER);
}

/* The culprit stands behind more than are listed. */
static void who_grows_is_found_behind_a_crowd(void **state)
{
        static struct court_one all[101];

        (void) state;
        for (size_t i = 0; i < 100; i++)
                all[i] = (struct court_one){ .id = 100 + i,
                                             .score_adj = 500,
                                             .anon_bytes = PL_MIB };
        all[100] = growing[1];
        hear_quietly(all, 101, MIB(300));
        strike(MIB(100));
        assert_true(is_killed(11) && killed() == 1);
        assert_int_equal(only_decision()->choice, PL_CHOICE_GROWER);
        assert_int_equal(turn_of(11), PL_TURN_CHOSEN);
}

/* ---- TERM or KILL ---- */

static const struct court_one gentle = { .id = 10,
                                         .anon_bytes = PL_GIB,
                                         .flags = PL_CGROUP_RETURNS,
                                         .rungs = 1 << PL_RUNG_TERM | 1 << PL_RUNG_KILL };

static void it_is_asked_to_end_while_there_is_time(void **state)
{
        (void) state;
        hear_quietly(&gentle, 1, MIB(500));
        strike_with_stalls();
        assert_int_equal(only_decision()->measure, PL_MEASURE_TERM);
        assert_true(only_decision()->deadline_usec == court.now_usec + 10 * PL_USEC_PER_SEC);
        for (size_t i = 0; i < 9; i++) {
                strike_with_stalls();
                assert_int_equal(court.judgement.decision_count, 0);
        }
        strike_with_stalls();
        assert_true(is_killed(10));
}

static void who_would_not_come_back_is_killed(void **state)
{
        struct court_one one = gentle;

        (void) state;
        one.flags = 0;
        hear_quietly(&one, 1, MIB(500));
        strike_with_stalls();
        assert_true(is_killed(10));
}

static void when_it_is_critical_it_is_killed(void **state)
{
        (void) state;
        hear_quietly(&gentle, 1, MIB(200));
        strike(0);
        assert_true(is_killed(10));
}

static void when_the_end_is_nearer_than_its_grace_it_is_killed(void **state)
{
        struct court_one one = gentle;

        (void) state;
        hear_quietly(&one, 1, MIB(560));
        court.host.full_usec += PL_USEC_PER_SEC / 2;
        court.host.pgscan_kswapd_pages += 1000;
        strike(MIB(60));
        assert_true(is_killed(10));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
#define CASE(name) cmocka_unit_test_setup_teardown(name, court_setup, court_teardown)
                CASE(each_reason_holds_and_the_first_is_told),
                CASE(without_a_reason_it_may_be_taken),
                CASE(who_was_killed_is_dying_until_it_is_looked_at_again),
                CASE(who_does_not_die_is_stuck_and_another_goes),
                CASE(the_largest_who_may_not_are_listed),
                CASE(a_crowd_goes_as_far_as_it_is_needed),
                CASE(no_more_go_at_once_than_the_policy_says),
                CASE(while_one_is_on_its_way_no_other_goes),
                CASE(unless_it_is_critical_and_they_are_not_enough),
                CASE(after_one_that_helped_there_is_a_pause),
                CASE(the_small_are_passed_over),
                CASE(the_floor_falls_until_somebody_is_worth_it),
                CASE(a_page_is_worth_it_if_nobody_has_more),
                CASE(if_nobody_may_be_taken_there_is_one_alarm),
                CASE(who_grows_goes_before_its_turn),
                CASE(unless_those_before_it_cover_the_need),
                CASE(what_those_before_it_would_take_counts),
                CASE(unless_its_limit_stops_it),
                CASE(unless_it_makes_less_than_half_of_the_fall),
                CASE(unless_it_may_not_be_taken),
                CASE(whose_turn_it_is_anyway_is_not_before_it),
                CASE(who_grows_is_found_behind_a_crowd),
                CASE(it_is_asked_to_end_while_there_is_time),
                CASE(who_would_not_come_back_is_killed),
                CASE(when_it_is_critical_it_is_killed),
                CASE(when_the_end_is_nearer_than_its_grace_it_is_killed),
#undef CASE
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
