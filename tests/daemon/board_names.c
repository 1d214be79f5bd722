/* SPDX-License-Identifier: Apache-2.0 */

/* Containers, which are nobody's until their names are known: here the test is who reads the runtime's files. */

#include <stdlib.h>

#include "daemon/rig.h"
#include "plimsoll/base/clock.h"
#include "plimsoll/host/names.h"
#include "plimsoll/model/profile.h"

#define ID    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define SCOPE "system.slice/docker-" ID ".scope"

enum { ROOM = 4, MANY = 300 };

static struct pl_names_question questions[ROOM];
static struct pl_names_answer answers[ROOM];
static unsigned question_count, answer_count, put_count;
static bool answers_itself;

static char *text_named(const char *id, const char *name, const char *label)
{
        char *text = NULL;

        assert_true(asprintf(&text,
                             "{\"ID\":\"%s\",\"Name\":\"/%s\",\"Config\":{\"Image\":\"img:1\","
                             "\"Labels\":{\"plimsoll.profile\":\"%s\",\"team\":\"blue\"}}}",
                             id, name, label) > 0);
        return text;
}

static void answer_with(const struct pl_names_question *question, int result, char *text)
{
        assert_true(answer_count < ROOM);
        answers[answer_count++] = (struct pl_names_answer){
                .tag = question->tag,
                .result = result,
                .format = PL_NAMES_DOCKER,
                .length = text ? strlen(text) : 0,
                .text = text,
                .stamp = { .inode = put_count },
        };
}

/* ---- in the place of the threads ---- */

int __wrap_pl_namer_put(struct pl_namer *namer, const struct pl_names_question *question);
bool __wrap_pl_namer_take(struct pl_namer *namer, struct pl_names_answer *ret_answer);

int __wrap_pl_namer_put(struct pl_namer *namer, const struct pl_names_question *question)
{
        (void) namer;
        assert_int_equal(question->runtime, PL_RUNTIME_DOCKER);
        assert_int_equal(question->uid, 0);
        if (question_count + answer_count == ROOM)
                return PL_NAMER_E_FULL;
        put_count++;
        if (answers_itself)
                answer_with(question, 0, text_named(question->id, question->id, ""));
        else
                questions[question_count++] = *question;
        return 0;
}

bool __wrap_pl_namer_take(struct pl_namer *namer, struct pl_names_answer *ret_answer)
{
        (void) namer;
        if (answer_count == 0)
                return false;
        *ret_answer = answers[--answer_count];
        return true;
}

/* To the one question that was asked. */
static void answer(int result, char *text)
{
        assert_int_equal(question_count, 1);
        question_count = 0;
        answer_with(&questions[0], result, text);
        (void) rig_work();
}

/* ---- the rig ---- */

static const char policy[] =
        "// origin: 10-api.json\n"
        "{ \"profile\": \"api\", \"match\": [ { \"container\": \"api-*\", " RIG_OWNER " } ] }\n"
        "// origin: 20-batch.json\n"
        "{ \"profile\": \"batch\", \"match\": [ { \"label\": \"plimsoll.profile=batch\", " RIG_OWNER
        " } ] }\n"
        "// origin: 30-any.json\n"
        "{ \"profile\": \"any\", \"match\": [ { \"runtime\": \"docker\", " RIG_OWNER " } ] }\n";

static int set_up(void **state)
{
        (void) rig_set_up(state);
        question_count = answer_count = put_count = 0;
        answers_itself = false;
        rig_make("system.slice");
        rig_start(&(struct rig_options){});
        board.options.namer = (struct pl_namer *) &questions;
        rig_set_policy(rig_policy(policy));
        return 0;
}

