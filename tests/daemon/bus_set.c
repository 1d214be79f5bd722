/* SPDX-License-Identifier: Apache-2.0 */

/* Limits as properties of units: what is sent, what is made of the answers, and whose names may be in it. */

#include "bus_fake.h"

#include <signal.h>
#include <sys/wait.h>

#define BIT(limit) (UINT32_C(1) << (limit))
#define OLD                                                                                        \
        (BIT(PL_LIMIT_MIN) | BIT(PL_LIMIT_LOW) | BIT(PL_LIMIT_HIGH) | BIT(PL_LIMIT_MAX) |          \
         BIT(PL_LIMIT_SWAP_MAX))
#define ZSWAP     BIT(PL_LIMIT_ZSWAP_MAX)
#define WRITEBACK BIT(PL_LIMIT_ZSWAP_WRITEBACK)

/* Short enough to be waited for; what is slow is late anyway. */
#define SHORT_USEC (50 * PL_USEC_PER_MSEC)

/* ---- limits ---- */

static void limits_are_properties_in_one_call(void **state)
{
        struct pl_limits limits = {};

        (void) state;
        fake_connect();
        pl_limits_put(&limits, PL_LIMIT_MIN, 0);
        pl_limits_put(&limits, PL_LIMIT_LOW, 4096);
        pl_limits_put(&limits, PL_LIMIT_HIGH, PL_SIZE_MAX);
        pl_limits_put(&limits, PL_LIMIT_MAX, 1);
        pl_limits_put(&limits, PL_LIMIT_SWAP_MAX, 0);
        pl_limits_put(&limits, PL_LIMIT_ZSWAP_MAX, (UINT64_C(1) << 63) + 1);
        pl_limits_put(&limits, PL_LIMIT_ZSWAP_WRITEBACK, 0);
        assert_int_equal(CALL(pl_bus_set(fake.bus, 7, &fake_unit, &limits)), 0);
        assert_int_equal(fake.told_count, 0);
        UNTIL(fake.told_count > 0);
        assert_int_equal(fake.told[0].tag, 7);
        assert_int_equal(fake.told[0].what, PL_WRITTEN);
        assert_int_equal(fake.told[0].error, 0);
        assert_string_equal(fake.set, "x.service runtime MemoryMin=0 MemoryLow=4096 "
                                      "MemoryHigh=18446744073709551615 MemoryMax=1 MemorySwapMax=0 "
                                      "MemoryZSwapMax=9223372036854775809 MemoryZSwapWriteback=b0");
        assert_int_equal(fake.asked, 3);
}

