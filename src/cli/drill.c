/* SPDX-License-Identifier: Apache-2.0 */

/* The drill is plimsolld's to hold. Here it is ordered, and what comes of it is read out of the journal as it happens: that the
 * workload was short, that it was to be ended, that it was. Which workload that is, is told with the note that it begins; all that
 * follows is found by its number.
 */

#include "drill.h"

#include <string.h>

#include "events.h"
#include "live_view.h"
#include "order.h"
#include "plimsoll/base/assert.h"
#include "plimsoll/base/clock.h"
#include "plimsoll/base/macro.h"
#include "plimsoll/journal/cursor.h"
#include "plimsoll/journal/sentence.h"
#include "plimsoll/model/note.h"

enum { OPTION_SHARED };

/* plimsolld gives one up after 40 s. */
#define PATIENCE_USEC PL_USEC_PER_MINUTE
/* The order is gone before another may be given. */
#define LIFE_SEC INT64_C(60)

enum {
        PAUSES_A_WORD = 12, /* a quarter of a second between two words of progress */
        PAUSES_TO_CLEAR = 50,
};

static const struct pl_cli_option options[] = {
        PL_ORDER_SHARED_OPTIONS(OPTION_SHARED),
        {},
};

/* ---- what happens ---- */

/* Those that a drill is made of. */
static bool belongs(const struct pl_drill_view *view, const struct pl_journal_act *act)
{
        switch (act->type) {
        case PL_JOURNAL_VERDICT:
                return act->judged.verdict.scope == PL_SCOPE_CGROUP &&
                       act->judged.verdict.scope_id == view->id;
        case PL_JOURNAL_DECISION:
                return act->decision.decision.id == view->id;
        case PL_JOURNAL_OUTCOME:
                return act->outcome.outcome.id == view->id;
        default:
                return false;
        }
}

/* True: it is to be shown. */
static bool take_note(struct pl_drill_view *view, const struct pl_journal_note *note)
{
        if (note->code != PL_NOTE_DRILL)
                return false;
        if (note->value == PL_DRILL_BEGINS && view->id == 0) {
                view->id = note->id;
                return true;
        }
        /* Somebody else's. What was refused or could not be started has no workload. */
        if (note->value == PL_DRILL_BEGINS || note->id != view->id)
                return false;
        view->is_over = true;
        view->news = note->value;
        pl_journal_set_text(view->words, sizeof view->words,
                            pl_span(note->words, strnlen(note->words, sizeof note->words)));
        return false;
}

/* Before the order was taken up there was nothing of this drill: what has begun meanwhile is another one. */
static bool is_its_order(const struct pl_drill_view *view, const struct pl_journal_act *act)
{
        return act->type == PL_JOURNAL_ORDER && act->order.verb == PL_ORDER_DRILL &&
               act->order.issued_sec == view->issued_sec;
}

bool pl_drill_view_take(struct pl_drill_view *view, const struct pl_journal_act *act)
{
        pl_assert(view && act);

        if (act->type == PL_JOURNAL_NOTE)
                return take_note(view, &act->note);
        if (is_its_order(view, act))
                *view = (struct pl_drill_view){ .issued_sec = view->issued_sec };
        if (view->id == 0 || !belongs(view, act))
                return false;
        if (act->type == PL_JOURNAL_DECISION)
                view->decision = act->decision.decision.number;
        return true;
}

/* ---- saying it ---- */

static void print_act(struct pl_order_call *call, const struct pl_journal_act *act)
{
        struct pl_cli *cli = call->cli;
        struct pl_live_sentence sentence;
        size_t begin = cli->out->length, column;

        pl_events_add_time(cli->out, &call->live, act->at_usec);
        pl_text_add(cli->out, "  ");
        column = pl_cli_columns(pl_span(cli->out->data + begin, cli->out->length - begin));
        pl_journal_add_sentence(pl_live_begin(&sentence), act);
        pl_cli_add_wrapped(cli->out, cli->style, column, column, sentence.buffer);
        (void) pl_cli_flush(cli);
}

