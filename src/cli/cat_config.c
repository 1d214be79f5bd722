/* SPDX-License-Identifier: Apache-2.0 */

/* What is printed can be read again and prints to the same bytes, so that policies are compared, kept and sent as one
 * text. Nothing at all is printed where a file is wrong: half of a policy is another policy.
 */

#include "plimsoll/base/assert.h"
#include "plimsoll/policy/print.h"
#include "policy.h"

static void print_json(struct pl_cli *cli, const struct pl_policy *policy)
{
        struct pl_json_writer writer;

        pl_cli_json_begin(cli, &writer);
        pl_json_key(&writer, "documents");
        pl_json_array_begin(&writer);
        for (size_t i = 0; i < policy->document_count; i++) {
                pl_json_object_begin(&writer);
                pl_json_put_string(&writer, "origin", pl_span_of(policy->documents[i]->origin));
                pl_json_key(&writer, "document");
                pl_document_print(&writer, policy->documents[i]);
                pl_json_object_end(&writer);
        }
        pl_json_array_end(&writer);
        pl_cli_json_end(&writer);
}

static enum pl_cli_exit run(struct pl_cli *cli)
{
        static struct pl_cli_policy memory;
        _cleanup_(pl_cli_cleanup_policy) struct pl_cli_policy *policy = &memory;
        enum pl_cli_exit exit_code = pl_cli_policy_read(cli, policy);

        if (exit_code == PL_CLI_FINE)
                exit_code = pl_cli_policy_complain(cli, policy);
        if (exit_code != PL_CLI_FINE)
                return exit_code;
        if (cli->json) {
                print_json(cli, policy->policy);
                return PL_CLI_FINE;
        }
        /* A failure is kept, and told by main(). */
        (void) pl_policy_print(policy->policy, pl_cli_emit, cli);
        if (pl_cli_policy_is_empty(policy))
                pl_cli_add_no_files(cli->words, cli);
        return PL_CLI_FINE;
}

const struct pl_cli_verb pl_cli_verb_cat_config = {
        .name = "cat-config",
        .summary = "Print the policy that is in force, file by file",
        .operands = "[DIR|FILE|-]...",
        .operands_max = PL_CLI_OPERANDS_MAX,
        .description =
                "Prints every policy file that counts, in the order in which they are used, each "
                "behind a line that says where it is from. Files that are masked or replaced by "
                "one of their name are left out, and so are comments. Without an operand the "
                "directories of the system are read, with \"-\" what this verb has printed: that "
                "prints to the same again. When a file is wrong nothing is printed, and the exit "
                "code is 3.",
        .examples =
                (const struct pl_cli_example[]){
                        { "plimsoll cat-config", "See what is in force" },
                        { "plimsoll cat-config --json", "The same for a script" },
                        {},
                },
        .run = run,
};
