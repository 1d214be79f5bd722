/* SPDX-License-Identifier: Apache-2.0 */

/* Thousands of random changes of a tree, against a model of it as simple as a list; and a board as large as hosts have,
 * whose work must come in pieces that can be counted beforehand. */

#include "daemon/rig.h"

enum { NAMES = 48, CHANGES = 4000, SEEDS = 3 };

/* What the tree is, by its names: "c0.service" in "s0.slice" and so on. */
struct thing {
        bool exists, populated, has_attribute;
        unsigned name;
};

static struct thing things[NAMES];
static bool has_attributes;
static unsigned policy_now;

#define MATCHING(file, name, selector)                                                             \
        "// origin: " file ".json\n{ \"profile\": \"" name "\", \"match\": [ { " selector          \
        ", " RIG_OWNER " } ] }\n"
#define LOW(file) MATCHING(file, "low", "\"unit\": \"c?.service\"")

static const char *const words[] = {
        MATCHING("10", "blue", "\"xattr\": \"user.plimsoll.profile=blue\"") LOW("20"),
        MATCHING("10", "all", "\"unit\": \"c*\""),
        MATCHING("10", "none", "\"unit\": \"none\"") LOW("20")
                MATCHING("30", "high", "\"unit\": \"c*\""),
};
static const struct pl_policy *choices[PL_ARRAY_LENGTH(words) + 1]; /* the last: none */

static const char *path_of(unsigned i)
{
        static char path[64];

        (void) snprintf(path, sizeof path, "s%u.slice/c%u.service", i % 4, i);
        return path;
}

static const char *profile_of(unsigned i)
{
        switch (policy_now) {
        case 0:
                return things[i].has_attribute ? "blue" : i < 10 ? "low" : "";
        case 1:
                return "all";
        case 2:
                return i < 10 ? "low" : "high";
        default:
                return "";
        }
}

static void come_or_go(struct test_random *random, unsigned i)
{
        struct thing *thing = &things[i];

        if (thing->exists) {
                rig_drop(path_of(i));
                /* Another one under the same path. */
                if (test_random_below(random, 3) > 0) {
                        thing->exists = false;
                        return;
                }
        }
        if (test_random_below(random, 4) == 0)
                cgroup_make(&tree, path_of(i));
        else
                rig_make(path_of(i));
        *thing = (struct thing){ .exists = true, .populated = true };
}

static void change(struct test_random *random)
{
        static const char *const figures[] = { "0\n", "4096\n", "rubbish\n", "1048576\n" };
        unsigned i = (unsigned) test_random_below(random, NAMES);
        struct thing *thing = &things[i];

        if (!thing->exists || test_random_below(random, 3) == 0) {
                come_or_go(random, i);
                return;
        }
        switch (test_random_below(random, 4)) {
        case 0:
                thing->populated = !thing->populated;
                cgroup_put(&tree, path_of(i), "cgroup.events",
                           thing->populated ? "populated 1\nfrozen 0\n"
                                            : "populated 0\nfrozen 0\n");
                break;
        case 1:
                if (has_attributes && !thing->has_attribute)
                        thing->has_attribute = rig_set_attribute(path_of(i), "blue");
                break;
        default:
                cgroup_put(&tree, path_of(i), "memory.current",
                           figures[test_random_below(random, PL_ARRAY_LENGTH(figures))]);
        }
}

/* What the daemon may do at any time, in any order. */
static void stir(struct test_random *random)
{
        uint64_t what = test_random_below(random, 40);

        if (what == 0) {
                policy_now = (unsigned) test_random_below(random, PL_ARRAY_LENGTH(choices));
                rig_set_policy(choices[policy_now]);
        } else if (what < 10)
                (void) pl_board_begin(&board, ++now);
        else if (what < 35)
                (void) pl_board_work(&board, ++now);
        else
                pl_steps_take(&steps, ++now);
        rig_recount();
        rig_replay();
}

