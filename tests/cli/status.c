/* SPDX-License-Identifier: Apache-2.0 */

/* What status says of daemons and hosts of all kinds: text and JSON are held against tests/fixtures/live/status-NAME. */

#include "cli/status.h"

#include "cli/diff_made.h"
#include "plimsoll/journal/history_writer.h"

static void leave_as_it_is(struct pl_journal_state *state, struct pl_journal_host *host)
{
        (void) state;
        (void) host;
}

static void refuse(struct pl_journal_state *state, struct pl_journal_host *host)
{
        (void) host;
        state->in_force.order_count = 1;
        state->in_force.warning_count = 2;
        state->refused = (struct pl_journal_policy){ .digest = { 1 },
                                                     .at_usec = MADE_NOW - 12 * PL_USEC_PER_MINUTE,
                                                     .number = 1,
                                                     .error_count = 3 };
        pl_journal_set_text(state->refused.words, sizeof state->refused.words,
                            pl_span_of("web.json:7:15: memory.high (2 GiB) is above memory.max "
                                       "(1 GiB)\x1B[2J"));
}

static void refuse_the_first(struct pl_journal_state *state, struct pl_journal_host *host)
{
        refuse(state, host);
        state->in_force = (struct pl_journal_policy){};
        state->refused.number = 0;
        host->flags = PL_HOST_ACTS | PL_HOST_PAUSED;
}

static void take_another_after_it_was_refused(struct pl_journal_state *state,
                                              struct pl_journal_host *host)
{
        refuse(state, host);
        state->in_force.at_usec = MADE_NOW - PL_USEC_PER_MINUTE;
        state->in_force.warning_count = 0;
        host->flags = PL_HOST_ACTS;
        host->unlisted_count = 37;
}

/* Neither swap nor pressure, as on many a host; and all memory in use. */
static void have_little(struct pl_journal_state *state, struct pl_journal_host *host)
{
        (void) state;
        host->sample.have &= ~(PL_HOST_BIT(some_usec) | PL_HOST_BIT(full_usec) |
                               PL_HOST_BIT(zram_bytes) | PL_HOST_BIT(zram_data_bytes));
        host->sample.swap_total_bytes = host->sample.swap_free_bytes = 0;
        host->sample.available_bytes = 0;
        host->scanned_at_usec = 0;
}

/* What no host has, of a journal that somebody made. */
static void have_the_impossible(struct pl_journal_state *state, struct pl_journal_host *host)
{
        state->started_usec = UINT64_MAX;
        state->pid = UINT32_MAX;
        memset(state->version, 0x1B, sizeof state->version);
        state->in_force.at_usec = UINT64_MAX;
        state->in_force.profile_count = UINT32_MAX;
        memset(&host->sample, 0xFF, sizeof host->sample);
        host->sample.total_bytes = 1;
        host->sample.zram_bytes = 1;
        host->flags = UINT32_MAX;
        host->unlisted_count = UINT32_MAX;
}

