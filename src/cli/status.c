/* SPDX-License-Identifier: Apache-2.0 */

#include "status.h"

#include <fcntl.h>
#include <string.h>

#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"
#include "plimsoll/journal/cursor.h"
#include "plimsoll/journal/history.h"
#include "plimsoll/model/note.h"

/* Bytes of a digest that are shown: twelve digits, as of a container's id. */
enum { DIGEST_SHOWN = 6 };

enum { OPTION_JOURNAL, OPTION_HISTORY };

static const struct pl_cli_option options[] = {
        [OPTION_JOURNAL] = { "journal", '\0', "FILE",
                             "Read this journal, and not /run/plimsoll/journal" },
        [OPTION_HISTORY] = { "history", '\0', "DIR",
                             "Where plimsoll-record keeps its history (/var/lib/plimsoll)" },
        {},
};

/* An act has the name alone; who is still there is called as everywhere else. */
static void name_drifted(struct pl_status *status, const struct pl_journal_row *row)
{
        struct pl_text name;

        if (status->drift_count == 0 || status->drift.id != row->id)
                return;
        pl_text_init(&name, status->drift_name, sizeof status->drift_name);
        pl_live_add_raw_name(&name, row);
}

static void count_workloads(struct pl_status *status)
{
        const struct pl_journal_reader *reader = &status->live->reader;
        uint32_t used = pl_journal_rows_used(reader);
        struct pl_journal_row row;

        for (uint32_t i = 0; i < used; i++) {
                if (pl_journal_read_row(reader, i, &row) != 0)
                        continue;
                if (pl_live_is_workload(&row) || pl_standing_is_slice(&row)) {
                        name_drifted(status, &row);
                        pl_standing_count_row(status->live, &row, &status->limits);
                }
                if (!pl_live_is_workload(&row))
                        continue;
                pl_status_name_next(status, &row);
                if (!(row.flags & PL_CGROUP_POPULATED)) {
                        status->empty_count++;
                        continue;
                }
                status->populated_count++;
                status->profile_count += pl_live_has_profile(&row);
        }
}

static void count_drift(struct pl_status *status, const struct pl_journal_act *act)
{
        if (status->drift_count == 0) {
                status->drift = act->drift;
                status->drift_at_usec = act->at_usec;
                memcpy(status->drift_name, act->drift.name, sizeof act->drift.name);
        }
        status->drift_count++;
        if (act->drift.answer < PL_STATUS_ANSWERS)
                status->drift_counts[act->drift.answer]++;
}

/* The daemon's own, and those that there is nobody to take. */
static bool is_alarm(const struct pl_journal_act *act)
{
        return act->type == PL_JOURNAL_ALARM ||
               (act->type == PL_JOURNAL_DECISION &&
                act->decision.decision.measure == PL_MEASURE_ALARM);
}

/* Backwards, for those of the daemon that runs are the last. */
static void count_acts(struct pl_status *status)
{
        struct pl_journal_cursor cursor = pl_journal_cursor_newest(&status->live->reader,
                                                                   PL_JOURNAL_ACTS);
        static struct pl_journal_act act;
        int r;

        while ((r = pl_journal_previous_act(&cursor, &act)) != PL_JOURNAL_E_END) {
                if (r != 0)
                        continue;
                if (act.at_usec < status->live->state.started_usec)
                        return;
                pl_status_take_act(status, &act);
                status->alarm_count += is_alarm(&act);
                /* That it is armed has a line of its own. */
                status->note_count += act.type == PL_JOURNAL_NOTE && act.note.code != PL_NOTE_ARMED;
                if (act.type == PL_JOURNAL_DRIFT)
                        count_drift(status, &act);
        }
}

int pl_status_look(const struct pl_live *live, struct pl_status *ret_status)
{
        struct pl_status status = { .live = live };
        int r;

        pl_assert(live);
        pl_assert(ret_status);

        r = pl_live_stalls(live, NULL, 0, &status.stall, NULL);
        if (r < 0)
                return r;
        r = pl_status_look_settings(&status);
        if (r < 0)
                return r;
        count_acts(&status);
        pl_status_look_decided(&status);
        pl_status_look_next(&status);
        count_workloads(&status);
        *ret_status = status;
        return 0;
}

