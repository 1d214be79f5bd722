/* SPDX-License-Identifier: Apache-2.0 */

#include "test.h"

#include "pack.h"
#include "plimsoll/journal/board.h"

#define TEXT(string) pl_span_of(string)

/* Parts follow each other without a gap, and end within the file. */
static void assert_sound(const struct pl_journal_layout *layout)
{
        uint64_t rows_end = layout->rows_offset + layout->row_count * PL_JOURNAL_ROW_BYTES;
        uint64_t acts_end = layout->ring_offset[PL_JOURNAL_ACTS] +
                            layout->ring_capacity[PL_JOURNAL_ACTS] * PL_JOURNAL_RECORD_BYTES;
        uint64_t samples_end = layout->ring_offset[PL_JOURNAL_SAMPLES] +
                               layout->ring_capacity[PL_JOURNAL_SAMPLES] * PL_JOURNAL_RECORD_BYTES;

        assert_true(layout->row_count > 0 && layout->row_count <= PL_JOURNAL_ROWS_MAX);
        assert_true(layout->ring_capacity[PL_JOURNAL_ACTS] >= 2);
        assert_true(layout->ring_capacity[PL_JOURNAL_SAMPLES] >= 2);
        assert_true(layout->ring_offset[PL_JOURNAL_ACTS] >= rows_end);
        assert_true(layout->ring_offset[PL_JOURNAL_ACTS] - rows_end < PL_JOURNAL_RECORD_BYTES);
        assert_int_equal(layout->ring_offset[PL_JOURNAL_SAMPLES], acts_end);
        assert_true(samples_end <= layout->file_bytes);
        assert_true(layout->file_bytes - samples_end < PL_JOURNAL_RECORD_BYTES);
        assert_int_equal(layout->ring_offset[PL_JOURNAL_ACTS] % PL_JOURNAL_RECORD_BYTES, 0);
}

static void every_size_has_a_layout(void **state)
{
        struct pl_journal_layout layout;

        (void) state;
        for (uint64_t bytes = 8 * PL_JOURNAL_PAGE_BYTES; bytes <= PL_JOURNAL_BYTES_MAX;
             bytes += PL_JOURNAL_PAGE_BYTES) {
                assert_int_equal(pl_journal_layout(bytes, &layout), 0);
                assert_int_equal(layout.file_bytes, bytes);
                assert_sound(&layout);
        }
}

static void sizes_that_no_journal_has_are_refused(void **state)
{
        static const uint64_t sizes[] = { 0,
                                          1,
                                          4096,
                                          7 * 4096,
                                          8 * 4096 + 1,
                                          PL_JOURNAL_BYTES_MAX + 4096,
                                          UINT64_MAX - 4095,
                                          UINT64_MAX };
        struct pl_journal_layout layout;

        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(sizes); i++)
                assert_int_equal(pl_journal_layout(sizes[i], &layout), PL_JOURNAL_E_CORRUPT);
}

/* What headers and the page of the manual say in words. */
static void the_figures_that_are_told_are_true(void **state)
{
        struct pl_journal_layout layout;

        (void) state;
        assert_int_equal(pl_journal_layout(PL_JOURNAL_BYTES_DEFAULT, &layout), 0);
        assert_int_equal(layout.row_count, 10368);
        assert_int_equal(layout.ring_capacity[PL_JOURNAL_ACTS], 6652);
        assert_int_equal(layout.ring_capacity[PL_JOURNAL_SAMPLES], 19956);
        assert_int_equal(pl_journal_layout(25 * PL_MIB, &layout), 0);
        assert_true(layout.row_count < PL_JOURNAL_ROWS_MAX);
        assert_int_equal(pl_journal_layout(26 * PL_MIB, &layout), 0);
        assert_int_equal(layout.row_count, PL_JOURNAL_ROWS_MAX);
        assert_int_equal(pl_journal_layout(PL_JOURNAL_BYTES_MAX, &layout), 0);
        assert_int_equal(layout.row_count, PL_JOURNAL_ROWS_MAX);
        assert_int_equal(pl_journal_layout(PL_JOURNAL_BYTES_MIN, &layout), 0);
        assert_int_equal(layout.ring_capacity[PL_JOURNAL_ACTS], 412);
        assert_true(layout.ring_capacity[PL_JOURNAL_ACTS] / 2 >= 44);
}

static void a_check_tells_each_word_and_their_order(void **state)
{
        uint64_t words[] = { 1, 2, 3, 0 };
        const uint64_t check = pl_journal_check(1, words, PL_ARRAY_LENGTH(words));

        (void) state;
        assert_int_not_equal(check, pl_journal_check(2, words, PL_ARRAY_LENGTH(words)));
        assert_int_not_equal(check, pl_journal_check(1, words, 3));
        for (size_t bit = 0; bit < 64 * PL_ARRAY_LENGTH(words); bit++) {
                words[bit / 64] ^= UINT64_C(1) << bit % 64;
                assert_int_not_equal(check, pl_journal_check(1, words, PL_ARRAY_LENGTH(words)));
                words[bit / 64] ^= UINT64_C(1) << bit % 64;
        }
        words[0] = 2;
        words[1] = 1;
        assert_int_not_equal(check, pl_journal_check(1, words, PL_ARRAY_LENGTH(words)));
}