static const struct golden {
        const char *name;
        void (*change)(struct pl_journal_state *state, struct pl_journal_host *host);
        uint64_t silent_usec;
        bool is_gone;
        uint32_t phase;
        enum pl_cli_exit exit_code;
        bool ascii, json;
} goldens[] = {
        { "well", leave_as_it_is, 0, false, PL_JOURNAL_RUNNING, PL_CLI_FINE, false, false },
        { "well-ascii", leave_as_it_is, 0, false, PL_JOURNAL_RUNNING, PL_CLI_FINE, true, false },
        { "well-json", leave_as_it_is, 0, false, PL_JOURNAL_RUNNING, PL_CLI_FINE, false, true },
        { "starting", leave_as_it_is, 0, false, PL_JOURNAL_STARTING, PL_CLI_FINE, false, false },
        { "stopping", leave_as_it_is, 0, false, PL_JOURNAL_STOPPING, PL_CLI_FINE, false, false },
        { "stuck", leave_as_it_is, 12, false, PL_JOURNAL_RUNNING, PL_CLI_FAILED, false, false },
        { "dead", leave_as_it_is, 182, true, PL_JOURNAL_RUNNING, PL_CLI_NO_DAEMON, false, false },
        { "dead-ascii", leave_as_it_is, 182, true, PL_JOURNAL_RUNNING, PL_CLI_NO_DAEMON, true,
          false },
        { "stopped", leave_as_it_is, 7200, true, PL_JOURNAL_STOPPED, PL_CLI_NO_DAEMON, false,
          false },
        { "stopped-json", leave_as_it_is, 7200, true, PL_JOURNAL_STOPPED, PL_CLI_NO_DAEMON, false,
          true },
        { "refused", refuse, 0, false, PL_JOURNAL_RUNNING, PL_CLI_POLICY, false, false },
        { "refused-json", refuse, 0, false, PL_JOURNAL_RUNNING, PL_CLI_POLICY, false, true },
        { "refused-first", refuse_the_first, 0, false, PL_JOURNAL_RUNNING, PL_CLI_POLICY, false,
          false },
        { "taken-since", take_another_after_it_was_refused, 0, false, PL_JOURNAL_RUNNING,
          PL_CLI_FINE, false, false },
        { "little", have_little, 0, false, PL_JOURNAL_RUNNING, PL_CLI_FINE, false, false },
        { "little-json", have_little, 0, false, PL_JOURNAL_RUNNING, PL_CLI_FINE, false, true },
        { "impossible", have_the_impossible, 0, false, PL_JOURNAL_RUNNING, PL_CLI_FINE, false,
          false },
        { "impossible-json", have_the_impossible, 0, false, PL_JOURNAL_RUNNING, PL_CLI_FINE, false,
          true },
};

static void write_golden(struct made *made, const struct golden *golden)
{
        struct pl_journal_state state = made_state();
        struct pl_journal_host host = made_host();

        made_fill_all(made);
        state.phase = golden->phase;
        golden->change(&state, &host);
        pl_journal_put_state(&made->writer, &state);
        pl_journal_put_host(&made->writer, &host);
        pl_journal_put_heartbeat(&made->writer, MADE_NOW - golden->silent_usec * PL_USEC_PER_SEC);
}

static void say(struct pl_cli *cli, const struct pl_live *live, bool json)
{
        struct pl_status status;

        assert_int_equal(pl_status_look(live, &status), 0);
        if (json)
                pl_status_print_json(cli, &status);
        else
                pl_status_print(cli, &status);
}

static void each_state_is_told(void **state)
{
        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(goldens); i++) {
                const struct pl_live_moment moment = { MADE_NOW, MADE_WALL, goldens[i].is_gone };
                struct pl_live live;
                struct pl_status status;
                struct made made;
                char name[64];

                (void) snprintf(name, sizeof name, "status-%s", goldens[i].name);
                made_open(&made, PL_JOURNAL_BYTES_MIN);
                write_golden(&made, &goldens[i]);
                made_look_at(&made, &moment, &live);
                say(made_cli_begin(goldens[i].ascii ? made_ascii : made_unicode), &live,
                    goldens[i].json);
                made_compare(name);
                assert_int_equal(pl_status_look(&live, &status), 0);
                assert_row(name, pl_status_exit(&status) == goldens[i].exit_code);
                pl_live_close(&live);
                made_close(&made);
        }
}

/* Whose every block was never written: nothing is known, and nothing is said to be 0. */
static void an_empty_journal_says_that_nothing_is_known(void **state)
{
        static const char zeros[sizeof(struct pl_journal_state) + 2 * sizeof(uint64_t)];
        struct pl_live live;
        struct made made;

        (void) state;
        made_open(&made, PL_JOURNAL_BYTES_MIN);
        made_patch(&made, PL_JOURNAL_AT_STATE, zeros, sizeof zeros);
        made_look(&made, &live);
        say(made_cli_begin(made_unicode), &live, false);
        made_compare("status-empty");
        say(made_cli_begin(made_unicode), &live, true);
        made_compare("status-empty-json");
        pl_live_close(&live);
        made_close(&made);
}

static void write_act(struct made *made, uint32_t type, uint64_t at_usec)
{
        const struct pl_journal_act act = { .type = type, .at_usec = at_usec };

        pl_journal_write_act(&made->writer, &act);
}

