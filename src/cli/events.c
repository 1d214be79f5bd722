/* SPDX-License-Identifier: Apache-2.0 */

/* A daemon that is not running is no reason to fail: what happened before it ended is what one asks then. */

#include "events.h"

#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"
#include "plimsoll/base/nearest.h"
#include "plimsoll/policy/glob.h"

enum {
        OPTION_FOLLOW,
        OPTION_JOURNAL,
        OPTION_LINES,
        OPTION_QUIET,
        OPTION_SINCE,
        OPTION_TYPE,
};

enum {
        /* A person sees no difference to at once, and a host with a hundred followers pays nothing for them. */
        TICK_MSEC = 250,
        LINES_FOLLOWED = 10, /* before it goes on, as tail has it */
        QUOTED_MAX = 120,    /* of a word that is not understood: a line of a terminal and a half */
};

static const struct pl_cli_option options[] = {
        [OPTION_FOLLOW] = { "follow", 'f', NULL, "Go on with what happens from now on" },
        [OPTION_JOURNAL] = { "journal", '\0', "FILE", "Read this one, and not that of plimsolld" },
        [OPTION_LINES] = { "lines", 'n', "N", "No more than the last so many" },
        [OPTION_QUIET] = { "quiet", 'q', NULL,
                           "Leave out workloads that came, went, changed their profile or got "
                           "limits" },
        [OPTION_SINCE] = { "since", '\0', "TIME", "From then on: 10min, 14:30, 2026-11-21 14:30" },
        [OPTION_TYPE] = { "type", '\0', "TYPE", "Only of this type; may be given again" },
        {},
};

/* ---- what is wanted ---- */

static enum pl_cli_exit refuse(struct pl_cli *cli, const char *option, const char *value,
                               const char *advice)
{
        struct pl_span span = pl_span_of(value);

        pl_text_addf(cli->words, "plimsoll: %s '", option);
        pl_cli_add_plain(cli->words, cli->style,
                         pl_span(span.data, PL_MIN(span.length, (size_t) QUOTED_MAX)));
        pl_text_addf(cli->words, "%s' is not understood\n%s", span.length > QUOTED_MAX ? "..." : "",
                     advice);
        return PL_CLI_USAGE;
}

static enum pl_cli_exit refuse_type(struct pl_cli *cli, const char *value)
{
        const char *words[PL_JOURNAL_SNAPSHOT - 1];
        const char *nearest;

        for (uint32_t i = 0; i < PL_ARRAY_LENGTH(words); i++)
                words[i] = pl_journal_type_word(i + 1);
        nearest = pl_nearest(value, words, PL_ARRAY_LENGTH(words));
        (void) refuse(cli, "--type", value, "");
        if (nearest) {
                pl_text_addf(cli->words, "Did you mean '%s'?\n", nearest);
                return PL_CLI_USAGE;
        }
        pl_text_add(cli->words, "There are");
        for (size_t i = 0; i < PL_ARRAY_LENGTH(words); i++)
                pl_text_addf(cli->words, "%s %s", i == 0 ? "" : ",", words[i]);
        pl_text_add(cli->words, ".\n");
        return PL_CLI_USAGE;
}

static enum pl_cli_exit want_types(struct pl_cli *cli, uint32_t *ret_types)
{
        const uint32_t of_workloads = 1U << PL_JOURNAL_APPEARED | 1U << PL_JOURNAL_GONE |
                                      1U << PL_JOURNAL_CHANGED | 1U << PL_JOURNAL_SET;

        *ret_types = cli->repeat_count == 0 ? UINT32_MAX : 0;
        for (size_t i = 0; i < cli->repeat_count; i++) {
                uint32_t type = 1;

                while (type < PL_JOURNAL_SNAPSHOT &&
                       !pl_span_equals(pl_span_of(cli->repeats[i]), pl_journal_type_word(type)))
                        type++;
                if (type == PL_JOURNAL_SNAPSHOT)
                        return refuse_type(cli, cli->repeats[i]);
                *ret_types |= 1U << type;
        }
        if (cli->values[OPTION_QUIET])
                *ret_types &= ~of_workloads;
        return PL_CLI_FINE;
}

