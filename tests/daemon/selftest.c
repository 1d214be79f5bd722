/* SPDX-License-Identifier: Apache-2.0 */

/* When it is tested whether the daemon could act, on whom, and what is said of it; what is tried is the killer's, which is tested with
 * it. The child is none here, but its cgroup is a directory.
 */

#include "rig.h"

#include <errno.h>

#include "daemon/selftest.h"

enum { CGROUPS = 5, TURNS_MAX = 100, TRIED_MAX = 256 };

#define OWN     "plimsolld.slice/plimsolld.service"
#define SCRATCH OWN "/plimsoll-self-test"
#define PERIOD  PL_USEC_PER_HOUR

static struct pl_selftest test;
static char killer; /* nobody looks into it */

static struct {
        int part, error; /* that fails of candidates; PL_KILL_PARTS: none */
        int outcome;     /* of trying one */
        int child_part, child_error;
        unsigned acts;
        bool is_alive, is_unified, had_scratch, was_given_up;
        int mkdir_error;
        unsigned tried_count, begun, kills;
        uint64_t tried[TRIED_MAX];
} fake;

/* ---- what stands in for the killer and the kernel ---- */

int __wrap_pl_kill_test_candidate(struct pl_killer *given, int cgroup_fd, uint64_t id,
                                  struct pl_kill_test *tried);
void __wrap_pl_kill_test_begin(struct pl_killer *given, int scratch_fd, uint64_t id,
                               struct pl_kill_test *begun);
int __wrap_pl_kill_test_end(struct pl_kill_test *ended, bool given_up);
uint32_t __wrap_pl_killer_count(const struct pl_killer *given);
int __wrap_pl_cgroup_is_unified(int cgroup_fd, bool *ret_unified);
int __wrap_pl_cgroup_kill(int cgroup_fd);
int __wrap_mkdirat(int dir_fd, const char *path, mode_t mode);
int __real_mkdirat(int dir_fd, const char *path, mode_t mode);

static bool has_scratch(void)
{
        return faccessat(tree.fd, SCRATCH, F_OK, 0) == 0;
}

static void fail_at(struct pl_kill_test *tried, int part, int error)
{
        if (part == PL_KILL_PARTS)
                return;
        tried->errors[part] = error;
        tried->first_part = part;
}

int __wrap_pl_kill_test_candidate(struct pl_killer *given, int cgroup_fd, uint64_t id,
                                  struct pl_kill_test *tried)
{
        uint64_t actual = 0;

        assert_ptr_equal(given, &killer);
        assert_int_equal(pl_cgroup_id(cgroup_fd, &actual), 0);
        assert_true(actual == id);
        assert_int_equal(tried->first_part, PL_KILL_PARTS);
        assert_true(fake.tried_count < TRIED_MAX);
        fake.tried[fake.tried_count++] = id;
        fail_at(tried, fake.part, fake.error);
        return fake.outcome;
}

void __wrap_pl_kill_test_begin(struct pl_killer *given, int scratch_fd, uint64_t id,
                               struct pl_kill_test *begun)
{
        uint64_t actual = 0;

        assert_ptr_equal(given, &killer);
        assert_int_equal(pl_cgroup_id(scratch_fd, &actual), 0);
        assert_true(actual == id);
        fake.had_scratch = has_scratch();
        fake.begun++;
        fail_at(begun, fake.child_part, fake.child_error);
        begun->child = 1234;
}

int __wrap_pl_kill_test_end(struct pl_kill_test *ended, bool given_up)
{
        if (ended->child == 0)
                return 0;
        if (fake.is_alive && !given_up)
                return PL_KILLER_E_MORE;
        fake.was_given_up = given_up;
        if (given_up)
                fail_at(ended, PL_KILL_PART_DEATH, ETIMEDOUT);
        ended->child = 0;
        return 0;
}

uint32_t __wrap_pl_killer_count(const struct pl_killer *given)
{
        assert_ptr_equal(given, &killer);
        return fake.acts;
}

