/* SPDX-License-Identifier: Apache-2.0 */

/* The drill takes no part in what it proves: it starts the workload and reads what the judge, the killer and the journal make
 * of it. So whoever reads its last note can read the same from the acts before it.
 */

#include "drill.h"

#include <string.h>

#include "plimsoll/base/assert.h"
#include "plimsoll/base/fd.h"
#include "plimsoll/base/macro.h"
#include "plimsoll/kernel/cgroup.h"
#include "plimsoll/model/note.h"

static const char unit[] = "plimsoll-drill.service";
static const char directory[] = "system.slice/plimsoll-drill.service";

uint64_t pl_drill_id(const struct pl_drill *drill)
{
        return drill->phase == PL_DRILL_RUNS ? drill->id : 0;
}

static void tell(const struct pl_drill *drill, const struct pl_drill_given *given,
                 enum pl_drill_news news, const char *words)
{
        struct pl_journal_act act = {
                .at_usec = given->now_usec,
                .type = PL_JOURNAL_NOTE,
                .note = { .id = drill->id, .value = news, .code = PL_NOTE_DRILL },
        };

        pl_journal_set_text(act.note.words, sizeof act.note.words, pl_span_of(words));
        pl_logbook_act(given->board->options.logbook, &act);
}

/* ---- beginning ---- */

static bool names_somebody(const struct pl_order *order)
{
        return PL_HAS(order, PL_ORDER_WORKLOAD) || PL_HAS(order, PL_ORDER_CGROUP_ID);
}

/* Why none can be held now, or NULL. */
static const char *find_obstacle(const struct pl_drill *drill, const struct pl_drill_given *given,
                                 const struct pl_order *order)
{
        const struct pl_steps *steps = given->board->options.steps;
        const struct pl_judgement *judgement = &steps->judgement;

        if (names_somebody(order))
                return "refused: the order names a workload, and a drill is nobody else's";
        if (drill->phase != PL_DRILL_RESTS)
                return "refused: another one is under way";
        if (drill->begun_usec != 0 && given->now_usec - drill->begun_usec < PL_DRILL_PAUSE_USEC)
                return "refused: the last one began less than a minute ago";
        if (given->is_paused)
                return "refused: everything is paused; plimsoll resume";
        if (!given->board->has_looked || judgement->verdict_count == 0)
                return "refused: plimsolld has not looked at everybody yet";
        if (judgement->verdicts[0].severity > PL_SEVERITY_WATCH)
                return "refused: the host is short of memory";
        if (steps->host.available_bytes < PL_DRILL_BYTES + 2 * steps->settings.floor_bytes)
                return "refused: less than twice shortage.floor would be available beside it";
        if (!given->bus || !pl_bus_is_up(given->bus))
                return "refused: systemd cannot be reached";
        return NULL;
}

/* One that says not when it was given may have lain there since the host was started. */
static bool is_fresh(const struct pl_order *order, int64_t now_sec)
{
        return PL_HAS(order, PL_ORDER_ISSUED) && now_sec - order->issued_sec <= PL_DRILL_FRESH_SEC;
}

void pl_drill_obey(struct pl_drill *drill, const struct pl_drill_given *given,
                   const struct pl_order *order)
{
        const char *obstacle;

        pl_assert(drill && given && order->verb == PL_ORDER_DRILL);

        if (!is_fresh(order, given->now_sec))
                return;
        obstacle = find_obstacle(drill, given, order);
        if (!obstacle && pl_bus_run(given->bus, PL_DRILL_TAG, PL_BUS_START, unit) != 0)
                obstacle = "refused: systemd is asked too much at a time";
        if (obstacle) {
                tell(&(struct pl_drill){}, given, PL_DRILL_REFUSED, obstacle);
                return;
        }
        *drill = (struct pl_drill){
                .phase = PL_DRILL_STARTS,
                .begun_usec = given->now_usec,
                .cursor = pl_journal_cursor_newest(&given->board->options.logbook->mirror,
                                                   PL_JOURNAL_ACTS),
        };
}

/* ---- ending ---- */

/* Who was not ended is stopped. */
static void end(struct pl_drill *drill, const struct pl_drill_given *given, enum pl_drill_news news,
                const char *words)
{
        tell(drill, given, news, words);
        drill->phase = PL_DRILL_RESTS;
        if (news != PL_DRILL_ACTED && given->bus)
                (void) pl_bus_run(given->bus, PL_DRILL_TAG_STOP, PL_BUS_STOP, unit);
}

static void end_well(struct pl_drill *drill, const struct pl_drill_given *given,
                     enum pl_drill_news news)
{
        char buffer[PL_JOURNAL_WORDS_BYTES];
        struct pl_text words;

