/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/orders.h"

#include "tree.h"

#define WEB  "\"workload\": { \"unit\": \"web.service\" }"
#define MAIL "\"workload\": { \"unit\": \"mail.service\" }"

/* 1970, so that a second is a number that can be read here. */
#define AT(second) "\"1970-01-01T00:00:" second "Z\""

static const struct pl_workload_identity web = {
        .path = "/system.slice/web.service", .unit = "web.service", .qos = -1, .runtime = -1
};
static struct pl_policy *policy;

/* Takes the orders of a list that ends with NULL, each the inside of a document, as the whole policy. */
static void give(const char *const *orders)
{
        _cleanup_(pl_cleanup_files) struct pl_policy_files files = {};
        char name[32], text[512];

        tree_directory("d");
        for (unsigned i = 0; orders[i]; i++) {
                (void) snprintf(name, sizeof name, "d/%02u.json", i);
                (void) snprintf(text, sizeof text, "{ \"order\": %s }", orders[i]);
                tree_file(name, text);
        }
        pl_policy_free(PL_TAKE_PTR(policy));
        pl_diag_clear(&diag);
        assert_int_equal(pl_files_add_directory(&files, "d", &warns, &diag), 0);
        assert_int_equal(pl_policy_parse(&files, &warns, &diag, &policy), 0);
        pl_diag_clear(&diag);
        for (unsigned i = 0; orders[i]; i++) {
                (void) snprintf(name, sizeof name, "d/%02u.json", i);
                assert_int_equal(unlink(name), 0);
        }
        assert_int_equal(rmdir("d"), 0);
}

#define GIVE(...) give((const char *const[]){ __VA_ARGS__, NULL })

static struct pl_orders_word of_web(int64_t now_sec)
{
        return pl_orders_of(policy, &web, 7, now_sec);
}

static int tear_down(void **state)
{
        pl_policy_free(policy);
        return tree_tear_down(state);
}

static void nobody_says_anything(void **state)
{
        const struct pl_orders_word none = {};
        struct pl_orders_word word;

        (void) state;
        word = pl_orders_of(NULL, &web, 7, 5);
        assert_memory_equal(&word, &none, sizeof word);
        assert_false(pl_orders_pause_all(NULL, 5));
        assert_true(pl_orders_next_end_sec(NULL, 5) == INT64_MAX);

        give((const char *const[]){ NULL });
        word = of_web(5);
        assert_memory_equal(&word, &none, sizeof word);
        assert_false(pl_orders_pause_all(policy, 5));
        assert_true(pl_orders_next_end_sec(policy, 5) == INT64_MAX);
}

static void each_verb_says_its_own(void **state)
{
        (void) state;
        GIVE("\"protect\", " WEB);
        assert_true(of_web(5).is_protected);
        assert_false(of_web(5).is_paused || of_web(5).is_restored);
        GIVE("\"pause\", " WEB);
        assert_true(of_web(5).is_paused);
        assert_false(of_web(5).is_protected || of_web(5).is_restored);
        GIVE("\"restore\", " WEB);
        assert_true(of_web(5).is_restored);
        assert_false(of_web(5).is_protected || of_web(5).is_paused);
        GIVE("\"apply\", " WEB ", \"issued\": " AT("03"));
        assert_true(of_web(5).applied_sec == 3);
        assert_false(of_web(5).is_protected || of_web(5).is_paused || of_web(5).is_restored);
        GIVE("\"drill\", " WEB, "\"thaw\", " WEB);
        assert_false(of_web(5).is_protected || of_web(5).is_paused || of_web(5).is_restored);
        assert_true(of_web(5).applied_sec == 0);
}

static void another_is_not_meant(void **state)
{
        (void) state;
        GIVE("\"protect\", " MAIL, "\"pause\", " MAIL, "\"restore\", " MAIL, "\"apply\", " MAIL);
        assert_false(of_web(5).is_protected || of_web(5).is_paused || of_web(5).is_restored);
        assert_true(of_web(5).applied_sec == 0);
        assert_false(pl_orders_pause_all(policy, 5));
}

static void a_number_means_one_cgroup_alone(void **state)
{
        (void) state;
        GIVE("\"protect\", \"cgroup_id\": 7", "\"pause\", \"cgroup_id\": 8",
             "\"restore\", \"cgroup_id\": 7, " MAIL, "\"apply\", \"cgroup_id\": 7, " WEB);
        assert_true(of_web(5).is_protected);
        assert_false(of_web(5).is_paused);
        assert_false(of_web(5).is_restored);
        assert_true(of_web(5).applied_sec > 0);
        assert_true(pl_orders_of(policy, &web, 8, 5).is_paused);
        assert_false(pl_orders_of(policy, &web, 8, 5).is_protected);
        assert_false(pl_orders_pause_all(policy, 5));
}

