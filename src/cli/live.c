/* SPDX-License-Identifier: Apache-2.0 */

/* A daemon that is stuck still has its process, and one that was killed never says so: the heartbeat tells the first, the
 * process the second. A pid alone does not say whose process that is, for the kernel gives it to another one in time; the
 * daemon's own began before it wrote down when it started.
 */

#include "live.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "live_view.h"
#include "plimsoll/base/assert.h"
#include "plimsoll/base/clock.h"
#include "plimsoll/base/macro.h"
#include "plimsoll/kernel/process.h"

/* The heartbeat comes every second at the least: five of them may get lost under load before anybody is alarmed. */
#define SILENT_MAX_USEC (5 * PL_USEC_PER_SEC)

enum {
        /* A heartbeat's time and half of that again, so often looked for that nobody waits longer than he has to. */
        LOOKS_MAX = 15,
        LOOK_AGAIN_NSEC = 100 * 1000 * 1000,
};

/* Between a process's beginning and its writing down that it has started; ticks of the kernel are 10 ms. */
#define START_SLACK_USEC (1 * PL_USEC_PER_SEC)

/* ---- opening ---- */

static const char *why_not(int r)
{
        switch (r) {
        case PL_JOURNAL_E_FOREIGN:
                return "is not a journal of plimsolld";
        case PL_JOURNAL_E_BYTE_ORDER:
                return "was written by a machine with another byte order";
        case PL_JOURNAL_E_VERSION:
                return "was written by another version of plimsolld";
        case PL_JOURNAL_E_CORRUPT:
                return "is damaged at its beginning";
        default:
                return "cannot be read";
        }
}

static enum pl_cli_exit say_failed(struct pl_cli *cli, const char *path, int r)
{
        pl_text_add(cli->words, "plimsoll: ");
        pl_cli_add_plain(cli->words, cli->style, pl_span_of(path));
        pl_text_addf(cli->words, " %s", why_not(r));
        if (r < 0)
                pl_text_addf(cli->words, ": %s", strerrordesc_np(-r));
        pl_text_add(cli->words, "\n");
        if (r == PL_JOURNAL_E_VERSION)
                pl_text_addf(cli->words,
                             "%s install plimsoll and plimsolld of one version, then "
                             "systemctl restart plimsolld\n",
                             pl_live_arrow(cli->style));
        else if (r == PL_JOURNAL_E_CORRUPT)
                pl_text_addf(cli->words, "%s systemctl restart plimsolld, which begins a new one\n",
                             pl_live_arrow(cli->style));
        return PL_CLI_FAILED;
}

static enum pl_cli_exit say_absent(struct pl_cli *cli, const char *path)
{
        pl_text_add(cli->words, "plimsoll: plimsolld is not running: there is no ");
        pl_cli_add_plain(cli->words, cli->style, pl_span_of(path));
        pl_text_addf(cli->words, "\n%s systemctl start plimsolld\n", pl_live_arrow(cli->style));
        return PL_CLI_NO_DAEMON;
}

static enum pl_cli_exit say_denied(struct pl_cli *cli, const char *path)
{
        pl_text_add(cli->words, "plimsoll: you may not read ");
        pl_cli_add_plain(cli->words, cli->style, pl_span_of(path));
        pl_text_addf(cli->words,
                     "\n%s sudo plimsoll %s, or join the group plimsoll: sudo usermod -aG plimsoll "
                     "USER\n",
                     pl_live_arrow(cli->style), cli->verb ? cli->verb->name : "status");
        return PL_CLI_DENIED;
}

static enum pl_cli_exit say_why_not(struct pl_cli *cli, const char *path, int r)
{
        if (r == PL_JOURNAL_E_ABSENT)
                return say_absent(cli, path);
        if (r == PL_JOURNAL_E_DENIED)
                return say_denied(cli, path);
        return say_failed(cli, path, r);
}

/* ---- is it well? ---- */

/* Whether the process of this pid is a dead one's remains, or began after the daemon: another one, then. What cannot be
 * read of it, as under hidepid, is taken for the daemon's. */
