/* SPDX-License-Identifier: Apache-2.0 */

/* The verb over a tree that stands in for cgroups: who goes on, what is said, and with what it exits. */

#include "host/marked.h"
#include "plimsoll/kernel/features.h"
#include "verb.h"

static struct test_tree tree;
static bool is_mounted;

int __wrap_pl_cgroup_mounts_read(int proc_fd, struct pl_file_buffer *buffer,
                                 struct pl_cgroup_mounts *ret_mounts);

int __wrap_pl_cgroup_mounts_read(int proc_fd, struct pl_file_buffer *buffer,
                                 struct pl_cgroup_mounts *ret_mounts)
{
        (void) proc_fd;
        (void) buffer;
        *ret_mounts = (struct pl_cgroup_mounts){};
        if (is_mounted)
                (void) snprintf(ret_mounts->unified_path, sizeof ret_mounts->unified_path, "%s",
                                tree.path);
        return 0;
}

static int set_up(void **state)
{
        (void) state;
        is_mounted = true;
        marked_error = 0;
        cgroups_make(&tree);
        cgroup_make(&tree, "system.slice");
        marked_make(&tree, "system.slice/batch.service", true);
        marked_make(&tree, "system.slice/paused.service", false);
        cgroup_make(&tree, "system.slice/web.service");
        cgroup_put(&tree, "system.slice/web.service", "cgroup.freeze", "0\n");
        return 0;
}

static int tear_down(void **state)
{
        (void) state;
        test_tree_remove(&tree);
        return 0;
}

static bool is_held(void)
{
        return marked_stands_still(&tree, "system.slice/batch.service");
}

static struct test_answer answer;

static void assert_run(enum pl_cli_exit wanted, const char *out, const char *first,
                       const char *second)
{
        const char *const words[TEST_WORDS_MAX] = { first, second };

        answer = test_run(&pl_cli_verb_thaw, (struct pl_cli_style){}, words);
        assert_string_equal(answer.out.data, out);
        assert_int_equal(answer.exit_code, wanted);
}

static void all_whom_we_hold_go_on(void **state)
{
        (void) state;
        assert_run(PL_CLI_FINE, "/system.slice/batch.service would go on\n", "--all", "-n");
        assert_true(is_held());
        assert_run(PL_CLI_FINE, "/system.slice/batch.service goes on\n", "--all", NULL);
        assert_false(is_held());
        assert_true(marked_stands_still(&tree, "system.slice/paused.service"));
        assert_run(PL_CLI_FINE, "Nobody is held still by plimsolld.\n", "-a", NULL);
        assert_string_equal(answer.words.data, "");
}

static void who_is_named_goes_on(void **state)
{
        (void) state;
        assert_run(PL_CLI_FINE, "/system.slice/web.service is held still by nobody\n",
                   "/system.slice/web.service", NULL);
        assert_true(is_held());
        assert_run(PL_CLI_FINE, "/system.slice/batch.service goes on\n",
                   "/sys/fs/cgroup/system.slice/batch.service", NULL);
        assert_false(is_held());
}

static void somebody_elses_stays_so(void **state)
{
        (void) state;
        assert_run(PL_CLI_FAILED, "", "/system.slice/paused.service", NULL);
        assert_string_equal(answer.words.data,
                            "plimsoll: /system.slice/paused.service is held still by somebody "
                            "else, and stays so\n");
        assert_true(marked_stands_still(&tree, "system.slice/paused.service"));
        assert_true(is_held());
}

static void one_above_it_is_named(void **state)
{
        const char *const words[TEST_WORDS_MAX] = { "/paused.slice/app.service", "--json" };

        (void) state;
        marked_make(&tree, "paused.slice", false);
        marked_make(&tree, "paused.slice/app.service", false);
        cgroup_put(&tree, "paused.slice/app.service", "cgroup.freeze", "0\n");
        assert_run(PL_CLI_FAILED, "", "/paused.slice/app.service", "--dry-run");
        assert_run(PL_CLI_FAILED, "", "/paused.slice/app.service", NULL);
        assert_string_equal(answer.words.data, "plimsoll: /paused.slice/app.service is held still "
                                               "through /paused.slice\n");
        answer = test_run(&pl_cli_verb_thaw, (struct pl_cli_style){}, words);
        assert_int_equal(answer.exit_code, PL_CLI_FAILED);
        assert_non_null(strstr(answer.out.data, "\"state\": \"above\",\n"
                                                "      \"reason\": \"it is held still through "
                                                "/paused.slice\"\n"));
        cgroup_put(&tree, "paused.slice", "cgroup.freeze", "0\n");
        assert_run(PL_CLI_FAILED, "", "/paused.slice/app.service", NULL);
        assert_string_equal(answer.words.data, "plimsoll: /paused.slice/app.service stands still, "
                                               "and no cgroup seen here holds it\n");
}

