/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/mate_message.h"

#include "journald_fake.h"
#include "plimsoll/base/size.h"
#include "plimsoll/model/note.h"
#include "plimsoll/model/order.h"
#include "plimsoll/model/profile.h"

#define CONTAINER "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static struct pl_mate_message message;
static struct pl_journal_act act;

static void say(const struct pl_journal_row *row)
{
        pl_mate_message_act(&message, &act, row);
        assert_false(message.fields.text.cut);
        fake_parse(pl_text_span(&message.fields.text));
        assert_true(pl_span_equals_span(fake_value("MESSAGE"), pl_text_span(&message.words)));
        assert_int_equal(fake_number("PRIORITY"), pl_journal_priority(&act));
        assert_field("SYSLOG_IDENTIFIER", "plimsolld");
}

static void assert_absent(const char *field)
{
        for (size_t i = 0; i < fake.count; i++)
                if (pl_span_equals(fake.fields[i].name, field))
                        fail_msg("there is a field %s", field);
}

/* As the board has one of this path. */
static struct pl_journal_row row_at(const char *path)
{
        struct pl_journal_row row = { .id = 77, .name = "web", .profile_name = "api" };

        pl_journal_set_path(row.path, sizeof row.path, pl_span_of(path));
        return row;
}

static void note_about(uint64_t id)
{
        act = (struct pl_journal_act){
                .sequence = 12,
                .at_usec = 1,
                .type = PL_JOURNAL_ALARM,
                .note = { .id = id, .value = 9, .code = PL_NOTE_WATCHES, .name = "web" },
        };
}

/* ---- which, and by what id ---- */

static void who_comes_and_goes_is_not_for_the_log(void **state)
{
        static const enum pl_journal_type silent[] = {
                PL_JOURNAL_APPEARED, PL_JOURNAL_GONE, PL_JOURNAL_CHANGED,
                PL_JOURNAL_VERDICT,  PL_JOURNAL_SET,  PL_JOURNAL_SNAPSHOT,
        };

        (void) state;
        for (uint32_t type = 1; type < PL_JOURNAL_TYPES; type++) {
                bool is_silent = false;

                for (size_t i = 0; i < PL_ARRAY_LENGTH(silent); i++)
                        is_silent |= type == silent[i];
                assert_int_equal(pl_mate_reports(type), !is_silent);
        }
        assert_false(pl_mate_reports(0));
        assert_false(pl_mate_reports(PL_JOURNAL_TYPES));
        assert_false(pl_mate_reports(UINT32_MAX));
}

static void assert_new_id(const char *id, const char **ids, size_t *count)
{
        assert_non_null(id);
        assert_int_equal(strlen(id), 32);
        assert_int_equal(strspn(id, "0123456789abcdef"), 32);
        for (size_t i = 0; i < *count; i++)
                assert_string_not_equal(ids[i], id);
        ids[(*count)++] = id;
}

static void everything_that_is_said_has_an_id_of_its_own(void **state)
{
        const char *ids[128];
        size_t count = 0;

        (void) state;
        for (act.type = 1; act.type < PL_JOURNAL_TYPES; act.type++)
                if (pl_mate_reports(act.type) && act.type != PL_JOURNAL_ALARM &&
                    act.type != PL_JOURNAL_NOTE)
                        assert_new_id(pl_mate_act_id(&act), ids, &count);
        act.type = PL_JOURNAL_NOTE;
        for (act.note.code = PL_NOTE_NONE + 1; act.note.code < PL_NOTES; act.note.code++)
                assert_new_id(pl_mate_act_id(&act), ids, &count);
        for (enum pl_mate_news news = 0; news < PL_MATE_NEWS; news++)
                assert_new_id(pl_mate_news_id(news), ids, &count);
        print_message("%zu ids\n", count);

        act.note.code = PL_NOTES;
        assert_null(pl_mate_act_id(&act));
        act.note.code = UINT32_MAX;
        assert_null(pl_mate_act_id(&act));
}

/* ---- fields ---- */

