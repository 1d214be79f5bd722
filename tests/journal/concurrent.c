/* SPDX-License-Identifier: Apache-2.0 */

/* A writer that writes as fast as it can while readers in other processes check every byte of what they are given. Readers
 * are slower than it, so that they are overtaken all the time, in the middle of records and of decisions.
 */

#include "journal/place.h"

#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

enum {
        READERS = 2,
        ROWS = 8,
        /* What each reader has to see of each kind before it is content: some seconds under the sanitizers. */
        WHOLES = 20000,
        ROWS_READ = 20000,
};

/* ---- the writer ---- */

_Noreturn static void write_for_ever(void)
{
        const struct pl_journal_options options = made_options();
        static struct made_snapshot made;
        struct pl_journal_writer writer;
        struct pl_journal_opened opened;
        struct pl_journal_row row;

        (void) prctl(PR_SET_PDEATHSIG, SIGKILL);
        pl_assert(pl_journal_writer_open(place_fd, "journal", &options, &writer, &opened) == 0);
        for (uint64_t version = 1;; version++) {
                made_write_act(&writer);
                made_snapshot(writer.next[PL_JOURNAL_SAMPLES], 6, &made);
                (void) pl_journal_begin_step(&writer, &made.snapshot);
                made_row((uint32_t) (version % ROWS), version, &row);
                (void) pl_journal_put_row(&writer, (uint32_t) (version % ROWS), &row);
        }
}

/* ---- a reader, which tells its findings by how it ends ---- */

struct seen {
        uint64_t acts, snapshots, rows, oldest, overtaken;
};

static bool look_at_next_act(struct pl_journal_cursor *cursor, struct seen *seen)
{
        static struct pl_journal_act act;
        int r = pl_journal_next_act(cursor, &act);

        if (r == PL_JOURNAL_E_OVERTAKEN) {
                seen->overtaken++;
                /* Where the oldest stands the writer is next: half a ring further on there is time. */
                *cursor = pl_journal_cursor_at(cursor->reader, cursor->ring,
                                               cursor->position + 200);
                return true;
        }
        if (r != 0)
                return r == PL_JOURNAL_E_END;
        seen->acts++;
        return made_is_act(&act);
}

static bool look_at_next_snapshot(struct pl_journal_cursor *cursor, struct seen *seen)
{
        static struct made_snapshot made, wanted;
        const struct pl_journal_space space = made_space(&made);
        uint64_t sequence = cursor->position;
        int r = pl_journal_next_snapshot(cursor, &space, &made.snapshot);

        if (r == PL_JOURNAL_E_OVERTAKEN) {
                seen->overtaken++;
                *cursor = pl_journal_cursor_at(cursor->reader, cursor->ring,
                                               cursor->position + 600);
                return true;
        }
        if (r != 0)
                return r == PL_JOURNAL_E_END;
        made_snapshot(made.snapshot.step, 6, &wanted);
        seen->snapshots++;
        return made.snapshot.step >= sequence &&
               made_same_snapshot(&made.snapshot, &wanted.snapshot);
}

/* The record that the writer is about to write over. */
static bool look_at_oldest(const struct pl_journal_reader *reader, enum pl_journal_ring ring,
                           struct seen *seen)
{
        struct pl_journal_cursor cursor = pl_journal_cursor_oldest(reader, ring);
        struct pl_journal_record record;
        int r = pl_journal_next_record(&cursor, &record);

        if (r != 0)
                return r == PL_JOURNAL_E_OVERTAKEN || r == PL_JOURNAL_E_END;
        seen->oldest++;
        return made_is_whole(&record);
}

static bool look_at_row(const struct pl_journal_reader *reader, uint32_t index, struct seen *seen)
{
        struct pl_journal_row row;
        int r = pl_journal_read_row(reader, index, &row);

        /* One that changes all the time is a legal answer, and not of use to us. */
        if (r != 0)
                return r == PL_JOURNAL_E_EMPTY || r == PL_JOURNAL_E_TORN;
        seen->rows++;
        return made_is_row(index, &row);
}

_Noreturn static void read_until_content(void)
{
        struct pl_journal_reader reader;
        struct pl_journal_cursor acts, samples;
        struct seen seen = {};

        (void) prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (pl_journal_reader_open(place_fd, "journal", &reader) != 0)
                _exit(2);
        acts = pl_journal_cursor_oldest(&reader, PL_JOURNAL_ACTS);
        samples = pl_journal_cursor_oldest(&reader, PL_JOURNAL_SAMPLES);
        while (seen.acts < WHOLES || seen.snapshots < WHOLES || seen.rows < ROWS_READ) {
                if (!look_at_next_act(&acts, &seen))
                        _exit(3);
                if (!look_at_next_snapshot(&samples, &seen))
                        _exit(4);
                for (int i = 0; i < 4; i++)
                        if (!look_at_oldest(&reader, PL_JOURNAL_ACTS, &seen) ||
                            !look_at_oldest(&reader, PL_JOURNAL_SAMPLES, &seen))
                                _exit(7);
                if (!look_at_row(&reader, (uint32_t) (seen.rows % ROWS), &seen))
                        _exit(5);
        }
        _exit(seen.overtaken > 0 && seen.oldest > 0 ? EXIT_SUCCESS : 6);
}

static pid_t start(void (*body)(void))
{
        pid_t pid = fork();

        assert_true(pid >= 0);
        if (pid == 0)
                body();
        return pid;
}

/* The file has its name when it can be read. */
static void wait_for_journal(void)
{
        while (!place_has("journal"))
                (void) sched_yield();
}

static void readers_see_what_was_written_and_nothing_else(void **state)
{
        pid_t writer = start(write_for_ever), readers[READERS];
        int status, result = 0;

        (void) state;
        (void) alarm(100); /* of the test's 120 seconds */
        wait_for_journal();
        for (size_t i = 0; i < READERS; i++)
                readers[i] = start(read_until_content);
        for (size_t i = 0; i < READERS; i++) {
                assert_int_equal(waitpid(readers[i], &status, 0), readers[i]);
                assert_true(WIFEXITED(status));
                result = PL_MAX(result, WEXITSTATUS(status));
        }
        assert_int_equal(kill(writer, SIGKILL), 0);
        assert_int_equal(waitpid(writer, &status, 0), writer);
        (void) alarm(0);
        assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
        assert_int_equal(result, 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                PLACE_TEST(readers_see_what_was_written_and_nothing_else),
        };

        return cmocka_run_group_tests(tests, place_set_up, place_tear_down);
}
