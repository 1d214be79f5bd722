/* SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>

#include "history.h"
#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"

enum {
        /* Of the newest segment, when spoilt frames are at its end. */
        LAST_TRIES = 8,
};

static bool take_host(const struct pl_history_frames *frames, const struct pl_history_frame *frame,
                      struct pl_history_last *ret_last)
{
        struct pl_history_item item;

        for (size_t at = 0; pl_history_cut_item(frames->buffer, frame->bytes, at, &item);
             at += item.size)
                if (pl_history_take_host(&item, &ret_last->host)) {
                        ret_last->at.realtime_usec = frame->realtime_usec;
                        ret_last->at.boot_usec = frame->boot_usec;
                        return true;
                }
        return false;
}

/* The last frame before this place that says it has a row of the host, and then its row. */
static int find_host(struct pl_history_frames *frames, uint64_t *limit,
                     struct pl_history_last *ret_last)
{
        struct pl_history_frame frame, found = {};
        uint64_t found_at = 0;
        int r;

        frames->offset = sizeof frames->header;
        while ((r = pl_history_frames_next(frames, &frame)) == 0 && frames->at < *limit)
                if (frame.kinds & PL_HISTORY_BIT(PL_HISTORY_HOST)) {
                        found = frame;
                        found_at = frames->at;
                }
        if (r != 0 && r != PL_JOURNAL_E_END)
                return r;
        *limit = frames->at = found_at;
        if (found_at == 0)
                return PL_JOURNAL_E_EMPTY;
        r = pl_history_frames_payload(frames, &found);
        if (r != 0)
                return r;
        return take_host(frames, &found, ret_last) ? 0 : PL_JOURNAL_E_TORN;
}

static int last_of_segment(int dir_fd, uint32_t number, uint8_t *buffer,
                           struct pl_history_last *ret_last)
{
        struct pl_history_frames frames;
        uint64_t limit = UINT64_MAX;
        int r = pl_history_frames_open(dir_fd, number, false, buffer, &frames);

        if (r != 0)
                return r < 0 ? r : PL_JOURNAL_E_EMPTY;
        r = PL_JOURNAL_E_TORN;
        for (int i = 0; i < LAST_TRIES && r == PL_JOURNAL_E_TORN; i++)
                r = find_host(&frames, &limit, ret_last);
        pl_history_frames_close(&frames);
        return r == PL_JOURNAL_E_TORN ? PL_JOURNAL_E_EMPTY : r;
}

int pl_history_last(int dir_fd, struct pl_history_last *ret_last)
{
        struct pl_history_last last;
        uint8_t *buffer;
        struct pl_history_list list;
        int r = pl_history_list(dir_fd, &list);

        pl_assert(ret_last);

        if (r != 0)
                return r;
        buffer = malloc(PL_HISTORY_PAYLOAD_MAX);
        if (!buffer)
                return -ENOMEM;
        r = PL_JOURNAL_E_EMPTY;
        for (size_t i = list.count; i > 0 && r == PL_JOURNAL_E_EMPTY; i--)
                r = last_of_segment(dir_fd, list.numbers[i - 1], buffer, &last);
        free(buffer);
        if (r == 0)
                *ret_last = last;
        return r;
}
