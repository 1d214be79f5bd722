/* SPDX-License-Identifier: Apache-2.0 */

/* What rank says of a ranking: tables and JSON are held against tests/fixtures/live/rank-NAME; and the kernel's order, asked of
 * a tree that stands in for cgroups and processes, or estimated.
 */

#include "cli/rank.h"

#include <sys/stat.h>

#include "cli/live_made.h"
#include "plimsoll/kernel/process.h"

/* ---- a ranking ---- */

/* The ids are those of made_fill_board(). */
static struct pl_journal_ranking made_ranking(void)
{
        struct pl_journal_ranking ranking = {
                .at_usec = MADE_NOW - PL_USEC_PER_SEC,
                .step = 4711,
                .count = 5,
                .candidates = {
                        { .id = 101,
                          .turn = PL_TURN_NEXT,
                          .rank = 1,
                          .order = 500,
                          .over_promise_bytes = 2150 * PL_MIB,
                          .gives_back_bytes = 2201 * PL_MIB,
                          .stays_bytes = 134 * PL_MIB },
                        { .id = 105,
                          .turn = PL_TURN_NEXT,
                          .rank = 2,
                          .leaks = 1,
                          .over_promise_bytes = 188 * PL_MIB,
                          .growth_bytes_per_sec = 24 * PL_KIB,
                          .gives_back_bytes = 350 * PL_MIB },
                        { .id = 100,
                          .turn = PL_TURN_NEXT,
                          .rank = 3,
                          .order = -500,
                          .growth_bytes_per_sec = 3 * PL_MIB,
                          .gives_back_bytes = 670 * PL_MIB },
                        { .id = 103, .turn = PL_TURN_OBSERVED, .gives_back_bytes = 96 * PL_MIB },
                        { .id = 102, .turn = PL_TURN_PROTECTED, .gives_back_bytes = 7 * PL_MIB },
                },
        };

        return ranking;
}

static void leave_as_it_is(struct pl_journal_ranking *ranking)
{
        (void) ranking;
}

static void be_short(struct pl_journal_ranking *ranking)
{
        ranking->need_bytes = 2300 * PL_MIB;
        ranking->candidates[0].turn = ranking->candidates[1].turn = PL_TURN_CHOSEN;
        ranking->candidates[2].turn = PL_TURN_TOO_SMALL;
}

static void have_nobody(struct pl_journal_ranking *ranking)
{
        ranking->candidates[0] = ranking->candidates[3];
        ranking->candidates[1] = ranking->candidates[4];
        ranking->count = 2;
}

/* Before the daemon knows of anybody. */
static void be_empty(struct pl_journal_ranking *ranking)
{
        ranking->count = 0;
}

/* Whoever is at its head went since. */
static void have_one_that_is_gone(struct pl_journal_ranking *ranking)
{
        ranking->candidates[0].id = 31415926535;
}

static void be_impossible(struct pl_journal_ranking *ranking)
{
        memset(ranking->candidates, 0xFF, sizeof ranking->candidates);
        ranking->count = PL_CANDIDATES_MAX;
        ranking->need_bytes = ranking->step = UINT64_MAX;
        for (uint32_t i = 0; i < PL_CANDIDATES_MAX; i++)
                ranking->candidates[i].rank = i < 40 ? i + 1 : 7;
        ranking->candidates[3].id = 105;
}

static const struct golden {
        const char *name;
        void (*change)(struct pl_journal_ranking *ranking);
        struct pl_rank_request request;
        bool ascii, json;
} goldens[] = {
        { "plain", leave_as_it_is, {}, false, false },
        { "ascii", leave_as_it_is, {}, true, false },
        { "wide", leave_as_it_is, { .columns = 120, .all = true }, false, false },
        { "all", leave_as_it_is, { .all = true }, false, false },
        { "json", leave_as_it_is, { .all = true }, false, true },
        { "names", leave_as_it_is, { .name_count = 3, .ids = { 100, 102, 104 } }, false, false },
        { "short", be_short, {}, false, false },
        { "nobody", have_nobody, {}, false, false },
        { "empty", be_empty, {}, false, false },
        { "gone", have_one_that_is_gone, {}, false, false },
        { "impossible", be_impossible, { .all = true }, false, false },
        { "impossible-json", be_impossible, { .all = true }, false, true },
};

