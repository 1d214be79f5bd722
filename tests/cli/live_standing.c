/* SPDX-License-Identifier: Apache-2.0 */

/* Each way a limit can stand: whether that is as wanted, and what is said of it. */

#include "cli/live_standing.h"

#include "cli/diff_made.h"

/* A memory.max of 2 GiB that is wanted, and whether its file has it. */
static const struct standing {
        const char *name;
        enum pl_limit limit;
        enum pl_limit_state state;
        enum pl_limit_cause cause;
        bool has_value;
        enum pl_standing_verdict verdict;
        const char *words;
} standings[] = {
        { "unset", PL_LIMIT_MAX, PL_LIMIT_UNSET, PL_CAUSE_NONE, false, PL_STANDING_DIFFERS,
          "not looked at yet" },
        { "in force", PL_LIMIT_MAX, PL_LIMIT_IN_FORCE, PL_CAUSE_NONE, true, PL_STANDING_FINE,
          "in force" },
        { "in force no more", PL_LIMIT_MAX, PL_LIMIT_IN_FORCE, PL_CAUSE_NONE, false,
          PL_STANDING_DIFFERS, "in force until a moment ago" },
        { "swap drains", PL_LIMIT_SWAP_MAX, PL_LIMIT_IN_FORCE, PL_CAUSE_DRAINS, true,
          PL_STANDING_FINE, "in force: 80.0 MiB in swap, which leaves slowly" },
        { "ordered", PL_LIMIT_MAX, PL_LIMIT_ORDERED, PL_CAUSE_NONE, false, PL_STANDING_DIFFERS,
          "on its way" },
        { "late", PL_LIMIT_MAX, PL_LIMIT_ORDERED, PL_CAUSE_LATE, false, PL_STANDING_DIFFERS,
          "on its way: a write has not come back, and nothing more is written until it does" },
        { "lowering", PL_LIMIT_MAX, PL_LIMIT_LOWERING, PL_CAUSE_USE, false, PL_STANDING_DIFFERS,
          "lowering, now 3.00 GiB: 1.20 GiB in use" },
        { "waits for use", PL_LIMIT_MAX, PL_LIMIT_WAITING, PL_CAUSE_USE, false, PL_STANDING_DIFFERS,
          "waits: 1.20 GiB in use" },
        { "would oom", PL_LIMIT_MAX, PL_LIMIT_WAITING, PL_CAUSE_WOULD_OOM, false,
          PL_STANDING_DIFFERS, "waits: 1.20 GiB in use, of which 999 MiB cannot be reclaimed" },
        { "pushed in vain", PL_LIMIT_MAX, PL_LIMIT_WAITING, PL_CAUSE_NO_EFFECT, false,
          PL_STANDING_DIFFERS,
          "waits: it was pressed, and its use did not fall; again after a rest" },
        { "max without swap", PL_LIMIT_MAX, PL_LIMIT_WAITING, PL_CAUSE_NO_SWAP, false,
          PL_STANDING_DIFFERS, "waits: more is in use, and without swap nothing may press it out" },
        { "high without swap", PL_LIMIT_HIGH, PL_LIMIT_WAITING, PL_CAUSE_NO_SWAP, false,
          PL_STANDING_LEFT, "held back: without swap it would bring the workload to a standstill" },
        { "behind", PL_LIMIT_MAX, PL_LIMIT_WAITING, PL_CAUSE_BEHIND, false, PL_STANDING_DIFFERS,
          "waits: another limit has to be in force first" },
        { "busy", PL_LIMIT_MAX, PL_LIMIT_RETRYING, PL_CAUSE_BUSY, false, PL_STANDING_DIFFERS,
          "tried again soon: the kernel or systemd was busy" },
        { "denied", PL_LIMIT_MAX, PL_LIMIT_REFUSED, PL_CAUSE_DENIED, false, PL_STANDING_DIFFERS,
          "refused, tried again seldom: not permitted, or mounted read-only" },
        { "invalid", PL_LIMIT_MAX, PL_LIMIT_REFUSED, PL_CAUSE_INVALID, false, PL_STANDING_DIFFERS,
          "refused, tried again seldom: the kernel does not take this value" },
        { "file gone", PL_LIMIT_MAX, PL_LIMIT_REFUSED, PL_CAUSE_FILE_ABSENT, false,
          PL_STANDING_DIFFERS, "refused, tried again seldom: there is no such file" },
        { "failed", PL_LIMIT_MAX, PL_LIMIT_REFUSED, PL_CAUSE_FAILED, false, PL_STANDING_DIFFERS,
          "refused, tried again seldom: the write failed" },
        { "zero", PL_LIMIT_MAX, PL_LIMIT_REFUSED, PL_CAUSE_ZERO, false, PL_STANDING_DIFFERS,
          "refused, tried again seldom: 0 is never written, for nothing could run with it" },
        { "contended", PL_LIMIT_MAX, PL_LIMIT_CONTENDED, PL_CAUSE_NONE, false, PL_STANDING_DIFFERS,
          "somebody else sets it again and again: standing back" },
        { "left with an alarm", PL_LIMIT_MAX, PL_LIMIT_LEFT, PL_CAUSE_ALARM, false,
          PL_STANDING_DIFFERS,
          "left as somebody else has set it: the profile's drift is \"alarm\"" },
        { "yielded", PL_LIMIT_MAX, PL_LIMIT_LEFT, PL_CAUSE_YIELD, false, PL_STANDING_LEFT,
          "left as somebody else has set it: the profile's drift is \"yield\"" },
        { "yielded, and the same", PL_LIMIT_MAX, PL_LIMIT_LEFT, PL_CAUSE_YIELD, true,
          PL_STANDING_FINE, "left as somebody else has set it: the profile's drift is \"yield\"" },
        { "absent", PL_LIMIT_MAX, PL_LIMIT_ABSENT, PL_CAUSE_NONE, false, PL_STANDING_LEFT,
          "this kernel has no such file" },
        { "gone", PL_LIMIT_MAX, PL_LIMIT_ABSENT, PL_CAUSE_GONE, false, PL_STANDING_LEFT,
          "its cgroup is gone" },
        { "observed", PL_LIMIT_MAX, PL_LIMIT_OBSERVED, PL_CAUSE_NONE, false, PL_STANDING_LEFT,
          "only observed" },
        { "observed, and the same", PL_LIMIT_MAX, PL_LIMIT_OBSERVED, PL_CAUSE_NONE, true,
          PL_STANDING_FINE, "as wanted, and only observed" },
        { "paused", PL_LIMIT_MAX, PL_LIMIT_OBSERVED, PL_CAUSE_PAUSED, false, PL_STANDING_DIFFERS,
          "paused by an order" },
        { "paused, and the same", PL_LIMIT_MAX, PL_LIMIT_OBSERVED, PL_CAUSE_PAUSED, true,
          PL_STANDING_FINE, "as wanted, and paused by an order" },
        { "of tomorrow", PL_LIMIT_MAX, PL_LIMIT_STATES, PL_CAUSES, false, PL_STANDING_DIFFERS,
          "not known" },
};

