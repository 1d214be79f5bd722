/* SPDX-License-Identifier: Apache-2.0 */

/* Columns of a diag are characters and not bytes, and every character is shown in one column: a tab as a blank, a control
 * character as '?'. So the caret stands under what is meant whatever the line holds. A line may be as long as a file; only
 * a window of it is shown, laid so that what is meant is in it.
 */

#include <string.h>

#include "check.h"
#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"

enum {
        NUMBER_WIDTH = 5, /* of the line's number; longer ones push the line to the right */
        CONTEXT = 24,     /* characters before what is meant, where the line is cut there */
};

/* The characters of a line that are shown, from begin to before end. */
struct window {
        size_t begin, end;
        bool cut_before, cut_behind;
};

/* ---- the line ---- */

static const struct pl_policy_file *find_file(const struct pl_policy_files *files,
                                              const char *origin)
{
        for (size_t i = 0; origin && i < files->count; i++)
                if (files->items[i].text && strcmp(files->items[i].origin, origin) == 0)
                        return &files->items[i];
        return NULL;
}

static bool find_line(const struct pl_policy_file *file, uint32_t number, struct pl_span *ret_line)
{
        struct pl_span rest = pl_span(file->text, file->length);

        if (number < file->first_line)
                return false;
        for (uint32_t i = file->first_line; i < number && !pl_span_empty(rest); i++)
                (void) pl_span_until(&rest, '\n');
        if (pl_span_empty(rest))
                return false;
        *ret_line = pl_span_until(&rest, '\n');
        if (pl_span_ends_with(*ret_line, "\r"))
                ret_line->length--;
        return true;
}

/* Cuts off the next character; a byte that is not UTF-8 is one. */
static struct pl_span next_character(struct pl_span *rest)
{
        size_t length = PL_MAX(pl_utf8_length(*rest), (size_t) 1);
        struct pl_span character = pl_span(rest->data, length);

        *rest = pl_span_from(*rest, length);
        return character;
}

static size_t count_characters(struct pl_span line)
{
        size_t count = 0;

        for (; !pl_span_empty(line); count++)
                (void) next_character(&line);
        return count;
}

/* ---- the window ---- */

static size_t mark_columns(struct pl_cli_style style)
{
        return style.unicode ? 1 : 3;
}

/* `room` columns for a line of `count` characters, of which those from `from` to before `to` are meant. */
static struct window choose_window(size_t room, size_t count, size_t from, size_t to, size_t mark)
{
        struct window window = { .end = count };

        pl_assert(from <= to);
        pl_assert(room > CONTEXT + 2 * mark);

        if (PL_MAX(count, to) <= room)
                return window;
        if (to + mark > room) {
                window.begin = from > CONTEXT ? from - CONTEXT : 0;
                /* Not so far to the right that there is room behind the line's end. */
                window.begin = PL_MIN(window.begin, PL_MAX(count, to) + mark - room);
        }
        window.cut_before = window.begin > 0;
        room -= window.cut_before ? mark : 0;
        window.cut_behind = count > window.begin + room;
        if (window.cut_behind)
                window.end = window.begin + room - mark;
        return window;
}

static void add_window(struct pl_text *text, struct pl_cli_style style, struct pl_span line,
                       const struct window *window)
{
        const char *mark = style.unicode ? "\xE2\x80\xA6" : "...";

        pl_text_add(text, window->cut_before ? mark : "");
        for (size_t i = 0; i < window->end && !pl_span_empty(line); i++) {
                struct pl_span character = next_character(&line);

                if (i < window->begin)
                        continue;
                if (*character.data == '\t')
                        pl_text_add_byte(text, ' ');
                else
                        pl_cli_add_plain(text, style, character);
        }
        pl_text_add(text, window->cut_behind ? mark : "");
        pl_text_add(text, "\n");
}

static void add_caret(struct pl_text *text, struct pl_cli_style style,
                      const struct pl_diag_entry *entry, size_t length)
{
        char buffer[PL_CLI_COLUMNS + 1];
        struct pl_text caret;

        pl_text_init(&caret, buffer, sizeof buffer);
        pl_text_add(&caret, "^");
        for (size_t i = 1; i < length; i++)
                pl_text_add(&caret, "~");
        pl_cli_add_coloured(text, style, pl_cli_severity_mark(entry->severity), buffer);
        pl_text_add(text, "\n");
}

void pl_check_add_excerpt(struct pl_text *text, struct pl_cli_style style,
                          const struct pl_policy_files *files, const struct pl_diag_entry *entry)
{
        const struct pl_policy_file *file = find_file(files, entry->file);
        size_t count, from, to, start = text->length, indent, mark = mark_columns(style);
        struct window window;
        struct pl_span line;

        pl_assert(text && files && entry);

        if (!file || entry->place.column == 0 || !find_line(file, entry->place.line, &line))
                return;
        count = count_characters(line);
        from = PL_MIN(entry->place.column - 1, count);
        to = PL_MIN(from + PL_MAX(entry->place.length, 1U), PL_MAX(count, from + 1));

        pl_text_addf(text, "%*u | ", NUMBER_WIDTH, entry->place.line);
        indent = text->length - start;
        window = choose_window(PL_CLI_COLUMNS - indent, count, from, to, mark);
        add_window(text, style, line, &window);

        pl_cli_add_blanks(text, indent + (from - window.begin) + (window.cut_before ? mark : 0));
        to = PL_MIN(to, PL_MAX(window.end, from + 1));
        add_caret(text, style, entry, to - from);
}