static enum pl_cli_exit want_names(struct pl_cli *cli)
{
        for (size_t i = 0; i < cli->operand_count; i++) {
                const char *pattern = cli->operands[i];
                enum pl_glob_kind kind = pattern[0] == '/' ? PL_GLOB_PATH : PL_GLOB_NAME;

                if (pl_glob_check(pl_span_of(pattern), kind, NULL) != 0)
                        return refuse(
                                cli, "the pattern", pattern,
                                "Write a name, as 'plimsoll list' shows it, or a pattern such "
                                "as 'worker/*'\n");
        }
        return PL_CLI_FINE;
}

static enum pl_cli_exit want_lines(struct pl_cli *cli, struct pl_events *events)
{
        const char *lines = cli->values[OPTION_LINES];

        events->lines = PL_EVENTS_ALL;
        if (events->follow && !lines && !cli->values[OPTION_SINCE])
                events->lines = LINES_FOLLOWED;
        if (!lines || pl_span_to_u64(pl_span_of(lines), &events->lines) == 0)
                return PL_CLI_FINE;
        return refuse(cli, "--lines", lines, "Write a number: --lines=20\n");
}

enum pl_cli_exit pl_events_want(struct pl_cli *cli, int64_t realtime_usec,
                                struct pl_events *ret_events)
{
        const char *since = cli->values[OPTION_SINCE], *path = cli->values[OPTION_JOURNAL];
        enum pl_cli_exit exit_code;

        pl_assert(cli && ret_events);

        *ret_events = (struct pl_events){
                .cli = cli,
                .path = path ? path : PL_LIVE_JOURNAL,
                .tick_msec = TICK_MSEC,
                .follow = cli->values[OPTION_FOLLOW] != NULL,
        };
        exit_code = want_types(cli, &ret_events->types);
        if (exit_code == PL_CLI_FINE)
                exit_code = want_names(cli);
        if (exit_code == PL_CLI_FINE)
                exit_code = want_lines(cli, ret_events);
        if (exit_code == PL_CLI_FINE && since &&
            !pl_events_parse_since(since, realtime_usec, &ret_events->since_usec))
                exit_code = refuse(cli, "--since", since,
                                   "Write how long ago, 10min or 2h; a time, 14:30; or a day, "
                                   "2026-11-21, '2026-11-21 14:30', 2026-11-21T14:30:00Z\n");
        return exit_code;
}

/* ---- the verb ---- */

static enum pl_cli_exit run(struct pl_cli *cli)
{
        static struct pl_events events;
        enum pl_cli_exit exit_code = pl_events_want(cli, pl_live_wall_usec(), &events);

        if (exit_code == PL_CLI_FINE)
                exit_code = pl_live_open_named(cli, events.path, &events.live);
        if (exit_code != PL_CLI_FINE)
                return exit_code;
        if (!events.follow)
                pl_live_add_trouble(cli, &events.live);
        pl_events_say_unknown(&events);
        pl_events_show(&events);
        if (events.follow)
                pl_events_follow(&events);
        else if (events.count == 0)
                pl_text_add(cli->words, "plimsoll: the journal has no such event\n");
        pl_live_close(&events.live);
        return PL_CLI_FINE;
}

const struct pl_cli_verb pl_cli_verb_events = {
        .name = "events",
        .summary = "Say what happened, and with --follow what happens",
        .operands = "[NAME]...",
        .operands_max = PL_CLI_OPERANDS_MAX,
        .description =
                "Shows what plimsolld has written down, the newest last: when it started and "
                "ended, "
                "which policy came into force or was refused and why, who came and went, which "
                "limits were set and who has changed them, and what "
                "is not as it should be, with what to do about it. A NAME leaves only what is "
                "about "
                "such workloads: a name, a unit, a container's id, a path, or a pattern of one. "
                "The journal reaches back some 6,600 events, "
                "but not beyond the start of the host. It is also read when plimsolld is not "
                "running.",
        .options = options,
        .repeated = "type",
        .examples =
                (const struct pl_cli_example[]){
                        { "plimsoll events --since=1h", "What happened in the last hour?" },
                        { "plimsoll events --quiet --lines=20", "Without comings and goings" },
                        { "plimsoll events --type=policy-refused --lines=1",
                          "Why was the last policy refused?" },
                        { "plimsoll events worker/* --json", "For a script, of some workloads" },
                        {},
                },
        .run = run,
};
