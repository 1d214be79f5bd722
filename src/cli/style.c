/* SPDX-License-Identifier: Apache-2.0 */

#include <langinfo.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"

/* no-color.org: NO_COLOR counts when it is set and not empty, whatever it says. */
static bool colour_is_wanted(void)
{
        const char *no_color = getenv("NO_COLOR");
        const char *terminal = getenv("TERM");

        return (!no_color || no_color[0] == '\0') && terminal && terminal[0] != '\0' &&
               strcmp(terminal, "dumb") != 0;
}

struct pl_cli_style pl_cli_style_of(int fd)
{
        bool terminal = isatty(fd);

        return (struct pl_cli_style){
                .terminal = terminal,
                .colour = terminal && colour_is_wanted(),
                .unicode = strcmp(nl_langinfo(CODESET), "UTF-8") == 0,
        };
}

/* Colours of the terminal's own palette, so that they suit its background: green, yellow, red, blue. */
static const struct {
        const char *unicode;
        const char *ascii;
        const char *colour;
} marks[] = {
        [PL_CLI_MARK_OK] = { "\xE2\x9C\x93", "ok", "\x1B[32m" },
        [PL_CLI_MARK_WARNING] = { "!", "! ", "\x1B[33m" },
        [PL_CLI_MARK_PROBLEM] = { "\xE2\x9C\x97", "X ", "\x1B[31m" },
        [PL_CLI_MARK_NOT_KNOWN] = { "?", "? ", "\x1B[34m" },
};

size_t pl_cli_mark_columns(struct pl_cli_style style)
{
        return style.unicode ? 1 : 2;
}

void pl_cli_add_coloured(struct pl_text *text, struct pl_cli_style style, enum pl_cli_mark mark,
                         const char *words)
{
        pl_assert((size_t) mark < PL_ARRAY_LENGTH(marks));

        if (style.colour)
                pl_text_add(text, marks[mark].colour);
        pl_text_add(text, words);
        if (style.colour)
                pl_text_add(text, "\x1B[0m");
}

void pl_cli_add_mark(struct pl_text *text, struct pl_cli_style style, enum pl_cli_mark mark)
{
        pl_assert((size_t) mark < PL_ARRAY_LENGTH(marks));

        pl_cli_add_coloured(text, style, mark,
                            style.unicode ? marks[mark].unicode : marks[mark].ascii);
}

void pl_cli_add_blanks(struct pl_text *text, size_t count)
{
        pl_assert(count <= PL_CLI_COLUMNS);

        for (size_t i = 0; i < count; i++)
                pl_text_add_byte(text, ' ');
}

size_t pl_cli_columns(struct pl_span text)
{
        size_t count = 0;

        for (size_t i = 0; i < text.length; i++)
                count += ((unsigned char) text.data[i] & 0xC0) != 0x80;
        return count;
}

void pl_cli_add_plain(struct pl_text *text, struct pl_cli_style style, struct pl_span bytes)
{
        if (style.unicode) {
                pl_text_add_clean(text, bytes);
                return;
        }
        for (size_t i = 0; i < bytes.length; i++) {
                unsigned char byte = (unsigned char) bytes.data[i];

                if (byte >= 0x20 && byte < 0x7F)
                        pl_text_add_byte(text, bytes.data[i]);
                else if ((byte & 0xC0) != 0x80) /* one for a character, however many bytes it has */
                        pl_text_add(text, "?");
        }
}

void pl_cli_add_wrapped(struct pl_text *text, struct pl_cli_style style, size_t column,
                        size_t indent, const char *words)
{
        struct pl_span rest = pl_span_of(words), word;
        bool first = true;

        pl_assert(indent < PL_CLI_COLUMNS);

        while (!pl_span_empty(word = pl_span_word(&rest))) {
                size_t columns = pl_cli_columns(word);

                if (!first && column + 1 + columns > PL_CLI_COLUMNS) {
                        pl_text_add(text, "\n");
                        pl_cli_add_blanks(text, indent);
                        column = indent;
                } else if (!first) {
                        pl_text_add(text, " ");
                        column++;
                }
                pl_cli_add_plain(text, style, word);
                column += columns;
                first = false;
        }
        pl_text_add(text, "\n");
}
