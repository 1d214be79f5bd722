/* SPDX-License-Identifier: Apache-2.0 */

/* Which files a verb would write and remove, and what it says of them: nobody is there who takes them. */

#include "cli/order_place.h"
#include "plimsoll/policy/glob.h"

/* Begins a call as a verb does, with these words behind the place's. */
static struct pl_order_call call;
static struct made_cli *mine = &made_cli;

static void begin(void)
{
        static const struct pl_cli_option options[] = { PL_ORDER_SHARED_OPTIONS(0), {} };
        static const struct pl_cli_verb verb = { .name = "test",
                                                 .options = options,
                                                 .repeated = PL_ORDER_REPEATED };

        made_cli_begin(made_unicode);
        mine->cli.verb = &verb;
        mine->cli.values[PL_ORDER_OPTION_JOURNAL] = place.made.path;
        mine->cli.repeats[mine->cli.repeat_count++] = place.low_path;
        mine->cli.repeats[mine->cli.repeat_count++] = place.orders_path;
        assert_int_equal(pl_order_begin(&mine->cli, 0, &call), PL_CLI_FINE);
        call.now_sec = 1800000000; /* 2027-01-15T08:00:00Z */
        (void) snprintf(call.by, sizeof call.by, "ann");
}

/* The only change, of a file of this name. */
static const struct pl_order_change *only(const char *name)
{
        assert_int_equal(call.change_count, 1);
        assert_string_equal(call.changes[0].name, name);
        return &call.changes[0];
}

static void give(enum pl_order_verb verb, const struct pl_journal_row *row)
{
        assert_int_equal(pl_order_give(&call, verb, row), PL_CLI_FINE);
}

/* ---- what is written ---- */

static void a_service_is_meant_by_its_unit(void **state)
{
        const struct pl_journal_row web = place_web();

        (void) state;
        begin();
        call.expires_sec = call.now_sec + 7200;
        call.reason = "look";
        give(PL_ORDER_PROTECT, &web);
        assert_string_equal(only("90-protect-web-c76ab372.json")->text,
                            "{\n"
                            "  \"order\": \"protect\",\n"
                            "  \"workload\": {\n"
                            "    \"unit\": \"web.service\"\n"
                            "  },\n"
                            "  \"issued\": \"2027-01-15T08:00:00Z\",\n"
                            "  \"expires\": \"2027-01-15T10:00:00Z\",\n"
                            "  \"by\": \"ann\",\n"
                            "  \"reason\": \"look\"\n"
                            "}\n");
        assert_int_equal(call.changes[0].cgroup_id, 0);
        pl_order_end(&call);
}

static void whatever_else_there_is_by_its_number(void **state)
{
        const struct pl_journal_row rows[] = { place_db(), place_users() };
        static const char *const names[] = { "90-pause-db-101.json", "90-pause-mine-102.json" };

        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(rows); i++) {
                begin();
                give(PL_ORDER_PAUSE, &rows[i]);
                assert_null(strstr(only(names[i])->text, "workload"));
                assert_non_null(strstr(call.changes[0].text, "\"cgroup_id\": 10"));
                assert_int_equal(call.changes[0].cgroup_id, rows[i].id);
                pl_order_end(&call);
        }
}

static void everybody_is_meant_by_nothing(void **state)
{
        (void) state;
        begin();
        give(PL_ORDER_PAUSE, NULL);
        assert_null(strstr(only("90-pause.json")->text, "workload"));
        assert_null(strstr(call.changes[0].text, "cgroup_id"));
        pl_order_end(&call);
}

static void the_same_again_replaces_itself(void **state)
{
        const struct pl_journal_row web = place_web();

        (void) state;
        begin();
        give(PL_ORDER_PROTECT, &web);
        call.reason = "other";
        give(PL_ORDER_PROTECT, &web);
        assert_non_null(strstr(only("90-protect-web-c76ab372.json")->text, "other"));
        pl_order_end(&call);
}

static void hostile_names_are_tamed(void **state)
{
        static const char *const units[] = { "a[b]*?.service", "*.service", "[",
                                             "we\\x2db.service" };
        char buffer[PL_GLOB_MAX + 1];
        struct pl_text pattern;

        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(units); i++) {
                char path[128];
                struct pl_journal_row row;

                (void) snprintf(path, sizeof path, "/system.slice/%s", units[i]);
                row = made_row(7, PL_WORKLOAD_SERVICE, 0, NULL, "../\x1B[2J x", units[i], path);
                pl_text_init(&pattern, buffer, sizeof buffer);
                assert_true(pl_order_unit_pattern(&row, &pattern));
                assert_true(pl_glob_matches(pl_text_span(&pattern), PL_GLOB_NAME,
                                            pl_span_of(units[i])));
                assert_false(pl_glob_matches(pl_text_span(&pattern), PL_GLOB_NAME,
                                             pl_span_of("ab.service")));
                begin();
                give(PL_ORDER_PROTECT, &row);
                assert_int_equal(strncmp(call.changes[0].name, "90-protect-..---2J-x-", 21), 0);
                assert_null(strchr(call.changes[0].name, '/'));
                pl_order_end(&call);
        }
}

