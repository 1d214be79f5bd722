/* SPDX-License-Identifier: Apache-2.0 */

/* Workloads found by whatever people call them, and what is said when nobody or more than one is called so. */

#include "cli/live.h"

#include "cli/live_made.h"

#define LONG_POD                                                                                   \
        "/kubepods.slice/kubepods-burstable.slice/"                                                \
        "kubepods-burstable-pod01234567_89ab_cdef_0123_456789abcdef.slice/"                        \
        "with-one-more-level-that-somebody-thought-of.slice/cri-containerd-" MADE_ID(              \
                "0a4e") ".scope"

/* Longer than a name of the board, and alike as far as that has them. */
#define LONG_UNIT "a-service-whose-name-says-at-length-what-it-does-and-for-whom-"

/* Beside those of made_fill_board(). */
static void fill_more(struct made *made)
{
        static const struct {
                uint64_t id;
                enum pl_workload_kind kind;
                const char *profile, *name, *unit, *path;
        } rows[] = {
                { 300, PL_WORKLOAD_CONTAINER, "worker", "web", MADE_ID("0a3d"),
                  "/docker/" MADE_ID("0a3d") },
                { 301, PL_WORKLOAD_HELPER, NULL, "conmon of 0a1b0a1b0a1b", "libpod-conmon.scope",
                  "/machine.slice/libpod-conmon-" MADE_ID("0a1b") ".scope" },
                { 302, PL_WORKLOAD_CONTAINER, NULL, "1000", "1000", "/lxc.payload.1000" },
                { 303, PL_WORKLOAD_CONTAINER, NULL, "pod", MADE_ID("0a4e"), LONG_POD },
                { 304, PL_WORKLOAD_SERVICE, NULL, "redis-primary", "redis-primary.service",
                  "/a.slice/redis-primary.service" },
                { 305, PL_WORKLOAD_SERVICE, NULL, "twin", "twin.service", "/a.slice/twin.service" },
                { 306, PL_WORKLOAD_SERVICE, NULL, "twin", "twin.service", "/b.slice/twin.service" },
                { 307, PL_WORKLOAD_SERVICE, NULL, LONG_UNIT "one", LONG_UNIT "one.service",
                  "/system.slice/" LONG_UNIT "one.service" },
                { 308, PL_WORKLOAD_SERVICE, "worker", LONG_UNIT "two", LONG_UNIT "two.service",
                  "/system.slice/" LONG_UNIT "two.service" },
                { 309, PL_WORKLOAD_SERVICE, NULL, "foo@a b", "foo@a\\x20b.service",
                  "/system.slice/foo@a\\x20b.service" },
        };

        for (size_t i = 0; i < PL_ARRAY_LENGTH(rows); i++) {
                const struct pl_journal_row row = made_row(rows[i].id, rows[i].kind, -1,
                                                           rows[i].profile, rows[i].name,
                                                           rows[i].unit, rows[i].path);

                made_put(made, &row);
        }
}

static const struct {
        const char *given;
        uint64_t id;
} found[] = {
        { "api/web", 100 }, /* "web" alone would be two */
        { "worker/web", 300 },
        { "batch/report", 101 },
        { "report", 101 },
        { "system/sshd", 102 },
        { "sshd", 102 },
        { "sshd.service", 102 },
        { "session 3 of user 1000", 103 },
        { "session-3.scope", 103 },
        { "/system.slice/sshd.service", 102 },
        { "/system.slice/sshd.service/", 102 },
        { "/sys/fs/cgroup/system.slice/sshd.service", 102 },
        { "/system.slice/sshd.service/inner/most", 102 },
        { "0a1b", 100 }, /* and not its conmon */
        { "0a2c0a2c0a", 101 },
        { MADE_ID("0a2c"), 101 },
        { "0a4e0a", 303 },
        { LONG_POD, 303 }, /* which the board has without its middle */
        { "102", 102 },
        { "1000", 302 },                /* a name */
        { "worker/?[2Jmail?er?", 105 }, /* as it is printed */
        { "worker/\x1B[2Jmail\ner\xFF", 105 },
        { "/worker.slice/\x1B[31mevil\n.service", 105 },
        { "idle", 104 }, /* also without a process */
        { "docker-" MADE_ID("0a2c") ".scope", 101 },
        { LONG_UNIT "one.service", 307 },
        { LONG_UNIT "one", 307 },
        { "system/" LONG_UNIT "one", 307 },
        { "worker/" LONG_UNIT "two.service", 308 },
        { "/system.slice/" LONG_UNIT "two.service", 308 },
        { "foo@a\\x20b", 309 },
        { "foo@a\\x20b.service", 309 },
        { "system/foo@a b", 309 },
};

static void each_way_of_calling_a_workload_finds_it(void **state)
{
        struct pl_live live;
        struct made made;

        (void) state;
        made_open(&made, PL_JOURNAL_BYTES_MIN);
        made_fill_all(&made);
        fill_more(&made);
        made_look(&made, &live);
        for (size_t i = 0; i < PL_ARRAY_LENGTH(found); i++) {
                struct pl_journal_row row = {};

                assert_row(found[i].given, pl_live_find(made_cli_begin(made_unicode), &live,
                                                        found[i].given, &row) == PL_CLI_FINE);
                assert_row(found[i].given, row.id == found[i].id);
                assert_row(found[i].given, test_words[0] == '\0');
        }
        pl_live_close(&live);
        made_close(&made);
}

