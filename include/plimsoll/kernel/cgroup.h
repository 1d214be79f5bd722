/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* cgroup - the tree itself: what is in it, who it is, whether anybody is in there, and putting an end to it.
 *
 * A cgroup is a directory fd. Its identity is its id (the inode, unique while the host is up), never its path: a service
 * that restarts has the same path and another id. Cgroups vanish at any time, so every function here may answer
 * PL_FILE_E_GONE, and that is an ordinary answer. Allocates nothing. Linux 5.5, from which on ids are inodes of 64 bits; cgroup.kill 5.14, cgroup.freeze 5.2.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "plimsoll/base/span.h"
#include "plimsoll/kernel/file.h"

/* Beyond the outcomes of kernel/file.h. */
enum {
        PL_CGROUP_E_END = 100, /* the walk is over */
        PL_CGROUP_E_MORE,      /* more processes than the caller has room for */
};

enum {
        PL_CGROUP_DEPTH_MAX =
                64, /* of the tree below the walk's start; nested containers reach 12 or so */
        PL_CGROUP_COUNT_MAX = 16384, /* cgroups in one walk; the kernel itself slows before that */
        PL_CGROUP_PATH_MAX = 4096,   /* PATH_MAX: what cannot be named cannot be opened either */
};

/* Reads a file of a cgroup. As pl_file_read(), but an absent file is told apart from a cgroup that is gone. */
int pl_cgroup_read(int cgroup_fd, const char *name, struct pl_file_buffer *buffer);

/* The same distinction for an outcome that somebody already has: ABSENT becomes GONE where the cgroup was removed. */
int pl_cgroup_absent_or_gone(int cgroup_fd, int outcome);

/* Unique among all cgroups since boot; 0 is never one. */
int pl_cgroup_id(int cgroup_fd, uint64_t *ret_id);

/* Whether the root of the fd's file system is that of the unified hierarchy. */
int pl_cgroup_is_unified(int cgroup_fd, bool *ret_unified);

/* cgroup.controllers (what the parent hands down) and cgroup.subtree_control (what this one hands to its children). */
enum {
        PL_CGROUP_CPU = 1 << 0,
        PL_CGROUP_CPUSET = 1 << 1,
        PL_CGROUP_IO = 1 << 2,
        PL_CGROUP_MEMORY = 1 << 3,
        PL_CGROUP_PIDS = 1 << 4,
};
int pl_cgroup_read_controllers(int cgroup_fd, struct pl_file_buffer *buffer, uint32_t *ret_mask);
int pl_cgroup_read_subtree_control(int cgroup_fd, struct pl_file_buffer *buffer,
                                   uint32_t *ret_mask);
int pl_cgroup_parse_controllers(struct pl_span text, uint32_t *ret_mask);

enum pl_cgroup_type {
        PL_CGROUP_DOMAIN,
        PL_CGROUP_DOMAIN_THREADED, /* the root of a threaded subtree */
        PL_CGROUP_DOMAIN_INVALID,
        PL_CGROUP_THREADED, /* has threads, and neither processes nor cgroup.kill */
};
int pl_cgroup_read_type(int cgroup_fd, struct pl_file_buffer *buffer,
                        enum pl_cgroup_type *ret_type);
int pl_cgroup_parse_type(struct pl_span text, enum pl_cgroup_type *ret_type);

struct pl_cgroup_events {
        uint64_t populated; /* 1 while a live process is in it or below it */
        uint64_t frozen;    /* 1 when everything in it stands still; before 5.2 not there, and 0 */
};
int pl_cgroup_read_events(int cgroup_fd, struct pl_file_buffer *buffer,
                          struct pl_cgroup_events *ret_events);
int pl_cgroup_parse_events(struct pl_span text, struct pl_cgroup_events *ret_events);

