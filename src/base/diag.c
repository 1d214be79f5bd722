/* SPDX-License-Identifier: Apache-2.0 */

#include "plimsoll/base/diag.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

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

/* Where the next entry goes, PL_DIAG_ENTRIES_MAX when it is not kept. */
static size_t make_room(struct pl_diag *diag, enum pl_diag_severity severity)
{
        size_t least = PL_DIAG_ENTRIES_MAX;

        if (diag->count < PL_DIAG_ENTRIES_MAX)
                return diag->count++;
        for (size_t i = 0; i < diag->count; i++)
                if (diag->entries[i].severity > severity &&
                    (least == PL_DIAG_ENTRIES_MAX ||
                     diag->entries[i].severity >= diag->entries[least].severity))
                        least = i;
        if (least == PL_DIAG_ENTRIES_MAX)
                return PL_DIAG_ENTRIES_MAX;

        /* What stands behind it moves up, so that the order stays. At most 200 times: each makes an entry more severe. */
        memmove(&diag->entries[least], &diag->entries[least + 1],
                (diag->count - least - 1) * sizeof *diag->entries);
        return diag->count - 1;
}

PL_PRINTF(5, 0)
static void add(struct pl_diag *diag, enum pl_diag_severity severity, const char *file,
                struct pl_place place, const char *format, va_list arguments)
{
        struct pl_diag_entry *entry;

        pl_assert(diag);
        pl_assert(format);

        diag->newest = make_room(diag, severity);
        entry = &diag->entries[diag->newest];
        *entry = (struct pl_diag_entry){ .severity = severity, .file = file, .place = place };
        write_words(entry->message, format, arguments);
        diag->errors += severity == PL_DIAG_ERROR;
        diag->warnings += severity == PL_DIAG_WARNING;
        diag->notes += severity == PL_DIAG_NOTE;
}

void pl_diag_clear(struct pl_diag *diag)
{
        pl_assert(diag);

        diag->count = diag->errors = diag->warnings = diag->notes = 0;
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

void pl_diag_note(struct pl_diag *diag, const char *file, struct pl_place place, const char *format,
                  ...)
{
        va_list arguments;

        va_start(arguments, format);
        add(diag, PL_DIAG_NOTE, file, place, format, arguments);
        va_end(arguments);
}

void pl_diag_hint(struct pl_diag *diag, const char *format, ...)
{
        va_list arguments;

        pl_assert(diag);
        pl_assert(diag->count > 0);
        pl_assert(diag->newest <= PL_DIAG_ENTRIES_MAX);

        va_start(arguments, format);
        write_words(diag->entries[diag->newest].hint, format, arguments);
        va_end(arguments);
}

void pl_diag_format(struct pl_text *text, const struct pl_diag_entry *entry)
{
        static const char *const severities[] = {
                [PL_DIAG_ERROR] = "error",
                [PL_DIAG_WARNING] = "warning",
                [PL_DIAG_NOTE] = "note",
        };

        pl_assert(text);
        pl_assert(entry);
        pl_assert((size_t) entry->severity < PL_ARRAY_LENGTH(severities));

        if (entry->file) {
                pl_text_add_clean(text, pl_span_of(entry->file));
                pl_text_add(text, ":");
        }
        if (entry->place.line > 0)
                pl_text_addf(text, "%u:", entry->place.line);
        if (entry->place.line > 0 && entry->place.column > 0)
                pl_text_addf(text, "%u:", entry->place.column);
        pl_text_addf(text, "%s%s: %s", entry->file ? " " : "", severities[entry->severity],
                     entry->message);
        if (entry->hint[0] != '\0')
                pl_text_addf(text, " \xE2\x80\x94 %s", entry->hint);
}