static const struct {
        const char *row, *text;
        size_t size;
        const char *cut, *cut_in_the_middle;
} texts[] = {
        { "empty", "", 8, "", "" },
        { "fits", "abcdefg", 8, "abcdefg", "abcdefg" },
        { "one too many", "abcdefgh", 8, "abcd…", "ab…gh" },
        { "long", "abcdefghijklmnop", 9, "abcde…", "ab…nop" },
        { "two bytes each", "ääääää", 9, "ää…", "ä…ä" },
        { "three bytes each", "€€€€", 9, "€…", "…€" },
        { "not UTF-8", "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF", 8, "\xFF\xFF\xFF\xFF…",
          "\xFF\xFF…\xFF\xFF" },
        { "four bytes each", "😀😀😀", 8, "😀…", "…" },
};

static void texts_are_cut_between_characters(void **state)
{
        char field[16];

        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(texts); i++) {
                memset(field, 'x', sizeof field);
                pl_journal_set_text(field, texts[i].size, TEXT(texts[i].text));
                assert_row(texts[i].row, strcmp(field, texts[i].cut) == 0);
                for (size_t at = strlen(field); at < texts[i].size; at++)
                        assert_row(texts[i].row, field[at] == '\0');
                assert_row(texts[i].row, field[texts[i].size] == 'x');
                pl_journal_set_path(field, texts[i].size, TEXT(texts[i].text));
                assert_row(texts[i].row, strcmp(field, texts[i].cut_in_the_middle) == 0);
                assert_row(texts[i].row, field[texts[i].size] == 'x');
        }
        pl_journal_set_text(field, sizeof field, pl_span("ab\0cd", 5));
        assert_string_equal(field, "ab");
        pl_journal_set_text(field, sizeof field, pl_span(NULL, 0));
        assert_string_equal(field, "");
}

static void limits_go_there_and_back(void **state)
{
        struct pl_limits limits = {}, back;
        struct pl_journal_limits there;

        (void) state;
        pl_limits_put(&limits, PL_LIMIT_MAX, PL_SIZE_MAX);
        pl_limits_put(&limits, PL_LIMIT_LOW, 4096);
        there = pl_journal_limits(&limits);
        back = pl_journal_limits_back(&there);
        assert_int_equal(back.set, limits.set);
        assert_memory_equal(back.values, limits.values, sizeof limits.values);
}

/* Lengths of 0 to 8 bytes, and the mark for all bits. */
static void packed_words_come_back(void **state)
{
        struct pl_packed packed;
        uint64_t words[PL_PACK_WORDS_MAX], back[PL_PACK_WORDS_MAX];
        struct test_random random = { 17 };

        (void) state;
        for (int round = 0; round < 20000; round++) {
                size_t count = 1 + test_random_below(&random, PL_PACK_WORDS_MAX), taken;

                for (size_t i = 0; i < count; i++)
                        words[i] = test_random_below(&random, 8) == 0
                                           ? UINT64_MAX - test_random_below(&random, 2)
                                           : test_random_size(&random);
                taken = pl_pack_words(&packed, words, count);
                assert_true(taken > 0 && taken <= PL_PACK_ITEM_MAX - 1);
                assert_int_equal(pl_unpack_words(packed.bytes, taken, back, count), taken);
                assert_memory_equal(words, back, count * sizeof *words);
                for (size_t cut = 0; cut < taken; cut++)
                        assert_int_equal(pl_unpack_words(packed.bytes, cut, back, count), 0);
        }
}

static void packed_words_of_no_length_are_refused(void **state)
{
        uint8_t bytes[16] = { 1, 9 };
        uint64_t word;

        (void) state;
        for (uint8_t length = 9; length < 15; length++) {
                bytes[1] = length;
                assert_int_equal(pl_unpack_words(bytes, sizeof bytes, &word, 1), 0);
        }
        bytes[0] = 2;
        assert_int_equal(pl_unpack_words(bytes, sizeof bytes, &word, 1), 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(every_size_has_a_layout),
                cmocka_unit_test(sizes_that_no_journal_has_are_refused),
                cmocka_unit_test(the_figures_that_are_told_are_true),
                cmocka_unit_test(a_check_tells_each_word_and_their_order),
                cmocka_unit_test(texts_are_cut_between_characters),
                cmocka_unit_test(limits_go_there_and_back),
                cmocka_unit_test(packed_words_come_back),
                cmocka_unit_test(packed_words_of_no_length_are_refused),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
