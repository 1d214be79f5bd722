/* SPDX-License-Identifier: Apache-2.0 */

/* The ring is read from where the last so many begin, which is found from its end, or from its oldest. What the writer has
 * written over before it was read, and what is spoilt, stands in its place as a gap of so many events: whoever reads on
 * knows that something is missing.
 *
 * Following asks four times a second whether there is more, which is one load of a word, and whether the journal's name
 * means another file now. inotify would not tell of a store to mapped memory. A daemon that was killed writes no act; that
 * its heartbeat stands still is said once, where an act would stand.
 */

#include <fcntl.h>
#include <poll.h>
#include <time.h>
#include <unistd.h>

#include "events.h"
#include "plimsoll/base/assert.h"
#include "plimsoll/base/clock.h"
#include "plimsoll/policy/glob.h"

/* As many ticks as make the five seconds after which `status` calls a daemon stuck. They are our own, and stand still as
 * well while the host sleeps. */
enum { SILENT_TICKS = 20 };

/* ---- what is wanted ---- */

static bool pattern_matches(const char *pattern, const char *text)
{
        enum pl_glob_kind kind = pattern[0] == '/' ? PL_GLOB_PATH : PL_GLOB_NAME;

        return pl_glob_matches(pl_span_of(pattern), kind, pl_span_of(text));
}

/* "api/web" is found as "web", too. */
static bool name_matches(const char *pattern, const char *name)
{
        const char *slash = strchr(name, '/');

        return pattern_matches(pattern, name) || (slash && pattern_matches(pattern, slash + 1));
}

/* Under all that `list` would take for it. */
static bool workload_matches(const char *pattern, const struct pl_journal_workload *workload)
{
        const struct pl_journal_row row = pl_events_row(workload);

        return pl_live_matches(&row, pattern);
}

static bool set_matches(const char *pattern, const struct pl_journal_set *set)
{
        const struct pl_journal_row row = pl_events_set_row(set);

        return pl_live_matches(&row, pattern);
}

static bool decision_matches(const char *pattern, const struct pl_journal_decision *act)
{
        if (name_matches(pattern, act->name) || name_matches(pattern, act->scope))
                return true;
        for (uint32_t i = 0; i < act->decision.candidate_count && i < PL_CANDIDATES_MAX; i++)
                if (name_matches(pattern, act->names[i]))
                        return true;
        return false;
}

static bool is_about(const struct pl_journal_act *act, const char *pattern)
{
        switch (act->type) {
        case PL_JOURNAL_APPEARED:
        case PL_JOURNAL_GONE:
        case PL_JOURNAL_CHANGED:
                return workload_matches(pattern, &act->workload);
        case PL_JOURNAL_VERDICT:
                return name_matches(pattern, act->judged.name);
        case PL_JOURNAL_DECISION:
                return decision_matches(pattern, &act->decision);
        case PL_JOURNAL_OUTCOME:
                return name_matches(pattern, act->outcome.name);
        case PL_JOURNAL_DRIFT:
                return name_matches(pattern, act->drift.name);
        case PL_JOURNAL_SET:
                return set_matches(pattern, &act->set);
        case PL_JOURNAL_ALARM:
        case PL_JOURNAL_NOTE:
                return name_matches(pattern, act->note.name);
        case PL_JOURNAL_ORDER:
                return pattern_matches(pattern, act->order.workload);
        default:
                return false;
        }
}

/* A time of the wall as one of acts, by the clocks as they stand to each other now. */
static uint64_t since_usec(const struct pl_events *events)
{
        const struct pl_live *live = &events->live;
        uint64_t ago_usec;

        if (events->since_usec >= live->realtime_usec)
                return live->now_usec;
        ago_usec = (uint64_t) live->realtime_usec - (uint64_t) events->since_usec;
        return ago_usec < live->now_usec ? live->now_usec - ago_usec : 0;
}

