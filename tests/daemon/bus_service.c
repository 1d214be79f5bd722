/* SPDX-License-Identifier: Apache-2.0 */

/* How a service ends and whether it comes back, as far as systemd says it. */

#include "bus_fake.h"

/* Short enough to be waited for. */
#define SHORT_USEC (50 * PL_USEC_PER_MSEC)

static const char *const properties[] = { "Restart", "KillSignal", "MainPID", "ControlGroup" };

static const struct fake_told *ask(const char *unit)
{
        fake.told_count = 0;
        fake.service = (struct pl_bus_service){};
        assert_int_equal(CALL(pl_bus_ask_service(fake.bus, 5, unit)), 0);
        assert_int_equal(fake.told_count, 0);
        UNTIL(fake.told_count > 0);
        assert_int_equal(fake.told[0].tag, 5);
        return &fake.told[0];
}

static void all_of_it_is_told(void **state)
{
        const struct fake_told *told;

        (void) state;
        fake_connect();
        fake.kill_signal = SIGQUIT;
        fake.main_pid = 4711;
        told = ask("x.service");
        assert_true(told->what);
        assert_int_equal(fake.service.restart, PL_BUS_RESTARTS_ALWAYS);
        assert_int_equal(fake.service.stop_signal, SIGQUIT);
        assert_int_equal(fake.service.main_pid, 4711);
        assert_string_equal(told->words, "/system.slice/x.service");
        assert_string_equal(fake.interface, PL_BUS_SYSTEMD ".Service");
        assert_int_equal(fake.asked, PL_ARRAY_LENGTH(properties));
        fake.main_pid = 0;
        assert_true(ask("x@y.service")->what);
        assert_int_equal(fake.service.main_pid, 0);
}

static void who_returns_goes_by_restart(void **state)
{
        static const struct {
                const char *word;
                enum pl_bus_restart restart;
                bool returns;
        } rows[] = {
                { "no", PL_BUS_RESTARTS_NEVER, false },
                { "on-success", PL_BUS_RESTARTS_ON_SUCCESS, true },
                { "on-failure", PL_BUS_RESTARTS_ON_FAILURE, false },
                { "on-abnormal", PL_BUS_RESTARTS_ON_ABNORMAL, false },
                { "on-watchdog", PL_BUS_RESTARTS_ON_WATCHDOG, false },
                { "on-abort", PL_BUS_RESTARTS_ON_ABORT, false },
                { "always", PL_BUS_RESTARTS_ALWAYS, true },
        };

        (void) state;
        fake_connect();
        for (size_t i = 0; i < PL_ARRAY_LENGTH(rows); i++) {
                fake.restart = rows[i].word;
                assert_row(rows[i].word, ask("x.service")->what);
                assert_row(rows[i].word, fake.service.restart == rows[i].restart);
                assert_row(rows[i].word, pl_bus_returns(&fake.service) == rows[i].returns);
        }
}

static void what_is_none_is_not_known(void **state)
{
        static const char *const units[] = { "docker-12.scope", "x.slice",      "x", "",
                                             ".service.d",      "x\xff.service" };
        char longer[PL_BUS_UNIT_BYTES + 8 + 1];

        (void) state;
        fake_connect();
        for (size_t i = 0; i < PL_ARRAY_LENGTH(units); i++)
                assert_row(units[i], !ask(units[i])->what);
        memset(longer, 'x', sizeof longer);
        memcpy(longer + PL_BUS_UNIT_BYTES, ".service", sizeof ".service");
        assert_false(ask(longer)->what);
        /* None of it was systemd's to answer. */
        assert_int_equal(fake.asked, 0);
        /* A name that systemd has made a unit of because it was asked for it. */
        fake.cgroup = "";
        assert_false(ask("made-up.service")->what);
}

static void values_that_make_no_sense_are_not_known(void **state)
{
        static const int32_t signals[] = { 0, -1, INT32_MIN, 65, INT32_MAX };
        static const char *const words[] = { "", "Always", "always ", "sometimes" };

        (void) state;
        fake_connect();
        for (size_t i = 0; i < PL_ARRAY_LENGTH(words); i++) {
                fake.restart = words[i];
                assert_row(words[i], !ask("x.service")->what);
        }
        fake.restart = "no";
        fake.main_pid = UINT32_MAX;
        assert_false(ask("x.service")->what);
        fake.main_pid = 1;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(signals); i++) {
                fake.kill_signal = signals[i];
                assert_false(ask("x.service")->what);
        }
        fake.kill_signal = 64;
        assert_true(ask("x.service")->what);
}

