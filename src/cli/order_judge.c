/* SPDX-License-Identifier: Apache-2.0 */

/* plimsolld takes all of the policy or none of it. So an order that is well by itself would be refused with a policy that is
 * not, and whoever gave it would wait for nothing; and one that is not well would keep every later change of the policy
 * from being taken. Here it is read and judged with all the rest as the daemon does, before it is written.
 */

#include <errno.h>
#include <string.h>

#include "live_view.h"
#include "order.h"
#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"
#include "plimsoll/policy/feasible.h"
#include "plimsoll/policy/print.h"

static enum pl_cli_exit say_unreadable(struct pl_cli *cli, int r)
{
        pl_text_addf(cli->words, "plimsoll: cannot read the policy files: %s\n",
                     strerrordesc_np(-r));
        return PL_CLI_FAILED;
}

static int read_files(const struct pl_order_call *call, struct pl_cli_policy *policy)
{
        const struct pl_load_options options = { .refuse_writable = true };

        return pl_files_add_directories(&policy->files, call->directories, &options, &policy->diag);
}

static int parse(struct pl_cli_policy *policy)
{
        const struct pl_load_options options = {};

        return pl_policy_parse(&policy->files, &options, &policy->diag, &policy->policy);
}

/* What is wrong with it is no matter yet. */
enum pl_cli_exit pl_order_read(struct pl_order_call *call)
{
        int r;

        pl_assert(call && call->now && !call->now->policy);

        r = read_files(call, call->now);
        if (r >= 0)
                r = parse(call->now);
        return r >= 0 ? PL_CLI_FINE : say_unreadable(call->cli, r);
}

/* ---- with the changes ---- */

/* The file of that name in a directory that stands higher: nobody would read this one. Or NULL. */
static const char *find_mask(const struct pl_order_call *call, const struct pl_order_change *change)
{
        const struct pl_policy_files *files = &call->now->files;
        const char *const *higher = call->directories + call->directory_index + 1;

        for (size_t i = 0; change->text && i < files->count; i++)
                for (size_t j = 0; higher[j]; j++)
                        if (strcmp(files->items[i].name, change->name) == 0 &&
                            pl_span_starts_with(pl_span_of(files->items[i].origin), higher[j]))
                                return files->items[i].origin;
        return NULL;
}

static int add_changes(struct pl_order_call *call, struct pl_cli_policy *policy)
{
        char buffer[PATH_MAX + PL_ORDER_NAME_BYTES * 2];
        struct pl_text origin;
        int r = 0;

        for (size_t i = 0; r >= 0 && i < call->change_count; i++) {
                const struct pl_order_change *change = &call->changes[i];
                const char *mask;

                pl_text_init(&origin, buffer, sizeof buffer);
                pl_text_addf(&origin, "%s/%s", call->directory, change->name);
                pl_assert(!origin.cut);
                mask = find_mask(call, change);
                if (mask)
                        pl_diag_error(&policy->diag, mask, (struct pl_place){},
                                      "this has the name of the order, and would be read in its "
                                      "place");
                else if (change->text)
                        r = pl_files_add_text(&policy->files, buffer, pl_span_of(change->text),
                                              &policy->diag);
                else
                        pl_files_remove(&policy->files, buffer);
        }
        return r;
}

/* Without a daemon nobody can say how large its host is, which is this one; then that is left for it to judge. */
static void judge(const struct pl_order_call *call, struct pl_cli_policy *policy)
{
        const struct pl_host_sample *sample = &call->live.host.sample;
        const struct pl_host_facts facts = { sample->total_bytes, sample->swap_total_bytes };

        if (call->has_live && call->live.has_host && facts.ram_bytes > 0)
                pl_policy_check(policy->policy, &facts, NULL, &policy->diag);
}

/* Whether it is a file that the verb would write. */
static bool is_ours(const struct pl_order_call *call, const char *file)
{
        char buffer[PATH_MAX + PL_ORDER_NAME_BYTES * 2];
        struct pl_text origin;

        for (size_t i = 0; i < call->change_count; i++) {
                pl_text_init(&origin, buffer, sizeof buffer);
                pl_text_addf(&origin, "%s/%s", call->directory, call->changes[i].name);
                if (strcmp(buffer, file) == 0)
                        return true;
        }
        return false;
}

