/* SPDX-License-Identifier: Apache-2.0 */

/* What writer and reader make of the files they find. */

#include "journal/place.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/un.h>

static int open_with(const struct pl_journal_options *options, struct pl_journal_writer *ret_writer,
                     struct pl_journal_opened *ret_opened)
{
        return pl_journal_writer_open(place_fd, "journal", options, ret_writer, ret_opened);
}

static void a_new_journal_is_made_whole(void **state)
{
        struct pl_journal_opened opened;
        struct pl_journal_writer writer = place_writer(&opened);
        struct pl_journal_reader reader = place_reader();
        struct pl_journal_state board;
        struct stat status;

        (void) state;
        assert_false(opened.continued);
        assert_int_equal(opened.aside, 0);
        assert_int_equal(opened.generation, 1);
        assert_int_equal(fstatat(place_fd, "journal", &status, 0), 0);
        assert_int_equal(status.st_mode & 07777, 0640);
        assert_int_equal(status.st_size, PL_JOURNAL_BYTES_MIN);
        assert_true((uint64_t) status.st_blocks * 512 >= PL_JOURNAL_BYTES_MIN);
        assert_false(place_has("journal.new"));
        assert_memory_equal(reader.header.boot_id, made_options().boot_id, 16);
        assert_int_equal(reader.header.created_realtime_usec, 2000);
        assert_int_equal(pl_journal_read_state(&reader, &board), 0);
        assert_int_equal(board.pid, getpid());
        assert_int_equal(board.started_usec, 1000);
        pl_journal_reader_close(&reader);
        pl_journal_writer_close(&writer);
        pl_journal_writer_close(&writer);
        pl_journal_reader_close(&reader);
}

static void the_next_writer_goes_on(void **state)
{
        struct pl_journal_opened opened;
        struct pl_journal_writer writer = place_writer(NULL);
        struct pl_journal_reader reader = place_reader();
        struct pl_journal_pulse pulse;
        struct pl_journal_row row;
        bool replaced;

        (void) state;
        for (int i = 0; i < 10; i++)
                made_write_act(&writer);
        made_row(3, 1, &row);
        assert_int_equal(pl_journal_put_row(&writer, 3, &row), 0);
        assert_int_equal(pl_journal_begin_step(&writer, &(struct pl_snapshot){ .step = 77 }), 0);
        pl_journal_writer_close(&writer);

        writer = place_writer(&opened);
        assert_true(opened.continued);
        assert_int_equal(opened.generation, 2);
        assert_int_equal(opened.unfinished_step, 77);
        assert_int_equal(opened.cleared_count, 0);
        made_write_act(&writer);
        assert_int_equal(writer.next[PL_JOURNAL_SAMPLES], 2);

        /* The reader goes on as well. */
        pl_journal_read_pulse(&reader, &pulse);
        assert_int_equal(pulse.generation, 2);
        assert_int_equal(pl_journal_rows_used(&reader), 0);
        assert_int_equal(pl_journal_read_row(&reader, 3, &row), PL_JOURNAL_E_EMPTY);
        assert_int_equal(pl_journal_reader_is_replaced(&reader, place_fd, "journal", &replaced), 0);
        assert_false(replaced);
        pl_journal_reader_close(&reader);
        pl_journal_writer_close(&writer);

        writer = place_writer(&opened);
        assert_int_equal(opened.unfinished_step, 0);
        pl_journal_writer_close(&writer);
}

/* ---- put aside ---- */

static void make_journal(void)
{
        struct pl_journal_writer writer = place_writer(NULL);

        made_write_act(&writer);
        pl_journal_writer_close(&writer);
}

