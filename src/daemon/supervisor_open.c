/* SPDX-License-Identifier: Apache-2.0 */

#include <string.h>
#include <sys/resource.h>

#include "plimsoll/base/assert.h"
#include "plimsoll/base/clock.h"
#include "plimsoll/base/macro.h"
#include "plimsoll/base/text.h"
#include "plimsoll/host/killers.h"
#include "say.h"
#include "supervisor_internal.h"

enum {
        /* Files that others than the census have open: the journal's, the policies', the loop's, the hot set's six for
         * each of 64, and what is being killed. */
        FDS_OF_OTHERS = 1024,
};

/* One fd for each cgroup; the rest is found by path. */
static uint32_t raise_fds(void)
{
        struct rlimit limit;

        if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
                return 1;
        if (limit.rlim_cur < limit.rlim_max) {
                const struct rlimit raised = { limit.rlim_max, limit.rlim_max };

                if (setrlimit(RLIMIT_NOFILE, &raised) == 0)
                        limit = raised;
        }
        if (limit.rlim_cur <= FDS_OF_OTHERS)
                return 1;
        return (uint32_t) PL_MIN(limit.rlim_cur - FDS_OF_OTHERS, (rlim_t) UINT32_MAX);
}

static enum pl_daemon_exit explain_logbook(const struct pl_supervisor *s, int r)
{
        const char *directory = s->options->journal_directory;

        switch (r) {
        case PL_JOURNAL_E_LOCKED:
                pl_say_error("another plimsolld is running: it writes %s/journal\n"
                             "→ systemctl status plimsolld",
                             directory);
                return PL_DAEMON_OCCUPIED;
        case PL_JOURNAL_E_DENIED:
                pl_say_error("%s may not be written\n→ run plimsolld as root, or give "
                             "--journal-dir a directory of yours",
                             directory);
                return PL_DAEMON_DENIED;
        case PL_JOURNAL_E_ABSENT:
                pl_say_error("%s is not there, nor the directory to make it in", directory);
                return PL_DAEMON_FAILED;
        default:
                pl_say_error("%s/journal cannot be opened: %s", directory,
                             r < 0 ? strerrordesc_np(-r) : "it is not a file that could be one");
                return PL_DAEMON_FAILED;
        }
}

static enum pl_daemon_exit open_logbook(struct pl_supervisor *s, uint64_t now_usec)
{
        const struct pl_logbook_options options = {
                .directory = s->options->journal_directory,
                .version = PLIMSOLL_VERSION,
                .file_bytes = s->options->journal_bytes,
                .lock_memory = true,
                .mate = s->mate,
                .now_usec = now_usec,
                .realtime_usec = pl_supervisor_clock_usec(CLOCK_REALTIME),
        };
        int r = pl_logbook_open(&s->logbook, &options);

        return r == 0 ? PL_DAEMON_FINE : explain_logbook(s, r);
}

static enum pl_daemon_exit open_enforcer(struct pl_supervisor *s, uint64_t now_usec)
{
        const struct pl_enforce_options options = {
                .roots = s->roots,
                .census = &s->board.census,
                .logbook = &s->logbook,
                .is_dry = s->options->dry_run,
                .can_reclaim_with_swappiness = s->can_reclaim_with_swappiness,
        };
        int r = pl_enforcer_open(&s->enforcer, &options, now_usec);

        if (r == 0)
                return PL_DAEMON_FINE;
        pl_say_error("the threads that write limits cannot be started: %s", strerrordesc_np(-r));
        return PL_DAEMON_FAILED;
}

static enum pl_daemon_exit open_measures(struct pl_supervisor *s)
{
        const struct pl_measures_options options = {
                .roots = s->roots,
                .board = &s->board,
                .steps = &s->steps,
                .enforcer = &s->enforcer,
                .logbook = &s->logbook,
                .mate = s->mate,
        };
        int r = s->options->once ? 0 : pl_measures_open(&s->measures, &options);

        if (r == 0)
                return PL_DAEMON_FINE;
        pl_say_error("what ends a workload cannot be made ready: %s", strerrordesc_np(-r));
        return PL_DAEMON_FAILED;
}

static enum pl_daemon_exit open_steps(struct pl_supervisor *s)
{
        int r = pl_steps_init(&s->steps, &s->logbook);

        if (r == 0)
                return PL_DAEMON_FINE;
        pl_say_error("there is no memory to judge %d cgroups in: %s", PL_JOURNAL_ROWS_MAX,
                     strerrordesc_np(-r));
        return PL_DAEMON_FAILED;
}