static bool aborts(const struct pl_limits *limits)
{
        pid_t child;
        int status;

        (void) fflush(NULL);
        child = fork();
        assert_true(child >= 0);
        if (child == 0) {
                if (!freopen("/dev/null", "w", stderr))
                        _exit(EXIT_FAILURE);
                (void) signal(SIGABRT, SIG_DFL);
                (void) pl_bus_set(fake.bus, 1, &fake_unit, limits);
                _exit(EXIT_SUCCESS);
        }
        assert_int_equal(waitpid(child, &status, 0), child);
        return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

static void what_must_never_be_asked_for_is_not(void **state)
{
        struct pl_limits limits = {};

        (void) state;
        fake_connect();
        assert_true(aborts(&limits));
        pl_limits_put(&limits, PL_LIMIT_MAX, 0);
        assert_true(aborts(&limits));
        pl_limits_put(&limits, PL_LIMIT_MAX, 1);
        assert_false(aborts(&limits));
}

static void what_systemd_says_is_an_outcome(void **state)
{
        static const struct {
                const char *error;
                enum pl_write_result result;
                int number;
        } rows[] = {
                { PL_BUS_SYSTEMD ".NoSuchUnit", PL_WRITE_E_ABSENT, ENOENT },
                { SD_BUS_ERROR_UNKNOWN_METHOD, PL_WRITE_E_ABSENT, ENOENT },
                { SD_BUS_ERROR_NO_REPLY, PL_WRITE_E_AGAIN, ETIMEDOUT },
                { SD_BUS_ERROR_SERVICE_UNKNOWN, PL_WRITE_E_AGAIN, EAGAIN },
                { SD_BUS_ERROR_LIMITS_EXCEEDED, PL_WRITE_E_AGAIN, EAGAIN },
                { "System.Error.EBUSY", PL_WRITE_E_AGAIN, EBUSY },
                { SD_BUS_ERROR_ACCESS_DENIED, PL_WRITE_E_DENIED, EACCES },
                { SD_BUS_ERROR_INTERACTIVE_AUTHORIZATION_REQUIRED, PL_WRITE_E_DENIED, EACCES },
                { "System.Error.EROFS", PL_WRITE_E_DENIED, EROFS },
                { SD_BUS_ERROR_INVALID_ARGS, PL_WRITE_E_REFUSED, EINVAL },
                { "System.Error.ERANGE", PL_WRITE_E_REFUSED, ERANGE },
                { SD_BUS_ERROR_FAILED, PL_WRITE_E_FAILED, EIO },
                { "System.Error.ENOSPC", PL_WRITE_E_FAILED, ENOSPC },
                { "org.freedesktop.systemd1.LoadFailed", PL_WRITE_E_FAILED, EIO },
                { "com.example.Surprise", PL_WRITE_E_FAILED, EIO },
        };
        static const char *const members[] = { "GetUnitByControlGroup", "SetUnitProperties" };
        const struct pl_limits limits = fake_limits();

        (void) state;
        fake_connect();
        for (size_t k = 0; k < PL_ARRAY_LENGTH(members); k++)
                for (size_t i = 0; i < PL_ARRAY_LENGTH(rows); i++) {
                        fake.rules[0] = (struct fake_rule){ members[k], FAKE_REFUSES, rows[i].error,
                                                            1 };
                        fake.told_count = 0;
                        assert_int_equal(CALL(pl_bus_set(fake.bus, i, &fake_unit, &limits)), 0);
                        UNTIL(fake.told_count > 0);
                        assert_row(rows[i].error, fake.told[0].tag == i);
                        assert_row(rows[i].error, fake.told[0].what == (int) rows[i].result);
                        assert_row(rows[i].error, fake.told[0].error == rows[i].number);
                }
        assert_true(pl_bus_is_up(fake.bus));
}

/* The cgroup is below another unit, or that unit's name only looks like its own. */
static void another_units_cgroup_is_left_alone(void **state)
{
        static const char *const units[] = { "y.service", "X.service", "x_2eservice", "x.servic" };
        const struct pl_limits limits = fake_limits();

        (void) state;
        fake_connect();
        for (size_t i = 0; i < PL_ARRAY_LENGTH(units); i++) {
                fake.unit = units[i];
                fake.told_count = 0;
                assert_int_equal(CALL(pl_bus_set(fake.bus, i, &fake_unit, &limits)), 0);
                UNTIL(fake.told_count > 0);
                assert_row(units[i], fake.told[0].what == PL_WRITE_E_ABSENT);
        }
        assert_int_equal(fake.asked, PL_ARRAY_LENGTH(units));
        assert_string_equal(fake.set, "");
}

static void an_answer_that_does_not_come_is_not_waited_for(void **state)
{
        static const char *const members[] = { "GetUnitByControlGroup", "SetUnitProperties" };
        const struct pl_limits limits = fake_limits();

        (void) state;
        fake_connect();
        fake.bus->patience_usec = SHORT_USEC;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(members); i++) {
                fake.rules[0] = (struct fake_rule){ members[i], FAKE_HOLDS, NULL, 1 };
                fake.told_count = 0;
                assert_int_equal(CALL(pl_bus_set(fake.bus, i, &fake_unit, &limits)), 0);
                UNTIL(fake.told_count > 0);
                assert_row(members[i], fake.told[0].what == PL_WRITE_E_AGAIN);
                assert_row(members[i], fake.told[0].error == ETIMEDOUT);
        }
        fake.bus->patience_usec = FAKE_PATIENCE_USEC;
        fake_pass();
}

/* ---- properties that are not known ---- */

static struct pl_limits new_limits(void)
{
        struct pl_limits limits = fake_limits();

        pl_limits_put(&limits, PL_LIMIT_ZSWAP_MAX, 4096);
        pl_limits_put(&limits, PL_LIMIT_ZSWAP_WRITEBACK, 1);
        return limits;
}

static void without_the_new_it_may_go_well(void **state)
{
        const struct pl_limits limits = new_limits();

        (void) state;
        fake_connect();
        fake.rules[0] = (struct fake_rule){ "SetUnitProperties", FAKE_REFUSES,
                                            SD_BUS_ERROR_PROPERTY_READ_ONLY, 1 };
        assert_int_equal(CALL(pl_bus_set(fake.bus, 1, &fake_unit, &limits)), 0);
        UNTIL(fake.told_count > 0);
        assert_int_equal(fake.told[0].what, PL_WRITTEN);
        assert_string_equal(fake.set, "x.service runtime MemoryMax=67108864");
        assert_int_equal(fake.asked, 4);
        assert_int_equal(pl_bus_properties(fake.bus), OLD);

        /* Another systemd may know them. */
        fake_signal("org.freedesktop.DBus", "org.freedesktop.DBus", "NameOwnerChanged", "sss",
                    PL_BUS_SYSTEMD, ":1.0", ":1.0");
        UNTIL(fake.reloads > 0);
        fake_pass();
        assert_int_equal(pl_bus_properties(fake.bus), OLD | ZSWAP | WRITEBACK);
}