static bool is_wanted(const struct pl_events *events, const struct pl_journal_act *act)
{
        const struct pl_cli *cli = events->cli;

        if (act->type >= PL_JOURNAL_TYPES || !(events->types >> act->type & 1) ||
            act->at_usec < since_usec(events))
                return false;
        for (size_t i = 0; i < cli->operand_count; i++)
                if (is_about(act, cli->operands[i]))
                        return true;
        return cli->operand_count == 0;
}

/* ---- walking ---- */

/* What is missing where the cursor has passed. */
static void print_gap(struct pl_events *events, uint64_t first, uint64_t count, const char *why)
{
        struct pl_journal_act act = {
                .at_usec = events->live.now_usec,
                .type = PL_JOURNAL_GAP,
                .gap = { .first = first, .count = count, .ring = PL_JOURNAL_ACTS },
        };

        pl_journal_set_text(act.gap.words, sizeof act.gap.words, pl_span_of(why));
        pl_events_print(events, &act);
}

static void take(struct pl_events *events, int r, uint64_t before, const struct pl_journal_act *act)
{
        const struct pl_journal_cursor *cursor = &events->cursor;

        switch (r) {
        case 0:
                if (is_wanted(events, act))
                        pl_events_print(events, act);
                return;
        case PL_JOURNAL_E_OVERTAKEN:
                print_gap(events, cursor->position - cursor->lost, cursor->lost,
                          "written over by newer ones");
                return;
        case PL_JOURNAL_E_TORN:
                print_gap(events, before, cursor->position - before, "damaged");
                return;
        default:
                return;
        }
}

/* Up to what was the newest when it began: whoever writes fast does not keep it from ending. */
static void drain(struct pl_events *events)
{
        static struct pl_journal_act act;
        const uint64_t end =
                pl_journal_cursor_newest(&events->live.reader, PL_JOURNAL_ACTS).position;

        while (events->cursor.position < end && events->cli->error == 0) {
                const uint64_t before = events->cursor.position;
                int r = pl_journal_next_act(&events->cursor, &act);

                if (r == PL_JOURNAL_E_END)
                        break;
                take(events, r, before, &act);
        }
}

/* Before the first of the last so many that are wanted. */
static struct pl_journal_cursor find_last(const struct pl_events *events)
{
        static struct pl_journal_act act;
        const struct pl_journal_reader *reader = &events->live.reader;
        struct pl_journal_cursor cursor = pl_journal_cursor_newest(reader, PL_JOURNAL_ACTS);
        struct pl_journal_cursor found = cursor;
        uint64_t left = events->lines;
        int r;

        while (left > 0 && (r = pl_journal_previous_act(&cursor, &act)) != PL_JOURNAL_E_END) {
                if (r != 0 || !is_wanted(events, &act))
                        continue;
                found = cursor;
                left--;
        }
        return found;
}

/* ---- who is nobody ---- */

_Static_assert(PL_CLI_OPERANDS_MAX <= 64, "a bit each");

/* Bits of the patterns that fit somebody on the board, or something in the ring. */
static uint64_t find_known(const struct pl_events *events)
{
        static struct pl_journal_act act;
        const struct pl_cli *cli = events->cli;
        struct pl_journal_cursor cursor = pl_journal_cursor_newest(&events->live.reader,
                                                                   PL_JOURNAL_ACTS);
        uint32_t used = pl_journal_rows_used(&events->live.reader);
        struct pl_journal_row row;
        uint64_t known = 0;
        int r;

        for (uint32_t i = 0; i < used; i++)
                if (pl_journal_read_row(&events->live.reader, i, &row) == 0 &&
                    pl_live_is_workload(&row))
                        for (size_t j = 0; j < cli->operand_count; j++)
                                known |= (uint64_t) pl_live_matches(&row, cli->operands[j]) << j;
        while ((r = pl_journal_previous_act(&cursor, &act)) != PL_JOURNAL_E_END)
                for (size_t j = 0; r == 0 && j < cli->operand_count; j++)
                        known |= (uint64_t) is_about(&act, cli->operands[j]) << j;
        return known;
}