int __wrap_pl_cgroup_is_unified(int cgroup_fd, bool *ret_unified)
{
        assert_int_equal(cgroup_fd, tree.fd);
        *ret_unified = fake.is_unified;
        return 0;
}

int __wrap_pl_cgroup_kill(int cgroup_fd)
{
        assert_true(cgroup_fd >= 0);
        fake.kills++;
        return 0;
}

int __wrap_mkdirat(int dir_fd, const char *path, mode_t mode)
{
        if (fake.mkdir_error == 0 || strcmp(path, "plimsoll-self-test") != 0)
                return __real_mkdirat(dir_fd, path, mode);
        errno = fake.mkdir_error;
        return -1;
}

/* ---- the rig ---- */

static void say_where(const char *path)
{
        char name[32], text[128];

        (void) snprintf(name, sizeof name, "%d", getpid());
        if (faccessat(proc.fd, name, F_OK, 0) < 0)
                test_tree_mkdir(&proc, name);
        (void) snprintf(name, sizeof name, "%d/cgroup", getpid());
        (void) snprintf(text, sizeof text, "0::/%s\n", path);
        test_tree_put(&proc, name, text);
}

/* They are ranked from the first to the last, and behind them stands one that may not be taken. */
static void rank(void)
{
        struct pl_judgement *judgement = &steps.judgement;

        judgement->verdict_count = 1;
        judgement->verdicts[0] = (struct pl_verdict){ .severity = PL_SEVERITY_CALM };
        for (unsigned i = 0; i < CGROUPS; i++)
                judgement->candidates[i] = (struct pl_candidate){
                        .id = rig_row(rig_name("/c%u", i)).id,
                        .turn = PL_TURN_NEXT,
                        .rank = i + 1 < CGROUPS ? i + 1 : 0,
                };
        judgement->candidate_count = CGROUPS;
}

static int set_up(void **state)
{
        const struct rig_options options = {};

        (void) rig_set_up(state);
        memset(&fake, 0, sizeof fake);
        fake.part = fake.child_part = PL_KILL_PARTS;
        fake.is_unified = true;
        for (unsigned i = 0; i < CGROUPS; i++)
                rig_make(rig_name("c%u", i));
        cgroup_make(&tree, "plimsolld.slice");
        cgroup_make(&tree, OWN);
        say_where(OWN);
        rig_start(&options);
        rig_set_policy(rig_policy(
                "// h.json\n{ \"host\": \"h\", \"protect\": [ { \"path\": \"/c1\", " RIG_OWNER
                " } ] }\n"));
        pl_selftest_init(&test);
        return 0;
}

static int tear_down(void **state)
{
        pl_selftest_done(&test);
        assert_false(has_scratch());
        return rig_tear_down(state);
}

static void turn(void)
{
        const struct pl_selftest_given given = { (struct pl_killer *) &killer, &board, PERIOD };

        pl_selftest_step(&test, &given, now);
}

/* A whole test, if it is time for one. */
static void run(void)
{
        unsigned turns = 0;

        do {
                turn();
                assert_true(turns++ < TURNS_MAX);
        } while (test.phase != PL_SELFTEST_RESTS);
}

static void look_and_rank(void)
{
        (void) rig_look();
        rank();
}

/* ---- when ---- */

static void nothing_is_tried_before_it_is_known_who_is_there(void **state)
{
        (void) state;
        turn();
        assert_int_equal(test.phase, PL_SELFTEST_RESTS);
        (void) rig_look();
        steps.judgement.verdict_count = 0;
        turn();
        assert_int_equal(test.phase, PL_SELFTEST_RESTS);
        rank();
        turn();
        assert_int_equal(fake.tried_count, 1);
}

