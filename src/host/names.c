/* SPDX-License-Identifier: Apache-2.0 */

/* Between the loop and each thread is a pair of sockets, in which questions go one way and answers the other, whole as they
 * were sent. There is nothing to lock, and what waits is bounded by counting what is out. When the loop closes its end the
 * thread reads that there is no more and ends; what it was fetching then is nobody's, and it frees it. A thread that never
 * comes back holds nothing of anybody else's.
 */

#include "plimsoll/host/names.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "plimsoll/base/assert.h"
#include "plimsoll/base/clock.h"
#include "plimsoll/base/fd.h"
#include "plimsoll/base/macro.h"

/* The kernel's log says it, and `top -H` does. */
#define THREAD_NAME "plimsoll-names"

/* A line of /etc/passwd, a path, a key: 64 KiB would do; aarch64 takes no less than this. */
enum { STACK_BYTES = 128 * 1024 };

/* The thread's own. */
struct worker {
        int fd, root_fd;
        struct pl_names_places places;
};

struct lane {
        int fd;
        pthread_t thread;
        uint32_t out_count; /* questions put whose answers were not taken */
};

struct pl_namer {
        uint32_t lane_count; /* that have a thread */
        struct lane lanes[PL_NAMER_THREADS];
};

/* ---- the thread's side ---- */

static void worker_free(struct worker *worker)
{
        pl_cleanup_close(&worker->fd);
        pl_cleanup_close(&worker->root_fd);
        free(worker);
}

static bool receive(int fd, struct pl_names_question *question)
{
        ssize_t length;

        do
                length = recv(fd, question, sizeof *question, 0);
        while (length < 0 && errno == EINTR);
        return length == (ssize_t) sizeof *question;
}

/* False: nobody waits for it any more. Where the kernel has no memory it is tried again, for who asked counts his answers. */
static bool give(int fd, const struct pl_names_answer *answer)
{
        const struct timespec moment = { .tv_nsec = 10L * 1000 * 1000 };

        while (send(fd, answer, sizeof *answer, MSG_NOSIGNAL) < 0) {
                if (errno == EPIPE || errno == ECONNRESET)
                        return false;
                (void) clock_nanosleep(CLOCK_MONOTONIC, 0, &moment, NULL);
        }
        return true;
}

static void *run(void *userdata)
{
        struct worker *worker = userdata;
        struct pl_names_question question;

        (void) pthread_setname_np(pthread_self(), THREAD_NAME);
        while (receive(worker->fd, &question)) {
                struct pl_names_answer answer;

                pl_names_fetch(worker->root_fd, &worker->places, &question, &answer);
                if (!give(worker->fd, &answer))
                        free(answer.text);
        }
        worker_free(worker);
        return NULL;
}

/* ---- the loop's side ---- */

static int create(struct lane *lane, struct worker *worker)
{
        pthread_attr_t attributes;
        int r = pthread_attr_init(&attributes);

        if (r != 0)
                return -r;
        r = pthread_attr_setstacksize(&attributes, STACK_BYTES);
        if (r == 0)
                r = pthread_create(&lane->thread, &attributes, run, worker);
        (void) pthread_attr_destroy(&attributes);
        return -r;
}

static int start(struct lane *lane, struct worker *worker)
{
        sigset_t all, before;
        int r;

        /* A thread begins with the mask of who makes it. All signals are for the loop, which waits for them. */
        (void) sigfillset(&all);
        pl_assert(pthread_sigmask(SIG_SETMASK, &all, &before) == 0);
        r = create(lane, worker);
        pl_assert(pthread_sigmask(SIG_SETMASK, &before, NULL) == 0);
        return r;
}

static int open_lane(struct lane *lane, int root_fd, const struct pl_names_places *places)
{
        struct worker *worker = malloc(sizeof *worker);
        int fds[2], r;

        if (!worker)
                return -ENOMEM;
        *worker = (struct worker){ .fd = -1, .root_fd = -1, .places = *places };
        worker->root_fd = fcntl(root_fd, F_DUPFD_CLOEXEC, 0);
        if (worker->root_fd < 0 || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) < 0) {
                r = -errno;
                worker_free(worker);
                return r;
        }
        lane->fd = fds[0];
        worker->fd = fds[1];
        r = start(lane, worker);
        if (r < 0) {
                worker_free(worker);
                pl_cleanup_close(&lane->fd);
        }
        return r; /* NOLINT(clang-analyzer-unix.Malloc): it is the thread's */
}

