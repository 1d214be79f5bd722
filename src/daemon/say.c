/* SPDX-License-Identifier: Apache-2.0 */

/* systemd reads "<3>" at the beginning of a line as its severity (sd-daemon(3)), where standard error is a stream of
 * journald's, as JOURNAL_STREAM says; a terminal would show it.
 */

#include "say.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "plimsoll/base/assert.h"
#include "plimsoll/base/fd.h"

enum { WORDS_BYTES = 1024 };

/* "DEVICE:INODE" of the stream; whoever inherits the variable has standard error elsewhere (systemd.exec(5)). */
static bool is_journald(int fd)
{
        const char *stream = getenv("JOURNAL_STREAM");
        struct stat status;
        char buffer[64];
        struct pl_text own;

        if (!stream || fstat(fd, &status) < 0)
                return false;
        pl_text_init(&own, buffer, sizeof buffer);
        pl_text_addf(&own, "%ju:%ju", (uintmax_t) status.st_dev, (uintmax_t) status.st_ino);
        return strcmp(stream, buffer) == 0;
}

void pl_say_text(const struct pl_text *text)
{
        const char *mark = is_journald(STDERR_FILENO) ? "<3>" : "";
        char buffer[2 * WORDS_BYTES];
        struct pl_span rest = pl_text_span(text);
        struct pl_text lines;

        pl_text_init(&lines, buffer, sizeof buffer);
        while (rest.length > 0) {
                pl_text_add(&lines, mark);
                pl_text_add_span(&lines, pl_span_until(&rest, '\n'));
                pl_text_add(&lines, "\n");
        }
        (void) pl_fd_write_all(STDERR_FILENO, pl_text_span(&lines));
}

void pl_say_error(const char *format, ...)
{
        char words[WORDS_BYTES], buffer[WORDS_BYTES + 16];
        struct pl_text text;
        va_list arguments;

        va_start(arguments, format);
        pl_assert(vsnprintf(words, sizeof words, format, arguments) >= 0);
        va_end(arguments);
        pl_text_init(&text, buffer, sizeof buffer);
        pl_text_addf(&text, "plimsolld: %s", words);
        pl_say_text(&text);
}

void pl_say_diag(const struct pl_diag *diag)
{
        char buffer[PL_DIAG_WORDS_MAX * 3];
        struct pl_text line;

        for (size_t i = 0; i < diag->count; i++) {
                pl_text_init(&line, buffer, sizeof buffer);
                pl_diag_format(&line, &diag->entries[i]);
                pl_text_add(&line, "\n");
                (void) pl_fd_write_all(STDERR_FILENO, pl_text_span(&line));
        }
}

bool pl_say_words(const char *format, ...)
{
        char words[WORDS_BYTES];
        va_list arguments;

        va_start(arguments, format);
        pl_assert(vsnprintf(words, sizeof words, format, arguments) >= 0);
        va_end(arguments);
        return pl_fd_write_all(STDOUT_FILENO, pl_span_of(words)) == 0;
}
