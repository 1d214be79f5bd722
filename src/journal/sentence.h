/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* sentence - what the sentences of the different acts share. Internal to journal. */

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "plimsoll/base/text.h"
#include "plimsoll/journal/act.h"

/* A text of an act, whether it ends within its field or not. */
#define PL_SENTENCE_FIELD(field) pl_span((field), strnlen((field), sizeof(field)))

/* Adds the template with the object in the place of '@' and the value in that of '#'. Both are clean already. */
void pl_sentence_fill(struct pl_text *text, const char *template, struct pl_span object,
                      struct pl_span value);

/* The name, or "cgroup 17" where there is none; cleaned. */
void pl_sentence_add_subject(struct pl_text *text, struct pl_span name, uint64_t id);

/* "No such file or directory", or "error 4711". */
void pl_sentence_add_error(struct pl_text *text, uint64_t error);

/* Foreign words behind what introduces them, where there are any. */
void pl_sentence_add_words(struct pl_text *text, const char *before, struct pl_span words,
                           const char *behind);

/* "1 file", "2 files". */
void pl_sentence_add_count(struct pl_text *text, uint64_t count, const char *one, const char *many);

/* sentence_policy.c */
void pl_sentence_add_in_force(struct pl_text *text, const struct pl_journal_policy *policy);
void pl_sentence_add_refused(struct pl_text *text, const struct pl_journal_policy *policy);

/* sentence_note.c */
void pl_sentence_add_note(struct pl_text *text, const struct pl_journal_note *note);
int pl_sentence_note_priority(const struct pl_journal_note *note, bool is_alarm);

/* sentence_judged.c */
void pl_sentence_add_judged(struct pl_text *text, const struct pl_journal_judged *judged);
void pl_sentence_add_decision(struct pl_text *text, const struct pl_journal_decision *decision);
int pl_sentence_severity_priority(uint32_t severity);
int pl_sentence_decision_priority(const struct pl_journal_decision *act);

/* sentence_outcome.c */
void pl_sentence_add_outcome(struct pl_text *text, const struct pl_journal_outcome *outcome);
int pl_sentence_outcome_priority(const struct pl_outcome *outcome);

/* sentence_limit.c */
/* "memory.max", or what else stands in the place of a limit. */
const char *pl_sentence_limit(uint64_t limit);
void pl_sentence_add_set(struct pl_text *text, const struct pl_journal_set *set);
void pl_sentence_add_drift(struct pl_text *text, const struct pl_journal_drift *drift);
int pl_sentence_drift_priority(const struct pl_journal_drift *drift);
