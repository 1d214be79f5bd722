/* SPDX-License-Identifier: Apache-2.0 */

#include "plimsoll/kernel/file.h"

#include "plimsoll/base/size.h"
#include "tree.h"

static struct test_tree tree;
static struct pl_file_buffer buffer;

static int make(void **state)
{
        (void) state;
        test_tree_make(&tree);
        return 0;
}

static int unmake(void **state)
{
        (void) state;
        test_tree_remove(&tree);
        return 0;
}

static void absent_is_not_empty(void **state)
{
        (void) state;
        test_tree_put(&tree, "empty", "");
        assert_int_equal(pl_file_read(tree.fd, "empty", &buffer), 0);
        assert_int_equal(buffer.length, 0);
        assert_int_equal(pl_file_read(tree.fd, "absent", &buffer), PL_FILE_E_ABSENT);
        assert_int_equal(pl_file_read(tree.fd, "empty/below", &buffer), PL_FILE_E_ABSENT);
        assert_int_equal(pl_file_read_long(tree.fd, "absent", &buffer), PL_FILE_E_ABSENT);
}

static void a_file_longer_than_the_buffer(void **state)
{
        _cleanup_close_ int fd = openat(tree.fd, "big", O_CREAT | O_RDWR | O_CLOEXEC, 0644);

        (void) state;
        assert_int_equal(ftruncate(fd, PL_FILE_MAX - 1), 0);
        assert_int_equal(pl_file_read(tree.fd, "big", &buffer), 0);
        assert_int_equal(pl_file_read_long(tree.fd, "big", &buffer), 0);
        assert_int_equal(buffer.length, PL_FILE_MAX - 1);
        assert_int_equal(ftruncate(fd, PL_FILE_MAX), 0);
        assert_int_equal(pl_file_read(tree.fd, "big", &buffer), PL_FILE_E_TOO_BIG);
        assert_int_equal(pl_file_read_long(tree.fd, "big", &buffer), PL_FILE_E_TOO_BIG);
        assert_int_equal(pl_file_read_again(fd, &buffer), PL_FILE_E_TOO_BIG);
}

/* /proc/kallsyms and vmstat come a page at a time: a single read would be a silent cut. */
static void long_files_are_read_to_their_end(void **state)
{
        _cleanup_close_ int proc = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        size_t lines = 0;

        (void) state;
        assert_int_equal(pl_file_read_long(proc, "vmstat", &buffer), 0);
        for (size_t i = 0; i < buffer.length; i++)
                lines += buffer.data[i] == '\n';
        assert_true(lines > 100);
        assert_int_equal(buffer.data[buffer.length - 1], '\n');
}

static void an_open_file_is_read_from_its_beginning(void **state)
{
        _cleanup_close_ int fd = -1;

        (void) state;
        test_tree_put(&tree, "figure", "1\n");
        assert_int_equal(pl_file_open(tree.fd, "figure", &fd), 0);
        assert_int_equal(pl_file_read_again(fd, &buffer), 0);
        test_tree_put(&tree, "figure", "22\n");
        assert_int_equal(pl_file_read_again(fd, &buffer), 0);
        assert_true(pl_span_equals(pl_file_span(&buffer), "22\n"));
}

static void links_are_not_followed_to_directories(void **state)
{
        int fd = -1;

        (void) state;
        assert_int_equal(symlinkat("/", tree.fd, "link"), 0);
        assert_int_equal(pl_file_open_directory(tree.fd, "link", &fd), PL_FILE_E_ABSENT);
        assert_int_equal(fd, -1);
}

