/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the files of steps share. */

#include "steps.h"

/* What the last step's judgement says: verdicts that are news, decisions, and the order. */
void pl_steps_tell(struct pl_steps *steps, uint64_t now_usec);

/* What the engine knows, when it is time. Before a step's own snapshot is written. */
void pl_steps_keep(struct pl_steps *steps, uint64_t now_usec);

/* What became of a measure. */
void pl_steps_tell_outcome(struct pl_steps *steps, const struct pl_outcome *outcome);
