/* SPDX-License-Identifier: Apache-2.0 */

/* What comes out of a mate for what is written into a journal. */

#include "mate_run.h"

#include "daemon/mate_ids.h"
#include "daemon/mate_report.h"
#include "plimsoll/journal/sentence.h"

/* ---- what is written ---- */

static void what_is_written_comes_as_it_was(void **state)
{
        const struct pl_journal_act third = note(2);
        char buffer[PL_JOURNAL_SENTENCE_MAX];
        struct pl_text wanted;

        (void) state;
        fake_open();
        start(0);
        begin_journal();
        write_notes(3);
        assert_notes(1, 3);
        pl_text_init(&wanted, buffer, sizeof buffer);
        pl_journal_add_sentence(&wanted, &third);
        assert_field("MESSAGE", buffer);
        write_notes(1);
        assert_notes(4, 1);
}

/* Also without a wake. */
static void it_looks_by_itself(void **state)
{
        const struct pl_journal_act act = { .type = PL_JOURNAL_STARTED };

        (void) state;
        fake_open();
        start(0);
        begin_journal();
        wait_until_it_listened();
        pl_journal_write_act(&writer, &act);
        assert_news("started");
}

/* What was there before is another mate's; of the rest those that are for the log, with what the board knows of them. */
static void acts_of_all_kinds_come_in_their_order(void **state)
{
        struct pl_journal_act act;
        uint64_t count = 0;

        (void) state;
        fake_open();
        start(0);
        writer = place_writer(NULL);
        put_phase(PL_JOURNAL_RUNNING);
        for (int i = 0; i < 50; i++)
                made_write_act(&writer);
        assert_int_equal(show("journal", writer.next[PL_JOURNAL_ACTS]), 0);
        for (int i = 0; i < 60; i++) {
                uint64_t sequence = writer.next[PL_JOURNAL_ACTS];

                made_act(sequence, &act);
                made_write_act(&writer);
                pl_mate_wake(&mate);
                if (!pl_mate_reports(act.type))
                        continue;
                fake_receive();
                assert_int_equal(fake_number("PLIMSOLL_SEQUENCE"), sequence);
                assert_field("PLIMSOLL_TYPE", pl_journal_type_word(act.type));
                count++;
        }
        assert_true(count > 20);
}

static void assert_drift(uint64_t id, const char *unit)
{
        const struct pl_journal_act act = { .type = PL_JOURNAL_DRIFT, .drift.id = id };

        pl_journal_write_act(&writer, &act);
        pl_mate_wake(&mate);
        assert_news("drift");
        assert_int_equal(fake_number("PLIMSOLL_CGROUP_ID"), id);
        assert_field("OBJECT_SYSTEMD_UNIT", unit);
}

/* Of those at its two ends and one in between, from wherever the last search ended. */
static void the_board_says_who_it_is(void **state)
{
        static const uint32_t indices[] = { 0, 150, 300 };

        (void) state;
        fake_open();
        start(0);
        begin_journal();
        for (size_t i = 0; i < PL_ARRAY_LENGTH(indices); i++) {
                struct pl_journal_row row = { .id = 1 + indices[i] };

                (void) snprintf(row.path, sizeof row.path, "/system.slice/%u.service", indices[i]);
                assert_int_equal(pl_journal_put_row(&writer, indices[i], &row), 0);
        }
        assert_drift(301, "300.service");
        assert_drift(1, "0.service");
        assert_drift(151, "150.service");
        assert_drift(1, "0.service");
        assert_drift(4711, "");
}

static void write_outcome(uint64_t id)
{
        const struct pl_journal_act act = { .type = PL_JOURNAL_OUTCOME, .outcome.outcome.id = id };

        pl_journal_write_act(&writer, &act);
        pl_mate_wake(&mate);
        assert_news("outcome");
}

/* Its cgroup is gone by the time that it is said to be dead, and its unit's log has that all the same. */
static void who_is_gone_is_known_from_the_decision(void **state)
{
        struct pl_journal_act act = { .type = PL_JOURNAL_DECISION, .decision.decision.id = 7 };
        struct pl_journal_row row = { .id = 7, .path = "/system.slice/web.service" };

        (void) state;
        fake_open();
        start(0);
        begin_journal();
        assert_int_equal(pl_journal_put_row(&writer, 3, &row), 0);
        pl_journal_write_act(&writer, &act);
        pl_mate_wake(&mate);
        assert_news("decision");
        assert_field("OBJECT_SYSTEMD_UNIT", "web.service");
        pl_journal_clear_row(&writer, 3);
        write_outcome(7);
        assert_field("OBJECT_SYSTEMD_UNIT", "web.service");
        write_outcome(8);
        assert_field("OBJECT_SYSTEMD_UNIT", "");
}

