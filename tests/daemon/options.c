/* SPDX-License-Identifier: Apache-2.0 */

/* The command line, every option and every mistake. */

#include "daemon/options.h"

#include "plimsoll/journal/format.h"
#include "plimsoll/policy/load.h"
#include "test.h"

enum { ARGUMENTS = 12, WORDS = 2048 };

static char words[WORDS];
static struct pl_daemon_options options;

/* Of one line, split at its blanks; "~" stands for an empty argument. */
static bool parse(const char *line)
{
        static char copy[WORDS], name[] = "plimsolld", empty[] = "";
        char *arguments[ARGUMENTS + 1] = { name }, *rest = copy, *word;
        struct pl_text text;
        int count = 1;

        assert_true(strlen(line) < sizeof copy);
        memcpy(copy, line, strlen(line) + 1);
        while ((word = strsep(&rest, " ")))
                if (word[0] != '\0') {
                        assert_true(count < ARGUMENTS);
                        arguments[count++] = strcmp(word, "~") == 0 ? empty : word;
                }
        pl_text_init(&text, words, sizeof words);
        return pl_daemon_options_parse(count, arguments, &text, &options);
}

static void what_is_not_said_is_as_usual(void **state)
{
        size_t i = 0;

        (void) state;
        assert_true(parse(""));
        assert_string_equal(words, "");
        assert_string_equal(options.journal_directory, "/run/plimsoll");
        assert_true(options.journal_bytes == PL_JOURNAL_BYTES_DEFAULT);
        assert_null(options.cgroup_root);
        assert_false(options.help || options.version || options.check || options.foreground ||
                     options.once || options.dry_run || options.restore || options.thaw ||
                     options.tidy);
        assert_int_equal(options.host_settings, PL_DAEMON_HOST_SETTINGS_NONE);
        while (pl_policy_directories[i]) {
                assert_string_equal(options.directories[i], pl_policy_directories[i]);
                i++;
        }
        assert_true(i > 0 && !options.directories[i]);
}

static void each_is_taken(void **state)
{
        (void) state;
        assert_true(parse("--check --foreground"));
        assert_true(options.check && options.foreground && !options.once);
        assert_true(parse("--once"));
        assert_true(options.once);
        assert_true(parse("--help") && options.help);
        assert_true(parse("--version") && options.version);
        assert_true(parse("--cgroup-root=/a=b --journal-dir /c"));
        assert_string_equal(options.cgroup_root, "/a=b");
        assert_string_equal(options.journal_directory, "/c");
        assert_true(parse("--journal-dir=/a --journal-dir=/b"));
        assert_string_equal(options.journal_directory, "/b");
        /* A value that looks like an option is one if it stands where a value has to. */
        assert_true(parse("--cgroup-root --check"));
        assert_string_equal(options.cgroup_root, "--check");
        assert_false(options.check);
}

static void what_undoes_is_taken(void **state)
{
        (void) state;
        assert_true(parse("--once --dry-run") && options.once && options.dry_run);
        assert_true(parse("--restore") && options.restore && !options.restore_path);
        assert_true(parse("--restore=/a/b=c") && options.restore);
        assert_string_equal(options.restore_path, "/a/b=c");
        /* What stands behind it is the next option, and no path. */
        assert_true(parse("--restore --cgroup-root /x") && !options.restore_path);
        assert_string_equal(options.cgroup_root, "/x");
        assert_true(parse("--thaw") && options.thaw && !options.dry_run);
        assert_true(parse("--thaw --dry-run") && options.thaw && options.dry_run);
        assert_true(parse("--tidy") && options.tidy);
        assert_true(parse("--host-settings=apply"));
        assert_int_equal(options.host_settings, PL_DAEMON_HOST_SETTINGS_APPLY);
        assert_true(parse("--host-settings restore"));
        assert_int_equal(options.host_settings, PL_DAEMON_HOST_SETTINGS_RESTORE);
}

static void the_load_of_a_drill_is_an_answer_of_its_own(void **state)
{
        (void) state;
        assert_true(parse("--drill-load") && options.drill_load);
        assert_false(parse("--drill-load --tidy"));
        assert_non_null(strstr(words, "are two answers"));
}

