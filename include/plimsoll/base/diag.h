/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* diag - what is wrong, where, and what to do: collected while a file is read, shown together at its end.
 *
 * A bounded list in the caller's memory, in the order in which entries were added. A full list keeps what matters most, so
 * that an error is not lost behind a hundred notes: the new entry takes the room of the last one of the least severity,
 * if that is less severe than the new one, and else is counted and not kept. So a hostile file cannot make its report
 * larger than it may be. Never allocates; the file names it points to must outlive it.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "plimsoll/base/macro.h"
#include "plimsoll/base/text.h"

enum {
        PL_DIAG_ENTRIES_MAX = 100, /* more mistakes than a person reads in one go */
        PL_DIAG_WORDS_MAX = 240,   /* three lines of a terminal */
};

/* From what matters most. */
enum pl_diag_severity {
        PL_DIAG_ERROR,
        PL_DIAG_WARNING,
        PL_DIAG_NOTE, /* nothing is wrong, and yet worth saying */
};

/* A place in a file. Lines and columns count from 1, columns in characters and not in bytes; 0 is "not known". */
struct pl_place {
        uint32_t line;
        uint32_t column;
        uint32_t length; /* of what is meant, in characters; 0 for a point */
};

struct pl_diag_entry {
        enum pl_diag_severity severity;
        const char *file; /* NULL when it is of no file */
        struct pl_place place;
        char message[PL_DIAG_WORDS_MAX];
        char hint[PL_DIAG_WORDS_MAX]; /* empty when there is nothing to advise */
};

struct pl_diag {
        size_t count;
        size_t errors; /* these three count what was dropped as well */
        size_t warnings;
        size_t notes;
        size_t newest; /* the index of the entry added last */
        struct pl_diag_entry entries[PL_DIAG_ENTRIES_MAX + 1]; /* the last is for what is dropped */
};

void pl_diag_clear(struct pl_diag *diag);

/* Adds an entry. The words are cleaned of control characters and cut at their bound. */
void pl_diag_error(struct pl_diag *diag, const char *file, struct pl_place place,
                   const char *format, ...) PL_PRINTF(4, 5);
void pl_diag_warning(struct pl_diag *diag, const char *file, struct pl_place place,
                     const char *format, ...) PL_PRINTF(4, 5);
void pl_diag_note(struct pl_diag *diag, const char *file, struct pl_place place, const char *format,
                  ...) PL_PRINTF(4, 5);

/* Gives the entry added last its hint: what to do. */
void pl_diag_hint(struct pl_diag *diag, const char *format, ...) PL_PRINTF(2, 3);

/* "FILE:LINE:COLUMN: error: MESSAGE" ("warning", "note"), and " — HINT" behind it. */
void pl_diag_format(struct pl_text *text, const struct pl_diag_entry *entry);
