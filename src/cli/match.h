/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* match - which profile a workload gets that is described in words, and why it gets no other.
 *
 * A description is read (match_describe.c), held against the policy by the room of that name, and the answer is printed
 * (match_print.c, match_json.c; match_words.c has the sentences of both).
 */

#include <stdbool.h>
#include <stddef.h>

#include "cli.h"
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

/* The answer. */
struct pl_match {
        const struct pl_policy *policy; /* borrowed, as the next */
        const struct pl_workload_identity *identity;
        size_t winner;        /* of the policy's profiles; their count when none matches */
        size_t entry;         /* of the winner's, that holds */
        size_t protect_entry; /* of the host's `protect`; their count when none holds */
};

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

/* Into cli->out, which is flushed. */
void pl_match_print(struct pl_cli *cli, const struct pl_match *match);
void pl_match_print_json(struct pl_cli *cli, const struct pl_match *match);
