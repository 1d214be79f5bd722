/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the rules of feasible share: one document on one host, and how its trouble is said. */

#include <string.h>

#include "plimsoll/base/diag.h"
#include "plimsoll/policy/feasible.h"

struct pl_judging {
        const struct pl_document *document;
        const struct pl_host_facts *host;
        struct pl_diag *diag;
};

/* Less cannot hold the stack and the code of one process. */
#define PL_LIMIT_LEAST_BYTES PL_MIB

/* An amount as words, for an argument of "%s". */
struct pl_words_of_bytes {
        char text[32];
};
static inline struct pl_words_of_bytes pl_in_words(uint64_t bytes)
{
        struct pl_words_of_bytes words;
        struct pl_text text;

        pl_text_init(&text, words.text, sizeof words.text);
        pl_bytes_format_short(&text, bytes);
        return words;
}

/* The same for one of two amounts of a sentence: exact where both would be the same words. */
static inline struct pl_words_of_bytes pl_in_words_beside(uint64_t bytes, uint64_t other_bytes)
{
        struct pl_words_of_bytes words = pl_in_words(bytes);
        struct pl_text text;

        if (bytes == other_bytes || strcmp(words.text, pl_in_words(other_bytes).text) != 0)
                return words;
        pl_text_init(&text, words.text, sizeof words.text);
        pl_bytes_format(&text, bytes);
        if (pl_is_digit(words.text[text.length - 1]))
                pl_text_add(&text, " B");
        return words;
}

void pl_judge_memory(const struct pl_judging *judging);
void pl_judge_budget(const struct pl_judging *judging);
/* Everything about swap, and memory.high, which hangs on it. */
void pl_judge_swap(const struct pl_judging *judging, const struct pl_resolved *resolved);
/* A limit of swap against what the host has; whether there was something to say. */
bool pl_judge_swap_limit(const struct pl_judging *judging, struct pl_place place, const char *name,
                         uint64_t bytes);
void pl_judge_acts(const struct pl_judging *judging); /* oom, ladder, leak */
void pl_judge_match(const struct pl_judging *judging);
void pl_judge_host(const struct pl_judging *judging);
void pl_judge_order(const struct pl_judging *judging);

void pl_judge_selector(const struct pl_judging *judging, const struct pl_selector *selector);
/* Of an entry that protects. */
void pl_judge_protected(const struct pl_judging *judging, const struct pl_selector *selector);

/* The promises of all together, whose budgets meet, and whether the kernel's order agrees with ours. */
void pl_judge_promises(const struct pl_policy *policy, const struct pl_host_facts *host,
                       const size_t *counts, struct pl_diag *diag);
void pl_judge_budgets(const struct pl_policy *policy, struct pl_diag *diag);
void pl_judge_orders(const struct pl_policy *policy, struct pl_diag *diag);
