/* SPDX-License-Identifier: Apache-2.0 */

/* Minutes and hours of a daemon and its mate, played at once. */

#include "test.h"

#include <limits.h>

#include "daemon/mate_watch.h"
#include "plimsoll/base/clock.h"

enum { SILENCE_SEC = 10 };

static struct pl_watch watch;
static uint64_t now_sec, heartbeat_sec, figure;

static int set_up(void **state)
{
        (void) state;
        now_sec = heartbeat_sec = 1000;
        pl_watch_begin(&watch, SILENCE_SEC * PL_USEC_PER_SEC, now_sec * PL_USEC_PER_SEC);
        return 0;
}

static enum pl_watch_news look(void)
{
        return pl_watch_look(&watch, now_sec * PL_USEC_PER_SEC, heartbeat_sec * PL_USEC_PER_SEC,
                             &figure);
}

/* Ticks; the daemon's heart beats at each of them, or does not. The only news that may come is the last tick's. */
static enum pl_watch_news ticks(int count, bool beats)
{
        for (int i = 0; i < count; i++) {
                enum pl_watch_news news;

                now_sec++;
                if (beats)
                        heartbeat_sec = now_sec;
                news = look();
                if (news != PL_WATCH_NOTHING)
                        return i + 1 == count ? news : (enum pl_watch_news) - 1;
        }
        return PL_WATCH_NOTHING;
}

static void who_moves_is_not_spoken_of(void **state)
{
        (void) state;
        assert_int_equal(ticks(100000, true), PL_WATCH_NOTHING);
}

static void silence_is_said_once_and_its_end_once(void **state)
{
        (void) state;
        assert_int_equal(ticks(5, true), PL_WATCH_NOTHING);
        assert_int_equal(ticks(SILENCE_SEC, false), PL_WATCH_NOTHING);
        assert_int_equal(ticks(1, false), PL_WATCH_STUCK);
        assert_int_equal(figure, (SILENCE_SEC + 1) * PL_USEC_PER_SEC);
        assert_int_equal(ticks(1000, false), PL_WATCH_NOTHING);
        assert_int_equal(ticks(1, true), PL_WATCH_MOVES);
        assert_int_equal(figure, (SILENCE_SEC + 1 + 1000 + 1) * PL_USEC_PER_SEC);
        assert_int_equal(ticks(1000, true), PL_WATCH_NOTHING);
        assert_int_equal(ticks(SILENCE_SEC + 1, false), PL_WATCH_STUCK);
}

/* A journal that a daemon before has left has its heartbeat. */
static void what_was_before_the_beginning_does_not_count(void **state)
{
        (void) state;
        heartbeat_sec = 0;
        assert_int_equal(ticks(SILENCE_SEC, false), PL_WATCH_NOTHING);
        assert_int_equal(ticks(1, false), PL_WATCH_STUCK);
}

/* Being woken often makes no time pass. */
static void looks_between_ticks_change_nothing(void **state)
{
        (void) state;
        for (int i = 0; i < SILENCE_SEC; i++) {
                assert_int_equal(ticks(1, false), PL_WATCH_NOTHING);
                for (int again = 0; again < 100; again++)
                        assert_int_equal(look(), PL_WATCH_NOTHING);
        }
        assert_int_equal(ticks(1, false), PL_WATCH_STUCK);
}

/* For an hour; the heart last beat a moment before. */
static void a_host_that_slept_is_not_stuck(void **state)
{
        (void) state;
        assert_int_equal(ticks(5, true), PL_WATCH_NOTHING);
        now_sec += 3600;
        assert_int_equal(look(), PL_WATCH_NOTHING);
        assert_int_equal(ticks(1, true), PL_WATCH_NOTHING);

        /* And also when its last beat was seen only afterwards. */
        heartbeat_sec = now_sec + 1;
        now_sec += 3600;
        assert_int_equal(look(), PL_WATCH_NOTHING);
        assert_int_equal(ticks(SILENCE_SEC - 2, false), PL_WATCH_NOTHING);
        assert_int_equal(ticks(1, true), PL_WATCH_NOTHING);
}

