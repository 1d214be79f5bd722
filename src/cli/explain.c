/* SPDX-License-Identifier: Apache-2.0 */

/* A daemon that is not running, and a journal that is gone with the boot before, are no reason to fail: what plimsoll-record has
 * kept is looked through then.
 */

#include "explain.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "events.h"
#include "plimsoll/base/assert.h"
#include "plimsoll/base/fd.h"
#include "plimsoll/base/macro.h"
#include "plimsoll/policy/glob.h"

enum {
        OPTION_ALL,
        OPTION_BEFORE,
        OPTION_HISTORY,
        OPTION_JOURNAL,
        OPTION_POLICY,
        OPTION_WHY_NOT,
};

enum { QUOTED_MAX = 120 }; /* of a word that is not understood: a line of a terminal and a half */

static const struct pl_cli_option options[] = {
        [OPTION_ALL] = { "all", 'a', NULL, "Show every candidate" },
        [OPTION_BEFORE] = { "before", '\0', "TIME",
                            "Only what was decided before: 10min, 14:30, 2026-11-21 14:30" },
        [OPTION_HISTORY] = { "history", '\0', "DIR",
                             "Where plimsoll-record keeps its history (/var/lib/plimsoll)" },
        [OPTION_JOURNAL] = { "journal", '\0', "FILE",
                             "Read this journal, and not /run/plimsoll/journal" },
        [OPTION_POLICY] = { "policy", '\0', "DIR|FILE",
                            "Read these policy files, and not those of the system" },
        [OPTION_WHY_NOT] = { "why-not", '\0', "NAME", "Say why this workload was not taken" },
        {},
};

/* All that is asked, and where it is looked for. Large: not for the stack. */
struct asked {
        struct pl_cli *cli;
        struct pl_live live;
        bool has_live;
        int history_fd;
        int64_t realtime_usec;
        struct pl_explain_wanted wanted, why_not;
        struct pl_explain explain;
        int64_t since_usec; /* of the oldest act that was seen */
        uint64_t last_number;
        struct pl_explain_files files;
        struct pl_explain_absent absent;
};

/* ---- what is wanted ---- */

static void add_quoted(struct pl_cli *cli, const char *words)
{
        struct pl_span span = pl_span_of(words);
        bool is_long = span.length > QUOTED_MAX;

        span.length = PL_MIN(span.length, (size_t) QUOTED_MAX);
        pl_text_add(cli->words, "'");
        pl_cli_add_plain(cli->words, cli->style, span);
        pl_text_add(cli->words, is_long ? "...'" : "'");
}

static enum pl_cli_exit refuse(struct pl_cli *cli, const char *what, const char *value,
                               const char *advice)
{
        pl_text_addf(cli->words, "plimsoll: %s ", what);
        add_quoted(cli, value);
        pl_text_addf(cli->words, " is not understood\n%s\n", advice);
        return PL_CLI_USAGE;
}

static enum pl_cli_exit want_name(struct pl_cli *cli, const char *name,
                                  struct pl_explain_wanted *wanted)
{
        enum pl_glob_kind kind = name[0] == '/' ? PL_GLOB_PATH : PL_GLOB_NAME;

        if (pl_glob_check(pl_span_of(name), kind, NULL) != 0)
                return refuse(cli, "the name", name,
                              "Write a number, as 'plimsoll events --type=decision' shows them, "
                              "'last', or a name, as 'plimsoll list' shows it.");
        wanted->kind = PL_EXPLAIN_ABOUT;
        wanted->name = name;
        return PL_CLI_FINE;
}

static enum pl_cli_exit want(struct asked *asked)
{
        struct pl_cli *cli = asked->cli;
        struct pl_explain_wanted *wanted = &asked->wanted;
        const char *operand = cli->operand_count > 0 ? cli->operands[0] : "last";
        const char *before = cli->values[OPTION_BEFORE], *why_not = cli->values[OPTION_WHY_NOT];

        wanted->before_usec = INT64_MAX;
        if (before && !pl_events_parse_since(before, asked->realtime_usec, &wanted->before_usec))
                return refuse(cli, "--before", before,
                              "Write how long ago, 10min or 2h; a time, 14:30; or a day, "
                              "2026-11-21, '2026-11-21 14:30'.");
        if (why_not && want_name(cli, why_not, &asked->why_not) != PL_CLI_FINE)
                return PL_CLI_USAGE;
        if (strcmp(operand, "last") == 0)
                return PL_CLI_FINE;
        if (pl_span_to_u64(pl_span_of(operand), &wanted->number) == 0) {
                wanted->kind = PL_EXPLAIN_NUMBER;
                return PL_CLI_FINE;
        }
        return want_name(cli, operand, wanted);
}

