/* SPDX-License-Identifier: Apache-2.0 */

/* Those whom memory hangs on are looked at alone, in between, with files that stay open. */

#include "rig.h"

enum { HOT = PL_SAMPLE_HOT_MAX, STAT_USEC = 1000 };

static uint64_t ids[HOT + 1];

static uint64_t id_of(unsigned number)
{
        return rig_row(rig_name("/w%u.service", number)).id;
}

static void begin(void)
{
        for (unsigned i = 0; i <= HOT; i++)
                rig_make(rig_name("w%u.service", i));
        rig_start(&(struct rig_options){});
        rig_look();
        for (unsigned i = 0; i <= HOT; i++)
                ids[i] = id_of(i);
        rig_compare();
}

static uint64_t current_of(unsigned number)
{
        return rig_row(rig_name("/w%u.service", number)).sample.current_bytes;
}

static void use(unsigned number, const char *bytes)
{
        cgroup_put(&tree, rig_name("w%u.service", number), "memory.current", bytes);
}

static void only_those_are_looked_at(void **state)
{
        (void) state;
        begin();
        use(0, "777\n");
        use(1, "888\n");
        pl_board_look_hot(&board, ids, 1, STAT_USEC, ++now);
        pl_steps_take(&steps, now);
        assert_true(current_of(0) == 777 && current_of(1) != 888);
        assert_true(rig_row("/w0.service").sample.at_usec == now);
        /* What it was is not forgotten for it, and the engine has it. */
        rig_compare();
        use(0, "999\n");
        pl_board_look_hot(&board, ids, 1, STAT_USEC, ++now);
        pl_steps_take(&steps, now);
        assert_true(current_of(0) == 999);
        rig_compare();
}

static void files_are_open_as_long_as_they_are_wanted(void **state)
{
        (void) state;
        begin();
        pl_board_look_hot(&board, ids, HOT, STAT_USEC, ++now);
        assert_int_equal(board.sampler.kept_count, HOT);
        pl_board_look_hot(&board, ids + 1, HOT, STAT_USEC, ++now);
        assert_int_equal(board.sampler.kept_count, HOT);
        assert_false(pl_sample_is_kept(&board.sampler, ids[0]));
        pl_board_look_hot(&board, NULL, 0, STAT_USEC, ++now);
        assert_int_equal(board.sampler.kept_count, 0);
        pl_steps_take(&steps, now);
        rig_compare();
}

static void put_stat(unsigned number, const char *anon)
{
        char text[sizeof memory_stat + 32];

        (void) snprintf(text, sizeof text, "anon %s%s", anon, strchr(memory_stat, '\n'));
        cgroup_put(&tree, rig_name("w%u.service", number), "memory.stat", text);
}

static uint64_t anon_of(unsigned number)
{
        return rig_row(rig_name("/w%u.service", number)).sample.anon_bytes;
}

/* Not at every look, and of each when it is its own turn. */
static void what_it_is_made_of_is_read_when_it_is_old(void **state)
{
        uint64_t read_usec;

        (void) state;
        begin();
        read_usec = rig_row("/w0.service").sample.stat_at_usec;
        put_stat(0, "777");
        pl_board_look_hot(&board, ids, 2, STAT_USEC, read_usec + STAT_USEC - 1);
        assert_true(anon_of(0) != 777);
        now = read_usec + STAT_USEC;
        pl_board_look_hot(&board, ids, 2, STAT_USEC, now);
        assert_true(anon_of(0) == 777);
        assert_true(rig_row("/w0.service").sample.stat_at_usec == now);
        put_stat(0, "888");
        pl_board_look_hot(&board, ids, 2, STAT_USEC, now + STAT_USEC - 1);
        assert_true(anon_of(0) == 777);
        /* One that cannot be read is asked for again, and what it uses is had all the same. */
        cgroup_put(&tree, "w0.service", "memory.stat", "nonsense");
        use(0, "999\n");
        now += STAT_USEC;
        pl_board_look_hot(&board, ids, 2, STAT_USEC, now);
        assert_true(anon_of(0) == 777 && current_of(0) == 999);
        put_stat(0, "888");
        pl_board_look_hot(&board, ids, 2, STAT_USEC, ++now);
        assert_true(anon_of(0) == 888);
        pl_steps_take(&steps, now);
        rig_compare();
}

