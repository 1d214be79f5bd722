/* SPDX-License-Identifier: Apache-2.0 */

/* What the members are called in a trace, and what their values look like. */

#include <string.h>

#include "plimsoll/base/assert.h"
#include "plimsoll/base/clock.h"
#include "plimsoll/base/ratio.h"
#include "plimsoll/base/size.h"
#include "shipped.h"
#include "trace.h"

#define MEMBER(object, name, type, member)                                                         \
        {                                                                                          \
                name, TRACE_##type, (uint32_t) offsetof(struct object, member),                    \
                        (uint32_t) sizeof(((struct object *) 0)->member), NULL                     \
        }
#define WORDED(object, name, type, member, words)                                                  \
        {                                                                                          \
                name, TRACE_##type, (uint32_t) offsetof(struct object, member),                    \
                        (uint32_t) sizeof(((struct object *) 0)->member), words                    \
        }

static const char *const cgroup_flags[] = {
        "workload", "protected",  "profile", "observed",  "system",
        "frozen",   "by-process", "returns", "populated", "score-known",
        "paused",   "restored",   "leaks",   "drill",     NULL,
};
static const char *const setting_flags[] = { "observe", "host", "local", "paused", "blind", NULL };
static const char *const rungs[] = { "reclaim", "throttle", "freeze", "term", "kill", NULL };
static const char *const agains[] = { "cap", "down", "alarm", NULL };
static const char *const livelocks[] = { "alarm", "relax", "kill", NULL };

const char *const trace_results[] = { "done", "partly", "failed", "gone", "refused", "late", NULL };
const char *const trace_measures[] = { "reclaim", "throttle", "release", "freeze", "thaw", "term",
                                       "kill",    "relax",    "alarm",   "cap",    "down", NULL };
const char *const trace_turns[] = { "chosen", "next",    "protected", "observed", "outside",
                                    "small",  "dying",   "stuck",     "paused",   "restored",
                                    "empty",  "no-rung", "unknown",   NULL };
const char *const trace_choices[] = {
        "order", "grower", "livelock", "again", "over", "nobody", NULL
};
const char *const trace_severities[] = { "calm", "watch", "short", "scarce", "critical", NULL };
const char *const trace_evidence[] = { "scarce",    "critical",      "stall",    "end-near",
                                       "end-comes", "thrash",        "reclaim",  "own-measure",
                                       "limit",     "unreclaimable", "refaults", "high",
                                       NULL };

const struct trace_key trace_settings_keys[] = {
        WORDED(pl_settings, "flags", FLAGS, flags, setting_flags),
        MEMBER(pl_settings, "floor", AMOUNT, floor_bytes),
        MEMBER(pl_settings, "critical", SHARE, critical_permyriad),
        MEMBER(pl_settings, "stall", SHARE, stall_permyriad),
        MEMBER(pl_settings, "horizon", TIME, horizon_usec),
        MEMBER(pl_settings, "early", TIME, early_usec),
        MEMBER(pl_settings, "need", TIME, need_usec),
        MEMBER(pl_settings, "thrash", TIME, thrash_usec),
        MEMBER(pl_settings, "thrash_rate", AMOUNT, thrash_bytes_per_sec),
        MEMBER(pl_settings, "culprit", SHARE, culprit_permyriad),
        MEMBER(pl_settings, "limit", SHARE, limit_permyriad),
        MEMBER(pl_settings, "livelock", SHARE, livelock_permyriad),
        MEMBER(pl_settings, "patience", TIME, patience_usec),
        MEMBER(pl_settings, "throttle", TIME, throttle_usec),
        MEMBER(pl_settings, "growth", AMOUNT, growth_bytes_per_sec),
        MEMBER(pl_settings, "kill_floor", AMOUNT, kill_floor_bytes),
        MEMBER(pl_settings, "together", NUMBER, kill_together),
        MEMBER(pl_settings, "kill_deadline", TIME, kill_deadline_usec),
        MEMBER(pl_settings, "cool_down", TIME, kill_cool_down_usec),
        MEMBER(pl_settings, "kills", NUMBER, backoff_kills),
        MEMBER(pl_settings, "within", TIME, backoff_within_usec),
        MEMBER(pl_settings, "hold", TIME, backoff_hold_usec),
        {},
};

const struct pl_settings trace_shipped = {
        SHIPPED_SETTINGS,
        .flags = PL_SETTING_HOST | PL_SETTING_LOCAL,
        .floor_bytes = 640 * PL_MIB,
        .thrash_bytes_per_sec = 80 * PL_MIB,
        .kill_floor_bytes = 160 * PL_MIB,
        .kill_together = 8,
        .kill_cool_down_usec = 15 * PL_USEC_PER_SEC,
        .backoff_within_usec = 10 * PL_USEC_PER_MINUTE,
        .backoff_hold_usec = PL_USEC_PER_HOUR,
};

