/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A verb run as main() runs it, in a directory of its own that holds the files it is to find; and what it says held against
 * a file. Run with UPDATE_GOLDEN=1 in the environment to write those files anew, and read the difference.
 */

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/cli.h"
#include "plimsoll/base/fd.h"
#include "policy/stage.h"
#include "test.h"

enum { TEST_WORDS_MAX = 16, TEST_FILES_MAX = 8, TEST_ANSWER_MAX = 1024 * 1024 };

struct test_file {
        const char *path; /* a directory before it is made */
        const char *text; /* "/dev/null" alone: a link to that */
};

static inline void test_write_file(const struct test_file *file)
{
        char directory[TEST_PATH_MAX];
        const char *slash = strrchr(file->path, '/');
        int fd;

        (void) snprintf(directory, sizeof directory, "%.*s", slash ? (int) (slash - file->path) : 0,
                        file->path);
        if (slash && mkdir(directory, 0755) < 0)
                assert_int_equal(errno, EEXIST);
        if (strcmp(file->text, "/dev/null") == 0) {
                assert_int_equal(symlink(file->text, file->path), 0);
                return;
        }
        fd = open(file->path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
        assert_true(fd >= 0);
        assert_int_equal(pl_fd_write_all(fd, pl_span_of(file->text)), 0);
        (void) close(fd);
}

/* Makes the directory and goes there. */
static inline void test_enter(struct test_stage *stage,
                              const struct test_file files[TEST_FILES_MAX])
{
        (void) umask(022);
        test_stage_make(stage);
        assert_int_equal(chdir(stage->path), 0);
        for (size_t i = 0; i < TEST_FILES_MAX && files[i].path; i++)
                test_write_file(&files[i]);
}

static inline void test_leave(struct test_stage *stage)
{
        assert_int_equal(chdir("/"), 0);
        test_stage_remove(stage);
}

static char test_out[TEST_ANSWER_MAX], test_words[PL_CLI_WORDS_MAX];

struct test_answer {
        enum pl_cli_exit exit_code;
        struct pl_text out, words;
};

static inline int test_collect(void *userdata, struct pl_span bytes)
{
        pl_text_add_span(userdata, bytes);
        return 0;
}

/* Runs "plimsoll" with these words behind it. The answer lives until the next one. */
static inline struct test_answer test_run(const struct pl_cli_verb *verb, struct pl_cli_style style,
                                          const char *const words[TEST_WORDS_MAX])
{
        static char buffer[PL_CLI_OUT_MAX];
        const struct pl_cli_verb *const verbs[] = { verb, NULL };
        const char *arguments[TEST_WORDS_MAX + 2] = { "plimsoll", verb->name };
        struct test_answer answer;
        struct pl_text out;
        struct pl_cli cli = { .verbs = verbs, .style = style, .out = &out, .emit = test_collect };
        int count = 2;

        for (size_t i = 0; i < TEST_WORDS_MAX && words[i]; i++)
                arguments[count++] = words[i];
        pl_text_init(&out, buffer, sizeof buffer);
        pl_text_init(&answer.out, test_out, sizeof test_out);
        pl_text_init(&answer.words, test_words, sizeof test_words);
        cli.words = &answer.words;
        cli.emit_data = &answer.out;
        answer.exit_code = pl_cli_run(&cli, count, arguments);
        assert_false(out.cut);
        assert_int_equal(pl_cli_flush(&cli), 0);
        assert_false(answer.out.cut);
        assert_false(answer.words.cut);
        return answer;
}

static inline void test_compare(struct pl_span text, const char *name)
{
        _cleanup_free_ char *wanted = NULL;
        char path[512];
        size_t length;

        (void) snprintf(path, sizeof path, FIXTURES "/%s", name);
        if (getenv("UPDATE_GOLDEN")) {
                int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

                assert_true(fd >= 0);
                assert_int_equal(pl_fd_write_all(fd, text), 0);
                (void) close(fd);
        }
        assert_int_equal(pl_fd_read_file(AT_FDCWD, path, TEST_ANSWER_MAX, &wanted, &length), 0);
        if (!pl_span_equals_span(text, pl_span(wanted, length))) {
                print_error("%s is not what is said now:\n%.*s", path, (int) text.length,
                            text.data);
                fail();
        }
}

/* No line is wider than a terminal, and no byte is for anything but reading. */
static inline void test_assert_tame(const char *name, struct pl_span text)
{
        while (!pl_span_empty(text)) {
                struct pl_span line = pl_span_until(&text, '\n');

                if (pl_cli_columns(line) > PL_CLI_COLUMNS)
                        fail_msg("row \"%s\": \"%.*s\" is %zu columns wide", name,
                                 (int) line.length, line.data, pl_cli_columns(line));
                for (size_t i = 0; i < line.length; i++)
                        assert_row(name,
                                   (unsigned char) line.data[i] >= 0x20 && line.data[i] != 0x7F);
        }
}
