/* SPDX-License-Identifier: Apache-2.0 */

/* The board when the policy changes under it: at rest, in the middle of a look, and while somebody cannot be read. */

#include "daemon/rig.h"

enum { CROWD = 100 };

#define MATCHING(file, name, selector)                                                             \
        "// origin: " file ".json\n{ \"profile\": \"" name "\", \"match\": [ { " selector " } ] "  \
        "}\n"
#define PROFILE(file, name, unit) MATCHING(file, name, "\"unit\": \"" unit "\", " RIG_OWNER)
#define ATTRIBUTE(file, name)     MATCHING(file, name, "\"xattr\": \"user.plimsoll.profile=" name "\"")

/* The same workloads, and each number of a profile means another one. */
static const char three[] = PROFILE("10", "other", "other*") PROFILE("20", "even", "c*[02468].*")
        PROFILE("30", "odd", "c*[13579].*");
static const char two[] = PROFILE("10", "odd", "c*[13579].*") PROFILE("20", "rest", "c*");
static const char one[] = PROFILE("10", "odd", "c*[13579].*");

static void make_crowd(void)
{
        for (unsigned i = 0; i < CROWD; i++)
                rig_make(rig_name("c%u.service", i));
}

static void expect_profiles(const char *even, const char *odd)
{
        for (unsigned i = 0; i < CROWD; i++)
                assert_string_equal(rig_row(rig_name("/c%u.service", i)).profile_name,
                                    i % 2 ? odd : even);
        rig_recount();
        rig_compare();
}

static unsigned changes(enum pl_reason reason, const char *to, uint32_t before)
{
        struct pl_journal_cursor cursor = pl_journal_cursor_oldest(&reader, PL_JOURNAL_ACTS);
        static struct pl_journal_act act;
        unsigned count = 0;

        while (pl_journal_next_act(&cursor, &act) == 0)
                count += act.type == PL_JOURNAL_CHANGED && act.workload.reason == reason &&
                         strcmp(act.workload.profile_name, to) == 0 &&
                         act.workload.profile_before == before;
        return count;
}

static unsigned all_changes(void)
{
        struct pl_journal_act act;

        return rig_acts(PL_JOURNAL_CHANGED, &act);
}

/* A step with facts of every one of them, once. */
static void expect_each_told_once(void)
{
        rig_replay();
        assert_int_equal(model_count, CROWD);
        for (size_t i = 0; i < model_count; i++)
                assert_int_equal(model[i].facts_count, 1);
        rig_forget_counts();
}

static void another_policy_matches_everybody_anew(void **state)
{
        (void) state;
        make_crowd();
        rig_start(&(struct rig_options){});
        rig_set_policy(rig_policy(three));
        rig_look();
        expect_profiles("even", "odd");
        assert_int_equal(board.profile_count, CROWD);
        assert_int_equal(all_changes(), 0);
        rig_forget_counts();

        rig_set_policy(rig_policy(two));
        rig_look();
        expect_profiles("rest", "odd");
        expect_each_told_once();
        /* "odd" has another number and is the same. */
        assert_int_equal(changes(PL_REASON_POLICY, "rest", 1), CROWD / 2);
        assert_int_equal(all_changes(), CROWD / 2);

        /* The same policy read again means the same. */
        for (int i = 0; i < PL_BOARD_SLOW_EVERY; i++)
                rig_look();
        rig_replay();
        for (size_t i = 0; i < model_count; i++)
                assert_int_equal(model[i].facts_count, 0);
}

static void a_policy_that_comes_in_the_middle_of_a_look_counts_for_all(void **state)
{
        unsigned pieces = 1;

        (void) state;
        make_crowd();
        rig_start(&(struct rig_options){});
        rig_set_policy(rig_policy(three));
        rig_look();
        for (int i = 0; i < PL_BOARD_SLOW_EVERY; i++)
                rig_look();
        expect_profiles("even", "odd");
        rig_forget_counts();

        assert_true(pl_board_begin(&board, ++now));
        assert_true(pl_board_work(&board, ++now));
        rig_set_policy(rig_policy(one));
        assert_false(pl_board_begin(&board, ++now));
        pieces += rig_work();
        assert_true(pieces <= 2 * CROWD / PL_BOARD_SAMPLES + 4);
        expect_profiles("", "odd");
        expect_each_told_once();
        assert_int_equal(board.profile_count, CROWD / 2);
        assert_int_equal(changes(PL_REASON_POLICY, "", 1), CROWD / 2);
        assert_int_equal(all_changes(), CROWD / 2);
}

