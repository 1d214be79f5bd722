/* SPDX-License-Identifier: Apache-2.0 */

/* Every mistake that people make, with the exact answer: tests/policy/wrong/NAME.json and beside it NAME.txt, a line for
 * each finding. A directory NAME is a set of files that are wrong together; directories within it are layers, the lowest
 * first. All are checked for a host of 16 GiB with 4 GiB of swap, on the first of March 2026 at noon.
 *
 * Run with UPDATE_GOLDEN=1 in the environment to write the answers anew, and read the difference as whoever made the
 * mistake would: is it right, is it at the right place, does the hint help, is it one finding for one mistake.
 */

#include "plimsoll/base/size.h"
#include "plimsoll/policy/feasible.h"
#include "plimsoll/policy/load.h"
#include "stage.h"
#include "test.h"

#define WRONG FIXTURES "/../policy/wrong"

enum {
        ANSWER_MAX = 2 * PL_DIAG_ENTRIES_MAX * PL_DIAG_WORDS_MAX,
        NAME_LENGTH_MAX = 256, /* NAME_MAX and a NUL */
        NOON_SEC = 1772366400, /* 2026-03-01T12:00:00Z */
};

/* One file or directory of tests/policy/wrong, and what is said of it. */
struct wrong {
        char name[NAME_LENGTH_MAX]; /* without ".json" */
        struct pl_diag diag;
        struct pl_policy_files files;
        struct pl_policy *policy;
        struct test_stage stage;
        char answer[ANSWER_MAX];
};

static const struct pl_load_options options = { .now_sec = NOON_SEC };
static const struct pl_host_facts host = { .ram_bytes = 16 * PL_GIB, .swap_bytes = 4 * PL_GIB };

/* ---- loading ---- */

static void load_file(struct wrong *wrong, const char *path)
{
        struct test_path copy;
        char name[TEST_PATH_MAX];

        (void) snprintf(name, sizeof name, "%s.json", wrong->name);
        copy = test_join(wrong->stage.path, name);
        test_copy_file(path, copy.text);
        assert_true(pl_files_add_file(&wrong->files, copy.text, &options, &wrong->diag) >= 0);
}

static void load_layer(struct wrong *wrong, const char *from, const char *to)
{
        test_copy_directory(from, to);
        assert_true(pl_files_add_directory(&wrong->files, to, &options, &wrong->diag) >= 0);
}

static void load_directory(struct wrong *wrong, const char *path)
{
        struct dirent **entries;
        size_t count = test_list(path, &entries), layers = 0;

        for (size_t i = 0; i < count; i++) {
                struct test_path from = test_join(path, entries[i]->d_name);
                struct test_path to = test_join(wrong->stage.path, entries[i]->d_name);

                if (!test_is_directory(from.text))
                        continue;
                assert_int_equal(mkdir(to.text, 0700), 0);
                load_layer(wrong, from.text, to.text);
                layers++;
        }
        if (layers == 0)
                load_layer(wrong, path, wrong->stage.path);
        test_list_free(entries, count);
}

static void load(struct wrong *wrong, const char *path)
{
        test_stage_make(&wrong->stage);
        if (test_is_directory(path))
                load_directory(wrong, path);
        else
                load_file(wrong, path);
        assert_true(pl_policy_parse(&wrong->files, &options, &wrong->diag, &wrong->policy) >= 0);
        pl_policy_check(wrong->policy, &host, NULL, &wrong->diag);
}

/* ---- the answer ---- */

/* Without the stage's path, which is another one every time. */
static void add_line(struct pl_text *text, const char *line, const char *stage)
{
        char prefix[TEST_PATH_MAX];
        const char *at;
        size_t length;

        length = (size_t) snprintf(prefix, sizeof prefix, "%s/", stage);
        while ((at = strstr(line, prefix))) {
                pl_text_add_span(text, pl_span(line, (size_t) (at - line)));
                line = at + length;
        }
        pl_text_add(text, line);
        pl_text_add(text, "\n");
}

static void write_answer(struct wrong *wrong)
{
        char line[4 * PL_DIAG_WORDS_MAX];
        struct pl_text answer, text;

        pl_text_init(&answer, wrong->answer, sizeof wrong->answer);
        for (size_t i = 0; i < wrong->diag.count; i++) {
                pl_text_init(&text, line, sizeof line);
                pl_diag_format(&text, &wrong->diag.entries[i]);
                assert_false(text.cut);
                add_line(&answer, line, wrong->stage.path);
        }
        assert_false(answer.cut);
}

static void done(struct wrong *wrong)
{
        test_stage_remove(&wrong->stage);
        pl_policy_free(wrong->policy);
        pl_files_done(&wrong->files);
        free(wrong);
}

/* The case of that entry of the directory; NULL when it is none. */
static struct wrong *open_case(const char *name)
{
        struct test_path path = test_join(WRONG, name);
        struct pl_span span = pl_span_of(name);
        struct wrong *wrong;

