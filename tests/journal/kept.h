/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* kept - a history in the place of the test, and all that a reader finds in it. */

#include "journal/place.h"

#include "look.h"
#include "plimsoll/base/clock.h"
#include "plimsoll/journal/history_writer.h"

enum {
        KEPT_ACTS_MAX = 4096,
        KEPT_IMAGE_BYTES = 2 * (int) PL_MIB,
};

static inline struct pl_history_options kept_options(void)
{
        return (struct pl_history_options){ .size_bytes = PL_HISTORY_SIZE_MIN,
                                            .keep_usec = 14 * PL_USEC_PER_DAY,
                                            .unsynced = true };
}

static inline void kept_open_writer(struct pl_history_writer *writer)
{
        const struct pl_history_options options = kept_options();

        assert_int_equal(pl_history_writer_open(place_fd, &options, writer), 0);
}

/* Calls for each entry of the range, from the oldest; the bytes that were spoilt. */
typedef void kept_function(const struct pl_history_entry *entry, void *userdata);

static inline uint64_t kept_each_in(const struct pl_history_range *range, kept_function *function,
                                    void *userdata)
{
        struct pl_history_list list;
        uint64_t spoilt = 0;

        assert_int_equal(pl_history_list(place_fd, &list), 0);
        for (size_t i = 0; i < list.count; i++) {
                struct pl_history_reader *reader;
                struct pl_history_entry entry;
                int r;

                assert_true(i == 0 || list.numbers[i] > list.numbers[i - 1]);
                r = pl_history_open(place_fd, list.numbers[i], range, &reader);
                if (r != 0) {
                        assert_true(r > 0);
                        continue;
                }
                while ((r = pl_history_next(reader, &entry)) == 0)
                        function(&entry, userdata);
                assert_int_equal(r, PL_JOURNAL_E_END);
                spoilt += pl_history_spoilt_bytes(reader);
                assert_null(pl_history_close(reader));
        }
        return spoilt;
}

static inline uint64_t kept_each(kept_function *function, void *userdata)
{
        return kept_each_in(&PL_HISTORY_EVERYTHING, function, userdata);
}

struct kept {
        size_t count[PL_HISTORY_KINDS];
        size_t act_count;
        uint64_t acts[KEPT_ACTS_MAX]; /* their sequence numbers */
        uint64_t last_realtime_usec;
};

static inline void kept_count_one(const struct pl_history_entry *entry, void *userdata)
{
        struct kept *kept = userdata;

        assert_true(entry->kind > 0 && entry->kind < PL_HISTORY_KINDS);
        kept->count[entry->kind]++;
        kept->last_realtime_usec = entry->at.realtime_usec;
        if (entry->kind == PL_HISTORY_ACT && kept->act_count < KEPT_ACTS_MAX)
                kept->acts[kept->act_count++] = entry->act->sequence;
}

static inline struct kept *kept_count(uint64_t *ret_spoilt)
{
        static struct kept kept;
        uint64_t spoilt;

        memset(&kept, 0, sizeof kept);
        spoilt = kept_each(kept_count_one, &kept);
        if (ret_spoilt)
                *ret_spoilt = spoilt;
        return &kept;
}

/* ---- a journal in memory ---- */

static _Alignas(PL_JOURNAL_PAGE_BYTES) unsigned char kept_image[KEPT_IMAGE_BYTES];

static inline struct pl_journal_writer kept_journal(uint8_t boot, uint64_t created_usec)
{
        struct pl_journal_writer writer = look_writer(kept_image, sizeof kept_image);
        struct pl_journal_header header;

        memcpy(&header, kept_image, sizeof header);
        header.boot_id[0] = boot;
        header.created_usec = created_usec;
        pl_header_seal(&header);
        memcpy(kept_image, &header, sizeof header);
        return writer;
}

static inline struct pl_journal_reader kept_journal_reader(void)
{
        struct pl_journal_reader reader;

        assert_int_equal(pl_journal_reader_init(kept_image, sizeof kept_image, &reader), 0);
        return reader;
}

static inline struct pl_history_identity kept_identity(const struct pl_journal_reader *reader)
{
        struct pl_history_identity identity = { .created_usec = reader->header.created_usec };

        memcpy(identity.boot_id, reader->header.boot_id, sizeof identity.boot_id);
        return identity;
}

/* All records that the history does not have yet, as the recorder does it. */
static inline int kept_record_acts(struct pl_history_writer *writer,
                                   const struct pl_journal_reader *reader,
                                   const struct pl_history_time *now)
{
        const struct pl_history_identity identity = kept_identity(reader);
        struct pl_journal_cursor cursor;
        struct pl_journal_record record;
        int r = pl_history_begin(writer, now, &identity);

        cursor = writer->acts_next > 0
                         ? pl_journal_cursor_at(reader, PL_JOURNAL_ACTS, writer->acts_next)
                         : pl_journal_cursor_oldest(reader, PL_JOURNAL_ACTS);
        while (r == 0 && pl_journal_next_record(&cursor, &record) == 0)
                r = pl_history_add_record(writer, &record);
        return r == 0 ? pl_history_end(writer) : r;
}

static inline void kept_workload(uint32_t number, struct pl_history_workload *ret_workload)
{
        uint64_t state = number;

        memset(ret_workload, 0, sizeof *ret_workload);
        made_words(&state, ret_workload, offsetof(struct pl_history_workload, name));
        ret_workload->id = UINT64_C(1000) + number;
        made_text(&state, ret_workload->name, sizeof ret_workload->name - 1);
        made_text(&state, ret_workload->unit, sizeof ret_workload->unit - 1);
        made_text(&state, ret_workload->profile_name, sizeof ret_workload->profile_name - 1);
        made_text(&state, ret_workload->path, sizeof ret_workload->path - 1);
}
