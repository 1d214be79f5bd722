/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* fitness - what a host must not be, if plimsolld is to run on it at all: the words in which doctor marks it and plimsolld
 * refuses to start, so that both say the same. Pure: facts in, words out. Neither allocates nor blocks.
 *
 * Facts that are not known do not speak against a host, but where plimsolld would have nothing to work with.
 */

#include <stdbool.h>
#include <stddef.h>

#include "plimsoll/base/text.h"
#include "plimsoll/kernel/features.h"

enum {
        PL_FITNESS_WORDS_MAX = 256, /* the longest advice, how to boot otherwise, has 160 */
        PL_FITNESS_ADVICE_MAX = 2,
};

/* In the order in which they are asked: who has no cgroup v2 has the other troubles from it. */
enum pl_fitness_topic {
        PL_FITNESS_CGROUP_V2,
        PL_FITNESS_MEMORY_CONTROLLER,
        PL_FITNESS_VIEW, /* of the host: namespaces */
        PL_FITNESS_PIDFD,
        PL_FITNESS_TOPICS,
};

struct pl_fitness {
        const char *subject; /* "cgroup v2" */
        char found[PL_FITNESS_WORDS_MAX];
        char why[PL_FITNESS_WORDS_MAX];
        size_t advice_count; /* one at least */
        char advice[PL_FITNESS_ADVICE_MAX][PL_FITNESS_WORDS_MAX];
};

/* False: this host cannot, and *ret_fitness has the first reason. Else *ret_fitness is not touched. */
bool pl_fitness_judge(const struct pl_features *features, struct pl_fitness *ret_fitness);

/* The same for one topic. init_name is what process 1 calls itself where it is known not to be systemd, for other advice;
 * else NULL. It may be hostile. */
bool pl_fitness_judge_topic(enum pl_fitness_topic topic, const struct pl_features *features,
                            const char *init_name, struct pl_fitness *ret_fitness);

/* Adds what plimsolld says when it refuses, each of these a line:
 *
 *     plimsolld: cgroup v2: only cgroup v1 is mounted
 *     Limits and pressure of a container exist only in the unified hierarchy.
 *     → boot with …
 */
void pl_fitness_add(struct pl_text *text, const struct pl_fitness *fitness);
