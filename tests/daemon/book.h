/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* book - a logbook in a directory of the test's own, and what a reader finds in it. */

#include "daemon/logbook.h"

#include "journal/place.h"

static struct pl_logbook logbook = { .dir_fd = -1, .lock_fd = -1, .writer.lock_fd = -1 };
static struct pl_journal_reader reader;
static uint64_t now = 1000 * 1000;

static inline struct pl_logbook_options options(uint64_t bytes)
{
        return (struct pl_logbook_options){ .directory = place_path,
                                            .version = "1.2.3",
                                            .file_bytes = bytes,
                                            .now_usec = now,
                                            .realtime_usec = 2 * now };
}

static inline int open_book(uint64_t bytes)
{
        const struct pl_logbook_options wanted = options(bytes);

        return pl_logbook_open(&logbook, &wanted);
}

static inline void start(uint64_t bytes)
{
        assert_int_equal(open_book(bytes), 0);
        reader = place_reader();
}

static inline void stop(void)
{
        pl_journal_reader_close(&reader);
        pl_logbook_close(&logbook);
        pl_logbook_close(&logbook);
}

static inline int tear_down(void **state)
{
        (void) state;
        stop();
        return 0;
}

/* How many of a type there are, and the last. */
static inline unsigned acts(uint32_t type, struct pl_journal_act *ret_last)
{
        struct pl_journal_cursor cursor = pl_journal_cursor_oldest(&reader, PL_JOURNAL_ACTS);
        static struct pl_journal_act act;
        unsigned count = 0;

        while (pl_journal_next_act(&cursor, &act) == 0)
                if (act.type == type) {
                        *ret_last = act;
                        count++;
                }
        return count;
}

static inline unsigned notes(enum pl_note_code code, uint64_t *ret_value)
{
        struct pl_journal_cursor cursor = pl_journal_cursor_oldest(&reader, PL_JOURNAL_ACTS);
        static struct pl_journal_act act;
        unsigned count = 0;

        while (pl_journal_next_act(&cursor, &act) == 0)
                if (act.type == PL_JOURNAL_NOTE && act.note.code == code) {
                        *ret_value = act.note.value;
                        count++;
                }
        return count;
}

static inline void say_something(const char *words)
{
        pl_logbook_say(&logbook, now, &(struct pl_logbook_note){ PL_NOTE_RESUMED, 77, words });
}

static inline void put_row(uint32_t index)
{
        struct pl_journal_row row;

        made_row(index, 1, &row);
        assert_int_equal(pl_journal_put_row(&logbook.writer, index, &row), 0);
}

#define BOOK_TEST(function) cmocka_unit_test_setup_teardown(function, place_clear, tear_down)
