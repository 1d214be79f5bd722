/* SPDX-License-Identifier: Apache-2.0 */

/* What the engine makes of traces, each about one thing: traces/NAME.trace, and beside it NAME.expected, all that was judged.
 *
 * Run with UPDATE_GOLDEN=1 in the environment to write those anew, and read the difference as whoever lost a workload would:
 * is it the right one, at the right time, and do the reasons say so.
 */

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include "plimsoll/base/fd.h"
#include "test.h"
#include "trace.h"

#define TRACES FIXTURES "/../engine/traces"

enum { TOLD_MAX = 1024 * 1024, PATH_LENGTH_MAX = 512, CONTEXT = 3, LEAST_TRACES = 15 };

static char told_buffer[TOLD_MAX];

struct path {
        char text[PATH_LENGTH_MAX];
};

static struct path path_of(const char *name, size_t length, const char *ending)
{
        struct path path;
        int written = snprintf(path.text, sizeof path.text, TRACES "/%.*s%s", (int) length, name,
                               ending);

        assert_in_range(written, 1, sizeof path.text - 1);
        return path;
}

static int is_trace(const struct dirent *entry)
{
        return pl_span_ends_with(pl_span_of(entry->d_name), ".trace");
}

static void update(const char *path, struct pl_span told)
{
        int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

        assert_true(fd >= 0);
        assert_int_equal(pl_fd_write_all(fd, told), 0);
        (void) close(fd);
}

/* ---- the first difference ---- */

static uint32_t same_lines(struct pl_span a, struct pl_span b)
{
        uint32_t count = 0;

        while (!pl_span_empty(a) && !pl_span_empty(b) &&
               pl_span_equals_span(pl_span_until(&a, '\n'), pl_span_until(&b, '\n')))
                count++;
        return count;
}

static void print_lines(const char *sign, struct pl_span text, uint32_t from, uint32_t to)
{
        for (uint32_t i = 0; i < to && !pl_span_empty(text); i++) {
                struct pl_span line = pl_span_until(&text, '\n');

                if (i >= from)
                        print_error("%s %.*s\n", sign, (int) line.length, line.data);
        }
}

static bool is_same(const char *name, struct pl_span told, struct pl_span expected)
{
        uint32_t same = same_lines(told, expected);

        if (pl_span_equals_span(told, expected))
                return true;
        print_error("%s: line %u of what is judged is another (- expected, + now)\n", name,
                    same + 1);
        print_lines(" ", told, same - PL_MIN(same, (uint32_t) CONTEXT), same);
        print_lines("-", expected, same, same + CONTEXT);
        print_lines("+", told, same, same + CONTEXT);
        return false;
}

/* ---- a trace ---- */

static bool judge(const char *name, struct pl_text *told)
{
        _cleanup_free_ char *text = NULL;
        char words[256];
        struct pl_text mistake;
        size_t length;

        pl_text_init(&mistake, words, sizeof words);
        assert_int_equal(pl_fd_read_file(AT_FDCWD, path_of(name, strlen(name), "").text, TOLD_MAX,
                                         &text, &length),
                         0);
        if (trace_judge(pl_span(text, length), told, &mistake) == 0)
                return true;
        print_error("%s: %s\n", name, words);
        return false;
}

static bool is_right(const char *name)
{
        struct path path = path_of(name, strlen(name) - strlen(".trace"), ".expected");
        _cleanup_free_ char *expected = NULL;
        struct pl_text told;
        size_t length;

        pl_text_init(&told, told_buffer, sizeof told_buffer);
        if (!judge(name, &told))
                return false;
        assert_false(told.cut);
        if (getenv("UPDATE_GOLDEN"))
                update(path.text, pl_text_span(&told));
        if (pl_fd_read_file(AT_FDCWD, path.text, TOLD_MAX, &expected, &length) == 0)
                return is_same(name, pl_text_span(&told), pl_span(expected, length));
        print_error("%s cannot be read\n", path.text);
        return false;
}

static void each_is_judged_as_it_was(void **state)
{
        struct dirent **entries;
        int count = scandir(TRACES, &entries, is_trace, alphasort), failed = 0;

        (void) state;
        assert_true(count >= LEAST_TRACES);
        for (int i = 0; i < count; i++) {
                if (!is_right(entries[i]->d_name))
                        failed++;
                free(entries[i]);
        }
        free(entries);
        assert_int_equal(failed, 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(each_is_judged_as_it_was),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
