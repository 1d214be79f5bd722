/* SPDX-License-Identifier: Apache-2.0 */

/* What match makes of somebody who lives here: found by pid, path and name in trees that stand in for those of the kernel,
 * and held against what a daemon has in force. What it says is held against tests/fixtures/match/live-NAME.
 */

#include "cli/match.h"

#include "cli/verb.h"
#include "host/cgroups.h"
#include "journal/place.h"
#include "plimsoll/base/clock.h"
#include "plimsoll/policy/print.h"

#define ID "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define LONG                                                                                       \
        "a-name-of-ninety-and-more-bytes-so-that-two-of-them-are-longer-than-the-board-has-room-"  \
        "for-in-a-path"
#define HOSTILE "two\nlines\x1B[2J\xFF.service"

static struct test_tree cgroups, processes;
static struct test_stage stage;
static struct pl_roots roots;

static void process_make(const char *pid, const char *flags, const char *cgroup)
{
        char path[64], stat[256];

        test_tree_mkdir(&processes, pid);
        (void) snprintf(path, sizeof path, "%s/stat", pid);
        (void) snprintf(stat, sizeof stat,
                        "%s (name) S 1 1 1 0 -1 %s 0 0 0 0 1 1 0 0 20 0 1 0 100 0 0 0 0 0\n", pid,
                        flags);
        test_tree_put(&processes, path, stat);
        if (!cgroup)
                return;
        (void) snprintf(path, sizeof path, "%s/cgroup", pid);
        test_tree_put(&processes, path, cgroup);
}

static void make_processes(void)
{
        process_make("812", "4194560", "0::/system.slice/mailer.service\n");
        process_make("813", "4194560",
                     "12:memory:/elsewhere\n1:name=systemd:/elsewhere\n"
                     "0::/system.slice/docker-" ID ".scope/init\n");
        process_make("2", "2129984", "0::/\n");
        process_make("3", "4194560", "0::/\n");
        process_make("4", "4194560", "0::/../../host.slice\n");
        process_make("5", "4194560", "0::/system.slice/old.service (deleted)\n");
        process_make("6", "4194560", "0::/system.slice/odd.service (deleted)\n");
        process_make("7", "4194560", "4:memory:/elsewhere\n");
        process_make("8", "4194560", "no colon\n");
        process_make("9", "4194560", "0::/system.slice/nowhere.service\n");
        process_make("10", "4194560", NULL);
}

static void make_cgroups(void)
{
        static const char *const paths[] = {
                "init.scope",
                "system.slice",
                "system.slice/mailer.service",
                "system.slice/mailer.service/inside",
                "system.slice/docker-" ID ".scope",
                "system.slice/docker-" ID ".scope/init",
                "system.slice/odd.service (deleted)",
                "system.slice/" HOSTILE,
                LONG ".slice",
                LONG ".slice/" LONG ".service",
                "plimsoll.slice",
                "plimsoll.slice/plimsoll-batch.slice",
                "plimsoll.slice/plimsoll-batch.slice/report.service",
        };

        cgroup_put(&cgroups, ".", "cgroup.procs", "");
        for (size_t i = 0; i < PL_ARRAY_LENGTH(paths); i++)
                cgroup_make(&cgroups, paths[i]);
}

/* ---- the journal of a daemon ---- */

static void put_row(struct pl_journal_writer *writer, uint32_t index, const char *path,
                    const char *name, const char *profile)
{
        struct pl_journal_row row = { .id = cgroup_id(&cgroups, path),
                                      .kind = PL_WORKLOAD_SERVICE,
                                      .runtime = PL_RUNTIME_SYSTEMD,
                                      .profile = profile ? 1 : UINT32_MAX };
        char whole[PL_CGROUP_PATH_MAX];

        (void) snprintf(whole, sizeof whole, "/%s", path);
        pl_journal_set_text(row.name, sizeof row.name, pl_span_of(name));
        pl_journal_set_text(row.profile_name, sizeof row.profile_name,
                            pl_span_of(profile ? profile : ""));
        pl_journal_set_path(row.path, sizeof row.path, pl_span_of(whole));
        assert_int_equal(pl_journal_put_row(writer, index, &row), 0);
}

