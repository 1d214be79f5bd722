/* SPDX-License-Identifier: Apache-2.0 */

/* Pods, which are kubelet's: what is written of those that a profile takes over, and that it is given back. Here the test is who
 * reads the files of their runtime. */

#include "enforced.h"
#include "plimsoll/host/names.h"

#define POD  "kubepods/burstable/pod12345678-1234-1234-1234-123456789abc"
#define PATH POD "/" CONTAINER

static struct pl_names_question asked;
static bool is_asked;

/* ---- in the place of the threads ---- */

int __wrap_pl_namer_put(struct pl_namer *namer, const struct pl_names_question *question);
bool __wrap_pl_namer_take(struct pl_namer *namer, struct pl_names_answer *ret_answer);

int __wrap_pl_namer_put(struct pl_namer *namer, const struct pl_names_question *question)
{
        (void) namer;
        assert_true(question->is_in_pod);
        asked = *question;
        is_asked = true;
        return 0;
}

bool __wrap_pl_namer_take(struct pl_namer *namer, struct pl_names_answer *ret_answer)
{
        static const char words[] = "{\"ociVersion\":\"1.0.2\",\"annotations\":{"
                                    "\"io.kubernetes.cri.container-type\":\"container\","
                                    "\"io.kubernetes.cri.container-name\":\"api\","
                                    "\"io.kubernetes.cri.sandbox-name\":\"api-0\","
                                    "\"io.kubernetes.cri.sandbox-namespace\":\"prod\"}}";

        (void) namer;
        if (!is_asked)
                return false;
        is_asked = false;
        *ret_answer = (struct pl_names_answer){ .tag = asked.tag,
                                                .format = PL_NAMES_OCI,
                                                .length = strlen(words),
                                                .text = strdup(words),
                                                .stamp = { .inode = 1 } };
        return true;
}

/* ---- the rig ---- */

#define PROFILE(kubepods)                                                                          \
        "// origin: a.json\n"                                                                      \
        "{ \"profile\": \"web\", \"kubepods\": \"" kubepods                                        \
        "\", \"oom\": { \"score_adj\": 300 },\n"                                                   \
        "  \"match\": [ { \"k8s\": { \"namespace\": \"prod\" }, " RIG_OWNER " } ],\n"              \
        "  \"memory\": { \"max\": \"64MiB\", \"high\": \"32MiB\", \"low\": \"8MiB\",\n"            \
        "    \"swap_max\": 0, \"high_without_swap\": true, \"raise_ancestors\": true } }\n"

static void settle_pods(void)
{
        for (unsigned i = 0; i < 4; i++)
                look();
}

static void make_node(void)
{
        cgroup_make(&tree, "kubepods");
        cgroup_make(&tree, "kubepods/burstable");
        cgroup_make(&tree, POD);
        make(PATH);
        cgroup_put(&tree, PATH, "cgroup.procs", "101\n");
        make_process(101, "900\n");
        is_asked = false;
        board.options.namer = (struct pl_namer *) &asked;
}

static void assert_kubelets(void)
{
        assert_file(PATH, "memory.max", "1048576\n");
        assert_file(PATH, "memory.low", "8192\n");
        assert_file(PATH, "memory.swap.max", "max\n");
        assert_score(101, "900\n");
}

/* ---- the tests ---- */

/* By leave of the profile; and what kubelet decides is shown as that. */
static void of_a_pod_memory_high_alone_is_ours(void **state)
{
        struct pl_journal_row row;

        (void) state;
        start(PROFILE("enforce"));
        make_node();
        settle_pods();
        assert_file(PATH, "memory.high", "33554432\n");
        assert_kubelets();
        row = rig_row("/" PATH);
        assert_string_equal(row.name, "api-0/api");
        assert_int_equal(row.standing.backend, PL_BACKEND_DIRECT);
        assert_int_equal(row.standing.states[PL_LIMIT_HIGH], PL_LIMIT_IN_FORCE);
        assert_int_equal(row.standing.states[PL_LIMIT_MAX], PL_LIMIT_OBSERVED);
        assert_int_equal(row.standing.causes[PL_LIMIT_MAX], PL_CAUSE_KUBELET);
        assert_true(row.standing.targets[PL_LIMIT_MAX] == 64 * PL_MIB);
        assert_false(row.standing.has_score_adj);
}

/* Whether the profile says so or is gone. */
static void what_is_not_taken_over_any_more_is_given_back(void **state)
{
        static const char *const others[] = { PROFILE("observe"), NULL };

        (void) state;
        start(PROFILE("enforce"));
        make_node();
        for (size_t i = 0; i < PL_ARRAY_LENGTH(others); i++) {
                rig_set_policy(rig_policy(PROFILE("enforce")));
                settle_pods();
                assert_file(PATH, "memory.high", "33554432\n");
                rig_set_policy(others[i] ? rig_policy(others[i]) : NULL);
                settle_pods();
                assert_file(PATH, "memory.high", "max\n");
                assert_kubelets();
                assert_true(rig_row("/" PATH).flags & PL_CGROUP_OBSERVED);
                assert_null(pl_originals_find_cgroup(&enforcer.originals, cgroup_id(&tree, PATH)));
        }
}

/* Who has died or is about to says nothing of whose it is. */
static void a_score_that_is_not_known_for_a_moment_changes_nothing(void **state)
{
        (void) state;
        start(PROFILE("enforce"));
        make_node();
        settle_pods();
        cgroup_put(&tree, PATH, "cgroup.procs", "102\n");
        settle_pods();
        assert_false(rig_row("/" PATH).flags & PL_CGROUP_OBSERVED);
        assert_file(PATH, "memory.high", "33554432\n");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                RIG_TEST(of_a_pod_memory_high_alone_is_ours),
                RIG_TEST(what_is_not_taken_over_any_more_is_given_back),
                RIG_TEST(a_score_that_is_not_known_for_a_moment_changes_nothing),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
