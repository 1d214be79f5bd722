/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* daemon - a whole plimsolld over a tree (daemon_tree.h), without its loop and its second process: the shipped policies are in
 * force, tree and /proc are read, a journal is written. Time is an argument, so that looks follow each other at once.
 */

#include "daemon/supervisor_internal.h"
#include "daemon_tree.h"

struct daemon {
        char journal_path[DAEMON_PATH_MAX];
        struct pl_daemon_options options;
        struct pl_supervisor supervisor;
};

static struct daemon daemon_now;

/* The next look of the board, to its end. */
static inline void daemon_look(uint64_t now_usec)
{
        struct pl_board *board = &daemon_now.supervisor.board;

        pl_assert(pl_board_begin(board, now_usec));
        while (pl_board_work(board, now_usec))
                ;
}

/* Over the tree that was made, with a first look as of then. */
static inline void daemon_open(uint64_t now_usec)
{
        struct pl_supervisor *s = &daemon_now.supervisor;

        daemon_make_directory(daemon_now.journal_path);
        daemon_now.options = (struct pl_daemon_options){
                .journal_directory = daemon_now.journal_path,
                .journal_bytes = PL_JOURNAL_BYTES_DEFAULT,
                .directories = { POLICIES },
                .dry_run = true, /* the processes in the tree are of this machine */
        };
        *s = (struct pl_supervisor){
                .options = &daemon_now.options,
                .roots = { daemon_tree.fd, open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC),
                           open("/sys", O_RDONLY | O_DIRECTORY | O_CLOEXEC),
                           open("/dev", O_RDONLY | O_DIRECTORY | O_CLOEXEC) },
                .has_pressure = true,
        };
        pl_assert(pl_supervisor_open(s) == PL_DAEMON_FINE);
        pl_assert(s->policies.in_force);
        daemon_look(now_usec);
        pl_assert(s->board.workload_count == daemon_tree.count);
        pl_assert(s->board.profile_count == (daemon_tree.has_profiles ? daemon_tree.count : 0));
}

static inline void daemon_close(void)
{
        struct pl_supervisor *s = &daemon_now.supervisor;

        if (daemon_now.journal_path[0] == '\0')
                return;
        pl_supervisor_close(s);
        pl_cleanup_close(&s->roots.proc_fd);
        pl_cleanup_close(&s->roots.sys_fd);
        pl_cleanup_close(&s->roots.dev_fd);
        daemon_remove_directory(daemon_now.journal_path);
}

/* For atexit(), too: nothing is left behind. */
static inline void daemon_remove_all(void)
{
        daemon_close();
        daemon_remove_tree();
}