/* Afterwards the daemon has as long as ever, and no longer. */
static void who_is_stuck_after_a_sleep_is_found(void **state)
{
        (void) state;
        now_sec += 3600;
        assert_int_equal(look(), PL_WATCH_NOTHING);
        assert_int_equal(ticks(SILENCE_SEC, false), PL_WATCH_STUCK);
        assert_int_equal(figure, (SILENCE_SEC + 1) * PL_USEC_PER_SEC);
        now_sec += 3600;
        assert_int_equal(look(), PL_WATCH_NOTHING);
        assert_int_equal(ticks(1, true), PL_WATCH_MOVES);
        assert_int_equal(figure, (SILENCE_SEC + 3) * PL_USEC_PER_SEC);
}

/* The mate is as slow as everything on a host that thrashes: it counts only what it has seen. */
static void a_slow_mate_blames_late(void **state)
{
        int looks = 0;

        (void) state;
        do {
                now_sec += 5;
                looks++;
        } while (look() == PL_WATCH_NOTHING);
        assert_int_equal(looks, SILENCE_SEC + 1);
}

/* Without what nobody saw: an hour's sleep makes nobody silent for an hour. */
static void how_long_it_was_silent_is_known_at_each_look(void **state)
{
        (void) state;
        assert_int_equal(ticks(3, true), PL_WATCH_NOTHING);
        assert_int_equal(watch.silent_usec, 0);
        for (uint64_t silent_sec = 1; silent_sec <= 3; silent_sec++) {
                assert_int_equal(ticks(1, false), PL_WATCH_NOTHING);
                assert_int_equal(watch.silent_usec, silent_sec * PL_USEC_PER_SEC);
        }
        now_sec += 3600;
        assert_int_equal(look(), PL_WATCH_NOTHING);
        assert_int_equal(watch.silent_usec, 4 * PL_USEC_PER_SEC);
        assert_int_equal(ticks(1, true), PL_WATCH_NOTHING);
        assert_int_equal(watch.silent_usec, 0);
}

/* A host without journald is not woken ten times a second for ever. */
static void who_cannot_write_waits_longer(void **state)
{
        uint64_t before = 0, pause;

        (void) state;
        assert_true(pl_watch_pause_usec(0) == PL_MATE_TICK_USEC);
        assert_true(pl_watch_pause_usec(1) == 100 * PL_USEC_PER_MSEC);
        for (unsigned failures = 1; failures < 5; failures++) {
                pause = pl_watch_pause_usec(failures);
                assert_true(pause > before && pause < PL_MATE_TICK_USEC);
                before = pause;
        }
        for (unsigned failures = 5; failures < 100; failures++)
                assert_true(pl_watch_pause_usec(failures) == PL_MATE_TICK_USEC);
        assert_true(pl_watch_pause_usec(UINT_MAX) == PL_MATE_TICK_USEC);
}

static void clocks_of_anybody_do_no_harm(void **state)
{
        static const uint64_t times[] = { 0, 1, UINT64_MAX / 2, UINT64_MAX - 1, UINT64_MAX };

        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(times); i++)
                for (size_t k = 0; k < PL_ARRAY_LENGTH(times); k++)
                        (void) pl_watch_look(&watch, times[i], times[k], &figure);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup(who_moves_is_not_spoken_of, set_up),
                cmocka_unit_test_setup(silence_is_said_once_and_its_end_once, set_up),
                cmocka_unit_test_setup(what_was_before_the_beginning_does_not_count, set_up),
                cmocka_unit_test_setup(looks_between_ticks_change_nothing, set_up),
                cmocka_unit_test_setup(a_host_that_slept_is_not_stuck, set_up),
                cmocka_unit_test_setup(who_is_stuck_after_a_sleep_is_found, set_up),
                cmocka_unit_test_setup(a_slow_mate_blames_late, set_up),
                cmocka_unit_test_setup(how_long_it_was_silent_is_known_at_each_look, set_up),
                cmocka_unit_test(who_cannot_write_waits_longer),
                cmocka_unit_test_setup(clocks_of_anybody_do_no_harm, set_up),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
