/* SPDX-License-Identifier: Apache-2.0 */

/* The share of the last seconds that tasks stood still, from what the ring of samples has kept. */

#include "cli/live_made.h"

static struct pl_live_stall stall_of(const struct made *made, const struct pl_journal_row *row,
                                     struct pl_live_stall *ret_host)
{
        struct pl_live_stall stall;
        struct pl_live live;

        made_look(made, &live);
        assert_int_equal(pl_live_stalls(&live, row, 1, ret_host, &stall), 0);
        pl_live_close(&live);
        return stall;
}

static struct pl_journal_row put_one(struct made *made)
{
        struct pl_journal_row row = made_row(9, PL_WORKLOAD_SERVICE, -1, NULL, "a", "a.service",
                                             "/a.service");
        const struct pl_journal_host host = made_host();

        made_fill(&row, PL_GIB, 0);
        row.sample.at_usec = MADE_NOW;
        pl_journal_put_host(&made->writer, &host);
        made_put(made, &row);
        return row;
}

/* The newest reading that is ten seconds old counts, not an older one, and not a younger. */
static void a_stall_is_of_the_last_ten_seconds(void **state)
{
        struct pl_live_stall host, stall;
        struct pl_journal_row row;
        struct made made;
        uint64_t now_usec;

        (void) state;
        made_open(&made, PL_JOURNAL_BYTES_MIN);
        row = put_one(&made);
        now_usec = row.sample.some_usec;
        stall = stall_of(&made, &row, &host);
        assert_int_equal(stall.over_usec, 0);
        assert_int_equal(host.over_usec, 0);

        made_step(&made, 1, 30 * PL_USEC_PER_SEC, 0, &row, 0);
        made_step(&made, 2, 12 * PL_USEC_PER_SEC, 90 * PL_USEC_PER_SEC - 117000, &row,
                  now_usec - 3 * PL_USEC_PER_SEC);
        made_step(&made, 3, 5 * PL_USEC_PER_SEC, 0, &row, now_usec - 2 * PL_USEC_PER_SEC);
        made_step(&made, 4, 100 * PL_USEC_PER_MSEC, 0, NULL, 0);
        stall = stall_of(&made, &row, &host);
        assert_int_equal(stall.over_usec, 12 * PL_USEC_PER_SEC);
        assert_int_equal(stall.some_permyriad, 2500);
        assert_int_equal(stall.full_permyriad, 0);
        assert_int_equal(host.over_usec, 11700 * PL_USEC_PER_MSEC);
        assert_int_equal(host.some_permyriad, 100);
        made_close(&made);
}

static void what_is_less_than_that_counts_for_what_it_is(void **state)
{
        struct pl_live_stall host, stall;
        struct pl_journal_row row;
        struct made made;

        (void) state;
        made_open(&made, PL_JOURNAL_BYTES_MIN);
        row = put_one(&made);
        made_step(&made, 1, PL_USEC_PER_SEC / 2, 0, &row, 0);
        stall = stall_of(&made, &row, &host);
        assert_int_equal(stall.over_usec, 0); /* half a second is none */
        made_step(&made, 2, 4 * PL_USEC_PER_SEC, 0, &row, 0);
        stall = stall_of(&made, &row, &host);
        assert_int_equal(stall.over_usec, 4 * PL_USEC_PER_SEC);
        assert_int_equal(stall.some_permyriad, PL_PERMYRIAD); /* more than all of it is all */
        made_close(&made);
}

static void a_count_that_began_anew_is_none(void **state)
{
        struct pl_live_stall host, stall;
        struct pl_journal_row row;
        struct made made;

        (void) state;
        made_open(&made, PL_JOURNAL_BYTES_MIN);
        row = put_one(&made);
        made_step(&made, 1, 11 * PL_USEC_PER_SEC, 0, &row, row.sample.some_usec + 1);
        stall = stall_of(&made, &row, &host);
        assert_int_equal(stall.over_usec, 0);
        made_close(&made);
}

static void what_a_minute_ago_was_is_no_answer(void **state)
{
        struct pl_live_stall host, stall;
        struct pl_journal_row row;
        struct made made;

        (void) state;
        made_open(&made, PL_JOURNAL_BYTES_MIN);
        row = put_one(&made);
        made_step(&made, 1, 61 * PL_USEC_PER_SEC, 0, &row, 0);
        made_step(&made, 2, 0, 0, NULL, 0);
        stall = stall_of(&made, &row, &host);
        assert_int_equal(stall.over_usec, 0);
        made_close(&made);
}

