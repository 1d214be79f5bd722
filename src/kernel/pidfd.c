/* SPDX-License-Identifier: Apache-2.0 */

/* Numbers of processes are used again, so killing by number can hit a stranger. A pidfd is bound to the process. So is the
 * directory in /proc, which is why it is kept open as well: it stands in where there are no pidfds, and shows what becomes
 * of the victim.
 *
 * Opening is itself a use of the number. The start time settles whom it found: the pidfd is opened first, then the start
 * time read by the number. If it is the expected one, the expected process was alive at that moment, so nobody else can
 * have had the number before and the pidfd is its.
 *
 * The calls go through syscall(), and all through one function, so that a test can let them fail.
 */

#include "plimsoll/kernel/pidfd.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"
#include "plimsoll/kernel/process.h"

/* The same on every architecture since 5.1; in case the C library's headers are older than 5.15. */
#ifndef SYS_process_mrelease
#define SYS_process_mrelease 448
#endif

static long call(long number, long first, long second)
{
        return syscall(number, first, second, 0L, 0L);
}

/* ENOSYS is the kernel's word. EPERM is what a seccomp filter says of a call that it does not know, and neither
 * pidfd_open() nor process_mrelease() says it for a reason of its own (kernel/pid.c, mm/oom_kill.c, 7.2). */
static bool is_missing(int error)
{
        return error == ENOSYS || error == EPERM;
}

static int open_fd(pid_t pid, int *ret_fd)
{
        long fd;
        int r;

        pl_assert(pid > 0);

        fd = call(SYS_pidfd_open, pid, 0);
        if (fd < 0) {
                r = is_missing(errno) ? PL_PIDFD_E_UNSUPPORTED : pl_file_outcome(errno);
                /* Of a thread that is not the first of its process: EINVAL, on newer kernels ENOENT. */
                return r == PL_FILE_E_ABSENT ? PL_FILE_E_REFUSED : r;
        }
        *ret_fd = (int) fd;
        return 0;
}

/* /proc has directories for threads too, though it does not list them, and a signal to a thread's number is one to its
 * whole process: perhaps to our own. */
static int refuse_thread(int proc_dir_fd, pid_t pid, struct pl_file_buffer *buffer)
{
        struct pl_process_status status;
        int r = pl_process_read_status(proc_dir_fd, buffer, &status);

        pl_assert(pid > 0);

        if (r != 0)
                return r;
        return status.tgid == (uint64_t) pid ? 0 : PL_FILE_E_REFUSED;
}

int pl_pidfd_open(int proc_fd, pid_t pid, uint64_t start_ticks, struct pl_file_buffer *buffer,
                  struct pl_pidfd *ret_pidfd)
{
        _cleanup_(pl_pidfd_done) struct pl_pidfd pidfd = PL_PIDFD_NONE;
        int opened, r;

        pl_assert(pid > 0);
        pl_assert(ret_pidfd);

        opened = open_fd(pid, &pidfd.fd);
        if (opened != 0 && opened != PL_PIDFD_E_UNSUPPORTED && opened != PL_FILE_E_REFUSED)
                return opened;
        r = pl_process_open(proc_fd, pid, &pidfd.proc_dir_fd);
        /* Before 6.13 or so EINVAL is also said of a number that only names a group or session of the dead. */
        if (r == 0 && opened == PL_FILE_E_REFUSED)
                return PL_FILE_E_REFUSED;
        if (r == 0 && opened == PL_PIDFD_E_UNSUPPORTED)
                r = refuse_thread(pidfd.proc_dir_fd, pid, buffer);
        if (r == 0)
                r = pl_process_confirm(pidfd.proc_dir_fd, start_ticks, buffer);
        if (r != 0)
                return r;

        pidfd.pid = pid;
        pidfd.start_ticks = start_ticks;
        *ret_pidfd = PL_TAKE(pidfd, PL_PIDFD_NONE);
        return 0;
}

void pl_pidfd_done(struct pl_pidfd *pidfd)
{
        pl_assert(pidfd);

        pl_cleanup_close(&pidfd->fd);
        pl_cleanup_close(&pidfd->proc_dir_fd);
        *pidfd = PL_PIDFD_NONE;
}

static int signal_by_number(const struct pl_pidfd *pidfd, int number)
{
        pl_assert(pidfd->pid > 1);
        pl_assert(pidfd->pid != getpid());

        /* The directory belongs to the process: as long as a file of it can be found, so does the number. */
        if (faccessat(pidfd->proc_dir_fd, "stat", F_OK, 0) < 0)
                return errno == ENOENT ? PL_FILE_E_GONE : pl_file_outcome(errno);
        return kill(pidfd->pid, number) < 0 ? pl_file_outcome(errno) : 0;
}

int pl_pidfd_signal(const struct pl_pidfd *pidfd, int signal)
{
        pl_assert(pidfd && pidfd->proc_dir_fd >= 0);
        pl_assert(pidfd->pid > 1);
        pl_assert(pidfd->pid != getpid());
        pl_assert(signal >= 0 && signal <= SIGRTMAX);

        if (pidfd->fd < 0)
                return signal_by_number(pidfd, signal);
        if (call(SYS_pidfd_send_signal, pidfd->fd, signal) == 0)
                return 0;
        /* It is older than pidfd_open() by two versions, but a filter may know only one of them. */
        return errno == ENOSYS ? signal_by_number(pidfd, signal) : pl_file_outcome(errno);
}

static int poll_fd(int fd, bool *ret_dead)
{
        struct pollfd poll_entry = { .fd = fd, .events = POLLIN };
        int count = poll(&poll_entry, 1, 0);

        pl_assert(fd >= 0);
        pl_assert(ret_dead);

        if (count < 0)
                return pl_file_outcome(errno);
        *ret_dead = count > 0;
        return 0;
}

int pl_pidfd_is_dead(const struct pl_pidfd *pidfd, struct pl_file_buffer *buffer, bool *ret_dead)
{
        struct pl_process_stat stat;
        int r;

        pl_assert(pidfd && pidfd->proc_dir_fd >= 0);
        pl_assert(ret_dead);

        if (pidfd->fd >= 0)
                return poll_fd(pidfd->fd, ret_dead);
        r = pl_process_read_stat(pidfd->proc_dir_fd, buffer, &stat);
        if (r != 0 && r != PL_FILE_E_GONE)
                return r;

        /* The first thread of a process can be a zombie while others still run. */
        *ret_dead = r == PL_FILE_E_GONE ||
                    ((stat.state == 'Z' || stat.state == 'X') && stat.thread_count <= 1);
        return 0;
}

int pl_pidfd_mrelease(const struct pl_pidfd *pidfd)
{
        pl_assert(pidfd && pidfd->proc_dir_fd >= 0);
        pl_assert(pidfd->pid > 1);
        pl_assert(pidfd->pid != getpid());

        if (pidfd->fd < 0)
                return PL_PIDFD_E_UNSUPPORTED;
        if (call(SYS_process_mrelease, pidfd->fd, 0) == 0)
                return 0;
        return is_missing(errno) ? PL_PIDFD_E_UNSUPPORTED : pl_file_outcome(errno);
}
