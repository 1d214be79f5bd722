/* SPDX-License-Identifier: Apache-2.0 */

/* Figures are packed as in the rings: no more bytes than a number has. A row begins with the number that stands for the
 * workload, and its times are distances from that of the frame, which take two bytes and not seven.
 */

#include <string.h>

#include "history.h"
#include "pack.h"
#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"

enum {
        HEAD_BYTES = 3,
        RUN_WORDS = 3,
        WORKLOAD_WORDS = 5,
        TERMS_FIRST = 4, /* words before the limits */
        TERMS_WORDS = TERMS_FIRST + 2 * PL_LIMIT_COUNT,
        HOST_FIGURES = sizeof(struct pl_host_sample) / sizeof(uint64_t),
        HOST_WORDS = HOST_FIGURES + 2,
        ROW_FIGURES = sizeof(struct pl_cgroup_sample) / sizeof(uint64_t),
        ROW_WORDS = 1 + ROW_FIGURES,
        RECORD_WORDS = 3,
        /* struct pl_cgroup_sample */
        SAMPLE_AT = 1,
        SAMPLE_STAT_AT = 2,
};

_Static_assert((int) HOST_WORDS <= (int) PL_PACK_WORDS_MAX &&
                       (int) ROW_WORDS <= (int) PL_PACK_WORDS_MAX &&
                       (int) TERMS_WORDS <= (int) PL_PACK_WORDS_MAX,
               "an item has grown too long: give it two");

static uint64_t pair(uint32_t low, uint32_t high)
{
        return (uint64_t) high << 32 | low;
}

/* ---- writing ---- */

static size_t finish(uint8_t *to, enum pl_history_kind kind, size_t length)
{
        pl_assert(HEAD_BYTES + length <= PL_HISTORY_ITEM_MAX);

        to[0] = (uint8_t) kind;
        to[1] = (uint8_t) length;
        to[2] = (uint8_t) (length >> 8);
        return HEAD_BYTES + length;
}

static size_t put_words(uint8_t *to, const uint64_t *words, size_t count)
{
        struct pl_packed packed;
        size_t size = pl_pack_words(&packed, words, count);

        memcpy(to + HEAD_BYTES, packed.bytes, size);
        return size;
}

static size_t put_text(uint8_t *to, const char *text, size_t size)
{
        size_t length = strnlen(text, size - 1);

        pl_assert(length <= UINT8_MAX);

        to[0] = (uint8_t) length;
        memcpy(to + 1, text, length);
        return 1 + length;
}

size_t pl_history_put_run(uint8_t *to, const struct pl_history_identity *identity)
{
        uint64_t words[RUN_WORDS];

        memcpy(words, identity->boot_id, sizeof identity->boot_id);
        words[2] = identity->created_usec;
        return finish(to, PL_HISTORY_RUN, put_words(to, words, RUN_WORDS));
}

size_t pl_history_put_workload(uint8_t *to, uint32_t number,
                               const struct pl_history_workload *workload)
{
        const uint64_t words[WORKLOAD_WORDS] = {
                number,
                workload->id,
                workload->parent_id,
                workload->since_usec,
                pair(workload->kind, (uint32_t) workload->runtime),
        };
        uint8_t *body = to + HEAD_BYTES;
        size_t at = put_words(to, words, WORKLOAD_WORDS);

        at += put_text(body + at, workload->name, sizeof workload->name);
        at += put_text(body + at, workload->unit, sizeof workload->unit);
        at += put_text(body + at, workload->profile_name, sizeof workload->profile_name);
        at += put_text(body + at, workload->path, sizeof workload->path);
        return finish(to, PL_HISTORY_WORKLOAD, at);
}

size_t pl_history_put_terms(uint8_t *to, uint32_t number,
                            const struct pl_history_workload *workload)
{
        uint64_t words[TERMS_WORDS] = {
                number,
                pair(workload->flags, workload->state),
                pair((uint32_t) workload->order, (uint32_t) workload->score_adj),
                pair(workload->limits.set, workload->effective.set),
        };

        memcpy(words + TERMS_FIRST, workload->limits.values, sizeof workload->limits.values);
        memcpy(words + TERMS_FIRST + PL_LIMIT_COUNT, workload->effective.values,
               sizeof workload->effective.values);
        return finish(to, PL_HISTORY_TERMS, put_words(to, words, TERMS_WORDS));
}

