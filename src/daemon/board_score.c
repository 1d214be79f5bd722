/* SPDX-License-Identifier: Apache-2.0 */

/* Where the processes are is a matter of the runtime: Docker's are in the scope itself, podman's with crun in "container"
 * below it, those of a systemd in a container two below that, and a service may have made cgroups of its own. So who has
 * nobody in it is gone through from above, and the first that has processes speaks for all.
 *
 * A process can change its own at any time, and most do so just after they were started.
 */

#include "board_internal.h"
#include "plimsoll/base/macro.h"
#include "plimsoll/kernel/process.h"

enum {
        /* Processes of a cgroup that are asked: the first may be ending just now. */
        PROCESSES = 4,
        /* Below a workload, some ten system calls each. Whoever has made more empty ones is not known. */
        INNER_DEPTH = 4,
        INNER_COUNT = 16,
};

/* True: somebody is in it, whether he has answered or not. */
static bool ask_those_in(struct pl_board *board, int cgroup_fd, struct pl_facts_score *ret_score)
{
        struct pl_file_buffer *buffer = &board->sampler.buffer;
        pid_t pids[PROCESSES];
        size_t count = 0, foreign;
        int r = pl_cgroup_read_procs(cgroup_fd, buffer, pids, PROCESSES, &count, &foreign);

        if (r != 0 && r != PL_CGROUP_E_MORE)
                return false;
        for (size_t i = 0; i < count && !ret_score->is_known; i++) {
                _cleanup_close_ int process_fd = -1;

                ret_score->is_known = pl_process_open(board->options.roots.proc_fd, pids[i],
                                                      &process_fd) == 0 &&
                                      pl_process_read_oom_score_adj(process_fd, buffer,
                                                                    &ret_score->adj) == 0;
        }
        return count > 0;
}

static void ask_those_below(struct pl_board *board, int cgroup_fd, struct pl_facts_score *ret_score)
{
        const struct pl_cgroup_walk_bounds bounds = { INNER_DEPTH, INNER_COUNT };
        struct pl_cgroup_visit visit;

        if (pl_cgroup_walk_init(&board->walk, cgroup_fd, bounds) != 0)
                return;
        /* What cannot be looked at ends it: there is another look. Nor is it asked for more than there is to be visited,
         * which would go through all names that are left. */
        for (uint32_t i = 0; i < INNER_COUNT && pl_cgroup_walk_next(&board->walk, &visit) == 0;
             i++) {
                if (ask_those_in(board, visit.fd, ret_score))
                        break;
                if (visit.depth == INNER_DEPTH)
                        pl_cgroup_walk_skip_below(&board->walk);
        }
        pl_cgroup_walk_done(&board->walk);
}

struct pl_facts_score pl_board_read_score(struct pl_board *board, uint32_t index)
{
        const struct pl_census_entry *entry = pl_census_at(&board->census, index);
        struct pl_facts_score score = {};
        bool opened = false;
        int fd = -1;

        if (!pl_census_is_workload(entry) || !(entry->flags & PL_CENSUS_POPULATED) ||
            pl_census_directory(&board->census, index, &fd, &opened) != 0)
                return score;
        if (!ask_those_in(board, fd, &score))
                ask_those_below(board, fd, &score);
        if (opened)
                pl_cleanup_close(&fd);
        return score;
}
