/* SPDX-License-Identifier: Apache-2.0 */

/* The board has the last of everything, so a journal that moves from memory to its place is copied row by row, and nobody
 * else has to know. The rings begin anew: what was in them nobody could have read but the mate, who has.
 *
 * The mate is told by a wake of no content; it reads the acts as any reader does. So a journald that stands still holds up
 * the mate and never the daemon, and what it has not taken yet waits in the ring.
 */

#include "logbook.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "boot.h"
#include "plimsoll/base/assert.h"
#include "plimsoll/base/clock.h"
#include "plimsoll/base/fd.h"
#include "plimsoll/base/macro.h"

static const char journal_name[] = "journal";

enum { DIRECTORY_MODE = 0755 };

/* ---- opening ---- */

static int open_directory(const char *path, int *ret_fd)
{
        int fd;

        if (mkdir(path, DIRECTORY_MODE) < 0 && errno != EEXIST && errno != EROFS)
                return errno == ENOENT   ? PL_JOURNAL_E_ABSENT
                       : errno == EACCES ? PL_JOURNAL_E_DENIED
                                         : -errno;
        fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (fd < 0)
                return errno == ENOENT   ? PL_JOURNAL_E_ABSENT
                       : errno == EACCES ? PL_JOURNAL_E_DENIED
                                         : -errno;
        *ret_fd = fd;
        return 0;
}

static struct pl_journal_options journal_options(const struct pl_logbook *logbook)
{
        struct pl_journal_options options = {
                .file_bytes = logbook->options.file_bytes,
                .now_usec = logbook->options.now_usec,
                .realtime_usec = logbook->options.realtime_usec,
                .set_group = getegid() != 0,
                .group = getegid(),
                .lock_memory = logbook->options.lock_memory,
                .is_locked = true,
        };

        memcpy(options.boot_id, logbook->boot_id, sizeof options.boot_id);
        return options;
}

/* Hands the mate what it is to read from; without one there is nobody to ask after it. */
static void show(struct pl_logbook *logbook, int fd)
{
        if (logbook->options.mate && fd >= 0)
                (void) pl_mate_show(logbook->options.mate, fd,
                                    logbook->writer.next[PL_JOURNAL_ACTS]);
}

static int lock(struct pl_logbook *logbook)
{
        return logbook->lock_fd >= 0
                       ? 0
                       : pl_journal_lock(logbook->dir_fd, journal_name, &logbook->lock_fd);
}

static int open_file(struct pl_logbook *logbook, struct pl_journal_options *options,
                     struct pl_journal_opened *ret_opened)
{
        _cleanup_close_ int fd = -1;
        int r = lock(logbook);

        if (r != 0)
                return r;
        r = pl_journal_writer_open(logbook->dir_fd, journal_name, options, &logbook->writer,
                                   ret_opened);
        if (r == PL_JOURNAL_E_NO_SPACE && options->file_bytes > PL_JOURNAL_BYTES_MIN) {
                options->file_bytes = PL_JOURNAL_BYTES_MIN;
                r = pl_journal_writer_open(logbook->dir_fd, journal_name, options, &logbook->writer,
                                           ret_opened);
        }
        if (r != 0)
                return r;
        fd = openat(logbook->dir_fd, journal_name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
        show(logbook, fd);
        return 0;
}

/* The smallest, which finds room again first. */
static int open_memory(struct pl_logbook *logbook, struct pl_journal_options *options,
                       struct pl_journal_opened *ret_opened)
{
        _cleanup_close_ int fd = memfd_create("plimsoll-journal", MFD_CLOEXEC);
        int r;