void pl_events_say_unknown(struct pl_events *events)
{
        struct pl_cli *cli = events->cli;
        uint64_t known;

        pl_assert(cli);

        known = cli->operand_count > 0 ? find_known(events) : 0;
        for (size_t i = 0; i < cli->operand_count; i++) {
                struct pl_span given = pl_span_of(cli->operands[i]);

                if (known >> i & 1)
                        continue;
                pl_text_add(cli->words, "plimsoll: no event and no workload is of '");
                pl_cli_add_plain(cli->words, cli->style, given);
                pl_text_add(cli->words, events->follow ? "' yet\n" : "'\n");
                (void) pl_live_add_likely(cli, &events->live, given.data);
        }
}

/* ---- what is there ---- */

void pl_events_show(struct pl_events *events)
{
        pl_assert(events && events->cli);

        if (events->lines == PL_EVENTS_ALL)
                events->cursor = pl_journal_cursor_oldest(&events->live.reader, PL_JOURNAL_ACTS);
        else
                events->cursor = find_last(events);
        drain(events);
}

/* ---- following ---- */

/* Another journal of this name is read from its beginning: all in it is new. Until it can be opened, the old one is kept. */
static void change_over(struct pl_events *events)
{
        struct pl_journal_reader reader;
        bool is_replaced = false;

        if (pl_journal_reader_is_replaced(&events->live.reader, AT_FDCWD, events->path,
                                          &is_replaced) != 0 ||
            !is_replaced || pl_journal_reader_open(AT_FDCWD, events->path, &reader) != 0)
                return;
        drain(events); /* what was written there last */
        pl_live_close(&events->live);
        events->live.reader = reader;
        events->cursor = pl_journal_cursor_oldest(&events->live.reader, PL_JOURNAL_ACTS);
}

static void say_silent(struct pl_events *events, uint64_t heartbeat_usec)
{
        struct pl_journal_act act = { .at_usec = events->live.now_usec,
                                      .type = PL_JOURNAL_ALARM,
                                      .note.severity = PL_SEVERITY_CRITICAL };
        struct pl_text words;

        pl_text_init(&words, act.note.words, sizeof act.note.words);
        pl_text_add(&words, "plimsolld has said nothing for ");
        pl_duration_format_short(&words, events->live.now_usec > heartbeat_usec
                                                 ? events->live.now_usec - heartbeat_usec
                                                 : 0);
        pl_text_add(&words, ": 'plimsoll status' says more");
        pl_events_print(events, &act);
}

/* Once for each time that it falls silent. One that has said that it ends need not be missed. */
static void listen(struct pl_events *events, uint32_t *silent_ticks)
{
        struct pl_live *live = &events->live;
        struct pl_journal_pulse pulse;
        struct pl_journal_state state;

        pl_journal_read_pulse(&live->reader, &pulse);
        if (pulse.heartbeat_usec != live->pulse.heartbeat_usec ||
            pulse.generation != live->pulse.generation) {
                live->pulse = pulse;
                *silent_ticks = 0;
                return;
        }
        if (*silent_ticks > SILENT_TICKS || ++*silent_ticks <= SILENT_TICKS)
                return;
        if (pl_journal_read_state(&live->reader, &state) != 0 || state.phase != PL_JOURNAL_STOPPED)
                say_silent(events, pulse.heartbeat_usec);
}

/* Waits a while, or until nobody reads what we print. */
static bool wait_a_tick(int tick_msec)
{
        struct pollfd output = { .fd = STDOUT_FILENO };

        return poll(&output, 1, tick_msec) <= 0 || !(output.revents & (POLLERR | POLLHUP));
}

void pl_events_follow(struct pl_events *events)
{
        uint32_t silent_ticks = 0;

        pl_assert(events && events->path);

        while (pl_cli_flush(events->cli) == 0 && wait_a_tick(events->tick_msec)) {
                events->live.now_usec = pl_clock_now_usec();
                events->live.realtime_usec = pl_live_wall_usec();
                drain(events);
                listen(events, &silent_ticks);
                change_over(events);
        }
}
