/* SPDX-License-Identifier: Apache-2.0 */

/* Of these files only stat is hostile by its form: the name of the process stands unescaped between parentheses and may
 * hold parentheses, blanks and newlines itself, so the last ')' of the text is where the numbers begin; nothing behind it
 * is of the process's choosing. In status the kernel escapes the newlines and backslashes of the name, so a line there is a
 * line. A cgroup's name cannot have a newline (cgroup_mkdir() refuses it).
 *
 * stat is the one file in which position decides, because it has no keys. The kernel only ever appends to it.
 */

#include "plimsoll/kernel/process.h"

#include <string.h>

#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"
#include "plimsoll/kernel/flat.h"

/* Numbers of fields as in proc(5); the state, which follows the name, is the third. */
enum {
        STAT_PPID = 4,
        STAT_FLAGS = 9,
        STAT_MAJFLT = 12,
        STAT_UTIME = 14,
        STAT_STIME = 15,
        STAT_NUM_THREADS = 20,
        STAT_STARTTIME = 22,
        STAT_VSIZE = 23,
        STAT_RSS = 24,
        STAT_LAST = STAT_RSS,
};

static const struct {
        int field;
        size_t offset;
} stat_numbers[] = {
        { STAT_MAJFLT, offsetof(struct pl_process_stat, major_fault_count) },
        { STAT_UTIME, offsetof(struct pl_process_stat, user_ticks) },
        { STAT_STIME, offsetof(struct pl_process_stat, system_ticks) },
        { STAT_NUM_THREADS, offsetof(struct pl_process_stat, thread_count) },
        { STAT_STARTTIME, offsetof(struct pl_process_stat, start_ticks) },
        { STAT_VSIZE, offsetof(struct pl_process_stat, virtual_bytes) },
        { STAT_RSS, offsetof(struct pl_process_stat, rss_pages) },
};

static void put_u64(void *base, size_t offset, uint64_t value)
{
        pl_assert(base);
        pl_assert(offset % sizeof value == 0);

        memcpy((char *) base + offset, &value, sizeof value);
}

/* "PID (NAME", which is what stands before the last ')'. */
static int parse_stat_name(struct pl_span head, struct pl_process_stat *stat)
{
        struct pl_span pid = pl_span_until(&head, ' ');

        pl_assert(stat);

        if (pl_span_to_i32(pid, &stat->pid) != 0 || stat->pid <= 0)
                return PL_FILE_E_MALFORMED;
        if (!pl_span_starts_with(head, "("))
                return PL_FILE_E_MALFORMED;
        head = pl_span_from(head, 1);
        if (head.length > PL_PROCESS_COMM_MAX || memchr(head.data, '\0', head.length))
                return PL_FILE_E_MALFORMED;

        memset(stat->comm, 0, sizeof stat->comm);
        memcpy(stat->comm, head.data, head.length);
        return 0;
}

static int parse_stat_number(int field, struct pl_span word, struct pl_process_stat *stat)
{
        uint64_t value;

        pl_assert(field >= STAT_PPID && field <= STAT_LAST);
        pl_assert(stat);

        if (field == STAT_PPID)
                return pl_span_to_i32(word, &stat->parent_pid);
        if (field == STAT_FLAGS)
                return pl_span_to_u32(word, &stat->flags);
        for (size_t i = 0; i < PL_ARRAY_LENGTH(stat_numbers); i++)
                if (stat_numbers[i].field == field) {
                        if (pl_span_to_u64(word, &value) != 0)
                                return PL_FILE_E_MALFORMED;
                        put_u64(stat, stat_numbers[i].offset, value);
                }
        return 0;
}

static int parse_stat_numbers(struct pl_span tail, struct pl_process_stat *stat)
{
        struct pl_span state = pl_span_word(&tail);

        pl_assert(stat);

        if (state.length != 1)
                return PL_FILE_E_MALFORMED;
        stat->state = state.data[0];

        for (int field = STAT_PPID; field <= STAT_LAST; field++)
                if (parse_stat_number(field, pl_span_word(&tail), stat) != 0)
                        return PL_FILE_E_MALFORMED;

        /* The last number must have ended, or it may have been cut. */
        return pl_span_empty(tail) ? PL_FILE_E_MALFORMED : 0;
}

int pl_process_parse_stat(struct pl_span text, struct pl_process_stat *ret_stat)
{
        const char *end = text.length ? memrchr(text.data, ')', text.length) : NULL;
        struct pl_process_stat stat = {};
        size_t head;

        pl_assert(ret_stat);

        if (!end)
                return PL_FILE_E_MALFORMED;
        head = (size_t) (end - text.data);
        if (parse_stat_name(pl_span(text.data, head), &stat) != 0 ||
            parse_stat_numbers(pl_span_from(text, head + 1), &stat) != 0)
                return PL_FILE_E_MALFORMED;

        *ret_stat = stat;
        return 0;
}

enum status_form {
        STATUS_NUMBER, /* alone on its line */
        STATUS_FIRST,  /* of several */
        STATUS_LAST,
        STATUS_HEX,
        STATUS_KB,
};

