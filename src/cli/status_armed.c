/* SPDX-License-Identifier: Apache-2.0 */

/* Whether anybody would be ended if memory ran short now, and below what: what an operator relies on who sleeps. That nobody
 * would be is said by what stands in its way, and loudly where the policy wants it otherwise.
 *
 * The figures are those that the engine was given, as the ring of samples has them.
 */

#include <stdlib.h>

#include "events.h"
#include "plimsoll/base/assert.h"
#include "plimsoll/base/clock.h"
#include "plimsoll/base/macro.h"
#include "plimsoll/base/ratio.h"
#include "plimsoll/journal/cursor.h"
#include "plimsoll/model/note.h"
#include "plimsoll/model/order.h"
#include "replay.h"
#include "status.h"

enum { UPDATES_FIRST = 1024 };

static const char *const state_words[PL_STATUS_ARMED_STATES] = {
        [PL_STATUS_OBSERVING] = "observing",
        [PL_STATUS_PAUSED] = "paused",
        [PL_STATUS_ARMED] = "armed",
        [PL_STATUS_CANNOT_ACT] = "cannot-act",
};

enum pl_status_armed_state pl_status_armed_state(const struct pl_status *status)
{
        const struct pl_live *live = status->live;

        if (!live->has_host || !pl_live_is_running(live))
                return PL_STATUS_UNKNOWN;
        if (live->host.flags & PL_HOST_PAUSED)
                return PL_STATUS_PAUSED;
        if (!(live->host.flags & PL_HOST_ACTS))
                return PL_STATUS_OBSERVING;
        return live->host.flags & PL_HOST_UNFIT ? PL_STATUS_CANNOT_ACT : PL_STATUS_ARMED;
}

/* ---- looking ---- */

static void done(struct pl_journal_space *space)
{
        free(space->updates);
        free(space->outcomes);
}

static bool take_settings(const struct pl_snapshot *snapshot, struct pl_settings *settings)
{
        for (uint64_t i = snapshot->update_count; i-- > 0;)
                if (snapshot->updates[i].kind == PL_UPDATE_SETTINGS) {
                        *settings = snapshot->updates[i].settings;
                        return true;
                }
        return false;
}

/* Backwards to the newest. Each turn passes a record or ends, but for the one that says how much room it wants. */
int pl_status_look_settings(struct pl_status *status)
{
        const struct pl_journal_reader *reader = &status->live->reader;
        struct pl_journal_cursor cursor = pl_journal_cursor_newest(reader, PL_JOURNAL_SAMPLES);
        _cleanup_(done) struct pl_journal_space space = {};
        uint64_t left = 2 * reader->layout.ring_capacity[PL_JOURNAL_SAMPLES] + 4;
        int r = pl_replay_make_room(&space, UPDATES_FIRST, 0);

        for (; r == 0 && left > 0 && !status->has_settings; left--) {
                struct pl_snapshot snapshot;

                r = pl_journal_previous_snapshot(&cursor, &space, &snapshot);
                if (r == 0)
                        status->has_settings = take_settings(&snapshot, &status->settings);
                else if (r == PL_JOURNAL_E_TOO_LONG)
                        r = pl_replay_make_room(&space, snapshot.update_count,
                                                snapshot.outcome_count);
                else if (r == PL_JOURNAL_E_TORN)
                        r = 0;
        }
        return PL_MIN(r, 0);
}

/* The acts come backwards, so the first is the newest. */
void pl_status_take_act(struct pl_status *status, const struct pl_journal_act *act)
{
        const struct pl_journal_order *order = &act->order;

        pl_assert(status && act);

        if (act->type == PL_JOURNAL_ALARM && act->note.code == PL_NOTE_CANNOT_ACT &&
            status->cannot_act_usec == 0) {
                status->cannot_act = act->note;
                status->cannot_act_usec = act->at_usec;
        }
        if (act->type == PL_JOURNAL_ORDER && order->verb == PL_ORDER_PAUSE && order->id == 0 &&
            order->workload[0] == '\0' && order->acknowledged && !status->has_pause) {
                status->has_pause = true;
                status->pause_until_sec = order->expires_sec;
        }
}

/* ---- in words ---- */