/* When all is done that there is to do, and at all three turns of what is slow, the board is the tree. */
static void expect_the_tree(void)
{
        uint32_t count = 0;

        rig_work();
        for (int i = 0; i < PL_BOARD_SLOW_EVERY; i++)
                rig_look();
        for (unsigned i = 0; i < NAMES; i++) {
                struct pl_journal_row row;
                char path[80];

                (void) snprintf(path, sizeof path, "/%s", path_of(i));
                assert_row(path, rig_find(path, &row) == things[i].exists);
                if (!things[i].exists)
                        continue;
                count++;
                assert_true(row.id == cgroup_id(&tree, path_of(i)));
                assert_string_equal(row.profile_name, profile_of(i));
                assert_row(path, !(row.flags & PL_CGROUP_POPULATED) == !things[i].populated);
        }
        assert_int_equal(board.workload_count, count);
        assert_int_equal(board.row_count, count + 4);
        rig_recount();
        rig_compare();
}

static void churn(uint64_t seed)
{
        struct test_random random = { seed };

        print_message("seed %llu\n", (unsigned long long) seed);
        for (unsigned i = 0; i < CHANGES; i++) {
                change(&random);
                if (test_random_below(&random, 3) == 0)
                        stir(&random);
                if (i % 200 == 199)
                        expect_the_tree();
        }
}

static void the_board_follows_whatever_happens(void **state)
{
        (void) state;
        if (!cgroups_have_ids(&tree))
                skip();
        for (unsigned i = 0; i < 4; i++)
                rig_make(rig_name("s%u.slice", i));
        for (size_t i = 0; i < PL_ARRAY_LENGTH(words); i++)
                choices[i] = rig_policy(words[i]);
        has_attributes = geteuid() == 0;
        policy_now = 0;
        rig_start(&(struct rig_options){ .journal_bytes = 4 * PL_MIB });
        rig_set_policy(choices[0]);
        rig_look();
        for (unsigned i = 1; i <= SEEDS; i++)
                churn(i);
}

/* ---- a large one ---- */

enum { WORKLOADS = 2000, PROFILES = 1000 };

static const struct pl_policy *many_profiles(const char *prefix)
{
        static char text[PROFILES * 128];
        struct pl_text words_of_it;

        pl_text_init(&words_of_it, text, sizeof text);
        for (unsigned i = 0; i < PROFILES; i++)
                pl_text_addf(&words_of_it,
                             "// origin: %04u.json\n{\"profile\":\"%s%u\",\"match\":[{\"unit\":"
                             "\"c%u.service\"," RIG_OWNER "}]}\n",
                             i, prefix, i, i);
        assert_false(words_of_it.cut);
        return rig_policy(text);
}

static void the_work_on_a_large_host_is_bounded(void **state)
{
        /* A name in a directory, then a visit of each; the root, and the ends of directories and of the pass. */
        const unsigned scan = (2 * WORKLOADS + 16) / PL_BOARD_LOOKS + 1;
        const unsigned events = WORKLOADS / 64 + 1, look = WORKLOADS / PL_BOARD_SAMPLES + 1;
        struct pl_journal_act act;

        (void) state;
        for (unsigned i = 0; i < WORKLOADS; i++)
                rig_make(rig_name("c%u.service", i));
        rig_start(&(struct rig_options){ .journal_bytes = 16 * PL_MIB });
        rig_set_policy(many_profiles("a"));
        assert_true(rig_look() <= scan + events + look);
        rig_recount();
        rig_compare();
        assert_int_equal(board.workload_count, WORKLOADS);
        assert_int_equal(board.profile_count, PROFILES);
        /* They were there before, all of them. */
        assert_int_equal(rig_acts(PL_JOURNAL_APPEARED, &act), 0);

        rig_set_policy(many_profiles("b"));
        assert_true(rig_look() <= PL_MAX(scan, look) + 1);
        assert_int_equal(board.profile_count, PROFILES);
        assert_int_equal(rig_acts(PL_JOURNAL_CHANGED, &act), PROFILES);
        rig_recount();
        rig_compare();
        assert_true(rig_look() <= PL_MAX(scan, look) + 1);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                RIG_TEST(the_board_follows_whatever_happens),
                RIG_TEST(the_work_on_a_large_host_is_bounded),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