static void what_is_refused_or_not_answered_is_not_known(void **state)
{
        static const char *const errors[] = { SD_BUS_ERROR_UNKNOWN_INTERFACE,
                                              SD_BUS_ERROR_ACCESS_DENIED,
                                              PL_BUS_SYSTEMD ".NoSuchUnit" };
        const struct fake_rule get = { .member = "Get" };

        (void) state;
        fake_connect();
        for (size_t i = 0; i < PL_ARRAY_LENGTH(errors); i++) {
                fake.rules[0] = get;
                fake.rules[0].way = FAKE_REFUSES;
                fake.rules[0].error = errors[i];
                assert_row(errors[i], !ask("x.service")->what);
        }
        fake.rules[0].way = FAKE_HOLDS;
        fake.bus->patience_usec = SHORT_USEC;
        assert_false(ask("x.service")->what);
        fake.rules[0] = (struct fake_rule){};
        fake.bus->patience_usec = PL_BUS_PATIENCE_USEC;
        assert_true(ask("x.service")->what);
}

/* Any of them may be the one. */
static void one_property_that_is_missing_is_enough(void **state)
{
        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(properties); i++) {
                fake_again(state);
                fake_connect();
                fake.missing = properties[i];
                assert_row(properties[i], !ask("x.service")->what);
                assert_row(properties[i], fake.asked == i + 1);
        }
}

static void one_of_another_type_is_not_read(void **state)
{
        (void) state;
        fake_connect();
        for (size_t i = 0; i < PL_ARRAY_LENGTH(properties); i++) {
                fake.mistyped = properties[i];
                assert_row(properties[i], !ask("x.service")->what);
        }
}

static void a_connection_that_ends_answers_nobody(void **state)
{
        (void) state;
        fake_connect();
        fake.rules[0] = (struct fake_rule){ .member = "Get", .way = FAKE_ENDS };
        assert_int_equal(CALL(pl_bus_ask_service(fake.bus, 1, "x.service")), 0);
        assert_int_equal(CALL(pl_bus_ask_service(fake.bus, 2, "x.scope")), 0);
        UNTIL(fake.states > 1);
        assert_false(fake.is_up);
        /* What needed no systemd may have been told by then. */
        assert_true(fake.told_count <= 1);
        if (fake.told_count > 0)
                assert_int_equal(fake.told[0].tag, 2);
        assert_int_equal(CALL(pl_bus_ask_service(fake.bus, 3, "x.service")), PL_BUS_E_DOWN);
}

static void only_so_many_wait(void **state)
{
        (void) state;
        fake_connect();
        for (uint64_t i = 0; i < PL_BUS_CALLS_MAX; i++)
                assert_int_equal(CALL(pl_bus_ask_service(fake.bus, i, "x.service")), 0);
        assert_int_equal(CALL(pl_bus_ask_service(fake.bus, 99, "x.service")), PL_BUS_E_FULL);
        UNTIL(fake.told_count == PL_BUS_CALLS_MAX);
        for (uint64_t i = 0; i < PL_BUS_CALLS_MAX; i++)
                assert_true(fake.told[i].tag == i && fake.told[i].what);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                FAKE_TEST(all_of_it_is_told),
                FAKE_TEST(who_returns_goes_by_restart),
                FAKE_TEST(what_is_none_is_not_known),
                FAKE_TEST(values_that_make_no_sense_are_not_known),
                FAKE_TEST(what_is_refused_or_not_answered_is_not_known),
                FAKE_TEST(one_property_that_is_missing_is_enough),
                FAKE_TEST(one_of_another_type_is_not_read),
                FAKE_TEST(a_connection_that_ends_answers_nobody),
                FAKE_TEST(only_so_many_wait),
        };

        return cmocka_run_group_tests(tests, place_set_up, place_tear_down);
}
