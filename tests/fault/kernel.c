/* SPDX-License-Identifier: Apache-2.0 */

/* The small files of the kernel. Their reader takes what one pread() gives for the whole, as kernfs promises; that a
 * loop reads the long ones to their end and that a value is written whole or not at all is looked at here.
 */

#include "fault/check.h"

#include <errno.h>

#include "fault/directory.h"
#include "plimsoll/base/size.h"
#include "plimsoll/kernel/file.h"

static const char content[] = "some avg10=0.00 avg60=0.00 avg300=0.00 total=0\n";
static struct pl_file_buffer buffer;

/* A failed call becomes its outcome, once and unchanged. */
static bool is_armed_outcome(int r)
{
        const struct pl_fault *fault = pl_fault_armed();

        return pl_fault_struck() && fault->error > 0 && r == pl_file_outcome(fault->error);
}

static bool is_armed_short(enum pl_fault_call call)
{
        const struct pl_fault *fault = pl_fault_armed();

        return pl_fault_struck() && fault->call == call && fault->error == PL_FAULT_SHORT;
}

static bool reads(void *userdata)
{
        int r = pl_file_read(directory_fd, "file", &buffer);

        (void) userdata;
        if (r != 0)
                return is_armed_outcome(r);
        return is_armed_short(PL_FAULT_pread) || pl_span_equals(pl_file_span(&buffer), content);
}

static bool reads_long(void *userdata)
{
        int r = pl_file_read_long(directory_fd, "file", &buffer);

        (void) userdata;
        return r == 0 ? pl_span_equals(pl_file_span(&buffer), content) : is_armed_outcome(r);
}

static bool writes_limit(void *userdata)
{
        const uint64_t *limit = userdata;
        int r = pl_file_write_limit(directory_fd, "file", *limit);

        if (is_armed_short(PL_FAULT_write))
                return r == -EIO;
        return r == 0 || is_armed_outcome(r);
}

static bool writes_i64(void *userdata)
{
        int r = pl_file_write_i64(directory_fd, "file", INT64_MIN);

        (void) userdata;
        if (is_armed_short(PL_FAULT_write))
                return r == -EIO;
        return r == 0 || is_armed_outcome(r);
}

static bool opens_directory(void *userdata)
{
        _cleanup_close_ int fd = -1;
        int r = pl_file_open_directory(directory_fd, ".", &fd);

        (void) userdata;
        return r == 0 ? fd >= 0 : fd == -1 && is_armed_outcome(r);
}

static void reading_survives(void **state)
{
        (void) state;
        directory_write("file", pl_span_of(content));
        survives_every_fault(reads, NULL);
        survives_every_fault(reads_long, NULL);
        survives_every_fault(opens_directory, NULL);
}

static void writing_survives(void **state)
{
        uint64_t none = PL_SIZE_MAX, some = 64 * PL_MIB;

        (void) state;
        directory_write("file", pl_span_of(""));
        survives_every_fault(writes_limit, &none);
        survives_every_fault(writes_limit, &some);
        survives_every_fault(writes_i64, NULL);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(reading_survives),
                cmocka_unit_test(writing_survives),
        };

        return cmocka_run_group_tests(tests, directory_set_up, directory_tear_down);
}