/* Of a daemon that lives: this process. */
static void make_journal(const struct pl_journal_policy *in_force,
                         const struct pl_journal_policy *refused)
{
        struct pl_journal_writer writer;
        struct pl_journal_state state = {
                .pid = (uint32_t) getpid(),
                .phase = PL_JOURNAL_RUNNING,
                .started_usec = pl_clock_now_usec(),
        };

        place_empty();
        writer = place_writer(NULL);
        state.in_force = in_force ? *in_force : (struct pl_journal_policy){ .digest = { 1 } };
        state.refused = refused ? *refused : (struct pl_journal_policy){};
        pl_journal_put_state(&writer, &state);
        pl_journal_put_heartbeat(&writer, pl_clock_now_usec());
        put_row(&writer, 0, "system.slice/mailer.service", "mailer", "worker");
        put_row(&writer, 1, LONG ".slice/" LONG ".service", "long", NULL);
        put_row(&writer, 2, "plimsoll.slice/plimsoll-batch.slice/report.service", "report",
                "batch");
        put_row(&writer, 3, "system.slice/" HOSTILE, "hostile", NULL);
        pl_journal_writer_close(&writer);
}

/* ---- asking ---- */

static const struct test_file files[TEST_FILES_MAX] = {
        { "p/20-batch.json", "{ \"profile\": \"batch\", \"match\": [\n"
                             "  { \"slice\": \"plimsoll-batch.slice\", \"owner\": \"any\" },\n"
                             "  { \"xattr\": \"user.plimsoll.profile=batch\" } ] }\n" },
        { "p/30-worker.json", "{ \"profile\": \"worker\", \"match\": [\n"
                              "  { \"unit\": \"*.service\", \"owner\": \"any\" } ] }\n" },
        { "p/host.json", "{ \"host\": \"default\", \"protect\": [\n"
                         "  { \"unit\": \"mailer.service\", \"owner\": \"any\" } ] }\n" },
        { "bad/10-bad.json", "{ \"profile\": \"bad\", \"mach\": [] }\n" },
};

static const char *journal_option(void)
{
        static char option[128];

        (void) snprintf(option, sizeof option, "--journal=%s/journal", place_path);
        return option;
}

static const char *policy_option = "--policy=p";
static int state_fd = -1;

/* As the verb does it, but in our trees. */
static struct test_answer ask(const char *operand, bool json)
{
        static char buffer[PL_CLI_OUT_MAX];
        static struct pl_cli_policy memory;
        _cleanup_(pl_cli_cleanup_policy) struct pl_cli_policy *policy = &memory;
        const struct pl_cli_verb *const verbs[] = { &pl_cli_verb_match, NULL };
        const char *arguments[] = { "plimsoll",    "match",          operand,
                                    policy_option, journal_option(), "--json" };
        struct test_answer answer;
        struct pl_text out;
        struct pl_cli cli = {
                .verbs = verbs, .style = { .unicode = true }, .out = &out, .emit = test_collect
        };

        memory = (struct pl_cli_policy){};
        pl_text_init(&out, buffer, sizeof buffer);
        pl_text_init(&answer.out, test_out, sizeof test_out);
        pl_text_init(&answer.words, test_words, sizeof test_words);
        cli.words = &answer.words;
        cli.emit_data = &answer.out;
        assert_int_equal(pl_cli_parse(&cli, json ? 6 : 5, arguments), PL_CLI_FINE);
        answer.exit_code = pl_match_living(&cli, &roots, state_fd, policy);
        assert_int_equal(pl_cli_flush(&cli), 0);
        assert_false(answer.words.cut);
        return answer;
}

/* ---- who is found ---- */

static const struct found {
        const char *operand;
        const char *path; /* of the workload */
        enum pl_cli_exit exit_code;
} found[] = {
        { "812", "/system.slice/mailer.service", PL_CLI_FINE },
        { "/system.slice/mailer.service", "/system.slice/mailer.service", PL_CLI_FINE },
        { "//system.slice/./mailer.service/", "/system.slice/mailer.service", PL_CLI_FINE },
        { "/system.slice/mailer.service/inside", "/system.slice/mailer.service", PL_CLI_FINE },
        { "/sys/fs/cgroup/system.slice/mailer.service", "/system.slice/mailer.service",
          PL_CLI_FINE },
        { "worker/mailer", "/system.slice/mailer.service", PL_CLI_FINE },
        { "mailer", "/system.slice/mailer.service", PL_CLI_FINE },
        { "813", "/system.slice/docker-" ID ".scope", PL_CLI_NOT_FOUND },
        { "6", "/system.slice/odd.service (deleted)", PL_CLI_NOT_FOUND },
        { "long", "/" LONG ".slice/" LONG ".service", PL_CLI_FINE },
        { "batch/report", "/plimsoll.slice/plimsoll-batch.slice/report.service", PL_CLI_FINE },
        { "/init.scope", "/init.scope", PL_CLI_NOT_FOUND },
};

