/* SPDX-License-Identifier: Apache-2.0 */

/* Whether a kill would work, found out while nobody has to die: a capability that was dropped, a filter of system calls, a
 * cgroup file system that is mounted read-only show themselves here, and otherwise only at the moment that counts.
 *
 * Signals and files are tried on real workloads, short of doing anything. The whole way, cgroup.kill with somebody in there, is
 * tried on a child of our own that does nothing but wait. A child that is not waited for keeps its number, so it may be
 * killed by it.
 */

#include <errno.h>
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kill_internal.h"
#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"

enum {
        /* Of one candidate: enough to come upon one of another user. */
        PROCESSES_MAX = 16,
};

void pl_kill_test_init(struct pl_kill_test *test)
{
        pl_assert(test);

        *test = (struct pl_kill_test){ .first_part = PL_KILL_PARTS };
}

void pl_kill_test_forget(struct pl_kill_test *test)
{
        const pid_t child = test->child;

        pl_kill_test_init(test);
        test->child = child;
}

/* The first error of a part is the one that is kept. */
static void fail(struct pl_kill_test *test, enum pl_kill_part part, int error)
{
        pl_assert(part < PL_KILL_PARTS);
        pl_assert(error > 0);

        if (test->errors[part] == 0)
                test->errors[part] = error;
        test->first_part = PL_MIN(test->first_part, (int) part);
}

/* False: it cannot be found out, or it is one that no kill is for. */
static bool may_go_on(struct pl_killer *killer, uint64_t id, struct pl_kill_test *test)
{
        bool is_vital = false;
        int r = pl_kill_is_vital(killer, id, &is_vital);

        if (r != 0)
                fail(test, PL_KILL_PART_FIND, pl_kill_error_of(r, errno));
        else if (is_vital)
                fail(test, PL_KILL_PART_FIND, EBUSY);
        return r == 0 && !is_vital;
}

/* An absent file is no failure: there is another way without cgroup.kill, and no freezing without cgroup.freeze. */
static void try_to_open(int cgroup_fd, const char *name, struct pl_kill_test *test,
                        enum pl_kill_part part)
{
        _cleanup_close_ int fd = openat(cgroup_fd, name, O_WRONLY | O_CLOEXEC | O_NOCTTY);

        if (fd < 0 && errno != ENOENT)
                fail(test, part, errno);
}

/* False: there was no process. */
static bool try_to_signal(struct pl_killer *killer, uint64_t id, struct pl_kill_test *test)
{
        bool is_tried = false;

        for (size_t i = 0; i < killer->pid_count; i++) {
                _cleanup_(pl_pidfd_done) struct pl_pidfd process = PL_PIDFD_NONE;
                int r = pl_kill_catch(killer, id, killer->pids[i], &process);

                if (r == 0)
                        r = pl_pidfd_signal(&process, 0);
                if (r != 0 && r != PL_FILE_E_GONE)
                        fail(test, PL_KILL_PART_SIGNAL, pl_kill_error_of(r, errno));
                is_tried = is_tried || r != PL_FILE_E_GONE;
        }
        return is_tried;
}

int pl_kill_test_candidate(struct pl_killer *killer, int cgroup_fd, uint64_t id,
                           struct pl_kill_test *test)
{
        static const struct pl_kill_bounds few = { PROCESSES_MAX, PROCESSES_MAX };
        _cleanup_close_ int fd = -1;
        int r = pl_kill_confirm(cgroup_fd, id);

        pl_assert(killer && test);

        if (r == 0)
                r = pl_file_open_directory(cgroup_fd, ".", &fd);
        if (r == PL_FILE_E_GONE || r == PL_FILE_E_ABSENT)
                return PL_FILE_E_GONE;
        if (r == 0) {
                killer->sweeper = 0; /* whoever was going over the list begins anew */
                r = pl_kill_list(killer, fd, few);
        }
        if (r != 0) {
                fail(test, PL_KILL_PART_FIND, pl_kill_error_of(r, errno));
                return 0;
        }
        if (!may_go_on(killer, id, test))
                return 0;
        try_to_open(fd, "cgroup.kill", test, PL_KILL_PART_OPEN);
        try_to_open(fd, "cgroup.freeze", test, PL_KILL_PART_FREEZE);
        return try_to_signal(killer, id, test) ? 0 : PL_KILLER_E_NOBODY;
}

/* ---- the child ---- */

/* After a fork of a process with threads: nothing but system calls. A lock, and the socket by whose end others know that the
 * parent is gone, last as long as any copy of their fds; before Linux 5.9 that is until the child is dead. */
static _Noreturn void wait_for_death(pid_t parent)
{
        (void) close_range(STDERR_FILENO + 1, ~0U, 0);
        (void) prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
        /* Who died before that has sent no signal. */
        if (getppid() != parent)
                (void) kill(getpid(), SIGKILL);
        while (true)
                (void) pause();
}

/* True: it is still there. Who cannot be killed now, as one that waits for a disk, is dead some time. */
static bool end_by_number(struct pl_kill_test *test)
{
        (void) kill(test->child, SIGKILL);
        if (waitpid(test->child, NULL, WNOHANG) != 0)
                test->child = 0;
        return test->child != 0;
}

void pl_kill_test_begin(struct pl_killer *killer, int scratch_fd, uint64_t id,
                        struct pl_kill_test *test)
{
        const pid_t parent = getpid();
        int r;

        pl_assert(killer && test);

        if (test->child != 0 && end_by_number(test)) {
                fail(test, PL_KILL_PART_DEATH, ETIMEDOUT);
                return;
        }
        r = pl_kill_confirm(scratch_fd, id);
        if (r != 0)
                fail(test, PL_KILL_PART_FIND, pl_kill_error_of(r, errno));
        if (r != 0 || !may_go_on(killer, id, test))
                return;
        test->child = fork();
        if (test->child == 0)
                wait_for_death(parent);
        if (test->child < 0) {
                fail(test, PL_KILL_PART_PUT_IN, errno);
                test->child = 0;
                return;
        }
        r = pl_file_write_u64(scratch_fd, "cgroup.procs", (uint64_t) test->child);
        if (r != 0)
                fail(test, PL_KILL_PART_PUT_IN, pl_kill_error_of(r, errno));
        if (r == 0) {
                r = pl_cgroup_kill(scratch_fd);
                if (r != 0)
                        fail(test, PL_KILL_PART_KILL, pl_kill_error_of(r, errno));
        }
        if (r != 0)
                (void) kill(test->child, SIGKILL);
}

int pl_kill_test_end(struct pl_kill_test *test, bool given_up)
{
        pid_t pid;

        pl_assert(test);

        if (test->child == 0)
                return 0;
        pid = waitpid(test->child, NULL, WNOHANG);
        if (pid == 0 && !given_up)
                return PL_KILLER_E_MORE;
        if (pid == 0) {
                fail(test, PL_KILL_PART_DEATH, ETIMEDOUT);
                (void) end_by_number(test);
                return 0;
        }
        if (pid < 0)
                fail(test, PL_KILL_PART_DEATH, errno);
        test->child = 0;
        return 0;
}
