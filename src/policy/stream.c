/* SPDX-License-Identifier: Apache-2.0 */

/* The mark is a comment of JSON that begins in the first column, so that what cat-config prints is read by anything that
 * knows comments, and no string of a document can be taken for one: a string has no line breaks. A comment that looks like
 * a mark inside of a document is one; cat-config prints none.
 */

#include "stream.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fetch.h"
#include "files.h"
#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"

static const char whole_name[] = "<stdin>";

enum { ROOM_AT_FIRST = 64 * 1024 };

/* ---- cutting ---- */

struct pl_stream pl_stream_begin(struct pl_span text)
{
        pl_assert(text.length <= PL_POLICY_TEXT_MAX); /* so that lines have numbers */

        return (struct pl_stream){ .rest = text, .line = 1 };
}

/* The length of the text up to the next mark, or to its end; counts its lines. */
static size_t find_mark(struct pl_stream *stream)
{
        struct pl_span rest = stream->rest;

        while (rest.length > 0 && !pl_span_starts_with(rest, PL_STREAM_MARK)) {
                const char *end = memchr(rest.data, '\n', rest.length);

                if (!end)
                        return stream->rest.length;
                stream->line++;
                rest = pl_span_from(rest, (size_t) (end - rest.data) + 1);
        }
        return stream->rest.length - rest.length;
}

bool pl_stream_next(struct pl_stream *stream, struct pl_stream_part *ret_part)
{
        struct pl_stream_part part = { .origin_line = stream->line };
        size_t length;

        pl_assert(stream->line > 0);
        pl_assert(ret_part);

        if (stream->has_begun) {
                if (pl_span_empty(stream->rest))
                        return false;
                stream->rest = pl_span_from(stream->rest, strlen(PL_STREAM_MARK));
                part.origin = pl_span_until(&stream->rest, '\n');
                stream->line++;
        }
        stream->has_begun = true;

        part.first_line = stream->line;
        length = find_mark(stream);
        part.text = pl_span(stream->rest.data, length);
        stream->rest = pl_span_from(stream->rest, length);
        *ret_part = part;
        return true;
}

/* ---- adding ---- */

static int refuse(struct pl_diag *diag, uint32_t line, const char *message, const char *advice)
{
        pl_diag_error(diag, whole_name, (struct pl_place){ .line = line }, "%s", message);
        pl_diag_hint(diag, "%s", advice);
        return PL_POLICY_E_INVALID;
}

static int copy(struct pl_policy_files *files, struct pl_span origin,
                const struct pl_stream_part *part, struct pl_policy_file *ret_file)
{
        struct pl_policy_file file = { .length = part->text.length,
                                       .first_line = part->first_line };
        int r;

        r = pl_files_keep(files, origin, pl_span_of(""), &file.origin);
        if (r != 0)
                return r;
        file.text = malloc(file.length + 1);
        if (!file.text)
                return -ENOMEM;
        memcpy(file.text, part->text.data, file.length);
        file.text[file.length] = '\0';
        *ret_file = file;
        return 0;
}

static int put(struct pl_policy_files *files, struct pl_span origin,
               const struct pl_stream_part *part, struct pl_diag *diag)
{
        struct pl_policy_file file;
        int r = copy(files, origin, part, &file);

        if (r != 0)
                return r;
        pl_files_note_replaced(files, file.origin, diag);
        return pl_files_put(files, file, diag);
}

int pl_files_add_text(struct pl_policy_files *files, const char *origin, struct pl_span text,
                      struct pl_diag *diag)
{
        const struct pl_stream_part part = { .text = text, .first_line = 1 };
        struct pl_policy_file file;
        int r;

        pl_assert(files && diag);
        pl_assert(!pl_origin_mistake(pl_span_of(origin)));

        r = copy(files, pl_span_of(origin), &part, &file);
        if (r != 0)
                return r;
        r = pl_files_put(files, file, diag);
        return r > 0 ? PL_POLICY_E_INVALID : r;
}

/* What stands before the first mark: blanks, or, where there is no mark, all of it. */
static int add_first(struct pl_policy_files *files, const struct pl_stream_part *part,
                     bool is_whole, struct pl_diag *diag)
{
        uint32_t line = part->first_line;
        size_t i = 0;

        if (is_whole)
                return put(files, pl_span_of(whole_name), part, diag);
        for (; i < part->text.length && pl_is_blank(part->text.data[i]); i++)
                line += part->text.data[i] == '\n';
        if (i == part->text.length)
                return 0;
        return refuse(diag, line, "this stands before the first \"" PL_STREAM_MARK "\"",
                      "begin every document with a line \"" PL_STREAM_MARK "PATH\", or none");
}

static int add_part(struct pl_policy_files *files, const struct pl_stream_part *part,
                    struct pl_diag *diag)
{
        const char *mistake = pl_origin_mistake(part->origin);
        struct pl_span origin = part->origin;

        if (mistake)
                return refuse(diag, part->origin_line, mistake,
                              "an origin is the path of a policy file");
        if (!pl_is_policy_name(origin) && !pl_span_equals(origin, whole_name))
                return refuse(diag, part->origin_line, "the origin does not end in \".json\"",
                              "an origin is the path of a policy file");
        return put(files, origin, part, diag);
}

/* Goes on behind what is wrong, but not behind a bound or an errno. */
static int add_parts(struct pl_policy_files *files, struct pl_span text, struct pl_diag *diag)
{
        struct pl_stream stream = pl_stream_begin(text);
        struct pl_stream_part part;
        int r = 0, result = 0;

        while (r >= 0 && r != PL_FILES_E_FULL && pl_stream_next(&stream, &part)) {
                if (part.origin.data)
                        r = add_part(files, &part, diag);
                else
                        r = add_first(files, &part, part.text.length == text.length, diag);
                if (r > 0)
                        result = PL_POLICY_E_INVALID;
        }
        return r < 0 ? r : result;
}

/* ---- reading ---- */

/* Makes room for more. Nothing is done where there is as much as there may be. */
static int grow(char **data, size_t *room)
{
        size_t larger = *room > 0 ? PL_MIN(2 * *room, (size_t) PL_POLICY_TEXT_MAX + 1)
                                  : ROOM_AT_FIRST;
        char *moved = realloc(*data, larger);

        if (!moved)
                return -ENOMEM;
        *data = moved;
        *room = larger;
        return 0;
}

/* To the end, or to one byte more than there may be. */
static int read_all(int fd, char **data, size_t *ret_length)
{
        size_t length = 0, room = 0;
        ssize_t count;
        int r;

        while (length <= PL_POLICY_TEXT_MAX) {
                r = length == room ? grow(data, &room) : 0;
                if (r != 0)
                        return r;
                count = read(fd, *data + length, room - length);
                if (count == 0)
                        break;
                if (count < 0 && errno != EINTR)
                        return -errno;
                length += count > 0 ? (size_t) count : 0;
        }

        *ret_length = length;
        return 0;
}

int pl_files_add_stream(struct pl_policy_files *files, int fd, struct pl_diag *diag)
{
        _cleanup_free_ char *data = NULL;
        size_t length = 0;
        int r;

        pl_assert(files);
        pl_assert(fd >= 0);
        pl_assert(diag);

        r = read_all(fd, &data, &length);
        if (r == -EISDIR)
                return refuse(diag, 0, "a directory, and not a stream",
                              "give the directory itself as an argument");
        if (r != 0)
                return r;
        if (length > PL_POLICY_TEXT_MAX)
                return refuse(diag, 0, "longer than 16 MiB", "a policy is not as long as that");
        return add_parts(files, pl_span(data, length), diag);
}
