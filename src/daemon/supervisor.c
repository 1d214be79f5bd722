/* SPDX-License-Identifier: Apache-2.0 */

/* Three rhythms: the tick, at which the host itself is looked at, more often the less is available; the scan, at which
 * everybody is; and news from the kernel in between. What takes long, a look at thousands, is done in pieces from a source
 * that runs when nothing else waits, so that a signal, the watchdog or the tick never waits for more than one piece.
 */

#include "supervisor.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <systemd/sd-daemon.h>

#include "board_internal.h"
#include "plimsoll/base/clock.h"
#include "say.h"
#include "supervisor_internal.h"

/* ---- what wakes it ---- */

static int arm(sd_event_source *source, uint64_t from_now_usec)
{
        int r = sd_event_source_set_time_relative(source, from_now_usec);

        return r < 0 ? r : sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
}

void pl_supervisor_tell_of_status(const struct pl_supervisor *s)
{
        const struct pl_journal_state *state = &s->logbook.state;
        char words[256];
        struct pl_text text;

        pl_text_init(&text, words, sizeof words);
        pl_text_addf(&text,
                     "STATUS=Watching %u workloads, with and without processes, %u of them "
                     "under a profile.%s%s",
                     s->board.workload_count, s->board.profile_count,
                     pl_selftest_is_unfit(&s->selftest)
                             ? " IT CANNOT ACT: plimsoll events --type=alarm"
                             : "",
                     state->refused.at_usec == 0 ? ""
                     : s->policies.in_force      ? " The last policy was refused: plimsoll status"
                                                 : " NO POLICY is in force: plimsoll status");
        if (s->triggers.host_count + s->triggers.local_count > 0)
                pl_text_addf(&text, " Woken %llu times by stalls of the host, %llu of workloads.",
                             (unsigned long long) s->triggers.host_count,
                             (unsigned long long) s->triggers.local_count);
        (void) sd_notify(0, words);
}

/* Whoever has just installed this reads in the log what it would do, before it does it. */
static void tell_who_goes_first(struct pl_supervisor *s)
{
        const struct pl_judgement *judgement = &s->steps.judgement;
        const uint64_t flags = s->steps.settings.flags;
        char name[PL_JOURNAL_NAME_BYTES], words[PL_JOURNAL_WORDS_BYTES];

        if (!(flags & PL_SETTING_HOST) || flags & (PL_SETTING_OBSERVE | PL_SETTING_PAUSED))
                return;
        if (judgement->candidate_count > 0 && judgement->candidates[0].rank == 1) {
                pl_board_find_name(&s->board, judgement->candidates[0].id, name);
                (void) snprintf(words, sizeof words, "%s would go first", name);
        } else
                (void) snprintf(words, sizeof words, "there is nobody who may be taken");
        pl_logbook_say(
                &s->logbook, pl_clock_now_usec(),
                &(struct pl_logbook_note){ PL_NOTE_ARMED, s->steps.settings.floor_bytes, words });
}

static int on_work(sd_event_source *source, void *userdata)
{
        struct pl_supervisor *s = userdata;
        uint64_t looked_at_usec = s->board.looked_at_usec;

        if (!pl_board_work(&s->board, pl_clock_now_usec()))
                (void) sd_event_source_set_enabled(source, SD_EVENT_OFF);
        pl_supervisor_await_measures(s);
        pl_supervisor_await_names(s);
        if (s->board.looked_at_usec == looked_at_usec)
                return 0;
        /* Now everybody is known. */
        pl_supervisor_tell_settings(s, s->board.looked_at_usec);
        pl_measures_thaw_left(&s->measures, s->board.looked_at_usec);
        pl_supervisor_await_stalls(s);
        if (s->wants_look)
                pl_supervisor_look(s);
        pl_supervisor_put_host(s, pl_supervisor_wait_usec(s));
        pl_supervisor_tell_of_status(s);
        if (!s->is_ready) {
                tell_who_goes_first(s);
                pl_logbook_put_phase(&s->logbook, PL_JOURNAL_RUNNING);
                (void) sd_notify(0, "READY=1");
        }
        s->is_ready = true;
        return 0;
}

static int work(struct pl_supervisor *s)
{
        return sd_event_source_set_enabled(s->work, SD_EVENT_ON);
}

void pl_supervisor_work(struct pl_supervisor *s)
{
        if (s->work)
                (void) work(s);
}

void pl_supervisor_look(struct pl_supervisor *s)
{
        s->wants_look = !pl_board_begin(&s->board, pl_clock_now_usec());
        pl_supervisor_work(s);
}

void pl_supervisor_hurry(struct pl_supervisor *s)
{
        if (s->tick)
                (void) arm(s->tick, 0);
}

static int on_census(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
        struct pl_supervisor *s = userdata;

        (void) source, (void) fd, (void) events;
        /* Takes at least the first news, or the fd would stay readable. */
        (void) pl_census_notice(&s->board.census);
        return work(s);
}

