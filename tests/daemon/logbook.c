/* SPDX-License-Identifier: Apache-2.0 */

/* The logbook: what is there from before, and who may not write there. */

#include "daemon/book.h"

#include <errno.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>

enum { NOBODY = 65534 };

static void a_new_one_says_who_writes_it(void **state)
{
        struct pl_journal_act act;
        struct pl_journal_state shown;
        uint64_t value;

        (void) state;
        start(PL_JOURNAL_BYTES_MIN);
        assert_int_equal(acts(PL_JOURNAL_STARTED, &act), 1);
        assert_int_equal(act.started.generation, 1);
        assert_int_equal(act.started.pid, getpid());
        assert_int_equal(act.started.aside, 0);
        assert_string_equal(act.started.version, "1.2.3");
        assert_int_equal(pl_journal_read_state(&reader, &shown), 0);
        assert_int_equal(shown.phase, PL_JOURNAL_STARTING);
        assert_string_equal(shown.version, "1.2.3");
        pl_logbook_put_phase(&logbook, PL_JOURNAL_RUNNING);
        assert_int_equal(pl_journal_read_state(&reader, &shown), 0);
        assert_int_equal(shown.phase, PL_JOURNAL_RUNNING);
        assert_int_equal(notes(PL_NOTE_JOURNAL_SMALL, &value), 0);
        assert_int_equal(notes(PL_NOTE_UNFINISHED, &value), 0);
        assert_false(logbook.is_unseen);
}

/* What a boot's journal has of the boot's id is the same every time. */
static void what_was_closed_goes_on(void **state)
{
        struct pl_journal_act act;
        struct pl_journal_row row;
        uint64_t value;

        (void) state;
        start(PL_JOURNAL_BYTES_MIN);
        say_something("before");
        put_row(3);
        assert_int_equal(pl_journal_read_row(&logbook.mirror, 3, &row), 0);
        stop();
        start(PL_JOURNAL_BYTES_MIN);
        assert_int_equal(acts(PL_JOURNAL_STARTED, &act), 2);
        assert_int_equal(act.started.generation, 2);
        assert_int_equal(notes(PL_NOTE_RESUMED, &value), 1);
        assert_int_equal(pl_journal_read_row(&reader, 3, &row), PL_JOURNAL_E_EMPTY);
        assert_int_equal(notes(PL_NOTE_UNFINISHED, &value), 0);
}

/* A daemon that ends in the middle of a step, without closing anything. */
static void what_died_goes_on_and_says_at_which_step(void **state)
{
        struct pl_journal_act act;
        struct pl_journal_row row;
        uint64_t value = 0;
        int status = 0;
        pid_t pid = fork();

        (void) state;
        assert_true(pid >= 0);
        if (pid == 0) {
                const struct pl_snapshot snapshot = { .step = 41 };

                pl_assert(open_book(PL_JOURNAL_BYTES_MIN) == 0);
                say_something("before");
                made_row(0, 1, &row);
                pl_assert(pl_journal_put_row(&logbook.writer, 0, &row) == 0);
                pl_assert(pl_journal_begin_step(&logbook.writer, &snapshot) == 0);
                _exit(0);
        }
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);

        start(PL_JOURNAL_BYTES_MIN);
        assert_int_equal(acts(PL_JOURNAL_STARTED, &act), 2);
        assert_int_equal(act.started.generation, 2);
        assert_int_equal(notes(PL_NOTE_RESUMED, &value), 1);
        assert_int_equal(notes(PL_NOTE_UNFINISHED, &value), 1);
        assert_int_equal(value, 41);
        assert_int_equal(pl_journal_read_row(&reader, 0, &row), PL_JOURNAL_E_EMPTY);
}

static void a_second_one_is_refused(void **state)
{
        const struct pl_logbook_options wanted = options(PL_JOURNAL_BYTES_MIN);
        struct pl_logbook second;
        struct pl_journal_act act;

        (void) state;
        start(PL_JOURNAL_BYTES_MIN);
        assert_int_equal(pl_logbook_open(&second, &wanted), PL_JOURNAL_E_LOCKED);
        assert_int_equal(second.dir_fd, -1);
        pl_logbook_close(&second);
        /* Nor has it left a trace. */
        assert_int_equal(acts(PL_JOURNAL_STARTED, &act), 1);
        say_something(NULL);
        assert_int_equal(acts(PL_JOURNAL_NOTE, &act), 1);
        assert_string_equal(act.note.words, "");
}

static void what_is_no_journal_is_put_aside(void **state)
{
        struct pl_journal_act act;

        (void) state;
        start(PL_JOURNAL_BYTES_MIN);
        stop();
        place_patch("journal", 0, "foreign!", 8);
        start(PL_JOURNAL_BYTES_MIN);
        assert_int_equal(acts(PL_JOURNAL_STARTED, &act), 1);
        assert_int_equal(act.started.generation, 1);
        assert_int_equal(act.started.aside, PL_JOURNAL_E_FOREIGN);
        assert_true(place_has("journal.old"));
        stop();
        /* Another size is another journal. */
        start(2 * PL_MIB);
        assert_int_equal(acts(PL_JOURNAL_STARTED, &act), 1);
        assert_int_equal(act.started.aside, PL_JOURNAL_E_OTHER_SIZE);
}

