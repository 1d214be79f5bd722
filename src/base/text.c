/* SPDX-License-Identifier: Apache-2.0 */

#include "plimsoll/base/text.h"

#include <stdarg.h>
#include <stdio.h>

#include "plimsoll/base/assert.h"

void pl_text_init(struct pl_text *text, char *buffer, size_t size)
{
        pl_assert(text);
        pl_assert(buffer);
        pl_assert(size > 0);

        *text = (struct pl_text){ .data = buffer, .size = size };
        text->data[0] = '\0';
}

void pl_text_clear(struct pl_text *text)
{
        pl_text_init(text, text->data, text->size);
}

void pl_text_add_span(struct pl_text *text, struct pl_span span)
{
        size_t room = text->size - text->length - 1;

        pl_assert(text->length < text->size);

        if (text->cut || span.length == 0)
                return;
        if (span.length > room) {
                text->cut = true;
                span.length = room;
        }
        memcpy(text->data + text->length, span.data, span.length);
        text->length += span.length;
        text->data[text->length] = '\0';
}

void pl_text_add(struct pl_text *text, const char *string)
{
        pl_text_add_span(text, pl_span_of(string));
}

void pl_text_add_byte(struct pl_text *text, char byte)
{
        pl_text_add_span(text, pl_span(&byte, 1));
}

void pl_text_add_u64(struct pl_text *text, uint64_t value)
{
        char digits[20]; /* 2^64 − 1 has twenty */
        size_t first = sizeof digits;

        do {
                digits[--first] = (char) ('0' + value % 10);
                value /= 10;
        } while (value > 0);

        pl_text_add_span(text, pl_span(digits + first, sizeof digits - first));
}

void pl_text_addf(struct pl_text *text, const char *format, ...)
{
        size_t room = text->size - text->length;
        va_list arguments;
        int length;

        pl_assert(text->length < text->size);

        if (text->cut)
                return;
        va_start(arguments, format);
        length = vsnprintf(text->data + text->length, room, format, arguments);
        va_end(arguments);
        pl_assert(length >= 0);

        if ((size_t) length >= room) {
                text->cut = true;
                length = (int) (room - 1);
        }
        text->length += (size_t) length;
}

/* The second byte of a sequence alone decides whether it is overlong, a surrogate or above U+10FFFF (RFC 3629, the table
 * in its section 4); what follows may be any continuation byte. */
static bool utf8_second_byte_fits(unsigned char first, unsigned char second)
{
        switch (first) {
        case 0xE0:
                return second >= 0xA0;
        case 0xED:
                return second <= 0x9F;
        case 0xF0:
                return second >= 0x90;
        case 0xF4:
                return second <= 0x8F;
        default:
                return true;
        }
}

size_t pl_utf8_length(struct pl_span span)
{
        const unsigned char *bytes = (const unsigned char *) span.data;
        size_t length;

        if (span.length == 0)
                return 0;
        if (bytes[0] < 0x80)
                return 1;
        if (bytes[0] < 0xC2 || bytes[0] > 0xF4)
                return 0;
        length = bytes[0] < 0xE0 ? 2 : bytes[0] < 0xF0 ? 3 : 4;
        if (span.length < length)
                return 0;
        for (size_t i = 1; i < length; i++)
                if ((bytes[i] & 0xC0) != 0x80)
                        return 0;

        return utf8_second_byte_fits(bytes[0], bytes[1]) ? length : 0;
}

/* C0 controls, DEL, the C1 controls (which some terminals obey), and the marks that turn the direction of writing. */
static bool is_control(struct pl_span sequence)
{
        const unsigned char *bytes = (const unsigned char *) sequence.data;

        if (sequence.length == 1)
                return bytes[0] < 0x20 || bytes[0] == 0x7F;
        if (sequence.length == 2)
                return bytes[0] == 0xC2 && bytes[1] < 0xA0;
        if (sequence.length == 3 && bytes[0] == 0xE2) /* U+200E…F, U+202A…E, U+2066…9 */
                return (bytes[1] == 0x80 && (bytes[2] == 0x8E || bytes[2] == 0x8F)) ||
                       (bytes[1] == 0x80 && bytes[2] >= 0xA8 && bytes[2] <= 0xAE) ||
                       (bytes[1] == 0x81 && bytes[2] >= 0xA6 && bytes[2] <= 0xA9);
        return false;
}

void pl_text_add_clean(struct pl_text *text, struct pl_span span)
{
        while (span.length > 0 && !text->cut) {
                size_t length = pl_utf8_length(span);
                struct pl_span sequence = pl_span(span.data, length);

                if (length == 0 || is_control(sequence))
                        pl_text_add_byte(text, '?');
                else if (length > text->size - text->length - 1)
                        text->cut = true;
                else
                        pl_text_add_span(text, sequence);
                span = pl_span_from(span, PL_MAX(length, (size_t) 1));
        }
}