const struct trace_key trace_host_keys[] = {
        MEMBER(pl_host_sample, "at", TIME, at_usec),
        MEMBER(pl_host_sample, "total", AMOUNT, total_bytes),
        MEMBER(pl_host_sample, "free", AMOUNT, free_bytes),
        MEMBER(pl_host_sample, "available", AMOUNT, available_bytes),
        MEMBER(pl_host_sample, "swap_total", AMOUNT, swap_total_bytes),
        MEMBER(pl_host_sample, "swap_free", AMOUNT, swap_free_bytes),
        MEMBER(pl_host_sample, "zram", AMOUNT, zram_bytes),
        MEMBER(pl_host_sample, "zram_data", AMOUNT, zram_data_bytes),
        MEMBER(pl_host_sample, "some", TIME, some_usec),
        MEMBER(pl_host_sample, "full", TIME, full_usec),
        MEMBER(pl_host_sample, "kswapd", NUMBER, pgscan_kswapd_pages),
        MEMBER(pl_host_sample, "allocstall", NUMBER, allocstall_count),
        MEMBER(pl_host_sample, "swapped_in", NUMBER, pswpin_pages),
        MEMBER(pl_host_sample, "refault_anon", NUMBER, refault_anon_pages),
        MEMBER(pl_host_sample, "refault_file", NUMBER, refault_file_pages),
        {},
};

const struct trace_key trace_facts_keys[] = {
        WORDED(pl_cgroup_facts, "flags", FLAGS, flags, cgroup_flags),
        MEMBER(pl_cgroup_facts, "profile", NUMBER, profile),
        MEMBER(pl_cgroup_facts, "order", SIGNED, order),
        MEMBER(pl_cgroup_facts, "score_adj", SIGNED, score_adj),
        WORDED(pl_cgroup_facts, "rungs", FLAGS, rungs, rungs),
        MEMBER(pl_cgroup_facts, "kin", NUMBER, kin),
        WORDED(pl_cgroup_facts, "again", CHOICE, again, agains),
        WORDED(pl_cgroup_facts, "livelock", CHOICE, livelock, livelocks),
        MEMBER(pl_cgroup_facts, "grace", TIME, grace_usec),
        MEMBER(pl_cgroup_facts, "freeze_max", TIME, freeze_max_usec),
        MEMBER(pl_cgroup_facts, "livelock_after", TIME, livelock_after_usec),
        MEMBER(pl_cgroup_facts, "low", AMOUNT, low_bytes),
        MEMBER(pl_cgroup_facts, "min", AMOUNT, min_bytes),
        MEMBER(pl_cgroup_facts, "max", AMOUNT, max_bytes),
        MEMBER(pl_cgroup_facts, "high", AMOUNT, high_bytes),
        MEMBER(pl_cgroup_facts, "swap_max", AMOUNT, swap_max_bytes),
        {},
};

const struct pl_cgroup_facts trace_ordinary = {
        .flags = PL_CGROUP_WORKLOAD | PL_CGROUP_POPULATED | PL_CGROUP_SCORE_KNOWN,
        .profile = UINT32_MAX,
        .rungs = 1 << PL_RUNG_KILL,
        .grace_usec = 10 * PL_USEC_PER_SEC,
        .freeze_max_usec = 5 * PL_USEC_PER_SEC,
        .livelock_after_usec = 30 * PL_USEC_PER_SEC,
        .max_bytes = PL_SIZE_MAX,
        .high_bytes = PL_SIZE_MAX,
        .swap_max_bytes = PL_SIZE_MAX,
};

const struct trace_key trace_sample_keys[] = {
        MEMBER(pl_cgroup_sample, "at", TIME, at_usec),
        MEMBER(pl_cgroup_sample, "stat_at", TIME, stat_at_usec),
        MEMBER(pl_cgroup_sample, "current", AMOUNT, current_bytes),
        MEMBER(pl_cgroup_sample, "swap", AMOUNT, swap_bytes),
        MEMBER(pl_cgroup_sample, "some", TIME, some_usec),
        MEMBER(pl_cgroup_sample, "full", TIME, full_usec),
        MEMBER(pl_cgroup_sample, "high", NUMBER, local_high),
        MEMBER(pl_cgroup_sample, "max", NUMBER, local_max),
        MEMBER(pl_cgroup_sample, "anon", AMOUNT, anon_bytes),
        MEMBER(pl_cgroup_sample, "file", AMOUNT, file_bytes),
        MEMBER(pl_cgroup_sample, "shmem", AMOUNT, shmem_bytes),
        MEMBER(pl_cgroup_sample, "slab", AMOUNT, slab_unreclaimable_bytes),
        MEMBER(pl_cgroup_sample, "inactive_file", AMOUNT, inactive_file_bytes),
        MEMBER(pl_cgroup_sample, "active_file", AMOUNT, active_file_bytes),
        MEMBER(pl_cgroup_sample, "refault_anon", NUMBER, refault_anon),
        MEMBER(pl_cgroup_sample, "refault_file", NUMBER, refault_file),
        MEMBER(pl_cgroup_sample, "swapcached", AMOUNT, swapcached_bytes),
        {},
};