static void once_and_not_twice(void **state)
{
        struct pl_limits limits = new_limits();

        (void) state;
        fake_connect();
        fake.rules[0] = (struct fake_rule){ "SetUnitProperties", FAKE_REFUSES,
                                            SD_BUS_ERROR_PROPERTY_READ_ONLY, 0 };
        assert_int_equal(CALL(pl_bus_set(fake.bus, 1, &fake_unit, &limits)), 0);
        UNTIL(fake.told_count > 0);
        assert_int_equal(fake.told[0].what, PL_WRITE_E_ABSENT);
        assert_int_equal(fake.asked, 3);
        assert_int_equal(pl_bus_properties(fake.bus), OLD | ZSWAP | WRITEBACK);

        /* With nothing new in it there is nothing to leave out; nor anything to send, with nothing else. */
        limits = fake_limits();
        assert_int_equal(CALL(pl_bus_set(fake.bus, 2, &fake_unit, &limits)), 0);
        UNTIL(fake.told_count > 1);
        assert_int_equal(fake.asked, 5);
        limits.set = BIT(PL_LIMIT_ZSWAP_MAX);
        assert_int_equal(CALL(pl_bus_set(fake.bus, 3, &fake_unit, &limits)), 0);
        UNTIL(fake.told_count > 2);
        assert_int_equal(fake.asked, 7);
        assert_int_equal(fake.told[2].what, PL_WRITE_E_ABSENT);
        assert_int_equal(pl_bus_properties(fake.bus), OLD | ZSWAP | WRITEBACK);
}

/* ---- names ---- */

static void no_name_can_end_the_connection(void **state)
{
        static char longest[PL_BUS_UNIT_BYTES + 8];
        static const struct pl_bus_unit units[] = {
                { "\xff.service", "/system.slice/x.service" },
                { "x\xc3.service", "/system.slice/x.service" },
                { "", "/system.slice/x.service" },
                { longest, "/system.slice/x.service" },
                { "x.service", "/system.slice/\xed\xa0\x80" },
        };
        const struct pl_limits limits = fake_limits();
        const struct pl_bus_question question = { .limit = PL_LIMIT_MAX };

        (void) state;
        memset(longest, 'x', PL_BUS_UNIT_BYTES);
        fake_connect();
        for (size_t i = 0; i < PL_ARRAY_LENGTH(units); i++) {
                fake.told_count = 0;
                assert_int_equal(CALL(pl_bus_set(fake.bus, 1, &units[i], &limits)), 0);
                UNTIL(fake.told_count > 0);
                assert_int_equal(fake.told[0].what, PL_WRITE_E_ABSENT);
                assert_int_equal(CALL(pl_bus_ask_cause(fake.bus, 2, &units[i], &question)), 0);
                UNTIL(fake.told_count > 1);
                assert_int_equal(fake.told[1].what, PL_DRIFT_BY_UNKNOWN);
                assert_string_equal(fake.told[1].words, "");
        }
        assert_int_equal(CALL(pl_bus_run(fake.bus, 3, PL_BUS_STOP, "\xff.service")), 0);
        UNTIL(fake.told_count > 2);
        assert_int_equal(fake.told[2].what, false);
        assert_int_equal(fake.asked, 0);
        fake.told_count = 0;
        fake_pass();
}

static void strange_names_come_through(void **state)
{
        static const char *const names[] = { "a\nb.service", "*.service",       "_.scope",
                                             "x y.service",  "dev-\\x2d.mount", "\xc3\xa4.service",
                                             "@.service" };
        const struct pl_limits limits = fake_limits();

        (void) state;
        fake_connect();
        for (size_t i = 0; i < PL_ARRAY_LENGTH(names); i++) {
                const struct pl_bus_unit unit = { names[i], "/system.slice/x" };
                char wanted[80];

                fake.unit = names[i];
                fake.told_count = 0;
                assert_int_equal(CALL(pl_bus_set(fake.bus, i, &unit, &limits)), 0);
                UNTIL(fake.told_count > 0);
                assert_row(names[i], fake.told[0].what == PL_WRITTEN);
                (void) snprintf(wanted, sizeof wanted, "%s runtime MemoryMax=67108864", names[i]);
                assert_string_equal(fake.set, wanted);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                FAKE_TEST(limits_are_properties_in_one_call),
                FAKE_TEST(what_must_never_be_asked_for_is_not),
                FAKE_TEST(what_systemd_says_is_an_outcome),
                FAKE_TEST(another_units_cgroup_is_left_alone),
                FAKE_TEST(an_answer_that_does_not_come_is_not_waited_for),
                FAKE_TEST(without_the_new_it_may_go_well),
                FAKE_TEST(once_and_not_twice),
                FAKE_TEST(no_name_can_end_the_connection),
                FAKE_TEST(strange_names_come_through),
        };

        return cmocka_run_group_tests(tests, place_set_up, place_tear_down);
}