static bool is_another(pid_t pid, uint64_t started_usec)
{
        _cleanup_close_ int proc_fd = open("/proc", O_RDONLY | O_CLOEXEC | O_DIRECTORY);
        _cleanup_close_ int process_fd = -1;
        static struct pl_file_buffer buffer;
        struct pl_process_stat stat;
        long per_sec = sysconf(_SC_CLK_TCK);

        if (proc_fd < 0 || per_sec <= 0 || pl_process_open(proc_fd, pid, &process_fd) != 0 ||
            pl_process_read_stat(process_fd, &buffer, &stat) != 0)
                return false;
        return stat.state == 'Z' || stat.state == 'X' ||
               stat.start_ticks / (uint64_t) per_sec >
                       (started_usec + START_SLACK_USEC) / PL_USEC_PER_SEC;
}

static bool is_gone(const struct pl_journal_state *state)
{
        if (state->pid == 0 || state->pid > INT32_MAX)
                return true;
        if (kill((pid_t) state->pid, 0) < 0 && errno == ESRCH)
                return true;
        return is_another((pid_t) state->pid, state->started_usec);
}

static enum pl_live_health judge(const struct pl_live *live, bool is_gone)
{
        if (live->state.phase == PL_JOURNAL_STOPPED)
                return PL_LIVE_STOPPED;
        /* A heartbeat to come is one of a time before the host was started. */
        if (is_gone || live->state.pid == 0 ||
            live->pulse.heartbeat_usec > live->now_usec + SILENT_MAX_USEC)
                return PL_LIVE_DEAD;
        if (live->silent_usec > SILENT_MAX_USEC)
                return PL_LIVE_STUCK;
        return live->state.phase == PL_JOURNAL_STARTING ? PL_LIVE_STARTING : PL_LIVE_WELL;
}

void pl_live_look(const struct pl_journal_reader *reader, const struct pl_live_moment *moment,
                  struct pl_live *ret_live)
{
        struct pl_live live = { .reader = *reader };

        pl_assert(moment);
        pl_assert(ret_live);

        live.now_usec = moment->now_usec;
        live.realtime_usec = moment->realtime_usec;
        pl_journal_read_pulse(&live.reader, &live.pulse);
        if (live.pulse.heartbeat_usec < live.now_usec)
                live.silent_usec = live.now_usec - live.pulse.heartbeat_usec;
        (void) pl_journal_read_state(&live.reader,
                                     &live.state); /* zeros say that it is not known */
        live.has_host = pl_journal_read_host(&live.reader, &live.host) == 0;
        live.health = judge(&live, moment->is_gone);
        *ret_live = live;
}

int64_t pl_live_wall_usec(void)
{
        struct timespec now;
        int r = clock_gettime(CLOCK_REALTIME, &now);

        pl_assert(r == 0);

        return (int64_t) now.tv_sec * (int64_t) PL_USEC_PER_SEC + now.tv_nsec / 1000;
}

static void look_now(const struct pl_journal_reader *reader, struct pl_live *ret_live)
{
        struct pl_journal_state state = {};
        struct pl_live_moment moment;

        (void) pl_journal_read_state(reader, &state);
        moment.is_gone = is_gone(&state);
        moment.now_usec = pl_clock_now_usec();
        moment.realtime_usec = pl_live_wall_usec();
        pl_live_look(reader, &moment, ret_live);
}

/* While the host slept the clock went on and no heart beat, and the first beat comes up to a second after it has woken: only
 * who lets that pass as well is stuck. */
static void wait_for_a_heartbeat(struct pl_live *live)
{
        const struct timespec pause = { .tv_nsec = LOOK_AGAIN_NSEC };

        for (unsigned i = 0; live->health == PL_LIVE_STUCK && i < LOOKS_MAX; i++) {
                (void) nanosleep(&pause, NULL);
                look_now(&live->reader, live);
        }
}

enum pl_cli_exit pl_live_open(struct pl_cli *cli, const char *path, struct pl_live *ret_live)
{
        const char *name = path ? path : PL_LIVE_JOURNAL;
        struct pl_journal_reader reader;
        int r;

