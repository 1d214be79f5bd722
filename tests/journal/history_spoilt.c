/* SPDX-License-Identifier: Apache-2.0 */

/* History that was cut off at any byte, spoilt or forged: it costs what it stands for and nothing else, and who goes on with
 * it records nothing twice.
 */

#include "journal/swept.h"

/* ---- what is cut ---- */

/* Goes on from where the file ends. No act is lost that the ring still has, and none is there twice. */
static void go_on(const struct pl_journal_reader *reader, size_t acts)
{
        const struct kept *kept;

        kept_open_writer(&writer);
        assert_int_equal(kept_record_acts(&writer, reader, &morning), 0);
        pl_history_writer_close(&writer);
        kept = kept_count(NULL);
        assert_int_equal(kept->act_count, acts);
        for (size_t i = 1; i < kept->act_count; i++)
                assert_true(kept->acts[i] > kept->acts[i - 1]);
}

static void lengthen(const char *name, size_t size)
{
        _cleanup_close_ int fd = openat(place_fd, name, O_WRONLY | O_CLOEXEC);

        assert_int_equal(ftruncate(fd, (off_t) size), 0);
}

static void cut_at_every_byte(void **state)
{
        struct pl_journal_writer journal = kept_journal(1, 1);
        const struct pl_journal_reader reader = kept_journal_reader();
        const struct pl_history_identity identity = kept_identity(&reader);
        uint64_t made = 3;
        size_t size;

        (void) state;
        kept_open_writer(&writer);
        for (int i = 0; i < 4; i++) {
                for (int j = 0; j < 3; j++)
                        made_write_act(&journal);
                assert_int_equal(kept_record_acts(&writer, &reader, &morning), 0);
                assert_int_equal(write_sweep(&morning, &identity, WORKLOADS, &made), 0);
        }
        pl_history_writer_close(&writer);
        size = take_file(SEGMENT_1);
        for (size_t cut = 0; cut < size; cut++) {
                place_empty();
                put_file(SEGMENT_1, whole, cut);
                go_on(&reader, 12);
                /* And what a power cut makes of it: a file of the right length, with nothing in its end. */
                if (cut % 7 != 0)
                        continue;
                place_empty();
                put_file(SEGMENT_1, whole, cut);
                lengthen(SEGMENT_1, size);
                go_on(&reader, 12);
        }
        print_message("cut at each of %zu bytes\n", size);
}

/* ---- what is spoilt ---- */

static void spoilt_bytes_cost_their_frame(void **state)
{
        struct test_random random = { 5 };
        uint64_t made = 3, spoilt;
        size_t size;

        (void) state;
        kept_open_writer(&writer);
        for (int i = 0; i < 20; i++)
                assert_int_equal(write_sweep(&morning, &seven, WORKLOADS, &made), 0);
        pl_history_writer_close(&writer);
        size = take_file(SEGMENT_1);
        for (int i = 0; i < 500; i++) {
                size_t at = sizeof(struct pl_history_segment_header) +
                            test_random_below(&random,
                                              size - sizeof(struct pl_history_segment_header));
                const unsigned char bit = (unsigned char) (1 << test_random_below(&random, 8));
                const struct kept *kept;

                whole[at] ^= bit;
                put_file(SEGMENT_1, whole, size);
                whole[at] ^= bit;
                kept = kept_count(&spoilt);
                assert_int_equal(kept->count[PL_HISTORY_HOST], 19);
                /* With the first frame the names are lost, and rows without names are not given to anybody. */
                assert_true(kept->count[PL_HISTORY_ROW] == (size_t) 19 * WORKLOADS ||
                            kept->count[PL_HISTORY_ROW] == 0);
        }
        assert_true(spoilt > 0);
}

