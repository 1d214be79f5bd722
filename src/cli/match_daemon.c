/* SPDX-License-Identifier: Apache-2.0 */

/* The files say what should be, and plimsolld what is: it goes on with an older policy when it could not take the new one, and
 * whoever asks why a workload has the wrong profile has to be told that before all else.
 */

#include <string.h>

#include "match.h"
#include "plimsoll/base/assert.h"
#include "plimsoll/policy/print.h"

/* The row of the cgroup, and not of its path, under which another one may live by now. */
static bool find_row(const struct pl_live *live, uint64_t id, struct pl_journal_row *ret_row)
{
        uint32_t used = pl_journal_rows_used(&live->reader);

        for (uint32_t i = 0; i < used; i++)
                if (pl_journal_read_row(&live->reader, i, ret_row) == 0 && ret_row->id == id)
                        return true;
        *ret_row = (struct pl_journal_row){};
        return false;
}

/* What it has, whatever the files say. */
static void ask(struct pl_cli *cli, const char *journal, const struct pl_match_target *target,
                struct pl_match_daemon *ret_daemon)
{
        char buffer[PL_CLI_COLUMNS];
        struct pl_text unsaid;
        struct pl_cli quiet = *cli;
        struct pl_live live;

        *ret_daemon = (struct pl_match_daemon){};
        pl_text_init(&unsaid, buffer, sizeof buffer);
        quiet.words = &unsaid;
        if (pl_live_open(&quiet, journal, &live) != PL_CLI_FINE)
                return;
        if (pl_live_is_running(&live)) {
                ret_daemon->is_here = true;
                ret_daemon->in_force = live.state.in_force;
                ret_daemon->refused = live.state.refused;
                ret_daemon->has_row = find_row(&live, target->id, &ret_daemon->row);
        }
        pl_live_close(&live);
}

void pl_match_ask_daemon(struct pl_cli *cli, const char *journal, const struct pl_match *match,
                         struct pl_match_daemon *ret_daemon)
{
        uint8_t digest[PL_SHA256_BYTES];

        pl_assert(match && match->target);
        pl_assert(ret_daemon);

        ask(cli, journal, match->target, ret_daemon);
        if (!ret_daemon->is_here)
                return;
        pl_policy_digest(match->policy, digest);
        ret_daemon->is_same_policy = memcmp(digest, ret_daemon->in_force.digest, sizeof digest) ==
                                     0;
        ret_daemon->has_refused = memcmp(digest, ret_daemon->refused.digest, sizeof digest) == 0;
}

static const char *winner_name(const struct pl_match *match)
{
        return match->winner < match->policy->profile_count
                       ? match->policy->profiles[match->winner]->profile.name
                       : "";
}

bool pl_match_agrees(const struct pl_match *match)
{
        const struct pl_match_daemon *daemon = match->daemon;
        const char *in_force = "";

        pl_assert(daemon && daemon->is_here);

        if (!daemon->has_row)
                return false;
        if (pl_live_has_profile(&daemon->row))
                in_force = daemon->row.profile_name;
        return strcmp(in_force, winner_name(match)) == 0;
}

/* "; by it this workload has the profile api" */
static void add_its_profile(struct pl_text *text, const struct pl_match_daemon *daemon)
{
        if (!daemon->has_row)
                pl_text_add(text, ", and does not know this workload yet");
        else if (pl_live_has_profile(&daemon->row))
                pl_text_addf(text, ", by which this workload has the profile %s",
                             daemon->row.profile_name);
        else
                pl_text_add(text, ", by which this workload has no profile");
}

static void add_same_policy(struct pl_text *text, const struct pl_match *match)
{
        const struct pl_match_daemon *daemon = match->daemon;

        if (pl_match_agrees(match)) {
                pl_text_add(text, "plimsolld has the same in force.");
                return;
        }
        pl_text_add(text, "plimsolld has this policy in force");
        add_its_profile(text, daemon);
        pl_text_add(text, daemon->has_row ? ": what it saw of it was otherwise. 'systemctl reload "
                                            "plimsolld' makes it look again."
                                          : ".");
}

static void add_other_policy(struct pl_text *text, const struct pl_match *match)
{
        const struct pl_match_daemon *daemon = match->daemon;
        bool has_policy = pl_live_has_digest(&daemon->in_force);
        const char *which = daemon->has_refused && !match->is_own_policy ? "an older" : "another";

        pl_text_add(text, "plimsolld has ");
        if (!match->is_own_policy)
                pl_text_addf(text, "%s these files and has ",
                             daemon->has_refused ? "refused" : "not taken");
        pl_text_addf(text, "%s policy in force", has_policy ? which : "no");
        if (has_policy)
                add_its_profile(text, daemon);
        pl_text_add(text, ".");
}

void pl_match_add_daemon(struct pl_text *text, const struct pl_match *match)
{
        const struct pl_match_daemon *daemon = match->daemon;

        pl_assert(text && daemon);

        if (!daemon->is_here)
                return;
        if (daemon->is_same_policy) {
                add_same_policy(text, match);
                return;
        }
        add_other_policy(text, match);
        if (!match->is_own_policy && daemon->has_refused && daemon->refused.words[0] != '\0') {
                pl_text_add(text, " It was refused for: ");
                pl_text_add(text, daemon->refused.words);
        } else if (!match->is_own_policy) {
                pl_text_add(text, " 'plimsoll events --type=policy-refused' may say why.");
        }
}

/* The digest of files with errors is nobody's, so which policy it has is not asked. */
void pl_match_add_in_force(struct pl_cli *cli, const char *journal,
                           const struct pl_match_target *target)
{
        static struct pl_match_daemon daemon;
        char buffer[512];
        struct pl_text text;

        pl_assert(cli && target);

        ask(cli, journal, target, &daemon);
        if (!daemon.is_here)
                return;
        pl_text_init(&text, buffer, sizeof buffer);
        pl_text_add(&text, "Such files are refused, and nothing is matched. plimsolld has ");
        pl_text_add(&text, pl_live_has_digest(&daemon.in_force) ? "a policy" : "no policy");
        pl_text_add(&text, " in force");
        if (pl_live_has_digest(&daemon.in_force))
                add_its_profile(&text, &daemon);
        pl_text_add(&text, ".");
        pl_cli_add_wrapped(cli->words, cli->style, 0, 0, buffer);
}
