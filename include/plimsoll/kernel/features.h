/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* features - what this kernel, as it was built, booted and mounted, offers to a memory supervisor.
 *
 * Facts, probed one by one and never guessed from a version: distributions backport, switch off and patch. What cannot be
 * found out (most often for want of privilege) is unknown and never a no. No judgement here: `plimsoll doctor` has the
 * words, plimsolld picks its means. Allocates for the time of the probe; may take some milliseconds, for it looks at the
 * tree. Runs on any Linux.
 *
 * A probe leaves nothing behind. What it writes are requests that the kernel checks and that then do nothing: to reclaim
 * 0 bytes, or for a pressure trigger that is closed at once; and only where the file system is the kernel's own, so that
 * a fixture tree is only read.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "plimsoll/kernel/file.h"

enum pl_fact {
        PL_FACT_UNKNOWN, /* not found out */
        PL_FACT_NO,
        PL_FACT_YES,
        PL_FACT_DENIED, /* a sandbox (seccomp) answers in the kernel's place */
};

enum pl_cgroup_layout {
        PL_CGROUP_LAYOUT_UNKNOWN,
        PL_CGROUP_LAYOUT_NONE, /* no cgroup file system is mounted */
        PL_CGROUP_LAYOUT_V1,   /* only the old one, a tree for each controller */
        PL_CGROUP_LAYOUT_HYBRID, /* the old one at /sys/fs/cgroup, the unified one somewhere beside it */
        PL_CGROUP_LAYOUT_UNIFIED, /* the unified one at /sys/fs/cgroup, or alone */
};

enum {
        PL_FEATURES_PATH_MAX =
                256,               /* a mount point, or the path of an example for people to read */
        PL_FEATURES_NAME_MAX = 65, /* what uname() has room for, with its NUL */
};

/* How the trees are mounted. Of several mounts of the unified hierarchy the one at /sys/fs/cgroup counts, else the
 * first. When something else is mounted over it, one that is mounted later takes its place, and until then there is none. */
struct pl_cgroup_mounts {
        enum pl_cgroup_layout layout;
        char unified_path
                [PL_FEATURES_PATH_MAX]; /* where the unified hierarchy is; "" when nowhere */
        bool memory_on_v1; /* the memory controller belongs to a tree of the old kind */
        bool nsdelegate;   /* a container may not change the limits of its own top cgroup (4.13) */
        bool recursive_protection; /* min and low of a slice protect what is in it (5.7) */
        bool local_events;         /* memory.events counts a cgroup's own events alone (5.2) */
};

enum pl_psi_state {
        PL_PSI_STATE_UNKNOWN,
        PL_PSI_STATE_ABSENT, /* not built in, or switched off in a way that hides it */
        PL_PSI_STATE_OFF,    /* there, and answers that it is switched off */
        PL_PSI_STATE_ON,
};

#define PL_FEATURES_NUMBER_UNKNOWN INT64_C(-1)

struct pl_features {
        /* The kernel, for words alone. */
        char host_name[PL_FEATURES_NAME_MAX];
        char kernel_release[PL_FEATURES_NAME_MAX];
        uint64_t page_size_bytes;

        /* The unified hierarchy. */
        struct pl_cgroup_mounts mounts;
        enum pl_fact memory_disabled_at_boot; /* cgroup_disable=memory */
        enum pl_fact memory_at_root;          /* the unified hierarchy has the memory controller */
        uint32_t without_memory_count;        /* children of slices that have no memory files */
        /* The first of them by name, from the mount, without a slash in front. */
        char without_memory_path[PL_FEATURES_PATH_MAX];
        bool tree_is_cut; /* more cgroups than the walk takes */

        /* Whose view of the host this process has. */
        enum pl_fact in_host_cgroup_namespace;
        enum pl_fact in_host_pid_namespace;
        enum pl_fact in_host_user_namespace;

        /* Pressure. */
        enum pl_psi_state psi;
        enum pl_fact psi_off_by_boot_option; /* psi=0 on the kernel's command line */
        uint64_t
                psi_window_min_usec; /* the shortest that was accepted from us; 0: none, or not tried */

        /* Files of a cgroup that is not the root: asked of the first one that is found. */
        enum pl_fact cgroup_kill;            /* 5.14 */
        enum pl_fact cgroup_freeze;          /* 5.2 */
        enum pl_fact memory_peak;            /* 5.19 */
        enum pl_fact memory_swap_max;        /* 4.5, not with swapaccount=0 */
        enum pl_fact memory_swap_high;       /* 5.8 */
        enum pl_fact memory_swap_peak;       /* 6.5 */
        enum pl_fact memory_oom_group;       /* 4.19 */
        enum pl_fact memory_events_local;    /* 5.3 */
        enum pl_fact memory_zswap_max;       /* 5.19, CONFIG_ZSWAP */
        enum pl_fact memory_zswap_writeback; /* 6.8 */
        enum pl_fact memory_swappiness;      /* never upstream: a private patch */
        enum pl_fact oom_group_kill_event;   /* a key of memory.events, 5.17 */

        /* Reclaim on request, asked of the root. */
        enum pl_fact memory_reclaim; /* 5.19 */
        enum pl_fact
                memory_reclaim_works; /* a no: takes any words and does nothing (see features.c) */
        enum pl_fact memory_reclaim_swappiness;     /* 6.11 */
        enum pl_fact memory_reclaim_swappiness_max; /* 6.16: from anonymous memory alone */

        /* System calls. */
        enum pl_fact pidfd_open;       /* 5.3 */
        enum pl_fact process_mrelease; /* 5.15 */

        /* Host settings; PL_FEATURES_NUMBER_UNKNOWN where they could not be read. */
        int64_t vm_swappiness;
        int64_t vm_overcommit_memory;
        int64_t vm_panic_on_oom;
        int64_t vm_oom_kill_allocating_task;
        int64_t dmesg_restrict;
        enum pl_fact multi_generation_lru; /* 6.1 */
        enum pl_fact kernel_log_readable;  /* /dev/kmsg, by us */
        enum pl_fact selinux;              /* there, whether it enforces or not */
        enum pl_fact selinux_enforcing;

        /* This process. */
        enum pl_fact is_root;
        uint64_t capabilities; /* effective; bit n is capability n of capabilities(7) */
};

/* Reads proc/self/mountinfo, in pieces: container hosts have megabytes of it. 0, an outcome of kernel/file.h, or −errno. */
int pl_cgroup_mounts_read(int proc_fd, struct pl_file_buffer *buffer,
                          struct pl_cgroup_mounts *ret_mounts);

/* Takes in one line of such a file; lines that are not of a cgroup mount, or not of a mount at all, change nothing. The
 * caller starts with zeroed mounts, and settles the layout when the last line is in. Pure. */
void pl_cgroup_mounts_add(struct pl_cgroup_mounts *mounts, struct pl_span line);
void pl_cgroup_mounts_settle(struct pl_cgroup_mounts *mounts);

/* Fills in all that can be found out. roots->cgroup_fd is the unified hierarchy's mount, or −1 where there is none. Only
 * 0 or −ENOMEM: whatever else fails makes a fact unknown. */
int pl_features_probe(const struct pl_roots *roots, struct pl_features *ret_features);