static int tear_down(void **state)
{
        while (answer_count > 0)
                free(answers[--answer_count].text);
        return rig_tear_down(state);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

/* After the first look, so that it appears. */
static void appear(void)
{
        (void) rig_look();
        rig_make(SCOPE);
        (void) rig_look();
}

static unsigned appeared(void)
{
        static struct pl_journal_act act;

        return rig_acts(PL_JOURNAL_APPEARED, &act);
}

static bool is_kept_safe(void)
{
        const struct pl_journal_row row = rig_row("/" SCOPE);

        return row.flags & PL_CGROUP_PROTECTED && !(row.flags & PL_CGROUP_PROFILE) &&
               row.profile_name[0] == '\0';
}

/* Steps are taken at the end of a look. */
static void compare(void)
{
        (void) rig_look();
        rig_compare();
}

/* ---- tests ---- */

static void nobodys_until_it_has_a_name(void **state)
{
        static struct pl_journal_act act;
        struct pl_journal_row row;

        (void) state;
        appear();
        assert_true(is_kept_safe());
        assert_int_equal(appeared(), 0);
        for (int i = 0; i < 5; i++)
                (void) rig_look();
        assert_true(is_kept_safe());
        assert_int_equal(put_count, 1);

        answer(0, text_named(ID, "api-1", ""));
        row = rig_row("/" SCOPE);
        assert_string_equal(row.name, "api-1");
        assert_string_equal(row.profile_name, "api");
        assert_false(row.flags & PL_CGROUP_PROTECTED);
        assert_int_equal(rig_acts(PL_JOURNAL_APPEARED, &act), 1);
        assert_string_equal(act.workload.name, "api-1");
        assert_string_equal(act.workload.profile_name, "api");
        assert_int_equal(rig_acts(PL_JOURNAL_CHANGED, &act), 0);
        assert_int_equal(board.awaited_count, 0);
        rig_recount();
        compare();
}

static void by_its_label(void **state)
{
        (void) state;
        appear();
        answer(0, text_named(ID, "x", "batch"));
        assert_string_equal(rig_row("/" SCOPE).profile_name, "batch");
        compare();
}

/* Who was there before the daemon has not appeared, and is waited for as well. */
static void who_was_there_before(void **state)
{
        (void) state;
        rig_make(SCOPE);
        (void) rig_look();
        assert_true(is_kept_safe());
        answer(0, text_named(ID, "api-1", ""));
        assert_string_equal(rig_row("/" SCOPE).profile_name, "api");
        assert_int_equal(appeared(), 0);
        compare();
}

static void not_there_yet(void **state)
{
        (void) state;
        appear();
        answer(PL_NAMES_E_ABSENT, NULL);
        assert_true(is_kept_safe());
        assert_int_equal(put_count, 1);
        assert_true(board.names_due_usec > now && board.names_due_usec <= now + 50000);
        now += 50000;
        (void) rig_work();
        assert_int_equal(put_count, 2);
        answer(0, text_named(ID, "api-1", ""));
        assert_string_equal(rig_row("/" SCOPE).name, "api-1");
        assert_int_equal(appeared(), 1);
        compare();
}

/* It is known by its path then, and by its name when there is one after all. */
static void it_is_not_waited_for_for_ever(void **state)
{
        static struct pl_journal_act act;
        struct pl_journal_row row;
        uint64_t value;

        (void) state;
        appear();
        answer(PL_NAMES_E_ABSENT, NULL);
        now += 3 * PL_USEC_PER_SEC;
        (void) rig_work();
        row = rig_row("/" SCOPE);
        assert_string_equal(row.name, "0123456789ab");
        assert_string_equal(row.profile_name, "any");
        assert_int_equal(appeared(), 1);
        assert_int_equal(rig_notes(PL_NOTE_NO_NAME, &value), 1);

        answer(0, text_named(ID, "api-1", ""));
        row = rig_row("/" SCOPE);
        assert_string_equal(row.name, "api-1");
        assert_string_equal(row.profile_name, "api");
        assert_int_equal(appeared(), 1);
        assert_int_equal(rig_acts(PL_JOURNAL_CHANGED, &act), 1);
        assert_int_equal(rig_notes(PL_NOTE_NO_NAME, &value), 1);
        rig_recount();
        compare();
}

static void no_answer_at_all(void **state)
{
        uint64_t value;

        (void) state;
        appear();
        assert_true(board.names_due_usec <= now + 2 * PL_USEC_PER_SEC);
        now += 2 * PL_USEC_PER_SEC;
        (void) rig_work();
        assert_string_equal(rig_row("/" SCOPE).profile_name, "any");
        assert_int_equal(rig_notes(PL_NOTE_NO_NAME, &value), 1);
        assert_int_equal(put_count, 1);
        answer(0, text_named(ID, "api-1", ""));
        assert_string_equal(rig_row("/" SCOPE).profile_name, "api");
        compare();
}

static void what_makes_no_sense(void **state)
{
        static const char *const texts[] = { "", "{", "[]",
                                             "{\"ID\":\"" ID "0\",\"Name\":\"/api-1\"}" };

        (void) state;
        appear();
        for (size_t i = 0; i < PL_ARRAY_LENGTH(texts); i++) {
                answer(0, strdup(texts[i]));
                assert_true(is_kept_safe());
                now += PL_USEC_PER_SEC / 2;
                (void) rig_work();
        }
        now += PL_USEC_PER_SEC;
        (void) rig_work();
        assert_string_equal(rig_row("/" SCOPE).profile_name, "any");
        compare();
}

/* At the looks that read everything it is asked whether the file is another one. */
static void it_is_renamed(void **state)
{
        static struct pl_journal_act act;
        struct pl_names_stamp stamp;

        (void) state;
        appear();
        stamp = (struct pl_names_stamp){ .inode = put_count };
        answer(0, text_named(ID, "api-1", ""));
        for (int i = 0; i < PL_BOARD_NAMES_EVERY && question_count == 0; i++)
                (void) rig_look();
        assert_memory_equal(&questions[0].stamp, &stamp, sizeof stamp);
        answer(PL_NAMES_E_SAME, NULL);
        assert_string_equal(rig_row("/" SCOPE).name, "api-1");
        for (int i = 0; i < PL_BOARD_NAMES_EVERY && question_count == 0; i++)
                (void) rig_look();
        answer(0, text_named(ID, "other", ""));
        assert_string_equal(rig_row("/" SCOPE).name, "other");
        assert_string_equal(rig_row("/" SCOPE).profile_name, "any");
        assert_int_equal(rig_acts(PL_JOURNAL_CHANGED, &act), 1);
        /* What cannot be read any more is what it was. */
        for (int i = 0; i < PL_BOARD_NAMES_EVERY && question_count == 0; i++)
                (void) rig_look();
        answer(PL_NAMES_E_ABSENT, NULL);
        assert_string_equal(rig_row("/" SCOPE).name, "other");
        compare();
}

static void it_goes_before(void **state)
{
        static struct pl_journal_act act;

        (void) state;
        appear();
        rig_drop(SCOPE);
        (void) rig_look();
        answer(0, text_named(ID, "api-1", ""));
        assert_int_equal(appeared(), 0);
        assert_int_equal(rig_acts(PL_JOURNAL_GONE, &act), 0);
        assert_int_equal(board.unnamed_count, 0);
        rig_recount();
        compare();
}

/* Labels that nobody had asked for are read again, and until then it is nobody's: one of them may be what protects it. */
static void another_policy(void **state)
{
        static const char by_team[] =
                "// origin: 10-blue.json\n"
                "{ \"profile\": \"blue\", \"match\": [ { \"label\": \"team=blue\", " RIG_OWNER
                " } ] }\n"
                "// origin: 30-any.json\n"
                "{ \"profile\": \"any\", \"match\": [ { \"runtime\": \"docker\", " RIG_OWNER
                " } ] }\n";
        static const struct pl_names_stamp none = {};
        const struct pl_policy *next;

        (void) state;
        appear();
        answer(0, text_named(ID, "x", "batch"));
        next = rig_policy(by_team);
        /* As in the daemon, the one before is gone by then. */
        pl_policy_free(policies[0]);
        policies[0] = policies[--policy_count];
        rig_set_policy(next);
        (void) rig_look();
        assert_true(is_kept_safe());
        assert_memory_equal(&questions[0].stamp, &none, sizeof none);
        answer(0, text_named(ID, "x", "batch"));
        assert_string_equal(rig_row("/" SCOPE).profile_name, "blue");
        /* One that asks for the same labels finds them. */
        rig_set_policy(rig_policy(by_team));
        (void) rig_look();
        assert_string_equal(rig_row("/" SCOPE).profile_name, "blue");
        assert_int_equal(question_count, 0);
        rig_set_policy(NULL);
        (void) rig_look();
        assert_string_equal(rig_row("/" SCOPE).profile_name, "");
        compare();
}

static void many_at_once(void **state)
{
        (void) state;
        (void) rig_look();
        answers_itself = true;
        for (unsigned i = 0; i < MANY; i++)
                rig_make(rig_name("system.slice/docker-%064u.scope", i));
        (void) rig_look();
        assert_int_equal(board.awaited_count, 0);
        assert_int_equal(appeared(), MANY);
        for (unsigned i = 0; i < MANY; i++)
                assert_string_equal(
                        rig_row(rig_name("/system.slice/docker-%064u.scope", i)).profile_name,
                        "any");
        rig_recount();
        compare();
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                TEST(nobodys_until_it_has_a_name),
                TEST(by_its_label),
                TEST(who_was_there_before),
                TEST(not_there_yet),
                TEST(it_is_not_waited_for_for_ever),
                TEST(no_answer_at_all),
                TEST(what_makes_no_sense),
                TEST(it_is_renamed),
                TEST(it_goes_before),
                TEST(another_policy),
                TEST(many_at_once),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
