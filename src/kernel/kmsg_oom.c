/* SPDX-License-Identifier: Apache-2.0 */

/* The OOM killer's lines are made for people: names of processes and paths of cgroups stand in them unquoted. Both are
 * chosen by whoever is killed. A name has at most 15 bytes, of any kind; a path has no newline and its parts no slash; that is
 * all that is certain. So a form is read from the ends that the kernel wrote: what stands behind a name is looked for from
 * the right, and where it is longer than a name, no name contains it. The line with two paths in it is kmsg_chosen.c, the
 * table kmsg_table.c.
 */

#include "plimsoll/kernel/kmsg.h"

#include <string.h>

#include "kmsg_internal.h"
#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"
#include "plimsoll/base/size.h"

/* "No limit" is LONG_MAX / page size pages, shown in kB: 9007199254740988 with pages of 4 KiB, this with 64 KiB. */
static const int64_t no_limit_bytes = INT64_C(9007199254740928) * 1024;

static bool parse_kb(struct pl_span text, int64_t *ret_bytes)
{
        pl_assert(ret_bytes);

        if (!pl_span_ends_with(text, "kB"))
                return false;
        text.length -= 2;
        return pl_span_to_i64(text, ret_bytes) == 0 && *ret_bytes >= 0 &&
               !__builtin_mul_overflow(*ret_bytes, 1024, ret_bytes);
}

static bool parse_hex(struct pl_span text, uint64_t *ret_value)
{
        static const char digits[] = "0123456789abcdef";
        uint64_t value = 0;

        pl_assert(ret_value);

        if (pl_span_empty(text) || text.length > 16)
                return false;
        for (size_t i = 0; i < text.length; i++) {
                const char *digit = memchr(digits, text.data[i], sizeof digits - 1);

                if (!digit)
                        return false;
                value = value << 4 | (uint64_t) (digit - digits);
        }

        *ret_value = value;
        return true;
}

/* "NAME invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0". Also with things between them that
 * kernels before 5.10 printed. */
static int parse_invoked(struct pl_span text, struct pl_kmsg_oom *oom)
{
        struct pl_kmsg_oom_invoked invoked = {};
        struct pl_span mask, order;

        pl_assert(oom);

        if (!cut_last(&text, " invoked oom-killer: gfp_mask=", &invoked.comm) ||
            invoked.comm.length > COMM_MAX)
                return PL_KMSG_E_OTHER;
        if (!cut_first(&text, ", order=", &mask) || !cut_first(&text, ", oom_score_adj=", &order))
                return PL_FILE_E_MALFORMED;
        mask = pl_span_until(&mask, '(');
        (void) cut_prefix(&mask, "0x");
        if (!parse_hex(mask, &invoked.gfp_mask) || pl_span_to_i32(order, &invoked.order) != 0 ||
            pl_span_to_i32(text, &invoked.score_adj) != 0)
                return PL_FILE_E_MALFORMED;

        oom->kind = PL_KMSG_OOM_INVOKED;
        oom->invoked = invoked;
        return 0;
}

static const struct {
        const char *prefix;
        enum pl_kmsg_oom_counter counter;
} counters[] = {
        { "memory: usage ", PL_KMSG_OOM_MEMORY },
        { "swap: usage ", PL_KMSG_OOM_SWAP },
        { "memory+swap: usage ", PL_KMSG_OOM_MEMORY_AND_SWAP },
        { "kmem: usage ", PL_KMSG_OOM_KERNEL_MEMORY },
};

/* "1024kB, limit 2048kB, failcnt 3" */
static int parse_usage_figures(struct pl_span text, struct pl_kmsg_oom_usage *usage)
{
        struct pl_span bytes, limit;
        int64_t usage_bytes, limit_bytes;

        pl_assert(usage);

        if (!cut_first(&text, ", limit ", &bytes) || !cut_first(&text, ", failcnt ", &limit) ||
            !parse_kb(bytes, &usage_bytes) || !parse_kb(limit, &limit_bytes) ||
            pl_span_to_u64(text, &usage->failure_count) != 0)
                return PL_FILE_E_MALFORMED;

        usage->usage_bytes = (uint64_t) usage_bytes;
        usage->limit_bytes = limit_bytes >= no_limit_bytes ? PL_SIZE_MAX : (uint64_t) limit_bytes;
        return 0;
}

static int parse_usage(struct pl_span text, struct pl_kmsg_oom *oom)
{
        pl_assert(oom);

        for (size_t i = 0; i < PL_ARRAY_LENGTH(counters); i++)
                if (cut_prefix(&text, counters[i].prefix)) {
                        oom->kind = PL_KMSG_OOM_USAGE;
                        oom->usage.counter = counters[i].counter;
                        return parse_usage_figures(text, &oom->usage);
                }
        return PL_KMSG_E_OTHER;
}

/* A path between the two ends of a line. */
static int parse_path(struct pl_span text, const char *prefix, const char *suffix,
                      enum pl_kmsg_oom_kind kind, struct pl_kmsg_oom *oom)
{
        pl_assert(prefix && suffix);
        pl_assert(oom);

