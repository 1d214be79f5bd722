/* SPDX-License-Identifier: Apache-2.0 */

/* What systemd holds on our word; and a systemd that reads its units anew as version 252 does: it writes what it knows. */

#include "undo_rig.h"

/* systemd 252: what the unit says, but for what drop-ins say. */
static void write_as_252(void)
{
        put(UNIT_PATH, PL_LIMIT_MAX, is_there(DROP_INS "/50-MemoryMax.conf") ? 1 << 20 : 1 << 27);
        put(UNIT_PATH, PL_LIMIT_HIGH, PL_SIZE_MAX);
        put(UNIT_PATH, PL_LIMIT_LOW, 0);
}

static void start_manager(void)
{
        manager.on_reload = write_as_252;
        manager_start(&manager);
        options.bus_address = manager.address;
}

/* What somebody had written directly before us is there again, though a reload has undone it. */
static void drop_ins_go_and_limits_stay_back(void **state)
{
        (void) state;
        open_log();
        change(UNIT_PATH, PL_LIMIT_MAX, 1 << 28, 1 << 20);
        change(UNIT_PATH, PL_LIMIT_HIGH, 1 << 26, 1 << 19);
        keep(1 << PL_LIMIT_MAX | 1 << PL_LIMIT_HIGH, 0);
        test_tree_put(&root, DROP_INS "/50-CPUWeight.conf", "[Service]\nCPUWeight=7\n");
        test_tree_put(&place, "tidy", "x.service MemoryMax 1048576\n");
        start_manager();
        assert_int_equal(undo(), PL_DAEMON_FINE);
        assert_int_not_equal(faccessat(place.fd, "tidy", F_OK, 0), 0);
        assert_string_equal(manager.said->words, "reload\n");
        assert_string_equal(get(UNIT_PATH, PL_LIMIT_MAX), "268435456\n");
        assert_string_equal(get(UNIT_PATH, PL_LIMIT_HIGH), "67108864\n");
        assert_false(is_there(DROP_INS "/50-MemoryMax.conf"));
        assert_false(is_there(DROP_INS "/50-MemoryHigh.conf"));
        assert_true(is_there(DROP_INS "/50-CPUWeight.conf"));
        assert_noted(0, 0);
}

static void what_systemd_was_told_since_stays(void **state)
{
        (void) state;
        open_log();
        change(UNIT_PATH, PL_LIMIT_MAX, 1 << 28, 1 << 20);
        keep(1 << PL_LIMIT_MAX, 0);
        manager_write(&manager, "x.service", "MemoryMax", 1 << 21);
        put(UNIT_PATH, PL_LIMIT_MAX, 1 << 21);
        start_manager();
        assert_int_equal(undo(), PL_DAEMON_FINE);
        assert_true(is_there(DROP_INS "/50-MemoryMax.conf"));
        assert_string_equal(get(UNIT_PATH, PL_LIMIT_MAX), "2097152\n");
        assert_noted(0, 0);
}

/* One call with all that systemd holds on our word: on the way nothing of it comes into force again. */
static void what_was_somebody_elses_is_set(void **state)
{
        (void) state;
        open_log();
        change(UNIT_PATH, PL_LIMIT_MAX, 1 << 28, 1 << 20);
        change(UNIT_PATH, PL_LIMIT_HIGH, PL_SIZE_MAX, 1 << 19);
        keep(1 << PL_LIMIT_MAX | 1 << PL_LIMIT_HIGH, 1 << PL_LIMIT_MAX);
        start_manager();
        assert_int_equal(undo(), PL_DAEMON_FINE);
        assert_string_equal(manager.said->words,
                            "set x.service MemoryHigh=18446744073709551615 MemoryMax=268435456\n"
                            "reload\n");
        assert_string_equal(test_tree_get(&root, DROP_INS "/50-MemoryMax.conf"),
                            "# This is a drop-in\n[Service]\nMemoryMax=268435456\n");
        assert_false(is_there(DROP_INS "/50-MemoryHigh.conf"));
        assert_string_equal(get(UNIT_PATH, PL_LIMIT_MAX), "268435456\n");
        assert_noted(0, 0);
}

