/* SPDX-License-Identifier: Apache-2.0 */

#include "words.h"

#include <inttypes.h>
#include <string.h>

#include "plimsoll/base/assert.h"
#include "plimsoll/base/clock.h"
#include "plimsoll/base/size.h"
#include "plimsoll/base/text.h"

#define MACHINE(field) offsetof(struct sim_machine, field)
#define SETTING(field) offsetof(struct pl_settings, field)
#define CGROUP(field)  offsetof(struct sim_cgroup, field)
#define ACT(field)     offsetof(struct sim_act, field)
#define FAULT(field)   offsetof(struct sim_faults, field)

static const char *const swaps[] = { "none", "disk", "zram", NULL };
static const char *const rungs[] = { "reclaim", "throttle", "freeze", "term", "kill", NULL };
static const char *const agains[] = { "cap", "down", "alarm", NULL };
static const char *const livelocks[] = { "alarm", "relax", "kill", NULL };
static const char *const memories[] = { "anon", "shmem", "locked", NULL };

const char *const sim_act_names[] = { "grow", "free", "read", "touch", "saw", "end", NULL };
const char *const sim_event_names[] = {
        "fact", "setting", "sleep", "blind", "late", "replace", NULL
};
const char *const sim_expect_names[] = { "dies",  "lives", "nobody",    "alarm",  "quiet",
                                         "local", "once",  "stays",     "grower", "cap",
                                         "down",  "relax", "no-kernel", NULL };

const struct sim_word sim_machine_words[] = {
        { "ram", SIM_WORD_BYTES, MACHINE(ram_bytes), 0, NULL },
        { "kernel", SIM_WORD_BYTES, MACHINE(kernel_bytes), 0, NULL },
        { "swap", SIM_WORD_ONE, MACHINE(swap_kind), 0, swaps },
        { "swap-size", SIM_WORD_BYTES, MACHINE(swap_bytes), 0, NULL },
        { "swap-speed", SIM_WORD_RATE, MACHINE(swap_speed), 0, NULL },
        { "zram-percent", SIM_WORD_COUNT, MACHINE(zram_percent), 0, NULL },
        { "disk-speed", SIM_WORD_RATE, MACHINE(disk_speed), 0, NULL },
        {},
};

const struct sim_word sim_setting_words[] = {
        { "host", SIM_WORD_FLAG, SETTING(flags), PL_SETTING_HOST, NULL },
        { "local", SIM_WORD_FLAG, SETTING(flags), PL_SETTING_LOCAL, NULL },
        { "observe", SIM_WORD_FLAG, SETTING(flags), PL_SETTING_OBSERVE, NULL },
        { "paused", SIM_WORD_FLAG, SETTING(flags), PL_SETTING_PAUSED, NULL },
        { "floor", SIM_WORD_BYTES, SETTING(floor_bytes), 0, NULL },
        { "critical", SIM_WORD_COUNT, SETTING(critical_permyriad), 0, NULL },
        { "stall", SIM_WORD_COUNT, SETTING(stall_permyriad), 0, NULL },
        { "horizon", SIM_WORD_SPAN, SETTING(horizon_usec), 0, NULL },
        { "early", SIM_WORD_SPAN, SETTING(early_usec), 0, NULL },
        { "need", SIM_WORD_SPAN, SETTING(need_usec), 0, NULL },
        { "thrash", SIM_WORD_SPAN, SETTING(thrash_usec), 0, NULL },
        { "thrash-rate", SIM_WORD_RATE, SETTING(thrash_bytes_per_sec), 0, NULL },
        { "culprit", SIM_WORD_COUNT, SETTING(culprit_permyriad), 0, NULL },
        { "limit", SIM_WORD_COUNT, SETTING(limit_permyriad), 0, NULL },
        { "livelock", SIM_WORD_COUNT, SETTING(livelock_permyriad), 0, NULL },
        { "patience", SIM_WORD_SPAN, SETTING(patience_usec), 0, NULL },
        { "throttle", SIM_WORD_SPAN, SETTING(throttle_usec), 0, NULL },
        { "growth", SIM_WORD_RATE, SETTING(growth_bytes_per_sec), 0, NULL },
        { "kill-floor", SIM_WORD_BYTES, SETTING(kill_floor_bytes), 0, NULL },
        { "together", SIM_WORD_COUNT, SETTING(kill_together), 0, NULL },
        { "deadline", SIM_WORD_SPAN, SETTING(kill_deadline_usec), 0, NULL },
        { "cool-down", SIM_WORD_SPAN, SETTING(kill_cool_down_usec), 0, NULL },
        { "kills", SIM_WORD_COUNT, SETTING(backoff_kills), 0, NULL },
        { "within", SIM_WORD_SPAN, SETTING(backoff_within_usec), 0, NULL },
        { "hold", SIM_WORD_SPAN, SETTING(backoff_hold_usec), 0, NULL },
        {},
};

