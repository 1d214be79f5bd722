/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* kmsg - records of the kernel's log, and what they say of the OOM killer.
 *
 * One record at a time and no memory between them: which lines belong to one incident is for somebody else to say. Lines
 * are rate limited, split and lost, so that each is worth what it says alone; the one that is always there for a kill is
 * PL_KMSG_OOM_KILLED.
 *
 * Names of processes and paths of cgroups are bytes of a stranger's choosing. They are found from the ends that cannot be
 * forged and handed out as spans into the record. Lines that user space wrote into the log are not believed: the kernel
 * marks them with another facility than its own.
 *
 * Allocates nothing; reading never blocks if the fd was opened O_NONBLOCK. Linux 3.5 for /dev/kmsg, which needs CAP_SYSLOG
 * where kernel.dmesg_restrict is set. Outcomes are those of file.h and the two below.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "plimsoll/base/span.h"
#include "plimsoll/kernel/file.h"

/* Far from file.h's, which come from the same functions. */
enum {
        PL_KMSG_E_LOST =
                64, /* records were overwritten before we read them: go on reading, and mind the gap */
        PL_KMSG_E_OTHER, /* a record about something else than the OOM killer */
};

enum {
        /* The kernel's own bound on a record with its escapes, CONSOLE_EXT_LOG_MAX (to 6.2; PRINTK_MESSAGE_MAX is 2048
         * from 6.3 on). */
        PL_KMSG_TEXT_MAX = 8192,
};

enum {
        PL_KMSG_HAS_PRIORITY = 1 << 0, /* a line of dmesg may come without, */
        PL_KMSG_HAS_SEQUENCE = 1 << 1, /* and always without this */
};

struct pl_kmsg_record {
        uint32_t have;
        uint32_t level;    /* 0 to 7, as in syslog(3) */
        uint32_t facility; /* 0 is the kernel, and only the kernel */
        uint64_t
                sequence; /* one more than that of the record before; more than one more tells of loss */
        uint64_t
                time_usec; /* since boot, on the kernel's log clock, which stands still in suspend */
        bool is_fragment;  /* part of a line that the kernel printed in pieces */
        size_t length;
        char text[PL_KMSG_TEXT_MAX]; /* unescaped; not terminated, and a NUL may be in it */
};

static inline struct pl_span pl_kmsg_text(const struct pl_kmsg_record *record)
{
        return pl_span(record->text, record->length);
}

/* Reads and parses the next record. PL_FILE_E_AGAIN when there is none now. */
int pl_kmsg_read(int fd, struct pl_file_buffer *buffer, struct pl_kmsg_record *ret_record);

/* A record as /dev/kmsg gives it: "PRIORITY,SEQUENCE,USEC,FLAGS[,…];TEXT\n" and lines of " KEY=VALUE", which are checked and
 * passed over. Pure. */
int pl_kmsg_parse(struct pl_span raw, struct pl_kmsg_record *ret_record);

/* A line that somebody saved, without its newline: the first line of such a record, or what dmesg prints:
 * "[<N>][SECONDS.MICROSECONDS] TEXT". Text from dmesg is taken as it is, since dmesg does not tell an escape from the
 * same bytes in the text. Pure. */
int pl_kmsg_parse_line(struct pl_span line, struct pl_kmsg_record *ret_record);

/* What the OOM killer has to say. The forms are those of mm/oom_kill.c and mm/memcontrol.c from 5.10 to 7.2. */
enum pl_kmsg_oom_kind {
        PL_KMSG_OOM_INVOKED,    /* who asked for memory when there was none */
        PL_KMSG_OOM_USAGE,      /* of the cgroup whose limit was hit */
        PL_KMSG_OOM_STATS,      /* `path`: its memory.stat follows in records of its own */
        PL_KMSG_OOM_TASKS,      /* a table of candidates follows */
        PL_KMSG_OOM_HEADER,     /* `columns`: how its rows are to be read */
        PL_KMSG_OOM_ROW,        /* for pl_kmsg_parse_oom_row() */
        PL_KMSG_OOM_CHOSEN,     /* why, where and whom */
        PL_KMSG_OOM_KILLED,     /* `victim`; in a group kill the first is told twice */
        PL_KMSG_OOM_GROUP,      /* `path`: all of this cgroup is killed */
        PL_KMSG_OOM_REAPED,     /* `victim` did not exit by itself in time, its memory was taken */
        PL_KMSG_OOM_NOT_REAPED, /* `victim`: nor could that be done */
        PL_KMSG_OOM_EXITING,    /* `victim` was about to exit anyway and is not killed */
        PL_KMSG_OOM_NOBODY,     /* nobody can be killed */
        PL_KMSG_OOM_PINNED,     /* `pinned`: the victim's memory is held by another process */
};

struct pl_kmsg_oom_invoked {
        struct pl_span comm;
        uint64_t gfp_mask;
        int32_t order; /* −1: somebody asked through SysRq */
        int32_t score_adj;
};

enum pl_kmsg_oom_counter {
        PL_KMSG_OOM_MEMORY,
        PL_KMSG_OOM_SWAP,
        PL_KMSG_OOM_MEMORY_AND_SWAP, /* cgroup v1, as the next */
        PL_KMSG_OOM_KERNEL_MEMORY,
};

struct pl_kmsg_oom_usage {
        enum pl_kmsg_oom_counter counter;
        uint64_t usage_bytes;
        uint64_t limit_bytes; /* PL_SIZE_MAX for none */
        uint64_t failure_count;
};