/* A name alone is root's: a user who calls his unit like that is not meant. */
static void a_user_of_that_name_is_not_meant(void **state)
{
        struct pl_workload_identity users = web;

        (void) state;
        users.owner_uid = 1000;
        GIVE("\"protect\", " WEB);
        assert_false(pl_orders_of(policy, &users, 7, 5).is_protected);
        GIVE("\"protect\", \"workload\": { \"unit\": \"web.service\", \"owner\": \"1000\" }");
        assert_true(pl_orders_of(policy, &users, 7, 5).is_protected);
        assert_false(of_web(5).is_protected);
}

static void without_a_workload_all_are_meant(void **state)
{
        (void) state;
        GIVE("\"pause\"", "\"restore\"");
        assert_true(of_web(5).is_paused);
        assert_true(of_web(5).is_restored);
        assert_true(pl_orders_pause_all(policy, 5));
        GIVE("\"restore\"");
        assert_false(pl_orders_pause_all(policy, 5));
}

static void of_restore_and_apply_the_later_counts(void **state)
{
        static const struct {
                const char *restore, *apply;
                bool is_restored;
        } cases[] = {
                { "\"restore\", \"issued\": " AT("03"), "\"apply\", " WEB ", \"issued\": " AT("04"),
                  false },
                { "\"restore\", \"issued\": " AT("04"), "\"apply\", " WEB ", \"issued\": " AT("03"),
                  true },
                { "\"restore\", \"issued\": " AT("04"), "\"apply\", " WEB ", \"issued\": " AT("04"),
                  true },
                { "\"restore\"", "\"apply\", " WEB ", \"issued\": " AT("04"), false },
                { "\"restore\", \"issued\": " AT("04"), "\"apply\", " WEB, true },
                { "\"restore\"", "\"apply\", " WEB, true },
        };

        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(cases); i++) {
                GIVE(cases[i].restore, cases[i].apply);
                assert_int_equal(of_web(9).is_restored, cases[i].is_restored);
                assert_true(of_web(9).applied_sec > 0);
                GIVE(cases[i].apply, cases[i].restore);
                assert_int_equal(of_web(9).is_restored, cases[i].is_restored);
        }
}

static void the_last_of_several_counts(void **state)
{
        (void) state;
        GIVE("\"apply\", \"issued\": " AT("06"), "\"apply\", \"issued\": " AT("02"),
             "\"restore\", \"issued\": " AT("05"), "\"restore\", \"issued\": " AT("01"));
        assert_true(of_web(9).applied_sec == 6);
        assert_false(of_web(9).is_restored);
}

static void what_has_ended_says_nothing(void **state)
{
        (void) state;
        GIVE("\"protect\", \"expires\": " AT("05") ", " WEB, "\"pause\", \"expires\": " AT("06"),
             "\"restore\", \"issued\": " AT("01"),
             "\"apply\", \"issued\": " AT("02") ", \"expires\": " AT("08"));
        assert_true(of_web(4).is_protected && of_web(4).is_paused);
        assert_false(of_web(5).is_protected);
        assert_true(pl_orders_pause_all(policy, 5));
        assert_false(pl_orders_pause_all(policy, 6));
        assert_false(of_web(6).is_paused);
        assert_false(of_web(7).is_restored);
        assert_true(of_web(8).is_restored);
        assert_true(of_web(8).applied_sec == 0);
}

static void the_next_end_is_the_nearest_to_come(void **state)
{
        (void) state;
        GIVE("\"protect\", \"expires\": " AT("05") ", " WEB, "\"pause\", \"expires\": " AT("08"),
             "\"restore\", " WEB);
        assert_true(pl_orders_next_end_sec(policy, 4) == 5);
        assert_true(pl_orders_next_end_sec(policy, 5) == 8);
        assert_true(pl_orders_next_end_sec(policy, 8) == INT64_MAX);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(nobody_says_anything),
                cmocka_unit_test(each_verb_says_its_own),
                cmocka_unit_test(another_is_not_meant),
                cmocka_unit_test(a_number_means_one_cgroup_alone),
                cmocka_unit_test(a_user_of_that_name_is_not_meant),
                cmocka_unit_test(without_a_workload_all_are_meant),
                cmocka_unit_test(of_restore_and_apply_the_later_counts),
                cmocka_unit_test(the_last_of_several_counts),
                cmocka_unit_test(what_has_ended_says_nothing),
                cmocka_unit_test(the_next_end_is_the_nearest_to_come),
        };

        return cmocka_run_group_tests(tests, tree_set_up, tear_down);
}