/* Whoever gave a sound order looks for the fault in it, where that is in a file that has lain there before. */
static void say_rejected(struct pl_order_call *call, const char *file)
{
        struct pl_cli *cli = call->cli;

        if (!file || is_ours(call, file)) {
                pl_text_add(cli->words, "plimsoll: plimsolld would refuse the policy as it would "
                                        "be then: nothing was ordered\n");
                return;
        }
        pl_text_add(cli->words,
                    "plimsoll: plimsolld would refuse the policy as it would be then, for ");
        pl_cli_add_plain(cli->words, cli->style, pl_span_of(file));
        pl_text_addf(cli->words, ": nothing was ordered\n%s plimsoll check\n",
                     pl_live_arrow(cli->style));
}

/* Only what is refused is said: what else there is to say of the policy is for `check`. */
static enum pl_cli_exit reject(struct pl_order_call *call)
{
        struct pl_cli *cli = call->cli;
        struct pl_cli_findings findings;
        const struct pl_diag_entry *first = NULL;

        pl_cli_findings_sort(call->next, &findings);
        for (size_t i = 0; i < findings.count; i++) {
                if (findings.entries[i]->severity != PL_DIAG_ERROR)
                        continue;
                pl_cli_add_finding(cli->words, cli->style, findings.entries[i]);
                first = first ? first : findings.entries[i];
        }
        say_rejected(call, first ? first->file : NULL);
        call->state = PL_ORDER_REJECTED;
        return PL_CLI_POLICY;
}

enum pl_cli_exit pl_order_judge(struct pl_order_call *call)
{
        int r;

        pl_assert(call && call->next && !call->next->policy);

        r = read_files(call, call->next);
        if (r >= 0)
                r = add_changes(call, call->next);
        if (r >= 0)
                r = parse(call->next);
        if (r < 0)
                return say_unreadable(call->cli, r);
        judge(call, call->next);
        if (call->next->diag.errors > 0)
                return reject(call);
        pl_policy_digest(call->next->policy, call->digest);
        return PL_CLI_FINE;
}

/* ---- as it has come to be ---- */

static bool is_file(const struct pl_order_call *call, const struct pl_order_change *change,
                    const struct pl_policy_file *file)
{
        size_t length = strlen(call->directory);

        return strcmp(file->name, change->name) == 0 &&
               strncmp(file->origin, call->directory, length) == 0 &&
               file->origin + length + 1 == file->name;
}

/* By its bytes: a file of the same name with other words is another order. */
static bool is_in(const struct pl_order_call *call, const struct pl_order_change *change,
                  const struct pl_policy_files *files)
{
        for (size_t i = 0; i < files->count; i++) {
                const struct pl_policy_file *file = &files->items[i];

                if (!is_file(call, change, file))
                        continue;
                return change->text && file->text &&
                       pl_span_equals(pl_span(file->text, file->length), change->text);
        }
        return !change->text;
}

static const struct pl_order_change *find_undone(const struct pl_order_call *call,
                                                 const struct pl_policy_files *files)
{
        for (size_t i = 0; i < call->change_count; i++)
                if (!call->changes[i].is_sweep && !is_in(call, &call->changes[i], files))
                        return &call->changes[i];
        return NULL;
}

bool pl_order_digest_now(const struct pl_order_call *call, uint8_t ret_digest[PL_SHA256_BYTES],
                         const struct pl_order_change **ret_undone)
{
        static struct pl_cli_policy there;
        bool is_read;

        pl_assert(call && ret_digest);
        pl_assert(ret_undone);

        there = (struct pl_cli_policy){};
        is_read = read_files(call, &there) >= 0 && parse(&there) >= 0;
        if (is_read) {
                pl_policy_digest(there.policy, ret_digest);
                *ret_undone = find_undone(call, &there.files);
        }
        pl_cli_policy_done(&there);
        return is_read;
}
