/* SPDX-License-Identifier: Apache-2.0 */

/* Whether a host is refused, and in which words. That doctor says the same is in tests/cli/doctor.c and its files. */

#include "plimsoll/host/fitness.h"

#include "test.h"

static const struct pl_features fit = {
        .mounts = { .layout = PL_CGROUP_LAYOUT_UNIFIED, .unified_path = "/sys/fs/cgroup" },
        .memory_disabled_at_boot = PL_FACT_NO,
        .memory_at_root = PL_FACT_YES,
        .in_host_cgroup_namespace = PL_FACT_YES,
        .in_host_pid_namespace = PL_FACT_YES,
        .in_host_user_namespace = PL_FACT_YES,
        .pidfd_open = PL_FACT_YES,
};

/* One thing is wrong with it, or not known. */
#define WITH(field, value)                                                                         \
        ({                                                                                         \
                struct pl_features altered = fit;                                                  \
                altered.field = (value);                                                           \
                altered;                                                                           \
        })

static void what_is_fit_is_not_refused(void **state)
{
        struct pl_fitness fitness = { .subject = "untouched" };

        (void) state;
        assert_true(pl_fitness_judge(&fit, &fitness));
        assert_string_equal(fitness.subject, "untouched");
}

static void each_reason_has_its_words(void **state)
{
        const struct {
                const char *name;
                struct pl_features features;
                const char *subject, *found;
        } rows[] = {
                { "hybrid", WITH(mounts.layout, PL_CGROUP_LAYOUT_HYBRID), "cgroup v2",
                  "v1 and v2 are mounted side by side" },
                { "v1", WITH(mounts.layout, PL_CGROUP_LAYOUT_V1), "cgroup v2",
                  "only cgroup v1 is mounted" },
                { "nothing mounted", WITH(mounts.layout, PL_CGROUP_LAYOUT_NONE), "cgroup v2",
                  "no whole cgroup tree is mounted in sight" },
                { "no /proc", WITH(mounts.layout, PL_CGROUP_LAYOUT_UNKNOWN), "cgroup v2",
                  "/proc/self/mountinfo could not be read" },
                { "switched off", WITH(memory_disabled_at_boot, PL_FACT_YES), "memory controller",
                  "switched off at boot" },
                { "not built in", WITH(memory_at_root, PL_FACT_NO), "memory controller",
                  "not in the unified hierarchy" },
                { "not to be found out", WITH(memory_at_root, PL_FACT_UNKNOWN), "memory controller",
                  "not in the unified hierarchy" },
                { "user namespace", WITH(in_host_user_namespace, PL_FACT_NO), "view of the host",
                  "in a user namespace, where root is not root" },
                { "cgroup namespace", WITH(in_host_cgroup_namespace, PL_FACT_NO),
                  "view of the host", "in a container, which sees only its own cgroups" },
                { "pid namespace", WITH(in_host_pid_namespace, PL_FACT_NO), "view of the host",
                  "in a container, which sees only its own processes" },
                { "no pidfd", WITH(pidfd_open, PL_FACT_NO), "process handles", "no pidfd_open" },
                { "pidfd denied", WITH(pidfd_open, PL_FACT_DENIED), "process handles",
                  "a sandbox refuses pidfd_open" },
        };

        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(rows); i++) {
                struct pl_fitness fitness = {};

                assert_row(rows[i].name, !pl_fitness_judge(&rows[i].features, &fitness));
                assert_row(rows[i].name, strcmp(fitness.subject, rows[i].subject) == 0);
                assert_row(rows[i].name, strcmp(fitness.found, rows[i].found) == 0);
                assert_row(rows[i].name, fitness.why[0] != '\0');
                assert_row(rows[i].name, fitness.advice_count > 0);
                for (size_t j = 0; j < fitness.advice_count; j++)
                        assert_row(rows[i].name, fitness.advice[j][0] != '\0');
        }
}

static void what_is_not_known_is_not_held_against_it(void **state)
{
        const struct {
                const char *name;
                struct pl_features features;
        } rows[] = {
                { "boot options", WITH(memory_disabled_at_boot, PL_FACT_UNKNOWN) },
                { "user namespace", WITH(in_host_user_namespace, PL_FACT_UNKNOWN) },
                { "cgroup namespace", WITH(in_host_cgroup_namespace, PL_FACT_UNKNOWN) },
                { "pid namespace", WITH(in_host_pid_namespace, PL_FACT_UNKNOWN) },
                { "pidfd", WITH(pidfd_open, PL_FACT_UNKNOWN) },
                { "pressure", WITH(psi, PL_PSI_STATE_OFF) },
        };
        struct pl_fitness fitness;

        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(rows); i++)
                assert_row(rows[i].name, pl_fitness_judge(&rows[i].features, &fitness));
}