static void a_policy_has_its_digest(void **state)
{
        (void) state;
        act = (struct pl_journal_act){ .sequence = 5, .type = PL_JOURNAL_IN_FORCE };
        memset(act.policy.digest, 0xAB, sizeof act.policy.digest);
        say(NULL);
        assert_field("MESSAGE_ID", pl_mate_act_id(&act));
        assert_field("PLIMSOLL_TYPE", "policy-in-force");
        assert_field("PLIMSOLL_SEQUENCE", "5");
        assert_field("PLIMSOLL_DIGEST",
                     "abababababababababababababababababababababababababababababababab");
        assert_int_equal(fake.count, 7);
        assert_true(pl_span_starts_with(fake_value("MESSAGE"), "policy abababababab is in force"));
}

static void a_note_has_its_code_and_whom_it_is_about(void **state)
{
        struct pl_journal_row row = row_at("/system.slice/nginx.service");

        (void) state;
        note_about(77);
        say(&row);
        assert_field("PLIMSOLL_TYPE", "alarm");
        assert_field("PLIMSOLL_CODE", "watches-full");
        assert_field("PLIMSOLL_VALUE", "9");
        assert_field("PLIMSOLL_CGROUP_ID", "77");
        assert_field("PLIMSOLL_WORKLOAD", "web");
        assert_field("PLIMSOLL_PROFILE", "api");
        assert_field("PLIMSOLL_CGROUP", "/system.slice/nginx.service");
        assert_field("OBJECT_SYSTEMD_UNIT", "nginx.service");
        assert_absent("CONTAINER_ID");

        note_about(0);
        act.note.name[0] = '\0';
        say(NULL);
        assert_absent("PLIMSOLL_CGROUP_ID");
        assert_absent("PLIMSOLL_WORKLOAD");
        assert_absent("OBJECT_SYSTEMD_UNIT");

        act.note.code = 4711;
        say(NULL);
        assert_field("PLIMSOLL_CODE", "4711");
        assert_absent("MESSAGE_ID");
}

static void a_drift_has_both_values_and_who_it_was(void **state)
{
        struct pl_journal_row row = row_at("/system.slice/nginx.service");

        (void) state;
        act = (struct pl_journal_act){ .type = PL_JOURNAL_DRIFT,
                                       .drift = { .id = 77,
                                                  .from = 2 * PL_GIB,
                                                  .to = PL_SIZE_MAX,
                                                  .limit = PL_LIMIT_MAX,
                                                  .cause = PL_DRIFT_BY_RELOAD,
                                                  .answer = PL_DRIFT_YIELD,
                                                  .name = "web" } };
        say(&row);
        assert_field("PLIMSOLL_TYPE", "drift");
        assert_field("PLIMSOLL_LIMIT", "memory.max");
        assert_field("PLIMSOLL_OLD", "2147483648");
        assert_field("PLIMSOLL_NEW", "max");
        assert_field("PLIMSOLL_CAUSE", "daemon-reload");
        assert_field("PLIMSOLL_ANSWER", "yield");
        assert_field("PLIMSOLL_WORKLOAD", "web");
        assert_field("PLIMSOLL_PROFILE", "api");
        assert_field("OBJECT_SYSTEMD_UNIT", "nginx.service");

        act.drift.limit = PL_LIMIT_COUNT;
        act.drift.cause = PL_DRIFT_CAUSES;
        act.drift.answer = UINT32_MAX;
        say(NULL);
        assert_absent("PLIMSOLL_LIMIT");
        assert_absent("PLIMSOLL_CAUSE");
        assert_absent("PLIMSOLL_ANSWER");
}

static void a_note_of_a_limit_names_its_file(void **state)
{
        static const struct {
                uint32_t code;
                uint64_t value;
                const char *file; /* NULL: none */
        } rows[] = {
                { PL_NOTE_SAMPLE_FAILED, PL_LIMIT_MAX, NULL },
                { PL_NOTE_CONTENDED, PL_LIMIT_MAX, "memory.max" },
                { PL_NOTE_CALM, PL_LIMIT_OOM_GROUP, "memory.oom.group" },
                { PL_NOTE_LIMIT_REFUSED, PL_LIMIT_UNIT, NULL },
                { PL_NOTE_LIMIT_LATE, PL_LIMIT_MIN, "memory.min" },
                { PL_NOTE_LIMIT_WAITS, PL_LIMIT_MAX, NULL },
        };

        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(rows); i++) {
                note_about(77);
                act.note.code = rows[i].code;
                act.note.value = rows[i].value;
                say(NULL);
                if (rows[i].file)
                        assert_field("PLIMSOLL_LIMIT", rows[i].file);
                else
                        assert_absent("PLIMSOLL_LIMIT");
        }
}