/* A record that does not have its own check any more. */
static void what_is_spoilt_is_counted(void **state)
{
        (void) state;
        start(0);
        begin_journal();
        write_notes(3);
        place_patch("journal",
                    writer.layout.ring_offset[PL_JOURNAL_ACTS] + PL_JOURNAL_RECORD_BYTES + 100,
                    "spoilt", 6);
        fake_open();
        assert_notes(1, 1);
        assert_news("lost");
        assert_int_equal(fake_number("PLIMSOLL_VALUE"), 1);
        assert_notes(3, 1);
}

/* ---- a journald that does not listen ---- */

static void a_journald_that_stands_still_costs_nothing(void **state)
{
        size_t filled;

        (void) state;
        fake_open();
        filled = fake_fill();
        start(0);
        begin_journal();
        write_notes(300);
        wait_until_it_listened();
        write_notes(1);
        wait_until_it_listened();
        fake_drain(filled);
        assert_notes(1, 301);
}

static void a_journald_that_comes_later_gets_all(void **state)
{
        (void) state;
        start(0);
        begin_journal();
        write_notes(10);
        wait_until_it_listened();
        fake_open();
        assert_notes(1, 10);
        fake_close();
        write_notes(5);
        wait_until_it_listened();
        fake_open();
        assert_notes(11, 5);
}

/* What the ring has no more is a number, of all that was lost since, and comes before what is left. */
static void what_was_overwritten_is_counted(void **state)
{
        uint64_t part, total, lost;

        (void) state;
        start(0);
        begin_journal();
        part = writer.layout.ring_capacity[PL_JOURNAL_ACTS] + 7;
        total = 2 * part;
        write_notes(part);
        wait_until_it_listened();
        write_notes(part);
        wait_until_it_listened();
        fake_open();
        assert_news("lost");
        lost = fake_number("PLIMSOLL_VALUE");
        assert_true(lost > part && lost < total);
        assert_notes(lost + 1, total - lost);
        write_notes(1);
        assert_notes(total + 1, 1);
}

/* ---- between two pieces ---- */

enum { MANY = 3 * PL_MATE_REPORT_ACTS_MAX };

/* Somebody may have to be let go, and orders wait. */
static void what_is_written_at_a_time_has_a_bound(void **state)
{
        static struct pl_mate_report report;
        int kept = dup(STDERR_FILENO), nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
        int results[4], fd;

        (void) state;
        writer = place_writer(NULL);
        put_phase(PL_JOURNAL_RUNNING);
        for (uint64_t i = 0; i < MANY; i++) {
                const struct pl_journal_act act = note(i);

                pl_journal_write_act(&writer, &act);
        }
        memset(&report, 0, sizeof report);
        report.to_stderr = true;
        report.silence_usec = PATIENCE_USEC;
        assert_int_equal(pl_journald_init(&report.journald, fake.path), 0);
        fd = openat(place_fd, "journal", O_RDONLY | O_CLOEXEC);
        assert_int_equal(pl_mate_report_show(&report, fd, writer.next[PL_JOURNAL_ACTS] - MANY, 1),
                         0);
        pl_mate_report_end(&report);
        assert_true(dup2(nowhere, STDERR_FILENO) == STDERR_FILENO);
        for (size_t i = 0; i < PL_ARRAY_LENGTH(results); i++) {
                results[i] = pl_mate_report_write(&report, 1);
                if (i + 1 < PL_ARRAY_LENGTH(results) &&
                    report.written_count != (i + 1) * PL_MATE_REPORT_ACTS_MAX)
                        results[i] = -1;
        }
        assert_true(dup2(kept, STDERR_FILENO) == STDERR_FILENO);
        (void) close(kept);
        (void) close(nowhere);
        (void) close(fd);
        for (size_t i = 0; i < PL_ARRAY_LENGTH(results); i++)
                assert_int_equal(results[i], i < 3 ? PL_MATE_REPORT_E_MORE : 0);
        /* The last word is the last, and comes. */
        assert_int_equal(report.written_count, MANY + 1);
        pl_mate_report_done(&report);
}

/* ---- journals ---- */

static void another_journal_takes_its_place(void **state)
{
        const struct pl_journal_options options = made_options();
        struct pl_journal_opened opened;

        (void) state;
        fake_open();
        start(0);
        begin_journal();
        write_notes(2);
        pl_journal_writer_close(&writer);
        assert_int_equal(pl_journal_writer_open(place_fd, "other", &options, &writer, &opened), 0);
        assert_int_equal(show("other", 1), 0);
        write_notes(3);
        assert_notes(1, 2);
        assert_notes(1, 3);
}

