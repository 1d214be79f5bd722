/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/mate_message.h"

#include "journald_fake.h"
#include "plimsoll/model/note.h"

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
                PL_JOURNAL_APPEARED, PL_JOURNAL_GONE,     PL_JOURNAL_CHANGED,
                PL_JOURNAL_VERDICT,  PL_JOURNAL_SNAPSHOT,
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

static void a_decision_has_the_name_of_whom_it_is_done_to(void **state)
{
        (void) state;
        act = (struct pl_journal_act){ .type = PL_JOURNAL_DECISION };
        act.decision.decision.id = 77;
        act.decision.decision.candidate_count = 2;
        act.decision.decision.candidates[0].id = 76;
        act.decision.decision.candidates[1].id = 77;
        strcpy(act.decision.names[0], "other");
        strcpy(act.decision.names[1], "report");
        say(NULL);
        assert_field("PLIMSOLL_WORKLOAD", "report");
        assert_field("PLIMSOLL_CGROUP_ID", "77");
        act.decision.decision.candidate_count = 1;
        say(NULL);
        assert_absent("PLIMSOLL_WORKLOAD");
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
        /* A message has at most all that any has. */
        assert_true(message.fields.text.length + PL_JOURNAL_SENTENCE_MAX + 2 * 32 +
                            PL_JOURNAL_PATH_BYTES + 200 <
                    PL_JOURNALD_MESSAGE_BYTES);
}

/* ---- of its own accord ---- */

static void the_mates_own_words(void **state)
{
        static const struct {
                struct pl_mate_fact fact;
                const char *type, *priority, *words;
        } rows[] = {
                { { PL_MATE_STUCK, 0, 812, 10 * PL_USEC_PER_SEC, false },
                  "stuck",
                  "3",
                  "plimsolld (pid 812) has not moved for 10 s" },
                { { PL_MATE_MOVES, 0, 812, 75 * PL_USEC_PER_SEC, false },
                  "moves",
                  "5",
                  "plimsolld (pid 812) moves again after 1 min 15 s" },
                { { PL_MATE_DIED, 0, 812, 0, false },
                  "died",
                  "2",
                  "plimsolld (pid 812) died without a word; systemd starts it again" },
                { { PL_MATE_DIED, 0, 812, 0, true },
                  "died",
                  "2",
                  "plimsolld (pid 812) died without a word" },
                { { PL_MATE_LOST, 0, 812, 1, false },
                  "lost",
                  "4",
                  "1 record of plimsolld is missing here, overwritten or spoilt" },
                { { PL_MATE_LOST, 0, 812, 812, false },
                  "lost",
                  "4",
                  "812 records of plimsolld are missing here, overwritten or spoilt" },
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
                cmocka_unit_test(a_decision_has_the_name_of_whom_it_is_done_to),
                cmocka_unit_test(containers_and_units_are_found_by_their_names),
                cmocka_unit_test(a_path_that_was_cut_names_nobody),
                cmocka_unit_test(no_name_forges_a_field_or_moves_a_cursor),
                cmocka_unit_test(anything_makes_a_message),
                cmocka_unit_test(the_longest_fits),
                cmocka_unit_test(the_mates_own_words),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