        if (!cut_prefix(&text, prefix) || !pl_span_starts_with(text, "/"))
                return PL_KMSG_E_OTHER;
        if (!pl_span_ends_with(text, suffix))
                return PL_FILE_E_MALFORMED;

        text.length -= strlen(suffix);
        oom->kind = kind;
        oom->path = text;
        return 0;
}

static int parse_stats(struct pl_span text, struct pl_kmsg_oom *oom)
{
        return parse_path(text, "Memory cgroup stats for ", ":", PL_KMSG_OOM_STATS, oom);
}

static int parse_group(struct pl_span text, struct pl_kmsg_oom *oom)
{
        return parse_path(text, "Tasks in ", " are going to be killed due to memory.oom.group set",
                          PL_KMSG_OOM_GROUP, oom);
}

static int parse_fixed(struct pl_span text, struct pl_kmsg_oom *oom)
{
        pl_assert(oom);

        if (pl_span_equals(text, "Tasks state (memory values in pages):"))
                oom->kind = PL_KMSG_OOM_TASKS;
        else if (pl_span_equals(text, "Out of memory and no killable processes..."))
                oom->kind = PL_KMSG_OOM_NOBODY;
        else
                return PL_KMSG_E_OTHER;
        return 0;
}

static const struct {
        const char *key;
        uint32_t bit;
        bool is_kb;
        size_t offset;
} figures[] = {
        { "total-vm", PL_KMSG_VICTIM_TOTAL_VM, true,
          offsetof(struct pl_kmsg_oom_victim, total_vm_bytes) },
        { "anon-rss", PL_KMSG_VICTIM_ANON, true, offsetof(struct pl_kmsg_oom_victim, anon_bytes) },
        { "file-rss", PL_KMSG_VICTIM_FILE, true, offsetof(struct pl_kmsg_oom_victim, file_bytes) },
        { "shmem-rss", PL_KMSG_VICTIM_SHMEM, true,
          offsetof(struct pl_kmsg_oom_victim, shmem_bytes) },
        { "UID", PL_KMSG_VICTIM_UID, false, offsetof(struct pl_kmsg_oom_victim, uid) },
        { "pgtables", PL_KMSG_VICTIM_PGTABLES, true,
          offsetof(struct pl_kmsg_oom_victim, pgtables_bytes) },
        { "oom_score_adj", PL_KMSG_VICTIM_SCORE_ADJ, false,
          offsetof(struct pl_kmsg_oom_victim, score_adj) },
};

/* "anon-rss:1024kB", with or without a comma behind it. */
static bool parse_figure(struct pl_span word, struct pl_kmsg_oom_victim *victim)
{
        struct pl_span key = pl_span_until(&word, ':');
        int64_t value;

        pl_assert(victim);

        if (pl_span_ends_with(word, ","))
                word.length--;
        if (pl_span_empty(word))
                return false;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(figures); i++) {
                if (!pl_span_equals(key, figures[i].key))
                        continue;
                if (victim->have & figures[i].bit)
                        return false;
                if (figures[i].is_kb ? !parse_kb(word, &value) : pl_span_to_i64(word, &value) != 0)
                        return false;
                victim->have |= figures[i].bit;
                memcpy((char *) victim + figures[i].offset, &value, sizeof value);
        }
        return true;
}

static bool parse_figures(struct pl_span text, uint32_t required, struct pl_kmsg_oom_victim *victim)
{
        pl_assert(victim->have == 0);

        text = pl_span_trim(text);
        while (!pl_span_empty(text))
                if (!parse_figure(pl_span_word(&text), victim))
                        return false;
        return (victim->have & required) == required;
}

/* "123 (NAME", up to the parenthesis that ends the name. */
static bool parse_process(struct pl_span text, int32_t *ret_pid, struct pl_span *ret_comm)
{
        struct pl_span pid;

        pl_assert(ret_pid);
        pl_assert(ret_comm);

        if (!cut_first(&text, " (", &pid) || pl_span_to_i32(pid, ret_pid) != 0 || *ret_pid <= 0)
                return false;

        *ret_comm = text;
        return true;
}

/* A victim, what stands behind its name, and the figures behind that. */
struct victim_form {
        enum pl_kmsg_oom_kind kind;
        const char *behind;
        size_t figures_at; /* within `behind` */
        uint32_t required;
};

static int parse_victim(struct pl_span text, const struct victim_form *form,
                        enum pl_kmsg_oom_cause cause, struct pl_kmsg_oom *oom)
{
        struct pl_kmsg_oom_victim victim = { .cause = cause };
        struct pl_span tail;
        size_t end;

        pl_assert(form->figures_at <= strlen(form->behind));

        if (!find_last(text, form->behind, &end))
                return PL_FILE_E_MALFORMED;
        tail = pl_span_from(text, end + form->figures_at);
        if (!parse_process(pl_span(text.data, end), &victim.pid, &victim.comm) ||
            !parse_figures(tail, form->required, &victim))
                return PL_FILE_E_MALFORMED;

        oom->kind = form->kind;
        oom->victim = victim;
        return 0;
}