bool pl_status_is_refused(const struct pl_status *status)
{
        const struct pl_journal_state *state = &status->live->state;

        return state->refused.at_usec > 0 && state->refused.at_usec > state->in_force.at_usec;
}

bool pl_status_add_digest(struct pl_text *text, const struct pl_journal_policy *policy)
{
        pl_assert(text);
        pl_assert(policy);

        if (!pl_live_has_digest(policy))
                return false;
        for (size_t i = 0; i < DIGEST_SHOWN; i++)
                pl_text_addf(text, "%02x", policy->digest[i]);
        return true;
}

enum pl_cli_exit pl_status_exit(const struct pl_status *status)
{
        if (!pl_live_is_running(status->live))
                return PL_CLI_NO_DAEMON;
        if (status->live->health == PL_LIVE_STUCK)
                return PL_CLI_FAILED;
        if (pl_status_armed_state(status) == PL_STATUS_CANNOT_ACT)
                return PL_CLI_FINDINGS;
        return pl_status_is_refused(status) ? PL_CLI_POLICY : PL_CLI_FINE;
}

/* ---- without a journal ---- */

bool pl_status_look_back(int history_fd, int64_t realtime_usec, struct pl_live *ret_live)
{
        struct pl_history_last last;
        int64_t elapsed_usec;

        pl_assert(ret_live);

        if (pl_history_last(history_fd, &last) != 0)
                return false;
        elapsed_usec = realtime_usec - (int64_t) last.at.realtime_usec;
        *ret_live = (struct pl_live){
                .has_host = true,
                .host = { .sample = last.host.sample,
                          .workload_count = last.host.workload_count,
                          .profile_count = last.host.profile_count,
                          .unlisted_count = last.host.unlisted_count },
                .now_usec = last.at.boot_usec + (uint64_t) PL_MAX(elapsed_usec, INT64_C(0)),
                .realtime_usec = PL_MAX(realtime_usec, (int64_t) last.at.realtime_usec),
        };
        return true;
}

static void look_back(struct pl_cli *cli)
{
        const char *path = cli->values[OPTION_HISTORY];
        _cleanup_close_ int fd = open(path ? path : "/var/lib/plimsoll",
                                      O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        struct pl_live live;
        bool has_history = fd >= 0 && pl_status_look_back(fd, pl_live_wall_usec(), &live);

        if (cli->json)
                pl_status_print_history_json(cli, has_history ? &live : NULL);
        else if (has_history)
                pl_status_print_history(cli, &live);
}

static enum pl_cli_exit run(struct pl_cli *cli)
{
        _cleanup_(pl_cleanup_live) struct pl_live live = {};
        struct pl_status status;
        enum pl_cli_exit exit_code = pl_live_open_named(cli, cli->values[OPTION_JOURNAL], &live);

        if (exit_code == PL_CLI_NO_DAEMON)
                look_back(cli);
        if (exit_code != PL_CLI_FINE)
                return exit_code;
        if (pl_status_look(&live, &status) < 0)
                return pl_live_say_no_memory(cli);
        if (cli->json)
                pl_status_print_json(cli, &status);
        else
                pl_status_print(cli, &status);
        return pl_status_exit(&status);
}

const struct pl_cli_verb pl_cli_verb_status = {
        .name = "status",
        .summary = "Say how plimsolld and the host are",
        .operands = "",
        .operands_max = 0,
        .description =
                "Says whether plimsolld is running and well, how many workloads it sees, how much "
                "memory and swap the host has left, how long tasks stood still for want of memory, "
                "whether and below what it acts, what it did last, which policy is in force, and "
                "whether limits are as it wants them. Where plimsolld is not running, says what it "
                "saw last and exits with 4, from the history that plimsoll-record keeps if need "
                "be; where it is stuck, with 1; where the last policy was refused, with 3; where "
                "it is armed and its self-test says that it cannot act, with 7. Changes nothing.",
        .options = options,
        .examples =
                (const struct pl_cli_example[]){
                        { "plimsoll status", "Is all well?" },
                        { "plimsoll status --json", "The same for a script" },
                        {},
                },
        .run = run,
};
