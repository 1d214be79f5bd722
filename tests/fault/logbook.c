/* SPDX-License-Identifier: Apache-2.0 */

/* A logbook that is opened, moved and kept while calls fail. Whatever fails, there is a journal that can be written, or an
 * error and nothing left behind; and a policy lies under its name as a whole or not at all.
 */

#include "fault/check.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "daemon/keep.h"
#include "daemon/logbook.h"
#include "fault/directory.h"
#include "plimsoll/base/text.h"
#include "plimsoll/policy/print.h"

static const char *const names[] = { "journal", "journal.old", "journal.new", "journal.lock" };
static const struct pl_logbook_options options = { .directory = directory_path,
                                                   .version = "1",
                                                   .file_bytes = 2 * PL_JOURNAL_BYTES_MIN };

static void remove_all(void)
{
        for (size_t i = 0; i < PL_ARRAY_LENGTH(names); i++)
                (void) unlinkat(directory_fd, names[i], 0);
}

static bool has(const char *name)
{
        return faccessat(directory_fd, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

/* A fault at the only allocation, of the file, leaves a smaller one; a real lack of room lasts, and strikes again. */
static bool opens(void *userdata)
{
        static struct pl_logbook logbook;
        const struct pl_journal_row row = { .id = 1 };
        struct pl_journal_row read;
        int r = pl_logbook_open(&logbook, &options);
        bool good = r == 0 || pl_fault_struck();

        (void) userdata;
        pl_fault_disarm();
        if (r == 0) {
                good = good && !logbook.is_unseen && has("journal");
                good = good && pl_journal_put_row(&logbook.writer, 0, &row) == 0 &&
                       pl_journal_read_row(&logbook.mirror, 0, &read) == 0;
        } else
                good = good && logbook.dir_fd == -1 && logbook.lock_fd == -1;
        pl_logbook_close(&logbook);
        good = good && pl_logbook_open(&logbook, &options) == 0;
        pl_logbook_close(&logbook);
        remove_all();
        return good;
}

static void opening_survives(void **state)
{
        (void) state;
        remove_all();
        survives_every_fault(opens, NULL);
}

/* One that is in memory, as after a disk that was full: its board is what it was, moved or not. */
static struct pl_logbook in_memory(void)
{
        struct pl_logbook logbook = {
                .options = options, .dir_fd = dup(directory_fd), .lock_fd = -1, .is_unseen = true
        };
        const struct pl_journal_options wanted = { .file_bytes = PL_JOURNAL_BYTES_MIN };
        struct pl_journal_opened opened;
        struct pl_journal_row row = {};
        _cleanup_close_ int fd = memfd_create("journal", MFD_CLOEXEC);

        pl_assert(fd >= 0 && logbook.dir_fd >= 0);
        pl_assert(pl_journal_writer_open_memory(fd, &wanted, &logbook.writer, &opened) == 0);
        pl_assert(pl_journal_reader_init((const void *) (uintptr_t) logbook.writer.words,
                                         PL_JOURNAL_BYTES_MIN, &logbook.mirror) == 0);
        for (uint32_t i = 0; i < 9; i += 2) {
                row.id = i + 1;
                pl_assert(pl_journal_put_row(&logbook.writer, i, &row) == 0);
        }
        return logbook;
}

static bool holds_board(const struct pl_journal_reader *reader)
{
        struct pl_journal_row row;
        bool good = true;

        for (uint32_t i = 0; i < 9; i += 2)
                good = good && pl_journal_read_row(reader, i, &row) == 0 && row.id == i + 1;
        return good;
}

static bool moves(void *userdata)
{
        struct pl_logbook *logbook = userdata;
        bool good;

        if (!logbook->is_unseen)
                return false;
        pl_logbook_retry(logbook, 1, 1);
        good = logbook->is_unseen ? pl_fault_struck() : has("journal");
        good = good && holds_board(&logbook->mirror);
        pl_fault_disarm();
        pl_logbook_retry(logbook, 2, 2);
        good = good && !logbook->is_unseen && holds_board(&logbook->mirror);
        return good;
}

static bool moves_once(void *userdata)
{
        const struct pl_fault armed = *pl_fault_armed();
        static struct pl_logbook logbook;
        bool good;

        (void) userdata;
        pl_fault_disarm();
        logbook = in_memory();
        pl_fault_arm(armed.call, armed.nth, armed.error);
        good = moves(&logbook);
        pl_logbook_close(&logbook);
        remove_all();
        return good;
}

static void moving_survives(void **state)
{
        (void) state;
        remove_all();
        survives_every_fault(moves_once, NULL);
}

/* ---- keeping ---- */

static struct pl_policy *policy;
static uint8_t digest[PL_SHA256_BYTES];

static int compare(void *userdata, struct pl_span bytes)
{
        pl_text_add_span(userdata, bytes);
        return 0;
}

static bool is_whole(const char *name)
{
        char buffer[4096];
        struct pl_text text;

        pl_text_init(&text, buffer, sizeof buffer);
        pl_assert(pl_policy_print(policy, compare, &text) == 0 && !text.cut);
        return directory_has(name, pl_span(buffer, text.length));
}

static bool keeps(void *userdata)
{
        char name[128];
        struct pl_text text;
        int r = pl_keep_policy(directory_fd, policy, digest);
        bool good = r == 0 || is_armed_error(r);

        (void) userdata;
        pl_fault_disarm();
        pl_text_init(&text, name, sizeof name);
        pl_text_add(&text, "policy/");
        pl_sha256_format(&text, digest);
        pl_text_add(&text, ".json");
        good = good && has(name) == (r == 0) && !has("policy/.new");
        good = good && (r != 0 || is_whole(name));
        (void) unlinkat(directory_fd, name, 0);
        return good;
}

static void keeping_is_whole_or_nothing(void **state)
{
        static const char words[] = "{ \"profile\": \"p\", \"match\": [ { \"unit\": \"*\" } ] }";
        static struct pl_diag diag;
        const struct pl_load_options load = {};
        struct pl_policy_files files = {};
        char path[sizeof directory_path + 16];

        (void) state;
        (void) snprintf(path, sizeof path, "%s/p.json", directory_path);
        directory_write("p.json", pl_span_of(words));
        assert_int_equal(pl_files_add_file(&files, path, &load, &diag), 0);
        assert_int_equal(pl_policy_parse(&files, &load, &diag, &policy), 0);
        pl_files_done(&files);
        pl_policy_digest(policy, digest);
        survives_every_fault(keeps, NULL);
        pl_policy_free(policy);
        assert_int_equal(unlinkat(directory_fd, "p.json", 0), 0);
        assert_int_equal(unlinkat(directory_fd, "policy", AT_REMOVEDIR), 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(opening_survives),
                cmocka_unit_test(moving_survives),
                cmocka_unit_test(keeping_is_whole_or_nothing),
        };

        return cmocka_run_group_tests(tests, directory_set_up, directory_tear_down);
}
