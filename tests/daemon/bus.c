/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/bus.h"

#include "bus_fake.h"

#define BIT(limit) (UINT32_C(1) << (limit))
#define OLD                                                                                        \
        (BIT(PL_LIMIT_MIN) | BIT(PL_LIMIT_LOW) | BIT(PL_LIMIT_HIGH) | BIT(PL_LIMIT_MAX) |          \
         BIT(PL_LIMIT_SWAP_MAX))
#define ZSWAP     BIT(PL_LIMIT_ZSWAP_MAX)
#define WRITEBACK BIT(PL_LIMIT_ZSWAP_WRITEBACK)

/* Short enough to be waited for; what is slow is late anyway. */
#define SHORT_USEC (50 * PL_USEC_PER_MSEC)

/* ---- coming up ---- */

static void what_is_offered_goes_by_the_version(void **state)
{
        static const struct {
                const char *version;
                uint32_t major, offered;
        } rows[] = {
                { "252.39-1~deb12u1", 252, OLD },
                { "252", 252, OLD },
                { "253", 253, OLD | ZSWAP },
                { "255.4-1ubuntu8.12", 255, OLD | ZSWAP },
                { "256~rc3", 256, OLD | ZSWAP | WRITEBACK },
                { "257.6-1~deb13u1", 257, OLD | ZSWAP | WRITEBACK },
                { "v258", 258, OLD | ZSWAP | WRITEBACK },
                { "", 0, OLD },
                { "devel", 0, OLD },
                { "99999999999999999999", 0, OLD },
                { "-1", 0, OLD },
        };

        for (size_t i = 0; i < PL_ARRAY_LENGTH(rows); i++) {
                fake_again(state);
                fake.version = rows[i].version;
                fake_listen();
                fake_new();
                assert_row(rows[i].version, pl_bus_properties(fake.bus) == 0);
                UNTIL(fake.states > 0);
                assert_row(rows[i].version, fake.is_up && fake.bus->major == rows[i].major);
                assert_row(rows[i].version, pl_bus_properties(fake.bus) == rows[i].offered);
        }
}

static void systemds_own_socket_will_do(void **state)
{
        (void) state;
        fake.is_own = true;
        fake_listen();
        fake_new();
        fake.bus->places[1] = fake.bus->places[0];
        fake.bus->places[0] = (struct pl_bus_place){ "unix:path=/nonexistent/bus", false };
        fake.bus->place_count = 2;
        UNTIL(fake.states > 0);
        assert_true(fake.is_up);
        assert_string_equal(fake.why, fake.address);
        fake_pass();
}

static void nobody_there_is_said_once_and_tried_seldom(void **state)
{
        const struct pl_limits limits = fake_limits();
        const struct pl_bus_question question = { .limit = PL_LIMIT_MAX };

        (void) state;
        fake_new();
        assert_false(pl_bus_is_up(fake.bus));
        UNTIL(fake.states > 0);
        assert_false(fake.is_up);
        assert_non_null(strstr(fake.why, fake.address));
        assert_non_null(strstr(fake.why, "No such file"));
        assert_int_equal(pl_bus_properties(fake.bus), 0);
        assert_int_equal(CALL(pl_bus_set(fake.bus, 1, &fake_unit, &limits)), PL_BUS_E_DOWN);
        assert_int_equal(CALL(pl_bus_ask_cause(fake.bus, 1, &fake_unit, &question)), PL_BUS_E_DOWN);
        assert_int_equal(CALL(pl_bus_run(fake.bus, 1, PL_BUS_START, "x.service")), PL_BUS_E_DOWN);

        /* Too early; then, and still nobody. */
        pl_bus_retry(fake.bus, fake.bus->tried_usec + PL_BUS_RETRY_USEC - 1);
        assert_false(fake.bus->is_wanted);
        fake.bus->tried_usec -= PL_BUS_RETRY_USEC;
        pl_bus_retry(fake.bus, pl_clock_now_usec());
        UNTIL(!fake.bus->is_wanted);
        assert_int_equal(fake.states, 1);

        fake_listen();
        fake.bus->tried_usec -= PL_BUS_RETRY_USEC;
        pl_bus_retry(fake.bus, pl_clock_now_usec());
        UNTIL(fake.states > 1);
        assert_true(fake.is_up);
        pl_bus_retry(fake.bus, UINT64_MAX);
        fake_pass();
        assert_int_equal(fake.connections, 1);
        assert_int_equal(fake.told_count, 0);
        sd_bus_close(fake.peer);
        UNTIL(fake.states > 2);
        assert_false(fake.is_up);
}

