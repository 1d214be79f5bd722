/* SPDX-License-Identifier: Apache-2.0 */

/* What is wrong comes first, file by file as in an editor, then how much of it there is. What the profiles come to is
 * shown only where there is no error: of a policy that will be refused nobody needs to know it.
 */

#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"
#include "plimsoll/base/size.h"
#include "plimsoll/policy/feasible.h"

enum { PARAGRAPH_MAX = 16 * 1024 }; /* every path of a key there is, with commas */

/* ---- findings ---- */

static void print_findings(struct pl_cli *cli, const struct pl_cli_policy *policy)
{
        struct pl_cli_findings findings;

        pl_cli_findings_sort(policy, &findings);
        for (size_t i = 0; i < findings.count; i++) {
                pl_cli_add_finding(cli->out, cli->style, findings.entries[i]);
                if (cli->style.terminal)
                        pl_check_add_excerpt(cli->out, cli->style, &policy->files,
                                             findings.entries[i]);
                (void) pl_cli_flush(cli); /* a failure is kept and told by main() */
        }
        pl_cli_add_dropped(cli->out, cli->style, &policy->diag);
        pl_cli_add_tally(cli->out, policy);
}

/* ---- that it is sound ---- */

static void add_part(struct pl_text *text, size_t *count, size_t all, const char *words)
{
        *count += 1;
        pl_text_add(text, *count == 1 ? "" : *count == all ? " and " : ", ");
        pl_text_add(text, words);
}

static const char *count_of(char buffer[32], size_t count, const char *name)
{
        struct pl_text text;

        pl_text_init(&text, buffer, 32);
        pl_text_addf(&text, "%zu %s%s", count, name, count == 1 ? "" : "s");
        return buffer;
}

/* "5 profiles, the host policy and 2 orders are sound for this host (15.5 GiB, zram 4 GiB)" */
static void print_soundness(struct pl_cli *cli, const struct pl_check *check)
{
        const struct pl_policy *policy = check->policy->policy;
        char buffer[PL_CLI_COLUMNS * 4], part[32];
        size_t all = 0, count = 0;
        struct pl_text text;

        all += policy->profile_count > 0;
        all += policy->host != NULL;
        all += policy->order_count > 0;
        pl_text_init(&text, buffer, sizeof buffer);
        if (policy->profile_count > 0)
                add_part(&text, &count, all, count_of(part, policy->profile_count, "profile"));
        if (policy->host)
                add_part(&text, &count, all, all == 1 ? "The host policy" : "the host policy");
        if (policy->order_count > 0)
                add_part(&text, &count, all, count_of(part, policy->order_count, "order"));
        pl_text_add(&text, policy->document_count == 1 ? " is" : " are");
        pl_text_add(&text, " sound for ");
        pl_check_add_host(&text, &check->host);
        if (check->policy->diag.warnings > 0)
                pl_text_add(&text, ", but for what is warned of");
        pl_cli_add_wrapped(cli->out, cli->style, 0, 0, buffer);
}

/* ---- promises ---- */

static void print_promises(struct pl_cli *cli, const struct pl_check *check)
{
        struct pl_promises promises;

        pl_policy_promises(check->policy->policy, &check->host.facts, NULL, &promises);
        pl_text_add(cli->out, "promised: ");
        pl_bytes_format_short(cli->out, promises.bytes);
        pl_text_add(cli->out, " of ");
        pl_bytes_format_short(cli->out, check->host.facts.ram_bytes);
        pl_text_add(cli->out, ", one workload of each");
        if (promises.reserve_bytes > 0) {
                pl_text_add(cli->out, " and the reserve of ");
                pl_bytes_format_short(cli->out, promises.reserve_bytes);
        }
        pl_text_add(cli->out, "\n");
}

/* ---- what is not acted upon yet ---- */

static bool is_known(const struct pl_check_ahead *ahead, const char *path)
{
        for (size_t i = 0; i < ahead->count; i++)
                if (strcmp(ahead->paths[i], path) == 0)
                        return true;
        return false;
}

static int compare_paths(const void *a, const void *b)
{
        return strcmp(a, b);
}

void pl_check_find_ahead(const struct pl_policy *policy, struct pl_check_ahead *ret_ahead)
{
        char buffer[PL_CHECK_PATH_MAX];
        struct pl_text path;

        pl_assert(policy && ret_ahead);

        ret_ahead->count = 0;
        for (size_t i = 0; i < policy->document_count; i++) {
                pl_text_init(&path, buffer, sizeof buffer);
                for (size_t j = 0; pl_document_ahead(policy->documents[i], j, &path); j++) {
                        pl_assert(!path.cut);
                        if (!is_known(ret_ahead, buffer)) {
                                pl_assert(ret_ahead->count < PL_CHECK_AHEAD_MAX);
                                memcpy(ret_ahead->paths[ret_ahead->count++], buffer, sizeof buffer);
                        }
                        pl_text_clear(&path);
                }
        }
        qsort(ret_ahead->paths, ret_ahead->count, sizeof *ret_ahead->paths, compare_paths);
}

static void print_ahead(struct pl_cli *cli, const struct pl_policy *policy)
{
        static struct pl_check_ahead ahead;
        static char buffer[PARAGRAPH_MAX];
        struct pl_text text;

        pl_check_find_ahead(policy, &ahead);
        if (ahead.count == 0)
                return;
        pl_text_init(&text, buffer, sizeof buffer);
        pl_text_add(&text, "note: this version checks these keys and does not act on them yet: ");
        for (size_t i = 0; i < ahead.count; i++)
                pl_text_addf(&text, "%s%s", i == 0 ? "" : ", ", ahead.paths[i]);
        pl_assert(!text.cut);
        pl_text_add(cli->out, "\n");
        pl_cli_add_wrapped(cli->out, cli->style, 0, 4, buffer);
}

/* ---- all of it ---- */

void pl_check_print(struct pl_cli *cli, const struct pl_check *check)
{
        const struct pl_policy *policy = check->policy->policy;

        pl_assert(cli && check && policy);

        print_findings(cli, check->policy);
        if (pl_cli_policy_is_empty(check->policy)) {
                pl_cli_add_no_files(cli->out, cli);
                return;
        }
        if (check->policy->diag.errors > 0)
                return;
        if (check->policy->diag.count > 0)
                pl_text_add(cli->out, "\n");
        print_soundness(cli, check);
        if (policy->profile_count > 0) {
                pl_text_add(cli->out, "\n");
                pl_check_print_table(cli, check);
                print_promises(cli, check);
        }
        print_ahead(cli, policy);
}
