/* SPDX-License-Identifier: Apache-2.0 */

/* Documents behind each other: where each begins, what each is called, and which lines they have. */

#include "policy/stream.h"

#include <errno.h>
#include <sys/mman.h>

#include "tree.h"

#define MARK PL_STREAM_MARK

/* Adds the text as a stream. */
static int add(struct pl_policy_files *files, struct pl_span text)
{
        _cleanup_close_ int fd = memfd_create("stream", MFD_CLOEXEC);

        assert_true(fd >= 0);
        assert_int_equal(pl_fd_write_all(fd, text), 0);
        assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
        return pl_files_add_stream(files, fd, &diag);
}

static const struct {
        const char *name, *text, *held;
} good[] = {
        { "one document without a name", "{}\n", "<stdin>={}\n" },
        { "nothing at all", "", "<stdin>=" },
        { "blanks alone", "\n\n ", "<stdin>=\n\n " },
        { "one with a name", MARK "/etc/a.json\n{}\n", "/etc/a.json:2={}\n" },
        { "two, sorted by name", MARK "x/b.json\n{B}\n" MARK "y/a.json\n{A}\n",
          "y/a.json:4={A}\n x/b.json:2={B}\n" },
        { "blanks before the first", " \n\t\r\n" MARK "a.json\n{}", "a.json:4={}" },
        { "nothing behind the mark", MARK "a.json", "a.json:2=" },
        { "an empty document", MARK "a.json\n" MARK "b.json\n", "a.json:2= b.json:3=" },
        { "many lines", MARK "a.json\n{\n\n}\n\n" MARK "b.json\n1\n2",
          "a.json:2={\n\n}\n\n b.json:7=1\n2" },
        { "a mark that does not begin its line", MARK "a.json\n { " MARK "b.json\n}",
          "a.json:2= { " MARK "b.json\n}" },
        { "other comments", "// origin\n//origin: x\n// Origin: y\n{}\n",
          "<stdin>=// origin\n//origin: x\n// Origin: y\n{}\n" },
        { "what cat-config prints of a stream without names", MARK "<stdin>\n{}\n",
          "<stdin>:2={}\n" },
        { "blanks in a name", MARK "a b .json\n{}", "a b .json:2={}" },
};

static void takes_documents_apart(void **state)
{
        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(good); i++) {
                _cleanup_(pl_cleanup_files) struct pl_policy_files files = {};

                pl_diag_clear(&diag);
                assert_row(good[i].name, add(&files, pl_span_of(good[i].text)) == 0);
                assert_row(good[i].name, diag.count == 0);
                assert_row(good[i].name, strcmp(held(&files), good[i].held) == 0);
        }
}

#define PATH_OF DASH "an origin is the path of a policy file\n"

static const struct {
        const char *name, *text, *held, *said;
} bad[] = {
        { "text before the first mark", "\n {}\n" MARK "a.json\n{}", "a.json:4={}",
          "<stdin>:2: error: this stands before the first \"// origin: \"" DASH
          "begin every document with a line \"// origin: PATH\", or none\n" },
        { "no name", MARK "\n{}\n" MARK "a.json\n{}", "a.json:4={}",
          "<stdin>:1: error: the origin does not end in \".json\"" PATH_OF },
        { "a name that is no policy's", MARK "/etc/shadow\n{}", "",
          "<stdin>:1: error: the origin does not end in \".json\"" PATH_OF },
        { "an ending alone", MARK "x/.json\n{}", "",
          "<stdin>:1: error: the origin does not end in \".json\"" PATH_OF },
        { "a blank behind the name", MARK "a.json \n{}", "",
          "<stdin>:1: error: the origin does not end in \".json\"" PATH_OF },
        { "lines of DOS", "\n\n" MARK "a.json\r\n{}\r\n", "",
          "<stdin>:3: error: the name has control characters" PATH_OF },
        { "an escape", MARK "\x1B[2Ja.json\n{}", "",
          "<stdin>:1: error: the name has control characters" PATH_OF },
        { "all is said", "x\n" MARK "b\n" MARK "\x01.json\n" MARK "c.json\nC", "c.json:5=C",
          "<stdin>:1: error: this stands before the first \"// origin: \"" DASH
          "begin every document with a line \"// origin: PATH\", or none\n"
          "<stdin>:2: error: the origin does not end in \".json\"" PATH_OF
          "<stdin>:3: error: the name has control characters" PATH_OF },
};

static void says_what_is_wrong_and_takes_the_rest(void **state)
{
        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(bad); i++) {
                _cleanup_(pl_cleanup_files) struct pl_policy_files files = {};

                pl_diag_clear(&diag);
                assert_row(bad[i].name,
                           add(&files, pl_span_of(bad[i].text)) == PL_POLICY_E_INVALID);
                assert_string_equal(said(), bad[i].said);
                assert_string_equal(held(&files), bad[i].held);
        }
}

static void nul_bytes_stay_in_the_document(void **state)
{
        static const char text[] = MARK "a.json\n{\0}\n" MARK "b\0.json\n{}";
        _cleanup_(pl_cleanup_files) struct pl_policy_files files = {};

        (void) state;
        pl_diag_clear(&diag);
        assert_int_equal(add(&files, pl_span(text, sizeof text - 1)), PL_POLICY_E_INVALID);
        assert_int_equal(files.count, 1);
        assert_int_equal(files.items[0].length, 4);
        assert_memory_equal(files.items[0].text, "{\0}\n", 5);
        assert_string_equal(said(), "<stdin>:3: error: the name has control characters" PATH_OF);
}

