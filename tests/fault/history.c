/* SPDX-License-Identifier: Apache-2.0 */

/* History while calls fail: an error that says which, nothing left behind, no lock held, and what was recorded before is there
 * afterwards. What was written under a fault is there whole or not at all, and the next attempt succeeds.
 */

#include "fault/check.h"

#include <errno.h>
#include <string.h>

#include "fault/directory.h"
#include "plimsoll/base/clock.h"
#include "plimsoll/journal/history_writer.h"

static struct pl_history_writer writer;
static const struct pl_history_identity identity = { .created_usec = 1 };
static const struct pl_history_time early = { PL_USEC_PER_DAY, 1000 },
                                    late = { 3 * PL_USEC_PER_DAY, 2 * PL_USEC_PER_DAY };

static int open_writer(void)
{
        const struct pl_history_options options = { .size_bytes = PL_HISTORY_SIZE_MIN,
                                                    .keep_usec = 30 * PL_USEC_PER_DAY };

        return pl_history_writer_open(directory_fd, &options, &writer);
}

static int write_row(const struct pl_history_time *now)
{
        int r = pl_history_begin(&writer, now, &identity);

        if (r == 0)
                r = pl_history_add_host(&writer, &(struct pl_history_host){});
        if (r == 0)
                r = pl_history_end(&writer);
        return r == 0 ? pl_history_sync(&writer) : r;
}

/* Rows of the host; -1 where it cannot be read. */
static int count_rows(void)
{
        struct pl_history_list list;
        struct pl_history_reader *reader;
        struct pl_history_entry entry;
        int rows = 0;

        if (pl_history_list(directory_fd, &list) != 0)
                return -1;
        for (size_t i = 0; i < list.count; i++) {
                int r = pl_history_open(directory_fd, list.numbers[i], &PL_HISTORY_EVERYTHING,
                                        &reader);

                if (r != 0)
                        return -1;
                while ((r = pl_history_next(reader, &entry)) == 0)
                        rows += entry.kind == PL_HISTORY_HOST;
                reader = pl_history_close(reader);
                if (r != PL_JOURNAL_E_END)
                        return -1;
        }
        return rows;
}

static void remove_all(void)
{
        struct pl_history_list list;
        char name[64];

        pl_assert(pl_history_list(directory_fd, &list) == 0);
        for (size_t i = 0; i < list.count; i++) {
                struct pl_text text;

                pl_text_init(&text, name, sizeof name);
                pl_text_addf(&text, "history-%010u", list.numbers[i]);
                pl_assert(unlinkat(directory_fd, name, 0) == 0);
        }
        (void) unlinkat(directory_fd, "history.lock", 0);
}

/* Two segments, of which the first is due to be thinned. */
static void leave_history(void)
{
        remove_all();
        pl_assert(open_writer() == 0);
        pl_assert(write_row(&early) == 0 && write_row(&early) == 0);
        pl_assert(write_row(&late) == 0);
        pl_history_writer_close(&writer);
}

/* Whatever went wrong, without the fault all is there, and more can be written. */
static bool is_sound(int rows_min, int rows_max)
{
        int rows = count_rows(), r = open_writer();
        bool good = rows >= rows_min && rows <= rows_max && r == 0 && write_row(&late) == 0;

        if (r == 0)
                pl_history_writer_close(&writer);
        return good && count_rows() == rows + 1;
}

static bool opens(void *userdata)
{
        int r = open_writer();
        bool good = r == 0 || pl_fault_struck();

        (void) userdata;
        if (r == 0)
                pl_history_writer_close(&writer);
        pl_fault_disarm();
        good = good && is_sound(3, 3);
        leave_history();
        return good;
}

static bool writes(void *userdata)
{
        int r, opened = open_writer();
        bool good;

        (void) userdata;
        /* A fault that strikes so early is the other test's. */
        if (opened != 0)
                return pl_fault_struck();
        r = write_row(&late);
        good = r == 0 || pl_fault_struck();
        /* The same writer goes on. */
        pl_fault_disarm();
        good = good && write_row(&late) == 0;
        pl_history_writer_close(&writer);
        good = good && is_sound(r == 0 ? 5 : 4, 5);
        leave_history();
        return good;
}

static bool tidies(void *userdata)
{
        const struct pl_history_time now = { 5 * PL_USEC_PER_DAY, 4 * PL_USEC_PER_DAY };
        int r, opened = open_writer();
        bool good, struck;

        (void) userdata;
        if (opened != 0)
                return pl_fault_struck();
        r = pl_history_tidy(&writer, &now);
        struck = pl_fault_struck();
        good = r == 0 || struck;
        pl_fault_disarm();
        pl_history_writer_close(&writer);
        /* Of the two early rows in one quarter of an hour one stays. A segment that seemed not to be readable is left alone. */
        good = good && is_sound(2, struck ? 3 : 2);
        leave_history();
        return good;
}

static bool reads(void *userdata)
{
        struct pl_history_last last;
        int rows = count_rows(), r = pl_history_last(directory_fd, &last);

        (void) userdata;
        return pl_fault_struck() || (rows == 3 && r == 0);
}

static void opened_for_a_fault(void **state)
{
        (void) state;
        leave_history();
        survives_every_fault(opens, NULL);
}

static void written_and_tidied(void **state)
{
        (void) state;
        leave_history();
        survives_every_fault(writes, NULL);
        survives_every_fault(tidies, NULL);
}

static void read_again(void **state)
{
        (void) state;
        leave_history();
        survives_every_fault(reads, NULL);
        remove_all();
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(opened_for_a_fault),
                cmocka_unit_test(written_and_tidied),
                cmocka_unit_test(read_again),
        };

        return cmocka_run_group_tests(tests, directory_set_up, directory_tear_down);
}