int pl_namer_new(int root_fd, const struct pl_names_places *places, struct pl_namer **ret_namer)
{
        struct pl_namer *namer = calloc(1, sizeof *namer);

        pl_assert(root_fd >= 0 && places && ret_namer);

        if (!namer)
                return -ENOMEM;
        for (uint32_t i = 0; i < PL_NAMER_THREADS; i++) {
                int r = open_lane(&namer->lanes[i], root_fd, places);

                if (r < 0) {
                        pl_namer_free(namer, PL_USEC_PER_SEC);
                        return r;
                }
                namer->lane_count++;
        }
        *ret_namer = namer;
        return 0;
}

/* The end of the thread is that it closes its side. Answers that nobody waits for any more come before. */
static bool wait_for_end(const struct lane *lane, uint64_t patience_usec)
{
        struct pollfd poll_fd = { .fd = lane->fd, .events = POLLIN };
        struct pl_names_answer answer;

        while (poll(&poll_fd, 1, (int) (patience_usec / PL_USEC_PER_MSEC)) > 0) {
                if (recv(lane->fd, &answer, sizeof answer, MSG_DONTWAIT) != (ssize_t) sizeof answer)
                        return true;
                free(answer.text);
        }
        return false;
}

/* What a thread that was left behind sends later it cannot send, and frees. */
static void close_lane(struct lane *lane, uint64_t patience_usec)
{
        (void) shutdown(lane->fd, SHUT_WR);
        if (wait_for_end(lane, patience_usec))
                pl_assert(pthread_join(lane->thread, NULL) == 0);
        else
                (void) pthread_detach(lane->thread);
        pl_cleanup_close(&lane->fd);
}

void pl_namer_free(struct pl_namer *namer, uint64_t patience_usec)
{
        if (!namer)
                return;
        for (uint32_t i = 0; i < namer->lane_count; i++)
                close_lane(&namer->lanes[i], patience_usec);
        free(namer);
}

int pl_namer_put(struct pl_namer *namer, const struct pl_names_question *question)
{
        struct lane *lane = &namer->lanes[question->uid != 0];

        if (lane->out_count == PL_NAMER_QUESTIONS_MAX ||
            send(lane->fd, question, sizeof *question, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
                return PL_NAMER_E_FULL;
        lane->out_count++;
        return 0;
}

int pl_namer_fd(const struct pl_namer *namer, uint32_t thread)
{
        pl_assert(thread < PL_NAMER_THREADS);

        return namer->lanes[thread].fd;
}

bool pl_namer_take(struct pl_namer *namer, struct pl_names_answer *ret_answer)
{
        pl_assert(ret_answer);

        for (uint32_t i = 0; i < PL_NAMER_THREADS; i++) {
                struct lane *lane = &namer->lanes[i];

                if (lane->out_count == 0 || recv(lane->fd, ret_answer, sizeof *ret_answer,
                                                 MSG_DONTWAIT) != (ssize_t) sizeof *ret_answer)
                        continue;
                lane->out_count--;
                return true;
        }
        return false;
}

/* ---- in words ---- */

const char *pl_names_why(int result)
{
        switch (result) {
        case PL_NAMES_E_ABSENT:
                return "its runtime has not written it down where that is usual";
        case PL_NAMES_E_TOO_BIG:
                return "its runtime's file is too large";
        case PL_NAMES_E_REFUSED:
                return "its runtime's file may not be read, is a link, or somebody else's";
        case PL_NAMES_E_INVALID:
                return "its runtime's file is not understood";
        case PL_NAMES_E_LATE:
                return "its runtime's file has not been read for seconds";
        default:
                return result < 0 ? strerrordesc_np(-result) : "its runtime's file cannot be read";
        }
}