        if (!test_is_directory(path.text) && !pl_span_ends_with(span, ".json"))
                return NULL;
        wrong = calloc(1, sizeof *wrong);
        assert_non_null(wrong);
        if (pl_span_ends_with(span, ".json"))
                span.length -= strlen(".json");
        (void) snprintf(wrong->name, sizeof wrong->name, "%.*s", (int) span.length, span.data);
        load(wrong, path.text);
        write_answer(wrong);
        return wrong;
}

/* ---- comparing ---- */

static bool holds_line(struct pl_span text, struct pl_span line)
{
        while (!pl_span_empty(text))
                if (pl_span_equals_span(pl_span_until(&text, '\n'), line))
                        return true;
        return false;
}

static void print_lines(const char *mark, struct pl_span text, struct pl_span other)
{
        while (!pl_span_empty(text)) {
                struct pl_span line = pl_span_until(&text, '\n');

                if (!holds_line(other, line))
                        print_error("%s %.*s\n", mark, (int) line.length, line.data);
        }
}

static struct test_path answer_path(const struct wrong *wrong)
{
        char name[TEST_PATH_MAX];

        (void) snprintf(name, sizeof name, "%s.txt", wrong->name);
        return test_join(WRONG, name);
}

static void update(const struct wrong *wrong)
{
        int fd = open(answer_path(wrong).text, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

        assert_true(fd >= 0);
        assert_int_equal(pl_fd_write_all(fd, pl_span_of(wrong->answer)), 0);
        (void) close(fd);
}

/* Whether the answer is the one in the file. */
static bool compare(const struct wrong *wrong)
{
        _cleanup_free_ char *text = NULL;
        struct pl_span answer = pl_span_of(wrong->answer), wanted;
        size_t length;

        if (wrong->diag.count == 0) {
                print_error("%s: nothing is found wrong with it\n", wrong->name);
                return false;
        }
        if (getenv("UPDATE_GOLDEN"))
                update(wrong);
        if (pl_fd_read_file(AT_FDCWD, answer_path(wrong).text, ANSWER_MAX, &text, &length) != 0) {
                print_error("%s: %s.txt, which has its answer, cannot be read\n", wrong->name,
                            wrong->name);
                return false;
        }
        wanted = pl_span(text, length);
        if (pl_span_equals_span(answer, wanted))
                return true;
        print_error("%s: the answer is another than in %s.txt (- there, + now; only the order "
                    "where there is neither)\n",
                    wrong->name, wrong->name);
        print_lines("-", wanted, answer);
        print_lines("+", answer, wanted);
        return false;
}

static void each_gets_its_answer(void **state)
{
        struct dirent **entries;
        size_t count = test_list(WRONG, &entries), cases = 0, failed = 0;

        (void) state;
        for (size_t i = 0; i < count; i++) {
                struct wrong *wrong = open_case(entries[i]->d_name);

                if (!wrong)
                        continue;
                failed += !compare(wrong);
                cases++;
                done(wrong);
        }
        test_list_free(entries, count);
        assert_int_equal(failed, 0);
        assert_true(cases >= 75);
}

/* ---- the directory itself ---- */

static bool exists(const char *directory, struct pl_span name, const char *suffix)
{
        char file[TEST_PATH_MAX];
        struct stat status;

        (void) snprintf(file, sizeof file, "%.*s%s", (int) name.length, name.data, suffix);
        return lstat(test_join(directory, file).text, &status) == 0;
}

static void no_answer_is_without_its_question(void **state)
{
        struct dirent **entries;
        size_t count = test_list(WRONG, &entries);

        (void) state;
        for (size_t i = 0; i < count; i++) {
                struct pl_span name = pl_span_of(entries[i]->d_name);

                if (!pl_span_ends_with(name, ".txt"))
                        continue;
                name.length -= strlen(".txt");
                assert_row(entries[i]->d_name,
                           exists(WRONG, name, ".json") || exists(WRONG, name, ""));
        }
        test_list_free(entries, count);
}

/* structural.list names those that the schema has to see as well. They are errors of one file each. */
static void what_the_schema_sees_is_an_error(void **state)
{
        _cleanup_free_ char *text = NULL;
        struct pl_span rest, line, last = {};
        char name[TEST_PATH_MAX];
        size_t length;

        (void) state;
        assert_int_equal(
                pl_fd_read_file(AT_FDCWD, WRONG "/structural.list", ANSWER_MAX, &text, &length), 0);
        rest = pl_span(text, length);
        while (!pl_span_empty(rest)) {
                struct wrong *wrong;

                line = pl_span_until(&rest, '\n');
                (void) snprintf(name, sizeof name, "%.*s", (int) line.length, line.data);
                assert_row(name, !last.data || strncmp(last.data, line.data,
                                                       PL_MAX(last.length, line.length)) < 0);
                assert_row(name, exists(WRONG, line, ""));
                wrong = open_case(name);
                assert_row(name, wrong && wrong->diag.errors > 0);
                done(wrong);
                last = line;
        }
        assert_true(last.length > 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(each_gets_its_answer),
                cmocka_unit_test(no_answer_is_without_its_question),
                cmocka_unit_test(what_the_schema_sees_is_an_error),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
