/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* text - writing words and numbers into a buffer of the caller's that cannot overflow.
 *
 * Invariants: data is NUL-terminated at all times; length < size; once something did not fit, `cut` stays true and
 * nothing more is added, so that a cut text is a prefix and never has a hole. Never allocates.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "plimsoll/base/macro.h"
#include "plimsoll/base/span.h"

struct pl_text {
        char *data;
        size_t size; /* of the buffer, with the NUL */
        size_t length;
        bool cut;
};

/* Life cycle: the buffer is the caller's, so there is nothing to release. */
void pl_text_init(struct pl_text *text, char *buffer, size_t size);
void pl_text_clear(struct pl_text *text);

void pl_text_add(struct pl_text *text, const char *string);
void pl_text_add_span(struct pl_text *text, struct pl_span span);
void pl_text_add_byte(struct pl_text *text, char byte);
void pl_text_add_u64(struct pl_text *text, uint64_t value);
void pl_text_addf(struct pl_text *text, const char *format, ...) PL_PRINTF(2, 3);

/* Adds foreign bytes for a person's eyes: control characters and bytes that are not UTF-8 become '?', so that the name
 * of a container cannot move the cursor, recolour the terminal or forge a line. */
void pl_text_add_clean(struct pl_text *text, struct pl_span span);

static inline struct pl_span pl_text_span(const struct pl_text *text)
{
        return pl_span(text->data, text->length);
}

/* The length of the UTF-8 sequence that begins the span (1 to 4); 0 when there is none, the span is empty, the encoding
 * is overlong, a surrogate, or above U+10FFFF. */
size_t pl_utf8_length(struct pl_span span);