/* What cannot be written of the one before is lost, and counted. */
static void what_is_left_in_a_journal_before_is_counted(void **state)
{
        const struct pl_journal_options options = made_options();
        struct pl_journal_opened opened;

        (void) state;
        start(0);
        begin_journal();
        write_notes(6);
        pl_journal_writer_close(&writer);
        assert_int_equal(pl_journal_writer_open(place_fd, "other", &options, &writer, &opened), 0);
        assert_int_equal(show("other", 0), 0);
        wait_until_it_listened();
        write_notes(3);
        fake_open();
        assert_news("lost");
        assert_int_equal(fake_number("PLIMSOLL_VALUE"), 6);
        assert_notes(1, 3);
}

static void what_is_no_journal_harms_nobody(void **state)
{
        static const char words[4096] = "no journal";

        (void) state;
        fake_open();
        start(0);
        begin_journal();
        (void) close(openat(place_fd, "foreign", O_CREAT | O_CLOEXEC | O_WRONLY, 0600));
        assert_int_equal(show("foreign", 1), 0); /* empty */
        place_patch("foreign", 0, words, sizeof words);
        assert_int_equal(show("foreign", 1), 0);
        assert_int_equal(pl_mate_show(&mate, place_fd, 1), 0); /* a directory */
        assert_int_equal(show("journal", 1), 0);
        write_notes(1);
        assert_notes(1, 1);
}

/* ---- for a person ---- */

enum { PIPE_BYTES = 16384, LINES = 400 };

static int start_to_pipe(void)
{
        const struct pl_mate_options options = { .to_stderr = true, .silence_usec = PATIENCE_USEC };
        int fds[2], kept = dup(STDERR_FILENO);

        assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
        assert_int_equal(fcntl(fds[1], F_SETPIPE_SZ, PIPE_BYTES), PIPE_BYTES);
        assert_true(dup2(fds[1], STDERR_FILENO) == STDERR_FILENO);
        assert_int_equal(pl_mate_start(&options, &mate), 0);
        assert_true(dup2(kept, STDERR_FILENO) == STDERR_FILENO);
        (void) close(kept);
        (void) close(fds[1]);
        return fds[0];
}

static void read_line(FILE *lines, char *line, size_t size)
{
        assert_non_null(fgets(line, (int) size, lines));
        assert_int_equal(line[strlen(line) - 1], '\n');
}

/* More than the pipe holds: the mate goes on when somebody reads, and until then it still listens. */
static void lines_wait_for_who_reads_them(void **state)
{
        const int fd = start_to_pipe();
        FILE *lines = fdopen(fd, "r");
        char line[1024];

        (void) state;
        assert_non_null(lines);
        begin_journal();
        write_notes(LINES);
        wait_until_it_listened();
        write_notes(1);
        wait_until_it_listened();
        for (int i = 0; i < LINES; i++) {
                unsigned hour, minute, second;

                read_line(lines, line, sizeof line);
                assert_int_equal(sscanf(line, "%2u:%2u:%2u ", &hour, &minute, &second), 3);
                assert_true(hour < 24 && minute < 60 && second <= 60);
                assert_int_equal(strtol(line + 9, NULL, 10), i);
        }
        read_line(lines, line, sizeof line);
        assert_int_equal(shutdown(mate.socket_fd, SHUT_WR), 0);
        read_line(lines, line, sizeof line);
        assert_non_null(strstr(line, ") died without a word\n"));
        assert_null(fgets(line, sizeof line, lines));
        (void) fclose(lines);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                RUN_TEST(what_is_written_comes_as_it_was),
                RUN_TEST(it_looks_by_itself),
                RUN_TEST(acts_of_all_kinds_come_in_their_order),
                RUN_TEST(the_board_says_who_it_is),
                RUN_TEST(who_is_gone_is_known_from_the_decision),
                RUN_TEST(what_is_spoilt_is_counted),
                RUN_TEST(a_journald_that_stands_still_costs_nothing),
                RUN_TEST(a_journald_that_comes_later_gets_all),
                RUN_TEST(what_was_overwritten_is_counted),
                RUN_TEST(what_is_written_at_a_time_has_a_bound),
                RUN_TEST(another_journal_takes_its_place),
                RUN_TEST(what_is_left_in_a_journal_before_is_counted),
                RUN_TEST(what_is_no_journal_harms_nobody),
                RUN_TEST(lines_wait_for_who_reads_them),
        };

        return cmocka_run_group_tests(tests, place_set_up, place_tear_down);
}
