/* SPDX-License-Identifier: Apache-2.0 */

/* Whatever reads as a size, rate, duration, share or amount of bytes prints to a text that reads as the same, and a
 * size resolves on any host without a crash. What is refused says where, within the text.
 */

#include <stdint.h>

#include "plimsoll/base/assert.h"
#include "plimsoll/base/clock.h"
#include "plimsoll/base/macro.h"
#include "plimsoll/base/ratio.h"
#include "plimsoll/base/size.h"
#include "plimsoll/base/text.h"

/* The longest: 16 nodes of "18446744073709551615PiB" or "1000.00% of swap", and names and commas of functions. */
enum { PRINTED_MAX = 1024 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char buffer[PRINTED_MAX];

static struct pl_text printed(void)
{
        struct pl_text text;

        pl_text_init(&text, buffer, sizeof buffer);
        return text;
}

static void check_resolving(const struct pl_size *size)
{
        static const uint64_t amounts[] = { 0,      1,         4095,           PL_MIB,
                                            PL_TIB, INT64_MAX, UINT64_MAX - 1, UINT64_MAX };

        for (size_t i = 0; i < PL_ARRAY_LENGTH(amounts); i++) {
                struct pl_size_base base = {
                        .ram_bytes = amounts[i],
                        .swap_bytes = amounts[(i + 3) % PL_ARRAY_LENGTH(amounts)],
                        .max_bytes = amounts[PL_ARRAY_LENGTH(amounts) - 1 - i],
                };
                uint64_t bytes;
                int r = pl_size_resolve(size, &base, &bytes);

                pl_assert(r == 0 || r == PL_SIZE_E_RANGE);
        }
}

static void check_size(struct pl_span input)
{
        struct pl_size size, again;
        struct pl_text text = printed();
        size_t offset = SIZE_MAX;

        if (pl_size_parse(input, &size, &offset) != 0) {
                pl_assert(offset <= input.length);
                return;
        }
        pl_size_format(&text, &size);
        pl_assert(!text.cut);
        pl_assert(pl_size_parse(pl_text_span(&text), &again, NULL) == 0);
        pl_assert(again.count == size.count);
        for (size_t i = 0; i < size.count; i++) {
                pl_assert(again.nodes[i].kind == size.nodes[i].kind);
                pl_assert(again.nodes[i].value == size.nodes[i].value);
        }
        check_resolving(&size);
}

static void check_bytes(struct pl_span input)
{
        struct pl_text text = printed();
        size_t offset = SIZE_MAX;
        uint64_t bytes, again;

        if (pl_bytes_parse(input, &bytes, &offset) != 0) {
                pl_assert(offset <= input.length);
                return;
        }
        pl_bytes_format(&text, bytes);
        pl_assert(!text.cut);
        pl_assert(pl_bytes_parse(pl_text_span(&text), &again, NULL) == 0);
        pl_assert(again == bytes);
        pl_text_clear(&text);
        pl_bytes_format_short(&text, bytes);
        pl_assert(!text.cut && text.length > 0);
}

static void check_rate(struct pl_span input)
{
        struct pl_rate rate, again;
        struct pl_text text = printed();
        size_t offset = SIZE_MAX;

        if (pl_rate_parse(input, &rate, &offset) != 0) {
                pl_assert(offset <= input.length);
                return;
        }
        pl_rate_format(&text, &rate);
        pl_assert(!text.cut);
        pl_assert(pl_rate_parse(pl_text_span(&text), &again, NULL) == 0);
        pl_assert(again.bytes == rate.bytes && again.per_usec == rate.per_usec);
        pl_assert(pl_rate_over(&rate, 0) == 0);
        pl_assert(pl_rate_over(&rate, rate.per_usec) == rate.bytes);
        pl_assert(pl_rate_over(&rate, UINT64_MAX) >= rate.bytes);
}

static void check_duration(struct pl_span input)
{
        struct pl_text text = printed();
        size_t offset = SIZE_MAX;
        uint64_t usec, again;

        if (pl_duration_parse(input, &usec, &offset) != 0) {
                pl_assert(offset <= input.length);
                return;
        }
        pl_duration_format(&text, usec);
        pl_assert(!text.cut);
        pl_assert(pl_duration_parse(pl_text_span(&text), &again, NULL) == 0);
        pl_assert(again == usec);
        pl_text_clear(&text);
        pl_duration_format_short(&text, usec);
        pl_assert(!text.cut && text.length > 0);
}

static void check_ratio(struct pl_span input)
{
        struct pl_text text = printed();
        size_t offset = SIZE_MAX;
        uint32_t permyriad, again;

        if (pl_ratio_parse(input, &permyriad, &offset) != 0) {
                pl_assert(offset <= input.length);
                return;
        }
        pl_ratio_format(&text, permyriad);
        pl_assert(!text.cut);
        pl_assert(pl_ratio_parse(pl_text_span(&text), &again, NULL) == 0);
        pl_assert(again == permyriad);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct pl_span input = pl_span((const char *) data, size);

        check_size(input);
        check_bytes(input);
        check_rate(input);
        check_duration(input);
        check_ratio(input);
        return 0;
}
