/* SPDX-License-Identifier: Apache-2.0 */

/* The ring is the queue: what cannot be written now stays where it is, and the cursor in front of it. So nothing is kept
 * twice, nothing is lost while the ring still has it, and what was lost is a number.
 */

#include "mate_report.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "plimsoll/base/assert.h"
#include "plimsoll/base/clock.h"
#include "plimsoll/base/macro.h"

/* ---- the journal ---- */

static int map_journal(int fd, struct pl_journal_reader *ret_reader, const void **ret_map)
{
        struct stat status;
        size_t bytes;
        void *map;
        int r;

        if (fstat(fd, &status) < 0)
                return -errno;
        if (status.st_size <= 0 || (uint64_t) status.st_size > PL_JOURNAL_BYTES_MAX)
                return PL_JOURNAL_E_FOREIGN;
        bytes = (size_t) status.st_size;
        map = mmap(NULL, bytes, PROT_READ, MAP_SHARED, fd, 0);
        if (map == MAP_FAILED)
                return -errno;
        r = pl_journal_reader_init(map, bytes, ret_reader);
        if (r != 0) {
                (void) munmap(map, bytes);
                return r;
        }
        *ret_map = map;
        return 0;
}

static void unmap(struct pl_mate_report *report)
{
        if (report->map)
                (void) munmap((void *) (uintptr_t) report->map,
                              (size_t) report->reader.layout.file_bytes);
        report->map = NULL;
}

/* What is left of the journal before, when another one comes. */
static void leave(struct pl_mate_report *report, uint64_t now_usec)
{
        uint64_t left;
        int r = PL_MATE_REPORT_E_MORE;

        if (!report->map)
                return;
        /* A ring at most: nobody writes into it any more. */
        left = report->reader.layout.ring_capacity[PL_JOURNAL_ACTS] / PL_MATE_REPORT_ACTS_MAX + 1;
        for (; r == PL_MATE_REPORT_E_MORE && left > 0; left--)
                r = pl_mate_report_write(report, now_usec);
        if (r != 0)
                report->lost_count +=
                        pl_journal_cursor_newest(&report->reader, PL_JOURNAL_ACTS).position -
                        report->cursor.position;
        unmap(report);
}

int pl_mate_report_show(struct pl_mate_report *report, int journal_fd, uint64_t from_sequence,
                        uint64_t now_usec)
{
        struct pl_journal_reader reader = {};
        const void *map = NULL;
        int r = map_journal(journal_fd, &reader, &map);

        /* The one before is not written any more, and its heart would seem to have stopped. */
        leave(report, now_usec);
        if (r != 0)
                return r;
        report->map = map;
        report->reader = reader;
        report->cursor = pl_journal_cursor_at(&report->reader, PL_JOURNAL_ACTS,
                                              PL_MAX(from_sequence, UINT64_C(1)));
        report->row_index = 0;
        pl_watch_begin(&report->watch, report->silence_usec, now_usec);
        return 0;
}

void pl_mate_report_done(struct pl_mate_report *report)
{
        pl_assert(report);

        unmap(report);
        pl_journald_done(&report->journald);
}

/* Who was killed is gone from the board when that is told, and a container's own log is to have it all the same. */
static const struct pl_journal_row *find_kept(const struct pl_mate_report *report, uint64_t id)
{
        for (uint32_t i = 0; id != 0 && i < PL_MATE_KEPT_MAX; i++)
                if (report->kept[i].id == id)
                        return &report->kept[i];
        return NULL;
}

/* A workload is often spoken of twice in a row, what was decided and what came of it: so the search begins where it ended.
 * Seldom is one spoken of at all, and no index is kept. */
static const struct pl_journal_row *find_row(struct pl_mate_report *report, uint64_t id)
{
        const uint32_t count = pl_journal_rows_used(&report->reader);

        for (uint32_t i = 0; id != 0 && i < count; i++) {
                uint32_t index = (report->row_index + i) % count;

                if (pl_journal_read_row(&report->reader, index, &report->row) != 0 ||
                    report->row.id != id)
                        continue;
                report->row_index = index;
                return &report->row;
        }
        return find_kept(report, id);
}