struct status_key {
        const char *key;
        enum status_form form;
        uint32_t bit;
        size_t offset;
};

#define STATUS_KEY(name, form, bit, field)                                                         \
        {                                                                                          \
                name, form, bit, offsetof(struct pl_process_status, field)                         \
        }

static const struct status_key status_keys[] = {
        STATUS_KEY("Tgid", STATUS_NUMBER, PL_PROCESS_HAS_TGID, tgid),
        STATUS_KEY("Uid", STATUS_FIRST, PL_PROCESS_HAS_UID, uid),
        STATUS_KEY("NSpid", STATUS_LAST, PL_PROCESS_HAS_NS_PID, ns_pid),
        STATUS_KEY("VmSize", STATUS_KB, PL_PROCESS_HAS_VIRTUAL, virtual_bytes),
        STATUS_KEY("VmPin", STATUS_KB, PL_PROCESS_HAS_PINNED, pinned_bytes),
        STATUS_KEY("VmRSS", STATUS_KB, PL_PROCESS_HAS_RSS, rss_bytes),
        STATUS_KEY("RssAnon", STATUS_KB, PL_PROCESS_HAS_RSS_ANON, rss_anon_bytes),
        STATUS_KEY("RssFile", STATUS_KB, PL_PROCESS_HAS_RSS_FILE, rss_file_bytes),
        STATUS_KEY("RssShmem", STATUS_KB, PL_PROCESS_HAS_RSS_SHMEM, rss_shmem_bytes),
        STATUS_KEY("VmSwap", STATUS_KB, PL_PROCESS_HAS_SWAP, swap_bytes),
        STATUS_KEY("Threads", STATUS_NUMBER, PL_PROCESS_HAS_THREADS, thread_count),
        STATUS_KEY("CapEff", STATUS_HEX, PL_PROCESS_HAS_CAPABILITIES, effective_capabilities),
};

enum {
        STATUS_REQUIRED = PL_PROCESS_HAS_TGID | PL_PROCESS_HAS_UID | PL_PROCESS_HAS_THREADS |
                          PL_PROCESS_HAS_CAPABILITIES,
};

static int parse_hex(struct pl_span word, uint64_t *ret_value)
{
        static const char digits[] = "0123456789abcdef";
        uint64_t value = 0;

        pl_assert(ret_value);

        if (word.length == 0 || word.length > 16)
                return PL_FILE_E_MALFORMED;
        for (size_t i = 0; i < word.length; i++) {
                const char *digit = memchr(digits, word.data[i], sizeof digits - 1);

                if (!digit)
                        return PL_FILE_E_MALFORMED;
                value = value << 4 | (uint64_t) (digit - digits);
        }

        *ret_value = value;
        return 0;
}

static int parse_kb(struct pl_span number, struct pl_span unit, uint64_t *ret_value)
{
        pl_assert(ret_value);

        if (!pl_span_equals(unit, "kB") || pl_span_to_u64(number, ret_value) != 0 ||
            __builtin_mul_overflow(*ret_value, 1024, ret_value))
                return PL_FILE_E_MALFORMED;
        return 0;
}

static int parse_last(struct pl_span first, struct pl_span rest, uint64_t *ret_value)
{
        struct pl_span last = first;

        pl_assert(ret_value);

        /* Ends: every word is cut off what remains. */
        for (struct pl_span word = first; !pl_span_empty(word); word = pl_span_word(&rest))
                last = word;
        return pl_span_to_u64(last, ret_value);
}

static int parse_status_value(struct pl_span line, enum status_form form, uint64_t *ret_value)
{
        struct pl_span word = pl_span_word(&line);

        pl_assert(ret_value);

        switch (form) {
        case STATUS_NUMBER:
                if (!pl_span_empty(pl_span_trim(line)))
                        return PL_FILE_E_MALFORMED;
                return pl_span_to_u64(word, ret_value);
        case STATUS_FIRST:
                return pl_span_to_u64(word, ret_value);
        case STATUS_LAST:
                return parse_last(word, line, ret_value);
        case STATUS_HEX:
                return parse_hex(word, ret_value);
        case STATUS_KB:
                return parse_kb(word, pl_span_trim(line), ret_value);
        }
        pl_unreachable();
}

static int parse_status_line(struct pl_span line, struct pl_process_status *status)
{
        struct pl_span key = pl_span_until(&line, ':');
        uint64_t value = 0;

        pl_assert(status);

        for (size_t i = 0; i < PL_ARRAY_LENGTH(status_keys); i++) {
                if (!pl_span_equals(key, status_keys[i].key))
                        continue;
                if (status->have & status_keys[i].bit)
                        return PL_FILE_E_MALFORMED;
                if (parse_status_value(line, status_keys[i].form, &value) != 0)
                        return PL_FILE_E_MALFORMED;
                status->have |= status_keys[i].bit;
                put_u64(status, status_keys[i].offset, value);
                return 0;
        }
        return 0;
}