        pl_assert(cli);
        pl_assert(ret_live);

        r = pl_journal_reader_open(AT_FDCWD, name, &reader);
        if (r != 0)
                return say_why_not(cli, name, r);
        look_now(&reader, ret_live);
        wait_for_a_heartbeat(ret_live);
        return PL_CLI_FINE;
}

enum pl_cli_exit pl_live_open_named(struct pl_cli *cli, const char *path, struct pl_live *ret_live)
{
        pl_assert(cli && ret_live);

        if (!path || strcmp(path, PL_LIVE_JOURNAL) == 0)
                return pl_live_open(cli, path, ret_live);
        if (access(path, F_OK) == 0 || errno != ENOENT) {
                enum pl_cli_exit exit_code = pl_live_open(cli, path, ret_live);

                ret_live->is_named = exit_code == PL_CLI_FINE;
                return exit_code;
        }
        pl_text_add(cli->words, "plimsoll: there is no ");
        pl_cli_add_plain(cli->words, cli->style, pl_span_of(path));
        pl_text_add(cli->words, "\n");
        return PL_CLI_NO_DAEMON;
}

void pl_live_close(struct pl_live *live)
{
        pl_assert(live);

        pl_journal_reader_close(&live->reader);
}

bool pl_live_has_digest(const struct pl_journal_policy *policy)
{
        static const uint8_t none[PL_JOURNAL_DIGEST_BYTES];

        pl_assert(policy);

        return memcmp(policy->digest, none, sizeof none) != 0;
}

bool pl_live_is_running(const struct pl_live *live)
{
        switch (live->health) {
        case PL_LIVE_WELL:
        case PL_LIVE_STARTING:
        case PL_LIVE_STUCK:
                return true;
        case PL_LIVE_DEAD:
        case PL_LIVE_STOPPED:
                return false;
        }
        pl_unreachable();
}

/* ---- in words ---- */

/* "; what follows is as of 12 s ago" */
static void add_as_of(struct pl_text *text, const struct pl_live *live)
{
        pl_text_add(text, "; what follows is as of ");
        if (live->pulse.heartbeat_usec == 0 || live->pulse.heartbeat_usec > live->now_usec) {
                pl_text_add(text, "then");
                return;
        }
        pl_duration_format_short(text, live->silent_usec);
        pl_text_add(text, " ago");
}

static void add_advice(struct pl_text *text, struct pl_cli_style style, const struct pl_live *live,
                       const char *advice)
{
        pl_text_add(text, "\n");
        if (!live->is_named)
                pl_text_addf(text, "%s %s\n", pl_live_arrow(style), advice);
}

void pl_live_format_trouble(struct pl_text *text, struct pl_cli_style style,
                            const struct pl_live *live)
{
        pl_assert(text);
        pl_assert(live);

        switch (live->health) {
        case PL_LIVE_WELL:
                return;
        case PL_LIVE_STARTING:
                pl_text_add(text, "plimsolld is starting: it has not looked at everybody yet\n");
                return;
        case PL_LIVE_STUCK:
                pl_text_addf(text, "plimsolld (pid %u) is stuck: it has said nothing for ",
                             live->state.pid);
                pl_duration_format_short(text, live->silent_usec);
                pl_text_addf(text, "; what follows is as of then\n%s systemctl status plimsolld\n",
                             pl_live_arrow(style));
                return;
        case PL_LIVE_DEAD:
                pl_text_add(text, "plimsolld is not running: it ended without saying so");
                add_as_of(text, live);
                add_advice(text, style, live, "journalctl -u plimsolld; systemctl start plimsolld");
                return;
        case PL_LIVE_STOPPED:
                pl_text_add(text, "plimsolld is not running: it has ended");
                add_as_of(text, live);
                add_advice(text, style, live, "plimsoll events; systemctl start plimsolld");
                return;
        }
        pl_unreachable();
}

void pl_live_add_trouble(struct pl_cli *cli, const struct pl_live *live)
{
        pl_assert(cli);

        pl_live_format_trouble(cli->words, cli->style, live);
}
