/* SPDX-License-Identifier: Apache-2.0 */

/* The checks are seeded with a salt of the segment and with the place of the frame. A search for the next frame behind spoilt
 * bytes goes through items, and with them through texts that containers chose: what looks like a frame there has another
 * check, for nobody outside knows the salt or the place.
 */

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "history.h"
#include "plimsoll/base/assert.h"
#include "plimsoll/base/text.h"

enum {
        DIGITS = 10, /* of the largest number there is */
        OTHER_BYTE_ORDER = 0x04030201,
        SEGMENT_WORDS = offsetof(struct pl_history_segment_header, check) / sizeof(uint64_t),
        FRAME_WORDS = offsetof(struct pl_history_frame, check) / sizeof(uint64_t),
};

static const char prefix[] = "history-", suffix[] = ".new";

struct pl_history_name pl_history_name(uint32_t number, bool new)
{
        struct pl_history_name name;
        struct pl_text text;

        pl_assert(number > 0);

        pl_text_init(&text, name.bytes, sizeof name.bytes);
        pl_text_addf(&text, "%s%0*u%s", prefix, DIGITS, number, new ? suffix : "");
        pl_assert(!text.cut);
        return name;
}

uint32_t pl_history_number(struct pl_span name, bool *ret_new)
{
        uint32_t number;

        *ret_new = pl_span_ends_with(name, suffix);
        if (*ret_new)
                name.length -= sizeof suffix - 1;
        if (name.length != sizeof prefix - 1 + DIGITS || !pl_span_starts_with(name, prefix))
                return 0;
        return pl_span_to_u32(pl_span_from(name, sizeof prefix - 1), &number) == 0 ? number : 0;
}

static uint64_t check_of_segment(const struct pl_history_segment_header *header)
{
        return pl_journal_check(PL_JOURNAL_CHECK_SEED, header, SEGMENT_WORDS);
}

void pl_history_seal_segment(struct pl_history_segment_header *header)
{
        memcpy(header->magic, PL_HISTORY_MAGIC, sizeof header->magic);
        header->byte_order = PL_JOURNAL_BYTE_ORDER;
        header->version = PL_HISTORY_VERSION;
        header->check = check_of_segment(header);
}

int pl_history_check_segment(const struct pl_history_segment_header *header, uint32_t number)
{
        if (memcmp(header->magic, PL_HISTORY_MAGIC, sizeof header->magic) != 0)
                return PL_JOURNAL_E_FOREIGN;
        if (header->byte_order == OTHER_BYTE_ORDER)
                return PL_JOURNAL_E_BYTE_ORDER;
        if (header->byte_order != PL_JOURNAL_BYTE_ORDER)
                return PL_JOURNAL_E_CORRUPT;
        if (header->version != PL_HISTORY_VERSION)
                return PL_JOURNAL_E_VERSION;
        return header->number == number && header->check == check_of_segment(header)
                       ? 0
                       : PL_JOURNAL_E_CORRUPT;
}

static uint64_t seed_of(uint64_t salt, uint64_t offset)
{
        return PL_JOURNAL_CHECK_SEED ^ salt ^ offset;
}

static uint64_t check_of_payload(const struct pl_history_frame *frame, const void *payload,
                                 uint64_t seed)
{
        return pl_journal_check(seed, payload,
                                pl_history_whole_words(frame->bytes) / sizeof(uint64_t));
}

void pl_history_seal_frame(struct pl_history_frame *frame, const void *payload, uint64_t salt,
                           uint64_t offset)
{
        const uint64_t seed = seed_of(salt, offset);

        pl_assert(frame->bytes > 0 && frame->bytes <= PL_HISTORY_PAYLOAD_MAX);

        frame->magic = PL_HISTORY_FRAME_MAGIC;
        frame->payload_check = check_of_payload(frame, payload, seed);
        frame->check = pl_journal_check(seed, frame, FRAME_WORDS);
}

bool pl_history_frame_is_good(const struct pl_history_frame *frame, uint64_t salt, uint64_t offset)
{
        return frame->magic == PL_HISTORY_FRAME_MAGIC && frame->bytes > 0 &&
               frame->bytes <= PL_HISTORY_PAYLOAD_MAX &&
               frame->check == pl_journal_check(seed_of(salt, offset), frame, FRAME_WORDS);
}

bool pl_history_payload_is_good(const struct pl_history_frame *frame, const void *payload,
                                uint64_t salt, uint64_t offset)
{
        pl_assert(frame->bytes <= PL_HISTORY_PAYLOAD_MAX);

        return frame->payload_check == check_of_payload(frame, payload, seed_of(salt, offset));
}

uint64_t pl_history_realtime(const struct pl_history_time *at, uint64_t boot_usec)
{
        /* Also of a time that lies a little ahead: all of it is arithmetic modulo 2^64. */
        return at->realtime_usec - (at->boot_usec - boot_usec);
}
