/* SPDX-License-Identifier: Apache-2.0 */

/* What `events` makes of a journal that lies there; its answers are held against tests/fixtures/events/NAME. */

#include "cli/events.h"

#include <signal.h>
#include <time.h>

#include "cli/verb.h"
#include "journal/place.h"
#include "plimsoll/base/clock.h"
#include "plimsoll/model/note.h"
#include "plimsoll/model/order.h"
#include "plimsoll/model/profile.h"
#include "plimsoll/model/workload.h"

/* 2026-11-21 14:10:00 UTC, twenty hours after the host was started. */
#define WALL_SEC         INT64_C(1795270200)
#define WALL_USEC        (WALL_SEC * (int64_t) PL_USEC_PER_SEC)
#define NOW_USEC         (20 * PL_USEC_PER_HOUR)
#define AGO(unit, count) (NOW_USEC - (count) *PL_USEC_PER_##unit)

static const struct pl_journal_act acts[] = {
        { .at_usec = AGO(HOUR, 18),
          .type = PL_JOURNAL_STARTED,
          .started = { .generation = 1, .pid = 812, .version = "0.1.0" } },
        { .at_usec = AGO(HOUR, 18),
          .type = PL_JOURNAL_IN_FORCE,
          .policy = { .digest = { 0x3F, 0x9A, 0x12, 0xC0, 0xD4, 0xE1 },
                      .number = 1,
                      .profile_count = 5,
                      .file_count = 6 } },
        { .at_usec = AGO(HOUR, 2),
          .type = PL_JOURNAL_NOTE,
          .note = { .code = PL_NOTE_WATCHES, .value = 3 } },
        { .at_usec = AGO(MINUTE, 50),
          .type = PL_JOURNAL_APPEARED,
          .workload = { .id = 4711,
                        .parent_id = 12,
                        .kind = PL_WORKLOAD_SERVICE,
                        .runtime = PL_RUNTIME_SYSTEMD,
                        .profile = 4,
                        .profile_before = UINT32_MAX,
                        .reason = PL_REASON_CREATED,
                        .name = "mailer",
                        .profile_name = "worker",
                        .path = "/system.slice/mailer.service" } },
        { .at_usec = AGO(MINUTE, 40),
          .type = PL_JOURNAL_REFUSED,
          .policy = { .digest = { 1 },
                      .number = 1,
                      .error_count = 2,
                      .words = "web.json:7:15: memory.high (2 GiB) is above memory.max (1 GiB)" } },
        { .at_usec = AGO(MINUTE, 30),
          .type = PL_JOURNAL_DECISION,
          .decision = { .decision = { .number = 17,
                                      .step = 900,
                                      .measure = PL_MEASURE_KILL,
                                      .candidate_count = 2,
                                      .id = 4712,
                                      .deadline_usec = AGO(MINUTE, 30) + PL_USEC_PER_SEC,
                                      .expected_bytes = 6 * PL_GIB,
                                      .verdict = { .severity = PL_SEVERITY_CRITICAL,
                                                   .available_bytes = 96 * PL_MIB,
                                                   .floor_bytes = 635 * PL_MIB,
                                                   .fall_bytes_per_sec = 578 * PL_MIB,
                                                   .end_usec = 160000,
                                                   .stall_permyriad = 4123,
                                                   .evidence = 3 },
                                      .candidates = { { .id = 4712,
                                                        .rank = 1,
                                                        .order = 500,
                                                        .gives_back_bytes = 6 * PL_GIB },
                                                      { .id = 1,
                                                        .turn = PL_TURN_PROTECTED,
                                                        .order = -500 } } },
                        .name = "report",
                        .names = { "report", "sshd" } } },
        { .at_usec = AGO(MINUTE, 30) + PL_USEC_PER_SEC,
          .type = PL_JOURNAL_OUTCOME,
          .outcome = { .outcome = { .decision = 17,
                                    .id = 4712,
                                    .measure = PL_MEASURE_KILL,
                                    .processes = 12,
                                    .began_usec = AGO(MINUTE, 30),
                                    .ended_usec = AGO(MINUTE, 30) + 410 * PL_USEC_PER_MSEC,
                                    .bytes = 6 * PL_GIB },
                       .name = "report" } },
        { .at_usec = AGO(MINUTE, 25),
          .type = PL_JOURNAL_SET,
          .set = { .id = 4713,
                   .limits = 1U << PL_LIMIT_MAX | 1U << PL_LIMIT_SWAP_MAX |
                             1U << PL_LIMIT_OOM_GROUP,
                   .backend = PL_BACKEND_UNIT,
                   .values = { [PL_LIMIT_MAX] = 2 * PL_GIB,
                               [PL_LIMIT_SWAP_MAX] = PL_SIZE_MAX,
                               [PL_LIMIT_OOM_GROUP] = 1 },
                   .name = "web",
                   .profile_name = "api" } },
        { .at_usec = AGO(MINUTE, 20),
          .type = PL_JOURNAL_DRIFT,
          .drift = { .id = 4713,
                     .from = 2 * PL_GIB,
                     .to = PL_SIZE_MAX,
                     .limit = PL_LIMIT_MAX,
                     .cause = PL_DRIFT_BY_DROP_IN,
                     .answer = PL_DRIFT_ALARM,
                     .name = "web",
                     .words = "/etc/systemd/system/web.service.d/90.conf" } },
        { .at_usec = AGO(MINUTE, 10),
          .type = PL_JOURNAL_ORDER,
          .order = { .digest = { 2 },
                     .issued_sec = WALL_SEC - 600,
                     .expires_sec = WALL_SEC + 6600,
                     .verb = PL_ORDER_PROTECT,
                     .acknowledged = 1,
                     .by = "root",
                     .workload = "web" } },
        { .at_usec = AGO(MINUTE, 5),
          .type = PL_JOURNAL_VERDICT,
          .judged = { .step = 901,
                      .verdict = { .scope = PL_SCOPE_CGROUP,
                                   .severity = PL_SEVERITY_CALM,
                                   .scope_id = 4713,
                                   .available_bytes = PL_GIB,
                                   .end_usec = UINT64_MAX },
                      .name = "web" } },
        { .at_usec = AGO(MINUTE, 4),
          .type = PL_JOURNAL_CHANGED,
          .workload = { .id = 4711,
                        .kind = PL_WORKLOAD_SERVICE,
                        .runtime = PL_RUNTIME_SYSTEMD,
                        .profile = UINT32_MAX,
                        .profile_before = 4,
                        .reason = PL_REASON_POLICY,
                        .name = "mailer",
                        .path = "/system.slice/mailer.service" } },
        { .at_usec = AGO(MINUTE, 3),
          .type = PL_JOURNAL_GONE,
          .workload = { .id = 4714,
                        .kind = PL_WORKLOAD_CONTAINER,
                        .runtime = PL_RUNTIME_DOCKER,
                        .profile = UINT32_MAX,
                        .profile_before = UINT32_MAX,
                        .reason = PL_REASON_REMOVED,
                        .name = "evil\x1B[2J\nplimsolld: all is well\xFF",
                        .path = "/system.slice/docker-evil.scope" } },
        { .at_usec = AGO(MINUTE, 2),
          .type = PL_JOURNAL_GAP,
          .gap = { .first = AGO(MINUTE, 3), .count = 120, .reason = PL_GAP_CROWD } },
        { .at_usec = AGO(MINUTE, 1), .type = PL_JOURNAL_ENDED, .ended = { .signal = SIGTERM } },
};

