/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* process - what /proc/PID says of one process, and its oom_score_adj.
 *
 * A process is looked at through a directory fd of its own. Such an fd is bound to the process and not to the number: when
 * the process is gone and its pid belongs to somebody else, the old fd reads nothing more. What must be compared is the
 * start time, when a pid that was remembered is opened again.
 *
 * Processes exit all the time. Whatever call notices it, ENOENT or ESRCH, the outcome is PL_FILE_E_GONE; also where hidepid
 * hides the process from us. PL_FILE_E_ABSENT is said only of a live one. Outcomes are those of file.h. Owns the fds it
 * hands out until they are taken, allocates nothing. Nothing blocks but smaps_rollup, which waits for the mmap lock of the
 * process and is not for the loop. Linux 4.14 for smaps_rollup, anything for the rest.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "plimsoll/base/span.h"
#include "plimsoll/kernel/file.h"

enum {
        /* A thread's name has 15 bytes; those of kernel workers are shown with up to 63 (proc_task_name(), 5.10 to 7.2). */
        PL_PROCESS_COMM_MAX = 63,
        PL_PROCESS_SCORE_ADJ_MIN = -1000, /* include/uapi/linux/oom.h */
        PL_PROCESS_SCORE_ADJ_MAX = 1000,
};

struct pl_process_stat {
        pid_t pid;
        pid_t parent_pid;
        char comm[PL_PROCESS_COMM_MAX +
                  1];   /* any bytes but NUL: hostile, and neither unique nor an identity */
        char state;     /* R S D T t Z X I … */
        uint32_t flags; /* PF_* of include/linux/sched.h */
        uint64_t major_fault_count;
        uint64_t user_ticks;
        uint64_t system_ticks;
        uint64_t start_ticks; /* since boot; with the pid an identity */
        uint64_t thread_count;
        uint64_t virtual_bytes;
        uint64_t rss_pages; /* roughly: counted by thread (to 6.1) or CPU, and added up late */
};

/* Bits of pl_process_status.have: a kernel thread or a zombie has no memory, so its lines are missing and not 0. */
enum {
        PL_PROCESS_HAS_TGID = 1 << 0,
        PL_PROCESS_HAS_UID = 1 << 1,
        PL_PROCESS_HAS_NS_PID = 1 << 2,
        PL_PROCESS_HAS_VIRTUAL = 1 << 3,
        PL_PROCESS_HAS_PINNED = 1 << 4,
        PL_PROCESS_HAS_RSS = 1 << 5,
        PL_PROCESS_HAS_RSS_ANON = 1 << 6,
        PL_PROCESS_HAS_RSS_FILE = 1 << 7,
        PL_PROCESS_HAS_RSS_SHMEM = 1 << 8,
        PL_PROCESS_HAS_SWAP = 1 << 9,
        PL_PROCESS_HAS_THREADS = 1 << 10,
        PL_PROCESS_HAS_CAPABILITIES = 1 << 11,
};

struct pl_process_status {
        uint32_t have; /* tgid, uid, threads and capabilities always, or the text is malformed */
        uint64_t tgid;
        uint64_t uid;    /* the real one, which the kernel's own OOM lines show */
        uint64_t ns_pid; /* as the process sees itself in the innermost pid namespace */
        uint64_t virtual_bytes;
        uint64_t pinned_bytes;
        uint64_t rss_bytes;
        uint64_t rss_anon_bytes;
        uint64_t rss_file_bytes;
        uint64_t rss_shmem_bytes;
        uint64_t swap_bytes;
        uint64_t thread_count;
        uint64_t effective_capabilities;
};

/* Of pl_process_smaps, what some kernels do not have. */
enum {
        PL_PROCESS_HAS_PSS_SPLIT = 1 << 0, /* pss_anon, pss_file, pss_shmem: 5.4 */
};