/* Or systemd would write it below the use, and somebody would die. */
static void the_drop_in_of_a_max_that_waits_stays(void **state)
{
        (void) state;
        open_log();
        change(UNIT_PATH, PL_LIMIT_MAX, 64 << 20, 1 << 20);
        change(UNIT_PATH, PL_LIMIT_HIGH, PL_SIZE_MAX, 1 << 29);
        keep(1 << PL_LIMIT_MAX | 1 << PL_LIMIT_HIGH, 0);
        cgroup_put(&tree, UNIT_PATH, "memory.current", "134217728\n");
        start_manager();
        assert_int_equal(undo(), PL_DAEMON_FAILED);
        assert_true(is_there(DROP_INS "/50-MemoryMax.conf"));
        assert_false(is_there(DROP_INS "/50-MemoryHigh.conf"));
        assert_noted(1, 0);
        cgroup_put(&tree, UNIT_PATH, "memory.current", "4096\n");
        assert_int_equal(undo(), PL_DAEMON_FINE);
        assert_false(is_there(DROP_INS));
        assert_noted(0, 0);
}

static void a_service_that_was_stopped(void **state)
{
        (void) state;
        open_log();
        change(UNIT_PATH, PL_LIMIT_MAX, 1 << 28, 1 << 20);
        keep(1 << PL_LIMIT_MAX, 0);
        drop(UNIT_PATH);
        manager.cgroup = "";
        manager_start(&manager);
        options.bus_address = manager.address;
        assert_int_equal(undo(), PL_DAEMON_FINE);
        assert_false(is_there(DROP_INS));
        assert_noted(0, 0);
}

/* Its new cgroup has from its drop-ins what the old one had from us. */
static void a_service_that_was_started_anew(void **state)
{
        (void) state;
        open_log();
        change(UNIT_PATH, PL_LIMIT_MAX, 1 << 28, 1 << 20);
        change(UNIT_PATH, PL_LIMIT_HIGH, 1 << 26, 1 << 19);
        keep(1 << PL_LIMIT_MAX | 1 << PL_LIMIT_HIGH, 0);
        assert_int_equal(renameat(tree.fd, UNIT_PATH, tree.fd, "away"), 0);
        make(UNIT_PATH);
        drop("away"); /* now, so that the new one has another number on any file system */
        put(UNIT_PATH, PL_LIMIT_MAX, 1 << 20);
        put(UNIT_PATH, PL_LIMIT_HIGH, 1 << 19);
        manager_start(&manager);
        options.bus_address = manager.address;
        assert_int_equal(undo(), PL_DAEMON_FINE);
        assert_string_equal(get(UNIT_PATH, PL_LIMIT_MAX), "268435456\n");
        assert_string_equal(get(UNIT_PATH, PL_LIMIT_HIGH), "67108864\n");
        assert_false(is_there(DROP_INS));
        assert_noted(0, 0);
}

/* A daemon that was killed behind its call and before the note of it. */
static void a_call_that_nobody_saw_the_end_of(void **state)
{
        (void) state;
        open_log();
        change(UNIT_PATH, PL_LIMIT_MAX, 1 << 28, 1 << 20);
        assert_int_equal(pl_originals_note_foreign(&originals, cgroup_id(&tree, UNIT_PATH), 0), 0);
        manager_write(&manager, "x.service", "MemoryMax", 1 << 20);
        start_manager();
        assert_int_equal(undo(), PL_DAEMON_FINE);
        assert_false(is_there(DROP_INS));
        assert_string_equal(get(UNIT_PATH, PL_LIMIT_MAX), "268435456\n");
        assert_noted(0, 0);
}

/* systemd was never told anything: the same value is somebody else's. */
static void drop_ins_of_which_nothing_is_noted_stay(void **state)
{
        (void) state;
        open_log();
        change(UNIT_PATH, PL_LIMIT_MAX, 1 << 28, 1 << 20);
        manager_write(&manager, "x.service", "MemoryMax", 1 << 20);
        assert_int_equal(undo(), PL_DAEMON_FINE);
        assert_true(is_there(DROP_INS "/50-MemoryMax.conf"));
}

static void without_systemd_it_is_left_for_another_time(void **state)
{
        static const struct {
                enum manager_way way;
                const char *member;
                bool is_away;
        } rows[] = {
                { MANAGER_ANSWERS, NULL, true },
                { MANAGER_REFUSES, "Reload", false },
                { MANAGER_ENDS, "Reload", false },
                { MANAGER_REFUSES, "SetUnitProperties", false },
                { MANAGER_ENDS, "SetUnitProperties", false },
        };

        (void) state;
        open_log();
        change(UNIT_PATH, PL_LIMIT_MAX, 1 << 28, 1 << 20);
        change(UNIT_PATH, PL_LIMIT_HIGH, PL_SIZE_MAX, 1 << 19);
        keep(1 << PL_LIMIT_MAX | 1 << PL_LIMIT_HIGH, 1 << PL_LIMIT_MAX);
        for (size_t i = 0; i < PL_ARRAY_LENGTH(rows); i++) {
                manager.way = rows[i].way;
                manager.member = rows[i].member;
                if (!rows[i].is_away)
                        start_manager();
                assert_int_equal(undo(), PL_DAEMON_FAILED);
                assert_string_equal(get(UNIT_PATH, PL_LIMIT_MAX), "268435456\n");
                assert_noted(1, 0);
                manager_stop(&manager);
                /* As it was before the call. */
                manager_write(&manager, "x.service", "MemoryMax", 1 << 20);
                manager_write(&manager, "x.service", "MemoryHigh", 1 << 19);
        }
        manager.member = NULL;
        start_manager();
        assert_int_equal(undo(), PL_DAEMON_FINE);
        assert_string_equal(get(UNIT_PATH, PL_LIMIT_MAX), "268435456\n");
        assert_true(is_there(DROP_INS "/50-MemoryMax.conf"));
        assert_false(is_there(DROP_INS "/50-MemoryHigh.conf"));
        assert_noted(0, 0);
}

