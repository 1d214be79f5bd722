/* SPDX-License-Identifier: Apache-2.0 */

#include "mate.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "mate_child.h"
#include "mate_order.h"
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
                pl_mate_child(&report, options, sockets[1], sockets[0]);
        r = -errno;
        (void) close(sockets[1]);
        if (pid < 0) {
                (void) close(sockets[0]);
                return r;
        }
        *ret_mate = (struct pl_mate){ .pid = pid,
                                      .socket_fd = sockets[0],
                                      .pid_fd = pidfd_open(pid, 0) };
        return 0;
}

int pl_mate_show(struct pl_mate *mate, int journal_fd, uint64_t from_sequence)
{
        const struct pl_mate_order order = { .kind = PL_MATE_ORDER_SHOW,
                                             .from_sequence = from_sequence };

        pl_assert(journal_fd >= 0);

        return pl_mate_order_send(mate->socket_fd, &order, &journal_fd);
}

void pl_mate_wake(const struct pl_mate *mate)
{
        const struct pl_mate_order order = { .kind = PL_MATE_ORDER_WAKE };

        (void) pl_mate_order_send(mate->socket_fd, &order, NULL);
}

/* ---- who is held still ---- */

static uint64_t *find_held(struct pl_mate *mate, uint64_t id)
{
        for (size_t i = 0; i < PL_MATE_HELD_MAX; i++)
                if (mate->held[i] == id)
                        return &mate->held[i];
        return NULL;
}

int pl_mate_hold(struct pl_mate *mate, int cgroup_fd, uint64_t id, uint64_t deadline_usec)
{
        const struct pl_mate_order order = { .kind = PL_MATE_ORDER_HOLD,
                                             .held = { id, deadline_usec } };
        uint64_t *place = find_held(mate, id);
        int r;

        pl_assert(cgroup_fd >= 0);
        pl_assert(id != 0);

        if (!place)
                place = find_held(mate, 0);
        if (!place)
                return -ENOSPC;
        r = pl_mate_order_send(mate->socket_fd, &order, &cgroup_fd);
        if (r == 0)
                *place = id;
        return r;
}

/* What it was not told of keeps its place, so that the mate never has more of them than there is room for. */
int pl_mate_let_go(struct pl_mate *mate, uint64_t id)
{
        const struct pl_mate_order order = { .kind = PL_MATE_ORDER_LET_GO, .held.id = id };
        uint64_t *place = find_held(mate, id);
        int r;

        pl_assert(id != 0);

        if (!place)
                return 0;
        r = pl_mate_order_send(mate->socket_fd, &order, NULL);
        if (r == 0)
                *place = 0;
        return r;
}

/* ---- whom it would kill ---- */

int pl_mate_brief(struct pl_mate *mate, const struct pl_mate_brief *brief, const int *fds)
{
        const struct pl_mate_order order = { .kind = PL_MATE_ORDER_BRIEF, .brief = *brief };

        pl_assert(brief->count <= PL_MATE_RANKED_MAX);
        for (uint32_t i = 0; i < brief->count; i++)
                pl_assert(brief->ranked[i].id != 0 && fds[i] >= 0);

        return pl_mate_order_send(mate->socket_fd, &order, fds);
}

static bool take_deed(struct pl_mate *mate, struct pl_mate_deed *ret_deed)
{
        ssize_t size = recv(mate->socket_fd, ret_deed, sizeof *ret_deed, MSG_DONTWAIT);

        /* Who ended with something unread is told of once as an error, and what he has sent before comes behind it. */
        if (size < 0 && errno == ECONNRESET)
                size = recv(mate->socket_fd, ret_deed, sizeof *ret_deed, MSG_DONTWAIT);
        mate->has_gone = mate->has_gone || size == 0 ||
                         (size < 0 && errno != EAGAIN && errno != EINTR);
        if (size != sizeof *ret_deed)
                return false;
        mate->acts_until_usec = ret_deed->until_usec;
        return true;
}

bool pl_mate_take(struct pl_mate *mate, struct pl_outcome *ret_outcome,
                  char ret_name[PL_JOURNAL_NAME_BYTES])
{
        struct pl_mate_deed deed;

        pl_assert(mate->socket_fd >= 0);
        pl_assert(ret_outcome && ret_name);

        do
                if (!take_deed(mate, &deed))
                        return false;
        while (deed.until_usec != 0);
        *ret_outcome = deed.outcome;
        memcpy(ret_name, deed.name, sizeof deed.name);
        return true;
}

bool pl_mate_acts(const struct pl_mate *mate, uint64_t now_usec)
{
        return now_usec < mate->acts_until_usec;
}

/* ---- its end ---- */

/* The fd is readable at its end alone, but for the socket: there it may also be something that it has done. */
static bool ends_within(const struct pl_mate *mate, uint64_t usec)
{
        const uint64_t deadline = pl_clock_now_usec() + usec;
        struct pollfd poll_fd = { .fd = mate->socket_fd }; /* hung up is always told */
        int r;

        if (mate->pid_fd >= 0)
                poll_fd = (struct pollfd){ .fd = mate->pid_fd, .events = POLLIN };
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
        bool has_ended;

        if (mate->socket_fd < 0)
                return;
        pl_assert(mate->pid > 1);

        (void) shutdown(mate->socket_fd, SHUT_WR);
        has_ended = ends_within(mate, patience_usec);
        if (!has_ended) {
                kill_it(mate);
                has_ended = ends_within(mate, REAP_USEC);
        }
        (void) waitpid(mate->pid, NULL, has_ended ? 0 : WNOHANG);
        (void) close(mate->socket_fd);
        pl_cleanup_close(&mate->pid_fd);
        *mate = PL_MATE_NONE;
}
