/* SPDX-License-Identifier: Apache-2.0 */

/* The board: who comes, goes and changes, and what is not there when it is looked for. */

#include "daemon/rig.h"

#include <sys/resource.h>

#define ID "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static const char web_policy[] =
        "// origin: 10-web.json\n"
        "{ \"profile\": \"web\", \"match\": [ { \"unit\": \"web*.service\", " RIG_OWNER " } ],\n"
        "  \"oom\": { \"order\": -200 } }\n";

static void start(void)
{
        rig_start(&(struct rig_options){});
        rig_set_policy(rig_policy(web_policy));
}

/* Everybody of a small host. */
static void make_host(void)
{
        rig_make("system.slice");
        rig_make("system.slice/web1.service");
        rig_make("system.slice/docker-" ID ".scope");
        rig_make("user.slice");
        rig_make("user.slice/user-1000.slice");
        rig_make("user.slice/user-1000.slice/session-3.scope");
        rig_make("plain");
}

static void everybody_has_a_row(void **state)
{
        static const struct {
                const char *path, *name, *profile, *parent;
                int kind, runtime;
                uint32_t flags; /* without who is in it */
                int32_t order;
        } rows[] = {
                { "/system.slice", "system.slice", "", NULL, PL_WORKLOAD_HOLDER, -1, 0, 0 },
                { "/system.slice/web1.service", "web1", "web", "/system.slice", PL_WORKLOAD_SERVICE,
                  PL_RUNTIME_SYSTEMD, PL_CGROUP_WORKLOAD | PL_CGROUP_PROFILE | PL_CGROUP_SYSTEM,
                  -200 },
                { "/system.slice/docker-" ID ".scope", "0123456789ab", "", "/system.slice",
                  PL_WORKLOAD_CONTAINER, PL_RUNTIME_DOCKER, PL_CGROUP_WORKLOAD, 0 },
                { "/user.slice", "user.slice", "", NULL, PL_WORKLOAD_HOLDER, -1, 0, 0 },
                { "/user.slice/user-1000.slice/session-3.scope", "session 3 of user 1000", "",
                  "/user.slice/user-1000.slice", PL_WORKLOAD_SESSION, PL_RUNTIME_SYSTEMD,
                  PL_CGROUP_WORKLOAD | PL_CGROUP_BY_PROCESS, 0 },
                { "/plain", "plain", "", NULL, PL_WORKLOAD_PLAIN, -1, PL_CGROUP_WORKLOAD, 0 },
        };
        struct pl_journal_act act;

        (void) state;
        if (geteuid() != 0)
                skip(); /* whose units these are, and what is the system's */
        make_host();
        start();
        rig_look();
        for (size_t i = 0; i < PL_ARRAY_LENGTH(rows); i++) {
                const struct pl_journal_row row = rig_row(rows[i].path);

                assert_string_equal(row.name, rows[i].name);
                assert_string_equal(row.profile_name, rows[i].profile);
                assert_true(row.id == cgroup_id(&tree, rows[i].path + 1));
                assert_true(row.parent_id == (rows[i].parent ? rig_row(rows[i].parent).id : 0));
                assert_row(rows[i].path, (int) row.kind == rows[i].kind);
                assert_row(rows[i].path, row.runtime == rows[i].runtime);
                assert_row(rows[i].path, row.flags == (rows[i].flags | PL_CGROUP_POPULATED));
                assert_row(rows[i].path, row.order == rows[i].order);
                assert_row(rows[i].path, row.profile == (rows[i].profile[0] ? 0 : UINT32_MAX));
                assert_row(rows[i].path, row.since_usec > 0 && row.at_usec >= row.since_usec);
        }
        assert_memory_equal(rig_row(rows[2].path).unit, ID, 60);
        rig_recount();
        assert_int_equal(board.workload_count, 4);
        assert_int_equal(board.profile_count, 1);
        /* They were there before. */
        assert_int_equal(rig_acts(PL_JOURNAL_APPEARED, &act), 0);
        rig_compare();
}

