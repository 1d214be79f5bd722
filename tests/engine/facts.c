/* SPDX-License-Identifier: Apache-2.0 */

/* What the engine makes of what it is told of cgroups: of those that it does not know, of trees that cannot be, of growth that is
 * none; and what it refuses.
 */

#include "told.h"

/* ---- samples and facts ---- */

static void before_there_are_settings_nothing_is_said(void **state)
{
        const char *told = judged("step 10s\nhost available=1MiB\nfacts a max=1GiB\n"
                                  "sample a current=1GiB anon=1GiB max=0\n"
                                  "step +1s\nhost\nsample a max=+9\n"
                                  "step +1s\nsettings\nhost available=8GiB\n");

        (void) state;
        assert_said(told, "10s\n11s\n12s host is calm");
}

static void what_is_said_of_cgroups_that_are_not_known_changes_nothing(void **state)
{
        (void) state;
        assert_string_equal(judged(WELL "facts a\ngone a\nstep +1s\nhost\nsample a current=9GiB\n"
                                        "gone a\noutcome 1 a done\nsample a current=10GiB\n"),
                            "10s host is calm; 8GiB left; look in 1s\n    order; hot\n"
                            "11s host is calm; 8GiB left; look in 1s\n    order; hot\n");
}

static void cgroups_that_would_be_in_each_other_are_in_none(void **state)
{
        const char *told = judged(WELL "facts a parent=b\nfacts b parent=a max=1GiB\n"
                                       "sample b current=1GiB anon=1GiB max=0\n"
                                       "facts a parent=a\nsample a current=1GiB\n"
                                       "step +1s\nhost\nsample b max=+9 full=+500ms\n");

        (void) state;
        assert_said(told, "#1 kill b");
        assert_not_said(told, "a next");
}

static void who_was_in_one_that_is_gone_is_in_what_that_was_in(void **state)
{
        const char *told = judged(WELL
                                  "facts top flags=-workload max=1GiB\n"
                                  "sample top current=1GiB anon=1GiB max=0\n"
                                  "facts mid parent=top flags=-workload\nfacts one parent=mid\n"
                                  "facts two parent=mid\nfacts three parent=mid\n"
                                  "sample one current=1GiB\nsample two current=2GiB\n"
                                  "gone two\ngone mid\ncheckpoint\n"
                                  "step +1s\nhost\nsample top max=+9 full=+500ms\n");

        (void) state;
        assert_said(told, "#1 kill one, order, expects 1GiB, needs 64MiB, until 21s; top is");
}

static void one_that_holds_workloads_is_none(void **state)
{
        const char *told = judged(WELL "facts a\nsample a current=1GiB\nfacts b\n"
                                       "step +1s\nhost\nfacts a flags=-workload\n"
                                       "facts b flags=-workload\n");

        (void) state;
        assert_said(told, "    order a b=unknown; hot b a\n");
        assert_said(told, "    order; hot\n");
}

static void page_cache_does_not_grow(void **state)
{
        const char *told = judged(WELL "facts reader\nsample reader current=1GiB anon=1GiB file=0\n"
                                       "facts web\nsample web current=1GiB anon=1GiB\n"
                                       "step +1s\nhost\nsample reader current=+1GiB file=+1GiB\n"
                                       "sample web current=+1MiB anon=+1MiB\n"
                                       "step +3s\nhost\nsample reader current=+3GiB file=+3GiB\n"
                                       "sample web current=+3MiB anon=+3MiB\n"
                                       "step +1s\nhost\nsample reader current=+1GiB\n");

        (void) state;
        assert_said(told, "14s host is calm; 8GiB left; look in 1s\n    order web reader;");
        /* Until memory.stat says what it is. */
        assert_said(told, "15s host is calm; 8GiB left; look in 1s\n    order reader web;");
}

/* Taken away and not noticed by memory.stat yet, it would seem to be that much more as soon as that is read. */
static void what_memory_stat_finds_out_late_does_not_grow(void **state)
{
        const char *told = judged(WELL
                                  "facts reader\nsample reader current=2GiB anon=1GiB file=1GiB\n"
                                  "facts web\nsample web current=1GiB anon=1GiB\n"
                                  "step +1s\nhost\nsample reader current=-1GiB\n"
                                  "sample web current=+1MiB anon=+1MiB\n"
                                  "step +1s\nhost\nsample reader file=-1GiB\n"
                                  "sample web current=+1MiB anon=+1MiB\n");

        (void) state;
        assert_said(told, "12s host is calm; 8GiB left; look in 1s\n    order web reader;");
}

/* By the time at which it was looked at, as much of it had come as of that time had gone. */
static void page_cache_of_before_is_not_taken_off(void **state)
{
        const char *told = judged(WELL
                                  "facts job\nsample job current=1GiB anon=1GiB file=0\n"
                                  "facts web\nsample web current=1GiB anon=1GiB\n"
                                  "step +3s\nhost\nsample job current=+3GiB\n"
                                  "sample web\n"
                                  "step +1s\nhost\nsample job current=+1GiB anon=+1GiB file=+3GiB\n"
                                  "sample web current=+600MiB anon=+600MiB\n");

        (void) state;
        /* A quarter of 3 GiB is page cache of the last second, of the 1 GiB that came in it. */
        assert_said(told, "14s host is calm; 8GiB left; look in 1s\n    order web job;");
}

