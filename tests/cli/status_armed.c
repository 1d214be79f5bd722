/* SPDX-License-Identifier: Apache-2.0 */

/* Whether plimsolld acts, and below what: every state, one behind the other, is held against tests/fixtures/live/status-armed. */

#include "cli/status.h"

#include <time.h>

#include "cli/live_made.h"
#include "plimsoll/model/order.h"

static void write_settings(struct made *made, uint64_t flags)
{
        const struct pl_update update = { .kind = PL_UPDATE_SETTINGS,
                                          .id = 1,
                                          .settings = { .flags = flags,
                                                        .floor_bytes = 635 * PL_MIB,
                                                        .stall_permyriad = 2000,
                                                        .horizon_usec = 2 * PL_USEC_PER_SEC } };
        const struct pl_snapshot snapshot = {
                .step = 1, .now_usec = MADE_STARTED, .updates = &update, .update_count = 1
        };

        assert_int_equal(pl_journal_begin_step(&made->writer, &snapshot), 0);
        pl_journal_end_step(&made->writer, 1);
}

static void write_pause(struct made *made, uint32_t is_accepted, int64_t for_sec)
{
        const int64_t now_sec = MADE_WALL / (int64_t) PL_USEC_PER_SEC;
        const struct pl_journal_act act = {
                .at_usec = MADE_NOW - 1,
                .type = PL_JOURNAL_ORDER,
                .order = { .verb = PL_ORDER_PAUSE,
                           .acknowledged = is_accepted,
                           .issued_sec = now_sec - 60,
                           .expires_sec = for_sec == 0 ? 0 : now_sec + for_sec }
        };

        pl_journal_write_act(&made->writer, &act);
}

static void write_cannot_act(struct made *made, uint64_t error, const char *words)
{
        struct pl_journal_act act = { .at_usec = MADE_NOW - 3 * PL_USEC_PER_MINUTE,
                                      .type = PL_JOURNAL_ALARM,
                                      .note = { .code = PL_NOTE_CANNOT_ACT, .value = error } };

        pl_journal_set_text(act.note.words, sizeof act.note.words, pl_span_of(words));
        pl_journal_write_act(&made->writer, &act);
}

static const struct armed {
        const char *name;
        uint32_t flags; /* of the host's row */
        bool has_settings;
        uint64_t settings;
        const char *error_words; /* NULL: no such alarm */
        int64_t pause_sec;       /* -1: no such order */
        enum pl_cli_exit exit_code;
} armeds[] = {
        { "observing", 0, true, PL_SETTING_HOST, NULL, -1, PL_CLI_FINE },
        { "observing-unfit", PL_HOST_UNFIT, true, PL_SETTING_HOST, "signal to web\x1B[2J", -1,
          PL_CLI_FINE },
        { "both", PL_HOST_ACTS, true, PL_SETTING_HOST | PL_SETTING_LOCAL, NULL, -1, PL_CLI_FINE },
        { "host", PL_HOST_ACTS, true, PL_SETTING_HOST, NULL, -1, PL_CLI_FINE },
        { "local", PL_HOST_ACTS, true, PL_SETTING_LOCAL, NULL, -1, PL_CLI_FINE },
        { "neither", PL_HOST_ACTS, true, 0, NULL, -1, PL_CLI_FINE },
        { "blind", PL_HOST_ACTS, true, PL_SETTING_HOST | PL_SETTING_BLIND, NULL, -1, PL_CLI_FINE },
        { "unknown", PL_HOST_ACTS, false, 0, NULL, -1, PL_CLI_FINE },
        { "unfit", PL_HOST_ACTS | PL_HOST_UNFIT, true, PL_SETTING_HOST, "signal to web\x1B[2J", -1,
          PL_CLI_FINDINGS },
        { "unfit-lost", PL_HOST_ACTS | PL_HOST_UNFIT, true, PL_SETTING_HOST, NULL, -1,
          PL_CLI_FINDINGS },
        { "paused", PL_HOST_ACTS | PL_HOST_PAUSED, true, PL_SETTING_HOST, NULL, 1800, PL_CLI_FINE },
        { "paused-open", PL_HOST_ACTS | PL_HOST_PAUSED | PL_HOST_UNFIT, true, PL_SETTING_HOST,
          "signal", 0, PL_CLI_FINE },
};