static void fill(struct made *made, void (*change)(struct pl_journal_ranking *ranking))
{
        struct pl_journal_ranking ranking = made_ranking();
        struct pl_journal_row row = made_row(107, PL_WORKLOAD_CONTAINER, PL_RUNTIME_DOCKER, NULL,
                                             "unranked", MADE_ID("0a3d"), "/docker/unranked");

        change(&ranking);
        made_fill_all(made);
        made_fill(&row, 5 * PL_MIB, 0);
        made_put(made, &row);
        pl_journal_put_ranking(&made->writer, &ranking);
}

static void say(struct pl_cli *cli, const struct made *made, const struct pl_roots *roots,
                const struct pl_rank_request *request)
{
        struct pl_rank_board board;
        struct pl_live live;

        made_look(made, &live);
        assert_int_equal(pl_rank_open(&live, roots, &board), 0);
        assert_int_equal(pl_rank_answer(cli, &board, request), PL_CLI_FINE);
        pl_rank_close(&board);
        pl_live_close(&live);
}

static void each_ranking_looks_as_it_should(void **state)
{
        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(goldens); i++) {
                const struct golden *golden = &goldens[i];
                struct pl_cli *cli;
                struct made made;
                char name[64];

                made_open(&made, PL_JOURNAL_BYTES_MIN);
                fill(&made, golden->change);
                cli = made_cli_begin(golden->ascii ? made_ascii : made_unicode);
                cli->json = golden->json;
                say(cli, &made, NULL, &golden->request);
                (void) snprintf(name, sizeof name, "rank-%s", golden->name);
                made_compare(name);
                made_close(&made);
        }
}

static void without_a_ranking_it_says_so(void **state)
{
        struct pl_rank_board board;
        struct pl_live live;
        struct made made;

        (void) state;
        made_open(&made, PL_JOURNAL_BYTES_MIN);
        made_fill_all(&made);
        made_look(&made, &live);
        assert_int_equal(pl_rank_open(&live, NULL, &board), PL_JOURNAL_E_EMPTY);
        pl_rank_close(&board);
        pl_live_close(&live);
        made_close(&made);
}

/* ---- why, of two ---- */

static const struct {
        const char *name;
        struct pl_candidate ours, kernels;
        const char *why;
} reasons[] = {
        { "order",
          { .rank = 1, .order = 500 },
          { .rank = 2, .order = -5, .over_promise_bytes = 1 },
          "here the order comes first, +500 against -5" },
        { "promise",
          { .rank = 1, .over_promise_bytes = 1 },
          { .rank = 2, .leaks = 1, .gives_back_bytes = PL_GIB },
          "here those above what they were promised come first, and only the former is" },
        { "leaks",
          { .rank = 1, .over_promise_bytes = 1, .leaks = 1 },
          { .rank = 2, .over_promise_bytes = 9, .growth_bytes_per_sec = PL_GIB },
          "here those that leak for certain come first" },
        { "growth",
          { .rank = 1, .growth_bytes_per_sec = 4 * PL_MIB, .gives_back_bytes = 2 },
          { .rank = 2, .growth_bytes_per_sec = 2 * PL_MIB, .gives_back_bytes = 1 },
          "here those that grow faster come first, 4.00 MiB/s against 2.00 MiB/s" },
        { "growth, and less to give back",
          { .rank = 1, .growth_bytes_per_sec = 4 * PL_MIB },
          { .rank = 2, .growth_bytes_per_sec = 3 * PL_MIB, .gives_back_bytes = 1 },
          "here those that grow faster come first, 4.00 MiB/s against 3.00 MiB/s" },
        { "hardly any growth",
          { .rank = 1, .growth_bytes_per_sec = 5, .gives_back_bytes = PL_GIB },
          { .rank = 2, .gives_back_bytes = PL_MIB },
          "here it counts what all processes of a workload give back, 1.00 GiB against 1.00 MiB" },
        { "alike",
          { .rank = 1 },
          { .rank = 2 },
          "here they are alike, and the one that was made later goes first" },
        { "protected",
          { .rank = 1, .order = 500 },
          { .turn = PL_TURN_PROTECTED },
          "here that is protected" },
        { "of a later version",
          { .rank = 1 },
          { .turn = 4711 },
          "here that is not taken, for a reason of a later version" },
};