static void each_way_leads_to_the_workload(void **state)
{
        (void) state;
        make_journal(NULL, NULL);
        for (size_t i = 0; i < PL_ARRAY_LENGTH(found); i++) {
                struct test_answer answer = ask(found[i].operand, true);
                char wanted[PL_CGROUP_PATH_MAX];

                if (answer.words.length > 0)
                        fail_msg("row \"%s\": %s", found[i].operand, answer.words.data);
                assert_row(found[i].operand, answer.exit_code == found[i].exit_code);
                (void) snprintf(wanted, sizeof wanted, "\"path\": \"%s\"", found[i].path);
                if (!strstr(answer.out.data, wanted))
                        fail_msg("row \"%s\": %s", found[i].operand, answer.out.data);
        }
}

static const struct lost {
        const char *operand;
        enum pl_cli_exit exit_code;
        const char *words; /* a part of them */
} lost[] = {
        { "2", PL_CLI_NOT_FOUND, "process 2 is a thread of the kernel, which belongs to nobody" },
        { "3", PL_CLI_NOT_FOUND, "/ (of process 3) is the root, which belongs to nobody" },
        { "4", PL_CLI_NOT_FOUND, "/../../host.slice lies above the root of the cgroups" },
        { "5", PL_CLI_NOT_FOUND, "process 5 lives in a cgroup that was removed" },
        { "7", PL_CLI_HOST_CANNOT,
          "process 7 is in no cgroup of version 2\n\xE2\x86\x92 plimsoll" },
        { "8", PL_CLI_FAILED, "process 8 has a cgroup file that is not understood" },
        { "9", PL_CLI_NOT_FOUND, "there is no cgroup /system.slice/nowhere.service" },
        { "4194304", PL_CLI_NOT_FOUND, "there is no process 4194304, or it is hidden from you" },
        { "4194305", PL_CLI_NOT_FOUND,
          "plimsoll: 4194305 is nobody: no process has that number, and no workload that name\n" },
        { "0", PL_CLI_NOT_FOUND, "0 is nobody: no process has that number" },
        { "99999999999999999999", PL_CLI_NOT_FOUND, "99999999999999999999 is nobody: no process" },
        { "system.slice", PL_CLI_NOT_FOUND, "'system.slice' is a slice, which holds" },
        { "/", PL_CLI_NOT_FOUND, "/ is the root, which belongs to nobody" },
        { "/sys/fs/cgroup", PL_CLI_NOT_FOUND, "/ is the root, which belongs to nobody" },
        { "/sys/fs/cgroups", PL_CLI_NOT_FOUND, "there is no cgroup /sys/fs/cgroups" },
        { "/system.slice", PL_CLI_NOT_FOUND, "/system.slice is no workload: it holds workloads" },
        { "/system.slice/mialer.service", PL_CLI_NOT_FOUND,
          "Did you mean '/system.slice/mailer.service'?" },
        { "/sytem.slice/mailer.service", PL_CLI_NOT_FOUND, "Did you mean '/system.slice'?" },
        { "/system.slice/mailer.service/inisde", PL_CLI_NOT_FOUND,
          "Did you mean '/system.slice/mailer.service/inside'?" },
        { "/zzzzzz", PL_CLI_NOT_FOUND, "'systemd-cgls' shows" },
        { "/a/../../etc", PL_CLI_NOT_FOUND, "lies above the root" },
        { "/system.slice/x\x1B[2J\n", PL_CLI_NOT_FOUND, "no cgroup /system.slice/x?[2J?\n" },
        { "/" LONG LONG LONG, PL_CLI_NOT_FOUND, "there is no cgroup /a-name" },
        { "mialer", PL_CLI_NOT_FOUND, "Did you mean 'worker/mailer'?" },
};

