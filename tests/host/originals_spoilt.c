/* SPDX-License-Identifier: Apache-2.0 */

/* A log that ends anywhere, and one with bits flipped anywhere: what was noted whole is there, and what is spoilt costs itself. */

#include "host/noted.h"

#include "host/originals_internal.h"

enum { RECORDS = 14, WORDS_BYTES = 4096 };

/* The file as it was written, what each record made of the log, and what the log is without it. */
static char *image;
static size_t image_bytes;
static uint64_t ends[RECORDS + 1];
static char words[RECORDS + 1][WORDS_BYTES], without[RECORDS][WORDS_BYTES];

static void keep_words(char *kept)
{
        const char *now = noted_words();

        assert_true(strlen(now) < WORDS_BYTES);
        memcpy(kept, now, strlen(now) + 1);
}

static int change(int number)
{
        const struct pl_original_value first = process(3, 33, -1), second = process(4, 44, 0),
                                       host = setting(5, 60);
        const struct pl_limits kept = limits_one(PL_LIMIT_MAX, 70);

        switch (number) {
        case 0:
                return note(1, PL_LIMIT_MAX, 100);
        case 1:
                return pl_originals_note_value(&noted, &first);
        case 2:
                return set(1, PL_LIMIT_MAX, 80, 100);
        case 3:
                return note(2, PL_LIMIT_HIGH, UINT64_MAX);
        case 4:
                return pl_originals_note_value(&noted, &host);
        case 5:
                return pl_originals_set_value(&noted, &host, 10, 60);
        case 6:
                return set(1, PL_LIMIT_MAX, 70, 80);
        case 7:
                return pl_originals_keep_limits(&noted, 1, &kept);
        case 8:
                return note(2, PL_LIMIT_LOW, 5);
        case 9:
                return pl_originals_drop_value(&noted, &first);
        case 10:
                return pl_originals_note_value(&noted, &second);
        case 11:
                return pl_originals_drop_cgroup(&noted, 2);
        case 12:
                return note(3, PL_LIMIT_OOM_GROUP, 0);
        default:
                return note(2, PL_LIMIT_HIGH, 7);
        }
}

/* The log of all records but one. */
static void read_without(int record)
{
        const size_t from = ends[record], to = ends[record + 1];
        char *copy = malloc(image_bytes);

        assert_non_null(copy);
        memcpy(copy, image, from);
        memcpy(copy + from, image + to, image_bytes - to);
        noted_write_file("originals", copy, image_bytes - (to - from));
        free(copy);
        noted_open();
        assert_int_equal(noted_opened.spoilt_count + noted_opened.cut_bytes, 0);
        keep_words(without[record]);
        pl_originals_close(&noted);
}

static int make(void **state)
{
        (void) noted_set_up(state);
        noted_open();
        ends[0] = noted.end_bytes;
        for (int i = 0; i < RECORDS; i++) {
                assert_int_equal(change(i), 0);
                ends[i + 1] = noted.end_bytes;
                assert_true(ends[i + 1] > ends[i]);
                keep_words(words[i + 1]);
        }
        pl_originals_close(&noted);
        noted_read_file("originals", &image, &image_bytes);
        assert_int_equal(image_bytes, ends[RECORDS]);
        for (int i = 0; i < RECORDS; i++)
                read_without(i);
        return 0;
}

static int unmake(void **state)
{
        free(image);
        return noted_tear_down(state);
}

/* Whatever it was opened with, it goes on, and there is nothing to tell of the next time. */
static void goes_on(uint64_t id)
{
        char before[WORDS_BYTES];

        assert_int_equal(note(id, PL_LIMIT_MAX, 5), 0);
        keep_words(before);
        noted_reopen();
        assert_int_equal(noted_opened.aside, 0);
        assert_int_equal(noted_opened.spoilt_count + noted_opened.cut_bytes, 0);
        assert_string_equal(noted_words(), before);
}

static void ends_at_every_byte(void **state)
{
        int whole = 0;

        (void) state;
        for (size_t length = 0; length <= image_bytes; length++) {
                while (whole < RECORDS && ends[whole + 1] <= length)
                        whole++;
                noted_write_file("originals", image, length);
                noted_open();
                assert_string_equal(noted_words(), words[whole]);
                assert_int_equal(noted_opened.spoilt_count, 0);
                if (length < ends[0])
                        assert_int_equal(noted_opened.aside, PL_ORIGINALS_E_FOREIGN);
                else
                        assert_int_equal(noted_opened.cut_bytes, length - ends[whole]);
                if (length % 32 == 0)
                        goes_on(NOTED_IDS);
                pl_originals_close(&noted);
        }
}

