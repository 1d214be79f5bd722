/* SPDX-License-Identifier: Apache-2.0 */

/* A step may be taken from within a look at thousands, and what it decides is done there and then: a kill does not wait for the
 * look to end. What comes of it waits for the next step, which the supervisor takes at once.
 */

#include "measures.h"

#include <errno.h>
#include <string.h>

#include "enforce_internal.h"
#include "measures_internal.h"
#include "plimsoll/base/assert.h"
#include "plimsoll/base/clock.h"
#include "plimsoll/base/fd.h"
#include "plimsoll/base/macro.h"

/* How often whoever waits until he is matched is looked at again: a look at everybody comes in pieces of less. */
#define WAIT_USEC (20 * PL_USEC_PER_MSEC)
/* How long a thread that hangs in reclaim is waited for at the end. */
#define CLOSE_USEC (500 * PL_USEC_PER_MSEC)

bool pl_measures_find(const struct pl_measures *measures, uint64_t id,
                      struct pl_measures_whom *ret_whom)
{
        return pl_board_find(measures->options.board, id, &ret_whom->index, &ret_whom->row);
}

void pl_measures_end(struct pl_measures *measures, const struct pl_measures_end *end)
{
        uint64_t now_usec = pl_clock_now_usec();
        const struct pl_outcome outcome = {
                .decision = end->decision,
                .id = end->id,
                .measure = (uint32_t) end->measure,
                .result = (uint32_t) end->result,
                .error = end->error,
                .began_usec = PL_MIN(end->began_usec, now_usec),
                .ended_usec = now_usec,
        };

        measures->is_due = true;
        pl_steps_add_outcome(measures->options.steps, now_usec, &outcome);
}

void pl_measures_conclude(struct pl_measures *measures, const struct pl_decision *decision,
                          enum pl_result result, int error)
{
        pl_measures_end(measures, &(struct pl_measures_end){ .decision = decision->number,
                                                             .id = decision->id,
                                                             .measure = decision->measure,
                                                             .result = result,
                                                             .error = error,
                                                             .began_usec = decision->at_usec });
}

/* ---- who may be touched ---- */

/* What takes back what was done before. */
bool pl_measures_takes_back(uint32_t measure)
{
        return measure == PL_MEASURE_RELEASE || measure == PL_MEASURE_THAW;
}

/* In a host that is observed or paused nothing is done; what was done before is still taken back. */
bool pl_measures_is_meant(const struct pl_measures *measures, uint32_t measure)
{
        return pl_measures_takes_back(measure) || !(measures->options.steps->settings.flags &
                                                    (PL_SETTING_OBSERVE | PL_SETTING_PAUSED));
}

/* As the board has it now, which may have changed since it was decided. */
bool pl_measures_may_touch(const struct pl_measures_whom *whom, uint32_t measure)
{
        return pl_measures_takes_back(measure) ||
               !(whom->row.flags & (PL_CGROUP_PROTECTED | PL_CGROUP_OBSERVED | PL_CGROUP_PAUSED |
                                    PL_CGROUP_RESTORED));
}

bool pl_measures_is_stale(const struct pl_measures *measures, const struct pl_measures_whom *whom)
{
        const struct pl_board *board = measures->options.board;

        return board->places[whom->index].policy != board->policy_number;
}

/* The killer's wait until he is matched; these are soon decided anew, if they are still wanted. */
static bool is_of_another_policy(const struct pl_measures *measures,
                                 const struct pl_measures_whom *whom, uint32_t measure)
{
        bool is_laid = measure == PL_MEASURE_THROTTLE || measure == PL_MEASURE_RELAX ||
                       measure == PL_MEASURE_CAP;

        return (is_laid || measure == PL_MEASURE_DOWN) && pl_measures_is_stale(measures, whom);
}

/* ---- the enforcer's ---- */

static void lay(struct pl_measures *measures, const struct pl_decision *decision,
                const struct pl_measures_whom *whom)
{
        const struct pl_enforce_overlay overlay = {
                .id = decision->id,
                .decision = decision->number,
                .measure = decision->measure,
                .value_bytes = decision->amount_bytes,
                /* A throttle ends by a decision, a looser memory.high with the workload. */
                .until_usec = decision->measure == PL_MEASURE_CAP ? decision->deadline_usec
                                                                  : UINT64_MAX,
        };
        const struct pl_board *board = measures->options.board;
        int r = -EINVAL;

        if (decision->amount_bytes >= measures->options.enforcer->page_bytes)
                r = pl_enforce_lay(measures->options.enforcer, board->places[whom->index].enforced,
                                   &overlay, decision->at_usec);
        measures->is_due = true;
        if (r < 0)
                pl_measures_conclude(measures, decision, PL_RESULT_FAILED, -r);
}