struct pl_process_smaps {
        uint32_t have;
        uint64_t rss_bytes;
        uint64_t pss_bytes;
        uint64_t pss_anon_bytes;
        uint64_t pss_file_bytes;
        uint64_t pss_shmem_bytes;
        uint64_t shared_clean_bytes;
        uint64_t shared_dirty_bytes;
        uint64_t private_clean_bytes;
        uint64_t private_dirty_bytes;
        uint64_t anonymous_bytes;
        uint64_t swap_bytes;
        uint64_t swap_pss_bytes;
        uint64_t locked_bytes;
};

struct pl_process_cgroup {
        /* Under the root of our cgroup namespace, beginning with '/'; any bytes but newline. Borrowed from the text. */
        struct pl_span path;
        /* The kernel put " (deleted)" behind it, which `path` leaves out. A cgroup can really be called so: who must be
         * certain opens the path with those ten bytes, which follow `path` in the text, first. */
        bool deleted;
};

static inline bool pl_process_is_kernel_thread(const struct pl_process_stat *stat)
{
        return (stat->flags & 0x00200000) != 0; /* PF_KTHREAD, the same from 2.6.27 to 7.2 */
}

/* Life cycle: the directory /proc/PID, or PL_FILE_E_GONE. pid is above 0. The fd is the caller's to close. */
int pl_process_open(int proc_fd, pid_t pid, int *ret_dir_fd);

/* 0 while the process is there and began at start_ticks, PL_FILE_E_GONE when its pid belongs to somebody else now. */
int pl_process_confirm(int dir_fd, uint64_t start_ticks, struct pl_file_buffer *buffer);

/* Readers: one open, one read, then the parser below. */
int pl_process_read_stat(int dir_fd, struct pl_file_buffer *buffer,
                         struct pl_process_stat *ret_stat);

/* PL_FILE_E_TOO_BIG for a process in thousands of groups, which a container's root can bring about: go on with stat. */
int pl_process_read_status(int dir_fd, struct pl_file_buffer *buffer,
                           struct pl_process_status *ret_status);

/* PL_FILE_E_DENIED without the right to trace the process; PL_FILE_E_ABSENT for a kernel thread, a zombie, and where the
 * kernel was built without CONFIG_PROC_PAGE_MONITOR. */
int pl_process_read_smaps(int dir_fd, struct pl_file_buffer *buffer,
                          struct pl_process_smaps *ret_smaps);

/* PL_FILE_E_ABSENT when the process is in no cgroup of version 2, which is so on a host of version 1 alone. The path is
 * borrowed from the buffer. */
int pl_process_read_cgroup(int dir_fd, struct pl_file_buffer *buffer,
                           struct pl_process_cgroup *ret_cgroup);

/* 0 to 2000 from 5.9 on, to 1000 before; comparable only within one boot. */
int pl_process_read_oom_score(int dir_fd, struct pl_file_buffer *buffer, uint64_t *ret_score);
int pl_process_read_oom_score_adj(int dir_fd, struct pl_file_buffer *buffer,
                                  int32_t *ret_score_adj);

/* Raising is allowed to whoever may write the file. Lowering below what a holder of CAP_SYS_RESOURCE wrote last is
 * PL_FILE_E_DENIED without that capability, and with it moves that floor (proc(5)). The value is asserted to be
 * −1000 to 1000. */
int pl_process_write_oom_score_adj(int dir_fd, int32_t score_adj);

/* Parsers. Pure. On anything but 0 the result is untouched. */
int pl_process_parse_stat(struct pl_span text, struct pl_process_stat *ret_stat);
int pl_process_parse_status(struct pl_span text, struct pl_process_status *ret_status);
int pl_process_parse_smaps(struct pl_span text, struct pl_process_smaps *ret_smaps);
int pl_process_parse_cgroup(struct pl_span text, struct pl_process_cgroup *ret_cgroup);
int pl_process_parse_oom_score_adj(struct pl_span text, int32_t *ret_score_adj);
