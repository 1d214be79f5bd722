/* SPDX-License-Identifier: Apache-2.0 */

/* How much of the logbook those may fill who come and go. */

#include "daemon/book.h"

#include "plimsoll/base/clock.h"
#include "plimsoll/base/text.h"

static void come(uint64_t id)
{
        const struct pl_journal_act act = { .at_usec = now,
                                            .type = PL_JOURNAL_APPEARED,
                                            .workload = { .id = id, .name = "x" } };

        pl_logbook_workload(&logbook, &act);
}

/* "A" for an appearance, "G" and a number for a gap, "." for what else there is; the same in a row with its number. */
static const char *sequence(struct pl_journal_cursor *cursor)
{
        static char buffer[512];
        static struct pl_journal_act act;
        struct pl_text text;
        unsigned appeared = 0;
        int r;

        pl_text_init(&text, buffer, sizeof buffer);
        do {
                r = pl_journal_next_act(cursor, &act);
                assert_true(r == 0 || r == PL_JOURNAL_E_END);
                if (r == 0 && act.type == PL_JOURNAL_APPEARED) {
                        appeared++;
                        continue;
                }
                if (appeared > 0)
                        pl_text_addf(&text, "A%u ", appeared);
                appeared = 0;
                if (r == 0 && act.type == PL_JOURNAL_GAP)
                        pl_text_addf(&text, "G%llu ", (unsigned long long) act.gap.count);
                else if (r == 0)
                        pl_text_add(&text, ". ");
        } while (r == 0);
        assert_false(text.cut);
        return buffer;
}

static struct pl_journal_cursor start_crowd(void)
{
        start(4 * PL_MIB);
        return pl_journal_cursor_newest(&reader, PL_JOURNAL_ACTS);
}

static void a_crowd_is_written_up_to_its_allowance(void **state)
{
        struct pl_journal_cursor cursor = start_crowd();
        struct pl_journal_act act = {};
        uint64_t began;

        (void) state;
        for (uint64_t i = 1; i <= PL_LOGBOOK_BURST; i++)
                come(i);
        assert_string_equal(sequence(&cursor), "A1024 ");
        now += 10;
        began = now;
        for (uint64_t i = 0; i < 500; i++)
                come(i + 1);
        pl_logbook_settle(&logbook, now);
        assert_string_equal(sequence(&cursor), "");

        /* A sixteenth of a second is one. */
        now += PL_USEC_PER_SEC / PL_LOGBOOK_PER_SECOND;
        come(1);
        come(2);
        assert_string_equal(sequence(&cursor), "A1 ");
        now = began + PL_LOGBOOK_GAP_USEC - 1;
        pl_logbook_settle(&logbook, now);
        assert_string_equal(sequence(&cursor), "");
        now = began + PL_LOGBOOK_GAP_USEC;
        come(3);
        assert_string_equal(sequence(&cursor), "G501 A1 ");
        assert_int_equal(acts(PL_JOURNAL_GAP, &act), 1);
        assert_true(act.gap.first == began && act.gap.reason == PL_GAP_CROWD);
        assert_int_equal(act.gap.ring, PL_JOURNAL_ACTS);
        assert_true(act.at_usec == now);
}

static void a_crowd_that_is_over_is_told_at_a_tick(void **state)
{
        struct pl_journal_cursor cursor = start_crowd();

        (void) state;
        for (uint64_t i = 1; i <= PL_LOGBOOK_BURST + 7; i++)
                come(i);
        now += PL_LOGBOOK_GAP_USEC;
        for (int i = 0; i < 3; i++)
                pl_logbook_settle(&logbook, now);
        assert_string_equal(sequence(&cursor), "A1024 G7 ");
        /* The gap was none of the hundred and sixty. */
        for (uint64_t i = 1; i <= 10 * PL_LOGBOOK_PER_SECOND + 1; i++)
                come(i);
        assert_string_equal(sequence(&cursor), "A160 ");
        assert_int_equal(logbook.left_out_count, 1);
}