size_t pl_history_put_host(uint8_t *to, const struct pl_history_host *host)
{
        uint64_t words[HOST_WORDS];

        memcpy(words, &host->sample, sizeof host->sample);
        words[HOST_FIGURES] = pair(host->workload_count, host->profile_count);
        words[HOST_FIGURES + 1] = pair(host->unlisted_count, host->flags);
        return finish(to, PL_HISTORY_HOST, put_words(to, words, HOST_WORDS));
}

/* A time that lies ahead, as no sane writer has one, counts as now. "Never" takes no bytes. */
static uint64_t distance(uint64_t boot_usec, uint64_t at_usec)
{
        return boot_usec > at_usec ? boot_usec - at_usec : 0;
}

size_t pl_history_put_row(uint8_t *to, uint32_t number, uint64_t boot_usec,
                          const struct pl_cgroup_sample *sample)
{
        uint64_t words[ROW_WORDS];

        words[0] = number;
        memcpy(words + 1, sample, sizeof *sample);
        words[SAMPLE_AT] = distance(boot_usec, sample->at_usec);
        words[SAMPLE_STAT_AT] = sample->stat_at_usec > 0 ? distance(boot_usec, sample->stat_at_usec)
                                                         : UINT64_MAX;
        return finish(to, PL_HISTORY_ROW, put_words(to, words, ROW_WORDS));
}

size_t pl_history_put_record(uint8_t *to, const struct pl_journal_record *record)
{
        const uint64_t words[RECORD_WORDS] = {
                record->sequence,
                record->at_usec,
                pair((uint32_t) record->type | (uint32_t) record->flags << 16, record->part),
        };
        size_t at = put_words(to, words, RECORD_WORDS);

        pl_assert(record->length <= PL_JOURNAL_PAYLOAD_BYTES);

        memcpy(to + HEAD_BYTES + at, record->payload, record->length);
        return finish(to, PL_HISTORY_ACT, at + record->length);
}

/* ---- reading ---- */

bool pl_history_cut_item(const uint8_t *payload, size_t bytes, size_t at,
                         struct pl_history_item *ret_item)
{
        size_t length;

        pl_assert(at <= bytes);

        if (bytes - at < HEAD_BYTES)
                return false;
        length = (size_t) (payload[at + 1] | payload[at + 2] << 8);
        if (length > bytes - at - HEAD_BYTES)
                return false;
        *ret_item = (struct pl_history_item){ .kind = payload[at],
                                              .body = payload + at + HEAD_BYTES,
                                              .length = length,
                                              .size = HEAD_BYTES + length };
        return true;
}

static bool take_words(const struct pl_history_item *item, enum pl_history_kind kind,
                       uint64_t *words, size_t count, size_t *ret_at)
{
        *ret_at = item->kind == kind ? pl_unpack_words(item->body, item->length, words, count) : 0;
        return *ret_at > 0;
}

static bool take_number(uint64_t word, uint32_t *ret_number)
{
        *ret_number = (uint32_t) word;
        return word < PL_HISTORY_WORKLOADS_MAX;
}

static bool take_text(const struct pl_history_item *item, size_t *at, char *text, size_t size)
{
        size_t length = *at < item->length ? item->body[*at] : SIZE_MAX;

        if (length >= size || length > item->length - *at - 1)
                return false;
        memset(text, 0, size);
        memcpy(text, item->body + *at + 1, length);
        *at += 1 + length;
        return true;
}

bool pl_history_take_run(const struct pl_history_item *item,
                         struct pl_history_identity *ret_identity)
{
        uint64_t words[RUN_WORDS];
        size_t at;

        if (!take_words(item, PL_HISTORY_RUN, words, RUN_WORDS, &at))
                return false;
        memcpy(ret_identity->boot_id, words, sizeof ret_identity->boot_id);
        ret_identity->created_usec = words[2];
        return true;
}