static struct pl_journal_row row_of(const struct standing *standing)
{
        struct pl_journal_row row = made_governed(7, "api", "a", PL_BACKEND_DIRECT, 1229 * PL_MIB);
        uint64_t value = standing->has_value ? 2 * PL_GIB : 3 * PL_GIB;

        row.parent_id = 0;
        made_limit(&row, PL_LIMIT_SWAP_MAX, 0, 0);
        row.sample.swap_bytes = 80 * PL_MIB;
        made_limit(&row, standing->limit, value, value);
        if (standing->limit != PL_LIMIT_SWAP_MAX)
                row.effective.values[PL_LIMIT_SWAP_MAX] = 0;
        made_stand(&row, standing->limit, 2 * PL_GIB, standing->state, standing->cause);
        return row;
}

static const char *words_of(const struct pl_standing_board *board, const struct pl_journal_row *row,
                            unsigned item)
{
        static struct pl_live_sentence sentence;

        pl_standing_add_words(pl_live_begin(&sentence), made_unicode, board, row, item);
        return sentence.buffer;
}

static void each_standing_is_judged_and_said(void **state)
{
        struct pl_standing_board board;
        struct pl_live live;
        struct made made;

        (void) state;
        made_stand_begin(&made, &live, &board);
        for (size_t i = 0; i < PL_ARRAY_LENGTH(standings); i++) {
                const struct pl_journal_row row = row_of(&standings[i]);
                const char *words = words_of(&board, &row, standings[i].limit);

                assert_row(standings[i].name, pl_standing_judge(&live, &row, standings[i].limit) ==
                                                      standings[i].verdict);
                assert_row(standings[i].name,
                           pl_standing_judge_all(&live, &row) == standings[i].verdict);
                if (strcmp(words, standings[i].words) != 0)
                        fail_msg("row \"%s\": \"%s\"", standings[i].name, words);
        }
        made_stand_end(&made, &live, &board);
}