static void a_decision_has_the_name_of_whom_it_is_done_to(void **state)
{
        (void) state;
        act = (struct pl_journal_act){ .type = PL_JOURNAL_DECISION };
        act.decision.decision.id = 77;
        strcpy(act.decision.scope, "batch");
        strcpy(act.decision.name, "report");
        say(NULL);
        assert_field("PLIMSOLL_WORKLOAD", "report");
        assert_field("PLIMSOLL_CGROUP_ID", "77");
        act.decision.name[0] = '\0';
        say(NULL);
        assert_absent("PLIMSOLL_WORKLOAD");
}

/* What an operator filters by, who was told that a container ended and not why. */
static void a_decision_has_its_figures(void **state)
{
        (void) state;
        act = (struct pl_journal_act){ .type = PL_JOURNAL_DECISION };
        act.decision.decision = (struct pl_decision){ .number = 17,
                                                      .id = 77,
                                                      .measure = PL_MEASURE_KILL,
                                                      .choice = PL_CHOICE_GROWER,
                                                      .expected_bytes = PL_GIB,
                                                      .verdict.severity = PL_SEVERITY_CRITICAL };
        say(NULL);
        assert_field("PLIMSOLL_TYPE", "decision");
        assert_field("PLIMSOLL_DECISION", "17");
        assert_field("PLIMSOLL_MEASURE", "kill");
        assert_field("PLIMSOLL_CHOICE", "grower");
        assert_field("PLIMSOLL_SCOPE", "host");
        assert_field("PLIMSOLL_SEVERITY", "critical");
        assert_field("PLIMSOLL_EXPECTED", "1073741824");
        assert_absent("PLIMSOLL_AMOUNT");
        assert_absent("PLIMSOLL_OBSERVED");

        act.decision.flags = PL_JOURNAL_DECISION_OBSERVED;
        act.decision.decision.measure = PL_MEASURE_KINDS;
        act.decision.decision.amount_bytes = 7;
        say(NULL);
        assert_field("PLIMSOLL_OBSERVED", "1");
        assert_field("PLIMSOLL_AMOUNT", "7");
        assert_absent("PLIMSOLL_MEASURE");
}

static void an_outcome_has_its_figures_and_whom_it_was_done_to(void **state)
{
        struct pl_journal_row row = row_at("/system.slice/docker-" CONTAINER ".scope");

        (void) state;
        act = (struct pl_journal_act){ .type = PL_JOURNAL_OUTCOME };
        act.outcome.outcome = (struct pl_outcome){ .decision = 17,
                                                   .id = 77,
                                                   .measure = PL_MEASURE_KILL,
                                                   .result = PL_RESULT_PARTLY,
                                                   .error = 1,
                                                   .processes = 12,
                                                   .began_usec = 1000,
                                                   .ended_usec = 411000,
                                                   .bytes = 6 * PL_GIB };
        say(&row);
        assert_field("PLIMSOLL_TYPE", "outcome");
        assert_field("PLIMSOLL_DECISION", "17");
        assert_field("PLIMSOLL_MEASURE", "kill");
        assert_field("PLIMSOLL_RESULT", "partly");
        assert_field("PLIMSOLL_BYTES", "6442450944");
        assert_field("PLIMSOLL_USEC", "410000");
        assert_field("PLIMSOLL_PROCESSES", "12");
        assert_field("ERRNO", "1");
        assert_field("CONTAINER_ID_FULL", CONTAINER);
        assert_field("OBJECT_SYSTEMD_UNIT", "docker-" CONTAINER ".scope");

        act.outcome.outcome = (struct pl_outcome){ .began_usec = 1, .result = PL_RESULTS };
        say(NULL);
        assert_field("PLIMSOLL_USEC", "0");
        assert_field("PLIMSOLL_BYTES", "0");
        assert_absent("PLIMSOLL_DECISION");
        assert_absent("PLIMSOLL_RESULT");
        assert_absent("ERRNO");
}