/* Some of the updates of a step that is being gathered are of the policy before. */
static void a_step_has_profiles_of_one_policy(void **state)
{
        static struct pl_update updates[PL_STEPS_UPDATES];
        const struct pl_journal_space space = { updates, PL_STEPS_UPDATES, NULL, 0 };
        static const uint32_t counts[] = { 0, 3, 2, 1 };
        struct pl_journal_cursor cursor;
        struct pl_snapshot snapshot;
        unsigned seen = 0;

        (void) state;
        make_crowd();
        rig_start(&(struct rig_options){});
        rig_set_policy(rig_policy(three));
        assert_true(pl_board_begin(&board, ++now));
        assert_true(pl_board_work(&board, ++now));
        rig_set_policy(rig_policy(two));
        assert_true(pl_board_work(&board, ++now));
        rig_set_policy(rig_policy(one));
        rig_work();
        cursor = pl_journal_cursor_oldest(&reader, PL_JOURNAL_SAMPLES);
        while (pl_journal_next_snapshot(&cursor, &space, &snapshot) == 0)
                for (size_t i = 0; i < snapshot.update_count; i++)
                        if (updates[i].kind == PL_UPDATE_FACTS &&
                            updates[i].facts.profile != UINT32_MAX) {
                                assert_true(updates[i].facts.profile < counts[snapshot.policy]);
                                seen |= 1U << snapshot.policy;
                        }
        assert_int_equal(seen, 0xe);
        expect_profiles("", "odd");
}

static void without_a_policy_nobody_has_a_profile(void **state)
{
        (void) state;
        make_crowd();
        rig_start(&(struct rig_options){});
        rig_set_policy(rig_policy(three));
        rig_look();
        rig_set_policy(NULL);
        rig_look();
        expect_profiles("", "");
        assert_int_equal(board.profile_count, 0);
        assert_int_equal(changes(PL_REASON_POLICY, "", 1), CROWD / 2);
        assert_int_equal(changes(PL_REASON_POLICY, "", 2), CROWD / 2);
        rig_set_policy(rig_policy(two));
        rig_look();
        expect_profiles("rest", "odd");
        assert_int_equal(changes(PL_REASON_POLICY, "odd", UINT32_MAX), CROWD / 2);
}

/* Its number of a profile must not outlive the policy, though nothing else of it can be had. */
static void whose_figures_are_rubbish_is_matched_all_the_same(void **state)
{
        static const char *const rubbish[] = { "rubbish\n", "", "-1\n" };

        (void) state;
        rig_make("c1.service");
        rig_start(&(struct rig_options){});
        for (size_t i = 0; i < PL_ARRAY_LENGTH(rubbish); i++) {
                cgroup_put(&tree, "c1.service", "memory.current", "4096\n");
                rig_set_policy(rig_policy(three));
                rig_look();
                assert_int_equal(rig_row("/c1.service").profile, 2);
                cgroup_put(&tree, "c1.service", "memory.current", rubbish[i]);
                rig_set_policy(rig_policy(one));
                rig_look();
                assert_int_equal(rig_row("/c1.service").profile, 0);
                for (int look = 0; look < PL_BOARD_SLOW_EVERY; look++)
                        rig_look();
                rig_compare();
        }
}

/* Somebody behind those who are looked at in the first piece, by the order of the census. */
static const char *last_of_crowd(void)
{
        static char path[PL_CGROUP_PATH_MAX + 1];
        struct pl_text text;
        uint32_t last = 0;

        for (uint32_t i = pl_census_next(&board.census, 1); i != PL_CENSUS_NONE;
             i = pl_census_next(&board.census, i + 1))
                last = i;
        pl_text_init(&text, path, sizeof path);
        pl_census_path(&board.census, last, &text);
        return path;
}

/* The policy changes, and just then one of them cannot be told: with no fd kept, for its path is not there. */
static void who_cannot_be_told_after_a_change_is_asked_again(void **state)
{
        const char *path;
        struct pl_journal_act act;
        unsigned changed;

        (void) state;
        make_crowd();
        rig_start(&(struct rig_options){ .census = { .fds_max = 1, .no_inotify = true } });
        rig_set_policy(rig_policy(three));
        rig_look();
        path = last_of_crowd();
        assert_true(pl_board_begin(&board, ++now));
        do
                assert_true(pl_board_work(&board, ++now));
        while (board.census.cursor != PL_CENSUS_NONE);
        rig_set_policy(rig_policy(two));
        assert_int_equal(renameat(tree.fd, path + 1, tree.fd, "away"), 0);
        rig_work();
        assert_int_equal(renameat(tree.fd, "away", tree.fd, path + 1), 0);
        assert_string_equal(rig_row(path).profile_name, "");
        assert_int_equal(board.profile_count, CROWD - 1);
        rig_recount();
        rig_compare();
        changed = all_changes();

        rig_look();
        expect_profiles("rest", "odd");
        assert_int_equal(rig_acts(PL_JOURNAL_CHANGED, &act), changed + 1);
        assert_string_equal(act.workload.path, path);
        assert_int_equal(act.workload.reason, PL_REASON_POLICY);
        assert_int_equal(act.workload.profile_before, UINT32_MAX);
        assert_int_equal(rig_acts(PL_JOURNAL_GONE, &act), 0);
}

