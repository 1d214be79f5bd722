/* SPDX-License-Identifier: Apache-2.0 */

#include "plimsoll/json/write.h"

#include <errno.h>

#include "lexeme.h"
#include "plimsoll/base/assert.h"
#include "plimsoll/base/fd.h"
#include "plimsoll/base/text.h"

/* The replacement character: what Unicode asks decoders to put where bytes are none of its encoding. */
#define REPLACEMENT "\xEF\xBF\xBD"

/* "-0." and 18 decimals, or a 64-bit number with its sign. */
enum { NUMBER_MAX = 32, DECIMALS_MAX = 18 };

void pl_json_writer_init(struct pl_json_writer *writer,
                         const struct pl_json_writer_options *options)
{
        pl_assert(writer);
        pl_assert(options);
        pl_assert(options->sink);

        *writer = (struct pl_json_writer){ .options = *options };
}

static void flush(struct pl_json_writer *writer)
{
        pl_assert(writer->length <= sizeof writer->buffer);

        if (writer->error == 0 && writer->length > 0) {
                int r = writer->options.sink(writer->options.userdata,
                                             pl_span(writer->buffer, writer->length));

                if (r < 0)
                        writer->error = r;
        }
        writer->length = 0;
}

static void add_span(struct pl_json_writer *writer, struct pl_span bytes)
{
        while (bytes.length > 0) {
                size_t part = PL_MIN(bytes.length, sizeof writer->buffer - writer->length);

                memcpy(writer->buffer + writer->length, bytes.data, part);
                writer->length += part;
                bytes = pl_span_from(bytes, part);
                if (writer->length == sizeof writer->buffer)
                        flush(writer);
        }
}

static void add(struct pl_json_writer *writer, const char *string)
{
        add_span(writer, pl_span_of(string));
}

static bool in_object(const struct pl_json_writer *writer)
{
        return writer->depth > 0 && (writer->objects >> (writer->depth - 1) & 1);
}

static void add_line(struct pl_json_writer *writer)
{
        if (!writer->options.pretty)
                return;
        add(writer, "\n");
        for (unsigned i = 0; i < writer->depth; i++)
                add(writer, "  ");
}

/* The comma and the new line before a member or an element. */
static void separate(struct pl_json_writer *writer)
{
        if (!writer->empty)
                add(writer, ",");
        writer->empty = false;
        add_line(writer);
}

static void begin_value(struct pl_json_writer *writer)
{
        pl_assert(writer);
        pl_assert(in_object(writer) == writer->behind_key);
        pl_assert(writer->depth > 0 || !writer->has_value);

        if (writer->depth > 0 && !writer->behind_key)
                separate(writer);
        writer->behind_key = false;
        writer->has_value = true;
}

static void begin(struct pl_json_writer *writer, bool object)
{
        begin_value(writer);
        pl_assert(writer->depth < PL_JSON_DEPTH_MAX);

        writer->objects &= ~(UINT32_C(1) << writer->depth);
        writer->objects |= (uint32_t) object << writer->depth;
        writer->depth++;
        writer->empty = true;
        add(writer, object ? "{" : "[");
}

static void end(struct pl_json_writer *writer, bool object)
{
        bool was_empty;

        pl_assert(writer);
        pl_assert(writer->depth > 0);
        pl_assert(in_object(writer) == object);
        pl_assert(!writer->behind_key);

        was_empty = writer->empty;
        writer->depth--;
        writer->empty = false;
        if (!was_empty)
                add_line(writer);
        add(writer, object ? "}" : "]");
}

void pl_json_object_begin(struct pl_json_writer *writer)
{
        begin(writer, true);
}

void pl_json_object_end(struct pl_json_writer *writer)
{
        end(writer, true);
}

void pl_json_array_begin(struct pl_json_writer *writer)
{
        begin(writer, false);
}

void pl_json_array_end(struct pl_json_writer *writer)
{
        end(writer, false);
}

/* The same characters that pl_text_add_clean() does not let through: C0, DEL, C1, and what turns the direction. */
static bool must_escape(uint32_t character)
{
        return character < 0x20 || (character >= 0x7F && character < 0xA0) || character == 0x200E ||
               character == 0x200F || (character >= 0x2028 && character <= 0x202E) ||
               (character >= 0x2066 && character <= 0x2069);
}

static void add_escape(struct pl_json_writer *writer, uint32_t character)
{
        char buffer[sizeof "\\uFFFF"];
        struct pl_text text;

        pl_assert(character <= 0xFFFF);

        pl_text_init(&text, buffer, sizeof buffer);
        pl_text_addf(&text, "\\u%04x", (unsigned) character);
        add_span(writer, pl_text_span(&text));
}

static void add_character(struct pl_json_writer *writer, struct pl_span sequence)
{
        uint32_t character;

        if (sequence.length == 0) {
                add(writer, REPLACEMENT);
                return;
        }
        character = pl_lexeme_decode(sequence);
        if (must_escape(character)) {
                add_escape(writer, character);
                return;
        }
        if (character == '"' || character == '\\')
                add(writer, "\\");
        add_span(writer, sequence);
}

