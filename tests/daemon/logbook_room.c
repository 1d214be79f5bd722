/* SPDX-License-Identifier: Apache-2.0 */

/* The logbook where there is no room for it, and when there is some again. */

#include "daemon/book.h"

#include <errno.h>
#include <sched.h>
#include <sys/mount.h>

/* A file system of its own for what follows, which nobody else sees. */
static bool mount_small(const char *size)
{
        static bool is_private;

        if (!is_private &&
            (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0))
                return false;
        is_private = true;
        if (mount("small", place_path, "tmpfs", MS_NOSUID | MS_NODEV, size) < 0)
                return false;
        (void) close(place_fd);
        place_fd = open(place_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        return place_fd >= 0;
}

static int tear_down_small(void **state)
{
        (void) tear_down(state);
        (void) umount2(place_path, MNT_DETACH);
        (void) close(place_fd);
        place_fd = open(place_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        return place_fd >= 0 ? 0 : -1;
}

static void fill(const char *name, uint64_t bytes)
{
        _cleanup_close_ int fd = openat(place_fd, name, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);

        assert_true(fd >= 0);
        assert_int_equal(fallocate(fd, 0, 0, (off_t) bytes), 0);
}

static void with_little_room_it_is_smaller(void **state)
{
        uint64_t value = 0;

        (void) state;
        if (!mount_small("size=4m"))
                skip();
        start(PL_JOURNAL_BYTES_DEFAULT);
        assert_false(logbook.is_unseen);
        assert_true(logbook.writer.layout.file_bytes == PL_JOURNAL_BYTES_MIN);
        assert_int_equal(notes(PL_NOTE_JOURNAL_SMALL, &value), 1);
        assert_int_equal(value, PL_JOURNAL_BYTES_MIN);
        assert_int_equal(notes(PL_NOTE_JOURNAL_UNSEEN, &value), 0);
}

/* What the board had before it moved, it has afterwards. */
static void expect_moved(void)
{
        struct pl_journal_host host;
        struct pl_journal_ranking ranking;
        struct pl_journal_state shown;
        struct pl_journal_row row;

        for (uint32_t i = 0; i < 10; i++) {
                int r = pl_journal_read_row(&reader, i, &row);

                assert_int_equal(r, i % 3 == 0 ? 0 : PL_JOURNAL_E_EMPTY);
                assert_true(r != 0 || made_is_row(i, &row));
        }
        assert_int_equal(pl_journal_read_host(&reader, &host), 0);
        assert_true(host.workload_count == 5 && host.sample.total_bytes == 99);
        assert_int_equal(pl_journal_read_ranking(&reader, &ranking), 0);
        assert_true(ranking.count == 1 && ranking.candidates[0].id == 4);
        assert_int_equal(pl_journal_read_state(&reader, &shown), 0);
        assert_int_equal(shown.phase, PL_JOURNAL_RUNNING);
        assert_true(shown.started_usec > 0 && shown.in_force.profile_count == 3);
}

static void fill_board(void)
{
        for (uint32_t i = 0; i < 10; i += 3)
                put_row(i);
        pl_journal_put_host(&logbook.writer, &(struct pl_journal_host){
                                                     .sample = { .at_usec = 1, .total_bytes = 99 },
                                                     .workload_count = 5 });
        pl_journal_put_ranking(
                &logbook.writer,
                &(struct pl_journal_ranking){ .at_usec = 1, .count = 1, .candidates[0].id = 4 });
        logbook.state.in_force.profile_count = 3;
        pl_logbook_put_phase(&logbook, PL_JOURNAL_RUNNING);
}

static void without_room_it_is_in_memory_until_there_is_some(void **state)
{
        struct pl_journal_act act;
        struct pl_journal_row row;
        uint64_t value = 0;

        (void) state;
        if (!mount_small("size=4m"))
                skip();
        fill("filler", 7 * PL_MIB / 2);
        assert_int_equal(open_book(PL_JOURNAL_BYTES_DEFAULT), 0);
        assert_true(logbook.is_unseen);
        assert_false(place_has("journal"));
        /* The mate reads from memory, as here. */
        reader = logbook.mirror;
        assert_int_equal(notes(PL_NOTE_JOURNAL_UNSEEN, &value), 1);
        assert_int_equal(value, ENOSPC);
        reader = (struct pl_journal_reader){};
        fill_board();

        pl_logbook_retry(&logbook, now, now);
        assert_true(logbook.is_unseen);
        assert_int_equal(pl_journal_read_row(&logbook.mirror, 3, &row), 0);
        put_row(9);

        assert_int_equal(unlinkat(place_fd, "filler", 0), 0);
        pl_logbook_retry(&logbook, now, now);
        assert_false(logbook.is_unseen);
        reader = place_reader();
        assert_ptr_equal(logbook.mirror.words, logbook.writer.words);
        expect_moved();
        assert_int_equal(pl_journal_read_row(&logbook.mirror, 3, &row), 0);
        assert_int_equal(notes(PL_NOTE_JOURNAL_SEEN, &value), 1);
        assert_int_equal(notes(PL_NOTE_JOURNAL_SMALL, &value), 1);
        assert_int_equal(value, PL_JOURNAL_BYTES_MIN);

        /* It is where it belongs, and stays there. */
        put_row(11);
        say_something("after");
        pl_logbook_retry(&logbook, now, now);
        assert_int_equal(pl_journal_read_row(&reader, 11, &row), 0);
        assert_int_equal(acts(PL_JOURNAL_NOTE, &act), 3);
        assert_int_equal(open_book(PL_JOURNAL_BYTES_MIN), PL_JOURNAL_E_LOCKED);
}

static void what_may_only_be_read_is_denied(void **state)
{
        (void) state;
        if (!mount_small("size=4m") ||
            mount(NULL, place_path, NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL) < 0)
                skip();
        assert_int_equal(open_book(PL_JOURNAL_BYTES_MIN), PL_JOURNAL_E_DENIED);
        assert_int_equal(logbook.dir_fd, -1);
}

#define ROOM_TEST(function) cmocka_unit_test_setup_teardown(function, place_clear, tear_down_small)

int main(void)
{
        const struct CMUnitTest tests[] = {
                ROOM_TEST(with_little_room_it_is_smaller),
                ROOM_TEST(without_room_it_is_in_memory_until_there_is_some),
                ROOM_TEST(what_may_only_be_read_is_denied),
        };

        return cmocka_run_group_tests(tests, place_set_up, place_tear_down);
}