static const struct {
        const char *words;
        enum pl_kmsg_oom_cause cause;
} causes[] = {
        { "Memory cgroup out of memory: ", PL_KMSG_CAUSE_MEMCG },
        { "Out of memory: ", PL_KMSG_CAUSE_GLOBAL },
        { "Out of memory (oom_kill_allocating_task): ", PL_KMSG_CAUSE_ALLOCATING_TASK },
};

/* "CAUSE: Killed process 108 (NAME) total-vm:…", before 5.0 without a cause; and "CAUSE: OOM victim 108 (NAME) is …". */
static int parse_killed(struct pl_span text, struct pl_kmsg_oom *oom)
{
        static const struct victim_form killed = {
                PL_KMSG_OOM_KILLED,
                ") total-vm:",
                sizeof ") " - 1,
                PL_KMSG_VICTIM_TOTAL_VM | PL_KMSG_VICTIM_ANON | PL_KMSG_VICTIM_FILE,
        };
        static const char is_exiting[] = ") is already exiting. Skip killing the task";
        static const struct victim_form exiting = {
                PL_KMSG_OOM_EXITING,
                is_exiting,
                sizeof is_exiting - 1,
                0,
        };
        enum pl_kmsg_oom_cause cause = PL_KMSG_CAUSE_UNKNOWN;

        pl_assert(oom);

        for (size_t i = 0; i < PL_ARRAY_LENGTH(causes) && cause == PL_KMSG_CAUSE_UNKNOWN; i++)
                if (cut_prefix(&text, causes[i].words))
                        cause = causes[i].cause;

        if (cut_prefix(&text, "Killed process "))
                return parse_victim(text, &killed, cause, oom);
        if (cut_prefix(&text, "OOM victim "))
                return parse_victim(text, &exiting, cause, oom);
        return cause == PL_KMSG_CAUSE_UNKNOWN ? PL_KMSG_E_OTHER : PL_FILE_E_MALFORMED;
}

static int parse_reaper(struct pl_span text, struct pl_kmsg_oom *oom)
{
        static const struct victim_form reaped = {
                PL_KMSG_OOM_REAPED,
                "), now anon-rss:",
                sizeof "), now " - 1,
                PL_KMSG_VICTIM_ANON | PL_KMSG_VICTIM_FILE | PL_KMSG_VICTIM_SHMEM,
        };
        static const struct victim_form not_reaped = { PL_KMSG_OOM_NOT_REAPED, ")", 1, 0 };

        pl_assert(oom);

        if (cut_prefix(&text, "oom_reaper: reaped process "))
                return parse_victim(text, &reaped, PL_KMSG_CAUSE_UNKNOWN, oom);
        if (cut_prefix(&text, "oom_reaper: unable to reap pid:"))
                return parse_victim(text, &not_reaped, PL_KMSG_CAUSE_UNKNOWN, oom);
        return PL_KMSG_E_OTHER;
}

/* "oom killer 12 (NAME) has mm pinned by 34 (NAME)" */
static int parse_pinned(struct pl_span text, struct pl_kmsg_oom *oom)
{
        struct pl_kmsg_oom_pinned pinned;
        struct pl_span victim;

        pl_assert(oom);

        if (!cut_prefix(&text, "oom killer "))
                return PL_KMSG_E_OTHER;
        if (!cut_last(&text, ") has mm pinned by ", &victim) || !pl_span_ends_with(text, ")"))
                return PL_FILE_E_MALFORMED;
        text.length--;
        if (!parse_process(victim, &pinned.pid, &pinned.comm) ||
            !parse_process(text, &pinned.holder_pid, &pinned.holder_comm))
                return PL_FILE_E_MALFORMED;

        oom->kind = PL_KMSG_OOM_PINNED;
        oom->pinned = pinned;
        return 0;
}

/* The form that begins with a name comes first: the name could begin like any of the others, but none of them can end as
 * it does. Had it been cut, the others still have their turn, since a path can contain what marks it. */
static int parse_text(struct pl_span text, struct pl_kmsg_oom *oom)
{
        static int (*const forms[])(struct pl_span text, struct pl_kmsg_oom * oom) = {
                parse_fixed,
                pl_kmsg_parse_oom_table,
                parse_usage,
                parse_stats,
                parse_group,
                parse_killed,
                parse_reaper,
                parse_pinned,
                pl_kmsg_parse_oom_chosen,
        };
        int invoked, r;

        pl_assert(oom);

        invoked = parse_invoked(text, oom);
        if (invoked == 0)
                return 0;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(forms); i++) {
                r = forms[i](text, oom);
                if (r != PL_KMSG_E_OTHER)
                        return r;
        }
        return invoked;
}

int pl_kmsg_parse_oom(const struct pl_kmsg_record *record, struct pl_kmsg_oom *ret_oom)
{
        struct pl_kmsg_oom oom;
        int r;

        pl_assert(record && record->length <= sizeof record->text);
        pl_assert(ret_oom);

        if (record->have & PL_KMSG_HAS_PRIORITY && record->facility != 0)
                return PL_KMSG_E_OTHER;
        r = parse_text(pl_kmsg_text(record), &oom);
        if (r == 0)
                *ret_oom = oom;
        return r;
}
