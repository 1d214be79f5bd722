/* SPDX-License-Identifier: Apache-2.0 */

/* Who comes back after a clean end: which services systemd is asked about, when, and what is made of its answers. */

#include <signal.h>

#include "rig.h"

enum { ASKED_MAX = 128 };

static struct pl_bus *const bus = (struct pl_bus *) (uintptr_t) 8;
static int outcome; /* of asking */
static unsigned asked_count;
static struct {
        uint64_t tag;
        char unit[64];
} asked[ASKED_MAX];

int __wrap_pl_bus_ask_service(struct pl_bus *to, uint64_t tag, const char *unit);
int __wrap_pl_bus_ask_service(struct pl_bus *to, uint64_t tag, const char *unit)
{
        assert_true(to == bus);
        assert_true(asked_count < ASKED_MAX);
        if (outcome != 0)
                return outcome;
        asked[asked_count].tag = tag;
        (void) snprintf(asked[asked_count].unit, sizeof asked->unit, "%s", unit);
        asked_count++;
        return 0;
}

#define PROFILE(name, unit, rungs)                                                                 \
        "// origin: " name ".json\n"                                                               \
        "{ \"profile\": \"" name "\", \"match\": [ { \"path\": \"" unit "\", " RIG_OWNER           \
        " } ],\n  \"ladder\": { \"rungs\": [ " rungs "\"kill\" ] } }\n"

static const char gentle[] = PROFILE("gentle", "/w*", "\"term\", ");
static const char mixed[] = PROFILE("gentle", "/w*", "\"term\", ") PROFILE("hard", "/h*", "");

static void begin(const char *words)
{
        outcome = 0;
        asked_count = 0;
        rig_start(&(struct rig_options){});
        rig_set_policy(rig_policy(words));
        pl_board_set_bus(&board, bus);
}

static void answer_with(unsigned number, const struct pl_bus_service *service)
{
        assert_true(number < asked_count);
        assert_true(pl_board_on_service(&board, asked[number].tag, service, ++now));
        pl_steps_take(&steps, now);
        rig_compare();
}

static void answer(unsigned number, enum pl_bus_restart restart, const char *path)
{
        answer_with(number, &(struct pl_bus_service){
                                    .restart = restart, .stop_signal = SIGTERM, .path = path });
}

static bool returns(const char *path)
{
        return rig_row(path).flags & PL_CGROUP_RETURNS;
}

static void one_that_would_be_asked_to_end_is_asked_about_once(void **state)
{
        (void) state;
        rig_make("w.service");
        begin(gentle);
        rig_look();
        assert_int_equal(asked_count, 1);
        assert_string_equal(asked[0].unit, "w.service");
        assert_int_equal(asked[0].tag >> 48, PL_BOARD_TAG);
        assert_false(returns("/w.service"));
        rig_look();
        assert_int_equal(asked_count, 1);
        answer(0, PL_BUS_RESTARTS_ALWAYS, "/w.service");
        assert_true(returns("/w.service"));
        rig_look();
        assert_int_equal(asked_count, 1);
        assert_true(returns("/w.service"));
}

static void nobody_else_is(void **state)
{
        (void) state;
        rig_make("h.service");
        rig_make("free.service");
        rig_make("w.scope");
        rig_make("w.slice");
        rig_make("w.slice/w.service");
        begin(mixed);
        rig_look();
        assert_int_equal(asked_count, 0);
        assert_false(pl_board_on_service(&board, UINT64_C(0x11) << 48, NULL, ++now));
        assert_false(pl_board_on_service(&board, 0, NULL, ++now));
}

static void what_appears_is_asked_about_at_once(void **state)
{
        (void) state;
        begin(gentle);
        rig_look();
        rig_make("w.service");
        pl_census_begin(&board.census);
        rig_work();
        assert_int_equal(asked_count, 1);
        answer(0, PL_BUS_RESTARTS_ON_SUCCESS, "/w.service");
        assert_true(returns("/w.service"));
}

static void an_answer_is_for_its_own_cgroup(void **state)
{
        static const char *const paths[] = { "", "/w", "/system.slice/w.service", "/w.service/x" };

        (void) state;
        rig_make("w.service");
        begin(gentle);
        for (size_t i = 0; i < PL_ARRAY_LENGTH(paths); i++) {
                rig_look();
                assert_int_equal(asked_count, i + 1);
                answer((unsigned) i, PL_BUS_RESTARTS_ALWAYS, paths[i]);
                assert_row(paths[i], !returns("/w.service"));
                pl_board_on_reloaded(&board);
        }
        rig_look();
        answer_with(asked_count - 1, NULL);
        assert_false(returns("/w.service"));
        /* That it is not known is an answer, too. */
        rig_look();
        assert_int_equal(asked_count, PL_ARRAY_LENGTH(paths) + 1);
}

