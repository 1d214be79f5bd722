/* SPDX-License-Identifier: Apache-2.0 */

/* What systemd tells of itself, and who else may say so; and jobs, whose end is told that way. */

#include "bus_fake.h"

#define DBUS "org.freedesktop.DBus"

static void reloading(const char *sender, bool is_active)
{
        fake_signal(sender, PL_BUS_MANAGER, "Reloading", "b", (int) is_active);
}

static void a_reload_is_told_when_it_is_over(void **state)
{
        for (int is_own = 0; is_own < 2; is_own++) {
                fake_again(state);
                fake.is_own = is_own;
                fake_connect();
                assert_int_equal(fake.bus->reloaded_usec, 0);
                reloading(NULL, true);
                fake_pass();
                assert_int_equal(fake.reloads, 0);
                assert_true(fake.bus->reloaded_usec > 0);
                fake.bus->reloaded_usec = 1;
                reloading(NULL, false);
                UNTIL(fake.reloads > 0);
                fake_pass();
                assert_int_equal(fake.reloads, 1);
                assert_true(fake.bus->reloaded_usec > 1);
        }
}

/* Anybody on a bus may send a signal to anybody. */
static void what_another_says_is_not_believed(void **state)
{
        (void) state;
        fake_connect();
        assert_int_equal(CALL(pl_bus_run(fake.bus, 1, PL_BUS_START, "x.service")), 0);
        fake_pass();
        reloading(":1.9", false);
        reloading("org.example.Other", false);
        fake_signal(":1.9", PL_BUS_MANAGER, "JobRemoved", "uoss", 17, fake.job, "x.service",
                    "done");
        fake_signal(":1.9", DBUS, "NameOwnerChanged", "sss", PL_BUS_SYSTEMD, ":1.0", ":1.9");
        fake_signal(DBUS, DBUS, "NameOwnerChanged", "sss", "org.example.Other", "", ":1.9");
        fake_pass();
        assert_int_equal(fake.reloads, 0);
        assert_int_equal(fake.bus->reloaded_usec, 0);
        assert_int_equal(fake.told_count, 0);
        assert_string_equal(fake.bus->owner, ":1.0");

        /* Nor what it says in other words than systemd's. */
        fake_signal(NULL, PL_BUS_MANAGER, "Reloading", "s", "false");
        fake_signal(NULL, PL_BUS_MANAGER, "JobRemoved", "s", "x");
        fake_signal(DBUS, DBUS, "NameOwnerChanged", "s", PL_BUS_SYSTEMD);
        fake_pass();
        assert_int_equal(fake.reloads, 0);
        assert_int_equal(fake.told_count, 0);
        reloading(NULL, false);
        UNTIL(fake.reloads > 0);
}

static void executed_anew_it_is_believed_by_its_new_name(void **state)
{
        (void) state;
        fake_connect();
        fake_signal(DBUS, DBUS, "NameOwnerChanged", "sss", PL_BUS_SYSTEMD, ":1.0", "");
        fake_pass();
        assert_int_equal(fake.reloads, 0);

        fake.version = "252";
        assert_true(sd_bus_set_sender(fake.peer, ":1.5") >= 0);
        fake_signal(DBUS, DBUS, "NameOwnerChanged", "sss", PL_BUS_SYSTEMD, "", ":1.5");
        UNTIL(fake.reloads > 0);
        assert_true(fake.bus->reloaded_usec > 0);
        fake_pass();
        assert_int_equal(fake.bus->major, 252);
        assert_int_equal(fake.states, 1);
        reloading(":1.0", false);
        fake_pass();
        assert_int_equal(fake.reloads, 1);
        reloading(NULL, false);
        UNTIL(fake.reloads > 1);
}

/* On its own socket it says that it begins, and is gone. */
static void executed_anew_behind_its_own_socket_it_is_told_of(void **state)
{
        (void) state;
        fake.is_own = true;
        fake_connect();
        reloading(NULL, true);
        fake_pass();
        sd_bus_close(fake.peer);
        UNTIL(fake.states > 1);
        assert_int_equal(fake.reloads, 0);
        fake.bus->tried_usec -= PL_BUS_RETRY_USEC;
        pl_bus_retry(fake.bus, pl_clock_now_usec());
        UNTIL(fake.states > 2);
        assert_true(fake.is_up);
        assert_int_equal(fake.reloads, 1);
}