        pl_text_init(&words, buffer, sizeof buffer);
        pl_text_addf(&words, "%s: plimsoll explain %llu",
                     news == PL_DRILL_ACTED ? "it was ended" : "it would have been ended",
                     (unsigned long long) drill->decision);
        end(drill, given, news, buffer);
}

bool pl_drill_on_job(struct pl_drill *drill, const struct pl_drill_given *given, uint64_t tag,
                     bool is_done, const char *why)
{
        char buffer[PL_JOURNAL_WORDS_BYTES];
        struct pl_text words;

        if (tag != PL_DRILL_TAG || drill->phase != PL_DRILL_STARTS)
                return tag == PL_DRILL_TAG || tag == PL_DRILL_TAG_STOP;
        if (is_done) {
                drill->phase = PL_DRILL_RUNS;
                return true;
        }
        pl_text_init(&words, buffer, sizeof buffer);
        pl_text_addf(&words, "failed: systemd could not start %s: %s", unit, why);
        end(drill, given, PL_DRILL_FAILED, buffer);
        return true;
}

/* ---- following ---- */

static void take_decision(struct pl_drill *drill, const struct pl_drill_given *given,
                          const struct pl_journal_decision *act)
{
        const struct pl_decision *made = &act->decision;

        if (drill->id == 0)
                return;
        if (made->measure == PL_MEASURE_ALARM && made->verdict.scope == PL_SCOPE_CGROUP &&
            made->verdict.scope_id == drill->id) {
                end(drill, given, PL_DRILL_FAILED,
                    "failed: it may not be ended; plimsoll show plimsoll-drill");
                return;
        }
        if (made->id != drill->id ||
            (made->measure != PL_MEASURE_KILL && made->measure != PL_MEASURE_TERM))
                return;
        drill->decision = made->number;
        if (act->flags & PL_JOURNAL_DECISION_OBSERVED)
                end_well(drill, given, PL_DRILL_OBSERVED);
}

static void take_outcome(struct pl_drill *drill, const struct pl_drill_given *given,
                         const struct pl_outcome *outcome)
{
        if (outcome->id != drill->id || outcome->decision != drill->decision)
                return;
        if (outcome->result == PL_RESULT_DONE || outcome->result == PL_RESULT_PARTLY)
                end_well(drill, given, PL_DRILL_ACTED);
        else
                end(drill, given, PL_DRILL_FAILED,
                    "failed: it was to be ended, and was not; plimsoll explain last");
}

static void follow(struct pl_drill *drill, const struct pl_drill_given *given)
{
        static struct pl_journal_act act;
        uint64_t left = given->board->options.logbook->mirror.layout.ring_capacity[PL_JOURNAL_ACTS];

        for (int r = 0; r != PL_JOURNAL_E_END && left > 0 && drill->phase == PL_DRILL_RUNS;
             left--) {
                r = pl_journal_next_act(&drill->cursor, &act);
                if (r == 0 && act.type == PL_JOURNAL_DECISION)
                        take_decision(drill, given, &act.decision);
                else if (r == 0 && act.type == PL_JOURNAL_OUTCOME)
                        take_outcome(drill, given, &act.outcome.outcome);
        }
}

/* The id of what is there now; 0: nothing is. */
static uint64_t find_id(const struct pl_board *board)
{
        _cleanup_close_ int fd = -1;
        uint64_t id = 0;

        if (pl_file_open_directory(board->options.roots.cgroup_fd, directory, &fd) != 0 ||
            pl_cgroup_id(fd, &id) != 0)
                return 0;
        return id;
}

static void look(struct pl_drill *drill, const struct pl_drill_given *given)
{
        uint64_t id = find_id(given->board);

        if (drill->id == 0 && id != 0) {
                drill->id = id;
                tell(drill, given, PL_DRILL_BEGINS, "begins");
        }
        if (id != 0 && id == drill->id)
                drill->gone_usec = 0;
        else if (drill->gone_usec == 0)
                drill->gone_usec = PL_MAX(given->now_usec, UINT64_C(1));
}

void pl_drill_step(struct pl_drill *drill, const struct pl_drill_given *given)
{
        pl_assert(drill && given && given->board);

        if (drill->phase == PL_DRILL_RESTS)
                return;
        if (drill->phase == PL_DRILL_RUNS) {
                look(drill, given);
                follow(drill, given);
        }
        if (drill->phase == PL_DRILL_RUNS && drill->gone_usec != 0 &&
            given->now_usec - drill->gone_usec >= PL_DRILL_GONE_USEC)
                end(drill, given, PL_DRILL_FAILED, "failed: it has ended, and not by plimsolld");
        if (drill->phase != PL_DRILL_RESTS &&
            given->now_usec - drill->begun_usec >= PL_DRILL_MOST_USEC)
                end(drill, given, PL_DRILL_FAILED,
                    drill->decision == 0 ? "failed: it was not seen to be short at its own limit"
                                         : "failed: it was to be ended, and nothing came of it");
}
