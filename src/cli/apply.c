/* SPDX-License-Identifier: Apache-2.0 */

/* plimsolld applies the policy by itself, and keeps it applied. `apply` takes a restoration back, and lets it begin afresh
 * with what it had given up: limits that were refused, yielded, or fought over. For that an order has to lie there for a
 * moment only, so it ends by itself, and is taken away when all has arrived. It stays only where another order would
 * restore the workload again as soon as this one is gone.
 */

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <string.h>

#include "diff.h"
#include "live_view.h"
#include "order_daemon.h"
#include "order_settle.h"
#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"

enum { OPTION_ONCE, OPTION_SHARED };

enum { OPEN_MAX_ = 8 }; /* directories while the rehearsal's is removed */

static const struct pl_cli_option options[] = {
        [OPTION_ONCE] = { "once", '\0', NULL,
                          "Apply once and keep nothing applied, where plimsolld is not running" },
        PL_ORDER_SHARED_OPTIONS(OPTION_SHARED),
        {},
};

/* ---- by the daemon ---- */

static enum pl_cli_exit show(struct pl_cli *cli, const struct pl_order_call *call)
{
        const struct pl_diff_request request = {
                .journal = call->journal,
                .names = cli->operands,
                .name_count = cli->operand_count,
        };

        return pl_diff_show(cli, &request);
}

static int drop(void *userdata, struct pl_span bytes)
{
        (void) userdata, (void) bytes;
        return 0;
}

/* What `diff` would say, as far as the exit code goes: the answer is the order's own object. */
static enum pl_cli_exit show_nothing(const struct pl_order_call *call)
{
        static char out_buffer[PL_CLI_OUT_MAX], words_buffer[PL_CLI_WORDS_MAX];
        struct pl_cli quiet = *call->cli;
        struct pl_text out, words;

        pl_text_init(&out, out_buffer, sizeof out_buffer);
        pl_text_init(&words, words_buffer, sizeof words_buffer);
        quiet.out = &out;
        quiet.words = &words;
        quiet.emit = quiet.say = drop;
        return show(&quiet, call);
}

static enum pl_cli_exit apply_by_daemon(struct pl_order_call *call)
{
        struct pl_order_settling settling = { .goal = PL_ORDER_GOAL_APPLIED };
        enum pl_cli_exit exit_code = pl_order_turn(call, &settling), shown;

        if (exit_code != PL_CLI_FINE)
                return exit_code;
        exit_code = pl_order_carry_out(call);
        if (call->state != PL_ORDER_IN_FORCE || !call->is_waiting) {
                pl_order_say(call);
                return exit_code;
        }
        settling.since_usec = call->in_force_usec;
        exit_code = pl_order_settle(call, &settling);
        pl_order_clear(call);
        if (call->cli->json)
                pl_order_say(call);
        shown = call->cli->json ? show_nothing(call) : show(call->cli, call);
        return shown != PL_CLI_FINE ? shown : exit_code;
}

/* ---- without one ---- */

/* Whether the plimsolld that has just ended had to go without this policy; what it keeps then is the one before, or nothing. */
static bool has_refused(struct pl_cli *cli, const char *journal)
{
        _cleanup_(pl_cleanup_live) struct pl_live live = {};

        if (pl_live_open_named(cli, journal, &live) != PL_CLI_FINE ||
            live.state.refused.at_usec == 0)
                return false;
        pl_text_add(cli->words, "plimsoll: plimsolld has refused the policy: ");
        pl_cli_add_plain(cli->words, cli->style, pl_span_of(live.state.refused.words));
        pl_text_addf(cli->words, "\n%s plimsoll check\n", pl_live_arrow(cli->style));
        return true;
}

/* It has ended well, and that says only that it has done what it could. */
static enum pl_cli_exit show_what_came(struct pl_cli *cli, const struct pl_diff_request *request)
{
        enum pl_cli_exit exit_code = pl_diff_show(cli, request);

        if (exit_code != PL_CLI_FINE && exit_code != PL_CLI_FINDINGS)
                return exit_code;
        return has_refused(cli, request->journal) ? PL_CLI_POLICY : exit_code;
}

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *where)
{
        (void) status, (void) type, (void) where;
        return remove(path);
}