/* A minute of a thousand a second, which the host's log gets to read: a gap is one message there. */
static void a_crowd_that_lasts_is_told_of_seldom(void **state)
{
        enum { SECONDS = 60, TICKS = 100, AT_ONCE = 10 };
        struct pl_journal_cursor cursor = start_crowd();
        static struct pl_journal_act act;
        uint64_t appeared = 0, left_out = 0, gaps = 0, last = 0;

        (void) state;
        for (int tick = 0; tick < SECONDS * TICKS; tick++) {
                now += PL_USEC_PER_SEC / TICKS;
                for (uint64_t i = 1; i <= AT_ONCE; i++)
                        come(i);
                pl_logbook_settle(&logbook, now);
                while (pl_journal_next_act(&cursor, &act) == 0) {
                        appeared += act.type == PL_JOURNAL_APPEARED;
                        if (act.type != PL_JOURNAL_GAP)
                                continue;
                        gaps++;
                        left_out += act.gap.count;
                        assert_true(act.gap.first >= last && act.gap.first < act.at_usec);
                        last = act.at_usec;
                }
        }
        assert_true(gaps >= SECONDS / 10 - 1 && gaps <= SECONDS / 10);
        assert_true(appeared <= PL_LOGBOOK_BURST + SECONDS * PL_LOGBOOK_PER_SECOND);
        assert_int_equal(appeared + left_out + logbook.left_out_count, SECONDS * TICKS * AT_ONCE);
}

/* Whatever else is written stands behind what was left out before it. */
static void another_act_comes_behind_the_gap(void **state)
{
        struct pl_journal_cursor cursor = start_crowd();

        (void) state;
        for (uint64_t i = 1; i <= PL_LOGBOOK_BURST + 3; i++)
                come(i);
        say_something("between");
        come(1);
        come(2);
        say_something("again");
        say_something("and again");
        assert_string_equal(sequence(&cursor), "A1024 G3 . G2 . . ");
}

static void an_allowance_is_never_more_than_a_burst(void **state)
{
        struct pl_journal_cursor cursor = start_crowd();

        (void) state;
        now += 365 * 86400 * PL_USEC_PER_SEC;
        for (uint64_t i = 1; i <= PL_LOGBOOK_BURST + 1; i++)
                come(i);
        assert_string_equal(sequence(&cursor), "A1024 ");
}

/* At whatever pace it is asked, sixteen a second are sixteen a second. */
static void the_allowance_does_not_depend_on_the_tick(void **state)
{
        static const uint64_t ticks_msec[] = { 1, 10, 62, 63, 100, 124, 125, 250, 999, 1000 };

        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(ticks_msec); i++) {
                const uint64_t tick = ticks_msec[i] * PL_USEC_PER_MSEC;
                struct pl_journal_cursor cursor = start_crowd();
                unsigned written = 0;

                for (uint64_t id = 1; id <= PL_LOGBOOK_BURST; id++)
                        come(id);
                (void) sequence(&cursor);
                for (uint64_t spent = 0; spent + tick <= 10 * PL_USEC_PER_SEC; spent += tick) {
                        uint64_t before = logbook.writer.next[PL_JOURNAL_ACTS];

                        now += tick;
                        while (logbook.left_out_count == 0)
                                come(1);
                        written += (unsigned) (logbook.writer.next[PL_JOURNAL_ACTS] - before);
                        logbook.left_out_count = 0;
                }
                assert_true(written >= 10 * PL_LOGBOOK_PER_SECOND - PL_LOGBOOK_PER_SECOND &&
                            written <= 10 * PL_LOGBOOK_PER_SECOND);
                stop();
                now += PL_USEC_PER_SEC;
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                BOOK_TEST(a_crowd_is_written_up_to_its_allowance),
                BOOK_TEST(a_crowd_that_is_over_is_told_at_a_tick),
                BOOK_TEST(a_crowd_that_lasts_is_told_of_seldom),
                BOOK_TEST(another_act_comes_behind_the_gap),
                BOOK_TEST(an_allowance_is_never_more_than_a_burst),
                BOOK_TEST(the_allowance_does_not_depend_on_the_tick),
        };

        return cmocka_run_group_tests(tests, place_set_up, place_tear_down);
}
