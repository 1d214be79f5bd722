/* SPDX-License-Identifier: Apache-2.0 */

/* A writer that is killed. Once at every instruction of its work, by stepping it one at a time and looking, between any two
 * of them, at what readers see and at what the next writer would make of the file; and fifty times at random, at full speed.
 */

#include "journal/place.h"

#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

enum {
        ROW = 2,
        FILLING = 2500, /* acts and steps before it begins: both rings have gone round */
        /* Changes of the file from one next writer to the following: a prime, so that it falls on all kinds of places. */
        SUCCESSION = 3,
        /* Records that are written at the most while it is stepped. */
        SLOTS = 64,
        KILLS = 50,
};

static struct made_snapshot made;

/* ---- what readers may see ---- */

struct sight {
        uint64_t acts; /* newest number of each ring */
        uint64_t snapshots;
        uint64_t row; /* version of it; 0: none, or torn */
        int row_result;
};

/* The last whole ones before the cursor are as they must be. */
static void look_at_last_acts(const struct pl_journal_reader *reader, uint64_t *ret_newest)
{
        struct pl_journal_cursor cursor = pl_journal_cursor_newest(reader, PL_JOURNAL_ACTS);
        static struct pl_journal_act act;

        *ret_newest = cursor.position - 1;
        for (int i = 0; i < 2; i++) {
                assert_int_equal(pl_journal_previous_act(&cursor, &act), 0);
                assert_true(made_is_act(&act));
        }
}

static void look_at_last_snapshot(const struct pl_journal_reader *reader, uint64_t *ret_newest)
{
        struct pl_journal_cursor cursor = pl_journal_cursor_newest(reader, PL_JOURNAL_SAMPLES);
        static struct made_snapshot seen;
        const struct pl_journal_space space = made_space(&seen);

        *ret_newest = cursor.position - 1;
        assert_int_equal(pl_journal_previous_snapshot(&cursor, &space, &seen.snapshot), 0);
        assert_int_equal(seen.snapshot.step, cursor.position);
        made_snapshot(seen.snapshot.step, 3, &made);
        assert_true(made_same_snapshot(&seen.snapshot, &made.snapshot));
}

/* The oldest is there, and what is older was written over or is just about to be. */
static void look_at_oldest(const struct pl_journal_reader *reader)
{
        struct pl_journal_cursor cursor = pl_journal_cursor_oldest(reader, PL_JOURNAL_ACTS);
        struct pl_journal_record record;
        int r;

        assert_int_equal(pl_journal_next_record(&cursor, &record), 0);
        cursor.position = record.sequence - 1;
        r = pl_journal_next_record(&cursor, &record);
        assert_true(r == 0 ? made_is_whole(&record)
                           : r == PL_JOURNAL_E_OVERTAKEN && cursor.lost == 1);
}

static struct sight look(const struct pl_journal_reader *reader)
{
        struct sight sight = {};
        struct pl_journal_row row;

        look_at_last_acts(reader, &sight.acts);
        look_at_last_snapshot(reader, &sight.snapshots);
        look_at_oldest(reader);
        sight.row_result = pl_journal_read_row(reader, ROW, &row);
        if (sight.row_result == 0) {
                assert_true(made_is_row(ROW, &row));
                sight.row = row.at_usec;
        }
        return sight;
}

static void assert_never_back(const struct sight *before, const struct sight *now)
{
        assert_true(now->acts >= before->acts);
        assert_true(now->snapshots >= before->snapshots);
        assert_true(now->row_result == 0 || now->row_result == PL_JOURNAL_E_TORN);
        assert_true(now->row_result != 0 || now->row >= before->row);
}

/* ---- at every instruction ---- */

static void write_some(struct pl_journal_writer *writer, uint64_t version)
{
        struct pl_journal_row row;

        made_write_act(writer);
        made_snapshot(writer->next[PL_JOURNAL_SAMPLES], 3, &made);
        pl_assert(pl_journal_begin_step(writer, &made.snapshot) == 0);
        made_row(ROW, version, &row);
        pl_assert(pl_journal_put_row(writer, ROW, &row) == 0);
}

