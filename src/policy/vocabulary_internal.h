/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The tables of the vocabulary, one file for each kind of document, and what they share. */

#include "vocabulary.h"

extern const struct pl_object pl_object_k8s, pl_object_selector;
extern const struct pl_object pl_object_memory, pl_object_budget, pl_object_oom, pl_object_ladder,
        pl_object_restart, pl_object_leak, pl_object_hook, pl_object_hooks, pl_object_profile;
extern const struct pl_object pl_object_act, pl_object_shortage, pl_object_kill, pl_object_backoff,
        pl_object_pressure, pl_object_vm, pl_object_host_hooks, pl_object_host;
extern const struct pl_object pl_object_order;

/* "enforce", "observe": enum pl_mode. */
extern const char *const pl_words_mode[];

/* An expression that a table can hold, though the largest are beyond an int. */
#define PL_SECONDS(count)      ((int64_t) (count) *1000000)
#define PL_MILLISECONDS(count) ((int64_t) (count) *1000)
#define PL_MINUTES(count)      PL_SECONDS((int64_t) (count) *60)
#define PL_HOURS(count)        PL_MINUTES((int64_t) (count) *60)
#define PL_DAYS(count)         PL_HOURS((int64_t) (count) *24)

enum {
        PL_URL_MAX = 1024,         /* characters of "$schema" */
        PL_DESCRIPTION_MAX = 1024, /* half a page */
        PL_REASON_MAX = 256,       /* what fits behind an event */
};
