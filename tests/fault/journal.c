/* SPDX-License-Identifier: Apache-2.0 */

/* Opening a journal while calls fail: an error that says which, nothing left behind, no lock held, and what was in the
 * journal before is in it afterwards. And that writing makes no calls at all.
 */

#include "fault/check.h"

#include <errno.h>

#include "fault/directory.h"
#include "plimsoll/journal/cursor.h"
#include "plimsoll/journal/writer.h"

static const char *const names[] = { "journal", "journal.old", "journal.new", "journal.lock" };

static struct pl_journal_options options(void)
{
        return (struct pl_journal_options){ .file_bytes = PL_JOURNAL_BYTES_MIN, .now_usec = 1 };
}

static int open_writer(struct pl_journal_writer *ret_writer, struct pl_journal_opened *ret_opened)
{
        const struct pl_journal_options wanted = options();

        return pl_journal_writer_open(directory_fd, "journal", &wanted, ret_writer, ret_opened);
}

static void write_note(struct pl_journal_writer *writer)
{
        const struct pl_journal_act act = { .type = PL_JOURNAL_NOTE, .note.words = "words" };

        pl_journal_write_act(writer, &act);
}

static void remove_all(void)
{
        for (size_t i = 0; i < PL_ARRAY_LENGTH(names); i++)
                (void) unlinkat(directory_fd, names[i], 0);
}

/* As a daemon does when it ends: with a note in it. */
static void leave_journal(void)
{
        struct pl_journal_writer writer;
        struct pl_journal_opened opened;

        remove_all();
        pl_assert(open_writer(&writer, &opened) == 0);
        write_note(&writer);
        pl_journal_writer_close(&writer);
}

/* An outcome that the armed call explains. */
static bool is_excused(int r)
{
        const struct pl_fault *fault = pl_fault_armed();

        if (!pl_fault_struck())
                return false;
        switch (fault->error) {
        case ENOENT:
                return r == PL_JOURNAL_E_ABSENT;
        case EACCES:
                return r == PL_JOURNAL_E_DENIED;
        case ENOSPC:
                return r == PL_JOURNAL_E_NO_SPACE;
        case PL_FAULT_SHORT: /* a header cut short is none */
                return r == PL_JOURNAL_E_FOREIGN;
        default:
                return is_armed_error(r);
        }
}

static bool still_opens(void)
{
        struct pl_journal_writer writer;
        struct pl_journal_opened opened;
        int r = open_writer(&writer, &opened);

        if (r == 0)
                pl_journal_writer_close(&writer);
        return r == 0;
}

static bool makes_new(void *userdata)
{
        struct pl_journal_writer writer;
        struct pl_journal_opened opened;
        int r = open_writer(&writer, &opened);
        bool good = r == 0 ? !opened.continued : is_excused(r) && writer.lock_fd == -1;

        (void) userdata;
        pl_fault_disarm();
        if (r == 0)
                pl_journal_writer_close(&writer);
        good = good && faccessat(directory_fd, "journal.new", F_OK, 0) < 0 && still_opens();
        remove_all();
        return good;
}

static bool has_note(const char *name)
{
        struct pl_journal_reader reader;
        struct pl_journal_cursor cursor;
        struct pl_journal_act act;
        bool good;

        if (pl_journal_reader_open(directory_fd, name, &reader) != 0)
                return false;
        cursor = pl_journal_cursor_oldest(&reader, PL_JOURNAL_ACTS);
        good = pl_journal_next_act(&cursor, &act) == 0 && act.type == PL_JOURNAL_NOTE;
        pl_journal_reader_close(&reader);
        return good;
}

/* The one lie that costs a journal: that there is none. The kernel does not tell it. */
static bool said_to_be_absent(void)
{
        const struct pl_fault *fault = pl_fault_armed();

        return pl_fault_struck() && fault->call == PL_FAULT_openat && fault->error == ENOENT;
}

/* What looks foreign for a fault is put aside, never lost. */
static bool continues(void *userdata)
{
        struct pl_journal_writer writer;
        struct pl_journal_opened opened;
        bool good, excused;
        int r;

        (void) userdata;
        r = open_writer(&writer, &opened);
        good = r == 0 ? opened.continued || pl_fault_struck() : is_excused(r);
        excused = said_to_be_absent();
        if (r == 0)
                pl_journal_writer_close(&writer);
        pl_fault_disarm();
        good = good && (excused || has_note("journal") || has_note("journal.old")) && still_opens();
        leave_journal();
        return good;
}

static bool puts_aside(void *userdata)
{
        struct pl_journal_writer writer;
        struct pl_journal_opened opened;
        bool good;
        int r;

        (void) userdata;
        r = open_writer(&writer, &opened);
        good = r == 0 ? !opened.continued : is_excused(r);
        if (r == 0)
                pl_journal_writer_close(&writer);
        pl_fault_disarm();
        good = good && still_opens();
        remove_all();
        directory_write("journal", pl_span_of("not a journal"));
        return good;
}

static bool reads(void *userdata)
{
        struct pl_journal_reader reader = {};
        int r = pl_journal_reader_open(directory_fd, "journal", &reader);
        bool good = r == 0 || is_excused(r);

        (void) userdata;
        pl_journal_reader_close(&reader);
        return good;
}

static void opening_survives(void **state)
{
        (void) state;
        remove_all();
        survives_every_fault(makes_new, NULL);
        leave_journal();
        survives_every_fault(continues, NULL);
        leave_journal();
        survives_every_fault(reads, NULL);
        remove_all();
        directory_write("journal", pl_span_of("not a journal"));
        survives_every_fault(puts_aside, NULL);
        remove_all();
}

/* Not one call of the list, whatever is written. */
static void writing_makes_no_call(void **state)
{
        static struct pl_update updates[64];
        static struct pl_journal_act decision = { .type = PL_JOURNAL_DECISION };
        const struct pl_snapshot snapshot = { .step = 1, .update_count = 64, .updates = updates };
        const struct pl_journal_row row = { .id = 1 };
        struct pl_journal_writer writer;
        struct pl_journal_opened opened;

        (void) state;
        decision.decision.decision.candidate_count = PL_CANDIDATES_MAX;
        assert_int_equal(open_writer(&writer, &opened), 0);
        pl_fault_arm(PL_FAULT_malloc, 1, ENOMEM);
        for (int i = 0; i < 1000; i++) {
                write_note(&writer);
                pl_journal_write_act(&writer, &decision);
                assert_int_equal(pl_journal_begin_step(&writer, &snapshot), 0);
                pl_journal_end_step(&writer, 1);
                assert_int_equal(pl_journal_put_row(&writer, 1, &row), 0);
                pl_journal_put_host(&writer, &(struct pl_journal_host){});
                pl_journal_put_heartbeat(&writer, 1);
        }
        for (enum pl_fault_call call = 0; call < PL_FAULT_COUNT; call++)
                assert_int_equal(pl_fault_calls(call), 0);
        pl_fault_disarm();
        pl_journal_writer_close(&writer);
        remove_all();
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(opening_survives),
                cmocka_unit_test(writing_makes_no_call),
        };

        return cmocka_run_group_tests(tests, directory_set_up, directory_tear_down);
}