static void a_bus_that_never_answers_is_left(void **state)
{
        static const struct {
                const char *name, *member;
        } rows[] = {
                { "takes a connection", NULL },
                { "says no hello", "Hello" },
                { "has no systemd", "Get" },
        };

        for (size_t i = 0; i < PL_ARRAY_LENGTH(rows); i++) {
                fake_again(state);
                fake.is_mute = !rows[i].member;
                fake.rules[0] = (struct fake_rule){ .member = rows[i].member, .way = FAKE_HOLDS };
                fake_listen();
                fake_new();
                fake.bus->patience_usec = SHORT_USEC;
                UNTIL(fake.states > 0);
                assert_row(rows[i].name, !fake.is_up && !pl_bus_is_up(fake.bus));
                assert_row(rows[i].name, strstr(fake.why, fake.address));
                assert_row(rows[i].name, fake.connections == 1);
        }
}

/* Nor is it waited for at the end of the loop, where libsystemd would send what it still has. */
static void a_bus_that_never_answers_does_not_hold_up_the_end(void **state)
{
        (void) state;
        fake.is_mute = true;
        fake_listen();
        fake_new();
        UNTIL(fake.connections > 0);
        (void) alarm(60); /* if it did wait */
        assert_true(sd_event_exit(fake.event, 0) >= 0);
        assert_int_equal(sd_event_loop(fake.event), 0);
        (void) alarm(0);
}

static void a_bus_without_systemd_is_none(void **state)
{
        static const struct {
                const char *member, *error, *why;
        } rows[] = {
                { "Get", SD_BUS_ERROR_SERVICE_UNKNOWN, SD_BUS_ERROR_SERVICE_UNKNOWN },
                { "Get", SD_BUS_ERROR_ACCESS_DENIED, SD_BUS_ERROR_ACCESS_DENIED },
                { "Hello", SD_BUS_ERROR_LIMITS_EXCEEDED, "has ended" },
                /* Its signals would not come. */
                { "AddMatch", SD_BUS_ERROR_LIMITS_EXCEEDED, "has ended" },
        };

        for (size_t i = 0; i < PL_ARRAY_LENGTH(rows); i++) {
                fake_again(state);
                fake.rules[0] = (struct fake_rule){ rows[i].member, FAKE_REFUSES, rows[i].error,
                                                    0 };
                fake_listen();
                fake_new();
                UNTIL(fake.states > 0);
                assert_row(rows[i].member, !fake.is_up && strstr(fake.why, rows[i].why));
        }
}

/* ---- going ---- */

static void a_connection_that_ends_answers_nobody(void **state)
{
        const struct pl_limits limits = fake_limits();
        const struct pl_bus_question question = { .limit = PL_LIMIT_MAX };

        (void) state;
        fake_connect();
        fake.rules[0] = (struct fake_rule){ .member = "GetUnitByControlGroup", .way = FAKE_HOLDS };
        fake.rules[1] = (struct fake_rule){ .member = "StopUnit", .way = FAKE_ENDS };
        for (uint64_t i = 0; i < 5; i++)
                assert_int_equal(CALL(pl_bus_set(fake.bus, i, &fake_unit, &limits)), 0);
        assert_int_equal(CALL(pl_bus_ask_cause(fake.bus, 5, &fake_unit, &question)), 0);
        assert_int_equal(CALL(pl_bus_run(fake.bus, 6, PL_BUS_START, "y.service")), 0);
        assert_int_equal(CALL(pl_bus_run(fake.bus, 7, PL_BUS_STOP, "x.service")), 0);
        UNTIL(fake.states > 1);
        assert_false(fake.is_up);
        assert_non_null(strstr(fake.why, "has ended"));
        assert_int_equal(fake.told_count, 0);
        assert_int_equal(CALL(pl_bus_set(fake.bus, 8, &fake_unit, &limits)), PL_BUS_E_DOWN);

        /* And comes again, as if nothing had been. */
        fake.rules[0] = fake.rules[1] = (struct fake_rule){};
        fake.bus->tried_usec -= PL_BUS_RETRY_USEC;
        pl_bus_retry(fake.bus, pl_clock_now_usec());
        UNTIL(fake.states > 2);
        assert_true(fake.is_up);
        fake_pass();
        assert_int_equal(fake.told_count, 0);
}