const struct sim_word sim_cgroup_words[] = {
        { "protected", SIM_WORD_FLAG, CGROUP(flags), PL_CGROUP_PROTECTED, NULL },
        { "profile", SIM_WORD_FLAG, CGROUP(flags), PL_CGROUP_PROFILE, NULL },
        { "observed", SIM_WORD_FLAG, CGROUP(flags), PL_CGROUP_OBSERVED, NULL },
        { "system", SIM_WORD_FLAG, CGROUP(flags), PL_CGROUP_SYSTEM, NULL },
        { "frozen", SIM_WORD_FLAG, CGROUP(flags), PL_CGROUP_FROZEN, NULL },
        { "by-process", SIM_WORD_FLAG, CGROUP(flags), PL_CGROUP_BY_PROCESS, NULL },
        { "scored", SIM_WORD_FLAG, CGROUP(flags), PL_CGROUP_SCORE_KNOWN, NULL },
        { "paused", SIM_WORD_FLAG, CGROUP(flags), PL_CGROUP_PAUSED, NULL },
        { "restored", SIM_WORD_FLAG, CGROUP(flags), PL_CGROUP_RESTORED, NULL },
        { "leaks", SIM_WORD_FLAG, CGROUP(flags), PL_CGROUP_LEAKS, NULL },
        { "order", SIM_WORD_SIGNED, CGROUP(order), 0, NULL },
        { "adj", SIM_WORD_SIGNED, CGROUP(score_adj), 0, NULL },
        { "rungs", SIM_WORD_SOME, CGROUP(rungs), 0, rungs },
        { "again", SIM_WORD_ONE, CGROUP(again), 0, agains },
        { "livelock", SIM_WORD_ONE, CGROUP(livelock), 0, livelocks },
        { "kin", SIM_WORD_COUNT, CGROUP(kin), 0, NULL },
        { "grace", SIM_WORD_SPAN, CGROUP(grace_usec), 0, NULL },
        { "freeze-max", SIM_WORD_SPAN, CGROUP(freeze_max_usec), 0, NULL },
        { "livelock-after", SIM_WORD_SPAN, CGROUP(livelock_after_usec), 0, NULL },
        { "min", SIM_WORD_BYTES, CGROUP(min_bytes), 0, NULL },
        { "low", SIM_WORD_BYTES, CGROUP(low_bytes), 0, NULL },
        { "high", SIM_WORD_BYTES, CGROUP(high_bytes), 0, NULL },
        { "max", SIM_WORD_BYTES, CGROUP(max_bytes), 0, NULL },
        { "swap-max", SIM_WORD_BYTES, CGROUP(swap_max_bytes), 0, NULL },
        { "begins", SIM_WORD_SPAN, CGROUP(begins_usec), 0, NULL },
        { "anon", SIM_WORD_BYTES, CGROUP(anon_bytes), 0, NULL },
        { "file", SIM_WORD_BYTES, CGROUP(file_bytes), 0, NULL },
        { "shmem", SIM_WORD_BYTES, CGROUP(shmem_bytes), 0, NULL },
        { "locked", SIM_WORD_BYTES, CGROUP(locked_bytes), 0, NULL },
        { "processes", SIM_WORD_COUNT, CGROUP(processes), 0, NULL },
        { "busy", SIM_WORD_COUNT, CGROUP(busy_percent), 0, NULL },
        { "terms", SIM_WORD_SPAN, CGROUP(term_usec), 0, NULL },
        { "dies", SIM_WORD_SPAN, CGROUP(die_usec), 0, NULL },
        { "returns", SIM_WORD_SPAN, CGROUP(returns_usec), 0, NULL },
        { "freezes", SIM_WORD_SPAN, CGROUP(freeze_usec), 0, NULL },
        {},
};

const struct sim_word sim_act_words[] = {
        { "from", SIM_WORD_SPAN, ACT(from_usec), 0, NULL },
        { "until", SIM_WORD_SPAN, ACT(until_usec), 0, NULL },
        { "rate", SIM_WORD_RATE, ACT(rate), 0, NULL },
        { "bytes", SIM_WORD_BYTES, ACT(bytes), 0, NULL },
        { "memory", SIM_WORD_ONE, ACT(memory), 0, memories },
        {},
};

const struct sim_word sim_fault_words[] = {
        { "fails", SIM_WORD_COUNT, FAULT(fails), 0, NULL },
        { "lost", SIM_WORD_COUNT, FAULT(lost), 0, NULL },
        { "late", SIM_WORD_COUNT, FAULT(late), 0, NULL },
        { "doubled", SIM_WORD_COUNT, FAULT(doubled), 0, NULL },
        { "partly", SIM_WORD_COUNT, FAULT(partly), 0, NULL },
        { "stays", SIM_WORD_COUNT, FAULT(stays), 0, NULL },
        { "slow-look", SIM_WORD_COUNT, FAULT(slow_look), 0, NULL },
        {},
};

const struct sim_word *sim_word_find(const struct sim_word *words, struct pl_span name)
{
        for (; words->name; words++)
                if (pl_span_equals(name, words->name))
                        return words;
        return NULL;
}

int sim_name_find(const char *const *names, struct pl_span name)
{
        for (int i = 0; names[i]; i++)
                if (pl_span_equals(name, names[i]))
                        return i;
        return -1;
}