const struct trace_key trace_outcome_keys[] = {
        WORDED(pl_outcome, "measure", CHOICE, measure, trace_measures),
        MEMBER(pl_outcome, "error", SIGNED, error),
        MEMBER(pl_outcome, "processes", NUMBER, processes),
        MEMBER(pl_outcome, "began", TIME, began_usec),
        MEMBER(pl_outcome, "ended", TIME, ended_usec),
        MEMBER(pl_outcome, "bytes", AMOUNT, bytes),
        {},
};

/* ---- finding ---- */

const struct trace_key *trace_find_key(const struct trace_key *keys, struct pl_span name)
{
        for (; keys->name; keys++)
                if (pl_span_equals(name, keys->name))
                        return keys;
        return NULL;
}

int trace_find_word(const char *const *words, struct pl_span word)
{
        for (int i = 0; words[i]; i++)
                if (pl_span_equals(word, words[i]))
                        return i;
        return -1;
}

/* ---- values ---- */

static int parse_flags(const char *const *words, struct pl_span value, uint64_t *ret_bits)
{
        *ret_bits = 0;
        while (!pl_span_empty(value)) {
                int i = trace_find_word(words, pl_span_until(&value, ','));

                if (i < 0)
                        return -1;
                *ret_bits |= UINT64_C(1) << i;
        }
        return 0;
}

static int parse_choice(const char *const *words, struct pl_span value, uint64_t *ret_value)
{
        int i = trace_find_word(words, value);

        *ret_value = (uint64_t) i;
        return i < 0 ? -1 : 0;
}

static int parse_share(struct pl_span value, uint64_t *ret_value)
{
        uint32_t permyriad;
        int r = pl_ratio_parse(value, &permyriad, NULL);

        *ret_value = r == 0 ? permyriad : 0;
        return r;
}

static int parse_amount(struct pl_span value, uint64_t *ret_value)
{
        if (pl_span_equals(value, "max")) {
                *ret_value = PL_SIZE_MAX;
                return 0;
        }
        return pl_bytes_parse(value, ret_value, NULL);
}

static int parse_signed(struct pl_span value, uint64_t *ret_value)
{
        int32_t number;
        int r = pl_span_to_i32(value, &number);

        *ret_value = r == 0 ? (uint64_t) number : 0;
        return r;
}

static int parse(const struct trace_key *key, struct pl_span value, uint64_t *ret_value)
{
        switch (key->type) {
        case TRACE_AMOUNT:
                return parse_amount(value, ret_value);
        case TRACE_TIME:
                return pl_duration_parse(value, ret_value, NULL);
        case TRACE_SHARE:
                return parse_share(value, ret_value);
        case TRACE_NUMBER:
                return pl_span_to_u64(value, ret_value);
        case TRACE_SIGNED:
                return parse_signed(value, ret_value);
        case TRACE_FLAGS:
                return parse_flags(key->words, value, ret_value);
        case TRACE_CHOICE:
                return parse_choice(key->words, value, ret_value);
        }
        return -1;
}

static uint64_t get(const struct trace_key *key, const void *object)
{
        uint64_t value = 0;

        pl_assert(key->size == sizeof(uint32_t) || key->size == sizeof(uint64_t));
        memcpy(&value, (const char *) object + key->offset, key->size);
        return value;
}

static uint64_t changed(const struct trace_key *key, uint64_t before, char sign, uint64_t by)
{
        if (key->type == TRACE_FLAGS)
                return sign == '+' ? before | by : before & ~by;
        return sign == '+' ? before + by : before - by;
}

/* Of numbers below 0 the sign is a part. */
static bool is_change(const struct trace_key *key, struct pl_span value)
{
        return key->type != TRACE_SIGNED && value.length > 1 &&
               (value.data[0] == '+' || value.data[0] == '-');
}

int trace_put(const struct trace_key *key, void *object, struct pl_span value)
{
        bool changes = is_change(key, value);
        uint64_t number;

        if (parse(key, pl_span_from(value, changes ? 1 : 0), &number) != 0)
                return -1;
        if (changes)
                number = changed(key, get(key, object), value.data[0], number);
        memcpy((char *) object + key->offset, &number, key->size);
        return 0;
}