/* Not even where there is another place: whoever restarts a bus has it back before that. */
static void one_that_has_ended_waits_for_the_next_try(void **state)
{
        const struct pl_limits limits = fake_limits();

        (void) state;
        fake_listen();
        fake_new();
        fake.bus->places[fake.bus->place_count++] = fake.bus->places[0];
        UNTIL(fake.states > 0);
        pl_bus_lose(fake.bus, "planted");
        assert_false(pl_bus_is_up(fake.bus));
        assert_int_equal(CALL(pl_bus_set(fake.bus, 1, &fake_unit, &limits)), PL_BUS_E_DOWN);
        UNTIL(fake.states > 1);
        assert_false(fake.is_up);
        assert_int_equal(fake.bus->state, PL_BUS_DOWN);
        assert_int_equal(fake.connections, 1);
}

static void one_that_is_let_go_answers_nobody(void **state)
{
        const struct pl_limits limits = fake_limits();

        (void) state;
        fake_connect();
        for (uint64_t i = 0; i < 5; i++)
                assert_int_equal(CALL(pl_bus_set(fake.bus, i, &fake_unit, &limits)), 0);
        pl_bus_free(PL_TAKE_PTR(fake.bus));
        UNTIL(sd_bus_is_open(fake.peer) <= 0);
        assert_int_equal(fake.told_count, 0);
        assert_int_equal(fake.states, 1);
}

static void only_so_many_wait(void **state)
{
        const struct pl_limits limits = fake_limits();
        const struct pl_bus_question question = { .limit = PL_LIMIT_MAX };

        (void) state;
        fake_connect();
        for (uint64_t i = 0; i < PL_BUS_CALLS_MAX; i++)
                assert_int_equal(CALL(pl_bus_set(fake.bus, i, &fake_unit, &limits)), 0);
        assert_int_equal(CALL(pl_bus_set(fake.bus, 99, &fake_unit, &limits)), PL_BUS_E_FULL);
        assert_int_equal(CALL(pl_bus_ask_cause(fake.bus, 99, &fake_unit, &question)),
                         PL_BUS_E_FULL);
        assert_int_equal(CALL(pl_bus_run(fake.bus, 99, PL_BUS_STOP, "x.service")), PL_BUS_E_FULL);
        UNTIL(fake.told_count == PL_BUS_CALLS_MAX);
        for (uint64_t i = 0; i < PL_BUS_CALLS_MAX; i++) {
                assert_int_equal(fake.told[i].tag, i);
                assert_int_equal(fake.told[i].what, PL_WRITTEN);
        }
        fake.told_count = 0;
        fake_pass();
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                FAKE_TEST(what_is_offered_goes_by_the_version),
                FAKE_TEST(systemds_own_socket_will_do),
                FAKE_TEST(nobody_there_is_said_once_and_tried_seldom),
                FAKE_TEST(a_bus_that_never_answers_is_left),
                FAKE_TEST(a_bus_that_never_answers_does_not_hold_up_the_end),
                FAKE_TEST(a_bus_without_systemd_is_none),
                FAKE_TEST(a_connection_that_ends_answers_nobody),
                FAKE_TEST(one_that_has_ended_waits_for_the_next_try),
                FAKE_TEST(one_that_is_let_go_answers_nobody),
                FAKE_TEST(only_so_many_wait),
        };

        return cmocka_run_group_tests(tests, place_set_up, place_tear_down);
}