        if (fd < 0)
                return -errno;
        options->file_bytes = PL_JOURNAL_BYTES_MIN;
        r = pl_journal_writer_open_memory(fd, options, &logbook->writer, ret_opened);
        if (r == 0)
                show(logbook, fd);
        return r;
}

/* The memory is the writer's, and good for as long as that is open. */
static void look_at_it(struct pl_logbook *logbook)
{
        int r = pl_journal_reader_init((const void *) (uintptr_t) logbook->writer.words,
                                       (size_t) logbook->writer.layout.file_bytes,
                                       &logbook->mirror);

        pl_assert(r == 0);
}

static void tell_of_size(struct pl_logbook *logbook, uint64_t now_usec)
{
        const uint64_t bytes = logbook->writer.layout.file_bytes;

        if (bytes < logbook->options.file_bytes)
                pl_logbook_say_once(
                        logbook, now_usec,
                        &(struct pl_logbook_note){ PL_NOTE_JOURNAL_SMALL, bytes, NULL });
}

static void tell_of_opening(struct pl_logbook *logbook, const struct pl_journal_opened *opened)
{
        const struct pl_logbook_options *options = &logbook->options;
        struct pl_journal_act act = {
                .at_usec = options->now_usec,
                .type = PL_JOURNAL_STARTED,
                .started = { .generation = opened->generation,
                             .pid = (uint32_t) getpid(),
                             .aside = (uint32_t) opened->aside },
        };

        pl_journal_set_text(act.started.version, sizeof act.started.version,
                            pl_span_of(options->version));
        pl_logbook_act(logbook, &act);
        if (opened->unfinished_step != 0)
                pl_logbook_say_once(logbook, options->now_usec,
                                    &(struct pl_logbook_note){ PL_NOTE_UNFINISHED,
                                                               opened->unfinished_step, NULL });
        if (opened->lock_error != 0)
                pl_logbook_say_once(logbook, options->now_usec,
                                    &(struct pl_logbook_note){ PL_NOTE_UNLOCKED,
                                                               (uint64_t) opened->lock_error,
                                                               NULL });
        if (!logbook->is_unseen)
                tell_of_size(logbook, options->now_usec);
        else
                pl_logbook_say_once(
                        logbook, options->now_usec,
                        &(struct pl_logbook_note){ PL_NOTE_JOURNAL_UNSEEN, ENOSPC, NULL });
}

int pl_logbook_open(struct pl_logbook *logbook, const struct pl_logbook_options *options)
{
        _cleanup_close_ int proc_fd = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
        struct pl_journal_options journal;
        struct pl_journal_opened opened = {};
        int r;

        pl_assert(logbook);
        pl_assert(options->directory && options->version);

        *logbook = (struct pl_logbook){
                .options = *options,
                .dir_fd = -1,
                .lock_fd = -1,
                .writer.lock_fd = -1,
                .allowance = PL_LOGBOOK_BURST,
                .allowance_at_usec = options->now_usec,
        };
        pl_boot_id_read(proc_fd, logbook->boot_id);
        r = open_directory(options->directory, &logbook->dir_fd);
        if (r != 0)
                return r;
        journal = journal_options(logbook);
        r = open_file(logbook, &journal, &opened);
        if (r == PL_JOURNAL_E_NO_SPACE) {
                logbook->is_unseen = true;
                r = open_memory(logbook, &journal, &opened);
        }
        if (r != 0) {
                pl_logbook_close(logbook);
                return r;
        }
        look_at_it(logbook);
        logbook->state = (struct pl_journal_state){ .pid = (uint32_t) getpid(),
                                                    .started_usec = options->now_usec };
        pl_journal_set_text(logbook->state.version, sizeof logbook->state.version,
                            pl_span_of(options->version));
        pl_logbook_put_phase(logbook, PL_JOURNAL_STARTING);
        tell_of_opening(logbook, &opened);
        return 0;
}

void pl_logbook_close(struct pl_logbook *logbook)
{
        pl_assert(logbook);

        pl_journal_writer_close(&logbook->writer);
        pl_cleanup_close(&logbook->lock_fd);
        pl_cleanup_close(&logbook->dir_fd);
        logbook->lock_fd = logbook->dir_fd = -1;
}

/* ---- moving to where it can be seen ---- */

static void copy_board(struct pl_logbook *logbook, const struct pl_journal_reader *from)
{
        uint32_t count = pl_journal_rows_used(from);
        struct pl_journal_ranking ranking;
        struct pl_journal_host host;
        struct pl_journal_row row;

        for (uint32_t i = 0; i < count; i++)
                if (pl_journal_read_row(from, i, &row) == 0)
                        (void) pl_journal_put_row(&logbook->writer, i, &row);
        if (pl_journal_read_host(from, &host) == 0)
                pl_journal_put_host(&logbook->writer, &host);
        if (pl_journal_read_ranking(from, &ranking) == 0)
                pl_journal_put_ranking(&logbook->writer, &ranking);
        pl_journal_put_state(&logbook->writer, &logbook->state);
}

void pl_logbook_retry(struct pl_logbook *logbook, uint64_t now_usec, uint64_t realtime_usec)
{
        struct pl_journal_writer old = logbook->writer;
        struct pl_journal_options options;
        struct pl_journal_opened opened;
        struct pl_journal_reader mirror = logbook->mirror;

        if (!logbook->is_unseen)
                return;
        logbook->options.now_usec = now_usec;
        logbook->options.realtime_usec = realtime_usec;
        options = journal_options(logbook);
        /* The board has to hold what it held. */
        options.file_bytes = old.layout.file_bytes;
        if (open_file(logbook, &options, &opened) != 0) {
                logbook->writer = old;
                return;
        }
        copy_board(logbook, &mirror);
        look_at_it(logbook);
        pl_journal_writer_close(&old);
        logbook->is_unseen = false;
        pl_logbook_say(logbook, now_usec,
                       &(struct pl_logbook_note){ .code = PL_NOTE_JOURNAL_SEEN });
        tell_of_size(logbook, now_usec);
}

/* ---- writing ---- */

static void wake(const struct pl_logbook *logbook)
{
        if (logbook->options.mate)
                pl_mate_wake(logbook->options.mate);
}

static void refill(struct pl_logbook *logbook, uint64_t now_usec)
{
        uint64_t earned;

        pl_assert(now_usec >= logbook->allowance_at_usec);

        earned = (now_usec - logbook->allowance_at_usec) * PL_LOGBOOK_PER_SECOND / PL_USEC_PER_SEC;
        if (earned == 0)
                return;
        logbook->allowance = (uint32_t) PL_MIN(logbook->allowance + earned,
                                               (uint64_t) PL_LOGBOOK_BURST);
        /* What is left over of a part counts next time. */
        logbook->allowance_at_usec += earned * PL_USEC_PER_SEC / PL_LOGBOOK_PER_SECOND;
}

static void tell_of_gap(struct pl_logbook *logbook, uint64_t now_usec)
{
        const struct pl_journal_act act = {
                .at_usec = now_usec,
                .type = PL_JOURNAL_GAP,
                .gap = { .first = logbook->left_out_since_usec,
                         .count = logbook->left_out_count,
                         .ring = PL_JOURNAL_ACTS,
                         .reason = PL_GAP_CROWD },
        };

        if (logbook->left_out_count == 0)
                return;
        logbook->left_out_count = 0;
        pl_journal_write_act(&logbook->writer, &act);
}

static void tell_of_gap_in_time(struct pl_logbook *logbook, uint64_t now_usec)
{
        if (now_usec - logbook->left_out_since_usec >= PL_LOGBOOK_GAP_USEC)
                tell_of_gap(logbook, now_usec);
}

void pl_logbook_act(struct pl_logbook *logbook, const struct pl_journal_act *act)
{
        pl_assert(act->type > 0 && act->type < PL_JOURNAL_TYPES);

        tell_of_gap(logbook, act->at_usec);
        pl_journal_write_act(&logbook->writer, act);
        wake(logbook);
}

void pl_logbook_workload(struct pl_logbook *logbook, const struct pl_journal_act *act)
{
        refill(logbook, act->at_usec);
        if (logbook->allowance == 0) {
                if (logbook->left_out_count++ == 0)
                        logbook->left_out_since_usec = act->at_usec;
                return;
        }
        logbook->allowance--;
        tell_of_gap_in_time(logbook, act->at_usec);
        pl_journal_write_act(&logbook->writer, act);
}

void pl_logbook_settle(struct pl_logbook *logbook, uint64_t now_usec)
{
        tell_of_gap_in_time(logbook, now_usec);
}

void pl_logbook_say(struct pl_logbook *logbook, uint64_t now_usec,
                    const struct pl_logbook_note *note)
{
        struct pl_journal_act act = {
                .at_usec = now_usec,
                .type = PL_JOURNAL_NOTE,
                .note = { .code = (uint32_t) note->code, .value = note->value },
        };

        pl_assert(note->code > PL_NOTE_NONE && note->code < PL_NOTES);

        if (note->words)
                pl_journal_set_text(act.note.words, sizeof act.note.words, pl_span_of(note->words));
        pl_logbook_act(logbook, &act);
}

void pl_logbook_say_once(struct pl_logbook *logbook, uint64_t now_usec,
                         const struct pl_logbook_note *note)
{
        pl_assert(note->code < 64);

        if (logbook->said >> note->code & 1)
                return;
        logbook->said |= UINT64_C(1) << note->code;
        pl_logbook_say(logbook, now_usec, note);
}

void pl_logbook_put_phase(struct pl_logbook *logbook, enum pl_journal_phase phase)
{
        logbook->state.phase = phase;
        pl_journal_put_state(&logbook->writer, &logbook->state);
}