/* News of a state come before the look does: they are of the new policy, and the look need not tell again. */
static void a_state_that_changes_before_the_look_is_of_the_new_policy(void **state)
{
        (void) state;
        if (!cgroups_have_ids(&tree))
                skip();
        rig_make("c1.service");
        cgroup_put(&tree, "c1.service", "cgroup.events", "populated 0\nfrozen 0\n");
        rig_start(&(struct rig_options){});
        if (pl_board_fd(&board) < 0)
                skip();
        rig_set_policy(rig_policy(three));
        rig_look();
        rig_set_policy(rig_policy(one));
        rig_replay();
        rig_forget_counts();
        cgroup_put(&tree, "c1.service", "cgroup.events", "populated 1\nfrozen 0\n");
        rig_work();
        assert_int_equal(rig_row("/c1.service").profile, 0);
        assert_true(rig_row("/c1.service").flags & PL_CGROUP_POPULATED);
        rig_look();
        rig_compare();
        assert_int_equal(rig_known(rig_row("/c1.service").id)->facts_count, 1);
}

/* An attribute if there are any here. */
static void an_attribute_that_changes_is_a_reason(void **state)
{
        struct pl_journal_act act;

        (void) state;
        rig_make("c1.service");
        if (geteuid() != 0 || !rig_set_attribute("c1.service", "blue"))
                skip();
        rig_start(&(struct rig_options){});
        rig_set_policy(rig_policy(ATTRIBUTE("10", "blue") ATTRIBUTE("20", "green")));
        rig_look();
        assert_string_equal(rig_row("/c1.service").profile_name, "blue");
        assert_true(rig_set_attribute("c1.service", "green"));
        for (int i = 0; i < PL_BOARD_SLOW_EVERY; i++)
                rig_look();
        assert_string_equal(rig_row("/c1.service").profile_name, "green");
        assert_int_equal(rig_acts(PL_JOURNAL_CHANGED, &act), 1);
        assert_int_equal(act.workload.reason, PL_REASON_ATTRIBUTE);
        assert_int_equal(act.workload.profile, 1);
        assert_int_equal(act.workload.profile_before, 0);
        rig_compare();

        /* Given to somebody else, it is his word and counts for nothing. */
        assert_int_equal(fchownat(tree.fd, "c1.service", 7, 7, 0), 0);
        for (int i = 0; i < PL_BOARD_SLOW_EVERY; i++)
                rig_look();
        assert_string_equal(rig_row("/c1.service").profile_name, "");
        assert_int_equal(changes(PL_REASON_ATTRIBUTE, "", 1), 1);
        rig_recount();
        rig_compare();
}

/* As who owns the directory that it was made in. */
static void an_owner_that_changes_is_a_reason(void **state)
{
        (void) state;
        if (geteuid() != 0)
                skip();
        rig_make("a.slice");
        rig_make("a.slice/c1.service");
        rig_start(&(struct rig_options){});
        rig_set_policy(rig_policy(MATCHING("10", "roots", "\"unit\": \"c*\"")));
        rig_look();
        assert_string_equal(rig_row("/a.slice/c1.service").profile_name, "roots");
        assert_int_equal(fchownat(tree.fd, "a.slice", 7, 7, 0), 0);
        for (int i = 0; i < PL_BOARD_SLOW_EVERY; i++)
                rig_look();
        assert_string_equal(rig_row("/a.slice/c1.service").profile_name, "");
        assert_int_equal(changes(PL_REASON_ATTRIBUTE, "", 0), 1);
        rig_compare();
}

/* Two looks over each other's policy do not count those without a row twice. */
static void a_look_that_begins_anew_counts_anew(void **state)
{
        unsigned count;

        (void) state;
        rig_start(&(struct rig_options){});
        count = (unsigned) logbook.writer.layout.row_count + 40;
        for (unsigned i = 0; i < count; i++)
                cgroup_make(&tree, rig_name("c%u.service", i));
        rig_set_policy(rig_policy(three));
        rig_look();
        assert_int_equal(board.unlisted_count, 40);
        assert_true(pl_board_begin(&board, ++now));
        while (board.unlisted == 0)
                assert_true(pl_board_work(&board, ++now));
        rig_set_policy(rig_policy(two));
        rig_work();
        assert_int_equal(board.unlisted_count, 40);
        rig_recount();
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                RIG_TEST(another_policy_matches_everybody_anew),
                RIG_TEST(a_policy_that_comes_in_the_middle_of_a_look_counts_for_all),
                RIG_TEST(a_step_has_profiles_of_one_policy),
                RIG_TEST(without_a_policy_nobody_has_a_profile),
                RIG_TEST(whose_figures_are_rubbish_is_matched_all_the_same),
                RIG_TEST(who_cannot_be_told_after_a_change_is_asked_again),
                RIG_TEST(a_state_that_changes_before_the_look_is_of_the_new_policy),
                RIG_TEST(an_attribute_that_changes_is_a_reason),
                RIG_TEST(an_owner_that_changes_is_a_reason),
                RIG_TEST(a_look_that_begins_anew_counts_anew),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
