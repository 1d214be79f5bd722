/* SPDX-License-Identifier: Apache-2.0 */

/* The winner first, then the others in the order in which they are tried: an entry a line, because whoever asks why a
 * profile is not taken has one of its entries in mind.
 */

#include <string.h>

#include "match.h"
#include "plimsoll/base/assert.h"

enum {
        SENTENCE_MAX = 20 * 1024, /* what an entry of all keys asks for */
        INDENT = 4,
};

static char sentence[SENTENCE_MAX];

static const struct pl_document *profile_at(const struct pl_match *match, size_t index)
{
        pl_assert(index < match->policy->profile_count);
        return match->policy->profiles[index];
}

static const char *last_part(const char *path)
{
        const char *slash = strrchr(path, '/');

        return slash ? slash + 1 : path;
}

static void print(struct pl_cli *cli, size_t indent)
{
        pl_cli_add_blanks(cli->out, indent);
        pl_cli_add_wrapped(cli->out, cli->style, indent, indent + INDENT, sentence);
        (void) pl_cli_flush(cli); /* a failure is kept and told by main() */
}

/* "batch (policies/batch.json): entry 2 holds: slice plimsoll-batch.slice" */
static void print_holding(struct pl_cli *cli, const char *who, const struct pl_document *document,
                          const struct pl_selectors *selectors, size_t entry)
{
        struct pl_text text;

        pl_text_init(&text, sentence, sizeof sentence);
        pl_text_addf(&text, "%s (%s): entry %zu holds: ", who, document->origin, entry + 1);
        pl_match_add_selector(&text, &selectors->entries[entry]);
        print(cli, 0);
}

static void print_mismatch(struct pl_cli *cli, const struct pl_match *match,
                           const struct pl_selector *selector, size_t entry)
{
        struct pl_mismatch mismatch;
        struct pl_text text;
        size_t before;

        pl_text_init(&text, sentence, sizeof sentence);
        if (pl_selector_matches(selector, match->identity, &mismatch)) {
                pl_text_addf(&text, "entry %zu would hold", entry + 1);
                print(cli, INDENT);
                return;
        }
        pl_text_addf(&text, "entry %zu wants ", entry + 1);
        pl_match_add_key(&text, &mismatch);
        pl_text_add(&text, " ");
        pl_match_add_wanted(&text, selector, &mismatch);
        pl_text_add(&text, ", it has ");
        before = text.length;
        pl_match_add_found(&text, match->identity, &mismatch);
        if (text.length == before)
                pl_text_add(&text, "none");
        print(cli, INDENT);
}

static void print_loser(struct pl_cli *cli, const struct pl_match *match, size_t index)
{
        const struct pl_document *document = profile_at(match, index);
        const struct pl_selectors *selectors = &document->profile.match;
        bool matches = pl_selectors_match(selectors, match->identity) < selectors->count;
        struct pl_text text;

        pl_text_init(&text, sentence, sizeof sentence);
        pl_text_addf(&text, "%s (%s)", document->profile.name, document->origin);
        if (matches) {
                pl_assert(match->winner < index); /* or it would have won */
                pl_text_addf(&text, " would match too, but %s comes first",
                             last_part(profile_at(match, match->winner)->origin));
        }
        print(cli, 0);
        for (size_t i = 0; !matches && i < selectors->count; i++)
                print_mismatch(cli, match, &selectors->entries[i], i);
}

static void print_target(struct pl_cli *cli, const struct pl_match_target *target)
{
        struct pl_text text;

        pl_text_init(&text, sentence, sizeof sentence);
        pl_match_add_target(&text, target);
        print(cli, 0);
        pl_text_add(cli->out, "\n");
}

/* Nothing where there is none that runs. */
static void print_daemon(struct pl_cli *cli, const struct pl_match *match)
{
        struct pl_text text;

        pl_text_init(&text, sentence, sizeof sentence);
        pl_match_add_daemon(&text, match);
        if (text.length == 0)
                return;
        pl_text_add(cli->out, "\n");
        print(cli, 0);
}

void pl_match_print(struct pl_cli *cli, const struct pl_match *match)
{
        const struct pl_policy *policy = match->policy;
        bool has_winner = match->winner < policy->profile_count;

        pl_assert(cli && policy);

        if (match->target)
                print_target(cli, match->target);
        if (has_winner)
                print_holding(cli, profile_at(match, match->winner)->profile.name,
                              profile_at(match, match->winner),
                              &profile_at(match, match->winner)->profile.match, match->entry);
        else if (pl_workload_is_runtimes_own(match->identity))
                pl_text_add(cli->out,
                            "no profile is for what a runtime keeps beside its containers\n");
        else
                pl_text_add(cli->out, policy->profile_count > 0 ? "no profile matches\n"
                                                                : "there is no profile\n");
        if (pl_match_is_protected(match))
                print_holding(cli, "protected by the host policy", policy->host,
                              &policy->host->host.protect, match->protect_entry);
        if (match->daemon)
                print_daemon(cli, match);
        if (pl_workload_is_runtimes_own(match->identity))
                return;
        if (policy->profile_count > (has_winner ? 1U : 0U))
                pl_text_add(cli->out, has_winner ? "\nThe others, in the order they are tried:\n"
                                                 : "\nIn the order they are tried:\n");
        for (size_t i = 0; i < policy->profile_count; i++)
                if (i != match->winner)
                        print_loser(cli, match, i);
}