static void the_first_reason_is_the_one_that_others_follow_from(void **state)
{
        struct pl_features features = {
                .mounts = { .layout = PL_CGROUP_LAYOUT_HYBRID, .memory_on_v1 = true },
                .memory_at_root = PL_FACT_NO,
                .in_host_cgroup_namespace = PL_FACT_NO,
                .pidfd_open = PL_FACT_NO,
        };
        struct pl_fitness fitness;

        (void) state;
        assert_false(pl_fitness_judge(&features, &fitness));
        assert_string_equal(fitness.subject, "cgroup v2");
        /* Where cgroup v2 is not alone, the memory controller is not yet a topic; unless it was switched off. */
        assert_true(
                pl_fitness_judge_topic(PL_FITNESS_MEMORY_CONTROLLER, &features, NULL, &fitness));
        features.memory_disabled_at_boot = PL_FACT_YES;
        assert_false(
                pl_fitness_judge_topic(PL_FITNESS_MEMORY_CONTROLLER, &features, NULL, &fitness));
}

static void memory_on_v1_beside_a_unified_tree_is_named(void **state)
{
        struct pl_features features = fit;
        struct pl_fitness fitness;

        (void) state;
        features.memory_at_root = PL_FACT_NO;
        features.mounts.memory_on_v1 = true;
        assert_false(pl_fitness_judge(&features, &fitness));
        assert_string_equal(fitness.found, "not in the unified hierarchy; cgroup v1 has it");
        assert_string_equal(fitness.advice[0], "boot with cgroup_no_v1=memory");
}

static void another_init_gets_other_advice(void **state)
{
        const struct pl_features features = WITH(mounts.layout, PL_CGROUP_LAYOUT_V1);
        struct pl_fitness fitness;

        (void) state;
        assert_false(
                pl_fitness_judge_topic(PL_FITNESS_CGROUP_V2, &features, "openrc-init", &fitness));
        assert_non_null(strstr(fitness.advice[0], "process 1 (openrc-init) mount cgroup2"));
}

static void a_hostile_init_is_cleaned_and_bounded(void **state)
{
        const struct pl_features features = WITH(mounts.layout, PL_CGROUP_LAYOUT_V1);
        struct pl_fitness fitness;
        char name[1024];

        (void) state;
        memset(name, 'x', sizeof name - 1);
        name[sizeof name - 1] = '\0';
        assert_false(pl_fitness_judge_topic(PL_FITNESS_CGROUP_V2, &features, name, &fitness));
        assert_true(strlen(fitness.advice[0]) < PL_FITNESS_WORDS_MAX);
        assert_false(pl_fitness_judge_topic(PL_FITNESS_CGROUP_V2, &features, "a\033[2J\nb\xFF",
                                            &fitness));
        assert_non_null(strstr(fitness.advice[0], "(a?[2J?b?)"));
}

static void the_refusal_is_three_lines_or_four(void **state)
{
        const struct pl_features features = {
                .mounts = { .layout = PL_CGROUP_LAYOUT_HYBRID, .memory_on_v1 = true },
        };
        struct pl_fitness fitness;
        char buffer[2048];
        struct pl_text text;

        (void) state;
        pl_text_init(&text, buffer, sizeof buffer);
        assert_false(pl_fitness_judge(&features, &fitness));
        pl_fitness_add(&text, &fitness);
        assert_string_equal(
                buffer,
                "plimsolld: cgroup v2: v1 and v2 are mounted side by side and memory belongs to "
                "v1\n"
                "Limits and pressure of a container exist only in the unified hierarchy.\n"
                "→ boot with systemd.unified_cgroup_hierarchy=1: Debian, GRUB_CMDLINE_LINUX in "
                "/etc/default/grub, then update-grub; RHEL, grubby --update-kernel=ALL "
                "--args=systemd.unified_cgroup_hierarchy=1\n");

        pl_text_clear(&text);
        fitness = (struct pl_fitness){ .subject = "s",
                                       .found = "f",
                                       .why = "w",
                                       .advice_count = 2,
                                       .advice = { "one", "two" } };
        pl_fitness_add(&text, &fitness);
        assert_string_equal(buffer, "plimsolld: s: f\nw\n→ one\n→ two\n");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(what_is_fit_is_not_refused),
                cmocka_unit_test(each_reason_has_its_words),
                cmocka_unit_test(what_is_not_known_is_not_held_against_it),
                cmocka_unit_test(the_first_reason_is_the_one_that_others_follow_from),
                cmocka_unit_test(memory_on_v1_beside_a_unified_tree_is_named),
                cmocka_unit_test(another_init_gets_other_advice),
                cmocka_unit_test(a_hostile_init_is_cleaned_and_bounded),
                cmocka_unit_test(the_refusal_is_three_lines_or_four),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