/* The host is short, and somebody goes: that is what whoever is woken asks first. */
static void a_shortage_and_what_was_decided_are_told(void **state)
{
        static const struct {
                uint32_t severity;
                bool has_outcome;
                const char *words, *json;
        } rows[] = {
                { PL_SEVERITY_CALM, false,
                  "  last act  3 s ago: batch/report was to be killed (plimsoll explain 4)",
                  "\"outcome\": null" },
                { PL_SEVERITY_SHORT, true,
                  "  last act  3 s ago: batch/report was killed, 6.00 GiB back in 0.4 s (plimsoll\n"
                  "            explain 4)",
                  "\"took_seconds\": 0.410000" },
                { PL_SEVERITY_WATCH, true, "  short     no, but it is watched", "\"watch\"" },
                { PL_SEVERITY_SHORT, true,
                  "  short     the host is short of memory: 410 MiB available where 635 MiB",
                  "\"severity\": \"short\"" },
                { PL_SEVERITY_SCARCE, true, "a kill may follow: 410 MiB", "\"scarce\"" },
                { PL_SEVERITY_CRITICAL, true, "critically short", "\"number\": 4,\n" },
        };

        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(rows); i++) {
                struct pl_journal_act act = { .at_usec = MADE_NOW - 3 * PL_USEC_PER_SEC,
                                              .type = PL_JOURNAL_DECISION,
                                              .decision = {
                                                      .decision = { .number = 4,
                                                                    .id = 101,
                                                                    .measure = PL_MEASURE_KILL },
                                                      .name = "batch/report" } };
                struct pl_journal_host host = made_host();
                struct pl_live live;
                struct made made;

                made_open(&made, PL_JOURNAL_BYTES_MIN);
                made_fill_all(&made);
                host.verdict = (struct pl_verdict){ .severity = rows[i].severity,
                                                    .available_bytes = 410 * PL_MIB,
                                                    .floor_bytes = 635 * PL_MIB };
                pl_journal_put_host(&made.writer, &host);
                pl_journal_write_act(&made.writer, &act);
                act = (struct pl_journal_act){ .at_usec = MADE_NOW,
                                               .type = PL_JOURNAL_OUTCOME,
                                               .outcome.outcome = { .decision = 4,
                                                                    .measure = PL_MEASURE_KILL,
                                                                    .began_usec = 1,
                                                                    .ended_usec = 410001,
                                                                    .bytes = 6 * PL_GIB } };
                if (rows[i].has_outcome)
                        pl_journal_write_act(&made.writer, &act);
                act = (struct pl_journal_act){ .at_usec = MADE_NOW,
                                               .type = PL_JOURNAL_DECISION,
                                               .decision.decision = {
                                                       .number = 5, .measure = PL_MEASURE_THAW } };
                pl_journal_write_act(&made.writer, &act);
                made_look(&made, &live);
                say(made_cli_begin(made_unicode), &live, false);
                assert_row(rows[i].words, strstr(made_said().data, rows[i].words));
                say(made_cli_begin(made_unicode), &live, true);
                assert_row(rows[i].words, strstr(made_said().data, rows[i].json));
                pl_live_close(&live);
                made_close(&made);
        }
}

