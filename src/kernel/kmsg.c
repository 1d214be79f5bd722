/* SPDX-License-Identifier: Apache-2.0 */

/* /dev/kmsg gives one record a read, with every byte below blank, above '~', and the backslash written as \xNN
 * (msg_add_ext_body() in kernel/printk/printk.c), so that in a record a newline or semicolon of the text cannot be taken for
 * one of the form. The bytes are put back here, once; what looks into the text afterwards sees what the kernel printed.
 */

#include "plimsoll/kernel/kmsg.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "plimsoll/base/assert.h"
#include "plimsoll/base/clock.h"

/* What stands before the text. */
struct prefix {
        uint32_t have;
        uint32_t priority; /* facility × 8 + level */
        uint64_t sequence;
        uint64_t time_usec;
        bool is_fragment;
};

static int hex_digit(char byte)
{
        if (pl_is_digit(byte))
                return byte - '0';
        return byte >= 'a' && byte <= 'f' ? byte - 'a' + 10 : -1;
}

/* Cuts off one byte of the text, whether it is escaped or not. */
static bool cut_byte(struct pl_span *rest, char *ret_byte)
{
        int high, low;

        pl_assert(!pl_span_empty(*rest));
        pl_assert(ret_byte);

        if (rest->data[0] != '\\') {
                *ret_byte = rest->data[0];
                *rest = pl_span_from(*rest, 1);
                return true;
        }
        if (rest->length < 4 || rest->data[1] != 'x')
                return false;
        high = hex_digit(rest->data[2]);
        low = hex_digit(rest->data[3]);
        if (high < 0 || low < 0)
                return false;

        *ret_byte = (char) (high << 4 | low);
        *rest = pl_span_from(*rest, 4);
        return true;
}

/* Looked at as a whole before a byte is written, so that a record is written whole or not at all. */
static int check_escapes(struct pl_span text)
{
        size_t length = 0;
        char byte;

        for (; !pl_span_empty(text); length++)
                if (!cut_byte(&text, &byte))
                        return PL_FILE_E_MALFORMED;
        return length <= PL_KMSG_TEXT_MAX ? 0 : PL_FILE_E_TOO_BIG;
}

static void put_prefix(const struct prefix *prefix, struct pl_kmsg_record *record)
{
        pl_assert(prefix);
        pl_assert(record);

        record->have = prefix->have;
        record->level = prefix->priority & 7;
        record->facility = prefix->priority >> 3;
        record->sequence = prefix->sequence;
        record->time_usec = prefix->time_usec;
        record->is_fragment = prefix->is_fragment;
}

/* "PRIORITY,SEQUENCE,USEC,FLAGS" and perhaps more, which newer kernels may add. */
static int parse_prefix(struct pl_span text, struct prefix *prefix)
{
        struct pl_span flags;

        pl_assert(prefix->have == 0);

        prefix->have = PL_KMSG_HAS_PRIORITY | PL_KMSG_HAS_SEQUENCE;
        if (pl_span_to_u32(pl_span_until(&text, ','), &prefix->priority) != 0 ||
            pl_span_to_u64(pl_span_until(&text, ','), &prefix->sequence) != 0 ||
            pl_span_to_u64(pl_span_until(&text, ','), &prefix->time_usec) != 0)
                return PL_FILE_E_MALFORMED;

        flags = pl_span_until(&text, ',');
        if (pl_span_empty(flags))
                return PL_FILE_E_MALFORMED;
        prefix->is_fragment = !pl_span_equals(flags, "-");
        return 0;
}

static int parse_first_line(struct pl_span line, struct pl_kmsg_record *record)
{
        struct prefix prefix = {};
        int r;

        pl_assert(record);

        if (pl_span_empty(line) || !memchr(line.data, ';', line.length))
                return PL_FILE_E_MALFORMED;
        r = parse_prefix(pl_span_until(&line, ';'), &prefix);
        if (r == 0)
                r = check_escapes(line);
        if (r != 0)
                return r;

        put_prefix(&prefix, record);
        /* Ends, and has room, by the check above. */
        for (record->length = 0; !pl_span_empty(line); record->length++)
                pl_assert(cut_byte(&line, &record->text[record->length]));
        return 0;
}

