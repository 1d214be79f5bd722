/* SPDX-License-Identifier: Apache-2.0 */

#include "plimsoll/base/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "test.h"

static char directory[] = "/tmp/plimsoll-fd-XXXXXX";
static int dir_fd;

static int make_directory(void **state)
{
        (void) state;
        if (!mkdtemp(directory))
                return -1;
        dir_fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        return dir_fd < 0;
}

static int remove_directory(void **state)
{
        static const char *const names[] = { "file", "fifo", "socket", "huge", "secret" };

        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(names); i++)
                (void) unlinkat(dir_fd, names[i], 0);
        (void) close(dir_fd);
        return rmdir(directory);
}

static void put(const char *name, const char *data, size_t length)
{
        _cleanup_close_ int fd = openat(dir_fd, name, O_CREAT | O_WRONLY | O_TRUNC | O_CLOEXEC,
                                        0600);

        assert_true(fd >= 0);
        assert_int_equal(pl_fd_write_all(fd, pl_span(data, length)), 0);
}

static void reads_what_is_there(void **state)
{
        _cleanup_free_ char *data = NULL, *whole = NULL;
        size_t length;

        (void) state;
        put("file", "a\0b\n", 4);
        assert_int_equal(pl_fd_read_file(dir_fd, "file", 100, &data, &length), 0);
        assert_int_equal(length, 4);
        assert_memory_equal(data, "a\0b\n", 5); /* and the NUL behind */

        assert_int_equal(pl_fd_read_file(dir_fd, "file", 4, &whole, &length), 0);
        assert_int_equal(length, 4);
}

static void refuses_what_is_no_file(void **state)
{
        const struct sockaddr_un address = { .sun_family = AF_UNIX };
        struct sockaddr_un at = address;
        _cleanup_close_ int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        char *data = NULL;
        size_t length = 77;

        (void) state;
        assert_int_equal(mkfifoat(dir_fd, "fifo", 0600), 0);
        assert_true(snprintf(at.sun_path, sizeof at.sun_path, "%s/socket", directory) > 0);
        assert_int_equal(bind(listener, (const struct sockaddr *) &at, sizeof at), 0);

        assert_int_equal(pl_fd_read_file(dir_fd, "fifo", 100, &data, &length), PL_FD_E_NOT_REGULAR);
        assert_int_equal(pl_fd_read_file(dir_fd, ".", 100, &data, &length), PL_FD_E_NOT_REGULAR);
        assert_int_equal(pl_fd_read_file(dir_fd, "socket", 100, &data, &length),
                         PL_FD_E_NOT_REGULAR);
        assert_int_equal(pl_fd_read_file(AT_FDCWD, "/dev/zero", 100, &data, &length),
                         PL_FD_E_NOT_REGULAR);
        assert_int_equal(pl_fd_read_file(dir_fd, "nothing", 100, &data, &length), PL_FD_E_ABSENT);
        assert_int_equal(pl_fd_read_file(dir_fd, "fifo/x", 100, &data, &length), PL_FD_E_ABSENT);
        assert_null(data);
        assert_int_equal(length, 77);
}

static void refuses_what_is_too_long(void **state)
{
        _cleanup_close_ int fd = openat(dir_fd, "huge", O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
        char *data = NULL;
        size_t length;

        (void) state;
        assert_int_equal(ftruncate(fd, (off_t) 1 << 30), 0);
        assert_int_equal(pl_fd_read_file(dir_fd, "huge", 1 << 20, &data, &length), PL_FD_E_TOO_BIG);
        put("file", "12345", 5);
        assert_int_equal(pl_fd_read_file(dir_fd, "file", 4, &data, &length), PL_FD_E_TOO_BIG);
        /* A file that says it is empty and is not: it is read to the bound and no further. */
        assert_int_equal(pl_fd_read_file(AT_FDCWD, "/proc/self/maps", 16, &data, &length),
                         PL_FD_E_TOO_BIG);
        assert_null(data);
}

/* What fstat() said may not be so any more when the file is read. */
static void an_open_file_may_have_changed(void **state)
{
        static const struct {
                const char *name;
                uint64_t said_bytes;
                size_t max_bytes;
                int result;
        } rows[] = {
                { "as it was", 5, 10, 0 },
                { "as long as it may be", 5, 5, 0 },
                { "it has grown", 2, 10, 0 },
                { "it has grown to what it may have", 2, 5, 0 },
                { "it was empty", 0, 10, 0 },
                { "it was cut", 9, 10, 0 },
                { "it has grown too long", 2, 4, PL_FD_E_TOO_BIG },
                { "it was empty and is too long", 0, 4, PL_FD_E_TOO_BIG },
                { "it said that it is too long", 11, 10, PL_FD_E_TOO_BIG },
        };

        (void) state;
        put("file", "12345", 5);
        for (size_t i = 0; i < PL_ARRAY_LENGTH(rows); i++) {
                _cleanup_close_ int fd = openat(dir_fd, "file", O_RDONLY | O_CLOEXEC);
                _cleanup_free_ char *data = NULL;
                size_t length = 77;

                assert_row(rows[i].name,
                           pl_fd_read_open_file(fd, rows[i].said_bytes, rows[i].max_bytes, &data,
                                                &length) == rows[i].result);
                if (rows[i].result == 0)
                        assert_row(rows[i].name, length == 5 && strcmp(data, "12345") == 0);
                else
                        assert_row(rows[i].name, length == 77 && !data);
        }
}

static void a_file_without_permission(void **state)
{
        char *data = NULL;
        size_t length;

        (void) state;
        put("secret", "x", 1);
        assert_int_equal(fchmodat(dir_fd, "secret", 0, 0), 0);
        if (geteuid() == 0) /* root reads everything: become nobody for the one call */
                assert_int_equal(seteuid(65534), 0);
        /* Neither the directory, which is 0700, nor the file may be opened. */
        assert_int_equal(pl_fd_read_file(dir_fd, "secret", 10, &data, &length), PL_FD_E_DENIED);
        if (getuid() == 0)
                assert_int_equal(seteuid(0), 0);
        assert_null(data);
}

static void a_write_that_fails_says_so(void **state)
{
        _cleanup_close_ int full = open("/dev/full", O_WRONLY | O_CLOEXEC);

        (void) state;
        assert_int_equal(pl_fd_write_all(full, pl_span_of("x")), -ENOSPC);
        assert_int_equal(pl_fd_write_all(full, pl_span_of("")), 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(reads_what_is_there),
                cmocka_unit_test(refuses_what_is_no_file),
                cmocka_unit_test(refuses_what_is_too_long),
                cmocka_unit_test(an_open_file_may_have_changed),
                cmocka_unit_test(a_file_without_permission),
                cmocka_unit_test(a_write_that_fails_says_so),
        };

        return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