/* What came of the last decision, or that it is under way; or a deed of the second process, which decides nothing. */
static void what_came_of_the_last_act_is_told(void **state)
{
        static const struct {
                struct pl_decision made;
                uint64_t flags;
                bool has_outcome;
                struct pl_outcome outcome;
                const char *words;
        } rows[] = {
                { { .number = 4, .measure = PL_MEASURE_KILL, .deadline_usec = MADE_NOW + 1 },
                  0,
                  false,
                  {},
                  "last act  0 s ago: web was to be killed, which is under way (plimsoll" },
                { { .number = 4, .measure = PL_MEASURE_KILL, .deadline_usec = MADE_NOW + 1 },
                  PL_JOURNAL_DECISION_OBSERVED,
                  false,
                  {},
                  "decided   0 s ago: web would have been killed (plimsoll explain 4)" },
                { { .number = 4, .measure = PL_MEASURE_KILL },
                  0,
                  true,
                  { .decision = 4,
                    .measure = PL_MEASURE_KILL,
                    .result = PL_RESULT_FAILED,
                    .error = 1 },
                  "web was to be killed: failed (Operation not permitted)" },
                { { .number = 4, .measure = PL_MEASURE_RECLAIM, .amount_bytes = PL_GIB },
                  0,
                  true,
                  { .decision = 4, .result = PL_RESULT_PARTLY, .bytes = PL_MIB },
                  "web was made to give back 1.00 MiB of 1.00 GiB (plimsoll" },
                { { .number = 4, .measure = PL_MEASURE_KILL },
                  0,
                  true,
                  { .decision = 0, .measure = PL_MEASURE_KILL, .bytes = PL_MIB },
                  "last act  0 s ago: killed web: dead, 1.00 MiB came back (by the second" },
        };

        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(rows); i++) {
                struct pl_journal_act act = { .at_usec = MADE_NOW,
                                              .type = PL_JOURNAL_DECISION,
                                              .decision = { .decision = rows[i].made,
                                                            .flags = rows[i].flags,
                                                            .name = "web" } };
                struct pl_live live;
                struct made made;

                made_open(&made, PL_JOURNAL_BYTES_MIN);
                made_fill_all(&made);
                pl_journal_write_act(&made.writer, &act);
                act = (struct pl_journal_act){ .at_usec = MADE_NOW,
                                               .type = PL_JOURNAL_OUTCOME,
                                               .outcome = { .outcome = rows[i].outcome,
                                                            .name = "web" } };
                if (rows[i].has_outcome)
                        pl_journal_write_act(&made.writer, &act);
                made_look(&made, &live);
                say(made_cli_begin(made_unicode), &live, false);
                assert_row(rows[i].words, strstr(made_said().data, rows[i].words));
                say(made_cli_begin(made_unicode), &live, true);
                assert_row(rows[i].words, !strstr(made_said().data, "\"last_decision\": null"));
                pl_live_close(&live);
                made_close(&made);
        }
}

/* Of the ranking, or of a number where whoever it is has gone; who is too small goes later. */
static void who_would_go_first_is_told(void **state)
{
        static const struct {
                const char *name;
                struct pl_candidate candidates[2];
                uint32_t count;
                const char *words, *json;
        } rows[] = {
                { "one on the board",
                  { { .id = 101, .rank = 1, .turn = PL_TURN_NEXT } },
                  1,
                  "  next      batch/report, if nobody grows (plimsoll rank)\n",
                  "\"name\": \"batch/report\",\n    \"cgroup_id\": 101,\n    \"grows\": false\n" },
                { "one whose name is no name",
                  { { .id = 105, .rank = 1, .turn = PL_TURN_CHOSEN } },
                  1,
                  "  next      worker/?[2Jmail?er?, if nobody grows",
                  "\"cgroup_id\": 105,\n" },
                { "one that has gone",
                  { { .id = 4711, .rank = 1, .turn = PL_TURN_NEXT } },
                  1,
                  "  next      cgroup 4711, if",
                  "\"name\": \"cgroup 4711\"" },
                { "behind one that is too small",
                  { { .id = 101, .rank = 1, .turn = PL_TURN_TOO_SMALL },
                    { .id = 102, .rank = 2, .turn = PL_TURN_CHOSEN } },
                  2,
                  "  next      system/sshd, if",
                  "\"cgroup_id\": 102,\n" },
                { "one that grows",
                  { { .id = 101, .rank = 1, .growth_bytes_per_sec = PL_MIB } },
                  1,
                  "  next      batch/report, which grows (plimsoll rank)\n",
                  "\"grows\": true" },
                { "nobody",
                  { { .id = 101, .turn = PL_TURN_PROTECTED } },
                  1,
                  "  next      nobody: there is none who may be taken (plimsoll rank --all)\n",
                  "\"next\": null" },
        };

        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(rows); i++) {
                struct pl_journal_ranking ranking = { .at_usec = MADE_NOW, .count = rows[i].count };
                struct pl_live live;
                struct made made;

                memcpy(ranking.candidates, rows[i].candidates, sizeof rows[i].candidates);
                made_open(&made, PL_JOURNAL_BYTES_MIN);
                made_fill_all(&made);
                pl_journal_put_ranking(&made.writer, &ranking);
                made_look(&made, &live);
                say(made_cli_begin(made_unicode), &live, false);
                assert_row(rows[i].name, strstr(made_said().data, rows[i].words));
                say(made_cli_begin(made_unicode), &live, true);
                assert_row(rows[i].name, strstr(made_said().data, rows[i].json));
                pl_live_close(&live);
                made_close(&made);
        }
}