static void what_is_nobody_is_explained(void **state)
{
        (void) state;
        make_journal(NULL, NULL);
        for (size_t i = 0; i < PL_ARRAY_LENGTH(lost); i++) {
                struct test_answer answer = ask(lost[i].operand, false);

                if (!strstr(answer.words.data, lost[i].words))
                        fail_msg("row \"%s\": %s", lost[i].operand, answer.words.data);
                assert_row(lost[i].operand, answer.exit_code == lost[i].exit_code);
                assert_row(lost[i].operand, answer.out.length == 0);
                assert_row(lost[i].operand, !strchr(answer.words.data, '\x1B'));
        }
}

static void a_path_of_pages_is_no_path(void **state)
{
        static char path[3 * PL_CGROUP_PATH_MAX];
        struct test_answer answer;

        (void) state;
        for (size_t i = 0; i < sizeof path - 1; i++)
                path[i] = i % 100 == 0 ? '/' : 'x';
        answer = ask(path, false);
        assert_int_equal(answer.exit_code, PL_CLI_NOT_FOUND);
        assert_non_null(strstr(answer.words.data, "... is longer than any path"));
        assert_true(answer.words.length < 1024);
}

/* Under the same path another one has come to be, and the journal is older than that. */
static void who_was_replaced_is_not_taken_for_the_other(void **state)
{
        struct test_answer answer;

        (void) state;
        if (!cgroups_have_ids(&cgroups))
                skip();
        make_journal(NULL, NULL);
        cgroup_drop(&cgroups, "plimsoll.slice/plimsoll-batch.slice/report.service");
        cgroup_make(&cgroups, "plimsoll.slice/plimsoll-batch.slice/report.service");
        answer = ask("batch/report", false);
        assert_int_equal(answer.exit_code, PL_CLI_NOT_FOUND);
        assert_non_null(strstr(answer.words.data, "report.service has gone, or is another one"));
}

static void without_a_daemon_a_path_is_enough(void **state)
{
        struct test_answer answer;

        (void) state;
        place_empty();
        answer = ask("812", false);
        assert_int_equal(answer.exit_code, PL_CLI_FINE);
        assert_int_equal(answer.words.length, 0);
        assert_null(strstr(answer.out.data, "plimsolld"));
        answer = ask("812", true);
        assert_non_null(strstr(answer.out.data, "\"daemon\": null"));
        answer = ask("mailer", false);
        assert_int_equal(answer.exit_code, PL_CLI_NO_DAEMON);
        assert_null(strstr(answer.words.data, "systemctl"));
        assert_non_null(strstr(answer.words.data, "or a pid, can be looked at without it.\n"));
}

#define DOCKER_PLACE "var/lib/docker/containers/" ID

static const char docker_text[] =
        "{\"ID\":\"" ID "\",\"Name\":\"/shop\",\"Config\":{\"Image\":\"shop:1\",\"Labels\":{}}}";

/* From the files of its runtime, which are root's. */
static void what_a_container_is_called(void **state)
{
        static const char *const parts[] = { "var", "var/lib", "var/lib/docker",
                                             "var/lib/docker/containers", (DOCKER_PLACE) };
        struct test_answer answer;
        struct test_tree tree;

        (void) state;
        if (geteuid() != 0)
                skip();
        place_empty();
        test_tree_make(&tree);
        state_fd = tree.fd;
        answer = ask("813", false);
        assert_non_null(strstr(answer.out.data, "known by its cgroup alone"));
        for (size_t i = 0; i < PL_ARRAY_LENGTH(parts); i++)
                test_tree_mkdir(&tree, parts[i]);
        test_tree_put(&tree, DOCKER_PLACE "/config.v2.json", docker_text);
        answer = ask("813", false);
        assert_non_null(strstr(answer.out.data, "process 813 lives in shop, a container at"));
        assert_non_null(strstr(answer.out.data, "Its image is shop:1."));
        answer = ask("813", true);
        assert_non_null(strstr(answer.out.data, "\"container\": \"shop\""));
        test_tree_put(&tree, DOCKER_PLACE "/config.v2.json", "{");
        answer = ask("813", false);
        assert_non_null(strstr(answer.out.data, "understood"));
        state_fd = -1;
        test_tree_remove(&tree);
}