/* A bit in every byte of what begins a unit, and in every third one behind it; another bit in each. */
static void flipped_bits(void **state)
{
        int record = -1;

        (void) state;
        for (size_t i = 0; i < image_bytes; i += i % 64 < 16 ? 1 : 3) {
                if (i == ends[record + 1])
                        record++;
                image[i] = (char) (image[i] ^ 1 << i % 8);
                noted_write_file("originals", image, image_bytes);
                image[i] = (char) (image[i] ^ 1 << i % 8);
                noted_open();
                assert_int_equal(noted_opened.aside, 0);
                if (record == RECORDS - 1) {
                        assert_int_equal(noted_opened.cut_bytes, ends[RECORDS] - ends[record]);
                } else {
                        assert_int_equal(noted_opened.spoilt_count, 1);
                        assert_int_equal(noted_opened.spoilt_bytes,
                                         record < 0 ? ends[0] : ends[record + 1] - ends[record]);
                }
                assert_string_equal(noted_words(), record < 0 ? words[RECORDS] : without[record]);
                if (i % 32 == 0)
                        goes_on(NOTED_IDS);
                pl_originals_close(&noted);
        }
}

/* A unit of zeros, or of noise, over every unit: up to a sector at once. */
static void overwritten(void **state)
{
        struct test_random random = { 5 };
        char *copy = malloc(image_bytes);

        (void) state;
        assert_non_null(copy);
        for (size_t at = 0; at + 512 <= image_bytes; at += 64)
                for (int noise = 0; noise < 2; noise++) {
                        memcpy(copy, image, image_bytes);
                        for (size_t i = 0; i < 512; i++)
                                copy[at + i] = noise ? (char) test_random(&random) : 0;
                        noted_write_file("originals", copy, image_bytes);
                        noted_open();
                        assert_int_equal(noted_opened.aside, 0);
                        /* Zeros may lie on zeros. */
                        assert_true(!noise ||
                                    noted_opened.spoilt_bytes + noted_opened.cut_bytes >= 512);
                        goes_on(NOTED_IDS);
                        pl_originals_close(&noted);
                }
        free(copy);
}

static void put_record(struct pl_originals_record *record)
{
        _cleanup_close_ int fd = openat(noted_fd, "originals", O_WRONLY | O_APPEND | O_CLOEXEC);

        pl_originals_seal(record, pl_originals_seed(noted_boot));
        assert_int_equal(pl_fd_write_all(fd, pl_span((const char *) record,
                                                     pl_originals_record_bytes(record->kind))),
                         0);
}

/* With a right check and a wrong content. */
static void expect_refused(const char *name, struct pl_originals_record record)
{
        noted_write_file("originals", image, image_bytes);
        put_record(&record);
        noted_open();
        assert_row(name, strcmp(noted_words(), words[RECORDS]) == 0);
        assert_row(name, noted_opened.cut_bytes == pl_originals_record_bytes(record.kind));
        pl_originals_close(&noted);
}

