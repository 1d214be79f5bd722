/* SPDX-License-Identifier: Apache-2.0 */

/* The board when more come than can be looked at, told of or shown at a time, or are called what they like. */

#include "daemon/rig.h"

static const char web_policy[] =
        "// origin: 10-web.json\n"
        "{ \"profile\": \"web\", \"match\": [ { \"unit\": \"web*.service\", " RIG_OWNER " } ],\n"
        "  \"oom\": { \"order\": -200 } }\n";

static void start(void)
{
        rig_start(&(struct rig_options){});
        rig_set_policy(rig_policy(web_policy));
}

/* A crowd comes in a slot order that is not the order of its events: a look must not run ahead of what was told. */
static void a_crowd_is_taken_in_pieces(void **state)
{
        enum { CROWD = 300 };

        (void) state;
        rig_start(&(struct rig_options){ .census = { .no_inotify = true } });
        rig_look();
        for (int round = 0; round < 3; round++) {
                for (unsigned i = 0; i < CROWD; i++)
                        cgroup_make(&tree, rig_name("c%u.service", i));
                rig_look();
                assert_int_equal(board.row_count, CROWD);
                rig_recount();
                for (unsigned i = 0; i < CROWD; i++)
                        cgroup_drop(&tree, rig_name("c%u.service", i));
                rig_look();
                assert_int_equal(board.row_count, 0);
                rig_recount();
        }
}

/* However long it takes to find them: a file costs as much as a cgroup, until it is seen to be none. */
static void who_was_there_before_has_not_appeared(void **state)
{
        struct pl_journal_act act;

        (void) state;
        for (unsigned i = 0; i < 8; i++) {
                cgroup_make(&tree, rig_name("web%u.service", i));
                for (unsigned j = 0; j < PL_BOARD_LOOKS; j++)
                        test_tree_put(&tree, rig_name("%u", i * PL_BOARD_LOOKS + j), "");
        }
        start();
        assert_true(rig_look() >= 8);
        assert_int_equal(board.profile_count, 8);
        assert_int_equal(rig_acts(PL_JOURNAL_APPEARED, &act), 0);
        rig_compare();
}

/* Somebody makes and removes cgroups faster than they can be listed: in one slice or the other there always are more than
 * a piece of work looks at. */
static void a_crowd_does_not_put_off_the_first_look(void **state)
{
        enum { CROWD = 2 * PL_BOARD_LOOKS };

        (void) state;
        cgroup_make(&tree, "s0.slice");
        cgroup_make(&tree, "s1.slice");
        cgroup_make(&tree, "web.service");
        start();
        if (pl_board_fd(&board) < 0)
                skip();
        assert_true(pl_board_begin(&board, ++now));
        for (unsigned turn = 0; !board.has_looked; turn++) {
                char here[32], there[32];

                assert_true(turn < 600);
                for (unsigned i = 0; i < CROWD; i++) {
                        (void) snprintf(here, sizeof here, "s%u.slice/%u", turn % 2, i);
                        (void) snprintf(there, sizeof there, "s%u.slice/%u", 1 - turn % 2, i);
                        test_tree_mkdir(&tree, here);
                        if (turn > 0)
                                assert_int_equal(unlinkat(tree.fd, there, AT_REMOVEDIR), 0);
                }
                assert_true(pl_board_work(&board, ++now));
        }
        assert_string_equal(rig_row("/web.service").profile_name, "web");
        rig_work();
        rig_look();
        rig_recount();
}

static void who_finds_no_row_gets_one_that_comes_free(void **state)
{
        struct pl_journal_row row;
        uint64_t value = 0;
        unsigned count;

        (void) state;
        cgroup_make(&tree, "a.slice");
        rig_start(&(struct rig_options){});
        count = (unsigned) logbook.writer.layout.row_count + 20;
        for (unsigned i = 0; i < count; i++)
                cgroup_make(&tree, rig_name("a.slice/c%u.service", i));
        for (int i = 0; i < 3; i++) {
                rig_look();
                /* The slice has a row, too. */
                assert_int_equal(board.unlisted_count, 21);
                assert_int_equal(board.workload_count, count - 21);
        }
        assert_int_equal(rig_notes(PL_NOTE_ROWS, &value), 1);
        assert_int_equal(value, 21);
        rig_recount();

        for (unsigned i = 0, dropped = 0; dropped < 5; i++)
                if (rig_find(rig_name("/a.slice/c%u.service", i), &row)) {
                        cgroup_drop(&tree, rig_name("a.slice/c%u.service", i));
                        dropped++;
                }
        rig_look();
        assert_int_equal(board.unlisted_count, 16);
        assert_int_equal(board.workload_count, count - 21);
        rig_recount();
        /* In the middle of a look the last one's count stands. */
        assert_true(pl_board_begin(&board, ++now));
        assert_true(pl_board_work(&board, ++now));
        assert_int_equal(board.unlisted_count, 16);
        rig_work();
        assert_int_equal(rig_notes(PL_NOTE_ROWS, &value), 1);
}

static void hostile_names_are_kept_whole_or_cut(void **state)
{
        static const char *const names[] = { "\x1b[2J\a.service", "new\nline.service",
                                             "\xff\xfe\x80", "a'; rm -rf.scope", "%s%n.service" };
        char longest[NAME_MAX + 1], deep[3 * NAME_MAX + 8];

        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(names); i++)
                rig_make(names[i]);
        memset(longest, 'x', NAME_MAX);
        longest[NAME_MAX] = '\0';
        memcpy(longest + NAME_MAX - 6, ".slice", 6);
        rig_make(longest);
        (void) snprintf(deep, sizeof deep, "%s/deep.service", longest);
        rig_make(deep);
        start();
        rig_look();
        for (size_t i = 0; i < PL_ARRAY_LENGTH(names); i++) {
                char path[NAME_MAX + 2];

                (void) snprintf(path, sizeof path, "/%s", names[i]);
                assert_true(rig_row(path).id == cgroup_id(&tree, names[i]));
        }
        assert_int_equal(board.row_count, PL_ARRAY_LENGTH(names) + 2);
        rig_recount();
        rig_compare();
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                RIG_TEST(a_crowd_is_taken_in_pieces),
                RIG_TEST(who_was_there_before_has_not_appeared),
                RIG_TEST(a_crowd_does_not_put_off_the_first_look),
                RIG_TEST(who_finds_no_row_gets_one_that_comes_free),
                RIG_TEST(hostile_names_are_kept_whole_or_cut),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
