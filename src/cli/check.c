/* SPDX-License-Identifier: Apache-2.0 */

#include "check.h"

#include <fcntl.h>
#include <string.h>

#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"
#include "plimsoll/policy/feasible.h"

enum { OPTION_HOST, OPTION_STRICT };

static const struct pl_cli_option options[] = {
        [OPTION_HOST] = { "host", '\0', "ram=SIZE[,swap=SIZE]",
                          "Check for a host with so much memory, and not for this one" },
        [OPTION_STRICT] = { "strict", '\0', NULL, "Take warnings for errors: exit with 3" },
        {},
};

static enum pl_cli_exit read_this_host(struct pl_cli *cli, struct pl_check_host *ret_host)
{
        _cleanup_close_ int proc_fd = open("/proc", O_RDONLY | O_CLOEXEC | O_DIRECTORY);
        _cleanup_close_ int sys_fd = open("/sys", O_RDONLY | O_CLOEXEC | O_DIRECTORY);

        if (pl_check_host_read(proc_fd, sys_fd, ret_host) == 0)
                return PL_CLI_FINE;
        pl_text_add(cli->words, "plimsoll: cannot read /proc/meminfo to know this host's memory\n"
                                "Say how much there is: --host=ram=16GiB,swap=4GiB\n");
        return PL_CLI_FAILED;
}

static enum pl_cli_exit find_host(struct pl_cli *cli, struct pl_check_host *ret_host)
{
        const char *given = cli->values[OPTION_HOST];

        if (!given)
                return read_this_host(cli, ret_host);
        return pl_check_host_parse(given, cli->words, ret_host) ? PL_CLI_FINE : PL_CLI_USAGE;
}

enum pl_cli_exit pl_check_exit(const struct pl_check *check, bool strict)
{
        enum pl_cli_exit exit_code = pl_cli_policy_exit(check->policy);

        return strict && check->policy->diag.warnings > 0 ? PL_CLI_POLICY : exit_code;
}

static enum pl_cli_exit run(struct pl_cli *cli)
{
        static struct pl_cli_policy memory;
        _cleanup_(pl_cli_cleanup_policy) struct pl_cli_policy *policy = &memory;
        struct pl_check check = { .policy = policy };
        enum pl_cli_exit exit_code;

        exit_code = find_host(cli, &check.host);
        if (exit_code == PL_CLI_FINE)
                exit_code = pl_cli_policy_read(cli, policy);
        if (exit_code != PL_CLI_FINE)
                return exit_code;
        pl_policy_check(policy->policy, &check.host.facts, NULL, &policy->diag);
        if (cli->json)
                pl_check_print_json(cli, &check);
        else
                pl_check_print(cli, &check);
        return pl_check_exit(&check, cli->values[OPTION_STRICT] != NULL);
}

const struct pl_cli_verb pl_cli_verb_check = {
        .name = "check",
        .summary = "Say whether policy files are sound, and what they come to here",
        .operands = "[FILE|DIR|-]...",
        .operands_max = PL_CLI_OPERANDS_MAX,
        .description =
                "Reads policy files, says all that is wrong with them and where, and whether this "
                "host can give what they ask for. When nothing is, shows what each profile comes "
                "to. Without an operand the directories of the system are read, with \"-\" what "
                "'plimsoll cat-config' has printed. Changes nothing. Exits with 0 when only "
                "warnings remain, 3 when there is an error, 6 or 5 when all that is wrong is that "
                "an operand is not there or may not be read.",
        .options = options,
        .examples =
                (const struct pl_cli_example[]){
                        { "plimsoll check", "Check what is in force" },
                        { "plimsoll check --host=ram=1GiB", "Would it do for a smaller host?" },
                        { "plimsoll check --strict --json", "For a script" },
                        {},
                },
        .run = run,
};
