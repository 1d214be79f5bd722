/* SPDX-License-Identifier: Apache-2.0 */

/* systemd ends a unit with a SIGTERM to all of its processes, or with a SIGABRT when the daemon has missed its watchdog, and
 * a terminal sends a SIGINT to both. The mate takes none of them for its own end: the daemon still has to say that it
 * stops, and if it cannot, that is what the mate is for. One sign counts, which no daemon can fail to give, however it
 * ends: the kernel closes its end of the socket. (abort() of our own ends the mate nevertheless.) Where a child that the
 * daemon has left behind keeps that open, the mate has another parent, and sees so at its next tick.
 *
 * It does not want a signal at its parent's death either, which could come before it has written the last words.
 */

#include "mate_child.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "mate_arm.h"
#include "mate_eyes.h"
#include "mate_hold.h"
#include "mate_order.h"
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

/* Large, and not for the stack. */
struct mate {
        struct pl_mate_report *report;
        struct pl_mate_eyes eyes;
        struct pl_mate_arm arm;
        struct pl_mate_holds holds;
        struct pl_mate_order order; /* that is being taken */
        struct pl_file_buffer buffer;
};

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

/* Where a journal cannot be read there is none until the next: the daemon goes on, and so do we. */
static void carry_out(struct mate *mate, const struct pl_mate_order *order, int *fds)
{
        switch (order->kind) {
        case PL_MATE_ORDER_SHOW:
                (void) pl_mate_report_show(mate->report, fds[0], order->from_sequence,
                                           pl_clock_now_usec());
                (void) close(fds[0]);
                break;
        case PL_MATE_ORDER_HOLD:
                /* There is always room: the daemon counts as we do. */
                (void) pl_mate_holds_add(&mate->holds, order->held.id, fds[0],
                                         order->held.deadline_usec);
                break;
        case PL_MATE_ORDER_LET_GO:
                pl_mate_holds_drop(&mate->holds, order->held.id);
                break;
        case PL_MATE_ORDER_BRIEF:
                pl_mate_arm_brief(&mate->arm, &order->brief, fds);
                break;
        default:
                break;
        }
}

/* False: the daemon is no more, and all that it had sent was taken. */
static bool take_orders(struct mate *mate)
{
        const bool is_orphan = getppid() != (pid_t) mate->report->pid; /* and sends no more */
        int fds[PL_MATE_RANKED_MAX], r = 0;

        for (int i = 0; i < ORDERS_MAX && (r == 0 || r == PL_MATE_ORDER_E_FOREIGN); i++) {
                r = pl_mate_order_take(SOCKET_FD, &mate->order, fds);
                if (r == 0)
                        carry_out(mate, &mate->order, fds);
        }
        return r != PL_MATE_ORDER_E_GONE && !is_orphan;
}

/* ---- in the daemon's stead ---- */

/* One that stands still reads it when it moves; one that cannot be told has the system's log. */
static void tell_daemon(const struct pl_mate_deed *deed)
{
        (void) send(SOCKET_FD, deed, sizeof *deed, MSG_DONTWAIT | MSG_NOSIGNAL);
}

/* It may move before anything has come of it, and would take another one. */
static void go_on(struct mate *mate, uint64_t now_usec)
{
        struct pl_mate_deed deed = {};

        if (pl_mate_arm_begun(&mate->arm, &deed))
                tell_daemon(&deed);
        if (!pl_mate_arm_step(&mate->arm, now_usec, &deed))
                return;
        pl_mate_report_add_deed(mate->report, &deed);
        tell_daemon(&deed);
}

static void watch_over(struct mate *mate, uint64_t now_usec)
{
        const uint64_t silent_usec = pl_mate_report_silent_usec(mate->report);

        (void) pl_mate_holds_expire(&mate->holds, now_usec, &mate->buffer);
        if (pl_mate_arm_looks(&mate->arm, silent_usec))
                pl_mate_eyes_look(&mate->eyes, now_usec, &mate->buffer);
        pl_mate_arm_judge(&mate->arm, now_usec, silent_usec, &mate->eyes.host, &mate->buffer);
        go_on(mate, now_usec);
}