static void write_armed(struct made *made, const struct armed *armed)
{
        struct pl_journal_host host = made_host();

        made_fill_all(made);
        host.flags = armed->flags;
        pl_journal_put_host(&made->writer, &host);
        if (armed->has_settings)
                write_settings(made, armed->settings);
        if (armed->error_words) {
                write_cannot_act(made, 13, "of another time");
                write_cannot_act(made, 1, armed->error_words);
        }
        if (armed->pause_sec >= 0) {
                write_pause(made, 1, armed->pause_sec);
                write_pause(made, 0, 7);
        }
}

static void say(struct pl_cli *cli, const struct armed *armed, bool json)
{
        struct pl_json_writer writer;
        struct pl_status status;
        struct pl_live live;
        struct made made;

        made_open(&made, PL_JOURNAL_BYTES_MIN);
        write_armed(&made, armed);
        made_look(&made, &live);
        assert_int_equal(pl_status_look(&live, &status), 0);
        assert_row(armed->name, pl_status_exit(&status) == armed->exit_code);
        pl_text_addf(cli->out, "%s:\n", armed->name);
        if (json) {
                pl_cli_json_begin(cli, &writer);
                pl_status_put_armed(&writer, &status);
                pl_cli_json_end(&writer);
        } else
                pl_status_print_armed(cli, &status);
        assert_int_equal(pl_cli_flush(cli), 0);
        pl_live_close(&live);
        made_close(&made);
}

static void whether_it_acts_is_told(void **state)
{
        (void) state;
        for (int json = 0; json < 2; json++) {
                struct pl_cli *cli = made_cli_begin(made_unicode);

                for (size_t i = 0; i < PL_ARRAY_LENGTH(armeds); i++)
                        say(cli, &armeds[i], json);
                made_compare(json ? "status-armed-json" : "status-armed");
        }
}

/* Nobody can be woken by what stands nowhere: a daemon that is not running has no such line. */
static void of_a_daemon_that_is_gone_it_is_not_told(void **state)
{
        const struct pl_live_moment moment = { MADE_NOW, MADE_WALL, true };
        struct pl_status status;
        struct pl_live live;
        struct made made;

        (void) state;
        made_open(&made, PL_JOURNAL_BYTES_MIN);
        write_armed(&made, &armeds[0]);
        made_look_at(&made, &moment, &live);
        assert_int_equal(pl_status_look(&live, &status), 0);
        assert_int_equal(pl_status_armed_state(&status), PL_STATUS_UNKNOWN);
        pl_status_print_armed(made_cli_begin(made_unicode), &status);
        assert_int_equal(made_said().length, 0);
        pl_live_close(&live);
        made_close(&made);
}

/* The first line is the answer, and so it says that, too. */
static void that_it_cannot_act_is_loud(void **state)
{
        const struct armed armed = { .name = "loud",
                                     .flags = PL_HOST_ACTS | PL_HOST_UNFIT,
                                     .pause_sec = -1 };
        struct pl_status status;
        struct pl_live live;
        struct made made;

        (void) state;
        made_open(&made, PL_JOURNAL_BYTES_MIN);
        write_armed(&made, &armed);
        made_look(&made, &live);
        assert_int_equal(pl_status_look(&live, &status), 0);
        pl_status_print(made_cli_begin(made_unicode), &status);
        assert_true(pl_span_starts_with(
                made_said(),
                "\xE2\x9C\x97 plimsolld 0.1.0, armed but cannot act, up 3 days 4 h: "));
        pl_live_close(&live);
        made_close(&made);
}

/* The newest counts, wherever it stands in the ring: steps without any come behind it. */
static void the_newest_settings_count(void **state)
{
        struct pl_status status;
        struct pl_live live;
        struct made made;

        (void) state;
        made_open(&made, PL_JOURNAL_BYTES_MIN);
        made_fill_all(&made);
        write_settings(&made, PL_SETTING_HOST);
        write_settings(&made, PL_SETTING_LOCAL);
        for (uint64_t step = 2; step < 30; step++)
                made_step(&made, step, PL_USEC_PER_SEC, 0, NULL, 0);
        made_look(&made, &live);
        assert_int_equal(pl_status_look(&live, &status), 0);
        assert_true(status.has_settings);
        assert_int_equal(status.settings.flags, PL_SETTING_LOCAL);
        pl_live_close(&live);
        made_close(&made);
}

static int set_up(void **state)
{
        (void) state;
        assert_int_equal(setenv("TZ", "UTC", 1), 0);
        tzset();
        return 0;
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(whether_it_acts_is_told),
                cmocka_unit_test(of_a_daemon_that_is_gone_it_is_not_told),
                cmocka_unit_test(that_it_cannot_act_is_loud),
                cmocka_unit_test(the_newest_settings_count),
        };

        return cmocka_run_group_tests(tests, set_up, NULL);
}
