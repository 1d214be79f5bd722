/* SPDX-License-Identifier: Apache-2.0 */

/* The oom_score_adj on the board: that of processes wherever they are, and not known where none can be asked. */

#include "daemon/rig.h"

static const char web_policy[] =
        "// origin: 10-web.json\n"
        "{ \"profile\": \"web\", \"match\": [ { \"unit\": \"web*.service\", " RIG_OWNER " } ],\n"
        "  \"oom\": { \"score_adj\": 500 } }\n";

static void start(void)
{
        rig_start(&(struct rig_options){});
        rig_set_policy(rig_policy(web_policy));
}

/* At all turns of what is slow. */
static void look_everywhere(void)
{
        for (int i = 0; i < PL_BOARD_SLOW_EVERY; i++)
                rig_look();
}

/* NULL: it cannot be asked. */
static void make_process(const char *pid, const char *score_adj)
{
        char path[64];

        test_tree_mkdir(&proc, pid);
        (void) snprintf(path, sizeof path, "%s/stat", pid);
        test_tree_put(&proc, path, "1 (x) S\n");
        (void) snprintf(path, sizeof path, "%s/oom_score_adj", pid);
        if (score_adj)
                test_tree_put(&proc, path, score_adj);
}

static void put_in(const char *path, const char *pids)
{
        cgroup_put(&tree, path, "cgroup.procs", pids);
}

static void assert_score(const char *path, int32_t score_adj)
{
        const struct pl_journal_row row = rig_row(path);

        assert_row(path, row.flags & PL_CGROUP_SCORE_KNOWN);
        assert_row(path, row.score_adj == score_adj);
        assert_row(path, row.order == (row.flags & PL_CGROUP_PROFILE ? 500 : score_adj));
}

static void assert_unknown(const char *path)
{
        const struct pl_journal_row row = rig_row(path);

        assert_row(path, !(row.flags & PL_CGROUP_SCORE_KNOWN));
        assert_row(path, row.score_adj == 0);
        assert_row(path, row.order == (row.flags & PL_CGROUP_PROFILE ? 500 : 0));
}

/* What its processes have is shown, and counts where no profile says more; they set it after they were started. */
static void it_is_followed(void **state)
{
        (void) state;
        rig_make("x.service");
        rig_make("web.service");
        put_in("x.service", "41\n42\n43\n");
        put_in("web.service", "42\n");
        make_process("42", "300\n");
        start();
        rig_look();
        assert_score("/x.service", 300);
        assert_score("/web.service", 300);
        test_tree_put(&proc, "42/oom_score_adj", "-900\n");
        look_everywhere();
        assert_score("/x.service", -900);
        assert_score("/web.service", -900);
        rig_compare();

        /* Empty, and then not: at once. */
        put_in("x.service", "");
        cgroup_put(&tree, "x.service", "cgroup.events", "populated 0\nfrozen 0\n");
        rig_look();
        assert_unknown("/x.service");
        put_in("x.service", "42\n");
        cgroup_put(&tree, "x.service", "cgroup.events", "populated 1\nfrozen 0\n");
        rig_look();
        assert_score("/x.service", -900);
        rig_compare();
}

/* As under hidepid, in another namespace of pids, and of those that have just ended. */
static void who_does_not_answer_is_not_taken_for_0(void **state)
{
        static const char *const texts[] = { NULL, "", "rubbish\n", "1001\n" };

        (void) state;
        rig_make("x.service");
        rig_make("web.service");
        rig_make("foreign.service");
        put_in("x.service", "41\n42\n");
        put_in("web.service", "42\n");
        put_in("foreign.service", "0\n0\n");
        make_process("42", NULL);
        start();
        for (size_t i = 0; i < PL_ARRAY_LENGTH(texts); i++) {
                if (texts[i])
                        test_tree_put(&proc, "42/oom_score_adj", texts[i]);
                look_everywhere();
                assert_unknown("/x.service");
                assert_unknown("/web.service");
                assert_unknown("/foreign.service");
                rig_compare();
        }
        test_tree_put(&proc, "42/oom_score_adj", "0\n");
        look_everywhere();
        assert_score("/x.service", 0);
        assert_score("/web.service", 0);
        rig_compare();
}

