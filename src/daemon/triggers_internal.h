/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the files of the triggers share: opening and shutting one. */

#include "triggers.h"

/* The host's: `full` or some. Brings CAP_SYS_RESOURCE into effect for the moment. An outcome of a file. */
int pl_trigger_open_host(struct pl_triggers *triggers, struct pl_trigger *trigger, bool full);

/* Of the cgroup that it is of. */
int pl_trigger_open_local(struct pl_triggers *triggers, struct pl_trigger *trigger);

/* It fires no more; its pace stays. */
void pl_trigger_shut(struct pl_trigger *trigger);

/* Whether this kernel makes a thread also for who has no privilege. Looked at once. */
bool pl_triggers_make_threads(struct pl_triggers *triggers);

/* What the kernel has reported of one. */
void pl_trigger_take_news(struct pl_trigger *trigger, uint32_t poll_events, uint64_t now_usec);
