/* SPDX-License-Identifier: Apache-2.0 */

/* What a slice promises for the sake of those below it: the sum of what they are promised, whatever happens in the middle of a
 * look, and no order that takes it away only to give it again. */

#include "enforced.h"

enum { SERVICES = 60 }; /* more than are looked at in one piece of a look */

static const char policy_text[] =
        "// origin: a.json\n"
        "{ \"profile\": \"web\", \"match\": [ { \"slice\": \"a.slice\", " RIG_OWNER " } ],\n"
        "  \"memory\": { \"low\": \"8MiB\", \"raise_ancestors\": true } }\n";

static const char nobody_text[] =
        "// origin: a.json\n"
        "{ \"profile\": \"nobody\", \"match\": [ { \"path\": \"/void\", " RIG_OWNER " } ] }\n";

static void make_slice(void)
{
        make("a.slice");
        cgroup_put(&tree, "a.slice", "memory.low", "0\n");
}

/* As the last look has it; 0: it is not among those that are raised. */
static uint64_t sum(void)
{
        for (uint32_t i = 0; i < enforcer.sums.count; i++)
                if (enforcer.sums.items[i].id == cgroup_id(&tree, "a.slice"))
                        return enforcer.sums.items[i].low_bytes;
        return 0;
}

static void populate(bool is_populated)
{
        cgroup_put(&tree, "a.slice/one.service", "cgroup.events",
                   is_populated ? "populated 1\nfrozen 0\n" : "populated 0\nfrozen 0\n");
}

static void the_same_policy_again_changes_nothing(void **state)
{
        (void) state;
        make_slice();
        make("a.slice/one.service");
        start(policy_text);
        look_often(2);
        assert_file("a.slice", "memory.low", "8388608\n");
        rig_set_policy(rig_policy(policy_text));
        now += 5 * PL_USEC_PER_SEC;
        (void) rig_look();
        assert_int_equal(enforcer.rows.count, 0);
        look_often(3);
        assert_file("a.slice", "memory.low", "8388608\n");
}

static void nor_does_a_restart(void **state)
{
        (void) state;
        make_slice();
        make("a.slice/one.service");
        start(policy_text);
        look_often(2);
        stop();
        begin(policy_text);
        (void) rig_look();
        assert_int_equal(enforcer.rows.count, 0);
        look_often(3);
        assert_file("a.slice", "memory.low", "8388608\n");
        rig_set_policy(rig_policy(nobody_text));
        look_often(3);
        assert_file("a.slice", "memory.low", "0\n");
}

static void a_look_that_begins_anew_counts_nobody_twice(void **state)
{
        const struct pl_policy *policy;

        (void) state;
        make_slice();
        for (unsigned i = 0; i < SERVICES; i++)
                make(rig_name("a.slice/s%u.service", i));
        rig_start(&(struct rig_options){ .enforce = true });
        policy = rig_policy(policy_text);
        rig_set_policy(policy);
        look_often(3);
        assert_int_equal(sum(), SERVICES * 8 * PL_MIB);

        now += 5 * PL_USEC_PER_SEC;
        assert_true(pl_board_begin(&board, ++now));
        while (enforcer.gathered.count == 0)
                assert_true(pl_board_work(&board, ++now));
        assert_true(board.is_looking);
        /* As at the end of an order. */
        pl_board_set_policy(&board, policy, &host);
        (void) rig_work();
        assert_int_equal(sum(), SERVICES * 8 * PL_MIB);
        settle();
        assert_file("a.slice", "memory.low", "503316480\n");
}

/* Of whom only every third look takes notice. */
static void who_is_empty_never_counts(void **state)
{
        (void) state;
        make_slice();
        make("a.slice/one.service");
        populate(false);
        start(policy_text);
        for (unsigned i = 0; i < 3 * PL_BOARD_SLOW_EVERY; i++) {
                look();
                assert_int_equal(sum(), 0);
                assert_file("a.slice", "memory.low", "0\n");
        }
        populate(true);
        for (unsigned i = 0; i < PL_BOARD_SLOW_EVERY; i++)
                look();
        for (unsigned i = 0; i < PL_BOARD_SLOW_EVERY; i++) {
                look();
                assert_int_equal(sum(), 8 * PL_MIB);
                assert_file("a.slice", "memory.low", "8388608\n");
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                RIG_TEST(the_same_policy_again_changes_nothing),
                RIG_TEST(nor_does_a_restart),
                RIG_TEST(a_look_that_begins_anew_counts_nobody_twice),
                RIG_TEST(who_is_empty_never_counts),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