/* Not put off by what comes in between: who touches a file all the time would keep the others from being read. */
static int settle(struct pl_supervisor *s)
{
        int enabled;

        if (sd_event_source_get_enabled(s->settle, &enabled) >= 0 && enabled != SD_EVENT_OFF)
                return 0;
        return arm(s->settle, PL_SUPERVISOR_SETTLE_MSEC * PL_USEC_PER_MSEC);
}

static int on_tick(sd_event_source *source, uint64_t usec, void *userdata)
{
        struct pl_supervisor *s = userdata;
        uint64_t now_usec = pl_clock_now_usec();
        uint64_t interval_usec = pl_supervisor_look_at_host(s, now_usec);

        (void) usec;
        s->enforcer.swap_free_bytes = s->steps.host.swap_free_bytes;
        pl_enforce_tick(&s->enforcer, now_usec);
        if (pl_enforce_due_usec(&s->enforcer) <= now_usec)
                (void) work(s);
        pl_supervisor_prove(s, now_usec);
        pl_supervisor_await_measures(s);
        /* Shares of a host that has become another one are other amounts. */
        if (pl_supervisor_is_other_host(s))
                (void) settle(s);
        return arm(source, interval_usec);
}

static int on_scan(sd_event_source *source, uint64_t usec, void *userdata)
{
        struct pl_supervisor *s = userdata;
        uint64_t now_usec = pl_clock_now_usec();

        (void) usec;
        /* One that a reload has just begun is no late one. */
        if (!pl_board_begin(&s->board, now_usec) && now_usec - s->board.begun_usec >= s->scan_usec)
                pl_logbook_say_once(&s->logbook, now_usec,
                                    &(struct pl_logbook_note){ PL_NOTE_SCAN_LATE,
                                                               now_usec - s->board.begun_usec,
                                                               NULL });
        if (s->bus)
                pl_bus_retry(s->bus, now_usec);
        pl_supervisor_set_host(s);
        /* Of some files nobody tells. */
        if (pl_policies_have_changed(&s->policies))
                (void) settle(s);
        (void) arm(source, s->scan_usec);
        return work(s);
}

static int on_policies(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
        struct pl_supervisor *s = userdata;

        (void) source, (void) fd, (void) events;
        return pl_policies_notice(&s->policies) ? settle(s) : 0;
}

static int reload(struct pl_supervisor *s, bool is_asked)
{
        /* What was seen until now is judged by the policy that is in force, and what comes of it begun before another is. */
        pl_steps_take(&s->steps, pl_clock_now_usec());
        pl_supervisor_reload(s, is_asked);
        (void) pl_board_begin(&s->board, pl_clock_now_usec());
        return work(s);
}

static int on_settled(sd_event_source *source, uint64_t usec, void *userdata)
{
        (void) source, (void) usec;
        return reload(userdata, false);
}

static int on_reload(sd_event_source *source, const struct signalfd_siginfo *info, void *userdata)
{
        struct pl_supervisor *s = userdata;

        (void) source, (void) info;
        (void) sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%llu",
                          (unsigned long long) pl_supervisor_clock_usec(CLOCK_MONOTONIC));
        (void) reload(s, true);
        pl_supervisor_tell_of_status(s);
        /* Before the first look is over it is not ready, and says so then. */
        if (s->is_ready)
                (void) sd_notify(0, "READY=1");
        return 0;
}

/* How long the end waits for services that were kept down to be started: systemd gives it ten seconds in all. */
#define LEAVE_USEC (2 * PL_USEC_PER_SEC)

static int on_left(sd_event_source *source, uint64_t usec, void *userdata)
{
        struct pl_supervisor *s = userdata;

        (void) usec;
        /* Who waits for a bus that has gone meanwhile is told of. */
        (void) pl_measures_leave(&s->measures);
        return sd_event_exit(sd_event_source_get_event(source), 0);
}

int pl_supervisor_leave(struct pl_supervisor *s)
{
        if (s->is_leaving)
                return 0;
        s->is_leaving = true;
        /* systemd asks who it is that wants a service started: he has to be there still. */
        if (pl_measures_leave(&s->measures) &&
            sd_event_add_time_relative(s->event, NULL, CLOCK_MONOTONIC, LEAVE_USEC, 0, on_left,
                                       s) >= 0)
                return 0;
        return sd_event_exit(s->event, 0);
}

static int on_end(sd_event_source *source, const struct signalfd_siginfo *info, void *userdata)
{
        struct pl_supervisor *s = userdata;

        (void) source;
        s->end_signal = (int) info->ssi_signo;
        return pl_supervisor_leave(s);
}

/* ---- running ---- */

