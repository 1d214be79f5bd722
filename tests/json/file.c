/* SPDX-License-Identifier: Apache-2.0 */

/* Files that are no policy: each has to be a sentence and not a hang, a crash or a gigabyte of memory. */

#include "json/parse.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "plimsoll/base/fd.h"
#include "plimsoll/base/macro.h"

static int dir_fd = -1;
static char dir_path[] = "/tmp/plimsoll-json-XXXXXX";

static const char *const names[] = { "good", "bad",      "fifo", "big",   "secret",
                                     "link", "dangling", "nul",  "empty", "full" };

static void make(const char *name, const char *text, size_t length)
{
        _cleanup_close_ int fd = openat(dir_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
                                        0600);

        assert_true(fd >= 0);
        assert_int_equal(pl_fd_write_all(fd, pl_span(text, length)), 0);
}

static int set_up(void **state)
{
        _cleanup_free_ char *full = malloc(PL_JSON_TEXT_MAX);

        (void) state;
        assert_non_null(mkdtemp(dir_path));
        dir_fd = open(dir_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        assert_true(dir_fd >= 0);
        make("good", "{\"a\": 1}\n", 9);
        make("bad", "{\n\"a\" 1}", 8);
        make("secret", "{}", 2);
        make("nul", "{}\0", 3);
        make("empty", "", 0);
        make("big", "", 0);
        assert_non_null(full);
        memset(full, ' ', PL_JSON_TEXT_MAX);
        full[PL_JSON_TEXT_MAX - 1] = '7';
        make("full", full, PL_JSON_TEXT_MAX);
        assert_int_equal(fchmodat(dir_fd, "secret", 0, 0), 0);
        assert_int_equal(mkfifoat(dir_fd, "fifo", 0600), 0);
        assert_int_equal(mkdirat(dir_fd, "directory", 0700), 0);
        assert_int_equal(symlinkat("good", dir_fd, "link"), 0);
        assert_int_equal(symlinkat("nowhere", dir_fd, "dangling"), 0);
        return 0;
}

static int tear_down(void **state)
{
        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(names); i++)
                (void) unlinkat(dir_fd, names[i], 0);
        (void) unlinkat(dir_fd, "directory", AT_REMOVEDIR);
        (void) close(dir_fd);
        return rmdir(dir_path);
}

static void expect_error(const char *name, int error, const char *formatted)
{
        struct pl_json_document *document = NULL;
        char buffer[2 * PL_DIAG_WORDS_MAX];
        struct pl_text text;

        pl_diag_clear(&diag);
        assert_int_equal(pl_json_read_file(dir_fd, name, &diag, &document), error);
        assert_null(document);
        assert_int_equal(diag.errors, 1);
        pl_text_init(&text, buffer, sizeof buffer);
        pl_diag_format(&text, &diag.entries[0]);
        assert_string_equal(buffer, formatted);
}

static void reads_a_file(void **state)
{
        static const char *const good[] = { "good", "link" };

        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(good); i++) {
                _cleanup_document_ struct pl_json_document *document = NULL;

                pl_diag_clear(&diag);
                assert_int_equal(pl_json_read_file(dir_fd, good[i], &diag, &document), 0);
                assert_int_equal(diag.count, 0);
                assert_string_equal(pl_json_root(document)->child->key, "a");
        }
}

static void reads_a_file_of_the_largest_length(void **state)
{
        _cleanup_document_ struct pl_json_document *document = NULL;

        (void) state;
        pl_diag_clear(&diag);
        assert_int_equal(pl_json_read_file(dir_fd, "full", &diag, &document), 0);
        assert_int_equal(pl_json_root(document)->place.column, PL_JSON_TEXT_MAX);
}

static void refuses_what_is_no_file(void **state)
{
        (void) state;
        expect_error("fifo", PL_JSON_E_INVALID,
                     "fifo: error: not a regular file \xE2\x80\x94 directories, FIFOs, sockets and "
                     "devices are not read");
        expect_error("directory", PL_JSON_E_INVALID,
                     "directory: error: not a regular file \xE2\x80\x94 directories, FIFOs, "
                     "sockets and devices are not read");
        expect_error("/dev/null", PL_JSON_E_INVALID,
                     "/dev/null: error: not a regular file \xE2\x80\x94 directories, FIFOs, "
                     "sockets and devices are not read");
}

static void refuses_what_is_not_there(void **state)
{
        (void) state;
        expect_error("absent", PL_JSON_E_NO_FILE,
                     "absent: error: no such file \xE2\x80\x94 check the path");
        expect_error("absent/x", PL_JSON_E_NO_FILE,
                     "absent/x: error: no such file \xE2\x80\x94 check the path");
        expect_error("good/x", PL_JSON_E_NO_FILE,
                     "good/x: error: no such file \xE2\x80\x94 check the path");
        expect_error("dangling", PL_JSON_E_NO_FILE,
                     "dangling: error: no such file \xE2\x80\x94 check the path");
}

static void refuses_a_gigabyte(void **state)
{
        _cleanup_close_ int fd = openat(dir_fd, "big", O_WRONLY | O_CLOEXEC);

        (void) state;
        assert_true(fd >= 0);
        if (ftruncate(fd, 1 << 30) < 0) /* sparse: it takes no room on the disk */
                skip();
        expect_error("big", PL_JSON_E_INVALID,
                     "big: error: longer than 1024 KiB \xE2\x80\x94 split it into several files");
        assert_int_equal(ftruncate(fd, PL_JSON_TEXT_MAX + 1), 0);
        expect_error("big", PL_JSON_E_INVALID,
                     "big: error: longer than 1024 KiB \xE2\x80\x94 split it into several files");
}

static void refuses_what_may_not_be_read(void **state)
{
        (void) state;
        if (faccessat(dir_fd, "secret", R_OK, AT_EACCESS) == 0)
                skip(); /* root may read everything */
        expect_error("secret", PL_JSON_E_DENIED,
                     "secret: error: may not be read \xE2\x80\x94 check the permissions of the "
                     "file and of the directories above it");
}

static void names_the_file_and_the_place(void **state)
{
        (void) state;
        expect_error("bad", PL_JSON_E_INVALID,
                     "bad:2:5: error: a colon is missing behind the key \"a\"");
        expect_error("nul", PL_JSON_E_INVALID,
                     "nul:1:3: error: a NUL byte \xE2\x80\x94 this may be no text file, or UTF-16: "
                     "save it as UTF-8");
        expect_error("empty", PL_JSON_E_INVALID,
                     "empty:1:1: error: the text is empty \xE2\x80\x94 an empty document is {}");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(reads_a_file),
                cmocka_unit_test(reads_a_file_of_the_largest_length),
                cmocka_unit_test(refuses_what_is_no_file),
                cmocka_unit_test(refuses_what_is_not_there),
                cmocka_unit_test(refuses_a_gigabyte),
                cmocka_unit_test(refuses_what_may_not_be_read),
                cmocka_unit_test(names_the_file_and_the_place),
        };

        return cmocka_run_group_tests(tests, set_up, tear_down);
}