static void containers_and_units_are_found_by_their_names(void **state)
{
        static const struct {
                const char *path, *unit, *id;
        } rows[] = {
                { "/system.slice/docker-" CONTAINER ".scope", "docker-" CONTAINER ".scope",
                  CONTAINER },
                { "/docker/" CONTAINER, "", CONTAINER },
                { "/system.slice/nginx.service/worker", "nginx.service", "" },
                { "/system.slice", "", "" },
                { "/", "", "" },
                { "", "", "" },
                /* What a user has made may be called as he likes. */
                { "/user.slice/user-1000.slice/user@1000.service/app.slice/sshd.service", "", "" },
                { "/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-" CONTAINER
                  ".scope",
                  "", "" },
        };

        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(rows); i++) {
                struct pl_journal_row row = row_at(rows[i].path);

                note_about(77);
                say(&row);
                assert_field("PLIMSOLL_CGROUP", rows[i].path);
                assert_field("OBJECT_SYSTEMD_UNIT", rows[i].unit);
                assert_field("CONTAINER_ID_FULL", rows[i].id);
                assert_true(pl_span_equals_span(
                        fake_value("CONTAINER_ID"),
                        pl_span(rows[i].id, PL_MIN(strlen(rows[i].id), (size_t) 12))));
        }
}

/* What is left of it could be the name of somebody else. */
static void a_path_that_was_cut_names_nobody(void **state)
{
        char path[400] = "/system.slice/";
        struct pl_journal_row row;

        (void) state;
        memset(path + strlen(path), 'x', 300);
        strcat(path, ".service");
        row = row_at(path);
        note_about(77);
        say(&row);
        assert_true(fake_value("PLIMSOLL_CGROUP").length > 100);
        assert_absent("OBJECT_SYSTEMD_UNIT");
}

/* ---- hostile ---- */

static void no_name_forges_a_field_or_moves_a_cursor(void **state)
{
        static const char name[] = "x\nPRIORITY=0\nMESSAGE=forged\x1b[2J\xff=\r";
        struct pl_journal_row row = row_at("/system.slice/a\nMESSAGE_ID=00\x1b[31m.service");

        (void) state;
        note_about(77);
        memcpy(act.note.name, name, sizeof name);
        memcpy(act.note.words, name, sizeof name);
        memcpy(row.profile_name, name, sizeof name);
        act.note.code = 4711; /* whose words and name stand in the sentence */
        say(&row);
        assert_field("PLIMSOLL_WORKLOAD", "x?PRIORITY=0?MESSAGE=forged?[2J?=?");
        assert_field("PLIMSOLL_PROFILE", "x?PRIORITY=0?MESSAGE=forged?[2J?=?");
        assert_field("PLIMSOLL_CGROUP", "/system.slice/a?MESSAGE_ID=00?[31m.service");
        assert_field("OBJECT_SYSTEMD_UNIT", "a?MESSAGE_ID=00?[31m.service");
        assert_absent("MESSAGE_ID");
        for (size_t i = 0; i < message.fields.text.length; i++)
                assert_true(message.buffer[i] == '\0' || (unsigned char) message.buffer[i] >= ' ');
}

/* Acts of any bytes, with rows of any bytes. */
static void anything_makes_a_message(void **state)
{
        size_t longest = 0;

        (void) state;
        for (uint64_t number = 1; number < 20000; number++) {
                struct pl_journal_row row;

                made_act(number, &act);
                act.sequence = number;
                if (!pl_mate_reports(act.type))
                        continue;
                made_row(1, number, &row);
                row.id = pl_mate_act_subject(&act);
                say(row.id != 0 && number % 2 ? &row : NULL);
                assert_int_equal(fake_number("PLIMSOLL_SEQUENCE"), number);
                longest = PL_MAX(longest, message.fields.text.length);
        }
        print_message("the longest message has %zu bytes\n", longest);
}

/* A message has at most all that any has. */
static void assert_fits(void)
{
        assert_true(message.fields.text.length + PL_JOURNAL_SENTENCE_MAX + 2 * 32 +
                            PL_JOURNAL_PATH_BYTES + 200 <
                    PL_JOURNALD_MESSAGE_BYTES);
}