/* Its own page cache makes room for it: what it uses stays the same. */
static void who_drives_out_his_own_page_cache_grows(void **state)
{
        const char *told = judged(WELL
                                  "facts hog\nsample hog current=4GiB anon=1GiB file=3GiB\n"
                                  "facts web\nsample web current=2GiB anon=2GiB\n"
                                  "step +1s\nhost\nsample hog anon=+1GiB file=-1GiB\nsample web\n");

        (void) state;
        assert_said(told, "10s host is calm; 8GiB left; look in 1s\n    order web hog;");
        assert_said(told, "11s host is calm; 8GiB left; look in 1s\n    order hog web;");
}

static void what_is_in_swap_as_well_does_not_grow(void **state)
{
        const char *told = judged(
                WELL "facts owner\nsample owner current=1GiB anon=1GiB swap=1GiB swapcached=0\n"
                     "facts web\nsample web current=1GiB anon=1GiB\n"
                     "step +1s\nhost\n"
                     "sample owner current=+512MiB anon=+512MiB swapcached=512MiB\n"
                     "sample web current=+1MiB anon=+1MiB\n");

        (void) state;
        assert_said(told, "11s host is calm; 8GiB left; look in 1s\n    order web owner;");
}

static void any_growth_counts_where_the_policy_says_so(void **state)
{
        static const char grows[] =
                "facts a\nsample a current=1GiB\nfacts b\nsample b current=2GiB\n"
                "step +1s\nhost\nsample a current=+4KiB\nsample b\n";
        struct pl_text trace = trace_begin(WELL);

        (void) state;
        pl_text_add(&trace, grows);
        assert_said_times(judged_trace(&trace), 2, "    order b a;");
        trace = trace_begin(WELL "settings growth=0\n");
        pl_text_add(&trace, grows);
        assert_said(judged_trace(&trace), "    order a b;");
}

/* ---- what the judgement is of ---- */

static void a_node_is_judged_with_its_host(void **state)
{
        struct pl_engine engine;
        struct pl_judgement judgement;
        const struct pl_update updates[] = {
                { .kind = PL_UPDATE_NODE, .id = 1 },
                { .kind = PL_UPDATE_STATE, .id = 1 },
                { .kind = PL_UPDATE_ENGINE, .id = 1 },
        };
        const struct pl_snapshot snapshot = {
                .step = 1,
                .now_usec = 1,
                .update_count = PL_ARRAY_LENGTH(updates),
                .updates = updates,
        };

        (void) state;
        assert_int_equal(pl_engine_init(&engine, 4, 1), 0);
        assert_int_equal(pl_engine_step(&engine, &snapshot, &judgement), 0);
        assert_int_equal(judgement.verdict_count, 0);
        pl_engine_done(&engine);
        pl_engine_done(&engine);
}

/* Each is refused as a whole, and the engine goes on as if it had not been. */
static void what_nobody_could_have_seen_is_refused(void **state)
{
        const struct {
                const char *row;
                uint64_t now_usec;
                struct pl_update update;
        } rows[] = {
                { "time goes back", 99, { .kind = PL_UPDATE_GONE, .id = 1 } },
                { "the host's id", 100, { .kind = PL_UPDATE_GONE } },
                { "no kind", 100, { .kind = PL_UPDATE_KINDS, .id = 1 } },
                { "two ids", 100, { .kind = PL_UPDATE_FACTS, .id = 1, .facts.id = 2 } },
                { "no answer", 100, { .id = 1, .facts = { .id = 1, .again = 3 } } },
        };
        struct pl_engine engine;
        struct pl_judgement judgement;
        struct pl_snapshot snapshot = { .step = 1, .now_usec = 100 };

        (void) state;
        assert_int_equal(pl_engine_init(&engine, 4, 1), 0);
        assert_int_equal(pl_engine_step(&engine, &snapshot, &judgement), 0);
        for (size_t i = 0; i < PL_ARRAY_LENGTH(rows); i++) {
                snapshot.step = 2 + i;
                snapshot.now_usec = rows[i].now_usec;
                snapshot.update_count = 1;
                snapshot.updates = &rows[i].update;
                assert_row(rows[i].row,
                           pl_engine_step(&engine, &snapshot, &judgement) == PL_ENGINE_E_BAD);
                assert_row(rows[i].row, judgement.step == 2 + i && judgement.decision_count == 0);
        }
        assert_int_equal(engine.memory.step, 1);
        pl_engine_done(&engine);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(before_there_are_settings_nothing_is_said),
                cmocka_unit_test(what_is_said_of_cgroups_that_are_not_known_changes_nothing),
                cmocka_unit_test(cgroups_that_would_be_in_each_other_are_in_none),
                cmocka_unit_test(who_was_in_one_that_is_gone_is_in_what_that_was_in),
                cmocka_unit_test(one_that_holds_workloads_is_none),
                cmocka_unit_test(page_cache_does_not_grow),
                cmocka_unit_test(what_memory_stat_finds_out_late_does_not_grow),
                cmocka_unit_test(page_cache_of_before_is_not_taken_off),
                cmocka_unit_test(who_drives_out_his_own_page_cache_grows),
                cmocka_unit_test(what_is_in_swap_as_well_does_not_grow),
                cmocka_unit_test(any_growth_counts_where_the_policy_says_so),
                cmocka_unit_test(a_node_is_judged_with_its_host),
                cmocka_unit_test(what_nobody_could_have_seen_is_refused),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