static void put_act(struct pl_json_writer *writer, const struct pl_order_call *call,
                    const struct pl_journal_act *act)
{
        struct pl_live_sentence sentence;

        pl_journal_add_sentence(pl_live_begin(&sentence), act);
        pl_json_object_begin(writer);
        pl_live_put_time(writer, "at", &call->live, act->at_usec);
        pl_live_put_words(writer, "type", pl_journal_type_word(act->type));
        pl_live_put_words(writer, "sentence", sentence.buffer);
        pl_json_object_end(writer);
}

/* Written over itself, and gone in the end. */
static void show_progress(struct pl_cli *cli, uint64_t since_usec)
{
        if (!cli->style.terminal || !cli->say || cli->json)
                return;
        pl_text_add(cli->words, "\r\x1B[K");
        if (since_usec > 0) {
                pl_text_add(cli->words, "the drill is under way, ");
                pl_duration_format_short(cli->words, since_usec);
                pl_text_add(cli->words, " ");
        }
        (void) pl_cli_flush(cli);
}

/* ---- following ---- */

/* Asks up to now; false: there is nothing more to come. */
static bool follow_on(struct pl_order_call *call, struct pl_drill_view *view,
                      struct pl_journal_cursor *cursor, struct pl_json_writer *writer)
{
        static struct pl_journal_act act;
        uint64_t end = pl_journal_cursor_newest(&call->live.reader, PL_JOURNAL_ACTS).position;

        while (!view->is_over && cursor->position < end) {
                int r = pl_journal_next_act(cursor, &act);

                if (r == PL_JOURNAL_E_END)
                        break;
                if (r != 0 || !pl_drill_view_take(view, &act))
                        continue;
                show_progress(call->cli, 0);
                if (call->cli->json)
                        put_act(writer, call, &act);
                else
                        print_act(call, &act);
        }
        return !view->is_over;
}

static void follow(struct pl_order_call *call, struct pl_drill_view *view,
                   struct pl_journal_cursor *cursor, struct pl_json_writer *writer)
{
        uint64_t begun_usec = pl_clock_now_usec();

        for (unsigned i = 0; follow_on(call, view, cursor, writer); i++) {
                call->live.now_usec = pl_clock_now_usec();
                call->live.realtime_usec = pl_live_wall_usec();
                if (call->live.now_usec - begun_usec >= PATIENCE_USEC)
                        break;
                if (i % PAUSES_A_WORD == 0)
                        show_progress(call->cli,
                                      PL_MAX(call->live.now_usec - begun_usec, UINT64_C(1)));
                pl_order_pause();
        }
        show_progress(call->cli, 0);
}

/* ---- the end ---- */

static bool went_well(const struct pl_drill_view *view)
{
        return view->is_over && (view->news == PL_DRILL_ACTED || view->news == PL_DRILL_OBSERVED);
}

static void print_end(struct pl_cli *cli, const struct pl_drill_view *view)
{
        if (went_well(view)) {
                pl_text_addf(cli->out, "%s: plimsoll explain %llu\n",
                             view->news == PL_DRILL_ACTED
                                     ? "This host can act"
                                     : "This host would have acted, and only observes",
                             (unsigned long long) view->decision);
                return;
        }
        if (view->is_over) {
                pl_text_add(cli->words, "plimsoll: drill ");
                pl_cli_add_plain(cli->words, cli->style, pl_span_of(view->words));
                pl_text_add(cli->words, "\n");
                return;
        }
        pl_text_addf(cli->words,
                     "plimsoll: plimsolld has not said what came of the drill\n%s plimsoll status; "
                     "plimsoll events --since=2min\n",
                     pl_live_arrow(cli->style));
}

