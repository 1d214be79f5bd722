/* SPDX-License-Identifier: Apache-2.0 */

/* Whose hand it was, as far as systemd can tell when it is asked. */

#include "bus_files.h"

static const struct fake_told *ask(const struct pl_bus_unit *unit,
                                   const struct pl_bus_question *asked)
{
        fake.told_count = 0;
        fake.interface[0] = '\0';
        assert_int_equal(CALL(pl_bus_ask_cause(fake.bus, 5, unit, asked)), 0);
        UNTIL(fake.told_count > 0);
        assert_int_equal(fake.told[0].tag, 5);
        return &fake.told[0];
}

static void assert_cause(const struct fake_told *told, enum pl_drift_cause cause, const char *words)
{
        assert_int_equal(told->what, cause);
        assert_string_equal(told->words, words);
}

static void each_kind_of_unit_has_its_interface(void **state)
{
        static const struct {
                const char *unit, *interface;
        } rows[] = {
                { "x.service", PL_BUS_SYSTEMD ".Service" },
                { "x@y.service", PL_BUS_SYSTEMD ".Service" },
                { "docker-12.scope", PL_BUS_SYSTEMD ".Scope" },
                { "x-y.slice", PL_BUS_SYSTEMD ".Slice" },
                { "x.socket", PL_BUS_SYSTEMD ".Socket" },
                { "x.mount", PL_BUS_SYSTEMD ".Mount" },
                { "x.swap", PL_BUS_SYSTEMD ".Swap" },
                { "x.timer", "" },
                { "x", "" },
        };

        (void) state;
        fake_connect();
        fake.property_bytes = SET_BYTES;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(rows); i++) {
                const struct pl_bus_unit unit = { rows[i].unit, "/x" };
                const struct fake_told *told;

                fake.unit = rows[i].unit;
                told = ask(&unit, &question);
                assert_row(rows[i].unit, strcmp(fake.interface, rows[i].interface) == 0);
                assert_row(rows[i].unit,
                           told->what == (rows[i].interface[0] ? (int) PL_DRIFT_BY_HAND
                                                               : (int) PL_DRIFT_BY_UNKNOWN));
        }
}

static void what_systemd_holds_is_compared_as_the_file_has_it(void **state)
{
        struct pl_bus_question asked = question;

        (void) state;
        fake_connect();
        fake.drop_ins[0] = put("90-x.conf", "MemoryMax=67109000\n", 0);
        fake.property_bytes = FOUND_BYTES + 1;
        assert_cause(ask(&fake_unit, &asked), PL_DRIFT_BY_DROP_IN, fake.drop_ins[0]);
        fake.property_bytes = FOUND_BYTES - 1;
        assert_cause(ask(&fake_unit, &asked), PL_DRIFT_BY_HAND, "");
        fake.drop_ins[0] = put("90-x.conf", "MemoryMax=infinity\n", 0);
        fake.property_bytes = UINT64_C(1) << 63;
        asked.found_bytes = PL_SIZE_MAX;
        assert_cause(ask(&fake_unit, &asked), PL_DRIFT_BY_DROP_IN, fake.drop_ins[0]);

        asked = (struct pl_bus_question){ .limit = PL_LIMIT_ZSWAP_WRITEBACK,
                                          .found_bytes = 1,
                                          .set_bytes = 0 };
        fake.property_bytes = 1;
        fake.drop_ins[0] = put("90-x.conf", "MemoryZSwapWriteback=yes\n", 0);
        assert_cause(ask(&fake_unit, &asked), PL_DRIFT_BY_DROP_IN, fake.drop_ins[0]);
        fake.property_bytes = 0;
        assert_cause(ask(&fake_unit, &asked), PL_DRIFT_BY_HAND, "");
}

/* What is set would stand in the place of what tells who it was. */
static void what_is_asked_is_answered_before_it_is_set(void **state)
{
        const struct pl_limits limits = { .set = 1U << PL_LIMIT_MAX,
                                          .values[PL_LIMIT_MAX] = SET_BYTES };

        (void) state;
        fake_connect();
        fake.property_bytes = FOUND_BYTES;
        fake.drop_ins[0] = put("90-x.conf", "MemoryMax=67108864\n", 0);
        assert_int_equal(CALL(pl_bus_ask_cause(fake.bus, 5, &fake_unit, &question)), 0);
        assert_int_equal(CALL(pl_bus_set(fake.bus, 6, &fake_unit, &limits)), 0);
        UNTIL(fake.told_count > 0);
        assert_int_equal(fake.told[0].tag, 5);
        assert_string_equal(fake.set, "");
        UNTIL(fake.told_count > 1);
        assert_int_equal(fake.told[1].tag, 6);
        assert_int_equal(fake.told[1].what, PL_WRITTEN);
        assert_string_not_equal(fake.set, "");
}

