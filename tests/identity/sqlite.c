/* SPDX-License-Identifier: Apache-2.0 */

/* tests/fixtures/state/made.sql is SQLite's own, with pages of 512 bytes, so that a few dozen containers make trees of several
 * levels and records that go on in other pages. The container of number i has the SHA-256 of that number for an id, and the
 * name name-i; those whose name begins with name-1 were removed again.
 */

#include "plimsoll/identity/sqlite.h"

#include <fcntl.h>
#include <stdlib.h>

#include "plimsoll/base/fd.h"
#include "plimsoll/base/sha256.h"
#include "test.h"

enum { FILE_MAX = 256 * 1024, JSON = 3 };

static char original[FILE_MAX], file[FILE_MAX];
static size_t file_length, original_length;
static int readings_left;

static int load(void **state)
{
        char *data = NULL;

        (void) state;
        assert_int_equal(pl_fd_read_file(AT_FDCWD, FIXTURES "/state/made.sql", FILE_MAX, &data,
                                         &original_length),
                         0);
        memcpy(original, data, original_length);
        free(data);
        return 0;
}

static void restore(void)
{
        memcpy(file, original, original_length);
        file_length = original_length;
        readings_left = -1;
}

static int read_piece(void *from, uint64_t offset, void *to, size_t length)
{
        (void) from;
        if (offset > file_length || length > file_length - offset)
                return PL_PAGES_E_MALFORMED;
        memcpy(to, file + offset, length);
        /* Somebody changes the database: its counter is in the header. */
        if (readings_left > 0 && --readings_left == 0)
                file[27]++;
        return 0;
}

static const struct pl_pages pages = { read_piece, NULL };
static char bytes[8192];
static struct pl_page_bytes value;

static int find_in(const char *table, struct pl_span key, uint32_t column)
{
        const struct pl_sqlite_place place = { pl_span_of(table), key, column };

        memset(bytes, 0, sizeof bytes);
        value = (struct pl_page_bytes){ .size = sizeof bytes - 1, .data = bytes };
        return pl_sqlite_find(&pages, &place, &value);
}

static const char *id_of(int number)
{
        static char id[2 * PL_SHA256_BYTES + 1];
        uint8_t digest[PL_SHA256_BYTES];
        struct pl_sha256 sha256;
        struct pl_text text;
        char words[16];

        (void) snprintf(words, sizeof words, "%d", number);
        pl_sha256_init(&sha256);
        pl_sha256_add(&sha256, pl_span_of(words));
        pl_sha256_finish(&sha256, digest);
        pl_text_init(&text, id, sizeof id);
        pl_sha256_format(&text, digest);
        return id;
}

static int find(int number)
{
        return find_in("ContainerConfig", pl_span_of(id_of(number)), JSON);
}

static void finds(void **state)
{
        static const size_t pads[] = { 0, 40, 200, 600, 3000 };

        (void) state;
        restore();
        for (int i = 0; i < 60; i++) {
                if (i == 1 || i / 10 == 1) {
                        assert_int_equal(find(i), PL_PAGES_E_ABSENT);
                        continue;
                }
                assert_int_equal(find(i), 0);
                assert_int_equal(value.length,
                                 strlen("{\"id\":\"\",\"pad\":\"\"}") + 64 + pads[i % 5]);
                assert_memory_equal(bytes + strlen("{\"id\":\""), id_of(i), 64);
                assert_string_equal(bytes + value.length - 2, "\"}");
        }
}

static void finds_other_columns(void **state)
{
        (void) state;
        restore();
        assert_int_equal(find_in("ContainerConfig", pl_span_of(id_of(20)), 1), 0);
        assert_string_equal(bytes, "name-20");
        assert_int_equal(find_in("ContainerConfig", pl_span_of(id_of(20)), 2), 0);
        assert_string_equal(bytes, "pod");
        /* NULL is no text, and there is no fifth. */
        assert_int_equal(find_in("ContainerConfig", pl_span_of(id_of(21)), 2),
                         PL_PAGES_E_MALFORMED);
        assert_int_equal(find_in("ContainerConfig", pl_span_of(id_of(21)), 4),
                         PL_PAGES_E_MALFORMED);
}

static void finds_nothing(void **state)
{
        (void) state;
        restore();
        assert_int_equal(find_in("ContainerConfig", pl_span_of("x"), JSON), PL_PAGES_E_ABSENT);
        assert_int_equal(find_in("ContainerConfig", pl_span(id_of(20), 63), JSON),
                         PL_PAGES_E_ABSENT);
        assert_int_equal(find_in("gone", pl_span_of("x"), 0), PL_PAGES_E_ABSENT);
        assert_int_equal(find_in("DBConfig", pl_span_of("x"), 0), PL_PAGES_E_ABSENT);
        assert_int_equal(find_in("containerconfig", pl_span_of("x"), 0), PL_PAGES_E_ABSENT);
}

static void what_does_not_fit(void **state)
{
        const struct pl_sqlite_place place = { pl_span_of("ContainerConfig"), pl_span_of(id_of(20)),
                                               1 };

        (void) state;
        restore();
        value = (struct pl_page_bytes){ .size = 6, .data = bytes };
        assert_int_equal(pl_sqlite_find(&pages, &place, &value), PL_PAGES_E_TOO_BIG);
        value.size = 7;
        assert_int_equal(pl_sqlite_find(&pages, &place, &value), 0);
}

static void somebody_writes(void **state)
{
        (void) state;
        for (int after = 1; after < 12; after += 2) {
                restore();
                readings_left = after;
                assert_int_equal(find(20), PL_PAGES_E_CHANGED);
                assert_int_equal(find(20), 0);
        }
}

static void what_is_none(void **state)
{
        static const struct {
                size_t at;
                char byte;
        } rows[] = {
                { 0, 's' }, { 15, 'x' }, { 16, 0 }, { 17, 1 }, { 20, 100 }, { 59, 2 },
        };

        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(rows); i++) {
                restore();
                file[rows[i].at] = rows[i].byte;
                if (rows[i].at == 16)
                        file[17] = 0;
                assert_int_equal(find(20), PL_PAGES_E_MALFORMED);
        }
        restore();
        file_length = 99;
        assert_int_equal(find(20), PL_PAGES_E_MALFORMED);
}

/* Cut anywhere, and with any byte of it spoilt, it is answered. */
static void cut_and_spoilt(void **state)
{
        (void) state;
        for (size_t length = 0; length < original_length; length += 101) {
                restore();
                file_length = length;
                (void) find(29);
        }
        restore();
        for (size_t at = 100; at < original_length; at += 3) {
                char byte = file[at];

                file[at] = (char) 0xFF;
                (void) find(29);
                file[at] = (char) (byte ^ 1);
                (void) find(29);
                file[at] = byte;
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(finds),           cmocka_unit_test(finds_other_columns),
                cmocka_unit_test(finds_nothing),   cmocka_unit_test(what_does_not_fit),
                cmocka_unit_test(somebody_writes), cmocka_unit_test(what_is_none),
                cmocka_unit_test(cut_and_spoilt),
        };

        return cmocka_run_group_tests(tests, load, NULL);
}
