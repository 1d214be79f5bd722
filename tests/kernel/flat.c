/* SPDX-License-Identifier: Apache-2.0 */

#include "plimsoll/kernel/flat.h"

#include "plimsoll/kernel/file.h"
#include "test.h"

struct figures {
        uint64_t anon;
        uint64_t file;
        uint64_t late;
};

static const struct pl_flat_key keys[] = {
        PL_FLAT_KEY(struct figures, anon, "anon"),
        PL_FLAT_KEY(struct figures, file, "file"),
        PL_FLAT_KEY(struct figures, late, "late"),
};
static const struct pl_flat_table table = { keys, PL_ARRAY_LENGTH(keys), .required = 3 };

static void lines(void **state)
{
        static const struct {
                const char *name, *text;
                int error;
                struct figures figures;
                uint64_t have;
        } rows[] = {
                { "both in order", "anon 1\nfile 2\n", 0, { 1, 2, 0 }, 3 },
                { "all, in another order", "late 3\nfile 2\nanon 1\n", 0, { 1, 2, 3 }, 7 },
                { "unknown keys between",
                  "a 9\nanon 1\nanonymous 9\nfile 2\nfil 9\n",
                  0,
                  { 1, 2, 0 },
                  3 },
                { "as meminfo prints", "anon:      16 kB\nfile:  0 kB\n", 0, { 16384, 0, 0 }, 3 },
                { "a key with brackets",
                  "Active(anon): 5 kB\nanon 1\nfile 2\n",
                  0,
                  { 1, 2, 0 },
                  3 },
                { "the end of 64 bits",
                  "anon 18446744073709551615\nfile 0\n",
                  0,
                  { UINT64_MAX, 0, 0 },
                  3 },
                { "a key missing is not zero", "anon 1\n", PL_FILE_E_MALFORMED, {}, 0 },
                { "nothing", "", PL_FILE_E_MALFORMED, {}, 0 },
                { "a key twice", "anon 1\nfile 2\nanon 1\n", PL_FILE_E_MALFORMED, {}, 0 },
                { "cut in the middle of a number", "anon 1\nfile 2", PL_FILE_E_MALFORMED, {}, 0 },
                { "cut behind a key", "anon 1\nfile ", PL_FILE_E_MALFORMED, {}, 0 },
                { "cut inside a key", "anon 1\nfile 2\nla", PL_FILE_E_MALFORMED, {}, 0 },
                { "above 64 bits",
                  "anon 18446744073709551616\nfile 2\n",
                  PL_FILE_E_MALFORMED,
                  {},
                  0 },
                { "above 64 bits through kB",
                  "anon 18446744073709551615 kB\nfile 2\n",
                  PL_FILE_E_MALFORMED,
                  {},
                  0 },
                { "a minus", "anon -1\nfile 2\n", PL_FILE_E_MALFORMED, {}, 0 },
                { "an unknown unit", "anon 1 MB\nfile 2\n", PL_FILE_E_MALFORMED, {}, 0 },
                { "an empty line", "anon 1\n\nfile 2\n", PL_FILE_E_MALFORMED, {}, 0 },
                { "no number", "anon\nfile 2\n", PL_FILE_E_MALFORMED, {}, 0 },
                { "garbage behind", "anon 1\nfile 2\n\x01\x02", PL_FILE_E_MALFORMED, {}, 0 },
        };

        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(rows); i++) {
                const struct figures before = { 77, 78, 79 };
                struct figures figures = before;
                uint64_t have = 80;
                int r = pl_flat_parse(pl_span_of(rows[i].text), &table, &figures, &have);

                assert_row(rows[i].name, r == rows[i].error);
                if (r != 0) {
                        assert_row(rows[i].name, memcmp(&figures, &before, sizeof before) == 0);
                        assert_row(rows[i].name, have == 80);
                        continue;
                }
                assert_row(rows[i].name, memcmp(&figures, &rows[i].figures, sizeof figures) == 0);
                assert_row(rows[i].name, have == rows[i].have);
        }
}

static void a_nul_inside_is_garbage(void **state)
{
        struct figures figures;
        uint64_t have;

        (void) state;
        assert_int_equal(pl_flat_parse(pl_span("anon 1\0\nfile 2\n", 15), &table, &figures, &have),
                         PL_FILE_E_MALFORMED);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(lines),
                cmocka_unit_test(a_nul_inside_is_garbage),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
