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

/* With room or without: who is there first is the only one. */
static void nobody_else_begins_meanwhile(void **state)
{
        const struct pl_logbook_options wanted = options(PL_JOURNAL_BYTES_DEFAULT);
        struct pl_logbook second;

        (void) state;
        if (!mount_small("size=4m"))
                skip();
        fill("filler", 7 * PL_MIB / 2);
        assert_int_equal(open_book(PL_JOURNAL_BYTES_DEFAULT), 0);
        assert_true(logbook.is_unseen);
        assert_int_equal(pl_logbook_open(&second, &wanted), PL_JOURNAL_E_LOCKED);
        pl_logbook_retry(&logbook, now, now);
        assert_int_equal(pl_logbook_open(&second, &wanted), PL_JOURNAL_E_LOCKED);
        assert_int_equal(unlinkat(place_fd, "filler", 0), 0);
        assert_int_equal(pl_logbook_open(&second, &wanted), PL_JOURNAL_E_LOCKED);
        pl_logbook_retry(&logbook, now, now);
        assert_false(logbook.is_unseen);
        assert_int_equal(pl_logbook_open(&second, &wanted), PL_JOURNAL_E_LOCKED);

        pl_logbook_close(&logbook);
        start(PL_JOURNAL_BYTES_MIN);
        assert_false(logbook.is_unseen);
}

/* Not even for the lock, which takes no more than a name. It is had as soon as it can be. */
static void without_room_for_a_lock_it_runs_without(void **state)
{
        const struct pl_logbook_options wanted = options(PL_JOURNAL_BYTES_MIN);
        struct pl_logbook second;

        (void) state;
        if (!mount_small("size=4m,nr_inodes=1"))
                skip();
        assert_int_equal(open_book(PL_JOURNAL_BYTES_DEFAULT), 0);
        assert_true(logbook.is_unseen);
        pl_logbook_retry(&logbook, now, now);
        assert_true(logbook.is_unseen);
        assert_int_equal(mount(NULL, place_path, NULL, MS_REMOUNT, "size=4m,nr_inodes=100"), 0);
        pl_logbook_retry(&logbook, now, now);
        assert_false(logbook.is_unseen);
        assert_int_equal(pl_logbook_open(&second, &wanted), PL_JOURNAL_E_LOCKED);
}

/* A journal is given up for a larger one when that can be had, and not before. */
static void without_room_the_one_that_is_there_goes_on(void **state)
{
        static const uint64_t sizes[] = { PL_JOURNAL_BYTES_MIN, 2 * PL_MIB };
        uint64_t value = 0;

        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(sizes); i++) {
                if (!mount_small("size=4m"))
                        skip();
                start(sizes[i]);
                say_something("before");
                stop();
                fill("filler", 4 * PL_MIB - sizes[i] - PL_MIB / 2);
                start(PL_JOURNAL_BYTES_DEFAULT);
                assert_false(logbook.is_unseen);
                assert_false(place_has("journal.old"));
                assert_false(place_has("journal.new"));
                assert_true(logbook.writer.layout.file_bytes == sizes[i]);
                assert_int_equal(notes(PL_NOTE_RESUMED, &value), 1);
                assert_int_equal(notes(PL_NOTE_JOURNAL_SMALL, &value), 1);
                assert_int_equal(value, sizes[i]);
                stop();
                /* A smaller one is not worth it either. */
                start(PL_JOURNAL_BYTES_MIN);
                assert_true(logbook.writer.layout.file_bytes == sizes[i]);
                assert_int_equal(notes(PL_NOTE_RESUMED, &value), 1);
                stop();

                assert_int_equal(unlinkat(place_fd, "filler", 0), 0);
                start(sizes[i] == PL_JOURNAL_BYTES_MIN ? 2 * PL_MIB : PL_JOURNAL_BYTES_MIN);
                assert_int_equal(notes(PL_NOTE_RESUMED, &value), 0);
                assert_true(place_has("journal.old"));
                assert_int_equal(tear_down_small(state), 0);
        }
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
                ROOM_TEST(nobody_else_begins_meanwhile),
                ROOM_TEST(without_room_for_a_lock_it_runs_without),
                ROOM_TEST(without_room_the_one_that_is_there_goes_on),
                ROOM_TEST(what_may_only_be_read_is_denied),
        };

        return cmocka_run_group_tests(tests, place_set_up, place_tear_down);
}