static enum pl_cli_exit rehearse_in(struct pl_order_call *call, const char *directory)
{
        static struct pl_order_program program;
        char option[PATH_MAX], journal[PATH_MAX];
        struct pl_diff_request request = { .journal = journal, .rehearsal = true };
        struct pl_text text;
        enum pl_cli_exit exit_code;

        pl_text_init(&text, journal, sizeof journal);
        pl_text_addf(&text, "%s/journal", directory);
        pl_text_init(&text, option, sizeof option);
        pl_text_addf(&text, "--journal-dir=%s", directory);
        pl_order_program_init(&program, call, "--once");
        pl_order_program_add(&program, "--dry-run");
        pl_order_program_add(&program, option);
        exit_code = pl_order_program_run(call->cli, &program);
        return exit_code == PL_CLI_FINE ? show_what_came(call->cli, &request) : exit_code;
}

/* All is decided as it would be, over a journal that nobody else sees. */
static enum pl_cli_exit rehearse(struct pl_order_call *call)
{
        char directory[] = "/tmp/plimsoll-apply-XXXXXX";
        enum pl_cli_exit exit_code;

        if (!mkdtemp(directory)) {
                pl_text_addf(call->cli->words, "plimsoll: cannot make a directory in /tmp: %s\n",
                             strerrordesc_np(errno));
                return PL_CLI_FAILED;
        }
        exit_code = rehearse_in(call, directory);
        (void) nftw(directory, remove_one, OPEN_MAX_, FTW_DEPTH | FTW_PHYS);
        return exit_code;
}

static enum pl_cli_exit apply_once(struct pl_order_call *call)
{
        static struct pl_order_program program;
        const struct pl_diff_request request = { .journal = pl_order_program_journal(call),
                                                 .is_over = true };
        enum pl_cli_exit exit_code;

        pl_order_program_init(&program, call, "--once");
        exit_code = pl_order_program_run(call->cli, &program);
        return exit_code == PL_CLI_FINE ? show_what_came(call->cli, &request) : exit_code;
}

static enum pl_cli_exit apply_without(struct pl_order_call *call)
{
        struct pl_cli *cli = call->cli;

        if (cli->operand_count > 0) {
                pl_text_addf(cli->words,
                             "plimsoll: plimsolld is not running, and without it everybody is "
                             "applied to or nobody\n%s plimsoll apply, or systemctl start "
                             "plimsolld\n",
                             pl_live_arrow(cli->style));
                return PL_CLI_NO_DAEMON;
        }
        if (call->is_dry)
                return rehearse(call);
        return apply_once(call);
}

static enum pl_cli_exit run(struct pl_cli *cli)
{
        static struct pl_order_call memory;
        _cleanup_(pl_cleanup_order) struct pl_order_call *call = &memory;
        enum pl_cli_exit exit_code;

        memory = (struct pl_order_call){};
        exit_code = pl_order_begin(cli, OPTION_SHARED, call);
        if (exit_code != PL_CLI_FINE)
                return exit_code;
        if (!pl_order_has_daemon(call))
                return apply_without(call);
        if (cli->values[OPTION_ONCE]) {
                pl_text_add(cli->words, "plimsoll: plimsolld is running and keeps limits applied; "
                                        "drop --once\n");
                return PL_CLI_FAILED;
        }
        return call->is_dry ? show(cli, call) : apply_by_daemon(call);
}

const struct pl_cli_verb pl_cli_verb_apply = {
        .name = "apply",
        .summary = "Apply the policy, also to what was restored, and say what differs",
        .operands = "[NAME]...",
        .operands_max = PL_CLI_OPERANDS_MAX,
        .description =
                "Gives plimsolld the order to apply the policy to everybody, or to these "
                "workloads: it ends a restoration, and what plimsolld had given up is tried again. "
                "Waits up to 30 s until every limit is in force or it is settled that it will not "
                "be, then says what differs, as 'plimsoll diff' does, and exits with 7 if "
                "something does. With --dry-run it says what differs now, and orders nothing. "
                "Where plimsolld is not running, 'plimsolld --once' applies the policy one time, "
                "and what differs then is said; nothing keeps it applied.",
        .options = options,
        .repeated = PL_ORDER_REPEATED,
        .examples =
                (const struct pl_cli_example[]){
                        { "plimsoll apply", "Everything, and say what is still on its way" },
                        { "plimsoll apply --dry-run", "What would be changed?" },
                        { "plimsoll apply api/web", "Govern a workload that was restored" },
                        {},
                },
        .run = run,
};
