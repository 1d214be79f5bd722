/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* sentence - what an act says: one sentence for a person, how much it matters, and words for machines.
 *
 * Pure, allocates nothing, and takes any bytes in an act, whatever its type: a journal may be anybody's. A sentence never
 * has a control character in it, so that the name of a container cannot forge a line in the system's log; but it has
 * whatever else a name brings along, in UTF-8, and what the locale cannot show is for the caller to clean. It is one line
 * without a newline, without the time, and without a full stop.
 */

#include <stdbool.h>
#include <stdint.h>

#include "plimsoll/base/text.h"
#include "plimsoll/journal/act.h"

enum {
        /* Room for any sentence, with its NUL: the words of an act, three names and the figures of a verdict. */
        PL_JOURNAL_SENTENCE_MAX = 768,
};

/* "policy 3f9a12c0d4e1 is in force: 5 profiles from 6 files". */
void pl_journal_add_sentence(struct pl_text *text, const struct pl_journal_act *act);

/* As syslog(3) has it, from 2 (critical) to 6 (informational): what a person has to do something about is 4 or less. */
int pl_journal_priority(const struct pl_journal_act *act);

/* How a workload is called wherever it is spoken of: "api/web" by its profile, "system/sshd" for what the system runs
 * without one, else its name, or its path where it has no name. Cleaned of control characters. */
void pl_journal_add_name(struct pl_text *text, const struct pl_journal_workload *workload);

/* The same for a row, in a field of an act. */
void pl_journal_set_name(char field[PL_JOURNAL_NAME_BYTES], const struct pl_journal_row *row);

/* Whether that is "system": of a unit in system.slice, and not of a container that a runtime keeps there. It goes by what an
 * act has; whose the cgroup is, no act says. */
bool pl_journal_is_of_system(uint32_t kind, struct pl_span path);

/* What became of a measure, without whom it was done to: "dead after 0.4 s, 6.00 GiB came back, 12 processes". Of a reclaim
 * `asked_bytes` is what it was to bring; 0: not known. */
void pl_journal_add_outcome(struct pl_text *text, const struct pl_outcome *outcome,
                            uint64_t asked_bytes);

/* Whether it was done, if only in part: who was asked to end has been asked, whether he has ended or not. */
bool pl_journal_is_carried_out(const struct pl_outcome *outcome);

/* ---- words for machines ---- */

/* They stay what they are, for scripts ask for them. NULL for a number that has none. */
const char *pl_journal_type_word(uint32_t type);     /* "policy-in-force": enum pl_journal_type */
const char *pl_journal_note_word(uint32_t code);     /* "watches-full": enum pl_note_code */
const char *pl_journal_reason_word(uint32_t reason); /* "created": enum pl_reason */
const char *pl_journal_gap_word(uint32_t reason);    /* "crowd": enum pl_gap_reason */
const char *pl_journal_severity_word(uint32_t severity); /* "scarce": enum pl_severity */
const char *pl_journal_scope_word(uint32_t scope);       /* "host": enum pl_scope */
const char *pl_journal_measure_word(uint32_t measure);   /* "reclaim": enum pl_measure */
const char *pl_journal_result_word(uint32_t result);     /* "done": enum pl_result */
const char *pl_journal_turn_word(uint32_t turn);         /* "chosen": enum pl_turn */
const char *pl_journal_choice_word(uint32_t choice);     /* "grower": enum pl_choice */
const char *pl_journal_evidence_word(uint32_t evidence); /* "end-near": enum pl_evidence */
const char *pl_journal_drift_word(uint32_t answer);      /* "repair": enum pl_drift */
const char *pl_journal_order_word(uint32_t verb);        /* "protect": enum pl_order_verb */

/* Of limits. A cause of none has no word. */
const char *pl_journal_limit_state_word(uint32_t state); /* "in-force": enum pl_limit_state */
const char *pl_journal_limit_cause_word(uint32_t cause); /* "would-oom": enum pl_limit_cause */
const char *pl_journal_why_word(uint32_t why);           /* "profile": enum pl_limit_why */
const char *pl_journal_backend_word(uint32_t backend);   /* "unit": enum pl_backend */
const char *pl_journal_swappiness_word(uint32_t means);  /* "exact": enum pl_swappiness_means */
const char *pl_journal_mode_word(uint32_t mode);         /* "apply": enum pl_plan_mode */
const char *pl_journal_drift_cause_word(uint32_t cause); /* "by-hand": enum pl_drift_cause */