/* Of whom something is to be done to. */
static void keep_row(struct pl_mate_report *report, const struct pl_journal_row *row)
{
        if (!row || report->act.type != PL_JOURNAL_DECISION || find_kept(report, row->id))
                return;
        report->kept[report->kept_count++ % PL_MATE_KEPT_MAX] = *row;
}

/* ---- writing ---- */

/* "14:02:11 policy …". */
static void add_line(struct pl_text *line, const struct pl_mate_message *message)
{
        const uint64_t now_usec = pl_clock_now_usec();
        const time_t now = time(NULL);
        const time_t at = now - (time_t) ((now_usec - PL_MIN(message->at_usec, now_usec)) /
                                          PL_USEC_PER_SEC);
        struct tm wall = {};

        (void) localtime_r(&at, &wall);
        pl_text_addf(line, "%02d:%02d:%02d ", wall.tm_hour, wall.tm_min, wall.tm_sec);
        pl_text_add_clean(line, pl_text_span(&message->words));
        pl_text_add_byte(line, '\n');
}

/* Where a pipe says that it can be written to, a line of less than PIPE_BUF bytes has room, and does not block. */
static int write_line(const struct pl_mate_message *message)
{
        struct pollfd fd = { .fd = STDERR_FILENO, .events = POLLOUT };
        char buffer[PL_JOURNAL_SENTENCE_MAX + 16];
        struct pl_text line;

        if (poll(&fd, 1, 0) != 1 || fd.revents != POLLOUT)
                return PL_JOURNALD_E_AWAY;
        pl_text_init(&line, buffer, sizeof buffer);
        add_line(&line, message);
        return write(fd.fd, line.data, line.length) < 0 ? PL_JOURNALD_E_AWAY : 0;
}

static int write_message(struct pl_mate_report *report)
{
        int r = report->to_stderr ? write_line(&report->message)
                                  : pl_journald_send(&report->journald, &report->message.fields);

        report->written_count += r == 0;
        return r;
}

/* One that can never be written is done with; nothing could be said that would not fare the same. */
static int write_news(struct pl_mate_report *report, enum pl_mate_news news, uint64_t figure,
                      uint64_t now_usec)
{
        const struct pl_mate_fact fact = { .news = news,
                                           .at_usec = now_usec,
                                           .pid = report->pid,
                                           .figure = figure,
                                           .without_systemd = report->to_stderr };

        pl_mate_message_news(&report->message, &fact);
        return write_message(report) == PL_JOURNALD_E_AWAY ? PL_JOURNALD_E_AWAY : 0;
}

static int write_deed(struct pl_mate_report *report, const struct pl_mate_deed *deed,
                      uint64_t now_usec)
{
        const struct pl_mate_fact fact = {
                .news = PL_MATE_ACTED,
                .at_usec = now_usec,
                .pid = report->pid,
                .without_systemd = report->to_stderr,
                .outcome = &deed->outcome,
                .name = deed->name,
                .row = report->map ? find_row(report, deed->outcome.id) : NULL,
        };

        pl_mate_message_news(&report->message, &fact);
        return write_message(report) == PL_JOURNALD_E_AWAY ? PL_JOURNALD_E_AWAY : 0;
}

static int write_deeds(struct pl_mate_report *report, uint64_t now_usec)
{
        while (report->deed_count > 0) {
                if (write_deed(report, &report->deeds[0], now_usec) != 0)
                        return PL_JOURNALD_E_AWAY;
                report->deed_count--;
                memmove(report->deeds, report->deeds + 1,
                        report->deed_count * sizeof *report->deeds);
        }
        return 0;
}

static int write_all_news(struct pl_mate_report *report, uint64_t now_usec)
{
        const struct {
                enum pl_mate_news news;
                uint64_t *figure;
        } kinds[] = {
                { PL_MATE_LOST, &report->lost_count },
                { PL_MATE_STUCK, &report->stuck_usec },
                { PL_MATE_MOVES, &report->moves_usec },
                { PL_MATE_THAWED, &report->thawed_count },
        };

        for (size_t i = 0; i < PL_ARRAY_LENGTH(kinds); i++) {
                if (*kinds[i].figure == 0)
                        continue;
                if (write_news(report, kinds[i].news, *kinds[i].figure, now_usec) != 0)
                        return PL_JOURNALD_E_AWAY;
                *kinds[i].figure = 0;
        }
        return write_deeds(report, now_usec);
}

