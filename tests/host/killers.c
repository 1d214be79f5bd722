/* SPDX-License-Identifier: Apache-2.0 */

/* Who else acts when memory runs short, from trees like /proc. */

#include "plimsoll/host/killers.h"

#include <fcntl.h>
#include <unistd.h>

#include "plimsoll/journal/board.h"
#include "test.h"

static struct pl_file_buffer buffer;

static int open_fixture(const char *path)
{
        int fd = open(path, O_RDONLY | O_CLOEXEC | O_DIRECTORY);

        assert_true(fd >= 0);
        return fd;
}

static const struct pl_killer *find(const struct pl_killers *killers, const char *name)
{
        for (size_t i = 0; i < killers->count; i++)
                if (strcmp(killers->found[i].kind->name, name) == 0)
                        return &killers->found[i];
        return NULL;
}

static void killers_are_known_by_name_and_executable(void **state)
{
        struct pl_killers killers;
        int proc_fd = open_fixture(FIXTURES "/doctor/processes/proc");

        (void) state;
        pl_killers_find(proc_fd, &buffer, &killers);
        (void) close(proc_fd);
        assert_true(killers.complete);
        assert_int_equal(killers.count, 5);

        /* 310 only took the name; of the two others one is enough, and an upgrade has replaced the file of one. */
        assert_non_null(find(&killers, "earlyoom"));
        assert_int_not_equal(find(&killers, "earlyoom")->pid, 310);
        assert_false(find(&killers, "earlyoom")->name_alone);
        assert_non_null(find(&killers, "nohang")); /* a script: python's */
        assert_null(find(&killers, "memavaild"));  /* perl's */
        assert_non_null(find(&killers, "systemd-oomd"));
        assert_true(find(&killers, "systemd-oomd")
                            ->name_alone);                  /* its executable is not ours to read */
        assert_non_null(find(&killers, "low-memory-moni")); /* cut at 15 bytes by the kernel */
        assert_non_null(find(&killers, "kubelet"));
        assert_null(find(&killers, "lmkd")); /* a kernel thread */
        assert_null(find(&killers, "oomd")); /* "oomd) S (lmkd": another name */
        assert_null(
                find(&killers, "bustd")); /* a stat cut short, and a directory that is no process */
}

static void a_list_that_cannot_be_read_is_not_complete(void **state)
{
        struct pl_killers killers;
        int file_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

        (void) state;
        pl_killers_find(file_fd, &buffer, &killers);
        (void) close(file_fd);
        assert_false(killers.complete);
        assert_int_equal(killers.count, 0);

        /* Mounted with hidepid=2: there are processes, but not the first. */
        file_fd = open_fixture(FIXTURES "/doctor/debian12/proc");
        pl_killers_find(file_fd, &buffer, &killers);
        (void) close(file_fd);
        assert_false(killers.complete);
}

/* plimsolld says it in one line of its log. */
static void what_each_does_can_be_said_in_a_line(void **state)
{
        (void) state;
        for (const struct pl_killer_kind *kind = pl_killer_kinds; kind->name; kind++) {
                assert_true(strlen(kind->name) <= 15);
                assert_true(strlen(kind->name) + strlen(". ") + strlen(kind->what) <
                            PL_JOURNAL_WORDS_BYTES);
                assert_true(kind->is_rival == (kind->advice != NULL));
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(killers_are_known_by_name_and_executable),
                cmocka_unit_test(a_list_that_cannot_be_read_is_not_complete),
                cmocka_unit_test(what_each_does_can_be_said_in_a_line),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