static void what_systemd_does_not_know_is_no_difference(void **state)
{
        struct pl_journal_row row = row_of(&standings[0]);
        struct pl_standing_board board;
        struct pl_live live;
        struct made made;

        (void) state;
        made_stand_begin(&made, &live, &board);
        row.standing.states[PL_STANDING_UNIT] = PL_LIMIT_REFUSED;
        row.standing.causes[PL_STANDING_UNIT] = PL_CAUSE_FILE_ABSENT;
        assert_int_equal(pl_standing_judge(&live, &row, PL_STANDING_UNIT), PL_STANDING_LEFT);
        assert_string_equal(words_of(&board, &row, PL_STANDING_UNIT),
                            "refused, tried again seldom: systemd knows no such unit or property");
        row.standing.causes[PL_STANDING_UNIT] = PL_CAUSE_INVALID;
        assert_int_equal(pl_standing_judge(&live, &row, PL_STANDING_UNIT), PL_STANDING_DIFFERS);
        made_stand_end(&made, &live, &board);
}

/* Whatever the daemon says, there is a sentence: no two states say the same of a cause, and none is empty. */
static void every_state_goes_with_every_cause(void **state)
{
        struct pl_standing_board board;
        struct pl_live live;
        struct made made;

        (void) state;
        made_stand_begin(&made, &live, &board);
        for (unsigned item = 0; item <= PL_STANDING_UNIT; item++)
                for (unsigned i = 0; i <= UINT8_MAX; i++)
                        for (unsigned j = 0; j <= PL_CAUSES; j++) {
                                struct pl_journal_row row = row_of(&standings[0]);

                                row.standing.governed |= UINT32_C(1) << item;
                                row.standing.states[item] = (uint8_t) i;
                                row.standing.causes[item] = (uint8_t) j;
                                assert_int_not_equal(words_of(&board, &row, item)[0], '\0');
                                assert_true(pl_standing_judge(&live, &row, item) !=
                                                    PL_STANDING_NONE ||
                                            (item == PL_STANDING_UNIT && i == PL_LIMIT_UNSET));
                        }
        made_stand_end(&made, &live, &board);
}

static const struct {
        const char *name;
        uint64_t wanted, actual;
        enum pl_standing_verdict verdict;
} values[] = {
        { "the same", 2 * PL_GIB, 2 * PL_GIB, PL_STANDING_FINE },
        { "the same pages", 2 * PL_GIB + 4095, 2 * PL_GIB, PL_STANDING_FINE },
        { "a page less", 2 * PL_GIB, 2 * PL_GIB - 1, PL_STANDING_DIFFERS },
        { "as good as none", UINT64_C(1) << 63, PL_SIZE_MAX, PL_STANDING_FINE },
        { "none and some", PL_SIZE_MAX, (UINT64_C(1) << 63) - 1, PL_STANDING_DIFFERS },
        { "nothing", 0, 0, PL_STANDING_FINE },
};

