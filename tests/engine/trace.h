/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* trace - what an engine is given, in words, and what it makes of it, in words: for files of tests/engine/traces and for
 * tests that say in a few lines what they are about.
 *
 * A statement a line; what begins with '#' says nothing. Whatever is not mentioned is as it was said last.
 *
 *     step TIME | +TIME          a step begins, and the one before it is judged
 *     settings KEY=VALUE…        shipped ones, for a host of 16 GiB, but for these
 *     host KEY=VALUE…
 *     facts NAME KEY=VALUE…      a workload that may be killed, but for these
 *     sample NAME KEY=VALUE…
 *     gone NAME
 *     outcome NUMBER NAME RESULT KEY=VALUE…
 *     resumed                    the host has slept before this step
 *     checkpoint                 after this step another engine goes on with what this one knows
 *     repeat COUNT … end         all that is between, so many times
 *
 * Keys are called like the members that they are of, without the unit. Values are amounts ("512M"), times ("250ms"), shares
 * ("10%"), numbers, or words with commas between them; "+100M" and "-1s" are of what it was before, "+leaks" is
 * a word more and "-leaks" one less. A cgroup has the id at which its name came up, from 1, unless its name is a number.
 */

#include "plimsoll/base/text.h"
#include "plimsoll/engine/engine.h"

enum {
        TRACE_NAME_MAX = 24,
        TRACE_CGROUPS_MAX = 200,
        TRACE_UPDATES_MAX = 600,
        TRACE_OUTCOMES_MAX = 64,
};

struct trace_cgroup {
        char name[TRACE_NAME_MAX];
        struct pl_cgroup_facts facts; /* the id is here */
        struct pl_cgroup_sample sample;
};

struct trace {
        uint64_t step;
        uint64_t now_usec;
        uint32_t flags; /* enum pl_snapshot_flag */
        bool ends_in_checkpoint;
        struct pl_settings settings;
        struct pl_host_sample host;
        uint32_t cgroup_count;
        struct trace_cgroup cgroups[TRACE_CGROUPS_MAX];
        uint64_t update_count;
        struct pl_update updates[TRACE_UPDATES_MAX];
        uint64_t outcome_count;
        struct pl_outcome outcomes[TRACE_OUTCOMES_MAX];

        struct pl_engine engine; /* owned */
        struct pl_judgement judgement;
        struct pl_text *told;
        struct pl_text *mistake; /* empty: none yet */
};

/* Judges all that the text says and adds what comes of it to *told: 0, or −1 with the mistake and its line in *mistake. */
int trace_judge(struct pl_span text, struct pl_text *told, struct pl_text *mistake);

/* ---- trace_words.c ---- */

enum trace_type {
        TRACE_AMOUNT,
        TRACE_TIME,
        TRACE_SHARE,
        TRACE_NUMBER,
        TRACE_SIGNED,
        TRACE_FLAGS, /* bits of the words */
        TRACE_CHOICE,
};

struct trace_key {
        const char *name;
        enum trace_type type;
        uint32_t offset;
        uint32_t size;
        const char *const *words; /* NULL behind the last; "" has no name */
};

/* Each ends with one without a name. */
extern const struct trace_key trace_settings_keys[], trace_host_keys[], trace_facts_keys[],
        trace_sample_keys[], trace_outcome_keys[];

extern const char *const trace_results[],
        *const trace_measures[], *const trace_turns[], *const trace_choices[],
                                                               *const trace_severities[],
                                                                       *const trace_evidence[];

const struct trace_key *trace_find_key(const struct trace_key *keys, struct pl_span name);
int trace_find_word(const char *const *words, struct pl_span word); /* or −1 */

/* Into the object's member. 0, or −1: not a value of this type. */
int trace_put(const struct trace_key *key, void *object, struct pl_span value);

extern const struct pl_settings trace_shipped;
extern const struct pl_cgroup_facts trace_ordinary;

/* ---- trace_tell.c ---- */

/* The judgement of the step, a line for each thing that it says. */
void trace_tell(struct trace *trace, int result);