/* Every text as long as it can be. */
static void the_longest_fits(void **state)
{
        struct pl_journal_row row = { .id = UINT64_MAX };

        (void) state;
        memset(&act, 'x', sizeof act);
        act.type = PL_JOURNAL_ALARM;
        act.sequence = act.note.id = act.note.value = UINT64_MAX;
        act.note.code = UINT32_MAX;
        act.note.name[sizeof act.note.name - 1] = '\0';
        act.note.words[sizeof act.note.words - 1] = '\0';
        memset(row.profile_name, 'x', sizeof row.profile_name - 1);
        memset(row.path, 'x', sizeof row.path - 1);
        memcpy(row.path, "/docker-", 8);
        memcpy(row.path + sizeof row.path - 7, ".scope", 6);
        say(&row);
        assert_int_equal(fake_value("OBJECT_SYSTEMD_UNIT").length, sizeof row.path - 2);
        assert_fits();

        act.type = PL_JOURNAL_DRIFT;
        act.drift.id = act.drift.from = act.drift.to = UINT64_MAX - 1;
        act.drift.limit = PL_LIMIT_ZSWAP_WRITEBACK;
        act.drift.cause = PL_DRIFT_BY_SET_PROPERTY;
        act.drift.answer = PL_DRIFT_REPAIR;
        act.drift.name[sizeof act.drift.name - 1] = '\0';
        act.drift.words[sizeof act.drift.words - 1] = '\0';
        row.id = UINT64_MAX - 1;
        say(&row);
        assert_fits();

        memset(&act, 'x', sizeof act);
        act.type = PL_JOURNAL_DECISION;
        act.decision.decision.id = row.id = act.sequence = UINT64_MAX;
        act.decision.decision.number = act.decision.decision.amount_bytes = UINT64_MAX;
        act.decision.decision.expected_bytes = UINT64_MAX;
        act.decision.decision.measure = PL_MEASURE_THROTTLE;
        act.decision.decision.choice = PL_CHOICE_LIVELOCK;
        act.decision.decision.verdict.scope = PL_SCOPE_CGROUP;
        act.decision.decision.verdict.severity = PL_SEVERITY_CRITICAL;
        act.decision.flags = PL_JOURNAL_DECISION_OBSERVED;
        act.decision.name[sizeof act.decision.name - 1] = '\0';
        act.decision.scope[sizeof act.decision.scope - 1] = '\0';
        say(&row);
        assert_fits();
}

/* ---- of its own accord ---- */

static void a_deed_of_the_mate_has_all_of_an_outcome(void **state)
{
        struct pl_journal_row row = row_at("/docker/" CONTAINER);
        struct pl_outcome outcome = { .id = 77,
                                      .measure = PL_MEASURE_KILL,
                                      .processes = 3,
                                      .began_usec = PL_USEC_PER_SEC,
                                      .ended_usec = PL_USEC_PER_SEC + 38000,
                                      .bytes = PL_GIB };
        struct pl_mate_fact fact = { .news = PL_MATE_ACTED,
                                     .pid = 812,
                                     .outcome = &outcome,
                                     .name = "x\nPRIORITY=0\x1b[2J",
                                     .row = &row };

        (void) state;
        pl_mate_message_news(&message, &fact);
        fake_parse(pl_text_span(&message.fields.text));
        assert_field("MESSAGE",
                     "the second process has killed x?PRIORITY=0?[2J, for the host was short while "
                     "plimsolld (pid 812) stood still: dead after 38 ms, 1.00 GiB came back, 3 "
                     "processes");
        assert_field("PRIORITY", "2");
        assert_field("PLIMSOLL_TYPE", "acted");
        assert_field("MESSAGE_ID", pl_mate_news_id(PL_MATE_ACTED));
        assert_field("PLIMSOLL_WORKLOAD", "x?PRIORITY=0?[2J");
        assert_field("PLIMSOLL_RESULT", "done");
        assert_field("PLIMSOLL_USEC", "38000");
        assert_field("CONTAINER_ID_FULL", CONTAINER);
        assert_absent("PLIMSOLL_DECISION");

        outcome.result = PL_RESULT_FAILED;
        outcome.error = 1;
        fact.name = NULL;
        fact.row = NULL;
        pl_mate_message_news(&message, &fact);
        fake_parse(pl_text_span(&message.fields.text));
        assert_true(pl_span_starts_with(fake_value("MESSAGE"),
                                        "the second process was to kill cgroup 77, for"));
        assert_absent("PLIMSOLL_WORKLOAD");
        assert_field("PLIMSOLL_CGROUP_ID", "77");
}