static void what_cannot_be_is_refused(void **state)
{
        static const struct pl_originals_record good = {
                .kind = PL_ORIGINALS_CGROUP,
                .cgroup = { .id = 9, .before = { .set = 1 }, .set = { .set = 1 } }
        };
        static const struct pl_originals_record value = {
                .kind = PL_ORIGINALS_VALUE, .value = { .kind = PL_ORIGINAL_PROCESS, .number = 1 }
        };
        struct pl_originals_record bad;

        (void) state;
#define REFUSED(name, base, ...)                                                                   \
        do {                                                                                       \
                bad = base;                                                                        \
                __VA_ARGS__;                                                                       \
                expect_refused(name, bad);                                                         \
        } while (0)
        REFUSED("no id", good, bad.cgroup.id = 0);
        REFUSED("no such limit", good, bad.cgroup.before.set = 1U << PL_LIMIT_COUNT | 1);
        REFUSED("no such limit kept", good, bad.cgroup.kept.set = 1U << 31);
        REFUSED("foreign, not noted", good, bad.cgroup.asked = 1, bad.cgroup.foreign = 2);
        REFUSED("foreign, not asked", good, bad.cgroup.foreign = 1);
        REFUSED("neither asked nor not", good, bad.cgroup.asked = 2);
        REFUSED("set, not noted", good, bad.cgroup.set.set = 2);
        REFUSED("prior, not set", good, bad.cgroup.prior.set = 2);
        REFUSED("nothing", good, bad.cgroup.before.set = bad.cgroup.set.set = 0);
        REFUSED("unit without end", good, memset(bad.cgroup.unit, 'u', sizeof bad.cgroup.unit));
        REFUSED("path without end", good, memset(bad.cgroup.path, 'p', sizeof bad.cgroup.path));
        REFUSED("no kind", value, bad.value.kind = 0);
        REFUSED("no such kind", value, bad.value.kind = PL_ORIGINAL_KINDS);
        REFUSED("no pid", value, bad.value.number = 0);
        REFUSED("no such flag", value, bad.value.have = 4);
        REFUSED("prior without set", value, bad.value.have = PL_ORIGINAL_HAS_PRIOR);
        REFUSED("gone without id", value, bad.kind = PL_ORIGINALS_CGROUP_GONE);
#undef REFUSED
        bad = good;
        noted_write_file("originals", image, image_bytes);
        put_record(&bad);
        noted_open();
        assert_non_null(pl_originals_find_cgroup(&noted, 9));
        pl_originals_close(&noted);
}

/* A name that holds the bytes of a record, as far as a name can, is no record when the one it is in is spoilt. */
static void names_are_no_records(void **state)
{
        static char unit[PL_CGROUP_NAME_MAX];
        const struct pl_original_name name = { .id = 1, .unit = pl_span(unit, sizeof unit) };
        const struct pl_limits before = limits_one(PL_LIMIT_MAX, 1);
        const uint64_t seed = pl_originals_seed(noted_boot);
        struct pl_originals_record record = { .kind = PL_ORIGINALS_VALUE };
        _cleanup_free_ char *data = NULL;
        size_t length;

        (void) state;
        record.value = process(1, 1, -1000);
        pl_originals_seal(&record, seed);
        for (size_t i = 0; i < sizeof unit; i++)
                unit[i] = ((const char *) &record)[i % PL_ORIGINALS_UNIT_BYTES];
        for (size_t i = 0; i < sizeof unit; i++)
                unit[i] = unit[i] ? unit[i] : '0';
        noted_empty();
        noted_open();
        assert_int_equal(pl_originals_note_limits(&noted, &name, &before), 0);
        assert_int_equal(note(2, PL_LIMIT_MAX, 1), 0);
        pl_originals_close(&noted);
        noted_read_file("originals", &data, &length);
        data[64] ^= 1;
        noted_write_file("originals", data, length);
        noted_open();
        assert_int_equal(noted_opened.spoilt_count, 1);
        assert_int_equal(noted_opened.cgroup_count, 1);
        assert_int_equal(noted_opened.value_count, 0);
        pl_originals_close(&noted);
}

static void another_version_is_put_aside(void **state)
{
        struct pl_originals_header header;

        (void) state;
        memcpy(&header, image, sizeof header);
        header.version++;
        pl_originals_seal_header(&header);
        noted_write_file("originals", &header, sizeof header);
        noted_open();
        assert_int_equal(noted_opened.aside, PL_ORIGINALS_E_VERSION);
        assert_true(noted_has("originals.old"));
        pl_originals_close(&noted);
}

/* A hand that can write anything does not make it read without end. */
static void endless(void **state)
{
        _cleanup_close_ int fd = -1;
        struct stat status;

        (void) state;
        noted_write_file("originals", image, image_bytes);
        fd = openat(noted_fd, "originals", O_WRONLY | O_CLOEXEC);
        assert_int_equal(ftruncate(fd, (off_t) 1 << 40), 0);
        noted_open();
        assert_string_equal(noted_words(), words[RECORDS]);
        assert_int_equal(fstat(noted.fd, &status), 0);
        assert_int_equal(status.st_size, image_bytes);
        pl_originals_close(&noted);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                NOTED_TEST(ends_at_every_byte),
                NOTED_TEST(flipped_bits),
                NOTED_TEST(overwritten),
                NOTED_TEST(what_cannot_be_is_refused),
                NOTED_TEST(names_are_no_records),
                NOTED_TEST(another_version_is_put_aside),
                NOTED_TEST(endless),
        };

        return cmocka_run_group_tests(tests, make, unmake);
}