/* A pattern has 255 bytes, and what is not UTF-8 is none: the number says it. */
static void what_no_pattern_can_say(void **state)
{
        char stars[160], path[256], buffer[PL_GLOB_MAX + 1];
        struct pl_journal_row row = made_row(7, PL_WORKLOAD_SERVICE, 0, NULL, "x", "x",
                                             "/system.slice/\xFF.service");
        struct pl_text pattern;

        (void) state;
        pl_text_init(&pattern, buffer, sizeof buffer);
        assert_false(pl_order_unit_pattern(&row, &pattern));
        memset(stars, '*', sizeof stars - 1);
        stars[sizeof stars - 1] = '\0';
        (void) snprintf(path, sizeof path, "/a/%s", stars);
        row = made_row(7, PL_WORKLOAD_SERVICE, 0, NULL, "x", "x", path);
        pl_text_clear(&pattern);
        assert_false(pl_order_unit_pattern(&row, &pattern));
        begin();
        give(PL_ORDER_PROTECT, &row);
        assert_int_equal(only("90-protect-x-7.json")->cgroup_id, 7);
        pl_order_end(&call);
}

/* ---- what is taken back ---- */

static void put_orders(void)
{
        place_file(place.orders_path, "90-protect-web-c76ab372.json",
                   "{ \"order\": \"protect\", \"workload\": { \"unit\": \"web.service\" } }");
        place_file(place.orders_path, "90-pause-web-c76ab372.json",
                   "{ \"order\": \"pause\", \"workload\": { \"unit\": \"web.service\" } }");
        place_file(place.orders_path, "90-protect-web-api-deadbeef.json",
                   "{ \"order\": \"protect\", \"workload\": { \"unit\": \"web-api.service\" } }");
        place_file(place.orders_path, "90-protect-web-999.json",
                   "{ \"order\": \"protect\", \"cgroup_id\": 999 }");
        place_file(place.orders_path, "90-protect-web-101.json",
                   "{ \"order\": \"protect\", \"cgroup_id\": 101 }");
        place_file(place.orders_path, "by-hand.json",
                   "{ \"order\": \"protect\", \"cgroup_id\": 100 }");
        place_file(place.orders_path, "90-pause.json", "{ \"order\": \"pause\" }");
        place_file(place.low_path, "fixed.json", "{ \"order\": \"protect\", \"cgroup_id\": 100 }");
        place_file(place.orders_path, "90-restore.json",
                   "{ \"order\": \"restore\", \"expires\": \"2020-01-01T00:00:00Z\" }");
}

static const uint32_t both = UINT32_C(1) << PL_ORDER_PROTECT | UINT32_C(1) << PL_ORDER_PAUSE;

/* The names of the files that go, in a line. */
static const char *gone(void)
{
        static char buffer[1024];
        struct pl_text text;

        pl_text_init(&text, buffer, sizeof buffer);
        for (size_t i = 0; i < call.change_count; i++) {
                assert_null(call.changes[i].text);
                pl_text_addf(&text, "%s%s", i == 0 ? "" : " ", call.changes[i].name);
        }
        return buffer;
}

static const char *withdraw(struct pl_order_wanted wanted, size_t expected_elsewhere)
{
        size_t elsewhere;

        begin();
        wanted.live = &call.live;
        assert_int_equal(pl_order_withdraw(&call, &wanted, &elsewhere), PL_CLI_FINE);
        assert_int_equal(elsewhere, expected_elsewhere);
        return gone();
}

static void those_of_one_workload(void **state)
{
        const struct pl_journal_row web = place_web(), db = place_db();
        struct pl_journal_row absent = { .kind = PL_WORKLOAD_PLAIN, .profile = UINT32_MAX };

        (void) state;
        put_orders();
        /* By its unit, its number, and what an older one of its name has left behind; not db's, who lives. */
        assert_string_equal(withdraw((struct pl_order_wanted){ .verbs = both, .row = &web }, 1),
                            "90-pause-web-c76ab372.json 90-protect-web-999.json "
                            "90-protect-web-c76ab372.json by-hand.json");
        assert_non_null(strstr(test_words, "fixed.json, which was put there to last\n"));
        pl_order_end(&call);
        assert_string_equal(withdraw((struct pl_order_wanted){ .verbs = both, .row = &db }, 0),
                            "90-protect-web-101.json");
        pl_order_end(&call);
        assert_string_equal(withdraw((struct pl_order_wanted){ .verbs = both, .row = &absent }, 0),
                            "");
        pl_order_end(&call);
        pl_journal_set_text(absent.name, sizeof absent.name, pl_span_of("web-api"));
        assert_string_equal(withdraw((struct pl_order_wanted){ .verbs = both,
                                                               .row = &absent,
                                                               .gone = "web-api" },
                                     0),
                            "90-protect-web-api-deadbeef.json");
        pl_order_end(&call);
}