static void units_that_were_read_anew_are_asked_about_anew(void **state)
{
        (void) state;
        rig_make("w.service");
        begin(gentle);
        rig_look();
        answer(0, PL_BUS_RESTARTS_ALWAYS, "/w.service");
        pl_board_on_reloaded(&board);
        assert_true(returns("/w.service"));
        rig_look();
        assert_int_equal(asked_count, 2);
        assert_true(returns("/w.service"));
        /* This answer may be from before it: it counts, and is asked for once more. */
        pl_board_on_reloaded(&board);
        answer(1, PL_BUS_RESTARTS_NEVER, "/w.service");
        assert_false(returns("/w.service"));
        rig_look();
        assert_int_equal(asked_count, 3);
        answer(2, PL_BUS_RESTARTS_ALWAYS, "/w.service");
        rig_look();
        assert_true(returns("/w.service"));
        assert_int_equal(asked_count, 3);
}

static void only_so_many_are_asked_about_at_a_time(void **state)
{
        enum { SERVICES = 2 * PL_BOARD_QUESTIONS + 3 };
        char path[sizeof asked->unit + 1];

        (void) state;
        for (unsigned i = 0; i < SERVICES; i++)
                rig_make(rig_name("w%u.service", i));
        begin(gentle);
        rig_look();
        rig_look();
        assert_int_equal(asked_count, PL_BOARD_QUESTIONS);
        for (unsigned i = 0; i < SERVICES; i++) {
                if (i == asked_count)
                        rig_look();
                (void) snprintf(path, sizeof path, "/%s", asked[i].unit);
                answer(i, PL_BUS_RESTARTS_ALWAYS, path);
                assert_row(path, returns(path));
        }
        rig_look();
        assert_int_equal(asked_count, SERVICES);
}

static void who_could_not_be_asked_is_at_the_next_look(void **state)
{
        static const int outcomes[] = { PL_BUS_E_FULL, PL_BUS_E_DOWN, -ENOMEM };

        (void) state;
        rig_make("w.service");
        begin(gentle);
        for (size_t i = 0; i < PL_ARRAY_LENGTH(outcomes); i++) {
                outcome = outcomes[i];
                rig_look();
                assert_int_equal(asked_count, 0);
        }
        outcome = 0;
        rig_look();
        assert_int_equal(asked_count, 1);
}

/* What was asked is not answered any more, and what was known may be another by now. */
static void a_connection_that_is_another_is_asked_again(void **state)
{
        (void) state;
        rig_make("w0.service");
        rig_make("w1.service");
        begin(gentle);
        rig_look();
        assert_int_equal(asked_count, 2);
        answer(0, PL_BUS_RESTARTS_ALWAYS, "");
        pl_board_set_bus(&board, NULL);
        rig_look();
        assert_int_equal(asked_count, 2);
        pl_board_set_bus(&board, bus);
        rig_look();
        assert_int_equal(asked_count, 4);
}

static void who_has_gone_is_not_told_of(void **state)
{
        uint64_t tag;

        (void) state;
        rig_make("w0.service");
        begin(gentle);
        rig_look();
        tag = asked[0].tag;
        rig_drop("w0.service");
        rig_look();
        rig_make("w1.service");
        rig_look();
        assert_int_equal(asked_count, 2);
        answer(0, PL_BUS_RESTARTS_ALWAYS, "/w0.service");
        assert_false(returns("/w1.service"));
        answer(1, PL_BUS_RESTARTS_ALWAYS, "/w1.service");
        assert_true(returns("/w1.service"));
        /* An answer to nothing. */
        assert_true(pl_board_on_service(&board, tag, NULL, ++now));
        assert_true(returns("/w1.service"));
}

/* It is the service's, and not the profile's. */
static void under_another_policy_it_stays(void **state)
{
        (void) state;
        rig_make("w.service");
        begin(gentle);
        rig_look();
        rig_set_policy(rig_policy(mixed));
        /* Not matched yet. */
        assert_true(pl_board_on_service(
                &board, asked[0].tag,
                &(struct pl_bus_service){ .restart = PL_BUS_RESTARTS_ALWAYS, .path = "/w.service" },
                ++now));
        assert_false(returns("/w.service"));
        rig_look();
        assert_true(returns("/w.service"));
        rig_set_policy(rig_policy(PROFILE("hard", "/w*", "")));
        rig_look();
        assert_true(returns("/w.service"));
        rig_set_policy(rig_policy(gentle));
        rig_look();
        assert_true(returns("/w.service"));
        assert_int_equal(asked_count, 1);
        rig_compare();
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                RIG_TEST(one_that_would_be_asked_to_end_is_asked_about_once),
                RIG_TEST(nobody_else_is),
                RIG_TEST(what_appears_is_asked_about_at_once),
                RIG_TEST(an_answer_is_for_its_own_cgroup),
                RIG_TEST(units_that_were_read_anew_are_asked_about_anew),
                RIG_TEST(only_so_many_are_asked_about_at_a_time),
                RIG_TEST(who_could_not_be_asked_is_at_the_next_look),
                RIG_TEST(a_connection_that_is_another_is_asked_again),
                RIG_TEST(who_has_gone_is_not_told_of),
                RIG_TEST(under_another_policy_it_stays),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