enum pl_kmsg_oom_column {
        PL_KMSG_COLUMN_UNKNOWN,
        PL_KMSG_COLUMN_PID,
        PL_KMSG_COLUMN_UID,
        PL_KMSG_COLUMN_TGID,
        PL_KMSG_COLUMN_TOTAL_VM,
        PL_KMSG_COLUMN_RSS,
        PL_KMSG_COLUMN_RSS_ANON, /* the three parts: after 6.1, in 6.12 */
        PL_KMSG_COLUMN_RSS_FILE,
        PL_KMSG_COLUMN_RSS_SHMEM,
        PL_KMSG_COLUMN_PGTABLES,
        PL_KMSG_COLUMN_SWAP,
        PL_KMSG_COLUMN_SCORE_ADJ,
        PL_KMSG_COLUMN_NAME,
};

enum { PL_KMSG_COLUMNS_MAX = 16 }; /* 12 in 7.2 */

struct pl_kmsg_oom_columns {
        uint32_t count; /* the first is the pid and the last the name */
        uint8_t columns[PL_KMSG_COLUMNS_MAX];
};

struct pl_kmsg_oom_row {
        uint32_t have; /* bit N for column N */
        struct pl_span comm;
        int64_t pid;
        int64_t tgid;
        int64_t uid;
        int64_t score_adj;
        int64_t total_vm_pages;
        int64_t rss_pages;
        int64_t rss_anon_pages;
        int64_t rss_file_pages;
        int64_t rss_shmem_pages;
        int64_t pgtables_bytes;
        int64_t swap_pages;
};

enum pl_kmsg_oom_constraint {
        PL_KMSG_CONSTRAINT_NONE,
        PL_KMSG_CONSTRAINT_CPUSET,
        PL_KMSG_CONSTRAINT_MEMORY_POLICY,
        PL_KMSG_CONSTRAINT_MEMCG,
        PL_KMSG_CONSTRAINT_UNKNOWN,
};

/* Of a record that was cut or split what stood in it whole. */
enum {
        PL_KMSG_CHOSEN_CONSTRAINT = 1 << 0,
        PL_KMSG_CHOSEN_CPUSET = 1 << 1,
        PL_KMSG_CHOSEN_OOM_MEMCG = 1 << 2,
        PL_KMSG_CHOSEN_TASK_MEMCG = 1 << 3,
        PL_KMSG_CHOSEN_TASK = 1 << 4, /* comm, pid, uid */
};

struct pl_kmsg_oom_chosen {
        uint32_t have;
        enum pl_kmsg_oom_constraint constraint;
        bool is_global; /* it says so: the host is short and no cgroup's limit was hit */
        bool is_ambiguous; /* a name or path was made to look like the rest of the line: believe the pid, check the path */
        struct pl_span cpuset;     /* the last part of the path of the cgroup of who asked */
        struct pl_span oom_memcg;  /* whose limit was hit */
        struct pl_span task_memcg; /* in which the victim lives */
        struct pl_span comm;
        int32_t pid;
        int64_t uid;
};

enum pl_kmsg_oom_cause {
        PL_KMSG_CAUSE_UNKNOWN,
        PL_KMSG_CAUSE_GLOBAL,
        PL_KMSG_CAUSE_MEMCG,
        PL_KMSG_CAUSE_ALLOCATING_TASK, /* global, with vm.oom_kill_allocating_task */
};

/* Figures of a victim; which are there depends on the kind of line and on the kernel. */
enum {
        PL_KMSG_VICTIM_TOTAL_VM = 1 << 0,
        PL_KMSG_VICTIM_ANON = 1 << 1,
        PL_KMSG_VICTIM_FILE = 1 << 2,
        PL_KMSG_VICTIM_SHMEM = 1 << 3,
        PL_KMSG_VICTIM_UID = 1 << 4,       /* 5.2 */
        PL_KMSG_VICTIM_PGTABLES = 1 << 5,  /* 5.2 */
        PL_KMSG_VICTIM_SCORE_ADJ = 1 << 6, /* 5.3 */
};

struct pl_kmsg_oom_victim {
        uint32_t have;
        enum pl_kmsg_oom_cause cause;
        int32_t pid; /* in the first pid namespace */
        struct pl_span comm;
        int64_t total_vm_bytes;
        int64_t anon_bytes;
        int64_t file_bytes;
        int64_t shmem_bytes;
        int64_t uid;
        int64_t pgtables_bytes;
        int64_t score_adj;
};

struct pl_kmsg_oom_pinned {
        int32_t pid;
        struct pl_span comm;
        int32_t holder_pid;
        struct pl_span holder_comm;
};

struct pl_kmsg_oom {
        enum pl_kmsg_oom_kind kind;
        union {
                struct pl_kmsg_oom_invoked invoked;
                struct pl_kmsg_oom_usage usage;
                struct pl_kmsg_oom_columns columns;
                struct pl_kmsg_oom_chosen chosen;
                struct pl_kmsg_oom_victim victim;
                struct pl_kmsg_oom_pinned pinned;
                struct pl_span path;
        };
};

/* PL_KMSG_E_OTHER for a record about something else or not of the kernel, PL_FILE_E_MALFORMED for one that begins like one
 * of the forms and is cut or garbled. Spans point into the record. Pure. */
int pl_kmsg_parse_oom(const struct pl_kmsg_record *record, struct pl_kmsg_oom *ret_oom);

/* A row of the table of candidates, read by the header that stood above it. Pure. */
int pl_kmsg_parse_oom_row(const struct pl_kmsg_record *record,
                          const struct pl_kmsg_oom_columns *columns,
                          struct pl_kmsg_oom_row *ret_row);