static void values_are_compared_by_whole_pages(void **state)
{
        struct pl_live live;
        struct made made;

        (void) state;
        made_open(&made, PL_JOURNAL_BYTES_MIN);
        made_fill_standings(&made);
        made_look(&made, &live);
        for (size_t i = 0; i < PL_ARRAY_LENGTH(values); i++) {
                struct pl_journal_row row = row_of(&standings[1]);

                live.reader.header.page_bytes = 4096;
                row.limits.values[PL_LIMIT_MAX] = values[i].actual;
                row.standing.targets[PL_LIMIT_MAX] = values[i].wanted;
                assert_row(values[i].name,
                           pl_standing_judge(&live, &row, PL_LIMIT_MAX) == values[i].verdict);
                live.reader.header.page_bytes = 0; /* of a journal that somebody made */
                (void) pl_standing_judge(&live, &row, PL_LIMIT_MAX);
        }
        /* A switch has no pages; what was not read is believed. */
        struct pl_journal_row row = row_of(&standings[1]);

        live.reader.header.page_bytes = 4096;
        made_hold(&row, PL_LIMIT_OOM_GROUP, 1);
        row.limits.values[PL_LIMIT_OOM_GROUP] = 0;
        assert_int_equal(pl_standing_judge(&live, &row, PL_LIMIT_OOM_GROUP), PL_STANDING_DIFFERS);
        row.limits.set = 0;
        assert_int_equal(pl_standing_judge(&live, &row, PL_LIMIT_OOM_GROUP), PL_STANDING_FINE);
        pl_live_close(&live);
        made_close(&made);
}

/* ---- score and swappiness ---- */

static const struct {
        const char *name;
        uint32_t all, adjusted, own;
        enum pl_standing_mode mode;
        enum pl_standing_verdict verdict;
        const char *words;
} scores[] = {
        { "not swept", 0, 0, 0, PL_STANDING_APPLIED, PL_STANDING_DIFFERS, "not looked at yet" },
        { "not swept, and observed", 0, 0, 0, PL_STANDING_OBSERVED, PL_STANDING_LEFT,
          "not looked at yet" },
        { "one", 1, 1, 0, PL_STANDING_APPLIED, PL_STANDING_FINE, "1 process has it" },
        { "all", 14, 14, 0, PL_STANDING_APPLIED, PL_STANDING_FINE, "14 processes have it" },
        { "own", 14, 12, 2, PL_STANDING_APPLIED, PL_STANDING_FINE,
          "12 of 14 processes have it, 2 have set their own and keep it" },
        { "missing", 14, 12, 1, PL_STANDING_APPLIED, PL_STANDING_DIFFERS,
          "12 of 14 processes have it, 1 has set its own and keeps it, 1 not yet" },
        { "observed", 14, 0, 0, PL_STANDING_OBSERVED, PL_STANDING_LEFT,
          "0 of 14 processes have it, 14 not yet" },
        { "paused", 14, 0, 0, PL_STANDING_PAUSED, PL_STANDING_DIFFERS,
          "0 of 14 processes have it, 14 not yet" },
        { "still ours", 14, 3, 2, PL_STANDING_RESTORED, PL_STANDING_DIFFERS,
          "3 of 14 processes still have plimsolld's" },
        { "all still ours", 1, 1, 0, PL_STANDING_RESTORED, PL_STANDING_DIFFERS,
          "1 process still has plimsolld's" },
        { "back", 14, 0, 2, PL_STANDING_RESTORED, PL_STANDING_NONE,
          "no process has plimsolld's any more" },
        { "impossible", 1, UINT32_MAX, UINT32_MAX, PL_STANDING_APPLIED, PL_STANDING_FINE,
          "4294967295 of 1 process has it, 4294967295 have set their own and keep it" },
};