static void alarms_count_since_the_daemon_has_started(void **state)
{
        struct pl_status status;
        struct pl_live live;
        struct made made;

        (void) state;
        made_open(&made, PL_JOURNAL_BYTES_MIN);
        made_fill_all(&made);
        write_act(&made, PL_JOURNAL_ALARM, MADE_STARTED - 1);
        write_act(&made, PL_JOURNAL_ALARM, MADE_STARTED);
        write_act(&made, PL_JOURNAL_NOTE, MADE_STARTED + 1);
        write_act(&made, PL_JOURNAL_APPEARED, MADE_STARTED + 2);
        write_act(&made, PL_JOURNAL_NOTE, MADE_STARTED + 3);
        made_look(&made, &live);
        assert_int_equal(pl_status_look(&live, &status), 0);
        assert_int_equal(status.alarm_count, 1);
        assert_int_equal(status.note_count, 2);
        say(made_cli_begin(made_unicode), &live, false);
        assert_non_null(strstr(made_said().data, "1 alarm and 2 notes since it started"));
        pl_live_close(&live);
        made_close(&made);
}

static void workloads_without_a_process_are_counted_apart(void **state)
{
        struct pl_status status;
        struct pl_live live;
        struct made made;

        (void) state;
        made_open(&made, PL_JOURNAL_BYTES_MIN);
        made_fill_all(&made);
        made_look(&made, &live);
        assert_int_equal(pl_status_look(&live, &status), 0);
        assert_int_equal(status.populated_count, 6);
        assert_int_equal(status.profile_count, 3);
        assert_int_equal(status.empty_count, 1);
        pl_live_close(&live);
        made_close(&made);
}

/* ---- limits ---- */

static void write_drift(struct made *made, enum pl_drift answer, enum pl_drift_cause cause,
                        uint64_t id, const char *name, uint64_t ago_usec)
{
        struct pl_journal_act act = {
                .type = PL_JOURNAL_DRIFT,
                .at_usec = MADE_NOW - ago_usec,
                .drift = { .id = id, .limit = PL_LIMIT_MAX, .cause = cause, .answer = answer },
        };

        pl_journal_set_text(act.drift.name, sizeof act.drift.name, pl_span_of(name));
        pl_journal_write_act(&made->writer, &act);
}

static void compare_both(const struct made *made, const char *name)
{
        struct pl_live live;
        char json[64];

        (void) snprintf(json, sizeof json, "%s-json", name);
        made_look(made, &live);
        say(made_cli_begin(made_unicode), &live, false);
        made_compare(name);
        say(made_cli_begin(made_unicode), &live, true);
        made_compare(json);
        pl_live_close(&live);
}

static void limits_that_are_not_as_wanted_are_counted(void **state)
{
        struct pl_status status;
        struct pl_live live;
        struct made made;

        (void) state;
        made_open(&made, PL_JOURNAL_BYTES_MIN);
        made_fill_standings(&made);
        write_drift(&made, PL_DRIFT_REPAIR, PL_DRIFT_BY_HAND, 1, "of the one before",
                    MADE_NOW - MADE_STARTED + 1);
        write_drift(&made, PL_DRIFT_REPAIR, PL_DRIFT_BY_RELOAD, 201, "web",
                    14 * PL_USEC_PER_MINUTE);
        compare_both(&made, "status-limits");
        write_drift(&made, PL_DRIFT_REPAIR, PL_DRIFT_BY_UNKNOWN, 1, "", PL_USEC_PER_MINUTE);
        write_drift(&made, PL_DRIFT_YIELD, PL_DRIFT_BY_SET_PROPERTY, 206, "queue",
                    PL_USEC_PER_MINUTE);
        write_drift(&made, PL_DRIFT_ALARM, PL_DRIFT_BY_DROP_IN, 999, "gone/\x1B[2Jm\xFFil",
                    3 * PL_USEC_PER_SEC);
        compare_both(&made, "status-limits-left");
        made_look(&made, &live);
        assert_int_equal(pl_status_look(&live, &status), 0);
        assert_int_equal(status.limits.wanted, 9);
        assert_int_equal(status.limits.differing, 6);
        assert_int_equal(status.drift_count, 4);
        pl_live_close(&live);
        made_put_slices(&made);
        made_look(&made, &live);
        assert_int_equal(pl_status_look(&live, &status), 0);
        pl_status_print_limits(made_cli_begin(made_unicode), &status);
        assert_non_null(strstr(made_said().data, "7 of 11 workloads and slices not yet as wanted"));
        pl_live_close(&live);
        made_close(&made);
}

