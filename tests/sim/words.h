/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* words - what may stand in a scenario file behind a name, and which number of a struct it is. */

#include "scenario.h"

enum sim_word_type {
        SIM_WORD_BYTES,  /* with "max" */
        SIM_WORD_RATE,   /* "50M/s" */
        SIM_WORD_SPAN,   /* a duration, with "never" */
        SIM_WORD_COUNT,  /* a number */
        SIM_WORD_SIGNED, /* one below 0 as well */
        SIM_WORD_FLAG,   /* a bit of the number; "yes" or "no", and nothing behind it is yes */
        SIM_WORD_ONE,    /* of the choices */
        SIM_WORD_SOME,   /* of the choices, with commas: a bit each; "none" */
};

/* A 64-bit number in a struct. */
struct sim_word {
        const char *name;
        enum sim_word_type type;
        size_t offset;
        uint64_t bit;               /* of FLAG */
        const char *const *choices; /* NULL at the end */
};

/* Each ends with one without a name. */
extern const struct sim_word sim_machine_words[];
extern const struct sim_word sim_setting_words[];
extern const struct sim_word sim_cgroup_words[];
extern const struct sim_word sim_act_words[];
extern const struct sim_word sim_fault_words[];

extern const char *const sim_act_names[];
extern const char *const sim_event_names[];
extern const char *const sim_expect_names[];

/* NULL: there is none of that name. */
const struct sim_word *sim_word_find(const struct sim_word *words, struct pl_span name);
/* Its place among the names, or −1. */
int sim_name_find(const char *const *names, struct pl_span name);

/* The number that a text stands for. 0 or −1. */
int sim_word_parse(const struct sim_word *word, struct pl_span text, uint64_t *ret_value);
void sim_word_print(const struct sim_word *word, uint64_t value, FILE *out);

uint64_t sim_word_get(const struct sim_word *word, const void *object);
void sim_word_set(const struct sim_word *word, void *object, uint64_t value);