static void the_rule_that_decides_is_named(void **state)
{
        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(reasons); i++) {
                struct pl_rank_entry ours = { .candidate = reasons[i].ours,
                                              .score = 700,
                                              .name = "a\x1B" };
                struct pl_rank_entry kernels = { .candidate = reasons[i].kernels,
                                                 .score = 900,
                                                 .name = "b" };
                char buffer[512], wanted[512];
                struct pl_text text;

                if (kernels.candidate.rank > 0)
                        kernels.candidate.turn = PL_TURN_NEXT;
                pl_text_init(&text, buffer, sizeof buffer);
                pl_rank_add_why(&text, made_unicode, &ours, &kernels);
                (void) snprintf(wanted, sizeof wanted,
                                "it would take b (oom_score 900) before a? (700): %s",
                                reasons[i].why);
                if (strcmp(buffer, wanted) != 0)
                        fail_msg("row \"%s\": %s", reasons[i].name, buffer);
        }
}

static void by_what_it_is_protected_is_told_as_far_as_a_row_goes(void **state)
{
        static const struct {
                struct pl_journal_row row;
                const char *words;
        } rows[] = {
                { { .unit = "init.scope" }, "nothing goes on without it" },
                { { .unit = "plimsolld.service" }, "nothing goes on without it" },
                { { .flags = PL_CGROUP_PROFILE, .order = -1000 }, "by its profile" },
                { { .flags = PL_CGROUP_PROFILE, .order = -500 }, "by the policy or by an order" },
                { { .order = -1000 }, "by the policy or by an order" },
        };

        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(rows); i++)
                assert_row(rows[i].words,
                           strstr(pl_rank_reason(PL_TURN_PROTECTED, &rows[i].row), rows[i].words));
        assert_string_equal(pl_rank_reason(PL_TURN_PROTECTED, NULL), "protected");
        assert_string_equal(pl_rank_reason(PL_TURN_EMPTY, &rows[0].row), "nobody is in it");
}

static void a_unit_of_the_system_is_told_from_others(void **state)
{
        struct pl_journal_row row = { .flags = PL_CGROUP_SYSTEM };
        const struct pl_rank_entry ours = { .candidate = { .rank = 1 } };
        const struct pl_rank_entry kernels = { .candidate = { .rank = 2, .turn = PL_TURN_NEXT },
                                               .row = &row };
        char buffer[512];
        struct pl_text text;

        (void) state;
        for (int i = 0; i < 3; i++) {
                row.flags = PL_CGROUP_SYSTEM | (i == 1 ? (uint32_t) PL_CGROUP_PROFILE : 0);
                row.score_adj = i == 2 ? 1 : 0;
                pl_text_init(&text, buffer, sizeof buffer);
                pl_rank_add_why(&text, made_unicode, &ours, &kernels);
                assert_true((strstr(buffer, "a unit of the system") != NULL) == (i == 0));
        }
}

static void every_turn_has_words(void **state)
{
        (void) state;
        for (uint32_t i = 0; i < PL_TURNS; i++) {
                assert_non_null(pl_rank_turn_sentence(i));
                assert_non_null(pl_rank_turn_words((enum pl_turn) i));
        }
        assert_null(pl_rank_turn_sentence(PL_TURNS));
        assert_null(pl_rank_turn_sentence(UINT32_MAX));
}

/* ---- the kernel's order ---- */