static void nobody_is_tried_while_the_host_is_short_or_somebody_is_acted_on(void **state)
{
        (void) state;
        look_and_rank();
        steps.judgement.verdicts[0].severity = PL_SEVERITY_SHORT;
        run();
        steps.judgement.verdicts[0].severity = PL_SEVERITY_CALM;
        fake.acts = 1;
        run();
        assert_int_equal(fake.tried_count, 0);
        assert_false(test.has_run);
        fake.acts = 0;
        steps.judgement.verdicts[0].severity = PL_SEVERITY_WATCH;
        run();
        assert_true(test.has_run);
}

static void what_is_put_off_begins_anew(void **state)
{
        (void) state;
        look_and_rank();
        turn();
        turn();
        steps.judgement.verdicts[0].severity = PL_SEVERITY_CRITICAL;
        turn();
        assert_int_equal(fake.tried_count, 1);
        steps.judgement.verdicts[0].severity = PL_SEVERITY_CALM;
        run();
        assert_int_equal(fake.tried_count, 3);
        assert_int_equal(fake.begun, 1);
}

static void it_is_tested_again_when_the_period_is_over(void **state)
{
        (void) state;
        look_and_rank();
        run();
        now += PERIOD - 1;
        run();
        assert_int_equal(fake.begun, 1);
        now++;
        run();
        assert_int_equal(fake.begun, 2);
}

/* ---- who ---- */

static void the_first_of_the_ranking_are_tried_and_nobody_who_is_protected(void **state)
{
        (void) state;
        look_and_rank();
        run();
        /* The second is protected by the policy, although the ranking, which is older, has it. */
        assert_int_equal(fake.tried_count, 2);
        assert_true(fake.tried[0] == rig_row("/c0").id);
        assert_true(fake.tried[1] == rig_row("/c2").id);
}

static void who_is_gone_or_empty_says_nothing(void **state)
{
        (void) state;
        look_and_rank();
        steps.judgement.candidates[0].id = 1;
        fake.part = PL_KILL_PART_FIND;
        fake.error = EIO;
        fake.outcome = PL_FILE_E_GONE;
        run();
        assert_int_equal(fake.tried_count, 1);
        assert_false(pl_selftest_is_unfit(&test));
}

static void where_there_is_nobody_the_child_is_all(void **state)
{
        (void) state;
        look_and_rank();
        steps.judgement.candidate_count = 0;
        run();
        assert_int_equal(fake.tried_count, 0);
        assert_int_equal(fake.begun, 1);
}

/* ---- what is said ---- */

static void assert_alarms(unsigned count, const char *words, int error)
{
        static struct pl_journal_act act;

        assert_int_equal(rig_acts(PL_JOURNAL_ALARM, &act), count);
        if (count == 0)
                return;
        assert_int_equal(act.note.code, PL_NOTE_CANNOT_ACT);
        assert_int_equal(act.note.value, error);
        assert_string_equal(act.note.words, words);
}

static void what_fails_is_an_alarm_and_tried_each_minute(void **state)
{
        uint64_t value;

        (void) state;
        look_and_rank();
        fake.part = PL_KILL_PART_OPEN;
        fake.error = EACCES;
        run();
        assert_true(pl_selftest_is_unfit(&test));
        assert_alarms(1, "opening cgroup.kill of c0", EACCES);
        /* The same is no news for an hour. */
        for (unsigned i = 0; i < 59; i++) {
                now += PL_SELFTEST_RETRY_USEC;
                run();
        }
        assert_int_equal(fake.begun, 60);
        assert_alarms(1, "opening cgroup.kill of c0", EACCES);
        now += PL_SELFTEST_RETRY_USEC;
        run();
        assert_alarms(2, "opening cgroup.kill of c0", EACCES);
        fake.error = EROFS;
        now += PL_SELFTEST_RETRY_USEC;
        run();
        assert_alarms(3, "opening cgroup.kill of c0", EROFS);

        fake.part = PL_KILL_PARTS;
        now += PL_SELFTEST_RETRY_USEC;
        run();
        assert_false(pl_selftest_is_unfit(&test));
        assert_int_equal(rig_notes(PL_NOTE_CAN_ACT, &value), 1);
        now += PERIOD;
        run();
        assert_int_equal(rig_notes(PL_NOTE_CAN_ACT, &value), 1);
        assert_alarms(3, "opening cgroup.kill of c0", EROFS);
}