struct pl_cgroup_stat {
        uint64_t descendants_count;
        uint64_t dying_descendants_count; /* removed, but still holding memory */
};
int pl_cgroup_read_stat(int cgroup_fd, struct pl_file_buffer *buffer,
                        struct pl_cgroup_stat *ret_stat);
int pl_cgroup_parse_stat(struct pl_span text, struct pl_cgroup_stat *ret_stat);

/* The processes in this cgroup itself, at most `capacity`; PL_CGROUP_E_MORE says that the array is full and there were
 * more. May repeat a process that moves meanwhile. A process of a foreign pid namespace (a 0 in the file) is counted in
 * *ret_foreign and not listed. PL_FILE_E_OFF for a threaded cgroup. Reads in pieces, so any number is bounded work. */
int pl_cgroup_read_procs(int cgroup_fd, struct pl_file_buffer *buffer, pid_t *pids, size_t capacity,
                         size_t *ret_count, size_t *ret_foreign);

/* SIGKILL for everybody in it and below it, at once against fork. ABSENT before 5.14, OFF for a threaded cgroup. */
int pl_cgroup_kill(int cgroup_fd);

/* Asks the cgroup to stand still or go on; cgroup.events says when it does. Nested requests are the kernel's to count. */
int pl_cgroup_freeze(int cgroup_fd, bool frozen);

/* A walk over everything below a cgroup, parents before children, without recursion: one open directory and one page of
 * names for each level. What vanishes on the way is passed over. Foreign file systems mounted inside are not entered.
 *
 *     pl_cgroup_walk_init(&walk, root_fd, bounds);
 *     while ((r = pl_cgroup_walk_next(&walk, &visit)) == 0)
 *             …
 *     pl_cgroup_walk_done(&walk);
 */
struct pl_cgroup_walk_bounds {
        uint32_t depth_max; /* 1 is the children alone; at most PL_CGROUP_DEPTH_MAX */
        uint32_t count_max;
};

struct pl_cgroup_level {
        uint32_t path_length;  /* of the path of this level's cgroup */
        uint32_t filled, used; /* bytes of names */
        bool ended;
        _Alignas(8) char names[4096];
};

struct pl_cgroup_walk {
        struct pl_cgroup_walk_bounds bounds;
        uint64_t device;
        uint32_t depth; /* of the level that is being listed */
        bool descend;   /* into the cgroup that was visited last */
        uint32_t visited_count;
        uint32_t unvisited_count; /* cgroups left out for the bounds, without what is below them */
        char path[PL_CGROUP_PATH_MAX];
        /* Directories of the levels, owned but for the first. Not in the levels, of which each is a page: one that no tree is deep
         * enough for is never touched. */
        int fds[PL_CGROUP_DEPTH_MAX + 1];
        struct pl_cgroup_level levels[PL_CGROUP_DEPTH_MAX + 1];
};

struct pl_cgroup_visit {
        int fd; /* borrowed, until the next call */
        uint64_t id;
        uint32_t depth; /* 1 for children of the start */
        const char *
                path; /* from the start, without a slash in front: "system.slice/ssh.service"; until the next call */
        const char *name; /* its last part */
};

/* root_fd is borrowed and must stay open. Only 0 or −errno. */
int pl_cgroup_walk_init(struct pl_cgroup_walk *walk, int root_fd,
                        struct pl_cgroup_walk_bounds bounds);
void pl_cgroup_walk_done(struct pl_cgroup_walk *walk); /* safe in the middle of a walk, and twice */

/* PL_CGROUP_E_END when everything was visited. Anything else (DENIED, −EMFILE, −ENOMEM …) says that what is below one name
 * could not be looked at: the tree is not known whole, and a further call goes on behind that name. */
int pl_cgroup_walk_next(struct pl_cgroup_walk *walk, struct pl_cgroup_visit *ret_visit);

/* Leaves out what is below the cgroup that was visited last. */
void pl_cgroup_walk_skip_below(struct pl_cgroup_walk *walk);