static void directories_of_policies_are_listed(void **state)
{
        (void) state;
        assert_true(parse("--policy-dir=/a --policy-dir /b"));
        assert_int_equal(options.directory_count, 2);
        assert_string_equal(options.directories[0], "/a");
        assert_string_equal(options.directories[1], "/b");
        assert_null(options.directories[2]);
        assert_true(parse("--policy-dir=1 --policy-dir=2 --policy-dir=3 --policy-dir=4 "
                          "--policy-dir=5 --policy-dir=6 --policy-dir=7 --policy-dir=8"));
        assert_int_equal(options.directory_count, PL_DAEMON_DIRECTORIES_MAX);
        assert_null(options.directories[PL_DAEMON_DIRECTORIES_MAX]);
        assert_false(parse("--policy-dir=1 --policy-dir=2 --policy-dir=3 --policy-dir=4 "
                           "--policy-dir=5 --policy-dir=6 --policy-dir=7 --policy-dir=8 "
                           "--policy-dir=9"));
        assert_non_null(strstr(words, "'9' is one --policy-dir more"));
}

static void a_size_is_in_whole_pages_and_within_its_bounds(void **state)
{
        static const struct {
                const char *value;
                uint64_t bytes; /* 0: refused */
        } rows[] = {
                { "1MiB", 1 * PL_MIB },
                { "1048576", 1 * PL_MIB },
                { "1048577", 1 * PL_MIB },
                { "1052671", 1 * PL_MIB },
                { "1052672", 1 * PL_MIB + 4096 },
                { "32MiB", 32 * PL_MIB },
                { "256MiB", 256 * PL_MIB },
                { "0.25GiB", 256 * PL_MIB },
                { "1048575", 0 },
                { "268435457", 0 },
                { "256.1MiB", 0 },
                { "0", 0 },
                { "-1", 0 },
                { "1TiB", 0 },
                { "max", 0 },
                { "50%", 0 },
                { "banana", 0 },
                { "32 MiB", 0 },
                { "18446744073709551616", 0 },
                { "99999999999999999999999999999999GiB", 0 },
        };

        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(rows); i++) {
                char argument[128];

                (void) snprintf(argument, sizeof argument, "--journal-size=%s", rows[i].value);
                assert_row(rows[i].value, parse(argument) == (rows[i].bytes > 0));
                if (rows[i].bytes > 0)
                        assert_row(rows[i].value, options.journal_bytes == rows[i].bytes);
                else
                        assert_row(rows[i].value, strncmp(words, "plimsolld: '", 12) == 0);
        }
}

static void each_mistake_is_said(void **state)
{
        static const struct {
                const char *line, *said;
        } rows[] = {
                { "check",
                  "plimsolld: 'check' is not understood: plimsolld takes options alone\n" },
                { "-h", "plimsolld: '-h' is not understood: plimsolld takes options alone\n" },
                { "~", "plimsolld: '' is not understood: plimsolld takes options alone\n" },
                { "--", "plimsolld: '--' is not understood\n" },
                { "--=x", "plimsolld: '--=x' is not understood\n" },
                { "--chec", "plimsolld: '--chec' is not understood\n" },
                { "--checks", "plimsolld: '--checks' is not understood\n" },
                { "--CHECK", "plimsolld: '--CHECK' is not understood\n" },
                { "--check=yes", "plimsolld: '--check=yes' takes no value\n" },
                { "--check=", "plimsolld: '--check=' takes no value\n" },
                { "--journal-dir", "plimsolld: '--journal-dir' lacks its value\n" },
                { "--journal-dir=", "plimsolld: '--journal-dir=' lacks its value\n" },
                { "--journal-dir ~", "plimsolld: '--journal-dir' lacks its value\n" },
                { "--policy-dir=", "plimsolld: '--policy-dir=' lacks its value\n" },
                { "--cgroup-root=", "plimsolld: '--cgroup-root=' lacks its value\n" },
                { "--journal-size=", "plimsolld: '--journal-size=' lacks its value\n" },
                { "--journal-size=5", "plimsolld: '5' is not between 1MiB and 256MiB, as "
                                      "--journal-size has to be\n" },
                { "--journal-size x",
                  "plimsolld: 'x' is no amount of memory for --journal-size, as "
                  "32MiB is\n" },
                { "--once --check", "plimsolld: '--check --once' are two answers; give one\n" },
                { "--dry-run", "plimsolld: '--dry-run' goes with --once and --thaw alone\n" },
                { "--dry-run --restore",
                  "plimsolld: '--dry-run' goes with --once and --thaw alone\n" },
                { "--thaw=/x", "plimsolld: '--thaw=/x' takes no value\n" },
                { "--thaw --restore", "plimsolld: '--restore --thaw' are two answers; give one\n" },
                { "--restore=", "plimsolld: '--restore=' lacks its value\n" },
                { "--restore /x",
                  "plimsolld: '/x' is not understood: plimsolld takes options alone\n" },
                { "--tidy=1", "plimsolld: '--tidy=1' takes no value\n" },
                { "--host-settings", "plimsolld: '--host-settings' lacks its value\n" },
                { "--host-settings=on", "plimsolld: 'on' is neither 'apply' nor 'restore', as "
                                        "--host-settings has to be\n" },
                { "--restore --once", "plimsolld: '--once --restore' are two answers; give one\n" },
                { "--tidy --restore", "plimsolld: '--restore --tidy' are two answers; give one\n" },
                { "--host-settings=apply --check",
                  "plimsolld: '--check --host-settings' are two answers; give one\n" },
                { "--foreground --nonsense", "plimsolld: '--nonsense' is not understood\n" },
        };

        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(rows); i++) {
                char expected[256];

                (void) snprintf(expected, sizeof expected, "%sTry 'plimsolld --help'.\n",
                                rows[i].said);
                assert_row(rows[i].line, !parse(rows[i].line));
                assert_string_equal(words, expected);
        }
}