static void the_second_of_a_name_replaces(void **state)
{
        _cleanup_(pl_cleanup_files) struct pl_policy_files files = {};

        (void) state;
        pl_diag_clear(&diag);
        assert_int_equal(add(&files, pl_span_of(MARK "x/a.json\n1\n" MARK "y/a.json\n2")), 0);
        assert_string_equal(held(&files), "y/a.json:4=2");
        assert_string_equal(said(),
                            "y/a.json: note: this replaces x/a.json, which has the same name" DASH
                            "rename one of them if both are meant\n");
}

static void the_longest_name(void **state)
{
        _cleanup_(pl_cleanup_files) struct pl_policy_files files = {};
        char text[4200] = MARK;

        (void) state;
        pl_diag_clear(&diag);
        memset(text + strlen(MARK), 'x', 4096);
        memcpy(text + strlen(MARK) + 4095 - 5, ".json\n", 7);
        assert_int_equal(add(&files, pl_span_of(text)), 0);
        memcpy(text + strlen(MARK) + 4096 - 5, ".json\n", 7);
        text[strlen(MARK) + 4095 - 5] = 'x';
        assert_int_equal(add(&files, pl_span_of(text)), PL_POLICY_E_INVALID);
        assert_string_equal(said(), "<stdin>:1: error: the name is longer than 4095 bytes" PATH_OF);
}

/* ---- bounds ---- */

static char *many_bytes(size_t length)
{
        char *bytes = malloc(length + 1);

        assert_non_null(bytes);
        memset(bytes, '\n', length);
        bytes[length] = '\0';
        return bytes;
}

static void it_is_only_so_long(void **state)
{
        _cleanup_(pl_cleanup_files) struct pl_policy_files files = {};
        _cleanup_free_ char *bytes = many_bytes(PL_POLICY_TEXT_MAX + 1);

        (void) state;
        pl_diag_clear(&diag);
        assert_int_equal(add(&files, pl_span(bytes, PL_POLICY_TEXT_MAX)), 0);
        assert_int_equal(files.text_bytes, PL_POLICY_TEXT_MAX);
        assert_int_equal(add(&files, pl_span(bytes, PL_POLICY_TEXT_MAX + 1)), PL_POLICY_E_INVALID);
        memcpy(bytes, MARK "a.json", strlen(MARK "a.json"));
        assert_int_equal(add(&files, pl_span(bytes, PL_POLICY_TEXT_MAX)), PL_POLICY_E_INVALID);
        assert_string_equal(said(),
                            "<stdin>: error: longer than 16 MiB" DASH
                            "a policy is not as long as that\n"
                            "a.json: error: with this file the policy is longer than 16 MiB, and "
                            "no more is read" DASH "remove files, or shorten them\n");
}

static void there_are_only_so_many(void **state)
{
        _cleanup_(pl_cleanup_files) struct pl_policy_files files = {};
        _cleanup_free_ char *bytes = many_bytes(65536);
        struct pl_text text;

        (void) state;
        pl_text_init(&text, bytes, 65536);
        for (unsigned i = 0; i < PL_POLICY_FILES_MAX + 5; i++)
                pl_text_addf(&text, MARK "%u.json\n", i);
        assert_false(text.cut);
        pl_diag_clear(&diag);
        assert_int_equal(add(&files, pl_text_span(&text)), PL_POLICY_E_INVALID);
        assert_int_equal(files.count, PL_POLICY_FILES_MAX);
        assert_int_equal(diag.errors, 1);
        assert_string_equal(diag.entries[0].file, "1024.json");
}

/* What is no bounded file: a pipe that gives little at a time, a directory, an fd that cannot be read. */
static void reads_whatever_can_be_read(void **state)
{
        _cleanup_(pl_cleanup_files) struct pl_policy_files files = {};
        _cleanup_close_ int directory = openat(AT_FDCWD, "/", O_RDONLY | O_CLOEXEC);
        _cleanup_close_ int path = openat(AT_FDCWD, "/", O_PATH | O_CLOEXEC);
        int ends[2];

        (void) state;
        pl_diag_clear(&diag);
        assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
        assert_int_equal(pl_fd_write_all(ends[1], pl_span_of("{}")), 0);
        assert_int_equal(close(ends[1]), 0);
        assert_int_equal(pl_files_add_stream(&files, ends[0], &diag), 0);
        assert_int_equal(close(ends[0]), 0);
        assert_string_equal(held(&files), "<stdin>={}");

        assert_int_equal(pl_files_add_stream(&files, directory, &diag), PL_POLICY_E_INVALID);
        assert_string_equal(said(), "<stdin>: error: a directory, and not a stream" DASH
                                    "give the directory itself as an argument\n");
        assert_int_equal(pl_files_add_stream(&files, path, &diag), -EBADF);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(takes_documents_apart),
                cmocka_unit_test(says_what_is_wrong_and_takes_the_rest),
                cmocka_unit_test(nul_bytes_stay_in_the_document),
                cmocka_unit_test(the_second_of_a_name_replaces),
                cmocka_unit_test(the_longest_name),
                cmocka_unit_test(it_is_only_so_long),
                cmocka_unit_test(there_are_only_so_many),
                cmocka_unit_test(reads_whatever_can_be_read),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
