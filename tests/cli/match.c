/* SPDX-License-Identifier: Apache-2.0 */

/* What match makes of descriptions, and what it says of them: text and JSON are held against tests/fixtures/match/NAME. */

#include "cli/match.h"

#include "cli/verb.h"

/* ---- descriptions ---- */

static const struct {
        const char *name;
        const char *pairs[4];
        const char *words; /* a part of why not */
} refused[] = {
        { "nothing", {}, "match needs a workload\nSuch as 'plimsoll match nginx'" },
        { "no key", { "web" }, "'web' has a key that is not known" },
        { "no key, but a value", { "=web" }, "has a key that is not known" },
        { "an empty one", { "" }, "'' has a key that is not known" },
        { "no value", { "unit" }, "'unit' has no value" },
        { "an empty value", { "unit=" }, "'unit=' has no value" },
        { "a slip", { "lable=x" }, "Did you mean 'label'?" },
        { "a key of Kubernetes without its object",
          { "namespace=x" },
          "Did you mean 'k8s.namespace'?" },
        { "the object", { "k8s=x" }, "not known" },
        { "near to none",
          { "zzzzzz=x" },
          "The keys are path, unit, slice, container, image, label, "
          "runtime, xattr, owner, k8s.namespace, k8s.pod, "
          "k8s.container, k8s.qos.\n" },
        { "a key of the longest name",
          { "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
            "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa=x" },
          "aaa...' has a key" },
        { "a key that moves the cursor", { "\x1B[2J=x" }, "'?[2J=x' has a key" },
        { "a relative path", { "path=system.slice" }, "is no path of a cgroup" },
        { "twice", { "unit=a", "image=x", "unit=b" }, "'unit=b' comes second" },
        { "twice of Kubernetes",
          { "k8s.pod=a", "k8s.qos=BestEffort", "k8s.pod=b" },
          "comes second" },
        { "an unknown runtime", { "runtime=dokcer" }, "Did you mean 'docker'?" },
        { "a runtime near to none",
          { "runtime=x" },
          "There are systemd, docker, podman, containerd, crio, lxc, nspawn.\n" },
        { "a class in small letters", { "k8s.qos=burstable" }, "has a value that is not known" },
        { "a user's name", { "owner=www-data" }, "is no user" },
        { "nobody's number", { "owner=4294967295" }, "is no user" },
        { "a label without a key", { "label==x" }, "names none" },
};

static void a_description_that_makes_no_sense_is_explained(void **state)
{
        struct pl_match_description description;
        char buffer[2048];
        struct pl_text words;

        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(refused); i++) {
                size_t count = 0;

                while (count < 4 && refused[i].pairs[count])
                        count++;
                pl_text_init(&words, buffer, sizeof buffer);
                assert_row(refused[i].name, pl_match_describe(refused[i].pairs, count, &words,
                                                              &description) == PL_CLI_USAGE);
                if (!strstr(buffer, refused[i].words))
                        fail_msg("row \"%s\": %s", refused[i].name, buffer);
                assert_row(refused[i].name, !strchr(buffer, '\x1B'));
                pl_match_description_done(&description);
        }
}

/* Describes, and asserts that it makes sense. */
static void describe(const char *const *pairs, size_t count,
                     struct pl_match_description *description)
{
        char buffer[256];
        struct pl_text words;

        pl_text_init(&words, buffer, sizeof buffer);
        assert_int_equal(pl_match_describe(pairs, count, &words, description), PL_CLI_FINE);
        assert_int_equal(words.length, 0);
}

static void every_key_is_understood(void **state)
{
        static const char *const pairs[] = {
                "path=/a.slice/b",    "unit=u.service",  "slice=s.slice", "container=c",
                "image=r/i:1=2",      "label=k=v=w",     "label=bare",    "label=empty=",
                "runtime=podman",     "k8s.namespace=n", "k8s.pod=p",     "k8s.container=kc",
                "k8s.qos=BestEffort", "xattr=user.x=y",  "xattr=user.z",  "owner=1000",
        };
        struct pl_match_description description;
        const struct pl_workload_identity *identity = &description.identity;

        (void) state;
        describe(pairs, PL_ARRAY_LENGTH(pairs), &description);
        assert_string_equal(identity->path, "/a.slice/b");
        assert_string_equal(identity->unit, "u.service");
        assert_string_equal(identity->slice, "s.slice");
        assert_string_equal(identity->container, "c");
        assert_string_equal(identity->image, "r/i:1=2");
        assert_int_equal(identity->labels.count, 3);
        assert_string_equal(identity->labels.items[0].key, "k");
        assert_string_equal(identity->labels.items[0].value, "v=w");
        assert_string_equal(identity->labels.items[1].key, "bare");
        assert_string_equal(identity->labels.items[1].value, "");
        assert_string_equal(identity->labels.items[2].key, "empty");
        assert_string_equal(identity->labels.items[2].value, "");
        assert_int_equal(identity->runtime, PL_RUNTIME_PODMAN);
        assert_string_equal(identity->k8s_namespace, "n");
        assert_string_equal(identity->k8s_pod, "p");
        assert_string_equal(identity->k8s_container, "kc");
        assert_int_equal(identity->qos, PL_QOS_BEST_EFFORT);
        assert_int_equal(identity->xattrs.count, 2);
        assert_string_equal(identity->xattrs.items[1].key, "user.z");
        assert_int_equal(identity->owner_uid, 1000);
        pl_match_description_done(&description);
}