static int add_signals(struct pl_supervisor *s)
{
        int r;

        /* Blocked by main(), as sd-event wants them. */
        r = sd_event_add_signal(s->event, NULL, SIGTERM, on_end, s);
        if (r >= 0)
                r = sd_event_add_signal(s->event, NULL, SIGINT, on_end, s);
        if (r >= 0)
                r = sd_event_add_signal(s->event, NULL, SIGHUP, on_reload, s);
        return r;
}

static int add_timer(struct pl_supervisor *s, sd_event_source **source, int64_t priority,
                     uint64_t from_now_usec, sd_event_time_handler_t handler)
{
        /* To the millisecond: a tick that may come a quarter of a second late is not one. */
        int r = sd_event_add_time_relative(s->event, source, CLOCK_MONOTONIC, from_now_usec,
                                           PL_USEC_PER_MSEC, handler, s);

        return r < 0 ? r : sd_event_source_set_priority(*source, priority);
}

static int add_timers(struct pl_supervisor *s)
{
        int r = add_timer(s, &s->tick, SD_EVENT_PRIORITY_IMPORTANT, 0, on_tick);

        if (r >= 0)
                r = add_timer(s, &s->scan, SD_EVENT_PRIORITY_NORMAL, 0, on_scan);
        if (r >= 0)
                r = add_timer(s, &s->settle, SD_EVENT_PRIORITY_NORMAL, 0, on_settled);
        return r < 0 ? r : sd_event_source_set_enabled(s->settle, SD_EVENT_OFF);
}

static int add_files(struct pl_supervisor *s)
{
        int r = 0;

        if (pl_board_fd(&s->board) >= 0)
                r = sd_event_add_io(s->event, NULL, pl_board_fd(&s->board), EPOLLIN, on_census, s);
        if (r >= 0 && pl_policies_fd(&s->policies) >= 0)
                r = sd_event_add_io(s->event, NULL, pl_policies_fd(&s->policies), EPOLLIN,
                                    on_policies, s);
        if (r >= 0)
                r = pl_supervisor_add_mate(s);
        if (r >= 0)
                r = pl_supervisor_add_reports(s);
        if (r >= 0)
                r = pl_supervisor_add_measures(s);
        if (r >= 0)
                r = pl_supervisor_add_names(s);
        if (r >= 0)
                r = sd_event_add_defer(s->event, &s->work, on_work, s);
        if (r >= 0)
                r = sd_event_source_set_priority(s->work, SD_EVENT_PRIORITY_IDLE);
        return r < 0 ? r : sd_event_source_set_enabled(s->work, SD_EVENT_OFF);
}

static int run_loop(struct pl_supervisor *s)
{
        int r = sd_event_new(&s->event);

        if (r >= 0)
                r = sd_event_set_watchdog(s->event, true);
        if (r >= 0)
                r = add_signals(s);
        if (r >= 0)
                r = add_files(s);
        if (r >= 0)
                r = add_timers(s);
        if (r >= 0)
                r = pl_supervisor_open_bus(s);
        if (r < 0)
                return r;
        pl_supervisor_open_triggers(s);
        pl_supervisor_await_order(s);
        r = sd_event_loop(s->event);
        return r;
}

static void let_go(struct pl_supervisor *s)
{
        pl_supervisor_close_bus(s);
        pl_triggers_done(&s->triggers);
        s->expiry = sd_event_source_disable_unref(s->expiry);
        s->measure = sd_event_source_disable_unref(s->measure);
        s->names = sd_event_source_disable_unref(s->names);
        s->tick = sd_event_source_unref(s->tick);
        s->scan = sd_event_source_unref(s->scan);
        s->settle = sd_event_source_unref(s->settle);
        s->work = sd_event_source_unref(s->work);
        s->event = sd_event_unref(s->event);
}

enum pl_daemon_exit pl_supervisor_run(struct pl_supervisor *s)
{
        int r = run_loop(s);

        pl_supervisor_part(s);
        pl_logbook_put_phase(&s->logbook, PL_JOURNAL_STOPPING);
        (void) sd_notify(0, "STOPPING=1");
        let_go(s);
        if (r < 0) {
                pl_say_error("the event loop has failed: %s", strerrordesc_np(-r));
                s->exit_code = PL_DAEMON_FAILED;
        }
        return s->exit_code;
}

enum pl_daemon_exit pl_supervisor_run_once(struct pl_supervisor *s)
{
        if (sd_event_new(&s->event) < 0 || pl_supervisor_open_bus(s) < 0)
                return PL_DAEMON_FAILED;
        pl_supervisor_await_bus(s);
        (void) pl_board_begin(&s->board, pl_clock_now_usec());
        while (pl_board_work(&s->board, pl_clock_now_usec()) || pl_supervisor_wait_for_names(s))
                ;
        pl_supervisor_settle_once(s);
        (void) pl_supervisor_look_at_host(s, pl_clock_now_usec());
        let_go(s);
        return s->exit_code;
}
