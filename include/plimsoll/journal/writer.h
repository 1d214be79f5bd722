/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* writer - the one who writes the journal. Opening reads, makes and maps files and may block; from then on nothing here
 * allocates, makes a system call or waits for a reader. Not for several threads at a time. Linux 3.15, for locks that
 * belong to an open file.
 *
 * A writer that is killed at any instruction leaves a journal that readers read as before and the next writer goes on
 * with: what was being written is not seen, what had been written stays.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "plimsoll/journal/act.h"
#include "plimsoll/model/snapshot.h"

struct pl_journal_options {
        uint64_t file_bytes; /* whole pages, PL_JOURNAL_BYTES_MIN to PL_JOURNAL_BYTES_MAX */
        uint8_t boot_id[16];
        uint64_t now_usec; /* CLOCK_BOOTTIME */
        uint64_t realtime_usec;
        bool set_group; /* make `group` the file's, so that its members may read */
        gid_t group;
        bool lock_memory; /* so that an append never waits for swap */
        bool is_locked;   /* the caller has the lock of the name, and keeps it */
};

/* How it went. */
struct pl_journal_opened {
        bool continued; /* the journal that was there; else a new one was made */
        int aside; /* why the one that was there was put aside, a PL_JOURNAL_E_*; 0: it was not */
        int lock_error; /* errno for which memory could not be locked, or 0; everything works without */
        uint64_t generation;
        uint64_t cleared_count;   /* records and rows that the writer before left torn, or spoilt */
        uint64_t unfinished_step; /* that it began and did not end, or 0 */
};

struct pl_journal_writer {
        struct pl_journal_layout layout;
        _Atomic uint64_t *words;
        uint64_t next[PL_JOURNAL_RINGS]; /* sequence numbers */
        int lock_fd;                     /* owned; −1: it is the caller's */
};

/* The lock on NAME.lock, without waiting for it: for who has to be the only one also while there is no room for a journal.
 * LOCKED, NO_SPACE, DENIED, ABSENT; or an errno. It lasts as long as any copy of the fd: a process forked afterwards has to
 * close it. */
int pl_journal_lock(int dir_fd, const char *name, int *ret_fd);

/* Opens NAME in the directory, and holds its lock. What is there is continued if it is a journal of this version, boot and
 * size: the rings go on, the board is emptied. Anything else becomes NAME.old, in the place of what had that name, and a new
 * one is made beside it and renamed when it is whole. Where there is no room for that, one of another size is continued as
 * it is (layout.file_bytes). LOCKED, NO_SPACE, DENIED; or an errno. The name is short of 200 bytes. */
int pl_journal_writer_open(int dir_fd, const char *name, const struct pl_journal_options *options,
                           struct pl_journal_writer *ret_writer,
                           struct pl_journal_opened *ret_opened);

/* The same over an empty file of the caller's that has no name: for when there is no room where readers look. NO_SPACE, or an
 * errno. */
int pl_journal_writer_open_memory(int fd, const struct pl_journal_options *options,
                                  struct pl_journal_writer *ret_writer,
                                  struct pl_journal_opened *ret_opened);

/* Lets go of file and lock. Safe on a closed one, whose lock_fd is -1, as after an open that failed. What readers see stays as it is. */
void pl_journal_writer_close(struct pl_journal_writer *writer);

/* ---- the board ---- */

void pl_journal_put_state(struct pl_journal_writer *writer, const struct pl_journal_state *state);
void pl_journal_put_host(struct pl_journal_writer *writer, const struct pl_journal_host *host);
void pl_journal_put_ranking(struct pl_journal_writer *writer,
                            const struct pl_journal_ranking *ranking);
void pl_journal_put_heartbeat(struct pl_journal_writer *writer, uint64_t now_usec);

/* PL_JOURNAL_E_FULL where the board has fewer rows. */
int pl_journal_put_row(struct pl_journal_writer *writer, uint32_t index,
                       const struct pl_journal_row *row);
void pl_journal_clear_row(struct pl_journal_writer *writer, uint32_t index);

/* ---- the rings ---- */

/* An act of any type but SNAPSHOT. */
void pl_journal_write_act(struct pl_journal_writer *writer, const struct pl_journal_act *act);

/* All that the step is given, before it is taken: at most PL_JOURNAL_UPDATES_MAX updates, and as many outcomes. TOO_LONG when
 * it takes more than half of the ring: then its first part alone is there, marked as cut, so that older steps are not lost
 * with it. */
int pl_journal_begin_step(struct pl_journal_writer *writer, const struct pl_snapshot *snapshot);

/* What is known after the step of that number, so that those behind it can be taken again without those before it. TOO_LONG where
 * it would take more records than that; then nothing is written. */
int pl_journal_write_checkpoint(struct pl_journal_writer *writer,
                                const struct pl_snapshot *snapshot, uint64_t records_max);

/* Says that the step was taken: one that was begun and never ended is what a daemon died of. */
void pl_journal_end_step(struct pl_journal_writer *writer, uint64_t step);