static void a_mistake_leaves_the_options_as_they_were(void **state)
{
        struct pl_daemon_options before;

        (void) state;
        assert_true(parse("--journal-dir=/x"));
        before = options;
        assert_false(parse("--journal-dir=/y --nonsense"));
        assert_memory_equal(&options, &before, sizeof before);
}

/* What a terminal gets has no control characters and an end. */
static void hostile_arguments_are_said_clean(void **state)
{
        char line[512] = "--\x1b[2J\x07\n";

        (void) state;
        assert_false(parse(line));
        assert_null(strchr(words, '\x1b'));
        assert_null(strchr(words, '\x07'));
        memset(line, 'x', sizeof line - 1);
        assert_false(parse(line));
        assert_true(strlen(words) < 200);
}

static void the_usage_names_them_all(void **state)
{
        static const char *const names[] = {
                "--check ",
                "--foreground ",
                "--once ",
                "--dry-run ",
                "--restore[=PATH] ",
                "--thaw ",
                "--tidy ",
                "--host-settings=WHAT ",
                "--drill-load ",
                "--cgroup-root=DIR ",
                "--state-root=DIR ",
                "--journal-dir=DIR ",
                "--journal-size=SIZE ",
                "--policy-dir=DIR ",
                "--help ",
                "--version ",
        };
        struct pl_journal_layout layout;
        struct pl_text text;
        char usage[4096], rows[64];
        unsigned options_seen = 0;

        (void) state;
        pl_text_init(&text, usage, sizeof usage);
        pl_daemon_add_usage(&text);
        assert_false(text.cut);
        for (size_t i = 0; i < PL_ARRAY_LENGTH(names); i++)
                assert_row(names[i], strstr(usage, names[i]));
        for (const char *at = usage; (at = strstr(at, "\n  --")); at++)
                options_seen++;
        assert_int_equal(options_seen, PL_ARRAY_LENGTH(names));
        /* Its figures are those of the program. */
        assert_int_equal(pl_journal_layout(PL_JOURNAL_BYTES_DEFAULT, &layout), 0);
        (void) snprintf(rows, sizeof rows, "(16MiB, for %u,%03u cgroups)",
                        (unsigned) layout.row_count / 1000, (unsigned) layout.row_count % 1000);
        assert_non_null(strstr(usage, rows));
        for (char *line = usage, *end; (end = strchr(line, '\n')); line = end + 1)
                assert_true(end - line <= 100);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(what_is_not_said_is_as_usual),
                cmocka_unit_test(each_is_taken),
                cmocka_unit_test(what_undoes_is_taken),
                cmocka_unit_test(the_load_of_a_drill_is_an_answer_of_its_own),
                cmocka_unit_test(directories_of_policies_are_listed),
                cmocka_unit_test(a_size_is_in_whole_pages_and_within_its_bounds),
                cmocka_unit_test(each_mistake_is_said),
                cmocka_unit_test(a_mistake_leaves_the_options_as_they_were),
                cmocka_unit_test(hostile_arguments_are_said_clean),
                cmocka_unit_test(the_usage_names_them_all),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