static void a_tree_that_is_not_systemds_has_none(void **state)
{
        (void) state;
        open_log();
        change(UNIT_PATH, PL_LIMIT_MAX, 1 << 28, 1 << 20);
        keep(1 << PL_LIMIT_MAX, 0);
        options.root_fd = -1;
        assert_int_equal(undo(), PL_DAEMON_FAILED);
        assert_string_equal(get(UNIT_PATH, PL_LIMIT_MAX), "268435456\n");
        assert_true(is_there(DROP_INS "/50-MemoryMax.conf"));
        assert_noted(1, 0);
}

/* ---- whose the name is ---- */

/* A plain cgroup that somebody has called as a unit of systemd's is called. */
static void a_unit_of_the_same_name_is_left_alone(void **state)
{
        static const char *const cgroups[] = { "/" UNIT_PATH, "", NULL };

        (void) state;
        make("plain/x.service");
        for (size_t i = 0; i < PL_ARRAY_LENGTH(cgroups); i++) {
                manager_stop(&manager);
                manager.cgroup = cgroups[i];
                start_manager();
                open_log();
                change("plain/x.service", PL_LIMIT_MAX, 1 << 28, 1 << 20);
                change("plain/x.service", PL_LIMIT_HIGH, PL_SIZE_MAX, 1 << 19);
                keep_at("plain/x.service", 1 << PL_LIMIT_MAX | 1 << PL_LIMIT_HIGH,
                        1 << PL_LIMIT_MAX);
                assert_int_equal(undo(), PL_DAEMON_FINE);
                assert_string_equal(manager.said->words, "");
                assert_true(is_there(DROP_INS "/50-MemoryMax.conf"));
                assert_true(is_there(DROP_INS "/50-MemoryHigh.conf"));
                assert_string_equal(get("plain/x.service", PL_LIMIT_MAX), "268435456\n");
                assert_noted(0, 0);
        }
}

/* Nobody can be asked: it stays for another time. */
static void without_systemd_a_place_that_is_none_of_its_is_left(void **state)
{
        (void) state;
        make("plain/x.service");
        open_log();
        change("plain/x.service", PL_LIMIT_MAX, 1 << 28, 1 << 20);
        keep_at("plain/x.service", 1 << PL_LIMIT_MAX, 0);
        assert_int_equal(undo(), PL_DAEMON_FAILED);
        assert_true(is_there(DROP_INS "/50-MemoryMax.conf"));
        assert_noted(1, 0);
        open_log();
        change(UNIT_PATH, PL_LIMIT_MAX, 1 << 28, 1 << 20);
        keep(1 << PL_LIMIT_MAX, 0);
        assert_int_equal(undo(), PL_DAEMON_FAILED);
        assert_false(is_there(DROP_INS "/50-MemoryMax.conf"));
        assert_noted(2, 0);
}

/* systemd holds no memory.high of 0, so nobody had one with it; and it would refuse all of the call. */
static void a_high_of_zero_is_not_set(void **state)
{
        (void) state;
        open_log();
        change(UNIT_PATH, PL_LIMIT_HIGH, 0, 1 << 19);
        change(UNIT_PATH, PL_LIMIT_LOW, 4096, 8192);
        keep(1 << PL_LIMIT_HIGH | 1 << PL_LIMIT_LOW, 1 << PL_LIMIT_HIGH | 1 << PL_LIMIT_LOW);
        manager_write(&manager, "x.service", "MemoryLow", 8192);
        drop(UNIT_PATH);
        manager.cgroup = "";
        manager_start(&manager);
        options.bus_address = manager.address;
        assert_int_equal(undo(), PL_DAEMON_FINE);
        assert_string_equal(manager.said->words, "set x.service MemoryLow=4096\nreload\n");
        assert_false(is_there(DROP_INS "/50-MemoryHigh.conf"));
        assert_noted(0, 0);
}

