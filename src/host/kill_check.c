/* SPDX-License-Identifier: Apache-2.0 */

/* Everything that is asked before something is done, and asked each time anew: a cgroup that vanished, a process that was
 * moved, a daemon that somebody put elsewhere are ordinary.
 *
 * Where a process is, is asked of the process: /proc/PID/cgroup has its path, and from there up every directory has its id.
 * The other way round, looking for it in cgroup.procs of all that is below, takes time with the tree and not with its depth,
 * and misses who is moved meanwhile.
 */

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kill_internal.h"
#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"

int pl_kill_confirm(int cgroup_fd, uint64_t id)
{
        uint64_t actual;
        int r = pl_cgroup_id(cgroup_fd, &actual);

        pl_assert(id != 0);

        if (r != 0)
                return r;
        if (actual != id)
                return PL_FILE_E_GONE;
        return pl_cgroup_absent_or_gone(cgroup_fd, PL_FILE_E_ABSENT) == PL_FILE_E_GONE
                       ? PL_FILE_E_GONE
                       : 0;
}

/* From this directory up to the root; the fd is moved along. */
static int find_above(int root_fd, int *fd, uint64_t id, bool *ret_found)
{
        struct stat root, status;

        if (fstat(root_fd, &root) < 0)
                return pl_file_outcome(errno);
        for (int i = 0; i <= PL_CGROUP_DEPTH_MAX; i++) {
                int above = -1, r;

                if (fstat(*fd, &status) < 0)
                        return pl_file_outcome(errno);
                *ret_found = status.st_ino == id && status.st_dev == root.st_dev;
                if (*ret_found || status.st_dev != root.st_dev || status.st_ino == root.st_ino)
                        return 0;
                r = pl_file_open_directory(*fd, "..", &above);
                if (r != 0)
                        return r;
                (void) close(*fd);
                *fd = above;
        }
        return -ELOOP;
}

int pl_kill_is_inside(struct pl_killer *killer, int proc_dir_fd, uint64_t id, bool *ret_inside)
{
        struct pl_process_cgroup cgroup;
        char path[PL_CGROUP_PATH_MAX] = ".";
        _cleanup_close_ int fd = -1;
        size_t length;
        int r = pl_process_read_cgroup(proc_dir_fd, &killer->buffer, &cgroup);

        pl_assert(ret_inside);

        *ret_inside = false;
        if (r != 0)
                return r;
        /* One that is really called so is there under that name. Without it the path may be another cgroup's by now. */
        length = cgroup.path.length + (cgroup.deleted ? strlen(" (deleted)") : 0);
        if (length + sizeof "." > sizeof path)
                return PL_FILE_E_TOO_BIG;
        /* It begins with a slash, and is to be looked for below our mount. */
        memcpy(path + 1, cgroup.path.data, length);
        path[1 + length] = '\0';
        r = pl_file_open_directory(killer->roots.cgroup_fd, path, &fd);
        if (r == 0)
                r = find_above(killer->roots.cgroup_fd, &fd, id, ret_inside);
        /* Its directory was removed, which it can be only when the process is as good as dead. */
        return r == PL_FILE_E_ABSENT ? PL_FILE_E_GONE : r;
}

static int is_named_inside(struct pl_killer *killer, const char *name, uint64_t id,
                           bool *ret_inside)
{
        _cleanup_close_ int fd = -1;
        int r = pl_file_open_directory(killer->roots.proc_fd, name, &fd);

        return r == 0 ? pl_kill_is_inside(killer, fd, id, ret_inside) : r;
}

int pl_kill_is_vital(struct pl_killer *killer, uint64_t id, bool *ret_vital)
{
        char self[16];
        int r;

        pl_assert(ret_vital);

        /* Not "self", which is a link. */
        (void) snprintf(self, sizeof self, "%d", getpid());
        r = is_named_inside(killer, self, id, ret_vital);
        if (r != 0 || *ret_vital)
                return r == PL_FILE_E_GONE || r == PL_FILE_E_ABSENT ? -ESRCH : r;
        r = is_named_inside(killer, "1", id, ret_vital);
        /* With hidepid=2 it is not shown to us, and then the list of who is in it has to say it. */
        killer->is_first_hidden = r == PL_FILE_E_GONE || r == PL_FILE_E_ABSENT ||
                                  r == PL_FILE_E_DENIED;
        return killer->is_first_hidden ? 0 : r;
}

bool pl_kill_is_forbidden(uint32_t measure, uint32_t flags)
{
        static const uint32_t never = PL_CGROUP_PROTECTED | PL_CGROUP_OBSERVED | PL_CGROUP_PAUSED |
                                      PL_CGROUP_RESTORED;

        pl_assert(measure < PL_MEASURE_KINDS);

        if (measure == PL_MEASURE_THAW)
                return false;
        if (measure == PL_MEASURE_FREEZE && (flags & PL_CGROUP_FROZEN))
                return true;
        return (flags & never) != 0 || !(flags & PL_CGROUP_WORKLOAD);
}