int pl_kmsg_parse(struct pl_span raw, struct pl_kmsg_record *ret_record)
{
        struct pl_span line;

        pl_assert(ret_record);

        if (!pl_span_ends_with(raw, "\n"))
                return PL_FILE_E_MALFORMED;
        line = pl_span_until(&raw, '\n');
        while (!pl_span_empty(raw))
                if (!pl_span_starts_with(pl_span_until(&raw, '\n'), " "))
                        return PL_FILE_E_MALFORMED;

        return parse_first_line(line, ret_record);
}

/* "   12.345678", always with six decimals. */
static int parse_seconds(struct pl_span text, uint64_t *ret_usec)
{
        struct pl_span fraction = pl_span_trim(text), whole = pl_span_until(&fraction, '.');
        uint64_t usec;

        pl_assert(ret_usec);

        if (pl_span_to_u64(whole, ret_usec) != 0 || fraction.length != 6 ||
            pl_span_to_u64(fraction, &usec) != 0)
                return PL_FILE_E_MALFORMED;
        if (__builtin_mul_overflow(*ret_usec, PL_USEC_PER_SEC, ret_usec) ||
            __builtin_add_overflow(*ret_usec, usec, ret_usec))
                return PL_FILE_E_MALFORMED;
        return 0;
}

/* "[  T123]" or "[ C0]", who printed it, behind the time with CONFIG_PRINTK_CALLER. */
static void skip_caller(struct pl_span *line)
{
        struct pl_span rest = pl_span_from(*line, pl_span_starts_with(*line, " ")), caller;
        uint32_t id;

        pl_assert(line);

        if (!pl_span_starts_with(rest, "["))
                return;
        caller = pl_span_until(&rest, ']');
        caller = pl_span_trim(pl_span_from(caller, 1));
        if ((pl_span_starts_with(caller, "T") || pl_span_starts_with(caller, "C")) &&
            pl_span_to_u32(pl_span_from(caller, 1), &id) == 0)
                *line = rest;
}

static int cut_dmesg_prefix(struct pl_span *line, struct prefix *prefix)
{
        struct pl_span word;

        pl_assert(line);
        pl_assert(prefix->have == 0);

        if (pl_span_starts_with(*line, "<")) {
                word = pl_span_until(line, '>');
                if (pl_span_to_u32(pl_span_from(word, 1), &prefix->priority) != 0)
                        return PL_FILE_E_MALFORMED;
                prefix->have |= PL_KMSG_HAS_PRIORITY;
        }
        if (!pl_span_starts_with(*line, "[") || !memchr(line->data, ']', line->length))
                return PL_FILE_E_MALFORMED;

        word = pl_span_until(line, ']');
        if (parse_seconds(pl_span_from(word, 1), &prefix->time_usec) != 0)
                return PL_FILE_E_MALFORMED;
        skip_caller(line);
        *line = pl_span_from(*line, pl_span_starts_with(*line, " "));
        return 0;
}

static int parse_dmesg_line(struct pl_span line, struct pl_kmsg_record *record)
{
        struct prefix prefix = {};
        int r;

        pl_assert(record);

        r = cut_dmesg_prefix(&line, &prefix);
        if (r != 0)
                return r;
        if (line.length > PL_KMSG_TEXT_MAX)
                return PL_FILE_E_TOO_BIG;

        put_prefix(&prefix, record);
        record->length = line.length;
        if (line.length > 0)
                memcpy(record->text, line.data, line.length);
        return 0;
}

int pl_kmsg_parse_line(struct pl_span line, struct pl_kmsg_record *ret_record)
{
        pl_assert(ret_record);

        if (!pl_span_empty(line) && pl_is_digit(line.data[0]))
                return parse_first_line(line, ret_record);
        return parse_dmesg_line(line, ret_record);
}

static int outcome_of_read(int error)
{
        pl_assert(error > 0);

        switch (error) {
        case EPIPE:
                return PL_KMSG_E_LOST;
        case EINVAL: /* devkmsg_read() says so when the buffer is smaller than the record */
                return PL_FILE_E_TOO_BIG;
        default:
                return pl_file_outcome(error);
        }
}

int pl_kmsg_read(int fd, struct pl_file_buffer *buffer, struct pl_kmsg_record *ret_record)
{
        ssize_t length;

        pl_assert(fd >= 0);
        pl_assert(buffer);
        pl_assert(ret_record);

        length = read(fd, buffer->data, sizeof buffer->data);
        if (length < 0)
                return outcome_of_read(errno);
        if (length == 0) /* the device has no end; a file that stands in for it has */
                return PL_FILE_E_AGAIN;

        buffer->length = (size_t) length;
        return pl_kmsg_parse(pl_file_span(buffer), ret_record);
}