static void files_that_are_refused_leave_what_is_in_force(void **state)
{
        static const struct pl_journal_policy none = {};
        struct test_answer answer;

        (void) state;
        policy_option = "--policy=bad";
        make_journal(NULL, NULL);
        answer = ask("mailer", false);
        assert_int_equal(answer.exit_code, PL_CLI_POLICY);
        assert_int_equal(answer.out.length, 0);
        assert_non_null(strstr(answer.words.data, "bad/10-bad.json:1:"));
        assert_non_null(strstr(answer.words.data,
                               "\nSuch files are refused, and nothing is matched. "
                               "plimsolld has a policy in force,\n"
                               "by which this workload has the profile worker.\n"));
        make_journal(&none, NULL);
        answer = ask("812", true);
        assert_int_equal(answer.exit_code, PL_CLI_POLICY);
        assert_non_null(strstr(answer.words.data, "plimsolld has no policy"));
        place_empty();
        answer = ask("812", false);
        assert_int_equal(answer.exit_code, PL_CLI_POLICY);
        assert_null(strstr(answer.words.data, "plimsolld"));
}

static int with_good_files_again(void **state)
{
        (void) state;
        policy_option = "--policy=p";
        return 0;
}

static void without_cgroups_nobody_lives_here(void **state)
{
        struct pl_roots here = roots;
        struct test_answer answer;

        (void) state;
        roots.cgroup_fd = -1;
        answer = ask("812", false);
        roots = here;
        assert_int_equal(answer.exit_code, PL_CLI_HOST_CANNOT);
}

static void named_and_described_is_too_much(void **state)
{
        static const char *const words[TEST_WORDS_MAX] = { "mailer", "--describe=unit=x" };
        struct test_answer answer;

        (void) state;
        answer = test_run(&pl_cli_verb_match, (struct pl_cli_style){}, words);
        assert_int_equal(answer.exit_code, PL_CLI_USAGE);
        assert_non_null(strstr(answer.words.data, "either named or described, not both"));
}

/* ---- what is said ---- */

static const struct golden {
        const char *name, *operand;
        enum pl_cli_exit exit_code;
} goldens[] = {
        { "process", "812", PL_CLI_FINE },
        { "container", "813", PL_CLI_NOT_FOUND },
        { "vital", "/init.scope", PL_CLI_NOT_FOUND },
        { "slice", "report", PL_CLI_FINE },
        { "hostile", "hostile", PL_CLI_FINE },
};

static void each_is_told_as_it_was(void **state)
{
        (void) state;
        if (geteuid() != 0)
                skip(); /* the trees are another user's, and so is what is said of them */
        make_journal(NULL, NULL);
        for (size_t i = 0; i < PL_ARRAY_LENGTH(goldens); i++) {
                struct test_answer answer = ask(goldens[i].operand, false);
                char name[64];

                (void) snprintf(name, sizeof name, "match/live-%s.txt", goldens[i].name);
                test_compare(pl_text_span(&answer.out), name);
                assert_row(goldens[i].name, !strchr(answer.out.data, '\x1B'));
                assert_row(goldens[i].name, answer.exit_code == goldens[i].exit_code);
        }
}

/* ---- what the daemon has ---- */

static const struct in_force {
        const char *words; /* all of them */
        bool is_own_policy;
        const char *profile; /* that it has; the files say worker */
        struct pl_match_daemon daemon;
} in_force[] = {
        { "", false, NULL, { .is_same_policy = true } },
        { "plimsolld has the same in force.",
          false,
          "worker",
          { .is_here = true, .is_same_policy = true, .has_row = true } },
        { "plimsolld has this policy in force, by which this workload has the profile batch: what "
          "it saw of it was otherwise. 'systemctl reload plimsolld' makes it look again.",
          false,
          "batch",
          { .is_here = true, .is_same_policy = true, .has_row = true } },
        { "plimsolld has this policy in force, and does not know this workload yet.",
          false,
          NULL,
          { .is_here = true, .is_same_policy = true } },
        { "plimsolld has refused these files and has an older policy in force, by which this "
          "workload has no profile. It was refused for: a.json:1:2: bad",
          false,
          NULL,
          { .is_here = true,
            .has_refused = true,
            .has_row = true,
            .in_force.digest = { 1 },
            .refused.words = "a.json:1:2: bad" } },
        { "plimsolld has not taken these files and has another policy in force, by which this "
          "workload has the profile worker. 'plimsoll events --type=policy-refused' may say why.",
          false,
          "worker",
          { .is_here = true, .has_row = true, .in_force.digest = { 1 } } },
        { "plimsolld has refused these files and has no policy in force. It was refused for: "
          "a.json:1:2: bad",
          false,
          NULL,
          { .is_here = true,
            .has_refused = true,
            .has_row = true,
            .refused.words = "a.json:1:2: bad" } },
        { "plimsolld has no policy in force.", true, NULL, { .is_here = true, .has_row = true } },
        { "plimsolld has another policy in force, by which this workload has the profile batch.",
          true,
          "batch",
          { .is_here = true, .has_row = true, .in_force.digest = { 1 } } },
};