bool pl_history_take_workload(const struct pl_history_item *item, uint32_t *ret_number,
                              struct pl_history_workload *ret_workload)
{
        uint64_t words[WORKLOAD_WORDS];
        size_t at;

        if (!take_words(item, PL_HISTORY_WORKLOAD, words, WORKLOAD_WORDS, &at) ||
            !take_number(words[0], ret_number) || words[1] == 0)
                return false;
        *ret_workload = (struct pl_history_workload){ .id = words[1],
                                                      .parent_id = words[2],
                                                      .since_usec = words[3],
                                                      .kind = (uint32_t) words[4],
                                                      .runtime = (int32_t) (words[4] >> 32) };
        return take_text(item, &at, ret_workload->name, sizeof ret_workload->name) &&
               take_text(item, &at, ret_workload->unit, sizeof ret_workload->unit) &&
               take_text(item, &at, ret_workload->profile_name,
                         sizeof ret_workload->profile_name) &&
               take_text(item, &at, ret_workload->path, sizeof ret_workload->path);
}

bool pl_history_take_terms(const struct pl_history_item *item, uint32_t *ret_number,
                           struct pl_history_workload *workload)
{
        uint64_t words[TERMS_WORDS];
        size_t at;

        if (!take_words(item, PL_HISTORY_TERMS, words, TERMS_WORDS, &at) ||
            !take_number(words[0], ret_number))
                return false;
        workload->flags = (uint32_t) words[1];
        workload->state = (uint32_t) (words[1] >> 32);
        workload->order = (int32_t) words[2];
        workload->score_adj = (int32_t) (words[2] >> 32);
        workload->limits.set = (uint32_t) words[3];
        workload->effective.set = (uint32_t) (words[3] >> 32);
        memcpy(workload->limits.values, words + TERMS_FIRST, sizeof workload->limits.values);
        memcpy(workload->effective.values, words + TERMS_FIRST + PL_LIMIT_COUNT,
               sizeof workload->effective.values);
        return true;
}

bool pl_history_take_host(const struct pl_history_item *item, struct pl_history_host *ret_host)
{
        uint64_t words[HOST_WORDS];
        size_t at;

        if (!take_words(item, PL_HISTORY_HOST, words, HOST_WORDS, &at))
                return false;
        memcpy(&ret_host->sample, words, sizeof ret_host->sample);
        ret_host->workload_count = (uint32_t) words[HOST_FIGURES];
        ret_host->profile_count = (uint32_t) (words[HOST_FIGURES] >> 32);
        ret_host->unlisted_count = (uint32_t) words[HOST_FIGURES + 1];
        ret_host->flags = (uint32_t) (words[HOST_FIGURES + 1] >> 32);
        return true;
}

bool pl_history_take_row(const struct pl_history_item *item, uint64_t boot_usec,
                         uint32_t *ret_number, struct pl_cgroup_sample *ret_sample)
{
        uint64_t words[ROW_WORDS];
        size_t at;

        if (!take_words(item, PL_HISTORY_ROW, words, ROW_WORDS, &at) ||
            !take_number(words[0], ret_number))
                return false;
        words[SAMPLE_AT] = distance(boot_usec, words[SAMPLE_AT]);
        words[SAMPLE_STAT_AT] = distance(boot_usec, words[SAMPLE_STAT_AT]);
        memcpy(ret_sample, words + 1, sizeof *ret_sample);
        return true;
}

bool pl_history_take_record(const struct pl_history_item *item,
                            struct pl_journal_record *ret_record)
{
        uint64_t words[RECORD_WORDS];
        size_t at;

        if (!take_words(item, PL_HISTORY_ACT, words, RECORD_WORDS, &at) || words[0] == 0 ||
            item->length - at > PL_JOURNAL_PAYLOAD_BYTES)
                return false;
        *ret_record = (struct pl_journal_record){ .sequence = words[0],
                                                  .at_usec = words[1],
                                                  .type = (uint16_t) words[2],
                                                  .flags = (uint16_t) (words[2] >> 16),
                                                  .part = (uint16_t) (words[2] >> 32),
                                                  .length = (uint16_t) (item->length - at) };
        memcpy(ret_record->payload, item->body + at, ret_record->length);
        return true;
}