static void names_of_another_run_are_not_used(void **state)
{
        const struct kept *kept;
        uint64_t made = 3, second;

        (void) state;
        kept_open_writer(&writer);
        assert_int_equal(write_sweep(&morning, &seven, WORKLOADS, &made), 0);
        pl_history_writer_close(&writer);
        second = size_of(SEGMENT_1);
        kept_open_writer(&writer);
        for (int i = 0; i < 2; i++)
                assert_int_equal(write_sweep(&morning, &seven, WORKLOADS, &made), 0);
        pl_history_writer_close(&writer);
        assert_int_equal(kept_count(NULL)->count[PL_HISTORY_ROW], 3 * WORKLOADS);
        place_patch(SEGMENT_1, second + sizeof(struct pl_history_frame) + 1, "x", 1);
        kept = kept_count(NULL);
        assert_int_equal(kept->count[PL_HISTORY_HOST], 2);
        assert_int_equal(kept->count[PL_HISTORY_ROW], WORKLOADS);
}

/* Whole frames with a row of the host, all over the segment, by somebody who knows all but the salt; how many are read. */
static size_t forge(size_t size, uint64_t salt)
{
        uint64_t payload[PL_HISTORY_ITEM_MAX / sizeof(uint64_t)] = {};
        struct pl_history_frame frame = { .run = 1, .kinds = PL_HISTORY_BIT(PL_HISTORY_HOST) };
        const struct pl_history_host host = { .workload_count = 1 };

        frame.bytes = (uint32_t) pl_history_put_host((uint8_t *) payload, &host);
        for (size_t at = sizeof(struct pl_history_segment_header);
             at + pl_history_frame_bytes(&frame) <= size; at += pl_history_frame_bytes(&frame)) {
                pl_history_seal_frame(&frame, payload, salt, at);
                memcpy(whole + at, &frame, sizeof frame);
                memcpy(whole + at + sizeof frame, payload,
                       pl_history_frame_bytes(&frame) - sizeof frame);
        }
        put_file(SEGMENT_1, whole, size);
        return kept_count(NULL)->count[PL_HISTORY_HOST];
}

static void forged_frames_are_not_found(void **state)
{
        struct pl_history_segment_header header;
        size_t size;

        (void) state;
        kept_open_writer(&writer);
        assert_int_equal(write_sweep(&morning, &seven, WORKLOADS, &(uint64_t){ 3 }), 0);
        pl_history_writer_close(&writer);
        size = take_file(SEGMENT_1);
        memcpy(&header, whole, sizeof header);
        assert_int_equal(forge(size, 0), 0);
        assert_int_equal(forge(size, header.salt ^ 1), 0);
        /* With it they would be. */
        assert_true(forge(size, header.salt) > 5);
}

static void the_last_row_is_found_behind_spoilt_ones(void **state)
{
        struct pl_history_last last;
        uint64_t made = 3, ends[3];

        (void) state;
        kept_open_writer(&writer);
        for (uint64_t i = 0; i < 3; i++) {
                const struct pl_history_time now = { PL_USEC_PER_DAY + i, 1000 };

                ends[i] = i == 0 ? 0 : size_of(SEGMENT_1);
                assert_int_equal(write_sweep(&now, &seven, WORKLOADS, &made), 0);
        }
        pl_history_writer_close(&writer);
        put_file("history-0000000002", "nothing", 7);
        put_file("history-0000000003", whole, 1000);
        for (uint64_t i = 2; i > 0; i--) {
                assert_int_equal(pl_history_last(place_fd, &last), 0);
                assert_int_equal(last.at.realtime_usec, PL_USEC_PER_DAY + i);
                place_patch(SEGMENT_1, ends[i] + 60, "spoilt", 6);
        }
        assert_int_equal(pl_history_last(place_fd, &last), 0);
        assert_int_equal(last.at.realtime_usec, PL_USEC_PER_DAY);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                PLACE_TEST(cut_at_every_byte),
                PLACE_TEST(spoilt_bytes_cost_their_frame),
                PLACE_TEST(names_of_another_run_are_not_used),
                PLACE_TEST(forged_frames_are_not_found),
                PLACE_TEST(the_last_row_is_found_behind_spoilt_ones),
        };

        return cmocka_run_group_tests(tests, place_set_up, place_tear_down);
}