static void put_end(struct pl_json_writer *writer, const struct pl_drill_view *view)
{
        static const char *const words[PL_DRILL_NEWS] = {
                [PL_DRILL_REFUSED] = "refused",
                [PL_DRILL_ACTED] = "acted",
                [PL_DRILL_OBSERVED] = "observed",
                [PL_DRILL_FAILED] = "failed",
        };
        bool is_known = view->is_over && view->news < PL_DRILL_NEWS;

        pl_live_put_words(writer, "drill", is_known ? words[view->news] : NULL);
        pl_live_put_words(writer, "words", view->words);
        pl_json_key(writer, "decision");
        if (view->decision != 0)
                pl_json_u64(writer, view->decision);
        else
                pl_json_null(writer);
}

enum pl_cli_exit pl_drill_show(struct pl_order_call *call, struct pl_journal_cursor *cursor)
{
        /* As the order says it: pl_order_give() takes the time of the call. */
        struct pl_drill_view view = { .issued_sec = call->now_sec };
        struct pl_json_writer writer;
        struct pl_cli *cli = call->cli;

        if (cli->json) {
                pl_cli_json_begin(cli, &writer);
                pl_json_key(&writer, "events");
                pl_json_array_begin(&writer);
        }
        follow(call, &view, cursor, &writer);
        if (cli->json) {
                pl_json_array_end(&writer);
                put_end(&writer, &view);
                pl_cli_json_end(&writer);
        } else
                print_end(cli, &view);
        return went_well(&view) ? PL_CLI_FINE : PL_CLI_FAILED;
}

/* ---- the verb ---- */

/* Until plimsolld has seen that the order is gone, for an equal one in the same second would be no news to it. */
static void clear(struct pl_order_call *call)
{
        struct pl_journal_state state;

        pl_order_clear(call);
        for (unsigned i = 0; i < PAUSES_TO_CLEAR; i++) {
                if (pl_journal_read_state(&call->live.reader, &state) == 0 &&
                    memcmp(state.in_force.digest, call->digest, sizeof call->digest) != 0)
                        return;
                pl_order_pause();
        }
}

static enum pl_cli_exit hold(struct pl_order_call *call)
{
        struct pl_journal_cursor cursor = pl_journal_cursor_newest(&call->live.reader,
                                                                   PL_JOURNAL_ACTS);
        enum pl_cli_exit exit_code;

        call->expires_sec = call->now_sec + LIFE_SEC;
        exit_code = pl_order_give(call, PL_ORDER_DRILL, NULL);
        if (exit_code != PL_CLI_FINE)
                return exit_code;
        exit_code = pl_order_carry_out(call);
        if (call->state != PL_ORDER_IN_FORCE) {
                pl_order_say(call);
                return exit_code;
        }
        exit_code = pl_drill_show(call, &cursor);
        clear(call);
        return exit_code;
}

static enum pl_cli_exit run(struct pl_cli *cli)
{
        static struct pl_order_call memory;
        _cleanup_(pl_cleanup_order) struct pl_order_call *call = &memory;
        enum pl_cli_exit exit_code;

        memory = (struct pl_order_call){};
        exit_code = pl_order_begin(cli, OPTION_SHARED, call);
        if (exit_code == PL_CLI_FINE)
                exit_code = pl_order_needs_daemon(call);
        return exit_code == PL_CLI_FINE ? hold(call) : exit_code;
}

const struct pl_cli_verb pl_cli_verb_drill = {
        .name = "drill",
        .summary = "Have plimsolld end a workload that is there for it, and say how it went",
        .operands = "",
        .description =
                "Gives plimsolld the order to hold a drill: systemd starts plimsoll-drill.service, "
                "which fills 64 MiB of its own until it is short at its own limit; plimsolld has "
                "to see that, decide, and end it, as it would end anybody. Nobody else is touched. "
                "What happens is said as it happens, within some ten seconds. Where the policy "
                "only observes, it is decided and not done. A drill is refused while the host is "
                "short of memory or paused, and within a minute of the last one. Exits with 1 when "
                "it was refused, or when something was missing.",
        .options = options,
        .repeated = PL_ORDER_REPEATED,
        .examples =
                (const struct pl_cli_example[]){
                        { "plimsoll drill", "Can this host act?" },
                        { "plimsoll drill --json", "The same, for a script" },
                        {},
                },
        .run = run,
};