/* ---- paths that are noted by their ends ---- */

#define LONG                                                                                       \
        "a-slice-with-a-name-that-leaves-no-room-for-much.slice/"                                  \
        "another-slice-with-a-name-that-leaves-no-room-for-much.slice"

static void a_long_path_is_known_by_its_end(void **state)
{
        (void) state;
        make("a-slice-with-a-name-that-leaves-no-room-for-much.slice");
        make(LONG);
        make(LONG "/x.service");
        open_log();
        change(LONG "/x.service", PL_LIMIT_MAX, 1 << 28, 1 << 20);
        keep_at(LONG "/x.service", 1 << PL_LIMIT_MAX, 0);
        manager.cgroup = "/" LONG "/x.service";
        manager_start(&manager);
        options.bus_address = manager.address;
        assert_int_equal(undo(), PL_DAEMON_FINE);
        assert_string_equal(get(LONG "/x.service", PL_LIMIT_MAX), "268435456\n");
        assert_false(is_there(DROP_INS));
        assert_noted(0, 0);
}

static void a_service_with_a_long_path_that_was_started_anew(void **state)
{
        (void) state;
        make("a-slice-with-a-name-that-leaves-no-room-for-much.slice");
        make(LONG);
        make(LONG "/x.service");
        open_log();
        change(LONG "/x.service", PL_LIMIT_MAX, 1 << 28, 1 << 20);
        keep_at(LONG "/x.service", 1 << PL_LIMIT_MAX, 0);
        assert_int_equal(renameat(tree.fd, LONG "/x.service", tree.fd, "away"), 0);
        make(LONG "/x.service");
        make(LONG "/yx.service");
        drop("away");
        put(LONG "/x.service", PL_LIMIT_MAX, 1 << 20);
        put(LONG "/yx.service", PL_LIMIT_MAX, 1 << 20);
        manager.cgroup = "/" LONG "/x.service";
        manager_start(&manager);
        options.bus_address = manager.address;
        options.path = LONG;
        assert_int_equal(undo(), PL_DAEMON_FINE);
        assert_string_equal(get(LONG "/x.service", PL_LIMIT_MAX), "268435456\n");
        assert_string_equal(get(LONG "/yx.service", PL_LIMIT_MAX), "1048576\n");
        assert_false(is_there(DROP_INS));
        assert_noted(0, 0);
}

/* By what is left of it: below a slice, and below something else. */
static void a_long_path_without_systemd(void **state)
{
        (void) state;
        make("a-slice-with-a-name-that-leaves-no-room-for-much.slice");
        make(LONG);
        make(LONG "/plain");
        make(LONG "/plain/x.service");
        make(LONG "/x.service");
        open_log();
        change(LONG "/plain/x.service", PL_LIMIT_MAX, 1 << 28, 1 << 20);
        keep_at(LONG "/plain/x.service", 1 << PL_LIMIT_MAX, 0);
        assert_int_equal(undo(), PL_DAEMON_FAILED);
        assert_true(is_there(DROP_INS "/50-MemoryMax.conf"));
        open_log();
        change(LONG "/x.service", PL_LIMIT_MAX, 1 << 28, 1 << 20);
        keep_at(LONG "/x.service", 1 << PL_LIMIT_MAX, 0);
        assert_int_equal(undo(), PL_DAEMON_FAILED);
        assert_false(is_there(DROP_INS "/50-MemoryMax.conf"));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                UNDO_TEST(drop_ins_go_and_limits_stay_back),
                UNDO_TEST(what_systemd_was_told_since_stays),
                UNDO_TEST(what_was_somebody_elses_is_set),
                UNDO_TEST(the_drop_in_of_a_max_that_waits_stays),
                UNDO_TEST(a_service_that_was_stopped),
                UNDO_TEST(a_service_that_was_started_anew),
                UNDO_TEST(a_call_that_nobody_saw_the_end_of),
                UNDO_TEST(drop_ins_of_which_nothing_is_noted_stay),
                UNDO_TEST(without_systemd_it_is_left_for_another_time),
                UNDO_TEST(a_tree_that_is_not_systemds_has_none),
                UNDO_TEST(a_unit_of_the_same_name_is_left_alone),
                UNDO_TEST(without_systemd_a_place_that_is_none_of_its_is_left),
                UNDO_TEST(a_high_of_zero_is_not_set),
                UNDO_TEST(a_long_path_is_known_by_its_end),
                UNDO_TEST(a_service_with_a_long_path_that_was_started_anew),
                UNDO_TEST(a_long_path_without_systemd),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