/* First of all, and until it has come about. */
static void release(struct mate *mate)
{
        mate->report->thawed_count += pl_mate_holds_release(&mate->holds, &mate->buffer);
}

/* ---- its life ---- */

static void wait_for_order(const struct mate *mate, uint64_t usec)
{
        const uint64_t now_usec = pl_clock_now_usec();
        const uint64_t due_usec = PL_MIN(pl_mate_holds_next_usec(&mate->holds),
                                         pl_mate_arm_next_usec(&mate->arm));
        struct pollfd fds[] = { { .fd = SOCKET_FD, .events = POLLIN },
                                { .fd = pl_mate_arm_fd(&mate->arm), .events = POLLIN } };
        struct timespec pause;

        usec = PL_MIN(usec, due_usec > now_usec ? due_usec - now_usec : 0);
        pause = (struct timespec){ .tv_sec = (time_t) (usec / PL_USEC_PER_SEC),
                                   .tv_nsec = (long) (usec % PL_USEC_PER_SEC * 1000) };
        (void) ppoll(fds, PL_ARRAY_LENGTH(fds), &pause, NULL);
}

/* How long to wait then. `failures`: how often in a row there was something to write and none of it could be. */
static uint64_t write_what_is_there(struct pl_mate_report *report, uint64_t now_usec,
                                    unsigned *failures)
{
        const uint64_t written_before = report->written_count;
        const int r = pl_mate_report_write(report, now_usec);

        if (r != PL_JOURNALD_E_AWAY)
                *failures = 0;
        else
                *failures = report->written_count == written_before
                                    ? PL_MIN(*failures, UINT_MAX - 1) + 1
                                    : 1;
        return r == PL_MATE_REPORT_E_MORE ? 0 : pl_watch_pause_usec(*failures);
}

/* Until all is written and journald has taken it up: for what it reads of a process that has gone it cannot say which unit
 * it was of. */
static void drain(struct mate *mate)
{
        const uint64_t deadline = pl_clock_now_usec() + DRAIN_USEC;
        uint64_t now_usec;
        int r;

        do {
                now_usec = pl_clock_now_usec();
                release(mate);
                go_on(mate, now_usec);
                r = pl_mate_report_write(mate->report, now_usec);
                if (r == PL_MATE_REPORT_E_MORE)
                        continue;
                if (r == 0 && pl_journald_has_read(&mate->report->journald) &&
                    pl_mate_arm_next_usec(&mate->arm) == UINT64_MAX &&
                    !pl_mate_holds_any(&mate->holds))
                        return;
                (void) poll(NULL, 0, DRAIN_STEP_MSEC);
        } while (now_usec < deadline);
}

static void begin(struct mate *mate, struct pl_mate_report *report,
                  const struct pl_mate_options *options)
{
        mate->report = report;
        pl_mate_eyes_open(&mate->eyes, options);
        pl_mate_arm_init(&mate->arm, &mate->eyes.roots);
}

void pl_mate_child(struct pl_mate_report *report, const struct pl_mate_options *options,
                   int socket_fd, int daemon_fd)
{
        static struct mate mate;
        unsigned failures = 0;

        pl_assert(report->silence_usec > PL_MATE_TICK_USEC);

        keep_only(socket_fd, daemon_fd);
        set_signals();
        (void) prctl(PR_SET_NAME, "plimsoll-mate");
        /* What the parent has locked a child does not inherit. */
        pl_privilege_lock_memory();
        tzset(); /* which reads a file and allocates, once */
        begin(&mate, report, options);

        while (take_orders(&mate)) {
                const uint64_t now_usec = pl_clock_now_usec();

                pl_mate_report_listen(report, now_usec);
                watch_over(&mate, now_usec);
                wait_for_order(&mate, write_what_is_there(report, now_usec, &failures));
        }
        release(&mate);
        pl_mate_report_end(report);
        drain(&mate);
        _exit(EXIT_SUCCESS);
}