/* The engine has it with the facts, and is told when it is not known any more. */
static void the_engine_is_told(void **state)
{
        const struct rig_cgroup *known;

        (void) state;
        rig_make("web.service");
        put_in("web.service", "42\n");
        make_process("42", "0\n");
        start();
        rig_look();
        rig_compare();
        known = rig_known(rig_row("/web.service").id);
        assert_non_null(known);
        assert_true(known->facts.flags & PL_CGROUP_SCORE_KNOWN);
        test_tree_put(&proc, "42/oom_score_adj", "");
        look_everywhere();
        rig_compare();
        assert_false(known->facts.flags & PL_CGROUP_SCORE_KNOWN);
        assert_true(known->facts.score_adj == 0 && known->facts.order == 500);
}

/* ---- further down ---- */

/* As with podman and crun, and a systemd in a container. */
static void it_is_found_in_cgroups_below(void **state)
{
        static const char *const below[] = { "container", "container/init.scope",
                                             "container/init.scope/a", "container/init.scope/a/b" };
        char path[PL_CGROUP_PATH_MAX], before[PL_CGROUP_PATH_MAX] = "";

        (void) state;
        rig_make("x.scope");
        make_process("42", "700\n");
        for (size_t i = 0; i < PL_ARRAY_LENGTH(below); i++) {
                (void) snprintf(path, sizeof path, "x.scope/%s", below[i]);
                cgroup_make(&tree, path);
        }
        start();
        for (size_t i = 0; i < PL_ARRAY_LENGTH(below); i++) {
                if (before[0] != '\0')
                        put_in(before, "");
                (void) snprintf(path, sizeof path, "x.scope/%s", below[i]);
                put_in(path, "42\n");
                look_everywhere();
                assert_score("/x.scope", 700);
                assert_int_equal(board.row_count, 1);
                (void) strcpy(before, path);
        }
        put_in(before, "");
        look_everywhere();
        assert_unknown("/x.scope");
        rig_compare();
}

/* Whoever is in it itself speaks for it, also when he does not answer. */
static void those_above_count_first(void **state)
{
        (void) state;
        rig_make("x.scope");
        cgroup_make(&tree, "x.scope/inner");
        put_in("x.scope", "41\n");
        put_in("x.scope/inner", "42\n");
        make_process("41", "-100\n");
        make_process("42", "700\n");
        start();
        rig_look();
        assert_score("/x.scope", -100);
        test_tree_put(&proc, "41/oom_score_adj", "");
        look_everywhere();
        assert_unknown("/x.scope");
}

/* Nor is anything there asked as long as nobody is in it. */
static void an_empty_tree_of_any_size_is_bounded_work(void **state)
{
        char path[PL_CGROUP_PATH_MAX];
        int fds;

        (void) state;
        rig_make("wide.scope");
        rig_make("deep.scope");
        for (unsigned i = 0; i < 200; i++)
                cgroup_make(&tree, rig_name("wide.scope/%u", i));
        (void) strcpy(path, "deep.scope");
        for (unsigned i = 0; i < 40; i++) {
                (void) strcat(path, "/d");
                cgroup_make(&tree, path);
        }
        put_in(path, "42\n"); /* too deep */
        make_process("42", "700\n");
        start();
        rig_look();
        fds = test_open_fds();
        look_everywhere();
        assert_unknown("/wide.scope");
        assert_unknown("/deep.scope");
        assert_int_equal(test_open_fds(), fds);
        for (unsigned i = 0; i < 200; i++)
                put_in(rig_name("wide.scope/%u", i), "42\n");
        look_everywhere();
        assert_score("/wide.scope", 700);
        cgroup_put(&tree, "wide.scope", "cgroup.events", "populated 0\nfrozen 0\n");
        rig_look();
        assert_unknown("/wide.scope");
        rig_compare();
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                RIG_TEST(it_is_followed),
                RIG_TEST(who_does_not_answer_is_not_taken_for_0),
                RIG_TEST(the_engine_is_told),
                RIG_TEST(it_is_found_in_cgroups_below),
                RIG_TEST(those_above_count_first),
                RIG_TEST(an_empty_tree_of_any_size_is_bounded_work),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
