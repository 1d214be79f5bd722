/* SPDX-License-Identifier: Apache-2.0 */

#include "plimsoll/base/diag.h"

#include "test.h"

static struct pl_diag diag;

static const char *print(size_t index)
{
        static char buffer[1024];
        struct pl_text text;

        pl_text_init(&text, buffer, sizeof buffer);
        pl_diag_format(&text, &diag.entries[index]);
        return buffer;
}

static void says_what_where_and_what_to_do(void **state)
{
        (void) state;
        pl_diag_clear(&diag);
        pl_diag_error(&diag, "api.json", (struct pl_place){ 12, 5, 11 }, "unknown key \"%s\"",
                      "oom_scor_adj");
        pl_diag_hint(&diag, "did you mean \"%s\"?", "score_adj");
        pl_diag_warning(&diag, "api.json", (struct pl_place){}, "nothing matches");
        pl_diag_error(&diag, NULL, (struct pl_place){}, "no policy at all");
        pl_diag_note(&diag, "api.json", (struct pl_place){ 3, 0, 0 }, "read %d files", 2);
        pl_diag_hint(&diag, "look at both");

        assert_int_equal(diag.count, 4);
        assert_int_equal(diag.errors, 2);
        assert_int_equal(diag.warnings, 1);
        assert_int_equal(diag.notes, 1);
        assert_string_equal(print(0), "api.json:12:5: error: unknown key \"oom_scor_adj\" "
                                      "\xE2\x80\x94 did you mean \"score_adj\"?");
        assert_string_equal(print(1), "api.json: warning: nothing matches");
        assert_string_equal(print(2), "error: no policy at all");
        assert_string_equal(print(3), "api.json:3: note: read 2 files \xE2\x80\x94 look at both");

        pl_diag_clear(&diag);
        assert_int_equal(diag.count + diag.errors + diag.warnings + diag.notes, 0);
}

static void quoted_bytes_are_cleaned_and_cut(void **state)
{
        char longer[3 * PL_DIAG_WORDS_MAX];

        (void) state;
        memset(longer, 'a', sizeof longer - 1);
        longer[sizeof longer - 1] = '\0';
        pl_diag_clear(&diag);
        pl_diag_error(&diag, "a\n.json", (struct pl_place){ 1, 1, 0 }, "key \"%s\"", "\x1B[2J");
        pl_diag_error(&diag, NULL, (struct pl_place){}, "%s", longer);
        assert_string_equal(print(0), "a?.json:1:1: error: key \"?[2J\"");
        assert_int_equal(strlen(diag.entries[1].message), PL_DIAG_WORDS_MAX - 1);
}

static void a_full_list_counts_on(void **state)
{
        (void) state;
        pl_diag_clear(&diag);
        for (int i = 0; i < PL_DIAG_ENTRIES_MAX + 50; i++) {
                pl_diag_error(&diag, NULL, (struct pl_place){}, "mistake %d", i);
                pl_diag_hint(&diag, "hint %d", i);
        }
        assert_int_equal(diag.count, PL_DIAG_ENTRIES_MAX);
        assert_int_equal(diag.errors, PL_DIAG_ENTRIES_MAX + 50);
        assert_string_equal(print(PL_DIAG_ENTRIES_MAX - 1),
                            "error: mistake 99 \xE2\x80\x94 hint 99");
}

static void add_many(int count, enum pl_diag_severity severity)
{
        for (int i = 0; i < count; i++) {
                if (severity == PL_DIAG_NOTE)
                        pl_diag_note(&diag, NULL, (struct pl_place){}, "%d", i);
                else
                        pl_diag_warning(&diag, NULL, (struct pl_place){}, "%d", i);
                pl_diag_hint(&diag, "h%d", i);
        }
}

static void an_error_is_not_lost_behind_what_matters_less(void **state)
{
        const int half = PL_DIAG_ENTRIES_MAX / 2;

        (void) state;
        pl_diag_clear(&diag);
        add_many(half, PL_DIAG_NOTE);
        add_many(half, PL_DIAG_WARNING);

        /* The last note goes, and what was behind it stays in its order. */
        pl_diag_error(&diag, NULL, (struct pl_place){}, "first");
        pl_diag_hint(&diag, "its own");
        assert_int_equal(diag.count, PL_DIAG_ENTRIES_MAX);
        assert_string_equal(print(0), "note: 0 \xE2\x80\x94 h0");
        assert_string_equal(print((size_t) half - 2), "note: 48 \xE2\x80\x94 h48");
        assert_string_equal(print((size_t) half - 1), "warning: 0 \xE2\x80\x94 h0");
        assert_string_equal(print(PL_DIAG_ENTRIES_MAX - 2), "warning: 49 \xE2\x80\x94 h49");
        assert_string_equal(print(PL_DIAG_ENTRIES_MAX - 1), "error: first \xE2\x80\x94 its own");

        /* What is no more severe than all that is kept is counted; its hint is nobody else's. */
        pl_diag_note(&diag, NULL, (struct pl_place){}, "dropped");
        pl_diag_hint(&diag, "dropped as well");
        assert_string_equal(print(PL_DIAG_ENTRIES_MAX - 1), "error: first \xE2\x80\x94 its own");
        assert_int_equal(diag.notes, half + 1);
}

static void errors_push_out_notes_before_warnings(void **state)
{
        const int half = PL_DIAG_ENTRIES_MAX / 2;

        (void) state;
        pl_diag_clear(&diag);
        add_many(half, PL_DIAG_WARNING);
        add_many(half, PL_DIAG_NOTE);
        for (int i = 0; i < half; i++)
                pl_diag_error(&diag, NULL, (struct pl_place){}, "%d", i);
        assert_string_equal(print((size_t) half - 1), "warning: 49 \xE2\x80\x94 h49");
        assert_string_equal(print((size_t) half), "error: 0");

        pl_diag_warning(&diag, NULL, (struct pl_place){}, "dropped");
        pl_diag_error(&diag, NULL, (struct pl_place){}, "one more");
        assert_string_equal(print((size_t) half - 2), "warning: 48 \xE2\x80\x94 h48");
        assert_string_equal(print((size_t) half - 1), "error: 0");
        assert_string_equal(print(PL_DIAG_ENTRIES_MAX - 1), "error: one more");

        for (int i = 0; i < 2 * PL_DIAG_ENTRIES_MAX; i++)
                pl_diag_error(&diag, NULL, (struct pl_place){}, "flood");
        for (size_t i = 0; i < diag.count; i++)
                assert_int_equal(diag.entries[i].severity, PL_DIAG_ERROR);
        assert_string_equal(print(0), "error: 0");
        assert_int_equal(diag.warnings, half + 1);
        assert_int_equal(diag.notes, half);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(says_what_where_and_what_to_do),
                cmocka_unit_test(quoted_bytes_are_cleaned_and_cut),
                cmocka_unit_test(a_full_list_counts_on),
                cmocka_unit_test(an_error_is_not_lost_behind_what_matters_less),
                cmocka_unit_test(errors_push_out_notes_before_warnings),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