/* Whether it grows or takes back what it had. */
static void of_one_that_has_become_more_it_is_read_at_once(void **state)
{
        (void) state;
        begin();
        use(0, "1000000\n");
        pl_board_look_hot(&board, ids, 1, STAT_USEC, ++now);
        put_stat(0, "777");
        use(0, "1032768\n");
        pl_board_look_hot(&board, ids, 1, STAT_USEC, ++now);
        assert_true(anon_of(0) != 777 && current_of(0) == 1032768);
        use(0, "1065537\n");
        pl_board_look_hot(&board, ids, 1, STAT_USEC, ++now);
        assert_true(anon_of(0) == 777 && current_of(0) == 1065537);
        assert_true(rig_row("/w0.service").sample.stat_at_usec == now);
        put_stat(0, "888");
        use(0, "1000000\n");
        pl_board_look_hot(&board, ids, 1, STAT_USEC, ++now);
        assert_true(anon_of(0) == 777);
        pl_steps_take(&steps, now);
        rig_compare();
}

/* However many have become more, so many at a time; and each in its turn. */
static void of_many_it_is_read_in_turns(void **state)
{
        unsigned fresh[4] = {};

        (void) state;
        begin();
        for (unsigned look = 0; look < 4; look++) {
                for (unsigned i = 0; i < HOT; i++)
                        use(i, rig_name("%u\n", 1000000 * (look + 1)));
                pl_board_look_hot(&board, ids, HOT, UINT32_MAX, ++now);
                for (unsigned i = 0; i < HOT; i++)
                        fresh[look] += rig_row(rig_name("/w%u.service", i)).sample.stat_at_usec ==
                                       now;
        }
        for (unsigned i = 0; i < HOT; i++)
                assert_true(rig_row(rig_name("/w%u.service", i)).sample.stat_at_usec > now - 4);
        for (unsigned look = 0; look < 4; look++)
                assert_int_equal(fresh[look], HOT / 4);
        pl_steps_take(&steps, now);
        rig_compare();
}

/* At any moment, and nobody was ever called so. */
static void who_is_gone_is_passed_over(void **state)
{
        (void) state;
        begin();
        pl_board_look_hot(&board, (uint64_t[]){ ids[0], UINT64_MAX, ids[1] }, 3, STAT_USEC, ++now);
        assert_int_equal(board.sampler.kept_count, 2);
        rig_drop("w0.service");
        use(1, "888\n");
        pl_board_look_hot(&board, (uint64_t[]){ ids[0], ids[1] }, 2, STAT_USEC, ++now);
        assert_true(current_of(1) == 888);
        rig_look();
        pl_board_look_hot(&board, (uint64_t[]){ ids[0], ids[1] }, 2, STAT_USEC, ++now);
        pl_steps_take(&steps, now);
        rig_compare();
}

/* It waits to be matched anew, and its profile's number is nobody's. */
static void under_another_policy_it_waits_to_be_matched(void **state)
{
        (void) state;
        begin();
        rig_set_policy(
                rig_policy("// origin: a.json\n{ \"profile\": \"p\", \"match\": [ { \"unit\": "
                           "\"w*\", " RIG_OWNER " } ] }\n"));
        use(0, "777\n");
        pl_board_look_hot(&board, ids, 1, STAT_USEC, ++now);
        assert_true(current_of(0) != 777);
        rig_look();
        use(0, "778\n");
        pl_board_look_hot(&board, ids, 1, STAT_USEC, ++now);
        pl_steps_take(&steps, now);
        assert_true(current_of(0) == 778);
        rig_compare();
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                RIG_TEST(only_those_are_looked_at),
                RIG_TEST(what_it_is_made_of_is_read_when_it_is_old),
                RIG_TEST(of_one_that_has_become_more_it_is_read_at_once),
                RIG_TEST(of_many_it_is_read_in_turns),
                RIG_TEST(files_are_open_as_long_as_they_are_wanted),
                RIG_TEST(who_is_gone_is_passed_over),
                RIG_TEST(under_another_policy_it_waits_to_be_matched),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