static void the_mates_own_words(void **state)
{
        static const struct {
                struct pl_mate_fact fact;
                const char *type, *priority, *words;
        } rows[] = {
                { { .news = PL_MATE_STUCK,
                    .pid = 812,
                    .figure = 10 * PL_USEC_PER_SEC,
                    .without_systemd = false },
                  "stuck",
                  "3",
                  "plimsolld (pid 812) has not moved for 10 s" },
                { { .news = PL_MATE_MOVES,
                    .pid = 812,
                    .figure = 75 * PL_USEC_PER_SEC,
                    .without_systemd = false },
                  "moves",
                  "5",
                  "plimsolld (pid 812) moves again after 1 min 15 s" },
                { { .news = PL_MATE_DIED, .pid = 812, .figure = 0, .without_systemd = false },
                  "died",
                  "2",
                  "plimsolld (pid 812) died without a word; systemd starts it again" },
                { { .news = PL_MATE_DIED, .pid = 812, .figure = 0, .without_systemd = true },
                  "died",
                  "2",
                  "plimsolld (pid 812) died without a word" },
                { { .news = PL_MATE_LOST, .pid = 812, .figure = 1, .without_systemd = false },
                  "lost",
                  "4",
                  "1 record of plimsolld is missing here, overwritten or spoilt" },
                { { .news = PL_MATE_LOST, .pid = 812, .figure = 812, .without_systemd = false },
                  "lost",
                  "4",
                  "812 records of plimsolld are missing here, overwritten or spoilt" },
                { { .news = PL_MATE_THAWED, .pid = 812, .figure = 1, .without_systemd = false },
                  "thawed",
                  "5",
                  "plimsolld (pid 812) has ended, and 1 workload that it had frozen goes on" },
                { { .news = PL_MATE_THAWED, .pid = 812, .figure = 2, .without_systemd = false },
                  "thawed",
                  "5",
                  "plimsolld (pid 812) has ended, and 2 workloads that it had frozen go on" },
        };

        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(rows); i++) {
                pl_mate_message_news(&message, &rows[i].fact);
                fake_parse(pl_text_span(&message.fields.text));
                assert_field("MESSAGE", rows[i].words);
                assert_field("PRIORITY", rows[i].priority);
                assert_field("PLIMSOLL_TYPE", rows[i].type);
                assert_field("PLIMSOLL_PID", "812");
                assert_field("MESSAGE_ID", pl_mate_news_id(rows[i].fact.news));
                assert_int_equal(fake_number("PLIMSOLL_VALUE"), rows[i].fact.figure);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(who_comes_and_goes_is_not_for_the_log),
                cmocka_unit_test(everything_that_is_said_has_an_id_of_its_own),
                cmocka_unit_test(a_policy_has_its_digest),
                cmocka_unit_test(a_note_has_its_code_and_whom_it_is_about),
                cmocka_unit_test(a_drift_has_both_values_and_who_it_was),
                cmocka_unit_test(a_note_of_a_limit_names_its_file),
                cmocka_unit_test(a_decision_has_the_name_of_whom_it_is_done_to),
                cmocka_unit_test(a_decision_has_its_figures),
                cmocka_unit_test(an_outcome_has_its_figures_and_whom_it_was_done_to),
                cmocka_unit_test(containers_and_units_are_found_by_their_names),
                cmocka_unit_test(a_path_that_was_cut_names_nobody),
                cmocka_unit_test(no_name_forges_a_field_or_moves_a_cursor),
                cmocka_unit_test(anything_makes_a_message),
                cmocka_unit_test(the_longest_fits),
                cmocka_unit_test(a_deed_of_the_mate_has_all_of_an_outcome),
                cmocka_unit_test(the_mates_own_words),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