/* What is stepped: one act of one record, a decision, a step and a row, made before the stepping begins. */
_Noreturn static void be_stepped(void)
{
        static struct pl_journal_act act, decision;
        struct pl_journal_writer writer = place_writer(NULL);
        struct pl_journal_row row;
        uint64_t next;

        (void) prctl(PR_SET_PDEATHSIG, SIGKILL);
        for (uint64_t i = 1; i <= FILLING; i++)
                write_some(&writer, i);
        /* Up to where the type that follows from the number is the one that is wanted. */
        for (;; made_write_act(&writer)) {
                next = writer.next[PL_JOURNAL_ACTS];
                made_act(next, &act);
                made_act(next + 1, &decision);
                if (act.type != PL_JOURNAL_DECISION && decision.type == PL_JOURNAL_DECISION)
                        break;
        }
        made_snapshot(writer.next[PL_JOURNAL_SAMPLES], 3, &made);
        made_row(ROW, FILLING + 1, &row);
        pl_assert(ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0);
        (void) raise(SIGSTOP);
        pl_journal_write_act(&writer, &act);
        pl_journal_write_act(&writer, &decision);
        (void) pl_journal_begin_step(&writer, &made.snapshot);
        (void) pl_journal_put_row(&writer, ROW, &row);
        (void) raise(SIGSTOP);
        _exit(EXIT_SUCCESS);
}

/* What was never shown is gone, and its numbers are free. */
static void assert_nothing_above(const struct pl_journal_writer *writer)
{
        for (enum pl_journal_ring ring = 0; ring < PL_JOURNAL_RINGS; ring++)
                for (uint64_t i = 0; i < writer->layout.ring_capacity[ring]; i++)
                        assert_true(writer->words[(writer->layout.ring_offset[ring] +
                                                   i * PL_JOURNAL_RECORD_BYTES) /
                                                  sizeof(uint64_t)] < writer->next[ring]);
}

/* The file as it is now, under another name, taken over by another writer. */
static void look_at_succession(const struct pl_journal_reader *reader, const struct sight *sight)
{
        const struct pl_journal_options options = made_options();
        _cleanup_close_ int fd = openat(place_fd, "copy", O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC,
                                        0600);
        struct pl_journal_reader copy;
        struct pl_journal_writer writer;
        struct pl_journal_opened opened;
        struct sight now;

        assert_int_equal(pwrite(fd, (const void *) (uintptr_t) reader->words,
                                (size_t) reader->layout.file_bytes, 0),
                         reader->layout.file_bytes);
        assert_int_equal(pl_journal_writer_open(place_fd, "copy", &options, &writer, &opened), 0);
        assert_true(opened.continued);
        assert_int_equal(opened.generation, 2);
        assert_int_equal(writer.next[PL_JOURNAL_ACTS], sight->acts + 1);
        assert_int_equal(writer.next[PL_JOURNAL_SAMPLES], sight->snapshots + 1);
        assert_nothing_above(&writer);
        assert_int_equal(pl_journal_reader_open(place_fd, "copy", &copy), 0);
        for (uint64_t i = 1; i <= 3; i++)
                write_some(&writer, FILLING + 1 + i);
        now = look(&copy);
        assert_never_back(sight, &now);
        assert_true(now.acts >= sight->acts + 3);
        pl_journal_reader_close(&copy);
        pl_journal_writer_close(&writer);
}

/* And keeps what is new. */
static bool differs(unsigned char *seen, const unsigned char *now, size_t size)
{
        bool changed = memcmp(seen, now, size) != 0;

        if (changed)
                memcpy(seen, now, size);
        return changed;
}

/* What readers see follows from the bytes of the file, so there is something to look at when those have changed that may. */
static bool has_changed(const struct pl_journal_reader *reader, const struct sight *first)
{
        static unsigned char seen[PL_JOURNAL_RINGS][SLOTS][PL_JOURNAL_RECORD_BYTES],
                seen_page[PL_JOURNAL_PAGE_BYTES], seen_row[PL_JOURNAL_ROW_BYTES];
        const unsigned char *bytes = (const unsigned char *) (uintptr_t) reader->words;
        const struct pl_journal_layout *layout = &reader->layout;
        const uint64_t newest[] = { first->acts, first->snapshots };
        bool changed = differs(seen_page, bytes, sizeof seen_page);

        changed |= differs(seen_row, bytes + layout->rows_offset + ROW * sizeof seen_row,
                           sizeof seen_row);
        for (enum pl_journal_ring ring = 0; ring < PL_JOURNAL_RINGS; ring++)
                for (uint64_t i = 0; i < SLOTS; i++) {
                        uint64_t index = (newest[ring] + i) % layout->ring_capacity[ring];

                        changed |= differs(seen[ring][i],
                                           bytes + layout->ring_offset[ring] +
                                                   index * PL_JOURNAL_RECORD_BYTES,
                                           PL_JOURNAL_RECORD_BYTES);
                }
        return changed;
}

