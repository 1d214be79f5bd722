/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* logbook - the journal as the daemon keeps it: where it lies, what is said once and not at every turn, and how much of it
 * others can fill.
 *
 * Owns the journal's writer, its lock and a directory fd; borrows the mate. Opening reads and makes files; from then on only
 * pl_logbook_retry() may, and the rest neither allocates nor blocks. Not for threads.
 *
 * A directory without room is no reason not to run: the journal is then smaller, or as large as the one that is there, or
 * kept in memory where nobody but the mate can read it, and moves to its place when there is room again. Its lock is held
 * all the time, so that nobody else begins meanwhile; but where not even an empty file can be made there is none.
 */

#include <stdbool.h>
#include <stdint.h>

#include "mate.h"
#include "plimsoll/base/clock.h"
#include "plimsoll/journal/reader.h"
#include "plimsoll/journal/writer.h"
#include "plimsoll/model/note.h"

struct pl_logbook_options {
        const char *directory; /* borrowed; is made if its parent is there */
        const char *version;   /* borrowed */
        uint64_t file_bytes;
        bool lock_memory;
        struct pl_mate *mate; /* NULL: nobody has to be told */
        uint64_t now_usec;    /* CLOCK_BOOTTIME */
        uint64_t realtime_usec;
};

struct pl_logbook {
        struct pl_logbook_options options;
        int dir_fd; /* owned */
        uint8_t boot_id[16];
        int lock_fd; /* owned; −1: it could not be had yet */
        struct pl_journal_writer writer;
        struct pl_journal_reader mirror; /* of the same memory: what was written there last */
        struct pl_journal_state state;
        bool is_unseen; /* in memory alone */
        uint64_t said;  /* 1 << enum pl_note_code */

        /* Acts that anybody who may make cgroups can bring about. */
        uint64_t allowance_at_usec;
        uint32_t allowance;
        uint64_t left_out_count;
        uint64_t left_out_since_usec;
};

enum {
        /* Appearances and departures that are written at once, and each second after that. The ring of a journal of 16 MiB
         * holds 6,652 acts: who makes and removes cgroups in a loop would push out all that has happened in two seconds, and
         * now takes six minutes for it, (6,652 − 1,024) / 16.1. In the smallest journal, of 412, the burst is enough. */
        PL_LOGBOOK_BURST = 1024,
        PL_LOGBOOK_PER_SECOND = 16,
};

/* From the first that was left out until that is told, with the number of all until then. Told before each that is written,
 * sixteen a second, it would take half of the ring and flood the host's log, which gets no appearances and each gap. */
#define PL_LOGBOOK_GAP_USEC (10 * PL_USEC_PER_SEC)

/* PL_JOURNAL_E_LOCKED: another daemon has it. PL_JOURNAL_E_DENIED, PL_JOURNAL_E_ABSENT: of the directory. Or an errno. */
int pl_logbook_open(struct pl_logbook *logbook, const struct pl_logbook_options *options);
void pl_logbook_close(struct pl_logbook *logbook); /* safe after an open that failed, and twice */

/* Where there was no room: tries again. Does nothing where another one has the lock by now. */
void pl_logbook_retry(struct pl_logbook *logbook, uint64_t now_usec, uint64_t realtime_usec);

/* Writes an act and wakes the mate. What was left out before it is told first. */
void pl_logbook_act(struct pl_logbook *logbook, const struct pl_journal_act *act);

/* The same for an appearance, a departure or a change, as far as there is an allowance. The mate is not woken for it, which
 * looks by itself each second: thousands of these may come at once. */
void pl_logbook_workload(struct pl_logbook *logbook, const struct pl_journal_act *act);

/* Tells what was left out, when it is time to. At every tick. */
void pl_logbook_settle(struct pl_logbook *logbook, uint64_t now_usec);

/* A note, unless that code was said before; and one that is said each time. The words may be NULL. */
struct pl_logbook_note {
        enum pl_note_code code;
        uint64_t value;
        const char *words;
};
void pl_logbook_say_once(struct pl_logbook *logbook, uint64_t now_usec,
                         const struct pl_logbook_note *note);
void pl_logbook_say(struct pl_logbook *logbook, uint64_t now_usec,
                    const struct pl_logbook_note *note);

/* How far the daemon is; and with logbook->state changed, what it is doing. */
void pl_logbook_put_phase(struct pl_logbook *logbook, enum pl_journal_phase phase);
