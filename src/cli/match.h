/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* match - which profile a workload gets, and why it gets no other: one that lives on this host, or one that is described in
 * words.
 *
 * A living one is looked for (match_look.c), a description is read (match_describe.c); either is held against the policy by the
 * room of that name and against what plimsolld has in force (match_daemon.c), and the answer is printed (match_print.c,
 * match_json.c; match_words.c has the sentences of both).
 */

#include <stdbool.h>
#include <stddef.h>

#include "cli.h"
#include "live.h"
#include "plimsoll/host/who.h"
#include "plimsoll/model/workload.h"
#include "plimsoll/policy/match.h"
#include "policy.h"

struct pl_match_description {
        struct pl_workload_identity identity;
        struct pl_pair labels[PL_CLI_REPEATS_MAX], xattrs[PL_CLI_REPEATS_MAX];
        uint32_t given;     /* the keys that were given, a bit each, so that none is given twice */
        size_t owned_count; /* parts of what was given, cut out */
        char *owned[PL_CLI_REPEATS_MAX + 2];
};

/* Reads pairs "KEY=VALUE", which have to live as long as the description. PL_CLI_USAGE, and words on what is wrong, when
 * they make no sense. The description is to be released in any case. */
enum pl_cli_exit pl_match_describe(const char *const *pairs, size_t count, struct pl_text *words,
                                   struct pl_match_description *ret_description);

void pl_match_description_done(struct pl_match_description *description);

static inline void pl_match_cleanup_description(struct pl_match_description *description)
{
        pl_match_description_done(description);
}

/* Somebody who lives here. */
struct pl_match_target {
        uint64_t id;  /* of the cgroup */
        uint32_t pid; /* by which it was found, or 0 */
        struct pl_census_identity who;
        bool has_runtime;       /* whose files were asked: */
        int names_result;       /* 0, or why not: one of PL_NAMES_E_…, or −errno */
        struct pl_names *names; /* owned; NULL: it is known by its path alone */
};

/* Looks for the workload that a pid, a path or a name means; the last two are told apart by a slash, and a name is one that
 * the journal at the path has. What it is not is said in words: PL_CLI_NOT_FOUND for what is not there or belongs to nobody,
 * PL_CLI_DENIED, PL_CLI_HOST_CANNOT, and what pl_live_open() and pl_live_find() end with. The roots are those of cgroups and of
 * processes. */
enum pl_cli_exit pl_match_look(struct pl_cli *cli, const struct pl_roots *roots,
                               const char *journal, const char *operand,
                               struct pl_match_target *ret_target);

/* What the runtime of a container has written of it, in files below this directory, −1 for none; and that in words. */
void pl_match_ask_runtime(int state_fd, const struct pl_policy *policy,
                          struct pl_match_target *target);
void pl_match_add_names(struct pl_text *text, const struct pl_match_target *target);

/* All of it, for the one operand: looks, reads the policy, asks the runtime's files and the daemon, answers. */
enum pl_cli_exit pl_match_living(struct pl_cli *cli, const struct pl_roots *roots, int state_fd,
                                 struct pl_cli_policy *policy);

/* What a daemon that runs has in force, of the whole and of the target. */
struct pl_match_daemon {
        bool is_here;        /* else the rest says nothing */
        bool is_same_policy; /* as the one that the answer is of */
        bool has_refused;    /* that one */
        bool has_row;
        struct pl_journal_policy in_force, refused;
        struct pl_journal_row row;
};

/* The answer. */
struct pl_match {
        const struct pl_policy *policy; /* borrowed, as the next */
        const struct pl_workload_identity *identity;
        size_t winner;        /* of the policy's profiles; their count when none matches */
        size_t entry;         /* of the winner's, that holds */
        size_t protect_entry; /* of the host's `protect`; their count when none holds */

        /* NULL for a description; borrowed. */
        const struct pl_match_target *target;
        const struct pl_match_daemon *daemon;
        bool is_own_policy; /* the files were named, and need not be those that are in force */
};

/* Whether there is one, and what it has of this; no daemon is no mistake. */
void pl_match_ask_daemon(struct pl_cli *cli, const char *journal, const struct pl_match *match,
                         struct pl_match_daemon *ret_daemon);

/* What it has in force for the target where the files are refused for what they are, in words; nothing without a daemon. */
void pl_match_add_in_force(struct pl_cli *cli, const char *journal,
                           const struct pl_match_target *target);

/* Whether it has the target under the profile that wins. */
bool pl_match_agrees(const struct pl_match *match);

/* Pure. */
void pl_match_find(const struct pl_policy *policy, const struct pl_workload_identity *identity,
                   struct pl_match *ret_match);

/* Whether the host's policy protects it. */
bool pl_match_is_protected(const struct pl_match *match);

/* "slice plimsoll-batch.slice and image etl:*": what an entry asks for. */
void pl_match_add_selector(struct pl_text *text, const struct pl_selector *selector);

/* "label plimsoll.profile": the key that does not hold, as the policy language calls it. */
void pl_match_add_key(struct pl_text *text, const struct pl_mismatch *mismatch);

/* What it wants and what was found, in the words of the policy language; the second is empty when there is none. */
void pl_match_add_wanted(struct pl_text *text, const struct pl_selector *selector,
                         const struct pl_mismatch *mismatch);
void pl_match_add_found(struct pl_text *text, const struct pl_workload_identity *identity,
                        const struct pl_mismatch *mismatch);

/* "mailer, a service at /system.slice/mailer.service, made by root" */
/* Protected whatever a policy says: others depend on it. */
bool pl_match_is_vital(const struct pl_match_target *target);
void pl_match_add_target(struct pl_text *text, const struct pl_match_target *target);

/* What the daemon has, where that is not all the same; several sentences. */
void pl_match_add_daemon(struct pl_text *text, const struct pl_match *match);

/* Into cli->out, which is flushed. */
void pl_match_print(struct pl_cli *cli, const struct pl_match *match);
void pl_match_print_json(struct pl_cli *cli, const struct pl_match *match);