int pl_process_parse_status(struct pl_span text, struct pl_process_status *ret_status)
{
        struct pl_process_status status = {};

        pl_assert(ret_status);

        if (!pl_span_ends_with(text, "\n"))
                return PL_FILE_E_MALFORMED;
        while (!pl_span_empty(text))
                if (parse_status_line(pl_span_until(&text, '\n'), &status) != 0)
                        return PL_FILE_E_MALFORMED;
        if ((status.have & STATUS_REQUIRED) != STATUS_REQUIRED)
                return PL_FILE_E_MALFORMED;

        *ret_status = status;
        return 0;
}

/* In the order in which the kernel prints them. Behind the required ones the three that came with 5.4. */
#define SMAPS_KEY(field, key) PL_FLAT_KEY(struct pl_process_smaps, field, key)

static const struct pl_flat_key smaps_keys[] = {
        SMAPS_KEY(rss_bytes, "Rss"),
        SMAPS_KEY(pss_bytes, "Pss"),
        SMAPS_KEY(pss_anon_bytes, "Pss_Anon"),
        SMAPS_KEY(pss_file_bytes, "Pss_File"),
        SMAPS_KEY(pss_shmem_bytes, "Pss_Shmem"),
        SMAPS_KEY(shared_clean_bytes, "Shared_Clean"),
        SMAPS_KEY(shared_dirty_bytes, "Shared_Dirty"),
        SMAPS_KEY(private_clean_bytes, "Private_Clean"),
        SMAPS_KEY(private_dirty_bytes, "Private_Dirty"),
        SMAPS_KEY(anonymous_bytes, "Anonymous"),
        SMAPS_KEY(swap_bytes, "Swap"),
        SMAPS_KEY(swap_pss_bytes, "SwapPss"),
        SMAPS_KEY(locked_bytes, "Locked"),
};

enum {
        SMAPS_PSS_SPLIT = 7 << 2,
        SMAPS_REQUIRED = ((1 << PL_ARRAY_LENGTH(smaps_keys)) - 1) & ~SMAPS_PSS_SPLIT,
};

int pl_process_parse_smaps(struct pl_span text, struct pl_process_smaps *ret_smaps)
{
        static const struct pl_flat_table table = { smaps_keys, PL_ARRAY_LENGTH(smaps_keys),
                                                    SMAPS_REQUIRED };
        struct pl_process_smaps smaps = {};
        uint64_t have;

        pl_assert(ret_smaps);

        /* The first line is that of a mapping which spans all of them. */
        if (!pl_span_ends_with(pl_span_until(&text, '\n'), "[rollup]"))
                return PL_FILE_E_MALFORMED;
        if (pl_flat_parse(text, &table, &smaps, &have) != 0)
                return PL_FILE_E_MALFORMED;

        smaps.have = (have & SMAPS_PSS_SPLIT) == SMAPS_PSS_SPLIT ? PL_PROCESS_HAS_PSS_SPLIT : 0;
        *ret_smaps = smaps;
        return 0;
}

/* "HIERARCHY:CONTROLLERS:PATH". Of version 2 there is one, with the number 0 and no controllers. */
static int parse_cgroup_line(struct pl_span line, struct pl_span *found)
{
        struct pl_span hierarchy = pl_span_until(&line, ':'), controllers;
        uint32_t number;

        pl_assert(found);

        controllers = pl_span_until(&line, ':');
        if (pl_span_to_u32(hierarchy, &number) != 0 || !pl_span_starts_with(line, "/"))
                return PL_FILE_E_MALFORMED;
        if (number != 0)
                return 0;
        if (!pl_span_empty(controllers) || !pl_span_empty(*found))
                return PL_FILE_E_MALFORMED;

        *found = line;
        return 0;
}

int pl_process_parse_cgroup(struct pl_span text, struct pl_process_cgroup *ret_cgroup)
{
        static const char suffix[] = " (deleted)";
        struct pl_span path = {};
        bool deleted;

        pl_assert(ret_cgroup);

        if (!pl_span_ends_with(text, "\n"))
                return PL_FILE_E_MALFORMED;
        while (!pl_span_empty(text))
                if (parse_cgroup_line(pl_span_until(&text, '\n'), &path) != 0)
                        return PL_FILE_E_MALFORMED;
        if (pl_span_empty(path))
                return PL_FILE_E_ABSENT;

        deleted = pl_span_ends_with(path, suffix);
        if (deleted)
                path.length -= sizeof suffix - 1;
        *ret_cgroup = (struct pl_process_cgroup){ path, deleted };
        return 0;
}

int pl_process_parse_oom_score_adj(struct pl_span text, int32_t *ret_score_adj)
{
        int32_t value;

        pl_assert(ret_score_adj);

        if (!pl_span_ends_with(text, "\n"))
                return PL_FILE_E_MALFORMED;
        text.length--;
        if (pl_span_to_i32(text, &value) != 0 || value < PL_PROCESS_SCORE_ADJ_MIN ||
            value > PL_PROCESS_SCORE_ADJ_MAX)
                return PL_FILE_E_MALFORMED;

        *ret_score_adj = value;
        return 0;
}
