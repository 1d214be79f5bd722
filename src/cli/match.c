/* SPDX-License-Identifier: Apache-2.0 */

#include "match.h"

#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"

static const struct pl_cli_option options[] = {
        { "describe", '\0', "KEY=VALUE", "What is known of the workload; may be given again" },
        {},
};

void pl_match_find(const struct pl_policy *policy, const struct pl_workload_identity *identity,
                   struct pl_match *ret_match)
{
        pl_assert(policy && identity && ret_match);

        *ret_match = (struct pl_match){ .policy = policy, .identity = identity };
        ret_match->winner = pl_policy_match(policy, identity, &ret_match->entry);
        if (policy->host)
                ret_match->protect_entry = pl_selectors_match(&policy->host->host.protect,
                                                              identity);
}

bool pl_match_is_protected(const struct pl_match *match)
{
        const struct pl_document *host = match->policy->host;

        return host && match->protect_entry < host->host.protect.count;
}

static enum pl_cli_exit answer(struct pl_cli *cli, const struct pl_policy *policy,
                               const struct pl_match_description *description)
{
        struct pl_match match;

        pl_match_find(policy, &description->identity, &match);
        if (cli->json)
                pl_match_print_json(cli, &match);
        else
                pl_match_print(cli, &match);
        return match.winner < policy->profile_count ? PL_CLI_FINE : PL_CLI_NOT_FOUND;
}

static enum pl_cli_exit run(struct pl_cli *cli)
{
        static struct pl_cli_policy memory;
        _cleanup_(pl_cli_cleanup_policy) struct pl_cli_policy *policy = &memory;
        _cleanup_(pl_match_cleanup_description) struct pl_match_description description = {};
        enum pl_cli_exit exit_code;

        exit_code = pl_match_describe(cli->repeats, cli->repeat_count, cli->words, &description);
        if (exit_code == PL_CLI_FINE)
                exit_code = pl_cli_policy_read(cli, policy);
        if (exit_code == PL_CLI_FINE)
                exit_code = pl_cli_policy_complain(cli, policy);
        return exit_code == PL_CLI_FINE ? answer(cli, policy->policy, &description) : exit_code;
}

const struct pl_cli_verb pl_cli_verb_match = {
        .name = "match",
        .summary = "Say which profile a workload would get, and why no other",
        .operands = "--describe=KEY=VALUE... [DIR|FILE|-]...",
        .operands_max = PL_CLI_OPERANDS_MAX,
        .description =
                "Holds a workload that is described against the policy files and explains the "
                "outcome, entry by entry. The keys are those of \"match\" in a policy file: path, "
                "unit, slice, container, image, label, runtime, xattr, k8s.namespace, k8s.pod, "
                "k8s.container, k8s.qos, and owner, which is root if not given. A path tells unit "
                "and slice by itself. Operands say where the policy files are, as for 'plimsoll "
                "check'. Exits with 6 when no profile matches.",
        .options = options,
        .repeated = "describe",
        .examples =
                (const struct pl_cli_example[]){
                        { "plimsoll match --describe label=plimsoll.profile=batch",
                          "Who takes containers with this label?" },
                        { "plimsoll match --describe path=/system.slice/nginx.service --json",
                          "The same for a script, of a unit" },
                        {},
                },
        .run = run,
};