static int64_t pause_until_usec(const struct pl_status *status)
{
        const int64_t seconds = status->pause_until_sec;

        return status->has_pause && seconds > 0 && seconds < INT64_MAX / (int64_t) PL_USEC_PER_SEC
                       ? seconds * (int64_t) PL_USEC_PER_SEC
                       : 0;
}

/* A time of the wall, as one of a host that was started in 1970. */
static struct pl_live wall_of(const struct pl_live *live)
{
        return (struct pl_live){ .now_usec = (uint64_t) live->realtime_usec,
                                 .realtime_usec = live->realtime_usec };
}

/* Settings may be of anybody's journal. */
static uint32_t stall_permyriad(const struct pl_status *status)
{
        return (uint32_t) PL_MIN(status->settings.stall_permyriad, PL_PERMYRIAD);
}

static void print_paused(struct pl_cli *cli, const struct pl_status *status)
{
        const struct pl_live wall = wall_of(status->live);
        const int64_t until_usec = pause_until_usec(status);
        struct pl_live_sentence sentence;
        struct pl_text *text = pl_live_begin(&sentence);

        pl_text_add(text, "NOT ARMED: paused ");
        if (until_usec > status->live->realtime_usec) {
                pl_text_add(text, "until ");
                pl_events_add_time(text, &wall, (uint64_t) until_usec);
                pl_text_add(text, " ");
        }
        pl_text_add(text, "by an order, it changes nothing (plimsoll resume)");
        pl_status_print_line(cli, PL_CLI_MARK_WARNING, "armed", sentence.buffer);
}

/* What the self-test failed at, as far as that is written down still. */
static void add_cannot_act(struct pl_text *text, struct pl_cli_style style,
                           const struct pl_status *status)
{
        const struct pl_journal_note *note = &status->cannot_act;
        const char *error = note->value > 0 && note->value <= INT32_MAX
                                    ? strerrordesc_np((int) note->value)
                                    : NULL;

        if (status->cannot_act_usec == 0) {
                pl_text_add(text, "its self-test failed");
                return;
        }
        pl_text_add(text, "its self-test failed ");
        pl_live_add_ago(text, status->live, status->cannot_act_usec);
        if (error)
                pl_text_addf(text, ", %s", error);
        if (note->words[0] != '\0') {
                pl_text_add(text, " (");
                pl_cli_add_plain(text, style, pl_span_of(note->words));
                pl_text_add(text, ")");
        }
}

static void print_cannot_act(struct pl_cli *cli, const struct pl_status *status)
{
        struct pl_live_sentence sentence;
        struct pl_text *text = pl_live_begin(&sentence);

        pl_text_add(text, "ARMED BUT CANNOT ACT: ");
        add_cannot_act(text, cli->style, status);
        pl_text_add(text, ". If memory runs short now, a kill may fail");
        pl_status_print_line(cli, PL_CLI_MARK_PROBLEM, "armed", sentence.buffer);
        pl_text_addf(pl_live_begin(&sentence), "%s systemctl cat plimsolld",
                     pl_live_arrow(cli->style));
        pl_status_print_line(cli, PL_CLI_MARK_OK, "", sentence.buffer);
}

static void print_observing(struct pl_cli *cli, const struct pl_status *status)
{
        struct pl_live_sentence sentence;
        struct pl_text *text = pl_live_begin(&sentence);

        pl_text_add(text, "observing: it decides, and changes nothing");
        if (!(status->live->host.flags & PL_HOST_UNFIT)) {
                pl_status_print_line(cli, PL_CLI_MARK_OK, "armed", sentence.buffer);
                return;
        }
        pl_text_add(text, ". It could not act either: ");
        add_cannot_act(text, cli->style, status);
        pl_status_print_line(cli, PL_CLI_MARK_WARNING, "armed", sentence.buffer);
}

/* Before the engine has figures the board has the floor at most. */
static void add_thresholds(struct pl_text *text, const struct pl_status *status)
{
        const struct pl_settings *settings = &status->settings;
        const uint64_t floor_bytes = status->has_settings ? settings->floor_bytes
                                                          : status->live->host.verdict.floor_bytes;

        pl_text_add(text, "acts below ");
        if (floor_bytes > 0)
                pl_bytes_format_short(text, floor_bytes);
        else
                pl_text_add(text, "shortage.floor");
        pl_text_add(text, " available, when ");
        if (!status->has_settings) {
                pl_text_add(text, "tasks stall or the end is near");
                return;
        }
        pl_text_add(text, "all tasks stall for ");
        pl_live_add_percent(text, stall_permyriad(status));
        pl_text_add(text, " of a second or the end is ");
        pl_duration_format_short(text, settings->horizon_usec);
        pl_text_add(text, " away");
}