static enum pl_daemon_exit open_board(struct pl_supervisor *s)
{
        const struct pl_board_options options = {
                .roots = s->roots,
                .census = { .fds_max = raise_fds(), .no_inotify = s->options->once },
                .recursive_protection = s->recursive_protection,
                .logbook = &s->logbook,
                .steps = &s->steps,
                .enforcer = &s->enforcer,
                .triggers = &s->triggers,
                .namer = s->namer,
        };
        int r = pl_board_open(&s->board, &options);

        if (r == 0)
                return PL_DAEMON_FINE;
        pl_say_error("the tree of cgroups cannot be looked at: %s",
                     r < 0 ? strerrordesc_np(-r) : "it is gone, or may not be read");
        return PL_DAEMON_FAILED;
}

/* Once: who is started later is seen by the doctor. */
static void say_who_else_acts(struct pl_supervisor *s, uint64_t now_usec)
{
        struct pl_killers killers;

        pl_killers_find(s->roots.proc_fd, &s->selftest.buffer, &killers);
        for (size_t i = 0; i < killers.count; i++) {
                const struct pl_killer_kind *kind = killers.found[i].kind;
                char words[PL_JOURNAL_WORDS_BYTES];
                struct pl_text text;

                if (!kind->is_rival)
                        continue;
                pl_text_init(&text, words, sizeof words);
                pl_text_addf(&text, "%s. %s", kind->name, kind->what);
                pl_logbook_say(
                        &s->logbook, now_usec,
                        &(struct pl_logbook_note){ .code = PL_NOTE_NOT_ALONE, .words = words });
        }
}

enum pl_daemon_exit pl_supervisor_open(struct pl_supervisor *s)
{
        uint64_t now_usec = pl_clock_now_usec();
        enum pl_daemon_exit exit_code;

        pl_assert(s && s->options);

        s->slept_usec = pl_supervisor_slept_usec();
        s->wall_usec = (int64_t) pl_supervisor_clock_usec(CLOCK_REALTIME) - (int64_t) now_usec;
        s->scan_usec = PL_SUPERVISOR_SCAN_USEC;
        pl_selftest_init(&s->selftest);
        exit_code = open_logbook(s, now_usec);
        if (exit_code != PL_DAEMON_FINE)
                return exit_code;
        exit_code = open_steps(s);
        if (exit_code == PL_DAEMON_FINE)
                exit_code = open_enforcer(s, now_usec);
        if (exit_code == PL_DAEMON_FINE) {
                exit_code = pl_supervisor_open_names(s);
                if (exit_code == PL_DAEMON_FINE)
                        exit_code = open_board(s);
                if (exit_code == PL_DAEMON_FINE) {
                        exit_code = open_measures(s);
                        if (exit_code != PL_DAEMON_FINE)
                                pl_board_close(&s->board);
                }
                if (exit_code != PL_DAEMON_FINE) {
                        pl_supervisor_close_names(s);
                        pl_enforcer_close(&s->enforcer);
                }
        }
        if (exit_code != PL_DAEMON_FINE) {
                pl_steps_done(&s->steps);
                pl_logbook_put_phase(&s->logbook, PL_JOURNAL_STOPPED);
                pl_logbook_close(&s->logbook);
                return exit_code;
        }
        if (!s->has_pressure)
                pl_logbook_say_once(&s->logbook, now_usec,
                                    &(struct pl_logbook_note){ .code = PL_NOTE_NO_PRESSURE });
        say_who_else_acts(s, now_usec);
        (void) pl_supervisor_look_at_host(s, now_usec);
        pl_policies_init(&s->policies, s->options->directories);
        pl_supervisor_reload(s, false);
        return PL_DAEMON_FINE;
}

void pl_supervisor_close(struct pl_supervisor *s)
{
        struct pl_journal_act act = {
                .at_usec = pl_clock_now_usec(),
                .type = PL_JOURNAL_ENDED,
                .ended = { .signal = (uint32_t) s->end_signal, .code = s->exit_code },
        };

        pl_logbook_act(&s->logbook, &act);
        pl_logbook_put_phase(&s->logbook, PL_JOURNAL_STOPPED);
        pl_selftest_done(&s->selftest);
        pl_measures_close(&s->measures);
        pl_enforcer_close(&s->enforcer);
        pl_policies_done(&s->policies);
        pl_board_close(&s->board);
        pl_supervisor_close_names(s);
        pl_steps_done(&s->steps);
        pl_logbook_close(&s->logbook);
}