static void values_are_written_whole(void **state)
{
        (void) state;
        test_tree_put(&tree, "limit", "");
        assert_int_equal(pl_file_write_limit(tree.fd, "limit", PL_SIZE_MAX), 0);
        assert_string_equal(test_tree_get(&tree, "limit"), "max\n");
        test_tree_put(&tree, "limit", "");
        assert_int_equal(pl_file_write_limit(tree.fd, "limit", 0), 0);
        assert_string_equal(test_tree_get(&tree, "limit"), "0\n");
        test_tree_put(&tree, "limit", "");
        assert_int_equal(pl_file_write_u64(tree.fd, "limit", UINT64_MAX), 0);
        assert_string_equal(test_tree_get(&tree, "limit"), "18446744073709551615\n");
        test_tree_put(&tree, "limit", "");
        assert_int_equal(pl_file_write_i64(tree.fd, "limit", INT64_MIN), 0);
        assert_string_equal(test_tree_get(&tree, "limit"), "-9223372036854775808\n");
        assert_int_equal(pl_file_write_u64(tree.fd, "nothing", 1), PL_FILE_E_ABSENT);
        assert_int_equal(faccessat(tree.fd, "nothing", F_OK, 0), -1);
}

static void outcomes_have_names(void **state)
{
        static const struct {
                int error, outcome;
        } rows[] = {
                { ENOENT, PL_FILE_E_ABSENT }, { ENODEV, PL_FILE_E_GONE },
                { ESRCH, PL_FILE_E_GONE },    { EOPNOTSUPP, PL_FILE_E_OFF },
                { EACCES, PL_FILE_E_DENIED }, { EPERM, PL_FILE_E_DENIED },
                { EROFS, PL_FILE_E_DENIED },  { EINVAL, PL_FILE_E_REFUSED },
                { EAGAIN, PL_FILE_E_AGAIN },  { EBUSY, PL_FILE_E_AGAIN },
                { EINTR, PL_FILE_E_AGAIN },   { EIO, -EIO },
                { EMFILE, -EMFILE },          { ENOMEM, -ENOMEM },
        };

        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(rows); i++)
                assert_int_equal(pl_file_outcome(rows[i].error), rows[i].outcome);
}

static void limits(void **state)
{
        static const struct {
                const char *text;
                int error;
                uint64_t value;
        } rows[] = {
                { "max\n", 0, PL_SIZE_MAX },
                { "max", PL_FILE_E_MALFORMED, 0 },
                { "1234", PL_FILE_E_MALFORMED, 0 },
                { "0\n", 0, 0 },
                { "9223372036854771712\n", 0, UINT64_C(9223372036854771712) },
                { "", PL_FILE_E_MALFORMED, 0 },
                { "\n", PL_FILE_E_MALFORMED, 0 },
                { "maximum\n", PL_FILE_E_MALFORMED, 0 },
                { "ma", PL_FILE_E_MALFORMED, 0 },
                { "1\n2\n", PL_FILE_E_MALFORMED, 0 },
                { "1\n\n", PL_FILE_E_MALFORMED, 0 },
                { "-1\n", PL_FILE_E_MALFORMED, 0 },
                { "18446744073709551616\n", PL_FILE_E_MALFORMED, 0 },
        };

        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(rows); i++) {
                uint64_t value = 77;

                assert_row(rows[i].text,
                           pl_file_parse_limit(pl_span_of(rows[i].text), &value) == rows[i].error);
                assert_row(rows[i].text, value == (rows[i].error ? 77 : rows[i].value));
        }
        assert_int_equal(pl_file_parse_u64(pl_span_of("max\n"), &(uint64_t){ 0 }),
                         PL_FILE_E_MALFORMED);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(absent_is_not_empty),
                cmocka_unit_test(a_file_longer_than_the_buffer),
                cmocka_unit_test(long_files_are_read_to_their_end),
                cmocka_unit_test(an_open_file_is_read_from_its_beginning),
                cmocka_unit_test(links_are_not_followed_to_directories),
                cmocka_unit_test(values_are_written_whole),
                cmocka_unit_test(outcomes_have_names),
                cmocka_unit_test(limits),
        };

        return cmocka_run_group_tests(tests, make, unmake);
}