static void a_directory_is_made_if_its_parent_is_there(void **state)
{
        char path[sizeof place_path + 32];
        struct pl_logbook_options wanted = options(PL_JOURNAL_BYTES_MIN);
        struct stat status;

        (void) state;
        (void) umask(022);
        wanted.directory = path;
        (void) snprintf(path, sizeof path, "%s/new/newer", place_path);
        assert_int_equal(pl_logbook_open(&logbook, &wanted), PL_JOURNAL_E_ABSENT);
        pl_logbook_close(&logbook);
        (void) snprintf(path, sizeof path, "%s/new", place_path);
        assert_int_equal(pl_logbook_open(&logbook, &wanted), 0);
        assert_int_equal(stat(path, &status), 0);
        assert_int_equal(status.st_mode & 07777, 0755);
        pl_logbook_close(&logbook);
        for (size_t i = 0; i < 2; i++) {
                (void) snprintf(path, sizeof path, "new/%s", i ? "journal.lock" : "journal");
                assert_int_equal(unlinkat(place_fd, path, 0), 0);
        }
}

static void what_is_no_directory_is_an_error(void **state)
{
        char path[sizeof place_path + 32];
        struct pl_logbook_options wanted = options(PL_JOURNAL_BYTES_MIN);
        _cleanup_close_ int fd = openat(place_fd, "file", O_CREAT | O_WRONLY | O_CLOEXEC, 0600);

        (void) state;
        assert_true(fd >= 0);
        (void) snprintf(path, sizeof path, "%s/file", place_path);
        wanted.directory = path;
        assert_int_equal(pl_logbook_open(&logbook, &wanted), -ENOTDIR);
        assert_int_equal(logbook.dir_fd, -1);
}

static void a_directory_of_somebody_else_is_denied(void **state)
{
        char path[sizeof place_path + 32];
        struct pl_logbook_options wanted = options(PL_JOURNAL_BYTES_MIN);
        int there, made, closed;

        (void) state;
        if (geteuid() != 0)
                skip();
        assert_int_equal(chmod(place_path, 0755), 0);
        (void) snprintf(path, sizeof path, "%s/new", place_path);
        assert_int_equal(seteuid(NOBODY), 0);
        there = open_book(PL_JOURNAL_BYTES_MIN);
        wanted.directory = path;
        made = pl_logbook_open(&logbook, &wanted);
        assert_int_equal(seteuid(0), 0);
        assert_int_equal(chmod(place_path, 0700), 0);
        assert_int_equal(seteuid(NOBODY), 0);
        closed = open_book(PL_JOURNAL_BYTES_MIN);
        assert_int_equal(seteuid(0), 0);
        assert_int_equal(there, PL_JOURNAL_E_DENIED);
        assert_int_equal(made, PL_JOURNAL_E_DENIED);
        assert_int_equal(closed, PL_JOURNAL_E_DENIED);
}

/* Without the right to lock memory, that is said and everything works. */
static void memory_that_cannot_be_locked_is_a_note(void **state)
{
        struct pl_logbook_options wanted = options(PL_JOURNAL_BYTES_MIN);
        static const char page[1];
        struct rlimit before;
        uint64_t value = 0;
        bool is_limited;
        int r;

        (void) state;
        if (geteuid() != 0)
                skip();
        wanted.lock_memory = true;
        assert_int_equal(getrlimit(RLIMIT_MEMLOCK, &before), 0);
        assert_int_equal(fchown(place_fd, NOBODY, (gid_t) -1), 0);
        assert_int_equal(setrlimit(RLIMIT_MEMLOCK, &(struct rlimit){ 0, before.rlim_max }), 0);
        assert_int_equal(seteuid(NOBODY), 0);
        /* A sanitizer takes every mlock() for done. */
        is_limited = mlock(page, 1) < 0;
        r = pl_logbook_open(&logbook, &wanted);
        assert_int_equal(seteuid(0), 0);
        assert_int_equal(setrlimit(RLIMIT_MEMLOCK, &before), 0);
        assert_int_equal(fchown(place_fd, 0, (gid_t) -1), 0);
        assert_int_equal(r, 0);
        reader = place_reader();
        if (!is_limited)
                skip();
        assert_int_equal(notes(PL_NOTE_UNLOCKED, &value), 1);
        assert_int_equal(value, EPERM);
}

static void a_note_is_said_once(void **state)
{
        uint64_t value = 0;

        (void) state;
        start(PL_JOURNAL_BYTES_MIN);
        for (unsigned code = PL_NOTE_NONE + 1; code < PL_NOTES; code++)
                for (uint64_t i = 0; i < 3; i++)
                        pl_logbook_say_once(&logbook, now,
                                            &(struct pl_logbook_note){ (enum pl_note_code) code,
                                                                       code + i, "words" });
        for (unsigned code = PL_NOTE_NONE + 1; code < PL_NOTES; code++) {
                assert_int_equal(notes((enum pl_note_code) code, &value), 1);
                assert_int_equal(value, code);
        }
        say_something("again");
        assert_int_equal(notes(PL_NOTE_RESUMED, &value), 2);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                BOOK_TEST(a_new_one_says_who_writes_it),
                BOOK_TEST(what_was_closed_goes_on),
                BOOK_TEST(what_died_goes_on_and_says_at_which_step),
                BOOK_TEST(a_second_one_is_refused),
                BOOK_TEST(what_is_no_journal_is_put_aside),
                BOOK_TEST(a_directory_is_made_if_its_parent_is_there),
                BOOK_TEST(what_is_no_directory_is_an_error),
                BOOK_TEST(a_directory_of_somebody_else_is_denied),
                BOOK_TEST(memory_that_cannot_be_locked_is_a_note),
                BOOK_TEST(a_note_is_said_once),
        };

        return cmocka_run_group_tests(tests, place_set_up, place_tear_down);
}