static void scores_are_counted_by_process(void **state)
{
        struct pl_standing_board board;
        struct pl_live live;
        struct made made;

        (void) state;
        made_stand_begin(&made, &live, &board);
        for (size_t i = 0; i < PL_ARRAY_LENGTH(scores); i++) {
                struct pl_journal_row row = row_of(&standings[1]);

                assert_int_equal(pl_standing_judge(&live, &row, PL_STANDING_SCORE_ADJ),
                                 PL_STANDING_NONE);
                row.standing.has_score_adj = 1;
                row.standing.process_count = scores[i].all;
                row.standing.adjusted_count = scores[i].adjusted;
                row.standing.own_count = scores[i].own;
                row.standing.mode = (uint8_t) scores[i].mode;
                assert_row(scores[i].name, pl_standing_judge(&live, &row, PL_STANDING_SCORE_ADJ) ==
                                                   scores[i].verdict);
                assert_row(scores[i].name, strcmp(words_of(&board, &row, PL_STANDING_SCORE_ADJ),
                                                  scores[i].words) == 0);
        }
        made_stand_end(&made, &live, &board);
}

static void without_processes_there_is_no_score_to_set(void **state)
{
        struct pl_standing_board board;
        struct pl_live live;
        struct made made;
        struct pl_journal_row row = row_of(&standings[1]);

        (void) state;
        made_stand_begin(&made, &live, &board);
        row.flags &= ~(uint32_t) PL_CGROUP_POPULATED;
        row.standing.has_score_adj = 1;
        assert_int_equal(pl_standing_judge(&live, &row, PL_STANDING_SCORE_ADJ), PL_STANDING_FINE);
        assert_string_equal(words_of(&board, &row, PL_STANDING_SCORE_ADJ), "no process");
        made_stand_end(&made, &live, &board);
}

/* Without a profile, or with one that wants none: what a former one wanted is still to be taken back. */
static void a_score_is_taken_back_that_nobody_wants(void **state)
{
        struct pl_standing_board board;
        struct pl_live live;
        struct made made;
        struct pl_journal_row row = row_of(&standings[1]);

        (void) state;
        made_stand_begin(&made, &live, &board);
        row.standing.process_count = row.standing.adjusted_count = 2;
        row.standing.swappiness = PL_SWAPPINESS_EXACT;
        row.standing.mode = PL_STANDING_RESTORED;
        assert_int_equal(pl_standing_judge(&live, &row, PL_STANDING_SCORE_ADJ),
                         PL_STANDING_DIFFERS);
        assert_int_equal(pl_standing_judge(&live, &row, PL_STANDING_SWAPPINESS), PL_STANDING_NONE);
        made_stand_end(&made, &live, &board);
}

static const struct {
        uint8_t means;
        enum pl_standing_verdict verdict;
        const char *words;
} swappinesses[] = {
        { PL_SWAPPINESS_UNSET, PL_STANDING_NONE, "not known" },
        { PL_SWAPPINESS_EXACT, PL_STANDING_FINE, "exact: it is that of vm.swappiness" },
        { PL_SWAPPINESS_SWAP_MAX, PL_STANDING_FINE, "approximated by memory.swap.max=0" },
        { PL_SWAPPINESS_RECLAIM, PL_STANDING_FINE,
          "approximated: by memory.reclaim only, else vm.swappiness (60) counts" },
        { PL_SWAPPINESS_NONE, PL_STANDING_LEFT, "none: vm.swappiness (60) counts" },
        { PL_SWAPPINESS_MEANS, PL_STANDING_FINE, "not known" },
};

static void swappiness_says_by_what_means(void **state)
{
        struct pl_standing_board board;
        struct pl_live live;
        struct made made;

        (void) state;
        made_stand_begin(&made, &live, &board);
        for (size_t i = 0; i < PL_ARRAY_LENGTH(swappinesses); i++) {
                struct pl_journal_row row = row_of(&standings[1]);

                row.standing.swappiness = swappinesses[i].means;
                assert_int_equal(pl_standing_judge(&live, &row, PL_STANDING_SWAPPINESS),
                                 swappinesses[i].verdict);
                assert_string_equal(words_of(&board, &row, PL_STANDING_SWAPPINESS),
                                    swappinesses[i].words);
        }
        made_stand_end(&made, &live, &board);
}

/* ---- a rehearsal ---- */