static void the_first_thing_that_fails_is_the_one_that_is_told(void **state)
{
        (void) state;
        look_and_rank();
        fake.part = PL_KILL_PART_SIGNAL;
        fake.error = EPERM;
        fake.child_part = PL_KILL_PART_KILL;
        fake.child_error = EROFS;
        run();
        assert_alarms(1, "signalling the processes of c0", EPERM);
}

static void one_that_has_left_the_board_is_told_without_its_name(void **state)
{
        (void) state;
        look_and_rank();
        fake.part = PL_KILL_PART_FREEZE;
        fake.error = EPERM;
        fake.is_alive = true;
        while (test.phase != PL_SELFTEST_BURIES)
                turn();
        rig_drop("c0");
        (void) rig_look();
        fake.is_alive = false;
        turn();
        assert_alarms(1, "opening cgroup.freeze of one that is gone", EPERM);
}

static void well_from_the_beginning_nothing_is_said(void **state)
{
        uint64_t value;

        (void) state;
        look_and_rank();
        run();
        assert_true(test.has_run);
        assert_alarms(0, NULL, 0);
        assert_int_equal(rig_notes(PL_NOTE_CAN_ACT, &value), 0);
}

/* ---- the child ---- */

static void the_child_has_a_cgroup_below_our_own_that_is_removed(void **state)
{
        (void) state;
        look_and_rank();
        fake.is_alive = true;
        while (test.phase != PL_SELFTEST_BURIES)
                turn();
        assert_true(fake.had_scratch);
        turn();
        assert_true(has_scratch());
        /* Whatever comes, it is waited for. */
        steps.judgement.verdicts[0].severity = PL_SEVERITY_CRITICAL;
        turn();
        assert_int_equal(test.phase, PL_SELFTEST_BURIES);
        fake.is_alive = false;
        turn();
        assert_int_equal(test.phase, PL_SELFTEST_RESTS);
        assert_false(has_scratch());
        assert_false(fake.was_given_up);
        assert_false(pl_selftest_is_unfit(&test));
}

static void a_child_that_does_not_die_is_given_up(void **state)
{
        (void) state;
        look_and_rank();
        fake.is_alive = true;
        while (test.phase != PL_SELFTEST_BURIES)
                turn();
        now += PL_SELFTEST_DEATH_USEC - 1;
        turn();
        assert_int_equal(test.phase, PL_SELFTEST_BURIES);
        now++;
        turn();
        assert_true(fake.was_given_up);
        assert_alarms(1, "waiting for the death of a child of its own", ETIMEDOUT);
        assert_false(has_scratch());
}

static void one_that_does_not_die_while_the_host_is_short_says_nothing(void **state)
{
        (void) state;
        look_and_rank();
        fake.is_alive = true;
        while (test.phase != PL_SELFTEST_BURIES)
                turn();
        steps.judgement.verdicts[0].severity = PL_SEVERITY_CRITICAL;
        now += PL_SELFTEST_DEATH_USEC;
        turn();
        assert_true(fake.was_given_up);
        assert_int_equal(test.phase, PL_SELFTEST_RESTS);
        assert_false(has_scratch());
        assert_false(test.has_run);
        assert_alarms(0, NULL, 0);
        steps.judgement.verdicts[0].severity = PL_SEVERITY_CALM;
        fake.is_alive = false;
        run();
        assert_true(test.has_run);
        assert_alarms(0, NULL, 0);
}

static void one_that_was_left_behind_is_removed_first(void **state)
{
        (void) state;
        look_and_rank();
        test_tree_mkdir(&tree, SCRATCH);
        run();
        assert_int_equal(fake.kills, 1);
        assert_int_equal(fake.begun, 1);
        assert_false(pl_selftest_is_unfit(&test));
        assert_false(has_scratch());
}