static void lift(struct pl_measures *measures, const struct pl_decision *decision)
{
        pl_enforce_lift(measures->options.enforcer, decision->id, PL_MEASURE_THROTTLE,
                        decision->at_usec);
        pl_measures_conclude(measures, decision, PL_RESULT_DONE, 0);
}

/* ---- a decision ---- */

/* No decision comes of who went away while he was held: his place is another one's. */
static void let_mate_go_of_gone(struct pl_measures *measures)
{
        struct pl_mate *mate = measures->options.mate;
        struct pl_measures_whom whom;

        for (size_t i = 0; mate && i < PL_MATE_HELD_MAX; i++)
                if (mate->held[i] != 0 && !pl_measures_find(measures, mate->held[i], &whom))
                        (void) pl_mate_let_go(mate, mate->held[i]);
}

static void carry_out(struct pl_measures *measures, const struct pl_decision *decision)
{
        struct pl_measures_whom whom;

        if (decision->measure == PL_MEASURE_ALARM)
                return;
        if (!pl_measures_find(measures, decision->id, &whom)) {
                if (decision->measure == PL_MEASURE_THAW && measures->options.mate)
                        (void) pl_mate_let_go(measures->options.mate, decision->id);
                pl_measures_conclude(measures, decision, PL_RESULT_GONE, 0);
                return;
        }
        if (!pl_measures_may_touch(&whom, decision->measure) ||
            is_of_another_policy(measures, &whom, decision->measure)) {
                pl_measures_conclude(measures, decision, PL_RESULT_REFUSED, 0);
                return;
        }
        switch ((enum pl_measure) decision->measure) {
        case PL_MEASURE_FREEZE:
                let_mate_go_of_gone(measures);
                pl_measures_give(measures, decision);
                break;
        case PL_MEASURE_RECLAIM:
        case PL_MEASURE_THAW:
        case PL_MEASURE_KILL:
                pl_measures_give(measures, decision);
                break;
        case PL_MEASURE_TERM:
                pl_measures_term(measures, decision, &whom);
                break;
        case PL_MEASURE_THROTTLE:
        case PL_MEASURE_RELAX:
        case PL_MEASURE_CAP:
                lay(measures, decision, &whom);
                break;
        case PL_MEASURE_RELEASE:
                lift(measures, decision);
                break;
        case PL_MEASURE_DOWN:
                pl_measures_down(measures, decision, &whom);
                break;
        case PL_MEASURE_ALARM:
        case PL_MEASURE_KINDS:
                pl_unreachable();
        }
}

void pl_measures_take(struct pl_measures *measures, const struct pl_judgement *judgement)
{
        for (uint32_t i = 0; i < judgement->decision_count; i++)
                if (pl_measures_is_meant(measures, judgement->decisions[i].measure))
                        carry_out(measures, &judgement->decisions[i]);
}

/* ---- what comes of it ---- */

/* Of who goes on, was never held, or is somebody else's by now. */
static void let_mate_go(struct pl_measures *measures, const struct pl_outcome *outcome)
{
        bool done = outcome->result == PL_RESULT_DONE || outcome->result == PL_RESULT_PARTLY;
        bool gone = outcome->result == PL_RESULT_GONE;
        bool refused = outcome->result == PL_RESULT_REFUSED;

        if (measures->options.mate &&
            ((outcome->measure == PL_MEASURE_THAW && (done || gone || refused)) ||
             (outcome->measure == PL_MEASURE_FREEZE && (gone || refused))))
                (void) pl_mate_let_go(measures->options.mate, outcome->id);
}

static bool take_outcomes(struct pl_measures *measures, uint64_t now_usec)
{
        bool some = measures->is_due;
        struct pl_outcome outcome;

        measures->is_due = false;
        while (pl_killer_take(measures->killer, &outcome)) {
                let_mate_go(measures, &outcome);
                pl_steps_add_outcome(measures->options.steps, now_usec, &outcome);
                some = true;
        }
        while (pl_enforce_take_outcome(measures->options.enforcer, now_usec, &outcome)) {
                pl_steps_add_outcome(measures->options.steps, now_usec, &outcome);
                some = true;
        }
        return some;
}

