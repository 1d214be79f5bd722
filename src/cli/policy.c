/* SPDX-License-Identifier: Apache-2.0 */

/* Whoever asks decides what is believed here: nothing is refused for who else may write it, which is plimsolld's concern;
 * there is a warning.
 */

#include "policy.h"

#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "plimsoll/base/assert.h"

/* So many directories are named where nothing is in them; of more it is said how many. */
enum { NAMED_MAX = 3 };

/* Anything that has not the name of a policy file is taken for a directory, so that of a name that is not there at all it
 * is said that it is not there, and not that it has the wrong ending. */
static bool is_directory(const char *path)
{
        struct stat status;

        if (stat(path, &status) == 0)
                return S_ISDIR(status.st_mode);
        return !pl_span_ends_with(pl_span_of(path), ".json");
}

static int add_operand(struct pl_cli_policy *policy, const char *path,
                       const struct pl_load_options *options)
{
        size_t errors = policy->diag.errors;
        int r;

        if (is_directory(path))
                r = pl_files_add_directory(&policy->files, path, options, &policy->diag);
        else
                r = pl_files_add_file(&policy->files, path, options, &policy->diag);
        if (r != PL_POLICY_E_ABSENT && r != PL_POLICY_E_DENIED)
                return r;

        policy->wanting += policy->diag.errors - errors;
        if (policy->not_had == PL_CLI_FINE)
                policy->not_had = r == PL_POLICY_E_ABSENT ? PL_CLI_NOT_FOUND : PL_CLI_DENIED;
        return r;
}

/* All that is wanting in a directory that may not be read is one error, whatever is wrong in the others. */
static int add_system(struct pl_cli_policy *policy, const struct pl_load_options *options)
{
        int r = pl_files_add_directories(&policy->files, pl_policy_directories, options,
                                         &policy->diag);

        if (r == PL_POLICY_E_DENIED) {
                policy->wanting++;
                policy->not_had = PL_CLI_DENIED;
        }
        return r;
}

static int add_operands(struct pl_cli *cli, struct pl_cli_policy *policy,
                        const struct pl_load_options *options)
{
        int r = 0;

        if (cli->operand_count == 0)
                return add_system(policy, options);
        if (strcmp(cli->operands[0], "-") == 0)
                return pl_files_add_stream(&policy->files, STDIN_FILENO, &policy->diag);
        for (size_t i = 0; i < cli->operand_count && r >= 0; i++)
                r = add_operand(policy, cli->operands[i], options);
        return r;
}

static bool stdin_is_one_of_several(const struct pl_cli *cli)
{
        for (size_t i = 0; i < cli->operand_count; i++)
                if (strcmp(cli->operands[i], "-") == 0)
                        return cli->operand_count > 1;
        return false;
}

enum pl_cli_exit pl_cli_policy_read(struct pl_cli *cli, struct pl_cli_policy *ret_policy)
{
        const struct pl_load_options options = { .now_sec = time(NULL) };
        int r;

        pl_assert(cli && ret_policy);

        *ret_policy = (struct pl_cli_policy){};
        if (stdin_is_one_of_several(cli)) {
                pl_text_add(cli->words, "plimsoll: '-' is standard input and stands alone\n"
                                        "A file of that name is './-'.\n");
                return PL_CLI_USAGE;
        }

        r = add_operands(cli, ret_policy, &options);
        if (r >= 0)
                r = pl_policy_parse(&ret_policy->files, &options, &ret_policy->diag,
                                    &ret_policy->policy);
        if (r >= 0)
                return PL_CLI_FINE;
        pl_text_addf(cli->words, "plimsoll: cannot read the policy files: %s\n",
                     strerrordesc_np(-r));
        return PL_CLI_FAILED;
}

void pl_cli_policy_done(struct pl_cli_policy *policy)
{
        pl_assert(policy);

        pl_diag_clear(&policy->diag);
        pl_policy_free(policy->policy);
        policy->policy = NULL;
        pl_files_done(&policy->files);
}

enum pl_cli_exit pl_cli_policy_exit(const struct pl_cli_policy *policy)
{
        pl_assert(policy);
        pl_assert(policy->wanting <= policy->diag.errors);

        return policy->diag.errors > policy->wanting ? PL_CLI_POLICY : policy->not_had;
}

bool pl_cli_policy_is_empty(const struct pl_cli_policy *policy)
{
        pl_assert(policy && policy->policy);

        return policy->policy->document_count == 0 && policy->diag.errors == 0;
}

void pl_cli_add_no_files(struct pl_text *text, const struct pl_cli *cli)
{
        const char *const *paths = cli->operand_count > 0 ? cli->operands : pl_policy_directories;
        size_t count = cli->operand_count;
        char buffer[NAMED_MAX * PATH_MAX + PL_CLI_COLUMNS];
        struct pl_text words;

        while (cli->operand_count == 0 && pl_policy_directories[count])
                count++;
        if (count > NAMED_MAX) {
                pl_text_addf(text, "There are no policy files in any of the %zu.\n", count);
                return;
        }
        pl_text_init(&words, buffer, sizeof buffer);
        pl_text_add(&words, "There are no policy files in ");
        for (size_t i = 0; i < count; i++) {
                bool is_stream = cli->operand_count > 0 && strcmp(paths[i], "-") == 0;

                pl_text_add(&words, i == 0 ? "" : i + 1 < count ? ", " : " or ");
                pl_text_add(&words, is_stream ? "standard input" : paths[i]);
        }
        pl_text_add(&words, ".");
        pl_cli_add_wrapped(text, cli->style, 0, 0, buffer);
}