static void one_that_cannot_be_removed_is_not_used(void **state)
{
        (void) state;
        look_and_rank();
        test_tree_mkdir(&tree, SCRATCH);
        test_tree_mkdir(&tree, SCRATCH "/somebody");
        run();
        assert_int_equal(fake.begun, 0);
        assert_int_equal(test.untried_error, EEXIST);
        assert_false(pl_selftest_is_unfit(&test));
        assert_int_equal(unlinkat(tree.fd, SCRATCH "/somebody", AT_REMOVEDIR), 0);
        now += PERIOD;
        run();
        assert_int_equal(fake.begun, 1);
        assert_int_equal(test.untried_error, 0);
}

static void where_no_cgroup_may_be_made_nobody_can_be_killed(void **state)
{
        static const int errors[] = { EROFS, EACCES, EPERM };

        (void) state;
        look_and_rank();
        for (unsigned i = 0; i < PL_ARRAY_LENGTH(errors); i++) {
                fake.mkdir_error = errors[i];
                run();
                assert_alarms(i + 1, "making and filling the cgroup of a child of its own",
                              errors[i]);
                now += PL_SELFTEST_RETRY_USEC;
        }
        assert_int_equal(fake.begun, 0);
}

static void where_there_is_no_place_for_a_cgroup_the_rest_counts(void **state)
{
        (void) state;
        look_and_rank();
        fake.mkdir_error = EAGAIN;
        run();
        assert_int_equal(test.untried_error, EAGAIN);
        fake.mkdir_error = 0;
        say_where("not/here");
        now += PERIOD;
        run();
        assert_int_equal(test.untried_error, ENOENT);
        assert_int_equal(fake.begun, 0);
        assert_false(pl_selftest_is_unfit(&test));
        assert_int_equal(fake.tried_count, 4);
}

static void in_a_tree_that_stands_in_for_one_nobody_is_killed(void **state)
{
        (void) state;
        look_and_rank();
        fake.is_unified = false;
        run();
        assert_int_equal(fake.begun, 0);
        assert_int_equal(test.untried_error, EOPNOTSUPP);
        assert_false(pl_selftest_is_unfit(&test));
}

static void the_end_of_the_daemon_ends_the_child(void **state)
{
        (void) state;
        look_and_rank();
        fake.is_alive = true;
        while (test.phase != PL_SELFTEST_BURIES)
                turn();
        pl_selftest_done(&test);
        assert_true(fake.was_given_up);
        assert_false(has_scratch());
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
        const struct CMUnitTest tests[] = {
                TEST(nothing_is_tried_before_it_is_known_who_is_there),
                TEST(nobody_is_tried_while_the_host_is_short_or_somebody_is_acted_on),
                TEST(what_is_put_off_begins_anew),
                TEST(it_is_tested_again_when_the_period_is_over),
                TEST(the_first_of_the_ranking_are_tried_and_nobody_who_is_protected),
                TEST(who_is_gone_or_empty_says_nothing),
                TEST(where_there_is_nobody_the_child_is_all),
                TEST(what_fails_is_an_alarm_and_tried_each_minute),
                TEST(the_first_thing_that_fails_is_the_one_that_is_told),
                TEST(one_that_has_left_the_board_is_told_without_its_name),
                TEST(well_from_the_beginning_nothing_is_said),
                TEST(the_child_has_a_cgroup_below_our_own_that_is_removed),
                TEST(a_child_that_does_not_die_is_given_up),
                TEST(one_that_does_not_die_while_the_host_is_short_says_nothing),
                TEST(one_that_was_left_behind_is_removed_first),
                TEST(one_that_cannot_be_removed_is_not_used),
                TEST(where_no_cgroup_may_be_made_nobody_can_be_killed),
                TEST(where_there_is_no_place_for_a_cgroup_the_rest_counts),
                TEST(in_a_tree_that_stands_in_for_one_nobody_is_killed),
                TEST(the_end_of_the_daemon_ends_the_child),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