/* A journal of these acts, and not a writer any more. */
static int make_journal(void **state)
{
        struct pl_journal_writer writer;

        (void) place_clear(state);
        writer = place_writer(NULL);
        for (size_t i = 0; i < PL_ARRAY_LENGTH(acts); i++)
                pl_journal_write_act(&writer, &acts[i]);
        pl_journal_put_state(&writer, &(struct pl_journal_state){ .phase = PL_JOURNAL_STOPPED });
        pl_journal_writer_close(&writer);
        return 0;
}

static void in_zone(const char *zone)
{
        assert_int_equal(setenv("TZ", zone, 1), 0);
        tzset();
}

/* ---- what is there ---- */

struct shown {
        enum pl_cli_exit exit_code;
        struct pl_text out, words;
        uint64_t count;
};

/* As the verb does it, but at a time of ours. */
static struct shown show(struct pl_cli_style style, const char *const words[TEST_WORDS_MAX])
{
        static char buffer[PL_CLI_OUT_MAX];
        static struct pl_events events;
        const struct pl_cli_verb *const verbs[] = { &pl_cli_verb_events, NULL };
        const char *arguments[TEST_WORDS_MAX + 2] = { "plimsoll", "events" };
        const struct pl_live_moment moment = { NOW_USEC, WALL_USEC, false };
        struct shown shown = {};
        struct pl_text out;
        struct pl_cli cli = { .verbs = verbs, .style = style, .out = &out, .emit = test_collect };
        struct pl_journal_reader reader;
        int count = 2;