static void rows_have_figures_and_limits(void **state)
{
        struct pl_journal_row row;

        (void) state;
        rig_make("a.slice");
        rig_make("a.slice/a.service");
        cgroup_put(&tree, "a.slice", "memory.max", "524288\n");
        start();
        rig_look();
        row = rig_row("/a.slice/a.service");
        assert_true(row.sample.current_bytes == 65536 && row.sample.swap_bytes == 4096);
        assert_true(row.sample.oom_kill == 1 && row.sample.anon_bytes == 4096);
        assert_true(row.sample.have & PL_CGROUP_BIT(current_bytes));
        assert_true(!(row.sample.have & PL_CGROUP_BIT(some_usec)));
        assert_true(row.sample.at_usec == row.at_usec && row.sample.stat_at_usec == row.at_usec);
        assert_true(row.limits.values[PL_LIMIT_MAX] == PL_MIB);
        assert_true(row.limits.values[PL_LIMIT_HIGH] == PL_SIZE_MAX);
        assert_true(row.limits.values[PL_LIMIT_LOW] == 8192);
        assert_true(row.effective.values[PL_LIMIT_MAX] == 512 * PL_KIB);

        cgroup_put(&tree, "a.slice/a.service", "memory.current", "131072\n");
        rig_look();
        assert_true(rig_row("/a.slice/a.service").sample.current_bytes == 131072);
        cgroup_put(&tree, "a.slice/a.service", "memory.max", "4096\n");
        for (int i = 0; i < PL_BOARD_SLOW_EVERY; i++)
                rig_look();
        assert_true(rig_row("/a.slice/a.service").limits.values[PL_LIMIT_MAX] == 4096);
        rig_compare();
}

static void a_cgroup_that_is_made_anew_is_another(void **state)
{
        struct pl_journal_row before, after;
        struct pl_journal_act act;

        (void) state;
        if (!cgroups_have_ids(&tree))
                skip();
        rig_make("web.service");
        start();
        rig_look();
        before = rig_row("/web.service");
        rig_drop("web.service");
        rig_make("web.service");
        rig_look();
        after = rig_row("/web.service");
        assert_true(after.id != before.id && after.since_usec > before.since_usec);
        assert_int_equal(rig_acts(PL_JOURNAL_GONE, &act), 1);
        assert_true(act.workload.id == before.id);
        assert_int_equal(rig_acts(PL_JOURNAL_APPEARED, &act), 1);
        assert_true(act.workload.id == after.id);
        assert_int_equal(act.workload.reason, PL_REASON_CREATED);
        rig_recount();
        rig_compare();
}

static void who_goes_leaves_his_row_to_the_next(void **state)
{
        struct pl_journal_row row;
        struct pl_journal_act act;

        (void) state;
        rig_make("web1.service");
        start();
        rig_look();
        rig_drop("web1.service");
        rig_look();
        assert_false(rig_find("/web1.service", &row));
        assert_int_equal(rig_acts(PL_JOURNAL_GONE, &act), 1);
        assert_string_equal(act.workload.name, "web1");
        assert_string_equal(act.workload.profile_name, "web");
        assert_string_equal(act.workload.path, "/web1.service");
        assert_int_equal(act.workload.reason, PL_REASON_REMOVED);
        assert_int_equal(act.workload.profile, 0);
        rig_recount();
        rig_compare();

        rig_make("x.service");
        rig_look();
        assert_int_equal(pl_journal_read_row(&reader, 0, &row), 0);
        assert_string_equal(row.path, "/x.service");
        assert_int_equal(pl_journal_rows_used(&reader), 1);
        rig_recount();
        rig_compare();
}

/* A holder has no act: nobody asks when a slice came. */
static void a_holder_goes_without_an_act(void **state)
{
        struct pl_journal_row row;
        struct pl_journal_act act;

        (void) state;
        rig_make("a.slice");
        start();
        rig_look();
        assert_true(rig_find("/a.slice", &row));
        rig_drop("a.slice");
        rig_look();
        assert_false(rig_find("/a.slice", &row));
        assert_int_equal(rig_acts(PL_JOURNAL_GONE, &act), 0);
        rig_compare();
}

static void whether_somebody_is_in_it_is_shown(void **state)
{
        uint64_t at_usec;

        (void) state;
        rig_make("web.service");
        start();
        rig_look();
        cgroup_put(&tree, "web.service", "cgroup.events", "populated 0\nfrozen 1\n");
        rig_look();
        assert_int_equal(rig_row("/web.service").flags &
                                 (PL_CGROUP_POPULATED | PL_CGROUP_FROZEN | PL_CGROUP_PROFILE),
                         PL_CGROUP_FROZEN | PL_CGROUP_PROFILE);
        /* What is empty is looked at when the slow figures are, and not more often. */
        for (int i = 0; i < PL_BOARD_SLOW_EVERY; i++) {
                rig_look();
                at_usec = rig_row("/web.service").sample.at_usec;
                if (at_usec == rig_row("/web.service").sample.stat_at_usec && at_usec == now)
                        break;
        }
        rig_look();
        assert_true(rig_row("/web.service").sample.at_usec == at_usec);
        cgroup_put(&tree, "web.service", "cgroup.events", "populated 1\nfrozen 0\n");
        rig_look();
        assert_int_equal(rig_row("/web.service").flags & (PL_CGROUP_POPULATED | PL_CGROUP_FROZEN),
                         PL_CGROUP_POPULATED);
        assert_true(rig_row("/web.service").sample.at_usec > at_usec);
        rig_recount();
        rig_compare();
}

