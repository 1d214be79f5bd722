/* SPDX-License-Identifier: Apache-2.0 */

/* What the mate does while calls fail: a journal that cannot be mapped leaves it as it was, a line that cannot be written is
 * written later, and nothing is allocated at all.
 */

#include "fault/check.h"

#include <errno.h>
#include <string.h>

#include "daemon/mate_report.h"
#include "fault/directory.h"
#include "plimsoll/base/clock.h"
#include "plimsoll/journal/writer.h"
#include "plimsoll/model/note.h"

enum { NOTES = 3 };

static struct pl_journal_writer writer;
static struct pl_mate_report report;
static int journal_fd;

static void begin(bool to_stderr)
{
        memset(&report, 0, sizeof report);
        report.to_stderr = to_stderr;
        report.silence_usec = 10 * PL_USEC_PER_SEC;
        pl_assert(pl_journald_init(&report.journald, "/nonexistent/socket") == 0);
}

static bool has_written_all(void)
{
        return report.cursor.position == NOTES + 1 && report.lost_count == 0;
}

static bool shows_and_writes(void *userdata)
{
        int r;
        bool good;

        (void) userdata;
        begin(true);
        r = pl_mate_report_show(&report, journal_fd, 1, 1);
        if (r != 0) {
                good = is_armed_error(r) && !report.map;
        } else {
                r = pl_mate_report_write(&report, 1);
                good = r == 0 ? has_written_all() : r == PL_JOURNALD_E_AWAY && pl_fault_struck();
        }
        pl_fault_disarm();
        if (r != 0)
                good = good &&
                       (report.map || pl_mate_report_show(&report, journal_fd, 1, 1) == 0) &&
                       pl_mate_report_write(&report, 1) == 0 && has_written_all();
        pl_mate_report_done(&report);
        return good;
}

/* Lines go nowhere; the complaint of a test that fails does not. */
static void it_survives(void **state)
{
        int kept = dup(STDERR_FILENO), nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
        char buffer[256];
        struct pl_text complaint;
        bool good;

        (void) state;
        pl_text_init(&complaint, buffer, sizeof buffer);
        assert_true(dup2(nowhere, STDERR_FILENO) == STDERR_FILENO);
        good = pl_fault_each(shows_and_writes, NULL, &complaint);
        assert_true(dup2(kept, STDERR_FILENO) == STDERR_FILENO);
        (void) close(kept);
        (void) close(nowhere);
        if (!good)
                fail_msg("%s", buffer);
}

static void it_allocates_nothing(void **state)
{
        static const enum pl_fault_call calls[] = { PL_FAULT_malloc, PL_FAULT_calloc,
                                                    PL_FAULT_realloc, PL_FAULT_strdup };

        (void) state;
        begin(false);
        pl_fault_arm(PL_FAULT_malloc, 1, ENOMEM);
        assert_int_equal(pl_mate_report_show(&report, journal_fd, 1, 1), 0);
        pl_mate_report_listen(&report, 2);
        assert_int_equal(pl_mate_report_write(&report, 2), PL_JOURNALD_E_AWAY);
        pl_mate_report_end(&report);
        assert_int_equal(pl_mate_report_write(&report, 3), PL_JOURNALD_E_AWAY);
        for (size_t i = 0; i < PL_ARRAY_LENGTH(calls); i++)
                assert_int_equal(pl_fault_calls(calls[i]), 0);
        pl_fault_disarm();
        pl_mate_report_done(&report);
}

static int set_up(void **state)
{
        const struct pl_journal_options options = { .file_bytes = PL_JOURNAL_BYTES_MIN,
                                                    .now_usec = 1 };
        const struct pl_journal_act note = { .type = PL_JOURNAL_NOTE,
                                             .note.code = PL_NOTE_RESUMED };
        struct pl_journal_opened opened;

        (void) directory_set_up(state);
        pl_assert(pl_journal_writer_open(directory_fd, "file", &options, &writer, &opened) == 0);
        for (int i = 0; i < NOTES; i++)
                pl_journal_write_act(&writer, &note);
        journal_fd = openat(directory_fd, "file", O_RDONLY | O_CLOEXEC);
        return journal_fd < 0;
}

static int tear_down(void **state)
{
        (void) close(journal_fd);
        pl_journal_writer_close(&writer);
        (void) unlinkat(directory_fd, "file.lock", 0);
        return directory_tear_down(state);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(it_survives),
                cmocka_unit_test(it_allocates_nothing),
        };

        return cmocka_run_group_tests(tests, set_up, tear_down);
}