        for (size_t i = 0; i < TEST_WORDS_MAX && words[i]; i++)
                arguments[count++] = words[i];
        pl_text_init(&out, buffer, sizeof buffer);
        pl_text_init(&shown.out, test_out, sizeof test_out);
        pl_text_init(&shown.words, test_words, sizeof test_words);
        cli.words = &shown.words;
        cli.emit_data = &shown.out;
        shown.exit_code = pl_cli_parse(&cli, count, arguments);
        if (shown.exit_code == PL_CLI_FINE)
                shown.exit_code = pl_events_want(&cli, WALL_USEC, &events);
        if (shown.exit_code != PL_CLI_FINE)
                return shown;
        reader = place_reader();
        pl_live_look(&reader, &moment, &events.live);
        pl_events_say_unknown(&events);
        pl_events_show(&events);
        assert_int_equal(pl_cli_flush(&cli), 0);
        shown.count = events.count;
        pl_live_close(&events.live);
        return shown;
}

static const struct golden {
        const char *name;
        struct pl_cli_style style;
        const char *words[TEST_WORDS_MAX];
} goldens[] = {
        { "all", { .unicode = true }, {} },
        { "terminal", { .unicode = true, .terminal = true }, {} },
        { "ascii", {}, { "--since=1h" } },
        { "json", {}, { "--json" } },
};

static void each_way_of_looking_is_as_it_was(void **state)
{
        (void) state;
        in_zone("UTC");
        for (size_t i = 0; i < PL_ARRAY_LENGTH(goldens); i++) {
                struct shown shown = show(goldens[i].style, goldens[i].words);
                char name[64];

                (void) snprintf(name, sizeof name, "events/%s.txt", goldens[i].name);
                assert_int_equal(shown.exit_code, PL_CLI_FINE);
                test_compare(pl_text_span(&shown.out), name);
                if (goldens[i].style.terminal)
                        test_assert_tame(goldens[i].name, pl_text_span(&shown.out));
                assert_null(strchr(shown.out.data, '\x1B'));
        }
}

/* A line an event, whatever is in it. */
static void an_event_is_a_line(void **state)
{
        static const char *const plain[] = { NULL }, *const json[] = { "--json", NULL };
        const char *const *words[] = { plain, json };

        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(words); i++) {
                const char *given[TEST_WORDS_MAX] = { words[i][0] };
                struct shown shown = show((struct pl_cli_style){ .unicode = true }, given);
                size_t lines = 0;

                for (size_t j = 0; j < shown.out.length; j++)
                        lines += shown.out.data[j] == '\n';
                assert_int_equal(lines, PL_ARRAY_LENGTH(acts));
                assert_int_equal(shown.count, lines);
        }
}

static const struct choice {
        const char *words[TEST_WORDS_MAX];
        uint64_t count;
        const char *first; /* is in the first line */
} choices[] = {
        { { "--lines=1" }, 1, "plimsolld ended" },
        { { "-n", "3" }, 3, "evil" },
        { { "--lines=0" }, 0, NULL },
        { { "--lines=18446744073709551615" }, PL_ARRAY_LENGTH(acts), "started" },
        { { "--since=45min" }, 11, "policy refused" },
        { { "--since", "2026-11-21 13:30" }, 11, "policy refused" },
        { { "--since=2026-11-21T14:09:00Z" }, 1, "plimsolld ended" },
        { { "--since=1min", "--lines=5" }, 1, "plimsolld ended" },
        { { "--since=2027-01-01" }, 0, NULL },
        { { "--type=policy-refused" }, 1, "policy refused" },
        { { "--type=started", "--type=ended" }, 2, "started" },
        { { "--type=started", "--type=ended", "--lines=1" }, 1, "ended" },
        { { "--quiet" }, PL_ARRAY_LENGTH(acts) - 4, "started" },
        { { "--quiet", "--type=gone" }, 0, NULL },
        { { "mailer" }, 2, "worker/mailer appeared" },
        { { "worker/mailer" }, 1, "worker/mailer appeared" },
        { { "system/*" }, 1, "has no profile any more" },
        { { "/system.slice/*" }, 3, "worker/mailer appeared" },
        { { "report" }, 2, "decision 17" },
        { { "web" }, 4, "api/web: set memory.max 2.00 GiB" },
        { { "api/*" }, 1, "api/web: set memory.max 2.00 GiB" },
        { { "--type=set" }, 1, "api/web: set memory.max 2.00 GiB" },
        { { "--type=drift" }, 1, "memory.max of web" },
        { { "web", "mailer", "--lines=1" }, 1, "mailer has no profile" },
        { { "nobody" }, 0, NULL },
        { { "mailer.service" }, 2, "worker/mailer appeared" },
        { { "docker-*.scope" }, 1, "evil" },
};

