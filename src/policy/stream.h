/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* stream - documents that stand behind each other, cut apart at their "// origin: PATH" lines. Within the room. Pure.
 */

#include <stdbool.h>
#include <stdint.h>

#include "plimsoll/base/span.h"

#define PL_STREAM_MARK "// origin: "

struct pl_stream {
        struct pl_span rest;
        uint32_t line; /* of its first byte */
        bool has_begun;
};

struct pl_stream_part {
        struct pl_span
                origin; /* as it is written, any bytes; its data is NULL for what stands before the first mark */
        uint32_t origin_line;
        struct pl_span text;
        uint32_t first_line; /* of the text */
};

/* The text is at most PL_POLICY_TEXT_MAX long. */
struct pl_stream pl_stream_begin(struct pl_span text);

/* The next part. There is always a first one, and it has no origin: it is empty where the stream begins with a mark. False
 * at the end. */
bool pl_stream_next(struct pl_stream *stream, struct pl_stream_part *ret_part);