static void a_reload_counts_if_it_came_since(void **state)
{
        struct pl_bus_question asked = question;

        (void) state;
        fake.version = "252.39-1~deb12u1";
        fake_connect();
        fake.property_bytes = FOUND_BYTES;
        asked.good_usec = pl_clock_now_usec();
        asked.was_kept = false;
        assert_cause(ask(&fake_unit, &asked), PL_DRIFT_BY_UNKNOWN, "");
        fake_signal(NULL, PL_BUS_MANAGER, "Reloading", "b", 1);
        assert_cause(ask(&fake_unit, &asked), PL_DRIFT_BY_RELOAD, "");
        asked.good_usec = pl_clock_now_usec() + 1;
        assert_cause(ask(&fake_unit, &asked), PL_DRIFT_BY_UNKNOWN, "");

        /* 257 does not write what it reads. */
        fake.bus->major = 257;
        asked.good_usec = 1;
        assert_cause(ask(&fake_unit, &asked), PL_DRIFT_BY_UNKNOWN, "");
        fake.bus->major = 258;
        assert_cause(ask(&fake_unit, &asked), PL_DRIFT_BY_RELOAD, "");
        asked.limit = PL_LIMIT_OOM_GROUP;
        assert_cause(ask(&fake_unit, &asked), PL_DRIFT_BY_RELOAD, "");
        asked.limit = PL_LIMIT_SWAP_HIGH;
        assert_cause(ask(&fake_unit, &asked), PL_DRIFT_BY_UNKNOWN, "");

        /* One that this systemd does not write is as if it had no property. */
        fake.bus->major = 252;
        asked.limit = PL_LIMIT_ZSWAP_MAX;
        assert_cause(ask(&fake_unit, &asked), PL_DRIFT_BY_UNKNOWN, "");
        assert_string_equal(fake.interface, "");
}

static void a_call_is_named_by_its_file(void **state)
{
        struct pl_bus_question asked = question;

        (void) state;
        fake_connect();
        fake.property_bytes = FOUND_BYTES;
        fake.drop_ins[0] = put("10-x.conf", "MemoryMax=64M\n", 0);
        fake.drop_ins[1] = put("system.control/50-MemoryMax.conf", "MemoryMax=64M\n", 3600);
        asked.good_usec = pl_clock_now_usec();
        assert_cause(ask(&fake_unit, &asked), PL_DRIFT_BY_SET_PROPERTY, fake.drop_ins[1]);
        asked.is_container = true;
        assert_cause(ask(&fake_unit, &asked), PL_DRIFT_BY_RUNTIME, fake.drop_ins[1]);
}

static void without_an_answer_it_is_unknown(void **state)
{
        static const char *const members[] = { "GetUnitByControlGroup", "Get" };
        static const enum fake_way ways[] = { FAKE_REFUSES, FAKE_HOLDS };

        (void) state;
        fake_connect();
        fake.property_bytes = SET_BYTES;
        assert_cause(ask(&fake_unit, &question), PL_DRIFT_BY_HAND, "");
        fake.bus->patience_usec = 50 * PL_USEC_PER_MSEC;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(members); i++)
                for (size_t k = 0; k < PL_ARRAY_LENGTH(ways); k++) {
                        fake.rules[0] = (struct fake_rule){ members[i], ways[k],
                                                            PL_BUS_SYSTEMD ".NoSuchUnit", 0 };
                        assert_cause(ask(&fake_unit, &question), PL_DRIFT_BY_UNKNOWN, "");
                }
        fake.rules[0] = (struct fake_rule){};
        fake.unit = "y.service";
        assert_cause(ask(&fake_unit, &question), PL_DRIFT_BY_UNKNOWN, "");
        assert_true(pl_bus_is_up(fake.bus));
}

static void what_systemd_names_is_made_clean(void **state)
{
        (void) state;
        fake_connect();
        fake.property_bytes = FOUND_BYTES;
        fake.drop_ins[0] = put("90-\033[31m\n.conf", "MemoryMax=64M\n", 0);
        (void) ask(&fake_unit, &question);
        assert_int_equal(fake.told[0].what, PL_DRIFT_BY_DROP_IN);
        assert_non_null(strstr(fake.told[0].words, "90-?[31m?.conf"));
        assert_true(unlink(fake.drop_ins[0]) == 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                FILES_TEST(each_kind_of_unit_has_its_interface),
                FILES_TEST(what_systemd_holds_is_compared_as_the_file_has_it),
                FILES_TEST(a_reload_counts_if_it_came_since),
                FILES_TEST(what_is_asked_is_answered_before_it_is_set),
                FILES_TEST(a_call_is_named_by_its_file),
                FILES_TEST(without_an_answer_it_is_unknown),
                FILES_TEST(what_systemd_names_is_made_clean),
        };

        return cmocka_run_group_tests(tests, place_set_up, place_tear_down);
}
