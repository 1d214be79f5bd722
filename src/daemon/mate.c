/* SPDX-License-Identifier: Apache-2.0 */

#include "mate.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "mate_child.h"
#include "plimsoll/base/assert.h"
#include "plimsoll/base/clock.h"
#include "plimsoll/base/macro.h"

/* Ten heartbeats: the daemon says each second that it is well. No look at a host of 16,384 workloads takes half of that, and
 * WatchdogSec= of the unit is longer, so that there is a word of it before systemd ends it. */
#define SILENCE_DEFAULT_USEC (10 * PL_USEC_PER_SEC)

/* A killed process is gone in less, unless the kernel itself holds it; then nobody can reap it. */
#define REAP_USEC PL_USEC_PER_SEC

/* Static in the parent as well, so that the child finds it made, and no stack holds it. */
static struct pl_mate_report report;

int pl_mate_start(const struct pl_mate_options *options, struct pl_mate *ret_mate)
{
        int sockets[2], r;
        pid_t pid;

        pl_assert(options && ret_mate);

        *ret_mate = PL_MATE_NONE;
        report = (struct pl_mate_report){
                .to_stderr = options->to_stderr,
                .pid = (uint32_t) getpid(),
                .silence_usec = options->silence_usec ? options->silence_usec
                                                      : SILENCE_DEFAULT_USEC,
        };
        r = pl_journald_init(&report.journald, options->journald_path);
        if (r < 0)
                return r;
        if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets) < 0)
                return -errno;
        pid = fork();
        if (pid == 0)
                pl_mate_child(&report, sockets[1], sockets[0]);
        r = -errno;
        (void) close(sockets[1]);
        if (pid < 0) {
                (void) close(sockets[0]);
                return r;
        }
        *ret_mate = (struct pl_mate){ pid, sockets[0], pidfd_open(pid, 0) };
        return 0;
}

int pl_mate_show(struct pl_mate *mate, int journal_fd, uint64_t from_sequence)
{
        _Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof journal_fd)] = {};
        struct pl_mate_shown show = { .from_sequence = from_sequence };
        struct iovec part = { &show, sizeof show };
        struct msghdr message = { .msg_iov = &part,
                                  .msg_iovlen = 1,
                                  .msg_control = control,
                                  .msg_controllen = sizeof control };
        struct cmsghdr *header = CMSG_FIRSTHDR(&message);

        pl_assert(mate->socket_fd >= 0);
        pl_assert(journal_fd >= 0);

        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(sizeof journal_fd);
        memcpy(CMSG_DATA(header), &journal_fd, sizeof journal_fd);
        if (sendmsg(mate->socket_fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0)
                return 0;
        /* Once only, of one that went with something unread. */
        return errno == ECONNRESET ? -EPIPE : -errno;
}

void pl_mate_wake(const struct pl_mate *mate)
{
        pl_assert(mate->socket_fd >= 0);

        (void) send(mate->socket_fd, "", 1, MSG_DONTWAIT | MSG_NOSIGNAL);
}

/* It never sends anything, so all that can be read is its end. */
static bool ends_within(int fd, uint64_t usec)
{
        const uint64_t deadline = pl_clock_now_usec() + usec;
        struct pollfd poll_fd = { .fd = fd, .events = POLLIN };
        int r;

        do {
                uint64_t now = pl_clock_now_usec();
                uint64_t left_msec = now < deadline ? (deadline - now) / PL_USEC_PER_MSEC : 0;

                r = poll(&poll_fd, 1, (int) PL_MIN(left_msec, (uint64_t) INT32_MAX));
        } while (r < 0 && errno == EINTR);
        return r > 0;
}

/* The pid is that process's until it is reaped, so it can be killed by it where there is no pidfd. */
static void kill_it(const struct pl_mate *mate)
{
        if (mate->pid_fd < 0 || pidfd_send_signal(mate->pid_fd, SIGKILL, NULL, 0) < 0)
                (void) kill(mate->pid, SIGKILL);
}

/* Our own end stays open for reading: without a pidfd it is what tells of the other's. */
void pl_mate_stop(struct pl_mate *mate, uint64_t patience_usec)
{
        const int end_fd = mate->pid_fd >= 0 ? mate->pid_fd : mate->socket_fd;
        bool has_ended;

        if (mate->socket_fd < 0)
                return;
        pl_assert(mate->pid > 1);

        (void) shutdown(mate->socket_fd, SHUT_WR);
        has_ended = ends_within(end_fd, patience_usec);
        if (!has_ended) {
                kill_it(mate);
                has_ended = ends_within(end_fd, REAP_USEC);
        }
        (void) waitpid(mate->pid, NULL, has_ended ? 0 : WNOHANG);
        (void) close(mate->socket_fd);
        pl_cleanup_close(&mate->pid_fd);
        *mate = PL_MATE_NONE;
}
