/* SPDX-License-Identifier: Apache-2.0 */

#include "plimsoll/base/nearest.h"

#include <string.h>

#include "plimsoll/base/macro.h"
#include "test.h"

static void slips_of_the_keyboard_are_seen(void **state)
{
        static const char *const names[] = { "doctor", "diff", "drill", "explain" };
        static const struct {
                const char *word;
                const char *nearest;
        } slips[] = {
                { "doctor", "doctor" },
                { "docter", "doctor" },
                { "dcotor", "doctor" },
                { "doctr", "doctor" },
                { "doctorr", "doctor" },
                { "doc", "doctor" },
                { "dfif", "diff" },
                { "dril", "drill" },
                { "exlpain", "explain" },
                { "expalin", "explain" },
                { "status", NULL },
                { "d", NULL },
                { "", NULL },
                { "help", NULL },
                { "doctordoctordoctordoctordoctordoctor", NULL },
                { "exactly_one_byte_longer_than_what_is_compared_..", NULL },
        };

        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(slips); i++) {
                const char *nearest = pl_nearest(slips[i].word, names, PL_ARRAY_LENGTH(names));

                assert_row(slips[i].word, !nearest == !slips[i].nearest);
                assert_row(slips[i].word, !nearest || strcmp(nearest, slips[i].nearest) == 0);
        }
}

static void the_first_of_the_equally_near_counts(void **state)
{
        static const char *const names[] = { "high", "max", "min" };

        (void) state;
        assert_string_equal(pl_nearest("mex", names, PL_ARRAY_LENGTH(names)), "max");
        assert_string_equal(pl_nearest("mix", names, PL_ARRAY_LENGTH(names)), "max");
        assert_string_equal(pl_nearest("mn", names, PL_ARRAY_LENGTH(names)), "min");
        assert_null(pl_nearest("max", NULL, 0));
}

static void the_longest_word_is_compared(void **state)
{
        char name[PL_NEAREST_MAX], word[PL_NEAREST_MAX + 1];
        const char *const names[] = { name };

        (void) state;
        memset(name, 'a', sizeof name);
        memset(word, 'a', sizeof word);
        name[PL_NEAREST_MAX - 1] = word[PL_NEAREST_MAX] = '\0';
        assert_null(pl_nearest(word, names, 1));
        word[PL_NEAREST_MAX - 1] = '\0';
        word[0] = 'b';
        assert_ptr_equal(pl_nearest(word, names, 1), name);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(slips_of_the_keyboard_are_seen),
                cmocka_unit_test(the_first_of_the_equally_near_counts),
                cmocka_unit_test(the_longest_word_is_compared),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
