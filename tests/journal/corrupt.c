/* SPDX-License-Identifier: Apache-2.0 */

/* Journals that no writer would leave: the reader refuses them or reads on within their bounds, and every record that it
 * gives is one that was written. The smallest layout there is, so that every byte has its turn.
 */

#include "journal/place.h"

#include "journal/look.h"

/* Eight pages more than the least, so that there are some of everything. */
enum { IMAGE_BYTES = 16 * PL_JOURNAL_PAGE_BYTES };

static _Alignas(PL_JOURNAL_PAGE_BYTES) unsigned char image[IMAGE_BYTES], good[IMAGE_BYTES];

static int prepare(void **state)
{
        (void) state;
        look_make(good, sizeof good);
        return 0;
}

static void every_byte_of_the_header_is_checked(void **state)
{
        struct pl_journal_reader reader;

        (void) state;
        for (size_t at = 0; at < sizeof(struct pl_journal_header); at++)
                for (int bit = 0; bit < 8; bit++) {
                        memcpy(image, good, sizeof image);
                        image[at] ^= (unsigned char) (1 << bit);
                        assert_true(pl_journal_reader_init(image, sizeof image, &reader) > 0);
                }
        memcpy(image, good, sizeof image);
        assert_int_equal(pl_journal_reader_init(image, sizeof image, &reader), 0);
}

static void every_byte_of_the_file_may_be_another(void **state)
{
        struct pl_journal_reader reader;

        (void) state;
        memcpy(image, good, sizeof image);
        for (size_t at = sizeof(struct pl_journal_header); at < sizeof image; at++) {
                unsigned char flip = (unsigned char) (1 << at % 8);

                image[at] ^= flip;
                assert_int_equal(pl_journal_reader_init(image, sizeof image, &reader), 0);
                if (at < PL_JOURNAL_PAGE_BYTES || at >= reader.layout.ring_offset[PL_JOURNAL_ACTS])
                        look_at_acts(&reader);
                if (at < PL_JOURNAL_PAGE_BYTES || at % 16 == 0)
                        look_at_board_and_samples(&reader);
                image[at] ^= flip;
        }
}

static void every_word_of_the_marks_may_be_any(void **state)
{
        static const uint64_t values[] = { 0,
                                           1,
                                           2,
                                           100,
                                           UINT32_MAX,
                                           (UINT64_C(1) << 60) - 1,
                                           UINT64_C(1) << 60,
                                           UINT64_MAX - 1,
                                           UINT64_MAX };
        struct pl_journal_reader reader;
        const size_t first = PL_JOURNAL_AT_GENERATION / 8, last = PL_JOURNAL_AT_STATE / 8;

        (void) state;
        for (size_t word = first; word <= last; word++)
                for (size_t i = 0; i < PL_ARRAY_LENGTH(values); i++) {
                        memcpy(image, good, sizeof image);
                        memcpy(image + word * 8, &values[i], 8);
                        assert_int_equal(pl_journal_reader_init(image, sizeof image, &reader), 0);
                        look_at_all(&reader);
                }
}

static void every_length_but_its_own_is_refused(void **state)
{
        struct pl_journal_reader reader;

        (void) state;
        for (size_t length = 0; length < sizeof good; length += 64) {
                _cleanup_free_ unsigned char *cut = malloc(length + 1);

                assert_non_null(cut);
                memcpy(cut, good, length);
                assert_true(pl_journal_reader_init(cut, length, &reader) > 0);
        }
}

/* A file, as a reader and as the next writer find it. */
static void every_page_may_be_the_last(void **state)
{
        struct pl_journal_writer writer;
        struct pl_journal_reader reader;
        struct pl_journal_opened opened;

        (void) state;
        for (uint64_t pages = 0; pages < PL_JOURNAL_BYTES_MIN / PL_JOURNAL_PAGE_BYTES; pages += 5) {
                _cleanup_close_ int fd = -1;

                writer = place_writer(NULL);
                pl_journal_writer_close(&writer);
                fd = openat(place_fd, "journal", O_RDWR | O_CLOEXEC);
                assert_int_equal(ftruncate(fd, (off_t) (pages * PL_JOURNAL_PAGE_BYTES)), 0);
                assert_true(pl_journal_reader_open(place_fd, "journal", &reader) > 0);
                writer = place_writer(&opened);
                assert_false(opened.continued);
                assert_int_equal(opened.aside,
                                 pages == 0 ? PL_JOURNAL_E_FOREIGN : PL_JOURNAL_E_CORRUPT);
                pl_journal_writer_close(&writer);
        }
}

/* Whole records moved about: each carries its number, so that none is taken for another. */
static void records_in_wrong_places_are_not_read(void **state)
{
        struct pl_journal_layout layout;
        struct pl_journal_reader reader;
        struct test_random random = { 9 };

        (void) state;
        assert_int_equal(pl_journal_layout(sizeof image, &layout), 0);
        for (int round = 0; round < 3000; round++) {
                uint64_t from = test_random_below(&random, layout.ring_capacity[PL_JOURNAL_ACTS]);
                uint64_t to = test_random_below(&random, layout.ring_capacity[PL_JOURNAL_ACTS]);

                if (round % 50 == 0)
                        memcpy(image, good, sizeof image);
                memcpy(image + layout.ring_offset[PL_JOURNAL_ACTS] + to * PL_JOURNAL_RECORD_BYTES,
                       good + layout.ring_offset[PL_JOURNAL_ACTS] + from * PL_JOURNAL_RECORD_BYTES,
                       PL_JOURNAL_RECORD_BYTES);
                assert_int_equal(pl_journal_reader_init(image, sizeof image, &reader), 0);
                look_at_acts(&reader);
        }
}

/* What the next writer finds spoilt it clears, and goes on. */
static void the_next_writer_clears_what_is_spoilt(void **state)
{
        struct pl_journal_writer writer = place_writer(NULL);
        struct pl_journal_opened opened;
        struct pl_journal_reader reader;
        struct pl_journal_cursor cursor;
        struct pl_journal_act act;
        uint64_t at, next, read = 0;
        int r;

        (void) state;
        for (int i = 0; i < 40; i++)
                made_write_act(&writer);
        next = writer.next[PL_JOURNAL_ACTS];
        at = writer.layout.ring_offset[PL_JOURNAL_ACTS] + 3 * PL_JOURNAL_RECORD_BYTES + 100;
        pl_journal_writer_close(&writer);
        place_patch("journal", at, "spoilt", 6);
        writer = place_writer(&opened);
        assert_true(opened.continued);
        assert_int_equal(opened.cleared_count, 1);
        assert_int_equal(writer.next[PL_JOURNAL_ACTS], next);
        made_write_act(&writer);
        reader = place_reader();
        cursor = pl_journal_cursor_oldest(&reader, PL_JOURNAL_ACTS);
        while ((r = pl_journal_next_act(&cursor, &act)) != PL_JOURNAL_E_END)
                read += r == 0 && made_is_act(&act);
        assert_int_equal(read, 40);
        pl_journal_reader_close(&reader);
        pl_journal_writer_close(&writer);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup(every_byte_of_the_header_is_checked, prepare),
                cmocka_unit_test(every_byte_of_the_file_may_be_another),
                cmocka_unit_test(every_word_of_the_marks_may_be_any),
                cmocka_unit_test(every_length_but_its_own_is_refused),
                cmocka_unit_test(records_in_wrong_places_are_not_read),
                PLACE_TEST(every_page_may_be_the_last),
                PLACE_TEST(the_next_writer_clears_what_is_spoilt),
        };

        return cmocka_run_group_tests(tests, place_set_up, place_tear_down);
}
