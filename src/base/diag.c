/* SPDX-License-Identifier: Apache-2.0 */

#include "plimsoll/base/diag.h"

#include <stdarg.h>
#include <stdio.h>

#include "plimsoll/base/assert.h"

/* Formats into a scratch buffer and copies the cleaned text, because what is quoted comes from a file. */
PL_PRINTF(2, 0)
static void write_words(char words[PL_DIAG_WORDS_MAX], const char *format, va_list arguments)
{
        char raw[PL_DIAG_WORDS_MAX];
        struct pl_text text;

        pl_assert(vsnprintf(raw, sizeof raw, format, arguments) >= 0);
        pl_text_init(&text, words, PL_DIAG_WORDS_MAX);
        pl_text_add_clean(&text, pl_span_of(raw));
}

PL_PRINTF(5, 0)
static void add(struct pl_diag *diag, enum pl_diag_severity severity, const char *file,
                struct pl_place place, const char *format, va_list arguments)
{
        struct pl_diag_entry *entry;

        pl_assert(diag);
        pl_assert(format);

        entry = &diag->entries[diag->count];
        if (diag->count < PL_DIAG_ENTRIES_MAX)
                diag->count++;
        *entry = (struct pl_diag_entry){ .severity = severity, .file = file, .place = place };
        write_words(entry->message, format, arguments);
        diag->errors += severity == PL_DIAG_ERROR;
        diag->warnings += severity == PL_DIAG_WARNING;
}

void pl_diag_clear(struct pl_diag *diag)
{
        pl_assert(diag);

        diag->count = diag->errors = diag->warnings = 0;
}

void pl_diag_error(struct pl_diag *diag, const char *file, struct pl_place place,
                   const char *format, ...)
{
        va_list arguments;

        va_start(arguments, format);
        add(diag, PL_DIAG_ERROR, file, place, format, arguments);
        va_end(arguments);
}

void pl_diag_warning(struct pl_diag *diag, const char *file, struct pl_place place,
                     const char *format, ...)
{
        va_list arguments;

        va_start(arguments, format);
        add(diag, PL_DIAG_WARNING, file, place, format, arguments);
        va_end(arguments);
}

void pl_diag_hint(struct pl_diag *diag, const char *format, ...)
{
        size_t added = diag->errors + diag->warnings;
        va_list arguments;

        pl_assert(added > 0);

        va_start(arguments, format);
        write_words(diag->entries[PL_MIN(added - 1, (size_t) PL_DIAG_ENTRIES_MAX)].hint, format,
                    arguments);
        va_end(arguments);
}

void pl_diag_format(struct pl_text *text, const struct pl_diag_entry *entry)
{
        pl_assert(text);
        pl_assert(entry);

        if (entry->file) {
                pl_text_add_clean(text, pl_span_of(entry->file));
                pl_text_add(text, ":");
        }
        if (entry->place.line > 0)
                pl_text_addf(text, "%u:", entry->place.line);
        if (entry->place.line > 0 && entry->place.column > 0)
                pl_text_addf(text, "%u:", entry->place.column);
        pl_text_addf(text, "%s%s: %s", entry->file ? " " : "",
                     entry->severity == PL_DIAG_ERROR ? "error" : "warning", entry->message);
        if (entry->hint[0] != '\0')
                pl_text_addf(text, " \xE2\x80\x94 %s", entry->hint);
}