static void print_armed(struct pl_cli *cli, const struct pl_status *status)
{
        const uint64_t flags = status->has_settings ? status->settings.flags : PL_SETTING_HOST;
        struct pl_live_sentence sentence;
        struct pl_text *text = pl_live_begin(&sentence);
        const char *also = "; and for who is short at a limit of its own (act.local)";

        if (!(flags & (PL_SETTING_HOST | PL_SETTING_LOCAL))) {
                pl_status_print_line(cli, PL_CLI_MARK_WARNING, "armed",
                                     "no: the policy has 'act' for neither the host nor who is "
                                     "short at a limit of its own");
                return;
        }
        if (flags & PL_SETTING_BLIND)
                pl_text_add(text, "not before everybody was looked at; then it ");
        if (flags & PL_SETTING_HOST)
                add_thresholds(text, status);
        else
                also = "acts for who is short at a limit of its own alone (act.host is off)";
        if (flags & PL_SETTING_LOCAL)
                pl_text_add(text, also);
        pl_status_print_line(cli, PL_CLI_MARK_OK, "armed", sentence.buffer);
}

void pl_status_print_armed(struct pl_cli *cli, const struct pl_status *status)
{
        pl_assert(cli);
        pl_assert(status && status->live);

        switch (pl_status_armed_state(status)) {
        case PL_STATUS_PAUSED:
                print_paused(cli, status);
                break;
        case PL_STATUS_OBSERVING:
                print_observing(cli, status);
                break;
        case PL_STATUS_CANNOT_ACT:
                print_cannot_act(cli, status);
                break;
        case PL_STATUS_ARMED:
                print_armed(cli, status);
                break;
        case PL_STATUS_UNKNOWN:
        case PL_STATUS_ARMED_STATES:
        default:
                break;
        }
}

/* ---- JSON ---- */

static void put_cannot_act(struct pl_json_writer *writer, const struct pl_status *status)
{
        if (!(status->live->host.flags & PL_HOST_UNFIT) || status->cannot_act_usec == 0) {
                pl_json_put_null(writer, "cannot_act");
                return;
        }
        pl_json_key(writer, "cannot_act");
        pl_json_object_begin(writer);
        pl_live_put_time(writer, "at", status->live, status->cannot_act_usec);
        pl_json_put_u64(writer, "errno", status->cannot_act.value);
        pl_live_put_words(writer, "words", status->cannot_act.words);
        pl_json_object_end(writer);
}

static void put_settings(struct pl_json_writer *writer, const struct pl_status *status)
{
        const struct pl_settings *settings = &status->settings;

        if (!status->has_settings) {
                pl_json_put_null(writer, "thresholds");
                return;
        }
        pl_json_key(writer, "thresholds");
        pl_json_object_begin(writer);
        pl_json_put_bool(writer, "host", settings->flags & PL_SETTING_HOST);
        pl_json_put_bool(writer, "local", settings->flags & PL_SETTING_LOCAL);
        pl_json_put_u64(writer, "floor_bytes", settings->floor_bytes);
        pl_json_put_fixed(writer, "stall_percent", stall_permyriad(status), 2);
        pl_live_put_seconds(writer, "end_seconds", settings->horizon_usec);
        pl_json_object_end(writer);
}

void pl_status_put_armed(struct pl_json_writer *writer, const struct pl_status *status)
{
        const enum pl_status_armed_state state = pl_status_armed_state(status);
        const struct pl_live wall = wall_of(status->live);

        pl_json_key(writer, "armed");
        pl_json_object_begin(writer);
        pl_live_put_words(writer, "state", state_words[state]);
        pl_live_put_time(writer, "paused_until", &wall,
                         state == PL_STATUS_PAUSED ? (uint64_t) pause_until_usec(status) : 0);
        put_settings(writer, status);
        put_cannot_act(writer, status);
        pl_json_object_end(writer);
}