static void the_time_that_a_host_slept_does_not_count(void **state)
{
        struct pl_live_stall host, stall;
        struct pl_journal_row row;
        struct pl_snapshot resumed = {
                .step = 2,
                .now_usec = MADE_NOW - 3 * PL_USEC_PER_SEC,
                .flags = PL_SNAPSHOT_RESUMED,
                .host = made_host().sample,
        };
        struct made made;

        (void) state;
        made_open(&made, PL_JOURNAL_BYTES_MIN);
        row = put_one(&made);
        made_step(&made, 1, 11 * PL_USEC_PER_SEC, 0, &row, 0);
        resumed.host.at_usec = resumed.now_usec;
        resumed.host.some_usec = 0;
        assert_int_equal(pl_journal_begin_step(&made.writer, &resumed), 0);
        stall = stall_of(&made, &row, &host);
        assert_int_equal(stall.over_usec, 0);
        assert_int_equal(host.over_usec, 2700 * PL_USEC_PER_MSEC);
        made_close(&made);
}

/* It has what was seen at steps before it, and is not one: neither a sleep nor a look. */
static void a_checkpoint_is_no_look(void **state)
{
        struct pl_live_stall host, stall, host_without, stall_without;
        struct pl_journal_row row;
        struct pl_update update = { .kind = PL_UPDATE_SAMPLE };
        const struct pl_snapshot checkpoint = { .step = 1,
                                                .now_usec = MADE_NOW - 3 * PL_USEC_PER_SEC,
                                                .flags = PL_SNAPSHOT_CHECKPOINT,
                                                .host = made_host().sample,
                                                .update_count = 1,
                                                .updates = &update };
        struct made made;

        (void) state;
        made_open(&made, PL_JOURNAL_BYTES_MIN);
        row = put_one(&made);
        made_step(&made, 1, 11 * PL_USEC_PER_SEC, 0, &row, 0);
        stall_without = stall_of(&made, &row, &host_without);
        /* Of other figures than anybody had. */
        update.id = row.id;
        update.sample = row.sample;
        update.sample.at_usec -= 20 * PL_USEC_PER_SEC;
        update.sample.some_usec = update.sample.full_usec = 0;
        assert_int_equal(pl_journal_write_checkpoint(&made.writer, &checkpoint, UINT64_MAX), 0);
        stall = stall_of(&made, &row, &host);
        assert_memory_equal(&stall, &stall_without, sizeof stall);
        assert_memory_equal(&host, &host_without, sizeof host);
        made_close(&made);
}

/* A snapshot of everybody has more updates than there is room for at first. */
static void everybody_at_once_is_looked_through(void **state)
{
        enum { MANY = 3000 };
        static struct pl_update updates[MANY];
        struct pl_live_stall host, stall;
        struct pl_journal_row row;
        struct pl_snapshot snapshot = {
                .step = 1,
                .now_usec = MADE_NOW - 11 * PL_USEC_PER_SEC,
                .update_count = MANY,
                .updates = updates,
        };
        struct made made;

        (void) state;
        made_open(&made, PL_JOURNAL_BYTES_DEFAULT);
        row = put_one(&made);
        for (size_t i = 0; i < MANY; i++) {
                updates[i] = (struct pl_update){ .kind = PL_UPDATE_SAMPLE, .id = 1000 + i };
                updates[i].sample.at_usec = snapshot.now_usec;
        }
        updates[MANY / 2].id = row.id;
        updates[MANY / 2].sample = row.sample;
        updates[MANY / 2].sample.at_usec = snapshot.now_usec;
        updates[MANY / 2].sample.some_usec -= 11 * PL_USEC_PER_SEC / 2;
        assert_int_equal(pl_journal_begin_step(&made.writer, &snapshot), 0);
        stall = stall_of(&made, &row, &host);
        assert_int_equal(stall.some_permyriad, 5000);
        made_close(&made);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_stall_is_of_the_last_ten_seconds),
                cmocka_unit_test(what_is_less_than_that_counts_for_what_it_is),
                cmocka_unit_test(a_count_that_began_anew_is_none),
                cmocka_unit_test(what_a_minute_ago_was_is_no_answer),
                cmocka_unit_test(the_time_that_a_host_slept_does_not_count),
                cmocka_unit_test(a_checkpoint_is_no_look),
                cmocka_unit_test(everybody_at_once_is_looked_through),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
