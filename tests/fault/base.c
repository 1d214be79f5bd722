/* SPDX-License-Identifier: Apache-2.0 */

#include "fault/check.h"

#include <errno.h>

#include "fault/directory.h"
#include "plimsoll/base/pool.h"
#include "plimsoll/base/table.h"

static const char content[] = "one line\nanother line\n";

/* What a loop around read() or write() has to live with. */
static bool is_harmless(enum pl_fault_call call)
{
        const struct pl_fault *fault = pl_fault_armed();

        return fault->call == PL_FAULT_close ||
               (fault->call == call && (fault->error == EINTR || fault->error == PL_FAULT_SHORT));
}

static bool open_refused(int r)
{
        const struct pl_fault *fault = pl_fault_armed();

        return pl_fault_struck() && fault->call == PL_FAULT_openat &&
               ((fault->error == ENOENT && r == PL_FD_E_ABSENT) ||
                (fault->error == EACCES && r == PL_FD_E_DENIED));
}

static bool reads_whole_file(void *userdata)
{
        char *data = NULL;
        size_t length = 0;
        int r = pl_fd_read_file(directory_fd, "file", 100, &data, &length);
        bool good;

        (void) userdata;
        if (r != 0)
                return !data && length == 0 && !is_harmless(PL_FAULT_read) &&
                       (is_armed_error(r) || open_refused(r));
        good = pl_span_equals(pl_span(data, length), content) && data[length] == '\0';
        free(data);
        return good;
}

static bool refuses_large_file(void *userdata)
{
        char *data = NULL;
        size_t length;
        int r = pl_fd_read_file(directory_fd, "file", 4, &data, &length);

        (void) userdata;
        return r == PL_FD_E_TOO_BIG || is_armed_error(r) || open_refused(r);
}

/* A file of /proc says that it is empty. */
static bool reads_proc(void *userdata)
{
        char *data = NULL;
        size_t length = 0;
        int r = pl_fd_read_file(AT_FDCWD, "/proc/self/status", 64 * 1024, &data, &length);

        (void) userdata;
        if (r != 0)
                return !is_harmless(PL_FAULT_read) && (is_armed_error(r) || open_refused(r));
        r = pl_span_starts_with(pl_span(data, length), "Name:") &&
            pl_span_ends_with(pl_span(data, length), "\n");
        free(data);
        return r;
}

static bool writes_all(void *userdata)
{
        _cleanup_close_ int fd = openat(directory_fd, "file", O_WRONLY | O_TRUNC | O_CLOEXEC);
        bool harmless = is_harmless(PL_FAULT_write);
        int r;

        (void) userdata;
        if (fd < 0)
                return pl_fault_struck();
        r = pl_fd_write_all(fd, pl_span_of(content));
        if (r != 0)
                return !harmless && is_armed_error(r);
        pl_fault_disarm();
        return directory_has("file", pl_span_of(content));
}

static bool makes_pool(void *userdata)
{
        struct pl_pool pool;
        int r = pl_pool_init(&pool, 8, 24);
        uint32_t index;

        (void) userdata;
        if (r == 0)
                r = pl_pool_take(&pool, &index);
        pl_pool_done(&pool);
        return pl_fault_struck() && pl_fault_armed()->error == ENOMEM ? r == -ENOMEM : r == 0;
}

static bool makes_table(void *userdata)
{
        struct pl_table table;
        int r = pl_table_init(&table, 8, 1);

        (void) userdata;
        if (r == 0)
                r = pl_table_add(&table, 1, 2);
        pl_table_done(&table);
        return pl_fault_struck() && pl_fault_armed()->error == ENOMEM ? r == -ENOMEM : r == 0;
}

static void reading_survives(void **state)
{
        (void) state;
        directory_write("file", pl_span_of(content));
        survives_every_fault(reads_whole_file, NULL);
        survives_every_fault(refuses_large_file, NULL);
        survives_every_fault(reads_proc, NULL);
}

static void writing_survives(void **state)
{
        (void) state;
        directory_write("file", pl_span_of(""));
        survives_every_fault(writes_all, NULL);
}

static void containers_survive(void **state)
{
        (void) state;
        survives_every_fault(makes_pool, NULL);
        survives_every_fault(makes_table, NULL);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(reading_survives),
                cmocka_unit_test(writing_survives),
                cmocka_unit_test(containers_survive),
        };

        return cmocka_run_group_tests(tests, directory_set_up, directory_tear_down);
}