/* ---- to and from text ---- */

static int parse_rate(struct pl_span text, uint64_t *ret_value)
{
        if (!pl_span_ends_with(text, "/s"))
                return -1;
        return pl_bytes_parse(pl_span(text.data, text.length - 2), ret_value, NULL) == 0 ? 0 : -1;
}

static int parse_some(const struct sim_word *word, struct pl_span text, uint64_t *ret_value)
{
        uint64_t value = 0;

        if (pl_span_equals(text, "none"))
                text = pl_span(NULL, 0);
        while (!pl_span_empty(text)) {
                int i = sim_name_find(word->choices, pl_span_until(&text, ','));

                if (i < 0)
                        return -1;
                value |= UINT64_C(1) << i;
        }
        *ret_value = value;
        return 0;
}

static int parse_one(const struct sim_word *word, struct pl_span text, uint64_t *ret_value)
{
        int i = sim_name_find(word->choices, text);

        *ret_value = (uint64_t) i;
        return i < 0 ? -1 : 0;
}

static int parse_bytes(struct pl_span text, uint64_t *ret_value)
{
        if (pl_span_equals(text, "max")) {
                *ret_value = PL_SIZE_MAX;
                return 0;
        }
        return pl_bytes_parse(text, ret_value, NULL) == 0 ? 0 : -1;
}

static int parse_duration(struct pl_span text, uint64_t *ret_value)
{
        if (pl_span_equals(text, "never")) {
                *ret_value = SIM_NEVER;
                return 0;
        }
        return pl_duration_parse(text, ret_value, NULL) == 0 ? 0 : -1;
}

static int parse_signed(struct pl_span text, uint64_t *ret_value)
{
        int64_t value;

        if (pl_span_to_i64(text, &value) != 0)
                return -1;
        *ret_value = (uint64_t) value;
        return 0;
}

int sim_word_parse(const struct sim_word *word, struct pl_span text, uint64_t *ret_value)
{
        switch (word->type) {
        case SIM_WORD_BYTES:
                return parse_bytes(text, ret_value);
        case SIM_WORD_RATE:
                return parse_rate(text, ret_value);
        case SIM_WORD_SPAN:
                return parse_duration(text, ret_value);
        case SIM_WORD_COUNT:
                return pl_span_to_u64(text, ret_value) == 0 ? 0 : -1;
        case SIM_WORD_SIGNED:
                return parse_signed(text, ret_value);
        case SIM_WORD_FLAG:
                *ret_value = pl_span_equals(text, "yes");
                return *ret_value || pl_span_equals(text, "no") ? 0 : -1;
        case SIM_WORD_ONE:
                return parse_one(word, text, ret_value);
        case SIM_WORD_SOME:
                return parse_some(word, text, ret_value);
        }
        pl_unreachable();
}

static void print_some(const struct sim_word *word, uint64_t value, FILE *out)
{
        const char *before = "";

        if (value == 0)
                fputs("none", out);
        for (unsigned i = 0; word->choices[i]; i++)
                if (value >> i & 1) {
                        fprintf(out, "%s%s", before, word->choices[i]);
                        before = ",";
                }
}

static void print_amount(const struct sim_word *word, uint64_t value, FILE *out)
{
        char buffer[64];
        struct pl_text text;

        pl_text_init(&text, buffer, sizeof buffer);
        if (word->type != SIM_WORD_SPAN)
                pl_bytes_format(&text, value);
        else if (value == SIM_NEVER)
                pl_text_add(&text, "never");
        else
                pl_duration_format(&text, value);
        fprintf(out, "%s%s", buffer, word->type == SIM_WORD_RATE ? "/s" : "");
}

void sim_word_print(const struct sim_word *word, uint64_t value, FILE *out)
{
        switch (word->type) {
        case SIM_WORD_BYTES:
        case SIM_WORD_RATE:
        case SIM_WORD_SPAN:
                print_amount(word, value, out);
                break;
        case SIM_WORD_COUNT:
                fprintf(out, "%" PRIu64, value);
                break;
        case SIM_WORD_SIGNED:
                fprintf(out, "%" PRId64, (int64_t) value);
                break;
        case SIM_WORD_FLAG:
                fputs(value ? "yes" : "no", out);
                break;
        case SIM_WORD_ONE:
                fputs(word->choices[value], out);
                break;
        case SIM_WORD_SOME:
                print_some(word, value, out);
                break;
        }
}

uint64_t sim_word_get(const struct sim_word *word, const void *object)
{
        uint64_t value;

        memcpy(&value, (const char *) object + word->offset, sizeof value);
        return word->type == SIM_WORD_FLAG ? (value & word->bit) != 0 : value;
}

void sim_word_set(const struct sim_word *word, void *object, uint64_t value)
{
        uint64_t *place = (uint64_t *) (void *) ((char *) object + word->offset);

        pl_assert(word->offset % sizeof *place == 0);
        if (word->type == SIM_WORD_FLAG)
                *place = value ? *place | word->bit : *place & ~word->bit;
        else
                *place = value;
}