/* The next act that is for the log; 0 also for one that is not. PL_JOURNAL_E_END, or PL_JOURNALD_E_AWAY. */
static int write_next_act(struct pl_mate_report *report)
{
        const struct pl_journal_cursor before = report->cursor;
        const struct pl_journal_row *row;
        int r = pl_journal_next_act(&report->cursor, &report->act);

        if (r == PL_JOURNAL_E_OVERTAKEN)
                report->lost_count += report->cursor.lost;
        else if (r == PL_JOURNAL_E_TORN)
                report->lost_count++;
        if (r != 0)
                return r == PL_JOURNAL_E_END ? r : 0;
        if (!pl_mate_reports(report->act.type))
                return 0;
        row = find_row(report, pl_mate_act_subject(&report->act));
        pl_mate_message_act(&report->message, &report->act, row);
        keep_row(report, row);
        r = write_message(report);
        if (r == PL_JOURNALD_E_AWAY)
                report->cursor = before;
        else if (r < 0)
                report->lost_count++;
        return r == PL_JOURNALD_E_AWAY ? r : 0;
}

_Static_assert((int) PL_JOURNALD_E_AWAY != (int) PL_JOURNAL_E_END, "told apart above");

/* What was overwritten while nothing could be written is counted before it is spoken of: once, then. */
static void count_overwritten(struct pl_mate_report *report)
{
        struct pl_journal_cursor cursor = report->cursor;
        struct pl_journal_record record;

        if (!report->map || pl_journal_next_record(&cursor, &record) != PL_JOURNAL_E_OVERTAKEN)
                return;
        report->lost_count += cursor.lost;
        report->cursor = cursor;
}

static int write_acts(struct pl_mate_report *report, uint64_t now_usec)
{
        for (unsigned i = 0; i < PL_MATE_REPORT_ACTS_MAX; i++) {
                int r = write_next_act(report);

                if (r == 0)
                        r = write_all_news(report, now_usec);
                if (r != 0)
                        return r == PL_JOURNAL_E_END ? 0 : r;
        }
        return PL_MATE_REPORT_E_MORE;
}

int pl_mate_report_write(struct pl_mate_report *report, uint64_t now_usec)
{
        int r;

        count_overwritten(report);
        r = write_all_news(report, now_usec);
        if (r == 0 && report->map)
                r = write_acts(report, now_usec);
        if (r != 0)
                return r;
        if (report->has_died && write_news(report, PL_MATE_DIED, 0, now_usec) != 0)
                return PL_JOURNALD_E_AWAY;
        report->has_died = false;
        return 0;
}

/* ---- the daemon ---- */

void pl_mate_report_listen(struct pl_mate_report *report, uint64_t now_usec)
{
        struct pl_journal_pulse pulse;
        uint64_t figure;

        if (!report->map)
                return;
        pl_journal_read_pulse(&report->reader, &pulse);
        switch (pl_watch_look(&report->watch, now_usec, pulse.heartbeat_usec, &figure)) {
        case PL_WATCH_STUCK:
                /* An old one that nobody has read would be taken for the end of this silence. */
                report->moves_usec = 0;
                report->stuck_usec = figure;
                break;
        case PL_WATCH_MOVES:
                report->moves_usec = figure;
                break;
        case PL_WATCH_NOTHING:
        default:
                break;
        }
}

uint64_t pl_mate_report_silent_usec(const struct pl_mate_report *report)
{
        return report->map ? report->watch.silent_usec : 0;
}

void pl_mate_report_add_deed(struct pl_mate_report *report, const struct pl_mate_deed *deed)
{
        pl_assert(report->deed_count <= PL_MATE_DEEDS_MAX);

        if (report->deed_count == PL_MATE_DEEDS_MAX)
                report->lost_count++;
        else
                report->deeds[report->deed_count++] = *deed;
}

void pl_mate_report_end(struct pl_mate_report *report)
{
        struct pl_journal_state state;

        report->has_died = report->map && (pl_journal_read_state(&report->reader, &state) != 0 ||
                                           state.phase != PL_JOURNAL_STOPPED);
}