static void those_of_everybody(void **state)
{
        const uint32_t pause = UINT32_C(1) << PL_ORDER_PAUSE;

        (void) state;
        assert_string_equal(withdraw((struct pl_order_wanted){ .verbs = pause }, 0),
                            "90-pause-web-c76ab372.json 90-pause.json");
        pl_order_end(&call);
        assert_string_equal(
                withdraw((struct pl_order_wanted){ .verbs = pause, .keep_for_all = true }, 0),
                "90-pause-web-c76ab372.json");
        assert_int_equal(pl_order_sweep(&call), PL_CLI_FINE);
        assert_string_equal(gone(), "90-pause-web-c76ab372.json 90-restore.json");
        assert_true(call.changes[1].is_sweep);
        pl_order_end(&call);
}

static void what_may_remain(void **state)
{
        const struct pl_journal_row web = place_web(), db = place_db();

        (void) state;
        begin();
        assert_true(pl_order_may_remain(&call, PL_ORDER_PROTECT, &web));
        assert_true(pl_order_may_remain(&call, PL_ORDER_PROTECT, &db));
        assert_true(pl_order_may_remain(&call, PL_ORDER_PAUSE, &db)); /* everybody's */
        assert_non_null(pl_order_change(&call, "90-pause.json"));
        assert_false(pl_order_may_remain(&call, PL_ORDER_PAUSE, &db));
        assert_true(pl_order_may_remain(&call, PL_ORDER_PAUSE, &web));
        assert_non_null(pl_order_change(&call, "90-pause-web-c76ab372.json"));
        assert_false(pl_order_may_remain(&call, PL_ORDER_PAUSE, NULL));
        assert_false(pl_order_may_remain(&call, PL_ORDER_RESTORE, NULL)); /* has ended */
        pl_order_end(&call);
}

/* ---- what the daemon says ---- */

static void the_word_is_of_this_policy(void **state)
{
        const uint8_t digest[PL_SHA256_BYTES] = { 1, 2, 3 };
        struct pl_journal_state said = {};

        (void) state;
        assert_int_equal(pl_order_word_of(&said, digest), PL_ORDER_WRITTEN);
        memcpy(said.refused.digest, digest, sizeof digest);
        assert_int_equal(pl_order_word_of(&said, digest), PL_ORDER_WRITTEN); /* at no time */
        said.refused.at_usec = 1;
        assert_int_equal(pl_order_word_of(&said, digest), PL_ORDER_REFUSED);
        said.in_force.at_usec = 2;
        assert_int_equal(pl_order_word_of(&said, digest), PL_ORDER_REFUSED);
        memcpy(said.in_force.digest, digest, sizeof digest);
        assert_int_equal(pl_order_word_of(&said, digest), PL_ORDER_IN_FORCE);
}

static const char *sentence(void)
{
        static char buffer[1024];
        struct pl_text text;

        pl_text_init(&text, buffer, sizeof buffer);
        pl_order_add_sentence(&text, &call, &call.changes[0]);
        return buffer;
}

static void sentences(void **state)
{
        const struct pl_journal_row db = place_db();

        (void) state;
        begin();
        call.state = PL_ORDER_IN_FORCE;
        give(PL_ORDER_PROTECT, &db);
        assert_string_equal(sentence(),
                            "database/db is protected. plimsolld will not choose it when memory "
                            "runs short. Only what runs now is meant, cgroup id 101: whoever takes "
                            "its name after a restart is not. 'plimsoll release database/db' ends "
                            "it.");
        pl_order_end(&call);
        begin();
        call.state = PL_ORDER_WRITTEN;
        call.expires_sec = call.now_sec + 3600;
        give(PL_ORDER_PAUSE, NULL);
        assert_string_equal(sentence(), "Ordered, and not confirmed yet: Everything is paused "
                                        "until 09:00:00 (1 h 0 min). Nothing is written and "
                                        "nobody is ended meanwhile. 'plimsoll resume' ends it.");
        free(PL_TAKE_PTR(call.changes[0].text));
        assert_string_equal(sentence(), "The order to pause everybody is withdrawn.");
        pl_order_end(&call);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_service_is_meant_by_its_unit),
                cmocka_unit_test(whatever_else_there_is_by_its_number),
                cmocka_unit_test(everybody_is_meant_by_nothing),
                cmocka_unit_test(the_same_again_replaces_itself),
                cmocka_unit_test(hostile_names_are_tamed),
                cmocka_unit_test(what_no_pattern_can_say),
                cmocka_unit_test(those_of_one_workload),
                cmocka_unit_test(those_of_everybody),
                cmocka_unit_test(what_may_remain),
                cmocka_unit_test(the_word_is_of_this_policy),
                cmocka_unit_test(sentences),
        };

        (void) setenv("TZ", "UTC", 1);
        return cmocka_run_group_tests(tests, place_set_up, place_tear_down);
}
