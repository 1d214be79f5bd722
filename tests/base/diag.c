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

        assert_int_equal(diag.count, 3);
        assert_int_equal(diag.errors, 2);
        assert_int_equal(diag.warnings, 1);
        assert_string_equal(print(0), "api.json:12:5: error: unknown key \"oom_scor_adj\" "
                                      "\xE2\x80\x94 did you mean \"score_adj\"?");
        assert_string_equal(print(1), "api.json: warning: nothing matches");
        assert_string_equal(print(2), "error: no policy at all");
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

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(says_what_where_and_what_to_do),
                cmocka_unit_test(quoted_bytes_are_cleaned_and_cut),
                cmocka_unit_test(a_full_list_counts_on),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
