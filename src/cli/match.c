/* SPDX-License-Identifier: Apache-2.0 */

#include "match.h"

#include <fcntl.h>

#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"
#include "plimsoll/kernel/features.h"

enum { OPTION_DESCRIBE, OPTION_JOURNAL, OPTION_POLICY };

static const struct pl_cli_option options[] = {
        [OPTION_DESCRIBE] = { "describe", '\0', "KEY=VALUE",
                              "What is known of a workload that is not here; may be given again" },
        [OPTION_JOURNAL] = { "journal", '\0', "FILE",
                             "Ask this journal for names, and not that of plimsolld" },
        [OPTION_POLICY] = { "policy", '\0', "DIR|FILE|-",
                            "Read these policy files, and not those of the system" },
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

/* Holds whoever it is against the policy, and says so. */
static enum pl_cli_exit answer(struct pl_cli *cli, struct pl_match *match)
{
        if (cli->json)
                pl_match_print_json(cli, match);
        else
                pl_match_print(cli, match);
        return match->winner < match->policy->profile_count ? PL_CLI_FINE : PL_CLI_NOT_FOUND;
}

/* The files that --policy names, as the other verbs have them from their operands; else those of the system. */
static enum pl_cli_exit read_policy(struct pl_cli *cli, struct pl_cli_policy *policy)
{
        struct pl_cli reading = *cli;
        enum pl_cli_exit exit_code;

        reading.operand_count = 0;
        if (cli->values[OPTION_POLICY])
                reading.operands[reading.operand_count++] = cli->values[OPTION_POLICY];
        exit_code = pl_cli_policy_read(&reading, policy);
        return exit_code == PL_CLI_FINE ? pl_cli_policy_complain(&reading, policy) : exit_code;
}

static enum pl_cli_exit match_described(struct pl_cli *cli, struct pl_cli_policy *policy)
{
        _cleanup_(pl_match_cleanup_description) struct pl_match_description description = {};
        enum pl_cli_exit exit_code = pl_match_describe(cli->repeats, cli->repeat_count, cli->words,
                                                       &description);
        struct pl_match match;

        if (exit_code == PL_CLI_FINE)
                exit_code = read_policy(cli, policy);
        if (exit_code != PL_CLI_FINE)
                return exit_code;
        pl_match_find(policy->policy, &description.identity, &match);
        return answer(cli, &match);
}

static enum pl_cli_exit match_target(struct pl_cli *cli, const struct pl_policy *policy,
                                     const struct pl_match_target *target)
{
        static struct pl_match_daemon daemon;
        struct pl_match match;

        pl_match_find(policy, &target->who.identity, &match);
        match.target = target;
        match.is_own_policy = cli->values[OPTION_POLICY] != NULL;
        pl_match_ask_daemon(cli, cli->values[OPTION_JOURNAL], &match, &daemon);
        match.daemon = &daemon;
        return answer(cli, &match);
}

enum pl_cli_exit pl_match_living(struct pl_cli *cli, const struct pl_roots *roots, int state_fd,
                                 struct pl_cli_policy *policy)
{
        static struct pl_match_target target;
        const char *journal = cli->values[OPTION_JOURNAL];
        enum pl_cli_exit exit_code;

        target.names = NULL;
        target.has_runtime = false;
        exit_code = pl_match_look(cli, roots, journal, cli->operands[0], &target);
        if (exit_code != PL_CLI_FINE)
                return exit_code;
        exit_code = read_policy(cli, policy);
        if (exit_code == PL_CLI_POLICY)
                pl_match_add_in_force(cli, journal, &target);
        if (exit_code != PL_CLI_FINE)
                return exit_code;
        pl_match_ask_runtime(state_fd, policy->policy, &target);
        exit_code = match_target(cli, policy->policy, &target);
        pl_names_free(target.names);
        return exit_code;
}

/* The kernel's trees; −1 where there is none. */
static enum pl_cli_exit match_here(struct pl_cli *cli, struct pl_cli_policy *policy)
{
        static struct pl_file_buffer buffer;
        _cleanup_close_ int proc_fd = open("/proc", O_RDONLY | O_CLOEXEC | O_DIRECTORY);
        _cleanup_close_ int root_fd = open("/", O_PATH | O_CLOEXEC | O_DIRECTORY);
        _cleanup_close_ int cgroup_fd = -1;
        struct pl_cgroup_mounts mounts;
        struct pl_roots roots = { -1, proc_fd, -1, -1 };

        if (proc_fd >= 0 && pl_cgroup_mounts_read(proc_fd, &buffer, &mounts) == 0 &&
            mounts.unified_path[0] != '\0')
                cgroup_fd = open(mounts.unified_path, O_RDONLY | O_CLOEXEC | O_DIRECTORY);
        roots.cgroup_fd = cgroup_fd;
        return pl_match_living(cli, &roots, root_fd, policy);
}

static enum pl_cli_exit run(struct pl_cli *cli)
{
        static struct pl_cli_policy memory;
        _cleanup_(pl_cli_cleanup_policy) struct pl_cli_policy *policy = &memory;

        memory = (struct pl_cli_policy){};
        if (cli->operand_count == 0)
                return match_described(cli, policy);
        if (cli->repeat_count == 0)
                return match_here(cli, policy);
        pl_text_add(cli->words, "plimsoll: a workload is either named or described, not both\n"
                                "Policy files are named by --policy.\n");
        return PL_CLI_USAGE;
}

const struct pl_cli_verb pl_cli_verb_match = {
        .name = "match",
        .summary = "Say which profile a workload would get, and why no other",
        .operands = "NAME|PATH|PID|--describe=KEY=VALUE...",
        .operands_max = 1,
        .description =
                "Holds a workload against the policy files and explains the outcome, entry by "
                "entry. A workload that lives here is named as 'plimsoll list' shows it, by the "
                "path of its cgroup, or by one of its processes; then it is also said what "
                "plimsolld has in force. One that is not here is described: the keys are those of "
                "\"match\" in a policy file: path, unit, slice, container, image, label, runtime, "
                "xattr, k8s.namespace, k8s.pod, k8s.container, k8s.qos, and owner, which is root "
                "if not given; a path tells unit and slice by itself. Exits with 6 when no profile "
                "matches.",
        .options = options,
        .repeated = "describe",
        .examples =
                (const struct pl_cli_example[]){
                        { "plimsoll match nginx", "Which profile does it get, and why?" },
                        { "plimsoll match 812 --policy=./policies",
                          "And by files that are not in force yet?" },
                        { "plimsoll match --describe label=plimsoll.profile=batch",
                          "Who takes containers with this label?" },
                        { "plimsoll match /system.slice/nginx.service --json", "For a script" },
                        {},
                },
        .run = run,
};