static void an_estimate_is_what_the_kernel_would_make_of_one_process(void **state)
{
        static const struct {
                const char *name;
                uint64_t anon_bytes, swap_bytes;
                int32_t score_adj;
                uint64_t score;
        } rows[] = {
                /* Measured on 6.1: nothing at 0 has 667 or 666, at 1000 1334 or 1333. */
                { "nothing", 0, 0, 0, 666 },
                { "nothing at the top", 0, 0, 1000, 1333 },
                { "nothing at -500", 0, 0, -500, 333 },
                { "nothing at -999", 0, 0, -999, 0 },
                { "never", 16 * PL_GIB, 0, -1000, 0 },
                { "half of all", 10 * PL_GIB, 0, 0, 1000 },
                { "half of it in swap", 6 * PL_GIB, 4 * PL_GIB, 0, 1000 },
                { "all", 16 * PL_GIB, 4 * PL_GIB, 1000, 2000 },
                { "more than there is", UINT64_MAX, UINT64_MAX, 0, 1333 },
        };
        struct pl_host_sample host = { .have = UINT64_MAX,
                                       .total_bytes = 16 * PL_GIB,
                                       .swap_total_bytes = 4 * PL_GIB };
        struct pl_journal_row row;
        uint64_t score;

        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(rows); i++) {
                row = made_row(1, PL_WORKLOAD_PLAIN, -1, NULL, "a", "a", "/a");
                made_fill(&row, 0, rows[i].swap_bytes);
                row.sample.anon_bytes = rows[i].anon_bytes;
                row.score_adj = rows[i].score_adj;
                assert_row(rows[i].name, pl_rank_estimate(&host, &row, &score));
                assert_row(rows[i].name, score == rows[i].score);
        }
        row.flags &= ~(uint32_t) PL_CGROUP_SCORE_KNOWN;
        assert_false(pl_rank_estimate(&host, &row, &score));
        row.flags |= PL_CGROUP_SCORE_KNOWN;
        row.flags &= ~(uint32_t) PL_CGROUP_POPULATED;
        assert_false(pl_rank_estimate(&host, &row, &score));
        row.flags |= PL_CGROUP_POPULATED;
        row.sample.have = 0;
        assert_false(pl_rank_estimate(&host, &row, &score));
        row.sample.have = PL_CGROUP_BIT(current_bytes);
        assert_true(pl_rank_estimate(&host, &row, &score));
        host.total_bytes = 0;
        assert_false(pl_rank_estimate(&host, &row, &score));
}

/* A tree of cgroups and one of processes, beside the journal. */
struct tree {
        struct made made;
        struct pl_roots roots;
        struct pl_journal_ranking ranking;
};

static const char *const tree_directories[] = {
        "cgroup",        "cgroup/many", "cgroup/many/inner", "cgroup/one",
        "cgroup/guests", "cgroup/free", "cgroup/other",      "proc",
        "proc/10",       "proc/11",     "proc/12",           "proc/20",
        "proc/30",
};

static const struct {
        const char *path, *text;
} tree_files[] = {
        { "cgroup/many/cgroup.procs", "10\n" },
        { "cgroup/many/inner/cgroup.procs", "11\n12\n" },
        { "cgroup/one/cgroup.procs", "20\n21\n" },   /* of which one has just ended */
        { "cgroup/guests/cgroup.procs", "0\n30\n" }, /* of which one is of another namespace */
        { "cgroup/free/cgroup.procs", "" },
        { "cgroup/other/cgroup.procs", "10\n" },
        { "proc/10/oom_score", "667\n" },
        { "proc/11/oom_score", "900\n" },
        { "proc/12/oom_score", "0\n" },
        { "proc/20/oom_score", "900\n" },
        { "proc/30/oom_score", "1200\n" },
};