static void what_is_wanted_is_shown(void **state)
{
        (void) state;
        in_zone("UTC");
        for (size_t i = 0; i < PL_ARRAY_LENGTH(choices); i++) {
                struct shown shown = show((struct pl_cli_style){}, choices[i].words);
                struct pl_span rest = pl_text_span(&shown.out), line = pl_span_until(&rest, '\n');
                char first[2048];

                assert_row(choices[i].words[0], shown.exit_code == PL_CLI_FINE);
                assert_row(choices[i].words[0], shown.count == choices[i].count);
                assert_row(choices[i].words[0], (strcmp(choices[i].words[0], "nobody") == 0) ==
                                                        (shown.words.length > 0));
                (void) snprintf(first, sizeof first, "%.*s", (int) line.length, line.data);
                if (choices[i].first && !strstr(first, choices[i].first))
                        fail_msg("row \"%s\": %s", choices[i].words[0], first);
        }
}

static void who_is_followed_may_be_still_to_come(void **state)
{
        static const char *const later[TEST_WORDS_MAX] = { "--follow", "mailer", "later" };
        struct shown shown = show((struct pl_cli_style){}, later);

        (void) state;
        assert_int_equal(shown.count, 2);
        assert_string_equal(shown.words.data,
                            "plimsoll: no event and no workload is of 'later' yet\n");
}

static const struct {
        const char *word;
        const char *words; /* a part of why not */
} refused[] = {
        { "--since=yesterday", "--since 'yesterday' is not understood\nWrite how long ago" },
        { "--since=", "--since '' is not understood" },
        { "--since=\x1B[2J", "--since '?[2J' is not" },
        { "--lines=ten", "--lines 'ten' is not understood\nWrite a number" },
        { "--lines=-1", "--lines '-1' is not" },
        { "--type=appear", "Did you mean 'appeared'?" },
        { "--type=zzzzzzzz",
          "There are started, ended, policy-in-force, policy-refused, appeared," },
        { "--type=snapshot", "is not understood" },
        { "[a", "the pattern '[a' is not understood" },
        { "/a//b", "the pattern '/a//b' is not understood" },
        { "", "the pattern '' is not understood" },
};

static void what_makes_no_sense_is_explained(void **state)
{
        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(refused); i++) {
                const char *words[TEST_WORDS_MAX] = { refused[i].word };
                struct shown shown = show((struct pl_cli_style){}, words);

                assert_row(refused[i].word, shown.exit_code == PL_CLI_USAGE);
                if (!strstr(shown.words.data, refused[i].words))
                        fail_msg("row \"%s\": %s", refused[i].word, shown.words.data);
        }
}

static void what_is_spoilt_stands_there_as_a_gap(void **state)
{
        static const uint64_t spoilt[] = { 3, 6 };
        static const char *const none[TEST_WORDS_MAX] = { NULL };
        static const char *const last[TEST_WORDS_MAX] = { "--lines=100" };
        struct pl_journal_reader reader = place_reader();
        struct shown shown;

        (void) state;
        in_zone("UTC");
        for (size_t i = 0; i < PL_ARRAY_LENGTH(spoilt); i++)
                place_patch("journal",
                            reader.layout.ring_offset[PL_JOURNAL_ACTS] +
                                    (spoilt[i] - 1) * PL_JOURNAL_RECORD_BYTES + 40,
                            "spoilt", 6);
        pl_journal_reader_close(&reader);
        shown = show((struct pl_cli_style){}, none);
        assert_int_equal(shown.exit_code, PL_CLI_FINE);
        assert_non_null(strstr(shown.out.data, "1 event is missing from number 3 on: damaged"));
        assert_null(strstr(shown.out.data, "decision 17: "));
        assert_non_null(strstr(shown.out.data, "plimsolld ended"));
        shown = show((struct pl_cli_style){}, last);
        assert_non_null(strstr(shown.out.data, "plimsolld 0.1.0 started"));
}