/* Each cause has its words, and one of tomorrow is no cause. */
static void drift_is_told_whatever_its_cause(void **state)
{
        static const char *const said[] = { "by an unknown hand",        "by systemd daemon-reload",
                                            "by systemctl set-property", "by its runtime",
                                            "by a later drop-in",        "by hand",
                                            "by an unknown hand" };

        (void) state;
        for (uint32_t i = 0; i < PL_ARRAY_LENGTH(said); i++) {
                struct pl_status status = { .drift_count = 7, .drift = { .id = 5, .cause = i } };
                const struct pl_live live = { .now_usec = MADE_NOW };

                status.live = &live;
                status.drift.limit = PL_LIMIT_COUNT + i;
                status.drift_at_usec = MADE_NOW;
                pl_status_print_limits(made_cli_begin(made_unicode), &status);
                assert_non_null(strstr(made_said().data, said[i]));
                assert_non_null(strstr(made_said().data, "7; the last was cgroup 5, by "));
        }
}

static void put_one_governed(struct made *made, uint64_t actual)
{
        struct pl_journal_row row = made_governed(201, "api", "web", PL_BACKEND_UNIT, PL_GIB);

        made_hold(&row, PL_LIMIT_MAX, 2 * PL_GIB);
        made_limit(&row, PL_LIMIT_MAX, actual, actual);
        assert_int_equal(pl_journal_put_row(&made->writer, 0, &row), 0);
}

static void limits_as_wanted_have_a_line_as_well(void **state)
{
        struct pl_live live;
        struct made made;

        (void) state;
        made_open(&made, PL_JOURNAL_BYTES_MIN);
        put_one_governed(&made, 2 * PL_GIB);
        made_look(&made, &live);
        say(made_cli_begin(made_unicode), &live, false);
        assert_non_null(strstr(made_said().data, "limits    as wanted of 1 workload\n"));
        put_one_governed(&made, PL_GIB);
        say(made_cli_begin(made_unicode), &live, false);
        assert_non_null(strstr(made_said().data, "limits    1 of 1 workload not yet as wanted"));
        pl_live_close(&live);
        made_close(&made);
}

/* ---- the verb ---- */

/* Of this very process, so that there is a live one. */
static void put_own_state(struct made *made, uint32_t phase)
{
        struct pl_journal_state state = made_state();

        state.pid = (uint32_t) getpid();
        state.phase = phase;
        state.started_usec = pl_clock_now_usec();
        pl_journal_put_state(&made->writer, &state);
        pl_journal_put_heartbeat(&made->writer, state.started_usec);
}

static void the_exit_code_says_whether_it_runs(void **state)
{
        char option[TEST_PATH_MAX + 32];
        const char *const words[TEST_WORDS_MAX] = { option, "--history=/nowhere" };
        const char *const json[TEST_WORDS_MAX] = { option, "--json" };
        struct test_answer answer;
        struct made made;

        (void) state;
        made_open(&made, PL_JOURNAL_BYTES_MIN);
        (void) snprintf(option, sizeof option, "--journal=%s", made.path);
        put_own_state(&made, PL_JOURNAL_RUNNING);
        answer = test_run(&pl_cli_verb_status, made_unicode, words);
        assert_int_equal(answer.exit_code, PL_CLI_FINE);
        assert_true(pl_span_starts_with(pl_text_span(&answer.out),
                                        "\xE2\x97\x8F plimsolld 0.1.0, up "));
        assert_int_equal(answer.words.length, 0);
        put_own_state(&made, PL_JOURNAL_STOPPED);
        answer = test_run(&pl_cli_verb_status, made_unicode, json);
        assert_int_equal(answer.exit_code, PL_CLI_NO_DAEMON);
        assert_non_null(strstr(answer.out.data, "\"health\": \"stopped\""));
        assert_int_equal(unlinkat(made.dir_fd, "journal", 0), 0);
        answer = test_run(&pl_cli_verb_status, made_unicode, words);
        assert_int_equal(answer.exit_code, PL_CLI_NO_DAEMON);
        assert_int_equal(answer.out.length, 0);
        assert_non_null(strstr(answer.words.data, "plimsoll: there is no "));
        made_close(&made);
}