static void tree_make(struct tree *tree)
{
        const int dir_fd = tree->made.dir_fd;

        for (size_t i = 0; i < PL_ARRAY_LENGTH(tree_directories); i++)
                assert_int_equal(mkdirat(dir_fd, tree_directories[i], 0755), 0);
        for (size_t i = 0; i < PL_ARRAY_LENGTH(tree_files); i++) {
                int fd = openat(dir_fd, tree_files[i].path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);

                assert_true(fd >= 0);
                assert_int_equal(pl_fd_write_all(fd, pl_span_of(tree_files[i].text)), 0);
                (void) close(fd);
        }
        tree->roots.cgroup_fd = openat(dir_fd, "cgroup", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        tree->roots.proc_fd = openat(dir_fd, "proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        assert_true(tree->roots.cgroup_fd >= 0 && tree->roots.proc_fd >= 0);
}

/* The next in our order, by its path in the tree of cgroups; its id is another one's if that is said. */
static void tree_add(struct tree *tree, const char *path, bool is_another, enum pl_turn turn)
{
        struct pl_journal_ranking *ranking = &tree->ranking;
        struct pl_candidate *candidate = &ranking->candidates[ranking->count];
        struct pl_journal_row row = made_row(1000 + ranking->count, PL_WORKLOAD_PLAIN, -1, NULL,
                                             path + 1, path + 1, path);
        struct stat status;

        if (fstatat(tree->roots.cgroup_fd, path + 1, &status, 0) == 0 && !is_another)
                row.id = status.st_ino;
        made_fill(&row, 100 * PL_MIB, 0);
        made_put(&tree->made, &row);
        *candidate = (struct pl_candidate){ .id = row.id,
                                            .turn = turn,
                                            .rank = turn == PL_TURN_NEXT ? ranking->count + 1 : 0 };
        ranking->count++;
}

static void tree_open(struct tree *tree)
{
        const struct pl_journal_state state = made_state();
        const struct pl_journal_host host = made_host();

        *tree = (struct tree){ .ranking = { .at_usec = MADE_NOW, .step = 1 } };
        made_open(&tree->made, PL_JOURNAL_BYTES_MIN);
        pl_journal_put_state(&tree->made.writer, &state);
        pl_journal_put_host(&tree->made.writer, &host);
        pl_journal_put_heartbeat(&tree->made.writer, MADE_NOW);
        tree_make(tree);
}

static void tree_close(struct tree *tree)
{
        (void) close(tree->roots.cgroup_fd);
        (void) close(tree->roots.proc_fd);
        made_close(&tree->made);
}

static void tree_pick(struct tree *tree, struct pl_live *live, struct pl_rank_board *board,
                      struct pl_rank *rank)
{
        pl_journal_put_ranking(&tree->made.writer, &tree->ranking);
        made_look(&tree->made, live);
        assert_int_equal(pl_rank_open(live, &tree->roots, board), 0);
        assert_int_equal(pl_rank_pick(board, rank), 0);
}

static void the_kernel_is_asked_process_by_process(void **state)
{
        static const struct {
                const char *path;
                bool is_another;
                uint64_t score; /* 0: estimated */
                enum pl_rank_score from;
                uint32_t place;
        } rows[] = {
                { "/many", false, 900, PL_RANK_SCORE_READ, 2 },
                { "/one", false, 900, PL_RANK_SCORE_READ, 2 },
                { "/guests", false, 1200, PL_RANK_SCORE_ESTIMATED, 1 },
                { "/free", false, 0, PL_RANK_SCORE_ESTIMATED, 4 },
                { "/other", true, 0, PL_RANK_SCORE_ESTIMATED, 4 },
                { "/nobody", false, 0, PL_RANK_SCORE_ESTIMATED, 4 },
                { "/free/../many", true, 0, PL_RANK_SCORE_ESTIMATED, 4 },
                { "/", true, 0, PL_RANK_SCORE_ESTIMATED, 4 },
        };
        struct pl_rank_board board;
        struct pl_live live;
        struct pl_rank rank;
        struct tree tree;

        (void) state;
        tree_open(&tree);
        for (size_t i = 0; i < PL_ARRAY_LENGTH(rows); i++)
                tree_add(&tree, rows[i].path, rows[i].is_another, PL_TURN_NEXT);
        tree_pick(&tree, &live, &board, &rank);
        for (size_t i = 0; i < PL_ARRAY_LENGTH(rows); i++) {
                const struct pl_rank_entry *entry = &rank.entries[i];

                assert_row(rows[i].path, entry->score_from == rows[i].from);
                assert_row(rows[i].path, rows[i].score == 0 || entry->score == rows[i].score);
                assert_row(rows[i].path, entry->kernels == rows[i].place);
        }
        assert_true(rank.is_estimated);
        assert_ptr_equal(rank.ours, &rank.entries[0]);
        assert_ptr_equal(rank.kernels, &rank.entries[2]);
        pl_rank_done(&rank);
        pl_rank_close(&board);
        pl_live_close(&live);
        tree_close(&tree);
}

/* Alike for the kernel is no difference; who may not be taken here is one if the kernel would take him. */
static void where_the_orders_part_is_found(void **state)
{
        static const struct {
                const char *name;
                const char *paths[4];
                enum pl_turn turns[4];
                int ours, kernels; /* -1: nowhere */
        } rows[] = {
                { "the same", { "/guests", "/one", "/free" }, { 1, 1, 1 }, -1, -1 },
                { "alike", { "/one", "/many", "/free" }, { 1, 1, 1 }, -1, -1 },
                { "alike, the other way", { "/many", "/one", "/free" }, { 1, 1, 1 }, -1, -1 },
                { "the second", { "/guests", "/free", "/one" }, { 1, 1, 1 }, 1, 2 },
                { "one that may not",
                  { "/many", "/free", "/guests" },
                  { 1, 1, PL_TURN_PROTECTED },
                  0,
                  2 },
                { "one that may not, behind",
                  { "/guests", "/one", "/free" },
                  { 1, 1, PL_TURN_PROTECTED },
                  -1,
                  -1 },
        };

        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(rows); i++) {
                struct pl_rank_board board;
                struct pl_live live;
                struct pl_rank rank;
                struct tree tree;

                tree_open(&tree);
                for (size_t j = 0; rows[i].paths[j]; j++)
                        tree_add(&tree, rows[i].paths[j], false, rows[i].turns[j]);
                tree_pick(&tree, &live, &board, &rank);
                assert_row(rows[i].name,
                           (rank.ours ? rank.ours - rank.entries : -1) == rows[i].ours);
                assert_row(rows[i].name,
                           (rank.kernels ? rank.kernels - rank.entries : -1) == rows[i].kernels);
                pl_rank_done(&rank);
                pl_rank_close(&board);
                pl_live_close(&live);
                tree_close(&tree);
        }
}

/* ---- the verb ---- */

static void the_command_line_is_understood_or_not(void **state)
{
        static const struct {
                const char *name;
                const char *words[TEST_WORDS_MAX];
                enum pl_cli_exit exit_code;
        } rows[] = {
                { "all", { "--all" }, PL_CLI_NO_DAEMON },
                { "a name", { "api/web", "sshd" }, PL_CLI_NO_DAEMON },
                { "nobody's name", { "nobody" }, PL_CLI_NOT_FOUND },
                { "--at alone", { "--at=10min" }, PL_CLI_USAGE },
                { "--verify alone", { "--verify" }, PL_CLI_USAGE },
                { "two journals", { "--from=journal" }, PL_CLI_USAGE },
        };
        struct pl_journal_state stopped = made_state();
        struct made made;

        (void) state;
        made_open(&made, PL_JOURNAL_BYTES_MIN);
        fill(&made, leave_as_it_is);
        stopped.phase = PL_JOURNAL_STOPPED;
        pl_journal_put_state(&made.writer, &stopped);
        for (size_t i = 0; i < PL_ARRAY_LENGTH(rows); i++) {
                const char *words[TEST_WORDS_MAX] = { "--journal", made.path };

                memcpy(words + 2, rows[i].words, sizeof rows[i].words - 2 * sizeof *words);
                assert_row(rows[i].name, test_run(&pl_cli_verb_rank, made_ascii, words).exit_code ==
                                                 rows[i].exit_code);
        }
        made_close(&made);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(each_ranking_looks_as_it_should),
                cmocka_unit_test(without_a_ranking_it_says_so),
                cmocka_unit_test(the_rule_that_decides_is_named),
                cmocka_unit_test(by_what_it_is_protected_is_told_as_far_as_a_row_goes),
                cmocka_unit_test(a_unit_of_the_system_is_told_from_others),
                cmocka_unit_test(every_turn_has_words),
                cmocka_unit_test(an_estimate_is_what_the_kernel_would_make_of_one_process),
                cmocka_unit_test(the_kernel_is_asked_process_by_process),
                cmocka_unit_test(where_the_orders_part_is_found),
                cmocka_unit_test(the_command_line_is_understood_or_not),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