/* Behind ".It Cm", alone or with others. */
static void the_page_has_every_type(void **state)
{
        _cleanup_free_ char *page = NULL;
        size_t length;

        (void) state;
        assert_int_equal(pl_fd_read_file(AT_FDCWD, FIXTURES "/../../man/plimsoll-events.1", PL_MIB,
                                         &page, &length),
                         0);
        for (uint32_t type = 1; type < PL_JOURNAL_SNAPSHOT; type++) {
                struct pl_span rest = pl_span(page, length);
                bool found = false;

                while (!pl_span_empty(rest)) {
                        struct pl_span line = pl_span_until(&rest, '\n'), word;

                        if (!pl_span_starts_with(line, ".It Cm "))
                                continue;
                        while (!pl_span_empty(word = pl_span_word(&line)))
                                found |= pl_span_equals(word, pl_journal_type_word(type));
                }
                assert_row(pl_journal_type_word(type), found);
        }
}

/* ---- --since ---- */

static const struct {
        const char *zone, *text;
        int64_t seconds; /* after WALL_SEC; INT64_MIN: not understood */
} times[] = {
        { "UTC", "10min", -600 },
        { "UTC", "2h", -7200 },
        { "UTC", "0", 0 },
        { "UTC", "14:09", -60 },
        { "UTC", "14:10:00", 0 },
        { "UTC", "14:11", 60 - 86400 },
        { "UTC", "2026-11-21", -51000 },
        { "UTC", "2026-11-21 14:09:30", -30 },
        { "UTC", "2026-11-21T14:09:30.999999Z", -30 },
        { "UTC", "2026-11-21T15:09:30+01:00", -30 },
        { "UTC", "2026-11-21t09:09:30-05:00", -30 },
        { "CET-1CEST,M3.5.0,M10.5.0/3", "15:09", -60 },
        { "CET-1CEST,M3.5.0,M10.5.0/3", "15:11", 60 - 86400 },
        { "CET-1CEST,M3.5.0,M10.5.0/3", "2026-11-21 15:09", -60 },
        { "CET-1CEST,M3.5.0,M10.5.0/3", "2026-11-21T14:09:00z", -60 },
        { "UTC", "1970-01-01", -WALL_SEC },
        { "UTC", "600000w", -WALL_SEC },
        { "UTC", "2026-02-30", INT64_MIN },
        { "UTC", "2026-13-01", INT64_MIN },
        { "UTC", "1969-12-31", INT64_MIN },
        { "UTC", "24:00", INT64_MIN },
        { "UTC", "14:60", INT64_MIN },
        { "UTC", "14:10:60", INT64_MIN },
        { "UTC", "14:1", INT64_MIN },
        { "UTC", "14:10:", INT64_MIN },
        { "UTC", "14:10:00.", INT64_MIN },
        { "UTC", "14:10Z", INT64_MIN },
        { "UTC", "2026-11-21 ", INT64_MIN },
        { "UTC", "2026-11-21T14:10+1:00", INT64_MIN },
        { "UTC", "2026-11-21T14:10+01:00x", INT64_MIN },
        { "UTC", "10", INT64_MIN },
        { "UTC", "-10min", INT64_MIN },
        { "UTC", "", INT64_MIN },
};

static void times_are_read_as_people_write_them(void **state)
{
        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(times); i++) {
                int64_t usec = 0;
                bool understood;

                in_zone(times[i].zone);
                understood = pl_events_parse_since(times[i].text, WALL_USEC, &usec);
                assert_row(times[i].text, understood == (times[i].seconds != INT64_MIN));
                if (understood && usec != WALL_USEC + times[i].seconds * 1000000)
                        fail_msg("row \"%s\": %lld s", times[i].text,
                                 (long long) (usec / 1000000 - WALL_SEC));
        }
}