/* A memory.max of 2 GiB, of somebody who uses 1.2 GiB unless that is said otherwise; and what was only observed of it. */
static const struct {
        const char *name;
        enum pl_backend backend;
        uint32_t flags;
        bool is_read, has_value;
        uint64_t current_bytes;
        enum pl_standing_verdict verdict;
        const char *words;
} rehearsals[] = {
        { "another value", PL_BACKEND_DIRECT, 0, true, false, PL_GIB, PL_STANDING_DIFFERS,
          "would be set" },
        { "of a unit", PL_BACKEND_UNIT, 0, true, false, PL_GIB, PL_STANDING_DIFFERS,
          "would be set" },
        { "below the use", PL_BACKEND_DIRECT, 0, true, false, 5 * PL_GIB / 2, PL_STANDING_DIFFERS,
          "would be lowered in steps" },
        { "the same", PL_BACKEND_DIRECT, 0, true, true, PL_GIB, PL_STANDING_FINE, "in force" },
        { "no such file", PL_BACKEND_DIRECT, 0, false, false, PL_GIB, PL_STANDING_LEFT,
          "this kernel has no such file" },
        { "observed", PL_BACKEND_OBSERVED, 0, true, false, PL_GIB, PL_STANDING_LEFT,
          "only observed" },
        { "paused", PL_BACKEND_DIRECT, PL_CGROUP_PAUSED, true, false, PL_GIB, PL_STANDING_LEFT,
          "only observed" },
        { "restored", PL_BACKEND_DIRECT, PL_CGROUP_RESTORED, true, false, PL_GIB, PL_STANDING_LEFT,
          "only observed" },
};

static void a_rehearsal_says_what_would_be_set(void **state)
{
        struct pl_standing_board board;
        struct pl_live live;
        struct made made;

        (void) state;
        made_stand_begin(&made, &live, &board);
        for (size_t i = 0; i < PL_ARRAY_LENGTH(rehearsals); i++) {
                struct pl_journal_row *row = &board.rows[0];
                const struct standing standing = { .limit = PL_LIMIT_MAX,
                                                   .state = PL_LIMIT_OBSERVED,
                                                   .has_value = rehearsals[i].has_value };

                *row = row_of(&standing);
                row->standing.mode = PL_STANDING_OBSERVED;
                row->standing.backend = (uint8_t) rehearsals[i].backend;
                row->flags |= rehearsals[i].flags;
                row->sample.current_bytes = rehearsals[i].current_bytes;
                if (!rehearsals[i].is_read)
                        row->limits.set = 0;
                pl_standing_rehearse(&board);
                assert_row(rehearsals[i].name,
                           pl_standing_judge_all(&live, row) == rehearsals[i].verdict);
                if (strcmp(words_of(&board, row, PL_LIMIT_MAX), rehearsals[i].words) != 0)
                        fail_msg("row \"%s\": \"%s\"", rehearsals[i].name,
                                 words_of(&board, row, PL_LIMIT_MAX));
        }
        made_stand_end(&made, &live, &board);
}

/* Nobody was at the processes: the first one has it, or has it not, or there is none whose is known. */
static void a_rehearsal_goes_by_the_first_process(void **state)
{
        static const struct {
                const char *name;
                int32_t score_adj;
                uint32_t without;
                enum pl_standing_verdict verdict;
                const char *words;
        } rows[] = {
                { "has it", -500, 0, PL_STANDING_FINE, "1 process has it" },
                { "has it not", 0, 0, PL_STANDING_DIFFERS, "would be set" },
                { "not known", 0, PL_CGROUP_SCORE_KNOWN, PL_STANDING_DIFFERS, "would be set" },
                { "nobody", 0, PL_CGROUP_SCORE_KNOWN | PL_CGROUP_POPULATED, PL_STANDING_FINE,
                  "no process" },
        };
        struct pl_standing_board board;
        struct pl_live live;
        struct made made;

        (void) state;
        made_stand_begin(&made, &live, &board);
        for (size_t i = 0; i < PL_ARRAY_LENGTH(rows); i++) {
                struct pl_journal_row *row = &board.rows[0];

                *row = row_of(&standings[1]);
                row->flags &= ~rows[i].without;
                row->score_adj = rows[i].score_adj;
                row->standing.mode = PL_STANDING_OBSERVED;
                row->standing.has_score_adj = 1;
                row->standing.score_adj = -500;
                pl_standing_rehearse(&board);
                assert_row(rows[i].name,
                           pl_standing_judge(&live, row, PL_STANDING_SCORE_ADJ) == rows[i].verdict);
                assert_row(rows[i].name, strcmp(words_of(&board, row, PL_STANDING_SCORE_ADJ),
                                                rows[i].words) == 0);
        }
        made_stand_end(&made, &live, &board);
}

