/* SPDX-License-Identifier: Apache-2.0 */

/* Any bytes, cut at their marks: put together again they are the same bytes, every part begins in the line it says, and
 * no part but the first is without a mark.
 */

#include <stdlib.h>

#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"
#include "plimsoll/model/bounds.h"
#include "policy/stream.h"

enum { INPUT_MAX = 64 * 1024 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint32_t lines_before(struct pl_span text, const char *place)
{
        uint32_t lines = 0;

        for (const char *at = text.data; at < place; at++)
                lines += *at == '\n';
        return lines;
}

/* A mark where a line begins ends the part before it, so there is none within. */
static void check_text(struct pl_span text)
{
        for (size_t i = 0; i < text.length; i++)
                if (i == 0 || text.data[i - 1] == '\n')
                        pl_assert(!pl_span_starts_with(pl_span_from(text, i), PL_STREAM_MARK));
}

static void check_mark(struct pl_span whole, const struct pl_stream_part *part, const char *place)
{
        pl_assert(pl_span_starts_with(pl_span_from(whole, (size_t) (place - whole.data)),
                                      PL_STREAM_MARK));
        pl_assert(part->origin.data == place + strlen(PL_STREAM_MARK));
        pl_assert(!memchr(part->origin.data, '\n', part->origin.length));
        pl_assert(part->origin_line == lines_before(whole, place) + 1);
        pl_assert(part->first_line == part->origin_line + 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        const struct pl_span whole = pl_span((const char *) data, size);
        struct pl_stream_part part;
        struct pl_stream stream;
        const char *place = whole.data; /* what comes next */
        size_t parts = 0;

        if (size == 0 || size > INPUT_MAX)
                return 0;
        stream = pl_stream_begin(whole);
        while (pl_stream_next(&stream, &part)) {
                pl_assert((parts++ == 0) == !part.origin.data);
                if (part.origin.data) {
                        check_mark(whole, &part, place);
                        place = part.origin.data + part.origin.length;
                        /* The last line may have no end. */
                        if (place < whole.data + size)
                                pl_assert(*place++ == '\n');
                } else {
                        pl_assert(part.first_line == 1);
                }
                pl_assert(part.text.data == place);
                check_text(part.text);
                place += part.text.length;
        }
        pl_assert(place == whole.data + size);
        pl_assert(parts > 0);
        return 0;
}