static const struct {
        const char *given;
        enum pl_cli_exit exit_code;
        const char *words;
} missed[] = {
        { "web", PL_CLI_USAGE, "'web' may be any of 2 workloads:\n  api/web: /plimsoll.slice/" },
        { "web", PL_CLI_USAGE, ", cgroup id 300\nName one by its profile" },
        { "twin", PL_CLI_USAGE, "  twin: /b.slice/twin.service, cgroup id 306\n" },
        { "twin.service", PL_CLI_USAGE, "may be any of 2 workloads" },
        { "rapi/web", PL_CLI_NOT_FOUND, "Did you mean 'api/web'?" },
        { "shsd", PL_CLI_NOT_FOUND, "Did you mean 'system/sshd'?" },
        { "redis", PL_CLI_NOT_FOUND, "Did you mean 'redis-primary'?" },
        { "we", PL_CLI_NOT_FOUND, "Did you mean 'api/web', or 'worker/web'?" },
        { "0a1", PL_CLI_NOT_FOUND, "The id of a container needs 4 characters or more.\n" },
        { "0A1B", PL_CLI_NOT_FOUND, "there is no workload '0A1B'" },
        { "zzzzzz", PL_CLI_NOT_FOUND, "'plimsoll list --all' shows them all.\n" },
        { "", PL_CLI_NOT_FOUND, "there is no workload ''" },
        { "/", PL_CLI_NOT_FOUND, "there is no workload '/'" },
        { "/system.slice", PL_CLI_NOT_FOUND,
          "'/system.slice' is a slice, which holds workloads and is none\n"
          "\xE2\x86\x92 plimsoll list --tree\n" },
        { "system.slice", PL_CLI_NOT_FOUND, "'system.slice' is a slice" },
        { "/plimsoll.slice/", PL_CLI_NOT_FOUND, "is a slice" }, /* has no row */
        { "/docker", PL_CLI_NOT_FOUND, "'/docker' is a cgroup, which holds workloads" },
        { "kubepods.slice", PL_CLI_NOT_FOUND, "'kubepods.slice' is a slice" },
        { "kubepods.slic", PL_CLI_NOT_FOUND, "there is no workload 'kubepods.slic'" },
        { "/kubepods-burstable.slice", PL_CLI_NOT_FOUND, "there is no workload" },
        { "/dock", PL_CLI_NOT_FOUND, "there is no workload '/dock'" },
        { LONG_UNIT "three.service", PL_CLI_USAGE, "may be any of 2 workloads" },
        { "at-length", PL_CLI_NOT_FOUND,
          "Did you mean '/system.slice/" LONG_UNIT "one.service', or '/system.slice/" LONG_UNIT
          "two.service'?\n" },
        { "begins", PL_CLI_NOT_FOUND, "'plimsoll list --all'" }, /* which nobody could type */
        { "/system.slice/sshd.services", PL_CLI_NOT_FOUND, "there is no workload" },
        { "99999", PL_CLI_NOT_FOUND, "there is no workload '99999'" },
        { "18446744073709551616", PL_CLI_NOT_FOUND, "there is no workload" },
        { "\x1B[2J", PL_CLI_NOT_FOUND, "there is no workload '?[2J'" },
};

static void who_is_not_found_is_guessed_at(void **state)
{
        struct pl_journal_row row;
        struct pl_live live;
        struct made made;

        (void) state;
        made_open(&made, PL_JOURNAL_BYTES_MIN);
        made_fill_all(&made);
        fill_more(&made);
        made_look(&made, &live);
        for (size_t i = 0; i < PL_ARRAY_LENGTH(missed); i++) {
                assert_row(missed[i].given,
                           pl_live_find(made_cli_begin(made_unicode), &live, missed[i].given,
                                        &row) == missed[i].exit_code);
                if (!strstr(test_words, missed[i].words))
                        fail_msg("row \"%s\": %s", missed[i].given, test_words);
                assert_row(missed[i].given, !strchr(test_words, '\x1B'));
        }
        pl_live_close(&live);
        made_close(&made);
}

/* As many as a person reads, and what was given no longer than a line and a half. */
static void messages_are_bounded(void **state)
{
        static char given[PL_CLI_OUT_MAX];
        struct pl_journal_row row;
        struct pl_live live;
        struct made made;

        (void) state;
        made_open(&made, PL_JOURNAL_BYTES_MIN);
        for (uint64_t i = 1; i <= 100; i++) {
                row = made_row(i, PL_WORKLOAD_SERVICE, -1, NULL, "many", "many.service", "/many");
                made_put(&made, &row);
        }
        made_look(&made, &live);
        assert_int_equal(pl_live_find(made_cli_begin(made_unicode), &live, "many", &row),
                         PL_CLI_USAGE);
        assert_non_null(strstr(test_words, "'many' may be any of 100 workloads:\n"));
        assert_non_null(strstr(test_words, "cgroup id 10\n  and 90 more\n"));
        memset(given, 'x', sizeof given - 1);
        assert_int_equal(pl_live_find(made_cli_begin(made_unicode), &live, given, &row),
                         PL_CLI_NOT_FOUND);
        assert_true(made_cli.words.length < 300);
        pl_live_close(&live);
        made_close(&made);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(each_way_of_calling_a_workload_finds_it),
                cmocka_unit_test(who_is_not_found_is_guessed_at),
                cmocka_unit_test(messages_are_bounded),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