static void what_is_not_given_is_not_there(void **state)
{
        static const char *const pairs[] = { "container=c" };
        struct pl_match_description description;

        (void) state;
        describe(pairs, 1, &description);
        assert_null(description.identity.path);
        assert_null(description.identity.unit);
        assert_null(description.identity.slice);
        assert_int_equal(description.identity.labels.count, 0);
        assert_int_equal(description.identity.runtime, -1);
        assert_int_equal(description.identity.qos, -1);
        assert_int_equal(description.identity.owner_uid, 0);
        pl_match_description_done(&description);
}

static void as_many_labels_as_there_may_be_options(void **state)
{
        const char *pairs[PL_CLI_REPEATS_MAX];
        struct pl_match_description description;

        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(pairs); i++)
                pairs[i] = "label=k=v";
        pairs[0] = "path=/x.slice/y.service"; /* of which two parts are kept besides */
        describe(pairs, PL_ARRAY_LENGTH(pairs), &description);
        assert_int_equal(description.identity.labels.count, PL_CLI_REPEATS_MAX - 1);
        assert_string_equal(description.identity.unit, "y.service");
        assert_string_equal(description.identity.slice, "x.slice");
        pl_match_description_done(&description);
}

static void a_path_tells_unit_and_slice(void **state)
{
        static const struct {
                const char *path, *unit, *slice;
        } rows[] = {
                { "path=/system.slice/nginx.service", "nginx.service", "system.slice" },
                { "path=/a.slice/a-b.slice/docker-1.scope", "docker-1.scope", "a-b.slice" },
                { "path=/a.slice/u.service/payload", NULL, "a.slice" },
                { "path=/a.slice", NULL, "a.slice" },
                { "path=/docker/1", NULL, NULL },
                { "path=/", NULL, NULL },
                { "path=/a.slice/", NULL, "a.slice" },
        };

        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(rows); i++) {
                struct pl_match_description description;
                const struct pl_workload_identity *identity = &description.identity;

                describe(&rows[i].path, 1, &description);
                assert_row(rows[i].path, !identity->unit == !rows[i].unit);
                assert_row(rows[i].path, !identity->slice == !rows[i].slice);
                if (rows[i].unit)
                        assert_string_equal(identity->unit, rows[i].unit);
                if (rows[i].slice)
                        assert_string_equal(identity->slice, rows[i].slice);
                pl_match_description_done(&description);
        }
}

/* ---- answers ---- */

static const char api[] =
        "{ \"profile\": \"api\",\n"
        "  \"match\": [{ \"label\": \"plimsoll.profile=api\" },\n"
        "    { \"slice\": \"plimsoll-api.slice\", \"owner\": \"1000-1999\" }] }\n";
static const char batch[] = "{ \"profile\": \"batch\",\n"
                            "  \"match\": [{ \"label\": \"plimsoll.profile=batch\" },\n"
                            "    { \"slice\": \"plimsoll-batch.slice\" }] }\n";
static const char cluster[] =
        "{ \"profile\": \"cluster\",\n"
        "  \"match\": [{ \"k8s\": { \"namespace\": \"shop\", \"qos\": \"Burstable\" } },\n"
        "    { \"runtime\": \"crio\", \"owner\": \"any\" },\n"
        "    { \"xattr\": [\"user.tier\", \"user.tier=front*\"] }] }\n";
static const char everybody[] = "{ \"profile\": \"rest\", \"match\": [{ \"path\": \"/**\" }] }\n";
static const char host[] = "{ \"host\": \"default\",\n"
                           "  \"protect\": [{ \"unit\": \"sshd.service\" },\n"
                           "    { \"image\": \"registry/*\" }] }\n";

#define ALL                                                                                        \
        {                                                                                          \
                { "p/10-api.json", api }, { "p/20-batch.json", batch },                            \
                        { "p/30-cluster.json", cluster }, { "p/99-rest.json", everybody },         \
                        { "p/host.json", host },                                                   \
        }