/* Who is called so now: a unit, a path and an id are on the board alone. */
static void find_ids(const struct asked *asked, struct pl_explain_wanted *wanted)
{
        const struct pl_journal_reader *reader = &asked->live.reader;
        struct pl_journal_row row;

        if (!asked->has_live || !wanted->name)
                return;
        for (uint32_t i = 0; i < pl_journal_rows_used(reader); i++)
                if (wanted->id_count < PL_EXPLAIN_IDS_MAX &&
                    pl_journal_read_row(reader, i, &row) == 0 && pl_live_is_workload(&row) &&
                    pl_live_matches(&row, wanted->name))
                        wanted->ids[wanted->id_count++] = row.id;
}

/* ---- where it is ---- */

static int find_in(struct asked *asked, const struct pl_live *live)
{
        const struct pl_explain_source source = { live, asked->history_fd, asked->realtime_usec };
        struct pl_explain *explain = &asked->explain;
        int r = pl_explain_find(&source, &asked->wanted, explain);

        if (explain->oldest_usec != 0 &&
            (asked->since_usec == 0 || explain->oldest_usec < asked->since_usec))
                asked->since_usec = explain->oldest_usec;
        if (asked->last_number == 0)
                asked->last_number = explain->last_number;
        return r;
}

static int find(struct asked *asked)
{
        int r = asked->has_live ? find_in(asked, &asked->live) : PL_EXPLAIN_E_NONE;

        if (r == PL_EXPLAIN_E_NONE && asked->history_fd >= 0 && asked->explain.mate.type == 0)
                r = find_in(asked, NULL);
        return r;
}

/* ---- where it is not ---- */

static enum pl_cli_exit say_no_number(struct asked *asked)
{
        struct pl_cli *cli = asked->cli;

        pl_text_addf(cli->words,
                     "plimsoll: there is no decision %llu, or it is written down no "
                     "more\n",
                     (unsigned long long) asked->wanted.number);
        if (asked->last_number > 0)
                pl_text_addf(cli->words,
                             "The last one is %llu; 'plimsoll events --type=decision' shows "
                             "them.\n",
                             (unsigned long long) asked->last_number);
        return PL_CLI_NOT_FOUND;
}

static enum pl_cli_exit say_no_name(struct asked *asked)
{
        struct pl_cli *cli = asked->cli;
        const char *name = asked->wanted.name;

        pl_text_add(cli->words, "plimsoll: no decision and no workload is of ");
        add_quoted(cli, name);
        pl_text_add(cli->words, "\n");
        if (asked->has_live)
                (void) pl_live_add_likely(cli, &asked->live, name);
        return PL_CLI_NOT_FOUND;
}

static enum pl_cli_exit say_none(struct asked *asked)
{
        struct pl_explain_nothing nothing = {
                .live = asked->has_live ? &asked->live : NULL,
                .realtime_usec = asked->realtime_usec,
                .since_usec = asked->since_usec,
                .name = asked->wanted.name,
                .mate = asked->explain.mate.type != 0 ? &asked->explain : NULL,
        };

        if (asked->wanted.kind == PL_EXPLAIN_NUMBER)
                return say_no_number(asked);
        if (asked->wanted.kind == PL_EXPLAIN_ABOUT && asked->wanted.id_count == 0 && !nothing.mate)
                return say_no_name(asked);
        if (!asked->has_live && asked->since_usec == 0)
                return PL_CLI_NO_DAEMON;
        if (asked->why_not.name && asked->has_live) {
                enum pl_cli_exit exit_code = pl_explain_find_absent(
                        asked->cli, &asked->live, asked->why_not.name, NULL, &asked->absent);

                if (exit_code != PL_CLI_FINE)
                        return exit_code;
                nothing.why_not = &asked->absent;
        }
        pl_explain_print_nothing(asked->cli, &nothing);
        return PL_CLI_FINE;
}

/* ---- why not ---- */

static enum pl_cli_exit ask_why_not(struct asked *asked, struct pl_explain_request *request)
{
        enum pl_cli_exit exit_code;