static void colour_marks_what_is_wrong(void **state)
{
        const struct pl_cli_style style = { .terminal = true, .colour = true, .unicode = true };
        const struct pl_live_moment moment = { MADE_NOW, MADE_WALL, true };
        struct pl_live live;
        struct made made;

        (void) state;
        made_open(&made, PL_JOURNAL_BYTES_MIN);
        made_fill_all(&made);
        made_look_at(&made, &moment, &live);
        say(made_cli_begin(style), &live, false);
        assert_true(pl_span_starts_with(made_said(), "\x1B[31m\xE2\x9C\x97\x1B[0m plimsolld is "));
        pl_live_close(&live);
        made_close(&made);
}

/* Two hours ago, by the clock on the wall: of another boot, perhaps. */
static void without_a_journal_the_history_tells(void **state)
{
        const struct pl_history_options options = { PL_HISTORY_SIZE_MIN, 14 * PL_USEC_PER_DAY,
                                                    true };
        const uint64_t two_hours = 2 * PL_USEC_PER_HOUR;
        struct pl_history_host host = { .workload_count = 41, .profile_count = 38 };
        const struct pl_history_time at = { (uint64_t) MADE_WALL - two_hours, 77 };
        static struct pl_history_writer writer;
        struct pl_live live;
        struct made made;

        (void) state;
        made_open(&made, PL_JOURNAL_BYTES_MIN);
        assert_false(pl_status_look_back(made.dir_fd, MADE_WALL, &live));
        pl_status_print_history_json(made_cli_begin(made_unicode), NULL);
        made_compare("status-no-history-json");

        host.sample = made_host().sample;
        host.sample.at_usec = at.boot_usec;
        assert_int_equal(pl_history_writer_open(made.dir_fd, &options, &writer), 0);
        assert_int_equal(pl_history_begin(&writer, &at, &(struct pl_history_identity){ "boot", 1 }),
                         0);
        assert_int_equal(pl_history_add_host(&writer, &host), 0);
        assert_int_equal(pl_history_end(&writer), 0);
        pl_history_writer_close(&writer);

        assert_true(pl_status_look_back(made.dir_fd, MADE_WALL, &live));
        pl_status_print_history(made_cli_begin(made_unicode), &live);
        made_compare("status-history");
        pl_status_print_history_json(made_cli_begin(made_unicode), &live);
        made_compare("status-history-json");
        /* A clock that was set back since makes nothing of the future. */
        assert_true(pl_status_look_back(made.dir_fd, MADE_WALL - 2 * (int64_t) two_hours, &live));
        assert_true(live.now_usec == at.boot_usec);
        made_close(&made);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(each_state_is_told),
                cmocka_unit_test(an_empty_journal_says_that_nothing_is_known),
                cmocka_unit_test(a_shortage_and_what_was_decided_are_told),
                cmocka_unit_test(what_came_of_the_last_act_is_told),
                cmocka_unit_test(who_would_go_first_is_told),
                cmocka_unit_test(alarms_count_since_the_daemon_has_started),
                cmocka_unit_test(workloads_without_a_process_are_counted_apart),
                cmocka_unit_test(limits_that_are_not_as_wanted_are_counted),
                cmocka_unit_test(drift_is_told_whatever_its_cause),
                cmocka_unit_test(limits_as_wanted_have_a_line_as_well),
                cmocka_unit_test(the_exit_code_says_whether_it_runs),
                cmocka_unit_test(colour_marks_what_is_wrong),
                cmocka_unit_test(without_a_journal_the_history_tells),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