static bool stopped_with(pid_t pid, int signal)
{
        int status;

        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_true(WIFSTOPPED(status));
        return WSTOPSIG(status) == signal;
}

static void killed_at_every_instruction(void **state)
{
        struct pl_journal_reader reader;
        struct sight first, now;
        uint64_t steps = 0, changes = 0;
        pid_t pid = fork();

        (void) state;
        assert_true(pid >= 0);
        if (pid == 0)
                be_stepped();
        assert_true(stopped_with(pid, SIGSTOP));
        reader = place_reader();
        first = look(&reader);
        now = first;
        do {
                struct sight before = now;

                steps++;
                if (has_changed(&reader, &first)) {
                        now = look(&reader);
                        assert_never_back(&before, &now);
                        if (changes++ % SUCCESSION == 0)
                                look_at_succession(&reader, &now);
                }
                assert_int_equal(ptrace(PTRACE_SINGLESTEP, pid, NULL, NULL), 0);
        } while (!stopped_with(pid, SIGSTOP));
        now = look(&reader);
        assert_true(now.acts > first.acts + 1);
        assert_true(now.snapshots > first.snapshots);
        assert_int_equal(now.row, FILLING + 1);
        assert_true(now.acts - first.acts < SLOTS && now.snapshots - first.snapshots < SLOTS);
        /* A row alone has a word for each of its stores. */
        assert_true(changes > PL_JOURNAL_ROW_BYTES / 8);
        print_message("%llu instructions, %llu changes\n", (unsigned long long) steps,
                      (unsigned long long) changes);
        (void) kill(pid, SIGKILL);
        (void) waitpid(pid, NULL, 0);
        pl_journal_reader_close(&reader);
}

/* ---- at random ---- */

_Noreturn static void write_for_ever(void)
{
        struct pl_journal_writer writer = place_writer(NULL);

        (void) prctl(PR_SET_PDEATHSIG, SIGKILL);
        for (uint64_t version = 1;; version++)
                write_some(&writer, version);
}

/* Until it has written so many acts more. */
static void wait_for_acts(const struct pl_journal_reader *reader, uint64_t sequence)
{
        while (pl_journal_cursor_newest(reader, PL_JOURNAL_ACTS).position <= sequence)
                (void) sched_yield();
}

static void look_at_whole_ring(const struct pl_journal_reader *reader)
{
        struct pl_journal_cursor cursor = pl_journal_cursor_oldest(reader, PL_JOURNAL_ACTS);
        static struct pl_journal_act act;
        int r;

        while ((r = pl_journal_next_act(&cursor, &act)) == 0)
                assert_true(made_is_act(&act));
        assert_int_equal(r, PL_JOURNAL_E_END);
}

static void killed_at_random(void **state)
{
        struct pl_journal_writer writer = place_writer(NULL);
        struct pl_journal_reader reader = place_reader();
        struct test_random random = { 21 };
        struct pl_journal_pulse pulse;
        struct sight before = {}, now;

        (void) state;
        write_some(&writer, 1);
        write_some(&writer, 1);
        write_some(&writer, 1);
        while (writer.next[PL_JOURNAL_ACTS] <= 2 * reader.layout.ring_capacity[PL_JOURNAL_ACTS])
                write_some(&writer, 1);
        pl_journal_writer_close(&writer);
        (void) alarm(100); /* of the test's 120 seconds */
        for (uint64_t i = 0; i < KILLS; i++) {
                pid_t pid = fork();

                assert_true(pid >= 0);
                if (pid == 0)
                        write_for_ever();
                wait_for_acts(&reader, before.acts + 1 + test_random_below(&random, 2000));
                for (uint64_t spin = test_random_below(&random, 5000); spin > 0; spin--)
                        pl_journal_read_pulse(&reader, &pulse);
                assert_int_equal(kill(pid, SIGKILL), 0);
                assert_int_equal(waitpid(pid, NULL, 0), pid);
                now = look(&reader);
                assert_true(now.acts > before.acts && now.snapshots > before.snapshots);
                look_at_whole_ring(&reader);
                pl_journal_read_pulse(&reader, &pulse);
                assert_int_equal(pulse.generation, i + 2);
                before = now;
        }
        (void) alarm(0);
        pl_journal_reader_close(&reader);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                PLACE_TEST(killed_at_every_instruction),
                PLACE_TEST(killed_at_random),
        };

        return cmocka_run_group_tests(tests, place_set_up, place_tear_down);
}
