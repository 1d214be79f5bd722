/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the files of measures share. */

#include "measures.h"

/* A cgroup as the board has it now. */
struct pl_measures_whom {
        uint32_t index; /* the census' */
        struct pl_journal_row row;
};

/* False: it is gone, or was never known. */
bool pl_measures_find(const struct pl_measures *measures, uint64_t id,
                      struct pl_measures_whom *ret_whom);

/* Of a measure that came to its end here: its outcome. */
struct pl_measures_end {
        uint64_t decision, id;
        enum pl_measure measure;
        enum pl_result result;
        int error; /* a positive errno, or 0 */
        uint64_t began_usec;
};
void pl_measures_end(struct pl_measures *measures, const struct pl_measures_end *end);

/* The same of a decision. */
void pl_measures_conclude(struct pl_measures *measures, const struct pl_decision *decision,
                          enum pl_result result, int error);

/* Whether it takes back what was done before; is wanted by the host's policy now; and may be done to this one. */
bool pl_measures_takes_back(uint32_t measure);
bool pl_measures_is_meant(const struct pl_measures *measures, uint32_t measure);
bool pl_measures_may_touch(const struct pl_measures_whom *whom, uint32_t measure);
/* He was matched by another policy than the one in force. */
bool pl_measures_is_stale(const struct pl_measures *measures, const struct pl_measures_whom *whom);

/* ---- measures_kill.c ---- */

void pl_measures_give(struct pl_measures *measures, const struct pl_decision *decision);
/* Those who had to wait; and whether somebody waits for whom there is room. */
void pl_measures_begin_waiting(struct pl_measures *measures, uint64_t now_usec);
bool pl_measures_has_room(const struct pl_measures *measures);

/* Gives it to the killer; what the killer does not take is an outcome. */
void pl_measures_begin(struct pl_measures *measures, const struct pl_measures_request *request);

/* ---- measures_term.c ---- */

void pl_measures_term(struct pl_measures *measures, const struct pl_decision *decision,
                      const struct pl_measures_whom *whom);
/* Whoever waits for systemd's answer is not to be asked any more: PL_RESULT_LATE. */
void pl_measures_term_drop(struct pl_measures *measures, uint64_t id);
/* Those of whom systemd does not say how in time. */
void pl_measures_term_late(struct pl_measures *measures, uint64_t now_usec);
uint64_t pl_measures_term_next_usec(const struct pl_measures *measures);

/* ---- measures_down.c ---- */

void pl_measures_down(struct pl_measures *measures, const struct pl_decision *decision,
                      const struct pl_measures_whom *whom);
/* Those whose time is over. */
void pl_measures_down_over(struct pl_measures *measures, uint64_t now_usec);
uint64_t pl_measures_down_next_usec(const struct pl_measures *measures);
/* Somebody is there who was not: by us, or by a hand that wants it so. */
void pl_measures_down_appeared(struct pl_measures *measures, uint32_t index,
                               const struct pl_journal_row *row);

/* A unit that systemd runs, by its full name; NULL: it is none. */
const char *pl_measures_unit(const struct pl_measures *measures,
                             const struct pl_measures_whom *whom);