/* ---- what the path leaves ---- */

static const struct {
        const char *name;
        enum pl_limit limit;
        uint64_t parent_id, own_mib, effective_mib;
        const char *words;
} reaches[] = {
        { "granted", PL_LIMIT_LOW, 11, 512, 512, "in force" },
        /* The nearest has enough; the one above that has nothing. */
        { "nothing above", PL_LIMIT_LOW, 11, 512, 0,
          "in force; no effect, because plimsoll.slice has 0" },
        { "shared out", PL_LIMIT_LOW, 11, 3072, 100,
          "in force; plimsoll-api.slice has 2.00 GiB for all in it" },
        { "not on the board", PL_LIMIT_LOW, 99, 512, 0,
          "in force; no effect, because a cgroup above it grants nothing" },
        { "shared out, not on the board", PL_LIMIT_LOW, 99, 512, 100,
          "in force; the cgroups above it grant no more" },
        { "more than it uses", PL_LIMIT_LOW, 11, 4096, 1229, "in force; all that it uses" },
        { "allows less", PL_LIMIT_MAX, 11, 8192, 4096, "in force; plimsoll.slice allows no more" },
        { "inside of it", PL_LIMIT_MAX, 11, 8192, 1024,
          "in force; another cgroup on its path allows no more" },
        { "its own ancestor", PL_LIMIT_LOW, 7, 512, 0,
          "in force; no effect, because a cgroup above it grants nothing" },
};

static void what_the_path_leaves_is_said(void **state)
{
        struct pl_standing_board board;
        struct pl_live live;
        struct made made;

        (void) state;
        made_stand_begin(&made, &live, &board);
        for (size_t i = 0; i < PL_ARRAY_LENGTH(reaches); i++) {
                struct pl_journal_row row = row_of(&standings[1]);
                const char *words;

                row.parent_id = reaches[i].parent_id;
                made_hold(&row, reaches[i].limit, reaches[i].own_mib * PL_MIB);
                row.effective.values[reaches[i].limit] = reaches[i].effective_mib * PL_MIB;
                words = words_of(&board, &row, reaches[i].limit);
                if (strcmp(words, reaches[i].words) != 0)
                        fail_msg("row \"%s\": \"%s\"", reaches[i].name, words);
                assert_row(reaches[i].name,
                           (pl_standing_judge(&live, &row, reaches[i].limit) == PL_STANDING_LEFT) ==
                                   (strstr(words, "no effect") != NULL));
        }
        made_stand_end(&made, &live, &board);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(each_standing_is_judged_and_said),
                cmocka_unit_test(what_systemd_does_not_know_is_no_difference),
                cmocka_unit_test(every_state_goes_with_every_cause),
                cmocka_unit_test(values_are_compared_by_whole_pages),
                cmocka_unit_test(scores_are_counted_by_process),
                cmocka_unit_test(without_processes_there_is_no_score_to_set),
                cmocka_unit_test(a_score_is_taken_back_that_nobody_wants),
                cmocka_unit_test(swappiness_says_by_what_means),
                cmocka_unit_test(a_rehearsal_says_what_would_be_set),
                cmocka_unit_test(a_rehearsal_goes_by_the_first_process),
                cmocka_unit_test(what_the_path_leaves_is_said),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