static void times_are_shown_as_on_the_wall(void **state)
{
        static const struct {
                const char *zone, *shown;
                uint64_t at_usec;
        } rows[] = {
                { "UTC", "14:10:00", NOW_USEC },
                { "UTC", "00:00:00", NOW_USEC - 51000 * PL_USEC_PER_SEC },
                { "UTC", "2026-11-20 23:59:59", NOW_USEC - 51001 * PL_USEC_PER_SEC },
                { "CET-1CEST,M3.5.0,M10.5.0/3", "00:59:59", NOW_USEC - 51001 * PL_USEC_PER_SEC },
                { "UTC", "2026-11-20 18:10:00", 0 },
                { "UTC", "at no time", UINT64_MAX },
        };
        const struct pl_live live = { .now_usec = NOW_USEC, .realtime_usec = WALL_USEC };
        struct pl_text text;
        char buffer[64];

        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(rows); i++) {
                in_zone(rows[i].zone);
                pl_text_init(&text, buffer, sizeof buffer);
                pl_events_add_time(&text, &live, rows[i].at_usec);
                assert_string_equal(buffer, rows[i].shown);
        }
}

/* ---- the verb ---- */

static const char *journal_path(void)
{
        static char option[128];

        (void) snprintf(option, sizeof option, "--journal=%s/journal", place_path);
        return option;
}

static void the_verb_reads_what_a_daemon_left(void **state)
{
        const char *const all[TEST_WORDS_MAX] = { journal_path() };
        const char *const none[TEST_WORDS_MAX] = { journal_path(), "nobody" };
        const char *const some[TEST_WORDS_MAX] = { journal_path(), "mailer", "\x1Blater" };
        struct test_answer answer;

        (void) state;
        in_zone("UTC");
        answer = test_run(&pl_cli_verb_events, (struct pl_cli_style){}, all);
        assert_int_equal(answer.exit_code, PL_CLI_FINE);
        assert_non_null(strstr(answer.out.data, "plimsolld ended, asked by SIGTERM\n"));
        assert_non_null(strstr(answer.words.data, "plimsolld is not running: it has ended"));
        answer = test_run(&pl_cli_verb_events, (struct pl_cli_style){}, none);
        assert_int_equal(answer.exit_code, PL_CLI_FINE);
        assert_int_equal(answer.out.length, 0);
        assert_non_null(strstr(answer.words.data, "plimsoll: no event and no workload is of "
                                                  "'nobody'\n"));
        assert_non_null(strstr(answer.words.data, "plimsoll: the journal has no such event\n"));
        answer = test_run(&pl_cli_verb_events, (struct pl_cli_style){}, some);
        assert_non_null(strstr(answer.words.data, "is of '?later'\n"));
        assert_null(strstr(answer.words.data, "mailer"));
}

static void without_a_journal_there_is_nothing_to_show(void **state)
{
        const char *const words[TEST_WORDS_MAX] = { journal_path(), "--json" };
        struct test_answer answer;

        (void) state;
        assert_int_equal(unlinkat(place_fd, "journal", 0), 0);
        answer = test_run(&pl_cli_verb_events, (struct pl_cli_style){}, words);
        assert_int_equal(answer.exit_code, PL_CLI_NO_DAEMON);
        assert_int_equal(answer.out.length, 0);
        assert_true(answer.words.length > 0);
}

static int set_up(void **state)
{
        (void) umask(022);
        return place_set_up(state);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup(each_way_of_looking_is_as_it_was, make_journal),
                cmocka_unit_test_setup(an_event_is_a_line, make_journal),
                cmocka_unit_test_setup(what_is_wanted_is_shown, make_journal),
                cmocka_unit_test_setup(who_is_followed_may_be_still_to_come, make_journal),
                cmocka_unit_test_setup(what_makes_no_sense_is_explained, make_journal),
                cmocka_unit_test_setup(what_is_spoilt_stands_there_as_a_gap, make_journal),
                cmocka_unit_test(the_page_has_every_type),
                cmocka_unit_test(times_are_read_as_people_write_them),
                cmocka_unit_test(times_are_shown_as_on_the_wall),
                cmocka_unit_test_setup(the_verb_reads_what_a_daemon_left, make_journal),
                cmocka_unit_test_setup(without_a_journal_there_is_nothing_to_show, make_journal),
        };

        return cmocka_run_group_tests(tests, set_up, place_tear_down);
}