bool pl_measures_work(struct pl_measures *measures, uint64_t now_usec)
{
        bool some;

        pl_assert(measures);

        if (!measures->killer)
                return false;
        (void) pl_killer_step(measures->killer, now_usec, PL_MEASURES_BUDGET);
        /* What is taken makes room for those who wait. */
        some = take_outcomes(measures, now_usec);
        pl_measures_begin_waiting(measures, now_usec);
        pl_measures_term_late(measures, now_usec);
        pl_measures_down_over(measures, now_usec);
        if (pl_killer_cannot_release(measures->killer))
                pl_logbook_say_once(measures->options.logbook, now_usec,
                                    &(struct pl_logbook_note){ .code = PL_NOTE_CANNOT_RELEASE });
        return take_outcomes(measures, now_usec) || some;
}

int pl_measures_fd(const struct pl_measures *measures)
{
        return measures->killer ? pl_killer_fd(measures->killer) : -1;
}

uint64_t pl_measures_next_usec(const struct pl_measures *measures)
{
        uint64_t next_usec;

        if (!measures->killer)
                return UINT64_MAX;
        if (measures->is_due || pl_enforce_has_outcome(measures->options.enforcer))
                return 0;
        next_usec = PL_MIN(pl_killer_next_usec(measures->killer),
                           pl_measures_term_next_usec(measures));
        if (pl_measures_has_room(measures))
                next_usec = PL_MIN(next_usec, pl_clock_now_usec() + WAIT_USEC);
        return PL_MIN(next_usec, pl_measures_down_next_usec(measures));
}

/* ---- what was left behind ---- */

static void thaw_one(struct pl_measures *measures, uint32_t index, uint64_t now_usec)
{
        struct pl_board *board = measures->options.board;
        struct pl_enforce_note note = { .code = PL_NOTE_THAWED };
        struct pl_measures_whom whom;
        bool opened = false, ours = false;
        int fd = -1, r;

        if (pl_census_directory(&board->census, index, &fd, &opened) != 0)
                return;
        if (pl_kill_is_ours(fd, &ours) == 0 && ours) {
                r = pl_kill_thaw(fd, &board->sampler.buffer);
                if (r != 0) {
                        note.code = PL_NOTE_NOT_THAWED;
                        note.is_alarm = true;
                        note.value = r < 0 ? (uint64_t) -r : EIO;
                }
                if (pl_measures_find(measures, pl_census_at(&board->census, index)->id, &whom))
                        pl_enforce_say(measures->options.enforcer, &whom.row, now_usec, &note);
        }
        if (opened)
                pl_cleanup_close(&fd);
}

/* Only of who stands still is the mark asked for. */
void pl_measures_thaw_left(struct pl_measures *measures, uint64_t now_usec)
{
        const struct pl_census *census = &measures->options.board->census;

        if (measures->has_thawed || !measures->killer)
                return;
        measures->has_thawed = true;
        for (uint32_t i = pl_census_next(census, PL_CENSUS_ROOT + 1); i != PL_CENSUS_NONE;
             i = pl_census_next(census, i + 1))
                if (pl_census_at(census, i)->flags & PL_CENSUS_FROZEN)
                        thaw_one(measures, i, now_usec);
}

/* ---- opening and closing ---- */

static void take(void *to, const struct pl_judgement *judgement)
{
        pl_measures_take(to, judgement);
}

static void hear(void *to, uint32_t index, const struct pl_journal_row *row)
{
        pl_measures_down_appeared(to, index, row);
}

int pl_measures_open(struct pl_measures *measures, const struct pl_measures_options *options)
{
        const struct pl_killer_options killer_options = {};
        int r;

        pl_assert(measures && options->board && options->steps && options->enforcer &&
                  options->logbook);

        memset(measures, 0, sizeof *measures);
        measures->options = *options;
        r = pl_killer_new(&options->roots, &killer_options, &measures->killer);
        if (r < 0)
                return r;
        options->steps->hands = (struct pl_steps_hands){ take, measures };
        options->board->ear = (struct pl_board_ear){ hear, measures };
        return 0;
}

void pl_measures_close(struct pl_measures *measures)
{
        pl_assert(measures);

        if (!measures->killer)
                return;
        measures->options.steps->hands = (struct pl_steps_hands){};
        measures->options.board->ear = (struct pl_board_ear){};
        pl_killer_free(measures->killer, CLOSE_USEC);
        measures->killer = NULL;
}

void pl_measures_set_bus(struct pl_measures *measures, struct pl_bus *bus)
{
        measures->bus = bus;
}