/* Which is told by inotify as well, between two looks. */
static void news_are_taken_between_looks(void **state)
{
        (void) state;
        if (!cgroups_have_ids(&tree))
                skip();
        start();
        if (pl_board_fd(&board) < 0)
                skip();
        rig_look();
        rig_make("web.service");
        rig_work();
        assert_string_equal(rig_row("/web.service").profile_name, "web");
        rig_drop("web.service");
        rig_work();
        rig_recount();
        assert_int_equal(board.row_count, 0);
}

static void without_a_memory_controller_there_are_no_figures(void **state)
{
        struct pl_journal_row row;

        (void) state;
        cgroup_make(&tree, "web.service");
        start();
        for (int i = 0; i < 4; i++)
                rig_look();
        row = rig_row("/web.service");
        assert_string_equal(row.profile_name, "web");
        assert_true(row.sample.at_usec == 0 && row.sample.have == 0 && row.limits.set == 0);
        assert_true(row.at_usec > 0);
        rig_compare();

        /* It gets one. */
        cgroup_put(&tree, "web.service", "memory.current", "4096\n");
        cgroup_put(&tree, "web.service", "memory.stat", memory_stat);
        rig_look();
        assert_true(rig_row("/web.service").sample.current_bytes == 4096);
        rig_compare();
}

static void figures_stay_when_they_can_be_read_no_more(void **state)
{
        static const char *const contents[] = { NULL, "", "rubbish\n", "-1\n",
                                                "99999999999999999999999\n" };
        struct pl_cgroup_sample before, after;

        (void) state;
        rig_make("web.service");
        start();
        rig_look();
        before = rig_row("/web.service").sample;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(contents); i++) {
                if (contents[i])
                        cgroup_put(&tree, "web.service", "memory.current", contents[i]);
                else
                        assert_int_equal(unlinkat(tree.fd, "web.service/memory.current", 0), 0);
                for (int look = 0; look < PL_BOARD_SLOW_EVERY; look++)
                        rig_look();
                after = rig_row("/web.service").sample;
                assert_memory_equal(&after, &before, sizeof before);
                rig_compare();
        }
        cgroup_put(&tree, "web.service", "memory.current", "4096\n");
        rig_look();
        assert_true(rig_row("/web.service").sample.current_bytes == 4096);
        rig_compare();
}

static void rename_cgroup(const char *from, const char *to)
{
        assert_int_equal(renameat(tree.fd, from, tree.fd, to), 0);
}

/* With no fd kept for it, who it is has to be asked by its path, and that is not there just then. */
static void who_could_not_be_told_is_asked_again(void **state)
{
        struct pl_journal_row row;

        (void) state;
        rig_make("web.service");
        rig_start(&(struct rig_options){ .census = { .fds_max = 1, .no_inotify = true } });
        rig_set_policy(rig_policy(web_policy));
        census_scan_all(&board.census);
        rename_cgroup("web.service", "elsewhere");
        rig_work();
        rename_cgroup("elsewhere", "web.service");
        assert_false(rig_find("/web.service", &row));
        assert_int_equal(board.row_count, 0);
        rig_look();
        assert_string_equal(rig_row("/web.service").profile_name, "web");
        rig_recount();
        rig_compare();
}

static void a_tree_that_cannot_be_opened_leaves_nothing(void **state)
{
        const struct pl_board_options options = { .roots = { place.fd, proc.fd, -1, -1 },
                                                  .logbook = &logbook,
                                                  .steps = &steps };
        struct rlimit before, none;
        int fds = test_open_fds(), r;

        (void) state;
        assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
        none = (struct rlimit){ 3, before.rlim_max };
        assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
        r = pl_board_open(&board, &options);
        assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
        assert_int_equal(r, -EMFILE);
        pl_board_close(&board);
        assert_int_equal(test_open_fds(), fds);
        rig_start(&(struct rig_options){});
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                RIG_TEST(everybody_has_a_row),
                RIG_TEST(rows_have_figures_and_limits),
                RIG_TEST(a_cgroup_that_is_made_anew_is_another),
                RIG_TEST(who_goes_leaves_his_row_to_the_next),
                RIG_TEST(a_holder_goes_without_an_act),
                RIG_TEST(whether_somebody_is_in_it_is_shown),
                RIG_TEST(news_are_taken_between_looks),
                RIG_TEST(without_a_memory_controller_there_are_no_figures),
                RIG_TEST(figures_stay_when_they_can_be_read_no_more),
                RIG_TEST(who_could_not_be_told_is_asked_again),
                RIG_TEST(a_tree_that_cannot_be_opened_leaves_nothing),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
