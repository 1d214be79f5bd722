/* SPDX-License-Identifier: Apache-2.0 */

/* systemd ends a unit with a SIGTERM to all of its processes, or with a SIGABRT when the daemon has missed its watchdog, and
 * a terminal sends a SIGINT to both. The mate takes none of them for its own end: the daemon still has to say that it
 * stops, and if it cannot, that is what the mate is for. One sign counts, which no daemon can fail to give, however it
 * ends: the kernel closes its end of the socket. (abort() of our own ends the mate nevertheless.)
 *
 * It does not want a signal at its parent's death either, which could come before it has written the last words.
 */

#include "mate_child.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "plimsoll/base/assert.h"
#include "plimsoll/base/clock.h"
#include "plimsoll/base/macro.h"
#include "privilege.h"

enum {
        SOCKET_FD = 3, /* the first behind the standard ones */
        /* Fds that a close one by one goes through: far more than any process of ours opens before it forks. */
        FDS_MAX = 65536,
        /* Packets that are taken at a time. The socket's buffer holds some 300. */
        ORDERS_MAX = 1024,
        /* Between two looks whether journald has come back, at the end. */
        DRAIN_STEP_MSEC = 20,
};

/* How long the end may take: journald is restarted in less, and systemd does not start the daemon again before the mate
 * is gone. */
#define DRAIN_USEC (2 * PL_USEC_PER_SEC)

/* ---- becoming it ---- */

static void close_from(int first)
{
        struct rlimit limit = { .rlim_cur = FDS_MAX };

        if (close_range((unsigned) first, ~0U, 0) == 0)
                return;
        (void) getrlimit(RLIMIT_NOFILE, &limit); /* before Linux 5.9 */
        for (int fd = first; (rlim_t) fd < PL_MIN(limit.rlim_cur, (rlim_t) FDS_MAX); fd++)
                (void) close(fd);
}

/* A lock lasts as long as any copy of its fd, and the daemon's end of the socket has to be the daemon's alone. */
static void keep_only(int socket_fd, int daemon_fd)
{
        (void) close(daemon_fd);
        if (socket_fd != SOCKET_FD && dup2(socket_fd, SOCKET_FD) < 0)
                _exit(EXIT_FAILURE);
        close_from(SOCKET_FD + 1);
}

static void set_signals(void)
{
        static const int ignored[] = { SIGTERM, SIGINT, SIGHUP, SIGPIPE, SIGABRT };
        sigset_t none;

        for (int i = 1; i < NSIG; i++)
                (void) signal(i, SIG_DFL); /* refused for those that cannot be caught */
        for (size_t i = 0; i < PL_ARRAY_LENGTH(ignored); i++)
                (void) signal(ignored[i], SIG_IGN);
        (void) sigemptyset(&none);
        (void) sigprocmask(SIG_SETMASK, &none, NULL);
}

/* ---- orders ---- */

/* The fd of a packet, or −1. More than one was never sent, and would not fit. */
static int fd_of(struct msghdr *message)
{
        const struct cmsghdr *header = CMSG_FIRSTHDR(message);
        int fd = -1;

        if (header && header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS &&
            header->cmsg_len == CMSG_LEN(sizeof fd))
                memcpy(&fd, CMSG_DATA(header), sizeof fd);
        return fd;
}

/* Takes one packet. False when there is none; *ret_open is false when there will never be one. A journal that cannot be read is
 * as if it had not been shown: the daemon goes on, and so do we. */
static bool take_order(struct pl_mate_report *report, bool *ret_open)
{
        _Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
        struct pl_mate_shown show = {};
        struct iovec part = { &show, sizeof show };
        struct msghdr message = { .msg_iov = &part,
                                  .msg_iovlen = 1,
                                  .msg_control = control,
                                  .msg_controllen = sizeof control };
        const ssize_t size = recvmsg(SOCKET_FD, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
        _cleanup_close_ int fd = size > 0 ? fd_of(&message) : -1;

        if (size <= 0) {
                *ret_open = size < 0 && (errno == EAGAIN || errno == EINTR);
                return false;
        }
        if (fd >= 0 && size == sizeof show)
                (void) pl_mate_report_show(report, fd, show.from_sequence, pl_clock_now_usec());
        return true;
}

static bool take_orders(struct pl_mate_report *report)
{
        bool is_open = true;

        for (int i = 0; i < ORDERS_MAX && take_order(report, &is_open); i++)
                ;
        return is_open;
}

/* ---- its life ---- */

static void wait_for_order(uint64_t usec)
{
        const struct timespec pause = { .tv_sec = (time_t) (usec / PL_USEC_PER_SEC),
                                        .tv_nsec = (long) (usec % PL_USEC_PER_SEC * 1000) };
        struct pollfd fd = { .fd = SOCKET_FD, .events = POLLIN };

        (void) ppoll(&fd, 1, &pause, NULL);
}

/* How often in a row there was something to write and none of it could be. */
static unsigned write_what_is_there(struct pl_mate_report *report, uint64_t now_usec,
                                    unsigned failures)
{
        const uint64_t written_before = report->written_count;

        if (pl_mate_report_write(report, now_usec) == 0)
                return 0;
        return report->written_count == written_before ? PL_MIN(failures, UINT_MAX - 1) + 1 : 1;
}

/* Until all is written and journald has taken it up: for what it reads of a process that has gone it cannot say which unit
 * it was of. */
static void drain(struct pl_mate_report *report)
{
        const uint64_t deadline = pl_clock_now_usec() + DRAIN_USEC;
        uint64_t now_usec;

        do {
                now_usec = pl_clock_now_usec();
                if (pl_mate_report_write(report, now_usec) == 0 &&
                    pl_journald_has_read(&report->journald))
                        return;
                (void) poll(NULL, 0, DRAIN_STEP_MSEC);
        } while (now_usec < deadline);
}

void pl_mate_child(struct pl_mate_report *report, int socket_fd, int daemon_fd)
{
        unsigned failures = 0;

        pl_assert(report->silence_usec > PL_MATE_TICK_USEC);

        keep_only(socket_fd, daemon_fd);
        set_signals();
        (void) prctl(PR_SET_NAME, "plimsoll-mate");
        /* What the parent has locked a child does not inherit. */
        pl_privilege_lock_memory();
        tzset(); /* which reads a file and allocates, once */

        while (take_orders(report)) {
                const uint64_t now_usec = pl_clock_now_usec();

                pl_mate_report_listen(report, now_usec);
                failures = write_what_is_there(report, now_usec, failures);
                wait_for_order(pl_watch_pause_usec(failures));
        }
        pl_mate_report_end(report);
        drain(report);
        _exit(EXIT_SUCCESS);
}