        if (!asked->why_not.name)
                return PL_CLI_FINE;
        request->why_not = &asked->why_not;
        if (pl_explain_is_in_table(&asked->explain, &asked->why_not))
                return PL_CLI_FINE;
        if (!asked->has_live) {
                pl_text_add(asked->cli->words, "plimsoll: no candidate is called ");
                add_quoted(asked->cli, asked->why_not.name);
                pl_text_add(asked->cli->words, "\n");
                return PL_CLI_NOT_FOUND;
        }
        exit_code = pl_explain_find_absent(asked->cli, &asked->live, asked->why_not.name,
                                           &asked->explain.act.decision.decision.verdict,
                                           &asked->absent);
        request->why_not_absent = &asked->absent;
        return exit_code;
}

/* ---- the answer ---- */

static enum pl_cli_exit answer(struct asked *asked)
{
        struct pl_explain_request request = { .all = asked->cli->values[OPTION_ALL] != NULL };
        const char *journal = asked->cli->values[OPTION_JOURNAL];
        struct pl_explain_policy policy;
        enum pl_cli_exit exit_code = ask_why_not(asked, &request);

        if (exit_code != PL_CLI_FINE)
                return exit_code;
        if (asked->wanted.kind != PL_EXPLAIN_NUMBER)
                asked->explain.alike_count = 0;
        policy = pl_explain_read_policy(asked->cli, asked->cli->values[OPTION_POLICY],
                                        journal ? journal : PL_LIVE_JOURNAL, &asked->explain,
                                        &asked->files);
        request.policy = &policy;
        if (asked->cli->json)
                pl_explain_print_json(asked->cli, &asked->explain, &request);
        else
                pl_explain_print(asked->cli, &asked->explain, &request);
        pl_explain_files_done(&asked->files);
        return PL_CLI_FINE;
}

static enum pl_cli_exit look(struct asked *asked)
{
        int r;

        find_ids(asked, &asked->wanted);
        find_ids(asked, &asked->why_not);
        r = find(asked);
        if (r == -ENOMEM)
                return pl_live_say_no_memory(asked->cli);
        if (r < 0) {
                pl_text_addf(asked->cli->words, "plimsoll: the history cannot be read: %s\n",
                             strerrordesc_np(-r));
                return PL_CLI_FAILED;
        }
        return r == 0 ? answer(asked) : say_none(asked);
}

/* Without a journal the history is all there is. */
static enum pl_cli_exit open_and_look(struct asked *asked)
{
        const char *path = asked->cli->values[OPTION_HISTORY];
        _cleanup_close_ int history_fd = open(path ? path : "/var/lib/plimsoll",
                                              O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        enum pl_cli_exit exit_code = pl_live_open_named(
                asked->cli, asked->cli->values[OPTION_JOURNAL], &asked->live);

        asked->history_fd = history_fd;
        asked->has_live = exit_code == PL_CLI_FINE;
        if (exit_code != PL_CLI_FINE && (exit_code != PL_CLI_NO_DAEMON || history_fd < 0))
                return exit_code;
        if (asked->has_live)
                pl_live_add_trouble(asked->cli, &asked->live);
        exit_code = look(asked);
        if (asked->has_live)
                pl_live_close(&asked->live);
        return exit_code;
}

static enum pl_cli_exit run(struct pl_cli *cli)
{
        static struct asked asked;
        enum pl_cli_exit exit_code;

        memset(&asked, 0, sizeof asked);
        asked.cli = cli;
        asked.realtime_usec = pl_live_wall_usec();
        exit_code = want(&asked);
        return exit_code == PL_CLI_FINE ? open_and_look(&asked) : exit_code;
}

const struct pl_cli_verb pl_cli_verb_explain = {
        .name = "explain",
        .summary = "Say why a workload was ended, or what else was decided, and why",
        .operands = "[last|NUMBER|NAME]",
        .operands_max = 1,
        .description =
                "Shows one decision: what was seen, whose shortage it was, why it was this "
                "workload, what was tried before, who else could have gone and why nobody else "
                "did, what came of it, and what would change it. NUMBER is that of a decision, as "
                "'plimsoll events' shows it; a NAME means the last decision about that workload; "
                "without either it is the last one, but for what only ends what had begun. What "
                "the journal has no more "
                "is looked for in the history of plimsoll-record. Exits with 6 when there is no "
                "such decision. Changes nothing.",
        .options = options,
        .examples =
                (const struct pl_cli_example[]){
                        { "plimsoll explain", "What was the last one about?" },
                        { "plimsoll explain 17", "Why that?" },
                        { "plimsoll explain batch/report", "What was decided about it last?" },
                        { "plimsoll explain 17 --why-not=api/web", "Why not that one?" },
                        {},
                },
        .run = run,
};