/* It is asked for its version while it is away: it stays as it was. */
static void a_version_that_is_not_said_again_changes_nothing(void **state)
{
        const uint64_t patience_usec = 50 * PL_USEC_PER_MSEC;
        unsigned asked;

        (void) state;
        fake_connect();
        fake.rules[0] = (struct fake_rule){ "Get", FAKE_REFUSES, SD_BUS_ERROR_NO_REPLY, 0 };
        fake_signal(DBUS, DBUS, "NameOwnerChanged", "sss", PL_BUS_SYSTEMD, "", ":1.0");
        UNTIL(fake.reloads > 0);
        fake_pass();
        assert_int_equal(fake.bus->major, 257);

        fake.bus->patience_usec = patience_usec;
        fake.rules[0].way = FAKE_HOLDS;
        asked = fake.asked;
        fake_signal(DBUS, DBUS, "NameOwnerChanged", "sss", PL_BUS_SYSTEMD, "", ":1.0");
        UNTIL(fake.asked > asked + 1);
        fake.bus->patience_usec = FAKE_PATIENCE_USEC;
        fake_pass();
        assert_true(fake.is_up);
        assert_int_equal(fake.bus->major, 257);
}

/* ---- jobs ---- */

static void ends(const char *job, const char *result)
{
        fake_signal(NULL, PL_BUS_MANAGER, "JobRemoved", "uoss", 17, job, "x.service", result);
}

static void a_job_is_over_when_systemd_says_so(void **state)
{
        static const struct {
                const char *result;
                bool is_done;
        } rows[] = {
                { "done", true },     { "failed", false },     { "canceled", false },
                { "timeout", false }, { "dependency", false }, { "skipped", false },
        };

        (void) state;
        fake_connect();
        for (size_t i = 0; i < PL_ARRAY_LENGTH(rows); i++) {
                fake.told_count = 0;
                assert_int_equal(CALL(pl_bus_run(fake.bus, i, i % 2 ? PL_BUS_START : PL_BUS_STOP,
                                                 "x.service")),
                                 0);
                fake_pass();
                ends(PL_BUS_OBJECT "/job/18", rows[i].result);
                fake_pass();
                assert_int_equal(fake.told_count, 0);
                ends(fake.job, rows[i].result);
                UNTIL(fake.told_count > 0);
                assert_row(rows[i].result, fake.told[0].tag == i);
                assert_row(rows[i].result, fake.told[0].what == rows[i].is_done);
                assert_row(rows[i].result, strcmp(fake.told[0].words, rows[i].result) == 0);
        }
        fake.told_count = 0;
        ends(fake.job, "done");
        fake_pass();
        assert_int_equal(fake.told_count, 0);
}

static void a_job_that_is_refused_says_why(void **state)
{
        (void) state;
        fake_connect();
        fake.rules[0] = (struct fake_rule){ "StartUnit", FAKE_REFUSES, PL_BUS_SYSTEMD ".NoSuchUnit",
                                            0 };
        assert_int_equal(CALL(pl_bus_run(fake.bus, 3, PL_BUS_START, "x.service")), 0);
        UNTIL(fake.told_count > 0);
        assert_int_equal(fake.told[0].tag, 3);
        assert_int_equal(fake.told[0].what, false);
        assert_string_equal(fake.told[0].words, "No: " PL_BUS_SYSTEMD ".NoSuchUnit");
}

static void a_job_that_does_not_end_is_not_waited_for(void **state)
{
        (void) state;
        fake_connect();
        fake.bus->job_patience_usec = 50 * PL_USEC_PER_MSEC;
        assert_int_equal(CALL(pl_bus_run(fake.bus, 3, PL_BUS_START, "x.service")), 0);
        UNTIL(fake.told_count > 0);
        assert_int_equal(fake.told[0].what, false);
        assert_non_null(strstr(fake.told[0].words, "in time"));
        ends(fake.job, "done");
        fake.told_count = 0;
        fake_pass();
        assert_int_equal(fake.told_count, 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                FAKE_TEST(a_reload_is_told_when_it_is_over),
                FAKE_TEST(what_another_says_is_not_believed),
                FAKE_TEST(executed_anew_it_is_believed_by_its_new_name),
                FAKE_TEST(executed_anew_behind_its_own_socket_it_is_told_of),
                FAKE_TEST(a_version_that_is_not_said_again_changes_nothing),
                FAKE_TEST(a_job_is_over_when_systemd_says_so),
                FAKE_TEST(a_job_that_is_refused_says_why),
                FAKE_TEST(a_job_that_does_not_end_is_not_waited_for),
        };

        return cmocka_run_group_tests(tests, place_set_up, place_tear_down);
}