/* Bytes at the front that stand for themselves, which is nearly all there ever are. */
static size_t plain_length(struct pl_span string)
{
        size_t length = 0;

        while (length < string.length && string.data[length] >= ' ' && string.data[length] < 0x7F &&
               string.data[length] != '"' && string.data[length] != '\\')
                length++;
        return length;
}

static void add_quoted(struct pl_json_writer *writer, struct pl_span string)
{
        add(writer, "\"");
        while (string.length > 0) {
                size_t length = plain_length(string);

                if (length > 0)
                        add_span(writer, pl_span(string.data, length));
                else {
                        length = pl_utf8_length(string);
                        add_character(writer, pl_span(string.data, length));
                }
                string = pl_span_from(string, PL_MAX(length, (size_t) 1));
        }
        add(writer, "\"");
}

void pl_json_key(struct pl_json_writer *writer, const char *key)
{
        pl_assert(writer);
        pl_assert(key);
        pl_assert(in_object(writer));
        pl_assert(!writer->behind_key);

        separate(writer);
        add_quoted(writer, pl_span_of(key));
        add(writer, writer->options.pretty ? ": " : ":");
        writer->behind_key = true;
}

void pl_json_string(struct pl_json_writer *writer, struct pl_span string)
{
        begin_value(writer);
        add_quoted(writer, string);
}

static void add_fixed(struct pl_json_writer *writer, bool negative, uint64_t magnitude,
                      unsigned decimals)
{
        uint64_t scale = 1;
        char buffer[NUMBER_MAX];
        struct pl_text text;

        pl_assert(decimals <= DECIMALS_MAX);

        for (unsigned i = 0; i < decimals; i++)
                scale *= 10;
        pl_text_init(&text, buffer, sizeof buffer);
        if (negative)
                pl_text_add_byte(&text, '-');
        pl_text_add_u64(&text, magnitude / scale);
        if (decimals > 0)
                pl_text_addf(&text, ".%0*llu", (int) decimals,
                             (unsigned long long) (magnitude % scale));
        pl_assert(!text.cut);

        begin_value(writer);
        add_span(writer, pl_text_span(&text));
}

void pl_json_fixed(struct pl_json_writer *writer, int64_t value, unsigned decimals)
{
        /* Negated as unsigned, because −2^63 has no positive twin. */
        add_fixed(writer, value < 0, value < 0 ? -(uint64_t) value : (uint64_t) value, decimals);
}

void pl_json_u64(struct pl_json_writer *writer, uint64_t value)
{
        add_fixed(writer, false, value, 0);
}

void pl_json_i64(struct pl_json_writer *writer, int64_t value)
{
        pl_json_fixed(writer, value, 0);
}

void pl_json_bool(struct pl_json_writer *writer, bool value)
{
        begin_value(writer);
        add(writer, value ? "true" : "false");
}

void pl_json_null(struct pl_json_writer *writer)
{
        begin_value(writer);
        add(writer, "null");
}

void pl_json_number(struct pl_json_writer *writer, struct pl_span source)
{
        struct pl_lexeme lexeme;

        pl_assert(pl_lexeme_number(source, &lexeme) == 0);
        pl_assert(lexeme.bytes == source.length);

        begin_value(writer);
        add_span(writer, source);
}

void pl_json_put_string(struct pl_json_writer *writer, const char *key, struct pl_span string)
{
        pl_json_key(writer, key);
        pl_json_string(writer, string);
}

void pl_json_put_u64(struct pl_json_writer *writer, const char *key, uint64_t value)
{
        pl_json_key(writer, key);
        pl_json_u64(writer, value);
}

void pl_json_put_i64(struct pl_json_writer *writer, const char *key, int64_t value)
{
        pl_json_key(writer, key);
        pl_json_i64(writer, value);
}

void pl_json_put_bool(struct pl_json_writer *writer, const char *key, bool value)
{
        pl_json_key(writer, key);
        pl_json_bool(writer, value);
}

void pl_json_put_null(struct pl_json_writer *writer, const char *key)
{
        pl_json_key(writer, key);
        pl_json_null(writer);
}

void pl_json_put_fixed(struct pl_json_writer *writer, const char *key, int64_t value,
                       unsigned decimals)
{
        pl_json_key(writer, key);
        pl_json_fixed(writer, value, decimals);
}

int pl_json_writer_finish(struct pl_json_writer *writer)
{
        pl_assert(writer);
        pl_assert(writer->depth == 0);
        pl_assert(writer->has_value);

        add(writer, "\n");
        flush(writer);
        writer->has_value = false;
        return writer->error;
}

int pl_json_sink_fd(void *userdata, struct pl_span bytes)
{
        const int *fd = userdata;

        pl_assert(fd);

        return pl_fd_write_all(*fd, bytes);
}

int pl_json_sink_text(void *userdata, struct pl_span bytes)
{
        struct pl_text *text = userdata;

        pl_assert(text);

        pl_text_add_span(text, bytes);
        return text->cut ? -ENOBUFS : 0;
}