static void nobody_of_that_name_is_not_found(void **state)
{
        (void) state;
        assert_run(PL_CLI_NOT_FOUND, "", "/system.slice/bathc.service", NULL);
        assert_non_null(strstr(answer.words.data, "batch.service"));
        assert_run(PL_CLI_NOT_FOUND, "", "/system.slice/batch.service", "/nobody.slice");
        assert_run(PL_CLI_NOT_FOUND, "", "/system.slice/batch.service", "/");
        /* A name needs a journal, and there is none of a plimsolld. */
        {
                const char *const words[TEST_WORDS_MAX] = { "batch", "--journal=/nowhere/journal" };

                answer = test_run(&pl_cli_verb_thaw, (struct pl_cli_style){}, words);
                assert_int_equal(answer.exit_code, PL_CLI_NO_DAEMON);
        }
        assert_true(is_held());
}

static void what_cannot_be_is_said(void **state)
{
        (void) state;
        assert_run(PL_CLI_USAGE, "", NULL, NULL);
        assert_run(PL_CLI_USAGE, "", "--all", "/system.slice/batch.service");
        assert_true(is_held());
        assert_int_equal(unlinkat(tree.fd, "system.slice/batch.service/cgroup.freeze", 0), 0);
        test_tree_mkdir(&tree, "system.slice/batch.service/cgroup.freeze");
        assert_run(PL_CLI_FAILED, "", "--all", NULL);
        assert_string_equal(answer.words.data, "plimsoll: /system.slice/batch.service cannot be "
                                               "let go: Is a directory\n");
        is_mounted = false;
        assert_run(PL_CLI_HOST_CANNOT, "", "--all", NULL);
        assert_string_equal(answer.words.data,
                            "plimsoll: cgroup v2 is not mounted here\n-> plimsoll doctor\n");
}

static void who_may_not_is_told_how(void **state)
{
        (void) state;
        marked_error = EACCES;
        assert_run(PL_CLI_DENIED, "", "/system.slice/batch.service", NULL);
        assert_string_equal(answer.words.data,
                            "plimsoll: /system.slice/batch.service cannot be let go: you may not "
                            "write it\n-> sudo plimsoll thaw\n");
        assert_true(is_held());
}

static void json_says_the_same(void **state)
{
        const char *const words[TEST_WORDS_MAX] = { "--all", "--json", "--dry-run" };
        char wanted[512];

        (void) state;
        (void) snprintf(wanted, sizeof wanted,
                        "{\n"
                        "  \"schema_version\": 1,\n"
                        "  \"dry_run\": true,\n"
                        "  \"cgroups\": [\n"
                        "    {\n"
                        "      \"path\": \"/system.slice/batch.service\",\n"
                        "      \"cgroup_id\": %llu,\n"
                        "      \"state\": \"held\",\n"
                        "      \"reason\": null\n"
                        "    }\n"
                        "  ],\n"
                        "  \"complete\": true\n"
                        "}\n",
                        (unsigned long long) cgroup_id(&tree, "system.slice/batch.service"));
        answer = test_run(&pl_cli_verb_thaw, (struct pl_cli_style){}, words);
        assert_int_equal(answer.exit_code, PL_CLI_FINE);
        assert_string_equal(answer.out.data, wanted);
}

/* A directory that a user has made is called as he likes. */
static void hostile_names_are_said_clean(void **state)
{
        (void) state;
        marked_make(&tree, "system.slice/\x1b[2J\n.service", true);
        assert_int_equal(unlinkat(tree.fd, "system.slice/batch.service/user.plimsoll.held", 0), 0);
        assert_run(PL_CLI_FINE, "/system.slice/?[2J?.service goes on\n", "--all", NULL);
}

#define THAW_TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
        const struct CMUnitTest tests[] = {
                THAW_TEST(all_whom_we_hold_go_on),
                THAW_TEST(who_is_named_goes_on),
                THAW_TEST(somebody_elses_stays_so),
                THAW_TEST(nobody_of_that_name_is_not_found),
                THAW_TEST(what_cannot_be_is_said),
                THAW_TEST(who_may_not_is_told_how),
                THAW_TEST(one_above_it_is_named),
                THAW_TEST(json_says_the_same),
                THAW_TEST(hostile_names_are_said_clean),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