static const struct golden {
        const char *name;
        enum pl_cli_exit exit_code;
        const char *words[TEST_WORDS_MAX];
        struct test_file files[TEST_FILES_MAX];
} goldens[] = {
        { "first-wins",
          PL_CLI_FINE,
          { "--policy=p", "--describe=path=/plimsoll.slice/plimsoll-batch.slice/docker-1.scope",
            "--describe=label=plimsoll.profile=cache", "--describe", "runtime=docker" },
          ALL },
        { "owner",
          PL_CLI_FINE,
          { "--policy=p", "--describe", "slice=plimsoll-api.slice", "--describe", "owner=1234" },
          ALL },
        { "nobody",
          PL_CLI_NOT_FOUND,
          { "--policy=p", "--describe", "container=web", "--describe", "k8s.namespace=shop",
            "--describe", "k8s.qos=BestEffort", "--describe", "xattr=user.tier=back", "--describe",
            "owner=5000" },
          ALL },
        { "protected",
          PL_CLI_FINE,
          { "--policy=p", "--describe=path=/system.slice/sshd.service" },
          ALL },
        { "no-profile",
          PL_CLI_NOT_FOUND,
          { "--policy=p", "--describe", "unit=x" },
          { { "p/host.json", host } } },
        { "json",
          PL_CLI_FINE,
          { "--policy=p", "--json", "--describe", "label=plimsoll.profile=api", "--describe",
            "image=registry/x", "--describe", "k8s.pod=p-1", "--describe", "runtime=crio" },
          ALL },
        { "json-nobody",
          PL_CLI_NOT_FOUND,
          { "--policy=p", "--json", "--describe", "owner=1000" },
          { { "p/10-api.json", api } } },
};

static void each_workload_gets_its_answer(void **state)
{
        struct test_stage stage;

        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(goldens); i++) {
                struct test_answer answer;
                char name[64];

                (void) snprintf(name, sizeof name, "match/%s.txt", goldens[i].name);
                test_enter(&stage, goldens[i].files);
                answer = test_run(&pl_cli_verb_match, (struct pl_cli_style){ .unicode = true },
                                  goldens[i].words);
                test_leave(&stage);
                test_compare(pl_text_span(&answer.out), name);
                if (!strstr(goldens[i].name, "json"))
                        test_assert_tame(goldens[i].name, pl_text_span(&answer.out));
                assert_row(goldens[i].name, answer.exit_code == goldens[i].exit_code);
                assert_row(goldens[i].name, answer.words.length == 0);
        }
}

/* Labels of containers are anybody's, and so is the command line that a script makes of them. */
static void what_is_hostile_is_shown_and_not_obeyed(void **state)
{
        static char label[64 * 1024];
        static const char *const words[TEST_WORDS_MAX] = { "--policy=p", "--describe", label,
                                                           "--describe",
                                                           "slice=\x1B[2J\xFF\xC2\x9B" };
        static const struct test_file files[TEST_FILES_MAX] = ALL;
        struct test_answer answer;
        struct test_stage stage;

        (void) state;
        memset(label, '\x1B', sizeof label - 1);
        memcpy(label, "label=plimsoll.profile=", strlen("label=plimsoll.profile="));
        for (size_t i = 64; i < sizeof label - 1; i += 64)
                label[i] = ' '; /* so that lines can be broken */
        test_enter(&stage, files);
        answer = test_run(&pl_cli_verb_match, (struct pl_cli_style){ .unicode = true }, words);
        test_leave(&stage);
        assert_int_equal(answer.exit_code, PL_CLI_FINE);
        test_assert_tame("hostile", pl_text_span(&answer.out));
        assert_non_null(strstr(answer.out.data, "it has ?[2J??"));
        assert_non_null(strstr(answer.out.data, "?..."));
}

static void a_policy_with_errors_is_not_used(void **state)
{
        static const struct test_file files[TEST_FILES_MAX] = {
                { "p/a.json", batch },
                { "p/b.json", "{ \"profile\": \"b\" }\n" },
        };
        static const char *const words[TEST_WORDS_MAX] = { "--policy=p", "--describe",
                                                           "slice=plimsoll-batch.slice" };
        static const char *const nowhere[TEST_WORDS_MAX] = { "--policy=q", "--describe",
                                                             "slice=x" };
        struct test_answer answer;
        struct test_stage stage;

        (void) state;
        test_enter(&stage, files);
        answer = test_run(&pl_cli_verb_match, (struct pl_cli_style){ .unicode = true }, words);
        assert_int_equal(answer.exit_code, PL_CLI_POLICY);
        assert_int_equal(answer.out.length, 0);
        assert_true(pl_span_starts_with(pl_text_span(&answer.words), "p/b.json:1:1: error: "));
        assert_true(pl_span_ends_with(pl_text_span(&answer.words), "1 error in 1 of 2 files\n"));
        answer = test_run(&pl_cli_verb_match, (struct pl_cli_style){}, nowhere);
        assert_int_equal(answer.exit_code, PL_CLI_NOT_FOUND);
        assert_int_equal(answer.out.length, 0);
        assert_string_equal(answer.words.data,
                            "q: error: no such directory -- check the path\n1 error in 1 file\n");
        test_leave(&stage);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_description_that_makes_no_sense_is_explained),
                cmocka_unit_test(every_key_is_understood),
                cmocka_unit_test(what_is_not_given_is_not_there),
                cmocka_unit_test(as_many_labels_as_there_may_be_options),
                cmocka_unit_test(a_path_tells_unit_and_slice),
                cmocka_unit_test(each_workload_gets_its_answer),
                cmocka_unit_test(what_is_hostile_is_shown_and_not_obeyed),
                cmocka_unit_test(a_policy_with_errors_is_not_used),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