static void make_text(void)
{
        _cleanup_close_ int fd = openat(place_fd, "journal", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

        assert_true(fd >= 0);
        for (int i = 0; i < 1000; i++)
                assert_int_equal(write(fd, "not a journal\n", 14), 14);
}

static void make_short(void)
{
        _cleanup_close_ int fd = openat(place_fd, "journal", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

        assert_true(fd >= 0);
        assert_int_equal(write(fd, PL_JOURNAL_MAGIC, 8), 8);
}

static void make_empty(void)
{
        _cleanup_close_ int fd = openat(place_fd, "journal", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

        assert_true(fd >= 0);
}

static void make_truncated(void)
{
        _cleanup_close_ int fd = -1;

        make_journal();
        fd = openat(place_fd, "journal", O_WRONLY | O_CLOEXEC);
        assert_int_equal(ftruncate(fd, 512 * 1024), 0);
}

static void patch_word(uint64_t offset, uint64_t word, size_t size)
{
        make_journal();
        place_patch("journal", offset, &word, size);
}

static void make_other_version(void)
{
        patch_word(offsetof(struct pl_journal_header, version), PL_JOURNAL_VERSION + 1, 4);
}

static void make_other_order(void)
{
        patch_word(offsetof(struct pl_journal_header, byte_order), 0x04030201, 4);
}

static void make_odd_order(void)
{
        patch_word(offsetof(struct pl_journal_header, byte_order), 7, 4);
}

static void make_other_boot(void)
{
        struct pl_journal_options options = made_options();
        struct pl_journal_writer writer;
        struct pl_journal_opened opened;

        options.boot_id[0] = 'B';
        assert_int_equal(open_with(&options, &writer, &opened), 0);
        pl_journal_writer_close(&writer);
}

static void make_other_size(void)
{
        struct pl_journal_options options = made_options();
        struct pl_journal_writer writer;
        struct pl_journal_opened opened;

        options.file_bytes = 2 * PL_JOURNAL_BYTES_MIN;
        assert_int_equal(open_with(&options, &writer, &opened), 0);
        pl_journal_writer_close(&writer);
}

static void make_wrong_check(void)
{
        patch_word(offsetof(struct pl_journal_header, created_usec), 5, 8);
}

/* Newest above begun. */
static void make_wrong_newest(void)
{
        patch_word(PL_JOURNAL_AT_RINGS + 8, 99, 8);
}

static void make_huge_marks(void)
{
        patch_word(PL_JOURNAL_AT_RINGS, UINT64_MAX, 8);
        place_patch("journal", PL_JOURNAL_AT_RINGS + 8, &(uint64_t){ UINT64_MAX }, 8);
}

/* Marks that have forgotten a record which is there. */
static void make_marks_back(void)
{
        patch_word(PL_JOURNAL_AT_RINGS, 0, 8);
        place_patch("journal", PL_JOURNAL_AT_RINGS + 8, &(uint64_t){ 0 }, 8);
}

static void make_link(void)
{
        make_journal();
        assert_int_equal(renameat(place_fd, "journal", place_fd, "elsewhere"), 0);
        assert_int_equal(symlinkat("elsewhere", place_fd, "journal"), 0);
}

static void make_directory(void)
{
        assert_int_equal(mkdirat(place_fd, "journal", 0700), 0);
}

static void make_fifo(void)
{
        assert_int_equal(mkfifoat(place_fd, "journal", 0600), 0);
}

static void make_socket(void)
{
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        _cleanup_close_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

        (void) snprintf(address.sun_path, sizeof address.sun_path, "%s/journal", place_path);
        assert_int_equal(bind(fd, (const struct sockaddr *) &address, sizeof address), 0);
}

static const struct {
        const char *row;
        void (*make)(void);
        int outcome;
        int reader_outcome; /* as far as a reader minds */
} found[] = {
        { "a text", make_text, PL_JOURNAL_E_FOREIGN, PL_JOURNAL_E_FOREIGN },
        { "eight bytes", make_short, PL_JOURNAL_E_FOREIGN, PL_JOURNAL_E_FOREIGN },
        { "empty", make_empty, PL_JOURNAL_E_FOREIGN, PL_JOURNAL_E_FOREIGN },
        { "half a journal", make_truncated, PL_JOURNAL_E_CORRUPT, PL_JOURNAL_E_CORRUPT },
        { "another version", make_other_version, PL_JOURNAL_E_VERSION, PL_JOURNAL_E_VERSION },
        { "another byte order", make_other_order, PL_JOURNAL_E_BYTE_ORDER,
          PL_JOURNAL_E_BYTE_ORDER },
        { "no byte order", make_odd_order, PL_JOURNAL_E_CORRUPT, PL_JOURNAL_E_CORRUPT },
        { "another boot", make_other_boot, PL_JOURNAL_E_OTHER_BOOT, 0 },
        { "another size", make_other_size, PL_JOURNAL_E_OTHER_SIZE, 0 },
        { "a wrong check", make_wrong_check, PL_JOURNAL_E_CORRUPT, PL_JOURNAL_E_CORRUPT },
        { "more to read than begun", make_wrong_newest, PL_JOURNAL_E_CORRUPT, 0 },
        { "marks out of this world", make_huge_marks, PL_JOURNAL_E_CORRUPT, 0 },
        { "marks that went back", make_marks_back, PL_JOURNAL_E_CORRUPT, 0 },
        { "a symbolic link", make_link, PL_JOURNAL_E_FOREIGN, 0 },
        { "a directory", make_directory, PL_JOURNAL_E_FOREIGN, PL_JOURNAL_E_FOREIGN },
        { "a FIFO", make_fifo, PL_JOURNAL_E_FOREIGN, PL_JOURNAL_E_FOREIGN },
        { "a socket", make_socket, PL_JOURNAL_E_FOREIGN, PL_JOURNAL_E_FOREIGN },
};

static void what_is_no_journal_is_put_aside(void **state)
{
        struct pl_journal_opened opened;

        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(found); i++) {
                struct pl_journal_reader reader = {};
                struct pl_journal_writer writer;

                place_empty();
                found[i].make();
                assert_row(found[i].row, pl_journal_reader_open(place_fd, "journal", &reader) ==
                                                 found[i].reader_outcome);
                pl_journal_reader_close(&reader);
                writer = place_writer(&opened);
                assert_row(found[i].row, opened.aside == found[i].outcome);
                assert_row(found[i].row, !opened.continued && opened.generation == 1);
                assert_row(found[i].row, place_has("journal.old") && !place_has("journal.new"));
                made_write_act(&writer);
                pl_journal_writer_close(&writer);
                reader = place_reader();
                pl_journal_reader_close(&reader);
        }
}

static void one_is_kept_at_most(void **state)
{
        struct pl_journal_writer writer;
        struct pl_journal_reader reader, old = {};
        struct pl_journal_opened opened;
        bool replaced;

        (void) state;
        make_text();
        writer = place_writer(NULL);
        reader = place_reader();
        pl_journal_writer_close(&writer);
        assert_int_equal(pl_journal_reader_open(place_fd, "journal.old", &old),
                         PL_JOURNAL_E_FOREIGN);
        place_patch("journal", 0, "X", 1);
        writer = place_writer(&opened);
        assert_int_equal(opened.aside, PL_JOURNAL_E_FOREIGN);
        assert_int_equal(pl_journal_reader_is_replaced(&reader, place_fd, "journal", &replaced), 0);
        assert_true(replaced);
        place_patch("journal.old", 0, PL_JOURNAL_MAGIC, 1);
        assert_int_equal(pl_journal_reader_open(place_fd, "journal.old", &old), 0);
        pl_journal_reader_close(&old);
        pl_journal_reader_close(&reader);
        pl_journal_writer_close(&writer);
        assert_int_equal(
                pl_journal_writer_open(place_fd, "nowhere/journal",
                                       &(struct pl_journal_options){ .file_bytes = PL_MIB },
                                       &writer, &opened),
                PL_JOURNAL_E_ABSENT);
}

/* A writer that was killed while it made one. */
static void a_half_made_file_is_removed(void **state)
{
        struct pl_journal_writer writer;

        (void) state;
        make_text();
        assert_int_equal(renameat(place_fd, "journal", place_fd, "journal.new"), 0);
        writer = place_writer(NULL);
        assert_false(place_has("journal.new"));
        assert_false(place_has("journal.old"));
        pl_journal_writer_close(&writer);
}

static void an_absent_one_is_said_to_be(void **state)
{
        struct pl_journal_reader reader;
        struct pl_journal_writer writer;
        bool replaced;

        (void) state;
        assert_int_equal(pl_journal_reader_open(place_fd, "journal", &reader), PL_JOURNAL_E_ABSENT);
        assert_int_equal(pl_journal_reader_open(place_fd, "no/journal", &reader),
                         PL_JOURNAL_E_ABSENT);
        writer = place_writer(NULL);
        reader = place_reader();
        assert_int_equal(unlinkat(place_fd, "journal", 0), 0);
        assert_int_equal(pl_journal_reader_is_replaced(&reader, place_fd, "journal", &replaced),
                         PL_JOURNAL_E_ABSENT);
        pl_journal_reader_close(&reader);
        pl_journal_writer_close(&writer);
}

static void memory_is_locked_or_it_is_said(void **state)
{
        struct pl_journal_options options = made_options();
        struct pl_journal_writer writer;
        struct pl_journal_opened opened;

        (void) state;
        options.lock_memory = true;
        options.set_group = true;
        options.group = getegid();
        assert_int_equal(open_with(&options, &writer, &opened), 0);
        assert_true(opened.lock_error == 0 || opened.lock_error == ENOMEM ||
                    opened.lock_error == EPERM || opened.lock_error == EAGAIN);
        made_write_act(&writer);
        pl_journal_writer_close(&writer);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                PLACE_TEST(a_new_journal_is_made_whole),
                PLACE_TEST(the_next_writer_goes_on),
                PLACE_TEST(what_is_no_journal_is_put_aside),
                PLACE_TEST(one_is_kept_at_most),
                PLACE_TEST(a_half_made_file_is_removed),
                PLACE_TEST(an_absent_one_is_said_to_be),
                PLACE_TEST(memory_is_locked_or_it_is_said),
        };

        return cmocka_run_group_tests(tests, place_set_up, place_tear_down);
}
