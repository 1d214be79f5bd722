/* SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>

#include "board_internal.h"
#include "plimsoll/base/fd.h"
#include "plimsoll/base/macro.h"
#include "say.h"
#include "supervisor_internal.h"

/* A read that hangs is left behind at the end. */
#define PATIENCE_USEC (100 * PL_USEC_PER_MSEC)

enum {
        /* How long a daemon without a loop waits at a time. */
        WAIT_MSEC = 20,
};

static const char *state_root(const struct pl_supervisor *s)
{
        if (s->options->state_root)
                return s->options->state_root;
        return s->options->cgroup_root ? NULL : "/";
}

enum pl_daemon_exit pl_supervisor_open_names(struct pl_supervisor *s)
{
        const char *path = state_root(s);
        _cleanup_close_ int fd = -1;
        int r;

        if (!path)
                return PL_DAEMON_FINE;
        fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (fd < 0) {
                pl_say_error("%s: %s", path, strerrordesc_np(errno));
                return PL_DAEMON_FAILED;
        }
        r = pl_namer_new(fd, &pl_names_usual_places, &s->namer);
        if (r == 0)
                return PL_DAEMON_FINE;
        pl_say_error("the threads that read what runtimes have written cannot be started: %s",
                     strerrordesc_np(-r));
        return PL_DAEMON_FAILED;
}

void pl_supervisor_close_names(struct pl_supervisor *s)
{
        pl_namer_free(s->namer, PATIENCE_USEC);
        s->namer = NULL;
}

static int on_names(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
        struct pl_supervisor *s = userdata;

        (void) source, (void) fd, (void) events;
        /* At least one, or the fd would stay readable. */
        (void) pl_board_take_names(&s->board, pl_clock_now_usec());
        pl_supervisor_work(s);
        return 0;
}

static int on_due(sd_event_source *source, uint64_t usec, void *userdata)
{
        (void) source, (void) usec;
        pl_supervisor_work(userdata);
        return 0;
}

int pl_supervisor_add_names(struct pl_supervisor *s)
{
        int r = 0;

        if (!s->namer)
                return 0;
        for (uint32_t i = 0; i < PL_NAMER_THREADS && r >= 0; i++)
                r = sd_event_add_io(s->event, NULL, pl_namer_fd(s->namer, i), EPOLLIN, on_names, s);
        if (r >= 0)
                r = sd_event_add_time_relative(s->event, &s->names, CLOCK_MONOTONIC, 0,
                                               PL_USEC_PER_MSEC, on_due, s);
        return r < 0 ? r : sd_event_source_set_enabled(s->names, SD_EVENT_OFF);
}

void pl_supervisor_await_names(struct pl_supervisor *s)
{
        uint64_t now_usec = pl_clock_now_usec(), due_usec = s->board.names_due_usec;

        if (!s->names || due_usec == PL_BOARD_NEVER)
                return;
        (void) sd_event_source_set_time_relative(s->names, due_usec - PL_MIN(due_usec, now_usec));
        (void) sd_event_source_set_enabled(s->names, SD_EVENT_ONESHOT);
}

bool pl_supervisor_wait_for_names(struct pl_supervisor *s)
{
        struct pollfd fds[PL_NAMER_THREADS];

        if (s->board.awaited_count == 0)
                return false;
        for (uint32_t i = 0; i < PL_NAMER_THREADS; i++)
                fds[i] = (struct pollfd){ .fd = pl_namer_fd(s->namer, i), .events = POLLIN };
        (void) poll(fds, PL_NAMER_THREADS, WAIT_MSEC);
        return true;
}