static void what_is_in_force_is_told(void **state)
{
        static const struct pl_document document = { .profile.name = "worker" };
        static const struct pl_document *profiles[] = { &document };
        const struct pl_policy policy = { .profile_count = 1, .profiles = profiles };
        struct pl_text text;
        char buffer[1024];

        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(in_force); i++) {
                struct pl_match_daemon daemon = in_force[i].daemon;
                const struct pl_match match = { .policy = &policy,
                                                .daemon = &daemon,
                                                .is_own_policy = in_force[i].is_own_policy };

                daemon.row.profile = in_force[i].profile ? 0 : UINT32_MAX;
                if (in_force[i].profile)
                        strcpy(daemon.row.profile_name, in_force[i].profile);
                pl_text_init(&text, buffer, sizeof buffer);
                pl_match_add_daemon(&text, &match);
                assert_string_equal(buffer, in_force[i].words);
        }
}

static void digest_of_files(uint8_t digest[PL_SHA256_BYTES])
{
        static struct pl_cli_policy policy;
        struct pl_text words;
        char buffer[256];
        struct pl_cli cli = { .words = &words, .operand_count = 1, .operands = { "p" } };

        policy = (struct pl_cli_policy){};
        pl_text_init(&words, buffer, sizeof buffer);
        assert_int_equal(pl_cli_policy_read(&cli, &policy), PL_CLI_FINE);
        pl_policy_digest(policy.policy, digest);
        pl_cli_policy_done(&policy);
}

static void the_policy_is_known_by_its_digest(void **state)
{
        struct pl_journal_policy ours = {};
        struct test_answer answer;

        (void) state;
        digest_of_files(ours.digest);
        make_journal(&ours, NULL);
        answer = ask("812", true);
        assert_non_null(strstr(answer.out.data, "\"same_policy\": true"));
        assert_non_null(strstr(answer.out.data, "\"agrees\": true"));
        answer = ask("812", false);
        assert_non_null(strstr(answer.out.data, "\nplimsolld has the same in force.\n"));
        strcpy(ours.words, "a.json:1:1: too much");
        make_journal(NULL, &ours);
        answer = ask("812", true);
        assert_non_null(strstr(answer.out.data, "\"same_policy\": false"));
        assert_non_null(strstr(answer.out.data, "\"refused_for\": \"a.json:1:1: too much\""));
}

static int set_up(void **state)
{
        (void) umask(022);
        (void) place_set_up(state);
        cgroups_make(&cgroups);
        test_tree_make(&processes);
        make_cgroups();
        make_processes();
        roots = (struct pl_roots){ cgroups.fd, processes.fd, -1, -1 };
        test_enter(&stage, files);
        return 0;
}

static int tear_down(void **state)
{
        test_leave(&stage);
        test_tree_remove(&cgroups);
        test_tree_remove(&processes);
        return place_tear_down(state);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(each_way_leads_to_the_workload),
                cmocka_unit_test(what_is_nobody_is_explained),
                cmocka_unit_test(a_path_of_pages_is_no_path),
                cmocka_unit_test(without_a_daemon_a_path_is_enough),
                cmocka_unit_test(what_a_container_is_called),
                cmocka_unit_test_teardown(files_that_are_refused_leave_what_is_in_force,
                                          with_good_files_again),
                cmocka_unit_test(without_cgroups_nobody_lives_here),
                cmocka_unit_test(named_and_described_is_too_much),
                cmocka_unit_test(each_is_told_as_it_was),
                cmocka_unit_test(what_is_in_force_is_told),
                cmocka_unit_test(the_policy_is_known_by_its_digest),
                cmocka_unit_test(who_was_replaced_is_not_taken_for_the_other),
        };

        return cmocka_run_group_tests(tests, set_up, tear_down);
}
